//! Templates that other templates print: files, `{{#*inline}}`, and what stands between `{{#> name}}` and `{{/name}}`.

use std::sync::Arc;

use super::nodes::{Indent, Op, Typed};
use super::{Compiler, Draft, Frame, Kind, PARTIAL_KEYS};
use crate::diag::{Code, Diagnostic, Excerpt, Span};
use crate::expr::{Expression, Scope, Type};
use crate::generate::syntax::{Argument, Inline, Partial, partial_name};

/// A template that other templates print.
#[derive(Clone)]
pub(in crate::generate) struct PartialTemplate {
    pub(in crate::generate) parameters: Vec<(Arc<str>, Type)>,
    pub(in crate::generate) lets: Vec<Expression>,
    pub(in crate::generate) body: Arc<[Op]>,
}

/// A partial template inside of another.
pub(super) struct InlineTemplate<'n> {
    name: &'n Excerpt,
    inline: &'n Inline,
    used: bool,
    /// Whether it is being compiled: a use of it is a recursion.
    open: bool,
}

/// How many uses of inline templates one template may have, each with all that it prints.
const MAX_INLINE_USES: usize = 1000;

impl<'n> Compiler<'_> {
    /// The partial template of a name, compiled when it is first asked for.
    pub(super) fn partial_named(&mut self, name: &str) -> Option<Arc<PartialTemplate>> {
        if let Some(done) = self.done.get(name) {
            return done.clone();
        }
        let loaded = self.loaded.remove(name)?;
        self.open.push(name.to_owned());
        // A partial template has variables of its own, from position 0.
        let outer = (
            std::mem::take(&mut self.used),
            std::mem::take(&mut self.optional),
        );
        let partial = self.partial(loaded).map(Arc::new);
        (self.used, self.optional) = outer;
        self.open.pop();
        self.done.insert(name.to_owned(), partial.clone());
        partial
    }

    fn partial(&mut self, loaded: &Draft) -> Option<PartialTemplate> {
        let record = loaded
            .front
            .record("a partial template", PARTIAL_KEYS, self.diagnostics)?;
        record.flag("raw", self.diagnostics);
        let mut scope = Scope::with(self.helpers.clone());
        let (mut parameters, mut names) = (Vec::new(), Vec::new());
        for entry in record.map("parameters", self.diagnostics) {
            let Some(text) = entry.value.scalar() else {
                continue;
            };
            let Some(ty) = Type::parse(&text.text, self.metamodel) else {
                let message = format!("there is no type `{}`", text.text);
                let diagnostic = Diagnostic::error(Code::UnknownClass, text.span, message);
                let hint = "a class, an enum, String, Integer, Real or Boolean; `X[*]` is a list";
                self.diagnostics.push(diagnostic.hint(hint));
                continue;
            };
            let position = scope.push(entry.key.text.clone(), ty.clone());
            self.optional.insert(position);
            names.push((&entry.key, position, "parameter"));
            parameters.push((entry.key.text.clone(), ty));
        }
        let (lets, more) = self.lets(&record, &mut scope);
        names.extend(more);
        let body = self.body(loaded, Kind::Partial, scope);
        self.leave(0, &names);
        Some(PartialTemplate {
            parameters,
            lets,
            body,
        })
    }

    /// Remembers a partial template that stands in this one.
    pub(super) fn inline(&mut self, inline: &'n Inline, frame: &mut Frame<'n>) {
        let call = &inline.call;
        let (Argument::Path(word), [Argument::Text(name)]) = (&call.name, &call.arguments[..])
        else {
            let message = "an inline template is written `{{#*inline \"name\"}}`";
            self.report(Code::TemplateSyntax, call.span, message);
            return;
        };
        if &*word.text != "inline" {
            let message = format!("there is no decorator `{}`", word.text);
            let diagnostic = Diagnostic::error(Code::TemplateSyntax, word.span, message);
            self.diagnostics
                .push(diagnostic.suggest(&word.text, ["inline"]));
            return;
        }
        self.no_named(call);
        frame.inlines.push(InlineTemplate {
            name,
            inline,
            used: false,
            open: false,
        });
    }

    /// Forgets the inline templates of a block that ends.
    pub(super) fn forget_inlines(&mut self, kept: usize, frame: &mut Frame<'n>) {
        for inline in frame.inlines.drain(kept..).filter(|i| !i.used) {
            let message = format!(
                "the inline template `{}` is never printed",
                inline.name.text
            );
            self.odd(Code::TemplateUnused, inline.name.span, message);
        }
    }

