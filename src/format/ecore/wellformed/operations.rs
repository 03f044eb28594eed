//! Operations, their parameters, and the accessors that generated code has for features.

use super::{Check, generics, names};
use crate::format::ecore::ecore;
use crate::format::ecore::view::{Place, Target, View};
use crate::format::resource::split_uri;
use crate::metamodel::Classifier;

const GEN_MODEL: &str = "http://www.eclipse.org/emf/2002/GenModel";

pub(super) fn operation(check: &mut Check<'_, '_>, place: Place) {
    names::named(check, place, "operation");
    let name = check.view.name(place);
    check.unique_names(
        &check.view.parts(place, "eParameters"),
        "parameters of one operation",
    );
    check.unique_names(
        &check.view.parts(place, "eTypeParameters"),
        "type parameters",
    );
    let upper = check.view.number(place, "upperBound");
    if check.view.erased(place).is_none() {
        if upper != 1 {
            let message = format!("the operation `{name}` returns nothing, but {upper} times");
            let diagnostic = check.error((place, "upperBound"), message);
            check.push(diagnostic.hint("give it an `eType`, or leave `upperBound` out"));
        }
    } else {
        bounds(check, place, "operation");
    }
    generics::objects(check, (place, "eExceptions"));
    loaded(
        check,
        (place, "eExceptions"),
        &format!("an exception of `{name}`"),
    );
}

pub(super) fn parameter(check: &mut Check<'_, '_>, place: Place) {
    names::named(check, place, "parameter");
    if check.view.erased(place).is_none() && !check.view.is_unread(place, "eType") {
        let message = format!("the parameter `{}` has no type", check.view.name(place));
        let diagnostic = check.error((place, "name"), message);
        check.push(diagnostic.hint("give it an `eType`"));
    }
    bounds(check, place, "parameter");
}

/// Bounds allow a value, and the type is there.
fn bounds(check: &mut Check<'_, '_>, place: Place, what: &str) {
    let name = check.view.name(place);
    let (lower, upper) = (
        check.view.number(place, "lowerBound"),
        check.view.number(place, "upperBound"),
    );
    if lower < 0 || upper == 0 || upper < -2 || (upper > 0 && lower > upper) {
        let at = if upper == 1 {
            "lowerBound"
        } else {
            "upperBound"
        };
        let message =
            format!("the bounds [{lower}..{upper}] of the {what} `{name}` allow no value");
        let diagnostic = check.error((place, at), message);
        check.push(diagnostic.hint("0 or more, and `-1` for any number"));
    }
    generics::raw(check, (place, "eType"));
    loaded(
        check,
        (place, "eType"),
        &format!("the type of the {what} `{name}`"),
    );
}

/// Warns of references that only generated code follows, and that find nothing: once for each missing file.
pub(super) fn loaded(check: &mut Check<'_, '_>, at: (Place, &str), what: &str) {
    for target in check.view.targets(at.0, at.1) {
        let Target::Missing(uri) = target else {
            continue;
        };
        let (file, _) = split_uri(&uri);
        if check.view.0.is_broken(at.0.0, &uri) {
            continue;
        }
        if check.missing.insert((at.0.0, file.to_owned())) {
            let diagnostic = check.warning(at, format!("{what}, `{uri}`, is not loaded"));
            check.push(
                diagnostic
                    .hint("add its file to `metamodels:`, or map its URI to a file under `uris:`"),
            );
        }
    }
}

