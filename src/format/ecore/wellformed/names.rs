//! Names: of packages and what is in them, of literals, and the names that files and Java know them by.

use super::{Check, filled, is_uri, java, operations::loaded};
use crate::format::ecore::view::Place;

/// What a name is made of.
const IDENTIFIER: &str = "an identifier is letters, digits and `_`, and begins with no digit";

/// Checks the name of an element; `what` is its kind. That it is missing is reported where others need it.
pub(super) fn named(check: &mut Check<'_, '_>, place: Place, what: &str) {
    match check.view.text(place, "name") {
        Some(name) if java::is_identifier(&name) => {}
        Some(name) => {
            let message = format!("the name `{name}` of a {what} is no identifier");
            let diagnostic = check.warning((place, "name"), message);
            check.push(diagnostic.hint(IDENTIFIER));
        }
        None if matches!(what, "parameter" | "type parameter") => {
            let diagnostic = check.error((place, "name"), format!("a {what} has no name"));
            check.push(diagnostic.hint(format!("give it one: `name=\"…\"`; {IDENTIFIER}")));
        }
        None => {}
    }
}

pub(super) fn package(check: &mut Check<'_, '_>, place: Place) {
    named(check, place, "package");
    namespace(check, place);
    prefix(check, place);
    loaded(check, (place, "eSubpackages"), "a package in this one");
    loaded(
        check,
        (place, "eClassifiers"),
        "a classifier of this package",
    );
    check.unique_names(
        &check.view.parts(place, "eSubpackages"),
        "packages in one package",
    );
    let classifiers = check.view.parts(place, "eClassifiers");
    check.unlike_names(&classifiers, "classifiers");
}

fn namespace(check: &mut Check<'_, '_>, place: Place) {
    let name = check.view.name(place);
    let Some(uri) = filled(check.view.text(place, "nsURI")) else {
        let message = format!("package `{name}` has no nsURI, its name stands for it");
        let diagnostic = check.warning((place, "nsURI"), message);
        check.push(diagnostic.hint(format!(
            "files name it by a URI: `nsURI=\"http://example.org/{name}\"`"
        )));
        return;
    };
    if !is_uri(&uri) {
        let message = format!("the nsURI `{uri}` of package `{name}` is no URI");
        let diagnostic = check.warning((place, "nsURI"), message);
        check.push(diagnostic.hint("write a blank as `%20` and a per cent sign as `%25`"));
    }
}

fn prefix(check: &mut Check<'_, '_>, place: Place) {
    let name = check.view.name(place);
    let at = (place, "nsPrefix");
    match check.view.text(place, "nsPrefix") {
        None => {
            let message = format!("package `{name}` has no nsPrefix, its name stands for it");
            let diagnostic = check.warning(at, message);
            check.push(diagnostic.hint(format!(
                "XMI files name its classes by it: `nsPrefix=\"{name}\"`"
            )));
        }
        Some(prefix) if !prefix.is_empty() && !is_ncname(&prefix) => {
            let message = format!("the nsPrefix `{prefix}` of package `{name}` is no name in XML");
            let diagnostic = check.error(at, message);
            check.push(diagnostic.hint("letters, digits, `.`, `-` and `_`, a letter or `_` first"));
        }
        Some(prefix) if prefix.to_ascii_lowercase().starts_with("xml") => {
            let message = format!(
                "the nsPrefix `{prefix}` of package `{name}` begins with `xml`, which XML keeps for itself"
            );
            let diagnostic = check.warning(at, message);
            check.push(diagnostic.hint("choose another beginning"));
        }
        Some(_) => {}
    }
}

/// A name in XML without a colon.
fn is_ncname(text: &str) -> bool {
    let first = |c: char| c.is_alphabetic() || c == '_';
    let rest = |c: char| first(c) || c.is_numeric() || "-.\u{b7}".contains(c);
    text.starts_with(first) && text.chars().all(rest)
}

pub(super) fn classifier(check: &mut Check<'_, '_>, place: Place) {
    named(check, place, "classifier");
    check.unique_names(
        &check.view.parts(place, "eTypeParameters"),
        "type parameters",
    );
    for feature in ["instanceTypeName", "instanceClassName"] {
        let Some(name) = check.view.text(place, feature) else {
            continue;
        };
        let takes = !check.view.parts(place, "eTypeParameters").is_empty();
        let wrong = match java::type_name(&name) {
            Err(reason) => reason,
            Ok(java::Arguments::Some) if takes => {
                "a classifier with type parameters takes no type arguments here".to_owned()
            }
            Ok(_) => continue,
        };
        let message = format!("`{name}` is no name of a type in Java: {wrong}");
        let diagnostic = check.error((place, feature), message);
        check
            .push(diagnostic.hint(
                "such as `java.lang.String`, `byte[]` or `java.util.List<java.lang.String>`",
            ));
    }
}

pub(super) fn enumeration(check: &mut Check<'_, '_>, place: Place) {
    let literals = check.view.parts(place, "eLiterals");
    if literals.is_empty() {
        let message = format!(
            "the enum `{}` has no literals, so no value",
            check.view.name(place)
        );
        let diagnostic = check.warning((place, "name"), message);
        check.push(diagnostic.hint("add `<eLiterals name=\"…\"/>`"));
    }
    check.unlike_names(&literals, "literals");
    let text = |check: &Check<'_, '_>, p| {
        check
            .view
            .text(p, "literal")
            .unwrap_or_else(|| check.view.name(p))
    };
    let written = |view: crate::format::ecore::view::View<'_, '_>, p| {
        Some(view.text(p, "literal").unwrap_or_else(|| view.name(p)))
    };
    for (second, first) in check.repeated(&literals, written) {
        if check.view.name(second) == check.view.name(first) {
            continue;
        }
        let message = format!(
            "two literals are written `{}` in files",
            text(check, second)
        );
        let diagnostic = check.error((second, "literal"), message);
        let first = check.span((first, "literal"));
        check.push(
            diagnostic
                .related(first, "the first one")
                .hint("files could not tell them apart"),
        );
    }
    for (second, first) in check.repeated(&literals, |view, p| Some(view.number(p, "value"))) {
        if text(check, second) == text(check, first) {
            continue;
        }
        let (one, other) = (check.view.name(first), check.view.name(second));
        let value = check.view.number(second, "value");
        let message = format!("the literals `{one}` and `{other}` have the same value {value}");
        let diagnostic = check.warning((second, "value"), message);
        let first = check.span((first, "value"));
        check.push(
            diagnostic
                .related(first, "the other one")
                .hint("number them: `value=\"1\"`, `value=\"2\"`, …"),
        );
    }
}
