//! What a pool waits for: its workers, its fork server, and a bell that others ring.
//!
//! Several threads may wait at once. Each event is given to one of them only, to the one
//! that began to wait last: a thread that helps comes before the manager.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::event::{EventfdFlags, Timespec, eventfd};

/// What is news of a worker's socket.
const SOCKET: EventFlags = EventFlags::IN.union(EventFlags::RDHUP).union(EventFlags::ET);
/// Events taken at once.
const EVENTS: usize = 64;

/// What has become ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchSource {
    Bell,
    Server,
    /// A part of the worker of this number.
    Worker(u64, Part),
}

/// What of a worker has become ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Socket,
    Stdout,
    Stderr,
    /// The process has ended.
    End,
    /// The socket's other end is closed.
    Hangup,
}

impl Part {
    const WATCHED: [Self; 4] = [Self::Socket, Self::Stdout, Self::Stderr, Self::End];
}

#[derive(Debug)]
pub struct Watch {
    epoll: OwnedFd,
    bell: OwnedFd,
}

impl Watch {
    /// # Errors
    /// If descriptors are short.
    pub fn new() -> io::Result<Self> {
        let watch = Self {
            epoll: epoll::create(CreateFlags::CLOEXEC)?,
            bell: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
        };
        // No thread reads the bell: each stroke is an event of its own.
        watch.add(watch.bell.as_fd(), WatchSource::Bell)?;
        Ok(watch)
    }

    /// Ends the wait of one who waits, or of the next one to do so.
    pub fn ring(&self) {
        let _ = rustix::io::write(&self.bell, &1u64.to_ne_bytes());
    }

    /// Watches `fd`; it is forgotten when it is closed.
    ///
    /// # Errors
    /// If the system has no memory for it.
    pub fn add(&self, fd: BorrowedFd<'_>, source: WatchSource) -> io::Result<()> {
        let flags = match source {
            // Only news, and to one waiter: a thread that takes it reads to the end.
            WatchSource::Bell => EventFlags::IN | EventFlags::ET,
            WatchSource::Worker(_, Part::Socket) => SOCKET,
            WatchSource::Server | WatchSource::Worker(..) => EventFlags::IN,
        };
        Ok(epoll::add(&self.epoll, fd, source.into_data(), flags)?)
    }

    /// Reports from now on, or no longer, when the socket of this worker takes bytes: it
    /// does so at every message that the worker reads, which is no news to anyone who
    /// has nothing more to write.
    pub fn room(&self, socket: BorrowedFd<'_>, worker: u64, wanted: bool) {
        let mut flags = SOCKET;
        flags.set(EventFlags::OUT, wanted);
        let data = WatchSource::Worker(worker, Part::Socket).into_data();
        // What is watched can be watched for something else: no memory is needed for that.
        let _ = epoll::modify(&self.epoll, socket, data, flags);
    }

    /// Waits until something has news, at most for `limit`.
    pub fn wait(&self, limit: Option<Duration>) -> Vec<WatchSource> {
        let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
        let mut events = Vec::with_capacity(EVENTS);
        // An interrupted wait is one without news.
        let _ = epoll::wait(&self.epoll, spare_capacity(&mut events), limit.as_ref());
        events.into_iter().map(|event| WatchSource::of(event.data, event.flags)).collect()
    }
}

impl WatchSource {
    fn into_data(self) -> EventData {
        EventData::new_u64(match self {
            Self::Bell => u64::MAX,
            Self::Server => u64::MAX - 1,
            Self::Worker(number, part) => number * 4 + part as u64,
        })
    }

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
    fn each_stroke_of_the_bell_ends_one_wait() {
        let watch = Watch::new().unwrap();
        assert_eq!(watch.wait(Some(Duration::ZERO)), []);
        for _ in 0..2 {
            watch.ring();
            assert_eq!(watch.wait(None), [WatchSource::Bell]);
            assert_eq!(watch.wait(Some(Duration::ZERO)), []);
        }
    }
}
