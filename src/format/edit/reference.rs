//! Texts of references: what they name, whether they still do, and how they are written anew in the same style.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::place::Places;
use super::{Job, Syntax, path};
use crate::format::resource::{built_in, split_uri};
use crate::format::uri;
use crate::metamodel::FeatureId;
use crate::model::{ObjectId, Proxy, Value, is_reference};

/// The references of one file.
pub(super) struct References<'j> {
    job: &'j Job<'j>,
    /// How the file writes each reference: the first text of each feature.
    usual: BTreeMap<FeatureId, String>,
}

/// The URI of an object in another file as models hold it.
pub(super) fn normal(text: &str) -> Arc<str> {
    let (file, fragment) = split_uri(text);
    match built_in(file) {
        Some(namespace) => format!("{namespace}#{fragment}").into(),
        None => uri::normal(text),
    }
}

impl<'j> References<'j> {
    pub(super) fn new(job: &'j Job<'j>) -> Self {
        Self {
            job,
            usual: BTreeMap::new(),
        }
    }

    /// Whether the file's way to write a reference is known.
    pub(super) fn knows(&self, feature: FeatureId) -> bool {
        self.usual.contains_key(&feature)
    }

    /// Remembers a text as the file's way to write a reference.
    pub(super) fn learn(&mut self, feature: FeatureId, text: &str) {
        self.usual.entry(feature).or_insert_with(|| text.to_owned());
    }

    /// What a text named before the edits.
    pub(super) fn before(&self, feature: FeatureId, text: &str) -> Option<Value> {
        let Some((_, fragment)) = self.split(text) else {
            let uri = normal(text);
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
        let after = &self.job.after;
        let right = |fragment: &str| self.find(after, feature, fragment) == Some(target);
        let place = |style: &str| path::write(after, target, style).unwrap_or_default();
        let fragment = if style.starts_with('/') {
            // The steps of a style may be names that others have too.
            Some(place(style)).filter(|p| right(p))
        } else {
            let names = self.names(target, style).into_iter();
            names.map(|n| n.to_string()).find(|n| right(n))
        };
        let fragment = fragment.unwrap_or_else(|| place(""));
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
            let elsewhere = self.xmi() && text.contains("://");
            return (!elsewhere).then_some(("", text));
        };
        let (file, fragment) = (&text[..at], &text[at + 1..]);
        if file == self.job.name || (file.is_empty() && (self.xmi() || !fragment.is_empty())) {
            return Some((&text[..=at], fragment));
        }
        // In YAML a name may contain a `#`.
        let path = self.xmi() || (file.contains(['.', '/', ':']) && !file.contains(' '));
        (!path).then_some(("", text))
    }

    fn xmi(&self) -> bool {
        self.job.syntax == Syntax::Xmi
    }

    /// The texts that may name an object without its place; what is of the kind of `style` first.
    fn names(&self, object: ObjectId, style: &str) -> Vec<Arc<str>> {
        let draft = self.job.after.draft;
        let own = draft.id(object).map(Arc::from);
        let mut names: Vec<Arc<str>> = own.into_iter().chain(draft.id_value(object)).collect();
        if self.xmi() {
            names.retain(|n| is_reference(n));
            return names;
        }
        names.extend(draft.key(object));
        names.retain(|n| !n.is_empty() && !n.starts_with('/') && !n.contains('#'));
        if self.job.before.identified(style).is_none() && !style.is_empty() {
            names.reverse();
        }
        names
    }

    fn find(&self, places: &Places<'_>, feature: FeatureId, fragment: &str) -> Option<ObjectId> {
        if fragment.starts_with('/') {
            return path::walk(places, fragment);
        }
        let identified = places.identified(fragment);
        if self.xmi() || identified.is_some() {
            return identified;
        }
        let class = places.draft.metamodel().feature(feature).target()?;
        match places.named(fragment, class)[..] {
            [one] => Some(one),
            _ => None,
        }
    }
}
