//! What a pool of processes costs beside its floor, beside plain processes and beside
//! CPython's pool, as ratios within one run.
//!
//! `cargo bench --bench process_pool`. Where there is no `python3`, its lines are missing.

#![allow(clippy::pedantic, clippy::unwrap_used, dead_code, missing_debug_implementations)]

#[path = "common/mod.rs"]
mod common;

use std::cell::RefCell;
use std::fs::Permissions;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Rival, medians};
use rustix::thread::{CpuSet, sched_getcpu, sched_setaffinity};
use tempfile::TempPath;
use threadbare::kit::child::{ForkServer, Start};
use threadbare::kit::limit::Limit;
use threadbare::kit::process_pool::jobs::{Echo, Square};
use threadbare::kit::process_pool::{ProcessPool, Shutdown};
use threadbare::kit::wire::{self, Kind, pack};

const ROUNDS: usize = 25;
const TRIPS: u32 = 500;
/// The word that makes this very program do the job once per size and end.
const WHOLE: &str = "whole-program";
const SIZES: [usize; 3] = [2, 4, 8];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == WHOLE) {
        return whole_program(&arguments[at + 1]);
    }
    let python = Python::start();
    let smallest = smallest_program();
    let smallest = smallest.as_deref().unwrap_or(Path::new("/bin/true"));
    for size in SIZES {
        create_square_close(size, smallest, python.as_ref());
    }
    whole_programs(python.as_ref());
    round_trip("as the system places them");
    // Both on one core, or both on two: waking another core costs five times the rest.
    let mut one = CpuSet::new();
    one.set(sched_getcpu());
    sched_setaffinity(None, &one).unwrap();
    round_trip("all on one core");
}

/// The program whose workers are measured.
fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_threadbare"))
}

fn timed(job: impl FnOnce()) -> Duration {
    let began = Instant::now();
    job();
    began.elapsed()
}

/// Create the pool, square 1 to 10, close and reap: the exercise.
fn exercise(size: usize, start: Start) {
    let pool = ProcessPool::builder(program(), size).start(start).build().unwrap();
    let inputs: Vec<u64> = (1..=10).collect();
    let squares: Vec<u64> =
        pool.map::<Square>(&inputs, None).unwrap().map(Result::unwrap).collect();
    assert_eq!(squares.iter().sum::<u64>(), 385);
    pool.shutdown(Shutdown::Drain);
}

fn create_square_close(size: usize, smallest: &Path, python: Option<&Python>) {
    let server = ForkServer::start(program()).unwrap();
    let mut rivals = vec![
        Rival::new("floor: nine bytes of program", || timed(|| floor(smallest, size))),
        Rival::new("/bin/true", || timed(|| floor(Path::new("/bin/true"), size))),
        Rival::new("plain Command and socket pair", || timed(|| plain(size))),
        Rival::new("pool, spawn", || timed(|| exercise(size, Start::Spawn))),
        Rival::new("pool, forkserver", || {
            timed(|| exercise(size, Start::ForkServer(server.clone())))
        }),
    ];
    if let Some(python) = python {
        rivals.push(Rival::new("CPython multiprocessing.Pool, fork", || python.request(size)));
    }
    let times = show(&format!("{size} workers: create, square 1..10, close"), &mut rivals);
    goal("spawn / plain", times[3] / times[2], 1.1);
    goal("forkserver / floor", times[4] / times[0], 1.6);
    if let Some(python) = times.get(5) {
        goal("spawn / CPython", times[3] / python, 1.0 / 8.0);
        goal("forkserver / CPython", times[4] / python, 1.0 / 25.0);
    }
}

