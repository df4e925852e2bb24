//! What the run means, in plain sentences made from its figures. Pure.
//!
//! No sentence says why something is slow or wrong beyond what was counted: a script is watched
//! once, so there is no interval to compare.
//!
//! Texts of the script (names, exceptions) stand in the sentences as they are, so they go through
//! [`literal`]: a `**` or a `✗` in them must not look like ours.

use rustix::process::Signal;

use super::facts::{
    ExecutorKind, ExecutorReport, ListReport, PoolReport, ProcessReport, QueueReport, StartMethod,
    ThreadEnd, ValueReport,
};
use super::scene::sampled::gil;
use super::scene::step;
use super::state::State;
use super::story::ended;
use crate::scene::units::{count, in_ns, nanos, plural};
use crate::scene::{Finding, Weight, literal};

/// Findings of one kind at most.
const FEW: usize = 3;
/// How an executor calls its end when a worker dies.
const BROKEN: &str = "BrokenProcessPool";

/// The worst first, and of equal weight what is more important.
pub fn findings(state: &State) -> Vec<Finding> {
    if let Some(stepping) = &state.stepping {
        return step::findings(stepping);
    }
    let mut all = Vec::new();
    all.extend(deadlock(state));
    all.extend(kills(state).take(FEW));
    all.extend(state.figures.processes.iter().filter_map(|one| lost_with(state, one)).take(FEW));
    all.extend(pause(state));
    all.extend(delay(state));
    all.extend(exit(state));
    all.extend(raised(state));
    all.extend(state.figures.executors.iter().filter_map(failed_tasks).take(FEW));
    all.extend(state.figures.lists.iter().filter_map(list_failures).take(FEW));
    all.extend(
        state.figures.values.iter().filter_map(|value| lost_updates(state, value)).take(FEW),
    );
    all.extend(blind(state));
    all.extend(lost(state));
    all.extend(state.figures.queues.iter().filter_map(|queue| left(state, queue)).take(FEW));
    all.extend(gil(state));
    all.extend(contended(state));
    all.extend(queue_waits(state));
    all.extend(state.figures.pools.iter().filter_map(pool_parts).take(FEW));
    let interpreter = state.interpreter.as_ref();
    all.extend(interpreter.map(|python| state.level().finding(&python.version)));
    all.sort_by_key(|finding| std::cmp::Reverse(finding.weight));
    all
}

fn deadlock(state: &State) -> Option<Finding> {
    let cycle = state.outcome.as_ref()?.deadlock.as_ref()?;
    let each = cycle
        .iter()
        .map(|step| format!("{} waits for {}, held by {}", step.thread, step.wants, step.held_by));
    let each: Vec<_> = each.collect();
    Some((Weight::Broken, format!("**Deadlock**: {}.", literal(&each.join(", ")))).into())
}

fn pause(state: &State) -> Option<Finding> {
    let so_far = nanos(in_ns(state.paused_for));
    let text = match (state.paused, state.paused_for.is_zero()) {
        (None, true) => return None,
        (Some(0), _) => {
            "**Paused**: all processes of the script stand still until you resume it.".to_owned()
        }
        (Some(running), _) => format!(
            "**Paused**, but for {} that left the script and cannot be stopped with it.",
            plural(running, "process")
        ),
        (None, false) => format!(
            "It was paused by hand for **{so_far}**, which no wait or hold here counts; time limits of its own ran on. || It was paused by hand for **{so_far}**, which no wait counts."
        ),
    };
    Some((Weight::Caution, text).into())
}

fn delay(state: &State) -> Option<Finding> {
    let longest = nanos(in_ns(state.longest_delay));
    let text = if state.delay.is_zero() {
        format!("A delay of up to {longest} after each recorded event slowed it down for a while.")
    } else {
        let now = nanos(in_ns(state.delay));
        format!("Slow motion: each thread waits **{now}** after each recorded event.")
    };
    state.was_slowed().then(|| (Weight::Caution, text).into())
}

