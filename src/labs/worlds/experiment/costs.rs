//! What one thread, one process, one message costs on this machine, measured.
//!
//! Each cost is a list of samples, whose lower quartile is shown: disturbances only ever
//! add time. Things that are compared with each other are measured alternately; the
//! others one after the other. Nothing is concluded here.

use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use rustix::event::PollFlags;
use rustix::pipe::{PipeFlags, pipe_with};

use crate::kit::child::Process;
use crate::kit::clock::Clock;
use crate::kit::event::RAISED;
use crate::kit::limit::{Limit, Timeout};
use crate::kit::pipe::{PipeError, ready};
use crate::kit::placement;
use crate::kit::process_pool::ProcessPool;
use crate::kit::process_pool::worker_fns::Echo;
use crate::kit::shared::Region;
use crate::kit::stop::Stop;
use crate::kit::stream::Limited;
use crate::kit::threads::{self, Scope};
use crate::scene::units;

use super::cost::{Cost, Placement, Transport};
use super::worker_fns::{EchoBytes, Pong, SharedCells};

const SAMPLES: usize = 15;
/// Round trips that make one sample: a single one takes a few microseconds, of which
/// reading the clock would be a notable part.
const TRIPS: u32 = 40;
/// Interval at which one side checks whether the other has failed, where nothing else
/// would wake it.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Threads that wait at once while their memory is counted: one alone would be lost among
/// pages that other threads take.
const WAITING_THREADS: u32 = 64;

/// Costs that are measured together: starting a thread and a process, alternately because
/// they are compared; the round trips of one transport and placement; one of the costs in
/// memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CostGroup {
    Starts,
    RoundTrips(Transport, Placement),
    Memory(Cost),
}

impl CostGroup {
    /// What a machine of this many cores allows, in the order in which it is measured.
    pub fn all(cores: usize) -> impl Iterator<Item = Self> {
        let trips = Transport::ALL.into_iter().flat_map(move |transport| {
            Placement::possible(cores).map(move |place| Self::RoundTrips(transport, place))
        });
        let memory = Cost::MEMORY.into_iter().map(Self::Memory);
        [Self::Starts].into_iter().chain(trips).chain(memory)
    }

    pub fn label(self) -> String {
        match self {
            Self::Starts => "start a thread, start a process".to_owned(),
            Self::RoundTrips(transport, place) => Cost::RoundTripUs(transport, place).label(),
            Self::Memory(cost) => cost.label(),
        }
    }
}

/// Measures costs, each in the unit of its field. Fails if something that it takes cannot
/// be started, or on a stop request.
pub fn measure(what: CostGroup, program: &Path, stop: &Stop) -> io::Result<Vec<(Cost, Vec<f64>)>> {
    let clock = Clock::start();
    let sampler = Sampler { now: &|| clock.now(), stop };
    Ok(match what {
        CostGroup::Starts => {
            let process = || start_worker(program, stop).map(drop);
            let [thread, process] = sampler.in_turns([&start_thread, &process])?;
            vec![(Cost::ThreadStartUs, thread), (Cost::ProcessStartUs, process)]
        }
        CostGroup::RoundTrips(transport, place) => {
            let cores = cores_of(place)?;
            let trips = || match transport {
                Transport::Channel => channel(&sampler, cores),
                Transport::Pipe => pipe(program, &sampler, cores),
                Transport::Socket => socket(program, &sampler, cores),
                Transport::SharedMemory => shared_memory(program, &sampler, cores),
            };
            vec![(Cost::RoundTripUs(transport, place), pinned(cores, trips)?)]
        }
        CostGroup::Memory(cost) => vec![(cost, memory(cost, program, stop, &memory_kib)?)],
    })
}

/// The core of the side that asks, and of the side that answers; `None` to leave both to
/// the kernel.
type Cores = Option<(usize, usize)>;

