//! References between objects, once all objects are known.

use std::sync::Arc;

use super::Reader;
use super::names::split;
use crate::diag::{Code, Diagnostic};
use crate::format::ecore::ecore;
use crate::format::shared::{self, Pending};
use crate::model::{ObjectId, Origin, Value, resolve_fragment};

/// What one reference text stands for.
enum Target {
    Object(ObjectId),
    /// An object of another file.
    Elsewhere,
}

impl Reader<'_> {
    pub(super) fn resolve(&mut self) {
        self.collect_ids();
        for all in std::mem::take(&mut self.pending) {
            let mut at = 0;
            let words: Vec<&str> = all.text.split_ascii_whitespace().collect();
            for (i, word) in words.iter().enumerate() {
                let start = at + all.text[at..].find(word).unwrap_or_default();
                at = start + word.len();
                if is_type(word, words.get(i + 1).copied()) {
                    continue;
                }
                let whole = all.span.range().len() == all.text.len();
                let span = if whole {
                    all.span.part(start, word.len())
                } else {
                    all.span
                };
                let one = Pending {
                    text: (*word).into(),
                    span,
                    ..all.clone()
                };
                match self.find(&one) {
                    Ok(Target::Object(target)) => {
                        shared::assign(&mut self.model, &one, target, self.diagnostics);
                    }
                    Ok(Target::Elsewhere) => self.keep(&one),
                    Err(diagnostic) => self.diagnostics.push(diagnostic),
                }
            }
        }
    }

    /// Values of attributes that identify objects are names for references too.
    fn collect_ids(&mut self) {
        for object in self.model.objects() {
            let class = self.metamodel.class(self.model.class(object));
            for feature in &class.features {
                let kind = &self.metamodel.feature(*feature).kind;
                if matches!(
                    kind,
                    crate::metamodel::FeatureKind::Attribute { id: true, .. }
                ) && let Some(Value::String(text)) = self.model.own(object, *feature)
                {
                    self.ids.entry(text.clone()).or_insert(object);
                }
            }
        }
    }

    fn find(&self, one: &Pending) -> Result<Target, Diagnostic> {
        let (file, fragment) = one.text.split_once('#').unwrap_or(("", &one.text));
        if !file.is_empty() && file != self.own_name {
            return Ok(Target::Elsewhere);
        }
        if let Some(object) = self.ids.get(fragment) {
            return Ok(Target::Object(*object));
        }
        if fragment.starts_with('/') {
            let found = resolve_fragment(&self.model, fragment);
            return found
                .map(Target::Object)
                .map_err(|e| shared::unresolved(one, &e.reason));
        }
        let diagnostic = shared::unresolved(one, "no object has this identity");
        Err(diagnostic.suggest(fragment, self.ids.keys().map(|k| &**k)))
    }

    fn keep(&mut self, one: &Pending) {
        if !Arc::ptr_eq(&self.metamodel, ecore()) {
            let message = format!("`{}` is in a file that is not loaded", one.text);
            self.diagnostics.push(Diagnostic::warning(
                Code::UnresolvedReference,
                one.span,
                message,
            ));
        }
        let value = Value::Proxy(one.text.clone());
        let origin = Origin::Written(one.span);
        if self.metamodel.feature(one.feature).is_many() {
            self.model.add(one.object, one.feature, value, origin);
        } else {
            self.model.set(one.object, one.feature, value, origin);
        }
    }
}

/// Whether a word is the type that EMF puts before a reference to another file: `ecore:EDataType http://…#//EInt`.
fn is_type(word: &str, next: Option<&str>) -> bool {
    !word.contains('#') && !split(word).0.is_empty() && next.is_some_and(|n| n.contains('#'))
}
