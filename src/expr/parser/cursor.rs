//! Walking over tokens: what comes next, what must come next, and what to say if it does not.

use std::ops::Range;

use super::MAX_DEPTH;
use crate::diag::{Code, Diagnostic, Excerpt};
use crate::expr::lexer::{Token, TokenKind};
use crate::expr::syntax::{ArgumentTree, Path, Tree, TreeKind, Word};

/// Words that name nothing.
const RESERVED: &[&str] = &[
    "if", "then", "else", "endif", "let", "in", "and", "or", "xor", "not", "implies", "div", "mod",
    "true", "false", "null",
];

/// Whether a word of the language names nothing else.
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

pub(super) type Parse<T> = Result<T, Box<Diagnostic>>;

/// The tokens of an expression and how far they are read.
pub(super) struct Parser<'a> {
    pub(super) excerpt: &'a Excerpt,
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    pub(super) depth: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn token(&self) -> &Token {
        self.ahead(0)
    }

    pub(super) fn ahead(&self, count: usize) -> &Token {
        &self.tokens[(self.at + count).min(self.tokens.len() - 1)]
    }

    pub(super) fn advance(&mut self) -> Range<usize> {
        let range = self.token().range.clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        range
    }

    pub(super) fn text(&self, token: &Token) -> &'a str {
        &self.excerpt.text[token.range.clone()]
    }

    pub(super) fn is_symbol(&self, count: usize, symbol: &str) -> bool {
        matches!(self.ahead(count).kind, TokenKind::Symbol(s) if s == symbol)
    }

    pub(super) fn is_keyword(&self, keyword: &str) -> bool {
        let token = self.token();
        token.kind == TokenKind::Word && self.text(token) == keyword
    }

    pub(super) fn is_name(&self, count: usize) -> bool {
        let token = self.ahead(count);
        token.kind == TokenKind::Word && !is_reserved(self.text(token))
    }

    pub(super) fn eat(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(0, symbol);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn eat_keyword(&mut self, keyword: &str) -> Parse<()> {
        if self.is_keyword(keyword) {
            self.advance();
            return Ok(());
        }
        Err(self.unexpected(&format!("`{keyword}`")))
    }

    pub(super) fn error(&self, range: Range<usize>, message: impl Into<String>) -> Box<Diagnostic> {
        let span = self.excerpt.place(range);
        Box::new(Diagnostic::error(Code::ExpressionSyntax, span, message))
    }

    pub(super) fn unexpected(&self, wanted: &str) -> Box<Diagnostic> {
        let token = self.token();
        if token.kind == TokenKind::End {
            let after = self.at.checked_sub(1).map(|i| &self.tokens[i]);
            let message = match after {
                Some(last) => format!("{wanted} is missing after `{}`", self.text(last)),
                None => format!("{wanted} is missing"),
            };
            let range = after.map_or(token.range.clone(), |last| last.range.clone());
            return self.error(range, message);
        }
        let message = format!("expected {wanted}, found `{}`", self.text(token));
        self.error(token.range.clone(), message)
    }

    /// Makes a tree, unless it has too many levels.
    pub(super) fn tree(&self, kind: TreeKind, range: Range<usize>) -> Parse<Tree> {
        let depth = 1 + kind.children_depth();
        if depth > MAX_DEPTH {
            return Err(self.too_deep(range));
        }
        Ok(Tree { kind, range, depth })
    }

    pub(super) fn too_deep(&self, range: Range<usize>) -> Box<Diagnostic> {
        let message = format!("the expression has more than {MAX_DEPTH} levels");
        let finding = self.error(range, message);
        Box::new(finding.hint("name parts of it by `let`"))
    }

    /// A name after `.` or `->`, where no word is reserved.
    pub(super) fn member_name(&mut self) -> Parse<Word> {
        if self.token().kind != TokenKind::Word {
            return Err(self.unexpected("a name"));
        }
        Ok(self.word())
    }

    pub(super) fn word(&mut self) -> Word {
        let text = self.text(self.token()).into();
        Word {
            text,
            range: self.advance(),
        }
    }

    pub(super) fn name(&mut self) -> Parse<Word> {
        if self.is_name(0) {
            Ok(self.word())
        } else {
            Err(self.unexpected("a name"))
        }
    }

    pub(super) fn path(&mut self) -> Parse<Path> {
        let mut words = vec![self.name()?];
        while self.eat("::") {
            words.push(self.member_name()?);
        }
        Ok(Path { words })
    }

    /// Members between brackets, separated by commas.
    pub(super) fn between<T>(
        &mut self,
        open: &str,
        close: &str,
        member: impl Fn(&mut Self) -> Parse<T>,
    ) -> Parse<Vec<T>> {
        let opened = self.advance();
        let mut members = Vec::new();
        if self.eat(close) {
            return Ok(members);
        }
        loop {
            members.push(member(self)?);
            if self.eat(",") {
                continue;
            }
            self.close(open, close, opened)?;
            return Ok(members);
        }
    }

    pub(super) fn close(&mut self, open: &str, close: &str, opened: Range<usize>) -> Parse<()> {
        if self.eat(close) {
            return Ok(());
        }
        if self.token().kind == TokenKind::End {
            return Err(self.error(opened, format!("this `{open}` is never closed")));
        }
        let finding = self.unexpected(&format!("`{close}` or an operator"));
        let opened = self.excerpt.place(opened);
        Err(Box::new(finding.related(opened, "opened here")))
    }
}

impl TreeKind {
    /// How many levels there are below.
    fn children_depth(&self) -> usize {
        match self {
            Self::List(members) => members.iter().map(|m| m.depth).max().unwrap_or(0),
            Self::Range(ends) => ends[0].depth.max(ends[1].depth),
            Self::Navigate { of, .. } | Self::Unary(_, of) => of.depth,
            Self::Call(call) => {
                let arguments = call.arguments.iter().map(ArgumentTree::depth);
                arguments.max().unwrap_or(0).max(call.of.depth)
            }
            Self::Function { arguments, .. } => {
                let arguments = arguments.iter().map(ArgumentTree::depth);
                arguments.max().unwrap_or(0)
            }
            Self::Binary { left, right, .. } => left.depth.max(right.depth),
            Self::If {
                condition,
                then,
                otherwise,
            } => condition.depth.max(then.depth).max(otherwise.depth),
            Self::Let { value, body, .. } => value.depth.max(body.depth),
            Self::Null
            | Self::Boolean(_)
            | Self::Integer(_)
            | Self::Real(_)
            | Self::String(_)
            | Self::Path(_) => 0,
        }
    }
}