/// What the script made of the loss of each process that the user has killed.
fn kills(state: &State) -> impl Iterator<Item = Finding> {
    state.killed.iter().map(|(pid, name)| {
        let figures = &state.figures;
        let process = figures.processes.iter().find(|process| process.pid == *pid);
        let broken = figures.executors.iter().find(|executor| is_broken(executor));
        let what = match (process, broken) {
            (_, Some(executor)) => broke(executor),
            (Some(ProcessReport { lost: Some(task), .. }), None) => unfinished(state)
                .map_or_else(|| format!("{task} was lost with it"), |pool| lost_task(pool, task)),
            _ => "no task is known to be lost with it".to_owned(),
        };
        let name = literal(name);
        (Weight::Broken, format!("You killed **{name}** (process {pid}): {what}.")).into()
    })
}

fn is_broken(executor: &ExecutorReport) -> bool {
    let error = executor.error.as_deref().unwrap_or_default();
    executor.kind == ExecutorKind::Processes && error.contains(BROKEN)
}

fn broke(executor: &ExecutorReport) -> String {
    format!(
        "{} noticed and failed **{} of {}** tasks with {BROKEN}",
        executor.name,
        count(executor.failed),
        count(executor.tasks)
    )
}

/// A pool of processes whose chunks are not all done.
fn unfinished(state: &State) -> Option<&PoolReport> {
    let mut pools = state.figures.pools.iter();
    pools.find(|pool| pool.start_method != StartMethod::Threads && pool.chunks > pool.done)
}

/// A worker of a pool that ended in the middle of a task. Not by the signal by which a pool ends
/// its workers itself.
fn lost_with(state: &State, process: &ProcessReport) -> Option<Finding> {
    let (task, exit) = (process.lost.as_ref()?, process.exit?);
    let killed = state.killed.iter().any(|(pid, _)| *pid == process.pid);
    let ended_by_pool = exit.signal == Some(Signal::TERM.as_raw());
    let pool = unfinished(state).filter(|_| !killed && !ended_by_pool)?;
    let name = literal(&process.name);
    let text = format!("**{name}** {}: {}.", ended(exit), lost_task(pool, task));
    Some((Weight::Broken, text).into())
}

/// A pool starts another worker, and does not notice that a task is missing.
fn lost_task(pool: &PoolReport, task: &str) -> String {
    format!(
        "{} started another worker, but {task} was lost: **{} of {}** are done, and who waits for the rest waits for ever",
        pool.name,
        count(pool.done),
        plural(pool.chunks, "chunk")
    )
}

fn exit(state: &State) -> Option<Finding> {
    let outcome = state.outcome.as_ref()?;
    if outcome.stopped {
        let text = format!("{} still ran when the run had to end, and was stopped.", state.name());
        return Some((outcome.weight(), text).into());
    }
    Some((outcome.weight(), format!("{} {}.", state.name(), ended(outcome.exit))).into())
}

/// Without those that our own interrupt has ended, and those that left with an exit status.
fn raised(state: &State) -> Option<Finding> {
    let interrupted = state.outcome.as_ref().is_some_and(|outcome| outcome.stopped);
    let mut raised = state.figures.threads.iter().filter_map(|thread| {
        let error = thread.error.as_deref().filter(|_| thread.ended == Some(ThreadEnd::Raised))?;
        let ours = interrupted && error.starts_with("KeyboardInterrupt");
        (!ours).then_some((thread, error))
    });
    let (first, error) = raised.next()?;
    let error = literal(error);
    let at = first.error_at.as_deref().map_or_else(String::new, |place| format!(" at {place}"));
    let more = match raised.count() {
        0 => String::new(),
        n => format!(", and {} ended so too", plural(n as u64, "other thread")),
    };
    let text = format!("{} was ended by **{error}**{at}{more}.", literal(&first.name));
    Some((Weight::Broken, text).into())
}

fn blind(state: &State) -> Option<Finding> {
    let why = state.outcome.as_ref()?.blind()?;
    Some((Weight::Caution, format!("**Nothing was watched**: {}.", literal(why))).into())
}

