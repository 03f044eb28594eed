//! The rows of a block, members of lists for them, and sets of rows.

use super::super::plan::{Found, Stop};
use super::MOST;
use crate::expr::plan::{OUTSIDE, Path};
use crate::model::{ObjectId, Targets};

/// The rows of a block.
#[derive(Default)]
pub(super) struct Rows<'r> {
    pub(super) count: usize,
    /// The variable from outside that differs from row to row, where there is one.
    pub(super) subject: Option<Subject>,
    /// What the registers have.
    pub(super) registers: Vec<Vec<ObjectId>>,
    /// What the innermost list begins with in place of all instances.
    pub(super) source: &'r [ObjectId],
    /// The rows around that these are for, in order, where they are members of lists.
    pub(super) around: Vec<u32>,
}

/// A variable from outside that has an object for each row.
pub(super) struct Subject {
    /// Its position.
    pub(super) position: usize,
    pub(super) objects: Vec<ObjectId>,
}

/// Members of lists, with the rows that they are for, in the order of those.
#[derive(Default)]
pub(super) struct Spread {
    pub(super) rows: Vec<u32>,
    pub(super) members: Vec<ObjectId>,
}

impl Rows<'_> {
    pub(super) fn all(&self) -> Vec<u32> {
        (0..row(self.count)).collect()
    }

    /// One row for each member, which is in a register; with what is asked for there.
    pub(super) fn spread(&self, spread: Spread, asked: u32) -> Rows<'static> {
        let gathered = |column: &[ObjectId], one: u32| match asked & one {
            0 => Vec::new(),
            _ => spread.rows.iter().map(|r| column[*r as usize]).collect(),
        };
        let columns = self.registers.iter().enumerate();
        let mut registers: Vec<Vec<ObjectId>> = columns
            .map(|(number, column)| gathered(column, 1 << number))
            .collect();
        let subject = self.subject.as_ref().map(|subject| Subject {
            position: subject.position,
            objects: gathered(&subject.objects, OUTSIDE),
        });
        registers.push(spread.members);
        Rows {
            count: spread.rows.len(),
            subject,
            registers,
            source: &[],
            around: spread.rows,
        }
    }

    /// The members of the lists again that these rows were made for.
    pub(super) fn members(self) -> Spread {
        let mut registers = self.registers;
        Spread {
            rows: self.around,
            members: registers.pop().unwrap_or_default(),
        }
    }

    /// The rows around that some of these are for, each once.
    pub(super) fn around(&self, rows: &[u32]) -> Vec<u32> {
        let mut around: Vec<u32> = rows.iter().map(|r| self.around[*r as usize]).collect();
        around.dedup();
        around
    }

    /// What a variable is in each row, where it is one of the rows'.
    pub(super) fn column(&self, path: &Path) -> Option<&[ObjectId]> {
        match path {
            Path::Register(register) => Some(&self.registers[*register]),
            Path::Outer(position) => {
                let subject = self.subject.as_ref();
                let subject = subject.filter(|subject| subject.position == *position);
                subject.map(|subject| &*subject.objects)
            }
            _ => None,
        }
    }
}

impl Spread {
    /// Room for a member for each of so many rows.
    pub(super) fn of(rows: usize) -> Self {
        Self {
            rows: Vec::with_capacity(rows),
            members: Vec::with_capacity(rows),
        }
    }

    #[inline]
    pub(super) fn add(&mut self, row: u32, members: Targets<'_>) -> Found<()> {
        match members.single() {
            Some(member) => {
                self.add_one(row, member);
                Ok(())
            }
            None => self.add_all(row, members),
        }
    }

    /// Lists are so much rarer than single objects that these get the registers of the loop.
    #[inline(never)]
    fn add_all(&mut self, row: u32, members: Targets<'_>) -> Found<()> {
        if self.members.len() + members.len() > MOST {
            return Err(Stop::Elsewhere);
        }
        self.rows.resize(self.rows.len() + members.len(), row);
        members.add_to(&mut self.members);
        Ok(())
    }

    #[inline]
    pub(super) fn add_one(&mut self, row: u32, member: ObjectId) {
        self.rows.push(row);
        self.members.push(member);
    }

    /// Those at some places.
    pub(super) fn only(self, places: &[u32]) -> Self {
        if places.len() == self.rows.len() {
            return self;
        }
        let places = || places.iter().map(|p| *p as usize);
        Self {
            rows: places().map(|p| self.rows[p]).collect(),
            members: places().map(|p| self.members[p]).collect(),
        }
    }

    /// Each with its row.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, ObjectId)> {
        self.rows.iter().copied().zip(self.members.iter().copied())
    }
}

pub(super) fn row(n: usize) -> u32 {
    u32::try_from(n).expect("blocks have few rows")
}

/// The rows that are not among others; both are sorted.
pub(super) fn without(mut rows: Vec<u32>, others: &[u32]) -> Vec<u32> {
    if !others.is_empty() {
        let mut others = others.iter().peekable();
        rows.retain(|row| {
            while others.next_if(|other| *other < row).is_some() {}
            others.peek() != Some(&row)
        });
    }
    rows
}

/// All of two lists of rows, which are sorted.
pub(super) fn merged(mut one: Vec<u32>, other: Vec<u32>) -> Vec<u32> {
    if one.is_empty() {
        return other;
    }
    if !other.is_empty() {
        one.extend(other);
        one.sort_unstable();
    }
    one
}
