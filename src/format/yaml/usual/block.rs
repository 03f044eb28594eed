//! Blocks: what is told by the columns that lines begin in.

use std::borrow::Cow;

use granit_parser::ScalarStyle;
use memchr::{memchr, memchr3};

use super::{Column, MAX_DEPTH, MAX_KEY, Reader, Scalar};
use crate::format::yaml::Open;

/// Behind what a value stands, which says what it may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behind {
    /// The indentation of its line.
    Indent,
    Dash,
    Colon,
}

/// What ends the text without quotes of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    Colon,
    Comment,
    Line,
}

impl<'s> Reader<'_, '_, 's> {
    /// What begins on a line of its own, deeper than what it belongs to.
    pub(super) fn block(&mut self, outer: Column, column: Column) -> Option<()> {
        if column <= outer {
            return None;
        }
        self.value(outer, Behind::Indent)
    }

    fn value(&mut self, outer: Column, behind: Behind) -> Option<()> {
        let column = self.column();
        match self.peek()? {
            b'-' if self.is_blank(self.at + 1) => match behind {
                Behind::Colon => None,
                Behind::Indent | Behind::Dash => self.sequence(column, self.at),
            },
            b'"' | b'\'' => {
                let scalar = self.quoted(outer)?;
                if self.is_colon() {
                    self.at = scalar.start;
                    return self.mapping(column, behind);
                }
                self.put(&scalar)?;
                self.end_of_line().map(drop)
            }
            b'[' | b'{' if outer >= 0 => {
                self.flow(outer)?;
                self.end_of_line().map(drop)
            }
            b'|' | b'>' if behind != Behind::Indent => self.literal(outer),
            _ => {
                let (first, stop) = self.plain()?;
                if stop == Stop::Colon {
                    self.at = first.start;
                    return self.mapping(column, behind);
                }
                self.lines(outer, (first, stop))
            }
        }
    }

    /// Whether a colon comes that makes what stood before it a key.
    fn is_colon(&mut self) -> bool {
        self.blanks();
        self.peek() == Some(b':') && self.is_blank(self.at + 1)
    }

    fn mapping(&mut self, column: Column, behind: Behind) -> Option<()> {
        if behind == Behind::Colon {
            return None;
        }
        self.open(Open::Mapping(Vec::new(), None), (self.at, self.at))?;
        loop {
            self.key()?;
            let next = self.entry(column)?;
            if next < column {
                break;
            }
            if next > column {
                return None;
            }
        }
        self.close((self.at, self.at))
    }

    /// A key on one line, and the colon behind it.
    fn key(&mut self) -> Option<()> {
        let key = match self.peek()? {
            b'"' | b'\'' => self.quoted(Column::MAX)?,
            _ => self.plain()?.0,
        };
        if key.end - key.start > MAX_KEY || !self.is_colon() {
            return None;
        }
        self.put(&key)
    }

    /// The value of a key, from its colon; the column of what comes next.
    fn entry(&mut self, column: Column) -> Option<Column> {
        let colon = self.at;
        self.at += 1;
        if !self.is_line_over() {
            self.value(column, Behind::Colon)?;
            return Some(self.column());
        }
        let is_comment = self.peek() == Some(b'#');
        let next = self.next_line()?;
        if next > column {
            self.block(column, next)?;
        } else if next == column && self.peek() == Some(b'-') && self.is_blank(self.at + 1) {
            // A list that is no deeper than its key begins, for granit, behind its first dash.
            let first = self.bytes[self.at + 1..].iter().position(|b| *b != b' ')?;
            let first = self.at + 1 + first;
            if matches!(self.bytes.get(first), Some(b'\n' | b'#')) {
                return None;
            }
            self.sequence(column, first)?;
        } else if is_comment {
            return None;
        } else {
            self.nothing(colon)?;
        }
        Some(self.column())
    }

    fn sequence(&mut self, column: Column, start: usize) -> Option<()> {
        self.open(Open::Sequence(Vec::new()), (start, start))?;
        loop {
            self.at += 1;
            let behind = self.at;
            if self.is_line_over() {
                let is_bare = self.at == behind;
                let next = self.next_line()?;
                if next > column {
                    self.block(column, next)?;
                } else if is_bare {
                    self.nothing(behind)?;
                } else {
                    return None;
                }
            } else {
                self.value(column, Behind::Dash)?;
            }
            let is_next = self.peek() == Some(b'-') && self.is_blank(self.at + 1);
            if self.column() != column || !is_next {
                break;
            }
        }
        self.close((self.at, self.at))
    }

