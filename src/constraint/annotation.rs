//! Constraints that classes carry in annotations of Ecore, with bodies in OCL, as Eclipse writes and evaluates them.
//!
//! `self` is the object, and its features need no `self.` before them. What the expression language cannot say is
//! reported as not checked.

use std::sync::Arc;

use super::{Constraint, Message};
use crate::diag::{Code, Diagnostic, Diagnostics, Severity, Sources};
use crate::expr::{self, Expression, Scope, Type};
use crate::format::ecore;
use crate::metamodel::{AnnotatedText, Class, ClassId, FeatureId, Invariant, Metamodel};

/// The constraints of all classes of a metamodel; what cannot be evaluated is a warning.
pub fn of_metamodel(
    metamodel: &Metamodel,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> Vec<Constraint> {
    let mut all = Vec::new();
    for (id, class) in metamodel.own_classes() {
        let reader = Reader {
            metamodel,
            sources,
            class: id,
        };
        for invariant in &class.invariants {
            match reader.constraint(invariant) {
                Ok(constraint) => all.push(constraint),
                Err(unchecked) => diagnostics.extend(unchecked.map(|d| *d)),
            }
        }
        diagnostics.extend(without_body(class));
    }
    all
}

/// Reports the constraints of a class of which nothing says what they are: Java does.
fn without_body(class: &Class) -> Option<Diagnostic> {
    let missing = class.invariants.iter().filter(|i| i.body.is_none());
    let names: Vec<String> = missing.clone().map(|i| format!("`{}`", i.name)).collect();
    let span = missing.map(|i| i.span).next()?;
    let (plural, are) = if names.len() == 1 {
        ("", "is")
    } else {
        ("s", "are")
    };
    let message = format!(
        "constraint{plural} {} of class `{}` {are} not checked: no OCL says what must hold",
        names.join(", "),
        class.name
    );
    Some(Diagnostic::warning(Code::Constraint, span, message))
}

struct Reader<'a> {
    metamodel: &'a Metamodel,
    sources: &'a Sources,
    class: ClassId,
}

impl Reader<'_> {
    /// Reads a constraint, or says why it is not checked; that it has no body is said elsewhere.
    fn constraint(&self, invariant: &Invariant) -> Result<Constraint, Option<Box<Diagnostic>>> {
        let Some(body) = &invariant.body else {
            return Err(None);
        };
        let name = &invariant.name;
        if !invariant.is_listed {
            let class = &self.metamodel.class(self.class).name;
            let message =
                format!("constraint `{name}` of class `{class}` is not checked: it is not listed");
            let diagnostic = Diagnostic::warning(Code::Constraint, invariant.span, message);
            let hint = "list it under `constraints` in the annotation of Ecore itself";
            return Err(Some(Box::new(diagnostic.hint(hint))));
        }
        let (implied, scope) = self.scope(&[Some(body), invariant.message.as_ref()]);
        let compile = |text, wanted| self.compile((name, text), &scope, wanted);
        let assertion = compile(body, &Type::Boolean)?;
        let message = match &invariant.message {
            Some(text) => Message::Expression(compile(text, &Type::String)?),
            None => Message::Plain,
        };
        Ok(Constraint {
            name: name.clone(),
            span: invariant.span,
            description: None,
            class: self.class,
            stage: None,
            implied,
            lets: Vec::new(),
            guard: None,
            assertion,
            severity: Severity::Error,
            at: None,
            message,
            hint: None,
            fix: None,
        })
    }

    /// The variables of a constraint: the object, and those of its features whose names stand in the texts.
    fn scope(&self, texts: &[Option<&AnnotatedText>]) -> (Vec<FeatureId>, Scope) {
        let mut scope = Scope::default();
        scope.push("self", Type::Class(self.class));
        let mut implied = Vec::new();
        let mut words: Vec<&str> = Vec::new();
        for text in texts.iter().flatten() {
            words.extend(text.text.split(|c: char| !c.is_alphanumeric() && c != '_'));
        }
        for feature in &self.metamodel.class(self.class).features {
            let name = &self.metamodel.feature(*feature).name;
            if words.contains(&&**name) {
                scope.push(name.clone(), Type::of_feature(self.metamodel, *feature));
                implied.push(*feature);
            }
        }
        (implied, scope)
    }

    fn compile(
        &self,
        (name, text): (&Arc<str>, &AnnotatedText),
        scope: &Scope,
        wanted: &Type,
    ) -> Result<Expression, Option<Box<Diagnostic>>> {
        let class = &self.metamodel.class(self.class).name;
        let because = |reason: &str| {
            format!("constraint `{name}` of class `{class}` is not checked: {reason}")
        };
        let excerpt = ecore::excerpt(self.sources, &text.text, text.span);
        match expr::compile(&excerpt, scope, self.metamodel) {
            Ok(expression) if expression.ty.conforms(wanted, self.metamodel) => Ok(expression),
            Ok(expression) => {
                let (is, wants) = (
                    expression.ty.display(self.metamodel),
                    wanted.display(self.metamodel),
                );
                let message = because(&format!("this is {is}, not {wants}"));
                let diagnostic = Diagnostic::warning(Code::Constraint, text.span, message);
                Err(Some(Box::new(diagnostic)))
            }
            Err(found) => Err(found.into_iter().next().map(|mut first| {
                first.message = because(&first.message);
                first.severity = Severity::Warning;
                first.code = Code::Constraint;
                first.fixes.clear();
                Box::new(first)
            })),
        }
    }
}
