//! What other languages have under names that mean nothing here, and how it is said here.

use super::Checker;
use crate::diag::Diagnostic;
use crate::expr::Type;
use crate::expr::syntax::Word;

type Row = (&'static [&'static str], &'static str);

/// Operations of ATL, ETL, EOL, QVT and OCL.
const OPERATIONS: &[Row] = &[
    (
        &[
            "resolveTemp",
            "equivalent",
            "equivalents",
            "resolve",
            "resolveone",
            "resolveIn",
            "resolveoneIn",
        ],
        "what a rule made of `x` is `x.target('Rule.variable')`",
    ),
    (
        &["map", "xmap"],
        "what a lazy rule makes of `x` is `rules.Rule(x)`",
    ),
    (
        &["product"],
        "pairs are gone through one by one: `xs->collect(x | ys->collect(y | …))`",
    ),
    (
        &["zip"],
        "two lists are gone through by position: `[1..xs->size()]->collect(i | … xs->at(i) … ys->at(i) …)`",
    ),
    (&["asMap", "mapBy", "get", "keySet"], NO_MAPS),
    (
        &["aggregate", "reduce", "fold"],
        "it is done step by step: `xs->iterate(x; result = start | next)`",
    ),
    (
        &["collectNested", "xcollect"],
        "lists of members are joined: ask for what is wanted of each inside, `xs->collect(x | x.ys->size())`",
    ),
    (
        &["println", "print", "debug", "trace", "log"],
        "an expression only computes: `mlopsgen eval` shows what",
    ),
    (
        &["charAt", "characterAt"],
        "the nth character is `text.substring(n, n)`",
    ),
    (
        &["allInstancesFrom"],
        "the instances in one of several models are `name::Class.all`",
    ),
    (
        &["objectsOfType", "objects", "rootObjects"],
        "the instances of a class are `Class.all`",
    ),
    (
        &["allOwnedElements", "allSubobjects", "ownedElements"],
        "the parts of an object are `x.contents()`, with theirs `x.allContents()`",
    ),
];

/// What is said of maps, which other languages write out too.
pub(in crate::expr) const NO_MAPS: &str =
    "there are no maps: look where the value is kept, `xs->any(x | x.key = key)`";

/// What is said of tuples.
pub(in crate::expr) const NO_TUPLES: &str =
    "there are no tuples: name the parts by `let`, or make each of them a helper";

/// Names for the absent value.
const NULLS: &[&str] = &["OclUndefined", "invalid", "undefined", "nil", "None"];

/// How an operation of another language is said here.
pub(super) fn operation(name: &str) -> Option<&'static str> {
    let row = OPERATIONS.iter().find(|(names, _)| names.contains(&name));
    row.map(|(_, hint)| *hint)
}

/// Says how a name of another language is said here, if it is one.
pub(super) fn explain_name(name: &str, finding: Diagnostic) -> Diagnostic {
    if NULLS.contains(&name) {
        return finding.replace_with("the absent value is `null`", "null");
    }
    if name == "thisModule" {
        let hint = "a helper is called by its name, `name(…)`, a lazy rule as `rules.Name(…)`";
        return finding.hint(hint);
    }
    finding
}

impl Checker<'_> {
    /// Says which feature is meant by a call of what gets it: `title()`, `getTitle()`, `isOpen()`.
    pub(super) fn explain_getter(
        &self,
        receiver: &Type,
        name: &Word,
        finding: &Diagnostic,
    ) -> Option<Diagnostic> {
        let class = *receiver.item().classes().first()?;
        let getter = name.text.strip_prefix("get");
        let mut letters = getter.unwrap_or_default().chars();
        let small: String = letters
            .next()
            .into_iter()
            .flat_map(char::to_lowercase)
            .collect();
        let known = [name.text.to_string(), small + letters.as_str()];
        let has = |n: &&String| self.metamodel.feature_named(class, n).is_some();
        let feature = known.iter().find(has)?;
        let hint = format!("`{feature}` is a feature: write it without `()`");
        let start = name.range.start;
        let called = self.excerpt.text[name.range.end..].starts_with("()");
        let finding = finding.clone().hint(hint);
        Some(if called {
            let span = self.excerpt.place(start..name.range.end + 2);
            finding.replace_at(span, feature.as_str())
        } else {
            finding
        })
    }
}
