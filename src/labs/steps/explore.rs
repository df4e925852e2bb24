//! Exploring a program without a screen: what is asked, what was found, as text and JSON.
//!
//! The text tells the counterexample as a story with one column per thread. Must not
//! know how the question was typed.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use super::code::{self, BadCode};
use super::program::{Case, StepProgram};
use super::programs;
use crate::kit::explore::{
    Config, End, Film, Found, Frame, Limits, Memory, Order, Progress, Replay, Strategy, Survey,
    explore, survey,
};
use crate::kit::model::Seen;
use crate::kit::stop::Stop;
use crate::scene::units;

/// Runs of a random search that nobody limited.
const RANDOM_RUNS: u64 = 10_000;
/// Switches that a search by random priorities tries to place.
const PCT_DEPTH: usize = 3;
/// The widest column of a story.
const COLUMN: usize = 34;

/// What is asked of a program.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    pub program: &'static StepProgram,
    pub case: Case,
    /// As typed: `all`, `random`, `pct`, `sleep-sets`.
    pub search: &'static str,
    pub seed: u64,
    /// Preemptions at most.
    pub bound: Option<u32>,
    /// Schedules run at most.
    pub limit: Option<u64>,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Answer {
    pub text: String,
    pub json: Value,
    pub failed: bool,
    /// Why the exploration could not go on, if it could not.
    pub fault: Option<String>,
}

/// One program per line, its id first.
pub fn list() -> String {
    let line = |program: &&StepProgram| {
        let size = program.size.map_or_else(String::new, |size| {
            format!(
                " [n={}..{}, usually {}: {}]",
                size.least, size.most, size.usual, size.about
            )
        });
        let repair = format!(" [{}=on: {}]", program.repair.key, program.repair.about);
        format!(
            "{:<13} {}: {}{size}{repair}\n",
            program.id, program.title, program.question
        )
    };
    programs::ALL.iter().map(line).collect()
}

/// The version of a program that settings ask for.
///
/// # Errors
/// The key, and why it or its value is none of the program's.
pub fn case(
    program: &StepProgram,
    settings: &[(String, String)],
) -> Result<Case, (String, String)> {
    let mut case = program.usual();
    for (key, value) in settings {
        let refuse = |why: String| Err((key.clone(), why));
        match (key.as_str(), program.size) {
            ("n", Some(size)) => match value.parse() {
                Ok(n) if (size.least..=size.most).contains(&n) => case.n = n,
                _ => {
                    return refuse(format!(
                        "`{value}` is not a whole number from {} to {}",
                        size.least, size.most
                    ));
                }
            },
            ("memory", _) if program.memories => match value.as_str() {
                "sc" => case.memory = Memory::Sc,
                "tso" => case.memory = Memory::Tso,
                _ => return refuse(format!("`{value}` is not sc or tso")),
            },
            (key, _) if key == program.repair.key => match value.as_str() {
                "on" => case.repaired = true,
                "off" => case.repaired = false,
                _ => return refuse(format!("`{value}` is not on or off")),
            },
            _ => {
                let mut known = vec![program.repair.key];
                known.extend(program.size.map(|_| "n"));
                known.extend(program.memories.then_some("memory"));
                return refuse(format!(
                    "no such setting of {}; it has {}",
                    program.id,
                    known.join(", ")
                ));
            }
        }
    }
    Ok(case)
}

/// Searches the program's interleavings.
pub fn answer(question: &Question) -> Answer {
    answer_until(question, &Stop::new())
}

/// The same, for as long as nobody asks it to stop.
pub(super) fn answer_until(question: &Question, stop: &Stop) -> Answer {
    let began = Instant::now();
    let runs = question.limit.unwrap_or(RANDOM_RUNS);
    let order = Order {
        strategy: match question.search {
            "random" => Strategy::Random { runs },
            "pct" => Strategy::Pct {
                runs,
                depth: PCT_DEPTH,
            },
            "sleep-sets" => Strategy::SleepSets,
            _ => Strategy::All,
        },
        seed: question.seed,
        limits: Limits {
            switches: question.bound,
            runs: question.limit.unwrap_or(u64::MAX),
            ..Limits::default()
        },
    };
    let config = Config {
        memory: question.case.memory,
        stop: stop.clone(),
        ..Config::default()
    };
    let program = question.program.prepare(question.case);
    let found = survey(&program, order, &config, &Progress::default());
    let elapsed_ms = began.elapsed().as_secs_f64() * 1e3;
    Answer {
        text: tell(question, &found),
        json: figures(question, &found, elapsed_ms),
        failed: found.failures > 0,
        fault: found.fault.map(|fault| format!("{fault:?}")),
    }
}

