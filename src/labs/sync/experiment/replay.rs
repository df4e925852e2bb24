//! A misuse between threads: the simplest failing schedule of its program, found by a search
//! and replayed on threads with lanes. So its outcome is exact, and never a matter of time.
//!
//! What is shown of a moment comes from the trace of the search. The threads take the same
//! steps in the same order, and their data is audited in the end; a step that cannot be taken,
//! or other data than that of the search, is an error.
//!
//! ```text
//! search ─▶ trace: thread, step, thread, step, ...
//!                     │ for each step
//! threads stepped ◀───┤ settle: all stand before their next step
//!                     │ show the model of the trace, wait for the pace or a key
//!                     └ step that thread ─▶ must be possible
//! audit of the real data == what the search found
//! ```

use std::io;
use std::time::{Duration, Instant};

use super::super::facts::Fact;
use super::outcome::{Figure, Outcome, Snapshot, Standstill};
use super::run_context::RunContext;
use super::step_mode::{self, StepCommand};
use super::stepper::HandStepper;
use super::thread_run::ThreadRun;
use crate::kit::event::LaneId;
use crate::kit::explore::query::first_state;
use crate::kit::explore::{Config, End, Found, Limits, ModelState, simplest_failure, why};
use crate::kit::model::State;
use crate::kit::step::Mode;
use crate::programs::code;
use crate::programs::describe::{ending, value};
use crate::programs::program::{Case, StepProgram};
use crate::scene::units;

/// On the live screen: how long a stuck run can be looked at before it is ended and the next
/// round begins.
pub const LINGER: Duration = Duration::from_secs(4);
/// How often commands are taken during a pause between two steps.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Replays the simplest failure of `program`.
///
/// # Errors
/// If a thread could not be started or has panicked, the run was stopped, or the threads did
/// not take the steps of the search or left other data.
pub fn run(context: &RunContext<'_>, program: &'static StepProgram) -> io::Result<Outcome> {
    let case = program.usual();
    let known = &context.searched.failure;
    let found = if let Some(found) = known.get() {
        found
    } else {
        let found = search(context, program, case)?;
        known.get_or_init(|| found)
    };
    context.controller.set_mode(Mode::Stepped);
    let mut plan = (program.instantiate)(case);
    let (audit, always) = (plan.at_end.take(), plan.always.take());
    let mut run = ThreadRun::start(context, plan, ToString::to_string)?;
    follow(context, &run, found)?;
    if let (End::Broken(broken), Some(audit), None) = (&found.end, audit, always)
        && audit(&run.stepper.model()).as_ref() != Err(broken)
    {
        return Err(io::Error::other("the replayed threads left other data than the search"));
    }
    let (cycle, why) = (cycle(found), why(found).map(|why| why.text).unwrap_or_default());
    if let End::Deadlock { .. } = found.end {
        let (text, circle) = (cycle.clone().unwrap_or_else(|| why.clone()), cycle.is_some());
        context.lane.reliable_fact(Fact::Stuck(Standstill { text, circle }));
        if context.live {
            run.sleep(LINGER)?;
        }
    }
    // Before the stop, by which those that are blocked for ever end: what they get then is no
    // part of the schedule. Times of stepped threads mean nothing.
    let order = run.participants.figures().order;
    context.stop().request();
    run.join()?;
    let code = code::encode(program, case, &found.trace);
    let threads = units::plural(found.trace.at(0).threads() as u64, "thread");
    let steps = units::plural(found.trace.len() as u64, "step");
    Ok(Outcome {
        operations: found.trace.len() as u64,
        expected: program.invariant.trim_end_matches('.').to_owned(),
        got: ending(&found.end, &found.trace),
        finding: Some(format!(
            "{why} (replayed schedule of {threads} and {steps}: \
             threadbare explore --replay {code})"
        )),
        order,
        cycle,
        code: Some(code),
        ..Outcome::default()
    })
}

/// Searches for the simplest failure of `program`: the fewest switches, then the fewest steps.
/// The same each time.
fn search(context: &RunContext<'_>, program: &StepProgram, case: Case) -> io::Result<Found> {
    let config = Config { memory: case.memory, stop: context.stop().clone(), ..Config::default() };
    let prepared = program.prepare(case);
    let found = simplest_failure(&prepared, &Limits::default(), &config);
    if context.stop().requested() {
        return Err(RunContext::stopped());
    }
    // A search that cannot go on has a reason, such as a thread that cannot be started.
    let reason = || match first_state(&prepared, &config) {
        Err(fault) => io::Error::other(fault.to_string()),
        Ok(_) => io::Error::other("no failing schedule was found"),
    };
    found.ok_or_else(reason)
}

