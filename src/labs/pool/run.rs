//! The thread that measures: it runs the variants alternately and searches for the
//! break-even. On the screen it then runs the tasks on a warm pool at a slow interval,
//! until something else is to be measured.
//!
//! It measures alone: no other thread of the lab works meanwhile, and the screen is asked
//! to draw calmly (`Scene::calm`). Whatever fails is reported and left out, and the
//! measurement continues without it: a machine that refuses eight processes still
//! compares two.

use std::time::Duration;

use super::ProcessPoolLab;
use super::experiment::break_even::Search;
use super::experiment::cpython;
use super::experiment::figures::{Mode, Sample, Variant};
use super::experiment::plan::Plan;
use super::experiment::processes::{self, PoolFactory};
use super::experiment::variants::{self, RunError};
use super::experiment::warm_pool::WarmPool;
use super::facts::Fact;
use super::settings::Kill;
use crate::kit::clock::whole_ns;
use crate::kit::event::Pause;
use crate::kit::load::{Load, Reading};
use crate::kit::python::Python;
use crate::kit::recorder::Lane;
use crate::kit::stop::Stop;
use crate::lab::{Command, Interrupt, Session};
use crate::printable::Printable;

/// Time between two batches on the warm pool: slow enough to watch, and to leave the
/// machine to others.
const INTERVAL: Duration = Duration::from_secs(1);

/// Measures by the plan of the settings, and again when it changes. The driver outlives
/// the attempts: a fork server that runs is used by the next one too.
pub fn run(session: &mut Session<'_, ProcessPoolLab>) -> Result<(), Interrupt> {
    let mut driver = Driver::new(session);
    session.restarting(|session| driver.measure(session))
}

/// What is kept from one attempt to the next. Only `factory` is meant to be; everything
/// else is set again when an attempt begins.
struct Driver<'a> {
    lane: &'a Lane<Fact>,
    plan: Plan,
    factory: PoolFactory,
    cpython: Option<Python>,
    cpython_emitted: bool,
    /// All samples of this attempt, from which the search for the break-even begins.
    samples: Vec<Sample>,
    /// The pool that runs between two measurements. `None` while something is measured,
    /// which its processes would disturb, and after it failed.
    warm_pool: Option<WarmPool>,
}

impl<'a> Driver<'a> {
    fn new(session: &Session<'a, ProcessPoolLab>) -> Self {
        Self {
            lane: session.lane(),
            plan: Plan::of(session.settings()),
            factory: PoolFactory::new(&session.settings().program),
            cpython: None,
            cpython_emitted: false,
            samples: Vec::new(),
            warm_pool: None,
        }
    }

    /// One attempt: all rounds, the break-even, and then the warm pool or the end.
    ///
    /// # Errors
    /// If the attempt was interrupted. Everything else that goes wrong is reported, and
    /// left out.
    fn measure(&mut self, session: &mut Session<'_, ProcessPoolLab>) -> Result<(), Interrupt> {
        // First of all, as its workers must be gone before anything is measured.
        self.warm_pool = None;
        self.plan = Plan::of(session.settings());
        self.lane.reliable_fact(Fact::Began { plan: self.plan.clone() });
        // Around everything that is measured: the load is that of the whole measurement.
        let before = Reading::now();
        self.samples.clear();
        self.find_cpython();
        // Before the first round, so that no variant is charged with what is paid once.
        self.prepare(session)?;
        for round in 1..=self.plan.repeat {
            for variant in self.plan.run_order(self.cpython.is_some(), round) {
                self.measure_variant(round, variant, session)?;
            }
        }
        if self.plan.break_even {
            self.break_even(session)?;
        }
        self.load(before);
        if session.settings().live {
            return self.run_warm(session);
        }
        self.lane.reliable_fact(Fact::Done);
        Ok(())
    }

    /// Reports what other programs used of the cores since `before`. Nothing is reported
    /// where the counters are missing, or if the measurement was too short for them.
    fn load(&self, before: Option<Reading>) {
        if let Some(load) = Load::since(before) {
            self.lane.reliable_fact(Fact::Load(load));
        }
    }

    /// One run of one variant. A failure is a void run of its bar, and the other rounds
    /// go on: a worker that was killed from outside costs one sample.
    fn measure_variant(
        &mut self,
        round: usize,
        variant: Variant,
        session: &mut Session<'_, ProcessPoolLab>,
    ) -> Result<(), Interrupt> {
        self.take_commands(session)?;
        self.lane.reliable_fact(Fact::VariantStarted { round, variant });
        let stop = session.stop();
        let run = match variant.mode {
            Mode::Serial => variants::serial(&self.plan, stop),
            Mode::Threads => variants::threads(&self.plan, variant.size, self.lane, stop),
            Mode::Processes => {
                processes::run(&self.plan, variant.size, &self.factory, Some(self.lane), stop)
            }
            Mode::Python => return self.measure_cpython(round, session),
        };
        match run {
            Ok(sample) => self.record(sample),
            Err(RunError::Interrupted) => session.check()?,
            Err(RunError::Failed(why)) => {
                self.lane.reliable_fact(Fact::Void { variant, why: why.into() });
            }
        }
        Ok(())
    }

