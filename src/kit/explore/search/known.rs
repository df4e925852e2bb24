//! The counts of the states that a merged search has searched to their end: the whole saving
//! of such a search. Written in as few bytes as their numbers need, because there may be
//! millions of them and most are small.
//!
//! ```text
//! at       │ 0 │ 1 │ 5 │ ...              by the number of a state; 0 is not known
//!                │   ╲
//! bytes    · │ kinds, total, cut off, failing ... │ kinds, total, ...
//!            each number in groups of 7 bits, the lowest first; the top bit: more follow
//! ```

use super::states::StateId;
use crate::kit::explore::counts::Counts;

/// Counts by state. Entered once and never changed.
#[derive(Debug)]
pub struct Known {
    /// Where the counts of a state begin in `bytes`; 0 for one whose counts are not known.
    at: Vec<u32>,
    /// Begins with one byte that belongs to no state.
    bytes: Vec<u8>,
    states: usize,
}

impl Default for Known {
    fn default() -> Self {
        Self { at: Vec::new(), bytes: vec![0], states: 0 }
    }
}

impl Known {
    /// Number of states whose counts are known.
    pub fn len(&self) -> usize {
        self.states
    }

    /// The counts of what follows a state, if they are known.
    pub fn get(&self, state: StateId) -> Option<Counts> {
        let at = *self.at.get(state.0 as usize)? as usize;
        let mut bytes = self.bytes[at..].iter();
        let mut next = || read(&mut bytes);
        (at > 0).then(|| {
            let kinds = next();
            let (total, cut_off) = (next(), next());
            Counts { total, cut_off, failing: (0..kinds).map(|_| next()).collect() }
        })
    }

    /// Enters the counts of a state. With more than four gigabytes of them they are forgotten,
    /// and the state is searched again where it is met: slower, and still exact.
    pub fn insert(&mut self, state: StateId, counts: &Counts) {
        let Ok(at) = u32::try_from(self.bytes.len()) else {
            return;
        };
        let state = state.0 as usize;
        if self.at.len() <= state {
            self.at.resize(state + 1, 0);
        }
        self.at[state] = at;
        self.states += 1;
        let numbers = [counts.failing.len() as u128, counts.total, counts.cut_off];
        for number in numbers.iter().chain(&counts.failing) {
            write(*number, &mut self.bytes);
        }
    }
}

/// Appends a number in groups of 7 bits (LEB128).
fn write(mut number: u128, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

/// The number that [`write()`] wrote.
fn read<'a>(bytes: impl Iterator<Item = &'a u8>) -> u128 {
    let mut number = 0;
    for (group, byte) in (0u32..).zip(bytes) {
        number |= u128::from(byte & 0x7f) << (7 * group);
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_as_they_were_written() {
        let numbers = [0, 1, 127, 128, 300, u128::from(u64::MAX), u128::MAX];
        let mut known = Known::default();
        let counts = |n: usize| Counts {
            total: numbers[n],
            failing: numbers[..n].to_vec(),
            cut_off: numbers[numbers.len() - 1 - n],
        };
        // With a gap, as states that are not yet searched to their end have no counts.
        for n in 0..numbers.len() {
            known.insert(StateId(u32::try_from(2 * n).unwrap()), &counts(n));
        }
        assert_eq!(known.len(), numbers.len());
        for n in 0..numbers.len() {
            let state = u32::try_from(2 * n).unwrap();
            assert_eq!(known.get(StateId(state)), Some(counts(n)));
            assert_eq!(known.get(StateId(state + 1)), None);
        }
    }
}
