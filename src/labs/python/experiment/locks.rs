//! The script's locks: who holds and waits, how often and how long.
//!
//! ```text
//!             wait                    acquired             released
//!   free ──────────────► waited for ───────────► held ──────────────► free
//!     └────────────────────── acquired ───────────▲
//!                     end_wait: it gave up, or had a time limit
//! ```
//!
//! A condition, an event, a semaphore or a barrier is in the same table. A wait at one of those is
//! kept apart from waits for locks: a condition's lock is released when the wait begins, and
//! wanted again before it ends, so a thread can be in both at once.
//!
//! Times come from the records, taken inside the interpreter, and not from when they are read.

use std::collections::HashMap;

use super::super::facts::{LockKind, LockReport};
use super::lines::lines;
use super::times::Timing;
use crate::kit::cycle;
use crate::kit::event::ResourceId;
use crate::printable::Printable;

/// Locks whose times are kept; of those beyond it only the counts are.
const TIMED: usize = 256;

/// One lock of the script.
#[derive(Debug, Default)]
pub struct Lock {
    number: u64,
    pub resource: ResourceId,
    pub name: Printable,
    kind: LockKind,
    place: Printable,
    acquires: u64,
    contended: u64,
    /// Whether it was ever taken away, and how often it was passed then.
    taken_away: bool,
    passed: u64,
    /// The thread that holds it, and since when.
    pub holder: Option<(u64, u64)>,
    times: Option<Box<LockTimes>>,
}

/// In ns. An acquisition without a wait counts as a wait of 0: the quantiles are those of all
/// acquisitions.
#[derive(Debug, Default)]
struct LockTimes {
    wait: Timing,
    hold: Timing,
}

/// All locks by the numbers of their definitions, and the waits for them.
#[derive(Debug, Default)]
pub struct Locks {
    all: HashMap<u64, Lock>,
    /// In the order in which they were made.
    order: Vec<u64>,
    /// For which lock each thread waits and since when; `true` if for ever.
    waits: HashMap<u64, (u64, u64, bool)>,
    /// At which condition, event or barrier each thread waits and since when. Apart from the waits
    /// for locks: the lock of a condition is released and acquired within such a wait.
    tool_waits: HashMap<u64, (u64, u64)>,
}

impl Locks {
    pub fn define(
        &mut self,
        number: u64,
        resource: ResourceId,
        kind: LockKind,
        name: Printable,
        place: Printable,
    ) {
        let times = (self.order.len() < TIMED).then(Box::default);
        let lock = Lock { number, resource, name, kind, place, times, ..Lock::default() };
        if self.all.insert(number, lock).is_none() {
            self.order.push(number);
        }
    }

    /// A lock that is a copy of another, which knows nothing of what happens to that.
    pub fn copy(&mut self, of: u64, number: u64, resource: ResourceId, name: Printable) {
        if let Some((kind, place)) = self.all.get(&of).map(|lock| (lock.kind, lock.place.clone())) {
            self.define(number, resource, kind, name, place);
        }
    }

    /// Whether it is one that processes share.
    pub fn is_shared(&self, number: u64) -> bool {
        self.get(number).is_some_and(|lock| lock.kind.is_shared())
    }

    pub fn get(&self, number: u64) -> Option<&Lock> {
        self.all.get(&number)
    }

    pub fn wait(&mut self, thread: u64, number: u64, at: u64, timed: bool) {
        self.waits.insert(thread, (number, at, !timed));
    }

    pub fn end_wait(&mut self, thread: u64) {
        self.waits.remove(&thread);
    }

    pub fn acquired(&mut self, thread: u64, number: u64, at: u64, depth: u32) {
        let wait = self.waits.remove(&thread).filter(|(lock, ..)| *lock == number);
        let Some(lock) = self.all.get_mut(&number) else {
            return;
        };
        lock.acquires += 1;
        lock.contended += u64::from(wait.is_some());
        let waited = wait.map_or(0, |(_, since, _)| at.saturating_sub(since));
        if let Some(times) = &mut lock.times {
            times.wait.record(waited);
        }
        if lock.kind.is_exclusive() && (depth <= 1 || lock.holder.is_none()) {
            lock.holder = Some((thread, at));
        }
    }

