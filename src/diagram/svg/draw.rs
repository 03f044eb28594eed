//! Lines: their corners, their tips, what is written at their ends, and what they mean.

use super::super::layout::{Layout, Point};
use super::super::text::put;
use super::super::{Diagram, Edge, EdgeKind, End};
use super::{FOOT, MARGIN, Picture, escape, number};

/// The radius of the corners of a line.
const BEND: f64 = 6.0;
/// How long a diamond is.
const DIAMOND: f64 = 16.0;
/// How long a triangle is.
const TRIANGLE: f64 = 12.0;
/// How long an arrow head is.
const ARROW: f64 = 9.0;

/// The room that the tips of a line take at its beginning and its end.
pub(super) fn tips(kind: EdgeKind) -> (f64, f64) {
    match kind {
        EdgeKind::Inheritance => (TRIANGLE, 0.0),
        EdgeKind::Containment => (DIAMOND, 2.0),
        EdgeKind::Reference => (2.0, ARROW),
        EdgeKind::Pair => (2.0, 2.0),
    }
}

fn class(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Inheritance => "is",
        EdgeKind::Containment => "has",
        EdgeKind::Reference | EdgeKind::Pair => "to",
    }
}

/// A line in words.
fn sentence(diagram: &Diagram, edge: &Edge) -> String {
    let name = |node: usize| diagram.nodes[node].heading();
    let (from, to) = (name(edge.from), name(edge.to));
    let role = |end: &End| end.text();
    match edge.kind {
        EdgeKind::Inheritance => format!("{to} is a {from}"),
        EdgeKind::Containment | EdgeKind::Reference if edge.target == End::default() => {
            format!("{from} → {} → {to}", role(&edge.source))
        }
        EdgeKind::Containment => format!("{from} contains {}: {to}", role(&edge.target)),
        EdgeKind::Reference => format!("{from} refers to {}: {to}", role(&edge.target)),
        EdgeKind::Pair => format!(
            "{from} {} — {} {to}",
            role(&edge.source),
            role(&edge.target)
        ),
    }
}

impl Picture {
    /// Draws lines that begin as one, with their tips. They are one path, so that where they lie on each other they look
    /// as one; above it each has a path of its own that is not seen, for who points at it.
    pub(super) fn lines(&mut self, diagram: &Diagram, lines: &[(&Edge, &[Point])]) {
        let Some((first, _)) = lines.first() else {
            return;
        };
        let (mut paths, mut tips) = (Vec::new(), Vec::new());
        let mut own = String::new();
        for (edge, points) in lines {
            let Some((d, tip)) = path(edge.kind, points) else {
                continue;
            };
            let ends = [edge.from, edge.to].map(|n| diagram.nodes[n].id.as_str());
            let role = if edge.target.role.is_empty() {
                &edge.source.role
            } else {
                &edge.target.role
            };
            let id = self.id("e", &[ends[0], role, ends[1]]);
            let words = escape(&sentence(diagram, edge));
            put(
                &mut own,
                format_args!(
                    "<path id=\"{id}\" class=\"own\" d=\"{d}\"><title>{words}</title></path>\n"
                ),
            );
            paths.push(d);
            if !tips.contains(&tip) {
                tips.push(tip);
            }
        }
        let (class, d, tip) = (class(first.kind), paths.concat(), tips.concat());
        let tip = if tip.is_empty() {
            tip
        } else {
            format!("<path class=\"tip\" d=\"{tip}\"/>")
        };
        self.line(&format!(
            "<g class=\"{class}\"><path class=\"line\" d=\"{d}\"/>{tip}\n{own}</g>"
        ));
    }

    /// Writes what stands at the ends of lines, once where several lines begin as one.
    pub(super) fn roles(&mut self, drawn: &[&Edge], layout: &Layout) {
        let mut written: Vec<(Point, String)> = Vec::new();
        for (edge, points) in drawn.iter().zip(&layout.lines) {
            let [.., before, last] = points[..] else {
                continue;
            };
            let (begin, end) = tips(edge.kind);
            let ends = [
                (&edge.source, (points[0], points[1]), begin),
                (&edge.target, (last, before), end),
            ];
            for (end, (at, next), tip) in ends {
                let text = end.text();
                if text.is_empty() || written.contains(&(at, text.clone())) {
                    continue;
                }
                self.role(end, (at, next), tip);
                written.push((at, text));
            }
        }
    }

    fn role(&mut self, end: &End, at: (Point, Point), tip: f64) {
        let (at, next) = at;
        let right = next.x >= at.x;
        let gap = tip + 4.0;
        let (x, anchor) = if right {
            (at.x + gap, "start")
        } else {
            (at.x - gap, "end")
        };
        let mut text = escape(&end.role);
        if !end.multiplicity.is_empty() {
            let many = escape(&end.multiplicity);
            put(
                &mut text,
                format_args!("<tspan class=\"many\" dx=\"4\">{many}</tspan>"),
            );
        }
        self.line(&format!(
            "<text class=\"role\" x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{text}</text>",
            number(x),
            number(at.y - 4.5)
        ));
    }

