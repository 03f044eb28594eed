//! `watch`: a save becomes a commit, a mistake holds everything, an unchanged save is nothing.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::project::TestProject;

const PATIENCE: Duration = Duration::from_secs(20);

/// A running watch whose lines arrive as they are printed.
pub struct Watching<'p> {
    project: &'p TestProject,
    child: Child,
    lines: Receiver<String>,
}

impl<'p> Watching<'p> {
    pub fn start(project: &'p TestProject) -> Self {
        let mut child = project
            .mlopsgen()
            .arg("watch")
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            out.lines()
                .map_while(Result::ok)
                .try_for_each(|l| sender.send(l))
        });
        let watching = Self {
            project,
            child,
            lines,
        };
        watching.wait_for("ready in");
        watching
    }

    /// Waits for a line that contains a text, and returns it.
    pub fn wait_for(&self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if line.contains(text) => return line,
                Ok(line) => seen.push(line),
                Err(error) => panic!("{error}: no {text:?} in\n{}", seen.join("\n")),
            }
        }
    }

    pub fn stop(mut self) -> i32 {
        let pid = self.child.id().to_string();
        assert!(
            self.project
                .command("kill")
                .args(["-INT", &pid])
                .status()
                .unwrap()
                .success()
        );
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        // It has ended, unless the test failed before it could stop it.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_save_is_committed_with_its_cause_and_a_mistake_holds() {
    let project = TestProject::small();
    project.write("notes.txt", "mine\n");
    let watching = Watching::start(&project);
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    let line = watching.wait_for("items[tea].price 3 → 4");
    assert!(line.contains("corner.yaml"), "{line}");
    assert!(watching.wait_for("corner.yaml +1 -1").contains(" ms"));
    assert_eq!(project.commits(), 2);
    let message = project.git(&["log", "-1", "--format=%B"]);
    for part in [
        "corner.items[tea].price 3 → 4",
        "Mlopsgen-Cause: model",
        "Mlopsgen-Inputs: sha256:",
        "(semantics 1)",
    ] {
        assert!(message.contains(part), "no {part:?} in\n{message}");
    }

    project.edit("models/corner.yaml", "price: 4", "price: four");
    watching.wait_for("error[wrong-type]");
    watching.wait_for("held");
    assert!(
        project.read("out/corner.yaml").contains("tea: 4"),
        "the last good artifact stays"
    );
    project.edit("models/corner.yaml", "price: four", "price: 4");
    watching.wait_for("fixed");
    // Back to what is committed: an entry for the next change proves that there was none for this one.
    project.edit("list.hbs", "shop:", "store:");
    watching.wait_for("list.hbs:5  changed");
    watching.wait_for("corner.yaml +1 -1");
    assert_eq!(project.commits(), 3);
    assert_eq!(project.git(&["status", "--porcelain"]), "?? notes.txt\n");
    assert_eq!(watching.stop(), 130);
    project.git(&["fsck", "--strict"]);
}

#[test]
fn a_repository_has_one_watcher() {
    let project = TestProject::small();
    let watching = Watching::start(&project);
    let ran = project.run(&["watch"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains(&watching.child.id().to_string()),
        "{}",
        ran.err
    );
    assert_eq!(watching.stop(), 130);
}

#[test]
fn nothing_is_committed_during_a_merge() {
    let project = TestProject::small();
    let head = project.git(&["rev-parse", "HEAD"]);
    project.write(".git/MERGE_HEAD", &head);
    let watching = Watching::start(&project);
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    watching.wait_for("not committed");
    assert_eq!(project.git(&["rev-parse", "HEAD"]), head);
    assert!(
        project.read("out/corner.yaml").contains("tea: 4"),
        "artifacts are written all the same"
    );
    assert_eq!(watching.stop(), 130);
}
