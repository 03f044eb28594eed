//! What is read here is what granit reads.

#![expect(
    clippy::disallowed_methods,
    reason = "the files of the pack are read from the folders they stand in"
)]

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use crate::diag::{FileId, Span};
use crate::format::node::Node;
use crate::format::yaml::{Builder, read_all, usual};

/// What a text is, where it is usual.
fn quick(text: &str) -> Option<Node> {
    let mut builder = Builder::new(text);
    usual::read(text, Span::new(FileId(0), 0, text.len()), &mut builder)?;
    builder.root
}

fn granit(text: &str) -> Option<Node> {
    let mut builder = Builder::new(text);
    let part = Span::new(FileId(0), 0, text.len());
    read_all(text, part, &mut builder).ok()?;
    builder.root
}

/// Whether a text is usual; if so, granit must agree.
fn agrees(text: &str) -> bool {
    let Some(quick) = quick(text) else {
        return false;
    };
    let granit = format!("{:#?}", granit(text));
    assert_eq!(format!("{:#?}", Some(quick)), granit, "{text}");
    true
}

#[test]
fn all_files_of_the_pack_are_usual() {
    let mut open: Vec<PathBuf> = ["metamodel", "transforms", "templates"]
        .map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
        .into();
    let mut count = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let listed = fs::read_dir(&path).unwrap();
            open.extend(listed.map(|entry| entry.unwrap().path()));
            continue;
        }
        let ending = path.extension().unwrap();
        if ending == "ecore" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let yaml = match text.strip_prefix("---\n").filter(|_| ending == "hbs") {
            Some(template) => &template[..=template.find("\n---\n").unwrap()],
            None => &text,
        };
        assert!(agrees(yaml), "{}", path.display());
        count += 1;
    }
    assert!(count > 100);
}

#[test]
fn what_is_usual_is_read_as_granit_does() {
    for text in [
        "a: 1\nb:\nc: # x\n- x y   # z\n-\n- k: v\n  l:\n    m: \"q\\n\\\"\"\n- - 1\n  - 2\n",
        "d: {x: 1, y: [a, 'b''c'], z, w: }\ne:\n  - {p: q}\n\n  # c\n  - r\n",
        "a: |\n  one\n   two\n\n  three\n\n# c\nb: >-\n  x\n  y\n\n\n  z\nc: |-\n  x\n",
        "a:\n  one\n  two\n\nb: x\n  y # c\n",
        "- a: |\n    x\n- b\n-\n  c: d\n",
        "---\na: [\n  1,\n  2, # c\n  ]\n\"k k\" : é\n",
        "a: \"x \n  y\"\nb: 'x\n  y'\n",
        "a: >\n  x\n   y\n\n  z\n",
        "a::b: c:d\n",
    ] {
        assert!(agrees(text), "{text}");
    }
}

#[test]
fn what_is_rare_or_wrong_is_left_to_granit() {
    for text in [
        "a: &x 1\n",
        "a: !t 1\n",
        "a: b: c\n",
        "a: 1\n b: 2\n",
        "a:\tb\n",
        "a: \"x\n\n  y\"\n",
        "a: \"\\x41\"\n",
        "a: 1\n---\nb: 2\n",
        "a: - b\n",
        "? a\n: b\n",
        "a: [b: c]\n",
        "",
        "# nothing\n",
        "a: {x: 1\n",
        "a: 'x\n",
        "a: \u{85}\n",
    ] {
        assert!(quick(text).is_none(), "{text}");
    }
}

/// Pieces that texts of YAML consist of, with those that make them wrong.
const PIECES: [&str; 44] = [
    "a", "b c", "\n", "\n", "\n", "\n  ", "\n  ", "\n    ", "\n ", ": ", ":", ": ", ": ", "- ",
    "- ", "-", "{", "}", "[", "]", ", ", ",", "#", " # c", "'", "''", "\"", "\\n", "\\", "|\n",
    "|-\n  ", ">-\n  ", ">", "1", "é", "~", "${x}", "?", "&a", "*a", "!t ", "---", "  ", "k: v\n",
];
/// How many texts are tried.
const CASES: u32 = 1_000;

const INDENTS: [&str; 6] = ["", "", "  ", "  ", "    ", " "];
const HEADS: [&str; 8] = ["- ", "- ", "k: ", "l: ", "- m: ", "", "- - ", "'q': "];
const VALUES: [&str; 20] = [
    "",
    "",
    "a",
    "a b",
    "'x'",
    "\"y\\n\"",
    "|",
    "|-",
    ">",
    ">-",
    "[a, 'b']",
    "{c: d, e}",
    "[",
    "]",
    "{f:",
    "}",
    "\"open",
    "shut\"",
    "- n",
    "g:",
];
const TAILS: [&str; 6] = ["", "", "", " # c", " ", ","];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) })]

    #[test]
    fn any_text_that_is_usual_is_what_granit_reads(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..24)
    ) {
        agrees(&pieces.concat());
    }

    #[test]
    fn any_lines_that_are_usual_are_what_granit_reads(
        lines in prop::collection::vec(
            (
                prop::sample::select(&INDENTS[..]),
                prop::sample::select(&HEADS[..]),
                prop::sample::select(&VALUES[..]),
                prop::sample::select(&TAILS[..]),
            ),
            0..5,
        )
    ) {
        let line = |(a, b, c, d)| format!("{a}{b}{c}{d}\n");
        agrees(&lines.into_iter().map(line).collect::<String>());
    }
}
