//! Replacements of ranges of one text, and the lines in which those ranges stand.

use std::borrow::Cow;
use std::ops::Range;

/// One replacement: `range` of the old text becomes `replacement`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// The bytes that go.
    pub range: Range<usize>,
    /// What comes in their place.
    pub replacement: String,
}

/// Replacements as they are found; insertions at one place keep the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Edits {
    list: Vec<TextEdit>,
}

/// Two replacements of one byte: what was planned does not fit together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Overlap(pub(super) usize);

impl Edits {
    pub(super) fn replace(&mut self, range: Range<usize>, replacement: impl Into<String>) {
        let replacement = replacement.into();
        if !range.is_empty() || !replacement.is_empty() {
            self.list.push(TextEdit { range, replacement });
        }
    }

    pub(super) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    pub(super) fn delete(&mut self, range: Range<usize>) {
        self.replace(range, "");
    }

    pub(super) fn append(&mut self, other: Self) {
        self.list.extend(other.list);
    }

    /// Sorts, joins what touches, and cuts what does not change from both ends.
    pub(super) fn finish(mut self, text: &str) -> Result<Vec<TextEdit>, Overlap> {
        self.unite_removals();
        self.list.sort_by_key(|e| (e.range.start, e.range.end));
        let mut joined: Vec<TextEdit> = Vec::new();
        for edit in self.list {
            match joined.last_mut() {
                Some(last) if edit.range.start < last.range.end => {
                    return Err(Overlap(edit.range.start));
                }
                Some(last) if edit.range.start == last.range.end => {
                    last.range.end = edit.range.end;
                    last.replacement.push_str(&edit.replacement);
                }
                _ => joined.push(edit),
            }
        }
        joined.retain_mut(|edit| shrink(edit, text));
        Ok(joined)
    }

    /// Removals may share blanks: those that overlap become one.
    fn unite_removals(&mut self) {
        let (mut removals, mut list): (Vec<TextEdit>, Vec<TextEdit>) =
            std::mem::take(&mut self.list)
                .into_iter()
                .partition(|e| e.replacement.is_empty());
        removals.sort_by_key(|e| (e.range.start, e.range.end));
        removals.dedup_by(|next, last| {
            let overlap = next.range.start < last.range.end;
            if overlap {
                last.range.end = last.range.end.max(next.range.end);
            }
            overlap
        });
        list.extend(removals);
        self.list = list;
    }

    /// Whether all replacements lie in a range.
    pub(super) fn lie_in(&self, range: &Range<usize>) -> bool {
        let inside = |e: &TextEdit| range.start <= e.range.start && e.range.end <= range.end;
        self.list.iter().all(inside)
    }

    /// A part of a text with the replacements that lie in it; those outside are left out.
    pub(super) fn within(&self, text: &str, part: Range<usize>) -> Result<String, Overlap> {
        let inside = |e: &&TextEdit| part.start <= e.range.start && e.range.end <= part.end;
        let list = self.list.iter().filter(inside).cloned().collect();
        let edits = Self { list }.finish(text)?;
        Ok(apply(text, part, &edits))
    }
}

/// Cuts what the replacement has in common with the text that it replaces; false where nothing is left.
fn shrink(edit: &mut TextEdit, text: &str) -> bool {
    let old = &text[edit.range.clone()];
    let new = &edit.replacement;
    if old == new {
        return false;
    }
    let same = |(a, b): &(char, char)| a == b;
    let head: usize = old
        .chars()
        .zip(new.chars())
        .take_while(same)
        .map(|(c, _)| c.len_utf8())
        .sum();
    let tail: usize = old[head..]
        .chars()
        .rev()
        .zip(new[head..].chars().rev())
        .take_while(same)
        .map(|(c, _)| c.len_utf8())
        .sum();
    let range = edit.range.start + head..edit.range.end - tail;
    *edit = TextEdit {
        range,
        replacement: new[head..new.len() - tail].to_owned(),
    };
    true
}

/// Applies replacements that are sorted and disjoint to a part of a text that holds them all.
pub(super) fn apply(text: &str, part: Range<usize>, edits: &[TextEdit]) -> String {
    let mut out = String::with_capacity(part.len());
    let mut at = part.start;
    for edit in edits {
        out.push_str(&text[at..edit.range.start]);
        out.push_str(&edit.replacement);
        at = edit.range.end;
    }
    out.push_str(&text[at..part.end]);
    out
}

/// A text whose last line ends as the others do.
pub(super) fn ended(text: &str) -> Cow<'_, str> {
    if text.ends_with('\n') || text.is_empty() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{text}{}", Lines::new(text).ending))
}

