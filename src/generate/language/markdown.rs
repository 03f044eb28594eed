//! Markdown: text between markup, code in backquotes, and code in lines of its own.

use memchr::memchr;

use super::line::Line;
use super::{Flaw, Language, Scalar, Writer, before, plain_in};
use crate::diag::one_line;

pub(super) struct Markdown;

/// The place in the text of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Text,
    /// Between so many backquotes.
    Code(usize),
    /// In a line that is code by its indentation.
    Indented,
    /// In lines between fences.
    Fenced,
}

#[derive(Default, PartialEq)]
struct MarkdownWriter {
    line: Line,
    /// The fence that is open.
    fence: Option<String>,
    /// Whether indented lines belong to an item of a list.
    list: bool,
    /// Whether the last line had text, which an indented line would go on.
    text: bool,
}

impl Writer for MarkdownWriter {
    fn step(&mut self, c: char) {
        if c == '\n' {
            self.end_line();
        } else {
            self.line.push(c);
        }
    }

    fn skip<'t>(&mut self, text: &'t str) -> &'t str {
        let (line, rest) = before(text, [b'\n']);
        self.line.push_str(line);
        rest
    }

    fn pass(&mut self, _: &Scalar<'_>, text: &str) {
        self.line.push_str(text);
    }

    fn recurs(&self) -> bool {
        self.line.is_empty()
    }

    fn encode(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String> {
        let mut number = itoa::Buffer::new();
        let text = plain_in(value, &mut number)?;
        match self.place() {
            Place::Text => self.text(&one_line(text), out),
            Place::Code(_) if text.contains('`') => {
                return Err("a backquote would end the code that it stands in".to_owned());
            }
            // A row of a table is split before code is looked for.
            Place::Code(_) if self.line.starts_with('|') => {
                out.push_str(&one_line(text).replace('|', "\\|"));
            }
            Place::Code(_) | Place::Indented => out.push_str(&one_line(text)),
            Place::Fenced => {
                let text = one_line(text);
                let fence = text.trim_start().starts_with(['`', '~']);
                if fence && self.line.trim().is_empty() {
                    return Err("it would end the code that it stands in".to_owned());
                }
                out.push_str(&text);
            }
        }
        Ok(())
    }
}

impl Clone for MarkdownWriter {
    fn clone(&self) -> Self {
        Self {
            line: self.line.clone(),
            fence: self.fence.clone(),
            ..*self
        }
    }

    fn clone_from(&mut self, from: &Self) {
        self.line.clone_from(&from.line);
        self.fence.clone_from(&from.fence);
        (self.list, self.text) = (from.list, from.text);
    }
}

impl MarkdownWriter {
    fn place(&self) -> Place {
        if self.fence.is_some() {
            return Place::Fenced;
        }
        let indented = self.line.starts_with("    ") || self.line.starts_with('\t');
        if indented && !self.list && !self.text {
            return Place::Indented;
        }
        match open_code(&self.line) {
            0 => Place::Text,
            quotes => Place::Code(quotes),
        }
    }

    /// Writes text and escapes what begins markup.
    fn text(&self, text: &str, out: &mut String) {
        let begins = self.line.trim().is_empty();
        let text = if begins { begun(text, out) } else { text };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b" !\"#%'(),-./:;=>?@^{}+".contains(&b);
        if text.bytes().all(plain) && !text.ends_with(' ') {
            out.push_str(text);
            return;
        }
        let mut before = ' ';
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            let next = rest.clone().next().unwrap_or(' ');
            match c {
                '<' => out.push_str("&lt;"),
                '&' => out.push_str("&amp;"),
                // Inside of a word, it is no emphasis.
                '_' if before.is_alphanumeric() && next.is_alphanumeric() => out.push(c),
                '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => out.extend(['\\', c]),
                // Two blanks at the end of a line would break it.
                ' ' if rest.as_str().trim_start_matches(' ').is_empty() => out.push_str("&#32;"),
                c => out.push(c),
            }
            before = c;
        }
    }

    fn end_line(&mut self) {
        let line = self.line.trim_start();
        let indent = self.line.len() - line.len();
        let fence: String = line
            .chars()
            .take_while(|c| line.starts_with(['`', '~']) && line.starts_with(*c))
            .collect();
        match &self.fence {
            Some(open) if fence.len() >= open.len() && fence.starts_with(open.as_str()) => {
                self.fence = None;
            }
            Some(_) => {}
            None if fence.len() >= 3 => self.fence = Some(fence),
            None => {
                let item = line.starts_with("- ")
                    || line.starts_with("* ")
                    || line.starts_with("+ ")
                    || number(line).is_some();
                if !line.is_empty() && indent == 0 {
                    self.list = item;
                } else if item && indent < 4 {
                    self.list = true;
                }
                let code = self.place() == Place::Indented;
                self.text = !line.is_empty() && !code;
            }
        }
        self.line.clear();
    }
}

