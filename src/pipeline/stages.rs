//! Reading, checking, transforming and rendering, in this order: what was made before of the same is not made again.
//!
//! What hangs on files of the pack alone is right, as its tests have found out: a metamodel all of whose files are of the
//! pack is not looked through for what is not well formed, nor models of the pack for whether they conform to it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::chain::{Chain, FileOf};
use super::config::Config;
use super::constraints::{Checker, Held, Teller};
use super::live::{Compiled, Memory, ReadMetamodel, ReadModel, Transforms, recalled};
use super::prints::Press;
use super::reader::{Reader, TextFile};
use super::recalled::Recalled;
use super::run::{ModelRun, Run};
use super::shelf::{Found, Same};
use super::snapshot::Snapshot;
use super::together;
use crate::diag::{Diagnostics, SourceFile, Sources};
use crate::format;
use crate::format::resource::{Metamodels, Targets};
use crate::generate::Template;
use crate::model::{self, Knowledge, Model};

/// A run over a workspace, with what is remembered of those before.
pub(super) struct Stages<'a> {
    pub(super) world: &'a Snapshot<'a>,
    pub(super) config: &'a Config,
    pub(super) memory: &'a mut Memory,
    pub(super) run: &'a mut Run,
}

/// The files of a run, by what they are for.
struct Files {
    knowledge: Vec<TextFile>,
    constraints: Vec<TextFile>,
    models: Vec<TextFile>,
    transforms: Vec<TextFile>,
    templates: Vec<TextFile>,
}

/// A model on its way: its file, and what was read from it.
pub(super) type Written = (TextFile, Arc<Model>);

