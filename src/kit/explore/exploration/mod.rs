//! The state of an exploration: the present run, and what to do next.
//!
//! A thread that holds the baton asks [`Exploration::advance`]; everything here happens one
//! after the other. Must not know how threads wait for each other.

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

/// What a thread that gets the baton is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directive {
    /// Begin its body.
    Start,
    /// Take the announced step.
    Grant,
    /// The same, with its store buffer instead of the memory.
    Buffered,
    /// Leave the run.
    Leave,
}

impl Directive {
    pub fn of(choice: usize) -> Self {
        match choice & 3 {
            0 => Self::Start,
            1 => Self::Grant,
            2 => Self::Buffered,
            _ => Self::Leave,
        }
    }
}

/// What a run is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunPhase {
    /// The thread of this number is to come to its first step.
    Opening(usize),
    Playing,
    /// Threads that have not ended leave one by one.
    Closing,
    Over,
}

/// What the present run knows of a thread beside the model state.
#[derive(Default)]
struct ThreadSlot {
    body: Option<Body>,
    /// The frame of its last step, and what that must have found.
    frame: Option<usize>,
    predicted: Option<OpResult>,
    buffered: i64,
    gone: bool,
}

pub struct Exploration<P: Scheduler> {
    scheduler: Option<P>,
    program: Arc<dyn Program>,
    config: Config,
    names: Arc<Names>,
    /// The same in all runs.
    first: Option<ModelState>,
    model: ModelState,
    plan: Plan,
    slots: Vec<ThreadSlot>,
    frames: Vec<TraceStep>,
    phase: RunPhase,
    end: Option<End>,
    broken: Option<Broken>,
    last: Option<ScheduleStep>,
    switches: u32,
    runs: u64,
    steps: u64,
    fault: Option<Fault>,
}

impl<P: Scheduler> Exploration<P> {
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
            frames: Vec::new(),
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

    pub fn threads(&self) -> usize {
        self.names.threads.len()
    }

    pub fn name(&self, thread: usize) -> Arc<str> {
        Arc::clone(&self.names.threads[thread])
    }

    /// Grows with everything that happens.
    pub fn moves(&self) -> u64 {
        self.runs + self.steps
    }

    pub fn take_body(&mut self, thread: usize) -> Option<Body> {
        self.slots.get_mut(thread)?.body.take()
    }

    /// What the store buffer of a thread answers to its present step.
    pub fn buffered(&self, thread: usize) -> i64 {
        self.slots[thread].buffered
    }

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

    /// The system refused a thread: nothing can be run.
    pub fn not_started(&mut self, thread: usize, error: &io::Error) {
        self.fail(Fault::NoThread { thread: self.name(thread), why: error.to_string() });
    }

    /// A thread has taken its last step, which found `completed`, and announces its next.
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

    /// A thread's body is over; without a phase if it left the run.
    pub fn ended(&mut self, thread: usize, completed: Option<OpResult>, phase: Option<Phase>) {
        self.slots[thread].gone = true;
        let Some(phase) = phase else { return };
        self.verify(thread, completed);
        self.then(thread, || AfterStep::Ended(phase));
        self.model.end(thread, phase);
    }

    pub fn panicked(&mut self, thread: usize, message: String) {
        if self.phase == RunPhase::Closing {
            return;
        }
        // A thread that only asks a question asks it where a panic ends the run, too.
        let end = if self.plan.only_checks {
            self.check_always();
            self.final_end()
        } else {
            End::Panicked { thread, message }
        };
        self.close(end);
    }

    /// Decides who gets the baton next, and for what; `None` if all is over. A scheduler
    /// or a check that panics ends the exploration.
    pub fn advance(&mut self) -> Option<(usize, Directive)> {
        panics::capture(|| self.decide()).unwrap_or_else(|panic| {
            let message = panic.message.to_string();
            self.fail(Fault::Panicked { message });
            None
        })
    }

    fn decide(&mut self) -> Option<(usize, Directive)> {
        loop {
            match self.phase {
                RunPhase::Opening(thread) if thread < self.slots.len() => {
                    self.phase = RunPhase::Opening(thread + 1);
                    return Some((thread, Directive::Start));
                }
                RunPhase::Opening(_) => {
                    self.phase = RunPhase::Playing;
                    if self.first.is_none() {
                        self.first = Some(self.model.clone());
                    }
                }
                RunPhase::Playing => {
                    if let Some(command) = self.run_step() {
                        return Some(command);
                    }
                }
                RunPhase::Closing => {
                    let left = self.slots.iter().position(|slot| !slot.gone);
                    if let Some(thread) = left {
                        return Some((thread, Directive::Leave));
                    }
                    self.conclude();
                    self.open();
                }
                RunPhase::Over => return None,
            }
        }
    }

    /// Asks for another run, and lays it out.
    fn open(&mut self) {
        let stopped = self.config.stop.requested();
        if stopped || !self.scheduler.as_mut().is_some_and(Scheduler::begin) {
            self.phase = RunPhase::Over;
            return;
        }
        let program = Arc::clone(&self.program);
        let (mut plan, objects) = list_objects(|| program.instantiate());
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
            self.model.watch();
        }
        self.slots.clear();
        self.slots.extend(
            plan.bodies
                .drain(..)
                .map(|body| ThreadSlot { body: Some(body), ..ThreadSlot::default() }),
        );
        self.plan = plan;
        self.frames.clear();
        self.end = None;
        self.broken = None;
        self.last = None;
        self.switches = 0;
        self.runs += 1;
        self.phase = RunPhase::Opening(0);
    }

    fn close(&mut self, end: End) {
        self.end = Some(end);
        self.phase = RunPhase::Closing;
    }

    /// Reports the run to the scheduler.
    fn conclude(&mut self) {
        if let (Some(end), Some(first), Some(scheduler)) =
            (&self.end, &self.first, &mut self.scheduler)
        {
            scheduler.end(&Finding {
                end,
                switches: self.switches,
                first,
                last: &self.model,
                frames: &self.frames,
            });
        }
    }

    fn fail(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
        self.phase = RunPhase::Over;
    }
}
