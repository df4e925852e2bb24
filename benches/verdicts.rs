//! Every goal of the benchmarks that were run, in one table.
//!
//! `cargo bench` runs this one last, since it runs them by name. A benchmark that was run alone
//! replaces its own part.

#![allow(missing_debug_implementations)]

mod common;

use std::fs;

fn main() {
    println!("goal: median (quartiles) of the ratios of each round, wanted at most, verdict\n");
    let entries = fs::read_dir(common::kept_goals()).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.path()).collect();
    files.sort();
    for file in files {
        println!("{}", fs::read_to_string(file).unwrap_or_default());
    }
}
