//! `mlopsgen verify`: the proof that what commits hold is what their inputs generate.

use std::collections::BTreeMap;

use serde::Serialize;

use super::args::{Args, Format, Verify};
use super::project::Project;
use super::terminal::{CYAN, DIM, GREEN, RED, Stopwatch, Terminal};
use super::{Failure, Outcome};
use crate::audit::{Depth, Drift, Level, Verdict, Verified, Verifier};
use crate::diag::{Code, Diagnostic, Diagnostics, Sources, counted, one_line};
use crate::git::{Commits, Revision, Signature};

/// All verdicts as JSON, version 1.
#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    commits: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    commit: &'a str,
    time: i64,
    author: &'a str,
    subject: &'a str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    /// The signer, or why there is none; where signatures were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<&'a Signature>,
    artifacts: usize,
    users: usize,
    ignored: usize,
    drifts: Vec<File<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wanted: Option<&'a str>,
    /// The commit that touched the file last; none where a parent has the same drift.
    #[serde(skip_serializing_if = "Option::is_none")]
    touched: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
}

pub(super) fn run(
    args: &Args,
    options: &Verify,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let watch = Stopwatch::start();
    let project = Project::find(args)?;
    terminal.finds_in(&project, options.format)?;
    let repository = project.needed_repository()?;
    let prefix = repository.prefix_of(&project.root)?;
    let which = if options.all {
        Commits::UpTo(&options.revision)
    } else {
        Commits::Named(&options.revision)
    };
    let depth = if options.digests {
        Depth::Digests
    } else {
        Depth::Generate
    };
    let revisions = repository.commits(which)?;
    let mut verifier = Verifier::new(&repository, &prefix, depth)?;
    let mut all = Vec::with_capacity(revisions.len());
    for revision in &revisions {
        all.push((revision, verifier.verify(revision)?));
    }
    let mut signatures = Signatures::new();
    if options.signatures {
        let ids: Vec<&str> = revisions.iter().map(|r| r.id.as_str()).collect();
        signatures = repository.signatures(&ids)?;
    }
    if options.json {
        let commits = all
            .iter()
            .map(|(r, v)| row(r, v, signatures.get(&r.id)))
            .collect();
        let report = Report {
            version: 1,
            commits,
        };
        let text = serde_json::to_string_pretty(&report).expect("plain data is always JSON");
        terminal.line(&text)?;
    } else {
        print(&verifier, (&all, &signatures), options.format, terminal)?;
    }
    terminal.say(&summary(&all, (&verifier, watch)))?;
    let unsigned = signatures.values().filter(|s| !is_good(s)).count();
    if unsigned > 0 {
        let commits = counted(unsigned, "commit");
        terminal.say(&format!("{RED}{commits} without a good signature{RED:#}"))?;
    } else if options.signatures {
        terminal.say(&format!("{GREEN}all signatures are good{GREEN:#}"))?;
    }
    let clean = unsigned == 0 && all.iter().all(|(_, v)| v.verdict.is_clean());
    Ok(if clean {
        Outcome::Fine
    } else {
        Outcome::Findings
    })
}

/// What git says of signatures, by the identities of commits; empty where it was not asked.
type Signatures = BTreeMap<String, Signature>;

fn is_good(signature: &Signature) -> bool {
    matches!(signature, Signature::Good(_))
}

/// The finding of a commit whose signature is not good.
fn unsigned(revision: &Revision, signature: Option<&Signature>) -> Option<Diagnostic> {
    let author = one_line(&revision.author);
    let commit = format!("{} of {author}, {},", revision.short, revision.time);
    let message = match signature? {
        Signature::Good(_) => return None,
        Signature::Missing => format!("{commit} is not signed"),
        Signature::Bad(reason) => format!("{commit} has no good signature: {reason}"),
    };
    Some(Diagnostic::global(Code::Signature, message))
}

/// A commit with what was found out about it.
type Pair<'a> = (&'a Revision, Verified);

