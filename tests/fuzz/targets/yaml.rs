#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mlopsgen_fuzz::yaml(bytes));
