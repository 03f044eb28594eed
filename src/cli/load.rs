//! Models and metamodels that commands name by file, anywhere on the machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{Args, Format, MetamodelFiles};
use super::project::{Project, folder};
use super::terminal::Terminal;
use super::{Failure, Outcome};
use crate::constraint;
use crate::diag::{Diagnostics, FileId, Sources, did_you_mean};
use crate::expr::Helpers;
use crate::format::resource::{Metamodels, Targets, text_of};
use crate::format::uri::UriMap;
use crate::format::{self, ecore};
use crate::metamodel::{ClassId, Metamodel};
use crate::model::{Knowledge, Model};
use crate::pipeline;
use crate::transform::{self, Draft, Transform};
use crate::workspace::DiskWorld;
use crate::world::World as _;

/// Files that were loaded for one command.
#[derive(Debug)]
pub(super) struct Loader {
    world: DiskWorld,
    folder: String,
    map: UriMap,
    /// The metamodel of the workspace, once it was read.
    workspace: Option<Arc<Metamodel>>,
    pub(super) sources: Sources,
    pub(super) diagnostics: Diagnostics,
}

impl Loader {
    /// Begins in the folder that the command works in.
    pub(super) fn new(args: &Args) -> Result<Self, Failure> {
        let folder = folder(args)?;
        let map = Project::find(args).ok().and_then(|project| {
            let config = pipeline::configuration(&project.world)?;
            let root = project
                .root
                .to_string_lossy()
                .trim_start_matches('/')
                .to_owned();
            let below = |path: &str| format!("{root}/{path}");
            let prefixes = config.uris.prefixes.iter();
            Some(UriMap {
                prefixes: prefixes.map(|(p, path)| (p.clone(), below(path))).collect(),
            })
        });
        Ok(Self {
            world: DiskWorld::everywhere(&folder),
            folder: folder.to_string_lossy().trim_start_matches('/').to_owned(),
            map: map.unwrap_or_default(),
            workspace: None,
            sources: Sources::default(),
            diagnostics: Diagnostics::default(),
        })
    }

    /// The path of a file in the world of this command.
    pub(super) fn path(&self, file: &Path) -> Result<String, Failure> {
        let text = file
            .to_str()
            .ok_or_else(|| Failure::usage(format!("{} is no text", file.display())))?;
        let base = if text.starts_with('/') {
            String::new()
        } else {
            format!("{}/", self.folder)
        };
        let path = UriMap::default().path(
            "",
            &format!("{base}{}", text.trim_start_matches('/')).replace('%', "%25"),
        );
        path.ok_or_else(|| Failure::usage(format!("{text} is no path of a file")))
    }

    /// Reads the text of a file that must be there.
    fn read(&mut self, file: &Path) -> Result<Option<(String, FileId)>, Failure> {
        let path = self.path(file)?;
        let bytes = self.world.read(&path)?;
        let bytes =
            bytes.ok_or_else(|| Failure::usage(format!("there is no file {}", file.display())))?;
        let shown = self.world.display_path(&path);
        let file = text_of(bytes, shown, &mut self.sources, &mut self.diagnostics);
        Ok(file.map(|file| (path, file)))
    }

    /// Reads the text of a file that must be there, in a language of its own.
    pub(super) fn file(&mut self, file: &Path) -> Result<Option<FileId>, Failure> {
        Ok(self.read(file)?.map(|(_, id)| id))
    }

    /// The metamodel of the files that a command names, else of the workspace.
    pub(super) fn metamodel(
        &mut self,
        args: &Args,
        files: &MetamodelFiles,
    ) -> Result<Arc<Metamodel>, Failure> {
        if !files.metamodels.is_empty() {
            return self.metamodel_of(files, None);
        }
        if let Some(known) = &self.workspace {
            return Ok(known.clone());
        }
        let project = Project::find(args).map_err(|failure| match failure {
            Failure::Usage { message, .. } => Failure::usage(message)
                .hint("name a metamodel: `--metamodel FILE`, or make a workspace: `mlopsgen init`"),
            other => other,
        })?;
        let run = pipeline::metamodel(&project.world);
        if run.diagnostics.has_errors() {
            self.sources = run.sources;
            self.diagnostics.extend(run.diagnostics);
        }
        self.workspace = Some(run.metamodel.clone());
        Ok(run.metamodel)
    }

