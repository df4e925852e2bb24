//! Runs that are left in the middle leave nothing behind. Alone in its process, so that
//! threads and memory can be counted.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::{Duration, Instant};

use threadbare::kit::explore::{
    Config, End, Finding, ScheduleStep, Scheduler, SchedulingPoint, explore,
};
use threadbare::programs;

/// Leaves after a number of steps, in no order that any program is made for.
struct Leaver {
    steps: usize,
    begun: bool,
    left: bool,
}

impl Scheduler for Leaver {
    fn begin(&mut self) -> bool {
        !std::mem::replace(&mut self.begun, true)
    }

    fn choose(&mut self, now: &SchedulingPoint<'_>) -> Option<ScheduleStep> {
        let leaves = now.steps() >= self.steps;
        (!leaves).then(|| now.ready.nth((now.steps() * 7) % now.ready.len()))?
    }

    fn end(&mut self, finding: &Finding<'_>) {
        self.left = *finding.end == End::Stopped;
    }
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

/// KiB in memory.
fn resident() -> u64 {
    threadbare::kit::proc_stat::resident_kib(std::process::id()).unwrap()
}

/// Leaves this number of runs of all programs; returns how many of them in the middle.
fn leave(runs: usize) -> usize {
    let mut left = 0;
    for run in 0..runs {
        let program = programs::ALL[run % programs::ALL.len()];
        let mut case = program.usual();
        case.repaired = run % 3 == 0;
        let config = Config { memory: case.memory, ..Config::default() };
        let leaver = Leaver { steps: run % 11, begun: false, left: false };
        let outcome = explore(leaver, program.prepare(case), &config);
        assert_eq!(outcome.fault, None, "{}", program.id);
        left += usize::from(outcome.scheduler.left);
    }
    left
}

#[test]
fn a_thousand_runs_left_in_the_middle_leave_no_thread_and_no_memory() {
    leave(300);
    let (alone, before) = (threads(), resident());
    let left = leave(1_500);
    assert!(left >= 1_000, "{left} were left in the middle");
    // A joined thread may still be on its way out of the system's list.
    let deadline = Instant::now() + Duration::from_secs(30);
    while threads() > alone {
        assert!(Instant::now() < deadline, "{} threads", threads());
        std::thread::yield_now();
    }
    let grown = resident().saturating_sub(before);
    // A kilobyte for each run would be 1,500.
    assert!(grown < 1024, "{grown} KiB more");
}
