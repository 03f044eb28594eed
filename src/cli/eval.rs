//! `mlopsgen eval`: the value of an expression over a model.

use std::sync::Arc;

use serde::Serialize;

use super::args::{Args, Eval};
use super::load::{LoadedModel, Loader, only_model};
use super::terminal::Terminal;
use super::{Failure, Outcome};
use crate::diag::{Excerpt, Span};
use crate::expr::{self, Context, Expression, Helpers, Reads, Scope, Type};
use crate::model::{Reach, Value};

/// What the expression is called in findings.
const NAME: &str = "expression";

pub(super) fn run(
    args: &Args,
    options: &Eval,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let file = match &options.model {
        Some(file) => file.clone(),
        None => only_model(args)?,
    };
    let mut loader = Loader::new(args)?;
    let helpers = loader.helpers(args, &options.metamodels);
    let Some(loaded) = loader.model(args, (&file, &options.metamodels))? else {
        return loader.report(terminal);
    };
    if let Some(expression) = compiled(&mut loader, &loaded, (options, helpers))? {
        let shape = expression.shape(&loaded.metamodel);
        let knowledge = loader.knowledge(&options.knowledge, &loaded.metamodel)?;
        let from = Reach {
            model: &loaded.model,
            knowledge: knowledge.as_ref(),
        };
        let value = if options.ty {
            None
        } else {
            evaluated(&mut loader, from, &expression)
        };
        match value {
            Some(value) if options.json => {
                terminal.print(&json(&shape, Some(Json::of(&value, from))))?;
            }
            Some(value) => terminal.print(&lines(&value, from))?,
            None if !options.ty => {}
            None if options.json => terminal.print(&json(&shape, None))?,
            None => terminal.line(&shape)?,
        }
    }
    loader.report(terminal)
}

/// Types the expression, with the first root for `self`; what is wrong with it is reported.
fn compiled(
    loader: &mut Loader,
    loaded: &LoadedModel,
    (options, helpers): (&Eval, Arc<Helpers>),
) -> Result<Option<Expression>, Failure> {
    let Some(root) = loaded.model.roots().first() else {
        return Err(Failure::usage("the model has no object for `self`"));
    };
    let mut scope = Scope::with(if loader.is_of_workspace(loaded) {
        helpers
    } else {
        Arc::default()
    });
    scope.push("self", Type::Class(loaded.model.class(*root)));
    let text = options.expression.as_str();
    let file = loader.sources.add(NAME, text);
    let excerpt = Excerpt::direct(text, Span::new(file, 0, text.len()));
    Ok(match expr::compile(&excerpt, &scope, &loaded.metamodel) {
        Ok(expression) => {
            loader.diagnostics.extend(expression.warnings.clone());
            Some(expression)
        }
        Err(found) => {
            loader.diagnostics.extend(found);
            None
        }
    })
}

fn evaluated(loader: &mut Loader, from: Reach<'_>, expression: &Expression) -> Option<Value> {
    let reads = Reads::default();
    let context = Context::new(from, &reads);
    let root = from.model.roots().first().map(|o| Value::Object(*o))?;
    let value = expression.evaluate(&context, &[root]);
    value
        .map_err(|failure| loader.diagnostics.push(failure.diagnostic()))
        .ok()
}

/// A line for each member of a list; any other value as it is.
fn lines(value: &Value, model: Reach<'_>) -> String {
    match value {
        Value::List(members) => {
            let line = |m| harmless(&show(m, model), |_| false) + "\n";
            members.iter().map(line).collect()
        }
        one => harmless(&show(one, model), |c| c == '\n' || c == '\t') + "\n",
    }
}

fn show(value: &Value, model: Reach<'_>) -> String {
    match value {
        Value::Object(object) => format!("{}  {}", model.path(*object), model.class_name(*object)),
        Value::Proxy(proxy) => proxy.uri.to_string(),
        Value::Entry(entry) => show(&entry.value, model),
        Value::List(members) => {
            let members: Vec<String> = members.iter().map(|m| show(m, model)).collect();
            format!("[{}]", members.join(", "))
        }
        scalar => expr::print(scalar, model.metamodel()).unwrap_or_else(|| "null".to_owned()),
    }
}

/// Text in which nothing but what is kept can move the cursor.
fn harmless(text: &str, keep: fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && !keep(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// The answer as JSON, version 1.
#[derive(Serialize)]
struct Answer<'a> {
    version: u32,
    #[serde(rename = "type")]
    shape: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Json>,
}

/// A value: text, numbers, true, false and null as they are, literals of enums as text, lists as such.
#[derive(Serialize)]
#[serde(untagged)]
enum Json {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Text(String),
    Object { path: String, class: String },
    List(Vec<Json>),
}

impl Json {
    fn of(value: &Value, model: Reach<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Boolean(b) => Self::Boolean(*b),
            Value::Integer(n) => Self::Integer(*n),
            Value::Real(x) => Self::Real(*x),
            Value::Object(object) => Self::Object {
                path: model.path(*object),
                class: model.class_name(*object).to_owned(),
            },
            Value::List(members) => {
                Self::List(members.iter().map(|m| Self::of(m, model)).collect())
            }
            other => Self::Text(show(other, model)),
        }
    }
}

fn json(shape: &str, value: Option<Json>) -> String {
    let answer = Answer {
        version: 1,
        shape,
        value,
    };
    serde_json::to_string_pretty(&answer).expect("plain data has no keys that JSON lacks") + "\n"
}
