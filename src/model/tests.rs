//! The typed graph: opposites, containment, deletion, and petgraph's algorithms on it.

use std::sync::Arc;

use petgraph::algo::tarjan_scc;

use super::graph::{Edges, ModelGraph};
use super::*;
use crate::diag::Diagnostics;
use crate::metamodel::{Builder, ClassDraft, Feature, FeatureDraft, FeatureKind};

/// `Node` with `parts` and their `whole`, `next` and its `previous`.
struct Fixture {
    model: Model,
    class: ClassId,
    parts: FeatureId,
    whole: FeatureId,
    next: FeatureId,
    previous: FeatureId,
}

fn fixture() -> Fixture {
    let mut found = Diagnostics::default();
    let mut builder = Builder::new();
    let package = builder.package("p", "p", "p", None, None);
    let class = builder.class(ClassDraft::new("Node", package));
    let mut reference = |name: &str, containment: bool, upper: Option<u32>| {
        let kind = FeatureKind::Reference {
            target: class,
            containment,
            opposite: None,
        };
        let feature = Feature {
            upper,
            ..Feature::new(name, class, kind)
        };
        builder.feature(
            FeatureDraft {
                feature,
                default_text: None,
                default_span: None,
            },
            &mut found,
        )
    };
    let parts = reference("parts", true, None);
    let whole = reference("whole", false, Some(1));
    let next = reference("next", false, Some(1));
    let previous = reference("previous", false, None);
    for (one, other) in [(parts, whole), (next, previous)] {
        builder.oppose(one, other);
        builder.oppose(other, one);
    }
    let model = Model::new(Arc::new(builder.finish(&mut found)));
    Fixture {
        model,
        class,
        parts,
        whole,
        next,
        previous,
    }
}

#[test]
fn a_class_of_more_features_than_a_slot_can_tell_apart_is_an_error() {
    let mut found = Diagnostics::default();
    let mut builder = Builder::new();
    let package = builder.package("p", "p", "p", None, None);
    let class = builder.class(ClassDraft::new("Wide", package));
    for number in 0..=1 << 16 {
        let kind = FeatureKind::Reference {
            target: class,
            containment: false,
            opposite: None,
        };
        let draft = FeatureDraft {
            feature: Feature::new(format!("f{number}"), class, kind),
            default_text: None,
            default_span: None,
        };
        builder.feature(draft, &mut found);
    }
    let metamodel = builder.finish(&mut found);
    assert_eq!(metamodel.class(class).features.len(), 1 << 16);
    let messages: Vec<&str> = found.iter().map(|d| &*d.message).collect();
    assert_eq!(messages, ["class `Wide` has more than 65536 features"]);
}

impl Fixture {
    fn add(&mut self, parent: Option<ObjectId>) -> ObjectId {
        let object = self.model.create(self.class, Origin::Implied);
        match parent {
            Some(parent) => {
                self.model
                    .add(parent, self.parts, Value::Object(object), Origin::Implied);
            }
            None => self.model.add_root(object),
        }
        object
    }

    fn link(&mut self, from: ObjectId, to: ObjectId) {
        self.model
            .set(from, self.next, Value::Object(to), Origin::Implied);
    }
}

#[test]
fn both_ends_of_a_reference_agree() {
    let mut f = fixture();
    let root = f.add(None);
    let (a, b) = (f.add(Some(root)), f.add(Some(root)));
    f.link(a, b);
    assert_eq!(f.model.targets(b, f.previous), [a]);
    assert_eq!(f.model.get(a, f.whole), Value::Object(root));
    assert_eq!(f.model.get(root, f.whole), Value::Null);
}

#[test]
fn a_part_has_one_container() {
    let mut f = fixture();
    let root = f.add(None);
    let (a, b) = (f.add(Some(root)), f.add(Some(root)));
    f.model.add(a, f.parts, Value::Object(b), Origin::Implied);
    assert_eq!(f.model.parts(root), [a]);
    assert_eq!(f.model.container(b), Some(a));
    assert_eq!(f.model.fragment(b), "//@parts.0/@parts.0");
    assert_eq!(resolve_fragment(&f.model, "//@parts.0/@parts.0"), Ok(b));
    assert!(resolve_fragment(&f.model, "//@parts.7").is_err());
}

