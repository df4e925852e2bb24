//! A worker's life: say hello, do what is asked, end with the socket.

use std::collections::VecDeque;
use std::io::{self, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Resource, Rlimit, Signal, getpgrp, getpid, getrlimit, kill_current_process_group,
    set_parent_process_death_signal, setrlimit,
};

use super::descriptors::receive_with;
use super::worker_fn::{WorkerFnEntry, WorkerFnError};
use crate::kit::clock::monotonic_ns;
use crate::kit::panics;
use crate::kit::shared::Region;
use crate::kit::sys::process::exit_now;
use crate::kit::wire::{self, Kind, pack};

/// Stack of the thread that only watches the socket.
const WATCHER_STACK: usize = 64 * 1024;
/// Bytes of an error's text that travel.
const LONGEST_TEXT: usize = 64 * 1024;
/// Bytes of an answer that are kept for errors in place of results.
const ROOM: usize = 32 << 20;
/// Bytes read ahead, so that a small frame costs one call.
const AHEAD: usize = 16 * 1024;

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
pub fn work(socket: UnixStream, jobs: &'static [&'static [WorkerFnEntry]]) -> io::Result<()> {
    let socket = SOCKET.get_or_init(|| socket);
    // A worker that is stopped when its parent is killed could not see it. This wakes it; to
    // anyone else it is nothing, so it does not matter that the system sends it already
    // when the parent's *thread* ends.
    let _ = set_parent_process_death_signal(Some(Signal::CONT));
    leave_no_core();
    let served = serve(socket, jobs);
    if let Err(error) = &served {
        let _ = wire::write(&mut &*socket, Kind::Failed, error.to_string().as_bytes());
    }
    if has_hung_up(socket, Some(&Timespec::default())) {
        end_with_kin();
    }
    served
}

/// A worker's death is reported by its parent. A core file would only lie about, and writing
/// it would keep the death from being noticed.
fn leave_no_core() {
    let maximum = getrlimit(Resource::Core).maximum;
    let none = Rlimit { current: Some(0), maximum };
    let _ = setrlimit(Resource::Core, none);
}

fn serve(socket: &'static UnixStream, jobs: &[&[WorkerFnEntry]]) -> io::Result<()> {
    wire::write(&mut &*socket, Kind::Hello, &monotonic_ns().to_le_bytes())?;
    let inlet = Inlet { socket, descriptors: VecDeque::new() };
    let mut inlet = BufReader::with_capacity(AHEAD, inlet);
    let mut is_watched = false;
    while let Some(frame) = wire::read(&mut inlet)? {
        match frame.kind {
            Kind::Chunk => {
                // Not needed before there is something to be interrupted.
                if !is_watched {
                    watch(socket)?;
                    is_watched = true;
                }
                let answer = do_chunk(&frame.payload, jobs)
                    .ok_or_else(|| io::Error::other("a chunk that cannot be read"))?;
                // What a task printed goes before its result.
                let _ = io::stdout().flush();
                wire::write(&mut &*socket, Kind::Answer, &answer)?;
            }
            Kind::Region => {
                let file = inlet.get_mut().descriptors.pop_front();
                let file = file.ok_or_else(|| io::Error::other("a region without its file"))?;
                let region = Region::attach(file).map_err(|error| {
                    io::Error::new(error.kind(), format!("shared memory: {error}"))
                })?;
                let _ = REGION.set(region);
            }
            other => {
                return Err(io::Error::other(format!("a worker is not asked for {other:?}")));
            }
        }
    }
    Ok(())
}

/// Ends this process, and what it started, as soon as the other end of the socket is
/// gone, whatever the other thread is doing then. A parent that only has no more to say
/// is not gone: then the other thread ends by itself, and the parent sees to its kin.
///
/// # Errors
/// If there may be no more threads.
fn watch(socket: &'static UnixStream) -> io::Result<()> {
    std::thread::Builder::new()
        .name("watcher".to_owned())
        .stack_size(WATCHER_STACK)
        .spawn(move || {
            while !has_hung_up(socket, None) {}
            end_with_kin();
        })
        .map(drop)
        .map_err(|error| io::Error::new(error.kind(), format!("no thread: {error}")))
}

/// Whether the other end is gone. Waits for that for a limited time; `None`: for ever.
fn has_hung_up(socket: &UnixStream, limit: Option<&Timespec>) -> bool {
    let mut watched = [PollFd::new(socket, PollFlags::empty())];
    poll(&mut watched, limit).is_ok_and(|ready| ready > 0)
}

/// No process is left to end what this worker's tasks may have started, so it is done here.
fn end_with_kin() -> ! {
    // A person who started a worker from a shell may share a group with it.
    if getpgrp() == getpid() {
        let _ = kill_current_process_group(Signal::KILL);
    }
    exit_now(0)
}

/// Works off a chunk; `None` if it cannot be read.
fn do_chunk(mut payload: &[u8], jobs: &[&[WorkerFnEntry]]) -> Option<Vec<u8>> {
    let id = pack::take_u64(&mut payload)?;
    let name = pack::take_text(&mut payload)?;
    let count = pack::take_u32(&mut payload)?;
    let job = jobs.iter().copied().flatten().find(|job| job.name == name);
    // The end's moment is filled in when it has come.
    let mut answer = id.to_le_bytes().to_vec();
    answer.extend_from_slice(&[0; 8]);
    answer.extend_from_slice(&count.to_le_bytes());
    for _ in 0..count {
        let input = pack::take_bytes(&mut payload)?;
        let result = match job {
            Some(job) => run(job, input),
            None => Err(WorkerFnError::new("LookupError", format!("no job is called {name}"))),
        };
        put_result(&mut answer, result);
    }
    answer[8..16].copy_from_slice(&monotonic_ns().to_le_bytes());
    Some(answer)
}

fn run(job: &WorkerFnEntry, input: &[u8]) -> Result<Vec<u8>, WorkerFnError> {
    panics::capture(|| (job.run)(input)).unwrap_or_else(|panic| {
        Err(WorkerFnError {
            kind: WorkerFnError::PANIC.to_owned(),
            message: panic.message.to_string(),
            place: panic.place.to_string(),
        })
    })
}

/// Adds a result, or, where it would make the answer too long to send, an error instead.
fn put_result(answer: &mut Vec<u8>, result: Result<Vec<u8>, WorkerFnError>) {
    let result = result.and_then(|output| {
        if answer.len() + output.len() + ROOM <= wire::LONGEST {
            return Ok(output);
        }
        let why = format!("a result of {} bytes is too long", output.len());
        Err(WorkerFnError::new("EncodeError", why))
    });
    match result {
        Ok(output) => {
            answer.push(0);
            pack::put_bytes(answer, &output);
        }
        Err(error) => {
            answer.push(1);
            for text in [&error.kind, &error.message, &error.place] {
                let end = text.floor_char_boundary(LONGEST_TEXT);
                pack::put_bytes(answer, &text.as_bytes()[..end]);
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
