//! Files that are built in: the pack of metamodel, rules and templates, and the example workspace.

use std::sync::OnceLock;

use crate::world::MemoryWorld;

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// The name of the built-in pack.
pub const PACK_NAME: &str = "mlops";
/// The folder that the example workspace stands in.
const EXAMPLE_FOLDER: &str = "workspace-example";

/// The built-in pack of a name.
pub fn pack(name: &str) -> Option<&'static MemoryWorld> {
    static PACK: OnceLock<MemoryWorld> = OnceLock::new();
    (name == PACK_NAME).then(|| {
        PACK.get_or_init(|| {
            let mut world = MemoryWorld::labelled(PACK_NAME);
            for (path, bytes) in embedded::PACK {
                world.insert(*path, bytes);
            }
            world
        })
    })
}

/// The files of the example workspace, by their paths below it.
pub fn example() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    embedded::EXAMPLE.iter().filter_map(|(path, bytes)| {
        let path = path.strip_prefix(EXAMPLE_FOLDER)?.strip_prefix('/')?;
        Some((path, *bytes))
    })
}
