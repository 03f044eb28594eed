//! Target languages: how a value is written at a place, and whether a finished file is valid. One file a language.

mod dockerfile;
mod json;
mod kubernetes;
mod makefile;
mod markdown;
mod python;
mod shell;
mod text;
mod toml;
mod yaml;

use crate::diag::{Code, Diagnostics};

/// A value as templates print it.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// No value.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text, and literals of enums.
    Text(String),
    /// Values in order.
    List(Vec<Scalar>),
}

/// Something that makes a file invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The byte of the file.
    pub offset: usize,
    /// What is wrong there.
    pub message: String,
}

/// Follows the text of a file, so that it knows at which place the next value is printed.
pub trait Writer {
    /// Takes in the next text of the file.
    fn feed(&mut self, text: &str) {
        let mut chars = self.skip(text).chars();
        while let Some(c) = chars.next() {
            self.step(c);
            chars = self.skip(chars.as_str()).chars();
        }
    }

    /// Takes in the next character of the file.
    fn step(&mut self, c: char);

    /// Takes in the beginning of a text that changes nothing about the place, as far as that is told at once: most of a
    /// text is so. Gives the rest.
    fn skip<'t>(&mut self, text: &'t str) -> &'t str {
        text
    }

    /// Writes a value so that it means itself at this place, or says why it cannot.
    fn encode(&self, value: &Scalar) -> Result<String, String>;
}

/// A target language.
pub trait Language: Sync {
    /// Its name in front matters.
    fn name(&self) -> &'static str;

    /// Whether a file of that name, without its folders, is in it.
    fn claims(&self, file: &str) -> bool;

    /// Begins a file.
    fn writer(&self) -> Box<dyn Writer>;

    /// Writes a value as a literal of its code.
    fn literal(&self, value: &Scalar) -> Result<String, String>;

    /// Checks that text is an identifier.
    fn identifier(&self, text: &str) -> Result<(), String> {
        let first = |c: char| c.is_ascii_alphabetic() || c == '_';
        let rest = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if text.starts_with(first) && text.chars().all(rest) {
            return Ok(());
        }
        Err(format!("`{}` is no identifier", text.escape_debug()))
    }

    /// What may stand in a bare word, besides letters, digits and `._:/@+=,-`.
    fn word_characters(&self) -> &'static str {
        ""
    }

    /// Why a bare word of such characters would not be read as that word.
    fn word_flaw(&self, _: &str) -> Option<&'static str> {
        None
    }

    /// What begins and ends a comment that is a line of its own; `None` where there are no comments.
    fn comment(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// Checks a finished file.
    fn check(&self, text: &str) -> Vec<Flaw>;

    /// What is valid in a finished file and still not wise.
    fn advise(&self, _: &str) -> Vec<Flaw> {
        Vec::new()
    }
}

/// All languages, in the order in which they are asked for a file.
pub const LANGUAGES: &[&dyn Language] = &[
    &python::Python,
    &yaml::Yaml,
    &dockerfile::Dockerfile,
    &json::Json,
    &toml::Toml,
    &shell::Shell,
    &makefile::Makefile,
    &markdown::Markdown,
    &text::Text,
];

/// The language of a name, or of a file where no name is given.
pub fn find(name: Option<&str>, file: &str) -> Option<&'static dyn Language> {
    let file = file.rsplit('/').next().unwrap_or(file);
    match name {
        Some(name) => LANGUAGES.iter().copied().find(|l| l.name() == name),
        None => LANGUAGES.iter().copied().find(|l| l.claims(file)),
    }
}

/// Checks finished files against each other: each flaw with the position of its file.
pub fn check_together(files: &[(&str, &str)]) -> Vec<(usize, Flaw)> {
    kubernetes::check(files)
}

/// The keys that stand twice in one mapping, of what reading a file has found.
fn repeated_keys(found: &Diagnostics) -> Vec<Flaw> {
    let repeated = found.iter().filter(|d| d.code == Code::DuplicateKey);
    let placed = repeated.filter_map(|d| Some((d.primary.as_ref()?.span, &d.message)));
    placed
        .map(|(span, message)| Flaw {
            offset: span.range().start,
            message: message.clone(),
        })
        .collect()
}

/// The text of a value that is part of a longer text.
pub(super) fn plain(value: &Scalar) -> Result<String, String> {
    match value {
        Scalar::Null => Err("it is not set".to_owned()),
        Scalar::Boolean(b) => Ok(b.to_string()),
        Scalar::Integer(n) => Ok(n.to_string()),
        Scalar::Real(x) => Ok(real(*x)),
        Scalar::Text(text) => Ok(text.clone()),
        Scalar::List(_) => Err("a list cannot stand inside of text".to_owned()),
    }
}

