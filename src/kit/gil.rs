//! A model of CPython's global interpreter lock on real threads.
//!
//! One lock that every thread needs to run at all. A thread that wants it waits for the
//! switch interval and then asks the holder to drop it; the holder checks for such a
//! request now and then, drops the lock, and does not go on before another thread has had
//! it (forced switching). Around anything that blocks the lock is released.
//!
//! ```text
//!    waiter                                    holder
//!    ──────                                    ──────
//!    wait on `free`, one interval              runs, calls check() now and then
//!    no switch meanwhile: drop_request = true ─▶ check() sees it: release()
//!    wakes, takes it, drop_request = false  ◀─── holder = None, notify `free`
//!    notify `switched` ────────────────────────▶ waits on `switched` until another has had it
//!    runs                                        acquire(): now it waits
//! ```
//!
//! The rules are those of `take_gil`, `drop_gil` and the eval breaker in CPython's
//! `Python/ceval_gil.c` (3.2 to 3.14, GIL builds); what is not modelled is the interpreter:
//! the work done under the lock is that of the lab. So it is a model, and is called one
//! wherever it is shown.
//!
//! # Memory orders
//!
//! Holder and switch number are under the mutex. `drop_request` is a hint that the holder
//! reads without it, as CPython does: relaxed, because nothing else is read after it that
//! the waiter wrote, and a late reading costs some instructions' time. The counters are
//! relaxed, as they are read after the threads were joined or for display.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::clock::Clock;
use super::event::{LaneEvent, LaneId, ResourceKind};
use super::recorder::with_sink;
use super::step::{Object, current_thread_id};
use super::stop::{Stop, Stopped};

/// How long a waiter lets the holder run before it asks for the lock:
/// `sys.getswitchinterval()`'s default.
pub const SWITCH_INTERVAL: Duration = Duration::from_millis(5);

/// The lock. Shared between threads by reference. The kit's steps do not see it: it is part
/// of what a thread runs on, not of what it does.
#[derive(Debug)]
pub struct Gil {
    interval: Duration,
    stop: Stop,
    state: Mutex<State>,
    /// Notified when a thread has released it: one waiter is enough, as only one can take
    /// it.
    free: Condvar,
    /// Notified when a thread takes it: the thread that was forced off may go on.
    switched: Condvar,
    /// The eval breaker's bit: read by the holder without the mutex.
    drop_request: AtomicBool,
    /// How often it went from one thread to another.
    switches: AtomicU64,
    /// Time that all threads together have waited.
    waited_ns: AtomicU64,
    clock: Clock,
    object: Object,
}

#[derive(Debug, Default)]
struct State {
    holder: Option<LaneId>,
    /// Counts changes of holder, so that a waiter sees whether another thread got it meanwhile.
    switch_number: u64,
    /// The thread that has it or had it last.
    last_holder: Option<LaneId>,
}

impl Gil {
    /// A free lock; waits end when `stop` is requested.
    pub fn new(interval: Duration, stop: Stop) -> Self {
        Self {
            interval,
            stop,
            state: Mutex::default(),
            free: Condvar::new(),
            switched: Condvar::new(),
            drop_request: AtomicBool::new(false),
            switches: AtomicU64::new(0),
            waited_ns: AtomicU64::new(0),
            clock: Clock::start(),
            object: Object::new("GIL (a model)", ResourceKind::Lock),
        }
    }

    /// Waits for the lock and takes it (`take_gil`).
    ///
    /// # Errors
    /// [`Stopped`] if the run was asked to stop.
    pub fn acquire(&self) -> Result<(), Stopped> {
        let me = current_thread_id();
        let mut state = self.state.lock();
        if let Some(holder) = state.holder {
            with_sink(|sink| {
                let resource = self.object.resource(sink);
                sink.emit(LaneEvent::Waiting { resource, holder: Some(holder) });
                sink.flush();
            });
            let began = self.clock.now();
            self.wait_for_it(&mut state)?;
            let waited = self.clock.now().saturating_sub(began);
            self.waited_ns.fetch_add(waited, Ordering::Relaxed);
        }
        state.holder = Some(me);
        if state.last_holder != Some(me) {
            state.last_holder = Some(me);
            state.switch_number += 1;
            self.switches.fetch_add(1, Ordering::Relaxed);
        }
        // Under the mutex, so that it cannot wipe out a request that is made after this.
        self.drop_request.store(false, Ordering::Relaxed);
        // All: several threads may have been forced off, by requests one after the other.
        self.switched.notify_all();
        // The event is emitted without the mutex, which every other thread needs.
        drop(state);
        with_sink(|sink| {
            let resource = self.object.resource(sink);
            sink.emit(LaneEvent::Acquired { resource, depth: 1 });
        });
        Ok(())
    }

