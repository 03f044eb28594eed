//! Diagrams as Mermaid class diagrams, which many Markdown viewers draw.

use super::text::put;
use super::{Diagram, Edge, EdgeKind, Mark, Node, Row};

/// Writes a diagram.
pub fn mermaid(diagram: &Diagram) -> String {
    let mut lines = vec!["classDiagram".to_owned(), "  direction LR".to_owned()];
    let outside = |node: &Node| node.group.is_none();
    for (at, node) in diagram.nodes.iter().enumerate().filter(|(_, n)| outside(n)) {
        lines.extend(class(at, node, "  "));
    }
    for (group, name) in namespaces(diagram).iter().enumerate() {
        lines.push(format!("  namespace {name} {{"));
        let members = diagram.nodes.iter().enumerate();
        for (at, node) in members.filter(|(_, n)| n.group == Some(group)) {
            lines.extend(class(at, node, "    "));
        }
        lines.push("  }".to_owned());
    }
    lines.extend(diagram.edges.iter().map(edge));
    for note in &diagram.notes {
        lines.push(format!("  note \"{}\"", escape(note)));
    }
    lines.join("\n") + "\n"
}

fn class(at: usize, node: &Node, pad: &str) -> Vec<String> {
    let heading = match node.heading() {
        empty if empty.is_empty() => " ".to_owned(),
        heading => escape(&heading),
    };
    let mut lines = vec![format!("{pad}class n{at}[\"{heading}\"] {{")];
    lines.extend(node.stereotype().map(|w| format!("{pad}  <<{w}>>")));
    for row in node.compartments.iter().flatten() {
        lines.push(format!("{pad}  {}", row_text(row)));
    }
    // A body without lines is an error.
    if lines.len() == 1 {
        return vec![lines[0].trim_end_matches(" {").to_owned()];
    }
    lines.push(format!("{pad}}}"));
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
    let many = |text: &str| match text {
        "" => String::new(),
        text => format!("\"{}\" ", escape(text)),
    };
    let before = many(&edge.source.multiplicity);
    let after = many(&edge.target.multiplicity);
    let roles: Vec<String> = [&edge.source.role, &edge.target.role]
        .into_iter()
        .filter(|r| !r.is_empty())
        .map(|r| escape(r))
        .collect();
    let label = if roles.is_empty() {
        String::new()
    } else {
        format!(" : {}", roles.join(" / "))
    };
    format!(
        "  n{} {before}{arrow} {after}n{}{label}",
        edge.from, edge.to
    )
}

/// Text in any place: letters, digits and a few harmless signs stay, everything else becomes the code of its character.
/// A colon is none of them: codes after one, in a line with the word `style`, are mangled.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().map(super::text::visible) {
        if c.is_alphanumeric() || matches!(c, ' ' | '_' | '.' | ',' | '-' | '…' | '[' | ']' | '=')
        {
            out.push(c);
        } else {
            put(&mut out, format_args!("#{};", u32::from(c)));
        }
    }
    out
}

/// Words that begin a statement.
const WORDS: &str =
    "callback class classDef click cssClass direction end link namespace note style";

/// The names of namespaces, which are no texts: letters, digits and underscores, each once.
fn namespaces(diagram: &Diagram) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (at, group) in diagram.groups.iter().enumerate() {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let mut name: String = group.chars().map(plain).collect();
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !begins || WORDS.split(' ').any(|w| w == name) || names.contains(&name) {
            name = format!("p{at}_{name}");
        }
        names.push(name);
    }
    names
}
