//! The report as one page of HTML: no script, no request, light or dark as the reader likes, and printable.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::escape::Text;
use super::{
    Artifact, ChangeLine, Changed, Commit, DRIFT, Entry, File, GENERATED, Report, is_right,
};

/// How many lines of a difference are shown.
const LINES: usize = 400;
/// How many changes of a model are shown for one commit.
const CHANGES: usize = 100;

/// Writes a report as a page. `title` is what it is called.
pub fn html(report: &Report, title: &str) -> String {
    let commits = report.commits.iter();
    let mut page = Page {
        text: String::new(),
        told: commits.map(|c| c.commit.short.clone()).collect(),
    };
    page.head(report, title);
    page.add("<main class=\"wrap\">\n");
    page.summary(report);
    page.contents(report);
    page.pictures(report);
    page.artifacts(report);
    page.history(report);
    page.problems(report);
    page.inputs(report);
    page.statement(report);
    page.add("</main>\n</body>\n</html>\n");
    page.text
}

/// A page as far as it is written.
struct Page {
    text: String,
    /// The commits that it tells of.
    told: BTreeSet<String>,
}

/// Writes text with what it is made of escaped.
macro_rules! add {
    ($page:expr, $form:literal $(, $value:expr)* $(,)?) => {
        write!($page.text, $form $(, Text(&$value))*).expect("writing to a string cannot fail")
    };
}

fn plural(count: usize, one: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {one}{s}")
}

impl Page {
    /// Adds markup.
    fn add(&mut self, markup: &str) {
        self.text.push_str(markup);
    }

    fn head(&mut self, report: &Report, title: &str) {
        self.add("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        self.add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        self.add("<meta name=\"color-scheme\" content=\"light dark\">\n");
        add!(self, "<title>{}</title>\n<style>\n", title);
        self.add(include_str!("style.css"));
        self.add("</style>\n</head>\n<body>\n<header><div class=\"wrap\">\n");
        add!(
            self,
            "<p class=\"brand\">mlopsgen · audit report</p>\n<h1>{}</h1>\n",
            title
        );
        let Commit {
            short,
            date,
            author,
            subject,
            ..
        } = &report.commit;
        add!(
            self,
            "<p class=\"meta\">As of <code>{}</code>, {}, {}: {}</p>\n",
            short,
            date,
            author,
            subject
        );
        let (class, mark) = match report.verdict {
            DRIFT => ("bad", '✗'),
            GENERATED => ("ok", '✓'),
            _ => ("warn", '–'),
        };
        let sentence = report.sentence();
        add!(
            self,
            "<p class=\"verdict {}\">{} {}</p>\n",
            class,
            mark,
            sentence
        );
        self.add("</div></header>\n");
    }

    fn tile(&mut self, name: &str, value: &str, more: &str) {
        add!(
            self,
            "<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>\n",
            name,
            value,
            more
        );
    }

    fn summary(&mut self, report: &Report) {
        let list = |all: Vec<(&str, usize)>| {
            let all: Vec<String> = all.iter().map(|(name, n)| format!("{n} {name}")).collect();
            all.join(", ")
        };
        let commits = &report.commits;
        self.add("<dl class=\"tiles\">\n");
        self.tile("Commits", &commits.len().to_string(), &list(report.kinds()));
        let authors = report.authors();
        let who: Vec<&str> = authors.iter().map(|(name, _)| *name).collect();
        self.tile("Authors", &authors.len().to_string(), &who.join(", "));
        let total = report.artifacts.len();
        self.tile("Artifacts", &total.to_string(), &list(report.states()));
        let drifts = commits.iter().filter(|c| !c.drifts.is_empty()).count();
        let told = match drifts {
            0 => "none differs from what it generates".to_owned(),
            n => format!(
                "{} of {} brought a difference in",
                n,
                plural(commits.len(), "commit")
            ),
        };
        let right = commits.len() - drifts;
        self.tile(
            "Commits verified",
            &format!("{right} of {}", commits.len()),
            &told,
        );
        let day = |c: Option<&Entry>| {
            let date = c.map_or("", |c| c.commit.date.as_str());
            date.split(' ').next().unwrap_or_default().to_owned()
        };
        let (first, last) = (day(commits.last()), day(commits.first()));
        let period = if first == last {
            first
        } else {
            format!("{first} to {last}")
        };
        self.tile("Period", &period, &format!("asked for: {}", report.asked));
        self.add("</dl>\n");
    }