#[test]
fn what_is_deleted_takes_its_parts_and_leaves_no_reference() {
    let mut f = fixture();
    let root = f.add(None);
    let (a, b) = (f.add(Some(root)), f.add(Some(root)));
    let inner = f.add(Some(a));
    f.link(b, inner);
    f.model.delete(a);
    assert!(f.model.is_deleted(a) && f.model.is_deleted(inner));
    assert_eq!(f.model.get(b, f.next), Value::Null);
    assert_eq!(f.model.objects(), [root, b]);
}

#[test]
fn algorithms_of_petgraph_run_on_the_arena() {
    let mut f = fixture();
    let root = f.add(None);
    let (a, b, c) = (f.add(Some(root)), f.add(Some(root)), f.add(Some(root)));
    f.link(a, b);
    f.link(b, a);
    f.link(c, a);
    let graph = ModelGraph {
        model: &f.model,
        edges: Edges::All,
    };
    let mut cycles: Vec<Vec<ObjectId>> = tarjan_scc(graph)
        .into_iter()
        .filter(|s| s.len() > 1)
        .collect();
    for cycle in &mut cycles {
        cycle.sort_unstable();
    }
    // `previous` is the way back of `next`, so the three are one component.
    assert_eq!(cycles, [[a, b, c]]);
    let parts = ModelGraph {
        model: &f.model,
        edges: Edges::Parts,
    };
    assert!(tarjan_scc(parts).iter().all(|s| s.len() == 1));
}

#[test]
fn a_model_that_is_absorbed_is_whole_behind_what_was_there() {
    let mut f = fixture();
    let root = f.add(None);
    let (a, b) = (f.add(Some(root)), f.add(Some(root)));
    let gone = f.add(Some(root));
    f.link(a, b);
    f.model.set_id(b, "b");
    f.model.delete(gone);
    let mut all = f.model.clone();
    all.absorb(&f.model);
    let shift = |o: ObjectId| ObjectId(o.0 + 4);
    assert_eq!(all.roots(), [root, shift(root)]);
    assert_eq!(all.objects(), [root, a, b, shift(root), shift(a), shift(b)]);
    assert_eq!(all.parts(shift(root)), [shift(a), shift(b)]);
    assert_eq!(all.container(shift(b)), Some(shift(root)));
    assert_eq!(all.get(shift(a), f.next), Value::Object(shift(b)));
    assert_eq!(all.targets(shift(b), f.previous), [shift(a)]);
    assert_eq!((all.id(shift(a)), all.id(shift(b))), (None, Some("b")));
    assert!(all.is_deleted(shift(gone)) && all.same_as_before(&f.model));
}

impl Model {
    /// Whether the objects of `other` are still what they are there.
    fn same_as_before(&self, other: &Model) -> bool {
        let mut all = other.objects().into_iter();
        all.all(|o| self.slots(o).eq(other.slots(o)))
    }
}

#[test]
fn what_leaves_knowledge_bears_its_mark_and_finds_its_way_back() {
    let mut f = fixture();
    let root = f.add(None);
    let (a, b) = (f.add(Some(root)), f.add(Some(root)));
    f.link(a, b);
    let knowledge = Knowledge::new(f.model.metamodel(), [&f.model]);
    let reach = Reach {
        model: &f.model,
        knowledge: Some(&knowledge),
    };
    let all = reach.instances(f.class);
    let [_, _, _, known_root, known_a, known_b] = all[..] else {
        panic!("{all:?}")
    };
    assert_eq!(all[..3], [root, a, b]);
    assert!(all[3..].iter().all(|o| o.is_knowledge()));
    assert_eq!(reach.instances(crate::metamodel::OBJECT), all);
    assert_eq!(reach.parts(known_root), [known_a, known_b]);
    assert_eq!(reach.container(known_b), Some(known_root));
    assert_eq!(reach.get(known_a, f.next), Value::Object(known_b));
    assert_eq!(reach.get(known_b, f.whole), Value::Object(known_root));
    let both = Value::List(vec![Value::Object(a), Value::Object(known_b)]);
    assert_eq!(both.knowledge(), Some(known_b));
    assert_eq!(reach.get(root, f.parts).knowledge(), None);
    assert_eq!(reach.path(known_b), reach.path(b));
}

