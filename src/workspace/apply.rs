//! Carrying a plan out: each file appears whole or not at all, and what a person wrote meanwhile is put back.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the gateway to the disk for writing"
)]

use std::fs::File;
use std::path::Path;

use super::folder::{Missing, Opened, prune};
use super::journal::{Displaced, Journal, keep, name_of, stage};
use super::place::{Exchanged, Place};
use super::{Kept, WorkspaceError, fresh};
use crate::pipeline::{Decision, OWN, Plan, PlannedFile, RECORDS};

/// What became of a plan.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// Paths that were written.
    pub written: Vec<String>,
    /// Paths that were removed.
    pub removed: Vec<String>,
    /// Paths that somebody changed between planning and writing: they are left as they are.
    pub held: Vec<String>,
    /// What somebody wrote that something else has taken the place of.
    pub displaced: Vec<Displaced>,
}

impl Applied {
    /// Counts in what became of a plan that was carried out just before.
    pub fn begin_with(&mut self, before: Self) {
        self.written.splice(..0, before.written);
        self.removed.splice(..0, before.removed);
        self.displaced.splice(..0, before.displaced);
    }
}

/// Clears up after a run that was killed while it wrote below `root`. To be called before a plan is made. Returns what
/// could not be put back.
pub fn recover(root: &Path, kept: &Kept) -> Result<Vec<Displaced>, WorkspaceError> {
    let _turn = turn(root)?;
    Journal::of(root, kept).recover()
}

/// Whether a run was killed while it wrote below `root`.
pub fn is_interrupted(root: &Path, kept: &Kept) -> bool {
    Journal::of(root, kept).is_open()
}

/// Writes and removes what a plan asks for below `root`.
pub fn apply(root: &Path, kept: &Kept, plan: &Plan) -> Result<Applied, WorkspaceError> {
    let mut applied = Applied::default();
    go_on(root, kept, plan, &mut applied)?;
    Ok(applied)
}

/// The same for a piece of a plan, of which the pieces before were carried out.
pub fn go_on(
    root: &Path,
    kept: &Kept,
    plan: &Plan,
    applied: &mut Applied,
) -> Result<(), WorkspaceError> {
    if plan.changes().next().is_none() {
        return Ok(());
    }
    let _turn = turn(root)?;
    let journal = Journal::of(root, kept);
    applied.displaced.extend(journal.recover()?);
    journal.begin(plan.changes())?;
    let mut opened = Opened::default();
    let changes: Vec<&PlannedFile> = plan.changes().collect();
    let mut left = &changes[..];
    while !left.is_empty() {
        let (files, further) = left.split_at(fresh::of_one_folder(left).max(1));
        left = further;
        let has_to_last = files.iter().any(|file| has_to_last(plan, file));
        if files.len() > 1 && !has_to_last && fresh::make(root, files, &mut opened)? {
            applied.written.extend(files.iter().map(|f| f.path.clone()));
            continue;
        }
        for file in files {
            one((root, kept, &mut opened), (plan, file), applied)?;
        }
    }
    journal.end()
}

/// Waits until no other process of ours writes in the workspace.
fn turn(root: &Path) -> Result<File, WorkspaceError> {
    let folder = File::open(root).and_then(|folder| folder.lock().map(|()| folder));
    folder.map_err(|e| WorkspaceError::io("lock", root, e))
}

/// Whether bytes of the user's are in a file that nothing else has, or it tells whose the others are: it is on the disk
/// before it takes the place of another. All else can be generated again.
fn has_to_last(plan: &Plan, file: &PlannedFile) -> bool {
    let is_record = file.path.starts_with(RECORDS) && file.decision == Decision::Update;
    let is_merged = matches!(file.decision, Decision::Merge | Decision::Conflict);
    is_record || is_merged || plan.edits.contains(&file.path)
}

