//! The main function of a worker: send a hello, run what is asked for, end with the socket.
//!
//! The main thread reads a frame, runs it and answers. From the first chunk on a second thread,
//! the watcher, waits for the other end of the socket to close, so that the process also ends
//! while a task computes. Errors and panics of a task are results like any other; only what
//! makes the worker itself unusable ends it.

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

/// Stack of the watcher, which calls `poll` and `_exit` only: each worker has one, so the usual
/// two megabytes of address space would be a waste.
const WATCHER_STACK: usize = 64 * 1024;
/// The most bytes of an error's kind, message or place that are sent.
const LONGEST_TEXT: usize = 64 * 1024;
/// Bytes of an answer that are kept free for errors in place of results, so that a chunk whose
/// results are too long can still be answered.
const ROOM: usize = 32 << 20;
/// Bytes read ahead, so that a small frame costs one system call and not two.
const AHEAD: usize = 16 * 1024;

/// The shared memory, set once by a `Region` frame.
static REGION: OnceLock<Region> = OnceLock::new();
/// The socket, for as long as the process lives: the watcher and tasks that misuse it on
/// purpose use it without owning it.
static SOCKET: OnceLock<UnixStream> = OnceLock::new();

/// In a worker: the shared memory that its parent handed over, if it did. `None` in every other
/// process.
pub fn region() -> Option<&'static Region> {
    REGION.get()
}

/// In a worker: writes bytes that are no frame into the socket, as a broken worker would. For
/// the worker functions that show what happens then.
pub(crate) fn write_raw(bytes: &[u8]) {
    if let Some(mut socket) = SOCKET.get() {
        let _ = socket.write_all(bytes);
    }
}

/// Serves `socket` until its other end closes.
///
/// # Errors
/// If it cannot go on: a frame that it does not understand, no thread, no memory. It has
/// reported that to its parent then, as far as possible.
pub fn work(socket: UnixStream, worker_fns: &'static [&'static [WorkerFnEntry]]) -> io::Result<()> {
    let socket = SOCKET.get_or_init(|| socket);
    // A worker that is stopped when its parent is killed could not see the end of its socket:
    // SIGCONT wakes it. To a running worker the signal means nothing, so it does not matter
    // that the kernel sends it already when the parent's *thread* ends (`PR_SET_PDEATHSIG`,
    // `prctl(2)`).
    let _ = set_parent_process_death_signal(Some(Signal::CONT));
    leave_no_core();
    let served = serve(socket, worker_fns);
    if let Err(error) = &served {
        let _ = wire::write(&mut &*socket, Kind::Failed, error.to_string().as_bytes());
    }
    // The parent is gone, and not only done with writing: no process is left that would end
    // what the tasks have started.
    if has_hung_up(socket, Some(&Timespec::default())) {
        end_process_group();
    }
    served
}

/// Sets the limit of core files to 0. The parent reports a death; a core file would only be
/// left in a folder, and writing it would delay the death by seconds.
fn leave_no_core() {
    let maximum = getrlimit(Resource::Core).maximum;
    let none = Rlimit { current: Some(0), maximum };
    let _ = setrlimit(Resource::Core, none);
}

