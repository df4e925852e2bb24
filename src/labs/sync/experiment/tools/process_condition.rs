//! The condition between processes: a producer and consumers share a bounded buffer
//! under one lock, with a condition for each kind of waiter.
//!
//! Misuses: `if` in the place of `while`, with all woken for one item; a notification
//! before any thread waits, and a wait that does not look first.
//!
//! ```text
//! producer  lock ── full? wait on not_full ── put ── notify not_empty(1) ── unlock
//! consumer  lock ── empty? wait on not_empty ── take ── notify not_full(1) ── unlock
//! if        all consumers wait ── one item ── notify all ── one finds it, the others find nothing
//! early     put, notify all, no one waits ── consumers wait without looking ── until their limit
//! ```

use std::io;

use super::super::process_context::{ProcessContext, refused};
use super::super::process_run::ProcessRun;
use super::super::process_tool::ProcessTool;
use super::super::tool::{Cost, Figure, Misuse, Outcome, RunContext, Snapshot, Tool, ToolKind};
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::Limit;
use crate::kit::shared::{Array, Condition, Event, Lock, Value, Woken, laid_out};
use crate::programs::listing::Source;

const IF: &str = "if";
const EARLY: &str = "early";

/// Slots of the buffer: few, so that the producer waits for room.
const ROOM: usize = 3;
/// Rounds of each sample of the cost. A number and not a time, as both must come equally often.
const ROUNDS: u64 = 200;

pub const CONDITION: Tool = Tool {
    id: "process-condition",
    title: "Process condition",
    python: "multiprocessing.Condition",
    purpose: "wait for a change",
    kind: ToolKind::Processes(run),
    sees: "A producer process waits for room in a buffer, consumers for an item.",
    code: Source {
        rust: "",
        python: include_str!("../../../../../assets/code/process_condition.py"),
    },
    misuses: &[
        Misuse::new(
            IF,
            "looks once with `if` before it takes, not with `while`",
            "All are woken for one item and do not look again: only one finds it.",
        ),
        Misuse::new(
            EARLY,
            "waits without looking, after the notification",
            "Consumers wait, without looking, after the notification: none is woken.",
        ),
    ],
    cost,
};

laid_out! {
    /// What producer and consumers share: a ring, the lock around it, and a condition for each
    /// reason to wait.
    pub struct ConditionData {
        lock: Lock,
        not_empty: Condition,
        not_full: Condition,
        slots: Array[ROOM],
        /// Items put so far, and taken so far: the next of each is in the slot of that number,
        /// round and round.
        put: Value,
        taken: Value,
        /// Takings that found an item, the sum of what they found.
        found: Value,
        sum: Value,
        /// For the forced order: the notification is over.
        over: Event,
    }
}

impl ConditionData {
    fn len(&self) -> i64 {
        self.put.get() - self.taken.get()
    }

    fn slot(number: i64) -> usize {
        usize::try_from(number).unwrap_or(0) % ROOM
    }

    /// Puts the next item: its number, from 1. The caller holds the lock.
    fn put(&self) {
        let number = self.put.get();
        self.slots.set(Self::slot(number), number + 1);
        self.put.set(number + 1);
    }

    /// Takes whatever stands in the next slot, be it nothing: whether that was right shows in
    /// the sum. The caller holds the lock.
    fn take(&self) {
        let number = self.taken.get();
        let item = self.slots.get(Self::slot(number));
        self.slots.set(Self::slot(number), 0);
        self.taken.set(number + 1);
        if item != 0 {
            self.found.add_unlocked(1, || ());
            self.sum.add_unlocked(item, || ());
        }
    }
}

impl ProcessTool for ConditionData {
    const TOOL: &'static Tool = &CONDITION;
    const KIND: ResourceKind = ResourceKind::Condition;

