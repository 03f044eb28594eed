//! Edits of XMI text: which element is which object, and what changes in each.

mod element;
mod names;
mod reference;
mod render;
mod slot;
mod tag;
mod tree;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use names::Purpose;
use tree::{ElementId, Tree};

use super::draft::own;
use super::plan::{Item, Pairs, align_parts};
use super::reference::References;
use super::text::{Edits, Lines};
use super::{EditError, Job};
use crate::metamodel::FeatureId;
use crate::model::{ObjectId, Value};

/// One member of the text of a feature.
#[derive(Clone, Debug, PartialEq)]
enum Said {
    /// The value of an attribute of the tag.
    Attribute(usize),
    /// A word of the value of an attribute; before it may stand its type, which is in the range too.
    Word(usize, Range<usize>),
    /// An element: a part, a value or a reference.
    Element(ElementId),
}

/// What changes in the tag of an element and among its children.
#[derive(Default)]
struct Changes {
    gone_attributes: BTreeSet<usize>,
    /// By rank: the name and the value, not yet escaped.
    new_attributes: Vec<(usize, String, String)>,
    gone: BTreeSet<ElementId>,
    new: Vec<New>,
    /// Whether the tags get another name.
    renamed: bool,
}

/// A child that comes.
struct New {
    rank: usize,
    /// The members of the same feature that stay before and after it.
    around: (Option<ElementId>, Option<ElementId>),
    text: String,
}

/// The edits of one file.
struct Writer<'j> {
    job: &'j Job<'j>,
    tree: Tree<'j>,
    lines: Lines<'j>,
    /// Where objects stand: all of them, or those that change and what is above them.
    sites: Vec<Option<ElementId>>,
    marked: BTreeSet<ObjectId>,
    /// The objects that elements are.
    objects: Vec<Option<ObjectId>>,
    references: References<'j>,
    pairs: Pairs,
    /// One step of indentation.
    unit: String,
    /// The greatest character that the encoding has.
    most: char,
    /// The attribute that names classes.
    type_name: RefCell<Option<String>>,
    /// Prefixes that the root must bind, by namespace.
    bound: RefCell<BTreeMap<String, String>>,
}

/// The replacements that make the text of a file say what the edits ask for.
pub(super) fn edits(job: &Job<'_>) -> Result<Edits, EditError> {
    let tree = Tree::read(job.text, job.file).map_err(|d| EditError::Syntax(vec![d]))?;
    let lines = Lines::new(job.text);
    let mut writer = Writer {
        job,
        unit: element::unit(&tree, lines),
        most: tree::most(job.text),
        tree,
        lines,
        sites: vec![None; job.before.draft.bound()],
        marked: job.after.draft.marked(),
        objects: Vec::new(),
        references: References::new(job),
        pairs: Pairs::default(),
        type_name: RefCell::default(),
        bound: RefCell::default(),
    };
    writer.objects = vec![None; writer.tree.elements.len()];
    let roots = writer.locate();
    writer.learn();
    let mut out = Edits::default();
    writer.roots(&roots, &mut out)?;
    writer.declare(&mut out);
    Ok(out)
}

