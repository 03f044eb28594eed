//! Writes parts as they come: as XMI with references by place or by `xmi:id`, or as YAML.

use std::fs::File;
use std::io::{self, BufWriter, Write};

/// How a model is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// XMI, references by place: `//@items.3`.
    Places,
    /// XMI, every object with an `xmi:id`, references by it.
    Ids,
    /// YAML, references by place.
    Yaml,
}

impl Form {
    /// The word for it in file names and tables.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Places | Self::Yaml => "places",
            Self::Ids => "ids",
        }
    }

    /// The extension of its files.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Places | Self::Ids => "xmi",
            Self::Yaml => "yaml",
        }
    }
}

/// An object that is referred to.
#[derive(Debug)]
pub(crate) struct Target {
    /// Its URI fragment.
    pub(crate) path: String,
    /// Its number, from which its `xmi:id` is made.
    pub(crate) id: u64,
}

enum Value {
    Text(String),
    One(Target),
    Many(Vec<Target>),
}

/// An object to be written. Fields are given in the order of the metamodel.
pub(crate) struct Part {
    feature: &'static str,
    class: &'static str,
    id: u64,
    /// Whether its class is not the one that the feature declares.
    pub(crate) typed: bool,
    fields: Vec<(&'static str, Value)>,
    texts: Vec<(&'static str, Vec<String>)>,
}

impl Part {
    pub(crate) const fn new(feature: &'static str, class: &'static str, id: u64) -> Self {
        Self {
            feature,
            class,
            id,
            typed: false,
            fields: Vec::new(),
            texts: Vec::new(),
        }
    }

    pub(crate) fn text(&mut self, name: &'static str, value: String) {
        self.fields.push((name, Value::Text(value)));
    }

    pub(crate) fn texts(&mut self, name: &'static str, values: Vec<String>) {
        self.texts.push((name, values));
    }

    pub(crate) fn one(&mut self, name: &'static str, target: Target) {
        self.fields.push((name, Value::One(target)));
    }

    pub(crate) fn one_of_many(&mut self, name: &'static str, target: Target) {
        self.fields.push((name, Value::Many(vec![target])));
    }

    pub(crate) fn refs(&mut self, name: &'static str, targets: impl Iterator<Item = Target>) {
        let targets: Vec<Target> = targets.collect();
        if !targets.is_empty() {
            self.fields.push((name, Value::Many(targets)));
        }
    }
}

/// A file that is being written.
pub(crate) struct Sink {
    out: BufWriter<File>,
    form: Form,
    root: String,
    /// For YAML, the feature that was written last at each depth.
    written: Vec<&'static str>,
    depth: usize,
    objects: u64,
}

impl Sink {
    pub(crate) const fn new(out: BufWriter<File>, form: Form) -> Self {
        Self {
            out,
            form,
            root: String::new(),
            written: Vec::new(),
            depth: 1,
            objects: 0,
        }
    }

    /// Begins the model.
    pub(crate) fn root(
        &mut self,
        prefix: &str,
        class: &str,
        texts: &[(&str, &str)],
    ) -> io::Result<()> {
        self.objects += 1;
        self.written.push("");
        if self.form == Form::Yaml {
            writeln!(self.out, "type: {class}")?;
            for (name, text) in texts {
                writeln!(self.out, "{name}: {text}")?;
            }
            return Ok(());
        }
        self.root = format!("{prefix}:{class}");
        let package = if prefix == "rail" {
            "railway"
        } else {
            "catalog"
        };
        write!(
            self.out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{} xmi:version=\"2.0\" xmlns:xmi=\"http://www.omg.org/XMI\"",
            self.root
        )?;
        if prefix == "rail" {
            write!(
                self.out,
                " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
            )?;
        }
        write!(self.out, " xmlns:{prefix}=\"http://example.org/{package}\"")?;
        if self.form == Form::Ids {
            write!(self.out, " xmi:id=\"{}\"", xmi_id(u64::MAX / 3))?;
        }
        for (name, text) in texts {
            write!(self.out, " {name}=\"{}\"", escaped(text))?;
        }
        writeln!(self.out, ">")
    }

    /// Writes a part without parts.
    pub(crate) fn whole(&mut self, part: Part) -> io::Result<()> {
        let (feature, texts) = (part.feature, !part.texts.is_empty());
        self.start(part, if texts { ">" } else { "/>" })?;
        if texts && self.form != Form::Yaml {
            writeln!(
                self.out,
                "{:indent$}</{feature}>",
                "",
                indent = 2 * self.depth
            )?;
        }
        Ok(())
    }

    /// Begins a part with parts.
    pub(crate) fn open(&mut self, part: Part) -> io::Result<()> {
        self.start(part, ">")?;
        self.depth += 1;
        self.written.push("");
        Ok(())
    }

    /// Ends the part that is open.
    pub(crate) fn close(&mut self, feature: &str) -> io::Result<()> {
        self.depth -= 1;
        self.written.pop();
        if self.form == Form::Yaml {
            return Ok(());
        }
        writeln!(
            self.out,
            "{:indent$}</{feature}>",
            "",
            indent = 2 * self.depth
        )
    }

    /// Ends the model; returns how many objects it has.
    pub(crate) fn finish(mut self) -> io::Result<u64> {
        if self.form != Form::Yaml {
            writeln!(self.out, "</{}>", self.root)?;
        }
        self.out.flush()?;
        Ok(self.objects)
    }

    fn start(&mut self, part: Part, end: &str) -> io::Result<()> {
        self.objects += 1;
        if self.form == Form::Yaml {
            self.start_yaml(part)
        } else {
            self.start_xmi(part, end)
        }
    }

    fn start_xmi(&mut self, part: Part, end: &str) -> io::Result<()> {
        let ids = self.form == Form::Ids;
        let indent = 2 * self.depth;
        write!(self.out, "{:indent$}<{}", "", part.feature)?;
        if part.typed {
            write!(self.out, " xsi:type=\"rail:{}\"", part.class)?;
        }
        if ids {
            write!(self.out, " xmi:id=\"{}\"", xmi_id(part.id))?;
        }
        for (name, value) in part.fields {
            write!(self.out, " {name}=\"")?;
            match value {
                Value::Text(text) => write!(self.out, "{}", escaped(&text))?,
                Value::One(target) => write!(self.out, "{}", reference(target, ids))?,
                Value::Many(targets) => {
                    for (n, target) in targets.into_iter().enumerate() {
                        write!(
                            self.out,
                            "{}{}",
                            if n == 0 { "" } else { " " },
                            reference(target, ids)
                        )?;
                    }
                }
            }
            write!(self.out, "\"")?;
        }
        writeln!(self.out, "{end}")?;
        for (name, texts) in part.texts {
            for text in texts {
                writeln!(
                    self.out,
                    "{:indent$}  <{name}>{}</{name}>",
                    "",
                    escaped(&text)
                )?;
            }
        }
        Ok(())
    }

    fn start_yaml(&mut self, part: Part) -> io::Result<()> {
        let indent = 4 * (self.depth - 1);
        if self.written.last() != Some(&part.feature) {
            self.written.pop();
            self.written.push(part.feature);
            writeln!(self.out, "{:indent$}{}:", "", part.feature)?;
        }
        let mut lead = "- ";
        if part.typed {
            writeln!(self.out, "{:indent$}  {lead}type: {}", "", part.class)?;
            lead = "  ";
        }
        for (name, value) in part.fields {
            write!(self.out, "{:indent$}  {lead}{name}: ", "")?;
            lead = "  ";
            match value {
                Value::Text(text) => writeln!(self.out, "{text}")?,
                Value::One(target) => writeln!(self.out, "{}", target.path)?,
                Value::Many(targets) => {
                    let paths: Vec<String> = targets.into_iter().map(|t| t.path).collect();
                    writeln!(self.out, "[{}]", paths.join(", "))?;
                }
            }
        }
        for (name, texts) in part.texts {
            writeln!(self.out, "{:indent$}    {name}: [{}]", "", texts.join(", "))?;
        }
        Ok(())
    }
}

fn reference(target: Target, ids: bool) -> String {
    if ids { xmi_id(target.id) } else { target.path }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
}

/// An identifier of the length of those that EMF makes.
fn xmi_id(number: u64) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut id = String::with_capacity(23);
    id.push('_');
    // A bijection of 64 bits, so that no two are alike.
    let mut first = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    first ^= first >> 29;
    first = first.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let second = first.rotate_left(23).wrapping_mul(0x94D0_49BB_1331_11EB);
    for half in [first, second] {
        for shift in 0..11 {
            id.push(char::from(
                LETTERS[usize::try_from(half >> (6 * shift) & 63).unwrap_or(0)],
            ));
        }
    }
    id
}
