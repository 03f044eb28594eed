//! The lines that two texts have in common: of what is generated and the file at its place, of two versions of a file.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Which line of the old text, from 1, each line of the new one is; none for those that were written or changed since.
pub fn lines(old: &str, new: &str) -> Vec<Option<usize>> {
    let old: Vec<&str> = old.lines().collect();
    let new: Vec<&str> = new.lines().collect();
    let mut lines = vec![None; new.len()];
    for operation in capture_diff_slices(Algorithm::Myers, &old, &new) {
        if let DiffOp::Equal {
            old_index,
            new_index,
            len,
        } = operation
        {
            for at in 0..len {
                lines[new_index + at] = Some(old_index + at + 1);
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_again_between_others() {
        let found = lines("a\nb\nc\n", "a\r\nmine\nc\nmore\n");
        assert_eq!(found, [Some(1), None, Some(3), None]);
        assert!(lines("a\n", "").is_empty());
    }
}
