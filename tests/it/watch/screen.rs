//! `watch` on a terminal: a real one, with a small reader of what is written to it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use super::PATIENCE;
use crate::project::TestProject;

const WIDTH: usize = 100;
const HEIGHT: u16 = 40;

/// What somebody in front of the terminal sees.
#[derive(Default)]
struct Seen {
    rows: Vec<String>,
    /// The rows that go on in the next one.
    full: BTreeSet<usize>,
    row: usize,
    title: String,
    bells: usize,
}

impl Seen {
    /// Reads what was written; asks for nothing but what `watch` uses.
    fn of(written: &[u8]) -> Self {
        let text = String::from_utf8_lossy(written);
        let mut seen = Self {
            rows: vec![String::new()],
            ..Self::default()
        };
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            match c {
                '\u{1b}' => match rest.next() {
                    Some('[') => {
                        let sequence: String = rest
                            .by_ref()
                            .take_while_inclusive(char::is_ascii_alphabetic);
                        seen.control(&sequence);
                    }
                    Some(']') => {
                        let sequence: String =
                            rest.by_ref().take_while(|c| *c != '\u{7}').collect();
                        sequence
                            .strip_prefix("0;")
                            .unwrap_or("?")
                            .clone_into(&mut seen.title);
                    }
                    other => panic!("{other:?} after an escape"),
                },
                '\u{7}' => seen.bells += 1,
                '\r' => {}
                '\n' => seen.down(),
                c => {
                    if seen.rows[seen.row].chars().count() == WIDTH {
                        seen.full.insert(seen.row);
                        seen.down();
                    }
                    seen.rows[seen.row].push(c);
                }
            }
        }
        seen
    }

    fn down(&mut self) {
        self.row += 1;
        if self.row == self.rows.len() {
            self.rows.push(String::new());
        }
    }

    fn control(&mut self, sequence: &str) {
        match sequence.split_at(sequence.len() - 1) {
            (count, "A") => self.row -= count.parse::<usize>().unwrap(),
            ("", "J") => {
                self.rows.truncate(self.row);
                self.full.retain(|row| *row < self.row);
                self.rows.push(String::new());
            }
            ("22;0" | "23;0", "t") => {}
            other => panic!("{other:?} is not known"),
        }
    }

    fn text(&self) -> String {
        let end = |row| if self.full.contains(&row) { "" } else { "\n" };
        let rows = self.rows.iter().enumerate();
        rows.map(|(at, row)| row.clone() + end(at)).collect()
    }
}

/// A watch on a terminal.
struct Session<'p> {
    project: &'p TestProject,
    child: Child,
    far: File,
    near: OwnedFd,
    written: Arc<Mutex<Vec<u8>>>,
}

