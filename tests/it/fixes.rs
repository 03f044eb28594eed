//! The fix of a mistake in rules mends it: the file is right afterwards.

use mlopsgen::diag::{Diagnostic, Fix};
use mlopsgen::pipeline::{self, Run};
use mlopsgen::world::MemoryWorld;

const SHOP: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<ecore:EPackage xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ecore="http://www.eclipse.org/emf/2002/Ecore"
    name="shop" nsURI="http://example.org/shop" nsPrefix="shop">
  <eClassifiers xsi:type="ecore:EEnum" name="Colour">
    <eLiterals name="GREEN"/>
    <eLiterals name="YELLOW" value="1"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Item">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="name" eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EString"/>
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="colour" eType="#//Colour"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="items" upperBound="-1" eType="#//Item" containment="true"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="best" eType="#//Item"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="cover" eType="#//Book"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Book" eSuperTypes="#//Item"/>
</ecore:EPackage>
"##;

/// Runs one rule that completes books.
fn run(rule: &str) -> (String, Run) {
    let rules = format!(
        "transform: t\nkind: refine\nmetamodel: shop\nrules:\n  - rule: r\n    match: {{x: Book}}\n    {rule}\n"
    );
    let run = run_file(&rules);
    (rules, run)
}

fn run_file(rules: &str) -> Run {
    let mut world = MemoryWorld::default();
    world.insert("shop.ecore", SHOP);
    world.insert("shop.yaml", "- {type: Item, name: a, items: [{name: b}]}\n");
    world.insert("t.rules.yaml", rules);
    world.insert(
        "mlopsgen.yaml",
        "metamodels: [shop.ecore]\nmodels: [shop.yaml]\ntransforms: [t.rules.yaml]\ntemplates: []\n",
    );
    pipeline::run(&world)
}

/// The text after each of the edits of its first error that has some; none leaves an error.
fn mended(text: &str) -> Vec<String> {
    let broken = run_file(text);
    let found = errors(&broken);
    let with_fixes = found.iter().find(|d| !d.fixes.is_empty());
    let fixes = with_fixes.unwrap_or_else(|| panic!("no fix of {text}: {found:?}"));
    let apply = |fix: &Fix| {
        let mut text = text.to_owned();
        text.replace_range(fix.span.range(), &fix.replacement);
        let mended = run_file(&text);
        assert!(errors(&mended).is_empty(), "{text}: {:?}", errors(&mended));
        text
    };
    fixes.fixes.iter().map(apply).collect()
}

fn errors(run: &Run) -> Vec<&Diagnostic> {
    run.diagnostics.iter().filter(|d| d.is_error()).collect()
}

