//! Protected regions: what stands in them is the user's, whatever happens around.

use super::{fine, status};
use crate::project::TestProject;

const TEMPLATE: &str = "---\nartifact: ${s.name}.py\nfor: {s: Shop}\n---\nprint({{s.name}})\n{{#each s.items as |i|}}\n\
                        {{#protected i.name}}\npass\n{{/protected}}\n{{/each}}\n";

pub fn project() -> TestProject {
    let project = TestProject::small();
    project.write("greeting.hbs", TEMPLATE);
    fine(&project.run(&["generate", "--commit"]));
    project
}

/// Writes into the region of the tea.
fn write(project: &TestProject) {
    project.edit("out/corner.py", "tea\npass", "tea\nmine");
}

#[test]
fn what_nobody_wrote_follows_the_template() {
    let project = project();
    write(&project);
    assert_eq!(status(&project), (0, String::new()));
    project.edit("greeting.hbs", "pass", "...");
    project.edit("greeting.hbs", "print", "log = print");
    fine(&project.run(&["generate"]));
    assert_eq!(
        project.read("out/corner.py"),
        "log = print(\"corner\")\n# begin protected tea\nmine\n# end protected tea\n\
         # begin protected milk\n...\n# end protected milk\n"
    );
}

#[test]
fn edits_around_and_text_inside_go_together() {
    let project = project();
    write(&project);
    project.edit("out/corner.py", "print", "# also mine\n\nprint");
    assert_eq!(status(&project), (1, "edited    out/corner.py\n".into()));
    project.edit("greeting.hbs", "pass", "...");
    project.edit("models/corner.yaml", "name: milk", "name: oil");
    fine(&project.run(&["generate"]));
    assert_eq!(
        project.read("out/corner.py"),
        "# also mine\n\nprint(\"corner\")\n# begin protected tea\nmine\n# end protected tea\n\
         # begin protected oil\n...\n# end protected oil\n"
    );
    assert!(
        !project.exists("out/corner.py.orphaned"),
        "nobody wrote into it"
    );
}

#[test]
fn text_of_a_region_is_committed_by_its_author() {
    let project = project();
    write(&project);
    project.edit("models/corner.yaml", "name: milk", "name: oil");
    fine(&project.run(&["generate", "--commit"]));
    let committed = project.git(&["show", "HEAD:out/corner.py"]);
    assert!(
        committed.contains("protected oil") && !committed.contains("mine"),
        "{committed}"
    );
    assert_eq!(
        project.git(&["status", "--porcelain"]),
        " M out/corner.py\n"
    );
    project.git(&["commit", "-qam", "mine"]);
    project.edit("models/corner.yaml", "name: oil", "name: salt");
    fine(&project.run(&["generate", "--commit"]));
    assert!(
        project
            .git(&["show", "HEAD:out/corner.py"])
            .contains("mine")
    );
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

#[test]
fn text_without_a_place_is_kept_beside_the_artifact() {
    let project = project();
    write(&project);
    project.git(&["commit", "-qam", "mine"]);
    project.edit("models/corner.yaml", "name: tea", "name: rum");
    let ran = project.run(&["generate", "--commit"]);
    fine(&ran);
    assert!(
        ran.err
            .contains("warning[orphaned-region]: out/corner.py has no place"),
        "{ran:?}"
    );
    let kept = "# begin protected tea\nmine\n# end protected tea\n";
    assert_eq!(project.read("out/corner.py.orphaned"), kept);
    assert_eq!(project.git(&["show", "HEAD:out/corner.py.orphaned"]), kept);
    assert_eq!(
        status(&project),
        (1, "orphaned  out/corner.py.orphaned\n".into())
    );
    let ran = project.run(&["accept", "out/corner.py.orphaned"]);
    assert!(
        ran.err.contains("move the text to where it belongs"),
        "{ran:?}"
    );
    // A second one comes behind the first.
    project.edit("out/corner.py", "rum\npass", "rum\nyours");
    project.edit("models/corner.yaml", "name: rum", "name: tea");
    fine(&project.run(&["generate"]));
    assert!(project.read("out/corner.py.orphaned").starts_with(kept));
    assert!(
        project
            .read("out/corner.py.orphaned")
            .ends_with("rum\nyours\n# end protected rum\n")
    );
}

#[test]
fn an_artifact_that_is_not_generated_any_more_stays_with_the_text_of_its_regions() {
    let project = project();
    write(&project);
    project.edit("models/corner.yaml", "name: corner", "name: other");
    assert_eq!(project.run(&["generate"]).code, 1);
    assert!(project.read("out/corner.py").contains("mine"));
    assert_eq!(status(&project), (1, "orphaned  out/corner.py\n".into()));
}

#[test]
fn a_region_whose_comments_were_broken_is_text_like_any_other() {
    let project = project();
    write(&project);
    project.edit("out/corner.py", "# end protected tea\n", "");
    project.edit("greeting.hbs", "print", "log = print");
    fine(&project.run(&["generate"]));
    let text = project.read("out/corner.py");
    assert!(text.contains("mine") && text.contains("log ="), "{text}");
}
