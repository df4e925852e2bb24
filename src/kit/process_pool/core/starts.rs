//! Which workers are started, and what follows when one cannot be.

use std::fmt;
use std::io;
use std::time::Instant;

use super::super::slot::Slot;
use super::super::watch::WatchSource;
use super::{Core, HOLD_OFF, INITIALIZER};
use crate::kit::child::{Process, Start, send_with};
use crate::kit::clock::monotonic_ns;
use crate::kit::wire::{Kind, encode, pack};

/// A worker to be started.
pub struct SpawnRequest {
    pub number: u64,
    pub asked_ns: u64,
}

impl Core {
    /// A worker whose program is to be started, if one is needed and there may be one more.
    /// That takes long, and is done without the lock; workers of a fork server are
    /// asked for here.
    pub fn spawn_request(&mut self) -> Option<SpawnRequest> {
        while self.wants_worker() {
            self.hold_off = None;
            let spawn_request =
                SpawnRequest { number: self.workers_so_far, asked_ns: monotonic_ns() };
            self.workers_so_far += 1;
            match self.how.start.clone() {
                Start::Spawn => {
                    self.starting += 1;
                    return Some(spawn_request);
                }
                Start::ForkServer(server) => self.request(&server, &spawn_request),
            }
            self.advance();
        }
        None
    }

    pub fn wants_worker(&self) -> bool {
        let held_off = self.hold_off.is_some_and(|until| Instant::now() < until);
        let server_is_full = self.server.as_ref().is_some_and(|line| line.is_full);
        self.lacks_worker() && !held_off && !server_is_full
    }

    pub fn lacks_worker(&self) -> bool {
        let working = self.working() + self.starting;
        let waiting = self.queue.len().saturating_sub(self.starting) > 0;
        self.broken.is_none() && working < self.limit && (waiting || working < self.wanted)
    }

    pub fn working(&self) -> usize {
        self.slots.iter().filter(|slot| !slot.retiring).count()
    }

    /// Takes on the worker whose program was started.
    pub fn register(&mut self, spawn_request: &SpawnRequest, process: io::Result<Process>) {
        self.starting -= 1;
        if self.broken.is_some() || (self.closing && self.queue.is_empty()) {
            return;
        }
        match process.and_then(|process| self.handshake(spawn_request, process)) {
            Ok(()) => self.advance(),
            Err(error) => self.refuse(&error),
        }
    }

    /// A worker could not be started. A pool that was to have all its workers breaks, for
    /// what it is used for may need all at once; so does one that has no worker. With
    /// others at work the queue is still worked off, and another one is tried soon.
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

    pub fn handshake(&mut self, spawn_request: &SpawnRequest, process: Process) -> io::Result<()> {
        if let Some(region) = &self.how.region {
            let region_frame = encode(Kind::Region, &[])?;
            send_with(&process.socket, &region_frame, &[region.file()])?;
        }
        let watched = self.how.observer.is_some();
        let mut slot = Slot::new(spawn_request.number, process, spawn_request.asked_ns, watched)?;
        if let Some((job, input)) = &self.how.initializer {
            let mut payload = INITIALIZER.to_le_bytes().to_vec();
            pack::put_bytes(&mut payload, job.as_bytes());
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
        let at = self.slots.partition_point(|other| other.number < slot.number);
        self.slots.insert(at, slot);
        Ok(())
    }

    /// Its process exists.
    pub fn begin_lane(&mut self, slot: &mut Slot) {
        self.milestones.spawned = monotonic_ns();
        self.shortage = None;
        if let Some(observer) = &self.how.observer {
            slot.set_lane(observer(&slot.name, slot.process.pid()));
        }
    }
}