/// Reads frames and answers them until the end of the stream, which is the parent's way to let
/// the worker end.
///
/// # Errors
/// If a frame is foreign, torn, or of a kind that is not for a worker; those of the system.
fn serve(socket: &'static UnixStream, worker_fns: &[&[WorkerFnEntry]]) -> io::Result<()> {
    wire::write(&mut &*socket, Kind::Hello, &monotonic_ns().to_le_bytes())?;
    let reader = SocketReader { socket, descriptors: VecDeque::new() };
    let mut reader = BufReader::with_capacity(AHEAD, reader);
    let mut is_watched = false;
    while let Some(frame) = wire::read(&mut reader)? {
        match frame.kind {
            Kind::Chunk => {
                // An idle worker sees the end of the socket when it reads. The thread is
                // started with the first chunk, so that it does not count in the time of the
                // start.
                if !is_watched {
                    watch(socket)?;
                    is_watched = true;
                }
                let answer = do_chunk(&frame.payload, worker_fns)
                    .ok_or_else(|| io::Error::other("a chunk that cannot be read"))?;
                // What a task printed must be in the pipe before its result is in the socket:
                // the pool emits them in that order.
                let _ = io::stdout().flush();
                wire::write(&mut &*socket, Kind::Answer, &answer)?;
            }
            Kind::Region => {
                let file = reader.get_mut().descriptors.pop_front();
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

/// Starts the watcher: it ends this process and what it started as soon as the other end of the
/// socket is gone, whatever the main thread does then. A parent that has only shut down its
/// writing side is not gone: the main thread then ends by itself.
///
/// # Errors
/// If the system gives no thread.
fn watch(socket: &'static UnixStream) -> io::Result<()> {
    std::thread::Builder::new()
        .name("watcher".to_owned())
        .stack_size(WATCHER_STACK)
        .spawn(move || {
            while !has_hung_up(socket, None) {}
            end_process_group();
        })
        .map(drop)
        .map_err(|error| io::Error::new(error.kind(), format!("no thread: {error}")))
}

/// Whether the other end is gone. Waits for that for a limited time; `None`: without end.
fn has_hung_up(socket: &UnixStream, limit: Option<&Timespec>) -> bool {
    // Without any event asked for, `poll` reports only errors and hang-ups (`poll(2)`), and a
    // hang-up of a socket needs both directions to be closed.
    let mut watched = [PollFd::new(socket, PollFlags::empty())];
    poll(&mut watched, limit).is_ok_and(|ready| ready > 0)
}

/// Ends this process and its process group. No process is left that would end what this
/// worker's tasks may have started.
fn end_process_group() -> ! {
    // A worker that a person started from a shell may share a group with other programs.
    if getpgrp() == getpid() {
        let _ = kill_current_process_group(Signal::KILL);
    }
    exit_now(0)
}

/// Runs the items of a chunk one after the other and returns the answer; `None` if the chunk
/// cannot be read. The format is that of [`crate::kit::process_pool`]'s module `chunk`.
fn do_chunk(mut payload: &[u8], worker_fns: &[&[WorkerFnEntry]]) -> Option<Vec<u8>> {
    let id = pack::take_u64(&mut payload)?;
    let name = pack::take_text(&mut payload)?;
    let count = pack::take_u32(&mut payload)?;
    let function = worker_fns.iter().copied().flatten().find(|function| function.name == name);
    // The moment of the end stands before the results and is filled in when they are there.
    let mut answer = id.to_le_bytes().to_vec();
    answer.extend_from_slice(&[0; 8]);
    answer.extend_from_slice(&count.to_le_bytes());
    for _ in 0..count {
        let input = pack::take_bytes(&mut payload)?;
        let result = match function {
            Some(function) => run(function, input),
            None => Err(WorkerFnError::new("LookupError", format!("no function is called {name}"))),
        };
        put_result(&mut answer, result);
    }
    answer[8..16].copy_from_slice(&monotonic_ns().to_le_bytes());
    Some(answer)
}

/// Runs one item. A panic of the task is an error with the place of the panic, and the worker
/// goes on with the next item.
fn run(function: &WorkerFnEntry, input: &[u8]) -> Result<Vec<u8>, WorkerFnError> {
    panics::capture(|| (function.run)(input)).unwrap_or_else(|panic| {
        Err(WorkerFnError {
            kind: WorkerFnError::PANIC.to_owned(),
            message: panic.message.to_string(),
            place: panic.place.to_string(),
        })
    })
}

/// Adds a result, or, where it would make the answer too long for a frame, an error instead.
/// The other results of the chunk arrive all the same.
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

/// Reads the socket and keeps the descriptors that come along, in their order, until the frame
/// that they belong to is handled. Reading ahead may bring them earlier than their frame.
struct SocketReader<'a> {
    socket: &'a UnixStream,
    descriptors: VecDeque<OwnedFd>,
}

impl Read for SocketReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (count, descriptors) = receive_with(self.socket, buffer)?;
        self.descriptors.extend(descriptors);
        Ok(count)
    }
}
