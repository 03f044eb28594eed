//! What is known of variables where a condition holds: after `x.isKindOf(Book) and` an `x` is a `Book`.

use super::Checker;
use crate::expr::Type;
use crate::expr::node::{Argument, Kind, Node};
use crate::expr::operations::Operation;
use crate::expr::syntax::Binary;

/// Positions of variables, and what they are where a condition holds.
pub(super) fn of(condition: &Node) -> Vec<(usize, Type)> {
    let mut found = Vec::new();
    collect(condition, &mut found);
    found
}

fn collect(condition: &Node, found: &mut Vec<(usize, Type)>) {
    match &condition.kind {
        Kind::Binary(Binary::And, left, right) => {
            collect(left, found);
            collect(right, found);
        }
        Kind::Call(call) if !call.each && is_question(call.operation) => {
            if let (Kind::Variable(position), [Argument::Type(ty)]) =
                (&call.receiver.kind, &call.arguments[..])
                && ty.is_object()
            {
                found.push((*position, ty.clone()));
            }
        }
        _ => {}
    }
}

fn is_question(operation: &Operation) -> bool {
    matches!(operation.name, "isKindOf" | "isTypeOf")
}

impl Checker<'_> {
    /// Checks something where variables are known to be of more special types.
    pub(super) fn within<T>(
        &mut self,
        known: Vec<(usize, Type)>,
        check: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let mut before = Vec::new();
        for (position, ty) in known {
            let Some((_, Some(general))) = self.variables.get(position) else {
                continue;
            };
            if ty.conforms(general, self.metamodel) {
                before.push((position, general.clone()));
                self.variables[position].1 = Some(ty);
            }
        }
        let checked = check(self);
        for (position, ty) in before.into_iter().rev() {
            self.variables[position].1 = Some(ty);
        }
        checked
    }

    /// The type of the members that a condition leaves, where it asks for their class.
    pub(super) fn narrowed_by(
        &self,
        operation: &Operation,
        arguments: &[Argument],
        ty: Type,
    ) -> Type {
        let ("select" | "any", [Argument::Body(body)]) = (operation.name, arguments) else {
            return ty;
        };
        // The member is the variable that comes behind those that are known here.
        let member = self.variables.len();
        let fits = |t: &Type| t.conforms(ty.item(), self.metamodel);
        let mut known = of(body).into_iter().filter(|(at, _)| *at == member);
        let Some((_, special)) = known.find(|(_, t)| fits(t)) else {
            return ty;
        };
        if ty.is_list() {
            special.list()
        } else {
            special
        }
    }
}