    pub(super) fn open(&mut self, open: Open, (start, end): (usize, usize)) -> Option<()> {
        if self.builder.stack.len() > MAX_DEPTH {
            return None;
        }
        let span = self.span(start, end);
        self.builder.open(open, span, (0, None)).ok()
    }

    pub(super) fn close(&mut self, (start, end): (usize, usize)) -> Option<()> {
        let span = self.span(start, end);
        self.builder.close(span).ok()
    }

    /// Text without quotes to where its line, a comment or a colon ends it.
    fn plain(&mut self) -> Option<(Scalar<'s>, Stop)> {
        let start = self.at;
        let begins = match self.peek()? {
            b'-' | b'?' | b':' => !self.is_blank(start + 1),
            b => !b"\n,[]{}#&*!|>'\"%@`".contains(&b),
        };
        if !begins {
            return None;
        }
        let stop = loop {
            let rest = &self.bytes[self.at..];
            let Some(found) = memchr3(b':', b'#', b'\n', rest) else {
                self.at = self.bytes.len();
                break Stop::Line;
            };
            self.at += found;
            match self.bytes[self.at] {
                b'\n' => break Stop::Line,
                b':' if self.is_blank(self.at + 1) => break Stop::Colon,
                b'#' if self.bytes[self.at - 1] == b' ' => break Stop::Comment,
                _ => self.at += 1,
            }
        };
        let text = self.text[start..self.at].trim_end_matches(' ');
        let scalar = Scalar {
            value: Cow::Borrowed(text),
            style: ScalarStyle::Plain,
            start,
            end: start + text.len(),
        };
        Some((scalar, stop))
    }

    /// Text without quotes that may go on on the next lines.
    fn lines(&mut self, outer: Column, first: (Scalar<'s>, Stop)) -> Option<()> {
        let (mut scalar, mut stop) = first;
        loop {
            let end = self.at;
            if self.next_line()? <= outer {
                break;
            }
            // Behind a comment or an empty line it is no longer that simple.
            if stop != Stop::Line || self.line != end + 1 {
                return None;
            }
            let (more, behind) = self.plain()?;
            if behind == Stop::Colon {
                return None;
            }
            let value = scalar.value.to_mut();
            value.push(' ');
            value.push_str(&more.value);
            scalar.end = more.end;
            stop = behind;
        }
        self.put(&scalar)
    }

    /// The text of a block behind `|` or `>`.
    fn literal(&mut self, outer: Column) -> Option<()> {
        let style = match self.peek()? {
            b'|' => ScalarStyle::Literal,
            _ => ScalarStyle::Folded,
        };
        self.at += 1;
        let keeps_break = self.peek() != Some(b'-');
        self.at += usize::from(!keeps_break);
        if !self.is_line_over() {
            return None;
        }
        self.at += memchr(b'\n', &self.bytes[self.at..])? + 1;
        self.line = self.at;
        self.blanks();
        let (indent, start) = (self.at - self.line, self.at);
        if self.peek()? == b'\n' || self.column() <= outer {
            return None;
        }
        let mut value = String::new();
        let (mut breaks, mut was_deep) = (0, false);
        loop {
            let length = memchr(b'\n', &self.bytes[self.at..])?;
            let text = &self.text[self.at..self.at + length];
            // Lines are joined where neither of them is deeper than the block.
            let is_deep = text.starts_with(' ');
            let joined = style == ScalarStyle::Folded && !was_deep && !is_deep;
            match breaks {
                1 if joined => value.push(' '),
                n => value.extend(std::iter::repeat_n('\n', n - usize::from(joined && n > 1))),
            }
            value.push_str(text);
            was_deep = is_deep;
            self.at += length + 1;
            breaks = 1 + self.empty_lines()?;
            if self.at - self.line < indent || self.at == self.bytes.len() {
                break;
            }
            self.at = self.line + indent;
        }
        if keeps_break {
            value.push('\n');
        }
        let end = self.at;
        self.put(&Scalar {
            value: Cow::Owned(value),
            style,
            start,
            end,
        })?;
        if self.at == self.bytes.len() {
            self.line = self.at;
            return Some(());
        }
        self.at = self.line;
        self.content().map(drop)
    }

    /// Goes over empty lines to the text of the next one; how many they were.
    fn empty_lines(&mut self) -> Option<usize> {
        let mut count = 0;
        loop {
            self.line = self.at;
            if self.peek() == Some(b'\n') {
                self.at += 1;
                count += 1;
                continue;
            }
            self.blanks();
            // Blanks alone may be text.
            return (self.at == self.line || self.peek()? != b'\n').then_some(count);
        }
    }
}
