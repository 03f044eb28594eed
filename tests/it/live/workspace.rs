//! Whatever happens to the files of a workspace, what is run again gives what a run from nothing gives.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use mlopsgen::pipeline::{self, Live, Remade, Run};
use mlopsgen::world::{Bytes, MemoryWorld, Pattern, World, WorldError};

use super::told::told;
use super::{Random, rounds, yard};

/// Texts by their paths.
type Files = Vec<(String, String)>;

/// A workspace that is edited by chance, with what its files were at first.
struct Bench<'r> {
    world: MemoryWorld,
    first: Files,
    random: &'r mut Random,
}

impl Bench<'_> {
    fn paths(&self) -> Vec<String> {
        let all = Pattern::new("**/*").unwrap();
        self.world.list(&all).unwrap()
    }

    fn any(&mut self) -> Option<String> {
        let paths = self.paths();
        paths.get(self.random.below(paths.len())).cloned()
    }

    fn text(&self, path: &str) -> String {
        let bytes = self.world.read(path).unwrap().unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Does something to a file; most of the time things are put right again soon.
    fn edit(&mut self) {
        let Some(path) = self.any() else {
            return self.restore();
        };
        match self.random.below(12) {
            0..=4 => self.restore(),
            5 => self.world.remove(&path),
            6 => self.rename(&path),
            7 => {
                if let Some(other) = self.any() {
                    let (one, two) = (self.text(&path), self.text(&other));
                    self.world.insert(path, two);
                    self.world.insert(other, one);
                }
            }
            8 => self.world.insert(path, [0xff, 0xfe, 0x00]),
            _ => {
                let text = self.text(&path);
                let edited = self.edited(text);
                self.world.insert(path, edited);
            }
        }
    }

    fn restore(&mut self) {
        let number = self.random.below(self.first.len());
        let some = if self.random.below(3) == 0 {
            self.world = MemoryWorld::default();
            &self.first[..]
        } else {
            &self.first[number..=number]
        };
        for (path, text) in some {
            self.world.insert(path.clone(), text);
        }
    }

    /// Copies a file to a name beside it.
    fn rename(&mut self, path: &str) {
        let text = self.text(path);
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let slash = if folder.is_empty() { "" } else { "/" };
        self.world
            .insert(format!("{folder}{slash}again-{name}"), text);
    }

    fn edited(&mut self, text: String) -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let at = self.random.below(lines.len());
        match self.random.below(8) {
            0 => lines.insert(0, "# a comment".to_owned()),
            1 if !lines.is_empty() => _ = lines.remove(at),
            2 if !lines.is_empty() => lines.insert(at, lines[at].clone()),
            3 if !lines.is_empty() => {
                let other = self.random.below(lines.len());
                lines.swap(at, other);
            }
            4 => return text.replacen(": ", ":  ", 1 + at),
            _ => {
                let digits: Vec<usize> = text
                    .match_indices(|c: char| c.is_ascii_alphanumeric())
                    .map(|(i, _)| i)
                    .collect();
                let Some(at) = digits.get(self.random.below(digits.len())) else {
                    return text;
                };
                let other = ["1", "2", "a", "x", "7"][self.random.below(5)];
                let mut text = text;
                text.replace_range(*at..=*at, other);
                return text;
            }
        }
        lines.join("\n") + "\n"
    }
}

/// The files of a world that another has not, or has otherwise.
fn changed(old: &MemoryWorld, new: &MemoryWorld) -> BTreeSet<String> {
    let all = |world: &MemoryWorld| -> BTreeSet<(String, Vec<u8>)> {
        let files = world.iter();
        files.map(|(p, b)| (p.to_owned(), b.to_vec())).collect()
    };
    let (old, new) = (all(old), all(new));
    let differ = old.symmetric_difference(&new);
    differ.map(|(path, _)| path.clone()).collect()
}

