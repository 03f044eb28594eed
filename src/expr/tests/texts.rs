//! Text with expressions in it.

use super::super::fixture::{excerpt, world};
use super::super::{Context, Reads, Text, compile_text};
use super::scope;
use crate::diag::{Excerpt, FileId, Span};

fn compiled(text: &str) -> Result<Text, Vec<String>> {
    let world = world();
    let (scope, _) = scope(&world);
    let found = compile_text(&excerpt(text), &scope, &world.metamodel);
    found.map_err(|all| {
        let place = |d: &crate::diag::Diagnostic| &text[d.primary.as_ref().unwrap().span.range()];
        all.iter()
            .map(|d| format!("`{}`: {}", place(d), d.message))
            .collect()
    })
}

fn printed(text: &str) -> Result<String, String> {
    let world = world();
    let (_, values) = scope(&world);
    let reads = Reads::default();
    let context = Context::new(&world.model, &reads);
    let text = compiled(text).unwrap();
    text.evaluate(&context, &values)
        .map_err(|f| f.message.clone())
}

#[test]
fn values_are_printed_into_text() {
    let text = "${b.name}: ${b.pages}, ${b.price}, ${b.bound}, ${b.genre} $${x} ${'{' + '}'}";
    assert_eq!(
        printed(text).unwrap(),
        "Emma: 474, 0.2, true, essay ${x} {}"
    );
    assert_eq!(printed("plain").unwrap(), "plain");
    assert_eq!(printed("").unwrap(), "");
}

#[test]
fn null_lists_and_objects_have_no_text() {
    let wrong = |text| printed(text).unwrap_err();
    assert_eq!(wrong("a ${n.name}"), "`n.name` is null, which has no text");
    assert_eq!(
        wrong("${b.notes}"),
        "`b.notes` is a list, which has no text"
    );
    assert_eq!(wrong("${ b }"), "`b` is an object, which has no text");
    assert_eq!(
        compiled("a ${b.notes}").unwrap_err(),
        ["`b.notes`: `List(String)` cannot stand in text"]
    );
}

#[test]
fn a_single_expression_is_told_from_text() {
    assert!(compiled("${b.notes}").unwrap().single().is_some());
    assert!(compiled(" ${b.name}").unwrap().single().is_none());
    assert!(compiled("$${b}").unwrap().is_literal());
    assert_eq!(compiled("a $${b}").unwrap().literal().unwrap(), "a ${b}");
    assert_eq!(compiled("a ${b.name}").unwrap().literal(), None);
    assert!(compiled("").unwrap().is_literal());
}

#[test]
fn all_findings_of_a_text_are_located() {
    assert_eq!(
        compiled("x ${b.nme} ${} ${1 +} ${").unwrap_err(),
        [
            "`nme`: class `Book` has no feature `nme`",
            "``: an expression is missing",
            "`+`: an expression is missing after `+`",
            "`${`: this `${` is never closed",
        ]
    );
}

#[test]
fn a_failure_points_through_escapes_into_the_file() {
    let world = world();
    let (scope, values) = scope(&world);
    let text = "a ${n.name}";
    let offsets = (0..=u32::try_from(text.len()).unwrap()).map(|i| 50 + 2 * i);
    let span = Span::new(FileId(1), 50, 72);
    let excerpt = Excerpt::mapped(text, span, offsets.collect());
    let text = compile_text(&excerpt, &scope, &world.metamodel).unwrap();
    let reads = Reads::default();
    let context = Context::new(&world.model, &reads);
    let failure = text.evaluate(&context, &values).unwrap_err();
    assert_eq!(failure.span, Span::new(FileId(1), 58, 70));
}
