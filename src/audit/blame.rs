//! Each line of a file with the commit it came with, and what made it: the history of the file joined with that of the
//! template that printed it, and of the model and the rules that its values are from.

use std::collections::BTreeMap;

use super::explain::{Explainer, Explanation, SlotOrigin};
use super::lines::lines;
use crate::diag::Span;
use crate::git::{self, GitError, Repository, Revision};
use crate::pipeline::Run;

/// A line of a file.
#[derive(Clone, Debug)]
pub struct BlamedLine {
    /// Its text.
    pub text: String,
    /// The commit it came with; none where it is not committed.
    pub commit: Option<Revision>,
    /// The line of the template that printed it; none where it was written by hand.
    pub template: Option<InputLine>,
    /// The values that were read for it, from near to far.
    pub sources: Vec<Source>,
}

/// A line of an input, with the commit it came with, where it is in the repository.
#[derive(Clone, Debug)]
pub struct InputLine {
    /// The path of the input, below the workspace or in the pack.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The commit it came with.
    pub commit: Option<Revision>,
}

/// A value that was read for a line.
#[derive(Clone, Debug)]
pub struct Source {
    /// `evaluation.metrics`.
    pub slot: String,
    /// Its value as text.
    pub value: String,
    /// The rule that gave it, where one did.
    pub rule: Option<String>,
    /// The line that gives it.
    pub place: Option<InputLine>,
}

/// The history that lines are looked up in.
pub struct Blamer<'r> {
    repository: &'r Repository,
    /// Where the workspace lies in it.
    prefix: String,
    revision: String,
    known: BTreeMap<String, git::Blame>,
}

impl<'r> Blamer<'r> {
    /// Begins at a revision, with the workspace at a prefix as [`Repository::prefix_of`] gives it.
    pub fn new(repository: &'r Repository, prefix: &str, revision: &str) -> Self {
        Self {
            repository,
            prefix: prefix.to_owned(),
            revision: revision.to_owned(),
            known: BTreeMap::new(),
        }
    }

    /// Joins the lines of a file: its text and that at the revision, and the run that it is an artifact of, if it is one.
    ///
    /// # Errors
    /// Where the repository cannot be read.
    pub fn blame(
        &mut self,
        path: &str,
        (text, committed): (&str, &str),
        run: &Run,
    ) -> Result<Vec<BlamedLine>, GitError> {
        let old = lines(committed, text);
        let explainer = Explainer::of(run, path);
        let generated = explainer.as_ref().map(|e| lines(e.text(), text));
        let mut blamed = Vec::with_capacity(old.len());
        for (index, text) in text.lines().enumerate() {
            let commit = match old[index] {
                Some(old) => self.commit(path, old)?,
                None => None,
            };
            let line = generated.as_ref().and_then(|lines| lines[index]);
            let explained = explainer
                .as_ref()
                .zip(line)
                .and_then(|(e, line)| e.line(line));
            let (template, sources) = match &explained {
                Some(explained) => self.causes(run, explained)?,
                None => (None, Vec::new()),
            };
            blamed.push(BlamedLine {
                text: text.to_owned(),
                commit,
                template,
                sources,
            });
        }
        Ok(blamed)
    }

    /// The commit that a line of a file came with.
    fn commit(&mut self, path: &str, line: usize) -> Result<Option<Revision>, GitError> {
        if !self.known.contains_key(path) {
            let whole = git::within(&self.prefix, path);
            let found = self.repository.blame(&self.revision, &whole)?;
            self.known
                .insert(path.to_owned(), found.unwrap_or_default());
        }
        Ok(self.known[path].line(line).cloned())
    }

    fn place(&mut self, run: &Run, span: Span) -> Result<InputLine, GitError> {
        let path = run.sources.path(span.file);
        let line = run.sources.position(span).line;
        let own = run.inputs.get(path).is_some_and(|i| i.pack.is_none());
        let commit = if own { self.commit(path, line)? } else { None };
        Ok(InputLine {
            path: path.to_owned(),
            line,
            commit,
        })
    }

    /// What made a line.
    fn causes(
        &mut self,
        run: &Run,
        explained: &Explanation,
    ) -> Result<(Option<InputLine>, Vec<Source>), GitError> {
        let template = explained.templates.first();
        let template = template
            .map(|(span, _)| self.place(run, *span))
            .transpose()?;
        let mut sources = Vec::new();
        for reason in &explained.slots {
            let (rule, span) = match &reason.origin {
                SlotOrigin::Written(span) => (None, Some(*span)),
                SlotOrigin::Default(span) => (None, *span),
                SlotOrigin::Rule { rule, binding, .. } => (Some(rule.clone()), Some(*binding)),
                SlotOrigin::Implied => (None, None),
            };
            sources.push(Source {
                slot: reason.slot.clone(),
                value: reason.value.clone(),
                rule,
                place: span.map(|span| self.place(run, span)).transpose()?,
            });
        }
        Ok((template, sources))
    }
}
