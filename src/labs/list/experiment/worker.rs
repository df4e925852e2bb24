//! One adder or remover: a named thread that lives as long as the run and executes one
//! batch per round. It does not know how many threads there are.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crossbeam_channel::{Receiver, Sender};

use super::super::facts::{Fact, ListSnapshot, SNAPSHOT_VALUES, ThreadCounts};
use super::super::settings::stands;
use super::code::SourceLine;
use super::op::{Did, Op, Role, Stamp, Version, Who};
use super::shared::SharedList;
use super::stopwatch::Stopwatch;
use super::stopwatch::Timed;
use crate::kit::clock::Clock;
use crate::kit::event::{Ending, LaneEvent, Pause};
use crate::kit::lock::Lock;
use crate::kit::recorder::Lane;
use crate::kit::step::{Mode, RaceWindow, StepController, StepDelay, Switch, at_line};
use crate::kit::stop::Stopped;

/// At full speed one of this many operations is timed.
const TIMED: usize = 64;
/// Only operations on a list as short as the exercise's are timed: a removal
/// shifts every value, so that on a long list its window says little about the exercise.
const SHORT: u32 = 10;

/// What all threads of a run share beside the list.
#[derive(Debug)]
pub struct Controls {
    pub controller: StepController,
    pub lock: Lock,
    pub lock_on: Switch,
    pub pause: StepDelay,
    pub window: RaceWindow,
}

/// One thread's part of a round: what it has to do and what it recorded. It is moved to the
/// thread and back, so that no part of it is ever shared.
#[derive(Debug, Default)]
pub struct Batch {
    /// Index of this thread among those of the round.
    pub index: usize,
    pub ops: usize,
    /// What an adder appends.
    pub values: Vec<i64>,
    pub record: Vec<Op>,
    pub timed: Vec<Timed>,
    pub began_ns: u64,
    pub ended_ns: u64,
}

impl Batch {
    /// Ready for another round; the memory is kept, and reserved before the start.
    pub fn begin(&mut self, index: usize, ops: usize) {
        (self.index, self.ops) = (index, ops);
        self.values.clear();
        self.record.clear();
        self.record.reserve(ops);
        self.timed.clear();
        self.timed.reserve(ops / TIMED + 1);
    }
}

/// A batch on its way to a thread.
#[derive(Debug)]
pub struct Assignment {
    pub batch: Batch,
    pub list: Arc<SharedList>,
    pub line: Arc<StartBarrier>,
    /// Where the batch is returned.
    pub back: Sender<Batch>,
}

/// Where threads wait for each other, so that none does all its operations before
/// the others are awake. Works on one core too.
#[derive(Debug)]
pub struct StartBarrier(AtomicUsize);

/// Spins this often before it yields the core to the others.
const SPINS: u32 = 5000;

impl StartBarrier {
    pub fn new(threads: usize) -> Self {
        Self(AtomicUsize::new(threads))
    }

