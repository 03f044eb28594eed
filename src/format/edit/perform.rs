//! Edits on the model in memory: each is checked against the metamodel before it changes anything.

use std::sync::Arc;

use super::draft::{Draft, same};
use super::reference;
use super::{Edit, EditError, NewObject, NewValue, Place};
use crate::metamodel::{ClassId, FeatureId, Literal, Role};
use crate::model::{ObjectId, Proxy, Value};

/// Makes one edit.
pub(super) fn perform(draft: &mut Draft<'_>, edit: &Edit) -> Result<(), EditError> {
    match edit {
        Edit::Set {
            object,
            feature,
            value,
        } => {
            check_feature(draft, *object, *feature)?;
            draft.spelling.remove(&(*object, *feature));
            allocate(draft, value, *feature)?;
            let values = convert(draft, (*object, *feature), value)?;
            let many = draft.metamodel().feature(*feature).is_many();
            if !many && matches!(value, NewValue::List(_)) {
                return Err(wrong(draft, *feature, "is one value, not a list"));
            }
            draft.exact.insert((*object, *feature));
            assign(draft, *object, *feature, values)
        }
        Edit::Unset { object, feature } => {
            check_feature(draft, *object, *feature)?;
            draft.exact.insert((*object, *feature));
            assign(draft, *object, *feature, Vec::new())
        }
        Edit::Insert { place, value } => insert(draft, *place, value),
        Edit::Remove { place } => remove(draft, *place),
        Edit::Delete { object } => {
            check_object(draft, *object)?;
            let Some((container, feature)) = draft.container(*object) else {
                draft.delete(*object);
                return Ok(());
            };
            check_feature(draft, container, feature)?;
            let mut values = draft.values(container, feature);
            values.retain(|v| v.as_object() != Some(*object));
            assign(draft, container, feature, values)
        }
        Edit::Move { object, place } => relocate(draft, *object, *place),
        Edit::ChangeType { object, class } => change_type(draft, *object, *class),
    }
}

fn insert(draft: &mut Draft<'_>, place: Place, value: &NewValue) -> Result<(), EditError> {
    let Place {
        object, feature, ..
    } = place;
    check_feature(draft, object, feature)?;
    allocate(draft, value, feature)?;
    let new = convert(draft, (object, feature), value)?;
    let mut values = draft.values(object, feature);
    let declared = draft.metamodel().feature(feature);
    if declared.target().is_some() && declared.unique {
        // An object that is there already moves.
        values.retain(|v| !new.contains(v));
    }
    if !declared.is_many() && values.len() + new.len() > 1 {
        return Err(wrong(draft, feature, "is one value and has one already"));
    }
    check_position(draft, place, values.len())?;
    // An object that stands in the list already changes its place there.
    let here = |o: &ObjectId| draft.container(*o) == Some((object, feature));
    let moved: Vec<ObjectId> = new
        .iter()
        .filter_map(Value::as_object)
        .filter(here)
        .collect();
    draft.moved.extend(moved);
    values.splice(place.position..place.position, new);
    assign(draft, object, feature, values)
}

fn remove(draft: &mut Draft<'_>, place: Place) -> Result<(), EditError> {
    let Place {
        object,
        feature,
        position,
    } = place;
    check_feature(draft, object, feature)?;
    let mut values = draft.values(object, feature);
    if position >= values.len() {
        return Err(no_position(draft, place, values.len()));
    }
    values.remove(position);
    assign(draft, object, feature, values)
}

fn relocate(draft: &mut Draft<'_>, object: ObjectId, place: Place) -> Result<(), EditError> {
    check_object(draft, object)?;
    if !draft.metamodel().feature(place.feature).is_containment() {
        return Err(wrong(draft, place.feature, "holds no parts"));
    }
    insert(draft, place, &NewValue::Object(object))
}

fn change_type(draft: &mut Draft<'_>, object: ObjectId, class: ClassId) -> Result<(), EditError> {
    check_object(draft, object)?;
    check_concrete(draft, class)?;
    let metamodel = draft.metamodel().clone();
    if let Some((_, through)) = draft.container(object) {
        check_fits(draft, class, through)?;
    }
    let kept = &metamodel.class(class).features;
    let old = metamodel.class(draft.class(object)).features.clone();
    for feature in old.iter().filter(|f| !kept.contains(f)) {
        if !draft.values(object, *feature).is_empty() {
            draft.assign(object, *feature, Vec::new());
        }
    }
    draft.set_class(object, class);
    Ok(())
}

