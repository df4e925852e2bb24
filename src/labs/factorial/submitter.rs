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
use super::task::Dials;
use crate::kit::event::{LaneEvent, Pause};
use crate::kit::recorder::Lane;
use crate::kit::stop::Stop;
use crate::kit::thread_pool::{PoolError, Shutdown, ThreadPool};

/// Between two rounds on the screen, for the eyes.
const REST: Duration = Duration::from_millis(1500);
/// While long tasks run, the screen learns so often that time goes on.
const TICK: Duration = Duration::from_millis(100);

/// What the user asked for.
#[derive(Debug)]
pub(super) enum Order {
    Plan(Plan),
    Panic,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// What was waited for is there.
    Over,
    /// Another plan: begin again.
    Again,
    Stop,
}

/// A pool, and what all of its tasks watch.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) threads: ThreadPool,
    /// Ends its tasks early.
    pub(super) stop: Stop,
    /// No worker takes a task before this is set.
    pub(super) gate: Arc<OnceLock<()>>,
}

pub(super) struct Submitter<'a> {
    lane: &'a Lane<Fact>,
    orders: Receiver<Order>,
    plan: Plan,
    live: bool,
    dials: Arc<Dials>,
    pool: Option<Pool>,
}

impl<'a> Submitter<'a> {
    pub(super) fn new(
        lane: &'a Lane<Fact>,
        orders: Receiver<Order>,
        plan: Plan,
        live: bool,
    ) -> Self {
        Self {
            lane,
            orders,
            plan,
            live,
            dials: Arc::default(),
            pool: None,
        }
    }

    pub(super) fn run(mut self, stop: &Stop) {
        for number in 1.. {
            let next = match self.open(number) {
                Ok(mut round) => match self.collect(&round) {
                    Next::Over => self.finish(&mut round, stop),
                    early => early,
                },
                Err(error) => self.refuse(&error.to_string()),
            };
            match next {
                Next::Over => {}
                Next::Again => self.close(),
                Next::Stop => break,
            }
        }
        self.close();
    }

    /// Submits the tasks of a round to the pool; makes one if there is none. To cancel
    /// tasks before any worker takes them, workers must be held back, which only a
    /// new pool can do.
    fn open(&mut self, number: u64) -> Result<Round, PoolError> {
        self.dials
            .pace_ns
            .store(self.plan.pace_ns, Ordering::Relaxed);
        if !self.plan.cancel.is_empty() {
            self.close();
        }
        let began = Instant::now();
        self.lane.reliable_fact(Fact::Began {
            round: number,
            plan: self.plan.clone(),
        });
        let (pool, made) = match self.pool.take() {
            Some(pool) => (pool, false),
            None => (self.make_pool()?, true),
        };
        let pool = self.pool.insert(pool);
        let round = Round::submit(&self.plan, pool, &self.dials, self.lane)?;
        if let Some(why) = pool.threads.refused() {
            let (started, of) = (pool.threads.workers(), self.plan.workers);
            self.lane.reliable_fact(Fact::NotRun {
                what: format!("{of} threads").into(),
                why: format!("only {started} could be started: {why}").into(),
            });
        }
        self.lane.reliable_fact(Fact::Opened {
            took_ns: nanos(began.elapsed()),
            made,
        });
        Ok(round)
    }

    fn make_pool(&self) -> Result<Pool, PoolError> {
        self.lane.reliable_fact(Fact::Pool {
            workers: self.plan.workers,
        });
        let gate: Arc<OnceLock<()>> = Arc::default();
        let (held, recorder) = (Arc::clone(&gate), self.lane.recorder().clone());
        let threads = ThreadPool::builder(self.plan.workers)
            .prefix(super::WORKER)
            .observer(Arc::new(move |name| std::rc::Rc::new(recorder.lane(name))))
            .initializer(move || *held.wait())
            .build()?;
        Ok(Pool {
            threads,
            stop: Stop::new(),
            gate,
        })
    }

