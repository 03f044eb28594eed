//! Conformance: what a metamodel asks of a model beyond the type of each value, which readers check.

use std::collections::BTreeSet;

use super::{LinkId, Model, ObjectId, Origin, SlotValue, Value};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::metamodel::{ClassId, FeatureId, FeatureKind, Primitive, ValueType};

/// Reports missing and surplus values, repeated values of unique features and repeated identities.
pub fn check(model: &Model, diagnostics: &mut Diagnostics) {
    check_made(model, &|_| None, diagnostics);
}

/// Does the same for a model that rules made; `binding` is where the rule stands that wrote a value.
pub fn check_made(
    model: &Model,
    binding: &dyn Fn(LinkId) -> Option<Span>,
    diagnostics: &mut Diagnostics,
) {
    let model = &Checked { model, binding };
    let metamodel = model.metamodel();
    let mut ids = std::collections::BTreeMap::new();
    for object in model.objects() {
        for feature in &metamodel.class(model.class(object)).features {
            check_bounds(model, object, *feature, diagnostics);
            check_values(model, object, *feature, diagnostics);
            check_keys(model, object, *feature, diagnostics);
            if let FeatureKind::Attribute { id: true, .. } = metamodel.feature(*feature).kind
                && let Some(Value::String(text)) = model.own(object, *feature)
                && let Some(first) = ids.insert(text.clone(), object)
            {
                let message = format!("two objects have the identity `{text}`");
                let diagnostic = Diagnostic::error(
                    Code::DuplicateId,
                    place(model, object, Some(*feature)),
                    message,
                );
                diagnostics
                    .push(diagnostic.related(place(model, first, Some(*feature)), "the first one"));
            }
        }
    }
}

fn check_bounds(
    model: &Checked<'_>,
    object: ObjectId,
    feature: FeatureId,
    diagnostics: &mut Diagnostics,
) {
    let declared = model.metamodel().feature(feature);
    let mut report =
        |span, message| diagnostics.push(Diagnostic::error(Code::Multiplicity, span, message));
    let count = match model.see(object, feature) {
        Some(SlotValue::Objects(all)) => all.len(),
        _ => model.get(object, feature).items().len(),
    };
    let class = model.class_name(object);
    if count < declared.lower as usize
        && !(declared.derived || declared.volatile)
        && !model.is_unread(object, feature)
    {
        let wanted = match (declared.lower, count) {
            (1, 0) => format!("{class} needs `{}`", declared.name),
            (n, _) => format!(
                "{class} needs at least {n} `{}`, it has {count}",
                declared.name
            ),
        };
        report(place(model, object, (count > 0).then_some(feature)), wanted);
    }
    if let Some(upper) = declared.upper
        && count > upper as usize
    {
        let message = format!(
            "{class} may have at most {upper} `{}`, it has {count}",
            declared.name
        );
        report(place(model, object, Some(feature)), message);
    }
}

/// Reports parts that their container tells apart by keys, and that have the same ones: map entries, and `eKeys`.
fn check_keys(
    model: &Checked<'_>,
    object: ObjectId,
    feature: FeatureId,
    diagnostics: &mut Diagnostics,
) {
    let metamodel = model.metamodel();
    let declared = metamodel.feature(feature);
    let Some(target) = declared.target().filter(|_| declared.is_containment()) else {
        return;
    };
    let class = metamodel.class(target);
    let mut keys = declared.keys.clone();
    if class.instance_class.as_deref() == Some("java.util.Map$Entry") {
        keys.extend(metamodel.feature_named(target, "key"));
    }
    if keys.is_empty() {
        return;
    }
    let mut seen = std::collections::BTreeMap::new();
    for part in model.targets(object, feature) {
        let values = keys
            .iter()
            .map(|k| super::show(model, &model.get(part, *k)));
        let values: Vec<String> = values.collect();
        if let Some(first) = seen.insert(values.clone(), part) {
            let shown = values.join(", ");
            let message = format!("`{}` has two members with the key `{shown}`", declared.name);
            let at = place(model, part, keys.first().copied());
            let diagnostic = Diagnostic::error(Code::DuplicateId, at, message);
            let first = place(model, first, keys.first().copied());
            diagnostics.push(diagnostic.related(first, "the first one"));
        }
    }
}

