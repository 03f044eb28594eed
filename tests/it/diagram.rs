//! Diagrams: what is on them, what is left out, and that no name breaks out of its place.

use mlopsgen::diagram::{
    Diagram, Edge, EdgeKind, End, Kind, Mark, Node, Row, Rows, dot, mermaid, metamodel, model,
    plantuml, svg,
};
use mlopsgen::pipeline::{self, Run};
use mlopsgen::world::MemoryWorld;

use crate::project::TestProject;

const ECORE: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<ecore:EPackage xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ecore="http://www.eclipse.org/emf/2002/Ecore"
    name="shop" nsURI="http://example.org/shop" nsPrefix="shop">
  <eClassifiers xsi:type="ecore:EEnum" name="Colour">
    <eLiterals name="RED"/>
    <eLiterals name="GREEN" value="1"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Shop">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="name" lowerBound="1"
        eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EString"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="items" upperBound="-1" eType="#//Item" containment="true"
        eOpposite="#//Item/shop"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="best" eType="#//Item"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Item" abstract="true">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="name"
        eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EString"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="shop" eType="#//Shop" eOpposite="#//Shop/items"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Book" eSuperTypes="#//Item">
    <eStructuralFeatures xsi:type="ecore:EReference" name="sequel" eType="#//Book" eOpposite="#//Book/prequel"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="prequel" eType="#//Book" eOpposite="#//Book/sequel"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Pen" eSuperTypes="#//Item">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="colour" eType="#//Colour" defaultValueLiteral="GREEN"/>
  </eClassifiers>
</ecore:EPackage>
"##;

fn run(yaml: &str) -> Run {
    let mut world = MemoryWorld::default();
    world.insert("shop.ecore", ECORE);
    world.insert("shop.yaml", yaml);
    world.insert(
        "mlopsgen.yaml",
        "metamodels: [shop.ecore]\nmodels: [shop.yaml]\ntemplates: []\n",
    );
    let run = pipeline::run(&world);
    assert!(
        !run.diagnostics.has_errors(),
        "{:?}",
        run.diagnostics.iter().collect::<Vec<_>>()
    );
    run
}

fn objects(yaml: &str, options: &model::Options) -> Diagram {
    model::diagram(&run(yaml).models[0].written, options)
}

fn titles(diagram: &Diagram) -> Vec<String> {
    diagram.nodes.iter().map(Node::heading).collect()
}

/// Edges as sentences: `Shop -items-> Item`.
fn sentences(diagram: &Diagram) -> Vec<String> {
    let name = |node: usize| diagram.nodes[node].heading();
    let ends = |e: &Edge| format!("{}/{}", e.source.text(), e.target.text());
    let sentence = |e: &Edge| format!("{} {:?} {} {}", name(e.from), e.kind, ends(e), name(e.to));
    diagram.edges.iter().map(sentence).collect()
}

#[test]
fn a_class_diagram_shows_classes_enums_and_how_they_belong_together() {
    let run = run("name: a\n");
    let made = metamodel::diagram(&run.metamodel, &metamodel::Options::default());
    assert_eq!(titles(&made), ["Shop", "Item", "Book", "Pen", "Colour"]);
    assert_eq!(made.subtitle, "4 classes, 1 enum");
    assert_eq!(
        sentences(&made),
        [
            "Item Inheritance / Book",
            "Item Inheritance / Pen",
            "Shop Containment shop 0..1/items * Item",
            "Shop Reference /best 0..1 Item",
            "Book Pair prequel 0..1/sequel 0..1 Book",
        ]
    );
    let rows = |node: usize| -> Vec<String> {
        let rows = made.nodes[node].compartments.iter().flatten();
        rows.map(Row::text).collect()
    };
    assert_eq!(rows(0), ["name: EString [1]"]);
    assert_eq!(rows(3), ["colour: Colour = GREEN"]);
    assert_eq!(rows(4), ["RED", "GREEN"]);
}

#[test]
fn a_class_diagram_begins_where_it_is_told_and_says_what_it_leaves_out() {
    let run = run("name: a\n");
    let shown = |options: &metamodel::Options| {
        let made = metamodel::diagram(&run.metamodel, options);
        (titles(&made), made.notes)
    };
    let pen = run.metamodel.class_named("Pen").unwrap();
    let near = metamodel::Options {
        classes: vec![pen],
        ..metamodel::Options::default()
    };
    let (titles, notes) = shown(&near);
    assert_eq!(titles, ["Item", "Pen", "Colour"]);
    assert!(notes.is_empty());
    let few = metamodel::Options {
        limit: 2,
        rows: Rows::Hidden,
        ..metamodel::Options::default()
    };
    let (titles, notes) = shown(&few);
    assert_eq!(titles, ["Shop", "Item", "Colour"]);
    assert_eq!(notes, ["and 2 more classes"]);
    let none = metamodel::Options { limit: 0, ..few };
    let (titles, notes) = shown(&none);
    assert!(titles.is_empty(), "{titles:?}");
    assert_eq!(notes, ["and 4 more classes"]);
}

