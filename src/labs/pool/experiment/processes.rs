//! One run of a pool of processes: made, given the tasks, and ended.

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

/// Makes pools: the program of their workers, and the server that forks them.
#[derive(Debug)]
pub struct PoolFactory {
    program: std::path::PathBuf,
    server: Option<ForkServer>,
}

/// The fork server, started once beforehand.
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
    /// first worker came out of it.
    ///
    /// # Errors
    /// Why it cannot be started.
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
        first.prestart();
        first.wait_ready(&Limit::until(stop)).map_err(|error| not_ready(&first, stop, &error))?;
        self.server = Some(server);
        Ok(Some(ServerStart { pid, took: began.elapsed() }))
    }

    /// A pool as the plan wants it; not yet made.
    ///
    /// # Errors
    /// If the fork server that the plan asks for does not run: workers that are started in
    /// another way would be measured under its name.
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

/// One run on a new pool. `watched`: its processes have lanes.
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
    pool.prestart();
    pool.wait_ready(&Limit::until(stop)).map_err(|error| not_ready(&pool, stop, &error))?;
    let ready = monotonic_ns();
    let tasks = submit(&pool, plan, size, stop)?;
    let done: Vec<Timed> = tasks.collect::<Result<_, _>>().map_err(|error| failed(stop, &error))?;
    let returned = monotonic_ns();
    let view = pool.view();
    pool.shutdown(Shutdown::Drain);
    let joined = monotonic_ns();
    let spans: Vec<_> = done.iter().map(|task| (task.began_ns, task.ended_ns)).collect();
    moments.created(&view.milestones, ready);
    moments.worked(&spans, returned, joined);
    let pids = view.workers.iter().map(|worker| worker.pid).collect();
    let squares = done.into_iter().map(|task| task.square).collect();
    Ok(moments.sample(Variant { mode: Mode::Processes, size }, pids, squares))
}

/// Hands the tasks to a pool.
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

/// A lane for each process.
pub fn observer(lane: &Lane<Fact>) -> Observer {
    let recorder = lane.recorder().clone();
    Arc::new(move |name, pid| Box::new(recorder.lane_of(name, LaneKind::Process { pid })))
}

pub fn failed(stop: &Stop, why: &dyn Display) -> RunError {
    if stop.requested() { RunError::Interrupted } else { RunError::Failed(why.to_string()) }
}

fn not_ready(pool: &ProcessPool, stop: &Stop, why: &dyn Display) -> RunError {
    match pool.view().broken {
        Some(reason) => failed(stop, &reason),
        None => failed(stop, why),
    }
}
