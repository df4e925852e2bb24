//! What a lock measures about itself: how often it was taken, and how long threads waited
//! for it and held it. Times come from the caller, so that this file needs no clock.
//!
//! ```text
//! asks ─────────────▶ has it ───────────────────▶ releases
//!  └──── wait ────────┘└──────────── hold ────────┘         of the timed ones: a sample
//!                      └ acquisitions + 1                   of all
//! ```

use hdrhistogram::Histogram;

/// Longest time that is recorded: waits beyond an hour are counted as an hour.
const LONGEST_NS: u64 = 3_600_000_000_000;
/// Significant digits of the histograms: an error of at most 1 %, in some 37 kB for each.
const DIGITS: u8 = 2;

/// Guarded by the lock that it is about. The number of acquisitions is exact; everything
/// else is of the timed ones.
#[derive(Debug, Default)]
pub(crate) struct LockMetrics {
    acquisitions: u64,
    contended: u64,
    /// Whether the present holder's `Acquired` was emitted, so that its `Released` must be.
    pub(crate) emitted: bool,
    /// When the present holder got the lock; 0 if its hold is not timed. Left from an earlier
    /// hold unless `emitted`: only what is emitted is timed, and the fast path has no store
    /// for it.
    pub(crate) since: u64,
    /// Whether the present holder was already unwinding when it got the lock.
    pub(crate) entered_panicking: bool,
    /// Made at the first sample, as most locks of a search never see one.
    times: Option<Box<HoldTimes>>,
}

#[derive(Debug)]
struct HoldTimes {
    wait: Histogram<u64>,
    hold: Histogram<u64>,
}

/// What a lock can report about its use. Only `acquisitions` counts all of them; the other figures
/// are of a sample, so compare them with each other and not with the count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LockStats {
    /// How often it was taken. Exact.
    pub acquisitions: u64,
    /// Of the timed acquisitions, those that found the lock taken.
    pub contended: u64,
    /// Time from asking for the lock to getting it, uncontended acquisitions included. An
    /// acquisition that was not sampled but took longer than a slice
    /// ([`crate::kit::step`]'s poll interval) is timed from the end of that slice.
    pub wait: Quantiles,
    /// Time from getting the lock to releasing it, in ns, of timed holds.
    pub hold: Quantiles,
}

/// How long something took, over the timed samples, to two digits. All 0 without a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantiles {
    pub samples: u64,
    pub p50_ns: u64,
    pub p99_ns: u64,
    pub max_ns: u64,
}

impl LockMetrics {
    /// Counts an acquisition and begins a hold. On the fast path: three stores.
    #[inline]
    pub(crate) fn enter(&mut self, panicking: bool) {
        self.acquisitions += 1;
        self.emitted = false;
        self.entered_panicking = panicking;
    }

    /// Records the wait of a timed acquisition, in ns. `contended` says whether the lock was taken
    /// when the thread came, however short the wait was.
    pub(crate) fn waited(&mut self, nanos: u64, contended: bool) {
        self.contended += u64::from(contended);
        record(&mut self.times().wait, nanos);
    }

    /// Records the length of a timed hold, in ns, from getting the lock to just before its release.
    pub(crate) fn held(&mut self, nanos: u64) {
        record(&mut self.times().hold, nanos);
    }

    pub(crate) fn stats(&self) -> LockStats {
        let times = self.times.as_deref();
        LockStats {
            acquisitions: self.acquisitions,
            contended: self.contended,
            wait: times.map(|times| quantiles(&times.wait)).unwrap_or_default(),
            hold: times.map(|times| quantiles(&times.hold)).unwrap_or_default(),
        }
    }

    fn times(&mut self) -> &mut HoldTimes {
        self.times
            .get_or_insert_with(|| Box::new(HoldTimes { wait: histogram(), hold: histogram() }))
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_max(LONGEST_NS, DIGITS).expect("the bounds are constants that it accepts")
}

fn record(histogram: &mut Histogram<u64>, nanos: u64) {
    histogram.saturating_record(nanos);
}

fn quantiles(histogram: &Histogram<u64>) -> Quantiles {
    Quantiles {
        samples: histogram.len(),
        p50_ns: histogram.value_at_quantile(0.5),
        p99_ns: histogram.value_at_quantile(0.99),
        max_ns: histogram.max(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stats_of_known_times_are_known() {
        let mut metrics = LockMetrics::default();
        assert_eq!(metrics.stats(), LockStats::default());
        // Up to 255 every nanosecond is kept as it is.
        for n in 1..=200 {
            metrics.enter(false);
            metrics.waited(n, n % 4 == 0);
            metrics.held(n + 40);
        }
        // Not timed: counted all the same.
        (0..3).for_each(|_| metrics.enter(false));
        let stats = metrics.stats();
        assert_eq!((stats.acquisitions, stats.contended), (203, 50));
        let wait = Quantiles { samples: 200, p50_ns: 100, p99_ns: 198, max_ns: 200 };
        assert_eq!(stats.wait, wait);
        let hold = Quantiles { samples: 200, p50_ns: 140, p99_ns: 238, max_ns: 240 };
        assert_eq!(stats.hold, hold);
    }

    #[test]
    fn times_are_kept_to_two_digits_and_those_beyond_an_hour_as_an_hour() {
        let mut metrics = LockMetrics::default();
        metrics.waited(1_234_567_890, false);
        let kept = metrics.stats().wait.max_ns;
        assert!(kept.abs_diff(1_234_567_890) < 12_345_678, "{kept}");
        metrics.waited(u64::MAX, true);
        let longest = metrics.stats().wait.max_ns;
        assert!(longest.abs_diff(LONGEST_NS) < LONGEST_NS / 100, "{longest}");
    }
}
