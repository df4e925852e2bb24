//! One round: its futures, and what is read from them in the end.
//!
//! Times come from the futures, which note when their task was queued, started and ended.
//! So the figures are exact although events may be dropped, and the order of completion
//! is that of the tasks, not that in which the driver was notified.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use crossbeam_channel::{Receiver, unbounded};

use super::super::facts::{Fact, Settled, Summary};
use super::audit::Audit;
use super::plan::Plan;
use super::task::{self, Computed, LiveSettings};
use crate::kit::clock::whole_ns;
use crate::kit::future::Status;
use crate::kit::future::{Failure, Future, TaskError, Times};
use crate::kit::limit::Limit;
use crate::kit::recorder::Lane;
use crate::kit::stop::Stop;
use crate::kit::thread_pool::{PoolError, ThreadPool};

/// A pool, and what all of its tasks watch. It may serve many rounds, and is never given
/// back to one after its stop was requested.
#[derive(Debug)]
pub struct Pool {
    pub threads: ThreadPool,
    /// Ends its tasks early.
    pub stop: Stop,
    /// No worker takes a task before this is set. It is set once for all of the pool's
    /// life, so a later round finds it open.
    pub gate: Arc<OnceLock<()>>,
}

/// The tasks of a round, submitted: each n with its future, whose value is `None` for a
/// task that was stopped. Dropping it does not end the tasks; the pool does.
#[derive(Debug)]
pub struct Round {
    tasks: Vec<(u32, Future<Option<Computed>>)>,
    /// The position of each future that is done.
    done: Receiver<usize>,
    /// Positions of those that were read before the end of the round.
    read: HashSet<usize>,
    audit: Audit,
    /// Those whose value was read and is not n!.
    wrong: Vec<u32>,
}

impl Round {
    /// Submits a task for each n, cancels those that are to be cancelled, and only then
    /// opens the pool's gate: a cancellation can never come too late. Without any the
    /// gate is opened first, so the first tasks run while the rest is submitted, as in
    /// any pool.
    ///
    /// # Errors
    /// If the pool has no worker and can start none.
    pub fn submit(
        plan: &Plan,
        pool: &Pool,
        live_settings: &Arc<LiveSettings>,
        lane: &Lane<Fact>,
    ) -> Result<Self, PoolError> {
        let (notify, done) = unbounded();
        let wait_to_start = !plan.cancel.is_empty();
        if !wait_to_start {
            // Open before the first task is queued: a worker that starts meanwhile need
            // not wait.
            pool.gate.get_or_init(|| ());
        }
        let mut tasks = Vec::with_capacity(plan.tasks());
        for n in plan.numbers() {
            let (fails, live_settings, stop) =
                (plan.fail.contains(&n), Arc::clone(live_settings), pool.stop.clone());
            let future = pool
                .threads
                .submit_as(&format!("{n}!"), move || task::run(n, fails, &live_settings, &stop))?;
            let notify = notify.clone();
            let position = tasks.len();
            // Called on the worker's thread, or on this one if the future is done
            // already: it must not wait, and the channel has no bound.
            future.on_done(move |_| {
                // The receiver is gone if the round was abandoned.
                let _ = notify.send(position);
            });
            tasks.push((n, future));
        }
        for (n, future) in &tasks {
            // `cancel` is false for a task that has begun, which the closed gate
            // excludes.
            if plan.cancel.contains(n) && future.cancel() {
                lane.reliable_fact(Fact::Cancelled { n: *n });
            }
        }
        pool.gate.get_or_init(|| ());
        // Tasks that were queued are shown before the workers' events, which may come at
        // once.
        lane.flush();
        Ok(Self::of(tasks, done))
    }

    fn of(tasks: Vec<(u32, Future<Option<Computed>>)>, done: Receiver<usize>) -> Self {
        let (read, wrong) = (HashSet::new(), Vec::new());
        Self { tasks, done, read, audit: Audit::default(), wrong }
    }

    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    pub fn done(&self) -> &Receiver<usize> {
        &self.done
    }

