//! The executor: the threads of a program, one of which has the baton and runs.
//!
//! # The protocol
//!
//! The *baton* (Andrews, "passing the baton") is the right to run. A thread without it is
//! parked in [`Baton::wait`]. There is no thread for the scheduler: the thread that
//! announces its next step holds the baton, so it asks the scheduler itself, and passes the
//! baton only if another thread is to continue. Nothing runs beside the holder, so the mutex
//! of the [`Exploration`] is never contended, and a step that stays with the same thread
//! costs no switch.
//!
//! ```text
//!                        Start                       Grant, Buffered
//!    ┌─────────┐  take_body, enter_gate  ┌─────────┐  (baton and directive)
//!    │ WAITING │ ──────────────────────▶ │ RUNNING │ ◀──────────────────────┐
//!    │ in work │                         │ the body│                        │
//!    └─────────┘                         └────┬────┘                        │
//!      ▲  ▲                                   │ announce(request):          │
//!      │  │ body returned or panicked:        │ announced, advance          │
//!      │  │ ended, advance, pass              ▼                             │
//!      │  │                              ┌──────────┐  advance names this   │
//!      │  └──────────────────────────────│ DECIDING │  thread: no pass      │
//!      │                                 │ (holder) │ ──────────────────────┤
//!      │                                 └────┬─────┘                       │
//!      │                                      │ advance names another:      │
//!      │                                      ▼ pass, then wait             │
//!      │   Leave: abort_run unwinds      ┌──────────┐                       │
//!      └─────────────────────────────────│ WAITING  │ ──────────────────────┘
//!          the body; ended, advance      │ in a gate│
//!                                        └──────────┘
//! ```
//!
//! A *run* goes through the phases of the exploration, each of which hands out directives:
//!
//! 1. **Starting.** Each thread in turn gets `Start` and runs to its first announcement, so
//!    that the first decision is made with all next steps known.
//! 2. **Stepping.** [`Exploration::advance`] asks the scheduler for a step, carries it out
//!    on the model state, which predicts the result, and directs its thread to carry it out
//!    for real. The result comes back with that thread's next announcement, and must be the
//!    predicted one. A drained store needs no thread: it is written to the real memory
//!    here.
//! 3. **Closing.** The run ended, or the scheduler wanted no more of it. Threads that are
//!    still in their bodies get `Leave` one by one and unwind.
//! 4. The scheduler gets the finding and is asked for another run. If there is one, the
//!    program is instantiated again, on whichever thread has the baton; else the baton
//!    ends.
//!
//! **Replay.** The engine cannot go back: no thread knows how to undo a step. A scheduler
//! that wants to continue otherwise from an earlier state (a search, an undo) lets the run
//! close and takes the same choices again from the start. Programs are deterministic between
//! steps, so the same choices lead to the same state; `Fault::NotTheSame` and
//! `Fault::Diverged` report a program that is not.
//!
//! **Merging.** Before each choice the scheduler sees the model state. If a search has met
//! its key before, the future of this run is known: it chooses nothing, the run closes, and
//! the counts of that state are added instead (`search.rs`).
//!
//! # Memory and lock orders
//!
//! Passing the baton is a release store, waiting for it an acquire load. So everything that
//! a thread wrote before it passed on, in the exploration and in the program's own memory,
//! is seen by the next holder, whatever orders the program uses. The exploration's mutex is
//! taken by the holder, by [`Executor::watch`] with `try_lock`, and never while waiting for
//! the baton.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;

use super::baton::{Affinity, Baton};
use super::config::{Config, Outcome};
use super::exploration::{Directive, Exploration};
use super::model_state::{NextStep, Phase, Until, lane};
use super::plan::Program;
use super::scheduler::Scheduler;
use crate::kit::model::{Op, OpResult};
use crate::kit::panics;
use crate::kit::step::{
    self, Grant, Name, ObjectId, Operand, StepGate, StepRequest, abort_run, at_operation,
    enter_gate,
};

