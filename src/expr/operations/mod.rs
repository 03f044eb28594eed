//! The table of operations: what they are called on, their types, what they compute, and their documentation.
//!
//! To add one: a row in the table of its receiver and the function that computes it.

#![expect(
    clippy::unnecessary_wraps,
    reason = "all functions of the table have one signature"
)]

mod any;
pub(super) mod arithmetic;
mod call;
mod case;
mod collection;
mod iterate;
mod letters;
mod number;
mod object;
mod pattern;
mod position;
mod rules;
mod string;

pub(super) use call::Call;
pub(super) use rules::Signature;

use super::check::Mistake;
use super::{Failure, Type};
use crate::model::Value;

/// What an operation is called on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Receiver {
    /// A list, or a single value as a list of one.
    List,
    /// Text.
    String,
    /// A whole or floating-point number.
    Number,
    /// An object of a model.
    Object,
    /// Anything that has a text.
    Scalar,
    /// Anything, null included.
    Any,
}

impl Receiver {
    /// How the documentation calls it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::List => "lists",
            Self::String => "text",
            Self::Number => "numbers",
            Self::Object => "objects",
            Self::Scalar => "anything that has a text",
            Self::Any => "anything",
        }
    }

    pub(super) fn takes(self, ty: &Type) -> bool {
        match self {
            Self::List => ty.is_list(),
            Self::String => *ty == Type::String,
            Self::Number => ty.is_number(),
            Self::Object => ty.is_object(),
            Self::Scalar => ty.is_printable(),
            Self::Any => !ty.is_list(),
        }
    }
}

/// What arguments an operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// From so many values to so many.
    Values(usize, usize),
    /// `x | …`, to be computed for each member.
    Body,
    /// `x; result = start | …`, to be computed for each member.
    Fold,
    /// The name of a type; at least so many.
    Type(usize),
}

impl Form {
    pub(super) fn takes(self, count: usize) -> bool {
        match self {
            Self::Values(min, max) => (min..=max).contains(&count),
            Self::Body | Self::Fold => count == 1,
            Self::Type(min) => (min..=1).contains(&count),
        }
    }
}

type Rule = fn(&Signature<'_>) -> Result<Type, Mistake>;
type Compute = fn(&mut Call<'_, '_>) -> Result<Value, Failure>;

/// An operation that expressions call.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Its name.
    pub name: &'static str,
    /// Names that other languages have for it.
    pub also: &'static [&'static str],
    /// What it is called on.
    pub receiver: Receiver,
    /// Name, arguments and type, as people read it.
    pub signature: &'static str,
    /// One sentence about what it gives.
    pub doc: &'static str,
    /// Whether it can give null although it is called on something.
    pub(super) gives_null: bool,
    pub(super) form: Form,
    pub(super) rule: Rule,
    pub(super) eval: Compute,
}

impl PartialEq for Operation {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Operation {
    const fn also(mut self, names: &'static [&'static str]) -> Self {
        self.also = names;
        self
    }

    const fn or_null(mut self) -> Self {
        self.gives_null = true;
        self
    }
}

/// Makes a row: receiver and arguments; name, signature and documentation; type and value.
const fn row(
    (receiver, form): (Receiver, Form),
    (name, signature, doc): (&'static str, &'static str, &'static str),
    (rule, eval): (Rule, Compute),
) -> Operation {
    Operation {
        name,
        also: &[],
        receiver,
        signature,
        doc,
        gives_null: false,
        form,
        rule,
        eval,
    }
}

/// All operations, by receiver.
pub const OPERATIONS: &[Operation] = &joined();

const TABLES: [&[Operation]; 9] = [
    iterate::ROWS,
    collection::ROWS,
    position::ROWS,
    string::ROWS,
    pattern::ROWS,
    letters::ROWS,
    number::ROWS,
    object::ROWS,
    any::ROWS,
];

const COUNT: usize = {
    let (mut count, mut table) = (0, 0);
    while table < TABLES.len() {
        count += TABLES[table].len();
        table += 1;
    }
    count
};

const fn joined() -> [Operation; COUNT] {
    let mut all = [TABLES[0][0]; COUNT];
    let (mut at, mut table) = (0, 0);
    while table < TABLES.len() {
        let mut index = 0;
        while index < TABLES[table].len() {
            all[at] = TABLES[table][index];
            at += 1;
            index += 1;
        }
        table += 1;
    }
    all
}

/// The operations of a name.
pub(super) fn named(name: &str) -> impl Iterator<Item = &'static Operation> {
    OPERATIONS
        .iter()
        .filter(move |o| o.name == name || o.also.contains(&name))
}

/// All names, those of other languages last.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let also = OPERATIONS.iter().flat_map(|o| o.also.iter().copied());
    OPERATIONS.iter().map(|o| o.name).chain(also)
}

/// The reference page of all operations: Markdown.
pub fn reference() -> String {
    let head = "| operation | what it gives |\n|---|---|\n";
    let mut page = vec!["# Operations\n".to_owned()];
    for rows in OPERATIONS.chunk_by(|a, b| a.receiver == b.receiver) {
        page.push(format!("\n## Of {}\n\n{head}", rows[0].receiver.words()));
        page.extend(rows.iter().map(reference_row));
    }
    page.concat()
}

fn reference_row(operation: &Operation) -> String {
    let signature = operation.signature.replace('|', "\\|");
    let also = match operation.also {
        [] => String::new(),
        names => format!(" Also `{}`.", names.join("`, `")),
    };
    format!("| `{signature}` | {}{also} |\n", operation.doc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_documented_and_no_two_are_alike() {
        for (index, operation) in OPERATIONS.iter().enumerate() {
            let name = operation.name;
            assert!(
                operation.signature.starts_with(&format!("{name}(")),
                "{name}"
            );
            assert!(
                operation.doc.ends_with('.') && !operation.doc.contains('|'),
                "{name}"
            );
            let twin = OPERATIONS[..index].iter().find(|o| {
                let all = [name].into_iter().chain(operation.also.iter().copied());
                let mut all = all.filter(|n| *n == o.name || o.also.contains(n));
                o.receiver == operation.receiver && all.next().is_some()
            });
            assert!(twin.is_none(), "{name} is twice in the table");
        }
    }

    #[test]
    fn the_reference_page_has_each_operation_once() {
        let page = reference();
        assert_eq!(page.matches("\n| `").count(), OPERATIONS.len());
        assert!(page.contains("| `select(x \\| condition): List(T)` |"));
        assert_eq!(page.matches("\n## ").count(), 6);
    }
}
