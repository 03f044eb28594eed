//! Conflicts in the words of the model.

use std::fmt;

/// What both sides changed in ways that exclude each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The element, as [`crate::model::Model::path`] shows it in the base, or in the side that has it.
    pub element: String,
    /// What happened to it.
    pub kind: ConflictKind,
}

/// What happened to an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConflictKind {
    /// Both gave a feature another value: its name, the value in the base, in ours, in theirs.
    Slot(String, String, String, String),
    /// Both put it elsewhere: where it stands in ours, in theirs.
    Moved(String, String),
    /// Both gave it another class: that of ours, of theirs.
    Retyped(String, String),
    /// Ours took it away, and theirs changed it, or what is in it.
    RemovedByOurs,
    /// Theirs took it away, and ours changed it, or what is in it.
    RemovedByTheirs,
    /// One side took it away, and the other made this feature of another element point at it.
    StillNamed(String, String),
    /// Both added one of the same identity, and not the same one.
    AddedTwice,
    /// Both put the members of a list into another order: its name.
    Order(String),
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let element = self.element.trim_start_matches('/').replace('/', ".");
        match &self.kind {
            ConflictKind::Slot(feature, base, ours, theirs) => {
                write!(
                    f,
                    "{element}.{feature} was {base}: ours {ours}, theirs {theirs}"
                )
            }
            ConflictKind::Moved(ours, theirs) => {
                write!(f, "{element} moved: ours to {ours}, theirs to {theirs}")
            }
            ConflictKind::Retyped(ours, theirs) => {
                write!(
                    f,
                    "{element} got another class: ours {ours}, theirs {theirs}"
                )
            }
            ConflictKind::RemovedByOurs => {
                write!(f, "{element} removed by ours, changed by theirs")
            }
            ConflictKind::RemovedByTheirs => {
                write!(f, "{element} removed by theirs, changed by ours")
            }
            ConflictKind::StillNamed(other, feature) => {
                let other = other.trim_start_matches('/').replace('/', ".");
                write!(
                    f,
                    "{element} removed by one side, named by {other}.{feature} of the other"
                )
            }
            ConflictKind::AddedTwice => write!(f, "{element} added by both, differently"),
            ConflictKind::Order(feature) => {
                write!(f, "{element}.{feature} put into another order by both")
            }
        }
    }
}
