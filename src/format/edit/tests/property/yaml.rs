//! Random YAML.

use super::layout::{Choices, Leaf, Written};
use super::spec::{Object, Slot, places};

struct Writer<'c, 'b> {
    out: Written,
    choices: &'c mut Choices<'b>,
    places: Vec<(usize, String, Option<&'static str>)>,
    ending: &'static str,
    step: usize,
    dash: usize,
    comments: bool,
    quoted_keys: bool,
    aligned: bool,
    anchors: usize,
    /// The texts that have an anchor.
    anchored: Vec<(String, String)>,
}

pub(super) fn write(shop: &Object, choices: &mut Choices<'_>) -> Written {
    let ending = choices.of(&["\n", "\n", "\r\n"]);
    let step = choices.of(&[2, 2, 4, 3]);
    let dash = choices.of(&[2, 0, 2, 1]);
    let mut writer = Writer {
        out: Written::default(),
        places: places(shop),
        ending,
        step,
        dash,
        comments: choices.pick(3) > 0,
        quoted_keys: choices.one_in(6),
        aligned: choices.one_in(4),
        anchors: 0,
        anchored: Vec::new(),
        choices,
    };
    if writer.choices.one_in(6) {
        writer.put("%YAML 1.2");
        writer.line();
        writer.put("---");
        writer.tail();
    }
    writer.above(0);
    if writer.choices.one_in(6) {
        writer.flow_object(shop, "Shop");
        writer.tail();
    } else {
        writer.block_object(shop, 0, "Shop");
    }
    if writer.choices.one_in(6) {
        writer.put("...");
        writer.line();
    }
    if writer.choices.one_in(4) && !writer.out.text.ends_with("...\n") {
        let cut = writer.out.text.trim_end_matches(['\r', '\n']).len();
        writer.out.text.truncate(cut);
    }
    writer.out
}

impl Writer<'_, '_> {
    fn put(&mut self, text: &str) {
        self.out.text.push_str(text);
    }

    fn line(&mut self) {
        self.put(self.ending);
    }

    fn blanks(&mut self, columns: usize) {
        self.out.text.extend(std::iter::repeat_n(' ', columns));
    }

    /// Comments and empty lines before a line.
    fn above(&mut self, columns: usize) {
        if !self.comments {
            return;
        }
        if self.choices.one_in(5) {
            self.line();
        }
        for _ in 0..self.choices.pick(4).saturating_sub(1) {
            let odd = self.choices.one_in(5);
            self.blanks(if odd { columns + 1 } else { columns });
            let comment = self.out.comment(("# ", ""));
            self.put(&comment);
            self.line();
        }
    }

    /// The end of a line, perhaps with a comment.
    fn tail(&mut self) {
        if self.comments && self.choices.one_in(3) {
            let columns = 1 + self.choices.pick(4);
            self.blanks(columns);
            let comment = self.out.comment(("# ", ""));
            self.put(&comment);
        }
        self.line();
    }

    fn key(&mut self, name: &str) {
        if self.quoted_keys {
            self.put(&format!("\"{name}\""));
        } else {
            self.put(name);
        }
        self.out.text.push(':');
    }