    /// Reads a future that is done, checks its value and emits the result.
    pub fn settle(&mut self, position: usize, lane: &Lane<Fact>) {
        let Some((n, future)) = self.tasks.get(position).filter(|_| self.read.insert(position))
        else {
            return;
        };
        let (settled, right) = settled(*n, future, &mut self.audit);
        if !right {
            self.wrong.push(*n);
        }
        lane.reliable_fact(Fact::Settled(settled));
    }

    /// Reads the other futures after all are done, as far as it gets before a stop request:
    /// printing large values takes a while. Then emits what became of the round.
    pub fn end(&mut self, lane: &Lane<Fact>, stop: &Stop) {
        for position in 0..self.len() {
            if stop.requested() {
                return;
            }
            self.settle(position, lane);
        }
        let times = self.tasks.iter().map(|(n, future)| (*n, future.times()));
        let wrong = std::mem::take(&mut self.wrong);
        lane.reliable_fact(Fact::Ended(Summary { wrong, ..summary(times.collect()) }));
    }
}

/// How a task ended, and whether its value is right. A task without a value cannot be
/// wrong.
fn settled(n: u32, future: &Future<Option<Computed>>, audit: &mut Audit) -> (Settled, bool) {
    let times = future.times();
    // It is done, so this never waits.
    let result = future.take(&Limit::now());
    let (state, error) = match &result {
        Ok(Some(_)) => (Status::Finished, None),
        Ok(None) | Err(Failure::Task(TaskError::Cancelled)) => (Status::Cancelled, None),
        Err(failure) => (Status::Failed, Some(failure.to_string().into())),
    };
    let computed = result.ok().flatten();
    let right = computed.as_ref().is_none_or(|computed| audit.agrees(n, &computed.value));
    let (queued_ns, ran_ns) = spans(&times);
    let settled = Settled {
        n,
        state,
        value: computed.as_ref().map(|computed| computed.value.to_string().into()),
        error,
        queued_ns,
        ran_ns,
        worker: times.worker,
        computed_ns: computed.as_ref().map(|computed| whole_ns(computed.wall)),
        cpu_ns: computed.as_ref().map(|computed| whole_ns(computed.cpu)),
    };
    (settled, right)
}

/// The round as a whole, from the times that the futures kept. A cancelled task has an
/// end but no start, and is no part of the wall time.
fn summary(mut times: Vec<(u32, Times)>) -> Summary {
    // Tasks that no worker took have no start and do not count.
    let first = times.iter().filter_map(|(_, times)| times.started).min();
    let last = times.iter().filter_map(|(_, times)| times.started.and(times.ended)).max();
    let wall_ns = first.zip(last).map_or(0, |(first, last)| between(first, last));
    let max_queue = longest_queue(times.iter().map(|(_, times)| times));
    // A stable sort, so tasks that ended at the same moment keep the order of submission.
    times.sort_by_key(|(_, times)| times.ended);
    let completed = times.into_iter().map(|(n, _)| n).collect();
    Summary { wall_ns, max_queue, wrong: Vec::new(), completed }
}

fn spans(times: &Times) -> (u64, Option<u64>) {
    let taken = times.started.or(times.ended).unwrap_or(times.queued);
    let ran = times.started.zip(times.ended);
    (between(times.queued, taken), ran.map(|(started, ended)| between(started, ended)))
}

/// The most tasks that were submitted and neither started nor cancelled at one moment:
/// the highest level of a sweep over all changes.
fn longest_queue<'a>(times: impl Iterator<Item = &'a Times>) -> usize {
    let mut changes: Vec<_> = times
        .flat_map(|times| {
            let left = times.started.or(times.ended);
            [Some((times.queued, 1)), left.map(|left| (left, -1))]
        })
        .flatten()
        .collect();
    // Those that leave come first at one moment, or a queue of one would count as two.
    changes.sort_by_key(|(at, change)| (*at, *change));
    let mut depth = 0_isize;
    let depths = changes.into_iter().map(|(_, change): (Instant, isize)| {
        depth += change;
        depth
    });
    depths.max().unwrap_or(0).max(0).unsigned_abs()
}

