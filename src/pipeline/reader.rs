//! Reading the files that a configuration names; what is missing or cannot be read is reported where it is named.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::config::{Config, Located};
use super::inputs::Input;
use super::run::Run;
use super::snapshot::{Seen, Snapshot};
use crate::diag::{Code, Diagnostic, FileId, SourceFile, Span};
use crate::format::resource::text_of;
use crate::world::{Pattern, World, WorldError};

/// A file that was read as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextFile {
    pub(super) path: String,
    pub(super) file: FileId,
    /// Whether it is a file of the workspace, not of the pack.
    pub(super) is_own: bool,
    sha256: Arc<str>,
}

/// The texts of the run before, with the digests of their bytes.
pub(super) type Texts = BTreeMap<String, (Arc<str>, Arc<SourceFile>)>;

/// Reads files of a snapshot into a run.
pub(super) struct Reader<'w, 'r> {
    pub(super) world: &'w Snapshot<'w>,
    pub(super) run: &'r mut Run,
    pub(super) texts: &'r mut Texts,
}

impl Reader<'_, '_> {
    /// Reads the files that patterns name, each once, in the order of the patterns.
    pub(super) fn files(&mut self, patterns: &[Located]) -> Vec<TextFile> {
        let mut paths: Vec<String> = Vec::new();
        let mut matched = false;
        for Located { pattern, span } in patterns {
            let listed = match self.world.list(pattern) {
                Ok(paths) => paths,
                Err(error) => {
                    self.fail(*span, &error);
                    continue;
                }
            };
            if listed.is_empty() && pattern.is_literal() {
                self.missing(pattern.text(), *span);
            }
            matched |= !listed.is_empty();
            paths.extend(listed.into_iter().filter(|p| !self.is_output(p)));
        }
        if let (true, Some(first)) = (!matched, patterns.first())
            && patterns.iter().all(|p| !p.pattern.is_literal())
        {
            let message = format!("no file matches `{}`", first.pattern.text());
            self.run
                .diagnostics
                .push(Diagnostic::warning(Code::NotFound, first.span, message));
        }
        let mut known = BTreeSet::new();
        paths.retain(|path| known.insert(path.clone()));
        paths.iter().filter_map(|path| self.read(path)).collect()
    }

    /// Reads the files of models, but for those that are something else, though a wide pattern matches them.
    pub(super) fn models(&mut self, config: &Config) -> Vec<TextFile> {
        let mut files = self.files(&config.models);
        files.retain(|f| !config.is_knowledge(&f.path) && !config.is_constraint(&f.path));
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
    pub(super) fn read(&mut self, path: &str) -> Option<TextFile> {
        let seen = match self.world.look(path) {
            Ok(seen) => seen?,
            Err(error) => {
                let message = format!("{error}: {}", error.source);
                self.run
                    .diagnostics
                    .push(Diagnostic::global(Code::NotFound, message));
                return None;
            }
        };
        self.record(path, &seen);
        Some(TextFile {
            path: path.to_owned(),
            file: self.text(&seen)?,
            is_own: seen.is_own,
            sha256: seen.sha256.clone(),
        })
    }

    /// Remembers that a file was read.
    pub(super) fn record(&mut self, path: &str, seen: &Seen) {
        let pack = self.run.config.as_ref().and_then(|c| c.pack.as_deref());
        let input = Input {
            path: path.into(),
            pack: pack.filter(|_| !seen.is_own).map(Arc::from),
            sha256: seen.sha256.clone(),
        };
        self.run.inputs.insert(input);
    }

    /// The text of a file, which may be that of an earlier run, or one that was read for something else.
    fn text(&mut self, seen: &Seen) -> Option<FileId> {
        let Run {
            sources,
            diagnostics,
            ..
        } = &mut *self.run;
        if let Some(file) = sources.find(&seen.shown) {
            return Some(file);
        }
        if let Some((sha256, text)) = self.texts.get(&seen.shown)
            && *sha256 == seen.sha256
            && let Some(file) = sources.keep(text)
        {
            return Some(file);
        }
        self.texts.remove(&seen.shown);
        let file = text_of(seen.bytes.clone(), seen.shown.clone(), sources, diagnostics)?;
        let text = sources.file(file).clone();
        self.texts
            .insert(seen.shown.clone(), (seen.sha256.clone(), text));
        Some(file)
    }
}
