//! What a pool of processes costs beside its floor, beside plain processes and beside
//! CPython's pools, as ratios within one run.
//!
//! `cargo bench --bench process_pool`. Where there is no `python3`, its lines are missing.

#![allow(clippy::pedantic, clippy::unwrap_used, missing_debug_implementations)]

mod common;

use std::cell::RefCell;
use std::fs::Permissions;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use common::{Goals, Rival, Spread, on_one_core, table, timed};
use tempfile::TempPath;
use threadbare::kit::child::{ForkServer, Start};
use threadbare::kit::limit::Limit;
use threadbare::kit::process_pool::worker_fns::{Echo, Square};
use threadbare::kit::process_pool::{ProcessPool, Shutdown};
use threadbare::kit::wire::{self, Kind, pack};

const ROUNDS: usize = 25;
/// For what takes a tenth of a second or more.
const FEW_ROUNDS: usize = 7;
const TRIPS: u32 = 500;
const SIZES: [usize; 3] = [2, 4, 8];
/// CPython's pools on the same job.
const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/common/pools.py");

fn main() {
    let mut goals = Goals::new("process_pool");
    let smallest = smallest_program();
    let smallest = smallest.as_deref().unwrap_or(Path::new("/bin/true"));
    let server = ForkServer::start(program()).unwrap();
    for size in SIZES {
        create_square_close(size, smallest, &server, &mut goals);
    }
    for size in SIZES {
        like_beside_like(size, &server);
    }
    whole_programs(&mut goals);
    round_trip("as the system places them");
    // Both on one core, or both on two: waking another core costs five times the rest.
    let trip = on_one_core(|| round_trip("all on one core"));
    goals.add("one task there and back, one core, against a bare echo", trip, 1.3);
    goals.print();
}

/// The program whose workers are measured.
fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_threadbare"))
}

/// Whether the pool starts its workers as tasks come, as its map does, or all of them before the
/// first task, as the pool lab does to show each step.
#[derive(Clone, Copy)]
enum Workers {
    OnDemand,
    AllFirst,
}

/// Create the pool, square 1 to 10, close and reap: the exercise.
fn exercise(size: usize, start: &Start, workers: Workers) {
    let pool = ProcessPool::builder(program(), size).start(start.clone()).build().unwrap();
    let inputs: Vec<u64> = (1..=10).collect();
    let chunk = match workers {
        Workers::OnDemand => Some(1),
        Workers::AllFirst => {
            pool.wait_ready(&Limit::FOREVER).unwrap();
            None
        }
    };
    let squares: Vec<u64> =
        pool.map::<Square>(&inputs, chunk).unwrap().map(Result::unwrap).collect();
    assert_eq!(squares.iter().sum::<u64>(), 385);
    pool.shutdown(Shutdown::Drain);
}

fn create_square_close(size: usize, smallest: &Path, server: &ForkServer, goals: &mut Goals) {
    let python = Python::start("fork");
    let served = Start::ForkServer(server.clone());
    let mut rivals = vec![
        Rival::new("floor: nine bytes of program", || timed(|| floor(smallest, size))),
        Rival::new("/bin/true", || timed(|| floor(Path::new("/bin/true"), size))),
        Rival::new("plain Command and socket pair", || timed(|| plain(size))),
        Rival::new("pool, spawn", || timed(|| exercise(size, &Start::Spawn, Workers::OnDemand))),
        Rival::new("pool, forkserver", || timed(|| exercise(size, &served, Workers::OnDemand))),
        Rival::new("pool, spawn, all workers first", || {
            timed(|| exercise(size, &Start::Spawn, Workers::AllFirst))
        }),
        Rival::new("pool, forkserver, all workers first", || {
            timed(|| exercise(size, &served, Workers::AllFirst))
        }),
    ];
    if let Some(python) = &python {
        rivals.push(Rival::new(&python.name, || python.request(size)));
    }
    let title = format!("{size} workers: create, square 1..10, close");
    let times = table(&title, ROUNDS, 1, &mut rivals);
    goals.add(
        &format!("{size} workers, spawn, against plain processes"),
        times[3].to(&times[2]),
        1.1,
    );
    goals.add(
        &format!("{size} workers, forkserver, against the floor"),
        times[4].to(&times[0]),
        2.0,
    );
    if let Some(fork) = times.get(7) {
        let row = format!("{size} workers, spawn, against CPython's fork (1/3)");
        goals.add(&row, times[3].to(fork), 1.0 / 3.0);
        let row = format!("{size} workers, forkserver, against CPython's fork (1/12)");
        goals.add(&row, times[4].to(fork), 1.0 / 12.0);
    }
}