    /// The helpers of the workspace, before anything else is read; none where a command names its metamodels.
    pub(super) fn helpers(&mut self, args: &Args, files: &MetamodelFiles) -> Arc<Helpers> {
        let Ok(project) = Project::find(args) else {
            return Arc::default();
        };
        if !files.metamodels.is_empty() {
            return Arc::default();
        }
        let (run, helpers) = pipeline::helpers(&project.world);
        if run.diagnostics.has_errors() {
            self.diagnostics.extend(run.diagnostics);
        }
        self.sources = run.sources;
        self.workspace = Some(run.metamodel);
        helpers
    }

    /// Whether a model conforms to the metamodel of the workspace, as its helpers do.
    pub(super) fn is_of_workspace(&self, model: &LoadedModel) -> bool {
        let workspace = self.workspace.as_ref();
        workspace.is_some_and(|w| Arc::ptr_eq(w, &model.metamodel))
    }

    /// Reports what is wrong with a metamodel and with those that it uses.
    pub(super) fn check_metamodel(&mut self, file: &Path) -> Result<(), Failure> {
        let Some((path, id)) = self.read(file)? else {
            return Ok(());
        };
        let mut all = Metamodels::new(&self.world, &self.map);
        all.add(&path, id, (&self.sources, &mut self.diagnostics));
        all.close((&mut self.sources, &mut self.diagnostics), |_, _| {});
        let metamodel = all.metamodel(&mut self.diagnostics);
        all.validate(&mut self.diagnostics);
        // What annotations say in a language that is not read is worth a warning.
        constraint::of_metamodel(&metamodel, &self.sources, &mut self.diagnostics);
        Ok(())
    }

    /// The metamodel of files, and of those that a model locates itself.
    fn metamodel_of(
        &mut self,
        files: &MetamodelFiles,
        model: Option<(&str, &[(String, String)])>,
    ) -> Result<Arc<Metamodel>, Failure> {
        let mut read = Vec::new();
        for file in &files.metamodels {
            read.extend(self.read(file)?);
        }
        let map = self.map.clone();
        let mut all = Metamodels::new(&self.world, &map);
        for (path, file) in &read {
            all.add(path, *file, (&self.sources, &mut self.diagnostics));
        }
        if let Some((base, locations)) = model {
            let with = (&mut self.sources, &mut self.diagnostics);
            all.locate(base, locations, with);
        }
        all.close((&mut self.sources, &mut self.diagnostics), |_, _| {});
        Ok(Arc::new(all.metamodel(&mut self.diagnostics)))
    }

    /// Reads a model; its metamodels are those that are named, those of the workspace, or those that it locates itself.
    pub(super) fn model(
        &mut self,
        args: &Args,
        (file, files): (&Path, &MetamodelFiles),
    ) -> Result<Option<LoadedModel>, Failure> {
        // The workspace goes first: where its metamodel is wrong, its texts are those of the findings.
        let in_workspace = files.metamodels.is_empty() && Project::find(args).is_ok();
        let workspace = if in_workspace {
            Some(self.metamodel(args, files)?)
        } else {
            None
        };
        let Some((path, id)) = self.read(file)? else {
            return Ok(None);
        };
        let locations = format::schema_locations(&path, &self.sources.file(id).text.clone());
        let metamodel = match workspace {
            _ if format::is_ecore(&path) && files.metamodels.is_empty() => ecore::ecore().clone(),
            Some(metamodel) if locations.is_empty() => metamodel,
            None if files.metamodels.is_empty() && locations.is_empty() => ecore::ecore().clone(),
            _ => self.metamodel_of(files, Some((&path, &locations)))?,
        };
        let model = format::read(
            &path,
            (&self.sources, id),
            &metamodel,
            &mut self.diagnostics,
        );
        Ok(Some(LoadedModel {
            path,
            metamodel,
            model,
        }))
    }

    /// Reads a further model of a metamodel that is known.
    pub(super) fn model_of(
        &mut self,
        file: &Path,
        metamodel: &Arc<Metamodel>,
    ) -> Result<Option<Model>, Failure> {
        let Some((path, id)) = self.read(file)? else {
            return Ok(None);
        };
        let with = (&self.sources, id);
        let model = format::read(&path, with, metamodel, &mut self.diagnostics);
        Ok(Some(model))
    }

    /// Reads what is known beside a model.
    pub(super) fn knowledge(
        &mut self,
        files: &[PathBuf],
        metamodel: &Arc<Metamodel>,
    ) -> Result<Option<Knowledge>, Failure> {
        let mut known = Vec::new();
        for file in files {
            known.extend(self.model_of(file, metamodel)?);
        }
        Ok((!known.is_empty()).then(|| Knowledge::new(metamodel, &known)))
    }

