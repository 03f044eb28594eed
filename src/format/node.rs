//! Trees of mappings, sequences and scalars with places: what YAML files are before they mean something.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, Span};

/// A value in a file.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its first to its last byte.
    pub span: Span,
    /// What stands after a `!` before it.
    pub tag: Option<Box<Excerpt>>,
    /// What it is.
    pub kind: Kind,
}

/// What a [`Node`] is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Text that was written without quotes: perhaps a number, true, or nothing.
    Plain(Excerpt),
    /// Text that was written with quotes or as a block.
    Quoted(Excerpt),
    /// Values in order.
    Sequence(Vec<Node>),
    /// Values by key, in order.
    Mapping(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: Excerpt,
    /// The value.
    pub value: Node,
}

/// Stands for the key that names a record.
const TITLE: &str = "";
/// Such keys.
const TITLES: [&str; 6] = [
    "rule",
    "check",
    "stage",
    "helper",
    "transform",
    "constraints",
];

/// Keys that people write who know other tools, and what may be meant, the first that the record has and lacks.
const MEANT: &[(&[&str], &[&str])] = &[
    (&["name", "id", "title"], &[TITLE]),
    (&["when", "if", "guard", "condition", "filter"], &["where"]),
    (&["from", "for", "context", "on"], &["match", "for", "from"]),
    (&["match"], &["from", "for"]),
    (&["to", "do", "update"], &["set"]),
    (&["set", "create"], &["to"]),
    (&["using", "variables", "vars"], &["let"]),
    (&["expression", "body"], &["value", "assert"]),
    (&["invariant", "expr", "test"], &["assert"]),
    (&["type", "return"], &["returns"]),
    (&["params", "args"], &["parameters"]),
];

/// The keys of a file, by their lengths: a text that many mappings have is kept once.
#[derive(Debug, Default)]
pub(super) struct Keys(Vec<Vec<Arc<str>>>);

/// From this length on, keys are kept together.
const LONG: usize = 64;
/// How many keys of one length are kept.
const MOST: usize = 32;

impl Keys {
    /// The text of a key: that of an equal key before it.
    pub(super) fn shared(&mut self, key: &str) -> Arc<str> {
        if self.0.is_empty() {
            self.0.resize_with(LONG + 1, Vec::new);
        }
        let of_length = &mut self.0[key.len().min(LONG)];
        if let Some(known) = of_length.iter().find(|k| ***k == *key) {
            return known.clone();
        }
        let key: Arc<str> = key.into();
        // Where keys are names there may be very many, and none of them stands there again.
        if of_length.len() < MOST {
            of_length.push(key.clone());
        }
        key
    }
}

impl Node {
    /// Whether it is nothing: `null`, `~` or no text at all.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Plain(text) if matches!(&*text.text, "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The text, where it is a scalar.
    pub fn scalar(&self) -> Option<&Excerpt> {
        match &self.kind {
            Kind::Plain(text) | Kind::Quoted(text) => Some(text),
            Kind::Sequence(_) | Kind::Mapping(_) => None,
        }
    }

    /// The members, where it is a sequence.
    pub fn sequence(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, where it is a mapping.
    pub fn mapping(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.mapping()?
            .iter()
            .find(|e| &*e.key.text == key)
            .map(|e| &e.value)
    }

    /// What it is, with its article, for messages.
    pub fn description(&self) -> &'static str {
        match self.kind {
            Kind::Plain(_) if self.is_null() => "nothing",
            Kind::Plain(_) | Kind::Quoted(_) => "a single value",
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a mapping",
        }
    }

