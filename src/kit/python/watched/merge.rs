//! The records of several processes in one order.
//!
//! ```text
//!   ring 0 ──read──▶ ..a c|e      a b c: given out, in the order of time
//!   ring 1 ──read──▶ ..b|d        d e: younger than the look, kept for the next one
//! ```
//!
//! The rings are read one after the other, while their processes write. What is read of a later
//! one may be the cause of something that an earlier one will only show at the next look: a lock
//! of `multiprocessing` is released in one process and then acquired in another. But every record
//! that is older than the beginning of the look was complete by then, and so was its cause. Only
//! these are given out; and of a ring that was not read to its end, only what is no younger than
//! what was read of it.

use super::super::record::Record;

/// Keeps what is younger than the last look.
#[derive(Debug, Default)]
pub struct Merger {
    /// With the time at which each stands: those of one process stay in their order, so that is
    /// the latest time up to it.
    kept: Vec<(u64, Record)>,
    /// The latest time of each process so far.
    latest: Vec<u64>,
}

impl Merger {
    /// What was read of the ring at this position, in its order, at this moment: nothing happens
    /// later than it is read, whatever a script may have written there. Returns the latest time of
    /// that ring.
    pub fn add(&mut self, ring: usize, records: Vec<Record>, now: u64) -> u64 {
        if self.latest.len() <= ring {
            self.latest.resize(ring + 1, 0);
        }
        let latest = &mut self.latest[ring];
        self.kept.extend(records.into_iter().map(|record| {
            *latest = record.at.min(now).max(*latest);
            (*latest, record)
        }));
        *latest
    }

    /// Gives out what was written until then.
    pub fn take(&mut self, until: u64, records: &mut Vec<Record>) {
        self.kept.sort_by_key(|(latest, _)| *latest);
        let younger = self.kept.partition_point(|(latest, _)| *latest <= until);
        records.extend(self.kept.drain(..younger).map(|(_, record)| record));
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::record::{RecordKind, RecordPlace};
    use super::*;

    fn of(ident: u64, times: &[u64]) -> Vec<Record> {
        let record =
            |at| Record { at, ident, kind: RecordKind::SleepEnd, place: RecordPlace::default() };
        times.iter().copied().map(record).collect()
    }

    fn taken(merger: &mut Merger, until: u64) -> Vec<(u64, u64)> {
        let mut records = Vec::new();
        merger.take(until, &mut records);
        records.iter().map(|record| (record.ident, record.at)).collect()
    }

    #[test]
    fn records_are_merged_by_time_and_those_of_one_process_stay_in_their_order() {
        let mut merger = Merger::default();
        merger.add(0, of(1, &[5, 3, 7]), 10);
        merger.add(2, of(2, &[4, 5, 6]), 10);
        let all = [(2, 4), (1, 5), (1, 3), (2, 5), (2, 6), (1, 7)];
        assert_eq!(taken(&mut merger, u64::MAX), all);
    }

    #[test]
    fn of_a_ring_that_was_not_read_to_its_end_the_others_wait() {
        let mut merger = Merger::default();
        let read_so_far = merger.add(0, of(1, &[2, 4, 3]), 10);
        assert_eq!(read_so_far, 4);
        // It answers what the first has written at 5, which was not read yet.
        merger.add(1, of(2, &[6]), 10);
        assert_eq!(taken(&mut merger, read_so_far.min(9)), [(1, 2), (1, 4), (1, 3)]);
        merger.add(0, of(1, &[5]), 11);
        assert_eq!(taken(&mut merger, 10), [(1, 5), (2, 6)]);
    }

    #[test]
    fn what_is_younger_than_the_look_waits_for_the_next_one() {
        let mut merger = Merger::default();
        merger.add(0, of(1, &[2, 9]), 10);
        merger.add(1, of(2, &[5, 8]), 10);
        assert_eq!(taken(&mut merger, 5), [(1, 2), (2, 5)]);
        // Of the first, one that stands behind the one that was kept.
        merger.add(0, of(1, &[7]), 10);
        assert_eq!(taken(&mut merger, 9), [(2, 8), (1, 9), (1, 7)]);
        // A time that cannot be.
        merger.add(1, of(2, &[u64::MAX]), 11);
        assert_eq!(taken(&mut merger, 11), [(2, u64::MAX)]);
        assert_eq!(taken(&mut merger, u64::MAX), []);
    }
}
