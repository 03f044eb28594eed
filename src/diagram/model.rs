//! Object diagrams of a model.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::metamodel::compartments;
use super::text::{counted, short};
use super::{Diagram, Edge, EdgeKind, End, Kind, Mark, Node, Row, Rows};
use crate::metamodel::{FeatureId, Role};
use crate::model::{Model, ObjectId, Value, show};

/// What of a model is shown.
#[derive(Clone, Debug)]
pub struct Options {
    /// The objects to begin with; the roots where none is named.
    pub objects: Vec<ObjectId>,
    /// How many containments below the first objects are shown too.
    pub depth: usize,
    /// Whether values are shown.
    pub rows: Rows,
    /// How many parts of one containment are shown at most.
    pub siblings: usize,
    /// How many objects are shown at most.
    pub limit: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            objects: Vec::new(),
            depth: usize::MAX,
            rows: Rows::Shown,
            siblings: 12,
            limit: 100,
        }
    }
}

/// Makes a diagram of the objects of a model, the whole before its parts. What a file leaves out is not shown.
pub fn diagram(model: &Model, options: &Options) -> Diagram {
    let first: Vec<ObjectId> = if options.objects.is_empty() {
        model.roots().to_vec()
    } else {
        options.objects.clone()
    };
    let mut walk = Walk {
        model,
        options,
        made: Diagram::default(),
        at: BTreeMap::new(),
        parts: Vec::new(),
    };
    walk.objects(&first);
    walk.links();
    let total = total(model, &first);
    let shown = walk.at.len();
    let mut made = walk.made;
    made.title = first.first().map_or_else(String::new, |o| name(model, *o));
    made.subtitle = counted(total, "object", "objects");
    if shown < total {
        let rest = counted(total - shown, "more object", "more objects");
        made.notes.push(format!("and {rest}"));
    }
    made
}

/// How many objects there are below the first ones, themselves included.
fn total(model: &Model, first: &[ObjectId]) -> usize {
    let mut open = first.to_vec();
    let mut seen = BTreeSet::new();
    while let Some(object) = open.pop() {
        if seen.insert(object) {
            open.extend(model.parts(object));
        }
    }
    seen.len()
}

struct Walk<'a> {
    model: &'a Model,
    options: &'a Options,
    made: Diagram,
    /// The boxes of objects.
    at: BTreeMap<ObjectId, usize>,
    /// The shown objects in the order of their boxes.
    parts: Vec<(ObjectId, usize)>,
}

