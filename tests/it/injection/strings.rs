//! Hostile text.

use std::collections::BTreeSet;

/// Words that some reader takes for something else than text.
const WORDS: &str = "yes no on off y n Y N true false True FALSE null Null NULL ~ none None nan .nan .NaN inf .inf -.inf \
    Infinity 0 1 -1 +1 1.0 1.10 .5 5. 1e3 1E-3 1_000 0x1F 0o14 0b1 014 08 1:30 12:30:45 2001-01-01 \
    2001-12-14t21:59:43.10-05:00 = << & * ! | > ? - -- --- ... .. . / // /* */ <!-- --> # #! ; : , @ ` % %% \\ \\\\ if \
    then else fi do done case esac for while until in import from def class return lambda exec eval print pass FROM RUN \
    COPY ADD ENV ARG CMD LABEL USER ONBUILD ENTRYPOINT HEALTHCHECK SHELL all .PHONY include define endef ifeq endif \
    export __proto__ constructor undefined void 0.0.0.0 ::1 C:\\x ../x ~/x /etc/passwd -rf --help -oX -";

/// What would do something, in one language or another.
const PAYLOADS: &[&str] = &[
    "\"; import os #",
    "'; import os #",
    "\"\"\"; import os; \"\"\"",
    "'''; import os; '''",
    "\\\"; import os #",
    "\\'; import os #",
    "\\\\\"; import os #",
    "{__import__('os').system('id')}",
    "{{x}}",
    "{{{x}}}",
    "{% x %}",
    "${x}",
    "${{ x }}",
    "$x",
    "$$x",
    "$(id)",
    "$(shell id)",
    "${shell id}",
    "$((1+1))",
    "`id`",
    "\"$(id)\"",
    "'$(id)'",
    "a; id",
    "a && id",
    "a || id",
    "a | id",
    "a & id",
    "a > /tmp/x",
    "a < /dev/null",
    "a\nid",
    "a\n\tid",
    "a\r\nid",
    "a\nRUN id",
    "a\\\nRUN id",
    "a\nb: c",
    "a\n- b",
    "a: b",
    "a : b",
    "a:",
    ": a",
    "a #b",
    "a# b",
    "# a",
    " # a",
    "- a",
    "? a",
    "a, b",
    "[a, b]",
    "{a: b}",
    "{\"a\": 1}",
    "*a",
    "&a b",
    "!!python/object/apply:os.system [id]",
    "!a b",
    "%YAML 1.1",
    "---",
    "--- a",
    "a\n---\nb",
    "a\n...\nb",
    "@a",
    "| a",
    "> a",
    "\"a",
    "'a",
    "a\"",
    "a'",
    "\"a\"",
    "'a'",
    "\"\"",
    "''",
    "\"\"\"",
    "'''",
    "a\"b'c",
    "a'b\"c",
    "it's",
    "\\n",
    "\\x41",
    "\\u0041",
    "\\N{BULLET}",
    "\\0",
    "a\\",
    "a\\\\",
    "\\a",
    "END",
    "EOF",
    "a\nEND\nid",
    "a\nEOF\nid",
    "]]>",
    "<![CDATA[a]]>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;",
    "&amp;#x41;",
    "[a](javascript:alert(1))",
    "![a](http://x/)",
    "**a**",
    "_a_",
    "# a\n## b",
    "| a | b |",
    "```\na\n```",
    "1. a",
    "a  \nb",
    "' OR 1=1 --",
    "%s %d %n",
    "%(x)s",
    "A=b",
    "A=b c",
    "a=b",
    "a = 1\n[b]",
    "[a]\nb = 1",
    "a b",
    "a  b",
    "*",
    "a*",
    "a?",
    "a[b]",
    "a{b,c}",
    "a~",
    "~a",
    "!a",
    "a!b",
    "^a",
    "a\\ b",
    "file:///etc/passwd",
    "http://x/?a=b&c=d#e",
    "a@sha256:0",
    "../../etc/passwd",
    "a/../../b",
    "CON",
    "a\u{0}b\u{0}",
];

/// Characters that readers break lines at, hide, turn round or refuse.
const ODD: &[char] = &[
    '\u{7f}',
    '\u{80}',
    '\u{85}',
    '\u{9f}',
    '\u{a0}',
    '\u{ad}',
    '\u{300}',
    '\u{61c}',
    '\u{1680}',
    '\u{180e}',
    '\u{2000}',
    '\u{200b}',
    '\u{200c}',
    '\u{200d}',
    '\u{200e}',
    '\u{200f}',
    '\u{2028}',
    '\u{2029}',
    '\u{202a}',
    '\u{202d}',
    '\u{202e}',
    '\u{2060}',
    '\u{2066}',
    '\u{2069}',
    '\u{3000}',
    '\u{d7ff}',
    '\u{e000}',
    '\u{feff}',
    '\u{fffd}',
    '\u{fffe}',
    '\u{ffff}',
    '\u{1f600}',
    '\u{1f1eb}',
    '\u{e0041}',
    '\u{10ffff}',
    'é',
    'ß',
    '中',
    'א',
];

/// All of it: more than 600 texts.
pub fn all() -> Vec<String> {
    let mut found: Vec<String> = WORDS.split_whitespace().map(str::to_owned).collect();
    found.extend(PAYLOADS.iter().map(|p| (*p).to_owned()));
    for c in ('!'..='~').filter(char::is_ascii_punctuation) {
        let forms = [
            "C", "CC", "CCC", "aC", "Ca", "aCb", " C ", "a C b", "C\n", "C C",
        ];
        found.extend(forms.iter().map(|f| f.replace('C', &c.to_string())));
    }
    let controls = (0..0x20).map(|n| char::from_u32(n).unwrap());
    for c in controls.chain(ODD.iter().copied()) {
        found.extend([format!("a{c}b"), format!("{c}"), format!("{c}a")]);
    }
    found.extend(
        [
            " a", "a ", "\ta", "a\t", "\na", "a\n", "\n\n", "a\n\nb", "a\n b", " \n ", "a\r",
        ]
        .map(str::to_owned),
    );
    found.extend([
        "a".repeat(10_000),
        "'\"".repeat(500),
        "\\".repeat(99),
        "(".repeat(500),
    ]);
    let mut seen = BTreeSet::new();
    found.retain(|text| seen.insert(text.clone()));
    found
}

#[test]
fn there_are_more_than_600() {
    assert!(all().len() > 606, "{}", all().len());
}
