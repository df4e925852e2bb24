//! What was found as text: a counterexample is a story with one column per thread.
//!
//! ```text
//! step  adder[1]                          adder[2]
//!    1! load count -> 0                                    ! conflicts with another step
//!    3                                    load count -> 0
//! In the end: 2 additions, and the count is 1.
//! Why: adder[1] found 0 in count, then adder[2] made it 1, ...
//! ```

use std::fmt::Write as _;

use super::Question;
use super::reply::Reply;
use crate::kit::explore::{Conflict, Found, Incomplete, Report, STEP_BOUND, why};
use crate::printable::Printable;
use crate::programs::code;
use crate::programs::describe::{effect, ending, operation};
use crate::scene::units;

/// Width of a column of a story: two of them and the numbers fit into 80 columns. A longer step
/// is not cut and reaches into the next column.
const COLUMN: usize = 34;

pub fn run_search(question: &Question, found: &Report) -> String {
    let program = question.program;
    let mut lines =
        vec![format!("{}: {}", program.title, program.question), figures(question, found)];
    let kinds = found.kinds.iter();
    lines.extend(
        kinds.map(|(kind, count)| format!("{}: {}", kind.replace('_', " "), units::count(*count))),
    );
    match &found.simplest {
        Some(simplest) => {
            let code = code::encode(program, question.case, &simplest.trace);
            let switches = switches(simplest.switches);
            lines.push(format!("\nThe simplest failure, with {switches}:"));
            lines.extend(story(simplest));
            lines.push(format!("\n{}", program.lesson));
            lines.push(format!("Replay it: threadbare explore --replay {code}"));
        }
        None if found.schedules == 0 => {
            lines.push("Nothing was checked, so whether it can fail is not known.".to_owned());
        }
        None if found.is_complete() => {
            lines.push("None fails: what it promises holds in each of them.".to_owned());
        }
        None => {
            lines.push("No failure was found, which does not mean that there is none.".to_owned());
        }
    }
    if found.incomplete.contains(&Incomplete::Sampled) {
        lines.push(
            "Shares of runs say nothing about how likely a failure is on a machine.".to_owned(),
        );
    }
    whole(&lines)
}

/// How many interleavings there are and fail, and what was left out, in sentences.
fn figures(question: &Question, found: &Report) -> String {
    let mut figures = match found.schedules {
        0 => "Not one interleaving was covered to its end.".to_owned(),
        // The same interleaving may be among them several times.
        runs if found.incomplete.contains(&Incomplete::Sampled) => {
            let runs = units::plural(runs.try_into().unwrap_or(u64::MAX), "run");
            format!("{runs}: {} of them failed.", units::count(found.failures))
        }
        all => format!(
            "{} interleavings, {} of them fail. {} of them were covered.",
            units::count(all),
            units::count(found.failures),
            if found.is_complete() { "All" } else { "Not all" }
        ),
    };
    for sentence in left_out(question, found) {
        // Writing to a string cannot fail.
        let _ = write!(figures, " {sentence}");
    }
    figures
}

/// Why not every interleaving was covered, one sentence each; none if every one was.
pub fn left_out(question: &Question, found: &Report) -> Vec<String> {
    let sentence = |why: &Incomplete| match why {
        Incomplete::PreemptionBound => format!(
            "Those with more than {} were left out.",
            switches(question.bound.unwrap_or_default())
        ),
        Incomplete::RunLimit => {
            format!("The search ended at its limit, after {}.", units::plural(found.runs, "run"))
        }
        Incomplete::StepBound => format!(
            "{} went on beyond {STEP_BOUND} steps and were cut off.",
            units::count(found.cut_off),
        ),
        Incomplete::FirstFailure => "The search ended at the first failure.".to_owned(),
        Incomplete::Sampled => "They were chosen at random.".to_owned(),
        Incomplete::Stopped => "The search was stopped.".to_owned(),
        Incomplete::Fault => "The search could not continue.".to_owned(),
    };
    found.incomplete.iter().map(sentence).collect()
}

pub fn reply(question: &Question, reply: &Reply<'_>) -> String {
    let mut lines = vec![
        format!("{}: {}", question.program.title, question.program.question),
        format!("Query: reachable? {}", Printable::foreign(reply.expr)),
    ];
    let all = units::count(reply.all);
    match (reply.trace, &reply.code) {
        (Some(found), Some(code)) => {
            lines.push(format!(
                "Yes, in {} of {all} interleavings{}. The simplest, with {}:",
                units::count(reply.holds),
                if reply.complete { "" } else { " so far" },
                switches(found.switches)
            ));
            lines.extend(steps(found, &|step| {
                if step + 1 == reply.step { '*' } else { ' ' }
            }));
            lines.push(match reply.step {
                0 => "It holds before the first step.".to_owned(),
                step => format!("It holds after step {step}."),
            });
            lines.push(format!("Replay it: threadbare explore --replay {code}"));
        }
        _ if reply.all == 0 => {
            lines.push("Not known: not one interleaving was covered to its end.".to_owned());
        }
        _ if reply.complete => lines.push(format!("No, in all {all} interleavings.")),
        _ => lines.push(format!(
            "Not in the {all} interleavings that were covered, which does not mean never."
        )),
    }
    lines.extend(reply.why.iter().cloned());
    whole(&lines)
}

/// A run as a table with one column per thread, how it ended, and why. The order of the rows is
/// that of the steps, so an interleaving can be read from top to bottom.
pub fn story(found: &Found) -> Vec<String> {
    let why = why(found);
    let conflict = why.as_ref().and_then(|why| why.conflict);
    let marked = |step| conflict.is_some_and(|conflict| belongs(conflict, step));
    let mut lines = steps(found, &|step| if marked(step) { '!' } else { ' ' });
    lines.push(format!("In the end: {}.", ending(&found.end, &found.trace)));
    if let Some(why) = why {
        let mut line = format!("Why: {}.", why.text);
        if conflict.is_some() {
            // Writing to a string cannot fail.
            let _ = write!(line, " The steps marked ! got in each other's way.");
        }
        lines.push(line);
    }
    lines
}

fn belongs(conflict: Conflict, step: usize) -> bool {
    step == conflict.read || step == conflict.change || Some(step) == conflict.act
}

/// The steps of a run, one column per thread; `mark` is for the step before it, from 0.
fn steps(found: &Found, mark: &dyn Fn(usize) -> char) -> Vec<String> {
    let model = found.trace.at(0);
    let names =
        (0..model.threads()).map(|thread| format!("{:<COLUMN$}", model.thread_name(thread)));
    let head = format!("step  {}", names.collect::<Vec<_>>().concat());
    let mut lines = vec![head.trim_end().to_owned()];
    for (step, frame) in found.trace.steps().iter().enumerate() {
        let mut what = operation(&found.trace, frame);
        match effect(frame) {
            result if result.is_empty() => {}
            result => what = format!("{what} -> {result}"),
        }
        let indent = COLUMN * frame.choice.thread();
        lines.push(format!("{:>4}{} {:indent$}{what}", step + 1, mark(step), ""));
    }
    lines
}

fn switches(count: u32) -> String {
    units::plural(count.into(), "switch")
}

pub fn whole(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}
