//! The texts that diagnostics point into.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytestring::ByteString;

use crate::rows::Rows;

/// Names one text of a [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A range of bytes in one text, end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The text.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// Makes a span; offsets beyond 4 GiB are cut, which readers refuse before they come here.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let cut = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            file,
            start: cut(start),
            end: cut(end.max(start)),
        }
    }

    /// The span of the `len` bytes that begin `offset` bytes into this one.
    #[must_use]
    pub fn part(self, offset: usize, len: usize) -> Self {
        Self::new(
            self.file,
            self.start as usize + offset,
            self.start as usize + offset + len,
        )
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// The bytes as a range.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A place as editors count: line and column from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Character in the line, from 1.
    pub column: usize,
}

/// One text that was read.
#[derive(Debug)]
pub struct SourceFile {
    /// Its path below the workspace, with `/`.
    pub path: String,
    /// Its text, decoded. It may be hundreds of megabytes, which are not copied once they are text.
    pub text: ByteString,
    lines: OnceLock<Vec<u32>>,
    /// How many characters stand before each block of [`BLOCK`] bytes, for columns of long lines.
    characters: OnceLock<Vec<u32>>,
}

const BLOCK: usize = 4096;

impl SourceFile {
    /// The offset at which each line begins.
    pub fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
            std::iter::once(0)
                .chain(breaks.map(|(i, _)| u32::try_from(i + 1).unwrap_or(u32::MAX)))
                .collect()
        })
    }

    /// The place of a byte.
    pub fn position(&self, offset: u32) -> Position {
        let starts = self.line_starts();
        let line = starts.partition_point(|s| *s <= offset).max(1) - 1;
        let begin = starts[line] as usize;
        let end = (offset as usize).min(self.text.len());
        let column = if end - begin <= BLOCK {
            characters(&self.text.as_bytes()[begin..end])
        } else {
            self.characters_before(end) - self.characters_before(begin)
        };
        Position {
            line: line + 1,
            column: column + 1,
        }
    }

    /// How many characters stand before a byte.
    fn characters_before(&self, offset: usize) -> usize {
        let bytes = self.text.as_bytes();
        let blocks = self.characters.get_or_init(|| {
            let mut sum = 0;
            let counts = bytes.chunks(BLOCK).map(|block| {
                let before = sum;
                sum += u32::try_from(characters(block)).unwrap_or(u32::MAX);
                before
            });
            counts.collect()
        });
        let block = offset / BLOCK;
        let before = blocks
            .get(block)
            .or(blocks.last())
            .copied()
            .unwrap_or_default();
        let start = block.min(blocks.len().saturating_sub(1)) * BLOCK;
        before as usize + characters(&bytes[start..offset])
    }

    /// The text of a line, from 1, without its end.
    pub fn line(&self, line: usize) -> Option<&str> {
        let starts = self.line_starts();
        let begin = *starts.get(line.checked_sub(1)?)? as usize;
        let end = starts.get(line).map_or(self.text.len(), |s| *s as usize);
        Some(self.text.get(begin..end)?.trim_end_matches(['\n', '\r']))
    }
}

/// Counts the characters that begin in bytes of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| **b & 0xc0 != 0x80).count()
}

/// A piece of text that stands in a file, perhaps behind escapes: an expression in a quoted YAML scalar.
///
/// It maps each of its bytes to the file, so that a diagnostic about an expression points into the user's file.
#[derive(Clone, Debug)]
pub struct Excerpt {
    /// The text after escapes were resolved.
    pub text: Arc<str>,
    /// What it covers in the file.
    pub span: Span,
    /// The offset in the file of each byte of the text and of its end; `None` where they run in step.
    offsets: Option<Arc<Vec<u32>>>,
    quotes: Quotes,
}

/// The quotes around a text, which say how some characters are written between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quotes {
    /// None: all characters stand for themselves.
    #[default]
    None,
    /// `'`, which is written twice.
    Single,
    /// `"`, which is written with a `\`, as that is.
    Double,
}

