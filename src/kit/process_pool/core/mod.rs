//! The pool's state and its rules: who gets which chunk, which worker is started, which is
//! ended.
//!
//! [`Core`] stands under the lock of [`super::shared::ProcessPoolState`]. Nothing here waits,
//! and nothing here settles a promise with a result: that is noted in `settled` and done when
//! the lock is free. So the rules can be tested without threads: a test plays workers and fork
//! server and calls the methods in any order.
//!
//! Each change ends with `advance`, which applies the two rules that always hold: a worker that
//! is not needed is not idle, and no chunk waits while a worker is idle.
//!
//! | module | what |
//! |---|---|
//! | `starts` | which worker is started, by whom, and what follows when it cannot be |
//! | `events` | what the leader found ready |
//! | `answers` | what workers send |
//! | `deaths` | how workers end, and the policy |
//! | `server` | the link to a fork server |
//! | `show` | the view |
//!
//! ```text
//! submit ─▶ queue ─▶ dispatch ─▶ a slot's `held` ─▶ answer ─▶ settled
//!                       ▲                         └▶ death ─▶ the policy: queue, settled or lost
//!                       └── an idle worker; else `wanted` and the leader start one, up to `limit`
//! ```

use std::collections::VecDeque;
use std::mem::take;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Builder;
use super::chunk::{Chunk, Settlement, Verdict};
use super::policy::{Policy, PoolError, Shutdown};
use super::slot::Slot;
use super::view::{Gone, Milestones};
use super::watch::Watch;
use crate::kit::clock::monotonic_ns;
use crate::kit::event::{Ending, LaneEvent};
use crate::kit::future::TaskError;
use crate::kit::wire::Kind;
use crate::printable::Printable;

mod answers;
mod deaths;
mod events;
mod server;
mod show;
mod starts;

use server::ServerLink;
pub(crate) use starts::SpawnRequest;

/// How long a worker that was asked to end may take before it is killed. It has no task then,
/// so only its own exit is waited for.
const GRACE: Duration = Duration::from_secs(1);
/// How often workers that have work are checked for being stopped, and the fork server for
/// being mute: neither wakes a thread.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);
/// Workers in a row that may die before they are ready until the pool gives up. A program that
/// cannot start dies each time; random kills of a lab do not reach ten in a row.
const FALSE_STARTS: u32 = 10;
/// How long a pool whose other workers go on waits until it tries again to start one that could
/// not be started.
const HOLD_OFF: Duration = Duration::from_millis(100);
/// How long a fork server may take to report the start of a worker that it was asked for, or
/// the end of one that was killed. A fork takes a millisecond; a server that is stopped or busy
/// for this long is taken for dead.
const SERVER_TIMEOUT: Duration = Duration::from_secs(10);
/// The number of the initializer's chunk: no task gets it, since tasks count from 0.
const INITIALIZER: u64 = u64::MAX;

/// The state of a pool, guarded by one lock. Its methods are split over the modules below by what
/// causes the change. None waits, so the lock is held for moments.
pub struct Core {
    config: Builder,
    watch: Arc<Watch>,
    /// Chunks that no worker has, in the order in which they are given out. Chunks that come
    /// back from a dead worker go to the front.
    queue: VecDeque<Chunk>,
    /// Tasks in the queue: the sum of its chunks' items, kept so that a view costs nothing.
    queued: usize,
    /// Workers that exist or were asked for at a fork server, in the order of their numbers, so
    /// that an event finds its worker by a binary search.
    slots: Vec<Slot>,
    /// The most workers; can be changed at any time.
    limit: usize,
    /// Workers to have also without work: 0, or the limit at the last prestart. Above 0 it also
    /// means that a worker that cannot be started breaks the pool.
    wanted: usize,
    /// Workers whose program is being started at this moment, without the lock, and that have
    /// no slot yet.
    starting: usize,
    workers_so_far: u64,
    /// No worker is started before this moment, because the last one could not be.
    hold_off: Option<Instant>,
    /// Why it could not be; cleared by the next start that works.
    shortage: Option<Arc<str>>,
    /// The link to the fork server, from the first request on.
    server: Option<ServerLink>,
    /// Shut down: no task is taken, and idle workers end as soon as the queue is empty. Set
    /// once, never cleared.
    closing: bool,
    /// Why the pool is of no use any more. Set once, never cleared.
    broken: Option<Arc<str>>,
    /// The manager has ended, or is about to.
    ended: bool,
    /// Chunks of dead workers under [`Policy::Forget`]. They are kept so that their futures stay
    /// open: a dropped promise would fail its future.
    lost: Vec<Chunk>,
    /// Workers in a row that died before they were ready.
    false_starts: u32,
    /// When workers and fork server were last checked; see [`CHECK_INTERVAL`].
    checked: Instant,
    /// For the view alone, like `gone`, `gone_earlier` and `milestones`;
    /// [`super::view::PoolView`] describes them.
    retried: usize,
    gone: Arc<VecDeque<Gone>>,
    gone_earlier: u64,
    milestones: Milestones,
    /// Promises to settle as soon as the lock is free; taken by whichever thread releases it.
    pub settled: Vec<Settlement>,
    /// Workers whose socket may hold more than was read at once. It is edge-triggered and does
    /// not report that again, so the leader comes back for them without waiting.
    unread: Vec<u64>,
    /// Threads that wait for a change of the pool.
    pub waiters: usize,
    /// The leader was called and has not begun a round since: no need to call it again.
    pub called: bool,
    /// Until when the manager sleeps at most; `None`: until it is called.
    pub manager_due: Option<Instant>,
}