    pub fn wait_at_tool(&mut self, thread: u64, number: u64, at: u64) {
        self.tool_waits.insert(thread, (number, at));
    }

    /// The condition, event or barrier that a thread waits at.
    pub fn tool_of(&self, thread: u64) -> Option<u64> {
        self.tool_waits.get(&thread).map(|(number, _)| *number)
    }

    pub fn end_tool_wait(&mut self, thread: u64, at: u64) {
        let Some((number, since)) = self.tool_waits.remove(&thread) else {
            return;
        };
        if let Some(lock) = self.all.get_mut(&number) {
            lock.acquires += 1;
            // A manager's object is not contended for: it answers each call.
            lock.contended += u64::from(lock.kind != LockKind::Proxy);
            if let Some(times) = &mut lock.times {
                times.wait.record(at.saturating_sub(since));
            }
        }
    }

    /// Notes that a lock was taken away; its name, if it is one that can be.
    pub fn taken_away(&mut self, number: u64) -> Option<Printable> {
        let lock = self.all.get_mut(&number).filter(|lock| lock.kind.can_be_taken_away())?;
        lock.taken_away = true;
        Some(lock.name.clone())
    }

    /// A thread went on without the lock.
    pub fn passed(&mut self, number: u64) {
        if let Some(lock) = self.all.get_mut(&number) {
            lock.passed += 1;
        }
    }

    /// By whichever thread: a Lock may be released by another than its holder. A release from
    /// before the present holder acquired it is one that was read late, of the holder before.
    pub fn released(&mut self, number: u64, at: u64, depth: u32) {
        let Some(lock) = self.all.get_mut(&number).filter(|_| depth == 0) else {
            return;
        };
        if let Some((_, since)) = lock.holder.take_if(|(_, since)| *since <= at)
            && let Some(times) = &mut lock.times
        {
            times.hold.record(at.saturating_sub(since));
        }
    }

    /// Threads that wait for each other in a cycle, each with the lock that it wants. Only of
    /// waits without a time limit: those cannot end by themselves.
    pub fn cycle(&self) -> Option<Vec<(u64, u64)>> {
        let next = |thread: u64| {
            let (lock, _, for_ever) = *self.waits.get(&thread)?;
            let (holder, _) = self.all.get(&lock)?.holder?;
            for_ever.then_some(holder)
        };
        let mut waiting: Vec<_> = self.waits.keys().copied().collect();
        waiting.sort_unstable();
        let cycle = cycle::find(waiting, next)?.into_iter();
        cycle.map(|thread| Some((thread, self.waits.get(&thread)?.0))).collect()
    }

    /// The figures of the first `most` locks, in the order in which they were made, with who holds
    /// each and who waits for it at this moment.
    pub fn reports(&self, most: usize, name_of: impl Fn(u64) -> Printable) -> Vec<LockReport> {
        let waits = self.waits.iter().map(|(thread, (lock, since, _))| (*since, *thread, *lock));
        // One that has been notified waits for the lock again, and is in one line only.
        let at_tools =
            self.tool_waits.iter().filter(|(thread, _)| !self.waits.contains_key(thread));
        let at_tools = at_tools.map(|(thread, (tool, since))| (*since, *thread, *tool));
        let mut waiting = lines(waits.chain(at_tools), &name_of);
        let locks = self.order.iter().take(most);
        let locks = locks.filter_map(|number| Some((number, self.all.get(number)?)));
        let mut report = |(number, lock): (&u64, &Lock)| LockReport {
            holder: lock.holder.map(|(thread, _)| name_of(thread)),
            waiting: waiting.remove(number).unwrap_or_default(),
            ..lock.report()
        };
        locks.map(&mut report).collect()
    }
}