    /// One run of each size of CPython, one after the other: it starts once for all of
    /// them. After a failure it is left out for the rest of the measurement, as its cause
    /// will not go away.
    fn measure_cpython(
        &mut self,
        round: usize,
        session: &Session<'_, ProcessPoolLab>,
    ) -> Result<(), Interrupt> {
        let Some(python) = self.cpython.clone() else {
            return Ok(());
        };
        match cpython::run(&python, &self.plan, round, session.stop()) {
            Ok(run) => {
                self.emit_cpython(Some(&run.version), &run.start, None);
                run.samples.into_iter().for_each(|sample| self.record(sample));
            }
            Err(RunError::Interrupted) => session.check()?,
            Err(RunError::Failed(why)) => {
                self.cpython = None;
                self.emit_cpython(None, "", Some(&why));
            }
        }
        Ok(())
    }

    fn record(&mut self, sample: Sample) {
        self.lane.reliable_fact(Fact::Measured(sample.clone()));
        self.samples.push(sample);
    }

    /// Starts what is needed once, the fork server. No bar contains its time, so it is
    /// reported beside them. Without it the variants of processes fail one by one, with
    /// the cause.
    fn prepare(&mut self, session: &mut Session<'_, ProcessPoolLab>) -> Result<(), Interrupt> {
        self.take_commands(session)?;
        match self.factory.prepare(&self.plan, session.stop()) {
            Ok(None) => Ok(()),
            Ok(Some(server_start)) => {
                let took_ns = whole_ns(server_start.took);
                let pid = server_start.pid;
                self.lane.reliable_fact(Fact::Server { pid, took_ns });
                Ok(())
            }
            Err(RunError::Interrupted) => session.check(),
            Err(RunError::Failed(why)) => {
                self.not_run("the fork server", &why);
                Ok(())
            }
        }
    }

    /// Looks for an interpreter, if the plan wants one measured. None is not an error,
    /// but it is reported: the bars are fewer than the user may expect.
    fn find_cpython(&mut self) {
        self.cpython = self.plan.python.then(Python::find).flatten();
        if self.plan.python && self.cpython.is_none() {
            self.emit_cpython(None, "", Some("there is no python3 on the path"));
        }
    }

    /// Reports the version once, and each failure. A failure replaces the version on
    /// screen: figures of an interpreter that failed later still count, but no more will
    /// come.
    fn emit_cpython(&mut self, version: Option<&Printable>, start: &str, why: Option<&str>) {
        if !self.cpython_emitted || why.is_some() {
            self.cpython_emitted = version.is_some();
            let (version, why) = (version.cloned(), why.map(Printable::from));
            self.lane.reliable_fact(Fact::Python { version, start: start.into(), why });
        }
    }

