//! Which objects can be containers, parts or referrers of which, read off the references of the metamodel.

use std::collections::BTreeSet;

use crate::metamodel::{ClassId, Metamodel};

/// The classes of objects that one step can lead to from objects of a class.
pub(in crate::expr) type Step = fn(&Metamodel, ClassId) -> BTreeSet<ClassId>;

/// The classes that declare a containment in which instances of `class` can be.
pub(in crate::expr) fn containers(metamodel: &Metamodel, class: ClassId) -> BTreeSet<ClassId> {
    let owners = metamodel.containments_of(class);
    owners.map(|f| metamodel.feature(f).owner).collect()
}

/// The classes that containments of instances of `class` point at.
pub(in crate::expr) fn parts(metamodel: &Metamodel, class: ClassId) -> BTreeSet<ClassId> {
    let containments = metamodel
        .features()
        .filter(|(_, f)| f.is_containment() && related(metamodel, class, f.owner));
    containments.filter_map(|(_, f)| f.target()).collect()
}

/// The classes that references of instances of `class` point at, containments aside.
pub(in crate::expr) fn targets(metamodel: &Metamodel, class: ClassId) -> BTreeSet<ClassId> {
    let references = metamodel
        .features()
        .filter(|(_, f)| !f.is_containment() && related(metamodel, class, f.owner));
    references.filter_map(|(_, f)| f.target()).collect()
}

/// The classes that declare a reference to instances of `class`; containers count, as in AQL's types.
pub(in crate::expr) fn referrers(metamodel: &Metamodel, class: ClassId) -> BTreeSet<ClassId> {
    let built_in = |class: ClassId| metamodel.class(class).package.is_built_in();
    let references = metamodel.features().filter(|(_, f)| {
        let target = f.target();
        built_in(f.owner) == built_in(class) && target.is_some_and(|t| related(metamodel, class, t))
    });
    references.map(|(_, f)| f.owner).collect()
}

fn related(metamodel: &Metamodel, a: ClassId, b: ClassId) -> bool {
    metamodel.conforms(a, b) || metamodel.conforms(b, a)
}

/// All classes that one step leads to from any of `from`.
pub(in crate::expr) fn direct(
    metamodel: &Metamodel,
    from: &[ClassId],
    step: Step,
) -> BTreeSet<ClassId> {
    from.iter().flat_map(|c| step(metamodel, *c)).collect()
}

/// All classes that any number of steps leads to from any of `from`.
pub(in crate::expr) fn transitive(
    metamodel: &Metamodel,
    from: &[ClassId],
    step: Step,
) -> BTreeSet<ClassId> {
    let mut all = BTreeSet::new();
    let mut open = from.to_vec();
    while let Some(class) = open.pop() {
        let next = step(metamodel, class).into_iter();
        open.extend(next.filter(|c| all.insert(*c)));
    }
    all
}

/// The classes of objects that are of one of `possible` and of one of `wanted`.
pub(in crate::expr) fn narrowed(
    metamodel: &Metamodel,
    possible: &BTreeSet<ClassId>,
    wanted: &[ClassId],
) -> BTreeSet<ClassId> {
    let mut narrow = BTreeSet::new();
    for (one, other) in possible
        .iter()
        .flat_map(|p| wanted.iter().map(move |w| (*p, *w)))
    {
        if metamodel.conforms(one, other) {
            narrow.insert(one);
        } else if metamodel.conforms(other, one) {
            narrow.insert(other);
        } else {
            let both = |c: &ClassId| metamodel.conforms(*c, one) && metamodel.conforms(*c, other);
            narrow.extend(metamodel.classes().map(|(c, _)| c).filter(both));
        }
    }
    narrow
}