    fn wait(&self, controller: &StepController) {
        self.0.fetch_sub(1, Ordering::AcqRel);
        let mut spins = 0;
        while self.0.load(Ordering::Acquire) > 0 && !controller.stop().requested() {
            if spins < SPINS {
                spins += 1;
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
    }
}

/// A thread's exact counters: written by the thread alone, read by others.
#[derive(Debug, Default)]
pub struct Counters {
    done: AtomicU64,
    empty: AtomicU64,
}

impl Counters {
    pub fn read(&self) -> ThreadCounts {
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
pub struct Worker<'a> {
    who: Who,
    controls: &'a Controls,
    counters: &'a Counters,
    lane: &'a Lane<Fact>,
    clock: &'a Clock,
    clock_cost: f64,
    /// Whether the lane was last reported idle.
    idle: Cell<bool>,
}

impl<'a> Worker<'a> {
    pub fn new(
        who: Who,
        controls: &'a Controls,
        counters: &'a Counters,
        lane: &'a Lane<Fact>,
        clock_cost: f64,
    ) -> Self {
        lane.reliable_fact(Fact::Thread { who });
        Self {
            who,
            controls,
            counters,
            lane,
            clock: lane.recorder().clock(),
            clock_cost,
            idle: Cell::new(false),
        }
    }

    /// Executes batches until the channel is closed.
    pub fn work(&self, assignments: &Receiver<Assignment>) {
        let _guard = self.controls.controller.enter();
        self.go_idle();
        for assignment in assignments {
            let Assignment { mut batch, list, line, back } = assignment;
            self.go_running();
            line.wait(&self.controls.controller);
            batch.began_ns = self.clock.now();
            // A batch that was stopped returns what it has.
            let _ = self.run_batch(&mut batch, &list);
            batch.ended_ns = self.clock.now();
            if self.paced() {
                self.go_idle();
            }
            // Events of operations from before the run changed to full speed.
            self.lane.flush();
            // The receiver is gone if the run has ended.
            let _ = back.send(batch);
        }
        if self.controls.controller.stop().requested() {
            self.lane.end(Ending::Stopped);
        }
    }

    pub fn run_batch(&self, batch: &mut Batch, list: &SharedList) -> Result<(), Stopped> {
        let mut counts = ThreadCounts::default();
        for number in 0..batch.ops {
            if self.controls.controller.stop().requested() {
                return Err(Stopped);
            }
            let reported = self.paced();
            let (op, locked) = self.operate(batch, list, number)?;
            batch.record.push(op);
            self.counters.count(op.did);
            match op.did {
                Did::FoundEmpty => counts.empty += 1,
                Did::Appended | Did::Removed => counts.done += 1,
            }
            if reported {
                self.emit_done(list, op, locked, counts);
            }
            self.controls.pause.sleep(Pause::Exercise)?;
        }
        Ok(())
    }

    /// One operation, under the lock if that is on when the operation begins.
    fn operate(
        &self,
        batch: &mut Batch,
        list: &SharedList,
        number: usize,
    ) -> Result<(Op, bool), Stopped> {
        let controls = self.controls;
        let locked = controls.lock_on.on();
        if self.paced() {
            self.lane.fact(Fact::Began { locked });
        }
        at_line(self.line(SourceLine::AppendLock, SourceLine::RemoveLock));
        let guard = if locked { Some(controls.lock.lock()?) } else { None };
        let stopwatch = (number.is_multiple_of(TIMED) && !self.paced())
            .then(|| Stopwatch::start(|| self.clock.now(), self.clock_cost));
        let between = |read, value| self.pass_window(locked, read, value, stopwatch.as_ref());
        let mine = Version::of(batch.index, number);
        let op = match self.who.role {
            Role::Adder => list.append(batch.values[number], mine, between),
            Role::Remover => list.remove(mine, between),
        }?;
        if let Some(stopwatch) = stopwatch
            && op.read.length <= SHORT
            && op.did != Did::FoundEmpty
        {
            batch.timed.push(stopwatch.stop());
        }
        // The release is a step of this line.
        at_line(self.line(SourceLine::AppendPause, SourceLine::RemovePause));
        drop(guard);
        Ok((op, locked))
    }

    /// Passes the race window between the load and the store of an operation.
    fn pass_window(
        &self,
        locked: bool,
        read: Stamp,
        value: Option<i64>,
        stopwatch: Option<&Stopwatch<impl Fn() -> u64>>,
    ) -> Result<(), Stopped> {
        let window = &self.controls.window;
        if !stands(window.get(), locked) {
            return Ok(());
        }
        if self.paced() {
            let length = read.length;
            self.lane.fact(Fact::Loaded { length, value });
        }
        match stopwatch {
            Some(stopwatch) => stopwatch.around(|| window.pass()),
            None => window.pass(),
        }
    }

    fn emit_done(&self, list: &SharedList, op: Op, locked: bool, counts: ThreadCounts) {
        let sign = match op.did {
            Did::Appended => Some("+"),
            Did::Removed => Some("-"),
            Did::FoundEmpty => None,
        };
        if let Some(sign) = sign {
            let label = format!("{sign}{}", op.value).into();
            self.lane.emit(LaneEvent::Mark { label });
        }
        let list = snapshot(list);
        self.lane.fact(Fact::Done { op, locked, counts, list });
        self.lane.flush();
    }

    fn go_idle(&self) {
        if !self.idle.replace(true) {
            self.lane.emit(LaneEvent::Idle);
            self.lane.flush();
        }
    }

    fn go_running(&self) {
        if self.idle.replace(false) {
            self.lane.emit(LaneEvent::Running);
            self.lane.flush();
        }
    }

    fn paced(&self) -> bool {
        self.controls.controller.mode() != Mode::Full
    }

    fn line(&self, adder: SourceLine, remover: SourceLine) -> u16 {
        match self.who.role {
            Role::Adder => adder.line(),
            Role::Remover => remover.line(),
        }
    }
}

/// The list as emitted with an event.
pub fn snapshot(list: &SharedList) -> ListSnapshot {
    ListSnapshot { length: list.stamp().length, values: list.values(SNAPSHOT_VALUES) }
}
