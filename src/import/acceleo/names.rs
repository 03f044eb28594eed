//! What names mean in a template, as far as the importer keeps track of it: variables with their types, and the metamodel,
//! where one is known.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::{Excerpt, FileId, Span};
use crate::expr::acceleo::{Meaning, is_path};
use crate::expr::{self, Helpers, Scope, Type};
use crate::metamodel::{FeatureId, FeatureKind, Metamodel};

/// What expressions are typed against.
#[derive(Clone, Debug)]
pub(super) struct Typing {
    pub(super) metamodel: Arc<Metamodel>,
    /// The helpers that queries became.
    pub(super) helpers: Arc<Helpers>,
}

/// The names that are visible at a place.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) meaning: Meaning,
    scope: Scope,
    typing: Option<Typing>,
    /// How many names were made up so far.
    made: usize,
}

/// How many variables there are outside of a block, and what `self` is there.
pub(super) type Mark = (usize, usize, Option<String>);

impl Names {
    pub(super) fn new(meaning: Meaning, typing: Option<Typing>) -> Self {
        let helpers = typing.as_ref().map(|t| t.helpers.clone());
        Self {
            meaning,
            scope: Scope::with(helpers.unwrap_or_default()),
            typing,
            made: 0,
        }
    }

    pub(super) fn mark(&self) -> Mark {
        let context = self.meaning.context.clone();
        (self.meaning.variables.len(), self.scope.len(), context)
    }

    pub(super) fn reset(&mut self, (variables, scope, context): Mark) {
        self.meaning.variables.truncate(variables);
        self.scope.truncate(scope);
        self.meaning.context = context;
    }

    /// Adds a variable that templates call by the same name.
    pub(super) fn variable(&mut self, name: &str, ty: Option<Type>) {
        self.stand_for(name, name.to_owned());
        if let Some(ty) = ty {
            self.scope.push(name, ty);
        }
    }

    /// Lets a name stand for an expression.
    pub(super) fn stand_for(&mut self, name: &str, text: String) {
        self.meaning.variables.push((name.into(), text));
    }

    /// A name that nothing has.
    pub(super) fn fresh(&mut self, like: &str) -> String {
        let taken = |n: &str| self.meaning.variables.iter().any(|(_, t)| t.contains(n));
        if !taken(like) {
            return like.to_owned();
        }
        self.made += 1;
        format!("{like}{}", self.made + 1)
    }

    /// The type that is written in a template.
    pub(super) fn type_of(&self, ty: &str) -> Option<Type> {
        let metamodel = &self.typing.as_ref()?.metamodel;
        Type::parse(&written(ty), metamodel)
    }

    /// The type of an expression of ours, where that can be told.
    pub(super) fn type_of_expression(&self, text: &str) -> Option<Type> {
        let typing = self.typing.as_ref()?;
        let nowhere = Span::new(FileId(0), 0, text.len());
        let excerpt = Excerpt::direct(text, nowhere);
        let found = expr::compile(&excerpt, &self.scope, &typing.metamodel);
        found.ok().map(|e| e.ty)
    }

    /// Whether a value of an expression may stand where a type is wanted; not where that cannot be told.
    pub(super) fn conforms(&self, text: &str, ty: &str) -> bool {
        let wanted = self.type_of(ty);
        let is = self.type_of_expression(text);
        match (is, wanted, &self.typing) {
            (Some(is), Some(wanted), Some(typing)) => {
                is.item().conforms(wanted.item(), &typing.metamodel)
            }
            _ => false,
        }
    }

    /// Whether an expression gives the parts of an object, and no object of a class is a part of anything else.
    pub(super) fn holds_all(&self, text: &str, ty: &str) -> bool {
        let (Some(typing), Some(Type::Class(class))) = (&self.typing, self.type_of(ty)) else {
            return false;
        };
        let metamodel = &typing.metamodel;
        let may_hold = |feature: &&FeatureId| match metamodel.feature(**feature).kind {
            FeatureKind::Reference { target, .. } => {
                metamodel.conforms(class, target) || metamodel.conforms(target, class)
            }
            FeatureKind::Attribute { .. } => false,
        };
        let all: BTreeSet<FeatureId> = metamodel
            .own_classes()
            .flat_map(|(_, c)| c.features.iter().copied())
            .filter(|f| metamodel.feature(*f).is_containment())
            .collect();
        let holders = all.iter().filter(may_hold).count();
        self.is_containment(text) && holders == 1
    }

    /// Whether an expression gives the parts of an object by a containment.
    pub(super) fn is_containment(&self, text: &str) -> bool {
        let (Some((of, feature)), Some(typing)) = (text.rsplit_once('.'), &self.typing) else {
            return false;
        };
        let class = self.type_of_expression(of);
        let class = class.and_then(|ty| ty.classes().first().copied());
        let feature = class.and_then(|c| typing.metamodel.feature_named(c, feature));
        feature.is_some_and(|f| typing.metamodel.feature(f).is_containment())
    }
}

/// A type as this program writes it.
pub(super) fn written(ty: &str) -> String {
    let ty = ty.trim();
    let item = ty.strip_suffix(')').and_then(|t| t.split_once('('));
    match item {
        Some(("Collection" | "Sequence" | "Bag", item)) => format!("{}[*]", written(item)),
        _ => ty.to_owned(),
    }
}

/// Whether a type is that of several values.
pub(super) fn is_list(ty: &str) -> bool {
    ty.contains('(')
}

/// Whether a type is no class, by its name.
pub(super) fn is_primitive(ty: &str) -> bool {
    let names = [
        "String", "Integer", "Real", "Boolean", "EString", "EInt", "EDouble", "EFloat", "EBoolean",
        "OclAny",
    ];
    let last = ty.rsplit("::").next().unwrap_or(ty);
    names.contains(&last)
}

/// An expression as an argument in a tag: a path, a text, or an expression in quotes.
pub(super) fn argument(text: &str) -> String {
    if is_path(text) {
        return text.to_owned();
    }
    let literal = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\''));
    if let Some(literal) = literal.filter(|t| !t.contains(['\'', '"', '\\'])) {
        return format!("\"{literal}\"");
    }
    format!("(q {})", in_quotes(text))
}

/// What a tag that prints an expression holds.
pub(super) fn printed(text: &str) -> String {
    if is_path(text) {
        return text.to_owned();
    }
    format!("q {}", in_quotes(text))
}

/// An expression as text in double quotes of a tag.
fn in_quotes(text: &str) -> String {
    let inner = text.strip_prefix('(').and_then(|t| t.strip_suffix(')'));
    let text = inner.filter(|t| !t.contains(['(', ')'])).unwrap_or(text);
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace(['\n', '\r', '\t'], " "))
}

/// An expression that something is called on, and that stands between operators.
pub(super) fn called_on(text: &str) -> String {
    if is_chain(text) {
        text.to_owned()
    } else {
        format!("({text})")
    }
}

/// Whether an expression is names and calls with `.` and `->` between them, as far as its outermost characters tell.
fn is_chain(text: &str) -> bool {
    let (mut depth, mut quoted) = (0_i32, false);
    let outer: String = text
        .chars()
        .filter(|c| {
            quoted ^= *c == '\'';
            let inside = depth > 0 || quoted || *c == '\'';
            depth += match c {
                '(' if !quoted => 1,
                ')' if !quoted => -1,
                _ => 0,
            };
            !inside
        })
        .collect();
    let links = |c: char| c.is_alphanumeric() || "_.:()".contains(c);
    !text.starts_with(|c: char| c.is_ascii_digit()) && outer.replace("->", ".").chars().all(links)
}