impl Lock {
    fn report(&self) -> LockReport {
        let times = self.times.as_deref();
        LockReport {
            number: self.number,
            name: self.name.clone(),
            kind: self.kind,
            place: self.place.clone(),
            acquires: self.acquires,
            contended: self.contended,
            wait_us: times.and_then(|times| times.wait.report()),
            hold_us: times.and_then(|times| times.hold.report()),
            holder: None,
            waiting: Vec::new(),
            taken_away: self.taken_away,
            passed: self.passed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locks(count: u64) -> Locks {
        let mut locks = Locks::default();
        for n in 1..=count {
            let name = Printable::from(format!("lock-{n}"));
            locks.define(n, ResourceId(0), LockKind::Lock, name, "x.py:1".into());
        }
        locks
    }

    #[test]
    fn acquisitions_waits_and_holds_are_counted_exactly() {
        let mut locks = locks(1);
        locks.acquired(1, 1, 1_000, 1);
        locks.wait(2, 1, 2_000, false);
        locks.released(1, 5_000, 0);
        locks.acquired(2, 1, 6_000, 1);
        locks.acquired(2, 1, 7_000, 2);
        locks.released(1, 8_000, 1);
        locks.released(1, 9_000, 0);
        let name_of = |thread| format!("t{thread}").into();
        let report = &locks.reports(9, name_of)[0];
        assert_eq!((report.acquires, report.contended), (3, 1));
        assert_eq!((&report.holder, report.waiting.len()), (&None, 0));
        let (wait, hold) = (report.wait_us.unwrap(), report.hold_us.unwrap());
        assert_eq!((wait.samples, wait.p50), (3, 0.0));
        assert!((wait.max - 4.0).abs() < 0.05, "{wait:?}");
        assert_eq!(hold.samples, 2);
        assert!((hold.max - 4.0).abs() < 0.05 && (hold.p50 - 3.0).abs() < 0.05, "{hold:?}");
        locks.acquired(3, 1, 10_000, 1);
        for (thread, at) in [(5, 30_000), (4, 20_000), (6, 40_000)] {
            locks.wait(thread, 1, at, false);
        }
        locks.end_wait(6);
        let report = &locks.reports(9, name_of)[0];
        assert_eq!(report.holder, Some("t3".into()));
        let waiting: Vec<_> = report.waiting.iter().map(AsRef::as_ref).collect();
        assert_eq!(waiting, ["t4", "t5"]);
    }

    #[test]
    fn a_wait_for_a_condition_lasts_while_its_lock_is_released_and_acquired() {
        let mut locks = locks(1);
        locks.define(2, ResourceId(0), LockKind::Condition, "ready".into(), "x.py:2".into());
        let waiting = |locks: &Locks| {
            let reports = locks.reports(9, |thread| format!("t{thread}").into());
            let lines = reports.iter().map(|report| report.waiting.concat());
            lines.collect::<Vec<_>>()
        };
        locks.acquired(7, 1, 1_000, 1);
        locks.wait_at_tool(7, 2, 2_000);
        locks.released(1, 2_000, 0);
        assert_eq!(waiting(&locks), ["", "t7"]);
        locks.wait(7, 1, 5_000, false);
        assert_eq!(waiting(&locks), ["t7", ""]);
        locks.acquired(7, 1, 6_000, 1);
        locks.end_tool_wait(7, 6_000);
        assert_eq!(waiting(&locks), ["", ""]);
        let condition = &locks.reports(9, |_| Printable::default())[1];
        assert_eq!((condition.acquires, condition.contended), (1, 1));
        let max = condition.wait_us.unwrap().max;
        assert!((max - 4.0).abs() < 0.05, "{condition:?}");
    }

    #[test]
    fn only_waits_without_an_end_make_a_circle() {
        let mut locks = locks(3);
        for thread in 1..=3 {
            locks.acquired(thread, thread, 10, 1);
        }
        // 4 waits for one of the cycle, and is not in it.
        for (thread, lock) in [(4, 1), (1, 2), (2, 3)] {
            locks.wait(thread, lock, 20, false);
        }
        assert_eq!(locks.cycle(), None);
        locks.wait(3, 1, 30, true);
        assert_eq!(locks.cycle(), None);
        locks.wait(3, 1, 30, false);
        assert_eq!(locks.cycle(), Some(vec![(1, 2), (2, 3), (3, 1)]));
        locks.end_wait(2);
        assert_eq!(locks.cycle(), None);
        // By itself.
        locks.wait(2, 2, 40, false);
        assert_eq!(locks.cycle(), Some(vec![(2, 2)]));
    }
}
