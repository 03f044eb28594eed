//! Well-typed rules and models by chance, over two small metamodels.

use std::fmt::Write;

use super::Random;

const YARD: &str = include_str!("yard.ecore");

const SHOP: &str = include_str!("shop.ecore");

impl Random {
    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }

    fn thing(&mut self) -> &'static str {
        self.one(&["x", "x.friend", "x.box", "x.friend.box"])
    }

    fn number(&mut self) -> String {
        let thing = self.thing();
        match self.below(4) {
            0 => format!("{thing}.size"),
            1 => "x.friend.size".to_owned(),
            2 => "Item.all->size()".to_owned(),
            _ => "x.ancestors()->size()".to_owned(),
        }
    }

    fn text(&mut self) -> String {
        let thing = self.thing();
        match self.below(6) {
            0 | 1 => format!("${{{thing}.name}}"),
            2 => "a ${x.siblings()->size()} of ${if x.name = null then 'none' else x.name endif}"
                .to_owned(),
            3 => "${if x.open then x.name else 'shut' endif}".to_owned(),
            4 => "${x.name.toUpper()}".to_owned(),
            _ => "${x.box.things->first().name}".to_owned(),
        }
    }

    fn condition(&mut self) -> String {
        match self.below(8) {
            0 => "x.open".to_owned(),
            1 => "not x.open".to_owned(),
            2 => "x.name = 'a'".to_owned(),
            3 => "x.friend <> null and x.friend.name <> x.name".to_owned(),
            4 => "x.box <> null".to_owned(),
            5 => "Box.all->exists(b | b.name = x.name)".to_owned(),
            6 => "x.siblings(Thing)->exists(t | t.name = 'a')".to_owned(),
            _ => "x.name <> 'b'".to_owned(),
        }
    }

    fn things(&mut self, class: &str) -> &'static str {
        let all = ["x.friend", "x.siblings(Thing)", "x.friend.siblings(Item)"];
        let of_box = [
            "x.things",
            "x.notes",
            "x.things->select(t | t.open)",
            "x.things->collect(t | t.friend)",
        ];
        if class == "Box" && self.below(3) > 0 {
            self.one(&of_box)
        } else {
            self.one(&all)
        }
    }

    /// A binding of a node or of a leaf in it.
    fn binding(&mut self, class: &str) -> String {
        match self.below(8) {
            0 | 1 => format!("label: \"{}\"", self.text()),
            2 => format!("weight: \"${{{}}}\"", self.number()),
            3 => format!("words: [\"{}\", b]", self.text()),
            4 if class == "Box" => format!(
                "kids: \"${{{}}}\"",
                self.one(&["x.things", "x.notes", "x.things->select(t | t.open)"])
            ),
            4 => "kids: \"${x.friend.asType(Item)}\"".to_owned(),
            5 => "link: \"${x.friend}\"".to_owned(),
            6 => format!("links: \"${{{}}}\"", self.things(class)),
            _ => {
                let over = self.things(class);
                let when = self.condition();
                format!(
                    "leaves: [{{for: t in {over}->asSet(), Leaf: {{label: \"${{t.name}}\", of: \"${{t}}\"}}}}, {{when: \"{when}\", Leaf: {{label: x}}}}]"
                )
            }
        }
    }

    fn bindings(&mut self, class: &str) -> String {
        let mut all: Vec<String> = (0..=self.below(4)).map(|_| self.binding(class)).collect();
        all.sort();
        all.dedup_by_key(|b| b.split(':').next().unwrap_or_default().to_owned());
        all.join(", ")
    }

    /// A transformation that makes nodes of boxes and of items.
    pub(super) fn map(&mut self) -> String {
        let mut text =
            String::from("transform: made\nkind: map\nmetamodels: {in: yard, out: shop}\n");
        if self.below(4) == 0 {
            text.push_str("let:\n  first: Item.all->first()\n");
        }
        text.push_str("rules:\n");
        for class in ["Box", "Item"] {
            writeln!(text, "  - rule: Of{class}\n    from: {{x: {class}}}").unwrap();
            if self.below(3) == 0 {
                writeln!(text, "    where: {}", self.condition()).unwrap();
            }
            let mut bindings = self.bindings(class);
            if self.below(4) == 0 {
                text.push_str("    let:\n      mine: x.friend.name\n");
                bindings = bindings.replace("words: [", "words: [\"${mine}\", ");
            }
            writeln!(text, "    to:\n      n:\n        Node: {{{bindings}}}").unwrap();
            if self.below(3) == 0 {
                let bindings = self.bindings(class).replace("kids:", "links:");
                writeln!(text, "      m:\n        Node: {{kids: \"${{n}}\"}}").unwrap();
                writeln!(text, "      o:\n        Node: {{{bindings}}}").unwrap();
            }
        }
        if self.below(3) == 0 {
            let (text_of, condition) = (self.text(), self.condition());
            writeln!(
                text,
                "  - rule: Mark\n    from: {{x: Thing}}\n    where: {condition}\n    also: true\n    \
                 to:\n      l:\n        Leaf: {{label: \"{text_of}\", of: \"${{x.friend.target('OfBox')}}\"}}"
            )
            .unwrap();
        }
        text
    }

    fn rule(&mut self, name: &str) -> String {
        let class = self.one(&["Thing", "Box", "Item"]);
        let mut text = format!("      - rule: {name}\n        match: {{x: {class}}}\n");
        let condition = self.condition();
        let act = match self.below(8) {
            0 | 1 => format!("set: {{name: \"{}\"}}", self.text()),
            2 => "default: {friend: \"${x.box}\"}".to_owned(),
            3 => format!("default: {{name: \"{}\"}}", self.text()),
            4 => format!("set: {{size: \"${{{}}}\"}}", self.number()),
            5 if class == "Box" => format!(
                "create: {{notes: [{{for: t in x.things, Item: {{name: \"${{t.name}}\", friend: \"${{t}}\"}}}}, {{when: \"{condition}\", Item: {{name: extra}}}}]}}"
            ),
            6 if class == "Box" => "append: {notes: [{Item: {name: more}}]}".to_owned(),
            7 if class == "Item" => "delete: true".to_owned(),
            _ => "default: {open: true}".to_owned(),
        };
        let condition = self.condition();
        writeln!(text, "        where: {condition}\n        {act}").unwrap();
        text
    }

    /// A transformation that completes boxes and items in one to three stages.
    pub(super) fn refine(&mut self) -> String {
        let mut text = String::from("transform: made\nkind: refine\nmetamodel: yard\nstages:\n");
        for stage in 0..=self.below(3) {
            writeln!(text, "  - stage: s{stage}").unwrap();
            if self.below(4) == 0 {
                text.push_str("    until: fixpoint\n    max: 3\n");
            }
            text.push_str("    rules:\n");
            for rule in 0..=self.below(3) {
                text.push_str(&self.rule(&format!("r{rule}")));
            }
        }
        text
    }

    /// Constraints of boxes and items.
    pub(super) fn constraints(&mut self) -> String {
        let mut text = String::from("constraints: yard\nmetamodel: yard\nchecks:\n");
        for number in 0..3 + self.below(4) {
            let class = self.one(&["Thing", "Box", "Item"]);
            let (where_, holds, message) = (self.condition(), self.condition(), self.text());
            write!(
                text,
                "  - check: c{number}\n    match: {{x: {class}}}\n    where: {where_}\n    \
                 assert: {holds}\n    at: name\n    message: \"{message}\"\n    \
                 fix: {{title: \"name it\", set: {{name: \"${{x.name}}x\"}}}}\n"
            )
            .unwrap();
        }
        text
    }

    /// Another version of rules: one of them says something else, or they stand elsewhere.
    pub(super) fn other_version(&mut self, rules: &str) -> String {
        let mut lines: Vec<String> = rules.lines().map(str::to_owned).collect();
        let at = self.below(lines.len());
        let (condition, text) = (self.condition(), self.text());
        let value = self.one(&["x.friend.name", "x.name", "x.box.name"]);
        for line in lines.iter_mut().filter(|l| l.contains(" mine:")) {
            *line = format!("      mine: {value}");
        }
        match self.below(6) {
            0 => lines.insert(at, "# a remark".to_owned()),
            1 | 2 => {
                let is_condition = |l: &&mut String| {
                    ["where: ", "assert: "]
                        .iter()
                        .any(|k| l.trim_start().starts_with(k))
                };
                let count = lines.iter_mut().filter(|l| is_condition(l)).count();
                let chosen = self.below(count);
                if let Some(line) = lines.iter_mut().filter(is_condition).nth(chosen) {
                    let indent = &line[..line.len() - line.trim_start().len()];
                    let key = if line.contains("where: ") {
                        "where"
                    } else {
                        "assert"
                    };
                    *line = format!("{indent}{key}: {condition}");
                }
            }
            _ => {
                let quoted = ["label: \"", " name: \"", "words: [\"", "message: \""];
                let start = |l: &String| {
                    let mut all = quoted.iter();
                    all.find_map(|q| l.find(q).map(|at| at + q.len()))
                };
                let with: Vec<usize> = (0..lines.len())
                    .filter(|n| start(&lines[*n]).is_some())
                    .collect();
                if let Some(line) = with.get(self.below(with.len())).map(|n| &mut lines[*n]) {
                    let start = start(line).unwrap();
                    let end = start + line[start..].find('"').unwrap();
                    line.replace_range(start..end, &text);
                }
            }
        }
        lines.join("\n") + "\n"
    }

    /// A model of a few boxes and items.
    fn yard(&mut self) -> String {
        let mut text = String::from("type: Box\nname: yard\nthings:\n");
        for root in 0..2 {
            writeln!(text, "  - type: Box\n    name: r{root}\n    things:").unwrap();
            for number in 0..3 {
                let name = self.one(&["a", "b", "c"]);
                let open = self.below(2) == 0;
                writeln!(
                    text,
                    "      - {{type: Item, name: {name}, size: {number}, open: {open}}}"
                )
                .unwrap();
            }
            text.push_str("      - {type: Box, name: inner, notes: [{name: n}]}\n");
        }
        text
    }
}

/// A workspace with rules.
pub(super) fn files(rules: &str, random: &mut Random) -> Vec<(String, String)> {
    let files = [
        ("yard.ecore", YARD.to_owned()),
        ("shop.ecore", SHOP.to_owned()),
        ("made.rules.yaml", rules.to_owned()),
        ("yard.yaml", random.yard()),
    ];
    let named: Vec<String> = files.iter().map(|(p, _)| (*p).to_owned()).collect();
    let config = ("mlopsgen.yaml", crate::suite::config(&named));
    let all = files.into_iter().chain([config]);
    all.map(|(path, text)| (path.to_owned(), text)).collect()
}
