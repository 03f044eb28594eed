//! Calls of helpers: which one is meant, and whether its arguments fit.

use super::Checker;
use crate::diag::{Code, Diagnostic};
use crate::expr::node::{HelperNode, Kind, Node};
use crate::expr::operations;
use crate::expr::syntax::{ArgumentTree, CallTree, Path, Word};
use crate::expr::{Helper, Type};

/// The helpers that a call on values of a type can mean, one for each class; never none.
pub(super) struct Candidates(Vec<usize>);

impl Checker<'_> {
    /// The helpers of a name that all values of a type have.
    pub(super) fn helper_for(&self, name: &str, ty: &Type) -> Option<Candidates> {
        let metamodel = self.metamodel;
        if !ty.is_object() {
            let found = self.helpers.of_type(name, ty, metamodel)?;
            return Some(Candidates(vec![found]));
        }
        let classes = ty.classes().iter();
        let of_class = |class| self.helpers.of_class(name, class, metamodel);
        let all = classes.map(|class| of_class(*class));
        all.collect::<Option<Vec<usize>>>().map(Candidates)
    }

    /// `x.name(…)`.
    pub(super) fn helper_call(
        &mut self,
        call: &CallTree,
        receiver: Node,
        found: &Candidates,
    ) -> Option<(Kind, Type)> {
        let (each, first) = (receiver.ty.is_list(), found.0[0]);
        let arguments = self.helper_arguments(first, &call.name, &call.arguments)?;
        let result = self.common_result(found, &call.name)?;
        let node = HelperNode {
            receiver: Some(receiver),
            helper: first,
            arguments,
            each,
        };
        let ty = if each {
            result.item().clone().list()
        } else {
            result
        };
        Some((Kind::Helper(Box::new(node)), ty))
    }

    /// The type of what all helpers give that an object can have.
    fn common_result(&mut self, found: &Candidates, name: &Word) -> Option<Type> {
        let helpers = self.helpers;
        let first = helpers.get(found.0[0]);
        let mut result = first.result.clone();
        for other in found.0[1..].iter().map(|i| helpers.get(*i)) {
            let types = |h: &Helper| h.parameters.iter().map(|p| p.1.clone()).collect::<Vec<_>>();
            let common = result.common(&other.result, self.metamodel);
            let Some(common) = common.filter(|_| types(first) == types(other)) else {
                let [one, another] = [first, other].map(|h| h.signature(self.metamodel));
                let message = format!("`{one}` and `{another}` are not called alike");
                return self.mistyped(&name.range, message);
            };
            result = common;
        }
        Some(result)
    }

    /// `name(…)`.
    pub(super) fn function(
        &mut self,
        path: &Path,
        arguments: &[ArgumentTree],
    ) -> Option<(Kind, Type)> {
        let text = path.text();
        let name = Word {
            text: text.as_str().into(),
            range: path.range(),
        };
        let Some(helper) = self.helpers.function(&text) else {
            if let Some(call) = self.implicit_call(&name, arguments) {
                return self.call(&call, &name.range);
            }
            self.arguments_of_unknown(arguments, &name);
            if self.helpers.is_broken(&text) {
                return None;
            }
            if self.has_unknown_member() {
                return None;
            }
            let finding = self.no_function(&name);
            return self.report(finding);
        };
        let arguments = self.helper_arguments(helper, &name, arguments)?;
        let ty = self.helpers.get(helper).result.clone();
        let node = HelperNode {
            receiver: None,
            helper,
            arguments,
            each: false,
        };
        Some((Kind::Helper(Box::new(node)), ty))
    }

    /// Says that a helper is called, if something is one of values of a type.
    pub(super) fn uncalled_helper(&self, of: &Type, name: &Word) -> Option<Diagnostic> {
        self.helper_for(&name.text, of.item())?;
        let text = &name.text;
        let message = format!("`{text}` is a helper, which is called");
        let finding = self.diagnostic(Code::ExpressionType, name.range.clone(), message);
        let call = format!("{text}()");
        Some(finding.replace_with(format!("write `{call}`"), call))
    }

    fn no_function(&self, name: &Word) -> Diagnostic {
        let text = &*name.text;
        let message = format!("there is no helper `{text}` that is called on nothing");
        let finding = self.diagnostic(Code::UnknownName, name.range.clone(), message);
        let rule = self.rules.as_ref().and_then(|rules| rules.find(text));
        if let Some((_, rule)) = rule {
            let call = format!("rules.{}", rule.name);
            return finding.replace_with(format!("a lazy rule is called as `{call}(…)`"), call);
        }
        if let Some((_, helper)) = self.helpers.named(text).next() {
            let signature = helper.signature(self.metamodel);
            return finding.hint(format!("it is called on a value: `{signature}`"));
        }
        if let Some(operation) = operations::named(text).next() {
            let signature = operation.signature;
            return finding.hint(format!("operations are called on a value: `.{signature}`"));
        }
        let functions = self.helpers.iter().filter(|h| h.receiver.is_none());
        finding.suggest(text, functions.map(|h| &*h.name))
    }

    /// Checks what a helper is called with.
    fn helper_arguments(
        &mut self,
        helper: usize,
        name: &Word,
        arguments: &[ArgumentTree],
    ) -> Option<Vec<Node>> {
        let helper = self.helpers.get(helper);
        if arguments.len() != helper.parameters.len() {
            let signature = helper.signature(self.metamodel);
            let count = arguments.len();
            let s = super::call::plural(count);
            let message = format!("`{signature}` cannot take {count} argument{s}");
            return self.mistyped(&name.range, message);
        }
        let pairs = arguments.iter().zip(&helper.parameters);
        let found: Vec<Option<Node>> = pairs
            .map(|(argument, (name, ty))| self.helper_argument(argument, name, ty))
            .collect();
        found.into_iter().collect()
    }

    fn helper_argument(&mut self, argument: &ArgumentTree, name: &str, ty: &Type) -> Option<Node> {
        let ArgumentTree::Value(tree) = argument else {
            return self.mistyped(&argument.range(), format!("`{name}` is a value"));
        };
        let node = self.check(tree)?;
        if node.ty.conforms(ty, self.metamodel) {
            return Some(node.widened(ty));
        }
        let (is, wanted) = (self.show(&node.ty), self.show(ty));
        let message = format!("`{name}` is `{wanted}`, this is `{is}`");
        self.mistyped(&node.range, message)
    }
}
