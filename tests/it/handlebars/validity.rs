//! What is a template: the crate takes and refuses the same texts, and so do its mutations.

use std::panic;

use handlebars::Template;
use mlopsgen::diag::{Diagnostics, FileId, Span};
use mlopsgen::generate::syntax;
use mlopsgen::pipeline;

use super::{Numbers, mutations};

/// Texts that reach each part of the language, right and wrong.
const TEXTS: &[&str] = &[
    // Text and escapes.
    "",
    " ",
    "plain\n",
    "{ } }} { {",
    "a { b } c",
    "\\{{x}}",
    "\\\\{{x}}",
    "\\\\\\{{x}}",
    "\\{{{{x}}}} y",
    "\\{{{x}}} {{y}}",
    "a \\ b {{x}}",
    "{{x}}\\{{y}}{{z}}",
    "\\{{#if x}} {{y}}",
    "{{",
    "{{}}",
    "{{ }}",
    "{{{}}}",
    "{{x",
    "{{x}",
    "{x}}",
    "a {{x}} {{",
    // Values.
    "{{x}}",
    "{{ x }}",
    "{{\n x\t}}",
    "{{x.y.z}}",
    "{{x/y/z}}",
    "{{x.}}",
    "{{.x}}",
    "{{.}}",
    "{{..}}",
    "{{../x}}",
    "{{../../x.y}}",
    "{{../}}",
    "{{this}}",
    "{{this.x}}",
    "{{this/x}}",
    "{{./x}}",
    "{{@root.x}}",
    "{{@root/x}}",
    "{{@root}}",
    "{{@index}}",
    "{{@../index}}",
    "{{../@index}}",
    "{{@}}",
    "{{x.[a b].c}}",
    "{{[a b]}}",
    "{{x.[a}}",
    "{{x[0]}}",
    "{{x.0.y}}",
    "{{1}}",
    "{{-1}}",
    "{{true}}",
    "{{\"x\"}}",
    "{{x-y}}",
    "{{x_y$:z}}",
    "{{é.è}}",
    "{{x+y}}",
    "{{x,y}}",
    "{{x?}}",
    "{{x y}}",
    "{{x.y z}}",
    "{{@x y}}",
    "{{&x}}",
    "{{& x}}",
    "{{&x y}}",
    "{{{x}}}",
    "{{{ x }}}",
    "{{{x y=1}}}",
    "{{{x}}",
    "{{{x} }}",
    "{{ {x}}}",
    "{{{x}}}}",
    "{{{{x}}}}",
    // Arguments.
    "{{h 1}}",
    "{{h -1}}",
    "{{h 1.5}}",
    "{{h 1.}}",
    "{{h .5}}",
    "{{h 01}}",
    "{{h 1E5}}",
    "{{h 1e5}}",
    "{{h 1E}}",
    "{{h 1a}}",
    "{{h 1.5.2}}",
    "{{h true false null}}",
    "{{h nullable trueish}}",
    "{{h \"a\"}}",
    "{{h 'a'}}",
    "{{h \"a\\\"b\"}}",
    "{{h 'a\\'b'}}",
    "{{h 'a\"b'}}",
    "{{h 'a\\\"b'}}",
    "{{h 'a\\\\\"b'}}",
    "{{h \"a'b\"}}",
    "{{h \"a\\nb\\u00e9\"}}",
    "{{h \"\\ud83d\\ude00\"}}",
    "{{h \"\\ud83d\"}}",
    "{{h \"\\ude00\"}}",
    "{{h \"\\q\"}}",
    "{{h \"\\u12\"}}",
    "{{h \"a\nb\"}}",
    "{{h \"a\tb\"}}",
    "{{h \"a}}",
    "{{h \"}}\"}}",
    "{{h '}}'}}",
    "{{h \"a\"\"b\"}}",
    "{{h a\"b\"}}",
    "{{h []}}",
    "{{h [1, 2]}}",
    "{{h [1 2]}}",
    "{{h [,1]}}",
    "{{h ['a']}}",
    "{{h [\"a\", [true]]}}",
    "{{h [a]}}",
    "{{h {}}}",
    "{{h {\"a\": 1}}}",
    "{{h {\"a\": 1, \"b\": [2]} }}",
    "{{h {'a': 1} }}",
    "{{h {a: 1} }}",
    "{{h (x)}}",
    "{{h (x y)}}",
    "{{h (x y=1)}}",
    "{{h (x (y z))}}",
    "{{h ()}}",
    "{{h (x}}",
    "{{h x)}}",
    "{{h (\"x\")}}",
    "{{h ((x) y)}}",
    "{{h (x.y z)}}",
    "{{(x)}}",
    "{{(x y)}}",
    "{{(x y) z}}",
    "{{h x=1}}",
    "{{h x = 1}}",
    "{{h x=1 y}}",
    "{{h x=}}",
    "{{h =1}}",
    "{{h x.y=1}}",
    "{{h x=1 x=2}}",
    "{{h x=(y z)}}",
    "{{h as}}",
    "{{h as x}}",
    "{{h else}}",
    "{{h asx elsex}}",
    "{{as}}",
    "{{as x}}",
    // Blocks.
    "{{#if x}}a{{/if}}",
    "{{# if x }}a{{/ if }}",
    "{{#if x}}a{{else}}b{{/if}}",
    "{{#if x}}a{{^}}b{{/if}}",
    "{{#if x}}a{{else if y}}b{{else}}c{{/if}}",
    "{{#if x}}a{{^if y}}b{{/if}}",
    "{{#if x}}a{{elseif y}}b{{/if}}",
    "{{#if x}}a{{else unless y}}b{{/if}}",
    "{{#if x}}a{{else each y as |z|}}b{{/if}}",
    "{{#if x}}a{{else}}b{{else}}c{{/if}}",
    "{{#if x}}a{{else}}b{{else if y}}c{{/if}}",
    "{{#if x}}{{else.x}}{{/if}}",
    "{{#if x}}{{elsewhere}}{{/if}}",
    "{{#if x}}{{else x=1}}{{/if}}",
    "{{else}}",
    "{{^}}",
    "{{^x}}a{{/x}}",
    "{{elsewhere}}",
    "{{else.x}}",
    "{{#x}}a{{/x}}",
    "{{#x.y}}a{{/x.y}}",
    "{{#if x}}a",
    "{{#if x}}a{{/each}}",
    "{{#if x}}a{{/}}",
    "{{/if}}",
    "{{#}}a{{/}}",
    "{{#if}}a{{/if}}",
    "{{#each x as |y|}}a{{/each}}",
    "{{#each x as |y z|}}a{{/each}}",
    "{{#each x as |y z w|}}a{{/each}}",
    "{{#each x as ||}}a{{/each}}",
    "{{#each x as | y |}}a{{/each}}",
    "{{#each x as|y|}}a{{/each}}",
    "{{#each x as |y}}a{{/each}}",
    "{{#each x as y}}a{{/each}}",
    "{{#each as |y|}}a{{/each}}",
    "{{#each x y=1 as |z|}}a{{/each}}",
    "{{#if x}}{{#each y}}a{{/if}}{{/each}}",
    "{{#if \"x\"}}a{{/if}}",
    "{{#if (q \"a = 'b'\")}}a{{/if}}",
    "{{#if x}}{{{{r}}}}{{/if}}{{{{/r}}}}{{/if}}",
    // White space control.
    "{{~x~}}",
    "{{~ x ~}}",
    "{{ ~x~ }}",
    "{{~{x}~}}",
    "{{{~x~}}}",
    "{{{~x}~}}",
    "{{~&x~}}",
    "{{~#if x~}} a {{~else~}} b {{~/if~}}",
    "{{#~if x}}a{{/if}}",
    "{{~#if x~}}a{{~^~}}b{{~/if~}}",
    "{{~else~}}",
    "{{~> x~}}",
    "{{~!x~}}",
    "{{x~y}}",
    // Comments.
    "{{!}}",
    "{{! a }}",
    "{{! a ~}}",
    "{{!a}}b}}",
    "{{!-- a --}}",
    "{{!-- }} --}}",
    "{{!-- a }}",
    "{{!--}}",
    "{{!----}}",
    "{{!--}} b {{!-- c --}}",
    "{{!-- a --~}} b",
    "{{! -- a -- }}",
    "{{!-- a -- }} --}}",
    "{{!- a -}}",
    "{{ ! a}}",
    "{{! a",
    "{{!-- a",
    "{{!\n a\n}}",
    // Partial templates.
    "{{> x}}",
    "{{>x}}",
    "{{> x.y/z}}",
    "{{> x-y_z}}",
    "{{> 'x y'}}",
    "{{> 'x\\'y'}}",
    "{{> ''}}",
    "{{> \"x\"}}",
    "{{> [x y]}}",
    "{{> @partial-block}}",
    "{{> (x y)}}",
    "{{> (x)}}",
    "{{> x y}}",
    "{{> x y=1 z=\"a\"}}",
    "{{> x as |y|}}",
    "{{> x$}}",
    "{{> $x}}",
    "{{> x:y}}",
    "{{>}}",
    "{{> }}",
    "{{#> x}}a{{/x}}",
    "{{#> x}}a{{/}}",
    "{{# > x}}a{{/x}}",
    "{{#> x y=1}}a{{/x}}",
    "{{#> x.y}}a{{/x.y}}",
    "{{#> 'x y'}}a{{/'x y'}}",
    "{{#> $x}}a{{/$x}}",
    "{{#> $x}}a{{/}}",
    "{{#> (x y)}}a{{/}}",
    "{{#> (x y)}}a{{/x}}",
    "{{#> x}}a{{else}}b{{/x}}",
    "{{#> x}}a{{/y}}",
    "{{#> @partial-block}}a{{/@partial-block}}",
    "{{#*inline \"x\"}}a{{/inline}}",
    "{{#*inline \"x\"}}a{{/}}",
    "{{# * inline \"x\"}}a{{/inline}}",
    "{{#*inline \"x\"}}a{{else}}b{{/inline}}",
    "{{#*inline}}a{{/inline}}",
    "{{#*inline \"x\"}}a{{/x}}",
    "{{* x}}",
    "{{*x y}}",
    "{{*}}",
    // Blocks whose text is not read.
    "{{{{raw}}}} {{x}} {{{{/raw}}}}",
    "{{{{raw x y=1}}}}a{{{{/raw}}}}",
    "{{{{raw}}}}a{{{{/other}}}}",
    "{{{{raw}}}}a",
    "{{{{raw}}}}a{{/raw}}",
    "{{{{raw}}}}{{{{x}}}}{{{{/raw}}}}",
    "{{{{raw}}}}\\{{{{x}}}}{{{{/raw}}}}",
    "{{{{~raw~}}}}a{{{{~/raw~}}}}",
    "{{{{raw}}}}{{{{/raw}}}}",
];

