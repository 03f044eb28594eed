//! From tokens to a syntax tree: precedence climbing after Pratt, stopping at the first mistake.
//!
//! Nesting and the length of chains are limited, so that nothing that follows can exhaust the stack.

mod cursor;
mod iterator;
mod types;

use cursor::{Parse, Parser};

use super::check::{NO_MAPS, NO_TUPLES};
use super::lexer::{TokenKind, lex};
use super::operations;
use super::syntax::{Access, ArgumentTree, Binary, COMPARISON, SIGN, Tree, TreeKind, Unary, Word};
use crate::diag::{Code, Diagnostic, Excerpt};

/// How many levels an expression may have.
pub(super) const MAX_DEPTH: usize = 200;
/// How many bytes an expression may have.
pub(super) const MAX_BYTES: usize = 64 * 1024;

/// What OCL and AQL write before `{…}`; here all collections are lists.
const COLLECTIONS: &[&str] = &["Sequence", "OrderedSet", "Set", "Bag"];
/// Those without repetitions.
const SETS: &[&str] = &["OrderedSet", "Set"];

/// Whether a type that is written names a collection without repetitions.
pub(super) fn is_set(ty: &str) -> bool {
    let word = ty.split_once('(').map(|(word, _)| word.trim());
    word.is_some_and(|word| SETS.contains(&word))
}

/// Whether an expression may use a word as a name.
pub(super) fn is_name(word: &str) -> bool {
    let mut letters = word.chars();
    let first = letters
        .next()
        .is_some_and(|c| c.is_alphabetic() || c == '_');
    first && letters.all(|c| c.is_alphanumeric() || c == '_') && !cursor::is_reserved(word)
}

/// Parses a whole excerpt.
pub(super) fn parse(excerpt: &Excerpt) -> Result<Tree, Vec<Diagnostic>> {
    if excerpt.text.len() > MAX_BYTES {
        let message = format!("an expression may have at most {MAX_BYTES} bytes");
        let finding = Diagnostic::error(Code::ExpressionSyntax, excerpt.span, message);
        return Err(vec![finding]);
    }
    let mut parser = Parser {
        excerpt,
        tokens: lex(excerpt)?,
        at: 0,
        depth: 0,
    };
    parser.whole().map_err(|finding| vec![*finding])
}

