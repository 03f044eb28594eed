//! Evaluations without a value.

use super::super::fixture::{excerpt, world};
use super::super::parser::MAX_DEPTH;
use super::super::{Context, Reads, compile};
use super::{evaluate, findings, scope};

fn assert_failures(rows: &[(&str, &str, &str)]) {
    let world = world();
    for (text, place, message) in rows {
        let failure = evaluate(&world, text).unwrap_err();
        let found = (&text[failure.span.range()], &*failure.message);
        assert_eq!(found, (*place, *message), "{text}");
        assert_eq!(failure.diagnostic().code.id(), "expression-failure");
    }
}

#[test]
fn arithmetic_that_has_no_result_fails_at_its_place() {
    assert_failures(&[
        ("1 + 2 div 0", "2 div 0", "division by zero"),
        ("1 / 0", "1 / 0", "division by zero"),
        ("1 mod 0", "1 mod 0", "division by zero"),
        (
            "9223372036854775807 + 1",
            "9223372036854775807 + 1",
            "the result is too large for a number",
        ),
        (
            "9223372036854775807 * 2",
            "9223372036854775807 * 2",
            "the result is too large for a number",
        ),
        (
            "(-9223372036854775807 - 1) div -1",
            "(-9223372036854775807 - 1) div -1",
            "the result is too large for a number",
        ),
        (
            "-(-9223372036854775807 - 1)",
            "(-9223372036854775807 - 1)",
            "the result is too large for a number",
        ),
        (
            "(-9223372036854775807 - 1).abs()",
            "(-9223372036854775807 - 1).abs()",
            "the result is too large for a number",
        ),
        (
            "1e300 * 1e300",
            "1e300 * 1e300",
            "the result is too large for a number",
        ),
        (
            "1e300.floor()",
            "1e300.floor()",
            "the result is too large for a number",
        ),
        (
            "[9223372036854775807, 1]->sum()",
            "[9223372036854775807, 1]->sum()",
            "the result is too large for a number",
        ),
    ]);
}

#[test]
fn null_where_a_value_is_needed_fails_at_its_place() {
    assert_failures(&[
        (
            "1 + n.pages",
            "n.pages",
            "`n.pages` is null: `+` needs a value",
        ),
        (
            "n.pages > 1",
            "n.pages",
            "`n.pages` is null: `>` needs a value",
        ),
        (
            "'a' + n.name",
            "n.name",
            "`n.name` is null: `+` needs a value",
        ),
        (
            "-n.pages",
            "n.pages",
            "`n.pages` is null where a number is needed",
        ),
        (
            "n.pages.abs()",
            "n.pages",
            "`n.pages` is null: `abs` needs a value",
        ),
        (
            "n.pages.toString()",
            "n.pages",
            "`n.pages` is null: `toString` needs a value",
        ),
        (
            "1.max(n.pages)",
            "n.pages",
            "`n.pages` is null: `max` needs a value",
        ),
        (
            "'a'.concat(n.name)",
            "n.name",
            "`n.name` is null: `concat` needs a value",
        ),
        (
            "[1, null]->sum()",
            "[1, null]->sum()",
            "a member is null: `sum` needs values",
        ),
        (
            "['a', null]->join(',')",
            "['a', null]->join(',')",
            "a member is null: `join` needs values",
        ),
    ]);
}

#[test]
fn bad_arguments_fail_at_their_place() {
    assert_failures(&[
        (
            "[1, 2]->at(3)",
            "3",
            "there is no position 3 in a list of 2",
        ),
        (
            "[1, 2]->at(0)",
            "0",
            "there is no position 0 in a list of 2",
        ),
        (
            "[1]->at(-9223372036854775807 - 1)",
            "-9223372036854775807 - 1",
            "there is no position -9223372036854775808 in a list of 1",
        ),
        (
            "'abc'.substring(0, 2)",
            "'abc'.substring(0, 2)",
            "there are no characters 0 to 2 in a text of 3",
        ),
        (
            "'abc'.substring(3, 1)",
            "'abc'.substring(3, 1)",
            "there are no characters 3 to 1 in a text of 3",
        ),
        (
            "'abc'.substring(1, 4)",
            "'abc'.substring(1, 4)",
            "there are no characters 1 to 4 in a text of 3",
        ),
        (
            "'abc'.substring(9223372036854775807, -9223372036854775807)",
            "'abc'.substring(9223372036854775807, -9223372036854775807)",
            "there are no characters 9223372036854775807 to -9223372036854775807 in a text of 3",
        ),
        (
            "'1x'.toInteger()",
            "'1x'.toInteger()",
            "`1x` is no whole number",
        ),
        ("'inf'.toReal()", "'inf'.toReal()", "`inf` is no number"),
        (
            "'a'.split('')",
            "''",
            "the separator is empty: `characters()` gives single characters",
        ),
        ("'a'.replace('', 'b')", "''", "the text to replace is empty"),
        (
            "'a'.matches('(' + '')",
            "'(' + ''",
            "this is no regular expression: found open group without closing ')'",
        ),
        (
            "[1]->subSequence(1, 2)",
            "[1]->subSequence(1, 2)",
            "there are no positions 1 to 2 in a list of 1",
        ),
        (
            "[1]->subSequence(0, 1)",
            "[1]->subSequence(0, 1)",
            "there are no positions 0 to 1 in a list of 1",
        ),
        (
            "[1]->insertAt(3, 2)",
            "3",
            "nothing can be put at position 3 of a list of 1",
        ),
        ("[1]->drop(-1)", "-1", "-1 is no number of members"),
        ("'a'.first(-1)", "-1", "-1 is no number of characters"),
        ("'a'.at(2)", "2", "there is no position 2 in a text of 1"),
        (
            "'yes'.toBoolean()",
            "'yes'.toBoolean()",
            "`yes` is neither true nor false",
        ),
        (
            "'a'.substitute('', 'b')",
            "''",
            "the text to replace is empty",
        ),
        (
            "[1..n.pages]",
            "n.pages",
            "`n.pages` is null where a number is needed",
        ),
        (
            "b.asType(Atlas)",
            "b.asType(Atlas)",
            "`/City/shelves[A]/books[Emma]` is a `Novel`, not a `Atlas`",
        ),
    ]);
}

