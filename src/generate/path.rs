//! Whether a path that came from a model may be written below the output folder, or below the workspace.

use super::Root;

/// Says what is wrong with a path, or nothing.
///
/// Paths come from names in models, so they are taken for hostile: no way out of the folder, nothing that git or some
/// file system treats specially. The file system is asked again when the file is written.
pub(super) fn flaw(path: &str, root: Root) -> Option<String> {
    if path.is_empty() {
        return Some("it is empty".to_owned());
    }
    if path.len() > 1024 {
        return Some("it is longer than 1024 bytes".to_owned());
    }
    let first = path.split('/').next().unwrap_or_default();
    if root == Root::Workspace && OWN.contains(&first.to_ascii_lowercase().as_str()) {
        return Some(format!("`{first}` says what is generated"));
    }
    path.split('/').find_map(component_flaw)
}

/// What mlopsgen itself reads and writes in a workspace.
const OWN: &[&str] = &[".mlopsgen", "mlopsgen.yaml"];

fn component_flaw(name: &str) -> Option<String> {
    let bad = |c: char| {
        c.is_control()
            || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let stem = name.split('.').next().unwrap_or_default();
    let is_git = |own: &str| name.eq_ignore_ascii_case(own);
    if name.is_empty() {
        Some("it has an empty component: it is absolute, or `//` stands in it".to_owned())
    } else if name == "." || name == ".." {
        Some(format!("`{name}` leads out of its folder"))
    } else if is_git(".git") || begins_with(name, "git~") || is_git(".gitmodules") {
        Some(format!("`{name}` is git's own"))
    } else if !name.bytes().all(is_plain)
        && let Some(c) = name.chars().find(|c| bad(*c))
    {
        Some(format!(
            "`{}` is not allowed in a file name",
            c.escape_default()
        ))
    } else if name.ends_with(['.', ' ']) || name.starts_with([' ', '-', '~']) {
        Some(format!(
            "`{name}` begins or ends with a character that tools take for something else"
        ))
    } else if is_device(stem) {
        Some(format!("`{name}` names a device on some systems"))
    } else if name.len() > 255 {
        Some("a component is longer than 255 bytes".to_owned())
    } else {
        None
    }
}

/// Whether a byte is a character that is allowed everywhere in a name.
fn is_plain(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')
}

fn begins_with(name: &str, start: &str) -> bool {
    let own = name.as_bytes().get(..start.len());
    own.is_some_and(|own| own.eq_ignore_ascii_case(start.as_bytes()))
}

/// Whether some systems take a name without its endings for a device.
fn is_device(stem: &str) -> bool {
    match stem.as_bytes() {
        [_, _, _] => ["con", "prn", "aux", "nul"]
            .iter()
            .any(|device| stem.eq_ignore_ascii_case(device)),
        [_, _, _, last] => {
            last.is_ascii_digit() && (begins_with(stem, "com") || begins_with(stem, "lpt"))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_paths_are_refused() {
        for path in [
            "",
            "/etc/passwd",
            "a/../b",
            "..",
            "a//b",
            ".git/config",
            "a/.GIT/x",
            "git~1",
            "a\\b",
            "c:x",
            "a\nb",
            "nul",
            "COM1.txt",
            "a.",
            " a",
            "-rf",
            "a/.gitmodules",
            "a\u{200d}b",
            "~x",
        ] {
            assert!(flaw(path, Root::Output).is_some(), "{path:?} is allowed");
        }
        for path in [
            "a",
            "a/b.py",
            ".dockerignore",
            ".github/workflows/ci.yml",
            "console.txt",
            "é/x",
        ] {
            assert_eq!(flaw(path, Root::Workspace), None, "{path:?}");
        }
    }

    #[test]
    fn what_says_what_is_generated_is_not_generated() {
        for path in ["mlopsgen.yaml", ".mlopsgen/x.json", ".MLOPSGEN/x"] {
            assert!(flaw(path, Root::Workspace).is_some(), "{path:?} is allowed");
            assert_eq!(flaw(path, Root::Output), None, "{path:?}");
        }
    }
}
