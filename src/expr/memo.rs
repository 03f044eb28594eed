//! What evaluations find out and may use again as long as the model stays as it is.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use regex_lite::Regex;

use crate::metamodel::{ClassId, FeatureId};
use crate::model::{ObjectId, Value};

/// Who refers to each object, and by which reference.
pub(super) type Inverse = BTreeMap<ObjectId, Vec<(ObjectId, FeatureId)>>;

/// The instances of classes in models of a name.
type ExtentsIn = BTreeMap<(ClassId, Arc<str>), Rc<Value>>;

/// The instances of classes as values, who refers to whom, and regular expressions.
///
/// A rule that asks `Class.all` for each of a million elements computes it once. Whoever changes the model, or what is
/// known beside it, begins with another one.
#[derive(Debug, Default)]
pub struct Memo {
    pub(super) extents: RefCell<BTreeMap<ClassId, Rc<Value>>>,
    pub(super) extents_in: RefCell<ExtentsIn>,
    pub(super) inverse: OnceCell<Inverse>,
    pub(super) patterns: RefCell<BTreeMap<Arc<str>, Rc<Regex>>>,
}
