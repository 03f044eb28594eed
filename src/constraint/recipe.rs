//! The values of fixes: literals, expressions, text with expressions in it, new objects, lists.

use super::load::Compiler;
use crate::diag::{Code, Diagnostic, Excerpt};
use crate::expr::{self, Context, Expression, Failure, Scope, Text, Type};
use crate::format::edit::{NewObject, NewValue};
use crate::format::node::{Kind, Node};
use crate::metamodel::{ClassId, Feature, FeatureId, Literal, Metamodel};
use crate::model::Value;

/// How to make a value.
#[derive(Clone, Debug)]
pub(super) enum Recipe {
    Nothing,
    /// A literal in the spelling of the one who wrote it.
    Literal(Excerpt),
    /// An expression; whether a whole number of it becomes one with a point.
    Expression(Expression, Numbers),
    Text(Text),
    Object(ClassId, Vec<(FeatureId, Recipe)>),
    List(Vec<Recipe>),
}

/// What numbers a feature holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    AsTheyAre,
    Real,
}

/// Reads the value that a feature is to get, and types it.
pub(super) fn read(
    node: &Node,
    feature: FeatureId,
    (scope, compiler): (&Scope, &mut Compiler<'_>),
) -> Option<Recipe> {
    let declared = compiler.metamodel.feature(feature);
    match &node.kind {
        _ if node.is_null() => Some(Recipe::Nothing),
        Kind::Sequence(items) => {
            if !declared.is_many() {
                let message = format!("`{}` is one value, not a list", declared.name);
                return compiler.error(Code::WrongType, node.span, message);
            }
            let items = items
                .iter()
                .map(|i| read(i, feature, (scope, &mut *compiler)));
            let items: Vec<Option<Recipe>> = items.collect();
            items.into_iter().collect::<Option<_>>().map(Recipe::List)
        }
        Kind::Mapping(_) => object(node, declared, (scope, compiler)),
        Kind::Plain(text) | Kind::Quoted(text) => scalar(text, feature, (scope, compiler)),
    }
}

/// `{Class: {feature: value}}`.
fn object(
    node: &Node,
    declared: &Feature,
    (scope, compiler): (&Scope, &mut Compiler<'_>),
) -> Option<Recipe> {
    let (Some(target), [entry], true) = (
        declared.target(),
        node.mapping().unwrap_or_default(),
        declared.is_containment(),
    ) else {
        let message = format!("`{}` does not hold a new object here", declared.name);
        let diagnostic = Diagnostic::error(Code::WrongType, node.span, message);
        let hint = "a containment holds new objects, such as `{Class: {feature: value}}`";
        compiler.diagnostics.push(diagnostic.hint(hint));
        return None;
    };
    let class = new_class(&entry.key, (target, declared), compiler)?;
    if !entry.value.is_null() && entry.value.mapping().is_none() {
        let (name, is) = (&entry.key.text, entry.value.description());
        let message = format!("the features of `{name}` are a mapping, not {is}");
        return compiler.error(Code::RuleSyntax, entry.value.span, message);
    }
    let parts = entry.value.mapping().unwrap_or_default().iter();
    let features = parts.map(|part| {
        let feature = compiler.feature(class, &part.key)?;
        Some((
            feature,
            read(&part.value, feature, (scope, &mut *compiler))?,
        ))
    });
    let features: Vec<Option<(FeatureId, Recipe)>> = features.collect();
    let features = features.into_iter().collect::<Option<_>>()?;
    Some(Recipe::Object(class, features))
}

/// The class of a new object that a feature is to hold.
fn new_class(
    name: &Excerpt,
    (target, holder): (ClassId, &Feature),
    compiler: &mut Compiler<'_>,
) -> Option<ClassId> {
    let metamodel = compiler.metamodel;
    let known = || metamodel.concrete(target);
    let found = metamodel.class_named(&name.text);
    if let Some(class) = found.filter(|c| known().any(|k| k == *c)) {
        return Some(class);
    }
    let message = format!(
        "`{}` holds no new object of a class `{}`",
        holder.name, name.text
    );
    let diagnostic = Diagnostic::error(Code::UnknownClass, name.span, message);
    let names = known().map(|c| &*metamodel.class(c).name);
    compiler
        .diagnostics
        .push(diagnostic.suggest(&name.text, names));
    None
}

/// A literal, `${expression}`, or text with expressions in it.
fn scalar(
    text: &Excerpt,
    feature: FeatureId,
    (scope, compiler): (&Scope, &mut Compiler<'_>),
) -> Option<Recipe> {
    let metamodel = compiler.metamodel;
    let declared = metamodel.feature(feature);
    let compiled = expr::compile_text(text, scope, metamodel);
    let compiled = compiled
        .map_err(|found| compiler.diagnostics.extend(found))
        .ok()?;
    if let Some(expression) = compiled.single() {
        return single(expression, feature, compiler);
    }
    let Some(of) = declared.value_type() else {
        let message = format!("`{}` holds objects, not text", declared.name);
        return compiler.error(Code::WrongType, text.span, message);
    };
    let Some(literal) = compiled.literal() else {
        if Type::of_value_type(metamodel, of) == Type::String {
            return Some(Recipe::Text(compiled));
        }
        let message = format!(
            "`{}` is no text, so no text can be put together for it",
            declared.name
        );
        return compiler.error(Code::WrongType, text.span, message);
    };
    match metamodel.parse(of, &literal) {
        Ok(_) => Some(Recipe::Literal(Excerpt::direct(literal, text.span))),
        Err(expected) => {
            let message = format!("`{}` is {expected}, not `{literal}`", declared.name);
            compiler.error(Code::WrongType, text.span, message)
        }
    }
}

/// An expression whose value a feature gets.
fn single(
    expression: &Expression,
    feature: FeatureId,
    compiler: &mut Compiler<'_>,
) -> Option<Recipe> {
    let metamodel = compiler.metamodel;
    let declared = metamodel.feature(feature);
    let wanted = Type::of_feature(metamodel, feature);
    let ty = &expression.ty;
    if ty.conforms(&wanted, metamodel) || ty.conforms(wanted.item(), metamodel) {
        let numbers = if *wanted.item() == Type::Real {
            Numbers::Real
        } else {
            Numbers::AsTheyAre
        };
        return Some(Recipe::Expression(expression.clone(), numbers));
    }
    let (is, wants) = (ty.display(metamodel), wanted.display(metamodel));
    let message = format!("`{}` is {wants}, this is {is}", declared.name);
    compiler.error(Code::ExpressionType, expression.excerpt.span, message)
}

impl Recipe {
    /// Makes the value for one element; `None` is no value.
    pub(super) fn make(
        &self,
        context: &Context<'_>,
        variables: &[Value],
    ) -> Result<Option<NewValue>, Failure> {
        Ok(match self {
            Self::Nothing => None,
            Self::Literal(text) => Some(NewValue::Text(text.text.clone())),
            Self::Expression(expression, numbers) => {
                let value = expression.evaluate(context, variables)?;
                new_value(&value, *numbers)
            }
            Self::Text(text) => Some(NewValue::Text(text.evaluate(context, variables)?.into())),
            Self::Object(class, features) => {
                let mut slots = Vec::with_capacity(features.len());
                for (feature, recipe) in features {
                    let value = recipe.make(context, variables)?;
                    slots.extend(value.map(|v| (*feature, listed(context, *feature, v))));
                }
                Some(NewValue::New(NewObject {
                    class: *class,
                    id: None,
                    slots,
                }))
            }
            Self::List(items) => {
                let mut all = Vec::with_capacity(items.len());
                for item in items {
                    match item.make(context, variables)? {
                        Some(NewValue::List(more)) => all.extend(more),
                        one => all.extend(one),
                    }
                }
                Some(NewValue::List(all))
            }
        })
    }
}

/// One value as the list that a feature of many values holds.
fn listed(context: &Context<'_>, feature: FeatureId, value: NewValue) -> NewValue {
    let metamodel: &Metamodel = context.model.metamodel();
    match value {
        one @ NewValue::List(_) => one,
        one if metamodel.feature(feature).is_many() => NewValue::List(vec![one]),
        one => one,
    }
}

fn new_value(value: &Value, numbers: Numbers) -> Option<NewValue> {
    match value {
        Value::Null | Value::Entry(_) => None,
        Value::Object(object) => Some(NewValue::Object(*object)),
        Value::Proxy(proxy) => Some(NewValue::Uri {
            uri: proxy.uri.clone(),
            class: proxy.class,
        }),
        Value::List(items) => {
            let items = items.iter().filter_map(|i| new_value(i, numbers));
            Some(NewValue::List(items.collect()))
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "a real feature holds what 64 bits can"
        )]
        Value::Integer(n) if numbers == Numbers::Real => {
            Some(NewValue::Literal(Literal::Real(*n as f64)))
        }
        other => {
            let literal: Option<Literal> = other.into();
            literal.map(NewValue::Literal)
        }
    }
}
