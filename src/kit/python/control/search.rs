//! Runs schedules until one fails, and looks for a shorter one that fails in the same way.
//!
//! ```text
//!   the schedule without a switch: what the script does by default
//!     └► by chance: walks and priorities in turn, up to 50       most failures come here
//!          └► systematic: one of each class, or all within a bound
//!               until one fails, all were run, or the limit is reached
//!                 └► the failing one with the fewest preemptions is shortened: see `shorten`
//! ```
//!
//! A failing schedule is run again before it is shown. One that does not fail again is shown all
//! the same, and said to depend on something else than the order of threads.

mod shorten;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::execution::{Execution, FailureKind, Verdict};
use super::incomplete::Incomplete;
use super::schedule::ForcedSwitch;
use super::server::{Policy, Request, Server, ServerError};
use super::systematic::{MOST_THREADS, Systematic};
use super::trace::{Operation, Step};
use crate::kit::explore::Progress;
use crate::kit::stop::Stop;

/// Depth of the priority search: most known concurrency bugs need one or two switches.
const PCT_DEPTH: u32 = 3;
/// Schedules that may be cut off before the search is given up, and the share of all that may be
/// later. Each takes seconds, where others take milliseconds.
const CUT_OFF: u64 = 3;
const SHARE: u64 = 4;
/// Steps of a schedule that is searched systematically; the classes of a longer one are too many
/// anyway.
const MOST_STEPS: usize = 5_000;
/// Schedules by chance before all are searched.
const BY_CHANCE: u64 = 50;

/// Which schedules are run, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// By chance for a start, which finds most failures at once, then all.
    Usual,
    /// At each point another thread with some probability.
    Random,
    /// By priorities: finds what needs few switches, each with a known probability (Burckhardt and
    /// others, ASPLOS 2010).
    Pct,
    /// One of each class of those that make a difference, or all within a bound on preemptions.
    All,
}

/// What is searched, and how.
#[derive(Clone, Debug)]
pub struct Options {
    pub strategy: Strategy,
    pub seed: u64,
    /// Schedules at most.
    pub limit: u64,
    /// Preemptions at most, for [`Strategy::All`].
    pub bound: Option<u32>,
    /// Goes on after a failure, up to the limit, and counts.
    pub count: bool,
    /// Another text on stdout than that of the first schedule is a failure.
    pub same_output: bool,
}

/// A failing schedule.
#[derive(Clone, Debug)]
pub struct Found {
    pub kind: FailureKind,
    pub execution: Execution,
    /// Whether it failed again when it was run again: if not, the script depends on something else
    /// than the order of its threads. `None` if it could not be run again.
    pub repeats: Option<bool>,
}

/// What a search came to.
#[derive(Debug, Default)]
pub struct Report {
    pub schedules: u64,
    /// Schedules that were run to shorten the failing one; not counted above.
    pub shortening: u64,
    pub failures: u64,
    pub kinds: BTreeMap<FailureKind, u64>,
    pub cut_off: u64,
    /// Nothing is incomplete if this is empty.
    pub incomplete: BTreeSet<Incomplete>,
    /// See [`Incomplete::Unseen`].
    pub unseen: BTreeSet<String>,
    pub first_failure: Option<Duration>,
    pub shortest: Option<Found>,
    /// The schedule without switches.
    pub first: Option<Execution>,
    /// Why the search could not go on.
    pub fault: Option<ServerError>,
}

impl Report {
    pub fn is_complete(&self) -> bool {
        self.incomplete.is_empty() && self.fault.is_none()
    }
}

/// Searches the schedules of a script. What goes wrong is in the report.
pub fn search(server: &mut Server, options: &Options, stop: &Stop, progress: &Progress) -> Report {
    let mut run = Run {
        server,
        stop,
        progress,
        began: Instant::now(),
        output: None,
        report: Report::default(),
        failing: None,
    };
    match run.search(options) {
        Ok(()) => {}
        Err(ServerError::Stopped) => {
            run.report.incomplete.insert(Incomplete::Stopped);
        }
        Err(error) => run.report.fault = Some(error),
    }
    // Shortening is no part of the question, so a fault in it leaves the answer as it is.
    run.shorten();
    run.report
}

/// Runs one schedule, as a replay code or a person asks for it. `same_output` compares its output
/// with that of the schedule without switches, which is run first then.
///
/// # Errors
/// If it cannot be run.
pub fn replay(
    server: &mut Server,
    schedule: &[ForcedSwitch],
    same_output: bool,
    stop: &Stop,
) -> Result<(Execution, Verdict, Option<Execution>), ServerError> {
    let mut request = Request { policy: Policy::Default, asked: &[], whole: true, values: false };
    let first = same_output.then(|| server.run(&request, stop)).transpose()?;
    (request.asked, request.values) = (schedule, true);
    let execution = server.run(&request, stop)?;
    let verdict = execution.verdict(first.as_ref().map(|first| first.stdout.sum()));
    Ok((execution, verdict, first))
}

/// Runs one schedule to be stepped through, with the values of global variables.
///
/// # Errors
/// If it cannot be run.
pub fn step(
    server: &mut Server,
    schedule: &[ForcedSwitch],
    stop: &Stop,
) -> Result<Execution, ServerError> {
    let request = Request { policy: Policy::Default, asked: schedule, whole: true, values: true };
    server.run(&request, stop)
}

/// Whether a search goes on after this number of its schedules was cut off: each of them waits for
/// something that the search cannot give it, or does too much.
pub fn is_worth_it(cut_off: u64, schedules: u64) -> bool {
    cut_off < CUT_OFF || cut_off * SHARE < schedules
}

