//! What is in the merge: the class, the place, the slots and the lists of every object, or the conflicts.

use std::collections::{BTreeMap, BTreeSet};

use super::atom::{Atom, Node};
use super::beside::Beside;
use super::conflict::{Conflict, ConflictKind};
use super::sides::{Hold, Sides};
use super::{MergeError, lists};
use crate::metamodel::{ClassId, FeatureId, Metamodel, Role};
use crate::model::{Model, ObjectId, is_compared};

/// What is in the merge.
#[derive(Debug, Default)]
pub(super) struct Decided {
    pub(super) classes: BTreeMap<Node, ClassId>,
    pub(super) holds: BTreeMap<Node, Hold>,
    pub(super) slots: BTreeMap<(Node, FeatureId), Vec<Atom>>,
    pub(super) lists: BTreeMap<(Node, FeatureId), Vec<Node>>,
    /// What theirs took away and ours still has.
    pub(super) removed: Vec<Node>,
}

/// Decides for every object of the three versions.
pub(super) fn decide(sides: &Sides<'_>) -> Result<Decided, MergeError> {
    beyond(sides)?;
    let mut decider = Decider {
        sides,
        metamodel: sides.base.metamodel(),
        decided: Decided::default(),
        conflicts: Vec::new(),
    };
    for rival in &sides.rivals {
        decider.conflict(Node::Theirs(*rival), ConflictKind::AddedTwice);
    }
    decider.removals();
    let nodes = sides.nodes();
    for node in nodes.iter().filter(|n| sides.survives(**n)) {
        decider.class(*node);
        decider.hold(*node);
        decider.slots(*node)?;
    }
    decider.circles();
    decider.lists();
    if decider.conflicts.is_empty() {
        return Ok(decider.decided);
    }
    Err(MergeError::Conflicts(decider.conflicts))
}

/// Refuses what edits of the text do not reach.
fn beyond(sides: &Sides<'_>) -> Result<(), MergeError> {
    let (base, ours, theirs) = (sides.base, sides.ours, sides.theirs);
    let extensions = |m: &Model| -> Vec<String> {
        m.document
            .extensions
            .iter()
            .map(|e| e.text.to_string())
            .collect()
    };
    let documents = |a: &Model, b: &Model| {
        extensions(a) == extensions(b)
            && a.document.schema_locations == b.document.schema_locations
            && a.document.encoding == b.document.encoding
    };
    if !documents(base, theirs) && !documents(ours, theirs) {
        return Err(MergeError::Beyond("what the file says beside its objects"));
    }
    let of = |m: &Model, name: &dyn Fn(ObjectId) -> Node| -> Vec<Node> {
        m.roots().iter().map(|r| name(*r)).collect()
    };
    let roots = of(theirs, &|o| sides.of_theirs(o));
    if roots != of(base, &Node::Base) && roots != of(ours, &|o| sides.of_ours(o)) {
        return Err(MergeError::Beyond("the list of roots"));
    }
    for object in theirs.objects() {
        let node = sides.of_theirs(object);
        let (Some(old), Some(mine)) = (node.in_base(), sides.in_ours(node)) else {
            continue;
        };
        if base.id(old) != theirs.id(object) && ours.id(mine) != theirs.id(object) {
            return Err(MergeError::Beyond("the identity of an object"));
        }
    }
    Ok(())
}

struct Decider<'s, 'm> {
    sides: &'s Sides<'m>,
    metamodel: &'m Metamodel,
    decided: Decided,
    conflicts: Vec<Conflict>,
}

impl Decider<'_, '_> {
    fn conflict(&mut self, node: Node, kind: ConflictKind) {
        let element = self.sides.path(node);
        self.conflicts.push(Conflict { element, kind });
    }

