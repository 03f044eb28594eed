//! The body of a template: parts of the syntax tree become typed operations.

use std::sync::Arc;

use super::{Compiler, PartialTemplate};
use crate::diag::{Code, Diagnostic, Excerpt, Span};
use crate::expr::{self, Expression, Scope, Type};
use crate::generate::helpers::{self, HELPERS, Helper};
use crate::generate::syntax::{self, Argument, Block, Call, Node, Partial};
use crate::model::Value;

/// A step of printing.
#[derive(Clone)]
pub(in crate::generate) enum Op {
    /// Prints text of the template.
    Text(Arc<str>, Span),
    /// Prints a value for its place.
    Print(Typed),
    /// Prints a value as a helper says.
    Helper(&'static Helper, Typed, Span),
    /// Prints the body of the first condition that holds.
    If(Vec<Branch>),
    /// Prints its body for each member. Four variables: the member, its position, whether it is the first, the last.
    Each {
        list: Typed,
        body: Arc<[Op]>,
        otherwise: Arc<[Op]>,
    },
    /// Prints its body with a value as one more variable.
    With {
        value: Typed,
        body: Arc<[Op]>,
        otherwise: Arc<[Op]>,
    },
    /// Prints a partial template.
    Partial {
        partial: Arc<PartialTemplate>,
        arguments: Vec<Typed>,
        indent: Arc<str>,
    },
}

/// What is printed where a condition holds.
#[derive(Clone)]
pub(in crate::generate) struct Branch {
    /// The condition; `None` holds always.
    pub(in crate::generate) condition: Option<Typed>,
    /// Whether it holds where the condition does not.
    pub(in crate::generate) negated: bool,
    pub(in crate::generate) body: Arc<[Op]>,
}

/// A value with its type and place.
#[derive(Clone)]
pub(in crate::generate) struct Typed {
    pub(in crate::generate) source: Source,
    pub(in crate::generate) ty: Type,
    pub(in crate::generate) span: Span,
}

#[derive(Clone)]
pub(in crate::generate) enum Source {
    Expression(Expression),
    Variable(usize),
    Constant(Value),
}

impl Compiler<'_> {
    pub(super) fn nodes(&mut self, nodes: &[Node], scope: &mut Scope, text: &str) -> Vec<Op> {
        nodes
            .iter()
            .filter_map(|node| self.node(node, scope, text))
            .collect()
    }

    fn node(&mut self, node: &Node, scope: &mut Scope, text: &str) -> Option<Op> {
        match node {
            Node::Text(span) => Some(Op::Text(text[span.range()].into(), *span)),
            Node::Print(call) => self.print(call, scope),
            Node::If(branches) => Some(self.branches(branches, scope, text)),
            Node::Block(block) => self.block(block, scope, text),
            Node::Partial(partial) => self.partial_use(partial, scope),
        }
    }

    fn print(&mut self, call: &Call, scope: &Scope) -> Option<Op> {
        if let (Argument::Path(name), false) = (&call.name, call.arguments.is_empty())
            && &*name.text != "q"
        {
            let Some(helper) = helpers::find(&name.text) else {
                self.unknown_helper(name);
                return None;
            };
            let [argument] = &call.arguments[..] else {
                let message = format!(
                    "`{}` takes one value, not {}",
                    name.text,
                    call.arguments.len()
                );
                self.report(Code::UnknownHelper, call.span, message);
                return None;
            };
            let value = self.value(argument, scope)?;
            self.printable(&value)?;
            return Some(Op::Helper(helper, value, call.span));
        }
        let value = self.call(call, scope)?;
        self.printable(&value)?;
        Some(Op::Print(Typed {
            span: call.span,
            ..value
        }))
    }

    fn unknown_helper(&mut self, name: &Excerpt) {
        let message = format!("there is no helper `{}`", name.text);
        let known: Vec<&str> = HELPERS.iter().map(|h| h.name).chain(["q"]).collect();
        let diagnostic = Diagnostic::error(Code::UnknownHelper, name.span, message);
        self.diagnostics.push(
            diagnostic
                .suggest(&name.text, known.clone())
                .hint(format!("helpers: {}", known.join(", "))),
        );
    }

    /// Objects cannot be printed, only their features.
    fn printable(&mut self, value: &Typed) -> Option<()> {
        let [class, ..] = value.ty.item().classes() else {
            return Some(());
        };
        let message = format!(
            "a {} cannot be printed, only one of its features",
            self.metamodel.class(*class).name
        );
        let names: Vec<&str> = self.metamodel.feature_names(*class).collect();
        let diagnostic = Diagnostic::error(Code::ExpressionType, value.span, message);
        self.diagnostics
            .push(diagnostic.hint(format!("its features are {}", names.join(", "))));
        None
    }