impl Walk<'_> {
    /// Shows objects breadth first, so that a limit cuts the leaves off and not the last branch.
    fn objects(&mut self, first: &[ObjectId]) {
        let mut open: VecDeque<(ObjectId, usize)> = VecDeque::new();
        for object in first {
            if self.at.len() < self.options.limit && self.show(*object) {
                open.push_back((*object, 0));
            }
        }
        while let Some((object, depth)) = open.pop_front() {
            if depth >= self.options.depth {
                continue;
            }
            let metamodel = self.model.metamodel().clone();
            for feature in &metamodel.class(self.model.class(object)).features {
                if metamodel.feature(*feature).is_containment() {
                    for part in self.containment(object, *feature) {
                        open.push_back((part, depth + 1));
                    }
                }
            }
        }
    }

    /// Shows the parts of one containment, or says how many there are more.
    fn containment(&mut self, object: ObjectId, feature: FeatureId) -> Vec<ObjectId> {
        let parts = self.model.targets(object, feature);
        let room = self.options.limit.saturating_sub(self.at.len());
        let most = room.min(self.options.siblings);
        // A box that says "and 1 more" takes the room of that one.
        let count = if parts.len() <= most {
            parts.len()
        } else {
            most.saturating_sub(1)
        };
        let from = self.at[&object];
        let mut shown = Vec::new();
        for part in &parts[..count] {
            if self.show(*part) {
                self.edge((from, self.at[part]), EdgeKind::Containment, feature);
                shown.push(*part);
            }
        }
        let left_out = parts.len() - count;
        // Where there is no room at all, the note below the picture says so once.
        if left_out > 0 && room > 0 {
            let to = self.made.nodes.len();
            self.made.nodes.push(Node {
                id: format!("{}/{}.more", self.made.nodes[from].id, self.role(feature)),
                title: format!("and {}", counted(left_out, "more", "more")),
                kind: Kind::More,
                group: None,
                compartments: Vec::new(),
                about: None,
            });
            self.edge((from, to), EdgeKind::Containment, feature);
        }
        shown
    }

    /// Adds the box of an object; `false` where it is there already.
    fn show(&mut self, object: ObjectId) -> bool {
        if self.at.contains_key(&object) {
            return false;
        }
        let at = self.made.nodes.len();
        self.at.insert(object, at);
        self.parts.push((object, at));
        let class = short(self.model.class_name(object));
        self.made.nodes.push(Node {
            id: self.model.fragment(object),
            title: self
                .model
                .key(object)
                .map_or_else(String::new, |k| short(&k)),
            kind: Kind::Object(class),
            group: None,
            compartments: Vec::new(),
            about: None,
        });
        true
    }

    /// Fills boxes with values and draws the references between those that are shown.
    fn links(&mut self) {
        let metamodel = self.model.metamodel().clone();
        for (object, at) in std::mem::take(&mut self.parts) {
            let class = self.model.class(object);
            let key = metamodel.key_feature(class);
            let key = key.filter(|_| self.model.key(object).is_some());
            let mut rows = Vec::new();
            for id in &metamodel.class(class).features {
                let feature = metamodel.feature(*id);
                // The members of a feature map say what it holds.
                let told = feature.is_containment() || feature.role == Role::Map;
                if told || Some(*id) == key || !self.model.is_set(object, *id) {
                    continue;
                }
                if feature.target().is_some() {
                    let above = self.model.containing_feature(object);
                    if above.is_some() && feature.opposite() == above {
                        continue;
                    }
                    rows.extend(self.references((object, at), *id));
                } else {
                    let value = show(self.model, &self.model.get(object, *id));
                    rows.push(self.row(*id, &value));
                }
            }
            self.made.nodes[at].compartments = compartments(rows, self.options.rows);
        }
    }

    /// Draws a reference where its targets are shown, and writes it into the box where they are not.
    fn references(&mut self, from: (ObjectId, usize), id: FeatureId) -> Option<Row> {
        let (object, at) = from;
        let opposite = self.model.metamodel().feature(id).opposite();
        let mut hidden = Vec::new();
        // A few are enough to know who is meant.
        let value = self.model.get(object, id);
        for item in value.items().iter().take(self.options.siblings) {
            match item.as_object().and_then(|target| self.at.get(&target)) {
                // The other direction draws it.
                Some(to) if opposite.is_some_and(|o| o < id || (o == id && *to < at)) => {}
                Some(to) => {
                    let kind = if opposite.is_some() {
                        EdgeKind::Pair
                    } else {
                        EdgeKind::Reference
                    };
                    self.edge((at, *to), kind, id);
                }
                None => hidden.push(item.clone()),
            }
        }
        let text = show(self.model, &Value::List(hidden.clone()));
        (!hidden.is_empty()).then(|| self.row(id, &text))
    }

    fn row(&self, feature: FeatureId, value: &str) -> Row {
        Row {
            name: self.role(feature),
            mark: Mark::Value,
            value: short(value),
        }
    }

    fn role(&self, feature: FeatureId) -> String {
        short(&self.model.metamodel().feature(feature).name)
    }

    /// A line of the name of a feature. It stands at the beginning, where the lines of one feature are one.
    fn edge(&mut self, ends: (usize, usize), kind: EdgeKind, feature: FeatureId) {
        let source = End {
            role: self.role(feature),
            multiplicity: String::new(),
        };
        self.made.edges.push(Edge {
            from: ends.0,
            to: ends.1,
            kind,
            source,
            target: End::default(),
        });
    }
}

/// How an object is called in a title.
fn name(model: &Model, object: ObjectId) -> String {
    let key = model.key(object);
    short(key.as_deref().unwrap_or_else(|| model.class_name(object)))
}
