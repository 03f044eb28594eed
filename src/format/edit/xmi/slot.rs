//! The features of one object: attributes and elements that say their values.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::names::Purpose;
use super::tree::{ElementId, attribute_value, escape_attribute, unescape};
use super::{Changes, New, Said, Writer};
use crate::format::edit::EditError;
use crate::format::edit::draft::own;
use crate::format::edit::plan::Item;
use crate::format::edit::reference;
use crate::format::edit::text::Edits;
use crate::metamodel::FeatureId;
use crate::model::{ObjectId, Proxy, Value};

/// An object, one of its features, and the rank of that feature in its class.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub(super) object: ObjectId,
    pub(super) id: ElementId,
    pub(super) feature: FeatureId,
    pub(super) rank: usize,
}

impl Writer<'_> {
    /// What changes in the features of an object. Returns the parts whose text stays within its own.
    pub(super) fn features(
        &self,
        object: ObjectId,
        changes: &mut Changes,
        out: &mut Edits,
    ) -> Result<Vec<ObjectId>, EditError> {
        let draft = self.job.after.draft;
        let id = self.site(object);
        let said = self.said(object);
        let features = &draft.metamodel().class(draft.class(object)).features;
        let rank = |f: &FeatureId| features.iter().position(|o| o == f).map_or(0, |r| r + 1);
        let lost = said.keys().filter(|f| !features.contains(f));
        let mut staying = Vec::new();
        for feature in features.iter().chain(lost) {
            let slot = Slot {
                object,
                id,
                feature: *feature,
                rank: rank(feature),
            };
            let said = said.get(feature).map_or(&[][..], |s| s);
            let old = self.known((object, id), *feature, said);
            let plan = self.pairs.plan(self.job, (object, *feature), &old);
            let declared = draft.metamodel().feature(*feature);
            if declared.is_containment() {
                self.parts(slot, (said, &plan), changes)?;
                staying.extend(plan.iter().filter_map(|item| match item {
                    Item::Keep(at) => old[*at].as_ref()?.as_object(),
                    _ => None,
                }));
            } else if declared.target().is_some() {
                self.links(slot, (said, &plan, &old), changes, out);
            } else if declared.is_many() {
                self.texts(slot, (said, &plan, &old), changes, out);
            } else {
                self.single(slot, (said, &plan), changes, out);
            }
        }
        Ok(staying)
    }

    /// What the members of a feature's text say.
    fn known(
        &self,
        (object, id): (ObjectId, ElementId),
        feature: FeatureId,
        said: &[Said],
    ) -> Vec<Option<Value>> {
        let metamodel = self.job.before.draft.metamodel();
        let declared = metamodel.feature(feature);
        if declared.opposite().is_none() && !declared.is_containment() {
            // Where the reader took every member, it knows what they are.
            let values = own(self.job.before.draft.model, object, feature);
            if values.len() == said.len() {
                return values.into_iter().map(Some).collect();
            }
        }
        let value = |said: &Said| {
            if let Said::Element(child) = said {
                if let Some(object) = self.objects[*child] {
                    return Some(Value::Object(object));
                }
                if declared.is_many() && self.attribute_for(*child, Purpose::Nil).is_some() {
                    return Some(Value::Null);
                }
            }
            if declared.is_containment() {
                let uri = reference::normal(&self.reference_text(said)?);
                return Some(Value::Proxy(Arc::new(Proxy { uri, class: None })));
            }
            let Some(of) = declared.value_type() else {
                return self.references.before(feature, &self.reference_text(said)?);
            };
            metamodel
                .parse(of, &self.value_text(id, said)?)
                .ok()
                .map(Value::from)
        };
        said.iter().map(value).collect()
    }

    /// What changes in an object that no edit changed: references to what moved, was renamed or is gone. Returns the
    /// parts that stay in it.
    pub(super) fn unchanged(
        &self,
        object: ObjectId,
        id: ElementId,
        out: &mut Edits,
    ) -> Vec<ObjectId> {
        let draft = self.job.after.draft;
        let metamodel = draft.metamodel();
        let mut changes = Changes::default();
        if draft.wide {
            for (feature, said) in self.said(object) {
                let declared = metamodel.feature(feature);
                if declared.target().is_none() || declared.is_containment() {
                    continue;
                }
                let old = self.known((object, id), feature, &said);
                let plan = self.pairs.plan(self.job, (object, feature), &old);
                let slot = Slot {
                    object,
                    id,
                    feature,
                    rank: 0,
                };
                self.links(slot, (&said, &plan, &old), &mut changes, out);
            }
            self.place_attributes(id, &changes, out);
            self.place_children(id, changes, out);
        }
        let children = self.tree.element(id).elements();
        children.filter_map(|c| self.objects[c]).collect()
    }

    /// The text of a value of an attribute.
    fn value_text(&self, id: ElementId, said: &Said) -> Option<String> {
        match said {
            Said::Attribute(index) => Some(self.attribute_text(id, *index)),
            Said::Word(_, range) => Some(unescape(&self.tree.text[range.clone()]).into_owned()),
            Said::Element(id) if self.attribute_for(*id, Purpose::Nil).is_some() => None,
            Said::Element(id) => Some(self.tree.content(*id)),
        }
    }

    fn parts(
        &self,
        slot: Slot,
        what: (&[Said], &[Item]),
        changes: &mut Changes,
    ) -> Result<(), EditError> {
        let (said, plan) = what;
        drop_members(said, plan, changes);
        let pretty = self.is_pretty(slot.id);
        for (at, item) in plan.iter().enumerate() {
            let (value, place) = match item {
                Item::Keep(_) => continue,
                Item::Replace(old, value) => {
                    if let Said::Element(id) = said[*old] {
                        changes.gone.insert(id);
                    }
                    (value, (None, element_of(said, *old)))
                }
                Item::Add(value) => (value, around(said, plan, at)),
            };
            let text = self.part(slot, value, pretty)?;
            changes.new.push(New {
                rank: slot.rank,
                around: place,
                text,
            });
        }
        Ok(())
    }

    /// An attribute of one value.
    fn single(&self, slot: Slot, what: (&[Said], &[Item]), changes: &mut Changes, out: &mut Edits) {
        let (said, plan) = what;
        drop_members(said, plan, changes);
        let draft = self.job.after.draft;
        for item in plan {
            let (value, member) = match item {
                Item::Keep(_) => continue,
                Item::Replace(at, value) => (value, Some(&said[*at])),
                Item::Add(value) => (value, None),
            };
            let text = draft.text(slot.object, slot.feature, value);
            match member {
                Some(Said::Attribute(index)) => self.put_attribute(slot.id, *index, &text, out),
                Some(Said::Element(id)) => self.put_content(*id, &text, out),
                _ => {
                    let name = draft.metamodel().feature(slot.feature).name.to_string();
                    let attribute = (slot.rank, name, text.to_string());
                    changes.new_attributes.push(attribute);
                }
            }
        }
    }

    /// An attribute of many values: elements, or words of one attribute as long as they can be words.
    fn texts(
        &self,
        slot: Slot,
        what: (&[Said], &[Item], &[Option<Value>]),
        changes: &mut Changes,
        out: &mut Edits,
    ) {
        let (said, plan, old) = what;
        let draft = self.job.after.draft;
        let text = |value: &Value| draft.text(slot.object, slot.feature, value);
        let word = |value: &Value| {
            let text = text(value);
            !text.is_empty() && !text.contains(|c: char| c.is_ascii_whitespace())
        };
        let plan = match word_plan(said, plan, old, word) {
            WordPlan::Words => {
                let write = |value: &Value, _: Option<&Said>| text(value).to_string();
                self.put_words(slot, (said, plan), &write, (changes, out));
                return;
            }
            WordPlan::Elements(plan) => plan,
        };
        put_elements(said, &plan, changes);
        for (at, item) in plan.iter().enumerate() {
            match item {
                Item::Keep(_) => {}
                Item::Replace(old, value) => {
                    if let Some(id) = element_of(said, *old) {
                        self.put_content(id, &text(value), out);
                    }
                }
                Item::Add(value) => changes.new.push(New {
                    rank: slot.rank,
                    around: around(said, &plan, at),
                    text: self.value_element(slot, value),
                }),
            }
        }
    }

    /// Carries a plan out on the words of an attribute.
    pub(super) fn put_words(
        &self,
        slot: Slot,
        what: (&[Said], &[Item]),
        write: &dyn Fn(&Value, Option<&Said>) -> String,
        to: (&mut Changes, &mut Edits),
    ) {
        let (said, plan) = what;
        let (changes, out) = to;
        let words: Vec<(usize, Range<usize>)> = said
            .iter()
            .filter_map(|s| match s {
                Said::Word(index, range) => Some((*index, range.clone())),
                _ => None,
            })
            .collect();
        let Some((index, _)) = words.first().cloned() else {
            return;
        };
        if plan.is_empty() {
            changes.gone_attributes.insert(index);
            return;
        }
        let quote = self.quote(slot.id, index);
        let escape = |text: String| escape_attribute(&text, quote, self.most);
        let stays = |item: &Item| match item {
            Item::Keep(at) | Item::Replace(at, _) => Some(*at),
            Item::Add(_) => None,
        };
        let kept: Vec<usize> = plan.iter().filter_map(stays).collect();
        if kept.is_empty() {
            let texts = plan.iter().filter_map(|item| match item {
                Item::Add(value) => Some(escape(write(value, None))),
                _ => None,
            });
            let value = self.tree.element(slot.id).attributes[index].value.clone();
            out.replace(value, texts.collect::<Vec<_>>().join(" "));
            return;
        }
        for at in (0..words.len()).filter(|i| !kept.contains(i)) {
            let range = if kept.iter().any(|k| *k < at) {
                words[at - 1].1.end..words[at].1.end
            } else {
                words[at].1.start..words[at + 1].1.start
            };
            out.delete(range);
        }
        let mut last = None;
        for (position, item) in plan.iter().enumerate() {
            match item {
                Item::Keep(at) => last = Some(*at),
                Item::Replace(at, value) => {
                    last = Some(*at);
                    let text = escape(write(value, Some(&said[*at])));
                    out.replace(words[*at].1.clone(), text);
                }
                Item::Add(value) => {
                    let text = escape(write(value, None));
                    if let Some(last) = last {
                        out.insert(words[last].1.end, format!(" {text}"));
                    } else {
                        let next = plan[position..].iter().find_map(stays);
                        let next = next.map_or(0, |n| words[n].1.start);
                        out.insert(next, format!("{text} "));
                    }
                }
            }
        }
    }

    /// Gives an element another text; the comments in it stay.
    pub(super) fn put_content(&self, id: ElementId, text: &str, out: &mut Edits) {
        let element = self.tree.element(id);
        let text = self.escape_content(text);
        if let Some(index) = self.attribute_for(id, Purpose::Nil) {
            let from = match index {
                0 => element.name.end,
                i => element.attributes[i - 1].value.end + 1,
            };
            out.delete(from..element.attributes[index].value.end + 1);
        }
        let Some(end) = &element.end else {
            let name = self.tree.name(id);
            let close = element.tag.end - 2;
            out.replace(close..element.tag.end, format!(">{text}</{name}>"));
            return;
        };
        let runs: Vec<Range<usize>> = element
            .children
            .iter()
            .filter_map(|c| match c {
                super::tree::Child::Text(range) => Some(range.clone()),
                _ => None,
            })
            .collect();
        match runs.split_first() {
            Some((first, rest)) => {
                out.replace(first.clone(), text);
                for run in rest {
                    out.delete(run.clone());
                }
            }
            None => out.insert(end.start, text),
        }
    }

    /// The value of an attribute of a tag, as the reader has it.
    pub(super) fn attribute_text(&self, id: ElementId, index: usize) -> String {
        attribute_value(&self.tree.text[self.tree.element(id).attributes[index].value.clone()])
    }
}

