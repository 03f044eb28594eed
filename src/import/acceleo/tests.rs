//! The reader of MTL: what it makes of modules, and where it finds mistakes.

use super::parser::parse;
use super::syntax::{Branch, Head, Line, Module, Node};
use crate::diag::{Diagnostics, Sources, Span, render};

/// The module of a text, with the findings.
fn read(text: &str) -> (Module, Vec<String>) {
    let mut sources = Sources::default();
    let file = sources.add("a.mtl", text.to_owned());
    let mut found = Diagnostics::default();
    let module = parse(text, file, &mut found);
    let found = found.iter().map(|d| render::short(d, &sources));
    (module, found.collect())
}

/// A tree as one line: texts as they stand, tags in brackets, with `!` where they take their line.
fn shown(nodes: &[Node], text: &str) -> String {
    let mark = |line: &Line| match line {
        Line::Among => "",
        Line::Own { .. } => "!",
    };
    let branch = |b: &Branch| {
        let head = match &b.head {
            Head::If(c) => format!("if {}", c.text),
            Head::Else => "else".to_owned(),
            Head::For(f) => format!("for {}", f.list.text),
            Head::Let(p, v) => format!("let {}:{}={}", p.name.text, p.ty.text, v.text),
            Head::File(f) => format!("file {}", f.path.text),
            Head::Protected(id) => format!("protected {}", id.text),
            Head::Trace => "trace".to_owned(),
        };
        format!("<{}{head}>{}", mark(&b.line), shown(&b.body, text))
    };
    let one = |node: &Node| match node {
        Node::Text(span) => text[span.range()].replace('\n', "¶"),
        Node::Expression(e, _, line) => format!("[{}{}]", mark(line), e.text),
        Node::Comment(c, line) => format!("[{}comment {}]", mark(line), c.text),
        Node::Block(branches, _, end) => {
            let all: String = branches.iter().map(branch).collect();
            format!("{all}<{}/>", mark(end))
        }
        Node::Broken(..) => "[broken]".to_owned(),
    };
    nodes.iter().map(one).collect()
}

/// The body of a template with this text.
fn body(text: &str) -> String {
    let text = format!("[module m('u')/]\n[template public t(c : C)]\n{text}[/template]\n");
    let (module, found) = read(&text);
    assert!(found.is_empty(), "{found:?}");
    shown(&module.templates[0].body, &text)
}

#[test]
fn lines_of_tags_alone_are_not_printed() {
    assert_eq!(
        body("a\n  [for (x : X | c.xs)]\n    [x.name/]\n  [/for]\nb\n"),
        "a¶<!for c.xs>[!x.name]<!/>b¶"
    );
    assert_eq!(
        body(
            "  [/if]\n"
                .replace("[/if]", "[comment x/] [comment y/]")
                .as_str()
        ),
        "[!comment x][!comment y]"
    );
    assert_eq!(
        body("[if (a)]\nx\n[/if] [if (b)]\ny\n[else]\nz\n[/if]\n"),
        "<!if a>x¶<!/><!if b>y¶<!else>z¶<!/>"
    );
}

#[test]
fn lines_with_text_are_printed() {
    assert_eq!(body("[if (a)]x[/if]\n"), "<if a>x</>¶");
    assert_eq!(body("  [if (a)][c.name/][/if]\n"), "  <if a>[c.name]</>¶");
    assert_eq!(body("a [c.name/] b\n"), "a [c.name] b¶");
    assert_eq!(
        body("text[for (xs)]\n  [self/]\n[/for]text\n"),
        "text<for xs>[!self]</>text¶"
    );
}

#[test]
fn marks_of_comments_around_protected_areas_are_left_out() {
    assert_eq!(
        body("  # [protected ('a')]\n  x\n  # [/protected]\n"),
        "<!protected 'a'>  x¶<!/>"
    );
}

#[test]
fn heads_are_read() {
    let text = "[module m('u')/]\n[template private t(c : a::C, s : String) ? (c.x = ')') post (trim())]\n[/template]\n\
        [query public q(c : C) : Sequence(String) = c.xs->collect(x | x.name)/]\n";
    let (module, found) = read(text);
    assert!(found.is_empty(), "{found:?}");
    let (template, query) = (&module.templates[0], &module.queries[0]);
    assert_eq!(&*template.parameters[0].ty.text, "a::C");
    assert_eq!(&*template.parameters[1].name.text, "s");
    assert_eq!(&*template.guard.as_ref().unwrap().text, "c.x = ')'");
    assert_eq!(&*template.post.as_ref().unwrap().text, "trim()");
    assert_eq!(&*query.returns.text, "Sequence(String)");
    assert_eq!(&*query.value.text, "c.xs->collect(x | x.name)");
}