/// What somebody writes in a rule, and what the edit makes of it.
const MENDED: &[(&str, &str)] = &[
    (
        "set: {name: ${x.best.name}}",
        "set: {name: \"${x.best.name}\"}",
    ),
    (
        "where: x.name == 'a'\n    delete: true",
        "where: x.name = 'a'\n    delete: true",
    ),
    (
        "where: x.name != 'a'\n    delete: true",
        "where: x.name <> 'a'\n    delete: true",
    ),
    (
        "where: x.name = 'a' && x.best <> null\n    delete: true",
        "where: x.name = 'a' and x.best <> null\n    delete: true",
    ),
    ("set: {colour: YELOW}", "set: {colour: YELLOW}"),
    (
        "set: {best: \"${x.items}\"}",
        "set: {best: \"${x.items->first()}\"}",
    ),
    (
        "set: {best: \"${x.items->select(i | i.name = 'a')}\"}",
        "set: {best: \"${x.items->select(i | i.name = 'a')->first()}\"}",
    ),
    (
        "set: {best: '${x.items->select(i | i.name = ''a'')}'}",
        "set: {best: '${x.items->select(i | i.name = ''a'')->first()}'}",
    ),
    (
        "set: {cover: \"${let b = x.best in b}\"}",
        "set: {cover: \"${(let b = x.best in b).asType(Book)}\"}",
    ),
    ("set: {best: x}", "set: {best: \"${x}\"}"),
    ("set: {colour: 'x.colour'}", "set: {colour: '${x.colour}'}"),
    (
        "where: ${x.best <> null}\n    delete: true",
        "where: x.best <> null\n    delete: true",
    ),
    ("delete: Yes", "delete: true"),
    ("set: name: a", "set: {name: a}"),
    (
        "if: x.best <> null\n    delete: true",
        "where: x.best <> null\n    delete: true",
    ),
    ("set: {colour: green}", "set: {colour: GREEN}"),
    (
        "set: {best: \"${x.items->first}\"}",
        "set: {best: \"${x.items->first()}\"}",
    ),
    (
        "set: {name: \"${if x.best = null then 'a' else 'b'}\"}",
        "set: {name: \"${if x.best = null then 'a' else 'b' endif}\"}",
    ),
    (
        "set: {name: \"${x.best?.name}\"}",
        "set: {name: \"${x.best.name}\"}",
    ),
    (
        "set: {best: \"${OclUndefined}\"}",
        "set: {best: \"${null}\"}",
    ),
    (
        "set: {name: \"${x.getName()}\"}",
        "set: {name: \"${x.name}\"}",
    ),
    (
        "where: x.items->size()%2 = 0\n    delete: true",
        "where: x.items->size()mod 2 = 0\n    delete: true",
    ),
    (
        "where: \"x.name = \\\"it's\\\"\"\n    delete: true",
        "where: \"x.name = 'it''s'\"\n    delete: true",
    ),
    (
        "where: \"x.name.matches('\\\\d')\"\n    delete: true",
        "where: \"x.name.matches('\\\\\\\\d')\"\n    delete: true",
    ),
    (
        "where: x.name = 'a #b' and x.best <> null\n    delete: true",
        "where: \"x.name = 'a #b' and x.best <> null\"\n    delete: true",
    ),
    (
        "set:\n      name: ${x.name + ' #1'} # a comment",
        "set:\n      name: \"${x.name + ' #1'}\" # a comment",
    ),
    (
        "set: {cover: \"${x.best}\"}",
        "set: {cover: \"${x.best.asType(Book)}\"}",
    ),
    (
        "description: one: two\n    delete: true",
        "description: \"one: two\"\n    delete: true",
    ),
];

#[test]
fn a_fix_mends_its_mistake() {
    for (wrong, right) in MENDED {
        let (mut text, broken) = run(wrong);
        let found = errors(&broken);
        let fix = found.iter().find_map(|d| d.fixes.first());
        let fix = fix.unwrap_or_else(|| panic!("no fix of {wrong}: {found:?}"));
        text.replace_range(fix.span.range(), &fix.replacement);
        assert!(text.contains(*right), "{wrong} became {text}");
        let (_, mended) = run(right);
        assert!(errors(&mended).is_empty(), "{right}: {:?}", errors(&mended));
    }
}

#[test]
fn an_edit_that_would_not_be_enough_is_not_offered() {
    for wrong in [
        "set: {name: a ${x.name} of {}}",
        "set: {best: \"${x.name}\"}",
    ] {
        let (_, broken) = run(wrong);
        let found = errors(&broken);
        assert!(!found.is_empty(), "{wrong}");
        assert!(
            found.iter().all(|d| d.fixes.is_empty()),
            "{wrong}: {found:?}"
        );
    }
}

#[test]
fn a_stage_gets_the_limit_that_it_lacks() {
    let file =
        |stage: &str| format!("transform: t\nkind: refine\nmetamodel: shop\nstages:\n{stage}");
    let rules = "rules: [{rule: r, match: {x: Book}, delete: true}]";
    for (wrong, right) in [
        (
            format!("  - stage: a\n    until: fixpoint # for ever\n    {rules}\n"),
            format!("  - stage: a\n    until: fixpoint # for ever\n    max: 100\n    {rules}\n"),
        ),
        (
            format!("  - {{stage: a, until: fixpoint, {rules}}}\n"),
            format!("  - {{stage: a, until: fixpoint, max: 100, {rules}}}\n"),
        ),
        (
            format!("  - {rules}\r\n    until: fixpoint"),
            format!("  - {rules}\r\n    until: fixpoint\n    max: 100"),
        ),
    ] {
        assert_eq!(mended(&file(&wrong)), [file(&right)]);
    }
}

