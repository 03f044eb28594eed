//! "Did you mean": the known name that is nearest to a misspelt one.

/// Returns the member of `known` that a person who wrote `wrong` most likely meant.
///
/// Distance is Damerau's (insert, delete, replace, swap of neighbours), letter case counting half; at most a
/// third of the longer name may differ. Ties go to the first in `known`. Where none is near, a name that differs in
/// letter case alone is meant, or the only one that begins so.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = wrong;
    let wrong: Vec<char> = wrong.chars().take(128).collect();
    let mut best: Option<(usize, &str)> = None;
    let (mut cased, mut longer) = (None, Vec::new());
    for name in known {
        if name.eq_ignore_ascii_case(text) {
            cased = cased.or(Some(name));
        } else if wrong.len() >= 3 && name.starts_with(text) {
            longer.push(name);
        }
        let candidate: Vec<char> = name.chars().take(128).collect();
        let limit = 2 * (wrong.len().max(candidate.len()) / 3).max(1);
        // A letter that one has more costs two: the rest need not be looked at.
        let least = 2 * wrong.len().abs_diff(candidate.len());
        if least > limit || best.is_some_and(|(d, _)| least >= d) {
            continue;
        }
        let distance = distance(&wrong, &candidate);
        if distance <= limit && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, name));
        }
    }
    let only = <[&str; 1]>::try_from(longer).ok().map(|[name]| name);
    best.map(|(_, name)| name).or(cased).or(only)
}

/// Formats the nearest name as a question, or an empty string.
pub fn did_you_mean<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(wrong, known).map(|name| format!("did you mean `{name}`?"))
}

/// Twice the edit distance, so that a difference in case alone can count one.
fn distance(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut rows = vec![0; (a.len() + 1) * width];
    let at = |i: usize, j: usize| i * width + j;
    for i in 0..=a.len() {
        rows[at(i, 0)] = 2 * i;
    }
    for j in 0..=b.len() {
        rows[at(0, j)] = 2 * j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let (x, y) = (a[i - 1], b[j - 1]);
            let replace = match (x == y, x.eq_ignore_ascii_case(&y)) {
                (true, _) => 0,
                (false, true) => 1,
                (false, false) => 2,
            };
            let mut cost = (rows[at(i - 1, j)] + 2)
                .min(rows[at(i, j - 1)] + 2)
                .min(rows[at(i - 1, j - 1)] + replace);
            if i > 1 && j > 1 && x == b[j - 2] && a[i - 2] == y {
                cost = cost.min(rows[at(i - 2, j - 2)] + 2);
            }
            rows[at(i, j)] = cost;
        }
    }
    rows[at(a.len(), b.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_a_case_a_beginning_and_a_missing_letter_are_near() {
        let known = ["algorithm", "parameters", "resources"];
        assert_eq!(nearest("algoritm", known), Some("algorithm"));
        assert_eq!(nearest("Parameters", known), Some("parameters"));
        assert_eq!(nearest("reosurces", known), Some("resources"));
        assert_eq!(nearest("PARAMETERS", known), Some("parameters"));
        assert_eq!(nearest("algo", known), Some("algorithm"));
        assert_eq!(nearest("algo", ["algorithm", "algorithms"]), None);
        assert_eq!(nearest("gpu", known), None);
        assert_eq!(nearest("", known), None);
    }
}
