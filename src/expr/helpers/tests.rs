//! What can be said wrong about helpers, and what they compute.

use std::sync::Arc;

use super::{HelperDraft, Helpers};
use crate::diag::Diagnostic;
use crate::expr::fixture::{World, excerpt, world};
use crate::expr::{Context, Failure, Reads, Scope, Type, compile};
use crate::model::Value;

/// Name, parameters as `x: T, y: T`, type and expression.
type Row = (&'static str, &'static str, &'static str, &'static str);

fn draft((name, parameters, returns, value): &Row) -> HelperDraft {
    let pairs = parameters.split(", ").filter(|p| !p.is_empty());
    let pair = |p: &str| {
        let (name, ty) = p.split_once(": ").unwrap();
        (excerpt(name), excerpt(ty))
    };
    HelperDraft {
        name: excerpt(name),
        parameters: pairs.map(pair).collect(),
        returns: excerpt(returns),
        value: excerpt(value),
        packages: Arc::default(),
    }
}

fn helpers(world: &World, rows: &[Row]) -> (Arc<Helpers>, Vec<Diagnostic>) {
    let drafts: Vec<HelperDraft> = rows.iter().map(draft).collect();
    Helpers::default().with(&drafts, &world.metamodel)
}

fn described(found: &[Diagnostic]) -> Vec<String> {
    let describe = |d: &Diagnostic| {
        let hints: Vec<String> = d.hints.iter().map(|h| format!(" ({h})")).collect();
        format!("{}: {}{}", d.code.id(), d.message, hints.concat())
    };
    found.iter().map(describe).collect()
}

fn scope(world: &World, helpers: &Arc<Helpers>) -> (Scope, Vec<Value>) {
    let mut scope = Scope::with(helpers.clone());
    let mut values = Vec::new();
    for (name, class, object) in [
        ("l", "Library", world.library),
        ("b", "Book", world.book),
        ("n", "Book", world.bare),
    ] {
        scope.push(name, Type::parse(class, &world.metamodel).unwrap());
        values.push(Value::Object(object));
    }
    (scope, values)
}

fn evaluate(world: &World, rows: &[Row], text: &str) -> Result<(Value, String), Failure> {
    let (helpers, found) = helpers(world, rows);
    assert!(found.is_empty(), "{found:?}");
    let (scope, values) = scope(world, &helpers);
    let compiled = compile(&excerpt(text), &scope, &world.metamodel);
    let expression = compiled.unwrap_or_else(|found| panic!("{text}: {found:#?}"));
    let reads = Reads::default();
    let context = Context::new(&world.model, &reads);
    let value = expression.evaluate(&context, &values)?;
    Ok((value, expression.ty.display(&world.metamodel)))
}

const HELPERS: &[Row] = &[
    ("Named.label", "", "String", "'a ' + self.eClass().name"),
    ("Book.label", "", "String", "'book ' + self.short(2)"),
    ("Atlas.label", "", "String", "'atlas at ' + self.scale"),
    (
        "Book.short",
        "length: Integer",
        "String",
        "if self.name = null then '?' else self.name.first(length) endif",
    ),
    ("String.quoted", "", "String", "'<' + self + '>'"),
    (
        "twice",
        "x: Real, of: List(Book)",
        "Real",
        "let y = x in y * 2 + of->size()",
    ),
    (
        "Library.count",
        "depth: Integer",
        "Integer",
        "if depth = 0 then 0 else 1 + self.count(depth - 1) endif",
    ),
    ("Genre.isLong", "", "Boolean", "self = Genre::NOVEL"),
    (
        "Book.reachable",
        "",
        "List(Book)",
        "if self.next = null then [] else self.next.reachable()->prepend(self.next) endif",
    ),
];