impl Core {
    /// The state of a pool that begins; makes no process.
    pub fn new(config: Builder, watch: Arc<Watch>) -> Self {
        Self {
            watch,
            limit: config.workers,
            config,
            queue: VecDeque::new(),
            queued: 0,
            slots: Vec::new(),
            wanted: 0,
            starting: 0,
            workers_so_far: 0,
            hold_off: None,
            shortage: None,
            server: None,
            closing: false,
            broken: None,
            ended: false,
            lost: Vec::new(),
            false_starts: 0,
            checked: Instant::now(),
            retried: 0,
            gone: Arc::default(),
            gone_earlier: 0,
            milestones: Milestones { made: monotonic_ns(), ..Milestones::default() },
            settled: Vec::new(),
            unread: Vec::new(),
            waiters: 0,
            called: false,
            manager_due: None,
        }
    }

    pub fn config(&self) -> &Builder {
        &self.config
    }

    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Whether the pool takes tasks.
    ///
    /// # Errors
    /// Why it does not; a broken pool says so even when it was shut down since.
    pub fn is_open(&self) -> Result<(), PoolError> {
        match &self.broken {
            Some(reason) => Err(PoolError::Broken(Arc::clone(reason))),
            None if self.closing => Err(PoolError::ShutDown),
            None => Ok(()),
        }
    }

    /// Queues chunks and gives out what idle workers can take.
    ///
    /// # Errors
    /// Why the pool takes no tasks; the chunks are dropped then, and their futures fail.
    pub fn submit(&mut self, chunks: Vec<Chunk>) -> Result<(), PoolError> {
        self.is_open()?;
        self.queued += chunks.iter().map(|chunk| chunk.items.len()).sum::<usize>();
        self.queue.extend(chunks);
        self.advance();
        Ok(())
    }

    /// Wants as many workers as there may be, from now on. Only noted here: the leader starts
    /// them without the lock.
    pub fn prestart(&mut self) {
        if self.is_open().is_ok() {
            self.wanted = self.limit;
        }
    }

    /// Sets the limit and ends idle workers that are too many.
    pub fn resize(&mut self, limit: usize) {
        self.limit = limit;
        self.advance();
    }

    /// Takes no more tasks and ends as `how` says. A later call may be harsher.
    pub fn close(&mut self, how: Shutdown) {
        self.closing = true;
        self.wanted = 0;
        if how != Shutdown::Drain {
            self.clear_queue(|_| Verdict::Cancelled);
        }
        if how == Shutdown::Terminate {
            // Not `break_down`: a pool that was terminated is closed, not broken.
            self.end_all(&"it was terminated".into());
        }
        self.advance();
    }

    /// Ends workers that are not needed and gives chunks to the others. Called after each
    /// change.
    fn advance(&mut self) {
        self.retire_surplus();
        // After `retire_surplus`, so that a worker that has to end gets no chunk first.
        self.dispatch();
        // Now that the queue may be empty.
        if self.closing {
            self.retire_surplus();
        }
    }

