//! What one operation of a tool costs, alone and when several want it: the stopwatch
//! that all tools share, and two locks that are no part of the kit, for comparison.
//!
//! Must not know which tool it times.

use std::io;
use std::time::{Duration, Instant};

use crate::kit::crew::team;
use crate::kit::stop::Stop;

use super::tool::Cost;

/// Samples of each figure.
const SAMPLES: usize = 5;
/// How long a sample takes about.
const SAMPLE: Duration = Duration::from_millis(4);
/// Operations between two looks at the clock.
const BATCH: u32 = 64;
/// Times that two threads do something together, for one sample.
const TOGETHER: u64 = 200;
/// Threads that want the tool at once.
const CONTENDERS: usize = 2;

/// Times `op` on one thread, then on [`CONTENDERS`] at once. `op` is one operation,
/// such as taking and releasing a lock.
pub(super) fn alone_and_contended(
    label: &str,
    stop: &Stop,
    op: impl Fn() + Sync,
) -> io::Result<Vec<Cost>> {
    let contended = Cost {
        label: label.to_owned(),
        contended: true,
        samples: samples(stop, CONTENDERS, &|| repeat(&op))?,
    };
    Ok(vec![alone(label, stop, op)?, contended])
}

/// Times `op` on one thread.
pub(super) fn alone(label: &str, stop: &Stop, op: impl Fn() + Sync) -> io::Result<Cost> {
    Ok(Cost {
        label: label.to_owned(),
        contended: false,
        samples: samples(stop, 1, &|| repeat(&op))?,
    })
}

/// Times what two threads do together: each carries `op` out equally often.
pub(super) fn together(label: &str, stop: &Stop, op: impl Fn() + Sync) -> io::Result<Cost> {
    let both = || {
        (0..TOGETHER).for_each(|_| op());
        // Counted once for both.
        TOGETHER / 2
    };
    Ok(Cost {
        label: label.to_owned(),
        contended: true,
        samples: samples(stop, CONTENDERS, &both)?,
    })
}

/// Nanoseconds for each operation of all threads together. The threads have no lanes, so
/// that the tools have nobody to tell.
fn samples(stop: &Stop, threads: usize, work: &(impl Fn() -> u64 + Sync)) -> io::Result<Vec<f64>> {
    let timed = || {
        let began = Instant::now();
        (work(), began.elapsed())
    };
    let mut samples = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        if stop.requested() {
            break;
        }
        samples.push(team(|team| {
            let members = (0..threads).map(|_| team.spawn("sync/cost", timed));
            let members = members.collect::<io::Result<Vec<_>>>()?;
            let parts = members.into_iter().filter_map(|member| member.join().ok());
            let all = parts.fold((0, Duration::ZERO), |(done, longest), (part, time)| {
                (done + part, longest.max(time))
            });
            io::Result::Ok(per_operation(all.1, all.0))
        })?);
    }
    Ok(samples)
}

fn repeat(op: &impl Fn()) -> u64 {
    let (began, mut done) = (Instant::now(), 0);
    while began.elapsed() < SAMPLE {
        (0..BATCH).for_each(|_| op());
        done += u64::from(BATCH);
    }
    done
}

#[expect(
    clippy::cast_precision_loss,
    reason = "operations of a few milliseconds are far below 2^52"
)]
fn per_operation(elapsed: Duration, done: u64) -> f64 {
    elapsed.as_secs_f64() * 1e9 / done.max(1) as f64
}

/// Locks that others use, under the same stopwatch.
pub(super) fn peers(stop: &Stop) -> io::Result<Vec<Cost>> {
    let (std, parking_lot) = (std::sync::Mutex::new(0_u64), parking_lot::Mutex::new(0_u64));
    let mut costs = alone_and_contended("std Mutex", stop, || {
        // Nobody panics while holding it.
        if let Ok(mut value) = std.lock() {
            *value += 1;
        }
    })?;
    costs.extend(alone_and_contended("parking_lot Mutex", stop, || {
        *parking_lot.lock() += 1;
    })?);
    Ok(costs)
}
