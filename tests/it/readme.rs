//! The README is true: its tour runs, command by command, and its picture shows what is printed.

use std::fs;
use std::path::Path;

use crate::project::TestProject;

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// A command and the words that its output must have, in order.
struct Step {
    command: String,
    expected: Vec<String>,
}

/// The commands of all `console` fences. A here-document goes on to its `END`.
fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    let mut document = false;
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let (true, false, Some(command)) = (inside, document, line.strip_prefix("$ ")) {
            document = command.contains("<<'END'");
            steps.push(Step {
                command: command.to_owned(),
                expected: Vec::new(),
            });
        } else if inside {
            let step = steps.last_mut().expect("a fence begins with a command");
            if document {
                step.command.push('\n');
                step.command.push_str(line);
                document = line != "END";
            } else {
                step.expected
                    .push(line.split_whitespace().collect::<Vec<_>>().join(" "));
            }
        }
    }
    steps
}

#[test]
fn the_tour_runs() {
    let project = TestProject::empty();
    let mut folder = ".".to_owned();
    let steps = steps(&readme());
    assert!(steps.len() > 15, "{} commands", steps.len());
    for step in steps {
        if let Some(target) = step.command.strip_prefix("cd ") {
            folder = target.to_owned();
            continue;
        }
        let ran = project.shell(&folder, &step.command);
        assert_eq!(ran.code, 0, "{}\n{ran:?}", step.command);
        let output = format!("{}{}", ran.out, ran.err);
        let output = output.split_whitespace().collect::<Vec<_>>().join(" ");
        for words in step.expected {
            assert!(
                output.contains(&words),
                "{}: no {words:?} in\n{output}",
                step.command
            );
        }
    }
}

#[test]
fn the_two_commands_are_there() {
    let text = readme();
    for command in ["cargo run --release -- demo", "tests/run"] {
        assert!(
            text.contains(&format!("```sh\n{command}\n```")),
            "{command}"
        );
    }
    assert!(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/run")
            .exists()
    );
    let commands = mlopsgen::cli::command();
    for command in commands
        .get_subcommands()
        .filter(|c| c.get_name() != "completions")
    {
        assert!(
            text.contains(&format!("| `{}", command.get_name())),
            "the README has no `{}`",
            command.get_name()
        );
    }
}

/// What varies from run to run, made equal.
fn steady(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut words: Vec<String> = line.split(' ').map(steady_word).collect();
        for at in 1..words.len() {
            let unit = words[at].trim_end_matches(|c: char| c.is_ascii_punctuation());
            let number = words[at - 1].parse::<f64>().is_ok();
            if number && matches!(unit, "ms" | "s") {
                words[at] = words[at].replacen(unit, "ms", 1);
                "12".clone_into(&mut words[at - 1]);
            }
        }
        out.push_str(&words.join(" "));
        out.push('\n');
    }
    out
}

fn steady_word(word: &str) -> String {
    // A commit may be all digits; no number that is printed has as many.
    if word.len() == 7 && word.bytes().all(|b| b.is_ascii_hexdigit()) {
        "5d31e08".to_owned()
    } else {
        word.to_owned()
    }
}

/// The session of the picture: commands and what they print.
fn session() -> String {
    let project = TestProject::empty();
    let mut text = String::new();
    for (folder, command) in [
        (".", "mlopsgen demo"),
        (
            "mlopsgen-demo",
            "sed -i 's/value: 300/value: 400/' models/credit-risk.yaml",
        ),
        ("mlopsgen-demo", "mlopsgen generate --commit"),
        (
            "mlopsgen-demo",
            "mlopsgen explain generated/credit-risk/src/credit_risk/model.py:21",
        ),
        ("mlopsgen-demo", "mlopsgen history"),
    ] {
        let ran = project.shell(folder, command);
        assert_eq!(ran.code, 0, "{ran:?}");
        let all = format!("{}{}", ran.out, ran.err);
        // The picture stops where the demo begins to advise.
        let shown = all.split("\nTry next").next().unwrap();
        text.push_str(&format!("$ {command}\n{}\n", shown.trim_end()));
    }
    steady(&text)
}

/// Lines of a terminal as an SVG picture with real text.
fn svg(text: &str) -> String {
    let escape = |line: &str| {
        line.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    let height = 44 + lines.len() * 19;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1090\" height=\"{height}\" viewBox=\"0 0 1090 {height}\" \
         role=\"img\">\n<title>A terminal session with mlopsgen</title>\n<style>\
         .f{{fill:#16181d}}text{{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;\
         fill:#d5d9e0;white-space:pre}}.c{{fill:#8fd18f;font-weight:600}}.n{{fill:#7cb7ff}}</style>\n\
         <rect class=\"f\" width=\"1090\" height=\"{height}\" rx=\"10\"/>\n"
    );
    for (i, color) in ["#ff5f57", "#febc2e", "#28c840"].iter().enumerate() {
        out.push_str(&format!(
            "<circle cx=\"{}\" cy=\"17\" r=\"5\" fill=\"{color}\"/>\n",
            20 + i * 18
        ));
    }
    for (i, line) in lines.iter().enumerate() {
        let class = if line.starts_with("$ ") {
            " class=\"c\""
        } else if line.starts_with(|c: char| c.is_ascii_digit()) {
            " class=\"n\""
        } else {
            ""
        };
        let mut shown: String = line.chars().take(132).collect();
        if shown.len() < line.len() {
            shown.push('…');
        }
        out.push_str(&format!(
            "<text x=\"18\" y=\"{}\"{class} xml:space=\"preserve\">{}</text>\n",
            46 + i * 19,
            escape(&shown)
        ));
    }
    out + "</svg>\n"
}

#[test]
fn the_picture_shows_what_is_printed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/session.svg");
    let picture = svg(&session());
    if std::env::var_os("MLOPSGEN_UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &picture).unwrap();
    }
    let shown = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        shown == picture,
        "MLOPSGEN_UPDATE=1 draws it again:\n{picture}"
    );
}