/// Prints what each commit brought in: under its own heading for people, where there are several.
fn print(
    verifier: &Verifier<'_>,
    (all, signatures): (&[Pair<'_>], &Signatures),
    format: Format,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let mut sources = Sources::default();
    let mut together = Diagnostics::default();
    for (revision, verified) in all {
        let mut found = verifier.findings((revision, verified), &mut sources);
        found.extend(unsigned(revision, signatures.get(&revision.id)));
        if found.is_empty() {
            continue;
        }
        if format == Format::Human {
            if all.len() > 1 {
                let subject = one_line(&revision.subject);
                terminal.line(&format!(
                    "{CYAN}{revision}{CYAN:#}  {DIM}{subject}{DIM:#}\n"
                ))?;
            }
            terminal.findings(&found, &sources, format)?;
        } else {
            together.extend(found.iter().cloned());
        }
    }
    if format == Format::Human {
        return Ok(());
    }
    terminal.findings(&together, &sources, format)
}

fn row<'a>(
    revision: &'a Revision,
    verified: &'a Verified,
    signature: Option<&'a Signature>,
) -> Row<'a> {
    let verdict = &verified.verdict;
    let kept = |d: &&Drift| !verified.new.iter().any(|(n, _)| n.path == d.path);
    let old = verdict.drifts.iter().filter(kept).map(|d| (d, None));
    let new = verified.new.iter().map(|(d, by)| (d, by.as_ref()));
    Row {
        commit: &revision.id,
        time: revision.time.seconds,
        author: &revision.author,
        subject: &revision.subject,
        verdict: verdict.word(),
        reason: match &verdict.level {
            Level::Digests(reason) => reason.as_deref(),
            _ => None,
        },
        signature,
        artifacts: verdict.artifacts,
        users: verdict.users,
        ignored: verdict.ignored,
        drifts: new.chain(old).map(|(d, by)| file(d, by)).collect(),
    }
}

fn file<'a>(drift: &'a Drift, culprit: Option<&'a Revision>) -> File<'a> {
    let at = drift.at.as_ref();
    File {
        path: &drift.path,
        kind: drift.kind.word(),
        line: at.map(|at| at.line),
        found: at.and_then(|at| at.found.as_deref()),
        wanted: at.and_then(|at| at.wanted.as_deref()),
        touched: culprit.map(|r| r.id.as_str()),
        by: culprit.map(|r| r.author.as_str()),
    }
}

fn summary(all: &[Pair<'_>], (verifier, watch): (&Verifier<'_>, Stopwatch)) -> String {
    if let [(revision, verified)] = all {
        return one(revision, &verified.verdict, watch);
    }
    let count = |which: &dyn Fn(&Verified) -> bool| all.iter().filter(|(_, v)| which(v)).count();
    let mut parts = Vec::new();
    let generated = count(&|v| v.verdict.word() == "generated");
    let holds = if generated == 1 {
        "holds what it generates"
    } else {
        "hold what they generate"
    };
    parts.push(format!("{GREEN}{generated} {holds}{GREEN:#}"));
    for (text, count) in [
        (
            "held against their records only",
            count(&|v| v.verdict.word() == "digests"),
        ),
        (
            "without artifacts",
            count(&|v| v.verdict.word() == "nothing"),
        ),
    ] {
        if count > 0 {
            parts.push(format!("{count} {text}"));
        }
    }
    let new = count(&|v| !v.new.is_empty());
    let old = count(&|v| v.new.is_empty() && !v.verdict.is_clean());
    if new > 0 {
        parts.push(format!("{RED}{new} brought drift in{RED:#}"));
    }
    if old > 0 {
        parts.push(format!("{RED}{old} kept it{RED:#}"));
    }
    format!(
        "{}: {}; {} in {}",
        counted(all.len(), "commit"),
        parts.join(", "),
        counted(verifier.states(), "state"),
        watch.show()
    )
}

fn one(revision: &Revision, verdict: &Verdict, watch: Stopwatch) -> String {
    let (short, took) = (&revision.short, watch.show());
    let artifacts = counted(verdict.artifacts, "artifact");
    let artifacts = match verdict.ignored {
        0 => artifacts,
        all if all == verdict.artifacts => format!("{artifacts}, not in it since git ignores them"),
        some => format!("{artifacts}, {some} of them not in it since git ignores them"),
    };
    let users = match verdict.users {
        0 => String::new(),
        count => format!(", {count} of them yours or with accepted edits"),
    };
    if !verdict.is_clean() {
        let drifts = match verdict.drifts.len() {
            1 => "1 file differs".to_owned(),
            count => format!("{count} files differ"),
        };
        return format!(
            "{RED}{short} does not hold what its inputs generate{RED:#}: {drifts}, {artifacts} in {took}"
        );
    }
    match &verdict.level {
        Level::Nothing => format!("{short} holds no artifacts"),
        Level::Digests(reason) => {
            let reason = reason.as_ref().map_or("", String::as_str);
            let reason = if reason.is_empty() {
                String::new()
            } else {
                format!("; not generated again: {reason}")
            };
            format!(
                "{GREEN}{short} holds what its records say{GREEN:#}: {artifacts}{users}{reason}"
            )
        }
        Level::Generated => format!(
            "{GREEN}{short} holds what its inputs generate{GREEN:#}: {artifacts}{users} in {took}"
        ),
    }
}
