//! Namespaces: what the attributes of an element are for, and how classes are called.

use super::Writer;
use super::tree::{Attribute, ElementId, split, unescape};
use crate::format::edit::text::Edits;
use crate::metamodel::ClassId;

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const XMI: &str = "http://www.omg.org/XMI";

/// What an attribute says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The class of the object.
    Type,
    /// The identity of the object.
    Id,
    /// The value of a feature.
    Feature,
    /// That there is no value.
    Nil,
    /// Nothing about the object: versions, namespaces, schema locations.
    Other,
}

impl Writer<'_> {
    /// Whether a prefix stands for XMI at an element.
    pub(super) fn is_xmi(&self, id: ElementId, prefix: &str) -> bool {
        match self.tree.namespace(id, prefix) {
            Some(uri) => uri.starts_with(XMI) || uri.contains("omg.org/spec/XMI"),
            None => prefix == "xmi",
        }
    }

    /// What an attribute of an element says.
    pub(super) fn purpose(&self, id: ElementId, attribute: &Attribute) -> Purpose {
        let name = &self.tree.text[attribute.name.clone()];
        let (prefix, local) = split(name);
        if prefix.is_empty() {
            return match local {
                "xmlns" => Purpose::Other,
                _ => Purpose::Feature,
            };
        }
        let xmi = self.is_xmi(id, prefix);
        let xsi = match self.tree.namespace(id, prefix) {
            Some(uri) => uri == XSI,
            None => prefix == "xsi",
        };
        match local {
            "type" if xmi || xsi => Purpose::Type,
            "id" if xmi => Purpose::Id,
            "nil" if xsi => Purpose::Nil,
            "schemaLocation" | "noNamespaceSchemaLocation" if xsi => Purpose::Other,
            "version" | "uuid" | "idref" | "href" if xmi => Purpose::Other,
            _ if prefix == "xmlns" => Purpose::Other,
            // Anything else may be a feature, whatever its prefix.
            _ => Purpose::Feature,
        }
    }

    /// The position of the attribute of an element that is for something.
    pub(super) fn attribute_for(&self, id: ElementId, purpose: Purpose) -> Option<usize> {
        let attributes = &self.tree.element(id).attributes;
        attributes
            .iter()
            .position(|a| self.purpose(id, a) == purpose)
    }

    /// The qualified name of a class at an element; the root binds the prefix where nothing does.
    pub(super) fn class_name(&self, id: ElementId, class: ClassId) -> String {
        let metamodel = self.job.after.draft.metamodel();
        let declared = metamodel.class(class);
        let package = metamodel.package(declared.package);
        let prefix = self.prefix(id, &package.ns_uri, &package.ns_prefix);
        if prefix.is_empty() {
            return declared.name.to_string();
        }
        format!("{prefix}:{}", declared.name)
    }

    /// The name of the attribute that names classes: as the file has it, else `xsi:type`.
    pub(super) fn type_attribute(&self, id: ElementId) -> String {
        let known = self.type_name.borrow().clone();
        if let Some(name) = known {
            return name;
        }
        let mut all = (0..self.tree.elements.len()).filter_map(|id| {
            let at = self.attribute_for(id, Purpose::Type)?;
            let name = self.tree.element(id).attributes[at].name.clone();
            Some(self.tree.text[name].to_owned())
        });
        let name = all
            .next()
            .unwrap_or_else(|| format!("{}:type", self.prefix(id, XSI, "xsi")));
        *self.type_name.borrow_mut() = Some(name.clone());
        name
    }

    /// The name of the attribute that says that there is no value.
    pub(super) fn nil_attribute(&self, id: ElementId) -> String {
        format!("{}:nil", self.prefix(id, XSI, "xsi"))
    }

    /// The name of the attribute that gives identities.
    pub(super) fn id_attribute(&self, id: ElementId) -> String {
        let mut at = Some(id);
        while let Some(element) = at {
            for (prefix, uri) in self.bindings(element) {
                if uri.starts_with(XMI) || uri.contains("omg.org/spec/XMI") {
                    return format!("{prefix}:id");
                }
            }
            at = self.tree.element(element).parent;
        }
        format!("{}:id", self.prefix(id, XMI, "xmi"))
    }

    /// The prefixes that an element binds, with their namespaces.
    fn bindings(&self, id: ElementId) -> Vec<(&str, String)> {
        let text = self.tree.text;
        let attributes = self.tree.element(id).attributes.iter();
        let bound = attributes.filter_map(|a| {
            let prefix = match text[a.name.clone()].strip_prefix("xmlns")? {
                "" => "",
                rest => rest.strip_prefix(':')?,
            };
            Some((prefix, unescape(&text[a.value.clone()]).into_owned()))
        });
        bound.collect()
    }

    /// The prefix of a namespace at an element.
    fn prefix(&self, id: ElementId, uri: &str, preferred: &str) -> String {
        let mut at = Some(id);
        while let Some(element) = at {
            let bindings = self.bindings(element);
            if let Some((prefix, _)) = bindings.iter().find(|(_, u)| u == uri) {
                // The default namespace is that of elements alone, and of the names of classes.
                if !prefix.is_empty() || (uri != XSI && uri != XMI) {
                    return (*prefix).to_owned();
                }
            }
            at = self.tree.element(element).parent;
        }
        if let Some(prefix) = self.bound.borrow().get(uri) {
            return prefix.clone();
        }
        let preferred = if preferred.is_empty() {
            "ns"
        } else {
            preferred
        };
        let taken = |p: &str| {
            self.tree.namespace(self.tree.root, p).is_some()
                || self.bound.borrow().values().any(|b| b == p)
        };
        let mut prefix = preferred.to_owned();
        let mut number = 1;
        while taken(&prefix) {
            prefix = format!("{preferred}{number}");
            number += 1;
        }
        let mut bound = self.bound.borrow_mut();
        bound.insert(uri.to_owned(), prefix.clone());
        prefix
    }

    /// Binds the prefixes that came into use, at the root.
    pub(super) fn declare(&self, out: &mut Edits) {
        let root = self.tree.element(self.tree.root);
        let namespace = |a: &&Attribute| self.tree.text[a.name.clone()].starts_with("xmlns");
        let last = root.attributes.iter().rfind(namespace);
        let at = last.map_or(root.name.end, |a| a.value.end + 1);
        for (uri, prefix) in &*self.bound.borrow() {
            let uri = super::tree::escape_attribute(uri, '"', self.most);
            out.insert(at, format!(" xmlns:{prefix}=\"{uri}\""));
        }
    }
}
