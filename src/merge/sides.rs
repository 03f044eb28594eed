//! Three versions with what in them is the same object.

use std::collections::{BTreeMap, BTreeSet};

use super::atom::{Atom, Node, atoms};
use crate::metamodel::{FeatureId, Role};
use crate::model::{Matching, Model, ObjectId, is_compared};

/// The three versions.
#[derive(Debug)]
pub(super) struct Sides<'m> {
    pub(super) base: &'m Model,
    pub(super) ours: &'m Model,
    pub(super) theirs: &'m Model,
    to_ours: Matching,
    to_theirs: Matching,
    /// What both sides added alike: theirs to ours.
    twins: BTreeMap<ObjectId, ObjectId>,
    /// The other way.
    twins_of_ours: BTreeMap<ObjectId, ObjectId>,
    /// Additions of theirs that have the identity of one of ours and are not the same.
    pub(super) rivals: Vec<ObjectId>,
}

/// A place: the container and the reference through which it holds.
pub(super) type Hold = Option<(Node, FeatureId)>;

impl<'m> Sides<'m> {
    pub(super) fn new(base: &'m Model, ours: &'m Model, theirs: &'m Model) -> Self {
        let mut sides = Self {
            base,
            ours,
            theirs,
            to_ours: Matching::of(base, ours),
            to_theirs: Matching::of(base, theirs),
            twins: BTreeMap::new(),
            twins_of_ours: BTreeMap::new(),
            rivals: Vec::new(),
        };
        sides.find_twins();
        sides
    }

    pub(super) fn of_ours(&self, object: ObjectId) -> Node {
        self.to_ours
            .old_of(object)
            .map_or(Node::Ours(object), Node::Base)
    }

    pub(super) fn of_theirs(&self, object: ObjectId) -> Node {
        if let Some(old) = self.to_theirs.old_of(object) {
            return Node::Base(old);
        }
        self.twins
            .get(&object)
            .map_or(Node::Theirs(object), |o| Node::Ours(*o))
    }

    pub(super) fn in_ours(&self, node: Node) -> Option<ObjectId> {
        match node {
            Node::Base(object) => self.to_ours.new_of(object),
            Node::Ours(object) => Some(object),
            Node::Theirs(_) => None,
        }
    }

    pub(super) fn in_theirs(&self, node: Node) -> Option<ObjectId> {
        match node {
            Node::Base(object) => self.to_theirs.new_of(object),
            Node::Ours(object) => self.twins_of_ours.get(&object).copied(),
            Node::Theirs(object) => Some(object),
        }
    }

    /// Whether it is in the merge: nobody took it away.
    pub(super) fn survives(&self, node: Node) -> bool {
        match node {
            Node::Base(_) => self.in_ours(node).is_some() && self.in_theirs(node).is_some(),
            Node::Ours(_) | Node::Theirs(_) => true,
        }
    }

    /// All objects of all versions.
    pub(super) fn nodes(&self) -> BTreeSet<Node> {
        let base = self.base.objects().into_iter().map(Node::Base);
        let ours = self.ours.objects().into_iter().map(|o| self.of_ours(o));
        let theirs = self.theirs.objects().into_iter().map(|o| self.of_theirs(o));
        base.chain(ours).chain(theirs).collect()
    }

    pub(super) fn base_atoms(&self, node: Node, feature: FeatureId) -> Vec<Atom> {
        let object = node.in_base();
        object.map_or_else(Vec::new, |o| atoms(self.base, (o, feature), &Node::Base))
    }

    pub(super) fn our_atoms(&self, node: Node, feature: FeatureId) -> Vec<Atom> {
        let object = self.in_ours(node);
        let name = |o| self.of_ours(o);
        object.map_or_else(Vec::new, |o| atoms(self.ours, (o, feature), &name))
    }

    pub(super) fn their_atoms(&self, node: Node, feature: FeatureId) -> Vec<Atom> {
        let object = self.in_theirs(node);
        let name = |o| self.of_theirs(o);
        object.map_or_else(Vec::new, |o| atoms(self.theirs, (o, feature), &name))
    }

    pub(super) fn hold(model: &Model, object: ObjectId, name: &dyn Fn(ObjectId) -> Node) -> Hold {
        let container = model.container(object)?;
        Some((name(container), model.containing_feature(object)?))
    }

