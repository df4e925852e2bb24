//! One blow to one pool.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::super::technique::start_all;
use super::blow::{Act, Blow, Policy, RETRIES};
use super::ear::Words;
use super::jobs::{AddUnderLock, Common, Inherit};
use super::shown::{PoolShown, workers};
use super::struck::Struck;
use super::victim::{Seen, ViewOptions, is_open, send, task, victim};
use crate::kit::future::{Status, TaskError};
use crate::kit::limit::Limit;
use crate::kit::process_pool::jobs::SleepSquare;
use crate::kit::process_pool::{
    Observer, PoolView, ProcessPool, Shutdown, WorkerState, WorkerView,
};
use crate::kit::shared::Region;
use crate::kit::stop::Stop;
use crate::scene::units;

/// What each ordinary task takes, in µs: long enough that others are under way.
const TASK_US: u64 = 2_000;
/// How long somebody waits for a lost task before the desk gives up for him.
const PATIENCE: Duration = Duration::from_millis(250);
/// What the supervisor allows a task.
const TASK_LIMIT: Duration = Duration::from_millis(150);
/// What the pool has for finding out that a worker is stopped.
const STOP_LIMIT: Duration = Duration::from_secs(2);
/// How often the pool is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// Where blows are dealt.
pub(crate) struct Desk<'a> {
    pub(crate) program: &'a Path,
    pub(crate) workers: usize,
    pub(crate) tasks: usize,
    pub(crate) stop: &'a Stop,
    /// Gives the workers their lanes.
    pub(crate) observer: Observer,
    /// Hears how the pool stands, whenever that changes.
    pub(crate) told: &'a (dyn Fn(PoolShown) + Sync),
}

impl Desk<'_> {
    /// Deals the blow to a pool of this policy and sees what becomes of its tasks.
    ///
    /// # Errors
    /// If the pool cannot be made, or on a stop request.
    pub(crate) fn strike(&self, blow: &'static Blow, policy: Policy) -> io::Result<Struck> {
        let words = Words::default();
        let region = Region::create(Common::CELLS)?;
        let common = Common::new(region.layout());
        let pool = ProcessPool::builder(self.program, self.workers)
            .policy(policy.of_the_kit())
            .region(region)
            .observer(words.listen(&self.observer))
            .build()
            .map_err(io::Error::other)?;
        start_all(&pool, &Limit::until(self.stop))?;
        let mut strike = Strike::begin(self, &pool, &common, blow, policy)?;
        while !strike.is_over() {
            if self.stop.sleep(POLL_INTERVAL) {
                return Err(io::ErrorKind::Interrupted.into());
            }
        }
        let mut struck = strike.result();
        // A lost task is not done because its pool is ended.
        let done = strike.done();
        pool.shutdown(Shutdown::Terminate);
        strike.tell(&pool.view(), done);
        // Its lines have all been read now that it is gone.
        struck.last_words = words.last();
        if blow.act == Act::LockHolder {
            let (count, inherited) = (common.count.get(), common.inherited.get());
            let heirs = format!("{inherited} got the lock from the dead; counted on to {count}");
            struck.cause = format!("{}; {heirs}", struck.cause);
        }
        Ok(struck)
    }
}

/// A blow under way.
struct Strike<'a> {
    desk: &'a Desk<'a>,
    pool: &'a ProcessPool,
    common: &'a Common,
    blow: &'static Blow,
    policy: Policy,
    others: Vec<ViewOptions>,
    victim: ViewOptions,
    /// When the blow fell, and on which process.
    fell: Option<(Instant, u32)>,
    noticed: Option<Instant>,
    /// The stopped worker was let go on.
    let_go: bool,
    attempt: Option<Attempt>,
    /// Attempts that the time limit has ended.
    ended: u32,
    /// Since when tasks are missing that nobody is at.
    waits: Option<Instant>,
    gave_up: bool,
    told: Option<PoolShown>,
}

/// One worker's attempt at the struck task.
struct Attempt {
    worker: Arc<str>,
    since: Instant,
    /// The time limit has ended it.
    over: bool,
}

