//! The main function of a worker: send a hello, run what is asked for, end with the socket.
//!
//! The one thread reads a frame, runs it and answers. While a task computes it reads nothing, so
//! that the process also ends with its parent then is left to a signal (`kit/sys/parent.rs`).
//! Errors and panics of a task are results like any other; only what makes the worker itself
//! unusable ends it.

use std::collections::VecDeque;
use std::io::{self, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, setrlimit};

use super::descriptors::receive_with;
use super::worker_fn::{WorkerFnEntry, WorkerFnError};
use crate::kit::clock::monotonic_ns;
use crate::kit::panics;
use crate::kit::shared::Region;
use crate::kit::sys::parent::{end_process_group, end_with};
use crate::kit::wire::{self, Kind, pack};

/// The most bytes of an error's kind, message or place that are sent.
const LONGEST_TEXT: usize = 64 * 1024;
/// Bytes of an answer that are kept free for errors in place of results, so that a chunk whose
/// results are too long can still be answered.
const ROOM: usize = 32 << 20;
/// Bytes read ahead, so that a small frame costs one system call and not two. One page: each
/// that a forked worker touches first costs as much as a system call.
const AHEAD: usize = 4 * 1024;

/// The shared memory, set once by a `Region` frame.
static REGION: OnceLock<Region> = OnceLock::new();
/// The socket, for as long as the process lives: tasks that misuse it on purpose use it without
/// owning it.
static SOCKET: OnceLock<UnixStream> = OnceLock::new();

/// In a worker: the shared memory that its parent handed over.
///
/// # Errors
/// If it handed over none; in every other process.
#[track_caller]
pub fn region() -> Result<&'static Region, WorkerFnError> {
    REGION.get().ok_or_else(|| WorkerFnError::new("OSError", "no shared memory was handed over"))
}

/// In a worker: writes bytes that are no frame into the socket, as a broken worker would. For
/// the worker functions that show what happens then.
pub(crate) fn write_raw(bytes: &[u8]) {
    if let Some(mut socket) = SOCKET.get() {
        let _ = socket.write_all(bytes);
    }
}

/// Serves `socket` until its other end closes, or `parent`, which started this process, ends.
///
/// # Errors
/// If it cannot go on: a frame that it does not understand, no handler, no memory. It has
/// reported that to its parent then, as far as possible.
pub fn work(
    socket: UnixStream,
    worker_fns: &'static [&'static [WorkerFnEntry]],
    parent: Pid,
) -> io::Result<()> {
    let socket = SOCKET.get_or_init(|| socket);
    leave_no_core();
    let served = end_with(parent).and_then(|()| serve(socket, worker_fns));
    if let Err(error) = &served {
        let _ = wire::write(&mut &*socket, Kind::Failed, error.to_string().as_bytes());
    }
    // The parent is gone, and not only done with writing: no process is left that would end
    // what the tasks have started.
    if has_hung_up(socket) {
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
    while let Some(frame) = wire::read(&mut reader)? {
        match frame.kind {
            Kind::Chunk => {
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

/// Whether the other end is closed, in both directions. Does not wait.
fn has_hung_up(socket: &UnixStream) -> bool {
    // Without any event asked for, `poll` reports only errors and hang-ups (`poll(2)`), and a
    // hang-up of a socket needs both directions to be closed.
    let mut watched = [PollFd::new(socket, PollFlags::empty())];
    poll(&mut watched, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
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