impl Writer<'_> {
    /// Finds the element of each object. Returns the elements of the roots.
    fn locate(&mut self) -> Vec<ElementId> {
        let model = self.job.before.draft.model;
        let metamodel = model.metamodel();
        let roots = self.root_elements();
        let mut open = self.matched(&roots, model.roots());
        while let Some((id, object)) = open.pop() {
            self.objects[id] = Some(object);
            if !self.is_looked_at(object) {
                continue;
            }
            self.sites[object.0 as usize] = Some(id);
            let class = model.class(object);
            let mut by_feature: BTreeMap<FeatureId, Vec<ElementId>> = BTreeMap::new();
            for child in self.tree.element(id).elements() {
                let name = tree::split(self.tree.name(child)).1;
                if let Some(feature) = metamodel.feature_named(class, name)
                    && metamodel.feature(feature).is_containment()
                {
                    by_feature.entry(feature).or_default().push(child);
                }
            }
            for (feature, elements) in by_feature {
                let values = own(model, object, feature);
                let values: Vec<ObjectId> = values.iter().filter_map(Value::as_object).collect();
                open.extend(self.matched(&elements, &values));
            }
        }
        roots
    }

    /// The elements that are roots: the one of the file, or those in the wrapper of several.
    fn root_elements(&self) -> Vec<ElementId> {
        let root = self.tree.root;
        let (prefix, local) = tree::split(self.tree.name(root));
        if local == "XMI" && self.is_xmi(root, prefix) {
            return self.tree.element(root).elements().collect();
        }
        vec![root]
    }

    /// Pairs elements with the objects that the reader made of them: both come in the same order.
    fn matched(&self, elements: &[ElementId], objects: &[ObjectId]) -> Vec<(ElementId, ObjectId)> {
        let model = self.job.before.draft.model;
        let mut left = objects.iter().copied().peekable();
        let is_of = |id: ElementId, object: &ObjectId| {
            let tag = &self.tree.element(id).tag;
            let span = model.object_origin(*object).span();
            span.is_some_and(|s| s.file == self.job.file && tag.contains(&(s.start as usize)))
        };
        let pairs = elements.iter().filter_map(|id| {
            let object = left.next_if(|object| is_of(*id, object))?;
            Some((*id, object))
        });
        pairs.collect()
    }

    /// Whether the text of an object matters: edits changed it, something in it, or what it may name.
    fn is_looked_at(&self, object: ObjectId) -> bool {
        self.job.after.draft.wide || self.marked.contains(&object)
    }

    /// Where an object stands that an edit changes.
    fn site(&self, object: ObjectId) -> ElementId {
        self.sites[object.0 as usize].expect("what is edited was located")
    }

    /// Learns how the file writes references, where edits need to know.
    fn learn(&mut self) {
        let (points, both) = self.job.points();
        if !points {
            return;
        }
        let metamodel = self.job.before.draft.metamodel();
        let mut found = Vec::new();
        let located = self.sites.iter().zip(0..);
        let located = located.filter_map(|(site, number)| site.map(|_| ObjectId(number)));
        for object in located {
            for (feature, said) in self.said(object) {
                let declared = metamodel.feature(feature);
                if declared.target().is_none() || declared.is_containment() {
                    continue;
                }
                let texts = said.iter().filter_map(|s| self.reference_text(s));
                found.extend(texts.map(|t| (object, feature, t)));
            }
        }
        for (object, feature, text) in found {
            let pair = both && metamodel.feature(feature).opposite().is_some();
            if !pair && self.references.knows(feature) {
                continue;
            }
            let target = self.references.before(feature, &text);
            if let Some(target) = target.as_ref().and_then(Value::as_object) {
                self.references.learn(feature, &text);
                if pair {
                    self.pairs.note(object, feature, target);
                }
            }
        }
    }

    /// What the text of an object says of each feature, as the reader took it: attributes, then elements.
    fn said(&self, object: ObjectId) -> BTreeMap<FeatureId, Vec<Said>> {
        let model = self.job.before.draft.model;
        let metamodel = model.metamodel();
        let class = model.class(object);
        let mut all: BTreeMap<FeatureId, Vec<Said>> = BTreeMap::new();
        let Some(id) = self.sites.get(object.0 as usize).copied().flatten() else {
            return all;
        };
        let element = self.tree.element(id);
        for (index, attribute) in element.attributes.iter().enumerate() {
            let name = tree::split(&self.tree.text[attribute.name.clone()]).1;
            if self.purpose(id, attribute) != Purpose::Feature {
                continue;
            }
            let Some(feature) = metamodel.feature_named(class, name) else {
                continue;
            };
            let declared = metamodel.feature(feature);
            let said = all.entry(feature).or_default();
            if declared.target().is_some() {
                let words = self.words(attribute.value.clone());
                said.extend(words.into_iter().map(|w| Said::Word(index, w)));
            } else if declared.is_many() {
                let words = plain_words(self.tree.text, attribute.value.clone());
                said.extend(words.into_iter().map(|w| Said::Word(index, w)));
            } else {
                said.push(Said::Attribute(index));
            }
        }
        for child in element.elements() {
            let (prefix, local) = tree::split(self.tree.name(child));
            if !prefix.is_empty() && self.is_xmi(child, prefix) {
                continue;
            }
            if let Some(feature) = metamodel.feature_named(class, local) {
                all.entry(feature).or_default().push(Said::Element(child));
            }
        }
        all
    }

    fn roots(&self, found: &[ElementId], out: &mut Edits) -> Result<(), EditError> {
        let draft = self.job.after.draft;
        let object = |id: &ElementId| self.objects[*id].map(Value::Object);
        let old: Vec<Option<Value>> = found.iter().map(object).collect();
        let new: Vec<Value> = draft.roots().iter().map(|o| Value::Object(*o)).collect();
        let items = align_parts(&old, &new, &draft.moved, false);
        let gone: Vec<ElementId> = (0..found.len())
            .filter(|i| !items.contains(&Item::Keep(*i)))
            .map(|i| found[i])
            .collect();
        if !gone.is_empty() {
            if gone.len() == found.len() {
                let range = self.tree.element(self.tree.root).span();
                return Err(self.job.layout(range, "the file would have no model"));
            }
            let changes = Changes {
                gone: gone.into_iter().collect(),
                ..Changes::default()
            };
            self.place_children(self.tree.root, changes, out);
        }
        for root in draft.roots() {
            self.object(*root, out)?;
        }
        Ok(())
    }

    /// What changes in the text of an object and of the parts that stay in it.
    fn object(&self, object: ObjectId, out: &mut Edits) -> Result<(), EditError> {
        if !self.is_looked_at(object) {
            return Ok(());
        }
        let Some(id) = self.sites.get(object.0 as usize).copied().flatten() else {
            let path = self.job.after.draft.describe(object);
            return Err(EditError::Elsewhere { path });
        };
        if !self.job.after.draft.is_changed(object) {
            for part in self.unchanged(object, id, out) {
                self.object(part, out)?;
            }
            return Ok(());
        }
        let mut changes = Changes::default();
        self.class(object, &mut changes, out);
        let staying = self.features(object, &mut changes, out)?;
        self.place_attributes(id, &changes, out);
        self.place_children(id, changes, out);
        for part in staying {
            self.object(part, out)?;
        }
        Ok(())
    }
}

/// The words of an attribute's value.
fn plain_words(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let value = &text[range.clone()];
    let base = value.as_ptr().addr();
    let words = value.split_ascii_whitespace().map(|word| {
        let start = range.start + (word.as_ptr().addr() - base);
        start..start + word.len()
    });
    words.collect()
}