fn between(from: Instant, to: Instant) -> u64 {
    whole_ns(to.saturating_duration_since(from))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::kit::event::What;

    /// Tasks by when they were queued, started and ended, in µs.
    fn times(all: &[(u64, Option<u64>, Option<u64>)]) -> Vec<Times> {
        let zero = Instant::now();
        let at = |us| zero + Duration::from_micros(us);
        let times = all.iter().map(|(queued, started, ended)| Times {
            queued: at(*queued),
            started: started.map(at),
            ended: ended.map(at),
            worker: started.map(|_| "w_0".into()),
        });
        times.collect()
    }

    #[test]
    fn a_task_is_queued_until_it_is_taken_and_runs_until_its_end() {
        let all = times(&[
            (1, Some(4), Some(11)),
            (2, None, Some(8)),
            (3, Some(5), None),
            (4, None, None),
        ]);
        let spans: Vec<_> = all.iter().map(spans).collect();
        assert_eq!(
            spans,
            [
                (3_000, Some(7_000)),
                // Cancelled while it was in the queue.
                (6_000, None),
                (2_000, None),
                (0, None),
            ]
        );
    }

    #[test]
    fn a_round_lasts_from_its_first_start_to_its_last_end_on_a_worker() {
        let all = times(&[
            (1, Some(10), Some(30)),
            (2, Some(12), Some(20)),
            (3, None, Some(90)),
            (4, Some(21), Some(40)),
        ]);
        let summary = summary((1..).zip(all).collect());
        assert_eq!(summary.wall_ns, 30_000);
        assert_eq!(summary.completed, [2, 1, 4, 3]);
        assert_eq!(summary.max_queue, 4);
    }

    #[test]
    fn the_longest_queue_is_that_of_one_moment() {
        let longest = |all: &[_]| longest_queue(times(all).iter());
        assert_eq!(longest(&[]), 0);
        // One leaves as the next comes.
        assert_eq!(longest(&[(1, Some(5), Some(9)), (5, Some(6), Some(9)), (7, None, Some(8))]), 1);
        assert_eq!(
            longest(&[(1, Some(9), None), (2, None, Some(4)), (3, Some(5), None), (4, None, None)]),
            3
        );
    }

    #[test]
    fn what_a_task_took_on_a_core_and_in_all_are_distinguished() {
        let of = |value: u8| {
            let (promise, future) = crate::kit::future::future();
            promise.start(&"w_0".into());
            promise.complete(Ok(Some(Computed {
                value: value.into(),
                wall: Duration::from_millis(5),
                cpu: Duration::from_millis(2),
            })));
            settled(3, &future, &mut Audit::default())
        };
        let (settled, right) = of(6);
        let figures = (settled.computed_ns, settled.cpu_ns);
        assert_eq!(figures, (Some(5_000_000), Some(2_000_000)));
        assert_eq!((settled.value.as_deref(), settled.worker.as_deref()), (Some("6"), Some("w_0")));
        assert!(right && !of(7).1);
    }

    #[test]
    fn a_wrong_value_is_reported_with_its_n() {
        let (recorder, mut reader) = crate::kit::recorder::recorder();
        let lane = recorder.lane("main");
        let of = |value: u8| {
            let (promise, future) = crate::kit::future::future();
            promise.start(&"w_0".into());
            promise.complete(Ok(Some(Computed {
                value: value.into(),
                wall: Duration::ZERO,
                cpu: Duration::ZERO,
            })));
            future
        };
        let tasks = vec![(3, of(6)), (4, of(25)), (5, of(120)), (2, of(3))];
        let (_, done) = unbounded();
        let mut round = Round::of(tasks, done);
        // One is read during the round, the others after it.
        round.settle(2, &lane);
        round.end(&lane, &Stop::new());
        lane.flush();
        let (mut settled, mut wrong) = (Vec::new(), Vec::new());
        reader.drain(usize::MAX, |event| match event.what {
            What::Fact(Fact::Settled(task)) => settled.push(task.n),
            What::Fact(Fact::Ended(summary)) => wrong = summary.wrong,
            _ => {}
        });
        assert_eq!((settled, wrong), (vec![5, 3, 4, 2], vec![4, 2]));
    }
}
