//! The report as one page of HTML: no script, no request, light or dark as the reader likes, and printable.

mod content;
mod history;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::escape::Text;
use super::{Commit, DRIFT, Entry, GENERATED, Report};
use crate::diag::counted;

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
use add;

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
        self.add(include_str!("../style.css"));
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
                counted(commits.len(), "commit")
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
