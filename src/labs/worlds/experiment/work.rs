//! The work that is compared: hashing, waiting, and both.
//!
//! Each worker does one *task*. A computing task is a fixed number of hash rounds,
//! calibrated once so that it takes the chosen time when done alone: a fixed time would
//! take as long on a busy core as on an idle one, and no strategy could gain. A waiting
//! task is a number of requests, each of them a real round trip to a server thread on the
//! loopback interface that answers after a real wait, and a real read of a file.
//!
//! ```text
//! worker  ── hash rounds ──▶ ── 1 byte ──▶ server waits 2 ms ──▶ 1 byte ── reads 64 KiB ──┐
//!   ▲                        └─ without the GIL, if there is one ───────────────────────┘ │
//!   └──────────────────────────── for each request ───────────────────────────────────────┘
//! ```

use std::fs::File;
use std::hint::black_box;
use std::io::{self, Read, Seek, Write};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::kit::gil::Gil;
use crate::kit::limit::Limit;
use crate::kit::stop::Stop;
use crate::kit::stream::{Limited, Server, connect_to};
use crate::kit::threads;

use super::super::facts::Switches;
use super::super::state::{Amount, Work};

/// Hash rounds between two checks of the stop flag and the GIL, about 2 µs. CPython
/// checks after each jump backwards, which is more often still; both are far below the
/// switch interval of 5 ms.
const ROUNDS_PER_LOOK: u64 = 1_000;
/// How long the server lets each request wait: about a request within a data centre, and
/// far longer than what the round trip itself costs, so that waiting is what is measured.
pub const ANSWER_AFTER: Duration = Duration::from_millis(2);
/// Bytes read from the file with each request: sixteen pages, which the kernel copies
/// from its cache. So a request has a part that needs the processor, as in real programs.
const FILE_BYTES: usize = 64 * 1024;

/// One worker's task, as plain data: it is sent to worker processes unchanged, so all
/// strategies do exactly the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Hash rounds before each request, or all of them if there are no requests.
    /// Calibrated for this machine, and the same for all strategies.
    pub rounds: u64,
    pub requests: u32,
    pub server: SocketAddr,
    /// A file to read from, of at least [`FILE_BYTES`].
    pub file: std::path::PathBuf,
}

/// The result of a task: what it computed and read, and the context switches of its
/// thread meanwhile. It crosses the process boundary as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskResult {
    /// Depends on every round, so the compiler can leave none out. The same in every run
    /// of the same task.
    pub hash: u64,
    pub bytes: u64,
    pub voluntary: u64,
    pub involuntary: u64,
}

impl TaskResult {
    /// With the switches between the two moments.
    fn with_switches(self, before: Switches, after: Switches) -> Self {
        Self {
            voluntary: after.voluntary - before.voluntary,
            involuntary: after.involuntary - before.involuntary,
            ..self
        }
    }
}

/// How many requests, one after the other, are waited for about so long; at least one.
pub fn requests(waiting: Duration) -> u32 {
    let requests = (waiting.as_nanos() / ANSWER_AFTER.as_nanos()).max(1);
    u32::try_from(requests).unwrap_or(u32::MAX)
}

impl Task {
    /// A task of `work` that takes about `size` when done alone, on a machine that does
    /// `rounds_per_second`.
    pub fn of(
        work: Work,
        size: Duration,
        rounds_per_second: u64,
        server: SocketAddr,
        file: &Path,
    ) -> Self {
        let (computing, waiting) = match work {
            Work::Cpu => (size, Duration::ZERO),
            Work::Io => (Duration::ZERO, size),
            Work::Mixed => (size / 2, size / 2),
        };
        let requests = if work == Work::Cpu { 0 } else { requests(waiting) };
        let rounds = computing.as_nanos() * u128::from(rounds_per_second) / 1_000_000_000;
        Self {
            rounds: u64::try_from(rounds).unwrap_or(u64::MAX) / u64::from(requests.max(1)),
            requests,
            server,
            file: file.to_owned(),
        }
    }

    pub fn amount(&self) -> Amount {
        Amount { rounds: self.rounds * u64::from(self.requests.max(1)), requests: self.requests }
    }

    /// Does the task on the calling thread, under `gil` if there is one. The kernel's
    /// counters of the thread are read before and after it, outside of the GIL.
    ///
    /// # Errors
    /// If the server or the file fails, or on a stop request.
    pub fn run(&self, gil: Option<&Gil>, stop: &Stop) -> io::Result<TaskResult> {
        let before = switches_so_far();
        if let Some(gil) = gil {
            gil.acquire().map_err(|_| interrupted())?;
        }
        let worked = self.work(gil, stop);
        // Also after a failure, so that the other tasks can continue.
        if let Some(gil) = gil {
            gil.release();
        }
        Ok(worked?.with_switches(before, switches_so_far()))
    }

    /// The task itself: hash rounds, then a request, as often as there are requests. A
    /// task without requests hashes once.
    fn work(&self, gil: Option<&Gil>, stop: &Stop) -> io::Result<TaskResult> {
        let limit = Limit::until(stop);
        let connection = || Connection::open(self, &limit);
        let mut connection = (self.requests > 0).then(connection).transpose()?;
        let mut done = TaskResult::default();
        for _ in 0..self.requests.max(1) {
            hash_rounds(self.rounds, &mut done.hash, gil, stop).ok_or_else(interrupted)?;
            let Some(connection) = &mut connection else {
                continue;
            };
            // Around a request the lock is given up, as CPython does around everything
            // that blocks.
            let answered = match gil {
                None => Ok(connection.request()),
                Some(gil) => gil.allow_threads(|| connection.request()),
            };
            done.bytes += answered.map_err(|_| interrupted())??;
        }
        Ok(done)
    }
}

