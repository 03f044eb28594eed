//! Generic types: those that say no more than a plain type become one, as EMF has it.
//!
//! Each typed element and super type has a generic type in Ecore; files leave it out where it has no arguments and
//! no type parameter. `eGenericType` then stands for `eType`, `eGenericSuperTypes` for all `eSuperTypes`.

use std::sync::Arc;

use super::ecore;
use crate::metamodel::{ECORE_URI, FeatureId};
use crate::model::{Model, ObjectId, Origin, Proxy, Value};

/// Generic feature, plain feature, and what a generic type without a classifier stands for there.
const PAIRS: &[(&str, &str, &str)] = &[
    ("eGenericType", "eType", "EJavaObject"),
    ("eGenericSuperTypes", "eSuperTypes", "EObject"),
    ("eGenericExceptions", "eExceptions", "EJavaObject"),
];

/// Makes plain types of generic ones that say no more, and drops plain ones beside generic ones that do.
pub fn normalise(model: &mut Model) {
    for object in model.objects() {
        for (generic, plain, any) in PAIRS {
            let class = model.class(object);
            if !model.metamodel().class(class).package.is_built_in() {
                continue;
            }
            let find = |name| ecore().feature_named(class, name);
            if let (Some(generic), Some(plain)) = (find(generic), find(plain)) {
                pair(model, object, (generic, plain), any);
            }
        }
    }
}

fn pair(model: &mut Model, object: ObjectId, (generic, plain): (FeatureId, FeatureId), any: &str) {
    let types = model.targets(object, generic);
    if types.is_empty() {
        return;
    }
    let class = model.class(types[0]);
    let classifier = ecore()
        .feature_named(class, "eClassifier")
        .expect("generic types have a classifier");
    let simple = |o: &ObjectId| {
        model.slots(*o).all(|(feature, _)| feature == classifier) && model.id(*o).is_none()
    };
    if !types.iter().all(simple) {
        model.unset(object, plain);
        return;
    }
    let named = types.iter().map(|t| match model.get(*t, classifier) {
        Value::Null => of_ecore(any),
        named => named,
    });
    let named: Vec<Value> = named.collect();
    let origin = model
        .origin(types[0], classifier)
        .unwrap_or(Origin::Implied);
    if ecore().feature(plain).is_many() {
        let known = model.get(object, plain).items().to_vec();
        for value in named.into_iter().filter(|v| !known.contains(v)) {
            model.add(object, plain, value, origin);
        }
    } else if let Some(value) = named.into_iter().next() {
        model.set(object, plain, value, origin);
    }
    model.unset(object, generic);
}

/// A classifier of Ecore, as files refer to it.
fn of_ecore(name: &str) -> Value {
    let kind = if name == "EObject" {
        "EClass"
    } else {
        "EDataType"
    };
    Value::Proxy(Arc::new(Proxy {
        uri: format!("{ECORE_URI}#//{name}").into(),
        class: ecore().class_named(kind),
    }))
}
