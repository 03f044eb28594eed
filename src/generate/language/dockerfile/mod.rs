//! Dockerfiles: words, shell words, exec-form arrays, strings, comments; a small checker of instructions.

mod check;

use super::{Flaw, Language, Scalar, Writer, backslashed, before, json_string, one_line, plain};

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

#[derive(Default)]
struct DockerWriter {
    /// The instruction so far, with the lines that it goes on over.
    text: String,
    /// The line so far.
    line: String,
    quote: Option<char>,
    escaped: bool,
}

impl Writer for DockerWriter {
    fn step(&mut self, c: char) {
        if c == '\n' {
            let goes_on = self.escaped
                || self.line.trim_end().ends_with('\\')
                || (self.is_comment() && !self.text.is_empty());
            if goes_on && !self.is_comment() {
                self.text
                    .push_str(self.line.trim_end().trim_end_matches('\\'));
                self.text.push(' ');
            }
            if !goes_on {
                self.text.clear();
                self.quote = None;
            }
            self.escaped = false;
            self.line.clear();
            return;
        }
        self.line.push(c);
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
        let (plain, rest) = before(text, &['\n', '\\', '\u{22}', '\'']);
        self.line.push_str(plain);
        rest
    }

    fn encode(&self, value: &Scalar) -> Result<String, String> {
        if self.is_comment() {
            return Ok(one_line(&plain(value)?));
        }
        let text = plain(value)?;
        if let Some(c) = text.chars().find(|c| c.is_control()) {
            return Err(format!(
                "`{}` cannot stand in a Dockerfile",
                c.escape_default()
            ));
        }
        let shell = SHELL.contains(&self.instruction().as_str());
        let array = self.arguments().starts_with('[');
        match self.quote {
            Some('\'') if text.contains('\'') => {
                Err("`'` cannot stand between single quotes".to_owned())
            }
            Some('\'') => Ok(text),
            Some(_) if array => self
                .array(&text)
                .map(|json| json[1..json.len() - 1].to_owned()),
            Some(_) => Ok(backslashed(&text, if shell { "\"\\$`" } else { "\"\\$" })),
            None if array => self.array(&text),
            None if self.names_stage() && !check::is_stage_name(&text) => {
                Err("it cannot name a stage: letters, digits and `-_.`, a letter first".to_owned())
            }
            None if self.instruction() == "STOPSIGNAL" && !check::is_signal(&text) => {
                Err("it is no signal, such as `SIGTERM`".to_owned())
            }
            None if text.starts_with('/') && self.begins_copy() => {
                Err("what is copied is in the build context, not at an absolute path".to_owned())
            }
            None => self.word(&text, shell),
        }
    }
}

impl DockerWriter {
    /// Whether the name of a stage stands here: behind `FROM image AS`.
    fn names_stage(&self) -> bool {
        let arguments = self.arguments();
        let last = arguments.split_whitespace().next_back();
        self.instruction() == "FROM" && last.is_some_and(|word| word.eq_ignore_ascii_case("as"))
    }

    /// Whether the first of what is copied from the build context stands here.
    fn begins_copy(&self) -> bool {
        let copies = matches!(self.instruction().as_str(), "COPY" | "ADD");
        copies && self.arguments().is_empty() && !self.whole().contains("--from")
    }

    fn is_comment(&self) -> bool {
        self.line.trim_start().starts_with('#')
    }

    fn whole(&self) -> String {
        format!("{}{}", self.text, self.line)
    }

    fn instruction(&self) -> String {
        self.whole()
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase()
    }

    /// What stands behind the instruction and its options.
    fn arguments(&self) -> String {
        let whole = self.whole();
        let words = whole
            .trim_start()
            .split_once(char::is_whitespace)
            .map_or("", |(_, rest)| rest);
        let mut rest = words.trim_start();
        while rest.starts_with("--") {
            rest = rest
                .split_once(char::is_whitespace)
                .map_or("", |(_, rest)| rest)
                .trim_start();
        }
        rest.strip_prefix("CMD ")
            .unwrap_or(rest)
            .trim_start()
            .to_owned()
    }

    /// A member of an array. Docker replaces variables in those of paths.
    fn array(&self, text: &str) -> Result<String, String> {
        if text.contains('$') && !SHELL.contains(&self.instruction().as_str()) {
            return Err("`$` would be taken for a variable".to_owned());
        }
        Ok(json_string(text))
    }

    fn word(&self, text: &str, shell: bool) -> Result<String, String> {
        let begins = self.line.is_empty() || self.line.ends_with(char::is_whitespace);
        if text.starts_with('-') && begins {
            return Err("it begins with `-` and would be taken for an option".to_owned());
        }
        let copies = matches!(self.instruction().as_str(), "COPY" | "ADD");
        if copies && text.contains(char::is_whitespace) {
            return Err(
                "a path with blanks stands in an array only, such as `COPY [\"a b\", \"c\"]`"
                    .to_owned(),
            );
        }
        let more = if shell { "" } else { "*" };
        let bare =
            |c: char| c.is_ascii_alphanumeric() || "._:/@+=,%-".contains(c) || more.contains(c);
        if !text.is_empty() && text.chars().all(bare) {
            Ok(text.to_owned())
        } else if shell {
            Ok(format!("'{}'", text.replace('\'', "'\\''")))
        } else {
            Ok(format!("\"{}\"", backslashed(text, "\"\\$")))
        }
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

    fn literal(&self, value: &Scalar) -> Result<String, String> {
        DockerWriter::default().encode(value)
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
        let mut writer = Dockerfile.writer();
        writer.feed(before);
        writer.encode(&Scalar::Text(text.to_owned()))
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
