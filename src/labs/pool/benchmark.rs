//! The thread that measures: it runs the variants alternately and searches for the
//! break-even. On the screen it then runs the tasks on a warm pool at a slow interval,
//! until something else is to be measured.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, TryRecvError};

use super::break_even::Search;
use super::cpython;
use super::engine::Interrupt;
use super::figures::{Mode, Sample, Variant};
use super::plan::Plan;
use super::processes::{self, PoolFactory};
use super::run::{self, RunError};
use super::state::Fact;
use super::warm_pool::WarmPool;
use crate::kit::event::{LaneEvent, Pause};
use crate::kit::load::{Load, Reading};
use crate::kit::python::Python;
use crate::kit::recorder::Lane;
use crate::kit::stop::Stop;
use crate::lab::Settings;
use crate::printable::Printable;

/// Time between two batches on the warm pool.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long to wait for the command that caused an interruption.
const COMMAND_WAIT: Duration = Duration::from_secs(1);

/// What the user asked for.
#[derive(Debug)]
pub enum BenchmarkCommand {
    Plan(Plan),
    Press(String),
}

/// Why measuring does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Halt {
    /// Something else is to be measured.
    Restart,
    Stop,
}

pub struct Benchmark<'a> {
    lane: &'a Lane<Fact>,
    commands: Receiver<BenchmarkCommand>,
    interrupt: Interrupt,
    plan: Plan,
    live: bool,
    factory: PoolFactory,
    cpython: Option<Python>,
    /// The version of CPython was reported already.
    cpython_emitted: bool,
    samples: Vec<Sample>,
    warm_pool: Option<WarmPool>,
}

impl<'a> Benchmark<'a> {
    pub fn new(
        lane: &'a Lane<Fact>,
        commands: Receiver<BenchmarkCommand>,
        interrupt: Interrupt,
        plan: Plan,
        settings: &Settings,
    ) -> Self {
        Self {
            lane,
            commands,
            interrupt,
            plan,
            live: settings.live,
            factory: PoolFactory::new(&settings.program),
            cpython: None,
            cpython_emitted: false,
            samples: Vec::new(),
            warm_pool: None,
        }
    }

    pub fn run(mut self, stop: &Stop) {
        while !stop.requested() {
            match self.measure() {
                Ok(()) | Err(Halt::Stop) => break,
                Err(Halt::Restart) => self.warm_pool = None,
            }
        }
    }

    fn measure(&mut self) -> Result<(), Halt> {
        self.lane.reliable_fact(Fact::Began { plan: self.plan.clone() });
        let before = Reading::now();
        self.samples.clear();
        self.find_cpython();
        self.prepare()?;
        for round in 1..=self.plan.repeat {
            for variant in self.plan.run_order(self.cpython.is_some(), round) {
                self.measure_variant(round, variant)?;
            }
        }
        if self.plan.break_even {
            self.break_even()?;
        }
        self.load(before);
        if self.live {
            return self.run_warm();
        }
        self.lane.reliable_fact(Fact::Done);
        Ok(())
    }

    /// What others used of the cores since then.
    fn load(&self, before: Option<Reading>) {
        let both = before.zip(Reading::now());
        let load = both.and_then(|(before, after)| Load::between(&before, &after));
        if let Some(load) = load {
            self.lane.reliable_fact(Fact::Load(load));
        }
    }

    fn measure_variant(&mut self, round: usize, variant: Variant) -> Result<(), Halt> {
        let stop = self.begin(round, variant)?;
        let run = match variant.mode {
            Mode::Serial => run::serial(&self.plan, &stop),
            Mode::Threads => run::threads(&self.plan, variant.size, self.lane, &stop),
            Mode::Processes => {
                processes::run(&self.plan, variant.size, &self.factory, Some(self.lane), &stop)
            }
            Mode::Python => return self.measure_cpython(round, variant, &stop),
        };
        match run {
            Ok(sample) => self.record(sample),
            Err(error) => self.handle_error(variant, error)?,
        }
        Ok(())
    }

