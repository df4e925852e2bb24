//! The audit of a round that is still under way, from what its threads report.
//!
//! It counts as the [audit](super::audit) does: each value is its own tag, and one that appears
//! nowhere is lost, one that appears more than once duplicated. But it sees only what was
//! reported, at the moment of each report, so what it says holds until the round's own audit.
//!
//! An operation changes few places of the list, and only values at these are looked at again:
//! this runs for each operation, also of a run without a screen.
//!
//! ```text
//! reported of a value            it is
//! its append, 1 place            in the list
//! its append, 0 places, removed  taken
//! its append, 0 places           lost, unless a remover may have it in hand
//! places and removals: 2         duplicated
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::ListSnapshot;
use super::op::{Op, OpKind};

/// Values followed in a round, the first ones: at a pace that a person can watch there are no
/// more.
const MOST: usize = 4096;

/// What a round has lost and duplicated so far, by the reports of its threads. Made again for each
/// round.
#[derive(Clone, Debug, Default)]
pub struct LiveAudit {
    values: BTreeMap<i64, Value>,
    /// The list at the last look.
    list: Vec<i64>,
    /// Values of which an operation was added since the last look.
    changed: Vec<i64>,
    /// Values that were added and are nowhere, but may be in the hand of a remover.
    in_hand: BTreeSet<i64>,
}

/// What the round has reported of one value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Value {
    /// The slot that its append wrote; `None` before that was reported.
    slot: Option<usize>,
    removals: usize,
    places: usize,
    /// When it was first seen nowhere, in ns of the run's clock.
    lost_at: Option<u64>,
}

/// A value that was added and is nowhere, with the slot that its append wrote and the time, in ns
/// of the run's clock, at which it was first missed.
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
        // Another thread's operation may have shown it in the list before.
        let list = &self.list;
        let places = || list.iter().filter(|other| **other == op.value).count();
        let entry = self.values.entry(op.value);
        let followed = || Value { places: places(), ..Value::default() };
        match op.kind {
            OpKind::Appended => entry.or_insert_with(followed).slot = Some(op.read.length as usize),
            OpKind::Removed => entry.or_insert_with(followed).removals += 1,
            OpKind::FoundEmpty => return,
        }
        self.changed.push(op.value);
    }

    /// Looks at what has changed in `list`, as an operation left it at the time `at`. `in_hand`
    /// says of which values a remover that is not done yet may have taken: they are not missed.
    pub fn look(&mut self, list: &ListSnapshot, at: u64, in_hand: impl Fn(i64) -> bool) {
        // What lies beyond the values of a snapshot may be anything.
        if list.values.len() < list.length as usize {
            return;
        }
        self.count_places(&list.values);
        for value in self.changed.drain(..) {
            let Some(seen) = self.values.get_mut(&value) else { continue };
            if seen.slot.is_none() || seen.removals + seen.places > 0 {
                seen.lost_at = None;
                self.in_hand.remove(&value);
            } else if seen.lost_at.is_none() {
                self.in_hand.insert(value);
            }
        }
        self.in_hand.retain(|value| {
            let is_lost = !in_hand(*value);
            if is_lost && let Some(seen) = self.values.get_mut(value) {
                seen.lost_at = Some(at);
            }
            !is_lost
        });
    }

    /// Counts the places of the values again at which the list differs from the last one. A
    /// removal moves all that follows; seen from the end, that is where it was.
    fn count_places(&mut self, list: &[i64]) {
        let same = |(old, new): &(&i64, &i64)| old == new;
        let start = self.list.iter().zip(list).take_while(same).count();
        let (old, new) = (&self.list[start..], &list[start..]);
        let end = old.iter().rev().zip(new.iter().rev()).take_while(same).count();
        let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
        for value in old {
            if let Some(seen) = self.values.get_mut(value) {
                seen.places -= 1;
            }
        }
        for value in new {
            if let Some(seen) = self.values.get_mut(value) {
                seen.places += 1;
            }
        }
        self.changed.extend(old.iter().chain(new));
        let place = start..start + old.len();
        self.list.splice(place, new.iter().copied());
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
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::op::{Stamp, Version};
    use super::*;

    fn op(kind: OpKind, value: i64, length: u32) -> Op {
        Op { kind, value, read: Stamp { length, by: Version::START } }
    }

    fn list(values: &[i64]) -> ListSnapshot {
        let length = u32::try_from(values.len()).unwrap();
        ListSnapshot { length, values: values.to_vec() }
    }

    #[test]
    fn what_is_nowhere_is_lost_and_what_is_in_two_places_duplicated() {
        let mut audit = LiveAudit::default();
        for (value, length) in [(64, 0), (7, 1), (16, 1), (8, 2)] {
            audit.add(&op(OpKind::Appended, value, length));
        }
        audit.add(&op(OpKind::Removed, 64, 2));
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

    proptest! {
        /// Whatever is reported in whatever order, a look at the changes finds what a look at
        /// everything finds.
        #[test]
        fn each_look_finds_what_counting_everything_finds(
            steps in vec((0..3usize, 0..6i64, vec(0..6i64, 0..6), 0..6i64, any::<bool>()), 1..40),
        ) {
            let mut audit = LiveAudit::default();
            let mut seen = BTreeMap::<i64, Value>::new();
            for (at, (kind, value, values, held, whole)) in (1..).zip(steps) {
                let kind = [OpKind::Appended, OpKind::Removed, OpKind::FoundEmpty][kind];
                audit.add(&op(kind, value, 3));
                match kind {
                    OpKind::Appended => seen.entry(value).or_default().slot = Some(3),
                    OpKind::Removed => seen.entry(value).or_default().removals += 1,
                    OpKind::FoundEmpty => {}
                }
                let mut list = list(&values);
                list.length += u32::from(!whole);
                audit.look(&list, at, |value| value == held);
                for (value, seen) in seen.iter_mut().filter(|_| whole) {
                    seen.places = values.iter().filter(|other| *other == value).count();
                    let gone = seen.slot.is_some() && seen.removals + seen.places == 0;
                    let lost = (gone && *value != held).then_some(at);
                    seen.lost_at = seen.lost_at.filter(|_| gone).or(lost);
                }
                prop_assert!(!whole || audit.values == seen, "{audit:?} {seen:?}");
            }
        }
    }

    #[test]
    fn a_list_that_is_not_known_as_a_whole_proves_nothing() {
        let mut audit = LiveAudit::default();
        audit.add(&op(OpKind::Appended, 64, 0));
        audit.look(&ListSnapshot { length: 2, values: vec![7] }, 5, |_| false);
        assert_eq!(audit.lost().count(), 0);
    }
}
