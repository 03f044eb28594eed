//! What rules did: for each slot that they wrote, which rule, where, and what it read.

use std::sync::Arc;

use crate::diag::Span;
use crate::metamodel::FeatureId;
use crate::model::{LinkId, ObjectId};

/// The record of one write.
#[derive(Clone, Debug)]
pub struct Link {
    /// The transformation.
    pub transform: Arc<str>,
    /// The rule.
    pub rule: Arc<str>,
    /// Where the rule stands.
    pub rule_span: Span,
    /// Where the binding stands that wrote.
    pub binding: Span,
    /// The conditions under which the rule ran.
    pub guards: Vec<Span>,
    /// The element that the rule matched.
    pub element: ObjectId,
    /// What it read to decide and to compute, in order.
    pub reads: Vec<(ObjectId, FeatureId)>,
}

/// The record of all writes of a chain of transformations.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    links: Vec<Link>,
}

impl Trace {
    /// Records a write.
    pub fn add(&mut self, link: Link) -> LinkId {
        let id = LinkId(u32::try_from(self.links.len()).expect("fewer writes than slots"));
        self.links.push(link);
        id
    }

    /// The record of a write.
    pub fn link(&self, id: LinkId) -> &Link {
        &self.links[id.0 as usize]
    }

    /// All records.
    pub fn links(&self) -> &[Link] {
        &self.links
    }
}
