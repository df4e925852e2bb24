//! The thread that submits: it makes the pool, hands it the tasks of a round, waits
//! for their futures and reads them. On the screen one round follows the other on
//! the same pool, until another plan asks for another one.

use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvError, RecvTimeoutError, select};

use super::plan::Plan;
use super::round::Round;
use super::state::Fact;
use super::task::LiveSettings;
use crate::kit::event::{LaneEvent, Pause};
use crate::kit::recorder::Lane;
use crate::kit::stop::Stop;
use crate::kit::thread_pool::{PoolError, Shutdown, ThreadPool};

/// Pause between two rounds on the screen, so that the result can be read.
const ROUND_PAUSE: Duration = Duration::from_millis(1500);
/// Interval of ticks on the screen while long tasks run.
const TICK: Duration = Duration::from_millis(100);

/// What the user asked for.
#[derive(Debug)]
pub enum PoolCommand {
    Plan(Plan),
    Panic,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RoundEnd {
    /// What was waited for is there.
    Over,
    /// Another plan: begin again.
    Restart,
    Stop,
}

/// A pool, and what all of its tasks watch.
#[derive(Debug)]
pub struct Pool {
    pub threads: ThreadPool,
    /// Ends its tasks early.
    pub stop: Stop,
    /// No worker takes a task before this is set.
    pub gate: Arc<OnceLock<()>>,
}

pub struct Submitter<'a> {
    lane: &'a Lane<Fact>,
    commands: Receiver<PoolCommand>,
    plan: Plan,
    live: bool,
    live_settings: Arc<LiveSettings>,
    pool: Option<Pool>,
}

impl<'a> Submitter<'a> {
    pub fn new(
        lane: &'a Lane<Fact>,
        commands: Receiver<PoolCommand>,
        plan: Plan,
        live: bool,
    ) -> Self {
        Self { lane, commands, plan, live, live_settings: Arc::default(), pool: None }
    }

    pub fn run(mut self, stop: &Stop) {
        for number in 1.. {
            let next = match self.open(number) {
                Ok(mut round) => match self.collect(&round) {
                    RoundEnd::Over => self.finish(&mut round, stop),
                    early => early,
                },
                Err(error) => self.report_no_pool(&error.to_string()),
            };
            match next {
                RoundEnd::Over => {}
                RoundEnd::Restart => self.close(),
                RoundEnd::Stop => break,
            }
        }
        self.close();
    }

    /// Submits the tasks of a round to the pool; makes one if there is none. To cancel
    /// tasks before any worker takes them, workers must be held back, which only a
    /// new pool can do.
    fn open(&mut self, number: u64) -> Result<Round, PoolError> {
        self.live_settings.pace_ns.store(self.plan.pace_ns, Ordering::Relaxed);
        if !self.plan.cancel.is_empty() {
            self.close();
        }
        let began = Instant::now();
        self.lane.reliable_fact(Fact::Began { round: number, plan: self.plan.clone() });
        let (pool, made) = match self.pool.take() {
            Some(pool) => (pool, false),
            None => (self.make_pool()?, true),
        };
        let pool = self.pool.insert(pool);
        let round = Round::submit(&self.plan, pool, &self.live_settings, self.lane)?;
        if let Some(why) = pool.threads.refused() {
            let (started, of) = (pool.threads.workers(), self.plan.workers);
            self.lane.reliable_fact(Fact::NotRun {
                what: format!("{of} threads").into(),
                why: format!("only {started} could be started: {why}").into(),
            });
        }
        self.lane.reliable_fact(Fact::Opened { took_ns: nanos(began.elapsed()), made });
        Ok(round)
    }

    fn make_pool(&self) -> Result<Pool, PoolError> {
        self.lane.reliable_fact(Fact::Pool { workers: self.plan.workers });
        let gate: Arc<OnceLock<()>> = Arc::default();
        let (start, recorder) = (Arc::clone(&gate), self.lane.recorder().clone());
        let threads = ThreadPool::builder(self.plan.workers)
            .prefix(super::WORKER)
            .observer(Arc::new(move |name| std::rc::Rc::new(recorder.lane(name))))
            .initializer(move || *start.wait())
            .build()?;
        Ok(Pool { threads, stop: Stop::new(), gate })
    }

