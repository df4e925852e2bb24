//! A lab without a screen: opened, drained to its end, reported. For scripts, CI and pipes.
//!
//! ```text
//!   labs' threads ──events──▶ main: drain, tap ──chunks──▶ stdout ──writes──▶ reader
//!                               │  ▲    ▲                  (thread)
//!   signal handler ──atomics────┘  │    │
//!   --timeout ──a deadline─────────┘    └── why to stop waiting for the reader
//!
//!   running ──lab finished──────────────────────┐
//!      │                                        ▼
//!      └──signal or deadline: "cut"──▶ stop and join ──▶ drain the rest ──▶ summary ──▶ flush
//!                                                                                         │
//!      all written, or after a cut no byte taken for 500 ms ◀─────────────────────────────┘
//!                      │
//!                      ▼   128 + n (signal) · 1 (time limit) · 3 (anomaly, --check) · 0
//! ```
//!
//! - The main thread is the only one that drains the run, so the lines are in the order of the
//!   events. The outcome comes from the lab's state after its threads were joined.
//! - A signal handler only stores the signal. The main thread looks at it after every chunk of
//!   events and at least every `POLL_INTERVAL` while the lab is silent or the reader is slow.
//!   A second signal ends the process inside the handler (see `signals`).
//! - After a cut, what was measured until then is reported all the same, and the exit status
//!   says why the run ended.
//! - A write to stdout can block for any time: a pager that is not scrolled, a pipe that
//!   nothing reads. It happens on the thread `stdout` (see `outside`), so it keeps neither a
//!   signal nor the time limit from ending the run. While the run may go on, a slow reader only
//!   slows it down; nothing is dropped.

mod output;
mod outside;
mod progress;
mod record;
mod signals;
mod target;
#[cfg(test)]
pub(crate) mod tests;
mod trace;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use self::output::{LineBuffer, Output};
use self::outside::Limits;
pub use self::progress::run_with_progress;
use self::record::RunRecorder;
use self::signals::Signals;
use self::trace::TraceFile;
use crate::app::summary;
use crate::kit::stdout_was_closed;
use crate::lab::{End, Entry, PlaybackCommand, Recording, Run, Settings};
use crate::printable::Printable;
use crate::report::{ANOMALY, Failure, RAN, Summary, UNFINISHED, ended_by};
use crate::scene::Weight;

/// Events folded between two looks at signals, time limit and output. Large enough that the
/// looks cost little beside the folding, small enough that a signal is seen soon.
const CHUNK: usize = 4096;
/// How long a signal may go unnoticed while the main thread waits for a lab or for a reader.
/// Nothing wakes that wait when a signal comes: a handler may not touch a channel.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// What to run, or which recording of a run to write, and how. Made by [`crate::cli`], which has
/// checked everything in it.
#[derive(Debug)]
pub struct RunOptions {
    pub entry: &'static Entry,
    /// Those of the recorded run, if there is one.
    pub settings: Settings,
    /// A run that was recorded, in the place of a new one.
    pub recording: Option<Recording>,
    pub format: Format,
    /// Write nothing but ASCII: asked for by `--ascii`, or needed because the locale is not
    /// UTF-8. Other characters are spelled differently in text and escaped in JSON.
    pub ascii: bool,
    /// Where a trace of the run goes; `None` for no trace. With a trace the run keeps its whole
    /// history in memory instead of the latest part.
    pub trace: Option<PathBuf>,
    /// Where a recording of the run goes, for `threadbare replay`; `None` for none.
    pub record: Option<PathBuf>,
    /// How long the run may take, output included. One that is too long to be added to the
    /// clock is no limit.
    pub timeout: Duration,
    /// Whether an anomaly gives the status 3. Without it an anomaly is a result like any other,
    /// since many settings invite one on purpose.
    pub check: bool,
}

/// How a run is written to stdout. The two JSON formats are a contract with scripts; the text
/// is for people and may change its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Sentences, one per line, ending with the audit.
    Text,
    Json,
    /// One event per line as they happen, then the object: for programs that follow a run.
    Jsonl,
}

/// Why a run ended before the lab was finished, or its output before it was written. The report
/// is made all the same; from the exit status a script knows that it is not complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EarlyStop {
    TimedOut,
    Signal(u8),
}

/// Runs the lab with its output on stdout, and returns the status to exit with. Handlers of
/// signals are installed first, so that one that comes while the lab starts ends the run in
/// order.
///
/// # Errors
/// If the lab cannot be started, if the output cannot be written, or, with what was measured
/// printed by then, if the run was stopped early or could not run a part of what was asked for.
pub fn run(options: RunOptions) -> Result<u8, Failure> {
    let signals = Signals::watch().map_err(|error| {
        Failure::unfinished("cannot watch for signals", "run", error.to_string())
    })?;
    drive(options, stdout()?, &signals)
}

fn stdout() -> Result<io::Stdout, Failure> {
    if stdout_was_closed() {
        let why = "it was closed when the program was started";
        return Err(Failure::unfinished("cannot write", "stdout", why));
    }
    Ok(io::stdout())
}

