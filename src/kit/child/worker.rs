//! A worker's life: say hello, do what is asked, end with the socket.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Once, OnceLock};

use rustix::event::{PollFd, PollFlags, poll};

use super::descriptors::receive_with;
use super::job::{JobEntry, JobError};
use crate::kit::clock::monotonic_ns;
use crate::kit::panics;
use crate::kit::shared::Region;
use crate::kit::sys::process::exit_now;
use crate::kit::wire::{self, Kind, pack};

/// Stack of the thread that only watches the socket.
const WATCHER_STACK: usize = 64 * 1024;

static REGION: OnceLock<Region> = OnceLock::new();
static SOCKET: OnceLock<UnixStream> = OnceLock::new();

/// In a worker: the shared memory that its parent handed over, if it did.
pub fn region() -> Option<&'static Region> {
    REGION.get()
}

/// In a worker: writes bytes that are no answer into the socket, as a broken worker
/// would. For showing what happens then.
pub(crate) fn write_raw(bytes: &[u8]) {
    if let Some(mut socket) = SOCKET.get() {
        let _ = socket.write_all(bytes);
    }
}

/// Serves `socket` until its other end closes.
pub(super) fn work(socket: &UnixStream, jobs: &'static [&'static [JobEntry]]) -> io::Result<()> {
    let _ = SOCKET.set(socket.try_clone()?);
    wire::write(&mut &*socket, Kind::Hello, &monotonic_ns().to_le_bytes())?;
    let mut inlet = Inlet {
        socket,
        descriptors: VecDeque::new(),
    };
    let watching = Once::new();
    while let Some(frame) = wire::read(&mut inlet)? {
        match frame.kind {
            Kind::Chunk => {
                // Not needed before there is something to be interrupted.
                watching.call_once(|| watch(socket));
                let answer = do_chunk(&frame.payload, jobs)
                    .ok_or_else(|| io::Error::other("a chunk that cannot be read"))?;
                wire::write(&mut &*socket, Kind::Answer, &answer)?;
            }
            Kind::Region => {
                let file = inlet
                    .descriptors
                    .pop_front()
                    .ok_or_else(|| io::Error::other("a region without its file"))?;
                let _ = REGION.set(Region::attach(file)?);
            }
            other => {
                return Err(io::Error::other(format!(
                    "a worker is not asked for {other:?}"
                )));
            }
        }
    }
    Ok(())
}

/// Ends this process as soon as the other end of the socket is closed, whatever the
/// other thread is doing then.
fn watch(socket: &UnixStream) {
    let Ok(socket) = socket.try_clone() else {
        exit_now(2)
    };
    let watcher = std::thread::Builder::new()
        .name("watcher".to_owned())
        .stack_size(WATCHER_STACK)
        .spawn(move || {
            let mut watched = [PollFd::new(&socket, PollFlags::RDHUP)];
            loop {
                match poll(&mut watched, None) {
                    Ok(n) if n > 0 => exit_now(0),
                    _ => {}
                }
            }
        });
    if watcher.is_err() {
        exit_now(2);
    }
}

/// Works off a chunk; `None` if it cannot be read.
fn do_chunk(mut payload: &[u8], jobs: &[&[JobEntry]]) -> Option<Vec<u8>> {
    let id = pack::take_u64(&mut payload)?;
    let name = pack::take_text(&mut payload)?;
    let count = pack::take_u32(&mut payload)?;
    let job = jobs.iter().copied().flatten().find(|job| job.name == name);
    let mut results = Vec::new();
    for _ in 0..count {
        let input = pack::take_bytes(&mut payload)?;
        let result = match job {
            Some(job) => run(job, input),
            None => Err(JobError::new(
                "LookupError",
                format!("no job is called {name}"),
            )),
        };
        put_result(&mut results, &result);
    }
    let ended = monotonic_ns();
    let mut answer = Vec::with_capacity(results.len() + 20);
    for number in [id, ended] {
        answer.extend_from_slice(&number.to_le_bytes());
    }
    answer.extend_from_slice(&count.to_le_bytes());
    answer.extend(results);
    Some(answer)
}

fn run(job: &JobEntry, input: &[u8]) -> Result<Vec<u8>, JobError> {
    panics::capture(|| (job.run)(input)).unwrap_or_else(|panic| {
        Err(JobError {
            kind: JobError::PANIC.to_owned(),
            message: panic.message.to_string(),
            place: panic.place.to_string(),
        })
    })
}

fn put_result(results: &mut Vec<u8>, result: &Result<Vec<u8>, JobError>) {
    match result {
        Ok(output) => {
            results.push(0);
            pack::put_bytes(results, output);
        }
        Err(error) => {
            results.push(1);
            for text in [&error.kind, &error.message, &error.place] {
                pack::put_bytes(results, text.as_bytes());
            }
        }
    }
}

/// Reads the socket and keeps the descriptors that come along.
struct Inlet<'a> {
    socket: &'a UnixStream,
    descriptors: VecDeque<OwnedFd>,
}

impl Read for Inlet<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (count, descriptors) = receive_with(self.socket, buffer)?;
        self.descriptors.extend(descriptors);
        Ok(count)
    }
}
