//! The report as Markdown, for a pull request or a wiki.

use std::fmt::Write as _;

use super::{ChangeLine, DRIFT, Entry, Report, is_right};

/// How many changes of a model are listed for one commit.
const CHANGES: usize = 20;

/// Writes a report as Markdown. `title` is what it is called.
pub fn markdown(report: &Report, title: &str) -> String {
    let mut out = String::new();
    let commit = &report.commit;
    let mark = if report.is_clean() { "✓" } else { "✗" };
    line(&mut out, &format!("# {}\n", plain(title)));
    line(
        &mut out,
        &format!(
            "As of {}, {}, {}: {}\n",
            code(&commit.short),
            commit.date,
            plain(&commit.author),
            plain(&commit.subject)
        ),
    );
    line(
        &mut out,
        &format!("**{mark} {}**\n", plain(&report.sentence())),
    );
    let all = |all: Vec<(&str, usize)>| {
        let all: Vec<String> = all
            .iter()
            .map(|(name, n)| format!("{n} {}", plain(name)))
            .collect();
        all.join(", ")
    };
    line(&mut out, "| | |\n|---|---|");
    line(
        &mut out,
        &format!(
            "| Commits | {}: {} |",
            report.commits.len(),
            all(report.kinds())
        ),
    );
    line(
        &mut out,
        &format!("| Authors | {} |", all(report.authors())),
    );
    line(
        &mut out,
        &format!(
            "| Artifacts | {}: {} |",
            report.artifacts.len(),
            all(report.states())
        ),
    );
    line(
        &mut out,
        &format!("| Asked for | {} |\n", code(&report.asked)),
    );
    let wrong: Vec<_> = report
        .artifacts
        .iter()
        .filter(|a| !is_right(a.state))
        .collect();
    if !wrong.is_empty() {
        line(&mut out, "## Artifacts that are not right\n");
        for artifact in wrong {
            line(
                &mut out,
                &format!("- {} is {}", code(&artifact.path), artifact.state),
            );
        }
        line(&mut out, "");
    }
    if !report.problems.is_empty() {
        line(&mut out, "## Problems\n");
        for problem in &report.problems {
            line(&mut out, &format!("- {}", code(&problem.text)));
        }
        line(&mut out, "");
    }
    line(&mut out, "## History\n");
    for entry in &report.commits {
        history(&mut out, entry);
    }
    line(&mut out, "\n## How to repeat this\n");
    let all = if report.asked.contains("..") {
        ""
    } else {
        "--all "
    };
    line(
        &mut out,
        &format!(
            "Made by mlopsgen {} (semantics {}) from {}; inputs {}. In a clone, {} prints the same. A change of a file \
             together with its record and the message of its commit cannot be told by this; only signed commits tell.",
            report.engine.version,
            report.engine.semantics,
            code(&commit.id),
            code(&format!("sha256:{}", report.inputs_digest)),
            code(&format!("mlopsgen verify {all}{}", report.asked)),
        ),
    );
    out
}

fn history(out: &mut String, entry: &Entry) {
    let commit = &entry.commit;
    let verdict = match (entry.drifts.is_empty(), entry.verdict) {
        (false, _) | (_, DRIFT) => "✗ drift",
        (true, word) => word,
    };
    line(
        out,
        &format!(
            "- {} {}, {}: **{}** ({}; {verdict})",
            code(&commit.short),
            commit.date,
            plain(&commit.author),
            plain(&commit.subject),
            entry.kinds.join(", ")
        ),
    );
    if let Some(restored) = &entry.restored {
        line(out, &format!("  - restored: {}", plain(&restored.reason)));
    }
    for drift in &entry.drifts {
        line(
            out,
            &format!("  - ✗ {} is {}", code(&drift.path), drift.kind),
        );
    }
    for input in &entry.inputs {
        if input.lines.is_empty() {
            line(
                out,
                &format!("  - {} {} {}", input.kind, code(&input.path), input.what),
            );
        }
        for change in input.lines.iter().take(CHANGES) {
            line(out, &format!("  - {}", change_line(change)));
        }
        let more = input.lines.len().saturating_sub(CHANGES);
        if more > 0 {
            line(
                out,
                &format!("  - and {more} more in {}", code(&input.path)),
            );
        }
    }
    let (added, removed) = entry
        .files
        .iter()
        .fold((0, 0), |(a, r), f| (a + f.added, r + f.removed));
    line(
        out,
        &format!("  - {} files, +{added} -{removed}", entry.files.len()),
    );
}

fn change_line(line: &ChangeLine) -> String {
    let feature = line
        .feature
        .as_ref()
        .map_or_else(String::new, |f| format!(".{f}"));
    let element = code(&format!("{}{feature}", line.element));
    match (line.mark, &line.old, &line.new) {
        ('+', ..) => format!("{element} added"),
        ('-', ..) => format!("{element} removed"),
        (_, old, new) => {
            let value =
                |v: &Option<String>| v.as_deref().map_or_else(|| "nothing".to_owned(), code);
            format!("{element}: {} → {}", value(old), value(new))
        }
    }
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("writing to a string cannot fail");
}

/// Text in which nothing is markup, in one line.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => out.extend(c.escape_default()),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// Text as code, in one line, whatever is in it.
fn code(text: &str) -> String {
    let text: String = text
        .chars()
        .flat_map(|c| {
            let shown: String = if c.is_control() {
                c.escape_default().collect()
            } else {
                c.into()
            };
            shown.chars().collect::<Vec<_>>()
        })
        .collect();
    let longest = text
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    // A bar would end the cell of a table even in code.
    let text = text.replace('|', "\\|");
    format!("{fence}{pad}{text}{pad}{fence}")
}
