//! What one thread, one process, one message costs on this machine, measured.
//!
//! Must not know what is concluded from it.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::kit::child::Process;
use crate::kit::crew::{self, Team};
use crate::kit::job;
use crate::kit::limit::Limit;
use crate::kit::process_pool::ProcessPool;
use crate::kit::process_pool::jobs::Echo;
use crate::kit::shared::Region;
use crate::kit::stop::Stop;
use crate::kit::wire;

use super::jobs::{Pong, Shared};
use super::state::Cost;
use super::ways::elapsed_ns;

/// Samples of each kind of cost.
const SAMPLES: usize = 15;
/// Round trips that make one sample: a single one is too short for a stopwatch.
const TRIPS: u64 = 40;
/// Threads that wait at once while their memory is counted.
const CROWD: u32 = 64;

/// Measures one kind of cost; in the unit of its field.
///
/// # Errors
/// If something that it takes cannot be started, or on a stop request.
pub(super) fn measure(cost: Cost, program: &Path, stop: &Stop) -> io::Result<Vec<f64>> {
    match cost {
        Cost::ThreadStartUs => samples(stop, || Ok(timed_us(1, || drop_result(start_thread())))),
        Cost::ProcessStartUs => samples(stop, || {
            let began = Instant::now();
            let worker = start_worker(program)?;
            drop(worker);
            Ok(micros(elapsed_ns(began)))
        }),
        Cost::ChannelRoundTripUs => channel(stop),
        Cost::PipeRoundTripUs => pipe(stop),
        Cost::SocketRoundTripUs => socket(program, stop),
        Cost::SharedMemoryRoundTripUs => shared_memory(program, stop),
        Cost::ThreadMemoryKib => samples(stop, thread_memory),
        Cost::ProcessMemoryKib => process_memory(program, "Rss:", stop),
        Cost::ProcessPrivateKib => process_memory(program, "Private_", stop),
    }
}

fn samples(stop: &Stop, mut one: impl FnMut() -> io::Result<f64>) -> io::Result<Vec<f64>> {
    (0..SAMPLES)
        .map(|_| {
            if stop.requested() {
                Err(io::ErrorKind::Interrupted.into())
            } else {
                one()
            }
        })
        .collect()
}

/// How long `times` of something take, in microseconds each.
fn timed_us(times: u64, run: impl FnOnce()) -> f64 {
    let began = Instant::now();
    run();
    micros(elapsed_ns(began) / times.max(1))
}

fn micros(ns: u64) -> f64 {
    Duration::from_nanos(ns).as_secs_f64() * 1e6
}

fn drop_result<T>(_: T) {}

fn start_thread() -> io::Result<()> {
    let thread = |team: Team<'_, '_>| team.spawn("worlds/cost", || ()).map(drop);
    crew::team(thread)
}

/// A worker process that has said hello.
fn start_worker(program: &Path) -> io::Result<Process> {
    let worker = Process::spawn(program)?;
    wire::read(&mut &worker.socket)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(worker)
}

fn channel(stop: &Stop) -> io::Result<Vec<f64>> {
    let (ask, asked) = crossbeam_channel::bounded::<u64>(1);
    let (answer, answered) = crossbeam_channel::bounded::<u64>(1);
    crew::team(|team| {
        // Ends when `ask` is dropped.
        team.spawn("worlds/channel", move || {
            asked.iter().try_for_each(|n| answer.send(n))
        })?;
        let result = samples(stop, || {
            Ok(timed_us(TRIPS, || {
                for n in 0..TRIPS {
                    let _ = ask.send(n);
                    let _ = answered.recv();
                }
            }))
        });
        drop(ask);
        result
    })
}

