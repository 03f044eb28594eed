//! Plans over many rows at once: each step is taken for a block of rows before the next one is.
//!
//! A row has an object for each register. Going through a block needs no call for each row, and the memory of many
//! objects is fetched side by side. Lists are looked at whole, where a plan that goes row by row stops at the first
//! member that decides; so this is for evaluations of which nobody asks what they read, and it gives up where rows grow
//! too many. It is as exact as other plans: what it has no form for, it leaves to them. The idea is that of vectorised
//! execution (Boncz, Zukowski and Nes, "MonetDB/X100", 2005).

mod column;
mod rows;

use column::Column;
use rows::{Rows, Spread, Subject, merged, without};

use super::plan::{Found, Stop};
use super::{Evaluator, fuel};
use crate::expr::plan::{
    Collected, Comparison, Each, Objects, Plan, Planned, Quantifier, Test, Word,
};
use crate::model::{Lookup, ObjectId};

/// How many objects a block begins with.
const BLOCK: usize = 512;
/// How many objects are looked at for whether each leads to one other.
const STRIDE: usize = 32;
/// How many rows a block may grow to.
const MOST: usize = 1 << 16;

/// Which of some rows are looked for: those for which a test holds, or the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Holding,
    Failing,
}

impl Wanted {
    /// Those for which a test has a result.
    fn of(result: bool) -> Self {
        if result { Self::Holding } else { Self::Failing }
    }

    fn others(self) -> Self {
        match self {
            Self::Holding => Self::Failing,
            Self::Failing => Self::Holding,
        }
    }

    #[inline]
    fn is(self, holds: bool) -> bool {
        holds == (self == Self::Holding)
    }

