//! Paths in a draft: steps from container to part, read and written in each of the styles that files have.
//!
//! `@list.2` and `@one` are places, `@list[name='a']` goes by keys, `%source%` by the source of an annotation of Ecore,
//! anything else by name, with `.1` for the second of a name.

use super::draft::Draft;
use super::place::{Places, Step};
use crate::metamodel::Feature;
use crate::model::{ObjectId, encode_name, encode_source, percent_decode};

/// Follows a path from the roots of a draft.
pub(super) fn walk(places: &Places<'_>, fragment: &str) -> Option<ObjectId> {
    let mut steps = steps(fragment.strip_prefix('/')?).into_iter();
    let first = steps.next().unwrap_or_default();
    let root = if first.is_empty() {
        0
    } else {
        first.parse().ok()?
    };
    let mut object = *places.draft.roots().get(root)?;
    for step in steps.filter(|s| !s.is_empty()) {
        object = follow(places, object, step)?;
    }
    Some(object)
}

/// Writes the place of an object, step by step in the style of another path.
pub(super) fn write(places: &Places<'_>, target: ObjectId, style: &str) -> Option<String> {
    let (root, path) = places.path(target)?;
    let mut styles = steps(style.strip_prefix('/').unwrap_or(style)).into_iter();
    let first = styles.next().unwrap_or_default();
    let mut text = if root == 0 && first.is_empty() {
        "/".to_owned()
    } else {
        format!("/{root}")
    };
    let mut style = "@.0";
    for step in path {
        style = styles.find(|s| !s.is_empty()).unwrap_or(style);
        text.push('/');
        text.push_str(&written(places, step, style));
    }
    Some(text)
}

/// The steps of a path: what stands between its slashes, those in quotes aside.
fn steps(path: &str) -> Vec<&str> {
    let mut quoted = false;
    let split = |c: char| {
        quoted ^= c == '\'';
        c == '/' && !quoted
    };
    let steps: Vec<&str> = path.split(split).collect();
    if path.matches('\'').count().is_multiple_of(2) {
        steps
    } else {
        path.split('/').collect()
    }
}

fn follow(places: &Places<'_>, object: ObjectId, step: &str) -> Option<ObjectId> {
    let draft = places.draft;
    let feature = |name: &str| draft.metamodel().feature_named(draft.class(object), name);
    let number = |digits: &str| digits.parse::<usize>().ok();
    if let Some(place) = step.strip_prefix('@') {
        if let Some(keys) = place.strip_suffix(']') {
            let (name, keys) = keys.split_once('[')?;
            return by_keys(draft, draft.targets(object, feature(name)?), keys);
        }
        let (name, index) = match place.rsplit_once('.') {
            Some((name, digits)) if is_number(digits) => (name, number(digits)?),
            _ => (place, 0),
        };
        return places.part(object, (feature(name)?, index));
    }
    if let Some(source) = step.strip_prefix('%').filter(|s| !s.is_empty()) {
        let (source, count) = source.rsplit_once('%')?;
        let count = number(count.trim_start_matches('.')).unwrap_or(0);
        let source = percent_decode(source);
        let fits = |part: &ObjectId| match source_of(draft, *part) {
            Some(own) => own.as_deref().unwrap_or("%") == source,
            None => false,
        };
        return draft.parts(object).into_iter().filter(fits).nth(count);
    }
    let nth = |name: &str, count| places.part_named(object, &percent_decode(name), count);
    nth(step, 0).or_else(|| {
        let (name, digits) = step.rsplit_once('.')?;
        nth(name, number(digits)?)
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn by_keys(draft: &Draft<'_>, parts: Vec<ObjectId>, keys: &str) -> Option<ObjectId> {
    let mut wanted = Vec::new();
    for pair in keys.split(',') {
        let (key, text) = pair.split_once('=')?;
        let quoted = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\''));
        wanted.push((key, quoted.map(percent_decode)));
    }
    let fits = |part: &ObjectId| {
        wanted.iter().all(|(key, text)| {
            let feature = draft.metamodel().feature_named(draft.class(*part), key);
            feature.is_some_and(|f| draft.printed(*part, f).as_deref() == text.as_deref())
        })
    };
    parts.into_iter().find(fits)
}

/// The source of an annotation of Ecore; `None` for anything else.
#[expect(
    clippy::option_option,
    reason = "an annotation without a source is one all the same"
)]
fn source_of(draft: &Draft<'_>, object: ObjectId) -> Option<Option<std::sync::Arc<str>>> {
    let metamodel = draft.metamodel();
    let class = draft.class(object);
    let declared = metamodel.class(class);
    if !declared.package.is_built_in() || &*declared.name != "EAnnotation" {
        return None;
    }
    let feature = metamodel.feature_named(class, "source")?;
    Some(draft.printed(object, feature))
}

fn written(places: &Places<'_>, step: Step, style: &str) -> String {
    let draft = places.draft;
    let declared = draft.metamodel().feature(step.feature);
    let by_place = || {
        let bare = style.strip_prefix('@') == Some(&*declared.name);
        if !declared.is_many() || (bare && step.index == 0) {
            return format!("@{}", declared.name);
        }
        format!("@{}.{}", declared.name, step.index)
    };
    let container = draft.container(step.part).map(|c| c.0);
    let counted = |text: String, same: &dyn Fn(&ObjectId) -> bool| {
        let siblings = container.map_or_else(Vec::new, |c| draft.parts(c));
        let mut alike = siblings.into_iter().filter(same);
        match alike.position(|o| o == step.part) {
            Some(0) | None => text,
            Some(count) => format!("{text}.{count}"),
        }
    };
    if style.starts_with('@') {
        let keys = style.ends_with(']').then(|| keys(draft, step, declared));
        return keys.flatten().unwrap_or_else(by_place);
    }
    if let Some(source) = source_of(draft, step.part) {
        let text = source
            .as_deref()
            .map_or_else(|| "%".to_owned(), encode_source);
        let same = |o: &ObjectId| source_of(draft, *o).is_some_and(|s| s == source);
        return counted(format!("%{text}%"), &same);
    }
    match draft.key(step.part).filter(|name| !name.is_empty()) {
        Some(name) => {
            let same = |o: &ObjectId| draft.key(*o).as_deref() == Some(&*name);
            counted(encode_name(&name), &same)
        }
        None => by_place(),
    }
}

fn keys(draft: &Draft<'_>, step: Step, declared: &Feature) -> Option<String> {
    if declared.keys.is_empty() {
        return None;
    }
    let pairs = declared.keys.iter().map(|key| {
        let name = &draft.metamodel().feature(*key).name;
        match draft.printed(step.part, *key) {
            Some(text) => format!("{name}='{}'", encode_name(&text)),
            None => format!("{name}=null"),
        }
    });
    let pairs: Vec<String> = pairs.collect();
    Some(format!("@{}[{}]", declared.name, pairs.join(",")))
}
