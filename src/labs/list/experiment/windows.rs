//! How far a thread's own load and its own store lie apart in time, and what follows from
//! that: how often the exercise itself would lose a value.
//!
//! The natural window is some ten nanoseconds, about what reading the clock takes, and
//! single readings have the resolution of the clock. So the cost of a reading is measured
//! and subtracted, and the typical window is a mean of many, without those in which the
//! thread lost its core.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::settings::EXERCISE_PAUSE;
use super::op::{Op, Role, Version};
use super::shared::SharedList;
use super::stopwatch::{Stopwatch, Timed};
use crate::kit::clock::whole_ns;
use crate::kit::lock::{LockStats, Quantiles};
use crate::kit::stop::{Stop, Stopped};
use crate::scene::units::to_f64;
use crate::timeline::stat::{P99_SAMPLES, Statistic};

/// Timing of one kind of operation, in ns. A field is `None` if no operation was timed.
/// Median, range and samples come from [`Statistic`], because a single figure of a race
/// is worth little.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "each says its unit")]
pub struct Window {
    /// The window without what was added to widen it: what the race would be on its own.
    /// Samples below 0, which the correction for the clock can leave, count as 0.
    pub natural_ns: Option<Statistic>,
    /// The mean of the shorter nine tenths of the natural windows: without those in which
    /// the thread lost its core, and finer than the clock's steps.
    pub typical_ns: Option<f64>,
    /// The window with what was added: what the experiment really ran with.
    pub whole_ns: Option<Statistic>,
}

/// The windows of both kinds of operations. They differ: a removal shifts all values in
/// its window, an append stores one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Windows {
    pub append: Window,
    pub remove: Window,
}

impl Windows {
    /// Both typical natural windows together, in ns: the time in which an adder and a
    /// remover can collide.
    pub fn natural_sum(&self) -> Option<f64> {
        Some(self.append.typical_ns? + self.remove.typical_ns?)
    }

    /// Seconds from one collision to the next for one adder and one remover that pause as
    /// in the exercise, if their phases are as good as random: two operations collide if
    /// either begins within the other's window.
    ///
    /// In each second an adder begins 1/pause operations, and each of them finds the
    /// remover in its window, or is found by it, with probability (append + removal) /
    /// pause. `None` without measured windows.
    pub fn exercise_collision_s(&self) -> Option<f64> {
        collision_s(self.natural_sum()?, EXERCISE_PAUSE)
    }
}

/// The mean time between collisions for windows of this sum and this pause; `None` if the
/// windows are 0, which a coarse clock can report.
fn collision_s(windows_ns: f64, pause: Duration) -> Option<f64> {
    let each_per_second = 1.0 / pause.as_secs_f64();
    let collisions = each_per_second * each_per_second * windows_ns * 1e-9;
    (collisions > 0.0).then(|| 1.0 / collisions)
}

/// Timed operations, the latest of each kind. The latest, not all: memory is bounded, and
/// a change of load shows.
#[derive(Debug, Default)]
pub struct WindowSamples {
    append: Pair,
    remove: Pair,
}

/// Timed operations of each kind that are kept: enough for a steady median and mean, and
/// few enough to sort for each report.
const KEPT: usize = 4096;

/// The samples of one kind of operation, the oldest first. The two queues are of equal
/// length.
#[derive(Debug, Default)]
struct Pair {
    natural: VecDeque<f64>,
    whole: VecDeque<f64>,
}

impl WindowSamples {
    /// Adds an operation of a thread of this role; the oldest one is dropped if there are
    /// too many.
    pub fn add(&mut self, role: Role, timed: Timed) {
        let pair = match role {
            Role::Adder => &mut self.append,
            Role::Remover => &mut self.remove,
        };
        for (kept, ns) in [(&mut pair.natural, timed.natural_ns), (&mut pair.whole, timed.whole_ns)]
        {
            if kept.len() == KEPT {
                kept.pop_front();
            }
            kept.push_back(ns);
        }
    }

    pub fn windows(&self) -> Windows {
        Windows { append: self.append.window(), remove: self.remove.window() }
    }
}

/// Operations of each kind by which the windows are first measured. Few, because each is
/// preceded by a sleep, and the user waits for the first round meanwhile.
const TRIALS: usize = 10;
/// Values on the list meanwhile, about as in the exercise: what a removal shifts is part
/// of its window.
const LENGTH: usize = 3;
/// How long the thread sleeps before each operation. After it the operation runs on a
/// processor that has just been woken, as after the pause of the exercise, if not with
/// caches as cold as after half a second.
const WARM_SLEEP: Duration = Duration::from_micros(50);

