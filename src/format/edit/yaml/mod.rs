//! Edits of YAML and JSON text: which mapping is which object, and what changes in each.

mod block;
mod build;
mod carry;
mod flow;
pub(in crate::format) mod mend;
mod region;
mod render;
mod slot;
mod style;
mod tree;
mod value;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use style::Style;
use tree::{NodeId, Tree};

use super::draft::own;
use super::plan::{Item, Pairs, align_parts};
use super::reference::References;
use super::text::{Edits, apply};
use super::{EditError, Job, Syntax};
use crate::diag::Span;
use crate::metamodel::{ClassId, FeatureId};
use crate::model::{ObjectId, Value};

/// The key of the identity that a file gives an object beside its features.
const ID: &str = "$id";
/// The keys that are no features.
const OWN_KEYS: [&str; 5] = ["$schema", "$type", ID, "$extensions", "$schemaLocation"];
/// The key of a reference that is a mapping.
const REF: &str = "$ref";

/// Where an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Site {
    /// The member of a list or the value of a key; an alias where the object repeats another.
    item: NodeId,
    /// The mapping.
    node: NodeId,
}

/// What says of which class an object is.
enum Marker {
    Tag(std::ops::Range<usize>),
    Entry(usize),
}

/// One member of a collection after the edits.
enum Final {
    /// The old member at a position.
    Old(usize),
    /// A new one: lines that begin in column 0, or what stands in brackets.
    New(String),
}

/// The edits of one file.
struct Writer<'j> {
    job: &'j Job<'j>,
    tree: Tree<'j>,
    style: Style,
    /// Where objects stand: all of them, or those that change and what is above them.
    sites: Vec<Option<Site>>,
    /// Whether all objects are looked at.
    whole: bool,
    marked: BTreeSet<ObjectId>,
    /// The parts that the members of a containment's text are.
    parts: BTreeMap<(ObjectId, FeatureId), Vec<Option<ObjectId>>>,
    references: References<'j>,
    pairs: Pairs,
    /// The changes within mappings that aliases repeat: all their objects must ask for the same.
    agreed: RefCell<BTreeMap<NodeId, Edits>>,
}

/// The replacements that make the text of a file say what the edits ask for.
pub(super) fn edits(job: &Job<'_>) -> Result<Edits, EditError> {
    let tree = Tree::read(job.text, job.file).map_err(|d| EditError::Syntax(vec![d]))?;
    // What an alias repeats changes with what it repeats.
    let aliases = tree.nodes.iter().any(|n| n.alias.is_some());
    let style = Style::of(&tree, job.syntax == Syntax::Json);
    let mut writer = Writer {
        job,
        tree,
        style,
        sites: vec![None; job.before.draft.bound()],
        whole: job.after.draft.wide || aliases,
        marked: job.after.draft.marked(),
        parts: BTreeMap::new(),
        references: References::new(job),
        pairs: Pairs::default(),
        agreed: RefCell::default(),
    };
    let roots = writer.locate();
    writer.learn();
    let mut out = Edits::default();
    writer.roots(&roots, &mut out)?;
    writer.check_aliases(&out)?;
    Ok(out)
}

