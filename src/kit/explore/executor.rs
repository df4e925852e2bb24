//! The table around which a program's threads sit: one of them has the baton.
//!
//! A thread that announces its next step holds the baton, so it asks the scheduler
//! itself, and passes the baton only if another thread is to go on. A thread that
//! finishes a run judges it and lays out the next one. Nothing runs beside the
//! holder, so the session's mutex is never waited for.
//!
//! Must not know how turns are chosen.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;

use super::baton::{Baton, CpuPlace};
use super::config::{Config, Outcome};
use super::exploration::{Directive, Exploration};
use super::model_state::{NextStep, Phase, Until, lane};
use super::plan::Program;
use super::scheduler::Scheduler;
use crate::kit::model::{Op, OpResult};
use crate::kit::panics;
use crate::kit::step::{
    Grant, Name, ObjectId, Operand, StepGate, StepRequest, abort_run, at_operation, enter_gate,
};

/// Takes `program` through the runs that `scheduler` asks for, on threads of their own,
/// and returns when it has had enough or the config's stop is requested. All threads
/// have ended then, except one that is [`Fault::Stuck`](super::fault::Fault::Stuck).
pub fn explore<P: Scheduler>(
    scheduler: P,
    program: Arc<dyn Program>,
    config: &Config,
) -> Outcome<P> {
    let mut exploration = Exploration::new(scheduler, program, config.clone());
    let first = exploration.advance();
    let threads = exploration.threads();
    let executor =
        Arc::new(Executor { baton: Baton::new(threads), exploration: Mutex::new(exploration) });
    let mut workers: Vec<JoinHandle<()>> = Vec::with_capacity(threads);
    for thread in 0..threads {
        match executor.spawn(thread) {
            Ok(worker) => workers.push(worker),
            Err(error) => {
                executor.exploration.lock().not_started(thread, &error);
                break;
            }
        }
    }
    let handles = workers.iter().map(|worker| worker.thread().clone());
    executor.baton.set_threads(handles.collect());
    executor.pass(first.filter(|_| workers.len() == threads));
    let stuck = executor.watch(config.watchdog);
    for (thread, worker) in workers.into_iter().enumerate() {
        if stuck != Some(thread) {
            // Whatever the body panicked with has been taken care of.
            let _ = worker.join();
        }
    }
    let mut exploration = executor.exploration.lock();
    exploration.outcome(stuck)
}

/// What the threads of one exploration share.
struct Executor<P: Scheduler> {
    baton: Baton,
    exploration: Mutex<Exploration<P>>,
}

impl<P: Scheduler> Executor<P> {
    fn spawn(self: &Arc<Self>, thread: usize) -> io::Result<JoinHandle<()>> {
        let name = self.exploration.lock().name(thread).to_string();
        let executor = Arc::clone(self);
        let work = move || executor.work(thread);
        thread::Builder::new().name(name).spawn(work)
    }

    /// A thread's life: run after run of the program's body of that number.
    fn work(self: Arc<Self>, me: usize) {
        let gate = Rc::new(ThreadGate {
            executor: self,
            me,
            completed: Cell::new(None),
            left: Cell::new(false),
            place: RefCell::default(),
        });
        let executor = &gate.executor;
        while gate.wait().is_some() {
            let Some(body) = executor.exploration.lock().take_body(me) else {
                break;
            };
            gate.left.set(false);
            let guard = enter_gate(gate.clone(), lane(me));
            let outcome = panics::capture(body);
            drop(guard);
            let completed = gate.completed.take();
            let phase = match outcome {
                Ok(_) => Some(Phase::Returned),
                Err(_) if gate.left.get() => None,
                Err(panic) => {
                    let mut exploration = executor.exploration.lock();
                    exploration.panicked(me, panic.message.to_string());
                    Some(Phase::Panicked)
                }
            };
            let next = {
                let mut exploration = executor.exploration.lock();
                exploration.ended(me, completed, phase);
                exploration.advance()
            };
            executor.pass(next);
        }
    }

    /// Passes the baton; to no thread if the exploration is over.
    fn pass(&self, next: Option<(usize, Directive)>) {
        match next {
            Some((thread, directive)) => self.baton.pass(thread, directive as usize),
            None => self.baton.end(),
        }
    }

    /// Waits for the end; gives the thread that does not come to its next step. Counts
    /// looks, not time: a process that was stopped for a while is not stuck.
    fn watch(&self, limit: Duration) -> Option<usize> {
        let (mut seen, mut still) = (0, 0);
        while !self.baton.is_over() {
            self.baton.sleep(limit / LOOKS);
            // A thread that has the session is thinking, be it for hours: a scheduler may be a person.
            let moves = self.exploration.try_lock().map(|exploration| exploration.moves());
            if moves == Some(seen) {
                still += 1;
            } else {
                (seen, still) = (moves.unwrap_or(seen), 0);
            }
            if still > LOOKS && !self.baton.is_over() {
                self.baton.end();
                return Some(self.baton.holder());
            }
        }
        None
    }
}

/// Looks at a thread before it counts as stuck.
const LOOKS: u32 = 8;

/// A thread's place at the table.
struct ThreadGate<P: Scheduler> {
    executor: Arc<Executor<P>>,
    me: usize,
    /// What the last step found; reported with the next announcement.
    completed: Cell<Option<OpResult>>,
    /// The run was over before this thread's body.
    left: Cell<bool>,
    place: RefCell<CpuPlace>,
}

impl<P: Scheduler> ThreadGate<P> {
    fn wait(&self) -> Option<Directive> {
        let directive = self.executor.baton.wait(self.me, &mut self.place.borrow_mut())?;
        Some(Directive::of(directive))
    }
}

impl<P: Scheduler> StepGate for ThreadGate<P> {
    fn announce(&self, request: &StepRequest<'_>) -> Grant {
        let next = next_of(request, |operand| operand.object.model_id());
        let next = {
            let mut exploration = self.executor.exploration.lock();
            exploration.announced(self.me, self.completed.take(), next);
            exploration.advance()
        };
        let directive = match next {
            Some((thread, directive)) if thread == self.me => Some(directive),
            next => {
                self.executor.pass(next);
                self.wait()
            }
        };
        match directive {
            Some(Directive::Grant) => Grant::Execute,
            Some(Directive::Buffered) => {
                let exploration = self.executor.exploration.lock();
                Grant::Buffered(exploration.buffered(self.me))
            }
            // A thread that unwinds already goes on to its end by itself.
            _ if thread::panicking() => Grant::Released,
            _ => {
                self.left.set(true);
                abort_run()
            }
        }
    }

    fn completed(&self, seen: OpResult) {
        self.completed.set(Some(seen));
    }

    fn would_block(&self) {
        self.completed.set(Some(OpResult::Refused));
    }
}

/// The announcement as plain data, with the places on the model state of what it touches; an
/// error names a thing that has none.
pub fn next_of(
    request: &StepRequest<'_>,
    mut place: impl FnMut(&Operand<'_>) -> Option<ObjectId>,
) -> Result<NextStep, Name> {
    let mut ids = Vec::new();
    for operand in request.on {
        ids.push(place(operand).ok_or_else(|| operand.object.name())?);
    }
    let until =
        request.until.map(|holds| Arc::new(Until { words: ids.clone(), holds: Arc::clone(holds) }));
    Ok(NextStep {
        op: request.op,
        object: ids.first().copied(),
        lock: match request.op {
            Op::Wait | Op::Wake(_) => ids.get(1).copied(),
            _ => None,
        },
        until,
        line: request.place.line(),
        operation: at_operation(),
    })
}
