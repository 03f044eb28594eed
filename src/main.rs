//! The program `mlopsgen`.

fn main() {}
