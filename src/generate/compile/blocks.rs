//! Blocks: `if`, `unless`, `each`, `with`, and what stands behind their `{{else}}`.

use std::sync::Arc;

use super::nodes::{Branch, MEMBER, Member, MemberVariables, Op, Source, Typed};
use super::{Compiler, Frame, Mark};
use crate::diag::{Code, Diagnostic, Excerpt};
use crate::expr::Type;
use crate::generate::helpers::Takes;
use crate::generate::syntax::{self, Argument, Block, Call};
use crate::model::Value;

/// The names of all blocks.
const BLOCKS: [&str; 5] = ["if", "unless", "each", "with", "protected"];

impl<'n> Compiler<'_> {
    pub(super) fn block(&mut self, block: &'n Block, frame: &mut Frame<'n>) -> Option<Op> {
        match &block.branches[..] {
            [first, rest @ ..] if is_protected(first) => {
                self.protected((block, first, rest), frame)
            }
            branches => self.branches(branches, frame),
        }
    }

    /// A region that is the user's once it is written.
    fn protected(
        &mut self,
        (block, first, rest): (&'n Block, &'n syntax::Branch, &'n [syntax::Branch]),
        frame: &mut Frame<'n>,
    ) -> Option<Op> {
        let call = first.call.as_ref()?;
        self.no_named(call);
        let wrong = match (block.alone, rest.first(), first.parameters.first()) {
            (false, ..) => Some((first.span, "a protected region begins on a line of its own")),
            (_, Some(branch), _) => Some((branch.span, "a protected region has no `{{else}}`")),
            (.., Some(name)) => Some((name.span, "a protected region gives no names")),
            _ => None,
        };
        if let Some((span, message)) = wrong {
            self.report(Code::TemplateSyntax, span, message);
        }
        let body = self.nodes(&first.body, frame).into();
        let argument = self.one_argument(call)?;
        let id = self.value(argument, frame)?;
        self.takes(("protected", Takes::Word), &id)?;
        Some(Op::Protected {
            id,
            indent: block.indent.clone(),
            body,
        })
    }

    /// A block with its branches, the first of which says what it is.
    pub(super) fn branches(
        &mut self,
        branches: &'n [syntax::Branch],
        frame: &mut Frame<'n>,
    ) -> Option<Op> {
        let (first, rest) = branches.split_first()?;
        let call = first.call.as_ref()?;
        self.no_named(call);
        match call.name.text() {
            "if" | "unless" => Some(Op::If(self.conditions(branches, frame))),
            "each" => self.each((first, call), rest, frame),
            "with" => self.with((first, call), rest, frame),
            name => {
                let message = format!("there is no block `{name}`");
                let diagnostic = Diagnostic::error(Code::UnknownHelper, call.name.span(), message);
                let diagnostic = diagnostic.suggest(name, BLOCKS);
                self.diagnostics
                    .push(diagnostic.hint(format!("blocks: {}", BLOCKS.join(", "))));
                self.bodies(branches, frame);
                None
            }
        }
    }

    /// Looks at what a block that cannot be printed holds, for what is wrong there.
    fn bodies(&mut self, branches: &'n [syntax::Branch], frame: &mut Frame<'n>) {
        for branch in branches {
            self.nodes(&branch.body, frame);
        }
    }

    /// As many branches as are conditions; another kind of block behind them is what is printed where none holds.
    fn conditions(&mut self, branches: &'n [syntax::Branch], frame: &mut Frame<'n>) -> Vec<Branch> {
        let mut all = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            let name = branch.call.as_ref().map(|c| c.name.text());
            if !matches!(name, None | Some("if" | "unless")) {
                let body: Vec<Op> = self
                    .branches(&branches[index..], frame)
                    .into_iter()
                    .collect();
                all.push(Branch {
                    condition: None,
                    negated: false,
                    body: body.into(),
                });
                return all;
            }
            let condition = branch.call.as_ref().map(|c| self.condition_of(c, frame));
            self.no_parameters(&branch.parameters);
            all.push(Branch {
                condition,
                negated: name == Some("unless"),
                body: self.nodes(&branch.body, frame).into(),
            });
        }
        all
    }

    fn condition_of(&mut self, call: &'n Call, frame: &mut Frame<'n>) -> Typed {
        self.no_named(call);
        if call.arguments.len() != 1 {
            let message = "a condition is one value; put an expression into `(q \"…\")`";
            self.report(Code::TemplateSyntax, call.span, message);
        }
        let value = call.arguments.first().and_then(|a| self.value(a, frame));
        if let Some(value) = &value {
            self.condition_is_odd(value);
        }
        value.unwrap_or(Typed {
            source: Source::Constant(Value::Null),
            ty: Type::Null,
            span: call.span,
        })
    }

