//! What is wrong with the files that templates became, by the checks that every template goes through.

use super::Made;
use crate::diag::{Diagnostics, Sources};
use crate::generate::{Draft, Partials, Template};
use crate::metamodel::Metamodel;
use crate::transform;

/// Checks files below a folder, whose texts become sources of the findings.
pub fn check(
    made: &[Made],
    (folder, metamodel): (&str, &Metamodel),
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) {
    let (mut templates, mut helpers) = (Vec::new(), Vec::new());
    for file in made {
        let path = format!("{}/{}", folder.trim_end_matches('/'), file.path);
        let id = sources.add(path, file.text.clone());
        if file.is_template() {
            templates.push(id);
        } else {
            helpers.extend(transform::Draft::read(sources, id, diagnostics));
        }
    }
    let helpers = transform::helpers(sources, &helpers, metamodel, diagnostics);
    let language = (metamodel, &helpers);
    let drafts = templates
        .iter()
        .filter_map(|id| Draft::read(sources, *id, diagnostics));
    let (partials, whole): (Vec<Draft>, Vec<Draft>) = drafts.partition(Draft::is_partial);
    let partials: Vec<&Draft> = partials.iter().collect();
    let partials = Partials::compile(sources, &partials, language, diagnostics);
    for draft in &whole {
        Template::compile((sources, draft), &partials, language, diagnostics);
    }
}
