//! The text of an artifact while it grows, with where each part came from.

use std::ops::Range;

use super::compile::Indent;
use super::language::{Language, Writer};
use crate::diag::Span;
use crate::expr::Slot;

/// A part of an artifact and its cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its first byte in the artifact.
    pub start: usize,
    /// The byte behind its last.
    pub end: usize,
    /// The text or tag of the template that printed it.
    pub template: Span,
    /// Where the slots stand that were read for it: [`Artifact::reads`](super::Artifact::reads).
    pub(super) reads: Range<u32>,
}

/// The largest artifact, in bytes.
pub(super) const MAX_OUTPUT: usize = 16 << 20;
/// The most parts that an artifact may have: each is remembered with its cause.
const MAX_SEGMENTS: usize = 1 << 20;
/// How often a slot may have been read for them.
const MAX_READS: usize = 1 << 26;

pub(super) struct Output {
    pub(super) text: String,
    pub(super) segments: Vec<Segment>,
    /// What was read for them.
    pub(super) reads: Vec<Slot>,
    pub(super) writer: Box<dyn Writer>,
    /// What the lines of the open partial templates are indented by.
    pub(super) indent: String,
    /// Whether a partial template begins, whose first line is indented wherever it stands.
    pub(super) begins: bool,
}

impl Output {
    pub(super) fn new(language: &dyn Language) -> Self {
        Self {
            text: String::with_capacity(1 << 10),
            segments: Vec::with_capacity(1 << 6),
            reads: Vec::with_capacity(1 << 6),
            writer: language.writer(),
            indent: String::new(),
            begins: false,
        }
    }

    /// Indents the lines of a partial template further; returns the indentation so far.
    pub(super) fn indented(&mut self, indent: &Indent) -> String {
        self.begins = indent.first && !indent.blanks.is_empty();
        let further = format!("{}{}", self.indent, indent.blanks);
        std::mem::replace(&mut self.indent, further)
    }

    /// Adds text; a line that begins here gets the indentation. Whether there was room for it.
    pub(super) fn push(&mut self, text: &str, template: Span, reads: &[Slot]) -> bool {
        if text.is_empty() {
            return true;
        }
        let many = self.segments.len() >= MAX_SEGMENTS || self.reads.len() >= MAX_READS;
        if many || self.text.len() + text.len() > MAX_OUTPUT {
            return false;
        }
        let start = self.text.len();
        if self.indent.is_empty() {
            self.text.push_str(text);
        } else {
            for line in text.split_inclusive('\n') {
                let begins = std::mem::take(&mut self.begins)
                    || self.text.is_empty()
                    || self.text.ends_with('\n');
                if begins && !line.trim_end_matches(['\r', '\n']).is_empty() {
                    self.text.push_str(&self.indent);
                }
                self.text.push_str(line);
            }
        }
        self.writer.feed(&self.text[start..]);
        let first = number(self.reads.len());
        self.reads.extend_from_slice(reads);
        self.segments.push(Segment {
            start,
            end: self.text.len(),
            template,
            reads: first..number(self.reads.len()),
        });
        true
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
