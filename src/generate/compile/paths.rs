//! Values: paths, literals, `q`, `lookup`.

use std::borrow::Cow;
use std::sync::Arc;

use super::nodes::{Source, Typed};
use super::{Compiler, Frame};
use crate::diag::{Code, Diagnostic, Excerpt, Span};
use crate::expr::{self, Scope, Type};
use crate::generate::helpers;
use crate::generate::syntax::{Argument, Call};
use crate::model::Value;

impl Compiler<'_> {
    pub(super) fn value(&mut self, argument: &Argument, frame: &Frame<'_>) -> Option<Typed> {
        match argument {
            Argument::Path(path) => self.path(path, frame),
            Argument::Data(name) => self.data(name, frame),
            Argument::Call(call) => self.call(call, frame),
            Argument::Text(text) => Some(Typed {
                source: Source::Constant(Value::text(text.text.clone())),
                ty: Type::String,
                span: text.span,
            }),
            Argument::Literal(text) if text.text.starts_with(['[', '{']) => {
                let message = "lists and objects of JSON are no values here";
                let diagnostic = Diagnostic::error(Code::TemplateSyntax, text.span, message);
                let hint = "write a list as an expression: `(q \"[1, 2]\")`";
                self.diagnostics.push(diagnostic.hint(hint));
                None
            }
            Argument::Literal(text) => Some(literal(text)),
        }
    }

    /// A value alone, `q "expression"` or `lookup list position`.
    pub(super) fn call(&mut self, call: &Call, frame: &Frame<'_>) -> Option<Typed> {
        self.no_named(call);
        let Argument::Path(name) = &call.name else {
            return self.value(&call.name, frame);
        };
        match (&*name.text, &call.arguments[..]) {
            ("q", [Argument::Text(text)]) => self.expression(text, &frame.scope),
            ("q", _) => {
                let message = "`q` takes one expression in quotes";
                self.report(Code::UnknownHelper, call.span, message);
                None
            }
            ("lookup", [list, position]) => self.lookup((list, position), call.span, frame),
            ("lookup", [_, ..]) => {
                let message = "`lookup` takes a list and a position";
                self.report(Code::UnknownHelper, call.span, message);
                None
            }
            (text, []) => {
                let digits = text.starts_with(|c: char| c.is_ascii_digit());
                if digits || matches!(text, "true" | "false" | "null") {
                    let message = format!("`{text}` is looked up as a name here, and is none");
                    let diagnostic = Diagnostic::error(Code::UnknownName, name.span, message);
                    let hint = format!("write it without braces, or `{{{{q \"{text}\"}}}}`");
                    self.diagnostics.push(diagnostic.hint(hint));
                    return None;
                }
                self.path(name, frame)
            }
            (text, _) => {
                if helpers::find(text).is_some() {
                    let message = format!("`{text}` prints; use it without parentheses");
                    self.report(Code::UnknownHelper, call.span, message);
                } else {
                    self.unknown_helper(name);
                }
                None
            }
        }
    }

    fn lookup(
        &mut self,
        (list, position): (&Argument, &Argument),
        span: Span,
        frame: &Frame<'_>,
    ) -> Option<Typed> {
        let list = self.value(list, frame)?;
        let at = self.value(position, frame)?;
        let Type::List(item) = &list.ty else {
            let is = list.ty.display(self.metamodel);
            let message = format!("`lookup` takes a list, this is {is}");
            let diagnostic = Diagnostic::error(Code::ExpressionType, list.span, message);
            let hint = "a feature is looked up by its name: `x.name`";
            self.diagnostics.push(diagnostic.hint(hint));
            return None;
        };
        if !at.ty.conforms(&Type::Integer, self.metamodel) {
            let is = at.ty.display(self.metamodel);
            let message = format!("`lookup` takes a position from 0, this is {is}");
            self.report(Code::ExpressionType, at.span, message);
            return None;
        }
        let ty = (**item).clone();
        let source = Source::Lookup(Box::new((list, at)));
        Some(Typed { source, ty, span })
    }

    /// `@index` and its like, of a block further out by `@../index`.
    fn data(&mut self, name: &Excerpt, frame: &Frame<'_>) -> Option<Typed> {
        let mut word = &name.text[1..];
        let mut ups = 0;
        while let Some(rest) = word.strip_prefix("../").or(word.strip_prefix("...")) {
            (word, ups) = (rest, ups + 1);
        }
        let scope = self.outer(ups, name.span, frame)?;
        let word = format!("@{word}");
        if let Some((index, ty)) = scope.find(&word) {
            self.used.insert(index);
            return Some(Typed {
                source: Source::Variable(index),
                ty: ty.clone(),
                span: name.span,
            });
        }
        let message = match &*word {
            "@key" => {
                "`@key` is for objects that `each` goes over, and here it goes over lists".into()
            }
            "@partial-block" => "`@partial-block` is printed by `{{> @partial-block}}`".into(),
            _ => format!("`{word}` is known inside of `{{{{#each}}}}` only"),
        };
        let diagnostic = Diagnostic::error(Code::UnknownName, name.span, message);
        self.diagnostics
            .push(diagnostic.suggest(&word, ["@index", "@first", "@last"]));
        None
    }

    /// The variables that are visible so many blocks further out.
    fn outer<'s>(
        &mut self,
        ups: usize,
        span: Span,
        frame: &'s Frame<'_>,
    ) -> Option<Cow<'s, Scope>> {
        let Some(left) = frame.marks.len().checked_sub(ups) else {
            let stand = match frame.marks.len() {
                0 => "no block stands around this".to_owned(),
                1 => "one block stands around this".to_owned(),
                n => format!("{n} blocks stand around this"),
            };
            let message = format!("`../` leads out of a block, and {stand}");
            self.report(Code::UnknownName, span, message);
            return None;
        };
        let Some(mark) = frame.marks.get(left) else {
            return Some(Cow::Borrowed(&frame.scope));
        };
        let mut scope = frame.scope.clone();
        scope.truncate(mark.variables);
        Some(Cow::Owned(scope))
    }

    /// `a.b`, `this.b`, `../b`, `@root.b`.
    fn path(&mut self, path: &Excerpt, frame: &Frame<'_>) -> Option<Typed> {
        if let Some(flaw) = odd_name(&path.text) {
            let message = format!("`{flaw}` is no name");
            let diagnostic = Diagnostic::error(Code::UnknownName, path.span, message);
            let hint = "an expression is written `q \"…\"`";
            self.diagnostics.push(diagnostic.hint(hint));
            return None;
        }
        let mut rest = if path.text.contains('/') {
            Excerpt::direct(path.text.replace('/', "."), path.span)
        } else {
            path.clone()
        };
        let behind = |e: &Excerpt, n: usize| e.part(n..e.text.len());
        let mut ups = 0;
        if rest.text.starts_with("@root.") {
            (rest, ups) = (behind(&rest, 6), frame.marks.len());
        }
        // `../` and `./`, whose slashes are dots now.
        while rest.text.starts_with("...") {
            (rest, ups) = (behind(&rest, 3), ups + 1);
        }
        let of_member = rest.text.starts_with("..");
        if of_member {
            rest = behind(&rest, 2);
        }
        let scope = self.outer(ups, path.span, frame)?;
        let named = frame.marks[..frame.marks.len() - ups]
            .last()
            .map(|m| m.named);
        self.in_context(&rest, (&scope, named), of_member)
    }

    /// A path in a block that gives its member a name, or does not, or in no block.
    fn in_context(
        &mut self,
        path: &Excerpt,
        (scope, named): (&Scope, Option<bool>),
        of_member: bool,
    ) -> Option<Typed> {
        let first = path.text.split('.').next().unwrap_or_default();
        let Some(named) = named else {
            // Outside of blocks, `this` is what all names are looked up in.
            let start = if path.text.starts_with("this.") { 5 } else { 0 };
            return self.expression(&path.part(start..path.text.len()), scope);
        };
        if of_member {
            return self.expression(&of_this(path), scope);
        }
        let member = scope.find("this").map(|(_, ty)| ty.clone());
        let has = member.is_some_and(|ty| {
            let classes = ty.item().classes().to_vec();
            classes
                .iter()
                .any(|c| self.metamodel.feature_names(*c).any(|n| n == first))
        });
        if named || !has {
            return self.expression(path, scope);
        }
        if scope.find(first).is_some() {
            let message =
                format!("`{first}` is a variable, and a feature of what the block goes over");
            let diagnostic = Diagnostic::error(Code::UnknownName, path.span, message);
            let hint = format!(
                "write `this.{first}` for the feature, or give the member a name: `as |x|`"
            );
            self.diagnostics.push(diagnostic.hint(hint));
            return None;
        }
        self.expression(&of_this(path), scope)
    }

    pub(super) fn expression(&mut self, text: &Excerpt, scope: &Scope) -> Option<Typed> {
        if let Some((index, ty)) = scope.find(&text.text) {
            self.used.insert(index);
            return Some(Typed {
                source: Source::Variable(index),
                ty: ty.clone(),
                span: text.span,
            });
        }
        let expression = self.compiled(expr::compile(text, scope, self.metamodel))?;
        self.used.extend(expression.uses());
        let ty = expression.ty.clone();
        Some(Typed {
            source: match expression.step(self.metamodel) {
                Some(step) => Source::Step(Box::new(step), expression),
                None => Source::Expression(expression),
            },
            ty,
            span: text.span,
        })
    }
}

/// `this.` before a path, at its place.
fn of_this(path: &Excerpt) -> Excerpt {
    let text: Arc<str> = format!("this.{}", path.text).into();
    let start = path.span.start;
    let inner = (0..=path.text.len()).map(|i| path.place(i..i).start);
    let offsets = std::iter::repeat_n(start, 5).chain(inner).collect();
    Excerpt::mapped(text, path.span, offsets)
}

/// A step of a path that the language takes for a name, and that no feature can be called.
fn odd_name(path: &str) -> Option<&str> {
    if path.contains('[') {
        return Some(path);
    }
    let steps = path.split(['.', '/']);
    let mut steps = steps.filter(|s| !s.is_empty() && *s != "@root");
    steps.find(|s| s.contains(['-', '$']))
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
