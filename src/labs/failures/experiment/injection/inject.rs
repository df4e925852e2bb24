//! Injects one fault into one pool and watches it until every task is over, or no worker
//! will finish what is left. The steps are drawn at the top of `injection/mod.rs`.
//!
//! ```text
//! tasks before │ target │ tasks after        the target does the fault, or gets it from outside
//!              ▲ injected ──▶ noticed by the pool ──▶ all over, or none will finish the rest
//! ```

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::super::technique::start_all;
use super::fault::{Fault, FaultKind, Policy, RETRIES};
use super::outcome::FaultOutcome;
use super::pool_snapshot::{PoolSnapshot, TaskFate, workers};
use super::stderr_tail::StderrTail;
use super::target::{TaskProbe, TaskState, send_signal, submit_target, task};
use super::worker_fns::{AddUnderLock, RecoverLock, SharedData};
use crate::kit::event::RAISED;
use crate::kit::future::{Status, TaskError};
use crate::kit::limit::Limit;
use crate::kit::process_pool::worker_fns::SleepSquare;
use crate::kit::process_pool::{
    Observer, PoolView, ProcessPool, Shutdown, WorkerState, WorkerView,
};
use crate::kit::shared::{LaidOut, Region};
use crate::kit::stop::Stop;
use crate::scene::units;

/// What each ordinary task takes, in µs: long enough that others are under way.
const TASK_US: u64 = 2_000;
const LOST_TASK_TIMEOUT: Duration = Duration::from_millis(250);
const TASK_LIMIT: Duration = Duration::from_millis(150);
/// How long the pool has for noticing that a worker is stopped.
const STOP_LIMIT: Duration = Duration::from_secs(2);
const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// Injects faults into pools of one size. One injector serves one fault in one pool, on a
/// thread of its own, so that the pools of all policies run at the same time.
pub struct Injector<'a> {
    pub program: &'a Path,
    pub workers: usize,
    pub tasks: usize,
    pub stop: &'a Stop,
    pub observer: Observer,
    /// Called with the state of the pool whenever it changes, on the injector's thread.
    pub report: &'a (dyn Fn(PoolSnapshot) + Sync),
}

impl Injector<'_> {
    /// Injects `fault` into one worker of a pool with `policy` and returns the outcome of its
    /// tasks.
    ///
    /// # Errors
    /// If the pool cannot be made, or on a stop request.
    pub fn inject(&self, fault: &'static Fault, policy: Policy) -> io::Result<FaultOutcome> {
        let tail = StderrTail::default();
        let region = Region::create(SharedData::CELLS)?;
        let shared = SharedData::new(&mut region.layout());
        let pool = ProcessPool::builder(self.program, self.workers)
            .policy(policy.kit_policy())
            .region(region)
            .observer(tail.observe(&self.observer))
            .build()
            .map_err(io::Error::other)?;
        start_all(&pool, &Limit::until(self.stop))?;
        let mut injection = Injection::begin(self, &pool, &shared, fault, policy)?;
        while !injection.is_over() {
            if self.stop.sleep(POLL_INTERVAL) {
                return Err(io::ErrorKind::Interrupted.into());
            }
        }
        let mut outcome = injection.result();
        // Before the shutdown: a lost task is not done because its pool is ended.
        let tasks = injection.tasks();
        pool.shutdown(Shutdown::Terminate);
        injection.report(&pool.view(), tasks);
        // Its lines have all been read now that it is gone.
        outcome.last_line = tail.last_line();
        if fault.kind == FaultKind::LockHolder {
            let (count, recovered) = (shared.count.get(), shared.recovered.get());
            let recovered_note = format!(
                "{recovered} recovered the lock of a dead holder; the count continued to {count}"
            );
            outcome.cause = format!("{}; {recovered_note}", outcome.cause);
        }
        Ok(outcome)
    }
}

/// A fault under way: the tasks of the pool, what was done to the target, and what the
/// pool has made of it so far. Checked once in each [`POLL_INTERVAL`].
struct Injection<'a> {
    injector: &'a Injector<'a>,
    pool: &'a ProcessPool,
    shared: &'a SharedData,
    fault: &'static Fault,
    policy: Policy,
    others: Vec<TaskProbe>,
    target: TaskProbe,
    /// When the fault was injected, and into which process.
    injected: Option<(Instant, u32)>,
    noticed: Option<Instant>,
    resumed: bool,
    /// The present attempt at an endless task, under a supervisor.
    attempt: Option<Attempt>,
    ended: u32,
    /// When the pool first had unfinished tasks but no worker running one. Bounds the
    /// wait under the policy that forgets tasks; cleared if a worker takes one after all.
    waiting_since: Option<Instant>,
    gave_up: bool,
    last_report: Option<PoolSnapshot>,
}

