//! Expressions of Acceleo, and what they become.

use super::*;
use crate::diag::{FileId, Span};

fn excerpt(text: &str) -> Excerpt {
    Excerpt::direct(text, Span::new(FileId(0), 0, text.len()))
}

fn meaning() -> Meaning {
    let query = |name: &str, on_first| QueryName {
        name: name.to_owned(),
        on_first,
    };
    Meaning {
        variables: vec![
            ("p".into(), "p".to_owned()),
            ("i".into(), "(x_index + 1)".to_owned()),
        ],
        context: Some("p".to_owned()),
        queries: BTreeMap::from([
            ("label".to_owned(), query("labelQuery", true)),
            ("all".to_owned(), query("all", false)),
        ]),
        templates: BTreeSet::from(["body".to_owned()]),
    }
}

fn translated(text: &str) -> String {
    match translate(&excerpt(text), &meaning()) {
        Ok(found) => found.text,
        Err(found) => found
            .iter()
            .map(|d| d.message.clone())
            .collect::<Vec<_>>()
            .join("; "),
    }
}

#[test]
fn what_is_the_same_stays_as_it_is_written() {
    for text in [
        "p.name",
        "p.xs->select(x | x.name = 'a')->first().name.toUpperFirst()",
        "p.xs->select(x : a::X | x.oclIsKindOf(a::Y))->size() > 0",
        "if p.open then 'a' else Colour::RED.toString() endif",
        "Sequence{1, 2}->includes(3)",
        "p.eAllContents(Item)->filter(Book)",
        "let x : Integer = p.n in x + x",
        "Item.allInstances()->size()",
        "p.xs->iterate(x; s : String = '' | s + x.name)",
        "not p.open and not (p.n = 1)",
    ] {
        assert_eq!(translated(text), text);
    }
}

#[test]
fn names_are_looked_up_in_self() {
    assert_eq!(translated("name + self.version"), "p.name + p.version");
    assert_eq!(
        translated("xs->select(price > 1)->size()"),
        "p.xs->select(price > 1)->size()"
    );
    assert_eq!(
        translated("eContainer(Shop).name"),
        "p.eContainer(Shop).name"
    );
    assert_eq!(translated("i * 2"), "(x_index + 1) * 2");
}

#[test]
fn operations_have_other_names() {
    assert_eq!(translated("p.name.strstr('a')"), "p.name.contains('a')");
    assert_eq!(
        translated("p.name.replace('a', 'b')"),
        "p.name.substitute('a', 'b')"
    );
    assert_eq!(
        translated("p.name.replaceAll('\\\\s+', '_')"),
        "p.name.regexReplaceAll('\\\\s+', '_')"
    );
    assert_eq!(translated("p.name + lineSeparator()"), "p.name + '\\n'");
}

#[test]
fn queries_are_called_on_their_first_argument() {
    assert_eq!(translated("label(p.first)"), "p.first.labelQuery()");
    assert_eq!(
        translated("label(p.n + 1, name)"),
        "(p.n + 1).labelQuery(p.name)"
    );
    assert_eq!(translated("label()"), "p.labelQuery()");
    assert_eq!(translated("p.label('x')"), "p.labelQuery('x')");
    assert_eq!(translated("all(p.xs)"), "all(p.xs)");
    assert_eq!(translated("p.xs->all(1)"), "all(p.xs, 1)");
}

#[test]
fn not_takes_less() {
    assert_eq!(translated("not p.a = p.b"), "(not p.a) = p.b");
    assert_eq!(
        translated("not open = true and x"),
        "(not p.open) = true and p.x"
    );
}

#[test]
fn what_has_no_equal_is_told() {
    assert_eq!(
        translated("p.invoke('a', 'b', Sequence{})"),
        "there is no operation `invoke`"
    );
    assert_eq!(
        translated("p.body()"),
        "`body` is a template, whose text is no value here"
    );
    assert_eq!(
        translated("p.name.replace('a+', 'b')"),
        "`replace` takes a regular expression in Acceleo, and replaces its first match"
    );
    assert_eq!(
        translated("a or b xor c"),
        "`or` and `xor` bind otherwise here"
    );
    let found = translate(&excerpt("p.name.index('a')"), &meaning()).unwrap();
    assert_eq!(found.differs.len(), 1);
}

#[test]
fn texts_are_taken_apart() {
    let shown = |text: &str| -> Vec<String> {
        let all = pieces(&excerpt(text));
        let one = |p: &Piece| match p {
            Piece::Text(t) => format!("'{t}'"),
            Piece::Value(v) => v.text.to_string(),
        };
        all.iter().map(one).collect()
    };
    assert_eq!(
        shown("p.name.concat('_train.py')"),
        ["p.name", "'_train.py'"]
    );
    assert_eq!(
        shown("'a/' + (p.x + 1) + '/' + p.y"),
        ["'a/'", "(p.x + 1)", "'/'", "p.y"]
    );
    assert_eq!(shown("p.x + p.y"), ["p.x + p.y"]);
}
