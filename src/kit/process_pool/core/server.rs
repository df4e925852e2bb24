//! The pool's link to a fork server: requests for workers, reports of their pids and of their
//! ends.
//!
//! Requests and reports carry the pool's number of the worker, because the pid comes late and
//! may come again. The link does not block; a request that does not fit now is made again after
//! the server's next answer (`is_full`), so the pool's lock is never held for a wait.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::process::Signal;

use super::super::slot::Slot;
use super::super::watch::{Watch, WatchSource};
use super::{Core, SERVER_TIMEOUT, SpawnRequest};
use crate::kit::child::{Death, ForkServer, NO_LINK, Process, RequestError};
use crate::kit::clock::monotonic_ns;
use crate::kit::wire::{Decoder, Filled, Frame, Kind, pack};

pub struct ServerLink {
    stream: UnixStream,
    decoder: Decoder,
    /// The last request did not fit. No other is made until the server has answered one, which
    /// shows that it reads.
    pub is_full: bool,
}

impl ServerLink {
    /// Makes a connected link non-blocking and adds it to the watch.
    ///
    /// # Errors
    /// If it cannot be watched.
    pub fn new(stream: UnixStream, watch: &Watch) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        watch.add(stream.as_fd(), WatchSource::Server)?;
        Ok(Self { stream, decoder: Decoder::default(), is_full: false })
    }

    /// The frames that have arrived; `None` if the server is gone or sends what is no frame.
    fn read(&mut self) -> Option<Vec<Frame>> {
        let mut frames = Vec::new();
        loop {
            let filled = self.decoder.fill(&self.stream).ok()?;
            while let Some(frame) = self.decoder.next_frame().ok()? {
                frames.push(frame);
            }
            match filled {
                Filled::End if frames.is_empty() => return None,
                // The end is still there when it is read next.
                Filled::End | Filled::Nothing | Filled::All => return Some(frames),
                Filled::Bytes => {}
            }
        }
    }
}

impl Core {
    /// Asks `server` for the worker of this request.
    ///
    /// The worker has its slot before it is asked for, both under one hold of the pool's lock:
    /// however early the answer comes, its slot is there.
    pub fn request(&mut self, server: &ForkServer, spawn_request: &SpawnRequest) {
        if let Err(error) = self.try_request(server, spawn_request) {
            match error {
                // The answer that is due wakes the leader, which tries again. If none is due,
                // nothing would.
                RequestError::Busy(_) if self.slots.iter().any(Slot::is_asked_for) => {
                    if let Some(link) = &mut self.server {
                        link.is_full = true;
                    }
                }
                RequestError::Busy(error) => self.refuse(&error),
                RequestError::Failed(error) => {
                    // What the server sent before it closed the link is the better reason, and
                    // breaks the pool with it; then `refuse` changes nothing.
                    self.read_server();
                    self.refuse(&error);
                }
            }
        }
    }

    /// Makes the slot, and sends the request. The slot is removed again if it cannot be sent.
    fn try_request(
        &mut self,
        server: &ForkServer,
        spawn_request: &SpawnRequest,
    ) -> Result<(), RequestError> {
        if self.server.is_none() {
            let link = server.connect().and_then(|link| ServerLink::new(link, &self.watch));
            self.server = Some(link.map_err(RequestError::Failed)?);
        }
        let (process, request) = Process::served().map_err(RequestError::Failed)?;
        self.handshake(spawn_request, process).map_err(RequestError::Failed)?;
        let sent = match &self.server {
            Some(link) => request.send(&link.stream, spawn_request.number),
            None => Err(RequestError::Failed(io::ErrorKind::NotConnected.into())),
        };
        // Dropping the slot closes the worker's ends; no process exists for it.
        if sent.is_err()
            && let Some(at) = self.find(spawn_request.number)
        {
            self.slots.remove(at);
        }
        sent
    }

    /// Handles what the server has sent. The end of the link, or anything that is no frame,
    /// means that the server is lost.
    pub fn read_server(&mut self) {
        let Some(link) = &mut self.server else { return };
        let Some(frames) = link.read() else {
            self.lose_server("the fork server is gone");
            return;
        };
        for frame in frames {
            match frame.kind {
                Kind::Forked => self.forked(&frame.payload),
                Kind::Ended => self.ended(&frame.payload),
                // Nothing else is sent on this link by a server of the same version; it is
                // ignored.
                _ => {}
            }
        }
    }

    /// A worker was forked, or could not be: payload is its number, its pid or 0, and the
    /// reason.
    fn forked(&mut self, mut payload: &[u8]) {
        let reported = pack::take_u64(&mut payload).zip(pack::take_u32(&mut payload));
        let Some((number, pid)) = reported else {
            return;
        };
        if let Some(link) = &mut self.server {
            // It reads requests: there is room again.
            link.is_full = false;
        }
        if number == NO_LINK {
            self.lose_server(&String::from_utf8_lossy(payload));
            return;
        }
        let Some(at) = self.find(number) else { return };
        if pid == 0 {
            let mut slot = self.slots.remove(at);
            // There is no process: nothing may be killed under a pid that this worker never
            // had.
            slot.process.mark_reaped();
            if let Some(chunk) = slot.held.take() {
                self.give_back(chunk);
            }
            self.refuse(&String::from_utf8_lossy(payload));
            return;
        }
        // Out of the list for `begin_lane`, which needs the rest of the core.
        let mut slot = self.slots.remove(at);
        slot.process.set_pid(pid);
        if slot.killed.is_some() {
            // It was to end before its pid was known.
            slot.process.kill(Signal::KILL);
        }
        self.begin_lane(&mut slot);
        self.slots.insert(at, slot);
    }

    /// A worker has ended and was reaped by the server. The report may come before the end of
    /// the worker's socket was read: `handle_exit` reads it.
    fn ended(&mut self, mut payload: &[u8]) {
        let reported = pack::take_u64(&mut payload).zip(Death::take(&mut payload));
        let Some((number, death)) = reported else {
            return;
        };
        if let Some(at) = self.find(number) {
            // First: from now on its pid may belong to another process, which must not be
            // killed.
            self.slots[at].process.mark_reaped();
            self.handle_exit(at, death);
        }
    }

    /// Gives the fork server up if it owes a start or an end for longer than
    /// [`SERVER_TIMEOUT`].
    pub fn check_server(&mut self) {
        let now = monotonic_ns();
        let owed = |slot: &Slot| {
            let asked = Duration::from_nanos(now.saturating_sub(slot.asked_ns));
            slot.is_asked_for() && asked >= SERVER_TIMEOUT
                || slot.killed.is_some_and(|since| since.elapsed() >= SERVER_TIMEOUT)
        };
        let is_mute = |core: &Self| core.server.is_some() && core.slots.iter().any(owed);
        if is_mute(self) {
            // This program may have been stopped itself, with the answers waiting unread all
            // the time.
            self.read_server();
        }
        if is_mute(self) {
            let time = SERVER_TIMEOUT.as_secs();
            self.lose_server(&format!("the fork server has not answered for {time} s"));
        }
    }

    /// No server reports ends any more: the pool breaks and its workers are killed from here.
    /// How they ended cannot be known.
    pub fn lose_server(&mut self, reason: &str) {
        self.server = None;
        self.break_down(reason);
        // `handle_exit` removes the last slot each time. A pid may have been reaped and given
        // out again since the last report; the system gives numbers out in a circle, so that
        // takes a full round.
        while let Some(slot) = self.slots.last() {
            slot.process.kill(Signal::KILL);
            self.handle_exit(self.slots.len() - 1, Death::Unknown);
        }
    }
}
