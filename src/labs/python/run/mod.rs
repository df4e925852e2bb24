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
//! A deadlocked script does not end: the cycle is found when the run ends, by `--timeout` or by
//! the user, and before its threads are killed, because a killed thread waits for nothing; a cycle
//! of processes before they are asked to end.

mod commands;
pub mod step;

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use super::PythonLab;
use super::experiment::explore::code::BadScriptCode;
use super::experiment::places::Places;
use super::experiment::thinned::Thinned;
use super::experiment::watcher::Watcher;
use super::facts::source::SourceText;
use super::facts::{ANYTHING, DeadlockStep, Exit, Fact, Outcome};
use super::settings::{DELAY, Mode, PYTHON, PythonCommand};
use crate::kit::event::LaneEvent;
use crate::kit::python::control::ServerError;
use crate::kit::python::{COUNT_INTERVAL, PROCESSES_AT_ONCE, Python, Seen, Size, Source, Watched};
use crate::kit::recorder::Lane;
use crate::lab::{Command, Interrupt, Script, Session, Settings};
use crate::printable::Printable;
use commands::{Commands, slow};

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
    "shared variables",
    "lists that no global variable, argument or closure of a thread holds, and changes without a method",
    "locks that libraries make",
    "locks of C extensions and of _thread.allocate_lock",
    "asyncio tasks",
    "exceptions of signal handlers: one that comes just when a watched lock is acquired or released may leave it acquired",
    "children that are no Python, or get an environment of their own",
    "shared memory that is used without a lock: lock=False, RawValue, RawArray, get_obj(), shared_memory",
];

/// Why a script cannot be run, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    #[error("{}", no_interpreter(.0))]
    NoInterpreter(String),
    #[error("{}: {error}", program.display())]
    Start {
        program: PathBuf,
        #[source]
        error: io::Error,
    },
    #[error("{0} cannot be watched, only CPython from 3.8 on")]
    Refused(String),
    #[error(transparent)]
    System(#[from] io::Error),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error("{code}: {error}")]
    Code {
        code: String,
        #[source]
        error: BadScriptCode,
    },
}

/// The interpreter that the settings name.
///
/// # Errors
/// If there is none.
pub fn interpreter(settings: &Settings) -> Result<Python, WatchError> {
    let named = settings.get(PYTHON);
    Python::wanted(&named).ok_or(WatchError::NoInterpreter(named))
}

fn no_interpreter(named: &str) -> String {
    match named {
        "" => "there is no python3 on the path".to_owned(),
        named if named.contains('/') => format!("{named} is no program that can be run"),
        named => format!("there is no {named} on the path"),
    }
}

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
        return step::run(session, &script);
    }
    let source = Source::read(&script.path);
    if session.settings().live {
        lane.reliable_fact(Fact::Source((&source).into()));
    }
    match start(session, &script).and_then(|watched| follow(session, watched, &source)) {
        Ok(outcome) => {
            let stopped = outcome.stopped;
            lane.reliable_fact(Fact::Ended(outcome.into()));
            if stopped { Err(Interrupt::Stopped) } else { Ok(()) }
        }
        Err(error) => {
            lane.reliable_fact(Fact::failed(&error));
            Ok(())
        }
    }
}

fn start(session: &Session<'_, PythonLab>, script: &Script) -> Result<Watched, WatchError> {
    let python = interpreter(session.settings())?;
    // On the screen, this program's own standard input is for the screen.
    let live = session.settings().live;
    let program = &session.settings().program;
    let size = live.then_some(SIZE);
    let delay = session.settings().get(DELAY);
    Watched::start(program, &python, &script.path, &script.arguments, size, live, delay)
        .map_err(|error| WatchError::Start { program: python.program().to_owned(), error })
}

/// Follows the script to its end.
fn follow(
    session: &mut Session<'_, PythonLab>,
    watched: Watched,
    source: &Source,
) -> Result<Outcome, WatchError> {
    let mut follower = Follower::new(session, watched, source);
    while !follower.look()? {
        follower.limit();
        if session.stop().requested() {
            follower.stop();
        }
        // A stop is seen above.
        while let Ok(Some(command)) = session.try_command() {
            follower.handle(command, session.settings())?;
        }
        if session.settings().live {
            follower.report();
        }
    }
    follower.finish()
}

/// A script that is followed.
struct Follower<'a> {
    lane: &'a Lane<Fact>,
    source: &'a Source,
    watched: Watched,
    watcher: Watcher<'a>,
    commands: Commands,
    /// Emptied by each look, but for its memory.
    seen: Seen,
    /// Whether the last look has seen records.
    busy: bool,
    /// What is left out of the output on a live screen; without one nothing is.
    thinned: Option<Thinned>,
    /// When it is killed, if it was asked to end.
    kill_at: Option<Instant>,
    /// That it was in when it was asked to end.
    deadlock: Option<Vec<DeadlockStep>>,
    wants_input: bool,
    source_has_changed: bool,
    /// Which one it was killed at.
    limit: Option<Printable>,
    /// When each is due.
    next_sample: Instant,
    next_count: Instant,
    next_question: Instant,
    next_report: Instant,
}

