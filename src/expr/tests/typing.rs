//! Findings before anything is evaluated: where, what, and what was meant.

use super::super::fixture::{excerpt, world};
use super::super::{Scope, Type, compile};
use super::{described, findings, oddities};
use crate::diag::{Excerpt, FileId, Span};

fn assert_findings(rows: &[(&str, &str)]) {
    for (text, wanted) in rows {
        assert_eq!(described(text), [*wanted], "{text}");
    }
}

#[test]
fn misspelt_names_get_the_nearest_one() {
    assert_findings(&[
        (
            "b.nme",
            "unknown-feature `nme`: class `Book` has no feature `nme` (did you mean `name`?)",
        ),
        (
            "b.shlf",
            "unknown-feature `shlf`: class `Book` has no feature `shlf` (did you mean `shelf`?)",
        ),
        (
            "Bok.all",
            "unknown-name `Bok`: nothing here is called `Bok` (did you mean `Book`?)",
        ),
        (
            "Book.al",
            "unknown-feature `al`: class `Book` itself has no `al` (did you mean `all`?) (its instances are `Book.all`)",
        ),
        (
            "Genre::NOVL",
            "unknown-name `NOVL`: enum `Genre` has no literal `NOVL` (did you mean `NOVEL`?)",
        ),
        (
            "Genre::essay",
            "unknown-name `essay`: enum `Genre` has no literal `essay` (did you mean `ESSAY`?)",
        ),
        (
            "Gnre::NOVEL",
            "unknown-name `Gnre`: there is no enum `Gnre` (did you mean `Genre`?)",
        ),
        (
            "library::Bok.all",
            "unknown-class `Bok`: package `library` has no class `Bok` (did you mean `Book`?)",
        ),
        (
            "b.isKindOf(Atls)",
            "unknown-class `Atls`: there is no class `Atls` (did you mean `Atlas`?)",
        ),
        (
            "b.name.toUper()",
            "unknown-name `toUper`: there is no operation `toUper` (did you mean `toUpper`?)",
        ),
        (
            "b.oclIsKindof(Book)",
            "unknown-name `oclIsKindof`: there is no operation `oclIsKindof` (did you mean `oclIsKindOf`?)",
        ),
        (
            "name",
            "unknown-name `name`: nothing here is called `name` (did you mean `n.name`?)",
        ),
        (
            "b.scale",
            "unknown-feature `scale`: class `Book` has no feature `scale` (`Atlas` has it: `.asType(Atlas).scale`)",
        ),
        (
            "b.name()",
            "unknown-name `name`: there is no operation `name` (`name` is a feature: write it without `()`)",
        ),
        (
            "b.notes.size",
            "expression-type `size`: `List(String)` has no features, so no `size` (operations are called: `.size(): Integer`)",
        ),
        (
            "Book",
            "expression-type `Book`: `Book` is a class, not a value (its instances are `Book.all`)",
        ),
    ]);
}

