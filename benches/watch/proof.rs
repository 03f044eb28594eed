//! How fast a history is proved: that each commit holds what its inputs generate.
//!
//! Each commit has another version of one pipeline, and the others repeat. The peer does what is left to those who have
//! no record of what was made from what: it checks each commit out, renders all, and has git compare.

use std::fs;
use std::path::Path;
use std::time::Instant;

use super::peer::{Peer, Peers};
use super::{git, program, with_version};

/// Adds as many commits to both histories; then how many commits of each are proved in a second.
pub(crate) fn commits_a_second(
    peers: &Peers,
    [ours, theirs]: [&Path; 2],
    (size, commits): (u64, u64),
) -> Result<[f64; 2], String> {
    let mut peer = peers.start(Peer::Python, &[theirs])?;
    for round in 0..commits {
        let (number, version) = (round % size, format!("3.0.{round}"));
        let save = |path: &Path| {
            let text = with_version(path, &version)?;
            fs::write(path, text).map_err(|e| e.to_string())
        };
        save(&ours.join(format!("models/{number}.yaml")))?;
        program(ours, &["generate", "--commit", "-q"])?;
        let path = format!("models/{number}.json");
        save(&theirs.join(&path))?;
        peer.ask(&format!("warm {path}"))?;
    }
    let count = |folder| {
        let count = git(folder, &["rev-list", "--count", "HEAD"])?;
        count.parse::<f64>().map_err(|e| e.to_string())
    };
    let begin = Instant::now();
    program(ours, &["verify", "--all"])?;
    let our_rate = count(ours)? / begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    peer.ask("prove")?;
    Ok([our_rate, count(theirs)? / begin.elapsed().as_secs_f64()])
}