impl Parser<'_> {
    fn whole(&mut self) -> Parse<Tree> {
        let tree = self.expression()?;
        match self.token().kind {
            TokenKind::End => Ok(tree),
            _ => Err(self.unexpected("the end of the expression or an operator")),
        }
    }

    fn expression(&mut self) -> Parse<Tree> {
        self.binary(0)
    }

    fn binary(&mut self, min: u8) -> Parse<Tree> {
        if self.depth >= MAX_DEPTH {
            return Err(self.too_deep(self.token().range.clone()));
        }
        self.depth += 1;
        let tree = self.climb(min);
        self.depth -= 1;
        tree
    }

    fn climb(&mut self, min: u8) -> Parse<Tree> {
        let mut left = self.prefix()?;
        while let Some((operator, power)) = Binary::find(self.text(self.token()))
            && power >= min
        {
            self.advance();
            let right = self.binary(power + 1)?;
            let range = left.range.start..right.range.end;
            let (left_box, right) = (Box::new(left), Box::new(right));
            left = self.tree(
                TreeKind::Binary {
                    operator,
                    left: left_box,
                    right,
                },
                range,
            )?;
        }
        Ok(left)
    }

    fn prefix(&mut self) -> Parse<Tree> {
        if self.is_keyword("not") {
            self.unary(Unary::Not, COMPARISON)
        } else if self.is_symbol(0, "-") {
            self.unary(Unary::Minus, SIGN)
        } else {
            let primary = self.primary()?;
            self.postfix(primary)
        }
    }

    fn unary(&mut self, operator: Unary, power: u8) -> Parse<Tree> {
        let start = self.advance().start;
        let operand = self.binary(power)?;
        let range = start..operand.range.end;
        self.tree(TreeKind::Unary(operator, Box::new(operand)), range)
    }

    fn postfix(&mut self, mut of: Tree) -> Parse<Tree> {
        loop {
            let access = if self.eat(".") {
                Access::Dot
            } else if self.eat("->") {
                Access::Arrow
            } else if self.is_symbol(0, "[") {
                let finding = self.error(
                    self.token().range.clone(),
                    "a list is not asked with brackets",
                );
                let hint = "one member is `->at(1)`, some are `->select(x | …)`";
                return Err(Box::new(finding.hint(hint)));
            } else {
                return Ok(of);
            };
            let name = self.member_name()?;
            let start = of.range.start;
            if self.is_symbol(0, "(") {
                of = self.called(of, access, name)?;
            } else if access == Access::Arrow {
                return Err(self.uncalled(&name));
            } else {
                let end = name.range.end;
                let of_box = Box::new(of);
                of = self.tree(TreeKind::Navigate { of: of_box, name }, start..end)?;
            }
        }
    }

    /// Says that what stands behind `->` is called.
    fn uncalled(&self, name: &Word) -> Box<Diagnostic> {
        let text = &name.text;
        let bare = operations::named(text).any(|o| o.form.takes(0));
        let inside = if bare { "" } else { "…" };
        let message = format!("`->{text}` is a call: `->{text}({inside})`");
        let finding = self.error(name.range.clone(), message);
        if !bare {
            return finding;
        }
        let end = self.excerpt.place(name.range.end..name.range.end);
        Box::new(finding.edit("add `()`", end, "()"))
    }

    fn arguments(&mut self) -> Parse<Vec<ArgumentTree>> {
        self.between("(", ")", Self::argument)
    }

    fn primary(&mut self) -> Parse<Tree> {
        let kind = match self.token().kind.clone() {
            TokenKind::Integer(n) => TreeKind::Integer(n),
            TokenKind::Real(x) => TreeKind::Real(x),
            TokenKind::String(text) => TreeKind::String(text),
            TokenKind::Word => return self.primary_word(),
            TokenKind::Symbol("(") => return self.parenthesis(),
            TokenKind::Symbol("[") => return self.list("[", "]"),
            TokenKind::Symbol(_) | TokenKind::End => {
                return Err(self.unexpected("an expression"));
            }
        };
        let range = self.advance();
        self.tree(kind, range)
    }

    fn primary_word(&mut self) -> Parse<Tree> {
        let kind = match self.text(self.token()) {
            "true" => TreeKind::Boolean(true),
            "false" => TreeKind::Boolean(false),
            "null" => TreeKind::Null,
            "if" => return self.conditional(),
            "let" => return self.binding(),
            _ if !self.is_name(0) => return Err(self.unexpected("an expression")),
            word if COLLECTIONS.contains(&word) && self.is_symbol(1, "{") => {
                self.advance();
                let list = self.list("{", "}")?;
                return if SETS.contains(&word) {
                    self.without_repetitions(list)
                } else {
                    Ok(list)
                };
            }
            _ => {
                return self.path_or_function();
            }
        };
        let range = self.advance();
        self.tree(kind, range)
    }

    fn path_or_function(&mut self) -> Parse<Tree> {
        let name = self.path()?;
        let start = name.range().start;
        if self.is_symbol(0, "{") {
            let message = format!("`{}{{…}}` has no meaning here", name.text());
            let finding = self.error(start..self.token().range.end, message);
            return Err(Box::new(finding.hint(match &*name.text() {
                "Tuple" | "TupleType" => NO_TUPLES,
                "Map" => NO_MAPS,
                _ => "a list is written `[a, b]`",
            })));
        }
        let kind = if self.is_symbol(0, "(") {
            let arguments = self.arguments()?;
            TreeKind::Function { name, arguments }
        } else {
            TreeKind::Path(name)
        };
        self.tree(kind, start..self.tokens[self.at - 1].range.end)
    }

    fn parenthesis(&mut self) -> Parse<Tree> {
        let opened = self.advance();
        let mut tree = self.expression()?;
        self.close("(", ")", opened.clone())?;
        tree.range = opened.start..self.tokens[self.at - 1].range.end;
        Ok(tree)
    }

    fn list(&mut self, open: &str, close: &str) -> Parse<Tree> {
        let opened = self.advance();
        let mut members = Vec::new();
        while members.is_empty() && !self.is_symbol(0, close) || self.eat(",") {
            members.push(self.expression()?);
        }
        let kind = match <[Tree; 1]>::try_from(members) {
            Ok([first]) if self.eat("..") => TreeKind::Range(Box::new([first, self.expression()?])),
            Ok([only]) => TreeKind::List(vec![only]),
            Err(members) => TreeKind::List(members),
        };
        self.close(open, close, opened.clone())?;
        let end = self.tokens[self.at - 1].range.end;
        self.tree(kind, opened.start..end)
    }

    fn conditional(&mut self) -> Parse<Tree> {
        let start = self.advance().start;
        let condition = Box::new(self.expression()?);
        self.eat_keyword("then")?;
        let then = Box::new(self.expression()?);
        self.eat_keyword("else")?;
        let otherwise = Box::new(self.expression()?);
        self.endif()?;
        let range = start..self.tokens[self.at - 1].range.end;
        let kind = TreeKind::If {
            condition,
            then,
            otherwise,
        };
        self.tree(kind, range)
    }

    fn endif(&mut self) -> Parse<()> {
        let missing = self.token().kind == TokenKind::End;
        let end = self.tokens[self.at.saturating_sub(1)].range.end;
        self.eat_keyword("endif").map_err(|finding| {
            let place = self.excerpt.place(end..end);
            if missing {
                Box::new(finding.edit("add `endif`", place, " endif"))
            } else {
                finding
            }
        })
    }

    /// `let a = … , b = … in …`: the comma stands for `in let`.
    fn binding(&mut self) -> Parse<Tree> {
        let start = self.advance().start;
        let name = self.name()?;
        let ty = if self.eat(":") {
            Some(self.type_tree()?)
        } else {
            None
        };
        if !self.eat("=") {
            return Err(self.unexpected("`=`"));
        }
        let value = Box::new(self.expression()?);
        let body = if self.is_symbol(0, ",") {
            self.nested_binding()?
        } else {
            self.eat_keyword("in")?;
            self.expression()?
        };
        let range = start..body.range.end;
        let kind = TreeKind::Let {
            name,
            ty,
            value,
            body: Box::new(body),
        };
        self.tree(kind, range)
    }

    fn nested_binding(&mut self) -> Parse<Tree> {
        if self.depth >= MAX_DEPTH {
            return Err(self.too_deep(self.token().range.clone()));
        }
        self.depth += 1;
        let tree = self.binding();
        self.depth -= 1;
        tree
    }
}