/// A program of nine bytes, as far as this processor's are known here, or `/bin/true`.
fn smallest_program() -> Option<TempPath> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return None;
    }
    // xor edi, edi; mov eax, 60; syscall
    const EXIT_0: [u8; 9] = [0x31, 0xff, 0xb8, 0x3c, 0, 0, 0, 0x0f, 0x05];
    const BASE: u64 = 0x40_0000;
    let headers = 64 + 56;
    let length = headers + EXIT_0.len() as u64;
    let mut program = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let halves = |numbers: &[u16]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<_>>();
    let longs = |numbers: &[u64]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<_>>();
    // An executable for x86-64, version 1.
    program.extend(halves(&[2, 62, 1, 0]));
    // Entry, program headers, no sections.
    program.extend(longs(&[BASE + headers, 64, 0]));
    program.extend(halves(&[0, 0, 64, 56, 1, 0, 0, 0]));
    // One segment, to be loaded, readable and executable.
    program.extend(halves(&[1, 0, 5, 0]));
    program.extend(longs(&[0, BASE, BASE, length, length, 0x1000]));
    program.extend(EXIT_0);
    let mut file =
        tempfile::Builder::new().permissions(Permissions::from_mode(0o755)).tempfile().unwrap();
    file.write_all(&program).unwrap();
    // Closed, or the system would call it busy.
    Some(file.into_temp_path())
}

fn floor(program: &Path, size: usize) {
    let children: Vec<Child> = (0..size).map(|_| Command::new(program).spawn().unwrap()).collect();
    for mut child in children {
        child.wait().unwrap();
    }
}

/// The same workers without a pool: their share of the squares in one message each.
fn plain(size: usize) {
    let start = |share: Vec<u64>| {
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        let child = Command::new(program())
            .args(["child", "worker"])
            .stdin(OwnedFd::from(theirs))
            .spawn()
            .unwrap();
        let mut payload = 0u64.to_le_bytes().to_vec();
        pack::put_bytes(&mut payload, b"square");
        payload.extend(u32::try_from(share.len()).unwrap().to_le_bytes());
        for n in share {
            pack::put_bytes(&mut payload, &n.to_le_bytes());
        }
        wire::write(&mut ours, Kind::Chunk, &payload).unwrap();
        (child, ours)
    };
    let shares =
        (0..size as u64).map(|worker| (1..=10).filter(|n| n % size as u64 == worker).collect());
    let workers: Vec<(Child, UnixStream)> = shares.map(start).collect();
    for (mut child, mut socket) in workers {
        while wire::read(&mut socket).unwrap().unwrap().kind != Kind::Answer {}
        drop(socket);
        child.wait().unwrap();
    }
}

/// Sizes 2, 4 and 8 once each, the program's own start and end included.
fn whole_programs(python: Option<&Python>) {
    let whole = |method: &'static str| {
        move || {
            let me = std::env::current_exe().unwrap();
            timed(|| assert!(Command::new(me).args([WHOLE, method]).status().unwrap().success()))
        }
    };
    let mut rivals = vec![
        Rival::new("pool, forkserver", whole("forkserver")),
        Rival::new("pool, spawn", whole("spawn")),
    ];
    if python.is_some() {
        rivals.push(Rival::new("CPython multiprocessing.Pool, fork", || {
            timed(|| {
                let script = format!("{SCRIPT}\nfor n in (2, 4, 8): job(n)");
                assert!(Command::new("python3").args(["-c", &script]).status().unwrap().success());
            })
        }));
    }
    let times = show("whole program: sizes 2, 4, 8", &mut rivals);
    if let Some(python) = times.get(2) {
        goal("forkserver / CPython", times[0] / python, 0.10);
        goal("spawn / CPython", times[1] / python, 0.30);
    }
}

fn whole_program(method: &str) {
    let start = match method {
        "spawn" => Start::Spawn,
        _ => Start::ForkServer(ForkServer::start(program()).unwrap()),
    };
    for size in SIZES {
        exercise(size, start.clone());
    }
}

