//! Values during an evaluation: computed, or seen where they are kept, so that lists are not copied to be looked at.

use std::ops::Deref;
use std::rc::Rc;

use crate::model::Value;

/// A value that is computed, or one that is kept elsewhere.
#[derive(Clone, Debug)]
pub(in crate::expr) enum Held<'e> {
    /// Computed just now.
    Own(Value),
    /// A literal, or a variable from outside.
    Seen(&'e Value),
    /// A list that a variable of the expression has.
    Shared(Rc<Value>),
}

impl Deref for Held<'_> {
    type Target = Value;

    fn deref(&self) -> &Value {
        match self {
            Self::Own(value) => value,
            Self::Seen(value) => value,
            Self::Shared(value) => value,
        }
    }
}

impl From<Value> for Held<'_> {
    fn from(value: Value) -> Self {
        Self::Own(value)
    }
}

impl Held<'_> {
    /// Null.
    pub(in crate::expr) const NULL: Self = Self::Own(Value::Null);

    /// The same, cheap to clone: a list that was computed becomes shared.
    pub(in crate::expr) fn kept(self) -> Self {
        match self {
            Self::Own(list @ Value::List(_)) => Self::Shared(Rc::new(list)),
            other => other,
        }
    }

    /// The same; a list that nothing else shares any more is as it was when it was computed.
    pub(in crate::expr) fn released(self) -> Self {
        match self {
            Self::Shared(list) => Rc::try_unwrap(list).map_or_else(Self::Shared, Self::Own),
            other => other,
        }
    }

    /// Whether taking the value copies a list.
    pub(in crate::expr) fn is_kept_list(&self) -> bool {
        matches!(
            (self, &**self),
            (Self::Seen(_) | Self::Shared(_), Value::List(_))
        )
    }

    /// The value by itself.
    pub(in crate::expr) fn take(self) -> Value {
        match self {
            Self::Own(value) => value,
            Self::Seen(value) => value.clone(),
            Self::Shared(value) => Rc::unwrap_or_clone(value),
        }
    }
}
