//! What rules did, as a picture: what each application matched, the rule, and what it wrote.

use std::collections::{BTreeMap, BTreeSet};

use super::text::{counted, short};
use super::{Diagram, Edge, EdgeKind, End, Kind, Mark, Node, Row, Rows};
use crate::diag::Span;
use crate::expr::Slot;
use crate::model::{LinkId, Model, ObjectId, Origin, SlotValue, Value, show};
use crate::transform::{Side, Trace};

/// How many values of an object are shown.
const SLOTS: usize = 6;

/// What of a trace is shown.
#[derive(Clone, Debug)]
pub struct Options {
    /// The objects of the source whose applications are shown; all where none is named.
    pub objects: Vec<ObjectId>,
    /// Whether values are shown.
    pub rows: Rows,
    /// How many applications are shown at most.
    pub limit: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            objects: Vec::new(),
            rows: Rows::Shown,
            limit: 24,
        }
    }
}

/// A trace to be seen, rule by rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// What it shows, in a few words.
    pub title: String,
    /// How much of it there is.
    pub subtitle: String,
    /// The rules, in their order.
    pub bands: Vec<Band>,
    /// What is left out, a sentence each.
    pub notes: Vec<String>,
}

/// A rule with its applications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// Its name.
    pub rule: String,
    /// How often it was applied.
    pub count: String,
    /// The applications that are shown.
    pub applications: Vec<Application>,
}

/// One application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// What it matched.
    pub sources: Vec<Node>,
    /// What it made or wrote to.
    pub targets: Vec<Node>,
}

/// What an application wrote: by place in the target, the object and its slots, each with what was read for it.
type Written = BTreeMap<usize, (ObjectId, Vec<(String, String)>)>;

/// The applications of one rule, each with the places of what it matched.
type Applied = BTreeMap<Vec<usize>, Written>;

/// A trace while it is gone through.
struct Walk<'a> {
    source: &'a Model,
    target: &'a Model,
    trace: &'a Trace,
    /// The rules that are shown: of a model that was made, not those that completed it later.
    side: Side,
    /// The objects of the source, in order.
    objects: Vec<ObjectId>,
    places: BTreeMap<ObjectId, usize>,
    /// By the place of the rule.
    rules: BTreeMap<Span, (String, Applied)>,
}

impl Walk<'_> {
    fn objects(&mut self) {
        let target = self.target;
        for (at, object) in target.objects().into_iter().enumerate() {
            if let Origin::Derived(link) = target.object_origin(object)
                && self.shows(link)
            {
                self.note(link, (at, object));
            }
            for (feature, value) in target.slots(object) {
                let Some(Origin::Derived(link)) = target.origin(object, feature) else {
                    continue;
                };
                if !self.shows(link) {
                    continue;
                }
                let read = reads(self.source, self.trace.get(link).value_reads);
                let name = target.metamodel().feature(feature).name.to_string();
                let row = (name, format!("{}{read}", said(target, value)));
                self.note(link, (at, object)).push(row);
            }
        }
    }

    fn shows(&self, link: LinkId) -> bool {
        self.trace.get(link).rule.side == self.side
    }

    /// The slots of an object that an application wrote to.
    fn note(
        &mut self,
        link: LinkId,
        (at, object): (usize, ObjectId),
    ) -> &mut Vec<(String, String)> {
        let link = self.trace.get(link);
        let of = |o: &ObjectId| self.places.get(o).copied().unwrap_or(usize::MAX);
        let elements: Vec<usize> = link.elements.iter().map(of).collect();
        let new = || (link.rule.rule.to_string(), Applied::new());
        let (_, applied) = self.rules.entry(link.rule.span).or_insert_with(new);
        let written = applied.entry(elements).or_default();
        &mut written.entry(at).or_insert((object, Vec::new())).1
    }

    fn band(&self, (rule, applied): (&str, &Applied), room: usize, shown: Rows) -> Band {
        let shown = applied.iter().take(room).map(|(elements, written)| {
            let matched = elements.iter().filter_map(|at| self.objects.get(*at));
            Application {
                sources: matched.map(|o| node(self.source, *o, Vec::new())).collect(),
                targets: written
                    .values()
                    .map(|(object, slots)| node(self.target, *object, rows(slots, shown)))
                    .collect(),
            }
        });
        Band {
            rule: short(rule),
            count: counted(applied.len(), "application", "applications"),
            applications: shown.collect(),
        }
    }
}

