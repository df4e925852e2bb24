//! Writes to the terminal on a thread of its own, so that no other thread waits for it.
//!
//! A terminal that stops reading (Ctrl-S, a stalled connection) blocks `write`. So frames are
//! sent to this thread as bytes, and the next frame is made only when the last one is written.
//! A caller that must not wait any longer discards what is stuck, by [`Writer::finish`].
//!
//! ```text
//!   begin ──First──▶ ┐                    ┌─ First: open, write the bytes
//!   send ───Frame──▶ ├─ requests, in ───▶ ├─ Frame: write in pieces if open, else drop
//!   finish ─Last───▶ ┘  their order       └─ Last:  close, write the bytes, acknowledge
//!   buffer ◀─────────── spare buffers ────── after each frame
//! ```
//!
//! The queue is unbounded, but holds one frame in practice: the loop asks [`Writer::ready`]
//! before it makes another.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::kit::signals;

/// Initial capacity of a frame: a full frame of a large terminal fits without a reallocation.
pub const FRAME: usize = 64 * 1024;
/// Bytes of one `write`. Between two of them the rest of a frame can be discarded, and the
/// handler of fatal signals can take over.
const PIECE: usize = 4096;

/// Called by the writing thread when everything sent so far is written, or with the error of
/// the first write that failed. It must not block: it runs between two frames.
pub type OnWritten = Box<dyn Fn(io::Result<()>) + Send>;

/// A handle to the writing thread, which ends when the handle is dropped. All methods may be
/// called from any thread.
#[derive(Debug)]
pub struct Writer {
    /// Unbounded, so that no method but [`Self::finish`] waits.
    requests: Sender<WriteRequest>,
    /// Buffers of frames that are written, to be filled again.
    spare: Receiver<Vec<u8>>,
    state: Arc<WriterState>,
    /// To flush the terminal's output queue while the thread is stuck in `write`.
    tty: OwnedFd,
}

/// Shared by the handle and the thread.
#[derive(Debug, Default)]
struct WriterState {
    /// Frames sent and not yet written or dropped. Counted up before a frame is queued and down
    /// after it, so that it is never too low.
    under_way: AtomicUsize,
    /// `on_written` is to be called once, as soon as a frame was handled. See [`Writer::ready`]
    /// for how it is set without a race.
    wanted: AtomicBool,
    /// How often [`Writer::begin`] was called.
    begun: AtomicUsize,
    /// Frames that belong to an opening with this number or a lower one are dropped. A number
    /// and not a flag, because the thread may be behind: when it comes to an opening that was
    /// given up, a later one may have begun already, whose frames have to be written.
    given_up: AtomicUsize,
}

