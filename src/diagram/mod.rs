//! Diagrams: the classes of a metamodel and the objects of a model, as pictures and as the texts of diagram tools.
//!
//! A [`Diagram`] says what is to be seen: boxes with rows, lines with ends. [`metamodel::diagram`] and
//! [`model::diagram`] make one, [`trace::picture`] shows what rules did; [`svg`], [`mermaid`], [`dot`] and [`plantuml`] write it, each with its own escaping, and
//! only [`svg`] has to know where things stand (`layout`). The same diagram gives the same bytes.

pub mod dot;
mod layout;
pub mod mermaid;
pub mod metamodel;
pub mod model;
pub mod plantuml;
pub mod svg;
mod text;
pub mod trace;

/// What is to be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagram {
    /// What it shows, in a few words.
    pub title: String,
    /// How much of it there is.
    pub subtitle: String,
    /// The names of packages; none where all is in one.
    pub groups: Vec<String>,
    /// The boxes.
    pub nodes: Vec<Node>,
    /// The lines between them.
    pub edges: Vec<Edge>,
    /// What is left out, a sentence each.
    pub notes: Vec<String>,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is called by, once in a diagram.
    pub id: String,
    /// The name in its head.
    pub title: String,
    /// What it stands for.
    pub kind: Kind,
    /// Its package, by its position.
    pub group: Option<usize>,
    /// Rows below the head; each compartment is divided from the one above it.
    pub compartments: Vec<Vec<Row>>,
    /// A sentence about it.
    pub about: Option<String>,
}

/// What a box stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A class.
    Class,
    /// A class without instances of its own.
    Abstract,
    /// An enum.
    Enum,
    /// An object of the class of that name.
    Object(String),
    /// What is left out at this place.
    More,
}

/// A line of a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub name: String,
    /// How the name and the value belong together.
    pub mark: Mark,
    /// The type or the value of it.
    pub value: String,
}

/// How the name and the value of a [`Row`] belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// There is a name alone.
    None,
    /// The value is the type of what the name says.
    Type,
    /// The value is that of the feature of the name.
    Value,
}

/// A line from one box to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The position of the box that it begins at: the super type, the whole, the one that refers.
    pub from: usize,
    /// The position of the box that it ends at: the sub type, the part, the one that is referred to.
    pub to: usize,
    /// What it means.
    pub kind: EdgeKind,
    /// What is written at its beginning.
    pub source: End,
    /// What is written at its end.
    pub target: End,
}

/// What a line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// From a super type to a sub type.
    Inheritance,
    /// From a whole to a part.
    Containment,
    /// From one that refers to what it refers to.
    Reference,
    /// Between two that refer to each other.
    Pair,
}

/// What is written at an end of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// The name of the feature.
    pub role: String,
    /// How many there are, as UML writes it: `0..1`, `*`.
    pub multiplicity: String,
}

impl End {
    /// Both, with a blank between.
    pub fn text(&self) -> String {
        let parts = [self.role.as_str(), self.multiplicity.as_str()];
        let parts: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
        parts.join(" ")
    }
}

impl Row {
    /// A name alone.
    pub fn name(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            mark: Mark::None,
            value: String::new(),
        }
    }

    /// The whole row: `name: Type`, `name = value`.
    pub fn text(&self) -> String {
        match self.mark {
            Mark::None => self.name.clone(),
            Mark::Type => format!("{}: {}", self.name, self.value),
            Mark::Value => format!("{} = {}", self.name, self.value),
        }
    }
}

impl Node {
    /// The whole head: objects name their class, `churn: Pipeline`.
    pub fn heading(&self) -> String {
        match &self.kind {
            Kind::Object(class) => format!("{}: {class}", self.title),
            _ => self.title.clone(),
        }
    }

    /// The word above the name, where there is one.
    pub fn stereotype(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Abstract => Some("abstract"),
            Kind::Enum => Some("enumeration"),
            _ => None,
        }
    }
}

/// Whether boxes have rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rows {
    /// They have.
    #[default]
    Shown,
    /// They have a head alone.
    Hidden,
}
