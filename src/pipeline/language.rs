//! What is compiled before models are looked at: helpers, rules, constraints and templates, each file by itself.

use std::sync::Arc;

use super::live::{Constraints, Transforms};
use super::reader::TextFile;
use super::run::Run;
use super::shelf::{ByPath, Found, Only, Same, Shelf};
use crate::constraint::{self, Constraint};
use crate::diag::{Diagnostics, Sources};
use crate::expr::Helpers;
use crate::generate::{Draft, Partials, Template};
use crate::metamodel::Metamodel;
use crate::transform::{self, Draft as RuleDraft, Transform};

/// A file, and what it is typed against.
type Basis = (TextFile, Same<Metamodel>, Same<Helpers>);

/// The files of helpers alone, and the metamodel.
type HelperBasis = (Same<Metamodel>, Vec<Same<RuleDraft>>);
/// All partial templates.
type PartialBasis = (Vec<Same<Draft>>, Same<Metamodel>, Same<Helpers>);
/// A template, and those that it may print.
type TemplateBasis = (Same<Draft>, Same<Partials>);

/// What was compiled.
#[derive(Default)]
pub(super) struct Language {
    rule_drafts: ByPath<TextFile, Option<Arc<RuleDraft>>>,
    helpers: Only<HelperBasis, Arc<Helpers>>,
    rules: ByPath<Basis, Option<Arc<Transform>>>,
    all_rules: Shelf<(), Vec<Same<Transform>>, Transforms>,
    constraints: ByPath<Basis, Constraints>,
    of_metamodel: Only<Same<Metamodel>, Constraints>,
    all_constraints: Shelf<(), Vec<Same<Vec<Constraint>>>, Constraints>,
    drafts: ByPath<TextFile, Option<Arc<Draft>>>,
    partials: Only<PartialBasis, Arc<Partials>>,
    templates: ByPath<TemplateBasis, Option<Arc<Template>>>,
}

/// What files are typed against, and where what is wrong with them is told.
pub(super) struct Typing<'r> {
    metamodel: Arc<Metamodel>,
    helpers: Arc<Helpers>,
    sources: &'r Sources,
    diagnostics: &'r mut Diagnostics,
}

impl Typing<'_> {
    fn basis(&self, file: &TextFile) -> Basis {
        let (metamodel, helpers) = (self.metamodel.clone(), self.helpers.clone());
        (file.clone(), Same(metamodel), Same(helpers))
    }
}

