//! What the user's acts mean for what is known of the script, and which cycle of waits it is in.

use std::time::Duration;

use super::super::facts::{DeadlockStep, Fact};
use super::watcher::Watcher;
use crate::kit::event::LaneEvent;

impl Watcher<'_> {
    /// Threads that wait for each other in a cycle.
    pub fn deadlock(&self) -> Option<Vec<DeadlockStep>> {
        let cycle = self.locks.cycle()?;
        let holders = cycle.iter().cycle().skip(1);
        let step = |((thread, lock), (holder, _)): (&(u64, u64), &(u64, u64))| {
            Some(DeadlockStep {
                thread: self.threads.name(*thread),
                wants: self.locks.get(*lock)?.name.clone(),
                held_by: self.threads.name(*holder),
            })
        };
        cycle.iter().zip(holders).map(step).collect()
    }

    /// Reports that a lock is taken away or given back.
    pub fn lock_taken(&mut self, lock: u64, taken_away: bool) {
        if let Some(name) = self.locks.taken_away(lock) {
            self.lane.reliable_fact(Fact::LockTaken { lock, name, taken_away });
        }
    }

    /// The script stands still from now on, but for these processes.
    pub fn pause(&mut self, running: &[u32]) {
        let at = self.lane.recorder().clock().now();
        self.pauses.begin(at);
        let running: Vec<_> =
            running.iter().filter(|pid| self.processes.is_child(**pid)).copied().collect();
        self.lane.reliable_fact(Fact::Paused { running: running.len() as u64 });
        let scopes: Vec<_> = running.iter().filter_map(|pid| self.processes.scope(*pid)).collect();
        for lane in self.threads.running(|scope| !scopes.contains(&scope)) {
            self.reliable(at, lane, LaneEvent::Paused);
        }
    }

    /// The script goes on, if it was paused.
    pub fn resume(&mut self) {
        let at = self.lane.recorder().clock().now();
        let Some(ns) = self.pauses.end(at) else {
            return;
        };
        for lane in self.threads.running(|_| true) {
            self.reliable(at, lane, LaneEvent::Resumed);
        }
        self.sampling.forget_last();
        self.lane.reliable_fact(Fact::Resumed { paused: Duration::from_nanos(ns) });
    }

    /// A moment of the run on the clock by which the script's waits and holds are measured.
    pub fn own_time(&self, at: u64) -> u64 {
        self.pauses.own_time(at)
    }
}
