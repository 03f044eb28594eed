//! Matching: which rules apply to which objects.

use std::collections::{BTreeMap, BTreeSet};

use super::run::Findings;
use super::state::{Match, State, chain, nth};
use super::{Rule, Source};
use crate::diag::{Code, Diagnostic};
use crate::expr::{Context, Lazy, Reads, Type};
use crate::metamodel::FeatureId;
use crate::model::{Model, ObjectId, Value};

/// For how many combinations of objects a rule is tried.
const MAX_COMBINATIONS: u64 = 100_000_000;

impl State<'_> {
    pub(super) fn match_all(&self, found: &mut Findings) {
        let objects = self.source.model.objects();
        for (index, rule) in self.map.rules.iter().enumerate() {
            if rule.is_abstract || rule.lazy != Lazy::No {
                continue;
            }
            let missing = rule.sources.iter().filter_map(|s| s.input.as_deref());
            if let Some(input) = missing
                .into_iter()
                .find(|i| !self.source.model.has_input(i))
            {
                found.push(not_given(rule, input));
                continue;
            }
            let candidates: Vec<Vec<ObjectId>> = rule
                .sources
                .iter()
                .map(|s| of_source(&objects, self.source.model, s))
                .collect();
            let lengths = candidates.iter().map(|c| c.len() as u64);
            let count = lengths.fold(1, u64::saturating_mul);
            if count > MAX_COMBINATIONS {
                found.push(too_many(rule, count));
                continue;
            }
            match self.holding(index, &candidates) {
                Some(holding) => self.match_each(index, &holding, found),
                None => self.match_sources(index, &candidates, &mut Vec::new(), found),
            }
        }
        self.check_matches(found);
    }

    /// The candidates of a rule's only source for which its conditions hold, asked for many at once; `None` where they
    /// are asked for one after the other.
    fn holding(&self, rule: usize, candidates: &[Vec<ObjectId>]) -> Option<Vec<ObjectId>> {
        let rule = &self.map.rules[rule];
        let [candidates] = candidates else {
            return None;
        };
        // Those who follow changes want to know what conditions read that do not hold.
        if !rule.lets.is_empty() || self.made.watch.is_some() {
            return None;
        }
        let globals = self.made.globals.borrow();
        let reads = Reads::off();
        let context = Context::new(self.source, &reads).remembering(&self.memo);
        let mut holding = candidates.clone();
        for guard in &rule.guards {
            let failing = guard.failing(&context, &holding, &globals)?;
            let mut failing = failing.into_iter().peekable();
            let mut place = 0..holding.len();
            holding.retain(|_| {
                failing
                    .next_if_eq(&place.next().unwrap_or_default())
                    .is_none()
            });
        }
        Some(holding)
    }

    /// Applies a rule to objects for which its conditions hold.
    fn match_each(&self, index: usize, objects: &[ObjectId], found: &mut Findings) {
        let Some(features) = self.reads_of(index) else {
            let sources = objects.iter().map(|object| [Value::Object(*object)]);
            sources.for_each(|sources| self.match_one(index, &sources, found));
            return;
        };
        let mut read = Vec::new();
        for object in objects {
            read.clear();
            read.extend(features.iter().map(|feature| (*object, *feature)));
            self.apply_to(index, (&[Value::Object(*object)], Vec::new()), &read);
        }
    }

    /// The features of an object that the conditions of a rule have read where they hold, if that is told beforehand.
    fn reads_of(&self, rule: usize) -> Option<Vec<FeatureId>> {
        if self.made.trace.borrow().is_off() {
            return Some(Vec::new());
        }
        let position = self.map.lets.len();
        let guards = self.map.rules[rule].guards.iter();
        let mut all = BTreeSet::new();
        for guard in guards {
            all.append(&mut guard.reads_where_true(position)?);
        }
        Some(all.into_iter().collect())
    }

    fn match_one(&self, rule: usize, sources: &[Value], found: &mut Findings) {
        if let Err(failure) = self.make(rule, sources) {
            found.push(self.failed(failure, rule, sources));
        }
    }

    /// Matches every combination of candidates.
    fn match_sources(
        &self,
        rule: usize,
        candidates: &[Vec<ObjectId>],
        chosen: &mut Vec<Value>,
        found: &mut Findings,
    ) {
        let Some((first, rest)) = candidates.split_first() else {
            self.match_one(rule, chosen, found);
            return;
        };
        for object in first {
            chosen.push(Value::Object(*object));
            self.match_sources(rule, rest, chosen, found);
            chosen.pop();
        }
    }

    /// Leaves an object to the most special of the rules that match it, and reports those that none is special among.
    fn check_matches(&self, found: &mut Findings) {
        let last = self.made.last.borrow();
        let mut matches = self.made.matches.borrow_mut();
        let mut dropped = Vec::new();
        let mut reported = BTreeSet::new();
        for (number, start) in last.iter().enumerate() {
            let Some(start) = start else { continue };
            if matches[*start as usize].before.is_none() {
                continue;
            }
            let chain: Vec<u32> = chain(&matches, Some(*start)).collect();
            for (at, one) in chain.iter().enumerate() {
                for other in &chain[at + 1..] {
                    let (one, other) = (*one, *other);
                    let rules = (matches[one as usize].rule(), matches[other as usize].rule());
                    let [a, b] = [&self.map.rules[rules.0], &self.map.rules[rules.1]];
                    if a.ancestors.contains(&rules.1) {
                        dropped.push(other);
                    } else if b.ancestors.contains(&rules.0) {
                        dropped.push(one);
                    } else if !a.also && !b.also && reported.insert(rules) {
                        let object = ObjectId(u32::try_from(number).unwrap_or(u32::MAX));
                        found.push(self.both((b, a), object));
                    }
                }
            }
        }
        drop(last);
        if !dropped.is_empty() {
            dropped.sort_unstable();
            self.forget(&mut matches, &dropped);
        }
    }

    fn both(&self, (one, other): (&Rule, &Rule), object: ObjectId) -> Diagnostic {
        let path = self.source.path(object);
        let message = format!(
            "rules `{}` and `{}` both match {path}",
            one.name, other.name
        );
        Diagnostic::error(Code::RuleConflict, other.span, message)
            .related(one.span, format!("`{}`", one.name))
            .hint("let their `where` exclude each other, or mark one `also: true`")
    }

    /// Takes matches back.
    fn forget(&self, matches: &mut Vec<Match>, dropped: &[u32]) {
        let all = std::mem::take(matches);
        let mut last = self.made.last.borrow_mut();
        last.fill(None);
        let mut target = self.made.target.borrow_mut();
        let mut gone = Vec::new();
        let mut renumbered = BTreeMap::new();
        for (number, mut one) in (0u32..).zip(all) {
            if dropped.binary_search(&number).is_ok() {
                gone.push(one);
                continue;
            }
            let new = u32::try_from(matches.len()).expect("fewer than before");
            renumbered.insert(number, new);
            one.before = None;
            if let Some(object) = one.object {
                one.before = last[object.0 as usize].replace(new);
            }
            matches.push(one);
        }
        for number in self.made.several.borrow_mut().values_mut() {
            *number = renumbered.get(number).copied().unwrap_or(*number);
        }
        for one in gone {
            let count = self.map.rules[one.rule()].targets.len();
            for offset in 0..count {
                target.discard(nth(one.target, offset));
            }
        }
    }
}

