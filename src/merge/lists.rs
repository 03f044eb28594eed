//! Three versions of a list become one.

use std::collections::{BTreeMap, BTreeSet};

/// Merges a list member by member: what either side took away goes, what either side added stays, ours before theirs.
/// `None` where both sides put the members into different orders.
pub(super) fn merge<T: Ord + Clone>(base: &[T], ours: &[T], theirs: &[T]) -> Option<Vec<T>> {
    let (base, ours, theirs) = (counted(base), counted(ours), counted(theirs));
    let sets: [BTreeSet<&(T, usize)>; 3] =
        [&base, &ours, &theirs].map(|list| list.iter().collect());
    let [in_base, in_ours, in_theirs] = &sets;
    let all = |m: &&(T, usize)| in_ours.contains(m) && in_theirs.contains(m);
    let order =
        |list: &[(T, usize)]| -> Vec<(T, usize)> { list.iter().filter(all).cloned().collect() };
    let (first, second) = (order(&ours), order(&theirs));
    // What both sides added in different orders stands in the order of ours.
    let old = |list: &[(T, usize)]| -> Vec<(T, usize)> {
        list.iter()
            .filter(|m| in_base.contains(m))
            .cloned()
            .collect()
    };
    let (was, a, b) = (old(&order(&base)), old(&first), old(&second));
    let ours_leads = match (a == was, b == was) {
        (true, false) => false,
        (false, false) if a != b => return None,
        _ => true,
    };
    let (lead, other) = if ours_leads {
        (&ours, &theirs)
    } else {
        (&theirs, &ours)
    };
    let (in_lead, in_other) = if ours_leads {
        (in_ours, in_theirs)
    } else {
        (in_theirs, in_ours)
    };
    let kept = |m: &&(T, usize)| !in_base.contains(m) || in_other.contains(m);
    let mut merged: Vec<(T, usize)> = lead.iter().filter(kept).cloned().collect();
    let mut before: Option<(T, usize)> = None;
    for member in other {
        if in_lead.contains(member) {
            if merged.contains(member) {
                before = Some(member.clone());
            }
            continue;
        }
        if in_base.contains(member) {
            continue;
        }
        let mut at = before
            .as_ref()
            .and_then(|b| merged.iter().position(|m| m == b))
            .map_or(0, |p| p + 1);
        if ours_leads {
            let added = |m: &(T, usize)| !in_base.contains(m) && !in_theirs.contains(m);
            at += merged[at..].iter().take_while(|m| added(m)).count();
        }
        merged.insert(at, member.clone());
        before = Some(member.clone());
    }
    Some(merged.into_iter().map(|m| m.0).collect())
}

/// Members with how many equal ones stand before them, so that each is itself.
fn counted<T: Ord + Clone>(list: &[T]) -> Vec<(T, usize)> {
    let mut counts: BTreeMap<&T, usize> = BTreeMap::new();
    let count = |m| {
        let seen = counts.entry(m).or_default();
        *seen += 1;
        (m.clone(), *seen - 1)
    };
    list.iter().map(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_merge_member_by_member() {
        let merged = |base: &str, ours: &str, theirs: &str| {
            let list = |text: &str| text.chars().collect::<Vec<char>>();
            let merged = merge(&list(base), &list(ours), &list(theirs));
            merged.map(|m| m.into_iter().collect::<String>())
        };
        for (base, ours, theirs, expected) in [
            ("abc", "abc", "abc", Some("abc")),
            ("abc", "axbc", "abyc", Some("axbyc")),
            ("abc", "abcx", "abcy", Some("abcxy")),
            ("", "x", "y", Some("xy")),
            ("", "x", "x", Some("x")),
            ("abc", "ac", "ab", Some("a")),
            ("abc", "cab", "abcy", Some("cyab")),
            ("abc", "abcx", "cab", Some("cxab")),
            ("abc", "cab", "cab", Some("cab")),
            ("abc", "cab", "bca", None),
            ("aa", "aaa", "a", Some("aa")),
            ("abc", "", "abcz", Some("z")),
        ] {
            assert_eq!(
                merged(base, ours, theirs).as_deref(),
                expected,
                "{base} {ours} {theirs}"
            );
        }
    }
}