#[test]
fn a_census_has_all_objects_in_document_order_and_each_class_its_own() {
    let Fixture {
        mut model,
        class,
        parts,
        ..
    } = fixture();
    // Made in another order than the document has: 3 holds 0 and 2, and 2 holds 1.
    let made: Vec<ObjectId> = (0..5)
        .map(|_| model.create(class, Origin::Implied))
        .collect();
    for (whole, part) in [(3, 0), (3, 2), (2, 1)] {
        model.add(
            made[whole],
            parts,
            Value::Object(made[part]),
            Origin::Implied,
        );
    }
    model.add_root(made[4]);
    model.add_root(made[3]);
    let expected = [4, 3, 0, 2, 1].map(|n: usize| made[n]);
    let census = model.census();
    assert_eq!(census.objects, expected);
    let extent = census.extent(class, &model);
    assert_eq!(extent.places, [0, 1, 2, 3, 4]);
    assert_eq!(extent.objects, *model.extent(class));
    assert_eq!(extent.objects, model.instances(class));
    model.discard(made[4]);
    model.remove_root(made[4]);
    assert_eq!(model.census().objects, expected[1..]);
}

/// Follows a reference from all objects of a model at once, and from each by itself.
fn is_followed_alike(model: &Model, feature: FeatureId) {
    let at = Lookup::of(feature, model.metamodel()).unwrap();
    let links = Reach::from(model).links(&at, model.bound() + 100);
    for object in model.all_objects() {
        if model.metamodel().feature(feature).is_many() {
            let targets: Vec<ObjectId> = links.targets(object).unwrap().iter().collect();
            assert_eq!(targets, model.targets(object, feature));
            let sought = links.targets(object).unwrap().sought();
            for other in model.all_objects() {
                assert_eq!(sought.contains(other), targets.contains(&other));
            }
        } else {
            let target = model.get(object, feature).as_object();
            assert_eq!(links.one(object).unwrap(), target);
        }
    }
}

#[test]
fn a_reference_is_followed_alike_from_one_and_from_many_as_the_model_changes() {
    let mut f = fixture();
    let root = f.add(None);
    let [a, b, c] = [(); 3].map(|()| f.add(Some(root)));
    // What is found out about a small model is not kept.
    for _ in 0..300 {
        f.add(Some(root));
    }
    let changes = [
        |f: &mut Fixture, [a, b, _]: [ObjectId; 3]| f.link(a, b),
        |f: &mut Fixture, [_, b, c]: [ObjectId; 3]| f.link(c, b),
        // A list of more than two, as readers leave it.
        |f: &mut Fixture, [a, b, c]: [ObjectId; 3]| {
            let last = f.model.store.slots(b).len() - 1;
            let all = Landing::Many(&[a, c, b]);
            f.model.store.land(b, last, all);
        },
        |f: &mut Fixture, [_, b, _]: [ObjectId; 3]| drop(f.model.delete(b)),
    ];
    for change in changes {
        change(&mut f, [a, b, c]);
        for feature in [f.parts, f.whole, f.next, f.previous] {
            is_followed_alike(&f.model, feature);
        }
    }
    let at = Lookup::of(f.whole, f.model.metamodel()).unwrap();
    let links = Reach::from(&f.model).links(&at, 100);
    let mut wholes = vec![a];
    assert!(links.add_one_each(&[c, a], &mut wholes));
    assert!(!links.add_one_each(&[a, root], &mut wholes));
    assert_eq!(wholes, [a, root, root]);
}
