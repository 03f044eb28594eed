//! Texts of references: what they name, whether they still do, and how they are written anew in the same style.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use super::place::{Places, Step};
use super::{Job, Syntax};
use crate::metamodel::FeatureId;
use crate::model::{ObjectId, Proxy, Value};

/// The references of one file.
pub(super) struct References<'j> {
    job: &'j Job<'j>,
    /// The identities that the file gives beside the features: `xmi:id`, `$id`.
    ids: BTreeMap<Arc<str>, ObjectId>,
    own_ids: BTreeMap<ObjectId, Arc<str>>,
    /// How the file writes each reference: the first text of each feature.
    usual: BTreeMap<FeatureId, String>,
}

impl<'j> References<'j> {
    pub(super) fn new(job: &'j Job<'j>, found: Vec<(ObjectId, Arc<str>)>) -> Self {
        let made = &job.after.draft.ids;
        let own_ids: BTreeMap<ObjectId, Arc<str>> = found
            .into_iter()
            .chain(made.iter().map(|(o, id)| (*o, id.clone())))
            .collect();
        let ids = own_ids.iter().map(|(o, id)| (id.clone(), *o)).collect();
        Self {
            job,
            ids,
            own_ids,
            usual: BTreeMap::new(),
        }
    }

    /// Remembers a text as the file's way to write a reference.
    pub(super) fn learn(&mut self, feature: FeatureId, text: &str) {
        self.usual.entry(feature).or_insert_with(|| text.to_owned());
    }

    /// What a text named before the edits.
    pub(super) fn before(&self, feature: FeatureId, text: &str) -> Option<Value> {
        let Some((_, fragment)) = self.split(text) else {
            let uri = text.into();
            return Some(Value::Proxy(Arc::new(Proxy { uri, class: None })));
        };
        let target = self.find(&self.job.before, feature, fragment)?;
        Some(Value::Object(target))
    }

    /// The text that names `value` after the edits as `text` named it before; `None` where `text` does.
    pub(super) fn follow(&self, feature: FeatureId, text: &str, value: &Value) -> Option<String> {
        let target = value.as_object()?;
        let (_, fragment) = self.split(text)?;
        if self.find(&self.job.after, feature, fragment) == Some(target) {
            return None;
        }
        Some(self.print(feature, value, Some(text)))
    }

    /// Writes a reference, in the style of another text, else in that of the file.
    pub(super) fn print(&self, feature: FeatureId, value: &Value, like: Option<&str>) -> String {
        let target = match value {
            Value::Object(target) => *target,
            Value::Proxy(proxy) => return proxy.uri.to_string(),
            _ => return String::new(),
        };
        let usual = || self.usual.get(&feature).map(String::as_str);
        let like = like.filter(|l| self.split(l).is_some()).or_else(usual);
        let (prefix, style) = like.and_then(|l| self.split(l)).unwrap_or_default();
        let right = |fragment: &str| self.find(&self.job.after, feature, fragment) == Some(target);
        let name = || self.names(target).into_iter().find(|n| right(n));
        let fragment = if style.starts_with('/') {
            self.path(target, style)
        } else {
            name().map_or_else(|| self.path(target, ""), |n| n.to_string())
        };
        // The steps of a style may be names that others have too.
        let fragment = Some(fragment).filter(|f| right(f));
        let fragment = fragment.unwrap_or_else(|| self.path(target, ""));
        format!("{prefix}{fragment}")
    }

    /// Writes a reference as a URI with a `#`.
    pub(super) fn print_uri(
        &self,
        feature: FeatureId,
        value: &Value,
        like: Option<&str>,
    ) -> String {
        let text = self.print(feature, value, like);
        match value {
            Value::Object(_) if !text.contains('#') => format!("#{text}"),
            _ => text,
        }
    }

