//! One adder or remover: a named thread that lives as long as the run and is given
//! one turn a round. Must not know how many there are, nor what a round comes to.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crossbeam_channel::{Receiver, Sender};

use super::code::Place;
use super::dials::stands;
use super::fact::{Fact, SHOWN, Shown, ThreadCounts};
use super::op::{Did, Op, Role, Stamp, Version, Who};
use super::shared::SharedList;
use super::watch::Watch;
use super::windows::Timed;
use crate::kit::clock::Clock;
use crate::kit::event::{Ending, LaneEvent, Pause};
use crate::kit::lock::Lock;
use crate::kit::recorder::Lane;
use crate::kit::step::{Mode, RaceWindow, StepController, StepDelay, Switch, at_line, sleep_by};
use crate::kit::stop::Stopped;

/// At full speed one operation in so many is timed.
const TIMED: usize = 64;
/// Only operations on a list as short as the exercise's are timed: a removal
/// shifts every value, so that on a long list its window says little about the exercise.
const SHORT: u32 = 10;

/// What all threads of a run share beside the list.
#[derive(Debug)]
pub(super) struct Bench {
    pub(super) controller: StepController,
    pub(super) lock: Lock,
    pub(super) lock_on: Switch,
    pub(super) pause: StepDelay,
    pub(super) window: RaceWindow,
}

/// One thread's part of a round: its orders, and what it saw. It goes to the thread
/// and comes back, so that nothing of it is ever shared.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// Where this thread stands among those of the round.
    pub(super) place: usize,
    pub(super) ops: usize,
    /// What an adder appends.
    pub(super) values: Vec<i64>,
    pub(super) record: Vec<Op>,
    pub(super) timed: Vec<Timed>,
    pub(super) began_ns: u64,
    pub(super) ended_ns: u64,
}

impl Turn {
    /// Ready for another round; the memory is kept, and reserved before the start.
    pub(super) fn begin(&mut self, place: usize, ops: usize) {
        (self.place, self.ops) = (place, ops);
        self.values.clear();
        self.record.clear();
        self.record.reserve(ops);
        self.timed.clear();
        self.timed.reserve(ops / TIMED + 1);
    }
}

/// A turn on its way to a thread.
#[derive(Debug)]
pub(super) struct Loan {
    pub(super) turn: Turn,
    pub(super) list: Arc<SharedList>,
    pub(super) line: Arc<StartLine>,
    /// Where the turn goes afterwards.
    pub(super) back: Sender<Turn>,
}

/// Where threads wait for each other, so that none does all its operations before
/// the others are awake. Works on one core too.
#[derive(Debug)]
pub(super) struct StartLine(AtomicUsize);

/// Looks at the others so often before it offers them the core.
const GLANCES: u32 = 5000;

impl StartLine {
    pub(super) fn new(threads: usize) -> Self {
        Self(AtomicUsize::new(threads))
    }

