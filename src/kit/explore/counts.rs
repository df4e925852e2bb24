//! How many interleavings, and how many of them fail in which way. Exact, however many.
//!
//! Must not know where they are counted.

/// Numbers of interleavings; failures by the number of their kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Interleavings that came to an end of their own.
    pub total: u128,
    pub failing: Vec<u128>,
    /// Those that were cut off at the bound on steps: whether they fail is not known.
    /// No part of the total.
    pub cut_off: u128,
}

impl Counts {
    /// One interleaving, failing in this way or not at all.
    pub(crate) fn one(kind: Option<usize>) -> Self {
        let mut failing = Vec::new();
        if let Some(kind) = kind {
            failing.resize(kind + 1, 0);
            failing[kind] = 1;
        }
        Self { total: 1, failing, cut_off: 0 }
    }

    /// One that was cut off.
    pub(crate) fn cut_off() -> Self {
        Self { cut_off: 1, ..Self::default() }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.total += other.total;
        self.cut_off += other.cut_off;
        if self.failing.len() < other.failing.len() {
            self.failing.resize(other.failing.len(), 0);
        }
        for (sum, more) in self.failing.iter_mut().zip(&other.failing) {
            *sum += more;
        }
    }

    /// How many fail, in whatever way.
    pub fn failed(&self) -> u128 {
        self.failing.iter().sum()
    }
}

/// The kinds of failure met so far, numbered in order of appearance.
#[derive(Clone, Debug, Default)]
pub struct Kinds(Vec<&'static str>);

impl Kinds {
    pub fn number(&mut self, kind: &'static str) -> usize {
        let known = self.0.iter().position(|&it| it == kind);
        known.unwrap_or_else(|| {
            self.0.push(kind);
            self.0.len() - 1
        })
    }

    pub fn names<'a>(
        &'a self,
        counts: &'a Counts,
    ) -> impl Iterator<Item = (&'static str, u128)> + 'a {
        self.0.iter().copied().zip(counts.failing.iter().copied())
    }
}
