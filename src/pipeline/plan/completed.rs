//! The completed models beside the records: every value that rules and defaults gave, so that a change of one is a
//! difference that can be reviewed, however many models it concerns.

use std::collections::BTreeSet;

use super::planner::Planner;
use super::told::own_file;
use super::{Decision, PlannedFile};
use crate::format::yaml_model::{self, Syntax};
use crate::model::Origin;
use crate::pipeline::chain::{Chain, Stage};
use crate::pipeline::record::COMPLETED;
use crate::world::{Pattern, World, WorldError};

impl Chain {
    /// The completed model as YAML, with the rule that gave a value behind it. Lines of files are not named: they move.
    pub fn completed_text(&self) -> String {
        text(&self.stages[0])
    }
}

fn text(stage: &Stage) -> String {
    let comment = |object, feature| match stage.model.origin(object, feature)? {
        Origin::Derived(link) => Some(format!("rule {}", stage.trace.get(link).rule.rule)),
        Origin::Written(_) | Origin::Implied => None,
    };
    let mut out = b"# The model with all that rules gave it. Generated: edits are lost.\n".to_vec();
    yaml_model::write_commented(&stage.model, Syntax::Yaml, &comment, &mut out)
        .expect("models that rules went through are no deeper than readers follow");
    String::from_utf8(out).expect("YAML is written as text")
}

/// The path of the completed model of a model file.
fn path(model: &str) -> String {
    let model = model.strip_suffix(".yaml").unwrap_or(model);
    format!("{COMPLETED}/{model}.yaml")
}

/// The paths of all completed models of a workspace.
pub fn completed_models(world: &dyn World) -> Result<Vec<String>, WorldError> {
    let pattern = Pattern::new(&format!("{COMPLETED}/**/*.yaml"));
    world.list(&pattern.expect("the pattern is a constant"))
}

impl<'r: 'p, 'p, E: From<WorldError>> Planner<'r, 'p, E> {
    /// Plans the completed models, and the removal of those whose model is gone.
    pub(super) fn completed(&mut self) -> Result<(), E> {
        let mut wanted = BTreeSet::new();
        for model in self.which.of(self.run) {
            let path = path(&model.path);
            let before = self.workspace.read(&path)?;
            let content = model.chain.completed_text();
            let file = own_file(&path, content, before);
            self.file(file)?;
            wanted.insert(path);
        }
        if !self.which.is_all() {
            return Ok(());
        }
        for path in completed_models(self.workspace)? {
            if !wanted.contains(&path) {
                let before = self.workspace.read(&path)?;
                self.file(PlannedFile {
                    path,
                    content: None,
                    before,
                    decision: Decision::Remove,
                })?;
            }
        }
        Ok(())
    }
}
