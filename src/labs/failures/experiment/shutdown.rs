//! The shutdown modes: ways to end a pool, what became of its tasks, and who is left.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getpgid, kill_process};
use serde::Serialize;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::kit::child::{WorkerFn, WorkerFnError};
use crate::kit::future::{Future, Status};
use crate::kit::job_control;
use crate::kit::limit::Limit;
use crate::kit::process_pool::jobs::{Forever, SleepSquare};
use crate::kit::process_pool::{Observer, ProcessPool, Shutdown};
use crate::kit::stop::Stop;
use crate::scene::units;

use super::technique::start_all;

/// What each ordinary task takes, in µs.
const TASK_US: u64 = 5_000;
const TASKS: u64 = 24;
/// How long a pool that cannot end by itself is given.
const TIMEOUT: Duration = Duration::from_millis(200);
/// How long the system may take to remove killed processes that are not our children.
const REMOVAL: Duration = Duration::from_secs(2);
const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// How a pool is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShutdownMode {
    Drain,
    Cancel,
    CtrlC,
    StuckWorker,
    IgnoredSignals,
}

impl ShutdownMode {
    pub const ALL: [Self; 5] =
        [Self::Drain, Self::Cancel, Self::CtrlC, Self::StuckWorker, Self::IgnoredSignals];

    pub fn word(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::Cancel => "cancel",
            Self::CtrlC => "ctrl-c",
            Self::StuckWorker => "stuck",
            Self::IgnoredSignals => "ignored-signals",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Drain => "drain: work off the queue",
            Self::Cancel => "cancel what waits",
            Self::CtrlC => "Ctrl-C: end everything now",
            Self::StuckWorker => "a worker that never ends",
            Self::IgnoredSignals => "a worker that ignores signals",
        }
    }
}

/// The outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShutdownOutcome {
    pub mode: ShutdownMode,
    pub completed: usize,
    pub cancelled: usize,
    pub failed: usize,
    pub took_ms: f64,
    /// Processes of the pool that are still there.
    pub left: usize,
    pub note: String,
}

impl ShutdownOutcome {
    /// `1 process left`, `2 processes left`.
    pub fn left_behind(&self) -> String {
        match self.left {
            1 => "1 process left".to_owned(),
            several => format!("{several} processes left"),
        }
    }
}

/// What a shutdown needs.
pub struct ShutdownContext<'a> {
    pub program: &'a Path,
    pub workers: usize,
    pub stop: &'a Stop,
    pub observer: Observer,
}

impl ShutdownContext<'_> {
    /// Makes a pool, gives it work, and ends it so.
    ///
    /// # Errors
    /// If the pool cannot be made, or on a stop request.
    pub fn shut_down(&self, mode: ShutdownMode) -> io::Result<ShutdownOutcome> {
        let pool = ProcessPool::builder(self.program, self.workers)
            .observer(self.observer.clone())
            .build()
            .map_err(io::Error::other)?;
        start_all(&pool, &Limit::until(self.stop))?;
        let mut pids: Vec<u32> = pool.view().workers.iter().map(|worker| worker.pid).collect();
        let work = self.submit(&pool, mode)?;
        pids.extend(work.ignoring.map(|(_, child)| child));
        let note = self.prepare(&pool, mode, &work)?;
        let began = Instant::now();
        pool.shutdown(match mode {
            ShutdownMode::Drain => Shutdown::Drain,
            ShutdownMode::Cancel => Shutdown::Cancel,
            ShutdownMode::CtrlC | ShutdownMode::StuckWorker | ShutdownMode::IgnoredSignals => {
                Shutdown::Terminate
            }
        });
        let took_ms = units::in_ms(began.elapsed());
        let of = |status| work.count(status);
        Ok(ShutdownOutcome {
            mode,
            completed: of(Status::Finished),
            cancelled: of(Status::Cancelled),
            failed: of(Status::Failed),
            took_ms,
            left: self.left(&pids),
            note,
        })
    }

    fn submit(&self, pool: &ProcessPool, mode: ShutdownMode) -> io::Result<Work> {
        let mut work = Work::default();
        match mode {
            ShutdownMode::Drain | ShutdownMode::Cancel | ShutdownMode::CtrlC => {
                let tasks = (0..TASKS).map(|n| pool.submit::<SleepSquare>(&(TASK_US, n)));
                work.ordinary = tasks.collect::<Result<_, _>>().map_err(io::Error::other)?;
            }
            ShutdownMode::StuckWorker => {
                let endless = pool.submit::<Forever>(&()).map_err(io::Error::other)?;
                work.endless = Some(endless);
            }
            ShutdownMode::IgnoredSignals => {
                let pids = pool.submit::<IgnoreSignals>(&()).map_err(io::Error::other)?;
                let pids = pids.take(&Limit::until(self.stop));
                work.ignoring = Some(pids.map_err(io::Error::other)?);
            }
        }
        Ok(work)
    }

    /// What comes before the end, and what is to be said of it.
    fn prepare(&self, pool: &ProcessPool, mode: ShutdownMode, work: &Work) -> io::Result<String> {
        Ok(match (mode, work.ignoring) {
            (ShutdownMode::Drain, _) => "every caller gets a result".to_owned(),
            (ShutdownMode::Cancel, _) => "running tasks were allowed to finish".to_owned(),
            (ShutdownMode::CtrlC, _) => grouped(pool),
            (ShutdownMode::IgnoredSignals, Some((worker, child))) => {
                self.ignores_sigterm(worker, child)?
            }
            (ShutdownMode::StuckWorker, _) => stuck(pool, work.endless.as_ref(), self.stop)?,
            (ShutdownMode::IgnoredSignals, None) => String::new(),
        })
    }

    /// Asks the worker to end, which it does not hear.
    fn ignores_sigterm(&self, worker: u32, child: u32) -> io::Result<String> {
        let pid = pid_of(worker).ok_or(io::ErrorKind::InvalidInput)?;
        kill_process(pid, Signal::TERM)?;
        if self.stop.sleep(TIMEOUT) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        Ok(if is_there(worker) {
            format!(
                "{} ms after SIGTERM worker {worker} was still there; then it was killed, and its child {child} with it",
                TIMEOUT.as_millis()
            )
        } else {
            format!("worker {worker} ended on SIGTERM")
        })
    }

    /// How many are there that should not be.
    fn left(&self, pids: &[u32]) -> usize {
        let began = Instant::now();
        loop {
            let left = pids.iter().filter(|pid| is_there(**pid)).count();
            if left == 0 || began.elapsed() > REMOVAL || self.stop.sleep(POLL_INTERVAL) {
                return left;
            }
        }
    }
}

