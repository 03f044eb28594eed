//! What is wrong with a Dockerfile: instructions and their arguments, and the stages that they name.

use super::INSTRUCTIONS;
use crate::diag::nearest;
use crate::generate::language::Flaw;

/// An instruction with the lines that it goes on over.
struct Instruction {
    offset: usize,
    word: String,
    rest: String,
}

/// Finds what is wrong.
pub(super) fn check(text: &str) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let all = instructions(text, &mut flaws);
    let mut stages = Stages {
        names: Vec::new(),
        all: all.iter().filter_map(stage_name).collect(),
    };
    for instruction in &all {
        let found = wrong(instruction, !stages.names.is_empty());
        let found = found.or_else(|| stages.wrong(instruction));
        flaws.extend(found.map(|message| Flaw {
            offset: instruction.offset,
            message,
        }));
        if instruction.word == "FROM" {
            stages
                .names
                .push(stage_name(instruction).unwrap_or_default());
        }
    }
    if stages.names.is_empty() {
        flaws.push(Flaw {
            offset: text.len(),
            message: "there is no FROM".to_owned(),
        });
    }
    flaws
}

/// What is valid and still not wise.
pub(super) fn advise(text: &str) -> Vec<Flaw> {
    let all = instructions(text, &mut Vec::new());
    let users = all.iter().filter(|i| i.word == "USER");
    let named = users.filter(|i| i.rest.starts_with(|c: char| c.is_ascii_alphabetic()));
    named
        .map(|i| Flaw {
            offset: i.offset,
            message:
                "`USER` by name: who runs the image cannot tell that it is not root; say its number"
                    .to_owned(),
        })
        .collect()
}

fn instructions(text: &str, flaws: &mut Vec<Flaw>) -> Vec<Instruction> {
    let mut all: Vec<Instruction> = Vec::new();
    let mut offset = 0;
    let mut continued = false;
    let mut documents: Vec<String> = Vec::new();
    for line in text.split_inclusive('\n') {
        let at = offset;
        offset += line.len();
        let code = line.trim();
        if documents.first().is_some_and(|end| end == code) {
            documents.remove(0);
            continue;
        }
        if !documents.is_empty() || code.starts_with('#') || (code.is_empty() && !continued) {
            continue;
        }
        let (part, goes_on) = match code.strip_suffix('\\') {
            Some(part) => (part, true),
            None => (code, false),
        };
        if continued {
            if let Some(last) = all.last_mut() {
                last.rest.push(' ');
                last.rest.push_str(part.trim());
            }
        } else {
            let blank = char::is_whitespace;
            let (word, rest) = part.split_once(blank).unwrap_or((part, ""));
            all.push(Instruction {
                offset: at,
                word: word.to_ascii_uppercase(),
                rest: rest.trim().to_owned(),
            });
        }
        continued = goes_on;
        if let (false, Some(last)) = (continued, all.last()) {
            documents = here_documents(last);
        }
    }
    if continued {
        flaws.push(Flaw {
            offset: text.len(),
            message: "the last line goes on, and nothing follows".to_owned(),
        });
    }
    if let Some(end) = documents.first() {
        flaws.push(Flaw {
            offset: text.len(),
            message: format!("the text up to `{end}` has no end"),
        });
    }
    all
}

/// The lines that end the texts which follow an instruction: `RUN <<END`.
fn here_documents(instruction: &Instruction) -> Vec<String> {
    if !matches!(instruction.word.as_str(), "RUN" | "COPY" | "ADD") {
        return Vec::new();
    }
    let words = instruction.rest.split_whitespace();
    let named = words.filter_map(|w| w.strip_prefix("<<"));
    let named = named.map(|w| w.trim_start_matches('-').trim_matches(['"', '\'']));
    named
        .filter(|w| w.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
        .map(str::to_owned)
        .collect()
}

/// The arguments behind the flags.
fn arguments(rest: &str) -> impl Iterator<Item = &str> {
    rest.split_whitespace().skip_while(|w| w.starts_with("--"))
}

/// The value of a flag.
fn flag<'r>(rest: &'r str, name: &str) -> Option<&'r str> {
    let mut flags = rest.split_whitespace().take_while(|w| w.starts_with("--"));
    flags.find_map(|w| w.strip_prefix("--")?.strip_prefix(name)?.strip_prefix('='))
}