    fn value(&mut self, argument: &Argument, scope: &Scope) -> Option<Typed> {
        let span = argument.span();
        match argument {
            Argument::Path(path) => {
                if path.text.starts_with("../") || &*path.text == ".." {
                    let diagnostic =
                        Diagnostic::error(Code::UnknownName, span, "`../` is not needed here");
                    self.diagnostics.push(diagnostic.hint("name what a block goes over, `{{#each xs as |x|}}`: outer names stay visible"));
                    return None;
                }
                self.expression(path, scope)
            }
            Argument::Text(text) => {
                let value = Value::text(text.text.clone());
                Some(Typed {
                    source: Source::Constant(value),
                    ty: Type::String,
                    span,
                })
            }
            Argument::Literal(text) => Some(literal(text)),
            Argument::Data(name) => {
                if let Some((index, ty)) = scope.find(&name.text) {
                    Some(Typed {
                        source: Source::Variable(index),
                        ty: ty.clone(),
                        span,
                    })
                } else {
                    let message =
                        format!("`{}` is known inside of `{{{{#each}}}}` only", name.text);
                    let diagnostic = Diagnostic::error(Code::UnknownName, span, message);
                    self.diagnostics
                        .push(diagnostic.suggest(&name.text, ["@index", "@first", "@last"]));
                    None
                }
            }
            Argument::Call(call) => self.call(call, scope),
        }
    }

    /// A value alone, or `q "expression"`.
    fn call(&mut self, call: &Call, scope: &Scope) -> Option<Typed> {
        match (&call.name, &call.arguments[..]) {
            (Argument::Path(name), [Argument::Text(text)]) if &*name.text == "q" => {
                self.expression(text, scope)
            }
            (Argument::Path(name), _) if &*name.text == "q" => {
                self.report(
                    Code::UnknownHelper,
                    call.span,
                    "`q` takes one expression in quotes",
                );
                None
            }
            (name, []) => self.value(name, scope),
            (Argument::Path(name), _) => {
                if helpers::find(&name.text).is_some() {
                    let message = format!("`{}` prints; use it without parentheses", name.text);
                    self.report(Code::UnknownHelper, call.span, message);
                } else {
                    self.unknown_helper(name);
                }
                None
            }
            (_, _) => {
                self.report(
                    Code::TemplateSyntax,
                    call.span,
                    "only a helper takes arguments",
                );
                None
            }
        }
    }

    fn expression(&mut self, text: &Excerpt, scope: &Scope) -> Option<Typed> {
        if let Some((index, ty)) = scope.find(&text.text) {
            return Some(Typed {
                source: Source::Variable(index),
                ty: ty.clone(),
                span: text.span,
            });
        }
        let expression = self.compiled(expr::compile(text, scope, self.metamodel))?;
        let ty = expression.ty.clone();
        Some(Typed {
            source: Source::Expression(expression),
            ty,
            span: text.span,
        })
    }

    fn branches(&mut self, branches: &[syntax::Branch], scope: &mut Scope, text: &str) -> Op {
        let mut all = Vec::new();
        for branch in branches {
            let condition = match &branch.condition {
                Some(argument) => match self.value(argument, scope) {
                    Some(value) => Some(value),
                    None => Some(Typed {
                        source: Source::Constant(Value::Null),
                        ty: Type::Null,
                        span: argument.span(),
                    }),
                },
                None => None,
            };
            let body = self.nodes(&branch.body, scope, text);
            all.push(Branch {
                condition,
                negated: branch.negated,
                body: body.into(),
            });
        }
        Op::If(all)
    }

