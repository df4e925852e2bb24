//! What a step, an event and the observed lock cost, as ratios within one run.
//!
//! `cargo bench --bench steps`

#![allow(clippy::pedantic, clippy::unwrap_used, missing_debug_implementations)]

mod common;

use std::hint::black_box;
use std::rc::Rc;
use std::sync::Barrier;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::thread;
use std::time::{Duration, Instant};

use common::{Goals, Rival, table, timed};
use threadbare::kit::clock::Clock;
use threadbare::kit::event::LaneEvent;
use threadbare::kit::lock::Lock;
use threadbare::kit::recorder::{EventSink, recorder, set_sink};
use threadbare::kit::step::{Mode, StepController};
use threadbare::kit::stop::Stop;
use threadbare::kit::traced_atomic::TracedAtomic;

const OPERATIONS: u64 = 4_000_000;
const ROUNDS: usize = 15;

/// Events that are emitted before all are read, and how often in a round. The channel holds more, so
/// none is refused.
const BURST: u64 = 4_000;
const BURSTS: u64 = 15;

fn main() {
    let mut goals = Goals::new("steps");
    controller(&mut goals);
    emit(&mut goals);
    locks(&mut goals);
    goals.print();
}

struct Bare {
    length: AtomicI64,
    slots: Vec<AtomicI64>,
}

impl Bare {
    #[inline(never)]
    fn push(&self, value: i64) {
        let length = self.length.load(Relaxed);
        self.slots[length as usize].store(value, Relaxed);
        self.length.store(length + 1, Relaxed);
    }

    #[inline(never)]
    fn pop(&self) -> i64 {
        let length = self.length.load(Relaxed);
        let value = self.slots[length as usize - 1].load(Relaxed);
        self.length.store(length - 1, Relaxed);
        value
    }
}

struct Named {
    length: TracedAtomic,
    slots: Vec<TracedAtomic>,
}

impl Named {
    #[inline(never)]
    fn push(&self, value: i64) {
        let length = self.length.load(Relaxed);
        self.slots[length as usize].store(value, Relaxed);
        self.length.store(length + 1, Relaxed);
    }

    #[inline(never)]
    fn pop(&self) -> i64 {
        let length = self.length.load(Relaxed);
        let value = self.slots[length as usize - 1].load(Relaxed);
        self.length.store(length - 1, Relaxed);
        value
    }
}

/// A push or a pop is three steps: the difference to the bare one, by three, is what a step costs.
fn controller(goals: &mut Goals) {
    let bare =
        Bare { length: AtomicI64::new(0), slots: (0..8).map(|_| AtomicI64::new(0)).collect() };
    let named = Named {
        length: TracedAtomic::new("length", 0),
        slots: (0..8).map(|n| TracedAtomic::new(("slot", n), 0)).collect(),
    };
    let controller = StepController::new(Stop::new(), Mode::Full);
    let _guard = controller.enter();
    let times = table(
        "push or pop on a list of atomics, one thread",
        ROUNDS,
        2 * OPERATIONS,
        &mut [
            Rival::new("bare atomics", || {
                timed(|| {
                    for n in 0..OPERATIONS {
                        bare.push(black_box(n as i64));
                        black_box(bare.pop());
                    }
                })
            }),
            Rival::new("traced atomics at full speed", || {
                timed(|| {
                    for n in 0..OPERATIONS {
                        named.push(black_box(n as i64));
                        black_box(named.pop());
                    }
                })
            }),
        ],
    );
    goals.add("a step at full speed (ns)", times[1].over(&times[0], 3.0), 1.0);
}