    fn contents(&mut self, report: &Report) {
        self.add("<nav aria-label=\"Contents\">");
        let parts = [
            ("models", "Models", report.pictures.len()),
            ("artifacts", "Artifacts", report.artifacts.len()),
            ("history", "History", report.commits.len()),
            ("problems", "Problems", report.problems.len()),
            ("inputs", "Inputs", report.inputs.len()),
        ];
        for (id, name, _) in parts.iter().filter(|(_, _, count)| *count > 0) {
            add!(self, "<a href=\"#{}\">{}</a>", id, name);
        }
        self.add("<a href=\"#statement\">How to repeat this</a></nav>\n");
    }

    fn section(&mut self, id: &str, name: &str, small: &str) {
        add!(
            self,
            "<h2 id=\"{}\">{}<small>{}</small></h2>\n",
            id,
            name,
            small
        );
    }

    fn pictures(&mut self, report: &Report) {
        if report.pictures.is_empty() {
            return;
        }
        self.section("models", "Models", &plural(report.pictures.len(), "file"));
        let open = if report.pictures.len() == 1 {
            " open"
        } else {
            ""
        };
        for picture in &report.pictures {
            add!(
                self,
                "<details class=\"card\"{}><summary><code>{}</code></summary>\n",
                open,
                picture.path
            );
            self.add("<div class=\"picture\">");
            self.add(&picture.svg);
            self.add("</div></details>\n");
        }
    }

    fn artifacts(&mut self, report: &Report) {
        if report.artifacts.is_empty() {
            return;
        }
        self.section("artifacts", "Artifacts", "as the last commit has them");
        let mut models: Vec<&str> = report.artifacts.iter().map(|a| a.model.as_str()).collect();
        models.sort_unstable();
        models.dedup();
        for model in models {
            let mut of: Vec<&Artifact> = report
                .artifacts
                .iter()
                .filter(|a| a.model == model)
                .collect();
            of.sort_by_key(|a| is_right(a.state));
            let wrong = of.iter().filter(|a| !is_right(a.state)).count();
            let open = if wrong > 0 { " open" } else { "" };
            let name = if model.is_empty() {
                "of no model any more"
            } else {
                model
            };
            let count = plural(of.len(), "artifact");
            add!(
                self,
                "<details class=\"card\"{}><summary><span class=\"row\"><code>{}</code><span>{}</span>",
                open,
                name,
                count
            );
            if wrong > 0 {
                add!(self, "<span class=\"bad\">✗ {} not right</span>", wrong);
            } else {
                self.add("<span class=\"ok\">✓ all right</span>");
            }
            self.add("</span></summary><div class=\"body scroll\"><table>\n<thead><tr><th scope=\"col\">Artifact</th><th scope=\"col\">State</th><th scope=\"col\">Template</th><th scope=\"col\">Last changed</th></tr></thead>\n<tbody>\n");
            for artifact in of {
                self.artifact(artifact);
            }
            self.add("</tbody></table></div></details>\n");
        }
    }

    fn artifact(&mut self, artifact: &Artifact) {
        let (class, mark) = if is_right(artifact.state) {
            ("ok", '✓')
        } else {
            ("bad", '✗')
        };
        let Artifact {
            path,
            state,
            template,
            sha256,
            ..
        } = artifact;
        add!(
            self,
            "<tr><td class=\"mono\" title=\"sha256 {}\">{}</td><td class=\"{}\">{} {}</td><td class=\"mono\">{}</td><td class=\"date\">",
            sha256,
            path,
            class,
            mark,
            state,
            template
        );
        if let Some(Commit { short, date, .. }) = &artifact.last {
            self.commit(short);
            add!(self, " {}", date);
        }
        self.add("</td></tr>\n");
    }