    fn block(&mut self, block: &Block, scope: &mut Scope, text: &str) -> Option<Op> {
        let Argument::Path(name) = &block.call.name else {
            self.report(Code::TemplateSyntax, block.call.span, "a block has a name");
            return None;
        };
        let otherwise: Arc<[Op]> = self.nodes(&block.otherwise, scope, text).into();
        match (&*name.text, &block.call.arguments[..]) {
            ("each", [argument]) => {
                let list = self.value(argument, scope)?;
                if !matches!(list.ty, Type::List(_)) {
                    let message = format!(
                        "`each` goes over a list, this is {}",
                        list.ty.display(self.metamodel)
                    );
                    let diagnostic =
                        Diagnostic::error(Code::ExpressionType, argument.span(), message);
                    self.diagnostics
                        .push(diagnostic.hint("`with` is the block for one value"));
                    return None;
                }
                let mark = scope.len();
                let item = list.ty.item().clone();
                scope.push(
                    block
                        .parameters
                        .first()
                        .map_or_else(|| "this".into(), |p| p.text.clone()),
                    item,
                );
                scope.push(
                    block
                        .parameters
                        .get(1)
                        .map_or_else(|| "@index".into(), |p| p.text.clone()),
                    Type::Integer,
                );
                scope.push("@first", Type::Boolean);
                scope.push("@last", Type::Boolean);
                if block.parameters.get(1).is_some() {
                    // The position has a name of its own; `@index` stays readable too.
                    scope.push("@index", Type::Integer);
                } else {
                    scope.push("@", Type::Integer);
                }
                let body = self.nodes(&block.body, scope, text).into();
                scope.truncate(mark);
                Some(Op::Each {
                    list,
                    body,
                    otherwise,
                })
            }
            ("with", [argument]) => {
                let value = self.value(argument, scope)?;
                let mark = scope.len();
                let name = block
                    .parameters
                    .first()
                    .map_or_else(|| "this".into(), |p| p.text.clone());
                scope.push(name, value.ty.clone());
                let body = self.nodes(&block.body, scope, text).into();
                scope.truncate(mark);
                Some(Op::With {
                    value,
                    body,
                    otherwise,
                })
            }
            ("each" | "with", _) => {
                self.report(
                    Code::TemplateSyntax,
                    block.call.span,
                    format!("`{}` takes one value", name.text),
                );
                None
            }
            _ => {
                let message = format!("there is no block `{}`", name.text);
                let diagnostic = Diagnostic::error(Code::UnknownHelper, name.span, message);
                let diagnostic = diagnostic.suggest(&name.text, ["if", "unless", "each", "with"]);
                self.diagnostics
                    .push(diagnostic.hint("blocks: if, unless, each, with"));
                None
            }
        }
    }

    fn partial_use(&mut self, used: &Partial, scope: &Scope) -> Option<Op> {
        let name = &*used.name.text;
        if self.open.iter().any(|n| n == name) {
            self.report(
                Code::TemplateSyntax,
                used.name.span,
                format!("the partial template `{name}` prints itself"),
            );
            return None;
        }
        if !self.loaded.contains_key(name) && !self.done.contains_key(name) {
            let message = format!("there is no partial template `{name}`");
            let known: Vec<String> = self
                .loaded
                .keys()
                .chain(self.done.keys())
                .cloned()
                .collect();
            let diagnostic = Diagnostic::error(Code::UnknownName, used.name.span, message);
            self.diagnostics
                .push(diagnostic.suggest(name, known.iter().map(String::as_str)));
            return None;
        }
        let partial = self.partial_named(name)?;
        let given: Vec<(&Excerpt, Typed)> = used
            .arguments
            .iter()
            .filter_map(|(key, a)| Some((key, self.value(a, scope)?)))
            .collect();
        for (key, _) in &given {
            if !partial.parameters.iter().any(|(name, _)| *name == key.text) {
                let message = format!(
                    "the partial template `{name}` has no parameter `{}`",
                    key.text
                );
                let known = partial.parameters.iter().map(|(n, _)| &**n);
                let diagnostic = Diagnostic::error(Code::UnknownName, key.span, message);
                self.diagnostics.push(diagnostic.suggest(&key.text, known));
            }
        }
        let mut arguments = Vec::new();
        for (parameter, ty) in &partial.parameters {
            let Some((_, value)) = given.iter().find(|(key, _)| key.text == *parameter) else {
                if !used.arguments.iter().any(|(key, _)| key.text == *parameter) {
                    self.report(
                        Code::UnknownName,
                        used.span,
                        format!("`{name}` needs `{parameter}=`"),
                    );
                }
                return None;
            };
            if !value.ty.conforms(ty, self.metamodel) {
                let (is, wants) = (value.ty.display(self.metamodel), ty.display(self.metamodel));
                self.report(
                    Code::ExpressionType,
                    value.span,
                    format!("`{parameter}` is {wants}, this is {is}"),
                );
            }
            arguments.push(value.clone());
        }
        Some(Op::Partial {
            partial,
            arguments,
            indent: used.indent.clone(),
        })
    }
}

fn literal(text: &Excerpt) -> Typed {
    let (value, ty) = match &*text.text {
        "true" => (Value::Boolean(true), Type::Boolean),
        "false" => (Value::Boolean(false), Type::Boolean),
        "null" => (Value::Null, Type::Null),
        number => match number.parse() {
            Ok(n) => (Value::Integer(n), Type::Integer),
            Err(_) => (Value::Real(number.parse().unwrap_or_default()), Type::Real),
        },
    };
    Typed {
        source: Source::Constant(value),
        ty,
        span: text.span,
    }
}
