//! Who waits for what, in the order in which they came.
//!
//! Made from the waits themselves whenever it is asked for, and not kept beside them: a line that
//! is kept goes stale when the record of an end is lost.

use std::collections::HashMap;
use std::hash::Hash;

use crate::printable::Printable;

/// Waiting threads that a line names at most.
const NAMED: usize = 16;

/// The line of those that wait for each thing, from since when each thread waits for what.
pub fn lines<T: Eq + Hash>(
    waits: impl Iterator<Item = (u64, u64, T)>,
    name_of: impl Fn(u64) -> Printable,
) -> HashMap<T, Vec<Printable>> {
    let mut waits: Vec<_> = waits.collect();
    waits.sort_unstable_by_key(|(since, thread, _)| (*since, *thread));
    let mut lines: HashMap<T, Vec<Printable>> = HashMap::new();
    for (_, thread, what) in waits {
        let line = lines.entry(what).or_default();
        if line.len() < NAMED {
            line.push(name_of(thread));
        }
    }
    lines
}
