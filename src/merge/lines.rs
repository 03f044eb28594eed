//! Three-way merges of texts, line by line: what one side changed is made in the text of the other.
//!
//! Callers: the plan of a run, which brings what is generated now into files that were edited by hand.

use similar::{ConflictStyle, TextMerge};

/// The words behind the markers of a conflict: the text that was edited, its base, and the text whose changes come.
pub const LABELS: [&str; 3] = ["edited by hand", "generated before", "generated now"];

/// A merged text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The text, with markers where both sides changed the same lines.
    pub text: String,
    /// How many times they did.
    pub conflicts: usize,
}

/// Merges what two sides made of a base.
pub fn merge_lines(base: &str, ours: &str, theirs: &str) -> Merged {
    let mut merge = TextMerge::from_lines(base, ours, theirs);
    let [edited, before, now] = LABELS;
    merge
        .conflict_style(ConflictStyle::Diff3)
        .labels(before, edited, now);
    Merged {
        text: merge.to_string(),
        conflicts: merge.conflict_count(),
    }
}

/// Where the first conflict of a text begins that nobody has resolved yet.
pub fn unresolved(text: &str) -> Option<usize> {
    let mut at = 0;
    let mut open = None;
    for line in text.split_inclusive('\n') {
        if line.starts_with("<<<<<<< ") {
            open = open.or(Some(at));
        } else if line.starts_with(">>>>>>> ") && open.is_some() {
            return open;
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text() -> impl Strategy<Value = String> {
        let line = prop_oneof![Just("a\n"), Just("b\n"), Just("c\n"), Just("\n")];
        let end = prop_oneof![Just(""), Just("z"), Just("z\n")];
        (prop::collection::vec(line, 0..12), end).prop_map(|(lines, end)| lines.concat() + end)
    }

    proptest! {
        #[test]
        fn a_side_that_changed_nothing_takes_the_other(base in text(), other in text()) {
            let clean = |text: &String| Merged { text: text.clone(), conflicts: 0 };
            prop_assert_eq!(merge_lines(&base, &other, &base), clean(&other));
            prop_assert_eq!(merge_lines(&base, &base, &other), clean(&other));
            prop_assert_eq!(merge_lines(&base, &other, &other), clean(&other));
        }

        #[test]
        fn a_conflict_holds_all_lines_and_is_found(base in text(), ours in text(), theirs in text()) {
            let merged = merge_lines(&base, &ours, &theirs);
            prop_assert_eq!(unresolved(&merged.text).is_some(), merged.conflicts > 0);
            if merged.conflicts > 0 {
                prop_assert!(merged.text.contains("||||||| generated before\n"));
            }
        }
    }

    #[test]
    fn lines_that_both_changed_stand_between_markers() {
        let merged = merge_lines("1\n2\n3\n4\n", "1\nmine\n3\n4\n", "1\nnew\n3\n4\n5\n");
        assert_eq!(
            merged.text,
            "1\n<<<<<<< edited by hand\nmine\n||||||| generated before\n2\n=======\nnew\n\
             >>>>>>> generated now\n3\n4\n5\n"
        );
        assert_eq!(unresolved(&merged.text), Some(2));
        assert_eq!(unresolved("a <<<<<<< b\n<<<<<<< x\n"), None);
    }
}
