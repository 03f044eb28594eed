//! Generic types: what they name, how many type arguments, which type parameters they see.

use std::sync::Arc;

use super::{Check, operations::loaded};
use crate::format::ecore::ecore;
use crate::format::ecore::view::{Place, Target};
use crate::metamodel::{Classifier, Primitive};

pub(super) fn generic(check: &mut Check<'_, '_>, place: Place) {
    let view = check.view;
    let role = view.model(place).containing_feature(place.1);
    let role = role.map_or("", |f| &*ecore().feature(f).name);
    let has = |name| {
        view.model(place).is_set(
            place.1,
            ecore()
                .feature_named(view.model(place).class(place.1), name)
                .expect("generic types have it"),
        )
    };
    let (classifier, parameter) = (has("eClassifier"), has("eTypeParameter"));
    let (lower, upper) = (has("eLowerBound"), has("eUpperBound"));
    let wrong = if classifier && parameter {
        Some((
            "eTypeParameter",
            "a generic type names a classifier and a type parameter",
            "keep one of `eClassifier` and `eTypeParameter`",
        ))
    } else if lower && upper {
        Some((
            "eLowerBound",
            "a generic type has both bounds",
            "keep one of `eLowerBound` and `eUpperBound`",
        ))
    } else if (lower || upper) && role != "eTypeArguments" {
        Some((
            "eUpperBound",
            "a generic type has a bound, but is no type argument",
            "only type arguments have bounds; `eBounds` of a type parameter are others",
        ))
    } else if (lower || upper) && (classifier || parameter) {
        Some((
            "eClassifier",
            "a generic type has a bound and names a type",
            "a bound stands for an unknown type: drop one",
        ))
    } else if has("eTypeArguments") && !classifier {
        Some((
            "eTypeArguments",
            "a generic type has type arguments, but names no classifier",
            "name it: `eClassifier=\"…\"`",
        ))
    } else {
        let wildcard = !classifier && !parameter;
        let super_argument = || {
            let outer = view
                .container(place)
                .map(|c| (c, view.model(c).containing_feature(c.1)));
            outer.is_some_and(|(_, f)| {
                f.is_some_and(|f| &*ecore().feature(f).name == "eGenericSuperTypes")
            })
        };
        let allowed = role == "eTypeArguments" && !super_argument();
        (wildcard && !allowed).then_some((
            "eClassifier",
            "a generic type names neither a classifier nor a type parameter",
            "only type arguments may be any type, and not those of a super type",
        ))
    };
    if let Some((at, message, hint)) = wrong {
        let diagnostic = check.error((place, at), message);
        check.push(diagnostic.hint(hint));
    }
    arguments(check, place);
    if !matches!(role, "eGenericType" | "eGenericSuperTypes" | "") {
        objects(check, (place, "eClassifier"));
    }
    scope(check, place);
    loaded(check, (place, "eTypeParameter"), "a type parameter");
    if !matches!(role, "eGenericType" | "eGenericSuperTypes") || in_operation(check, place) {
        loaded(check, (place, "eClassifier"), "a type");
    }
}

/// Whether a generic type is that of an operation or a parameter: for features it is reported where they are made.
fn in_operation(check: &Check<'_, '_>, place: Place) -> bool {
    let owner = check.view.container(place);
    owner.is_some_and(|o| matches!(check.view.class(o), "EOperation" | "EParameter"))
}

/// How many type parameters a classifier has.
fn arity(check: &Check<'_, '_>, target: &Target) -> Option<usize> {
    match target {
        Target::Element(place) => Some(check.view.parts(*place, "eTypeParameters").len()),
        Target::BuiltIn(Classifier::DataType(of)) => Some(match &*ecore().data_type(*of).name {
            "EJavaClass" | "EEList" | "ETreeIterator" => 1,
            "EMap" => 2,
            _ => 0,
        }),
        Target::BuiltIn(_) => Some(0),
        Target::Missing(_) => None,
    }
}

