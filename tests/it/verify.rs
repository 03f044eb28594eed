//! `verify`: what commits hold is what their inputs generate, and a byte that is not is found, with who put it there.

use std::io::Write as _;
use std::process::Stdio;

use mlopsgen::audit::{Depth, Verifier};
use mlopsgen::git::{Commits, Repository, Revision};

use crate::project::{Ran, TestProject};

/// A history of as many commits, in which each kind of input changes in turn.
fn history(commits: usize) -> TestProject {
    let project = TestProject::small();
    project.write(
        "models/market.yaml",
        "name: market\nitems:\n  - {name: corn, price: 0}\n",
    );
    for round in 1..commits {
        match round % 5 {
            0 => project.edit(
                "shop.ecore",
                "<ecore:EPackage",
                &format!("<!-- {round} -->\n<ecore:EPackage"),
            ),
            1 => project.edit(
                "models/market.yaml",
                "items:",
                &format!("items:\n  - {{name: nut{round}, price: {round}}}"),
            ),
            2 => project.edit("list.hbs", "items:", &format!("# {round}\nitems:")),
            3 => project.edit("prices.yaml", "rules:", &format!("# {round}\nrules:")),
            _ => project.edit(
                "mlopsgen.yaml",
                "metamodels:",
                &format!("# {round}\nmetamodels:"),
            ),
        }
        let ran = project.run(&["generate", "--commit"]);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    project
}

/// Every way to flip a bit of one byte of one file in one commit: the branches that hold them, with the file.
fn flip_everywhere(project: &TestProject, commits: &[Revision]) -> Vec<(String, String)> {
    let mut stream = Vec::new();
    let mut flipped = Vec::new();
    for (number, commit) in commits.iter().enumerate() {
        let message = project.git(&["log", "-1", "--format=%B", &commit.id]);
        let tree = project.git(&["rev-parse", &format!("{}^{{tree}}", commit.id)]);
        let files = project.git(&["ls-tree", "-r", "--name-only", &commit.id]);
        for (at, path) in files.lines().enumerate() {
            let mut bytes = project
                .git(&["cat-file", "-p", &format!("{}:{path}", commit.id)])
                .into_bytes();
            // Another place in each file and commit; always in text that stays text.
            let place = (number * 7919 + at * 104_729) % bytes.len();
            bytes[place] ^= 1;
            let branch = format!("refs/flips/{number}-{at}");
            write!(
                stream,
                "commit {branch}\nauthor Eve <eve@example.org> 1767323045 +0000\ncommitter Eve <eve@example.org> 1767323045 +0000\n\
                 data {}\n{message}\n",
                message.len()
            )
            .unwrap();
            if let Some(parent) = commit.parents.first() {
                writeln!(stream, "from {parent}").unwrap();
            }
            writeln!(stream, "M 040000 {} \u{22}\u{22}", tree.trim()).unwrap();
            writeln!(stream, "M 100644 inline {path}\ndata {}", bytes.len()).unwrap();
            stream.extend(&bytes);
            stream.push(b'\n');
            flipped.push((branch, path.to_owned()));
        }
    }
    let mut git = project.command("git");
    let mut git = git
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    git.stdin.take().unwrap().write_all(&stream).unwrap();
    assert!(git.wait().unwrap().success());
    flipped
}

/// Flips a bit in every file of every commit and returns how many were found; each must be, with its file and author.
fn find_flips(project: &TestProject) -> usize {
    let repository = Repository::discover(project.root()).unwrap().unwrap();
    let mut verifier = Verifier::new(&repository, "", Depth::Generate).unwrap();
    let commits = repository.commits(Commits::UpTo("HEAD")).unwrap();
    for commit in &commits {
        let verified = verifier.verify(commit).unwrap();
        assert!(
            verified.verdict.is_clean(),
            "{commit:?}: {:?}",
            verified.new
        );
    }
    let flipped = flip_everywhere(project, &commits);
    for (branch, path) in &flipped {
        let commit = &repository.commits(Commits::Named(branch)).unwrap()[0];
        let found = verifier.verify(commit).unwrap().new;
        let blamed = found.iter().find(|(drift, _)| drift.path == *path);
        let by = blamed.and_then(|(_, by)| Some(by.as_ref()?.author.as_str()));
        assert_eq!(by, Some("Eve"), "{branch} {path}: {found:?}");
    }
    flipped.len()
}

#[test]
fn a_flipped_bit_in_any_file_of_any_commit_is_found_and_attributed() {
    let found = find_flips(&history(7));
    println!("{found} flipped bits found");
    assert!(found > 60, "{found}");
}

#[test]
#[ignore = "two hundred commits take minutes: `tests/run torture`"]
fn a_flipped_bit_in_any_of_200_commits_is_found_and_attributed() {
    let found = find_flips(&history(200));
    println!("{found} flipped bits found");
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[test]
fn a_commit_that_holds_what_it_generates_is_proved() {
    let project = TestProject::small();
    let ran = project.run(&["verify"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
    let wanted = "holds what its inputs generate: 2 artifacts in ";
    assert!(ran.err.contains(wanted), "{}", ran.err);
    // What is in the work tree only is no part of it.
    project.edit("out/corner.yaml", "tea", "coffee");
    assert_eq!(project.run(&["verify"]).code, 0);
}

#[test]
fn an_edit_by_hand_is_told_with_its_line_and_commit() {
    let project = TestProject::small();
    project.edit("out/corner.yaml", "tea: 3", "tea: 4");
    project.git(&["commit", "-qam", "Dearer"]);
    let short = project.git(&["rev-parse", "--short=7", "HEAD"]);
    let ran = project.run(&["verify"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let wanted = format!(
        "error[drift]: out/corner.yaml is not what is generated: it was edited, in {} of Ada, 2026-01-02 03:04",
        short.trim()
    );
    assert_eq!(first_line(&ran.out), wanted);
    assert!(ran.out.contains("--> out/corner.yaml:3:3"), "{}", ran.out);
    assert!(ran.out.contains("right is `- tea: 3`"), "{}", ran.out);
    // Once it is accepted it is no drift any more, in this commit; it stays one in the other.
    project.run(&["accept", "out/corner.yaml"]);
    project.git(&["commit", "-qam", "Dearer, and so be it"]);
    let ran = project.run(&["verify"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.err.contains("1 of them yours or with accepted edits"),
        "{}",
        ran.err
    );
    let ran = project.run(&["verify", "--all"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.err
            .contains("3 commits: 2 hold what they generate, 1 brought drift in; 3 states"),
        "{}",
        ran.err
    );
}

#[test]
fn an_input_without_its_artifacts_is_drift_until_they_are_generated() {
    let project = TestProject::small();
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    project.git(&["commit", "-qam", "Dearer"]);
    project.write("notes.txt", "mine\n");
    project.git(&["add", "."]);
    project.git(&["commit", "-qm", "Notes"]);
    project.run(&["generate", "--commit"]);
    let ran = project.run(&["verify", "HEAD~3..HEAD", "--format", "short"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    assert!(
        ran.out.contains(
            "models/corner.yaml changed without what is generated: an artifact is behind"
        ),
        "{}",
        ran.out
    );
    assert!(
        ran.err.contains("1 brought drift in, 1 kept it"),
        "{}",
        ran.err
    );
    assert_eq!(project.run(&["verify"]).code, 0);
    let json: serde_json::Value =
        serde_json::from_str(&project.run(&["verify", "--all", "--json"]).out).unwrap();
    let words: Vec<&str> = json["commits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(
        (json["version"].as_u64(), words),
        (Some(1), vec!["generated", "drift", "drift", "generated"])
    );
    assert_eq!(json["commits"][1]["drifts"][0]["kind"], "input");
    assert_eq!(
        json["commits"][1]["drifts"][0]["touched"],
        json["commits"][1]["commit"]
    );
}

#[test]
fn histories_that_were_rebased_squashed_and_merged_raise_no_alarm() {
    let project = TestProject::small();
    project.git(&["switch", "-qc", "other"]);
    project.write("models/market.yaml", "name: market\nitems: []\n");
    project.run(&["generate", "--commit"]);
    project.edit("models/market.yaml", "[]", "[{name: corn}]");
    project.run(&["generate", "--commit"]);
    project.git(&["switch", "-q", "main"]);
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    project.run(&["generate", "--commit"]);
    let all_is_well = |what: &str| {
        let ran = project.run(&["verify", "--all"]);
        assert_eq!(ran.code, 0, "{what}: {ran:?}");
    };
    project.git(&["branch", "side", "other"]);
    project.git(&["branch", "squashed", "main"]);
    project.git(&["merge", "-q", "--no-edit", "other"]);
    all_is_well("merged");
    project.git(&["switch", "-q", "side"]);
    project.git(&["rebase", "-q", "main~1"]);
    all_is_well("rebased");
    project.git(&["switch", "-q", "squashed"]);
    project.git(&["merge", "-q", "--squash", "other"]);
    project.git(&["commit", "-qm", "All at once"]);
    all_is_well("squashed");
}

#[test]
fn files_that_a_filter_changes_are_verified_as_they_are_in_the_work_tree() {
    let project = TestProject::small();
    // As one that encrypts would: what git stores is another text, of models as well as artifacts.
    for way in ["clean", "smudge"] {
        let turn = "tr A-Za-z N-ZA-Mn-za-m";
        project.git(&["config", &format!("filter.turn.{way}"), turn]);
    }
    project.write(
        ".gitattributes",
        "out/** filter=turn\nmodels/* filter=turn\n",
    );
    project.git(&["add", ".gitattributes"]);
    project.git(&["add", "--renormalize", "."]);
    project.git(&["commit", "-qam", "Turned"]);
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    let ran = project.run(&["generate", "--commit"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let stored = project.git(&["cat-file", "-p", "HEAD:out/corner.yaml"]);
    assert!(stored.contains("grn: 4"), "{stored}");
    let ran = project.run(&["verify", "--all"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = project.run(&["diff", "HEAD~1", "HEAD"]);
    assert!(ran.out.contains("price: 3 → 4"), "{ran:?}");
    project.edit("out/corner.yaml", "tea: 4", "tea: 5");
    project.git(&["commit", "-qam", "Dearer"]);
    let ran = project.run(&["verify"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("right is `- tea: 4`"), "{}", ran.out);
}

#[test]
fn what_another_version_made_is_held_against_its_digests() {
    let project = TestProject::small();
    let record = ".mlopsgen/records/models/corner.yaml.json";
    project.edit(record, "\"semantics\": \"1\"", "\"semantics\": \"99\"");
    project.git(&["commit", "-qam", "From the future"]);
    let ran = project.run(&["verify"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.err.contains("not generated again: it needs mlopsgen"),
        "{}",
        ran.err
    );
    project.edit("out/corner.yaml", "tea", "coffee");
    project.git(&["commit", "-qam", "Coffee"]);
    let ran = project.run(&["verify", "--format", "github"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.out.starts_with("::error file=out/corner.yaml,line=1,"),
        "{}",
        ran.out
    );
}

#[test]
fn what_cannot_be_generated_is_told_with_its_reason() {
    let project = TestProject::small();
    project.edit("models/corner.yaml", "price: 3", "prize: 3");
    project.git(&["commit", "-qam", "Slip"]);
    let ran = project.run(&["verify"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        first_line(&ran.out)
            .starts_with("error[drift]: models/corner.yaml has errors, nothing can be generated: "),
        "{}",
        ran.out
    );
    let ran = project.run(&["verify", "no-such"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let ran: Ran = TestProject::empty().run(&["verify"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn a_commit_is_attested_once_it_is_verified() {
    let project = TestProject::small();
    let ran = project.run(&["attest"]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 1), "{ran:?}");
    let statement: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["predicateType"], "https://slsa.dev/provenance/v1");
    for subject in statement["subject"].as_array().unwrap() {
        let text = project.read(subject["name"].as_str().unwrap());
        let digest = mlopsgen::pipeline::sha256(text.as_bytes());
        assert_eq!(subject["digest"]["sha256"], digest.as_str());
    }
    let made_of = &statement["predicate"]["buildDefinition"]["resolvedDependencies"];
    let commit = project.git(&["rev-parse", "HEAD"]);
    let last = made_of.as_array().unwrap().last().unwrap();
    assert_eq!(last["digest"]["gitCommit"], commit.trim());
    project.edit("out/corner.yaml", "tea", "coffee");
    project.git(&["commit", "-qam", "Coffee"]);
    let ran = project.run(&["attest"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
    assert!(ran.err.contains("nothing attested"), "{}", ran.err);
}
