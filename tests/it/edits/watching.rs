//! `watch` beside somebody who edits artifacts.

use super::{GENERATED, MERGED, change_model, edit};
use crate::project::TestProject;
use crate::watch::Watching;

#[test]
fn an_entry_tells_of_a_merge_where_the_last_commit_has_all_the_rest() {
    let project = TestProject::small();
    let watching = Watching::start(&project);
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    watching.wait_for("corner.yaml +1 -1");
    edit(&project);
    change_model(&project);
    watching.wait_for("corner.yaml +1 -1 (edits by hand kept)");
    assert_eq!(
        project.read("out/corner.yaml"),
        MERGED.replace("tea: 3", "tea: 4")
    );
    assert_eq!(watching.stop(), 130);
}

#[test]
fn a_watch_merges_edits_and_commits_what_is_generated() {
    let project = TestProject::small();
    let watching = Watching::start(&project);
    edit(&project);
    change_model(&project);
    watching.wait_for("corner.yaml +1 -1");
    assert_eq!(project.read("out/corner.yaml"), MERGED);
    let committed = project.git(&["show", "HEAD:out/corner.yaml"]);
    assert_eq!(committed, GENERATED.replace("milk: 1", "milk: 2"));
    // A conflict is told, and holds the edit back alone.
    project.edit("out/corner.yaml", "milk: 2", "milk: 7");
    project.edit("models/corner.yaml", "price: 2", "price: 5");
    watching.wait_for("corner.yaml +");
    assert!(
        project
            .read("out/corner.yaml")
            .contains("<<<<<<< edited by hand")
    );
    let committed = project.git(&["show", "HEAD:out/corner.yaml"]);
    assert_eq!(committed, GENERATED.replace("milk: 1", "milk: 5"));
    // What is generated meanwhile goes on into commits.
    project.edit("models/corner.yaml", "price: 5", "price: 6");
    watching.wait_for("items[milk].price 5 → 6");
    watching.wait_for(" ms");
    let committed = project.git(&["show", "HEAD:out/corner.yaml"]);
    assert_eq!(committed, GENERATED.replace("milk: 1", "milk: 6"));
    assert!(
        project
            .read("out/corner.yaml")
            .contains("<<<<<<< edited by hand")
    );
    assert_eq!(watching.stop(), 130);
    project.git(&["fsck", "--strict"]);
}