impl Stages<'_> {
    pub(super) fn reader(&mut self) -> Reader<'_, '_> {
        Reader {
            world: self.world,
            run: self.run,
            texts: &mut self.memory.texts,
        }
    }

    /// Does everything, as far as there are no errors.
    pub(super) fn all(&mut self) {
        if !self.metamodel() {
            return;
        }
        let files = self.aside(Self::files);
        let known = self.models(&files.knowledge);
        self.aside(|stages| stages.know(&known));
        let models = self.models(&files.models);
        self.run.model_files = models.len();
        self.memory.models.sweep();
        let conform = !self.run.diagnostics.has_errors();
        let compiled = self.aside(|stages| stages.compile(&files));
        self.memory.compiled = compiled.clone();
        let mut teller = Teller::default();
        let held = if conform {
            let held = self.hold(&models, &mut teller);
            self.memory.written.sweep();
            held
        } else {
            Vec::new()
        };
        if self.run.diagnostics.has_errors() {
            return;
        }
        self.transform(&models, &compiled.transforms);
        self.memory.keep_chains();
        if self.run.diagnostics.has_errors() {
            return;
        }
        self.hold_again((&models, held), &mut teller);
        self.memory.completed.sweep();
        if self.run.diagnostics.has_errors() {
            return;
        }
        self.print(&compiled.templates);
        self.memory.keep_printed();
        self.aside(Self::together);
        self.memory.findings.reread = teller.reread;
    }

    /// Does what finds nothing wrong with single models, and notes what it finds wrong.
    fn aside<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.run.diagnostics.len();
        let made = make(self);
        let found = self.run.diagnostics.iter().skip(before).cloned();
        self.memory.findings.rest.extend(found);
        made
    }

    /// Compiles what models are held against, transformed by and printed with.
    fn compile(&mut self, files: &Files) -> Compiled {
        let (language, run) = (&mut self.memory.language, &mut *self.run);
        let mut typing = language.typing(&files.transforms, run);
        let constraints = language.constraints(&files.constraints, &mut typing);
        let transforms = language.transforms(&files.transforms, &mut typing);
        let templates = language.templates(&files.templates, &mut typing);
        language.sweep();
        run.constraints = constraints;
        run.rules = transforms.iter().map(|t| t.rules().len()).sum();
        run.templates = templates.iter().map(|t| t.span).collect();
        run.template_files = files.templates.iter().map(|f| f.file).collect();
        Compiled {
            transforms,
            templates,
        }
    }

    fn files(&mut self) -> Files {
        let config = self.config;
        let mut reader = self.reader();
        Files {
            knowledge: reader.files(&config.knowledge),
            constraints: reader.files(&config.constraints),
            models: reader.models(config),
            transforms: reader.files(&config.transforms),
            templates: reader.files(&config.templates),
        }
    }

    /// Reads the metamodels; returns whether the run can go on.
    pub(super) fn metamodel(&mut self) -> bool {
        let config = self.config;
        let files = self.reader().files(&config.metamodels);
        let (world, run) = (self.world, &mut *self.run);
        let sources = RefCell::new(&mut run.sources);
        let there = |text: &Option<Arc<SourceFile>>| {
            text.as_ref()
                .is_none_or(|t| sources.borrow_mut().keep(t).is_some())
        };
        let read = self.memory.metamodel.get_if(
            (),
            (files.clone(), config.uris.clone()),
            |kept| kept.files.is_same(world) && kept.used.iter().all(|(_, t)| there(t)),
            || read_metamodel(&files, (world, config), &mut sources.borrow_mut()),
        );
        run.metamodel = read.it.told(&mut run.diagnostics);
        run.schema = read.schema;
        run.is_metamodel_own = read.is_own;
        for (path, _) in read.used.iter() {
            if let Ok(Some(seen)) = world.look(path) {
                self.reader().record(path, &seen);
            }
        }
        !self.run.diagnostics.has_errors()
    }

    /// Reads models.
    pub(super) fn models(&mut self, files: &[TextFile]) -> Vec<Written> {
        let Self {
            world,
            config,
            memory,
            run,
        } = self;
        let metamodel = run.metamodel.clone();
        let mut models = Vec::new();
        for file in files {
            let basis = (file.clone(), Same(metamodel.clone()), config.uris.clone());
            let read = memory.models.get_if(
                file.path.clone(),
                basis,
                |kept| kept.files.is_same(world),
                || read_model(file, (world, config), run),
            );
            let findings = &mut memory.findings;
            let model = findings.tell(&file.path, read.it, &mut run.diagnostics);
            models.push((file.clone(), model));
        }
        models
    }

    fn know(&mut self, known: &[Written]) {
        if known.is_empty() {
            return;
        }
        let metamodel = self.run.metamodel.clone();
        let basis = known.iter().map(|(_, m)| Same(m.clone())).collect();
        let is_own = self.run.is_metamodel_own || known.iter().any(|(f, _)| f.is_own);
        let gather = |found: &mut Diagnostics| {
            let all = Knowledge::new(&metamodel, known.iter().map(|(_, m)| &**m));
            if is_own {
                // Together, so that what two files say of one name is found.
                model::check(all.model(), found);
            }
            Arc::new(all)
        };
        let knowledge = self
            .memory
            .knowledge
            .get((), basis, || Found::of(gather))
            .told(&mut self.run.diagnostics);
        self.run.knowledge = Some(knowledge);
    }

    /// Holds the models against the constraints as they are written.
    pub(super) fn hold(&mut self, models: &[Written], teller: &mut Teller) -> Vec<Arc<Held>> {
        let Self { memory, run, .. } = self;
        let (constraints, knowledge) = (run.constraints.clone(), run.knowledge.clone());
        let mut all = Vec::new();
        for (file, model) in models {
            let checker = Checker {
                constraints: &constraints,
                knowledge: knowledge.as_deref(),
                sources: &run.sources,
            };
            let basis = (
                Same(model.clone()),
                Same(constraints.clone()),
                knowledge.clone().map(Same),
            );
            let beside = (Same(run.metamodel.clone()), knowledge.clone().map(Same));
            let again = memory.written.has(&file.path);
            let check = |found: &mut Diagnostics| {
                let recalled = again.then(|| recalled(&mut memory.recalled, &file.path, beside));
                Arc::new(checker.written(model, recalled, found))
            };
            let held = memory
                .written
                .get(file.path.clone(), basis, || Found::of(check));
            let held = memory.findings.tell(&file.path, held, &mut run.diagnostics);
            let told = teller.tell(&held, (file, model), run);
            memory.findings.add(&file.path, &told, &mut run.diagnostics);
            all.push(held);
        }
        all
    }

    /// Transforms the models.
    pub(super) fn transform(&mut self, models: &[Written], transforms: &Transforms) {
        let Self { memory, run, .. } = self;
        let knowledge = run.knowledge.clone();
        for (file, model) in models {
            let basis = (
                Same(model.clone()),
                Same(transforms.clone()),
                knowledge.clone().map(Same),
            );
            let beside = (Same(run.metamodel.clone()), knowledge.clone().map(Same));
            let again = memory.chains.has(&file.path);
            let chain = |found: &mut Diagnostics| {
                let recalled = again.then(|| recalled(&mut memory.recalled, &file.path, beside));
                let with = (transforms, knowledge.as_deref());
                Arc::new(chain(model, (with, recalled), found))
            };
            let chain = memory
                .chains
                .get(file.path.clone(), basis, || Found::of(chain));
            let chain = memory
                .findings
                .tell(&file.path, chain, &mut run.diagnostics);
            run.models.push(Arc::new(ModelRun {
                path: file.path.clone(),
                written: model.clone(),
                chain,
                printed: Vec::new(),
            }));
        }
    }

    /// Holds what the transforms made against the constraints.
    pub(super) fn hold_again(
        &mut self,
        (models, held): (&[Written], Vec<Arc<Held>>),
        teller: &mut Teller,
    ) {
        let Self { memory, run, .. } = self;
        let (constraints, knowledge) = (run.constraints.clone(), run.knowledge.clone());
        for (number, known) in held.into_iter().enumerate() {
            let (file, model) = &models[number];
            let chain = run.models[number].chain.clone();
            let checker = Checker {
                constraints: &constraints,
                knowledge: knowledge.as_deref(),
                sources: &run.sources,
            };
            let basis = (
                Same(chain.clone()),
                Same(known.clone()),
                Same(constraints.clone()),
            );
            let beside = (Same(run.metamodel.clone()), knowledge.clone().map(Same));
            let again = memory.completed.has(&file.path);
            let check = |found: &mut Diagnostics| {
                let recalled = again.then(|| recalled(&mut memory.recalled, &file.path, beside));
                Arc::new(checker.completed((model, &chain), (&known, recalled), found))
            };
            let held = memory
                .completed
                .get(file.path.clone(), basis, || Found::of(check));
            let held = memory.findings.tell(&file.path, held, &mut run.diagnostics);
            let told = teller.tell(&held, (file, model), run);
            memory.findings.add(&file.path, &told, &mut run.diagnostics);
        }
    }

    /// Prints what the templates make of the models that nothing took the place of.
    pub(super) fn print(&mut self, templates: &[Arc<Template>]) {
        let Self {
            memory,
            run,
            config,
            ..
        } = self;
        let press = Press {
            templates,
            beside: run.knowledge.clone().map(Same),
            output: config.output.as_str().into(),
        };
        for model in &std::mem::take(&mut run.models) {
            let mut model = (**model).clone();
            let all = memory.prints.of((&model.path, &model.chain), &press);
            let findings = &mut memory.findings;
            let all = all.map(|printed| findings.tell(&model.path, printed, &mut run.diagnostics));
            model.printed = all.collect();
            run.models.push(Arc::new(model));
        }
    }

    /// Holds artifacts against each other.
    fn together(&mut self) {
        let (run, memory) = (&mut *self.run, &mut *self.memory);
        let found = if run.diagnostics.has_errors() {
            together::conflicts(run)
        } else {
            memory.together.check(run)
        };
        run.diagnostics.extend(found);
    }
}

