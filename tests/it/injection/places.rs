//! Every place of every language: what is printed there is read again by a reader of others, and is the same text.

use std::process::{Command, Stdio};

use mlopsgen::generate::language::{self, Scalar};

use super::strings;

/// What a reader makes of a file: the text that was printed into it.
type Read = fn(&str) -> Option<String>;
/// The language, the text before the value, the text behind it, the reader, and what may be refused.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    Read,
    fn(&str) -> bool,
);

fn nothing(_: &str) -> bool {
    false
}

fn controls(text: &str) -> bool {
    text.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
}

const CASES: &[Case] = &[
    ("python", "x = ", "\n", python, nothing),
    ("python", "x = [", "]\n", python_item, nothing),
    ("python", "x = \"", "\"\n", python, nothing),
    ("python", "x = '", "'\n", python, nothing),
    ("python", "x = \"\"\"", "\"\"\"\n", python, nothing),
    ("python", "x = '''", "'''\n", python, nothing),
    ("python", "x = f\"", "\"\n", python_formatted, nothing),
    ("json", "[", "]", json, nothing),
    ("json", "[\"", "\"]", json, nothing),
    ("toml", "x = ", "\n", toml, nothing),
    ("toml", "x = \"", "\"\n", toml, nothing),
    ("toml", "x = '", "'\n", toml, |t| {
        controls(t) || t.contains('\'')
    }),
    ("yaml", "x: ", "\n", yaml, nothing),
    ("yaml", "- ", "\n", yaml, nothing),
    ("yaml", "x: [", "]\n", yaml, nothing),
    ("yaml", "x: {y: ", "}\n", yaml, nothing),
    ("yaml", "x: \"", "\"\n", yaml, nothing),
    ("yaml", "x: '", "'\n", yaml, |t| {
        controls(t) || t.contains(['\u{fffe}', '\u{ffff}'])
    }),
    ("yaml", "x: |-\n  a", "\n", yaml_block, yaml_block_refuses),
    (
        "dockerfile",
        "FROM a\nLABEL x=",
        "\n",
        docker_word,
        controls_or_dash,
    ),
    (
        "dockerfile",
        "FROM a\nENV X=\"",
        "\"\n",
        docker_word,
        controls,
    ),
    ("dockerfile", "FROM a\nCMD [", "]\n", docker_array, controls),
    (
        "dockerfile",
        "FROM a\nCMD [\"",
        "\"]\n",
        docker_array,
        controls,
    ),
];

fn controls_or_dash(text: &str) -> bool {
    controls(text) || text.starts_with('-')
}

/// Carriage returns and controls have no place in a block.
fn yaml_block_refuses(text: &str) -> bool {
    let bad = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(
                c,
                '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
            )
    };
    text.contains(bad) || text.ends_with('\n') || text.ends_with(' ')
}

fn python(file: &str) -> Option<String> {
    let parsed = ruff_python_parser::parse_module(file).ok()?.into_syntax();
    let [statement] = &parsed.body[..] else {
        return None;
    };
    let value = &statement.as_assign_stmt()?.value;
    Some(value.as_string_literal_expr()?.value.to_str().to_owned())
}

fn python_item(file: &str) -> Option<String> {
    let parsed = ruff_python_parser::parse_module(file).ok()?.into_syntax();
    let [statement] = &parsed.body[..] else {
        return None;
    };
    let [item] = &statement.as_assign_stmt()?.value.as_list_expr()?.elts[..] else {
        return None;
    };
    Some(item.as_string_literal_expr()?.value.to_str().to_owned())
}

fn python_formatted(file: &str) -> Option<String> {
    let parsed = ruff_python_parser::parse_module(file).ok()?.into_syntax();
    let [statement] = &parsed.body[..] else {
        return None;
    };
    let value = &statement.as_assign_stmt()?.value;
    let parts = value.as_f_string_expr()?.value.elements();
    parts
        .map(|p| Some(p.as_literal()?.value.to_string()))
        .collect()
}

fn json(file: &str) -> Option<String> {
    let [text]: [String; 1] = serde_json::from_str(file).ok()?;
    Some(text)
}

fn toml(file: &str) -> Option<String> {
    let table: toml::Table = file.parse().ok()?;
    Some(table.get("x")?.as_str()?.to_owned())
}

/// The only value of a YAML file that is no key.
fn yaml(file: &str) -> Option<String> {
    let value: serde_json::Value = serde_yaml::from_str(file).ok()?;
    let mut value = &value;
    loop {
        value = match value {
            serde_json::Value::Object(map) if map.len() == 1 => map.values().next()?,
            serde_json::Value::Array(items) if items.len() == 1 => &items[0],
            serde_json::Value::String(text) => return Some(text.clone()),
            _ => return None,
        };
    }
}

