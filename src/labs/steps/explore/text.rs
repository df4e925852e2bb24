//! What was found as text: a counterexample is a story with one column per thread.

use std::fmt::Write as _;

use super::reply::Reply;
use super::{Question, effect, ending, operation};
use crate::kit::explore::{Conflict, Found, Survey, why};
use crate::labs::steps::code;
use crate::scene::units;

/// The widest column of a story.
const COLUMN: usize = 34;

pub(super) fn survey(question: &Question, found: &Survey) -> String {
    let program = question.program;
    let covered = if found.complete { "All" } else { "Not all" };
    let mut lines = vec![
        format!("{}: {}", program.title, program.question),
        format!(
            "{} interleavings, {} of them fail. {covered} of them were covered.",
            units::count(found.schedules),
            units::count(found.failures)
        ),
    ];
    let kinds = found.kinds.iter();
    lines.extend(
        kinds.map(|(kind, count)| format!("{}: {}", kind.replace('_', " "), units::count(*count))),
    );
    match &found.simplest {
        Some(simplest) => {
            let code = code::encode(program, question.case, &simplest.film);
            let switches = switches(simplest.switches);
            lines.push(format!("\nThe simplest failure, with {switches}:"));
            lines.extend(story(simplest));
            lines.push(format!("\n{}", program.moral));
            lines.push(format!("Replay it: threadbare explore --replay {code}"));
        }
        None if found.complete => {
            lines.push("None fails: what it promises holds in each of them.".to_owned());
        }
        None => {
            lines.push("No failure was found, which does not mean that there is none.".to_owned());
        }
    }
    if question.search == "random" || question.search == "pct" {
        lines.push(
            "Shares of runs say nothing about how likely a failure is on a machine.".to_owned(),
        );
    }
    whole(&lines)
}

pub(super) fn reply(question: &Question, reply: &Reply<'_>) -> String {
    let mut lines = vec![
        format!("{}: {}", question.program.title, question.program.question),
        format!("Can it be? {}", reply.expr),
    ];
    let all = units::count(reply.all);
    match (reply.film, &reply.code) {
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
        _ if reply.complete => lines.push(format!("No, in all {all} interleavings.")),
        _ => lines.push(format!(
            "Not in the {all} interleavings that were covered, which does not mean never."
        )),
    }
    whole(&lines)
}

/// A run as a table with one column per thread, how it ended, and why.
pub(super) fn story(found: &Found) -> Vec<String> {
    let why = why(found);
    let conflict = why.as_ref().and_then(|why| why.conflict);
    let marked = |step| conflict.is_some_and(|conflict| belongs(conflict, step));
    let mut lines = steps(found, &|step| if marked(step) { '!' } else { ' ' });
    lines.push(format!("In the end: {}.", ending(&found.end, &found.film)));
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
    let desk = found.film.at(0);
    let names = (0..desk.threads()).map(|thread| format!("{:<COLUMN$}", desk.thread_name(thread)));
    let head = format!("step  {}", names.collect::<Vec<_>>().concat());
    let mut lines = vec![head.trim_end().to_owned()];
    for (step, frame) in found.film.frames().iter().enumerate() {
        let mut what = operation(&found.film, frame);
        match effect(frame) {
            seen if seen.is_empty() => {}
            seen => what = format!("{what} -> {seen}"),
        }
        let indent = COLUMN * frame.turn.thread();
        lines.push(format!(
            "{:>4}{} {:indent$}{what}",
            step + 1,
            mark(step),
            ""
        ));
    }
    lines
}

fn switches(count: u32) -> String {
    let plural = if count == 1 { "" } else { "es" };
    format!("{count} switch{plural}")
}

pub(super) fn whole(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}
