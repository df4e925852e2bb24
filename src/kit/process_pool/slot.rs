//! One worker as the pool handles it: its process, its chunk, its outbox, and what it sent. The
//! states of a slot are drawn in `protocol`. All descriptors are non-blocking, so every method
//! returns at once and may be called under the pool's lock.
//!
//! ```text
//! pool ── send ──▶ outbox ── write_some ──▶ socket ──▶ worker
//! pool ◀── frames ── decoder ◀── read_some ── socket ◀── worker: hello, ready, answers
//!      ◀── lines ─── output ◀── stdout, stderr ◀──────── what its tasks print
//!      ◀── death ─── process ◀── its end
//! ```

use std::io::{self, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::process::Signal;

use super::chunk::{Chunk, ChunkAnswer};
use super::output::{Lines, READS};
use super::watch::{Part, Watch};
use crate::kit::child::{Death, Process};
use crate::kit::event::{Ending, LaneEvent, ResourceId, ResourceKind, Stream};
use crate::kit::proc_stat;
use crate::kit::recorder::EventSink;
use crate::kit::wire::{Decoder, Filled, Frame, Kind, WireError, encode};
use crate::printable::Printable;

/// Bytes kept for the next message to a worker.
const OUTBOX: usize = 16 * 1024;

/// Bytes that the socket has not taken yet. A worker that computes does not read, so a large
/// chunk for it has to wait here and not in a `write` under the pool's lock.
#[derive(Default)]
struct Outbox {
    bytes: Vec<u8>,
    written: usize,
    /// Whether the watch reports when the socket takes bytes.
    awaits_room: bool,
}

/// A worker and its connection. Exists from the moment at which the worker is asked for until
/// its end is known.
pub struct Slot {
    /// The pool's own number for it: pids come late, and come again.
    pub number: u64,
    pub name: Arc<str>,
    pub process: Process,
    pub held: Option<Chunk>,
    pub done: u64,
    /// When it was asked for, when its hello came, and when it was ready: at once, or with
    /// the answer to the initializer. By the monotonic clock.
    pub asked_ns: u64,
    pub hello_ns: Option<u64>,
    pub ready_ns: Option<u64>,
    /// Asked to end, or about to be: gets no more work.
    pub retiring: bool,
    /// When it is killed if it has not ended by itself.
    pub kill_at: Option<Instant>,
    /// When it was killed, until its end is known.
    pub killed: Option<Instant>,
    /// Has a task and does not run, because another process stopped it.
    pub stopped: bool,
    /// Its socket has ended: no answer will come any more.
    pub silent: bool,
    /// Why nothing that it sends is believed any more; it is killed for that.
    pub broken: Option<String>,
    sink: Option<Box<dyn EventSink + Send>>,
    socket: Option<ResourceId>,
    /// What happened before its lane began; `None` without an observer.
    early_events: Option<Vec<LaneEvent>>,
    decoder: Decoder,
    outbox: Outbox,
    lines: [Lines; 2],
    /// The last line on its standard error before it was ready.
    last_line: Printable,
}

impl Slot {
    /// A worker that was just asked for. `asked_ns` is the time of that by the monotonic clock;
    /// `watched` says whether there is an observer, for whom early events are kept.
    ///
    /// # Errors
    /// If its descriptors cannot be made non-blocking.
    pub fn new(number: u64, process: Process, asked_ns: u64, watched: bool) -> io::Result<Self> {
        process.socket.set_nonblocking(true)?;
        for pipe in [&process.stdout, &process.stderr].into_iter().flatten() {
            rustix::fs::fcntl_setfl(pipe, OFlags::NONBLOCK)?;
        }
        Ok(Self {
            number,
            name: format!("worker {number}").into(),
            process,
            held: None,
            done: 0,
            asked_ns,
            hello_ns: None,
            ready_ns: None,
            retiring: false,
            kill_at: None,
            killed: None,
            stopped: false,
            silent: false,
            broken: None,
            sink: None,
            socket: None,
            early_events: watched.then(Vec::new),
            decoder: Decoder::default(),
            outbox: Outbox::default(),
            lines: [Stream::Stdout, Stream::Stderr].map(Lines::of),
            last_line: Printable::default(),
        })
    }

    /// What there is to watch: those of its descriptors that are open, each with what it is.
    pub fn parts(&self) -> impl Iterator<Item = (Part, BorrowedFd<'_>)> {
        let process = &self.process;
        let parts = [
            (Part::Socket, Some(process.socket.as_fd())),
            (Part::Stdout, process.stdout.as_ref().map(AsFd::as_fd)),
            (Part::Stderr, process.stderr.as_ref().map(AsFd::as_fd)),
            (Part::End, process.end()),
        ];
        parts.into_iter().filter_map(|(part, fd)| Some((part, fd?)))
    }

    /// Whether it can be given work. It need not be ready: a chunk waits in its socket.
    pub fn is_idle(&self) -> bool {
        self.held.is_none() && !self.retiring && !self.silent && self.broken.is_none()
    }

    /// Asked for at the fork server, which has not answered yet: it has no pid, so it cannot be
    /// killed.
    pub fn is_asked_for(&self) -> bool {
        self.process.pid() == 0
    }

    /// Works off what it is given: tasks handed over before wait for that, in its socket.
    pub fn is_ready(&self) -> bool {
        self.ready_ns.is_some()
    }

    /// Its death in words, with what was wrong before it; for a worker that was not ready also
    /// the last line of its standard error, which usually is the reason.
    pub fn cause(&self, death: Death) -> String {
        let mut cause = match &self.broken {
            Some(why) => format!("{why} and {death}"),
            None => death.to_string(),
        };
        if self.is_ready() || self.retiring {
            return cause;
        }
        cause += match self.hello_ns {
            Some(_) => " in its initializer",
            None => " before it was ready",
        };
        if !self.last_line.is_empty() {
            cause = format!("{cause}: {}", self.last_line);
        }
        cause
    }

    /// Queues a frame and writes what goes without waiting. What the socket does not take stays in
    /// the outbox until there is room.
    ///
    /// # Errors
    /// If the payload is too large for a frame; then nothing is sent.
    pub fn send(&mut self, kind: Kind, payload: &[u8]) -> Result<(), WireError> {
        let frame = encode(kind, payload)?;
        self.emit_size(frame.len(), |resource, bytes| LaneEvent::Sent { resource, bytes });
        self.outbox.add(frame);
        self.write_some();
        Ok(())
    }

    /// Writes what goes without waiting. A worker that is gone shows when it is read, so an error
    /// here is no news.
    pub fn write_some(&mut self) {
        self.outbox.write_some(&self.process.socket);
    }

    /// Has the watch report when there is room for what is still to be written, if there is any.
    pub fn await_room(&mut self, watch: &Watch) {
        let wanted = !self.outbox.bytes.is_empty();
        if wanted != self.outbox.awaits_room {
            self.outbox.awaits_room = wanted;
            watch.room(self.process.socket.as_fd(), self.number, wanted);
        }
    }

    /// Reads what is there into `frames`, or until the stream ends if it has; `false` if there
    /// may be more. The socket is edge-triggered: what is left unread is not reported again, so
    /// the caller must come back by itself.
    pub fn read_some(&mut self, ended: bool, frames: &mut Vec<Frame>) -> bool {
        for _ in 0..READS {
            if self.silent || self.broken.is_some() {
                return true;
            }
            let filled = self.decoder.fill(&self.process.socket);
            self.silent = matches!(filled, Ok(Filled::End) | Err(_));
            self.take_frames(frames);
            match filled {
                Ok(Filled::Nothing) => return true,
                // A short read has emptied the socket, unless its end is known to follow.
                Ok(Filled::All) if !ended => return true,
                _ => {}
            }
        }
        false
    }

    /// Takes the whole frames that were read so far. A stream that breaks the format, or ends
    /// within a frame, makes the worker a broken one.
    fn take_frames(&mut self, frames: &mut Vec<Frame>) {
        let wrong = loop {
            match self.decoder.next_frame() {
                Ok(Some(frame)) => {
                    self.emit_size(frame.size(), |resource, bytes| LaneEvent::Received {
                        resource,
                        bytes,
                    });
                    frames.push(frame);
                }
                Ok(None) if self.silent => break self.decoder.finish().err(),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        self.broken = wrong.map(|error| error.to_string());
    }

    /// Takes the chunk that `payload` answers out of the slot; an error if it answers no such
    /// chunk, and then the chunk stays, so that its tasks end with the worker.
    pub fn take_answer(&mut self, payload: &[u8]) -> Result<(Chunk, ChunkAnswer), &'static str> {
        let answer = ChunkAnswer::read(payload).ok_or("sent an answer that cannot be read")?;
        match self.held.take() {
            Some(chunk)
                if chunk.id == answer.chunk && chunk.items.len() == answer.results.len() =>
            {
                // It runs again, or it could not have answered.
                self.stopped = false;
                Ok((chunk, answer))
            }
            held => {
                self.held = held;
                Err("answered what it was not asked")
            }
        }
    }

    /// Emits the whole lines that it wrote on one of its outputs so far; a line without an end
    /// waits for it.
    pub fn read_output(&mut self, stream: Stream) {
        self.forward_output(stream, false);
    }

    /// Emits all that it wrote, once it is dead: its last lines may have no end.
    pub fn finish_output(&mut self) {
        self.forward_output(Stream::Stdout, true);
        self.forward_output(Stream::Stderr, true);
    }

    fn forward_output(&mut self, stream: Stream, all: bool) {
        let (pipe, lines) = match stream {
            Stream::Stdout => (&mut self.process.stdout, &mut self.lines[0]),
            Stream::Stderr => (&mut self.process.stderr, &mut self.lines[1]),
        };
        let last = lines.forward(pipe, all, self.sink.as_deref());
        if stream == Stream::Stderr && self.ready_ns.is_none() {
            self.last_line = last.unwrap_or_else(|| std::mem::take(&mut self.last_line));
        }
    }

    pub fn check_stopped(&mut self) {
        let state = proc_stat::state_of(self.process.pid());
        self.stopped = matches!(state, Ok('T' | 't'));
    }

    /// Its lane begins, now that its pid is known. What happened before is emitted first, in its
    /// order.
    pub fn set_lane(&mut self, sink: Box<dyn EventSink + Send>) {
        self.socket = Some(sink.resource("socket", ResourceKind::Pipe));
        for event in self.early_events.take().unwrap_or_default() {
            sink.emit(event);
        }
        self.sink = Some(sink);
    }

    /// Emits what it does, if it has a lane, or keeps it until it has one. Without an observer
    /// nothing is made of it.
    pub fn emit(&mut self, what: impl FnOnce() -> LaneEvent) {
        if let Some(sink) = &self.sink {
            sink.emit(what());
        } else if let Some(early_events) = &mut self.early_events {
            early_events.push(what());
        }
    }

    /// It has nothing to do: everything gathered is sent to the observer, since the next event
    /// may be far.
    pub fn report_idle(&self) {
        if let Some(sink) = &self.sink {
            sink.emit(LaneEvent::Idle);
            sink.flush();
        }
    }

    /// Ends its lane. Not lost even when the observer's channel is full.
    pub fn end_lane(&self, ending: Ending) {
        if let Some(sink) = &self.sink {
            sink.emit_reliable(LaneEvent::Ended(ending));
        }
    }

    fn emit_size(&self, bytes: usize, what: impl FnOnce(ResourceId, u64) -> LaneEvent) {
        if let (Some(sink), Some(socket)) = (&self.sink, self.socket) {
            sink.emit(what(socket, bytes as u64));
        }
    }

    /// Asks it to end: it reads the end of the stream when it has done what was sent before. It
    /// is killed if it takes longer than `grace`.
    pub fn retire(&mut self, grace: Duration) {
        self.retiring = true;
        self.kill_at = Some(Instant::now() + grace);
        let _ = self.process.socket.shutdown(Shutdown::Write);
    }

    /// Kills it and its process group. That needs a pid. Until the fork server has reported it,
    /// only its socket is closed: a chunk that is in it already is still begun, and the worker is
    /// killed when its pid comes.
    pub fn kill(&mut self) {
        self.kill_at = None;
        self.killed.get_or_insert_with(Instant::now);
        self.process.kill(Signal::KILL);
        let _ = self.process.socket.shutdown(Shutdown::Both);
    }
}

impl Outbox {
    fn add(&mut self, frame: Vec<u8>) {
        if self.bytes.is_empty() {
            self.bytes = frame;
        } else {
            self.bytes.extend_from_slice(&frame);
        }
    }

    fn write_some(&mut self, mut socket: &UnixStream) {
        while self.written < self.bytes.len() {
            match socket.write(&self.bytes[self.written..]) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => break,
            }
        }
        self.bytes.clear();
        self.written = 0;
        // A large task must not keep its memory for the worker's whole life.
        self.bytes.shrink_to(OUTBOX);
    }
}
