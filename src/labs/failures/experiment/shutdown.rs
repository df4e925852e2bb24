//! The shutdown modes: ways to end a pool, what became of its tasks, and which processes
//! are left.
//!
//! ```text
//! start all workers ─▶ queue the work ─▶ prepare ─▶ shutdown (timed) ─▶ look for the pids
//!                      tasks, a task      the signal that
//!                      that never ends,   is ignored, the
//!                      ignored signals    end that never comes
//! ```
//!
//! That no process is left is read from `/proc` by pid, children of workers included: the
//! pool's own list would not contain what it has lost.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getpgid, kill_process};
use serde::{Deserialize, Serialize};

use crate::kit::future::{Future, Status};
use crate::kit::limit::Limit;
use crate::kit::proc_stat;
use crate::kit::process_pool::worker_fns::{Forever, SleepSquare};
use crate::kit::process_pool::{Observer, ProcessPool, Shutdown};
use crate::kit::stop::Stop;
use crate::scene::units::{self, plural};

use super::technique::start_all;
use super::worker_fns::IgnoreSignals;

const TASK_US: u64 = 5_000;
const TASKS: u64 = 24;
/// How long a pool that cannot end by itself is given before it is killed: long enough to
/// show that waiting does not help.
const TIMEOUT: Duration = Duration::from_millis(200);
/// How long the system may take to remove killed processes that are not our children:
/// `init`, or the nearest subreaper, reaps them in its own time.
const REMOVAL: Duration = Duration::from_secs(2);
const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// How a pool is ended: by working off all tasks, by cancelling those that wait, at once,
/// or at once although a task or a worker resists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShutdownMode {
    Drain,
    Cancel,
    /// Everything ends at once, as when the user presses the key. The key itself reaches
    /// only the program.
    CtrlC,
    /// A task never ends, so a pool that waits for it would never end either: its worker
    /// has to be killed.
    StuckWorker,
    /// A worker ignores all signals that can be ignored, and has a child of its own,
    /// which would outlive it.
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

/// What became of the tasks and processes of a pool that was shut down. `completed` tasks
/// have a result, `cancelled` ones were not begun by any worker, `failed` ones lost their
/// worker. `took_ms` is the time of the call that shuts the pool down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShutdownOutcome {
    pub mode: ShutdownMode,
    pub completed: usize,
    pub cancelled: usize,
    pub failed: usize,
    pub took_ms: f64,
    /// Processes of the pool and of its workers that still exist after the system has had
    /// time to remove them. Anything but 0 is a defect.
    pub left: usize,
    pub note: String,
}

impl ShutdownOutcome {
    /// What became of the tasks and the processes, and in which time.
    pub fn counts(&self) -> String {
        let Self { completed, cancelled, failed, .. } = self;
        let took = units::nanos(self.took_ms * 1e6);
        let left = plural(self.left as u64, "process");
        format!(
            "{completed} completed, {cancelled} cancelled, {failed} failed in {took}, {left} left"
        )
    }
}

pub struct ShutdownContext<'a> {
    pub program: &'a Path,
    pub workers: usize,
    pub stop: &'a Stop,
    pub observer: Observer,
}

