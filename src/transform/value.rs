//! How a binding makes its value: literals, expressions, text with expressions in it, nested objects, lists.

use crate::diag::{Code, Diagnostic, Diagnostics, Excerpt, Span};
use crate::expr::{self, Context, Expression, Failure, Scope, Text, Type};
use crate::format::node::{Kind, Node};
use crate::metamodel::{ClassId, Feature, FeatureId, Metamodel, Primitive, ValueType};
use crate::model::{ObjectId, Value};

/// How to make a value.
#[derive(Clone, Debug)]
pub(super) struct Recipe {
    pub(super) span: Span,
    pub(super) kind: RecipeKind,
}

#[derive(Clone, Debug)]
pub(super) enum RecipeKind {
    Literal(Value),
    Expression(Expression),
    Text(Text),
    Object(ClassId, Vec<(FeatureId, Recipe)>),
    List(Vec<Recipe>),
}

/// A value that was made, with what was read for it. Objects do not exist yet.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) span: Span,
    pub(super) kind: MadeKind,
    pub(super) reads: Vec<(ObjectId, FeatureId)>,
}

#[derive(Clone, Debug)]
pub(super) enum MadeKind {
    Value(Value),
    Object(ClassId, Vec<(FeatureId, Made)>),
    List(Vec<Made>),
}

impl Made {
    /// Whether two rules made the same, wherever they stand.
    pub(super) fn same(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (MadeKind::Value(a), MadeKind::Value(b)) => a == b,
            (MadeKind::Object(a, xs), MadeKind::Object(b, ys)) => {
                a == b
                    && xs.len() == ys.len()
                    && xs
                        .iter()
                        .zip(ys)
                        .all(|((f, x), (g, y))| f == g && x.same(y))
            }
            (MadeKind::List(xs), MadeKind::List(ys)) => {
                xs.len() == ys.len() && xs.iter().zip(ys).all(|(x, y)| x.same(y))
            }
            _ => false,
        }
    }
}

impl Recipe {
    /// Makes the value for one element.
    pub(super) fn make(&self, context: &Context<'_>, variables: &[Value]) -> Result<Made, Failure> {
        let kind = match &self.kind {
            RecipeKind::Literal(value) => MadeKind::Value(value.clone()),
            RecipeKind::Expression(expression) => {
                MadeKind::Value(expression.evaluate(context, variables)?)
            }
            RecipeKind::Text(text) => {
                MadeKind::Value(Value::text(text.evaluate(context, variables)?))
            }
            RecipeKind::Object(class, features) => {
                let make = |(f, r): &(FeatureId, Self)| Ok((*f, r.make(context, variables)?));
                MadeKind::Object(
                    *class,
                    features.iter().map(make).collect::<Result<_, Failure>>()?,
                )
            }
            RecipeKind::List(items) => MadeKind::List(
                items
                    .iter()
                    .map(|r| r.make(context, variables))
                    .collect::<Result<_, Failure>>()?,
            ),
        };
        Ok(Made {
            span: self.span,
            kind,
            reads: context.reads.take().into_iter().collect(),
        })
    }
}

/// Reads the value of a binding of `feature` and types it.
pub(super) fn recipe(
    node: &Node,
    feature: FeatureId,
    metamodel: &Metamodel,
    at: (&Scope, &mut Diagnostics),
) -> Option<Recipe> {
    let (scope, diagnostics) = at;
    let declared = metamodel.feature(feature);
    let kind = match &node.kind {
        _ if node.is_null() => RecipeKind::Literal(Value::Null),
        Kind::Sequence(items) => {
            if !declared.is_many() {
                let message = format!("`{}` is one value, not a list", declared.name);
                diagnostics.push(Diagnostic::error(Code::WrongType, node.span, message));
                return None;
            }
            let made: Vec<_> = items
                .iter()
                .map(|item| recipe(item, feature, metamodel, (scope, &mut *diagnostics)))
                .collect();
            RecipeKind::List(made.into_iter().collect::<Option<_>>()?)
        }
        Kind::Mapping(_) => object(node, declared, metamodel, (scope, &mut *diagnostics))?,
        Kind::Plain(text) | Kind::Quoted(text) => {
            scalar(text, declared, metamodel, (scope, &mut *diagnostics))?
        }
    };
    Some(Recipe {
        span: node.span,
        kind,
    })
}

