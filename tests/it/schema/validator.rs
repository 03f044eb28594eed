//! As much of a validator of JSON Schema as our schemas need.

use serde_json::Value;

/// What is wrong with a value, by the keywords that our schemas use. The path says where.
pub(super) fn problems(root: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let within = |s: &Value| problems(root, s, value, path);
    for (keyword, wanted) in schema.as_object().unwrap() {
        let all = || wanted.as_array().unwrap().iter();
        let mut fits = true;
        match keyword.as_str() {
            "$ref" => {
                let pointer = wanted.as_str().unwrap().trim_start_matches('#');
                let target = root.pointer(pointer);
                return within(target.unwrap_or_else(|| panic!("no {pointer}")));
            }
            "items" => {
                for (i, item) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(problems(root, wanted, item, &format!("{path}/{i}")));
                }
            }
            "properties" => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    let schema = wanted.get(key).unwrap_or(&Value::Bool(true));
                    if schema.is_object() {
                        found.extend(problems(root, schema, value, &format!("{path}/{key}")));
                    }
                }
            }
            "additionalProperties" => {
                let entries = value.as_object().into_iter().flatten();
                for (key, value) in entries.filter(|(k, _)| schema["properties"].get(k).is_none()) {
                    let path = format!("{path}/{key}");
                    if wanted.is_object() {
                        found.extend(problems(root, wanted, value, &path));
                    } else if !wanted.as_bool().unwrap() {
                        found.push(format!("{path}: no such key"));
                    }
                }
            }
            "allOf" => found.extend(all().flat_map(within)),
            "anyOf" => fits = all().any(|s| within(s).is_empty()),
            "not" => fits = !within(wanted).is_empty(),
            "if" => {
                let holds = within(wanted).is_empty();
                let branch = schema.get(if holds { "then" } else { "else" });
                found.extend(branch.into_iter().flat_map(within));
            }
            "then"
            | "else"
            | "title"
            | "description"
            | "default"
            | "definitions"
            | "$schema"
            | "$comment"
            | "doNotSuggest"
            | "patternErrorMessage" => {}
            other => fits = simple(other, wanted, value),
        }
        if !fits {
            found.push(format!("{path}: {keyword} {wanted}"));
        }
    }
    found
}

/// Whether a value is as a keyword without schemas of its own wants it.
fn simple(keyword: &str, wanted: &Value, value: &Value) -> bool {
    let count = value.as_array().map(|a| a.len() as u64);
    let bound = wanted.as_u64().unwrap_or_default();
    let names = |all: &Vec<Value>| all.iter().map(|k| k.as_str().unwrap().to_owned()).collect();
    let list: Vec<String> = match wanted {
        Value::Array(all) if keyword != "enum" => names(all),
        Value::String(one) => vec![one.clone()],
        _ => Vec::new(),
    };
    match keyword {
        "type" => list.iter().any(|kind| is(value, kind)),
        "enum" => wanted.as_array().unwrap().contains(value),
        "const" => value == wanted,
        "minimum" => !value.is_number() || value.as_f64() >= wanted.as_f64(),
        "maximum" => !value.is_number() || value.as_f64() <= wanted.as_f64(),
        "minItems" => count.is_none_or(|n| n >= bound),
        "maxItems" => count.is_none_or(|n| n <= bound),
        "minProperties" => value.as_object().is_none_or(|o| o.len() as u64 >= bound),
        "maxProperties" => value.as_object().is_none_or(|o| o.len() as u64 <= bound),
        "required" => value
            .as_object()
            .is_none_or(|o| list.iter().all(|key| o.contains_key(key))),
        "pattern" => {
            let pattern = regex_lite::Regex::new(&list[0]).unwrap();
            value.as_str().is_none_or(|text| pattern.is_match(text))
        }
        other => panic!("the schema has a keyword that this test does not know: {other}"),
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.as_f64().is_some_and(|x| x.fract() == 0.0),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type {other}"),
    }
}
