//! What a worker writes on its standard output and its standard error, as lines that are safe
//! to show. The pipes are non-blocking, so nothing here waits.

use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;

use crate::kit::event::{LaneEvent, Stream};
use crate::kit::recorder::EventSink;
use crate::printable::Printable;

/// A longer line is emitted in pieces.
const LONGEST_LINE: usize = 4 * 1024;
/// Reads at once: a worker that never stops writing must not hold up the others. What is left
/// is reported again, since the watch is level-triggered here.
pub const READS: usize = 64;
/// Characters of a foreign line that a message repeats.
const LONGEST_WORDS: usize = 200;

/// One output of a worker: what was read of it and has not been emitted.
pub struct Lines {
    stream: Stream,
    bytes: Vec<u8>,
}

impl Lines {
    pub fn of(stream: Stream) -> Self {
        Self { stream, bytes: Vec::new() }
    }

    /// Reads what is there and emits the whole lines of it; returns the last one, if there was
    /// one. The pipe is dropped at its end.
    ///
    /// What is left over is a line as well at the end of the pipe, or if this is `all`: the
    /// worker is dead. Its pipe need not have ended by then, as a child of it may hold it open.
    pub fn forward(
        &mut self,
        pipe: &mut Option<OwnedFd>,
        all: bool,
        sink: Option<&(dyn EventSink + Send)>,
    ) -> Option<Printable> {
        let mut last = None;
        let mut buffer = [0; LONGEST_LINE];
        for _ in 0..READS {
            let Some(fd) = pipe else { break };
            match rustix::io::read(fd.as_fd(), &mut buffer) {
                Ok(0) => *pipe = None,
                Ok(count) => self.bytes.extend_from_slice(&buffer[..count]),
                Err(Errno::INTR) => {}
                Err(_) => break,
            }
            // After each read, so that no more than a piece and a line are kept.
            last = self.emit(false, sink).or(last);
        }
        self.emit(all || pipe.is_none(), sink).or(last)
    }

    /// Emits the whole lines, and what is left over if that is `all` there will be. Returns
    /// the last line, if there was one.
    fn emit(&mut self, all: bool, sink: Option<&(dyn EventSink + Send)>) -> Option<Printable> {
        let mut whole = self.bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if all || self.bytes.len() - whole >= LONGEST_LINE {
            whole = self.bytes.len();
        }
        if whole == 0 {
            return None;
        }
        let lines = &self.bytes[..whole];
        let lines = lines.strip_suffix(b"\n").unwrap_or(lines).split(|byte| *byte == b'\n');
        let last = lines.clone().next_back().map(foreign_line);
        if let Some(sink) = sink {
            for line in lines {
                self.emit_line(line.trim_ascii_end(), sink);
            }
            sink.flush();
        }
        self.bytes.drain(..whole);
        last
    }

    /// Emits a line, in pieces if it is long.
    fn emit_line(&self, line: &[u8], sink: &(dyn EventSink + Send)) {
        // An empty line has no chunk, and is a line.
        let empty = line.is_empty().then_some(line);
        for piece in empty.into_iter().chain(line.chunks(LONGEST_LINE)) {
            let text = Printable::foreign_bytes(piece);
            sink.emit(LaneEvent::Said { stream: self.stream, text });
        }
    }
}

/// Foreign bytes as one short line that cannot act on a terminal.
pub fn foreign_line(bytes: &[u8]) -> Printable {
    Printable::within(String::from_utf8_lossy(bytes).trim(), LONGEST_WORDS)
}
