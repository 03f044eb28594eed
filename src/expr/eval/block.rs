//! Plans over many rows at once: each step is taken for a block of rows before the next one is.
//!
//! A row has an object for each register. Going through a block needs no call for each row, and the memory of many
//! objects is fetched side by side. Lists are looked at whole, where a plan that goes row by row stops at the first
//! member that decides; so this is for evaluations of which nobody asks what they read, and it gives up where rows grow
//! too many. It is as exact as other plans: what it has no form for, it leaves to them. The idea is that of vectorised
//! execution (Boncz, Zukowski and Nes, "MonetDB/X100", 2005).

use super::plan::{Found, Stop, number, object_in};
use super::{Evaluator, fuel};
use crate::expr::plan::{
    Collected, Comparison, Each, OUTSIDE, Objects, Path, Plan, Planned, Quantifier, Register, Test,
    Text, Word,
};
use crate::model::{Look, Lookup, ObjectId, Scalar, Targets};

/// How many objects a block begins with.
const BLOCK: usize = 128;
/// How many rows a block may grow to.
const MOST: usize = 1 << 16;

/// The rows of a block.
struct Rows<'r> {
    count: usize,
    /// What the first variable from outside is in each, where the block is about that.
    subject: Option<Vec<ObjectId>>,
    /// What the registers have.
    registers: Vec<Vec<ObjectId>>,
    /// What the innermost list begins with in place of all instances.
    source: &'r [ObjectId],
}

/// Members of lists, with the rows that they are for, in the order of those.
#[derive(Default)]
struct Spread {
    rows: Vec<u32>,
    members: Vec<ObjectId>,
}

impl Rows<'_> {
    fn all(&self) -> Vec<u32> {
        (0..row(self.count)).collect()
    }

    /// One row for each member, which is in a register; with what is asked for there.
    fn spread(&self, spread: &Spread, register: &Register) -> Self {
        let gathered = |column: &Vec<ObjectId>| {
            let rows = spread.rows.iter();
            rows.map(|r| column[*r as usize]).collect::<Vec<_>>()
        };
        let asked = |number: usize| register.asked & 1 << number != 0;
        let columns = self.registers.iter().enumerate();
        let mut registers: Vec<_> = columns
            .map(|(number, column)| {
                if asked(number) {
                    gathered(column)
                } else {
                    Vec::new()
                }
            })
            .collect();
        registers.push(spread.members.clone());
        let subject = self
            .subject
            .as_ref()
            .map(|column| match register.asked & OUTSIDE {
                0 => Vec::new(),
                _ => gathered(column),
            });
        Self {
            count: spread.rows.len(),
            subject,
            registers,
            source: &[],
        }
    }

    /// What a variable is in each row, where it is one of the rows'.
    fn column(&self, path: &Path) -> Option<&[ObjectId]> {
        match path {
            Path::Register(register) => Some(&self.registers[*register]),
            Path::Outer(0) => self.subject.as_deref(),
            _ => None,
        }
    }
}

/// Where a path leads to, for some rows.
enum Column<'r> {
    /// By row.
    Variable(&'r [ObjectId]),
    /// By the place of the row among those that are looked at.
    Found(Vec<Option<ObjectId>>),
}

impl Column<'_> {
    /// The rows that have an object, with those.
    fn present(&self, of: &[u32]) -> (Vec<u32>, Vec<ObjectId>) {
        let places = of.iter().copied().enumerate();
        let present = places.filter_map(|at| Some((at.1, self.at(at)?)));
        present.unzip()
    }

    #[inline]
    fn at(&self, (place, row): (usize, u32)) -> Option<ObjectId> {
        match self {
            Self::Variable(objects) => Some(objects[row as usize]),
            Self::Found(objects) => objects[place],
        }
    }
}

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

