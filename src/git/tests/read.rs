//! Finding a repository, and reading what it holds.

use super::super::testing::{Fixture, committed, request};
use super::super::*;
use super::conflicting;
use crate::world::{Pattern, World};

#[test]
fn a_folder_without_a_repository_has_none_and_can_get_one() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Repository::discover(folder.path()).unwrap().is_none());
    let repository = Repository::init(folder.path()).unwrap();
    assert!(repository.branch().is_some());
    assert_eq!(repository.prefix_of(folder.path()).unwrap(), "");
    assert!(
        repository
            .prefix_of(folder.path().parent().unwrap())
            .is_err()
    );
    gix::init_bare(folder.path().join("bare")).unwrap();
    let error = Repository::discover(&folder.path().join("bare")).unwrap_err();
    assert!(matches!(error, GitError::Bare { .. }), "{error}");
}

#[test]
fn ignored_means_untracked_and_matched() {
    let fixture = Fixture::new();
    fixture.write(".gitignore", "*.log\nbuild/\nkept\n");
    let ignored = |path: &str| !fixture.repository().ignored(&[path]).unwrap().is_empty();
    assert!(ignored("a.log") && ignored("deep/er/a.log") && ignored("build/x"));
    assert!(!ignored("kept") && !ignored("train.py"));
    let all = fixture
        .repository()
        .ignored(&["a.log", "kept", "build/", "models/"])
        .unwrap();
    assert_eq!(all, ["a.log", "build/"].into());
}

#[test]
fn a_commit_is_a_world_of_its_regular_files() {
    let fixture = Fixture::new();
    std::os::unix::fs::symlink("kept", fixture.root().join("models/link.yaml")).unwrap();
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "-q", "-m", "link"]);
    fixture.write("models/deep/new.yaml", "new\n");
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "-q", "-m", "new"]);
    let repository = fixture.repository();
    let list = |revision: &str, prefix: &str, pattern: &str| {
        let world = CommitWorld::open(&repository, revision, prefix).unwrap();
        world.list(&Pattern::new(pattern).unwrap()).unwrap()
    };
    assert_eq!(
        list("HEAD", "", "**/*.yaml"),
        ["models/churn.yaml", "models/deep/new.yaml"]
    );
    assert_eq!(
        list("HEAD", "models", "**/*.yaml"),
        ["churn.yaml", "deep/new.yaml"]
    );
    assert_eq!(list("HEAD", "models", "deep/*.yaml"), ["deep/new.yaml"]);
    assert_eq!(list("HEAD~1", "models", "**/*"), ["churn.yaml"]);
    assert!(list("HEAD", "nowhere", "**").is_empty());

    let world = CommitWorld::open(&repository, "HEAD", "models").unwrap();
    assert_eq!(&*world.read("churn.yaml").unwrap().unwrap(), b"n: 100\n");
    for absent in [
        "link.yaml",
        "deep",
        "churn.yaml/x",
        "../kept",
        "",
        "nothing",
    ] {
        assert!(world.read(absent).unwrap().is_none(), "{absent}");
    }
    assert_eq!(world.display_path("a"), format!("{}:a", &world.id()[..7]));
    assert_eq!(repository.head().unwrap().as_deref(), Some(world.id()));
    let whole = CommitWorld::open(&repository, "HEAD", "").unwrap();
    assert_eq!(&*whole.read("kept").unwrap().unwrap(), b"kept\n");
    let error = CommitWorld::open(&repository, "no-such", "").err().unwrap();
    assert!(
        matches!(&error, GitError::Revision { revision, .. } if revision == "no-such"),
        "{error}"
    );
}