fn read_metamodel(
    given: &[TextFile],
    (world, config): (&Snapshot<'_>, &Config),
    sources: &mut Sources,
) -> ReadMetamodel {
    let recorder = world.recorder();
    let mut used = Vec::new();
    let it = Found::of(|diagnostics| {
        let mut files = Metamodels::new(&recorder, &config.uris);
        for file in given {
            files.add(&file.path, file.file, (sources, diagnostics));
        }
        let known = files.resources.len();
        files.close((sources, diagnostics), |path, _| used.push(path.to_owned()));
        let metamodel = files.metamodel(diagnostics);
        let is_own = |path: &String| world.look(path).is_ok_and(|s| s.is_some_and(|s| s.is_own));
        let is_own = given.iter().any(|f| f.is_own) || used.iter().any(is_own);
        if is_own {
            files.validate(diagnostics);
        }
        let further = files.resources[known..].iter();
        let texts: BTreeMap<&str, Arc<SourceFile>> = further
            .map(|r| (r.path.as_str(), sources.file(r.file).clone()))
            .collect();
        let with_text = |path: String| {
            let text = texts.get(path.as_str()).cloned();
            (path, text)
        };
        let used: Vec<_> = std::mem::take(&mut used)
            .into_iter()
            .map(with_text)
            .collect();
        (Arc::new(metamodel), used, is_own)
    });
    let ((metamodel, used, is_own), found) = (it.it, it.found);
    ReadMetamodel {
        it: Found {
            it: metamodel,
            found,
        },
        is_own,
        used: used.into(),
        files: Arc::new(recorder.basis()),
        schema: Arc::default(),
    }
}

fn read_model(file: &TextFile, (world, config): (&Snapshot<'_>, &Config), run: &Run) -> ReadModel {
    let recorder = world.recorder();
    let (metamodel, sources) = (&run.metamodel, &run.sources);
    let it = Found::of(|found| {
        let model = format::read(&file.path, (sources, file.file), metamodel, found);
        if file.is_own || run.is_metamodel_own {
            Targets::new(&recorder, &config.uris, (&file.path, metamodel))
                .check(&model, (sources, found));
            model::check(&model, found);
        }
        Arc::new(model)
    });
    ReadModel {
        it,
        files: Arc::new(recorder.basis()),
    }
}

/// The rules, and what is known beside the model.
type With<'w> = (&'w Transforms, Option<&'w Knowledge>);

/// A model and what rules make of it; what goes wrong with one model is nothing to the others.
fn chain(
    written: &Arc<Model>,
    (with, mut recalled): (With<'_>, Option<&mut Recalled>),
    diagnostics: &mut Diagnostics,
) -> Chain {
    let (transforms, knowledge) = with;
    let file = |name: &str| format!("{name}.yaml");
    let mut chain = Chain::new(written.clone());
    for transform in transforms.iter() {
        let beside = (knowledge, &file as FileOf<'_>);
        chain.apply_recalling(transform, (beside, recalled.as_deref_mut()), diagnostics);
    }
    if !diagnostics.has_errors() {
        for stage in &chain.stages {
            stage.check(diagnostics);
        }
    }
    chain
}