impl Spread {
    #[inline]
    fn add(&mut self, row: u32, members: Targets<'_>) -> Found<()> {
        if self.members.len() + members.len() > MOST {
            return Err(Stop::Elsewhere);
        }
        for member in members.iter() {
            self.rows.push(row);
            self.members.push(member);
        }
        Ok(())
    }

    #[inline]
    fn add_one(&mut self, row: u32, member: ObjectId) {
        self.rows.push(row);
        self.members.push(member);
    }

    /// Those at some places.
    fn only(&self, places: &[u32]) -> Self {
        let places = || places.iter().map(|p| *p as usize);
        Self {
            rows: places().map(|p| self.rows[p]).collect(),
            members: places().map(|p| self.members[p]).collect(),
        }
    }

    /// The rows of those at some places, each once.
    fn rows_of(&self, places: &[u32]) -> Vec<u32> {
        let mut rows: Vec<u32> = places.iter().map(|p| self.rows[*p as usize]).collect();
        rows.dedup();
        rows
    }
}

impl<'e> Evaluator<'e> {
    /// The objects of a list that goes through all instances of a class, or how many there are; `None` where they have to
    /// be found one by one.
    pub(super) fn in_blocks(&mut self, list: &'e Objects) -> Option<Vec<ObjectId>> {
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

    /// For which of some objects a condition over the first variable does not hold, by their places; `None` where it has
    /// to be asked for one after the other.
    pub(super) fn failing(
        &mut self,
        planned: &'e Planned,
        objects: &[ObjectId],
    ) -> Option<Vec<usize>> {
        let (Plan::Truth(test) | Plan::Condition(test)) = &planned.plan else {
            return None;
        };
        let mut failing = Vec::new();
        for (block, subjects) in objects.chunks(BLOCK).enumerate() {
            let rows = Rows {
                count: subjects.len(),
                subject: Some(subjects.to_vec()),
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
                let (of, objects) = self.column(&step.of, rows, of)?.present(of);
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

    /// Looks at what objects have in a slot.
    fn looks(
        &self,
        objects: &[ObjectId],
        at: &Lookup,
        mut with: impl FnMut(usize, Look<'e>) -> Found<()>,
    ) -> Found<()> {
        let mut done = Ok(());
        self.context
            .reach()
            .look_at_all(objects, at, |place, look| {
                if done.is_ok() {
                    done = with(place, look);
                }
            });
        done
    }

    /// What the objects of some rows have in a slot; nothing where there is no object.
    fn each_seen<T>(
        &self,
        objects: &Column<'_>,
        of: &[u32],
        at: &Lookup,
        mut with: impl FnMut(Look<'e>) -> Found<Option<T>>,
    ) -> Found<Vec<Option<T>>> {
        let (rows, present) = objects.present(of);
        let mut all = Vec::with_capacity(of.len());
        self.looks(&present, at, |place, look| {
            // Those in between have no object.
            while of[all.len()] != rows[place] {
                all.push(None);
            }
            all.push(with(look)?);
            Ok(())
        })?;
        all.resize_with(of.len(), || None);
        Ok(all)
    }

    /// Where a path leads to, for some rows.
    fn column<'r>(&self, path: &Path, rows: &'r Rows<'_>, of: &[u32]) -> Found<Column<'r>> {
        if let Some(column) = rows.column(path) {
            return Ok(Column::Variable(column));
        }
        let found = match path {
            Path::Reference(step) => {
                let objects = self.column(&step.of, rows, of)?;
                self.each_seen(&objects, of, &step.at, |look| Ok(look.one(&step.at)?))
            }
            Path::Container(step) => {
                let (path, classes) = &**step;
                let objects = self.column(path, rows, of)?;
                each_of(of, |at| {
                    let container = objects.at(at).and_then(|o| self.container_of(o));
                    Ok(container.filter(|c| self.is_one_of(*c, classes)))
                })
            }
            Path::As(step) => {
                let (path, classes) = &**step;
                let objects = self.column(path, rows, of)?;
                each_of(of, |at| match objects.at(at) {
                    Some(object) if !self.is_one_of(object, classes) => Err(Stop::Elsewhere),
                    found => Ok(found),
                })
            }
            Path::Outer(position) if rows.subject.is_none() => {
                let object = object_in(self.outer.get(*position))?;
                each_of(of, |_| Ok(object))
            }
            _ => Err(Stop::Elsewhere),
        };
        found.map(Column::Found)
    }

    fn words(&self, word: &Word, rows: &Rows<'_>, of: &[u32]) -> Found<Values<i64>> {
        match word {
            Word::Literal(n) => Ok(Values::Same(*n)),
            Word::Attribute(step) => {
                let objects = self.column(&step.0, rows, of)?;
                let number = |look: Look<'_>| look.scalar(&step.1)?.map(number).transpose();
                let found = self.each_seen(&objects, of, &step.1, number);
                found.map(Values::Found)
            }
            Word::Size(_) | Word::Tree(_) => Err(Stop::Elsewhere),
        }
    }

    fn texts(&self, text: &'e Text, rows: &Rows<'_>, of: &[u32]) -> Found<Values<&'e str>> {
        match text {
            Text::Literal(text) => Ok(Values::Same(text)),
            Text::Attribute(step) => {
                let objects = self.column(&step.0, rows, of)?;
                let letters = |look: Look<'e>| Ok(look.text(&step.1)?);
                let found = self.each_seen(&objects, of, &step.1, letters);
                found.map(Values::Found)
            }
            Text::Tree(_) => Err(Stop::Elsewhere),
        }
    }
}

/// Scalars for some rows.
enum Values<T> {
    /// One for all.
    Same(T),
    /// By the place of the row among those that are looked at.
    Found(Vec<Option<T>>),
}

impl<T: Copy> Values<T> {
    #[inline]
    fn at(&self, (place, _): (usize, u32)) -> Option<T> {
        match self {
            Self::Same(value) => Some(*value),
            Self::Found(values) => values[place],
        }
    }
}

/// The object that was looked at for the row before, with what it led to: neighbours often have it in common.
#[derive(Default)]
struct Last<'e> {
    object: Option<ObjectId>,
    targets: Option<Targets<'e>>,
}

impl<'e> Last<'e> {
    #[inline]
    fn targets(
        &mut self,
        evaluator: &Evaluator<'e>,
        object: Option<ObjectId>,
        at: &Lookup,
    ) -> Found<Targets<'e>> {
        match (object, self.targets) {
            (None, _) => Ok(Targets::NONE),
            (_, Some(targets)) if object == self.object => Ok(targets),
            (Some(object), _) => {
                let targets = evaluator.targets(object, at)?;
                (self.object, self.targets) = (Some(object), Some(targets));
                Ok(targets)
            }
        }
    }
}

/// Something for each of some rows.
#[inline]
fn each_of<T>(of: &[u32], mut with: impl FnMut((usize, u32)) -> Found<T>) -> Found<Vec<T>> {
    let mut all = Vec::with_capacity(of.len());
    for (place, row) in of.iter().enumerate() {
        all.push(with((place, *row))?);
    }
    Ok(all)
}

fn row(n: usize) -> u32 {
    u32::try_from(n).expect("blocks have few rows")
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

/// The rows that are not among others; both are sorted.
fn without(rows: &[u32], others: &[u32]) -> Vec<u32> {
    let mut others = others.iter().peekable();
    let mut left = Vec::with_capacity(rows.len());
    for row in rows {
        while others.next_if(|other| *other < row).is_some() {}
        if others.peek() != Some(&row) {
            left.push(*row);
        }
    }
    left
}

/// All of two lists of rows, which are sorted.
fn merged(one: &[u32], other: &[u32]) -> Vec<u32> {
    let mut all = [one, other].concat();
    all.sort_unstable();
    all
}
