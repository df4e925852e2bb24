//! The processes of a run, seen by the driver thread: how they are started, shown, and what
//! they leave behind when all have ended.
//!
//! Each is a worker process of its own, so its lane, its pid and its death are its own.
//! They see the same region: a control block first, then the tool. Must not know any single tool.
//!
//! ```text
//! assemble ─▶ region with control block and tool, nothing started
//! start    ─▶ a pool of one worker, its lane, its only task          for each process
//! finish   ─▶ poll: commands, pace, start gate, events, picture      until all reports are there
//!             ├─ a stop, a failure, a standstill: an error
//!             └─ results, then the pools are shut down together
//! drop     ─▶ last events, release what is still held, end the processes
//! ```

use std::io;
use std::time::{Duration, Instant};

use super::control_block::ControlBlock;
use super::costs::{CONTENDERS, per_operation};
use super::forwarder::Forwarder;
use super::process_context::{ProcessArgs, ProcessReport};
use super::process_results::ProcessResults;
use super::process_tool::{ProcessTool, RunProcess};
use super::tool::{Cost, Misuse, RunContext, Snapshot};
use crate::kit::future::{Future, TaskError};
use crate::kit::limit::Limit;
use crate::kit::process_pool::{PoolError, ProcessPool, Shutdown};
use crate::kit::recorder::without_sink;
use crate::kit::shared::Region;

/// How often the driver thread forwards events and takes commands: what happens shows within a
/// frame or two.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// A run without any event for this long does not end by itself: it is given up as an error.
/// Far above any wait of a correct use.
const STANDSTILL_AFTER: Duration = Duration::from_secs(30);
/// How long the processes of a misuse wait for what will not come. Long beside what any
/// operation takes, so that a wait in vain is no matter of load.
const WAIT_TIMEOUT: Duration = Duration::from_millis(300);
/// The same on the live screen, where a standstill is to be looked at.
const LIVE_WAIT_TIMEOUT: Duration = Duration::from_secs(3);

/// The processes of a run, and what they share. Dropping it ends all of them, by way of their
/// pools, and forwards what they had reported.
pub struct ProcessRun<'a> {
    context: &'a RunContext<'a>,
    args: ProcessArgs,
    region: Region,
    control: ControlBlock,
    /// `None` for processes that measure a cost: they have no lanes, since forwarding would be
    /// in the measurement.
    forwarder: Option<Forwarder>,
    processes: Vec<WorkerProcess>,
    /// Whether a process is killed: then the others go on without it.
    expects_death: bool,
    /// Submits the worker function of the tool. A function pointer, so that only its maker
    /// needs to know the type of the tool.
    submit: fn(&ProcessPool, &ProcessArgs) -> Result<Future<ProcessReport>, PoolError>,
}

struct WorkerProcess {
    name: String,
    pool: ProcessPool,
    report: Future<ProcessReport>,
}

impl RunContext<'_> {
    /// Prepares the processes for a run of the tool, and its shared data, all zero.
    ///
    /// # Errors
    /// If the system has no memory left.
    pub fn process_run<T: ProcessTool>(
        &self,
        misuse: Option<&Misuse>,
    ) -> io::Result<(ProcessRun<'_>, T)> {
        self.assemble(misuse, None)
    }

    /// Prepares `count` processes that measure a cost.
    ///
    /// # Errors
    /// If the system has no memory left.
    pub fn timed<T: ProcessTool>(&self, count: usize) -> io::Result<(ProcessRun<'_>, T)> {
        self.assemble(None, Some(count))
    }

    fn assemble<T: ProcessTool>(
        &self,
        misuse: Option<&Misuse>,
        timed: Option<usize>,
    ) -> io::Result<(ProcessRun<'_>, T)> {
        let region = Region::create(ControlBlock::CELLS + T::CELLS)?;
        let mut layout = region.layout();
        let (control, shared) = (ControlBlock::new(&mut layout), T::new(&mut layout));
        control.init(timed.unwrap_or(1));
        let timeout = if self.live { LIVE_WAIT_TIMEOUT } else { WAIT_TIMEOUT };
        let run = ProcessRun {
            context: self,
            args: ProcessArgs {
                name: String::new(),
                misuse: misuse.map(|misuse| misuse.name.to_owned()),
                index: 0,
                workers: self.workers,
                ops: self.ops,
                timeout_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
                address: String::new(),
                timed,
            },
            region,
            control,
            forwarder: timed.is_none().then(|| Forwarder::new(self, T::TOOL.title, T::KIND)),
            processes: Vec::new(),
            expects_death: false,
            submit: |pool, args| pool.submit::<RunProcess<T>>(args),
        };
        Ok((run, shared))
    }

    /// What one operation costs one process, and several at once. `init` sets up the shared
    /// data.
    ///
    /// # Errors
    /// If the processes cannot be started, or the measurement was stopped.
    pub fn process_costs<T: ProcessTool>(&self, init: impl Fn(&T)) -> io::Result<Vec<Cost>> {
        [1, CONTENDERS].into_iter().map(|count| self.process_cost(&init, count)).collect()
    }

    /// What one operation costs that takes `count` processes, such as two at a barrier.
    ///
    /// # Errors
    /// As [`RunContext::process_costs`].
    pub fn process_cost<T: ProcessTool>(
        &self,
        init: impl Fn(&T),
        count: usize,
    ) -> io::Result<Cost> {
        let (run, shared) = self.timed(count)?;
        init(&shared);
        run.measure(T::TOOL.title)
    }
}

