//! The result of a run: the JSON for other programs, and the last lines of the text.
//!
//! Both say the same from the same figures, the text in one sentence for each thing. What was not
//! watched stands in both, because a result that leaves it out would be taken for complete.

use serde_json::{Value, json};

use super::experiment::level::Level;
use super::facts::{
    CellReport, ExecutorReport, ListReport, LockKind, LockReport, PoolReport, ProcessReport,
    QueueReport, ThreadReport, Times, ValueReport,
};
use super::state::State;
use super::story::ended;
use crate::scene::units::{count, in_ms, nanos, plural};

/// Locks and threads that the text lists; the JSON has all.
const LISTED: usize = 20;

/// The names of the fields are part of the command line's contract.
pub fn result(state: &State) -> Value {
    let outcome = state.outcome.as_ref();
    let figures = &state.figures;
    json!({
        "script": state.script,
        "args": state.args,
        "interpreter": state.interpreter,
        "level": state.level().id(),
        "paused_ms": in_ms(state.paused_for),
        "delay_ms": in_ms(state.longest_delay),
        "killed": state.killed.iter().map(|(pid, _)| pid).collect::<Vec<_>>(),
        "exit": outcome.map(|outcome| outcome.exit),
        "threads": figures.threads,
        "processes": figures.processes,
        "locks": figures.locks,
        "lists": figures.lists,
        "values": figures.values,
        "queues": figures.queues,
        "executors": figures.executors,
        "pools": figures.pools,
        "deadlock": outcome.and_then(|outcome| outcome.deadlock.as_ref()),
        "records": figures.records,
        "lost_records": figures.lost_records,
        "not_watched": outcome.map_or(&[][..], |outcome| &outcome.not_watched),
        "stdout": state.stdout.text,
        // One stream, in a terminal: what of it is stderr is not known.
        "stderr": (!state.has_terminal()).then_some(&state.stderr.text),
        "stdout_cut": state.stdout.cut,
        "stderr_cut": state.stderr.cut,
        "terminal": state.has_terminal(),
    })
}

/// The last lines of the text: threads, locks, what was not watched, and how it ended.
pub fn outcome(state: &State) -> Vec<String> {
    let Some(outcome) = &state.outcome else {
        return Vec::new();
    };
    let figures = &state.figures;
    let mut lines = listed(&figures.threads, ["thread", "threads"], thread);
    lines.extend(listed(&figures.locks, ["lock", "locks"], lock));
    lines.extend(listed(&figures.queues, ["queue", "queues"], queue));
    lines.extend(listed(&figures.lists, ["list", "lists"], list));
    lines.extend(listed(&figures.values, ["value", "values"], value));
    lines.extend(listed(&figures.executors, ["executor", "executors"], executor));
    lines.extend(listed(&figures.processes, ["process", "processes"], process));
    lines.extend(listed(&figures.pools, ["pool", "pools"], pool));
    let not: Vec<_> = outcome.not_watched.iter().map(AsRef::as_ref).collect();
    lines.push(format!("Not watched: {}.", not.join("; ")));
    let level = state.level();
    let what = match level {
        Level::Altered => "a lock was taken away",
        Level::Paced => "paced by hand",
        _ if outcome.blind().is_some() => "nothing was watched",
        _ => "watched passively",
    };
    lines.push(format!(
        "Level {}, {what}: {}, {} lost.",
        level.id(),
        plural(figures.records, "record"),
        figures.lost_records
    ));
    lines.push(format!("Audit: {} {}", state.name(), ended(outcome.exit)));
    lines
}

/// A line for each of the first, and how many more there are.
fn listed<T>(all: &[T], [one, several]: [&str; 2], text: fn(&T) -> String) -> Vec<String> {
    let more = match all.len().saturating_sub(LISTED) {
        0 => None,
        1 => Some(format!("... and 1 more {one}")),
        more => Some(format!("... and {} more {several}", count(more as u64))),
    };
    all.iter().take(LISTED).map(text).chain(more).collect()
}

fn thread(thread: &ThreadReport) -> String {
    let ended = thread.ended.map_or("runs", super::facts::ThreadEnd::word);
    let error = thread.error.as_ref().map_or_else(String::new, |error| format!(" {error}"));
    let at = thread.error_at.as_ref().map_or_else(String::new, |place| format!(" at {place}"));
    let daemon = if thread.daemon { ", daemon" } else { "" };
    let states = thread.states.map_or_else(String::new, |states| states.text());
    let (name, role) = (&thread.name, thread.role.word());
    format!("Thread {name} ({role}{daemon}): {ended}{error}{at}{states}")
}

