//! The entries of one object: which change, which go, which come.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::render::Piece;
use super::tree::{Kind, NodeId};
use super::{Final, Marker, OWN_KEYS, Writer};
use crate::format::edit::EditError;
use crate::format::edit::draft::own;
use crate::format::edit::plan::Item;
use crate::format::edit::reference;
use crate::format::edit::text::Edits;
use crate::metamodel::FeatureId;
use crate::model::{ObjectId, Proxy, Value};

/// The entries that go from a mapping, and those that come, each after those of a rank.
#[derive(Default)]
struct Entries {
    gone: BTreeSet<usize>,
    added: Vec<(usize, String, Piece)>,
}

impl Writer<'_> {
    /// What changes among the entries of an object, its parts excluded.
    pub(super) fn mapping(
        &self,
        object: ObjectId,
        node: NodeId,
        out: &mut Edits,
    ) -> Result<(), EditError> {
        let draft = self.job.after.draft;
        if !draft.is_changed(object) {
            return self.references(object, out);
        }
        let mut entries = Entries::default();
        self.class(object, &mut entries, out)?;
        let mut said = BTreeSet::new();
        for index in 0..self.tree.members(node).len() {
            if let Some(feature) = self.feature_of(object, index) {
                said.insert(feature);
                self.entry(object, (feature, index), &mut entries, out)?;
            }
        }
        let features = &draft.metamodel().class(draft.class(object)).features;
        for (rank, feature) in features.iter().enumerate() {
            if said.contains(feature) {
                continue;
            }
            let items = self.pairs.plan(self.job, (object, *feature), &[]);
            let new: Vec<Value> = items
                .into_iter()
                .filter_map(|item| match item {
                    Item::Add(value) => Some(value),
                    Item::Keep(_) | Item::Replace(..) => None,
                })
                .collect();
            if !new.is_empty() {
                let flow = self.stays_flow(node);
                let piece = self.slot(object, *feature, &new, flow)?;
                let name = draft.metamodel().feature(*feature).name.to_string();
                entries.added.push((rank + 1, name, piece));
            }
        }
        self.place(object, node, entries, out)
    }

    /// What changes in an object that no edit changed: references to what moved, was renamed or is gone.
    fn references(&self, object: ObjectId, out: &mut Edits) -> Result<(), EditError> {
        let metamodel = self.job.after.draft.metamodel();
        let mut entries = Entries::default();
        let members = self.tree.members(self.site(object).node);
        for (member, feature) in self.features_in(object) {
            let declared = metamodel.feature(feature);
            if declared.target().is_some() && !declared.is_containment() {
                let index = members.iter().position(|m| m.value == member.value);
                self.entry(
                    object,
                    (feature, index.unwrap_or_default()),
                    &mut entries,
                    out,
                )?;
            }
        }
        self.place(object, self.site(object).node, entries, out)
    }

    /// What the members of a feature's text say.
    pub(super) fn known(
        &self,
        object: ObjectId,
        feature: FeatureId,
        items: &[NodeId],
    ) -> Vec<Option<Value>> {
        let metamodel = self.job.before.draft.metamodel();
        let declared = metamodel.feature(feature);
        if declared.is_containment() {
            let parts = self.parts.get(&(object, feature)).map_or(&[][..], |p| p);
            let parts = parts.iter().copied().chain(std::iter::repeat(None));
            let value = |(item, part): (&NodeId, Option<ObjectId>)| match part {
                Some(part) => Some(Value::Object(part)),
                None if self.tree.is_null(self.tree.resolve(*item)) => Some(Value::Null),
                None => self.elsewhere(*item),
            };
            return items.iter().zip(parts).map(value).collect();
        }
        let value = |item: &NodeId| {
            let node = self.tree.resolve(*item);
            if declared.is_many() && self.tree.is_null(node) {
                return Some(Value::Null);
            }
            match declared.value_type() {
                Some(of) => {
                    let text = self.tree.scalar(node)?;
                    metamodel.parse(of, text).ok().map(Value::from)
                }
                None if self.tree.scalar(node).is_none() => self.elsewhere(*item),
                None => self.references.before(feature, self.reference_text(*item)?),
            }
        };
        if declared.opposite().is_none() {
            // Where the reader took every member, it knows what they are.
            let values = own(self.job.before.draft.model, object, feature);
            if values.len() == items.len() {
                return values.into_iter().map(Some).collect();
            }
        }
        items.iter().map(value).collect()
    }

    /// The object of another file that `{$ref: …}` names.
    fn elsewhere(&self, item: NodeId) -> Option<Value> {
        let uri = reference::normal(self.reference_text(item)?);
        Some(Value::Proxy(Arc::new(Proxy { uri, class: None })))
    }

    /// What changes in the value of one entry.
    fn entry(
        &self,
        object: ObjectId,
        at: (FeatureId, usize),
        entries: &mut Entries,
        out: &mut Edits,
    ) -> Result<(), EditError> {
        let (feature, index) = at;
        let site = self.site(object);
        let value = self.tree.members(site.node)[index].value;
        let items = self.items(value);
        let old = self.known(object, feature, &items);
        let plan = self.pairs.plan(self.job, (object, feature), &old);
        let unchanged =
            plan.len() == items.len() && plan.iter().enumerate().all(|(i, p)| *p == Item::Keep(i));
        let draft = self.job.after.draft;
        let declared = draft.metamodel().feature(feature);
        let slot = (object, feature);
        let lost = !draft.has(object, feature);
        let exact = lost || draft.exact.contains(&slot);
        if unchanged && !(exact && items.is_empty()) {
            return self.follow(feature, &items, &old, out);
        }
        let gone = plan.is_empty() && (exact || !declared.is_many() || items.is_empty());
        if gone {
            entries.gone.insert(index);
            return Ok(());
        }
        if let Kind::Alias(target) = self.tree.node(value).kind {
            if declared.is_containment() {
                return Err(self.shared(target));
            }
            let new = self.pairs.wanted(self.job, slot, true);
            let piece = self.slot(object, feature, &new, self.tree.in_flow(value))?;
            return self.put(value, piece, out);
        }
        let list = self.tree.collection(value).is_some_and(|c| !c.mapping);
        if list {
            self.list(slot, value, &plan, out)
        } else if let [Item::Replace(_, new)] = &plan[..] {
            self.replace(slot, value, new, out)
        } else {
            let new = self.pairs.wanted(self.job, slot, true);
            let piece = self.slot(object, feature, &new, self.tree.in_flow(value))?;
            self.put(value, piece, out)
        }
    }

    /// Rewrites references whose text no longer names what it named.
    fn follow(
        &self,
        feature: FeatureId,
        items: &[NodeId],
        old: &[Option<Value>],
        out: &mut Edits,
    ) -> Result<(), EditError> {
        let declared = self.job.after.draft.metamodel().feature(feature);
        if declared.target().is_none() || declared.is_containment() {
            return Ok(());
        }
        for (item, value) in items.iter().zip(old) {
            let (Some(text), Some(value)) = (self.reference_text(*item), value) else {
                continue;
            };
            if let Some(new) = self.references.follow(feature, text, value) {
                let node = match self.tree.node(*item).kind {
                    Kind::Alias(_) => *item,
                    _ => self.reference_node(*item).unwrap_or(*item),
                };
                self.put_reference(node, &new, out)?;
            }
        }
        Ok(())
    }

    /// Changes the members of a list.
    fn list(
        &self,
        slot: (ObjectId, FeatureId),
        value: NodeId,
        plan: &[Item],
        out: &mut Edits,
    ) -> Result<(), EditError> {
        if self.tree.node(value).alias.is_some() {
            return Err(self.shared(value));
        }
        let items = self.items(value);
        let old = self.known(slot.0, slot.1, &items);
        if items.is_empty() && !self.stays_flow(value) {
            let new = self.pairs.wanted(self.job, slot, true);
            let piece = self.slot(slot.0, slot.1, &new, false)?;
            return self.put(value, piece, out);
        }
        let flow = self.tree.is_flow(value);
        let mut finals = Vec::new();
        for item in plan {
            finals.push(match item {
                Item::Keep(at) => {
                    self.follow(slot.1, &items[*at..=*at], &old[*at..=*at], out)?;
                    Final::Old(*at)
                }
                Item::Replace(at, new) => {
                    self.replace(slot, items[*at], new, out)?;
                    Final::Old(*at)
                }
                Item::Add(new) => {
                    let piece = self.member(slot, new, (flow, &items))?;
                    Final::New(if flow {
                        self.inline(piece, value)?
                    } else {
                        piece.item(self.width_in(value))
                    })
                }
            });
        }
        self.rearrange(value, &finals, out)
    }

    /// A new member of a list, in the style of the others.
    fn member(
        &self,
        slot: (ObjectId, FeatureId),
        value: &Value,
        list: (bool, &[NodeId]),
    ) -> Result<Piece, EditError> {
        let (flow, items) = list;
        let like = items
            .iter()
            .copied()
            .find(|i| self.tree.scalar(*i).is_some());
        let new = value
            .as_object()
            .is_some_and(|o| self.job.after.draft.is_new(o));
        if !flow && new && self.prefers_flow(items) {
            // What moves into it may have lines of its own.
            let inline = self.piece(slot, value, (true, None));
            return inline.or_else(|_| self.piece(slot, value, (false, None)));
        }
        self.piece(slot, value, (flow, like))
    }

    /// Whether the members of a list are written in brackets, so that a new one shall be too.
    fn prefers_flow(&self, items: &[NodeId]) -> bool {
        items.last().is_some_and(|i| {
            self.tree
                .collection(self.tree.resolve(*i))
                .is_some_and(|c| c.flow)
        })
    }

    /// Gives one member another value.
    fn replace(
        &self,
        slot: (ObjectId, FeatureId),
        item: NodeId,
        new: &Value,
        out: &mut Edits,
    ) -> Result<(), EditError> {
        let draft = self.job.after.draft;
        let declared = draft.metamodel().feature(slot.1);
        if self.tree.node(item).alias.is_some() {
            return Err(self.shared(item));
        }
        if declared.is_containment() {
            let flow = self.tree.in_flow(item);
            let piece = self.piece(slot, new, (flow, None))?;
            return self.put(item, piece, out);
        }
        if let Value::Proxy(proxy) = new
            && proxy.class.is_some()
        {
            // `{$ref: …, $type: …}` is written as a whole.
            let piece = self.piece(slot, new, (self.tree.in_flow(item), None))?;
            return self.put(item, piece, out);
        }
        if declared.target().is_some() {
            let node = self.reference_node(item);
            let text = self
                .references
                .print(slot.1, new, self.reference_text(item));
            return match node.filter(|n| self.tree.resolve(item) == item && *n != item) {
                Some(inner) => self.put_reference(inner, &text, out),
                None => self.put_reference(item, &text, out),
            };
        }
        let (text, meaning) = self.attribute(slot, new);
        self.put_value(item, &text, meaning, out)
    }

    /// Corrects what tells the class of an object.
    fn class(
        &self,
        object: ObjectId,
        entries: &mut Entries,
        out: &mut Edits,
    ) -> Result<(), EditError> {
        let (before, after) = (self.job.before.draft, self.job.after.draft);
        let metamodel = after.metamodel();
        let class = after.class(object);
        let target = |through: Option<(ObjectId, FeatureId)>| {
            through.and_then(|c| metamodel.feature(c.1).target())
        };
        let (old, new) = (
            target(before.container(object)),
            target(after.container(object)),
        );
        let name = self.class_name(class);
        match self.marker(object) {
            Some(_) if before.class(object) == class => Ok(()),
            Some(Marker::Tag(range)) => {
                let safe = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
                if !name.chars().all(safe) {
                    return Err(self.job.layout(range, "a tag cannot hold this class"));
                }
                out.replace(range, format!("!{name}"));
                Ok(())
            }
            Some(Marker::Entry(index)) => {
                let node = self.site(object).node;
                let value = self.tree.members(node)[index].value;
                self.put_reference(value, &name, out)
            }
            None if new == Some(class) => Ok(()),
            None if before.class(object) == class && old == new => Ok(()),
            None => {
                let key = self.type_key(new).to_owned();
                let text = self.text(&name, crate::format::scalar::Meaning::Text, false);
                entries.added.push((0, key, Piece::inline(text)));
                Ok(())
            }
        }
    }

    /// Writes the entries that come among those that stay, in the order of the class.
    fn place(
        &self,
        object: ObjectId,
        node: NodeId,
        mut entries: Entries,
        out: &mut Edits,
    ) -> Result<(), EditError> {
        if entries.gone.is_empty() && entries.added.is_empty() {
            return Ok(());
        }
        entries.added.sort_by_key(|(rank, ..)| *rank);
        let members = self.tree.members(node);
        if members.is_empty() && !self.stays_flow(node) {
            let pieces = entries.added.into_iter().map(|(_, k, p)| (k, p));
            let piece = self.compose(&pieces.collect::<Vec<_>>());
            return self.put(node, piece, out);
        }
        let flow = self.tree.is_flow(node);
        let ranks: Vec<Option<usize>> = (0..members.len()).map(|i| self.rank(object, i)).collect();
        let mut after: Vec<Vec<String>> = vec![Vec::new(); members.len() + 1];
        for (rank, key, piece) in entries.added {
            // Behind the nearest of those that come before it in the class.
            let before = |i: &usize| ranks[*i].is_some_and(|r| r < rank.max(1));
            let best = (0..members.len())
                .filter(before)
                .max_by_key(|i| (ranks[*i], *i));
            let text = if flow {
                let inline = self.inline(piece, node)?;
                let key = self.key(&key);
                // JSON wants no blank to be missing, YAML needs one.
                format!("{key}: {inline}")
            } else {
                let pad = self.pad(node, &key);
                piece.entry(&self.key(&key), pad, (self.style.step, self.style.dash))
            };
            after[best.map_or(0, |b| b + 1)].push(text);
        }
        let mut finals = Vec::new();
        let mut after = after.into_iter();
        finals.extend(after.next().into_iter().flatten().map(Final::New));
        for (index, new) in after.enumerate() {
            if !entries.gone.contains(&index) {
                finals.push(Final::Old(index));
            }
            finals.extend(new.into_iter().map(Final::New));
        }
        self.rearrange(node, &finals, out)
    }

    /// The rank of an entry among the features of its class, from 1; what names the class or the object is first.
    pub(super) fn rank(&self, object: ObjectId, index: usize) -> Option<usize> {
        let draft = self.job.after.draft;
        let Some(feature) = self.feature_of(object, index) else {
            let key = self.tree.members(self.site(object).node)[index].key;
            let marker = matches!(self.marker(object), Some(Marker::Entry(i)) if i == index);
            let key = key.and_then(|k| self.tree.scalar(k));
            let own = key.is_some_and(|k| OWN_KEYS.contains(&k));
            return (marker || own).then_some(0);
        };
        let features = &draft.metamodel().class(draft.class(object)).features;
        features.iter().position(|f| *f == feature).map(|r| r + 1)
    }
}