    /// The name of a commit, as a link where the page tells of it.
    fn commit(&mut self, short: &str) {
        if self.told.contains(short) {
            add!(
                self,
                "<a class=\"mono\" href=\"#c-{}\">{}</a>",
                short,
                short
            );
        } else {
            add!(self, "<code>{}</code>", short);
        }
    }

    fn history(&mut self, report: &Report) {
        if report.commits.is_empty() {
            return;
        }
        self.section(
            "history",
            "History",
            "newest first; each commit verified by itself",
        );
        for entry in &report.commits {
            self.entry(entry);
        }
    }

    fn entry(&mut self, entry: &Entry) {
        let Commit {
            short,
            date,
            author,
            subject,
            id,
            ..
        } = &entry.commit;
        add!(
            self,
            "<details class=\"card\" id=\"c-{}\"><summary><span class=\"row\"><code title=\"{}\">{}</code>",
            short,
            id,
            short
        );
        add!(self, "<h3>{}</h3>", subject);
        for kind in &entry.kinds {
            add!(self, "<span class=\"tag\">{}</span>", kind);
        }
        if entry.restored.is_some() {
            self.add("<span class=\"tag\">restored</span>");
        }
        match (entry.drifts.is_empty(), entry.verdict) {
            (false, _) => self.add("<span class=\"bad\">✗ differs</span>"),
            (true, GENERATED) => self.add("<span class=\"ok\">✓ reproducible</span>"),
            (true, DRIFT) => self.add("<span class=\"bad\">✗ differs, as before</span>"),
            (true, word) => add!(self, "<span class=\"warn\">– {}</span>", word),
        }
        add!(
            self,
            "<span class=\"push\">{} · {}</span></span></summary><div class=\"body\">\n",
            date,
            author
        );
        for drift in &entry.drifts {
            let line = drift.line.map_or_else(String::new, |l| format!(":{l}"));
            add!(
                self,
                "<p class=\"bad\">✗ <code>{}{}</code> is not what is generated: {}</p>\n",
                drift.path,
                line,
                drift.kind
            );
        }
        if let Some(restored) = &entry.restored {
            let from = restored.from.get(..7).unwrap_or(&restored.from);
            self.add("<p>Inputs are put back to what ");
            self.commit(from);
            add!(self, " has: {}</p>\n", restored.reason);
        }
        for input in &entry.inputs {
            self.input(input);
        }
        for file in &entry.files {
            self.file(file, short);
        }
        self.add("</div></details>\n");
    }

    fn input(&mut self, input: &Changed) {
        add!(
            self,
            "<p class=\"row\"><span class=\"tag\">{}</span><code>{}</code><span>{}</span></p>\n",
            input.kind,
            input.path,
            input.what
        );
        if input.lines.is_empty() {
            return;
        }
        self.add("<div class=\"scroll\"><table><tbody>\n");
        for line in input.lines.iter().take(CHANGES) {
            self.change(line);
        }
        self.add("</tbody></table></div>\n");
        let more = input.lines.len().saturating_sub(CHANGES);
        if more > 0 {
            add!(
                self,
                "<p class=\"note\">and {}</p>\n",
                plural(more, "more change")
            );
        }
    }

    fn change(&mut self, line: &ChangeLine) {
        let (class, word) = match line.mark {
            '+' => ("add", "added"),
            '-' => ("del", "removed"),
            '>' => ("mod", "moved"),
            _ => ("mod", "changed"),
        };
        add!(
            self,
            "<tr><td><span class=\"mark {}\" title=\"{}\">{}</span></td><td class=\"mono\">{}",
            class,
            word,
            line.mark,
            line.element
        );
        if let Some(feature) = &line.feature {
            add!(self, ".{}", feature);
        }
        self.add("</td><td class=\"mono\">");
        match (&line.old, &line.new) {
            (Some(old), Some(new)) => add!(self, "<del>{}</del> → <ins>{}</ins>", old, new),
            (Some(old), None) => add!(self, "<del>{}</del>", old),
            (None, Some(new)) => add!(self, "<ins>{}</ins>", new),
            (None, None) => {}
        }
        self.add("</td></tr>\n");
    }