struct Attempt {
    worker: Arc<str>,
    since: Instant,
    over: bool,
}

impl<'a> Injection<'a> {
    fn begin(
        injector: &'a Injector<'a>,
        pool: &'a ProcessPool,
        shared: &'a SharedData,
        fault: &'static Fault,
        policy: Policy,
    ) -> io::Result<Self> {
        let others = injector.tasks.saturating_sub(1);
        let ordinary = |n: usize| match fault.kind {
            FaultKind::LockHolder if n < others / 2 => task::<AddUnderLock>(pool, &()),
            FaultKind::LockHolder => task::<RecoverLock>(pool, &()),
            _ => task::<SleepSquare>(pool, &(TASK_US, n as u64)),
        };
        let before = (0..others / 2).map(ordinary).collect::<io::Result<Vec<_>>>()?;
        let target = submit_target(pool, fault.kind)?;
        let after = (others / 2..others).map(ordinary);
        let mut all = before;
        for probe in after {
            match probe {
                Ok(probe) => all.push(probe),
                // The fault has fired already, and the pool takes no more.
                Err(_) if policy == Policy::FailAll => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self {
            injector,
            pool,
            shared,
            fault,
            policy,
            others: all,
            target,
            injected: None,
            noticed: None,
            resumed: false,
            attempt: None,
            ended: 0,
            waiting_since: None,
            gave_up: false,
            last_report: None,
        })
    }

    /// Checks the pool and its tasks, does what is due, and returns whether all is over:
    /// every task has ended, or what is left will never be run.
    fn is_over(&mut self) -> bool {
        let (view, target) = (self.pool.view(), (self.target)());
        self.injection(&view, &target);
        self.notice(&view, &target);
        let has_fired = self.noticed.is_some() || self.resumed;
        if has_fired && !self.shared.fired.is_set() {
            self.shared.fired.set();
        }
        let open = |probe: &&TaskProbe| probe().status.is_open();
        let others = self.others.iter().filter(open).count();
        let all_done = others == 0 && !target.status.is_open();
        if all_done {
            // What was missing for a moment has come.
            self.waiting_since = None;
        }
        self.report(&view, self.tasks());
        if all_done {
            return true;
        }
        // Does a worker still run what is missing?
        let works = |worker: &WorkerView| {
            matches!(worker.state, WorkerState::Running(_) | WorkerState::Stopped(_))
        };
        let in_vain = others == 0 && self.never_ends();
        if view.queued > 0 || (view.workers.iter().any(works) && !in_vain) {
            self.waiting_since = None;
            return false;
        }
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        self.gave_up = since.elapsed() >= LOST_TASK_TIMEOUT;
        self.gave_up
    }

    /// Whether the target's task runs for ever and no supervisor ends it. Its worker is
    /// busy then, but that is no reason to wait for it.
    fn never_ends(&self) -> bool {
        self.fault.kind == FaultKind::Loop && self.policy != Policy::Retry
    }

    /// Injects the fault as soon as its task is under way: by a signal where it comes
    /// from outside, and otherwise only by noting when the task began to do it.
    fn injection(&mut self, view: &PoolView, target: &TaskState) {
        let (Some(started), Some(name)) = (target.times.started, &target.times.worker) else {
            return;
        };
        let worker = view.workers.iter().find(|worker| worker.name == *name);
        if self.injected.is_none() {
            let from_outside = match self.fault.kind {
                FaultKind::Send(signal) => Some(signal),
                FaultKind::StopAndContinue => Some(Signal::STOP),
                _ => None,
            };
            self.injected = match (from_outside, worker) {
                (None, worker) => Some((started, worker.map_or(0, |worker| worker.pid))),
                (Some(signal), Some(worker)) => {
                    let now = Instant::now();
                    send_signal(worker.pid, signal);
                    Some((now, worker.pid))
                }
                (Some(_), None) => None,
            };
        }
        match self.fault.kind {
            FaultKind::StopAndContinue => self.resume_stopped(worker),
            FaultKind::Loop if self.policy == Policy::Retry => self.limit_time(started, worker),
            _ => {}
        }
    }

    /// Resumes a stopped worker as soon as the pool has noticed the stop, or has had its
    /// time for that. The stop is then over and no task is lost by it.
    fn resume_stopped(&mut self, worker: Option<&WorkerView>) {
        let (Some(worker), Some((injected, _)), false) = (worker, self.injected, self.resumed)
        else {
            return;
        };
        let is_stopped = matches!(worker.state, WorkerState::Stopped(_));
        if is_stopped || injected.elapsed() >= STOP_LIMIT {
            self.resumed = true;
            self.noticed = is_stopped.then(Instant::now);
            send_signal(worker.pid, Signal::CONT);
        }
    }

    /// Ends an attempt that takes too long, as a supervisor does: the pool itself has no
    /// time limit. Each attempt has its own, beginning when its worker took the task.
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
            send_signal(worker.pid, Signal::KILL);
        }
    }

    /// The pool's first reaction: the target's task has failed, a worker is gone that was
    /// not asked to end, or the pool is broken. The time of it is what a user of the pool
    /// would wait.
    fn notice(&mut self, view: &PoolView, target: &TaskState) {
        if self.noticed.is_some()
            || self.injected.is_none()
            || self.fault.kind == FaultKind::StopAndContinue
        {
            return;
        }
        let died = view.gone.iter().any(|gone| !gone.expected);
        if target.status == Status::Failed {
            self.noticed = target.times.ended.or_else(|| Some(Instant::now()));
        } else if died || view.broken.is_some() {
            self.noticed = Some(Instant::now());
        }
    }

    /// What became of each task, in the order of their submission, by the futures. Tasks that a
    /// broken pool refused come last.
    fn tasks(&self) -> Vec<TaskFate> {
        let (before, after) = self.others.split_at(self.target_at());
        let submitted = before.iter().chain([&self.target]).chain(after);
        let mut tasks: Vec<_> = submitted.map(|probe| probe().status.into()).collect();
        tasks.resize(self.injector.tasks, TaskFate::Failed);
        tasks
    }

    /// The number of tasks that were submitted before the target.
    fn target_at(&self) -> usize {
        (self.injector.tasks.saturating_sub(1) / 2).min(self.others.len())
    }

    fn report(&mut self, view: &PoolView, tasks: Vec<TaskFate>) {
        let submitted = self.others.len() + 1;
        let shown = PoolSnapshot {
            fault: self.fault.id,
            policy: self.policy,
            workers: workers(view),
            done: tasks.iter().take(submitted).filter(|task| !task.is_open()).count(),
            of: submitted,
            target: self.target_at(),
            target_pid: self.injected.map(|(_, pid)| pid).filter(|pid| *pid > 0),
            tasks,
            // In steps that eyes can follow.
            waits_ms: self.waiting_since.map(|since| {
                let ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
                ms - ms % 10
            }),
            broken: view.broken.is_some(),
        };
        if self.last_report.as_ref() != Some(&shown) {
            (self.injector.report)(shown.clone());
            self.last_report = Some(shown);
        }
    }

    /// The outcome by the futures, which alone decide what became of a task.
    fn result(&self) -> FaultOutcome {
        let seen: Vec<_> = self.others.iter().chain([&self.target]).map(|probe| probe()).collect();
        let count =
            |status: &[Status]| seen.iter().filter(|seen| status.contains(&seen.status)).count();
        let refused = self.injector.tasks - seen.len();
        let view = self.pool.view();
        let since = |moment: Option<Instant>| {
            let (injected, _) = self.injected?;
            Some(units::in_ms(moment?.saturating_duration_since(injected)))
        };
        FaultOutcome {
            fault: self.fault.id,
            policy: self.policy,
            completed: count(&[Status::Finished]),
            failed: count(&[Status::Failed, Status::Cancelled]) + refused,
            retried: view.retried,
            broken: view.broken.is_some(),
            lost: count(&[Status::Pending, Status::Running]),
            noticed_ms: since(self.noticed),
            cause: self.cause(&view),
            last_line: None,
            waited_ms: self
                .waiting_since
                .filter(|_| self.gave_up)
                .map(|since| units::in_ms(since.elapsed())),
        }
    }

    fn cause(&self, view: &PoolView) -> String {
        let pid = self.injected.map_or(0, |(_, pid)| pid);
        if self.resumed {
            return format!("worker {pid} was stopped by SIGSTOP and continued after SIGCONT");
        }
        if self.never_ends() {
            return format!("worker {pid} computes and never ends; no supervisor limits its time");
        }
        let gone = view.gone.iter().find(|gone| !gone.expected);
        match ((self.target)().error, gone) {
            (Some(TaskError::Panicked { message, .. }), _) => {
                format!("worker {pid} continues; its task {RAISED}: {message}")
            }
            (_, Some(gone)) if self.fault.kind == FaultKind::Loop => format!(
                "worker {} {} after its {} ms, {} times: given up after {RETRIES} retries",
                gone.pid,
                gone.cause,
                TASK_LIMIT.as_millis(),
                self.ended
            ),
            (Some(TaskError::WorkerDied { pid, cause, attempts, .. }), _) if attempts > 1 => {
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
