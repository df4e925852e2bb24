//! Which workers are started, and what follows when one cannot be.
//!
//! A worker is lacking when tasks wait or workers are wanted without work, and the limit is not
//! reached (`lacks_worker`). With `spawn` the leader starts the program without the lock and
//! then registers it; with a fork server the request is one message and is made under the lock.

use std::fmt;
use std::io;
use std::time::Instant;

use super::super::slot::Slot;
use super::super::watch::WatchSource;
use super::{Core, HOLD_OFF, INITIALIZER};
use crate::kit::child::{Process, Start, send_with};
use crate::kit::clock::monotonic_ns;
use crate::kit::wire::{Kind, encode, pack};

/// A worker whose program is to be started.
pub struct SpawnRequest {
    /// The pool's number for it, given when it is asked for.
    pub number: u64,
    /// When it was asked for, by the monotonic clock in nanoseconds: its start time counts from
    /// here.
    pub asked_ns: u64,
}

impl Core {
    /// The next worker whose program is to be started, if one is lacking. The caller starts it
    /// without the lock and must call [`Core::register`] with the result. Workers of a fork
    /// server are asked for here, and `None` is returned.
    pub fn spawn_request(&mut self) -> Option<SpawnRequest> {
        while self.wants_worker() {
            self.hold_off = None;
            let spawn_request =
                SpawnRequest { number: self.workers_so_far, asked_ns: monotonic_ns() };
            self.workers_so_far += 1;
            match self.config.start.clone() {
                Start::Spawn => {
                    self.starting += 1;
                    return Some(spawn_request);
                }
                Start::ForkServer(server) => self.request(&server, &spawn_request),
            }
            // The new slot takes a waiting chunk now, so that the next turn counts what is
            // still lacking.
            self.advance();
        }
        None
    }

    /// Whether a worker is to be started now: one is lacking, and neither a failed start nor a
    /// full link to the server forbids it.
    pub fn wants_worker(&self) -> bool {
        let held_off = self.hold_off.is_some_and(|until| Instant::now() < until);
        let server_is_full = self.server.as_ref().is_some_and(|link| link.is_full);
        self.lacks_worker() && !held_off && !server_is_full
    }

    /// Whether there are fewer workers than could be used and may be had. Does not ask whether
    /// one can be started now; [`Core::wants_worker`] does.
    pub fn lacks_worker(&self) -> bool {
        let working = self.working() + self.starting;
        // Each worker that is being started will take one of the waiting chunks.
        let waiting = self.queue.len().saturating_sub(self.starting) > 0;
        self.broken.is_none() && working < self.limit && (waiting || working < self.wanted)
    }

    /// Workers that are not retiring. Those that retire do not count against the limit: a
    /// replacement may start while they end.
    pub fn working(&self) -> usize {
        self.slots.iter().filter(|slot| !slot.retiring).count()
    }

    /// Takes on the worker whose program was started, or handles that it could not be. Must be
    /// called once for each [`SpawnRequest`] that was returned, or the count of starting
    /// workers stays wrong.
    pub fn register(&mut self, spawn_request: &SpawnRequest, process: io::Result<Process>) {
        self.starting -= 1;
        // The pool ended while the program started: dropping `process` kills and reaps it.
        if self.broken.is_some() || (self.closing && self.queue.is_empty()) {
            return;
        }
        match process.and_then(|process| self.handshake(spawn_request, process)) {
            Ok(()) => self.advance(),
            Err(error) => self.refuse(&error),
        }
    }

    /// A worker could not be started. A pool that wants all its workers breaks, because what it
    /// is used for may need all at once; so does a pool that has no other worker. Otherwise the
    /// others work off the queue, and another start is tried after [`HOLD_OFF`].
    pub fn refuse(&mut self, error: &dyn fmt::Display) {
        self.shortage = Some(error.to_string().into());
        if self.wanted == 0 && self.slots.len() + self.starting > 0 {
            self.hold_off = Some(Instant::now() + HOLD_OFF);
            return;
        }
        let started = self.slots.iter().filter(|slot| !slot.is_asked_for());
        let after = match started.count() {
            0 => String::new(),
            first => format!(" after the first {first} of {}", self.limit),
        };
        self.break_down(&format!("no worker could be started{after}: {error}"));
    }

    /// Gives a new worker its slot: writes the shared memory and the initializer, adds its
    /// descriptors to the watch, and begins its lane if its pid is known.
    ///
    /// # Errors
    /// If a message or a watch is refused; the process is dropped then, and so killed.
    pub fn handshake(&mut self, spawn_request: &SpawnRequest, process: Process) -> io::Result<()> {
        if let Some(region) = &self.config.region {
            // Still blocking here, but the socket is new and empty: a frame of eight bytes
            // fits.
            let region_frame = encode(Kind::Region, &[])?;
            send_with(&process.socket, &region_frame, &[region.file()])?;
        }
        let watched = self.config.observer.is_some();
        let mut slot = Slot::new(spawn_request.number, process, spawn_request.asked_ns, watched)?;
        if let Some((function, input)) = &self.config.initializer {
            let mut payload = INITIALIZER.to_le_bytes().to_vec();
            pack::put_bytes(&mut payload, function.as_bytes());
            payload.extend_from_slice(&1u32.to_le_bytes());
            pack::put_bytes(&mut payload, input);
            slot.send(Kind::Chunk, &payload)?;
        }
        for (part, fd) in slot.parts() {
            self.watch.add(fd, WatchSource::Worker(slot.number, part))?;
        }
        slot.await_room(&self.watch);
        if slot.process.pid() != 0 {
            self.begin_lane(&mut slot);
        }
        // Two leaders may register workers in another order than they got their numbers.
        let at = self.slots.partition_point(|other| other.number < slot.number);
        self.slots.insert(at, slot);
        Ok(())
    }

    /// The worker's process exists and its pid is known. Runs the observer under the pool's
    /// lock.
    pub fn begin_lane(&mut self, slot: &mut Slot) {
        self.milestones.spawned = monotonic_ns();
        self.shortage = None;
        if let Some(observer) = &self.config.observer {
            slot.set_lane(observer(&slot.name, slot.process.pid()));
        }
    }
}
