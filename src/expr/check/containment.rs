//! Which classes can be containers or parts of which, read off the containments of the metamodel.

use std::collections::BTreeSet;

use crate::expr::Type;
use crate::metamodel::{ClassId, Metamodel};

/// The classes that declare a containment in which instances of `class` can be.
pub(in crate::expr) fn containers(metamodel: &Metamodel, class: ClassId) -> BTreeSet<ClassId> {
    let owners = metamodel.containments_of(class);
    owners.map(|f| metamodel.feature(f).owner).collect()
}

/// The classes that containments of instances of `class` point at.
pub(in crate::expr) fn parts(metamodel: &Metamodel, class: ClassId) -> BTreeSet<ClassId> {
    let related = |owner| metamodel.conforms(class, owner) || metamodel.conforms(owner, class);
    let containments = metamodel
        .features()
        .filter(|(_, f)| f.is_containment() && related(f.owner));
    containments.filter_map(|(_, f)| f.target()).collect()
}

/// All classes that `step` leads to from `class`, over any number of steps.
pub(in crate::expr) fn transitive(
    metamodel: &Metamodel,
    class: ClassId,
    step: fn(&Metamodel, ClassId) -> BTreeSet<ClassId>,
) -> BTreeSet<ClassId> {
    let mut all = BTreeSet::new();
    let mut open = vec![class];
    while let Some(class) = open.pop() {
        open.extend(
            step(metamodel, class)
                .into_iter()
                .filter(|c| all.insert(*c)),
        );
    }
    all
}

/// The least type of instances of any of the classes.
pub(in crate::expr) fn common(metamodel: &Metamodel, of: &BTreeSet<ClassId>) -> Option<Type> {
    let mut types = of.iter().map(|c| Type::Class(*c));
    let first = types.next()?;
    types.try_fold(first, |a, b| a.common(&b, metamodel))
}