#[test]
fn an_object_diagram_shows_values_parts_and_references() {
    let yaml = "name: corner\nbest: Emma\nitems:\n  - {type: Book, name: Emma}\n  - {type: Pen, colour: RED}\n";
    let made = objects(yaml, &model::Options::default());
    assert_eq!(titles(&made), ["corner: Shop", "Emma: Book", ": Pen"]);
    assert_eq!(
        sentences(&made),
        [
            "corner: Shop Containment items/ Emma: Book",
            "corner: Shop Containment items/ : Pen",
            "corner: Shop Reference best/ Emma: Book",
        ]
    );
    assert_eq!(made.nodes[2].compartments[0][0].text(), "colour = RED");
    assert!(made.nodes[0].compartments.is_empty(), "{made:?}");
    // What is not shown is named.
    let alone = model::Options {
        depth: 0,
        ..model::Options::default()
    };
    let made = objects(yaml, &alone);
    assert_eq!(made.nodes[0].compartments[0][0].text(), "best = [Emma]");
    assert_eq!(made.notes, ["and 2 more objects"]);
}

#[test]
fn ten_thousand_objects_are_counted_and_a_few_are_shown() {
    let mut yaml = "name: corner\nitems:\n".to_owned();
    for i in 0..10_000 {
        yaml.push_str(&format!("  - {{type: Pen, name: p{i}}}\n"));
    }
    let made = objects(&yaml, &model::Options::default());
    assert_eq!(made.nodes.len(), 13);
    assert_eq!(made.nodes[12].title, "and 9,989 more");
    assert_eq!(made.subtitle, "10,001 objects");
    assert_eq!(made.notes, ["and 9,989 more objects"]);
    assert!(svg::svg(&made).contains("and 9,989 more objects"));
    let all = model::Options {
        siblings: usize::MAX,
        limit: 50,
        ..model::Options::default()
    };
    assert_eq!(objects(&yaml, &all).nodes.len(), 50);
}

/// Names that mean something in one of the formats.
const HOSTILE: &[&str] = &[
    "a\"b",
    "back\\slash\\",
    "two\nlines\r\n",
    "</text><script>alert(1)</script>",
    "]x[\"]",
    ":::class",
    "%%{init: {}}%%",
    "@enduml",
    "'/ comment",
    "}; digraph {",
    "<BR/>&amp;&#34;",
    "style x:#35;",
    "!include x",
    "~g~ $x* --",
    "\u{0}\u{1b}[31m\u{202e}",
    "",
];

fn hostile() -> Diagram {
    let node = |(at, name): (usize, &&str)| Node {
        id: format!("{name}{at}"),
        title: (*name).to_owned(),
        kind: match at % 4 {
            0 => Kind::Class,
            1 => Kind::Abstract,
            2 => Kind::Enum,
            _ => Kind::Object((*name).to_owned()),
        },
        group: Some(at % 2),
        compartments: vec![vec![
            Row::name(*name),
            Row {
                name: (*name).to_owned(),
                mark: Mark::Value,
                value: (*name).to_owned(),
            },
        ]],
        about: Some((*name).to_owned()),
    };
    let kinds = [
        EdgeKind::Inheritance,
        EdgeKind::Containment,
        EdgeKind::Reference,
        EdgeKind::Pair,
    ];
    let end = |name: &str| End {
        role: name.to_owned(),
        multiplicity: name.to_owned(),
    };
    let edge = |(at, name): (usize, &&str)| Edge {
        from: at,
        to: (at * 7 + 3) % HOSTILE.len(),
        kind: kinds[at % 4],
        source: end(name),
        target: end(name),
    };
    Diagram {
        title: HOSTILE.concat(),
        subtitle: HOSTILE.concat(),
        groups: vec![HOSTILE[0].to_owned(), HOSTILE[9].to_owned()],
        nodes: HOSTILE.iter().enumerate().map(node).collect(),
        edges: HOSTILE.iter().enumerate().map(edge).collect(),
        notes: HOSTILE.iter().map(|n| (*n).to_owned()).collect(),
    }
}

