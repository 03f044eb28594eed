//! What of templates is never printed: names that nothing reads, partial templates that nothing prints, branches behind
//! a condition that is always the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::nodes::{Source, Typed};
use super::{Compiler, Partials, Template};
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, Sources, Span};
use crate::expr::Type;
use crate::model::Value;

impl Compiler<'_> {
    /// Whether a value may be null, as far as a look at it tells.
    pub(super) fn may_be_null(&self, value: &Typed) -> bool {
        match &value.source {
            Source::Variable(position) => self.optional.contains(position),
            Source::Expression(expression) | Source::Step(_, expression) => {
                expression.may_be_null(&self.optional, self.metamodel)
            }
            Source::Constant(constant) => *constant == Value::Null,
            Source::Lookup(_) => true,
        }
    }

    /// Reports the names of a template, a block or a partial template that nothing reads, and forgets all from the
    /// first position on.
    pub(super) fn leave(&mut self, first: usize, names: &[(&Excerpt, usize, &str)]) {
        for (name, position, what) in names {
            if !self.used.contains(position) && !name.text.starts_with('_') {
                let message = format!("nothing reads the {what} `{}`", name.text);
                self.odd(Code::TemplateUnused, name.span, message);
            }
        }
        self.used.retain(|p| *p < first);
        self.optional.retain(|p| *p < first);
    }

    /// Keeps a warning for the end: where templates have errors, it may be wrong.
    pub(super) fn odd(&mut self, code: Code, span: Span, message: String) {
        // What an inline template holds is looked at for each of its uses.
        let known = |d: &Diagnostic| d.primary.as_ref().is_some_and(|l| l.span == span);
        if !self.odd.iter().any(known) {
            self.odd.push(Diagnostic::warning(code, span, message));
        }
    }

    /// Reports a condition that is always the same.
    pub(super) fn condition_is_odd(&mut self, condition: &Typed) {
        let always = match &condition.source {
            Source::Constant(value) => Some(value.is_truthy()),
            _ if self.may_be_null(condition) => None,
            _ => {
                let there = matches!(
                    condition.ty,
                    Type::Class(_) | Type::OneOf(_) | Type::Enum(_) | Type::Made(_)
                );
                there.then_some(true)
            }
        };
        if let Some(always) = always {
            let word = if always { "true" } else { "false" };
            let why = match condition.source {
                Source::Constant(_) => "",
                _ => ": there is always a value",
            };
            let message = format!("this condition is always {word}{why}");
            self.odd(Code::TemplateOdd, condition.span, message);
        }
    }

    /// Tells what is odd, unless something is wrong.
    pub(super) fn tell_odd(&mut self) {
        let odd = std::mem::take(&mut self.odd);
        if !self.diagnostics.has_errors() {
            self.diagnostics.extend(odd);
        }
    }
}

impl Partials {
    /// Reports the partial templates of the workspace that none of the templates prints.
    pub fn unprinted(
        &self,
        templates: &[Arc<Template>],
        (sources, found): (&Sources, &mut Diagnostics),
    ) {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut left: Vec<&str> = templates
            .iter()
            .flat_map(|t| &t.printed)
            .map(String::as_str)
            .collect();
        while let Some(name) = left.pop() {
            if reached.insert(name) {
                let further = self.printed.get(name).into_iter().flatten();
                left.extend(further.map(String::as_str));
            }
        }
        for (name, span) in &self.places {
            let of_pack = sources.path(span.file).contains(':');
            if !of_pack && !reached.contains(name.as_str()) {
                let message = format!("no template prints the partial template `{name}`");
                found.push(Diagnostic::warning(Code::TemplateUnused, *span, message));
            }
        }
    }
}