/// What it costs threads to emit events. They are read after each burst, off the clock, as a screen
/// reads them: none is lost, and the memory of those before serves the next.
fn emit(goals: &mut Goals) {
    for count in [1, 2] {
        let (clock, each) = (Clock::start(), BURST / count as u64);
        let (sender, receiver) = crossbeam_channel::bounded::<(u64, u64)>(1 << 16);
        let (recorder, mut reader) = recorder::<()>();
        let title = format!("one event, {count} producer(s), none refused");
        let times = table(
            &title,
            4 * ROUNDS,
            BURST * BURSTS,
            &mut [
                Rival::new("bounded crossbeam try_send + TSC stamp", || {
                    let (sender, clock) = (&sender, &clock);
                    let burst = |_| {
                        let time = together(count, &|| {
                            move || {
                                (0..each).for_each(|n| sender.try_send((clock.now(), n)).unwrap());
                            }
                        });
                        assert_eq!(receiver.try_iter().count() as u64, BURST);
                        time
                    };
                    (0..BURSTS).map(burst).sum()
                }),
                Rival::new("a lane's emit", || {
                    let burst = |_| {
                        let time = together(count, &|| {
                            let lane = recorder.lane("one");
                            move || (0..each).for_each(|_| lane.emit(LaneEvent::Running))
                        });
                        assert!(reader.drain(usize::MAX, drop) as u64 >= BURST);
                        time
                    };
                    (0..BURSTS).map(burst).sum()
                }),
            ],
        );
        println!("  {} events were lost", recorder.dropped());
        let row = format!("an event, {count} producer(s), against channel and stamp");
        goals.add(&row, times[1].to(&times[0]), 1.2);
    }
}

/// The time from the first thread's begin to the last one's end, of `count` threads that start
/// together, each for what `prepare` gave it. By the threads' own clocks: this thread may get no core
/// before they have ended.
fn together<W: FnOnce()>(count: usize, prepare: &(dyn Fn() -> W + Sync)) -> Duration {
    let start = Barrier::new(count);
    let one = || {
        let work = prepare();
        start.wait();
        let began = Instant::now();
        work();
        (began, Instant::now())
    };
    let times: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let began = times.iter().map(|time| time.0).min().unwrap();
    let ended = times.iter().map(|time| time.1).max().unwrap();
    ended - began
}

/// The labs' lock, with a lane and at full speed as in the labs, beside others.
fn locks(goals: &mut Goals) {
    let value = AtomicI64::new(0);
    let touch = || value.store(value.load(Relaxed) + 1, Relaxed);
    let std_lock = std::sync::Mutex::new(());
    let bare_lock = parking_lot::Mutex::new(());
    let spin = AtomicBool::new(false);
    let (bare, lock) = (Lock::new("lock"), Lock::new("lock"));
    let controller = StepController::new(Stop::new(), Mode::Full);
    for threads in [1, 2, 4] {
        let each = OPERATIONS / 4 / threads as u64;
        let bench = |section: &(dyn Fn() + Sync)| {
            together(threads, &|| move || (0..each).for_each(|_| section()))
        };
        let times = table(
            &format!("lock, change, unlock: {threads} thread(s)"),
            ROUNDS,
            each * threads as u64,
            &mut [
                Rival::new("parking_lot 0.13 Mutex", || {
                    bench(&|| {
                        let _guard = bare_lock.lock();
                        touch();
                    })
                }),
                Rival::new("observed Lock, nobody observes", || {
                    bench(&|| {
                        let _guard = bare.lock().unwrap();
                        touch();
                    })
                }),
                Rival::new("observed Lock, as in the labs", || {
                    let (recorder, mut reader) = recorder::<()>();
                    let time = together(threads, &|| {
                        let lane: Rc<dyn EventSink> = Rc::new(recorder.lane("one"));
                        || {
                            let (_sink, _guard) = (set_sink(lane), controller.enter());
                            for _ in 0..each {
                                let _guard = lock.lock().unwrap();
                                touch();
                            }
                        }
                    });
                    reader.drain(usize::MAX, drop);
                    time
                }),
                Rival::new("std Mutex", || {
                    bench(&|| {
                        let _guard = std_lock.lock();
                        touch();
                    })
                }),
                Rival::new("spin lock", || {
                    bench(&|| {
                        while spin.swap(true, Acquire) {
                            std::hint::spin_loop();
                        }
                        touch();
                        spin.store(false, Release);
                    })
                }),
            ],
        );
        let row = format!("observed lock, {threads} thread(s), against the one it wraps");
        goals.add(&row, times[2].to(&times[0]), 1.1);
    }
}
