//! The same tasks, done with each strategy.
//!
//! Each strategy starts its workers, lets each do one task and waits for all. The
//! measured time includes all of that, because that is what a program pays that starts
//! workers for its tasks.

use std::io;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use crate::kit::clock::whole_ns;
use crate::kit::event::{Ending, LaneEvent, LaneKind, RAISED};
use crate::kit::gil::{Gil, SWITCH_INTERVAL};
use crate::kit::limit::Limit;
use crate::kit::process_pool::{ProcessPool, Shutdown};
use crate::kit::recorder::{Recorder, set_sink};
use crate::kit::stop::Stop;
use crate::kit::threads;

use super::super::facts::{Fact, Switches};
use super::super::state::Strategy;
use super::work::{Task, TaskResult};
use super::worker_fns::RunTask;

/// One run of `n` tasks with one strategy: the time from before the first worker was
/// started until all have ended, and the context switches of all workers together.
#[derive(Clone, Copy, Debug)]
pub struct Timed {
    pub ns: u64,
    pub switches: Switches,
}

/// What a run needs besides its strategy. The same for all strategies of a round, so they
/// differ in nothing but how the tasks are run.
pub struct StrategyRun<'a> {
    pub task: &'a Task,
    pub n: usize,
    pub stop: &'a Stop,
    pub program: &'a Path,
    /// Gives the workers lanes; `None` for runs that are only timed. With lanes a run
    /// emits events, which costs a little, so only the first round has them.
    pub recorder: Option<&'a Recorder<Fact>>,
    pub name: &'a str,
}

impl StrategyRun<'_> {
    /// Does the work with one of our own strategies, timed.
    ///
    /// # Errors
    /// If a task fails, or on a stop request.
    pub fn run(&self, strategy: Strategy) -> io::Result<Timed> {
        let began = Instant::now();
        let all = self.tasks(strategy)?;
        Ok(Timed { ns: whole_ns(began.elapsed()), switches: sum(&all) })
    }

    /// The results of the `n` tasks, in any of our strategies. Without the time, for
    /// tests of the results.
    pub fn tasks(&self, strategy: Strategy) -> io::Result<Vec<TaskResult>> {
        match strategy {
            Strategy::Threads | Strategy::Gil => self.threads(strategy == Strategy::Gil),
            Strategy::Processes => self.processes(),
            _ => (0..self.n).map(|_| self.task.run(None, self.stop)).collect(),
        }
    }

    /// One thread for each task; under one GIL for all of them if `under_gil`. The
    /// threads are started for this run, as the processes are, so that both start-ups
    /// count.
    fn threads(&self, under_gil: bool) -> io::Result<Vec<TaskResult>> {
        // A new one for each run: nothing of the last run's order is left in it.
        let gil = under_gil.then(|| Gil::new(SWITCH_INTERVAL, self.stop.clone()));
        let work = |name: &str| {
            let lane = self.recorder.map(|recorder| Rc::new(recorder.lane(name)));
            let _guard = lane.clone().map(|lane| set_sink(lane));
            let done = self.task.run(gil.as_ref(), self.stop);
            if let Some(lane) = lane {
                lane.end(match done {
                    Ok(_) => Ending::Returned,
                    Err(_) => Ending::Stopped,
                });
            }
            done
        };
        threads::scope(|scope| {
            let workers: io::Result<Vec<_>> = (1..=self.n)
                .map(|worker| {
                    let (name, work) = (format!("{}-{worker}", self.name), &work);
                    scope.spawn(&format!("worlds/{name}"), move || work(&name))
                })
                // All are started before any is joined. If one cannot be, the scope still
                // waits for those that were.
                .collect();
            let died = |_| Err(io::Error::other(format!("a worker {RAISED}")));
            workers?.into_iter().map(|worker| worker.join().unwrap_or_else(died)).collect()
        })
    }

    /// One worker process for each task: a new pool, whose start and end are part of the
    /// time. A pool that exists already would be the better choice for many tasks; that
    /// is what the pool lab shows.
    fn processes(&self) -> io::Result<Vec<TaskResult>> {
        let mut builder = ProcessPool::builder(self.program, self.n);
        if let Some(recorder) = self.recorder {
            let (recorder, prefix) = (recorder.clone(), self.name.to_owned());
            builder = builder.observer(Arc::new(move |name, pid| {
                let number = name.rsplit(' ').next().unwrap_or_default();
                let lane =
                    recorder.lane_of(&format!("{prefix}-{number}"), LaneKind::Process { pid });
                // Each worker has one task for all of its life, so it is shown as running
                // from the start.
                lane.emit(LaneEvent::Running);
                Box::new(lane)
            }));
        }
        let pool = builder.build().map_err(io::Error::other)?;
        // If one cannot be started, the pool breaks: fewer workers would be another
        // comparison.
        pool.prestart();
        let tasks = vec![self.task.clone(); self.n];
        // Tasks one by one, so that each worker gets one of them.
        let results = pool.map::<RunTask>(&tasks, Some(1)).map_err(io::Error::other)?;
        let done = results
            .within(Limit::until(self.stop))
            .map(|result| result.map_err(io::Error::other))
            .collect::<io::Result<Vec<_>>>()?;
        pool.shutdown(Shutdown::Drain);
        Ok(done)
    }
}

/// The context switches of all tasks together.
fn sum(all: &[TaskResult]) -> Switches {
    all.iter().fold(Switches::default(), |sum, done| Switches {
        voluntary: sum.voluntary + done.voluntary,
        involuntary: sum.involuntary + done.involuntary,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_are_summed_over_all_shares_each_kind_by_itself() {
        let done =
            |voluntary, involuntary| TaskResult { voluntary, involuntary, ..TaskResult::default() };
        let all = sum(&[done(1, 10), done(2, 20)]);
        assert_eq!((all.voluntary, all.involuntary), (3, 30));
    }
}