/// Gives a feature its values, after a look at containment.
fn assign(
    draft: &mut Draft<'_>,
    object: ObjectId,
    feature: FeatureId,
    values: Vec<Value>,
) -> Result<(), EditError> {
    if draft.metamodel().feature(feature).is_containment() {
        for part in values.iter().filter_map(Value::as_object) {
            let above = std::iter::successors(Some(object), |o| draft.container(*o).map(|c| c.0));
            if above.into_iter().any(|o| o == part) {
                let path = draft.describe(part);
                return Err(EditError::Cycle { path });
            }
        }
    }
    let declared = draft.metamodel().feature(feature);
    let mut seen = std::collections::BTreeSet::new();
    let mut objects = values.iter().filter_map(Value::as_object);
    if declared.unique && objects.any(|o| !seen.insert(o)) {
        return Err(wrong(draft, feature, "would name an object twice"));
    }
    draft.touched.insert((object, feature));
    draft.assign(object, feature, values);
    Ok(())
}

/// The values that a new value stands for; new objects are made, with all that is in them.
fn convert(
    draft: &mut Draft<'_>,
    slot: (ObjectId, FeatureId),
    value: &NewValue,
) -> Result<Vec<Value>, EditError> {
    let feature = slot.1;
    let metamodel = draft.metamodel().clone();
    let declared = metamodel.feature(feature);
    let value = match (value, declared.value_type(), declared.target()) {
        (NewValue::List(items), ..) => {
            let mut values = Vec::new();
            for item in items {
                if matches!(item, NewValue::List(_)) {
                    return Err(wrong(draft, feature, "is a list of values, not of lists"));
                }
                values.extend(convert(draft, slot, item)?);
            }
            return Ok(values);
        }
        (NewValue::Text(text), Some(of), _) => {
            let literal = metamodel.parse(of, text).map_err(|expected| {
                wrong(draft, feature, &format!("is {expected}, not `{text}`"))
            })?;
            let value = Value::from(literal.clone());
            if metamodel.print(of, &literal) != **text {
                let spelling = draft.spelling.entry(slot).or_default();
                spelling.push((value.clone(), text.clone()));
            }
            value
        }
        (NewValue::Literal(literal), Some(of), _) => {
            let text = metamodel.print(of, literal);
            let value = Value::from(literal.clone());
            let read = metamodel.parse(of, &text).map(Value::from);
            if !read.is_ok_and(|read| same(&read, &value)) {
                let name = metamodel.value_type_name(of);
                let reason = format!("is of type {name}, not `{text}`");
                return Err(wrong(draft, feature, &reason));
            }
            value
        }
        (NewValue::Object(target), _, Some(_)) => {
            check_object(draft, *target)?;
            check_fits(draft, draft.class(*target), feature)?;
            Value::Object(*target)
        }
        (NewValue::New(new), _, Some(_)) if declared.is_containment() => {
            let object = draft.allocated.pop_front().expect("all were allocated");
            fill(draft, object, new)?;
            Value::Object(object)
        }
        (NewValue::Uri { uri, class }, _, Some(_)) => {
            let inside = uri.split_once('#').is_none_or(|(file, _)| file.is_empty());
            if inside || uri.contains(char::is_whitespace) {
                let reason = format!("needs the URI of an object in another file, not `{uri}`");
                return Err(wrong(draft, feature, &reason));
            }
            if let Some(class) = class {
                check_fits(draft, *class, feature)?;
            }
            let class = class.filter(|c| Some(*c) != declared.target());
            Value::Proxy(Arc::new(Proxy {
                uri: reference::normal(uri),
                class,
            }))
        }
        (_, Some(_), _) => return Err(wrong(draft, feature, "holds values, not objects")),
        _ if declared.is_containment() => {
            return Err(wrong(draft, feature, "holds objects, not values"));
        }
        _ => return Err(wrong(draft, feature, "points at objects")),
    };
    Ok(vec![value])
}