/// Writes one file, or removes it, and notes what became of it.
fn one(
    with: (&Path, &Kept, &mut Opened),
    (plan, file): (&Plan, &PlannedFile),
    applied: &mut Applied,
) -> Result<(), WorkspaceError> {
    // A record tells what is in the files. Where one of them is held it would be wrong; the next run tells it.
    if file.path.starts_with(OWN) && !applied.held.is_empty() {
        return Ok(());
    }
    let (missing, list) = match (file.decision, &file.content) {
        (Decision::Remove, _) => (Missing::Stop, &mut applied.removed),
        (_, Some(_)) => (Missing::Make, &mut applied.written),
        (_, None) => return Ok(()),
    };
    let list = match carry_out(with, (plan, file), missing, &mut applied.displaced)? {
        Exchanged::Done => list,
        Exchanged::Held | Exchanged::Twice => &mut applied.held,
    };
    list.push(file.path.clone());
    Ok(())
}

/// Stages a file beside its place and has it take that, or takes it away; what a person saved meanwhile goes back.
fn carry_out(
    (root, kept, opened): (&Path, &Kept, &mut Opened),
    (plan, file): (&Plan, &PlannedFile),
    missing: Missing,
    displaced: &mut Vec<Displaced>,
) -> Result<Exchanged, WorkspaceError> {
    let Some(folder) = opened.of(root, &file.path, missing)? else {
        return Ok(Exchanged::Done);
    };
    let name = name_of(&file.path);
    let place = Place {
        folder,
        name,
        staged: &stage(name),
    };
    let content = file.content.as_deref().filter(|_| missing == Missing::Make);
    if let Some(content) = content {
        let like = file.before.is_some().then_some(name);
        let create = || folder.create(place.staged, like, content);
        let made = match create() {
            // Of a run that nobody knows of any more: it may hold what a person wrote.
            Err(error) if error.is_taken() => {
                displaced.extend(keep(kept, folder, &file.path)?);
                create()
            }
            made => made,
        };
        made?;
        if has_to_last(plan, file) {
            let synced = folder.sync(place.staged);
            // What is not on the disk is ours alone; the first error is the one to tell.
            synced.inspect_err(|_| drop(folder.remove(place.staged)))?;
        }
    } else {
        displaced.extend(keep(kept, folder, &file.path)?);
    }
    let outcome = match (content, &file.before) {
        (Some(_), None) => place.fill()?,
        (Some(content), Some(before)) => place.exchange(before, content)?,
        (None, Some(before)) => place.take_away(before)?,
        (None, None) => Exchanged::Done,
    };
    if outcome == Exchanged::Twice {
        displaced.extend(keep(kept, folder, &file.path)?);
    }
    if outcome == Exchanged::Done && content.is_none() {
        opened.close();
        prune(root, &file.path);
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn planned(path: &str, before: Option<&str>, decision: Decision) -> PlannedFile {
        PlannedFile {
            path: path.to_owned(),
            content: (decision != Decision::Remove).then(|| "new".into()),
            before: before.map(|b| b.to_owned().into()),
            decision,
        }
    }

    fn carry_out(root: &Path, files: Vec<PlannedFile>) -> Applied {
        let plan = Plan {
            files,
            ..Plan::default()
        };
        apply(root, &Kept::new(root.join("kept")), &plan).unwrap()
    }

    fn names(root: &Path) -> Vec<String> {
        let entries = fs::read_dir(root).unwrap().map(|e| e.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|n| n.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn no_record_tells_of_a_file_that_somebody_saved_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::write(root.join("a"), "saved").unwrap();
        let record = format!("{OWN}record");
        let files = vec![
            planned("a", Some("old"), Decision::Update),
            planned("b", None, Decision::Create),
            planned(&record, None, Decision::Create),
        ];
        let applied = carry_out(&root, files);
        assert_eq!(
            (applied.held, applied.written),
            (vec!["a".to_owned()], vec!["b".to_owned()])
        );
        assert_eq!(fs::read(root.join("a")).unwrap(), b"saved");
        assert!(!root.join(record).exists());
        assert_eq!(names(&root), ["a", "b"], "nothing is left behind");
    }

    #[test]
    fn a_folder_that_is_new_appears_with_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let new = |path: &str| planned(path, None, Decision::Create);
        let files = ["a/b/x", "a/b/y", "a/c/x", "a/x", "a/y"].map(new).to_vec();
        assert_eq!(
            carry_out(&root, files).written,
            ["a/b/x", "a/b/y", "a/c/x", "a/x", "a/y"]
        );
        assert_eq!(names(&root.join("a")), ["b", "c", "x", "y"]);
        // One that is there has files that are somebody's.
        fs::write(root.join("a/c/y"), "saved").unwrap();
        let applied = carry_out(&root, ["a/c/y", "a/c/z"].map(new).to_vec());
        assert_eq!((applied.held.len(), applied.written.len()), (1, 1));
        assert_eq!(fs::read(root.join("a/c/y")).unwrap(), b"saved");
    }

    #[test]
    fn a_folder_that_a_killed_run_had_begun_is_removed_unless_it_holds_more() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let kept = Kept::new(root.join("kept"));
        let begun = root.join(stage("a"));
        for (others, is_left) in [(None, false), (Some("mine"), true)] {
            let files = ["a/x", "a/y"].map(|path| planned(path, None, Decision::Create));
            Journal::of(&root, &kept).begin(files.iter()).unwrap();
            fs::create_dir(&begun).unwrap();
            fs::write(begun.join("x"), "ne").unwrap();
            if let Some(name) = others {
                fs::write(begun.join(name), "saved").unwrap();
            }
            assert!(recover(&root, &kept).unwrap().is_empty());
            assert_eq!(begun.exists(), is_left);
            assert!(!begun.join("x").exists());
        }
        assert_eq!(names(&begun), ["mine"]);
        // What is left there keeps nothing from being written.
        let files = ["a/x", "a/y"].map(|path| planned(path, None, Decision::Create));
        assert_eq!(carry_out(&root, files.to_vec()).written, ["a/x", "a/y"]);
    }

    #[test]
    fn what_is_no_file_any_more_stays() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::write(root.join("target"), "old").unwrap();
        std::os::unix::fs::symlink("target", root.join("link")).unwrap();
        fs::create_dir_all(root.join("folder/inner")).unwrap();
        std::os::unix::fs::symlink("target", root.join("gone")).unwrap();
        let applied = carry_out(
            &root,
            vec![
                planned("link", Some("old"), Decision::Update),
                planned("folder", Some("old"), Decision::Update),
                planned("gone", Some("old"), Decision::Remove),
            ],
        );
        assert_eq!(applied.held, ["link", "folder", "gone"]);
        assert!(root.join("link").is_symlink() && root.join("gone").is_symlink());
        assert!(root.join("folder/inner").is_dir());
        assert_eq!(fs::read(root.join("target")).unwrap(), b"old");
    }

    #[test]
    fn a_run_that_was_killed_is_cleared_up_after() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let kept = Kept::new(root.join("kept"));
        let beside = root.join(stage("a"));
        // What is there, what is left beside it, what is there then, and what is kept.
        for (now, left, then, kept_then) in [
            (Some("old"), "ne", Some("old"), None),
            (Some("new"), "old", Some("new"), None),
            (Some("new"), "saved", Some("saved"), None),
            (Some("saved"), "new", Some("saved"), None),
            (Some("later"), "saved", Some("later"), Some("saved")),
            (None, "saved", None, Some("saved")),
        ] {
            let file = planned("a", Some("old"), Decision::Update);
            let journal = Journal::of(&root, &kept);
            journal.begin([&file].into_iter()).unwrap();
            drop(fs::remove_file(root.join("a")));
            if let Some(text) = now {
                fs::write(root.join("a"), text).unwrap();
            }
            fs::write(&beside, left).unwrap();
            let displaced = recover(&root, &kept).unwrap();
            let text = |path: &Path| fs::read_to_string(path).ok();
            assert_eq!(text(&root.join("a")).as_deref(), then, "{now:?} {left}");
            let kept_now = displaced.first().and_then(|d| text(&d.place));
            assert_eq!(kept_now.as_deref(), kept_then, "{now:?} {left}");
            assert!(!beside.exists() && recover(&root, &kept).unwrap().is_empty());
        }
    }
}