/// Takes the steps of the search, at the set pace or when the user wants it. The model of the
/// search says whose step it is; the real threads must be able to take it.
fn follow(context: &RunContext<'_>, run: &ThreadRun<'_>, found: &Found) -> io::Result<()> {
    let mut by_hand = HandStepper::new(context);
    for (at, frame) in found.trace.steps().iter().enumerate() {
        run.settle()?;
        let model = found.trace.at(at);
        context.show(snapshot(&model));
        let name = model.thread_name(frame.choice.thread());
        wait_for_turn(context, run, &mut by_hand, &model, name)?;
        if !run.step(name)? {
            let text = format!("{name} cannot take step {} of the replayed schedule", at + 1);
            return Err(io::Error::other(text));
        }
    }
    run.settle()?;
    by_hand.leave();
    context.show(snapshot(&found.trace.at(found.trace.len())));
    Ok(())
}

/// Waits for the pace, or, once the user steps by hand, for the user.
///
/// # Errors
/// If a stop was requested.
fn wait_for_turn(
    context: &RunContext<'_>,
    run: &ThreadRun<'_>,
    by_hand: &mut HandStepper<'_>,
    model: &ModelState,
    next: &str,
) -> io::Result<()> {
    let began = Instant::now();
    loop {
        match (context.poll)() {
            Some(StepCommand::Next) if !by_hand.is_active() => by_hand.enter(),
            Some(StepCommand::Next) => return Ok(()),
            Some(StepCommand::Thread(name)) if by_hand.is_active() && name == next => {
                return Ok(());
            }
            Some(StepCommand::Resume) => by_hand.leave(),
            _ => {}
        }
        if by_hand.is_active() {
            by_hand.show_next(model, next);
        } else if began.elapsed() >= context.controller.delay().get() {
            return Ok(());
        }
        let left = context.controller.delay().get().saturating_sub(began.elapsed());
        run.sleep(if by_hand.is_active() { POLL_INTERVAL } else { left.min(POLL_INTERVAL) })?;
    }
}

/// The things of the program with their values, and the threads that are blocked: from the model of
/// the search, not from the real things, which are the same and in use.
fn snapshot(model: &ModelState) -> Snapshot {
    let name = |lane: LaneId| {
        let thread = (0..model.threads()).find(|thread| model.lane(*thread) == lane);
        thread.map_or_else(String::new, |thread| model.thread_name(thread).to_owned())
    };
    let figure = |state: &State| match state {
        State::Lock { holder } => Figure::Holder(holder.map(name)),
        State::RLock { holder, depth } => {
            Figure::Holder(holder.map(|holder| format!("{} x{depth}", name(holder))))
        }
        State::Event { set } => Figure::Set(*set),
        _ => Figure::Value(value(state, name)),
    };
    let figures = model.objects().map(|(_, thing, state)| (thing.to_string(), figure(state)));
    let blocked = step_mode::threads(model)
        .into_iter()
        .filter(|thread| thread.next.is_some() && !thread.ready);
    let waiting = blocked.map(|thread| thread.who).collect();
    // Every thread, so that each keeps its number: no line of a source is 0.
    let lines = (0..model.threads()).map(|thread| {
        let line = model.next(thread).map_or(0, |next| next.line);
        (model.thread_name(thread).to_owned(), line)
    });
    let lines = lines.collect();
    Snapshot { figures: figures.collect(), waiting, slots: Vec::new(), lines }
}

/// `A holds L1 and waits for L2; B holds L2 and waits for L1`, if it ended in such a cycle.
fn cycle(found: &Found) -> Option<String> {
    let End::Deadlock { cycle } = &found.end else {
        return None;
    };
    let model = found.trace.at(found.trace.len());
    let wanted = |thread: usize| {
        let object = model.next(thread).and_then(|next| next.object);
        object.map_or_else(String::new, |object| model.object_name(object).to_string())
    };
    // Each waits for what the next one holds, so it holds what the one before waits for.
    let before = cycle.iter().cycle().skip(cycle.len().saturating_sub(1));
    let links = cycle.iter().zip(before).map(|(&thread, &before)| {
        let (name, held) = (model.thread_name(thread), wanted(before));
        format!("{name} holds {held} and waits for {}", wanted(thread))
    });
    Some(links.collect::<Vec<_>>().join("; ")).filter(|text| !text.is_empty())
}
