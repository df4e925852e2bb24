//! The main thread: it makes the pool, submits the tasks of a round, waits for their
//! futures and reads them. On the live screen one round follows the other on the same
//! pool, until the plan changes.
//!
//! The driver itself computes nothing. While tasks run it waits in one `select!` for
//! futures, commands and ticks, so a command takes effect during a round.

use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crossbeam_channel::select;

use super::FactorialPool;
use super::experiment::plan::Plan;
use super::experiment::round::{Pool, Round};
use super::experiment::task::LiveSettings;
use super::facts::Fact;
use super::settings::FactorialCommand;
use crate::kit::clock::whole_ns;
use crate::kit::event::{LaneEvent, Pause};
use crate::kit::recorder::Lane;
use crate::kit::stop::Stop;
use crate::kit::thread_pool::{PoolError, Shutdown, ThreadPool};
use crate::lab::{Command, Interrupt, Session};

/// Pause between two rounds on the screen, so that the result can be read.
const ROUND_PAUSE: Duration = Duration::from_millis(1500);
/// Interval of ticks on the screen while long tasks run: what a person sees as
/// continuous.
const TICK: Duration = Duration::from_millis(100);

/// Rounds by the plan of the settings, until it changes; then by the changed one.
///
/// # Errors
/// If the run was stopped. The pool is ended in every case.
pub fn run(session: &mut Session<'_, FactorialPool>) -> Result<(), Interrupt> {
    let mut driver = Driver::new(session);
    let ended = session.restarting(|session| driver.rounds(session));
    driver.close();
    ended
}

/// What is kept from one round to the next: the pool above all, since starting its
/// threads is what a pool saves.
struct Driver<'a> {
    lane: &'a Lane<Fact>,
    plan: Plan,
    live_settings: Arc<LiveSettings>,
    /// Kept from round to round. `None` before the first round, after a pool was joined,
    /// and if none could be made.
    pool: Option<Pool>,
    number: u64,
}

impl<'a> Driver<'a> {
    fn new(session: &Session<'a, FactorialPool>) -> Self {
        let (lane, plan) = (session.lane(), Plan::of(session.settings()));
        Self { lane, plan, live_settings: Arc::default(), pool: None, number: 0 }
    }

    /// Rounds by one plan: one, or on the live screen one after the other.
    ///
    /// # Errors
    /// If the attempt was interrupted, as in all methods of the session.
    fn rounds(&mut self, session: &mut Session<'_, FactorialPool>) -> Result<(), Interrupt> {
        // The pool of the plan before: it may have another size, and tasks of an
        // interrupted round.
        self.close();
        // Only here, at the beginning of an attempt, may the number of tasks change.
        self.plan = Plan::of(session.settings());
        loop {
            // Rounds are counted through all attempts, so each has a number of its own in
            // the story.
            self.number += 1;
            let mut round = match self.open() {
                Ok(round) => round,
                Err(error) => {
                    self.report_no_pool(&error.to_string());
                    return Ok(());
                }
            };
            self.collect(&mut round, session)?;
            self.finish(&mut round, session)?;
            if !session.settings().live {
                return Ok(());
            }
            self.pause_between_rounds(session)?;
        }
    }

    /// Submits the tasks of a round to the pool; makes one if there is none.
    ///
    /// # Errors
    /// If the system has no thread for the pool's first worker.
    fn open(&mut self) -> Result<Round, PoolError> {
        self.live_settings.pace_ns.store(self.plan.pace_ns, Ordering::Relaxed);
        // To cancel tasks before any worker takes them, workers must be kept at the gate,
        // and only a new pool has a closed one.
        if !self.plan.cancel.is_empty() {
            self.close();
        }
        let began = Instant::now();
        self.lane.reliable_fact(Fact::Began { round: self.number, plan: self.plan.clone() });
        let (pool, made) = match self.pool.take() {
            Some(pool) => (pool, false),
            None => (self.make_pool()?, true),
        };
        let pool = self.pool.insert(pool);
        let round = Round::submit(&self.plan, pool, &self.live_settings, self.lane)?;
        // Fewer threads than the plan wants: the round still runs, and the report says
        // so.
        if let Some(why) = pool.threads.refused() {
            let (started, of) = (pool.threads.workers(), self.plan.workers);
            self.lane.reliable_fact(Fact::NotRun {
                what: format!("{of} threads").into(),
                why: format!("only {started} could be started: {why}").into(),
            });
        }
        self.lane.reliable_fact(Fact::Opened { took_ns: whole_ns(began.elapsed()), made });
        Ok(round)
    }

