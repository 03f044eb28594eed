//! Text and tags as a template of this program that prints the text as it stands.
//!
//! Handlebars takes a line on which a tag stands alone, and reads braces and backslashes before a tag. Where that would
//! change what is printed, a tag is kept from it: by an empty comment on its line, or by a blank that `~` takes.

/// A part of a template.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// Text that is printed as it stands.
    Text(String),
    /// A tag among text: the line that it stands on is printed.
    Tag(String),
    /// A tag with the blanks before it on a line of its own, which is not printed.
    Own(String, String),
}

/// Keeps a tag from standing alone.
const GUARD: &str = "{{!}}";

/// Writes a template.
pub(super) fn write(pieces: &[Piece]) -> String {
    let mut writer = Writer::default();
    for piece in pieces {
        match piece {
            Piece::Text(text) => writer.text(text),
            Piece::Own(indent, tag) if writer.at_start() => {
                writer.out.extend([indent, tag, "\n"]);
                writer.line = writer.out.len();
            }
            Piece::Tag(tag) | Piece::Own(_, tag) => writer.tag(tag),
        }
    }
    writer.end_line();
    writer.out
}

#[derive(Default)]
struct Writer {
    out: String,
    /// Where the line begins.
    line: usize,
    /// Where the tags of the line stand.
    tags: Vec<std::ops::Range<usize>>,
}

impl Writer {
    fn at_start(&self) -> bool {
        self.out.len() == self.line
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find("{{") {
            self.lines(&rest[..at]);
            if self.out.ends_with('\\') {
                self.tag(GUARD);
            }
            self.out.push_str("\\{{");
            rest = &rest[at + 2..];
        }
        self.lines(rest);
    }

    /// Adds text without braces that open a tag.
    fn lines(&mut self, text: &str) {
        for line in text.split_inclusive('\n') {
            if line.ends_with('\n') {
                let blanks = line.trim_end_matches('\n');
                self.out.push_str(blanks);
                self.end_line();
                self.out.push('\n');
                self.line = self.out.len();
                self.tags.clear();
            } else {
                self.out.push_str(line);
            }
        }
    }

    fn tag(&mut self, tag: &str) {
        let mut tag = tag.to_owned();
        if self.out.ends_with('\\') {
            self.out.push('\\');
        } else if self.out.ends_with('{') {
            self.out.push(' ');
            tag.insert(2, '~');
        }
        let start = self.out.len();
        self.out.push_str(&tag);
        self.tags.push(start..self.out.len());
    }

    /// Looks whether a tag that is to be among text stands alone on the line that ends here.
    fn end_line(&mut self) {
        let [only] = &self.tags[..] else {
            return;
        };
        let takes_line = ["#", "/", "else", ">", "!", "^"];
        let inner = self.out[only.clone()].trim_start_matches("{{");
        let around = [&self.out[self.line..only.start], &self.out[only.end..]];
        if takes_line.iter().any(|t| inner.starts_with(t))
            && around.iter().all(|t| t.trim().is_empty())
        {
            self.out.insert_str(only.end, GUARD);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    fn tag(tag: &str) -> Piece {
        Piece::Tag(tag.to_owned())
    }

    #[test]
    fn text_before_a_tag_stays_what_it_is() {
        assert_eq!(
            write(&[text("{"), tag("{{x}}"), text("}\n")]),
            "{ {{~x}}}\n"
        );
        assert_eq!(write(&[text("a\\"), tag("{{x}}")]), "a\\\\{{x}}");
        assert_eq!(write(&[text("a {{b}}")]), "a \\{{b}}");
        assert_eq!(write(&[text("a \\{{b}}")]), "a \\\\{{!}}\\{{b}}");
    }

    #[test]
    fn a_tag_among_text_does_not_take_its_line() {
        assert_eq!(
            write(&[text("  "), tag("{{> a}}"), text("\nb\n")]),
            "  {{> a}}{{!}}\nb\n"
        );
        assert_eq!(write(&[text("  "), tag("{{x}}"), text("\n")]), "  {{x}}\n");
        let sides = [tag("{{#if a}}"), text("\n"), tag("{{/if}}"), text(",\n")];
        assert_eq!(write(&sides), "{{#if a}}{{!}}\n{{/if}},\n");
    }

    #[test]
    fn a_tag_of_its_own_takes_its_line_where_one_begins() {
        let own = |tag: &str| Piece::Own("  ".to_owned(), tag.to_owned());
        assert_eq!(
            write(&[own("{{#if a}}"), text("b\n"), own("{{/if}}")]),
            "  {{#if a}}\nb\n  {{/if}}\n"
        );
        assert_eq!(
            write(&[text("b"), own("{{/if}}"), text("c\n")]),
            "b{{/if}}c\n"
        );
    }
}
