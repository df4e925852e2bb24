//! The warm pool: between two measurements it runs the same tasks again and again,
//! slowly, and its workers can be killed. It is a pool of the largest size that replaces
//! workers that die and retries their tasks.

use std::mem::take;
use std::sync::Arc;

use rustix::process::{Pid, Signal, kill_process};

use super::super::facts::Fact;
use super::super::settings::SIGNALS;
use super::plan::Plan;
use super::processes::{self, PoolFactory};
use super::variants::RunError;
use crate::kit::clock::monotonic_ns;
use crate::kit::proc_stat::resident_kib;
use crate::kit::process_pool::{Policy, PoolView, ProcessPool};
use crate::kit::recorder::Lane;
use crate::kit::stop::Stop;
use crate::scene::units::to_f64;

/// How often a task of a killed worker is given to another one before the batch fails.
/// More than once, as the user may kill several workers within one batch.
const RETRIES: u32 = 3;

/// A pool that exists longer than one batch. Dropping it ends and reaps its workers,
/// which takes as long as a running task: the driver does so before it measures anything.
#[derive(Debug)]
pub struct WarmPool {
    pool: ProcessPool,
    size: usize,
    reported: u64,
    /// Tasks that were retried because of the deaths that were reported.
    retried: usize,
    /// Workers that got one `SIGSEGV`, which did not kill them: Rust's own handler takes
    /// the first one that comes from outside, finds no stack overflow, and leaves the
    /// next one to the system. They get the second one before the next batch.
    faulted: Vec<u32>,
}

/// One batch of the tasks on the warm pool: what it took, from queueing to the last
/// result, and what came of it.
#[derive(Clone, Debug)]
pub struct BatchRun {
    pub took_ns: f64,
    pub results: Vec<u64>,
    /// What each worker has resident, by pid; without those that have just ended.
    pub memory_kib: Vec<(u32, u64)>,
}

impl BatchRun {
    /// The batch as it is reported: on a pool of `size`, in the interval `every_ns`.
    pub fn fact(self, plan: &Plan, size: usize, every_ns: u64) -> Fact {
        let right = plan.squares().eq(self.results);
        let (took_ns, memory_kib) = (self.took_ns, self.memory_kib);
        Fact::WarmRun { size, took_ns, right, every_ns, memory_kib }
    }
}

impl WarmPool {
    /// A pool of the plan's largest size. Returns before its workers are ready: nothing
    /// is measured.
    ///
    /// # Errors
    /// If the pool cannot be created.
    pub fn start(
        plan: &Plan,
        factory: &PoolFactory,
        lane: &Lane<Fact>,
        stop: &Stop,
    ) -> Result<Self, RunError> {
        let size = plan.sizes.last().copied().unwrap_or(1);
        let pool = factory
            .builder(plan, size)?
            .policy(Policy::Replace { retries: RETRIES })
            .observer(processes::observer(lane))
            .build()
            .map_err(|error| processes::failed(stop, &error))?;
        pool.prestart();
        Ok(Self { pool, size, reported: 0, retried: 0, faulted: Vec::new() })
    }

    pub fn size(&self) -> usize {
        self.size
    }

    /// Runs all tasks once.
    ///
    /// # Errors
    /// If a task was lost in spite of its retries, no worker could be started, or the run
    /// was interrupted.
    pub fn run_batch(&mut self, plan: &Plan, stop: &Stop) -> Result<BatchRun, RunError> {
        for pid in take(&mut self.faulted) {
            // One that is gone by now needs no second signal.
            let _ = self.worker(pid).map(|process| kill_process(process, Signal::SEGV));
        }
        // Replaces workers that were killed, before the work begins.
        self.pool.prestart();
        // After the replacements: starting a process is not part of a batch on a warm
        // pool.
        let began = monotonic_ns();
        let tasks = processes::submit(&self.pool, plan, self.size, stop)?;
        let done: Result<Vec<_>, _> = tasks.collect();
        let took_ns = to_f64(monotonic_ns() - began);
        let done = done.map_err(|error| processes::failed(stop, &error))?;
        let results = done.into_iter().map(|task| task.square).collect();
        // After the clock was read: reading files of the system is no part of a batch.
        let pids: Vec<_> = self.pool.view().workers.iter().map(|worker| worker.pid).collect();
        let memory_kib = pids.into_iter().filter_map(|pid| Some((pid, resident_kib(pid).ok()?)));
        Ok(BatchRun { took_ns, results, memory_kib: memory_kib.collect() })
    }

