//! From the YAML of bindings to recipes, typed against the metamodel.

use std::sync::Arc;

use super::{Bound, ObjectRecipe, Recipe, RecipeKind, resolve};
use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, Fix, Quotes};
use crate::expr::{self, Expression, RuleTypes, Scope, Type};
use crate::format::node::{Entry, Kind, Node};
use crate::format::yaml;
use crate::metamodel::{ClassId, Feature, FeatureId, Metamodel, ValueType};
use crate::model::Value;

/// Reads the values of bindings and types them.
pub(crate) struct Reader<'a> {
    pub(crate) metamodel: &'a Metamodel,
    pub(crate) diagnostics: &'a mut Diagnostics,
    /// The variables of the rule.
    pub(crate) scope: Scope,
    /// The rules that make objects of objects, in a map.
    pub(crate) rules: Option<&'a RuleTypes>,
}

/// The keys that may stand beside the class of a new object.
const OBJECT_KEYS: [&str; 2] = ["when", "for"];

impl Reader<'_> {
    /// Reads the value of a binding of `feature`.
    pub(crate) fn recipe(&mut self, node: &Node, feature: FeatureId) -> Option<Recipe> {
        let declared = self.metamodel.feature(feature);
        let kind = match &node.kind {
            _ if node.is_null() => RecipeKind::Literal(Value::Null, "".into()),
            Kind::Sequence(items) => {
                if !declared.is_many() {
                    let message = format!("`{}` is one value, not a list", declared.name);
                    let diagnostic = Diagnostic::error(Code::WrongType, node.span, message);
                    let choice = items.iter().any(|i| i.get("when").is_some());
                    self.diagnostics.push(if choice {
                        diagnostic.hint("of several objects each is made by a rule of its own")
                    } else {
                        diagnostic
                    });
                    return None;
                }
                let made: Vec<_> = items.iter().map(|i| self.recipe(i, feature)).collect();
                RecipeKind::List(made.into_iter().collect::<Option<_>>()?)
            }
            Kind::Mapping(entries) => {
                RecipeKind::Object(Box::new(self.object(node, entries, declared)?))
            }
            Kind::Plain(text) | Kind::Quoted(text) => self.scalar(text, feature)?,
        };
        let span = node.span;
        Some(Recipe { span, kind })
    }

    /// `{Class: {feature: value}}`, with `when` and `for` beside the class.
    fn object(
        &mut self,
        node: &Node,
        entries: &[Entry],
        declared: &Feature,
    ) -> Option<ObjectRecipe> {
        let is_key = |e: &&Entry| OBJECT_KEYS.contains(&&*e.key.text);
        let classes: Vec<&Entry> = entries.iter().filter(|e| !is_key(e)).collect();
        let (Some(target), [entry]) = (declared.target(), &classes[..]) else {
            let message = format!(
                "a new object is written as one class with its features, for `{}`",
                declared.name
            );
            let diagnostic = Diagnostic::error(Code::RuleSyntax, node.span, message);
            self.diagnostics
                .push(diagnostic.hint("such as `{Class: {feature: value}}`"));
            return None;
        };
        if !declared.is_containment() {
            let message = format!(
                "`{}` is no containment, so nothing can be created in it",
                declared.name
            );
            return self.diagnostics.error(Code::WrongType, node.span, message);
        }
        let class = self.new_class(&entry.key, target, &declared.name)?;
        let mark = self.scope.len();
        let loops = node.get("for").map(|each| {
            let all = each.sequence().unwrap_or(std::slice::from_ref(each));
            let all: Vec<_> = all.iter().map(|each| self.each(each, declared)).collect();
            all.into_iter().collect::<Option<Vec<Expression>>>()
        });
        let loops = match loops {
            Some(loops) => loops?,
            None => Vec::new(),
        };
        let condition = node.get("when").map(|n| self.condition(n));
        let features = self.features(class, &entry.value);
        self.scope.truncate(mark);
        let condition = match condition {
            Some(condition) => Some(condition?),
            None => None,
        };
        Some(ObjectRecipe {
            class,
            features,
            condition,
            loops,
        })
    }

    /// The class of a new object that a feature is to hold.
    fn new_class(&mut self, name: &Excerpt, target: ClassId, holder: &str) -> Option<ClassId> {
        let metamodel = self.metamodel;
        let found = metamodel.class_below(&name.text, target);
        if let Some(class) = found.filter(|c| !metamodel.class(*c).is_abstract) {
            return Some(class);
        }
        let message = format!("`{holder}` holds no new object of a class `{}`", name.text);
        let known = metamodel
            .concrete(target)
            .map(|c| &*metamodel.class(c).name);
        let diagnostic = Diagnostic::error(Code::UnknownClass, name.span, message);
        self.diagnostics.push(diagnostic.suggest(&name.text, known));
        None
    }

    /// `x in expression`.
    fn each(&mut self, node: &Node, declared: &Feature) -> Option<Expression> {
        if !declared.is_many() {
            let message = format!("`{}` is one value: `for` makes many", declared.name);
            return self.diagnostics.error(Code::WrongType, node.span, message);
        }
        let text = node.scalar();
        let split = text.and_then(|t| Some((t, t.text.find(" in ")?)));
        let Some((text, at)) = split else {
            let diagnostic = Diagnostic::error(
                Code::RuleSyntax,
                node.span,
                "`for` names a variable and what it goes through",
            );
            self.diagnostics
                .push(diagnostic.hint("such as `for: x in c.attributes`, or a list of them"));
            return None;
        };
        let name = text.part(0..text.text[..at].trim_end().len());
        if let Some(flaw) = expr::name_flaw(&name) {
            self.diagnostics.push(flaw);
            return None;
        }
        let over = text.part(at + 4..text.text.len());
        let expression = self.compile(&over)?;
        self.scope.push(name.text, expression.ty.item().clone());
        Some(expression)
    }

    /// An expression that is true or false.
    pub(crate) fn condition(&mut self, node: &Node) -> Option<Expression> {
        let condition = self.expression(node)?;
        if condition.ty.conforms(&Type::Boolean, self.metamodel) {
            return Some(condition);
        }
        let is = condition.ty.display(self.metamodel);
        let message = format!("a condition is true or false, this is {is}");
        self.diagnostics
            .error(Code::ExpressionType, condition.excerpt.span, message)
    }

    /// A bare expression.
    pub(crate) fn expression(&mut self, node: &Node) -> Option<Expression> {
        if let Some(text) = node.scalar() {
            return self.compile(text);
        }
        let message = format!("an expression belongs here, not {}", node.description());
        let diagnostic = Diagnostic::error(Code::RuleSyntax, node.span, message);
        self.diagnostics
            .push(diagnostic.hint("put it in quotes where it begins with `[` or `{`"));
        None
    }

    fn compile(&mut self, text: &Excerpt) -> Option<Expression> {
        match expr::compile(text, &self.scope, self.metamodel) {
            Ok(expression) => {
                self.diagnostics.extend(expression.warnings.iter().cloned());
                Some(expression)
            }
            Err(found) => {
                self.diagnostics.extend(found);
                None
            }
        }
    }

    /// The features of a new object.
    fn features(&mut self, class: ClassId, node: &Node) -> Vec<Bound> {
        if !node.is_null() && node.mapping().is_none() {
            let name = &self.metamodel.class(class).name;
            let message = format!(
                "the features of `{name}` are a mapping, not {}",
                node.description()
            );
            self.diagnostics
                .error::<()>(Code::RuleSyntax, node.span, message);
        }
        let mut features = Vec::new();
        for part in node.mapping().unwrap_or_default() {
            let Some(feature) = self.feature(class, part) else {
                continue;
            };
            if let Some(recipe) = self.recipe(&part.value, feature) {
                features.push(Bound::new(self.metamodel, class, feature, recipe));
            }
        }
        features
    }

    /// The feature that an entry binds; where there is none, its expressions are looked at nevertheless.
    pub(crate) fn feature(&mut self, class: ClassId, entry: &Entry) -> Option<FeatureId> {
        let found = known_feature(self.metamodel, class, &entry.key, self.diagnostics);
        if found.is_none() {
            self.look_at(&entry.value);
        }
        found
    }

    /// Reports what is wrong with the expressions of a value that has no place.
    fn look_at(&mut self, node: &Node) {
        match &node.kind {
            Kind::Plain(text) | Kind::Quoted(text) => {
                if let Err(found) = expr::compile_text(text, &self.scope, self.metamodel) {
                    self.diagnostics.extend(found);
                }
            }
            Kind::Sequence(items) => items.iter().for_each(|i| self.look_at(i)),
            Kind::Mapping(_) => {}
        }
    }

    /// A literal, `${expression}`, or text with expressions in it.
    fn scalar(&mut self, text: &Excerpt, feature: FeatureId) -> Option<RecipeKind> {
        let declared = self.metamodel.feature(feature);
        let compiled = match expr::compile_text(text, &self.scope, self.metamodel) {
            Ok(compiled) => {
                self.diagnostics.extend(compiled.warnings());
                compiled
            }
            Err(found) => {
                self.diagnostics.extend(found);
                return None;
            }
        };
        if let Some(expression) = compiled.single() {
            return self.single(expression, feature);
        }
        let Some(of) = declared.value_type() else {
            let message = format!("`{}` holds objects, not text", declared.name);
            let diagnostic = Diagnostic::error(Code::WrongType, text.span, message);
            self.diagnostics.push(match self.unbraced(text) {
                Some(fix) => with_braces(diagnostic, fix),
                None => {
                    diagnostic.hint("write an expression `${…}`, or a new object `{Class: {…}}`")
                }
            });
            return None;
        };
        if !compiled.is_literal() {
            if Type::of_value_type(self.metamodel, of) != Type::String {
                let message = format!(
                    "`{}` is no text, so no text can be put together for it",
                    declared.name
                );
                return self.diagnostics.error(Code::WrongType, text.span, message);
            }
            return Some(RecipeKind::Text(compiled));
        }
        let literal = compiled.literal().unwrap_or_default();
        match self.metamodel.parse(of, &literal) {
            Ok(value) => {
                let path = literal.contains(['.', '>', '(']);
                if let Some(fix) = self.unbraced(text).filter(|_| path) {
                    let message = format!("this is the text `{literal}`, not what it leads to");
                    let warning = Diagnostic::warning(Code::ExpressionOdd, text.span, message);
                    self.diagnostics.push(with_braces(warning, fix));
                }
                Some(RecipeKind::Literal(value.into(), literal.into()))
            }
            Err(expected) => {
                let message = format!("`{}` is {expected}, not `{literal}`", declared.name);
                let diagnostic = Diagnostic::error(Code::WrongType, text.span, message);
                let known = self.literals(of);
                let known = known.iter().map(|name| &**name);
                let diagnostic = diagnostic.suggest(&literal, known);
                self.diagnostics.push(match self.unbraced(text) {
                    Some(fix) => with_braces(diagnostic, fix),
                    None => diagnostic,
                });
                None
            }
        }
    }

    /// What makes a value of a text that is an expression of the variables here, if it is one.
    fn unbraced(&self, text: &Excerpt) -> Option<Fix> {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let first = text.text.split(|c| !is_word(c)).next()?;
        self.scope.find(first)?;
        expr::compile(text, &self.scope, self.metamodel).ok()?;
        let written = format!("${{{}}}", text.text);
        Some(Fix {
            title: format!("write `{written}`"),
            span: text.span,
            replacement: match text.quotes() {
                Quotes::None => yaml::quoted(&written),
                quotes => quotes.write(&written),
            },
            is_safe: false,
        })
    }

    /// The names of the literals of an enum; none of another type.
    fn literals(&self, of: ValueType) -> Vec<Arc<str>> {
        let ValueType::Enum(id) = of else {
            return Vec::new();
        };
        let literals = self.metamodel.enumeration(id).literals.iter();
        literals.map(|l| l.name.clone()).collect()
    }

    /// An expression whose value a feature gets.
    fn single(&mut self, expression: &Expression, feature: FeatureId) -> Option<RecipeKind> {
        let declared = self.metamodel.feature(feature);
        let ty = &expression.ty;
        let item = match (ty.item(), declared.target(), self.rules) {
            (of, Some(target), Some(rules))
                if of.is_object() && (declared.is_many() || !ty.is_list()) =>
            {
                let found = resolve::all_picks(rules, (of.classes(), target), self.metamodel);
                return match found {
                    Ok(picks) => Some(RecipeKind::Resolved(expression.clone(), Arc::new(picks))),
                    Err(unresolved) => {
                        self.diagnostics.push(unresolved.diagnostic(expression));
                        None
                    }
                };
            }
            (_, Some(target), Some(_)) => Type::Made(target),
            (_, Some(target), None) => Type::Class(target),
            (_, None, _) => {
                let of = declared.value_type();
                of.map_or(Type::Null, |of| Type::of_value_type(self.metamodel, of))
            }
        };
        let many = item.clone().list();
        let metamodel = self.metamodel;
        let fits =
            ty.conforms(&item, metamodel) || (declared.is_many() && ty.conforms(&many, metamodel));
        if fits {
            return Some(RecipeKind::Expression(expression.clone()));
        }
        let bend = self.bend(ty, &item).filter(|_| !declared.is_many());
        let wanted = if declared.is_many() { many } else { item };
        let (is, wants) = (ty.display(metamodel), wanted.display(metamodel));
        let message = format!("`{}` is {wants}, this is {is}", declared.name);
        let span = expression.excerpt.span;
        let mut diagnostic = Diagnostic::error(Code::ExpressionType, span, message);
        if let Some(fix) = bend.and_then(|bend| expression.followed(&bend)) {
            diagnostic = diagnostic.hint(format!("perhaps {}", fix.title));
            diagnostic.fixes.push(fix);
        }
        self.diagnostics.push(diagnostic);
        None
    }

    /// What makes a value of one type one of another, where that is plain: the first of a list, a more special class, the
    /// text of a value, a whole number.
    fn bend(&self, ty: &Type, wanted: &Type) -> Option<String> {
        if ty.is_list() {
            let fits = ty.item().conforms(wanted, self.metamodel);
            return fits.then(|| "->first()".to_owned());
        }
        match (ty, wanted) {
            (Type::Class(of), Type::Class(target)) if self.metamodel.conforms(*target, *of) => {
                let name = &self.metamodel.class(*target).name;
                Some(format!(".asType({name})"))
            }
            (Type::Boolean | Type::Integer | Type::Real | Type::Enum(_), Type::String) => {
                Some(".toString()".to_owned())
            }
            (Type::Real, Type::Integer) => Some(".round()".to_owned()),
            _ => None,
        }
    }
}

/// Says that an expression stands in `${…}`; text on several lines gets no edit.
fn with_braces(diagnostic: Diagnostic, fix: Fix) -> Diagnostic {
    let mut diagnostic =
        diagnostic.hint(format!("an expression stands in `${{…}}`: {}", fix.title));
    if !fix.title.contains('\n') {
        diagnostic.fixes.push(fix);
    }
    diagnostic
}

/// The feature that a rule names, reported where there is none.
pub(crate) fn known_feature(
    metamodel: &Metamodel,
    class: ClassId,
    name: &Excerpt,
    diagnostics: &mut Diagnostics,
) -> Option<FeatureId> {
    let found = metamodel.feature_named(class, &name.text);
    if found.is_none() {
        let message = format!(
            "class `{}` has no feature `{}`",
            metamodel.class(class).name,
            name.text
        );
        let diagnostic = Diagnostic::error(Code::UnknownFeature, name.span, message);
        diagnostics.push(diagnostic.suggest(&name.text, metamodel.feature_names(class)));
    }
    found
}
