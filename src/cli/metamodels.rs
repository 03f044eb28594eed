//! The metamodels and models that a command is about: the files that it names, else those of the workspace.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Failure;
use super::args::Args;
use super::project::{self, Project};
use crate::diag::{Diagnostics, FileId, Sources, did_you_mean};
use crate::format::{self, ecore, xmi, yaml_model};
use crate::metamodel::{ClassId, Metamodel};
use crate::model::Model;
use crate::pipeline;
use crate::workspace::DiskWorld;
use crate::world::{LayeredWorld, World};

/// What was read, and what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) sources: Sources,
    pub(super) diagnostics: Diagnostics,
    pub(super) metamodel: Arc<Metamodel>,
}

/// Reads the metamodels of `files`; where there is none, those that the workspace names.
pub(super) fn load(args: &Args, files: &[PathBuf]) -> Result<Loaded, Failure> {
    let mut loaded = Loaded::default();
    let ids = if files.is_empty() {
        of_workspace(args, &mut loaded)?
    } else {
        let world = DiskWorld::new(project::folder(args)?);
        let paths = files.iter().map(|f| f.to_string_lossy().into_owned());
        read(&world, paths, &mut loaded)?
    };
    let Loaded {
        sources,
        diagnostics,
        metamodel,
    } = &mut loaded;
    let models: Vec<_> = ids
        .iter()
        .map(|id| xmi::read(sources, *id, ecore::ecore(), diagnostics))
        .collect();
    if !diagnostics.has_errors() {
        *metamodel = Arc::new(ecore::metamodel(sources, &models, diagnostics));
    }
    diagnostics.sort(sources);
    Ok(loaded)
}

fn of_workspace(args: &Args, loaded: &mut Loaded) -> Result<Vec<FileId>, Failure> {
    let project = Project::find(args).map_err(|failure| match failure {
        Failure::Usage { message, .. } => Failure::usage(message)
            .hint("name a metamodel: `--metamodel FILE`, or make a workspace: `mlopsgen init`"),
        other => other,
    })?;
    let config = pipeline::configuration(&project.world).ok_or_else(|| {
        Failure::usage("the configuration cannot be used").hint("`mlopsgen check` says why")
    })?;
    let empty = crate::world::MemoryWorld::default();
    let pack = config.pack.as_deref().and_then(pipeline::pack);
    let world = LayeredWorld {
        top: &project.world,
        base: pack.unwrap_or(&empty),
    };
    let mut paths = Vec::new();
    for located in &config.metamodels {
        paths.extend(world.list(&located.pattern)?);
    }
    read(&world, paths.into_iter(), loaded)
}

/// Reads files as texts.
fn read(
    world: &dyn World,
    paths: impl Iterator<Item = String>,
    loaded: &mut Loaded,
) -> Result<Vec<FileId>, Failure> {
    let mut ids = Vec::new();
    for path in paths {
        let bytes = world
            .read(&path)?
            .ok_or_else(|| Failure::usage(format!("there is no file {path}")))?;
        if bytes.len() > format::MAX_FILE {
            let limit = format::MAX_FILE >> 20;
            return Err(Failure::usage(format!("{path} is larger than {limit} MiB")));
        }
        let text =
            format::decode(&bytes).map_err(|why| Failure::usage(format!("{path}: {why}")))?;
        ids.push(loaded.sources.add(world.display_path(&path), &*text));
    }
    Ok(ids)
}

/// Reads a model; in a workspace without a named file, the only one that there is.
pub(super) fn model(
    args: &Args,
    file: Option<&Path>,
    loaded: &mut Loaded,
) -> Result<Model, Failure> {
    let folder = project::folder(args)?;
    let path = match file {
        Some(path) => path.to_string_lossy().into_owned(),
        None => only_model(args)?,
    };
    let ids = read(&DiskWorld::new(folder), std::iter::once(path), loaded)?;
    let Loaded {
        sources,
        diagnostics,
        metamodel,
    } = loaded;
    let file = ids[0];
    let ending = sources.path(file).rsplit('.').next().unwrap_or_default();
    let yaml = ["yaml", "yml", "json"]
        .iter()
        .any(|e| ending.eq_ignore_ascii_case(e));
    let model = if yaml {
        yaml_model::read(sources, file, metamodel, diagnostics)
    } else {
        xmi::read(sources, file, metamodel, diagnostics)
    };
    diagnostics.sort(sources);
    Ok(model)
}

/// The path of the model of a workspace with one model.
fn only_model(args: &Args) -> Result<String, Failure> {
    let project = Project::find(args)?;
    let mut paths = Vec::new();
    for located in pipeline::configuration(&project.world)
        .iter()
        .flat_map(|c| &c.models)
    {
        paths.extend(project.world.list(&located.pattern)?);
    }
    match &paths[..] {
        [only] => Ok(project.root.join(only).to_string_lossy().into_owned()),
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
        match did_you_mean(name, metamodel.classes().map(|(_, c)| &*c.name)) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })
}