#[test]
fn operands_that_do_not_fit_are_found() {
    assert_findings(&[
        (
            "b.genre = 'novel'",
            "expression-type `'novel'`: `Genre` and `String` cannot be compared: they are never equal (literals are written as `Genre::NOVEL`)",
        ),
        (
            "b.genre = Format::A4",
            "expression-type `Format::A4`: `Genre` and `Format` cannot be compared: they are never equal",
        ),
        (
            "b.notes = 'a'",
            "expression-type `'a'`: `List(String)` and `String` cannot be compared: they are never equal (ask whether the list has it: `->includes(…)`)",
        ),
        (
            "b.notes = null",
            "expression-type `b.notes = null`: a list is never null, it may be empty (ask `->isEmpty()` or `->notEmpty()`)",
        ),
        (
            "b.pages and true",
            "expression-type `b.pages`: an operand of `and` must be Boolean, not `Integer` (compare it: `… <> null`)",
        ),
        (
            "if b.notes then 1 else 2 endif",
            "expression-type `b.notes`: a condition must be Boolean, not `List(String)` (ask `->notEmpty()`)",
        ),
        (
            "1 + true",
            "expression-type `true`: `+` takes numbers, not `Boolean`",
        ),
        (
            "1 + null",
            "expression-type `null`: `+` takes numbers, not `null`",
        ),
        (
            "[1..'a']",
            "expression-type `'a'`: `..` takes whole numbers, not `String`",
        ),
        (
            "1.5 div 2",
            "expression-type `1.5`: `div` takes whole numbers, not `Real`",
        ),
        (
            "'a' + b",
            "expression-type `b`: `Book` cannot be joined to text (say which feature: `.name`)",
        ),
        (
            "'a' < 1",
            "expression-type `'a' < 1`: `<` compares two numbers or two texts, not `String` and `Integer` (a text is made a number by `.toInteger()` or `.toReal()`)",
        ),
        (
            "-b.name",
            "expression-type `b.name`: `-` takes a number, not `String`",
        ),
        (
            "[1, 'a']",
            "expression-type `'a'`: a list cannot have members of `Integer` and of `String`",
        ),
        (
            "if true then 1 else 'a' endif",
            "expression-type `'a'`: `then` gives `Integer`, `else` gives `String`",
        ),
        (
            "let x : Integer = 'a' in x",
            "expression-type `'a'`: the value is `String`, not `Integer`",
        ),
    ]);
}

#[test]
fn what_is_computed_for_members_is_checked() {
    assert_findings(&[
        (
            "Book.all->select(pages)",
            "expression-type `pages`: the condition must be Boolean, not `Integer`",
        ),
        (
            "Book.all->collect(pagse)",
            "unknown-name `pagse`: nothing here is called `pagse` (did you mean `pages`?)",
        ),
        (
            "[1]->iterate(x; r = 0 | 'a')",
            "expression-type `'a'`: `r` is `Integer`, this is `String` (its type can be written: `r : String = …`)",
        ),
        (
            "b.pagse->select(name = '' and size() > 1)->exists(x | x)",
            "unknown-feature `pagse`: class `Book` has no feature `pagse` (did you mean `pages`?)",
        ),
        (
            "[1]->iterate(x | x)",
            "expression-type `x | x`: `iterate` takes `x; result = start | next` here",
        ),
    ]);
}

#[test]
fn calls_that_do_not_fit_are_found() {
    assert_findings(&[
        (
            "b.name.replace('a')",
            "expression-type `replace`: `replace(old: String, new: String): String` cannot take 1 argument",
        ),
        (
            "b.name.replace('a', 1)",
            "expression-type `1`: this must be `String`, not `Integer`",
        ),
        (
            "b.name->toUpper()",
            "expression-type `toUpper`: `toUpper` cannot be called so on `String` (call it with `.`: `.toUpper(): String`)",
        ),
        (
            "b.toUpper()",
            "expression-type `toUpper`: `Book` has no operation `toUpper` (it is for text: `toUpper(): String`)",
        ),
        (
            "b.first()",
            "expression-type `first`: `Book` has no operation `first` (of lists: `->first(): T`)",
        ),
        (
            "[1]->select(x | x)",
            "expression-type `x | x`: the condition must be Boolean, not `Integer`",
        ),
        (
            "Book.all->select(x : Atlas | true)",
            "expression-type `Atlas`: the members are `Book`, not all of them `Atlas` (take those that are: `->filter(Atlas)`)",
        ),
        (
            "Book.all->includes('a')",
            "expression-type `'a'`: a list of `Book` never has a `String`",
        ),
        (
            "b.container(Atlas)",
            "expression-type `Atlas`: a `Atlas` is never above a `Book`",
        ),
        (
            "Book.all->filter(String)",
            "expression-type `String`: `String` is no class",
        ),
        (
            "b.asType(Library)",
            "expression-type `Library`: a `Book` is never a `Library`",
        ),
        (
            "b.asType('Book')",
            "expression-type `'Book'`: `asType` takes the name of a class here",
        ),
        (
            "b.notes->sum()",
            "expression-type `sum()`: `String` cannot be added up",
        ),
        (
            "b.name.matches('(')",
            "expression-type `'('`: this is no regular expression: found open group without closing ')'",
        ),
        (
            "l.allContents().title",
            "unknown-feature `title`: class `Shelf` has no feature `title` (it has name, books, library) (Chapter has it: `->filter(Chapter)`)",
        ),
        (
            "let x : {Book | Chapter | Author} = b in x.nme",
            "unknown-feature `nme`: class `Book` has no feature `nme` (did you mean `name`?)",
        ),
        (
            "b.isKindOf({Book | Atls})",
            "unknown-class `Atls`: there is no class `Atls` (did you mean `Atlas`?)",
        ),
        (
            "b.eClass().nme",
            "expression-type `nme`: `EClass` has no features, so no `nme`",
        ),
        (
            "l.container()",
            "expression-type `container()`: a `Library` is never part of anything",
        ),
        (
            "Book.all->sortedBy(x | x)",
            "expression-type `x | x`: `Book` has no order to sort by",
        ),
        (
            "b->closure(x | x.shelf)",
            "expression-type `x | x.shelf`: `Shelf` cannot be gone on from: the members are `Book`",
        ),
    ]);
}

