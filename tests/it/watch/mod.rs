//! `watch`: a save becomes a commit, a mistake holds everything, an unchanged save is nothing.

mod entries;
mod json;
mod screen;
mod torture;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
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
    /// Starts to watch, and waits until nothing is missed.
    pub fn start(project: &'p TestProject) -> Self {
        let watching = Self::with(project, &[]);
        watching.wait_for("ready in");
        watching
    }

    /// Starts to watch with options.
    pub fn with(project: &'p TestProject, options: &[&str]) -> Self {
        let mut command = project.mlopsgen();
        command.arg("watch").args(options);
        Self::of(project, command)
    }

    /// Starts a command that watches.
    pub fn of(project: &'p TestProject, mut command: Command) -> Self {
        let mut child = command
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
        Self {
            project,
            child,
            lines,
        }
    }

    /// Waits for a line that contains a text, and returns it.
    pub fn wait_for(&self, text: &str) -> String {
        self.until(text).pop().unwrap_or_default()
    }

    /// Waits for a line that contains a text, and returns all lines up to it.
    pub fn until(&self, text: &str) -> Vec<String> {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    seen.push(line);
                    if seen.last().is_some_and(|l| l.contains(text)) {
                        return seen;
                    }
                }
                Err(error) => panic!("{error}: no {text:?} in\n{}", seen.join("\n")),
            }
        }
    }

    /// Ends the watch, and returns the lines up to one that contains a text.
    pub fn end(mut self, text: &str) -> Vec<String> {
        self.interrupt();
        let lines = self.until(text);
        assert_eq!(self.child.wait().unwrap().code(), Some(130));
        lines
    }

    pub fn stop(mut self) -> i32 {
        self.interrupt();
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    fn interrupt(&self) {
        let pid = self.child.id().to_string();
        assert!(
            self.project
                .command("kill")
                .args(["-INT", &pid])
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        // It has ended, unless the test failed before it could stop it.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
