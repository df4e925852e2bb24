//! What one operation of a tool costs, alone and when several want it: the stopwatch
//! that all tools share, and two locks that are no part of the kit, for comparison.
//!
//! Must not know which tool it times.

use std::io;
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;

use crate::kit::stop::Stop;
use crate::kit::threads::scope;
use crate::scene::units;

use super::tool::Cost;

/// Samples of each figure: enough for a median and an impression of the noise, in a few
/// hundredths of a second.
pub const SAMPLES: usize = 5;
/// How long a sample takes about. Long beside a look at the clock, short beside a time slice of the
/// system's scheduler, so that many samples are not interrupted.
pub const SAMPLE: Duration = Duration::from_millis(4);
/// Operations between two looks at the clock, which costs about as much as a cheap one of them.
const BATCH: u32 = 64;
/// Times that two threads do something together, for one sample. A number and not a time, as
/// both must come equally often or one would wait for ever.
const TOGETHER: u64 = 200;
/// Threads or processes that want the tool at once. Two show the price of contention; more would
/// measure the scheduler on a small machine.
pub const CONTENDERS: usize = 2;

/// Times `op` on one thread, then on [`CONTENDERS`] at once. `op` is one operation, such as taking
/// and releasing a lock.
///
/// # Errors
/// If a thread cannot be started. A stop ends it early, with fewer samples.
pub fn alone_and_contended(
    label: &str,
    stop: &Stop,
    op: impl Fn() + Sync,
) -> io::Result<Vec<Cost>> {
    let timing = Timing::new(stop);
    Ok(vec![timing.alone(label, &op)?, timing.contended(label, &op)?])
}

/// Times `op` on one thread: for tools whose operation cannot be contended.
///
/// # Errors
/// As [`alone_and_contended`].
pub fn alone(label: &str, stop: &Stop, op: impl Fn() + Sync) -> io::Result<Cost> {
    Timing::new(stop).alone(label, &op)
}

/// Times what two threads do together, such as meeting at a barrier: each carries `op` out equally
/// often, and one operation of both counts as one.
///
/// # Errors
/// As [`alone_and_contended`].
pub fn together(label: &str, stop: &Stop, op: impl Fn() + Sync) -> io::Result<Cost> {
    Timing::new(stop).together(label, &op)
}

/// Measures costs by a clock, which tests replace by one that they advance.
struct Timing<'a, C> {
    stop: &'a Stop,
    /// The time since any fixed moment; read by the thread that is timed, so that waking it is
    /// not in the figure.
    clock: C,
}

impl<'a> Timing<'a, ()> {
    fn new(stop: &'a Stop) -> Timing<'a, impl Fn() -> Duration + Sync> {
        let epoch = Instant::now();
        Timing { stop, clock: move || epoch.elapsed() }
    }
}

impl<C: Fn() -> Duration + Sync> Timing<'_, C> {
    fn alone(&self, label: &str, op: &(impl Fn() + Sync)) -> io::Result<Cost> {
        self.cost(label, 1, &|| self.repeat(op))
    }

    fn contended(&self, label: &str, op: &(impl Fn() + Sync)) -> io::Result<Cost> {
        self.cost(label, CONTENDERS, &|| self.repeat(op))
    }

    fn together(&self, label: &str, op: &(impl Fn() + Sync)) -> io::Result<Cost> {
        let both = || {
            (0..TOGETHER).for_each(|_| op());
            // Counted once for both.
            TOGETHER / 2
        };
        self.cost(label, CONTENDERS, &both)
    }

    /// Takes the samples, with new threads for each. They have no lanes, so that the tools emit
    /// no events.
    fn cost(
        &self,
        label: &str,
        threads: usize,
        work: &(impl Fn() -> u64 + Sync),
    ) -> io::Result<Cost> {
        let timed = || {
            let began = (self.clock)();
            (work(), (self.clock)().saturating_sub(began))
        };
        let mut samples = Vec::with_capacity(SAMPLES);
        while samples.len() < SAMPLES && !self.stop.requested() {
            samples.push(scope(|scope| {
                // No thread begins before all are there: they may wait for each other.
                let (go, start) = bounded(threads);
                let members = (0..threads).map(|_| {
                    let start = start.clone();
                    scope.spawn("sync/cost", move || start.recv().ok().map(|()| timed()))
                });
                let members = members.collect::<io::Result<Vec<_>>>()?;
                (0..threads).try_for_each(|_| go.send(())).map_err(io::Error::other)?;
                let parts = members.into_iter().filter_map(|member| member.join().ok()?);
                io::Result::Ok(per_operation(parts))
            })?);
        }
        Ok(Cost { label: label.to_owned(), contended: threads > 1, samples })
    }