    /// Reads files of rules, and of helpers that all of them may call; what cannot be run is reported.
    pub(super) fn transforms(
        &mut self,
        files: &[PathBuf],
        metamodel: &Metamodel,
    ) -> Result<Vec<Transform>, Failure> {
        let mut drafts = Vec::new();
        for file in files {
            if let Some((_, id)) = self.read(file)? {
                drafts.extend(Draft::read(&self.sources, id, &mut self.diagnostics));
            }
        }
        let (sources, found) = (&self.sources, &mut self.diagnostics);
        let helpers = transform::helpers(sources, &drafts, metamodel, found);
        let language = (metamodel, &helpers);
        let loaded = drafts.iter();
        let loaded = loaded.filter_map(|draft| transform::load(sources, draft, language, found));
        Ok(loaded.collect())
    }

    /// Reports what references of a model to other files find.
    pub(super) fn check_targets(&mut self, loaded: &LoadedModel) {
        let mut found = Diagnostics::default();
        self.targets(loaded)
            .check(&loaded.model, (&self.sources, &mut found));
        self.diagnostics.extend(found);
    }

    /// Reports which constraints in the annotations of its metamodel a model does not hold to.
    ///
    /// Those of a workspace are for a check of the workspace.
    pub(super) fn check_constraints(&mut self, loaded: &LoadedModel) {
        let of_workspace = |w: &Arc<Metamodel>| Arc::ptr_eq(w, &loaded.metamodel);
        if self.workspace.as_ref().is_some_and(of_workspace) || self.diagnostics.has_errors() {
            return;
        }
        let (sources, diagnostics) = (&self.sources, &mut self.diagnostics);
        let constraints = constraint::of_metamodel(&loaded.metamodel, sources, diagnostics);
        pipeline::check_alone(&constraints, &loaded.model, diagnostics);
    }

    /// Answers whether references of a model to other files find something.
    pub(super) fn targets(&self, model: &LoadedModel) -> Targets<'_> {
        Targets::new(&self.world, &self.map, (&model.path, &model.metamodel))
    }

    /// Prints what was found beside a product; the outcome of the command follows from it.
    pub(super) fn report(&mut self, terminal: &mut Terminal) -> Result<Outcome, Failure> {
        self.diagnostics.sort(&self.sources);
        terminal.warn(&self.diagnostics, &self.sources, Format::Human)?;
        Ok(if self.diagnostics.has_errors() {
            Outcome::Findings
        } else {
            Outcome::Fine
        })
    }
}

impl Loader {
    /// The metamodel of a text that stands, or will stand, in a file; `None` where it cannot be told or is wrong.
    pub(super) fn metamodel_of_text(
        &mut self,
        file: &Path,
        text: &str,
    ) -> Result<Option<Arc<Metamodel>>, Failure> {
        let path = self.path(file)?;
        if format::is_ecore(&path) {
            return Ok(Some(ecore::ecore().clone()));
        }
        let locations = format::schema_locations(&path, text);
        let metamodel = if locations.is_empty() {
            let folder = file.parent().unwrap_or(Path::new("/"));
            let Some(root) = crate::workspace::find(folder) else {
                return Ok(None);
            };
            let run = pipeline::metamodel(&Project::at(root).world);
            if run.diagnostics.has_errors() {
                return Ok(None);
            }
            run.metamodel
        } else {
            let files = MetamodelFiles {
                metamodels: Vec::new(),
            };
            self.metamodel_of(&files, Some((&path, &locations)))?
        };
        Ok((!self.diagnostics.has_errors()).then_some(metamodel))
    }
}

/// A model with its metamodel.
#[derive(Debug)]
pub(super) struct LoadedModel {
    pub(super) path: String,
    pub(super) metamodel: Arc<Metamodel>,
    pub(super) model: Model,
}

/// The path of the model of a workspace with one model.
pub(super) fn only_model(args: &Args) -> Result<PathBuf, Failure> {
    let project = Project::find(args)?;
    let mut paths = Vec::new();
    for located in pipeline::configuration(&project.world)
        .iter()
        .flat_map(|c| &c.models)
    {
        paths.extend(project.world.list(&located.pattern)?);
    }
    match &paths[..] {
        [only] => Ok(project.root.join(only)),
        [] => Err(Failure::usage("the workspace has no model")),
        many => {
            let failure = Failure::usage(format!("the workspace has {} models", many.len()));
            Err(failure.hint(format!("name one: {}", many.join(", "))))
        }
    }
}

/// The class of a name, which a user wrote.
pub(super) fn class(metamodel: &Metamodel, name: &str) -> Result<ClassId, Failure> {
    metamodel.class_named(name).ok_or_else(|| {
        let failure = Failure::usage(format!("there is no class `{name}`"));
        match did_you_mean(name, metamodel.own_classes().map(|(_, c)| &*c.name)) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })
}
