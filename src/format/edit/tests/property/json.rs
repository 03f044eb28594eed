//! Random JSON.

use super::layout::{Choices, Leaf, Written};
use super::spec::{Object, Slot, places};

struct Writer {
    out: Written,
    places: Vec<(usize, String, Option<&'static str>)>,
    /// Indentation where members have lines of their own.
    unit: Option<&'static str>,
    /// What stands behind a colon, and behind a comma in a line.
    blank: &'static str,
    ending: &'static str,
}

pub(super) fn write(shop: &Object, choices: &mut Choices<'_>) -> Written {
    let mut writer = Writer {
        out: Written::default(),
        places: places(shop),
        unit: choices.of(&[Some("  "), None, Some("    "), Some("\t")]),
        blank: choices.of(&[" ", ""]),
        ending: choices.of(&["\n", "\r\n"]),
    };
    if writer.unit.is_some() {
        writer.blank = " ";
    }
    writer.object(shop, "Shop", 0);
    writer.out.text.push_str(writer.ending);
    writer.out
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.out.text.push_str(text);
    }

    /// Begins a member: the comma before it, and its line.
    fn begin(&mut self, first: bool, depth: usize) {
        match self.unit {
            Some(unit) => {
                let comma = if first { "" } else { "," };
                let line = format!("{comma}{}{}", self.ending, unit.repeat(depth));
                self.put(&line);
            }
            None if first => {}
            None => {
                let comma = format!(",{}", self.blank);
                self.put(&comma);
            }
        }
    }

    fn end(&mut self, bracket: &str, depth: usize) {
        if let Some(unit) = self.unit {
            let line = format!("{}{}", self.ending, unit.repeat(depth));
            self.put(&line);
        }
        self.put(bracket);
    }

    fn key(&mut self, name: &str) {
        let key = format!("\"{name}\":{}", self.blank);
        self.put(&key);
    }

    fn text(&mut self, text: &str) {
        let text = serde_json::to_string(text).unwrap();
        self.put(&text);
    }

    fn object(&mut self, object: &Object, declared: &str, depth: usize) {
        let start = self.out.at();
        self.put("{");
        let mut first = true;
        let mut own = Vec::new();
        if declared != object.class {
            self.begin(true, depth + 1);
            self.key("type");
            self.text(object.class);
            first = false;
        }
        for (name, slot) in &object.slots {
            self.begin(first, depth + 1);
            first = false;
            let from = self.out.at();
            self.key(name);
            match slot {
                Slot::Part(part) => self.object(part, "Item", depth + 1),
                Slot::Parts(parts) => {
                    let declared = if object.class == "Shop" {
                        "Item"
                    } else {
                        "Book"
                    };
                    self.put("[");
                    for (index, part) in parts.iter().enumerate() {
                        self.begin(index == 0, depth + 2);
                        self.object(part, declared, depth + 2);
                    }
                    self.close("]", (parts.len(), depth + 1));
                }
                Slot::Texts(texts) => {
                    let texts: Vec<String> = texts.iter().map(|t| (*t).to_owned()).collect();
                    self.list(&texts, depth);
                }
                Slot::References(targets) => {
                    let texts: Vec<String> =
                        targets.iter().map(|t| self.places[*t].1.clone()).collect();
                    self.list(&texts, depth);
                }
                Slot::Reference(target) => {
                    let text = self.places[*target].1.clone();
                    self.text(&text);
                }
                Slot::Text(text) => self.text(text),
                // A literal of an enum is text.
                Slot::Word(word) if word.starts_with(char::is_uppercase) => self.text(word),
                Slot::Word(word) => self.put(word),
            }
            let range = from..self.out.at();
            self.out.entries.push((range.clone(), name));
            if !matches!(slot, Slot::Part(_) | Slot::Parts(_)) {
                own.push((range, *name));
            }
        }
        self.close("}", (usize::from(!first), depth));
        let range = start..self.out.at();
        self.out.objects.push(range.clone());
        for (leaf, feature) in own {
            self.out.leaves.push(Leaf {
                object: range.clone(),
                feature,
                range: leaf,
            });
        }
    }

    fn close(&mut self, bracket: &str, what: (usize, usize)) {
        let (members, depth) = what;
        if members == 0 {
            self.put(bracket);
        } else {
            self.end(bracket, depth);
        }
    }

    fn list(&mut self, texts: &[String], depth: usize) {
        self.put("[");
        for (index, text) in texts.iter().enumerate() {
            self.begin(index == 0, depth + 2);
            self.text(text);
        }
        self.close("]", (texts.len(), depth + 1));
    }
}
