//! Text with expressions in it: `${…}`.

use super::{Context, Expression, Failure, Scope, compile};
use crate::diag::{Code, Diagnostic, Excerpt};
use crate::metamodel::Metamodel;
use crate::model::Value;

/// Text with expressions in it.
#[derive(Clone, Debug)]
pub struct Text {
    /// Literal text and expressions in order; no two literal parts follow each other but around `$${`.
    pub parts: Vec<Part>,
}

/// A part of a [`Text`].
#[derive(Clone, Debug)]
pub enum Part {
    /// Text that stands for itself.
    Literal(Excerpt),
    /// `${…}`: the text of a value.
    Expression(Expression),
}

/// Reads text in which `${…}` is an expression and `$${` stands for `${`.
pub fn compile_text(
    excerpt: &Excerpt,
    scope: &Scope,
    metamodel: &Metamodel,
) -> Result<Text, Vec<Diagnostic>> {
    let (mut parts, mut found) = (Vec::new(), Vec::new());
    for piece in split(&excerpt.text) {
        match piece {
            Piece::Literal(range) => parts.push(Part::Literal(excerpt.part(range))),
            Piece::Expression(range) => match compile(&excerpt.part(range), scope, metamodel) {
                Ok(expression) => parts.push(Part::Expression(expression)),
                Err(more) => found.extend(more),
            },
            Piece::Open(range) => {
                let span = excerpt.place(range);
                let finding =
                    Diagnostic::error(Code::ExpressionSyntax, span, "this `${` is never closed");
                found.push(finding.hint("write `$${` for the characters themselves"));
            }
        }
    }
    let text = Text { parts };
    if text.parts.len() > 1 {
        found.extend(text.unprintable(metamodel));
    }
    if found.is_empty() {
        Ok(text)
    } else {
        Err(found)
    }
}

impl Text {
    /// The expression, where there is one and nothing else: its value keeps its type.
    pub fn single(&self) -> Option<&Expression> {
        match &*self.parts {
            [Part::Expression(expression)] => Some(expression),
            _ => None,
        }
    }

    /// What is odd about its expressions.
    pub fn warnings(&self) -> Vec<Diagnostic> {
        let all = self.expressions().flat_map(|e| &e.warnings);
        all.cloned().collect()
    }

    /// Its expressions, in order.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.parts.iter().filter_map(|part| match part {
            Part::Expression(expression) => Some(expression),
            Part::Literal(_) => None,
        })
    }

    /// Whether another text is computed in the same way, wherever it stands.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let same = |(a, b): (&Part, &Part)| match (a, b) {
            (Part::Literal(a), Part::Literal(b)) => a.text == b.text,
            (Part::Expression(a), Part::Expression(b)) => a.is_same(b),
            _ => false,
        };
        self.parts.len() == other.parts.len() && self.parts.iter().zip(&other.parts).all(same)
    }

    /// Whether there is no expression in it.
    pub fn is_literal(&self) -> bool {
        self.parts.iter().all(|p| matches!(p, Part::Literal(_)))
    }

    /// The text, where there is no expression in it.
    pub fn literal(&self) -> Option<String> {
        let literal = |part: &Part| match part {
            Part::Literal(excerpt) => Some(excerpt.text.to_string()),
            Part::Expression(_) => None,
        };
        self.parts.iter().map(literal).collect()
    }

    /// Computes the text; null, lists and objects in it are failures.
    pub fn evaluate(&self, context: &Context<'_>, variables: &[Value]) -> Result<String, Failure> {
        let mut text = String::with_capacity(32);
        self.evaluate_into(&mut text, context, variables)?;
        Ok(text)
    }

    /// Computes the text as [`Text::evaluate`] does, at the end of another.
    pub fn evaluate_into(
        &self,
        text: &mut String,
        context: &Context<'_>,
        variables: &[Value],
    ) -> Result<(), Failure> {
        for part in &self.parts {
            match part {
                Part::Literal(excerpt) => text.push_str(&excerpt.text),
                Part::Expression(expression) => match expression.text_seen(context, variables) {
                    Some(seen) => text.push_str(seen),
                    None => expression.print_into(text, context, variables)?,
                },
            }
        }
        Ok(())
    }

    /// Reports the expressions among other text whose values have none.
    fn unprintable(&self, metamodel: &Metamodel) -> Vec<Diagnostic> {
        let wrong = self.expressions().filter(|e| !e.ty.is_printable());
        let report = |e: &Expression| {
            let message = format!("`{}` cannot stand in text", e.ty.display(metamodel));
            let finding = Diagnostic::error(Code::ExpressionType, e.excerpt.span, message);
            if e.ty.is_list() {
                finding.hint("make one text of a list: `->join(', ')`")
            } else {
                finding.hint("say which feature of it")
            }
        };
        wrong.map(report).collect()
    }
}