    /// Carries `op` out for about [`SAMPLE`], and says how often.
    fn repeat(&self, op: &impl Fn()) -> u64 {
        let (began, mut done) = ((self.clock)(), 0);
        while (self.clock)().saturating_sub(began) < SAMPLE {
            (0..BATCH).for_each(|_| op());
            done += u64::from(BATCH);
        }
        done
    }
}

/// Nanoseconds for each operation, from how many each thread or process carried out and
/// how long that took it: they ran at once, so the longest time is that of all.
#[expect(
    clippy::cast_precision_loss,
    reason = "operations of a few milliseconds are far below 2^52"
)]
pub fn per_operation(parts: impl IntoIterator<Item = (u64, Duration)>) -> f64 {
    let all = parts.into_iter();
    let (done, longest) = all.fold((0, Duration::ZERO), |(done, longest), (part, time)| {
        (done + part, longest.max(time))
    });
    units::in_ns(longest) / done.max(1) as f64
}

/// Locks that others use, under the same stopwatch: what the kit's lock pays for being observed
/// shows beside them.
///
/// # Errors
/// As [`alone_and_contended`].
pub fn baselines(stop: &Stop) -> io::Result<Vec<Cost>> {
    let (std, parking_lot) = (std::sync::Mutex::new(0_u64), parking_lot::Mutex::new(0_u64));
    let mut costs = alone_and_contended("std Mutex", stop, || {
        // No thread panics while holding it.
        if let Ok(mut value) = std.lock() {
            *value += 1;
        }
    })?;
    costs.extend(alone_and_contended("parking_lot Mutex", stop, || {
        *parking_lot.lock() += 1;
    })?);
    Ok(costs)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// What the clock of this thread shows.
        static NOW: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    }

    /// An operation of 250 ns, by the clock of its own thread.
    fn quarter_microsecond() {
        NOW.set(NOW.get() + Duration::from_nanos(250));
    }

    fn timing(stop: &Stop) -> Timing<'_, fn() -> Duration> {
        Timing { stop, clock: || NOW.get() }
    }

    fn assert_cost(cost: &Cost, contended: bool, expected: f64) {
        assert_eq!((cost.contended, cost.samples.len()), (contended, SAMPLES));
        for sample in &cost.samples {
            assert!((sample - expected).abs() < 1e-6, "{cost:?}");
        }
    }

    #[test]
    fn one_thread_pays_the_whole_operation_and_two_at_once_half_of_it_each() {
        let stop = Stop::new();
        let timing = timing(&stop);
        assert_cost(&timing.alone("op", &quarter_microsecond).unwrap(), false, 250.0);
        assert_cost(&timing.contended("op", &quarter_microsecond).unwrap(), true, 125.0);
    }

    #[test]
    fn what_two_do_together_is_counted_once() {
        let stop = Stop::new();
        let cost = timing(&stop).together("op", &quarter_microsecond).unwrap();
        assert_cost(&cost, true, 250.0);
    }

    #[test]
    fn all_operations_share_the_longest_time() {
        let ms = Duration::from_millis;
        let cost = per_operation([(1_000, ms(3)), (2_000, ms(6)), (0, ms(1))]);
        assert!((cost - 2_000.0).abs() < 1e-9, "{cost}");
        assert!(per_operation([(0, ms(1))]).is_finite());
    }

    #[test]
    fn a_stop_request_ends_the_measurement_without_samples() {
        let stop = Stop::new();
        stop.request();
        assert_eq!(timing(&stop).alone("op", &quarter_microsecond).unwrap().samples, [0.0; 0]);
    }
}
