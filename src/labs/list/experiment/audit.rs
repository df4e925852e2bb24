//! The audit: what became of each value, counted from the data itself.
//!
//! Every value of a round is its own tag, as no two appends of a round carry the same.
//! After all threads have returned, the audit reads what each remover kept and what is
//! left in the list, and counts how often each value appears: once is right, never is a
//! lost update, more often is a duplicate.
//!
//! It does not rely on what threads report. Whether a thread thinks that its operation succeeded
//! does not matter, only where the values are in the end.
//!
//! # The identity
//!
//! Each appearance is a removal or a place in the final list, and each is counted once:
//!
//! ```text
//! removed + left  =  added - lost + duplicated + phantom
//! ```
//!
//! The left side is counted by operations and places, the right side by values, so an
//! audit with a mistake of its own does not balance; see [`Counts::identity`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::scene::units;

/// What became of the values of one round, or of many: counts of rounds are added.
/// Serialised flat into events and into the result, under these names.
///
/// `added` counts the appends that returned, each of a value of its own. `removed` counts
/// the removals that got a value, whichever it was, and `left` the values in the list
/// after the last operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub added: u64,
    pub removed: u64,
    pub left: u64,
    /// Values added that appear nowhere: no thread removed them, and they are not in the
    /// list.
    pub lost: u64,
    /// Appearances beyond the first of values that were added. A value that three threads
    /// removed counts twice.
    pub duplicated: u64,
    /// Appearances of what was never added, such as the 0 of a slot that no store had
    /// reached when it was read.
    pub phantom: u64,
    /// Removals that found the list empty. They are operations, but have no value and no
    /// part in the identity.
    pub empty_pops: u64,
    /// Values that the removals shifted to the left: by the length that each had loaded.
    #[serde(default)]
    pub moved: u64,
}

impl Counts {
    /// Whether anything is wrong that a lock would have prevented. An empty list is not:
    /// removers may be faster than adders with a lock too.
    pub fn anomaly(&self) -> bool {
        [self.lost, self.duplicated, self.phantom].iter().any(|count| *count > 0)
    }

    /// `removed + left = added - lost + duplicated + phantom`: true of every audit, or
    /// the audit itself is wrong. Written without the subtraction, which could go below
    /// 0.
    pub fn identity(&self) -> bool {
        self.removed + self.left + self.lost == self.added + self.duplicated + self.phantom
    }

    /// Values that a removal shifts on average.
    pub fn moved_each(&self) -> u64 {
        self.moved / self.removed.max(1)
    }

    pub fn operations(&self) -> u64 {
        self.added.saturating_add(self.removed).saturating_add(self.empty_pops)
    }
}

/// The identity in figures: `9 removed + 2 left = 10 added - 1 lost + 2 duplicated + 0 phantom`.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [removed, left, added, lost, duplicated, phantom] =
            [self.removed, self.left, self.added, self.lost, self.duplicated, self.phantom]
                .map(units::count);
        write!(
            f,
            "{removed} removed + {left} left = {added} added - {lost} lost + {duplicated} duplicated + {phantom} phantom"
        )
    }
}

/// Sums of rounds keep the identity, because each of its terms is a plain sum. So the
/// figures of a whole run can be checked like those of one round.
impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.added += other.added;
        self.removed += other.removed;
        self.left += other.left;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.phantom += other.phantom;
        self.empty_pops += other.empty_pops;
        self.moved += other.moved;
    }
}

/// Most values of each kind that are named in an [`Audit`]; the counts are of all. As
/// many as fit in a line of the screen.
pub const NAMED: usize = 8;

/// The audit of one round: the counts, and some of the values by name, in ascending order
/// and at most [`NAMED`] of each kind. The names are the same numbers that the threads
/// appended, so a reader can look for them in the story.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    #[serde(flatten)]
    pub counts: Counts,
    pub lost_values: Vec<i64>,
    pub duplicated_values: Vec<i64>,
}

/// What is known of one value of the round: whether some append returned with it, and how
/// often it appears among the removals and in the final list.
#[derive(Clone, Copy, Debug, Default)]
struct ValueCount {
    added: bool,
    times: u32,
}