impl Expression {
    fn print_into(
        &self,
        text: &mut String,
        context: &Context<'_>,
        variables: &[Value],
    ) -> Result<(), Failure> {
        let value = self.evaluate(context, variables)?;
        match &value {
            Value::String(value) => {
                text.push_str(value);
                return Ok(());
            }
            Value::Integer(n) => {
                text.push_str(itoa::Buffer::new().format(*n));
                return Ok(());
            }
            _ => {}
        }
        let printed = super::print(&value, context.model.metamodel());
        let printed = printed.ok_or_else(|| self.no_text(&value))?;
        text.push_str(&printed);
        Ok(())
    }

    fn no_text(&self, value: &Value) -> Failure {
        let what = match value {
            Value::Null => "null",
            Value::List(_) => "a list",
            _ => "an object",
        };
        let text = self.excerpt.text.trim();
        let message = format!("`{text}` is {what}, which has no text");
        let mut failure = Failure::at(self.excerpt.span, message);
        if *value == Value::Null {
            let asked = format!("`if {text} = null then '' else {text} endif`");
            failure
                .hints
                .push(format!("say what stands there instead, as in {asked}"));
        }
        failure
    }
}

/// A range of bytes of a text.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Literal(std::ops::Range<usize>),
    /// Without `${` and `}`.
    Expression(std::ops::Range<usize>),
    /// `${` without its end.
    Open(std::ops::Range<usize>),
}

fn split(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let literal = |range: std::ops::Range<usize>, pieces: &mut Vec<Piece>| {
        if !range.is_empty() {
            pieces.push(Piece::Literal(range));
        }
    };
    let (mut from, mut at) = (0, 0);
    while let Some(found) = text[at..].find("${") {
        let open = at + found;
        if open > from && text[from..open].ends_with('$') {
            literal(from..open - 1, &mut pieces);
            (from, at) = (open, open + 2);
            continue;
        }
        literal(from..open, &mut pieces);
        let Some(len) = closing(&text[open + 2..]) else {
            pieces.push(Piece::Open(open..open + 2));
            return pieces;
        };
        let end = open + 2 + len;
        pieces.push(Piece::Expression(open + 2..end));
        (from, at) = (end + 1, end + 1);
    }
    literal(from..text.len(), &mut pieces);
    pieces
}

/// The offset of the `}` that ends an expression: not one inside text or of an inner pair.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'\'' => quoted = !quoted,
            _ if quoted => {}
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(offset),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let show = |piece| match piece {
            Piece::Literal(range) => text[range].to_owned(),
            Piece::Expression(range) => format!("<{}>", &text[range]),
            Piece::Open(range) => format!("open {}", range.start),
        };
        split(text).into_iter().map(show).collect()
    }

    #[test]
    fn braces_inside_text_and_pairs_do_not_end_an_expression() {
        assert_eq!(shown("a${x}b${y}"), ["a", "<x>", "b", "<y>"]);
        assert_eq!(shown("${'}' + x}"), ["<'}' + x>"]);
        assert_eq!(shown(r"${'it''s \'}' }!"), [r"<'it''s \'}' >", "!"]);
        assert_eq!(shown("${Set{1, 2}->size()}"), ["<Set{1, 2}->size()>"]);
        assert_eq!(shown("${}"), ["<>"]);
    }

    #[test]
    fn a_doubled_dollar_gives_the_characters_themselves() {
        assert_eq!(shown("$${x} ${x}"), ["${x} ", "<x>"]);
        assert_eq!(shown("5$ and $x {}"), ["5$ and $x {}"]);
        assert_eq!(shown("a$${$${"), ["a", "${", "${"]);
        assert_eq!(shown(""), Vec::<String>::new());
    }

    #[test]
    fn an_open_expression_is_found() {
        assert_eq!(shown("a ${x"), ["a ", "open 2"]);
        assert_eq!(shown("${'x}"), ["open 0"]);
    }
}
