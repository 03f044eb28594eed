//! Following changes of the source: matches come and go, and what read something else now is written once more.
//!
//! All that a change concerns is found first, then taken back, then written: what a whole run makes of the source is
//! what stands in the target afterwards. Where that cannot be told from what was noted, nothing is done and a whole run
//! is due.

use std::collections::{BTreeMap, BTreeSet};

use super::Map;
use super::change::Difference;
use super::run::Findings;
use super::state::{State, chain, nth};
use super::watch::{Reader, instances_of, matches_of};
use super::write::Writer;
use crate::expr::{Lazy, Slot, Type};
use crate::metamodel::{FeatureId, Metamodel, Role};
use crate::model::{Changes, Model, ObjectId, Value, changes_alone};
use crate::recipe::{Bound, Holds, RecipeKind};

/// A slot of a target that bindings write: the match, the position of the target, the feature.
pub(super) type Unit = (u32, u16, FeatureId);

/// What rules do that cannot be done once more by itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    /// They call lazy rules.
    lazy: bool,
    /// They match several objects.
    several: bool,
    /// They write slots whose values others share: other directions of references, containers, feature maps.
    shared: bool,
}

impl Shape {
    pub(super) fn of(map: &Map, metamodel: &Metamodel) -> Self {
        let running = || map.rules.iter().filter(|r| !r.is_abstract);
        let targets = running().flat_map(|r| &r.targets);
        Self {
            lazy: running().any(|r| r.lazy != Lazy::No),
            several: running().any(|r| r.lazy == Lazy::No && r.sources.len() != 1),
            shared: targets
                .flat_map(|t| &t.bindings)
                .any(|b| shares(b, metamodel)),
        }
    }
}

/// Whether a binding, or one of an object that it makes, writes into slots of others.
fn shares(bound: &Bound, metamodel: &Metamodel) -> bool {
    let declared = metamodel.feature(bound.feature());
    let alone = changes_alone(metamodel, bound.feature())
        || (declared.is_containment() && declared.role == Role::Plain);
    let makes = |recipe: &RecipeKind| match recipe {
        RecipeKind::Object(object) => object.features.iter().any(|b| shares(b, metamodel)),
        _ => false,
    };
    let nested = match &bound.recipe.kind {
        RecipeKind::List(items) => items.iter().any(|r| makes(&r.kind)),
        one => makes(one),
    };
    !alone || matches!(bound.holds, Holds::Container(_)) || nested
}

/// What has to be done.
#[derive(Debug, Default)]
struct Work {
    /// Matches to take back.
    gone: BTreeSet<u32>,
    /// Rules to apply to objects.
    new: BTreeSet<(usize, ObjectId)>,
    /// Slots to write once more.
    units: BTreeSet<Unit>,
    /// How much was asked again.
    asked: usize,
}

/// Does again what changes of the source concern; `None` where only a whole run does it.
pub(super) fn follow(
    state: &State<'_>,
    shape: Shape,
    (changes, difference): (&Changes, &Difference),
) -> Option<usize> {
    let work = find(state, shape, (changes, difference))?;
    let structural = !work.gone.is_empty() || !work.new.is_empty() || !changes.moved.is_empty();
    if structural && (shape.shared || shape.lazy) {
        return None;
    }
    let metamodel = state.source.metamodel();
    let alone = |unit: &Unit| changes_alone(metamodel, unit.2) || !shape.shared;
    if !work.units.iter().all(alone) || (shape.lazy && !work.units.is_empty()) {
        return None;
    }
    perform(state, &work, changes)?;
    Some(work.asked + work.new.len())
}

/// Finds what a change concerns.
fn find(
    state: &State<'_>,
    shape: Shape,
    (changes, difference): (&Changes, &Difference),
) -> Option<Work> {
    if shape.several && !(changes.created.is_empty() && changes.deleted.is_empty()) {
        return None;
    }
    let mut readers = BTreeSet::new();
    let extents = changes.extents.iter().map(|c| instances_of(*c));
    ask(
        state,
        changes.slots.iter().copied().chain(extents),
        &mut readers,
    );
    let mut work = Work {
        asked: readers.len(),
        ..Work::default()
    };
    let mut objects = changes.created.clone();
    objects.extend(candidates(state, difference));
    for reader in &readers {
        match reader {
            Reader::Several => return None,
            Reader::Globals => {
                let now = state.globals().ok()?;
                if now != *state.made.globals.borrow() {
                    return None;
                }
            }
            Reader::Guard(_, object) => {
                objects.insert(*object);
            }
            Reader::Binding(_) => {}
        }
    }
    let bound = state.source.model.bound();
    state.made.last.borrow_mut().resize(bound, None);
    for object in &changes.deleted {
        objects.remove(object);
        work.gone.extend(matches(state, *object));
    }
    for object in objects {
        match_again(state, object, &mut work)?;
    }
    let made = state.made.matches.borrow();
    let changed = work.gone.iter().filter_map(|n| made[*n as usize].object);
    let changed: BTreeSet<ObjectId> = changed.chain(work.new.iter().map(|(_, o)| *o)).collect();
    drop(made);
    ask(state, changed.into_iter().map(matches_of), &mut readers);
    for reader in readers {
        if let Reader::Binding(at) = reader {
            let one = &state.made.matches.borrow()[at.of as usize];
            if one.is_gone || work.gone.contains(&at.of) {
                continue;
            }
            let target = &state.map.rules[one.rule()].targets[usize::from(at.target)];
            let feature = target.bindings[usize::from(at.binding)].feature();
            work.units.insert((at.of, at.target, feature));
        }
    }
    rewrite(state, difference, &mut work);
    Some(work)
}