/// Takes the end of the last line that [`ended`] added out of the changes of `whole`.
pub(super) fn unended(mut changes: Vec<TextEdit>, text: &str, whole: &str) -> Vec<TextEdit> {
    let added = &whole[text.len()..];
    if let Some(last) = changes.last_mut().filter(|c| c.range.end > text.len()) {
        if last.range.start >= whole.len() {
            last.replacement.insert_str(0, added);
        }
        if let Some(cut) = last.replacement.strip_suffix(added) {
            last.replacement.truncate(cut.len());
        } else if last.range.start > 0 && last.replacement.is_empty() {
            // The last lines go, and the one above becomes the last.
            let above = whole[..last.range.start]
                .trim_end_matches(['\r', '\n'])
                .len();
            last.range.start = above.max(last.range.start.saturating_sub(added.len()));
        }
        last.range.start = last.range.start.min(text.len());
        last.range.end = text.len();
    }
    if let [.., before, last] = &mut changes[..]
        && last.range.start <= before.range.end
    {
        before.range.end = last.range.end;
        before.replacement.push_str(&last.replacement);
        changes.pop();
    }
    changes
}

/// The lines of a text: what begins and ends where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines<'t> {
    pub(super) text: &'t str,
    /// How lines end: as most do.
    pub(super) ending: &'static str,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let (all, long) = (text.matches('\n').count(), text.matches("\r\n").count());
        let ending = if long > 0 && long * 2 >= all {
            "\r\n"
        } else {
            "\n"
        };
        Self { text, ending }
    }

    /// The first byte of the first line.
    pub(super) fn first(self) -> usize {
        marks(self.text)
    }

    /// The first byte of the line of an offset.
    pub(super) fn start(self, offset: usize) -> usize {
        self.text[..offset]
            .rfind('\n')
            .map_or(self.first().min(offset), |at| at + 1)
    }

    /// The end of the line of an offset, its line break excluded.
    pub(super) fn end(self, offset: usize) -> usize {
        let end = self.text[offset..]
            .find('\n')
            .map_or(self.text.len(), |at| offset + at);
        let cut = self.text[offset..end].ends_with('\r');
        end - usize::from(cut)
    }

    /// The first byte of the next line; the end of the text after the last.
    pub(super) fn next(self, offset: usize) -> usize {
        self.text[offset..]
            .find('\n')
            .map_or(self.text.len(), |at| offset + at + 1)
    }

    /// What stands before an offset on its line.
    pub(super) fn before(self, offset: usize) -> &'t str {
        &self.text[self.start(offset)..offset]
    }

    /// What stands between an offset and the end of its line.
    pub(super) fn after(self, offset: usize) -> &'t str {
        &self.text[offset..self.end(offset)]
    }

    /// Whether nothing but blanks stands before an offset on its line.
    pub(super) fn is_first(self, offset: usize) -> bool {
        is_blank(self.before(offset))
    }

    /// How many characters stand before an offset on its line.
    pub(super) fn column(self, offset: usize) -> usize {
        self.before(offset).chars().count()
    }
}

/// How many bytes of byte order marks stand at the beginning of a text.
pub(super) fn marks(text: &str) -> usize {
    text.len() - text.trim_start_matches('\u{feff}').len()
}

pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| matches!(c, ' ' | '\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacements_are_sorted_joined_and_cut_to_what_changes() {
        let text = "alpha beta gamma";
        let mut edits = Edits::default();
        edits.replace(6..10, "bete");
        edits.insert(5, "!");
        edits.insert(5, "?");
        edits.replace(0..5, "alpha");
        let done = edits.clone().finish(text).unwrap();
        let shown: Vec<(Range<usize>, &str)> = done
            .iter()
            .map(|e| (e.range.clone(), &*e.replacement))
            .collect();
        assert_eq!(shown, [(5..5, "!?"), (9..10, "e")]);
        assert_eq!(apply(text, 0..text.len(), &done), "alpha!? bete gamma");
        assert_eq!(edits.within(text, 6..16), Ok("bete gamma".to_owned()));
    }

    #[test]
    fn a_byte_is_replaced_once() {
        let mut edits = Edits::default();
        edits.replace(0..3, "x");
        edits.replace(2..4, "y");
        assert_eq!(edits.finish("abcdef"), Err(Overlap(2)));
    }

    #[test]
    fn lines_end_as_the_file_ends_them() {
        let lines = Lines::new("\u{feff}ab\r\n  c\r\nd");
        assert_eq!(lines.ending, "\r\n");
        assert_eq!((lines.start(4), lines.end(4), lines.next(4)), (3, 5, 7));
        assert!(lines.is_first(9) && !lines.is_first(10));
        assert_eq!(lines.end(12), 13);
        assert_eq!(lines.next(13), 13);
    }
}