/// Takes `program` through the runs that `scheduler` asks for, on threads of their own, and
/// returns when it wants no more or the config's stop is requested. All threads have ended
/// then, except one that is [`Fault::Stuck`](super::fault::Fault::Stuck): it cannot be
/// ended from outside and is left behind.
///
/// The calling thread runs no step. It sleeps, and checks now and then that the others make
/// progress.
pub fn explore<P: Scheduler>(
    scheduler: P,
    program: Arc<dyn Program>,
    config: &Config,
) -> Outcome<P> {
    let mut exploration = Exploration::new(scheduler, program, config.clone());
    // Instantiates the first run here, as the number of threads is known only then.
    let first = exploration.advance();
    let threads = exploration.threads();
    let executor = Arc::new(Executor {
        baton: Baton::new(threads, config.core),
        exploration: Mutex::new(exploration),
    });
    let mut workers: Vec<JoinHandle<()>> = Vec::with_capacity(threads);
    for thread in 0..threads {
        match executor.spawn(thread) {
            Ok(worker) => workers.push(worker),
            Err(error) => {
                executor.exploration.lock().not_started(thread, &error);
                // The threads that were started wait for a baton that only ends.
                break;
            }
        }
    }
    let handles = workers.iter().map(|worker| worker.thread().clone());
    executor.baton.set_threads(handles.collect());
    // After `set_threads`, without which no thread could be woken.
    executor.pass(first.filter(|_| workers.len() == threads));
    let stuck = executor.watch(config.watchdog);
    for (thread, worker) in workers.into_iter().enumerate() {
        if stuck != Some(thread) {
            // `work` captures the panics of bodies and has none of its own.
            let _ = worker.join();
        }
    }
    let mut exploration = executor.exploration.lock();
    exploration.outcome(stuck)
}

/// What the threads of one exploration share. It lives until the last of them has ended, a stuck
/// one included, so that a thread that was left behind never looks at freed memory.
struct Executor<P: Scheduler> {
    baton: Baton,
    /// Locked by the holder of the baton alone, but for [`Executor::watch`].
    exploration: Mutex<Exploration<P>>,
}

impl<P: Scheduler> Executor<P> {
    /// Starts the system thread of a program's thread, named after it. It waits for the baton at
    /// once, and runs nothing before the first run was instantiated.
    fn spawn(self: &Arc<Self>, thread: usize) -> io::Result<JoinHandle<()>> {
        let name = self.exploration.lock().name(thread).to_string();
        let executor = Arc::clone(self);
        let work = move || executor.work(thread);
        thread::Builder::new().name(name).spawn(work)
    }

    /// The life of a thread: run after run of the program's body of its number, until the baton
    /// ends. Threads outlive runs because starting one costs more than most runs.
    fn work(self: Arc<Self>, me: usize) {
        let gate = Rc::new(ThreadGate {
            executor: self,
            me,
            completed: Cell::new(None),
            left: Cell::new(false),
            affinity: RefCell::default(),
        });
        let executor = &gate.executor;
        // Whatever the directive is: one that is to leave before it began begins its body
        // all the same, and leaves at its first step.
        while gate.wait().is_some() {
            let Some(body) = executor.exploration.lock().take_body(me) else {
                break;
            };
            gate.left.set(false);
            // From here on the body's steps are announced.
            let guard = enter_gate(gate.clone(), lane(me));
            let outcome = panics::capture(body);
            drop(guard);
            // Of the last step, which no announcement followed.
            let completed = gate.completed.take();
            let phase = match outcome {
                Ok(_) => Some(Phase::Returned),
                // The panic is that of `abort_run`: the run was over, and there is nothing
                // to report.
                Err(_) if gate.left.get() => None,
                Err(panic) => {
                    let mut exploration = executor.exploration.lock();
                    exploration.panicked(me, panic.message.to_string());
                    Some(Phase::Panicked)
                }
            };
            let next = {
                let mut exploration = executor.exploration.lock();
                // Together under one lock, as in `announce`.
                exploration.ended(me, completed, phase);
                exploration.advance()
            };
            executor.pass(next);
        }
    }

    /// Passes the baton with its directive, or ends it if the exploration is over. The caller must
    /// not touch the exploration after this: the next holder has it.
    fn pass(&self, next: Option<(usize, Directive)>) {
        match next {
            Some((thread, directive)) => self.baton.pass(thread, directive as usize),
            None => self.baton.end(),
        }
    }

