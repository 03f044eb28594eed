//! Whole expressions: text in, value and type or findings out.

mod failures;
mod operations;
mod plans;
mod reads;
mod texts;
mod typing;
mod values;

use super::fixture::{World, excerpt, world};
use std::collections::BTreeSet;

use super::{Context, Expression, Failure, Reads, Scope, Slot, Type, compile, print};
use crate::diag::Diagnostic;
use crate::metamodel::ClassId;
use crate::model::{ObjectId, Value};

/// The variables of all tests: `l` a library, `b` a book with everything, `n` a book with nothing.
fn scope(world: &World) -> (Scope, Vec<Value>) {
    let class = |name: &str| Type::parse(name, &world.metamodel).unwrap();
    let mut scope = Scope::default();
    let variables = [
        ("l", class("Library"), world.library),
        ("b", class("Book"), world.book),
        ("n", class("Book"), world.bare),
    ];
    let mut values = Vec::new();
    for (name, ty, object) in variables {
        scope.push(name, ty);
        values.push(Value::Object(object));
    }
    (scope, values)
}

fn evaluate(world: &World, text: &str) -> Result<(String, String), Failure> {
    let (scope, values) = scope(world);
    let compiled = compile(&excerpt(text), &scope, &world.metamodel);
    let expression = compiled.unwrap_or_else(|found| panic!("{text}: {found:#?}"));
    let (value, read) = evaluated(world, &expression, &values);
    let tree = Expression {
        code: expression.root.clone(),
        ..expression.clone()
    };
    let (by_tree, read_by_tree) = evaluated(world, &tree, &values);
    let value = value?;
    assert_eq!(Ok(&value), by_tree.as_ref(), "{text}: as a tree");
    assert_eq!(read, read_by_tree, "{text}: what is read");
    let reads = Reads::off();
    let unread = expression.evaluate(&Context::new(&world.model, &reads), &values);
    assert_eq!(
        Ok(&value),
        unread.as_ref(),
        "{text}: if nobody asks what is read"
    );
    let ty = expression.ty.display(&world.metamodel);
    Ok((show(world, &value), ty))
}

/// What an evaluation has read: slots, extents and variables.
type Read = (Vec<Slot>, BTreeSet<ClassId>, BTreeSet<usize>);

fn evaluated(
    world: &World,
    expression: &Expression,
    values: &[Value],
) -> (Result<Value, Failure>, Read) {
    let reads = Reads::default();
    let value = expression.evaluate(&Context::new(&world.model, &reads), values);
    let read = (reads.take(), reads.take_extents(), reads.take_variables());
    (value, read)
}

fn show(world: &World, value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Object(object) => show_object(world, *object),
        Value::List(members) => {
            let members: Vec<String> = members.iter().map(|m| show(world, m)).collect();
            format!("[{}]", members.join(", "))
        }
        scalar => print(scalar, &world.metamodel).unwrap(),
    }
}

fn show_object(world: &World, object: ObjectId) -> String {
    let name = world.model.key(object).map(|k| k.to_string());
    name.unwrap_or_else(|| world.model.class_name(object).to_owned())
}

/// Asserts values and types: `expression`, `value`, `type`.
fn assert_values(rows: &[(&str, &str, &str)]) {
    let world = world();
    for (text, value, ty) in rows {
        let found = evaluate(&world, text).unwrap_or_else(|f| panic!("{text}: {f:?}"));
        assert_eq!((&*found.0, &*found.1), (*value, *ty), "{text}");
    }
}

fn findings(text: &str) -> Vec<Diagnostic> {
    let world = world();
    let (scope, _) = scope(&world);
    match compile(&excerpt(text), &scope, &world.metamodel) {
        Ok(expression) => panic!("{text} is `{}`", expression.ty.display(&world.metamodel)),
        Err(found) => found,
    }
}

/// What is odd about an expression that can be evaluated.
fn oddities(text: &str) -> Vec<String> {
    let world = world();
    let (scope, _) = scope(&world);
    let compiled = compile(&excerpt(text), &scope, &world.metamodel);
    describe(text, compiled.unwrap().warnings)
}

/// Code, underlined text, message and hints of each finding.
fn described(text: &str) -> Vec<String> {
    describe(text, findings(text))
}

fn describe(text: &str, found: Vec<Diagnostic>) -> Vec<String> {
    let describe = |d: Diagnostic| {
        let span = d.primary.as_ref().unwrap().span;
        let what = format!("{} `{}`: {}", d.code.id(), &text[span.range()], d.message);
        let hints = d.hints.iter().map(|h| format!("({h})"));
        let all: Vec<String> = [what].into_iter().chain(hints).collect();
        all.join(" ")
    };
    found.into_iter().map(describe).collect()
}