/// The cores of a placement, of those that this program may use. For two the first and
/// the last: neighbours may be two hardware threads of one core.
fn cores_of(place: Placement) -> io::Result<Cores> {
    let all = placement::cores();
    match (place, all.as_slice()) {
        (Placement::Anywhere, _) => Ok(None),
        (Placement::OneCore, [first, ..]) => Ok(Some((*first, *first))),
        (Placement::TwoCores, [first, .., last]) => Ok(Some((*first, *last))),
        (Placement::TwoCores, [_]) => Err(io::Error::other("there is only one core")),
        (_, []) => Err(io::Error::other("the system does not report its cores")),
    }
}

/// Measures on a thread of its own, which stays on the core of the side that asks. A
/// thread of its own, because a thread keeps its affinity: the driver's must not be
/// changed.
fn pinned(
    cores: Cores,
    measure: impl FnOnce() -> io::Result<Vec<f64>> + Send,
) -> io::Result<Vec<f64>> {
    threads::scope(|scope| {
        let on_core = move || {
            if let Some((here, _)) = cores {
                placement::pin_thread(here)?;
            }
            measure()
        };
        let died = |_| Err(io::Error::other(format!("a thread {RAISED}")));
        scope.spawn("worlds/cost", on_core)?.join().unwrap_or_else(died)
    })
}

/// Starts the worker of a pool of one, and moves it to the core of the side that answers.
/// Afterwards, because a process inherits the affinity of the thread that starts it.
fn place_worker(pool: &ProcessPool, cores: Cores, limit: &Limit) -> io::Result<()> {
    pool.wait_ready(limit).map_err(io::Error::other)?;
    let Some((_, there)) = cores else {
        return Ok(());
    };
    let workers = pool.view().workers;
    let worker = workers.first().ok_or(io::ErrorKind::NotFound)?;
    placement::pin_process(worker.pid, there)
}

/// Takes samples by a clock in ns.
struct Sampler<'a> {
    now: &'a (dyn Fn() -> u64 + Sync),
    stop: &'a Stop,
}

impl Sampler<'_> {
    /// One sample: microseconds for each of `times` repetitions, between two readings of
    /// the clock.
    fn sample(&self, times: u32, mut one: impl FnMut() -> io::Result<()>) -> io::Result<f64> {
        if self.stop.requested() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let began = (self.now)();
        (0..times).try_for_each(|_| one())?;
        let took = Duration::from_nanos((self.now)().saturating_sub(began));
        Ok(units::in_us(took) / f64::from(times))
    }

    fn trips(&self, mut trip: impl FnMut() -> io::Result<()>) -> io::Result<Vec<f64>> {
        (0..SAMPLES).map(|_| self.sample(TRIPS, &mut trip)).collect()
    }

    fn in_turns(&self, two: [&dyn Fn() -> io::Result<()>; 2]) -> io::Result<[Vec<f64>; 2]> {
        let mut samples = [Vec::new(), Vec::new()];
        for round in 0..SAMPLES {
            for turn in 0..2 {
                let at = (round + turn) % 2;
                samples[at].push(self.sample(1, two[at])?);
            }
        }
        Ok(samples)
    }
}

fn start_thread() -> io::Result<()> {
    let thread = |scope: Scope<'_, '_>| scope.spawn("worlds/cost", || ()).map(drop);
    threads::scope(thread)
}

/// A worker process that has sent its greeting, which is its first frame: only then can
/// it be given work. Dropping it ends and reaps it.
fn start_worker(program: &Path, stop: &Stop) -> io::Result<Process> {
    let worker = Process::spawn(program)?;
    worker.wait_hello(&Limit::until(stop))?;
    Ok(worker)
}

/// A message and its answer over channels between two threads, each on its core. The
/// first answer reports whether the other thread could be placed.
fn channel(sampler: &Sampler<'_>, cores: Cores) -> io::Result<Vec<f64>> {
    let (request, requests) = crossbeam_channel::bounded::<()>(1);
    let (answer, answers) = crossbeam_channel::bounded::<io::Result<()>>(1);
    threads::scope(|scope| {
        // Ends when `request` is dropped.
        scope.spawn("worlds/channel", move || {
            let placed = cores.map_or(Ok(()), |(_, there)| placement::pin_thread(there));
            let _ = answer.send(placed);
            requests.iter().all(|()| answer.send(Ok(())).is_ok())
        })?;
        answers.recv().map_err(io::Error::other)??;
        // Each side blocks in the kernel until the other sends, so a trip contains two
        // wake-ups.
        let result = sampler.trips(|| {
            request.send(()).map_err(io::Error::other)?;
            answers.recv().map_err(io::Error::other)?
        });
        drop(request);
        result
    })
}