#[test]
fn heads_of_loops_are_read() {
    let text = "[module m('u')/]\n[template t(c : C)]\n\
        [for (x : X | c.xs->select(a | a.b)) ? (x.ok) before ('(') separator (', ') after (')')][x/][/for]\n[/template]";
    let (module, found) = read(text);
    assert!(found.is_empty(), "{found:?}");
    let Node::Block(branches, ..) = &module.templates[0].body[0] else {
        panic!("no block")
    };
    let Head::For(head) = &branches[0].head else {
        panic!("no loop")
    };
    assert_eq!(&*head.list.text, "c.xs->select(a | a.b)");
    assert_eq!(&*head.guard.as_ref().unwrap().text, "x.ok");
    assert_eq!(&*head.separator.as_ref().unwrap().text, "', '");
    assert_eq!(&*head.after.as_ref().unwrap().text, "')'");
}

#[test]
fn every_mistake_is_found_at_its_place() {
    let text = "[template public t(c)]\n[if ()]\n[for (x : X | )]\n[/for]\n[/let]\n[file ()]\n[/file]\n[/template]\n[/if]\nx [c\n";
    let (module, found) = read(text);
    assert!(module.templates.is_empty());
    assert_eq!(
        found,
        [
            "a.mtl:10:3: error[template-syntax]: this tag has no end: `]` is missing, or `/]` behind an expression (a bracket that is text is written `['['/]`)",
            "a.mtl:1:20: error[template-syntax]: `: Type` is missing here",
            "a.mtl:2:4: error[template-syntax]: a condition is missing here",
            "a.mtl:3:5: error[template-syntax]: a list is missing here",
            "a.mtl:5:1: error[template-syntax]: `[/let]` closes `[if]`",
            "a.mtl:6:6: error[template-syntax]: the path of the file is missing here",
            "a.mtl:9:1: error[template-syntax]: this closes no block",
            "a.mtl:1:1: error[template-syntax]: a module begins with `[module name('URI')/]`",
        ]
    );
}

/// A module with a part of each kind.
const SAMPLE: &str = "\
[comment encoding = UTF-8 /]
[module m('u')/]
[import other/]
[query public q(c : C) : String = c.name.replace('a', 'b') + \"x\"/]
[template public main(c : C) ? (not c.a = c.b)]
[comment @main/]
[for (d : D | c.ds->select(x | x.e)) ? (d.f)]
[let g : G = d]
[file (c.name.concat('/') + g.name() + '.py', false, 'UTF-8')]
{[c.name/]} \\[i/] {{x}} ['['/]
[if (c.a)][body(c, 'y')/][elseif (q(c) = '')]
  [c.body('z')/]
[else]
  # [protected ('p' + c.q())]
  text
  # [/protected]
[/if]
[for (c.ds) before ('(') separator (', ') after (')')][self.h/][/for]
[/file]
[elselet h : H = d]
[/let]
[/for]
[/template]
[template private body(c : C, t : String) post (trim())]
  [c.name/] [t/] [xs->sep(' ')/]
[/template]
[template private name(g : G)]
[g.n/][if (g.m)]-[g.m/][/if]
[/template]
";

/// The files that a text becomes, with the findings.
fn imported(text: &str) -> (Vec<super::Made>, Vec<String>) {
    let mut sources = Sources::default();
    let file = sources.add("m.mtl", text.to_owned());
    let mut found = Diagnostics::default();
    let made = super::import((&sources, &[file]), None, &mut found);
    let found = found.iter().map(|d| render::short(d, &sources)).collect();
    (made, found)
}

#[test]
fn whatever_a_module_lacks_it_is_read_to_its_end() {
    let lines: Vec<&str> = SAMPLE.split_inclusive('\n').collect();
    for at in 0..lines.len() {
        let rest = lines.iter().enumerate().filter(|(n, _)| *n != at);
        imported(&rest.map(|(_, line)| *line).collect::<String>());
    }
    for (at, c) in SAMPLE.char_indices() {
        imported(&SAMPLE[..at]);
        imported(&[&SAMPLE[..at], &SAMPLE[at + c.len_utf8()..]].concat());
    }
}

#[test]
fn what_is_made_is_a_template_for_this_program() {
    let (made, found) = imported(SAMPLE);
    let errors: Vec<&String> = found.iter().filter(|f| f.contains("error")).collect();
    assert_eq!(errors.len(), 1, "{found:?}");
    assert!(
        errors[0].contains("text stands in single quotes"),
        "{found:?}"
    );
    for file in made.iter().filter(|m| m.is_template()) {
        let mut sources = Sources::default();
        let id = sources.add(file.path.clone(), file.text.clone());
        let mut found = Diagnostics::default();
        let front = file.text.find("\n---\n").unwrap() + 5;
        let body = Span::new(id, front, file.text.len());
        crate::generate::syntax::parse(&file.text, body, &mut found);
        assert!(found.is_empty(), "{}\n{:?}", file.text, found);
    }
}

#[test]
fn blocks_nest_so_deep_and_no_deeper() {
    let nested = "[if (c.a)]".repeat(100_000);
    let (_, found) = read(&format!("[module m('u')/]\n[template t(c : C)]\n{nested}"));
    let deep = found.iter().filter(|f| f.contains("error[limit]")).count();
    assert_eq!(deep, 1);
    assert!(found.len() < 110, "{}", found.len());
}
