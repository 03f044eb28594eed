//! Plans over many rows at once: each step is taken for a block of rows before the next one is.
//!
//! A row has an object for each register. Going through a block needs no call for each row, and the memory of many
//! objects is fetched side by side. Lists are looked at whole, where a plan that goes row by row stops at the first
//! member that decides; so this is for evaluations of which nobody asks what they read, and it gives up where rows grow
//! too many. It is as exact as other plans: what it has no form for, it leaves to them. The idea is that of vectorised
//! execution (Boncz, Zukowski and Nes, "MonetDB/X100", 2005).

mod column;
mod rows;

use column::Last;
use rows::{Rows, Spread, Subject, merged, without};

use super::plan::{Found, Stop};
use super::{Evaluator, fuel};
use crate::expr::plan::{Collected, Comparison, Each, Objects, Plan, Planned, Quantifier, Test};
use crate::model::{Look, ObjectId, Scalar};

/// How many objects a block begins with.
const BLOCK: usize = 512;
/// How many rows a block may grow to.
const MOST: usize = 1 << 16;

/// Keeps those rows for which something holds.
#[inline]
fn keep(mut of: Vec<u32>, mut holds: impl FnMut((usize, u32)) -> Found<bool>) -> Found<Vec<u32>> {
    let mut kept = 0;
    for place in 0..of.len() {
        let row = of[place];
        if holds((place, row))? {
            of[kept] = row;
            kept += 1;
        }
    }
    of.truncate(kept);
    Ok(of)
}

impl<'e> Evaluator<'e> {
    /// The objects of a list that goes through all instances of a class, or how many there are; `None` where they have to
    /// be found one by one.
    pub(in crate::expr) fn in_blocks(&mut self, list: &'e Objects) -> Option<Vec<ObjectId>> {
        if !self.context.reads.are_off() {
            return None;
        }
        let Objects::Extent(class) = innermost(list) else {
            return None;
        };
        let instances = self.instances(*class);
        let fuel = self.fuel;
        let mut all = Vec::new();
        for source in instances.chunks(BLOCK) {
            let rows = Rows {
                count: 1,
                subject: None,
                registers: Vec::new(),
                source,
            };
            let Ok(spread) = self.spread(list, &rows, &[0]) else {
                self.fuel = fuel;
                return None;
            };
            all.extend(spread.members);
        }
        Some(all)
    }

    /// For which of some objects, as the variable behind those from outside, a condition does not hold, by their places;
    /// `None` where it has to be asked for one after the other.
    pub(in crate::expr) fn failing(
        &mut self,
        planned: &'e Planned,
        objects: &[ObjectId],
    ) -> Option<Vec<usize>> {
        let (Plan::Truth(test) | Plan::Condition(test)) = &planned.plan else {
            return None;
        };
        let mut failing = Vec::new();
        for (block, objects) in objects.chunks(BLOCK).enumerate() {
            let rows = Rows {
                count: objects.len(),
                subject: Some(Subject {
                    position: self.outer.len(),
                    objects: objects.to_vec(),
                }),
                registers: Vec::new(),
                source: &[],
            };
            self.fuel = fuel(self.context);
            let holding = self.rows_where(test, &rows, rows.all()).ok()?;
            let others = without(&rows.all(), &holding);
            failing.extend(others.iter().map(|row| block * BLOCK + *row as usize));
        }
        Some(failing)
    }

