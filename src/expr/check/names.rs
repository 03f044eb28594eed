//! What a name means: a variable, a class, a literal of an enum.

use std::sync::Arc;

use super::{Checker, foreign};
use crate::diag::{Code, Diagnostic, nearest};
use crate::expr::Type;
use crate::expr::node::Kind;
use crate::expr::parser;
use crate::expr::syntax::{Path, TypeTree, TypeTreeKind, Word};
use crate::expr::types::enum_named;
use crate::metamodel::{ClassId, EnumId};
use crate::model::Value;

impl Checker<'_> {
    pub(super) fn path(&mut self, path: &Path) -> Option<(Kind, Type)> {
        if let [word] = &*path.words {
            return self.name(word);
        }
        let last = path.last();
        let before = path.words[..path.words.len() - 1].to_vec();
        let owner = Path { words: before };
        if let Some(id) = enum_named(self.metamodel, &self.full(&owner.text())) {
            return self.enum_literal(id, last);
        }
        if self
            .metamodel
            .class_named(&self.full(&path.text()))
            .is_some()
        {
            return self.bare_class(path);
        }
        let (input, class) = self.without_input(path);
        if let Some(input) = input {
            if self.metamodel.class_named(&self.full(&class)).is_some() {
                return self.bare_class(path);
            }
            let message = format!("there is no class `{class}` in `{input}`");
            let finding = self.diagnostic(Code::UnknownClass, last.range.clone(), message);
            let known = self.metamodel.own_classes().map(|(_, c)| &*c.name);
            return self.report(finding.suggest(&class, known));
        }
        if let [package] = &*owner.words
            && let Some(finding) = self.not_in_package(package, last)
        {
            return self.report(finding);
        }
        let text = owner.text();
        let message = format!("there is no enum `{text}`");
        let finding = self.diagnostic(Code::UnknownName, owner.range(), message);
        let metamodel = self.metamodel;
        let enums = metamodel.enums().map(|(_, e)| &*e.name);
        self.report(finding.suggest(&text, enums))
    }

    /// The name with its package, where one that goes first has it.
    fn full(&self, name: &str) -> String {
        self.metamodel.preferred(name, &self.packages)
    }

    /// Says that a package has no such class, if there is a package of that name.
    fn not_in_package(&self, package: &Word, class: &Word) -> Option<Diagnostic> {
        let metamodel = self.metamodel;
        let mut packages = metamodel.packages();
        let (_, found) = packages.find(|(_, p)| p.name == package.text)?;
        let message = format!("package `{}` has no class `{}`", package.text, class.text);
        let finding = self.diagnostic(Code::UnknownClass, class.range.clone(), message);
        let known = found
            .classifiers
            .iter()
            .map(|c| metamodel.classifier_name(*c));
        Some(finding.suggest(&class.text, known))
    }

    fn name(&mut self, word: &Word) -> Option<(Kind, Type)> {
        let position = self.variables.iter().rposition(|v| v.0 == word.text);
        if let Some(position) = position {
            let ty = self.variables[position].1.clone()?;
            return Some((Kind::Variable(position), ty));
        }
        if let Some(of) = self.implicit_owner(word) {
            return self.feature_of(of, word);
        }
        if self.metamodel.class_named(&self.full(&word.text)).is_some() {
            let words = vec![word.clone()];
            return self.bare_class(&Path { words });
        }
        if self.has_unknown_member() {
            return None;
        }
        let message = format!("nothing here is called `{}`", word.text);
        let mut finding = self.diagnostic(Code::UnknownName, word.range.clone(), message);
        let classes = self.metamodel.own_classes().map(|(_, c)| &*c.name);
        let enums = self.metamodel.enums().map(|(_, e)| &*e.name);
        let variables = self.variables.iter().map(|v| &*v.0);
        let variables = variables.filter(|v| parser::is_name(v));
        let features = self.implicit_features();
        let known = variables.chain(features).chain(classes).chain(enums);
        finding = finding.suggest(&word.text, known);
        finding = foreign::explain_name(&word.text, finding);
        if finding.hints.is_empty() {
            finding = self.owners_of(&word.text, finding);
        }
        self.report(finding)
    }

    /// Says through which variables a name can be reached, if it is one of their features.
    fn owners_of(&self, name: &str, finding: Diagnostic) -> Diagnostic {
        let has = |ty: &Option<Type>| {
            let class = ty.as_ref().and_then(|ty| ty.classes().first());
            class.is_some_and(|c| self.metamodel.feature_named(*c, name).is_some())
        };
        let mut named = self
            .variables
            .iter()
            .rev()
            .filter(|v| parser::is_name(&v.0));
        match named.find(|(_, ty)| has(ty)) {
            Some((owner, _)) => {
                let path = format!("{owner}.{name}");
                finding.replace_with(format!("did you mean `{path}`?"), path)
            }
            None => finding,
        }
    }

    /// A class where a value is wanted.
    fn bare_class(&mut self, path: &Path) -> Option<(Kind, Type)> {
        let text = path.text();
        let message = format!("`{text}` is a class, not a value");
        let finding = self.diagnostic(Code::ExpressionType, path.range(), message);
        let all = format!("{text}.all");
        self.report(finding.replace_with(format!("its instances are `{all}`"), all))
    }

    fn enum_literal(&mut self, id: EnumId, word: &Word) -> Option<(Kind, Type)> {
        let metamodel = self.metamodel;
        let declared = metamodel.enumeration(id);
        let find = |l: &crate::metamodel::EnumLiteral| l.name == word.text;
        let position = declared.literals.iter().position(find);
        if let Some(index) = position.and_then(|p| u32::try_from(p).ok()) {
            return Some((Kind::Literal(Value::Enum(id, index)), Type::Enum(id)));
        }
        let message = format!("enum `{}` has no literal `{}`", declared.name, word.text);
        let finding = self.diagnostic(Code::UnknownName, word.range.clone(), message);
        let names = || declared.literals.iter().map(|l| &*l.name);
        let by_text = declared.literals.iter().find(|l| l.literal == word.text);
        if let Some(literal) = by_text {
            let hint = format!("did you mean `{}`?", literal.name);
            return self.report(finding.replace_with(hint, &*literal.name));
        }
        if nearest(&word.text, names()).is_some() {
            return self.report(finding.suggest(&word.text, names()));
        }
        let all: Vec<&str> = names().collect();
        self.report(finding.hint(format!("it has {}", all.join(", "))))
    }

    /// The class that a path names, unless a variable of that name hides it, and the model whose instances are meant.
    pub(super) fn class_of_path(&self, path: &Path) -> Option<(ClassId, Option<Arc<str>>)> {
        let hidden = |w: &Word| self.variables.iter().any(|v| v.0 == w.text);
        if let [word] = &*path.words
            && hidden(word)
        {
            return None;
        }
        let (input, name) = self.without_input(path);
        let class = self.metamodel.class_named(&self.full(&name))?;
        Some((class, input))
    }

    /// The name of a model that a path begins with, and the rest.
    fn without_input(&self, path: &Path) -> (Option<Arc<str>>, String) {
        let [first, rest @ ..] = &*path.words else {
            return (None, String::new());
        };
        let input = self.inputs.iter().find(|i| **i == first.text);
        if rest.is_empty() || input.is_none() {
            return (None, path.text());
        }
        let words = rest.to_vec();
        (input.cloned(), Path { words }.text())
    }

    /// The type that is written.
    pub(super) fn type_of(&mut self, written: &TypeTree) -> Option<Type> {
        match &written.kind {
            TypeTreeKind::Named(path) => self.type_named(path),
            TypeTreeKind::OneOf(paths) => {
                let all: Vec<_> = paths.iter().map(|p| self.class_named(p)).collect();
                let all: Vec<ClassId> = all.into_iter().collect::<Option<_>>()?;
                Some(Type::of_classes(all, self.metamodel))
            }
            TypeTreeKind::List(item) | TypeTreeKind::Set(item) => Some(self.type_of(item)?.list()),
        }
    }

    /// The type that a path names.
    pub(super) fn type_named(&mut self, path: &Path) -> Option<Type> {
        match Type::parse_among(&path.text(), &self.packages, self.metamodel) {
            Some(ty) => Some(ty),
            None => self.no_class(path),
        }
    }

    fn class_named(&mut self, path: &Path) -> Option<ClassId> {
        match self.metamodel.class_named(&self.full(&path.text())) {
            Some(class) => Some(class),
            None => self.no_class(path),
        }
    }

    fn no_class<T>(&mut self, path: &Path) -> Option<T> {
        let text = path.text();
        let message = format!("there is no class `{text}`");
        let finding = self.diagnostic(Code::UnknownClass, path.range(), message);
        let metamodel = self.metamodel;
        let classes = metamodel.classes().map(|(_, c)| &*c.name);
        self.report(finding.suggest(&text, classes))
    }
}
