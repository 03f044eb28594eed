//! Shell scripts: words, strings in both quotes, here-documents, comments; a check that everything opened is closed.

use super::line::Line;
use super::{Flaw, Language, Scalar, Writer, plain, write_backslashed, write_single_quoted};
use crate::diag::one_line;

pub(super) struct Shell;

/// Words that mean something to a shell where a command begins.
const RESERVED: &[&str] = &[
    "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in",
    "select", "then", "time", "until", "while",
];

/// The place in the text of a script. Each but the outermost stands inside of another.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Commands, at the top or in `$(…)`.
    Code,
    Comment,
    Single,
    Double,
    /// What is neither text nor a command: `${…}`, `$((…))`, backquotes, `$'…'`; ended by this text.
    Closed(&'static str),
    /// Lines up to the word; whether `$` means something in them.
    Document {
        word: String,
        expands: bool,
    },
}

#[derive(Clone, PartialEq)]
pub(super) struct ShellWriter {
    places: Vec<Place>,
    /// The line so far.
    line: Line,
    escaped: bool,
    /// Here-documents that begin on the next line.
    documents: Vec<Place>,
}

impl Default for ShellWriter {
    fn default() -> Self {
        Self {
            places: vec![Place::Code],
            line: Line::default(),
            escaped: false,
            documents: Vec::new(),
        }
    }
}

impl Writer for ShellWriter {
    fn step(&mut self, c: char) {
        if let Place::Document { word, .. } = self.place() {
            if c == '\n' {
                if self.line.trim_start_matches('\t') == word {
                    self.places.pop();
                    self.places.extend(self.documents.pop());
                }
                self.line.clear();
            } else {
                self.line.push(c);
            }
            return;
        }
        self.line.push(c);
        let escaped = std::mem::take(&mut self.escaped);
        match self.place() {
            _ if escaped => {}
            Place::Comment if c == '\n' => {
                self.places.pop();
            }
            Place::Single if c == '\'' => {
                self.places.pop();
            }
            Place::Closed(end) if self.line.ends_with(end) => {
                self.places.pop();
            }
            Place::Code | Place::Double => self.open(c),
            _ => {}
        }
        if c == '\n' {
            self.end_line(escaped);
        }
    }

    fn recurs(&self) -> bool {
        self.line.is_empty()
    }

    fn encode(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String> {
        let place = self.place();
        if let (Scalar::List(items), Place::Code) = (value, &place) {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                self.encode(item, out)?;
            }
            return Ok(());
        }
        let text = plain(value)?;
        if text.contains('\0') {
            return Err("a shell has no text with a null in it".to_owned());
        }
        match place {
            Place::Comment => out.push_str(&one_line(text)),
            Place::Code => return self.word(value, &text, out),
            Place::Single => out.push_str(&text.replace('\'', "'\\''")),
            Place::Double => write_backslashed(&text, b"\"\\$`", out),
            Place::Closed(_) => {
                return Err(
                    "it stands inside of an expansion; put it into a variable before".to_owned(),
                );
            }
            Place::Document { word, expands } => {
                let first = self.line.trim().is_empty();
                let ends = |line: &str| line.trim_start_matches('\t') == word;
                if text.split('\n').any(ends) || (first && text.starts_with('\t')) {
                    return Err(format!("it would end the here-document `{word}`"));
                }
                let special: &[u8] = if expands { b"\\$`" } else { b"" };
                write_backslashed(&text, special, out);
            }
        }
        Ok(())
    }
}

impl ShellWriter {
    fn place(&self) -> Place {
        self.places.last().cloned().unwrap_or(Place::Code)
    }

    /// Whether nothing is open that a script has to close.
    pub(super) fn is_closed(&self) -> bool {
        let open = self.places.iter().filter(|p| **p != Place::Comment).count();
        open == 1 && self.documents.is_empty()
    }

    /// A word, in single quotes unless it is one that nothing reads in another way.
    fn word(&self, value: &Scalar<'_>, text: &str, out: &mut String) -> Result<(), String> {
        let begins = self.line.is_empty() || self.line.ends_with([' ', '\t', ';', '(', '|', '&']);
        if begins && text.starts_with('-') && matches!(value, Scalar::Text(_)) {
            return Err("it begins with `-` and would be taken for an option".to_owned());
        }
        let inner = |c: char| c.is_ascii_alphanumeric() || "._:/@+,%-".contains(c);
        let bare = !text.is_empty()
            && text.chars().all(inner)
            && !(begins && RESERVED.contains(&text))
            && (matches!(value, Scalar::Integer(_) | Scalar::Real(_))
                || !text.bytes().all(|b| b.is_ascii_digit()));
        if bare {
            out.push_str(text);
        } else {
            write_single_quoted(text, out);
        }
        Ok(())
    }