/// The run itself, from the first look at the files to the exit status. Generic over the
/// output, and with the signals from outside, so that tests drive the real one.
fn drive(
    options: RunOptions,
    out: impl Write + Send + 'static,
    signals: &Signals,
) -> Result<u8, Failure> {
    let limits = Limits { signals, deadline: Instant::now().checked_add(options.timeout) };
    // Before the lab starts: a run whose trace cannot be written would be made in vain.
    let trace = options.trace.map(TraceFile::create).transpose()?;
    let (entry, record) = (options.entry, options.record);
    let record = record.map(|path| RunRecorder::create(path, entry, &options.settings));
    let record = record.transpose()?;
    let id = entry.info.id;
    let mut out = Output::open(out, options.format, options.ascii, limits)?;
    let (mut run, recorded) = match options.recording {
        Some(recording) => {
            let mut run = recording.open();
            run.play(PlaybackCommand::Seek(u64::MAX));
            (run, Some(recording.end))
        }
        None => match entry.open(options.settings) {
            Ok(run) => (run, None),
            Err(why) => return Err(Failure::unfinished("cannot start", id, why.to_string())),
        },
    };
    if trace.is_some() {
        // Before the first event is drained, so that the trace misses none.
        run.keep_everything();
    }
    let tapped = Tapped { lines: LineBuffer::new(options.format), record };
    let Followed { cut, elapsed_ns, summary, record } =
        follow(run.as_mut(), &mut out, tapped, &limits, recorded);
    // The report before the files: it is what the user waits for. None of the three is left out
    // because another could not be written.
    let report = out.finish();
    let record = record.map_or(Ok(()), |record| record.end(elapsed_ns, &summary));
    let trace = trace.map_or(Ok(None), |trace| trace.write(&limits, run, &summary));
    let unwritten = report.and_then(|report| record.and(trace).map(|trace| trace.or(report)));
    let unwritten = unwritten.map_err(|failure| match cut {
        Some(EarlyStop::Signal(signal)) => failure.with_status(ended_by(signal)),
        _ => failure,
    })?;
    // A run that finished by itself still counts as stopped if its output was not taken.
    status(&summary, cut.or(unwritten), options.check, options.timeout)
}

/// What each event goes to while it is drained.
struct Tapped {
    lines: LineBuffer,
    record: Option<RunRecorder>,
}

/// A run that was drained to its end.
struct Followed {
    /// Why it ended early, if it did.
    cut: Option<EarlyStop>,
    elapsed_ns: u64,
    summary: Summary,
    record: Option<RunRecorder>,
}

/// Drains the run until it ends or has to, and writes its report. `recorded` is how it ended
/// before, if this is a recording.
fn follow(
    run: &mut dyn Run,
    out: &mut Output<'_>,
    tapped: Tapped,
    limits: &Limits<'_>,
    recorded: Option<End>,
) -> Followed {
    out.lines(&summary::of(run, None).head());
    let tapped = Arc::new(Mutex::new(tapped));
    let taps = Arc::clone(&tapped);
    // The tap is called inside `drain` on this thread, so the lock is never contended. It is
    // there because a run is `Send` and so must its tap be.
    run.tap(Box::new(move |record| {
        let mut tapped = taps.lock();
        tapped.lines.add(record);
        if let Some(recorder) = &mut tapped.record {
            recorder.event(record);
        }
    }));
    let cut = loop {
        let count = run.drain(CHUNK);
        out.write_lines(&tapped.lock().lines.take_ready());
        // Before the limits: a run that is finished by now was not cut.
        if run.finished() || out.has_failed() {
            break None;
        }
        if let Some(cut) = limits.cut() {
            break Some(cut);
        }
        if count == 0 {
            // A reader sees what there is by now, however long the lab is silent.
            out.flush();
            run.wait(limits.left().min(POLL_INTERVAL));
        }
    };
    // The time of the run ends here, or with its last event, which may come while its threads
    // are stopped: its clock goes on until they are joined.
    let elapsed_ns = recorded.as_ref().map_or_else(|| run.now(), |end| end.elapsed_ns);
    run.stop();
    // What the threads emitted until they were joined belongs to the story.
    while run.drain(CHUNK) > 0 {
        out.write_lines(&tapped.lock().lines.take_ready());
    }
    out.lines(&tapped.lock().lines.rest());
    let elapsed_ns = elapsed_ns.max(run.latest());
    let cause = cut.map(|cut| match cut {
        EarlyStop::TimedOut => "timeout".into(),
        EarlyStop::Signal(signal) => signals::name(signal).into(),
    });
    let recorded_cause = recorded.and_then(|end| end.stopped_by).map(Printable::from);
    let mut summary = summary::of(run, cause.or(recorded_cause));
    summary.elapsed_ms = summary::millis(elapsed_ns);
    out.summary(&summary);
    let record = tapped.lock().record.take();
    Followed { cut, elapsed_ns, summary, record }
}

/// Writes to stdout what was computed without a run: a list, help, the answer of a search. With
/// `hurry` the program must end already, so a reader that takes nothing is given up at once
/// after its 500 ms.
///
/// # Errors
/// If it cannot be written, or the reader takes nothing until a signal comes.
pub fn print(text: &str, hurry: bool) -> Result<u8, Failure> {
    let signals = Signals::watch().map_err(|error| {
        Failure::unfinished("cannot watch for signals", "stdout", error.to_string())
    })?;
    // Without hurry there is no time limit here: only a signal ends the wait for a reader.
    let limits = Limits { signals: &signals, deadline: hurry.then(Instant::now) };
    let mut out = Output::open(stdout()?, Format::Text, false, limits)?;
    out.raw(text);
    match out.finish()? {
        Some(EarlyStop::Signal(signal)) => {
            let name = signals::name(signal);
            Err(Failure::stopped("stdout", name, ended_by(signal)))
        }
        Some(EarlyStop::TimedOut) | None => Ok(RAN),
    }
}

/// The status to exit with; an early end is an error of one line. The order of the cases
/// matters: a run that was cut is reported as that, whatever it had found by then.
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

/// A part of what was asked for could not be run (a process that cannot be started, a tool that
/// is missing). The line names the first such part and how many more there are; the JSON lists
/// all.
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
