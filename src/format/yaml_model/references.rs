//! References between objects of a tree, once all objects are known.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{REF, Reader, TYPE, TYPE_ALWAYS};
use crate::diag::{Code, Diagnostic, Excerpt};
use crate::format::node::Node;
use crate::format::resource::{built_in, split_uri};
use crate::format::shared::{self, Reference};
use crate::metamodel::{ClassId, FeatureId, Role};
use crate::model::{Ids, Model, ObjectId, Origin, Proxy, Value, resolve_fragment};

/// A reference that is resolved when all objects are known.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    object: ObjectId,
    feature: FeatureId,
    text: Excerpt,
    elsewhere: Elsewhere,
}

/// Whether a reference says by its form that it leaves the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Elsewhere {
    /// Its text tells.
    Perhaps,
    /// It does, for an object of that class, or of the declared one.
    Surely(Option<ClassId>),
}

/// How many objects of one name a message lists.
const MAX_PLACES: usize = 5;

/// Objects by identity and by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    ids: Ids,
    named: BTreeMap<Arc<str>, Vec<ObjectId>>,
}

impl Names {
    /// Collects the identities and names of a model.
    pub(super) fn of(model: &Model) -> Self {
        let mut named: BTreeMap<Arc<str>, Vec<ObjectId>> = BTreeMap::new();
        for object in model.objects() {
            if let Some(key) = model.key(object) {
                named.entry(key).or_default().push(object);
            }
        }
        Self {
            ids: Ids::of(model),
            named,
        }
    }

    /// The object that an identity names.
    pub(super) fn by_id(&self, model: &Model, id: &str) -> Option<ObjectId> {
        self.ids.get(model, id)
    }

    /// The objects of a name that are instances of a class.
    pub(super) fn by_name(&self, model: &Model, name: &str, class: ClassId) -> Vec<ObjectId> {
        let conforms = |o: &&ObjectId| model.metamodel().conforms(model.class(**o), class);
        let all = self.named.get(name).map_or(&[][..], Vec::as_slice);
        all.iter().filter(conforms).copied().collect()
    }
}

/// Whether a text of a reference leaves the file: what stands before a `#` is a path or a URI.
pub(super) fn is_elsewhere(text: &str, own_name: &str) -> bool {
    match text.split_once('#') {
        Some((file, _)) => {
            let path = file.contains(['.', '/', ':']) && !file.contains(' ');
            path && file != own_name
        }
        None => false,
    }
}