    /// All sizes, one after the other: CPython starts once for all of them.
    fn measure_cpython(&mut self, round: usize, variant: Variant, stop: &Stop) -> Result<(), Halt> {
        let Some(python) = self.cpython.clone() else {
            return Ok(());
        };
        match cpython::run(&python, &self.plan, round, stop) {
            Ok(run) => {
                self.emit_cpython(Some(&run.version), &run.start, None);
                run.samples.into_iter().for_each(|sample| self.record(sample));
            }
            Err(RunError::Interrupted) => self.handle_error(variant, RunError::Interrupted)?,
            Err(RunError::Failed(why)) => {
                self.cpython = None;
                self.emit_cpython(None, "", Some(&why));
            }
        }
        Ok(())
    }

    fn begin(&mut self, round: usize, variant: Variant) -> Result<Stop, Halt> {
        let stop = self.interrupt.renew();
        self.handle_pending()?;
        self.lane.reliable_fact(Fact::VariantStarted { round, variant });
        Ok(stop)
    }

    fn record(&mut self, sample: Sample) {
        self.lane.reliable_fact(Fact::Measured(sample.clone()));
        self.samples.push(sample);
    }

    /// A run without a figure: void, or interrupted by an order.
    fn handle_error(&mut self, variant: Variant, error: RunError) -> Result<(), Halt> {
        match error {
            RunError::Failed(why) => {
                self.lane.reliable_fact(Fact::Void { variant, why: why.into() });
                Ok(())
            }
            RunError::Interrupted => self.interrupted(),
        }
    }

    fn interrupted(&mut self) -> Result<(), Halt> {
        match self.commands.recv_timeout(COMMAND_WAIT) {
            Ok(command) => self.handle(command),
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => Err(Halt::Stop),
        }
    }

    /// Starts what is needed once. No bar contains its time, so it is reported.
    fn prepare(&mut self) -> Result<(), Halt> {
        let stop = self.interrupt.renew();
        self.handle_pending()?;
        match self.factory.prepare(&self.plan, &stop) {
            Ok(None) => Ok(()),
            Ok(Some(server_start)) => {
                let took_ns = u64::try_from(server_start.took.as_nanos()).unwrap_or(u64::MAX);
                let pid = server_start.pid;
                self.lane.reliable_fact(Fact::Server { pid, took_ns });
                Ok(())
            }
            Err(RunError::Interrupted) => self.interrupted(),
            Err(RunError::Failed(why)) => {
                self.not_run("the fork server", &why);
                Ok(())
            }
        }
    }

    fn find_cpython(&mut self) {
        self.cpython = self.plan.python.then(Python::find).flatten();
        if self.plan.python && self.cpython.is_none() {
            self.emit_cpython(None, "", Some("there is no python3 on the path"));
        }
    }

    fn emit_cpython(&mut self, version: Option<&Printable>, start: &str, why: Option<&str>) {
        if !self.cpython_emitted || why.is_some() {
            self.cpython_emitted = version.is_some();
            let (version, why) = (version.cloned(), why.map(Printable::from));
            self.lane.reliable_fact(Fact::Python { version, start: start.into(), why });
        }
    }

    /// Looks for the work per task from which processes beat one thread.
    fn break_even(&mut self) -> Result<(), Halt> {
        let Some(mut search) = Search::from(&self.plan, &self.samples) else {
            self.not_run(Search::NAME, "no pool of processes was measured");
            return Ok(());
        };
        while let Some(plan) = search.next() {
            let stop = self.interrupt.renew();
            self.handle_pending()?;
            let mut pairs = Vec::new();
            for round in 0..Search::REPEAT {
                let serial = || run::serial(&plan, &stop);
                let processes = || processes::run(&plan, search.size(), &self.factory, None, &stop);
                // In turns: each begins every second round.
                let (serial, processes) = if round % 2 == 0 {
                    let serial = serial();
                    (serial, processes())
                } else {
                    let processes = processes();
                    (serial(), processes)
                };
                match (serial, processes) {
                    (Ok(serial), Ok(processes)) => {
                        pairs.push((serial.total_ns, processes.total_ns));
                    }
                    (Err(RunError::Interrupted), _) | (_, Err(RunError::Interrupted)) => {
                        self.interrupted()?;
                    }
                    (Err(RunError::Failed(why)), _) | (_, Err(RunError::Failed(why))) => {
                        self.not_run(Search::NAME, &why);
                        return Ok(());
                    }
                }
            }
            if let Some(tried) = search.record(&pairs) {
                self.lane.reliable_fact(Fact::Tried(tried));
            }
        }
        self.lane.reliable_fact(Fact::BreakEven(search.found()));
        Ok(())
    }

