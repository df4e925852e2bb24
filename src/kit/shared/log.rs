//! A log from one process to another: what happened, and when.
//!
//! A ring with one writer and one reader, without a lock. Writing never waits: an entry that
//! finds the ring full is counted and left out, as with every recorder.
//!
//! The writer owns `WRITTEN`, the reader owns `READ`. Each publishes its counter with `Release`
//! after it has used the entry's cells, and the other one loads it with `Acquire` before it
//! uses them: so an entry is read only when it is whole, and overwritten only when it was read.
//! A process that dies at any point leaves a log that can be read.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::region::{Cells, Layout};

/// Entries written so far; changed by the writer alone.
const WRITTEN: usize = 0;
/// Entries read so far; changed by the reader alone.
const READ: usize = 1;
/// Entries that found no room; changed by the writer alone.
const LOST: usize = 2;
const RING: usize = 3;
const ENTRY: usize = 2;

/// Entries of two numbers, in the order in which they were written.
#[derive(Clone, Debug)]
pub struct Log {
    cells: Cells,
}

impl Log {
    /// Number of cells that a log with room for `entries` occupies in a [`super::Region`].
    pub const fn cells(entries: usize) -> usize {
        RING + ENTRY * entries
    }

    /// Lays out a log with room for `entries`, at least 1; empty in a new region.
    pub fn new(layout: &mut Layout, entries: usize) -> Self {
        Self { cells: layout.cells(Self::cells(entries.max(1))) }
    }

    /// Adds an entry, or counts it as lost. For one thread of one process: a second writer
    /// would overwrite the first one's entries.
    pub fn write(&self, entry: [u64; ENTRY]) {
        // Its own counter: no other thread changes it.
        let written = self.cells.wide(WRITTEN).load(Relaxed);
        // Pairs with the Release in `read`: the cells of an entry that was read may be
        // overwritten.
        if written - self.cells.wide(READ).load(Acquire) >= self.room() {
            // A mere count, which orders nothing.
            self.cells.wide(LOST).fetch_add(1, Relaxed);
            return;
        }
        for (at, number) in entry.into_iter().enumerate() {
            self.cell(written, at).store(number, Relaxed);
        }
        // Pairs with the Acquire in `read`: the reader that sees this count sees the entry.
        self.cells.wide(WRITTEN).store(written + 1, Release);
    }

    /// Takes the oldest entry, if there is one. For one thread of one process: two readers
    /// could take the same entry.
    pub fn read(&self) -> Option<[u64; ENTRY]> {
        let read = self.cells.wide(READ).load(Relaxed);
        if read == self.cells.wide(WRITTEN).load(Acquire) {
            return None;
        }
        let entry = std::array::from_fn(|at| self.cell(read, at).load(Relaxed));
        self.cells.wide(READ).store(read + 1, Release);
        Some(entry)
    }

    /// Entries that were written so far, read or not; those that were lost are not counted.
    pub fn written(&self) -> u64 {
        self.cells.wide(WRITTEN).load(Relaxed)
    }

    /// Entries that found no room so far.
    pub fn lost(&self) -> u64 {
        self.cells.wide(LOST).load(Relaxed)
    }

    fn room(&self) -> u64 {
        ((self.cells.count() - RING) / ENTRY) as u64
    }

    fn cell(&self, number: u64, at: usize) -> &std::sync::atomic::AtomicU64 {
        let slot = usize::try_from(number % self.room()).unwrap_or(0);
        self.cells.wide(RING + ENTRY * slot + at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Region;
    use super::*;

    fn log(region: &Region, entries: usize) -> Log {
        Log::new(&mut region.layout(), entries)
    }

    #[test]
    fn a_log_gives_what_was_written_in_its_order_and_counts_what_found_no_room() {
        let region = Region::create(Log::cells(3)).unwrap();
        let (ours, theirs) = (log(&region, 3), log(&region, 3));
        assert_eq!(theirs.read(), None);
        for round in 0..5 {
            (0..3).for_each(|n| ours.write([round, n]));
            let all: Vec<_> = std::iter::from_fn(|| theirs.read()).collect();
            assert_eq!(all, [[round, 0], [round, 1], [round, 2]]);
        }
        (0..5).for_each(|n| ours.write([9, n]));
        assert_eq!(theirs.lost(), 2);
        assert_eq!(theirs.read(), Some([9, 0]));
    }

    #[test]
    fn a_log_loses_nothing_unseen_while_both_are_at_it() {
        const MANY: u64 = 20_000;
        let region = Region::create(Log::cells(16)).unwrap();
        let (ours, theirs) = (log(&region, 16), log(&region, 16));
        let all = std::thread::scope(|scope| {
            let writer = scope.spawn(move || (1..=MANY).for_each(|n| ours.write([n, !n])));
            let mut all = Vec::new();
            while !writer.is_finished() {
                all.extend(theirs.read());
            }
            all.extend(std::iter::from_fn(|| theirs.read()));
            all
        });
        assert_eq!(all.len() as u64 + theirs.lost(), MANY);
        assert!(all.iter().all(|[n, not]| *not == !n), "no entry is torn");
        assert!(all.is_sorted());
    }
}
