//! Edits that put an operation behind an expression in its file.

use super::Expression;
use super::node::{Kind, Node};
use crate::diag::Fix;

impl Expression {
    /// The edit that puts an operation such as `->first()` behind it; its title says what stands there then.
    ///
    /// `None` where it stands on several lines and would have to be written again.
    pub(crate) fn followed(&self, operation: &str) -> Option<Fix> {
        let excerpt = &self.excerpt;
        let own = excerpt.text.trim();
        let start = excerpt.text.len() - excerpt.text.trim_start().len();
        let end = start + own.len();
        let fix = |text: String, span, replacement: &str| Fix {
            title: format!("write `{text}`"),
            span,
            replacement: excerpt.quotes().write(replacement),
            is_safe: false,
        };
        if takes_operations(&self.root) {
            let text = format!("{own}{operation}");
            return Some(fix(text, excerpt.place(end..end), operation));
        }
        let text = format!("({own}){operation}");
        let lines = own.contains('\n');
        (!lines).then(|| fix(text.clone(), excerpt.place(start..end), &text))
    }
}

/// Whether an operation behind the text of an expression is one of its value, and not of its last part.
fn takes_operations(node: &Node) -> bool {
    match &node.kind {
        Kind::Unary(..) | Kind::Binary(..) | Kind::Let(..) => false,
        Kind::Widen(inner) => takes_operations(inner),
        _ => true,
    }
}