    pub(super) fn base_hold(&self, object: ObjectId) -> Hold {
        Self::hold(self.base, object, &Node::Base)
    }

    pub(super) fn our_hold(&self, object: ObjectId) -> Hold {
        Self::hold(self.ours, object, &|o| self.of_ours(o))
    }

    pub(super) fn their_hold(&self, object: ObjectId) -> Hold {
        Self::hold(self.theirs, object, &|o| self.of_theirs(o))
    }

    /// How people are shown an object.
    pub(super) fn path(&self, node: Node) -> String {
        match node {
            Node::Base(object) => self.base.path(object),
            Node::Ours(object) => self.ours.path(object),
            Node::Theirs(object) => self.theirs.path(object),
        }
    }

    /// Pairs what both sides added to the same place and is the same, whole trees at a time.
    fn find_twins(&mut self) {
        let added = |model: &Model, to: &Matching| -> Vec<ObjectId> {
            let new = |o: &ObjectId| to.old_of(*o).is_none();
            model.objects().into_iter().filter(new).collect()
        };
        let mine = added(self.ours, &self.to_ours);
        let mut free: BTreeMap<Hold, Vec<ObjectId>> = BTreeMap::new();
        for object in &mine {
            free.entry(self.our_hold(*object))
                .or_default()
                .push(*object);
        }
        let mut ids: BTreeMap<&str, ObjectId> = BTreeMap::new();
        for object in &mine {
            ids.extend(self.ours.id(*object).map(|id| (id, *object)));
        }
        for object in added(self.theirs, &self.to_theirs) {
            if self.twins.contains_key(&object) {
                continue;
            }
            let here = free.entry(self.their_hold(object)).or_default();
            let same = here.iter().position(|other| self.alike(*other, object));
            if let Some(at) = same {
                let other = here.remove(at);
                self.pair(other, object);
                continue;
            }
            let key = |m: &Model, o| m.key(o).map(|k| (m.class(o), k));
            let wanted = key(self.theirs, object);
            let rival = wanted.is_some() && here.iter().any(|o| key(self.ours, *o) == wanted);
            if rival
                || self
                    .theirs
                    .id(object)
                    .is_some_and(|id| ids.contains_key(id))
            {
                self.rivals.push(object);
            }
        }
    }

    fn pair(&mut self, ours: ObjectId, theirs: ObjectId) {
        self.twins.insert(theirs, ours);
        self.twins_of_ours.insert(ours, theirs);
        for (a, b) in self
            .ours
            .parts(ours)
            .into_iter()
            .zip(self.theirs.parts(theirs))
        {
            self.pair(a, b);
        }
    }

    /// Whether two added trees say the same; what they name is the same old object, or stands in the same place.
    fn alike(&self, ours: ObjectId, theirs: ObjectId) -> bool {
        let (a, b) = (self.ours, self.theirs);
        if self.to_ours.old_of(ours).is_some()
            || self.to_theirs.old_of(theirs).is_some()
            || a.class(ours) != b.class(theirs)
            || a.id(ours) != b.id(theirs)
        {
            return false;
        }
        let features = &a.metamodel().class(a.class(ours)).features;
        let same = |x: &Atom, y: &Atom| match (x, y) {
            (Atom::Node(Node::Ours(x)), Atom::Node(Node::Theirs(y))) => a.path(*x) == b.path(*y),
            _ => x == y,
        };
        let slots = features.iter().all(|feature| {
            if !is_compared(a, a.metamodel().feature(*feature)) {
                return true;
            }
            let x = atoms(a, (ours, *feature), &|o| self.of_ours(o));
            let y = atoms(b, (theirs, *feature), &|o| self.of_theirs(o));
            x.len() == y.len() && x.iter().zip(&y).all(|(x, y)| same(x, y))
        });
        let (mine, others) = (a.parts(ours), b.parts(theirs));
        slots
            && mine.len() == others.len()
            && mine.iter().zip(&others).all(|(x, y)| {
                a.containing_feature(*x) == b.containing_feature(*y) && self.alike(*x, *y)
            })
    }

    /// Whether edits reach a feature: it is no feature map and in none.
    pub(super) fn is_plain(&self, feature: FeatureId) -> bool {
        self.base.metamodel().feature(feature).role == Role::Plain
    }
}