fn yaml_block(file: &str) -> Option<String> {
    yaml(file)?.strip_prefix('a').map(str::to_owned)
}

/// What Docker makes of the word behind the last `=`: quotes and backslashes go, and a bare `$` is a variable.
fn docker_word(file: &str) -> Option<String> {
    let line = file.strip_suffix('\n')?.rsplit_once("FROM a\n")?.1;
    let (_, word) = line.split_once('=')?;
    let (mut text, mut quote) = (String::new(), None);
    let mut chars = word.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') => {
                let next = chars.next()?;
                if quote.is_some() && !"\"\\$".contains(next) {
                    text.push('\\');
                }
                text.push(next);
            }
            (None | Some('"'), '$') | (None, ' ' | '\t' | '\n') => return None,
            (_, c) => text.push(c),
        }
    }
    quote.is_none().then_some(text)
}

fn docker_array(file: &str) -> Option<String> {
    let line = file.strip_suffix('\n')?.rsplit_once("CMD ")?.1;
    let [text]: [String; 1] = serde_json::from_str(line).ok()?;
    Some(text)
}

/// A text as a language writes it behind other text; what is wrong with the text is an error.
fn printed(language: &str, before: &str, text: &str) -> Result<String, String> {
    let language = language::find(Some(language), "").unwrap();
    let mut writer = language.writer();
    writer.feed(before);
    let mut out = String::new();
    writer.encode(&Scalar::Text(text), &mut out).map(|()| out)
}