/// The objects that rules with other conditions may match.
fn candidates(state: &State<'_>, difference: &Difference) -> BTreeSet<ObjectId> {
    let model = state.source.model;
    let of = |rule: &usize| match &state.map.rules[*rule].sources[..] {
        [source] => match source.ty {
            Type::Class(class) => model.instances(class),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    difference.rules.iter().flat_map(of).collect()
}

/// Adds the slots of matches that stay, which are written differently now.
fn rewrite(state: &State<'_>, difference: &Difference, work: &mut Work) {
    if difference.slots.is_empty() {
        return;
    }
    let made = state.made.matches.borrow();
    for (number, one) in (0u32..).zip(&*made) {
        if one.is_gone || work.gone.contains(&number) {
            continue;
        }
        let of_rule = (one.rule(), 0, FeatureId(0))..(one.rule() + 1, 0, FeatureId(0));
        let slots = difference.slots.range(of_rule);
        let units = slots.map(|(_, target, feature)| (number, *target, *feature));
        let known = work.units.len();
        work.units.extend(units);
        work.asked += work.units.len() - known;
    }
}

fn ask(state: &State<'_>, slots: impl Iterator<Item = Slot>, readers: &mut BTreeSet<Reader>) {
    if let Some(watch) = &state.made.watch {
        let watch = watch.borrow();
        slots.for_each(|slot| watch.readers(slot, readers));
    }
}

/// The matches of an object.
fn matches(state: &State<'_>, object: ObjectId) -> Vec<u32> {
    let last = state.made.last.borrow();
    let start = last.get(object.0 as usize).copied().flatten();
    chain(&state.made.matches.borrow(), start).collect()
}

/// Finds which rules apply to an object now, and which no more.
fn match_again(state: &State<'_>, object: ObjectId, work: &mut Work) -> Option<()> {
    let (model, rules) = (state.source.model, &state.map.rules);
    // Which of several models an object is in is not looked at here.
    let of_one = |s: &super::Source| s.input.is_some();
    if rules.iter().any(|r| r.sources.iter().any(of_one)) {
        return None;
    }
    let known = matches(state, object);
    let mut holding = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let fits = rule.takes(model.class(object), model.metamodel());
        if fits && let Some(found) = state.look(index, object).ok()? {
            holding.push((index, found));
        }
    }
    let special = |general: usize| {
        let mut all = holding.iter();
        all.any(|(index, _)| rules[*index].ancestors.contains(&general))
    };
    for (at, (one, _)) in holding.iter().enumerate() {
        for (other, _) in &holding[at + 1..] {
            let (a, b) = (&rules[*one], &rules[*other]);
            let related = a.ancestors.contains(other) || b.ancestors.contains(one);
            if !related && !a.also && !b.also {
                return None;
            }
        }
    }
    let made = state.made.matches.borrow();
    let trace = state.made.trace.borrow();
    let mut kept = BTreeSet::new();
    for (index, (lets, reads)) in &holding {
        if special(*index) {
            continue;
        }
        let same = known.iter().copied().find(|number| {
            let one = &made[*number as usize];
            one.rule() == *index
                && one.lets() == lets
                && trace.guard_reads(one.application) == reads
        });
        match same {
            Some(number) => {
                kept.insert(number);
            }
            None => {
                work.new.insert((*index, object));
            }
        }
    }
    work.gone
        .extend(known.into_iter().filter(|n| !kept.contains(n)));
    Some(())
}

/// Whether objects of the target were roots before; what was never in question is not in it.
type Roots = BTreeMap<ObjectId, bool>;

fn perform(state: &State<'_>, work: &Work, changes: &Changes) -> Option<()> {
    let before = state.made.target.borrow().bound();
    let mut roots = Roots::new();
    for unit in &work.units {
        clear(state, *unit, &mut roots);
    }
    for number in &work.gone {
        take_back(state, *number, &mut roots);
    }
    let touched = work.gone.iter();
    let made = state.made.matches.borrow();
    let mut relinked: BTreeSet<ObjectId> =
        touched.filter_map(|n| made[*n as usize].object).collect();
    drop(made);
    let mut new = Vec::new();
    for (rule, object) in &work.new {
        let number = state.make(*rule, &[Value::Object(*object)]).ok()??;
        new.push(number);
        relinked.insert(*object);
    }
    for object in relinked {
        relink(state, object);
    }
    let mut found = Findings::default();
    let mut writer = Writer::new(state);
    for unit in &work.units {
        writer.fill(*unit, &mut found);
        note(written(state, *unit), (before, &mut roots));
    }
    for number in new {
        let one = state.made.matches.borrow()[number as usize].clone();
        let rule = &state.map.rules[one.rule()];
        let targets = (0..rule.targets.len()).map(|offset| nth(one.target, offset));
        note(targets.collect(), (before, &mut roots));
        writer.bind(number as usize, one, &mut found);
        for unit in units(state, number) {
            note(written(state, unit), (before, &mut roots));
        }
    }
    for object in &changes.moved {
        for number in matches(state, *object) {
            move_roots(state, number, &mut roots);
        }
    }
    if !found.all.is_empty() || !acyclic(state, &roots) {
        return None;
    }
    super::order::place_roots(state, &roots)
}

/// The slots that a match writes.
fn units(state: &State<'_>, number: u32) -> BTreeSet<Unit> {
    let rule = state.made.matches.borrow()[number as usize].rule();
    let targets = (0u16..).zip(&state.map.rules[rule].targets);
    targets
        .flat_map(|(at, t)| t.bindings.iter().map(move |b| (number, at, b.feature())))
        .collect()
}

fn target_of(state: &State<'_>, unit: Unit) -> ObjectId {
    let first = state.made.matches.borrow()[unit.0 as usize].target;
    nth(first, usize::from(unit.1))
}

/// Takes the values of a slot away; objects that were made in place go with them.
fn clear(state: &State<'_>, unit: Unit, roots: &mut Roots) {
    let object = target_of(state, unit);
    let mut target = state.made.target.borrow_mut();
    release(state, &mut target, (object, unit.2), roots);
}

fn release(
    state: &State<'_>,
    target: &mut Model,
    (object, feature): (ObjectId, FeatureId),
    roots: &mut Roots,
) {
    let containment = target.metamodel().feature(feature).is_containment();
    for part in target.release(object, feature) {
        if !containment {
            continue;
        }
        if state.is_target(part) {
            roots.entry(part).or_insert(false);
            continue;
        }
        let held: Vec<FeatureId> = target.held(part).map(|held| held.feature).collect();
        for feature in held {
            release(state, target, (part, feature), roots);
        }
        target.discard(part);
    }
}

/// Takes a match back with all that it made.
fn take_back(state: &State<'_>, number: u32, roots: &mut Roots) {
    for unit in units(state, number) {
        clear(state, unit, roots);
    }
    let mut matches = state.made.matches.borrow_mut();
    let one = &mut matches[number as usize];
    one.is_gone = true;
    let count = state.map.rules[one.rule()].targets.len();
    let mut target = state.made.target.borrow_mut();
    for object in (0..count).map(|offset| nth(one.target, offset)) {
        let was_root = target.container(object).is_none();
        roots.entry(object).or_insert(was_root);
        target.discard(object);
    }
}

/// The targets of rules that are parts in a slot, directly or in objects that were made in place.
fn written(state: &State<'_>, unit: Unit) -> Vec<ObjectId> {
    let target = state.made.target.borrow();
    if !target.metamodel().feature(unit.2).is_containment() {
        return Vec::new();
    }
    let mut open = target.targets(target_of(state, unit), unit.2);
    let mut found = Vec::new();
    while let Some(object) = open.pop() {
        if state.is_target(object) {
            found.push(object);
        } else {
            open.extend(target.parts(object));
        }
    }
    found
}

/// Notes objects that were put somewhere: those that are not new, and were in no other place, were roots.
fn note(objects: Vec<ObjectId>, (before, roots): (usize, &mut Roots)) {
    for object in objects {
        roots.entry(object).or_insert((object.0 as usize) < before);
    }
}

/// Lets the roots that a match made be put in order again.
fn move_roots(state: &State<'_>, number: u32, roots: &mut Roots) {
    let one = &state.made.matches.borrow()[number as usize];
    let mut target = state.made.target.borrow_mut();
    for offset in 0..state.map.rules[one.rule()].targets.len() {
        let object = nth(one.target, offset);
        if target.remove_root(object) {
            roots.insert(object, false);
        }
    }
}

/// Chains the matches of an object in the order of their rules, as a whole run does.
fn relink(state: &State<'_>, object: ObjectId) {
    let mut all = matches(state, object);
    let mut made = state.made.matches.borrow_mut();
    all.retain(|n| !made[*n as usize].is_gone);
    all.sort_by_key(|n| made[*n as usize].rule());
    let mut before = None;
    for number in all {
        made[number as usize].before = before;
        before = Some(number);
    }
    state.made.last.borrow_mut()[object.0 as usize] = before;
}

/// Whether none of the objects is a part of itself.
fn acyclic(state: &State<'_>, roots: &Roots) -> bool {
    let target = state.made.target.borrow();
    roots.keys().all(|object| {
        let mut above = target.ancestors(*object).take(target.bound());
        above.all(|o| o != *object)
    })
}
