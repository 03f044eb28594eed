//! Real files, real events: each test waits for what must come, with a deadline far beyond what it takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::*;

const DEADLINE: Duration = Duration::from_secs(20);
const LONG: Duration = Duration::from_mins(1);

/// A watch of a temporary folder, in a thread of its own.
struct Running {
    folder: tempfile::TempDir,
    updates: Receiver<Update>,
    stop: Handle,
    thread: Option<JoinHandle<Result<(), WatchError>>>,
}

impl Running {
    /// Begins to watch and waits until nothing is missed any more.
    fn new(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        fs::create_dir_all(root.join(".git")).unwrap();
        fs::create_dir(root.join("refused")).unwrap();
        let (sender, updates) = channel();
        let stop = Handle::default();
        let handle = stop.clone();
        let thread = std::thread::spawn(move || {
            let scope = Scope {
                root: &root,
                relevant: &relevant,
                awaited: &|_| true,
            };
            watch(&scope, &options, &handle, &mut |update| {
                sender.send(update).unwrap();
                Step::Go
            })
        });
        let running = Self {
            folder,
            updates,
            stop,
            thread: Some(thread),
        };
        assert!(matches!(running.next(), Update::Watching));
        running
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    fn next(&self) -> Update {
        self.updates
            .recv_timeout(DEADLINE)
            .expect("the watch reports in time")
    }

    /// Waits for a batch that is as wanted, and returns all that came until then.
    fn until(&self, wanted: impl Fn(&Batch) -> bool) -> Vec<Batch> {
        let mut batches = Vec::new();
        loop {
            if let Update::Batch(batch) = self.next() {
                batches.push(batch);
                if wanted(batches.last().unwrap()) {
                    return batches;
                }
            }
        }
    }

    fn until_path(&self, path: &str) -> Vec<Batch> {
        let path = self.root().join(path);
        self.until(|batch| batch.paths.contains(&path))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(std::thread::panicking() || ended.unwrap().is_ok());
        }
    }
}

fn relevant(path: &Path) -> bool {
    !path.ends_with("refused") && path.extension().is_none_or(|extension| extension == "yaml")
}

/// Options under which a batch comes early only if all of it is known to be complete.
fn complete_only() -> Options {
    Options {
        quiet: LONG,
        at_most: LONG,
        gone: LONG,
        writing: LONG,
        patience: LONG,
        ..Options::default()
    }
}

#[test]
fn a_save_is_complete_when_the_file_is_closed() {
    let running = Running::new(complete_only());
    fs::write(running.root().join("a.yaml"), "a: 1").unwrap();
    let batches = running.until_path("a.yaml");
    let batch = batches.last().unwrap();
    assert!(!batch.rescan);
    assert!(batch.ready >= batch.first_event + Duration::from_millis(30));
}

#[test]
fn a_save_by_renaming_is_complete_at_once() {
    let running = Running::new(complete_only());
    fs::write(running.root().join("a.tmp"), "a: 1").unwrap();
    fs::rename(running.root().join("a.tmp"), running.root().join("a.yaml")).unwrap();
    let batches = running.until_path("a.yaml");
    assert!(batches.iter().all(|batch| batch.paths.len() == 1));
}

#[test]
fn a_burst_is_one_batch() {
    let pause = Duration::from_millis(400);
    let running = Running::new(Options {
        quiet: pause,
        settled: pause,
        at_most: LONG,
        ..Options::default()
    });
    for number in 0..500 {
        fs::write(running.root().join(format!("{number}.yaml")), "x").unwrap();
    }
    let Update::Batch(batch) = running.next() else {
        panic!("no batch");
    };
    assert_eq!(batch.paths.len(), 500);
}

#[test]
fn files_in_new_nested_folders_ask_for_a_rescan_and_are_watched_from_then_on() {
    let running = Running::new(Options::default());
    fs::create_dir_all(running.root().join("a/b/c")).unwrap();
    fs::write(running.root().join("a/b/c/new.yaml"), "1").unwrap();
    running.until(|batch| batch.rescan);
    fs::write(running.root().join("a/b/c/new.yaml"), "2").unwrap();
    running.until_path("a/b/c/new.yaml");
}

#[test]
fn refused_folders_and_the_repository_are_not_watched_and_reading_is_no_change() {
    let running = Running::new(Options::default());
    fs::write(running.root().join(".git/index.yaml"), "x").unwrap();
    fs::write(running.root().join("refused/a.yaml"), "x").unwrap();
    fs::write(running.root().join("a.txt"), "x").unwrap();
    fs::write(running.root().join("seen.yaml"), "x").unwrap();
    let batches = running.until_path("seen.yaml");
    assert_eq!(
        batches
            .iter()
            .map(|batch| batch.paths.len())
            .collect::<Vec<_>>(),
        [1]
    );
    fs::read(running.root().join("seen.yaml")).unwrap();
    fs::write(running.root().join("last.yaml"), "x").unwrap();
    let batches = running.until_path("last.yaml");
    assert!(
        batches
            .iter()
            .all(|batch| !batch.paths.contains(&running.root().join("seen.yaml")))
    );
}

