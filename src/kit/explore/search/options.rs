//! What a search leaves out, and where it ends early.

/// What the search leaves out, and how. All find the same failures if they come to their
/// end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Runs every interleaving, each from its start. Their number grows with the factorial of
    /// the steps, so this is for tiny programs, and for checking the other two.
    Plain,
    /// Counts every interleaving, and runs each state's future once. Its cost is the number
    /// of states, not that of interleavings.
    Merged,
    /// Runs one of each class of equivalent interleavings. Under a bound on switches it
    /// runs every interleaving.
    SleepSets,
}

/// Limits of a search. One that is reached is named in
/// [`Search::incomplete`](super::Search::incomplete), so that no figure is taken for a proof.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Switches of a run away from a thread that could continue, at most; `None` for any
    /// number. Switches away from a blocked thread are free.
    pub switches: Option<u32>,
    pub runs: u64,
    /// States to remember, some 60 bytes each. Beyond that, further states are searched
    /// again each time they are met: slower, and still exact.
    pub states: usize,
    /// Whether to stop at the first failure: for searches for one, not for counts.
    pub first_failure: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { switches: None, runs: u64::MAX, states: 8_000_000, first_failure: false }
    }
}
