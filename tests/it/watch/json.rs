//! What programs are told: the lines of `watch --json`, as they are but for times and commits.

use serde_json::Value;

use super::Watching;
use crate::project::TestProject;

/// The lines with what differs from run to run made equal, one below the other.
fn steady(lines: &[String]) -> String {
    let mut out = String::new();
    for line in lines {
        let mut value: Value = serde_json::from_str(line).unwrap();
        for (key, masked) in [("t", "T"), ("commit", "C"), ("good", "C")] {
            if let Some(Value::String(text)) = value.get_mut(key) {
                masked.clone_into(text);
            }
        }
        for key in ["ms", "after_ms"] {
            if let Some(number) = value.get_mut(key) {
                assert!(number.is_u64(), "{line}");
                *number = 12.into();
            }
        }
        out.push_str(&value.to_string());
        out.push('\n');
    }
    out
}

#[test]
fn every_event_is_one_object_of_known_fields() {
    let project = TestProject::small();
    let watching = Watching::with(&project, &["--json"]);
    let mut lines = watching.until("\"ready\"");
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    lines.extend(watching.until("\"entry\""));
    project.edit("models/corner.yaml", "price: 4", "price: four");
    lines.extend(watching.until("\"problems\""));
    project.edit("models/corner.yaml", "price: four", "price: 4");
    lines.extend(watching.until("\"fixed\""));
    project.write(".git/MERGE_HEAD", &project.git(&["rev-parse", "HEAD"]));
    project.edit("greeting.hbs", "print(", "print(1, ");
    lines.extend(watching.until("\"paused\""));
    std::fs::remove_file(project.root().join(".git/MERGE_HEAD")).unwrap();
    lines.extend(watching.until("\"resumed\""));
    lines.extend(watching.until("\"entry\""));
    let away = project.root().with_file_name("away");
    std::fs::rename(project.root(), &away).unwrap();
    lines.extend(watching.until("\"paused\""));
    std::fs::rename(&away, project.root()).unwrap();
    lines.extend(watching.until("\"resumed\""));
    lines.extend(watching.end("\"stopped\""));
    let lines = steady(&lines);
    assert!(lines == EXPECTED, "{lines}");
}

#[test]
fn lines_say_when_they_were_told() {
    let project = TestProject::small();
    let watching = Watching::with(&project, &["--json", "--poll", "20", "--no-commit"]);
    let ready: Value = serde_json::from_str(&watching.wait_for("\"ready\"")).unwrap();
    assert_eq!(ready["version"], 1);
    assert_eq!(ready["poll_ms"], 20);
    assert_eq!(ready["commits"], false);
    let t = ready["t"].as_str().unwrap();
    assert!(
        t.ends_with("+00:00") && t.len() == "2026-01-02T03:04:05.678+00:00".len(),
        "{t}"
    );
    project.edit("models/corner.yaml", "price: 3", "price: 4");
    let entry: Value = serde_json::from_str(&watching.wait_for("\"entry\"")).unwrap();
    assert_eq!(
        (&entry["state"], &entry["commit"]),
        (&"written".into(), &Value::Null)
    );
    assert_eq!(watching.stop(), 130);
}

const EXPECTED: &str = r#"{"version":1,"t":"T","event":"ready","folder":"work","files":6,"models":1,"templates":2,"artifacts":2,"commits":true,"poll_ms":null,"ms":12}
{"version":1,"t":"T","event":"entry","run":2,"cause":[{"kind":"model","file":"models/corner.yaml","line":3,"what":"set","element":"/corner/items[tea]","feature":"price","old":"3","new":"4"}],"artifacts":[{"path":"out/corner.yaml","what":"updated","added":1,"removed":1,"template":"list.hbs"}],"problems":[],"state":"committed","commit":"C","reason":null,"ms":12}
{"version":1,"t":"T","event":"problems","run":3,"cause":[{"kind":"model","file":"models/corner.yaml","line":3,"what":"changed","element":null,"feature":null,"old":null,"new":null}],"problems":[{"code":"wrong-type","severity":"error","message":"`price` is a whole number, not `four`","place":{"file":"models/corner.yaml","line":3,"column":24,"end_line":3,"end_column":28,"label":"EIntegerObject expected"}}],"state":"held","held":2,"good":"C","ms":12}
{"version":1,"t":"T","event":"fixed","after_ms":12}
{"version":1,"t":"T","event":"entry","run":5,"cause":[{"kind":"template","file":"greeting.hbs","line":5,"what":"changed","element":null,"feature":null,"old":null,"new":null}],"artifacts":[{"path":"out/corner.py","what":"updated","added":1,"removed":1,"template":"greeting.hbs"}],"problems":[],"state":"written","commit":null,"reason":"a merge is in progress","ms":12}
{"version":1,"t":"T","event":"paused","reason":"nothing is committed: a merge is in progress","hint":"end it with `git commit` or `git merge --abort`"}
{"version":1,"t":"T","event":"resumed"}
{"version":1,"t":"T","event":"entry","run":6,"cause":[{"kind":"template","file":"greeting.hbs","line":5,"what":"changed","element":null,"feature":null,"old":null,"new":null}],"artifacts":[],"problems":[],"state":"committed","commit":"C","reason":null,"ms":12}
{"version":1,"t":"T","event":"paused","reason":"the watched folder is gone","hint":"it is watched again once it is there"}
{"version":1,"t":"T","event":"resumed"}
{"version":1,"t":"T","event":"stopped"}
"#;
