//! Files that are made to break readers: a finding at a place, the exit code of bad input, never a panic.
//!
//! What they may cost in time and memory is measured by `tests/run hostile`, with larger ones.

use std::fs;
use std::ops::RangeInclusive;
use std::sync::Arc;

use mlopsgen::diag::{Diagnostics, Sources, render};
use mlopsgen::format;
use mlopsgen::format::resource::{Metamodels, text_of};
use mlopsgen::format::uri::UriMap;
use mlopsgen::metamodel::Metamodel;
use mlopsgen::world::MemoryWorld;

use crate::project::TestProject;

/// The endings of the files of all readers.
const ENDINGS: [&str; 4] = ["xmi", "ecore", "yaml", "json"];
/// How deep and how wide.
const MANY: usize = 100_000;

const METAMODEL: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<ecore:EPackage xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:ecore="http://www.eclipse.org/emf/2002/Ecore" name="h" nsURI="http://h" nsPrefix="h">
  <eClassifiers xsi:type="ecore:EClass" name="Né">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="name" eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EString"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="a" upperBound="-1" eType="#//N&#xe9;" containment="true"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="next" eType="#//N&#xe9;"/>
  </eClassifiers>
</ecore:EPackage>"##;

const XMI: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<h:Né xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI" xmlns:h="http://h" name="caf&#xe9; é" next="//@a.0">
  <!-- one -->
  <a name="x"><a><name><![CDATA[y]]></name></a></a>
</h:Né>"#;

const YAML: &str =
    "type: Né # é\nname: \"caf\\u00e9 é\"\nnext: x\na:\n  - &x {name: x}\n  - name: |\n      y\n";

const JSON: &str =
    r#"{"type": "Né", "name": "caf\u00e9 é", "next": "x", "a": [{"name": "x"}, {"a": []}]}"#;

fn whole(ending: &str) -> &'static str {
    match ending {
        "xmi" => XMI,
        "ecore" => METAMODEL,
        "yaml" => YAML,
        _ => JSON,
    }
}

fn head() -> &'static str {
    r#"<h:Né xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI" xmlns:h="http://h""#
}

fn package() -> &'static str {
    r#"<ecore:EPackage xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI" xmlns:ecore="http://www.eclipse.org/emf/2002/Ecore" name="p" nsURI="http://p" nsPrefix="p""#
}

/// A document type with entities of which each repeats the one before.
fn bomb() -> String {
    let mut text = "<!DOCTYPE a [<!ENTITY e0 \"x\">".to_owned();
    for i in 1..10 {
        let inside = format!("&e{};", i - 1).repeat(10);
        text += &format!("<!ENTITY e{i} \"{inside}\">");
    }
    text + "]>\n"
}

/// A file with the beginning of the finding that is expected.
type Case = (&'static str, Vec<u8>, &'static str);

fn entities() -> Vec<Case> {
    let (head, package) = (head(), package());
    let outside = "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>\n";
    let file = |name, text: String, finding| (name, text.into_bytes(), finding);
    vec![
        file(
            "bomb.xmi",
            bomb() + &format!("{head} name=\"&e9;\"/>"),
            "2:85: error[xml-syntax]: the entity `&e1;` expands too far",
        ),
        file(
            "bomb-text.xmi",
            bomb() + &format!("{head}><name>&e9;</name></h:Né>"),
            "2:85: error[xml-syntax]: the entity `&e1;` expands too far",
        ),
        file(
            "bomb.ecore",
            bomb() + &format!("{package}><eAnnotations source=\"&e9;\"/></ecore:EPackage>"),
            "2:183: error[xml-syntax]: the entity `&e1;` expands too far",
        ),
        file(
            "loop.xmi",
            format!("<!DOCTYPE a [<!ENTITY a \"&b;\"><!ENTITY b \"&a;\">]>\n{head} name=\"&a;\"/>"),
            "2:85: error[xml-syntax]: the entity `&a;` expands too far",
        ),
        file(
            "outside.xmi",
            format!("{outside}{head} name=\"&e;\"/>"),
            "1:14: error[xml-syntax]: the entity `e` in another file is refused",
        ),
        file(
            "outside.ecore",
            format!("{outside}{package}><eAnnotations source=\"&e;\"/></ecore:EPackage>"),
            "1:14: error[xml-syntax]: the entity `e` in another file is refused",
        ),
        file(
            "type.xmi",
            format!("<!DOCTYPE a SYSTEM \"http://h/h.dtd\">\n{head}/>"),
            "1:13: error[xml-syntax]: a document type in another file is refused",
        ),
        file(
            "parameter.xmi",
            format!("<!DOCTYPE a [<!ENTITY % e SYSTEM \"h.dtd\">%e;]>\n{head}/>"),
            "1:14: error[xml-syntax]: parameter entities are refused",
        ),
    ]
}

