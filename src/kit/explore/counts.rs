//! How many interleavings, and how many of them fail in which way.
//!
//! Exact up to 128 bits: numbers of interleavings grow with the factorial of the steps, and
//! small programs already exceed 64 bits. A number beyond stays at `u128::MAX`, which stands for
//! "this many or more".
//!
//! ```text
//!               state           total 3, failing 1: the sum of what its choices lead to
//!            a ╱     ╲ b
//!         total 1    total 2    searched to their ends: met again, they are added and not run
//!                    failing 1
//! ```

/// Numbers of interleavings. Kept for each state of a merged search, so failures are
/// counted by the number of their kind, and the kinds' names are kept once in `Kinds`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Interleavings that came to an end of their own, failing ones included: what "in all N"
    /// says.
    pub total: u128,
    /// Those that fail, by the number of their kind in `Kinds`; kinds beyond its end have no
    /// failure.
    pub failing: Vec<u128>,
    /// Those that were cut off at the bound on steps: whether they fail is not known.
    /// No part of the total.
    pub cut_off: u128,
}

impl Counts {
    /// One interleaving, failing in the way of this number or not at all: what a run that came to
    /// its end adds.
    pub(crate) fn one(kind: Option<usize>) -> Self {
        let mut failing = Vec::new();
        if let Some(kind) = kind {
            failing.resize(kind + 1, 0);
            failing[kind] = 1;
        }
        Self { total: 1, failing, cut_off: 0 }
    }

    /// One that was cut off at the bound on steps. No part of the total, since how it ends is not
    /// known.
    pub(crate) fn cut_off() -> Self {
        Self { cut_off: 1, ..Self::default() }
    }

    /// Adds the counts of another part of the tree, whose interleavings are others: no interleaving
    /// is in both, so nothing is counted twice.
    pub(crate) fn add(&mut self, other: &Self) {
        self.total = self.total.saturating_add(other.total);
        self.cut_off = self.cut_off.saturating_add(other.cut_off);
        if self.failing.len() < other.failing.len() {
            self.failing.resize(other.failing.len(), 0);
        }
        for (sum, more) in self.failing.iter_mut().zip(&other.failing) {
            *sum = sum.saturating_add(*more);
        }
    }

    /// The number of those that fail, in whatever way. Each fails in one way only, that which ended
    /// it.
    pub fn failed(&self) -> u128 {
        self.failing.iter().fold(0, |sum, more| sum.saturating_add(*more))
    }
}

/// The kinds of failure met so far, numbered in order of appearance. A program has few, so
/// they are searched one by one.
#[derive(Clone, Debug, Default)]
pub struct Kinds(Vec<&'static str>);

impl Kinds {
    /// The number of a kind. A new one gets the next number, so earlier counts keep their meaning.
    pub fn number(&mut self, kind: &'static str) -> usize {
        let known = self.0.iter().position(|&it| it == kind);
        known.unwrap_or_else(|| {
            self.0.push(kind);
            self.0.len() - 1
        })
    }

    /// The kinds with their counts in `counts`, in order of appearance. A kind that only other
    /// states know has no count there and is left out.
    pub fn names<'a>(
        &'a self,
        counts: &'a Counts,
    ) -> impl Iterator<Item = (&'static str, u128)> + 'a {
        self.0.iter().copied().zip(counts.failing.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_beyond_128_bits_stay_at_the_largest_number() {
        let mut counts = Counts { total: 1, failing: vec![1, 1], cut_off: 1 };
        let most = Counts { total: u128::MAX, failing: vec![u128::MAX], cut_off: u128::MAX };
        counts.add(&most);
        assert_eq!(counts, Counts { failing: vec![u128::MAX, 1], ..most });
        assert_eq!(counts.failed(), u128::MAX);
    }
}
