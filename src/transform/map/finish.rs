//! The end of a run: roots, other ends of references, and parts that are in no file.

use super::run::Findings;
use super::state::State;
use crate::diag::{Code, Diagnostic, Span};
use crate::metamodel::FeatureId;
use crate::model::{Model, ObjectId, Origin};

impl State<'_> {
    /// Makes the objects without a container roots, and the other ends of references.
    pub(super) fn finish(&self, found: &mut Findings) {
        let mut target = self.made.target.borrow_mut();
        for (object, feature) in target.complete_opposites() {
            let (name, path) = (
                &target.metamodel().feature(feature).name,
                target.path(object),
            );
            let message = format!(
                "`{name}` of {path} loses its target: several objects refer to it, and its other direction holds one"
            );
            let span = self.binding_of(&target, (object, feature));
            found.push(Diagnostic::error(Code::RuleConflict, span, message));
        }
        let mut roots = Vec::new();
        for number in 0..target.bound() {
            let object = ObjectId(u32::try_from(number).expect("a number of an object"));
            if !target.is_deleted(object) && target.container(object).is_none() {
                roots.push(object);
            }
        }
        for root in roots {
            target.add_root(root);
        }
        self.leave_out_cycles(&mut target, found);
    }

    /// Reports objects that are parts of themselves, which would be in no file, and leaves them out.
    fn leave_out_cycles(&self, target: &mut Model, found: &mut Findings) {
        let reached = target.objects().len();
        let alive = (0..target.bound())
            .filter_map(|n| u32::try_from(n).ok().map(ObjectId))
            .filter(|o| !target.is_deleted(*o));
        let alive: Vec<ObjectId> = alive.collect();
        if alive.len() == reached {
            return;
        }
        let mut seen = vec![false; target.bound()];
        target
            .objects()
            .iter()
            .for_each(|o| seen[o.0 as usize] = true);
        let unreached: Vec<ObjectId> = alive.into_iter().filter(|o| !seen[o.0 as usize]).collect();
        for object in &unreached {
            let object = *object;
            if seen[object.0 as usize] {
                continue;
            }
            for above in std::iter::once(object).chain(target.ancestors(object)) {
                if std::mem::replace(&mut seen[above.0 as usize], true) {
                    break;
                }
            }
            let Some(feature) = target.containing_feature(object) else {
                continue;
            };
            let container = target.container(object).unwrap_or(object);
            let class = target.class_name(object);
            let message = format!("a `{class}` would be a part of itself");
            let span = self.binding_of(target, (container, feature));
            found.push(Diagnostic::error(Code::RuleConflict, span, message));
        }
        target.forget(unreached);
    }

    /// Where the binding stands that wrote a slot of the target.
    pub(super) fn binding_of(&self, target: &Model, slot: (ObjectId, FeatureId)) -> Span {
        let origin = target.origin(slot.0, slot.1);
        match origin.unwrap_or(target.object_origin(slot.0)) {
            Origin::Derived(link) => self.made.trace.borrow().get(link).binding,
            Origin::Written(span) => span,
            Origin::Implied => self.map.rules[0].span,
        }
    }
}