/// Says that a rule would be tried for more combinations than anybody can wait for.
fn too_many(rule: &Rule, count: u64) -> Diagnostic {
    let message = format!(
        "rule `{}` would be tried for {count} combinations of objects",
        rule.name
    );
    let finding = Diagnostic::error(Code::ExpressionFailure, rule.span, message);
    finding.hint("match one of them, and find the others by an expression from there")
}

/// Says that a rule matches objects of a model that is not there.
fn not_given(rule: &Rule, input: &str) -> Diagnostic {
    let message = format!(
        "rule `{}` reads a model `{input}`, and none is given as such",
        rule.name
    );
    let finding = Diagnostic::error(Code::RuleSyntax, rule.span, message);
    finding.hint(format!("name it: `--model {input}=FILE`"))
}

/// The objects that a variable of a rule can have.
fn of_source(objects: &[ObjectId], model: &Model, source: &Source) -> Vec<ObjectId> {
    let Type::Class(class) = source.ty else {
        return Vec::new();
    };
    let fits = model.metamodel().conforming(class);
    let all = objects.iter().copied();
    let all = all.filter(|o| fits[model.class(*o).0 as usize]);
    match &source.input {
        Some(input) => all.filter(|o| model.is_of_input(*o, input)).collect(),
        None => all.collect(),
    }
}
