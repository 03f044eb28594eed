//! The record of a model file: what was made of what, in the shape of an in-toto statement with SLSA's names.
//!
//! No time, host, user or absolute path stands in it: the same inputs give the same record.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::printed::Outline;
use super::run::{ModelRun, Models, Run};
use super::{SEMANTICS, VERSION, sha256};
use crate::generate::Ownership;
use crate::generate::region::{self, Region};
use crate::world::{Pattern, World, WorldError};

/// The folder of what the program keeps for itself: records, and the schema for editors.
pub const OWN: &str = ".mlopsgen/";
/// The folder of the records, below the workspace.
pub const RECORDS: &str = ".mlopsgen/records";
/// The folder of the completed models, below the workspace.
pub const COMPLETED: &str = ".mlopsgen/completed";

const STATEMENT: &str = "https://in-toto.io/Statement/v1";
const PREDICATE: &str = "https://slsa.dev/provenance/v1";
const BUILD: &str = "https://mlopsgen.dev/generate/v1";

/// The record of one model file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    #[serde(rename = "_type")]
    statement: String,
    /// The artifacts.
    pub subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: Predicate,
}

/// An artifact in a record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Subject {
    /// Its path below the workspace.
    pub name: String,
    /// The digests of what was generated. Edits by hand are no part of it.
    pub digest: Digest,
    /// What else is known of it.
    #[serde(default, skip_serializing_if = "Annotations::is_empty")]
    pub annotations: Annotations,
}

/// What belongs to the user in an artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotations {
    /// Whether it is generated once and the user's since, so that its bytes say nothing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub once: bool,
    /// The SHA-256 of the file with the edits that the user has accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
    /// The SHA-256 of the artifact with nothing in its protected regions, where it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skeleton: Option<String>,
    /// The SHA-256 of what was generated into each protected region.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub regions: BTreeMap<String, String>,
}

impl Subject {
    /// Whether bytes are what was generated, or what git makes of it where it checks text out with CRLF.
    pub fn is_generated(&self, bytes: &[u8]) -> bool {
        let digest = &self.digest.sha256;
        sha256(bytes) == *digest || sha256(&with_line_feeds(bytes)) == *digest
    }
}

