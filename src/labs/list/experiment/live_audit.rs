//! The audit of a round that is still under way, from what its threads report.
//!
//! It counts as the [audit](super::audit) does: each value is its own tag, and one that appears
//! nowhere is lost, one that appears more than once duplicated. But it sees only what was
//! reported, at the moment of each report, so what it says holds until the round's own audit.

use std::collections::BTreeMap;

use super::super::facts::ListSnapshot;
use super::op::{Did, Op};

/// Values followed in a round, the first ones: at a pace that a person can watch there are no
/// more.
const MOST: usize = 4096;

#[derive(Clone, Debug, Default)]
pub struct LiveAudit {
    values: BTreeMap<i64, Value>,
}

/// What the round has reported of one value.
#[derive(Clone, Copy, Debug, Default)]
struct Value {
    /// The slot that its append wrote; `None` before that was reported.
    slot: Option<usize>,
    removals: usize,
    places: usize,
    /// When it was first seen nowhere, in ns of the run's clock.
    lost_at: Option<u64>,
}

/// A value that was added and is nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    pub value: i64,
    pub slot: usize,
    pub at: u64,
}

impl LiveAudit {
    /// Adds an operation that has ended.
    pub fn add(&mut self, op: &Op) {
        if self.values.len() >= MOST && !self.values.contains_key(&op.value) {
            return;
        }
        match op.did {
            Did::Appended => {
                self.values.entry(op.value).or_default().slot = Some(op.read.length as usize);
            }
            Did::Removed => self.values.entry(op.value).or_default().removals += 1,
            Did::FoundEmpty => {}
        }
    }

    /// Looks for each value in `list`, as an operation left it at the time `at`. `in_hand` says
    /// of which values a remover that is not done yet may have taken: they are not missed.
    pub fn look(&mut self, list: &ListSnapshot, at: u64, in_hand: impl Fn(i64) -> bool) {
        // What lies beyond the values of a snapshot may be anything.
        if list.values.len() < list.length as usize {
            return;
        }
        for (value, seen) in &mut self.values {
            seen.places = list.values.iter().filter(|other| *other == value).count();
            let gone = seen.slot.is_some() && seen.removals + seen.places == 0;
            seen.lost_at = match seen.lost_at {
                since @ Some(_) if gone => since,
                _ => (gone && !in_hand(*value)).then_some(at),
            };
        }
    }

    pub fn added(&self) -> u64 {
        self.values.values().filter(|seen| seen.slot.is_some()).count() as u64
    }

    pub fn lost(&self) -> impl Iterator<Item = Lost> {
        self.values.iter().filter_map(|(value, seen)| {
            Some(Lost { value: *value, slot: seen.slot?, at: seen.lost_at? })
        })
    }

    /// Appearances beyond the first, of all values.
    pub fn duplicated(&self) -> u64 {
        let all = self.values.values();
        all.map(|seen| (seen.removals + seen.places).saturating_sub(1) as u64).sum()
    }

    pub fn is_lost(&self, value: i64) -> bool {
        self.values.get(&value).is_some_and(|seen| seen.lost_at.is_some())
    }

    /// Whether a value is in more than one place, or both in the list and removed from it.
    pub fn is_twice(&self, value: i64) -> bool {
        self.values.get(&value).is_some_and(|seen| seen.removals + seen.places > 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::op::{Stamp, Version};
    use super::*;

    fn op(did: Did, value: i64, length: u32) -> Op {
        Op { did, value, read: Stamp { length, by: Version::START } }
    }

    fn list(values: &[i64]) -> ListSnapshot {
        let length = u32::try_from(values.len()).unwrap();
        ListSnapshot { length, values: values.to_vec() }
    }

    #[test]
    fn what_is_nowhere_is_lost_and_what_is_in_two_places_duplicated() {
        let mut audit = LiveAudit::default();
        for (value, length) in [(64, 0), (7, 1), (16, 1), (8, 2)] {
            audit.add(&op(Did::Appended, value, length));
        }
        audit.add(&op(Did::Removed, 64, 2));
        audit.look(&list(&[64, 8, 8]), 5, |value| value == 7);
        let lost: Vec<_> = audit.lost().collect();
        assert_eq!(lost, [Lost { value: 16, slot: 1, at: 5 }]);
        assert_eq!((audit.added(), audit.duplicated()), (4, 2));
        let twice = [64, 7, 16, 8].map(|value| audit.is_twice(value));
        assert_eq!(twice, [true, false, false, true]);
        assert!(audit.is_lost(16) && !audit.is_lost(7));
        // Put down again without having been removed, it is missed from then on; what was
        // missed before keeps its time.
        audit.look(&list(&[64, 8]), 9, |_| false);
        let at: Vec<_> = audit.lost().map(|lost| (lost.value, lost.at)).collect();
        assert_eq!(at, [(7, 9), (16, 5)]);
        assert_eq!(audit.duplicated(), 1);
    }

    #[test]
    fn a_list_that_is_not_known_as_a_whole_proves_nothing() {
        let mut audit = LiveAudit::default();
        audit.add(&op(Did::Appended, 64, 0));
        audit.look(&ListSnapshot { length: 2, values: vec![7] }, 5, |_| false);
        assert_eq!(audit.lost().count(), 0);
    }
}
