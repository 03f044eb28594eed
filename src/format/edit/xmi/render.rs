//! The text of what is new or moves, as it stands in column 0.

use std::fmt::Write;

use super::names::Purpose;
use super::slot::Slot;
use super::tree::{Child, Tree, escape_attribute, escape_content, split};
use super::{Changes, Writer};
use crate::diag::FileId;
use crate::format::edit::EditError;
use crate::format::edit::text::{Edits, Overlap, apply};
use crate::metamodel::ClassId;
use crate::model::{ObjectId, Value};

impl Writer<'_> {
    /// The text of a part; `pretty` is whether its children begin lines.
    pub(super) fn part(
        &self,
        slot: Slot,
        value: &Value,
        pretty: bool,
    ) -> Result<String, EditError> {
        match value {
            Value::Object(part) if self.job.after.draft.is_new(*part) => {
                self.fresh(slot, *part, pretty)
            }
            Value::Object(part) => self.carry(slot, *part, pretty),
            other => Ok(self.link(slot, other)),
        }
    }

    /// Text as the content of an element; its lines end as the others do.
    pub(super) fn escape_content(&self, text: &str) -> String {
        escape_content(text, self.most).replace('\n', self.lines.ending)
    }

    /// A value as an element.
    pub(super) fn value_element(&self, slot: Slot, value: &Value) -> String {
        let draft = self.job.after.draft;
        let name = &draft.metamodel().feature(slot.feature).name;
        if *value == Value::Null {
            return format!("<{name} {}=\"true\"/>", self.nil_attribute(slot.id));
        }
        let text = self.escape_content(&draft.text(slot.object, slot.feature, value));
        format!("<{name}>{text}</{name}>")
    }

    /// The text of a new object.
    fn fresh(&self, slot: Slot, object: ObjectId, pretty: bool) -> Result<String, EditError> {
        let draft = self.job.after.draft;
        let metamodel = draft.metamodel();
        let class = draft.class(object);
        let declared = metamodel.feature(slot.feature);
        let mut attributes = Vec::new();
        if declared.target() != Some(class) {
            let name = self.class_name(slot.id, class);
            attributes.push((self.type_attribute(slot.id), name));
        }
        if let Some(id) = draft.ids.get(&object) {
            attributes.push((self.id_attribute(slot.id), id.to_string()));
        }
        let mut children = Vec::new();
        for feature in &metamodel.class(class).features {
            let values = self.pairs.wanted(self.job, (object, *feature), false);
            let declared = metamodel.feature(*feature);
            let name = &declared.name;
            let inner = Slot {
                feature: *feature,
                object,
                ..slot
            };
            if declared.is_containment() {
                for value in &values {
                    children.push(self.part(inner, value, pretty)?);
                }
            } else if declared.target().is_some() {
                let foreign = |v: &Value| matches!(v, Value::Proxy(_));
                if values.iter().any(foreign) && !self.job.is_metamodel() {
                    children.extend(values.iter().map(|v| self.link(inner, v)));
                } else if !values.is_empty() {
                    let words = values.iter().map(|v| self.word(inner, v, None));
                    attributes.push((name.to_string(), words.collect::<Vec<_>>().join(" ")));
                }
            } else {
                for value in &values {
                    if declared.is_many() {
                        children.push(self.value_element(inner, value));
                    } else {
                        let text = draft.text(object, *feature, value);
                        attributes.push((name.to_string(), text.to_string()));
                    }
                }
            }
        }
        let name = &declared.name;
        let mut text = format!("<{name}");
        for (name, value) in attributes {
            let value = escape_attribute(&value, '"', self.most);
            let _ = write!(text, " {name}=\"{value}\"");
        }
        if children.is_empty() {
            text.push_str("/>");
            return Ok(text);
        }
        text.push('>');
        for child in children {
            if pretty {
                let child = shift(&child, "", &self.unit, "\n");
                text.extend(["\n", &self.unit, &child]);
            } else {
                text.push_str(&child);
            }
        }
        let end = if pretty { "\n" } else { "" };
        let _ = write!(text, "{end}</{name}>");
        Ok(text)
    }

    /// The old text of an object, with its comments and with what changes inside of it.
    fn carry(&self, slot: Slot, object: ObjectId, pretty: bool) -> Result<String, EditError> {
        let mut inner = Edits::default();
        self.object(object, &mut inner)?;
        let id = self.site(object);
        let element = self.tree.element(id);
        let name = &self.job.after.draft.metamodel().feature(slot.feature).name;
        if !inner.lie_in(&element.span()) {
            return Err(self
                .job
                .layout(element.span(), "it moves and changes around its text"));
        }
        let overlap = |o: Overlap| self.job.layout(o.0..o.0, "two changes meet here");
        let text = inner
            .within(self.tree.text, element.span())
            .map_err(overlap)?;
        let text = rename(text, name);
        let region = self.region(id);
        let comments = |range| {
            let all = self.tree.comments_in(range).iter();
            all.map(|c| &self.tree.text[c.clone()])
        };
        if region == element.span() || !pretty {
            let lost: Vec<&str> = comments(region.start..element.tag.start)
                .chain(comments(element.span().end..region.end))
                .collect();
            return Ok(format!("{}{text}", lost.concat()));
        }
        let text = shift(&text, self.lines.before(element.tag.start), "", "\n");
        let above = comments(region.start..element.tag.start);
        let above: String = above.flat_map(|c| [c, "\n"]).collect();
        let behind = match self.tail(id) {
            Some(comment) => format!(" {}", &self.tree.text[comment]),
            None => String::new(),
        };
        Ok(format!("{above}{text}{behind}"))
    }

    /// Corrects what tells the class of an object.
    pub(super) fn class(&self, object: ObjectId, changes: &mut Changes, out: &mut Edits) {
        let (before, after) = (self.job.before.draft, self.job.after.draft);
        let metamodel = after.metamodel();
        let (old, new) = (before.class(object), after.class(object));
        let id = self.site(object);
        let target = |through: Option<(ObjectId, crate::metamodel::FeatureId)>| {
            through.and_then(|c| metamodel.feature(c.1).target())
        };
        let (was, is) = (
            target(before.container(object)),
            target(after.container(object)),
        );
        let marker = self.attribute_for(id, Purpose::Type);
        match marker {
            _ if old == new && was == is => {}
            Some(_) if old == new => {}
            Some(index) if is == Some(new) || is.is_none() => {
                changes.gone_attributes.insert(index);
            }
            Some(index) => self.put_attribute(id, index, &self.class_name(id, new), out),
            None if is == Some(new) || is.is_none() => {}
            None => {
                let name = self.class_name(id, new);
                let attribute = (0, self.type_attribute(id), name);
                changes.new_attributes.push(attribute);
            }
        }
        if is.is_none() && old != new {
            changes.renamed = true;
            self.rename_root(object, new, out);
        }
    }

    /// The element of a root is called as its class.
    fn rename_root(&self, object: ObjectId, class: ClassId, out: &mut Edits) {
        let id = self.site(object);
        let element = self.tree.element(id);
        let name = self.class_name(id, class);
        out.replace(element.name.clone(), name.clone());
        if let Some(end) = &element.end {
            let start = end.start + 2;
            out.replace(start..start + element.name.len(), name);
        }
    }
}