    /// The entries of an object; the first begins where the text ends, the others in `column`.
    fn block_object(&mut self, object: &Object, column: usize, declared: &str) {
        let start = self.out.at();
        let tag =
            declared != object.class && self.out.text.ends_with(' ') && self.choices.one_in(4);
        if tag {
            self.put(&format!("!{}", object.class));
            self.tail();
            self.above(column);
            self.blanks(column);
        }
        let mut first = true;
        let typed = !tag && (declared != object.class || self.choices.one_in(5));
        let mut slots: Vec<&(&'static str, Slot)> = object.slots.iter().collect();
        if self.choices.one_in(3) {
            slots.reverse();
        }
        if slots.is_empty() && !typed {
            if start == 0 || self.out.text.ends_with('\n') {
                self.blanks(column);
            }
            let from = if tag { start } else { self.out.at() };
            self.put("{}");
            self.out.objects.push(from..self.out.at());
            self.tail();
            return;
        }
        let after_dash = self.out.text.ends_with(' ');
        if typed {
            if !after_dash {
                self.blanks(column);
            }
            self.key("type");
            self.out.text.push(' ');
            self.scalar(object.class, true);
            self.tail();
            first = false;
        }
        let leaves = self.out.leaves.len();
        let mut own = Vec::new();
        for (name, slot) in slots {
            if !first {
                self.above(column);
            }
            if !(first && after_dash) {
                self.blanks(column);
            }
            first = false;
            let from = self.out.at();
            let known = self.out.leaves.len();
            self.entry(name, slot, column, object);
            let text = &self.out.text[from..];
            self.out
                .entries
                .push((from..from + text.trim_end().len(), name));
            if !matches!(slot, Slot::Part(_) | Slot::Parts(_)) {
                let end = from + text.trim_end().len();
                own.push((self.out.leaves.len().min(known), from..end, *name));
            }
        }
        let _ = leaves;
        let end = start + self.out.text[start..].trim_end().len();
        let from = start + self.out.text[start..].len() - self.out.text[start..].trim_start().len();
        self.out.objects.push(from..end);
        for (_, range, feature) in own {
            self.out.leaves.push(Leaf {
                object: from..end,
                feature,
                range,
            });
        }
    }

    fn entry(&mut self, name: &'static str, slot: &Slot, column: usize, object: &Object) {
        self.key(name);
        if self.aligned {
            self.blanks(9usize.saturating_sub(name.len()));
        }
        match slot {
            Slot::Part(part) => {
                let declared = "Item";
                if self.choices.one_in(4) {
                    self.out.text.push(' ');
                    self.flow_object(part, declared);
                    self.tail();
                } else if part.slots.is_empty() && part.class == declared {
                    self.put(" {}");
                    self.tail();
                } else {
                    if self.choices.one_in(6) {
                        self.put(" ");
                        self.anchor("an object");
                    }
                    self.tail();
                    self.above(column + self.step);
                    self.block_object(part, column + self.step, declared);
                }
            }
            Slot::Parts(parts) => {
                let declared = if object.class == "Shop" {
                    "Item"
                } else {
                    "Book"
                };
                self.parts(parts, column, declared);
            }
            Slot::Texts(texts) => self.texts(texts, column),
            Slot::References(targets) => {
                let class = if object.class == "Shop" {
                    "Item"
                } else {
                    object.class
                };
                let texts: Vec<String> =
                    targets.iter().map(|t| self.reference(*t, class)).collect();
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                self.texts(&texts, column);
            }
            Slot::Reference(target) => {
                let text = self.reference(*target, "Item");
                self.out.text.push(' ');
                self.scalar(&text, false);
                self.tail();
            }
            Slot::Text(text) => self.value(text, column + self.step),
            Slot::Word(word) => {
                self.out.text.push(' ');
                let quote = self.choices.one_in(6);
                let text = if quote {
                    format!("'{word}'")
                } else {
                    (*word).to_owned()
                };
                self.put(&text);
                self.tail();
            }
        }
    }

    fn parts(&mut self, parts: &[Object], column: usize, declared: &str) {
        if parts.is_empty() {
            let text = self.choices.of(&[" []", "", " [ ]"]);
            self.put(text);
            self.tail();
            return;
        }
        if self.choices.one_in(6) {
            self.put(" [");
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    self.put(", ");
                }
                self.flow_object(part, declared);
            }
            self.out.text.push(']');
            self.tail();
            return;
        }
        self.tail();
        let dash = column + self.dash;
        for part in parts {
            self.above(dash);
            self.blanks(dash);
            let from = self.out.at();
            self.out.text.push('-');
            if self.choices.one_in(4) {
                self.out.text.push(' ');
                self.flow_object(part, declared);
                self.tail();
            } else if self.choices.one_in(6) && !part.slots.is_empty() {
                self.tail();
                self.above(dash + 2);
                self.block_object(part, dash + 2, declared);
                self.out.objects.last_mut().unwrap().start = from;
            } else {
                self.out.text.push(' ');
                self.block_object(part, dash + 2, declared);
            }
        }
    }

    fn texts(&mut self, texts: &[&str], column: usize) {
        if texts.is_empty() {
            let text = self.choices.of(&[" []", ""]);
            self.put(text);
            self.tail();
            return;
        }
        if let ([one], true) = (texts, self.choices.one_in(3)) {
            self.out.text.push(' ');
            self.scalar(one, false);
            self.tail();
            return;
        }
        match self.choices.pick(3) {
            0 => {
                self.put(" ");
                let whole = format!("a list of {texts:?}");
                if self.alias(&whole) {
                    self.tail();
                    return;
                }
                if self.choices.one_in(4) {
                    self.anchor(&whole);
                    self.put(" ");
                }
                self.put("[");
                for (index, text) in texts.iter().enumerate() {
                    self.put(if index > 0 { ", " } else { "" });
                    self.scalar(text, true);
                }
                self.out.text.push(']');
                self.tail();
            }
            1 => {
                self.put(" [");
                self.tail();
                for text in texts {
                    self.above(column + 4);
                    self.blanks(column + 4);
                    self.scalar(text, true);
                    self.out.text.push(',');
                    self.tail();
                }
                self.blanks(column + 2);
                self.out.text.push(']');
                self.tail();
            }
            _ => {
                self.tail();
                for text in texts {
                    self.above(column + self.dash);
                    self.blanks(column + self.dash);
                    self.out.text.push('-');
                    self.value(text, column + self.dash + 2);
                }
            }
        }
    }