    /// What comes before the fragment of a text, and the fragment; `None` where it names another file.
    fn split<'t>(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        let Some(at) = text.find('#') else {
            return Some(("", text));
        };
        let (file, fragment) = (&text[..at], &text[at + 1..]);
        let inside = (file.is_empty() && (self.xmi() || fragment.starts_with('/')))
            || (!file.is_empty() && file == self.job.name);
        if inside {
            return Some((&text[..=at], fragment));
        }
        // In YAML a name may contain a `#`.
        (!self.xmi()).then_some(("", text))
    }

    fn xmi(&self) -> bool {
        self.job.syntax == Syntax::Xmi
    }

    /// The texts that may name an object without its place.
    fn names(&self, object: ObjectId) -> Vec<Arc<str>> {
        let draft = self.job.after.draft;
        let own = self.own_ids.get(&object).cloned();
        if self.xmi() {
            own.into_iter().chain(draft.identities(object)).collect()
        } else {
            draft.key(object).into_iter().chain(own).collect()
        }
    }

    fn find(&self, places: &Places<'_>, feature: FeatureId, fragment: &str) -> Option<ObjectId> {
        let there = |o: &ObjectId| places.draft.is_there(*o);
        if fragment.starts_with('/') {
            return walk(places, fragment);
        }
        let own = self.ids.get(fragment).copied().filter(there);
        if self.xmi() {
            return own.or_else(|| places.identified(fragment));
        }
        let class = places.draft.metamodel().feature(feature).target()?;
        match places.named(fragment, class)[..] {
            [one] => Some(one),
            [] => own,
            _ => None,
        }
    }

    /// The place of an object as a path, step by step in the style of another one.
    fn path(&self, target: ObjectId, style: &str) -> String {
        let Some((root, steps)) = self.job.after.path(target) else {
            return String::new();
        };
        let mut parts = style.strip_prefix('/').unwrap_or(style).split('/');
        let first = parts.next().unwrap_or_default();
        let mut text = if root == 0 && first.is_empty() {
            "/".to_owned()
        } else {
            format!("/{root}")
        };
        let mut style = "@.0";
        for step in steps {
            style = parts.find(|s| !s.is_empty()).unwrap_or(style);
            text.push('/');
            text.push_str(&self.step(step, style));
        }
        text
    }

    fn step(&self, step: Step, style: &str) -> String {
        let draft = self.job.after.draft;
        if !style.starts_with('@')
            && let Some(name) = draft.key(step.part).filter(|n| !n.is_empty())
        {
            return percent_encode(&name);
        }
        let declared = draft.metamodel().feature(step.feature);
        let bare = style.strip_prefix('@') == Some(&*declared.name);
        if !declared.is_many() || (bare && step.index == 0) {
            return format!("@{}", declared.name);
        }
        format!("@{}.{}", declared.name, step.index)
    }
}

/// Follows a path from the roots of a draft.
fn walk(places: &Places<'_>, fragment: &str) -> Option<ObjectId> {
    let draft = places.draft;
    let mut steps = fragment.strip_prefix('/')?.split('/');
    let first = steps.next().unwrap_or_default();
    let root = if first.is_empty() {
        0
    } else {
        first.parse().ok()?
    };
    let mut object = *draft.roots().get(root)?;
    for step in steps.filter(|s| !s.is_empty()) {
        object = match step.strip_prefix('@') {
            None => places.part_named(object, &percent_decode(step))?,
            Some(place) => {
                let number = |i: &str| !i.is_empty() && i.bytes().all(|b| b.is_ascii_digit());
                let (name, index) = match place.rsplit_once('.') {
                    Some((name, index)) if number(index) => (name, index.parse().ok()?),
                    _ => (place, 0),
                };
                let feature = draft.metamodel().feature_named(draft.class(object), name)?;
                places.part(object, (feature, index))?
            }
        };
    }
    Some(object)
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let code = (bytes[i] == b'%').then(|| text.get(i + 1..i + 3)).flatten();
        let byte = code.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(byte.unwrap_or(bytes[i]));
        i += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Encodes what would end a step of a path or a word of a list.
fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let plain = c.is_alphanumeric() || "-_.~!$&'()*+,;=:".contains(c);
        if plain {
            out.push(c);
        } else {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
