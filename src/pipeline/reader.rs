//! Reading the files that a configuration names; what is missing or cannot be read is reported where it is named.

use super::config::{Config, Located};
use super::run::Run;
use super::sha256;
use crate::diag::{Code, Diagnostic, FileId, Span};
use crate::format::resource::text_of;
use crate::world::{Pattern, World, WorldError};

/// Reads files of a world into a run.
pub(super) struct Reader<'w, 'r> {
    pub(super) world: &'w dyn World,
    pub(super) workspace: &'w dyn World,
    pub(super) run: &'r mut Run,
}

impl Reader<'_, '_> {
    /// Reads the files that patterns name, each once, in the order of the patterns.
    pub(super) fn files(&mut self, patterns: &[Located]) -> Vec<(String, FileId)> {
        let mut found: Vec<(String, FileId)> = Vec::new();
        let mut matched = false;
        for Located { pattern, span } in patterns {
            let paths = match self.world.list(pattern) {
                Ok(paths) => paths,
                Err(error) => {
                    self.fail(*span, &error);
                    continue;
                }
            };
            if paths.is_empty() && pattern.is_literal() {
                self.missing(pattern.text(), *span);
            }
            matched |= !paths.is_empty();
            for path in paths {
                if self.is_output(&path) || found.iter().any(|(p, _)| *p == path) {
                    continue;
                }
                if let Some(file) = self.read(&path) {
                    found.push((path, file));
                }
            }
        }
        if let (true, Some(first)) = (!matched, patterns.first())
            && patterns.iter().all(|p| !p.pattern.is_literal())
        {
            let message = format!("no file matches `{}`", first.pattern.text());
            self.run
                .diagnostics
                .push(Diagnostic::warning(Code::NotFound, first.span, message));
        }
        found
    }

    /// Reads the files of models, but for those that are something else, though a wide pattern matches them.
    pub(super) fn models(&mut self, config: &Config) -> Vec<(String, FileId)> {
        let mut files = self.files(&config.models);
        files.retain(|(path, _)| !config.is_knowledge(path) && !config.is_constraint(path));
        files
    }

    /// Whether a path is what an earlier run wrote, which a wide pattern such as `**/*.yaml` matches too.
    fn is_output(&self, path: &str) -> bool {
        let output = self.run.config.as_ref().map_or("", |c| &c.output);
        let below = |folder: &str| {
            path.strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        below(output) || below(".mlopsgen")
    }

    fn missing(&mut self, path: &str, span: Span) {
        let folder = path
            .rsplit_once('/')
            .map_or_else(|| "*".to_owned(), |(folder, _)| format!("{folder}/*"));
        let siblings = Pattern::new(&folder)
            .ok()
            .and_then(|p| self.world.list(&p).ok());
        let message = format!("there is no file `{path}`");
        let diagnostic = Diagnostic::error(Code::NotFound, span, message);
        let siblings = siblings.unwrap_or_default();
        self.run
            .diagnostics
            .push(diagnostic.suggest(path, siblings.iter().map(String::as_str)));
    }

    fn fail(&mut self, span: Span, error: &WorldError) {
        let message = format!("{error}: {}", error.source);
        self.run
            .diagnostics
            .push(Diagnostic::error(Code::NotFound, span, message));
    }

    /// Reads one file as text; what is wrong with it is reported at its beginning.
    pub(super) fn read(&mut self, path: &str) -> Option<FileId> {
        let bytes = match self.world.read(path) {
            Ok(bytes) => bytes?,
            Err(error) => {
                let message = format!("{error}: {}", error.source);
                self.run
                    .diagnostics
                    .push(Diagnostic::global(Code::NotFound, message));
                return None;
            }
        };
        self.run.record((self.workspace, path), sha256(&bytes));
        let shown = self.world.display_path(path);
        let Run {
            sources,
            diagnostics,
            ..
        } = &mut *self.run;
        text_of(bytes, shown, sources, diagnostics)
    }
}