/// How a plan is carried out.
pub(super) enum WordPlan {
    /// On the words of the attribute.
    Words,
    /// On elements.
    Elements(Vec<Item>),
}

fn element_of(said: &[Said], at: usize) -> Option<ElementId> {
    match said.get(at)? {
        Said::Element(id) => Some(*id),
        _ => None,
    }
}

/// The elements of the same feature that stay around a position of a plan; where none does, the first that goes.
pub(super) fn around(
    said: &[Said],
    plan: &[Item],
    at: usize,
) -> (Option<ElementId>, Option<ElementId>) {
    let stays = |item: &Item| match item {
        Item::Keep(old) | Item::Replace(old, _) => element_of(said, *old),
        Item::Add(_) => None,
    };
    let before = plan[..at].iter().rev().find_map(stays);
    let after = || plan[at..].iter().find_map(stays);
    let first = || (0..said.len()).find_map(|i| element_of(said, i));
    match before {
        Some(before) => (Some(before), None),
        None => (None, after().or_else(first)),
    }
}

/// Removes the members that a plan does not mention.
pub(super) fn drop_members(said: &[Said], plan: &[Item], changes: &mut Changes) {
    let mentioned = plan.iter().filter_map(|item| match item {
        Item::Keep(at) | Item::Replace(at, _) => Some(*at),
        Item::Add(_) => None,
    });
    let mentioned: BTreeSet<usize> = mentioned.collect();
    for (at, member) in said.iter().enumerate() {
        if mentioned.contains(&at) {
            continue;
        }
        match member {
            Said::Element(id) => {
                changes.gone.insert(*id);
            }
            Said::Attribute(index) => {
                changes.gone_attributes.insert(*index);
            }
            // Words go when their attribute is rewritten.
            Said::Word(..) => {}
        }
    }
}

