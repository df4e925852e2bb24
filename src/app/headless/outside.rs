//! Output that another program can block for any time, on a thread of its own: a reader of
//! stdout that does not read, a FIFO that no process opens.
//!
//! ```text
//!                     run may go on                       run has to end ("cut")
//!   reader reads      wait, without a limit               wait: it makes progress
//!   reader stalls     wait, without a limit               wait 500 ms without progress, give up
//! ```
//!
//! The waiting side wakes every [`POLL_INTERVAL`] to look for a signal or the deadline.
//! Progress is counted in bytes that `write` has accepted. A thread that was given up still
//! hangs in its system call; it is not joined and ends with the process.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender, bounded};

use super::signals::Signals;
use super::{EarlyStop, POLL_INTERVAL};
use crate::report::Failure;

/// How long the output may make no progress once the run has to end. Long enough for a reader
/// that is only slow, short enough for a user who waits for the program to end.
const STALL_LIMIT: Duration = Duration::from_millis(500);
/// Chunks on their way to the writing thread before the sender waits. A few keep the thread
/// busy; more would only cost memory.
const CHUNKS: usize = 4;
/// Bytes of one `write`: small, so that a slow reader still shows progress and can be
/// distinguished from one that does not read. A pipe takes this many at once or waits
/// (`PIPE_BUF`, pipe(7)).
const PIECE: usize = 4096;

/// Until when a run may go on by itself. Whatever waits during the run gets a copy, so that all
/// waits end for the same reasons.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'a> {
    pub signals: &'a Signals,
    /// When the time limit ends; `None` for no limit.
    pub deadline: Option<Instant>,
}

impl Limits<'_> {
    /// Why the run must end by now, if it must. A signal goes before the time limit: it is what
    /// the user asked for last. Cheap enough for every chunk of events: an atomic load and a
    /// reading of the clock.
    pub fn cut(&self) -> Option<EarlyStop> {
        if let Some(signal) = self.signals.caught() {
            return Some(EarlyStop::Signal(signal));
        }
        let over = |deadline| Instant::now() >= deadline;
        self.deadline.is_some_and(over).then_some(EarlyStop::TimedOut)
    }

    /// How long until the deadline, 0 after it; the longest possible time if there is none, so
    /// that it can be compared with other waits.
    pub fn left(&self) -> Duration {
        let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now());
        self.deadline.map_or(Duration::MAX, left)
    }
}

/// Counts the bytes that were written. The writing thread adds, the waiting one compares;
/// clones count together.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicU64>);

/// A writer that hands at most [`PIECE`] bytes to one `write` of the writer inside, and counts
/// what that has accepted. Callers use `write_all`, which repeats it.
pub struct Counted<W>(pub W, pub Progress);

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = &bytes[..bytes.len().min(PIECE)];
        let count = self.0.write(piece)?;
        // Relaxed, here and where it is read: only whether the number changes matters, and no
        // other data is read because of it.
        self.1.0.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Decides how long one wait for the other side may go on. One is made for each wait, since
/// progress before it says nothing about it.
struct StallWatch<'a> {
    limits: &'a Limits<'a>,
    progress: &'a Progress,
    /// The count when it last changed, and since when it has not. `None` until the run has to
    /// end: before that no stall is counted.
    still: Option<(u64, Instant)>,
}

