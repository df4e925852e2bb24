//! What the pool's callers, its manager and its helpers share, and the loop of the leader.
//!
//! The pool's state is one [`Core`] under one lock. No thread holds the lock while it waits,
//! starts a program or settles a promise with a result, so the lock is held for microseconds
//! and a thread that submits a task can write it to an idle worker itself.
//!
//! What needs a wait is done in rounds (`round`): start the workers that are needed, wait on
//! epoll, take in what happened. The manager does rounds for the pool's whole life. A thread
//! that waits for a future does them in its place ([`HelpWhileWaiting`]), so that an answer
//! wakes the thread that needs it and no other. See the module `protocol`.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use std::{io, mem};

use parking_lot::{Condvar, Mutex};

use super::Builder;
use super::chunk::Settlement;
use super::core::Core;
use super::leader::LeaderRole;
use super::watch::Watch;
use crate::kit::child::Process;
use crate::kit::event::RAISED;
use crate::kit::future::HelpWhileWaiting;
use crate::kit::limit::{Limit, Timeout};
use crate::kit::panics;

/// The state of one pool and the way to wait for it. Owned by the pool and its manager; futures
/// hold it weakly, so that one that is kept does not keep the pool's descriptors.
pub struct ProcessPoolState {
    /// The pool's state. Taken before any other lock; see `protocol`.
    core: Mutex<Core>,
    /// What the leader waits on. Also in the core, which adds new workers to it.
    watch: Arc<Watch>,
    /// Which thread does the rounds now. Its own lock is never held while `core` is taken.
    leader: LeaderRole,
    /// Notified after each change while a thread waits in [`ProcessPoolState::wait_until`].
    changed: Condvar,
}

impl ProcessPoolState {
    /// The state of a pool that has no worker yet. Starts no thread.
    ///
    /// # Errors
    /// If the system gives no epoll or eventfd.
    pub fn new(config: Builder) -> io::Result<Self> {
        let watch = Arc::new(Watch::new()?);
        Ok(Self {
            core: Mutex::new(Core::new(config, Arc::clone(&watch))),
            watch,
            leader: LeaderRole::default(),
            changed: Condvar::new(),
        })
    }

    /// Looks at the pool, or changes it, and calls the leader if that leaves it something to
    /// do. The way in for every caller. Does not wait, except for the lock.
    pub fn request<R>(&self, what: impl FnOnce(&mut Core) -> R) -> R {
        let (answer, call) = self.touch(|core| {
            let answer = what(core);
            // `called` makes the call happen once until the leader begins a round: a burst of
            // submissions rings the bell once, not once each.
            let call = core.needs_manager() && !mem::replace(&mut core.called, true);
            (answer, call)
        });
        if call {
            // Both are needed: the bell ends an epoll wait of whichever thread is in one,
            // `call` wakes a manager that is parked because helpers did its work. After the
            // lock is free, or the woken thread would only wait for it.
            self.watch.ring();
            self.leader.call();
        }
        answer
    }

    /// Runs `what` under the lock, then wakes the waiters of [`ProcessPoolState::wait_until`]
    /// and settles the promises whose time has come. Both happen without the lock: a callback
    /// of a future may submit to this pool or drop it.
    fn touch<R>(&self, what: impl FnOnce(&mut Core) -> R) -> R {
        let mut core = self.core.lock();
        let answer = what(&mut core);
        // In the same critical section as the change: what `what` decided is settled by this
        // thread and by no other.
        let settled = mem::take(&mut core.settled);
        let waiters = core.waiters > 0;
        drop(core);
        if waiters {
            self.changed.notify_all();
        }
        self.settle(settled);
        answer
    }

    /// Completes promises. A result that cannot be decoded breaks a pool with
    /// [`Policy::FailAll`](super::Policy::FailAll), which settles more promises in turn; the
    /// recursion ends because a pool breaks once.
    fn settle(&self, settled: Vec<Settlement>) {
        for settlement in settled {
            let label = Arc::clone(&settlement.label);
            if !settlement.carry_out() {
                self.request(|core| core.reject(&label));
            }
        }
    }

    /// The main function of the manager's thread: rounds until the pool's life is over, then
    /// the futures of lost tasks fail. A panic in a round breaks the pool and ends no other
    /// thread.
    pub fn manage(&self) {
        self.leader.begin();
        let round = || {
            loop {
                // Stays out of epoll while a helper leads. An answer would otherwise wake both.
                self.leader.yield_lead(|| self.core.lock().called);
                if !self.round(None, &|| false) {
                    return;
                }
            }
        };
        if let Err(panic) = panics::capture(round) {
            let reason = format!("its manager {RAISED} at {}: {}", panic.place, panic.message);
            self.touch(|core| core.on_manager_panic(&reason));
        }
        // Outside of the lock: dropping a lost chunk drops its promises, which fail their
        // futures and run callbacks.
        let lost = self.touch(Core::end);
        drop(lost);
    }

