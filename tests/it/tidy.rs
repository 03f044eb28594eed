//! The house rules that no compiler checks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use mlopsgen::diag::CODES;
use mlopsgen::generate::language::LANGUAGES;
use mlopsgen::pipeline;

/// Modules in the only allowed order of dependency.
const ORDER: &[&str] = &[
    "rows",
    "diag",
    "world",
    "metamodel",
    "model",
    "format",
    "merge",
    "expr",
    "recipe",
    "constraint",
    "transform",
    "diagram",
    "generate",
    "import",
    "pipeline",
    "workspace",
    "git",
    "audit",
    "report",
    "watch",
    "cli",
];

/// Names of the metamodel that are words of every program.
const COMMON: &[&str] = &[
    "name",
    "version",
    "description",
    "type",
    "value",
    "key",
    "path",
    "format",
    "parameters",
    "labels",
    "function",
    "functions",
    "encoding",
    "rule",
    "name",
    "model",
    "owner",
    "min",
    "max",
    "unit",
    "role",
    "order",
    "command",
    "port",
    "split",
    "features",
    "steps",
    "columns",
    "enabled",
    "parts",
    "length",
    "metric",
    "metrics",
    "action",
    "tag",
    "target",
    "method",
    "low",
    "high",
    "kind",
    "uri",
    "size",
    "host",
    "key",
    "replicas",
    "schedule",
    "network",
    "storage",
    "secrets",
    "environment",
    "gates",
    "reports",
    "filters",
    "images",
    "purpose",
    "registry",
    "folds",
    "shuffle",
    "goal",
    "layers",
    "delimiter",
    "label",
    "seed",
    "task",
    "license",
    "interval",
    "resources",
    "retries",
    "Feature",
    "Function",
    "Parameter",
    "Layer",
    "Metric",
    "Scale",
    "Label",
    "Storage",
    "Model",
    "Encode",
    "Documented",
    "package",
    "versions",
    "values",
    "items",
    "default",
    "settings",
    "file",
    "files",
    "from",
    "stages",
    "remove",
    "number",
    "base",
    "operation",
    "replace",
    "config",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of `src` that is Rust, by its path below it.
fn sources() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    collect(&root().join("src"), &mut files);
    files
}

fn collect(folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let name = path
                .strip_prefix(root().join("src"))
                .unwrap()
                .to_string_lossy()
                .into_owned();
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// The part of a file before its unit tests.
fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod tests {")
        .map_or(text, |at| &text[..at])
}

fn backward_uses(path: &str, text: &str) -> Vec<String> {
    let module = path.split('/').next().unwrap().trim_end_matches(".rs");
    let Some(own) = ORDER.iter().position(|m| *m == module) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (at, _) in without_tests(text).match_indices("crate::") {
        let used: String = text[at + 7..]
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        if ORDER
            .iter()
            .position(|m| *m == used)
            .is_some_and(|p| p > own)
        {
            found.push(format!("{path} uses {used}, which is below {module}"));
        }
    }
    found
}

#[test]
fn modules_use_only_those_above_them() {
    assert!(
        !backward_uses("model/mod.rs", "use crate::cli::x;").is_empty(),
        "the check finds a planted fault"
    );
    let found: Vec<String> = sources()
        .iter()
        .flat_map(|(p, t)| backward_uses(p, t))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn files_are_short_and_say_what_they_are() {
    for (path, text) in sources() {
        assert!(
            text.starts_with("//!"),
            "src/{path} does not begin with `//!`"
        );
        assert!(
            text.lines().count() <= 800,
            "src/{path} has more than 800 lines"
        );
        for word in [
            "dbg!(",
            "todo!(",
            "unimplemented!(",
            "FIXME",
            "fixme",
            "XXX",
        ] {
            assert!(!text.contains(word), "src/{path} contains {word}");
        }
    }
}

/// All texts below a folder.
fn texts(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|e| e.unwrap().path());
    let all = paths.map(|path| {
        if path.is_dir() {
            texts(&path)
        } else {
            fs::read_to_string(path).unwrap()
        }
    });
    all.collect()
}

#[test]
fn every_code_has_a_case_that_shows_it() {
    let cases = texts(&root().join("tests/suite")) + &texts(&root().join("tests/it"));
    for row in CODES {
        let shown = ["error", "warning"]
            .iter()
            .any(|s| cases.contains(&format!("{s}[{}]", row.id)));
        assert!(shown, "no test shows `{}`", row.id);
    }
}

/// The names of classes, features, literals and algorithms of the built-in metamodels.
fn domain_names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (path, bytes) in pipeline::pack("mlops").unwrap().iter() {
        let text = String::from_utf8_lossy(bytes);
        if path.ends_with(".ecore") {
            for tag in text.split('<').filter(|t| !t.starts_with("ecore:EPackage")) {
                let name = tag
                    .split("name=\"")
                    .nth(1)
                    .and_then(|rest| rest.split('"').next());
                names.extend(name.map(str::to_owned));
            }
        } else {
            let after = |key: &'static str| {
                let rests = text.split(key).skip(1);
                rests.filter_map(|rest| rest.split([' ', ',', '}', '\n']).next())
            };
            let classes = after("importPath: ").filter_map(|i| i.rsplit('.').next());
            names.extend(classes.map(str::to_owned));
            if path.starts_with("metamodel/registry/") {
                // Parameters of one word, such as `missing`, are words of every program.
                let compound = after("name: ").filter(|n| n.contains('_'));
                names.extend(compound.map(str::to_owned));
            }
        }
    }
    names.retain(|n| n.len() > 3 && !COMMON.contains(&n.as_str()));
    names
}