/// Windows measured on a list without other threads, by a thread that has just slept,
/// like those of the exercise. `now` reads the clock, which costs `clock_cost`. Takes a
/// few milliseconds; a stop ends the sleeps.
pub fn after_sleep(now: impl Fn() -> u64, clock_cost: f64, stop: &Stop) -> Windows {
    let mut window_samples = WindowSamples::default();
    let list = SharedList::new(TRIALS + LENGTH);
    let append = || list.append(1, Version::START, |_, _| Ok(()));
    let remove = || list.remove(Version::START, |_, _| Ok(()));
    let mut time = |role, operation: &dyn Fn() -> Result<Op, Stopped>| {
        stop.sleep(WARM_SLEEP);
        let stopwatch = Stopwatch::start(&now, clock_cost);
        let done = operation();
        let timed = stopwatch.stop();
        // Always: nothing is added to this window that could be stopped.
        if done.is_ok() {
            window_samples.add(role, timed);
        }
    };
    // The first appends only fill the list, so that each removal finds values to shift.
    for trial in 0..TRIALS + LENGTH {
        time(Role::Adder, &append);
        if trial >= LENGTH {
            time(Role::Remover, &remove);
        }
    }
    window_samples.windows()
}

impl Pair {
    fn window(&self) -> Window {
        Window {
            natural_ns: statistic(&self.natural),
            typical_ns: typical(&self.natural),
            whole_ns: statistic(&self.whole),
        }
    }
}

/// Of times that cannot be negative: a step of the clock more may have been subtracted
/// than the window was long.
fn statistic(times: &VecDeque<f64>) -> Option<Statistic> {
    let times: Vec<_> = times.iter().map(|ns| ns.max(0.0)).collect();
    Statistic::of(&times)
}

/// The mean of the lower nine tenths; `None` without samples. Negative samples stay in
/// the sum, where they balance those that were rounded up.
fn typical(times: &VecDeque<f64>) -> Option<f64> {
    let mut times: Vec<_> = times.iter().copied().collect();
    times.sort_by(f64::total_cmp);
    times.truncate((times.len() * 9).div_ceil(10));
    let count = to_f64(times.len() as u64);
    (count > 0.0).then(|| (times.iter().sum::<f64>() / count).max(0.0))
}

/// What one reading of the clock costs, in ns: the typical distance of two readings
/// without anything between them.
pub fn clock_cost(now: impl Fn() -> u64) -> f64 {
    let once = |_| {
        let from = now();
        to_f64(now() - from)
    };
    typical(&(0..1000).map(once).collect()).unwrap_or(0.0)
}

/// Waits for the lock and times it was held, since the run began. Sampled by the lock
/// itself; see [`LockStats`]. With the lock on, this is the price of being right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockTimes {
    /// Exact, unlike the times, which are of the acquisitions that were timed.
    pub acquisitions: u64,
    #[serde(with = "micros")]
    pub wait: Quantiles,
    #[serde(with = "micros")]
    pub hold: Quantiles,
}

impl LockTimes {
    /// `None` if no acquisition was timed: times of 0 would look like measured ones.
    pub fn of(stats: &LockStats) -> Option<Self> {
        (stats.wait.samples > 0).then_some(Self {
            acquisitions: stats.acquisitions,
            wait: stats.wait,
            hold: stats.hold,
        })
    }
}

/// Quantiles in the form of the result: in µs, with the unit in the name of the field
/// that contains them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Micros {
    pub p50: f64,
    /// `None` of fewer than [`P99_SAMPLES`]: there it would be the maximum under another
    /// name.
    pub p99: Option<f64>,
    pub max: f64,
}

impl From<Quantiles> for Micros {
    fn from(quantiles: Quantiles) -> Self {
        let us = |ns| to_f64(ns) / 1e3;
        Self {
            p50: us(quantiles.p50_ns),
            p99: p99_ns(&quantiles).map(us),
            max: us(quantiles.max_ns),
        }
    }
}

pub fn p99_ns(of: &Quantiles) -> Option<u64> {
    (of.samples >= P99_SAMPLES).then_some(of.p99_ns)
}