/// Whether a text is a template: for us, and for the crate.
fn taken(text: &str) -> (bool, bool) {
    let mut found = Diagnostics::default();
    let body = Span::new(FileId(0), 0, text.len());
    syntax::parse(text, body, &mut found);
    for finding in found.iter() {
        let span = finding
            .primary
            .as_ref()
            .expect("findings have a place")
            .span;
        assert!(span.range().end <= text.len(), "{text:?}: {finding:?}");
    }
    let theirs = panic::catch_unwind(|| Template::compile(text).is_ok());
    (found.is_empty(), theirs.unwrap_or(false))
}

fn differing<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<String> {
    let mut differ = Vec::new();
    for text in texts {
        let (ours, theirs) = taken(text);
        if ours != theirs {
            differ.push(format!("{text:?}: ours {ours}, theirs {theirs}"));
        }
    }
    differ
}

const PARTS: &[&str] = &[
    "{{",
    "}}",
    "{",
    "}",
    "~",
    "#",
    "/",
    "^",
    ">",
    "*",
    "&",
    "!",
    "--",
    "\"",
    "'",
    "(",
    ")",
    "[",
    "]",
    "|",
    "=",
    ".",
    "..",
    "@",
    "\\",
    " ",
    "\n",
    ",",
    ":",
    "-",
    "1",
    "x",
    "as",
    "as |x|",
    "else",
    "{{else}}",
    "{{/if}}",
    "{{#if x}}",
    "this",
    "null",
    "é",
    "$",
];

