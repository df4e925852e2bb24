//! One adder or remover: a named thread that lives as long as the run and executes one
//! batch per round. It does not know how many threads there are, nor what the others do.
//!
//! ```text
//! wait for an assignment ◀──────────────────────────────────────┐
//!     │ Assignment                                              │
//!     ▼                                                         │
//! wait at the start barrier until all threads of the round are  │
//!     │                                                         │
//!     ▼                                                         │
//! operations: lock? → load → window → store → unlock? → pause ──┴▶ Batch back to the driver
//! ```
//!
//! A stop ends each wait within a batch. A thread that is stopped releases the lock and
//! returns its batch with what it has done; the driver then ends it by closing its
//! channel.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crossbeam_channel::{Receiver, Sender};

use super::super::facts::{Fact, ListSnapshot, SNAPSHOT_VALUES, ThreadCounts};
use super::super::settings::applies;
use super::code::SourceLine;
use super::op::{Op, OpKind, Role, Stamp, Version, WorkerId};
use super::shared::SharedList;
use super::stopwatch::Stopwatch;
use super::stopwatch::Timed;
use crate::kit::clock::Clock;
use crate::kit::event::{Ending, LaneEvent, Pause};
use crate::kit::lock::Lock;
use crate::kit::recorder::Lane;
use crate::kit::step::{Mode, RaceWindow, StepController, StepDelay, Switch, at_line};
use crate::kit::stop::Stopped;

/// At full speed one of this many operations is timed, beginning with the first of each
/// batch. Reading the clock takes about as long as the operation, so timing all would
/// change what is measured.
const TIMED: usize = 64;
/// Only operations on a list at most this long are timed, as long as the exercise's: a
/// removal shifts every value, so on a long list its window shows nothing about the
/// exercise.
const SHORT: u32 = 10;

/// What all threads of a run share beside the list. All of it is read at each operation,
/// so a change takes effect within one operation, and none of it is replaced during a
/// run.
#[derive(Debug)]
pub struct Controls {
    pub controller: StepController,
    /// Taken around an operation if `lock_on` is set when the operation begins. It exists
    /// in unlocked runs too, unused.
    pub lock: Lock,
    /// Whether operations that begin now take the lock. For a moment after a change,
    /// threads with and without the lock may work at once, and the audit shows what comes
    /// of it.
    pub lock_on: Switch,
    pub pause: StepDelay,
    pub window: RaceWindow,
}

/// One thread's part of a round: what it has to do (`ops`, and the `values` that an adder
/// appends) and what it recorded. It is moved to the thread and back, so no part of it is
/// ever shared, and its memory is used again.
#[derive(Debug, Default)]
pub struct Batch {
    /// Index of this thread among those of the round, which is its number in the
    /// versions.
    pub index: usize,
    pub ops: usize,
    pub values: Vec<i64>,
    /// The operations that were executed, in order. The audit reads this, never the
    /// events.
    pub record: Vec<Op>,
    pub timed: Vec<Timed>,
    /// When the thread left the start barrier, in ns of the run's clock.
    pub began_ns: u64,
    pub ended_ns: u64,
}

impl Batch {
    /// Prepares for another round. All memory is reserved here, before the start: an
    /// allocation during the round could make the threads wait for each other in the
    /// allocator.
    pub fn begin(&mut self, index: usize, ops: usize) {
        (self.index, self.ops) = (index, ops);
        self.values.clear();
        self.record.clear();
        self.record.reserve(ops);
        self.timed.clear();
        self.timed.reserve(ops / TIMED + 1);
    }
}

/// A batch on its way to a thread, with all that the round adds to it: the list, which is
/// another one if the number of appends has changed, and the barrier that the round's
/// threads share.
#[derive(Debug)]
pub struct Assignment {
    pub batch: Batch,
    pub list: Arc<SharedList>,
    pub barrier: Arc<StartBarrier>,
    /// Where the batch is returned. When all threads have returned theirs, the receiver
    /// disconnects.
    pub back: Sender<Batch>,
}

