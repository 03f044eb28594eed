//! What differs between two versions of the rules of a map, as far as it can be followed.

use std::collections::BTreeSet;

use super::{Map, Rule, Source, Target};
use crate::expr::{Expression, Lazy, Type};
use crate::metamodel::FeatureId;
use crate::recipe::Moved;

/// What has to be done again since rules changed.
#[derive(Debug, Default)]
pub(super) struct Difference {
    /// Rules that may match other objects.
    pub(super) rules: BTreeSet<usize>,
    /// Slots that are written differently: the rule, the position of the target, the feature.
    pub(super) slots: BTreeSet<(usize, u16, FeatureId)>,
    /// Where the rest stands now.
    pub(super) moved: Moved,
}

impl Difference {
    /// Compares two versions; `None` where rules come, go, or make something else altogether.
    pub(super) fn between(before: &Map, now: &Map) -> Option<Self> {
        let outputs = |m: &Map| -> Vec<_> {
            let all = m.outputs.iter();
            all.map(|o| (o.name.clone(), o.package)).collect()
        };
        let same = before.types == now.types
            && before.rules.len() == now.rules.len()
            && before.inputs == now.inputs
            && outputs(before) == outputs(now)
            && are_same(&before.lets, &now.lets);
        let mut difference = Self::default();
        for (number, (one, other)) in before.rules.iter().zip(&now.rules).enumerate() {
            if !same || !difference.compare(number, (one, other)) {
                return None;
            }
        }
        (same && !difference.moved.is_ambiguous()).then_some(difference)
    }

    /// Adds what differs in a rule; whether that can be followed.
    fn compare(&mut self, number: usize, (before, now): (&Rule, &Rule)) -> bool {
        let same = before.is_abstract == now.is_abstract
            && before.also == now.also
            && before.lazy == now.lazy
            && before.ancestors == now.ancestors
            && before.output == now.output
            && before.sources.len() == now.sources.len()
            && before.targets.len() == now.targets.len()
            && before.sources.iter().zip(&now.sources).all(is_same_source)
            && before.targets.iter().zip(&now.targets).all(fits);
        if !same {
            return false;
        }
        self.moved.put(before.span, now.span);
        if now.is_abstract {
            return true;
        }
        // What a match is worth keeping for is that its `let`s have the values that they had.
        let conditions = are_same(&before.lets, &now.lets) && are_same(&before.guards, &now.guards);
        if !conditions {
            self.rules.insert(number);
        }
        let mut written = true;
        for (at, (one, other)) in (0u16..).zip(before.targets.iter().zip(&now.targets)) {
            for (one, other) in one.bindings.iter().zip(&other.bindings) {
                if !one.is_same(other, &mut self.moved) {
                    self.slots.insert((number, at, other.feature()));
                    written = false;
                }
            }
        }
        // What rules are called for with, and pairs that they match, is not looked at again one by one.
        let of_class = |s: &Source| matches!(s.ty, Type::Class(_));
        let alone = now.lazy == Lazy::No && matches!(&now.sources[..], [s] if of_class(s));
        conditions && (written || now.lazy == Lazy::No) || alone
    }
}

fn are_same(before: &[Expression], now: &[Expression]) -> bool {
    before.len() == now.len() && before.iter().zip(now).all(|(a, b)| a.is_same(b))
}

fn is_same_source((before, now): (&Source, &Source)) -> bool {
    before.ty == now.ty && before.input == now.input
}

/// Whether two targets are of one class, and features are bound in the same order.
fn fits((before, now): (&Target, &Target)) -> bool {
    let features =
        |t: &Target| -> Vec<FeatureId> { t.bindings.iter().map(super::Bound::feature).collect() };
    before.class == now.class && features(before) == features(now)
}
