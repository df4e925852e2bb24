//! A lab without a screen: opened, drained to its end, reported.
//!
//! What it tells is written as it happens; the outcome comes from the lab's state
//! after its threads were joined. A signal, the time limit and a reader that has gone
//! away end it early, and then what was measured is reported all the same.
//!
//! Must not know: any single lab, how a screen is drawn.

mod attend;
mod output;
mod signals;
#[cfg(test)]
pub(super) mod tests;
mod trace;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use self::attend::attend;
use self::output::{Output, Telling};
use self::signals::Signals;
use self::trace::Trace;
use crate::app::summary;
use crate::lab::{Entry, Settings};
use crate::report::{ANOMALY, Failure, RAN, Summary, UNFINISHED, ended_by};
use crate::scene::Weight;

/// Events folded between two looks at signals, time limit and output.
const CHUNK: usize = 4096;
/// How long a signal may go unnoticed while the lab is silent.
const GLANCE: Duration = Duration::from_millis(50);

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
    drive(job, io::stdout().lock(), &signals)
}

fn drive(job: Job, out: impl Write, signals: &Signals) -> Result<u8, Failure> {
    let trace = job.trace.map(Trace::create).transpose()?;
    let mut out = Output::new(out, job.format, job.ascii);
    let id = job.entry.info.id;
    let mut run = job
        .entry
        .open(job.settings)
        .map_err(|why| Failure::unfinished("cannot start", id, why))?;
    if trace.is_some() {
        run.keep_everything();
    }
    out.lines(&summary::of(run.as_ref(), None).head())?;
    let telling = Arc::new(Mutex::new(Telling::new(job.format)));
    let teller = Arc::clone(&telling);
    run.tap(Box::new(move |record| {
        teller
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take(record);
    }));
    let tell = |out: &mut Output<_>| {
        out.told(
            &telling
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .given(),
        )
    };
    let deadline = Instant::now() + job.timeout;
    let cut = loop {
        let count = run.drain(CHUNK);
        tell(&mut out)?;
        if run.finished() {
            break None;
        }
        if let Some(signal) = signals.caught() {
            break Some(Cut::Signal(signal));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break Some(Cut::TimedOut);
        }
        if count == 0 {
            out.flush()?;
            run.wait(left.min(GLANCE));
        }
    };
    // What ends is what was measured: the clock of the run goes on while it is stopped.
    let elapsed = run.now();
    run.stop();
    while run.drain(CHUNK) > 0 {
        tell(&mut out)?;
    }
    out.lines(
        &telling
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .rest(),
    )?;
    let cause = cut.map(|cut| match cut {
        Cut::TimedOut => "timeout".into(),
        Cut::Signal(signal) => signals::name(signal).into(),
    });
    let mut summary = summary::of(run.as_ref(), cause);
    summary.elapsed_ms = summary::millis(elapsed);
    out.outcome(&summary)?;
    if let Some(trace) = trace {
        trace.write(run.as_ref(), &summary)?;
    }
    status(&summary, cut, job.check, job.timeout)
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
        None if check && broken => Ok(ANOMALY),
        None => Ok(RAN),
    }
}
