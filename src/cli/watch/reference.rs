//! The page of the manual about `watch --json`, made from tables that a test holds against what is printed.

/// Names of fields and what they mean.
type Fields = &'static [(&'static str, &'static str)];

/// What stands in the lines: each event with its fields, in order.
pub(super) const FIELDS: &[(&str, &str, Fields)] = &[
    (
        "ready",
        "from now on, changes are seen",
        &[
            ("folder", "the name of the workspace's folder"),
            ("files", "how many files are read, those of the pack aside"),
            ("models", "how many of them are models"),
            ("templates", "how many templates make artifacts"),
            ("artifacts", "how many artifacts there are"),
            ("commits", "whether changes are committed"),
            (
                "poll_ms",
                "how often files are looked at; null where the system tells of changes",
            ),
            ("ms", "how long it took to get ready"),
        ],
    ),
    (
        "entry",
        "a change was taken up",
        &[
            ("run", "the number of the run, from 1"),
            (
                "cause",
                "what changed: a list, below; empty at the start and after the key `r`",
            ),
            ("artifacts", "the artifacts that changed: a list, below"),
            (
                "problems",
                "warnings that were not told before, and conflicts, as in `check --format json`",
            ),
            (
                "state",
                "`committed`; `written` where nothing was to be committed, or `reason` says why it could not be; `unchanged` where there was nothing to commit",
            ),
            ("commit", "the short identity of the commit, or null"),
            ("reason", "why it was not committed, or null"),
            (
                "ms",
                "from the first event of the change to the end of its commit",
            ),
        ],
    ),
    (
        "problems",
        "something is wrong, and nothing was written",
        &[
            ("run", "the number of the run, from 1"),
            ("cause", "what changed since the event before"),
            ("problems", "all findings, as in `check --format json`"),
            ("state", "`held`"),
            ("held", "how many artifacts hang on what changed"),
            ("good", "the last commit of this watch, or null"),
            ("ms", "from the first event of the change"),
        ],
    ),
    (
        "fixed",
        "nothing is wrong any more; an `entry` follows where something is to be written",
        &[("after_ms", "for how long something was wrong")],
    ),
    (
        "paused",
        "something is waited for: the end of a merge, a folder, a key",
        &[("reason", "what"), ("hint", "what ends it")],
    ),
    ("resumed", "it is not waited for any more", &[]),
    (
        "notice",
        "something else that people should know",
        &[("message", "one line")],
    ),
    ("stopped", "the watch ends", &[]),
];

/// The fields of the items of lists.
pub(super) const ITEMS: &[(&str, Fields)] = &[
    (
        "cause",
        &[
            (
                "kind",
                "`model`, `metamodel`, `knowledge`, `constraint`, `rule`, `template`, `config` or `tool`",
            ),
            ("file", "its path"),
            (
                "line",
                "the line of the value or element, else the first that differs; null where there is none",
            ),
            (
                "what",
                "`changed`, `added` or `removed` of a file; `set`, `added`, `removed`, `moved`, `reordered` or `retyped` of an element",
            ),
            ("element", "the element of the model, or null"),
            ("feature", "the feature that was set, or null"),
            ("old", "the value, place, position or class before, or null"),
            ("new", "the same afterwards, or null"),
        ],
    ),
    (
        "artifacts",
        &[
            ("path", "its path"),
            (
                "what",
                "`created`, `updated`, `merged` with edits by hand, `conflict` or `removed`",
            ),
            ("added", "how many lines came"),
            ("removed", "how many lines went"),
            ("template", "the file of its template, or null"),
        ],
    ),
];

/// The page of the manual about `watch --json`.
pub fn reference() -> String {
    let mut page = "\
# What `watch --json` prints

This page is made from the table in the program that its tests compare with what is printed. Each line is one JSON object.
All have `version`, which is 1, `t`, the moment with the time zone, and `event`. Programs should take no notice of fields
and events that they do not know.
"
    .to_owned();
    let mut table = |title: &str, fields: &[(&str, &str)]| {
        page.push_str(title);
        if !fields.is_empty() {
            page.push_str("\n| field | |\n|---|---|\n");
        }
        for (name, meaning) in fields {
            page.push_str(&["| `", name, "` | ", meaning, " |\n"].concat());
        }
    };
    for (event, meaning, fields) in FIELDS {
        table(&format!("\n**`{event}`**: {meaning}.\n"), fields);
    }
    for (list, fields) in ITEMS {
        table(&format!("\nEach of `{list}`:\n"), fields);
    }
    page
}
