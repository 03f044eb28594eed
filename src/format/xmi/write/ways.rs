//! How the values of each feature are written, found out once for a document.

use super::Layout;
use crate::metamodel::{Feature, FeatureId, FeatureKind, Metamodel, Primitive, Role, ValueType};

/// How the values of a feature are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Not at all: transient, or the way back to a container.
    Never,
    /// As an attribute, as the value prints by itself.
    Plain,
    /// As an attribute of references, as long as all targets are in the document.
    Targets,
    /// As elements, each an object.
    Parts,
    /// As elements, each a text that files have as the model has it.
    Texts,
    /// The value decides.
    Look,
}

/// The ways of all features, with the text that begins an attribute.
pub(super) struct Ways {
    ways: Vec<Way>,
    openings: Vec<String>,
}

impl Ways {
    pub(super) fn of(metamodel: &Metamodel, layout: Layout) -> Self {
        let features = || metamodel.features().map(|(_, f)| f);
        Self {
            ways: features().map(|f| way(metamodel, f, layout)).collect(),
            openings: features().map(|f| format!("{}=\u{22}", f.name)).collect(),
        }
    }

    pub(super) fn way(&self, feature: FeatureId) -> Way {
        self.ways[feature.0 as usize]
    }

    /// The name of an attribute with all that stands before its value.
    pub(super) fn opening(&self, feature: FeatureId) -> &str {
        &self.openings[feature.0 as usize]
    }
}

fn way(metamodel: &Metamodel, declared: &Feature, layout: Layout) -> Way {
    if !declared.is_saved() {
        return Way::Never;
    }
    if declared.role != Role::Plain {
        return Way::Look;
    }
    match declared.kind {
        FeatureKind::Reference {
            containment: true, ..
        } => Way::Parts,
        FeatureKind::Reference { opposite, .. }
            if opposite.is_some_and(|o| metamodel.feature(o).is_containment()) =>
        {
            Way::Never
        }
        FeatureKind::Reference { .. } if layout == Layout::Instance => Way::Targets,
        FeatureKind::Reference { .. } => Way::Look,
        FeatureKind::Attribute { of, .. } => {
            match (prints_itself(metamodel, of), declared.is_many()) {
                (true, true) => Way::Texts,
                (true, false) if !declared.unsettable => Way::Plain,
                _ => Way::Look,
            }
        }
    }
}

/// Whether files have the same text for a value as the model.
fn prints_itself(metamodel: &Metamodel, of: ValueType) -> bool {
    match of {
        ValueType::Enum(_) => true,
        ValueType::Data(id) => {
            let declared = metamodel.data_type(id);
            let rewritten = matches!(
                declared.primitive,
                Primitive::Char | Primitive::Date | Primitive::Float
            );
            declared.serializable && !rewritten
        }
    }
}
