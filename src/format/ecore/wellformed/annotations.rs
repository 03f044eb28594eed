//! Annotations.

use super::{Check, filled, is_uri};
use crate::format::ecore::view::Place;

pub(super) fn annotation(check: &mut Check<'_, '_>, place: Place) {
    match filled(check.view.text(place, "source")) {
        None => {
            let diagnostic = check.warning((place, "source"), "an annotation has no source");
            check.push(diagnostic.hint("`source` is a URI that says what the annotation is for"));
        }
        Some(source) if !is_uri(&source) => {
            let message = format!("the source `{source}` of an annotation is no URI");
            let diagnostic = check.warning((place, "source"), message);
            check.push(diagnostic.hint("write a blank as `%20` and a per cent sign as `%25`"));
        }
        Some(_) => {}
    }
    let details = check.view.parts(place, "details");
    let key = |view: crate::format::ecore::view::View<'_, '_>, p| {
        Some(view.text(p, "key").unwrap_or_default())
    };
    for (second, first) in check.repeated(&details, key) {
        let key = check.view.text(second, "key").unwrap_or_default();
        let diagnostic = check.error(
            (second, "key"),
            format!("an annotation has the key `{key}` twice"),
        );
        let first = check.span((first, "key"));
        check.push(
            diagnostic
                .related(first, "the first one")
                .hint("one key has one value"),
        );
    }
}
