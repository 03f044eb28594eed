//! Entities: the predefined ones, characters by number, and those that a file declares in itself, up to a cap.

use std::collections::BTreeMap;

/// How many bytes all expansions of a file may make together.
const MAX_EXPANSION: usize = 1 << 20;
/// How deep entities may refer to entities.
const MAX_NESTING: usize = 16;

/// The entities that a file declares.
#[derive(Debug, Default)]
pub(super) struct Entities {
    declared: BTreeMap<String, String>,
    expanded: usize,
    /// Whether control characters may stand as references, which XML 1.1 allows.
    controls: bool,
}

impl Entities {
    /// Begins with the predefined ones, under the rules of a version of XML.
    pub(super) fn new(version: Option<&str>) -> Self {
        Self {
            controls: version == Some("1.1"),
            ..Self::default()
        }
    }

    /// Reads a document type declaration. The error says at which byte of it something is refused.
    pub(super) fn declare(&mut self, raw: &str) -> Result<(), (usize, String)> {
        let open = raw.find('[').unwrap_or(raw.len());
        let head = &raw[..open];
        if let Some(at) = head.find("SYSTEM").or_else(|| head.find("PUBLIC")) {
            return Err((at, "a document type in another file is refused".to_owned()));
        }
        let mut at = open + 1;
        while let Some(start) = raw.get(at..).and_then(|rest| rest.find('<')) {
            let start = at + start;
            let rest = &raw[start..];
            let end = if rest.starts_with("<!--") {
                rest.find("-->").map(|n| n + 3)
            } else {
                end_of_declaration(rest)
            };
            let end = start + end.ok_or((start, "a declaration has no end".to_owned()))?;
            if let Some(body) = raw[start..end].strip_prefix("<!ENTITY") {
                self.entity(&body[..body.len() - 1])
                    .map_err(|message| (start, message))?;
            }
            at = end;
        }
        if let Some(at) = raw.get(open..).and_then(|subset| subset.find('%')) {
            let before = &raw[open..open + at];
            if !before.contains('"') && !before.contains('\'') {
                return Err((open + at, "parameter entities are refused".to_owned()));
            }
        }
        Ok(())
    }

    fn entity(&mut self, body: &str) -> Result<(), String> {
        let body = body.trim();
        let name_end = body
            .find(|c: char| c.is_ascii_whitespace())
            .unwrap_or(body.len());
        let (name, value) = (&body[..name_end], body[name_end..].trim_start());
        if name == "%" {
            return Err("parameter entities are refused".to_owned());
        }
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let Some(quote) = quote else {
            return Err(format!("the entity `{name}` in another file is refused"));
        };
        let text = value[1..].split(quote).next().unwrap_or_default();
        // Characters by number are resolved here, so that `&#38;` can begin a reference.
        let text = numbers(text)?;
        self.declared.entry(name.to_owned()).or_insert(text);
        Ok(())
    }

    /// Puts what references stand for in their place.
    pub(super) fn expand(&mut self, raw: &str) -> Result<String, String> {
        let mut out = String::with_capacity(raw.len());
        self.expand_into(raw, &mut out, 0)?;
        Ok(out)
    }

    fn expand_into(&mut self, raw: &str, out: &mut String, depth: usize) -> Result<(), String> {
        let mut rest = raw;
        while let Some(at) = rest.find('&') {
            out.push_str(&rest[..at]);
            let end = rest[at..].find(';').map(|n| at + n);
            let end = end.ok_or("an `&` that begins no reference; write `&amp;`")?;
            let name = &rest[at + 1..end];
            match name {
                "lt" => out.push('<'),
                "gt" => out.push('>'),
                "amp" => out.push('&'),
                "quot" => out.push('"'),
                "apos" => out.push('\''),
                _ if name.starts_with('#') => out.push(match control(name) {
                    Some(c) if self.controls => c,
                    _ => character(name)?,
                }),
                _ => self.named(name, out, depth)?,
            }
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        Ok(())
    }

    fn named(&mut self, name: &str, out: &mut String, depth: usize) -> Result<(), String> {
        let unknown = || format!("the entity `&{name};` is not declared");
        let text = self.declared.get(name).cloned().ok_or_else(unknown)?;
        if text.contains('<') {
            return Err(format!(
                "the entity `&{name};` holds tags, which is refused"
            ));
        }
        self.expanded += text.len().max(1);
        if depth >= MAX_NESTING || self.expanded > MAX_EXPANSION {
            return Err(format!("the entity `&{name};` expands too far"));
        }
        self.expand_into(&text, out, depth + 1)
    }
}

/// A text with its characters by number in their place.
fn numbers(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("&#") {
        out.push_str(&rest[..at]);
        let end = rest[at..].find(';').map(|n| at + n);
        let end = end.ok_or("an `&` that begins no reference; write `&amp;`")?;
        out.push(character(&rest[at + 1..end])?);
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

/// The length of a declaration, quoted texts passed over.
fn end_of_declaration(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, b) in text.bytes().enumerate() {
        match quote {
            Some(q) if q == b => quote = None,
            None if matches!(b, b'"' | b'\'') => quote = Some(b),
            None if b == b'>' => return Some(at + 1),
            Some(_) | None => {}
        }
    }
    None
}

/// A control character other than null, by number.
fn control(name: &str) -> Option<char> {
    by_number(name).filter(|c| *c > '\0' && *c < ' ')
}

/// `#65` or `#x41`.
fn by_number(name: &str) -> Option<char> {
    let number = &name[1..];
    let code = match number.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    code.ok()
        .filter(|_| !number.contains('+'))
        .and_then(char::from_u32)
}

/// A character by its number, where XML allows it.
fn character(name: &str) -> Result<char, String> {
    let allowed = |c: &char| {
        (*c >= ' ' || matches!(c, '\t' | '\n' | '\r')) && !matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    by_number(name)
        .filter(allowed)
        .ok_or_else(|| format!("`&{name};` is no character that XML allows"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_of_entities_ends_at_the_cap() {
        let mut declarations = "<!DOCTYPE a [<!ENTITY e0 \"ha\">".to_owned();
        for n in 1..12 {
            let text = format!("&e{};", n - 1).repeat(10);
            declarations.extend(["<!ENTITY e", &n.to_string(), " \"", &text, "\">"]);
        }
        let mut entities = Entities::default();
        entities.declare(&(declarations + "]>")).unwrap();
        assert_eq!(entities.expand("&e1;").unwrap(), "ha".repeat(10));
        assert!(entities.expand("&e11;").unwrap_err().contains("too far"));
    }

    #[test]
    fn what_opens_another_file_is_refused() {
        for text in [
            "<!DOCTYPE a SYSTEM \"a.dtd\">",
            "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>",
            "<!DOCTYPE a [<!ENTITY % p \"q\">]>",
            "<!DOCTYPE a [%p;]>",
        ] {
            assert!(Entities::default().declare(text).is_err(), "{text}");
        }
    }
}
