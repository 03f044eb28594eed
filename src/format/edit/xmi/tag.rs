//! The attributes of a tag: in their order, in the layout of their neighbours.

use super::tree::{ElementId, escape_attribute};
use super::{Changes, Writer};
use crate::format::edit::text::Edits;

impl Writer<'_> {
    /// Gives an attribute another value, in its own quotes.
    pub(super) fn put_attribute(&self, id: ElementId, index: usize, text: &str, out: &mut Edits) {
        let value = self.tree.element(id).attributes[index].value.clone();
        let text = escape_attribute(text, self.quote(id, index), self.most);
        out.replace(value, text);
    }

    /// The quotes of an attribute.
    pub(super) fn quote(&self, id: ElementId, index: usize) -> char {
        let value = &self.tree.element(id).attributes[index].value;
        self.tree.text[value.end..].chars().next().unwrap_or('"')
    }

    /// Removes and adds attributes.
    pub(super) fn place_attributes(&self, id: ElementId, changes: &Changes, out: &mut Edits) {
        let element = self.tree.element(id);
        let end = |index: Option<usize>| {
            index.map_or(element.name.end, |i| element.attributes[i].value.end + 1)
        };
        for index in &changes.gone_attributes {
            out.delete(end(index.checked_sub(1))..end(Some(*index)));
        }
        let mut new: Vec<&(usize, String, String)> = changes.new_attributes.iter().collect();
        new.sort_by_key(|(rank, ..)| *rank);
        let (blank, quote) = self.layout(id);
        for (rank, name, value) in new {
            // Behind the nearest of those that come before it in the class.
            let ranks = (0..element.attributes.len()).map(|i| (self.attribute_rank(id, i), i));
            let before = ranks.filter(|(r, _)| *r < (*rank).max(1)).max();
            let value = escape_attribute(value, quote, self.most);
            let text = format!("{blank}{name}={quote}{value}{quote}");
            out.insert(end(before.map(|(_, i)| i)), text);
        }
    }

    /// The rank of an attribute among the features of its class, from 1; what is no feature is first.
    fn attribute_rank(&self, id: ElementId, index: usize) -> usize {
        let name = &self.tree.text[self.tree.element(id).attributes[index].name.clone()];
        self.rank(id, name).unwrap_or(0)
    }

    /// The rank of a feature among those of the class of an element, from 1.
    pub(super) fn rank(&self, id: ElementId, name: &str) -> Option<usize> {
        let draft = self.job.after.draft;
        let object = self.objects[id]?;
        let class = draft.class(object);
        let feature = draft.metamodel().feature_named(class, name)?;
        let features = &draft.metamodel().class(class).features;
        features.iter().position(|f| *f == feature).map(|r| r + 1)
    }

    /// What stands before an attribute of a tag, and its quotes.
    fn layout(&self, id: ElementId) -> (String, char) {
        let element = self.tree.element(id);
        let Some(last) = element.attributes.len().checked_sub(1) else {
            return (" ".to_owned(), '"');
        };
        let before = |i: usize| {
            let from = match i {
                0 => element.name.end,
                i => element.attributes[i - 1].value.end + 1,
            };
            &self.tree.text[from..element.attributes[i].name.start]
        };
        let lines = (last.min(1)..=last).all(|i| before(i).contains('\n'));
        let blank = if lines { before(last) } else { " " };
        (blank.to_owned(), self.quote(id, last))
    }
}