fn interrupted() -> io::Error {
    io::Error::new(io::ErrorKind::Interrupted, "asked to stop")
}

/// A connection to the server, and the file. Opened by each worker for itself: a shared
/// one would be a second lock.
struct Connection<'a> {
    stream: Limited<'a, OwnedFd>,
    file: File,
    buffer: Vec<u8>,
}

impl<'a> Connection<'a> {
    fn open(task: &Task, limit: &'a Limit) -> io::Result<Self> {
        Ok(Self {
            stream: Limited { descriptor: connect_to(task.server, limit)?, limit },
            file: File::open(&task.file)?,
            buffer: vec![0; FILE_BYTES],
        })
    }

    /// One request: a byte to the server, its answer after the wait, and the beginning of
    /// the file. Returns the bytes read from the file.
    fn request(&mut self) -> io::Result<u64> {
        self.stream.write_all(&[1])?;
        self.stream.read_exact(&mut self.buffer[..1])?;
        self.file.rewind()?;
        self.file.read_exact(&mut self.buffer)?;
        Ok(self.buffer.len() as u64)
    }
}

/// Mixes `hash` `rounds` times; `None` on a stop request. Between blocks of rounds it
/// checks the stop flag and offers the GIL, if another thread has asked for it.
fn hash_rounds(rounds: u64, hash: &mut u64, gil: Option<&Gil>, stop: &Stop) -> Option<()> {
    let mut left = rounds;
    while left > 0 {
        let now = left.min(ROUNDS_PER_LOOK);
        for _ in 0..now {
            // The black box keeps the compiler from merging rounds.
            *hash = black_box(mix(*hash));
        }
        left -= now;
        if stop.requested() {
            return None;
        }
        if let Some(gil) = gil {
            gil.check().ok()?;
        }
    }
    Some(())
}

/// One round of `SplitMix64` (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom
/// number generators", 2014). It depends on the result before, so a core cannot compute
/// two rounds at once, and it needs no memory, so cores do not compete for any.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The number of hash rounds a second this machine does, on one core: by the fastest of
/// some tries, because any disturbance only makes one slower.
pub fn calibrate(stop: &Stop) -> u64 {
    const TRIES: usize = 10;
    const CHUNK: u64 = 1_000_000;
    let mut hash = 0;
    let tries = (0..TRIES).map(|_| {
        let began = Instant::now();
        let _ = hash_rounds(CHUNK, &mut hash, None, stop);
        began.elapsed()
    });
    per_second(CHUNK, tries)
}

/// The speed of the fastest try. A nanosecond at least, so that a coarse clock does not
/// divide by zero.
fn per_second(rounds: u64, tries: impl Iterator<Item = Duration>) -> u64 {
    let quickest = tries.min().unwrap_or_default().as_nanos().max(1);
    let per_second = u128::from(rounds) * 1_000_000_000 / quickest;
    u64::try_from(per_second).unwrap_or(u64::MAX)
}

/// The server on the loopback interface: one thread per connection, each answering a byte
/// with a byte after [`ANSWER_AFTER`]. Ends on a stop request, or with the cause in
/// `fault`: open connections are closed, and new ones are refused. Returns when all its
/// threads have ended.
pub fn serve(server: Server, stop: &Stop, fault: &OnceLock<String>) {
    let limit = Limit::until(stop);
    threads::scope(|scope| {
        // Moved in, so that it is dropped before the scope waits for its threads: callers
        // in its queue are refused at once instead of waiting for an answer.
        let server = server;
        loop {
            let answer = |stream| scope.spawn("worlds/server", || answer(stream, stop));
            match server.accept(&limit).and_then(answer) {
                Ok(_) => {}
                Err(_) if stop.requested() => return,
                Err(error) => {
                    let _ = fault.set(format!("the server on this machine: {error}"));
                    return;
                }
            }
        }
    });
}

/// Answers one client until it closes the connection or the server ends. The wait is a
/// real sleep, during which the worker on the other side waits in the kernel.
fn answer(stream: OwnedFd, stop: &Stop) {
    let mut stream = Limited { descriptor: stream, limit: &Limit::until(stop) };
    let mut byte = [0];
    while stream.read_exact(&mut byte).is_ok() && !stop.sleep(ANSWER_AFTER) {
        if stream.write_all(&byte).is_err() {
            break;
        }
    }
}

/// Context switches of the calling thread so far, from `/proc/thread-self/status` (see
/// `proc(5)`); zero where the kernel does not report them.
fn switches_so_far() -> Switches {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let figure = |name: &str| {
        status.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap_or(0)
    };
    Switches {
        voluntary: figure("voluntary_ctxt_switches:"),
        involuntary: figure("nonvoluntary_ctxt_switches:"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tasks_switches_are_those_between_its_begin_and_its_end() {
        let at = |voluntary, involuntary| Switches { voluntary, involuntary };
        let done = TaskResult { hash: 1, bytes: 2, voluntary: 0, involuntary: 0 };
        let expected = TaskResult { voluntary: 7, involuntary: 50, ..done };
        assert_eq!(done.with_switches(at(3, 100), at(10, 150)), expected);
    }

    #[test]
    fn the_quickest_try_says_what_the_machine_can_do() {
        let tries = [4, 2, 8].map(Duration::from_millis);
        assert_eq!(per_second(1_000_000, tries.into_iter()), 500_000_000);
        assert_eq!(per_second(1, std::iter::empty()), 1_000_000_000);
    }
}