#[test]
fn what_is_always_the_same_is_odd_and_no_mistake() {
    for (text, wanted) in [
        (
            "b = l",
            "expression-odd `b = l`: `Book` and `Library` have no object in common",
        ),
        (
            "b.isKindOf(Library)",
            "expression-odd `Library`: a `Book` is never a `Library`",
        ),
        (
            "b.genre.isTypeOf(Format)",
            "expression-odd `Format`: a `Genre` is never a `Format`",
        ),
        (
            "Book.all->filter(Library)",
            "expression-odd `Library`: a list of `Book` never has a `Library`",
        ),
        (
            "Book.all->includes(l)",
            "expression-odd `l`: a list of `Book` never has a `Library`",
        ),
        (
            "b.allContents(Library)",
            "expression-odd `Library`: a `Library` is never a part of a `Book`",
        ),
        (
            "b.name + b.notes",
            "expression-odd `b.notes`: the members of the list are joined with nothing between them (say what comes between them: `->join(', ')`)",
        ),
    ] {
        assert_eq!(oddities(text), [wanted], "{text}");
    }
    assert!(oddities("b.isKindOf(Atlas) and b = b.next").is_empty());
}

#[test]
fn how_many_values_there_are_is_known() {
    let world = world();
    for (text, shape) in [
        ("b", "Book[1]"),
        ("b.name", "String[0..1]"),
        ("b.next", "Book[0..1]"),
        ("b.next.notes", "String[*]"),
        ("b.name + 'a'", "String[1]"),
        ("b.name.toUpper()", "String[0..1]"),
        ("'a'.toUpper()", "String[1]"),
        ("b.notes->first()", "String[0..1]"),
        ("b.notes->size()", "Integer[1]"),
        ("b.isKindOf(Atlas)", "Boolean[1]"),
        ("b.eClass().name", "String[1]"),
        ("b.next.eClass().name", "String[0..1]"),
        ("b.shelf", "Shelf[0..1]"),
        ("b.container()", "Shelf[0..1]"),
        ("b.asType(Atlas).scale", "Integer[1]"),
        ("l.contents()", "{Shelf | Author}[*]"),
        ("if true then b else b.next endif", "Book[0..1]"),
        ("let x = b.next, y = b in y", "Book[1]"),
        ("let x = b.next, y = x in y", "Book[0..1]"),
        ("null", "null[0..1]"),
        ("b.genre", "Genre[1]"),
    ] {
        let mut scope = Scope::default();
        for (name, class) in [("l", "Library"), ("b", "Book")] {
            scope.push(name, Type::parse(class, &world.metamodel).unwrap());
        }
        let compiled = compile(&excerpt(text), &scope, &world.metamodel).unwrap();
        assert_eq!(compiled.shape(&world.metamodel), shape, "{text}");
    }
}

