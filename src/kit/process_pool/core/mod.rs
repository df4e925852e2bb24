//! The pool's state and its rules: who gets which work, who is started, who is let go.
//!
//! Nothing here waits. Promises whose time has come are only noted: they are settled by
//! [`super::shared::ProcessPoolState`] when the lock on all this is free again.

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
use crate::kit::event::LaneEvent;
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

/// How long a worker that was asked to end may take before it is killed.
const GRACE: Duration = Duration::from_secs(1);
/// How often workers that hold work are looked at: a stopped one wakes no thread.
const LOOK: Duration = Duration::from_millis(500);
/// Workers in a row that may die before their hello until the pool gives up: more than
/// a hail of kills brings about.
const FALSE_STARTS: u32 = 10;
/// How long a pool whose other workers go on waits after a worker could not be started.
const HOLD_OFF: Duration = Duration::from_millis(100);
/// How long a fork server may take to report the start of a worker that it was asked for, or
/// the end of one that was killed.
const SERVER_PATIENCE: Duration = Duration::from_secs(10);
/// The number of the initializer's chunk.
const INITIALIZER: u64 = u64::MAX;

pub struct Core {
    how: Builder,
    watch: Arc<Watch>,
    queue: VecDeque<Chunk>,
    /// Tasks in the queue.
    queued: usize,
    /// In the order of their numbers.
    slots: Vec<Slot>,
    limit: usize,
    /// Workers that were asked for without work.
    wanted: usize,
    /// Workers that are being started just now.
    starting: usize,
    workers_so_far: u64,
    /// No worker is started before: the last one could not be.
    hold_off: Option<Instant>,
    /// Why it could not be.
    shortage: Option<Arc<str>>,
    server: Option<ServerLink>,
    closing: bool,
    broken: Option<Arc<str>>,
    /// The manager has ended.
    ended: bool,
    /// Chunks of dead workers under [`Policy::Lose`]: their futures stay open.
    lost: Vec<Chunk>,
    false_starts: u32,
    /// When the workers were last looked at.
    looked: Instant,
    retried: usize,
    gone: Arc<VecDeque<Gone>>,
    gone_earlier: u64,
    milestones: Milestones,
    /// Promises to settle as soon as the lock is free.
    pub settled: Vec<Settlement>,
    /// Workers whose output may hold more than was read at once.
    unread: Vec<u64>,
    /// Threads that wait for a change of the pool.
    pub onlookers: usize,
    /// The manager was called and has not come yet.
    pub called: bool,
    /// When the manager comes by itself; `None`: not before it is called.
    pub manager_due: Option<Instant>,
}

impl Core {
    pub fn new(how: Builder, watch: Arc<Watch>) -> Self {
        Self {
            watch,
            limit: how.workers,
            how,
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
            looked: Instant::now(),
            retried: 0,
            gone: Arc::default(),
            gone_earlier: 0,
            milestones: Milestones { made: monotonic_ns(), ..Milestones::default() },
            settled: Vec::new(),
            unread: Vec::new(),
            onlookers: 0,
            called: false,
            manager_due: None,
        }
    }

    pub fn how(&self) -> &Builder {
        &self.how
    }

    pub fn limit(&self) -> usize {
        self.limit
    }

    /// # Errors
    /// Why the pool takes no tasks.
    pub fn is_open(&self) -> Result<(), PoolError> {
        match &self.broken {
            Some(reason) => Err(PoolError::Broken(Arc::clone(reason))),
            None if self.closing => Err(PoolError::ShutDown),
            None => Ok(()),
        }
    }

    /// # Errors
    /// Why the pool takes no tasks.
    pub fn submit(&mut self, chunks: Vec<Chunk>) -> Result<(), PoolError> {
        self.is_open()?;
        self.queued += chunks.iter().map(|chunk| chunk.items.len()).sum::<usize>();
        self.queue.extend(chunks);
        self.advance();
        Ok(())
    }

    pub fn prestart(&mut self) {
        if self.is_open().is_ok() {
            self.wanted = self.limit;
        }
    }

    pub fn resize(&mut self, limit: usize) {
        self.limit = limit;
        self.advance();
    }

    pub fn close(&mut self, how: Shutdown) {
        self.closing = true;
        self.wanted = 0;
        if how != Shutdown::Drain {
            self.clear_queue(|_| Verdict::Cancelled);
        }
        if how == Shutdown::Terminate {
            self.end_all(&"it was terminated".into());
        }
        self.advance();
    }

    /// Lets go who is not needed, and gives work to the others.
    fn advance(&mut self) {
        self.let_go();
        self.dispatch();
        // Now that the queue may be empty.
        if self.closing {
            self.let_go();
        }
    }

    /// Gives waiting chunks to idle workers.
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
            let Some(payload) = chunk.begin(&slot.name) else {
                continue;
            };
            for item in &chunk.items {
                slot.emit(|| LaneEvent::TaskStarted { task: item.id, label: chunk.job.into() });
            }
            // Before it is written: the worker may have computed before we can look again.
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
            slot.await_room(&self.watch);
            slot.held = Some(chunk);
            self.milestones.sent = sent;
        }
    }

    /// Ends workers that are not needed any more.
    fn let_go(&mut self) {
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

    fn clear_queue(&mut self, mut verdict: impl FnMut(&Arc<str>) -> Verdict) {
        self.queued = 0;
        for chunk in take(&mut self.queue) {
            self.settled.extend(chunk.settle(&mut verdict));
        }
    }

    /// The pool's life is over: the manager can go.
    pub fn is_over(&self) -> bool {
        self.closing && self.slots.is_empty() && self.queue.is_empty() && self.starting == 0
    }

    /// The manager is no more, before its time.
    pub fn on_manager_panic(&mut self, reason: &str) {
        self.break_down(reason);
        self.closing = true;
        // A worker that is dropped is killed and reaped.
        self.slots.clear();
    }

    /// A thread that still waits for a lost task learns that its pool has ended.
    pub fn end(&mut self) -> Vec<Chunk> {
        self.milestones.ended = monotonic_ns();
        self.ended = true;
        take(&mut self.lost)
    }

    /// Whether the manager must come, and earlier than it would by itself.
    pub fn needs_manager(&self) -> bool {
        let too_late = |due| self.manager_due.is_none_or(|comes| due < comes);
        self.wants_worker() || self.is_over() || self.due().is_some_and(too_late)
    }

    /// When something is to be done at the latest, whatever happens or not.
    pub fn due(&self) -> Option<Instant> {
        if !self.unread.is_empty() {
            return Some(Instant::now());
        }
        let kill = self.slots.iter().filter_map(|slot| slot.kill_at).min();
        let watched =
            |slot: &Slot| slot.held.is_some() || slot.killed.is_some() || slot.is_asked_for();
        let look = self.slots.iter().any(watched).then(|| self.looked + LOOK);
        let again = self.hold_off.filter(|_| self.lacks_worker());
        kill.into_iter().chain(look).chain(again).min()
    }
}

#[cfg(test)]
mod tests;
