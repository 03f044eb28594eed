//! Which members of a feature's text stay, which change, and what comes between them.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::same;
use super::{Job, Syntax};
use crate::metamodel::{Feature, FeatureId};
use crate::model::{ObjectId, Value};

/// One member of the text of a feature after the edits, in order; what is not mentioned goes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    /// The old member at a position, as it is or with changes inside of it.
    Keep(usize),
    /// The old member at a position, with another value.
    Replace(usize, Value),
    /// A new member.
    Add(Value),
}

/// The references with two directions, as the file writes them.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    written: BTreeSet<(ObjectId, FeatureId, ObjectId)>,
    features: BTreeSet<FeatureId>,
}

impl Pairs {
    /// Notes that the text of `object` says that `feature` points at `target`.
    pub(super) fn note(&mut self, object: ObjectId, feature: FeatureId, target: ObjectId) {
        self.written.insert((object, feature, target));
        self.features.insert(feature);
    }

    /// Whether the file writes both directions of a reference: where it does not show, XMI does and YAML does not.
    fn writes_both(&self, job: &Job<'_>, ends: (FeatureId, FeatureId)) -> bool {
        if !self.features.contains(&ends.0) && !self.features.contains(&ends.1) {
            return job.syntax == Syntax::Xmi;
        }
        let both = |(o, f, t): &(ObjectId, FeatureId, ObjectId)| {
            *f == ends.0 && self.written.contains(&(*t, ends.1, *o))
        };
        self.written.iter().any(both)
    }

    /// What becomes of the members of a feature's text: `old` is what each says now, `None` where it cannot be read.
    pub(super) fn plan(
        &self,
        job: &Job<'_>,
        slot: (ObjectId, FeatureId),
        old: &[Option<Value>],
    ) -> Vec<Item> {
        let draft = job.after.draft;
        let declared = draft.metamodel().feature(slot.1);
        if !draft.has(slot.0, slot.1) {
            return Vec::new();
        }
        let exact = draft.exact.contains(&slot);
        let opposite = declared.opposite().map(|o| draft.metamodel().feature(o));
        let by_place = opposite.is_some_and(Feature::is_containment);
        if !exact && !by_place && !draft.is_new(slot.0) && draft.keeps(slot.0, slot.1) {
            return (0..old.len()).map(Item::Keep).collect();
        }
        let new = self.wanted(job, slot, !old.is_empty());
        if declared.is_containment() && declared.is_many() {
            return align_parts(old, &new, &draft.moved, exact);
        }
        align_values(old, &new, exact, declared.is_many())
    }

    /// The values that the text of a feature is to say after the edits; `said` is whether it says any now.
    pub(super) fn wanted(
        &self,
        job: &Job<'_>,
        slot: (ObjectId, FeatureId),
        said: bool,
    ) -> Vec<Value> {
        let (object, feature) = slot;
        let draft = job.after.draft;
        let metamodel = draft.metamodel();
        let Some(opposite) = metamodel.feature(feature).opposite() else {
            return draft.values(object, feature);
        };
        if metamodel.feature(feature).is_containment() {
            return draft.values(object, feature);
        }
        if metamodel.feature(opposite).is_containment() {
            // The place of a part says it already.
            let container = draft.container(object).filter(|c| c.1 == opposite && said);
            return container.map(|c| Value::Object(c.0)).into_iter().collect();
        }
        let mut values = draft.values(object, feature);
        values.retain(|value| {
            let Some(target) = value.as_object() else {
                return true;
            };
            if self.written.contains(&(object, feature, target)) {
                return true;
            }
            if self.written.contains(&(target, opposite, object)) {
                return false;
            }
            draft.touched.contains(&(object, feature))
                || !draft.touched.contains(&(target, opposite))
                || self.writes_both(job, (feature, opposite))
        });
        values
    }
}