impl ShutdownContext<'_> {
    /// Makes a pool, gives it work, and ends it in this mode.
    ///
    /// # Errors
    /// If the pool cannot be made, or on a stop request.
    pub fn shut_down(&self, mode: ShutdownMode) -> io::Result<ShutdownOutcome> {
        let pool = ProcessPool::builder(self.program, self.workers)
            .observer(self.observer.clone())
            .build()
            .map_err(io::Error::other)?;
        start_all(&pool, &Limit::until(self.stop))?;
        // Noted before the end: afterwards no list contains them.
        let mut pids: Vec<u32> = pool.view().workers.iter().map(|worker| worker.pid).collect();
        let work = self.submit(&pool, mode)?;
        // The child of the ignoring worker is no worker of the pool, but has to end with
        // it.
        pids.extend(work.ignoring.map(|(_, child)| child));
        let Prepared { note, resisted } = self.prepare(&pool, mode, &work)?;
        let began = Instant::now();
        pool.shutdown(match mode {
            ShutdownMode::Drain => Shutdown::Drain,
            ShutdownMode::Cancel => Shutdown::Cancel,
            ShutdownMode::CtrlC | ShutdownMode::StuckWorker | ShutdownMode::IgnoredSignals => {
                Shutdown::Terminate
            }
        });
        let took_ms = units::in_ms(began.elapsed());
        let left = self.left(&pids);
        let completed = work.count(Status::Finished);
        let note = match mode {
            ShutdownMode::Drain => format!("{completed} of {TASKS} callers got a result"),
            ShutdownMode::Cancel => {
                let tasks = plural(completed as u64, "task");
                format!("{tasks} that had begun were allowed to finish")
            }
            _ if left == 0 && resisted => format!("{note}; then it was killed"),
            _ => note,
        };
        Ok(ShutdownOutcome {
            mode,
            completed,
            cancelled: work.count(Status::Cancelled),
            failed: work.count(Status::Failed),
            took_ms,
            left,
            note,
        })
    }

    /// Queues the work of this mode. For the ignored signals it waits until the worker
    /// reports that it ignores them: a signal before that would kill it.
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

    /// Does what comes before the shutdown in this mode, and returns the note about it.
    /// For two modes that is the attempt to end the pool gently, which has to fail first.
    fn prepare(&self, pool: &ProcessPool, mode: ShutdownMode, work: &Work) -> io::Result<Prepared> {
        Ok(match (mode, work.ignoring) {
            (ShutdownMode::CtrlC, _) => Prepared { note: grouped(pool), resisted: false },
            (ShutdownMode::IgnoredSignals, Some((worker, child))) => {
                self.ignores_sigterm(worker, child)?
            }
            (ShutdownMode::StuckWorker, _) => stuck(pool, work.endless.as_ref(), self.stop)?,
            (ShutdownMode::Drain | ShutdownMode::Cancel, _)
            | (ShutdownMode::IgnoredSignals, None) => Prepared::default(),
        })
    }

    /// Sends the worker `SIGTERM`, which it ignores, and checks after a while whether it
    /// still exists.
    fn ignores_sigterm(&self, worker: u32, child: u32) -> io::Result<Prepared> {
        let pid = pid_of(worker).ok_or(io::ErrorKind::InvalidInput)?;
        kill_process(pid, Signal::TERM)?;
        if self.stop.sleep(TIMEOUT) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let resisted = is_there(worker);
        let note = if resisted {
            let ms = TIMEOUT.as_millis();
            format!("{ms} ms after SIGTERM worker {worker} with its child {child} was still there")
        } else {
            format!("worker {worker} ended on SIGTERM")
        };
        Ok(Prepared { note, resisted })
    }

    /// The number of processes that still exist, once none does or the system has had its
    /// time.
    fn left(&self, pids: &[u32]) -> usize {
        let began = Instant::now();
        loop {
            let left = pids.iter().filter(|pid| is_there(**pid)).count();
            // A killed process is a zombie until it is reaped, and exists until the
            // kernel has torn it down: neither happens within the call that kills it.
            if left == 0 || began.elapsed() > REMOVAL || self.stop.sleep(POLL_INTERVAL) {
                return left;
            }
        }
    }
}

/// What came before a shutdown, and whether the pool or a worker resisted it: then only the
/// kill ended it.
#[derive(Default)]
struct Prepared {
    note: String,
    resisted: bool,
}

/// What a pool has to do when it is ended: ordinary tasks, more than there are workers,
/// or a task that never returns, or a worker that ignores every signal but `SIGKILL`,
/// with the child that it started. One of the three, by the mode.
#[derive(Debug, Default)]
struct Work {
    ordinary: Vec<Future<u64>>,
    endless: Option<Future<()>>,
    ignoring: Option<(u32, u32)>,
}