impl<'a> Strike<'a> {
    fn begin(
        desk: &'a Desk<'a>,
        pool: &'a ProcessPool,
        common: &'a Common,
        blow: &'static Blow,
        policy: Policy,
    ) -> io::Result<Self> {
        let others = desk.tasks.saturating_sub(1);
        let ordinary = |n: usize| match blow.act {
            Act::LockHolder if n < others / 2 => task::<AddUnderLock>(pool, &()),
            Act::LockHolder => task::<Inherit>(pool, &()),
            _ => task::<SleepSquare>(pool, &(TASK_US, n as u64)),
        };
        let before = (0..others / 2)
            .map(ordinary)
            .collect::<io::Result<Vec<_>>>()?;
        let victim = victim(pool, blow.act)?;
        let after = (others / 2..others).map(ordinary);
        let mut all = before;
        for look in after {
            match look {
                Ok(look) => all.push(look),
                // The blow has fallen already, and the pool takes no more.
                Err(_) if policy == Policy::Break => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self {
            desk,
            pool,
            common,
            blow,
            policy,
            others: all,
            victim,
            fell: None,
            noticed: None,
            let_go: false,
            attempt: None,
            ended: 0,
            waits: None,
            gave_up: false,
            told: None,
        })
    }

    /// Looks at everything, does what is due, and tells whether all is over.
    fn is_over(&mut self) -> bool {
        let (view, victim) = (self.pool.view(), (self.victim)());
        self.strike(&view, &victim);
        self.notice(&view, &victim);
        let told = self.noticed.is_some() || self.let_go;
        if told && !self.common.fallen.is_set() {
            self.common.fallen.set();
        }
        let open = |look: &&ViewOptions| is_open(look().status);
        let others = self.others.iter().filter(open).count();
        let all_done = others == 0 && !is_open(victim.status);
        if all_done {
            // What was missing for a moment has come.
            self.waits = None;
        }
        self.tell(&view, self.done());
        if all_done {
            return true;
        }
        // Is anybody still at what is missing?
        let works = |worker: &WorkerView| {
            matches!(
                worker.state,
                WorkerState::Running(_) | WorkerState::Stopped(_)
            )
        };
        let in_vain = others == 0 && self.never_ends();
        if view.queued > 0 || (view.workers.iter().any(works) && !in_vain) {
            self.waits = None;
            return false;
        }
        let since = *self.waits.get_or_insert_with(Instant::now);
        self.gave_up = since.elapsed() >= PATIENCE;
        self.gave_up
    }

    /// Whether the victim's task runs for ever and nobody is there to end it.
    fn never_ends(&self) -> bool {
        self.blow.act == Act::Loop && self.policy != Policy::Supervise
    }

    /// Deals the blow as soon as its task is under way.
    fn strike(&mut self, view: &PoolView, victim: &Seen) {
        let (Some(started), Some(name)) = (victim.times.started, &victim.times.worker) else {
            return;
        };
        let worker = view.workers.iter().find(|worker| worker.name == *name);
        if self.fell.is_none() {
            let from_outside = match self.blow.act {
                Act::Send(signal) => Some(signal),
                Act::StopAndGo => Some(Signal::STOP),
                _ => None,
            };
            self.fell = match (from_outside, worker) {
                (None, worker) => Some((started, worker.map_or(0, |worker| worker.pid))),
                (Some(signal), Some(worker)) => {
                    let now = Instant::now();
                    send(worker.pid, signal);
                    Some((now, worker.pid))
                }
                (Some(_), None) => None,
            };
        }
        match self.blow.act {
            Act::StopAndGo => self.let_go_on(worker),
            Act::Loop if self.policy == Policy::Supervise => self.limit_time(started, worker),
            _ => {}
        }
    }

    /// Lets a stopped worker go on as soon as the pool has found that out.
    fn let_go_on(&mut self, worker: Option<&WorkerView>) {
        let (Some(worker), Some((fell, _)), false) = (worker, self.fell, self.let_go) else {
            return;
        };
        let seen = matches!(worker.state, WorkerState::Stopped(_));
        if seen || fell.elapsed() >= STOP_LIMIT {
            self.let_go = true;
            self.noticed = seen.then(Instant::now);
            send(worker.pid, Signal::CONT);
        }
    }

    /// Ends an attempt that takes too long, as a supervisor does.
    fn limit_time(&mut self, started: Instant, worker: Option<&WorkerView>) {
        // None: it is dead, and the task waits for the next.
        let Some(worker) = worker else {
            return;
        };
        let fresh = |attempt: &Attempt| attempt.worker != worker.name;
        if self.attempt.as_ref().is_none_or(fresh) {
            self.attempt = Some(Attempt {
                worker: Arc::clone(&worker.name),
                since: self.attempt.as_ref().map_or(started, |_| Instant::now()),
                over: false,
            });
        }
        if let Some(attempt) = &mut self.attempt
            && !attempt.over
            && attempt.since.elapsed() >= TASK_LIMIT
        {
            attempt.over = true;
            self.ended += 1;
            self.noticed.get_or_insert_with(Instant::now);
            send(worker.pid, Signal::KILL);
        }
    }

    /// The pool's first reaction.
    fn notice(&mut self, view: &PoolView, victim: &Seen) {
        if self.noticed.is_some() || self.fell.is_none() || self.blow.act == Act::StopAndGo {
            return;
        }
        let died = view.gone.iter().any(|gone| !gone.expected);
        if victim.status == Status::Failed {
            self.noticed = victim.times.ended.or_else(|| Some(Instant::now()));
        } else if died || view.broken.is_some() {
            self.noticed = Some(Instant::now());
        }
    }

    /// Tasks that are over.
    fn done(&self) -> usize {
        let all = self.others.iter().chain([&self.victim]);
        all.filter(|look| !is_open(look().status)).count()
    }

    fn tell(&mut self, view: &PoolView, done: usize) {
        let shown = PoolShown {
            blow: self.blow.id,
            policy: self.policy,
            workers: workers(view),
            done,
            of: self.others.len() + 1,
            // In steps that eyes can follow.
            waits_ms: self.waits.map(|since| {
                let ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
                ms - ms % 10
            }),
            broken: view.broken.is_some(),
        };
        if self.told.as_ref() != Some(&shown) {
            (self.desk.told)(shown.clone());
            self.told = Some(shown);
        }
    }

    /// Read from the futures.
    fn result(&self) -> Struck {
        let seen: Vec<_> = self
            .others
            .iter()
            .chain([&self.victim])
            .map(|look| look())
            .collect();
        let count = |status: &[Status]| {
            seen.iter()
                .filter(|seen| status.contains(&seen.status))
                .count()
        };
        let refused = self.desk.tasks - seen.len();
        let view = self.pool.view();
        let since = |moment: Option<Instant>| {
            let (fell, _) = self.fell?;
            Some(units::in_ms(moment?.saturating_duration_since(fell)))
        };
        Struck {
            blow: self.blow.id,
            policy: self.policy,
            completed: count(&[Status::Finished]),
            failed: count(&[Status::Failed, Status::Cancelled]) + refused,
            retried: view.retried,
            lost: count(&[Status::Pending, Status::Running]),
            noticed_ms: since(self.noticed),
            cause: self.cause(&view),
            last_words: None,
            waited_ms: self
                .waits
                .filter(|_| self.gave_up)
                .map(|since| units::in_ms(since.elapsed())),
        }
    }

    fn cause(&self, view: &PoolView) -> String {
        let pid = self.fell.map_or(0, |(_, pid)| pid);
        if self.let_go {
            return format!("worker {pid} was stopped by SIGSTOP and went on after SIGCONT");
        }
        if self.never_ends() {
            return format!("worker {pid} computes and never ends; nobody looks at the time");
        }
        let gone = view.gone.iter().find(|gone| !gone.expected);
        match ((self.victim)().error, gone) {
            (Some(TaskError::Panicked { message, .. }), _) => {
                format!("worker {pid} lives on; its task panicked: {message}")
            }
            (_, Some(gone)) if self.blow.act == Act::Loop => format!(
                "worker {} {} after its {} ms, {} times: given up after {RETRIES} retries",
                gone.pid,
                gone.cause,
                TASK_LIMIT.as_millis(),
                self.ended
            ),
            (
                Some(TaskError::WorkerDied {
                    pid,
                    cause,
                    attempts,
                    ..
                }),
                _,
            ) if attempts > 1 => {
                format!("worker {pid} {cause}, the last of {attempts}: given up")
            }
            (_, Some(gone)) => format!("worker {} {}", gone.pid, gone.cause),
            (Some(error), None) => error.to_string(),
            (None, None) => "nothing happened".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
