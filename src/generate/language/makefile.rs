//! Makefiles: what make expands, and the recipes that a shell reads after it.

use super::line::Line;
use super::shell::ShellWriter;
use super::{Flaw, Language, Scalar, Writer, plain};
use crate::diag::one_line;

pub(super) struct Makefile;

/// Lines that are neither rules nor assignments.
const DIRECTIVES: &[&str] = &[
    "define", "endef", "else", "endif", "ifeq", "ifneq", "ifdef", "ifndef", "include", "-include",
    "sinclude", "export", "unexport", "override", "undefine", "vpath", "private", "load",
];

/// What a place of a line is to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Targets and what they need.
    Rule,
    /// Behind the `=` of an assignment.
    Value,
    Comment,
    /// Behind a tab.
    Recipe,
    /// Inside of `$(…)`.
    Expansion,
}

#[derive(Clone, Default, PartialEq)]
struct MakeWriter {
    /// The line so far, with those that it goes on from.
    line: Line,
    /// The recipe line as its shell reads it.
    shell: ShellWriter,
    /// A `$` was read, whose meaning the next character says.
    dollar: bool,
    /// How many brackets of expansions are open.
    expansion: u16,
}

impl Writer for MakeWriter {
    fn step(&mut self, c: char) {
        let continued = self.line.ends_with('\\');
        if c == '\n' {
            (self.dollar, self.expansion) = (false, 0);
            if continued {
                self.shell.step('\n');
                self.line.push(' ');
            } else {
                self.shell = ShellWriter::default();
                self.line.clear();
            }
            return;
        }
        let recipe = self.line.starts_with('\t');
        self.line.push(c);
        let dollar = std::mem::take(&mut self.dollar);
        match c {
            '$' if dollar && self.expansion == 0 => {}
            '$' => {
                self.dollar = true;
                return;
            }
            '(' | '{' if dollar || self.expansion > 0 => {
                self.expansion += 1;
                return;
            }
            ')' | '}' if self.expansion > 0 => {
                self.expansion -= 1;
                return;
            }
            _ if self.expansion > 0 || dollar => return,
            _ => {}
        }
        if recipe {
            self.shell.step(c);
        }
    }

    fn recurs(&self) -> bool {
        self.line.is_empty()
    }

    fn encode(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String> {
        let place = self.place();
        if place == Place::Recipe {
            let mut word = String::new();
            self.shell.encode(value, &mut word)?;
            if word.contains(['\n', '\r']) {
                return Err("a line of a recipe ends at a line break".to_owned());
            }
            out.push_str(&word.replace('$', "$$"));
            return Ok(());
        }
        let text = plain(value)?;
        match place {
            Place::Comment => {
                let text = one_line(text);
                out.push_str(&text);
                // A backslash at the end would take the next line into the comment.
                if text.ends_with('\\') {
                    out.push(' ');
                }
            }
            Place::Value => return self.value(&text, out),
            Place::Expansion => {
                return Err(
                    "it stands inside of an expansion; put it into a variable before".to_owned(),
                );
            }
            Place::Rule | Place::Recipe => {
                let inner = |c: char| c.is_ascii_alphanumeric() || "._/+@-".contains(c);
                if text.is_empty() || !text.chars().all(inner) || text.starts_with(['-', '.']) {
                    return Err("a name of a rule has letters, digits and ._/+@- only".to_owned());
                }
                out.push_str(&text);
            }
        }
        Ok(())
    }
}

impl MakeWriter {
    fn place(&self) -> Place {
        let line = self.line.as_str();
        if self.expansion > 0 || self.dollar {
            return Place::Expansion;
        }
        if line.starts_with('\t') {
            return Place::Recipe;
        }
        if comment(line).is_some() {
            return Place::Comment;
        }
        if assigns(line) {
            Place::Value
        } else {
            Place::Rule
        }
    }

