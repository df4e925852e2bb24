//! A lab without a screen: opened, drained to its end, reported.
//!
//! What it tells is written as it happens; the outcome comes from the lab's state
//! after its threads were joined. A signal, the time limit and a reader that has gone
//! away end it early, and then what was measured is reported all the same. What blocks
//! outside, as a reader that does not read, keeps none of these from ending the run.
//!
//! Must not know: any single lab, how a screen is drawn.

mod attend;
mod output;
mod outside;
mod signals;
#[cfg(test)]
pub(super) mod tests;
mod trace;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use self::attend::attend;
use self::output::{Output, Telling};
use self::outside::Limits;
use self::signals::Signals;
use self::trace::Trace;
use crate::app::summary;
use crate::lab::{Entry, Run, Settings};
use crate::report::{ANOMALY, Failure, RAN, Summary, UNFINISHED, ended_by};
use crate::scene::Weight;

/// Events folded between two looks at signals, time limit and output.
const CHUNK: usize = 4096;
/// How long a signal may go unnoticed while the lab is silent.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// What to run, and how to write it.
#[derive(Debug)]
pub struct Job {
    pub entry: &'static Entry,
    pub settings: Settings,
    pub format: Format,
    /// Nothing but ASCII in the output.
    pub ascii: bool,
    /// Where a trace of the run goes.
    pub trace: Option<PathBuf>,
    pub timeout: Duration,
    /// Whether an anomaly is a failure.
    pub check: bool,
}

/// How a run is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Sentences, one per line, ending with the audit.
    Text,
    /// One object.
    Json,
    /// One event per line as they happen, then the object.
    Jsonl,
}

/// Why a run ended before the lab had told everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    TimedOut,
    Signal(u8),
}

/// Runs the job with its output on stdout, and gives the status to exit with.
///
/// # Errors
/// If the lab cannot be started or the output cannot be written.
pub fn run(job: Job) -> Result<u8, Failure> {
    let signals = Signals::watch().map_err(|error| {
        Failure::unfinished("cannot watch for signals", "run", error.to_string())
    })?;
    drive(job, io::stdout(), &signals)
}

fn drive(job: Job, out: impl Write + Send + 'static, signals: &Signals) -> Result<u8, Failure> {
    let limits = Limits {
        signals,
        deadline: Instant::now().checked_add(job.timeout),
    };
    let trace = job.trace.map(Trace::create).transpose()?;
    let id = job.entry.info.id;
    let mut out = Output::open(out, job.format, job.ascii, limits)?;
    let mut run = job
        .entry
        .open(job.settings)
        .map_err(|why| Failure::unfinished("cannot start", id, why))?;
    if trace.is_some() {
        run.keep_everything();
    }
    let (cut, summary) = follow(run.as_mut(), &mut out, job.format, &limits)?;
    let mut unwritten = out.finish()?;
    if let Some(trace) = trace {
        unwritten = trace.write(&limits, run, &summary)?.or(unwritten);
    }
    // A run that was through by itself is cut all the same if nobody took what it wrote.
    status(&summary, cut.or(unwritten), job.check, job.timeout)
}

/// Has the run tell until it ends or must, and reports what came of it.
fn follow(
    run: &mut dyn Run,
    out: &mut Output<'_>,
    format: Format,
    limits: &Limits<'_>,
) -> Result<(Option<Cut>, Summary), Failure> {
    out.lines(&summary::of(run, None).head())?;
    let telling = Arc::new(Mutex::new(Telling::new(format)));
    let teller = Arc::clone(&telling);
    run.tap(Box::new(move |record| locked(&teller).take(record)));
    let cut = loop {
        let count = run.drain(CHUNK);
        out.told(&locked(&telling).given())?;
        if run.finished() {
            break None;
        }
        if let Some(cut) = limits.cut() {
            break Some(cut);
        }
        if count == 0 {
            out.flush()?;
            run.wait(limits.left().min(POLL_INTERVAL));
        }
    };
    // What ends is what was measured: the clock of the run goes on while it is stopped.
    let elapsed = run.now();
    run.stop();
    while run.drain(CHUNK) > 0 {
        out.told(&locked(&telling).given())?;
    }
    out.lines(&locked(&telling).rest())?;
    let cause = cut.map(|cut| match cut {
        Cut::TimedOut => "timeout".into(),
        Cut::Signal(signal) => signals::name(signal).into(),
    });
    let mut summary = summary::of(run, cause);
    summary.elapsed_ms = summary::millis(elapsed);
    out.outcome(&summary)?;
    Ok((cut, summary))
}

fn locked(telling: &Mutex<Telling>) -> MutexGuard<'_, Telling> {
    telling.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes to stdout what was computed; `hurry` if the program must end already.
///
/// # Errors
/// If it cannot be written, or nobody takes it until a signal comes.
pub fn print(text: &str, hurry: bool) -> Result<u8, Failure> {
    let signals = Signals::watch().map_err(|error| {
        Failure::unfinished("cannot watch for signals", "stdout", error.to_string())
    })?;
    let limits = Limits {
        signals: &signals,
        deadline: hurry.then(Instant::now),
    };
    let mut out = Output::open(io::stdout(), Format::Text, false, limits)?;
    out.raw(text)?;
    match out.finish()? {
        Some(Cut::Signal(signal)) => {
            let name = signals::name(signal);
            Err(Failure::stopped("stdout", name, ended_by(signal)))
        }
        Some(Cut::TimedOut) | None => Ok(RAN),
    }
}

/// The status to exit with; an early end is told in one line.
fn status(
    summary: &Summary,
    cut: Option<Cut>,
    check: bool,
    timeout: Duration,
) -> Result<u8, Failure> {
    let broken = summary.findings.iter().any(|f| f.weight == Weight::Broken);
    match cut {
        Some(cut) => {
            let (why, status) = match cut {
                Cut::TimedOut => {
                    let limit = crate::lab::write_duration(timeout);
                    (format!("not done after {limit}; see --timeout"), UNFINISHED)
                }
                Cut::Signal(signal) => (signals::name(signal), ended_by(signal)),
            };
            Err(Failure::stopped(
                format!("run {}", summary.lab),
                why,
                status,
            ))
        }
        // Before an anomaly: a part is missing, so nothing is known of it either way.
        None if !summary.not_run.is_empty() => Err(incomplete(summary)),
        None if check && broken => Ok(ANOMALY),
        None => Ok(RAN),
    }
}

/// Some of what was asked for could not be run: the first such part, and how many more.
fn incomplete(summary: &Summary) -> Failure {
    let (what, why) = match summary.not_run.as_slice() {
        [] => Default::default(),
        [first] => (first.what.as_str(), first.why.to_string()),
        [first, rest @ ..] => {
            let more = format!("{} (and {} more could not be run)", first.why, rest.len());
            (first.what.as_str(), more)
        }
    };
    let place = format!("run {}: {what}", summary.lab);
    Failure::unfinished("could not run everything", place, why)
}
