//! What rules did: for each slot that they wrote, which rule, where, and what it read.
//!
//! The record is made for a million rule applications: a rule is described once, an application names it and the
//! elements that it matched, and a link adds to that only what one value read.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::Span;
use crate::expr::Slot;
use crate::model::{LinkId, ObjectId};
use crate::recipe::Moved;

/// Which model the elements and slots are of that the record of a rule names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that the rule wrote to.
    Own,
    /// The one that it made that of.
    Source,
}

/// A rule that left links.
#[derive(Clone, Debug)]
pub struct TracedRule {
    /// The transformation.
    pub transform: Arc<str>,
    /// The rule.
    pub rule: Arc<str>,
    /// Where the rule stands.
    pub span: Span,
    /// The conditions under which the rule runs.
    pub guards: Vec<Span>,
    /// The model that it read.
    pub side: Side,
}

/// The record of one write.
#[derive(Clone, Copy, Debug)]
pub struct Link<'t> {
    /// The rule that wrote.
    pub rule: &'t TracedRule,
    /// Where the binding stands that wrote.
    pub binding: Span,
    /// The elements that the rule matched.
    pub elements: &'t [ObjectId],
    /// What the conditions read, in order.
    pub guard_reads: &'t [Slot],
    /// What the value read, in order.
    pub value_reads: &'t [Slot],
}

impl Link<'_> {
    /// What was read to decide and to compute, each slot once.
    pub fn reads(&self) -> Vec<Slot> {
        let mut reads = self.guard_reads.to_vec();
        let further = self.value_reads.iter();
        reads.extend(further.filter(|r| !self.guard_reads.contains(r)));
        reads
    }
}

/// Names one application of a rule in a [`Trace`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApplicationId(u32);

/// Names a rule in a [`Trace`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TracedRuleId(u32);

/// One application; what it has in the common lists ends where that of the next one begins.
#[derive(Clone, Copy, Debug)]
struct Application {
    rule: TracedRuleId,
    elements: u32,
    guard_reads: u32,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    application: ApplicationId,
    /// The number of the binding's place.
    place: u32,
    reads: u32,
}

/// Where bindings stand, each place once. Bindings write in turn, so that what came next the last time is tried first.
#[derive(Clone, Debug, Default)]
struct Places {
    spans: Vec<Span>,
    /// By number, which one came next the last time.
    next: Vec<u32>,
    last: u32,
    numbers: BTreeMap<Span, u32>,
}

impl Places {
    /// The number of a place.
    #[inline]
    fn number(&mut self, span: Span) -> u32 {
        let next = self.next.get(self.last as usize).copied();
        match next {
            Some(number) if self.spans[number as usize] == span => self.last = number,
            _ => self.look_up(span),
        }
        self.last
    }

    fn look_up(&mut self, span: Span) {
        let new = count(self.spans.len());
        let number = *self.numbers.entry(span).or_insert(new);
        if number == new {
            self.spans.push(span);
            self.next.push(new);
        }
        self.next[self.last as usize] = number;
        self.last = number;
    }

    /// Lets all places be where they have moved to.
    fn move_all(&mut self, moved: &Moved) {
        for span in &mut self.spans {
            *span = moved.place(*span);
        }
        self.numbers = self.spans.iter().copied().zip(0..).collect();
    }
}

/// The record of all writes of a chain of transformations.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    rules: Vec<TracedRule>,
    applications: Vec<Application>,
    elements: Vec<ObjectId>,
    guard_reads: Vec<Slot>,
    links: Vec<Row>,
    places: Places,
    reads: Vec<Slot>,
    /// Whether only the first application and the first write are recorded.
    is_off: bool,
}

impl Trace {
    /// One that records next to nothing, to measure what records cost: every write is named as the first one.
    pub(super) fn off() -> Self {
        Self {
            is_off: true,
            ..Self::default()
        }
    }

    /// Whether it records next to nothing.
    pub(super) fn is_off(&self) -> bool {
        self.is_off
    }

    /// Describes a rule, before its applications.
    pub fn rule(&mut self, rule: TracedRule) -> TracedRuleId {
        self.rules.push(rule);
        TracedRuleId(count(self.rules.len() - 1))
    }

    /// Describes all rules anew, in their order, whose bindings have moved.
    pub(super) fn retell(&mut self, rules: impl Iterator<Item = TracedRule>, moved: &Moved) {
        self.rules.clear();
        self.rules.extend(rules);
        if !moved.is_nothing() {
            self.places.move_all(moved);
        }
    }

    /// Makes room for so many applications.
    pub fn reserve(&mut self, applications: usize) {
        if !self.is_off {
            self.applications.reserve(applications);
            self.elements.reserve(applications);
        }
    }

    /// Makes room for so many writes.
    pub fn reserve_links(&mut self, links: usize) {
        if !self.is_off {
            self.links.reserve(links);
            self.reads.reserve(links);
        }
    }

    /// Records that a rule was applied to elements, after its conditions read slots.
    #[inline]
    pub fn application(
        &mut self,
        rule: TracedRuleId,
        elements: impl Iterator<Item = ObjectId>,
        guard_reads: &[Slot],
    ) -> ApplicationId {
        if self.is_off && !self.applications.is_empty() {
            return ApplicationId(0);
        }
        self.applications.push(Application {
            rule,
            elements: count(self.elements.len()),
            guard_reads: count(self.guard_reads.len()),
        });
        self.guard_reads.extend_from_slice(guard_reads);
        self.elements.extend(elements);
        ApplicationId(count(self.applications.len() - 1))
    }

    /// Records a write of an application: where it is written down, and what its value read.
    #[inline]
    pub fn link(&mut self, by: ApplicationId, binding: Span, reads: &[Slot]) -> LinkId {
        if self.is_off && !self.links.is_empty() {
            return LinkId(0);
        }
        self.links.push(Row {
            application: by,
            place: self.places.number(binding),
            reads: count(self.reads.len()),
        });
        self.reads.extend_from_slice(reads);
        LinkId(count(self.links.len() - 1))
    }

    /// What the conditions of an application read, in order.
    pub fn guard_reads(&self, of: ApplicationId) -> &[Slot] {
        let at = of.0 as usize;
        let following = self.applications.get(at + 1).map(|f| f.guard_reads);
        part(
            &self.guard_reads,
            (self.applications[at].guard_reads, following),
        )
    }

    /// The record of a write.
    pub fn get(&self, id: LinkId) -> Link<'_> {
        let row = &self.links[id.0 as usize];
        let next = self.links.get(id.0 as usize + 1);
        let at = row.application.0 as usize;
        let application = &self.applications[at];
        let following = self.applications.get(at + 1);
        Link {
            rule: &self.rules[application.rule.0 as usize],
            binding: self.places.spans[row.place as usize],
            elements: part(
                &self.elements,
                (application.elements, following.map(|f| f.elements)),
            ),
            guard_reads: part(
                &self.guard_reads,
                (application.guard_reads, following.map(|f| f.guard_reads)),
            ),
            value_reads: part(&self.reads, (row.reads, next.map(|n| n.reads))),
        }
    }

    /// How many writes there are.
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// The names of all writes, in order.
    pub fn ids(&self) -> impl Iterator<Item = LinkId> {
        (0..count(self.links.len())).map(LinkId)
    }
}

/// What lies from one beginning to the next, or to the end.
fn part<T>(all: &[T], (from, to): (u32, Option<u32>)) -> &[T] {
    &all[from as usize..to.map_or(all.len(), |to| to as usize)]
}

#[inline]
fn count(n: usize) -> u32 {
    u32::try_from(n).expect("fewer records than slots")
}