/// Gives the outermost element of a text another name; its prefix stays.
fn rename(text: String, name: &str) -> String {
    let Ok(tree) = Tree::read(&text, FileId(0)) else {
        return text;
    };
    let element = tree.element(tree.root);
    let old = tree.name(tree.root);
    let prefix = old.len() - split(old).1.len();
    let mut edits = Edits::default();
    edits.replace(element.name.start + prefix..element.name.end, name);
    if let Some(end) = &element.end {
        let start = end.start + 2;
        edits.replace(start + prefix..start + old.len(), name);
    }
    let renamed = edits.within(&text, 0..text.len());
    renamed.unwrap_or(text)
}

/// Changes the indentation of the lines of some elements: of those that begin between tags or within one.
pub(super) fn shift(text: &str, old: &str, new: &str, ending: &str) -> String {
    if !text.contains('\n') {
        return text.to_owned();
    }
    // Comments may stand before the element: in a wrapper the whole is one.
    let wrapped = format!("<x>{text}</x>");
    let Ok(tree) = Tree::read(&wrapped, FileId(0)) else {
        return text.to_owned();
    };
    let mut edits = Edits::default();
    for element in &tree.elements {
        let mixed = |c: &Child| matches!(c, Child::Element(_) | Child::Comment(_));
        if element.children.iter().any(mixed) {
            for child in &element.children {
                if let Child::Text(range) = child
                    && wrapped[range.clone()].trim().is_empty()
                {
                    reindent(&wrapped, range.clone(), (old, new, ending), &mut edits);
                }
            }
        }
        let mut from = element.name.end;
        for attribute in &element.attributes {
            reindent(
                &wrapped,
                from..attribute.name.start,
                (old, new, ending),
                &mut edits,
            );
            from = attribute.value.end + 1;
        }
        reindent(
            &wrapped,
            from..element.tag.end,
            (old, new, ending),
            &mut edits,
        );
    }
    let done = edits.finish(&wrapped).unwrap_or_default();
    let whole = apply(&wrapped, 0..wrapped.len(), &done);
    let inner = whole
        .strip_prefix("<x>")
        .and_then(|w| w.strip_suffix("</x>"));
    inner.unwrap_or(text).to_owned()
}

fn reindent(text: &str, range: std::ops::Range<usize>, how: (&str, &str, &str), edits: &mut Edits) {
    let (old, new, ending) = how;
    for (at, _) in text[range.clone()].match_indices('\n') {
        let at = range.start + at;
        let line = &text[at + 1..range.end];
        let cut = if line.starts_with(old) {
            old.len()
        } else {
            line.len() - line.trim_start_matches([' ', '\t']).len()
        };
        let blank = line[cut..].starts_with(['\n', '\r']);
        let start = at - usize::from(text[..at].ends_with('\r'));
        let indent = if blank { "" } else { new };
        edits.replace(start..at + 1 + cut, format!("{ending}{indent}"));
    }
}
