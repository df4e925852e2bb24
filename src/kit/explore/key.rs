//! Keys of states: 128 bits, so that two different states of any search that fits in memory
//! have the same key less often than the hardware errs.
//!
//! With n states, the chance that any two keys agree is about n² / 2^129: some 10^-25 for
//! eight million. A search therefore keeps the key of a state and not the state. The mixing
//! is that of wyhash: multiply to 128 bits and fold.
//!
//! ```text
//! take(n)   first  = fold(first  ^ n, one constant)
//!           second = fold(second ^ n, another constant) + the new first
//! ```

/// A running hash. Equal only if the same numbers were taken in in the same order, up to
/// the chance above. The same in every run of the program, as there is no random seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(u64, u64);

impl Default for Key {
    // Two arbitrary odd constants with mixed bits: those of the golden ratio and of xxHash.
    fn default() -> Self {
        Self(0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f)
    }
}

impl Key {
    /// Takes a number in. The second half also depends on the first, so that the two are
    /// not the same hash twice.
    #[inline]
    pub fn take(&mut self, number: u64) {
        self.0 = fold(self.0 ^ number, 0xa076_1d64_78bd_642f);
        self.1 = fold(self.1 ^ number, 0xe703_7ed1_a0b4_28db).wrapping_add(self.0);
    }

    /// Takes a signed value in, by its bits: each value has a number of its own.
    #[inline]
    pub fn take_value(&mut self, value: i64) {
        self.take(value.cast_unsigned());
    }

    /// Takes a key in, as a summary of everything that was taken into it. Both halves count.
    #[inline]
    pub fn take_key(&mut self, key: Key) {
        self.take(key.0);
        self.take(key.1);
    }

    /// Takes a text in, with its length first, so that two texts in a row are divided in one way:
    /// `ab`, `c` has another key than `a`, `bc`.
    #[inline]
    pub fn take_text(&mut self, text: &str) {
        self.take(text.len() as u64);
        text.bytes().for_each(|byte| self.take(u64::from(byte)));
    }

    /// 64 bits of it, for showing and for identifying a state on a screen. No basis for a search by
    /// itself: with millions of states, two of them might agree.
    pub fn short(self) -> u64 {
        self.0 ^ self.1.rotate_left(32)
    }
}

/// Multiplies to 128 bits and folds the halves: every bit touches every other.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    #[expect(clippy::cast_possible_truncation, reason = "the halves are wanted")]
    let (low, high) = (product as u64, (product >> 64) as u64);
    // `a` once more, so that a product of 0 does not lose what was taken in before.
    low ^ high ^ a.rotate_left(23)
}