fn aliases() -> Vec<Case> {
    let repeated = |i: usize| vec![format!("*a{}", i - 1); 10].join(", ");
    let values = (1..10).map(|i| format!("a{i}: &a{i} [{}]\n", repeated(i)));
    let objects = (1..10).map(|i| format!("  - &a{i} {{a: [{}]}}\n", repeated(i)));
    let limit = "error[limit]: anchors and aliases repeat more than 200000 values";
    vec![
        (
            "aliases.yaml",
            format!("a0: &a0 [x]\n{}", values.collect::<String>()).into(),
            limit,
        ),
        (
            "objects.yaml",
            format!("a:\n  - &a0 {{name: x}}\n{}", objects.collect::<String>()).into(),
            limit,
        ),
        (
            "inside.yaml",
            b"a: &a [*a]\n".to_vec(),
            "1:8: error[yaml-syntax]: an alias inside of what it repeats",
        ),
    ]
}

fn nested() -> Vec<Case> {
    let (head, package) = (head(), package());
    let elements = "error[limit]: elements nest deeper than 500";
    let collections = "error[limit]: collections nest deeper than 200";
    let values = "error[limit]: arrays and objects nest deeper than 255";
    let deep = |open: &str, close: &str| open.repeat(MANY) + &close.repeat(MANY);
    let file = |name, text: String, finding| (name, text.into_bytes(), finding);
    vec![
        file(
            "deep.xmi",
            format!("{head}>{}</h:Né>", deep("<a>", "</a>")),
            elements,
        ),
        file(
            "deep-open.xmi",
            format!("{head}>{}", deep("<a>", "")),
            elements,
        ),
        file(
            "deep.ecore",
            format!(
                "{package}>{}</ecore:EPackage>",
                deep("<eSubpackages>", "</eSubpackages>")
            ),
            elements,
        ),
        file("deep-flow.yaml", deep("[", ""), collections),
        file("deep-objects.yaml", deep("{a: [", "]}"), collections),
        file("deep-list.yaml", deep("- ", "") + "x\n", collections),
        file("deep.json", deep("{\"a\": [", "]}"), values),
        file("deep-open.json", deep("[", ""), values),
    ]
}

fn wide() -> Vec<Case> {
    let each = |before: &str, after: &str| -> String {
        let mut text = String::new();
        for i in 0..MANY {
            text += &format!("{before}x{i}{after}");
        }
        text
    };
    let (head, package) = (head(), package());
    let limit = "error[limit]: the element has more than 4096 attributes";
    vec![
        (
            "wide.xmi",
            format!("{head}{}/>", each(" ", "=\"1\"")).into(),
            limit,
        ),
        (
            "wide.ecore",
            format!("{package}{}/>", each(" ", "=\"1\"")).into(),
            limit,
        ),
        (
            "same.xmi",
            format!("{head}{}/>", " name=\"1\"".repeat(MANY)).into(),
            "error[xml-syntax]: the attribute `name` stands here twice",
        ),
        (
            "wide.json",
            format!("{{{}\"type\": \"Né\"}}", each("\"", "\": 1, ")).into(),
            "error[unknown-feature]: class `Né` has no feature `x0`",
        ),
        (
            "same.yaml",
            "name: 1\n".repeat(MANY / 20).into(),
            "2:1: error[duplicate-key]: the key `name` stands here twice",
        ),
    ]
}

/// Runs the program on files: the finding, at a place of the file, and the code of bad input.
fn refused(cases: &[Case]) {
    let project = TestProject::empty();
    project.write("h.ecore", METAMODEL);
    for (name, bytes, finding) in cases {
        fs::write(project.root().join(name), bytes).unwrap();
        let mut arguments = vec!["check", name, "--format", "short"];
        if !format::is_ecore(name) {
            arguments.extend(["--metamodel", "h.ecore"]);
        }
        let ran = project.run(&arguments);
        let text = format!("{}{}", ran.out, ran.err);
        let shown: String = text.chars().take(600).collect();
        assert_eq!(ran.code, 1, "{name}: {shown}");
        let at = format!("{name}:");
        let found = text
            .lines()
            .any(|line| line.starts_with(&at) && line.contains(finding));
        assert!(found, "{name}: no {finding:?} in\n{shown}");
    }
}

#[test]
fn entities_that_repeat_and_those_of_other_files_are_refused() {
    refused(&entities());
}

#[test]
fn aliases_that_repeat_are_refused() {
    refused(&aliases());
}

#[test]
fn nesting_without_an_end_is_refused() {
    refused(&nested());
}

#[test]
fn elements_without_an_end_are_read_or_refused() {
    refused(&wide());
}

