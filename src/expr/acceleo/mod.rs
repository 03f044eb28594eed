//! Expressions of Acceleo in the words of this language.
//!
//! The two are close: both come from OCL. A text stays as it is written, but for its differences: names that are looked up
//! in `self`, operations that are called otherwise, queries, and `not`, which takes less there. Who imports templates
//! calls this; nothing here knows templates.

mod parts;

pub use parts::{Called, Piece, called, calls, pieces, separated};

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::operations::{self, Form};
use super::parser;
use super::syntax::{ArgumentTree, Binary, CallTree, Path, Tree, TreeKind, Unary, Word};
use crate::diag::{Code, Diagnostic, Excerpt, did_you_mean};

/// What names mean where an expression stands.
#[derive(Clone, Debug, Default)]
pub struct Meaning {
    /// Variables, the innermost last, with the expressions that they stand for.
    pub variables: Vec<(Arc<str>, String)>,
    /// What `self` is; names that are no variables are its features.
    pub context: Option<String>,
    /// Queries by their names.
    pub queries: BTreeMap<String, QueryName>,
    /// The names of templates, which are called among text only.
    pub templates: BTreeSet<String>,
}

/// How a query is called here.
#[derive(Clone, Debug)]
pub struct QueryName {
    /// Its name.
    pub name: String,
    /// Whether it is called on its first argument: `x.name(…)`, not `name(x, …)`.
    pub on_first: bool,
}

/// An expression in the words of this language.
#[derive(Clone, Debug)]
pub struct Translation {
    /// Its text.
    pub text: String,
    /// What may come out otherwise.
    pub differs: Vec<Diagnostic>,
}

/// Translates an expression, or says what has no equal.
pub fn translate(excerpt: &Excerpt, meaning: &Meaning) -> Result<Translation, Vec<Diagnostic>> {
    let tree = parser::parse(excerpt)?;
    let mut walk = Walk {
        excerpt,
        meaning,
        edits: Vec::new(),
        left: Vec::new(),
        differs: Vec::new(),
        own: Vec::new(),
        members: 0,
    };
    walk.tree(&tree);
    if !walk.left.is_empty() {
        return Err(walk.left);
    }
    let text = edited(&excerpt.text, walk.edits);
    let differs = walk.differs;
    Ok(Translation { text, differs })
}

/// A text with parts of it replaced.
fn edited(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let (mut out, mut at) = (String::new(), 0);
    for (range, new) in edits {
        out.push_str(&text[at..range.start.max(at)]);
        out.push_str(&new);
        at = range.end.max(at);
    }
    out + &text[at..]
}

/// Operations under other names.
const RENAMED: &[(&str, usize, &str)] = &[
    ("isAlphanum", 0, "isAlphaNum"),
    ("strstr", 1, "contains"),
    ("replaceAll", 2, "regexReplaceAll"),
    ("addAll", 1, "union"),
    ("removeAll", 1, "without"),
];

/// Operations that nothing here is equal to, and what to do.
const LEFT_OVER: &[(&str, &str)] = &[
    (
        "invoke",
        "a service in Java is written as a helper, where expressions can say it",
    ),
    ("eGet", "a feature is named where it is used: `x.feature`"),
    (
        "getProperty",
        "what a property says is written into the template, or kept in a model",
    ),
    (
        "strtok",
        "the parts of a text are `text.tokenize(separators)`",
    ),
    ("strcmp", "texts are compared by `<`, `=` and `>`"),
    ("current", "name the element that is meant by a `let`"),
    ("sep", "`xs->join(separator)` stands between two texts"),
];

struct Walk<'a> {
    excerpt: &'a Excerpt,
    meaning: &'a Meaning,
    edits: Vec<(Range<usize>, String)>,
    left: Vec<Diagnostic>,
    differs: Vec<Diagnostic>,
    /// The variables of the expression itself.
    own: Vec<Arc<str>>,
    /// How many lists are gone through around here without a name for the member.
    members: usize,
}