    /// The rows among some for which a test holds.
    fn rows_where(&mut self, test: &'e Test, rows: &Rows<'_>, mut of: Vec<u32>) -> Found<Vec<u32>> {
        match test {
            Test::Constant(true) => Ok(of),
            Test::Constant(false) => Ok(Vec::new()),
            Test::Not(test) => {
                let holding = self.rows_where(test, rows, of.clone())?;
                Ok(without(&of, &holding))
            }
            Test::All(all) => {
                for one in all {
                    of = self.rows_where(one, rows, of)?;
                }
                Ok(of)
            }
            Test::Or(both) => {
                let first = self.rows_where(&both[0], rows, of.clone())?;
                let second = self.rows_where(&both[1], rows, without(&of, &first))?;
                Ok(merged(&first, &second))
            }
            Test::Implies(both) => {
                let first = self.rows_where(&both[0], rows, of.clone())?;
                let second = self.rows_where(&both[1], rows, first.clone())?;
                Ok(without(&of, &without(&first, &second)))
            }
            Test::Members(quantifier, each) => self.rows_with(*quantifier, each, rows, &of),
            Test::Empty(list) if !matches!(list, Objects::Targets(_)) => {
                let spread = self.spread(list, rows, &of)?;
                Ok(without(&of, &spread.rows))
            }
            _ => self.rows_that(test, rows, of),
        }
    }

    /// The rows among some for which a test without other tests in it holds.
    fn rows_that(&self, test: &'e Test, rows: &Rows<'_>, of: Vec<u32>) -> Found<Vec<u32>> {
        match test {
            Test::Kind(path, classes) => {
                let objects = self.column(path, rows, &of)?;
                keep(of, |at| {
                    let object = objects.at(at);
                    Ok(object.is_some_and(|o| self.is_one_of(o, classes)))
                })
            }
            Test::Includes(both) => {
                let (Objects::Targets(step), wanted) = &**both else {
                    return Err(Stop::Elsewhere);
                };
                let wanted = self.column(wanted, rows, &of)?;
                let objects = self.column(&step.of, rows, &of)?;
                let mut last = Last::default();
                keep(of, |at| {
                    let targets = last.targets(self, objects.at(at), &step.at)?;
                    let wanted = wanted.at(at);
                    Ok(wanted.is_some_and(|wanted| targets.contains(wanted)))
                })
            }
            Test::Empty(Objects::Targets(step)) => {
                let objects = self.column(&step.of, rows, &of)?;
                let count = |look: Look<'_>| Ok(Some(look.targets()?.len()));
                let counts = self.each_seen(&objects, &of, &step.at, count)?;
                keep(of, |(place, _)| Ok(counts[place].unwrap_or(0) == 0))
            }
            Test::Same(both) => {
                let left = self.column(&both[0], rows, &of)?;
                let right = self.column(&both[1], rows, &of)?;
                keep(of, |at| Ok(left.at(at) == right.at(at)))
            }
            Test::Missing(path) => {
                let objects = self.column(path, rows, &of)?;
                keep(of, |at| Ok(objects.at(at).is_none()))
            }
            Test::Flag(path, at) => {
                let objects = self.column(path, rows, &of)?;
                let flags = self.each_seen(&objects, &of, at, |look| Ok(look.scalar(at)?))?;
                keep(of, |(place, _)| {
                    Ok(flags[place] == Some(Scalar::Boolean(true)))
                })
            }
            Test::Words(by, both) => {
                let left = self.words(&both[0], rows, &of)?;
                let right = self.words(&both[1], rows, &of)?;
                keep(of, |at| compared(*by, left.at(at), right.at(at)))
            }
            Test::Texts(by, both) => {
                let left = self.texts(&both[0], rows, &of)?;
                let right = self.texts(&both[1], rows, &of)?;
                keep(of, |at| compared(*by, left.at(at), right.at(at)))
            }
            _ => Err(Stop::Elsewhere),
        }
    }

    /// The rows for which a member of a list, or each one, passes a test.
    fn rows_with(
        &mut self,
        quantifier: Quantifier,
        each: &'e Each,
        rows: &Rows<'_>,
        of: &[u32],
    ) -> Found<Vec<u32>> {
        let spread = self.spread(&each.list, rows, of)?;
        let inner = rows.spread(&spread, &each.register);
        let passing = self.rows_where(&each.test, &inner, inner.all())?;
        Ok(match quantifier {
            Quantifier::Exists => spread.rows_of(&passing),
            Quantifier::ForAll => {
                let others = without(&inner.all(), &passing);
                without(of, &spread.rows_of(&others))
            }
        })
    }

