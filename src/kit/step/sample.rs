//! Which operations at full speed are timed and emitted: the first [`ALL`] of each thread,
//! so that short runs are known exactly, then one in [`ONE_IN`], so that long runs are not
//! disturbed. Timing an operation reads the clock at least twice, which costs as much as an
//! uncontended lock itself; spread over 256 operations it disappears in the noise.

use std::cell::Cell;

/// Number of first operations of a thread, all of which are timed.
pub const ALL: u32 = 64;
/// After those, one in this number is timed.
pub const ONE_IN: u32 = 256;

thread_local! {
    // Operations until the next one that is timed.
    static LEFT: Cell<u32> = const { Cell::new(0) };
    /// Operations timed so far, up to [`ALL`] - 1, from where it no longer matters.
    static TIMED: Cell<u32> = const { Cell::new(0) };
}

/// Whether this operation of the calling thread is one of those to be timed. Counts it, so
/// a caller must ask exactly once for each operation.
#[inline]
pub(crate) fn sampled() -> bool {
    let left = LEFT.get();
    if left > 0 {
        LEFT.set(left - 1);
        return false;
    }
    rearm();
    true
}

/// The same for a release, whose own acquisition decides whether it is emitted. Only while all
/// operations are timed is it emitted for its own sake: there it may return what another thread
/// took.
pub(crate) fn release_sampled() -> bool {
    TIMED.get() < ALL - 1 && sampled()
}

/// Decides how many operations follow without a sample: none at first, later all but one in
/// [`ONE_IN`].
#[cold]
fn rearm() {
    let timed = TIMED.get() + 1;
    if timed < ALL {
        TIMED.set(timed);
    } else {
        LEFT.set(ONE_IN - 1);
    }
}

/// Starts counting again: a thread that enters a controller begins a run.
pub fn restart() {
    LEFT.set(0);
    TIMED.set(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_are_all_sampled_then_one_in_many() {
        restart();
        let hits: Vec<_> = (0..ALL + 10 * ONE_IN).filter(|_| sampled()).collect();
        let later = (1..=10).map(|n| ALL - 1 + n * ONE_IN);
        assert_eq!(hits, (0..ALL).chain(later).collect::<Vec<_>>());
    }
}