/// The memory in which rounds are audited. Used again for each round: at full speed there
/// are thousands of them in a second, and the audit is not to be what takes the time.
///
/// The calls come in this order: [`open`](Self::open), then [`added`](Self::added) and
/// [`appears`](Self::appears) in any order, then [`close`](Self::close). Until the next
/// `open` it answers [`lost`](Self::lost).
#[derive(Debug, Default)]
pub struct Ledger {
    /// By value: an array instead of a map, because values are drawn from 1 to a known
    /// number.
    counts: Vec<ValueCount>,
    /// Appearances of values outside of that range, which can't have been added at all.
    unknown: u64,
}

impl Ledger {
    /// Begins the audit of a round whose values lie between 1 and `greatest`. Forgets the
    /// round before; the memory is kept.
    pub fn open(&mut self, greatest: usize) {
        self.counts.clear();
        self.counts.resize(greatest + 1, ValueCount::default());
        self.unknown = 0;
    }

    /// Records that `value` was appended in this round. It must not be called twice for
    /// one value: values are tags.
    pub fn added(&mut self, value: i64) {
        if let Some(count) = self.entry(value) {
            count.added = true;
        }
    }

    /// Counts one appearance: removed by a thread, or left in the list. Any number is
    /// allowed, also one that was never drawn.
    pub fn appears(&mut self, value: i64) {
        match self.entry(value) {
            Some(count) => count.times += 1,
            None => self.unknown += 1,
        }
    }

    /// Whether a value was added and appears nowhere. Right only once all appearances
    /// were counted.
    pub fn lost(&self, value: i64) -> bool {
        usize::try_from(value)
            .ok()
            .and_then(|index| self.counts.get(index))
            .is_some_and(|count| count.added && count.times == 0)
    }

    /// Ends the audit. `totals` contains what was counted on the way: added, removed,
    /// left and empty pops; the rest follows from the values. Takes one pass over the
    /// range of values.
    pub fn close(&self, mut totals: Counts) -> Audit {
        let mut audit = Audit::default();
        totals.phantom += self.unknown;
        for (value, count) in (0i64..).zip(&self.counts) {
            let times = u64::from(count.times);
            match (count.added, times) {
                (true, 0) => {
                    totals.lost += 1;
                    name(&mut audit.lost_values, value);
                }
                // All but one of the appearances are too many, whichever of them is the
                // right one.
                (true, 2..) => {
                    totals.duplicated += times - 1;
                    name(&mut audit.duplicated_values, value);
                }
                (true, 1) => {}
                (false, _) => totals.phantom += times,
            }
        }
        audit.counts = totals;
        audit
    }

    /// The entry of a value that can have been added. Value 0 never is: it is an
    /// unwritten slot, so its appearance is a phantom.
    fn entry(&mut self, value: i64) -> Option<&mut ValueCount> {
        usize::try_from(value)
            .ok()
            .filter(|index| *index > 0)
            .and_then(|index| self.counts.get_mut(index))
    }
}

fn name(values: &mut Vec<i64>, value: i64) {
    if values.len() < NAMED {
        values.push(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn audit(added: &[i64], removed: &[i64], left: &[i64]) -> Audit {
        let mut ledger = Ledger::default();
        ledger.open(99);
        for value in added {
            ledger.added(*value);
        }
        for value in removed {
            ledger.appears(*value);
        }
        for value in left {
            ledger.appears(*value);
        }
        ledger.close(Counts {
            added: added.len() as u64,
            removed: removed.len() as u64,
            left: left.len() as u64,
            ..Counts::default()
        })
    }

    #[test]
    fn each_kind_of_anomaly_is_counted_and_named() {
        let audit = audit(&[64, 7, 16, 8], &[64, 64, 7], &[7, 0, 5]);
        assert_eq!(audit.lost_values, [8, 16]);
        assert_eq!(audit.duplicated_values, [7, 64]);
        assert_eq!((audit.counts.lost, audit.counts.duplicated), (2, 2));
        assert_eq!(audit.counts.phantom, 2);
        assert!(audit.counts.anomaly() && audit.counts.identity());
    }

    #[test]
    fn a_round_in_order_has_no_anomaly() {
        let audit = audit(&[64, 7, 16], &[64, 7], &[16]);
        assert!(!audit.counts.anomaly() && audit.counts.identity());
    }

    proptest! {
        #[test]
        fn the_identity_holds_whatever_appears(
            added in prop::collection::btree_set(1i64..100, 0..40),
            removed in prop::collection::vec(-3i64..120, 0..40),
            left in prop::collection::vec(-3i64..120, 0..40),
        ) {
            let added: Vec<_> = added.into_iter().collect();
            prop_assert!(audit(&added, &removed, &left).counts.identity());
        }
    }
}
