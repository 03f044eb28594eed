//! From what a file says to helpers with types: first what can be called, then what is computed.

use std::sync::Arc;

use super::{Helper, HelperDraft, Helpers};
use crate::diag::{Code, Diagnostic, Excerpt};
use crate::expr::node::Node;
use crate::expr::operations;
use crate::expr::{Type, check, name_flaw, parser, plan};
use crate::metamodel::{Metamodel, PackageId};

/// Where the names of types are looked for: in these packages first.
type Names<'n> = (&'n [PackageId], &'n Metamodel);

/// Reads the names and types of a helper.
pub(super) fn declared(
    draft: &HelperDraft,
    known: &Helpers,
    metamodel: &Metamodel,
) -> Result<Helper, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let names: Names<'_> = (&draft.packages, metamodel);
    let (owner, name) = split(&draft.name);
    found.extend(name_flaw(&name));
    let receiver = owner.map(|owner| kept(receiver(&owner, &names), &mut found));
    let parameters = parameters(draft, &names, &mut found);
    let result = kept(type_of(&draft.returns, &names), &mut found);
    let (Some(result), true) = (result, found.is_empty()) else {
        return Err(found);
    };
    let helper = Helper {
        name: name.text.clone(),
        receiver: receiver.flatten(),
        parameters,
        result,
        is_set: parser::is_set(&draft.returns.text),
        packages: draft.packages.clone(),
        title: draft.name.clone(),
        value: draft.value.clone(),
        root: None,
    };
    match taken(&helper, &name, known) {
        Some(finding) => Err(vec![finding]),
        None => Ok(helper),
    }
}

/// What a helper is called on, and its name.
fn split(title: &Excerpt) -> (Option<Excerpt>, Excerpt) {
    match title.text.rfind('.') {
        Some(dot) => {
            let name = title.part(dot + 1..title.text.len());
            (Some(title.part(0..dot)), name)
        }
        None => (None, title.clone()),
    }
}

fn kept<T>(result: Result<T, Box<Diagnostic>>, found: &mut Vec<Diagnostic>) -> Option<T> {
    result.map_err(|finding| found.push(*finding)).ok()
}

fn parameters(
    draft: &HelperDraft,
    names: &Names<'_>,
    found: &mut Vec<Diagnostic>,
) -> Vec<(Arc<str>, Type)> {
    let mut parameters: Vec<(Arc<str>, Type)> = Vec::new();
    for (name, ty) in &draft.parameters {
        found.extend(name_flaw(name));
        if parameters.iter().any(|(n, _)| *n == name.text) || &*name.text == "self" {
            let message = format!("there is a `{}` already", name.text);
            found.push(Diagnostic::error(Code::RuleSyntax, name.span, message));
        }
        if let Some(ty) = kept(type_of(ty, names), found) {
            parameters.push((name.text.clone(), ty));
        }
    }
    parameters
}

/// What a helper is called on: one value, since `.` goes to each member of a list.
fn receiver(written: &Excerpt, names: &Names<'_>) -> Result<Type, Box<Diagnostic>> {
    match type_of(written, names)? {
        ty @ (Type::List(_) | Type::OneOf(_)) => {
            let shown = ty.display(names.1);
            let message = format!("a helper is called on one value of one type, not on `{shown}`");
            let finding = Diagnostic::error(Code::RuleSyntax, written.span, message);
            Err(Box::new(finding.hint("make it a parameter")))
        }
        ty => Ok(ty),
    }
}

fn type_of(written: &Excerpt, (packages, metamodel): &Names<'_>) -> Result<Type, Box<Diagnostic>> {
    if let Some(ty) = Type::parse_among(&written.text, packages, metamodel) {
        return Ok(ty);
    }
    let message = format!("there is no type `{}`", written.text);
    let finding = Diagnostic::error(Code::UnknownClass, written.span, message);
    let classes = metamodel.own_classes().map(|(_, c)| &*c.name);
    let enums = metamodel.enums().map(|(_, e)| &*e.name);
    let known = ["String", "Integer", "Real", "Boolean"];
    let finding = finding.suggest(&written.text, known.into_iter().chain(classes).chain(enums));
    let all = "a class, an enum, String, Integer, Real or Boolean; `X[*]` is a list";
    Err(Box::new(finding.hint(all)))
}

/// Says that a helper, or an operation, of that name is there already.
fn taken(helper: &Helper, name: &Excerpt, known: &Helpers) -> Option<Diagnostic> {
    let mut same = known.named(&helper.name);
    if let Some((_, first)) = same.find(|(_, h)| h.receiver == helper.receiver) {
        let message = format!("two helpers are called `{}`", helper.title.text);
        let finding = Diagnostic::error(Code::RuleSyntax, helper.title.span, message);
        return Some(finding.related(first.title.span, "the first one"));
    }
    let receiver = helper.receiver.as_ref()?;
    let operation = operations::named(&helper.name).find(|o| o.receiver.takes(receiver))?;
    let message = format!("there is an operation `{}` already", helper.name);
    let finding = Diagnostic::error(Code::RuleSyntax, name.span, message);
    Some(finding.hint(format!("it is `{}`", operation.signature)))
}

impl Helper {
    /// Types its expression.
    pub(super) fn typed(
        &self,
        helpers: &Arc<Helpers>,
        metamodel: &Metamodel,
        found: &mut Vec<Diagnostic>,
    ) -> Option<Node> {
        let tree = parser::parse(&self.value);
        let scope = self.scope(helpers);
        let checked = tree.and_then(|tree| check::check(&tree, &self.value, &scope, metamodel));
        let checked = checked.map_err(|more| found.extend(more)).ok()?;
        found.extend(checked.warnings);
        if checked.root.ty.conforms(&self.result, metamodel) {
            let root = checked.root.widened(&self.result);
            let root = if self.is_set {
                root.without_repetitions()
            } else {
                root
            };
            return Some(plan::lower(&root, (scope.len(), 0), metamodel));
        }
        let [is, wanted] = [&checked.root.ty, &self.result].map(|t| t.display(metamodel));
        let message = format!("`{}` gives `{wanted}`, this is `{is}`", self.title.text);
        found.push(Diagnostic::error(
            Code::ExpressionType,
            self.value.span,
            message,
        ));
        None
    }
}
