//! Reading of large files into large pages.
//!
//! The memory of a file of hundreds of megabytes costs as much as what is done with its bytes, if the system hands
//! it out in pages of 4 KiB. On Linux it is asked for pages of 2 MiB, which it may give or not.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the gateway to the disk for reading"
)]

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use memmap2::MmapMut;

use crate::world::Bytes;

/// Files of fewer bytes are read as they come.
const LARGE: u64 = 4 << 20;

/// Reads a file that was said to have so many bytes.
pub(super) fn read(path: &Path, length: u64) -> io::Result<Bytes> {
    if length >= LARGE
        && let Some(bytes) = read_large(&mut File::open(path)?, length)?
    {
        return Ok(bytes);
    }
    fs::read(path).map(Bytes::from)
}

/// `None` where there is no such memory, or the file has another length by now.
fn read_large(file: &mut File, length: u64) -> io::Result<Option<Bytes>> {
    let Some(mut memory) = large_pages(length) else {
        return Ok(None);
    };
    match file.read_exact(&mut memory) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let ends = file.read(&mut [0])? == 0;
    Ok(ends.then(|| Bytes::from_owner(memory)))
}

fn large_pages(length: u64) -> Option<MmapMut> {
    let memory = MmapMut::map_anon(usize::try_from(length).ok()?).ok()?;
    // It is a wish only.
    #[cfg(target_os = "linux")]
    let _ = memory.advise(memmap2::Advice::HugePage);
    Some(memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_is_read_whole_whatever_its_length_was_said_to_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        let bytes: Vec<u8> = (0..5 << 20).map(|n: u32| n.to_le_bytes()[0]).collect();
        fs::write(&path, &bytes).unwrap();
        for said in [bytes.len() as u64, LARGE, LARGE + (2 << 20), 1] {
            assert!(read(&path, said).unwrap() == bytes, "{said}");
        }
    }
}
