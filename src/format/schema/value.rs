//! Features in a schema: how many values, and which.

use serde_json::{Number, Value, json};

use super::slot::describe;
use super::{Definition, Schema};
use crate::metamodel::{
    ClassId, DataTypeId, EnumId, Feature, FeatureId, FeatureKind, Literal, Primitive, ValueType,
};

/// The data type of features whose values are entries of other features, in the order of the file.
const FEATURE_MAP: &str = "EFeatureMapEntry";

impl Schema<'_> {
    /// The value of a feature of a class.
    pub(super) fn feature(&mut self, class: ClassId, id: FeatureId) -> Value {
        let feature = self.metamodel.feature(id);
        let required = self.is_required(id);
        let mut made = match feature.kind {
            FeatureKind::Attribute {
                of: ValueType::Data(of),
                ..
            } if &*self.metamodel.data_type(of).name == FEATURE_MAP => self.feature_map(class),
            FeatureKind::Reference {
                containment: true,
                target,
                ..
            } if feature.is_many() => {
                let item = self.reference(Definition::Slot(Some(target)));
                bounded(json!({"type": ["array", "null"], "items": item}), feature)
            }
            FeatureKind::Reference {
                containment: true,
                target,
                ..
            } => self.reference(Definition::Slot(Some(target))),
            _ => {
                let one = self.single(feature, Place::Value);
                if feature.is_many() {
                    let item = self.single(feature, Place::Item);
                    let list = bounded(json!({"items": item}), feature);
                    json!({"if": {"type": "array"}, "then": list, "else": one})
                } else {
                    one
                }
            }
        };
        if required {
            require(&mut made);
        }
        describe(&mut made, feature.documentation.as_deref());
        if let Some(default) = self.default(feature) {
            made["default"] = default;
        }
        made
    }

    /// One value of an attribute or of a reference without parts.
    fn single(&mut self, feature: &Feature, place: Place) -> Value {
        match feature.kind {
            FeatureKind::Reference { target, .. } => self.reference(Definition::Reference(target)),
            FeatureKind::Attribute {
                of: ValueType::Enum(of),
                ..
            } => self.literals(of, feature.unsettable || place == Place::Item),
            FeatureKind::Attribute {
                of: ValueType::Data(of),
                ..
            } => self.data(of),
        }
    }

    /// The literals of an enum. `null` is one of them only where it means something: editors offer what is listed.
    fn literals(&self, of: EnumId, nullable: bool) -> Value {
        let mut all = Vec::new();
        for literal in &self.metamodel.enumeration(of).literals {
            all.push(json!(&*literal.literal));
            all.extend(plain(&literal.literal));
        }
        if nullable {
            all.push(Value::Null);
        }
        json!({"enum": all})
    }

    /// The values of a data type, with the other spellings that the reader takes for text.
    fn data(&self, of: DataTypeId) -> Value {
        match self.metamodel.data_type(of).primitive {
            Primitive::Boolean => json!({"type": ["boolean", "null"]}),
            Primitive::Integer { min, max } => {
                json!({"type": ["integer", "null"], "minimum": min, "maximum": max})
            }
            Primitive::BigInteger => spelt("integer", "^[+-]?[0-9]+$", "a whole number"),
            Primitive::BigDecimal => spelt(
                "number",
                "^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?$",
                "a number",
            ),
            Primitive::Float | Primitive::Double => {
                spelt("number", "^[+-]?(NaN|Infinity)$", "a number")
            }
            Primitive::Bytes => spelt("number", "^([0-9A-Fa-f]{2})*$", "hexadecimal bytes"),
            Primitive::String | Primitive::Char | Primitive::Date | Primitive::Opaque => {
                json!({"type": ["string", "number", "boolean", "null"]})
            }
        }
    }

    /// Entries of the other features of the class, each a mapping of one key.
    fn feature_map(&mut self, class: ClassId) -> Value {
        let metamodel = self.metamodel;
        let mut properties = serde_json::Map::new();
        for id in &metamodel.class(class).features {
            let feature = metamodel.feature(*id);
            let value = match feature.kind {
                FeatureKind::Attribute {
                    of: ValueType::Data(of),
                    ..
                } if &*metamodel.data_type(of).name == FEATURE_MAP => continue,
                FeatureKind::Reference {
                    containment: true,
                    target,
                    ..
                } => self.reference(Definition::Slot(Some(target))),
                _ => self.single(feature, Place::Item),
            };
            properties.insert(feature.name.to_string(), value);
        }
        // Text between elements.
        for key in ["text", "cdata", "comment"] {
            let text = json!({"type": ["string", "number", "boolean"]});
            properties.entry(key).or_insert(text);
        }
        let entry = json!({
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1,
        });
        json!({"type": ["array", "null"], "items": entry})
    }

    fn default(&self, feature: &Feature) -> Option<Value> {
        Some(match feature.default.as_ref()? {
            Literal::Boolean(b) => json!(b),
            Literal::Integer(n) => json!(n),
            Literal::Real(x) => Number::from_f64(*x).map_or_else(
                || json!(self.metamodel.show(&Literal::Real(*x))),
                Value::Number,
            ),
            other => json!(self.metamodel.show(other)),
        })
    }
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// After the key of its feature.
    Value,
    /// In a list.
    Item,
}

/// A number that may also be written as text of some form.
fn spelt(number: &str, pattern: &str, expected: &str) -> Value {
    json!({"type": [number, "string", "null"], "pattern": pattern, "patternErrorMessage": format!("{expected} is expected")})
}

/// How many members a list has.
fn bounded(mut list: Value, feature: &Feature) -> Value {
    if feature.lower > 0 && !feature.derived && feature.opposite().is_none() {
        list["minItems"] = json!(feature.lower);
    }
    if let Some(upper) = feature.upper {
        list["maxItems"] = json!(upper);
    }
    list
}

/// Refuses a key without a value.
fn require(schema: &mut Value) {
    if let Some(types) = schema.get_mut("type").and_then(Value::as_array_mut) {
        types.retain(|t| t != "null");
        if let [only] = &types[..] {
            schema["type"] = only.clone();
        }
    } else if schema.get("$ref").is_some() {
        *schema = json!({"allOf": [schema.take()], "not": {"type": "null"}});
    } else if schema.get("else").is_some() {
        schema["not"] = json!({"type": "null"});
    }
}

/// What a text is where it stands without quotes: a number or a truth value.
fn plain(text: &str) -> Option<Value> {
    match text {
        "true" | "True" | "TRUE" => return Some(json!(true)),
        "false" | "False" | "FALSE" => return Some(json!(false)),
        _ => {}
    }
    let number = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    if !number {
        return None;
    }
    if let Ok(n) = text.parse::<i64>() {
        return Some(json!(n));
    }
    text.parse()
        .ok()
        .and_then(Number::from_f64)
        .map(Value::Number)
}
