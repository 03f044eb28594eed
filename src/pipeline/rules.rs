//! What is read of a workspace beside its models: helpers, transforms, constraints and templates, typed and checked.
//!
//! None of it depends on a model, so it is read while the models are, on a thread of its own.

use std::sync::Arc;
use std::thread::{self, Builder, ScopedJoinHandle};

use crate::constraint::{self, Constraint};
use crate::diag::{Diagnostics, FileId, Sources};
use crate::generate::Library;
use crate::metamodel::Metamodel;
use crate::transform::{self, Transform};

/// The stack of the thread, in bytes: reading goes as deep as texts nest, which has a limit.
const STACK: usize = 16 << 20;

/// The files of a workspace that say what is done with its models.
pub(super) struct RuleFiles {
    pub(super) transforms: Vec<FileId>,
    pub(super) constraints: Vec<FileId>,
    pub(super) templates: Vec<FileId>,
}

/// What is done with models.
pub(super) struct Rules {
    pub(super) transforms: Vec<Transform>,
    pub(super) constraints: Vec<Constraint>,
    pub(super) library: Library,
    /// What is wrong with them.
    pub(super) found: Diagnostics,
}

impl RuleFiles {
    /// Reads and types all of them.
    fn read(&self, sources: &Sources, metamodel: &Metamodel) -> Rules {
        let mut found = Diagnostics::default();
        let helpers = transform::helpers(sources, &self.transforms, metamodel, &mut found);
        let language = (metamodel, &helpers);
        let mut constraints = Vec::new();
        for file in &self.constraints {
            constraints.extend(constraint::load(sources, *file, language, &mut found));
        }
        constraints.extend(constraint::of_metamodel(metamodel, sources, &mut found));
        let mut transforms = Vec::new();
        for file in &self.transforms {
            transforms.extend(transform::load(sources, *file, language, &mut found));
        }
        let library = Library::load(sources, &self.templates, language, &mut found);
        Rules {
            transforms,
            constraints,
            library,
            found,
        }
    }
}

/// Reads the rules on another thread while `work` is done on this one.
pub(super) fn beside<T>(
    files: &RuleFiles,
    (sources, metamodel): (&Sources, &Arc<Metamodel>),
    work: impl FnOnce() -> T,
) -> (Rules, T) {
    thread::scope(|scope| {
        let read = || files.read(sources, metamodel);
        let builder = Builder::new().name("rules".to_owned());
        match builder.stack_size(STACK).spawn_scoped(scope, read) {
            Ok(reading) => {
                let done = work();
                (joined(reading), done)
            }
            // No thread to be had: one after the other.
            Err(_) => (files.read(sources, metamodel), work()),
        }
    })
}

/// What a thread gives; its panic is one of this thread.
fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
