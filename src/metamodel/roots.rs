//! Which classes the roots of models are of.

use super::{ClassId, Metamodel, PackageId};

impl Metamodel {
    /// The classes of which a root may be that does not name its class: those that are part of nothing.
    ///
    /// Of several metamodels side by side, the first that has such classes is the one that models are of.
    pub fn root_classes(&self) -> Vec<ClassId> {
        let mut free = self
            .own_classes()
            .filter(|(id, c)| !c.is_abstract && self.containments_of(*id).next().is_none())
            .map(|(id, c)| (self.outermost(c.package), id))
            .collect::<Vec<_>>();
        let first = free.iter().map(|(package, _)| *package).min();
        free.retain(|(package, _)| Some(*package) == first);
        free.into_iter().map(|(_, class)| class).collect()
    }

    /// The package that is in no other, around this one.
    fn outermost(&self, mut package: PackageId) -> PackageId {
        while let Some(parent) = self.package(package).parent {
            package = parent;
        }
        package
    }
}
