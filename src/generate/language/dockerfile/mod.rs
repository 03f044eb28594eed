//! Dockerfiles: words, shell words, exec-form arrays, strings, comments; a small checker of instructions.

mod check;

use super::line::Line;
use super::{
    Flaw, Language, Scalar, Writer, before, plain_in, write_backslashed, write_in_json_string,
    write_json_string, write_single_quoted,
};
use crate::diag::one_line;

pub(super) struct Dockerfile;

const INSTRUCTIONS: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Instructions whose text a shell reads, unless it is an array.
const SHELL: &[&str] = &["RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "ONBUILD"];

#[derive(Default, PartialEq)]
struct DockerWriter {
    /// The instruction so far, with the lines that it goes on over.
    text: Line,
    /// Where in it the line begins.
    line: usize,
    quote: Option<char>,
    escaped: bool,
}

impl Writer for DockerWriter {
    fn step(&mut self, c: char) {
        if c == '\n' {
            self.end_line();
            return;
        }
        self.text.push(c);
        if self.is_comment() {
            return;
        }
        match (self.quote, c) {
            _ if self.escaped => self.escaped = false,
            (None | Some('"'), '\\') => self.escaped = true,
            (Some(open), c) if c == open => self.quote = None,
            (None, '"' | '\'') => self.quote = Some(c),
            _ => {}
        }
    }

    fn skip<'t>(&mut self, text: &'t str) -> &'t str {
        if self.escaped {
            return text;
        }
        let (plain, rest) = before(text, [b'\n', b'\\', b'"', b'\'']);
        self.text.push_str(plain);
        rest
    }

    fn recurs(&self) -> bool {
        self.text.is_empty()
    }

    fn encode(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String> {
        let mut number = itoa::Buffer::new();
        let text = plain_in(value, &mut number)?;
        if self.is_comment() {
            out.push_str(&one_line(text));
            return Ok(());
        }
        if let Some(c) = text.chars().find(|c| c.is_control()) {
            return Err(format!(
                "`{}` cannot stand in a Dockerfile",
                c.escape_default()
            ));
        }
        let shell = self.is_one_of(SHELL);
        let array = self.arguments().starts_with('[');
        match self.quote {
            Some('\'') if text.contains('\'') => {
                return Err("`'` cannot stand between single quotes".to_owned());
            }
            Some('\'') => out.push_str(&text),
            Some(_) if array => write_in_json_string(self.member(&text)?, out),
            Some(_) if shell => write_backslashed(&text, b"\"\\$`", out),
            Some(_) => write_backslashed(&text, b"\"\\$", out),
            None if array => write_json_string(self.member(&text)?, out),
            None if self.names_stage() && !check::is_stage_name(&text) => {
                return Err(
                    "it cannot name a stage: letters, digits and `-_.`, a letter first".to_owned(),
                );
            }
            None if self.is_one_of(&["STOPSIGNAL"]) && !check::is_signal(&text) => {
                return Err("it is no signal, such as `SIGTERM`".to_owned());
            }
            None if text.starts_with('/') && self.begins_copy() => {
                return Err(
                    "what is copied is in the build context, not at an absolute path".to_owned(),
                );
            }
            None => return self.word(&text, shell, out),
        }
        Ok(())
    }
}

/// Instructions that take files from the build context.
const COPIES: &[&str] = &["COPY", "ADD"];

impl DockerWriter {
    fn end_line(&mut self) {
        let line = &self.text[self.line..];
        let is_comment = self.is_comment();
        let goes_on =
            self.escaped || line.trim_end().ends_with('\\') || (is_comment && self.line > 0);
        let kept = if !goes_on {
            self.quote = None;
            0
        } else if is_comment {
            self.line
        } else {
            self.line + line.trim_end().trim_end_matches('\\').len()
        };
        self.text.truncate(kept);
        if goes_on && !is_comment {
            self.text.push(' ');
        }
        self.escaped = false;
        self.line = self.text.len();
    }

    /// Whether the name of a stage stands here: behind `FROM image AS`.
    fn names_stage(&self) -> bool {
        let last = || self.arguments().split_whitespace().next_back();
        self.is_one_of(&["FROM"]) && last().is_some_and(|word| word.eq_ignore_ascii_case("as"))
    }

    /// Whether the first of what is copied from the build context stands here.
    fn begins_copy(&self) -> bool {
        self.is_one_of(COPIES) && self.arguments().is_empty() && !self.text.contains("--from")
    }

    fn is_comment(&self) -> bool {
        self.text[self.line..].trim_start().starts_with('#')
    }

    /// Whether the instruction is one of some.
    fn is_one_of(&self, instructions: &[&str]) -> bool {
        let word = self.text.split_whitespace().next().unwrap_or_default();
        instructions.iter().any(|i| i.eq_ignore_ascii_case(word))
    }

