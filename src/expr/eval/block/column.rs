//! What paths and attributes have for some rows: a column.

use std::borrow::Cow;

use super::super::plan::{Found, Stop, object_in};
use super::Wanted;
use super::rows::{Rows, row};
use crate::expr::eval::Evaluator;
use crate::expr::plan::{Path, Text, Word};
use crate::model::{Links, Look, Lookup, ObjectId, Scalars, Sought};

/// Where a path leads to, for some rows.
pub(super) enum Column<'r> {
    /// By row.
    Variable(&'r [ObjectId]),
    /// By the place of the row among those that are looked at.
    Found(Vec<Option<ObjectId>>),
}

impl Column<'_> {
    /// Those of some rows, of which `numbers` says something, that have an object, with those.
    pub(super) fn present<'s>(
        &'s self,
        of: &[u32],
        numbers: &'s [u32],
    ) -> (Cow<'s, [u32]>, Cow<'s, [ObjectId]>) {
        match self {
            // Rows are in order and each once, so as many as there are is all of them.
            Self::Variable(objects) if objects.len() == of.len() => {
                (Cow::Borrowed(numbers), Cow::Borrowed(objects))
            }
            Self::Variable(objects) => {
                let present = of.iter().map(|row| objects[*row as usize]);
                (Cow::Borrowed(numbers), present.collect())
            }
            Self::Found(objects) => {
                let present = numbers.iter().copied().zip(objects);
                let present = present.filter_map(|(number, object)| Some((number, (*object)?)));
                let (numbers, objects): (Vec<_>, Vec<_>) = present.unzip();
                (numbers.into(), objects.into())
            }
        }
    }

    /// The rows among some for which it is as wanted what holds of the object there.
    #[inline]
    pub(super) fn kept(
        &self,
        of: Vec<u32>,
        wanted: Wanted,
        holds: impl Fn(Option<ObjectId>) -> Found<bool>,
    ) -> Found<Vec<u32>> {
        match self {
            Self::Variable(objects) => {
                wanted.keep(of, |(_, row)| holds(Some(objects[row as usize])))
            }
            Self::Found(objects) => wanted.keep(of, |(place, _)| holds(objects[place])),
        }
    }

    /// The rows among some for which it is as wanted whether the same object is there in two columns.
    pub(super) fn kept_of_same(both: [&Self; 2], of: Vec<u32>, wanted: Wanted) -> Found<Vec<u32>> {
        match both {
            [Self::Variable(left), Self::Variable(right)] => wanted.keep(of, |(_, row)| {
                let row = row as usize;
                Ok(left[row] == right[row])
            }),
            [left, right] => wanted.keep(of, |at| Ok(left.at(at) == right.at(at))),
        }
    }

    /// The rows among some for which it is as wanted whether the object there is among the targets of another one, which
    /// neighbours often have in common.
    pub(super) fn kept_of_targets(
        &self,
        (others, links): (&Self, Links<'_, '_>),
        of: Vec<u32>,
        wanted: Wanted,
    ) -> Found<Vec<u32>> {
        match [self, others] {
            [Self::Variable(members), Self::Variable(others)] => {
                kept_among(of, (wanted, links), |(_, row)| {
                    let row = row as usize;
                    (Some(members[row]), Some(others[row]))
                })
            }
            [members, others] => {
                kept_among(of, (wanted, links), |at| (members.at(at), others.at(at)))
            }
        }
    }

    #[inline]
    pub(super) fn at(&self, (place, row): (usize, u32)) -> Option<ObjectId> {
        match self {
            Self::Variable(objects) => Some(objects[row as usize]),
            Self::Found(objects) => objects[place],
        }
    }
}

/// The rows among some for which it is as wanted whether the first of two objects is among the targets of the second.
#[inline]
fn kept_among(
    of: Vec<u32>,
    (wanted, links): (Wanted, Links<'_, '_>),
    at: impl Fn((usize, u32)) -> (Option<ObjectId>, Option<ObjectId>),
) -> Found<Vec<u32>> {
    let (mut last, mut targets) = (None, Sought::NONE);
    wanted.keep(of, |row| {
        let (member, other) = at(row);
        if other != last {
            last = other;
            targets = match other {
                Some(other) => links.targets(other)?.sought(),
                None => Sought::NONE,
            };
        }
        Ok(member.is_some_and(|member| targets.contains(member)))
    })
}

