//! What of templates is never printed: names that nothing reads, partial templates that nothing prints, branches behind
//! a condition that is always the same.

use std::collections::BTreeSet;

use super::nodes::{Source, Typed};
use super::{Compiler, Loaded};
use crate::diag::{Code, Diagnostic, Excerpt, Span};
use crate::expr::Type;
use crate::model::Value;

impl Compiler<'_> {
    /// Whether a value may be null, as far as a look at it tells.
    pub(super) fn may_be_null(&self, value: &Typed) -> bool {
        match &value.source {
            Source::Variable(position) => self.optional.contains(position),
            Source::Expression(expression) => {
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

    /// Reports the partial templates of the workspace that no template prints.
    pub(super) fn unprinted(&mut self, files: &[(String, Loaded)]) {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut left = vec![""];
        while let Some(user) = left.pop() {
            let printed = self.printed.get(user).into_iter().flatten();
            let new: Vec<&str> = printed
                .map(String::as_str)
                .filter(|p| reached.insert(p))
                .collect();
            left.extend(new);
        }
        let unprinted = files.iter().filter(|(name, loaded)| {
            let of_pack = self.sources.path(loaded.file).contains(':');
            !of_pack && !reached.contains(name.as_str())
        });
        let odd: Vec<Diagnostic> = unprinted
            .map(|(name, loaded)| {
                let message = format!("no template prints the partial template `{name}`");
                let span = Span::new(loaded.file, 0, 3);
                Diagnostic::warning(Code::TemplateUnused, span, message)
            })
            .collect();
        self.odd.extend(odd);
    }
}
