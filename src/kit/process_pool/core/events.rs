//! How the pool takes in what the leader found ready.
//!
//! The order within one batch matters: first everything that was sent is read, then workers
//! that are of no use are killed, and only then are those that have ended removed. So an answer
//! that was sent before a death always counts.

use std::mem::take;
use std::time::Instant;

use super::super::slot::Slot;
use super::super::watch::{Part, WatchSource};
use super::{CHECK_INTERVAL, Core};
use crate::kit::event::Stream;
use crate::kit::wire::Frame;

impl Core {
    /// Takes in a batch of events and does what follows. Events may be stale: a worker that is
    /// gone is not found, and a descriptor that another thread has read gives nothing.
    pub fn take_in(&mut self, events: &[WatchSource]) {
        let mut ended = Vec::new();
        // What was left over from the last batch; reading it may leave something over again.
        for number in take(&mut self.unread) {
            self.read(number, true);
        }
        for source in events {
            match *source {
                WatchSource::Bell => {}
                WatchSource::Server => self.read_server(),
                WatchSource::Worker(number, Part::Socket) => self.read(number, false),
                WatchSource::Worker(number, Part::Hangup) => self.read(number, true),
                WatchSource::Worker(number, Part::Stdout) => {
                    self.read_output(number, Stream::Stdout);
                }
                WatchSource::Worker(number, Part::Stderr) => {
                    self.read_output(number, Stream::Stderr);
                }
                WatchSource::Worker(number, Part::End) => ended.push(number),
            }
        }
        self.check_unreported();
        self.end_unresponsive();
        // A spawned worker's pidfd is ready: it is reaped here. `reap` returns `None` if it was
        // not ready after all. Workers of a fork server end with its report instead.
        for number in ended {
            if let Some(at) = self.find(number)
                && let Some(death) = self.slots[at].process.reap()
            {
                self.handle_exit(at, death);
            }
        }
        self.advance();
    }

    /// The index of the worker with this number, unless it is gone. Slots are sorted by number.
    pub fn find(&self, number: u64) -> Option<usize> {
        let by_number = |slot: &Slot| slot.number.cmp(&number);
        self.slots.binary_search_by(by_number).ok()
    }

    /// Writes what is to be written to this worker, and reads what it has sent. `ended`: read
    /// on to the end of the stream.
    fn read(&mut self, number: u64, ended: bool) {
        let Some(at) = self.find(number) else { return };
        let mut frames = Vec::new();
        // The event does not keep whether there are bytes or room: both are tried.
        self.slots[at].write_some();
        self.slots[at].await_room(&self.watch);
        if !self.slots[at].read_some(ended, &mut frames) {
            self.unread.push(number);
        }
        self.take_frames(at, frames);
    }

    /// Takes in the frames of one worker. None of them removes a slot, so `at` stays right.
    pub fn take_frames(&mut self, at: usize, frames: Vec<Frame>) {
        for frame in frames {
            self.take_frame(at, &frame);
        }
    }

    fn read_output(&mut self, number: u64, stream: Stream) {
        if let Some(at) = self.find(number) {
            self.slots[at].read_output(stream);
        }
    }

    /// Checks, at most every [`CHECK_INTERVAL`], for workers that were stopped and for a mute fork
    /// server. Reading `/proc` costs some microseconds for each worker.
    fn check_unreported(&mut self) {
        if self.checked.elapsed() >= CHECK_INTERVAL {
            self.checked = Instant::now();
            let holding = |slot: &&mut Slot| slot.held.is_some();
            self.slots.iter_mut().filter(holding).for_each(Slot::check_stopped);
            self.check_server();
        }
    }

    /// Kills workers that took too long to end, that sent what is no frame, and that closed
    /// their socket. A worker that retires closes its socket when it ends, so that is no fault.
    fn end_unresponsive(&mut self) {
        let now = Instant::now();
        for slot in &mut self.slots {
            let late = slot.kill_at.is_some_and(|late| late <= now);
            let useless = slot.broken.is_some() || (slot.silent && !slot.retiring);
            // Once is enough for the second kind: `killed` stays set until the end is known.
            if late || (useless && slot.killed.is_none()) {
                slot.kill();
            }
        }
    }
}