/// What stands before the first of some characters, and the rest.
fn before<'t>(text: &'t str, stops: &[char]) -> (&'t str, &'t str) {
    text.split_at(text.find(stops).unwrap_or(text.len()))
}

/// Text on one line that nothing can end: line breaks and control characters become blanks.
fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
    text.chars()
        .map(|c| if breaks(c) || hides(c) { ' ' } else { c })
        .collect()
}

/// Characters that change the direction in which readers see text, and those that are none.
fn hides(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a file has one of the endings.
fn has_ending(file: &str, endings: &[&str]) -> bool {
    file.rsplit_once('.')
        .is_some_and(|(_, e)| endings.iter().any(|x| e.eq_ignore_ascii_case(x)))
}

/// A number that always reads as a real one: `1.0`, `1e-05`.
fn real(x: f64) -> String {
    let magnitude = x.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        format!("{x:e}")
    } else if x.fract() == 0.0 {
        format!("{x:.1}")
    } else {
        x.to_string()
    }
}

/// Text with a backslash before each of some characters.
fn backslashed(text: &str, special: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if special.contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Text between double quotes as JSON, and so YAML and Dockerfiles, read it.
fn json_string(text: &str) -> String {
    let quoted = serde_json::to_string(text).expect("text is always JSON");
    let escape = |c: char| hides(c) || matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}');
    if !quoted.contains(escape) {
        return quoted;
    }
    let mut out = String::with_capacity(quoted.len() + 8);
    for c in quoted.chars() {
        if escape(c) {
            out.extend(unicode_escape(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// `\u00e9`, as JSON and Python write it.
fn unicode_escape(c: char) -> [char; 6] {
    let digit = |shift: u32| char::from_digit((c as u32 >> shift) & 15, 16).unwrap_or('0');
    ['\\', 'u', digit(12), digit(8), digit(4), digit(0)]
}

/// A literal of the languages that share JSON's strings, lists and truth values, but not its null and its numbers.
fn json_literal(
    value: &Scalar,
    null: Result<&str, &str>,
    real: &dyn Fn(f64) -> Result<String, String>,
) -> Result<String, String> {
    Ok(match value {
        Scalar::Null => null.map(str::to_owned)?,
        Scalar::Boolean(b) => b.to_string(),
        Scalar::Integer(n) => n.to_string(),
        Scalar::Real(x) => real(*x)?,
        Scalar::Text(text) => json_string(text),
        Scalar::List(items) => {
            let items: Result<Vec<String>, String> =
                items.iter().map(|i| json_literal(i, null, real)).collect();
            format!("[{}]", items?.join(", "))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text with places of many kinds.
    const TEXTS: &[&str] = &[
        "a = f\"{x!r} {{y}} \" + r'\\' # it's\nb = \"\"\"x\n\"\" y\\\"\"\"\" + b'z'\n",
        "key: 'it''s' # note\nlist: [a, \"b\\\"c\", {d: e}]\n- &x !t v\ntext: |\n  one: 'two\n\nnext: >-\n  x\nz: ",
        "FROM a AS b\nRUN echo \"x \\\" y\" 'z' \\\n  # \"note\n  && c\nCMD [\"a\", \"b\"]\n",
        "a = \"b\\\"c\" # d\n[e]\nf = 'g\\'\nh = ",
        "{\"a\": [\"b\\\\\", true, ",
        "# A `b` **c**\n\n```sh\necho \"x\"\n```\n\n| a | b |\n",
        "x := $(y) # z\nall:\n\techo \"$@\" 'it' && \\\n\t  b\n",
        "cat <<'END'\nit's\nEND\necho \"$x\" 'y' # z\n",
    ];

    #[test]
    fn a_place_is_the_same_however_its_text_came_in() {
        let value = Scalar::Text("a \"b\" 'c' #d: -e\\".to_owned());
        for language in LANGUAGES {
            for text in TEXTS {
                let mut slow = language.writer();
                for (at, c) in text.char_indices() {
                    let mut quick = language.writer();
                    quick.feed(&text[..at]);
                    let (name, before) = (language.name(), &text[..at]);
                    assert_eq!(
                        quick.encode(&value),
                        slow.encode(&value),
                        "{name}: {before}"
                    );
                    slow.feed(c.encode_utf8(&mut [0; 4]));
                }
            }
        }
    }
}