    /// The key of a record that somebody means who calls it as others do.
    fn meant<'k>(&self, key: &str, known: &[&'k str]) -> Option<&'k str> {
        let (_, others) = MEANT.iter().find(|(names, _)| names.contains(&key))?;
        let is_meant =
            |k: &&str| others.contains(k) || others.contains(&TITLE) && TITLES.contains(k);
        let mut known = known.iter().copied();
        known.find(|k| is_meant(k) && self.get(k).is_none())
    }

    /// Reads a mapping in which only `known` keys may stand; anything else is reported with the nearest of them.
    pub fn record<'n>(
        &'n self,
        what: &str,
        known: &[&str],
        diagnostics: &mut Diagnostics,
    ) -> Option<Record<'n>> {
        self.record_as(Code::RuleSyntax, what, (known, diagnostics))
    }

    /// The same, with mistakes reported under `code`.
    pub fn record_as<'n>(
        &'n self,
        code: Code,
        what: &str,
        with: (&[&str], &mut Diagnostics),
    ) -> Option<Record<'n>> {
        let (known, diagnostics) = with;
        let Some(entries) = self.mapping() else {
            let message = format!("{what} is a mapping, not {}", self.description());
            diagnostics.push(Diagnostic::error(code, self.span, message));
            return None;
        };
        for entry in entries.iter().filter(|e| !known.contains(&&*e.key.text)) {
            let message = format!("{what} has no key `{}`", entry.key.text);
            let diagnostic = Diagnostic::error(code, entry.key.span, message);
            let diagnostic = match self.meant(&entry.key.text, known) {
                Some(meant) => diagnostic.replace_with(format!("did you mean `{meant}`?"), meant),
                None => diagnostic.suggest(&entry.key.text, known.iter().copied()),
            };
            diagnostics
                .push(diagnostic.hint(format!("the keys of {what} are {}", known.join(", "))));
        }
        Some(Record {
            node: self,
            entries,
            code,
        })
    }
}

/// A mapping whose keys were checked.
#[derive(Clone, Copy, Debug)]
pub struct Record<'n> {
    /// The mapping.
    pub node: &'n Node,
    /// Its entries.
    pub entries: &'n [Entry],
    /// The code under which mistakes in it are reported.
    pub code: Code,
}

impl<'n> Record<'n> {
    /// The value of a key, unless it is nothing.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries
            .iter()
            .find(|e| &*e.key.text == key)
            .map(|e| &e.value)
            .filter(|v| !v.is_null())
    }

    /// The text of a key; anything but a scalar is reported.
    pub fn text(&self, key: &str, diagnostics: &mut Diagnostics) -> Option<&'n Excerpt> {
        let node = self.get(key)?;
        if node.scalar().is_none() {
            let message = format!("`{key}` is a single value, not {}", node.description());
            diagnostics.push(Diagnostic::error(self.code, node.span, message));
        }
        node.scalar()
    }

    /// The text of a key that must be there.
    pub fn required(
        &self,
        key: &str,
        what: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<&'n Excerpt> {
        if self.get(key).is_none() {
            let message = format!("{what} needs `{key}`");
            diagnostics.push(Diagnostic::error(self.code, self.node.span, message));
        }
        self.text(key, diagnostics)
    }

    /// The members of a list; anything but a list is reported.
    pub fn list(&self, key: &str, diagnostics: &mut Diagnostics) -> &'n [Node] {
        let Some(node) = self.get(key) else {
            return &[];
        };
        node.sequence().unwrap_or_else(|| {
            let message = format!("`{key}` is a list, not {}", node.description());
            let diagnostic = Diagnostic::error(self.code, node.span, message);
            let first = node.mapping().and_then(<[Entry]>::first);
            diagnostics.push(match first.map(|e| &e.key.text) {
                Some(first) => {
                    diagnostic.hint(format!("each member begins with a dash: `- {first}: …`"))
                }
                None => diagnostic,
            });
            &[]
        })
    }

    /// The entries of a mapping; anything but a mapping is reported.
    pub fn map(&self, key: &str, diagnostics: &mut Diagnostics) -> &'n [Entry] {
        let Some(node) = self.get(key) else {
            return &[];
        };
        node.mapping().unwrap_or_else(|| {
            let message = format!("`{key}` is a mapping, not {}", node.description());
            let diagnostic = Diagnostic::error(self.code, node.span, message);
            let members = node.sequence().unwrap_or_default();
            let pairs = !members.is_empty() && members.iter().all(|m| m.mapping().is_some());
            diagnostics.push(if pairs {
                diagnostic.hint("its entries stand below each other without dashes")
            } else {
                diagnostic
            });
            &[]
        })
    }

    /// True or false; anything else is reported.
    pub fn flag(&self, key: &str, diagnostics: &mut Diagnostics) -> bool {
        match self.text(key, diagnostics) {
            Some(text) if &*text.text == "true" => true,
            Some(text) if &*text.text != "false" => {
                let message = format!("`{key}` is true or false, not `{}`", text.text);
                let diagnostic = Diagnostic::error(self.code, text.span, message);
                let word = match &*text.text.to_ascii_lowercase() {
                    "yes" | "on" | "true" => Some("true"),
                    "no" | "off" | "false" => Some("false"),
                    _ => None,
                };
                diagnostics.push(match word {
                    Some(word) => diagnostic.replace_with(format!("write `{word}`"), word),
                    None => diagnostic,
                });
                false
            }
            _ => false,
        }
    }
}
