//! What the readers of models share: values from text, references by name, messages.

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::metamodel::{ClassId, Feature, FeatureId, Field, Metamodel, Primitive, Role, ValueType};
use crate::model::{Link, Model, ObjectId, Origin, Value};

/// A reference that is resolved when all objects are known.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub(super) object: ObjectId,
    pub(super) field: Field,
    pub(super) text: Arc<str>,
    pub(super) span: Span,
}

/// Reads one value of an attribute; a value that its type does not allow is reported.
pub(super) fn literal(
    metamodel: &Metamodel,
    feature: FeatureId,
    text: &str,
    span: Span,
) -> Result<Value, Box<Diagnostic>> {
    let declared = metamodel.feature(feature);
    let of = declared
        .value_type()
        .expect("only attributes have literals");
    if let ValueType::Data(id) = of
        && metamodel.data_type(id).instance_class.is_none()
        && metamodel.data_type(id).primitive == Primitive::Opaque
    {
        let name = &metamodel.data_type(id).name;
        let message = format!(
            "the data type `{name}` of `{}` does not say what its values are",
            declared.name
        );
        let diagnostic = Diagnostic::error(Code::WrongType, span, message);
        return Err(Box::new(diagnostic.hint(
            "give it an instanceClassName, such as java.lang.String, in the metamodel",
        )));
    }
    metamodel
        .parse(of, text)
        .map(Value::from)
        .map_err(|expected| {
            let name = metamodel.value_type_name(of);
            let message = format!("`{}` is {expected}, not `{text}`", declared.name);
            let diagnostic =
                Diagnostic::error(Code::WrongType, span, message).label(format!("{name} expected"));
            Box::new(match of {
                ValueType::Enum(id) => diagnostic.suggest(
                    text,
                    metamodel
                        .enumeration(id)
                        .literals
                        .iter()
                        .map(|l| &*l.literal),
                ),
                ValueType::Data(_) => diagnostic,
            })
        })
}

/// Warns of a value that is kept as text because the Java class of its type is not known.
pub(super) fn opaque(metamodel: &Metamodel, feature: FeatureId, span: Span) -> Option<Diagnostic> {
    let declared = metamodel.feature(feature);
    let Some(ValueType::Data(id)) = declared.value_type() else {
        return None;
    };
    let of = metamodel.data_type(id);
    let java = of.instance_class.as_deref().unwrap_or_default();
    if of.primitive != Primitive::Opaque
        || of.package.is_built_in()
        || java.starts_with("java.lang.")
    {
        return None;
    }
    let message = format!(
        "`{}` is kept as text: the class `{java}` is not known",
        declared.name
    );
    Some(Diagnostic::warning(Code::WrongType, span, message))
}

/// Takes the features that a misspelt name may have meant for unread, so that they are not missed again.
pub(super) fn mark_misspelt(model: &mut Model, object: ObjectId, name: &str) {
    let metamodel = model.metamodel().clone();
    let class = model.class(object);
    if let Some(near) = crate::diag::nearest(name, metamodel.feature_names(class))
        && let Some(feature) = metamodel.feature_named(class, near)
    {
        model.mark_unread(object, feature);
    }
}

/// Reports a feature that a class does not have.
pub(super) fn unknown_feature(
    metamodel: &Metamodel,
    class: ClassId,
    name: &str,
    span: Span,
) -> Diagnostic {
    let message = format!(
        "class `{}` has no feature `{name}`",
        metamodel.class(class).name
    );
    let diagnostic = Diagnostic::error(Code::UnknownFeature, span, message);
    let suggested = diagnostic
        .clone()
        .suggest(name, metamodel.feature_names(class));
    if suggested.hints.is_empty() {
        let all: Vec<&str> = metamodel.feature_names(class).collect();
        return diagnostic.hint(format!("its features are {}", all.join(", ")));
    }
    suggested
}

/// Reports a class that has no objects of its own, with the sub types to choose from.
pub(super) fn abstract_class(
    metamodel: &Metamodel,
    class: ClassId,
    span: Span,
    how: &str,
) -> Diagnostic {
    let message = format!("class `{}` is abstract", metamodel.class(class).name);
    let all: Vec<&str> = metamodel
        .concrete(class)
        .map(|c| &*metamodel.class(c).name)
        .collect();
    let diagnostic = Diagnostic::error(Code::AbstractClass, span, message);
    if all.is_empty() {
        return diagnostic.hint("it has no sub types with objects of their own");
    }
    diagnostic.hint(format!(
        "name one of its sub types, {how}: {}",
        all.join(", ")
    ))
}

