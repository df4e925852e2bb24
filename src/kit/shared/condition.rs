//! A condition variable between processes, tied to a [`Lock`].
//!
//! # Words in shared memory
//!
//! | cell | what | changed |
//! |---|---|---|
//! | `SEQUENCE` | the futex: one more with each notification | by a notifier, under the lock |
//! | `TICKETS` | tickets given out so far | by a waiter, under the lock |
//! | `SIGNALS` | waiters that may still return | by notifiers and waiters, under the lock |
//! | `HORIZON` | tickets below it may take a signal | by a notifier, under the lock |
//! | `TICKET_AT` | the ticket of the waiter at each place | by that waiter, under the lock |
//! | [`Waiters`] | who waits, by identity | by waiters, under the lock; see below for the dead |
//!
//! Everything but the sleep happens under the lock, so a notifier sees either all of a waiter's
//! arrival or nothing of it. The futex alone would not do: a wake-up may reach a thread that
//! came after the notification, and a sleep also ends when its slice is over. So a notification
//! leaves a number of *signals*, and the *horizon* says which tickets they are for. A waiter
//! returns when it takes a signal; one that wakes and finds none for its ticket sleeps on.
//!
//! # States of a waiter
//!
//! ```text
//!                ticket, place             release
//!   holds lock ──────────────▶ counted ─────────────▶ asleep on SEQUENCE
//!       ▲                         ▲                         │ futex wake, slice over,
//!       │                         │ no signal for its       │ limit over or stopped,
//!       │                         │ ticket: sleeps on       │ the lock's holder died
//!       │                         │                         ▼
//!       │                         └──────────── acquire ◀── awake
//!       │                                          │
//!       └── returns, place given back ◀────────────┘
//!           Notified: took a signal; OwnerDied: the lock was taken over from a dead holder;
//!           TimedOut, Stopped: its limit ended and there was no signal
//! ```
//!
//! # A notification
//!
//! ```text
//!   waiter A              TICKETS  HORIZON  SIGNALS  SEQUENCE  notifier
//!   lock, ticket 5        6        5        0        8
//!   unlock, sleep on 8                                         lock
//!                         6        6        1        9         notify(1), futex wake 1
//!                                                              unlock
//!   awake: 5 < HORIZON                                         waiter B
//!                         7        6        1        9         lock, ticket 6, unlock:
//!                                                              6 >= HORIZON, sleeps on 9
//!   lock, SIGNALS - 1     7        6        0        9
//!   returns Notified
//! ```
//!
//! B came after the notification and cannot take A's signal, however late A wakes.
//! Notifications that come before earlier signals are taken are added up, at most one signal
//! for each waiter; which of the waiters below the horizon take them is not determined, as with
//! every condition variable.
//!
//! # Deaths
//!
//! - A **waiter** dies asleep: its place keeps its identity, and the next count takes the place
//!   back. A signal that it might have taken is taken by another waiter below the horizon when
//!   that one's slice ends; if there is none, the signal is void (`outstanding`).
//! - The **holder** of the lock dies, perhaps a notifier in the middle of a notification, or a
//!   waiter that took a signal and did not act on it: each sleeper checks once a slice whether
//!   the lock is abandoned. The first one that acquires it returns [`Woken::OwnerDied`]. It
//!   must assume that a notification is missing and notify all in its turn; the queue does so.
//! - A death between two stores of `notify` leaves signals for too few or too many tickets. Too
//!   few is repaired by `OwnerDied`, too many is a wake-up without a reason, which every caller
//!   has to expect.

use std::sync::atomic::Ordering::SeqCst;

use super::lock::{Acquired, Lock, NotOwner};
use super::region::{Cells, Layout};
use super::wait::{ALL, wait_slice, wake};
use super::waiters::{PLACES, Waiters};
use crate::kit::limit::{Limit, Timeout};

const SEQUENCE: usize = 0;
const TICKETS: usize = 1;
/// Signals that no waiter has taken yet. The table above says what all five words mean and who
/// changes them.
const SIGNALS: usize = 2;
/// The first ticket that none of the signals is for.
const HORIZON: usize = 3;
/// The ticket of the waiter at each place; valid while the place is taken.
const TICKET_AT: usize = 4;
const CELLS: usize = TICKET_AT + PLACES;

/// How a wait ended. The lock is held again in each case, so the caller can look at what it
/// guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// It took a signal. That the predicate holds is not certain: another thread may have come
    /// first.
    Notified,
    /// A process that held the lock died, and may have owed a notification. Look at the
    /// predicate again, and repair what the lock guards.
    OwnerDied {
        /// The kernel's id of the thread that died.
        tid: u32,
    },
    /// The limit ended, and there was no signal.
    TimedOut,
    /// A stop was requested, and there was no signal.
    Stopped,
}

/// Waiting for something to become true under a lock. All callers must use it with the same
/// lock.
#[derive(Clone, Debug)]
pub struct Condition {
    cells: Cells,
    waiters: Waiters,
}

impl Condition {
    /// Number of cells that a condition occupies in a [`super::Region`].
    pub const CELLS: usize = CELLS + Waiters::CELLS;

    /// Lays out a condition; without waiters in a new region.
    pub fn new(layout: &mut Layout) -> Self {
        Self { cells: layout.cells(CELLS), waiters: Waiters::new(layout) }
    }

