//! Python: literals as `repr` and formatters write them, strings, comments; files are parsed by ruff's parser, and
//! their names looked up.

mod builtins;
mod misplaced;
mod names;

use super::{Flaw, Language, Scalar, Writer, before, hides, one_line, plain};

pub(super) struct Python;

const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// The place in the text of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Code,
    Comment,
    /// One or two quotes were read: perhaps an empty string, perhaps the first of three.
    Opening {
        quote: char,
        count: u8,
        form: Form,
    },
    String(Literal),
}

/// An open string literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Literal {
    quote: char,
    triple: bool,
    form: Form,
    /// How many quotes of a closing triple were read.
    closing: u8,
    escaped: bool,
    /// A `{` was read that is either the first of two or begins a field.
    brace: bool,
    /// How deep the braces of the open replacement field nest.
    field: u16,
}

/// What the prefix of a string says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Form {
    raw: bool,
    formatted: bool,
    bytes: bool,
}

struct PythonWriter {
    place: Place,
    /// The letters before this place, which may be the prefix of a string.
    prefix: String,
}

impl Writer for PythonWriter {
    fn step(&mut self, c: char) {
        self.place = match self.place {
            Place::Comment if c == '\n' => Place::Code,
            Place::Comment => Place::Comment,
            Place::Opening {
                quote,
                count: 1,
                form,
            } if c == quote => Place::Opening {
                quote,
                count: 2,
                form,
            },
            Place::Opening {
                quote,
                count: 2,
                form,
            } if c == quote => Place::String(Literal {
                triple: true,
                ..Literal::new(quote, form)
            }),
            Place::Code | Place::Opening { count: 2, .. } => self.code(c),
            Place::Opening { quote, form, .. } => Literal::new(quote, form).step(c),
            Place::String(literal) => literal.step(c),
        };
    }

    fn skip<'t>(&mut self, text: &'t str) -> &'t str {
        match self.place {
            Place::Code => {
                let (code, rest) = before(text, &['#', '\u{22}', '\'']);
                let breaks = |c: char| !(c.is_alphanumeric() || c == '_');
                let word = code.rfind(breaks).map(|at| {
                    self.prefix.clear();
                    at + code[at..].chars().next().map_or(0, char::len_utf8)
                });
                self.prefix.push_str(&code[word.unwrap_or(0)..]);
                rest
            }
            Place::Comment => before(text, &['\n']).1,
            Place::String(literal) if literal.is_plain() => {
                before(text, &[literal.quote, '\\', '\n']).1
            }
            _ => text,
        }
    }

    fn encode(&self, value: &Scalar) -> Result<String, String> {
        match self.place {
            Place::Comment => Ok(one_line(&plain(value)?)),
            Place::Code | Place::Opening { count: 2, .. } => Python.literal(value),
            Place::Opening { quote, form, .. } => {
                inside(&plain(value)?, &Literal::new(quote, form))
            }
            Place::String(literal) if literal.brace || literal.field > 0 => Err(
                "it stands in a field of a formatted string; give it a name in the code before"
                    .to_owned(),
            ),
            Place::String(literal) => inside(&plain(value)?, &literal),
        }
    }
}

impl PythonWriter {
    fn code(&mut self, c: char) -> Place {
        match c {
            '#' => {
                self.prefix.clear();
                Place::Comment
            }
            '"' | '\'' => {
                let has =
                    |letter: char| self.prefix.chars().any(|p| p.eq_ignore_ascii_case(&letter));
                let known =
                    self.prefix.len() <= 2 && self.prefix.chars().all(|p| "rRbBuUfFtT".contains(p));
                let form = Form {
                    raw: has('r'),
                    formatted: has('f') || has('t'),
                    bytes: has('b'),
                };
                let form = if known { form } else { Form::default() };
                self.prefix.clear();
                Place::Opening {
                    quote: c,
                    count: 1,
                    form,
                }
            }
            c if c.is_alphanumeric() || c == '_' => {
                self.prefix.push(c);
                Place::Code
            }
            _ => {
                self.prefix.clear();
                Place::Code
            }
        }
    }
}

impl Literal {
    const fn new(quote: char, form: Form) -> Self {
        Self {
            quote,
            triple: false,
            form,
            closing: 0,
            escaped: false,
            brace: false,
            field: 0,
        }
    }

    /// Whether nothing but a quote, a backslash or a line break changes the place.
    const fn is_plain(&self) -> bool {
        !self.escaped && !self.form.formatted && self.closing == 0
    }

    fn step(mut self, c: char) -> Place {
        if self.form.formatted && self.fields(c) {
            return Place::String(self);
        }
        let closing = std::mem::take(&mut self.closing);
        match c {
            _ if self.escaped => self.escaped = false,
            '\\' => self.escaped = true,
            c if c == self.quote && self.triple && closing < 2 => self.closing = closing + 1,
            c if c == self.quote => return Place::Code,
            '\n' if !self.triple => return Place::Code,
            _ => {}
        }
        Place::String(self)
    }

