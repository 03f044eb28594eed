//! What editors are given beside the files of a workspace: the JSON Schema of its models.
//!
//! It stands in the repository, so that a fresh clone completes at once, and is written again when the metamodel has
//! changed. Only where it is there, and only while it says that it is ours: to delete it, or its first line, is to say no.

use memchr::memmem;

use super::plan::{PlannedFile, own_file};
use super::run::Run;
use crate::format::schema;
use crate::world::{Bytes, World, WorldError};

/// Where the schema of a workspace stands, and where models look for it.
pub const SCHEMA: &str = ".mlopsgen/schema.json";

/// The schema of the models of a run; `None` where its metamodel could not be read.
pub fn schema_text(run: &Run) -> Option<&str> {
    run.metamodel.own_classes().next()?;
    let text = || schema::text(&run.metamodel, None);
    Some(run.schema.get_or_init(text))
}

/// Plans to bring the schema up to date. A run with errors in its models has one too: that is when editors need it.
pub fn schema_file(run: &Run, workspace: &dyn World) -> Result<Option<PlannedFile>, WorldError> {
    let before = workspace.read(SCHEMA)?;
    let mark = memmem::Finder::new(schema::MARK);
    let ours = |bytes: &Bytes| mark.find(bytes).is_some();
    let (Some(before), Some(text)) = (before.filter(ours), schema_text(run)) else {
        return Ok(None);
    };
    Ok(Some(own_file(SCHEMA, text.into(), Some(before))))
}
