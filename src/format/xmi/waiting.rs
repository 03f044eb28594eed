//! References as they are read: they wait until all objects are known.

use super::fields::Known;
use super::names::{Purpose, split};
use super::{Attribute, Element, Reader};
use crate::diag::{Code, Diagnostic, Span};
use crate::format::shared::{self, Reference};
use crate::metamodel::{ClassId, Role};
use crate::model::ObjectId;

/// A text of references that has no slot of its own to wait in: another one of its feature waits there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    pub(super) object: ObjectId,
    /// The number of the feature among those that were looked up.
    pub(super) known: u32,
    pub(super) span: Span,
    pub(super) reading: Reading,
}

/// What a text of references is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// References with blanks between them.
    Words,
    /// One identity, whatever blanks are in it.
    Id,
    /// One URI, whatever blanks are in it.
    Uri,
}

impl Reader<'_, '_> {
    /// Reads an element that points elsewhere by `href` or `xmi:idref`; returns whether it does.
    pub(super) fn reference_element(
        &mut self,
        object: ObjectId,
        index: u32,
        element: &Element<'_>,
    ) -> bool {
        let Element {
            tag,
            said,
            attributes,
        } = element;
        let known = self.fields.at(index);
        let Some((href, purpose)) = said.target else {
            return false;
        };
        if purpose == Purpose::BareHref && !self.fields_have_no_href(known) {
            return false;
        }
        let named = said.class;
        let declared = known.declared.target().expect("references have targets");
        let class = match named {
            Some(_) => self.class_of(tag, named, declared),
            None if self.is_elsewhere(&href.value) => self.concrete(declared, tag.name_span()),
            None => Some(declared),
        };
        let Some(class) = class else {
            return true;
        };
        if attributes.len() > said.count {
            self.beside(class, attributes);
        }
        let (text, blanks) = (&href.value, [' ', '\t', '\n', '\r']);
        let (reading, whole) = match purpose {
            Purpose::Idref => (Reading::Id, text.contains(blanks)),
            _ => (Reading::Uri, text.contains(blanks) || !text.contains('#')),
        };
        let member = matches!(known.declared.role, Role::Member(_));
        if member {
            self.members.insert((object, known.field.feature));
        }
        if known.declared.is_containment() || member {
            let one = Reference {
                object,
                field: known.field,
                text: href.value.as_ref().into(),
                span: href.value_span(),
            };
            self.make_way(object, known);
            self.keep(&one, known, Some(class).filter(|c| *c != declared));
            return true;
        }
        if class != declared {
            self.typed_at.insert(href.start, class);
        }
        if whole {
            self.queue((object, index), href, reading);
        } else {
            self.postpone((object, index), href);
        }
        true
    }

    /// Reports what an element that points elsewhere says of the object there.
    fn beside(&mut self, class: ClassId, attributes: &[Attribute<'_>]) {
        for attribute in attributes.iter().filter(|a| !a.name.is_special()) {
            let (name, span) = (attribute.name.text, attribute.name_span());
            if self.metamodel.feature_named(class, name).is_none() {
                let unknown = shared::unknown_feature(self.metamodel, class, name, span);
                self.diagnostics.push(unknown);
            } else {
                self.warn_of_unread(name, span);
            }
        }
    }

    /// Reports what a reference says of its object.
    pub(super) fn warn_of_unread(&mut self, name: &str, span: Span) {
        let message = format!("`{name}` is not read: the object stands elsewhere");
        let diagnostic = Diagnostic::warning(Code::UnknownFeature, span, message);
        self.diagnostics.push(diagnostic);
    }

    /// Leaves a reference that is one as a whole for later, with all that follow it in its feature.
    fn queue(&mut self, (object, index): (ObjectId, u32), href: &Attribute<'_>, reading: Reading) {
        let known = self.fields.at(index);
        self.make_way(object, known);
        self.queued.insert((object, known.field.feature));
        if let std::borrow::Cow::Owned(text) = &href.value {
            self.rewritten.insert(href.start, text.clone());
        }
        self.pending.push(Pending {
            object,
            known: index,
            span: href.value_span(),
            reading,
        });
    }

    /// Leaves the references in an attribute for later, when all objects are known.
    pub(super) fn postpone(&mut self, (object, known): (ObjectId, u32), attribute: &Attribute<'_>) {
        if let std::borrow::Cow::Owned(text) = &attribute.value {
            self.rewritten.insert(attribute.start, text.clone());
        }
        let (field, span) = (self.fields.at(known).field, attribute.value_span());
        let queued = !self.queued.is_empty() && self.queued.contains(&(object, field.feature));
        if queued || !self.model.park(object, field, known, span) {
            self.pending.push(Pending {
                object,
                known,
                span,
                reading: Reading::Words,
            });
        }
    }

    /// Makes a reference that waits in its slot wait elsewhere, since the slot is about to get a value.
    pub(super) fn make_way(&mut self, object: ObjectId, known: Known<'_>) {
        if let Some(parked) = self.model.take_parked(object, known.field.feature) {
            // It came before all that wait of its feature.
            self.moved.push(Pending {
                object,
                known: parked.number,
                span: parked.span,
                reading: Reading::Words,
            });
        }
    }

    /// Remembers the classes that a text of references names, whose prefixes are known only as long as the element is open.
    pub(super) fn note_types(&mut self, known: Known<'_>, attribute: &Attribute<'_>) {
        if attribute.value.starts_with('/')
            || memchr::memchr(b'#', attribute.value.as_bytes()).is_none()
        {
            return;
        }
        let mut at = 0;
        for word in attribute.value.split_ascii_whitespace() {
            let start = at + attribute.value[at..].find(word).unwrap_or_default();
            at = start + word.len();
            if is_type(word, &attribute.value[at..]) {
                let key = attribute.start + u32::try_from(start).unwrap_or_default();
                if let Some(class) = self.typed(word, attribute.value_span()) {
                    self.check_kind(known, class, attribute.value_span());
                    self.typed_at.insert(key, class);
                }
            }
        }
    }

    /// Reports a reference that says to point at what it cannot hold.
    fn check_kind(&mut self, known: Known<'_>, class: ClassId, span: Span) {
        if !self.metamodel.conforms(class, known.target) {
            let name = |class: ClassId| &self.metamodel.class(class).name;
            let (wants, is) = (name(known.target), name(class));
            let message = format!(
                "`{}` points at objects of {wants}, not of {is}",
                known.declared.name
            );
            self.report(Code::WrongType, span, message);
        }
    }

    /// Whether `href` cannot be a feature of what the reference holds.
    fn fields_have_no_href(&self, known: Known<'_>) -> bool {
        let target = known.declared.target();
        target.is_none_or(|t| self.metamodel.feature_named(t, "href").is_none())
    }

    pub(super) fn is_elsewhere(&self, text: &str) -> bool {
        match text.split_once('#') {
            Some((file, _)) => !file.is_empty() && file != self.own_name,
            None => text.contains("://"),
        }
    }
}

/// Whether a word is the type that EMF puts before a reference to another file: `ecore:EDataType http://…#//EInt`.
pub(super) fn is_type(word: &str, next: &str) -> bool {
    if word.starts_with('/') || word.contains('#') || split(word).0.is_empty() {
        return false;
    }
    let next = next.trim_ascii_start();
    let end = next
        .bytes()
        .position(|b| b.is_ascii_whitespace())
        .unwrap_or(next.len());
    next[..end].contains('#')
}
