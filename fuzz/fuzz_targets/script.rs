//! What a process of a watched script may have left in its files: records, definitions, a trace.
//!
//! `cargo +nightly fuzz run script`
#![no_main]

use libfuzzer_sys::fuzz_target;
use threadbare::kit::python::control::Trace;
use threadbare::kit::python::{Definition, Record, Scope};

fuzz_target!(|bytes: &[u8]| {
    let mut records = Vec::new();
    let bad = Record::read_all(bytes, Scope(1), &mut records);
    assert_eq!(records.len() as u64 + bad, (bytes.len() / Record::SIZE) as u64);
    let mut definitions = Vec::new();
    Definition::read_all(bytes, Scope(1), &mut definitions);
    Trace::read(bytes, bytes);
});