/// What a pool has to do when it is ended.
#[derive(Debug, Default)]
struct Work {
    ordinary: Vec<Future<u64>>,
    endless: Option<Future<()>>,
    /// A worker that ignores every signal but `SIGKILL`, and the child that it started.
    ignoring: Option<(u32, u32)>,
}

impl Work {
    fn count(&self, status: Status) -> usize {
        let ordinary = self.ordinary.iter().map(Future::status);
        let ignoring = self.ignoring.map(|_| Status::Finished);
        let all = ordinary.chain(self.endless.iter().map(Future::status)).chain(ignoring);
        all.filter(|of| *of == status).count()
    }
}

/// Lets the pool try to end by itself, which it cannot.
fn stuck(pool: &ProcessPool, endless: Option<&Future<()>>, stop: &Stop) -> io::Result<String> {
    pool.begin_shutdown(Shutdown::Cancel);
    let waited = endless.map(|future| future.wait(&Limit::within(TIMEOUT).or(stop)));
    if stop.requested() {
        return Err(io::ErrorKind::Interrupted.into());
    }
    Ok(match waited {
        Some(Err(_)) => format!(
            "asked to end, it still ran after {} ms; then it was killed",
            TIMEOUT.as_millis()
        ),
        _ => "it ended when it was asked to".to_owned(),
    })
}

/// Whom the key reaches: the terminal sends it to the program's process group.
fn grouped(pool: &ProcessPool) -> String {
    let view = pool.view();
    let ours = getpgid(None).ok();
    let apart = |pid: u32| pid_of(pid).is_some_and(|pid| getpgid(Some(pid)).ok() != ours);
    let workers = &view.workers;
    format!(
        "{} of {} workers stand in process groups of their own: the key reaches the program alone, and it ends them",
        workers.iter().filter(|worker| apart(worker.pid)).count(),
        workers.len()
    )
}

fn pid_of(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

/// Whether a process is there and is no zombie.
fn is_there(pid: u32) -> bool {
    job_control::state_of(pid).is_ok_and(|state| state != 'Z')
}

/// Ignores `SIGTERM` and `SIGINT` from now on, and starts a child of its own; gives the
/// pids of both.
#[derive(Debug)]
pub struct IgnoreSignals;

impl WorkerFn for IgnoreSignals {
    const NAME: &'static str = "failures.ignore-signals";
    type In = ();
    type Out = (u32, u32);

    fn run((): ()) -> Result<Self::Out, WorkerFnError> {
        let child = [SIGTERM, SIGINT]
            .into_iter()
            .try_for_each(|signal| signal_hook::flag::register(signal, Arc::default()).map(drop))
            .and_then(|()| {
                let mut sleep = Command::new("sleep");
                let silent = sleep.arg("3600").stdin(Stdio::null()).stdout(Stdio::null());
                silent.stderr(Stdio::null()).spawn()
            });
        child
            .map(|child| (std::process::id(), child.id()))
            .map_err(|error| WorkerFnError::new("OSError", error.to_string()))
    }
}
