//! The rows of a block, members of lists for them, and sets of rows.

use super::super::plan::{Found, Stop};
use super::MOST;
use crate::expr::plan::{OUTSIDE, Path, Register};
use crate::model::{ObjectId, Targets};

/// The rows of a block.
pub(super) struct Rows<'r> {
    pub(super) count: usize,
    /// The variable from outside that differs from row to row, where there is one.
    pub(super) subject: Option<Subject>,
    /// What the registers have.
    pub(super) registers: Vec<Vec<ObjectId>>,
    /// What the innermost list begins with in place of all instances.
    pub(super) source: &'r [ObjectId],
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
    pub(super) fn spread(&self, spread: &Spread, register: &Register) -> Self {
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
        let subject = self.subject.as_ref().map(|subject| Subject {
            position: subject.position,
            objects: match register.asked & OUTSIDE {
                0 => Vec::new(),
                _ => gathered(&subject.objects),
            },
        });
        Self {
            count: spread.rows.len(),
            subject,
            registers,
            source: &[],
        }
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
    #[inline]
    pub(super) fn add(&mut self, row: u32, members: Targets<'_>) -> Found<()> {
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
    pub(super) fn add_one(&mut self, row: u32, member: ObjectId) {
        self.rows.push(row);
        self.members.push(member);
    }

    /// Those at some places.
    pub(super) fn only(&self, places: &[u32]) -> Self {
        let places = || places.iter().map(|p| *p as usize);
        Self {
            rows: places().map(|p| self.rows[p]).collect(),
            members: places().map(|p| self.members[p]).collect(),
        }
    }

    /// The rows of those at some places, each once.
    pub(super) fn rows_of(&self, places: &[u32]) -> Vec<u32> {
        let mut rows: Vec<u32> = places.iter().map(|p| self.rows[*p as usize]).collect();
        rows.dedup();
        rows
    }
}

pub(super) fn row(n: usize) -> u32 {
    u32::try_from(n).expect("blocks have few rows")
}

/// The rows that are not among others; both are sorted.
pub(super) fn without(rows: &[u32], others: &[u32]) -> Vec<u32> {
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
pub(super) fn merged(one: &[u32], other: &[u32]) -> Vec<u32> {
    let mut all = [one, other].concat();
    all.sort_unstable();
    all
}
