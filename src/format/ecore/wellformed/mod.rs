//! Whether metamodels are well formed: what Eclipse's own validator of Ecore checks, worded for modellers.
//!
//! Making a metamodel reports what stops that; this adds what it lives with. Reading an instance is more tolerant
//! than that, so only those call it who check a metamodel. Errors are what leaves a metamodel unusable or what Eclipse
//! calls an error; style, generated code's needs and what has a sensible meaning all the same are warnings.

mod annotations;
mod classes;
mod features;
mod generics;
mod java;
mod names;
mod operations;
mod opposites;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::view::{Place, View};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::format::resource::Metamodels;
use classes::Inherited;

/// Reports what is not well formed in the elements of all files.
pub fn validate(files: &Metamodels<'_>, diagnostics: &mut Diagnostics) {
    let mut check = Check {
        view: View(files),
        diagnostics,
        missing: BTreeSet::new(),
        inherited: BTreeMap::new(),
    };
    for (index, resource) in files.resources.iter().enumerate() {
        for object in resource.model.objects() {
            // What annotations hold is for the tools that know them, and need not be whole.
            let noted = |o| resource.model.class_name(o) == "EAnnotation";
            if !resource.model.ancestors(object).any(noted) {
                element(&mut check, (index, object));
            }
        }
    }
}

fn element(check: &mut Check<'_, '_>, place: Place) {
    match check.view.class(place) {
        "EPackage" => names::package(check, place),
        "EClass" => {
            names::classifier(check, place);
            classes::class(check, place);
            operations::class(check, place);
        }
        "EDataType" => names::classifier(check, place),
        "EEnum" => {
            names::classifier(check, place);
            names::enumeration(check, place);
        }
        "EEnumLiteral" => names::named(check, place, "literal"),
        "EAttribute" => features::feature(check, place),
        "EReference" => {
            features::feature(check, place);
            opposites::reference(check, place);
        }
        "EOperation" => operations::operation(check, place),
        "EParameter" => operations::parameter(check, place),
        "ETypeParameter" => names::named(check, place, "type parameter"),
        "EGenericType" => generics::generic(check, place),
        "EAnnotation" => annotations::annotation(check, place),
        _ => {}
    }
}

/// What each of the checks works with.
struct Check<'a, 'w> {
    view: View<'a, 'w>,
    diagnostics: &'a mut Diagnostics,
    /// Files that a file uses and that are not there: said once.
    missing: BTreeSet<(usize, String)>,
    /// What classes have of themselves and their super types.
    inherited: BTreeMap<Place, Rc<Inherited>>,
}

/// An element and the feature of it that is to be looked at.
type At<'n> = (Place, &'n str);

impl Check<'_, '_> {
    fn error(&self, at: At<'_>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(Code::InvalidMetamodel, self.span(at), message)
    }

    fn warning(&self, at: At<'_>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(Code::InvalidMetamodel, self.span(at), message)
    }

    fn span(&self, (place, feature): At<'_>) -> Span {
        self.view.span(place, feature)
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Pairs each element that has the key of an earlier one with the first of that key.
    fn repeated<K: Ord>(
        &self,
        places: &[Place],
        key: impl Fn(View<'_, '_>, Place) -> Option<K>,
    ) -> Vec<(Place, Place)> {
        let mut first: BTreeMap<K, Place> = BTreeMap::new();
        let mut pairs = Vec::new();
        for place in places {
            let Some(key) = key(self.view, *place) else {
                continue;
            };
            match first.get(&key) {
                Some(one) => pairs.push((*place, *one)),
                None => drop(first.insert(key, *place)),
            }
        }
        pairs
    }

    /// Reports elements of one name as errors; `what` is their plural.
    fn unique_names(&mut self, places: &[Place], what: &str) {
        for (second, first) in self.repeated(places, |view, p| view.text(p, "name")) {
            let message = format!("two {what} are called `{}`", self.view.name(second));
            let diagnostic = self.error((second, "name"), message);
            let first = self.span((first, "name"));
            self.push(
                diagnostic
                    .related(first, "the first one")
                    .hint("rename one of them"),
            );
        }
    }

    /// Warns of names that differ by case alone; `what` is their plural.
    fn unlike_names(&mut self, places: &[Place], what: &str) {
        let folded = |view: View<'_, '_>, p| Some(view.text(p, "name")?.to_lowercase());
        for (second, first) in self.repeated(places, folded) {
            let (one, other) = (self.view.name(first), self.view.name(second));
            if one == other {
                continue;
            }
            let message = format!("the {what} `{one}` and `{other}` differ by case alone");
            let diagnostic = self.warning((second, "name"), message);
            let first = self.span((first, "name"));
            self.push(diagnostic.related(first, "the other one").hint(NEAR));
        }
    }
}

/// What to do about names that differ by case alone.
const NEAR: &str = "code and files that ignore case take them for one: rename one";

/// A text that an attribute has, where it is not empty.
fn filled(text: Option<Arc<str>>) -> Option<Arc<str>> {
    text.filter(|t| !t.trim().is_empty())
}

/// Whether a text is a URI as it is written: no blanks, and each `%` begins an escape.
fn is_uri(text: &str) -> bool {
    let bytes = text.as_bytes();
    let escapes = bytes
        .iter()
        .enumerate()
        .filter(|(_, b)| **b == b'%')
        .all(|(i, _)| {
            bytes
                .get(i + 1..i + 3)
                .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
        });
    escapes
        && !text.is_empty()
        && !text
            .contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"{}|\\^`".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_has_no_blanks_and_whole_escapes() {
        for good in [
            "http://example.org/m",
            "m",
            "urn:a%20b",
            "platform:/plugin/a#//b",
        ] {
            assert!(is_uri(good), "{good}");
        }
        for bad in ["", "a b", "a%", "a%2", "a%zz", "<a>"] {
            assert!(!is_uri(bad), "{bad}");
        }
    }
}
