//! What holds of the artifacts of one state of a workspace.

/// What was found out about the artifacts of a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How it was found out.
    pub level: Level,
    /// How many artifacts were looked at.
    pub artifacts: usize,
    /// How many of them hold text of the user that belongs there: accepted edits, files that are generated once.
    pub users: usize,
    /// How many artifacts the commit leaves out, by its own rules of what git ignores.
    pub ignored: usize,
    /// What differs, in the order of the paths.
    pub drifts: Vec<Drift>,
}

impl Verdict {
    /// Whether nothing differs.
    pub fn is_clean(&self) -> bool {
        self.drifts.is_empty()
    }

    /// The word in JSON and in reports: `drift`, `nothing`, `digests` or `generated`.
    pub fn word(&self) -> &'static str {
        match (&self.level, self.is_clean()) {
            (_, false) => "drift",
            (Level::Nothing, true) => "nothing",
            (Level::Digests(_), true) => "digests",
            (Level::Generated, true) => "generated",
        }
    }
}

/// How a verdict was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// There is no workspace, or nothing was generated in it yet.
    #[default]
    Nothing,
    /// The digests of the records were held against the files; the reason why no more was done, where it was asked for.
    Digests(Option<String>),
    /// Everything was generated again and compared byte for byte.
    Generated,
}

/// A file that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// Its path below the workspace.
    pub path: String,
    /// In which way.
    pub kind: DriftKind,
    /// The first line that differs, where one does.
    pub at: Option<Difference>,
}

/// The ways in which a file is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DriftKind {
    /// An artifact was edited, and nobody has accepted that.
    Edited,
    /// Nothing generates an artifact any more, and it holds text of the user.
    Orphaned,
    /// An artifact has a conflict that is not resolved.
    Conflict,
    /// An artifact is not there.
    Missing,
    /// Nothing generates an artifact any more.
    LeftOver,
    /// A file stands where an artifact belongs, and no record says that it was generated.
    Foreign,
    /// An artifact is what its record says, and not what the inputs generate.
    Stale,
    /// An input is another than records say, and nothing was generated from it.
    Input {
        /// How many artifacts are behind.
        behind: usize,
        /// The records that say otherwise.
        records: Vec<String>,
    },
    /// An input has errors, so that nothing can be generated: the first of them.
    Broken(String),
    /// A record does not say what was made of what.
    Record,
}

impl DriftKind {
    /// The word in tables and in JSON.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Edited => "edited",
            Self::Orphaned => "orphaned",
            Self::Conflict => "conflict",
            Self::Missing => "missing",
            Self::LeftOver => "left over",
            Self::Foreign => "foreign",
            Self::Stale => "stale",
            Self::Input { .. } => "input",
            Self::Broken(_) => "broken",
            Self::Record => "record",
        }
    }
}

/// The first line that differs between a file and what it must be; none where it ends before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The line, from 1.
    pub line: usize,
    /// What stands there.
    pub found: Option<String>,
    /// What must stand there.
    pub wanted: Option<String>,
}

impl Difference {
    /// Compares what a file is with what it must be.
    pub(super) fn between(found: &[u8], wanted: &[u8]) -> Option<Self> {
        let text = |line: Option<&[u8]>| {
            line.map(|l| {
                String::from_utf8_lossy(l)
                    .trim_end_matches(['\r', '\n'])
                    .to_owned()
            })
        };
        let mut lines = (
            found.split_inclusive(|b| *b == b'\n'),
            wanted.split_inclusive(|b| *b == b'\n'),
        );
        let mut line = 0;
        loop {
            line += 1;
            match (lines.0.next(), lines.1.next()) {
                (None, None) => return None,
                (found, wanted) if found == wanted => {}
                (found, wanted) => {
                    return Some(Self {
                        line,
                        found: text(found),
                        wanted: text(wanted),
                    });
                }
            }
        }
    }
}