/// Plays a code again.
///
/// # Errors
/// If it is no code of this build's programs.
pub fn replay(text: &str) -> Result<Answer, BadCode> {
    let replayed = code::decode(text)?;
    let config = Config {
        memory: replayed.case.memory,
        ..Config::default()
    };
    let program = replayed.program.prepare(replayed.case);
    let outcome = explore(
        Replay::new(replayed.schedule),
        Arc::clone(&program),
        &config,
    );
    let found = outcome.pilot.found;
    let title = format!("{}: {}", replayed.program.title, replayed.program.question);
    let mut lines = vec![title];
    let mut json = json!({ "program": replayed.program.id, "code": text.trim() });
    let failed = found.as_ref().is_some_and(|found| found.end.failed());
    if let Some(found) = &found {
        lines.extend(story(found));
        json["steps"] = steps(&found.film);
        json["failed"] = failed.into();
        json["end"] = ending(&found.end, &found.film).into();
    }
    if let Some(at) = outcome.pilot.refused {
        lines.push(format!(
            "Step {} of the schedule could not be taken.",
            at + 1
        ));
    }
    Ok(Answer {
        text: whole(&lines),
        json,
        failed,
        fault: outcome.fault.map(|fault| format!("{fault:?}")),
    })
}

fn figures(question: &Question, found: &Survey, elapsed_ms: f64) -> Value {
    let kinds: serde_json::Map<_, _> = found
        .kinds
        .iter()
        .map(|(kind, count)| ((*kind).to_owned(), big(*count)))
        .collect();
    let shortest = found.simplest.as_ref().map(|simplest| {
        json!({
            "code": code::encode(question.program, question.case, &simplest.film),
            "switches": simplest.switches,
            "end": ending(&simplest.end, &simplest.film),
            "steps": steps(&simplest.film),
        })
    });
    json!({
        "program": question.program.id,
        "settings": {
            "n": question.case.n,
            question.program.repair.key: if question.case.repaired { "on" } else { "off" },
            "memory": if question.case.memory == Memory::Tso { "tso" } else { "sc" },
        },
        "search": question.search,
        "seed": question.seed,
        "schedules": big(found.schedules),
        "states": found.states,
        "runs": found.runs,
        "complete": found.complete,
        "failures": big(found.failures),
        "kinds": kinds,
        "shortest": shortest,
        "elapsed_ms": elapsed_ms,
    })
}

/// A count as a number where JSON has room for it, and as text beyond that.
pub(super) fn big(count: u128) -> Value {
    u64::try_from(count).map_or_else(|_| count.to_string().into(), Value::from)
}

fn steps(film: &Film) -> Value {
    let desk = film.at(0);
    let step = |frame: &Frame| {
        json!({
            "thread": desk.thread_name(frame.turn.thread()),
            "op": operation(film, frame),
            "effect": effect(frame),
        })
    };
    film.frames().iter().map(step).collect()
}

pub(super) fn operation(film: &Film, frame: &Frame) -> String {
    if !frame.turn.is_step() {
        return "its oldest store reaches the memory".to_owned();
    }
    let desk = film.at(0);
    let object = frame
        .object
        .map(|object| desk.object_name(object).to_string())
        .unwrap_or_default();
    let value = frame
        .op
        .value()
        .map_or_else(String::new, |value| format!(" = {value}"));
    format!("{} {object}{value}", frame.op.verb())
        .trim()
        .to_owned()
}

pub(super) fn effect(frame: &Frame) -> String {
    match frame.seen {
        Seen::Done => String::new(),
        seen => seen.to_string(),
    }
}

pub(super) fn ending(end: &End, film: &Film) -> String {
    let desk = film.at(film.len());
    match end {
        End::Held => "everything held".to_owned(),
        End::Broken(broken) => broken.to_string(),
        End::Deadlock { cycle } if cycle.is_empty() => {
            "deadlock: they wait for something that nobody will do".to_owned()
        }
        End::Deadlock { cycle } => {
            let names: Vec<_> = cycle
                .iter()
                .map(|thread| desk.thread_name(*thread))
                .collect();
            format!(
                "deadlock: {} waits for the next, and the last for the first",
                names.join(", each of them ")
            )
        }
        End::Panicked { thread, message } => {
            format!("{} panicked: {message}", desk.thread_name(*thread))
        }
        End::StepBound => "it took more steps than it may".to_owned(),
        End::Stopped => "it was stopped".to_owned(),
    }
}

fn tell(question: &Question, found: &Survey) -> String {
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
            lines.push(format!(
                "\nThe simplest failure, with {} switches:",
                simplest.switches
            ));
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

/// A run as a table with one column per thread, and how it ended.
fn story(found: &Found) -> Vec<String> {
    let desk = found.film.at(0);
    let names = (0..desk.threads()).map(|thread| format!("{:<COLUMN$}", desk.thread_name(thread)));
    let head = format!("step  {}", names.collect::<Vec<_>>().concat());
    let mut lines = vec![head.trim_end().to_owned()];
    for (step, frame) in (1..).zip(found.film.frames()) {
        let mut what = operation(&found.film, frame);
        match effect(frame) {
            seen if seen.is_empty() => {}
            seen => what = format!("{what} -> {seen}"),
        }
        let indent = COLUMN * frame.turn.thread();
        lines.push(format!("{step:>4}  {:indent$}{what}", ""));
    }
    lines.push(format!("In the end: {}.", ending(&found.end, &found.film)));
    lines
}

fn whole(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests;
