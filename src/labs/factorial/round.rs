//! One round: its futures, and what is read from them in the end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, unbounded};

use super::audit::Audit;
use super::plan::Plan;
use super::state::{Fact, Settled, Standing, Summary};
use super::submitter::Pool;
use super::task::{self, Computed, Dials};
use crate::kit::future::{Failure, Future, TaskError, Times};
use crate::kit::limit::Limit;
use crate::kit::probe::Lane;
use crate::kit::stop::Stop;
use crate::kit::thread_pool::PoolError;

/// The tasks of a round, submitted.
#[derive(Debug)]
pub(super) struct Round {
    tasks: Vec<(u32, Future<Option<Computed>>)>,
    /// One message for each future that is done.
    done: Receiver<()>,
}

impl Round {
    /// Submits a task for each n, cancels those that are to be cancelled, and only
    /// then opens the pool's gate.
    pub(super) fn submit(
        plan: &Plan,
        pool: &Pool,
        dials: &Arc<Dials>,
        lane: &Lane<Fact>,
    ) -> Result<Self, PoolError> {
        let (tell, done) = unbounded();
        let hold = !plan.cancel.is_empty();
        if !hold {
            pool.gate.get_or_init(|| ());
        }
        let mut tasks = Vec::with_capacity(plan.tasks());
        for n in plan.numbers() {
            let (fails, dials, stop) =
                (plan.fail.contains(&n), Arc::clone(dials), pool.stop.clone());
            let future = pool
                .threads
                .submit_as(&format!("{n}!"), move || task::run(n, fails, &dials, &stop))?;
            let tell = tell.clone();
            future.on_done(move |_| {
                // Nobody listens once the round was given up.
                let _ = tell.send(());
            });
            tasks.push((n, future));
        }
        for (n, future) in &tasks {
            if plan.cancel.contains(n) && future.cancel() {
                lane.must_fact(Fact::Cancelled { n: *n });
            }
        }
        pool.gate.get_or_init(|| ());
        lane.flush();
        Ok(Self { tasks, done })
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    pub(super) fn done(&self) -> &Receiver<()> {
        &self.done
    }

    /// Reads each future once all are done, checks the values and tells the results;
    /// `false` if told to stop meanwhile.
    pub(super) fn settle(&mut self, lane: &Lane<Fact>, stop: &Stop) -> bool {
        let mut summary = summary(&self.tasks);
        let mut audit = Audit::default();
        for (n, future) in self.tasks.drain(..) {
            if stop.requested() {
                return false;
            }
            let (settled, right) = settled(n, &future, &mut audit);
            if !right {
                summary.wrong.push(n);
            }
            lane.must_fact(Fact::Settled(settled));
        }
        lane.must_fact(Fact::Ended(summary));
        true
    }
}

/// How a task ended, and whether its value is right.
fn settled(n: u32, future: &Future<Option<Computed>>, audit: &mut Audit) -> (Settled, bool) {
    let times = future.times();
    let result = future.take(&Limit::now());
    let (state, error) = match &result {
        Ok(Some(_)) => (Standing::Finished, None),
        Ok(None) | Err(Failure::Task(TaskError::Cancelled)) => (Standing::Cancelled, None),
        Err(failure) => (Standing::Failed, Some(failure.to_string().into())),
    };
    let computed = result.ok().flatten();
    let right = computed
        .as_ref()
        .is_none_or(|computed| audit.agrees(n, &computed.value));
    let taken = times.started.or(times.ended).unwrap_or(times.queued);
    let settled = Settled {
        n,
        state,
        value: computed
            .as_ref()
            .map(|computed| computed.value.to_string().into()),
        error,
        queued_ns: between(times.queued, taken),
        ran_ns: times
            .started
            .zip(times.ended)
            .map(|(started, ended)| between(started, ended)),
        worker: times.worker,
        computed_ns: computed.as_ref().map(|computed| nanos(computed.wall)),
        cpu_ns: computed.as_ref().map(|computed| nanos(computed.cpu)),
    };
    (settled, right)
}

/// The round as a whole, from the times that the futures kept.
fn summary(tasks: &[(u32, Future<Option<Computed>>)]) -> Summary {
    let mut times: Vec<_> = tasks
        .iter()
        .map(|(n, future)| (*n, future.times()))
        .collect();
    let first = times.iter().filter_map(|(_, times)| times.started).min();
    let last = times
        .iter()
        .filter_map(|(_, times)| times.started.and(times.ended))
        .max();
    let wall_ns = first
        .zip(last)
        .map_or(0, |(first, last)| between(first, last));
    let max_queue = longest_queue(times.iter().map(|(_, times)| times));
    times.sort_by_key(|(_, times)| times.ended);
    let completed = times.into_iter().map(|(n, _)| n).collect();
    Summary {
        wall_ns,
        max_queue,
        wrong: Vec::new(),
        completed,
    }
}

/// The most tasks that were submitted and neither started nor cancelled at one time.
fn longest_queue<'a>(times: impl Iterator<Item = &'a Times>) -> usize {
    let mut turns: Vec<_> = times
        .flat_map(|times| {
            let left = times.started.or(times.ended);
            [Some((times.queued, 1)), left.map(|left| (left, -1))]
        })
        .flatten()
        .collect();
    turns.sort_by_key(|(at, change)| (*at, *change));
    let mut depth = 0_isize;
    let depths = turns.into_iter().map(|(_, change): (Instant, isize)| {
        depth += change;
        depth
    });
    depths.max().unwrap_or(0).max(0).unsigned_abs()
}

fn between(from: Instant, to: Instant) -> u64 {
    nanos(to.saturating_duration_since(from))
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
