//! What the last commit of a report has: pictures of its models, artifacts, problems and inputs.

use std::fmt::Write as _;

use super::super::escape::Text;
use super::super::{Artifact, Commit, Report, is_right};
use super::{Page, add};
use crate::diag::counted;

impl Page {
    pub(super) fn pictures(&mut self, report: &Report) {
        if report.pictures.is_empty() {
            return;
        }
        self.section("models", "Models", &counted(report.pictures.len(), "file"));
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

    pub(super) fn artifacts(&mut self, report: &Report) {
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
            let count = counted(of.len(), "artifact");
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

    pub(super) fn problems(&mut self, report: &Report) {
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

    pub(super) fn inputs(&mut self, report: &Report) {
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
            let count = counted(of.len(), "file");
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
}
