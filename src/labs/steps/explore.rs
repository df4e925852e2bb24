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
    let mut text = format!(
        "{}: {}\n",
        replayed.program.title, replayed.program.question
    );
    let mut json = json!({ "program": replayed.program.id, "code": text_of(&found, replayed.program, replayed.case) });
    let failed = found.as_ref().is_some_and(|found| found.end.failed());
    if let Some(found) = &found {
        text.push_str(&story(found));
        json["steps"] = steps(&found.film);
        json["failed"] = failed.into();
        json["end"] = ending(&found.end, &found.film).into();
    }
    if let Some(at) = outcome.pilot.refused {
        text.push_str(&format!(
            "step {} of the schedule could not be taken\n",
            at + 1
        ));
    }
    Ok(Answer {
        text,
        json,
        failed,
        fault: outcome.fault.map(|fault| format!("{fault:?}")),
    })
}

fn text_of(found: &Option<Found>, program: &StepProgram, case: Case) -> Value {
    found.as_ref().map_or(Value::Null, |found| {
        code::encode(program, case, &found.film).into()
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
fn big(count: u128) -> Value {
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

fn operation(film: &Film, frame: &Frame) -> String {
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

fn effect(frame: &Frame) -> String {
    match frame.seen {
        Seen::Done => String::new(),
        seen => seen.to_string(),
    }
}

fn ending(end: &End, film: &Film) -> String {
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
    let mut text = format!("{}: {}\n", program.title, program.question);
    let covered = if found.complete {
        "All of them were covered."
    } else {
        "Not all of them were covered."
    };
    text.push_str(&format!(
        "{} interleavings, {} of them fail. {covered}\n",
        units::count(found.schedules),
        units::count(found.failures)
    ));
    for (kind, count) in &found.kinds {
        text.push_str(&format!(
            "{}: {}\n",
            kind.replace('_', " "),
            units::count(*count)
        ));
    }
    match &found.simplest {
        Some(simplest) => {
            text.push_str(&format!(
                "\nThe simplest failure, with {} switches:\n",
                simplest.switches
            ));
            text.push_str(&story(simplest));
            text.push_str(&format!("\n{}\n", program.moral));
            let code = code::encode(program, question.case, &simplest.film);
            text.push_str(&format!("Replay it: threadbare explore --replay {code}\n"));
        }
        None if found.complete => {
            text.push_str("None fails: what it promises holds in each of them.\n")
        }
        None => text.push_str("No failure was found, which does not mean that there is none.\n"),
    }
    if question.search == "random" || question.search == "pct" {
        text.push_str("Shares of runs say nothing about how likely a failure is on a machine.\n");
    }
    text
}

/// A run as a table with one column per thread, and how it ended.
fn story(found: &Found) -> String {
    let desk = found.film.at(0);
    let names: Vec<_> = (0..desk.threads())
        .map(|thread| desk.thread_name(thread).to_owned())
        .collect();
    let mut text = format!("{:>4}  ", "step");
    text.extend(names.iter().map(|name| format!("{name:<COLUMN$}")));
    text = format!("{}\n", text.trim_end());
    for (step, frame) in (1..).zip(found.film.frames()) {
        let what = match effect(frame) {
            seen if seen.is_empty() => operation(&found.film, frame),
            seen => format!("{} -> {seen}", operation(&found.film, frame)),
        };
        let indent = COLUMN * frame.turn.thread();
        text.push_str(&format!("{step:>4}  {:indent$}{what}\n", ""));
    }
    text.push_str(&format!(
        "In the end: {}.\n",
        ending(&found.end, &found.film)
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(id: &str, settings: &[(&str, &str)]) -> Answer {
        let program = programs::find(id).unwrap();
        let settings: Vec<_> = settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let case = case(program, &settings).unwrap();
        answer(&Question {
            program,
            case,
            search: "all",
            seed: 1,
            bound: None,
            limit: None,
        })
    }

    #[test]
    fn the_list_of_two_has_its_known_counts() {
        let unlocked = ask("list", &[("n", "2")]);
        assert_eq!(
            (&unlocked.json["schedules"], &unlocked.json["failures"]),
            (&json!(924), &json!(918))
        );
        assert_eq!(
            (unlocked.failed, &unlocked.json["complete"]),
            (true, &json!(true))
        );
        let locked = ask("list", &[("n", "2"), ("lock", "on")]);
        assert_eq!(
            (&locked.json["schedules"], &locked.json["failures"]),
            (&json!(6), &json!(0))
        );
        assert!(!locked.failed && locked.json["shortest"].is_null());
    }

    #[test]
    fn the_shortest_failure_replays_from_its_code() {
        let found = ask("list", &[("n", "1")]);
        let code = found.json["shortest"]["code"].as_str().unwrap();
        assert!(code.len() < 20, "{code}");
        let again = replay(code).unwrap();
        assert!(again.failed);
        assert_eq!(again.json["steps"], found.json["shortest"]["steps"]);
    }

    #[test]
    fn a_wrong_setting_names_what_would_fit() {
        let program = programs::find("list").unwrap();
        let (key, why) = case(program, &[("m".to_owned(), "2".to_owned())]).unwrap_err();
        assert_eq!(
            (key.as_str(), why.as_str()),
            ("m", "no such setting of list; it has lock, n")
        );
    }
}