    fn no_parameters(&mut self, parameters: &[Excerpt]) {
        if let Some(name) = parameters.first() {
            let message = "a condition gives no names: `each` and `with` do";
            self.report(Code::TemplateSyntax, name.span, message);
        }
    }

    /// What a block that is given nothing prints.
    fn otherwise(&mut self, rest: &'n [syntax::Branch], frame: &mut Frame<'n>) -> Arc<[Op]> {
        match rest.first() {
            None => Arc::from([]),
            Some(branch) if branch.call.is_none() => self.nodes(&branch.body, frame).into(),
            Some(_) => self.branches(rest, frame).into_iter().collect(),
        }
    }

    fn each(
        &mut self,
        (block, call): (&'n syntax::Branch, &'n Call),
        rest: &'n [syntax::Branch],
        frame: &mut Frame<'n>,
    ) -> Option<Op> {
        let otherwise = self.otherwise(rest, frame);
        let argument = self.one_argument(call)?;
        let list = self.value(argument, frame)?;
        let Type::List(item) = &list.ty else {
            let is = list.ty.display(self.metamodel);
            let message = format!("`each` goes over a list, this is {is}");
            let diagnostic = Diagnostic::error(Code::ExpressionType, argument.span(), message);
            self.diagnostics
                .push(diagnostic.hint("`with` is the block for one value"));
            return None;
        };
        let item = (**item).clone();
        let fixed = MEMBER.map(|(name, member)| (Arc::from(name), member));
        let names = block.parameters.iter().map(|p| p.text.clone());
        let named = names.zip([Member::Itself, Member::Index]);
        let members: Vec<_> = fixed.into_iter().chain(named).collect();
        let typed = |(name, member): &(Arc<str>, Member)| {
            let ty = match member {
                Member::Itself => item.clone(),
                Member::Index => Type::Integer,
                Member::IsFirst | Member::IsLast => Type::Boolean,
            };
            (name.clone(), ty)
        };
        let variables = members.iter().map(typed).collect();
        let (body, read) = self.scoped(block, variables, frame);
        let read = read.into_iter().map(|at| (at, members[at].1)).collect();
        Some(Op::Each {
            list,
            variables: MemberVariables {
                count: members.len(),
                read,
            },
            body,
            otherwise,
        })
    }

    fn with(
        &mut self,
        (block, call): (&'n syntax::Branch, &'n Call),
        rest: &'n [syntax::Branch],
        frame: &mut Frame<'n>,
    ) -> Option<Op> {
        let otherwise = self.otherwise(rest, frame);
        let argument = self.one_argument(call)?;
        let value = self.value(argument, frame)?;
        if let Some(second) = block.parameters.get(1) {
            let message = "`with` gives one name";
            self.report(Code::TemplateSyntax, second.span, message);
            return None;
        }
        let this = ("this".into(), value.ty.clone());
        let named = block.parameters.first();
        let named = named.map(|p| (p.text.clone(), value.ty.clone()));
        let variables: Vec<_> = [this].into_iter().chain(named).collect();
        let names = variables.len() - 1;
        let (body, _) = self.scoped(block, variables, frame);
        Some(Op::With {
            value,
            names,
            body,
            otherwise,
        })
    }

    fn one_argument<'c>(&mut self, call: &'c Call) -> Option<&'c Argument> {
        let [argument] = &call.arguments[..] else {
            let message = format!("`{}` takes one value", call.name.text());
            self.report(Code::TemplateSyntax, call.span, message);
            return None;
        };
        Some(argument)
    }

    /// The body of a block with further variables, and the positions of those that it reads.
    fn scoped(
        &mut self,
        block: &'n syntax::Branch,
        variables: Vec<(Arc<str>, Type)>,
        frame: &mut Frame<'n>,
    ) -> (Arc<[Op]>, Vec<usize>) {
        let mark = frame.scope.len();
        frame.marks.push(Mark {
            variables: mark,
            named: !block.parameters.is_empty(),
        });
        for (name, ty) in variables {
            frame.scope.push(name, ty);
        }
        let first = frame.scope.len() - block.parameters.len();
        let count = frame.scope.len() - mark;
        let body = self.nodes(&block.body, frame).into();
        let read = (0..count).filter(|at| self.used.contains(&(mark + at)));
        let read = read.collect();
        frame.scope.truncate(mark);
        frame.marks.pop();
        let named = block.parameters.iter().enumerate();
        let names: Vec<_> = named.map(|(i, p)| (p, first + i, "name")).collect();
        self.leave(mark, &names);
        (body, read)
    }
}

fn is_protected(branch: &syntax::Branch) -> bool {
    let call = branch.call.as_ref();
    call.is_some_and(|c| c.name.text() == "protected")
}
