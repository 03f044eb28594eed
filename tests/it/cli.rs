//! Commands as a user calls them.

use crate::project::TestProject;

#[test]
fn generate_writes_what_changed_and_nothing_else() {
    let project = TestProject::small();
    assert_eq!(
        project.read("out/corner.yaml"),
        "shop: corner\nitems:\n  - tea: 3\n  - milk: 1\n"
    );
    let ran = project.run(&["generate"]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.err.starts_with("wrote 0, unchanged 2 in"),
        "{}",
        ran.err
    );
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    let ran = project.run(&["generate", "--check"]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (1, "stale     out/corner.yaml  +1 -1\n")
    );
    let ran = project.run(&["generate", "--diff"]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.out.contains("-  - tea: 3\n+  - tea: 4\n"),
        "{}",
        ran.out
    );
    assert_eq!(
        project.read("out/corner.yaml"),
        "shop: corner\nitems:\n  - tea: 3\n  - milk: 1\n"
    );
    let ran = project.run(&["generate"]);
    assert!(
        ran.err.starts_with("wrote 1, unchanged 1 in"),
        "{}",
        ran.err
    );
    assert!(project.read("out/corner.yaml").contains("tea: 4"));
}

#[test]
fn a_revision_is_generated_in_memory_and_compared() {
    let project = TestProject::small();
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    assert_eq!(project.run(&["generate", "--commit"]).code, 0);
    for revision in ["HEAD", "HEAD~1"] {
        let ran = project.run(&["generate", "--at", revision]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(
            ran.err.contains(&format!(
                "all 2 artifacts at {revision} are what the inputs generate"
            )),
            "{}",
            ran.err
        );
    }
    // Somebody commits an artifact that no input generates.
    project.edit("out/corner.yaml", "tea: 4", "tea: 5");
    project.git(&["commit", "-qam", "by hand"]);
    let ran = project.run(&["generate", "--at", "HEAD"]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (1, "edited    out/corner.yaml  +1 -1\n"),
        "{ran:?}"
    );
    let ran = project.run(&["generate", "--at", "nowhere"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err
            .contains("`nowhere` is not a commit of this repository"),
        "{}",
        ran.err
    );
}

#[test]
fn files_that_are_not_generated_are_kept_and_reported() {
    let project = TestProject::small();
    project.edit("out/corner.yaml", "tea: 3", "tea: 3 # mine");
    project.write("out/other.yaml", "mine\n");
    project.edit("models/corner.yaml", "name: corner", "name: other");
    let ran = project.run(&["generate"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains(
            "error[foreign-file]: out/other.yaml is there, and mlopsgen did not write it"
        ),
        "{}",
        ran.err
    );
    assert_eq!(project.read("out/other.yaml"), "mine\n");
    assert!(
        project.exists("out/corner.yaml"),
        "the edited file of the renamed shop is kept"
    );
    assert!(
        !project.exists("out/corner.py"),
        "the other file of the renamed shop is removed"
    );
    let ran = project.run(&["generate"]);
    assert!(
        ran.err
            .contains("out/corner.yaml is not generated any more"),
        "it is not forgotten: {}",
        ran.err
    );
    let commits = project.commits();
    let ran = project.run(&["generate", "--commit"]);
    assert_eq!(
        (ran.code, project.commits()),
        (1, commits),
        "nothing is committed beside a finding: {ran:?}"
    );
}

#[test]
fn line_ends_of_a_checkout_are_no_edit() {
    let project = TestProject::small();
    let crlf = project.read("out/corner.yaml").replace('\n', "\r\n");
    project.write("out/corner.yaml", &crlf);
    assert_eq!(project.run(&["generate", "--check"]).code, 0);
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    let ran = project.run(&["generate"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(project.read("out/corner.yaml").contains("tea: 4"));
}

#[test]
fn what_git_ignores_is_not_committed_in_part() {
    let project = TestProject::small();
    project.write("models/secret.yaml", "name: secret\n");
    project.write(".gitignore", "models/secret.yaml\n");
    let commits = project.commits();
    let ran = project.run(&["generate", "--commit"]);
    assert_eq!((ran.code, project.commits()), (2, commits), "{ran:?}");
    assert!(
        ran.err.contains("git ignores models/secret.yaml"),
        "{}",
        ran.err
    );
}

#[test]
fn a_pipe_among_the_artifacts_is_no_end() {
    let project = TestProject::small();
    std::fs::remove_file(project.root().join("out/corner.yaml")).unwrap();
    let made = project
        .command("mkfifo")
        .arg("out/corner.yaml")
        .status()
        .unwrap();
    assert!(made.success());
    let ran = project.run(&["generate"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("it is no regular file"), "{}", ran.err);
}

#[test]
fn a_state_of_git_that_forbids_a_commit_is_told_before_anything_is_written() {
    let project = TestProject::small();
    project.git(&["checkout", "-q", "--detach"]);
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    let ran = project.run(&["generate", "--commit"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.err.contains("nothing written, nothing committed"),
        "{}",
        ran.err
    );
    assert!(project.read("out/corner.yaml").contains("tea: 3"));
}

#[test]
fn a_commit_touches_nothing_else_of_the_user() {
    let project = TestProject::small();
    project.write("notes.txt", "draft\n");
    project.write("staged.txt", "staged\n");
    project.git(&["add", "staged.txt"]);
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    let ran = project.run(&["generate", "--commit"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(
        project.git(&["status", "--porcelain"]),
        "A  staged.txt\n?? notes.txt\n"
    );
    let files = project.git(&["show", "--name-only", "--format=", "HEAD"]);
    assert_eq!(
        files,
        ".mlopsgen/completed/models/corner.yaml\n.mlopsgen/records/models/corner.yaml.json\n\
         models/corner.yaml\nout/corner.yaml\n"
    );
    project.git(&["fsck", "--strict"]);
    let ran = project.run(&["generate", "--commit"]);
    assert!(ran.err.contains("nothing to commit"), "{}", ran.err);
}

#[test]
fn a_line_is_explained_down_to_the_model() {
    let project = TestProject::small();
    let ran = project.run(&["explain", "out/corner.yaml:3"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for part in [
        "list.hbs:8  - {{i.name}}: {{i.price}}",
        "price = 3",
        "models/corner.yaml:3",
        "for element   /corner",
    ] {
        assert!(ran.out.contains(part), "no {part:?} in\n{}", ran.out);
    }
    let ran = project.run(&["explain", "out/corner.yaml:4"]);
    for part in ["set by rule cheap of prices, prices.yaml:7", "last changed"] {
        assert!(ran.out.contains(part), "no {part:?} in\n{}", ran.out);
    }
    assert_eq!(project.run(&["explain", "out/corner.yaml:40"]).code, 2);
    assert!(
        project
            .run(&["explain", "unknown-feature"])
            .out
            .contains("did you mean")
    );
    assert!(
        project
            .run(&["explain", "unknown-featur"])
            .err
            .contains("did you mean `unknown-feature`?")
    );
}

#[test]
fn an_element_is_explained_slot_by_slot() {
    let project = TestProject::small();
    let ran = project.run(&["explain", "/corner/items[milk]", "price"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for part in [
        "/corner/items[milk]  Item in models/corner.yaml",
        "slot",
        "price = 1",
        "set by rule cheap of prices, prices.yaml:7",
    ] {
        assert!(ran.out.contains(part), "no {part:?} in\n{}", ran.out);
    }
    let whole = project.run(&["explain", "/corner/items[milk]"]);
    assert!(whole.out.contains("name = milk") && whole.out.contains("written at"));
    let ran = project.run(&["explain", "/corner/items[mikl]"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("did you mean `/corner/items[milk]`?"),
        "{}",
        ran.err
    );
    let ran = project.run(&["explain", "/corner/items[milk]", "prcie"]);
    assert!(
        ran.err.contains("class `Item` has no feature `prcie`"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("did you mean `price`?"), "{}", ran.err);
}

#[test]
fn rules_run_over_a_model_from_the_command_line() {
    let project = TestProject::small();
    let ran = project.run(&["transform", "--origins"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out.contains("name: milk  # models/corner.yaml:"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("price: 1  # rule cheap (prices.yaml:7)"),
        "{}",
        ran.out
    );
    let ran = project.run(&[
        "transform",
        "prices.yaml",
        "--model",
        "models/corner.yaml",
        "-o",
        "done.json",
        "--trace",
        "trace.json",
    ]);
    assert_eq!(
        (ran.code, &*ran.err),
        (0, "wrote trace.json\nwrote done.json\n"),
        "{ran:?}"
    );
    assert!(project.read("done.json").contains("\"price\": 1"));
    let trace = project.read("trace.json");
    assert!(
        trace.contains("\"schema\": \"mlopsgen.trace/1\"") && trace.contains("\"rule\": \"cheap\"")
    );
    let ran = project.run(&[
        "transform",
        "prices.yaml",
        "--model",
        "models/corner.yaml",
        "-o",
        "a=b.yaml",
    ]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("no model is called `a`"), "{}", ran.err);
}

#[test]
fn what_a_rule_took_from_knowledge_is_explained_and_is_a_cause() {
    let project = TestProject::small();
    project.edit(
        "mlopsgen.yaml",
        "output:",
        "knowledge: [known.yaml]\noutput:",
    );
    project.write(
        "known.yaml",
        "- {type: Item, name: bread, price: 5}\n- {type: Item, name: milk, price: 7}\n",
    );
    project.edit(
        "prices.yaml",
        "{price: 1}",
        "{price: \"${Item.all->any(k | k.name = i.name and k.price <> null).price}\"}",
    );
    let ran = project.run(&["generate", "--commit"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = project.run(&["explain", "out/corner.yaml:4"]);
    // The name of the bread was read in the search for the milk, and says nothing.
    let known = |l: &&str| l.contains("  from  ") && l.contains("known.yaml");
    let from: Vec<&str> = ran.out.lines().filter(known).collect();
    assert_eq!(
        from,
        ["    from        milk.price = 7  known.yaml:2"],
        "{}",
        ran.out
    );
    project.edit("known.yaml", "price: 7", "price: 8");
    assert_eq!(project.run(&["generate", "--commit"]).code, 0);
    assert!(project.read("out/corner.yaml").contains("milk: 8"));
    let message = project.git(&["log", "-1", "--format=%B"]);
    assert!(message.contains("known.yaml changed"), "{message}");
}

#[test]
fn init_copies_each_pipeline_of_the_example() {
    let names = [
        "credit-risk",
        "example-pipeline",
        "heat-demand",
        "machine-failure",
        "vessel-trajectory",
    ];
    for name in names {
        let project = TestProject::empty();
        let ran = project.run(&["init", "--from", name]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let ran = project.run(&["generate"]);
        assert_eq!(ran.code, 0, "{name}: {ran:?}");
        for file in ["train.py", "params.yaml", "tests/test_pipeline.py"] {
            assert!(project.exists(&format!("generated/{name}/{file}")));
        }
        let data = project.read(&format!("data/{name}.csv"));
        assert!(data.lines().count() > 100, "{name} has no data");
        assert!(project.read("data/README.md").contains(name));
    }
    let project = TestProject::empty();
    let ran = project.run(&["init", "--from", "credit"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains(&names.join(", ")), "{ran:?}");
    assert_eq!(project.run(&["init", "churn", "--from", names[0]]).code, 2);
}

#[test]
fn init_makes_a_workspace_that_generates() {
    let project = TestProject::empty();
    let ran = project.run(&["init", "churn"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = project.run(&["check", "--strict"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let schema = project.read(".mlopsgen/schema.json");
    assert_eq!(schema, project.run(&["schema"]).out);
    assert!(
        project
            .read("models/churn.yaml")
            .starts_with("# yaml-language-server: $schema=../.mlopsgen/schema.json\n")
    );
    assert_eq!(project.run(&["generate"]).code, 0);
    assert_eq!(schema, project.read(".mlopsgen/schema.json"));
    assert!(project.exists("generated/churn/train.py"));
    let ran = project.run(&["init", "churn"]);
    assert!(ran.err.contains("nothing created"), "{ran:?}");
    assert_eq!(project.run(&["init", "No Name"]).code, 2);
    assert_eq!(project.run(&["eject", "templates/nothing.hbs"]).code, 2);
    assert_eq!(project.run(&["eject", "metamodel/mlops.ecore"]).code, 0);
    assert!(project.exists("metamodel/mlops.ecore"));
}

#[test]
fn findings_have_forms_for_machines() {
    let project = TestProject::small();
    project.edit("models/corner.yaml", "items:", "itms:");
    let ran = project.run(&["check", "--format", "short"]);
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.out,
        "models/corner.yaml:2:1: error[unknown-feature]: class `Shop` has no feature `itms` (did you mean `items`?)\n"
    );
    let json: serde_json::Value =
        serde_json::from_str(&project.run(&["check", "--format", "json"]).out).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["diagnostics"][0]["place"]["line"], 2);
    assert_eq!(json["diagnostics"][0]["fixes"][0]["replacement"], "items");
    let github = project.run(&["check", "--format", "github"]).out;
    assert!(
        github.starts_with("::error file=models/corner.yaml,line=2,col=1,"),
        "{github}"
    );
    let sarif: serde_json::Value =
        serde_json::from_str(&project.run(&["check", "--format", "sarif"]).out).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "unknown-feature");
}

#[test]
fn a_wide_pattern_does_not_read_what_was_written() {
    let project = TestProject::small();
    project.edit(
        "mlopsgen.yaml",
        "models: [models/*.yaml]",
        "models: [\"**/*.yaml\"]",
    );
    project.edit(
        "mlopsgen.yaml",
        "transforms: [prices.yaml]",
        "transforms: []",
    );
    std::fs::remove_file(project.root().join("prices.yaml")).unwrap();
    let ran = project.run(&["check", "--format", "short"]);
    // `mlopsgen.yaml` is no model, and says so; the artifact `out/corner.yaml` is not looked at.
    assert!(
        ran.out.lines().all(|l| l.starts_with("mlopsgen.yaml:")),
        "{}",
        ran.out
    );
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let project = TestProject::empty();
    let ran = crate::project::Ran::of(
        &project
            .command("sh")
            .args([
                "-c",
                &format!(
                    "{} completions bash | head -1; {0} --help | head -1",
                    env!("CARGO_BIN_EXE_mlopsgen")
                ),
            ])
            .output()
            .unwrap(),
    );
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}