    fn wait(&self, controller: &StepController) {
        self.0.fetch_sub(1, Ordering::AcqRel);
        let mut glances = 0;
        while self.0.load(Ordering::Acquire) > 0 && !controller.stop().requested() {
            if glances < GLANCES {
                glances += 1;
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
    }
}

/// A thread's exact counters, read by onlookers; written by the thread alone.
#[derive(Debug, Default)]
pub(super) struct Counters {
    done: AtomicU64,
    empty: AtomicU64,
}

impl Counters {
    pub(super) fn read(&self) -> ThreadCounts {
        ThreadCounts {
            done: self.done.load(Ordering::Relaxed),
            empty: self.empty.load(Ordering::Relaxed),
        }
    }

    fn count(&self, did: Did) {
        let counter = match did {
            Did::FoundEmpty => &self.empty,
            Did::Appended | Did::Removed => &self.done,
        };
        counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

/// The thread's own side.
pub(super) struct Worker<'a> {
    who: Who,
    bench: &'a Bench,
    counters: &'a Counters,
    lane: &'a Lane<Fact>,
    clock: &'a Clock,
    clock_cost: f64,
    /// What the lane was last told to be.
    idle: Cell<bool>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        who: Who,
        bench: &'a Bench,
        counters: &'a Counters,
        lane: &'a Lane<Fact>,
        clock_cost: f64,
    ) -> Self {
        lane.reliable_fact(Fact::Thread { who });
        Self {
            who,
            bench,
            counters,
            lane,
            clock: lane.recorder().clock(),
            clock_cost,
            idle: Cell::new(false),
        }
    }

    /// Takes turns until no more are given.
    pub(super) fn work(&self, loans: &Receiver<Loan>) {
        let _seat = self.bench.controller.enter();
        self.rest();
        for loan in loans {
            let Loan {
                mut turn,
                list,
                line,
                back,
            } = loan;
            self.wake();
            line.wait(&self.bench.controller);
            turn.began_ns = self.clock.now();
            // A turn that was told to stop brings back what it has.
            let _ = self.take(&mut turn, &list);
            turn.ended_ns = self.clock.now();
            if self.paced() {
                self.rest();
            }
            // What an operation told before the run came to full speed.
            self.lane.flush();
            // Nobody waits for it if the run is over.
            let _ = back.send(turn);
        }
        if self.bench.controller.stop().requested() {
            self.lane.end(Ending::Stopped);
        }
    }

    pub(super) fn take(&self, turn: &mut Turn, list: &SharedList) -> Result<(), Stopped> {
        let mut counts = ThreadCounts::default();
        for number in 0..turn.ops {
            if self.bench.controller.stop().requested() {
                return Err(Stopped);
            }
            let told = self.paced();
            let (op, locked) = self.operate(turn, list, number)?;
            turn.record.push(op);
            self.counters.count(op.did);
            match op.did {
                Did::FoundEmpty => counts.empty += 1,
                Did::Appended | Did::Removed => counts.done += 1,
            }
            if told {
                self.tell(list, op, locked, counts);
            }
            sleep_by(Pause::Exercise, &self.bench.pause)?;
        }
        Ok(())
    }

    /// One operation, under the lock if that is on when the operation begins.
    fn operate(
        &self,
        turn: &mut Turn,
        list: &SharedList,
        number: usize,
    ) -> Result<(Op, bool), Stopped> {
        let bench = self.bench;
        let locked = bench.lock_on.on();
        if self.paced() {
            self.lane.fact(Fact::Began { locked });
        }
        at_line(self.place(Place::AppendLock, Place::RemoveLock));
        let guard = if locked {
            Some(bench.lock.lock()?)
        } else {
            None
        };
        let watch = (number.is_multiple_of(TIMED) && !self.paced())
            .then(|| Watch::start(|| self.clock.now(), self.clock_cost));
        let between = |read, value| self.stand_in_window(locked, read, value, watch.as_ref());
        let mine = Version::of(turn.place, number);
        let op = match self.who.role {
            Role::Adder => list.append(turn.values[number], mine, between),
            Role::Remover => list.remove(mine, between),
        }?;
        if let Some(watch) = watch
            && op.read.length <= SHORT
            && op.did != Did::FoundEmpty
        {
            turn.timed.push(watch.stop());
        }
        // The release is a step of this line.
        at_line(self.place(Place::AppendPause, Place::RemovePause));
        drop(guard);
        Ok((op, locked))
    }

    /// What stands between the load and the store of an operation.
    fn stand_in_window(
        &self,
        locked: bool,
        read: Stamp,
        value: Option<i64>,
        watch: Option<&Watch<impl Fn() -> u64>>,
    ) -> Result<(), Stopped> {
        let window = &self.bench.window;
        if !stands(window.get(), locked) {
            return Ok(());
        }
        if self.paced() {
            let length = read.length;
            self.lane.fact(Fact::Loaded { length, value });
        }
        match watch {
            Some(watch) => watch.around(|| window.pass()),
            None => window.pass(),
        }
    }

    fn tell(&self, list: &SharedList, op: Op, locked: bool, counts: ThreadCounts) {
        let sign = match op.did {
            Did::Appended => Some("+"),
            Did::Removed => Some("-"),
            Did::FoundEmpty => None,
        };
        if let Some(sign) = sign {
            let label = format!("{sign}{}", op.value).into();
            self.lane.emit(LaneEvent::Mark { label });
        }
        let list = shown(list);
        self.lane.fact(Fact::Done {
            op,
            locked,
            counts,
            list,
        });
        self.lane.flush();
    }

    fn rest(&self) {
        if !self.idle.replace(true) {
            self.lane.emit(LaneEvent::Idle);
            self.lane.flush();
        }
    }

    fn wake(&self) {
        if self.idle.replace(false) {
            self.lane.emit(LaneEvent::Running);
            self.lane.flush();
        }
    }

    fn paced(&self) -> bool {
        self.bench.controller.mode() != Mode::Full
    }

    fn place(&self, adder: Place, remover: Place) -> u16 {
        match self.who.role {
            Role::Adder => adder.line(),
            Role::Remover => remover.line(),
        }
    }
}

/// The list as told with an event.
pub(super) fn shown(list: &SharedList) -> Shown {
    Shown {
        length: list.stamp().length,
        values: list.values(SHOWN),
    }
}
