//! The proof of an edit: the new text is read, and is the model that was asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::draft::{Draft, own, same};
use super::text::TextEdit;
use super::{EditError, Edited, Job};
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Sources};
use crate::format;
use crate::metamodel::{Feature, FeatureId, Metamodel, Role};
use crate::model::{Model, ObjectId, Value};

/// Reads the new text of a file and compares it with the model that was asked for.
pub(super) fn verify(
    job: &Job<'_>,
    old: &Sources,
    new: String,
    changes: Vec<TextEdit>,
) -> Result<Edited, EditError> {
    let mut sources = Sources::default();
    let file = sources.add(old.path(job.file), new);
    let (model, found) = read(job, &sources, file);
    if !found.is_empty() {
        compare_findings(job, old, &found)?;
    }
    match compare(job.after.draft, &model) {
        Ok(objects) => Ok(Edited {
            text: sources.file(file).text.clone(),
            changes,
            model,
            sources,
            objects,
        }),
        Err(reason) => Err(EditError::Unfaithful { reason, found }),
    }
}

fn read(job: &Job<'_>, sources: &Sources, file: FileId) -> (Model, Vec<Diagnostic>) {
    read_as(sources, file, job.after.draft.metamodel())
}

/// Reads a file, with the errors in it.
pub(super) fn read_as(
    sources: &Sources,
    file: FileId,
    metamodel: &Arc<Metamodel>,
) -> (Model, Vec<Diagnostic>) {
    let mut found = Diagnostics::default();
    let path = sources.path(file);
    let model = format::read(path, (sources, file), metamodel, &mut found);
    (
        model,
        found.into_iter().filter(Diagnostic::is_error).collect(),
    )
}

/// Refuses what the reader finds wrong with the new text and did not find wrong with the old one.
fn compare_findings(job: &Job<'_>, old: &Sources, new: &[Diagnostic]) -> Result<(), EditError> {
    let (_, old) = read(job, old, job.file);
    let syntax = |d: &&Diagnostic| {
        matches!(
            d.code,
            Code::YamlSyntax | Code::XmlSyntax | Code::JsonSyntax
        )
    };
    let broken: Vec<Diagnostic> = old.iter().filter(syntax).cloned().collect();
    if !broken.is_empty() {
        return Err(EditError::Syntax(broken));
    }
    let mut counts: BTreeMap<Code, usize> = BTreeMap::new();
    for finding in &old {
        *counts.entry(finding.code).or_default() += 1;
    }
    for finding in new {
        let left = counts.entry(finding.code).or_default();
        match left.checked_sub(1) {
            Some(less) => *left = less,
            None => {
                return Err(EditError::Unfaithful {
                    reason: finding.message.clone(),
                    found: new.to_vec(),
                });
            }
        }
    }
    Ok(())
}

/// Walks over both models side by side; the difference, or the object of the new one for each of the draft.
fn compare(draft: &Draft<'_>, model: &Model) -> Result<BTreeMap<ObjectId, ObjectId>, String> {
    let metamodel = draft.metamodel();
    let mut objects = BTreeMap::new();
    let roots = (draft.roots(), model.roots());
    if roots.0.len() != roots.1.len() {
        let counts = (roots.0.len(), roots.1.len());
        return Err(format!(
            "{} roots are wanted, {} are read",
            counts.0, counts.1
        ));
    }
    let mut open: Vec<(ObjectId, ObjectId)> = roots
        .0
        .iter()
        .copied()
        .zip(roots.1.iter().copied())
        .collect();
    while let Some((wanted, read)) = open.pop() {
        objects.insert(wanted, read);
        if draft.class(wanted) != model.class(read) {
            let (path, class) = (draft.describe(wanted), model.class_name(read));
            return Err(format!("{path} is read as a {class}"));
        }
        if draft.id(wanted) != model.id(read) {
            return Err(format!(
                "{} is read with another identity",
                draft.describe(wanted)
            ));
        }
        for feature in draft.containments(wanted) {
            let (new, old) = (draft.values(wanted, feature), own(model, read, feature));
            let pairs = new.iter().zip(&old).map(|(n, o)| match (n, o) {
                (Value::Object(n), Value::Object(o)) => Some((*n, *o)),
                _ => None,
            });
            let pairs: Vec<_> = pairs.collect();
            let same_kind = new
                .iter()
                .zip(&old)
                .zip(&pairs)
                .all(|((n, o), p)| p.is_some() || is_read(n, o));
            if new.len() != old.len() || !same_kind {
                return Err(difference(draft, wanted, feature, old.len()));
            }
            open.extend(pairs.into_iter().flatten());
        }
    }
    for (wanted, read) in &objects {
        for feature in &metamodel.class(model.class(*read)).features {
            let mut new = draft.values(*wanted, *feature);
            let mut old = own(model, *read, *feature);
            for value in &mut new {
                if let Value::Object(target) = value {
                    // A target that is not there compares unequal to every object.
                    *target = objects.get(target).copied().unwrap_or(ObjectId(u32::MAX));
                }
            }
            let declared = metamodel.feature(*feature);
            let opposite = declared.opposite().map(|o| metamodel.feature(o));
            let by_place = opposite.is_some_and(Feature::is_containment);
            // The values of a feature map are those of its members.
            if declared.is_containment() || by_place || declared.role == Role::Map {
                continue;
            }
            if opposite.is_some() {
                // In which order the two directions of a reference are found is the reader's affair.
                for values in [&mut new, &mut old] {
                    values.sort_by_key(Value::as_object);
                    values.dedup();
                }
            }
            let equal = new.len() == old.len() && new.iter().zip(&old).all(|(a, b)| is_read(a, b));
            if !equal {
                return Err(difference(draft, *wanted, *feature, old.len()));
            }
        }
    }
    Ok(objects)
}

/// Whether a value is read as the one that is wanted; a file may tell the class of an object where nobody asked.
fn is_read(wanted: &Value, read: &Value) -> bool {
    let class = match (wanted, read) {
        (Value::Proxy(wanted), Value::Proxy(read)) => {
            wanted.class.is_none() || wanted.class == read.class
        }
        _ => true,
    };
    class && same(wanted, read)
}

fn difference(draft: &Draft<'_>, object: ObjectId, feature: FeatureId, read: usize) -> String {
    let name = &draft.metamodel().feature(feature).name;
    let wanted = draft.values(object, feature).len();
    let path = draft.describe(object);
    if wanted == read {
        return format!("`{name}` of {path} is read differently");
    }
    format!("`{name}` of {path} has {wanted} values, {read} are read")
}