#[test]
fn every_text_is_itself_at_every_place() {
    let mut wrong = Vec::new();
    for (name, before, after, read, may_refuse) in CASES {
        let language = language::find(Some(name), "").unwrap();
        for text in strings::all() {
            let shown: String = text.chars().take(40).collect();
            let Ok(inside) = printed(name, before, &text) else {
                if !may_refuse(&text) {
                    wrong.push(format!("{name} {before:?} refuses {shown:?}"));
                }
                continue;
            };
            let file = format!("{before}{inside}{after}");
            let valid = language.check(&file).is_empty();
            if !valid || read(&file).as_deref() != Some(text.as_str()) {
                let read = read(&file);
                wrong.push(format!(
                    "{name} {before:?}: {shown:?} is {read:?}, valid {valid}"
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} are wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_reader_finds_a_text_that_left_its_place() {
    for (file, read) in [
        ("x = \"\"; import os #\"\n", python as Read),
        ("[\"a\", \"b\"]", json),
        ("x: a\ny: b\n", yaml),
        ("x: no\n", yaml),
        ("FROM a\nLABEL x=$a\n", docker_word),
        ("x = \"a\"\ny = 1\n[z]\n", |f| toml(f).filter(|t| t != "a")),
    ] {
        assert_eq!(read(file), None, "{file}");
    }
}

/// Comments: nothing of the text begins a line of its own, and the file means what it means without it.
#[test]
fn no_text_leaves_a_comment() {
    for (name, before, after) in [
        ("python", "x = 1  # ", "\ny = 2\n"),
        ("yaml", "x: 1 # ", "\ny: 2\n"),
        ("toml", "x = 1 # ", "\ny = 2\n"),
        ("dockerfile", "FROM a\n# ", "\nRUN b\n"),
        ("shell", "a # ", "\nb\n"),
        ("makefile", "A := 1 # ", "\nall:\n"),
        ("makefile", "# ", "\nall:\n"),
    ] {
        for text in strings::all() {
            let inside = printed(name, before, &text);
            let Ok(inside) = inside else {
                assert!(
                    text.contains('\0') && name == "shell",
                    "{name} refuses {text:?}"
                );
                continue;
            };
            let breaks = |c: char| {
                matches!(
                    c,
                    '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
                )
            };
            assert!(
                !inside.contains(breaks),
                "{name}: {text:?} gives {inside:?}"
            );
            assert!(
                !inside.ends_with('\\') || name != "makefile",
                "{name}: {text:?}"
            );
            let file = format!("{before}{inside}{after}");
            let language = language::find(Some(name), "").unwrap();
            assert_eq!(language.check(&file), [], "{name}: {text:?}");
        }
    }
}

/// Runs a program with a text as its input; `None` where it is not installed.
fn ran(program: &str, arguments: &[&str], file: &str) -> Option<Vec<u8>> {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, file).unwrap();
    let mut command = Command::new(program);
    command.args(arguments).arg(&path).stdin(Stdio::null());
    command.current_dir(folder.path()).env("LC_ALL", "C.UTF-8");
    let output = command.output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
    assert_eq!(said, "", "{program}");
    Some(output.stdout)
}

/// The places of a shell word, each printed behind it with a null at its end.
const SHELL: &[(&str, &str)] = &[
    ("printf '%s\\0' ", "\n"),
    ("printf '%s\\0' \"", "\"\n"),
    ("printf '%s\\0' '", "'\n"),
    ("A=", "\nprintf '%s\\0' \"$A\"\n"),
    ("printf '%s\\0' \"$(printf %s ", "; printf .)\"\n"),
    ("f() { printf '%s\\0' ", "; }\nf\n"),
    ("cat <<END\na", "\nEND\nprintf '\\0'\n"),
    ("cat <<'END'\na", "\nEND\nprintf '\\0'\n"),
];

#[test]
fn every_text_is_itself_to_a_shell() {
    let (mut script, mut expected) = (String::new(), Vec::new());
    for (before, after) in SHELL {
        for text in strings::all() {
            let Ok(inside) = printed("shell", before, &text) else {
                let ends = text.lines().any(|l| l.trim_start_matches('\t') == "END");
                assert!(
                    text.contains('\0') || text.starts_with('-') || ends,
                    "{before:?} refuses {text:?}"
                );
                continue;
            };
            script.push_str(&format!("{before}{inside}{after}"));
            expected.push(match *before {
                b if b.starts_with("cat") => format!("a{text}\n"),
                b if b.contains("$(") => format!("{text}."),
                _ => text,
            });
        }
    }
    assert_eq!(
        language::find(Some("shell"), "").unwrap().check(&script),
        []
    );
    for program in ["bash", "sh"] {
        let Some(out) = ran(program, &[], &script) else {
            continue;
        };
        same(program, &out, &expected);
    }
}

/// Compares what a program printed, each text with a null behind it.
fn same(program: &str, out: &[u8], expected: &[String]) {
    let out = String::from_utf8_lossy(out);
    let mut read: Vec<&str> = out.split('\0').collect();
    assert_eq!(read.pop(), Some(""), "{program}");
    for (read, expected) in read.iter().zip(expected) {
        assert_eq!(read, expected, "{program}");
    }
    assert_eq!(read.len(), expected.len(), "{program}");
}

#[test]
fn every_text_is_itself_to_a_shell_of_docker() {
    let (mut script, mut expected) = (String::new(), Vec::new());
    for (before, after) in [
        ("FROM a\nRUN printf '%s\\0' ", "\n"),
        ("FROM a\nRUN printf '%s\\0' \"", "\"\n"),
        ("FROM a\nRUN true && \\\n    printf '%s\\0' ", "\n"),
    ] {
        for text in strings::all() {
            let Ok(inside) = printed("dockerfile", before, &text) else {
                assert!(controls_or_dash(&text), "{before:?} refuses {text:?}");
                continue;
            };
            let file = format!("{before}{inside}{after}");
            script.push_str(file.split_once("RUN ").unwrap().1);
            expected.push(text);
        }
    }
    if let Some(out) = ran("sh", &[], &script) {
        same("sh", &out, &expected);
    }
}

#[test]
fn every_text_is_itself_to_make() {
    let (mut file, mut recipe) = (String::new(), "all:\n".to_owned());
    let (mut values, mut words) = (Vec::new(), Vec::new());
    for text in strings::all() {
        if let Ok(inside) = printed("makefile", "A := ", &text) {
            let name = format!("A{}", values.len());
            file.push_str(&format!("{name} := {inside}\n$(info $({name})|)\n"));
            values.push(text.clone());
        } else {
            let (blank, end) = (text.starts_with([' ', '\t']), text.ends_with('\\'));
            assert!(controls(&text) || blank || end, "a value refuses {text:?}");
        }
        for (before, after) in [
            ("all:\n\t@printf '%s\\0' ", "\n"),
            ("all:\n\t@printf '%s\\0' \"", "\"\n"),
        ] {
            if let Ok(inside) = printed("makefile", before, &text) {
                recipe.push_str(before.strip_prefix("all:\n").unwrap());
                recipe.push_str(&format!("{inside}{after}"));
                words.push(text.clone());
            } else {
                assert!(controls_or_dash(&text), "a recipe refuses {text:?}");
            }
        }
    }
    let makefile = format!("{file}{recipe}");
    assert_eq!(
        language::find(Some("makefile"), "")
            .unwrap()
            .check(&makefile),
        []
    );
    let Some(out) = ran("make", &["-s", "-f"], &makefile) else {
        return;
    };
    let printed: Vec<u8> = values
        .iter()
        .flat_map(|v| format!("{v}|\n").into_bytes())
        .collect();
    assert!(out.starts_with(&printed), "values differ");
    same("make", &out[printed.len()..], &words);
}
