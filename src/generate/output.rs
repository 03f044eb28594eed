//! The text of an artifact while it grows, with where each part came from.

use std::mem::{replace, take};

use super::compile::Indent;
use super::language::{Language, Scalar, Writer};
use super::origins::{Ends, Notes};
use super::passage::Passage;
use crate::diag::Span;
use crate::expr::Slot;

/// The largest artifact, in bytes.
pub(super) const MAX_OUTPUT: usize = 16 << 20;
/// The most parts that an artifact may have: each is remembered with its cause.
const MAX_SEGMENTS: usize = 1 << 20;
/// How often a slot may have been read for them.
const MAX_READS: usize = 1 << 26;

/// There is no room for more.
pub(super) struct Full;

pub(super) struct Output {
    pub(super) text: String,
    notes: Notes,
    /// How long the last file was, and how many parts and reads it had.
    room: [usize; 3],
    writer: Box<dyn Writer>,
    /// A writer that begins a file.
    fresh: Box<dyn Writer>,
    /// A value as it is printed.
    value: String,
    /// What the lines of the open partial templates are indented by.
    pub(super) indent: String,
    /// Whether a partial template begins, whose first line is indented wherever it stands.
    begins: bool,
}

impl Output {
    pub(super) fn new(language: &dyn Language) -> Self {
        Self {
            text: String::new(),
            notes: Notes::default(),
            room: [1 << 10, 1 << 6, 1 << 6],
            writer: language.writer(),
            fresh: language.writer(),
            value: String::new(),
            indent: String::new(),
            begins: false,
        }
    }

    /// Goes over to another language.
    pub(super) fn change(&mut self, language: &dyn Language) {
        self.writer = language.writer();
        self.fresh = language.writer();
    }

    /// Begins a file.
    pub(super) fn begin(&mut self) {
        let [text, parts, reads] = self.room;
        self.text = String::with_capacity(text);
        self.notes = Notes::with_capacity(parts, reads);
        self.writer.go_to(&*self.fresh);
        self.indent.clear();
        self.begins = false;
    }

    /// Ends a file, after which the next one is expected to be as large.
    pub(super) fn end(&mut self) -> (String, Notes) {
        let notes = take(&mut self.notes);
        self.room = [self.text.len(), notes.ends.len(), notes.reads.len()];
        (take(&mut self.text), notes)
    }

    /// Indents the lines of a partial template further; returns the indentation so far.
    pub(super) fn indented(&mut self, indent: &Indent) -> String {
        self.begins = indent.first && !indent.blanks.is_empty();
        let further = format!("{}{}", self.indent, indent.blanks);
        replace(&mut self.indent, further)
    }

    /// Adds text; a line that begins here gets the indentation.
    pub(super) fn push(&mut self, text: &str, span: Span, reads: &[Slot]) -> Result<(), Full> {
        let start = self.text.len();
        self.check_room(text)?;
        self.push_indented(text);
        self.writer.feed(&self.text[start..]);
        self.note(start, span, reads);
        Ok(())
    }

    /// Adds a text of the template.
    #[inline]
    pub(super) fn push_passage(&mut self, passage: &Passage, span: Span) -> Result<(), Full> {
        if !self.indent.is_empty() {
            return self.push(&passage.text, span, &[]);
        }
        passage.follow(&mut *self.writer);
        self.push_passed(&passage.text, span, &[])
    }

    /// Writes a value down as it is printed here, to be added by [`Output::push_value`].
    #[inline]
    pub(super) fn encode(&mut self, value: &Scalar<'_>) -> Result<(), String> {
        self.value.clear();
        self.writer.encode(value, &mut self.value)?;
        if self.indent.is_empty() {
            self.writer.pass(value, &self.value);
        }
        Ok(())
    }

    /// Adds the value that was written down, which the writer has passed unless it is indented.
    #[inline]
    pub(super) fn push_value(&mut self, span: Span, reads: &[Slot]) -> Result<(), Full> {
        let value = take(&mut self.value);
        let done = if self.indent.is_empty() {
            self.push_passed(&value, span, reads)
        } else {
            self.push(&value, span, reads)
        };
        self.value = value;
        done
    }

    /// Writes a value down as something else prints it, to be added by [`Output::push_value`].
    pub(super) fn write(
        &mut self,
        with: impl FnOnce(&mut String) -> Result<(), String>,
    ) -> Result<(), String> {
        self.value.clear();
        with(&mut self.value)?;
        if self.indent.is_empty() {
            self.writer.feed(&self.value);
        }
        Ok(())
    }

    /// Adds text that the writer has taken in.
    #[inline]
    fn push_passed(&mut self, text: &str, span: Span, reads: &[Slot]) -> Result<(), Full> {
        self.check_room(text)?;
        let start = self.text.len();
        self.text.push_str(text);
        self.note(start, span, reads);
        Ok(())
    }

    #[inline]
    fn check_room(&self, text: &str) -> Result<(), Full> {
        let few = self.notes.ends.len() < MAX_SEGMENTS && self.notes.reads.len() < MAX_READS;
        if few && self.text.len() + text.len() <= MAX_OUTPUT || text.is_empty() {
            return Ok(());
        }
        Err(Full)
    }

    fn push_indented(&mut self, text: &str) {
        if self.indent.is_empty() {
            self.text.push_str(text);
            return;
        }
        for line in text.split_inclusive('\n') {
            let begins =
                take(&mut self.begins) || self.text.is_empty() || self.text.ends_with('\n');
            if begins && !line.trim_end_matches(['\r', '\n']).is_empty() {
                self.text.push_str(&self.indent);
            }
            self.text.push_str(line);
        }
    }

    /// Notes where what was added since a byte came from.
    #[inline]
    fn note(&mut self, start: usize, template: Span, reads: &[Slot]) {
        if start == self.text.len() {
            return;
        }
        self.notes.reads.extend_from_slice(reads);
        self.notes.ends.push(Ends {
            text: number(self.text.len()),
            reads: number(self.notes.reads.len()),
            template,
        });
    }
}

/// Sizes of artifacts are far below.
fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