/// Scalars for some rows.
pub(super) enum Values<T> {
    /// One for all.
    Same(T),
    /// By the place of the row among those that are looked at.
    Found(Vec<Option<T>>),
}

impl<T: Copy> Values<T> {
    #[inline]
    pub(super) fn at(&self, (place, _): (usize, u32)) -> Option<T> {
        match self {
            Self::Same(value) => Some(*value),
            Self::Found(values) => values[place],
        }
    }
}

/// Something for each of some rows.
#[inline]
pub(super) fn each_of<T>(
    of: &[u32],
    mut with: impl FnMut((usize, u32)) -> Found<T>,
) -> Found<Vec<T>> {
    let mut all = Vec::with_capacity(of.len());
    for (place, row) in of.iter().enumerate() {
        all.push(with((place, *row))?);
    }
    Ok(all)
}

impl<'e> Evaluator<'e> {
    /// What the objects of some rows have in a slot; nothing where there is no object.
    #[inline]
    fn each_seen<T: Clone>(
        &self,
        (objects, of): (&Column<'_>, &[u32]),
        at: &Lookup,
        with: impl Fn(Look<'e>) -> Found<Option<T>>,
    ) -> Found<Vec<Option<T>>> {
        let places: Vec<u32> = (0..row(of.len())).collect();
        let (places, present) = objects.present(of, &places);
        let mut all = vec![None; of.len()];
        let reach = self.context.reach();
        reach.look_at_all((&places, &present), at, |place, look| {
            all[place as usize] = with(look)?;
            Found::Ok(())
        })?;
        Ok(all)
    }

    /// A reference, to be followed for some rows.
    #[inline]
    pub(super) fn links<'l>(&self, at: &'l Lookup, of: &[u32]) -> Links<'e, 'l> {
        self.context.reach().links(at, of.len())
    }

    /// An attribute, to be asked for of some rows.
    #[inline]
    pub(super) fn scalars<'l>(&self, at: &'l Lookup, of: &[u32]) -> Scalars<'e, 'l> {
        self.context.reach().scalars(at, of.len())
    }

    /// Where a path leads to, for some rows.
    pub(super) fn column<'r>(
        &self,
        path: &Path,
        rows: &'r Rows<'_>,
        of: &[u32],
    ) -> Found<Column<'r>> {
        if let Some(column) = rows.column(path) {
            return Ok(Column::Variable(column));
        }
        let found = match path {
            Path::Reference(step) => {
                let objects = self.column(&step.of, rows, of)?;
                let links = self.links(&step.at, of);
                each_of(of, |at| match objects.at(at) {
                    Some(object) => Ok(links.one(object)?),
                    None => Ok(None),
                })
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
            Path::Outer(position) => {
                let object = object_in(self.outer.get(*position))?;
                each_of(of, |_| Ok(object))
            }
            _ => Err(Stop::Elsewhere),
        };
        found.map(Column::Found)
    }

    pub(super) fn words(&self, word: &Word, rows: &Rows<'_>, of: &[u32]) -> Found<Values<i64>> {
        match word {
            Word::Literal(n) => Ok(Values::Same(*n)),
            Word::Attribute(step) => {
                let objects = self.column(&step.0, rows, of)?;
                let scalars = self.scalars(&step.1, of);
                let found = each_of(of, |at| match objects.at(at) {
                    Some(object) => Ok(scalars.number(object)?),
                    None => Ok(None),
                });
                found.map(Values::Found)
            }
            Word::Size(_) | Word::Tree(_) => Err(Stop::Elsewhere),
        }
    }

    pub(super) fn texts(
        &self,
        text: &'e Text,
        rows: &Rows<'_>,
        of: &[u32],
    ) -> Found<Values<&'e str>> {
        match text {
            Text::Literal(text) => Ok(Values::Same(text)),
            Text::Attribute(step) => {
                let objects = self.column(&step.0, rows, of)?;
                let letters = |look: Look<'e>| Ok(look.text(&step.1)?);
                let found = self.each_seen((&objects, of), &step.1, letters);
                found.map(Values::Found)
            }
            Text::Tree(_) => Err(Stop::Elsewhere),
        }
    }
}
