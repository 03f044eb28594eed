//! What the outermost element has to declare: the namespaces that types are named in.

use std::collections::{BTreeMap, BTreeSet};

use super::{Layout, Role};
use crate::metamodel::{ClassId, Feature, PackageId};
use crate::model::{Model, ObjectId, SlotValue, Value};

/// Whether references are identities and places of letters and digits.
fn has_plain_names(model: &Model) -> bool {
    let metamodel = model.metamodel();
    let plain = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    metamodel
        .own_classes()
        .all(|(_, class)| class.id_attribute.is_none())
        && metamodel.features().all(|(_, f)| {
            let own = !metamodel.class(f.owner).package.is_built_in();
            let to_own = f
                .target()
                .is_some_and(|t| !metamodel.class(t).package.is_built_in());
            !(own && f.is_containment()) || to_own && plain(&f.name) && f.keys.is_empty()
        })
        && model
            .roots()
            .iter()
            .all(|root| !metamodel.class(model.class(*root)).package.is_built_in())
}

/// The prefixes of a document.
pub(super) struct Plan<'m> {
    model: &'m Model,
    prefixes: BTreeMap<PackageId, String>,
    extended: BTreeSet<ObjectId>,
    /// The name of each class in the document.
    names: Vec<String>,
    pub(super) uses_xsi: bool,
    /// Whether identities need no escapes.
    pub(super) ids_are_plain: bool,
    /// Whether references need none.
    pub(super) names_are_plain: bool,
}

impl<'m> Plan<'m> {
    /// Looks for the classes that the document names.
    pub(super) fn of(model: &'m Model, layout: Layout) -> Self {
        let ids_are_plain = layout == Layout::Instance && !model.has_odd_ids();
        let mut plan = Self {
            model,
            prefixes: BTreeMap::new(),
            names: Vec::new(),
            extended: model
                .document
                .extensions
                .iter()
                .filter_map(|e| e.object)
                .collect(),
            uses_xsi: model.document.schema_locations.is_some(),
            ids_are_plain,
            names_are_plain: ids_are_plain && has_plain_names(model),
        };
        for root in model.roots() {
            plan.declare(model.class(*root));
        }
        let odd = model.has_odd_slots();
        let mut last = None;
        for object in model.all_objects() {
            let class = model.class(object);
            let through = model.containing_feature(object);
            if let Some(through) = through
                && last != Some((class, through))
            {
                last = Some((class, through));
                if model.metamodel().feature(through).target() != Some(class) {
                    plan.declare(class);
                    plan.uses_xsi = true;
                }
            }
            if odd {
                plan.slots(object, layout);
            }
        }
        let classes = model.metamodel().classes();
        plan.names = classes.map(|(id, _)| plan.qualified(id)).collect();
        plan
    }

    fn slots(&mut self, object: ObjectId, layout: Layout) {
        for (feature, value) in self.model.slots(object) {
            match value {
                SlotValue::Proxy(_) | SlotValue::Values(_) | SlotValue::Null => {}
                _ => continue,
            }
            let declared = self.model.metamodel().feature(feature);
            if !declared.is_saved() {
                continue;
            }
            for value in value.to_value().items() {
                let (declared, value) = match value {
                    Value::Entry(entry) => {
                        (self.model.metamodel().feature(entry.feature), &entry.value)
                    }
                    other => (declared, other),
                };
                let class = match value {
                    Value::Null => {
                        self.uses_xsi = true;
                        continue;
                    }
                    Value::Proxy(proxy) => proxy.class,
                    // Beside references to other files, those to objects of this one are elements too.
                    Value::Object(target)
                        if !declared.is_containment() && !layout.encodes_references() =>
                    {
                        Some(self.model.class(*target))
                    }
                    _ => continue,
                };
                if let Some(class) = class.filter(|c| self.needs_type(declared, *c)) {
                    self.declare(class);
                    self.uses_xsi |= !layout.encodes_references() || declared.is_containment();
                }
            }
            if matches!(value, SlotValue::Null) && declared.unsettable && declared.role != Role::Map
            {
                self.uses_xsi = true;
            }
        }
    }

    /// Whether a reference that is an element says of which class its target is.
    pub(super) fn needs_type(&self, declared: &Feature, class: ClassId) -> bool {
        let metamodel = self.model.metamodel();
        declared
            .target()
            .is_some_and(|target| target != class && metamodel.class(target).is_abstract)
    }

    fn declare(&mut self, class: ClassId) {
        let package = self.model.metamodel().class(class).package;
        if self.prefixes.contains_key(&package) {
            return;
        }
        let wanted = &self.model.metamodel().package(package).ns_prefix;
        let taken = |p: &str| self.prefixes.values().any(|other| other == p);
        let mut prefix = wanted.to_string();
        let mut number = 0;
        while taken(&prefix) {
            number += 1;
            prefix = format!("{wanted}_{number}");
        }
        self.prefixes.insert(package, prefix);
    }

    /// The name of a class in the document, which was looked up before.
    pub(super) fn type_name(&self, class: ClassId) -> &str {
        &self.names[class.0 as usize]
    }

    /// The name of a class in the document.
    pub(super) fn qualified(&self, class: ClassId) -> String {
        let declared = self.model.metamodel().class(class);
        match self.prefixes.get(&declared.package).map(String::as_str) {
            None | Some("") => declared.name.to_string(),
            Some(prefix) => format!("{prefix}:{}", declared.name),
        }
    }

    /// The namespace and version of XMI.
    pub(super) fn xmi(&self) -> (&'m str, &'m str) {
        match &self.model.document.xmi {
            Some((namespace, version)) => (namespace, version),
            None => (super::XMI, "2.0"),
        }
    }

    /// Prefixes with their namespaces, by prefix.
    pub(super) fn namespaces(&self) -> Vec<(String, &'m str)> {
        let packages = self.prefixes.iter();
        let mut all: Vec<(String, &'m str)> = packages
            .map(|(package, prefix)| {
                let uri = &*self.model.metamodel().package(*package).ns_uri;
                (prefix.clone(), uri)
            })
            .collect();
        all.sort();
        all
    }

    /// Where the metamodels are that the document uses, as far as it says so.
    pub(super) fn schema_locations(&self) -> Option<String> {
        let known = self.model.document.schema_locations.as_ref()?;
        let pairs: Vec<String> = self
            .namespaces()
            .iter()
            .filter_map(|(_, uri)| known.iter().find(|(known, _)| **known == **uri))
            .map(|(uri, file)| format!("{uri} {file}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join(" "))
    }

    /// Whether an object has parts that belong to other tools.
    pub(super) fn is_extended(&self, object: ObjectId) -> bool {
        !self.extended.is_empty() && self.extended.contains(&object)
    }
}
