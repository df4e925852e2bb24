//! The pool's line to a fork server: who was forked, and how they ended.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use rustix::process::Signal;

use super::super::slot::Slot;
use super::super::watch::{Source, Watch};
use super::{Core, SERVER_PATIENCE};
use crate::kit::child::{Death, ForkServer};
use crate::kit::wire::{Decoder, Filled, Frame, Kind, pack};

/// The line, and what has arrived on it.
pub(super) struct Line {
    pub(super) stream: UnixStream,
    decoder: Decoder,
    watched: bool,
}

impl Line {
    /// The line in `slot`, opened when it is first needed.
    pub(super) fn to<'a>(
        slot: &'a mut Option<Self>,
        server: &ForkServer,
    ) -> io::Result<&'a mut Self> {
        if slot.is_none() {
            let stream = server.connect()?;
            stream.set_nonblocking(true)?;
            *slot = Some(Self {
                stream,
                decoder: Decoder::default(),
                watched: false,
            });
        }
        slot.as_mut()
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    pub(super) fn be_watched(&mut self, watch: &Watch) -> io::Result<()> {
        if !self.watched {
            watch.add(self.stream.as_fd(), Source::Server)?;
            self.watched = true;
        }
        Ok(())
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
    /// Takes in what the fork server said.
    pub(super) fn hear_server(&mut self) {
        let Some(line) = &mut self.server else { return };
        let Some(frames) = line.read() else {
            self.lose_server();
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
        let told = pack::take_u64(&mut payload).zip(pack::take_u32(&mut payload));
        let Some((number, pid)) = told else { return };
        let Some(at) = self.find(number) else { return };
        if pid == 0 {
            let why = String::from_utf8_lossy(payload).into_owned();
            self.slots[at].broken = Some(format!("could not be forked: {why}"));
            self.slots[at].process.buried();
            self.bury(at, Death::Unknown);
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
        let told = pack::take_u32(&mut payload).zip(Death::take(&mut payload));
        let Some((pid, death)) = told else { return };
        let is_it = |slot: &Slot| slot.process.pid() == pid;
        if let Some(at) = self.slots.iter().position(is_it) {
            self.slots[at].process.buried();
            self.bury(at, death);
        }
    }

    /// Whether the fork server owes us the end of a worker for too long.
    pub(super) fn server_is_mute(&self) -> bool {
        let owed = |slot: &Slot| {
            slot.killed
                .is_some_and(|since| since.elapsed() >= SERVER_PATIENCE)
        };
        self.server.is_some() && self.slots.iter().any(owed)
    }

    /// Nobody will tell any more how its workers end: they are ended here.
    pub(super) fn lose_server(&mut self) {
        self.server = None;
        self.break_down("the fork server is gone");
        while let Some(slot) = self.slots.last() {
            slot.process.kill(Signal::KILL);
            self.bury(self.slots.len() - 1, Death::Unknown);
        }
    }
}
