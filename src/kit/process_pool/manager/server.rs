//! The manager's line to a fork server: who was forked, and how they ended.

use std::io;
use std::os::unix::net::UnixStream;

use rustix::process::Signal;

use super::{Manager, SERVER_PATIENCE, Slot};
use crate::kit::child::{Death, ForkServer, read_some};
use crate::kit::wire::{Decoder, Frame, Kind, pack};

/// The line, and what has arrived on it.
pub(super) struct Line {
    pub(super) stream: UnixStream,
    decoder: Decoder,
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
            });
        }
        slot.as_mut()
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// What has arrived; `None` if the server is gone.
    fn read(&mut self) -> Option<Vec<Frame>> {
        let (mut buffer, mut frames) = ([0; 4096], Vec::new());
        loop {
            match read_some(&self.stream, &mut buffer) {
                Ok(None) => return Some(frames),
                Ok(Some([])) | Err(_) => return None,
                Ok(Some(bytes)) => self.decoder.push(bytes),
            }
            while let Some(frame) = self.decoder.next_frame().ok()? {
                frames.push(frame);
            }
        }
    }
}

impl Manager {
    /// Takes in what the fork server said.
    pub(super) fn hear_server(&mut self) {
        let Some(line) = &mut self.server else { return };
        let mute = |slot: &Slot| {
            slot.killed
                .is_some_and(|since| since.elapsed() >= SERVER_PATIENCE)
        };
        let frames = line
            .read()
            .filter(|frames| !frames.is_empty() || !self.slots.iter().any(mute));
        let Some(frames) = frames else {
            self.server = None;
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
        let Some(at) = self.slots.iter().position(|slot| slot.number == number) else {
            return;
        };
        if pid == 0 {
            let why = String::from_utf8_lossy(payload).into_owned();
            self.slots[at].broken = Some(format!("could not be forked: {why}"));
            self.slots[at].process.buried();
            self.bury(at, Death::Unknown);
            return;
        }
        let mut slot = self.slots.swap_remove(at);
        slot.process.set_pid(pid);
        if slot.killed.is_some() {
            // It was to end before its pid was known.
            slot.process.kill(Signal::KILL);
        }
        self.introduce(&mut slot);
        self.slots.push(slot);
    }

    fn ended(&mut self, mut payload: &[u8]) {
        let told = pack::take_u32(&mut payload).zip(Death::take(&mut payload));
        let Some((pid, death)) = told else { return };
        if let Some(at) = self.slots.iter().position(|slot| slot.process.pid() == pid) {
            self.slots[at].process.buried();
            self.bury(at, death);
        }
    }

    /// Nobody will tell any more how its workers end: they are ended here.
    fn lose_server(&mut self) {
        self.break_down("the fork server is gone");
        while let Some(slot) = self.slots.last() {
            slot.process.kill(Signal::KILL);
            self.bury(self.slots.len() - 1, Death::Unknown);
        }
    }
}
