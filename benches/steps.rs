//! What the seam, the probe and the observed lock cost, as ratios within one run.
//!
//! `cargo bench --bench steps`

#![allow(clippy::pedantic, clippy::unwrap_used, missing_debug_implementations)]

#[path = "common/mod.rs"]
mod common;

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::thread;
use std::time::{Duration, Instant};

use common::{Rival, table};
use threadbare::kit::clock::Clock;
use threadbare::kit::event::LaneEvent;
use threadbare::kit::lock::Lock;
use threadbare::kit::recorder::recorder;
use threadbare::kit::step::{Mode, StepController};
use threadbare::kit::stop::Stop;
use threadbare::kit::traced_atomic::TracedAtomic;

const OPERATIONS: u64 = 4_000_000;
const ROUNDS: usize = 15;

fn main() {
    controller();
    emit();
    locks();
}

fn timed(body: impl FnOnce()) -> Duration {
    let began = Instant::now();
    body();
    began.elapsed()
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

/// A push or a pop is three steps: the difference to the bare one, by three, is the seam.
fn controller() {
    let bare =
        Bare { length: AtomicI64::new(0), slots: (0..8).map(|_| AtomicI64::new(0)).collect() };
    let named = Named {
        length: TracedAtomic::new("length", 0),
        slots: (0..8).map(|n| TracedAtomic::new(("slot", n), 0)).collect(),
    };
    let controller = StepController::new(Stop::new(), Mode::Full);
    let _seat = controller.enter();
    let each = table(
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
            Rival::new("words under a seam at full speed", || {
                timed(|| {
                    for n in 0..OPERATIONS {
                        named.push(black_box(n as i64));
                        black_box(named.pop());
                    }
                })
            }),
        ],
    );
    println!("  the seam: {:.2} ns a step (goal: at most 1, best 0.35)", (each[1] - each[0]) / 3.0);
}

/// What it costs a thread to tell something, with a reader that keeps up.
fn emit() {
    let producers = |count: usize, body: &(dyn Fn() + Sync)| {
        let start = Barrier::new(count + 1);
        let mut began = Instant::now();
        thread::scope(|scope| {
            for _ in 0..count {
                scope.spawn(|| {
                    start.wait();
                    body();
                });
            }
            start.wait();
            began = Instant::now();
        });
        began.elapsed()
    };
    let events = OPERATIONS / 8;
    for count in [1, 2] {
        let clock = Clock::start();
        table(
            &format!("one event, {count} producer(s), refused or taken by nobody"),
            ROUNDS,
            events,
            &mut [
                Rival::new("bounded crossbeam try_send + TSC stamp", || {
                    let (sender, receiver) = crossbeam_channel::bounded::<(u64, u64)>(1 << 20);
                    let time = producers(count, &|| {
                        for n in 0..events {
                            let _ = sender.try_send((clock.now(), n));
                        }
                    });
                    drop(receiver);
                    time
                }),
                Rival::new("a lane's emit (goal: 1.2x, 15 and 25 ns)", || {
                    let (recorder, reader) = recorder::<()>();
                    let time = producers(count, &|| {
                        let lane = recorder.lane("one");
                        for _ in 0..events {
                            lane.emit(LaneEvent::Running);
                        }
                    });
                    drop(reader);
                    time
                }),
            ],
        );
    }
}

/// Two threads, each taking the lock for a small change, from a common start.
fn contended(section: impl Fn() + Sync) -> Duration {
    let start = Barrier::new(3);
    let mut began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                start.wait();
                (0..OPERATIONS / 8).for_each(|_| section());
            });
        }
        start.wait();
        began = Instant::now();
    });
    began.elapsed()
}

fn locks() {
    let value = AtomicI64::new(0);
    let touch = || value.store(value.load(Relaxed) + 1, Relaxed);
    let std_lock = std::sync::Mutex::new(());
    let bare_lock = parking_lot::Mutex::new(());
    let spin = AtomicBool::new(false);
    let lock = Lock::new("lock");
    let controller = StepController::new(Stop::new(), Mode::Full);
    for (title, threads) in [("one thread", 1), ("two threads", 2)] {
        let run = |section: &(dyn Fn() + Sync)| match threads {
            1 => timed(|| (0..OPERATIONS / 4).for_each(|_| section())),
            _ => contended(section),
        };
        table(
            &format!("lock, change, unlock: {title}"),
            ROUNDS,
            OPERATIONS / 4,
            &mut [
                Rival::new("parking_lot 0.13 Mutex", || {
                    run(&|| {
                        let _guard = bare_lock.lock();
                        touch();
                    })
                }),
                Rival::new("observed Lock, full speed", || {
                    run(&|| {
                        let _guard = lock.lock().unwrap();
                        touch();
                    })
                }),
                Rival::new("observed Lock, full speed, under a seam", || match threads {
                    1 => {
                        let _seat = controller.enter();
                        timed(|| {
                            for _ in 0..OPERATIONS / 4 {
                                let _guard = lock.lock().unwrap();
                                touch();
                            }
                        })
                    }
                    _ => {
                        let start = Barrier::new(3);
                        let mut began = Instant::now();
                        thread::scope(|scope| {
                            for _ in 0..2 {
                                scope.spawn(|| {
                                    let _seat = controller.enter();
                                    start.wait();
                                    for _ in 0..OPERATIONS / 8 {
                                        let _guard = lock.lock().unwrap();
                                        touch();
                                    }
                                });
                            }
                            start.wait();
                            began = Instant::now();
                        });
                        began.elapsed()
                    }
                }),
                Rival::new("std Mutex", || {
                    run(&|| {
                        let _guard = std_lock.lock();
                        touch();
                    })
                }),
                Rival::new("spin lock", || {
                    run(&|| {
                        while spin.swap(true, Acquire) {
                            std::hint::spin_loop();
                        }
                        touch();
                        spin.store(false, Release);
                    })
                }),
            ],
        );
    }
}
