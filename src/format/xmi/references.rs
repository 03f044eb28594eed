//! References between objects, once all objects are known.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fields::Known;
use super::follow::Followed;
use super::named::Wanted;
use super::names::split;
use super::waiting::{Pending, Reading, is_type};
use super::{Attribute, Reader, Tokens};
use crate::diag::{Code, Diagnostic, Span};
use crate::format::resource::{built_in, split_uri};
use crate::format::shared::{self, Reference};
use crate::format::uri;
use crate::metamodel::{ClassId, FeatureId, Role};
use crate::model::{Ids, Link, ObjectId, Origin, Proxy, Value, resolve_fragment};

/// How many objects' references are resolved together.
const TOGETHER: usize = 32;

impl Reader<'_, '_> {
    pub(super) fn resolve(&mut self) {
        self.collect_identities();
        let text = self.text;
        let rewritten = std::mem::take(&mut self.rewritten);
        let features = self.fields.len();
        let (mut followed, mut wanted) = (Followed::new(features), Wanted::new(features));
        for first in (0..self.model.bound()).step_by(TOGETHER) {
            let together = first..self.model.bound().min(first + TOGETHER);
            self.by_identities(together.clone(), &rewritten, &mut wanted);
            for number in together {
                self.parked_references(number, &rewritten, &mut followed);
            }
        }
        for Pending {
            object,
            known,
            span,
            reading,
        } in std::mem::take(&mut self.moved)
            .into_iter()
            .chain(std::mem::take(&mut self.pending))
        {
            let known = self.fields.at(known);
            let (words, new) = (&text[span.range()], rewritten.get(&span.start));
            if reading == Reading::Words {
                self.waiting((object, known), (words, new), span, &mut followed);
            } else {
                let text = new.map_or(words, String::as_str);
                self.one((object, known), (text, span), reading);
            }
        }
        for (object, feature) in std::mem::take(&mut self.members) {
            self.resolve_members(object, feature);
        }
        shared::complete(&mut self.model, self.diagnostics);
    }

    /// Learns who has which identity, and reports those that two objects have.
    fn collect_identities(&mut self) {
        self.ids = Ids::of(&self.model);
        let twice = self.ids.twice(&self.model);
        for twice in twice {
            if self
                .diagnostics
                .is_full(self.model.nearest_span(twice.object))
            {
                continue;
            }
            let (at, id) = self.identity(twice.object, twice.is_value);
            let (first, _) = self.identity(twice.first, self.model.id(twice.first) != Some(&*id));
            let message = format!("two objects have the identity `{id}`");
            let diagnostic = Diagnostic::error(Code::DuplicateId, at, message);
            self.diagnostics
                .push(diagnostic.related(first, "the first one"));
        }
    }

    /// Where an object says what identifies it, and what that is.
    fn identity(&self, object: ObjectId, is_value: bool) -> (Span, String) {
        let tag = self.model.nearest_span(object);
        if is_value {
            let feature = self.metamodel.class(self.model.class(object)).id_attribute;
            let span = feature.and_then(|f| self.model.origin(object, f)?.span());
            let id = self.model.id_value(object).unwrap_or_default();
            return (span.unwrap_or(tag), id.into_owned());
        }
        let id = self.model.id(object).unwrap_or_default();
        // The tag is read once more: few files say an identity twice.
        let mut tokens = Tokens::new(&self.text[tag.range()], tag.file);
        let read = tokens.next().is_ok();
        let mut attributes = tokens.attributes().iter().filter(|_| read);
        let named = |a: &&Attribute<'_>| split(a.name.text).1 == "id" && a.value == id;
        let own = attributes.rfind(named).map(Attribute::value_span);
        let span = own.map_or(tag, |s| tag.part(s.start as usize, s.range().len()));
        (span, id.to_owned())
    }

