//! Broken files never break the program: every file of the manual, damaged in many ways, gives findings at worst.

use mlopsgen::diag::render::{self, Style};
use mlopsgen::pipeline;
use mlopsgen::world::MemoryWorld;

use crate::suite;

/// How many damaged versions of each file are tried.
const VERSIONS: usize = 25;
/// The same for workspaces of the pack, each run of which reads a hundred files more.
const VERSIONS_WITH_PACK: usize = 1;

/// A small generator of numbers that are the same in every run (Numerical Recipes).
struct Numbers(u32);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % bound.max(1)
    }
}

/// Pieces that mean something to one of the languages.
const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{{#if ",
    "{{/each}}",
    "${",
    "}",
    "\"",
    "'",
    "<",
    "/>",
    "&",
    "&#0;",
    "]]>",
    "<!--",
    ": ",
    "- ",
    "\n",
    "\t",
    "#",
    "[",
    "{",
    "|",
    "é",
    "\u{202e}",
    "\0",
    "\r",
    "999999999999999999999",
    "-1",
    "null",
    "type: ",
    "*a",
    "&a ",
    "//@",
    "->",
    "::",
];

fn damage(text: &str, numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(bytes.len() + 1);
        let end = (at + numbers.below(12)).min(bytes.len());
        match numbers.below(5) {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            2 if at < bytes.len() => bytes[at] ^= 1 << numbers.below(8),
            3 => {
                let line: Vec<u8> = bytes[at..]
                    .iter()
                    .copied()
                    .take_while(|b| *b != b'\n')
                    .collect();
                bytes.drain(at..at + line.len());
            }
            _ => {
                let piece = PIECES[numbers.below(PIECES.len())];
                bytes.splice(at..at, piece.bytes());
            }
        }
    }
    bytes
}

#[test]
fn damaged_files_give_findings_at_worst() {
    let mut numbers = Numbers(7);
    let mut runs = 0;
    for files in suite::workspaces() {
        let has_pack =
            |(path, text): &(String, String)| path == "mlopsgen.yaml" && text.starts_with("pack:");
        let versions = if files.iter().any(has_pack) {
            VERSIONS_WITH_PACK
        } else {
            VERSIONS
        };
        for (path, text) in &files {
            for _ in 0..versions {
                let mut world = MemoryWorld::default();
                for (other, content) in &files {
                    world.insert(other.as_str(), content);
                }
                world.insert(path.as_str(), damage(text, &mut numbers));
                let run = pipeline::run(&world);
                for diagnostic in run.diagnostics.iter() {
                    assert!(!render::human(diagnostic, &run.sources, Style::Plain).is_empty());
                }
                runs += 1;
            }
        }
    }
    assert!(runs > 2000, "{runs} runs");
}
