//! Attributes and references by themselves: names, defaults and identities.

use super::{Check, generics, names};
use crate::format::ecore::view::Place;

pub(super) fn feature(check: &mut Check<'_, '_>, place: Place) {
    names::named(check, place, "feature");
    default(check, place);
    identity(check, place);
    generics::raw(check, (place, "eType"));
}

/// A default is for one value of an attribute.
fn default(check: &mut Check<'_, '_>, place: Place) {
    let Some(text) = check.view.text(place, "defaultValueLiteral") else {
        return;
    };
    let (name, at) = (check.view.name(place), (place, "defaultValueLiteral"));
    if check.view.class(place) == "EReference" {
        let diagnostic = check.error(
            at,
            format!("the reference `{name}` has a default, `{text}`, which no object is"),
        );
        check.push(diagnostic.hint("references have no defaults"));
    } else if is_many(check, place) {
        let diagnostic = check.warning(
            at,
            format!("the default `{text}` of `{name}` is never used: it holds many values"),
        );
        check.push(diagnostic.hint("an attribute of many values begins empty"));
    } else if check.view.flag(place, "iD") {
        let diagnostic = check.warning(
            at,
            format!("the ID attribute `{name}` has a default: all objects would have one identity"),
        );
        check.push(diagnostic.hint("drop the default, or `iD`"));
    }
}

fn identity(check: &mut Check<'_, '_>, place: Place) {
    let name = check.view.name(place);
    if check.view.flag(place, "iD") && is_many(check, place) {
        let diagnostic = check.warning(
            (place, "iD"),
            format!("the ID attribute `{name}` holds many values"),
        );
        check.push(diagnostic.hint("an identity is one value: `upperBound=\"1\"`"));
    }
}

pub(super) fn is_many(check: &Check<'_, '_>, place: Place) -> bool {
    check.view.number(place, "upperBound") != 1
}