    /// Makes a pool whose workers wait at its gate before they take their first task. Its
    /// threads are not started yet: the pool starts them as tasks are queued.
    fn make_pool(&self) -> Result<Pool, PoolError> {
        self.lane.reliable_fact(Fact::Pool { workers: self.plan.workers });
        let gate: Arc<OnceLock<()>> = Arc::default();
        let (start, recorder) = (Arc::clone(&gate), self.lane.recorder().clone());
        let threads = ThreadPool::builder(self.plan.workers)
            .prefix(super::WORKER)
            .observer(Arc::new(move |name| std::rc::Rc::new(recorder.lane(name))))
            // The pool runs this on each worker before its first task, and `wait` blocks
            // until the gate is set.
            .initializer(move || *start.wait())
            .build()?;
        Ok(Pool { threads, stop: Stop::new(), gate })
    }

    /// Waits for the futures of the round and takes commands meanwhile. Where tasks pause, so that
    /// they can be followed, each value is shown as it comes; at full speed it is read and printed
    /// off the clock, after the last.
    ///
    /// # Errors
    /// If the attempt was interrupted; the round's tasks are then stopped with the pool.
    fn collect(
        &mut self,
        round: &mut Round,
        session: &mut Session<'_, FactorialPool>,
    ) -> Result<(), Interrupt> {
        let (mut left, done) = (round.len(), round.done().clone());
        self.lane.emit(LaneEvent::Idle);
        self.lane.flush();
        while left > 0 {
            select! {
                recv(done) -> position => {
                    left -= 1;
                    if let Some(position) = position.ok().filter(|_| self.plan.pace_ns > 0) {
                        round.settle(position, self.lane);
                        self.lane.flush();
                    }
                }
                recv(session.ready()) -> _ => {
                    while let Some(command) = session.try_command()? {
                        self.handle(&command, session);
                    }
                }
                default(TICK) => self.tick(session),
            }
        }
        Ok(())
    }

    /// Reads the round's data after its last task: off the clock, and without a live
    /// screen after the pool's end.
    fn finish(
        &mut self,
        round: &mut Round,
        session: &Session<'_, FactorialPool>,
    ) -> Result<(), Interrupt> {
        // A live run keeps its pool for the next round, so there is nothing to join.
        let joined = if session.settings().live { None } else { self.join() };
        round.end(self.lane, session.stop());
        session.check()?;
        if let Some(took) = joined {
            self.lane.reliable_fact(Fact::Joined { took_ns: whole_ns(took) });
        }
        Ok(())
    }

    /// The pause between two rounds. Commands are taken; a changed plan ends it by
    /// interrupting the attempt.
    fn pause_between_rounds(
        &mut self,
        session: &mut Session<'_, FactorialPool>,
    ) -> Result<(), Interrupt> {
        self.lane.reliable_fact(Fact::RoundPause { for_ns: whole_ns(ROUND_PAUSE) });
        let end = session.pause(Pause::Pace, ROUND_PAUSE);
        while let Some(command) = session.command_until(end)? {
            self.handle(&command, session);
        }
        Ok(())
    }

    /// Executes a command that the round continues with. Relaxed stores: a task that has
    /// just started may still see the value before, and nothing else is read by them.
    fn handle(
        &mut self,
        command: &Command<FactorialCommand>,
        session: &Session<'_, FactorialPool>,
    ) {
        match command {
            Command::Do(FactorialCommand::PanicInNextTask) => {
                self.live_settings.armed.store(true, Ordering::Relaxed);
                self.lane.reliable_fact(Fact::Armed);
            }
            Command::Set { .. } => {
                self.plan = Plan::of(session.settings());
                self.live_settings.pace_ns.store(self.plan.pace_ns, Ordering::Relaxed);
                self.lane.reliable_fact(Fact::Changed { plan: self.plan.clone() });
            }
        }
    }

    fn tick(&self, session: &Session<'_, FactorialPool>) {
        if session.settings().live {
            self.lane.fact(Fact::Tick);
            self.lane.flush();
        }
    }

    /// Reports that there is no pool, and ends the round's state: nothing else will, and
    /// a run without a screen would never finish.
    fn report_no_pool(&self, why: &str) {
        self.lane.reliable_fact(Fact::NotRun { what: "the tasks".into(), why: why.into() });
        self.lane.reliable_fact(Fact::Joined { took_ns: 0 });
    }

    fn join(&mut self) -> Option<Duration> {
        let pool = self.pool.take()?;
        let began = Instant::now();
        pool.threads.shutdown(Shutdown::Drain);
        Some(began.elapsed())
    }

    /// Ends the pool early: stops the running tasks and cancels the waiting ones. Also
    /// called where there is no pool, to which it does nothing.
    fn close(&mut self) {
        if let Some(pool) = self.pool.take() {
            let began = Instant::now();
            pool.stop.request();
            // After the stop, so that workers that still wait at the gate see it at their
            // first task; without this the join would wait for them.
            pool.gate.get_or_init(|| ());
            pool.threads.shutdown(Shutdown::Cancel);
            self.lane.reliable_fact(Fact::Joined { took_ns: whole_ns(began.elapsed()) });
        }
    }
}
