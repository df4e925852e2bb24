//! What one thread, one process, one message costs on this machine, measured.
//!
//! Must not know what is concluded from it.

use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use rustix::event::PollFlags;
use rustix::pipe::{PipeFlags, pipe_with};

use crate::kit::child::Process;
use crate::kit::clock::Clock;
use crate::kit::limit::{Limit, Timeout};
use crate::kit::pipe::{PipeError, ready};
use crate::kit::placement;
use crate::kit::process_pool::ProcessPool;
use crate::kit::process_pool::jobs::Echo;
use crate::kit::shared::Region;
use crate::kit::stop::Stop;
use crate::kit::stream::Limited;
use crate::kit::threads::{self, Scope};
use crate::scene::units;

use super::cost::{Cost, Placement, Transport};
use super::jobs::{EchoBytes, Pong, SharedCells};

/// Samples of each kind of cost.
const SAMPLES: usize = 15;
/// Round trips that make one sample: a single one is too short for a stopwatch.
const TRIPS: u32 = 40;
/// How often one looks whether the other side has failed.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Threads that wait at once while their memory is counted.
const WAITING_THREADS: u32 = 64;

/// Costs that are measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CostGroup {
    /// A thread and a process, in turns: they are compared.
    Starts,
    RoundTrips(Transport, Placement),
    Memory(Cost),
}

impl CostGroup {
    /// What a machine of this many cores allows.
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

/// Measures costs, each in the unit of its field.
///
/// # Errors
/// If something that it takes cannot be started, or on a stop request.
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
        CostGroup::Memory(cost) => vec![(cost, memory(cost, program, stop)?)],
    })
}

/// The core of the one who asks, and of the one who answers; nowhere in particular without.
type Cores = Option<(usize, usize)>;

fn cores_of(place: Placement) -> io::Result<Cores> {
    let all = placement::cores();
    match (place, all.as_slice()) {
        (Placement::Anywhere, _) => Ok(None),
        (Placement::OneCore, [first, ..]) => Ok(Some((*first, *first))),
        (Placement::TwoCores, [first, .., last]) => Ok(Some((*first, *last))),
        (Placement::TwoCores, [_]) => Err(io::Error::other("there is only one core")),
        (_, []) => Err(io::Error::other("the system does not tell which cores there are")),
    }
}

/// Measures on a thread of its own, which stays on the core of the one who asks, with
/// whatever it starts.
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
        let died = |_| Err(io::Error::other("a thread panicked"));
        scope.spawn("worlds/cost", on_core)?.join().unwrap_or_else(died)
    })
}

