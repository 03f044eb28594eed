//! The text of a tree: YAML in block style, or JSON.

use std::io;

use crate::format::scalar;

/// How deep objects and lists may nest, so that readers follow.
const MAX_DEPTH: usize = 200;

/// How many bytes gather before they leave.
const PIECE: usize = 1 << 16;

/// The syntaxes that a tree is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// YAML in block style.
    Yaml,
    /// JSON, two columns a level.
    Json,
}

/// What is open: how many members it has, and whether it is a list.
struct Open {
    list: bool,
    members: usize,
    /// The column of its members.
    indent: usize,
}

/// Where the next thing goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// Behind a key, or at the very beginning.
    Key,
    /// Behind the dash of a list.
    Dash,
}

/// Writes a tree from its beginning to its end.
pub(super) struct Emitter<'o> {
    syntax: Syntax,
    text: String,
    open: Vec<Open>,
    at: At,
    /// What is to be said of the value that comes next, at the end of its line.
    comment: Option<String>,
    out: &'o mut dyn io::Write,
}

impl<'o> Emitter<'o> {
    pub(super) fn new(syntax: Syntax, out: &'o mut dyn io::Write) -> Self {
        Self {
            syntax,
            text: String::new(),
            open: Vec::new(),
            at: At::Key,
            comment: None,
            out,
        }
    }

    /// Says something of the value of the last key; JSON has no place for it.
    pub(super) fn comment(&mut self, text: String) {
        if self.syntax == Syntax::Yaml {
            self.comment = Some(text);
        }
    }

    fn end_line(&mut self) {
        if let Some(comment) = self.comment.take() {
            self.text.push_str("  # ");
            self.text.push_str(&comment);
        }
    }

    fn line(&mut self, indent: usize) {
        self.end_line();
        if !self.text.is_empty() || self.syntax == Syntax::Json {
            self.text.push('\n');
        }
        for _ in 0..indent {
            self.text.push(' ');
        }
    }

    /// What stands before a value: the dash or comma of a list.
    fn member(&mut self) {
        let syntax = self.syntax;
        let Some(open) = self.open.last_mut().filter(|o| o.list) else {
            return;
        };
        let (first, indent) = (open.members == 0, open.indent);
        open.members += 1;
        match syntax {
            Syntax::Json => {
                if !first {
                    self.text.push(',');
                }
                self.line(indent);
            }
            Syntax::Yaml => {
                if first && self.at == At::Dash {
                    self.text.push_str("- ");
                } else {
                    self.line(indent);
                    self.text.push_str("- ");
                }
                self.at = At::Dash;
            }
        }
    }

    /// Begins an object.
    pub(super) fn object(&mut self) -> io::Result<()> {
        self.begin(false)
    }

    /// Begins a list.
    pub(super) fn list(&mut self) -> io::Result<()> {
        self.begin(true)
    }

    fn begin(&mut self, list: bool) -> io::Result<()> {
        if self.open.len() >= MAX_DEPTH {
            let message =
                format!("the model nests deeper than {MAX_DEPTH}, which no reader follows");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        self.member();
        let above = self.open.last().map(|o| o.indent);
        let indent = above.map_or(if self.syntax == Syntax::Json { 2 } else { 0 }, |n| n + 2);
        if self.syntax == Syntax::Json {
            self.text.push(if list { '[' } else { '{' });
        }
        self.open.push(Open {
            list,
            members: 0,
            indent,
        });
        Ok(())
    }

    /// Ends what was begun last.
    pub(super) fn end(&mut self) -> io::Result<()> {
        let ended = self.open.pop().expect("ends follow begins");
        let marks = if ended.list { ["[", "]"] } else { ["{", "}"] };
        match (self.syntax, ended.members) {
            (Syntax::Json, 0) => self.text.push_str(marks[1]),
            (Syntax::Json, _) => {
                self.line(ended.indent - 2);
                self.text.push_str(marks[1]);
            }
            (Syntax::Yaml, 0) => {
                if self.at == At::Key && !self.open.is_empty() {
                    self.text.push(' ');
                }
                self.text.push_str(&marks.concat());
                self.end_line();
            }
            (Syntax::Yaml, _) => {}
        }
        self.at = At::Key;
        if self.text.len() >= PIECE {
            self.flush()?;
        }
        Ok(())
    }

    /// The key of the next value.
    pub(super) fn key(&mut self, key: &str) {
        let open = self.open.last_mut().expect("keys stand in objects");
        let (first, indent) = (open.members == 0, open.indent);
        open.members += 1;
        match self.syntax {
            Syntax::Json => {
                if !first {
                    self.text.push(',');
                }
                self.line(indent);
                push_json(&mut self.text, key);
                self.text.push_str(": ");
            }
            Syntax::Yaml => {
                if !(first && self.at == At::Dash) {
                    self.line(indent);
                }
                self.text.push_str(&scalar::text(key));
                self.text.push(':');
            }
        }
        self.at = At::Key;
    }

    /// A number, a truth value or nothing, as it stands.
    pub(super) fn bare(&mut self, text: &str) {
        self.value(|_, out| out.push_str(text));
    }

    /// A text.
    pub(super) fn text(&mut self, text: &str) {
        self.value(|syntax, out| match syntax {
            Syntax::Json => push_json(out, text),
            Syntax::Yaml => out.push_str(&scalar::text(text)),
        });
    }

    fn value(&mut self, with: impl FnOnce(Syntax, &mut String)) {
        self.member();
        if self.syntax == Syntax::Yaml && self.at == At::Key && !self.open.is_empty() {
            self.text.push(' ');
        }
        with(self.syntax, &mut self.text);
        if !self.open.last().is_some_and(|o| o.list) {
            self.end_line();
        }
        self.at = At::Key;
    }

    fn flush(&mut self) -> io::Result<()> {
        // The last byte stays, so that the beginning of the text is known from its middle.
        let keep = self.text.pop();
        self.out.write_all(self.text.as_bytes())?;
        self.text.clear();
        self.text.extend(keep);
        Ok(())
    }

    /// Hands on the rest.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.text.push('\n');
        let text = if self.syntax == Syntax::Json {
            self.text.trim_start_matches('\n')
        } else {
            &self.text
        };
        self.out.write_all(text.as_bytes())
    }
}

fn push_json(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}
