//! Which paths may enter a tree: they come from models in the end, so they are hostile until looked at.

use gix::bstr::BStr;

use super::GitError;

/// Refuses what git would refuse on any platform: absolute and empty paths, `.`, `..`, `.git` in all its disguises.
pub(super) fn check(path: &str) -> Result<(), GitError> {
    for component in path.split('/') {
        gix::validate::path::component(
            BStr::new(component),
            None,
            gix::validate::path::component::Options::default(),
        )
        .map_err(|error| GitError::Path {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
    }
    Ok(())
}

/// The path of the work tree that a path below a prefix is, as `Repository::prefix_of` gives it; either may be empty.
pub fn within(prefix: &str, path: &str) -> String {
    match (prefix, path) {
        ("", path) => path.to_owned(),
        (prefix, "") => prefix.to_owned(),
        (prefix, path) => format!("{prefix}/{path}"),
    }
}

/// Walks over the folders above a path, outermost first: `a`, `a/b` for `a/b/c`.
pub(super) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_work_tree_or_enter_the_repository_are_refused() {
        for hostile in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "a/",
            ".",
            "./a",
            ".git/config",
            "a/.git/config",
            "a/.GIT/hooks/pre-commit",
            "GIT~1/config",
            ".git\u{200c}/config",
            "a\\..\\b",
            "a\0b",
        ] {
            assert!(check(hostile).is_err(), "{hostile:?} was accepted");
        }
        for fine in [
            "a",
            "a/b.py",
            ".github/workflows/x.yml",
            ".gitignore",
            "-x",
            "a b/é",
        ] {
            assert!(check(fine).is_ok(), "{fine:?} was refused");
        }
    }

    #[test]
    fn ancestors_run_from_the_root_down() {
        assert_eq!(ancestors("a/b/c").collect::<Vec<_>>(), ["a", "a/b"]);
        assert_eq!(ancestors("a").count(), 0);
    }
}