/// Gives a resolved reference to its object, after a look at its class.
pub(super) fn assign(
    model: &mut Model,
    one: &Reference,
    target: ObjectId,
    diagnostics: &mut Diagnostics,
) {
    let metamodel = model.metamodel().clone();
    let declared = metamodel.feature(one.field.feature);
    let wanted = declared.target().expect("only references are pending");
    if !metamodel.conforms(model.class(target), wanted) {
        let (is, wants) = (model.class_name(target), &metamodel.class(wanted).name);
        let message = format!(
            "`{}` points at a {wants}, `{}` is a {is}",
            declared.name, one.text
        );
        diagnostics.push(Diagnostic::error(Code::WrongType, one.span, message));
        return;
    }
    if let Some(diagnostic) = contradiction(model, one, target) {
        let stop = diagnostic.is_error();
        diagnostics.push(diagnostic);
        if stop {
            return;
        }
    }
    let (origin, value) = (Origin::Written(one.span), Value::Object(target));
    if declared.role != Role::Plain {
        model.add(one.object, one.field.feature, value, origin);
    } else if is_container(&metamodel, declared) {
        // Nesting says it already.
    } else if declared.is_many() {
        model.link(one.object, one.field, Link::Member(value), origin);
    } else {
        model.link(one.object, one.field, Link::One(value), origin);
    }
}

/// Whether a reference points at what holds the object.
pub(super) fn is_container(metamodel: &Metamodel, declared: &Feature) -> bool {
    let opposite = declared.opposite();
    opposite.is_some_and(|o| metamodel.feature(o).is_containment())
}

/// Reports a reference whose other direction, of one value, is written differently; one that contradicts nesting is
/// a warning, since nesting stays.
fn contradiction(model: &Model, one: &Reference, target: ObjectId) -> Option<Diagnostic> {
    let metamodel = model.metamodel();
    let feature = one.field.feature;
    let declared = metamodel.feature(feature);
    if is_container(metamodel, declared) {
        let container = model.container(one.object);
        if container == Some(target) {
            return None;
        }
        let place = container.map_or_else(|| "nothing".to_owned(), |c| model.path(c));
        let message = format!(
            "`{}` says `{}`, but the object stands in {place}, which counts",
            declared.name, one.text
        );
        return Some(Diagnostic::warning(Code::Multiplicity, one.span, message));
    }
    let opposite = declared.opposite()?;
    let single =
        |f: FeatureId| !metamodel.feature(f).is_many() && !metamodel.feature(f).is_containment();
    let taken = |object, feature, wanted| {
        let other = model
            .own(object, feature)?
            .as_object()
            .filter(|o| *o != wanted)?;
        Some((object, feature, other))
    };
    let mine = single(feature)
        .then(|| taken(one.object, feature, target))
        .flatten();
    let theirs = || {
        single(opposite)
            .then(|| taken(target, opposite, one.object))
            .flatten()
    };
    let (object, feature, other) = mine.or_else(theirs)?;
    let (name, path, other) = (
        &metamodel.feature(feature).name,
        model.path(object),
        model.path(other),
    );
    let message = format!("`{name}` of {path} would be two: {other} is written elsewhere");
    Some(
        Diagnostic::error(Code::Multiplicity, one.span, message)
            .hint("the two directions of a reference agree"),
    )
}

/// Gives references their other directions; those that contradict each other are reported.
pub(super) fn complete(model: &mut Model, diagnostics: &mut Diagnostics) {
    for (object, feature) in model.complete_opposites() {
        let span = model.origin(object, feature).and_then(Origin::span);
        let declared = model.metamodel().feature(feature);
        let message = format!(
            "`{}` of {} points at what another reference points at, and only one may",
            declared.name,
            model.path(object)
        );
        let span = span.unwrap_or_else(|| model.nearest_span(object));
        diagnostics.push(Diagnostic::error(Code::Multiplicity, span, message));
    }
}

/// The shortest name that readers of YAML and JSON take for a class.
pub(super) fn class_name(metamodel: &Metamodel, class: ClassId) -> String {
    let declared = metamodel.class(class);
    let package = metamodel.package(declared.package);
    let names = [
        declared.name.to_string(),
        format!("{}::{}", package.name, declared.name),
    ];
    let found = names
        .into_iter()
        .find(|name| metamodel.class_named(name) == Some(class));
    found.unwrap_or_else(|| format!("{}#{}", package.ns_uri, declared.name))
}

/// Why files give a feature no value, if they do not.
pub(super) fn unwritable(metamodel: &Metamodel, feature: FeatureId) -> Option<&'static str> {
    let declared = metamodel.feature(feature);
    let contains = |of: FeatureId| metamodel.feature(of).is_containment();
    if !declared.is_stored() {
        Some("is computed")
    } else if declared.changeable || declared.opposite().is_some_and(contains) {
        None
    } else {
        Some("cannot be changed")
    }
}

/// Reports a reference to nothing.
pub(super) fn unresolved(one: &Reference, reason: &str) -> Diagnostic {
    let message = format!("`{}` names no object: {reason}", one.text);
    Diagnostic::error(Code::UnresolvedReference, one.span, message)
}