impl Work {
    /// Tasks with this status, by their futures. The task of the ignoring worker has
    /// finished: it returned the pids.
    fn count(&self, status: Status) -> usize {
        let ordinary = self.ordinary.iter().map(Future::status);
        let ignoring = self.ignoring.map(|_| Status::Finished);
        let all = ordinary.chain(self.endless.iter().map(Future::status)).chain(ignoring);
        all.filter(|of| *of == status).count()
    }
}

/// Lets the pool try to end by itself, which it cannot, and reports how long that was
/// given. The kill follows from the caller.
fn stuck(pool: &ProcessPool, endless: Option<&Future<()>>, stop: &Stop) -> io::Result<Prepared> {
    pool.begin_shutdown(Shutdown::Cancel);
    // Bounded by the experiment, as nothing else would end this wait.
    let waited = endless.map(|future| future.wait(&Limit::within(TIMEOUT).or(stop)));
    if stop.requested() {
        return Err(io::ErrorKind::Interrupted.into());
    }
    let resisted = matches!(waited, Some(Err(_)));
    let note = if resisted {
        format!("asked to end, it still ran after {} ms", TIMEOUT.as_millis())
    } else {
        "it ended when it was asked to".to_owned()
    };
    Ok(Prepared { note, resisted })
}

/// Which processes the key reaches: the terminal sends `SIGINT` to the whole foreground
/// process group. Workers in groups of their own do not get it, so only the program
/// decides how they end.
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

/// Whether a process exists and is no zombie: a zombie has ended, and only waits to be
/// reaped.
fn is_there(pid: u32) -> bool {
    proc_stat::state_of(pid).is_ok_and(|state| state != 'Z')
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::process::{Command, Stdio};
    use std::sync::Arc;

    use super::*;
    use crate::kit::job_control;

    /// Of a pool that is never made.
    fn context(stop: &Stop) -> ShutdownContext<'_> {
        ShutdownContext {
            program: Path::new("/nowhere"),
            workers: 1,
            stop,
            observer: Arc::new(|_, _| unreachable!()),
        }
    }

    #[test]
    fn those_are_left_that_are_there_and_no_zombies() {
        // Looks once: the request ends the wait for what is left.
        let stop = Stop::new();
        stop.request();
        let context = context(&stop);
        let start = || job_control::start(Command::new("sleep").arg("3600")).unwrap();
        let mut children = [start(), start(), start()];
        let pids = children.each_ref().map(std::process::Child::id);
        assert_eq!(context.left(&pids), 3);
        let [first, second, _] = &mut children;
        first.kill().unwrap();
        first.wait().unwrap();
        second.kill().unwrap();
        let ended = rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT;
        rustix::process::waitid(rustix::process::WaitId::Pid(Pid::from_child(second)), ended)
            .unwrap();
        assert_eq!(context.left(&pids), 1);
        for child in &mut children[1..] {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert_eq!(context.left(&pids), 0);
    }

    /// A process that ignores this signal from now on; it ends by any other.
    fn ignoring(signal: &str) -> std::process::Child {
        let script = format!("trap '' {signal}; echo ignored; exec sleep 3600");
        let mut shell = Command::new("sh");
        let mut child =
            job_control::start(shell.args(["-c", &script]).stdout(Stdio::piped())).unwrap();
        let mut line = [0; 8];
        child.stdout.as_mut().unwrap().read_exact(&mut line).unwrap();
        child
    }

    #[test]
    fn a_worker_is_sent_sigterm_and_is_there_after_it_only_if_it_ignores_that() {
        let stop = Stop::new();
        let context = context(&stop);
        let mut children = ["INT", "TERM"].map(ignoring);
        let prepared =
            children.each_ref().map(|child| context.ignores_sigterm(child.id(), 7).unwrap());
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let [ends, stays] = children.each_ref().map(std::process::Child::id);
        assert_eq!(prepared[0].note, format!("worker {ends} ended on SIGTERM"));
        let there = format!("200 ms after SIGTERM worker {stays} with its child 7 was still there");
        assert_eq!(prepared[1].note, there);
        assert_eq!(prepared.map(|it| it.resisted), [false, true]);
    }
}
