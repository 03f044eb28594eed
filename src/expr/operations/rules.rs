//! Type rules that operations share.

use std::cell::RefCell;

use crate::expr::Type;
use crate::expr::check::Mistake;
use crate::expr::node::Argument;
use crate::metamodel::Metamodel;

/// The types of a call.
#[derive(Clone, Copy, Debug)]
pub(in crate::expr) struct Signature<'s> {
    pub(in crate::expr) receiver: &'s Type,
    pub(in crate::expr) arguments: &'s [Argument],
    pub(in crate::expr) metamodel: &'s Metamodel,
    /// What is odd about the call, although it can be computed.
    pub(in crate::expr) oddities: &'s RefCell<Vec<Mistake>>,
}

pub(super) type Typed = Result<Type, Mistake>;

impl Signature<'_> {
    pub(super) fn item(&self) -> &Type {
        self.receiver.item()
    }

    /// The type of an argument.
    pub(super) fn argument(&self, index: usize) -> &Type {
        self.arguments.get(index).map_or(&Type::Null, Argument::ty)
    }

    pub(super) fn show(&self, ty: &Type) -> String {
        ty.display(self.metamodel)
    }

    /// Asks that an argument conforms to a type.
    pub(super) fn expect(&self, index: usize, wanted: &Type) -> Result<(), Mistake> {
        let is = self.argument(index);
        if is.conforms(wanted, self.metamodel) {
            return Ok(());
        }
        let (is, wanted) = (self.show(is), self.show(wanted));
        Err(Mistake::at(
            index,
            format!("this must be `{wanted}`, not `{is}`"),
        ))
    }

    /// Asks that all arguments conform to a type.
    fn expect_all(&self, wanted: &Type) -> Result<(), Mistake> {
        (0..self.arguments.len()).try_for_each(|i| self.expect(i, wanted))
    }

    /// Says that a call always gives the same.
    pub(super) fn note(&self, oddity: Mistake) {
        self.oddities.borrow_mut().push(oddity);
    }

    /// Asks that the members of an argument can be members of the receiver; objects that cannot are odd only.
    pub(super) fn expect_overlap(&self, index: usize, is: &Type) -> Result<(), Mistake> {
        if is.overlaps(self.item(), self.metamodel) {
            return Ok(());
        }
        let (shown, item) = (self.show(is), self.show(self.item()));
        let mistake = Mistake::at(index, format!("a list of `{item}` never has a `{shown}`"));
        if is.is_object() && self.item().is_object() {
            self.note(mistake);
            return Ok(());
        }
        Err(mistake)
    }

    /// The list of what both have in common.
    pub(super) fn joined(&self, index: usize, other: &Type) -> Typed {
        if let Some(ty) = self.item().common(other, self.metamodel) {
            return Ok(ty.list());
        }
        let (one, other) = (self.show(self.item()), self.show(other));
        let message = format!("a list cannot have members of `{one}` and of `{other}`");
        Err(Mistake::at(index, message))
    }
}

// Results whatever the arguments are.

pub(super) fn boolean(_: &Signature<'_>) -> Typed {
    Ok(Type::Boolean)
}

pub(super) fn integer(_: &Signature<'_>) -> Typed {
    Ok(Type::Integer)
}

pub(super) fn string(_: &Signature<'_>) -> Typed {
    Ok(Type::String)
}

pub(super) fn real(_: &Signature<'_>) -> Typed {
    Ok(Type::Real)
}

pub(super) fn strings(_: &Signature<'_>) -> Typed {
    Ok(Type::String.list())
}

/// The receiver as a list.
pub(super) fn list(s: &Signature<'_>) -> Typed {
    Ok(s.item().clone().list())
}

/// A member of the receiver.
pub(super) fn member(s: &Signature<'_>) -> Typed {
    Ok(s.item().clone())
}

// Text as arguments.

pub(super) fn texts_to_string(s: &Signature<'_>) -> Typed {
    s.expect_all(&Type::String).map(|()| Type::String)
}

pub(super) fn texts_to_boolean(s: &Signature<'_>) -> Typed {
    s.expect_all(&Type::String).map(|()| Type::Boolean)
}

pub(super) fn texts_to_integer(s: &Signature<'_>) -> Typed {
    s.expect_all(&Type::String).map(|()| Type::Integer)
}

pub(super) fn texts_to_strings(s: &Signature<'_>) -> Typed {
    s.expect_all(&Type::String).map(|()| Type::String.list())
}

pub(super) fn integers_to_string(s: &Signature<'_>) -> Typed {
    s.expect_all(&Type::Integer).map(|()| Type::String)
}

// Members as arguments.

pub(super) fn integer_to_member(s: &Signature<'_>) -> Typed {
    s.expect(0, &Type::Integer).map(|()| s.item().clone())
}

pub(super) fn member_to_boolean(s: &Signature<'_>) -> Typed {
    s.expect_overlap(0, s.argument(0)).map(|()| Type::Boolean)
}

pub(super) fn member_to_integer(s: &Signature<'_>) -> Typed {
    s.expect_overlap(0, s.argument(0)).map(|()| Type::Integer)
}

pub(super) fn member_to_list(s: &Signature<'_>) -> Typed {
    s.expect_overlap(0, s.argument(0))?;
    list(s)
}

pub(super) fn members_to_boolean(s: &Signature<'_>) -> Typed {
    let other = s.argument(0).item();
    s.expect_overlap(0, other).map(|()| Type::Boolean)
}

pub(super) fn members_to_list(s: &Signature<'_>) -> Typed {
    s.expect_overlap(0, s.argument(0).item())?;
    list(s)
}

pub(super) fn with_member(s: &Signature<'_>) -> Typed {
    s.joined(0, s.argument(0))
}

pub(super) fn with_members(s: &Signature<'_>) -> Typed {
    s.joined(0, s.argument(0).item())
}

// Bodies.

fn condition(s: &Signature<'_>) -> Result<(), Mistake> {
    let is = s.argument(0);
    if is.conforms(&Type::Boolean, s.metamodel) {
        return Ok(());
    }
    let message = format!("the condition must be Boolean, not `{}`", s.show(is));
    Err(Mistake::at(0, message))
}

pub(super) fn condition_to_list(s: &Signature<'_>) -> Typed {
    condition(s)?;
    list(s)
}

pub(super) fn condition_to_member(s: &Signature<'_>) -> Typed {
    condition(s)?;
    member(s)
}

pub(super) fn condition_to_boolean(s: &Signature<'_>) -> Typed {
    condition(s).map(|()| Type::Boolean)
}