    /// The members of a list, for some rows.
    fn spread(&mut self, list: &'e Objects, rows: &Rows<'_>, of: &[u32]) -> Found<Spread> {
        let mut found = Spread::default();
        match list {
            Objects::Extent(_) if !rows.source.is_empty() => {
                found.rows.resize(rows.source.len(), 0);
                found.members.extend_from_slice(rows.source);
            }
            Objects::Targets(step) => {
                let objects = self.column(&step.of, rows, of)?;
                let (of, objects) = objects.present(of);
                self.looks(&objects, &step.at, |place, look| {
                    found.add(of[place], look.targets()?)
                })?;
            }
            Objects::AllTargets(step) => {
                let (of_all, at) = &**step;
                let all = self.spread(of_all, rows, of)?;
                self.looks(&all.members, at, |place, look| {
                    found.add(all.rows[place], look.targets()?)
                })?;
            }
            Objects::AllOnes(step) => {
                let (of_all, at) = &**step;
                let all = self.spread(of_all, rows, of)?;
                self.looks(&all.members, at, |place, look| {
                    if let Some(target) = look.one(at)? {
                        found.add_one(all.rows[place], target);
                    }
                    Ok(())
                })?;
            }
            Objects::One(path) => {
                let objects = self.column(path, rows, of)?;
                for (place, row) in of.iter().enumerate() {
                    if let Some(object) = objects.at((place, *row)) {
                        found.add_one(*row, object);
                    }
                }
            }
            Objects::OfKind(step) => {
                let (of_all, classes) = &**step;
                let all = self.spread(of_all, rows, of)?;
                for (row, member) in all.rows.iter().zip(&all.members) {
                    if self.is_one_of(*member, classes) {
                        found.add_one(*row, *member);
                    }
                }
            }
            Objects::Filtered(each, result) => return self.filtered_rows(each, *result, rows, of),
            Objects::Collected(collected) => return self.collected_rows(collected, rows, of),
            Objects::Extent(_) | Objects::If(_) | Objects::Tree(_) => return Err(Stop::Elsewhere),
        }
        self.spend(found.members.len())?;
        Ok(found)
    }

    fn filtered_rows(
        &mut self,
        each: &'e Each,
        result: bool,
        rows: &Rows<'_>,
        of: &[u32],
    ) -> Found<Spread> {
        let spread = self.spread(&each.list, rows, of)?;
        let inner = rows.spread(&spread, &each.register);
        let holding = self.rows_where(&each.test, &inner, inner.all())?;
        Ok(if result {
            spread.only(&holding)
        } else {
            spread.only(&without(&inner.all(), &holding))
        })
    }

    fn collected_rows(
        &mut self,
        collected: &'e Collected,
        rows: &Rows<'_>,
        of: &[u32],
    ) -> Found<Spread> {
        let spread = self.spread(&collected.list, rows, of)?;
        let inner = rows.spread(&spread, &collected.register);
        let mut found = self.spread(&collected.body, &inner, &inner.all())?;
        for row in &mut found.rows {
            *row = spread.rows[*row as usize];
        }
        Ok(found)
    }
}

fn compared<T: Ord>(by: Comparison, left: Option<T>, right: Option<T>) -> Found<bool> {
    by.holds(left, right).ok_or(Stop::Elsewhere)
}

/// What a list goes through in the first place.
fn innermost(mut list: &Objects) -> &Objects {
    loop {
        list = match list {
            Objects::Filtered(each, _) => &each.list,
            Objects::Collected(collected) => &collected.list,
            Objects::AllTargets(step) | Objects::AllOnes(step) => &step.0,
            Objects::OfKind(step) => &step.0,
            _ => return list,
        };
    }
}