#[test]
fn the_helper_of_the_most_specific_class_is_called() {
    let world = world();
    let text = |t: &str| Value::text(t);
    let list = |all: &[&str]| Value::List(all.iter().map(|t| Value::text(*t)).collect());
    for (expression, value, ty) in [
        ("b.label()", text("book Em"), "String"),
        ("b.next.label()", text("atlas at 0"), "String"),
        ("l.label()", text("a Library"), "String"),
        (
            "Book.all.label()",
            list(&["book Em", "atlas at 0", "book ?"]),
            "List(String)",
        ),
        (
            "l.contents().label()",
            list(&["a Shelf", "a Author"]),
            "List(String)",
        ),
        ("b.label().quoted()", text("<book Em>"), "String"),
        (
            "b.notes.quoted()",
            list(&["<good>", "<long>"]),
            "List(String)",
        ),
        (
            "b.notes->collect(s | s.quoted())->size()",
            Value::Integer(2),
            "Integer",
        ),
        ("twice(3, Book.all)", Value::Real(9.0), "Real"),
        ("let y = 5 in twice(y, []) + y", Value::Real(15.0), "Real"),
        ("l.count(40)", Value::Integer(40), "Integer"),
        ("b.genre.isLong()", Value::Boolean(false), "Boolean"),
        ("n.next.label()", Value::Null, "String"),
        ("n.next.genre.isLong()", Value::Boolean(false), "Boolean"),
        ("n.next.reachable()", Value::List(Vec::new()), "List(Book)"),
        ("b.reachable()->size()", Value::Integer(1), "Integer"),
    ] {
        let found = evaluate(&world, HELPERS, expression).unwrap();
        assert_eq!(found, (value, ty.to_owned()), "{expression}");
    }
}

#[test]
fn calls_that_do_not_fit_are_found() {
    let world = world();
    let (helpers, _) = helpers(&world, HELPERS);
    let (scope, _) = scope(&world, &helpers);
    for (text, wanted) in [
        (
            "b.lable()",
            "unknown-name: there is no operation `lable` (did you mean `label`?)",
        ),
        (
            "b.short('2')",
            "expression-type: `length` is `Integer`, this is `String`",
        ),
        (
            "b.short()",
            "expression-type: `Book.short(length: Integer): String` cannot take 0 arguments",
        ),
        (
            "l.short(1)",
            "expression-type: `Library` has no helper `short` (there is `Book.short(length: Integer): String`)",
        ),
        (
            "l.contents()->including(b).short(1)",
            "expression-type: `List(Shelf | Book | Author)` has no helper `short` (there is `Book.short(length: Integer): String`)",
        ),
        (
            "Book.all->label()",
            "expression-type: helpers are called with `.`: `.label(…)` (there is `Named.label(): String`)",
        ),
        (
            "label()",
            "unknown-name: there is no helper `label` that is called on nothing (it is called on a value: `Named.label(): String`)",
        ),
        (
            "twise(1, [])",
            "unknown-name: there is no helper `twise` that is called on nothing (did you mean `twice`?)",
        ),
        (
            "size(b.notes)",
            "unknown-name: there is no helper `size` that is called on nothing (operations are called on a value: `.size(): Integer`)",
        ),
        (
            "b.twice(1, [])",
            "expression-type: `twice` is called on nothing: `twice(…)` (there is `twice(x: Real, of: List(Book)): Real`)",
        ),
        ("twice(x | 1, [])", "expression-type: `x` is a value"),
    ] {
        let found = compile(&excerpt(text), &scope, &world.metamodel).unwrap_err();
        assert_eq!(described(&found), [wanted], "{text}");
    }
}

#[test]
fn helpers_that_do_not_fit_are_found() {
    let world = world();
    for (rows, wanted) in [
        (
            &[("Bok.label", "", "String", "''")][..],
            "unknown-class: there is no type `Bok` (did you mean `Book`?) (a class, an enum, String, Integer, Real or Boolean; `X[*]` is a list)",
        ),
        (
            &[
                ("Book.f", "", "Bok", "self"),
                ("Book.g", "", "Integer", "self.f().name.size()"),
            ],
            "unknown-class: there is no type `Bok` (did you mean `Book`?) (a class, an enum, String, Integer, Real or Boolean; `X[*]` is a list)",
        ),
        (
            &[("Book.f", "x: Strin", "String", "''")],
            "unknown-class: there is no type `Strin` (did you mean `String`?) (a class, an enum, String, Integer, Real or Boolean; `X[*]` is a list)",
        ),
        (
            &[("Book.f", "", "String", "self.pages")],
            "expression-type: `Book.f` gives `String`, this is `Integer`",
        ),
        (
            &[("Book.f", "", "String", "self.nme")],
            "unknown-feature: class `Book` has no feature `nme` (did you mean `name`?)",
        ),
        (
            &[("f", "", "String", "self")],
            "unknown-name: nothing here is called `self`",
        ),
        (
            &[("Book.f", "", "Real", "1"), ("Book.f", "", "Real", "2")],
            "rule-syntax: two helpers are called `Book.f`",
        ),
        (
            &[("Book.container", "", "Real", "1")],
            "rule-syntax: there is an operation `container` already (it is `container(Class): Class`)",
        ),
        (
            &[("Book.if", "", "Real", "1")],
            "rule-syntax: `if` cannot be called in an expression (a name has letters, digits and `_`, and is no word of the language)",
        ),
        (
            &[("f", "x: Real, x: Real", "Real", "1")],
            "rule-syntax: there is a `x` already",
        ),
        (
            &[("Book[*].f", "", "Real", "1")],
            "rule-syntax: a helper is called on one value of one type, not on `List(Book)` (make it a parameter)",
        ),
        (
            &[
                ("Named.f", "", "Integer", "1"),
                ("Book.f", "", "Real", "2.5"),
            ],
            "expression-type: `Book.f(): Real` does not fit `Named.f(): Integer`, which it replaces",
        ),
        (
            &[
                ("Atlas.f", "x: Real", "Real", "x"),
                ("Book.f", "", "Real", "2.5"),
            ],
            "expression-type: `Atlas.f(x: Real): Real` does not fit `Book.f(): Real`, which it replaces",
        ),
    ] {
        let (_, found) = helpers(&world, rows);
        assert_eq!(described(&found), [wanted]);
    }
}

