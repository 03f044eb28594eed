//! Attributes: which values go there, and how they are printed.

use std::io;

use super::Writer;
use crate::metamodel::{
    Feature, FeatureId, FeatureKind, Literal, Primitive, Role, ValueType, push_double,
};
use crate::model::{ObjectId, Proxy, SlotValue, Value, is_default};

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Nothing,
    Attribute,
    Elements,
}

impl<'m> Writer<'m, '_> {
    /// Writes a value that prints by itself as an attribute.
    pub(super) fn plain(&mut self, feature: FeatureId, value: SlotValue<'m>) -> io::Result<()> {
        self.out.begin(self.ways.opening(feature));
        match value {
            SlotValue::Integer(number) => {
                self.out.end_plain_value(itoa::Buffer::new().format(number));
                Ok(())
            }
            SlotValue::Real(x) if x.is_finite() => {
                self.scratch.clear();
                push_double(x, &mut self.scratch);
                self.out.end_plain_value(&self.scratch);
                Ok(())
            }
            SlotValue::Text(text) => self.out.end_value(text),
            SlotValue::Boolean(is) => self.out.end_value(if is { "true" } else { "false" }),
            SlotValue::Enum(id, literal) => {
                let literals = &self.model.metamodel().enumeration(id).literals;
                self.out.end_value(&literals[literal as usize].literal)
            }
            other => {
                let declared = self.model.metamodel().feature(feature);
                let text = self.print(declared, &other.to_value());
                self.out.end_value(&text)
            }
        }
    }

    /// Writes references to objects of the document as an attribute.
    pub(super) fn targets(&mut self, feature: FeatureId, targets: &[ObjectId]) -> io::Result<()> {
        if !self.plan.names_are_plain {
            let declared = self.model.metamodel().feature(feature);
            return self.attribute(declared, SlotValue::Objects(targets));
        }
        let out = self.out.begin(self.ways.opening(feature));
        for (number, target) in targets.iter().enumerate() {
            if number > 0 {
                out.push(' ');
            }
            match self.model.id(*target) {
                Some(id) => out.push_str(id),
                None => self
                    .fragments
                    .write_place_near(*target, &mut self.last, out),
            }
        }
        self.out.end_plain();
        Ok(())
    }

    pub(super) fn shape(&self, declared: &Feature, value: SlotValue<'_>) -> Shape {
        if !declared.is_saved() {
            return Shape::Nothing;
        }
        match &declared.kind {
            _ if declared.role == Role::Map || declared.is_containment() => Shape::Elements,
            FeatureKind::Reference { opposite, .. } => {
                let container =
                    opposite.is_some_and(|o| self.model.metamodel().feature(o).is_containment());
                if container {
                    return Shape::Nothing;
                }
                let elsewhere = |v: &Value| !matches!(v, Value::Object(_));
                match value {
                    SlotValue::Null if declared.unsettable => Shape::Elements,
                    SlotValue::Null | SlotValue::Objects([]) | SlotValue::Values([]) => {
                        Shape::Nothing
                    }
                    _ if self.layout.encodes_references() => Shape::Attribute,
                    SlotValue::Proxy(_) => Shape::Elements,
                    SlotValue::Values(values) if values.iter().any(elsewhere) => Shape::Elements,
                    _ => Shape::Attribute,
                }
            }
            FeatureKind::Attribute { of, .. } => self.attribute_shape(declared, *of, value),
        }
    }

    fn attribute_shape(&self, declared: &Feature, of: ValueType, value: SlotValue<'_>) -> Shape {
        if let ValueType::Data(id) = of
            && !self.model.metamodel().data_type(id).serializable
        {
            return Shape::Nothing;
        }
        if declared.is_many() {
            return Shape::Elements;
        }
        if matches!(value, SlotValue::Null) {
            return if declared.unsettable {
                Shape::Elements
            } else {
                Shape::Nothing
            };
        }
        if !declared.unsettable && is_default(declared, value) {
            return Shape::Nothing;
        }
        Shape::Attribute
    }

    pub(super) fn attribute(&mut self, declared: &Feature, value: SlotValue<'_>) -> io::Result<()> {
        match value {
            SlotValue::Text(text) if !self.is_rewritten(declared) => {
                self.out.attribute(&declared.name, text)
            }
            SlotValue::Objects(targets) => {
                let mut all = std::mem::take(&mut self.scratch);
                all.clear();
                for (number, target) in targets.iter().enumerate() {
                    if number > 0 {
                        all.push(' ');
                    }
                    self.push_reference(*target, &mut all);
                }
                self.out.attribute(&declared.name, &all)?;
                self.scratch = all;
                Ok(())
            }
            SlotValue::Object(target) => {
                let mut one = std::mem::take(&mut self.scratch);
                one.clear();
                self.push_reference(target, &mut one);
                self.out.attribute(&declared.name, &one)?;
                self.scratch = one;
                Ok(())
            }
            SlotValue::Proxy(proxy) => {
                let text = self.encoded(declared, proxy);
                self.out.attribute(&declared.name, &text)
            }
            SlotValue::Values(values) => {
                let words: Vec<String> = values
                    .iter()
                    .map(|value| match value {
                        Value::Proxy(proxy) => self.encoded(declared, proxy),
                        Value::Object(target) => {
                            let mut one = String::new();
                            self.push_reference(*target, &mut one);
                            one
                        }
                        _ => String::new(),
                    })
                    .collect();
                self.out.attribute(&declared.name, &words.join(" "))
            }
            other => {
                let text = self.print(declared, &other.to_value());
                self.out.attribute(&declared.name, &text)
            }
        }
    }

    /// Whether files have another text for a value than the model.
    fn is_rewritten(&self, declared: &Feature) -> bool {
        let Some(ValueType::Data(id)) = declared.value_type() else {
            return false;
        };
        let primitive = self.model.metamodel().data_type(id).primitive;
        matches!(primitive, Primitive::Char | Primitive::Date)
    }

    fn push_reference(&self, target: ObjectId, out: &mut String) {
        if self.layout.encodes_references() {
            out.push('#');
        }
        self.fragments.write(target, out);
    }

    /// A reference to another file in an attribute, which only Ecore's form has.
    fn encoded(&self, declared: &Feature, proxy: &Proxy) -> String {
        let class = proxy.class.or(declared.target());
        match class.filter(|c| self.plan.needs_type(declared, *c)) {
            Some(class) => format!("{} {}", self.plan.qualified(class), proxy.uri),
            None => proxy.uri.to_string(),
        }
    }

    pub(super) fn print(&self, declared: &Feature, value: &Value) -> String {
        let literal: Option<Literal> = value.into();
        match (literal, declared.value_type()) {
            (Some(literal), Some(of)) => self.model.metamodel().print(of, &literal),
            _ => String::new(),
        }
    }
}