    /// Resolves the references in a feature map, which kept their place among its entries.
    fn resolve_members(&mut self, object: ObjectId, feature: FeatureId) {
        let Role::Member(map) = self.metamodel.feature(feature).role else {
            return;
        };
        let origin = self.model.origin(object, map).unwrap_or(Origin::Implied);
        let mut entries = self
            .model
            .own(object, map)
            .map_or_else(Vec::new, |v| v.items().to_vec());
        for value in &mut entries {
            let Value::Entry(entry) = value else { continue };
            let Value::Proxy(proxy) = &entry.value else {
                continue;
            };
            if entry.feature != feature || self.is_elsewhere(&proxy.uri) {
                continue;
            }
            let fragment = proxy.uri.split_once('#').map_or(&*proxy.uri, |(_, f)| f);
            let by_id = self.ids.get(&self.model, fragment);
            let target = by_id.or_else(|| resolve_fragment(&self.model, fragment).ok());
            let Some(target) = target else {
                let one = Reference {
                    object,
                    field: self.metamodel.field(self.model.class(object), feature),
                    text: proxy.uri.clone(),
                    span: origin.span().unwrap_or(self.model.nearest_span(object)),
                };
                self.diagnostics
                    .push(shared::unresolved(&one, "nothing is there"));
                continue;
            };
            entry.value = Value::Object(target);
        }
        let field = self.metamodel.field(self.model.class(object), map);
        self.model
            .write(object, field, Value::List(entries), origin);
    }