    /// What one side took away must be as it was on the other.
    fn removals(&mut self) {
        let sides = self.sides;
        let gains = |model: &Model, name: &dyn Fn(ObjectId) -> Node| -> BTreeSet<Node> {
            let mut gains = BTreeSet::new();
            for object in model.objects() {
                let hold = Sides::hold(model, object, name);
                let old = match name(object) {
                    Node::Base(old) => sides.base_hold(old),
                    Node::Ours(_) | Node::Theirs(_) => None,
                };
                if hold != old {
                    gains.extend(hold.map(|h| h.0));
                }
            }
            gains
        };
        let ours = gains(sides.ours, &|o| sides.of_ours(o));
        let theirs = gains(sides.theirs, &|o| sides.of_theirs(o));
        let [old, our_own, their_own] = [sides.base, sides.ours, sides.theirs].map(Beside::of);
        for object in sides.base.objects() {
            let node = Node::Base(object);
            match (sides.in_ours(node), sides.in_theirs(node)) {
                (Some(mine), None) => {
                    let touched = ours.contains(&node)
                        || sides.our_hold(mine) != sides.base_hold(object)
                        || sides.ours.class(mine) != sides.base.class(object)
                        || our_own.get(mine) != old.get(object)
                        || self.differs(node, |s, f| s.our_atoms(node, f));
                    if touched {
                        self.conflict(node, ConflictKind::RemovedByTheirs);
                    }
                    self.decided.removed.push(node);
                }
                (None, Some(other)) => {
                    let touched = theirs.contains(&node)
                        || sides.their_hold(other) != sides.base_hold(object)
                        || sides.theirs.class(other) != sides.base.class(object)
                        || their_own.get(other) != old.get(object)
                        || self.differs(node, |s, f| s.their_atoms(node, f));
                    if touched {
                        self.conflict(node, ConflictKind::RemovedByOurs);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether a side changed a slot of an object of the base; what nobody has any more is not looked at.
    fn differs(&self, node: Node, side: impl Fn(&Sides<'_>, FeatureId) -> Vec<Atom>) -> bool {
        let Node::Base(object) = node else {
            return true;
        };
        let features = &self.metamodel.class(self.sides.base.class(object)).features;
        features.iter().any(|feature| {
            let declared = self.metamodel.feature(*feature);
            if !is_compared(self.sides.base, declared) {
                return false;
            }
            let old = self.alive(self.sides.base_atoms(node, *feature));
            self.alive(side(self.sides, *feature)) != old
        })
    }

    /// Values without those objects that one side took away.
    fn alive(&self, mut atoms: Vec<Atom>) -> Vec<Atom> {
        atoms.retain(|a| self.dead(a).is_none());
        atoms
    }

    fn dead(&self, atom: &Atom) -> Option<Node> {
        match atom {
            Atom::Node(node) => (!self.sides.survives(*node)).then_some(*node),
            Atom::Entry(_, inside) => self.dead(inside),
            _ => None,
        }
    }

    fn class(&mut self, node: Node) {
        let sides = self.sides;
        let ours = sides.in_ours(node).map(|o| sides.ours.class(o));
        let theirs = sides.in_theirs(node).map(|o| sides.theirs.class(o));
        let class = match (node.in_base().map(|o| sides.base.class(o)), ours, theirs) {
            (Some(old), Some(a), Some(b)) => {
                if a != old && b != old && a != b {
                    let name = |c: ClassId| self.metamodel.class(c).name.to_string();
                    self.conflict(node, ConflictKind::Retyped(name(a), name(b)));
                }
                if a == old { b } else { a }
            }
            (_, Some(class), _) | (_, None, Some(class)) => class,
            (_, None, None) => return,
        };
        self.decided.classes.insert(node, class);
    }

    fn hold(&mut self, node: Node) {
        let sides = self.sides;
        let ours = sides.in_ours(node).map(|o| sides.our_hold(o));
        let theirs = sides.in_theirs(node).map(|o| sides.their_hold(o));
        let hold = match (node.in_base().map(|o| sides.base_hold(o)), ours, theirs) {
            (Some(old), Some(a), Some(b)) => {
                if a != old && b != old && a != b {
                    let mine = sides.in_ours(node).map(|o| sides.ours.path(o));
                    let other = sides.in_theirs(node).map(|o| sides.theirs.path(o));
                    let (mine, other) = (mine.unwrap_or_default(), other.unwrap_or_default());
                    self.conflict(node, ConflictKind::Moved(mine, other));
                }
                if a == old { b } else { a }
            }
            (_, Some(hold), _) | (_, None, Some(hold)) => hold,
            (_, None, None) => return,
        };
        if let Some((container, _)) = hold
            && !sides.survives(container)
            && self.conflicts.is_empty()
        {
            self.conflict(container, ConflictKind::RemovedByTheirs);
        }
        self.decided.holds.insert(node, hold);
    }

    /// Reports what would be a part of itself: each side moved it below what the other moved.
    fn circles(&mut self) {
        let mut good: BTreeSet<Node> = BTreeSet::new();
        let mut bad = Vec::new();
        for start in self.decided.holds.keys() {
            let mut path = BTreeSet::new();
            let mut at = Some(*start);
            while let Some(node) = at.filter(|n| !good.contains(n)) {
                if !path.insert(node) {
                    bad.push(node);
                    break;
                }
                at = self
                    .decided
                    .holds
                    .get(&node)
                    .copied()
                    .flatten()
                    .map(|h| h.0);
            }
            good.extend(path);
        }
        for node in bad {
            let ours = self.sides.in_ours(node).map(|o| self.sides.ours.path(o));
            let theirs = self
                .sides
                .in_theirs(node)
                .map(|o| self.sides.theirs.path(o));
            let (ours, theirs) = (ours.unwrap_or_default(), theirs.unwrap_or_default());
            self.conflict(node, ConflictKind::Moved(ours, theirs));
        }
    }

    fn slots(&mut self, node: Node) -> Result<(), MergeError> {
        let sides = self.sides;
        let ours = sides.in_ours(node).map(|o| sides.ours.class(o));
        let theirs = sides.in_theirs(node).map(|o| sides.theirs.class(o));
        let mut features = BTreeSet::new();
        for class in ours.into_iter().chain(theirs) {
            features.extend(self.metamodel.class(class).features.iter().copied());
        }
        let own = self.decided.classes.get(&node).copied();
        for feature in features {
            let declared = self.metamodel.feature(feature);
            let base = sides.base_atoms(node, feature);
            let (a, b) = (
                sides.our_atoms(node, feature),
                sides.their_atoms(node, feature),
            );
            if !is_compared(sides.base, declared) {
                // A file may hold what programs do not write.
                let passing = declared.role == Role::Plain && !declared.is_saved();
                if passing && !declared.is_containment() && b != base && a != b {
                    return Err(MergeError::Beyond("a transient value"));
                }
                continue;
            }
            if declared.role == Role::Map {
                let changed = match node {
                    Node::Base(_) => b != base && a != b,
                    Node::Ours(_) => false,
                    Node::Theirs(_) => !b.is_empty(),
                };
                if changed {
                    return Err(MergeError::Beyond("a feature map"));
                }
                continue;
            }
            if declared.role != Role::Plain {
                continue;
            }
            self.named(node, feature, (&base, &a, &b));
            let merged = match node {
                Node::Base(_) => self.slot(node, feature, (base, a.clone(), b.clone())),
                Node::Ours(_) => a.clone(),
                Node::Theirs(_) => b.clone(),
            };
            if merged != a && merged.contains(&Atom::Null) {
                return Err(MergeError::Beyond("a value that is nothing"));
            }
            let has = |c: ClassId| self.metamodel.class(c).features.contains(&feature);
            if own.is_some_and(has) {
                self.decided.slots.insert((node, feature), merged);
            } else {
                self.dropped(
                    node,
                    feature,
                    [(ours.is_some_and(has), a), (theirs.is_some_and(has), b)],
                );
            }
        }
        Ok(())
    }

    /// Reports what a side gave a feature that the class of the other side does not have.
    fn dropped(&mut self, node: Node, feature: FeatureId, sides: [(bool, Vec<Atom>); 2]) {
        let base = self.alive(self.sides.base_atoms(node, feature));
        let [ours, theirs] = sides.map(|(has, atoms)| has.then(|| self.alive(atoms)));
        let changed = |side: &Option<Vec<Atom>>| side.as_ref().is_some_and(|atoms| *atoms != base);
        if changed(&ours) || changed(&theirs) {
            let name = self.metamodel.feature(feature).name.to_string();
            let of = |side: Option<Vec<Atom>>| self.show_all(&side.unwrap_or_default());
            let kind = ConflictKind::Slot(name, self.show_all(&base), of(ours), of(theirs));
            self.conflict(node, kind);
        }
    }

    /// Reports what a side made a slot name that the other side took away.
    fn named(&mut self, node: Node, feature: FeatureId, (base, a, b): (&[Atom], &[Atom], &[Atom])) {
        let gone: BTreeSet<Node> = a
            .iter()
            .chain(b)
            .filter(|atom| !base.contains(atom))
            .filter_map(|atom| self.dead(atom))
            .collect();
        for target in gone {
            let name = self.metamodel.feature(feature).name.to_string();
            let kind = ConflictKind::StillNamed(self.sides.path(node), name);
            self.conflict(target, kind);
        }
    }

    fn slot(
        &mut self,
        node: Node,
        feature: FeatureId,
        (base, a, b): (Vec<Atom>, Vec<Atom>, Vec<Atom>),
    ) -> Vec<Atom> {
        let (base, a, b) = (self.alive(base), self.alive(a), self.alive(b));
        if a == b || b == base {
            return a;
        }
        if a == base {
            return b;
        }
        let declared = self.metamodel.feature(feature);
        if declared.is_many() {
            if let Some(merged) = lists::merge(&base, &a, &b) {
                return merged;
            }
            if declared.ordered {
                self.conflict(node, ConflictKind::Order(declared.name.to_string()));
            }
            return a;
        }
        let name = declared.name.to_string();
        let [base, ours, theirs] = [&base, &a, &b].map(|atoms| self.show_all(atoms));
        let kind = ConflictKind::Slot(name, base, ours, theirs);
        self.conflict(node, kind);
        a
    }

    fn show_all(&self, atoms: &[Atom]) -> String {
        let all: Vec<String> = atoms.iter().map(|atom| self.show(atom)).collect();
        if all.is_empty() {
            "nothing".to_owned()
        } else {
            all.join(", ")
        }
    }

    fn show(&self, atom: &Atom) -> String {
        match atom {
            Atom::Null => "null".to_owned(),
            Atom::Boolean(b) => b.to_string(),
            Atom::Integer(n) => n.to_string(),
            Atom::Real(bits) => f64::from_bits(*bits).to_string(),
            Atom::Text(text) => text.to_string(),
            Atom::Enum(of, at) => {
                let literals = &self.metamodel.enumeration(*of).literals;
                literals
                    .get(*at as usize)
                    .map_or_else(String::new, |l| l.name.to_string())
            }
            Atom::Proxy(uri, _) => uri.to_string(),
            Atom::Node(node) => self.sides.path(*node),
            Atom::Entry(_, inside) => self.show(inside),
        }
    }

    fn lists(&mut self) {
        let sides = self.sides;
        let base = groups(sides.base, &Node::Base);
        let ours = groups(sides.ours, &|o| sides.of_ours(o));
        let theirs = groups(sides.theirs, &|o| sides.of_theirs(o));
        let mut held: BTreeMap<(Node, FeatureId), Vec<Node>> = BTreeMap::new();
        for (node, hold) in &self.decided.holds {
            if let Some(hold) = hold {
                held.entry(*hold).or_default().push(*node);
            }
        }
        let keys: BTreeSet<_> = base
            .keys()
            .chain(ours.keys())
            .chain(theirs.keys())
            .copied()
            .collect();
        for key in keys {
            if !sides.survives(key.0) || !sides.is_plain(key.1) {
                continue;
            }
            let of = |all: &BTreeMap<(Node, FeatureId), Vec<Node>>| -> Vec<Node> {
                all.get(&key).cloned().unwrap_or_default()
            };
            let declared = self.metamodel.feature(key.1);
            let name = declared.name.to_string();
            let mut list =
                lists::merge(&of(&base), &of(&ours), &of(&theirs)).unwrap_or_else(|| {
                    if declared.ordered {
                        self.conflict(key.0, ConflictKind::Order(name.clone()));
                    }
                    of(&ours)
                });
            list.retain(|node| self.decided.holds.get(node) == Some(&Some(key)));
            let known: BTreeSet<Node> = list.iter().copied().collect();
            let rest = held.get(&key).into_iter().flatten().copied();
            list.extend(rest.filter(|node| !known.contains(node)));
            if !declared.is_many() && list.len() > 1 {
                let show = |all: Vec<Node>| -> String {
                    let all: Vec<String> = all.into_iter().map(|n| sides.path(n)).collect();
                    if all.is_empty() {
                        "nothing".to_owned()
                    } else {
                        all.join(", ")
                    }
                };
                let kind =
                    ConflictKind::Slot(name, show(of(&base)), show(of(&ours)), show(of(&theirs)));
                self.conflict(key.0, kind);
            }
            self.decided.lists.insert(key, list);
        }
    }
}

/// The parts of all objects of a version, by container and reference.
pub(super) fn groups(
    model: &Model,
    name: &dyn Fn(ObjectId) -> Node,
) -> BTreeMap<(Node, FeatureId), Vec<Node>> {
    let mut groups: BTreeMap<(Node, FeatureId), Vec<Node>> = BTreeMap::new();
    for object in model.objects() {
        model.each_part(object, |part| {
            if let Some(feature) = model.containing_feature(part) {
                groups
                    .entry((name(object), feature))
                    .or_default()
                    .push(name(part));
            }
        });
    }
    groups
}
