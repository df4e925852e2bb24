//! The driver thread: it starts the script, reads what the shim and the script write, and
//! reports both until the script has ended.
//!
//! ```text
//!   start ─► look (2 or 15 ms) ─► watcher ─► commands ─► figures, five times a second ─┐
//!              ▲                                                                       │
//!              └───────────────────────────────────────────────────────────────────────┘
//!   the script ends ─► deadlock, rest of the records, all figures, what was not watched
//!   stop            ─► SIGINT, and after 500 ms SIGKILL; then as above
//! ```
//!
//! A deadlocked script does not end: the circle is found when the run ends, by `--timeout` or by
//! the user, and before its threads are killed, because a killed thread waits for nothing.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use super::PythonLab;
use super::acts::{Acts, slow};
use super::experiment::places::Places;
use super::experiment::thinned::Thinned;
use super::experiment::watcher::Watcher;
use super::facts::{Exit, Fact, Outcome};
use super::settings::{DELAY, Mode, PYTHON};
use super::source::SourceText;
use super::step;
use crate::kit::event::LaneEvent;
use crate::kit::python::{Python, Seen, Size, Source, Watched};
use crate::lab::{Command, Interrupt, Script, Session};
use crate::printable::Printable;

/// How long a look waits for output. A script that writes records as fast as it can fills the
/// ring in some 60 ms, so while there are records the looks follow closely.
const BUSY: Duration = Duration::from_millis(2);
const QUIET: Duration = Duration::from_millis(15);
/// Between two looks at what the threads do. Longer than the 5 ms after which the interpreter asks
/// a thread for its GIL, and of no fixed length, since looks end with output.
const SAMPLE: Duration = Duration::from_millis(15);
/// Between two reports of the figures on a live screen.
const REPORT: Duration = Duration::from_millis(200);
/// Between two looks whether the script waits for a key.
const QUESTION: Duration = Duration::from_millis(100);
/// Threads and locks in those; the last report has all.
const REPORTED: usize = 100;
const ALL: usize = 20_000;
/// The size of the script's terminal until the screen has a place for it.
const SIZE: Size = Size { columns: 80, rows: 24 };
/// How long a script that is asked to end has for it.
const GRACE: Duration = Duration::from_millis(500);

/// What no script is watched for in this version.
const NEVER_WATCHED: &[&str] = &[
    "shared variables, and lists where they are not changed by a method",
    "locks that libraries make",
    "locks of C extensions and of _thread.allocate_lock",
    "asyncio tasks",
    "children that are no Python, or get an environment of their own",
    "pickling, and queues and other tools of multiprocessing",
];

/// Runs the script once.
///
/// # Errors
/// Only that the run was stopped: what fails is reported instead.
pub fn run(session: &mut Session<'_, PythonLab>) -> Result<(), Interrupt> {
    let lane = session.lane();
    // Its work is to wait for the script.
    lane.emit(LaneEvent::Idle);
    let Some(script) = session.settings().script.clone() else {
        lane.reliable_fact(Fact::Failed { why: "no script was given".into() });
        return Ok(());
    };
    let args = script.arguments.iter().map(|one| Printable::foreign(&one.to_string_lossy()));
    let shown = Printable::foreign(&script.path.to_string_lossy());
    lane.reliable_fact(Fact::Script { script: shown, args: args.collect() });
    if Mode::of(session.settings()) == Mode::Step {
        return step::run::run(session, &script);
    }
    let failed = |why: String| lane.reliable_fact(Fact::Failed { why: Printable::foreign(&why) });
    let source = Source::read(&script.path);
    if session.settings().live {
        lane.reliable_fact(Fact::Source((&source).into()));
    }
    let watched = match start(session, &script) {
        Ok(watched) => watched,
        Err(why) => {
            failed(why);
            return Ok(());
        }
    };
    match follow(session, watched, &source) {
        Ok(outcome) => {
            let stopped = outcome.stopped;
            lane.reliable_fact(Fact::Ended(outcome));
            if stopped { Err(Interrupt::Stopped) } else { Ok(()) }
        }
        Err(why) => {
            failed(why);
            Ok(())
        }
    }
}

fn start(session: &Session<'_, PythonLab>, script: &Script) -> Result<Watched, String> {
    let named = session.settings().get(PYTHON);
    let python = Python::wanted(&named).ok_or_else(|| super::no_interpreter(&named))?;
    // On the screen, this program's own standard input is for the screen.
    let live = session.settings().live;
    Watched::start(&python, &script.path, &script.arguments, live.then_some(SIZE), live)
        .map_err(|error| format!("{}: {error}", python.program().display()))
}