impl Quotes {
    /// A text as it is written between the quotes.
    pub fn write(self, text: &str) -> String {
        match self {
            Self::None => text.to_owned(),
            Self::Single => text.replace('\'', "''"),
            Self::Double => text.replace('\\', "\\\\").replace('\u{22}', "\\\u{22}"),
        }
    }
}

impl Excerpt {
    /// Text that stands in the file byte for byte.
    pub fn direct(text: impl Into<Arc<str>>, span: Span) -> Self {
        Self {
            text: text.into(),
            span,
            offsets: None,
            quotes: Quotes::None,
        }
    }

    /// Text whose byte `i` stands at `offsets[i]` in the file; one offset more gives the end.
    pub fn mapped(text: impl Into<Arc<str>>, span: Span, offsets: Vec<u32>) -> Self {
        let text = text.into();
        assert_eq!(
            offsets.len(),
            text.len() + 1,
            "an offset for each byte and the end"
        );
        Self {
            text,
            span,
            offsets: Some(Arc::new(offsets)),
            quotes: Quotes::None,
        }
    }

    /// The same, between quotes.
    #[must_use]
    pub fn between(mut self, quotes: Quotes) -> Self {
        self.quotes = quotes;
        self
    }

    /// The quotes around it.
    pub fn quotes(&self) -> Quotes {
        self.quotes
    }

    /// The place in the file of a range of the text.
    pub fn place(&self, range: std::ops::Range<usize>) -> Span {
        match &self.offsets {
            None => self.span.part(range.start, range.end - range.start),
            Some(offsets) => {
                let at = |i: usize| offsets[i.min(offsets.len() - 1)];
                Span {
                    file: self.span.file,
                    start: at(range.start),
                    end: at(range.end).max(at(range.start)),
                }
            }
        }
    }

    /// A range of the text as an excerpt of its own.
    #[must_use]
    pub fn part(&self, range: std::ops::Range<usize>) -> Self {
        let offsets = self
            .offsets
            .as_ref()
            .map(|o| Arc::new(o[range.start..=range.end].to_vec()));
        Self {
            text: self.text[range.clone()].into(),
            span: self.place(range),
            offsets,
            quotes: self.quotes,
        }
    }
}

/// All texts of a run; the file that a [`Span`] points into.
///
/// A run that follows another one goes on with its texts: a path keeps its identity, so what was made of a text that is
/// the same still points into it.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Rows<Held>,
    by_path: Arc<BTreeMap<Arc<str>, FileId>>,
}

/// A text, and whether this run has read it.
#[derive(Clone, Debug)]
struct Held {
    file: Arc<SourceFile>,
    is_read: bool,
}

impl Sources {
    /// The same texts for a run that follows: none of them counts as read until it is [added](Self::add) again, in the
    /// place of the earlier one, or [kept](Self::keep).
    #[must_use]
    pub fn following(&self) -> Self {
        let mut following = Self {
            files: Rows::default(),
            by_path: self.by_path.clone(),
        };
        for held in &self.files {
            following.files.push(Held {
                file: held.file.clone(),
                is_read: false,
            });
        }
        following
    }

    /// Has a text read again: it does not count as read until it is.
    pub fn reopen(&mut self, path: &str) {
        if let Some(id) = self.find(path)
            && let Some(held) = self.files.get_mut(id.0 as usize)
        {
            held.is_read = false;
        }
    }

    /// The same texts under other names.
    #[must_use]
    pub fn renamed(&self, name: impl Fn(&str) -> String) -> Self {
        let mut renamed = Self::default();
        for held in &self.files {
            let file = &held.file;
            renamed.add(name(&file.path), file.text.clone());
        }
        renamed
    }

