//! `x.feature`, `x.container`, `Class.all`.

use std::sync::Arc;

use super::{Checker, containers};
use crate::diag::{Code, Diagnostic, nearest};
use crate::expr::Type;
use crate::expr::node::{Kind, Node};
use crate::expr::operations;
use crate::expr::syntax::{Tree, TreeKind, Word};
use crate::metamodel::{ClassId, FeatureId, Metamodel};

impl Checker<'_> {
    pub(super) fn navigate(&mut self, of: &Tree, name: &Word) -> Option<(Kind, Type)> {
        if let TreeKind::Path(path) = &of.kind
            && let Some(class) = self.class_of_path(path)
        {
            return self.of_class(class, name);
        }
        let of = self.check(of)?;
        self.feature_of(of, name)
    }

    /// What is called so of an object, or of all members of a list.
    pub(super) fn feature_of(&mut self, of: Node, name: &Word) -> Option<(Kind, Type)> {
        let (list, classes) = (of.ty.is_list(), of.ty.item().classes().to_vec());
        let shape = |ty: Type| if list { ty.item().clone().list() } else { ty };
        if *of.ty.item() == Type::Metaclass && &*name.text == "name" {
            return Some((Kind::ClassName(Box::new(of)), shape(Type::String)));
        }
        if classes.is_empty() {
            return self.no_features(&of, name);
        }
        let found = classes
            .iter()
            .map(|c| self.metamodel.feature_named(*c, &name.text));
        let found: Vec<Option<FeatureId>> = found.collect();
        if let Some(features) = found.iter().copied().collect::<Option<Vec<FeatureId>>>() {
            let ty = shape(self.type_of_one(&features, name)?);
            return Some((reading(Box::new(of), features), ty));
        }
        let mut above = classes
            .iter()
            .filter_map(|c| container_named(self.metamodel, *c, &name.text));
        if let Some(container) = above.next() {
            let ty = shape(Type::Class(container));
            return Some((Kind::Container(Box::new(of), container), ty));
        }
        if let Some(finding) = self.uncalled_helper(&of.ty, name) {
            return self.report(finding);
        }
        let without = found.iter().position(Option::is_none).unwrap_or(0);
        let finding = self.unknown_feature(classes[without], name);
        self.report(match classes.len() {
            1 => finding,
            _ => self.only_of_some(finding, &found, &classes),
        })
    }

    /// The type of whichever of several features of one name an object has.
    fn type_of_one(&mut self, features: &[FeatureId], name: &Word) -> Option<Type> {
        let metamodel = self.metamodel;
        let mut types = features.iter().map(|f| Type::of_feature(metamodel, *f));
        let first = types.next()?;
        types.try_fold(first, |a, b| {
            let common = match (a.is_list(), b.is_list()) {
                (true, false) => a.common(&b.clone().list(), metamodel),
                (false, true) => a.clone().list().common(&b, metamodel),
                _ => a.common(&b, metamodel),
            };
            if common.is_none() {
                let (a, b) = (self.show(&a), self.show(&b));
                let message = format!("`{}` is `{a}` of some, `{b}` of others", name.text);
                return self.mistyped(&name.range, message);
            }
            common
        })
    }

    /// Says which of several classes have a feature that others have not.
    fn only_of_some(
        &self,
        finding: Diagnostic,
        found: &[Option<FeatureId>],
        classes: &[ClassId],
    ) -> Diagnostic {
        let has = found.iter().zip(classes).filter(|(f, _)| f.is_some());
        let has = Type::of_classes(has.map(|(_, c)| *c), self.metamodel);
        if has == Type::Null {
            return finding;
        }
        let shown = self.show(&has);
        let written = match has {
            Type::OneOf(_) => format!("{{{shown}}}"),
            _ => shown.clone(),
        };
        finding.hint(format!("{shown} has it: `->filter({written})`"))
    }

    /// `Class.all`; the call `Class.allInstances()` comes here as well.
    pub(super) fn of_class(
        &mut self,
        (class, input): (ClassId, Option<Arc<str>>),
        name: &Word,
    ) -> Option<(Kind, Type)> {
        if matches!(&*name.text, "all" | "allInstances") {
            let kind = match input {
                Some(input) => Kind::ExtentIn(class, input),
                None => Kind::Extent(class),
            };
            return Some((kind, Type::Class(class).list()));
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

    fn unknown_feature(&self, class: ClassId, name: &Word) -> Diagnostic {
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
            return finding.hint(hint);
        }
        if let Some(way) = self.made_as(class, &name.text) {
            return finding.hint(format!("what a rule made of it is `{way}`"));
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
        finding
    }
}

/// What reads the one of some features that an object has.
fn reading(of: Box<Node>, mut features: Vec<FeatureId>) -> Kind {
    features.dedup();
    match features[..] {
        [feature] => Kind::Feature(of, feature),
        _ => Kind::OneOf(of, features.into()),
    }
}

/// Whether objects of a class have something of a name: a feature, or a container that is called so.
pub(super) fn has(metamodel: &Metamodel, class: ClassId, name: &str) -> bool {
    metamodel.feature_named(class, name).is_some()
        || container_named(metamodel, class, name).is_some()
}

/// The class of containers that is called so with a small first letter.
fn container_named(metamodel: &Metamodel, class: ClassId, name: &str) -> Option<ClassId> {
    let all = metamodel.classes();
    let called = all.filter(|(_, c)| with_small_letter(&c.name).eq(name.chars()));
    let mut called = called.map(|(id, _)| id).peekable();
    called.peek()?;
    let owners = containers(metamodel, class);
    called.find(|c| owners.iter().any(|o| metamodel.conforms(*c, *o)))
}

/// Under which names instances of a class reach their containers.
fn container_names(metamodel: &Metamodel, class: ClassId) -> Vec<String> {
    let owners = containers(metamodel, class).into_iter();
    owners
        .map(|c| with_small_letter(&metamodel.class(c).name).collect())
        .collect()
}

/// The name of a class with a small first letter.
fn with_small_letter(class: &str) -> impl Iterator<Item = char> {
    let mut letters = class.chars();
    let first = letters.next().map(char::to_lowercase);
    first.into_iter().flatten().chain(letters)
}
