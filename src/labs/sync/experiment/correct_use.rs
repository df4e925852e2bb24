//! The correct use of a tool between threads: run free or paced with as many workers and
//! operations as the settings say, stepped by hand if the user likes, and proved by a search
//! of all interleavings of the smallest run.
//!
//! ```text
//! search  make(2 workers, 1 operation) ──▶ all interleavings: "holds in all N"     once a lab run
//! run     make(workers, ops) ──▶ threads ──▶ got() == expected?                    every time
//! hand    the same threads, in step mode: one step for each key
//! ```

use std::io;
use std::sync::Arc;

use super::outcome::{Outcome, Snapshot};
use super::participants::Participants;
use super::run_context::RunContext;
use super::step_mode::StepCommand;
use super::stepper::HandStepper;
use super::thread_run::ThreadRun;
use crate::kit::explore::{
    Config, Limits, Plan, Program, Progress, SearchOptions, Strategy, run_search,
};
use crate::kit::step::{Mode, Name};
use crate::kit::stop::Stop;
use crate::programs::flow::{StepResult, expect};
use crate::scene::units;

/// Runs of a search at most, so that a mistake in a tool does not search for ever: every one of
/// the smallest runs takes far fewer.
const MOST_RUNS: u64 = 50_000;
/// Workers of the run that is searched, and operations of each. The number of interleavings
/// grows exponentially with both.
const SEARCHED: (u32, u64) = (2, 1);

/// A run of a tool, used correctly: its threads, what must come out, and how it is drawn. Each
/// run, and each interleaving of the search, has one of its own.
pub struct CorrectUse {
    plan: Plan,
    operations: u64,
    expected: String,
    got: Got,
    /// Draws the structure inside, from the tool itself and from what its threads wait for.
    snapshot: Box<dyn Fn(&Participants) -> Snapshot>,
}

/// Reads what came out from the data itself. Shared by the run and the check of its search.
type Got = Arc<dyn Fn() -> String + Send + Sync>;

/// Makes a run of so many workers, each with so many operations: of the size that the settings
/// ask for, and of the smallest one for the search.
pub type MakeCorrectUse = fn(u32, u64) -> CorrectUse;

impl CorrectUse {
    /// A run whose data, which its threads share, is right if `got` gives `expected` after all of
    /// them have ended.
    pub fn new<S: Send + Sync + 'static>(
        plan: Plan,
        operations: u64,
        expected: &impl ToString,
        shared: Arc<S>,
        got: impl Fn(&S) -> String + Send + Sync + 'static,
        snapshot: impl Fn(&Participants, &S) -> Snapshot + 'static,
    ) -> Self {
        let (end, expected) = (Arc::clone(&shared), expected.to_string());
        let got: Got = Arc::new(move || got(&end));
        let (audit, should_be) = (Arc::clone(&got), expected.clone());
        let plan = plan.at_end(move |_| {
            let got = audit();
            let wrong = || format!("expected {should_be}, got {got}");
            expect(got == should_be, "unexpected", wrong)
        });
        let snapshot = Box::new(move |all: &Participants| snapshot(all, &shared));
        Self { plan, operations, expected, got, snapshot }
    }
}

/// Adds `count` workers to a plan, each with a number from 0. In the model they are `name[1]`,
/// `name[2]` and so on, in the order of their numbers.
pub fn workers<S: Send + Sync + 'static>(
    plan: Plan,
    name: &'static str,
    count: u32,
    shared: &Arc<S>,
    body: impl Fn(&S, u32) -> StepResult + Copy + Send + 'static,
) -> Plan {
    (0..count).fold(plan, |plan, number| {
        let shared = Arc::clone(shared);
        plan.thread((name, number + 1), move || body(&shared, number))
    })
}

/// Runs the correct use once, after its search if that has not been made.
///
/// # Errors
/// If a thread could not be started or has panicked, or the run was stopped.
pub fn run(context: &RunContext<'_>, make: MakeCorrectUse) -> io::Result<Outcome> {
    let known = &context.searched.proof;
    // A search that was stopped has proved nothing, and is made again.
    if known.get().is_none()
        && let Some(found) = proof(make, context.stop())
    {
        known.get_or_init(|| found);
    }
    let workers = u32::try_from(context.workers).unwrap_or(u32::MAX);
    let CorrectUse { plan, operations, expected, got, snapshot } = make(workers, context.ops);
    context.controller.set_mode(free_mode(context));
    let mut run = ThreadRun::start(context, plan, lane_name)?;
    watch(context, &run, &snapshot);
    run.join()?;
    let figures = run.participants.figures();
    if context.stop().requested() {
        return Err(RunContext::stopped());
    }
    context.show(snapshot(&run.participants));
    Ok(Outcome {
        operations,
        expected,
        got: got(),
        order: figures.order,
        waits_ns: figures.waits_ns,
        holds_ns: figures.holds_ns,
        proof: known.get().cloned(),
        ..Outcome::default()
    })
}

/// The name of a worker as a lane: `adder-1`, as workers between processes are called. In the
/// model it is `adder[1]`, an element of an array.
fn lane_name(name: &Name) -> String {
    name.to_string().replace('[', "-").replace(']', "")
}

/// Shows the inside and takes the user's commands until all threads have ended. Threads that
/// are stepped stand still meanwhile.
fn watch(
    context: &RunContext<'_>,
    run: &ThreadRun<'_>,
    snapshot: &dyn Fn(&Participants) -> Snapshot,
) {
    let mut by_hand = HandStepper::new(context);
    let mut shown = None;
    while !run.is_over() {
        match (context.poll)() {
            Some(StepCommand::Resume) if by_hand.is_active() => {
                run.stepper.resume(free_mode(context));
                by_hand.leave();
            }
            Some(StepCommand::Next) if !by_hand.is_active() => {
                run.stepper.pause();
                by_hand.enter();
            }
            Some(command) if by_hand.is_active() => by_hand.step(run, &command),
            _ => {}
        }
        if by_hand.is_active() {
            by_hand.show(&run.stepper.model());
        } else if context.controller.mode() != free_mode(context) {
            context.controller.set_mode(free_mode(context));
        }
        let inside = snapshot(&run.participants);
        if shown.as_ref() != Some(&inside) {
            context.show(inside.clone());
            shown = Some(inside);
        }
    }
    by_hand.leave();
}

/// How threads run that are not stepped: without a pace at full speed, where a step costs
/// nothing.
fn free_mode(context: &RunContext<'_>) -> Mode {
    if context.controller.delay().get().is_zero() { Mode::Full } else { Mode::Paced }
}

/// Searches all interleavings of the smallest run: what was found, in one clause. `None` if
/// it was stopped, or could not be searched in whole.
pub fn proof(make: MakeCorrectUse, stop: &Stop) -> Option<String> {
    let (workers, ops) = SEARCHED;
    let program: Arc<dyn Program> = Arc::new(move || make(workers, ops).plan);
    let limits = Limits { runs: MOST_RUNS, ..Limits::default() };
    let options = SearchOptions { strategy: Strategy::All, seed: 0, limits };
    let config = Config { stop: stop.clone(), ..Config::default() };
    let found = run_search(&program, options, &config, &Progress::default());
    let all = units::count(found.schedules);
    let size = format!("{workers} workers x {ops} operation");
    match found.failures {
        _ if !found.is_complete() => None,
        0 => Some(format!("holds in all {all} interleavings of {size}")),
        failures => {
            Some(format!("fails in {} of {all} interleavings of {size}", units::count(failures)))
        }
    }
}