/// What the readers of models are given beside the file.
struct Readers(Arc<Metamodel>);

impl Readers {
    fn new() -> Self {
        let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
        let file = sources.add("h.ecore", METAMODEL);
        let (world, map) = (MemoryWorld::default(), UriMap::default());
        let mut all = Metamodels::new(&world, &map);
        all.add("h.ecore", file, (&sources, &mut found));
        let metamodel = all.metamodel(&mut found);
        assert!(!found.has_errors(), "{found:?}");
        Self(Arc::new(metamodel))
    }

    /// The errors of a file, each of which has a place in it.
    fn errors(&self, path: &str, bytes: &[u8]) -> Vec<String> {
        let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
        if let Some(file) = text_of(
            bytes.to_vec().into(),
            path.to_owned(),
            &mut sources,
            &mut found,
        ) {
            if format::is_ecore(path) {
                let (world, map) = (MemoryWorld::default(), UriMap::default());
                let mut all = Metamodels::new(&world, &map);
                all.add(path, file, (&sources, &mut found));
                all.metamodel(&mut found);
            } else {
                format::read(path, (&sources, file), &self.0, &mut found);
            }
        }
        let errors = found.iter().filter(|d| d.is_error());
        let lines = errors.map(|d| render::short(d, &sources));
        let lines: Vec<String> = lines.collect();
        for line in &lines {
            let at = line.strip_prefix(&format!("{path}:"));
            let at = at.and_then(|rest| rest.split_once(": error["));
            assert!(
                at.is_some(),
                "{line} for {:?}",
                String::from_utf8_lossy(bytes)
            );
        }
        lines
    }
}

#[test]
fn every_file_that_is_cut_off_is_refused() {
    let readers = Readers::new();
    for ending in ENDINGS {
        let (path, text) = (format!("cut.{ending}"), whole(ending));
        assert_eq!(readers.errors(&path, text.as_bytes()), [""; 0], "{path}");
        for end in 0..text.len() {
            let errors = readers.errors(&path, &text.as_bytes()[..end]);
            // Some beginnings of YAML are whole files.
            assert!(!errors.is_empty() || ending == "yaml", "{path}: {end}");
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let readers = Readers::new();
    for ending in ENDINGS {
        let path = format!("bytes.{ending}");
        let text = whole(ending);
        let at = text.find('é').unwrap();
        for (bytes, finding) in [
            (text.replace('é', "\u{1}").into_bytes(), "error["),
            (
                [&text.as_bytes()[..=at], &text.as_bytes()[at + 2..]].concat(),
                "is not UTF-8",
            ),
            ([text.as_bytes(), b"\xff"].concat(), "is not UTF-8"),
            (b"\xff\xfea\x00:\x00\x00\xd8".to_vec(), "error[encoding]"),
            (vec![0; 1000], "error["),
            (Vec::new(), "error["),
        ] {
            let errors = readers.errors(&path, &bytes);
            let found = errors.iter().any(|e| e.contains(finding));
            assert!(found, "{path}: {errors:?} for {bytes:?}");
        }
    }
}

/// Numbers that are the same in each run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap()
    }

    fn between(&mut self, range: RangeInclusive<usize>) -> usize {
        range.start() + self.next() % (range.end() - range.start() + 1)
    }
}

#[test]
fn random_bytes_are_refused() {
    let readers = Readers::new();
    let mut random = Random(7);
    for ending in ENDINGS {
        let path = format!("random.{ending}");
        for _ in 0..100 {
            let length = random.between(1..=300);
            let bytes: Vec<u8> = (0..length)
                .map(|_| random.next().to_le_bytes()[0])
                .collect();
            assert!(!readers.errors(&path, &bytes).is_empty(), "{bytes:?}");
        }
    }
}

#[test]
fn random_mistakes_have_places() {
    const MARKS: &[u8] = b"<>&;\"'=/!?[]{}():,-#*|%@~\\ \n\t\r\0a1";
    let readers = Readers::new();
    let mut random = Random(11);
    for ending in ENDINGS {
        let path = format!("mistakes.{ending}");
        for _ in 0..300 {
            let mut bytes = whole(ending).as_bytes().to_vec();
            for _ in 0..random.between(1..=4) {
                let at = random.between(0..=bytes.len() - 1);
                let mark = MARKS[random.between(0..=MARKS.len() - 1)];
                match random.between(0..=2) {
                    0 => bytes[at] = mark,
                    1 => bytes.insert(at, mark),
                    _ => drop(bytes.drain(at..bytes.len().min(at + 9))),
                }
                if bytes.is_empty() {
                    bytes.push(mark);
                }
            }
            readers.errors(&path, &bytes);
        }
    }
}