impl ProcessRun<'_> {
    /// Sets the address that the processes started from now on are given, such as the name of a
    /// socket that the driver thread listens on.
    pub fn set_address(&mut self, address: String) {
        self.args.address = address;
    }

    /// Lets the run go on when a process dies: the misuse kills one.
    pub fn expect_death(&mut self) {
        self.expects_death = true;
    }

    /// Measures the cost that these processes were prepared for.
    ///
    /// # Errors
    /// If the processes cannot be started, or fail, or the measurement was stopped.
    pub fn measure(mut self, label: &str) -> io::Result<Cost> {
        let count = self.args.timed.unwrap_or(1);
        self.start_all("cost", count)?;
        let results = self.finish(|_| Snapshot::default())?;
        let samples = samples(&results.reports);
        Ok(Cost { label: label.to_owned(), contended: count > 1, samples })
    }

    /// How long the driver thread waits for what a misuse keeps from coming: as long as the
    /// processes do.
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.args.timeout_ms)
    }

    /// Starts the next process, under this name, with the arguments and the address set so far.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(&mut self, name: &str) -> io::Result<()> {
        let mut builder = ProcessPool::builder(self.context.program, 1).region(self.region.clone());
        if let Some(forwarder) = &mut self.forwarder {
            builder = builder.observer(forwarder.lane(name));
        }
        let pool = builder.build().map_err(io::Error::other)?;
        let args =
            ProcessArgs { index: self.processes.len(), name: name.to_owned(), ..self.args.clone() };
        let report = without_sink(|| (self.submit)(&pool, &args)).map_err(io::Error::other)?;
        self.processes.push(WorkerProcess { name: name.to_owned(), pool, report });
        Ok(())
    }

    /// Starts `count` processes `name-1`, `name-2` ...
    ///
    /// # Errors
    /// If one cannot be started.
    pub fn start_all(&mut self, name: &str, count: usize) -> io::Result<()> {
        (1..=count).try_for_each(|number| self.start(&format!("{name}-{number}")))
    }

    /// The name of the process with this pid, which is also the id of its main thread, by which
    /// locks name their holder. `none` without a pid.
    pub fn name(&self, pid: Option<u32>) -> Option<String> {
        let pid = pid?;
        let index = self.forwarder.as_ref().and_then(|forwarder| forwarder.index(pid));
        let process = index.and_then(|index| self.processes.get(index));
        Some(process.map_or_else(|| format!("process {pid}"), |process| process.name.clone()))
    }

    /// The names of those that wait for the tool, in the order of their arrival. A process that
    /// died in its wait is left out.
    pub fn waiting(&self) -> Vec<String> {
        let waiting = self.control.waiting();
        let names = waiting.into_iter().filter_map(|index| {
            let process = self.processes.get(index)?;
            (!process.report.is_done()).then(|| process.name.clone())
        });
        names.collect()
    }

    /// Shows the run until all processes have ended.
    ///
    /// # Errors
    /// If it is stopped, or does not end.
    pub fn finish(self, snapshot: impl Fn(&Self) -> Snapshot) -> io::Result<ProcessResults> {
        self.finish_with(snapshot, |_| Ok(false))
    }

    /// The same; meanwhile `step` is called again and again with a limit of one poll, until it
    /// returns `false`: the driver thread's own part is over then.
    ///
    /// # Errors
    /// As [`ProcessRun::finish`], and that of `step`.
    pub fn finish_with(
        mut self,
        snapshot: impl Fn(&Self) -> Snapshot,
        mut step: impl FnMut(&Limit) -> io::Result<bool>,
    ) -> io::Result<ProcessResults> {
        let mut shown = None;
        let mut stepping = true;
        let mut last_event = (0, Instant::now());
        while !self.processes.iter().all(|process| process.report.is_done()) {
            (self.context.poll)();
            // No user watches a measurement.
            if self.args.timed.is_none() {
                self.control.set_pace(self.context.controller.delay().get());
            }
            self.control.open_start_gate(self.processes.len());
            self.show(&snapshot, &mut shown);
            stepping = stepping && step(&Limit::within(POLL_INTERVAL).or(self.context.stop()))?;
            if !stepping && self.context.stop().sleep(POLL_INTERVAL)
                || self.context.stop().requested()
            {
                return Err(RunContext::stopped());
            }
            if let Some(why) = self.failure() {
                return Err(io::Error::other(why));
            }
            if self.control.event_count() != last_event.0 {
                last_event = (self.control.event_count(), Instant::now());
            }
            if last_event.1.elapsed() > STANDSTILL_AFTER {
                return Err(io::Error::other("no process made progress for too long"));
            }
        }
        self.show(&snapshot, &mut shown);
        if let Some(why) = self.failure() {
            return Err(io::Error::other(why));
        }
        let results = self.results();
        // All at once: each takes a moment to end.
        for process in &self.processes {
            process.pool.begin_shutdown(Shutdown::Drain);
        }
        for process in &self.processes {
            process.pool.shutdown(Shutdown::Drain);
        }
        Ok(results)
    }

    /// Why the run cannot end, if a process has failed: the others
    /// would wait for it. A death is part of some misuses, but only once all are there:
    /// the start gate does not open without it.
    fn failure(&self) -> Option<String> {
        let deaths = self.expects_death && self.control.start_gate.is_set();
        self.processes.iter().find_map(|process| {
            let error = process.report.error()?;
            let expected = deaths && matches!(error, TaskError::WorkerDied { .. });
            (!expected).then(|| format!("{}: {error}", process.name))
        })
    }

    /// Forwards what the processes reported, and shows the structure inside if it has changed.
    /// Nothing is shown of processes that measure a cost.
    fn show(&mut self, snapshot: impl Fn(&Self) -> Snapshot, shown: &mut Option<Snapshot>) {
        let Some(forwarder) = &mut self.forwarder else {
            return;
        };
        forwarder.forward(&self.control);
        let snapshot = snapshot(self);
        if shown.as_ref() != Some(&snapshot) {
            self.context.show(snapshot.clone());
            *shown = Some(snapshot);
        }
    }

    fn results(&self) -> ProcessResults {
        ProcessResults::of(
            self.processes
                .iter()
                .map(|process| (process.name.clone(), process.report.take(&Limit::now()).ok())),
        )
    }
}

/// What one operation cost in each sample, in ns. All processes took their samples at once, so
/// the samples with the same number belong together.
pub fn samples(reports: &[ProcessReport]) -> Vec<f64> {
    let samples = reports.iter().map(|report| report.timed.len()).min();
    let sample = |at| {
        let all = reports.iter().filter_map(|report| report.timed.get(at));
        per_operation(all.map(|(done, ns)| (*done, Duration::from_nanos(*ns))))
    };
    (0..samples.unwrap_or(0)).map(sample).collect()
}

impl Drop for ProcessRun<'_> {
    fn drop(&mut self) {
        if let Some(forwarder) = &mut self.forwarder {
            forwarder.forward(&self.control);
            forwarder.release_all();
        }
        self.processes.clear();
        if let Some(forwarder) = &mut self.forwarder {
            forwarder.forward(&self.control);
        }
    }
}