    /// One round of the leader: starts the workers that are needed, waits for events, takes
    /// them in. `false` when the pool's life is over.
    ///
    /// A helper passes the moment `until` which it helps, and `done`, which says whether its
    /// own task has ended. It does not begin to wait when it is `done`: starting workers may
    /// have failed, and with that its own task.
    fn round(&self, until: Option<Instant>, done: &dyn Fn() -> bool) -> bool {
        // Before the checks that follow: a request that comes after them rings the bell again,
        // and finds this thread on its way into the wait. Cleared later, it would hide the
        // request that came between a check and here.
        self.core.lock().called = false;
        self.grow();
        if done() {
            return true;
        }
        let due = {
            let mut core = self.core.lock();
            if core.is_over() {
                return false;
            }
            let due = core.due();
            if until.is_none() {
                // Lets `needs_manager` ring only for what is due earlier than this. A helper
                // does not set it: its wait ends `until` at the latest, and the manager is
                // called when the helper leaves.
                core.manager_due = due;
            }
            due.into_iter().chain(until).min()
        };
        let limit = due.map(|due| due.saturating_duration_since(Instant::now()));
        let events = self.watch.wait(limit);
        // epoll gives an event to the thread that began to wait last, usually the helper. If
        // the helper was not waiting yet, this thread got the nudge that was meant for it: it
        // is passed on.
        if until.is_none() && self.leader.is_nudged() {
            self.watch.ring();
            // Lets the helper reach its wait first, or this thread would take the same ring
            // again.
            thread::yield_now();
        }
        self.touch(|core| core.take_in(&events));
        true
    }

    /// Starts workers as long as they are needed. Starting a program takes about a millisecond,
    /// so it is done without the lock; [`Core::register`] then checks whether the worker is
    /// still wanted. Two leaders may be here at once: each request is counted in `starting`
    /// until it is registered.
    fn grow(&self) {
        let spawn_request =
            |core: &mut Core| Some((core.spawn_request()?, core.config().program.clone()));
        while let Some((spawn_request, program)) = self.touch(spawn_request) {
            let process = Process::spawn(&program);
            self.touch(|core| core.register(&spawn_request, process));
        }
    }

    /// Waits until `ready` returns a value for the pool's state, and returns it.
    ///
    /// # Errors
    /// If `limit` ends first.
    pub fn wait_until<R>(
        &self,
        limit: &Limit,
        mut ready: impl FnMut(&Core) -> Option<R>,
    ) -> Result<R, Timeout> {
        let mut core = self.core.lock();
        loop {
            if let Some(result) = ready(&core) {
                return Ok(result);
            }
            let slice = limit.slice()?;
            // Counted under the lock and before the wait, so that a change that comes after
            // this check sees the waiter and notifies it.
            core.waiters += 1;
            self.changed.wait_for(&mut core, slice);
            core.waiters -= 1;
        }
    }
}

impl HelpWhileWaiting for ProcessPoolState {
    /// Leads for at most `limit`, or until `done`. `false` if another thread helps already, if
    /// the pool has ended, or after a panic, which breaks the pool.
    fn help(&self, limit: Duration, done: &dyn Fn() -> bool) -> bool {
        if !self.leader.try_lead() {
            return false;
        }
        let until = Instant::now() + limit;
        let rounds = || {
            while !done() && Instant::now() < until {
                // Before `done` is asked: a nudge that comes after that stands, and ends the
                // wait. The other order would clear a nudge for a task that had just been
                // completed.
                self.leader.clear_nudge();
                if !done() && !self.round(Some(until), done) {
                    return false;
                }
            }
            true
        };
        let helped = panics::capture(rounds);
        self.leader.end_lead();
        if let Err(panic) = &helped {
            let reason = format!("its helper {RAISED} at {}: {}", panic.place, panic.message);
            self.touch(|core| core.on_manager_panic(&reason));
        }
        // What was called for meanwhile and is still to be done is the manager's again:
        // `called` may have been cleared by the last round of this helper.
        self.request(|_| ());
        helped.unwrap_or(false)
    }

    /// Ends the epoll wait of a helper whose task was completed by another thread. Called by
    /// the future, perhaps under the pool's lock: it must not take that.
    fn nudge(&self) {
        if self.leader.nudge() {
            self.watch.ring();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ProcessPool;
    use super::super::chunk::{Chunk, ChunkItem};
    use super::*;
    use crate::kit::future::future;

    #[test]
    fn a_helper_whose_task_fails_because_no_worker_starts_does_not_wait_for_an_event() {
        let shared =
            ProcessPoolState::new(ProcessPool::builder("/nonexistent".as_ref(), 1)).unwrap();
        let (promise, future) = future::<u64>();
        let item =
            ChunkItem { id: 0, label: "".into(), input: Vec::new(), promise: Box::new(promise) };
        let chunk = Chunk { id: 0, function: "square", items: vec![item], attempts: 0 };
        shared.request(|core| core.submit(vec![chunk])).unwrap();
        // What called for the manager is taken, so that nothing wakes the helper.
        shared.watch.wait(Some(Duration::ZERO));
        let (began, timeout) = (Instant::now(), Duration::from_secs(30));
        assert!(shared.help(timeout, &|| future.is_done()));
        assert!(future.is_done() && began.elapsed() < timeout);
    }

    #[test]
    fn a_request_between_the_checks_of_the_manager_and_its_wait_is_not_slept_through() {
        let shared =
            ProcessPoolState::new(ProcessPool::builder("/nonexistent".as_ref(), 1)).unwrap();
        // An older call, which the bell rang for and a wait has taken.
        shared.core.lock().called = true;
        let (promise, future) = future::<u64>();
        let item =
            ChunkItem { id: 0, label: "".into(), input: Vec::new(), promise: Box::new(promise) };
        let chunk = Chunk { id: 0, function: "square", items: vec![item], attempts: 0 };
        let request = std::cell::Cell::new(Some(chunk));
        let (began, timeout) = (Instant::now(), Duration::from_secs(30));
        // Asked once there was nothing to start, and before the wait.
        let done = || {
            let chunk = request.take().into_iter().collect::<Vec<_>>();
            shared.request(|core| core.submit(chunk)).unwrap();
            false
        };
        assert!(shared.round(Some(began + timeout), &done));
        assert!(began.elapsed() < timeout, "the request rang no bell");
        drop(future);
    }
}
