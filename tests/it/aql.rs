//! The expressions of Acceleo's own test suite, each with its value and its static type, where `MLOPSGEN_CORPUS` names
//! the folder of real files: `MLOPSGEN_CORPUS=… cargo test --test it aql -- --nocapture`.
//!
//! What AQL writes differently is put in our terms by [`wanted_type`]: a `Sequence` and a `Set` are lists, and a data
//! type stands for the type of its values. A set of possible types is one type here: an object of one of several
//! classes. Where AQL infers `Nothing` with an error, the expression must be refused at that place.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mlopsgen::diag::{Excerpt, FileId, Span};
use mlopsgen::expr::{self, Context, Expression, Reads, Scope, Type};
use mlopsgen::metamodel::{ClassId, Metamodel};
use mlopsgen::model::{Model, ObjectId, Value, resolve_fragment};

use crate::models::load;

/// How many of the expressions have both the value and the type that AQL's suite expects.
const REACHED: usize = 58;

/// Expressions that differ on purpose, with the reason.
const DIFFERS: &[(&str, &str)] = &[];

const FOLDER: &str = "input/eclipse-acceleo+acceleo/query/tests";

#[test]
fn the_expressions_of_acceleo_have_their_values_and_types() {
    let Some(corpus) = std::env::var_os("MLOPSGEN_CORPUS").map(PathBuf::from) else {
        println!("skipped: MLOPSGEN_CORPUS names no folder");
        return;
    };
    let suite = Suite::load(&corpus.canonicalize().unwrap().join(FOLDER));
    let queries = suite.queries.roots()[0];
    let (mut good, mut all, mut unexplained) = (0, 0, Vec::new());
    for query in objects(&suite.queries, queries, "queries") {
        all += 1;
        let text = suite.expression(query);
        match suite.differences(query, &text) {
            None => good += 1,
            Some(difference) => match DIFFERS.iter().find(|(e, _)| *e == text) {
                Some((_, reason)) => println!("differs on purpose: {text}: {reason}"),
                None => unexplained.push(format!("{text}\n    {difference}")),
            },
        }
    }
    println!("{good} of {all}");
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    assert!(
        good >= REACHED,
        "{good} of {all}, and {REACHED} were reached"
    );
}

struct Suite {
    queries: Model,
    model: Model,
    metamodel: Arc<Metamodel>,
}

fn get(model: &Model, object: ObjectId, feature: &str) -> Value {
    let class = model.class(object);
    let found = model.metamodel().feature_named(class, feature);
    found.map_or(Value::Null, |feature| model.get(object, feature))
}

