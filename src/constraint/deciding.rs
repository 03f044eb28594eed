//! What decides that an element does not hold to a constraint, for those who tell where that comes from.

use super::Constraint;
use super::check::bind;
use crate::expr::{Context, Failure, Memo, Reads, Slot};
use crate::model::{ObjectId, Reach};

/// Finds out what decides. Nearly all elements are sound, and of the others few are asked about, so it evaluates again.
pub struct Deciding<'m> {
    from: Reach<'m>,
    reads: Reads,
    memo: Memo,
}

impl<'m> Deciding<'m> {
    /// For a model, and what is known beside it.
    pub fn new(from: Reach<'m>) -> Self {
        Self {
            from,
            reads: Reads::default(),
            memo: Memo::default(),
        }
    }

    /// The slots that decide for an element that does not hold to a constraint: the one that is underlined, then those
    /// that are read, nearest to the decision first.
    pub fn slots(&self, constraint: &Constraint, object: ObjectId) -> Vec<Slot> {
        self.read(constraint, object).unwrap_or_default()
    }

    fn read(&self, constraint: &Constraint, object: ObjectId) -> Result<Vec<Slot>, Failure> {
        let reads = &self.reads;
        reads.forget();
        let context = Context::new(self.from, reads).remembering(&self.memo);
        let mut variables = Vec::new();
        bind(constraint, (object, &context), &mut variables)?;
        let of_lets = reads.taken(<[Slot]>::to_vec);
        if let Some(guard) = &constraint.guard {
            guard.holds(&context, &variables)?;
        }
        let of_guard = reads.taken(<[Slot]>::to_vec);
        reads.variables_taken(|_| ());
        constraint.assertion.evaluate(&context, &variables)?;
        let mut first = Vec::from_iter(constraint.at.map(|f| (object, f)));
        reads.variables_taken(|variable| {
            let implied = variable.checked_sub(1);
            let feature = implied.and_then(|at| constraint.implied.get(at));
            first.extend(feature.map(|feature| (object, *feature)));
        });
        Ok(reads.taken(|read| each_once(&first, [read, &of_lets, &of_guard])))
    }
}

/// The slots of several lists, each where it stands first. All lists but the first, which is short, are in order.
fn each_once(short: &[Slot], long: [&[Slot]; 3]) -> Vec<Slot> {
    let most = short.len() + long.iter().map(|list| list.len()).sum::<usize>();
    let mut all = Vec::with_capacity(most);
    for (at, slot) in short.iter().enumerate() {
        if !short[..at].contains(slot) {
            all.push(*slot);
        }
    }
    for (at, list) in long.iter().enumerate() {
        let is_new = |slot: &Slot| {
            let mut before = long[..at].iter();
            !short.contains(slot) && !before.any(|list| list.binary_search(slot).is_ok())
        };
        all.extend(list.iter().copied().filter(is_new));
    }
    all
}