#[test]
fn of_a_key_that_stands_twice_either_one_goes() {
    let file = |rule: &str| {
        format!(
            "transform: t\nkind: refine\nmetamodel: shop\nrules:\n  - rule: r\n    match: {{x: Book}}\n{rule}"
        )
    };
    for (wrong, right) in [
        (
            "    # why\n    set: {name: a}\n    # then\n    set:\n      name: b\n",
            &[
                "    # why\n    set: {name: a}\n",
                "    # then\n    set:\n      name: b\n",
            ][..],
        ),
        (
            "    set: {name: a, colour: GREEN, name: b}\n",
            &[
                "    set: {name: a, colour: GREEN}\n",
                "    set: {colour: GREEN, name: b}\n",
            ],
        ),
        (
            "    set: {\"name\": a, # one\n      \"name\": b}\n",
            &[
                "    set: {\"name\": a, # one\n      }\n",
                "    set: { # one\n      \"name\": b}\n",
            ],
        ),
    ] {
        let right: Vec<String> = right.iter().map(|r| file(r)).collect();
        assert_eq!(mended(&file(wrong)), right);
    }
}

#[test]
fn a_helper_is_called() {
    let file = |path: &str| {
        format!(
            "transform: t\nkind: refine\nmetamodel: shop\nhelpers:\n  - {{helper: Item.label, returns: String, value: self.name}}\n\
             rules:\n  - rule: r\n    match: {{x: Book}}\n    where: {path} <> ''\n    delete: true\n"
        )
    };
    for (wrong, right) in [
        ("x.label", "x.label()"),
        (
            "x.items->collect(i | i.label)->join('')",
            "x.items->collect(i | i.label())->join('')",
        ),
    ] {
        assert_eq!(mended(&file(wrong)), [file(right)]);
    }
}

const MAP: &str = "transform: t\nkind: map\nmetamodels: {in: shop, out: shop}\nrules:\n";

#[test]
fn each_of_several_targets_can_be_meant() {
    let file = |best: &str| {
        format!(
            "{MAP}  - rule: Item\n    from: {{i: Item}}\n    where: not i.isKindOf(Book)\n    to:\n      book: {{Book: {{name: x, best: {best}}}}}\n      \
             front: {{Item: {{name: f}}}}\n      back: {{Item: {{name: b, cover: {best}}}}}\n"
        )
    };
    // The main target is a book: where an item is wanted too, it is meant.
    assert!(errors(&run_file(&file("\"${i}\""))).is_empty());
    let file = |best: &str| {
        format!(
            "{MAP}  - rule: Item\n    from: {{i: Item}}\n    to:\n      main: {{Item: {{name: x, cover: {best}}}}}\n      \
             front: {{Book: {{name: f}}}}\n      back: {{Book: {{name: b}}}}\n"
        )
    };
    for (wrong, right) in [
        (
            "\"${i}\"",
            [
                "\"${i.target('Item.front')}\"",
                "\"${i.target('Item.back')}\"",
            ],
        ),
        (
            "'${i}'",
            [
                "'${i.target(''Item.front'')}'",
                "'${i.target(''Item.back'')}'",
            ],
        ),
    ] {
        assert_eq!(mended(&file(wrong)), right.map(file));
    }
}

#[test]
fn each_of_several_rules_can_be_meant() {
    let file = |best: &str| {
        format!(
            "{MAP}  - rule: One\n    from: {{i: Item}}\n    to: {{one: {{Item: {{name: x, best: \"{best}\"}}}}}}\n  \
             - rule: Two\n    also: true\n    from: {{i: Item}}\n    to:\n      two: {{Item: {{name: y}}}}\n      more: {{Item: {{name: z}}}}\n"
        )
    };
    let right = ["${i.target('One')}", "${i.target('Two.two')}"].map(file);
    assert_eq!(mended(&file("${i}")), right);
}