impl StallWatch<'_> {
    /// Why to wait no longer, if so. Called once per [`POLL_INTERVAL`] during a wait. The first
    /// call after the cut only notes the count; a stall is measured from there, so that a
    /// reader always has the whole [`STALL_LIMIT`].
    fn given_up(&mut self) -> Option<EarlyStop> {
        let cut = self.limits.cut()?;
        let (now, moved) = (Instant::now(), self.progress.0.load(Ordering::Relaxed));
        match self.still {
            Some((before, since)) if before == moved => (now >= since + STALL_LIMIT).then_some(cut),
            _ => {
                self.still = Some((moved, now));
                None
            }
        }
    }

    /// Waits for the result of work on another thread, or until the reader is given up.
    fn until_done<T>(mut self, done: &Receiver<io::Result<T>>) -> Result<T, WriteError> {
        loop {
            match done.recv_timeout(POLL_INTERVAL) {
                Ok(done) => return done.map_err(WriteError::Failed),
                Err(RecvTimeoutError::Disconnected) => return Err(gone()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(cut) = self.given_up() {
                return Err(WriteError::Stopped(cut));
            }
        }
    }
}

#[derive(Debug)]
pub enum WriteError {
    Failed(io::Error),
    /// The run had to end, and the reader took nothing.
    Stopped(EarlyStop),
}

/// Separates the two kinds of [`WriteError`]: `Ok(Some(_))` if the reader was given up, which
/// the exit status reports, and a failure that names `place` if the system refused.
pub fn written(place: &str, done: Result<(), WriteError>) -> Result<Option<EarlyStop>, Failure> {
    match done {
        Ok(()) => Ok(None),
        Err(WriteError::Stopped(cut)) => Ok(Some(cut)),
        Err(WriteError::Failed(error)) => Err(Failure::writing(place, &error)),
    }
}

/// Does `work` on a thread of its own, because it may block: opening a FIFO waits for its
/// reader. The work shows by what it counts in its [`Progress`] that it makes any.
pub fn wait_for<T: Send + 'static>(
    limits: &Limits<'_>,
    work: impl FnOnce(&Progress) -> io::Result<T> + Send + 'static,
) -> Result<T, WriteError> {
    let progress = Progress::default();
    let counted = progress.clone();
    let (done_in, done) = bounded(1);
    let work = move || drop(done_in.send(work(&counted)));
    thread::Builder::new().name("output".to_owned()).spawn(work).map_err(WriteError::Failed)?;
    StallWatch { limits, progress: &progress, still: None }.until_done(&done)
}

/// The thread ended without a result. Only a panic does that, and the panic hook has reported
/// it; the run ends with an ordinary failure.
fn gone() -> WriteError {
    WriteError::Failed(io::Error::other("the thread that writes has ended"))
}

/// A stream that another process reads, and the thread that writes to it. Chunks are written in
/// order. If the stream is dropped without [`Self::finish`], what was sent is written if the
/// process lives long enough, and nothing waits for it.
#[derive(Debug)]
pub struct Stream {
    /// `None` once everything was sent. Dropping the sender is how the thread learns the end:
    /// its queue is empty and disconnected then.
    chunks: Option<Sender<Vec<u8>>>,
    /// The thread's result, sent once: after the last chunk, or after the first error. A
    /// bounded channel of one, so that the thread never waits here.
    ended: Receiver<io::Result<()>>,
    progress: Progress,
}

impl Stream {
    /// Starts the thread that writes to `out`. It flushes after every chunk: the run sends one
    /// when there is something to be read.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn open(out: impl Write + Send + 'static) -> io::Result<Self> {
        let (chunks, to_write) = bounded::<Vec<u8>>(CHUNKS);
        let (ended_in, ended) = bounded(1);
        let progress = Progress::default();
        let mut out = Counted(out, progress.clone());
        let write = move || {
            let mut chunks = to_write.iter();
            let done =
                chunks.try_for_each(|chunk| out.write_all(&chunk).and_then(|()| out.flush()));
            let _ = ended_in.send(done);
        };
        thread::Builder::new().name("stdout".to_owned()).spawn(write)?;
        Ok(Self { chunks: Some(chunks), ended, progress })
    }

    /// Sends a chunk to the writing thread; waits while [`CHUNKS`] are not written yet.
    ///
    /// # Errors
    /// The error of an earlier write, or that the reader was given up.
    pub fn send(&self, limits: &Limits<'_>, mut chunk: Vec<u8>) -> Result<(), WriteError> {
        let Some(chunks) = &self.chunks else {
            return Ok(());
        };
        let mut watch = self.watch(limits);
        loop {
            chunk = match chunks.send_timeout(chunk, POLL_INTERVAL) {
                Ok(()) => return Ok(()),
                Err(SendTimeoutError::Timeout(chunk)) => chunk,
                // The thread ends early only by an error, which is its result.
                Err(SendTimeoutError::Disconnected(_)) => return self.end(limits),
            };
            if let Some(cut) = watch.given_up() {
                return Err(WriteError::Stopped(cut));
            }
        }
    }

    /// Waits until everything is written. Nothing can be sent after it.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn finish(&mut self, limits: &Limits<'_>) -> Result<(), WriteError> {
        self.chunks = None;
        self.end(limits)
    }

    fn end(&self, limits: &Limits<'_>) -> Result<(), WriteError> {
        self.watch(limits).until_done(&self.ended)
    }

    fn watch<'a>(&'a self, limits: &'a Limits<'a>) -> StallWatch<'a> {
        StallWatch { limits, progress: &self.progress, still: None }
    }
}