    fn file(&mut self, file: &File, commit: &str) {
        add!(
            self,
            "<details class=\"file\"><summary><span class=\"row\"><code>{}</code><span class=\"ok\">+{}</span><span class=\"bad\">-{}</span></span></summary>",
            file.path,
            file.added,
            file.removed
        );
        let Some(diff) = &file.diff else {
            let word = if file.removed == 0 { "New" } else { "Removed" };
            add!(
                self,
                "<p class=\"body note\">{}: <code>git show {} -- {}</code></p></details>\n",
                word,
                commit,
                file.path
            );
            return;
        };
        self.add("<pre class=\"diff\">");
        let lines = diff.lines().skip(2);
        for line in lines.clone().take(LINES) {
            let class = match line.chars().next() {
                Some('+') => "add",
                Some('-') => "del",
                Some('@') => "hunk",
                _ => "",
            };
            add!(self, "<span class=\"{}\">{}</span>", class, line);
        }
        let more = lines.count().saturating_sub(LINES);
        if more > 0 {
            add!(
                self,
                "<span class=\"hunk\">and {}: mlopsgen history {}</span>",
                plural(more, "more line"),
                commit
            );
        }
        self.add("</pre></details>\n");
    }

    fn problems(&mut self, report: &Report) {
        if report.problems.is_empty() {
            return;
        }
        self.section(
            "problems",
            "Problems",
            "findings in the inputs of the last commit",
        );
        self.add("<div class=\"card\"><div class=\"body\" style=\"border-top:0\">\n");
        for problem in &report.problems {
            let class = if problem.severity == "error" {
                "bad"
            } else {
                "warn"
            };
            add!(
                self,
                "<p class=\"{}\"><code>{}</code></p>\n",
                class,
                problem.text
            );
        }
        self.add("</div></div>\n");
    }

    fn inputs(&mut self, report: &Report) {
        if report.inputs.is_empty() {
            return;
        }
        self.section(
            "inputs",
            "Inputs",
            "every file that the artifacts are made of, with its digest",
        );
        for (pack, name) in [(false, "of the workspace"), (true, "built in")] {
            let of: Vec<_> = report
                .inputs
                .iter()
                .filter(|i| i.pack.is_some() == pack)
                .collect();
            if of.is_empty() {
                continue;
            }
            let count = plural(of.len(), "file");
            add!(
                self,
                "<details class=\"card\"><summary>{} {}</summary><div class=\"body scroll\"><table>\n",
                count,
                name
            );
            self.add("<thead><tr><th scope=\"col\">Kind</th><th scope=\"col\">File</th><th scope=\"col\">SHA-256</th></tr></thead><tbody>\n");
            for input in of {
                add!(
                    self,
                    "<tr><td>{}</td><td class=\"mono\">{}</td><td class=\"mono\">{}</td></tr>\n",
                    input.kind,
                    input.path,
                    input.sha256
                );
            }
            self.add("</tbody></table></div></details>\n");
        }
    }

    fn statement(&mut self, report: &Report) {
        self.section("statement", "How to repeat this", "");
        let (version, semantics) = (report.engine.version, report.engine.semantics);
        add!(
            self,
            "<p class=\"note\">Made by mlopsgen {} (semantics {}) from commit <code>{}</code>. All inputs and the version have the digest <code>sha256:{}</code>. Each commit was generated again from its own tree, in memory, and compared byte for byte; text in protected regions, accepted edits and files that are generated once belong to their authors.</p>\n",
            version,
            semantics,
            report.commit.id,
            report.inputs_digest
        );
        self.add("<p class=\"note\">In a clone of the repository, these print the same:</p>\n");
        add!(
            self,
            "<pre class=\"card\" style=\"padding:10px 16px\">mlopsgen verify {}{}\nmlopsgen report {}</pre>\n",
            if report.asked.contains("..") {
                ""
            } else {
                "--all "
            },
            report.asked,
            report.asked
        );
        self.add("<p class=\"note\">A change of a file together with its record and the message of its commit cannot be told from the truth by any of this. Only signed commits tell.</p>\n");
        add!(self, "<footer>mlopsgen {}</footer>\n", version);
    }
}
