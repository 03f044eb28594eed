//! Names for the members of a list, written or not: `x | …`, and `…` alone, where features are those of the member.

use std::ops::Range;

use super::{Checker, Node, navigate};
use crate::diag::Code;
use crate::expr::Type;
use crate::expr::node::{Argument, Kind};
use crate::expr::operations;
use crate::expr::syntax::{
    Access, ArgumentTree, CallTree, FoldTree, Path, Tree, TreeKind, TypeTree, Word,
};
use crate::metamodel::ClassId;

/// What a member is called for which no name is written.
const IMPLICIT: &str = "";

/// The name of a member for which none is written.
pub(super) fn implicit(range: &Range<usize>) -> Word {
    Word {
        text: IMPLICIT.into(),
        range: range.clone(),
    }
}

impl Checker<'_> {
    /// The type of a member, as it is written or as the list has it.
    pub(super) fn member_type(&mut self, item: &Type, written: Option<&TypeTree>) -> Option<Type> {
        let Some(written) = written else {
            return Some(item.clone());
        };
        let declared = self.type_of(written)?;
        if item.conforms(&declared, self.metamodel) {
            return Some(declared);
        }
        let (is, wanted) = (self.show(item), self.show(&declared));
        let message = format!("the members are `{is}`, not all of them `{wanted}`");
        let finding = self.diagnostic(Code::ExpressionType, written.range.clone(), message);
        self.report(finding.hint(format!("take those that are: `->filter({wanted})`")))
    }

    /// `x; result = start | body`: the start, and the body with both variables.
    pub(super) fn fold(&mut self, fold: &FoldTree, item: &Type) -> Option<Vec<Argument>> {
        let member = self.member_type(item, fold.ty.as_ref());
        let start = self.check(&fold.start);
        let start = match &fold.result_ty {
            Some(written) => self.ascribed(start, written),
            None => start,
        };
        let result = start.as_ref().map(|s| s.ty.clone());
        self.variables
            .push((fold.member.text.clone(), member.clone()));
        let body = self.with_variable(&fold.result, result, &fold.body);
        self.variables.pop();
        let (_, start, body) = (member?, start?, body?);
        if body.ty.conforms(&start.ty, self.metamodel) {
            let body = body.widened(&start.ty);
            return Some(vec![Argument::Value(start), Argument::Body(body)]);
        }
        let (is, wanted) = (self.show(&body.ty), self.show(&start.ty));
        let name = &fold.result.text;
        let message = format!("`{name}` is `{wanted}`, this is `{is}`");
        let finding = self.diagnostic(Code::ExpressionType, body.range.clone(), message);
        let hint = format!("its type can be written: `{name} : {is} = …`");
        self.report(match &fold.result_ty {
            None => finding.hint(hint),
            Some(_) => finding,
        })
    }

    /// The positions of members without a name, the inner-most first, with the classes that they may be of.
    fn unnamed(&self) -> impl Iterator<Item = (usize, &Type)> {
        let all = self.variables.iter().enumerate().rev();
        all.filter(|(_, v)| &*v.0 == IMPLICIT)
            .filter_map(|(at, v)| Some((at, v.1.as_ref()?)))
    }

    /// Whether there is a member without a name of which nothing is known.
    pub(super) fn has_unknown_member(&self) -> bool {
        let mut all = self.variables.iter();
        all.any(|(name, ty)| &**name == IMPLICIT && ty.is_none())
    }

    /// The member without a name that has something of a name.
    pub(super) fn implicit_owner(&self, word: &Word) -> Option<Node> {
        let has = |c: &ClassId| navigate::has(self.metamodel, *c, &word.text);
        let fits = |ty: &Type| ty.classes().iter().any(has);
        let (at, ty) = self.unnamed().find(|(_, ty)| fits(ty))?;
        Some(Node {
            kind: Kind::Variable(at),
            ty: ty.clone(),
            range: word.range.clone(),
        })
    }

    /// The names of the features of members without a name.
    pub(super) fn implicit_features(&self) -> impl Iterator<Item = &str> {
        let classes = self.unnamed().flat_map(|(_, ty)| ty.classes());
        classes.flat_map(|c| self.metamodel.feature_names(*c))
    }

    /// `name(…)` as a call on a member without a name, if there is one, and operations or helpers of that name.
    pub(super) fn implicit_call(
        &self,
        name: &Word,
        arguments: &[ArgumentTree],
    ) -> Option<CallTree> {
        self.unnamed().next()?;
        let known = operations::named(&name.text).next().is_some()
            || self.helpers.named(&name.text).next().is_some()
            || (self.rules.is_some() && &*name.text == "target");
        let words = vec![implicit(&name.range)];
        known.then(|| CallTree {
            of: Tree {
                kind: TreeKind::Path(Path { words }),
                range: name.range.clone(),
                depth: 1,
            },
            access: Access::Dot,
            name: name.clone(),
            arguments: arguments.to_vec(),
        })
    }
}
