//! Why edits are refused. The text is never changed by half: an error leaves it as it was.

use crate::diag::{Diagnostic, Span};
use crate::model::ObjectId;

/// Why edits were not made.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The text does not parse, so that nothing in it has a place.
    #[error("the file cannot be edited while it does not parse: {}", first(.0))]
    Syntax(Vec<Diagnostic>),
    /// There is no such object, or an edit before this one deleted it.
    #[error("there is no object {}", .0.0)]
    NoObject(ObjectId),
    /// The object stands in another file, or a rule made it.
    #[error("{path} does not stand in this file")]
    Elsewhere {
        /// The object, as people are shown it.
        path: String,
    },
    /// The class of the object does not have this feature.
    #[error("class `{class}` has no feature `{feature}`")]
    NoFeature {
        /// The class.
        class: String,
        /// The feature.
        feature: String,
    },
    /// The metamodel does not allow this value here.
    #[error("`{feature}` {reason}")]
    Value {
        /// The feature.
        feature: String,
        /// What is wrong with the value, such as `is a whole number`.
        reason: String,
    },
    /// The metamodel does not allow this class here.
    #[error("{0}")]
    Class(String),
    /// There is no such position in a list.
    #[error("`{feature}` has {count} values, none at position {position}")]
    Position {
        /// The feature.
        feature: String,
        /// The position that was asked for.
        position: usize,
        /// How many values there are.
        count: usize,
    },
    /// An object would become a part of itself.
    #[error("{path} would be a part of itself")]
    Cycle {
        /// The object, as people are shown it.
        path: String,
    },
    /// The text stands in the file once and means several objects, which the edits would make different.
    #[error("this text is repeated by an alias, and a change of it would change both")]
    Shared {
        /// The text with the anchor.
        span: Span,
        /// The alias.
        alias: Span,
    },
    /// The text is laid out in a way in which the edit cannot be written without loss.
    #[error("this cannot be edited as text: {reason}")]
    Layout {
        /// What is in the way.
        reason: String,
        /// Where.
        span: Span,
    },
    /// The edited text would not be read as the edited model, so it was thrown away.
    #[error("the edited text would not read as the edited model: {reason}")]
    Unfaithful {
        /// The first difference.
        reason: String,
        /// What the reader said about the edited text.
        found: Vec<Diagnostic>,
    },
}

impl EditError {
    /// The place in the file that is in the way, where there is one.
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Syntax(found) => Some(found.first()?.primary.as_ref()?.span),
            Self::Shared { span, .. } | Self::Layout { span, .. } => Some(*span),
            _ => None,
        }
    }
}

fn first(found: &[Diagnostic]) -> &str {
    found.first().map_or("", |d| &d.message)
}
