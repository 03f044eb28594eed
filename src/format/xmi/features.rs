//! Objects, their attributes, and the elements inside of them.

use super::fields::{Known, Shape};
use super::names::{self, Purpose};
use super::{Attribute, Element, Frame, Reader};
use crate::diag::{Code, Diagnostic, Span};
use crate::format::shared;
use crate::metamodel::{ClassId, Role};
use crate::model::{Link, ObjectId, Origin, Value, is_reference};

/// How many slots an element with something inside is given for its parts.
const PARTS: usize = 1;

impl Reader<'_, '_> {
    /// Makes the object of an element.
    pub(super) fn object(&mut self, class: ClassId, element: &Element<'_>) -> ObjectId {
        let tag = element.tag;
        let object = self.model.create(class, Origin::Written(tag.span));
        // Its parts come when others were read already, and would make it move.
        let parts = if tag.is_empty { 0 } else { PARTS };
        let slots = element.attributes.len() - element.said.count + parts;
        self.model.expect(object, slots);
        for attribute in element.attributes {
            self.attribute((object, class), attribute);
        }
        object
    }

    fn attribute(&mut self, (object, class): (ObjectId, ClassId), attribute: &Attribute<'_>) {
        match self.names.purpose(attribute) {
            Purpose::Id => {
                let odd = self.model.set_id(object, &attribute.value);
                if (odd || attribute.value.is_empty()) && !is_reference(&attribute.value) {
                    let message =
                        format!("no reference can name the identity `{}`", attribute.value);
                    let span = attribute.value_span();
                    let diagnostic = Diagnostic::warning(Code::DuplicateId, span, message);
                    self.diagnostics.push(diagnostic);
                }
            }
            Purpose::Feature | Purpose::BareHref => {
                if let Some(index) = self.fields.index(class, attribute.name) {
                    self.attribute_value(object, index, attribute);
                } else {
                    let name = names::split(attribute.name.text).1;
                    self.unknown((object, class), name, attribute.name_span());
                }
            }
            Purpose::Type
            | Purpose::Idref
            | Purpose::Href
            | Purpose::Nil
            | Purpose::SchemaLocation
            | Purpose::Other => {}
        }
    }

    fn unknown(&mut self, (object, class): (ObjectId, ClassId), name: &str, span: Span) {
        if self.diagnostics.is_full(span) {
            return;
        }
        shared::mark_misspelt(&mut self.model, object, name);
        let diagnostic = shared::unknown_feature(self.metamodel, class, name, span);
        self.diagnostics.push(diagnostic);
    }

    fn attribute_value(&mut self, object: ObjectId, index: u32, attribute: &Attribute<'_>) {
        let known = self.fields.at(index);
        let span = attribute.value_span();
        if !self.may_be_written(known, attribute.name_span()) {
            return;
        }
        if !known.many
            && let Some(value) = known.scalar(self.metamodel, &attribute.value)
        {
            let origin = Origin::Written(span);
            self.model.write_scalar(object, known.field, value, origin);
            return;
        }
        match known.shape {
            Shape::Reference => {
                self.note_types(known, attribute);
                self.postpone((object, index), attribute);
            }
            Shape::Parts => {
                let message = format!("`{}` holds elements, not text", known.declared.name);
                self.report(Code::WrongType, span, message);
            }
            _ if !known.many => self.value(object, known, (&attribute.value, span)),
            _ => {
                let mut at = 0;
                // Line ends that are escaped belong to a value.
                for word in attribute.value.split(' ').filter(|w| !w.is_empty()) {
                    let start = at + attribute.value[at..].find(word).unwrap_or_default();
                    at = start + word.len();
                    let whole = span.range().len() != attribute.value.len();
                    let place = if whole {
                        span
                    } else {
                        span.part(start, word.len())
                    };
                    self.value(object, known, (word, place));
                }
            }
        }
    }

    /// Whether a file may give the feature a value; reported where it may not.
    fn may_be_written(&mut self, known: Known<'_>, span: Span) -> bool {
        let declared = known.declared;
        if known.writable {
            return true;
        }
        let why = if declared.is_stored() {
            "cannot be changed"
        } else {
            "is computed"
        };
        let message = format!("`{}` {why}, so that a file cannot set it", declared.name);
        self.report(Code::WrongType, span, message);
        false
    }

