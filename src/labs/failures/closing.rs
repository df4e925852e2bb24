//! The shutdown desk: ways to end a pool, what became of its tasks, and who is left.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::kit::future::{Future, Status};
use crate::kit::limit::Limit;
use crate::kit::process_pool::jobs::{Forever, Grandchild, SleepSquare};
use crate::kit::process_pool::{Observer, ProcessPool, Shutdown};
use crate::kit::stop::Stop;

/// What each ordinary task takes, in µs.
const TASK_US: u64 = 5_000;
const TASKS: u64 = 24;
/// How long a pool that cannot end by itself is given.
const PATIENCE: Duration = Duration::from_millis(200);

/// How a pool is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum How {
    Drain,
    Cancel,
    CtrlC,
    StuckWorker,
    Grandchild,
}

impl How {
    pub(crate) const ALL: [Self; 5] = [
        Self::Drain,
        Self::Cancel,
        Self::CtrlC,
        Self::StuckWorker,
        Self::Grandchild,
    ];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Drain => "drain: work off the queue",
            Self::Cancel => "cancel what waits",
            Self::CtrlC => "Ctrl-C: end everything now",
            Self::StuckWorker => "a worker that never ends",
            Self::Grandchild => "a worker with a child of its own",
        }
    }
}

/// What it came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Closed {
    pub(crate) how: How,
    pub(crate) completed: usize,
    pub(crate) cancelled: usize,
    pub(crate) failed: usize,
    pub(crate) took_ms: f64,
    /// Processes of the pool that are still there.
    pub(crate) left: usize,
    pub(crate) note: String,
}

/// What the shutdown desk works with.
pub(crate) struct Ground<'a> {
    pub(crate) program: &'a Path,
    pub(crate) workers: usize,
    pub(crate) stop: &'a Stop,
    pub(crate) observer: Observer,
}

impl Ground<'_> {
    /// Makes a pool, gives it work, and ends it so.
    ///
    /// # Errors
    /// If the pool cannot be made, or on a stop request.
    pub(crate) fn close(&self, how: How) -> io::Result<Closed> {
        let pool = ProcessPool::builder(self.program, self.workers)
            .observer(self.observer.clone())
            .build()
            .map_err(io::Error::other)?;
        pool.prestart();
        let limit = Limit::until(self.stop);
        pool.wait_ready(&limit).map_err(io::Error::other)?;
        let mut pids: Vec<u32> = pool
            .view()
            .workers
            .iter()
            .map(|worker| worker.pid)
            .collect();
        let work = self.give(&pool, how)?;
        pids.extend(work.child);
        let note = self.prepare(&pool, how, &work)?;
        let began = Instant::now();
        pool.shutdown(match how {
            How::Drain => Shutdown::Drain,
            How::Cancel => Shutdown::Cancel,
            How::CtrlC | How::StuckWorker | How::Grandchild => Shutdown::Terminate,
        });
        let took_ms = began.elapsed().as_secs_f64() * 1e3;
        let of = |status| work.count(status);
        Ok(Closed {
            how,
            completed: of(Status::Finished),
            cancelled: of(Status::Cancelled),
            failed: of(Status::Failed),
            took_ms,
            left: pids.iter().filter(|pid| is_there(**pid)).count(),
            note,
        })
    }

    fn give(&self, pool: &ProcessPool, how: How) -> io::Result<Work> {
        let mut work = Work::default();
        match how {
            How::Drain | How::Cancel | How::CtrlC => {
                let tasks = (0..TASKS).map(|n| pool.submit::<SleepSquare>(&(TASK_US, n)));
                work.ordinary = tasks.collect::<Result<_, _>>().map_err(io::Error::other)?;
            }
            How::StuckWorker => {
                let endless = pool.submit::<Forever>(&()).map_err(io::Error::other)?;
                work.endless = Some(endless);
            }
            How::Grandchild => {
                let child = pool.submit::<Grandchild>(&()).map_err(io::Error::other)?;
                let pid = child.take(&Limit::until(self.stop));
                work.child = u32::try_from(pid.map_err(io::Error::other)?).ok();
            }
        }
        Ok(work)
    }

    /// What comes before the end, and what is to be said of it.
    fn prepare(&self, pool: &ProcessPool, how: How, work: &Work) -> io::Result<String> {
        Ok(match (how, work.child) {
            (How::CtrlC, _) => "the workers have process groups of their own: the key reaches \
                                only the program, which ends them"
                .to_owned(),
            (How::Grandchild, Some(pid)) => {
                format!("its child {pid} went with it: the tree is killed as a tree")
            }
            (How::StuckWorker, _) => stuck(pool, work.endless.as_ref(), self.stop)?,
            _ => String::new(),
        })
    }
}

/// What a pool has to do when it is ended.
#[derive(Debug, Default)]
struct Work {
    ordinary: Vec<Future<u64>>,
    endless: Option<Future<()>>,
    /// The process that a task started.
    child: Option<u32>,
}

impl Work {
    fn count(&self, status: Status) -> usize {
        let ordinary = self.ordinary.iter().map(Future::status);
        let all = ordinary.chain(self.endless.iter().map(Future::status));
        all.filter(|of| *of == status).count()
    }
}

/// Lets the pool try to end by itself, which it cannot.
fn stuck(pool: &ProcessPool, endless: Option<&Future<()>>, stop: &Stop) -> io::Result<String> {
    pool.begin_shutdown(Shutdown::Cancel);
    let waited = endless.map(|future| future.wait(&Limit::within(PATIENCE).or(stop)));
    if stop.requested() {
        return Err(io::ErrorKind::Interrupted.into());
    }
    Ok(match waited {
        Some(Err(_)) => format!(
            "asked to end, it still ran after {} ms; then it was killed",
            PATIENCE.as_millis()
        ),
        _ => "it ended when it was asked to".to_owned(),
    })
}

/// Whether a process is there and is no zombie.
fn is_there(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| {
        stat.rsplit_once(") ")
            .is_some_and(|(_, rest)| !rest.starts_with('Z'))
    })
}