#[test]
fn endless_calls_end_at_their_place() {
    let world = world();
    let rows: &[Row] = &[
        ("Book.ping", "", "Integer", "self.pong() + 1"),
        ("Book.pong", "", "Integer", "self.ping() + 1"),
        ("f", "n: Integer", "Integer", "f(n - 1) + f(n - 1)"),
        (
            "fib",
            "n: Integer",
            "Integer",
            "if n < 2 then n else fib(n - 1) + fib(n - 2) endif",
        ),
        (
            "wide",
            "n: Integer",
            "Integer",
            "[1, 2]->collect(i | if n = 0 then 1 else wide(n - 1) endif)->sum()",
        ),
        (
            "deep",
            "",
            "Integer",
            "[1]->collect(i | [deep()]->first())->max()",
        ),
    ];
    for (text, message) in [
        (
            "b.ping()",
            "`Book.pong` calls itself, or others, more than 400 levels deep",
        ),
        (
            "f(1)",
            "`f` calls itself, or others, more than 400 levels deep",
        ),
        (
            "deep()",
            "`deep` calls itself, or others, more than 400 levels deep",
        ),
        ("fib(40)", "this takes more than 10000160 steps"),
        ("wide(40)", "this takes more than 10000160 steps"),
    ] {
        let failure = evaluate(&world, rows, text).unwrap_err();
        assert_eq!(failure.message, message, "{text}");
        assert!(failure.called.is_some());
        let finding = failure.diagnostic();
        assert_eq!(finding.related.len(), 1);
    }
    assert_eq!(
        evaluate(&world, rows, "fib(12)").unwrap().0,
        Value::Integer(144)
    );
}

#[test]
fn what_a_helper_reads_is_recorded_and_its_variables_are_its_own() {
    let world = world();
    let (helpers, _) = helpers(&world, HELPERS);
    let (scope, values) = scope(&world, &helpers);
    let compiled = compile(&excerpt("b.label()"), &scope, &world.metamodel).unwrap();
    let reads = Reads::default();
    let context = Context::new(&world.model, &reads);
    compiled.evaluate(&context, &values).unwrap();
    let read = reads.take().into_iter();
    let names: Vec<String> = read
        .map(|(_, f)| world.metamodel.feature(f).name.to_string())
        .collect();
    assert_eq!(names, ["name"]);
    assert_eq!(reads.take_variables().into_iter().collect::<Vec<_>>(), [1]);
}

#[test]
fn helpers_may_be_added_to_others() {
    let world = world();
    let (shared, _) = helpers(&world, HELPERS);
    let own = draft(&("Novel.label", "", "String", "'novel ' + self.short(1)"));
    let (all, found) = shared.with(&[own], &world.metamodel);
    assert!(found.is_empty());
    let (scope, values) = scope(&world, &all);
    let compiled = compile(&excerpt("b.label()"), &scope, &world.metamodel).unwrap();
    let reads = Reads::default();
    let context = Context::new(&world.model, &reads);
    let value = compiled.evaluate(&context, &values).unwrap();
    assert_eq!(value, Value::text("novel E"));
    assert_eq!(shared.iter().count() + 1, all.iter().count());
}
