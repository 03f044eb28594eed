//! JSON.

use memchr::{memchr, memchr2};

use super::{Flaw, Language, Scalar, Writer, plain, write_in_json_string};
use crate::diag::{Diagnostics, Sources};
use crate::format::json;

pub(super) struct Json;

#[derive(Clone, Default, PartialEq)]
struct JsonWriter {
    in_string: bool,
    escaped: bool,
}

impl Writer for JsonWriter {
    fn step(&mut self, c: char) {
        match c {
            _ if self.escaped => self.escaped = false,
            '\\' if self.in_string => self.escaped = true,
            '"' => self.in_string = !self.in_string,
            _ => {}
        }
    }

    fn skip<'t>(&mut self, text: &'t str) -> &'t str {
        if self.escaped {
            return text;
        }
        let stop = if self.in_string {
            memchr2(b'"', b'\\', text.as_bytes())
        } else {
            memchr(b'"', text.as_bytes())
        };
        &text[stop.unwrap_or(text.len())..]
    }

    fn pass(&mut self, _: &Scalar<'_>, text: &str) {
        if self.escaped {
            self.feed(text);
        }
    }

    fn encode(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String> {
        if !self.in_string {
            return Json.literal(value, out);
        }
        write_in_json_string(&plain(value)?, out);
        Ok(())
    }
}

impl Language for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn claims(&self, file: &str) -> bool {
        super::has_ending(file, &["json", "ipynb"])
    }

    fn writer(&self) -> Box<dyn Writer> {
        Box::new(JsonWriter::default())
    }

    fn literal(&self, value: &Scalar<'_>, out: &mut String) -> Result<(), String> {
        let real = |x: f64| {
            let text = x.is_finite().then(|| super::real(x));
            text.ok_or_else(|| "it is no number that JSON has".to_owned())
        };
        super::write_json_literal(value, out, Ok("null"), &real)
    }

    fn check(&self, text: &str) -> Vec<Flaw> {
        let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) else {
            let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
            let file = sources.add("", text.to_owned());
            json::parse(&sources, file, &mut found);
            return super::repeated_keys(&found);
        };
        let line: usize = text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        vec![Flaw {
            offset: (line + error.column().saturating_sub(1)).min(text.len()),
            message: error.to_string(),
        }]
    }
}