    fn not_run(&self, what: &str, why: &str) {
        self.lane.reliable_fact(Fact::NotRun { what: what.into(), why: why.into() });
    }

    /// Runs the same tasks on a warm pool until something else is to be measured.
    fn run_warm(&mut self) -> Result<(), Halt> {
        loop {
            let stop = self.interrupt.renew();
            self.handle_pending()?;
            match self.run_batch(&stop) {
                Ok(()) => self.report_kill(),
                Err(RunError::Interrupted) => self.interrupted()?,
                Err(RunError::Failed(why)) => {
                    self.warm_pool = None;
                    let text = format!("The warm pool failed and is created again: {why}");
                    self.lane.reliable_fact(Fact::Outcome {
                        text: text.into(),
                        lost: self.plan.tasks(),
                    });
                }
            }
            self.wait_interval()?;
        }
    }

    fn run_batch(&mut self, stop: &Stop) -> Result<(), RunError> {
        let warm_pool = match self.warm_pool.take() {
            Some(warm_pool) => warm_pool,
            None => WarmPool::start(&self.plan, &self.factory, self.lane, stop)?,
        };
        let warm_pool = self.warm_pool.insert(warm_pool);
        let run_batch = warm_pool.run_batch(&self.plan, stop)?;
        let right = self.plan.squares().eq(run_batch.results);
        let every_ns = u64::try_from(INTERVAL.as_nanos()).unwrap_or(u64::MAX);
        self.lane.reliable_fact(Fact::WarmRun {
            size: warm_pool.size(),
            took_ns: run_batch.took_ns,
            right,
            every_ns,
        });
        Ok(())
    }

    fn report_kill(&mut self) {
        if let Some((text, lost)) = self.warm_pool.as_mut().and_then(WarmPool::report_kill) {
            self.lane.reliable_fact(Fact::Outcome { text, lost });
        }
    }

    /// Waits until the next batch on the warm pool is due.
    fn wait_interval(&mut self) -> Result<(), Halt> {
        let for_ns = u64::try_from(INTERVAL.as_nanos()).unwrap_or(u64::MAX);
        self.lane.emit(LaneEvent::Sleeping { pause: Pause::Pace, for_ns });
        self.lane.flush();
        let deadline = Instant::now() + INTERVAL;
        loop {
            match self.commands.recv_deadline(deadline) {
                Ok(command) => self.handle(command)?,
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => return Err(Halt::Stop),
            }
        }
    }

    /// Takes all orders that have come.
    fn handle_pending(&mut self) -> Result<(), Halt> {
        loop {
            match self.commands.try_recv() {
                Ok(command) => self.handle(command)?,
                Err(TryRecvError::Empty) => return Ok(()),
                Err(TryRecvError::Disconnected) => return Err(Halt::Stop),
            }
        }
    }

    fn handle(&mut self, command: BenchmarkCommand) -> Result<(), Halt> {
        match command {
            BenchmarkCommand::Press(id) => self.kill(&id),
            BenchmarkCommand::Plan(plan) => {
                let same = plan.same_measurement(&self.plan);
                self.plan = plan;
                if !same {
                    return Err(Halt::Restart);
                }
                self.lane.reliable_fact(Fact::TimingChanged { plan: self.plan.clone() });
            }
        }
        Ok(())
    }

    /// `kill:PID:SIGNAL`: sends the signal, to a worker of the warm pool only.
    fn kill(&mut self, id: &str) {
        let Some((pid, signal)) = id.strip_prefix("kill:").and_then(|id| id.split_once(':')) else {
            return;
        };
        let killed = self.warm_pool.as_mut().and_then(|warm_pool| warm_pool.kill(pid, signal));
        self.lane.reliable_fact(killed.unwrap_or_else(|| {
            let text = format!("process {pid} is no longer a worker of the warm pool");
            Fact::Outcome { text: text.into(), lost: 0 }
        }));
    }
}
