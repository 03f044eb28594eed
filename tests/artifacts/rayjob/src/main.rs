//! Prints what KubeRay's definition of a RayJob does not know or does not take of the specification that it is given as JSON.

use std::io::{Read, stdin};

use kube_custom_resources_rs::ray_io::v1::rayjobs::RayJobSpec;

fn main() {
    let mut text = String::new();
    if let Err(error) = stdin().read_to_string(&mut text) {
        println!("not read: {error}");
        return;
    }
    let mut reader = serde_json::Deserializer::from_str(&text);
    let mut track = serde_path_to_error::Track::new();
    let known = serde_path_to_error::Deserializer::new(&mut reader, &mut track);
    let read: Result<RayJobSpec, _> =
        serde_ignored::deserialize(known, |path| println!("no key {path}"));
    if let Err(error) = read {
        println!("{}: {error}", track.path());
    }
}
