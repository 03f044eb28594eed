//! The order of boxes in their columns, so that few lines cross.

use super::net::Net;

/// How often columns are ordered by their neighbours.
const SWEEPS: usize = 24;

impl Net {
    /// Depth first from the boxes without lines to them: what belongs together stands together.
    fn first_order(&mut self) {
        let columns = self.vertices.iter().map(|v| v.rank + 1).max().unwrap_or(0);
        self.columns = vec![Vec::new(); columns];
        self.position = vec![0; self.vertices.len()];
        let mut seen = vec![false; self.vertices.len()];
        let mut starts: Vec<usize> = (0..self.vertices.len()).collect();
        starts.sort_by_key(|v| self.vertices[*v].rank);
        for start in starts {
            let mut open = vec![start];
            while let Some(vertex) = open.pop() {
                if std::mem::replace(&mut seen[vertex], true) {
                    continue;
                }
                let column = &mut self.columns[self.vertices[vertex].rank];
                self.position[vertex] = column.len();
                column.push(vertex);
                open.extend(
                    self.after[vertex]
                        .iter()
                        .rev()
                        .map(|s| self.segments[*s].to),
                );
            }
        }
    }

    /// Orders columns by their neighbours, to and fro, and keeps the best that was seen.
    pub(super) fn order(&mut self) {
        self.first_order();
        let mut best = (self.crossings(), self.columns.clone());
        for sweep in 0..SWEEPS {
            if best.0 == 0 {
                break;
            }
            let forward = sweep % 2 == 0;
            for step in 1..self.columns.len() {
                let column = if forward {
                    step
                } else {
                    self.columns.len() - 1 - step
                };
                self.sort(column, forward);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.columns.clone());
            }
        }
        self.columns = best.1;
        for column in 0..self.columns.len() {
            self.number(column);
        }
    }

    fn number(&mut self, column: usize) {
        for (at, vertex) in self.columns[column].iter().enumerate() {
            self.position[*vertex] = at;
        }
    }

    /// Sorts a column by the mean position of the neighbours on one side. Vertices without any keep their places.
    fn sort(&mut self, column: usize, by_left: bool) {
        let mean = |vertex: usize| {
            let ties = if by_left {
                &self.before[vertex]
            } else {
                &self.after[vertex]
            };
            let ends = ties.iter().map(|s| {
                let segment = self.segments[*s];
                if by_left { segment.from } else { segment.to }
            });
            let positions: Vec<usize> = ends.map(|v| self.position[v]).collect();
            #[expect(clippy::cast_precision_loss, reason = "positions are small numbers")]
            (!positions.is_empty())
                .then(|| positions.iter().sum::<usize>() as f64 / positions.len() as f64)
        };
        let old = &self.columns[column];
        let mut sorted: Vec<(f64, usize)> =
            old.iter().filter_map(|v| Some((mean(*v)?, *v))).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut sorted = sorted.into_iter().map(|(_, v)| v);
        let new = old
            .iter()
            .map(|v| {
                let moves = mean(*v).is_some();
                moves.then(|| sorted.next()).flatten().unwrap_or(*v)
            })
            .collect();
        self.columns[column] = new;
        self.number(column);
    }

    /// How often segments cross.
    fn crossings(&self) -> usize {
        (1..self.columns.len())
            .map(|c| self.crossings_before(c))
            .sum()
    }

    /// Counts the pairs of segments to a column whose ends are in another order than their beginnings.
    fn crossings_before(&self, column: usize) -> usize {
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for vertex in &self.columns[column] {
            let ends = self.before[*vertex].iter();
            pairs.extend(ends.map(|s| {
                (
                    self.position[self.segments[*s].from],
                    self.position[*vertex],
                )
            }));
        }
        pairs.sort_unstable();
        // A tree of sums over the ends that were met.
        let width = self.columns[column].len();
        let mut sums = vec![0; width + 1];
        let mut crossings = 0;
        for (met, (_, end)) in pairs.iter().enumerate() {
            let mut not_below = 0;
            let mut at = end + 1;
            while at > 0 {
                not_below += sums[at];
                at &= at - 1;
            }
            crossings += met - not_below;
            let mut at = end + 1;
            while at <= width {
                sums[at] += 1;
                at += at & at.wrapping_neg();
            }
        }
        crossings
    }
}