    /// Follows replacement fields; whether the character belongs to one.
    fn fields(&mut self, c: char) -> bool {
        let brace = std::mem::take(&mut self.brace);
        match c {
            '{' if self.field == 0 && !brace => self.brace = true,
            '{' if self.field == 0 => {}
            '{' => self.field += 1,
            '}' if self.field > 0 => self.field -= 1,
            '}' if brace => {}
            _ if brace => self.field = 1,
            _ => return self.field > 0,
        }
        true
    }
}

/// Text inside of a string literal.
fn inside(text: &str, literal: &Literal) -> Result<String, String> {
    let Literal {
        quote,
        triple,
        form,
        ..
    } = *literal;
    if form.bytes && !text.is_ascii() {
        return Err("it has a character that bytes cannot hold".to_owned());
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' if triple && !form.raw => out.push('\n'),
            '{' | '}' if form.formatted => out.extend([c, c]),
            c if c == quote => out.extend(['\\', c]),
            c => escape(c, &mut out),
        }
    }
    if form.raw && (out != text || text.contains(['\\', '"', '\''])) {
        return Err("it has a character that a raw string cannot hold".to_owned());
    }
    Ok(out)
}

fn escape(c: char, out: &mut String) {
    match c {
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if c.is_control() || hides(c) => out.extend(super::unicode_escape(c)),
        '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}' | '\u{a0}' => {
            out.extend(super::unicode_escape(c));
        }
        c => out.push(c),
    }
}