/// A search that goes on.
struct Run<'a> {
    server: &'a mut Server,
    stop: &'a Stop,
    progress: &'a Progress,
    began: Instant,
    /// The sum of the text that each schedule should write.
    output: Option<u64>,
    report: Report,
    failing: Option<(FailureKind, Execution)>,
}

impl Run<'_> {
    fn search(&mut self, options: &Options) -> Result<(), ServerError> {
        let first = self.run(Policy::Default, &[])?;
        if options.same_output {
            self.output = Some(first.stdout.sum());
        }
        self.report.first = Some(first.clone());
        match options.strategy {
            Strategy::Random | Strategy::Pct => {
                self.report.incomplete.insert(Incomplete::Sampled);
                self.by_chance(options, options.limit)
            }
            Strategy::Usual => {
                self.by_chance(options, (options.limit / 2).min(BY_CHANCE))?;
                self.systematic(options, first)
            }
            Strategy::All => self.systematic(options, first),
        }
    }

    fn by_chance(&mut self, options: &Options, limit: u64) -> Result<(), ServerError> {
        let first = self.report.first.iter().flat_map(|first| &first.trace.steps);
        let length = first.filter(|step| step.ready.count_ones() > 1).count() as u64;
        while self.report.schedules < limit && self.goes_on(options) {
            let n = self.report.schedules;
            let seed = options.seed.wrapping_mul(1_000_003).wrapping_add(n);
            let walks = match options.strategy {
                Strategy::Random => true,
                Strategy::Pct => false,
                Strategy::Usual | Strategy::All => n.is_multiple_of(2),
            };
            let policy = if walks {
                Policy::Walk { seed }
            } else {
                Policy::Pct { seed, depth: PCT_DEPTH, length }
            };
            self.run(policy, &[])?;
        }
        Ok(())
    }

    fn systematic(&mut self, options: &Options, first: Execution) -> Result<(), ServerError> {
        if first.trace.steps.len() > MOST_STEPS {
            self.report.incomplete.insert(Incomplete::Sampled);
            return self.by_chance(options, options.limit);
        }
        let mut search = Systematic::new(options.bound, options.same_output);
        let mut execution = first;
        loop {
            self.note_what_is_left_out(&execution);
            if execution.trace.steps.len() > MOST_STEPS {
                // To look for races in all of it would take longer than to run it.
                execution.trace.steps.truncate(MOST_STEPS);
                self.report.incomplete.insert(Incomplete::StepBound);
            }
            let Ok(next) = search.next(&execution) else {
                self.report.incomplete.insert(Incomplete::Diverged);
                return Ok(());
            };
            let Some(schedule) = next else { break };
            if !self.goes_on(options) {
                return Ok(());
            }
            if self.report.schedules >= options.limit {
                self.report.incomplete.insert(Incomplete::RunLimit);
                return Ok(());
            }
            execution = self.run(Policy::Default, &schedule)?;
        }
        if search.bounded {
            self.report.incomplete.insert(Incomplete::PreemptionBound);
        }
        Ok(())
    }

    /// What a systematic search does not cover of a script that does this.
    fn note_what_is_left_out(&mut self, execution: &Execution) {
        let trace = &execution.trace;
        let timed = |step: &Step| step.timed_out || step.operation == Operation::Sleep;
        if trace.steps.iter().any(timed) {
            self.report.incomplete.insert(Incomplete::Timed);
        }
        if !trace.unseen.is_empty() {
            self.report.unseen.extend(trace.unseen.iter().cloned());
            self.report.incomplete.insert(Incomplete::Unseen);
        }
        if trace.daemons {
            self.report.incomplete.insert(Incomplete::Daemons);
        }
        if trace.processes {
            self.report.incomplete.insert(Incomplete::Processes);
        }
        if trace.names.threads.len() > usize::from(MOST_THREADS) {
            self.report.incomplete.insert(Incomplete::Threads);
        }
    }

    /// Whether another schedule is to be run after those that were.
    fn goes_on(&mut self, options: &Options) -> bool {
        if self.report.failures > 0 && !options.count {
            self.report.incomplete.insert(Incomplete::FirstFailure);
            return false;
        }
        is_worth_it(self.report.cut_off, self.report.schedules)
    }

    /// Runs a schedule and counts it.
    fn run(&mut self, policy: Policy, asked: &[ForcedSwitch]) -> Result<Execution, ServerError> {
        let request = Request { policy, asked, whole: false, values: false };
        let execution = self.server.run(&request, self.stop)?;
        self.report.schedules += 1;
        match execution.verdict(self.output) {
            Verdict::Passed => {}
            Verdict::TooManySteps => {
                self.report.cut_off += 1;
                self.report.incomplete.insert(Incomplete::StepBound);
            }
            Verdict::TooLong => {
                self.report.cut_off += 1;
                self.report.incomplete.insert(Incomplete::TimeLimit);
            }
            Verdict::Failed(kind) => {
                self.report.failures += 1;
                *self.report.kinds.entry(kind).or_default() += 1;
                self.report.first_failure.get_or_insert_with(|| self.began.elapsed());
                let shorter = |(_, known): &(FailureKind, Execution)| {
                    execution.preemptions() < known.preemptions()
                };
                if self.failing.as_ref().is_none_or(shorter) {
                    self.failing = Some((kind, execution.clone()));
                }
            }
        }
        self.progress.report_tried(self.report.schedules, self.report.failures);
        Ok(execution)
    }
}
