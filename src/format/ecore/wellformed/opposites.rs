//! References and their other ends, containers, and keys.

use super::{Check, features::is_many};
use crate::format::ecore::view::{Place, Target};

pub(super) fn reference(check: &mut Check<'_, '_>, place: Place) {
    let of = check.view.erased(place).and_then(|t| t.element());
    if let Some(other) = check
        .view
        .target(place, "eOpposite")
        .and_then(|t| t.element())
    {
        pair(check, place, other);
        belongs(check, place, (of, other));
    }
    unique(check, place);
    if let Some(of) = of {
        container_elsewhere(check, place, of);
    }
    keys(check, place, of);
}

/// How a reference is called in messages: by its class too.
fn full(check: &Check<'_, '_>, place: Place) -> String {
    let class = check.view.container(place).map(|c| check.view.name(c));
    class.map_or_else(String::new, |c| format!("{c}.")) + &check.view.name(place)
}

fn pair(check: &mut Check<'_, '_>, place: Place, other: Place) {
    let (one, two) = (full(check, place), full(check, other));
    let at = (place, "eOpposite");
    if place == other {
        let diagnostic = check.error(at, format!("`{one}` is its own opposite"));
        check.push(
            diagnostic.hint("an opposite is another reference; leave it out for one direction"),
        );
        return;
    }
    let back = check.view.target(other, "eOpposite");
    if back != Some(Target::Element(place)) {
        let label = match &back {
            Some(Target::Element(third)) => format!("its opposite is `{}`", full(check, *third)),
            Some(_) => "its opposite is another".to_owned(),
            None => "it has no opposite".to_owned(),
        };
        let message = format!("`{one}` names `{two}` as its opposite, which does not name it back");
        let related = check.span((other, "eOpposite"));
        let diagnostic = check.error(at, message).related(related, label);
        check.push(diagnostic.hint("each of the two names the other in `eOpposite`"));
        return;
    }
    let view = check.view;
    let flag = |of, flag| view.flag(of, flag);
    if flag(place, "containment") && flag(other, "containment") && place < other {
        let message = format!("`{one}` and its opposite `{two}` both contain the other");
        let related = check.span((other, "containment"));
        let diagnostic = check
            .error((place, "containment"), message)
            .related(related, "the other containment");
        check.push(diagnostic.hint("only one of the two holds parts"));
        return;
    }
    if flag(other, "containment") && is_many(check, place) {
        let upper = check.view.number(place, "upperBound");
        let message = format!(
            "`{one}` points at the container, of which there is one, not {}",
            if upper < 0 {
                "many".to_owned()
            } else {
                format!("up to {upper}")
            }
        );
        let related = check.span((other, "containment"));
        let diagnostic = check
            .error((place, "upperBound"), message)
            .related(related, "the containment");
        check.push(diagnostic.hint("`upperBound=\"1\"`"));
    }
    if flag(place, "transient")
        && !flag(place, "containment")
        && !flag(other, "containment")
        && !flag(other, "transient")
        && flag(other, "resolveProxies")
    {
        let message = format!("`{one}` is transient and its opposite `{two}` is not");
        let related = check.span((other, "name"));
        let diagnostic = check
            .error((place, "transient"), message)
            .related(related, "this one is saved");
        check.push(diagnostic.hint("make both transient, or none"));
    }
}

/// The opposite is a reference of the class that the reference points at.
fn belongs(check: &mut Check<'_, '_>, place: Place, (of, other): (Option<Place>, Place)) {
    let owner = check.view.container(other);
    let fits = match (of, owner) {
        (Some(of), Some(owner)) => check.view.lineage(of).contains(&owner),
        (None, _) => false,
        (_, None) => true,
    };
    let unknown = of.is_none() && !matches!(check.view.erased(place), Some(Target::BuiltIn(_)));
    if fits || unknown {
        return;
    }
    let message = format!(
        "`{}` is no reference of the class that `{}` points at",
        full(check, other),
        full(check, place)
    );
    let related = check.span((other, "name"));
    let diagnostic = check
        .error((place, "eOpposite"), message)
        .related(related, "the opposite");
    check.push(diagnostic.hint("an opposite starts where the reference ends"));
}

/// Parts and both directions of a reference are there once.
fn unique(check: &mut Check<'_, '_>, place: Place) {
    let view = check.view;
    let matters = view.flag(place, "containment") || view.target(place, "eOpposite").is_some();
    if matters && is_many(check, place) && !view.flag(place, "unique") {
        let what = if view.flag(place, "containment") {
            "holds parts"
        } else {
            "has an opposite"
        };
        let message = format!(
            "`{}` {what}, so each object is in it once, but `unique` is false",
            full(check, place)
        );
        let diagnostic = check.error((place, "unique"), message);
        check.push(diagnostic.hint("leave `unique=\"false\"` out"));
    }
}

/// What must be in one container cannot be in another.
fn container_elsewhere(check: &mut Check<'_, '_>, place: Place, of: Place) {
    let view = check.view;
    if !view.flag(place, "containment") {
        return;
    }
    let features = view.parts(of, "eStructuralFeatures");
    let required = |f: &Place| view.number(*f, "lowerBound") > 0;
    for feature in features.into_iter().filter(required) {
        let opposite = view.target(feature, "eOpposite").and_then(|t| t.element());
        let Some(holds) = opposite.filter(|o| *o != place && view.flag(*o, "containment")) else {
            continue;
        };
        let message = format!(
            "`{}` holds objects that must be in `{}`, which `{}` requires",
            full(check, place),
            full(check, holds),
            full(check, feature)
        );
        let related = check.span((feature, "lowerBound"));
        let diagnostic = check
            .error((place, "containment"), message)
            .related(related, "required here");
        check.push(diagnostic.hint(format!(
            "drop the lower bound of `{}`",
            full(check, feature)
        )));
    }
}

/// Keys are attributes of the class that the reference points at.
fn keys(check: &mut Check<'_, '_>, place: Place, of: Option<Place>) {
    for key in check.view.targets(place, "eKeys") {
        let Some(key) = key.element() else { continue };
        let owner = check.view.container(key);
        let fits = |of| owner.is_some_and(|o| check.view.lineage(of).contains(&o));
        if of.is_some_and(fits) {
            continue;
        }
        let message = format!(
            "the key `{}` of `{}` is no attribute of the class that it points at",
            full(check, key),
            full(check, place)
        );
        let related = check.span((key, "name"));
        let diagnostic = check
            .error((place, "eKeys"), message)
            .related(related, "the key");
        check.push(diagnostic.hint("keys are attributes of what the reference points at"));
    }
}
