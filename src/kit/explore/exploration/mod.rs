//! The state of an exploration: the present run, and what to do next.
//!
//! The thread that holds the baton calls [`Exploration::advance`]; everything here happens
//! one after the other, under one mutex. How the threads wait is the executor's part.
//!
//! ```text
//!               all have announced         an end, a panic, a bound, a stop
//!   Starting(n) ──────────────────▶ Stepping ──────────────────────────────▶ Closing
//!      ▲  │                          ▲   │ one step                           ▲   │
//!      │  │ a panic                  └───┘                                    │   │
//!      │  └───────────────────────────────────────────────────────────────────┘   │
//!      │             all threads have left, and the scheduler wants another run   │
//!      └──────────────────────────────────────────────────────────────────────────┤
//!                    it wants no more, or a stop was requested                     ▼
//!                                                     Over ◀── a fault, at any time
//! ```

mod decide;

use std::io;
use std::sync::Arc;

use super::config::{Config, Outcome};
use super::fault::Fault;
use super::finding::{End, Finding};
use super::model_state::{ModelState, Names, NextStep, Phase};
use super::plan::{Body, Broken, Plan, Program};
use super::schedule::{MOST_THREADS, ScheduleStep};
use super::scheduler::Scheduler;
use super::trace::{AfterStep, TraceStep};
use crate::kit::model::OpResult;
use crate::kit::panics;
use crate::kit::step::{Name, list_objects};

/// What a thread that gets the baton is to do: begin its body, take the announced step (on
/// the memory, or with the answer of its store buffer), or leave the run by unwinding. The
/// numbers travel in two bits of the baton.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directive {
    Start,
    Grant,
    Buffered,
    Leave,
}

impl Directive {
    /// The directive of a number that `as usize` made. Only its two lowest bits count: the rest
    /// of the baton is the thread.
    pub fn of(choice: usize) -> Self {
        match choice & 3 {
            0 => Self::Start,
            1 => Self::Grant,
            2 => Self::Buffered,
            _ => Self::Leave,
        }
    }
}

/// What a run is at; drawn above. In `Starting`, the number is that of the thread that is to come
/// to its first step next: one after the other, so that what bodies do before it is in a fixed
/// order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunPhase {
    Starting(usize),
    Stepping,
    Closing,
    Over,
}

/// What the present run knows of a thread beside the model state. Made again for each run, so
/// nothing of one run can leak into the next.
#[derive(Default)]
struct ThreadSlot {
    /// The body that the thread is to run, until it takes it. One that was never taken is dropped
    /// with the run.
    body: Option<Body>,
    /// The position of its last step in the trace, until it is known what the thread did
    /// after it; then that is added to the step.
    last_step: Option<usize>,
    /// What that step must have found by the model. The real result is compared with it, so
    /// that model and tools cannot drift apart.
    predicted: Option<OpResult>,
    /// What its store buffer answers to its present step, a load that does not go to the
    /// memory.
    buffered: i64,
    /// Its body is over, by return, panic or unwinding. A run closes when this holds for all.
    gone: bool,
}

/// Everything about an exploration but its threads. Under one mutex, which the holder of the
/// baton takes.
pub struct Exploration<P: Scheduler> {
    /// `None` once it was moved into the outcome.
    scheduler: Option<P>,
    program: Arc<dyn Program>,
    config: Config,
    /// The names of threads and things: those of the first run. A later run with more or fewer
    /// is a fault, as schedules would mean something else in it.
    names: Arc<Names>,
    /// The model state after all have started, taken in the first run. The same in all runs,
    /// since nothing has been chosen by then.
    first: Option<ModelState>,
    model: ModelState,
    plan: Plan,
    slots: Vec<ThreadSlot>,
    /// The steps of the present run, drains included.
    trace: Vec<TraceStep>,
    phase: RunPhase,
    /// How the run ended, from [`RunPhase::Closing`] on. Threads that still leave do not change
    /// it.
    end: Option<End>,
    /// What did not hold in the first state of this run in which something was wrong. The run
    /// goes on, so that each schedule is as long as without the check.
    broken: Option<Broken>,
    /// The last step of a thread, for counting switches. A drain is the memory's and is no
    /// switch.
    last: Option<ScheduleStep>,
    switches: u32,
    /// All runs and steps of the exploration, cut-off ones included. Together they show the
    /// watchdog that something moves.
    runs: u64,
    steps: u64,
    /// The first fault, which ends the exploration; later ones are its consequences.
    fault: Option<Fault>,
}