impl<'a> Follower<'a> {
    fn new(session: &Session<'a, PythonLab>, watched: Watched, source: &'a Source) -> Self {
        let (lane, live, now) = (session.lane(), session.settings().live, Instant::now());
        if live {
            lane.reliable_fact(Fact::Terminal);
        }
        Self {
            lane,
            source,
            watched,
            watcher: Watcher::new(lane, Places::of(&source.path)),
            commands: Commands::default(),
            seen: Seen::default(),
            busy: false,
            thinned: live.then(Thinned::default),
            kill_at: None,
            deadlock: None,
            wants_input: false,
            source_has_changed: false,
            limit: None,
            next_sample: now,
            next_count: now,
            next_question: now,
            next_report: now + REPORT,
        }
    }

    /// Takes what was written since the last look; whether the script has ended.
    fn look(&mut self) -> Result<bool, WatchError> {
        if Instant::now() >= self.next_sample {
            self.watcher.sample();
            self.next_sample = Instant::now() + SAMPLE;
        }
        let limit = if self.busy { BUSY } else { QUIET };
        let ended = self.watched.look(limit, &mut self.seen)?;
        self.busy = !self.seen.records.is_empty();
        if let Some(thinned) = &mut self.thinned {
            let bytes = thinned.take(&mut self.seen, ended, Instant::now());
            if bytes > 0 {
                self.lane.reliable_fact(Fact::Skipped { bytes });
            }
        }
        self.watcher.take(&mut self.seen);
        self.commands.looked(&mut self.watcher);
        Ok(ended)
    }

    /// Kills a script that has too many processes.
    fn limit(&mut self) {
        let now = Instant::now();
        if self.limit.is_some() || now < self.next_count {
            return;
        }
        self.next_count = now + COUNT_INTERVAL;
        if self.watched.processes() > PROCESSES_AT_ONCE {
            self.watched.kill();
            self.limit = Some(ServerError::Processes.to_string().into());
        }
    }

    /// Asks the script to end, and kills it if it does not.
    fn stop(&mut self) {
        match self.kill_at {
            Some(at) if Instant::now() >= at => self.watched.kill(),
            Some(_) => {}
            None => {
                self.watcher.resume();
                // Other processes than the script's own do not survive the interrupt.
                self.deadlock = self.watcher.deadlock();
                self.watched.interrupt();
                self.kill_at = Some(Instant::now() + GRACE);
            }
        }
    }

    fn handle(
        &mut self,
        command: Command<PythonCommand>,
        settings: &Settings,
    ) -> Result<(), WatchError> {
        match command {
            Command::Do(command) => {
                self.commands.handle(command, &mut self.watched, &mut self.watcher)?;
            }
            Command::Set { key, .. } if key == DELAY.key => {
                slow(settings.get(DELAY), &mut self.watched, &self.watcher)?;
            }
            Command::Set { .. } => {}
        }
        Ok(())
    }

    /// Reports what a live screen shows besides the records.
    fn report(&mut self) {
        let now = Instant::now();
        if now >= self.next_question {
            self.next_question = now + QUESTION;
            let wanted = self.watched.wants_input();
            if std::mem::replace(&mut self.wants_input, wanted) != wanted {
                self.lane.reliable_fact(Fact::Input { wanted });
            }
        }
        if now >= self.next_report {
            self.next_report = now + REPORT;
            let figures = self.watcher.figures(REPORTED, self.watched.records());
            self.lane.reliable_fact(Fact::Figures(figures.into()));
            if !self.source_has_changed && self.source.has_changed() {
                self.source_has_changed = true;
                // What runs is still what was read.
                let text = SourceText { note: "changed".into(), ..self.source.into() };
                self.lane.reliable_fact(Fact::Source(text));
            }
        }
    }

    /// Reports what is only known at the end; of a script that was stopped, with the deadlock that
    /// it was in by then.
    fn finish(mut self) -> Result<Outcome, WatchError> {
        if let Some(python) = self.watched.refused() {
            return Err(WatchError::Refused(python));
        }
        self.watcher.resume();
        // Before its threads are ended by it.
        let deadlock = self.watcher.deadlock().or(self.deadlock);
        let (records, blind) = (self.watched.records(), self.watched.blind());
        let most = self.watched.most_processes();
        let crowded = self.watched.was_crowded();
        let status = self.watched.reap()?;
        self.watcher.end(status.signal());
        self.lane.reliable_fact(Fact::Figures(self.watcher.figures(ALL, records).into()));
        let mut not_watched: Vec<_> =
            blind.map(|why| format!("{ANYTHING}{why}").into()).into_iter().collect();
        not_watched.extend(NEVER_WATCHED.iter().map(|what| Printable::from(*what)));
        not_watched.extend(self.watcher.not_watched().cloned());
        not_watched.extend(most.map(|most| format!("processes after the first {most}").into()));
        let why = "processes for whose records there was too little shared memory";
        not_watched.extend(crowded.then(|| why.into()));
        Ok(Outcome {
            exit: exit(status),
            deadlock,
            not_watched,
            stopped: self.kill_at.is_some(),
            limit: self.limit,
        })
    }
}

fn exit(status: ExitStatus) -> Exit {
    Exit { code: status.code(), signal: status.signal() }
}
