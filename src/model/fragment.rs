//! URI fragments: how files name an object by its place.
//!
//! `//@training/@parameters.0` is a path of containments from the root, `/1/@f.0` one from the second root, anything
//! without a `/` is an identity. A step without `@` is a name, as Ecore's own files have it (`#//Pipeline/name`).

use super::{Model, ObjectId};

/// Why a fragment names no object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FragmentError {
    /// The step of the path that failed.
    pub step: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Follows a fragment that is a path. Identities are the reader's to know.
pub fn resolve_fragment(model: &Model, fragment: &str) -> Result<ObjectId, FragmentError> {
    let fail = |step: &str, reason: String| FragmentError {
        step: step.to_owned(),
        reason,
    };
    let mut steps = fragment.strip_prefix('/').unwrap_or(fragment).split('/');
    let first = steps.next().unwrap_or_default();
    let position = if first.is_empty() {
        Ok(0)
    } else {
        first.parse::<usize>()
    };
    let root = position.ok().and_then(|p| model.roots().get(p));
    let mut object = *root.ok_or_else(|| fail(first, format!("there is no root `{first}`")))?;
    for step in steps.filter(|s| !s.is_empty()) {
        let found = match step.strip_prefix('@') {
            Some(place) => by_place(model, object, place),
            None => by_name(model, object, step),
        };
        object = found.map_err(|reason| fail(step, reason))?;
    }
    Ok(object)
}

fn by_place(model: &Model, object: ObjectId, place: &str) -> Result<ObjectId, String> {
    let (name, index) = match place.rsplit_once('.') {
        Some((name, index)) if index.bytes().all(|b| b.is_ascii_digit()) && !index.is_empty() => (
            name,
            index
                .parse()
                .map_err(|_| format!("`{index}` is too large"))?,
        ),
        _ => (place, 0usize),
    };
    let metamodel = model.metamodel();
    let class = model.class(object);
    let feature = metamodel.feature_named(class, name).ok_or_else(|| {
        format!(
            "class `{}` has no feature `{name}`",
            metamodel.class(class).name
        )
    })?;
    let targets = model.targets(object, feature);
    let count = targets.len();
    targets
        .get(index)
        .copied()
        .ok_or_else(|| format!("`{name}` has {count} members, none at position {index}"))
}

fn by_name(model: &Model, object: ObjectId, step: &str) -> Result<ObjectId, String> {
    let name = percent_decode(step);
    let named = |part: &ObjectId| model.key(*part).as_deref() == Some(&*name);
    model
        .parts(object)
        .into_iter()
        .find(named)
        .ok_or_else(|| format!("nothing here is called `{name}`"))
}

/// Decodes `%20` and its like.
fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let code = (bytes[i] == b'%').then(|| text.get(i + 1..i + 3)).flatten();
        if let Some(byte) = code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            out.push(byte);
            i += 3;
        } else {
            out.push(bytes[i]);
            i += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

impl Model {
    /// The fragment that names an object by its place: `//@training/@parameters.0`.
    pub fn fragment(&self, object: ObjectId) -> String {
        let Some(container) = self.container(object) else {
            let index = self
                .roots()
                .iter()
                .position(|r| *r == object)
                .unwrap_or_default();
            return if index == 0 {
                "/".to_owned()
            } else {
                format!("/{index}")
            };
        };
        let feature = self
            .containing_feature(object)
            .expect("what has a container is held by a feature");
        let declared = self.metamodel().feature(feature);
        let parent = self.fragment(container);
        if declared.is_many() {
            let index = self
                .targets(container, feature)
                .iter()
                .position(|t| *t == object)
                .unwrap_or_default();
            format!("{parent}/@{}.{index}", declared.name)
        } else {
            format!("{parent}/@{}", declared.name)
        }
    }
}
