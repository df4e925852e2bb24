//! Which thread does the manager's work: the manager, or a thread that waits for a task.
//!
//! The leader/followers pattern (Schmidt and others, 2000) with one follower. A thread that
//! waits for a future asks for the lead ([`LeaderRole::try_lead`]) and does the rounds itself;
//! as long as it does, the manager is parked. An answer then wakes one thread, the one that
//! needs it. With the manager in between it would wake two, which costs more than a small task.
//!
//! The manager comes back by itself a moment after the last helper has left. To unpark it each
//! time would cost as much again, and usually the same thread waits for its next task at once.
//!
//! ```text
//!           a helper came or left               1 ms without a helper
//!   AtWork ──────────────────────▶ Aside (1 ms) ─────────────────────▶ AtWork
//!     ▲                              │
//!     │                              │ the helper stays, or a second
//!     │                              ▼ thread wants to lead
//!     └──────────────────────── Awaited (500 ms)
//!       end_lead unparks the manager; so does a call, from Aside too,
//!       while no helper leads
//! ```

use std::mem::take;
use std::sync::OnceLock;
use std::thread::{self, Thread, ThreadId};
use std::time::Duration;

use parking_lot::Mutex;

/// How long the manager waits for the next helper before it does the work itself. It bounds how
/// late an event is handled that comes between two helpers and is not announced by a call.
const ASIDE: Duration = Duration::from_millis(1);
/// How long the manager is parked at a stretch while a helper leads. It is woken when the
/// helper leaves, so this is only an upper bound.
const AWAY: Duration = Duration::from_millis(500);

/// The role of the leader in one pool. At most one helper has it at a time; otherwise the
/// manager does the work.
#[derive(Debug, Default)]
pub struct LeaderRole {
    manager: OnceLock<Thread>,
    /// A short lock that is held while no other lock is taken, and no thread is woken.
    state: Mutex<State>,
}

/// Who leads, and what the others want of it.
#[derive(Debug, Default)]
struct State {
    helper: Option<ThreadId>,
    /// A helper has come or gone since the manager last asked: another may come soon.
    recent: bool,
    /// The helper is to check whether its task is done; cleared when it does.
    nudged: bool,
    /// Where the manager is; decides whether a thread that leaves must unpark it.
    manager: ManagerState,
}

/// Where the manager is. Written by the manager, and by [`LeaderRole::try_lead`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ManagerState {
    /// In a round, or on its way to one: it sees whatever the others left when it waits on
    /// epoll.
    #[default]
    AtWork,
    /// Parked for [`ASIDE`]. It comes back by itself, so no thread needs to wake it.
    Aside,
    /// A thread that leaves must unpark it: it is parked for [`AWAY`], or another thread wanted
    /// to lead and waits for its own future now, which no helper would serve.
    Awaited,
}

impl LeaderRole {
    /// Registers the calling thread as the manager, once, so that others can unpark it.
    pub fn begin(&self) {
        let _ = self.manager.set(thread::current());
    }

    /// Parks the manager as long as helpers do its work and no thread has called it. `called`
    /// tells whether one has; it takes the pool's lock, so it is asked without this one.
    pub fn yield_lead(&self, called: impl Fn() -> bool) {
        loop {
            let mut state = self.state.lock();
            let (pause, manager) = match (take(&mut state.recent), state.helper) {
                (true, _) => (ASIDE, ManagerState::Aside),
                (false, Some(_)) => (AWAY, ManagerState::Awaited),
                (false, None) => (Duration::ZERO, ManagerState::AtWork),
            };
            state.manager = manager;
            if manager == ManagerState::AtWork {
                return;
            }
            drop(state);
            // After the state says that the manager is away: a call that comes later sees that
            // and unparks it, and one that came earlier is seen here. So none is missed.
            let called = called();
            let mut state = self.state.lock();
            // The leader gets the calls while there is one.
            if called && state.helper.is_none() {
                state.manager = ManagerState::AtWork;
                return;
            }
            drop(state);
            // An unpark between the check and this line is not lost: the thread's token makes
            // the park return at once.
            thread::park_timeout(pause);
        }
    }

    /// Wakes the manager if it is parked and no helper leads. A helper gets the calls by the
    /// bell.
    pub fn call(&self) {
        let state = self.state.lock();
        if state.manager != ManagerState::AtWork && state.helper.is_none() {
            drop(state);
            self.wake();
        }
    }

    /// Makes the calling thread the leader; `false` if another helper leads. A manager that is
    /// in a round at this moment finishes it: two threads may take in events at once, under the
    /// pool's lock.
    pub fn try_lead(&self) -> bool {
        let mut state = self.state.lock();
        if state.helper.is_some() {
            if state.manager == ManagerState::Aside {
                // This thread goes on to wait for its future. When the helper leaves, the
                // manager must come at once, for this thread's answer may be the next.
                state.manager = ManagerState::Awaited;
            }
            return false;
        }
        state.helper = Some(thread::current().id());
        state.recent = true;
        state.nudged = false;
        true
    }

    /// The helper stops leading. Wakes the manager if it is awaited.
    pub fn end_lead(&self) {
        let mut state = self.state.lock();
        state.helper = None;
        state.recent = true;
        let wake = state.manager == ManagerState::Awaited;
        if wake {
            // It is called for work, so it must not step aside first for a helper that may
            // come.
            state.recent = false;
        }
        drop(state);
        if wake {
            self.wake();
        }
    }

    /// Asks the leader, if it is another thread, to check whether its task is done. Returns
    /// whether it must be woken for that: a thread that completes its own task knows.
    pub fn nudge(&self) -> bool {
        let mut state = self.state.lock();
        let other = state.helper.is_some_and(|helper| helper != thread::current().id());
        state.nudged |= other;
        other
    }

    /// The helper is about to check its task: nudges up to now are answered by that. Must come
    /// before the check, see [`super::shared`].
    pub fn clear_nudge(&self) {
        self.state.lock().nudged = false;
    }

    /// Whether there is a helper that was nudged and has not checked since. The manager asks
    /// after each wait, because it may have got the helper's ring.
    pub fn is_nudged(&self) -> bool {
        let state = self.state.lock();
        state.nudged && state.helper.is_some()
    }

    /// Unparks the manager; nothing before [`LeaderRole::begin`].
    fn wake(&self) {
        if let Some(manager) = self.manager.get() {
            manager.unpark();
        }
    }
}
