//! Three-way merges of models: what theirs changed since the base is made on ours as edits of its text.
//!
//! Objects of the three versions are matched ([`crate::model::Matching`]); each slot, place and list is then merged by
//! itself. It is a conflict only where both sides changed the same slot differently, where one took away what the other
//! changed or points at, or where both put one object into different places. The merged text is read again and compared
//! with every decision before it is given out (`proof`): where that fails, the caller merges lines instead, so that
//! nothing is ever lost.
//!
//! Callers: the merge driver of git. The core of it sees no git: texts come in, a text goes out. [`merge_lines`] is for
//! texts that are no models.

mod atom;
mod beside;
mod conflict;
mod decide;
#[cfg(test)]
mod differences;
mod edits;
mod lines;
mod lists;
mod proof;
mod sides;
#[cfg(test)]
mod tests;

pub use conflict::{Conflict, ConflictKind};
pub use lines::{LABELS, Merged, merge_lines, unresolved};

use std::sync::Arc;

use crate::diag::{Diagnostic, Diagnostics, FileId, Sources};
use crate::format::edit::{self, EditError, Edited};
use crate::format::{Syntax, xmi, yaml_model};
use crate::metamodel::Metamodel;
use crate::model::{self, Model};

use sides::Sides;

/// What is to be merged.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'t> {
    /// The path of the file, whose ending says the syntax.
    pub path: &'t str,
    /// The version that both sides began with.
    pub base: &'t str,
    /// The version that is edited.
    pub ours: &'t str,
    /// The version whose changes come.
    pub theirs: &'t str,
    /// What a merge of the lines gives, where that has no conflict: it is taken if it says the same, since it keeps the
    /// comments of both sides.
    pub lines: Option<&'t str>,
}

/// How the merged text came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The merged lines say what the merged model says.
    Lines,
    /// Theirs' changes were made in ours' text.
    Edits,
}

/// Why there is no merged text.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// Both sides changed the same.
    #[error("{} conflicts", .0.len())]
    Conflicts(Vec<Conflict>),
    /// A version cannot be read, so that nothing is known of it.
    #[error("{side} cannot be read: {}", .found.first().map_or("", |d| &d.message))]
    Unreadable {
        /// Which one.
        side: &'static str,
        /// What is wrong with it.
        found: Vec<Diagnostic>,
    },
    /// Theirs changed something that edits do not reach.
    #[error("{0} changed, which is merged by lines only")]
    Beyond(&'static str),
    /// The edits cannot be made in the text of ours.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The edited text is not what was decided. Nothing of it is used.
    #[error("the merged text would not hold every change: {0}")]
    Unproved(String),
}

/// Merges three versions of a model.
pub fn merge(texts: Texts<'_>, metamodel: &Arc<Metamodel>) -> Result<(String, Way), MergeError> {
    let base = read("the common base", texts.path, texts.base, metamodel)?;
    let ours = read("ours", texts.path, texts.ours, metamodel)?;
    let theirs = read("theirs", texts.path, texts.theirs, metamodel)?;
    let sides = Sides::new(&base.model, &ours.model, &theirs.model);
    let decided = decide::decide(&sides)?;
    let made = edits::edits(&sides, &decided);
    let edited = edit::apply(&ours.sources, &ours.model, ours.file, &made.edits)?;
    proof::prove(&sides, &decided, (&made.objects, &edited))?;
    if let Some(lines) = texts.lines
        && says_the_same(texts.path, lines, &edited)
    {
        return Ok((lines.to_owned(), Way::Lines));
    }
    Ok((edited.text.to_string(), Way::Edits))
}

struct Version {
    sources: Sources,
    file: FileId,
    model: Model,
}

fn read(
    side: &'static str,
    path: &str,
    text: &str,
    metamodel: &Arc<Metamodel>,
) -> Result<Version, MergeError> {
    let mut sources = Sources::default();
    let file = sources.add(path, text);
    let mut found = Diagnostics::default();
    let model = match Syntax::of(path) {
        Syntax::Yaml => yaml_model::read(&sources, file, metamodel, &mut found),
        Syntax::Json => yaml_model::read_json(&sources, file, metamodel, &mut found),
        Syntax::Xmi => xmi::read(&sources, file, metamodel, &mut found),
    };
    if found.has_errors() {
        let found = found.into_iter().filter(Diagnostic::is_error).collect();
        return Err(MergeError::Unreadable { side, found });
    }
    Ok(Version {
        sources,
        file,
        model,
    })
}

/// Whether merged lines read as exactly the merged model.
fn says_the_same(path: &str, lines: &str, edited: &Edited) -> bool {
    let metamodel = edited.model.metamodel();
    let Ok(read) = read("the merged lines", path, lines, metamodel) else {
        return false;
    };
    let (a, b) = (&edited.model, &read.model);
    a.objects().len() == b.objects().len() && model::diff(a, b).is_empty()
}