/// Three runs over a workspace: again, again with what is known to have changed, and from nothing.
fn compare(
    (live, told_of): (&mut Live, &mut Followed),
    world: &MemoryWorld,
    what: &dyn Fn() -> String,
) -> (Remade, Remade) {
    let run = live.run(world);
    let made = live.made();
    let mut fresh = Live::default();
    let expected = fresh.run(world);
    let wanted = told(&expected, world);
    for run in [run, told_of.run(world)] {
        let is = told(&run, world);
        if is != wanted {
            let differ = is.lines().zip(wanted.lines()).find(|(a, b)| a != b);
            panic!("{}: {differ:#?}", what());
        }
    }
    (made, fresh.made())
}

/// Runs over the states of a world, which are told what has changed.
#[derive(Default)]
struct Followed {
    live: Live,
    world: MemoryWorld,
}

impl Followed {
    fn run(&mut self, world: &MemoryWorld) -> Run {
        let changed = changed(&self.world, world);
        self.world = world.clone();
        self.live.run_after(world, &changed)
    }
}

/// Edits a workspace so many times; what is run again is always what a run from nothing gives.
fn follows(first: Files, (steps, random): (usize, &mut Random)) -> (Remade, Remade) {
    let mut bench = Bench {
        world: MemoryWorld::default(),
        first,
        random,
    };
    for (path, text) in &bench.first {
        bench.world.insert(path.clone(), text);
    }
    let (mut live, mut followed) = (Live::default(), Followed::default());
    let (mut made, mut whole) = (Remade::default(), Remade::default());
    for step in 0..steps {
        let what = || format!("step {step} of {:?}", bench.first);
        let (some, all) = compare((&mut live, &mut followed), &bench.world, &what);
        add(&mut made, some);
        add(&mut whole, all);
        live.run(&bench.world);
        assert_eq!(live.made(), Remade::default(), "nothing changed");
        bench.edit();
    }
    (made, whole)
}

fn add(all: &mut Remade, more: Remade) {
    all.read += more.read;
    all.compiled += more.compiled;
    all.transformed += more.transformed;
    all.checked += more.checked;
    all.evaluated += more.evaluated;
    all.printed += more.printed;
}

/// The workspace of the example with all that it takes from the pack as files of its own, and two more models.
fn example() -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("workspace-example");
    let read = |path: &str| {
        (
            path.to_owned(),
            fs::read_to_string(root.join(path)).unwrap(),
        )
    };
    let mut files = vec![
        read("mlopsgen.yaml"),
        read("models/credit-risk.yaml"),
        read("models/example-pipeline.xmi"),
    ];
    let pack = pipeline::pack("mlops").unwrap();
    let own = ["transforms/", "templates/", "metamodel/registry"];
    for (path, bytes) in pack
        .iter()
        .filter(|(p, _)| own.iter().any(|o| p.starts_with(o)))
    {
        files.push((path.to_owned(), String::from_utf8(bytes.to_vec()).unwrap()));
    }
    files
}

#[test]
fn a_workspace_that_changes_gives_what_a_run_from_nothing_gives() {
    let mut random = Random(17);
    let (mut made, mut whole) = (Remade::default(), Remade::default());
    let mut count = |(one, all)| {
        add(&mut made, one);
        add(&mut whole, all);
    };
    let suite = crate::suite::workspaces();
    let suite: Vec<Files> = suite.into_iter().filter(|f| !f.is_empty()).collect();
    for _ in 0..rounds(30) {
        let files = suite[random.below(suite.len())].clone();
        count(follows(files, (8, &mut random)));
    }
    for _ in 0..rounds(10) {
        let rules = if random.below(2) == 0 {
            random.map()
        } else {
            random.refine()
        };
        let files = yard::files(&rules, &mut random);
        count(follows(files, (20, &mut random)));
    }
    count(follows(example(), (rounds(8), &mut random)));
    assert!(2 * made.compiled < whole.compiled, "{made:?} of {whole:?}");
    assert!(2 * made.read < whole.read, "{made:?} of {whole:?}");
    assert!(
        4 * made.printed < 3 * whole.printed,
        "{made:?} of {whole:?}"
    );
}

