//! What a pool waits for: its workers, its fork server, and a bell that other threads ring.
//!
//! One epoll instance with three kinds of entries (`epoll(7)`):
//! - the bell, an eventfd that is never read, edge-triggered: each write is one event, so each
//!   ring ends one wait;
//! - sockets, edge-triggered: an answer wakes one thread. Level-triggered, the kernel would
//!   wake the second waiting thread too while the first has not read yet;
//! - outputs, pidfds and the link to the fork server, level-triggered: they are rare, and what
//!   is not read at once is reported again. A thread that is woken for nothing finds nothing to
//!   read.
//!
//! Several threads may wait at once. The kernel wakes the one that began to wait last, since
//! each puts itself at the head of the queue of exclusive waiters: a helper comes before the
//! manager.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::event::{EventfdFlags, Timespec, eventfd};

/// Events of a worker's socket: bytes, or the other end was shut down.
const SOCKET: EventFlags = EventFlags::IN.union(EventFlags::RDHUP).union(EventFlags::ET);
/// Events taken with one call; more stay queued in the kernel for the next. Ample for the
/// workers of one machine, and small enough for the stack of a call.
const EVENTS: usize = 64;

/// What has become ready. Travels through the kernel as the 64 bits of `epoll_data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchSource {
    /// A caller or a nudge wants the leader to look at the pool.
    Bell,
    Server,
    /// A part of the worker with this number. It may be gone by now: numbers are never reused,
    /// so it is looked up and an unknown one is ignored.
    Worker(u64, Part),
}

/// What of a worker has become ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its socket has bytes, or room for bytes.
    Socket,
    /// One of its outputs has bytes, or has ended.
    Stdout,
    Stderr,
    /// The process has ended (its pidfd is readable) and can be reaped.
    End,
    /// The socket's other end is closed. Derived from the event's flags; not added to the
    /// watch.
    Hangup,
}

impl Part {
    /// The parts that have a descriptor. Their positions are their codes in `epoll_data`, so
    /// the order is that of the variants.
    const WATCHED: [Self; 4] = [Self::Socket, Self::Stdout, Self::Stderr, Self::End];
}

/// The epoll instance and the bell of one pool. Both are usable from any number of threads
/// without a lock: the kernel keeps their state.
#[derive(Debug)]
pub struct Watch {
    epoll: OwnedFd,
    bell: OwnedFd,
}

impl Watch {
    /// Makes the watch with its bell.
    ///
    /// # Errors
    /// If the system has no descriptor or memory left.
    pub fn new() -> io::Result<Self> {
        let watch = Self {
            epoll: epoll::create(CreateFlags::CLOEXEC)?,
            bell: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
        };
        // No thread reads the bell. Its counter only grows, by one each ring, and cannot reach
        // its limit of 2⁶⁴ - 2.
        watch.add(watch.bell.as_fd(), WatchSource::Bell)?;
        Ok(watch)
    }

    /// Ends the wait of one thread, or the next wait if no thread waits now. Never blocks.
    pub fn ring(&self) {
        let _ = rustix::io::write(&self.bell, &1u64.to_ne_bytes());
    }

    /// Watches `fd` from now on. It is forgotten when its last duplicate is closed, so nothing
    /// needs to be removed.
    ///
    /// # Errors
    /// If the system has no memory or no watch left for this user.
    pub fn add(&self, fd: BorrowedFd<'_>, source: WatchSource) -> io::Result<()> {
        let flags = match source {
            // See the module for the reasons of the two modes.
            WatchSource::Bell => EventFlags::IN | EventFlags::ET,
            WatchSource::Worker(_, Part::Socket) => SOCKET,
            WatchSource::Server | WatchSource::Worker(..) => EventFlags::IN,
        };
        Ok(epoll::add(&self.epoll, fd, source.into_data(), flags)?)
    }

    /// Reports from now on, or no longer, when the socket of this worker takes bytes. Wanted
    /// only while something is to be written: a socket becomes writable at every message that
    /// the worker reads, and each of these events would wake a thread for nothing.
    pub fn room(&self, socket: BorrowedFd<'_>, worker: u64, wanted: bool) {
        let mut flags = SOCKET;
        flags.set(EventFlags::OUT, wanted);
        let data = WatchSource::Worker(worker, Part::Socket).into_data();
        // Changing an entry needs no memory, and the socket is watched as long as its slot
        // exists.
        let _ = epoll::modify(&self.epoll, socket, data, flags);
    }

    /// Waits until something is ready, at most for `limit` (`None`: without end), and returns
    /// what is.
    pub fn wait(&self, limit: Option<Duration>) -> Vec<WatchSource> {
        let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
        let mut events = Vec::with_capacity(EVENTS);
        // An interrupted wait is one without events: the caller comes back in its next round.
        let _ = epoll::wait(&self.epoll, spare_capacity(&mut events), limit.as_ref());
        events.into_iter().map(|event| WatchSource::of(event.data, event.flags)).collect()
    }
}

impl WatchSource {
    /// Two values for the bell and the server, the others for workers: 4 parts for each number.
    fn into_data(self) -> EventData {
        EventData::new_u64(match self {
            Self::Bell => u64::MAX,
            Self::Server => u64::MAX - 1,
            Self::Worker(number, part) => number * 4 + part as u64,
        })
    }

    /// The inverse of `into_data`, with a closed socket told apart by the flags.
    fn of(data: EventData, flags: EventFlags) -> Self {
        let over = EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR;
        match data.u64() {
            u64::MAX => Self::Bell,
            data if data == u64::MAX - 1 => Self::Server,
            data => match (data / 4, Part::WATCHED[(data % 4) as usize]) {
                (number, Part::Socket) if flags.intersects(over) => {
                    Self::Worker(number, Part::Hangup)
                }
                (number, part) => Self::Worker(number, part),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_come_back_as_they_were_given() {
        let workers = Part::WATCHED.map(|part| WatchSource::Worker(7, part));
        for source in workers.into_iter().chain([WatchSource::Bell, WatchSource::Server]) {
            assert_eq!(WatchSource::of(source.into_data(), EventFlags::IN), source);
        }
        let socket = WatchSource::Worker(7, Part::Socket).into_data();
        let hangup = WatchSource::of(socket, EventFlags::IN | EventFlags::HUP);
        assert_eq!(hangup, WatchSource::Worker(7, Part::Hangup));
    }

    #[test]
    fn each_ring_of_the_bell_ends_one_wait() {
        let watch = Watch::new().unwrap();
        assert_eq!(watch.wait(Some(Duration::ZERO)), []);
        for _ in 0..2 {
            watch.ring();
            assert_eq!(watch.wait(None), [WatchSource::Bell]);
            assert_eq!(watch.wait(Some(Duration::ZERO)), []);
        }
    }
}