    /// Resolves one text of references that waited, from the file or as it was rewritten.
    fn waiting<'t>(
        &mut self,
        of: (ObjectId, Known<'_>),
        (words, rewritten): (&'t str, Option<&String>),
        span: Span,
        followed: &mut Followed<'t>,
    ) {
        match rewritten {
            Some(words) => self.words(of, (words, None, span), &mut Followed::new(0)),
            None => self.words(of, (words, Some(span.start), span), followed),
        }
    }

    /// Resolves a text that is one reference.
    fn one(
        &mut self,
        (object, known): (ObjectId, Known<'_>),
        (text, span): (&str, Span),
        reading: Reading,
    ) {
        let class = self.typed_at.get(&span.start).copied();
        if reading == Reading::Id || text.contains('#') {
            self.slowly((object, known), (text, span), class);
            return;
        }
        let one = Reference {
            object,
            field: known.field,
            text: text.into(),
            span,
        };
        self.keep(&one, known, class);
    }

    /// Resolves the words of one text of references.
    fn words<'t>(
        &mut self,
        (object, known): (ObjectId, Known<'_>),
        (text, offset, span): (&'t str, Option<u32>, Span),
        followed: &mut Followed<'t>,
    ) {
        let mut class = self.typed_at.get(&span.start).copied();
        let mut rest = text;
        let mut at = 0usize;
        loop {
            let blank = rest.len() - rest.trim_ascii_start().len();
            rest = &rest[blank..];
            at += blank;
            let end = rest
                .bytes()
                .position(|b| b.is_ascii_whitespace())
                .unwrap_or(rest.len());
            if end == 0 {
                return;
            }
            let (word, next) = rest.split_at(end);
            let place = offset.map_or(span, |_| span.part(at, end));
            at += end;
            rest = next;
            if is_type(word, next) {
                let start = span.start + u32::try_from(at - end).unwrap_or_default();
                class = self.typed_at.get(&start).copied();
                continue;
            }
            let by_reference = known.declared.is_containment();
            if let Some(target) = self.follow(word, followed).filter(|_| !by_reference) {
                self.point(object, known, (target, word, place));
            } else if word.starts_with('/')
                && !by_reference
                && !word.contains('#')
                && self.diagnostics.has_enough(place)
            {
                // Why it leads nowhere is told of the first ones.
                self.diagnostics.is_full(place);
                self.model.mark_unread(object, known.field.feature);
            } else {
                self.slowly((object, known), (word, place), class.take());
            }
        }
    }

    /// Anything else that a reference may be.
    fn slowly(
        &mut self,
        (object, known): (ObjectId, Known<'_>),
        (word, span): (&str, Span),
        class: Option<ClassId>,
    ) {
        let one = || Reference {
            object,
            field: known.field,
            text: word.into(),
            span,
        };
        let is_elsewhere = self.is_elsewhere(word);
        // Without a class, the target would have to be of the declared one.
        if class.is_none() && is_elsewhere {
            let declared = known.declared.target().expect("references have targets");
            if self.concrete(declared, span).is_none() {
                self.model.mark_unread(object, known.field.feature);
                return;
            }
        }
        // A part by reference stays one: its object has a place of its own.
        if is_elsewhere || known.declared.is_containment() {
            self.keep(&one(), known, class);
            return;
        }
        let fragment = word.split_once('#').map_or(word, |(_, f)| f);
        let found = if let Some(found) = self.ids.get(&self.model, fragment) {
            Ok(found)
        } else if fragment.starts_with('/') {
            resolve_fragment(&self.model, fragment).map_err(|e| e.reason)
        } else {
            Err("no object has this identity".to_owned())
        };
        match found {
            Ok(target) => self.point(object, known, (target, word, span)),
            Err(reason) => {
                self.model.mark_unread(object, known.field.feature);
                if self.diagnostics.is_full(span) {
                    return;
                }
                let diagnostic = shared::unresolved(&one(), &reason);
                let diagnostic = self.suggest(diagnostic, fragment);
                self.diagnostics.push(diagnostic);
            }
        }
    }

    fn suggest(&mut self, diagnostic: Diagnostic, fragment: &str) -> Diagnostic {
        if fragment.starts_with('/') || !self.diagnostics.may_compare(self.model.bound()) {
            return diagnostic;
        }
        let objects = self.model.objects();
        let ids: Vec<String> = objects
            .iter()
            .flat_map(|o| {
                [
                    self.model.id(*o).map(str::to_owned),
                    self.model.id_value(*o).map(Into::into),
                ]
            })
            .flatten()
            .collect();
        diagnostic.suggest(fragment, ids.iter().map(String::as_str))
    }

    /// Gives a reference its target, after a look at its class.
    fn point(&mut self, object: ObjectId, known: Known<'_>, to: (ObjectId, &str, Span)) {
        let (target, word, span) = to;
        if !known.many && self.model.is_set(object, known.field.feature) {
            let first = self.model.origin(object, known.field.feature);
            let container = shared::is_container(self.metamodel, known.declared);
            if let Some(first) = first.and_then(Origin::span).filter(|_| !container) {
                let message = format!("`{}` has two values", known.declared.name);
                let diagnostic = Diagnostic::error(Code::Multiplicity, span, message);
                self.diagnostics
                    .push(diagnostic.related(first, "the first one"));
            }
        }
        let one = Reference {
            object,
            field: known.field,
            text: word.into(),
            span,
        };
        shared::assign(&mut self.model, &one, target, self.diagnostics);
    }

    pub(super) fn keep(&mut self, one: &Reference, known: Known<'_>, class: Option<ClassId>) {
        // What every metamodel has goes by its namespace, wherever its file may be.
        let (file, fragment) = split_uri(&one.text);
        let uri: Arc<str> = match built_in(file) {
            Some(namespace) => format!("{namespace}#{fragment}").into(),
            None => uri::normal(&one.text),
        };
        let value = Value::Proxy(Arc::new(Proxy { uri, class }));
        let origin = Origin::Written(one.span);
        match known.declared.role {
            Role::Member(_) => self.model.add(one.object, one.field.feature, value, origin),
            _ if known.many => self
                .model
                .link(one.object, one.field, Link::Member(value), origin),
            _ => self
                .model
                .link(one.object, one.field, Link::One(value), origin),
        }
    }
}

impl<'t> Reader<'t, '_> {
    /// Resolves the references that wait in the slots of an object.
    fn parked_references(
        &mut self,
        number: usize,
        rewritten: &BTreeMap<u32, String>,
        followed: &mut Followed<'t>,
    ) {
        let text = self.text;
        let object = ObjectId(u32::try_from(number).expect("a model has as many at most"));
        let mut from = 0;
        while let Some(parked) = self.model.parked(object, from) {
            let known = self.fields.at(parked.number);
            let words = &text[parked.span.range()];
            let rewritten = rewritten.get(&parked.span.start);
            if rewritten.is_none() && self.all_at_once((object, parked), known, words, followed) {
                from = parked.position + 1;
                continue;
            }
            self.model.unpark(object, parked);
            self.waiting((object, known), (words, rewritten), parked.span, followed);
            from = self.model.position_behind(object, parked.rank);
        }
    }
}
