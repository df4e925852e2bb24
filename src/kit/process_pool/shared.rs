//! What a pool's face and its manager have in common.
//!
//! The pool's state stands under one lock, which no thread holds while it waits, starts a
//! process or settles a promise. So a thread that submits a task sends it to an idle worker
//! itself. The manager, a thread of the pool's own, does what needs a wait: it reads from
//! the workers, starts them and sees to their ends. A thread that waits for a task does the
//! manager's work meanwhile, so that the answer wakes it and no other thread.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use std::{io, mem};

use super::Builder;
use super::chunk::Settlement;
use super::core::Core;
use super::leader::LeaderRole;
use super::watch::Watch;
use crate::kit::child::Process;
use crate::kit::future::HelpWhileWaiting;
use crate::kit::limit::{Limit, Timeout};
use crate::kit::panics;

pub struct ProcessPoolState {
    core: Mutex<Core>,
    watch: Arc<Watch>,
    leader: LeaderRole,
    changed: Condvar,
}

impl ProcessPoolState {
    /// # Errors
    /// If descriptors are short.
    pub fn new(how: Builder) -> io::Result<Self> {
        let watch = Arc::new(Watch::new()?);
        Ok(Self {
            core: Mutex::new(Core::new(how, Arc::clone(&watch))),
            watch,
            leader: LeaderRole::default(),
            changed: Condvar::new(),
        })
    }

    /// Looks at the pool, or asks something of it. Calls the manager if that leaves it
    /// something to do.
    pub fn request<R>(&self, what: impl FnOnce(&mut Core) -> R) -> R {
        let (answer, call) = self.touch(|core| {
            let answer = what(core);
            let call = core.needs_manager() && !mem::replace(&mut core.called, true);
            (answer, call)
        });
        if call {
            self.watch.ring();
            self.leader.call();
        }
        answer
    }

    /// Changes the pool; promises are settled after that, without the lock.
    fn touch<R>(&self, what: impl FnOnce(&mut Core) -> R) -> R {
        let mut core = self.lock();
        let answer = what(&mut core);
        let settled = mem::take(&mut core.settled);
        let onlookers = core.onlookers > 0;
        drop(core);
        if onlookers {
            self.changed.notify_all();
        }
        self.settle(settled);
        answer
    }

    fn settle(&self, settled: Vec<Settlement>) {
        for settlement in settled {
            let label = Arc::clone(&settlement.label);
            if !settlement.carry_out() {
                self.request(|core| core.reject(&label));
            }
        }
    }

    /// The manager's life.
    pub fn manage(&self) {
        self.leader.begin();
        let round = || {
            loop {
                self.leader.yield_lead(|| self.lock().called);
                if !self.round(None, &|| false) {
                    return;
                }
            }
        };
        if let Err(panic) = panics::capture(round) {
            let reason = format!("its manager panicked at {}: {}", panic.place, panic.message);
            self.touch(|core| core.on_manager_panic(&reason));
        }
        let lost = self.touch(Core::end);
        drop(lost);
    }

    /// Starts the workers that are needed, waits for news and takes them in; `false` when
    /// the pool's life is over.
    ///
    /// A helper does the same, `until` its patience ends: while it waits, news and calls
    /// for the manager come to it. It does not begin to wait when it is `done`: its own
    /// task fails while it tries to start a worker, if none can be started.
    fn round(&self, until: Option<Instant>, done: &dyn Fn() -> bool) -> bool {
        self.grow();
        if done() {
            return true;
        }
        let due = {
            let mut core = self.lock();
            core.called = false;
            if core.is_over() {
                return false;
            }
            let due = core.due();
            if until.is_none() {
                core.manager_due = due;
            }
            due.into_iter().chain(until).min()
        };
        let limit = due.map(|due| due.saturating_duration_since(Instant::now()));
        let events = self.watch.wait(limit);
        if until.is_none() && self.leader.is_nudged() {
            // The nudge was not for us: the helper was not waiting yet.
            self.watch.ring();
            thread::yield_now();
        }
        self.touch(|core| core.take_in(&events));
        true
    }

    /// Starts workers as long as they are needed. What takes long, starting a program, is
    /// done without the lock.
    fn grow(&self) {
        let spawn_request =
            |core: &mut Core| Some((core.spawn_request()?, core.how().program.clone()));
        while let Some((spawn_request, program)) = self.touch(spawn_request) {
            let process = Process::spawn(&program);
            self.touch(|core| core.register(&spawn_request, process));
        }
    }

    /// Waits until `ready` says something.
    ///
    /// # Errors
    /// If `limit` ends first.
    pub fn wait_until<R>(
        &self,
        limit: &Limit,
        mut ready: impl FnMut(&Core) -> Option<R>,
    ) -> Result<R, Timeout> {
        let mut core = self.lock();
        loop {
            if let Some(result) = ready(&core) {
                return Ok(result);
            }
            let slice = limit.slice()?;
            core.onlookers += 1;
            core = self.changed.wait_timeout(core, slice).unwrap_or_else(PoisonError::into_inner).0;
            core.onlookers -= 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HelpWhileWaiting for ProcessPoolState {
    fn help(&self, limit: Duration, done: &dyn Fn() -> bool) -> bool {
        if !self.leader.try_lead() {
            return false;
        }
        let until = Instant::now() + limit;
        let rounds = || {
            while !done() && Instant::now() < until {
                self.leader.look();
                if !done() && !self.round(Some(until), done) {
                    return false;
                }
            }
            true
        };
        let helped = panics::capture(rounds);
        self.leader.end_lead();
        if let Err(panic) = &helped {
            let reason = format!("its helper panicked at {}: {}", panic.place, panic.message);
            self.touch(|core| core.on_manager_panic(&reason));
        }
        // What came up meanwhile and is still to be done is the manager's again.
        self.request(|_| ());
        helped.unwrap_or(false)
    }

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
    fn a_helper_whose_task_fails_for_want_of_a_worker_does_not_wait_for_news() {
        let shared =
            ProcessPoolState::new(ProcessPool::builder("/nonexistent".as_ref(), 1)).unwrap();
        let (promise, future) = future::<u64>();
        let item = ChunkItem { id: 0, input: Vec::new(), promise: Box::new(promise) };
        let chunk = Chunk { id: 0, job: "square", items: vec![item], attempts: 0 };
        shared.request(|core| core.submit(vec![chunk])).unwrap();
        // What called for the manager is taken, so that nothing wakes the helper.
        shared.watch.wait(Some(Duration::ZERO));
        let (began, blocking) = (Instant::now(), Duration::from_secs(30));
        assert!(shared.help(blocking, &|| future.is_done()));
        assert!(future.is_done() && began.elapsed() < blocking);
    }
}