    /// Writes what is left out, and what the lines mean.
    pub(super) fn foot(&mut self, drawn: &[&Edge], notes: &[String], bottom: f64) {
        let mut y = bottom + FOOT - 4.0;
        for note in notes {
            let (x, note) = (number(MARGIN), escape(note));
            self.line(&format!(
                "<text class=\"note\" x=\"{x}\" y=\"{}\">{note}</text>",
                number(y)
            ));
            y += FOOT;
        }
        let mut x = MARGIN;
        for (kind, words) in [
            (EdgeKind::Inheritance, "is a"),
            (EdgeKind::Containment, "contains"),
            (EdgeKind::Reference, "refers to"),
            (EdgeKind::Pair, "refer to each other"),
        ] {
            if !drawn.iter().any(|e| e.kind == kind) {
                continue;
            }
            x = self.sample(kind, words, Point { x, y });
        }
    }

    /// Draws a line of the legend, and says where the next begins.
    fn sample(&mut self, kind: EdgeKind, words: &str, at: Point) -> f64 {
        let y = at.y - 4.0;
        let line = [Point { x: at.x, y }, Point { x: at.x + 34.0, y }];
        let Some((d, tip)) = path(kind, &line) else {
            return at.x;
        };
        let x = at.x + 42.0;
        self.line(&format!(
            "<g class=\"{}\"><path class=\"line\" d=\"{d}\"/><path class=\"tip\" d=\"{tip}\"/></g>\
             <text class=\"soft\" x=\"{}\" y=\"{}\">{words}</text>",
            class(kind),
            number(x),
            number(at.y)
        ));
        x + super::width(words) * 12.0 + 22.0
    }
}

/// The path of a line, and that of its tip.
fn path(kind: EdgeKind, points: &[Point]) -> Option<(String, String)> {
    let [first, second, ..] = points else {
        return None;
    };
    let [.., before, last] = points else {
        return None;
    };
    let (begin, _) = tips(kind);
    let (tip, start) = match kind {
        EdgeKind::Inheritance => (triangle(*first, *second), begin),
        EdgeKind::Containment => (diamond(*first, *second), begin),
        EdgeKind::Reference => (arrow(*last, *before), 0.0),
        EdgeKind::Pair => (String::new(), 0.0),
    };
    Some((round(along(*first, *second, start), points), tip))
}

/// The point at a distance from one point towards another, on a level line.
fn along(from: Point, to: Point, by: f64) -> Point {
    let by = if to.x >= from.x { by } else { -by };
    Point {
        x: from.x + by,
        y: from.y,
    }
}

/// A path through corners, which are rounded.
fn round(start: Point, points: &[Point]) -> String {
    let mut d = format!("M{} {}", number(start.x), number(start.y));
    let mut last = start;
    for (index, corner) in points.iter().enumerate().skip(1) {
        let Some(next) = points.get(index + 1) else {
            put(
                &mut d,
                format_args!("L{} {}", number(corner.x), number(corner.y)),
            );
            break;
        };
        let length = |a: Point, b: Point| (a.x - b.x).abs() + (a.y - b.y).abs();
        let bend = BEND
            .min(length(last, *corner) / 2.0)
            .min(length(*corner, *next) / 2.0);
        let toward = |to: Point| Point {
            x: corner.x + (to.x - corner.x).clamp(-bend, bend),
            y: corner.y + (to.y - corner.y).clamp(-bend, bend),
        };
        let (a, b) = (toward(last), toward(*next));
        put(
            &mut d,
            format_args!(
                "L{} {}Q{} {} {} {}",
                number(a.x),
                number(a.y),
                number(corner.x),
                number(corner.y),
                number(b.x),
                number(b.y)
            ),
        );
        last = *corner;
    }
    d
}

/// The hollow triangle at a super type.
fn triangle(at: Point, next: Point) -> String {
    let base = along(at, next, TRIANGLE).x;
    let (x, y) = (number(at.x), number(at.y));
    let (up, down) = (number(at.y - 6.5), number(at.y + 6.5));
    format!("M{x} {y}L{0} {up}V{down}Z", number(base))
}

/// The filled diamond at a whole.
fn diamond(at: Point, next: Point) -> String {
    let (middle, end) = (along(at, next, DIAMOND / 2.0).x, along(at, next, DIAMOND).x);
    let (up, down) = (number(at.y - 5.0), number(at.y + 5.0));
    format!(
        "M{0} {1}L{2} {up}L{3} {1}L{2} {down}Z",
        number(at.x),
        number(at.y),
        number(middle),
        number(end)
    )
}

/// The open arrow head at what is referred to.
fn arrow(at: Point, before: Point) -> String {
    let back = number(along(at, before, ARROW).x);
    let (up, down) = (number(at.y - 4.5), number(at.y + 4.5));
    format!(
        "M{back} {up}L{0} {1}L{back} {down}",
        number(at.x),
        number(at.y)
    )
}