impl<'p> Session<'p> {
    fn start(project: &'p TestProject, options: &[&str]) -> Self {
        let far = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&far).unwrap();
        unlockpt(&far).unwrap();
        let size = Winsize {
            ws_row: HEIGHT,
            ws_col: u16::try_from(WIDTH).unwrap(),
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&far, size).unwrap();
        let name = ptsname(&far, Vec::new()).unwrap();
        let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
        let near = rustix::fs::open(name, flags, rustix::fs::Mode::empty()).unwrap();
        let end = || Stdio::from(near.try_clone().unwrap());
        let editor = project.root().with_file_name("editor");
        let child = project
            .mlopsgen()
            .arg("watch")
            .args(options)
            .env("TERM", "xterm")
            .env("EDITOR", editor)
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
        let far = File::from(far);
        let written = Arc::new(Mutex::new(Vec::new()));
        let (mut from, into) = (far.try_clone().unwrap(), written.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                into.lock().unwrap().extend(&buffer[..count]);
            }
        });
        let session = Self {
            project,
            child,
            far,
            near,
            written,
        };
        session.wait_for(|seen| seen.text().contains("h help"));
        session
    }

    fn press(&mut self, keys: &str) {
        self.far.write_all(keys.as_bytes()).unwrap();
    }

    fn seen(&self) -> Seen {
        Seen::of(&self.written.lock().unwrap())
    }

    /// Waits until the screen is as wanted.
    fn wait_for(&self, wanted: impl Fn(&Seen) -> bool) -> Seen {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.seen();
            if wanted(&seen) {
                return seen;
            }
            assert!(Instant::now() < deadline, "not seen in\n{}", seen.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn wait_for_text(&self, text: &str) -> Seen {
        self.wait_for(|seen| seen.text().contains(text))
    }

    fn wait_for_commits(&self, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.project.commits() < count {
            assert!(Instant::now() < deadline, "{}", self.seen().text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether the terminal is as shells want it.
    fn is_usual(&self) -> bool {
        let modes = tcgetattr(self.near.as_fd()).unwrap().local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
    }

    /// Waits for the end, after which the terminal must be as it was.
    fn ended(mut self) -> i32 {
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        assert!(self.is_usual());
        code
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        // It has ended, unless the test failed before it could end it.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

trait TakeWhileInclusive: Iterator<Item = char> {
    /// The characters up to one that is wanted, and that one.
    fn take_while_inclusive(&mut self, last: impl Fn(&char) -> bool) -> String {
        let mut taken = String::new();
        for c in self {
            taken.push(c);
            if last(&c) {
                break;
            }
        }
        taken
    }
}

impl<I: Iterator<Item = char>> TakeWhileInclusive for &mut I {}

#[test]
fn what_is_wrong_stays_at_the_bottom_until_a_key_fixes_it() {
    let project = TestProject::small();
    let mut session = Session::start(&project, &["--notify"]);
    session.wait_for(|seen| seen.title == "mlopsgen: work");
    project.edit("models/corner.yaml", "price: 3", "prize: 3");
    let keys = "[1] fix  [o] open in editor  [u] undo";
    let bottom = |seen: &Seen| seen.rows[seen.rows.len() - 2].contains(keys);
    let seen = session.wait_for(bottom);
    assert_eq!((seen.title.as_str(), seen.bells), ("● work: 1 error", 1));
    project.edit("list.hbs", "shop:", "store:");
    let seen = session.wait_for(|seen| seen.text().contains("list.hbs:5  changed") && bottom(seen));
    let text = seen.text();
    assert_eq!(text.matches("error[unknown-feature]").count(), 1, "{text}");
    assert_eq!(text.matches("held: 2 artifacts").count(), 1, "{text}");
    assert!(
        text.contains("[1] models/corner.yaml:3  replace by `price`"),
        "{text}"
    );
    let at = |part: &str| text.find(part).unwrap();
    assert!(at("list.hbs:5  changed") < at("error["), "{text}");
    session.press("1");
    session.wait_for_commits(2);
    let seen = session.wait_for_text("list.hbs:5  changed\n");
    assert_eq!((seen.title.as_str(), seen.bells), ("mlopsgen: work", 2));
    assert!(project.read("models/corner.yaml").contains("price: 3"));
    let text = seen.text();
    assert!(
        text.contains("fixed after") && !text.contains("error["),
        "{text}"
    );
    session.press("q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn keys_pause_show_undo_and_make_again() {
    let project = TestProject::small();
    let mut session = Session::start(&project, &[]);
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    session.wait_for_commits(2);
    session.press("h");
    session.wait_for_text("show what the last entry changed");
    session.press("d");
    session.wait_for_text("\n-  - tea: 3\n+  - tea: 4\n");
    session.press("p");
    session.wait_for_text("press p to go on");
    project.edit("models/corner.yaml", "price: 4", "price: 5");
    session.press("r");
    session.wait_for_commits(3);
    session.press("p");
    session.wait_for_text("resumed");
    session.press("r");
    session.wait_for_text("all made again");
    assert_eq!(project.commits(), 3);
    session.press("q");
    assert_eq!(session.seen().bells, 0);
    assert_eq!(session.ended(), 0);
}

#[test]
fn undo_takes_back_the_last_change_and_no_later_one() {
    let project = TestProject::small();
    let mut session = Session::start(&project, &[]);
    session.press("u");
    session.wait_for_text("there is nothing to undo");
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    session.wait_for_commits(2);
    session.press("u");
    session.wait_for_text("undone: models/corner.yaml\n");
    session.wait_for_commits(3);
    assert!(project.read("models/corner.yaml").contains("price: 3"));
    // What is wrong is in no commit: it is kept.
    project.edit("models/corner.yaml", "price: 3", "price: wrong");
    session.wait_for_text("error[wrong-type]");
    session.press("u");
    let seen = session.wait_for_text("undone: models/corner.yaml; what it was is kept in ");
    let kept = seen
        .text()
        .split("is kept in ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .to_owned();
    assert!(project.read(&kept).contains("price: wrong"), "{kept}");
    session.wait_for_text("fixed after");
    assert!(project.read("models/corner.yaml").contains("price: 3"));
    // While it waits, an edit comes that it has not seen.
    project.edit("models/corner.yaml", "price: 3", "price: 6");
    session.wait_for_commits(4);
    session.press("p");
    session.wait_for_text("press p to go on");
    project.edit("models/corner.yaml", "milk", "juice");
    session.press("u");
    session.wait_for_text("nothing is undone: models/corner.yaml was changed since");
    assert!(project.read("models/corner.yaml").contains("juice"));
    session.press("q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn a_key_opens_the_editor_with_the_terminal_as_it_was() {
    let project = TestProject::small();
    let editor = project.root().with_file_name("editor");
    std::fs::write(
        &editor,
        "#!/bin/sh\nstty -a | grep -qw -- -icanon && exit 3\nsed -i s/prize/price/ \"$1\"\n",
    )
    .unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&editor, mode).unwrap();
    let mut session = Session::start(&project, &[]);
    assert!(!session.is_usual());
    project.edit("models/corner.yaml", "price: 3", "prize: 8");
    session.wait_for_text("error[unknown-feature]");
    session.press("o");
    session.wait_for_text("fixed after");
    session.wait_for_commits(2);
    assert!(!session.is_usual());
    session.press("q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn every_signal_that_ends_a_watch_gives_the_terminal_back() {
    for signal in ["-INT", "-TERM", "-HUP", "-QUIT"] {
        let project = TestProject::small();
        let session = Session::start(&project, &[]);
        assert!(!session.is_usual());
        let pid = session.child.id().to_string();
        assert!(
            project
                .command("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(session.ended(), 130, "{signal}");
    }
}
