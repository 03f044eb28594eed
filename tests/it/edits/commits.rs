//! What is committed of artifacts that were edited by hand: what is generated, and edits only with their author's word.

use super::{GENERATED, MERGED, change_model, edit, fine, status};
use crate::project::TestProject;

/// The state of a fresh clone.
fn of_clone(project: &TestProject) -> (i32, String) {
    let folder = project.root().with_file_name("clone");
    project.git(&["clone", "-q", ".", folder.to_str().unwrap()]);
    let ran = project.run(&["-C", folder.to_str().unwrap(), "status"]);
    std::fs::remove_dir_all(folder).unwrap();
    (ran.code, ran.out)
}

#[test]
fn an_edit_that_nobody_accepted_stays_in_the_work_tree() {
    let project = TestProject::small();
    edit(&project);
    change_model(&project);
    fine(&project.run(&["generate", "--commit"]));
    assert_eq!(
        project.git(&["show", "HEAD:out/corner.yaml"]),
        GENERATED.replace("milk: 1", "milk: 2")
    );
    assert_eq!(project.read("out/corner.yaml"), MERGED);
    assert_eq!(
        project.git(&["status", "--porcelain"]),
        " M out/corner.yaml\n"
    );
    assert_eq!(of_clone(&project), (0, String::new()));
    // Once accepted, it is committed with its record.
    fine(&project.run(&["accept", "out/corner.yaml"]));
    fine(&project.run(&["generate", "--commit"]));
    assert_eq!(project.git(&["show", "HEAD:out/corner.yaml"]), MERGED);
    assert_eq!(project.git(&["status", "--porcelain"]), "");
    assert_eq!(of_clone(&project), (0, String::new()));
}

#[test]
fn an_edit_of_an_artifact_that_was_never_committed_stays_in_the_work_tree() {
    let project = TestProject::small();
    project.edit("models/corner.yaml", "name: corner", "name: other");
    fine(&project.run(&["generate"]));
    project.edit("out/other.yaml", "other", "other # mine");
    fine(&project.run(&["generate", "--commit"]));
    assert_eq!(
        project.git(&["show", "HEAD:out/other.yaml"]),
        GENERATED.replace("corner", "other")
    );
    assert!(project.read("out/other.yaml").contains("# mine"));
    assert_eq!(of_clone(&project), (0, String::new()));
}

#[test]
fn an_edit_that_its_author_committed_is_merged_in_the_next_commit() {
    let project = TestProject::small();
    edit(&project);
    project.git(&["commit", "-qam", "by hand"]);
    change_model(&project);
    fine(&project.run(&["generate", "--commit"]));
    assert_eq!(project.git(&["show", "HEAD:out/corner.yaml"]), MERGED);
    assert_eq!(project.git(&["status", "--porcelain"]), "");
    assert_eq!(
        of_clone(&project),
        (1, "edited    out/corner.yaml\n".into())
    );
    // A further edit, not committed, stays behind though the committed one is there.
    project.edit("out/corner.yaml", "items:", "items: # also mine");
    project.edit("models/corner.yaml", "price: 2", "price: 5");
    fine(&project.run(&["generate", "--commit"]));
    let committed = project.git(&["show", "HEAD:out/corner.yaml"]);
    assert_eq!(committed, MERGED.replace("milk: 2", "milk: 5"));
    assert!(project.read("out/corner.yaml").contains("also mine"));
    assert_eq!(
        project.git(&["status", "--porcelain"]),
        " M out/corner.yaml\n"
    );
}

#[test]
fn a_commit_waits_where_the_last_one_has_an_edit_that_conflicts() {
    let project = TestProject::small();
    project.edit("out/corner.yaml", "milk: 1", "milk: 7");
    project.git(&["commit", "-qam", "by hand"]);
    change_model(&project);
    assert_eq!(project.run(&["generate"]).code, 1);
    // Resolved, and not accepted: what the last commit has still conflicts.
    project.write(
        "out/corner.yaml",
        &(GENERATED.replace("milk: 1", "milk: 2") + "# 7\n"),
    );
    let ran = project.run(&["generate", "--commit"]);
    assert_eq!((ran.code, project.commits()), (2, 2), "{ran:?}");
    assert!(
        ran.err
            .contains("not committed: the last commit edits `out/corner.yaml`"),
        "{ran:?}"
    );
    fine(&project.run(&["accept", "out/corner.yaml"]));
    fine(&project.run(&["generate", "--commit"]));
    assert!(
        project
            .git(&["show", "HEAD:out/corner.yaml"])
            .ends_with("# 7\n")
    );
    assert_eq!(status(&project), (0, String::new()));
}

#[test]
fn what_a_user_has_staged_is_not_committed() {
    let project = TestProject::small();
    edit(&project);
    project.git(&["add", "-A"]);
    change_model(&project);
    let ran = project.run(&["generate", "--commit"]);
    assert_eq!((ran.code, project.commits()), (2, 1), "{ran:?}");
    assert!(
        ran.err
            .contains("you have staged other content of out/corner.yaml"),
        "{ran:?}"
    );
    assert_eq!(project.read("out/corner.yaml"), MERGED);
}
