//! The proof of an edit: the new text is read, and is the model that was asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::draft::{Draft, own, same};
use super::text::TextEdit;
use super::{EditError, Edited, Job};
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Sources};
use crate::format;
use crate::metamodel::{Feature, FeatureId, Metamodel, Role};
use crate::model::{Model, ObjectId, SlotValue, Value};

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

/// For each object of the draft, by its number, the one that it was read as.
pub(super) type Objects = Vec<Option<ObjectId>>;

/// Walks over both models side by side; the first difference, or which object is which.
fn compare(draft: &Draft<'_>, model: &Model) -> Result<Objects, String> {
    let mut objects = vec![None; draft.bound()];
    let (wanted, read) = (draft.roots(), model.roots());
    if wanted.len() != read.len() {
        let counts = (wanted.len(), read.len());
        return Err(format!(
            "{} roots are wanted, {} are read",
            counts.0, counts.1
        ));
    }
    let mut all = Vec::with_capacity(model.bound());
    let mut open: Vec<(ObjectId, ObjectId)> = pairs(wanted, read).collect();
    while let Some((wanted, read)) = open.pop() {
        objects[wanted.0 as usize] = Some(read);
        all.push((wanted, read));
        if draft.class(wanted) != model.class(read) {
            let (path, class) = (draft.describe(wanted), model.class_name(read));
            return Err(format!("{path} is read as a {class}"));
        }
        if draft.id(wanted) != model.id(read) {
            let path = draft.describe(wanted);
            return Err(format!("{path} is read with another identity"));
        }
        for feature in draft.containments(wanted) {
            parts((draft, wanted), (model, read), feature, &mut open)?;
        }
    }
    for (wanted, read) in all {
        if !is_plainly_same((draft, wanted), (model, read), &objects) {
            slots((draft, wanted), (model, read), &objects)?;
        }
    }
    Ok(objects)
}

fn pairs<'p>(
    wanted: &'p [ObjectId],
    read: &'p [ObjectId],
) -> impl Iterator<Item = (ObjectId, ObjectId)> + use<'p> {
    wanted.iter().copied().zip(read.iter().copied())
}

/// Pairs the parts of two objects.
fn parts(
    (draft, object): (&Draft<'_>, ObjectId),
    (model, other): (&Model, ObjectId),
    feature: FeatureId,
    open: &mut Vec<(ObjectId, ObjectId)>,
) -> Result<(), String> {
    if !draft.is_changed(object) {
        let (new, old) = (
            draft.model.target_slice(object, feature),
            model.target_slice(other, feature),
        );
        if !new.is_empty() && new.len() == old.len() {
            open.extend(pairs(new, old));
            return Ok(());
        }
    }
    let (new, old) = (draft.values(object, feature), own(model, other, feature));
    for (wanted, read) in new.iter().zip(&old) {
        match (wanted, read) {
            (Value::Object(wanted), Value::Object(read)) => open.push((*wanted, *read)),
            (wanted, read) if is_read(wanted, read) => {}
            _ => return Err(difference((draft, object), feature, old.len())),
        }
    }
    if new.len() != old.len() {
        return Err(difference((draft, object), feature, old.len()));
    }
    Ok(())
}

/// Whether an object that no edit changed was read again as it was: the common case, without copies.
fn is_plainly_same(
    (draft, wanted): (&Draft<'_>, ObjectId),
    (model, read): (&Model, ObjectId),
    objects: &Objects,
) -> bool {
    if draft.is_changed(wanted) {
        return false;
    }
    let is = |wanted: ObjectId, read: ObjectId| objects[wanted.0 as usize] == Some(read);
    let mut new = draft.model.slots(wanted);
    let mut old = model.slots(read);
    loop {
        let ((feature, new), (other, old)) = match (new.next(), old.next()) {
            (Some(new), Some(old)) => (new, old),
            (None, None) => return true,
            _ => return false,
        };
        let same = feature == other
            && match (new, old) {
                (SlotValue::Text(a), SlotValue::Text(b)) => a == b,
                (SlotValue::Boolean(a), SlotValue::Boolean(b)) => a == b,
                (SlotValue::Integer(a), SlotValue::Integer(b)) => a == b,
                (SlotValue::Real(a), SlotValue::Real(b)) => a.to_bits() == b.to_bits(),
                (SlotValue::Enum(a, i), SlotValue::Enum(b, j)) => (a, i) == (b, j),
                (SlotValue::Object(a), SlotValue::Object(b)) => is(a, b),
                (SlotValue::Objects(a), SlotValue::Objects(b)) => {
                    a.len() == b.len() && pairs(a, b).all(|(a, b)| is(a, b))
                }
                (SlotValue::Null, SlotValue::Null) => true,
                _ => false,
            };
        if !same {
            return false;
        }
    }
}

/// Compares the values of two objects, their parts excluded.
fn slots(
    (draft, wanted): (&Draft<'_>, ObjectId),
    (model, read): (&Model, ObjectId),
    objects: &Objects,
) -> Result<(), String> {
    let metamodel = draft.metamodel();
    for feature in &metamodel.class(model.class(read)).features {
        let declared = metamodel.feature(*feature);
        let opposite = declared.opposite().map(|o| metamodel.feature(o));
        let by_place = opposite.is_some_and(Feature::is_containment);
        // The values of a feature map are those of its members.
        if declared.is_containment() || by_place || declared.role == Role::Map {
            continue;
        }
        let mut new = draft.values(wanted, *feature);
        let mut old = own(model, read, *feature);
        for value in &mut new {
            if let Value::Object(target) = value {
                // A target that is not there compares unequal to every object.
                let found = objects.get(target.0 as usize).copied().flatten();
                *target = found.unwrap_or(ObjectId(u32::MAX));
            }
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
            return Err(difference((draft, wanted), *feature, old.len()));
        }
    }
    Ok(())
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

fn difference((draft, object): (&Draft<'_>, ObjectId), feature: FeatureId, read: usize) -> String {
    let name = &draft.metamodel().feature(feature).name;
    let wanted = draft.values(object, feature).len();
    let path = draft.describe(object);
    if wanted == read {
        return format!("`{name}` of {path} is read differently");
    }
    format!("`{name}` of {path} has {wanted} values, {read} are read")
}
