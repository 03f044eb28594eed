//! What a file consists of, whatever its texts say: the shape of its parts, and the texts among them.

use granit_parser::{Event, Parser, ScalarStyle};
use ruff_text_size::Ranged;
use serde_json::Value;

/// A part of a file: what it is, and its text where it is one.
pub type Part = (String, Option<String>);

/// The parts of a file, by the language that its name tells.
pub fn parts(path: &str, text: &str) -> Option<Vec<Part>> {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit('.').next()? {
        "py" => python(text),
        "yaml" | "yml" => yaml(text),
        "json" => {
            let mut found = Vec::new();
            walk(&serde_json::from_str(text).ok()?, &mut found);
            Some(found)
        }
        "toml" => {
            let mut found = Vec::new();
            let table: toml::Table = text.parse().ok()?;
            walk(&serde_json::to_value(table).ok()?, &mut found);
            Some(found)
        }
        "Dockerfile" => docker(text),
        _ => Some(lines(text)),
    }
}

fn shape(name: impl Into<String>) -> Part {
    (name.into(), None)
}

fn leaf(text: impl Into<String>) -> Part {
    ("text".to_owned(), Some(text.into()))
}

fn walk(value: &Value, found: &mut Vec<Part>) {
    match value {
        Value::String(text) => found.push(leaf(text)),
        Value::Array(items) => {
            found.push(shape(format!("list of {}", items.len())));
            for item in items {
                walk(item, found);
            }
        }
        Value::Object(map) => {
            found.push(shape(format!("mapping of {}", map.len())));
            for (key, value) in map {
                found.push(leaf(key));
                walk(value, found);
            }
        }
        Value::Null => found.push(shape("null")),
        Value::Bool(_) => found.push(shape("truth")),
        Value::Number(_) => found.push(shape("number")),
    }
}

/// The events of a parser, scalars as readers of YAML 1.1 and 1.2 take them.
fn yaml(text: &str) -> Option<Vec<Part>> {
    let mut found = Vec::new();
    for event in Parser::new_from_str(text) {
        match event.ok()?.0 {
            Event::Scalar(value, style, ..) => {
                let quoted = style != ScalarStyle::Plain;
                let read = || serde_yaml::from_str::<Value>(&value).ok();
                match read() {
                    _ if quoted => found.push(leaf(value.to_string())),
                    Some(Value::String(text)) => found.push(leaf(text)),
                    _ => found.push(shape("scalar")),
                }
            }
            Event::Comment(..) => {}
            other => {
                let name = format!("{other:?}");
                found.push(shape(name.split(['(', ' ']).next()?));
            }
        }
    }
    Some(found)
}

fn python(text: &str) -> Option<Vec<Part>> {
    let parsed = ruff_python_parser::parse_module(text).ok()?;
    let mut found = Vec::new();
    for token in parsed.tokens() {
        let kind = format!("{:?}", token.kind());
        let range = token.range();
        let written = &text[range.start().to_usize()..range.end().to_usize()];
        match kind.as_str() {
            "Comment" | "NonLogicalNewline" => {}
            "String" => found.push(leaf(string(written)?)),
            _ => found.push(shape(kind)),
        }
    }
    Some(found)
}

/// The value of a string of Python.
fn string(written: &str) -> Option<String> {
    let file = format!("x = {written}\n");
    let parsed = ruff_python_parser::parse_module(&file).ok()?.into_syntax();
    let value = &parsed.body.first()?.as_assign_stmt()?.value;
    if value.is_bytes_literal_expr() {
        return Some(written.to_owned());
    }
    Some(value.as_string_literal_expr()?.value.to_str().to_owned())
}

/// The instructions with their words, whose quotes are taken off.
fn docker(text: &str) -> Option<Vec<Part>> {
    let code: Vec<&str> = text
        .lines()
        .filter(|l| !l.trim_start().starts_with('#'))
        .collect();
    let joined = code.join("\n").replace("\\\n", " ");
    let mut found = Vec::new();
    for line in joined.lines().filter(|l| !l.trim().is_empty()) {
        let (word, mut rest) = line.split_once(' ')?;
        found.push(shape(word));
        if word == "HEALTHCHECK" {
            let (options, command) = rest.split_once("CMD ")?;
            found.extend(words(options)?.into_iter().map(leaf));
            rest = command;
        }
        match serde_json::from_str(rest.trim()) {
            Ok(array @ Value::Array(_)) => walk(&array, &mut found),
            _ => found.extend(words(rest)?.into_iter().map(leaf)),
        }
    }
    Some(found)
}

fn words(line: &str) -> Option<Vec<String>> {
    let (mut all, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') => word.push(chars.next()?),
            (None, ' ' | '\t') => all.push(std::mem::take(&mut word)),
            (_, c) => word.push(c),
        }
    }
    all.push(word);
    all.retain(|w| !w.is_empty());
    quote.is_none().then_some(all)
}

/// How many lines there are.
fn lines(text: &str) -> Vec<Part> {
    text.split('\n').map(|_| shape("line")).collect()
}

#[test]
fn a_text_that_becomes_something_else_changes_the_shape() {
    let differs = |path: &str, one: &str, other: &str| {
        let shapes = |text| {
            let parts = parts(path, text)?;
            Some(parts.into_iter().map(|p| p.0).collect::<Vec<_>>())
        };
        assert!(shapes(one).is_some(), "{one}");
        assert_ne!(shapes(one), shapes(other), "{other}");
    };
    differs("a.py", "x = 'a'\n", "x = 'a'; y = ''\n");
    differs("a.py", "x = 'a'\n", "x = a\n");
    differs("a.yaml", "x: a\n", "x: no\n");
    differs("a.yaml", "x: a\n", "x: a\ny: b\n");
    differs("a.json", "{\"x\": \"a\"}", "{\"x\": 1}");
    differs("a.toml", "x = 'a'\n", "x = 'a'\ny = 'b'\n");
    differs("Dockerfile", "FROM a\nRUN b\n", "FROM a\nRUN b c\n");
    differs("a.txt", "a\n", "a\nb\n");
}