/// Makes a picture of what rules made of a source; where they complete a model, source and target are one.
pub fn picture((source, target, trace): (&Model, &Model, &Trace), options: &Options) -> Picture {
    let objects = source.objects();
    let mut walk = Walk {
        source,
        target,
        trace,
        side: if std::ptr::eq(source, target) {
            Side::Own
        } else {
            Side::Source
        },
        places: objects.iter().copied().zip(0..).collect(),
        objects,
        rules: BTreeMap::new(),
    };
    walk.objects();
    let mut rules = std::mem::take(&mut walk.rules);
    if !options.objects.is_empty() {
        let wanted = options.objects.iter().filter_map(|o| walk.places.get(o));
        let wanted: BTreeSet<usize> = wanted.copied().collect();
        for (_, applied) in rules.values_mut() {
            applied.retain(|elements, _| elements.iter().any(|e| wanted.contains(e)));
        }
        rules.retain(|_, (_, applied)| !applied.is_empty());
    }
    let counts: Vec<usize> = rules.values().map(|(_, a)| a.len()).collect();
    let all: usize = counts.iter().sum();
    let rooms = shares(&counts, options.limit);
    let bands = rules.values().zip(&rooms);
    let bands = bands
        .filter(|(_, room)| **room > 0)
        .map(|((rule, applied), room)| walk.band((rule, applied), *room, options.rows));
    let left_out = all - rooms.iter().sum::<usize>();
    let note = || {
        let rest = counted(left_out, "more application", "more applications");
        format!("and {rest}")
    };
    let first = trace
        .ids()
        .next()
        .map(|l| trace.get(l).rule.transform.clone());
    Picture {
        title: short(first.as_deref().unwrap_or_default()),
        subtitle: format!(
            "{}, {}",
            counted(rules.len(), "rule", "rules"),
            counted(all, "application", "applications")
        ),
        bands: bands.collect(),
        notes: (left_out > 0).then(note).into_iter().collect(),
    }
}

/// How many of each are shown, so that few of one are not hidden by many of another.
fn shares(counts: &[usize], limit: usize) -> Vec<usize> {
    let mut rooms = vec![0; counts.len()];
    let mut left = limit;
    loop {
        let before = left;
        for (room, count) in rooms.iter_mut().zip(counts) {
            if left > 0 && *room < *count {
                *room += 1;
                left -= 1;
            }
        }
        if left == before {
            return rooms;
        }
    }
}

/// The features that were read for a value, behind an arrow.
fn reads(source: &Model, slots: &[Slot]) -> String {
    let name = |(_, f): &Slot| source.metamodel().feature(*f).name.to_string();
    let mut names: Vec<String> = Vec::new();
    for slot in slots.iter().filter(|(o, _)| !o.is_knowledge()) {
        if !names.contains(&name(slot)) {
            names.push(name(slot));
        }
    }
    let more = if names.len() > 3 { ", …" } else { "" };
    names.truncate(3);
    match &names[..] {
        [] => String::new(),
        _ => format!("  ← {}{more}", names.join(", ")),
    }
}

fn said(model: &Model, value: SlotValue<'_>) -> String {
    match value.to_value() {
        Value::List(items) if items.len() > 3 => {
            let first = show(model, &Value::List(items[..3].to_vec()));
            format!(
                "{} and {}",
                short(&first),
                counted(items.len() - 3, "more", "more")
            )
        }
        value => short(&show(model, &value)),
    }
}

fn rows(slots: &[(String, String)], shown: Rows) -> Vec<Row> {
    if shown == Rows::Hidden {
        return Vec::new();
    }
    let more = slots.len().saturating_sub(SLOTS);
    let row = |(name, value): &(String, String)| Row {
        name: short(name),
        mark: Mark::Value,
        value: value.clone(),
    };
    let mut rows: Vec<Row> = slots.iter().take(SLOTS).map(row).collect();
    if more > 0 {
        rows.push(Row::name(format!("and {}", counted(more, "more", "more"))));
    }
    rows
}

fn node(model: &Model, object: ObjectId, rows: Vec<Row>) -> Node {
    let key = model.key(object);
    Node {
        id: model.fragment(object),
        title: key.map_or_else(String::new, |k| short(&k)),
        kind: Kind::Object(short(model.class_name(object))),
        group: None,
        compartments: if rows.is_empty() {
            Vec::new()
        } else {
            vec![rows]
        },
        about: None,
    }
}

impl Picture {
    /// The same as boxes and lines, for the diagram tools: what was matched, the rule, what it wrote.
    pub fn diagram(&self) -> Diagram {
        let mut diagram = Diagram {
            title: self.title.clone(),
            subtitle: self.subtitle.clone(),
            notes: self.notes.clone(),
            ..Diagram::default()
        };
        for band in &self.bands {
            for application in &band.applications {
                let rule = diagram.nodes.len();
                diagram.nodes.push(Node {
                    id: format!("rule {} {rule}", band.rule),
                    title: band.rule.clone(),
                    kind: Kind::Class,
                    group: None,
                    compartments: Vec::new(),
                    about: None,
                });
                for (side, prefix) in [(&application.sources, "from"), (&application.targets, "to")]
                {
                    for node in side {
                        let at = diagram.nodes.len();
                        let id = format!("{prefix} {} {at}", node.id);
                        diagram.nodes.push(Node { id, ..node.clone() });
                        let ends = if prefix == "from" {
                            (at, rule)
                        } else {
                            (rule, at)
                        };
                        diagram.edges.push(Edge {
                            from: ends.0,
                            to: ends.1,
                            kind: EdgeKind::Reference,
                            source: End::default(),
                            target: End::default(),
                        });
                    }
                }
            }
        }
        diagram
    }
}
