//! Which lines and blanks of a template are printed: Acceleo's rules for the production of text.
//!
//! A line with nothing but blanks, comments, and heads and tails of blocks is not printed. What a head is followed by on
//! the next line is the beginning of its body, wherever the head stands.

use super::scan::{Kind, Tag, Token};
use super::syntax::Line;
use crate::diag::Span;

/// A text that is printed, or a tag with its place on its line.
#[derive(Clone, Debug)]
pub(super) enum Laid {
    Text(Span),
    Tag(Tag, Line),
}

/// Takes what is not printed out of the text between tags.
pub(super) fn lay_out(text: &str, tokens: Vec<Token>) -> Vec<Laid> {
    let mut laid = Vec::new();
    let mut line = Vec::new();
    for token in tokens {
        let Token::Text(span) = token else {
            line.push(token);
            continue;
        };
        let mut start = span.start as usize;
        while let Some(end) = text[start..span.end as usize].find('\n') {
            let end = start + end + 1;
            line.push(Token::Text(Span::new(span.file, start, end)));
            end_line(text, &mut line, &mut laid);
            start = end;
        }
        if start < span.end as usize {
            line.push(Token::Text(Span::new(span.file, start, span.end as usize)));
        }
    }
    end_line(text, &mut line, &mut laid);
    laid
}

/// Whether a tag prints nothing itself.
fn is_silent(tag: &Tag) -> bool {
    tag.kind != Kind::Expression
}

fn end_line(text: &str, line: &mut Vec<Token>, laid: &mut Vec<Laid>) {
    let tokens = std::mem::take(line);
    let texts = |t: &Token| match t {
        Token::Text(span) => Some(&text[span.range()]),
        Token::Tag(_) => None,
    };
    let tags: Vec<&Tag> = tokens
        .iter()
        .filter_map(|t| match t {
            Token::Tag(tag) => Some(tag),
            Token::Text(_) => None,
        })
        .collect();
    let blank = tokens.iter().filter_map(texts).all(|t| t.trim().is_empty());
    let ended = tokens
        .last()
        .and_then(texts)
        .is_some_and(|t| t.ends_with('\n'));
    let own = match &tags[..] {
        [] => false,
        [only] if only.word == "protected" => {
            // The marks of a comment around a protected area are the program's business here.
            let mut around = tokens.iter().filter_map(texts);
            around.all(|t| !t.contains(char::is_alphanumeric))
        }
        [only] if only.kind == Kind::Expression => blank && ended,
        tags => blank && tags.iter().all(|t| is_silent(t)),
    };
    if own {
        let first = tokens.first().and_then(texts).unwrap_or_default();
        let indent = first.len() - first.trim_start_matches([' ', '\t']).len();
        let line = Line::Own {
            indent: first[..indent].to_owned(),
        };
        laid.extend(tags.into_iter().map(|t| Laid::Tag(t.clone(), line.clone())));
        return;
    }
    let mut after_head = false;
    for token in tokens {
        match token {
            Token::Text(span)
                if after_head && text[span.range()].trim_end_matches('\r') == "\n" => {}
            Token::Text(span) => laid.push(Laid::Text(span)),
            Token::Tag(tag) => {
                after_head = matches!(tag.kind, Kind::Open | Kind::Else);
                laid.push(Laid::Tag(tag, Line::Among));
                continue;
            }
        }
        after_head = false;
    }
}
