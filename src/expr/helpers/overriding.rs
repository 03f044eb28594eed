//! Helpers of one name for classes that are super types of each other: they must be called alike.

use super::{Helper, Helpers};
use crate::diag::{Code, Diagnostic};
use crate::expr::Type;
use crate::metamodel::{ClassId, Metamodel};

impl Helpers {
    /// What is wrong with the helpers from a position on, beside those before.
    pub(super) fn misfits(&self, from: usize, metamodel: &Metamodel) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (index, helper) in self.all.iter().enumerate() {
            let Some(Type::Class(class)) = helper.receiver else {
                continue;
            };
            for (other, above) in self.named(&helper.name) {
                let Some(Type::Class(parent)) = above.receiver else {
                    continue;
                };
                if index.max(other) < from || index == other {
                    continue;
                }
                if metamodel.conforms(class, parent) {
                    found.extend(misfit(helper, above, metamodel));
                } else if index > other {
                    let both = [(helper, class), (above, parent)];
                    found.extend(self.undecided(both, metamodel));
                }
            }
        }
        found
    }

    /// Says that nothing tells which of two helpers is for the objects of a class that has both.
    fn undecided(
        &self,
        [(one, class), (other, parent)]: [(&Helper, ClassId); 2],
        metamodel: &Metamodel,
    ) -> Option<Diagnostic> {
        if metamodel.conforms(parent, class) {
            return None;
        }
        let both = |c: &ClassId| metamodel.conforms(*c, parent) && metamodel.conforms(*c, class);
        let undecided = |c: &ClassId| {
            let chosen = self.of_class(&one.name, *c, metamodel).map(|i| self.get(i));
            chosen.is_some_and(|h| match h.receiver {
                Some(Type::Class(of)) => !both(&of),
                _ => false,
            })
        };
        let class = metamodel.concrete(class).filter(both).find(undecided)?;
        let name = &metamodel.class(class).name;
        let message = format!(
            "`{name}` has `{}` and `{}`, and neither goes first",
            other.title.text, one.title.text
        );
        let finding = Diagnostic::error(Code::RuleConflict, one.title.span, message);
        let finding = finding.related(other.title.span, "the other one");
        Some(finding.hint(format!("write `{name}.{}` too", one.name)))
    }
}

/// Says how a helper differs from the one of a super type that it replaces.
fn misfit(helper: &Helper, above: &Helper, metamodel: &Metamodel) -> Option<Diagnostic> {
    let types = |h: &Helper| {
        h.parameters
            .iter()
            .map(|(_, t)| t.clone())
            .collect::<Vec<_>>()
    };
    if types(helper) == types(above) && helper.result.conforms(&above.result, metamodel) {
        return None;
    }
    let (own, wanted) = (helper.signature(metamodel), above.signature(metamodel));
    let message = format!("`{own}` does not fit `{wanted}`, which it replaces");
    let finding = Diagnostic::error(Code::ExpressionType, helper.title.span, message);
    Some(finding.related(above.title.span, "replaced here"))
}
