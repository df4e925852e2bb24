//! A process of a run, seen from within: its arguments, what it does at the tool, and its report.
//!
//! Must not know any single tool, nor anything of the process that started it.
//!
//! ```text
//! start ─▶ enter: count itself as present, wait for the start gate ─▶ T::run or T::time ─▶ report
//!                                                                      │
//! each operation:  log Wants or Waits ─▶ the tool's own wait ─▶ log Acquired or GaveUp
//!                  log Released ─▶ the tool's release                  (before it, not after)
//! ```

use std::cell::RefCell;
use std::fmt::Display;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::control_block::{ControlBlock, ProcessEvent};
use super::costs::{SAMPLE, SAMPLES};
use super::outcome::{MAX_ORDER, MAX_TIMES};
use crate::kit::child::{WorkerFnError, region};
use crate::kit::clock::monotonic_ns;
use crate::kit::limit::Limit;
use crate::kit::shared::{Acquired, Guard, Layout, Lock, Region};
use crate::kit::stop::Stop;

/// Operations between two looks at the clock: few enough that a sample ends in time, although
/// each may be a call to another process.
const BATCH: u64 = 16;

/// The arguments of one process of a run: all that it knows beside the region. Sent to the
/// worker with its only task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProcessArgs {
    pub name: String,
    pub misuse: Option<String>,
    pub index: usize,
    pub workers: usize,
    pub ops: u64,
    /// How long it waits for what a misuse keeps from coming. Never the length of a wait that
    /// is part of correct use.
    pub timeout_ms: u64,
    /// Where to find the other side, for tools that are not in the region (pipe, manager); else
    /// empty.
    pub address: String,
    /// The number of processes that measure a cost together; `None` in an ordinary run. It
    /// decides which method of the tool runs.
    pub timed: Option<usize>,
}

/// What one process of a run reports at its end.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ProcessReport {
    pub waits_ns: Vec<u64>,
    /// When it got the tool, the first [`MAX_ORDER`] times, in ns by the clock of the machine,
    /// which orders them among all processes: all that are kept may be its own.
    pub got_at: Vec<u64>,
    /// What it has to say about what went wrong, one clause each; they become part of the finding.
    /// None from a process that was killed.
    pub messages: Vec<String>,
    /// Operations and nanoseconds of each sample; empty in an ordinary run.
    pub timed: Vec<(u64, u64)>,
}

/// A process of a run, as the code of the tool uses it: every operation on the tool goes
/// through one of its methods, which reports it and notes how long it took.
pub struct ProcessContext {
    pub args: ProcessArgs,
    control: ControlBlock,
    layout: Layout,
    report: RefCell<ProcessReport>,
}

impl ProcessContext {
    /// Waits until the run begins.
    ///
    /// # Errors
    /// If no memory was handed over.
    pub fn enter(args: ProcessArgs) -> Result<Self, WorkerFnError> {
        Self::enter_on(args, region()?)
    }

    /// The same on a region that is given: in a worker there is one, in a test several.
    ///
    /// # Errors
    /// If the run cannot begin.
    pub fn enter_on(args: ProcessArgs, region: &Region) -> Result<Self, WorkerFnError> {
        let mut layout = region.layout();
        let control = ControlBlock::new(&mut layout);
        control.present.add(1, &Limit::FOREVER).map_err(refused)?;
        control.start_gate.wait(&Limit::FOREVER).map_err(refused)?;
        Ok(Self { args, control, layout, report: RefCell::default() })
    }

    pub fn into_report(self) -> ProcessReport {
        self.report.into_inner()
    }

    /// Where the tool is laid out.
    pub fn layout(&self) -> Layout {
        self.layout.clone()
    }

    /// Whether this misuse runs, whichever process commits it.
    pub fn is_misuse(&self, misuse: &str) -> bool {
        self.args.misuse.as_deref() == Some(misuse)
    }

    /// Whether this process commits the misuse: it is the first, and this misuse runs. One
    /// culprit is enough to break the tool for all.
    pub fn is_culprit(&self, misuse: &str) -> bool {
        self.args.index == 0 && self.is_misuse(misuse)
    }

    /// How long to wait for what a misuse may keep from coming. Begins again with each call.
    pub fn misuse_limit(&self) -> Limit {
        Limit::within(Duration::from_millis(self.args.timeout_ms))
    }

