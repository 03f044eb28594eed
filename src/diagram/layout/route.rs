//! Lines through the gaps between columns: level, upright on a track of their own, level.

use std::collections::BTreeMap;

use super::net::{Net, Path};
use super::{Link, Point, Size, TRACK};

/// The least room beside the tracks of a gap.
const MARGIN: f64 = 16.0;
/// How near two level pieces of different lines may come.
const NEAR: f64 = 3.0;

/// Places in the coordinates of one block.
#[derive(Debug)]
pub(super) struct Routed {
    pub(super) corners: Vec<Point>,
    pub(super) lines: Vec<Vec<Point>>,
    pub(super) size: Size,
}

/// What crosses one gap under one name: a line or a bundle.
#[derive(Clone, Debug, Default)]
struct Lane {
    left: Vec<f64>,
    right: Vec<f64>,
}

/// A gap, with the track of each lane that needs one.
#[derive(Debug, Default)]
struct Gap {
    tracks: BTreeMap<usize, usize>,
    count: usize,
}

/// The lane of the line within a column at a position, apart from those of bundles.
fn side_lane(at: usize) -> usize {
    usize::MAX - at
}

pub(super) fn route(net: &Net, heights: &[f64], links: &[Link]) -> Routed {
    let columns = net.columns.len();
    let mut lanes: Vec<BTreeMap<usize, Lane>> = vec![BTreeMap::new(); columns];
    for segment in &net.segments {
        let lane = lanes[net.vertices[segment.from].rank].entry(segment.bundle);
        let lane = lane.or_default();
        let left = heights[segment.from] + segment.ports[0];
        if !lane.left.contains(&left) {
            lane.left.push(left);
        }
        lane.right.push(heights[segment.to] + segment.ports[1]);
    }
    for (at, side) in net.sides.iter().enumerate() {
        let lane = Lane {
            left: vec![
                heights[side.ends[0]] + side.ports[0],
                heights[side.ends[1]] + side.ports[1],
            ],
            right: Vec::new(),
        };
        lanes[net.vertices[side.ends[0]].rank].insert(side_lane(at), lane);
    }
    let gaps: Vec<Gap> = lanes.iter().map(tracks).collect();
    let across = across(net, links, &gaps);
    let height = |v: usize| net.vertices[v].size.height / 2.0;
    let boxes = 0..net.vertices.iter().filter(|v| v.solid).count();
    let corner = |v: usize| Point {
        x: across.left[net.vertices[v].rank],
        y: heights[v] - height(v),
    };
    let drawing = Drawing {
        net,
        heights,
        gaps: &gaps,
        across: &across,
    };
    let lines: Vec<Vec<Point>> = links
        .iter()
        .zip(&net.paths)
        .enumerate()
        .map(|(at, (_, path))| drawing.line(at, path))
        .collect();
    let bottom = (0..heights.len()).map(|v| heights[v] + height(v));
    Routed {
        corners: boxes.map(corner).collect(),
        size: Size {
            width: across.width,
            height: bottom.fold(0.0, f64::max),
        },
        lines,
    }
}

/// Gives each lane that is not straight a track, so that few lines cross and none lie on each other.
fn tracks(lanes: &BTreeMap<usize, Lane>) -> Gap {
    let bent: Vec<(&usize, &Lane)> = lanes.iter().filter(|(_, l)| l.is_bent()).collect();
    let spans: Vec<(f64, f64)> = bent.iter().map(|(_, l)| l.span()).collect();
    let costs: Vec<Vec<i64>> = (0..bent.len())
        .map(|a| {
            let cost = |b: usize| cost((bent[a].1, spans[a]), (bent[b].1, spans[b]));
            (0..bent.len()).map(cost).collect()
        })
        .collect();
    let order = sequence(&spans, &costs);
    let mut track = vec![0; bent.len()];
    let mut count = 0;
    for (place, lane) in order.iter().copied().enumerate() {
        // Lanes that do not meet share a track.
        let bound = order[..place].iter().copied().filter(|before| {
            touch(spans[*before], spans[lane]) || costs[*before][lane] != costs[lane][*before]
        });
        track[lane] = bound.map(|before| track[before] + 1).max().unwrap_or(0);
        count = count.max(track[lane] + 1);
    }
    Gap {
        tracks: bent.iter().map(|(name, _)| **name).zip(track).collect(),
        count,
    }
}

