//! A lab without a screen: opened, drained to its end, reported.
//!
//! Its story is written as it happens; the outcome comes from the lab's state
//! after its threads were joined. A signal, the time limit and a reader that has gone
//! away end it early, and then what was measured is reported all the same. What blocks
//! outside, as a reader that does not read, keeps none of these from ending the run.
//!
//! Must not know: any single lab, how a screen is drawn.

mod output;
mod outside;
mod progress;
mod signals;
#[cfg(test)]
pub(crate) mod tests;
mod trace;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use self::output::{LineBuffer, Output};
use self::outside::Limits;
pub use self::progress::run_with_progress;
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
pub struct RunOptions {
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

/// Why a run ended before the lab was finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EarlyStop {
    TimedOut,
    Signal(u8),
}

/// Runs the job with its output on stdout, and gives the status to exit with.
///
/// # Errors
/// If the lab cannot be started or the output cannot be written.
pub fn run(options: RunOptions) -> Result<u8, Failure> {
    let signals = Signals::watch().map_err(|error| {
        Failure::unfinished("cannot watch for signals", "run", error.to_string())
    })?;
    drive(options, io::stdout(), &signals)
}

fn drive(
    options: RunOptions,
    out: impl Write + Send + 'static,
    signals: &Signals,
) -> Result<u8, Failure> {
    let limits = Limits { signals, deadline: Instant::now().checked_add(options.timeout) };
    let trace = options.trace.map(Trace::create).transpose()?;
    let id = options.entry.info.id;
    let mut out = Output::open(out, options.format, options.ascii, limits)?;
    let mut run = options
        .entry
        .open(options.settings)
        .map_err(|why| Failure::unfinished("cannot start", id, why))?;
    if trace.is_some() {
        run.keep_everything();
    }
    let (cut, summary) = follow(run.as_mut(), &mut out, options.format, &limits)?;
    let mut unwritten = out.finish()?;
    if let Some(trace) = trace {
        unwritten = trace.write(&limits, run, &summary)?.or(unwritten);
    }
    // A run that finished by itself still counts as stopped if its output was not taken.
    status(&summary, cut.or(unwritten), options.check, options.timeout)
}

/// Drains the run until it ends or has to, and writes its report.
fn follow(
    run: &mut dyn Run,
    out: &mut Output<'_>,
    format: Format,
    limits: &Limits<'_>,
) -> Result<(Option<EarlyStop>, Summary), Failure> {
    out.lines(&summary::of(run, None).head())?;
    let lines = Arc::new(Mutex::new(LineBuffer::new(format)));
    let tapped = Arc::clone(&lines);
    run.tap(Box::new(move |record| locked(&tapped).add(record)));
    let cut = loop {
        let count = run.drain(CHUNK);
        out.write_lines(&locked(&lines).take_ready())?;
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
        out.write_lines(&locked(&lines).take_ready())?;
    }
    out.lines(&locked(&lines).rest())?;
    let cause = cut.map(|cut| match cut {
        EarlyStop::TimedOut => "timeout".into(),
        EarlyStop::Signal(signal) => signals::name(signal).into(),
    });
    let mut summary = summary::of(run, cause);
    summary.elapsed_ms = summary::millis(elapsed);
    out.summary(&summary)?;
    Ok((cut, summary))
}

fn locked(lines: &Mutex<LineBuffer>) -> MutexGuard<'_, LineBuffer> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes to stdout what was computed; `hurry` if the program must end already.
///
/// # Errors
/// If it cannot be written, or the reader takes nothing until a signal comes.
pub fn print(text: &str, hurry: bool) -> Result<u8, Failure> {
    let signals = Signals::watch().map_err(|error| {
        Failure::unfinished("cannot watch for signals", "stdout", error.to_string())
    })?;
    let limits = Limits { signals: &signals, deadline: hurry.then(Instant::now) };
    let mut out = Output::open(io::stdout(), Format::Text, false, limits)?;
    out.raw(text)?;
    match out.finish()? {
        Some(EarlyStop::Signal(signal)) => {
            let name = signals::name(signal);
            Err(Failure::stopped("stdout", name, ended_by(signal)))
        }
        Some(EarlyStop::TimedOut) | None => Ok(RAN),
    }
}

/// The status to exit with; an early end is an error of one line.
fn status(
    summary: &Summary,
    cut: Option<EarlyStop>,
    check: bool,
    timeout: Duration,
) -> Result<u8, Failure> {
    let broken = summary.findings.iter().any(|f| f.weight == Weight::Broken);
    match cut {
        Some(cut) => {
            let (why, status) = match cut {
                EarlyStop::TimedOut => {
                    let limit = crate::lab::write_duration(timeout);
                    (format!("not done after {limit}; see --timeout"), UNFINISHED)
                }
                EarlyStop::Signal(signal) => (signals::name(signal), ended_by(signal)),
            };
            Err(Failure::stopped(format!("run {}", summary.lab), why, status))
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
