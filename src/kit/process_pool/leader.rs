//! Who does the manager's work: the manager, or a thread that waits for a task anyway.
//!
//! One waiting thread at a time leads. As long as one does, the manager keeps away,
//! for an answer that wakes two threads costs more than the task. It comes back by itself
//! soon after the last helper has left: to call it each time would cost as much again.
//!
//! Must not know what the work is.

use std::mem::take;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Thread, ThreadId};
use std::time::Duration;

/// How long the manager waits for the next helper.
const ASIDE: Duration = Duration::from_millis(1);
/// How long it keeps away at a stretch while one helper stays.
const AWAY: Duration = Duration::from_millis(500);

#[derive(Debug, Default)]
pub struct LeaderRole {
    manager: OnceLock<Thread>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    helper: Option<ThreadId>,
    /// There was a helper since the manager last asked.
    recent: bool,
    /// The helper is to look whether its task is done.
    nudged: bool,
    manager: ManagerState,
}

/// Where the manager is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ManagerState {
    #[default]
    AtWork,
    /// Comes back soon by itself.
    Aside,
    /// A thread that leaves must call it: it is gone for long, or others wait as well.
    Awaited,
}

impl LeaderRole {
    /// The calling thread is the manager.
    pub fn begin(&self) {
        let _ = self.manager.set(thread::current());
    }

    /// Keeps the manager away as long as others do its work and no thread has called it.
    pub fn yield_lead(&self, called: impl Fn() -> bool) {
        loop {
            let mut state = self.state();
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
            let called = called();
            let mut state = self.state();
            // The leader gets the calls while there is one.
            if called && state.helper.is_none() {
                state.manager = ManagerState::AtWork;
                return;
            }
            drop(state);
            thread::park_timeout(pause);
        }
    }

    /// Has the manager look what there is to do.
    pub fn call(&self) {
        let state = self.state();
        if state.manager != ManagerState::AtWork && state.helper.is_none() {
            drop(state);
            self.wake();
        }
    }

    /// Becomes the leader; `false` if another thread is.
    pub fn try_lead(&self) -> bool {
        let mut state = self.state();
        if state.helper.is_some() {
            if state.manager == ManagerState::Aside {
                state.manager = ManagerState::Awaited;
            }
            return false;
        }
        state.helper = Some(thread::current().id());
        state.recent = true;
        state.nudged = false;
        true
    }

    /// The helper leaves.
    pub fn end_lead(&self) {
        let mut state = self.state();
        state.helper = None;
        state.recent = true;
        let wake = state.manager == ManagerState::Awaited;
        if wake {
            state.recent = false;
        }
        drop(state);
        if wake {
            self.wake();
        }
    }

    /// Asks the leader, if it is another thread, to check whether its task is done; whether
    /// it must be woken for that.
    pub fn nudge(&self) -> bool {
        let mut state = self.state();
        let other = state.helper.is_some_and(|helper| helper != thread::current().id());
        state.nudged |= other;
        other
    }

    /// The leader checks: it need not be asked again for what was done until now.
    pub fn look(&self) {
        self.state().nudged = false;
    }

    /// Whether there is a leader that was asked to check and has not yet.
    pub fn is_nudged(&self) -> bool {
        let state = self.state();
        state.nudged && state.helper.is_some()
    }

    fn wake(&self) {
        if let Some(manager) = self.manager.get() {
            manager.unpark();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
