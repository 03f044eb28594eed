//! What classes say in annotations that their objects hold to: EMF's validation delegates.
//!
//! The names stand in one annotation, the bodies in another, of which there is one for each dialect of OCL.

use std::sync::Arc;

use super::view::{Place, View};
use crate::diag::Span;
use crate::metamodel::{AnnotatedText, Invariant};

/// The annotation that lists constraints.
const ECORE: &str = "http://www.eclipse.org/emf/2002/Ecore";
/// Its key.
const CONSTRAINTS: &str = "constraints";
/// The annotations that have bodies, those that say no dialect first.
const BODIES: [&str; 3] = [
    "http://www.eclipse.org/emf/2002/Ecore/OCL",
    "http://www.eclipse.org/emf/2002/Ecore/OCL/Pivot",
    "http://www.eclipse.org/emf/2002/Ecore/OCL/LPG",
];
/// What follows the name of a constraint in the key of its message.
const MESSAGE: &str = "$message";

/// The constraints of a class: those that it lists, then those that only have a body.
pub(super) fn of(view: View<'_, '_>, class: Place) -> Vec<Invariant> {
    let bodies = details(view, class, &BODIES);
    let listed = details(view, class, &[ECORE]);
    let listed = listed.iter().filter(|(key, _)| &**key == CONSTRAINTS);
    let mut all: Vec<Invariant> = Vec::new();
    for (_, names) in listed {
        for name in names.text.split_whitespace() {
            if all.iter().all(|i| &*i.name != name) {
                all.push(invariant(name, names.span, &bodies));
            }
        }
    }
    for (key, text) in &bodies {
        if !key.ends_with(MESSAGE) && all.iter().all(|i| i.name != *key) {
            all.push(Invariant {
                is_listed: false,
                ..invariant(key, text.span, &bodies)
            });
        }
    }
    all
}

/// A key and what stands under it.
type Detail = (Arc<str>, AnnotatedText);

/// What annotations of some sources say, in the order of the sources.
fn details(view: View<'_, '_>, class: Place, sources: &[&str]) -> Vec<Detail> {
    let annotations = view.parts(class, "eAnnotations");
    let of = |source: &&str| -> Vec<Place> {
        let is = |a: &&Place| view.text(**a, "source").as_deref() == Some(*source);
        annotations.iter().filter(is).copied().collect()
    };
    let annotations = sources.iter().flat_map(of);
    let details = annotations.flat_map(|a| view.parts(a, "details"));
    let details = details.filter_map(|detail| {
        let key = view.text(detail, "key")?;
        let text = view.text(detail, "value")?;
        let span = view.span(detail, "value");
        Some((key, AnnotatedText { text, span }))
    });
    details.collect()
}

/// A constraint that a class lists.
fn invariant(name: &str, span: Span, bodies: &[Detail]) -> Invariant {
    let find = |wanted: &str| {
        let found = bodies.iter().find(|(key, _)| &**key == wanted);
        found.map(|(_, text)| text.clone())
    };
    let body = find(name);
    Invariant {
        name: name.into(),
        span: body.as_ref().map_or(span, |b| b.span),
        is_listed: true,
        message: find(&format!("{name}{MESSAGE}")),
        body,
    }
}
