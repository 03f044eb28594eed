//! Checksums at the end of files of git.
//!
//! They are there to find damage, so that no forged collision is looked for, other than in the names of objects: git makes
//! this difference too.

use gix::ObjectId;
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use super::GitError;
use super::error::Context;

/// The checksum of the bytes of a file.
pub(super) fn checksum(bytes: &[u8], hash: gix::hash::Kind) -> Result<ObjectId, GitError> {
    let digest = match hash {
        gix::hash::Kind::Sha1 => Sha1::digest(bytes).to_vec(),
        _ => Sha256::digest(bytes).to_vec(),
    };
    ObjectId::try_from(&*digest).doing("compute the checksum of", "a file of git")
}