/// One small task there and back on a pool that lives already.
fn round_trip(placed: &str) {
    let (bare, theirs) = UnixStream::pair().unwrap();
    let mut cat = Command::new("cat")
        .stdin(OwnedFd::from(theirs.try_clone().unwrap()))
        .stdout(OwnedFd::from(theirs))
        .spawn()
        .unwrap();
    let pool = ProcessPool::builder(program(), 1).build().unwrap();
    let inputs = [7; 64];
    {
        let mut rivals = [
            Rival::new("bare echo through cat", || {
                timed(|| {
                    for _ in 0..TRIPS {
                        (&bare).write_all(&[7; 8]).unwrap();
                        (&bare).read_exact(&mut [0; 8]).unwrap();
                    }
                })
            }),
            Rival::new("pool: submit one and wait", || {
                timed(|| {
                    for n in 0..u64::from(TRIPS) {
                        let future = pool.submit::<Square>(&n).unwrap();
                        assert_eq!(future.take(&Limit::default()), Ok(n * n));
                    }
                })
            }),
            Rival::new("pool: 64 at once, per task", || {
                let trips = TRIPS / 50;
                timed(|| {
                    for _ in 0..trips {
                        assert_eq!(pool.map::<Square>(&inputs, Some(64)).unwrap().count(), 64);
                    }
                }) * 50
                    / 64
            }),
        ];
        let times = show(&format!("{TRIPS} round trips, {placed}"), &mut rivals);
        goal("pool / bare echo", times[1] / times[0], 1.3);
    }
    let big = vec![7; 16 << 20];
    let mut rivals = [
        Rival::new("bare: 16 MiB through cat and back", || {
            let (mut to, bytes) = (bare.try_clone().unwrap(), big.clone());
            timed(|| {
                std::thread::scope(|scope| {
                    scope.spawn(move || to.write_all(&bytes).unwrap());
                    (&bare).read_exact(&mut vec![0; big.len()]).unwrap();
                });
            })
        }),
        Rival::new("pool: 16 MiB there and back", || {
            timed(|| {
                let future = pool.submit::<Echo>(&big).unwrap();
                assert_eq!(future.take(&Limit::default()).unwrap().len(), big.len());
            })
        }),
    ];
    show("16 MiB", &mut rivals);
    drop(rivals);
    drop(bare);
    cat.wait().unwrap();
}

const SCRIPT: &str = "
import multiprocessing, sys, time
context = multiprocessing.get_context('fork')
def square(n): return n * n
def job(n):
    with context.Pool(n) as pool:
        assert sum(pool.map(square, range(1, 11))) == 385
        pool.close()
        pool.join()
";

/// A CPython that does the job when asked, and tells how long it took by its own clock.
struct Python {
    version: String,
    to: RefCell<ChildStdin>,
    from: RefCell<BufReader<ChildStdout>>,
}

impl Python {
    fn start() -> Option<Self> {
        let serve = "
print(sys.version.split()[0], flush=True)
for line in sys.stdin:
    began = time.perf_counter_ns()
    job(int(line))
    print(time.perf_counter_ns() - began, flush=True)
";
        let mut child = Command::new("python3")
            .args(["-c", &format!("{SCRIPT}{serve}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let mut from = BufReader::new(child.stdout.take()?);
        let mut version = String::new();
        from.read_line(&mut version).ok().filter(|count| *count > 0)?;
        let version = version.trim().to_owned();
        println!("peer: CPython {version}");
        Some(Self { version, to: RefCell::new(child.stdin.take()?), from: RefCell::new(from) })
    }

    fn request(&self, size: usize) -> Duration {
        writeln!(self.to.borrow_mut(), "{size}").unwrap();
        let mut nanos = String::new();
        self.from.borrow_mut().read_line(&mut nanos).unwrap();
        Duration::from_nanos(
            nanos
                .trim()
                .parse()
                .unwrap_or_else(|_| panic!("CPython {} said {nanos}", self.version)),
        )
    }
}

/// Runs the rivals in turn and prints medians, and each one's ratio to the first.
fn show(title: &str, rivals: &mut [Rival<'_>]) -> Vec<f64> {
    let times: Vec<f64> =
        medians(ROUNDS, rivals).iter().map(|time| time.as_secs_f64() * 1e6).collect();
    println!("\n{title}");
    for (rival, micros) in rivals.iter().zip(&times) {
        println!("  {:<40} {micros:>10.0} us  {:>7.2}x", rival.name, micros / times[0]);
    }
    times
}

fn goal(what: &str, ratio: f64, goal: f64) {
    let verdict = if ratio <= goal { "reached" } else { "missed" };
    println!("  {what}: {ratio:.3} (goal {goal:.3}, {verdict})");
}