/// What is wrong with an instruction by itself.
fn wrong(instruction: &Instruction, based: bool) -> Option<String> {
    let Instruction { word, rest, .. } = instruction;
    if !INSTRUCTIONS.contains(&word.as_str()) {
        let near = nearest(word, INSTRUCTIONS.iter().copied());
        let near = near.map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
        return Some(format!("there is no instruction `{word}`{near}"));
    }
    if !based && !matches!(word.as_str(), "FROM" | "ARG") {
        return Some(format!("`{word}` stands before FROM"));
    }
    if rest.is_empty() {
        return Some(format!("`{word}` needs an argument"));
    }
    let takes_array = matches!(
        word.as_str(),
        "CMD" | "ENTRYPOINT" | "SHELL" | "VOLUME" | "COPY" | "ADD" | "RUN"
    );
    let array: String = arguments(rest).collect::<Vec<_>>().join(" ");
    let is_array = takes_array && array.starts_with('[');
    // To a shell, `[` is a command too.
    let tests = word == "RUN" && array.starts_with("[ ");
    if is_array && !tests && serde_json::from_str::<Vec<String>>(&array).is_err() {
        return Some(format!("the array behind `{word}` is not JSON"));
    }
    match word.as_str() {
        "SHELL" if !is_array => Some("`SHELL` takes an array".to_owned()),
        "COPY" | "ADD" if !is_array => copies(word, rest),
        "EXPOSE" => rest.split_whitespace().find_map(port),
        "ENV" | "LABEL" => assigns(word, rest),
        "HEALTHCHECK" => {
            let first = arguments(rest).next().unwrap_or_default();
            let known = ["NONE", "CMD"]
                .iter()
                .any(|w| first.eq_ignore_ascii_case(w));
            (!known).then(|| "`HEALTHCHECK` takes `NONE`, or `CMD` with a command".to_owned())
        }
        "STOPSIGNAL" => (!is_signal(rest)).then(|| format!("`{rest}` is no signal")),
        _ => None,
    }
}

fn copies(word: &str, rest: &str) -> Option<String> {
    let paths: Vec<&str> = arguments(rest).collect();
    if paths.len() < 2 {
        return Some(format!("`{word}` takes what to copy, and where to"));
    }
    let elsewhere = flag(rest, "from").is_some();
    (paths[0].starts_with('/') && !elsewhere).then(|| {
        format!("`{word}` takes its source from the build context, not from an absolute path")
    })
}

fn port(word: &str) -> Option<String> {
    if word.contains('$') {
        return None;
    }
    let (number, protocol) = word.split_once('/').unwrap_or((word, "tcp"));
    let is_port = |n: &str| n.parse::<u16>().is_ok_and(|n| n > 0);
    let ports = number.split('-').all(is_port);
    let known = ["tcp", "udp", "sctp"].contains(&protocol.to_ascii_lowercase().as_str());
    (!ports || !known).then(|| format!("`{word}` is no port: 1 to 65535, perhaps with `/udp`"))
}

/// `KEY=value …` or, as it was written once, `KEY value`.
fn assigns(word: &str, rest: &str) -> Option<String> {
    let first = rest.split_whitespace().next().unwrap_or_default();
    let old = !first.contains('=') && rest.contains(char::is_whitespace);
    let named = !first.starts_with('=');
    (!named || (!old && !first.contains('='))).then(|| format!("`{word}` takes `KEY=value`"))
}

/// The stages of a file.
struct Stages {
    /// Those so far; empty where one has no name.
    names: Vec<String>,
    /// The names of all.
    all: Vec<String>,
}

impl Stages {
    /// What is wrong with the stages that an instruction names.
    fn wrong(&self, instruction: &Instruction) -> Option<String> {
        let rest = &instruction.rest;
        match instruction.word.as_str() {
            "FROM" => self.from(rest),
            "COPY" | "ADD" => self.source(flag(rest, "from")?),
            "RUN" => {
                let mount = flag(rest, "mount")?;
                let from = mount.split(',').find_map(|o| o.strip_prefix("from="))?;
                self.source(from)
            }
            _ => None,
        }
    }

    fn from(&self, rest: &str) -> Option<String> {
        let words: Vec<&str> = arguments(rest).collect();
        let name = match words[..] {
            [image] => {
                return self.later(image);
            }
            [image, r#as, name] if r#as.eq_ignore_ascii_case("as") => {
                if let Some(message) = self.later(image) {
                    return Some(message);
                }
                name
            }
            _ => return Some("`FROM` takes an image, and perhaps `AS` with a name".to_owned()),
        };
        if !is_stage_name(name) {
            return Some(format!("`{name}` cannot name a stage"));
        }
        let twice = self.names.contains(&name.to_lowercase());
        twice.then(|| format!("there is another stage `{name}`"))
    }

    fn later(&self, name: &str) -> Option<String> {
        let name = name.to_lowercase();
        let later = self.all.contains(&name) && !self.names.contains(&name);
        later.then(|| format!("the stage `{name}` begins later"))
    }

