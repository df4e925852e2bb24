//! `threadbare explore SCRIPT.py`: the script under a scheduler that looks for the order of its
//! threads in which it fails.
//!
//! The search is [`crate::kit::python::control`]'s. Here it is asked for, and what it found is put
//! into words: the failing schedule as the script's own lines, a code that replays it, how strong
//! the evidence is, and what was not searched. A script that cannot be run is an error in one
//! line, and never a failure that was found.

pub(crate) mod changes;
pub(crate) mod code;
mod json;
pub(crate) mod story;
mod text;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::settings::PYTHON;
use super::level::Level;
use crate::kit::explore::{Progress, Snapshot};
use crate::kit::python::control::{
    self, Execution, FailureKind, Found, Incomplete, Options, Report, Server, ServerError,
    Strategy, Verdict,
};
use crate::kit::python::{Python, Source};
use crate::kit::stop::Stop;
use crate::lab::{Explored, Script, Settings};
use crate::scene::units;
use code::BadScriptCode;
use story::Story;

pub use code::is_scripts as is_code;

/// Schedules without `--limit`.
const SCHEDULES: u64 = 1_000;

/// What cannot be controlled.
const NOT_CONTROLLED: &[&str] = &[
    "processes that the script starts (a schedule that waits for a pool of them may not end in time)",
    "calls that wait for something outside the script (input, sockets, C extensions)",
    "locks of C extensions",
    "clocks other than those of time.time, time.monotonic and time.perf_counter: datetime.now and others have the real time",
    "the time that computing takes",
];

/// What is asked of a script.
#[derive(Clone, Debug)]
pub struct ScriptQuestion {
    pub settings: Settings,
    /// As typed; `None` is the usual way.
    pub search: Option<&'static str>,
    /// Preemptions at most.
    pub bound: Option<u32>,
    pub limit: Option<u64>,
    /// Another text on stdout is a failure, too.
    pub same_output: bool,
}

/// Why a question about a script is not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScriptError {
    /// The search cannot be made as it was asked for.
    Search(String),
    /// The code is none, or none of this script.
    Code(String),
    /// The script cannot be run.
    Unfinished(String),
}

impl From<BadScriptCode> for ScriptError {
    fn from(bad: BadScriptCode) -> Self {
        Self::Code(bad.to_string())
    }
}

impl From<ServerError> for ScriptError {
    fn from(error: ServerError) -> Self {
        Self::Unfinished(error.to_string())
    }
}

/// What text and JSON say about a search.
struct Search<'a> {
    question: &'a ScriptQuestion,
    script: &'a Script,
    version: String,
    report: Report,
    shortest: Option<Shortest>,
    elapsed: Duration,
}

/// A failing schedule in the script's own lines.
struct Shortest {
    code: String,
    kind: FailureKind,
    repeats: Option<bool>,
    preemptions: usize,
    story: Story,
}

impl Search<'_> {
    fn name(&self) -> &'static str {
        self.question.search.unwrap_or("usual")
    }

    fn seed(&self) -> u64 {
        self.question.settings.seed
    }
}

/// How far a search has come, in one short line.
pub fn progress(now: &Snapshot) -> String {
    format!("{} schedules, {} fail", units::count(now.runs), units::count(now.failed))
}