    /// Waits for the futures.
    fn collect(&mut self, round: &Round) -> Next {
        let mut left = round.len();
        self.lane.emit(LaneEvent::Idle);
        self.lane.flush();
        while left > 0 {
            let next = select! {
                recv(round.done()) -> _ => {
                    left -= 1;
                    None
                }
                recv(self.orders) -> order => self.take(order),
                default(TICK) => {
                    self.tick();
                    None
                }
            };
            if let Some(next) = next {
                return next;
            }
        }
        Next::Over
    }

    /// Reads the round's data: off the clock, and without a screen after the pool's end.
    fn finish(&mut self, round: &mut Round, stop: &Stop) -> Next {
        let joined = if self.live { None } else { self.join() };
        if !round.settle(self.lane, stop) {
            return Next::Stop;
        }
        if let Some(took) = joined {
            self.lane.reliable_fact(Fact::Joined {
                took_ns: nanos(took),
            });
        }
        if self.live { self.rest() } else { Next::Stop }
    }

    /// The pause between two rounds.
    fn rest(&mut self) -> Next {
        self.lane.reliable_fact(Fact::Resting {
            for_ns: nanos(REST),
        });
        let (pause, for_ns) = (Pause::Pace, nanos(REST));
        self.lane.emit(LaneEvent::Sleeping { pause, for_ns });
        self.lane.flush();
        let deadline = Instant::now() + REST;
        loop {
            let next = match self.orders.recv_deadline(deadline) {
                Ok(order) => self.take(Ok(order)),
                Err(RecvTimeoutError::Timeout) => Some(Next::Over),
                Err(RecvTimeoutError::Disconnected) => Some(Next::Stop),
            };
            if let Some(next) = next {
                return next;
            }
        }
    }

    /// Takes an order; an end of the orders is the end of the run.
    fn take(&mut self, order: Result<Order, RecvError>) -> Option<Next> {
        match order {
            Err(RecvError) => return Some(Next::Stop),
            Ok(Order::Panic) => {
                self.dials.armed.store(true, Ordering::Relaxed);
                self.lane.reliable_fact(Fact::Armed);
            }
            Ok(Order::Plan(plan)) => {
                if let Err(why) = plan.check() {
                    self.lane.reliable_fact(Fact::Refused { why: why.into() });
                    return None;
                }
                let again = !plan.same_tasks(&self.plan);
                self.plan = plan;
                if again {
                    return Some(Next::Again);
                }
                self.dials
                    .pace_ns
                    .store(self.plan.pace_ns, Ordering::Relaxed);
                self.lane.reliable_fact(Fact::Changed {
                    plan: self.plan.clone(),
                });
            }
        }
        None
    }

    /// The screen shows how long a task takes; without one nobody looks.
    fn tick(&self) {
        if self.live {
            self.lane.fact(Fact::Tick);
            self.lane.flush();
        }
    }

    /// There is no pool and there will be none.
    fn refuse(&mut self, why: &str) -> Next {
        self.lane.reliable_fact(Fact::NotRun {
            what: "the tasks".into(),
            why: why.into(),
        });
        self.lane.reliable_fact(Fact::Joined { took_ns: 0 });
        Next::Stop
    }

    /// Joins the pool's threads after its last task.
    fn join(&mut self) -> Option<Duration> {
        let pool = self.pool.take()?;
        let began = Instant::now();
        pool.threads.shutdown(Shutdown::Drain);
        Some(began.elapsed())
    }

    /// Ends the pool early: what runs is told to stop, what waits is cancelled.
    fn close(&mut self) {
        if let Some(pool) = self.pool.take() {
            let began = Instant::now();
            pool.stop.request();
            pool.gate.get_or_init(|| ());
            pool.threads.shutdown(Shutdown::Cancel);
            self.lane.reliable_fact(Fact::Joined {
                took_ns: nanos(began.elapsed()),
            });
        }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
