//! Whatever is done in whatever order, nothing that a user typed is lost, and no commit of the program has edits that
//! neither their author committed nor anybody accepted. `MLOPSGEN_EDITS` sets how many sequences are tried.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::project::TestProject;

/// Numbers that look random and are the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % sides
    }
}

/// A project, and what somebody did in it.
struct Story {
    project: TestProject,
    dice: Dice,
    typed: usize,
    /// What was typed and accepted, or committed by its author.
    allowed: BTreeSet<String>,
    told: Vec<String>,
}

const STEPS: usize = 25;

#[test]
fn nothing_that_was_typed_is_ever_lost() {
    let count = std::env::var("MLOPSGEN_EDITS").map_or(8, |n| n.parse().unwrap());
    for seed in 1..=count {
        let beginning = u64::wrapping_mul(seed, 0x9e37_79b9_7f4a_7c15);
        let mut story = Story {
            project: super::regions::project(),
            dice: Dice(beginning),
            typed: 0,
            allowed: BTreeSet::new(),
            told: vec![format!("seed {seed}")],
        };
        for _ in 0..STEPS {
            story.step();
            story.holds();
        }
    }
}

impl Story {
    fn step(&mut self) {
        match self.dice.roll(13) {
            0..=2 => self.types(),
            3..=4 => self.changes_the_model(),
            5..=6 => self.runs(&["generate"]),
            7 => self.generates_and_commits(),
            8 => self.accepts(),
            9 => {
                let path = self.artifact();
                self.runs(&["reset", &path]);
            }
            10 => self.commits(),
            11 => self.resolves(),
            _ => {
                self.told.push("the bases are forgotten".to_owned());
                drop(fs::remove_dir_all(
                    self.project.root().join(".git/mlopsgen/generated"),
                ));
            }
        }
    }

    fn artifact(&mut self) -> String {
        ["out/corner.yaml", "out/corner.py", "out/other.yaml"][self.dice.roll(3)].to_owned()
    }

    /// Puts a line in, or words at the end of one.
    fn types(&mut self) {
        let path = self.artifact();
        if !self.project.exists(&path) {
            return;
        }
        let text = self.project.read(&path);
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let at = self.dice.roll(lines.len());
        self.typed += 1;
        let word = format!("# mine-{}.", self.typed);
        let inside = lines[at].starts_with("<<<") || lines[at].starts_with(">>>");
        if self.dice.roll(2) == 0 && !inside {
            lines[at] = format!("{} {word}", lines[at]);
        } else {
            lines.insert(at, word.clone());
        }
        self.told
            .push(format!("types {word} into {path}:{}", at + 1));
        self.project.write(&path, &(lines.join("\n") + "\n"));
    }

    fn changes_the_model(&mut self) {
        let name = ["corner", "corner", "corner", "other"][self.dice.roll(4)];
        let [tea, milk] = [self.dice.roll(4), self.dice.roll(4)];
        let more = ["", "  - {name: salt}\n"][self.dice.roll(2)];
        let text = format!(
            "name: {name}\nitems:\n  - {{name: tea, price: {tea}}}\n{more}  - {{name: milk, price: {milk}}}\n"
        );
        self.told.push(format!("models {text:?}"));
        self.project.write("models/corner.yaml", &text);
    }

    fn runs(&mut self, args: &[&str]) {
        let ran = self.project.run(args);
        assert!(
            [0, 1, 2].contains(&ran.code),
            "{}\n{ran:?}",
            self.told.join("\n")
        );
        self.told.push(format!(
            "{args:?} {} {}",
            ran.code,
            ran.err.replace('\n', " | ")
        ));
    }

    fn generates_and_commits(&mut self) {
        let commits = self.project.commits();
        self.runs(&["generate", "--commit"]);
        if self.project.commits() == commits {
            return;
        }
        let [now, before] = ["HEAD", "HEAD~1"].map(|r| self.committed(r));
        let new: Vec<_> = now.difference(&before).collect();
        assert!(
            new.iter().all(|w| self.allowed.contains(*w)),
            "{}\ncommitted {new:?}",
            self.told.join("\n")
        );
        assert!(
            !self.everything("HEAD").contains("<<<<<<<"),
            "{}",
            self.told.join("\n")
        );
    }

    fn accepts(&mut self) {
        let path = self.artifact();
        let ran = self.project.run(&["accept", &path]);
        self.told.push(format!("accept {path} {}", ran.code));
        if ran.code == 0 && self.project.exists(&path) {
            self.allowed.extend(words(&self.project.read(&path)));
        }
    }

    /// The user commits all of it, unless there is a conflict.
    fn commits(&mut self) {
        let all = everything(&self.project.root().join("out"));
        if all.contains("<<<<<<<") {
            return;
        }
        self.allowed.extend(words(&all));
        self.project.git(&["add", "-A"]);
        self.project
            .git(&["commit", "-q", "--allow-empty", "-m", "mine"]);
        self.told.push("commits by hand".to_owned());
    }

    /// Takes both sides of each conflict.
    fn resolves(&mut self) {
        for path in ["out/corner.yaml", "out/corner.py", "out/other.yaml"] {
            if !self.project.exists(path) || !self.project.read(path).contains("<<<<<<<") {
                continue;
            }
            let text = self.project.read(path);
            let mark = |l: &&str| {
                ["<<<<<<<", "|||||||", "=======", ">>>>>>>"]
                    .iter()
                    .any(|m| l.starts_with(m))
            };
            let kept: Vec<&str> = text.lines().filter(|l| !mark(l)).collect();
            self.project.write(path, &(kept.join("\n") + "\n"));
            self.told.push(format!("resolves {path}"));
        }
    }

    fn everything(&self, revision: &str) -> String {
        let files = self
            .project
            .git(&["ls-tree", "-r", "--name-only", revision, "out"]);
        let show = |path: &str| self.project.git(&["show", &format!("{revision}:{path}")]);
        files.lines().map(show).collect()
    }

    fn committed(&self, revision: &str) -> BTreeSet<String> {
        words(&self.everything(revision)).collect()
    }

    /// All that was typed stands in an artifact, or is kept.
    fn holds(&self) {
        let root = self.project.root();
        let all =
            everything(&root.join("out")) + &everything(&root.join(".git/mlopsgen/displaced"));
        for n in 1..=self.typed {
            let word = format!("mine-{n}.");
            assert!(
                all.contains(&word),
                "{word} is lost\n{}",
                self.told.join("\n")
            );
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let all = text.split(' ').flat_map(str::lines);
    let all = all.filter(|w| w.starts_with("mine-"));
    all.map(str::to_owned).collect::<Vec<_>>().into_iter()
}

fn everything(folder: &Path) -> String {
    let Ok(entries) = fs::read_dir(folder) else {
        return String::new();
    };
    let paths = entries.map(|e| e.unwrap().path());
    let texts = paths.map(|path| {
        if path.is_dir() {
            everything(&path)
        } else {
            fs::read_to_string(&path).unwrap()
        }
    });
    texts.collect()
}
