//! What a rule makes of one element: all that it reads is evaluated here, and nothing is written.

use super::Rule;
use crate::expr::{Basis, Context, Failure, Memo, Reads, Slot};
use crate::model::{ObjectId, Reach, Value};
use crate::recipe::{Action, Made};

/// What a rule makes of an element.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    /// What it makes, where it applies.
    pub(super) applied: Option<Applied>,
    /// What could not be evaluated; what was made before that is made nevertheless.
    pub(super) failure: Option<Failure>,
}

/// What a rule makes of an element to which it applies.
#[derive(Clone, Debug)]
pub(super) struct Applied {
    /// What its conditions read.
    pub(super) guards: Vec<Slot>,
    /// By position of the binding, what it makes.
    pub(super) made: Vec<(usize, Made)>,
}

impl Rule {
    /// Evaluates the rule for an element.
    pub(super) fn outcome(
        &self,
        from: Reach<'_>,
        element: ObjectId,
        memo: &Memo,
    ) -> (Outcome, Option<Basis>) {
        let reads = Reads::default();
        let context = Context::new(from, &reads).remembering(memo);
        let mut outcome = Outcome::default();
        let mut basis = Basis::default();
        if let Err(failure) = self.evaluate(&context, element, (&mut outcome, &mut basis)) {
            // Of what failed, not all reads are known.
            outcome.failure = Some(failure);
            return (outcome, None);
        }
        basis.add(&reads);
        let yielding = self.bindings.iter().filter(|b| b.action.yields());
        basis.slots.extend(yielding.map(|b| (element, b.feature)));
        (outcome, Some(basis))
    }

    fn evaluate(
        &self,
        context: &Context<'_>,
        element: ObjectId,
        (outcome, basis): (&mut Outcome, &mut Basis),
    ) -> Result<(), Failure> {
        let mut variables = vec![Value::Object(element)];
        for (_, expression) in &self.lets {
            let value = expression.evaluate(context, &variables)?;
            variables.push(value);
        }
        for guard in &self.guards {
            if !guard.holds(context, &variables)? {
                return Ok(());
            }
        }
        let guards = context.reads.take();
        basis.slots.extend_from_slice(&guards);
        let made = Vec::new();
        let applied = outcome.applied.insert(Applied { guards, made });
        for (number, binding) in self.bindings.iter().enumerate() {
            if binding.action.yields() && context.model.is_set(element, binding.feature) {
                continue;
            }
            let made = binding.recipe.make(context, &mut variables)?;
            made.each_read(&mut |slot| basis.slots.push(slot));
            if !made.is_nothing() || binding.action == Action::Set {
                applied.made.push((number, made));
            }
        }
        Ok(())
    }
}
