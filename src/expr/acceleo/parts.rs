//! What an expression of Acceleo consists of: calls, and texts that it joins.

use std::ops::Range;
use std::sync::Arc;

use super::super::parser;
use super::super::syntax::{ArgumentTree, Binary, Tree, TreeKind};
use crate::diag::Excerpt;

/// A part of a text that an expression puts together.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Text as it stands.
    Text(String),
    /// The text of a value.
    Value(Excerpt),
}

/// A call, as it is written.
#[derive(Clone, Debug)]
pub struct Called {
    /// The name of what is called.
    pub name: Arc<str>,
    /// What it is called on, and with: all values in order.
    pub arguments: Vec<Excerpt>,
}

/// The call that an expression is, if it is one.
pub fn called(excerpt: &Excerpt) -> Option<Called> {
    let tree = parser::parse(excerpt).ok()?;
    let part = |range: Range<usize>| part(excerpt, range);
    let values = |arguments: &[ArgumentTree]| -> Option<Vec<Excerpt>> {
        let value = |a: &ArgumentTree| matches!(a, ArgumentTree::Value(_)).then(|| part(a.range()));
        arguments.iter().map(value).collect()
    };
    match &tree.kind {
        TreeKind::Call(call) => {
            let mut arguments = vec![part(call.of.range.clone())];
            arguments.extend(values(&call.arguments)?);
            let name = call.name.text.clone();
            Some(Called { name, arguments })
        }
        TreeKind::Function { name, arguments } => Some(Called {
            name: name.last().text.clone(),
            arguments: values(arguments)?,
        }),
        _ => None,
    }
}

/// The list whose members an expression joins by a text, and that text.
pub fn separated(excerpt: &Excerpt) -> Option<(Excerpt, String)> {
    let tree = parser::parse(excerpt).ok()?;
    let TreeKind::Call(call) = &tree.kind else {
        return None;
    };
    let [ArgumentTree::Value(separator)] = &call.arguments[..] else {
        return None;
    };
    match &separator.kind {
        TreeKind::String(text) if matches!(&*call.name.text, "sep" | "join") => {
            Some((part(excerpt, call.of.range.clone()), text.to_string()))
        }
        _ => None,
    }
}

/// The names of all that is called in an expression, the outermost call first.
pub fn calls(excerpt: &Excerpt) -> Vec<Arc<str>> {
    let mut names = Vec::new();
    if let Ok(tree) = parser::parse(excerpt) {
        collect(&tree, &mut names);
    }
    names
}

fn collect(tree: &Tree, names: &mut Vec<Arc<str>>) {
    let arguments = match &tree.kind {
        TreeKind::Call(call) => {
            names.push(call.name.text.clone());
            collect(&call.of, names);
            &call.arguments[..]
        }
        TreeKind::Function { name, arguments } => {
            names.push(name.last().text.clone());
            arguments
        }
        _ => &[],
    };
    for argument in arguments {
        match argument {
            ArgumentTree::Value(tree) | ArgumentTree::Lambda { body: tree, .. } => {
                collect(tree, names);
            }
            ArgumentTree::Type(_) => {}
            ArgumentTree::Fold(fold) => {
                collect(&fold.start, names);
                collect(&fold.body, names);
            }
        }
    }
    let parts: Vec<&Tree> = match &tree.kind {
        TreeKind::List(parts) => parts.iter().collect(),
        TreeKind::Range(ends) => ends.iter().collect(),
        TreeKind::Navigate { of, .. } | TreeKind::Unary(_, of) => vec![of],
        TreeKind::Binary { left, right, .. } => vec![left, right],
        TreeKind::If {
            condition,
            then,
            otherwise,
        } => vec![condition, then, otherwise],
        TreeKind::Let { value, body, .. } => vec![value, body],
        _ => Vec::new(),
    };
    for part in parts {
        collect(part, names);
    }
}

/// The parts that an expression joins to one text: `'a' + x` and `'a'.concat(x)`.
pub fn pieces(excerpt: &Excerpt) -> Vec<Piece> {
    let mut all = Vec::new();
    match parser::parse(excerpt) {
        Ok(tree) => join(&tree, excerpt, &mut all),
        Err(_) => all.push(Piece::Value(excerpt.clone())),
    }
    all
}

fn part(excerpt: &Excerpt, range: Range<usize>) -> Excerpt {
    let span = excerpt.place(range.clone());
    Excerpt::direct(&excerpt.text[range], span)
}

fn join(tree: &Tree, excerpt: &Excerpt, all: &mut Vec<Piece>) {
    match &tree.kind {
        TreeKind::String(text) => all.push(Piece::Text(text.to_string())),
        TreeKind::Binary { left, right, .. } if is_text(tree) => {
            join(left, excerpt, all);
            join(right, excerpt, all);
        }
        TreeKind::Call(call) if is_text(tree) => {
            join(&call.of, excerpt, all);
            if let [ArgumentTree::Value(value)] = &call.arguments[..] {
                join(value, excerpt, all);
            }
        }
        _ => all.push(Piece::Value(part(excerpt, tree.range.clone()))),
    }
}

/// Whether an expression puts text together, as far as is told without types.
fn is_text(tree: &Tree) -> bool {
    match &tree.kind {
        TreeKind::String(_) => true,
        TreeKind::Binary {
            operator: Binary::Add,
            left,
            right,
        } => is_text(left) || is_text(right),
        TreeKind::Call(call) => &*call.name.text == "concat" && call.arguments.len() == 1,
        _ => false,
    }
}
