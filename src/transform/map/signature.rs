//! What a rule matches and makes, which other rules may ask for.

use std::sync::Arc;

use super::compile::Compiler;
use super::inherit::{Merged, MergedTarget, Written};
use crate::diag::{Code, Diagnostic, Excerpt};
use crate::expr::{Lazy, RuleType, Type};
use crate::format::node::{Node, Record};
use crate::metamodel::{ClassId, PackageId};
use crate::recipe::no_class;

/// What a rule matches and makes, as far as it is known.
pub(super) struct Signature {
    pub(super) rule: RuleType,
    /// By source, the name of the model that it is in.
    pub(super) inputs: Vec<Option<Arc<str>>>,
    pub(super) complete: bool,
}

impl Compiler<'_> {
    /// What other rules see of a rule.
    pub(super) fn signature(&mut self, written: &Written<'_>, merged: &Merged<'_>) -> Signature {
        let lazy = self.lazy(&written.record);
        let mut complete = true;
        let (mut sources, mut inputs) = (Vec::new(), Vec::new());
        for (variable, class) in &merged.sources {
            let (input, ty) = self.source(variable, class, lazy);
            inputs.push(input);
            complete &= ty.is_some();
            sources.push((variable.text.clone(), ty.unwrap_or(Type::Null)));
        }
        let mut targets = Vec::new();
        let is_abstract = written.record.flag("abstract", self.diagnostics);
        for target in &merged.targets {
            let class = self.target_class(target, is_abstract);
            complete &= class.is_some();
            targets.extend(class.map(|c| (target.variable.text.clone(), c)));
        }
        if targets.is_empty() && complete && !is_abstract {
            let message = format!("rule `{}` makes nothing", written.name.text);
            let diagnostic = Diagnostic::error(Code::RuleSyntax, written.name.span, message);
            self.diagnostics
                .push(diagnostic.hint("such as `to: {x: {Class: {feature: value}}}`"));
            complete = false;
        }
        let rule = RuleType {
            name: written.name.text.clone(),
            lazy,
            is_abstract,
            sources,
            targets,
        };
        Signature {
            rule,
            inputs,
            complete,
        }
    }

    fn lazy(&mut self, record: &Record<'_>) -> Lazy {
        let Some(text) = record.text("lazy", self.diagnostics) else {
            return Lazy::No;
        };
        match &*text.text {
            "each" => Lazy::Each,
            "unique" => Lazy::Unique,
            other => {
                let message = format!("`lazy` is each or unique, not `{other}`");
                let diagnostic = Diagnostic::error(Code::RuleSyntax, text.span, message);
                let hint =
                    "`each` makes another object at each call, `unique` one for the same arguments";
                self.diagnostics
                    .push(diagnostic.suggest(other, ["each", "unique"]).hint(hint));
                Lazy::Unique
            }
        }
    }

    /// What a rule matches, and the model that it is in where one is named.
    fn source(
        &mut self,
        variable: &Excerpt,
        node: &Node,
        lazy: Lazy,
    ) -> (Option<Arc<str>>, Option<Type>) {
        let named = node.scalar().and_then(|text| {
            let (name, class) = text.text.split_once("::")?;
            let input = self.names.iter().find(|n| &***n == name)?;
            Some((
                input.clone(),
                text.part(text.text.len() - class.len()..text.text.len()),
            ))
        });
        let Some((input, class)) = named else {
            return (None, self.source_type(variable, node, lazy));
        };
        (Some(input), self.source_class(variable, &class, lazy))
    }

    /// The class that a rule matches; lazy rules take values of any type.
    fn source_type(&mut self, variable: &Excerpt, node: &Node, lazy: Lazy) -> Option<Type> {
        let Some(text) = node.scalar() else {
            let message = format!("a class belongs here, not {}", node.description());
            self.diagnostics
                .error::<()>(Code::RuleSyntax, node.span, message);
            return None;
        };
        self.source_class(variable, text, lazy)
    }

    fn source_class(&mut self, variable: &Excerpt, text: &Excerpt, lazy: Lazy) -> Option<Type> {
        let metamodel = self.metamodel;
        let class = self.class_among(&text.text, &self.inputs.clone());
        if let Some(class) = class {
            return Some(Type::Class(class));
        }
        if lazy != Lazy::No
            && let Some(ty) = Type::parse_among(&text.text, &self.inputs, metamodel)
        {
            return Some(ty);
        }
        self.diagnostics.push(match text.text.split_once('!') {
            Some((package, class)) => {
                let message = format!("there is no class `{}`", text.text);
                let diagnostic = Diagnostic::error(Code::UnknownClass, text.span, message);
                let written = format!("{package}::{class}");
                diagnostic.replace_with(format!("write `{written}`"), written)
            }
            None => no_class((variable, text), metamodel),
        });
        None
    }

    /// The class of a name, those of the packages first.
    fn class_among(&self, name: &str, packages: &[PackageId]) -> Option<ClassId> {
        let name = self.metamodel.preferred(name, packages);
        self.metamodel.class_named(&name)
    }

    fn target_class(&mut self, target: &MergedTarget<'_>, is_abstract: bool) -> Option<ClassId> {
        let (name, metamodel) = (target.class, self.metamodel);
        let packages: Vec<PackageId> = self.outputs.iter().map(|o| o.package).collect();
        let Some(class) = self.class_among(&name.text, &packages) else {
            let message = format!("there is no class `{}`", name.text);
            let diagnostic = Diagnostic::error(Code::UnknownClass, name.span, message);
            let known = metamodel.classes().map(|(_, c)| &*c.name);
            let variable = &target.variable.text;
            self.diagnostics
                .push(match self.class_among(variable, &packages) {
                    Some(_) => diagnostic.hint(format!(
                        "a new object has a name: `to: {{x: {{{variable}: {{feature: value}}}}}}`"
                    )),
                    None => diagnostic.suggest(&name.text, known),
                });
            return None;
        };
        if metamodel.class(class).is_abstract && !is_abstract {
            let message = format!("class `{}` is abstract, so none can be made", name.text);
            let diagnostic = Diagnostic::error(Code::AbstractClass, name.span, message);
            let known: Vec<&str> = metamodel
                .concrete(class)
                .map(|c| &*metamodel.class(c).name)
                .collect();
            self.diagnostics.push(if known.is_empty() {
                diagnostic
            } else {
                diagnostic.hint(format!("make one of {}", known.join(", ")))
            });
            return None;
        }
        Some(class)
    }
}
