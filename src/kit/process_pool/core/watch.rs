//! What the manager waits for, and for how long.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{LOOK, Manager};

impl Manager {
    /// The positions of workers with something to read, to write or to bury, in order.
    pub(super) fn ready(&self) -> Vec<usize> {
        let mut owners = Vec::new();
        let mut watched = vec![PollFd::new(&self.shared.wake, PollFlags::IN)];
        if let Some(line) = &self.server {
            watched.push(PollFd::new(&line.stream, PollFlags::IN));
        }
        let others = watched.len();
        for (at, slot) in self.slots.iter().enumerate() {
            let mut watch = |fd, flags| {
                owners.push(at);
                watched.push(PollFd::from_borrowed_fd(fd, flags));
            };
            if !slot.silent && slot.broken.is_none() {
                let flags = if slot.has_mail() {
                    PollFlags::IN | PollFlags::OUT
                } else {
                    PollFlags::IN
                };
                watch(slot.process.socket.as_fd(), flags);
            }
            for pipe in [&slot.process.stdout, &slot.process.stderr]
                .into_iter()
                .flatten()
            {
                watch(pipe.as_fd(), PollFlags::IN);
            }
            if let Some(end) = slot.process.end() {
                watch(end, PollFlags::IN);
            }
        }
        let patience = self
            .patience()
            .and_then(|time| Timespec::try_from(time).ok());
        if poll(&mut watched, patience.as_ref()).is_err() {
            return Vec::new();
        }
        let ready = owners
            .into_iter()
            .zip(&watched[others..])
            .filter(|(_, fd)| !fd.revents().is_empty());
        let mut ready: Vec<_> = ready.map(|(at, _)| at).collect();
        ready.dedup();
        ready
    }

    /// How long a wait may last.
    fn patience(&self) -> Option<Duration> {
        let now = Instant::now();
        let kill = self
            .slots
            .iter()
            .filter_map(|slot| slot.kill_at)
            .map(|late| late.saturating_duration_since(now))
            .min();
        let look = self
            .slots
            .iter()
            .any(|slot| slot.held.is_some() || slot.killed.is_some())
            .then_some(LOOK);
        kill.into_iter().chain(look).min()
    }
}