/// The order of lanes from left to right, by moving each to where it costs least.
fn sequence(spans: &[(f64, f64)], costs: &[Vec<i64>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    let middle = |lane: usize| spans[lane].0 + spans[lane].1;
    order.sort_by(|a, b| middle(*a).total_cmp(&middle(*b)));
    for _ in 0..6 {
        let mut moved = false;
        for (lane, own) in costs.iter().enumerate() {
            let Some(at) = order.iter().position(|o| *o == lane) else {
                continue;
            };
            order.remove(at);
            // The cost of standing before all others, then of each place further on.
            let mut here: i64 = order.iter().map(|o| own[*o]).sum();
            let (mut best, mut place, mut old) = (here, 0, here);
            for (next, other) in order.iter().enumerate() {
                here += costs[*other][lane] - own[*other];
                if next + 1 == at {
                    old = here;
                }
                if here < best {
                    (best, place) = (here, next + 1);
                }
            }
            let place = if best < old { place } else { at };
            moved |= place != at;
            order.insert(place, lane);
        }
        if !moved {
            break;
        }
    }
    order
}

impl Lane {
    /// Whether it needs a track: it has more than two ends, or they are not level.
    fn is_bent(&self) -> bool {
        match (&self.left[..], &self.right[..]) {
            ([left], [right]) => (left - right).abs() > 0.5,
            _ => true,
        }
    }

    /// Its highest and its lowest end.
    fn span(&self) -> (f64, f64) {
        let all = || self.left.iter().chain(&self.right).copied();
        (
            all().fold(f64::INFINITY, f64::min),
            all().fold(f64::NEG_INFINITY, f64::max),
        )
    }
}

/// Whether two lanes may not stand on one track.
fn touch(a: (f64, f64), b: (f64, f64)) -> bool {
    a.0 <= b.1 + TRACK && b.0 <= a.1 + TRACK
}

/// How much it costs that `a` stands left of `b`: a crossing costs one, a line on another very much.
fn cost(a: (&Lane, (f64, f64)), b: (&Lane, (f64, f64))) -> i64 {
    let ((a, across_a), (b, across_b)) = (a, b);
    let inside = |y: f64, (top, bottom): (f64, f64)| i64::from(y > top - NEAR && y < bottom + NEAR);
    let crossings: i64 = a.right.iter().map(|y| inside(*y, across_b)).sum::<i64>()
        + b.left.iter().map(|y| inside(*y, across_a)).sum::<i64>();
    let near = |y: &f64| i64::from(b.left.iter().any(|other| (y - other).abs() < NEAR));
    let overlaps: i64 = a.right.iter().map(near).sum();
    crossings + 100 * overlaps
}

/// Where columns and tracks stand from left to right.
#[derive(Debug)]
struct Across {
    left: Vec<f64>,
    right: Vec<f64>,
    first_track: Vec<f64>,
    width: f64,
}

fn across(net: &Net, links: &[Link], gaps: &[Gap]) -> Across {
    let columns = net.columns.len();
    let mut widths = vec![0.0_f64; columns];
    for vertex in net.vertices.iter().filter(|v| v.solid) {
        widths[vertex.rank] = widths[vertex.rank].max(vertex.size.width);
    }
    let mut before = vec![MARGIN; columns];
    let mut after = vec![MARGIN; columns];
    for (link, path) in links.iter().zip(&net.paths) {
        let [mut begin, mut end] = link.ends;
        if path.turned {
            (begin, end) = (end, begin);
        }
        if let (Some(first), Some(last)) = (path.segments.first(), path.segments.last()) {
            let from = &net.vertices[net.segments[*first].from];
            let to = net.vertices[net.segments[*last].to].rank;
            // A box that is narrower than its column has the rest of it for its texts.
            let spare = widths[from.rank] - from.size.width;
            after[from.rank] = after[from.rank].max(begin + 8.0 - spare);
            before[to] = before[to].max(end + 8.0);
        }
    }
    for side in &net.sides {
        let rank = net.vertices[side.ends[0]].rank;
        let [begin, end] = links[side.link].ends;
        after[rank] = after[rank].max(begin.max(end) + 8.0);
    }
    let mut across = Across {
        left: Vec::new(),
        right: Vec::new(),
        first_track: Vec::new(),
        width: 0.0,
    };
    let mut x = 0.0;
    for column in 0..columns {
        across.left.push(x);
        x += widths[column];
        across.right.push(x);
        let last = column + 1 == columns;
        if last && gaps[column].count == 0 {
            break;
        }
        x += after[column];
        across.first_track.push(x.round());
        #[expect(clippy::cast_precision_loss, reason = "tracks are counted in dozens")]
        let tracks = gaps[column].count.saturating_sub(1) as f64;
        x = (x + tracks * TRACK).round();
        x += if last { 0.0 } else { before[column + 1] };
        x = x.round();
    }
    across.first_track.push(x);
    across.width = x;
    across
}

struct Drawing<'a> {
    net: &'a Net,
    heights: &'a [f64],
    gaps: &'a [Gap],
    across: &'a Across,
}

impl Drawing<'_> {
    /// The corners of the line at a position.
    fn line(&self, at: usize, path: &Path) -> Vec<Point> {
        let net = self.net;
        if let Some(index) = net.sides.iter().position(|s| s.link == at) {
            let side = net.sides[index];
            let track = self.track(net.vertices[side.ends[0]].rank, side_lane(index));
            let y = |end: usize| self.heights[side.ends[end]] + side.ports[end];
            let point = |x, y| Point { x, y };
            return vec![
                point(self.side(side.ends[0]), y(0)),
                point(track, y(0)),
                point(track, y(1)),
                point(self.side(side.ends[1]), y(1)),
            ];
        }
        let mut points = Vec::new();
        for index in &path.segments {
            let segment = net.segments[*index];
            let rank = net.vertices[segment.from].rank;
            let from = self.heights[segment.from] + segment.ports[0];
            let to = self.heights[segment.to] + segment.ports[1];
            if points.is_empty() {
                points.push(Point {
                    x: self.side(segment.from),
                    y: from,
                });
            }
            if (from - to).abs() > 0.5 {
                let x = self.track(rank, segment.bundle);
                points.push(Point { x, y: from });
                points.push(Point { x, y: to });
            }
            if net.vertices[segment.to].solid {
                let x = self.across.left[rank + 1];
                points.push(Point { x, y: to });
            }
        }
        if path.turned {
            points.reverse();
        }
        points
    }

    /// The right side of a box.
    fn side(&self, vertex: usize) -> f64 {
        let vertex = &self.net.vertices[vertex];
        self.across.left[vertex.rank] + vertex.size.width
    }

    fn track(&self, gap: usize, lane: usize) -> f64 {
        let track = self.gaps[gap].tracks.get(&lane).copied().unwrap_or(0);
        #[expect(clippy::cast_precision_loss, reason = "tracks are counted in dozens")]
        let track = track as f64;
        self.across.first_track[gap] + track * TRACK
    }
}
