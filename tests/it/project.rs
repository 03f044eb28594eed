//! A workspace in a temporary folder, and the program run in it, hermetically.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The time of every commit that the tests make.
const DATE: &str = "2026-01-02T03:04:05+00:00";

pub struct TestProject {
    home: TempDir,
    folder: PathBuf,
}

/// What a run printed and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl TestProject {
    /// An empty folder.
    pub fn empty() -> Self {
        Self::below(&std::env::temp_dir())
    }

    /// An empty folder somewhere else than where temporary files go.
    pub fn below(parent: &Path) -> Self {
        let home = TempDir::new_in(parent).unwrap();
        let folder = home.path().canonicalize().unwrap().join("work");
        fs::create_dir(&folder).unwrap();
        Self { home, folder }
    }

    /// A small workspace in a repository, generated and committed.
    pub fn small() -> Self {
        let project = Self::empty();
        for (path, text) in FILES {
            project.write(path, text);
        }
        project.git(&["init", "-q", "-b", "main"]);
        let ran = project.run(&["generate", "--commit"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        project
    }

    /// The same folder once more, with all that git has of it.
    pub fn copy(&self) -> Self {
        let home = TempDir::new().unwrap();
        let folder = home.path().canonicalize().unwrap().join("work");
        let copied = Command::new("cp")
            .arg("-a")
            .args([&self.folder, &folder])
            .status();
        assert!(copied.unwrap().success());
        Self { home, folder }
    }

    pub fn root(&self) -> &Path {
        &self.folder
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.join(path)).unwrap()
    }

    pub fn exists(&self, path: &str) -> bool {
        self.folder.join(path).exists()
    }

    /// Puts text in the place of other text in a file.
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from:?}");
        self.write(path, &text.replacen(from, to, 1));
    }

    /// A command with an environment that knows nothing of this machine but its `PATH`.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.folder)
            .env_clear()
            .stdin(Stdio::null());
        for (name, value) in [
            ("PATH", std::env::var("PATH").unwrap().as_str()),
            ("HOME", self.home.path().to_str().unwrap()),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_SYSTEM", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_NAME", "Ada"),
            ("GIT_AUTHOR_EMAIL", "ada@example.org"),
            ("GIT_AUTHOR_DATE", DATE),
            ("GIT_COMMITTER_NAME", "Ada"),
            ("GIT_COMMITTER_EMAIL", "ada@example.org"),
            ("GIT_COMMITTER_DATE", DATE),
            ("TZ", "UTC"),
            ("COLUMNS", "100"),
            ("NO_COLOR", "1"),
        ] {
            command.env(name, value);
        }
        command
    }

    pub fn mlopsgen(&self) -> Command {
        self.command(env!("CARGO_BIN_EXE_mlopsgen"))
    }

    /// Runs the program to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&self.mlopsgen().args(args).output().unwrap())
    }

    /// Runs a command of a shell that finds the program by its name.
    pub fn shell(&self, folder: &str, command: &str) -> Ran {
        let program = Path::new(env!("CARGO_BIN_EXE_mlopsgen")).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let script = format!("cd {folder} && {command}");
        let mut shell = self.command("bash");
        shell.env("PATH", path).args(["-euc", &script]);
        Ran::of(&shell.output().unwrap())
    }

    /// Runs git, which must succeed.
    pub fn git(&self, args: &[&str]) -> String {
        let ran = Ran::of(&self.command("git").args(args).output().unwrap());
        assert_eq!(ran.code, 0, "git {args:?}: {ran:?}");
        ran.out
    }

    pub fn commits(&self) -> usize {
        self.git(&["log", "--oneline"]).lines().count()
    }
}

impl Ran {
    pub fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A workspace without the built-in pack: what a user makes for a domain of their own.
pub const FILES: &[(&str, &str)] = &[
    (
        "mlopsgen.yaml",
        "metamodels: [shop.ecore]\nmodels: [models/*.yaml]\ntransforms: [prices.yaml]\n\
         templates: [list.hbs, greeting.hbs]\noutput: out\n",
    ),
    (
        "shop.ecore",
        r##"<?xml version="1.0" encoding="UTF-8"?>
<ecore:EPackage xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:ecore="http://www.eclipse.org/emf/2002/Ecore" name="shop" nsURI="http://example.org/shop" nsPrefix="shop">
  <eClassifiers xsi:type="ecore:EClass" name="Shop">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="name" lowerBound="1"
        eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EString"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="items" upperBound="-1" eType="#//Item" containment="true"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Item">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="name" lowerBound="1"
        eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EString"/>
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="price"
        eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EIntegerObject"/>
  </eClassifiers>
</ecore:EPackage>
"##,
    ),
    (
        "models/corner.yaml",
        "name: corner\nitems:\n  - {name: tea, price: 3}\n  - {name: milk}\n",
    ),
    (
        "prices.yaml",
        "transform: prices\nkind: refine\nmetamodel: shop\nrules:\n  - rule: cheap\n    match: {i: Item}\n    \
         default: {price: 1}\n",
    ),
    (
        "list.hbs",
        "---\nartifact: ${s.name}.yaml\nfor: {s: Shop}\n---\nshop: {{s.name}}\nitems:\n{{#each s.items as |i|}}\n  \
         - {{i.name}}: {{i.price}}\n{{/each}}\n",
    ),
    (
        "greeting.hbs",
        "---\nartifact: ${s.name}.py\nfor: {s: Shop}\n---\nprint({{s.name}})\n",
    ),
];
