//! URIs by which files name files: relative ones, `platform:/…` and others through a map.

use std::sync::Arc;

/// Which URIs stand for which files: prefixes, the longest one counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UriMap {
    /// A prefix of URIs and the path that takes its place, relative to the root of the world.
    pub prefixes: Vec<(String, String)>,
}

impl UriMap {
    /// The path that a URI in the file `base` stands for; `None` where it is of no file of this world.
    pub fn path(&self, base: &str, uri: &str) -> Option<String> {
        let mapped = self
            .prefixes
            .iter()
            .filter(|(prefix, _)| uri.starts_with(prefix.as_str()))
            .max_by_key(|(prefix, _)| prefix.len());
        if let Some((prefix, path)) = mapped {
            return normalise("", &format!("{path}{}", &uri[prefix.len()..]));
        }
        if uri.contains(':') || uri.starts_with('/') {
            return None;
        }
        let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
        normalise(folder, &decode(uri))
    }
}

/// A URI without the detours of a relative path: `./a/../b.xmi#/` is `b.xmi#/`.
pub fn normal(uri: &str) -> Arc<str> {
    let (file, fragment) = uri.split_at(uri.find('#').unwrap_or(uri.len()));
    let detour = file.split('/').any(|part| part == ".")
        || file.contains("/../") && !file.trim_start_matches("../").is_empty();
    if !detour || file.contains(':') || file.starts_with('/') {
        return uri.into();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in file.split('/') {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|p| *p != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("{}{fragment}", parts.join("/")).into()
}

/// The URI by which the file `base` names the file `path`.
pub fn relative(base: &str, path: &str) -> String {
    let mut from: Vec<&str> = base.split('/').collect();
    from.pop();
    if let Some(fragment) = path.strip_prefix(base).filter(|rest| rest.starts_with('#')) {
        return fragment.to_owned();
    }
    let to: Vec<&str> = path.split('/').collect();
    let common = from
        .iter()
        .zip(&to[..to.len() - 1])
        .take_while(|(a, b)| a == b)
        .count();
    let mut parts = vec![".."; from.len() - common];
    parts.extend(&to[common..]);
    parts.join("/")
}

/// A path relative to a folder, without `.` and `..`; `None` where it leaves the root.
fn normalise(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

fn decode(uri: &str) -> String {
    crate::model::percent_decode(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_relative_to_its_file_or_mapped() {
        let map = UriMap {
            prefixes: vec![
                ("platform:/resource/".into(), "lib/".into()),
                ("platform:/resource/own/".into(), String::new()),
            ],
        };
        let path = |uri| map.path("models/a.xmi", uri);
        assert_eq!(path("b%20c.xmi").as_deref(), Some("models/b c.xmi"));
        assert_eq!(path("../m/b.xmi").as_deref(), Some("m/b.xmi"));
        assert_eq!(path("../../b.xmi"), None);
        assert_eq!(
            path("platform:/resource/x/y.ecore").as_deref(),
            Some("lib/x/y.ecore")
        );
        assert_eq!(
            path("platform:/resource/own/y.ecore").as_deref(),
            Some("y.ecore")
        );
        assert_eq!(path("http://example.org/m"), None);
        assert_eq!(relative("models/a.xmi", "m/b.ecore"), "../m/b.ecore");
        assert_eq!(relative("a.xmi", "b.ecore"), "b.ecore");
    }
}
