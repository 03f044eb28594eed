//! Operations of anything, null included: what kind of value it is.

use super::rules::{self, Signature, Typed};
use super::{Call, Form, Operation, Receiver, row};
use crate::expr::check::Mistake;
use crate::expr::{Failure, Type};
use crate::model::Value;

const CLASS: (Receiver, Form) = (Receiver::Any, Form::Type(1));
const NONE: (Receiver, Form) = (Receiver::Any, Form::Values(0, 0));

#[rustfmt::skip]
pub(super) const ROWS: &[Operation] = &[
    row(CLASS, ("isKindOf", "isKindOf(Type): Boolean", "Whether the value is of the class or one of its sub types, of the enum or of the data type; null is of none."), (is_type, is_kind_of)).also(&["oclIsKindOf"]),
    row(CLASS, ("isTypeOf", "isTypeOf(Type): Boolean", "Whether the value is of exactly that class, enum or data type."), (is_type, is_type_of)).also(&["oclIsTypeOf"]),
    row(NONE, ("isUndefined", "isUndefined(): Boolean", "Whether the value is null."), (rules::boolean, is_undefined)).also(&["oclIsUndefined", "oclIsInvalid"]),
    row(NONE, ("isDefined", "isDefined(): Boolean", "Whether the value is not null."), (rules::boolean, is_defined)),
];

fn is_type(s: &Signature<'_>) -> Typed {
    let wanted = s.argument(0);
    if !wanted.overlaps(s.receiver, s.metamodel) {
        let (one, other) = (s.show(s.receiver), s.show(wanted));
        s.note(Mistake::at(0, format!("a `{one}` is never a `{other}`")));
    }
    rules::boolean(s)
}

fn is_kind_of(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let is = match (call.site.wanted(), &*call.receiver) {
        (Some(Type::Real), Value::Integer(_)) => true,
        (Some(ty), value) if ty.is_object() && !matches!(value, Value::Null) => {
            call.is_wanted(call.object()?)
        }
        (Some(ty), value) => is_scalar(ty, value),
        (None, _) => false,
    };
    Ok(Value::Boolean(is))
}

fn is_type_of(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    let is = match (call.site.wanted(), &*call.receiver) {
        (Some(ty), value) if ty.is_object() && !matches!(value, Value::Null) => {
            let class = call.model().class(call.object()?);
            ty.classes().contains(&class)
        }
        (Some(ty), value) => is_scalar(ty, value),
        (None, _) => false,
    };
    Ok(Value::Boolean(is))
}

fn is_scalar(ty: &Type, value: &Value) -> bool {
    match (ty, value) {
        (Type::Boolean, Value::Boolean(_))
        | (Type::Integer, Value::Integer(_))
        | (Type::Real, Value::Real(_))
        | (Type::String, Value::String(_)) => true,
        (Type::Enum(wanted), Value::Enum(is, _)) => wanted == is,
        _ => false,
    }
}

fn is_undefined(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    Ok(Value::Boolean(*call.receiver == Value::Null))
}

fn is_defined(call: &mut Call<'_, '_>) -> Result<Value, Failure> {
    Ok(Value::Boolean(*call.receiver != Value::Null))
}