/// Two pipes to a real process, which returns whatever it reads, as `cat` does. It is our
/// own: another program called `cat` on this machine may never answer.
///
/// ```text
/// this process                       worker (EchoBytes)
/// there ── pipe ──▶ theirs_in  ····▶ opened by path /proc/PID/fd/N
/// back  ◀── pipe ── theirs_out ····▶ likewise
/// ```
///
/// A worker inherits no descriptor, so it opens the ends by their paths; ours are closed
/// when it has, so that each side sees the end of the other.
fn pipe(program: &Path, sampler: &Sampler<'_>, cores: Cores) -> io::Result<Vec<f64>> {
    let pool = ProcessPool::builder(program, 1).build().map_err(io::Error::other)?;
    let limit = Limit::until(sampler.stop);
    place_worker(&pool, cores, &limit)?;
    let (theirs_in, there) = pipe_with(PipeFlags::CLOEXEC)?;
    let (back, theirs_out) = pipe_with(PipeFlags::CLOEXEC)?;
    let ends = [&theirs_in, &theirs_out].map(path_of);
    let partner = pool.submit::<EchoBytes>(&ends);
    let partner = partner.map_err(io::Error::other)?;
    let [mut there, mut back] =
        [there, back].map(|descriptor| Limited { descriptor, limit: &limit });
    let mut byte = [0];
    // A byte that comes back proves that the worker has opened both ends. The pipe keeps
    // it until then.
    there.write_all(&byte)?;
    while !partner.is_done() && !arrives(&back.descriptor, sampler.stop)? {}
    // It has ends of its own, or has failed: without these, the read below then ends
    // instead of waiting.
    drop((theirs_in, theirs_out));
    if let Some(error) = partner.error() {
        return Err(io::Error::other(error));
    }
    back.read_exact(&mut byte)?;
    let result = there_and_back(&mut there, &mut back, sampler);
    // Its input ends, and so does the worker's task.
    drop(there);
    partner.take(&limit).map_err(io::Error::other)?;
    result
}

fn there_and_back(
    there: &mut impl Write,
    back: &mut impl Read,
    sampler: &Sampler<'_>,
) -> io::Result<Vec<f64>> {
    sampler.trips(|| {
        there.write_all(&[1])?;
        back.read_exact(&mut [0])
    })
}

/// Where another process of this user finds one end of a pipe; opening it gives a new
/// descriptor.
fn path_of(end: &OwnedFd) -> String {
    format!("/proc/{}/fd/{}", std::process::id(), end.as_raw_fd())
}

/// Waits a moment for bytes to read; returns whether there are any. The end of the stream
/// counts as readable.
fn arrives(end: &OwnedFd, stop: &Stop) -> io::Result<bool> {
    match ready(end.as_fd(), PollFlags::IN, &Limit::within(POLL_INTERVAL).or(stop)) {
        Err(PipeError::Late(Timeout::Elapsed)) => Ok(false),
        ready => Ok(ready.map(|()| true)?),
    }
}

/// Messages to a worker process over its socket, through a warm pool of one: all that a
/// task with one byte costs, the pool's protocol and its manager included.
fn socket(program: &Path, sampler: &Sampler<'_>, cores: Cores) -> io::Result<Vec<f64>> {
    let pool = ProcessPool::builder(program, 1).build().map_err(io::Error::other)?;
    pool.prestart();
    let limit = Limit::until(sampler.stop);
    let trip = || {
        let future = pool.submit::<Echo>(&vec![1]).map_err(io::Error::other)?;
        future.take(&limit).map(drop).map_err(io::Error::other)
    };
    trip()?;
    place_worker(&pool, cores, &limit)?;
    sampler.trips(trip)
}

