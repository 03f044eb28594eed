//! Diagrams in the language of `PlantUML`.

use super::text::put;
use super::{Diagram, Edge, EdgeKind, End, Kind, Mark, Node, Row};

/// Writes a diagram.
pub fn plantuml(diagram: &Diagram) -> String {
    let mut lines = vec![
        "@startuml".to_owned(),
        format!(
            "title {}: {}",
            escape(&diagram.title),
            escape(&diagram.subtitle)
        ),
        "left to right direction".to_owned(),
        "hide circle".to_owned(),
        "hide empty members".to_owned(),
    ];
    let members = || diagram.nodes.iter().enumerate();
    for (at, node) in members().filter(|(_, n)| n.group.is_none()) {
        lines.extend(class(at, node));
    }
    for (group, name) in diagram.groups.iter().enumerate() {
        lines.push(format!("package \"{}\" as p{group} {{", escape(name)));
        for (at, node) in members().filter(|(_, n)| n.group == Some(group)) {
            lines.extend(class(at, node));
        }
        lines.push("}".to_owned());
    }
    lines.extend(diagram.edges.iter().map(edge));
    for (at, note) in diagram.notes.iter().enumerate() {
        lines.push(format!("note \"{}\" as note{at}", escape(note)));
    }
    lines.push("@enduml".to_owned());
    lines.join("\n") + "\n"
}

fn class(at: usize, node: &Node) -> Vec<String> {
    let word = match node.kind {
        Kind::Abstract => "abstract class",
        Kind::Enum => "enum",
        Kind::Object(_) => "object",
        Kind::Class | Kind::More => "class",
    };
    let mut name = escape(&node.heading());
    // A code at the end would be taken for a type parameter: something without width follows it.
    if name.is_empty() || name.ends_with('>') {
        name.push('\u{200b}');
    }
    let mut lines = vec![format!("{word} \"{name}\" as n{at} {{")];
    for (index, rows) in node.compartments.iter().enumerate() {
        if index > 0 {
            lines.push("  --".to_owned());
        }
        // A row with brackets would be taken for an operation.
        let rows = rows.iter().map(|r| format!("  {{field}} {}", row_text(r)));
        lines.extend(rows);
    }
    lines.push("}".to_owned());
    lines
}

fn row_text(row: &Row) -> String {
    let (name, value) = (escape(&row.name), escape(&row.value));
    match row.mark {
        Mark::None => name,
        Mark::Type => format!("{name}: {value}"),
        Mark::Value => format!("{name} = {value}"),
    }
}

fn edge(edge: &Edge) -> String {
    let arrow = match edge.kind {
        EdgeKind::Inheritance => "<|--",
        EdgeKind::Containment => "*--",
        EdgeKind::Reference => "-->",
        EdgeKind::Pair => "--",
    };
    let end = |text: String| match text.as_str() {
        "" => String::new(),
        text => format!("\"{}\" ", escape(text)),
    };
    // One name for the whole line stands in its middle.
    if edge.target == End::default() && !edge.source.role.is_empty() {
        let role = escape(&edge.source.role);
        return format!("n{} {arrow} n{} : {role}", edge.from, edge.to);
    }
    let (before, after) = (end(edge.source.text()), end(edge.target.text()));
    format!("n{} {before}{arrow} {after}n{}", edge.from, edge.to)
}

/// Text in any place: letters, digits and a few harmless signs stay, everything else becomes the code of its character.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().map(super::text::visible) {
        if c.is_alphanumeric() || matches!(c, ' ' | '.' | ',' | '…') {
            out.push(c);
        } else {
            put(&mut out, format_args!("<U+{:04X}>", u32::from(c)));
        }
    }
    out
}