    /// What stands behind the instruction and its options.
    fn arguments(&self) -> &str {
        let behind = |text: &'_ str| -> usize {
            let blank = text.find(char::is_whitespace).unwrap_or(text.len());
            text.len() - text[blank..].trim_start().len()
        };
        let text = self.text.trim_start();
        let mut rest = &text[behind(text)..];
        while rest.starts_with("--") {
            rest = &rest[behind(rest)..];
        }
        rest.strip_prefix("CMD ").unwrap_or(rest).trim_start()
    }

    /// A member of an array. Docker replaces variables in those of paths.
    fn member<'t>(&self, text: &'t str) -> Result<&'t str, String> {
        if text.contains('$') && !self.is_one_of(SHELL) {
            return Err("`$` would be taken for a variable".to_owned());
        }
        Ok(text)
    }

    fn word(&self, text: &str, shell: bool, out: &mut String) -> Result<(), String> {
        let line = &self.text[self.line..];
        let begins = line.is_empty() || line.ends_with(char::is_whitespace);
        if text.starts_with('-') && begins {
            return Err("it begins with `-` and would be taken for an option".to_owned());
        }
        if self.is_one_of(COPIES) && text.contains(char::is_whitespace) {
            return Err(
                "a path with blanks stands in an array only, such as `COPY [\"a b\", \"c\"]`"
                    .to_owned(),
            );
        }
        let more: &[u8] = if shell { b"" } else { b"*" };
        let bare =
            |b: u8| b.is_ascii_alphanumeric() || b"._:/@+=,%-".contains(&b) || more.contains(&b);
        if !text.is_empty() && text.bytes().all(bare) {
            out.push_str(text);
        } else if shell {
            write_single_quoted(text, out);
        } else {
            out.push('"');
            write_backslashed(text, b"\"\\$", out);
            out.push('"');
        }
        Ok(())
    }
}

impl Clone for DockerWriter {
    fn clone(&self) -> Self {
        Self {
            text: self.text.clone(),
            ..*self
        }
    }

    fn clone_from(&mut self, from: &Self) {
        self.text.clone_from(&from.text);
        (self.line, self.quote, self.escaped) = (from.line, from.quote, from.escaped);
    }
}

impl Language for Dockerfile {
    fn name(&self) -> &'static str {
        "dockerfile"
    }

    fn claims(&self, file: &str) -> bool {
        file == "Dockerfile"
            || file.starts_with("Dockerfile.")
            || super::has_ending(file, &["dockerfile"])
    }

    fn writer(&self) -> Box<dyn Writer> {
        Box::new(DockerWriter::default())
    }

    fn literal(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String> {
        DockerWriter::default().encode(value, out)
    }

    fn comment(&self) -> Option<(&'static str, &'static str)> {
        Some(("#", ""))
    }

    fn check(&self, text: &str) -> Vec<Flaw> {
        check::check(text)
    }

    fn advise(&self, text: &str) -> Vec<Flaw> {
        check::advise(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(before: &str, text: &str) -> Result<String, String> {
        super::super::printed(&Dockerfile, before, text)
    }

    #[test]
    fn words_are_quoted_for_docker_and_for_the_shell() {
        assert_eq!(
            print("LABEL title=", "a \"b\" $c é").unwrap(),
            "\"a \\\"b\\\" \\$c é\""
        );
        assert_eq!(
            print("RUN echo ", "x `id` $(id) 'y'").unwrap(),
            "'x `id` $(id) '\\''y'\\'''"
        );
        assert_eq!(print("RUN a \\\n    && echo ", "b c").unwrap(), "'b c'");
        assert_eq!(print("RUN echo \"", "`id` $x").unwrap(), "\\`id\\` \\$x");
        assert_eq!(print("RUN echo '", "$x").unwrap(), "$x");
        assert_eq!(print("CMD [", "a b").unwrap(), "\"a b\"");
        assert_eq!(print("COPY [", "a b").unwrap(), "\"a b\"");
        assert_eq!(print("COPY ", "a.*").unwrap(), "a.*");
        assert_eq!(print("RUN ls ", "a.*").unwrap(), "'a.*'");
        assert_eq!(print("FROM a\n# it's\nENV X=", "a b").unwrap(), "\"a b\"");
    }

    #[test]
    fn what_would_be_taken_for_something_else_is_refused() {
        for (before, text) in [
            ("LABEL x=", "a\nRUN x"),
            ("RUN echo '", "a'b"),
            ("COPY ", "--from=y"),
            ("COPY [\"", "$x"),
            ("RUN install ", "-oX"),
            ("COPY a ", "b c"),
            ("FROM a AS ", "1"),
            ("STOPSIGNAL ", "TERM"),
            ("COPY --chown=a ", "/etc"),
            ("FROM a as ", "b c"),
        ] {
            assert!(print(before, text).is_err(), "{before}{text}");
        }
    }
}
