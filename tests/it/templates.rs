//! `template check`: a harder look at templates.

use crate::more;
use crate::project::TestProject;

const CONFIG: &str = "metamodels: [shop.ecore]\nmodels: [models/*.yaml]\ntemplates: [list.hbs, greeting.hbs, more.hbs]\noutput: out\n";

fn with(template: &str) -> TestProject {
    let project = TestProject::small();
    project.write("mlopsgen.yaml", CONFIG);
    project.write("more.hbs", template);
    project
}

#[test]
fn untidy_artifacts_are_reported_at_their_template() {
    let project = with(
        "---\nartifact: more.txt\nfor: {s: Shop}\n---\n{{s.name}} \n{{#each s.items as |i|}}\n\n\n\n{{i.name}}\n{{/each}}\nend",
    );
    let ran = project.run(&["template", "check", "--format", "short"]);
    assert_eq!(
        ran.out,
        "more.hbs:5:11: warning[artifact-untidy]: out/more.txt:1: blanks at the end of the line\n\
         more.hbs:9:1: warning[artifact-untidy]: out/more.txt:4: three empty lines in a row\n\
         more.hbs:12:3: warning[artifact-untidy]: out/more.txt:10: the last line does not end\n"
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(project.run(&["template", "check", "--strict"]).code, 1);
    assert_eq!(project.run(&["check", "--strict"]).code, 0);
}

#[test]
fn a_template_that_prints_nothing_is_reported() {
    let project = with(
        "---\nartifact: more.txt\nfor: {s: Shop}\nwhere: s.items->isEmpty()\n---\n{{s.name}}\n",
    );
    let ran = project.run(&["template", "check", "--format", "short"]);
    assert_eq!(
        ran.out,
        "more.hbs:2:11: warning[template-unused]: no element of the models makes an artifact by this template\n"
    );
}

#[test]
fn the_templates_of_the_pack_are_tidy_over_the_example() {
    let project = TestProject::empty();
    assert_eq!(project.run(&["init", "small"]).code, 0);
    for (path, text) in more::MODELS {
        project.write(path, text);
    }
    let ran = project.run(&["template", "check", "--strict"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.err.contains("no findings in 76 templates, 13 models"),
        "{ran:?}"
    );
}
