//! Which namespace a prefix stands for, and which attributes are XMI's own.

use crate::format::xml::{Attribute, Tag};

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// What an attribute says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The class of the object.
    Type,
    /// The identity of the object.
    Id,
    /// The value of a feature.
    Feature,
    /// Nothing about the object: versions, namespaces, schema locations.
    Other,
}

/// The prefixes that are bound at the open elements.
#[derive(Debug, Default)]
pub(super) struct Namespaces {
    bound: Vec<(String, String)>,
    marks: Vec<usize>,
}

/// `prefix:local`, the prefix empty where there is none.
pub(super) fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}

impl Namespaces {
    /// Enters an element.
    pub(super) fn open(&mut self, tag: &Tag<'_>) {
        self.marks.push(self.bound.len());
        for attribute in &tag.attributes {
            let prefix = match attribute.name.strip_prefix("xmlns") {
                Some("") => "",
                Some(rest) if rest.starts_with(':') => &rest[1..],
                _ => continue,
            };
            self.bound
                .push((prefix.to_owned(), attribute.value.clone().into_owned()));
        }
    }

    /// Leaves an element.
    pub(super) fn close(&mut self) {
        let mark = self.marks.pop().unwrap_or_default();
        self.bound.truncate(mark);
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

    /// What an attribute says.
    pub(super) fn purpose(&self, attribute: &Attribute<'_>) -> Purpose {
        let (prefix, local) = split(attribute.name);
        if prefix.is_empty() {
            return if local == "xmlns" {
                Purpose::Other
            } else {
                Purpose::Feature
            };
        }
        let xmi = self.is_xmi(prefix);
        let xsi = prefix == "xsi" || self.resolve(prefix) == Some(XSI);
        match local {
            "type" if xmi || xsi => Purpose::Type,
            "id" if xmi => Purpose::Id,
            _ if xmi || xsi || prefix == "xmlns" || prefix == "xml" => Purpose::Other,
            _ => Purpose::Feature,
        }
    }
}