impl Writer<'_> {
    /// Finds the mapping of each object. Returns the objects of the members at the root.
    fn locate(&mut self) -> Vec<Option<ObjectId>> {
        let model = self.job.before.draft.model;
        let metamodel = model.metamodel();
        let items = self.items(self.tree.root);
        let roots = self.matched(&items, model.roots());
        let mut open: Vec<(NodeId, ObjectId)> = pairs(&items, &roots);
        while let Some((item, object)) = open.pop() {
            if !self.is_looked_at(object) {
                continue;
            }
            let node = self.tree.resolve(item);
            self.sites[object.0 as usize] = Some(Site { item, node });
            for member in self.tree.members(node) {
                let Some(key) = member.key.and_then(|k| self.tree.scalar(k)) else {
                    continue;
                };
                let Some(feature) = metamodel.feature_named(model.class(object), key) else {
                    continue;
                };
                if metamodel.feature(feature).is_containment() {
                    let values: Vec<ObjectId> = own(model, object, feature)
                        .iter()
                        .filter_map(Value::as_object)
                        .collect();
                    let items = self.items(member.value);
                    let found = self.matched(&items, &values);
                    open.extend(pairs(&items, &found));
                    self.parts.insert((object, feature), found);
                }
            }
        }
        roots
    }

    /// The object of each member, where the reader made one of it: both come in the same order.
    fn matched(&self, items: &[NodeId], objects: &[ObjectId]) -> Vec<Option<ObjectId>> {
        let model = self.job.before.draft.model;
        let mut left = objects.iter().copied().peekable();
        let is_of = |item: NodeId, object: &ObjectId| {
            let node = self.tree.node(self.tree.resolve(item));
            let span = model.object_origin(*object).span();
            // The empty mapping that an alias repeats has the place of the alias.
            let alias = self.tree.node(item);
            span.is_some_and(|s| {
                let at = s.start as usize;
                s.file == self.job.file
                    && ((node.start..=node.content.end).contains(&at) || at == alias.start)
            })
        };
        let found = items.iter().map(|item| {
            let mapping = self
                .tree
                .collection(self.tree.resolve(*item))
                .is_some_and(|c| c.mapping);
            left.next_if(|object| mapping && is_of(*item, object))
        });
        found.collect()
    }

    /// The values that a node lists: none where it is nothing, one where it is no list.
    fn items(&self, value: NodeId) -> Vec<NodeId> {
        let node = self.tree.resolve(value);
        match self.tree.collection(node) {
            Some(c) if !c.mapping => c.members.iter().map(|m| m.value).collect(),
            None if self.tree.is_null(node) => Vec::new(),
            _ => vec![value],
        }
    }

    /// Learns how the file writes references, where edits need to know.
    fn learn(&mut self) {
        let (points, both) = self.job.points();
        if !points {
            return;
        }
        let metamodel = self.job.before.draft.metamodel();
        let mut found = Vec::new();
        for object in self.located() {
            for (member, feature) in self.features_in(object) {
                let declared = metamodel.feature(feature);
                if declared.target().is_none() || declared.is_containment() {
                    continue;
                }
                for item in self.items(member.value) {
                    if let Some(text) = self.reference_text(item) {
                        found.push((object, feature, text.to_owned()));
                    }
                }
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

    /// Whether the text of an object matters: edits changed it, something in it, or what it may name.
    fn is_looked_at(&self, object: ObjectId) -> bool {
        self.whole || self.marked.contains(&object)
    }

    fn located(&self) -> impl Iterator<Item = ObjectId> {
        let all = self.sites.iter().zip(0..);
        all.filter_map(|(site, number)| site.map(|_| ObjectId(number)))
    }

    /// Where an object stands that an edit changes.
    fn site(&self, object: ObjectId) -> Site {
        self.sites[object.0 as usize].expect("what is edited was located")
    }

    /// The members of an object's mapping that say a feature.
    fn features_in(&self, object: ObjectId) -> impl Iterator<Item = (&tree::Member, FeatureId)> {
        let model = self.job.before.draft.model;
        let class = model.class(object);
        let marker = match self.marker(object) {
            Some(Marker::Entry(index)) => Some(index),
            _ => None,
        };
        let members = self.tree.members(self.site(object).node).iter().enumerate();
        members.filter_map(move |(index, member)| {
            let key = self.tree.scalar(member.key?)?;
            let feature = model.metamodel().feature_named(class, key)?;
            (marker != Some(index)).then_some((member, feature))
        })
    }

    /// The text of a reference: a scalar, or what `$ref` says.
    fn reference_text(&self, item: NodeId) -> Option<&str> {
        self.tree.scalar(self.reference_node(item)?)
    }

    /// The scalar that holds the text of a reference.
    fn reference_node(&self, item: NodeId) -> Option<NodeId> {
        let node = self.tree.resolve(item);
        if self.tree.scalar(node).is_some() {
            return Some(node);
        }
        let named = |m: &&tree::Member| m.key.and_then(|k| self.tree.scalar(k)) == Some(REF);
        let member = self.tree.members(node).iter().find(named)?;
        Some(self.tree.resolve(member.value))
    }

    /// The feature that a member of an object's mapping is the value of, as the reader took it.
    fn feature_of(&self, object: ObjectId, index: usize) -> Option<FeatureId> {
        let model = self.job.before.draft.model;
        let node = self.site(object).node;
        if matches!(self.marker(object), Some(Marker::Entry(marker)) if marker == index) {
            return None;
        }
        let key = self.tree.members(node)[index].key?;
        let class = model.class(object);
        model
            .metamodel()
            .feature_named(class, self.tree.scalar(key)?)
    }

    /// What tells the class of an object.
    fn marker(&self, object: ObjectId) -> Option<Marker> {
        let model = self.job.before.draft.model;
        let node = self.site(object).node;
        if let Some(tag) = &self.tree.node(node).tag {
            return Some(Marker::Tag(tag.clone()));
        }
        let through = model.containing_feature(object);
        let declared = through.and_then(|f| model.metamodel().feature(f).target());
        let keys = ["$type", self.type_key(declared)];
        let position = |key: &str| {
            let is_key = |m: &tree::Member| m.key.and_then(|k| self.tree.scalar(k)) == Some(key);
            self.tree.members(node).iter().position(is_key)
        };
        keys.into_iter().find_map(position).map(Marker::Entry)
    }

    /// The key that names the class of an object where instances of `declared` may stand.
    fn type_key(&self, declared: Option<ClassId>) -> &'static str {
        let metamodel = self.job.before.draft.metamodel();
        let taken = declared.is_some_and(|c| metamodel.feature_named(c, "type").is_some());
        if taken { "$type" } else { "type" }
    }

    fn roots(&self, found: &[Option<ObjectId>], out: &mut Edits) -> Result<(), EditError> {
        let draft = self.job.after.draft;
        let old: Vec<Option<Value>> = found.iter().map(|o| o.map(Value::Object)).collect();
        let new: Vec<Value> = draft.roots().iter().map(|o| Value::Object(*o)).collect();
        let items = align_parts(&old, &new, &draft.moved, false);
        let kept = items.iter().filter_map(|item| match item {
            Item::Keep(at) => Some(Final::Old(*at)),
            _ => None,
        });
        let kept: Vec<Final> = kept.collect();
        if kept.len() < found.len() {
            let root = self.tree.root;
            let list = self.tree.collection(root).is_some_and(|c| !c.mapping);
            if kept.is_empty() || !list {
                let range = self.tree.node(root).content.clone();
                return Err(self.job.layout(range, "the file would have no model"));
            }
            self.rearrange(root, &kept, out)?;
        }
        draft.roots().iter().try_for_each(|r| self.object(*r, out))
    }

    /// What changes in the text of an object and of the parts that stay in it.
    fn object(&self, object: ObjectId, out: &mut Edits) -> Result<(), EditError> {
        if !self.is_looked_at(object) {
            return Ok(());
        }
        let Some(site) = self.sites.get(object.0 as usize).copied().flatten() else {
            let path = self.job.after.draft.describe(object);
            return Err(EditError::Elsewhere { path });
        };
        // What comes at the end of a part comes before what comes behind it.
        for part in self.staying(object) {
            self.object(part, out)?;
        }
        let mut own = Edits::default();
        self.mapping(object, site.node, &mut own)?;
        if let Some(anchor) = self.anchor_around(site.node) {
            let mut agreed = self.agreed.borrow_mut();
            match agreed.get(&site.node) {
                Some(first) if *first != own => return Err(self.shared(anchor)),
                Some(_) => {}
                None => {
                    agreed.insert(site.node, own.clone());
                    out.append(own);
                }
            }
        } else {
            out.append(own);
        }
        Ok(())
    }

    /// The parts of an object whose text stays within its own.
    fn staying(&self, object: ObjectId) -> Vec<ObjectId> {
        let draft = self.job.after.draft;
        let mut all = Vec::new();
        for feature in draft.containments(object) {
            let Some(old) = self.parts.get(&(object, feature)) else {
                continue;
            };
            if draft.keeps(object, feature) && !draft.exact.contains(&(object, feature)) {
                all.extend(old.iter().flatten());
                continue;
            }
            let items = self.pairs.plan(self.job, (object, feature), &values(old));
            for item in items {
                if let Item::Keep(at) = item {
                    all.extend(old[at]);
                }
            }
        }
        all
    }

    /// The node around this one, or itself, that an alias repeats.
    fn anchor_around(&self, node: NodeId) -> Option<NodeId> {
        let above = |n: &NodeId| self.tree.node(*n).parent.map(|p| p.0);
        let mut nodes = std::iter::successors(Some(node), above);
        nodes.find(|n| self.tree.node(*n).alias.is_some())
    }

    /// Refuses to take an anchor away, or behind an alias of it.
    fn check_aliases(&self, out: &Edits) -> Result<(), EditError> {
        let mut anchors = (0..self.tree.nodes.len())
            .filter(|n| self.tree.node(*n).alias.is_some())
            .peekable();
        let text = self.tree.text;
        let (Some(_), Ok(changes)) = (anchors.peek(), out.clone().finish(text)) else {
            return Ok(());
        };
        let new = apply(text, 0..text.len(), &changes);
        if Tree::read(&new, self.job.file).is_ok() {
            return Ok(());
        }
        let goes = |n: NodeId| {
            let start = self.tree.node(n).start;
            changes.iter().any(|c| c.range.contains(&start))
        };
        let repeats = |n: NodeId| {
            let mut nodes = self.tree.nodes.iter().enumerate();
            nodes.any(|(a, node)| matches!(node.kind, tree::Kind::Alias(t) if t == n) && goes(a))
        };
        let moved = anchors.find(|n| goes(*n) || repeats(*n));
        moved.map_or(Ok(()), |n| Err(self.shared(n)))
    }

    fn shared(&self, anchor: NodeId) -> EditError {
        let span = |n: NodeId| {
            let node = self.tree.node(n);
            Span::new(self.job.file, node.start, node.content.end)
        };
        let alias = self.tree.node(anchor).alias.unwrap_or(anchor);
        EditError::Shared {
            span: span(anchor),
            alias: span(alias),
        }
    }

    /// Brings the members of a collection into a new order.
    fn rearrange(&self, id: NodeId, finals: &[Final], out: &mut Edits) -> Result<(), EditError> {
        if self.tree.is_flow(id) {
            self.rearrange_flow(id, finals, out)
        } else {
            self.rearrange_block(id, finals, out);
            Ok(())
        }
    }
}

fn pairs(items: &[NodeId], objects: &[Option<ObjectId>]) -> Vec<(NodeId, ObjectId)> {
    let both = items.iter().zip(objects);
    both.filter_map(|(item, object)| Some((*item, (*object)?)))
        .collect()
}

fn values(objects: &[Option<ObjectId>]) -> Vec<Option<Value>> {
    objects.iter().map(|o| o.map(Value::Object)).collect()
}
