//! Target languages: how a value is written at a place, and whether a finished file is valid. One file a language.

mod dockerfile;
mod json;
mod kubernetes;
mod line;
mod makefile;
mod markdown;
mod python;
mod shell;
mod text;
mod toml;
mod yaml;

use std::any::Any;
use std::borrow::Cow;

use crate::diag::{Code, Diagnostics, hides};
pub use kubernetes::Known;

/// A value as templates print it.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'v> {
    /// No value.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text, and literals of enums.
    Text(&'v str),
    /// Values in order.
    List(Vec<Scalar<'v>>),
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
pub trait Writer: Place {
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

    /// Whether files come to this very place again and again: nothing of values is in it.
    fn recurs(&self) -> bool {
        true
    }

    /// Takes in a text that [`Writer::encode`] wrote for a value at this place: mostly, a value leaves the place as it was.
    fn pass(&mut self, _: &Scalar<'_>, text: &str) {
        self.feed(text);
    }

    /// Writes a value behind other text so that it means itself at this place, or says why it cannot.
    fn encode(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String>;
}

/// The place that a writer is at, as a whole.
pub trait Place: Any + Send + Sync {
    /// Another writer that is at this place.
    fn kept(&self) -> Box<dyn Writer>;

    /// Whether another writer is at this place.
    fn is_at(&self, other: &dyn Writer) -> bool;

    /// Goes to the place of another writer of this language.
    fn go_to(&mut self, other: &dyn Writer);
}

impl<W: Writer + Clone + PartialEq> Place for W {
    fn kept(&self) -> Box<dyn Writer> {
        Box::new(self.clone())
    }

    fn is_at(&self, other: &dyn Writer) -> bool {
        let other: &dyn Any = other;
        other.downcast_ref() == Some(self)
    }

    fn go_to(&mut self, other: &dyn Writer) {
        let other: &dyn Any = other;
        if let Some(other) = other.downcast_ref() {
            self.clone_from(other);
        }
    }
}

/// A target language.
pub trait Language: Sync {
    /// Its name in front matters.
    fn name(&self) -> &'static str;

    /// Whether a file of that name, without its folders, is in it.
    fn claims(&self, file: &str) -> bool;

    /// Begins a file.
    fn writer(&self) -> Box<dyn Writer>;

    /// Writes a value behind other text as a literal of its code.
    fn literal(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String>;

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

/// The language of files whose text means nothing.
pub(super) const NONE: &dyn Language = &text::Text;

/// The language of a name, or of a file where no name is given.
pub fn find(name: Option<&str>, file: &str) -> Option<&'static dyn Language> {
    let file = file.rsplit('/').next().unwrap_or(file);
    match name {
        Some(name) => LANGUAGES.iter().copied().find(|l| l.name() == name),
        None => LANGUAGES.iter().copied().find(|l| l.claims(file)),
    }
}

/// What a finished file may have to do with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ties {
    /// Whether it may have to do with other files at all.
    pub belongs: bool,
    /// Whether it may name files of other folders that it belongs together with.
    pub names_others: bool,
    /// Whether it may say something of files in the folders below its own.
    pub rules_below: bool,
}

impl Ties {
    /// What the path and the text of a file tell.
    pub fn of(path: &str, text: &str) -> Self {
        let belongs = kubernetes::may_be(path, text);
        Self {
            belongs,
            names_others: belongs && kubernetes::may_name_others(path, text),
            rules_below: belongs && kubernetes::may_rule_below(text),
        }
    }
}

/// Finished files, whose texts are asked for as they are read.
#[derive(Clone, Copy)]
pub struct Files<'f> {
    /// Their paths, and what each of them may have to do with the others.
    pub all: &'f [(&'f str, Ties)],
    /// The text of the file at a position.
    pub text: &'f dyn Fn(usize) -> String,
}

/// Checks finished files against each other: each flaw with the position of its file. What is known to be right is not
/// looked at again.
pub fn check_together(files: Files<'_>, known: Known<'_>) -> Vec<(usize, Flaw)> {
    kubernetes::check(files, known)
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
pub(super) fn plain<'v>(value: &Scalar<'v>) -> Result<Cow<'v, str>, String> {
    match value {
        Scalar::Null => Err("it is not set".to_owned()),
        Scalar::Boolean(b) => Ok(truth(*b).into()),
        Scalar::Integer(n) => Ok(n.to_string().into()),
        Scalar::Real(x) => Ok(real(*x).into()),
        Scalar::Text(text) => Ok(Cow::Borrowed(text)),
        Scalar::List(_) => Err("a list cannot stand inside of text".to_owned()),
    }
}

/// The same, where a number needs no memory of its own.
fn plain_in<'v>(value: &Scalar<'v>, number: &'v mut itoa::Buffer) -> Result<Cow<'v, str>, String> {
    match value {
        Scalar::Integer(n) => Ok(Cow::Borrowed(number.format(*n))),
        _ => plain(value),
    }
}

const fn truth(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}

fn write_integer(n: i64, out: &mut String) {
    out.push_str(itoa::Buffer::new().format(n));
}

