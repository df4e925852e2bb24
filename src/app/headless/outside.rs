//! Output that another program can block for any time, on a thread of its own: a reader
//! of stdout that does not read, a FIFO that no process opens.
//!
//! The run waits for it only as long as it may itself go on. After that it still gets
//! [`STALL_LIMIT`] without progress; then it is given up and ends with the program.
//!
//! Must not know what is written.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender, bounded};

use super::signals::Signals;
use super::{EarlyStop, POLL_INTERVAL};
use crate::report::Failure;

/// How long nothing may move once the run must end.
const STALL_LIMIT: Duration = Duration::from_millis(500);
/// Chunks on their way to a slow reader before the run waits for it.
const CHUNKS: usize = 4;
/// Bytes of one write: small, so that a slow reader still shows progress and can be
/// distinguished from one that does not read.
const PIECE: usize = 4096;

/// Until when a run may go on by itself.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'a> {
    pub signals: &'a Signals,
    pub deadline: Option<Instant>,
}

impl Limits<'_> {
    /// Why the run must end by now, if it must.
    pub fn cut(&self) -> Option<EarlyStop> {
        if let Some(signal) = self.signals.caught() {
            return Some(EarlyStop::Signal(signal));
        }
        let over = |deadline| Instant::now() >= deadline;
        self.deadline.is_some_and(over).then_some(EarlyStop::TimedOut)
    }

    /// How long until the deadline.
    pub fn left(&self) -> Duration {
        let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now());
        self.deadline.map_or(Duration::MAX, left)
    }
}

/// Counts the bytes that went out.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicU64>);

/// A writer that counts in pieces.
pub struct Counted<W>(pub W, pub Progress);

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = &bytes[..bytes.len().min(PIECE)];
        let count = self.0.write(piece)?;
        self.1.0.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Waits for progress: not at all too long while the run may go on, and not much longer.
struct StallWatch<'a> {
    limits: &'a Limits<'a>,
    progress: &'a Progress,
    /// How far it was when it last moved after the run had to end, and when that was.
    still: Option<(u64, Instant)>,
}

impl StallWatch<'_> {
    /// Why to wait no longer, if so.
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
}

/// Why something was not written.
#[derive(Debug)]
pub enum WriteError {
    Failed(io::Error),
    /// The run had to end, and the reader took nothing.
    Stopped(EarlyStop),
}

/// Returns why the reader did not take it, if so; a failure if it could not be written to
/// `place`.
pub fn written(place: &str, done: Result<(), WriteError>) -> Result<Option<EarlyStop>, Failure> {
    match done {
        Ok(()) => Ok(None),
        Err(WriteError::Stopped(cut)) => Ok(Some(cut)),
        Err(WriteError::Failed(error)) => Err(Failure::writing(place, &error)),
    }
}

/// Does `work` on a thread of its own. It shows that it gets on by what it counts.
pub fn wait_for<T: Send + 'static>(
    limits: &Limits<'_>,
    work: impl FnOnce(&Progress) -> io::Result<T> + Send + 'static,
) -> Result<T, WriteError> {
    let progress = Progress::default();
    let counted = progress.clone();
    let (done_in, done) = bounded(1);
    let work = move || drop(done_in.send(work(&counted)));
    thread::Builder::new().name("output".to_owned()).spawn(work).map_err(WriteError::Failed)?;
    let mut watch = StallWatch { limits, progress: &progress, still: None };
    loop {
        match done.recv_timeout(POLL_INTERVAL) {
            Ok(done) => return done.map_err(WriteError::Failed),
            Err(RecvTimeoutError::Disconnected) => return Err(gone()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Some(cut) = watch.given_up() {
            return Err(WriteError::Stopped(cut));
        }
    }
}

/// The thread ended without a result: it panicked, and the panic hook reported that.
fn gone() -> WriteError {
    WriteError::Failed(io::Error::other("the thread that writes has ended"))
}

/// A stream that another process reads.
#[derive(Debug)]
pub struct Stream {
    chunks: Option<Sender<Vec<u8>>>,
    ended: Receiver<io::Result<()>>,
    progress: Progress,
}

impl Stream {
    /// Starts the thread that writes to `out`.
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

    /// Sends a chunk to the writing thread; waits while [`CHUNKS`] are not yet written.
    pub fn send(&self, limits: &Limits<'_>, mut chunk: Vec<u8>) -> Result<(), WriteError> {
        let Some(chunks) = &self.chunks else {
            return Ok(());
        };
        let mut watch = self.watch(limits);
        loop {
            chunk = match chunks.send_timeout(chunk, POLL_INTERVAL) {
                Ok(()) => return Ok(()),
                Err(SendTimeoutError::Timeout(chunk)) => chunk,
                // It ends early only by an error.
                Err(SendTimeoutError::Disconnected(_)) => return self.end(limits),
            };
            if let Some(cut) = watch.given_up() {
                return Err(WriteError::Stopped(cut));
            }
        }
    }

    /// Waits until all has gone out.
    pub fn finish(&mut self, limits: &Limits<'_>) -> Result<(), WriteError> {
        self.chunks = None;
        self.end(limits)
    }

    fn end(&self, limits: &Limits<'_>) -> Result<(), WriteError> {
        let mut watch = self.watch(limits);
        loop {
            match self.ended.recv_timeout(POLL_INTERVAL) {
                Ok(done) => return done.map_err(WriteError::Failed),
                Err(RecvTimeoutError::Disconnected) => return Err(gone()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(cut) = watch.given_up() {
                return Err(WriteError::Stopped(cut));
            }
        }
    }

    fn watch<'a>(&'a self, limits: &'a Limits<'a>) -> StallWatch<'a> {
        StallWatch { limits, progress: &self.progress, still: None }
    }
}
