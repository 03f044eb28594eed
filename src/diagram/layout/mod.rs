//! Where boxes and lines stand: a layered layout from left to right with lines at right angles.
//!
//! In the classic steps: give each box a column ([`rank`]), divide lines at the columns that they pass ([`net`]), order the
//! boxes of each column so that few lines cross ([`order`]), spread the ends of lines over the sides of boxes ([`ports`]),
//! find heights that keep lines straight ([`place`]), and lead lines through the gaps between the columns ([`route`]).
//! A line that passes a column has a place of its own there, so none runs through a box. Lines of one bundle begin as one
//! and branch where they must.
//! It reads no clock and no random number: the same boxes and lines give the same places.

mod net;
mod order;
mod pack;
mod place;
mod ports;
mod rank;
mod route;

/// The gap between boxes of a column.
const GAP: f64 = 26.0;
/// The gap beside a line that passes a column.
const LINE_GAP: f64 = 13.0;
/// The distance of lines that end at one side of a box.
const PORT: f64 = 20.0;
/// The distance of upright lines.
const TRACK: f64 = 12.0;

/// How large a box is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A place.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// A line from one box to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    /// How much it matters that it leads to the right.
    pub(super) pull: Pull,
    /// Lines from one box with the same number here begin as one.
    pub(super) bundle: Option<u32>,
    /// The widths of the texts at its beginning and its end, arrow heads included.
    pub(super) ends: [f64; 2],
}

/// How much it matters that a line leads to the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pull {
    /// It does: from the whole to the part, from the general to the special.
    Strong,
    /// It matters less.
    Weak,
}

/// Where everything stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// How large the whole is.
    pub(super) size: Size,
    /// The upper left corner of each box.
    pub(super) corners: Vec<Point>,
    /// How large each box has to be, for the lines that end at it.
    pub(super) sizes: Vec<Size>,
    /// The corners of each line, from its beginning to its end.
    pub(super) lines: Vec<Vec<Point>>,
}

/// Finds a place for boxes and lines.
pub(super) fn layout(sizes: &[Size], links: &[Link]) -> Layout {
    let mut layout = Layout {
        size: Size::default(),
        corners: vec![Point::default(); sizes.len()],
        sizes: sizes.to_vec(),
        lines: vec![Vec::new(); links.len()],
    };
    let (connected, alone) = pack::components(sizes.len(), links);
    let mut blocks = Vec::new();
    for members in connected {
        blocks.push(connect(&members, links, &mut layout));
    }
    pack::pack(&blocks, &alone, &mut layout);
    layout
}

/// A part of a picture with boxes and lines of its own.
#[derive(Debug)]
struct Block {
    members: Vec<usize>,
    links: Vec<usize>,
    size: Size,
}

/// Lays boxes out that lines connect, from the origin on.
fn connect(members: &[usize], links: &[Link], layout: &mut Layout) -> Block {
    let position = |node: usize| members.binary_search(&node).ok();
    let inner: Vec<usize> = (0..links.len())
        .filter(|l| position(links[*l].from).is_some())
        .collect();
    let local: Vec<Link> = inner
        .iter()
        .map(|l| {
            let link = links[*l];
            let at = |node| position(node).expect("lines stay among the boxes that they connect");
            Link {
                from: at(link.from),
                to: at(link.to),
                ..link
            }
        })
        .collect();
    let sizes: Vec<Size> = members.iter().map(|m| layout.sizes[*m]).collect();
    let (ranks, turned) = rank::ranks(sizes.len(), &local);
    let mut net = net::Net::new(&sizes, &local, (&ranks, &turned));
    net.order();
    net.ports();
    let heights = place::place(&mut net);
    let routed = route::route(&net, &heights, &local);
    for (at, member) in members.iter().enumerate() {
        layout.corners[*member] = routed.corners[at];
        layout.sizes[*member] = net.vertices[at].size;
    }
    for (at, link) in inner.iter().enumerate() {
        layout.lines[*link].clone_from(&routed.lines[at]);
    }
    Block {
        members: members.to_vec(),
        links: inner,
        size: routed.size,
    }
}

#[cfg(test)]
mod tests;
