//! Boxes: how large they are, and what is in them.

use super::super::text::{put, width};
use super::super::{Kind, Mark, Node, Row};
use super::{Size, escape, number};

/// The distance of text from the sides of its box.
const SIDE: f64 = 12.0;
/// The height of a row.
const ROW: f64 = 18.0;
/// The distance of rows from the rules above and below them.
const PAD: f64 = 6.0;
/// The radius of the corners of a box.
const ROUND: f64 = 7.0;

/// A box that has no place yet.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) size: Size,
    /// The class that gives it its colours.
    pub(super) class: &'static str,
    /// The height of its head.
    head: f64,
    /// What stands above its name.
    word: String,
}

impl Shape {
    pub(super) fn of(node: &Node, word: String) -> Self {
        let head = if word.is_empty() { 32.0 } else { 44.0 };
        let mut wide = (width(&node.heading()) * 14.6).max(width(&word) * 10.4);
        let mut high = head;
        for rows in &node.compartments {
            let widths = rows.iter().map(|r| width(&r.text()) * 12.0);
            wide = widths.fold(wide, f64::max);
            high += 2.0 * PAD + ROW * rows.iter().map(|_| 1.0).sum::<f64>();
        }
        Self {
            size: Size {
                width: (wide + 2.0 * SIDE).max(96.0).ceil(),
                height: high,
            },
            class: match node.kind {
                Kind::Class => "class",
                Kind::Abstract => "abstract",
                Kind::Enum => "enum",
                Kind::Object(_) => "object",
                Kind::More => "more",
            },
            head,
            word,
        }
    }

    /// The box and its text, from the upper left corner on.
    pub(super) fn draw(&self, node: &Node, size: Size) -> String {
        let (w, h, r) = (number(size.width), number(size.height), number(ROUND));
        let middle = number(size.width / 2.0);
        let mut out =
            format!("\n<rect class=\"shade\" y=\"1.5\" width=\"{w}\" height=\"{h}\" rx=\"{r}\"/>");
        put(
            &mut out,
            format_args!("<rect class=\"box\" width=\"{w}\" height=\"{h}\" rx=\"{r}\"/>"),
        );
        if node.kind != Kind::More {
            out.push_str(&self.head(size, node.compartments.is_empty()));
        }
        put(
            &mut out,
            format_args!(
                "<rect class=\"frame\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"{r}\"/>\n",
                number(size.width - 1.0),
                number(size.height - 1.0)
            ),
        );
        let mut y = 21.0;
        if !self.word.is_empty() {
            let word = escape(&self.word);
            put(
                &mut out,
                format_args!(
                    "<text class=\"word\" x=\"{middle}\" y=\"17\" text-anchor=\"middle\">{word}</text>"
                ),
            );
            y = 33.0;
        }
        // A head without rows stands in the middle of what lines made higher.
        if node.compartments.is_empty() {
            y += (size.height - self.head) / 2.0;
        }
        let name = match &node.kind {
            Kind::Object(class) if node.title.is_empty() => {
                format!("<tspan class=\"of\">{}</tspan>", escape(class))
            }
            Kind::Object(class) => format!(
                "{}<tspan class=\"of\">: {}</tspan>",
                escape(&node.title),
                escape(class)
            ),
            _ => escape(&node.title),
        };
        put(
            &mut out,
            format_args!(
                "<text class=\"name\" x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{name}</text>\n",
                number(y)
            ),
        );
        let mut top = self.head;
        for rows in &node.compartments {
            if top > self.head {
                put(
                    &mut out,
                    format_args!("<path class=\"rule\" d=\"M0 {0}H{w}\"/>", number(top)),
                );
            }
            top += PAD;
            for row in rows {
                out.push_str(&row_text(row, top + 13.0));
                top += ROW;
            }
            top += PAD;
        }
        out
    }

    /// The coloured head with round corners above.
    fn head(&self, size: Size, whole: bool) -> String {
        let (w, r) = (number(size.width), number(ROUND));
        if whole {
            let h = number(size.height);
            return format!("<rect class=\"head\" width=\"{w}\" height=\"{h}\" rx=\"{r}\"/>");
        }
        let (h, side) = (number(self.head), number(size.width - ROUND));
        format!(
            "<path class=\"head\" d=\"M0 {h}V{r}A{r} {r} 0 0 1 {r} 0H{side}A{r} {r} 0 0 1 {w} {r}V{h}Z\"/>\
             <path class=\"rule\" d=\"M0 {h}H{w}\"/>"
        )
    }
}

fn row_text(row: &Row, y: f64) -> String {
    let (name, value) = (escape(&row.name), escape(&row.value));
    let text = match row.mark {
        Mark::None => name,
        Mark::Type => format!("{name}<tspan class=\"soft\">: {value}</tspan>"),
        Mark::Value => format!("<tspan class=\"soft\">{name} = </tspan>{value}"),
    };
    format!(
        "<text x=\"{}\" y=\"{}\">{text}</text>\n",
        number(SIDE),
        number(y)
    )
}
