//! What a worker does for one n, and the live settings that it reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use dashu_int::UBig;

use crate::kit::clock::thread_cpu_time;
use crate::kit::event::{LaneEvent, Pause};
use crate::kit::factorial::factorial;
use crate::kit::recorder::with_sink;
use crate::kit::stop::Stop;

/// What can be changed while tasks run. Relaxed atomics: each is a value of its own, and
/// a task that reads the old one acts as if it had started a moment earlier.
#[derive(Debug, Default)]
pub struct LiveSettings {
    pub pace_ns: AtomicU64,
    pub armed: AtomicBool,
}

/// A value, and what it took to compute: by the clock on the wall, waiting for a core
/// included, and in time that the thread had a core. Without the pause and without the
/// time in the queue.
#[derive(Debug)]
pub struct Computed {
    pub value: UBig,
    pub wall: Duration,
    pub cpu: Duration,
}

/// The task of n. `None` if stop was requested.
///
/// # Panics
/// On purpose: if n is to fail, or a failure was injected.
pub fn run(
    n: u32,
    fails: bool,
    live_settings: &Arc<LiveSettings>,
    stop: &Stop,
) -> Option<Computed> {
    // A swap, so that exactly one task takes the injected failure, and at its start: the
    // user sees the failure in the task that starts next, not in one that is already
    // running.
    let injected = live_settings.armed.swap(false, Ordering::Relaxed);
    if !pace(live_settings, stop) {
        // This task fails no more; another one takes the injected failure.
        live_settings.armed.fetch_or(injected, Ordering::Relaxed);
        return None;
    }
    assert!(!fails, "{n}! was set to fail");
    assert!(!injected, "a failure was injected into {n}!");
    let (began, cpu) = (Instant::now(), thread_cpu_time());
    let value = factorial(n, stop)?;
    Some(Computed { value, wall: began.elapsed(), cpu: thread_cpu_time().saturating_sub(cpu) })
}

/// Waits for `pace`; `false` if stop was requested. The wait is an event of the worker's
/// lane, so it is shown as a pause and never taken for work.
fn pace(live_settings: &LiveSettings, stop: &Stop) -> bool {
    let for_ns = live_settings.pace_ns.load(Ordering::Relaxed);
    if for_ns == 0 {
        return !stop.requested();
    }
    with_sink(|sink| {
        sink.emit(LaneEvent::Sleeping { pause: Pause::Pace, for_ns });
        sink.flush();
    });
    let stopped = stop.sleep(Duration::from_nanos(for_ns));
    with_sink(|sink| sink.emit(LaneEvent::Running));
    !stopped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::placement;

    #[test]
    fn a_task_that_is_stopped_in_its_pace_leaves_the_injected_failure_to_another() {
        let live_settings = Arc::new(LiveSettings::default());
        live_settings.armed.store(true, Ordering::Relaxed);
        let stop = Stop::new();
        stop.request();
        for pace_ns in [0, 60_000_000_000] {
            live_settings.pace_ns.store(pace_ns, Ordering::Relaxed);
            assert!(run(3, false, &live_settings, &stop).is_none());
            assert!(live_settings.armed.load(Ordering::Relaxed), "{pace_ns}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_time_on_a_core_leaves_out_what_others_take_of_that_core() {
        let core = placement::cores()[0];
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            // Competes for the one core that the task may use.
            scope.spawn(|| {
                placement::pin_thread(core).unwrap();
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
            let task = scope.spawn(|| {
                placement::pin_thread(core).unwrap();
                let before = thread_cpu_time();
                let computed = run(100_000, false, &Arc::default(), &Stop::new()).unwrap();
                (computed, thread_cpu_time().saturating_sub(before))
            });
            let (computed, most) = task.join().unwrap();
            over.store(true, Ordering::Relaxed);
            assert!(computed.cpu <= most, "{computed:?} in {most:?}");
        });
    }
}
