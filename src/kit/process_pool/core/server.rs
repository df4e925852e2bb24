//! The pool's line to a fork server: who was forked, and how they ended.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::process::Signal;

use super::super::slot::Slot;
use super::super::watch::{Watch, WatchSource};
use super::{Core, SERVER_PATIENCE, SpawnRequest};
use crate::kit::child::{Death, ForkServer, NO_LINE, Process, RequestError};
use crate::kit::clock::monotonic_ns;
use crate::kit::wire::{Decoder, Filled, Frame, Kind, pack};

/// The line, and what has arrived on it.
pub struct ServerLink {
    stream: UnixStream,
    decoder: Decoder,
    /// The server has requests to read before there is room for more: it is not asked
    /// again until its next answer.
    pub is_full: bool,
}

impl ServerLink {
    /// # Errors
    /// If it cannot be watched.
    pub fn new(stream: UnixStream, watch: &Watch) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        watch.add(stream.as_fd(), WatchSource::Server)?;
        Ok(Self { stream, decoder: Decoder::default(), is_full: false })
    }

    /// What has arrived; `None` if the server is gone.
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
    /// Asks `server` for the worker that was ordered.
    ///
    /// The worker has its slot before it is asked for, and both happen under one hold of
    /// the pool's lock: however early the answer comes, its slot is there.
    pub fn request(&mut self, server: &ForkServer, spawn_request: &SpawnRequest) {
        if let Err(error) = self.try_request(server, spawn_request) {
            match error {
                // What is due wakes us; if nothing is, nothing would.
                RequestError::Busy(_) if self.slots.iter().any(Slot::is_asked_for) => {
                    if let Some(line) = &mut self.server {
                        line.is_full = true;
                    }
                }
                RequestError::Busy(error) => self.refuse(&error),
                RequestError::Failed(error) => {
                    // What it sent before it closed the line is the better reason.
                    self.read_server();
                    self.refuse(&error);
                }
            }
        }
    }

    fn try_request(
        &mut self,
        server: &ForkServer,
        spawn_request: &SpawnRequest,
    ) -> Result<(), RequestError> {
        if self.server.is_none() {
            let line = server.connect().and_then(|line| ServerLink::new(line, &self.watch));
            self.server = Some(line.map_err(RequestError::Failed)?);
        }
        let (process, request) = Process::served().map_err(RequestError::Failed)?;
        self.handshake(spawn_request, process).map_err(RequestError::Failed)?;
        let sent = match &self.server {
            Some(line) => request.send(&line.stream, spawn_request.number),
            None => Err(RequestError::Failed(io::ErrorKind::NotConnected.into())),
        };
        if sent.is_err()
            && let Some(at) = self.find(spawn_request.number)
        {
            self.slots.remove(at);
        }
        sent
    }

    /// Handles messages of the fork server.
    pub fn read_server(&mut self) {
        let Some(line) = &mut self.server else { return };
        let Some(frames) = line.read() else {
            self.lose_server("the fork server is gone");
            return;
        };
        for frame in frames {
            match frame.kind {
                Kind::Forked => self.forked(&frame.payload),
                Kind::Ended => self.ended(&frame.payload),
                _ => {}
            }
        }
    }

    fn forked(&mut self, mut payload: &[u8]) {
        let reported = pack::take_u64(&mut payload).zip(pack::take_u32(&mut payload));
        let Some((number, pid)) = reported else {
            return;
        };
        if let Some(line) = &mut self.server {
            line.is_full = false;
        }
        if number == NO_LINE {
            self.lose_server(&String::from_utf8_lossy(payload));
            return;
        }
        let Some(at) = self.find(number) else { return };
        if pid == 0 {
            let mut slot = self.slots.remove(at);
            slot.process.mark_reaped();
            if let Some(chunk) = slot.held.take() {
                self.give_back(chunk);
            }
            self.refuse(&String::from_utf8_lossy(payload));
            return;
        }
        let mut slot = self.slots.remove(at);
        slot.process.set_pid(pid);
        if slot.killed.is_some() {
            // It was to end before its pid was known.
            slot.process.kill(Signal::KILL);
        }
        self.begin_lane(&mut slot);
        self.slots.insert(at, slot);
    }

    fn ended(&mut self, mut payload: &[u8]) {
        let reported = pack::take_u64(&mut payload).zip(Death::take(&mut payload));
        let Some((number, death)) = reported else {
            return;
        };
        if let Some(at) = self.find(number) {
            self.slots[at].process.mark_reaped();
            self.handle_exit(at, death);
        }
    }

    /// Gives the fork server up if it owes us the start or the end of a worker for too long.
    pub fn check_server(&mut self) {
        let now = monotonic_ns();
        let owed = |slot: &Slot| {
            let asked = Duration::from_nanos(now.saturating_sub(slot.asked_ns));
            slot.is_asked_for() && asked >= SERVER_PATIENCE
                || slot.killed.is_some_and(|since| since.elapsed() >= SERVER_PATIENCE)
        };
        let is_mute = |core: &Self| core.server.is_some() && core.slots.iter().any(owed);
        if is_mute(self) {
            // We may have been held up ourselves.
            self.read_server();
        }
        if is_mute(self) {
            let time = SERVER_PATIENCE.as_secs();
            self.lose_server(&format!("the fork server has not answered for {time} s"));
        }
    }

    /// No server reports the ends of its workers any more: they are killed here.
    pub fn lose_server(&mut self, reason: &str) {
        self.server = None;
        self.break_down(reason);
        while let Some(slot) = self.slots.last() {
            slot.process.kill(Signal::KILL);
            self.handle_exit(self.slots.len() - 1, Death::Unknown);
        }
    }
}
