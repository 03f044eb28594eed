//! Traces as SVG: what was matched on the left, rules in the middle, what they wrote on the right.

use super::super::text::width;
use super::super::trace::{Application, Band, Picture as Traced};
use super::super::{Diagram, Node};
use super::{CAPTION, Layout, MARGIN, Picture, Point, Shape, Size, escape, number};
use std::collections::BTreeSet;

/// The room between columns, where the arrows are.
const GAP: f64 = 56.0;
/// The room between boxes of one application.
const NEAR: f64 = 8.0;
/// The room between applications.
const APART: f64 = 18.0;
/// The room between rules.
const FAR: f64 = 26.0;
/// The height of the head of a rule.
const HEAD: f64 = 50.0;

/// The widths of the columns.
#[derive(Clone, Copy)]
struct Columns {
    left: f64,
    middle: f64,
    right: f64,
}

impl Columns {
    fn of(traced: &Traced) -> Self {
        let all = || traced.bands.iter().flat_map(|b| &b.applications);
        let widest = |nodes: &[Node]| {
            let wide = nodes.iter().map(|n| shape(n).size.width);
            wide.fold(96.0, f64::max)
        };
        let rule = |b: &Band| (width(&b.rule) * 14.6).max(width(&b.count) * 11.0) + 32.0;
        Self {
            left: all().map(|a| widest(&a.sources)).fold(96.0, f64::max),
            middle: traced.bands.iter().map(rule).fold(120.0, f64::max),
            right: all().map(|a| widest(&a.targets)).fold(96.0, f64::max),
        }
    }

    fn width(self) -> f64 {
        self.left + self.middle + self.right + 2.0 * GAP
    }
}

fn shape(node: &Node) -> Shape {
    Shape::of(node, String::new())
}

/// The height of boxes one below the other.
fn stack(nodes: &[Node]) -> f64 {
    let high = nodes.iter().map(|n| shape(n).size.height + NEAR);
    (high.sum::<f64>() - NEAR).max(0.0)
}

fn height(application: &Application) -> f64 {
    stack(&application.sources).max(stack(&application.targets))
}

fn band_height(band: &Band) -> f64 {
    let high = band.applications.iter().map(|a| height(a) + APART);
    HEAD + high.sum::<f64>()
}

/// Draws a trace.
pub fn trace(traced: &Traced) -> String {
    let columns = Columns::of(traced);
    let high = traced.bands.iter().map(|b| band_height(b) + FAR);
    let high = (high.sum::<f64>() - FAR).max(0.0);
    let layout = Layout {
        size: Size {
            width: columns.width(),
            height: high,
        },
        corners: Vec::new(),
        sizes: Vec::new(),
        lines: Vec::new(),
    };
    let caption = Diagram {
        title: traced.title.clone(),
        subtitle: traced.subtitle.clone(),
        notes: traced.notes.clone(),
        ..Diagram::default()
    };
    let mut picture = Picture {
        out: String::new(),
        ids: BTreeSet::new(),
    };
    picture.begin(&caption, &layout);
    let mut y = MARGIN + CAPTION;
    for band in &traced.bands {
        picture.band(band, columns, y);
        y += band_height(band) + FAR;
    }
    picture.foot(&[], &traced.notes, MARGIN + CAPTION + high);
    picture.out.push_str("</svg>\n");
    picture.out
}

impl Picture {
    fn band(&mut self, band: &Band, columns: Columns, top: f64) {
        let x = MARGIN + columns.left + GAP;
        let id = self.id("r", &[&band.rule]);
        let middle = number(x + columns.middle / 2.0);
        self.line(&format!(
            "<g id=\"{id}\" class=\"applied\"><rect class=\"ground\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"10\"/>\
             <text class=\"name\" x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>\
             <text class=\"word\" x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text></g>",
            number(x),
            number(top),
            number(columns.middle),
            number(band_height(band)),
            number(top + 23.0),
            escape(&band.rule),
            number(top + 38.0),
            escape(&band.count)
        ));
        let mut y = top + HEAD;
        for application in &band.applications {
            self.application(application, columns, y);
            y += height(application) + APART;
        }
    }

    fn application(&mut self, application: &Application, columns: Columns, top: f64) {
        let high = height(application);
        let center = top + high / 2.0;
        let (enter, leave) = (
            MARGIN + columns.left + GAP,
            MARGIN + columns.left + GAP + columns.middle,
        );
        self.line(&format!(
            "<path class=\"through\" d=\"M{0} {2}H{1}\"/>",
            number(enter),
            number(leave),
            number(center)
        ));
        let mut y = top + (high - stack(&application.sources)) / 2.0;
        for node in &application.sources {
            let shape = shape(node);
            let at = Point {
                x: MARGIN + columns.left - shape.size.width,
                y,
            };
            self.node(node, &shape, (at, shape.size));
            let from = (MARGIN + columns.left, y + shape.size.height / 2.0);
            self.curve(from, (enter, center), "");
            y += shape.size.height + NEAR;
        }
        let mut y = top + (high - stack(&application.targets)) / 2.0;
        for node in &application.targets {
            let shape = shape(node);
            let at = Point { x: leave + GAP, y };
            self.node(node, &shape, (at, shape.size));
            let to = (leave + GAP, y + 16.0);
            let tip = format!(
                "<path class=\"tip\" d=\"M{0} {1}l-7 -4m7 4l-7 4\"/>",
                number(to.0),
                number(to.1)
            );
            self.curve((leave, center), to, &tip);
            y += shape.size.height + NEAR;
        }
    }

    /// A line that leaves and arrives level.
    fn curve(&mut self, from: (f64, f64), to: (f64, f64), tip: &str) {
        let middle = number(f64::midpoint(from.0, to.0));
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(number);
        self.line(&format!(
            "<g class=\"to\"><path class=\"line\" d=\"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}\"/>{tip}</g>"
        ));
    }
}
