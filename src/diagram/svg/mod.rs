//! Diagrams as SVG: no program draws them, no font is measured, and light or dark follows who looks.
//!
//! Style stands in variables under one class, so that several pictures can stand in one page, and a page can set colours.
//! Every box and line has an identity that stays while its name does.

mod draw;
mod shape;
mod trace;

pub use trace::trace;

use std::collections::{BTreeMap, BTreeSet};

use super::layout::{self, Layout, Link, Point, Pull, Size};
use super::text::{put, visible, width};
use super::{Diagram, Edge, EdgeKind, Node};
use shape::Shape;

/// The room around the picture.
const MARGIN: f64 = 24.0;
/// The height of the caption.
const CAPTION: f64 = 44.0;
/// The height of a line of the legend or of a note.
const FOOT: f64 = 30.0;
/// The size of the text at the ends of lines.
const ROLE: f64 = 11.0;

/// Draws a diagram.
pub fn svg(diagram: &Diagram) -> String {
    let shapes = shapes(diagram);
    let sizes: Vec<Size> = shapes.iter().map(|s| s.size).collect();
    let drawn = drawn(diagram);
    let links: Vec<Link> = drawn.iter().map(|e| link(e)).collect();
    let mut layout = layout::layout(&sizes, &links);
    let (dx, dy) = (MARGIN, MARGIN + CAPTION);
    let lines = layout.lines.iter_mut().flatten();
    for point in layout.corners.iter_mut().chain(lines) {
        *point = Point {
            x: point.x + dx,
            y: point.y + dy,
        };
    }
    let mut picture = Picture {
        out: String::new(),
        ids: BTreeSet::new(),
    };
    picture.begin(diagram, &layout);
    for bundle in bundles(&links) {
        let lines: Vec<(&Edge, &[Point])> = bundle
            .iter()
            .map(|l| (drawn[*l], layout.lines[*l].as_slice()))
            .collect();
        picture.lines(diagram, &lines);
    }
    for (index, node) in diagram.nodes.iter().enumerate() {
        picture.node(
            node,
            &shapes[index],
            (layout.corners[index], layout.sizes[index]),
        );
    }
    picture.roles(&drawn, &layout);
    picture.foot(&drawn, &diagram.notes, dy + layout.size.height);
    picture.out.push_str("</svg>\n");
    picture.out
}

/// How many sub types of a general super type make it one that is told in words.
const MANY: usize = 5;

/// The super types that are told in words: those of many classes that belong elsewhere, such as parts of a whole. Their
/// lines would run through the whole picture and say little.
fn general(diagram: &Diagram) -> BTreeSet<usize> {
    let strong = |e: &&Edge| matches!(e.kind, EdgeKind::Inheritance | EdgeKind::Containment);
    let mut before: BTreeMap<usize, usize> = BTreeMap::new();
    for edge in diagram.edges.iter().filter(strong) {
        *before.entry(edge.to).or_default() += 1;
    }
    let mut subs: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    let inherits = |e: &&Edge| e.kind == EdgeKind::Inheritance;
    for edge in diagram.edges.iter().filter(inherits) {
        let (all, elsewhere) = subs.entry(edge.from).or_default();
        *all += 1;
        *elsewhere += usize::from(before[&edge.to] > 1);
    }
    let fits =
        |(_, (all, elsewhere)): &(&usize, &(usize, usize))| *all >= MANY && 2 * *elsewhere > *all;
    subs.iter().filter(fits).map(|(node, _)| *node).collect()
}

/// The edges that are drawn as lines.
fn drawn(diagram: &Diagram) -> Vec<&Edge> {
    let general = general(diagram);
    let line = |e: &&Edge| e.kind != EdgeKind::Inheritance || !general.contains(&e.from);
    diagram.edges.iter().filter(line).collect()
}

/// The boxes, with what is told of them in words.
fn shapes(diagram: &Diagram) -> Vec<Shape> {
    let general = general(diagram);
    let mut words: Vec<Vec<String>> = vec![Vec::new(); diagram.nodes.len()];
    for (node, words) in diagram.nodes.iter().zip(&mut words) {
        let group = node.group.and_then(|g| diagram.groups.get(g));
        words.extend(group.cloned());
        words.extend(node.stereotype().map(str::to_owned));
    }
    for edge in &diagram.edges {
        if edge.kind == EdgeKind::Inheritance && general.contains(&edge.from) {
            words[edge.to].push(format!("is a {}", diagram.nodes[edge.from].title));
        }
    }
    let nodes = diagram.nodes.iter().zip(words);
    nodes
        .map(|(n, words)| Shape::of(n, words.join(" · ")))
        .collect()
}

