//! The fix of a mistake in rules mends it: the file is right afterwards.

use mlopsgen::diag::Diagnostic;
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

fn run(rule: &str) -> (String, Run) {
    let rules = format!(
        "transform: t\nkind: refine\nmetamodel: shop\nrules:\n  - rule: r\n    match: {{x: Book}}\n    {rule}\n"
    );
    let mut world = MemoryWorld::default();
    world.insert("shop.ecore", SHOP);
    world.insert("t.rules.yaml", rules.clone());
    world.insert(
        "mlopsgen.yaml",
        "metamodels: [shop.ecore]\nmodels: []\ntransforms: [t.rules.yaml]\ntemplates: []\n",
    );
    let run = pipeline::run(&world);
    (rules, run)
}

fn errors(run: &Run) -> Vec<&Diagnostic> {
    run.diagnostics.iter().filter(|d| d.is_error()).collect()
}

#[test]
fn a_fix_mends_its_mistake() {
    for (wrong, right) in [
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
            "set: {best: \"${(x.items->select(i | i.name = 'a'))->first()}\"}",
        ),
        (
            "set: {cover: \"${x.best}\"}",
            "set: {cover: \"${x.best.asType(Book)}\"}",
        ),
        (
            "description: one: two\n    delete: true",
            "description: \"one: two\"\n    delete: true",
        ),
    ] {
        let (mut text, broken) = run(wrong);
        let found = errors(&broken);
        let fix = found.iter().find_map(|d| d.fix.as_ref());
        let fix = fix.unwrap_or_else(|| panic!("no fix of {wrong}: {found:?}"));
        text.replace_range(
            fix.span.start as usize..fix.span.end as usize,
            &fix.replacement,
        );
        assert!(text.contains(right), "{wrong} became {text}");
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
        assert!(found.iter().all(|d| d.fix.is_none()), "{wrong}: {found:?}");
    }
}
