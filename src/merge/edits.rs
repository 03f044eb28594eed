//! The edits that make the merged model of ours.
//!
//! Parts come first and without what they name, since what they name may come later; then what moves, then what goes,
//! then classes and slots.

use std::collections::{BTreeMap, BTreeSet};

use super::atom::{Atom, Node};
use super::decide::{Decided, groups};
use super::sides::Sides;
use crate::format::edit::{Edit, NewObject, NewValue, Place};
use crate::metamodel::{FeatureId, Literal};
use crate::model::{ObjectId, Value};

/// Edits, and which object each one that theirs added becomes.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) edits: Vec<Edit>,
    pub(super) objects: BTreeMap<Node, ObjectId>,
}

/// Where an object stands: its container and the reference.
type Key = (Node, FeatureId);

/// Makes the edits.
pub(super) fn edits(sides: &Sides<'_>, decided: &Decided) -> Made {
    let now = groups(sides.ours, &|o| sides.of_ours(o));
    let all = now
        .iter()
        .flat_map(|(key, list)| list.iter().map(|n| (*n, *key)));
    let mut maker = Maker {
        sides,
        decided,
        made: Made::default(),
        next: u32::try_from(sides.ours.bound()).unwrap_or(u32::MAX),
        at: all.collect(),
        now,
    };
    let mut late = maker.places(|many, _| many);
    maker.remove();
    // What takes the only place of its kind waits for the one that leaves it.
    while !late.is_empty() {
        let left = maker.places(|_, key| late.contains(&key));
        if left.len() >= late.len() {
            break;
        }
        late = left;
    }
    maker.order();
    maker.classes();
    maker.slots();
    maker.made
}

struct Maker<'s, 'm> {
    sides: &'s Sides<'m>,
    decided: &'s Decided,
    made: Made,
    next: u32,
    /// The lists as the edits so far leave them.
    now: BTreeMap<Key, Vec<Node>>,
    /// In which of them each object is.
    at: BTreeMap<Node, Key>,
}

impl Maker<'_, '_> {
    fn object(&self, node: Node) -> Option<ObjectId> {
        self.sides
            .in_ours(node)
            .or_else(|| self.made.objects.get(&node).copied())
    }

    /// Puts what comes into lists that `when` takes; returns the others into which something comes.
    fn places(&mut self, when: impl Fn(bool, Key) -> bool) -> BTreeSet<Key> {
        let mut left = BTreeSet::new();
        for (key, list) in &self.decided.lists {
            for node in list {
                if self.at.get(node) == Some(key) {
                    continue;
                }
                let many = self.sides.base.metamodel().feature(key.1).is_many();
                if self.object(key.0).is_none() || !when(many, *key) {
                    left.insert(*key);
                } else {
                    self.put(*node, *key);
                }
            }
        }
        left
    }

    /// The position behind the nearest one before it that is there.
    fn position(&self, node: Node, key: Key) -> usize {
        let now = self.now.get(&key).map_or(&[][..], Vec::as_slice);
        let list = &self.decided.lists[&key];
        let before = list.iter().take_while(|n| **n != node).collect::<Vec<_>>();
        let here = |n: &&Node| self.at.get(n) == Some(&key);
        let nearest = before.into_iter().rev().find(here);
        let nearest = nearest.and_then(|b| now.iter().position(|n| n == b));
        nearest.map_or(0, |p| p + 1)
    }

    fn put(&mut self, node: Node, key: Key) {
        let Some(container) = self.object(key.0) else {
            return;
        };
        if let Some(object) = self.object(node) {
            if let Some(list) = self.at.get(&node).and_then(|key| self.now.get_mut(key)) {
                list.retain(|n| *n != node);
            }
            let position = self.position(node, key);
            let place = Place {
                object: container,
                feature: key.1,
                position,
            };
            self.made.edits.push(Edit::Move { object, place });
            self.stand(node, key, position);
            return;
        }
        let position = self.position(node, key);
        let place = Place {
            object: container,
            feature: key.1,
            position,
        };
        let Some(new) = self.new_object(node) else {
            return;
        };
        let value = NewValue::New(new);
        self.made.edits.push(Edit::Insert { place, value });
        self.stand(node, key, position);
    }

    fn stand(&mut self, node: Node, key: Key, position: usize) {
        self.now.entry(key).or_default().insert(position, node);
        self.at.insert(node, key);
    }

    /// An object that theirs added, with its attributes and all below it that theirs added too.
    fn new_object(&mut self, node: Node) -> Option<NewObject> {
        let theirs = self.sides.in_theirs(node)?;
        let class = *self.decided.classes.get(&node)?;
        self.made.objects.insert(node, ObjectId(self.next));
        self.next += 1;
        let mut slots = Vec::new();
        for feature in &self.sides.base.metamodel().class(class).features {
            let key = (node, *feature);
            if let Some(list) = self.decided.lists.get(&key) {
                let mut parts = Vec::new();
                for part in list {
                    if matches!(part, Node::Theirs(_))
                        && let Some(new) = self.new_object(*part)
                    {
                        parts.push(NewValue::New(new));
                        self.now.entry(key).or_default().push(*part);
                        self.at.insert(*part, key);
                    }
                }
                if !parts.is_empty() {
                    slots.push((*feature, self.value(*feature, parts)));
                }
            } else if let Some(atoms) = self.decided.slots.get(&key)
                && !atoms.is_empty()
                && self
                    .sides
                    .base
                    .metamodel()
                    .feature(*feature)
                    .target()
                    .is_none()
            {
                let values = atoms.iter().filter_map(|a| self.new_value(a)).collect();
                slots.push((*feature, self.value(*feature, values)));
            }
        }
        Some(NewObject {
            class,
            id: self.sides.theirs.id(theirs).map(Into::into),
            slots,
        })
    }

