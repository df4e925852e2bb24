//! The way out to the terminal: one thread writes, nobody waits for it.
//!
//! A terminal that stops reading blocks whoever writes to it. So frames are handed
//! over as bytes, the next one is only made when the last one has gone out, and
//! whoever must not wait any longer can have what is stuck thrown away.
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
pub(super) const FRAME: usize = 64 * 1024;
/// Bytes of one write. Between two of them the rest can be thrown away.
const PIECE: usize = 4096;

/// What the writing thread tells: that it is through with what it had, or that the
/// terminal takes no more.
pub(in crate::app::live) type Tell = Box<dyn Fn(io::Result<()>) + Send>;

/// A handle to the writing thread. The thread ends when its handle is gone.
#[derive(Debug)]
pub(super) struct Outlet {
    jobs: Sender<Job>,
    spare: Receiver<Vec<u8>>,
    shared: Arc<Shared>,
    tty: OwnedFd,
}

#[derive(Debug, Default)]
struct Shared {
    /// Frames handed over and not gone out.
    under_way: AtomicUsize,
    /// Somebody wants to know when all has gone out.
    wanted: AtomicBool,
    /// How often the way was opened.
    begun: AtomicUsize,
    /// What was handed over before the way was opened more often than this is not worth
    /// writing any more. A count, because the writing thread may only now come to an
    /// opening that was given up long ago.
    given_up: AtomicUsize,
}

enum Job {
    /// Opens the way for frames.
    First(&'static [u8]),
    Frame(Vec<u8>),
    /// Written whatever was given up before; then says so. Frames that come later
    /// are for a terminal that is no longer ours, and dropped.
    Last(&'static [u8], Sender<()>),
}

impl Outlet {
    /// Starts the thread that writes to `tty`.
    pub(super) fn open(tty: OwnedFd, tell: Tell) -> io::Result<Self> {
        let (jobs, jobs_out) = unbounded();
        let (spare_in, spare) = bounded(2);
        let shared = Arc::new(Shared::default());
        let mut writer = Writer {
            file: File::from(tty.try_clone()?),
            shared: Arc::clone(&shared),
            tell,
            open: false,
            opened: 0,
            broken: false,
        };
        thread::Builder::new()
            .name("terminal-out".to_owned())
            .spawn(move || writer.serve(&jobs_out, &spare_in))?;
        Ok(Self {
            jobs,
            spare,
            shared,
            tty,
        })
    }

    /// Writes `bytes`, and frames from now on.
    pub(super) fn begin(&self, bytes: &'static [u8]) {
        // The thread lives as long as this handle.
        self.shared.begun.fetch_add(1, Ordering::SeqCst);
        let _ = self.jobs.send(Job::First(bytes));
    }

    /// An empty buffer to fill.
    pub(super) fn buffer(&self) -> Vec<u8> {
        self.spare
            .try_recv()
            .unwrap_or_else(|_| Vec::with_capacity(FRAME))
    }

    /// Hands bytes over; never waits.
    pub(super) fn send(&self, bytes: Vec<u8>) {
        self.shared.under_way.fetch_add(1, Ordering::AcqRel);
        let _ = self.jobs.send(Job::Frame(bytes));
    }

    /// Whether all has gone out. If not, it will be told when it has.
    pub(super) fn ready(&self) -> bool {
        let done = || self.shared.under_way.load(Ordering::Acquire) == 0;
        if done() {
            return true;
        }
        self.shared.wanted.store(true, Ordering::SeqCst);
        done()
    }

    /// Writes `bytes` after all that was handed over, and waits at most for
    /// `blocking`. After that, what is stuck is thrown away, so that the bytes have
    /// the room that it took.
    pub(super) fn finish(&self, bytes: &'static [u8], blocking: Duration) {
        let (done_in, done) = bounded(1);
        if self.jobs.send(Job::Last(bytes, done_in)).is_err() || done.recv_timeout(blocking).is_ok()
        {
            return;
        }
        let begun = self.shared.begun.load(Ordering::SeqCst);
        self.shared.given_up.store(begun, Ordering::SeqCst);
        signals::throw_away_output(self.tty.as_fd());
        let _ = done.recv_timeout(blocking);
    }
}

struct Writer {
    file: File,
    shared: Arc<Shared>,
    tell: Tell,
    /// Between the first bytes and the last.
    open: bool,
    /// How often the way was opened, as far as this side has come.
    opened: usize,
    /// The terminal took no more once; that was told.
    broken: bool,
}

impl Writer {
    fn serve(&mut self, jobs: &Receiver<Job>, spare: &Sender<Vec<u8>>) {
        for job in jobs {
            match job {
                Job::First(bytes) => {
                    self.open = true;
                    self.opened += 1;
                    self.enter(bytes);
                }
                Job::Frame(mut bytes) => {
                    if self.open {
                        self.write(&bytes);
                    }
                    bytes.clear();
                    let _ = spare.try_send(bytes);
                    self.shared.under_way.fetch_sub(1, Ordering::AcqRel);
                    if self.shared.wanted.swap(false, Ordering::SeqCst) {
                        (self.tell)(Ok(()));
                    }
                }
                Job::Last(bytes, done) => {
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
            // A terminal that takes no more was told of when it took no frame.
            let _ = file.write_all(bytes);
            signals::left();
        });
    }

    fn write(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(PIECE) {
            if self.shared.given_up.load(Ordering::SeqCst) >= self.opened {
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
                (self.tell)(Err(error));
            }
        }
    }
}

#[cfg(test)]
mod tests;
