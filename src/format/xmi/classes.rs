//! Which class an element is of.

use super::names;
use super::{Reader, Tag};
use crate::diag::{Code, Diagnostic, Span};
use crate::format::resource::split_uri;
use crate::format::shared;
use crate::metamodel::{ClassId, Classifier, PackageId};

/// How many classes are remembered by the text that named them.
const TYPES: usize = 64;

/// Classes that can stand where another is declared, by the text that named them.
#[derive(Default)]
pub(super) struct Types {
    /// They hold as long as the same prefixes are bound.
    generation: u64,
    fit: Vec<(String, ClassId, ClassId)>,
}

impl Reader<'_, '_> {
    pub(super) fn root_class(&mut self, tag: &Tag<'_>) -> Option<ClassId> {
        let (prefix, local) = names::split(tag.name.text);
        match self.names.resolve(prefix) {
            Some(uri) => {
                let uri = uri.to_owned();
                self.class_in(&uri, local, tag.name_span())
            }
            None if prefix.is_empty() => self.bare_root(tag, local),
            None => {
                let message = format!("the prefix `{prefix}` is not bound to a namespace");
                self.report(Code::UnknownNamespace, tag.name_span(), message);
                None
            }
        }
    }

    /// The class of `local` in the package of a URI.
    pub(super) fn class_in(&mut self, uri: &str, local: &str, span: Span) -> Option<ClassId> {
        let metamodel = self.metamodel;
        let Some(package) = metamodel.package_by_uri(uri).or_else(|| self.located(uri)) else {
            let message = format!("no metamodel has the namespace `{uri}`");
            let known: Vec<&str> = metamodel
                .packages()
                .filter(|(id, _)| !id.is_built_in())
                .map(|(_, p)| &*p.ns_uri)
                .collect();
            let diagnostic = Diagnostic::error(Code::UnknownNamespace, span, message);
            self.diagnostics
                .push(diagnostic.hint(format!("those that are loaded: {}", known.join(", "))));
            return None;
        };
        if let Some(Classifier::Class(class)) = metamodel.classifier(package, local) {
            return Some(class);
        }
        let message = format!(
            "package `{}` has no class `{local}`",
            metamodel.package(package).name
        );
        let classes = metamodel
            .own_classes()
            .filter(|(_, c)| c.package == package)
            .map(|(_, c)| &*c.name);
        self.diagnostics
            .push(Diagnostic::error(Code::UnknownClass, span, message).suggest(local, classes));
        None
    }

    /// The class that a root without a namespace means: the one of its name, the case of its first letter aside.
    pub(super) fn bare_root(&mut self, tag: &Tag<'_>, local: &str) -> Option<ClassId> {
        let metamodel = self.metamodel;
        let fits = |name: &str| {
            let (mut a, mut b) = (name.chars(), local.chars());
            a.next().map(|c| c.to_lowercase().to_string())
                == b.next().map(|c| c.to_lowercase().to_string())
                && a.as_str() == b.as_str()
        };
        let found = metamodel
            .own_classes()
            .find(|(_, c)| !c.is_abstract && fits(&c.name));
        let Some((id, class)) = found else {
            let message =
                format!("no class is called `{local}`, and the element names no metamodel");
            let classes = metamodel
                .classes()
                .filter(|(_, c)| !c.is_abstract)
                .map(|(_, c)| &*c.name);
            self.diagnostics.push(
                Diagnostic::error(Code::UnknownClass, tag.name_span(), message)
                    .suggest(local, classes),
            );
            return None;
        };
        self.bare = true;
        let package = metamodel.package(class.package);
        let (prefix, uri) = (&package.ns_prefix, &package.ns_uri);
        let message = format!(
            "`{local}` does not say which metamodel it conforms to, taken for {}",
            class.name
        );
        let full = format!(
            "<{prefix}:{} xmi:version=\"2.0\" xmlns:xmi=\"http://www.omg.org/XMI\" xmlns:{prefix}=\"{uri}\" …>",
            class.name
        );
        let diagnostic = Diagnostic::warning(Code::MissingNamespace, tag.name_span(), message);
        self.diagnostics
            .push(diagnostic.hint(format!("Eclipse reads it only as {full}")));
        Some(id)
    }

    /// The package in the file that the document names for a namespace (`xsi:schemaLocation`).
    fn located(&self, uri: &str) -> Option<PackageId> {
        let locations = self.model.document.schema_locations.as_ref()?;
        let (_, file) = locations.iter().find(|(known, _)| **known == *uri)?;
        let wanted = super::file_name(split_uri(file).0);
        let mut packages = self.metamodel.packages();
        packages
            .find(|(_, p)| {
                let location = p.location.as_deref();
                p.parent.is_none() && location.is_some_and(|l| super::file_name(l) == wanted)
            })
            .map(|(id, _)| id)
    }

    /// The class that `xsi:type` names.
    pub(super) fn typed(&mut self, text: &str, span: Span) -> Option<ClassId> {
        let (prefix, local) = names::split(text);
        match self.names.resolve(prefix).map(str::to_owned) {
            Some(uri) => self.class_in(&uri, local, span),
            None if prefix.is_empty() => {
                // Only a file that names no metamodel at all leaves it to the name.
                let found = self.metamodel.class_named(local).filter(|_| self.bare);
                if found.is_none() {
                    self.report(
                        Code::UnknownClass,
                        span,
                        format!("there is no class `{local}`"),
                    );
                }
                found
            }
            None => {
                self.report(
                    Code::UnknownNamespace,
                    span,
                    format!("the prefix `{prefix}` is not bound to a namespace"),
                );
                None
            }
        }
    }

    /// The class of an element: the one that it names, else `declared`; reported where no object can be of it.
    pub(super) fn class_of(
        &mut self,
        tag: &Tag<'_>,
        named: Option<(&str, Span)>,
        declared: ClassId,
    ) -> Option<ClassId> {
        let Some((name, span)) = named else {
            return self.concrete(declared, tag.name_span());
        };
        let generation = self.names.generation();
        if self.types.generation != generation {
            self.types = Types {
                generation,
                fit: Vec::new(),
            };
        }
        let fits = |fit: &&(String, ClassId, ClassId)| fit.1 == declared && fit.0 == name;
        if let Some((_, _, class)) = self.types.fit.iter().find(fits) {
            return Some(*class);
        }
        let class = self.typed(name, span)?;
        let metamodel = self.metamodel;
        if !metamodel.conforms(class, declared) {
            let (is, wants) = (
                &metamodel.class(class).name,
                &metamodel.class(declared).name,
            );
            let message = format!("`{}` holds a {wants}, not a {is}", tag.name.text);
            self.report(Code::WrongType, span, message);
            return None;
        }
        let class = self.concrete(class, span)?;
        if self.types.fit.len() < TYPES {
            self.types.fit.push((name.to_owned(), declared, class));
        }
        Some(class)
    }

    pub(super) fn concrete(&mut self, class: ClassId, span: Span) -> Option<ClassId> {
        if !self.metamodel.class(class).is_abstract {
            return Some(class);
        }
        let how = "such as `xsi:type=\"prefix:Name\"`";
        let diagnostic = shared::abstract_class(self.metamodel, class, span, how);
        self.diagnostics.push(diagnostic);
        None
    }
}