/// Searches the script's schedules until one fails, or `stop` is requested.
///
/// # Errors
/// If it cannot be run, or not be searched like that.
pub fn search(
    question: &ScriptQuestion,
    stop: &Stop,
    progress: &Progress,
) -> Result<Explored, ScriptError> {
    let began = Instant::now();
    let strategy = match question.search {
        None => Strategy::Usual,
        Some("all") => Strategy::All,
        Some("random") => Strategy::Random,
        Some("pct") => Strategy::Pct,
        Some(other) => {
            let why = format!("{other} is not there for scripts; it may be all, random or pct");
            return Err(ScriptError::Search(why));
        }
    };
    if question.bound.is_some() && strategy != Strategy::All {
        let why = "a --bound needs --search all".to_owned();
        return Err(ScriptError::Search(why));
    }
    let options = Options {
        strategy,
        seed: question.settings.seed,
        bound: question.bound,
        limit: question.limit.unwrap_or(SCHEDULES),
        count: question.limit.is_some(),
        same_output: question.same_output,
    };
    let (script, mut server) = start(&question.settings, stop)?;
    let mut report = control::search(&mut server, &options, stop, progress);
    // Then nothing is known of the script.
    if report.schedules == 0
        && let Some(fault) = report.fault.take()
    {
        return Err(fault.into());
    }
    let version = server.version().to_owned();
    let key = code::Key { version: &version, script: &script, same_output: question.same_output };
    let shortest = report.shortest.take().map(|found| shortest(&key, &found, &report));
    let search = Search {
        question,
        script: &script,
        version: version.clone(),
        report,
        shortest,
        elapsed: began.elapsed(),
    };
    let report = &search.report;
    let left_out = text::left_out(&search).join(" ");
    Ok(Explored {
        text: text::search(&search),
        json: json::search(&search),
        failed: report.failures > 0,
        incomplete: (!report.is_complete()).then(|| left_out.clone()),
        unfinished: match &report.fault {
            Some(fault) => Some(fault.to_string()),
            None if report.schedules == report.cut_off => {
                Some(format!("not one schedule came to its end. {left_out}"))
            }
            None => None,
        },
    })
}

/// Replays the schedule of `code`.
///
/// # Errors
/// If it is no code, or none of this script with these arguments under this interpreter.
pub fn replay(
    settings: &Settings,
    code: &str,
    same_output: bool,
    stop: &Stop,
) -> Result<Explored, ScriptError> {
    let code = code.trim();
    let parsed = code::parse(code)?;
    let same_output = same_output || parsed.same_output;
    let (script, mut server) = start(settings, stop)?;
    let version = server.version().to_owned();
    let key = code::Key { version: &version, script: &script, same_output: parsed.same_output };
    key.check(&parsed)?;
    let (execution, verdict, first) =
        control::replay(&mut server, &parsed.schedule, same_output, stop)?;
    key.check_imported(&parsed, &execution)?;
    let kind = match verdict {
        Verdict::Failed(kind) => Some(kind),
        _ => None,
    };
    let story = Story::new(&execution, &main_file(&script), kind, first.as_ref());
    let unfinished = match verdict {
        Verdict::TooLong => Some("it did not end in time".to_owned()),
        Verdict::TooManySteps => Some("it has too many steps".to_owned()),
        _ if execution.trace.refused => {
            Some("the script did something else this time: a thread was not ready".to_owned())
        }
        _ => None,
    };
    Ok(Explored {
        text: text::replay(&script, &version, &story, &execution),
        json: json::replay(&script, &version, code, &story, &execution, kind),
        failed: kind.is_some(),
        incomplete: None,
        unfinished: unfinished.filter(|_| kind.is_none()),
    })
}

fn start(settings: &Settings, stop: &Stop) -> Result<(Arc<Script>, Server), ScriptError> {
    let none = |what: &str| ScriptError::Unfinished(what.to_owned());
    let script = settings.script.clone().ok_or_else(|| none("no script was given"))?;
    let python = Python::wanted(&settings.get(PYTHON)).ok_or_else(|| none("no interpreter"))?;
    let server = Server::start(&settings.program, &python, &script.path, &script.arguments, stop)?;
    Ok((script, server))
}

fn shortest(key: &code::Key<'_>, found: &Found, report: &Report) -> Shortest {
    Shortest {
        code: key.encode(&found.execution),
        kind: found.kind,
        repeats: found.repeats,
        preemptions: found.execution.preemptions(),
        story: Story::new(
            &found.execution,
            &main_file(key.script),
            Some(found.kind),
            report.first.as_ref(),
        ),
    }
}

fn main_file(script: &Script) -> PathBuf {
    Source::read(&script.path).path
}

/// How strong the evidence is: whether any thread had to give way, and whether the interpreter itself
/// could have switched like that.
fn level(execution: &Execution) -> Level {
    match execution.preemptions() {
        0 => Level::Unforced,
        _ if execution.is_natural() => Level::Natural,
        _ => Level::Bytecodes,
    }
}