#[test]
fn evaluations_that_grow_without_end_fail() {
    let world = world();
    let doubled = "let a = 'abcdefgh' in ".to_owned() + &"let a = a + a in ".repeat(60) + "a";
    let lists = "let a = [1, 2] in ".to_owned() + &"let a = a->union(a) in ".repeat(60) + "a";
    let nested = "let a = [1, 2] in ".to_owned() + &"let a = [a, a] in ".repeat(60) + "1";
    let counted = "let a = [1,2,3,4,5,6,7,8,9,10] in ".to_owned()
        + &"a->collect(x | ".repeat(9)
        + "a"
        + &")".repeat(9);
    let endless = "[1]->closure(x | x + 1)".to_owned();
    let replaced = "let a = 'aaaaaaaa' in ".to_owned()
        + &"let a = a.replace('a', 'aaaaaaaa') in ".repeat(30)
        + "a";
    let range = "[-9223372036854775807..9223372036854775807]".to_owned();
    let more = "[1..100000]->collect(x | [1..100000])".to_owned();
    for text in [
        doubled, lists, nested, counted, endless, replaced, range, more,
    ] {
        let failure = evaluate(&world, &text).unwrap_err();
        assert!(
            failure.message.starts_with("this takes more than 10000"),
            "{text}: {}",
            failure.message
        );
    }
}

#[test]
fn the_deepest_expressions_that_are_accepted_can_be_evaluated() {
    let world = world();
    let nested = |open: &str, close: &str, count: usize| {
        format!("{}1{}", open.repeat(count), close.repeat(count))
    };
    for (open, close) in [
        ("(", ")"),
        ("", " + 1"),
        ("", ".abs()"),
        ("[1]->any(x | 0 < ", ")"),
        ("[1]->collect(x | ", ")->first()"),
        ("if true then ", " else 1 endif"),
        ("let x = ", " in x"),
        ("- ", ""),
        ("[", "]->first()"),
    ] {
        let accepted = (1..=MAX_DEPTH).rev().find(|count| {
            let text = nested(open, close, *count);
            let (scope, _) = scope(&world);
            compile(&excerpt(&text), &scope, &world.metamodel).is_ok()
        });
        let count = accepted.unwrap();
        assert!(count > 60 || open.contains("any"), "{open}: {count}");
        evaluate(&world, &nested(open, close, count)).unwrap();
    }
}

#[test]
fn no_sequence_of_tokens_panics() {
    const TOKENS: &str = "b n l name pages notes Book all . . . -> ( ( ) ) [ ] , | x x : :: Genre NOVEL \
        1 2.5 'a' null true + - * / div mod = <> < and or not implies if then else endif let in \
        select collect size first sum toUpper asType Atlas shelf closure at é ' { }";
    let tokens: Vec<&str> = TOKENS.split_whitespace().collect();
    let world = world();
    let (scope, values) = scope(&world);
    let reads = Reads::default();
    let context = Context::new(&world.model, &reads);
    let (mut state, mut evaluated) = (1u64, 0);
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..20_000 {
        let words: Vec<&str> = (0..=random(9))
            .map(|_| tokens[random(tokens.len())])
            .collect();
        let text = words.join(["", " "][random(2)]);
        if let Ok(expression) = compile(&excerpt(&text), &scope, &world.metamodel) {
            evaluated += 1;
            let _ = expression.evaluate(&context, &values);
        }
    }
    assert!(evaluated > 200, "{evaluated}");
}

#[test]
fn hostile_patterns_are_refused_or_stopped() {
    for pattern in [
        "((((a{100}){100}){100}){100})".to_owned(),
        "(a{0,30}){0,30}".to_owned(),
        "(a?){400}b".to_owned(),
        "(".repeat(5000),
        "a|b|".repeat(8000) + "a",
        "[a-z]".repeat(5000),
    ] {
        let text = format!("b.name.matches('{pattern}')");
        let message = &findings(&text)[0].message;
        assert!(message.starts_with("this is no regular expression: "));
        let world = world();
        let failure = evaluate(&world, &format!("b.name.matches('{pattern}' + '')"));
        assert!(failure.unwrap_err().message.starts_with("this is no reg"));
    }
    let slow = "(?:".repeat(90) + "a" + &")*".repeat(90);
    let text = "let a = 'aaaaaaaaaaaaaaaa' in ".to_owned()
        + &"let a = a + a in ".repeat(16)
        + &format!("a.matches('{slow}')");
    let failure = evaluate(&world(), &text).unwrap_err();
    assert!(failure.message.starts_with("this takes more than"));
}