    pub(super) fn partial_use(&mut self, used: &'n Partial, frame: &mut Frame<'n>) -> Option<Op> {
        let Argument::Path(written) = &used.call.name else {
            let message = "which template is printed is known before anything is";
            let diagnostic = Diagnostic::error(Code::TemplateSyntax, used.call.span, message);
            let hint = "choose with `{{#if}}` between `{{> a}}` and `{{> b}}`";
            self.diagnostics.push(diagnostic.hint(hint));
            return None;
        };
        for argument in &used.call.arguments {
            let message = "a partial template takes `name=value`";
            self.report(Code::TemplateSyntax, argument.span(), message);
        }
        let name = partial_name(&written.text);
        if name == "@partial-block" {
            return self.inner(used, frame);
        }
        let inner = used.body.as_ref().map(|b| self.nodes(b, frame).into());
        let of_name = |i: &InlineTemplate<'_>| &*i.name.text == name;
        if let Some(index) = frame.inlines.iter().rposition(of_name) {
            if inner.is_some() {
                let message = format!("`{name}` stands inline and takes no text");
                self.report(Code::TemplateSyntax, written.span, message);
            }
            return self.inline_use((used, written.span), index, frame);
        }
        let partial = self.known_partial(name, written.span)?;
        let arguments = self.arguments(used, &partial, frame)?;
        Some(Op::Partial {
            partial,
            arguments,
            indent: Indent::of(used),
            inner,
        })
    }

    fn known_partial(&mut self, name: &str, span: Span) -> Option<Arc<PartialTemplate>> {
        if self.open.iter().any(|n| n == name) {
            let message = format!("the partial template `{name}` prints itself");
            self.report(Code::TemplateSyntax, span, message);
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
            let diagnostic = Diagnostic::error(Code::UnknownName, span, message);
            self.diagnostics
                .push(diagnostic.suggest(name, known.iter().map(String::as_str)));
            return None;
        }
        let user = self.open.last().cloned().unwrap_or_default();
        let printed = self.printed.entry(user).or_default();
        printed.insert(name.to_owned());
        self.partial_named(name)
    }

    /// `{{> @partial-block}}`, with what is printed where there is none.
    fn inner(&mut self, used: &'n Partial, frame: &mut Frame<'n>) -> Option<Op> {
        for (key, _) in &used.call.named {
            let message = "`@partial-block` takes no values".to_owned();
            self.report(Code::TemplateSyntax, key.span, message);
        }
        if frame.kind == Kind::Whole {
            let message = "`@partial-block` is what a partial template prints for its user";
            self.report(Code::TemplateSyntax, used.call.span, message);
            return None;
        }
        let fallback = used.body.as_deref().unwrap_or_default();
        Some(Op::Inner(self.nodes(fallback, frame).into()))
    }

    /// A use of an inline template: its parts with the variables that are visible here.
    fn inline_use(
        &mut self,
        (used, span): (&'n Partial, Span),
        index: usize,
        frame: &mut Frame<'n>,
    ) -> Option<Op> {
        frame.inlines[index].used = true;
        let name = frame.inlines[index].name.text.clone();
        if frame.inlines[index].open {
            let message = format!("the inline template `{name}` prints itself");
            self.report(Code::TemplateSyntax, span, message);
            return None;
        }
        frame.inline_uses += 1;
        if frame.inline_uses == MAX_INLINE_USES {
            let message =
                format!("inline templates are printed at more than {MAX_INLINE_USES} places");
            self.report(Code::Limit, span, message);
        }
        if frame.inline_uses >= MAX_INLINE_USES {
            return None;
        }
        let named = &used.call.named;
        let values: Vec<(&Excerpt, Typed)> = named
            .iter()
            .filter_map(|(key, a)| Some((key, self.value(a, frame)?)))
            .collect();
        let mark = frame.scope.len();
        for (key, value) in &values {
            let position = frame.scope.push(key.text.clone(), value.ty.clone());
            if self.may_be_null(value) {
                self.optional.insert(position);
            }
        }
        frame.inlines[index].open = true;
        let inline = frame.inlines[index].inline;
        let body = self.nodes(&inline.body, frame).into();
        frame.inlines[index].open = false;
        frame.scope.truncate(mark);
        self.leave(mark, &[]);
        let values = values.into_iter().map(|(_, v)| v).collect();
        Some(Op::Let(values, body, Indent::of(used)))
    }

    /// The values of the parameters of a partial template, in their order.
    fn arguments(
        &mut self,
        used: &'n Partial,
        partial: &PartialTemplate,
        frame: &mut Frame<'n>,
    ) -> Option<Vec<Typed>> {
        let name = partial_name(used.call.name.text());
        let named = &used.call.named;
        let given: Vec<(&Excerpt, Typed)> = named
            .iter()
            .filter_map(|(key, a)| Some((key, self.value(a, frame)?)))
            .collect();
        for (index, (key, _)) in named.iter().enumerate() {
            if named[..index].iter().any(|(k, _)| k.text == key.text) {
                let message = format!("`{}=` is given twice", key.text);
                self.report(Code::TemplateSyntax, key.span, message);
            }
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
                if !named.iter().any(|(key, _)| key.text == *parameter) {
                    let message = format!("`{name}` needs `{parameter}=`");
                    self.report(Code::UnknownName, used.call.span, message);
                }
                return None;
            };
            if !value.ty.conforms(ty, self.metamodel) {
                let (is, wants) = (value.ty.display(self.metamodel), ty.display(self.metamodel));
                let message = format!("`{parameter}` is {wants}, this is {is}");
                self.report(Code::ExpressionType, value.span, message);
            }
            arguments.push(value.clone());
        }
        Some(arguments)
    }
}
