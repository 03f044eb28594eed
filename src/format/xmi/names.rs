//! Which namespace a prefix stands for, and which attributes are XMI's own.

use std::sync::Arc;

use crate::diag::Span;
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
    /// Where an object is that stands elsewhere, as XMI says it: by its identity, or by a URI.
    Idref,
    Href,
    /// The same without a prefix, unless it is a feature.
    BareHref,
    /// That there is no value.
    Nil,
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
    /// What attributes say by the number of their name, as of a generation.
    known: Vec<(u64, Purpose)>,
}

/// What an element says of itself beside its features.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said<'a> {
    /// The class that it names, and where.
    pub(super) class: Option<(&'a str, Span)>,
    /// Whether it has no value.
    pub(super) nil: bool,
    /// What it points at.
    pub(super) target: Option<(&'a Attribute<'a>, Purpose)>,
    /// How many attributes that takes.
    pub(super) count: usize,
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
    pub(super) fn open<'a>(&mut self, special: bool, attributes: &'a [Attribute<'a>]) -> Said<'a> {
        self.marks
            .push(u32::try_from(self.bound.len()).unwrap_or(u32::MAX));
        if special {
            self.bind(attributes);
            self.said(attributes)
        } else {
            Said::default()
        }
    }

    fn said<'a>(&mut self, attributes: &'a [Attribute<'a>]) -> Said<'a> {
        let mut said = Said::default();
        for attribute in attributes.iter().filter(|a| a.name.is_special()) {
            said.count += 1;
            match self.purpose(attribute) {
                Purpose::Type => {
                    let class = (&*attribute.value, attribute.value_span());
                    said.class = said.class.or(Some(class));
                }
                purpose @ (Purpose::Idref | Purpose::Href | Purpose::BareHref) => {
                    said.target = said.target.or(Some((attribute, purpose)));
                }
                Purpose::Nil => said.nil |= matches!(&*attribute.value, "true" | "1"),
                _ => {}
            }
        }
        said
    }

    fn bind(&mut self, attributes: &[Attribute<'_>]) {
        for attribute in attributes.iter().filter(|a| a.name.is_special()) {
            let prefix = match attribute.name.text.strip_prefix("xmlns") {
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

    /// The namespace and version of XMI, where EMF keeps them.
    pub(super) fn xmi(&self, attributes: &[Attribute<'_>]) -> Option<(Arc<str>, Arc<str>)> {
        let own = |a: &&Attribute<'_>| {
            let (prefix, local) = split(a.name.text);
            local == "version" && !prefix.is_empty() && self.is_xmi(prefix)
        };
        let version = attributes.iter().find(own)?;
        let namespace = self.resolve(split(version.name.text).0)?;
        let kept = namespace == "http://schema.omg.org/spec/XMI/2.1";
        kept.then(|| (namespace.into(), "2.1".into()))
    }

    /// What an attribute says.
    pub(super) fn purpose(&mut self, attribute: &Attribute<'_>) -> Purpose {
        if !attribute.name.is_special() {
            return Purpose::Feature;
        }
        let Some(number) = attribute.name.number() else {
            return self.find_purpose(attribute.name.text);
        };
        if let Some((generation, purpose)) = self.known.get(number)
            && *generation == self.generation
        {
            return *purpose;
        }
        let purpose = self.find_purpose(attribute.name.text);
        if self.known.len() <= number {
            self.known.resize(number + 1, (u64::MAX, Purpose::Other));
        }
        self.known[number] = (self.generation, purpose);
        purpose
    }

    fn find_purpose(&self, name: &str) -> Purpose {
        let (prefix, local) = split(name);
        match (prefix, local) {
            ("", "xmlns") => return Purpose::Other,
            ("", "href") => return Purpose::BareHref,
            ("", _) => return Purpose::Feature,
            _ => {}
        }
        let (xmi, xsi) = (self.is_xmi(prefix), self.is_xsi(prefix));
        match local {
            "type" if xmi || xsi => Purpose::Type,
            "id" if xmi => Purpose::Id,
            "schemaLocation" if xsi => Purpose::SchemaLocation,
            "nil" if xsi => Purpose::Nil,
            "idref" if xmi => Purpose::Idref,
            "href" if xmi => Purpose::Href,
            "noNamespaceSchemaLocation" if xsi => Purpose::Other,
            "version" | "uuid" if xmi => Purpose::Other,
            _ if prefix == "xmlns" => Purpose::Other,
            // Anything else would be lost.
            _ => Purpose::Feature,
        }
    }
}
