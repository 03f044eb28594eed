//! Calls with names for the members of a list: `x | …`, `x, y | …`, `x; result = start | …`.

use super::cursor::{Parse, Parser};
use crate::expr::syntax::{
    Access, ArgumentTree, CallTree, FoldTree, Path, Tree, TreeKind, TypeTree, Word,
};

/// The name of a list that is gone through twice; no variable can be called so.
const MEMBERS: &str = "->";
/// What can be asked of pairs of members.
const OF_PAIRS: [&str; 2] = ["forAll", "exists"];

/// A name and the type that is written behind it.
type Declared = (Word, Option<TypeTree>);

impl Parser<'_> {
    /// `receiver.name(…)`, from the bracket on.
    pub(super) fn called(&mut self, of: Tree, access: Access, name: Word) -> Parse<Tree> {
        let start = of.range.start;
        if OF_PAIRS.contains(&&*name.text) && self.begins_pair() {
            return self.of_pairs(of, access, &name);
        }
        let arguments = self.arguments()?;
        let range = start..self.tokens[self.at - 1].range.end;
        self.call_tree((of, access), (name, arguments), range)
    }

    fn call_tree(
        &self,
        (of, access): (Tree, Access),
        (name, arguments): (Word, Vec<ArgumentTree>),
        range: std::ops::Range<usize>,
    ) -> Parse<Tree> {
        let call = CallTree {
            of,
            access,
            name,
            arguments,
        };
        self.tree(TreeKind::Call(Box::new(call)), range)
    }

    pub(super) fn argument(&mut self) -> Parse<ArgumentTree> {
        if self.is_symbol(0, "{") {
            return self.type_tree().map(ArgumentTree::Type);
        }
        let named = [":", "|", ";"].iter().any(|s| self.is_symbol(1, s));
        if !self.is_name(0) || !named {
            return self.expression().map(ArgumentTree::Value);
        }
        let (name, ty) = self.declared()?;
        if self.eat(";") {
            return self.fold((name, ty));
        }
        let body = self.body()?;
        Ok(ArgumentTree::Lambda { name, ty, body })
    }

    /// `x` or `x : Type`.
    fn declared(&mut self) -> Parse<Declared> {
        let name = self.name()?;
        let ty = if self.eat(":") {
            Some(self.type_tree()?)
        } else {
            None
        };
        Ok((name, ty))
    }

    /// `| body`.
    fn body(&mut self) -> Parse<Tree> {
        if !self.eat("|") {
            return Err(self.unexpected("`|`"));
        }
        self.expression()
    }

    /// `result : Type = start | body`.
    fn fold(&mut self, (member, ty): Declared) -> Parse<ArgumentTree> {
        let (result, result_ty) = self.declared()?;
        if !self.eat("=") {
            return Err(self.unexpected("`=`"));
        }
        let start = self.expression()?;
        let body = self.body()?;
        Ok(ArgumentTree::Fold(Box::new(FoldTree {
            member,
            ty,
            result,
            result_ty,
            start,
            body,
        })))
    }

    /// Whether `(x, y |` or `(x : Type, y` comes.
    fn begins_pair(&self) -> bool {
        let mut at = 1;
        while self.is_name(at) {
            at += 1;
            if self.is_symbol(at, ":") {
                // A type, which may have brackets of its own.
                while !["|", ",", ";"].iter().any(|s| self.is_symbol(at, s)) {
                    at += 1;
                    if self.at + at >= self.tokens.len() {
                        return false;
                    }
                }
            }
            if !self.is_symbol(at, ",") {
                return at > 3 && self.is_symbol(at, "|");
            }
            at += 1;
        }
        false
    }

    /// `xs->forAll(x, y | …)`, which is `let m = xs in m->forAll(x | m->forAll(y | …))`.
    fn of_pairs(&mut self, of: Tree, access: Access, operation: &Word) -> Parse<Tree> {
        let opened = self.advance();
        let mut names = vec![self.declared()?];
        while self.eat(",") {
            names.push(self.declared()?);
        }
        let mut body = self.body()?;
        self.close("(", ")", opened)?;
        let range = of.range.start..self.tokens[self.at - 1].range.end;
        let members = Word {
            text: MEMBERS.into(),
            range: of.range.clone(),
        };
        for (name, ty) in names.into_iter().rev() {
            let words = vec![members.clone()];
            let list = self.tree(TreeKind::Path(Path { words }), of.range.clone())?;
            let arguments = vec![ArgumentTree::Lambda { name, ty, body }];
            let called = (operation.clone(), arguments);
            body = self.call_tree((list, access), called, range.clone())?;
        }
        let kind = TreeKind::Let {
            name: members,
            ty: None,
            value: Box::new(of),
            body: Box::new(body),
        };
        self.tree(kind, range)
    }
}
