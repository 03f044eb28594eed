//! Three versions of a list become one.

use std::collections::{BTreeMap, BTreeSet};

/// Merges a list member by member: what either side took away goes, what either side added stays, ours before theirs.
/// `None` where both sides moved the same members, or some beside each other.
pub(super) fn merge<T: Ord + Clone>(base: &[T], ours: &[T], theirs: &[T]) -> Option<Vec<T>> {
    if ours == theirs || theirs == base {
        return Some(ours.to_vec());
    }
    if ours == base {
        return Some(theirs.to_vec());
    }
    let (base, mut ours, theirs) = (counted(base), counted(ours), counted(theirs));
    let mine = ours.clone();
    let sets: [BTreeSet<&(T, usize)>; 3] =
        [&base, &mine, &theirs].map(|list| list.iter().collect());
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
        (false, false) if a != b => {
            let moved = moved_by(&was, &b)?;
            ours = with_moves(&ours, (&moved_by(&was, &a)?, &moved), (&a, &b))?;
            true
        }
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
    // What the other side added, by the member behind which it stands.
    let mut added: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut before = None;
    for member in other {
        if in_lead.contains(member) {
            if kept(&member) {
                before = Some(member);
            }
        } else if !in_base.contains(member) {
            added.entry(before).or_default().push(member);
        }
    }
    let merged = lead.iter().filter(kept);
    let first = added.remove(&None).unwrap_or_default();
    let mut waiting = first;
    let mut all = Vec::new();
    for member in merged {
        // Where ours leads, what ours added there comes first.
        let own = ours_leads && !in_base.contains(member) && !in_theirs.contains(member);
        if !own {
            all.append(&mut waiting);
        }
        all.push(member);
        waiting.extend(added.remove(&Some(member)).unwrap_or_default());
    }
    all.append(&mut waiting);
    Some(all.into_iter().map(|m| m.0.clone()).collect())
}

/// The members that a side moved: those outside of a longest part that kept its order.
fn moved_by<T: Ord + Clone>(was: &[T], now: &[T]) -> Option<BTreeSet<T>> {
    let at: BTreeMap<&T, usize> = was.iter().enumerate().map(|(i, m)| (m, i)).collect();
    let places: Option<Vec<usize>> = now.iter().map(|m| at.get(m).copied()).collect();
    let places = places?;
    let kept = super::edits::longest_rise(&places);
    let moved = now
        .iter()
        .zip(places)
        .filter(|(_, place)| !kept.contains(place));
    Some(moved.map(|(m, _)| m.clone()).collect())
}

/// The list of ours with the moves of theirs, where no member was moved by both, or to one that the other moved.
fn with_moves<T: Ord + Clone>(
    ours: &[T],
    (mine, moved): (&BTreeSet<T>, &BTreeSet<T>),
    (a, b): (&[T], &[T]),
) -> Option<Vec<T>> {
    let beside = |list: &[T], own: &BTreeSet<T>, other: &BTreeSet<T>| {
        list.windows(2).any(|two| {
            own.contains(&two[0]) && other.contains(&two[1])
                || other.contains(&two[0]) && own.contains(&two[1])
        })
    };
    if !mine.is_disjoint(moved) || beside(a, mine, moved) || beside(b, moved, mine) {
        return None;
    }
    let mut behind: BTreeMap<Option<&T>, Vec<&T>> = BTreeMap::new();
    let mut before = None;
    for member in b {
        if moved.contains(member) {
            behind.entry(before).or_default().push(member);
        } else {
            before = Some(member);
        }
    }
    let mut all: Vec<&T> = behind.remove(&None).unwrap_or_default();
    for member in ours.iter().filter(|m| !moved.contains(m)) {
        all.push(member);
        all.extend(behind.remove(&Some(member)).unwrap_or_default());
    }
    Some(all.into_iter().cloned().collect())
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
            ("abcdefgh", "bcadefgh", "abcdeghf", Some("bcadeghf")),
            ("abcdefgh", "bcadxefgh", "abcydeghf", Some("bcyadxeghf")),
            ("abcdefgh", "habcdefg", "bacdefgh", Some("bhacdefg")),
            ("abcd", "dabc", "bcda", None),
            ("abcd", "bacd", "bcad", None),
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
