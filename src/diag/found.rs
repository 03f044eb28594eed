//! The findings of a run: collected, counted, sorted, and no more of one file than can be of use.

use std::collections::{BTreeMap, BTreeSet};

use super::{Code, Diagnostic, FileId, Severity, Sources, Span};

/// How many findings of one file are kept; the others are counted.
const MAX_KEPT: usize = 10_000;
/// How many names are compared for "did you mean" where there are many to choose from.
const MAX_COMPARED: usize = 300_000;

/// The findings of a run, in the order in which they were found.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    /// How many there are of each file, those that were not kept too.
    counts: BTreeMap<FileId, usize>,
    /// Whether one that was not kept is an error.
    more_errors: bool,
    compared: usize,
}

impl Diagnostics {
    /// Adds a finding. Of one file, as many are kept as can be of use.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if let Some(label) = &diagnostic.primary {
            let count = self.counts.entry(label.span.file).or_default();
            *count += 1;
            if *count > MAX_KEPT {
                self.more_errors |= diagnostic.is_error();
                return;
            }
        }
        self.found.push(diagnostic);
    }

    /// Adds an error; what it was about has no value.
    pub fn error<T>(&mut self, code: Code, span: Span, message: impl Into<String>) -> Option<T> {
        self.push(Diagnostic::error(code, span, message));
        None
    }

    /// Counts an error at a place of a file whose findings are not kept any more; whether that is so.
    ///
    /// Readers ask before they make a message that takes long.
    pub fn is_full(&mut self, span: Span) -> bool {
        let full = self.counts.get_mut(&span.file).filter(|n| **n >= MAX_KEPT);
        let Some(count) = full else {
            return false;
        };
        *count += 1;
        self.more_errors = true;
        true
    }

    /// Whether further errors in the file of a place are counted and not kept.
    pub fn has_enough(&self, span: Span) -> bool {
        self.counts.get(&span.file).is_some_and(|n| *n >= MAX_KEPT)
    }

    /// Whether the nearest of so many names may be looked for once more.
    pub fn may_compare(&mut self, names: usize) -> bool {
        self.compared = self.compared.saturating_add(names);
        self.compared <= MAX_COMPARED
    }

    /// Adds all findings of another run.
    pub fn extend(&mut self, other: impl IntoIterator<Item = Diagnostic>) {
        for diagnostic in other {
            self.push(diagnostic);
        }
    }

    /// Adds all findings of a part of the run, and counts those that it did not keep.
    pub fn include(&mut self, part: &Self) {
        self.extend(part.found.iter().cloned());
        for (file, count) in &part.counts {
            let more = count.saturating_sub(MAX_KEPT);
            *self.counts.entry(*file).or_default() += more;
        }
        self.more_errors |= part.more_errors;
    }

    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.more_errors || self.found.iter().any(Diagnostic::is_error)
    }

    /// Whether there are more of a file than are kept.
    pub fn is_cut(&self) -> bool {
        self.counts.values().any(|count| *count > MAX_KEPT)
    }

    /// How many there are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.found.iter().filter(|d| d.severity == severity).count()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Walks over them.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter()
    }

    /// Walks over them to say more of them.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Diagnostic> {
        self.found.iter_mut()
    }

    /// Sorts by file and offset and drops repetitions: the order in which people read them.
    pub fn sort(&mut self, sources: &Sources) {
        self.settle();
        // Whole files of findings differ in their places; texts are compared where those are the same.
        self.found.sort_by(|a, b| {
            let place = |d: &Diagnostic| d.primary.as_ref().map(|l| l.span);
            let (one, two) = (place(a), place(b));
            let path = |span: Option<Span>| span.map(|s| sources.path(s.file));
            let place = match (one, two) {
                (Some(a), Some(b)) if a.file == b.file => a.start.cmp(&b.start),
                (one, two) => path(one)
                    .cmp(&path(two))
                    .then_with(|| one.map(|s| s.start).cmp(&two.map(|s| s.start))),
            };
            let rest = |d: &Diagnostic| (d.severity, d.code);
            place
                .then_with(|| rest(a).cmp(&rest(b)))
                .then_with(|| a.message.cmp(&b.message))
        });
        self.found.dedup();
    }

    /// Drops what is said twice of one place, of a file that was read twice too.
    pub fn once(&mut self, sources: &Sources) {
        let mut seen = BTreeSet::new();
        self.found.retain(|d| {
            let place = d
                .primary
                .as_ref()
                .map(|l| (sources.path(l.span.file).to_owned(), l.span.start));
            seen.insert((place, d.code, d.message.clone()))
        });
    }

    /// Says of each file how many findings were not kept.
    fn settle(&mut self) {
        for (file, count) in std::mem::take(&mut self.counts) {
            let more = count.saturating_sub(MAX_KEPT);
            if more > 0 {
                let message = format!("the file has {more} more findings, which are not shown");
                let span = Span::new(file, u32::MAX as usize, u32::MAX as usize);
                let mut diagnostic = Diagnostic::error(Code::Limit, span, message);
                if !self.more_errors {
                    diagnostic.severity = Severity::Warning;
                }
                self.found.push(diagnostic);
            }
        }
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(mut self) -> Self::IntoIter {
        self.settle();
        self.found.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_beyond_the_cap_are_counted_by_file() {
        let mut sources = Sources::default();
        let (many, one) = (
            sources.add("many", "x\n".repeat(20_000)),
            sources.add("one", "x"),
        );
        let mut found = Diagnostics::default();
        for n in 0..MAX_KEPT + 7 {
            let span = Span::new(many, n, n + 1);
            if !found.is_full(span) {
                found.push(Diagnostic::error(Code::WrongType, span, "wrong"));
            }
        }
        found.push(Diagnostic::warning(
            Code::WrongType,
            Span::new(one, 0, 1),
            "wrong",
        ));
        found.sort(&sources);
        assert_eq!(found.len(), MAX_KEPT + 2);
        let messages: Vec<&str> = found.iter().map(|d| &*d.message).collect();
        assert_eq!(
            messages[MAX_KEPT],
            "the file has 7 more findings, which are not shown"
        );
        assert_eq!(messages[MAX_KEPT + 1], "wrong");
    }
}