/// Writes values one after the other as a list in brackets.
fn write_list(
    items: &[Scalar<'_>],
    out: &mut String,
    mut write: impl FnMut(&Scalar<'_>, &mut String) -> Result<(), String>,
) -> Result<(), String> {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write(item, out)?;
    }
    out.push(']');
    Ok(())
}

/// What stands before the first of some characters of ASCII, and the rest.
#[inline]
fn before<const N: usize>(text: &str, stops: [u8; N]) -> (&str, &str) {
    let stop = text.bytes().position(|b| stops.contains(&b));
    text.split_at(stop.unwrap_or(text.len()))
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

/// Writes text with a backslash before each of some characters of ASCII.
fn write_backslashed(text: &str, special: &[u8], out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|b| special.contains(&b)) {
        out.push_str(&rest[..at]);
        out.push('\\');
        out.push_str(&rest[at..=at]);
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

/// Writes text between single quotes as shells read it.
fn write_single_quoted(text: &str, out: &mut String) {
    out.push('\'');
    out.push_str(&text.replace('\'', "'\\''"));
    out.push('\'');
}

/// Writes text between double quotes as JSON, and so YAML and Dockerfiles, read it.
fn write_json_string(text: &str, out: &mut String) {
    out.push('"');
    write_in_json_string(text, out);
    out.push('"');
}

/// Writes text as [`write_json_string`] does, without the quotes.
fn write_in_json_string(text: &str, out: &mut String) {
    let plain = |b: u8| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\';
    if text.bytes().all(plain) {
        out.push_str(text);
        return;
    }
    let quoted = serde_json::to_string(text).expect("text is always JSON");
    for c in quoted[1..quoted.len() - 1].chars() {
        if hides(c) || matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}') {
            out.extend(unicode_escape(c));
        } else {
            out.push(c);
        }
    }
}

/// `\u00e9`, as JSON and Python write it.
fn unicode_escape(c: char) -> [char; 6] {
    let digit = |shift: u32| char::from_digit((c as u32 >> shift) & 15, 16).unwrap_or('0');
    ['\\', 'u', digit(12), digit(8), digit(4), digit(0)]
}

/// Writes a literal of the languages that share JSON's strings, lists and truth values, but not its null and its numbers.
fn write_json_literal(
    value: &Scalar<'_>,
    out: &mut String,
    null: Result<&str, &str>,
    real: &dyn Fn(f64) -> Result<String, String>,
) -> Result<(), String> {
    match value {
        Scalar::Null => out.push_str(null?),
        Scalar::Boolean(b) => out.push_str(truth(*b)),
        Scalar::Integer(n) => write_integer(*n, out),
        Scalar::Real(x) => out.push_str(&real(*x)?),
        Scalar::Text(text) => write_json_string(text, out),
        Scalar::List(items) => {
            return write_list(items, out, |i, out| write_json_literal(i, out, null, real));
        }
    }
    Ok(())
}

/// What a language prints behind a text, for tests.
#[cfg(test)]
fn printed(language: &dyn Language, before: &str, text: &str) -> Result<String, String> {
    let (mut writer, mut out) = (language.writer(), String::new());
    writer.feed(before);
    writer.encode(&Scalar::Text(text), &mut out).map(|()| out)
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

    /// Where a text leads to, with a value at a place in it, as it is passed and as it is followed.
    fn led(language: &dyn Language, before: &str, value: &Scalar<'_>) -> [Box<dyn Writer>; 2] {
        let [mut passed, mut followed] = [language.writer(), language.writer()];
        let mut out = String::new();
        passed.feed(before);
        followed.feed(before);
        if passed.encode(value, &mut out).is_ok() {
            passed.pass(value, &out);
            followed.feed(&out);
        }
        [passed, followed]
    }

    #[test]
    fn a_value_that_is_passed_leads_to_where_it_leads_when_it_is_followed() {
        let texts = [
            "", "a", "a b", "'", "\"", "''", "\\", "é", "-", "? a", "#", "a #b", "&x y", "{", "}",
            "[a", "a:", "b'", "`", "``", "/a/b", "no", "a\nb", "\u{feff}", "|", ">", "$x",
        ];
        let list = Scalar::List(vec![Scalar::Text("a"), Scalar::Integer(-1)]);
        let others = [
            Scalar::Null,
            Scalar::Boolean(true),
            Scalar::Integer(-7),
            Scalar::Real(-0.5),
            Scalar::Real(f64::NEG_INFINITY),
            list,
        ];
        let values: Vec<_> = texts.map(Scalar::Text).into_iter().chain(others).collect();
        for language in LANGUAGES {
            for text in TEXTS {
                let ends = text.char_indices().map(|(at, _)| &text[..at]);
                for (before, value) in ends.flat_map(|end| values.iter().map(move |v| (end, v))) {
                    let [passed, followed] = led(*language, before, value);
                    let name = language.name();
                    assert!(passed.is_at(&*followed), "{name}: {before} {value:?}");
                }
            }
        }
    }

    #[test]
    fn a_place_is_the_same_however_its_text_came_in() {
        let text_of = |writer: &dyn Writer| {
            let (value, mut out) = (Scalar::Text("a \"b\" 'c' #d: -e\\"), String::new());
            writer.encode(&value, &mut out).map(|()| out)
        };
        for language in LANGUAGES {
            for text in TEXTS {
                let mut slow = language.writer();
                for (at, c) in text.char_indices() {
                    let mut quick = language.writer();
                    quick.feed(&text[..at]);
                    let (name, before) = (language.name(), &text[..at]);
                    assert_eq!(text_of(&*quick), text_of(&*slow), "{name}: {before}");
                    slow.feed(c.encode_utf8(&mut [0; 4]));
                }
            }
        }
    }
}