    /// The value of a variable, which begins behind blanks and ends at the end of the line or at a comment.
    fn value(&self, text: &str, out: &mut String) -> Result<(), String> {
        if let Some(c) = text.chars().find(|c| c.is_control() && *c != '\t') {
            let message = format!("`{}` cannot stand in a value of make", c.escape_default());
            return Err(message);
        }
        let begins = self.line.trim_end().ends_with('=');
        if begins && text.starts_with([' ', '\t']) {
            return Err("make leaves out the blanks at its beginning".to_owned());
        }
        if text.ends_with('\\') || self.line.ends_with('\\') {
            return Err("a backslash at its end would join two lines".to_owned());
        }
        let mut backslashes = 0;
        for c in text.chars() {
            match c {
                // Of the backslashes before `#`, make leaves out half.
                '#' => out.extend(std::iter::repeat_n('\\', backslashes + 1)),
                '$' => out.push('$'),
                _ => {}
            }
            backslashes = if c == '\\' { backslashes + 1 } else { 0 };
            out.push(c);
        }
        Ok(())
    }
}

/// Where the comment of a line begins.
fn comment(line: &str) -> Option<usize> {
    let mut hashes = line.match_indices('#').map(|(at, _)| at);
    hashes.find(|at| {
        let before = &line[..*at];
        (before.len() - before.trim_end_matches('\\').len()).is_multiple_of(2)
    })
}

/// Whether a line assigns to a variable, or sets one for a target.
fn assigns(line: &str) -> bool {
    let Some(at) = line.find('=') else {
        return false;
    };
    let name = line[..at].trim_end_matches([':', '?', '+', '!']);
    let words = name.rsplit(':').next().unwrap_or_default();
    words.split_whitespace().count() <= 2
}

impl Language for Makefile {
    fn name(&self) -> &'static str {
        "makefile"
    }

    fn claims(&self, file: &str) -> bool {
        matches!(file, "Makefile" | "makefile" | "GNUmakefile") || super::has_ending(file, &["mk"])
    }

    fn writer(&self) -> Box<dyn Writer> {
        Box::new(MakeWriter::default())
    }

    fn literal(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String> {
        out.push_str(&plain(value)?);
        Ok(())
    }

    fn identifier(&self, text: &str) -> Result<(), String> {
        let inner = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        if text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && text.chars().all(inner)
        {
            return Ok(());
        }
        Err(format!("`{}` is no name of make", text.escape_debug()))
    }

    fn comment(&self) -> Option<(&'static str, &'static str)> {
        Some(("#", ""))
    }

    fn check(&self, text: &str) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        let (mut offset, mut continued) = (0, false);
        let mut writer = MakeWriter::default();
        for line in text.split_inclusive('\n') {
            let code = line.trim_end_matches(['\n', '\r']);
            writer.feed(code);
            let goes_on = code.ends_with('\\');
            let message = if goes_on || continued && !code.starts_with('\t') {
                None
            } else {
                flaw(code, &writer)
            };
            flaws.extend(message.map(|message| Flaw { offset, message }));
            writer.feed("\n");
            continued = goes_on;
            offset += line.len();
        }
        flaws
    }
}

fn flaw(line: &str, writer: &MakeWriter) -> Option<String> {
    if writer.expansion > 0 {
        return Some("an expansion is never closed".to_owned());
    }
    if line.starts_with('\t') {
        let message = "a quote or a bracket of the recipe is never closed";
        return (!writer.shell.is_closed()).then(|| message.to_owned());
    }
    let code = comment(line).map_or(line, |at| &line[..at]).trim();
    let word = code.split_whitespace().next().unwrap_or_default();
    let known = code.is_empty()
        || code.contains([':', '='])
        || code.starts_with("$(")
        || DIRECTIVES.contains(&word);
    (!known).then(|| {
        "this line is neither a rule nor an assignment; a recipe begins with a tab".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(before: &str, text: &str) -> Result<String, String> {
        super::super::printed(&Makefile, before, text)
    }

    #[test]
    fn text_is_written_for_its_place() {
        for (before, text, printed) in [
            ("A := ", "x y $z", "x y $$z"),
            ("A := ", "a#b\\#c", "a\\#b\\\\\\#c"),
            ("all:\n\techo ", "a $b", "'a $$b'"),
            ("all:\n\techo \"", "$b", "\\$$b"),
            ("all:\n\techo $(A) ", "a b", "'a b'"),
            ("all:\n\techo $$(cat ", "a b", "'a b'"),
            ("all: ", "a/b.c", "a/b.c"),
            ("# ", "a\nb\\", "a b\\ "),
            ("A := 1 # ", "a\nb", "a b"),
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
            ("A := ", "a\nb"),
            ("A := ", " a"),
            ("A := ", "a\\"),
            ("all: ", "a b"),
            ("", "a:b"),
            ("A := $(", "x"),
            ("all:\n\techo ", "a\nb"),
            ("all:\n\techo ", "-x"),
        ] {
            assert!(print(before, text).is_err(), "{before}{text}");
        }
    }

    #[test]
    fn wrong_lines_are_found() {
        let right = "A := 1 # it's\n.PHONY: all\nall: $(A)\n\techo \"$$x\" \\\n\t  'y'\nifeq ($(A),1)\nendif\n";
        assert_eq!(Makefile.check(right), []);
        for text in ["all:\n    echo x\n", "all:\n\techo 'x\n", "A := $(x\n"] {
            assert_eq!(Makefile.check(text).len(), 1, "{text}");
        }
    }
}