#[test]
fn a_picture_is_well_formed_whatever_names_say() {
    let picture = svg::svg(&hostile());
    let mut reader = quick_xml::Reader::from_str(&picture);
    let (mut depth, mut elements) = (0, 0);
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Start(tag) => {
                assert_ne!(tag.name().as_ref(), "script");
                depth += 1;
                elements += 1;
                for attribute in tag.attributes() {
                    attribute.unwrap();
                }
            }
            quick_xml::events::Event::End(_) => depth -= 1,
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    assert!(elements > 100, "{elements}");
    assert!(!picture.chars().any(|c| c.is_control() && c != '\n'));
    assert!(!picture.contains('\u{202e}'));
    let mut ids: Vec<&str> = picture
        .split(" id=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "identities are given once");
    assert!(picture.contains("role=\"img\"") && picture.contains("<title>"));
}

#[test]
fn no_name_breaks_out_of_its_place_in_a_text() {
    let made = hostile();
    let text = mermaid::mermaid(&made);
    for line in text.lines() {
        let quotes = line.matches('"').count();
        assert!(quotes % 2 == 0, "{line}");
        assert!(!line.contains("%%") && !line.contains(":::"), "{line}");
        assert!(
            !line.contains('\\') && !line.contains('`') && !line.contains('~'),
            "{line}"
        );
        let angles = line
            .replace("<<abstract>>", "")
            .replace("<<enumeration>>", "");
        assert!(
            !angles
                .replace("<|--", "")
                .replace("-->", "")
                .contains(['<', '>']),
            "{line}"
        );
    }
    assert_eq!(text.matches("namespace").count(), 2);

    let text = plantuml::plantuml(&made);
    assert_eq!(text.matches("@enduml").count(), 1);
    assert!(text.ends_with("\n@enduml\n"));
    for line in text.lines() {
        assert!(line.matches('"').count() % 2 == 0, "{line}");
        assert!(!line.trim_start().starts_with(['!', '\'']), "{line}");
        assert!(!line.contains('\\'), "{line}");
    }

    let text = dot::dot(&made);
    assert_eq!(
        text.matches("digraph {").count(),
        1 + text.matches("}; digraph {").count()
    );
    for line in text.lines() {
        let bare = line.replace("\\\\", "").replace("\\\"", "");
        assert!(bare.matches('"').count() % 2 == 0, "{line}");
        let open = line.matches('<').count();
        assert_eq!(
            open,
            line.matches('>').count() - line.matches("->").count(),
            "{line}"
        );
    }
}

#[test]
fn the_same_diagram_is_the_same_bytes() {
    let run = run("name: a\n");
    let make = || metamodel::diagram(&run.metamodel, &metamodel::Options::default());
    for write in [svg::svg, mermaid::mermaid, dot::dot, plantuml::plantuml] {
        assert_eq!(write(&make()), write(&make()));
        assert_eq!(write(&hostile()), write(&hostile()));
    }
}

#[test]
fn a_super_type_of_parts_everywhere_is_told_in_words() {
    let node = |name: &str| Node {
        id: name.to_owned(),
        title: name.to_owned(),
        kind: Kind::Class,
        group: None,
        compartments: Vec::new(),
        about: None,
    };
    let edge = |from, to, kind| Edge {
        from,
        to,
        kind,
        source: End::default(),
        target: End::default(),
    };
    let mut made = Diagram {
        nodes: ["Named", "Whole", "A", "B", "C", "D", "E"].map(node).into(),
        ..Diagram::default()
    };
    for part in 2..7 {
        made.edges.push(edge(0, part, EdgeKind::Inheritance));
        made.edges.push(edge(1, part, EdgeKind::Containment));
    }
    let picture = svg::svg(&made);
    assert_eq!(picture.matches("is a Named").count(), 5);
    assert!(!picture.contains("class=\"is\""), "there is no line for it");
    made.edges.retain(|e| e.kind == EdgeKind::Inheritance);
    let picture = svg::svg(&made);
    assert!(
        picture.contains("class=\"is\""),
        "a fan of its own is drawn"
    );
    assert!(mermaid::mermaid(&made).contains("n0 <|-- n2"));
}

#[test]
fn the_command_draws_metamodels_and_models() {
    let project = TestProject::small();
    for (format, begin) in [
        ("svg", "<svg "),
        ("mermaid", "classDiagram\n"),
        ("dot", "digraph {\n"),
        ("plantuml", "@startuml\n"),
    ] {
        for subject in ["metamodel", "model"] {
            let ran = project.run(&["diagram", subject, "--format", format]);
            assert_eq!(ran.code, 0, "{ran:?}");
            assert!(ran.out.starts_with(begin), "{}", ran.out);
        }
    }
    let ran = project.run(&["diagram", "metamodel", "--focus", "Shp"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("did you mean `Shop`?"), "{}", ran.err);
    let ran = project.run(&["diagram", "model", "--focus", "tea", "-o", "a/tea.svg"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(project.read("a/tea.svg").contains("tea"));
    let ran = project.run(&["diagram", "model", "--focus", "//@items.1", "--plain"]);
    assert!(
        ran.out.contains("milk") && !ran.out.contains("tea"),
        "{}",
        ran.out
    );
    project.write("models/other.yaml", "name: other\n");
    let ran = project.run(&["diagram", "model"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err
            .contains("name one: models/corner.yaml, models/other.yaml"),
        "{}",
        ran.err
    );
    // What can be read is drawn.
    project.edit("models/corner.yaml", "items:", "itms:");
    let ran = project.run(&["diagram", "model", "models/corner.yaml"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.starts_with("<svg ") && ran.err.contains("unknown-feature"));

    let elsewhere = TestProject::empty();
    elsewhere.write("shop.ecore", ECORE);
    let ran = elsewhere.run(&["diagram", "metamodel", "shop.ecore", "--package", "shop"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}
