//! Blocks of connected boxes one below the other, and boxes without lines in columns below them.

use super::{Block, Layout, Link, Point, Size};

/// The gap between blocks.
const GAP: f64 = 48.0;
/// The gap between boxes without lines.
const NARROW: f64 = 20.0;
/// How wide boxes without lines may spread where nothing else is wide.
const WIDTH: f64 = 900.0;

/// The boxes that lines connect, each set sorted, the largest first; and those without lines.
pub(super) fn components(count: usize, links: &[Link]) -> (Vec<Vec<usize>>, Vec<usize>) {
    let mut parent: Vec<usize> = (0..count).collect();
    let mut tied = vec![false; count];
    for link in links {
        (tied[link.from], tied[link.to]) = (true, true);
        let (a, b) = (find(&mut parent, link.from), find(&mut parent, link.to));
        parent[a.max(b)] = a.min(b);
    }
    let mut sets: Vec<Vec<usize>> = vec![Vec::new(); count];
    for node in (0..count).filter(|n| tied[*n]) {
        let root = find(&mut parent, node);
        sets[root].push(node);
    }
    sets.retain(|s| !s.is_empty());
    sets.sort_by_key(|s| std::cmp::Reverse(s.len()));
    (sets, (0..count).filter(|n| !tied[*n]).collect())
}

fn find(parent: &mut [usize], mut node: usize) -> usize {
    while parent[node] != node {
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    node
}

/// Gives every block and every box without lines its place.
pub(super) fn pack(blocks: &[Block], alone: &[usize], layout: &mut Layout) {
    let widest = blocks.iter().map(|b| b.size.width).fold(0.0, f64::max);
    let limit = widest.max(WIDTH);
    let (mut x, mut y, mut row) = (0.0_f64, 0.0_f64, 0.0_f64);
    for block in blocks {
        if x > 0.0 && x + block.size.width > limit {
            (x, y, row) = (0.0, y + row + GAP, 0.0);
        }
        shift(block, Point { x, y }, layout);
        layout.size.width = layout.size.width.max(x + block.size.width);
        x += block.size.width + GAP;
        row = row.max(block.size.height);
    }
    layout.size.height = y + row;
    if !alone.is_empty() {
        let gap = if blocks.is_empty() { 0.0 } else { GAP };
        let top = layout.size.height + gap;
        shelve(alone, (top, limit), layout);
    }
}

fn shift(block: &Block, by: Point, layout: &mut Layout) {
    let moved = |p: &mut Point| (p.x, p.y) = (p.x + by.x, p.y + by.y);
    for member in &block.members {
        moved(&mut layout.corners[*member]);
    }
    for link in &block.links {
        layout.lines[*link].iter_mut().for_each(moved);
    }
}

/// Boxes in columns of one width, each below the shortest column so far.
fn shelve(boxes: &[usize], room: (f64, f64), layout: &mut Layout) {
    let (top, limit) = room;
    let widths = boxes.iter().map(|b| layout.sizes[*b].width);
    let width = widths.fold(0.0, f64::max);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a picture has few columns"
    )]
    let fitting = ((limit + NARROW) / (width + NARROW)) as usize;
    let mut columns = vec![top; fitting.clamp(1, boxes.len())];
    for member in boxes {
        let heights = columns.iter().enumerate();
        let shortest = heights.min_by(|a, b| a.1.total_cmp(b.1).then(a.0.cmp(&b.0)));
        let column = shortest.map_or(0, |(at, _)| at);
        #[expect(clippy::cast_precision_loss, reason = "a picture has few columns")]
        let x = column as f64 * (width + NARROW);
        layout.sizes[*member].width = width;
        layout.corners[*member] = Point {
            x,
            y: columns[column],
        };
        let Size { height, .. } = layout.sizes[*member];
        layout.size.width = layout.size.width.max(x + width);
        layout.size.height = layout.size.height.max(columns[column] + height);
        columns[column] += height + NARROW;
    }
}
