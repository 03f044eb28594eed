//! Calls: which operation is meant, and whether its arguments fit.

use std::ops::Range;

use super::iterator::implicit;
use super::{Checker, Mistake, foreign};
use crate::diag::{Code, Diagnostic};
use crate::expr::Type;
use crate::expr::node::{Argument, CallNode, Kind};
use crate::expr::operations::{self, Form, Operation, Signature};
use crate::expr::syntax::{Access, ArgumentTree, CallTree, Tree, TreeKind, Word};

/// The operation that a call means, and whether it is for each member of the receiver.
type Found = (&'static Operation, bool);

impl Checker<'_> {
    pub(super) fn call(&mut self, call: &CallTree, range: &Range<usize>) -> Option<(Kind, Type)> {
        if let Some(found) = self.of_rules(call) {
            return found;
        }
        if let TreeKind::Path(path) = &call.of.kind
            && let Some(class) = self.class_of_path(path)
            && call.arguments.is_empty()
        {
            return self.of_class(class, &call.name);
        }
        if let TreeKind::Path(path) = &call.of.kind
            && self.class_of_path(path).is_some()
            && let Some(hint) = foreign::operation(&call.name.text)
        {
            let message = format!("there is no operation `{}`", call.name.text);
            let range = call.name.range.clone();
            let finding = self.diagnostic(Code::UnknownName, range, message);
            return self.report(finding.hint(hint));
        }
        let Some(receiver) = self.check(&call.of) else {
            self.arguments_of_unknown(&call.arguments, &call.name);
            return None;
        };
        if call.access == Access::Dot
            && let Some(found) = self.helper_for(&call.name.text, receiver.ty.item())
        {
            return self.helper_call(call, receiver, &found);
        }
        let Some((operation, each)) = resolve(call, &receiver.ty) else {
            if self.helpers.is_broken(&call.name.text) {
                self.arguments_of_unknown(&call.arguments, &call.name);
                return None;
            }
            let finding = self.no_operation(call, &receiver.ty);
            return self.report(finding);
        };
        let one = if each {
            receiver.ty.item()
        } else {
            &receiver.ty
        };
        let one = one.clone();
        let arguments = self.arguments(call, operation, &one)?;
        let signature = Signature {
            receiver: &one,
            arguments: &arguments,
            metamodel: self.metamodel,
            oddities: &self.oddities,
        };
        let ty = (operation.rule)(&signature);
        for oddity in self.oddities.take() {
            let range = place_of(&oddity, call, range);
            self.warn(range, oddity.message);
        }
        let ty = match ty {
            Ok(ty) if each => ty.item().clone().list(),
            Ok(ty) => ty,
            Err(mistake) => return self.mistake(mistake, call, range),
        };
        let ty = self.narrowed_by(operation, &arguments, ty);
        let node = CallNode {
            receiver,
            operation,
            arguments,
            each,
        };
        Some((Kind::Call(Box::new(node)), ty))
    }

    /// Looks for findings in the arguments of a call whose types are not known.
    pub(super) fn arguments_of_unknown(&mut self, arguments: &[ArgumentTree], name: &Word) {
        let helpers = self.helpers;
        let helper = helpers.is_broken(&name.text) || helpers.named(&name.text).next().is_some();
        let mut operations = operations::named(&name.text);
        let of_members = operations::named(&name.text).any(|o| o.form == Form::Body);
        let takes_type = !helper && operations.all(|o| matches!(o.form, Form::Type(_)));
        for argument in arguments {
            match argument {
                ArgumentTree::Lambda { name, body, .. } => {
                    self.with_variable(name, None, body);
                }
                ArgumentTree::Value(tree) if of_members => {
                    self.with_variable(&implicit(&tree.range), None, tree);
                }
                ArgumentTree::Value(tree) if !takes_type => {
                    self.check(tree);
                }
                ArgumentTree::Value(_) | ArgumentTree::Type(_) | ArgumentTree::Fold(_) => {}
            }
        }
    }

    fn mistake<T>(&mut self, mistake: Mistake, call: &CallTree, all: &Range<usize>) -> Option<T> {
        let range = place_of(&mistake, call, all);
        let finding = self.diagnostic(Code::ExpressionType, range, mistake.message);
        self.report(match mistake.hint {
            Some(hint) => finding.hint(hint),
            None => finding,
        })
    }

    fn arguments(
        &mut self,
        call: &CallTree,
        operation: &Operation,
        receiver: &Type,
    ) -> Option<Vec<Argument>> {
        if let (Form::Fold, [ArgumentTree::Fold(fold)]) = (operation.form, &call.arguments[..]) {
            return self.fold(fold, receiver.item());
        }
        let found: Vec<Option<Argument>> = call
            .arguments
            .iter()
            .map(|argument| self.argument(argument, operation, receiver))
            .collect();
        found.into_iter().collect()
    }

    fn argument(
        &mut self,
        argument: &ArgumentTree,
        operation: &Operation,
        receiver: &Type,
    ) -> Option<Argument> {
        match (operation.form, argument) {
            (Form::Values(..), ArgumentTree::Value(tree)) => self.check(tree).map(Argument::Value),
            (
                Form::Type(_),
                ArgumentTree::Value(Tree {
                    kind: TreeKind::Path(path),
                    ..
                }),
            ) => self.type_named(path).map(Argument::Type),
            (Form::Type(_), ArgumentTree::Type(tree)) => self.type_of(tree).map(Argument::Type),
            (Form::Body, ArgumentTree::Lambda { name, ty, body }) => {
                let item = self.member_type(receiver.item(), ty.as_ref())?;
                self.with_variable(name, Some(item), body)
                    .map(Argument::Body)
            }
            (Form::Body, ArgumentTree::Value(body)) => {
                let item = receiver.item().clone();
                let name = implicit(&body.range);
                self.with_variable(&name, Some(item), body)
                    .map(Argument::Body)
            }
            (form, _) => {
                let wanted = match form {
                    Form::Type(_) => "the name of a class",
                    Form::Values(..) | Form::Body => "a value",
                    Form::Fold => "`x; result = start | next`",
                };
                let message = format!("`{}` takes {wanted} here", operation.name);
                self.mistyped(&argument.range(), message)
            }
        }
    }

    /// Says why no operation fits: none has the name, or none the receiver or the number of arguments.
    fn no_operation(&self, call: &CallTree, receiver: &Type) -> Diagnostic {
        let (name, range) = (&*call.name.text, call.name.range.clone());
        let all: Vec<&Operation> = operations::named(name).collect();
        let Some(first) = all.first() else {
            return self.no_such_name(call, receiver);
        };
        let fits =
            |o: &&&Operation| o.receiver.takes(receiver) || o.receiver.takes(receiver.item());
        if let Some(operation) = all.iter().find(fits) {
            let signature = operation.signature;
            let crossed = operation.form.takes(call.arguments.len());
            let message = if crossed {
                format!("`{name}` cannot be called so on `{}`", self.show(receiver))
            } else {
                let count = call.arguments.len();
                format!(
                    "`{signature}` cannot take {count} argument{}",
                    plural(count)
                )
            };
            let finding = self.diagnostic(Code::ExpressionType, range, message);
            return match operation.form {
                _ if crossed => finding.hint(format!("call it with `.`: `.{signature}`")),
                Form::Values(0, 0) if operation.receiver == operations::Receiver::List => finding
                    .hint(format!(
                        "collect the values first: `->collect(…)->{name}()`"
                    )),
                _ => finding,
            };
        }
        let message = format!("`{}` has no operation `{name}`", self.show(receiver));
        let finding = self.diagnostic(Code::ExpressionType, range, message);
        match all
            .iter()
            .find(|o| o.receiver == operations::Receiver::List)
        {
            Some(operation) => finding.hint(format!("of lists: `->{}`", operation.signature)),
            None => finding.hint(format!(
                "it is for {}: `{}`",
                first.receiver.words(),
                first.signature
            )),
        }
    }

    /// Says that nothing is called so, or nothing on values of that type.
    fn no_such_name(&self, call: &CallTree, receiver: &Type) -> Diagnostic {
        let (name, range) = (&*call.name.text, call.name.range.clone());
        if let Some((_, helper)) = self.helpers.named(name).next() {
            let signature = helper.signature(self.metamodel);
            let message = match &helper.receiver {
                Some(_) if self.helper_for(name, receiver.item()).is_some() => {
                    format!("helpers are called with `.`: `.{name}(…)`")
                }
                Some(_) => format!("`{}` has no helper `{name}`", self.show(receiver)),
                None => format!("`{name}` is called on nothing: `{name}(…)`"),
            };
            let finding = self.diagnostic(Code::ExpressionType, range, message);
            return finding.hint(format!("there is `{signature}`"));
        }
        let message = format!("there is no operation `{name}`");
        let finding = self.diagnostic(Code::UnknownName, range, message);
        if let Some(finding) = self.explain_getter(receiver, &call.name, &finding) {
            return finding;
        }
        if let Some(hint) = foreign::operation(name) {
            return finding.hint(hint);
        }
        let mut known: Vec<&str> = operations::names().collect();
        known.extend(self.helpers.iter().map(|h| &*h.name));
        finding.suggest(name, known)
    }
}

/// The argument that a mistake lies in, else the call without its receiver.
fn place_of(mistake: &Mistake, call: &CallTree, all: &Range<usize>) -> Range<usize> {
    let argument = mistake.argument.and_then(|i| call.arguments.get(i));
    argument.map_or(call.name.range.start..all.end, ArgumentTree::range)
}

pub(super) fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// `->` takes operations of lists; `.` takes those of the value, then those of each member, then those of lists.
fn resolve(call: &CallTree, receiver: &Type) -> Option<Found> {
    let count = call.arguments.len();
    let find = |ty: &Type, list: bool| {
        operations::named(&call.name.text).find(|o| {
            let of_list = o.receiver == operations::Receiver::List;
            of_list == list && (list || o.receiver.takes(ty)) && o.form.takes(count)
        })
    };
    match (call.access, receiver.is_list()) {
        (Access::Arrow, _) => find(receiver, true).map(|o| (o, false)),
        (Access::Dot, false) => find(receiver, false).map(|o| (o, false)),
        (Access::Dot, true) => find(receiver.item(), false)
            .map(|o| (o, true))
            .or_else(|| find(receiver, true).map(|o| (o, false))),
    }
}