/// String literals and identifiers of code that are a name of the domain.
fn named(text: &str, names: &BTreeSet<String>) -> Vec<String> {
    let code: String = without_tests(text)
        .lines()
        .filter(|l| !l.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut found: Vec<String> = Vec::new();
    for (index, part) in code.split('"').enumerate() {
        let words = part.split(|c: char| !c.is_alphanumeric() && c != '_');
        for word in words.filter(|w| names.contains(*w)) {
            let compound = word.chars().skip(1).any(char::is_uppercase) || word.contains('_');
            let in_text = index % 2 == 1;
            // A single word is suspicious where it is a whole string; a compound one anywhere.
            if (in_text && part == word)
                || (compound
                    && (in_text || word.contains('_') || word.starts_with(char::is_lowercase)))
            {
                found.push(word.to_owned());
            }
        }
    }
    found
}

#[test]
fn the_engine_names_nothing_of_the_metamodel() {
    let names = domain_names();
    assert!(names.len() > 150, "{} names", names.len());
    for name in ["dataProcessing", "RandomForestClassifier", "n_estimators"] {
        assert!(names.contains(name), "{name} is no name");
    }
    assert_eq!(
        named("let x = \"dataProcessing\";", &names),
        ["dataProcessing"],
        "the check finds a planted fault"
    );
    for (path, text) in sources() {
        // A target language has words of its own: what `VOLUME` is to Docker is nothing of the metamodel.
        // And Ecore, in which every metamodel is written, has features of its own names; so has what is imported keywords.
        let other_words = [
            "metamodel/builtin/tables.rs",
            "import/acceleo/scan.rs",
            "import/acceleo/parser.rs",
        ];
        if path.starts_with("generate/language/") || other_words.contains(&path.as_str()) {
            continue;
        }
        let found = named(&text, &names);
        assert!(
            found.is_empty(),
            "src/{path} names {found:?} of the metamodel"
        );
    }
}

#[test]
fn target_languages_are_named_in_their_folder_alone() {
    let names: Vec<&str> = LANGUAGES
        .iter()
        .map(|l| l.name())
        .filter(|n| !matches!(*n, "yaml" | "json" | "text" | "toml" | "markdown"))
        .collect();
    let mentions = |text: &str| {
        let code: Vec<&str> = without_tests(text)
            .lines()
            .filter(|l| !l.trim_start().starts_with("//"))
            .collect();
        let code = code.join("\n").to_lowercase();
        names
            .iter()
            .any(|n| code.contains(&format!("\"{n}\"")) || code.contains(&format!("{n}::")))
    };
    assert!(
        mentions("let x = \"python\";"),
        "the check finds a planted fault"
    );
    for (path, text) in sources() {
        let home = path.starts_with("generate/language/");
        assert!(
            home || !mentions(&text),
            "src/{path} names a target language"
        );
    }
}
