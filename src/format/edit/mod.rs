//! Edits of models as the smallest changes of their text: comments, quotes, alignment and line ends stay as they are.
//!
//! [`apply`] makes edits on the model in memory, finds the text of each object and feature that they change, and
//! replaces that text alone. References that name an object by its place or its name follow in the same edit. The
//! result is read again and compared with the model in memory: where they differ, or where text would be lost, the
//! edits are refused and nothing is changed.
//!
//! What is removed takes its comments along: the one at the end of its last line, and the block of lines directly
//! above it that begin in the same column. A block above the first of several is a heading and stays, unless another
//! of them has a block of its own. What moves takes the same comments to its new place; where its key gets another
//! object, the comments above and beside the key stay with that.
//!
//! Callers: fixes of findings, merges of models, forms.

mod draft;
mod error;
mod path;
mod perform;
mod place;
mod plan;
mod reference;
mod text;
mod verify;
mod xmi;
mod yaml;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

pub use error::EditError;
pub use text::TextEdit;
pub(super) use yaml::mend::Entries;

use bytestring::ByteString;

use crate::diag::{FileId, Sources};
use crate::format::Syntax;
use crate::metamodel::{ClassId, FeatureId, Literal};
use crate::model::{Model, ObjectId};

/// One change of a model.
///
/// Objects are those of the model that is edited. The `n`-th new object of a batch, counted depth first over all
/// edits, is `ObjectId(model.bound() + n)`: later edits, and references beside it, name it so.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Gives a feature its value, or all its values; parts that it held before are deleted.
    Set {
        /// The object.
        object: ObjectId,
        /// The feature.
        feature: FeatureId,
        /// The value.
        value: NewValue,
    },
    /// Takes all values of a feature away, so that the default of the metamodel holds.
    Unset {
        /// The object.
        object: ObjectId,
        /// The feature.
        feature: FeatureId,
    },
    /// Puts a value or a part before the one at a position, or at the end.
    Insert {
        /// Where.
        place: Place,
        /// The value.
        value: NewValue,
    },
    /// Takes a value away; a part is deleted.
    Remove {
        /// Where.
        place: Place,
    },
    /// Deletes an object with its parts and with all references to them.
    Delete {
        /// The object.
        object: ObjectId,
    },
    /// Moves a part to another place, also within its list.
    Move {
        /// The part.
        object: ObjectId,
        /// Where it will be; the position counts without it.
        place: Place,
    },
    /// Gives an object another class. Features that the new class does not have are unset.
    ChangeType {
        /// The object.
        object: ObjectId,
        /// Its new class.
        class: ClassId,
    },
}

/// A position among the values of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The object that has the values.
    pub object: ObjectId,
    /// The feature.
    pub feature: FeatureId,
    /// The position, from 0.
    pub position: usize,
}

/// What an edit puts into a feature.
#[derive(Clone, Debug, PartialEq)]
pub enum NewValue {
    /// The text of a value in the spelling of the one who gives it, read as the type of the attribute.
    Text(Arc<str>),
    /// A value of an attribute.
    Literal(Literal),
    /// An object of the model: the target of a reference, or a part that moves here.
    Object(ObjectId),
    /// An object of another file.
    Uri {
        /// The file and the place in it, with a `#` between.
        uri: Arc<str>,
        /// Its class, where it is known: XMI writes it where it is not the one of the reference.
        class: Option<ClassId>,
    },
    /// A new part.
    New(NewObject),
    /// All values of a feature of many values.
    List(Vec<NewValue>),
}

/// An object that an edit makes.
#[derive(Clone, Debug, PartialEq)]
pub struct NewObject {
    /// Its class.
    pub class: ClassId,
    /// The identity that the file gives it beside its features: `xmi:id`, `$id`.
    pub id: Option<Arc<str>>,
    /// Its values.
    pub slots: Vec<(FeatureId, NewValue)>,
}

/// The result of edits.
#[derive(Debug)]
pub struct Edited {
    /// The new text.
    pub text: ByteString,
    /// What was replaced in the old text: sorted, disjoint, no more than what changed.
    pub changes: Vec<TextEdit>,
    /// The model that the new text was read as.
    pub model: Model,
    /// The new text as the one file of its own: the places in `model` point into it.
    pub sources: Sources,
    objects: verify::Objects,
}

impl Edited {
    /// The object of the new model that an object of the old model, or a new one of the batch, became.
    pub fn object(&self, object: ObjectId) -> Option<ObjectId> {
        self.objects.get(object.0 as usize).copied().flatten()
    }
}

/// Makes edits, one after the other, in the text of a file. `model` is what that file was read as.
pub fn apply(
    sources: &Sources,
    model: &Model,
    file: FileId,
    edits: &[Edit],
) -> Result<Edited, EditError> {
    let syntax = Syntax::of(sources.path(file));
    let before = draft::Draft::new(model);
    let mut after = draft::Draft::new(model);
    for edit in edits {
        perform::perform(&mut after, edit)?;
    }
    // The last line ends like the others while it is edited.
    let whole = text::ended(&sources.file(file).text);
    let job = Job {
        text: &whole,
        name: sources.path(file).rsplit('/').next().unwrap_or_default(),
        file,
        syntax,
        before: place::Places::new(&before),
        after: place::Places::new(&after),
    };
    let found = match syntax {
        Syntax::Yaml | Syntax::Json => yaml::edits(&job)?,
        Syntax::Xmi => xmi::edits(&job)?,
    };
    let changes = found
        .finish(job.text)
        .map_err(|overlap| job.layout(overlap.0..overlap.0, "two changes meet here"))?;
    let changes = text::unended(changes, &sources.file(file).text, job.text);
    let old = &sources.file(file).text;
    let text = text::apply(old, 0..old.len(), &changes);
    verify::verify(&job, sources, text, changes)
}

/// What is to be done: the text as it is, the model as it was and as it shall be.
struct Job<'j> {
    text: &'j str,
    /// The name of the file, by which references may call it.
    name: &'j str,
    file: FileId,
    syntax: Syntax,
    before: place::Places<'j>,
    after: place::Places<'j>,
}

impl Job<'_> {
    /// Whether an edit gives a reference its targets, and whether to one of two directions.
    fn points(&self) -> (bool, bool) {
        let draft = self.after.draft;
        let features = draft.touched.iter().map(|t| draft.metamodel().feature(t.1));
        let mut points = (false, false);
        for feature in features.filter(|f| f.target().is_some() && !f.is_containment()) {
            points.0 = true;
            points.1 |= feature.opposite().is_some();
        }
        points
    }

    /// Whether the file is a metamodel, in which references to other files are written as in no other file.
    fn is_metamodel(&self) -> bool {
        let ending = self.name.rsplit_once('.').map_or("", |(_, e)| e);
        ending.eq_ignore_ascii_case("ecore")
    }

    fn layout(&self, range: std::ops::Range<usize>, reason: impl Into<String>) -> EditError {
        let span = crate::diag::Span::new(self.file, range.start, range.end);
        let reason = reason.into();
        EditError::Layout { reason, span }
    }
}
