//! What a condition has read where it holds, told before it is asked for.
//!
//! Those who keep a trace ask for what was read only where a condition held. All parts of a conjunction were evaluated
//! then, and where these look at nothing but features of the object itself, it is always the same ones.

use std::collections::BTreeSet;

use super::{Path, Plan, Test, Text, Word};
use crate::expr::node::{Kind, Node};
use crate::metamodel::FeatureId;

/// The features of the variable at a position that a condition has read wherever it holds, if that is all.
pub(in crate::expr) fn reads_where_true(
    node: &Node,
    position: usize,
) -> Option<BTreeSet<FeatureId>> {
    let Kind::Planned(planned) = &node.kind else {
        return None;
    };
    let (Plan::Truth(test) | Plan::Condition(test)) = &planned.plan else {
        return None;
    };
    let mut reads = Reads {
        subject: position,
        features: BTreeSet::new(),
    };
    reads.held(test)?;
    Some(reads.features)
}

struct Reads {
    subject: usize,
    features: BTreeSet<FeatureId>,
}

/// Whether all that is read is known.
type Known = Option<()>;

impl Reads {
    /// Adds what a test has read if it holds.
    fn held(&mut self, test: &Test) -> Known {
        match test {
            Test::All(all) => all.iter().try_for_each(|test| self.held(test)),
            _ => self.asked(test),
        }
    }

    /// Adds what a test has read, whatever came out.
    fn asked(&mut self, test: &Test) -> Known {
        match test {
            Test::Constant(_) => Some(()),
            Test::Not(test) => self.asked(test),
            Test::Flag(path, at) => self.feature(path, at.feature()),
            Test::Missing(path) | Test::Kind(path, _) => self.path(path),
            Test::Same(both) => both.iter().try_for_each(|path| self.path(path)),
            Test::Words(_, both) => both.iter().try_for_each(|word| self.word(word)),
            Test::Texts(_, both) => both.iter().try_for_each(|text| self.text(text)),
            _ => None,
        }
    }

    fn path(&mut self, path: &Path) -> Known {
        match path {
            Path::Outer(_) => Some(()),
            Path::Reference(step) => self.feature(&step.of, step.at.feature()),
            _ => None,
        }
    }

    fn word(&mut self, word: &Word) -> Known {
        match word {
            Word::Literal(_) => Some(()),
            Word::Attribute(step) => self.feature(&step.0, step.1.feature()),
            Word::Size(_) | Word::Tree(_) => None,
        }
    }

    fn text(&mut self, text: &Text) -> Known {
        match text {
            Text::Literal(_) => Some(()),
            Text::Attribute(step) => self.feature(&step.0, step.1.feature()),
            Text::Tree(_) => None,
        }
    }

    /// Adds a feature of what a path leads to.
    fn feature(&mut self, of: &Path, feature: FeatureId) -> Known {
        match of {
            Path::Outer(position) if *position == self.subject => {
                self.features.insert(feature);
                Some(())
            }
            _ => None,
        }
    }
}