    /// Keeps those rows for which it is so whether something holds.
    #[inline]
    fn keep(
        self,
        mut of: Vec<u32>,
        mut holds: impl FnMut((usize, u32)) -> Found<bool>,
    ) -> Found<Vec<u32>> {
        let mut kept = 0;
        for place in 0..of.len() {
            let row = of[place];
            of[kept] = row;
            kept += usize::from(self.is(holds((place, row))?));
        }
        of.truncate(kept);
        Ok(of)
    }
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
        let (own, known) = self.instances(*class);
        let fuel = self.fuel;
        let mut all = Vec::new();
        for source in own.chunks(BLOCK).chain(known.chunks(BLOCK)) {
            let rows = Rows {
                count: 1,
                source,
                ..Rows::default()
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
                ..Rows::default()
            };
            self.fuel = fuel(self.context);
            let found = self.rows_where((test, Wanted::Failing), &rows, rows.all());
            let found = found.ok()?.into_iter();
            failing.extend(found.map(|row| block * BLOCK + row as usize));
        }
        Some(failing)
    }

    /// The rows among some for which a test holds, or does not.
    fn rows_where(
        &mut self,
        (test, wanted): (&'e Test, Wanted),
        rows: &Rows<'_>,
        of: Vec<u32>,
    ) -> Found<Vec<u32>> {
        use Wanted::{Failing, Holding};
        match test {
            Test::Constant(truth) if wanted.is(*truth) => Ok(of),
            Test::Constant(_) => Ok(Vec::new()),
            Test::Not(test) => self.rows_where((test, wanted.others()), rows, of),
            Test::All(all) => {
                let parts = all.iter().map(|test| (test, wanted));
                match wanted {
                    Holding => self.rows_of_all(parts, rows, of),
                    Failing => self.rows_of_any(parts, rows, of),
                }
            }
            Test::Or(both) => {
                let parts = both.iter().map(|test| (test, wanted));
                match wanted {
                    Holding => self.rows_of_any(parts, rows, of),
                    Failing => self.rows_of_all(parts, rows, of),
                }
            }
            Test::Implies(both) => {
                let parts = [(&both[0], wanted.others()), (&both[1], wanted)].into_iter();
                match wanted {
                    Holding => self.rows_of_any(parts, rows, of),
                    Failing => self.rows_of_all(parts, rows, of),
                }
            }
            Test::Members(quantifier, each) => {
                self.rows_with((*quantifier, each), wanted, rows, of)
            }
            Test::Empty(list) if !matches!(list, Objects::Targets(_)) => {
                let mut filled = self.spread(list, rows, &of)?.rows;
                Ok(match wanted {
                    Holding => without(of, &filled),
                    Failing => {
                        filled.dedup();
                        filled
                    }
                })
            }
            _ => self.rows_that((test, wanted), rows, of),
        }
    }

    /// The rows among some for which all is as wanted; what comes later is asked of the rows that are left alone.
    fn rows_of_all(
        &mut self,
        parts: impl Iterator<Item = (&'e Test, Wanted)>,
        rows: &Rows<'_>,
        mut of: Vec<u32>,
    ) -> Found<Vec<u32>> {
        for part in parts {
            of = self.rows_where(part, rows, of)?;
        }
        Ok(of)
    }

    /// The rows among some for which one is as wanted; what comes later is asked of the other rows alone.
    fn rows_of_any(
        &mut self,
        parts: impl Iterator<Item = (&'e Test, Wanted)>,
        rows: &Rows<'_>,
        mut of: Vec<u32>,
    ) -> Found<Vec<u32>> {
        let mut all = Vec::new();
        for part in parts {
            let found = self.rows_where(part, rows, of.clone())?;
            of = without(of, &found);
            all = merged(all, found);
        }
        Ok(all)
    }

    /// The rows among some for which a test without other tests in it holds, or does not.
    fn rows_that(
        &self,
        (test, wanted): (&'e Test, Wanted),
        rows: &Rows<'_>,
        of: Vec<u32>,
    ) -> Found<Vec<u32>> {
        match test {
            Test::Kind(path, classes) => {
                let objects = self.column(path, rows, &of)?;
                let kinds = self.context.reach().kinds();
                objects.kept(of, wanted, |object| {
                    Ok(object.is_some_and(|o| classes[kinds.class(o).0 as usize]))
                })
            }
            Test::Includes(both) => {
                let (Objects::Targets(step), member) = &**both else {
                    return Err(Stop::Elsewhere);
                };
                let member = self.column(member, rows, &of)?;
                let objects = self.column(&step.of, rows, &of)?;
                let links = self.links(&step.at, &of);
                member.kept_of_targets((&objects, links), of, wanted)
            }
            Test::Empty(Objects::Targets(step)) => {
                let objects = self.column(&step.of, rows, &of)?;
                let links = self.links(&step.at, &of);
                wanted.keep(of, |at| match objects.at(at) {
                    Some(object) => Ok(links.targets(object)?.is_empty()),
                    None => Ok(true),
                })
            }
            Test::Same(both) => {
                let left = self.column(&both[0], rows, &of)?;
                let right = self.column(&both[1], rows, &of)?;
                Column::kept_of_same([&left, &right], of, wanted)
            }
            Test::Missing(path) => {
                let objects = self.column(path, rows, &of)?;
                objects.kept(of, wanted, |object| Ok(object.is_none()))
            }
            Test::Flag(path, at) => {
                let objects = self.column(path, rows, &of)?;
                let scalars = self.scalars(at, &of);
                objects.kept(of, wanted, |object| match object {
                    Some(object) => Ok(scalars.is_true(object)?),
                    None => Ok(false),
                })
            }
            Test::Words(by, both) => {
                if let [Word::Attribute(step), Word::Literal(right)] = &**both {
                    let (path, at) = &**step;
                    let objects = self.column(path, rows, &of)?;
                    let scalars = self.scalars(at, &of);
                    return objects.kept(of, wanted, |object| {
                        let left = object.map_or(Ok(None), |o| scalars.number(o))?;
                        compared(*by, left, Some(*right))
                    });
                }
                let left = self.words(&both[0], rows, &of)?;
                let right = self.words(&both[1], rows, &of)?;
                wanted.keep(of, |at| compared(*by, left.at(at), right.at(at)))
            }
            Test::Texts(by, both) => {
                let left = self.texts(&both[0], rows, &of)?;
                let right = self.texts(&both[1], rows, &of)?;
                wanted.keep(of, |at| compared(*by, left.at(at), right.at(at)))
            }
            _ => Err(Stop::Elsewhere),
        }
    }

    /// The rows among some for which a member of a list, or each one, passes a test, or not so.
    fn rows_with(
        &mut self,
        (quantifier, each): (Quantifier, &'e Each),
        wanted: Wanted,
        rows: &Rows<'_>,
        of: Vec<u32>,
    ) -> Found<Vec<u32>> {
        let (inner, members) = self.rows_within(&each.list, each.register.asked, (rows, &of))?;
        let decides = match quantifier {
            Quantifier::Exists => Wanted::Holding,
            Quantifier::ForAll => Wanted::Failing,
        };
        let deciding = self.rows_where((&each.test, decides), &inner, members)?;
        let decided = inner.around(&deciding);
        Ok(if wanted == decides {
            decided
        } else {
            without(of, &decided)
        })
    }

    /// The members of a list, for some rows.
    fn spread(&mut self, list: &'e Objects, rows: &Rows<'_>, of: &[u32]) -> Found<Spread> {
        let mut found = Spread::of(of.len());
        match list {
            Objects::Extent(_) if !rows.source.is_empty() => {
                found.rows.resize(rows.source.len(), 0);
                found.members.extend_from_slice(rows.source);
            }
            Objects::Targets(step) => {
                let objects = self.column(&step.of, rows, of)?;
                let (rows, objects) = objects.present(of, of);
                self.add_targets((&rows, &objects), &step.at, &mut found)?;
            }
            Objects::AllTargets(step) => {
                let (of_all, at) = &**step;
                let all = self.spread(of_all, rows, of)?;
                self.add_targets((&all.rows, &all.members), at, &mut found)?;
            }
            Objects::AllOnes(step) => {
                let (of_all, at) = &**step;
                let all = self.spread(of_all, rows, of)?;
                let links = self.links(at, &all.rows);
                for (row, member) in all.iter() {
                    if let Some(target) = links.one(member)? {
                        found.add_one(row, target);
                    }
                }
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
                for (row, member) in self.spread(of_all, rows, of)?.iter() {
                    if self.is_one_of(member, classes) {
                        found.add_one(row, member);
                    }
                }
            }
            Objects::Filtered(each, _) => {
                let (inner, members) = self.rows_within(list, each.register.asked, (rows, of))?;
                return Ok(inner.members().only(&members));
            }
            Objects::Collected(collected) => return self.collected_rows(collected, rows, of),
            Objects::Extent(_) | Objects::If(_) | Objects::Tree(_) => return Err(Stop::Elsewhere),
        }
        self.spend(found.members.len())?;
        Ok(found)
    }

    /// Adds the targets of some objects for their rows.
    fn add_targets(
        &self,
        (rows, objects): (&[u32], &[ObjectId]),
        at: &Lookup,
        found: &mut Spread,
    ) -> Found<()> {
        let links = self.links(at, rows);
        for (rows, objects) in rows.chunks(STRIDE).zip(objects.chunks(STRIDE)) {
            if links.add_one_each(objects, &mut found.members) {
                found.rows.extend_from_slice(rows);
                continue;
            }
            for (row, object) in rows.iter().zip(objects) {
                found.add(*row, links.targets(*object)?)?;
            }
        }
        Ok(())
    }

    /// A row for each member of a list, for some rows, with what is asked for there; or for each of the longer list that
    /// it is chosen from, with which of those it has.
    fn rows_within(
        &mut self,
        list: &'e Objects,
        asked: u32,
        (rows, of): (&Rows<'_>, &[u32]),
    ) -> Found<(Rows<'static>, Vec<u32>)> {
        if let Objects::Filtered(each, result) = list {
            let asked = asked | each.register.asked;
            let (inner, members) = self.rows_within(&each.list, asked, (rows, of))?;
            let wanted = Wanted::of(*result);
            let members = self.rows_where((&each.test, wanted), &inner, members)?;
            return Ok((inner, members));
        }
        let inner = rows.spread(self.spread(list, rows, of)?, asked);
        let all = inner.all();
        Ok((inner, all))
    }

    fn collected_rows(
        &mut self,
        collected: &'e Collected,
        rows: &Rows<'_>,
        of: &[u32],
    ) -> Found<Spread> {
        let asked = collected.register.asked;
        let (inner, members) = self.rows_within(&collected.list, asked, (rows, of))?;
        let mut found = self.spread(&collected.body, &inner, &members)?;
        let around = inner.members().rows;
        for row in &mut found.rows {
            *row = around[*row as usize];
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
