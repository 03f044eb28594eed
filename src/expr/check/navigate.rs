//! `x.feature`, `x.container`, `Class.all`.

use super::{Checker, containers};
use crate::diag::{Code, nearest};
use crate::expr::Type;
use crate::expr::node::{Kind, Node};
use crate::expr::operations;
use crate::expr::syntax::{Tree, TreeKind, Word};
use crate::metamodel::{ClassId, Metamodel};

impl Checker<'_> {
    pub(super) fn navigate(&mut self, of: &Tree, name: &Word) -> Option<(Kind, Type)> {
        if let TreeKind::Path(path) = &of.kind
            && let Some(class) = self.class_of_path(path)
        {
            return self.of_class(class, name);
        }
        let of = self.check(of)?;
        let Type::Class(class) = *of.ty.item() else {
            return self.no_features(&of, name);
        };
        let (list, of) = (of.ty.is_list(), Box::new(of));
        let shape = |ty: Type| if list { ty.item().clone().list() } else { ty };
        if let Some(feature) = self.metamodel.feature_named(class, &name.text) {
            let ty = shape(Type::of_feature(self.metamodel, feature));
            return Some((Kind::Feature(of, feature), ty));
        }
        if let Some(container) = container_named(self.metamodel, class, &name.text) {
            let ty = shape(Type::Class(container));
            return Some((Kind::Container(of, container), ty));
        }
        self.unknown_feature(class, name)
    }

    /// `Class.all`; the call `Class.allInstances()` comes here as well.
    pub(super) fn of_class(&mut self, class: ClassId, name: &Word) -> Option<(Kind, Type)> {
        if matches!(&*name.text, "all" | "allInstances") {
            return Some((Kind::Extent(class), Type::Class(class).list()));
        }
        let owner = &self.metamodel.class(class).name;
        let message = format!("class `{owner}` itself has no `{}`", name.text);
        let finding = self.diagnostic(Code::UnknownFeature, name.range.clone(), message);
        let finding = finding.suggest(&name.text, ["all"]);
        let of_instances = format!("its instances are `{owner}.all`");
        self.report(finding.hint(of_instances))
    }

    fn no_features(&mut self, of: &Node, name: &Word) -> Option<(Kind, Type)> {
        let ty = self.show(&of.ty);
        let message = format!("`{ty}` has no features, so no `{}`", name.text);
        let finding = self.diagnostic(Code::ExpressionType, name.range.clone(), message);
        self.report(match operations::named(&name.text).next() {
            Some(operation) => {
                finding.hint(format!("operations are called: `.{}`", operation.signature))
            }
            None => finding,
        })
    }

    fn unknown_feature(&mut self, class: ClassId, name: &Word) -> Option<(Kind, Type)> {
        let metamodel = self.metamodel;
        let owner = &metamodel.class(class).name;
        let message = format!("class `{owner}` has no feature `{}`", name.text);
        let mut finding = self.diagnostic(Code::UnknownFeature, name.range.clone(), message);
        let above: Vec<String> = container_names(metamodel, class);
        let known = || {
            let above = above.iter().map(String::as_str);
            metamodel.feature_names(class).chain(above)
        };
        if let Some(operation) = operations::named(&name.text).next() {
            let hint = format!("operations are called: `.{}`", operation.signature);
            return self.report(finding.hint(hint));
        }
        let has = |c: &ClassId| metamodel.feature_named(*c, &name.text).is_some();
        if let Some(sub) = metamodel.concrete(class).find(has) {
            let sub = &metamodel.class(sub).name;
            finding = finding.hint(format!("`{sub}` has it: `.asType({sub}).{}`", name.text));
        } else if nearest(&name.text, known()).is_some() {
            finding = finding.suggest(&name.text, known());
        } else {
            let all: Vec<&str> = known().collect();
            finding = finding.hint(format!("it has {}", all.join(", ")));
        }
        self.report(finding)
    }
}

/// The class of containers that is called so with a small first letter.
fn container_named(metamodel: &Metamodel, class: ClassId, name: &str) -> Option<ClassId> {
    let owners = containers(metamodel, class);
    let all = metamodel.classes().map(|(id, _)| id);
    let mut possible = all.filter(|c| owners.iter().any(|o| metamodel.conforms(*c, *o)));
    possible.find(|c| variable_name(&metamodel.class(*c).name) == name)
}

/// Under which names instances of a class reach their containers.
fn container_names(metamodel: &Metamodel, class: ClassId) -> Vec<String> {
    let owners = containers(metamodel, class).into_iter();
    owners
        .map(|c| variable_name(&metamodel.class(c).name))
        .collect()
}

/// The name of a class with a small first letter.
fn variable_name(class: &str) -> String {
    let mut letters = class.chars();
    let first = letters.next().map(char::to_lowercase);
    first.into_iter().flatten().chain(letters).collect()
}