#[test]
fn history_tells_who_changed_what_and_why() {
    let fixture = Fixture::new();
    fixture.write("models/churn.yaml", "n: 250\nm: 1\n");
    fixture.write("out/train.py", "n = 250\n");
    let mut change = request(&[
        ("models/churn.yaml", "n: 250\nm: 1\n"),
        ("out/train.py", "n = 250\n"),
    ]);
    change.message =
        "churn: n 100 -> 250\n\nWhy.\n\nMlopsgen-Record: sha256:00\nMlopsgen-Cause: models\n"
            .into();
    let id = committed(fixture.repository().commit(&change).unwrap());
    fixture.write("kept", "changed\n");
    fixture.git(&["commit", "-q", "-a", "-m", "elsewhere"]);

    let history = |paths: &[&str], limit| {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        fixture
            .repository()
            .history(&HistoryOptions {
                paths,
                limit,
                ..HistoryOptions::default()
            })
            .unwrap()
    };
    let subjects = |entries: Vec<HistoryEntry>| {
        entries
            .into_iter()
            .map(|entry| entry.revision.subject)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        subjects(history(&[], None)),
        ["elsewhere", "churn: n 100 -> 250", "first"]
    );
    assert_eq!(subjects(history(&[], Some(1))), ["elsewhere"]);
    assert_eq!(
        subjects(history(&["models"], None)),
        ["churn: n 100 -> 250", "first"]
    );
    assert_eq!(
        subjects(history(&["out/train.py"], None)),
        ["churn: n 100 -> 250"]
    );
    assert!(history(&["mod"], None).is_empty());

    let entry = fixture
        .repository()
        .last_change("models/churn.yaml")
        .unwrap()
        .unwrap();
    assert_eq!(
        (entry.revision.id.as_str(), entry.revision.author.as_str()),
        (id.as_str(), "Ada")
    );
    let trailer = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        entry.revision.trailers,
        [
            trailer("Mlopsgen-Record", "sha256:00"),
            trailer("Mlopsgen-Cause", "models")
        ]
    );
    let file = FileChange {
        path: "models/churn.yaml".to_owned(),
        added: 2,
        removed: 1,
    };
    assert_eq!(entry.files, [file]);
    assert_eq!(
        entry.revision.time.seconds.to_string(),
        fixture.git(&["show", "-s", "--format=%at", &id]).trim()
    );
}

#[test]
fn history_tells_of_merged_branches_once() {
    let fixture = Fixture::new();
    fixture.git(&["switch", "-q", "-c", "other"]);
    fixture.write("side", "1\n");
    fixture.git(&["add", "side"]);
    fixture.git(&["commit", "-q", "-m", "side"]);
    fixture.git(&["switch", "-q", "main"]);
    fixture.write("main", "1\n");
    fixture.git(&["add", "main"]);
    fixture.git(&["commit", "-q", "-m", "main"]);
    fixture.git(&["merge", "-q", "--no-edit", "other"]);
    let options = HistoryOptions {
        paths: vec!["side".to_owned(), "main".to_owned()],
        limit: None,
        ..HistoryOptions::default()
    };
    let history = fixture.repository().history(&options).unwrap();
    let of = |path: &str| {
        fixture
            .repository()
            .last_change(path)
            .unwrap()
            .unwrap()
            .revision
            .subject
    };
    assert_eq!((of("side").as_str(), of("main").as_str()), ("side", "main"));
    let merges = history
        .iter()
        .filter(|entry| entry.revision.subject.starts_with("Merge"))
        .count();
    assert_eq!((history.len(), merges), (2, 0));
    assert_eq!(
        fixture
            .repository()
            .history(&HistoryOptions::default())
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn history_tells_of_a_merge_what_was_done_in_it() {
    let fixture = conflicting();
    let _ = fixture.try_git(&["merge", "-q", "other"]);
    fixture.write("edited", "resolved\n");
    fixture.git(&["commit", "-q", "-a", "-m", "resolve"]);
    let entry = fixture.repository().last_change("edited").unwrap().unwrap();
    assert_eq!(
        (entry.revision.subject.as_str(), entry.files.len()),
        ("resolve", 1)
    );
}

#[test]
fn history_of_a_shallow_clone_ends_where_the_clone_does() {
    let fixture = Fixture::new();
    committed(fixture.generate(&[("a", "1")]));
    let source = format!("file://{}", fixture.root().display());
    fixture.git(&["clone", "-q", "--depth", "1", &source, "../shallow"]);
    let folder = fixture.root().parent().unwrap().join("shallow");
    let repository = Repository::discover(&folder).unwrap().unwrap();
    let history = repository.history(&HistoryOptions::default()).unwrap();
    assert_eq!(
        history
            .iter()
            .map(|entry| entry.files.len())
            .collect::<Vec<_>>(),
        [4]
    );
}
