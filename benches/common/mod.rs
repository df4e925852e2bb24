//! What the benchmarks share: rivals are run in turn, round after round, so that a noisy
//! machine disturbs all of them alike, and are compared pair by pair.
//!
//! A row shows a rival's median with its quartiles, and the median of the ratios of each round
//! with theirs: a ratio of two times that were taken in one moment keeps its value when the
//! machine is slow for a second. A row that comes in two modes, by the cores on which the system
//! places threads, shows as wide quartiles; such rows are also measured with all threads
//! [on one core](on_one_core).
//!
//! Each benchmark ends with its goals and verdicts; `verdicts`, the last one, repeats all.
#![allow(dead_code, reason = "each benchmark uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]
#![allow(clippy::cast_precision_loss, reason = "three digits of a ratio are wanted")]

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};

/// One way of doing the job; `run` gives the time that the job itself took.
pub(crate) struct Rival<'a> {
    pub(crate) name: &'a str,
    pub(crate) run: Box<dyn FnMut() -> Duration + 'a>,
}

impl<'a> Rival<'a> {
    pub(crate) fn new(name: &'a str, run: impl FnMut() -> Duration + 'a) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// What was measured of one rival: its time for each round, in nanoseconds per operation.
#[derive(Clone)]
pub(crate) struct Times(Vec<f64>);

/// A median between its quartiles.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Spread {
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let at = |quarter: usize| values[(values.len() - 1) * quarter / 4];
        Self { low: at(1), median: at(2), high: at(3) }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { low, median, high } = self;
        write!(f, "{median:.3} ({low:.3}..{high:.3})")
    }
}

impl Times {
    pub(crate) fn spread(&self) -> Spread {
        Spread::of(self.0.clone())
    }

    /// The ratio to another rival's time, round by round.
    pub(crate) fn to(&self, other: &Self) -> Spread {
        Spread::of(self.0.iter().zip(&other.0).map(|(mine, other)| mine / other).collect())
    }

    /// The difference to another rival's time, round by round, divided by `steps`.
    pub(crate) fn over(&self, other: &Self, steps: f64) -> Spread {
        let each = self.0.iter().zip(&other.0).map(|(mine, other)| (mine - other) / steps);
        Spread::of(each.collect())
    }
}

/// Runs the rivals in turn, and prints their times per operation and each one's ratio to the
/// first. The first round warms up and does not count.
pub(crate) fn table(
    title: &str,
    rounds: usize,
    operations: u64,
    rivals: &mut [Rival<'_>],
) -> Vec<Times> {
    let mut times = vec![Times(Vec::with_capacity(rounds)); rivals.len()];
    for round in 0..=rounds {
        for (rival, times) in rivals.iter_mut().zip(&mut times) {
            let nanos = (rival.run)().as_secs_f64() * 1e9 / operations as f64;
            if round > 0 {
                times.0.push(nanos);
            }
        }
    }
    println!("\n{title}");
    for (rival, each) in rivals.iter().zip(&times) {
        let Spread { low, median, high } = each.spread();
        let (scale, unit) = match median {
            0.0..2e3 => (1.0, "ns"),
            2e3..2e6 => (1e3, "us"),
            _ => (1e6, "ms"),
        };
        println!(
            "  {:<46} {:>8.2} {unit} ({:.2}..{:.2})  {}x",
            rival.name,
            median / scale,
            low / scale,
            high / scale,
            each.to(&times[0])
        );
    }
    times
}

pub(crate) fn timed<T>(job: impl FnOnce() -> T) -> Duration {
    let began = Instant::now();
    std::hint::black_box(job());
    began.elapsed()
}

/// Runs `job` with this thread, and those that it starts, on one core.
pub(crate) fn on_one_core<T>(job: impl FnOnce() -> T) -> T {
    let before = sched_getaffinity(None).unwrap();
    let mut one = CpuSet::new();
    one.set(sched_getcpu());
    sched_setaffinity(None, &one).unwrap();
    let done = job();
    sched_setaffinity(None, &before).unwrap();
    done
}

/// The interpreter itself. What `python3` on the path names may be a script that looks for
/// one, and its time is not CPython's.
pub(crate) fn python() -> Option<PathBuf> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        let ask = ["-c", "import sys; print(sys.executable)"];
        let output = Command::new("python3").args(ask).output().ok()?;
        let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim_end());
        path.is_file().then_some(path)
    };
    PYTHON.get_or_init(find).clone()
}

/// The goals of one benchmark and what was measured for them.
pub(crate) struct Goals {
    bench: &'static str,
    rows: Vec<String>,
}

impl Goals {
    pub(crate) fn new(bench: &'static str) -> Self {
        Self { bench, rows: Vec::new() }
    }

    /// Adds a row: at most `goal` is wanted.
    pub(crate) fn add(&mut self, row: &str, now: Spread, goal: f64) {
        let verdict = if now.median <= goal { "reached" } else { "missed" };
        let now = now.to_string();
        self.rows.push(format!("  {row:<60} {now:<22} <= {goal:<5.3} {verdict}"));
    }

    /// A row of one figure that has no spread.
    pub(crate) fn add_one(&mut self, row: &str, now: f64, goal: f64) {
        self.add(row, Spread { low: now, median: now, high: now }, goal);
    }

    /// Prints the rows, and keeps them for `verdicts`.
    pub(crate) fn print(&self) {
        let text = format!("{}\n{}\n", self.bench, self.rows.join("\n"));
        println!("\ngoals: {text}");
        let _ = std::fs::create_dir_all(kept_goals());
        let _ = std::fs::write(kept_goals().join(self.bench), text);
    }
}

/// The folder with the goals of the benchmarks that were run, a file for each.
pub(crate) fn kept_goals() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("goals")
}