    /// Gets the tool by `take`, and notes how long that took.
    ///
    /// # Errors
    /// That of `take`.
    pub fn take<T, E: Display>(
        &self,
        take: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, WorkerFnError> {
        self.attempt(take).map_err(refused)
    }

    /// The same where a refusal is expected, such as that of a closed queue.
    ///
    /// # Errors
    /// That of `take`: it got nothing.
    pub fn attempt<T, E>(&self, take: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.wait(ProcessEvent::Waits, take)
    }

    /// Gets something by `take`: reports the wish and the result, and notes how long it took.
    fn wait<T, E>(&self, wants: ProcessEvent, take: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let began = self.record(wants);
        let since = i64::try_from(began).unwrap_or(i64::MAX);
        self.control.waits.set(self.args.index, since);
        let got = take();
        self.control.waits.set(self.args.index, 0);
        let now =
            self.record(if got.is_ok() { ProcessEvent::Acquired } else { ProcessEvent::GaveUp });
        // As between threads: a wait in vain is neither an acquisition nor a wait for one.
        if got.is_ok() {
            let report = &mut *self.report.borrow_mut();
            if report.waits_ns.len() < MAX_TIMES {
                report.waits_ns.push(now - began);
            }
            if report.got_at.len() < MAX_ORDER {
                report.got_at.push(now);
            }
        }
        got
    }

    /// Takes a lock, and holds it until the guard is dropped.
    ///
    /// # Errors
    /// None that this run could expect.
    pub fn lock<'a>(&'a self, lock: &'a Lock) -> Result<HeldLock<'a>, WorkerFnError> {
        let take = || lock.lock(&Limit::FOREVER);
        let guard = self.wait(ProcessEvent::Wants(lock.holder()), take).map_err(refused)?;
        Ok(HeldLock { guard, process: self })
    }

    /// Gives the tool back by `release`.
    ///
    /// # Errors
    /// That of `release`.
    pub fn release<E: Display>(
        &self,
        release: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), WorkerFnError> {
        // Before it is so: the next may have it before we could say it.
        self.record(ProcessEvent::Released);
        release().map_err(refused)
    }

    /// Records an event for the driver thread; returns its time in ns by the clock of the machine.
    /// A full log loses it, and the process goes on.
    fn record(&self, what: ProcessEvent) -> u64 {
        let now = monotonic_ns();
        if let Some(log) = self.control.logs.get(self.args.index) {
            log.write([now, what.to_number()]);
        }
        now
    }

    /// A pause before a step, so that eyes can follow on the live screen. As long as the user
    /// has set by now.
    pub fn pause(&self) {
        let micros = u64::try_from(self.control.pace_us.get()).unwrap_or(0);
        if micros > 0 {
            // No stop request reaches this process: it is ended when the run is stopped.
            Stop::new().sleep(Duration::from_micros(micros));
        }
    }

    /// A pause inside a race window. Also without a pace it offers the core to the others,
    /// which makes it likelier that one falls into the window.
    pub fn pause_or_yield(&self) {
        std::thread::yield_now();
        self.pause();
    }

    /// Notes something about what went wrong, for the report at the end.
    pub fn add_message(&self, text: impl Into<String>) {
        self.report.borrow_mut().messages.push(text.into());
    }

    /// Times `op`, together with the others, for about so long as a sample takes.
    ///
    /// # Errors
    /// That of `op`.
    pub fn time<E: Display>(
        &self,
        mut op: impl FnMut() -> Result<(), E>,
    ) -> Result<(), WorkerFnError> {
        self.sample(|| {
            let (began, mut done) = (Instant::now(), 0);
            while began.elapsed() < SAMPLE {
                (0..BATCH).try_for_each(|_| op())?;
                done += BATCH;
            }
            Ok::<_, E>(done)
        })
    }

    /// Times `rounds` operations of this process.
    ///
    /// # Errors
    /// That of `op`.
    pub fn time_rounds<E: Display>(
        &self,
        rounds: u64,
        mut op: impl FnMut() -> Result<(), E>,
    ) -> Result<(), WorkerFnError> {
        self.sample(|| (0..rounds).try_for_each(|_| op()).map(|()| rounds))
    }

    /// Times `rounds` of what all processes do together, such as meeting at a barrier:
    /// each round is one operation, however many take part, so only the first counts it.
    ///
    /// # Errors
    /// That of `op`.
    pub fn time_together<E: Display>(
        &self,
        rounds: u64,
        mut op: impl FnMut() -> Result<(), E>,
    ) -> Result<(), WorkerFnError> {
        let counted = if self.args.index == 0 { rounds } else { 0 };
        self.sample(|| (0..rounds).try_for_each(|_| op()).map(|()| counted))
    }

    /// Takes the samples: all processes begin each of them together, at the barrier of the control
    /// block.
    fn sample<E: Display>(
        &self,
        mut sample: impl FnMut() -> Result<u64, E>,
    ) -> Result<(), WorkerFnError> {
        for _ in 0..SAMPLES {
            let begin = self.control.start.wait(&Limit::FOREVER, || ());
            begin.map_err(refused)?;
            let began = monotonic_ns();
            let done = sample().map_err(refused)?;
            let timed = (done, monotonic_ns() - began);
            self.report.borrow_mut().timed.push(timed);
        }
        Ok(())
    }
}

/// A lock that this process holds. Its release is reported like every other move, also when the
/// guard is dropped by an error or a panic.
pub struct HeldLock<'a> {
    process: &'a ProcessContext,
    guard: Guard<'a>,
}

impl HeldLock<'_> {
    /// How it was acquired: in the ordinary way, or from a holder that had died with it.
    pub fn acquired(&self) -> Acquired {
        self.guard.acquired()
    }
}

impl Drop for HeldLock<'_> {
    fn drop(&mut self) {
        // Before the guard goes: the next process may have the lock before this one could say
        // that it gave it back.
        self.process.record(ProcessEvent::Released);
    }
}

/// A tool's refusal as the error of a worker function: its text is all that the driver thread gets.
pub fn refused(why: impl Display) -> WorkerFnError {
    WorkerFnError::new("ToolError", why.to_string())
}
