//! Features in a schema: how many values, and which.

use serde_json::{Number, Value, json};

use super::slot::describe;
use super::{Definition, Schema};
use crate::format::shared;
use crate::metamodel::{
    DataTypeId, EnumId, Feature, FeatureId, FeatureKind, Literal, Primitive, Role, ValueType,
    XML_TYPE_URI,
};

impl Schema<'_> {
    /// The value of a feature.
    pub(super) fn feature(&mut self, id: FeatureId) -> Value {
        let feature = self.metamodel.feature(id);
        let required = self.is_required(id);
        let mut made = match feature.kind {
            _ if feature.role == Role::Map => {
                let entry = self.reference(Definition::Entry(id));
                one_or_more(&entry, |list| list)
            }
            FeatureKind::Reference {
                containment: true,
                target,
                ..
            } => {
                let part = self.reference(Definition::Part(target));
                match feature.role {
                    _ if !feature.is_many() => part,
                    Role::Member(_) => one_or_more(&part, |list| bounded(list, feature)),
                    _ => bounded(json!({"type": ["array", "null"], "items": part}), feature),
                }
            }
            _ => {
                let one = self.single(feature);
                if feature.is_many() {
                    one_or_more(&one, |list| bounded(list, feature))
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
    fn single(&mut self, feature: &Feature) -> Value {
        match feature.kind {
            FeatureKind::Reference { target, .. } => self.reference(Definition::Reference(target)),
            FeatureKind::Attribute {
                of: ValueType::Enum(of),
                ..
            } => self.literals(of),
            FeatureKind::Attribute {
                of: ValueType::Data(of),
                ..
            } => self.data(of),
        }
    }

    /// The literals of an enum, and nothing.
    fn literals(&self, of: EnumId) -> Value {
        let mut all = Vec::new();
        for literal in &self.metamodel.enumeration(of).literals {
            all.push(json!(&*literal.literal));
            all.extend(plain(&literal.literal));
        }
        all.push(Value::Null);
        json!({"enum": all})
    }

    /// The values of a data type, with the other spellings that the reader takes for text.
    fn data(&self, of: DataTypeId) -> Value {
        let declared = self.metamodel.data_type(of);
        let xml = &*self.metamodel.package(declared.package).ns_uri == XML_TYPE_URI;
        match declared.primitive {
            Primitive::Boolean if xml => json!({"enum": [true, false, 0, 1, null]}),
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
                let pattern = if xml {
                    "^[+-]?(NaN|Infinity)$|^-?INF$"
                } else {
                    "^[+-]?(NaN|Infinity)$"
                };
                spelt("number", pattern, "a number")
            }
            Primitive::Bytes => spelt("number", "^([0-9A-Fa-f]{2})*$", "hexadecimal bytes"),
            Primitive::Char => {
                let mut one = spelt("integer", "^([\\s\\S]|[0-9]{1,5})$", "one character");
                (one["minimum"], one["maximum"]) = (json!(0), json!(u16::MAX));
                one
            }
            Primitive::String | Primitive::Date | Primitive::Opaque => {
                json!({"type": ["string", "number", "boolean", "null"]})
            }
        }
    }

    /// An entry of a feature map: a mapping of one of the features that belong to the map.
    pub(super) fn entry(&mut self, map: FeatureId) -> Value {
        let metamodel = self.metamodel;
        let mut properties = serde_json::Map::new();
        for id in &metamodel.class(metamodel.feature(map).owner).features {
            let feature = metamodel.feature(*id);
            if feature.role == Role::Member(map) && shared::unwritable(metamodel, *id).is_none() {
                properties.insert(feature.name.to_string(), self.feature(*id));
            }
        }
        json!({
            "type": ["object", "null"],
            "properties": properties,
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1,
        })
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

/// A value, or a list of such.
fn one_or_more(one: &Value, bounded: impl FnOnce(Value) -> Value) -> Value {
    let list = bounded(json!({"items": one}));
    json!({"if": {"type": "array"}, "then": list, "else": one})
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
    } else if let Some(literals) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        literals.retain(|l| !l.is_null());
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
