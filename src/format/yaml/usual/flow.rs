//! What stands in brackets.

use std::borrow::Cow;

use granit_parser::ScalarStyle;

use super::{Column, MAX_KEY, Reader, Scalar};
use crate::format::yaml::Open;

impl<'s> Reader<'_, '_, 's> {
    /// A collection in brackets; its lines are deeper than what it belongs to.
    pub(super) fn flow(&mut self, outer: Column) -> Option<()> {
        let start = self.at;
        let is_mapping = self.peek() == Some(b'{');
        self.at += 1;
        if is_mapping {
            self.open(Open::Mapping(Vec::new(), None), (start, start + 1))?;
        } else {
            self.open(Open::Sequence(Vec::new()), (start, start + 1))?;
        }
        let end = if is_mapping { b'}' } else { b']' };
        loop {
            self.space(outer)?;
            if self.peek()? == end {
                break;
            }
            if is_mapping {
                self.pair(outer)?;
            } else {
                self.member(outer)?;
            }
            self.space(outer)?;
            match self.peek()? {
                b',' => self.at += 1,
                b if b == end => break,
                _ => return None,
            }
        }
        self.at += 1;
        self.close((self.at - 1, self.at))
    }

    /// Goes over blanks, breaks and comments.
    fn space(&mut self, outer: Column) -> Option<()> {
        let start = self.at;
        self.blanks();
        match self.peek()? {
            b'#' if self.at == start => None,
            b'\n' | b'#' => (self.next_line()? > outer).then_some(()),
            _ => Some(()),
        }
    }

    fn pair(&mut self, outer: Column) -> Option<()> {
        let key = self.text_in_flow(Column::MAX)?;
        if key.end - key.start > MAX_KEY {
            return None;
        }
        self.put(&key)?;
        if matches!(self.peek()?, b',' | b'}') {
            return self.nothing(self.at);
        }
        self.blanks();
        let colon = self.at;
        if self.peek()? != b':' || !self.is_blank(self.at + 1) {
            return None;
        }
        self.at += 1;
        self.space(outer)?;
        match self.peek()? {
            b',' | b'}' => self.nothing(colon),
            _ => self.member(outer),
        }
    }

    fn member(&mut self, outer: Column) -> Option<()> {
        if matches!(self.peek()?, b'[' | b'{') {
            return self.flow(outer);
        }
        let text = self.text_in_flow(outer)?;
        self.put(&text)
    }

    fn text_in_flow(&mut self, outer: Column) -> Option<Scalar<'s>> {
        let start = self.at;
        match self.peek()? {
            b'"' | b'\'' => return self.quoted(outer),
            b'-' | b'?' | b':' if self.is_end(start + 1) => return None,
            b if b"\n,[]{}#&*!|>%@`".contains(&b) => return None,
            _ => {}
        }
        loop {
            match self.peek()? {
                b',' | b'[' | b']' | b'{' | b'}' | b'\n' => break,
                b':' if self.is_end(self.at + 1) => break,
                b'#' if self.bytes[self.at - 1] == b' ' => break,
                _ => self.at += 1,
            }
        }
        let text = self.text[start..self.at].trim_end_matches(' ');
        Some(Scalar {
            value: Cow::Borrowed(text),
            style: ScalarStyle::Plain,
            start,
            end: start + text.len(),
        })
    }

    /// Whether text in brackets cannot go on with a byte.
    fn is_end(&self, at: usize) -> bool {
        self.is_blank(at) || self.bytes.get(at).is_some_and(|b| b",[]{}".contains(b))
    }
}