    /// Sends a signal to one of the workers; `None` if `pid` is none of them, or not any
    /// more. What comes of it is reported after the next batch.
    pub fn kill(&mut self, pid: u32, signal: Signal) -> Option<Fact> {
        let (_, name) = SIGNALS.into_iter().find(|(known, _)| *known == signal)?;
        kill_process(self.worker(pid)?, signal).ok()?;
        if signal == Signal::SEGV {
            self.faulted.push(pid);
        }
        Some(Fact::Killing { pid, signal: name.into() })
    }

    /// The process of this pid, if it is one of the workers. Any other pid may belong to
    /// another program by now, and must never be signalled.
    fn worker(&self, pid: u32) -> Option<Pid> {
        // A worker stays in the view until it is reaped, and the kernel reuses no pid
        // before that. So the signal cannot reach another process, unless the worker is
        // reaped between this line and the signal.
        let ours = self.pool.view().workers.iter().any(|worker| worker.pid == pid);
        Pid::from_raw(i32::try_from(pid).ok()?).filter(|_| ours)
    }

    /// What became of workers that died since the last call, as one sentence. Several
    /// deaths are reported as one, by the first of them. No task is lost by a death: this
    /// pool gives the tasks of a dead worker to another one.
    pub fn report_kill(&mut self) -> Option<Arc<str>> {
        let view = self.pool.view();
        let dead = view
            .gone
            .iter()
            // `gone` is a window over all deaths that begins after `gone_earlier` of
            // them.
            .skip(usize::try_from(self.reported.saturating_sub(view.gone_earlier)).unwrap_or(0))
            .find(|gone| !gone.expected)?;
        let retried = view.retried.saturating_sub(self.retried);
        let text = format!("Process {} {}{}", dead.pid, dead.death, aftermath(&view, retried));
        self.reported = view.gone_earlier + view.gone.len() as u64;
        self.retried = view.retried;
        Some(text.into())
    }
}

/// What the pool did after a death: which worker replaced it, and how many tasks were
/// retried since the last one. The youngest worker is the last of the list.
fn aftermath(view: &PoolView, retried: usize) -> String {
    let successor =
        view.workers.last().map_or(String::new(), |worker| format!("; {} replaced it", worker.pid));
    let retried = match retried {
        0 => String::new(),
        1 => "; its task was retried on another worker".to_owned(),
        n => format!("; {n} tasks were retried on other workers"),
    };
    format!("{successor}{retried}; no task was lost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::process_pool::{WorkerState, WorkerView};

    #[test]
    fn a_batch_is_right_only_if_its_results_are_the_squares_in_order() {
        let plan = crate::labs::pool::tests::plan(&[("from", "3"), ("to", "5")]);
        let fact = |results: &[u64]| {
            let (results, memory_kib) = (results.to_vec(), vec![(21, 900)]);
            BatchRun { took_ns: 2.5e6, results, memory_kib }.fact(&plan, 4, 7)
        };
        let (size, took_ns, every_ns) = (4, 2.5e6, 7);
        for (results, right) in [
            (&[9, 16, 25][..], true),
            (&[9, 25, 16], false),
            (&[9, 16], false),
            (&[9, 16, 25, 36], false),
        ] {
            let memory_kib = vec![(21, 900)];
            assert_eq!(fact(results), Fact::WarmRun { size, took_ns, right, every_ns, memory_kib });
        }
    }

    #[test]
    fn the_youngest_worker_replaced_the_one_that_died() {
        let worker = |pid| WorkerView {
            name: "process".into(),
            pid,
            state: WorkerState::Idle,
            done: 0,
            start_ns: None,
        };
        let after = |pids: &[u32], retried| {
            let workers = pids.iter().copied().map(worker).collect();
            aftermath(&PoolView { workers, ..PoolView::default() }, retried)
        };
        assert_eq!(after(&[], 0), "; no task was lost");
        assert_eq!(
            after(&[21, 22, 47], 1),
            "; 47 replaced it; its task was retried on another worker; no task was lost"
        );
        assert_eq!(
            after(&[21, 47], 3),
            "; 47 replaced it; 3 tasks were retried on other workers; no task was lost"
        );
    }
}
