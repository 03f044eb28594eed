//! `mlopsgen transform` with models that have names, and with metamodels as models.

use crate::project::TestProject;

const SHOP: &str = "\
transform: compared
kind: map
metamodels: {in: {old: shop, new: shop}, out: shop}
rules:
  - rule: Added
    from: {i: new::Item}
    where: not old::Item.all->exists(o | o.name = i.name)
    to: {item: {Item: {name: \"${i.name}\"}}}
";

fn compared(named: [&str; 2]) -> (i32, String, String) {
    let project = TestProject::empty();
    project.write("shop.ecore", &TestProject::small().read("shop.ecore"));
    project.write("a.yaml", "name: a\nitems: [{name: milk}]\n");
    project.write("b.yaml", "name: b\nitems: [{name: milk}, {name: tea}]\n");
    project.write("rules.yaml", SHOP);
    let [one, other] = named;
    let ran = project.run(&[
        "transform",
        "rules.yaml",
        "--metamodel",
        "shop.ecore",
        "--model",
        one,
        "--model",
        other,
    ]);
    (ran.code, ran.out, ran.err)
}

#[test]
fn two_models_of_one_metamodel_are_told_apart_by_name() {
    let (code, out, err) = compared(["old=a.yaml", "new=b.yaml"]);
    assert_eq!((code, &*out, &*err), (0, "type: Item\nname: tea\n", ""),);
    let (code, out, _) = compared(["new=a.yaml", "old=b.yaml"]);
    assert_eq!((code, out.contains("name")), (0, false), "{out}");
}

#[test]
fn a_model_without_its_name_is_an_error() {
    let (code, out, err) = compared(["old=a.yaml", "b.yaml"]);
    assert_eq!((code, &*out), (1, ""));
    assert!(
        err.contains("rule `Added` reads a model `new`, and none is given as such"),
        "{err}"
    );
    let (code, _, err) = compared(["a.yaml", "new=b.yaml"]);
    assert_eq!(code, 1);
    assert!(
        err.contains("no model is given as `old`: `--model old=FILE`"),
        "{err}"
    );
}

#[test]
fn a_metamodel_is_a_model_that_others_are_made_of() {
    let project = TestProject::empty();
    project.write("shop.ecore", &TestProject::small().read("shop.ecore"));
    project.write(
        "rules.yaml",
        "transform: shelves\nkind: map\nmetamodels: {in: ecore, out: shop}\nrules:\n  \
         - rule: Shop\n    from: {p: EPackage}\n    to: {s: {Shop: {name: \"${p.name}\", items: \"${p.eClassifiers}\"}}}\n  \
         - rule: Item\n    from: {c: EClass}\n    to: {i: {Item: {name: \"${c.name}\"}}}\n",
    );
    let model = ["--metamodel", "shop.ecore", "--model", "shop.ecore"];
    let ran = project.run(&[&["transform", "rules.yaml"], &model[..]].concat());
    assert_eq!(
        (ran.code, &*ran.out),
        (
            0,
            "type: Shop\nname: shop\nitems:\n  - name: Shop\n  - name: Item\n"
        ),
        "{ran:?}"
    );
}