/// Writes the beginning of a line, where more characters begin something; gives the rest of the text.
fn begun<'t>(text: &'t str, out: &mut String) -> &'t str {
    match text.chars().next() {
        Some(' ') => out.push_str("&#32;"),
        Some(c @ ('#' | '>' | '+' | '-' | '=' | ':')) => out.extend(['\\', c]),
        Some(c) if c.is_ascii_digit() => {
            let Some(digits) = number(&format!("{text} ")) else {
                return text;
            };
            let (digits, rest) = text.split_at(digits);
            out.extend([digits, "\\", &rest[..1]]);
            return &rest[1..];
        }
        _ => return text,
    }
    &text[1..]
}

/// How many digits begin a line that is an item of a numbered list.
fn number(line: &str) -> Option<usize> {
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = &line[digits..];
    let marks = rest.starts_with(". ") || rest.starts_with(") ");
    ((1..10).contains(&digits) && marks).then_some(digits)
}

/// How many backquotes opened the code that the end of a line stands in; none where it stands in none.
fn open_code(line: &str) -> usize {
    let (mut open, mut at) = (0, 0);
    let bytes = line.as_bytes();
    if memchr(b'`', bytes).is_none() {
        return 0;
    }
    while at < bytes.len() {
        if bytes[at] == b'\\' && open == 0 {
            at += 2;
            continue;
        }
        let run = bytes[at..].iter().take_while(|b| **b == b'`').count();
        if run == 0 {
            at += 1;
            continue;
        }
        if open == 0 {
            open = run;
        } else if open == run {
            open = 0;
        }
        at += run;
    }
    open
}

impl Language for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn claims(&self, file: &str) -> bool {
        super::has_ending(file, &["md"])
    }

    fn writer(&self) -> Box<dyn Writer> {
        Box::new(MarkdownWriter::default())
    }

    fn literal(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String> {
        MarkdownWriter::default().encode(value, out)
    }

    fn comment(&self) -> Option<(&'static str, &'static str)> {
        Some(("<!--", "-->"))
    }

    fn check(&self, _: &str) -> Vec<Flaw> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(before: &str, text: &str) -> Result<String, String> {
        super::super::printed(&Markdown, before, text)
    }

    #[test]
    fn text_is_written_for_its_place() {
        for (before, text, printed) in [
            ("", "# a", "\\# a"),
            ("", "- a", "\\- a"),
            ("", "1. a", "1\\. a"),
            ("", "1.5", "1.5"),
            ("", "    a", "&#32;   a"),
            ("a ", "# b", "# b"),
            ("a ", "*b* _c_ d_e", "\\*b\\* \\_c\\_ d_e"),
            ("a ", "<b> & [c](d)", "&lt;b> &amp; \\[c\\](d)"),
            ("a `", "*b*", "*b*"),
            ("a `b` ", "*c*", "\\*c\\*"),
            ("| `", "a|b", "a\\|b"),
            ("a\n\n    ", "*b*", "*b*"),
            ("a\n    ", "*b*", "\\*b\\*"),
            ("- a\n\n    ", "*b*", "\\*b\\*"),
            ("```\n", "*b*", "*b*"),
            ("```\na\n```\n", "*b*", "\\*b\\*"),
            ("a ", "b  ", "b&#32;&#32;"),
            ("a ", "b\nc", "b c"),
        ] {
            assert_eq!(
                print(before, text).as_deref(),
                Ok(printed),
                "{before}{text}"
            );
        }
    }

    #[test]
    fn what_would_end_code_is_refused() {
        for (before, text) in [("a `", "b` c"), ("```\n", "```"), ("~~~\n", "~~~ a")] {
            assert!(print(before, text).is_err(), "{before}{text}");
        }
    }
}
