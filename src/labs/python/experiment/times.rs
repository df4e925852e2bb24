//! How long something took, each time: quantiles to two digits.
//!
//! A histogram with buckets that grow with their values (Gil Tene's HDR histogram) has the same
//! relative error everywhere, and takes the same memory for ten durations and ten million.

use hdrhistogram::Histogram;

use super::super::facts::Times;
use crate::scene::units;
use crate::timeline::stat::P99_SAMPLES;

/// A histogram of this many digits takes some kilobytes.
const DIGITS: u8 = 2;

/// Durations in nanoseconds; empty ones take no room.
#[derive(Debug, Default)]
pub struct Timing(Option<Box<Histogram<u32>>>);

impl Timing {
    pub fn record(&mut self, ns: u64) {
        if self.0.is_none() {
            self.0 = Histogram::new(DIGITS).ok().map(Box::new);
        }
        if let Some(times) = &mut self.0 {
            // Grows with its values, so it refuses none.
            let _ = times.record(ns);
        }
    }

    /// `None` if nothing was ever recorded, which is not the same as durations of 0.
    pub fn report(&self) -> Option<Times> {
        let us = |ns: u64| units::to_f64(ns) / 1e3;
        self.0.as_ref().map(|times| Times {
            p50: us(times.value_at_quantile(0.5)),
            p99: (times.len() >= P99_SAMPLES).then(|| us(times.value_at_quantile(0.99))),
            max: us(times.max()),
            samples: times.len(),
        })
    }
}