impl Language for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn claims(&self, file: &str) -> bool {
        super::has_ending(file, &["py", "pyi"])
    }

    fn writer(&self) -> Box<dyn Writer> {
        Box::new(PythonWriter {
            place: Place::Code,
            prefix: String::new(),
        })
    }

    fn literal(&self, value: &Scalar) -> Result<String, String> {
        Ok(match value {
            Scalar::Null => "None".to_owned(),
            Scalar::Boolean(true) => "True".to_owned(),
            Scalar::Boolean(false) => "False".to_owned(),
            Scalar::Integer(n) => n.to_string(),
            Scalar::Real(x) if x.is_nan() => "float(\"nan\")".to_owned(),
            Scalar::Real(x) if x.is_infinite() && *x > 0.0 => "float(\"inf\")".to_owned(),
            Scalar::Real(x) if x.is_infinite() => "float(\"-inf\")".to_owned(),
            Scalar::Real(x) => super::real(*x),
            Scalar::Text(text) => {
                let quote = if text.contains('"') && !text.contains('\'') {
                    '\''
                } else {
                    '"'
                };
                format!(
                    "{quote}{}{quote}",
                    inside(text, &Literal::new(quote, Form::default()))?
                )
            }
            Scalar::List(items) => {
                let items: Result<Vec<String>, String> =
                    items.iter().map(|i| self.literal(i)).collect();
                format!("[{}]", items?.join(", "))
            }
        })
    }

    fn identifier(&self, text: &str) -> Result<(), String> {
        let first = |c: char| c.is_ascii_alphabetic() || c == '_';
        let rest = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if KEYWORDS.contains(&text) {
            return Err(format!("`{text}` is a keyword of Python"));
        }
        if text.starts_with(first) && text.chars().all(rest) {
            return Ok(());
        }
        Err(format!(
            "`{}` is no identifier of Python",
            text.escape_debug()
        ))
    }

    fn comment(&self) -> Option<(&'static str, &'static str)> {
        Some(("#", ""))
    }

    fn check(&self, text: &str) -> Vec<Flaw> {
        match ruff_python_parser::parse_module(text) {
            Ok(module) => {
                let body = &module.syntax().body;
                let mut flaws = names::undefined(body);
                flaws.extend(misplaced::misplaced(body));
                flaws
            }
            Err(error) => vec![Flaw {
                offset: error.location.start().to_usize(),
                message: error.error.to_string(),
            }],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(before: &str, text: &str) -> String {
        let mut writer = Python.writer();
        writer.feed(before);
        writer.encode(&Scalar::Text(text.to_owned())).unwrap()
    }

    #[test]
    fn text_is_written_for_its_place() {
        assert_eq!(print("x = ", "a\"b"), "'a\"b'");
        assert_eq!(print("x = ", "it's \"x\"\n"), "\"it's \\\"x\\\"\\n\"");
        assert_eq!(print("\"\"\"Doc ", "a\"\"\"b"), "a\\\"\\\"\\\"b");
        assert_eq!(print("x = '", "a'b"), "a\\'b");
        assert_eq!(print("x = f\"", "{a}"), "{{a}}");
        assert_eq!(print("x = \"\" # ", "a\nimport os"), "a import os");
        assert_eq!(print("x = \"\"\ny = ", "a"), "\"a\"");
        assert_eq!(print("\"\"\"doc\"\"\"\nx = ", "a"), "\"a\"");
        assert_eq!(print("# it's\nx = ", "a"), "\"a\"");
    }

    #[test]
    fn a_field_of_a_formatted_string_takes_no_value() {
        for before in [
            "f\"{ ",
            "f\"{",
            "f'{d[\"",
            "f\"{1:",
            "rf'{x!r:{",
            "b\"",
            "r'",
        ] {
            let mut writer = Python.writer();
            writer.feed(before);
            assert!(
                writer.encode(&Scalar::Text("é\\".to_owned())).is_err(),
                "{before}"
            );
        }
        assert_eq!(print("x = f\"{y} {{ ", "{a}"), "{{a}}");
    }

    #[test]
    fn a_file_that_does_not_parse_is_found() {
        assert_eq!(Python.check("x = 1\n"), []);
        assert_eq!(Python.check("def f(:\n    pass\n").len(), 1);
        assert_eq!(Python.check("print 'x'\n").len(), 1);
        assert!(Python.identifier("class").is_err());
    }
    /// What is told of a module, each with its line.
    fn told(text: &str) -> Vec<String> {
        let line = |f: &Flaw| text[..f.offset].matches('\n').count() + 1;
        let mut flaws = Python.check(text);
        flaws.sort_by_key(|f| f.offset);
        flaws
            .iter()
            .map(|f| format!("{}: {}", line(f), f.message))
            .collect()
    }

    #[test]
    fn names_that_nothing_gives_a_value_are_found() {
        for (text, expected) in [
            (
                "f = print\nf(return_sequences=true)\n",
                "2: nothing here is called `true`; did you mean `True`?",
            ),
            (
                "x = null\n",
                "1: nothing here is called `null`; did you mean `None`?",
            ),
            (
                "import os.path as p\nos.sep\n",
                "2: nothing here is called `os`",
            ),
            (
                "def f(units):\n    return unit\n",
                "2: nothing here is called `unit`; did you mean `units`?",
            ),
            (
                "print(late)\nlate = 1\n",
                "1: `late` is read before it has a value",
            ),
            ("[x for y in range(3)]\n", "1: nothing here is called `x`"),
            (
                "[x for x in range(3)]\nprint(x)\n",
                "2: nothing here is called `x`",
            ),
            (
                "class A:\n    size = 1\n    def f(self):\n        return size\n",
                "4: nothing here is called `size`",
            ),
            (
                "class A:\n    many = [n for n in range(3) if n < limit]\n    limit = 2\n",
                "2: nothing here is called `limit`",
            ),
            ("total += 1\n", "1: nothing here is called `total`"),
            ("print(f'{who}')\n", "1: nothing here is called `who`"),
            (
                "def f(x: Frame) -> None: ...\n",
                "1: nothing here is called `Frame`",
            ),
        ] {
            assert_eq!(told(text), [expected], "{text}");
        }
    }

    #[test]
    fn names_that_have_a_value_are_not_told() {
        for text in [
            "def f():\n    return late\nlate = 1\n",
            "for i in range(2):\n    if i: print(late)\n    late = i\n",
            "def f():\n    global made\n    made = 1\nprint(made)\n",
            "def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n    return g\n",
            "from os import *\nprint(sep)\n",
            "if (n := 3) > 2: print(n)\nprint([m := k for k in 'a'], m)\n",
            "class A[T]:\n    def f[S: T](self, x: T) -> S: ...\ntype B[T] = list[T]\n",
            "match 1:\n    case {'a': a, **b}: print(a, b)\n    case [c, *d] | (c, d): print(c, d)\n    case e: print(e)\n",
            "try:\n    unicode\nexcept NameError:\n    unicode = str\n",
            "try:\n    pass\nexcept OSError as error:\n    print(error)\n",
            "with open('a') as (b, c): print(b, c)\n",
            "def outer():\n    class B:\n        def f(self): return __class__\n    return B\n",
            "x: int\ndef f(a, *b, c=1, **d): return a, b, c, d, __name__\nlambda y: y + x\n",
            "import a.b\nprint(a.b, __file__)\ndel a\n",
            "class Node:\n    next: Node\n    def make(self) -> Node: ...\n",
        ] {
            assert_eq!(told(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_stands_twice_or_at_a_wrong_place_is_found() {
        for (text, expected) in [
            (
                "print(sep='', sep='')\n",
                "1: the argument `sep` is there twice",
            ),
            (
                "def f(a, b, a): pass\n",
                "1: the parameter `a` is there twice",
            ),
            (
                "x = {'a': 1, 'b': 2, 'a': 3}\n",
                "1: the key `a` is there twice",
            ),
            (
                "class A:\n    x: int\n    y: int\n    x: int\n",
                "4: the field `x` is there twice",
            ),
            (
                "def f(): pass\ndef f(): pass\n",
                "2: the definition of `f` is there twice",
            ),
            ("return 1\n", "1: `return` stands in no function"),
            ("def f():\n    break\n", "2: `break` stands in no loop"),
            (
                "while 1:\n    def f():\n        continue\n",
                "3: `continue` stands in no loop",
            ),
        ] {
            assert_eq!(told(text), [expected], "{text}");
        }
    }
}
