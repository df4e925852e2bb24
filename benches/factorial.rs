//! One factorial by prime swing, by plain multiplication, by CPython's
//! `math.factorial` and by GMP, as ratios within one run.
//!
//! `cargo bench --bench factorial`. The peers are measured by a Python script, in their
//! own process and by their own clock; GMP is reached through `ctypes`, whose share is measured
//! with an empty call and taken off. Where there is no `python3`, or no `libgmp.so.10`, their
//! lines are missing.

#![allow(clippy::pedantic, clippy::unwrap_used, missing_debug_implementations)]

mod common;

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use common::{Goals, Rival, table};
use dashu_int::UBig;
use threadbare::kit::factorial::factorial;
use threadbare::kit::stop::Stop;

const ROUNDS: usize = 7;
const SCRIPT: &str = include_str!("common/factorial.py");

fn main() {
    let mut goals = Goals::new("factorial");
    for (n, repeats) in [(20, 20_000), (1000, 1000), (20_000, 10), (100_000, 1)] {
        one(n, repeats, &mut goals);
    }
    text(20_000);
    goals.print();
}

fn one(n: u32, repeats: u32, goals: &mut Goals) {
    let stop = Stop::new();
    let peers = ["gmp", "python"].map(|peer| peer_version(peer).map(|version| (peer, version)));
    let names = peers.clone().map(|peer| peer.map(|(peer, version)| format!("{peer} {version}")));
    let mut rivals = vec![Rival::new("prime swing on dashu-int", || {
        many(repeats, || factorial(black_box(n), &stop).unwrap())
    })];
    for (peer, name) in peers.iter().zip(&names) {
        if let (Some((peer, _)), Some(name)) = (peer, name) {
            rivals.push(Rival::new(name, move || request(peer, n, repeats).unwrap().1 * repeats));
        }
    }
    if n <= 20_000 {
        rivals.push(Rival::new("one factor after the other on dashu-int", || {
            many(repeats, || (2..=black_box(n)).fold(UBig::ONE, |product, k| product * k))
        }));
    }
    let times = table(&format!("{n}!"), ROUNDS, u64::from(repeats), &mut rivals);
    // 20! takes less time than the call that is taken off.
    if let Some(gmp) = times.get(1).filter(|_| peers[0].is_some() && n > 20) {
        goals.add(&format!("{n}! against GMP"), times[0].to(gmp), 2.0);
    }
}

/// Why the decimal text is made off the clock.
fn text(n: u32) {
    let stop = Stop::new();
    let value = factorial(n, &stop).unwrap();
    table(
        &format!("{n}!: computing against writing it down"),
        ROUNDS,
        1,
        &mut [
            Rival::new("computing", || many(1, || factorial(black_box(n), &stop).unwrap())),
            Rival::new("its decimal digits", || many(1, || black_box(&value).to_string())),
        ],
    );
}

fn many<T>(repeats: u32, mut job: impl FnMut() -> T) -> Duration {
    let began = Instant::now();
    for _ in 0..repeats {
        black_box(job());
    }
    began.elapsed()
}

fn peer_version(peer: &str) -> Option<String> {
    request(peer, 1, 1).map(|(version, _)| version)
}

/// The peer's version and its time for one factorial.
fn request(peer: &str, n: u32, repeats: u32) -> Option<(String, Duration)> {
    let arguments = [peer, &n.to_string(), &repeats.to_string()];
    let output =
        Command::new(common::python()?).arg("-c").arg(SCRIPT).args(arguments).output().ok()?;
    let answer = String::from_utf8(output.stdout).ok()?;
    let (version, nanos) = answer.trim().split_once(' ')?;
    Some((version.to_owned(), Duration::from_secs_f64(nanos.parse::<f64>().ok()? / 1e9)))
}