    /// Waits an interval at a time; after each in which no other thread got the lock, asks for it.
    fn wait_for_it(&self, state: &mut MutexGuard<'_, State>) -> Result<(), Stopped> {
        while state.holder.is_some() {
            let seen = state.switch_number;
            let timeout = self.free.wait_for(state, self.interval);
            if self.stop.requested() {
                return Err(Stopped);
            }
            if timeout.timed_out() && state.holder.is_some() && state.switch_number == seen {
                // Only if it had the whole interval for itself: another switch meanwhile
                // starts it again.
                self.drop_request.store(true, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    /// Releases it (`drop_gil`); after a request, waits until another thread has had it.
    pub fn release(&self) {
        with_sink(|sink| {
            let resource = self.object.resource(sink);
            sink.emit(LaneEvent::Released { resource, depth: 0 });
        });
        // For comparing with the thread that has it next.
        let me = current_thread_id();
        let mut state = self.state.lock();
        state.holder = None;
        self.free.notify_one();
        if self.drop_request.load(Ordering::Relaxed) {
            // Forced switching: without it, the thread that has just released the lock
            // would mostly get it again before a sleeping waiter wakes.
            while state.last_holder == Some(me) && !self.stop.requested() {
                self.drop_request.store(false, Ordering::Relaxed);
                // The thread that asked may have ended: after an interval without a switch, this one
                // goes on.
                if self.switched.wait_for(&mut state, self.interval).timed_out() {
                    break;
                }
            }
        }
    }

    /// What the interpreter does between instructions: passes the lock on if a thread asked.
    /// Costs one relaxed load otherwise.
    ///
    /// # Errors
    /// [`Stopped`] if the run was asked to stop; the lock is then not held.
    #[inline]
    pub fn check(&self) -> Result<(), Stopped> {
        if self.drop_request.load(Ordering::Relaxed) {
            self.release();
            self.acquire()?;
        }
        Ok(())
    }

    /// Does something that blocks, without the lock (`Py_BEGIN_ALLOW_THREADS`).
    ///
    /// # Errors
    /// [`Stopped`] if the run was asked to stop before the lock was got back.
    pub fn allow_threads<T>(&self, blocking: impl FnOnce() -> T) -> Result<T, Stopped> {
        self.release();
        let done = blocking();
        self.acquire()?;
        Ok(done)
    }

    /// How often the lock changed its holder.
    pub fn switches(&self) -> u64 {
        self.switches.load(Ordering::Relaxed)
    }

    /// How long threads waited for it, all together.
    pub fn waited(&self) -> Duration {
        Duration::from_nanos(self.waited_ns.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::sync::Barrier;
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::kit::event::What;
    use crate::kit::recorder::{recorder, set_sink};

    /// Threads that run until each of them had the lock `rounds` times.
    fn contend(threads: usize, interval: Duration, rounds: usize) -> Gil {
        let gil = Gil::new(interval, Stop::new());
        let (inside, start) = (AtomicUsize::new(0), Barrier::new(threads));
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..rounds {
                        gil.acquire().unwrap();
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        gil.release();
                    }
                });
            }
        });
        gil
    }

    #[test]
    fn only_one_thread_is_ever_inside() {
        assert!(contend(4, SWITCH_INTERVAL, 500).switches() >= 4);
    }

    #[test]
    fn a_holder_that_only_checks_hands_over_when_asked() {
        let gil = Gil::new(Duration::from_millis(1), Stop::new());
        gil.acquire().unwrap();
        std::thread::scope(|scope| {
            let other = scope.spawn(|| {
                gil.acquire().unwrap();
                gil.release();
            });
            // Never releases it by itself; ends only because the request is served.
            while gil.switches() < 2 {
                gil.check().unwrap();
            }
            other.join().unwrap();
        });
        gil.release();
    }

    #[test]
    fn each_wait_is_charged_and_each_change_of_holder_counted_once() {
        let (clock, time) = Clock::with_test_time();
        let (recorder, mut reader) = recorder::<()>();
        let mut gil = Gil::new(SWITCH_INTERVAL, Stop::new());
        gil.clock = clock;
        let gil = gil;
        for _ in 0..3 {
            gil.acquire().unwrap();
            time.advance(1_000);
            gil.release();
        }
        assert_eq!((gil.switches(), gil.waited()), (1, Duration::ZERO));
        gil.acquire().unwrap();
        std::thread::scope(|scope| {
            let (gil, recorder) = (&gil, &recorder);
            let other = scope.spawn(move || {
                let _sink = set_sink(Rc::new(recorder.lane("other")));
                gil.acquire().unwrap();
                gil.release();
            });
            // Emitted before its wait begins, and the wait is begun under the state's lock.
            let deadline = std::time::Instant::now() + Duration::from_secs(30);
            let mut waits = false;
            while !waits {
                assert!(std::time::Instant::now() < deadline, "no wait was emitted");
                reader.drain(100, |event| {
                    waits |= matches!(event.what, What::Lane(LaneEvent::Waiting { .. }));
                });
                std::thread::yield_now();
            }
            drop(gil.state.lock());
            time.advance(7_000);
            gil.release();
            other.join().unwrap();
        });
        assert_eq!((gil.switches(), gil.waited()), (2, Duration::from_micros(7)));
    }

    #[test]
    fn each_lane_reports_its_own_wait_and_for_whom_it_was() {
        let (recorder, mut reader) = recorder::<()>();
        let gil = Gil::new(SWITCH_INTERVAL, Stop::new());
        let main = Rc::new(recorder.lane("main"));
        let main_id = main.id();
        let _sink = set_sink(main.clone());
        gil.acquire().unwrap();
        let mut seen = Vec::new();
        let mut drain = |seen: &mut Vec<_>| {
            reader.drain(100, |event| {
                let What::Lane(what) = event.what else { return };
                let lane = if event.lane == main_id { "main" } else { "other" };
                let text = match what {
                    LaneEvent::Waiting { holder, .. } if holder == Some(main_id) => {
                        "waits for main"
                    }
                    LaneEvent::Waiting { .. } => "waits for another",
                    LaneEvent::Acquired { depth: 1, .. } => "acquired",
                    LaneEvent::Released { depth: 0, .. } => "released",
                    _ => return,
                };
                seen.push((lane, text));
            });
        };
        std::thread::scope(|scope| {
            let (gil, recorder) = (&gil, &recorder);
            let other = scope.spawn(move || {
                let _sink = set_sink(Rc::new(recorder.lane("other")));
                gil.acquire().unwrap();
                gil.release();
            });
            let deadline = std::time::Instant::now() + Duration::from_secs(30);
            while !seen.iter().any(|(lane, _)| *lane == "other") {
                assert!(std::time::Instant::now() < deadline, "no wait was emitted");
                drain(&mut seen);
                std::thread::yield_now();
            }
            drop(gil.state.lock());
            gil.release();
            other.join().unwrap();
        });
        main.flush();
        drain(&mut seen);
        let of = |lane| seen.iter().filter(move |(of, _)| *of == lane).map(|(_, text)| *text);
        assert_eq!(of("main").collect::<Vec<_>>(), ["acquired", "released"]);
        assert_eq!(of("other").collect::<Vec<_>>(), ["waits for main", "acquired", "released"]);
    }

    #[test]
    fn what_blocks_does_not_hold_it() {
        let gil = Gil::new(SWITCH_INTERVAL, Stop::new());
        gil.acquire().unwrap();
        gil.allow_threads(|| {
            std::thread::scope(|scope| {
                scope.spawn(|| gil.acquire().map(|()| gil.release())).join().unwrap()
            })
        })
        .unwrap()
        .unwrap();
        gil.release();
    }

    #[test]
    fn a_wait_for_it_can_be_stopped() {
        let stop = Stop::new();
        let gil = Gil::new(Duration::from_millis(1), stop.clone());
        gil.acquire().unwrap();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| gil.acquire());
            stop.request();
            assert_eq!(waiter.join().unwrap(), Err(Stopped));
        });
    }
}