#[test]
fn a_file_that_is_open_or_renamed_away_is_waited_for() {
    let running = Running::new(Options {
        writing: LONG,
        gone: LONG,
        ..Options::default()
    });
    let path = running.root().join("a.yaml");
    let mut file = fs::File::create(&path).unwrap();
    std::io::Write::write_all(&mut file, b"a:").unwrap();
    assert!(
        running
            .updates
            .recv_timeout(Duration::from_millis(700))
            .is_err()
    );
    drop(file);
    running.until_path("a.yaml");
    fs::rename(&path, running.root().join("a.yaml~")).unwrap();
    assert!(
        running
            .updates
            .recv_timeout(Duration::from_millis(700))
            .is_err()
    );
    fs::write(&path, "a: 2").unwrap();
    running.until_path("a.yaml");
}

#[test]
fn a_root_that_is_deleted_and_made_again_is_watched_again() {
    let running = Running::new(Options::default());
    fs::remove_dir_all(running.root()).unwrap();
    fs::create_dir(running.root()).unwrap();
    loop {
        if matches!(running.next(), Update::Notice(Notice::RootBack)) {
            break;
        }
    }
    running.until(|batch| batch.rescan);
    fs::write(running.root().join("again.yaml"), "x").unwrap();
    running.until_path("again.yaml");
}

#[test]
fn a_root_that_is_gone_is_waited_for() {
    let running = Running::new(Options::default());
    let away = running.folder.path().join("away");
    fs::rename(running.root(), &away).unwrap();
    while !matches!(running.next(), Update::Notice(Notice::RootMissing)) {}
    fs::rename(&away, running.root()).unwrap();
    while !matches!(running.next(), Update::Notice(Notice::RootBack)) {}
    fs::write(running.root().join("again.yaml"), "x").unwrap();
    running.until_path("again.yaml");
}

#[test]
fn polling_sees_new_changed_and_removed_files() {
    let poll = Some(Duration::from_millis(10));
    let running = Running::new(Options {
        quiet: Duration::from_millis(20),
        poll,
        ..Options::default()
    });
    let path = running.root().join("models/a.yaml");
    fs::create_dir(running.root().join("models")).unwrap();
    fs::write(&path, "1").unwrap();
    running.until_path("models/a.yaml");
    fs::write(&path, "22").unwrap();
    running.until_path("models/a.yaml");
    fs::remove_file(&path).unwrap();
    running.until_path("models/a.yaml");
}

#[test]
fn changes_made_while_the_caller_is_busy_come_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    let mut seen = BTreeSet::new();
    let scope = Scope {
        root: &root,
        relevant: &|_| true,
        awaited: &|_| true,
    };
    let start = Instant::now();
    watch(
        &scope,
        &Options::default(),
        &Handle::default(),
        &mut |update| {
            match update {
                Update::Watching => fs::write(root.join("first"), "x").unwrap(),
                Update::Batch(batch) => {
                    if seen.is_empty() {
                        fs::write(root.join("second"), "x").unwrap();
                    }
                    seen.extend(batch.paths);
                }
                other => panic!("{other:?}"),
            }
            let done = seen.len() == 2 || start.elapsed() > DEADLINE;
            if done { Step::Stop } else { Step::Go }
        },
    )
    .unwrap();
    assert_eq!(seen, [root.join("first"), root.join("second")].into());
}

#[test]
fn stopping_wakes_a_watch_that_waits() {
    let mut running = Running::new(Options::default());
    running.stop.clone().stop();
    running.thread.take().unwrap().join().unwrap().unwrap();
}

#[test]
fn a_signal_stops_the_watch() {
    let mut running = Running::new(Options::default());
    on_interrupt(running.stop.clone()).unwrap();
    signal_hook::low_level::raise(signal_hook::consts::SIGHUP).unwrap();
    running.thread.take().unwrap().join().unwrap().unwrap();
    assert!(running.stop.is_stopped());
}

#[test]
fn a_folder_that_is_not_there_is_an_error_that_names_it() {
    let root = Path::new("/nowhere/at/all");
    let scope = Scope {
        root,
        relevant: &|_| true,
        awaited: &|_| true,
    };
    let error = watch(&scope, &Options::default(), &Handle::default(), &mut |_| {
        Step::Stop
    })
    .unwrap_err();
    assert!(error.to_string().contains("/nowhere/at/all"));
}

#[test]
fn keys_come_one_at_a_time_and_a_watch_comes_back_when_it_is_to() {
    let folder = tempfile::tempdir().unwrap();
    let handle = Handle::default();
    let scope = Scope {
        root: folder.path(),
        relevant: &|_| true,
        awaited: &|_| true,
    };
    let (pressing, mut told) = (handle.clone(), Vec::new());
    let mut thread = None;
    watch(&scope, &Options::default(), &handle, &mut |update| {
        match update {
            Update::Watching => {
                let pressing = pressing.clone();
                thread = Some(std::thread::spawn(move || {
                    pressing.press('a');
                    pressing.press('b');
                }));
                return Step::Go;
            }
            Update::Key(key) => told.push(key),
            Update::Again => return Step::Stop,
            other => panic!("{other:?}"),
        }
        if told == ['a', 'b'] {
            Step::Again(Duration::from_millis(10))
        } else {
            Step::Go
        }
    })
    .unwrap();
    thread.unwrap().join().unwrap();
    assert_eq!(told, ['a', 'b']);
    pressing.press('c');
}