    /// Waits for the futures.
    fn collect(&mut self, round: &Round) -> RoundEnd {
        let mut left = round.len();
        self.lane.emit(LaneEvent::Idle);
        self.lane.flush();
        while left > 0 {
            let next = select! {
                recv(round.done()) -> _ => {
                    left -= 1;
                    None
                }
                recv(self.commands) -> command => self.handle(command),
                default(TICK) => {
                    self.tick();
                    None
                }
            };
            if let Some(next) = next {
                return next;
            }
        }
        RoundEnd::Over
    }

    /// Reads the round's data: off the clock, and without a screen after the pool's end.
    fn finish(&mut self, round: &mut Round, stop: &Stop) -> RoundEnd {
        let joined = if self.live { None } else { self.join() };
        if !round.settle(self.lane, stop) {
            return RoundEnd::Stop;
        }
        if let Some(took) = joined {
            self.lane.reliable_fact(Fact::Joined { took_ns: nanos(took) });
        }
        if self.live { self.pause_between_rounds() } else { RoundEnd::Stop }
    }

    /// The pause between two rounds.
    fn pause_between_rounds(&mut self) -> RoundEnd {
        self.lane.reliable_fact(Fact::RoundPause { for_ns: nanos(ROUND_PAUSE) });
        let (pause, for_ns) = (Pause::Pace, nanos(ROUND_PAUSE));
        self.lane.emit(LaneEvent::Sleeping { pause, for_ns });
        self.lane.flush();
        let deadline = Instant::now() + ROUND_PAUSE;
        loop {
            let next = match self.commands.recv_deadline(deadline) {
                Ok(command) => self.handle(Ok(command)),
                Err(RecvTimeoutError::Timeout) => Some(RoundEnd::Over),
                Err(RecvTimeoutError::Disconnected) => Some(RoundEnd::Stop),
            };
            if let Some(next) = next {
                return next;
            }
        }
    }

    /// Executes a command; a closed channel ends the run.
    fn handle(&mut self, command: Result<PoolCommand, RecvError>) -> Option<RoundEnd> {
        match command {
            Err(RecvError) => return Some(RoundEnd::Stop),
            Ok(PoolCommand::Panic) => {
                self.live_settings.armed.store(true, Ordering::Relaxed);
                self.lane.reliable_fact(Fact::Armed);
            }
            Ok(PoolCommand::Plan(plan)) => {
                if let Err(why) = plan.check() {
                    self.lane.reliable_fact(Fact::Refused { why: why.into() });
                    return None;
                }
                let again = !plan.same_tasks(&self.plan);
                self.plan = plan;
                if again {
                    return Some(RoundEnd::Restart);
                }
                self.live_settings.pace_ns.store(self.plan.pace_ns, Ordering::Relaxed);
                self.lane.reliable_fact(Fact::Changed { plan: self.plan.clone() });
            }
        }
        None
    }

    /// Emits a tick for the screen, which shows how long a task takes.
    fn tick(&self) {
        if self.live {
            self.lane.fact(Fact::Tick);
            self.lane.flush();
        }
    }

    /// There is no pool and there will be none.
    fn report_no_pool(&mut self, why: &str) -> RoundEnd {
        self.lane.reliable_fact(Fact::NotRun { what: "the tasks".into(), why: why.into() });
        self.lane.reliable_fact(Fact::Joined { took_ns: 0 });
        RoundEnd::Stop
    }

    /// Joins the pool's threads after its last task.
    fn join(&mut self) -> Option<Duration> {
        let pool = self.pool.take()?;
        let began = Instant::now();
        pool.threads.shutdown(Shutdown::Drain);
        Some(began.elapsed())
    }

    /// Ends the pool early: stops the running tasks and cancels the waiting ones.
    fn close(&mut self) {
        if let Some(pool) = self.pool.take() {
            let began = Instant::now();
            pool.stop.request();
            pool.gate.get_or_init(|| ());
            pool.threads.shutdown(Shutdown::Cancel);
            self.lane.reliable_fact(Fact::Joined { took_ns: nanos(began.elapsed()) });
        }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