impl Language {
    /// Begins with the helpers, which stand in files of rules.
    pub(super) fn typing<'r>(&mut self, rules: &[TextFile], run: &'r mut Run) -> Typing<'r> {
        let metamodel = run.metamodel.clone();
        let (sources, diagnostics) = (&run.sources, &mut run.diagnostics);
        // What is wrong with their YAML is told where their rules are asked for.
        let drafts = rules.iter().filter_map(|f| self.rule_draft(f, sources).it);
        let files = drafts.filter(|d| d.has_helpers_alone()).map(Same);
        let files: Vec<Same<RuleDraft>> = files.collect();
        let helpers = self
            .helpers
            .get((), (Same(metamodel.clone()), files.clone()), || {
                let files = files.iter().map(|d| &*d.0);
                Found::of(|found| transform::helpers(sources, files, &metamodel, found))
            })
            .told(diagnostics);
        Typing {
            metamodel,
            helpers,
            sources,
            diagnostics,
        }
    }

    fn rule_draft(&mut self, file: &TextFile, sources: &Sources) -> Found<Option<Arc<RuleDraft>>> {
        let read =
            |found: &mut Diagnostics| RuleDraft::read(sources, file.file, found).map(Arc::new);
        self.rule_drafts
            .get(file.path.clone(), file.clone(), || Found::of(read))
    }

    /// All constraints: those of files, then those that the metamodel carries.
    pub(super) fn constraints(
        &mut self,
        files: &[TextFile],
        typing: &mut Typing<'_>,
    ) -> Constraints {
        let language = (&*typing.metamodel, &typing.helpers);
        let sources = typing.sources;
        let mut parts = Vec::new();
        for file in files {
            let load = |found: &mut Diagnostics| {
                Arc::new(constraint::load(sources, file.file, language, found))
            };
            let basis = typing.basis(file);
            let loaded = self
                .constraints
                .get(file.path.clone(), basis, || Found::of(load));
            parts.push(Same(loaded.told(typing.diagnostics)));
        }
        let metamodel = &typing.metamodel;
        let carried = self.of_metamodel.get((), Same(metamodel.clone()), || {
            Found::of(|found| Arc::new(constraint::of_metamodel(metamodel, sources, found)))
        });
        parts.push(Same(carried.told(typing.diagnostics)));
        self.all_constraints.get((), parts.clone(), || {
            Arc::new(parts.iter().flat_map(|p| p.0.iter().cloned()).collect())
        })
    }

    /// All transforms, in the order of their files.
    pub(super) fn transforms(&mut self, files: &[TextFile], typing: &mut Typing<'_>) -> Transforms {
        let language = (&*typing.metamodel, &typing.helpers);
        let sources = typing.sources;
        let mut all = Vec::new();
        for file in files {
            let draft = self.rule_draft(file, sources).told(typing.diagnostics);
            let Some(draft) = draft else {
                continue;
            };
            let load = |found: &mut Diagnostics| {
                transform::load(sources, &draft, language, found).map(Arc::new)
            };
            let basis = typing.basis(file);
            let loaded = self.rules.get(file.path.clone(), basis, || Found::of(load));
            all.extend(loaded.told(typing.diagnostics).map(Same));
        }
        self.all_rules.get((), all.clone(), || {
            Arc::new(all.iter().map(|t| t.0.clone()).collect())
        })
    }

    /// The templates that make artifacts, in the order of their files.
    pub(super) fn templates(
        &mut self,
        files: &[TextFile],
        typing: &mut Typing<'_>,
    ) -> Vec<Arc<Template>> {
        let language = (&*typing.metamodel, &typing.helpers);
        let sources = typing.sources;
        let mut drafts = Vec::new();
        for file in files {
            let read =
                |found: &mut Diagnostics| Draft::read(sources, file.file, found).map(Arc::new);
            let draft = self
                .drafts
                .get(file.path.clone(), file.clone(), || Found::of(read));
            let draft = draft.told(typing.diagnostics);
            drafts.extend(draft.map(|d| (file.path.clone(), d)));
        }
        let (partials, templates): (Vec<_>, Vec<_>) =
            drafts.into_iter().partition(|(_, d)| d.is_partial());
        let named: Vec<Same<Draft>> = partials.into_iter().map(|(_, d)| Same(d)).collect();
        let of = (Same(typing.metamodel.clone()), Same(typing.helpers.clone()));
        let partials = self.partials.get((), (named.clone(), of.0, of.1), || {
            let drafts: Vec<&Draft> = named.iter().map(|d| &*d.0).collect();
            let compile = |found: &mut Diagnostics| {
                Arc::new(Partials::compile(sources, &drafts, language, found))
            };
            Found::of(compile)
        });
        let partials = partials.told(typing.diagnostics);
        let mut all = Vec::new();
        for (path, draft) in templates {
            let compile = |found: &mut Diagnostics| {
                Template::compile((sources, &draft), &partials, language, found).map(Arc::new)
            };
            let basis = (Same(draft.clone()), Same(partials.clone()));
            let compiled = self.templates.get(path, basis, || Found::of(compile));
            all.extend(compiled.told(typing.diagnostics));
        }
        if !typing.diagnostics.has_errors() {
            partials.unprinted(&all, (sources, typing.diagnostics));
        }
        all
    }

    /// Forgets what files were that are not there any more.
    pub(super) fn sweep(&mut self) {
        self.rule_drafts.sweep();
        self.rules.sweep();
        self.constraints.sweep();
        self.drafts.sweep();
        self.templates.sweep();
    }

    /// How many files were compiled since the last time.
    pub(super) fn take_count(&mut self) -> usize {
        let of_metamodel = self.of_metamodel.take_count();
        let constraints = self.constraints.take_count() + of_metamodel;
        self.rules.take_count() + constraints + self.templates.take_count()
    }
}