fn arguments(check: &mut Check<'_, '_>, place: Place) {
    let Some(target) = check.view.target(place, "eClassifier") else {
        return;
    };
    let Some(wanted) = arity(check, &target) else {
        return;
    };
    let given = check.view.parts(place, "eTypeArguments").len();
    if given == 0 {
        return raw(check, (place, "eClassifier"));
    }
    if given == wanted {
        return;
    }
    let message = format!(
        "`{}` takes {}, not {given}",
        name_of(check, &target),
        match wanted {
            0 => "no type arguments".to_owned(),
            1 => "one type argument".to_owned(),
            n => parameters(n),
        }
    );
    let mut diagnostic = check.error((place, "eTypeArguments"), message);
    if let Target::Element(of) = target {
        diagnostic = diagnostic.related(check.span((of, "name")), "declared here");
    }
    check.push(diagnostic.hint("each type parameter has one type argument"));
}

/// Java's generics and exceptions are objects, no primitive values.
pub(super) fn objects(check: &mut Check<'_, '_>, at: (Place, &str)) {
    for target in check.view.targets(at.0, at.1) {
        let java = match target {
            Target::BuiltIn(Classifier::DataType(of)) => {
                ecore().data_type(of).instance_class.clone()
            }
            Target::Element(of) => check.view.text(of, "instanceClassName"),
            _ => None,
        };
        if let Some(java) = java.filter(|j| Primitive::is_java_primitive(j)) {
            let message = format!("the primitive type `{java}` stands for no object");
            let diagnostic = check.error(at, message);
            check
                .push(diagnostic.hint("name the type of its objects: `EIntegerObject` for `EInt`"));
        }
    }
}

/// Warns of a plain type whose classifier has type parameters.
pub(super) fn raw(check: &mut Check<'_, '_>, at: (Place, &str)) {
    for target in check.view.targets(at.0, at.1) {
        let Some(wanted @ 1..) = arity(check, &target) else {
            continue;
        };
        let name = name_of(check, &target);
        let diagnostic = check.warning(
            at,
            format!("`{name}` stands without its {}", parameters(wanted)),
        );
        check.push(diagnostic.hint(
            "say them in `eGenericType` or `eGenericSuperTypes`; `<eTypeArguments/>` is any type",
        ));
    }
}

/// `type argument`, `2 type arguments`.
fn parameters(count: usize) -> String {
    if count == 1 {
        "type argument".to_owned()
    } else {
        format!("{count} type arguments")
    }
}

fn name_of(check: &Check<'_, '_>, target: &Target) -> Arc<str> {
    match target {
        Target::Element(of) => check.view.name(*of),
        Target::BuiltIn(of) => ecore().classifier_name(*of).into(),
        Target::Missing(uri) => uri.clone(),
    }
}

/// Type parameters are seen inside of what declares them, and by bounds of later ones.
fn scope(check: &mut Check<'_, '_>, place: Place) {
    let Some(parameter) = check
        .view
        .target(place, "eTypeParameter")
        .and_then(|t| t.element())
    else {
        return;
    };
    let Some(owner) = check.view.container(parameter) else {
        return;
    };
    let mut inside = place;
    let mut bound_of = None;
    while inside != owner {
        if check.view.class(inside) == "ETypeParameter" {
            bound_of = Some(inside);
        }
        let Some(outer) = check.view.container(inside) else {
            return out_of_scope(check, place, parameter);
        };
        inside = outer;
    }
    // A bound sees the parameters before its own, and its own inside of type arguments.
    let order = check.view.parts(owner, "eTypeParameters");
    let at = |p: Place| order.iter().position(|o| *o == p);
    if let Some(own) = bound_of.filter(|b| check.view.container(*b) == Some(owner)) {
        let direct = check.view.container(place) == Some(own);
        if at(parameter) > at(own) || (direct && parameter == own) {
            out_of_scope(check, place, parameter);
        }
    }
}

fn out_of_scope(check: &mut Check<'_, '_>, place: Place, parameter: Place) {
    let name = check.view.name(parameter);
    let message = format!("the type parameter `{name}` is not in scope");
    let related = check.span((parameter, "name"));
    let diagnostic = check
        .error((place, "eTypeParameter"), message)
        .related(related, "declared here");
    check.push(diagnostic.hint("it is seen inside of the class or operation that declares it, and by the bounds of later ones"));
}
