//! What the benchmarks share: rivals are run in turn, round after round, so that a
//! noisy machine disturbs all of them alike, and their medians are compared.
#![allow(dead_code, reason = "each benchmark uses a part of it")]

use std::time::Duration;

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

/// Runs the rivals in turn and gives each one's median, in their order. The first
/// round warms up and does not count.
pub(crate) fn medians(rounds: usize, rivals: &mut [Rival<'_>]) -> Vec<Duration> {
    let mut times = vec![Vec::with_capacity(rounds); rivals.len()];
    for round in 0..=rounds {
        for (rival, times) in rivals.iter_mut().zip(&mut times) {
            let time = (rival.run)();
            if round > 0 {
                times.push(time);
            }
        }
    }
    times
        .into_iter()
        .map(|mut times| {
            times.sort_unstable();
            times[times.len() / 2]
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "three digits of a ratio are wanted")]
/// Runs the rivals and prints their nanoseconds per operation, and each one's ratio
/// to the first.
pub(crate) fn table(
    title: &str,
    rounds: usize,
    operations: u64,
    rivals: &mut [Rival<'_>],
) -> Vec<f64> {
    let each: Vec<f64> = medians(rounds, rivals)
        .iter()
        .map(|time| time.as_secs_f64() * 1e9 / operations as f64)
        .collect();
    println!("\n{title}");
    for (rival, nanos) in rivals.iter().zip(&each) {
        println!("  {:<44} {nanos:>10.2} ns  {:>6.2}x", rival.name, nanos / each[0]);
    }
    each
}
