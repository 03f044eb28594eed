//! Files whose text means nothing to a program, or that no other language claims: lists, ignore files.

use super::{Flaw, Language, Scalar, Writer, plain};
use crate::diag::hides;

pub(super) struct Text;

#[derive(Clone, PartialEq)]
struct TextWriter;

impl Writer for TextWriter {
    fn feed(&mut self, _: &str) {}

    fn step(&mut self, _: char) {}

    fn pass(&mut self, _: &Scalar<'_>, _: &str) {}

    fn encode(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String> {
        let text = plain(value)?;
        let breaks = |c: &char| (c.is_control() && *c != '\t') || hides(*c);
        if let Some(c) = text.chars().find(breaks) {
            return Err(format!(
                "`{}` would change the lines of the file",
                c.escape_unicode()
            ));
        }
        out.push_str(&text);
        Ok(())
    }
}

impl Language for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    /// Files that no program runs. Anything else has to say `language:`, so that nothing is unescaped by accident.
    fn claims(&self, file: &str) -> bool {
        let names = [
            "LICENSE",
            "NOTICE",
            "VERSION",
            "AUTHORS",
            "CODEOWNERS",
            ".gitattributes",
            ".python-version",
        ];
        names.contains(&file)
            || file.ends_with("ignore")
            || super::has_ending(file, &["txt", "text", "csv", "tsv", "log"])
    }

    fn writer(&self) -> Box<dyn Writer> {
        Box::new(TextWriter)
    }

    fn literal(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String> {
        TextWriter.encode(value, out)
    }

    fn word_characters(&self) -> &'static str {
        "<>!~[];"
    }

    fn check(&self, _: &str) -> Vec<Flaw> {
        Vec::new()
    }
}