#[test]
fn mistakes_of_form_are_found() {
    assert_findings(&[
        ("", "expression-syntax ``: an expression is missing"),
        (
            "1 +",
            "expression-syntax `+`: an expression is missing after `+`",
        ),
        ("(1 + 2", "expression-syntax `(`: this `(` is never closed"),
        (
            "[1 2]",
            "expression-syntax `2`: expected `]` or an operator, found `2`",
        ),
        (
            "[1, 2..3]",
            "expression-syntax `..`: expected `]` or an operator, found `..`",
        ),
        (
            "[1,]",
            "expression-syntax `]`: expected an expression, found `]`",
        ),
        (
            "1 2",
            "expression-syntax `2`: expected the end of the expression or an operator, found `2`",
        ),
        (
            "if true then 1 endif",
            "expression-syntax `endif`: expected `else`, found `endif`",
        ),
        ("'a", "expression-syntax `'`: this text is never closed"),
        (
            "1 == 2",
            "expression-syntax `==`: there is no operator `==` (write `=`)",
        ),
        (
            "\"a\"",
            "expression-syntax `\"a\"`: `\"` has no meaning here (text stands in single quotes: `'…'`)",
        ),
        (
            r"'\d'",
            "expression-syntax `\\d`: text has no escape `\\d` (a backslash is written twice: `\\\\d`)",
        ),
        (
            "9223372036854775808",
            "expression-syntax `9223372036854775808`: the number `9223372036854775808` is too large",
        ),
        (
            "b->name",
            "expression-syntax `name`: `->name` is a call: `->name(…)`",
        ),
        (
            "let 1 = 2 in 3",
            "expression-syntax `1`: expected a name, found `1`",
        ),
    ]);
}

#[test]
fn all_findings_come_at_once_and_none_follows_from_another() {
    let found =
        described("b.nme.size() + l.nothing->select(x | x.y = zzz)->size() < 'a' + Bok.all");
    let codes: Vec<&str> = found.iter().map(|f| f.split(':').next().unwrap()).collect();
    assert_eq!(
        codes,
        [
            "unknown-feature `nme`",
            "unknown-feature `nothing`",
            "unknown-name `zzz`",
            "unknown-name `Bok`"
        ]
    );
    assert_eq!(described("let x = b.nme in x.foo + x.bar").len(), 1);
}

#[test]
fn findings_and_fixes_point_through_escapes_into_the_file() {
    let world = world();
    // In the file each character of the expression stands as two bytes from 100 on.
    let text = "b.nme";
    let offsets = (0..=u32::try_from(text.len()).unwrap()).map(|i| 100 + 2 * i);
    let span = Span::new(FileId(3), 100, 110);
    let excerpt = Excerpt::mapped(text, span, offsets.collect());
    let mut scope = Scope::default();
    scope.push("b", Type::parse("Book", &world.metamodel).unwrap());
    let found = compile(&excerpt, &scope, &world.metamodel).unwrap_err();
    let place = Span::new(FileId(3), 104, 110);
    assert_eq!(found[0].primary.as_ref().unwrap().span, place);
    let fix = &found[0].fixes[0];
    assert_eq!((fix.span, &*fix.replacement), (place, "name"));
}

#[test]
fn deep_long_and_large_expressions_are_refused() {
    for text in [
        "(".repeat(50_000),
        "-".repeat(50_000),
        "not ".repeat(10_000) + "true",
        "1".to_owned() + &"+1".repeat(30_000),
        "l".to_owned() + &".x".repeat(30_000),
        "if true then ".repeat(4_000),
        "let x = 1 in ".repeat(4_000),
        "let ".to_owned() + &"x = 1, ".repeat(4_000),
        "[".repeat(40_000),
        "b->any(x | ".repeat(4_000),
    ] {
        let found = findings(&text);
        assert!(
            found[0].message.contains("levels"),
            "{:?}",
            found[0].message
        );
    }
    assert!(findings(&"1+".repeat(50_000))[0].message.contains("bytes"));
}