    /// Waits for the end; returns the thread that does not come to its next step, if there
    /// is one. It counts checks that see no progress instead of time, so that a process that
    /// was stopped for a while (SIGSTOP, a suspended machine) is not taken for a stuck one.
    fn watch(&self, limit: Duration) -> Option<usize> {
        let (mut seen, mut still) = (0, 0);
        while !self.baton.is_over() {
            self.baton.sleep(limit / CHECKS);
            let moves = self.exploration.try_lock().map(|exploration| exploration.moves());
            // `None` is not equal: the thread that has the lock is deciding, which counts as
            // progress, and may take hours where a person decides.
            if moves == Some(seen) {
                still += 1;
            } else {
                (seen, still) = (moves.unwrap_or(seen), 0);
            }
            if still > CHECKS && !self.baton.is_over() {
                self.baton.end();
                return Some(self.baton.holder());
            }
        }
        None
    }
}

/// Checks without progress after which a thread counts as stuck: together the time of the watchdog.
/// More than one, so that time in which the whole process was stopped counts as one check at most.
const CHECKS: u32 = 8;

/// The gate of one thread of a program; see [`StepGate`]. Used by that thread alone, so its fields
/// are cells without locks.
struct ThreadGate<P: Scheduler> {
    executor: Arc<Executor<P>>,
    /// Number of the thread in the program.
    me: usize,
    /// What the last step found; reported with the next announcement or with the end, to
    /// save a lock of the exploration at each step.
    completed: Cell<Option<OpResult>>,
    /// Whether this run was over before the thread's body was: set just before it unwinds.
    left: Cell<bool>,
    /// Where the thread is pinned; see [`Baton::wait`].
    affinity: RefCell<Affinity>,
}

impl<P: Scheduler> ThreadGate<P> {
    /// Waits for the baton, and for what is to be done with it; `None` if the exploration is over.
    fn wait(&self) -> Option<Directive> {
        let directive = self.executor.baton.wait(self.me, &mut self.affinity.borrow_mut())?;
        Some(Directive::of(directive))
    }
}

impl<P: Scheduler> StepGate for ThreadGate<P> {
    fn announce(&self, request: &StepRequest<'_>) -> Grant {
        // The explorer's things have their number since they were made.
        let next = next_of(request, |operand| operand.object.model_id());
        let next = {
            let mut exploration = self.executor.exploration.lock();
            exploration.announced(self.me, self.completed.take(), next);
            exploration.advance()
        };
        let directive = match next {
            // The baton stays here.
            Some((thread, directive)) if thread == self.me => Some(directive),
            next => {
                self.executor.pass(next);
                self.wait()
            }
        };
        match directive {
            Some(Directive::Grant) => Grant::Execute,
            // The value is kept by the exploration, since the baton has room for two bits
            // only.
            Some(Directive::Buffered) => {
                let exploration = self.executor.exploration.lock();
                Grant::Buffered(exploration.buffered(self.me))
            }
            // A thread that unwinds already goes on to its end by itself. Without a gate, as
            // its next lookup of the mode must not lead back here.
            _ if thread::panicking() => {
                step::release();
                Grant::Released
            }
            _ => {
                self.left.set(true);
                abort_run()
            }
        }
    }

    fn completed(&self, seen: OpResult) {
        self.completed.set(Some(seen));
    }

    /// The model granted what the real thing refuses: reported as a result that the
    /// prediction does not have, so that the run fails as diverged.
    fn would_block(&self) {
        self.completed.set(Some(OpResult::Refused));
    }
}

/// The announcement as plain data. `number` returns the number of an operand in the model
/// state; an error names a thing that has none. Used by live runs, too.
pub fn next_of(
    request: &StepRequest<'_>,
    mut number: impl FnMut(&Operand<'_>) -> Option<ObjectId>,
) -> Result<NextStep, Name> {
    let mut ids = Vec::new();
    for operand in request.on {
        ids.push(number(operand).ok_or_else(|| operand.object.name())?);
    }
    // Shares the condition; it is called for states without a thread.
    let until = request
        .until
        .map(|holds| Arc::new(Until { atomics: ids.clone(), holds: Arc::clone(holds) }));
    Ok(NextStep {
        op: request.op,
        object: ids.first().copied(),
        // The second operand of a condition's steps is its lock.
        lock: match request.op {
            Op::Wait | Op::Wake(_) => ids.get(1).copied(),
            _ => None,
        },
        until,
        line: request.place.line(),
        operation: at_operation(),
    })
}
