//! Python: literals as `repr` and formatters write them, strings, comments; files are parsed by ruff's parser, and
//! their names looked up.

mod builtins;
mod misplaced;
mod names;
mod place;

use super::{Flaw, Language, Scalar, Writer};

pub(super) struct Python;

const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

impl Language for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn claims(&self, file: &str) -> bool {
        super::has_ending(file, &["py", "pyi"])
    }

    fn writer(&self) -> Box<dyn Writer> {
        Box::new(place::PythonWriter::default())
    }

    fn literal(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String> {
        match value {
            Scalar::Null => out.push_str("None"),
            Scalar::Boolean(true) => out.push_str("True"),
            Scalar::Boolean(false) => out.push_str("False"),
            Scalar::Integer(n) => super::write_integer(*n, out),
            Scalar::Real(x) if x.is_nan() => out.push_str("float(\"nan\")"),
            Scalar::Real(x) if x.is_infinite() && *x > 0.0 => out.push_str("float(\"inf\")"),
            Scalar::Real(x) if x.is_infinite() => out.push_str("float(\"-inf\")"),
            Scalar::Real(x) => out.push_str(&super::real(*x)),
            Scalar::Text(text) => return place::write_string(text, out),
            Scalar::List(items) => {
                return super::write_list(items, out, |item, out| self.literal(item, out));
            }
        }
        Ok(())
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
        super::super::printed(&Python, before, text).unwrap()
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
            let printed = super::super::printed(&Python, before, "é\\");
            assert!(printed.is_err(), "{before}");
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
            "import enum\n@enum.global_enum\nclass Day(enum.Enum):\n    MONDAY = 0\nprint(MONDAY)\n",
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
