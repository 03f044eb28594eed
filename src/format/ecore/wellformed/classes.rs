//! Classes: abstract, interfaces, identities, super types, map entries, names of features.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Check, generics};
use crate::format::ecore::view::{Place, Target};

const MAP_ENTRY: &str = "java.util.Map$Entry";

pub(super) fn class(check: &mut Check<'_, '_>, place: Place) {
    if check.view.flag(place, "interface") && !check.view.flag(place, "abstract") {
        let message = format!("the interface `{}` is not abstract", check.view.name(place));
        let diagnostic = check.warning((place, "interface"), message);
        check.push(diagnostic.hint("it is taken for abstract; say so: `abstract=\"true\"`"));
    }
    let inherited = inherited(check, place);
    let features = &inherited.features;
    near_names(check, place, features);
    identities(check, place, features);
    super_types(check, place);
    map_entry(check, place, &inherited);
}

/// What a class has of itself and its super types.
#[derive(Debug, Default)]
pub(super) struct Inherited {
    /// All features, those of super types first.
    features: Vec<Place>,
    /// The map entry that it is or inherits from.
    entry: Option<Place>,
}

/// Collects what a class has, its super types first: each class is looked at once.
fn inherited(check: &mut Check<'_, '_>, class: Place) -> Rc<Inherited> {
    let mut open = vec![(class, false)];
    let mut begun = BTreeSet::new();
    while let Some((one, is_ready)) = open.pop() {
        // A class that inherits from itself has nothing of that.
        if check.inherited.contains_key(&one) || !is_ready && !begun.insert(one) {
            continue;
        }
        let supers = check.view.supers(one);
        if !is_ready {
            open.push((one, true));
            open.extend(supers.into_iter().map(|s| (s, false)));
            continue;
        }
        let mut all = Inherited::default();
        let mut seen = BTreeSet::new();
        for parent in supers.iter().filter_map(|s| check.inherited.get(s)) {
            let new = parent.features.iter().filter(|f| seen.insert(**f));
            all.features.extend(new);
            all.entry = all.entry.or(parent.entry);
        }
        all.features
            .extend(check.view.parts(one, "eStructuralFeatures"));
        if is_entry(check, one) {
            all.entry = Some(one);
        }
        check.inherited.insert(one, Rc::new(all));
    }
    check.inherited.get(&class).cloned().unwrap_or_default()
}

fn is_entry(check: &Check<'_, '_>, class: Place) -> bool {
    let written = check.view.text(class, "instanceClassName");
    let written = written.or_else(|| check.view.text(class, "instanceTypeName"));
    written.as_deref() == Some(MAP_ENTRY)
}

/// Own features whose names differ from those of others by case alone.
fn near_names(check: &mut Check<'_, '_>, class: Place, features: &[Place]) {
    let mut first = BTreeMap::new();
    for feature in features {
        let name = check.view.name(*feature);
        let other = *first.entry(name.to_lowercase()).or_insert(*feature);
        let one = check.view.name(other);
        if one == name || check.view.container(*feature) != Some(class) {
            continue;
        }
        let message = format!("the features `{one}` and `{name}` differ by case alone");
        let diagnostic = check.warning((*feature, "name"), message);
        let related = check.span((other, "name"));
        check.push(
            diagnostic
                .related(related, "the other one")
                .hint(super::NEAR),
        );
    }
}

/// At most one attribute identifies objects.
fn identities(check: &mut Check<'_, '_>, class: Place, features: &[Place]) {
    let ids: Vec<Place> = features
        .iter()
        .copied()
        .filter(|f| check.view.flag(*f, "iD"))
        .collect();
    let Some((first, others)) = ids.split_first() else {
        return;
    };
    let name = check.view.name(class);
    for other in others {
        let (one, two) = (check.view.name(*first), check.view.name(*other));
        let own = check.view.container(*other) == Some(class);
        // Two that come from one super type are reported there.
        let parents = check.view.supers(class);
        let together = |p: &Place| {
            let lineage = check.view.lineage(*p);
            let has = |f: &Place| {
                check
                    .view
                    .container(*f)
                    .is_some_and(|c| lineage.contains(&c))
            };
            has(first) && has(other)
        };
        if !own && parents.iter().any(together) {
            continue;
        }
        let message = format!("class `{name}` has two ID attributes, `{one}` and `{two}`");
        let at = if own {
            (*other, "iD")
        } else {
            (class, "eSuperTypes")
        };
        let mut diagnostic = check.error(at, message);
        diagnostic = diagnostic.related(check.span((*first, "iD")), "one identity");
        if !own {
            diagnostic = diagnostic.related(check.span((*other, "iD")), "another identity");
        }
        check
            .push(diagnostic.hint("one attribute identifies an object: keep `iD=\"true\"` at one"));
    }
}

/// Each super type once, and with the same type arguments.
fn super_types(check: &mut Check<'_, '_>, class: Place) {
    generics::raw(check, (class, "eSuperTypes"));
    let name = check.view.name(class);
    let mut seen: Vec<Target> = Vec::new();
    let generic = check.view.parts(class, "eGenericSuperTypes");
    let at_generic = generic
        .iter()
        .map(|g| ((*g, "eClassifier"), check.view.target(*g, "eClassifier")));
    let plain = check.view.targets(class, "eSuperTypes");
    let at_plain = plain.into_iter().map(|t| ((class, "eSuperTypes"), Some(t)));
    let all: Vec<_> = at_plain.chain(at_generic).collect();
    for (at, target) in all {
        let Some(target @ (Target::Element(_) | Target::BuiltIn(_))) = target else {
            continue;
        };
        if seen.contains(&target) {
            let of = target
                .element()
                .map_or_else(String::new, |t| format!(" `{}`", check.view.name(t)));
            let diagnostic =
                check.error(at, format!("class `{name}` names the super type{of} twice"));
            check.push(diagnostic.hint("drop one of the two"));
        } else {
            seen.push(target);
        }
    }
}

/// Map entries have a key and a value.
fn map_entry(check: &mut Check<'_, '_>, class: Place, inherited: &Inherited) {
    let Some(entry) = inherited.entry else {
        return;
    };
    let name = check.view.name(class);
    if entry != class {
        let message = format!(
            "class `{name}` inherits from the map entry `{}` but is none",
            check.view.name(entry)
        );
        let related = check.span((entry, "instanceClassName"));
        let diagnostic = check.error((class, "eSuperTypes"), message);
        let diagnostic = diagnostic.related(related, "the map entry");
        check.push(diagnostic.hint(format!("say `instanceClassName=\"{MAP_ENTRY}\"`")));
        return;
    }
    let features = &inherited.features;
    let names: BTreeSet<_> = features.iter().map(|f| check.view.name(*f)).collect();
    for wanted in ["key", "value"] {
        if !names.contains(wanted) {
            let message = format!("the map entry `{name}` has no feature `{wanted}`");
            let diagnostic = check.error((class, "instanceClassName"), message);
            check.push(
                diagnostic
                    .hint("a class of `java.util.Map$Entry` has the features `key` and `value`"),
            );
        }
    }
}