impl Reader<'_> {
    pub(super) fn references(&mut self, object: ObjectId, feature: FeatureId, node: &Node) {
        let declared = self.metamodel.feature(feature);
        let (declared, target) = (declared.name.clone(), declared.target());
        for item in node.sequence().unwrap_or(std::slice::from_ref(node)) {
            let pending = match item.scalar() {
                Some(text) => Some((text.clone(), Elsewhere::Perhaps)),
                None => self
                    .typed_reference(item, target)
                    .map(|(text, class)| (text, Elsewhere::Surely(class))),
            };
            let Some((text, elsewhere)) = pending else {
                let message = format!(
                    "`{declared}` names an object, and is a single value, not {}",
                    item.description()
                );
                self.model.mark_unread(object, feature);
                self.report(Code::WrongType, item.span, message);
                continue;
            };
            if let Role::Member(map) = self.metamodel.feature(feature).role
                && elsewhere == Elsewhere::Perhaps
            {
                // It keeps its place among the entries, and is resolved there.
                self.members.insert((object, map));
                self.proxy((object, feature), &text, None);
                continue;
            }
            self.pending.push(Pending {
                object,
                feature,
                text,
                elsewhere,
            });
        }
    }

    /// Resolves the references of a feature map in their place.
    fn resolve_members(&mut self, object: ObjectId, map: FeatureId) {
        let origin = self.model.origin(object, map).unwrap_or(Origin::Implied);
        let span = origin
            .span()
            .unwrap_or_else(|| self.model.nearest_span(object));
        let mut entries = self
            .model
            .own(object, map)
            .map_or_else(Vec::new, |v| v.items().to_vec());
        for value in &mut entries {
            let Value::Entry(entry) = value else { continue };
            let Value::Proxy(proxy) = &entry.value else {
                continue;
            };
            if proxy.class.is_some() || is_elsewhere(&proxy.uri, self.own_name) {
                continue;
            }
            let one = Reference {
                object,
                field: self
                    .metamodel
                    .field(self.model.class(object), entry.feature),
                text: proxy.uri.clone(),
                span,
            };
            match self.find(&one) {
                Ok(target) => entry.value = Value::Object(target),
                Err(diagnostic) => self.diagnostics.push(diagnostic),
            }
        }
        let field = self.metamodel.field(self.model.class(object), map);
        self.model
            .write(object, field, Value::List(entries), origin);
    }

    /// `{$ref: URI, $type: Class}`, where an instance of `declared` may stand.
    fn typed_reference(
        &mut self,
        node: &Node,
        declared: Option<ClassId>,
    ) -> Option<(Excerpt, Option<ClassId>)> {
        let text = node.get(REF)?.scalar()?.clone();
        for entry in node.mapping().unwrap_or_default() {
            let key = &*entry.key.text;
            if ![REF, TYPE_ALWAYS, TYPE].contains(&key) {
                let message = format!("`{key}` beside `{REF}`: another file holds that object");
                self.report(Code::UnknownFeature, entry.key.span, message);
            }
        }
        let named = node.get(TYPE_ALWAYS).or_else(|| node.get(TYPE));
        let class = named
            .and_then(Node::scalar)
            .and_then(|name| self.named_class(&name.text, name.span, declared));
        Some((text, class))
    }

    /// Reads a part that stands in another file; returns whether it is one.
    pub(super) fn part_elsewhere(
        &mut self,
        object: ObjectId,
        feature: FeatureId,
        node: &Node,
    ) -> bool {
        if node.get(REF).is_none() {
            return false;
        }
        let declared = self.metamodel.feature(feature).target();
        let Some((text, class)) = self.typed_reference(node, declared) else {
            return false;
        };
        self.proxy((object, feature), &text, class);
        true
    }

    fn proxy(
        &mut self,
        (object, feature): (ObjectId, FeatureId),
        text: &Excerpt,
        class: Option<ClassId>,
    ) {
        let (file, fragment) = split_uri(&text.text);
        let uri: Arc<str> = match built_in(file) {
            Some(namespace) => format!("{namespace}#{fragment}").into(),
            None => text.text.clone(),
        };
        let declared = self.metamodel.feature(feature).target();
        let class = class.filter(|c| Some(*c) != declared);
        let value = Value::Proxy(Arc::new(Proxy { uri, class }));
        let origin = Origin::Written(text.span);
        if self.metamodel.feature(feature).is_many() {
            self.model.add(object, feature, value, origin);
        } else {
            self.model.set(object, feature, value, origin);
        }
    }

    pub(super) fn resolve(&mut self) {
        self.names = Names::of(&self.model);
        for pending in std::mem::take(&mut self.pending) {
            let (object, feature) = (pending.object, pending.feature);
            let class = match pending.elsewhere {
                Elsewhere::Surely(class) => Some(class),
                Elsewhere::Perhaps => {
                    is_elsewhere(&pending.text.text, self.own_name).then_some(None)
                }
            };
            if let Some(class) = class {
                self.proxy((object, feature), &pending.text, class);
                continue;
            }
            let one = Reference {
                object,
                field: self.metamodel.field(self.model.class(object), feature),
                text: pending.text.text.clone(),
                span: pending.text.span,
            };
            match self.find(&one) {
                Ok(target) => shared::assign(&mut self.model, &one, target, self.diagnostics),
                Err(diagnostic) => {
                    self.model.mark_unread(object, feature);
                    self.diagnostics.push(diagnostic);
                }
            }
        }
        for (object, map) in std::mem::take(&mut self.members) {
            self.resolve_members(object, map);
        }
        shared::complete(&mut self.model, self.diagnostics);
    }

    fn find(&mut self, one: &Reference) -> Result<ObjectId, Diagnostic> {
        let text = &*one.text;
        let own = text
            .split_once('#')
            .filter(|(file, _)| file.is_empty() || *file == self.own_name);
        let fragment = own.map_or(text, |(_, fragment)| fragment);
        if fragment.starts_with('/') {
            return resolve_fragment(&self.model, fragment)
                .map_err(|e| shared::unresolved(one, &e.reason));
        }
        match self.names.by_id(&self.model, fragment) {
            Some(found) => Ok(found),
            None => self.by_name(one),
        }
    }

    fn by_name(&mut self, one: &Reference) -> Result<ObjectId, Diagnostic> {
        let class = self
            .metamodel
            .feature(one.field.feature)
            .target()
            .expect("only references are pending");
        let named = self.names.by_name(&self.model, &one.text, class);
        match named[..] {
            [found] => Ok(found),
            [] => {
                let many = self.names.named.len();
                if !self.diagnostics.may_compare(many) {
                    let class = &self.metamodel.class(class).name;
                    return Err(shared::unresolved(
                        one,
                        &format!("there is no {class} of that name"),
                    ));
                }
                let candidates = self.names.named.keys();
                let candidates = candidates
                    .filter(|name| !self.names.by_name(&self.model, name, class).is_empty());
                let class = &self.metamodel.class(class).name;
                let diagnostic =
                    shared::unresolved(one, &format!("there is no {class} of that name"));
                Err(diagnostic.suggest(&one.text, candidates.map(|n| &**n)))
            }
            _ => {
                let first = named.iter().take(MAX_PLACES).map(|o| self.model.place(*o));
                let mut places: Vec<String> = first.collect();
                if named.len() > MAX_PLACES {
                    places.push("…".to_owned());
                }
                let message = format!("`{}` names {} objects", one.text, named.len());
                let diagnostic = Diagnostic::error(Code::AmbiguousReference, one.span, message);
                Err(diagnostic.hint(format!("name one by its place: {}", places.join(", "))))
            }
        }
    }
}
