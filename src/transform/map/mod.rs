//! Rules that make new models of a model.
//!
//! First every rule matches and creates, then all bindings are computed and written, so rules may refer to what others
//! make, in any order. An object of the source that is bound to a reference stands for what a rule made of it: which
//! one, the types tell. The cousins: ATL's modules, Epsilon's ETL, QVT relations.

mod asked;
mod change;
mod compile;
mod finish;
mod fitting;
mod follow;
mod inherit;
mod lists;
mod live;
mod matching;
mod order;
mod run;
mod signature;
mod split;
mod state;
mod watch;
mod write;

pub(super) use compile::{compile, members};
pub use live::{Live, Redone};
pub use run::{Output, Outputs, run, run_untraced};

use std::sync::Arc;

use super::overlap::Guarded;
use crate::diag::Span;
use crate::expr::{Expression, Lazy, RuleTypes, Type};
use crate::metamodel::{ClassId, Metamodel, PackageId};
use crate::model::Model;
use crate::recipe::Bound;

/// The rules of a transformation.
#[derive(Clone, Debug)]
pub struct Map {
    /// Values that all rules share.
    lets: Vec<Expression>,
    rules: Vec<Rule>,
    types: Arc<RuleTypes>,
    /// The packages of the models that are read.
    inputs: Vec<PackageId>,
    outputs: Vec<OutputType>,
}

/// A model that is made.
#[derive(Clone, Debug)]
struct OutputType {
    name: Arc<str>,
    package: PackageId,
}

impl Map {
    /// The names of all rules that run, in order.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        let run = self.rules.iter().filter(|r| !r.is_abstract);
        run.map(|r| &*r.name)
    }

    /// Whether a model is of a metamodel that the transformation reads.
    pub fn reads(&self, model: &Model) -> bool {
        let metamodel = model.metamodel();
        model.roots().iter().any(|root| {
            let package = metamodel.class(model.class(*root)).package;
            self.inputs.iter().any(|p| metamodel.is_below(package, *p))
        })
    }

    /// Whether it makes a model of a metamodel that it reads, to be used in place of what it read.
    pub fn replaces(&self) -> bool {
        self.outputs
            .iter()
            .any(|o| self.inputs.contains(&o.package))
    }

    /// The names of the models that are made, in order.
    pub fn outputs(&self) -> impl Iterator<Item = &str> {
        self.outputs.iter().map(|o| &*o.name)
    }
}

/// One rule with what it inherits worked in.
///
/// The values of its variables are those of the transformation, then of the sources, of the `let`s and of the targets.
#[derive(Clone, Debug)]
struct Rule {
    name: Arc<str>,
    span: Span,
    is_abstract: bool,
    /// Whether it may match what other rules match as well.
    also: bool,
    lazy: Lazy,
    sources: Vec<Source>,
    guards: Vec<Expression>,
    lets: Vec<Expression>,
    targets: Vec<Target>,
    /// The rules that it extends, directly and through others.
    ancestors: Vec<usize>,
    /// The model that its objects without a container are roots of, where it names one.
    output: Option<usize>,
}

impl Rule {
    /// Whether it is tried for each object of a class by itself.
    fn takes(&self, class: ClassId, metamodel: &Metamodel) -> bool {
        match &self.sources[..] {
            [
                Source {
                    ty: Type::Class(of),
                    ..
                },
            ] => !self.is_abstract && self.lazy == Lazy::No && metamodel.conforms(class, *of),
            _ => false,
        }
    }

    fn guarded(&self, class: ClassId) -> Guarded<'_> {
        Guarded {
            name: &self.name,
            span: self.span,
            class,
            guards: &self.guards,
        }
    }
}

/// What a rule matches, or takes as an argument.
#[derive(Clone, Debug)]
struct Source {
    ty: Type,
    /// The name of the model that it is in, where one is meant.
    input: Option<Arc<str>>,
}

/// An object that a rule makes.
#[derive(Clone, Debug)]
struct Target {
    class: ClassId,
    bindings: Vec<Bound>,
}
