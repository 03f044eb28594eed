//! Random models in random layouts under random edits: nothing that the edits do not name is lost or changed.
//!
//! `MLOPSGEN_EDITS` sets how many files are tried.

mod json;
mod layout;
mod oracle;
mod spec;
mod xmi;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::*;
use layout::{Choices, Written};

/// How many files are tried where nothing else is asked for.
const FILES: u32 = 150;

/// What became of the edits of a run.
#[derive(Debug, Default)]
struct Tally {
    made: usize,
    refused: BTreeMap<String, usize>,
}

fn run(path: &'static str, write: fn(&spec::Object, &mut Choices<'_>) -> Written) {
    let files = wish("MLOPSGEN_EDITS");
    let config = Config {
        cases: files.unwrap_or(FILES),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let seed = wish("MLOPSGEN_SEED");
    let seed = seed.unwrap_or(7).to_le_bytes().repeat(4);
    let rng = TestRng::from_seed(RngAlgorithm::XorShift, &seed);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let tally = std::cell::RefCell::new(Tally::default());
    let bytes = |most| prop::collection::vec(any::<u8>(), 0..most);
    let result = runner.run(
        &(bytes(400), bytes(600), bytes(60)),
        |(model, style, edits)| {
            let spec = spec::shop(&mut Choices::new(&model));
            let written = write(&spec, &mut Choices::new(&style));
            try_edits(
                path,
                &written,
                &mut Choices::new(&edits),
                &mut tally.borrow_mut(),
            )
            .map_err(TestCaseError::fail)
        },
    );
    let tally = tally.into_inner();
    if files.is_some() {
        let refused: usize = tally.refused.values().sum();
        // The figures of a long run are its result.
        let shown = format!(
            "{path}: {} made, {refused} refused: {:#?}\n",
            tally.made, tally.refused
        );
        let _ = std::io::Write::write_all(&mut std::io::stderr(), shown.as_bytes());
    }
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a test runs is nothing of the core"
)]
fn wish(name: &str) -> Option<u32> {
    std::env::var(name).ok()?.parse().ok()
}

fn try_edits(
    path: &str,
    written: &Written,
    choices: &mut Choices<'_>,
    tally: &mut Tally,
) -> Result<(), String> {
    let case = Case::new(path, &written.text);
    let (_, found) = verify::read_as(&case.sources, case.file, case.model.metamodel());
    if !found.is_empty() {
        return Err(format!(
            "the test writes what is wrong: {found:?}\n{}",
            written.text
        ));
    }
    for _ in 0..=choices.pick(4) {
        let edits: Vec<Edit> = (0..=choices.pick(3))
            .map(|_| oracle::random_edit(&case, choices))
            .collect();
        match case.apply(&edits) {
            Ok(edited) => {
                tally.made += edits.len();
                check_text(&case, written, &edits, &edited)
                    .and_then(|()| oracle::compare(&case, &edits, &edited))
                    .map_err(|reason| report(written, &edits, &edited.text, &reason))?;
            }
            Err(EditError::Unfaithful { reason, .. }) if reason.contains("two objects") => {
                let kind = "DuplicateId".to_owned();
                *tally.refused.entry(kind).or_default() += edits.len();
            }
            Err(EditError::Unfaithful { reason, found }) => {
                let reason = format!("{reason} {found:#?}");
                return Err(report(written, &edits, "", &reason));
            }
            Err(error)
                if ["meet here", "around its text"]
                    .iter()
                    .any(|words| error.to_string().contains(words)) =>
            {
                return Err(report(written, &edits, "", &error.to_string()));
            }
            Err(error) => {
                let words: String = error
                    .to_string()
                    .chars()
                    .filter(|c| !c.is_ascii_digit())
                    .take(60)
                    .collect();
                let kind = format!("{error:?}");
                let kind = kind.split([' ', '(']).next().unwrap_or_default().to_owned();
                let kind = if kind == "Layout" { words } else { kind };
                *tally.refused.entry(kind).or_default() += edits.len();
            }
        }
    }
    Ok(())
}

fn report(written: &Written, edits: &[Edit], text: &str, reason: &str) -> String {
    format!(
        "{reason}\n--- old\n{}\n--- edits\n{edits:?}\n--- new\n{text}\n",
        written.text
    )
}