/// Operations of one signature, and those that are in the way of accessors.
pub(super) fn class(check: &mut Check<'_, '_>, place: Place) {
    let operations = check.view.parts(place, "eOperations");
    let visible: Vec<Place> = operations
        .into_iter()
        .filter(|o| !hidden(check.view, *o, "suppressedVisibility"))
        .collect();
    if visible.is_empty() {
        return;
    }
    for (second, first) in check.repeated(&visible, signature) {
        let message = format!(
            "two operations are called `{}` and take the same",
            check.view.name(second)
        );
        let related = check.span((first, "name"));
        let diagnostic = check
            .error((second, "name"), message)
            .related(related, "the first one");
        check.push(diagnostic.hint("rename one, or change its parameters"));
    }
    let features: Vec<Place> = check
        .view
        .lineage(place)
        .into_iter()
        .flat_map(|c| check.view.parts(c, "eStructuralFeatures"))
        .collect();
    let taken: std::collections::BTreeMap<String, Place> = features
        .into_iter()
        .flat_map(|f| accessors(check.view, f).into_iter().map(move |a| (a, f)))
        .collect();
    for operation in visible {
        let Some(signature) = signature(check.view, operation) else {
            continue;
        };
        let Some(feature) = taken.get(&signature) else {
            continue;
        };
        let (name, of) = (check.view.name(operation), check.view.name(*feature));
        let related = check.span((*feature, "name"));
        let message = format!("the operation `{name}` has the signature of an accessor of `{of}`");
        let diagnostic = check
            .warning((operation, "name"), message)
            .related(related, "the feature");
        check.push(diagnostic.hint("code that is generated for Java would have both"));
    }
}

fn hidden(view: View<'_, '_>, place: Place, key: &str) -> bool {
    view.annotation(place, GEN_MODEL, key).as_deref() == Some("true")
}

/// The name and the types of the parameters, as Java tells methods apart.
fn signature(view: View<'_, '_>, operation: Place) -> Option<String> {
    let parameters = view.parts(operation, "eParameters");
    let types: Vec<String> = parameters.into_iter().map(|p| java_type(view, p)).collect();
    Some(format!(
        "{}({})",
        view.text(operation, "name")?,
        types.join(",")
    ))
}

fn java_type(view: View<'_, '_>, typed: Place) -> String {
    if view.number(typed, "upperBound") != 1 {
        return "list".to_owned();
    }
    match view.erased(typed) {
        Some(Target::Element(of)) => {
            let java = view.text(of, "instanceClassName");
            let java = java.or_else(|| view.text(of, "instanceTypeName"));
            java.map_or_else(|| format!("{of:?}"), |j| j.to_string())
        }
        Some(Target::BuiltIn(Classifier::DataType(of))) => {
            let declared = ecore().data_type(of);
            match declared.instance_class.as_deref() {
                // XML's two ways to write bytes are one type in Java.
                Some("base64") => "byte[]".to_owned(),
                java => java.unwrap_or(&declared.name).to_owned(),
            }
        }
        Some(Target::BuiltIn(of)) => format!("{of:?}"),
        Some(Target::Missing(uri)) => uri.to_string(),
        None => "nothing".to_owned(),
    }
}

/// The signatures of a feature's accessors in Java, as far as they are not suppressed.
fn accessors(view: View<'_, '_>, feature: Place) -> Vec<String> {
    let Some(name) = view.text(feature, "name") else {
        return Vec::new();
    };
    let mut letters = name.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    let cap = first + letters.as_str();
    let many = view.number(feature, "upperBound") != 1;
    let of = java_type(view, feature);
    let get = if of == "boolean" { "is" } else { "get" };
    let (changeable, unsettable) = (
        view.flag(feature, "changeable"),
        view.flag(feature, "unsettable"),
    );
    let all = [
        (true, "suppressedGetVisibility", format!("{get}{cap}()")),
        (
            changeable && !many,
            "suppressedSetVisibility",
            format!("set{cap}({of})"),
        ),
        (
            unsettable,
            "suppressedIsSetVisibility",
            format!("isSet{cap}()"),
        ),
        (
            changeable && unsettable,
            "suppressedUnsetVisibility",
            format!("unset{cap}()"),
        ),
    ];
    let open = all
        .into_iter()
        .filter(|(is, key, _)| *is && !hidden(view, feature, key));
    open.map(|(_, _, signature)| signature).collect()
}