    /// Keeps a text; a second text of the same path replaces nothing and gets an identity of its own.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<ByteString>) -> FileId {
        let path = path.into();
        let earlier = self.earlier(&path);
        let held = Held {
            file: Arc::new(SourceFile {
                path,
                text: text.into(),
                lines: OnceLock::new(),
                characters: OnceLock::new(),
            }),
            is_read: true,
        };
        if let Some(id) = earlier
            && let Some(place) = self.files.get_mut(id.0 as usize)
        {
            *place = held;
            return id;
        }
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        Arc::make_mut(&mut self.by_path)
            .entry(held.file.path.as_str().into())
            .or_insert(id);
        self.files.push(held);
        id
    }

    /// Keeps a text of an earlier run; `None` where another one has taken its place since.
    pub fn keep(&mut self, text: &Arc<SourceFile>) -> Option<FileId> {
        let id = self.by_path.get(text.path.as_str()).copied()?;
        let at = id.0 as usize;
        let held = self.files.get(at)?;
        if !Arc::ptr_eq(&held.file, text) {
            return None;
        }
        if !held.is_read {
            self.files.get_mut(at)?.is_read = true;
        }
        Some(id)
    }

    /// The place of a text that an earlier run read and this one did not.
    fn earlier(&self, path: &str) -> Option<FileId> {
        let id = self.by_path.get(path)?;
        Some(*id).filter(|id| !self.files[id.0 as usize].is_read)
    }

    /// The text that was read from a path.
    pub fn find(&self, path: &str) -> Option<FileId> {
        let id = self.by_path.get(path)?;
        Some(*id).filter(|id| self.files[id.0 as usize].is_read)
    }

    /// A text by its identity.
    pub fn file(&self, id: FileId) -> &Arc<SourceFile> {
        &self.files[id.0 as usize].file
    }

    /// The path of a text.
    pub fn path(&self, id: FileId) -> &str {
        &self.file(id).path
    }

    /// The place where a span begins.
    pub fn position(&self, span: Span) -> Position {
        self.file(span.file).position(span.start)
    }

    /// The text that a span covers.
    pub fn slice(&self, span: Span) -> &str {
        self.file(span.file)
            .text
            .get(span.range())
            .unwrap_or_default()
    }

    /// `path:line` of a span, as terminals make it clickable.
    pub fn place(&self, span: Span) -> String {
        format!("{}:{}", self.path(span.file), self.position(span).line)
    }

    /// Every text that was read, in the order in which they were read first.
    pub fn iter(&self) -> impl Iterator<Item = &SourceFile> {
        let read = self.files.iter().filter(|h| h.is_read);
        read.map(|h| &*h.file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_begin_at_one() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "é: 1\r\nb: 2\n");
        assert_eq!(
            sources.position(Span::new(file, 2, 3)),
            Position { line: 1, column: 2 }
        );
        assert_eq!(
            sources.position(Span::new(file, 7, 8)),
            Position { line: 2, column: 1 }
        );
        let long = sources.add("b", "é".repeat(10_000));
        for column in [1, 2000, 5000, 10_001] {
            let offset = 2 * (column - 1);
            assert_eq!(
                sources.position(Span::new(long, offset, offset)).column,
                column
            );
        }
        assert_eq!(sources.file(file).line(1), Some("é: 1"));
        assert_eq!(sources.place(Span::new(file, 7, 8)), "a.yaml:2");
    }

    #[test]
    fn a_path_keeps_its_identity_in_the_runs_that_follow() {
        let mut first = Sources::default();
        let [a, b] = ["a", "b"].map(|path| first.add(path, "old"));
        let mut second = first.following();
        assert_eq!(second.find("a"), None);
        assert_eq!(second.keep(first.file(b)), Some(b));
        assert_eq!(second.add("a", "new"), a);
        assert_eq!(second.keep(first.file(a)), None);
        assert_eq!(
            (first.file(a).text.as_ref(), second.file(a).text.as_ref()),
            ("old", "new")
        );
        assert_ne!(second.add("a", "once more"), a);
    }
}