    /// Gives `lock` back, sleeps until notified, and acquires it again. May return without a
    /// reason, so the caller looks at its predicate in a loop, or uses [`Condition::wait_while`].
    ///
    /// # Errors
    /// If the caller does not hold `lock`.
    pub fn wait(&self, lock: &Lock, limit: &Limit) -> Result<Woken, NotOwner> {
        if !lock.is_mine() {
            return Err(NotOwner);
        }
        // The ticket before the place: a notifier cannot run in between, since this thread has
        // the lock.
        let ticket = self.cells.word(TICKETS).fetch_add(1, SeqCst);
        let waiting = self.waiters.enter();
        if let Some(place) = waiting.place() {
            self.cells.word(TICKET_AT + place).store(ticket, SeqCst);
        }
        let woken = loop {
            lock.release()?;
            let slept = self.sleep(ticket, lock, limit);
            // Without a limit: the caller gave the lock back to wait and counts on having it
            // afterwards. Holders that die are noticed, so this ends.
            if let Ok(Acquired::OwnerDied { tid }) = lock.acquire(&Limit::FOREVER) {
                break Woken::OwnerDied { tid };
            }
            if self.has_signal(ticket) {
                // Checked and taken under one hold of the lock, so no two waiters take the same
                // signal.
                self.cells.word(SIGNALS).fetch_sub(1, SeqCst);
                break Woken::Notified;
            }
            match slept {
                // Another waiter was faster, or the lock was abandoned and taken over: sleep
                // on.
                Ok(()) => {}
                Err(Timeout::Elapsed) => break Woken::TimedOut,
                Err(Timeout::Stopped) => break Woken::Stopped,
            }
        };
        // Under the lock, as its arrival was: a notification counts who waits.
        drop(waiting);
        Ok(woken)
    }

    /// Sleeps until there is a signal for `ticket`, or the lock's holder has died. Without the
    /// lock, so what it sees is a hint: the caller checks again under the lock.
    fn sleep(&self, ticket: u32, lock: &Lock, limit: &Limit) -> Result<(), Timeout> {
        let sequence = self.cells.word(SEQUENCE);
        loop {
            // Before the signals: a notification after that look changes the sequence, and the
            // kernel does not put this thread to sleep on the old value.
            let seen = sequence.load(SeqCst);
            if self.has_signal(ticket) || lock.is_abandoned() {
                return Ok(());
            }
            wait_slice(sequence, seen, limit)?;
        }
    }

    /// Whether `ticket` may take a signal now.
    fn has_signal(&self, ticket: u32) -> bool {
        self.is_addressed(ticket) && self.cells.word(SIGNALS).load(SeqCst) > 0
    }

    /// Whether the last notification was also for `ticket`, that is, whether it is below the
    /// horizon.
    fn is_addressed(&self, ticket: u32) -> bool {
        let horizon = self.cells.word(HORIZON).load(SeqCst);
        // Tickets wrap around, so the distance decides: 1 to half a round below the horizon.
        // More than half a round of waiters never wait at a time.
        horizon.wrapping_sub(ticket).wrapping_sub(1) < u32::MAX / 2
    }

    /// Waits while `condition` holds; `false` if `limit` ended first and it still does. The
    /// condition is called with the lock held. Deaths of holders are not reported.
    ///
    /// # Errors
    /// If the caller does not hold `lock`.
    pub fn wait_while(
        &self,
        lock: &Lock,
        limit: &Limit,
        mut condition: impl FnMut() -> bool,
    ) -> Result<bool, NotOwner> {
        while condition() {
            if let Woken::TimedOut | Woken::Stopped = self.wait(lock, limit)? {
                // It may have changed without a notification.
                return Ok(!condition());
            }
        }
        Ok(true)
    }

    /// Wakes at most `count` of the threads that wait now. They run when the caller has
    /// released the lock. Without waiters it does nothing, and no later waiter gets a signal.
    ///
    /// # Errors
    /// If the caller does not hold `lock`.
    pub fn notify(&self, lock: &Lock, count: u32) -> Result<(), NotOwner> {
        if !lock.is_mine() {
            return Err(NotOwner);
        }
        // Perhaps with some that died: exact counting costs a look at `/proc` for each, and a
        // signal too many is void at the next notification.
        let waiters = self.waiters.len();
        if waiters > 0 {
            let signals = if count < waiters {
                self.outstanding().saturating_add(count).min(waiters)
            } else {
                waiters
            };
            let tickets = self.cells.word(TICKETS).load(SeqCst);
            // The state first, then the sequence, then the wake-up: a waiter that sees the new
            // sequence also sees its signal.
            self.cells.word(SIGNALS).store(signals, SeqCst);
            self.cells.word(HORIZON).store(tickets, SeqCst);
            let sequence = self.cells.word(SEQUENCE);
            sequence.fetch_add(1, SeqCst);
            wake(sequence, count);
        }
        Ok(())
    }

    /// Wakes all threads that wait now, as [`Condition::notify`] does.
    ///
    /// # Errors
    /// If the caller does not hold `lock`.
    pub fn notify_all(&self, lock: &Lock) -> Result<(), NotOwner> {
        self.notify(lock, ALL)
    }

    /// Signals that a living waiter will still take. One for a waiter that died before it took
    /// it is void: at this notification it would wake one waiter too many.
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
        let addressed = addressed.fold(0, |count, _| count + 1);
        // Waiters without a place are taken to live and to be addressed: one wake-up too many
        // does no harm, one too few would.
        signals.min(addressed + self.waiters.unnamed())
    }

    /// How many wait. Not for hot loops: checks whether each of them still lives.
    pub fn waiters(&self) -> u32 {
        self.waiters.count()
    }
}
