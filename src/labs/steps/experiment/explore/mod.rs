//! Exploring a program without a screen: what is asked, what was found, as text and JSON.
//!
//! Must not know how the question was typed.
//!
//! ```text
//! Question ─▶ check ─▶ run_search ─▶ Report ─┬─▶ text, JSON
//!    or query ─▶ asking(program) ────────────┘       │
//!    or code  ─▶ Replay ─▶ one run ──────────────────┴─▶ Answer ─▶ exit status
//! ```

mod json;
mod reply;
mod text;

use std::time::Instant;

use serde_json::{Value, json};

use super::explore::reply::Reply;
use crate::kit::explore::query::{Query, asking, first_state};
use crate::kit::explore::{
    Config, End, Limits, Memory, Progress, Replay, Report, SearchOptions, Snapshot, Strategy,
    explore, run_search,
};
use crate::kit::stop::Stop;
use crate::lab::{Explored, SettingError};
use crate::programs::code::{self, BadCode, Replayed};
use crate::programs::describe::ending;
use crate::programs::{self, Case, StepProgram};
use crate::scene::units;

/// Runs of a random search without `--limit`. A random search has no end of its own.
const RANDOM_RUNS: u64 = 10_000;
/// Switches that a search by random priorities tries to place: most known concurrency bugs need one
/// or two (Musuvathi and Qadeer, PLDI 2007).
const PCT_DEPTH: usize = 3;
const SLEEP_SETS: &str = "sleep-sets";

/// What is asked of a program: which version, and how it is searched. Made from the command
/// line.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    pub program: &'static StepProgram,
    pub case: Case,
    /// As typed: `all`, `random`, `pct`, `sleep-sets`. The command line has refused anything
    /// else.
    pub search: &'static str,
    pub seed: u64,
    /// Preemptions of a schedule at most; `None` for any number.
    pub bound: Option<u32>,
    /// Schedules run at most; `None` for the limit that the kind of search has by itself.
    pub limit: Option<u64>,
}

/// Why a question is not answered. The variants have different exit statuses: 2 for bad usage, 1
/// for a search that could not be finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuestionError {
    /// It is no question about this program: where, and why. Bad usage.
    Query(String),
    /// The search cannot be made as it was asked for, such as a bound on sleep sets. Bad usage.
    Search(String),
    /// The program cannot be run: the system refused a thread, or the search was stopped.
    Unfinished(String),
}

/// One program per line, its id first, then its title, its question, its sizes and its repair.
pub fn list() -> String {
    let line = |program: &&StepProgram| {
        let size = program.size.map_or_else(String::new, |size| {
            format!(" [n={}..{}, usually {}: {}]", size.least, size.most, size.usual, size.about)
        });
        let repair = format!(" [{}=on: {}]", program.repair.key, program.repair.about);
        format!("{:<13} {}: {}{size}{repair}\n", program.id, program.title, program.question)
    };
    programs::ALL.iter().map(line).collect()
}