/// Each start method beside CPython's of the same name, and its executor.
fn like_beside_like(size: usize, server: &ForkServer) {
    let served = Start::ForkServer(server.clone());
    let pythons: Vec<_> =
        ["forkserver", "spawn", "executor"].iter().filter_map(|kind| Python::start(kind)).collect();
    let mut rivals = vec![
        Rival::new("pool, forkserver", || timed(|| exercise(size, &served, Workers::OnDemand))),
        Rival::new("pool, spawn", || timed(|| exercise(size, &Start::Spawn, Workers::OnDemand))),
    ];
    for python in &pythons {
        rivals.push(Rival::new(&python.name, || python.request(size)));
    }
    table(&format!("{size} workers, beside CPython's other pools"), FEW_ROUNDS, 1, &mut rivals);
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

/// Sizes 2, 4 and 8 once each, the program's own start and end included: the real command, which
/// also does the job serially and by threads.
fn whole_programs(goals: &mut Goals) {
    let run = |start: &'static str| {
        move || {
            let settings = ["sizes=2,4,8", "repeat=1", "python=off", "break_even=off", start];
            let mut command = Command::new(program());
            command.args(["run", "pool"]).stdout(Stdio::null());
            command.args(settings.iter().flat_map(|setting| ["--set", setting]));
            timed(|| assert!(command.status().unwrap().success()))
        }
    };
    let python = common::python();
    let mut rivals = vec![
        Rival::new("threadbare run pool, forkserver", run("start=forkserver")),
        Rival::new("threadbare run pool, spawn", run("start=spawn")),
    ];
    for kind in ["fork", "executor"] {
        if let Some(python) = python.clone() {
            let name = if kind == "fork" { "CPython, Pool by fork" } else { "CPython, executor" };
            rivals.push(Rival::new(name, move || {
                let mut command = Command::new(&python);
                command.args([PEERS, kind, "2", "4", "8"]);
                timed(|| assert!(command.status().unwrap().success()))
            }));
        }
    }
    let times = table("whole program: sizes 2, 4, 8", ROUNDS, 1, &mut rivals);
    if let Some(fork) = times.get(2) {
        goals.add("whole program, forkserver, against CPython's fork", times[0].to(fork), 0.10);
        goals.add("whole program, spawn, against CPython's fork", times[1].to(fork), 0.30);
    }
}

/// One small task there and back on a pool that lives already.
fn round_trip(placed: &str) -> Spread {
    let (bare, theirs) = UnixStream::pair().unwrap();
    let mut cat = Command::new("cat")
        .stdin(OwnedFd::from(theirs.try_clone().unwrap()))
        .stdout(OwnedFd::from(theirs))
        .spawn()
        .unwrap();
    let pool = ProcessPool::builder(program(), 1).build().unwrap();
    let inputs = [7; 64];
    let trip = {
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
                        assert_eq!(future.take(&Limit::FOREVER), Ok(n * n));
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
        let title = format!("one round trip, {placed}");
        let times = table(&title, ROUNDS, u64::from(TRIPS), &mut rivals);
        times[1].to(&times[0])
    };
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
                assert_eq!(future.take(&Limit::FOREVER).unwrap().len(), big.len());
            })
        }),
    ];
    table(&format!("16 MiB, {placed}"), ROUNDS, 1, &mut rivals);
    drop(rivals);
    drop(bare);
    cat.wait().unwrap();
    trip
}

/// A CPython that does the job when asked, and tells how long it took by its own clock.
struct Python {
    name: String,
    to: RefCell<ChildStdin>,
    from: RefCell<BufReader<ChildStdout>>,
}

impl Python {
    /// One with the pool of this kind.
    fn start(kind: &str) -> Option<Self> {
        let mut child = Command::new(common::python()?)
            .args([PEERS, kind])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let mut from = BufReader::new(child.stdout.take()?);
        let mut version = String::new();
        from.read_line(&mut version).ok().filter(|count| *count > 0)?;
        let name = format!("CPython {}, {kind}", version.trim());
        Some(Self { name, to: RefCell::new(child.stdin.take()?), from: RefCell::new(from) })
    }

    fn request(&self, size: usize) -> Duration {
        writeln!(self.to.borrow_mut(), "{size}").unwrap();
        let mut nanos = String::new();
        self.from.borrow_mut().read_line(&mut nanos).unwrap();
        Duration::from_nanos(nanos.trim().parse().unwrap())
    }
}
