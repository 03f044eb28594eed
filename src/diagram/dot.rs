//! Diagrams in the language of Graphviz.

use super::text::put;
use super::{Diagram, Edge, EdgeKind, End, Kind, Node};

/// Writes a diagram.
pub fn dot(diagram: &Diagram) -> String {
    let mut lines = vec![
        "digraph {".to_owned(),
        format!("  label={};", quoted(&caption(diagram))),
        "  labelloc=t;".to_owned(),
        "  rankdir=LR;".to_owned(),
        "  node [shape=plain, fontname=\"Helvetica\", fontsize=11];".to_owned(),
        "  edge [fontname=\"Helvetica\", fontsize=10, color=\"#667085\"];".to_owned(),
    ];
    let members = || diagram.nodes.iter().enumerate();
    for (at, node) in members().filter(|(_, n)| n.group.is_none()) {
        lines.push(format!("  {}", vertex(at, node)));
    }
    for (group, name) in diagram.groups.iter().enumerate() {
        lines.push(format!("  subgraph cluster_{group} {{"));
        lines.push(format!("    label={};", quoted(name)));
        for (at, node) in members().filter(|(_, n)| n.group == Some(group)) {
            lines.push(format!("    {}", vertex(at, node)));
        }
        lines.push("  }".to_owned());
    }
    lines.extend(diagram.edges.iter().map(edge));
    lines.push("}".to_owned());
    lines.join("\n") + "\n"
}

fn caption(diagram: &Diagram) -> String {
    let mut parts = vec![format!("{}: {}", diagram.title, diagram.subtitle)];
    parts.extend(diagram.notes.iter().cloned());
    parts.join(", ")
}

/// A table: the head, then a cell for each compartment.
fn vertex(at: usize, node: &Node) -> String {
    let colour = match node.kind {
        Kind::Class => "#eaf0f9",
        Kind::Abstract => "#f2f3f6",
        Kind::Enum => "#f8f1e3",
        Kind::Object(_) => "#e8f4ee",
        Kind::More => "#ffffff",
    };
    let name = html(&node.heading());
    let name = match node.kind {
        Kind::Abstract => format!("<I><B>{name}</B></I>"),
        Kind::Object(_) => format!("<U>{name}</U>"),
        Kind::More => format!("<I>{name}</I>"),
        Kind::Class | Kind::Enum => format!("<B>{name}</B>"),
    };
    let word = node
        .stereotype()
        .map_or_else(String::new, |w| format!("«{w}»<BR/>"));
    let mut table = format!(
        "<TABLE BORDER=\"0\" CELLBORDER=\"1\" CELLSPACING=\"0\" CELLPADDING=\"5\" COLOR=\"#b6c0cc\">\
         <TR><TD BGCOLOR=\"{colour}\">{word}{name}</TD></TR>"
    );
    for rows in &node.compartments {
        let rows: Vec<String> = rows.iter().map(|r| html(&r.text())).collect();
        let rows = rows.join("<BR ALIGN=\"LEFT\"/>");
        put(
            &mut table,
            format_args!(
                "<TR><TD ALIGN=\"LEFT\" BALIGN=\"LEFT\">{rows}<BR ALIGN=\"LEFT\"/></TD></TR>"
            ),
        );
    }
    format!("n{at} [label=<{table}</TABLE>>];")
}

fn edge(edge: &Edge) -> String {
    let look = match edge.kind {
        EdgeKind::Inheritance => "dir=back, arrowtail=empty",
        EdgeKind::Containment => "dir=back, arrowtail=diamond",
        EdgeKind::Reference => "arrowhead=vee",
        EdgeKind::Pair => "dir=none",
    };
    let mut labels = String::new();
    // One name for the whole line stands in its middle.
    let tail = if edge.target == End::default() {
        "label"
    } else {
        "taillabel"
    };
    for (place, end) in [(tail, &edge.source), ("headlabel", &edge.target)] {
        let text = end.text();
        if !text.is_empty() {
            put(&mut labels, format_args!(", {place}={}", quoted(&text)));
        }
    }
    format!("  n{} -> n{} [{look}{labels}];", edge.from, edge.to)
}

/// Text in quotes, where a backslash begins an escape.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars().map(super::text::visible) {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        // Graphviz reads entities in plain text too.
        if c == '&' {
            out.push_str("&amp;");
        } else {
            out.push(c);
        }
    }
    out + "\""
}

/// Text in a label that is HTML. No text at all is an error there.
fn html(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().map(super::text::visible) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    if out.is_empty() {
        out.push(' ');
    }
    out
}
