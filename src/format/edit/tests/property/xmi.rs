//! Random XMI.

use super::layout::{Choices, Leaf, Written};
use super::spec::{Object, Slot, places};

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a habit of a file by itself"
)]
struct Writer<'c, 'b> {
    out: Written,
    choices: &'c mut Choices<'b>,
    places: Vec<(usize, String, Option<&'static str>)>,
    ending: &'static str,
    unit: &'static str,
    /// Whether elements begin lines.
    pretty: bool,
    comments: bool,
    kind: &'static str,
    ids: bool,
    digits: bool,
}

pub(super) fn write(shop: &Object, choices: &mut Choices<'_>) -> Written {
    let ending = choices.of(&["\n", "\n", "\r\n"]);
    let unit = choices.of(&["  ", "\t", "    "]);
    let mut writer = Writer {
        out: Written::default(),
        places: places(shop),
        ending,
        unit,
        pretty: !choices.one_in(8),
        comments: choices.pick(3) > 0,
        kind: choices.of(&["xsi:type", "xmi:type"]),
        ids: choices.one_in(5),
        digits: choices.one_in(6),
        choices,
    };
    if writer.choices.one_in(2) {
        writer.put("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        writer.line();
    }
    writer.above(0);
    writer.element(shop, "shop:Shop", "Shop", 0);
    writer.tail();
    if writer.choices.one_in(4) {
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

    fn indent(&mut self, depth: usize) {
        for _ in 0..depth {
            self.put(self.unit);
        }
    }

    fn above(&mut self, depth: usize) {
        if !self.comments || !self.pretty {
            return;
        }
        if self.choices.one_in(5) {
            self.line();
        }
        for _ in 0..self.choices.pick(4).saturating_sub(1) {
            let odd = self.choices.one_in(5);
            self.indent(if odd { depth + 1 } else { depth });
            self.comment();
            self.line();
        }
    }

    fn comment(&mut self) {
        let marks = self
            .choices
            .of(&[("<!-- ", " -->"), ("<!--", "\n  more -->"), ("<?", "?>")]);
        let behind = marks.1.replace('\n', self.ending);
        let text = self.out.comment((marks.0, &behind));
        self.put(&text);
    }

    fn tail(&mut self) {
        if self.comments && self.choices.one_in(4) {
            let blank = self.choices.of(&[" ", "", "  "]);
            self.put(blank);
            self.comment();
        }
        if self.pretty {
            self.line();
        }
    }

    fn attribute(&mut self, depth: usize, lines: bool, name: &str, value: &str) {
        if lines {
            self.line();
            self.indent(depth + 2);
        } else {
            self.out.text.push(' ');
        }
        let quote = self.choices.of(&['"', '"', '\'']);
        let equals = if self.choices.one_in(8) { " = " } else { "=" };
        let mut text = value.replace('&', "&amp;").replace('<', "&lt;");
        text = match quote {
            '"' => text.replace('"', "&quot;"),
            _ => text.replace('\'', "&#39;"),
        };
        let text = text.replace('\n', "&#10;").replace('\t', "&#x9;");
        self.put(&format!("{name}{equals}{quote}{text}{quote}"));
    }

    fn element(&mut self, object: &Object, name: &str, declared: &str, depth: usize) {
        let start = self.out.at();
        self.put(&format!("<{name}"));
        let lines = self.choices.one_in(4);
        if object.number == 0 {
            for (prefix, uri) in [
                ("xmi", "http://www.omg.org/XMI"),
                ("xsi", "http://www.w3.org/2001/XMLSchema-instance"),
                ("shop", "http://example.org/shop"),
            ] {
                if prefix != "xsi" || self.kind == "xsi:type" || self.choices.one_in(2) {
                    self.attribute(depth, lines, &format!("xmlns:{prefix}"), uri);
                }
            }
        }
        if declared != object.class {
            let class = format!("shop:{}", object.class);
            self.attribute(depth, lines, self.kind, &class);
        }
        if self.ids {
            self.attribute(depth, lines, "xmi:id", &format!("id{}", object.number));
        }
        let mut children: Vec<(&'static str, &Slot)> = Vec::new();
        let mut own = Vec::new();
        for (name, slot) in &object.slots {
            let from = self.out.at();
            match slot {
                Slot::Text(text) if *name == "code" || !self.choices.one_in(6) => {
                    self.attribute(depth, lines, name, text);
                }
                Slot::Word(text) => self.attribute(depth, lines, name, text),
                Slot::Texts(texts)
                    if texts.iter().all(|t| is_word(t))
                        && !texts.is_empty()
                        && self.choices.one_in(3) =>
                {
                    self.attribute(depth, lines, name, &texts.join(" "));
                }
                Slot::Reference(target) if !self.choices.one_in(5) => {
                    let text = self.reference(*target);
                    self.attribute(depth, lines, name, &text);
                }
                Slot::References(targets) if !self.choices.one_in(5) => {
                    let words: Vec<String> = targets.iter().map(|t| self.reference(*t)).collect();
                    let blank = self.choices.of(&[" ", " ", "  "]);
                    self.attribute(depth, lines, name, &words.join(blank));
                }
                _ => children.push((name, slot)),
            }
            if self.out.at() > from {
                let blanks = self.out.text[from..].len() - self.out.text[from..].trim_start().len();
                self.out.entries.push((from..self.out.at(), name));
                own.push((from + blanks..self.out.at(), *name));
            }
        }
        if self.choices.one_in(3) {
            children.reverse();
        }
        self.content(object, &children, (name, depth), &mut own);
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

    /// What stands between the tags of an element, and its end.
    fn content(
        &mut self,
        object: &Object,
        children: &[(&'static str, &Slot)],
        tag: (&str, usize),
        own: &mut Vec<(std::ops::Range<usize>, &'static str)>,
    ) {
        let (name, depth) = tag;
        let any = children.iter().any(|(_, slot)| match slot {
            Slot::Parts(parts) => !parts.is_empty(),
            Slot::Texts(texts) => !texts.is_empty(),
            _ => true,
        });
        if !any {
            let end = match self.choices.pick(4) {
                0 => format!("></{name}>"),
                1 => " />".to_owned(),
                _ => "/>".to_owned(),
            };
            self.put(&end);
            return;
        }
        self.out.text.push('>');
        self.tail();
        for (feature, slot) in children {
            let from = self.out.at();
            self.child(feature, slot, object, depth);
            let text = &self.out.text[from..];
            let range = from + text.len() - text.trim_start().len()..from + text.trim_end().len();
            self.out.entries.push((range.clone(), feature));
            let parts = matches!(slot, Slot::Part(_) | Slot::Parts(_));
            let one = matches!(slot, Slot::Text(_) | Slot::Word(_) | Slot::Reference(_));
            if !parts && one {
                let begin = text.rfind(&format!("<{feature}")).unwrap_or_default();
                let end = text.rfind("/>").max(text.rfind(&format!("</{feature}>")));
                let end = end.unwrap_or_default() + 2;
                own.push((from + begin..from + end, feature));
            }
        }
        if self.pretty {
            self.above(depth + 1);
            self.indent(depth);
        }
        self.put(&format!("</{name}>"));
    }

    fn child(&mut self, name: &'static str, slot: &Slot, object: &Object, depth: usize) {
        match slot {
            Slot::Part(part) => self.part(part, name, "Item", depth + 1),
            Slot::Parts(parts) => {
                let declared = if object.class == "Shop" {
                    "Item"
                } else {
                    "Book"
                };
                for part in parts {
                    self.part(part, name, declared, depth + 1);
                }
            }
            Slot::Text(text) | Slot::Word(text) => self.text(name, text, depth + 1),
            Slot::Texts(texts) => texts.iter().for_each(|t| self.text(name, t, depth + 1)),
            Slot::Reference(target) => self.link(name, *target, depth + 1),
            Slot::References(targets) => {
                for target in targets {
                    self.link(name, *target, depth + 1);
                }
            }
        }
    }

    fn begin(&mut self, depth: usize) {
        self.above(depth);
        if self.pretty {
            self.indent(depth);
        }
    }

    fn part(&mut self, part: &Object, name: &str, declared: &str, depth: usize) {
        self.begin(depth);
        self.element(part, name, declared, depth);
        self.tail();
    }

    fn text(&mut self, name: &str, text: &str, depth: usize) {
        self.begin(depth);
        let raw = !text.contains("]]>") && self.choices.one_in(4);
        let text = text.replace('\n', self.ending);
        let content = if raw {
            format!("<![CDATA[{text}]]>")
        } else {
            text.replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace("]]>", "]]&gt;")
        };
        if content.is_empty() && self.choices.one_in(2) {
            self.put(&format!("<{name}/>"));
        } else {
            self.put(&format!("<{name}>{content}</{name}>"));
        }
        self.tail();
    }

    fn link(&mut self, name: &str, target: usize, depth: usize) {
        self.begin(depth);
        let file = self.choices.of(&["", "shop.xmi"]);
        let text = self.reference(target);
        let text = if self.choices.one_in(4) {
            format!("<{name} xmi:idref=\"{text}\"/>")
        } else {
            format!("<{name} href=\"{file}#{text}\"/>")
        };
        self.put(&text);
        self.tail();
    }

    fn reference(&mut self, target: usize) -> String {
        let (_, place, key) = &self.places[target];
        if self.ids && self.choices.one_in(2) {
            return format!("id{target}");
        }
        let key = key.filter(|k| k.len() == 2 && k.starts_with('t'));
        match key {
            Some(key) if self.choices.one_in(2) && self.unique(key) => key.to_owned(),
            _ if self.digits && place.len() > 1 => format!("/0{}", &place[1..]),
            _ => place.clone(),
        }
    }

    fn unique(&self, key: &str) -> bool {
        self.places
            .iter()
            .filter(|(_, _, other)| *other == Some(key))
            .count()
            == 1
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_whitespace)
}
