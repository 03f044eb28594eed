//! Types as they are written: `pkg::Class`, `{A | B}`, `Sequence(T)`, `T[*]`.

use super::cursor::{Parse, Parser};
use super::{COLLECTIONS, SETS};
use crate::expr::syntax::{TypeTree, TypeTreeKind};

impl Parser<'_> {
    pub(super) fn type_tree(&mut self) -> Parse<TypeTree> {
        let start = self.token().range.start;
        let word = self.text(self.token());
        let listed = word == "List" || COLLECTIONS.contains(&word);
        let kind = if self.is_symbol(0, "{") {
            TypeTreeKind::OneOf(self.one_of()?)
        } else if listed && self.is_symbol(1, "(") {
            self.advance();
            let opened = self.advance();
            let item = self.type_tree()?;
            self.close("(", ")", opened)?;
            if SETS.contains(&word) {
                TypeTreeKind::Set(Box::new(item))
            } else {
                TypeTreeKind::List(Box::new(item))
            }
        } else {
            TypeTreeKind::Named(self.path()?)
        };
        let tree = self.ending_here(kind, start);
        if !self.is_symbol(0, "[") {
            return Ok(tree);
        }
        let opened = self.advance();
        if !self.eat("*") {
            return Err(self.unexpected("`*`"));
        }
        self.close("[", "]", opened)?;
        Ok(self.ending_here(TypeTreeKind::List(Box::new(tree)), start))
    }

    fn one_of(&mut self) -> Parse<Vec<crate::expr::syntax::Path>> {
        let opened = self.advance();
        let mut paths = vec![self.path()?];
        while self.eat("|") {
            paths.push(self.path()?);
        }
        self.close("{", "}", opened)?;
        Ok(paths)
    }

    /// A type whose last token was read just now.
    fn ending_here(&self, kind: TypeTreeKind, start: usize) -> TypeTree {
        let range = start..self.tokens[self.at - 1].range.end;
        TypeTree { kind, range }
    }
}
