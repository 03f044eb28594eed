//! How a file is laid out: indentation, blanks, quotes. What is new is written the same way.

use std::collections::BTreeMap;

use granit_parser::ScalarStyle;

use super::tree::{Kind, Tree};

/// The habits of a file; where it shows none, those of our own writer.
#[derive(Clone, Debug)]
pub(super) struct Style {
    /// How far the entries of a mapping are indented below their key.
    pub(super) step: usize,
    /// How far the dashes of a list are indented below their key.
    pub(super) dash: usize,
    /// How far a member of a list stands behind its dash.
    pub(super) width: usize,
    /// Whether a blank stands within braces, and within brackets.
    pub(super) blank: (bool, bool),
    /// Whether single values are listed line by line.
    pub(super) block_lists: bool,
    /// The quotes of keys, where most have some.
    pub(super) key_quote: Option<char>,
    /// The quotes of values.
    pub(super) quote: char,
    pub(super) json: bool,
}

/// Counts habits; the most frequent one wins, the smallest among equals.
#[derive(Default)]
struct Votes<T>(BTreeMap<T, usize>);

impl<T: Ord + Copy> Votes<T> {
    fn add(&mut self, habit: T) {
        *self.0.entry(habit).or_default() += 1;
    }

    fn winner(&self) -> Option<T> {
        let most = self.0.values().max()?;
        self.0.iter().find(|(_, n)| *n == most).map(|(h, _)| *h)
    }
}

impl Style {
    pub(super) fn of(tree: &Tree<'_>, json: bool) -> Self {
        let lines = tree.lines;
        let (mut steps, mut dashes, mut widths) =
            (Votes::default(), Votes::default(), Votes::default());
        let (mut braces, mut brackets) = (Votes::default(), Votes::default());
        let (mut lists, mut keys, mut quotes) =
            (Votes::default(), Votes::default(), Votes::default());
        for (id, node) in tree.nodes.iter().enumerate() {
            let Kind::Collection(collection) = &node.kind else {
                if let Kind::Scalar(style, _) = node.kind {
                    let is_key = node.parent.is_some_and(|(p, i)| {
                        tree.members(p).get(i).is_some_and(|m| m.key == Some(id))
                    });
                    let quote = quote_of(style);
                    if is_key {
                        keys.add(quote);
                    } else if let Some(quote) = quote {
                        quotes.add(quote);
                    }
                }
                continue;
            };
            let Some(first) = collection.members.first() else {
                continue;
            };
            if collection.flow {
                // A pair in a list has no braces.
                let Some(inside) = tree.text[node.content.start..].strip_prefix(['[', '{']) else {
                    continue;
                };
                let blank = inside.starts_with(' ');
                if collection.mapping {
                    braces.add(blank);
                } else {
                    brackets.add(blank);
                }
            } else {
                let column = lines.column(first.start);
                if let Some((parent, index)) = node.parent
                    && let Some(above) = tree.members(parent).get(index)
                    && above.key.is_some()
                {
                    let below = column.saturating_sub(lines.column(above.start));
                    if collection.mapping {
                        steps.add(below);
                    } else {
                        dashes.add(below);
                    }
                }
                let value = tree.node(first.value);
                let inline = lines.start(value.start) == lines.start(first.start);
                if !collection.mapping && inline && value.start > first.mark {
                    widths.add(lines.column(value.start) - column);
                }
            }
            let scalars = |m: &super::tree::Member| tree.scalar(m.value).is_some();
            if !collection.mapping && collection.members.iter().all(scalars) {
                lists.add(!collection.flow);
            }
        }
        let step = steps.winner().filter(|s| *s > 0).unwrap_or(2);
        Self {
            step,
            dash: dashes.winner().unwrap_or(step),
            width: widths.winner().unwrap_or(2),
            blank: (
                braces.winner().unwrap_or(false),
                brackets.winner().unwrap_or(false),
            ),
            block_lists: lists.winner().unwrap_or(false),
            key_quote: if json {
                Some('"')
            } else {
                keys.winner().flatten()
            },
            quote: quotes.winner().unwrap_or('"'),
            json,
        }
    }
}

fn quote_of(style: ScalarStyle) -> Option<char> {
    match style {
        ScalarStyle::SingleQuoted => Some('\''),
        ScalarStyle::DoubleQuoted => Some('"'),
        _ => None,
    }
}

/// Indents every line but the first; empty lines stay empty.
pub(super) fn hang(text: &str, blanks: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
            if !line.is_empty() {
                out.push_str(blanks);
            }
        }
        out.push_str(line);
    }
    out
}

/// Indents every line by some columns; empty lines stay empty.
pub(super) fn indent(text: &str, columns: usize) -> String {
    let blanks = " ".repeat(columns);
    let first = if text.is_empty() || text.starts_with('\n') {
        ""
    } else {
        &blanks
    };
    format!("{first}{}", hang(text, &blanks))
}

/// Takes an indentation, or as much of it as there is, from every line but the first, and makes line ends plain.
pub(super) fn dedent(text: &str, blanks: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if index == 0 {
            out.push_str(line);
            continue;
        }
        out.push('\n');
        let own = line.len() - line.trim_start_matches([' ', '\t']).len();
        out.push_str(&line[own.min(blanks.len())..]);
    }
    out
}
