//! Writes to the terminal on a thread of its own, so that no other thread waits for it.
//!
//! A terminal that stops reading blocks the thread that writes to it. So frames are sent
//! to that thread as bytes, the next one is only made when the last one is written, and
//! a caller that must not wait any longer can discard what is stuck.
//!
//! Must not know what the bytes mean.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::kit::signals;

/// Room for a full frame of a large terminal, so that one is one piece.
pub const FRAME: usize = 64 * 1024;
/// Bytes of one write. Between two of them the rest can be thrown away.
const PIECE: usize = 4096;

/// Called by the writing thread when everything sent so far is written, or with the error
/// of the first write that failed.
pub type OnWritten = Box<dyn Fn(io::Result<()>) + Send>;

/// A handle to the writing thread. The thread ends when its handle is gone.
#[derive(Debug)]
pub struct Writer {
    requests: Sender<WriteRequest>,
    spare: Receiver<Vec<u8>>,
    state: Arc<WriterState>,
    tty: OwnedFd,
}

#[derive(Debug, Default)]
struct WriterState {
    /// Frames sent and not yet written.
    under_way: AtomicUsize,
    /// `on_written` is to be called once no frame is under way.
    wanted: AtomicBool,
    /// How often the way was opened.
    begun: AtomicUsize,
    /// Frames sent before the way was opened more often than this are dropped. A count, because the writing thread may only now come to an
    /// opening that was given up long ago.
    given_up: AtomicUsize,
}

enum WriteRequest {
    /// Opens the way for frames.
    First(&'static [u8]),
    Frame(Vec<u8>),
    /// Written even if frames before it were given up; then acknowledged. Frames that come later
    /// are for a terminal that is no longer ours, and dropped.
    Last(&'static [u8], Sender<()>),
}

impl Writer {
    /// Starts the thread that writes to `tty`.
    pub fn open(tty: OwnedFd, on_written: OnWritten) -> io::Result<Self> {
        let (requests, requests_out) = unbounded();
        let (spare_in, spare) = bounded(2);
        let state = Arc::new(WriterState::default());
        let mut thread = WriterThread {
            file: File::from(tty.try_clone()?),
            state: Arc::clone(&state),
            on_written,
            open: false,
            opened: 0,
            broken: false,
        };
        thread::Builder::new()
            .name("terminal-out".to_owned())
            .spawn(move || thread.serve(&requests_out, &spare_in))?;
        Ok(Self { requests, spare, state, tty })
    }

    /// Writes `bytes`, and frames from now on.
    pub fn begin(&self, bytes: &'static [u8]) {
        // The thread lives as long as this handle.
        self.state.begun.fetch_add(1, Ordering::SeqCst);
        let _ = self.requests.send(WriteRequest::First(bytes));
    }

    /// An empty buffer to fill.
    pub fn buffer(&self) -> Vec<u8> {
        self.spare.try_recv().unwrap_or_else(|_| Vec::with_capacity(FRAME))
    }

    /// Sends bytes to the writing thread; never waits.
    pub fn send(&self, bytes: Vec<u8>) {
        self.state.under_way.fetch_add(1, Ordering::AcqRel);
        let _ = self.requests.send(WriteRequest::Frame(bytes));
    }

    /// Whether everything is written. If not, `on_written` is called when it is.
    pub fn ready(&self) -> bool {
        let done = || self.state.under_way.load(Ordering::Acquire) == 0;
        if done() {
            return true;
        }
        self.state.wanted.store(true, Ordering::SeqCst);
        done()
    }

    /// Writes `bytes` after everything that was sent, and waits at most for
    /// `blocking`. After that, what is stuck is thrown away, so that the bytes have
    /// the room that it took.
    pub fn finish(&self, bytes: &'static [u8], blocking: Duration) {
        let (done_in, done) = bounded(1);
        if self.requests.send(WriteRequest::Last(bytes, done_in)).is_err()
            || done.recv_timeout(blocking).is_ok()
        {
            return;
        }
        let begun = self.state.begun.load(Ordering::SeqCst);
        self.state.given_up.store(begun, Ordering::SeqCst);
        signals::throw_away_output(self.tty.as_fd());
        let _ = done.recv_timeout(blocking);
    }
}

struct WriterThread {
    file: File,
    state: Arc<WriterState>,
    on_written: OnWritten,
    /// Between the first bytes and the last.
    open: bool,
    /// How often the way was opened, as far as this side has come.
    opened: usize,
    /// A write has failed, and the failure was reported.
    broken: bool,
}

impl WriterThread {
    fn serve(&mut self, requests: &Receiver<WriteRequest>, spare: &Sender<Vec<u8>>) {
        for request in requests {
            match request {
                WriteRequest::First(bytes) => {
                    self.open = true;
                    self.opened += 1;
                    self.enter(bytes);
                }
                WriteRequest::Frame(mut bytes) => {
                    if self.open {
                        self.write(&bytes);
                    }
                    bytes.clear();
                    let _ = spare.try_send(bytes);
                    self.state.under_way.fetch_sub(1, Ordering::AcqRel);
                    if self.state.wanted.swap(false, Ordering::SeqCst) {
                        (self.on_written)(Ok(()));
                    }
                }
                WriteRequest::Last(bytes, done) => {
                    self.open = false;
                    self.leave(bytes);
                    let _ = done.send(());
                }
            }
        }
    }

    /// Marks that the first bytes are written and writes them, as one step for the handler
    /// of fatal signals: it leaves what was entered, even in part.
    fn enter(&mut self, bytes: &[u8]) {
        self.put(bytes, |file, bytes| {
            signals::entered();
            file.write_all(bytes)
        });
    }

    /// Writes the last bytes and marks that they are written, as one step for the handler
    /// of fatal signals.
    fn leave(&mut self, bytes: &[u8]) {
        let file = &mut self.file;
        signals::unless_handling(|| {
            // A failing terminal was reported when it failed to take a frame.
            let _ = file.write_all(bytes);
            signals::left();
        });
    }

    fn write(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(PIECE) {
            if self.state.given_up.load(Ordering::SeqCst) >= self.opened {
                return;
            }
            self.put(piece, Write::write_all);
        }
    }

    fn put(&mut self, bytes: &[u8], write: impl FnOnce(&mut File, &[u8]) -> io::Result<()>) {
        if self.broken {
            return;
        }
        let file = &mut self.file;
        match signals::unless_handling(|| write(file, bytes)) {
            Some(Ok(())) => {}
            // The program is ending, and the terminal was given back.
            None => self.broken = true,
            Some(Err(error)) => {
                self.broken = true;
                (self.on_written)(Err(error));
            }
        }
    }
}

#[cfg(test)]
mod tests;
