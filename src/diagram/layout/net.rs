//! Boxes and lines as a net of columns: a line that passes a column has a vertex of its own there.

use std::collections::BTreeMap;

use super::{LINE_GAP, Link, PORT, Size};

/// A box, or the place where a line passes a column.
#[derive(Clone, Debug)]
pub(super) struct Vertex {
    pub(super) rank: usize,
    pub(super) size: Size,
    /// Whether it is a box.
    pub(super) solid: bool,
}

/// A piece of a line, or of several of one bundle, from one column to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Segments of one number at one vertex begin as one.
    pub(super) bundle: usize,
    /// Where it begins and ends, from the middle of its vertex down.
    pub(super) ports: [f64; 2],
}

/// The segments of a line from left to right.
#[derive(Clone, Debug, Default)]
pub(super) struct Path {
    pub(super) segments: Vec<usize>,
    /// Whether it is read from its end to its beginning.
    pub(super) turned: bool,
}

/// A line from a box to another of its column or to itself. It begins and ends at the right side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side {
    pub(super) link: usize,
    /// The boxes at its beginning and its end.
    pub(super) ends: [usize; 2],
    /// Where it begins and ends, from the middle of its box down.
    pub(super) ports: [f64; 2],
}

/// Boxes and lines in columns.
#[derive(Debug)]
pub(super) struct Net {
    /// Boxes first, in their order, then places where lines pass.
    pub(super) vertices: Vec<Vertex>,
    pub(super) segments: Vec<Segment>,
    /// One for each line.
    pub(super) paths: Vec<Path>,
    /// Lines within a column.
    pub(super) sides: Vec<Side>,
    /// The vertices of each column from top to bottom.
    pub(super) columns: Vec<Vec<usize>>,
    /// Where each vertex is in its column.
    pub(super) position: Vec<usize>,
    /// The segments that begin at each vertex.
    pub(super) after: Vec<Vec<usize>>,
    /// The segments that end at each vertex.
    pub(super) before: Vec<Vec<usize>>,
}

impl Net {
    pub(super) fn new(sizes: &[Size], links: &[Link], ranked: (&[usize], &[bool])) -> Self {
        let (ranks, turned) = ranked;
        let solid = |(size, rank): (&Size, &usize)| Vertex {
            rank: *rank,
            size: *size,
            solid: true,
        };
        let mut net = Self {
            vertices: sizes.iter().zip(ranks).map(solid).collect(),
            segments: Vec::new(),
            paths: Vec::new(),
            sides: Vec::new(),
            columns: Vec::new(),
            position: Vec::new(),
            after: Vec::new(),
            before: Vec::new(),
        };
        net.lines(links, turned);
        let count = net.vertices.len();
        (net.after, net.before) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        for (at, segment) in net.segments.iter().enumerate() {
            net.after[segment.from].push(at);
            net.before[segment.to].push(at);
        }
        net.make_room();
        net
    }

    /// Divides lines into segments; the lines of a bundle share theirs as far as they go the same way.
    fn lines(&mut self, links: &[Link], turned: &[bool]) {
        let mut bundles: BTreeMap<(usize, u32), usize> = BTreeMap::new();
        // The place where a bundle passes a column, and its segment to a vertex.
        let mut passes: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let mut pieces: BTreeMap<(usize, usize, usize), usize> = BTreeMap::new();
        for (at, link) in links.iter().enumerate() {
            let mut path = Path {
                segments: Vec::new(),
                turned: turned[at],
            };
            if self.vertices[link.from].rank == self.vertices[link.to].rank {
                self.sides.push(Side {
                    link: at,
                    ends: [link.from, link.to],
                    ports: [0.0; 2],
                });
                self.paths.push(path);
                continue;
            }
            let (from, to) = if path.turned {
                (link.to, link.from)
            } else {
                (link.from, link.to)
            };
            let bundle = match link.bundle.filter(|_| !path.turned) {
                Some(number) => *bundles.entry((link.from, number)).or_insert(at),
                None => at,
            };
            let mut last = from;
            for rank in self.vertices[from].rank + 1..=self.vertices[to].rank {
                let next = if rank == self.vertices[to].rank {
                    to
                } else {
                    *passes.entry((bundle, rank)).or_insert_with(|| {
                        self.vertices.push(Vertex {
                            rank,
                            size: Size::default(),
                            solid: false,
                        });
                        self.vertices.len() - 1
                    })
                };
                // Two lines of a bundle to one box end at two places of it.
                let last_piece = if next == to { at } else { usize::MAX };
                let segment = *pieces.entry((bundle, next, last_piece)).or_insert_with(|| {
                    self.segments.push(Segment {
                        from: last,
                        to: next,
                        bundle,
                        ports: [0.0; 2],
                    });
                    self.segments.len() - 1
                });
                path.segments.push(segment);
                last = next;
            }
            self.paths.push(path);
        }
    }

    /// Makes boxes high enough for the lines that end at them.
    fn make_room(&mut self) {
        for vertex in 0..self.vertices.len() {
            if self.vertices[vertex].solid {
                let ends = self.sides.iter().flat_map(|s| s.ends);
                let sides = ends.filter(|v| *v == vertex).count();
                let right = self.bundles_after(vertex).len() + sides;
                let ports = right.max(self.before[vertex].len());
                #[expect(clippy::cast_precision_loss, reason = "ports are counted in dozens")]
                let least = ports as f64 * PORT + LINE_GAP;
                let height = &mut self.vertices[vertex].size.height;
                *height = height.max(least);
            }
        }
    }

    /// The bundles that leave a vertex, in the order of their first segments.
    pub(super) fn bundles_after(&self, vertex: usize) -> Vec<usize> {
        let mut bundles: Vec<usize> = Vec::new();
        for segment in &self.after[vertex] {
            let bundle = self.segments[*segment].bundle;
            if !bundles.contains(&bundle) {
                bundles.push(bundle);
            }
        }
        bundles
    }
}
