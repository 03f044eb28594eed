//! The heights of vertices: as near to those of their neighbours as order and gaps allow.

use super::net::{Net, Vertex};
use super::{GAP, LINE_GAP};

/// How often heights are adjusted to both sides.
const ROUNDS: usize = 14;

/// A bend that is too small to be meant.
const BEND: f64 = 4.0;

/// The middle of each vertex, from the top down. Moves the ends of lines where that makes a line straight.
pub(super) fn place(net: &mut Net) -> Vec<f64> {
    let mut heights = vec![0.0; net.vertices.len()];
    for column in &net.columns {
        let mut at = 0.0;
        for pair in column.iter().enumerate() {
            let (index, vertex) = pair;
            if index > 0 {
                at += distance(net, column[index - 1], *vertex);
            }
            heights[*vertex] = at;
        }
        let middle = at / 2.0;
        for vertex in column {
            heights[*vertex] -= middle;
        }
    }
    let last = net.columns.len();
    for _ in 0..ROUNDS {
        for column in 1..last {
            settle(net, column, Side::Left, &mut heights);
        }
        for column in (0..last.saturating_sub(1)).rev() {
            settle(net, column, Side::Right, &mut heights);
        }
    }
    let top = |v: usize| heights[v] - net.vertices[v].size.height / 2.0;
    let least = (0..heights.len()).map(top).fold(f64::INFINITY, f64::min);
    for height in &mut heights {
        *height = (*height - least).round();
    }
    smooth(net, &mut heights);
    straighten(net, &heights);
    heights
}

/// The neighbours that a column is adjusted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// The least distance between the middles of two vertices, one above the other.
fn distance(net: &Net, above: usize, below: usize) -> f64 {
    let (above, below) = (&net.vertices[above], &net.vertices[below]);
    let gap = match (above.solid, below.solid) {
        (true, true) => GAP,
        (false, false) => LINE_GAP - 2.0,
        _ => LINE_GAP + 5.0,
    };
    f64::midpoint(above.size.height, below.size.height) + gap
}

/// Where a vertex would like to be, and how much.
fn wish(net: &Net, vertex: usize, side: Side, heights: &[f64]) -> (f64, f64) {
    let mut wishes: Vec<(f64, f64)> = Vec::new();
    let weight = |other: &Vertex, own: &Vertex| match (other.solid, own.solid) {
        (true, true) => 1.0,
        (false, false) => 6.0,
        _ => 2.0,
    };
    if side != Side::Right {
        for segment in net.before[vertex].iter().map(|s| net.segments[*s]) {
            let at = heights[segment.from] + segment.ports[0] - segment.ports[1];
            wishes.push((
                at,
                weight(&net.vertices[segment.from], &net.vertices[vertex]),
            ));
        }
    }
    if side != Side::Left {
        for segment in net.after[vertex].iter().map(|s| net.segments[*s]) {
            let at = heights[segment.to] + segment.ports[1] - segment.ports[0];
            wishes.push((at, weight(&net.vertices[segment.to], &net.vertices[vertex])));
        }
    }
    let total: f64 = wishes.iter().map(|(_, w)| w).sum();
    if total == 0.0 {
        return (heights[vertex], 0.2);
    }
    (
        wishes.iter().map(|(at, w)| at * w).sum::<f64>() / total,
        total,
    )
}

/// Brings the vertices of a column as near to their wishes as order and gaps allow: the least squares of what remains,
/// found by pooling neighbours that stand in each other's way.
fn settle(net: &Net, column: usize, side: Side, heights: &mut [f64]) {
    let vertices = &net.columns[column];
    let mut offset = 0.0;
    // Pools: the sum of weights, the weighted sum of wishes, how many vertices.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    let mut offsets = Vec::with_capacity(vertices.len());
    for (at, vertex) in vertices.iter().enumerate() {
        if at > 0 {
            offset += distance(net, vertices[at - 1], *vertex);
        }
        offsets.push(offset);
        let (wish, weight) = wish(net, *vertex, side, heights);
        let mut pool = (weight, (wish - offset) * weight, 1);
        while let Some(last) = pools.last()
            && last.1 / last.0 > pool.1 / pool.0
        {
            pool = (pool.0 + last.0, pool.1 + last.1, pool.2 + last.2);
            pools.pop();
        }
        pools.push(pool);
    }
    let mut next = 0;
    for (weight, sum, count) in pools {
        for at in next..next + count {
            heights[vertices[at]] = sum / weight + offsets[at];
        }
        next += count;
    }
}

/// Takes the smallest bends out of lines that pass columns. The gaps beside them are wider than that.
fn smooth(net: &Net, heights: &mut [f64]) {
    let passing = net.columns.iter().flatten();
    for vertex in passing.copied().filter(|v| !net.vertices[*v].solid) {
        if let [only] = net.before[vertex][..] {
            let segment = net.segments[only];
            let level = heights[segment.from] + segment.ports[0];
            if (level - heights[vertex]).abs() <= BEND {
                heights[vertex] = level;
            }
        }
    }
}

/// Slides the end of a line along the side of its box to where the other end is, where that leaves room for others.
fn straighten(net: &mut Net, heights: &[f64]) {
    for vertex in 0..net.vertices.len() {
        let room = net.vertices[vertex].size.height / 2.0 - 12.0;
        if !net.vertices[vertex].solid || room <= 0.0 {
            continue;
        }
        let only = net.before[vertex].len() == 1;
        for at in net.before[vertex].clone() {
            let segment = net.segments[at];
            let wanted = heights[segment.from] + segment.ports[0] - heights[vertex];
            // Beside others it moves only as far as they stay apart.
            let near = (wanted - segment.ports[1]).abs() <= BEND;
            if wanted.abs() <= room && (only || near) {
                net.segments[at].ports[1] = wanted;
            }
        }
    }
    for vertex in 0..net.vertices.len() {
        let room = net.vertices[vertex].size.height / 2.0 - 12.0;
        let sides = net.sides.iter().any(|s| s.ends.contains(&vertex));
        if !net.vertices[vertex].solid || room <= 0.0 || sides {
            continue;
        }
        let one = &net.after[vertex];
        let Some(first) = one.first().map(|s| net.segments[*s]) else {
            continue;
        };
        if one.iter().any(|s| net.segments[*s].bundle != first.bundle) {
            continue;
        }
        // Of a bundle, the branch that is nearest to the middle is made straight.
        let end =
            |s: &usize| heights[net.segments[*s].to] + net.segments[*s].ports[1] - heights[vertex];
        let nearest = one
            .iter()
            .map(end)
            .min_by(|a, b| a.abs().total_cmp(&b.abs()));
        if let Some(wanted) = nearest.filter(|w| w.abs() <= room) {
            for segment in one.clone() {
                net.segments[segment].ports[0] = wanted;
            }
        }
    }
}