/// Starts the worker of a pool of one, on the core of the one who answers.
fn place_worker(pool: &ProcessPool, cores: Cores, limit: &Limit) -> io::Result<()> {
    pool.prestart();
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
    /// Microseconds of each of `times`, all of them under one look at the clock.
    fn sample(&self, times: u32, mut one: impl FnMut() -> io::Result<()>) -> io::Result<f64> {
        if self.stop.requested() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let began = (self.now)();
        (0..times).try_for_each(|_| one())?;
        let took = Duration::from_nanos((self.now)().saturating_sub(began));
        Ok(units::in_us(took) / f64::from(times))
    }

    /// Samples of a round trip.
    fn trips(&self, mut trip: impl FnMut() -> io::Result<()>) -> io::Result<Vec<f64>> {
        (0..SAMPLES).map(|_| self.sample(TRIPS, &mut trip)).collect()
    }

    /// Samples of two things that are compared: in each round both, another one first.
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

/// A worker process that has said hello.
fn start_worker(program: &Path, stop: &Stop) -> io::Result<Process> {
    let worker = Process::spawn(program)?;
    worker.wait_hello(&Limit::until(stop))?;
    Ok(worker)
}

fn channel(sampler: &Sampler<'_>, cores: Cores) -> io::Result<Vec<f64>> {
    let (ask, asked) = crossbeam_channel::bounded::<()>(1);
    let (answer, answered) = crossbeam_channel::bounded::<io::Result<()>>(1);
    threads::scope(|scope| {
        // Ends when `ask` is dropped.
        scope.spawn("worlds/channel", move || {
            let placed = cores.map_or(Ok(()), |(_, there)| placement::pin_thread(there));
            let _ = answer.send(placed);
            asked.iter().all(|()| answer.send(Ok(())).is_ok())
        })?;
        answered.recv().map_err(io::Error::other)??;
        let result = sampler.trips(|| {
            ask.send(()).map_err(io::Error::other)?;
            answered.recv().map_err(io::Error::other)?
        });
        drop(ask);
        result
    })
}

/// Two pipes to a real process, which gives back whatever it reads, as `cat` does. It is
/// our own: whatever else is called `cat` on this machine may never answer.
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
    there.write_all(&byte)?;
    while !partner.is_done() && !arrives(&back.descriptor, sampler.stop)? {}
    // It has ends of its own, or has failed: then this is the end of the stream.
    drop((theirs_in, theirs_out));
    if let Some(error) = partner.error() {
        return Err(io::Error::other(error));
    }
    back.read_exact(&mut byte)?;
    let result = there_and_back(&mut there, &mut back, sampler);
    // Its input ends, and so does it.
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

/// Where another process of this user finds one end of a pipe.
fn path_of(end: &OwnedFd) -> String {
    format!("/proc/{}/fd/{}", std::process::id(), end.as_raw_fd())
}

/// Waits a moment for bytes to read; whether there are any.
fn arrives(end: &OwnedFd, stop: &Stop) -> io::Result<bool> {
    match ready(end.as_fd(), PollFlags::IN, &Limit::within(POLL_INTERVAL).or(stop)) {
        Err(PipeError::Late(Timeout::Elapsed)) => Ok(false),
        ready => Ok(ready.map(|()| true)?),
    }
}

/// Messages to a worker process over its socket, through a warm pool of one.
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

fn shared_memory(program: &Path, sampler: &Sampler<'_>, cores: Cores) -> io::Result<Vec<f64>> {
    let region = Region::create(SharedCells::CELLS)?;
    let shared = SharedCells::new(region.layout());
    let pool = ProcessPool::builder(program, 1).region(region).build().map_err(io::Error::other)?;
    let limit = Limit::until(sampler.stop);
    place_worker(&pool, cores, &limit)?;
    let trips = u64::from(TRIPS) * (SAMPLES as u64 + 1);
    let partner = pool.submit::<Pong>(&trips).map_err(io::Error::other)?;
    let trip = || {
        shared.ping.set();
        // Only the partner can end this wait, so its end is looked for.
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

fn memory(cost: Cost, program: &Path, stop: &Stop) -> io::Result<Vec<f64>> {
    let one = || match cost {
        Cost::ThreadMemoryKib => thread_memory(|| memory_kib("self", "Rss:")),
        Cost::ProcessPrivateKib => process_memory(program, "Private_", stop),
        _ => process_memory(program, "Rss:", stop),
    };
    let unless_stopped = |_| {
        if stop.requested() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        one()
    };
    (0..SAMPLES).map(unless_stopped).collect()
}

/// What a crowd of waiting threads adds to this process, for each of them, by what it has
/// `now`.
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
            there.iter().take(WAITING_THREADS as usize).for_each(drop);
            now()
        });
        // Ends all of them, also after a failure.
        gate.request();
        after
    })?;
    // Other threads give memory back meanwhile: never less than nothing.
    Ok(each_of(WAITING_THREADS, before, after))
}

fn process_memory(program: &Path, what: &str, stop: &Stop) -> io::Result<f64> {
    let worker = start_worker(program, stop)?;
    memory_kib(&worker.pid().to_string(), what)
}

/// What each of a crowd has added. Other threads may give memory back meanwhile: never
/// less than nothing.
fn each_of(threads: u32, before: f64, after: f64) -> f64 {
    (after - before).max(0.0) / f64::from(threads)
}

/// The sum of the lines of `/proc/PID/smaps_rollup` that begin with `what`, in KiB.
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