/// Numbers within the bounds of their type, and each value of a unique feature once: what rules can get wrong.
fn check_values(
    model: &Checked<'_>,
    object: ObjectId,
    feature: FeatureId,
    diagnostics: &mut Diagnostics,
) {
    let metamodel = model.metamodel();
    let declared = metamodel.feature(feature);
    // Most lists have their objects in the order in which these were made: none is there twice.
    if let Some(SlotValue::Objects(all)) = model.see(object, feature)
        && all.is_sorted_by(|a, b| a < b)
    {
        return;
    }
    let Some(value) = model.own(object, feature) else {
        return;
    };
    if let Some(ValueType::Data(of)) = declared.value_type()
        && let Primitive::Integer { min, max } = metamodel.data_type(of).primitive
    {
        let outside = |v: &&Value| matches!(v, Value::Integer(n) if !(min..=max).contains(n));
        if let Some(Value::Integer(n)) = value.items().iter().find(outside) {
            let message = format!(
                "`{}` is a whole number between {min} and {max}, not {n}",
                declared.name
            );
            let span = place(model, object, Some(feature));
            diagnostics.push(Diagnostic::error(Code::WrongType, span, message));
        }
    }
    if declared.unique
        && declared.is_many()
        && let Some(twice) = repeated(value.items())
    {
        let shown = super::show(model, twice);
        let message = format!(
            "`{}` has `{shown}` twice, and each of its values may stand there once",
            declared.name
        );
        let span = place(model, object, Some(feature));
        diagnostics.push(if declared.is_containment() {
            Diagnostic::error(Code::Multiplicity, span, message)
        } else {
            Diagnostic::warning(Code::Multiplicity, span, message)
        });
    }
}

/// A model, and where those rules stand that made it.
struct Checked<'m> {
    model: &'m Model,
    binding: &'m dyn Fn(LinkId) -> Option<Span>,
}

impl std::ops::Deref for Checked<'_> {
    type Target = Model;

    fn deref(&self) -> &Model {
        self.model
    }
}

impl Checked<'_> {
    fn span(&self, origin: Origin) -> Option<Span> {
        match origin {
            Origin::Derived(link) => (self.binding)(link),
            other => other.span(),
        }
    }
}

/// The first value that stands earlier in the list too.
fn repeated(items: &[Value]) -> Option<&Value> {
    let mut seen = BTreeSet::new();
    let mut others: Vec<&Value> = Vec::new();
    items.iter().find(|item| {
        if let Some(known) = Known::of(item) {
            return !seen.insert(known);
        }
        // Parts of feature maps and numbers with a point: few of them are unique.
        let twice = others.contains(item);
        if others.len() < 1000 {
            others.push(item);
        }
        twice
    })
}

/// A value that has an order, by which a long list is looked through in no time.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Known<'v> {
    Boolean(bool),
    Integer(i64),
    Text(&'v str),
    Enum(u32),
    Object(ObjectId),
    Proxy(&'v str, Option<ClassId>),
}

impl<'v> Known<'v> {
    fn of(value: &'v Value) -> Option<Self> {
        Some(match value {
            Value::Boolean(b) => Self::Boolean(*b),
            Value::Integer(n) => Self::Integer(*n),
            Value::String(text) => Self::Text(text),
            Value::Enum(_, literal) => Self::Enum(*literal),
            Value::Object(object) => Self::Object(*object),
            Value::Proxy(proxy) => Self::Proxy(&proxy.uri, proxy.class),
            Value::Null | Value::Real(_) | Value::Entry(_) | Value::List(_) => return None,
        })
    }
}

/// Where to point for an object or one of its values: the file, else the nearest container that was read from one.
fn place(model: &Checked<'_>, object: ObjectId, feature: Option<FeatureId>) -> Span {
    let value = feature
        .and_then(|f| model.origin(object, f))
        .and_then(|o| model.span(o));
    let own = || model.span(model.object_origin(object));
    value
        .or_else(own)
        .unwrap_or_else(|| model.nearest_span(object))
}

impl Model {
    /// The place of an object in a file, else that of the nearest container that was read from one.
    pub fn nearest_span(&self, object: ObjectId) -> Span {
        let own = self.object_origin(object).span();
        let above = || {
            self.ancestors(object)
                .find_map(|o| self.object_origin(o).span())
        };
        own.or_else(above)
            .unwrap_or(Span::new(crate::diag::FileId(0), 0, 0))
    }
}
