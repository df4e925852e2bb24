//! Step mode: the threads of a run stand before their next step, and the user lets them take
//! one at a time.

use super::super::facts::Fact;
use super::run_context::RunContext;
use super::step_mode::{StepCommand, StepperSnapshot, threads};
use super::thread_run::ThreadRun;
use crate::kit::explore::ModelState;
use crate::lab::SteppedThread;

/// Whether the user steps the threads of a run, and what was shown of that. One for each run,
/// on the driver thread.
pub struct HandStepper<'a> {
    context: &'a RunContext<'a>,
    /// `None` while the threads run by themselves, or along a schedule.
    stepping: Option<Stepping>,
}

#[derive(Default)]
struct Stepping {
    /// The thread that took the last step: it goes on where it can, so that pressing one key
    /// again and again walks through one operation.
    last: Option<String>,
    shown: Option<StepperSnapshot>,
}

impl<'a> HandStepper<'a> {
    pub fn new(context: &'a RunContext<'a>) -> Self {
        Self { context, stepping: None }
    }

    pub fn is_active(&self) -> bool {
        self.stepping.is_some()
    }

    pub fn enter(&mut self) {
        self.stepping = Some(Stepping::default());
    }

    pub fn leave(&mut self) {
        if self.stepping.take().is_some() {
            self.context.lane.reliable_fact(Fact::Stepper { stepped: None });
            self.context.lane.flush();
        }
    }

    /// Steps the thread of the command, or the next one, if it is ready, and waits for its
    /// step.
    pub fn step(&mut self, run: &ThreadRun<'_>, command: &StepCommand) {
        let name = match command {
            StepCommand::Thread(name) => Some(name.clone()),
            _ => self.next_of(&by_name(&run.stepper.model())),
        };
        // A stop ends the run elsewhere.
        if let Some(name) = name
            && run.step(&name).unwrap_or(false)
            && let Some(stepping) = &mut self.stepping
        {
            stepping.last = Some(name);
        }
    }

    /// The same thread again if it can go on, else the first that can; `None` if none can.
    fn next_of(&self, threads: &[SteppedThread<String>]) -> Option<String> {
        let ready = || threads.iter().filter(|thread| thread.ready).map(|thread| &thread.who);
        let last = self.stepping.as_ref().and_then(|stepping| stepping.last.as_ref());
        ready().find(|name| Some(*name) == last).or_else(|| ready().next()).cloned()
    }

    /// Shows the threads of a live run, any of which can be stepped. Emits only what is new.
    pub fn show(&mut self, model: &ModelState) {
        let threads = by_name(model);
        let next = self.next_of(&threads);
        self.emit(StepperSnapshot { threads, next, replay: false });
    }

    /// Shows the threads of a replayed schedule, of which only `next` takes the next step.
    pub fn show_next(&mut self, model: &ModelState, next: &str) {
        let (threads, next) = (threads(model), Some(next.to_owned()));
        self.emit(StepperSnapshot { threads, next, replay: true });
    }

    fn emit(&mut self, snapshot: StepperSnapshot) {
        if let Some(stepping) = &mut self.stepping
            && stepping.shown.as_ref() != Some(&snapshot)
        {
            self.context.lane.reliable_fact(Fact::Stepper { stepped: Some(snapshot.clone()) });
            self.context.lane.flush();
            stepping.shown = Some(snapshot);
        }
    }
}

/// The threads of a live run by name, since the model has the order in which they came to their
/// first steps, which differs from run to run.
fn by_name(model: &ModelState) -> Vec<SteppedThread<String>> {
    let mut threads = threads(model);
    threads.sort_by(|one, other| one.who.cmp(&other.who));
    threads
}