/// Follows the script to its end.
fn follow(
    session: &mut Session<'_, PythonLab>,
    mut watched: Watched,
    source: &Source,
) -> Result<Outcome, String> {
    let live = session.settings().live;
    let mut watcher = Watcher::new(session.lane(), Places::of(&source.path));
    let mut has_changed = false;
    let mut thinned = Thinned::default();
    if live {
        session.lane().reliable_fact(Fact::Terminal);
    }
    let (mut seen, mut busy) = (Seen::default(), false);
    let mut next_report = Instant::now() + REPORT;
    let (mut next_question, mut wants_input) = (Instant::now(), false);
    let mut kill_at: Option<Instant> = None;
    let mut acts = Acts::default();
    watched.slow(session.settings().get(DELAY)).map_err(|error| error.to_string())?;
    let mut next_sample = Instant::now();
    loop {
        if Instant::now() >= next_sample {
            watcher.sample();
            next_sample = Instant::now() + SAMPLE;
        }
        let limit = if busy { BUSY } else { QUIET };
        let ended = watched.look(limit, &mut seen).map_err(|error| error.to_string())?;
        busy = !seen.records.is_empty();
        if live {
            let bytes = thinned.take(&mut seen, ended, Instant::now());
            if bytes > 0 {
                session.lane().reliable_fact(Fact::Skipped { bytes });
            }
        }
        watcher.take(&mut seen);
        acts.looked(&mut watcher);
        if ended {
            break;
        }
        let now = Instant::now();
        match kill_at {
            Some(at) if now >= at => watched.kill(),
            None if session.stop().requested() => {
                watcher.resume();
                watched.interrupt();
                kill_at = Some(now + GRACE);
            }
            _ => {}
        }
        // A stop is seen above.
        while let Ok(Some(command)) = session.try_command() {
            let done = match command {
                Command::Do(command) => acts.act(command, &mut watched, &mut watcher),
                Command::Set { key, .. } if key == DELAY.key => {
                    slow(session.settings().get(DELAY), &mut watched, &watcher)
                }
                Command::Set { .. } => Ok(()),
            };
            done.map_err(|error| error.to_string())?;
        }
        if live && now >= next_question {
            next_question = now + QUESTION;
            let wanted = watched.wants_input();
            if std::mem::replace(&mut wants_input, wanted) != wanted {
                session.lane().reliable_fact(Fact::Input { wanted });
            }
        }
        if live && now >= next_report {
            next_report = now + REPORT;
            let figures = watcher.figures(REPORTED, watched.records());
            session.lane().reliable_fact(Fact::Figures(figures));
            if !has_changed && source.has_changed() {
                has_changed = true;
                // What runs is still what was read.
                let text = SourceText { note: "changed".into(), ..source.into() };
                session.lane().reliable_fact(Fact::Source(text));
            }
        }
    }
    finish(session, watcher, watched, kill_at.is_some())
}

/// Reports what is only known at the end.
fn finish(
    session: &Session<'_, PythonLab>,
    mut watcher: Watcher<'_>,
    watched: Watched,
    stopped: bool,
) -> Result<Outcome, String> {
    if let Some(python) = watched.refused() {
        return Err(format!("{python} cannot be watched, only CPython from 3.8 on"));
    }
    watcher.resume();
    // Before its threads are ended by it.
    let deadlock = watcher.deadlock();
    let (records, blind) = (watched.records(), watched.blind());
    let most = watched.most_processes();
    let status = watched.reap().map_err(|error| error.to_string())?;
    watcher.end(status.signal());
    session.lane().reliable_fact(Fact::Figures(watcher.figures(ALL, records)));
    let mut not_watched: Vec<_> =
        blind.map(|why| format!("anything: {why}").into()).into_iter().collect();
    not_watched.extend(NEVER_WATCHED.iter().map(|what| Printable::from(*what)));
    not_watched.extend(watcher.not_watched().cloned());
    not_watched.extend(most.map(|most| format!("processes after the first {most}").into()));
    Ok(Outcome { exit: exit(status), deadlock, not_watched, stopped })
}

fn exit(status: ExitStatus) -> Exit {
    Exit { code: status.code(), signal: status.signal() }
}