/// What the layout has to know of an edge.
fn link(edge: &Edge) -> Link {
    let (source, target) = (edge.source.text(), edge.target.text());
    let bare = edge.target.role.is_empty();
    // Parts share a trunk where nothing at its beginning tells them apart, or one name says it for all of them.
    let bundle = match edge.kind {
        EdgeKind::Inheritance => Some(0),
        EdgeKind::Containment if source.is_empty() => Some(1),
        EdgeKind::Containment if bare => Some(2 + hash(&source)),
        _ => None,
    };
    let room = |text: &str, tip: f64| {
        let text = if text.is_empty() {
            0.0
        } else {
            width(text) * ROLE + 6.0
        };
        text + tip
    };
    let (begin, end) = draw::tips(edge.kind);
    Link {
        from: edge.from,
        to: edge.to,
        pull: match edge.kind {
            EdgeKind::Inheritance | EdgeKind::Containment => Pull::Strong,
            EdgeKind::Reference | EdgeKind::Pair => Pull::Weak,
        },
        bundle,
        ends: [room(&source, begin), room(&target, end)],
    }
}

/// The lines that begin as one, each set where its first line stands.
fn bundles(links: &[Link]) -> Vec<Vec<usize>> {
    let mut bundles: Vec<Vec<usize>> = Vec::new();
    let mut known: BTreeMap<(usize, u32), usize> = BTreeMap::new();
    for (index, link) in links.iter().enumerate() {
        let next = bundles.len();
        let at = link
            .bundle
            .map(|b| *known.entry((link.from, b)).or_insert(next));
        match at.and_then(|at| bundles.get_mut(at)) {
            Some(bundle) => bundle.push(index),
            None => bundles.push(vec![index]),
        }
    }
    bundles
}

/// A number for a text, the same everywhere (FNV-1a).
fn hash(text: &str) -> u32 {
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
    text.bytes().fold(2_166_136_261, step) >> 1
}

struct Picture {
    out: String,
    /// Identities that were given.
    ids: BTreeSet<String>,
}

impl Picture {
    /// Adds a line.
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// An identity that nothing else in the picture has.
    fn id(&mut self, prefix: &str, names: &[&str]) -> String {
        let names: Vec<String> = names.iter().map(|n| slug(n)).collect();
        let wanted = format!("{prefix}-{}", names.join("-"));
        let mut id = wanted.clone();
        let mut count = 1;
        while !self.ids.insert(id.clone()) {
            count += 1;
            id = format!("{wanted}-{count}");
        }
        id
    }

    fn begin(&mut self, diagram: &Diagram, layout: &Layout) {
        let title = width(&diagram.title) * 17.0 + width(&diagram.subtitle) * 12.0 + 12.0;
        let wide = layout.size.width.max(title).max(360.0) + 2.0 * MARGIN;
        let legend = if diagram.edges.is_empty() { 0.0 } else { FOOT };
        let notes = diagram.notes.iter().map(|_| FOOT).sum::<f64>();
        let high = layout.size.height + 2.0 * MARGIN + CAPTION + legend + notes;
        let size = (number(wide.ceil()), number(high.ceil()));
        self.line(&format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"mg\" role=\"img\" \
             width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">",
            size.0, size.1
        ));
        let described: Vec<&str> = std::iter::once(diagram.subtitle.as_str())
            .chain(diagram.notes.iter().map(String::as_str))
            .collect();
        self.line(&format!(
            "<title>{}</title>\n<desc>{}</desc>",
            escape(&diagram.title),
            escape(&described.join(", "))
        ));
        self.line(&format!("<style>\n{}</style>", include_str!("style.css")));
        self.line("<rect class=\"paper\" width=\"100%\" height=\"100%\" rx=\"12\"/>");
        let y = number(MARGIN + 17.0);
        self.line(&format!(
            "<text x=\"{0}\" y=\"{y}\"><tspan class=\"caption\">{1}</tspan><tspan class=\"soft\" dx=\"10\">{2}</tspan></text>",
            number(MARGIN),
            escape(&diagram.title),
            escape(&diagram.subtitle)
        ));
    }

    fn node(&mut self, node: &Node, shape: &Shape, place: (Point, Size)) {
        let id = self.id("n", &[&node.id]);
        let (at, size) = place;
        self.line(&format!(
            "<g id=\"{id}\" class=\"{}\" transform=\"translate({} {})\">",
            shape.class,
            number(at.x),
            number(at.y)
        ));
        let about = node
            .about
            .as_deref()
            .map_or_else(String::new, |a| format!(": {a}"));
        let tooltip = escape(&format!("{}{about}", node.heading()));
        let body = shape.draw(node, size);
        self.line(&format!("<title>{tooltip}</title>{body}</g>"));
    }
}

/// Text between tags or in an attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().map(visible) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

/// A name as a part of an identity: letters, digits and points, everything else by its bytes.
fn slug(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'.' {
            out.push(char::from(byte));
        } else {
            put(&mut out, format_args!("_{byte:02x}"));
        }
    }
    out
}

/// A number with at most one digit after the point.
fn number(x: f64) -> String {
    let rounded = (x * 10.0).round() / 10.0;
    // There is no negative zero in a picture.
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
}