/// Aligns the values that a text says, `None` where it cannot be read, with those that it is to say.
pub(super) fn align_values(
    old: &[Option<Value>],
    new: &[Value],
    exact: bool,
    many: bool,
) -> Vec<Item> {
    if many {
        return align_lists(old, new, exact);
    }
    let unread = || (0..old.len()).filter(|i| old[*i].is_none() && !exact);
    let Some(new) = new.last() else {
        return unread().map(Item::Keep).collect();
    };
    let said = old.iter().flatten().next_back();
    if said.is_some_and(|said| same(said, new)) {
        return (0..old.len()).map(Item::Keep).collect();
    }
    if old.is_empty() {
        return vec![Item::Add(new.clone())];
    }
    vec![Item::Replace(0, new.clone())]
}

fn align_lists(old: &[Option<Value>], new: &[Value], exact: bool) -> Vec<Item> {
    let known: Vec<usize> = (0..old.len()).filter(|i| old[*i].is_some()).collect();
    let equal = |i: usize, j: usize| old[known[i]].as_ref().is_some_and(|o| same(o, &new[j]));
    let mut items = Vec::new();
    let (mut from, mut at) = (0, 0);
    let ends = std::iter::once((known.len(), new.len()));
    for (i, j) in common(known.len(), new.len(), equal)
        .into_iter()
        .chain(ends)
    {
        let until = known.get(i).copied().unwrap_or(old.len());
        let mut added = &new[at..j];
        for (gap, said) in old.iter().enumerate().take(until).skip(from) {
            if said.is_none() && !exact {
                items.push(Item::Keep(gap));
            } else if let Some((value, rest)) = added.split_first() {
                items.push(Item::Replace(gap, value.clone()));
                added = rest;
            }
        }
        items.extend(added.iter().cloned().map(Item::Add));
        if until < old.len() {
            items.push(Item::Keep(until));
        }
        (from, at) = (until + 1, j + 1);
    }
    items
}

