//! Edits of artifacts by hand: they are merged, accepted, taken back, and never lost.

mod commits;
mod random;
mod regions;
mod watching;

use crate::project::{Ran, TestProject};

/// What the small project has in `out/corner.yaml`.
pub const GENERATED: &str = "shop: corner\nitems:\n  - tea: 3\n  - milk: 1\n";

/// Makes the model say something else about the last line of `out/corner.yaml`.
pub fn change_model(project: &TestProject) {
    project.edit("models/corner.yaml", "milk}", "milk, price: 2}");
}

/// Edits the first line of `out/corner.yaml`.
pub fn edit(project: &TestProject) {
    project.edit("out/corner.yaml", "corner", "corner # mine");
}

/// What became of both.
pub const MERGED: &str = "shop: corner # mine\nitems:\n  - tea: 3\n  - milk: 2\n";

pub fn fine(ran: &Ran) {
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// The lines of `status`, without its summary.
pub fn status(project: &TestProject) -> (i32, String) {
    let ran = project.run(&["status"]);
    (ran.code, ran.out)
}

#[test]
fn an_edit_and_a_change_of_the_model_are_merged() {
    let project = TestProject::small();
    assert_eq!(status(&project), (0, String::new()));
    edit(&project);
    assert_eq!(status(&project), (1, "edited    out/corner.yaml\n".into()));
    let ran = project.run(&["generate"]);
    assert!(
        ran.err.starts_with("wrote 0, unchanged 1, kept 1 in"),
        "{ran:?}"
    );
    change_model(&project);
    assert_eq!(status(&project), (1, "both      out/corner.yaml\n".into()));
    let ran = project.run(&["generate", "--check"]);
    assert_eq!(ran.out, "both      out/corner.yaml  +1 -1\n", "{ran:?}");
    let ran = project.run(&["generate"]);
    assert!(
        ran.err.starts_with("wrote 0, merged 1, unchanged 1 in"),
        "{ran:?}"
    );
    fine(&ran);
    assert_eq!(project.read("out/corner.yaml"), MERGED);
    assert_eq!(status(&project), (1, "edited    out/corner.yaml\n".into()));
}

#[test]
fn the_base_is_found_in_git_where_it_was_not_kept() {
    // The last commit generates it, or the history of the file has it.
    for shift in [false, true] {
        let project = TestProject::small();
        if shift {
            project.edit("list.hbs", "items:", "stock:");
            fine(&project.run(&["generate"]));
            project.edit("list.hbs", "stock:", "items:");
            fine(&project.run(&["generate"]));
            project.edit("prices.yaml", "price: 1", "price: 9");
            project.git(&["commit", "-qam", "inputs alone"]);
            project.edit("prices.yaml", "price: 9", "price: 1");
        }
        std::fs::remove_dir_all(project.root().join(".git/mlopsgen/generated")).unwrap();
        edit(&project);
        change_model(&project);
        fine(&project.run(&["generate"]));
        assert_eq!(project.read("out/corner.yaml"), MERGED);
    }
}

#[test]
fn lines_that_both_changed_are_a_conflict_until_somebody_resolves_it() {
    let project = TestProject::small();
    project.edit("out/corner.yaml", "milk: 1", "milk: 7");
    change_model(&project);
    let ran = project.run(&["generate"]);
    assert_eq!(ran.code, 1);
    let told = "error[merge-conflict]: out/corner.yaml was edited where something else is generated now\n \
                --> out/corner.yaml:4:1";
    assert!(ran.err.contains(told), "{}", ran.err);
    assert!(
        ran.err.contains("wrote 0, in conflict 1, unchanged 1"),
        "{ran:?}"
    );
    let conflict = "shop: corner\nitems:\n  - tea: 3\n<<<<<<< edited by hand\n  - milk: 7\n\
                    ||||||| generated before\n  - milk: 1\n=======\n  - milk: 2\n>>>>>>> generated now\n";
    assert_eq!(project.read("out/corner.yaml"), conflict);
    // It is kept, whatever is generated next, and told each time.
    project.edit("models/corner.yaml", "price: 2", "price: 3");
    let ran = project.run(&["generate", "--commit"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("has a conflict that is not resolved"),
        "{ran:?}"
    );
    assert_eq!(project.commits(), 1);
    assert_eq!(project.read("out/corner.yaml"), conflict);
    assert_eq!(status(&project), (1, "conflict  out/corner.yaml\n".into()));
    let ran = project.run(&["accept", "out/corner.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("has a conflict that is not resolved"),
        "{ran:?}"
    );
    // What was resolved is not merged again; only what came later is.
    project.write(
        "out/corner.yaml",
        "shop: corner\nitems:\n  - tea: 3\n  - milk: 2\n# 7?\n",
    );
    project.edit("models/corner.yaml", "milk, price: 3", "milk, price: 2");
    assert_eq!(status(&project), (1, "edited    out/corner.yaml\n".into()));
    fine(&project.run(&["accept", "out/corner.yaml"]));
    fine(&project.run(&["generate", "--commit"]));
    assert!(
        project
            .git(&["show", "HEAD:out/corner.yaml"])
            .ends_with("# 7?\n")
    );
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

#[test]
fn an_accepted_edit_belongs_to_the_artifact() {
    let project = TestProject::small();
    edit(&project);
    let ran = project.run(&["accept", "out/corner.yaml", "out/corner.py"]);
    assert_eq!(
        ran.err,
        "out/corner.yaml is accepted as it is\nout/corner.py is clean: nothing to settle\n"
    );
    assert_eq!(status(&project), (0, String::new()));
    let ran = project.run(&["generate", "--check"]);
    assert!(ran.err.contains("with accepted edits in 1"), "{ran:?}");
    change_model(&project);
    assert_eq!(status(&project), (1, "stale     out/corner.yaml\n".into()));
    fine(&project.run(&["generate"]));
    assert_eq!(project.read("out/corner.yaml"), MERGED);
    assert_eq!(status(&project), (0, String::new()));
    project.edit("out/corner.yaml", "tea", "tee");
    assert_eq!(status(&project), (1, "edited    out/corner.yaml\n".into()));
}

#[test]
fn a_reset_keeps_what_it_takes_away() {
    let project = TestProject::small();
    edit(&project);
    let ran = project.run(&["reset", "out/corner.yaml"]);
    fine(&ran);
    let place = ".git/mlopsgen/displaced/out/corner.yaml~1";
    assert_eq!(
        ran.err,
        format!("out/corner.yaml is what is generated; what was there is kept in {place}\n")
    );
    assert_eq!(project.read("out/corner.yaml"), GENERATED);
    assert!(project.read(place).contains("# mine"));
    assert_eq!(status(&project), (0, String::new()));
    // A file that nothing generates any more goes, or becomes the user's.
    for (command, stays) in [("reset", false), ("accept", true)] {
        let project = TestProject::small();
        edit(&project);
        project.edit("models/corner.yaml", "name: corner", "name: other");
        assert_eq!(project.run(&["generate"]).code, 1);
        assert_eq!(status(&project), (1, "orphaned  out/corner.yaml\n".into()));
        fine(&project.run(&[command, "out/corner.yaml"]));
        assert_eq!(project.exists("out/corner.yaml"), stays);
        assert_eq!(status(&project), (0, String::new()));
        fine(&project.run(&["generate"]));
    }
}

#[test]
fn what_cannot_be_settled_says_why() {
    let project = TestProject::small();
    let ran = project.run(&["accept", "out/corner.yml"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("did you mean `out/corner.yaml`?"),
        "{ran:?}"
    );
    edit(&project);
    change_model(&project);
    let ran = project.run(&["accept", "out/corner.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("lacks what is generated now"), "{ran:?}");
    assert!(project.read("out/corner.yaml").contains("# mine"));
}

#[test]
fn an_edit_of_a_locked_artifact_is_an_error_at_its_line() {
    let project = TestProject::small();
    project.edit("list.hbs", "---\nshop", "ownership: locked\n---\nshop");
    fine(&project.run(&["generate", "--commit"]));
    project.edit("out/corner.yaml", "tea: 3", "tea: 4");
    change_model(&project);
    for _ in 0..2 {
        let ran = project.run(&["generate"]);
        assert_eq!(ran.code, 1);
        let told = "error[locked-artifact]: out/corner.yaml is locked and was edited by hand: it is kept as it is\n \
                    --> out/corner.yaml:3:1";
        assert!(ran.err.contains(told), "{}", ran.err);
        assert!(ran.err.contains("list.hbs:2:11"), "{}", ran.err);
    }
    assert!(project.read("out/corner.yaml").contains("tea: 4"));
    let ran = project.run(&["accept", "out/corner.yaml"]);
    assert!(ran.err.contains("is locked by list.hbs"), "{ran:?}");
    fine(&project.run(&["reset", "out/corner.yaml"]));
    assert_eq!(
        project.read("out/corner.yaml"),
        GENERATED.replace("milk: 1", "milk: 2")
    );
}

#[test]
fn without_git_an_edit_is_kept_and_told() {
    let project = TestProject::small();
    std::fs::remove_dir_all(project.root().join(".git")).unwrap();
    edit(&project);
    fine(&project.run(&["generate"]));
    change_model(&project);
    let ran = project.run(&["generate"]);
    assert_eq!(ran.code, 1);
    let told = "error[edited-by-hand]: out/corner.yaml was edited by hand: it is kept as it is";
    assert!(ran.err.contains(told), "{}", ran.err);
    fine(&project.run(&["accept", "out/corner.yaml"]));
    fine(&project.run(&["generate"]));
    assert!(project.read("out/corner.yaml").contains("# mine"));
    fine(&project.run(&["reset", "out/corner.yaml"]));
    assert!(
        project
            .read(".mlopsgen/displaced/out/corner.yaml~1")
            .contains("# mine")
    );
}

#[test]
fn a_file_that_is_written_once_is_the_users() {
    let project = TestProject::small();
    project.edit("list.hbs", "---\nshop", "ownership: once\n---\nshop");
    fine(&project.run(&["generate"]));
    edit(&project);
    change_model(&project);
    fine(&project.run(&["generate", "--check"]));
    fine(&project.run(&["generate"]));
    assert!(project.read("out/corner.yaml").contains("# mine"));
    assert_eq!(status(&project), (0, String::new()));
    assert_eq!(
        project.run(&["status", "--all"]).out.lines().last(),
        Some("once      out/corner.yaml")
    );
    fine(&project.run(&["reset", "out/corner.yaml"]));
    assert!(project.read("out/corner.yaml").contains("milk: 2"));
}

#[test]
fn line_ends_of_a_checkout_survive_a_merge() {
    let project = TestProject::small();
    edit(&project);
    let crlf = project.read("out/corner.yaml").replace('\n', "\r\n");
    project.write("out/corner.yaml", &crlf);
    change_model(&project);
    fine(&project.run(&["generate"]));
    assert_eq!(
        project.read("out/corner.yaml"),
        MERGED.replace('\n', "\r\n")
    );
}

#[test]
fn states_are_told_to_machines() {
    let project = TestProject::small();
    std::fs::remove_file(project.root().join("out/corner.py")).unwrap();
    edit(&project);
    let ran = project.run(&["status", "--json"]);
    assert_eq!(ran.code, 1);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let expected = serde_json::json!({"version": 1, "artifacts": [
        {"path": "out/corner.py", "state": "missing"},
        {"path": "out/corner.yaml", "state": "edited"},
    ]});
    assert_eq!(json, expected);
    assert_eq!(ran.err, "");
}
