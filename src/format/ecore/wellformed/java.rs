//! Java's identifiers and names of types, as far as Ecore needs them.

/// How deep type arguments may nest.
const MAX_DEPTH: usize = 64;

/// Whether a name of a type has type arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arguments {
    None,
    Some,
}

/// Whether a text can name something in Java.
pub(super) fn is_identifier(text: &str) -> bool {
    text.starts_with(begins) && text.chars().all(continues)
}

fn begins(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$'
}

fn continues(c: char) -> bool {
    begins(c) || c.is_numeric()
}

/// Reads the name of a type; says what is wrong with it.
pub(super) fn type_name(text: &str) -> Result<Arguments, String> {
    let mut names = Names {
        rest: text,
        depth: 0,
    };
    let arguments = names.whole()?;
    match names.rest.chars().next() {
        None => Ok(arguments),
        Some(c) => Err(format!(
            "`{c}` is one too many at its character {}",
            names.at(text)
        )),
    }
}

struct Names<'t> {
    rest: &'t str,
    depth: usize,
}

impl Names<'_> {
    fn at(&self, text: &str) -> usize {
        text[..text.len() - self.rest.len()].chars().count() + 1
    }

    fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Names between dots, type arguments, brackets.
    fn whole(&mut self) -> Result<Arguments, String> {
        let mut arguments = Arguments::None;
        loop {
            self.identifier()?;
            if self.take("<") {
                self.arguments()?;
                arguments = Arguments::Some;
            }
            if !self.take(".") {
                break;
            }
        }
        while self.take("[") {
            if !self.take("]") {
                return Err("a `[` has no `]`".to_owned());
            }
        }
        Ok(arguments)
    }

    fn identifier(&mut self) -> Result<(), String> {
        let end = self.rest.find(|c| !continues(c)).unwrap_or(self.rest.len());
        if !self.rest.starts_with(begins) {
            return Err("a name is missing".to_owned());
        }
        self.rest = &self.rest[end..];
        Ok(())
    }

    fn arguments(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("type arguments nest too deep".to_owned());
        }
        loop {
            if self.take("?") {
                if self.take(" extends ") || self.take(" super ") {
                    self.whole()?;
                }
            } else {
                self.whole()?;
            }
            if self.take(">") {
                self.depth -= 1;
                return Ok(());
            }
            if !self.take(",") {
                return Err("`,` or `>` is missing after a type argument".to_owned());
            }
            self.take(" ");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_types_are_read_and_others_refused() {
        for good in [
            "int",
            "byte[]",
            "java.util.Map$Entry",
            "java.util.List<java.lang.String>",
            "Map<? extends A, ? super B<?>[]>",
        ] {
            assert!(type_name(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "T[",
            "T<>",
            "T<",
            ".name",
            "name..name",
            "name.",
            "T[]<X>",
            "T<X Y>",
            "T <X>",
            "T<?extends X>",
            "T ",
            "1a",
        ] {
            assert!(type_name(bad).is_err(), "{bad}");
        }
        assert!(type_name(&"A<".repeat(100_000)).is_err());
    }
}