impl<P: Scheduler> Exploration<P> {
    /// An exploration before its first run, without threads: how many there are is known once
    /// the program was instantiated.
    pub fn new(scheduler: P, program: Arc<dyn Program>, config: Config) -> Self {
        let names = Arc::new(Names::default());
        Self {
            scheduler: Some(scheduler),
            program,
            model: ModelState::new(Arc::clone(&names), Vec::new(), config.memory),
            config,
            names,
            first: None,
            plan: Plan::new(),
            slots: Vec::new(),
            trace: Vec::new(),
            // As if a run had just ended: what comes next is the first one.
            phase: RunPhase::Closing,
            end: None,
            broken: None,
            last: None,
            switches: 0,
            runs: 0,
            steps: 0,
            fault: None,
        }
    }

    /// Number of threads of the program; 0 before the first run, which defines it.
    pub fn threads(&self) -> usize {
        self.names.threads.len()
    }

    pub fn name(&self, thread: usize) -> Arc<str> {
        Arc::clone(&self.names.threads[thread])
    }

    /// Grows with each run and each step. The watchdog compares it: a thread that is stuck
    /// between two steps stops it.
    pub fn moves(&self) -> u64 {
        self.runs + self.steps
    }

    /// The body that thread `thread` is to run; `None` if it was taken already, which ends the
    /// thread's loop.
    pub fn take_body(&mut self, thread: usize) -> Option<Body> {
        self.slots.get_mut(thread)?.body.take()
    }

    /// What the store buffer of a thread answers to its present step; only under
    /// [`Directive::Buffered`].
    pub fn buffered(&self, thread: usize) -> i64 {
        self.slots[thread].buffered
    }

    /// The result, once all is over. `stuck` names the thread that did not come to its next
    /// step; an earlier fault goes before it.
    pub fn outcome(&mut self, stuck: Option<usize>) -> Outcome<P> {
        let stuck = stuck.filter(|&thread| thread < self.threads());
        Outcome {
            scheduler: self.scheduler.take().expect("an exploration ends once"),
            runs: self.runs,
            steps: self.steps,
            fault: self.fault.take().or_else(|| {
                let thread = self.name(stuck?);
                Some(Fault::Stuck { thread })
            }),
        }
    }

    /// Records that the system refused a thread, which ends the exploration: nothing can be
    /// run.
    pub fn not_started(&mut self, thread: usize, error: &io::Error) {
        self.fail(Fault::NoThread { thread: self.name(thread), why: error.to_string() });
    }

    /// A thread has taken its last step, which found `completed`, and announces its next; an
    /// unknown object in it is a fault. `completed` is `None` at the first announcement.
    pub fn announced(
        &mut self,
        thread: usize,
        completed: Option<OpResult>,
        next: Result<NextStep, Name>,
    ) {
        self.verify(thread, completed);
        match next {
            Ok(next) => {
                self.then(thread, || AfterStep::Announced(next.clone()));
                self.model.announce(thread, next);
            }
            Err(object) => self.fail(Fault::UnknownObject { thread: self.name(thread), object }),
        }
    }

    /// A thread's body is over; `phase` is `None` if it left the run, whose end is known by
    /// then.
    pub fn ended(&mut self, thread: usize, completed: Option<OpResult>, phase: Option<Phase>) {
        self.slots[thread].gone = true;
        let Some(phase) = phase else { return };
        self.verify(thread, completed);
        self.then(thread, || AfterStep::Ended(phase));
        self.model.end(thread, phase);
    }

    /// A thread's body panicked, which ends the run at once: what it held stays held, and
    /// other threads could only wait for it.
    pub fn panicked(&mut self, thread: usize, message: String) {
        // A panic on the way out (in a destructor, say) does not change how the run ended.
        if self.phase == RunPhase::Closing {
            return;
        }
        // A plan that is judged by its checks alone, as for a query, is judged here, too.
        let end = if self.plan.only_checks {
            self.check_always();
            self.final_end()
        } else {
            End::Panicked { thread, message }
        };
        self.close(end);
    }