fn objects(model: &Model, object: ObjectId, feature: &str) -> Vec<ObjectId> {
    get(model, object, feature).objects().collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Suite {
    fn load(folder: &Path) -> Self {
        let query = folder.join("org.eclipse.acceleo.query.tests.qmodel/model/qmodel.ecore");
        let any = folder.join("org.eclipse.acceleo.query.tests.anydsl/model/anydsl.ecore");
        let data = folder.join("org.eclipse.acceleo.query.tests/resources/anydsl");
        let queries = load(&data.join("anyDSLModel.qmodel"), &[query]);
        let loaded = load(&data.join("anyDSLModel.anydsl"), &[any]);
        assert!(!loaded.has_errors, "{}", loaded.found);
        Self {
            queries: queries.model,
            metamodel: loaded.model.metamodel().clone(),
            model: loaded.model,
        }
    }

    /// Without the brackets of a template.
    fn expression(&self, query: ObjectId) -> String {
        let text = text(&get(&self.queries, query, "expression"));
        text.trim_start_matches('[')
            .trim_end_matches("/]")
            .to_owned()
    }

    /// The object of the model that a reference of the suite means.
    fn target(&self, of: ObjectId, feature: &str) -> ObjectId {
        let Value::Proxy(proxy) = get(&self.queries, of, feature) else {
            panic!("the suite refers to another file");
        };
        let (_, fragment) = proxy.uri.split_once('#').unwrap();
        resolve_fragment(&self.model, fragment).unwrap()
    }

    /// What is expected of a query, by the class of the expectation.
    fn expected(&self, query: ObjectId, class: &str) -> ObjectId {
        let mut all = objects(&self.queries, query, "expectations").into_iter();
        let found = all.find(|o| self.queries.class_name(*o) == class).unwrap();
        objects(&self.queries, found, "expectedResult")[0]
    }

    /// What differs from what is expected.
    fn differences(&self, query: ObjectId, text: &str) -> Option<String> {
        let start = objects(&self.queries, query, "startingPoint")[0];
        let start = self.target(start, "target");
        let validation = self.expected(query, "QueryValidationResultExpectation");
        let wanted = self.wanted_type(validation);
        let excerpt = Excerpt::direct(text, Span::new(FileId(0), 0, text.len()));
        let mut scope = Scope::default();
        scope.push("self", Type::Class(self.model.class(start)));
        let expression = match (expr::compile(&excerpt, &scope, &self.metamodel), wanted) {
            (Err(found), None) => {
                let place = found[0].primary.as_ref().unwrap().span;
                return self.misplaced(validation, place);
            }
            (Err(found), Some(_)) => return Some(found[0].message.clone()),
            (Ok(_), None) => return Some("it is accepted".to_owned()),
            (Ok(expression), Some(wanted)) if expression.ty == wanted => expression,
            (Ok(expression), Some(wanted)) => {
                let is = expression.ty.display(&self.metamodel);
                return Some(format!("{is}, not {}", wanted.display(&self.metamodel)));
            }
        };
        let result = self.expected(query, "QueryEvaluationResultExpectation");
        let (value, wanted) = (self.value(&expression, start), self.shown(result));
        (value != wanted).then(|| format!("{value}, not {wanted}"))
    }

    /// Whether a finding lies where AQL has an error.
    fn misplaced(&self, validation: ObjectId, place: Span) -> Option<String> {
        let messages = objects(&self.queries, validation, "validationMessages");
        let position = |of: ObjectId, feature| match get(&self.queries, of, feature) {
            Value::Integer(n) => usize::try_from(n).unwrap(),
            _ => 0,
        };
        let covers = |m: &ObjectId| {
            let range = position(*m, "startPosition")..position(*m, "endPosition");
            range.start <= place.range().start && place.range().end <= range.end
        };
        let at = format!("refused at {:?}", place.range());
        (!messages.iter().any(covers)).then_some(at)
    }

    /// The type that is expected in our terms, or none where there must be an error.
    fn wanted_type(&self, validation: ObjectId) -> Option<Type> {
        let names = get(&self.queries, validation, "possibleTypes");
        let names: Vec<String> = names.items().iter().map(text).collect();
        if names.iter().any(|n| n.starts_with("Nothing(")) {
            return None;
        }
        let collection = |name: &str| {
            let inner = name.strip_prefix("Sequence(").or(name.strip_prefix("Set("));
            inner.and_then(|n| n.strip_suffix(')')).map(str::to_owned)
        };
        let list = collection(&names[0]).is_some();
        let items: Vec<Type> = names
            .iter()
            .map(|n| self.item(&collection(n).unwrap_or(n.clone())))
            .collect();
        let classes: Vec<ClassId> = items.iter().flat_map(|t| t.classes().to_vec()).collect();
        let item = match &items[..] {
            [one] => one.clone(),
            _ => Type::of_classes(classes, &self.metamodel),
        };
        Some(if list { item.list() } else { item })
    }

    fn item(&self, name: &str) -> Type {
        match name {
            "java.lang.String" => Type::String,
            "java.lang.Integer" => Type::Integer,
            "java.lang.Boolean" => Type::Boolean,
            other => {
                let name = other.strip_prefix("EClassifier=").unwrap();
                Type::parse(&format!("anydsl::{name}"), &self.metamodel).unwrap()
            }
        }
    }

    fn value(&self, expression: &Expression, start: ObjectId) -> String {
        let reads = Reads::default();
        let context = Context::new(&self.model, &reads);
        match expression.evaluate(&context, &[Value::Object(start)]) {
            Ok(value) => self.show(&value),
            Err(failure) => failure.message.clone(),
        }
    }

    fn show(&self, value: &Value) -> String {
        match value {
            Value::Null => "nothing".to_owned(),
            Value::Object(object) => self.model.path(*object),
            Value::List(members) => {
                let members: Vec<String> = members.iter().map(|m| self.show(m)).collect();
                format!("[{}]", members.join(", "))
            }
            scalar => expr::print(scalar, &self.metamodel).unwrap(),
        }
    }

    /// An expected value as it would be shown.
    fn shown(&self, result: ObjectId) -> String {
        let value = || get(&self.queries, result, "value");
        match self.queries.class_name(result) {
            "EmptyResult" => "nothing".to_owned(),
            "EObjectResult" => self.model.path(self.target(result, "value")),
            "ListResult" | "SetResult" => {
                let members = objects(&self.queries, result, "values").into_iter();
                let members: Vec<String> = members.map(|m| self.shown(m)).collect();
                format!("[{}]", members.join(", "))
            }
            _ => expr::print(&value(), self.queries.metamodel()).unwrap_or_default(),
        }
    }
}