/// What the thread is asked to do, in the order of the requests.
enum WriteRequest {
    /// Opens the way for frames with these bytes.
    First(&'static [u8]),
    Frame(Vec<u8>),
    /// Written even if frames before it were given up; then acknowledged. Frames that come
    /// later are for a terminal that is no longer ours, and are dropped.
    Last(&'static [u8], Sender<()>),
}

impl Writer {
    /// Starts the thread that writes to `tty`.
    ///
    /// # Errors
    /// If no thread can be started or no descriptor is left.
    pub fn open(tty: OwnedFd, on_written: OnWritten) -> io::Result<Self> {
        let (requests, requests_out) = unbounded();
        // Two buffers alternate: one is written while the next is filled. More would be kept
        // for nothing.
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

    /// Writes `bytes`, and the frames that are sent from now on. Does not wait: the terminal
    /// may be stuck, and the order of the queue is enough.
    pub fn begin(&self, bytes: &'static [u8]) {
        // Before the request is sent, so that a `finish` that follows gives up this opening
        // too. Only callers under the lock of the guard touch this count, which orders them.
        self.state.begun.fetch_add(1, Ordering::SeqCst);
        // The thread lives as long as this handle, so sending cannot fail.
        let _ = self.requests.send(WriteRequest::First(bytes));
    }

    /// An empty buffer for the next frame: one that was written, or a new one. Frames of a
    /// screen have about the same size, so after the first two hardly any memory is allocated.
    pub fn buffer(&self) -> Vec<u8> {
        self.spare.try_recv().unwrap_or_else(|_| Vec::with_capacity(FRAME))
    }

    /// Sends bytes to the writing thread; never waits.
    pub fn send(&self, bytes: Vec<u8>) {
        self.state.under_way.fetch_add(1, Ordering::AcqRel);
        let _ = self.requests.send(WriteRequest::Frame(bytes));
    }

    /// Whether everything is written. If not, `on_written` is called when it is: the caller may
    /// wait for that call and misses none.
    pub fn ready(&self) -> bool {
        let done = || self.state.under_way.load(Ordering::SeqCst) == 0;
        if done() {
            return true;
        }
        // Mark first, then look again. The thread does it in the reverse order: it counts down,
        // then takes the mark. So at least one of the two sees what the other did; a mark that
        // is set too late costs one call of `on_written` for nothing. All four are sequentially
        // consistent: a store and a load of two variables may else pass each other.
        self.state.wanted.store(true, Ordering::SeqCst);
        done()
    }

    /// Writes `bytes` after everything that was sent, and waits at most `timeout` for it. If
    /// that is not enough, discards what is stuck, so that the bytes find room, and waits as
    /// long again. Returns in any case: the terminal may never read another byte.
    pub fn finish(&self, bytes: &'static [u8], timeout: Duration) {
        let (done_in, done) = bounded(1);
        if self.requests.send(WriteRequest::Last(bytes, done_in)).is_err()
            || done.recv_timeout(timeout).is_ok()
        {
            return;
        }
        // Given up first, then woken: the thread must see the count when its `write` returns,
        // or it would fill the queue with the next piece of the same frame.
        let begun = self.state.begun.load(Ordering::SeqCst);
        self.state.given_up.store(begun, Ordering::SeqCst);
        // `tcflush` empties the kernel's queue. A thread blocked in `write` continues after it.
        signals::throw_away_output(self.tty.as_fd());
        let _ = done.recv_timeout(timeout);
    }
}

struct WriterThread {
    file: File,
    state: Arc<WriterState>,
    on_written: OnWritten,
    /// Between the first bytes and the last. A frame outside of that would be drawn on the
    /// shell's screen, so it is dropped.
    open: bool,
    /// How many openings this thread has come to. At most [`WriterState::begun`].
    opened: usize,
    /// A write has failed and was reported. Nothing but the last bytes is tried after it: a
    /// terminal that has vanished would fail for every frame.
    broken: bool,
}

impl WriterThread {
    /// Serves requests until the handle is dropped.
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
                    // A third buffer is freed: see the bound in `open`.
                    let _ = spare.try_send(bytes);
                    // Count down, then take the mark: the other side of `ready`.
                    self.state.under_way.fetch_sub(1, Ordering::SeqCst);
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

    /// Marks that the first bytes are being written and writes them, as one step for the
    /// handler of fatal signals: what was entered, even in part, has to be left.
    fn enter(&mut self, bytes: &[u8]) {
        self.put(bytes, |file, bytes| {
            signals::entered();
            file.write_all(bytes)
        });
    }

    /// Writes the last bytes and marks that they are written, as one step for the handler of
    /// fatal signals, so that they are written once. Tried even if the terminal has failed
    /// before.
    fn leave(&mut self, bytes: &[u8]) {
        let file = &mut self.file;
        signals::unless_handling(|| {
            // A failing terminal was reported when it failed to take a frame.
            let _ = file.write_all(bytes);
            signals::left();
        });
    }

    /// Writes a frame in pieces, until it is given up.
    fn write(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(PIECE) {
            // Looked at between two pieces: a frame that is stuck is dropped as soon as its
            // `write` returns.
            if self.state.given_up.load(Ordering::SeqCst) >= self.opened {
                return;
            }
            self.put(piece, Write::write_all);
        }
    }

    /// Does one write, unless the terminal has failed or a fatal signal is handled. Reports the
    /// first error and no other.
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