#[test]
fn one_edit_makes_again_what_hangs_on_it() {
    let mut world = MemoryWorld::default();
    for (path, text) in example() {
        world.insert(path, text);
    }
    let mut live = Live::default();
    live.run(&world);
    let first = live.made();
    let mut edit = |path: &str, from: &str, to: &str| {
        let text = world.read(path).unwrap().unwrap();
        let text = String::from_utf8_lossy(&text).replacen(from, to, 1);
        world.insert(path, text);
        live.run(&world);
        live.made()
    };
    let model = edit("models/credit-risk.yaml", "\n", "\n# seen\n");
    let one = Remade {
        read: 1,
        compiled: 0,
        transformed: 1,
        checked: 2,
        evaluated: model.evaluated,
        printed: 0,
    };
    assert_eq!(model, one, "a model");
    assert!(model.evaluated > 100, "the first change is remembered");
    let again = edit("models/credit-risk.yaml", "# seen", "# seen again");
    assert_eq!(
        again,
        Remade {
            evaluated: 0,
            ..one
        },
        "a comment"
    );
    let value = edit("models/credit-risk.yaml", ": credit-risk", ": credit-risks");
    assert_eq!(value.printed, first.printed / 2, "a value");
    let rule = edit("transforms/deployment.yaml", "\n", "\n# a remark\n");
    assert_eq!((rule.compiled, rule.transformed), (1, 2), "rules that move");
    let rule = edit("transforms/deployment.yaml", "# a", "# one more\n# a");
    let moved = (rule.transformed, rule.evaluated, rule.printed);
    assert_eq!(moved, (2, 0, 0), "rules that move");
    let template = edit("templates/README.md.hbs", "\n#", "\n\n#");
    // For each model, and for what each of two maps makes of it.
    let six = Remade {
        compiled: 1,
        printed: 6,
        ..Remade::default()
    };
    assert_eq!(template, six, "a template");
}

/// The files of a folder of the tests.
fn town() -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/live/town");
    let mut files = Files::new();
    for folder in ["", "towns", "known", "rules"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let below = path.strip_prefix(&root).unwrap();
                let text = fs::read_to_string(&path).unwrap();
                files.push((below.to_str().unwrap().to_owned(), text));
            }
        }
    }
    files.sort();
    files
}

/// A text without each of its lines, and with each of its digits counted up.
fn variants(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let without = |at: usize| {
        let mut rest = lines.clone();
        rest.remove(at);
        rest.join("\n")
    };
    let mut all: Vec<String> = (0..lines.len()).map(without).collect();
    for (at, digit) in text.match_indices(|c: char| c.is_ascii_digit()) {
        let next = digit.parse::<usize>().unwrap() + 1;
        let mut edited = text.to_owned();
        edited.replace_range(at..=at, &next.to_string());
        all.push(edited);
    }
    all
}

#[test]
fn every_line_of_a_workspace_may_go_and_come() {
    let files = town();
    let mut world = MemoryWorld::default();
    for (path, text) in &files {
        world.insert(path.clone(), text);
    }
    let (mut live, mut followed) = (Live::default(), Followed::default());
    let first = live.run(&world);
    assert!(!first.diagnostics.has_errors() && first.artifacts().count() == 6);
    for (path, text) in &files {
        let what = || path.clone();
        world.remove(path);
        compare((&mut live, &mut followed), &world, &what);
        for variant in variants(text) {
            world.insert(path.clone(), &variant);
            let what = || format!("{path} as {variant}");
            compare((&mut live, &mut followed), &world, &what);
            world.insert(path.clone(), text);
            compare((&mut live, &mut followed), &world, &what);
        }
    }
}