/// `{Class: {feature: value}}`.
fn object(
    node: &Node,
    declared: &Feature,
    metamodel: &Metamodel,
    at: (&Scope, &mut Diagnostics),
) -> Option<RecipeKind> {
    let (scope, diagnostics) = at;
    let entries = node.mapping().unwrap_or_default();
    let (Some(target), [entry]) = (declared.target(), entries) else {
        let message = format!(
            "a new object is written as one class with its features, for `{}`",
            declared.name
        );
        let diagnostic = Diagnostic::error(Code::RuleSyntax, node.span, message);
        diagnostics.push(diagnostic.hint("such as `{Class: {feature: value}}`"));
        return None;
    };
    if !declared.is_containment() {
        let message = format!(
            "`{}` is no containment, so nothing can be created in it",
            declared.name
        );
        diagnostics.push(Diagnostic::error(Code::WrongType, node.span, message));
        return None;
    }
    let name = &entry.key.text;
    let found = metamodel
        .class_named(name)
        .filter(|c| metamodel.conforms(*c, target));
    let Some(class) = found.filter(|c| !metamodel.class(*c).is_abstract) else {
        let message = format!(
            "`{}` holds no new object of a class `{name}`",
            declared.name
        );
        let known = metamodel
            .concrete(target)
            .map(|c| &*metamodel.class(c).name);
        diagnostics.push(
            Diagnostic::error(Code::UnknownClass, entry.key.span, message).suggest(name, known),
        );
        return None;
    };
    let mut features = Vec::new();
    if !entry.value.is_null() && entry.value.mapping().is_none() {
        let message = format!(
            "the features of `{name}` are a mapping, not {}",
            entry.value.description()
        );
        diagnostics.push(Diagnostic::error(
            Code::RuleSyntax,
            entry.value.span,
            message,
        ));
    }
    for part in entry.value.mapping().unwrap_or_default() {
        let Some(feature) = known_feature(metamodel, class, &part.key, diagnostics) else {
            continue;
        };
        if let Some(value) = recipe(&part.value, feature, metamodel, (scope, &mut *diagnostics)) {
            features.push((feature, value));
        }
    }
    Some(RecipeKind::Object(class, features))
}

/// The feature that a rule names, reported where there is none.
pub(super) fn known_feature(
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

/// A literal, `${expression}`, or text with expressions in it.
fn scalar(
    text: &Excerpt,
    declared: &Feature,
    metamodel: &Metamodel,
    at: (&Scope, &mut Diagnostics),
) -> Option<RecipeKind> {
    let (scope, diagnostics) = at;
    let compiled = match expr::compile_text(text, scope, metamodel) {
        Ok(compiled) => {
            diagnostics.extend(compiled.warnings());
            compiled
        }
        Err(found) => {
            diagnostics.extend(found);
            return None;
        }
    };
    if let Some(expression) = compiled.single() {
        check_type(expression, declared, metamodel, diagnostics)?;
        return Some(RecipeKind::Expression(expression.clone()));
    }
    let Some(of) = declared.value_type() else {
        let message = format!("`{}` holds objects, not text", declared.name);
        let diagnostic = Diagnostic::error(Code::WrongType, text.span, message);
        diagnostics
            .push(diagnostic.hint("write an expression `${…}`, or a new object `{Class: {…}}`"));
        return None;
    };
    if !compiled.is_literal() {
        if !matches!(of, ValueType::Data(id) if metamodel.data_type(id).primitive == Primitive::String)
        {
            let message = format!(
                "`{}` is no text, so no text can be put together for it",
                declared.name
            );
            diagnostics.push(Diagnostic::error(Code::WrongType, text.span, message));
            return None;
        }
        return Some(RecipeKind::Text(compiled));
    }
    let literal = compiled.literal().unwrap_or_default();
    match metamodel.parse(of, &literal) {
        Ok(literal) => Some(RecipeKind::Literal(literal.into())),
        Err(expected) => {
            let message = format!("`{}` is {expected}, not `{literal}`", declared.name);
            diagnostics.push(Diagnostic::error(Code::WrongType, text.span, message));
            None
        }
    }
}

fn check_type(
    expression: &Expression,
    declared: &Feature,
    metamodel: &Metamodel,
    diagnostics: &mut Diagnostics,
) -> Option<()> {
    let wanted = item_type(declared, metamodel);
    let many = Type::List(Box::new(wanted.clone()));
    let fits = expression.ty.conforms(&wanted, metamodel)
        || (declared.is_many() && expression.ty.conforms(&many, metamodel));
    if fits {
        return Some(());
    }
    let wanted = if declared.is_many() { many } else { wanted };
    let (is, wants) = (expression.ty.display(metamodel), wanted.display(metamodel));
    let message = format!("`{}` is {wants}, this is {is}", declared.name);
    diagnostics.push(Diagnostic::error(
        Code::ExpressionType,
        expression.excerpt.span,
        message,
    ));
    None
}

/// The type of one value of a feature.
fn item_type(declared: &Feature, metamodel: &Metamodel) -> Type {
    match (declared.target(), declared.value_type()) {
        (Some(class), _) => Type::Class(class),
        (None, Some(ValueType::Enum(id))) => Type::Enum(id),
        (None, Some(ValueType::Data(id))) => match metamodel.data_type(id).primitive {
            Primitive::Boolean => Type::Boolean,
            Primitive::Integer { .. } => Type::Integer,
            Primitive::Float | Primitive::Double => Type::Real,
            _ => Type::String,
        },
        (None, None) => Type::Null,
    }
}
