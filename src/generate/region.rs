//! Protected regions: parts of an artifact whose text is the user's, between two comments that name them.
//!
//! A template opens one by `{{#protected "id"}}`; what stands in the block is printed where the user has written nothing
//! yet. The comments are found again in the file by their words, whatever the comments of its language look like. The
//! cousins: Acceleo's protected areas, Epsilon's EGL regions.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

const BEGIN: &str = "begin protected ";
const END: &str = "end protected ";

/// A region of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// What it is called; no other region of the file is.
    pub id: String,
    /// The lines between its comments.
    pub body: Range<usize>,
    /// The same with its comments.
    pub whole: Range<usize>,
}

/// The comments of a language on a line of their own: what begins and what ends them.
pub type Comment = (&'static str, &'static str);

/// The two lines around a region.
pub(super) fn lines((open, close): Comment, id: &str) -> [String; 2] {
    let space = if close.is_empty() { "" } else { " " };
    [BEGIN, END].map(|word| format!("{open} {word}{id}{space}{close}\n"))
}

/// What text names no region.
pub(super) const NO_ID: &str =
    "a protected region is called by letters, digits and `._-/:[]`, without blanks";

/// Whether text can name a region.
pub(super) fn is_id(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || "._-/:[]".contains(c);
    !text.is_empty() && text.len() <= 200 && text.chars().all(fits)
}

/// The regions of a text, in order. One that does not end, or whose name stands twice, is none.
pub fn regions(text: &str) -> Vec<Region> {
    let mut found: Vec<Region> = Vec::new();
    let mut open: Option<(&str, Range<usize>)> = None;
    let (mut seen, mut twice) = (BTreeSet::new(), BTreeSet::new());
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        if let Some(id) = marker(line, BEGIN) {
            if !seen.insert(id) {
                twice.insert(id);
            }
            open = Some((id, at..next));
        } else if let Some(id) = marker(line, END)
            && let Some((begun, first)) = open.take()
            && begun == id
        {
            found.push(Region {
                id: id.to_owned(),
                body: first.end..at,
                whole: first.start..next,
            });
        }
        at = next;
    }
    found.retain(|region| !twice.contains(region.id.as_str()));
    found
}

/// The name in a line that is nothing but a comment of these words.
fn marker<'l>(line: &'l str, words: &str) -> Option<&'l str> {
    let line = line.trim();
    let at = line.find(words)?;
    let is_comment = |text: &str| !text.contains(char::is_alphanumeric);
    let before = line[..at].strip_suffix(' ')?;
    let rest = &line[at + words.len()..];
    let (id, after) = rest.split_once(' ').unwrap_or((rest, ""));
    let whole = !before.is_empty() && is_comment(before) && is_comment(after);
    (whole && is_id(id)).then_some(id)
}

/// The texts of the regions of a text by their names.
pub fn bodies(text: &str) -> BTreeMap<String, String> {
    let all = regions(text).into_iter();
    all.map(|r| (r.id, text[r.body].to_owned())).collect()
}

/// A text with other texts in its regions, where there are some for them.
pub fn fill(text: &str, bodies: &BTreeMap<String, String>) -> String {
    with_bodies(text, |id| bodies.get(id).map(String::as_str))
}

/// A text with nothing in its regions.
pub fn skeleton(text: &str) -> String {
    with_bodies(text, |_| Some(""))
}

fn with_bodies<'b>(text: &str, body: impl Fn(&str) -> Option<&'b str>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for region in regions(text) {
        let other = body(&region.id).unwrap_or(&text[region.body.clone()]);
        out.push_str(&text[at..region.body.start]);
        out.push_str(other);
        at = region.body.end;
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a\n  # begin protected x\n  mine\n  # end protected x\nb\n\
                        <!-- begin protected y -->\n<!-- end protected y -->\n";

    #[test]
    fn regions_are_found_by_their_comments() {
        let found = regions(TEXT);
        let ids: Vec<&str> = found.iter().map(|r| r.id.as_str()).collect();
        assert_eq!(ids, ["x", "y"]);
        assert_eq!(&TEXT[found[0].body.clone()], "  mine\n");
        assert!(TEXT[found[0].whole.clone()].ends_with("end protected x\n"));
        for text in [
            "# begin protected x\n# end protected y\n",
            "# begin protected x\n",
            "x = 1 # begin protected x\n# end protected x\n",
            "begin protected x\nend protected x\n",
            "# begin protected x\n# end protected x\n# begin protected x\n# end protected x\n",
        ] {
            assert_eq!(regions(text), [], "{text}");
        }
    }

    #[test]
    fn what_is_filled_in_is_found_again() {
        let mut mine = bodies(TEXT);
        mine.insert("y".to_owned(), "yours\n".to_owned());
        let filled = fill(TEXT, &mine);
        assert_eq!(bodies(&filled), mine);
        assert_eq!(skeleton(&filled), skeleton(TEXT));
        assert!(!skeleton(TEXT).contains("mine"));
    }

    #[test]
    fn comments_of_both_kinds_name_a_region() {
        let [begin, end] = lines(("#", ""), "a.b");
        assert_eq!(begin, "# begin protected a.b\n");
        assert_eq!(regions(&(begin + &end)).len(), 1);
        let [begin, end] = lines(("<!--", "-->"), "a");
        assert_eq!(end, "<!-- end protected a -->\n");
        assert_eq!(regions(&(begin + &end)).len(), 1);
        assert!(!is_id("a b") && !is_id("") && is_id("train/hooks[é]"));
    }
}