    /// Whether there is a stage, or an image, to copy from.
    fn source(&self, name: &str) -> Option<String> {
        let lower = name.to_lowercase();
        let earlier = &self.names[..self.names.len().saturating_sub(1)];
        let image = name.contains(['/', ':', '@', '$']);
        let number = name.parse::<usize>().is_ok_and(|n| n < earlier.len());
        if image || number || earlier.contains(&lower) {
            return None;
        }
        if self.names.last() == Some(&lower) {
            return Some(format!("the stage `{name}` copies from itself"));
        }
        if let Some(message) = self.later(name) {
            return Some(message);
        }
        let near = nearest(
            &lower,
            earlier.iter().map(String::as_str).filter(|n| !n.is_empty()),
        );
        let near = near.map_or_else(
            || "; an image is called with its tag".to_owned(),
            |n| format!("; did you mean `{n}`?"),
        );
        Some(format!("there is no stage `{name}`{near}"))
    }
}

/// The name that `FROM image AS name` gives.
fn stage_name(instruction: &Instruction) -> Option<String> {
    if instruction.word != "FROM" {
        return None;
    }
    let words: Vec<&str> = arguments(&instruction.rest).collect();
    match words[..] {
        [_, r#as, name] if r#as.eq_ignore_ascii_case("as") => Some(name.to_lowercase()),
        _ => None,
    }
}

/// Whether text names a signal, by its name or number.
pub(super) fn is_signal(text: &str) -> bool {
    let number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let name = text.strip_prefix("SIG");
    let inner = |c: char| c.is_ascii_alphanumeric() || "+-".contains(c);
    number || name.is_some_and(|name| name.chars().all(inner))
}

/// Whether a stage can be called so.
pub(super) fn is_stage_name(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_builds_is_not_told() {
        for text in [
            "ARG X=1\nFROM a\nRUN a \\\n    # c\n    && b\nCMD [\"x\"]\n",
            "FROM a AS one\nFROM one AS two\nCOPY --from=one /x /y\nCOPY --from=0 /x /y\n",
            "FROM --platform=$P a:1\nCOPY --chown=1:1 --from=docker.io/b:1 /x /y\nADD [\"a b\", \"c\"]\n",
            "FROM a\nRUN <<END\nnot an instruction\nEND\nEXPOSE 80 8080/udp $PORT 1-2\n",
            "FROM a\nHEALTHCHECK --interval=1s CMD x\nHEALTHCHECK NONE\nSTOPSIGNAL SIGTERM\n",
            "FROM a\nENV A=1 B=2\nENV OLD way\nLABEL \"a b\"=c\nRUN [ -f x ] && y\nSHELL [\"x\", \"-c\"]\n",
            "FROM a AS b\nRUN --mount=type=bind,from=c:1,target=/x y\n",
        ] {
            assert_eq!(check(text), [], "{text}");
        }
    }

    #[test]
    fn what_does_not_build_is_found() {
        for (text, expected) in [
            ("RUN x\n", "`RUN` stands before FROM"),
            (
                "FROM a\nRUNN x\n",
                "there is no instruction `RUNN`; did you mean `RUN`?",
            ),
            ("FROM a\nCMD ['x']\n", "the array behind `CMD` is not JSON"),
            ("FROM a\nSHELL sh -c\n", "`SHELL` takes an array"),
            (
                "FROM a\nCOPY x\n",
                "`COPY` takes what to copy, and where to",
            ),
            (
                "FROM a AS build\nFROM b\nCOPY --from=biuld /x /y\n",
                "there is no stage `biuld`; did you mean `build`?",
            ),
            (
                "FROM a\nCOPY --from=other /x /y\n",
                "there is no stage `other`; an image is called with its tag",
            ),
            (
                "FROM a AS b\nCOPY --from=b /x /y\n",
                "the stage `b` copies from itself",
            ),
            ("FROM b\nFROM a AS b\n", "the stage `b` begins later"),
            ("FROM a AS b\nFROM a AS b\n", "there is another stage `b`"),
            ("FROM a AS 1\n", "`1` cannot name a stage"),
            (
                "FROM a b\n",
                "`FROM` takes an image, and perhaps `AS` with a name",
            ),
            (
                "FROM a\nEXPOSE 0\n",
                "`0` is no port: 1 to 65535, perhaps with `/udp`",
            ),
            ("FROM a\nENV A\n", "`ENV` takes `KEY=value`"),
            (
                "FROM a\nHEALTHCHECK curl x\n",
                "`HEALTHCHECK` takes `NONE`, or `CMD` with a command",
            ),
            ("FROM a\nSTOPSIGNAL TERM\n", "`TERM` is no signal"),
            ("FROM a\nRUN <<END\nx\n", "the text up to `END` has no end"),
        ] {
            let told: Vec<String> = check(text).into_iter().map(|f| f.message).collect();
            assert_eq!(told.first().map(String::as_str), Some(expected), "{text}");
        }
        assert_eq!(advise("FROM a\nUSER app\n").len(), 1);
        assert_eq!(advise("FROM a\nUSER 10001:10001\n"), []);
    }
}