impl Walk<'_> {
    fn leave(&mut self, range: Range<usize>, message: String) -> &mut Diagnostic {
        let span = self.excerpt.place(range);
        let finding = Diagnostic::error(Code::NotTranslated, span, message);
        self.left.push(finding);
        let last = self.left.len() - 1;
        &mut self.left[last]
    }

    fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.edits.push((at..at, text.into()));
    }

    fn tree(&mut self, tree: &Tree) {
        match &tree.kind {
            TreeKind::Null
            | TreeKind::Boolean(_)
            | TreeKind::Integer(_)
            | TreeKind::Real(_)
            | TreeKind::String(_) => {}
            TreeKind::List(members) => members.iter().for_each(|m| self.tree(m)),
            TreeKind::Range(ends) => ends.iter().for_each(|e| self.tree(e)),
            TreeKind::Path(path) => self.path(path),
            TreeKind::Navigate { of, .. } => self.tree(of),
            TreeKind::Call(call) => self.call(call),
            TreeKind::Function { name, arguments } => self.function(tree, name.last(), arguments),
            TreeKind::Unary(Unary::Not, operand) => self.negation(tree, operand),
            TreeKind::Unary(Unary::Minus, operand) => self.tree(operand),
            TreeKind::Binary {
                operator,
                left,
                right,
            } => {
                self.mixed(tree, *operator, [left, right]);
                self.tree(left);
                self.tree(right);
            }
            TreeKind::If {
                condition,
                then,
                otherwise,
            } => [condition, then, otherwise]
                .iter()
                .for_each(|t| self.tree(t)),
            TreeKind::Let {
                name, value, body, ..
            } => {
                self.tree(value);
                self.with(&[name], body);
            }
        }
    }

    /// A part in which further variables are visible.
    fn with(&mut self, names: &[&Word], body: &Tree) {
        let mark = self.own.len();
        self.own.extend(names.iter().map(|n| n.text.clone()));
        self.tree(body);
        self.own.truncate(mark);
    }

    fn path(&mut self, path: &Path) {
        let [word] = &path.words[..] else {
            return;
        };
        let name = &word.text;
        if self.own.contains(name) {
            return;
        }
        let variables = &self.meaning.variables;
        let known = variables.iter().rfind(|(n, _)| n == name);
        let known = known.map(|(_, text)| text);
        let of_self = (&**name == "self").then_some(self.meaning.context.as_ref());
        match (known, of_self) {
            (Some(text), _) | (None, Some(Some(text))) => {
                if **text != **name {
                    self.edits.push((word.range.clone(), text.clone()));
                }
            }
            _ => self.of_context(word),
        }
    }

    /// A name that is looked up in what `self` is; in that of a list, where its members have no name.
    fn of_context(&mut self, word: &Word) {
        if let Some(context) = self.meaning.context.as_ref().filter(|_| self.members == 0) {
            self.insert(word.range.start, format!("{context}."));
        }
    }

    /// `not a = b`, where `not` takes `a` alone.
    fn negation(&mut self, tree: &Tree, operand: &Tree) {
        let mut first = operand;
        while let TreeKind::Binary { left, .. } = &first.kind
            && left.range.start == first.range.start
        {
            first = left;
        }
        if first.range != operand.range {
            self.insert(tree.range.start, "(");
            self.insert(first.range.end, ")");
        }
        self.tree(operand);
    }

    /// `a or b xor c`, where the two languages go together otherwise.
    fn mixed(&mut self, tree: &Tree, operator: Binary, sides: [&Tree; 2]) {
        let other = match operator {
            Binary::Or => Binary::Xor,
            Binary::Xor => Binary::Or,
            _ => return,
        };
        let bare = |side: &&&Tree| match &side.kind {
            TreeKind::Binary { operator, left, .. } => {
                *operator == other && left.range.start == side.range.start
            }
            _ => false,
        };
        if sides.iter().any(|s| bare(&s)) {
            let message = "`or` and `xor` bind otherwise here".to_owned();
            let finding = self.leave(tree.range.clone(), message);
            *finding = finding.clone().hint("write parentheses");
        }
    }

    fn call(&mut self, call: &CallTree) {
        let name = &*call.name.text;
        if name == "allInstances" {
            return;
        }
        if let Some(query) = self.meaning.queries.get(name) {
            if query.on_first {
                self.rename(&call.name, &query.name);
            } else {
                let open = call.name.range.end..self.excerpt.text.len();
                let open = open.start + self.excerpt.text[open].find('(').map_or(0, |n| n + 1);
                let comma = if call.arguments.is_empty() { "" } else { ", " };
                self.insert(call.of.range.start, format!("{}(", query.name));
                self.edits.push((call.of.range.end..open, comma.to_owned()));
            }
            self.tree(&call.of);
            call.arguments.iter().for_each(|a| self.argument(a));
            return;
        }
        self.tree(&call.of);
        self.operation(&call.name, &call.arguments);
    }

    fn rename(&mut self, word: &Word, name: &str) {
        if &*word.text != name {
            self.edits.push((word.range.clone(), name.to_owned()));
        }
    }

    /// `name(x, y)`: a query, or an operation of what `self` is.
    fn function(&mut self, tree: &Tree, word: &Word, arguments: &[ArgumentTree]) {
        if &*word.text == "lineSeparator" {
            self.edits.push((tree.range.clone(), "'\\n'".to_owned()));
            return;
        }
        let Some(query) = self.meaning.queries.get(&*word.text) else {
            self.of_context(word);
            self.operation(word, arguments);
            return;
        };
        self.rename(word, &query.name);
        for argument in arguments {
            self.argument(argument);
        }
        let (true, Some(first)) = (query.on_first, arguments.first()) else {
            if query.on_first {
                self.of_context(word);
            }
            return;
        };
        self.edits.retain(|(range, _)| *range != word.range);
        let first = first.range();
        let [open, close] = if bare(arguments) {
            ["(", ")"]
        } else {
            ["", ""]
        };
        self.edits
            .push((word.range.start..first.start, open.to_owned()));
        let next = arguments.get(1).map_or(first.end, |a| a.range().start);
        let called = format!("{close}.{}(", query.name);
        self.edits.push((first.end..next, called));
    }

    fn argument(&mut self, argument: &ArgumentTree) {
        match argument {
            ArgumentTree::Value(value) => self.tree(value),
            ArgumentTree::Type(_) => {}
            ArgumentTree::Lambda { name, body, .. } => self.with(&[name], body),
            ArgumentTree::Fold(fold) => {
                self.tree(&fold.start);
                self.with(&[&fold.member, &fold.result], &fold.body);
            }
        }
    }

    /// An operation of the language, and what it is called with.
    fn operation(&mut self, word: &Word, arguments: &[ArgumentTree]) {
        let (name, count) = (&*word.text, arguments.len());
        let renamed = RENAMED.iter().find(|(n, c, _)| *n == name && *c == count);
        if let Some((.., new)) = renamed {
            self.rename(word, new);
        } else if name == "replace" && count == 2 {
            self.replace(word, arguments);
        } else if matches!(name, "index" | "lastIndex") {
            let span = self.excerpt.place(word.range.clone());
            let message =
                format!("`{name}` gives 0 here where nothing is found, and -1 in Acceleo");
            self.differs
                .push(Diagnostic::warning(Code::NotTranslated, span, message));
        } else if self.meaning.templates.contains(name) {
            let message = format!("`{name}` is a template, whose text is no value here");
            let finding = self.leave(word.range.clone(), message);
            *finding = finding
                .clone()
                .hint("print it by itself, or make it a query");
        } else {
            self.known(word, count);
        }
        if matches!(name, "replaceAll" | "matches") {
            self.backslashes(arguments);
        }
        let mut forms = operations::named(name).map(|o| o.form);
        let (mut of_type, mut of_members) = (false, false);
        for form in forms.by_ref() {
            of_type |= matches!(form, Form::Type(_));
            of_members |= matches!(form, Form::Body);
        }
        for argument in arguments {
            match argument {
                ArgumentTree::Value(value)
                    if of_type && matches!(value.kind, TreeKind::Path(_)) => {}
                ArgumentTree::Value(value) if of_members => {
                    self.members += 1;
                    self.tree(value);
                    self.members -= 1;
                }
                _ => self.argument(argument),
            }
        }
    }

    /// Regular expressions of earlier versions write a backslash as four.
    fn backslashes(&mut self, arguments: &[ArgumentTree]) {
        for argument in arguments {
            let range = argument.range();
            let source = &self.excerpt.text[range.clone()];
            if source.starts_with('\'') && source.contains("\\\\\\\\") {
                let span = self.excerpt.place(range.clone());
                let message = "four backslashes are taken for one of the regular expression";
                self.differs
                    .push(Diagnostic::warning(Code::NotTranslated, span, message));
                self.edits.push((range, source.replace("\\\\\\\\", "\\\\")));
            }
        }
    }

    /// `replace`, which takes a regular expression there, and plain text here.
    fn replace(&mut self, word: &Word, arguments: &[ArgumentTree]) {
        let plain = |a: &ArgumentTree| match a {
            ArgumentTree::Value(Tree {
                kind: TreeKind::String(text),
                ..
            }) => !text.contains(|c: char| "\\^$.|?*+()[]{}".contains(c)),
            _ => false,
        };
        if arguments.iter().all(plain) {
            self.rename(word, "substitute");
            return;
        }
        let message =
            "`replace` takes a regular expression in Acceleo, and replaces its first match";
        let finding = self.leave(word.range.clone(), message.to_owned());
        let hint = "all matches are replaced by `regexReplaceAll`, plain text by `substitute`";
        *finding = finding.clone().hint(hint);
    }

    /// Says of an operation that it is unknown.
    fn known(&mut self, word: &Word, count: usize) {
        let name = &*word.text;
        let left_over = LEFT_OVER.iter().find(|(n, _)| *n == name);
        let is_known = operations::named(name).any(|o| o.form.takes(count));
        if is_known && (name != "sep" || count == 1) {
            return;
        }
        let message = format!("there is no operation `{name}`");
        let near = did_you_mean(name, self.meaning.queries.keys().map(String::as_str));
        let finding = self.leave(word.range.clone(), message);
        let hint = left_over.map(|(_, hint)| (*hint).to_owned()).or(near);
        if let Some(hint) = hint {
            *finding = finding.clone().hint(hint);
        }
    }
}

/// Whether the first of some arguments stands in parentheses where something is called on it.
fn bare(arguments: &[ArgumentTree]) -> bool {
    let simple = |tree: &Tree| {
        !matches!(
            tree.kind,
            TreeKind::Binary { .. }
                | TreeKind::Unary(..)
                | TreeKind::If { .. }
                | TreeKind::Let { .. }
        )
    };
    !matches!(arguments.first(), Some(ArgumentTree::Value(tree)) if simple(tree))
}

/// Whether a text is a path: names with dots between them, as templates print it without quotes.
pub fn is_path(text: &str) -> bool {
    text.split('.').all(parser::is_name)
}

/// Text as an expression writes it.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\\' | '\'' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out + "'"
}

#[cfg(test)]
mod tests;