/// Removes what is to become elements, and the elements that go.
pub(super) fn put_elements(said: &[Said], plan: &[Item], changes: &mut Changes) {
    drop_members(said, plan, changes);
    for (at, member) in said.iter().enumerate() {
        let kept = plan.contains(&Item::Keep(at));
        if let (Said::Word(index, _), false) = (member, kept) {
            changes.gone_attributes.insert(*index);
        }
    }
}

/// Whether a plan can be carried out on the words of an attribute; else with every word as an element.
pub(super) fn word_plan(
    said: &[Said],
    plan: &[Item],
    old: &[Option<Value>],
    word: impl Fn(&Value) -> bool,
) -> WordPlan {
    let words = said.iter().filter(|s| matches!(s, Said::Word(..))).count();
    let unchanged =
        plan.len() == said.len() && plan.iter().enumerate().all(|(i, p)| *p == Item::Keep(i));
    let fits = plan.iter().all(|item| match item {
        Item::Keep(_) => true,
        Item::Replace(_, value) | Item::Add(value) => word(value),
    });
    if words == said.len() && words > 0 && fits {
        return WordPlan::Words;
    }
    if words == 0 || unchanged {
        return WordPlan::Elements(plan.to_vec());
    }
    let element = |item: &Item| match item {
        Item::Keep(at) if matches!(said[*at], Said::Word(..)) => {
            old[*at].clone().map_or(Item::Keep(*at), Item::Add)
        }
        Item::Replace(at, value) if matches!(said[*at], Said::Word(..)) => Item::Add(value.clone()),
        other => other.clone(),
    };
    WordPlan::Elements(plan.iter().map(element).collect())
}