/// Where threads wait for each other, so that none does all its operations before the
/// others have been scheduled: a round may take less time than waking a thread. For one
/// round only; contains the number of threads that are still to come.
///
/// It spins instead of sleeping, because threads that a sleeping barrier wakes start one
/// after the other, tens of microseconds apart. It works on one core too, as it yields
/// after a while.
#[derive(Debug)]
pub struct StartBarrier(AtomicUsize);

/// Spins this often, some microseconds to some tens of them, before it yields the core:
/// longer than a running thread needs to arrive, short against a time slice.
const SPINS: u32 = 5000;

impl StartBarrier {
    pub fn new(threads: usize) -> Self {
        Self(AtomicUsize::new(threads))
    }

    /// Waits until all threads have called this. Returns early after a stop: then no
    /// thread has anything to do that would need the others.
    fn wait(&self, controller: &StepController) {
        // Release, and acquire below: what a thread did before the barrier happens before
        // what any thread does after it. The experiment does not depend on it, as the
        // list was cleared before it was sent; a barrier without it would be a trap for
        // its next user.
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

/// A thread's exact counters: written by the thread alone, read by the driver while the
/// thread works. They are what the screen counts at full speed, where events of
/// operations are left out.
#[derive(Debug, Default)]
pub struct Counters {
    done: AtomicU64,
    empty: AtomicU64,
}

impl Counters {
    /// The two counters, read one after the other: an operation may be counted in
    /// between. Relaxed, because they publish no other data.
    pub fn read(&self) -> ThreadCounts {
        ThreadCounts {
            done: self.done.load(Ordering::Relaxed),
            empty: self.empty.load(Ordering::Relaxed),
        }
    }

    /// Counts one operation. A load and a store instead of a read-modify-write: the
    /// thread is the only writer, and an atomic addition costs several times as much.
    fn count(&self, kind: OpKind) {
        let counter = match kind {
            OpKind::FoundEmpty => &self.empty,
            OpKind::Appended | OpKind::Removed => &self.done,
        };
        counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

/// The thread's own side: what it needs for its operations, borrowed from its stack.
/// Nothing in it is shared with other threads but what `controls` and `counters` contain.
pub struct Worker<'a> {
    who: WorkerId,
    controls: &'a Controls,
    counters: &'a Counters,
    lane: &'a Lane<Fact>,
    clock: &'a Clock,
    clock_cost: f64,
    /// Whether the lane was last reported idle, so that short rounds do not emit the same
    /// state again and again.
    idle: Cell<bool>,
}

impl<'a> Worker<'a> {
    /// Reports which thread the lane is, before any other event of it: reliably, because
    /// without it no event of the lane could be understood.
    pub fn new(
        who: WorkerId,
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

    /// Executes batches until the channel is closed, which is how the driver ends the
    /// thread.
    pub fn work(&self, assignments: &Receiver<Assignment>) {
        // From here on the thread's operations are steps of this run's controller.
        let _guard = self.controls.controller.enter();
        self.go_idle();
        for assignment in assignments {
            let Assignment { mut batch, list, barrier, back } = assignment;
            self.go_running();
            barrier.wait(&self.controls.controller);
            // After the barrier, so that waiting for the others is not counted as work.
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

    /// Executes the operations of a batch and records them.
    ///
    /// # Errors
    /// [`Stopped`] if the run was asked to stop. The record then ends with the last
    /// complete operation, which is also the last that changed the list: an operation
    /// stores the length as its last step, and is recorded right after.
    pub fn run_batch(&self, batch: &mut Batch, list: &SharedList) -> Result<(), Stopped> {
        let mut counts = ThreadCounts::default();
        for number in 0..batch.ops {
            if self.controls.controller.stop().requested() {
                return Err(Stopped);
            }
            // Before the operation: if the run changes to a human pace during it, its
            // beginning was not emitted, so its end is not either.
            let reported = self.paced();
            let (op, locked) = self.operate(batch, list, number)?;
            batch.record.push(op);
            self.counters.count(op.kind);
            match op.kind {
                OpKind::FoundEmpty => counts.empty += 1,
                OpKind::Appended | OpKind::Removed => counts.done += 1,
            }
            if reported {
                self.emit_done(list, op, locked, counts);
            }
            self.controls.pause.sleep(Pause::Exercise)?;
        }
        Ok(())
    }

    /// One operation, under the lock if that is on when the operation begins; returns
    /// whether it was. The switch is read once: a lock that was taken is released,
    /// whatever the switch is by then.
    fn operate(
        &self,
        batch: &mut Batch,
        list: &SharedList,
        number: usize,
    ) -> Result<(Op, bool), Stopped> {
        let controls = self.controls;
        let locked = controls.lock_on.on();
        // Only where something stands in the window: without it the operation is over
        // before a screen could show that it has begun.
        if self.paced() {
            self.lane.fact(Fact::Began { locked });
        }
        at_line(self.line(SourceLine::AppendLock, SourceLine::RemoveLock));
        let guard = if locked { Some(controls.lock.lock()?) } else { None };
        // After the lock was taken: the wait for it is no part of the window.
        let stopwatch = (number.is_multiple_of(TIMED) && !self.paced())
            .then(|| Stopwatch::start(|| self.clock.now(), self.clock_cost));
        let between = |read, value| self.pass_window(locked, read, value, stopwatch.as_ref());
        let mine = Version::of(batch.index, number);
        let op = match self.who.role {
            Role::Adder => list.append(batch.values[number], mine, between),
            Role::Remover => list.remove(mine, between),
        }?;
        // A removal from an empty list has no store, so it has no window.
        if let Some(stopwatch) = stopwatch
            && op.read.length <= SHORT
            && op.kind != OpKind::FoundEmpty
        {
            batch.timed.push(stopwatch.stop());
        }
        // The release is a step of this line.
        at_line(self.line(SourceLine::AppendPause, SourceLine::RemovePause));
        drop(guard);
        Ok((op, locked))
    }

    /// Passes the race window between the load and the store of an operation. Called in
    /// every operation; without a widening it is one load and one comparison.
    ///
    /// # Errors
    /// [`Stopped`] if the run was asked to stop during an injected delay.
    fn pass_window(
        &self,
        locked: bool,
        read: Stamp,
        value: Option<i64>,
        stopwatch: Option<&Stopwatch<impl Fn() -> u64>>,
    ) -> Result<(), Stopped> {
        let window = &self.controls.window;
        if !applies(window.get(), locked) {
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

    /// Emits what an operation did, and its mark in the timeline. Only where operations
    /// are reported one by one: the snapshot of the list alone costs more than the
    /// operation. Flushed at once, because the thread sleeps next.
    fn emit_done(&self, list: &SharedList, op: Op, locked: bool, counts: ThreadCounts) {
        let sign = match op.kind {
            OpKind::Appended => Some("+"),
            OpKind::Removed => Some("-"),
            OpKind::FoundEmpty => None,
        };
        if let Some(sign) = sign {
            let label = format!("{sign}{}", op.value).into();
            self.lane.emit(LaneEvent::Mark { label });
        }
        let list = snapshot(list);
        self.lane.fact(Fact::Done { op, locked, counts, list });
        self.lane.flush();
    }

    /// Reports that the thread waits for its next batch, unless that was the last report.
    /// After a batch at full speed it is not called: a round may be shorter than emitting
    /// the event takes.
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

    /// Whether operations are reported one by one: at human pace, and while the threads
    /// are stepped.
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

pub fn snapshot(list: &SharedList) -> ListSnapshot {
    ListSnapshot { length: list.stamp().length, values: list.values(SNAPSHOT_VALUES) }
}
