//! Names, labels and quantities, as the API server reads them.

use super::resource::{Found, Resource, at, entries};
use crate::diag::Excerpt;
use crate::format::node::Node;

/// Kinds whose name is a label of a host name that begins with a letter, as RFC 1035 has it.
const HOSTS: &[&str] = &["Service"];
/// Kinds whose name is a label of a host name, as RFC 1123 has it.
const LABELS: &[&str] = &["Namespace"];
/// The longest name of a kind that makes others with longer names.
const SHORT: &[(&str, usize)] = &[("CronJob", 52), ("StatefulSet", 52)];

pub(super) fn check(resource: &Resource, found: &mut Found) {
    if resource.is("Kustomization") || resource.kind.ends_with("List") {
        return;
    }
    let made = resource.at(&["metadata", "generateName"]).is_some();
    match resource.at(&["metadata", "name"]).and_then(Node::scalar) {
        Some(name) => resource_name(resource, name, found),
        None if made => {}
        None => found.report(resource, resource.node.span, "it has no `metadata.name`"),
    }
    let namespace = resource
        .at(&["metadata", "namespace"])
        .and_then(Node::scalar);
    if let Some(namespace) = namespace.filter(|n| !is_label(&n.text)) {
        found.report(resource, namespace.span, not_a_label(&namespace.text));
    }
    labels(resource, &resource.node, found);
    for template in resource.pods().iter().filter(|_| !resource.is("Pod")) {
        labels(resource, template, found);
    }
    quantities(resource, &resource.node, found);
}

fn resource_name(resource: &Resource, name: &Excerpt, found: &mut Found) {
    let kind = resource.kind.as_str();
    let host = HOSTS.contains(&kind);
    let label = host || LABELS.contains(&kind);
    let letter = name.text.starts_with(|c: char| c.is_ascii_lowercase());
    if label && !(is_label(&name.text) && (letter || !host)) {
        found.report(resource, name.span, not_a_label(&name.text));
    } else if !label && !is_subdomain(&name.text) {
        let message = format!(
            "`{}` is no name: at most 253 small letters, digits, `-` and `.`, a letter or digit at both ends",
            name.text
        );
        found.report(resource, name.span, message);
    }
    if let Some((_, most)) = SHORT
        .iter()
        .find(|(k, most)| *k == kind && name.text.len() > *most)
    {
        let message = format!(
            "`{}` is longer than the {most} characters of a {kind}",
            name.text
        );
        found.report(resource, name.span, message);
    }
}

fn labels(resource: &Resource, node: &Node, found: &mut Found) {
    for (key, value) in entries(node, &["metadata", "labels"]) {
        if !is_label_key(&key.text) {
            found.report(
                resource,
                key.span,
                format!("`{}` is no key of a label", key.text),
            );
        }
        if !is_label_value(&value.text) {
            let message = format!(
                "`{}` is no value of a label: at most 63 letters, digits, `-`, `_` and `.`",
                value.text
            );
            found.report(resource, value.span, message);
        }
    }
}

/// Looks at all amounts that are asked for, wherever they stand.
fn quantities(resource: &Resource, node: &Node, found: &mut Found) {
    for member in node.sequence().unwrap_or_default() {
        quantities(resource, member, found);
    }
    for entry in node.mapping().unwrap_or_default() {
        let amounts = matches!(&*entry.key.text, "requests" | "limits");
        if amounts && entry.value.mapping().is_some() {
            for (_, amount) in entries(&entry.value, &[]) {
                quantity_of(resource, amount, found);
            }
        } else if let ("sizeLimit", Some(amount)) = (&*entry.key.text, entry.value.scalar()) {
            quantity_of(resource, amount, found);
        } else {
            quantities(resource, &entry.value, found);
        }
    }
    for what in ["cpu", "memory"] {
        let [asked, most] = ["requests", "limits"].map(|key| at(node, &[key, what])?.scalar());
        if let (Some(asked), Some(most)) = (asked, most)
            && let (Some(least), Some(limit)) = (quantity(&asked.text), quantity(&most.text))
            && least > limit
        {
            let message = format!("more {what} is requested than the limit `{}`", most.text);
            found.report(resource, asked.span, message);
        }
    }
}

fn quantity_of(resource: &Resource, amount: &Excerpt, found: &mut Found) {
    if quantity(&amount.text).is_none() {
        let message = format!(
            "`{}` is no quantity such as `500m`, `2` or `1.5Gi`",
            amount.text
        );
        found.report(resource, amount.span, message);
    }
}

/// An amount: a decimal number, and perhaps a power of ten or of 1024.
pub(super) fn quantity(text: &str) -> Option<f64> {
    let digits = text.trim_start_matches(['+', '-']);
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, unit) = digits.split_at(end.unwrap_or(digits.len()));
    let number: f64 = number.parse().ok()?;
    let number = if text.starts_with('-') {
        -number
    } else {
        number
    };
    let power = |n: i32| 10f64.powi(n);
    let binary = |n: i32| 1024f64.powi(n);
    let factor = match unit {
        "" => 1.0,
        "n" => power(-9),
        "u" => power(-6),
        "m" => power(-3),
        "k" => power(3),
        "M" => power(6),
        "G" => power(9),
        "T" => power(12),
        "P" => power(15),
        "E" => power(18),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        _ => power(unit.strip_prefix(['e', 'E'])?.parse().ok()?),
    };
    Some(number * factor)
}

/// A label of a host name.
pub(super) fn is_label(text: &str) -> bool {
    let outer = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let ends = text.starts_with(outer) && text.ends_with(outer);
    ends && text.len() <= 63 && text.chars().all(|c| outer(c) || c == '-')
}

pub(super) fn not_a_label(text: &str) -> String {
    format!(
        "`{text}` is no name: at most 63 small letters, digits and `-`, a letter or digit at both ends"
    )
}

fn is_subdomain(text: &str) -> bool {
    let part = |p: &str| {
        let outer = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        p.starts_with(outer) && p.ends_with(outer) && p.chars().all(|c| outer(c) || c == '-')
    };
    text.len() <= 253 && text.split('.').all(part)
}

fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_qualified(text)
}

fn is_label_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((domain, name)) => is_subdomain(domain) && is_qualified(name),
        None => is_qualified(text),
    }
}

fn is_qualified(text: &str) -> bool {
    let outer = |c: char| c.is_ascii_alphanumeric();
    let inner = |c: char| outer(c) || "-_.".contains(c);
    let ends = text.starts_with(outer) && text.ends_with(outer);
    ends && text.len() <= 63 && text.chars().all(inner)
}

/// The name of a port: at most 15 small letters, digits and single `-`, one letter among them.
pub(super) fn is_port_name(text: &str) -> bool {
    let letter = text.contains(|c: char| c.is_ascii_lowercase());
    is_label(text) && text.len() <= 15 && letter && !text.contains("--")
}