/// Quantiles in the result's form, with the number of samples, so that they can be read back.
mod micros {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Duration, Micros, Quantiles, whole_ns};

    #[derive(Serialize, Deserialize)]
    struct Counted {
        #[serde(flatten)]
        times: Micros,
        samples: u64,
    }

    pub fn serialize<S: Serializer>(of: &Quantiles, serializer: S) -> Result<S::Ok, S::Error> {
        Counted { times: (*of).into(), samples: of.samples }.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Quantiles, D::Error> {
        let Counted { times: Micros { p50, p99, max }, samples } =
            Counted::deserialize(deserializer)?;
        let ns = |us: f64| {
            let time = Duration::try_from_secs_f64(us / 1e6).map_err(serde::de::Error::custom)?;
            Ok(whole_ns(time))
        };
        // A quantile that is not written because of too few samples is not shown either.
        let p99_ns = p99.map_or(Ok(0), ns)?;
        Ok(Quantiles { samples, p50_ns: ns(p50)?, p99_ns, max_ns: ns(max)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_second_and_35_ns_make_one_collision_in_about_three_months() {
        let seconds = collision_s(35.0, EXERCISE_PAUSE).unwrap();
        let days = seconds / 86_400.0;
        assert!((82.0..83.0).contains(&days), "{days}");
        assert_eq!(collision_s(0.0, EXERCISE_PAUSE), None);
    }

    /// A clock that advances by `each` ns with each reading.
    fn ticking(each: u64) -> impl Fn() -> u64 {
        let at = std::cell::Cell::new(0);
        move || at.replace(at.get() + each)
    }

    #[test]
    fn what_the_clock_costs_is_taken_off_what_it_measures() {
        let cost = clock_cost(ticking(20));
        assert!((cost - 20.0).abs() < 1e-9, "{cost}");
        let windows = after_sleep(ticking(50), cost, &Stop::new());
        for window in [windows.append, windows.remove] {
            for statistic in [window.natural_ns, window.whole_ns] {
                let found = statistic.map(|s| (s.min, s.median, s.max));
                assert_eq!(found, Some((30.0, 30.0, 30.0)));
            }
            assert_eq!(window.typical_ns, Some(30.0));
        }
        assert_eq!(windows.natural_sum(), Some(60.0));
        let samples = |window: Window| window.natural_ns.map(|s| s.samples);
        assert_eq!(samples(windows.append), Some(TRIALS + LENGTH));
        assert_eq!(samples(windows.remove), Some(TRIALS));
    }

    #[test]
    fn each_operation_that_is_timed_comes_after_a_sleep() {
        let began = std::time::Instant::now();
        after_sleep(ticking(1), 0.0, &Stop::new());
        let operations = u32::try_from(TRIALS + LENGTH + TRIALS).unwrap();
        assert!(began.elapsed() >= operations * WARM_SLEEP);
    }

    #[test]
    fn lock_times_are_in_microseconds_and_without_p99_of_few() {
        let of = |samples| Quantiles { samples, p50_ns: 1_500, p99_ns: 20_000, max_ns: 3_000_000 };
        let shown = |samples| serde_json::to_value(Micros::from(of(samples))).unwrap();
        assert_eq!(shown(100), serde_json::json!({ "p50": 1.5, "p99": 20.0, "max": 3000.0 }));
        assert_eq!(shown(99), serde_json::json!({ "p50": 1.5, "p99": null, "max": 3000.0 }));
        let stats = LockStats { acquisitions: 7, contended: 2, wait: of(5), hold: of(6) };
        let times = LockTimes::of(&stats).unwrap();
        assert_eq!((times.acquisitions, times.wait.samples), (7, 5));
        assert_eq!(times.hold.samples, 6);
        assert_eq!(LockTimes::of(&LockStats::default()), None);
    }

    #[test]
    fn window_samples_keep_the_latest_and_their_typical_time_is_that_of_nine_tenths() {
        let of = |times: &[f64]| {
            let mut window_samples = WindowSamples::default();
            for natural_ns in times.iter().copied() {
                let whole_ns = natural_ns;
                let timed = Timed { natural_ns, whole_ns };
                window_samples.add(Role::Remover, timed);
            }
            window_samples.windows().remove
        };
        // 1 to 9, without the 900.
        let typical = of(&[9.0, 8.0, 7.0, 900.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]).typical_ns;
        assert_eq!(typical, Some(5.0));
        let mut many = vec![10.0; KEPT + 1];
        many[0] = 900.0;
        let max = |window: Window| window.natural_ns.map(|of| (of.max, of.samples));
        assert_eq!(max(of(&many)), Some((10.0, KEPT)));
        many[1] = 900.0;
        assert_eq!(max(of(&many)), Some((900.0, KEPT)));
        // A clock's step more was taken off than there was.
        let min = of(&[-3.0, -2.0]).natural_ns.map(|of| (of.min, of.max));
        assert_eq!(min, Some((0.0, 0.0)));
    }

    #[test]
    fn window_samples_distinguish_the_kinds_of_threads() {
        let mut window_samples = WindowSamples::default();
        for natural_ns in [10.0, 12.0, 14.0, 900.0].into_iter().cycle().take(40) {
            let whole_ns = natural_ns + 500.0;
            window_samples.add(Role::Adder, Timed { natural_ns, whole_ns });
        }
        // One that lost its core does not belong to the typical ones.
        for _ in 0..400 {
            window_samples.add(Role::Adder, Timed { natural_ns: 12.0, whole_ns: 512.0 });
        }
        let windows = window_samples.windows();
        assert_eq!(windows.append.natural_ns.map(|s| (s.median, s.max)), Some((12.0, 900.0)));
        let typical = windows.append.typical_ns.unwrap();
        assert!((11.5..12.5).contains(&typical), "{typical}");
        assert_eq!(windows.remove, Window::default());
        assert_eq!(windows.natural_sum(), None);
    }
}
