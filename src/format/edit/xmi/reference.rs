//! References: words of an attribute, or elements with an `href`.

use std::ops::Range;

use super::names::Purpose;
use super::slot::{Slot, WordPlan, around, put_elements, word_plan};
use super::tree::{ElementId, attribute_value, escape_attribute, split, unescape};
use super::{Changes, New, Said, Writer, plain_words};
use crate::format::edit::plan::Item;
use crate::format::edit::text::Edits;
use crate::metamodel::FeatureId;
use crate::model::Value;

impl Writer<'_> {
    /// The references in the value of an attribute; the type before one belongs to it.
    pub(super) fn words(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let all = plain_words(self.tree.text, range);
        let mut words: Vec<Range<usize>> = Vec::new();
        let mut start = None;
        for (at, word) in all.iter().enumerate() {
            let text = &self.tree.text[word.clone()];
            let next = all.get(at + 1).map(|n| &self.tree.text[n.clone()]);
            let is_type = !text.contains('#')
                && !split(text).0.is_empty()
                && next.is_some_and(|n| n.contains('#'));
            if is_type {
                start.get_or_insert(word.start);
            } else {
                words.push(start.take().unwrap_or(word.start)..word.end);
            }
        }
        words
    }

    /// The part of a word that is the reference itself.
    fn last_word(&self, range: &Range<usize>) -> Range<usize> {
        let words = plain_words(self.tree.text, range.clone());
        words.last().cloned().unwrap_or_else(|| range.clone())
    }

    /// The text of a reference.
    pub(super) fn reference_text(&self, said: &Said) -> Option<String> {
        match said {
            Said::Attribute(_) => None,
            Said::Word(_, range) => {
                let word = self.last_word(range);
                Some(unescape(&self.tree.text[word]).into_owned())
            }
            Said::Element(id) => Some(self.attribute_text(*id, self.href(*id)?)),
        }
    }

    /// The attribute of an element that names another object.
    pub(super) fn href(&self, id: ElementId) -> Option<usize> {
        let attributes = &self.tree.element(id).attributes;
        attributes.iter().position(|a| {
            let name = &self.tree.text[a.name.clone()];
            let (prefix, local) = split(name);
            let own = || !prefix.is_empty() && self.is_xmi(id, prefix);
            name == "href" || (matches!(local, "href" | "idref") && own())
        })
    }

    /// What changes in a reference.
    pub(super) fn links(
        &self,
        slot: Slot,
        what: (&[Said], &[Item], &[Option<Value>]),
        changes: &mut Changes,
        out: &mut Edits,
    ) {
        let (said, plan, old) = what;
        let foreign = |value: &Value| matches!(value, Value::Proxy(_));
        let wordy = self.job.is_metamodel();
        let fits = |value: &Value| wordy || !foreign(value);
        let write = |value: &Value, like: Option<&Said>| self.word(slot, value, like);
        let new = |item: &Item| match item {
            Item::Add(value) => Some(value.clone()),
            _ => None,
        };
        if said.is_empty() {
            let values: Vec<Value> = plan.iter().filter_map(new).collect();
            if !values.is_empty() && values.iter().all(fits) {
                let words: Vec<String> = values.iter().map(|v| write(v, None)).collect();
                let declared = self.job.after.draft.metamodel().feature(slot.feature);
                let attribute = (slot.rank, declared.name.to_string(), words.join(" "));
                changes.new_attributes.push(attribute);
                return;
            }
        }
        let plan = match word_plan(said, plan, old, fits) {
            WordPlan::Words => {
                self.follow(slot, (said, plan, old), out);
                self.put_words(slot, (said, plan), &write, (changes, out));
                return;
            }
            WordPlan::Elements(plan) => plan,
        };
        put_elements(said, &plan, changes);
        self.follow(slot, (said, &plan, old), out);
        for (at, item) in plan.iter().enumerate() {
            match item {
                Item::Keep(_) => {}
                Item::Replace(old, value) => {
                    self.put_link(slot, &said[*old], value, out);
                }
                Item::Add(value) => changes.new.push(New {
                    rank: slot.rank,
                    around: around(said, &plan, at),
                    text: self.link(slot, value),
                }),
            }
        }
    }

    /// Rewrites the references that stay and no longer name what they named.
    fn follow(&self, slot: Slot, what: (&[Said], &[Item], &[Option<Value>]), out: &mut Edits) {
        let (said, plan, old) = what;
        for item in plan {
            let Item::Keep(at) = item else { continue };
            let (Some(text), Some(value)) = (self.reference_text(&said[*at]), &old[*at]) else {
                continue;
            };
            let Some(text) = self.references.follow(slot.feature, &text, value) else {
                continue;
            };
            match &said[*at] {
                Said::Word(index, range) => {
                    let quote = self.quote(slot.id, *index);
                    let text = escape_attribute(&text, quote, self.most);
                    out.replace(self.last_word(range), text);
                }
                Said::Element(id) => {
                    if let Some(href) = self.href(*id) {
                        self.put_attribute(*id, href, &text, out);
                    }
                }
                Said::Attribute(_) => {}
            }
        }
    }

    /// A reference as a word; one to another file has its type before it.
    pub(super) fn word(&self, slot: Slot, value: &Value, like: Option<&Said>) -> String {
        let old = like.and_then(|l| self.reference_text(l));
        let text = self.references.print(slot.feature, value, old.as_deref());
        let Value::Proxy(proxy) = value else {
            return text;
        };
        let declared = self.job.after.draft.metamodel().feature(slot.feature);
        match like {
            Some(Said::Word(_, range)) if proxy.class.is_none() => {
                let kind = range.start..self.last_word(range).start;
                let kind = attribute_value(&self.tree.text[kind]);
                format!("{kind}{text}")
            }
            _ => match proxy.class.or(declared.target()) {
                Some(class) => format!("{} {text}", self.class_name(slot.id, class)),
                None => text,
            },
        }
    }

    /// A reference as a new element.
    pub(super) fn link(&self, slot: Slot, value: &Value) -> String {
        let name = &self.job.after.draft.metamodel().feature(slot.feature).name;
        let uri = self.references.print_uri(slot.feature, value, None);
        let uri = escape_attribute(&uri, '"', self.most);
        let kind = self.link_type(slot.feature, value).map(|class| {
            let attribute = self.type_attribute(slot.id);
            format!(" {attribute}=\"{}\"", self.class_name(slot.id, class))
        });
        format!("<{name}{} href=\"{uri}\"/>", kind.unwrap_or_default())
    }

    /// The class of a target that the feature does not say.
    fn link_type(&self, feature: FeatureId, value: &Value) -> Option<crate::metamodel::ClassId> {
        let draft = self.job.after.draft;
        let class = match value {
            Value::Object(target) => draft.class(*target),
            Value::Proxy(proxy) => proxy.class?,
            _ => return None,
        };
        let declared = draft.metamodel().feature(feature).target();
        (declared != Some(class)).then_some(class)
    }

    /// Gives a reference another target.
    fn put_link(&self, slot: Slot, said: &Said, value: &Value, out: &mut Edits) {
        let id = match said {
            Said::Element(id) => *id,
            Said::Word(index, range) => {
                let quote = self.quote(slot.id, *index);
                let text = self.word(slot, value, Some(said));
                out.replace(range.clone(), escape_attribute(&text, quote, self.most));
                return;
            }
            Said::Attribute(_) => return,
        };
        let old = self.reference_text(said);
        let Some(href) = self.href(id) else {
            // It named nothing: an element without `href`.
            let text = self.link(slot, value);
            out.replace(self.tree.element(id).span(), text);
            return;
        };
        let name = &self.tree.text[self.tree.element(id).attributes[href].name.clone()];
        let text = if split(name).1 == "idref" {
            self.references.print(slot.feature, value, old.as_deref())
        } else {
            self.references
                .print_uri(slot.feature, value, old.as_deref())
        };
        self.put_attribute(id, href, &text, out);
        let kind = self.attribute_for(id, Purpose::Type);
        match (kind, self.link_type(slot.feature, value)) {
            (Some(kind), Some(class)) => {
                let name = self.class_name(id, class);
                self.put_attribute(id, kind, &name, out);
            }
            (Some(kind), None) if matches!(value, Value::Object(_)) => {
                let gone = Changes {
                    gone_attributes: [kind].into(),
                    ..Changes::default()
                };
                self.place_attributes(id, &gone, out);
            }
            (None, Some(class)) if split(name).1 == "href" => {
                let attribute = (0, self.type_attribute(id), self.class_name(id, class));
                let new = Changes {
                    new_attributes: vec![attribute],
                    ..Changes::default()
                };
                self.place_attributes(id, &new, out);
            }
            _ => {}
        }
    }
}
