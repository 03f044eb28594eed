//! Random shops.

use super::layout::Choices;

/// An object to write.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) class: &'static str,
    /// Counts the objects of the file.
    pub(super) number: usize,
    pub(super) slots: Vec<(&'static str, Slot)>,
}

#[derive(Clone, Debug)]
pub(super) enum Slot {
    Text(&'static str),
    /// What is written bare: a number, a truth value, a literal of an enum.
    Word(&'static str),
    Texts(Vec<&'static str>),
    /// The numbers of targets, for one value or for several.
    Reference(usize),
    References(Vec<usize>),
    Part(Box<Object>),
    Parts(Vec<Object>),
}

pub(super) const TEXTS: &[&str] = &[
    "a",
    "novel",
    "no",
    "1.10",
    "x: y",
    "it's",
    "q\"t",
    "é",
    "a b",
    "one\ntwo",
    "one\n\ntwo\n",
    "# hash",
    "",
    " lead",
    "tail ",
    "- dash",
    "&amp;",
    "<tag>",
    "tab\there",
    "]]>",
    "null",
    "~",
    "[a]",
    "{b}",
    "a,b",
    "Quill",
    "Emma",
    "s3://bucket/x",
    "2001-01-01",
    "true",
    "one\n two\n",
    "a\\b",
    "100%",
    "*x",
    "!t",
    "a #b",
];

pub(super) const NAMES: &[&str] = &[
    "Emma", "Quill", "Nib", "no", "x y", "1815", "it's", "a", "b", "c", "d",
];

/// A random shop.
pub(super) fn shop(choices: &mut Choices<'_>) -> Object {
    let mut count = 1;
    let mut slots = Vec::new();
    if choices.pick(3) > 0 {
        slots.push(("name", Slot::Text(choices.of(TEXTS))));
    }
    if choices.one_in(2) {
        slots.push(("open", Slot::Word(choices.of(&["true", "false"]))));
    }
    let items: Vec<Object> = (0..choices.pick(6))
        .map(|_| item(choices, &mut count, 0))
        .collect();
    if !items.is_empty() || choices.one_in(3) {
        slots.push(("items", Slot::Parts(items)));
    }
    if choices.one_in(3) {
        slots.push(("front", Slot::Part(Box::new(item(choices, &mut count, 0)))));
    }
    if count > 1 {
        let target = |choices: &mut Choices<'_>| 1 + choices.pick(count - 1);
        if choices.one_in(2) {
            slots.push(("best", Slot::Reference(target(choices))));
        }
        if choices.one_in(2) {
            let mut shown: Vec<usize> = Vec::new();
            for _ in 0..=choices.pick(4) {
                let one = target(choices);
                if !shown.contains(&one) {
                    shown.push(one);
                }
            }
            slots.push(("shown", Slot::References(shown)));
        }
    }
    let mut shop = Object {
        class: "Shop",
        number: 0,
        slots,
    };
    link(&mut shop, choices, count);
    shop
}

fn item(choices: &mut Choices<'_>, count: &mut usize, depth: usize) -> Object {
    let class = if depth > 0 {
        "Book"
    } else {
        choices.of(&["Book", "Pen", "Tool"])
    };
    let number = *count;
    *count += 1;
    let mut slots = Vec::new();
    if choices.pick(4) > 0 {
        slots.push(("name", Slot::Text(choices.of(NAMES))));
    }
    if choices.one_in(2) {
        slots.push((
            "price",
            Slot::Word(choices.of(&["9.5", "10", "9.50", "1.0E8", "0.1"])),
        ));
    }
    if choices.one_in(2) {
        let tags = (0..choices.pick(4)).map(|_| choices.of(TEXTS));
        slots.push(("tags", Slot::Texts(tags.collect())));
    }
    match class {
        "Book" => {
            if choices.one_in(2) {
                slots.push(("pages", Slot::Word(choices.of(&["1", "474"]))));
            }
            if depth < 3 && choices.one_in(2) {
                let parts = (0..choices.pick(4)).map(|_| item(choices, count, depth + 1));
                slots.push(("parts", Slot::Parts(parts.collect())));
            }
        }
        "Pen" if choices.one_in(2) => {
            slots.push(("colour", Slot::Word(choices.of(&["RED", "GREEN"]))));
        }
        "Tool" if choices.pick(3) > 0 && number < 10 => {
            let codes = ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9"];
            slots.push(("code", Slot::Text(codes[number])));
        }
        _ => {}
    }
    Object {
        class,
        number,
        slots,
    }
}

/// Adds references of two directions: sometimes one is written, sometimes both.
fn link(shop: &mut Object, choices: &mut Choices<'_>, count: usize) {
    if count < 2 {
        return;
    }
    let mut next: Vec<Option<usize>> = vec![None; count];
    for target in next.iter_mut().skip(1) {
        if choices.one_in(4) {
            *target = Some(1 + choices.pick(count - 1));
        }
    }
    let sides = choices.pick(3);
    visit(shop, &mut |object| {
        if object.number == 0 {
            return;
        }
        if let (Some(target), true) = (next[object.number], sides != 1) {
            object.slots.push(("next", Slot::Reference(target)));
        }
        let previous: Vec<usize> = (1..count)
            .filter(|n| next[*n] == Some(object.number))
            .collect();
        if !previous.is_empty() && sides != 0 {
            object.slots.push(("previous", Slot::References(previous)));
        }
    });
}

/// Walks over an object and its parts in the order of writing.
pub(super) fn visit(object: &mut Object, see: &mut impl FnMut(&mut Object)) {
    see(object);
    for (_, slot) in &mut object.slots {
        match slot {
            Slot::Part(part) => visit(part, see),
            Slot::Parts(parts) => parts.iter_mut().for_each(|p| visit(p, see)),
            _ => {}
        }
    }
}

/// The places and keys of all objects, by their numbers: `//@items.0/@parts.1`, and the key that files know.
pub(super) fn places(shop: &Object) -> Vec<(usize, String, Option<&'static str>)> {
    let mut all = Vec::new();
    collect(shop, "", &mut all);
    all.sort();
    all
}

fn collect(object: &Object, path: &str, all: &mut Vec<(usize, String, Option<&'static str>)>) {
    let key_name = if object.class == "Tool" {
        "code"
    } else {
        "name"
    };
    let key = object.slots.iter().find_map(|(name, slot)| match slot {
        Slot::Text(text) if *name == key_name => Some(*text),
        _ => None,
    });
    let shown = if path.is_empty() {
        "/".to_owned()
    } else {
        format!("/{path}")
    };
    all.push((object.number, shown, key));
    for (name, slot) in &object.slots {
        match slot {
            Slot::Part(part) => collect(part, &format!("{path}/@{name}"), all),
            Slot::Parts(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    collect(part, &format!("{path}/@{name}.{index}"), all);
                }
            }
            _ => {}
        }
    }
}
