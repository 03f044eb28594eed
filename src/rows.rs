//! Long lists that change in few places, of which earlier states stay in use: states share what they have in common.
//!
//! A list is one of pieces. To copy it is to point at the pieces once more, and to change a row copies one piece. The
//! cousins: persistent vectors, with one level of tree where they have several.

use std::cmp::Ordering;
use std::ops::Index;
use std::sync::Arc;

/// How many rows a piece has; twice as many where rows were put in between.
const PIECE: usize = 128;

/// A list that shares with its copies what it has in common with them.
#[derive(Debug)]
pub struct Rows<T> {
    /// None of them is empty.
    pieces: Vec<Arc<Vec<T>>>,
    length: usize,
}

impl<T> Clone for Rows<T> {
    fn clone(&self) -> Self {
        Self {
            pieces: self.pieces.clone(),
            length: self.length,
        }
    }
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self {
            pieces: Vec::new(),
            length: 0,
        }
    }
}

impl<T: PartialEq> PartialEq for Rows<T> {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || self.length == other.length && self.iter().eq(other.iter())
    }
}

impl<T: Eq> Eq for Rows<T> {}

impl<T> Rows<T> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether it is another one that nothing was changed in.
    pub fn is_same(&self, other: &Self) -> bool {
        let mut pairs = self.pieces.iter().zip(&other.pieces);
        self.pieces.len() == other.pieces.len() && pairs.all(|(a, b)| Arc::ptr_eq(a, b))
    }

    /// Walks over the rows.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        self.pieces.iter().flat_map(|piece| piece.iter())
    }

    /// The row at a position.
    pub fn get(&self, at: usize) -> Option<&T> {
        let (piece, at) = self.place(at);
        self.pieces.get(piece)?.get(at)
    }

    /// The position of a row in a list in order, by how rows compare with it; or where it would be.
    pub fn search(&self, compare: impl Fn(&T) -> Ordering) -> Result<usize, usize> {
        let after = |piece: &Arc<Vec<T>>| piece.last().is_some_and(|t| compare(t).is_lt());
        let piece = self.pieces.partition_point(after);
        let before: usize = self.pieces[..piece].iter().map(|piece| piece.len()).sum();
        match self.pieces.get(piece) {
            None => Err(before),
            Some(rows) => match rows.binary_search_by(compare) {
                Ok(at) => Ok(before + at),
                Err(at) => Err(before + at),
            },
        }
    }

    /// The rows of two lists in the same order side by side, what is the same piece of both aside.
    pub fn apart<'r>(
        (old, new): (&'r Self, &'r Self),
        compare: impl Fn(&T, &T) -> Ordering,
    ) -> impl Iterator<Item = (Option<&'r T>, Option<&'r T>)> {
        let mut sides = [(&old.pieces[..], 0), (&new.pieces[..], 0)];
        std::iter::from_fn(move || {
            while let [([a, old @ ..], 0), ([b, new @ ..], 0)] = sides
                && Arc::ptr_eq(a, b)
            {
                sides = [(old, 0), (new, 0)];
            }
            let [a, b] = sides.map(|(pieces, at)| pieces.first().map(|piece| &piece[at]));
            let order = match (a, b) {
                (None, None) => return None,
                (Some(a), Some(b)) => compare(a, b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
            };
            for (side, other) in sides.iter_mut().zip([Ordering::Greater, Ordering::Less]) {
                if order != other {
                    side.1 += 1;
                    if side.1 == side.0[0].len() {
                        *side = (&side.0[1..], 0);
                    }
                }
            }
            Some((a.filter(|_| order.is_le()), b.filter(|_| order.is_ge())))
        })
    }

    /// The piece that a position is in, and where in it; behind the last one for no position.
    fn place(&self, at: usize) -> (usize, usize) {
        let mut left = at;
        for (number, piece) in self.pieces.iter().enumerate() {
            if left < piece.len() {
                return (number, left);
            }
            left -= piece.len();
        }
        (self.pieces.len(), left)
    }
}