#[test]
fn what_templates_find_stands_where_it_stands_now() {
    let mut world = MemoryWorld::default();
    let files = town();
    for (path, text) in &files {
        world.insert(path.clone(), text);
    }
    let broken = "---\nartifact: \"${t.name}.json\"\nfor: {t: Town}\n---\n{\n";
    world.insert("broken.json.hbs", broken);
    let (mut live, mut followed) = (Live::default(), Followed::default());
    assert!(live.run(&world).diagnostics.has_errors());
    for (path, text) in &files {
        let moved = match path.rsplit_once('.') {
            Some((_, "xmi")) => text.replacen("  <houses", "\n  <houses", 1),
            Some((_, "yaml")) => format!("# a remark\n{text}"),
            _ => continue,
        };
        world.insert(path.clone(), moved);
        compare((&mut live, &mut followed), &world, &|| path.clone());
    }
}

/// A world that notes what it is asked for.
#[derive(Default)]
struct Asked {
    world: MemoryWorld,
    paths: Mutex<BTreeSet<String>>,
}

impl World for Asked {
    fn read(&self, path: &str) -> Result<Option<Bytes>, WorldError> {
        self.paths.lock().unwrap().insert(path.to_owned());
        self.world.read(path)
    }

    fn list(&self, pattern: &Pattern) -> Result<Vec<String>, WorldError> {
        let text = pattern.text().to_owned();
        self.paths.lock().unwrap().insert(text);
        self.world.list(pattern)
    }
}

#[test]
fn an_edit_of_a_model_looks_at_no_other_file() {
    let mut asked = Asked::default();
    for (path, text) in example() {
        asked.world.insert(path, text);
    }
    let mut live = Live::default();
    live.run(&asked);
    let mut edit = |path: &str, from: &str, to: &str| {
        let text = asked.world.read(path).unwrap().unwrap();
        let text = String::from_utf8_lossy(&text).replacen(from, to, 1);
        asked.world.insert(path, text);
        asked.paths.lock().unwrap().clear();
        live.run_after(&asked, &BTreeSet::from([path.to_owned()]));
        let paths = asked.paths.lock().unwrap();
        paths.iter().cloned().collect::<Vec<String>>()
    };
    let model = "models/credit-risk.yaml";
    assert_eq!(edit(model, "\n", "\n# seen\n"), [model]);
    assert_eq!(edit(model, "# seen", "# seen again"), [model]);
    // The paths of its artifacts are others: they may be those of another model.
    assert!(edit(model, ": credit-risk", ": credit-risks").len() > 10);
    assert!(edit("transforms/deployment.yaml", "\n", "\n# a remark\n").len() > 10);
}

#[test]
fn an_edit_of_a_namespace_is_held_against_the_folders_below_it() {
    let mut world = MemoryWorld::default();
    for (path, text) in crate::project::FILES {
        world.insert(*path, text);
    }
    let of =
        |path: &str, body: &str| format!("---\nartifact: {path}\nfor: {{s: Shop}}\n---\n{body}");
    world.insert(
        "list.hbs",
        of(
            "k8s/space.yaml",
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    \
             pod-security.kubernetes.io/enforce: {{q \"s.items->first().name\"}}\n",
        ),
    );
    world.insert(
        "greeting.hbs",
        of(
            "k8s/below/pod.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  containers:\n    \
             - {name: web, image: \"web:1\"}\n",
        ),
    );
    let model = "models/corner.yaml";
    let mut live = Live::default();
    for (level, is_wrong) in [("privileged", false), ("restricted", true)] {
        let text = format!("name: corner\nitems:\n  - {{name: {level}, price: 3}}\n");
        world.insert(model, text);
        let run = live.run_after(&world, &BTreeSet::from([model.to_owned()]));
        let again = pipeline::run(&world);
        assert_eq!(told(&run, &world), told(&again, &world), "{level}");
        assert_eq!(run.diagnostics.has_errors(), is_wrong, "{level}");
    }
}