    /// A character of commands, or between double quotes.
    fn open(&mut self, c: char) {
        let double = self.place() == Place::Double;
        match c {
            '\\' => self.escaped = true,
            '"' if double => drop(self.places.pop()),
            '"' => self.places.push(Place::Double),
            '\'' if double => {}
            '\'' if self.line.ends_with("$'") => self.places.push(Place::Closed("'")),
            '\'' => self.places.push(Place::Single),
            '`' => self.places.push(Place::Closed("`")),
            '{' if self.line.ends_with("${") => self.places.push(Place::Closed("}")),
            '(' if self.line.ends_with("$((") => {
                self.places.pop();
                self.places.push(Place::Closed("))"));
            }
            '(' if self.line.ends_with("$(") => self.places.push(Place::Code),
            '(' if !double => self.places.push(Place::Code),
            ')' if !double && self.places.len() > 1 => drop(self.places.pop()),
            '#' if !double && self.begins_comment() => self.places.push(Place::Comment),
            _ => {}
        }
    }

    fn begins_comment(&self) -> bool {
        let before = &self.line[..self.line.len() - 1];
        before.is_empty() || before.ends_with([' ', '\t', ';', '&', '|', '(', ')'])
    }

    fn end_line(&mut self, continued: bool) {
        if !continued && self.place() == Place::Code {
            self.documents = documents(&self.line);
            self.documents.reverse();
            self.places.extend(self.documents.pop());
        }
        self.line.clear();
    }
}

/// The here-documents that a line opens: `<<WORD`, `<<-WORD`, `<<'WORD'`.
fn documents(line: &str) -> Vec<Place> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find("<<") {
        rest = rest[at + 2..]
            .trim_start_matches('-')
            .trim_start_matches(' ');
        if rest.starts_with('<') {
            rest = rest.trim_start_matches('<');
            continue;
        }
        let end = rest.find([' ', '\t', '\n', ';', '|', '&', '>', ')']);
        let word = &rest[..end.unwrap_or(rest.len())];
        let bare: String = word.chars().filter(|c| !"'\"\\".contains(*c)).collect();
        if !bare.is_empty() {
            found.push(Place::Document {
                expands: bare == word,
                word: bare,
            });
        }
    }
    found
}

impl Language for Shell {
    fn name(&self) -> &'static str {
        "shell"
    }

    fn claims(&self, file: &str) -> bool {
        super::has_ending(file, &["sh", "bash"])
    }

    fn writer(&self) -> Box<dyn Writer> {
        Box::new(ShellWriter::default())
    }

    fn literal(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String> {
        ShellWriter::default().encode(value, out)
    }

    /// Where something was opened that is never closed, as far as quotes, brackets and here-documents go.
    fn comment(&self) -> Option<(&'static str, &'static str)> {
        Some(("#", ""))
    }

    fn check(&self, text: &str) -> Vec<Flaw> {
        let mut writer = ShellWriter::default();
        let mut closed = 0;
        for (at, c) in text.char_indices() {
            if writer.is_closed() {
                closed = at;
            }
            writer.step(c);
        }
        if !text.ends_with('\n') {
            writer.step('\n');
        }
        if writer.is_closed() {
            return Vec::new();
        }
        vec![Flaw {
            offset: closed,
            message: "a quote, a bracket or a here-document is never closed".to_owned(),
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(before: &str, text: &str) -> Result<String, String> {
        super::super::printed(&Shell, before, text)
    }

    #[test]
    fn text_is_written_for_its_place() {
        for (before, text, printed) in [
            ("echo ", "a b", "'a b'"),
            ("echo ", "it's", "'it'\\''s'"),
            ("echo ", "a.b/c", "a.b/c"),
            ("echo ", "A=b", "'A=b'"),
            ("", "if", "'if'"),
            ("echo ", "2", "'2'"),
            ("A=", "x\ny", "'x\ny'"),
            ("echo \"", "$x `id` \"", "\\$x \\`id\\` \\\""),
            ("echo '", "it's $x", "it'\\''s $x"),
            ("echo \"$(cat ", "a b", "'a b'"),
            ("echo \"$(cat x) ", "$y", "\\$y"),
            ("# ", "a\nrm -r /", "a rm -r /"),
            ("cat <<END\n", "$x\\", "\\$x\\\\"),
            ("cat <<'END'\n", "$x\\", "$x\\"),
            ("cat <<END\nx\nEND\necho ", "$x", "'$x'"),
            ("echo \\\n  ", "a b", "'a b'"),
            ("echo a#b ", "a b", "'a b'"),
            ("f() { echo ", "a b", "'a b'"),
        ] {
            assert_eq!(
                print(before, text).as_deref(),
                Ok(printed),
                "{before}{text}"
            );
        }
    }

    #[test]
    fn what_has_no_place_is_refused() {
        for (before, text) in [
            ("echo ", "a\0"),
            ("echo ", "-rf"),
            ("echo ${", "x"),
            ("echo `cat ", "x"),
            ("echo $((1 + ", "x"),
            ("cat <<END\n", "END"),
            ("cat <<END\n", "a\nEND\nrm"),
            ("echo $'", "x"),
        ] {
            assert!(print(before, text).is_err(), "{before}{text}");
        }
    }

    #[test]
    fn what_is_never_closed_is_found() {
        assert_eq!(
            Shell.check("echo \"a $(b 'c') d\" # it's\ncat <<E\n'\nE\n"),
            []
        );
        assert_eq!(Shell.check("case x in a) y ;; esac\nf() { z; }\n"), []);
        for text in ["echo 'a\n", "echo \"$(a\"\n", "cat <<E\nx\n", "(a\n"] {
            assert_eq!(Shell.check(text).len(), 1, "{text}");
        }
    }
}