impl<T: Clone> Rows<T> {
    /// Adds a row at the end.
    pub fn push(&mut self, row: T) {
        self.length += 1;
        match self.pieces.last_mut() {
            Some(piece) if piece.len() < PIECE => Arc::make_mut(piece).push(row),
            _ => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(row);
                self.pieces.push(Arc::new(piece));
            }
        }
    }

    /// The row at a position, to be changed.
    pub fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        let (piece, at) = self.place(at);
        Arc::make_mut(self.pieces.get_mut(piece)?).get_mut(at)
    }

    /// Puts a row before the one at a position.
    pub fn insert(&mut self, at: usize, row: T) {
        let (number, within) = self.place(at);
        let Some(piece) = self.pieces.get_mut(number) else {
            return self.push(row);
        };
        self.length += 1;
        let rows = Arc::make_mut(piece);
        rows.insert(within, row);
        if rows.len() > 2 * PIECE {
            let rest = rows.split_off(PIECE);
            self.pieces.insert(number + 1, Arc::new(rest));
        }
    }

    /// Takes the row at a position out, if there is one.
    pub fn remove(&mut self, at: usize) {
        let (number, within) = self.place(at);
        let Some(piece) = self.pieces.get_mut(number) else {
            return;
        };
        self.length -= 1;
        Arc::make_mut(piece).remove(within);
        if piece.is_empty() {
            self.pieces.remove(number);
        }
    }
}

impl<T> Index<usize> for Rows<T> {
    type Output = T;

    fn index(&self, at: usize) -> &T {
        self.get(at).expect("the position is one of a row")
    }
}

impl<'r, T> IntoIterator for &'r Rows<T> {
    type Item = &'r T;
    type IntoIter = Box<dyn Iterator<Item = &'r T> + 'r>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(rows: &Rows<usize>) -> Vec<usize> {
        rows.iter().copied().collect()
    }

    #[test]
    fn a_list_is_what_a_vector_is_and_copies_stay_as_they_are() {
        let (mut rows, mut list) = (Rows::default(), Vec::new());
        let mut states = Vec::new();
        let mut random = 7_usize;
        for step in 0..3_000 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let at = (random >> 33) % (list.len() + 1);
            match step % 5 {
                0 | 1 => {
                    rows.push(step);
                    list.push(step);
                }
                2 => {
                    rows.insert(at, step);
                    list.insert(at, step);
                }
                3 => {
                    *rows.get_mut(at.min(list.len() - 1)).unwrap() = step;
                    let at = at.min(list.len() - 1);
                    list[at] = step;
                }
                _ => {
                    rows.remove(at);
                    if at < list.len() {
                        list.remove(at);
                    }
                }
            }
            if step % 500 == 0 {
                states.push((rows.clone(), list.clone()));
            }
        }
        states.push((rows, list));
        for (rows, list) in &states {
            assert_eq!(numbers(rows), *list);
            assert_eq!(rows.len(), list.len());
            assert!((0..list.len()).all(|at| rows[at] == list[at]));
            assert_eq!(rows.get(list.len()), None);
        }
    }

    #[test]
    fn rows_are_found_and_two_lists_are_held_against_each_other() {
        let mut old: Rows<usize> = Rows::default();
        for number in 0..1_000_usize {
            let at = old
                .search(|n| n.cmp(&(number * 7 % 1_000 * 2)))
                .unwrap_err();
            old.insert(at, number * 7 % 1_000 * 2);
        }
        assert!(numbers(&old).is_sorted());
        let place = |number: usize| old.search(|n| n.cmp(&number));
        assert_eq!(
            [place(0), place(500), place(1_998)],
            [Ok(0), Ok(250), Ok(999)]
        );
        assert_eq!([place(501), place(1_999)], [Err(251), Err(1_000)]);

        let mut new = old.clone();
        assert!(new.is_same(&old));
        new.insert(251, 501);
        new.remove(700);
        new.push(5_000);
        let pairs = || Rows::apart((&old, &new), Ord::cmp);
        assert!(pairs().count() < 700, "what is the same is not looked at");
        let only: Vec<_> = pairs().filter(|(a, b)| a != b).collect();
        let expected = [
            (None, Some(&501)),
            (Some(&1_398), None),
            (None, Some(&5_000)),
        ];
        assert_eq!(only, expected);
        assert!(old != new && old == old.clone() && !new.is_same(&old));
    }
}
