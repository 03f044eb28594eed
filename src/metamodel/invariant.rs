//! What annotations of a class say that its objects hold to.

use std::sync::Arc;

use super::{Builder, ClassId};
use crate::diag::Span;

/// A constraint that a class names in an annotation of Ecore (`constraints`), with its body where one is written.
#[derive(Clone, Debug)]
pub struct Invariant {
    /// Its name.
    pub name: Arc<str>,
    /// Where it is named.
    pub span: Span,
    /// Whether the class names it among its constraints: Eclipse evaluates no other.
    pub is_listed: bool,
    /// The expression that holds, in OCL.
    pub body: Option<AnnotatedText>,
    /// The expression that gives the message where it does not.
    pub message: Option<AnnotatedText>,
}

/// A text in an annotation.
#[derive(Clone, Debug)]
pub struct AnnotatedText {
    /// The text.
    pub text: Arc<str>,
    /// Where it stands, perhaps behind the escapes of its file.
    pub span: Span,
}

impl Builder {
    /// Adds what the objects of a class hold to.
    pub fn invariants(&mut self, class: ClassId, invariants: Vec<Invariant>) {
        self.class_mut(class).invariants = invariants;
    }
}