    /// Decides who gets the baton next, and for what; `None` if all is over. A scheduler or
    /// a check that panics ends the exploration with a fault, instead of leaving all
    /// threads waiting.
    pub fn advance(&mut self) -> Option<(usize, Directive)> {
        panics::capture(|| self.decide()).unwrap_or_else(|panic| {
            let message = panic.message.to_string();
            self.fail(Fault::Panicked { message });
            None
        })
    }

    /// Goes through the phases until a thread has to do something: which one, and what. `None` if
    /// all is over. A loop, because most of what is decided needs no thread: a drain, an end, the
    /// next run.
    fn decide(&mut self) -> Option<(usize, Directive)> {
        loop {
            match self.phase {
                RunPhase::Starting(thread) if thread < self.slots.len() => {
                    self.phase = RunPhase::Starting(thread + 1);
                    return Some((thread, Directive::Start));
                }
                RunPhase::Starting(_) => {
                    self.phase = RunPhase::Stepping;
                    // All threads have announced or ended.
                    if self.first.is_none() {
                        self.first = Some(self.model.clone());
                    }
                }
                RunPhase::Stepping => {
                    if let Some(command) = self.run_step() {
                        return Some(command);
                    }
                }
                RunPhase::Closing => {
                    // One at a time: their destructors may touch the program's data.
                    let left = self.slots.iter().position(|slot| !slot.gone);
                    if let Some(thread) = left {
                        return Some((thread, Directive::Leave));
                    }
                    self.conclude();
                    self.start_run();
                }
                RunPhase::Over => return None,
            }
        }
    }

    /// Asks the scheduler for another run, and instantiates the program for it. Runs on the
    /// thread that holds the baton, while all others have left.
    fn start_run(&mut self) {
        let stopped = self.config.stop.requested();
        if stopped || !self.scheduler.as_mut().is_some_and(Scheduler::begin) {
            self.phase = RunPhase::Over;
            return;
        }
        let program = Arc::clone(&self.program);
        let (mut plan, objects) = list_objects(|| program.instantiate());
        // The first run defines threads and things.
        if self.runs == 0 {
            assert!(plan.bodies.len() <= MOST_THREADS, "too many threads");
            self.names = Arc::new(Names {
                threads: plan.names.iter().map(|name| name.to_string().into()).collect(),
                objects: objects.iter().map(|&(name, _)| name).collect(),
            });
        } else if plan.names.len() != self.names.threads.len()
            || objects.len() != self.names.objects.len()
        {
            return self.fail(Fault::NotTheSame);
        }
        let states = objects.into_iter().map(|(_, state)| state).collect();
        self.model = ModelState::new(Arc::clone(&self.names), states, self.config.memory);
        if plan.always.is_some() {
            // Every state in between is judged, so no two changes commute.
            self.model.watch();
        }
        self.slots.clear();
        self.slots.extend(
            plan.bodies
                .drain(..)
                .map(|body| ThreadSlot { body: Some(body), ..ThreadSlot::default() }),
        );
        self.plan = plan;
        self.trace.clear();
        self.end = None;
        self.broken = None;
        self.last = None;
        self.switches = 0;
        self.runs += 1;
        self.phase = RunPhase::Starting(0);
    }

    fn close(&mut self, end: End) {
        self.end = Some(end);
        self.phase = RunPhase::Closing;
    }

    /// Reports the run to the scheduler. Nothing to report before the first run.
    fn conclude(&mut self) {
        if let (Some(end), Some(scheduler)) = (&self.end, &mut self.scheduler) {
            // A run that ended while its threads started shows them as far as they came.
            let first = self.first.get_or_insert_with(|| self.model.clone());
            scheduler.end(&Finding {
                end,
                switches: self.switches,
                first,
                last: &self.model,
                trace: &self.trace,
            });
        }
    }

    /// Ends the exploration. Threads in their bodies are not unwound: they wait for a baton
    /// that ends, and then leave.
    fn fail(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
        self.phase = RunPhase::Over;
    }
}