    fn value(&self, feature: FeatureId, mut values: Vec<NewValue>) -> NewValue {
        let many = self.sides.base.metamodel().feature(feature).is_many();
        match values.pop() {
            Some(only) if !many => only,
            last => {
                values.extend(last);
                NewValue::List(values)
            }
        }
    }

    fn new_value(&self, atom: &Atom) -> Option<NewValue> {
        let value = match atom {
            Atom::Null | Atom::Entry(..) => return None,
            Atom::Node(node) => return self.object(*node).map(NewValue::Object),
            Atom::Proxy(uri, class) => {
                return Some(NewValue::Uri {
                    uri: uri.clone(),
                    class: *class,
                });
            }
            Atom::Boolean(b) => Value::Boolean(*b),
            Atom::Integer(n) => Value::Integer(*n),
            Atom::Real(bits) => Value::Real(f64::from_bits(*bits)),
            Atom::Text(text) => Value::String(text.clone()),
            Atom::Enum(of, at) => Value::Enum(*of, *at),
        };
        let literal: Option<Literal> = (&value).into();
        literal.map(NewValue::Literal)
    }

    /// Takes away what theirs took away, each tree once.
    fn remove(&mut self) {
        let removed: BTreeSet<Node> = self.decided.removed.iter().copied().collect();
        for node in &removed {
            let Some(object) = self.sides.in_ours(*node) else {
                continue;
            };
            let container = self
                .sides
                .ours
                .container(object)
                .map(|c| self.sides.of_ours(c));
            if container.is_none_or(|c| !removed.contains(&c)) {
                self.made.edits.push(Edit::Delete { object });
            }
        }
        for list in self.now.values_mut() {
            list.retain(|n| !removed.contains(n));
        }
        self.at.retain(|n, _| !removed.contains(n));
    }

    /// Moves within lists, as few as do.
    fn order(&mut self) {
        for (key, list) in &self.decided.lists {
            let Some(container) = self.object(key.0) else {
                continue;
            };
            let Some(now) = self.now.get(key).filter(|now| *now != list) else {
                continue;
            };
            let at: BTreeMap<Node, usize> = list.iter().enumerate().map(|(i, n)| (*n, i)).collect();
            let known: Vec<Node> = now.iter().filter(|n| at.contains_key(n)).copied().collect();
            let kept = longest_rise(&known.iter().map(|n| at[n]).collect::<Vec<_>>());
            let mut now = known;
            for (index, node) in list.iter().enumerate() {
                if kept.contains(&index) {
                    continue;
                }
                let Some(object) = self.object(*node) else {
                    continue;
                };
                now.retain(|n| n != node);
                let before = index.checked_sub(1).map(|i| list[i]);
                let position = before.and_then(|b| now.iter().position(|n| *n == b));
                let position = position.map_or(0, |p| p + 1);
                now.insert(position, *node);
                let place = Place {
                    object: container,
                    feature: key.1,
                    position,
                };
                self.made.edits.push(Edit::Move { object, place });
            }
            self.now.insert(*key, now);
        }
    }

    fn classes(&mut self) {
        for (node, class) in &self.decided.classes {
            if let Some(object) = self.sides.in_ours(*node)
                && self.sides.ours.class(object) != *class
            {
                self.made.edits.push(Edit::ChangeType {
                    object,
                    class: *class,
                });
            }
        }
    }

    fn slots(&mut self) {
        for ((node, feature), atoms) in &self.decided.slots {
            let Some(object) = self.object(*node) else {
                continue;
            };
            let (feature, declared) = (*feature, self.sides.base.metamodel().feature(*feature));
            let is_new = matches!(node, Node::Theirs(_));
            let same = if is_new {
                declared.target().is_none() || atoms.is_empty()
            } else {
                self.sides.our_atoms(*node, feature) == *atoms
            };
            if same {
                continue;
            }
            let values: Vec<NewValue> = atoms.iter().filter_map(|a| self.new_value(a)).collect();
            self.made.edits.push(if values.is_empty() {
                Edit::Unset { object, feature }
            } else {
                let value = self.value(feature, values);
                Edit::Set {
                    object,
                    feature,
                    value,
                }
            });
        }
    }
}

/// The values of a longest rising part of a list.
pub(super) fn longest_rise(values: &[usize]) -> BTreeSet<usize> {
    let mut piles: Vec<usize> = Vec::new();
    let mut before = vec![None; values.len()];
    for (index, value) in values.iter().enumerate() {
        let pile = piles.partition_point(|top| values[*top] < *value);
        before[index] = pile.checked_sub(1).map(|p| piles[p]);
        piles.truncate(piles.len().max(pile));
        if pile == piles.len() {
            piles.push(index);
        } else {
            piles[pile] = index;
        }
    }
    std::iter::successors(piles.last().copied(), |index| before[*index])
        .map(|index| values[index])
        .collect()
}