    /// A text behind a key or a dash, to the end of its lines.
    fn value(&mut self, text: &str, column: usize) {
        let block = text.contains('\n')
            && !text.starts_with([' ', '\n'])
            && !text.ends_with("\n\n")
            && self.choices.pick(3) > 0;
        if !block {
            self.out.text.push(' ');
            self.scalar(text, false);
            self.tail();
            return;
        }
        let keep = text.ends_with('\n') && self.choices.one_in(3);
        let header = match (text.ends_with('\n'), keep) {
            (true, true) => " |+",
            (true, false) => " |",
            _ => " |-",
        };
        self.put(header);
        self.tail();
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            if !line.is_empty() {
                self.blanks(column);
            }
            self.put(line);
            self.line();
        }
        if !keep && self.choices.one_in(3) {
            self.line();
        }
    }

    fn scalar(&mut self, text: &str, flow: bool) {
        let safe = |c: char| c.is_alphanumeric() || "./@_".contains(c);
        let plain = text.starts_with(|c: char| c.is_alphabetic() || c == '/')
            && text.chars().all(safe)
            && text != "null"
            && !(flow && text.starts_with('/'));
        let written = match self.choices.pick(4) {
            0 | 1 if plain => text.to_owned(),
            2 if !text.contains('\n') && !text.contains('\t') => {
                format!("'{}'", text.replace('\'', "''"))
            }
            _ => {
                let text = text.replace('\\', "\\\\").replace('"', "\\\"");
                format!("\"{}\"", text.replace('\n', "\\n").replace('\t', "\\t"))
            }
        };
        if self.alias(text) {
            return;
        }
        if self.choices.one_in(12) {
            self.anchor(text);
            self.put(" ");
        }
        self.put(&written);
    }

    fn anchor(&mut self, text: &str) {
        let name = format!("a{}", self.anchors);
        self.put(&format!("&{name}"));
        self.anchors += 1;
        self.anchored.push((name, text.to_owned()));
    }

    /// Repeats a text that has an anchor, perhaps.
    fn alias(&mut self, text: &str) -> bool {
        let known = self.anchored.iter().rfind(|(_, t)| t == text);
        let Some((name, _)) = known.cloned() else {
            return false;
        };
        let repeats = self.choices.one_in(2);
        if repeats {
            self.put(&format!("*{name} "));
        }
        repeats
    }

    fn flow_object(&mut self, object: &Object, declared: &str) {
        let start = self.out.at();
        self.out.text.push('{');
        let mut first = true;
        if declared != object.class {
            self.key("type");
            self.out.text.push(' ');
            self.put(object.class);
            first = false;
        }
        for (name, slot) in &object.slots {
            if !first {
                self.put(", ");
            }
            first = false;
            let from = self.out.at();
            self.key(name);
            self.out.text.push(' ');
            match slot {
                Slot::Part(part) => self.flow_object(part, "Item"),
                Slot::Parts(parts) => {
                    let declared = if object.class == "Shop" {
                        "Item"
                    } else {
                        "Book"
                    };
                    self.out.text.push('[');
                    for (index, part) in parts.iter().enumerate() {
                        self.put(if index > 0 { ", " } else { "" });
                        self.flow_object(part, declared);
                    }
                    self.out.text.push(']');
                }
                Slot::Texts(texts) => {
                    let texts: Vec<String> = texts.iter().map(|t| (*t).to_owned()).collect();
                    self.flow_list(&texts);
                }
                Slot::References(targets) => {
                    let texts: Vec<String> =
                        targets.iter().map(|t| self.reference(*t, "Item")).collect();
                    self.flow_list(&texts);
                }
                Slot::Reference(target) => {
                    let text = self.reference(*target, "Item");
                    self.scalar(&text, true);
                }
                Slot::Text(text) => self.scalar(text, true),
                Slot::Word(word) => self.put(word),
            }
            self.out.entries.push((from..self.out.at(), name));
        }
        self.out.text.push('}');
        let range = start..self.out.at();
        self.out.objects.push(range);
    }

    fn flow_list(&mut self, texts: &[String]) {
        self.out.text.push('[');
        for (index, text) in texts.iter().enumerate() {
            self.put(if index > 0 { ", " } else { "" });
            self.scalar(text, true);
        }
        self.out.text.push(']');
    }

    /// The text of a reference: a name where only one has it, or a place.
    fn reference(&mut self, target: usize, _: &str) -> String {
        let (_, place, key) = &self.places[target];
        let key = key.filter(|k| {
            self.places
                .iter()
                .filter(|(_, _, other)| *other == Some(*k))
                .count()
                == 1
        });
        match key {
            Some(key) if self.choices.one_in(2) => key.to_owned(),
            _ => place.clone(),
        }
    }
}