impl Annotations {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn of(outline: Outline<'_>) -> Self {
        let once = outline.template().ownership == Ownership::Once;
        if !outline.has_regions() {
            return Self {
                once,
                ..Self::default()
            };
        }
        let artifact = outline.print();
        let body = |r: &Region| sha256(&artifact.text.as_bytes()[r.body.clone()]);
        let regions = artifact.regions.iter();
        Self {
            once,
            accepted: None,
            skeleton: Some(sha256(region::skeleton(&artifact.text).as_bytes())),
            regions: regions.map(|r| (r.id.clone(), body(r))).collect(),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_false(value: &bool) -> bool {
    !value
}

/// The digest of a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Digest {
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Predicate {
    #[serde(rename = "buildDefinition")]
    build_definition: BuildDefinition,
    #[serde(rename = "runDetails")]
    run_details: RunDetails,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct BuildDefinition {
    #[serde(rename = "buildType")]
    build_type: String,
    #[serde(rename = "externalParameters")]
    external_parameters: BTreeMap<String, String>,
    #[serde(rename = "resolvedDependencies")]
    resolved_dependencies: Vec<Dependency>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Dependency {
    uri: String,
    digest: Digest,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct RunDetails {
    builder: Builder,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Builder {
    id: String,
    version: BTreeMap<String, String>,
}

impl Record {
    /// The path of the record of a model file.
    pub fn path(model: &str) -> String {
        format!("{RECORDS}/{model}.json")
    }

    /// Makes the record of a model: every file that could have changed its artifacts is a dependency.
    pub(super) fn of(run: &Run, model: &ModelRun) -> Self {
        let shared = run.shared_inputs();
        let own = run.inputs.get(&model.path);
        let before = shared.partition_point(|i| *i.path < *model.path);
        let (before, behind) = shared.split_at(before);
        let inputs = before.iter().chain(own).chain(behind);
        let dependencies = inputs.map(|input| Dependency {
            uri: input.pack.as_ref().map_or_else(
                || input.path.to_string(),
                |p| format!("pack:{p}/{}", input.path),
            ),
            digest: Digest {
                sha256: input.sha256.to_string(),
            },
        });
        let mut subject: Vec<Subject> = Outline::all(run, model)
            .map(|artifact| Subject {
                name: artifact.path().to_owned(),
                digest: Digest {
                    sha256: artifact.sha256(),
                },
                annotations: Annotations::of(artifact),
            })
            .collect();
        subject.sort_by(|a, b| a.name.cmp(&b.name));
        let versions = [
            ("mlopsgen", VERSION.to_owned()),
            ("semantics", SEMANTICS.to_string()),
        ];
        Self {
            statement: STATEMENT.to_owned(),
            subject,
            predicate_type: PREDICATE.to_owned(),
            predicate: Predicate {
                build_definition: BuildDefinition {
                    build_type: BUILD.to_owned(),
                    external_parameters: BTreeMap::from([("model".to_owned(), model.path.clone())]),
                    resolved_dependencies: dependencies.collect(),
                },
                run_details: RunDetails {
                    builder: Builder {
                        id: "mlopsgen".to_owned(),
                        version: versions
                            .into_iter()
                            .map(|(k, v)| (k.to_owned(), v))
                            .collect(),
                    },
                },
            },
        }
    }

    /// Reads a record; `None` where it is none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// What the artifacts were made of, and with: paths of the workspace, `pack:NAME/PATH`, each with its SHA-256.
    pub fn dependencies(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.predicate.build_definition.resolved_dependencies.iter();
        all.map(|d| (d.uri.as_str(), d.digest.sha256.as_str()))
    }

    /// The version of the program that made them, and its semantics number.
    pub fn engine(&self) -> (&str, &str) {
        let version = &self.predicate.run_details.builder.version;
        let of = |name: &str| version.get(name).map_or("?", String::as_str);
        (of("mlopsgen"), of("semantics"))
    }

    /// The same with what another record says of some artifacts.
    #[must_use]
    pub fn with_subjects_of(&self, other: &Self, paths: &BTreeSet<String>) -> Self {
        let mut record = self.clone();
        for subject in record
            .subject
            .iter_mut()
            .filter(|s| paths.contains(&s.name))
        {
            let found = other.subject.iter().find(|s| s.name == subject.name);
            subject.clone_from(found.unwrap_or(&subject.clone()));
        }
        record
    }

    /// The text of the record: JSON with a final line break.
    pub fn text(&self) -> String {
        let mut text =
            serde_json::to_string_pretty(self).expect("plain data has no keys that JSON lacks");
        text.push('\n');
        text
    }
}

/// The paths of all records of a workspace.
pub fn record_paths(world: &dyn World) -> Result<Vec<String>, WorldError> {
    let pattern = Pattern::new(&format!("{RECORDS}/**/*.json"));
    world.list(&pattern.expect("the pattern is a constant"))
}

/// The records of a workspace, by their paths.
pub fn records(world: &dyn World) -> Result<BTreeMap<String, Record>, WorldError> {
    let mut all = BTreeMap::new();
    for path in record_paths(world)? {
        // A record that cannot be read protects nothing and frees nothing: its artifacts count as the user's.
        let record = world.read(&path)?.and_then(|bytes| Record::read(&bytes));
        all.extend(record.map(|record| (path, record)));
    }
    Ok(all)
}

/// What the records of models say of artifacts, by the paths of the records; of all models, also of those that are gone.
pub(super) fn subjects_of(
    world: &dyn World,
    run: &Run,
    which: Models<'_>,
) -> Result<BTreeMap<String, Vec<Subject>>, WorldError> {
    let paths = if which.is_all() {
        record_paths(world)?
    } else {
        which.of(run).map(|m| Record::path(&m.path)).collect()
    };
    let mut all = BTreeMap::new();
    for path in paths {
        let record = world.read(&path)?.and_then(|bytes| Record::read(&bytes));
        all.extend(record.map(|record| (path, record.subject)));
    }
    Ok(all)
}

/// Whether two files are the same, or are where git checks text out with CRLF.
pub fn same_but_line_ends(a: &[u8], b: &[u8]) -> bool {
    a == b || with_line_feeds(a) == with_line_feeds(b)
}

/// Text with line feeds alone, as it is generated.
pub(super) fn with_line_feeds(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for (index, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(index + 1) != Some(&b'\n') {
            out.push(*byte);
        }
    }
    out
}