/// The version of a program that settings ask for: `n`, the key of its repair, `memory`. What is
/// not set is as in the usual case.
///
/// # Errors
/// The first one that the program does not have, or not with this value.
pub fn case(program: &StepProgram, settings: &[(String, String)]) -> Result<Case, SettingError> {
    let mut case = program.usual();
    for (key, value) in settings {
        let refuse = |why: String| Err(SettingError { key: key.clone(), why });
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
            ("memory", _) if program.has_memory_choice() => match value.as_str() {
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
                known.extend(program.has_memory_choice().then_some("memory"));
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

/// Searches the program's interleavings until all are covered or `stop` is requested.
///
/// # Errors
/// If the search cannot be made as it was asked for.
pub fn answer_until(
    question: &Question,
    stop: &Stop,
    progress: &Progress,
) -> Result<Explored, QuestionError> {
    let began = Instant::now();
    check(question)?;
    let program = question.program.prepare(question.case);
    let config = config(question.case, stop);
    let found = run_search(&program, options(question), &config, progress);
    let text = text::run_search(question, &found);
    let json = json::run_search(question, &found, began.elapsed());
    Ok(answer(question, &found, text, json))
}

/// Looks for a schedule on which an expression over the program's things holds.
///
/// # Errors
/// If it is none of this program's questions, or cannot be searched for like that.
pub fn ask(
    question: &Question,
    expr: &str,
    stop: &Stop,
    progress: &Progress,
) -> Result<Explored, QuestionError> {
    let began = Instant::now();
    check(question)?;
    let config = config(question.case, stop);
    let program = question.program.prepare(question.case);
    let model = first_state(&program, &config)
        .map_err(|fault| QuestionError::Unfinished(fault.to_string()))?
        .ok_or_else(|| QuestionError::Unfinished("it was stopped".to_owned()))?;
    let query = Query::read(expr, &model).map_err(|bad| QuestionError::Query(bad.to_string()))?;
    if query.asks_ever() && question.search == SLEEP_SETS {
        let why = "sleep-sets pass by what holds between two steps; search all";
        return Err(QuestionError::Query(why.to_owned()));
    }
    let asking = asking(program, query.clone());
    let found = run_search(&asking, options(question), &config, progress);
    let why = text::left_out(question, &found);
    let reply = Reply::new(question, expr, &query, &found, why);
    let mut json = json::run_search(question, &found, began.elapsed());
    json["query"] = reply.json();
    let text = text::reply(question, &reply);
    Ok(answer(question, &found, text, json))
}

/// A bound and sleep sets do not go together: the order that stands for a class of them
/// may need more switches than another one.
fn check(question: &Question) -> Result<(), QuestionError> {
    if question.search == SLEEP_SETS && question.bound.is_some() {
        let why = "sleep-sets would pass by failures within a --bound; search all";
        return Err(QuestionError::Search(why.to_owned()));
    }
    Ok(())
}

fn answer(question: &Question, found: &Report, text: String, json: Value) -> Explored {
    let left_out = text::left_out(question, found).join(" ");
    let unfinished = match &found.fault {
        Some(fault) => Some(fault.to_string()),
        None if found.schedules == 0 && found.failures == 0 => {
            Some(format!("not one interleaving was covered to its end. {left_out}"))
        }
        None => None,
    };
    Explored {
        text,
        json,
        failed: found.failures > 0,
        incomplete: (!found.is_complete()).then_some(left_out),
        unfinished,
    }
}

/// How far a search has come, in one short line, for stderr while it runs.
pub fn progress(now: &Snapshot) -> String {
    format!(
        "{} runs, {} interleavings, {} fail",
        units::count(now.runs),
        units::count(now.covered),
        units::count(now.failed)
    )
}

fn options(question: &Question) -> SearchOptions {
    let runs = question.limit.unwrap_or(RANDOM_RUNS);
    SearchOptions {
        strategy: match question.search {
            "random" => Strategy::Random { runs },
            "pct" => Strategy::Pct { runs, depth: PCT_DEPTH },
            SLEEP_SETS => Strategy::SleepSets,
            _ => Strategy::All,
        },
        seed: question.seed,
        limits: Limits {
            switches: question.bound,
            runs: question.limit.unwrap_or(u64::MAX),
            ..Limits::default()
        },
    }
}

fn config(case: Case, stop: &Stop) -> Config {
    Config { memory: case.memory, stop: stop.clone(), ..Config::default() }
}

/// Replays the schedule of `code`. If `program` is given, the code must belong to it.
///
/// # Errors
/// If it is no code of this build's programs, or not one of `program`.
pub fn replay(code: &str, program: Option<&str>) -> Result<Explored, BadCode> {
    let replayed = code::decode(code)?;
    if let Some(asked) = program.filter(|id| *id != replayed.program.id) {
        return Err(BadCode::OtherProgram {
            asked: asked.to_owned(),
            program: replayed.program.id,
        });
    }
    let config = config(replayed.case, &Stop::new());
    run_schedule(replayed, code, &config)
}

/// Runs the schedule that `code` stands for, and reports the run as the search would.
fn run_schedule(replayed: Replayed, code: &str, config: &Config) -> Result<Explored, BadCode> {
    let program = replayed.program.prepare(replayed.case);
    let outcome = explore(Replay::new(replayed.schedule), program, config);
    if let Some(refused) = outcome.scheduler.refused {
        return Err(BadCode::Unplayable(refused));
    }
    let mut lines = vec![format!("{}: {}", replayed.program.title, replayed.program.question)];
    let mut json = json!({ "program": replayed.program.id, "code": code.trim() });
    let found = outcome.scheduler.found.filter(|_| outcome.fault.is_none());
    let end = found.as_ref().map(|found| &found.end);
    let failed = end.is_some_and(End::failed);
    if let Some(found) = &found {
        lines.extend(text::story(found));
        json::add_run(&mut json, found);
    }
    // Null is "not known": the run did not end by itself.
    json["failed"] = match end {
        Some(End::Held) => false.into(),
        Some(_) if failed => true.into(),
        _ => Value::Null,
    };
    let unfinished = match (outcome.fault, &found) {
        (Some(fault), _) => Some(fault.to_string()),
        (None, Some(found)) if failed || found.end == End::Held => None,
        (None, Some(found)) => Some(ending(&found.end, &found.trace)),
        (None, None) => Some("it was not run".to_owned()),
    };
    Ok(Explored { text: text::whole(&lines), json, failed, incomplete: None, unfinished })
}

/// A count as a number where 64 bits have room for it, and as text beyond that: numbers of
/// interleavings grow past them.
pub fn big(count: u128) -> Value {
    u64::try_from(count).map_or_else(|_| count.to_string().into(), Value::from)
}

#[cfg(test)]
mod tests;