fn mutated(text: &str, numbers: &mut Numbers) -> String {
    let mut chars: Vec<String> = text.chars().map(String::from).collect();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(chars.len() + 1);
        let part = PARTS[numbers.below(PARTS.len())].to_owned();
        match numbers.below(4) {
            0 if at < chars.len() => {
                chars.remove(at);
            }
            1 if at < chars.len() => chars[at] = part,
            2 if at < chars.len() => {
                let to = numbers.below(chars.len());
                chars.swap(at, to);
            }
            _ => chars.insert(at, part),
        }
    }
    chars.concat()
}

#[test]
fn the_crate_takes_and_refuses_the_same_texts() {
    let differ = differing(TEXTS.iter().copied());
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    let taken = TEXTS.iter().filter(|t| taken(t).0).count();
    assert!(
        taken > 100 && TEXTS.len() - taken > 80,
        "{taken} of {}",
        TEXTS.len()
    );
}

#[test]
fn the_crate_takes_and_refuses_the_same_mutations() {
    let mut numbers = Numbers(7);
    let texts: Vec<String> = TEXTS
        .iter()
        .flat_map(|t| std::iter::repeat_n(t, mutations(25)))
        .map(|t| mutated(t, &mut numbers))
        .collect();
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let differ = differing(texts.iter().map(String::as_str));
    panic::set_hook(hook);
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// What makes a reader look ahead, again and again: it takes time in step with the length of the text.
#[test]
fn no_text_takes_long() {
    for unit in [
        "{{ ",
        "{{!",
        "{{!-- ",
        "{{!-- }}",
        "{{[",
        "{{h [",
        "{{h \"",
        "{{h \"a\" '",
        "{{h (a ",
        "{{{(a ",
        "{{{{x",
        "{{{{x}}}}",
        "\\{{",
        "{{#if x}}",
        "{{/if}}",
        "{{else}}",
        "{{else (a ",
        "{{^x",
        "{{x~}} ",
        "{{> 'a ",
        "{{h x=",
        "  {{! a }}\n",
        "{{#if x}}{{/if}}\n",
    ] {
        let text = unit.repeat(100_000 / unit.len());
        let mut found = Diagnostics::default();
        let body = Span::new(FileId(0), 0, text.len());
        let read = syntax::parse(&text, body, &mut found);
        assert!(
            !read.is_empty() || !found.is_empty() || unit.contains('!'),
            "{unit}"
        );
    }
}

#[test]
fn the_crate_takes_every_template_of_the_pack() {
    let pack = pipeline::pack("mlops").unwrap();
    let mut count = 0;
    for (path, bytes) in pack.iter().filter(|(p, _)| p.ends_with(".hbs")) {
        let text = String::from_utf8_lossy(bytes);
        let body = text
            .splitn(3, "---\n")
            .nth(2)
            .unwrap_or_else(|| panic!("{path} has no body"));
        assert_eq!(taken(body), (true, true), "{path}");
        count += 1;
    }
    assert!(count > 20);
}
