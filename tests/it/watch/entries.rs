//! What people are told: an entry a change, and what is wrong as long as it is.

use super::Watching;
use crate::project::TestProject;

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
    watching.wait_for("held: 2 artifacts not written, nothing committed (last good ");
    assert!(
        project.read("out/corner.yaml").contains("tea: 4"),
        "the last good artifact stays"
    );
    project.edit("models/corner.yaml", "price: four", "price: 4");
    watching.wait_for("fixed after ");
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
fn a_change_that_no_event_tells_of_is_found_after_the_next_one() {
    let project = TestProject::small();
    let outside = project.root().with_file_name("outside.hbs");
    // An event has the name by which a file was opened, and that folder is not watched.
    std::fs::hard_link(project.root().join("list.hbs"), &outside).unwrap();
    let watching = Watching::start(&project);
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    watching.wait_for("corner.yaml +1 -1");
    let text = std::fs::read_to_string(&outside).unwrap();
    std::fs::write(&outside, text.replace("shop:", "store:")).unwrap();
    project.edit("models/corner.yaml", "price: 4", "price: 5");
    watching.wait_for("items[tea].price 4 → 5");
    watching.wait_for("list.hbs:5  changed");
    watching.wait_for("corner.yaml +1 -1");
    assert!(project.read("out/corner.yaml").contains("store:"));
    assert_eq!(watching.stop(), 130);
    assert_eq!(project.commits(), 4);
    assert_eq!(project.git(&["status", "--porcelain"]), "");
    assert_eq!(project.run(&["verify", "--all"]).code, 0);
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

#[test]
fn what_is_wrong_is_the_last_thing_told_until_it_is_right() {
    let project = TestProject::small();
    let watching = Watching::start(&project);
    project.edit("models/corner.yaml", "price: 3", "price: three");
    watching.until("held: 2 artifacts not written");
    project.edit("list.hbs", "shop:", "store:");
    let told = watching.until("held").join("\n");
    assert!(told.contains("list.hbs:5  changed"), "{told}");
    assert!(told.contains("error[wrong-type]"), "{told}");
    // Every artifact hangs on a template, and the model is still wrong.
    assert!(
        told.ends_with("held: 2 artifacts not written, nothing committed"),
        "{told}"
    );
    project.edit("models/corner.yaml", "price: three", "price: 3");
    watching.until("fixed after");
    let told = watching.until("corner.yaml +1 -1").join("\n");
    assert!(told.contains("list.hbs:5  changed"), "{told}");
    assert!(!told.contains("error["), "{told}");
    assert_eq!(watching.stop(), 130);
}

#[test]
fn an_entry_counts_the_changes_of_one_save() {
    let project = TestProject::small();
    let watching = Watching::start(&project);
    let text = project.read("models/corner.yaml");
    let text = text
        .replace("price: 3", "price: 4")
        .replace("milk", "juice");
    project.write("models/corner.yaml", &text);
    let line = watching.wait_for("corner.yaml  ");
    assert!(
        line.ends_with("corner.yaml  corner.items[tea].price 3 → 4 and 2 more"),
        "{line}"
    );
    // A rule, and edits by hand that stay.
    project.edit("out/corner.py", "print", "# mine\nprint");
    project.edit("prices.yaml", "price: 1", "price: 2");
    let told = watching.until(" ms").join("\n");
    assert!(told.contains("corner.yaml +2 -2"), "{told}");
    let told = watching.until(" ms").join("\n");
    assert!(told.contains("prices.yaml  changed"), "{told}");
    project.edit(
        "greeting.hbs",
        "print({{s.name}})",
        "print({{s.name}})\nprint(1)",
    );
    let told = watching.until(" ms").join("\n");
    assert!(told.contains("greeting.hbs:6  changed"), "{told}");
    assert!(told.contains("corner.py +1 (edits by hand kept)"), "{told}");
    assert_eq!(watching.stop(), 130);
}

#[test]
fn what_a_merge_kept_waiting_is_committed_when_it_has_ended() {
    let project = TestProject::small();
    let head = project.git(&["rev-parse", "HEAD"]);
    let watching = Watching::start(&project);
    project.write(".git/MERGE_HEAD", &head);
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    watching.wait_for("not committed: a merge is in progress");
    watching.wait_for("paused: nothing is committed: a merge is in progress; end it with");
    project.edit("models/corner.yaml", "price: 4", "price: 5");
    watching.wait_for("not committed");
    std::fs::remove_file(project.root().join(".git/MERGE_HEAD")).unwrap();
    watching.wait_for("resumed");
    watching.wait_for("items[tea].price 3 → 5");
    watching.wait_for(" ms");
    assert_eq!(project.commits(), 2);
    assert_eq!(watching.stop(), 130);
}

#[test]
fn what_cannot_be_read_is_told_and_tried_again() {
    let project = TestProject::small();
    let watching = Watching::start(&project);
    // It has begun when it has taken up something.
    project.edit("models/corner.yaml", "price: 3", "price: 2");
    watching.wait_for(" ms");
    let (git, away) = (
        project.root().join(".git"),
        project.root().with_file_name("away"),
    );
    std::fs::rename(&git, &away).unwrap();
    project.edit("models/corner.yaml", "price: 2", "price: 4");
    watching.wait_for("cannot ");
    std::fs::rename(&away, &git).unwrap();
    watching.wait_for("items[tea].price 2 → 4");
    watching.wait_for(" ms");
    assert_eq!(project.commits(), 3);
    assert_eq!(watching.stop(), 130);
}