    /// The last process, beyond the workers, is the producer; all others consume.
    fn run(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        let producer = process.args.index == process.args.workers;
        match (producer, process.args.misuse.as_deref()) {
            (true, Some(IF)) => wake_all_for_one(process, self),
            (false, Some(IF)) => take_after_if(process, self),
            (true, Some(_)) => notify_early(process, self),
            (false, Some(_)) => wait_late(process, self),
            (true, None) => produce(process, self),
            (false, None) => consume(process, self),
        }
    }

    /// Two processes hand a turn to and fro, each waiting for the other: one operation is one
    /// hand-over.
    fn time(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        let (own, other) = match process.args.index {
            0 => (0, 1),
            _ => (1, 0),
        };
        process.time_rounds(ROUNDS, || {
            locked(self, || {
                let theirs = || self.put.get() != own;
                let wait = self.not_empty.wait_while(&self.lock, &Limit::FOREVER, theirs);
                wait.map_err(refused)?;
                self.put.set(other);
                self.not_empty.notify(&self.lock, 1).map_err(refused)
            })
        })
    }
}

fn produce(process: &ProcessContext, shared: &ConditionData) -> Result<(), WorkerFnError> {
    let items = process.args.ops * process.args.workers as u64;
    for _ in 0..items {
        process.pause();
        locked(shared, || {
            let full = || usize::try_from(shared.len()).is_ok_and(|len| len == ROOM);
            let wait = || shared.not_full.wait_while(&shared.lock, &Limit::FOREVER, full);
            process.take(wait)?;
            shared.put();
            shared.not_empty.notify(&shared.lock, 1).map_err(refused)
        })?;
    }
    Ok(())
}

fn consume(process: &ProcessContext, shared: &ConditionData) -> Result<(), WorkerFnError> {
    for _ in 0..process.args.ops {
        process.pause();
        locked(shared, || {
            let empty = || shared.len() == 0;
            let wait = || shared.not_empty.wait_while(&shared.lock, &Limit::FOREVER, empty);
            process.take(wait)?;
            shared.take();
            shared.not_full.notify(&shared.lock, 1).map_err(refused)
        })?;
    }
    Ok(())
}

/// The forced order of a misuse: once all consumers wait, puts one item and wakes them all, so
/// that only one can find it.
fn wake_all_for_one(process: &ProcessContext, shared: &ConditionData) -> Result<(), WorkerFnError> {
    loop {
        let all = locked(shared, || {
            if (shared.not_empty.waiters() as usize) < process.args.workers {
                return Ok(false);
            }
            shared.put();
            shared.not_empty.notify_all(&shared.lock).map_err(refused)?;
            Ok(true)
        })?;
        if all {
            return Ok(());
        }
        process.pause_or_yield();
    }
}

fn take_after_if(process: &ProcessContext, shared: &ConditionData) -> Result<(), WorkerFnError> {
    locked(shared, || {
        if shared.len() == 0 {
            process.take(|| shared.not_empty.wait(&shared.lock, &Limit::FOREVER))?;
        }
        shared.take();
        Ok(())
    })
}

/// The forced order of the other misuse: puts items and notifies before any consumer waits; the
/// consumers come only after that.
fn notify_early(process: &ProcessContext, shared: &ConditionData) -> Result<(), WorkerFnError> {
    locked(shared, || {
        (0..process.args.workers.min(ROOM)).for_each(|_| shared.put());
        shared.not_empty.notify_all(&shared.lock).map_err(refused)
    })?;
    shared.over.set();
    Ok(())
}

fn wait_late(process: &ProcessContext, shared: &ConditionData) -> Result<(), WorkerFnError> {
    shared.over.wait(&Limit::FOREVER).map_err(refused)?;
    locked(shared, || {
        let limit = process.misuse_limit();
        // The time that is up is no refusal of the condition, but the wait was in vain.
        let wait = || match shared.not_empty.wait(&shared.lock, &limit) {
            Ok(Woken::TimedOut) => Err(None),
            Ok(_) => Ok(()),
            Err(error) => Err(Some(error)),
        };
        match process.attempt(wait) {
            Ok(()) => shared.take(),
            Err(None) => process.add_message(format!("{} was never woken", process.args.name)),
            Err(Some(error)) => return Err(refused(error)),
        }
        Ok(())
    })
}

