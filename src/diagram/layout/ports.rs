//! Where lines begin and end at the sides of boxes.

use super::PORT;
use super::net::Net;

/// What leaves a box at its right side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// The lines of a bundle.
    Bundle(usize),
    /// One end of a line within the column, by its position and 0 or 1.
    Side(usize, usize),
}

impl Net {
    /// Spreads the ends of lines over the sides of boxes, in the order of what they lead to.
    pub(super) fn ports(&mut self) {
        let mut order: Vec<usize> = self.columns.iter().flatten().copied().collect();
        order.retain(|v| self.vertices[*v].solid);
        for vertex in &order {
            let exits = self.exits(*vertex);
            self.right_ports(*vertex, &exits);
        }
        for vertex in &order {
            self.left_ports(*vertex);
        }
    }

    /// What leaves a box, from top to bottom: lines up its column, lines to the right, lines down its column. Of those
    /// within the column the nearest is outermost, so that longer ones pass around it.
    fn exits(&self, vertex: usize) -> Vec<Exit> {
        let here = self.position[vertex];
        let mut exits: Vec<((u8, usize), Exit)> = Vec::new();
        for bundle in self.bundles_after(vertex) {
            let ends = self.after[vertex].iter().map(|s| self.segments[*s]);
            let ends: Vec<usize> = ends
                .filter(|s| s.bundle == bundle)
                .map(|s| self.position[s.to])
                .collect();
            let mean = ends.iter().sum::<usize>() * 1000 / ends.len().max(1);
            exits.push(((1, mean), Exit::Bundle(bundle)));
        }
        for (index, side) in self.sides.iter().enumerate() {
            for end in [0, 1].into_iter().filter(|e| side.ends[*e] == vertex) {
                let there = self.position[side.ends[1 - end]];
                let key = if there < here {
                    (0, here - there)
                } else {
                    (2, usize::MAX - (there - here))
                };
                exits.push((key, Exit::Side(index, end)));
            }
        }
        exits.sort_by_key(|(key, _)| *key);
        exits.into_iter().map(|(_, exit)| exit).collect()
    }

    fn right_ports(&mut self, vertex: usize, exits: &[Exit]) {
        for (at, exit) in exits.iter().enumerate() {
            let port = offset(at, exits.len());
            match *exit {
                Exit::Side(index, end) => self.sides[index].ports[end] = port,
                Exit::Bundle(bundle) => {
                    for segment in &self.after[vertex] {
                        if self.segments[*segment].bundle == bundle {
                            self.segments[*segment].ports[0] = port;
                        }
                    }
                }
            }
        }
    }

    fn left_ports(&mut self, vertex: usize) {
        let mut order = self.before[vertex].clone();
        let key = |s: usize| {
            let segment = self.segments[s];
            (self.position[segment.from], segment.ports[0])
        };
        order.sort_by(|a, b| {
            let (a, b) = (key(*a), key(*b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        let count = order.len();
        for (at, segment) in order.into_iter().enumerate() {
            self.segments[segment].ports[1] = offset(at, count);
        }
    }
}

/// How far from the middle of a side the end of a line is, one of `count`.
#[expect(clippy::cast_precision_loss, reason = "ports are counted in dozens")]
fn offset(at: usize, count: usize) -> f64 {
    (at as f64 - (count as f64 - 1.0) / 2.0) * PORT
}