    /// Gives waiting chunks to idle workers, the oldest worker first.
    fn dispatch(&mut self) {
        while !self.queue.is_empty() {
            let Some(at) = self.slots.iter().position(Slot::is_idle) else {
                return;
            };
            let Some(mut chunk) = self.queue.pop_front() else {
                return;
            };
            self.queued -= chunk.items.len();
            let slot = &mut self.slots[at];
            // All its tasks were cancelled: the worker stays idle and is asked again in the
            // next round of this loop.
            let Some(payload) = chunk.begin(&slot.name) else {
                continue;
            };
            for item in &chunk.items {
                slot.emit(|| LaneEvent::TaskStarted { task: item.id, label: (*item.label).into() });
            }
            // Before it is written: the worker may have computed before this thread runs again.
            let sent = monotonic_ns();
            if let Err(error) = slot.send(Kind::Chunk, &payload) {
                let why = Printable::foreign(&error.to_string());
                self.settled.extend(chunk.settle(|task| {
                    Verdict::Error(TaskError::Unsendable {
                        task: Arc::clone(task),
                        why: why.clone(),
                    })
                }));
                continue;
            }
            // What the socket did not take is written when the watch reports room.
            slot.await_room(&self.watch);
            slot.held = Some(chunk);
            // The answer cannot have been taken in meanwhile: that needs this lock.
            self.milestones.sent = sent;
        }
    }

    /// Retires idle workers that are too many, or all of them when the pool closes and the
    /// queue is empty. Busy ones are asked again after their task.
    fn retire_surplus(&mut self) {
        // With waiting chunks every worker is still needed, closing or not.
        let done = self.closing && self.queue.is_empty();
        if !done && self.slots.len() <= self.limit {
            return;
        }
        let mut surplus = self.working().saturating_sub(self.limit);
        for slot in self.slots.iter_mut().filter(|slot| slot.is_idle()) {
            if !done && surplus == 0 {
                break;
            }
            surplus = surplus.saturating_sub(1);
            slot.retire(GRACE);
        }
    }

    /// Ends every waiting task with this verdict.
    fn clear_queue(&mut self, mut verdict: impl FnMut(&Arc<str>) -> Verdict) {
        self.queued = 0;
        for chunk in take(&mut self.queue) {
            self.settled.extend(chunk.settle(&mut verdict));
        }
    }

    /// The pool's life is over: no worker and no task is left, and none is being started. The
    /// manager returns then.
    pub fn is_over(&self) -> bool {
        self.closing && self.slots.is_empty() && self.queue.is_empty() && self.starting == 0
    }

    /// The manager or a helper has panicked. No thread may lead any more, so the pool ends
    /// here.
    pub fn on_manager_panic(&mut self, reason: &str) {
        self.break_down(reason);
        self.closing = true;
        // A process that is dropped is killed and reaped, so no worker is left without a
        // manager. No thread learns of that end, so the lanes end here.
        self.slots.iter().for_each(|slot| slot.end_lane(Ending::Stopped));
        self.slots.clear();
    }

    /// Marks the pool as ended and returns the lost chunks: dropping them without the lock
    /// fails their futures, so that a thread that still waits for a lost task learns that the
    /// pool has ended.
    pub fn end(&mut self) -> Vec<Chunk> {
        self.milestones.ended = monotonic_ns();
        self.ended = true;
        take(&mut self.lost)
    }

    /// Whether the leader must be called: there is something to start, the pool is over, or
    /// something is due before the manager comes by itself.
    pub fn needs_manager(&self) -> bool {
        let too_late = |due| self.manager_due.is_none_or(|comes| due < comes);
        self.wants_worker() || self.is_over() || self.due().is_some_and(too_late)
    }

    /// The latest moment at which the leader must come back if nothing happens until then.
    /// `None`: it need not.
    pub fn due(&self) -> Option<Instant> {
        if !self.unread.is_empty() {
            return Some(Instant::now());
        }
        // The reasons: a retiring worker is to be killed; a worker may have been stopped, or
        // the fork server be mute, which no descriptor reports; a failed start is tried again.
        let kill = self.slots.iter().filter_map(|slot| slot.kill_at).min();
        let watched =
            |slot: &Slot| slot.held.is_some() || slot.killed.is_some() || slot.is_asked_for();
        let check = self.slots.iter().any(watched).then(|| self.checked + CHECK_INTERVAL);
        let again = self.hold_off.filter(|_| self.lacks_worker());
        kill.into_iter().chain(check).chain(again).min()
    }
}

#[cfg(test)]
mod tests;
