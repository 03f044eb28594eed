//! `report`: the same commits give the same page, whoever asks and from wherever, and nothing in it is more than text.

use crate::project::TestProject;

/// A history that branched, was merged, squashed, edited by hand and restored.
fn history() -> TestProject {
    let project = TestProject::small();
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    assert_eq!(project.run(&["generate", "--commit"]).code, 0);
    project.git(&["switch", "-qc", "side"]);
    project.edit("list.hbs", "items:", "# what there is\nitems:");
    assert_eq!(project.run(&["generate", "--commit"]).code, 0);
    project.git(&["switch", "-q", "main"]);
    project.write("notes.txt", "mine\n");
    project.git(&["add", "notes.txt"]);
    project.git(&["commit", "-qm", "Take <notes> & \"more\""]);
    project.git(&["merge", "-q", "--no-ff", "-m", "Merge side", "side"]);
    project.git(&["switch", "-qc", "other"]);
    project.edit("models/corner.yaml", "price: 4", "price: 5");
    assert_eq!(project.run(&["generate", "--commit"]).code, 0);
    project.edit("models/corner.yaml", "price: 5", "price: 6");
    assert_eq!(project.run(&["generate", "--commit"]).code, 0);
    project.git(&["switch", "-q", "main"]);
    project.git(&["merge", "-q", "--squash", "other"]);
    project.git(&["commit", "-qm", "Dearer, in one commit"]);
    let ran = project.run(&["restore", "HEAD~1", "models", "-m", "Too <dear>"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    project
}

#[test]
fn a_history_of_any_shape_is_told_and_verified() {
    let project = history();
    let ran = project.run(&["report", "--format", "json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["version"], 1);
    assert_eq!(report["verdict"], "generated");
    let commits = report["commits"].as_array().unwrap();
    let subjects: Vec<&str> = commits
        .iter()
        .map(|c| c["subject"].as_str().unwrap())
        .collect();
    assert_eq!(subjects.len(), 6, "{subjects:?}");
    assert!(subjects[0].contains("restore models of"), "{subjects:?}");
    assert_eq!(commits[0]["restored"]["reason"], "Too <dear>");
    let squashed = commits
        .iter()
        .find(|c| c["subject"] == "Dearer, in one commit")
        .unwrap();
    let change = &squashed["inputs"][0]["changes"][0];
    assert_eq!((&change["old"], &change["new"]), (&"4".into(), &"6".into()));
    assert!(
        commits
            .iter()
            .all(|c| c["drifts"].as_array().unwrap().is_empty())
    );
    let ran = project.run(&["report", "HEAD~2..HEAD", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["commits"].as_array().unwrap().len(), 2);
    assert_eq!(report["artifacts"].as_array().unwrap().len(), 2);
}

#[test]
fn the_same_commits_give_the_same_bytes() {
    let project = history();
    for name in ["report.html", "report.md", "report.json"] {
        let ran = project.run(&["report", "-o", name]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let copy = project.copy();
        let ran = copy
            .mlopsgen()
            .args(["-C", "models", "report", "-o", name])
            .env("TZ", "Asia/Kathmandu")
            .env("LC_ALL", "de_DE.UTF-8")
            .current_dir(copy.root())
            .status()
            .unwrap();
        assert!(ran.success());
        let again = copy.read(&format!("models/{name}"));
        assert!(project.read(name) == again, "{name} differs");
    }
}

#[test]
fn nothing_in_the_page_is_more_than_text() {
    let project = history();
    project.write(
        "models/hostile.yaml",
        "name: hostile\nitems: [{name: \"<script>\\u202eb\\\"><img src=x>\", price: 1}]\n",
    );
    let ran = project.run(&["generate", "--commit"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    project.edit("out/corner.py", "\n", "\n# <b>mine</b>\n");
    project.git(&["commit", "-qam", "<h1 onclick=\"x\">"]);
    let ran = project.run(&["report"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let page = &ran.out;
    for never in [
        "<script",
        "<img",
        "<b>",
        "onclick=\"",
        "http:",
        "https:",
        "\u{202e}",
        "<link",
        "url(",
    ] {
        let namespace = "http://www.w3.org/2000/svg";
        assert!(!page.replace(namespace, "").contains(never), "{never}");
    }
    assert!(page.contains("&lt;h1 onclick=&quot;x&quot;&gt;"));
    assert!(page.contains("1 of 4 artifacts is not what is generated"));
    let open = page.matches("<details").count();
    assert_eq!(open, page.matches("</details>").count());
    for tag in [
        "table", "tbody", "div", "span", "p", "h2", "pre", "code", "summary",
    ] {
        let (open, end) = (format!("<{tag}"), format!("</{tag}>"));
        let begins = page
            .match_indices(&open)
            .filter(|(at, _)| page[at + open.len()..].starts_with([' ', '>']));
        assert_eq!(begins.count(), page.matches(&end).count(), "{tag}");
    }
}
