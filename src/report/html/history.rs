//! The history of a report: each commit with what it changed.

use std::fmt::Write as _;

use super::super::escape::Text;
use super::super::{ChangeLine, Changed, Commit, DRIFT, Entry, File, GENERATED, Report};
use super::{Page, add};
use crate::diag::counted;

/// How many lines of a difference are shown.
const LINES: usize = 400;
/// How many changes of a model are shown for one commit.
const CHANGES: usize = 100;

impl Page {
    pub(super) fn history(&mut self, report: &Report) {
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
                counted(more, "more change")
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
                counted(more, "more line"),
                commit
            );
        }
        self.add("</pre></details>\n");
    }
}
