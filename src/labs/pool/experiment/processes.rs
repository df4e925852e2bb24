//! One run of a pool of processes: created, given the tasks, and ended. The same pool is
//! used for the search for the break-even and, longer, as the warm pool.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::facts::Fact;
use super::super::settings;
use super::figures::{Mode, Sample, Variant};
use super::plan::Plan;
use super::variants::{Moments, RunError};
use super::work::{Timed, TimedSquare};
use crate::kit::child::{ForkServer, Start};
use crate::kit::clock::monotonic_ns;
use crate::kit::event::LaneKind;
use crate::kit::future::Results;
use crate::kit::limit::Limit;
use crate::kit::process_pool::{Builder, Observer, ProcessPool, Shutdown};
use crate::kit::recorder::Lane;
use crate::kit::stop::Stop;

/// Makes pools: the program of their workers, and the server that forks them. It outlasts
/// the attempts of a run, because a fork server takes as long to start as many workers
/// together.
#[derive(Debug)]
pub struct PoolFactory {
    program: std::path::PathBuf,
    /// Started when a plan first needs it, and kept as long as the run: later plans may
    /// need it again.
    server: Option<ForkServer>,
}

/// The fork server, started once beforehand, and what that took until its first worker
/// was ready. In no bar, but reported beside them.
#[derive(Clone, Copy, Debug)]
pub struct ServerStart {
    pub pid: u32,
    pub took: Duration,
}

impl PoolFactory {
    pub fn new(program: &Path) -> Self {
        Self { program: program.to_owned(), server: None }
    }

    /// Starts the fork server, if the plan asks for one and none runs, and waits until a
    /// first worker came out of it: only then is it known to work. `None` if there was
    /// nothing to start.
    ///
    /// # Errors
    /// Why it cannot be started, or that the run was interrupted.
    pub fn prepare(&mut self, plan: &Plan, stop: &Stop) -> Result<Option<ServerStart>, RunError> {
        if plan.start == settings::Start::Spawn || self.server.is_some() {
            return Ok(None);
        }
        let began = Instant::now();
        let server = ForkServer::start(&self.program).map_err(|error| failed(stop, &error))?;
        let pid = server.pid();
        let first = ProcessPool::builder(&self.program, 1)
            .start(Start::ForkServer(server.clone()))
            .build()
            .map_err(|error| failed(stop, &error))?;
        // The server forks nothing by itself, so a pool of one asks it for a worker.
        first.wait_ready(&Limit::until(stop)).map_err(|error| failed(stop, &error.cause()))?;
        self.server = Some(server);
        Ok(Some(ServerStart { pid, took: began.elapsed() }))
    }

    /// A pool as the plan wants it; not created yet.
    ///
    /// # Errors
    /// If the fork server that the plan asks for does not run: workers that are started
    /// in another way would be measured under its name.
    pub fn builder(&self, plan: &Plan, size: usize) -> Result<Builder, RunError> {
        let start = match (&self.server, plan.start) {
            (_, settings::Start::Spawn) => Start::Spawn,
            (Some(server), settings::Start::Forkserver) => Start::ForkServer(server.clone()),
            (None, settings::Start::Forkserver) => {
                return Err(RunError::Failed("the fork server does not run".to_owned()));
            }
        };
        Ok(ProcessPool::builder(&self.program, size).start(start))
    }
}

/// One run on a new pool, timed from before its creation until its last worker is reaped.
/// With `watched` its processes have lanes; the search for the break-even leaves them
/// out, because their events would be too many.
///
/// # Errors
/// If processes cannot be started, one of them died, or the run was interrupted. There is
/// no sample then: a run with a replaced worker measures something else.
pub fn run(
    plan: &Plan,
    size: usize,
    factory: &PoolFactory,
    watched: Option<&Lane<Fact>>,
    stop: &Stop,
) -> Result<Sample, RunError> {
    let mut builder = factory.builder(plan, size)?;
    if let Some(lane) = watched {
        builder = builder.observer(observer(lane));
    }
    let mut moments = Moments::start();
    let pool = builder.build().map_err(|error| failed(stop, &error))?;
    // A pool starts workers when tasks come. Starting all of them first makes `spawn` and
    // `ready` parts of their own, as in `multiprocessing.Pool`.
    pool.wait_ready(&Limit::until(stop)).map_err(|error| failed(stop, &error.cause()))?;
    let ready = monotonic_ns();
    let tasks = submit(&pool, plan, size, stop)?;
    let done: Vec<Timed> = tasks.collect::<Result<_, _>>().map_err(|error| failed(stop, &error))?;
    let returned = monotonic_ns();
    // Before the shutdown, which removes the workers from it.
    let view = pool.view();
    pool.shutdown(Shutdown::Drain);
    let joined = monotonic_ns();
    // The workers' own moments: the moment at which a result arrives here depends on when
    // this thread got a core.
    let spans: Vec<_> = done.iter().map(|task| (task.began_ns, task.ended_ns)).collect();
    moments.created(&view.milestones, ready);
    moments.worked(&spans, returned, joined);
    let pids = view.workers.iter().map(|worker| worker.pid).collect();
    let squares = done.into_iter().map(|task| task.square).collect();
    Ok(moments.sample(Variant { mode: Mode::Processes, size }, pids, squares))
}

/// Queues all tasks of the plan; returns their results in the order of the numbers, which
/// end early if `stop` is requested.
pub fn submit(
    pool: &ProcessPool,
    plan: &Plan,
    size: usize,
    stop: &Stop,
) -> Result<Results<Timed>, RunError> {
    let inputs: Vec<_> = (plan.from..=plan.to).map(|n| (plan.work, n)).collect();
    let results = pool.map::<TimedSquare>(&inputs, Some(plan.chunk_for(size)));
    Ok(results.map_err(|error| failed(stop, &error))?.within(Limit::until(stop)))
}

/// Gives each process a lane of its own, under which its events appear in the timeline.
/// Called by the pool's manager when it starts a worker.
pub fn observer(lane: &Lane<Fact>) -> Observer {
    let recorder = lane.recorder().clone();
    Arc::new(move |name, pid| Box::new(recorder.lane_of(name, LaneKind::Process { pid })))
}

/// An error of a run that was asked to stop is its interruption, whatever it says: a pool
/// that is stopped fails in many ways.
pub fn failed(stop: &Stop, why: &dyn Display) -> RunError {
    if stop.requested() { RunError::Interrupted } else { RunError::Failed(why.to_string()) }
}