/// A message through two events in shared memory. Both sides wait in the kernel, by
/// futex, so the trip contains two wake-ups like the others.
fn shared_memory(program: &Path, sampler: &Sampler<'_>, cores: Cores) -> io::Result<Vec<f64>> {
    let region = Region::create(SharedCells::CELLS)?;
    let shared = SharedCells::new(region.layout());
    let pool = ProcessPool::builder(program, 1).region(region).build().map_err(io::Error::other)?;
    let limit = Limit::until(sampler.stop);
    place_worker(&pool, cores, &limit)?;
    // One sample more than is taken: those before the first are not measured.
    let trips = u64::from(TRIPS) * (SAMPLES as u64 + 1);
    let partner = pool.submit::<Pong>(&trips).map_err(io::Error::other)?;
    let trip = || {
        shared.ping.set();
        // Only the partner can end this wait, so it is checked from time to time whether
        // it still runs.
        while let Err(timeout) = shared.pong.wait(&Limit::within(POLL_INTERVAL).or(sampler.stop)) {
            match partner.error() {
                Some(error) => return Err(io::Error::other(error)),
                None if timeout == Timeout::Stopped => return Err(io::Error::other(timeout)),
                None => {}
            }
        }
        shared.pong.clear();
        Ok(())
    };
    // The partner's start is not part of a trip.
    (0..TRIPS).try_for_each(|_| trip())?;
    let result = sampler.trips(trip)?;
    partner.wait(&limit).map_err(io::Error::other)?;
    Ok(result)
}

/// Samples of a cost in memory, whose figures are read as by [`memory_kib`].
fn memory(
    cost: Cost,
    program: &Path,
    stop: &Stop,
    kib: &dyn Fn(&str, &str) -> io::Result<f64>,
) -> io::Result<Vec<f64>> {
    let process = |what| kib(&start_worker(program, stop)?.pid().to_string(), what);
    let sample = |_| match cost {
        _ if stop.requested() => Err(io::ErrorKind::Interrupted.into()),
        Cost::ThreadMemoryKib => thread_memory(|| kib("self", "Rss:")),
        Cost::ProcessPrivateKib => process("Private_"),
        _ => process("Rss:"),
    };
    (0..SAMPLES).map(sample).collect()
}

/// What each of many waiting threads adds to this process, by what it has `now`.
fn thread_memory(now: impl Fn() -> io::Result<f64>) -> io::Result<f64> {
    let before = now()?;
    let (gate, (here, there)) = (Stop::new(), crossbeam_channel::unbounded());
    let after = threads::scope(|scope| {
        let threads = (0..WAITING_THREADS).try_for_each(|_| {
            let (gate, here) = (gate.clone(), here.clone());
            let wait = move || {
                let _ = here.send(());
                gate.sleep(Duration::from_hours(1))
            };
            scope.spawn("worlds/waiting", wait).map(drop)
        });
        let after = threads.and_then(|()| {
            // Until each has reported that it runs: its stack then has the pages that it
            // needs.
            there.iter().take(WAITING_THREADS as usize).for_each(drop);
            now()
        });
        // Ends all of them, also after a failure; the scope waits for that.
        gate.request();
        after
    })?;
    Ok(each_of(WAITING_THREADS, before, after))
}

/// What each of this number of threads has added. Other threads may give memory back meanwhile:
/// never less than nothing.
fn each_of(threads: u32, before: f64, after: f64) -> f64 {
    (after - before).max(0.0) / f64::from(threads)
}

/// The sum of the lines of `/proc/PID/smaps_rollup` that begin with `what`, in KiB. The
/// kernel adds up all mappings there, which is exact where `status` may lag behind.
fn memory_kib(pid: &str, what: &str) -> io::Result<f64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    Ok(sum_of(&rollup, what))
}

fn sum_of(rollup: &str, what: &str) -> f64 {
    let figures = rollup.lines().filter(|line| line.starts_with(what));
    let figures = figures.filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    figures.sum()
}

#[cfg(test)]
mod tests;