/// Runs `body` with the lock held, and gives its result or the lock's refusal.
fn locked<T>(
    shared: &ConditionData,
    body: impl FnOnce() -> Result<T, WorkerFnError>,
) -> Result<T, WorkerFnError> {
    let done = shared.lock.with(&Limit::FOREVER, body);
    done.map_err(refused)?
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let (mut run, shared): (_, ConditionData) = context.process_run(misuse)?;
    run.start_all("consumer", context.workers)?;
    run.start("producer")?;
    let results = run.finish(|run| snapshot(run, &shared))?;
    let takings = context.workers as u64 * if misuse.is_some() { 1 } else { context.ops };
    let (found, sum) = (shared.found.get(), shared.sum.get());
    let items = i64::try_from(takings).unwrap_or(i64::MAX);
    let summary = |found: i64, vain: i64, twice: bool| {
        let twice = if twice { ", some twice" } else { "" };
        format!("{found} taken, {vain} in vain{twice}")
    };
    let vain = shared.taken.get() - found;
    let twice = misuse.is_none() && sum != items * (items + 1) / 2;
    let asleep = results.messages().count();
    let mut outcome =
        results.outcome(takings, summary(items, 0, false), summary(found, vain, twice));
    let why = misuse.map(|misuse| match misuse.name {
        IF => format!(
            "all were woken for one item and did not look again: {vain} of {takings} took from an \
             empty buffer"
        ),
        _ => format!(
            "{asleep} consumers waited for a notification that had come before them; given up \
             at the limit of a wait, with items in the buffer"
        ),
    });
    outcome.finding = why.filter(|_| !outcome.as_expected());
    Ok(outcome)
}

fn snapshot(run: &ProcessRun<'_>, shared: &ConditionData) -> Snapshot {
    let (next_in, next_out) =
        (ConditionData::slot(shared.put.get()), ConditionData::slot(shared.taken.get()));
    let mut snapshot = Snapshot::default()
        .figure("lock", Figure::Holder(run.name(shared.lock.holder())))
        .value("wait for an item", shared.not_empty.waiters())
        .value("wait for room", shared.not_full.waiters())
        .waiting(run.waiting());
    let slots = shared.slots.to_vec().into_iter().enumerate();
    snapshot.slots = slots
        .map(|(at, item)| {
            let label = match (at == next_in, at == next_out) {
                (true, true) => "in, out",
                (true, false) => "next in",
                (false, true) => "next out",
                (false, false) => "",
            };
            let item = if item == 0 { String::new() } else { item.to_string() };
            (item, label.to_owned())
        })
        .collect();
    snapshot
}

/// Only the cost of two: a hand-over takes both.
fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    Ok(vec![context.process_cost(|_: &ConditionData| (), 2)?])
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::kit::recorder::recorder;
    use crate::kit::stop::Stop;
    use crate::labs::sync::tests::context;

    #[test]
    fn who_waits_is_counted_at_the_condition_that_is_waited_for() {
        let (recorder, _intake) = recorder();
        let lane = recorder.lane("main");
        let context = context(&recorder, &lane, false);
        let (run, shared): (_, ConditionData) = context.process_run(None).unwrap();
        let stop = Stop::new();
        std::thread::scope(|scope| {
            for condition in [&shared.not_empty, &shared.not_empty, &shared.not_full] {
                let (lock, limit) = (&shared.lock, Limit::until(&stop));
                scope.spawn(move || lock.with(&limit, || condition.wait(lock, &limit).is_ok()));
            }
            let began = Instant::now();
            let all = || (shared.not_empty.waiters(), shared.not_full.waiters());
            while all() != (2, 1) && began.elapsed() < Duration::from_secs(30) {
                std::thread::yield_now();
            }
            let figures = snapshot(&run, &shared).figures;
            stop.request();
            let waiting = Snapshot::default().value("wait for an item", 2);
            assert_eq!(figures[1..], waiting.value("wait for room", 1).figures);
        });
    }
}