fn lost(state: &State) -> Option<Finding> {
    let lost = state.figures.lost_records;
    let text = format!(
        "**{}** were lost because the script was faster than the reader: the figures of locks are too low.",
        plural(lost, "record")
    );
    (lost > 0).then(|| (Weight::Caution, text).into())
}

/// The lock that was waited for most often.
fn contended(state: &State) -> Option<Finding> {
    let locks = state.figures.locks.iter().filter(|lock| lock.kind.is_acquired());
    let locks = locks.filter(|lock| lock.contended > 0);
    let worst = locks.max_by_key(|lock| lock.contended)?;
    let text = format!(
        "{} had to be waited for in **{} of {}** acquisitions.",
        worst.name,
        count(worst.contended),
        count(worst.acquires)
    );
    Some((Weight::Fact, text).into())
}

/// An exception in a task is kept by its future: without a look at that it is not seen.
fn failed_tasks(executor: &ExecutorReport) -> Option<Finding> {
    let error = literal(executor.error.as_deref().unwrap_or("an exception"));
    let at = executor.error_at.as_deref().map_or_else(String::new, |place| format!(" at {place}"));
    let all = count(executor.tasks);
    let (weight, failed, rest) = match executor.unseen_failures {
        0 => (Weight::Caution, executor.failed, ""),
        unseen => (Weight::Broken, unseen, ", and nothing asked their futures for it"),
    };
    let text = format!(
        "**{} of {all}** tasks of {} failed, with {error}{at}{rest}.",
        count(failed),
        executor.name
    );
    (failed > 0).then(|| (weight, text).into())
}

/// A list that several threads share has failed one of them.
fn list_failures(list: &ListReport) -> Option<Finding> {
    let (failed, threads) = (list.failed?, list.threads?);
    let text = format!(
        "**{} of {}** on {}, which {} share, raised an exception.",
        count(failed),
        plural(list.operations?, "operation"),
        list.name,
        plural(threads, "thread")
    );
    (failed > 0 && threads > 1).then(|| (Weight::Caution, text).into())
}

/// An update that is no single step: the lock of a value is free between its read and its write.
/// Without all records a read of the thread's own may be what is missing.
fn lost_updates(state: &State, value: &ValueReport) -> Option<Finding> {
    let text = format!(
        "**{} of {}** to {} are lost: others wrote over them what they had made of an older value || **{0} of {1}** to {2} are lost",
        count(value.lost_updates),
        plural(value.writes, "write"),
        value.name
    );
    (value.lost_updates > 0 && state.figures.lost_records == 0)
        .then(|| (Weight::Broken, text).into())
}

/// Items that were never taken.
fn left(state: &State, queue: &QueueReport) -> Option<Finding> {
    state.outcome.as_ref()?;
    let text = format!("**{}** left in {}.", plural(queue.left, "item"), queue.name);
    (queue.left > 0).then(|| (Weight::Fact, text).into())
}

/// The queue that was waited for most often, and the side that waited.
fn queue_waits(state: &State) -> Option<Finding> {
    let queues = state.figures.queues.iter();
    let (queue, waits) = queues
        .map(|queue| (queue, queue.put_waits.max(queue.get_waits)))
        .filter(|(_, waits)| *waits > 0)
        .max_by_key(|(_, waits)| *waits)?;
    // A wait may end without what it was for, so this is no part of the puts or gets.
    let (what, done) = if waits == queue.put_waits {
        ("room", plural(queue.puts, "put"))
    } else {
        ("an item", plural(queue.gets, "get"))
    };
    let text = format!("{}: **{}** for {what}, with {done}.", queue.name, plural(waits, "wait"));
    Some((Weight::Fact, text).into())
}

/// Whether a pool was worth its start.
fn pool_parts(pool: &PoolReport) -> Option<Finding> {
    let (start, compute) = (pool.parts_ms.start?, pool.parts_ms.compute?);
    let time = |ms: f64| nanos(ms * 1e6);
    let text = format!(
        "{}: **{}** to start {} by {}, {} until the last chunk was done.",
        pool.name,
        time(start),
        plural(pool.size.into(), "worker"),
        pool.start_method.word(),
        time(compute)
    );
    Some((Weight::Fact, text).into())
}
