//! The account that a lock keeps of itself. Must not know how time is read.

use hdrhistogram::Histogram;

/// Waits beyond an hour are counted as an hour.
const LONGEST_NS: u64 = 3_600_000_000_000;
const DIGITS: u8 = 2;

/// Guarded by the lock that it is about.
#[derive(Debug, Default)]
pub(super) struct Account {
    acquisitions: u64,
    contended: u64,
    /// When the present holder got the lock, if its turn is timed; 0 otherwise.
    pub(super) since: u64,
    /// Whether the present holder was already unwinding when it got the lock.
    pub(super) entered_panicking: bool,
    /// Made at the first sample, as most locks of a search never see one.
    times: Option<Box<Times>>,
}

#[derive(Debug)]
struct Times {
    wait: Histogram<u64>,
    hold: Histogram<u64>,
}

/// What a lock can say about its use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LockStats {
    /// Exact.
    pub acquisitions: u64,
    /// Of the timed acquisitions, those that found the lock taken.
    pub contended: u64,
    pub wait: Quantiles,
    pub hold: Quantiles,
}

/// How long something took, over the timed samples, to two digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantiles {
    pub samples: u64,
    pub p50_ns: u64,
    pub p99_ns: u64,
    pub max_ns: u64,
}

impl Account {
    /// A holder comes in.
    #[inline]
    pub(super) fn enter(&mut self, since: u64, panicking: bool) {
        self.acquisitions += 1;
        self.since = since;
        self.entered_panicking = panicking;
    }

    pub(super) fn waited(&mut self, nanos: u64, contended: bool) {
        self.contended += u64::from(contended);
        record(&mut self.times().wait, nanos);
    }

    pub(super) fn held(&mut self, nanos: u64) {
        record(&mut self.times().hold, nanos);
    }

    pub(super) fn stats(&self) -> LockStats {
        let times = self.times.as_deref();
        LockStats {
            acquisitions: self.acquisitions,
            contended: self.contended,
            wait: times
                .map(|times| quantiles(&times.wait))
                .unwrap_or_default(),
            hold: times
                .map(|times| quantiles(&times.hold))
                .unwrap_or_default(),
        }
    }

    fn times(&mut self) -> &mut Times {
        self.times.get_or_insert_with(|| {
            Box::new(Times {
                wait: histogram(),
                hold: histogram(),
            })
        })
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