fn times(what: &str, times: Option<Times>) -> String {
    let ns = |us: f64| nanos(us * 1e3);
    times.map_or_else(String::new, |times| {
        let p99 = times.p99.map_or_else(String::new, |p99| format!(", p99 {}", ns(p99)));
        format!("; {what} p50 {}{p99}, max {}", ns(times.p50), ns(times.max))
    })
}

fn queue(queue: &QueueReport) -> String {
    let dropped = match queue.dropped {
        0 => String::new(),
        dropped => format!("{dropped} not pickled, "),
    };
    let most = queue.maxsize.map_or_else(String::new, |size| format!(" of {size}"));
    format!(
        "{} {} ({}): {} put, {} taken, {dropped}{} left, at most {}{most} in it{}{}",
        queue.kind.word(),
        queue.name,
        queue.place,
        queue.puts,
        queue.gets,
        queue.left,
        queue.longest,
        times("waits for room", queue.put_wait_us),
        times("waits for an item", queue.get_wait_us),
    )
}

fn list(list: &ListReport) -> String {
    let ListReport { name, found, left, .. } = list;
    if let Some(look) = &list.looked_at {
        let times = plural(look.changes, "time");
        return format!(
            "list {name}: {found} found, {left} left, length changed between looks {times}; \
             operations are not counted"
        );
    }
    let figure = Option::unwrap_or_default;
    format!(
        "list {name}: {} by {}: {} appended, {} removed, {} failed, {left} left",
        plural(figure(list.operations), "operation"),
        plural(figure(list.threads), "thread"),
        figure(list.appended),
        figure(list.removed),
        figure(list.failed),
    )
}

fn value(value: &ValueReport) -> String {
    // Of an array it would be one number of many.
    let last = match value.cells.as_slice() {
        [CellReport { value: Some(number), .. }] => format!("; it is {number}"),
        _ => String::new(),
    };
    format!(
        "{} {} ({}): {}, {} by {}, {}{last}",
        value.kind.word(),
        value.name,
        value.place,
        plural(value.reads, "read"),
        plural(value.writes, "write"),
        plural(value.threads, "thread"),
        plural(value.lost_updates, "lost update"),
    )
}

fn process(process: &ProcessReport) -> String {
    let end = process.exit.map_or_else(|| "no end was seen".to_owned(), ended);
    let (name, method) = (&process.name, process.start_method.word());
    format!("process {name} ({}, {method}): {end}", process.pid)
}

fn pool(pool: &PoolReport) -> String {
    let part = |name: &str, ms: Option<f64>| {
        ms.map_or_else(String::new, |ms| format!(", {name} {}", nanos(ms * 1e6)))
    };
    let parts = &pool.parts_ms;
    // Not known of one that could not be made.
    let by = match pool.start_method.word() {
        "" => String::new(),
        method => format!(" by {method}"),
    };
    format!(
        "Pool {} ({}): {}{by}, {} in {}, {} failed{}{}{}{}{}",
        pool.name,
        pool.place,
        plural(pool.size.into(), "worker"),
        plural(pool.tasks, "task"),
        plural(pool.chunks, "chunk"),
        pool.failed,
        part("start", parts.start),
        part("pickle", parts.pickle),
        part("compute", parts.compute),
        part("return", parts.give_back),
        part("shutdown", parts.shutdown),
    )
}

fn executor(executor: &ExecutorReport) -> String {
    format!(
        "{} {} ({}): {}, {}: {} finished, {} failed, {} cancelled{}{}",
        executor.kind.word(),
        executor.name,
        executor.place,
        plural(executor.workers.into(), "worker"),
        plural(executor.tasks, "task"),
        executor.finished,
        executor.failed,
        executor.cancelled,
        times("queued", executor.queued_us),
        times("ran", executor.ran_us),
    )
}

fn lock(lock: &LockReport) -> String {
    // What is not acquired is called, or waited for.
    let other = match lock.kind {
        LockKind::Proxy => Some(["called", "answers"]),
        kind if !kind.is_acquired() => Some(["waited for", "waits"]),
        _ => None,
    };
    if let Some([done, took]) = other {
        return format!(
            "{} {} ({}): {done} {}{}",
            lock.kind.word(),
            lock.name,
            lock.place,
            plural(lock.acquires, "time"),
            times(took, lock.wait_us),
        );
    }
    let passed = match lock.passed {
        0 => String::new(),
        passed => format!(", passed {} without it", plural(passed, "time")),
    };
    format!(
        "{} {} ({}): acquired {}, {} contended{passed}{}{}",
        lock.kind.word(),
        lock.name,
        lock.place,
        plural(lock.acquires, "time"),
        lock.contended,
        times("waits", lock.wait_us),
        times("holds", lock.hold_us),
    )
}