/// The text outside of what the edits name is the same, and its comments are all there.
fn check_text(
    case: &Case,
    written: &Written,
    edits: &[Edit],
    edited: &Edited,
) -> Result<(), String> {
    let old = &written.text;
    if text::apply(old, 0..old.len(), &edited.changes) != *edited.text {
        return Err("the changes do not give the text".to_owned());
    }
    let sorted = edited
        .changes
        .windows(2)
        .all(|w| w[0].range.end < w[1].range.start);
    if !sorted {
        return Err(format!("{:?} touch each other", edited.changes));
    }
    if old.contains("\r\n") {
        let lone = edited.text.replace("\r\n", "").matches('\n').count();
        if lone > old.replace("\r\n", "").matches('\n').count() {
            return Err("a line ends in another way".to_owned());
        }
    }
    let json = case.sources.path(case.file).ends_with("json");
    if json && let Err(error) = serde_json::from_str::<serde_json::Value>(&edited.text) {
        return Err(format!("this is no JSON: {error}"));
    }
    let affected = oracle::Affected::of(case, edits, edited);
    for leaf in &written.leaves {
        let object = case.model.objects().into_iter().filter(|o| {
            let span = case.model.object_origin(*o).span();
            span.is_some_and(|s| leaf.object.contains(&(s.start as usize)))
        });
        // Its parts begin behind it.
        let Some(object) =
            object.min_by_key(|o| case.model.object_origin(*o).span().map(|s| s.start))
        else {
            continue;
        };
        if affected.has(case, object, leaf.feature) {
            continue;
        }
        let touched = edited
            .changes
            .iter()
            .find(|c| c.range.start < leaf.range.end && leaf.range.start < c.range.end);
        if let Some(change) = touched {
            return Err(format!("{change:?} touches `{}`", &old[leaf.range.clone()]));
        }
    }
    check_comments(case, written, &affected, edited)
}

fn check_comments(
    case: &Case,
    written: &Written,
    affected: &oracle::Affected,
    edited: &Edited,
) -> Result<(), String> {
    let gone: BTreeSet<usize> = affected.gone_lines(case, written);
    for comment in &written.comments {
        let count = edited.text.matches(&**comment).count();
        let at = written.text.find(&**comment).unwrap_or_default();
        let line = written.text[..at].matches('\n').count();
        if count > 1 || (count == 0 && !gone.contains(&line)) {
            return Err(format!("the comment {comment} stands {count} times"));
        }
    }
    Ok(())
}

/// What breaks files.
const MARKS: &[char] = &[
    '{', '}', '[', ']', ':', ',', '-', '#', '&', '*', '!', '|', '>', '<', '\'', '"', '/', '=',
    '\n', ' ', '\t', '\r', '%', '?', '~', 'é', '\u{feff}', '@', '0', 'a', ';',
];

/// Breaks a text in some places.
fn mutate(text: &str, choices: &mut Choices<'_>) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=choices.pick(4) {
        let at = (choices.pick(256) * 256 + choices.pick(256)) % (chars.len() + 1);
        if choices.one_in(3) {
            let end = (at + choices.pick(12)).min(chars.len());
            chars.drain(at..end);
        } else {
            chars.insert(at, choices.of(MARKS));
        }
    }
    chars.into_iter().collect()
}

/// Edits of files that are broken somewhere are made or refused, and never anything else.
fn run_broken(path: &'static str, write: fn(&spec::Object, &mut Choices<'_>) -> Written) {
    let config = Config {
        cases: wish("MLOPSGEN_EDITS").unwrap_or(FILES),
        failure_persistence: None,
        ..Config::default()
    };
    let seed = wish("MLOPSGEN_SEED").unwrap_or(7).to_le_bytes().repeat(4);
    let rng = TestRng::from_seed(RngAlgorithm::XorShift, &seed);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let bytes = |most| prop::collection::vec(any::<u8>(), 0..most);
    let all = (bytes(200), bytes(300), bytes(80));
    let result = runner.run(&all, |(model, style, edits)| {
        let written = write(
            &spec::shop(&mut Choices::new(&model)),
            &mut Choices::new(&style),
        );
        let mut choices = Choices::new(&edits);
        let case = Case::new(path, &mutate(&written.text, &mut choices));
        if case.model.roots().is_empty() {
            return Ok(());
        }
        for _ in 0..6 {
            let edits: Vec<Edit> = (0..=choices.pick(2))
                .map(|_| oracle::random_edit(&case, &mut choices))
                .collect();
            if let Ok(edited) = case.apply(&edits) {
                let old = &case.sources.file(case.file).text;
                let new = text::apply(old, 0..old.len(), &edited.changes);
                prop_assert_eq!(&new, &*edited.text);
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn edits_of_broken_files_are_made_or_refused() {
    run_broken("shop.yaml", yaml::write);
    run_broken("shop.xmi", xmi::write);
    run_broken("shop.json", json::write);
}

#[test]
fn random_edits_of_yaml_keep_everything_else() {
    run("shop.yaml", yaml::write);
}

#[test]
fn random_edits_of_json_keep_everything_else() {
    run("shop.json", json::write);
}

#[test]
fn random_edits_of_xmi_keep_everything_else() {
    run("shop.xmi", xmi::write);
}