    /// Reads one value of an attribute.
    fn value(&mut self, object: ObjectId, known: Known<'_>, (text, span): (&str, Span)) {
        let origin = Origin::Written(span);
        let feature = known.field.feature;
        if known.shape == Shape::Text {
            if known.many {
                self.model.link_text(object, known.field, text, origin);
            } else {
                self.model.write_text(object, known.field, text, origin);
            }
            return;
        }
        if self.diagnostics.has_enough(span)
            && let Some(of) = known.declared.value_type()
            && self.metamodel.parse(of, text).is_err()
        {
            self.diagnostics.is_full(span);
            self.model.mark_unread(object, feature);
            return;
        }
        match shared::literal(self.metamodel, feature, text, span) {
            Ok(Value::Enum(id, literal)) if self.is_name(id, literal, text) => {
                let wanted = &self.metamodel.enumeration(id).literals[literal as usize].literal;
                let name = &known.declared.name;
                let message = format!("`{name}` is written by its literal, not by its name");
                let diagnostic = Diagnostic::error(Code::WrongType, span, message);
                self.diagnostics
                    .push(diagnostic.replace_with(format!("write `{wanted}`"), &**wanted));
            }
            Ok(value) => {
                if known.opaque {
                    self.diagnostics
                        .extend(shared::opaque(self.metamodel, feature, span));
                }
                match known.declared.role {
                    Role::Member(_) => self.model.add(object, feature, value, origin),
                    _ if known.many => {
                        self.model
                            .link(object, known.field, Link::Member(value), origin);
                    }
                    _ => self.model.write(object, known.field, value, origin),
                }
            }
            Err(diagnostic) => {
                self.model.mark_unread(object, feature);
                self.diagnostics.push(*diagnostic);
            }
        }
    }

    /// Whether a text is the name of a literal of an enum, and not what files have for it.
    fn is_name(&self, id: crate::metamodel::EnumId, literal: u32, text: &str) -> bool {
        &*self.metamodel.enumeration(id).literals[literal as usize].literal != text
    }

    /// The end of an element that held a value.
    pub(super) fn element_value(&mut self) {
        let (object, span) = (self.value.object, self.value.span);
        let known = self.fields.at(self.value.known);
        self.report_second(object, known, span);
        if self.value.nil {
            let nullable = known
                .declared
                .value_type()
                .is_none_or(|of| self.metamodel.is_nullable(of));
            if !known.many && !known.declared.unsettable && !nullable {
                return;
            }
            let origin = Origin::Written(span);
            if known.many {
                self.model
                    .link(object, known.field, Link::Member(Value::Null), origin);
            } else {
                self.model.write(object, known.field, Value::Null, origin);
            }
            return;
        }
        let text = std::mem::take(&mut self.value.text);
        self.value(object, known, (&text, span));
        self.value.text = text;
    }

    /// Reports a feature of one value that has one already.
    fn report_second(&mut self, object: ObjectId, known: Known<'_>, span: Span) {
        if known.many {
            return;
        }
        let first = self.model.origin(object, known.field.feature);
        if let Some(first) = first.and_then(Origin::span) {
            let message = format!("`{}` has two values", known.declared.name);
            let diagnostic = Diagnostic::error(Code::Multiplicity, span, message);
            self.diagnostics
                .push(diagnostic.related(first, "the first one"));
        }
    }

    /// An element inside of an object: a part, a reference to another file, or a value.
    pub(super) fn child(&mut self, parent: ObjectId, element: &Element<'_>) -> Frame {
        let tag = element.tag;
        let mut local = tag.name.text;
        if tag.name.is_special() {
            let prefix;
            (prefix, local) = names::split(local);
            if !prefix.is_empty() && self.names.is_xmi(prefix) {
                return self.xmi_element(Some(parent), tag);
            }
        }
        let class = self.model.class(parent);
        let Some(index) = self.fields.index(class, tag.name) else {
            self.unknown((parent, class), local, tag.name_span());
            return Frame::Skipped;
        };
        let known = self.fields.at(index);
        if !self.may_be_written(known, tag.name_span()) {
            return Frame::Skipped;
        }
        let Some(target) = known.declared.target() else {
            if known.declared.role == Role::Map {
                let message = format!("the entries of `{local}` stand under their own names");
                self.report(Code::WrongType, tag.name_span(), message);
                return Frame::Skipped;
            }
            self.value.text.clear();
            (self.value.object, self.value.known) = (parent, index);
            (self.value.span, self.value.nil) = (tag.span, element.said.nil);
            return Frame::Text;
        };
        if self.reference_element(parent, index, element) {
            return Frame::Reference;
        }
        if known.shape == Shape::Reference {
            self.make_way(parent, known);
        }
        if element.said.nil {
            let origin = Origin::Written(tag.span);
            let null = if known.many {
                Link::Member(Value::Null)
            } else {
                Link::One(Value::Null)
            };
            self.model.link(parent, known.field, null, origin);
            return Frame::Skipped;
        }
        if !known.declared.is_containment() {
            let message = format!("`{local}` is a reference and needs `href`");
            self.report(Code::WrongType, tag.name_span(), message);
            return Frame::Skipped;
        }
        let Some(class) = self.class_of(tag, element.said.class, target) else {
            self.model.mark_unread(parent, known.field.feature);
            return Frame::Skipped;
        };
        self.report_second(parent, known, tag.name_span());
        let part = self.object(class, element);
        let origin = Origin::Written(tag.span);
        let value = Value::Object(part);
        match known.declared.role {
            Role::Member(_) => self.model.add(parent, known.field.feature, value, origin),
            _ if known.many => self
                .model
                .adopt(parent, known.field, Link::Member(value), origin),
            _ => self
                .model
                .adopt(parent, known.field, Link::One(value), origin),
        }
        Frame::Object(part)
    }
}