/// Makes the new objects of a value, depth first, before any of them is filled: each may point at every other.
fn allocate(draft: &mut Draft<'_>, value: &NewValue, feature: FeatureId) -> Result<(), EditError> {
    match value {
        NewValue::List(items) => items
            .iter()
            .try_for_each(|item| allocate(draft, item, feature)),
        NewValue::New(new) => {
            check_concrete(draft, new.class)?;
            check_fits(draft, new.class, feature)?;
            let object = draft.create(new.class);
            draft.allocated.push_back(object);
            if let Some(id) = &new.id {
                draft.ids.insert(object, id.clone());
            }
            new.slots
                .iter()
                .try_for_each(|(feature, value)| allocate(draft, value, *feature))
        }
        NewValue::Text(_) | NewValue::Literal(_) | NewValue::Object(_) | NewValue::Uri { .. } => {
            Ok(())
        }
    }
}

fn fill(draft: &mut Draft<'_>, object: ObjectId, new: &NewObject) -> Result<(), EditError> {
    for (feature, value) in &new.slots {
        check_feature(draft, object, *feature)?;
        let values = convert(draft, (object, *feature), value)?;
        if values.len() > 1 && !draft.metamodel().feature(*feature).is_many() {
            return Err(wrong(draft, *feature, "is one value, not a list"));
        }
        assign(draft, object, *feature, values)?;
    }
    Ok(())
}

fn check_object(draft: &Draft<'_>, object: ObjectId) -> Result<(), EditError> {
    if draft.is_there(object) {
        return Ok(());
    }
    Err(EditError::NoObject(object))
}

fn check_feature(draft: &Draft<'_>, object: ObjectId, feature: FeatureId) -> Result<(), EditError> {
    check_object(draft, object)?;
    let metamodel = draft.metamodel();
    let declared = metamodel.feature(feature);
    let class = metamodel.class(draft.class(object));
    if !class.features.contains(&feature) {
        return Err(EditError::NoFeature {
            class: class.name.to_string(),
            feature: declared.name.to_string(),
        });
    }
    if !declared.is_stored() {
        return Err(wrong(draft, feature, "is computed from others"));
    }
    if declared.role != Role::Plain {
        let reason = "keeps its values in one order with those of other features";
        return Err(wrong(draft, feature, reason));
    }
    if !declared.changeable {
        return Err(wrong(draft, feature, "may not be changed"));
    }
    let other = declared.opposite().map(|o| metamodel.feature(o));
    if let Some(parts) = other.filter(|o| o.is_containment()) {
        let reason = format!(
            "is the other side of `{}`: move the object instead",
            parts.name
        );
        return Err(wrong(draft, feature, &reason));
    }
    Ok(())
}

fn check_concrete(draft: &Draft<'_>, class: ClassId) -> Result<(), EditError> {
    let declared = draft.metamodel().class(class);
    if declared.is_abstract {
        let message = format!("class `{}` is abstract", declared.name);
        return Err(EditError::Class(message));
    }
    Ok(())
}

fn check_fits(draft: &Draft<'_>, class: ClassId, feature: FeatureId) -> Result<(), EditError> {
    let metamodel = draft.metamodel();
    let declared = metamodel.feature(feature);
    let wanted = declared.target().filter(|w| !metamodel.conforms(class, *w));
    let Some(wanted) = wanted else { return Ok(()) };
    Err(EditError::Class(format!(
        "`{}` is for a {}, not for a {}",
        declared.name,
        metamodel.class(wanted).name,
        metamodel.class(class).name
    )))
}

fn check_position(draft: &Draft<'_>, place: Place, count: usize) -> Result<(), EditError> {
    if place.position <= count {
        return Ok(());
    }
    Err(no_position(draft, place, count))
}

fn no_position(draft: &Draft<'_>, place: Place, count: usize) -> EditError {
    EditError::Position {
        feature: draft.metamodel().feature(place.feature).name.to_string(),
        position: place.position,
        count,
    }
}

fn wrong(draft: &Draft<'_>, feature: FeatureId, reason: &str) -> EditError {
    EditError::Value {
        feature: draft.metamodel().feature(feature).name.to_string(),
        reason: reason.to_owned(),
    }
}

impl Draft<'_> {
    /// The text of a value of an attribute: as an edit spelled it, else as files hold it.
    pub(super) fn text(&self, object: ObjectId, feature: FeatureId, value: &Value) -> Arc<str> {
        let spelled = self.spelling.get(&(object, feature));
        if let Some((_, text)) = spelled.and_then(|s| s.iter().find(|(v, _)| same(v, value))) {
            return text.clone();
        }
        let literal: Option<Literal> = value.into();
        let of = self.metamodel().feature(feature).value_type();
        match (literal, of) {
            (Some(literal), Some(of)) => self.metamodel().print(of, &literal).into(),
            _ => "".into(),
        }
    }
}
