//! Which namespace a prefix stands for, and which attributes are XMI's own.

use std::sync::Arc;

use crate::format::xml::Attribute;

pub(super) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// What an attribute says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The class of the object.
    Type,
    /// The identity of the object.
    Id,
    /// The value of a feature.
    Feature,
    /// Where metamodels are.
    SchemaLocation,
    /// Nothing about the object: versions, namespaces.
    Other,
}

/// The prefixes that are bound at the open elements.
#[derive(Debug, Default)]
pub(super) struct Namespaces {
    bound: Vec<(String, String)>,
    marks: Vec<u32>,
    generation: u64,
}

/// `prefix:local`, the prefix empty where there is none.
pub(super) fn split(name: &str) -> (&str, &str) {
    match name.bytes().position(|b| b == b':') {
        Some(at) => (&name[..at], &name[at + 1..]),
        None => ("", name),
    }
}

impl Namespaces {
    /// Enters an element.
    pub(super) fn open(&mut self, attributes: &[Attribute<'_>]) {
        self.marks
            .push(u32::try_from(self.bound.len()).unwrap_or(u32::MAX));
        for attribute in attributes.iter().filter(|a| a.special) {
            let prefix = match attribute.name.strip_prefix("xmlns") {
                Some("") => "",
                Some(rest) if rest.starts_with(':') => &rest[1..],
                _ => continue,
            };
            self.bound
                .push((prefix.to_owned(), attribute.value.clone().into_owned()));
            self.generation += 1;
        }
    }

    /// A number that changes whenever other prefixes are bound.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Leaves an element.
    pub(super) fn close(&mut self) {
        let mark = self.marks.pop().unwrap_or_default() as usize;
        if mark < self.bound.len() {
            self.bound.truncate(mark);
            self.generation += 1;
        }
    }

    /// The namespace of a prefix.
    pub(super) fn resolve(&self, prefix: &str) -> Option<&str> {
        let found = self
            .bound
            .iter()
            .rev()
            .find(|(p, _)| p == prefix)
            .map(|(_, uri)| uri.as_str());
        found.filter(|uri| !uri.is_empty())
    }

    /// Whether a prefix stands for XMI: the one everybody uses, or one that is bound to a version of it.
    pub(super) fn is_xmi(&self, prefix: &str) -> bool {
        match self.resolve(prefix) {
            Some(uri) => {
                uri.starts_with("http://www.omg.org/XMI") || uri.contains("omg.org/spec/XMI")
            }
            None => prefix == "xmi",
        }
    }

    fn is_xsi(&self, prefix: &str) -> bool {
        match self.resolve(prefix) {
            Some(uri) => uri == XSI,
            None => prefix == "xsi",
        }
    }

    /// Whether an attribute says that there is no value (`xsi:nil`).
    pub(super) fn is_nil(&self, attribute: &Attribute<'_>) -> bool {
        let (prefix, local) = split(attribute.name);
        local == "nil" && !prefix.is_empty() && self.is_xsi(prefix)
    }

    /// Whether an attribute is one of XMI's own of that name (`xmi:idref`).
    pub(super) fn is_own(&self, attribute: &Attribute<'_>, name: &str) -> bool {
        let (prefix, local) = split(attribute.name);
        local == name && !prefix.is_empty() && self.is_xmi(prefix)
    }

    /// The namespace and version of XMI, where EMF keeps them.
    pub(super) fn xmi(&self, attributes: &[Attribute<'_>]) -> Option<(Arc<str>, Arc<str>)> {
        let version = attributes.iter().find(|a| self.is_own(a, "version"))?;
        let namespace = self.resolve(split(version.name).0)?;
        let kept = namespace == "http://schema.omg.org/spec/XMI/2.1";
        kept.then(|| (namespace.into(), version.value.as_ref().into()))
    }

    /// What an attribute says.
    pub(super) fn purpose(&self, attribute: &Attribute<'_>) -> Purpose {
        if !attribute.special {
            return Purpose::Feature;
        }
        let (prefix, local) = split(attribute.name);
        if prefix.is_empty() {
            return if local == "xmlns" {
                Purpose::Other
            } else {
                Purpose::Feature
            };
        }
        let (xmi, xsi) = (self.is_xmi(prefix), self.is_xsi(prefix));
        match local {
            "type" if xmi || xsi => Purpose::Type,
            "id" if xmi => Purpose::Id,
            "schemaLocation" if xsi => Purpose::SchemaLocation,
            "nil" | "noNamespaceSchemaLocation" if xsi => Purpose::Other,
            "version" | "uuid" | "idref" | "href" if xmi => Purpose::Other,
            _ if prefix == "xmlns" => Purpose::Other,
            // Anything else would be lost.
            _ => Purpose::Feature,
        }
    }
}
