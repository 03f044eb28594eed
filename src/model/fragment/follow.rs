//! From a fragment to its object.

use super::super::{Model, ObjectId, SlotValue, Value};
use super::{is_named, percent_decode, printed, source_of};
use crate::metamodel::FeatureId;

/// Why a fragment names no object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FragmentError {
    /// The step of the path that failed.
    pub step: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Follows a fragment that is a path. Identities are for [`crate::model::Ids`].
pub fn resolve_fragment(model: &Model, fragment: &str) -> Result<ObjectId, FragmentError> {
    let fail = |step: &str, reason: String| FragmentError {
        step: step.to_owned(),
        reason,
    };
    let mut steps = steps(fragment.strip_prefix('/').unwrap_or(fragment)).into_iter();
    let first = steps.next().unwrap_or_default();
    let position = if first.is_empty() {
        Ok(0)
    } else {
        first.parse::<usize>()
    };
    let root = position.ok().and_then(|p| model.roots().get(p));
    let mut object = *root.ok_or_else(|| fail(first, format!("there is no root `{first}`")))?;
    for step in steps.filter(|s| !s.is_empty()) {
        object = resolve_step(model, object, step).map_err(|reason| fail(step, reason))?;
    }
    Ok(object)
}

/// The steps of a path: what stands between its slashes, those in quotes and percent signs aside.
fn steps(path: &str) -> Vec<&str> {
    let mut steps = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, b) in path.bytes().enumerate() {
        match b {
            b'\'' => quoted = !quoted,
            b'/' if !quoted => {
                steps.push(&path[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    steps.push(&path[start..]);
    if quoted {
        return path.split('/').collect();
    }
    steps
}

/// Follows one step from an object.
fn resolve_step(model: &Model, object: ObjectId, step: &str) -> Result<ObjectId, String> {
    match step.strip_prefix('@') {
        Some(place) if place.ends_with(']') => by_keys(model, object, place),
        Some(place) => by_place(model, object, place),
        None if step.starts_with('%') && step.len() > 1 => by_source(model, object, step),
        None => by_name(model, object, step),
    }
}

fn feature_of(model: &Model, object: ObjectId, name: &str) -> Result<FeatureId, String> {
    let metamodel = model.metamodel();
    let class = model.class(object);
    metamodel.feature_named(class, name).ok_or_else(|| {
        let class = &metamodel.class(class).name;
        format!("class `{class}` has no feature `{name}`")
    })
}

fn by_place(model: &Model, object: ObjectId, place: &str) -> Result<ObjectId, String> {
    let (name, position) = match place.rsplit_once('.') {
        Some((name, digits))
            if digits.bytes().all(|b| b.is_ascii_digit()) && !digits.is_empty() =>
        {
            (
                name,
                digits
                    .parse()
                    .map_err(|_| format!("`{digits}` is too large"))?,
            )
        }
        _ => (place, 0usize),
    };
    let feature = feature_of(model, object, name)?;
    let slice = model.target_slice(object, feature);
    if let Some(found) = slice.get(position) {
        return Ok(*found);
    }
    let missing = |count| format!("`{name}` has {count} members, none at position {position}");
    if !slice.is_empty() {
        return Err(missing(slice.len()));
    }
    let value = model.get(object, feature);
    let count = value.items().len();
    let member = value.items().get(position).and_then(Value::part);
    member.ok_or_else(|| missing(count))
}

/// `kids[name='a',number='1']`
fn by_keys(model: &Model, object: ObjectId, place: &str) -> Result<ObjectId, String> {
    let (name, keys) = place.split_once('[').ok_or("a `[` is missing")?;
    let feature = feature_of(model, object, name)?;
    let keys = keys.trim_end_matches(']');
    let mut wanted = Vec::new();
    for pair in keys.split(',') {
        let (key, text) = pair.split_once('=').ok_or("a key has no value")?;
        let quoted = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\''));
        wanted.push((key, quoted.map(percent_decode)));
    }
    let fits = |part: &ObjectId| {
        wanted.iter().all(|(key, text)| {
            let feature = model.metamodel().feature_named(model.class(*part), key);
            feature.is_some_and(|f| printed(model, *part, f) == *text)
        })
    };
    let parts = model.targets(object, feature);
    let found = parts.into_iter().find(fits);
    found.ok_or_else(|| format!("`{name}` has no member with {keys}"))
}

/// `%source%`, `%source%.1`
fn by_source(model: &Model, object: ObjectId, step: &str) -> Result<ObjectId, String> {
    let end = step.rfind('%').unwrap_or(0).max(1);
    let source = percent_decode(&step[1..end]);
    let count = step[end..].trim_start_matches('%').trim_start_matches('.');
    let count = count.parse().unwrap_or(0);
    let fits = |part: &ObjectId| match source_of(model, *part) {
        Some(own) => own.as_deref().unwrap_or("%") == source,
        None => false,
    };
    let found = model.parts(object).into_iter().filter(fits).nth(count);
    found.ok_or_else(|| format!("nothing here has the annotation `{source}`"))
}

fn by_name(model: &Model, object: ObjectId, step: &str) -> Result<ObjectId, String> {
    let nth = |name: &str, count: usize| {
        let name = percent_decode(name);
        // Siblings are mostly of one class: its name is looked up once.
        let mut last = None;
        let named = |part: &ObjectId| {
            let class = model.class(*part);
            let feature = match last {
                Some((of, feature)) if of == class => feature,
                _ => model.metamodel().key_feature(class),
            };
            last = Some((class, feature));
            match feature.and_then(|f| model.see(*part, f)) {
                Some(SlotValue::Text(text)) => text == name,
                Some(SlotValue::Integer(n)) => n.to_string() == name,
                _ => false,
            }
        };
        model.parts(object).into_iter().filter(named).nth(count)
    };
    let counted = || {
        let (name, count) = step.rsplit_once('.')?;
        nth(name, count.parse().ok()?)
    };
    let unnamed = || {
        let (name, count) = step.split_once('.').unwrap_or((step, "0"));
        let nameless = |part: &ObjectId| is_named(model, *part) && model.key(*part).is_none();
        let mut all = model.parts(object).into_iter().filter(nameless);
        (name == "%")
            .then(|| all.nth(count.parse().ok()?))
            .flatten()
    };
    nth(step, 0)
        .or_else(counted)
        .or_else(unnamed)
        .ok_or_else(|| format!("nothing here is called `{}`", percent_decode(step)))
}