/// Two pipes to a real process: `cat`, which gives back whatever it reads.
fn pipe(stop: &Stop) -> io::Result<Vec<f64>> {
    let mut command = Command::new("cat");
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut cat = job::start(&mut command)?;
    let ends = cat.stdin.take().zip(cat.stdout.take());
    let (mut there, mut back) = ends.ok_or(io::ErrorKind::BrokenPipe)?;
    let result = samples(stop, || {
        let mut failed = Ok(());
        let us = timed_us(TRIPS, || {
            failed = (0..TRIPS).try_for_each(|_| {
                there
                    .write_all(&[1])
                    .and_then(|()| back.read_exact(&mut [0]))
            });
        });
        failed.map(|()| us)
    });
    // Its input ends, and so does it.
    drop(there);
    cat.wait()?;
    result
}

/// Messages to a worker process over its socket, through a living pool of one.
fn socket(program: &Path, stop: &Stop) -> io::Result<Vec<f64>> {
    let pool = ProcessPool::builder(program, 1)
        .build()
        .map_err(io::Error::other)?;
    pool.prestart();
    let trip = || {
        let future = pool.submit::<Echo>(&vec![1]).map_err(io::Error::other)?;
        future.take(&Limit::until(stop)).map_err(io::Error::other)
    };
    trip()?;
    samples(stop, || {
        let mut failed = Ok(());
        let us = timed_us(TRIPS, || {
            failed = (0..TRIPS).try_for_each(|_| trip().map(drop_result));
        });
        failed.map(|()| us)
    })
}

fn shared_memory(program: &Path, stop: &Stop) -> io::Result<Vec<f64>> {
    let region = Region::create(Shared::CELLS)?;
    let shared = Shared::new(region.layout());
    let pool = ProcessPool::builder(program, 1)
        .region(region)
        .build()
        .map_err(io::Error::other)?;
    let trips = TRIPS * (SAMPLES as u64 + 1);
    let partner = pool.submit::<Pong>(&trips).map_err(io::Error::other)?;
    let limit = Limit::until(stop);
    let trip = || {
        shared.ping.set();
        let result = shared.pong.wait(&limit).map_err(io::Error::other);
        shared.pong.clear();
        result
    };
    // The partner's start is not part of a trip.
    (0..TRIPS).try_for_each(|_| trip())?;
    let result = samples(stop, || {
        let mut failed = Ok(());
        let us = timed_us(TRIPS, || failed = (0..TRIPS).try_for_each(|_| trip()));
        failed.map(|()| us)
    })?;
    partner.wait(&limit).map_err(io::Error::other)?;
    Ok(result)
}

/// What a crowd of waiting threads adds to this process, for each of them.
fn thread_memory() -> io::Result<f64> {
    let before = memory_kib("self", "Rss:")?;
    let (gate, (here, there)) = (Stop::new(), crossbeam_channel::unbounded());
    let after = crew::team(|team| {
        let crowd = (0..CROWD).try_for_each(|_| {
            let (gate, here) = (gate.clone(), here.clone());
            let wait = move || {
                let _ = here.send(());
                gate.sleep(Duration::from_hours(1))
            };
            team.spawn("worlds/waiting", wait).map(drop)
        });
        let after = crowd.and_then(|()| {
            there.iter().take(CROWD as usize).for_each(drop);
            memory_kib("self", "Rss:")
        });
        // Whatever happened, nobody stays.
        gate.request();
        after
    })?;
    // Other threads give memory back meanwhile: never less than nothing.
    Ok((after - before).max(0.0) / f64::from(CROWD))
}

fn process_memory(program: &Path, what: &str, stop: &Stop) -> io::Result<Vec<f64>> {
    samples(stop, || {
        let worker = start_worker(program)?;
        memory_kib(&worker.pid().to_string(), what)
    })
}

/// The sum of the lines of `/proc/PID/smaps_rollup` that begin with `what`, in KiB.
fn memory_kib(pid: &str, what: &str) -> io::Result<f64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let figures = rollup.lines().filter(|line| line.starts_with(what));
    let figures = figures.filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    Ok(figures.sum())
}