    /// Looks for the work per task from which processes beat one thread. Each work is
    /// measured in pairs of a plain loop and a pool, shortly after each other, so a slow
    /// moment of the machine hits both.
    fn break_even(&mut self, session: &mut Session<'_, ProcessPoolLab>) -> Result<(), Interrupt> {
        let Some(mut search) = Search::from(&self.plan, &self.samples) else {
            self.not_run(Search::NAME, "no pool of processes was measured");
            return Ok(());
        };
        while let Some(plan) = search.next() {
            self.take_commands(session)?;
            let stop = session.stop();
            // All pairs of one work before the next one: the decision needs them
            // together.
            let mut pairs = Vec::new();
            for round in 0..Search::REPEAT {
                let serial = || variants::serial(&plan, stop);
                let processes = || processes::run(&plan, search.size(), &self.factory, None, stop);
                match in_turns(round, serial, processes) {
                    (Ok(serial), Ok(processes)) => {
                        pairs.push((serial.total_ns, processes.total_ns));
                    }
                    (Err(RunError::Interrupted), _) | (_, Err(RunError::Interrupted)) => {
                        session.check()?;
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

    /// Reports that a part beside the bars could not be run. A run with such a part has
    /// not finished what it was asked for; see `Lab::not_run`.
    fn not_run(&self, what: &str, why: &str) {
        self.lane.reliable_fact(Fact::NotRun { what: what.into(), why: why.into() });
    }

    /// Runs the same tasks on a warm pool until something else is to be measured. Never
    /// returns `Ok`: a changed setting or the end of the run leaves it by an error.
    fn run_warm(&mut self, session: &mut Session<'_, ProcessPoolLab>) -> Result<(), Interrupt> {
        loop {
            self.take_commands(session)?;
            match self.run_batch(session.stop()) {
                Ok(()) => self.report_kill(),
                Err(RunError::Interrupted) => session.check()?,
                Err(RunError::Failed(why)) => {
                    // Its workers are ended and joined here; the next batch makes a pool.
                    self.warm_pool = None;
                    let text = format!("The warm pool failed and is created again: {why}");
                    self.lane.reliable_fact(Fact::Outcome {
                        text: text.into(),
                        lost: self.plan.tasks(),
                    });
                }
            }
            let end = session.pause(Pause::Pace, INTERVAL);
            while let Some(command) = session.command_until(end)? {
                self.handle(&command);
            }
        }
    }

    /// Runs the tasks once on the warm pool, which is created first if there is none, and
    /// reports how long they took and whether the results were right.
    fn run_batch(&mut self, stop: &Stop) -> Result<(), RunError> {
        // Taken out while it is made: after an error there is none, rather than one in an
        // unknown state.
        let warm_pool = match self.warm_pool.take() {
            Some(warm_pool) => warm_pool,
            None => WarmPool::start(&self.plan, &self.factory, self.lane, stop)?,
        };
        let warm_pool = self.warm_pool.insert(warm_pool);
        let batch = warm_pool.run_batch(&self.plan, stop)?;
        let every_ns = whole_ns(INTERVAL);
        self.lane.reliable_fact(batch.fact(&self.plan, warm_pool.size(), every_ns));
        Ok(())
    }

    /// Reports the death of a worker once the batch after it has shown what became of its
    /// task.
    fn report_kill(&mut self) {
        if let Some(text) = self.warm_pool.as_mut().and_then(WarmPool::report_kill) {
            self.lane.reliable_fact(Fact::Outcome { text, lost: 0 });
        }
    }

    /// Executes all commands that are queued.
    ///
    /// # Errors
    /// If the attempt was interrupted: by a setting that needs another measurement, or by
    /// the end.
    fn take_commands(
        &mut self,
        session: &mut Session<'_, ProcessPoolLab>,
    ) -> Result<(), Interrupt> {
        while let Some(command) = session.try_command()? {
            self.handle(&command);
        }
        Ok(())
    }

    /// Executes a command that the measurement continues with: a kill, or a changed
    /// timing.
    fn handle(&mut self, command: &Command<Kill>) {
        match command {
            Command::Do(kill) => self.kill(*kill),
            // The screen has the new timing already, and every sample is for both.
            Command::Set { .. } => {}
        }
    }

    /// Sends the signal, to a worker of the warm pool only. The pid comes from a menu
    /// that may be older than the pool, and by now the number may belong to any process
    /// of the system.
    fn kill(&mut self, Kill { pid, signal }: Kill) {
        let killed = self.warm_pool.as_mut().and_then(|warm_pool| warm_pool.kill(pid, signal));
        self.lane.reliable_fact(killed.unwrap_or_else(|| {
            let text = format!("process {pid} is no longer a worker of the warm pool");
            Fact::Outcome { text: text.into(), lost: 0 }
        }));
    }
}

/// Runs both, in turns: each begins every second round, so neither always finds the caches
/// and the clock frequency that the other left.
fn in_turns<A, B>(round: usize, one: impl FnOnce() -> A, other: impl FnOnce() -> B) -> (A, B) {
    if round.is_multiple_of(2) {
        let first = one();
        (first, other())
    } else {
        let first = other();
        (one(), first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::event::What;
    use crate::kit::recorder::recorder;
    use crate::lab::{Lab, SessionHandle, Settings};

    #[test]
    fn the_runs_of_another_measurement_say_nothing_of_this_one() {
        let program = "/nowhere/threadbare".into();
        let mut settings = Settings::defaults(&ProcessPoolLab::INFO, 1, program, false);
        for (key, value) in [("sizes", "2"), ("repeat", "1"), ("python", "off"), ("start", "spawn")]
        {
            settings.set(&ProcessPoolLab::INFO, key, value).unwrap();
        }
        let (recorder, mut reader) = recorder();
        let lane = recorder.lane("main");
        let (_handle, mut session) = SessionHandle::with_session(settings, &lane);
        let mut driver = Driver::new(&session);
        let older = variants::serial(&driver.plan, session.stop()).unwrap();
        driver.samples =
            vec![Sample { variant: Variant { mode: Mode::Processes, size: 2 }, ..older }];
        assert_eq!(driver.measure(&mut session), Ok(()));
        lane.flush();
        let mut causes = Vec::new();
        reader.drain(usize::MAX, |event| {
            if let What::Fact(Fact::NotRun { what, why }) = event.what {
                causes.push(format!("{what}: {why}"));
            }
        });
        let none = format!("{}: no pool of processes was measured", Search::NAME);
        assert_eq!(causes, [none]);
    }

    #[test]
    fn each_of_two_begins_every_second_round_and_keeps_its_place() {
        let order = std::cell::RefCell::new(String::new());
        let run = |name| {
            order.borrow_mut().push(name);
            name
        };
        for round in 0..4 {
            assert_eq!(in_turns(round, || run('a'), || run('b')), ('a', 'b'));
        }
        assert_eq!(order.into_inner(), "abbaabba");
    }
}
