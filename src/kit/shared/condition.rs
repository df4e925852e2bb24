//! A condition variable between processes, tied to a [`Lock`].
//!
//! All but the sleep happens under the lock. A waiter takes a ticket; a notification
//! leaves that number of signals for the waiters there are by then, and a waiter that finds a signal
//! after its sleep takes it along. So one who comes later cannot take it away, and one
//! whose slice of sleep is over finds nothing and sleeps on.

use std::sync::atomic::Ordering::SeqCst;

use super::lock::{Acquired, Lock, NotOwner};
use super::region::{Cells, Layout};
use super::wait::{wait_slice, wake};
use super::waiters::{PLACES, Waiters};
use crate::kit::limit::{Limit, Timeout};

/// Changes with each notification, for the sleepers to wake.
const SEQUENCE: usize = 0;
/// Tickets given out so far.
const TICKETS: usize = 1;
/// Signals that no waiter has taken yet.
const SIGNALS: usize = 2;
/// The first ticket that none of them is for.
const HORIZON: usize = 3;
/// The ticket of the waiter at each place.
const TICKET_AT: usize = 4;
const CELLS: usize = TICKET_AT + PLACES;

/// How a wait ended; the lock is held again either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Notified, or woken without a reason: look at the predicate again.
    Notified,
    /// A process that held the lock died, and may have owed a notification: look again, and
    /// see to what the lock guards.
    OwnerDied {
        /// The kernel's id of the thread that died.
        tid: u32,
    },
    TimedOut,
    Stopped,
}

/// Waiting for something to become true under a lock.
#[derive(Clone, Debug)]
pub struct Condition {
    cells: Cells,
    waiters: Waiters,
}

impl Condition {
    /// Cells that one takes.
    pub const CELLS: usize = CELLS + Waiters::CELLS;

    pub fn new(layout: &mut Layout) -> Self {
        Self { cells: layout.cells(CELLS), waiters: Waiters::new(layout) }
    }

    /// Gives `lock` back, sleeps until notified, and takes it again.
    ///
    /// # Errors
    /// If the caller does not hold `lock`.
    pub fn wait(&self, lock: &Lock, limit: &Limit) -> Result<Woken, NotOwner> {
        if !lock.is_mine() {
            return Err(NotOwner);
        }
        let ticket = self.cells.word(TICKETS).fetch_add(1, SeqCst);
        let waiting = self.waiters.enter();
        if let Some(place) = waiting.place() {
            self.cells.word(TICKET_AT + place).store(ticket, SeqCst);
        }
        let woken = loop {
            lock.release()?;
            let slept = self.sleep(ticket, lock, limit);
            // The caller gave the lock back to wait and counts on having it: no limit
            // here. Holders that die are noticed, so this ends.
            if let Ok(Acquired::OwnerDied { tid }) = lock.acquire(&Limit::default()) {
                break Woken::OwnerDied { tid };
            }
            if self.has_signal(ticket) {
                self.cells.word(SIGNALS).fetch_sub(1, SeqCst);
                break Woken::Notified;
            }
            match slept {
                // Another was faster.
                Ok(()) => {}
                Err(Timeout::Elapsed) => break Woken::TimedOut,
                Err(Timeout::Stopped) => break Woken::Stopped,
            }
        };
        // Under the lock, as its coming was: a notification counts who waits.
        drop(waiting);
        Ok(woken)
    }

    /// Sleeps until there is a signal for `ticket`, or there will be none.
    fn sleep(&self, ticket: u32, lock: &Lock, limit: &Limit) -> Result<(), Timeout> {
        let sequence = self.cells.word(SEQUENCE);
        loop {
            let seen = sequence.load(SeqCst);
            if self.has_signal(ticket) || lock.is_abandoned() {
                return Ok(());
            }
            wait_slice(sequence, seen, limit)?;
        }
    }

    fn has_signal(&self, ticket: u32) -> bool {
        self.is_addressed(ticket) && self.cells.word(SIGNALS).load(SeqCst) > 0
    }

    /// Whether the last notification was also for `ticket`.
    fn is_addressed(&self, ticket: u32) -> bool {
        let horizon = self.cells.word(HORIZON).load(SeqCst);
        // Tickets go round; half a round is more than ever wait.
        horizon.wrapping_sub(ticket).wrapping_sub(1) < u32::MAX / 2
    }

    /// Waits until `predicate` holds; `false` if `limit` ended first.
    ///
    /// # Errors
    /// If the caller does not hold `lock`.
    pub fn wait_for(
        &self,
        lock: &Lock,
        limit: &Limit,
        mut predicate: impl FnMut() -> bool,
    ) -> Result<bool, NotOwner> {
        while !predicate() {
            if let Woken::TimedOut | Woken::Stopped = self.wait(lock, limit)? {
                return Ok(predicate());
            }
        }
        Ok(true)
    }

    /// Wakes at most `count` waiters.
    ///
    /// # Errors
    /// If the caller does not hold `lock`.
    pub fn notify(&self, lock: &Lock, count: u32) -> Result<(), NotOwner> {
        if !lock.is_mine() {
            return Err(NotOwner);
        }
        let waiters = self.waiters.len();
        if waiters > 0 {
            let signals = if count < waiters {
                self.outstanding().saturating_add(count).min(waiters)
            } else {
                waiters
            };
            let tickets = self.cells.word(TICKETS).load(SeqCst);
            self.cells.word(SIGNALS).store(signals, SeqCst);
            self.cells.word(HORIZON).store(tickets, SeqCst);
            let sequence = self.cells.word(SEQUENCE);
            sequence.fetch_add(1, SeqCst);
            wake(sequence, count);
        }
        Ok(())
    }

    /// Signals that a living waiter will still take. One for a waiter that died before it
    /// took it is void: at the next notification it would wake one waiter too many.
    fn outstanding(&self) -> u32 {
        let signals = self.cells.word(SIGNALS).load(SeqCst);
        if signals == 0 {
            // The ordinary case, in which no process has to be looked at.
            return 0;
        }
        let addressed = self.waiters.living().filter(|place| {
            let ticket = self.cells.word(TICKET_AT + place).load(SeqCst);
            self.is_addressed(ticket)
        });
        let addressed = addressed.zip(1..).last().map_or(0, |(_, count)| count);
        signals.min(addressed + self.waiters.unnamed())
    }

    /// How many wait. Not for hot loops: looks whether each of them still lives.
    pub fn waiters(&self) -> u32 {
        self.waiters.count()
    }
}
