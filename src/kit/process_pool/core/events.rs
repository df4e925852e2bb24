//! How the pool handles events of its workers and servers.

use std::mem::take;
use std::time::Instant;

use super::super::slot::Slot;
use super::super::watch::{Part, WatchSource};
use super::{Core, LOOK};
use crate::kit::event::Stream;
use crate::kit::wire::Frame;

impl Core {
    /// Takes in what happened, and does what follows from it.
    pub fn take_in(&mut self, events: &[WatchSource]) {
        let mut ended = Vec::new();
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
        self.look();
        self.end_unresponsive();
        for number in ended {
            if let Some(at) = self.find(number)
                && let Some(death) = self.slots[at].process.reap()
            {
                self.handle_exit(at, death);
            }
        }
        self.advance();
    }

    /// Where the worker of this number is, if it still is.
    pub fn find(&self, number: u64) -> Option<usize> {
        let by_number = |slot: &Slot| slot.number.cmp(&number);
        self.slots.binary_search_by(by_number).ok()
    }

    fn read(&mut self, number: u64, ended: bool) {
        let Some(at) = self.find(number) else { return };
        let mut frames = Vec::new();
        self.slots[at].write_some();
        self.slots[at].await_room(&self.watch);
        if !self.slots[at].read_some(ended, &mut frames) {
            self.unread.push(number);
        }
        self.take_frames(at, frames);
    }

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

    /// Looks from time to time whether another process has stopped a worker.
    fn look(&mut self) {
        if self.looked.elapsed() >= LOOK {
            self.looked = Instant::now();
            let holding = |slot: &&mut Slot| slot.held.is_some();
            self.slots.iter_mut().filter(holding).for_each(Slot::look);
            self.check_server();
        }
    }

    /// Ends who has taken too long, who cannot be understood, and who does not listen.
    fn end_unresponsive(&mut self) {
        let now = Instant::now();
        for slot in &mut self.slots {
            let late = slot.kill_at.is_some_and(|late| late <= now);
            let useless = slot.broken.is_some() || (slot.silent && !slot.retiring);
            if late || (useless && slot.killed.is_none()) {
                slot.kill();
            }
        }
    }
}