/// A longest common subsequence of two lists, as pairs of positions.
fn common(old: usize, new: usize, equal: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
    /// Beyond this many comparisons the lists have little in common, or only their ends.
    const MOST: usize = 4_000_000;
    let head = (0..old.min(new)).take_while(|i| equal(*i, *i)).count();
    let rest = old.min(new) - head;
    let tail = (1..=rest).take_while(|i| equal(old - i, new - i)).count();
    let (rows, columns) = (old - head - tail, new - head - tail);
    let mut pairs: Vec<(usize, usize)> = (0..head).map(|i| (i, i)).collect();
    if rows * columns <= MOST {
        let width = columns + 1;
        let mut longest = vec![0u32; (rows + 1) * width];
        for i in (0..rows).rev() {
            for j in (0..columns).rev() {
                longest[i * width + j] = if equal(head + i, head + j) {
                    longest[(i + 1) * width + j + 1] + 1
                } else {
                    longest[(i + 1) * width + j].max(longest[i * width + j + 1])
                };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < rows && j < columns {
            if equal(head + i, head + j) {
                pairs.push((head + i, head + j));
                (i, j) = (i + 1, j + 1);
            } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
                i += 1;
            } else {
                j += 1;
            }
        }
    }
    pairs.extend((1..=tail).rev().map(|i| (old - i, new - i)));
    pairs
}

/// Aligns the parts that a text has, `None` where one cannot be read, with those that it is to have.
///
/// What an edit moved is taken for moved, and what stands around it for unmoved, as far as that is possible.
pub(super) fn align_parts(
    old: &[Option<Value>],
    new: &[Value],
    moved: &BTreeSet<ObjectId>,
    exact: bool,
) -> Vec<Item> {
    let positions: BTreeMap<ObjectId, usize> = old
        .iter()
        .enumerate()
        .filter_map(|(i, v)| Some((v.as_ref()?.as_object()?, i)))
        .collect();
    // Parts in other files are few.
    let elsewhere = |v: &Value| {
        let is = |o: &Option<Value>| o.as_ref().is_some_and(|o| same(o, v));
        old.iter().position(is)
    };
    let place = |v: &Value| match v.as_object() {
        Some(object) => positions.get(&object).copied(),
        None => elsewhere(v),
    };
    let stays = |v: &&Value| v.as_object().is_none_or(|o| !moved.contains(&o));
    let all: Vec<usize> = new.iter().filter_map(place).collect();
    let kept = if all.is_sorted() {
        all
    } else {
        rising(
            &new.iter()
                .filter(stays)
                .filter_map(place)
                .collect::<Vec<_>>(),
        )
    };
    let kept: BTreeSet<usize> = kept.into_iter().collect();
    let unread = |range: std::ops::Range<usize>| {
        range
            .filter(|i| old[*i].is_none() && !exact)
            .map(Item::Keep)
    };
    let mut items = Vec::new();
    let mut from = 0;
    for value in new {
        match place(value).filter(|i| kept.contains(i)) {
            Some(at) => {
                items.extend(unread(from..at));
                items.push(Item::Keep(at));
                from = at + 1;
            }
            None => items.push(Item::Add(value.clone())),
        }
    }
    items.extend(unread(from..old.len()));
    items
}

/// A longest rising subsequence.
fn rising(list: &[usize]) -> Vec<usize> {
    // `ends[n]` is the position of the smallest number that ends a rising run of n + 1.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(list.len());
    for (at, number) in list.iter().enumerate() {
        let length = ends.partition_point(|e| list[*e] < *number);
        before.push(length.checked_sub(1).map(|l| ends[l]));
        ends.truncate(ends.len().max(length));
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    let mut run: Vec<usize> = std::iter::successors(ends.last().copied(), |at| before[*at])
        .map(|at| list[at])
        .collect();
    run.reverse();
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &str) -> Vec<Value> {
        words.split_whitespace().map(Value::text).collect()
    }

    fn shown(items: &[Item]) -> String {
        let one = |item: &Item| match item {
            Item::Keep(i) => format!("{i}"),
            Item::Replace(i, v) => format!("{i}={}", v.as_str().unwrap_or("?")),
            Item::Add(Value::Object(o)) => format!("+{}", o.0),
            Item::Add(v) => format!("+{}", v.as_str().unwrap_or("?")),
        };
        items.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_list_keeps_what_it_has_in_common() {
        let old: Vec<Option<Value>> = texts("a b c d").into_iter().map(Some).collect();
        for (new, expected) in [
            ("a b c d", "0 1 2 3"),
            ("a x c d", "0 1=x 2 3"),
            ("a c d", "0 2 3"),
            ("a b x c d y", "0 1 +x 2 3 +y"),
            ("d a b c", "+d 0 1 2"),
            ("", ""),
        ] {
            let items = align_lists(&old, &texts(new), false);
            assert_eq!(shown(&items), expected, "{new}");
        }
    }

    #[test]
    fn what_cannot_be_read_stays_unless_all_is_named() {
        let old = [Some(Value::text("a")), None, Some(Value::text("b"))];
        assert_eq!(shown(&align_lists(&old, &texts("b"), false)), "1 2");
        assert_eq!(shown(&align_lists(&old, &texts("b"), true)), "2");
        assert_eq!(shown(&align_values(&[None], &[], false, false)), "0");
        assert_eq!(shown(&align_values(&[None], &[], true, false)), "");
        assert_eq!(
            shown(&align_values(&[None], &texts("x"), false, false)),
            "0=x"
        );
    }

    #[test]
    fn what_was_moved_moves_and_the_rest_stays() {
        let part = |n| Value::Object(ObjectId(n));
        let old: Vec<Option<Value>> = (0..4).map(|n| Some(part(n))).collect();
        let order = |numbers: &[u32]| numbers.iter().map(|n| part(*n)).collect::<Vec<_>>();
        let moved = BTreeSet::from([ObjectId(0)]);
        let items = align_parts(&old, &order(&[1, 0, 2, 3]), &moved, false);
        assert_eq!(shown(&items), "1 +0 2 3");
        let items = align_parts(&old, &order(&[3, 0, 1, 2]), &BTreeSet::new(), false);
        assert_eq!(shown(&items), "+3 0 1 2");
        let items = align_parts(&old, &order(&[0, 1, 2, 3]), &moved, false);
        assert_eq!(shown(&items), "0 1 2 3");
    }
}
