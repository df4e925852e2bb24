//! Schedulers: what decides which thread takes the next step.
//!
//! A [`Scheduler`] is an oracle over whole runs: it is asked for each step, and at the end
//! of each run whether there is to be another one. Here are those that need no memory of
//! the program: one given schedule, random choices, and random priorities. The systematic
//! search is in `search.rs`, the user's in `interactive.rs`.
//!
//! ```text
//! begin ─▶ choose ─▶ choose ─▶ ... ─▶ end ─▶ begin ─▶ ...      until `begin` says no
//!             └──────────┴── None: the run ends here, as `Stopped`
//! ```

use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use super::finding::{End, Finding, Found, within};
use super::model_state::ModelState;
use super::progress::Progress;
use super::schedule::{ScheduleStep, StepSet};
use super::trace::{Trace, TraceStep};

/// Decides over run after run of one program. It is called by the program's threads, one at
/// a time, and may take as long as it likes: the watchdog does not count the time of a
/// decision.
pub trait Scheduler: Send + 'static {
    /// Whether there is to be another run. Called before each run, the first included. A
    /// scheduler that has ended a run early decides here how to continue.
    fn begin(&mut self) -> bool;

    /// Chooses one of `now.ready`; anything else is a mistake of the scheduler. `None` ends the
    /// run here, with [`End::Stopped`].
    fn choose(&mut self, now: &SchedulingPoint<'_>) -> Option<ScheduleStep>;

    /// Learns how the run ended. Called after each run that has come to its first decision,
    /// before the next [`Scheduler::begin`].
    fn end(&mut self, finding: &Finding<'_>);
}

/// What a scheduler chooses by: the state, and how the run has come to it.
#[derive(Clone, Copy, Debug)]
pub struct SchedulingPoint<'a> {
    /// The present state; all threads have announced or ended.
    pub model: &'a ModelState,
    /// What can be chosen. Never empty: a run without a ready step has ended.
    pub ready: StepSet,
    /// The last step of a thread; `None` before the first one. Drains are no steps.
    pub last: Option<ScheduleStep>,
    /// Switches so far away from a thread that could have continued (preemptions), which most
    /// limits count.
    pub switches: u32,
    pub(crate) first: &'a ModelState,
    pub(crate) taken: &'a [TraceStep],
}

impl SchedulingPoint<'_> {
    /// Steps taken so far, drains included; the bound on steps counts these.
    pub fn steps(&self) -> usize {
        self.taken.len()
    }

    /// The run so far, as a copy to be kept: for a screen. Searches keep only what failed.
    pub fn trace(&self) -> Trace {
        Trace::new(self.first.clone(), self.taken.to_vec())
    }
}

/// What most schedulers do when there is no reason for a switch: continue with the same
/// thread, else with the first that is ready. Schedule codes leave out what this rule implies.
pub fn go_on(ready: StepSet, last: Option<ScheduleStep>) -> Option<ScheduleStep> {
    last.filter(|&last| ready.contains(last)).or_else(|| ready.first())
}

/// Takes one given schedule in a single run, and continues without switches when it is used
/// up.
#[derive(Debug)]
pub struct Replay {
    schedule: Vec<ScheduleStep>,
    /// Steps of the schedule taken so far. Beyond its end the run goes on without switches.
    at: usize,
    /// Whether the run was begun: there is only one, so a second [`Scheduler::begin`] says no.
    begun: bool,
    /// How the run ended, once it has.
    pub found: Option<Found>,
    /// The first step of the schedule that could not be taken, if there was one. The run
    /// ends there.
    pub refused: Option<Refused>,
}

/// A step of a schedule that the program cannot take there: the schedule belongs to another
/// program, or to another setting of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("step {} cannot be taken: {why}", at + 1)]
pub struct Refused {
    /// Its position in the schedule, from 0.
    pub at: usize,
    /// One clause for the user: "reader is blocked before `lock`".
    pub why: String,
}

/// Why `choice`, which is not ready, cannot be taken: one clause for a person who has typed the
/// schedule.
fn why_not(model: &ModelState, choice: ScheduleStep) -> String {
    let thread = choice.thread();
    if thread >= model.threads() {
        return format!("there is no thread {}", thread + 1);
    }
    let name = model.thread_name(thread);
    match (choice, model.describe(thread)) {
        (ScheduleStep::Drain(_), _) => format!("{name} has no store in its buffer"),
        (_, Some(next)) => format!("{name} is blocked before `{next}`"),
        (_, None) => format!("{name} has ended"),
    }
}

impl Replay {
    /// A scheduler for one run of `schedule`. Its result is in `found` and `refused` afterwards.
    pub fn new(schedule: Vec<ScheduleStep>) -> Self {
        Self { schedule, at: 0, begun: false, found: None, refused: None }
    }
}

impl Scheduler for Replay {
    fn begin(&mut self) -> bool {
        !std::mem::replace(&mut self.begun, true)
    }

    fn choose(&mut self, now: &SchedulingPoint<'_>) -> Option<ScheduleStep> {
        let Some(&choice) = self.schedule.get(self.at) else {
            return go_on(now.ready, now.last);
        };
        if !now.ready.contains(choice) {
            let (at, why) = (self.at, why_not(now.model, choice));
            self.refused = Some(Refused { at, why });
            return None;
        }
        self.at += 1;
        Some(choice)
    }

    fn end(&mut self, finding: &Finding<'_>) {
        // The run came to its own end before the schedule was used up.
        if *finding.end != End::Stopped && self.at < self.schedule.len() {
            let (at, why) = (self.at, "the run has ended".to_owned());
            self.refused = Some(Refused { at, why });
        }
        self.found = Some(finding.keep());
    }
}

/// Figures of sampled runs, and the simplest failure so far. They say nothing of
/// interleavings that were not run.
#[derive(Debug, Default)]
pub struct Stats {
    /// Runs that came to an end, cut-off ones included; what was stopped is not counted.
    pub runs: u64,
    /// Runs that were cut off at the bound on steps: whether they fail is not known.
    pub cut_off: u64,
    pub failed: u64,
    /// Failures by kind, in the order in which the kinds appeared.
    pub kinds: Vec<(&'static str, u64)>,
    /// The failure with the fewest switches, then with the fewest steps, of those that were
    /// met. A search may find a simpler one.
    pub simplest: Option<Found>,
    /// Written after every run, so that a screen can show how far the sampling is.
    pub(crate) progress: Progress,
}

impl Stats {
    /// Counts a run. One that was stopped has no result.
    fn count(&mut self, finding: &Finding<'_>) {
        if *finding.end == End::Stopped {
            return;
        }
        self.runs += 1;
        self.cut_off += u64::from(*finding.end == End::StepBound);
        let kind = finding.end.kind();
        self.failed += u64::from(kind.is_some());
        self.progress.report_tried(self.runs, self.failed);
        let Some(kind) = kind else {
            return;
        };
        match self.kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => self.kinds.push((kind, 1)),
        }
        keep_simplest(&mut self.simplest, finding);
    }
}

/// Keeps `finding` if it is simpler than the one kept so far. It is copied only then.
pub fn keep_simplest(simplest: &mut Option<Found>, finding: &Finding<'_>) {
    if is_simpler(finding.switches, finding.steps(), simplest.as_ref()) {
        *simplest = Some(finding.keep());
    }
}

/// Whether a failure with that number of switches and steps is simpler than the one kept so far:
/// fewer switches, then fewer steps. Of equal ones the first is kept.
pub fn is_simpler(switches: u32, steps: usize, kept: Option<&Found>) -> bool {
    kept.is_none_or(|kept| (switches, steps) < (kept.switches, kept.trace.len()))
}

/// Chooses at random, each ready step with the same probability. That does not make every schedule
/// equally likely: a schedule's probability is the product of one divided by the number of ready
/// steps at each of its choices.
#[derive(Debug)]
pub struct Random {
    rng: SmallRng,
    left: u64,
    /// Most switches in a run; `None` for any number. At the bound the running thread goes on
    /// as long as it can.
    switches: Option<u32>,
    pub stats: Stats,
}

impl Random {
    /// A scheduler for this number of runs. `seed` fixes all choices: the same seed gives the
    /// same runs.
    pub fn new(seed: u64, runs: u64) -> Self {
        Self {
            rng: SmallRng::seed_from_u64(seed),
            left: runs,
            switches: None,
            stats: Stats::default(),
        }
    }

    /// Limits the number of switches in a run; `None` for any number.
    #[must_use]
    pub fn within(mut self, switches: Option<u32>) -> Self {
        self.switches = switches;
        self
    }
}

impl Scheduler for Random {
    fn begin(&mut self) -> bool {
        let go = self.left > 0;
        self.left = self.left.saturating_sub(1);
        go
    }

    fn choose(&mut self, now: &SchedulingPoint<'_>) -> Option<ScheduleStep> {
        let ready = within(now.ready, now.last, now.switches, self.switches);
        ready.nth(self.rng.random_range(0..ready.len()))
    }

    fn end(&mut self, finding: &Finding<'_>) {
        self.stats.count(finding);
    }
}

/// Probabilistic concurrency testing (Burckhardt and others, ASPLOS 2010): threads have random
/// priorities, and at a few random steps the running one drops to the lowest. Finds any bug that
/// needs d orderings among k steps of n threads with a probability of at least 1 / (n * k^(d-1)) a
/// run.
///
/// ```text
/// order, lowest first   c a b    b runs for as long as it is ready, then a
/// a drop at this step   b c a    b is last from here on, and a runs
/// ```
#[derive(Debug)]
pub struct Pct {
    rng: SmallRng,
    left: u64,
    /// The d of the bound: one more than the number of drops in a run.
    depth: usize,
    /// The steps of threads and drains known so far, from the lowest to the highest priority.
    /// Shuffled before each run.
    order: Vec<ScheduleStep>,
    /// Numbers of the steps of this run at which the running thread drops to the lowest
    /// priority. Chosen before the run, so that no step is likelier than another.
    drops: Vec<usize>,
    step: usize,
    /// Length of the longest run so far: the k that the drops are spread over. The first
    /// run has all its drops at its first step.
    longest: usize,
    switches: Option<u32>,
    pub stats: Stats,
}

impl Pct {
    /// This number of runs, each with `depth - 1` drops; `seed` fixes all choices.
    pub fn new(seed: u64, runs: u64, depth: usize) -> Self {
        Self {
            rng: SmallRng::seed_from_u64(seed),
            left: runs,
            depth,
            order: Vec::new(),
            drops: Vec::new(),
            step: 0,
            longest: 1,
            switches: None,
            stats: Stats::default(),
        }
    }

    /// Limits the number of switches in a run; `None` for any number.
    #[must_use]
    pub fn within(mut self, switches: Option<u32>) -> Self {
        self.switches = switches;
        self
    }

    /// Gives steps that were not known before a random priority: which threads there are is
    /// known only once they are ready.
    fn learn(&mut self, ready: StepSet) {
        for choice in ready {
            if !self.order.contains(&choice) {
                let place = self.rng.random_range(0..=self.order.len());
                self.order.insert(place, choice);
            }
        }
    }
}

impl Scheduler for Pct {
    fn begin(&mut self) -> bool {
        let go = self.left > 0;
        self.left = self.left.saturating_sub(1);
        self.step = 0;
        self.order.shuffle(&mut self.rng);
        let longest = self.longest;
        self.drops = (1..self.depth).map(|_| self.rng.random_range(0..longest)).collect();
        go
    }

    fn choose(&mut self, now: &SchedulingPoint<'_>) -> Option<ScheduleStep> {
        let ready = within(now.ready, now.last, now.switches, self.switches);
        self.learn(ready);
        let highest =
            |order: &[ScheduleStep]| order.iter().rposition(|&choice| ready.contains(choice));
        let mut place = highest(&self.order)?;
        // The thread that would run drops, and the one with the highest priority now runs.
        if self.drops.contains(&self.step) {
            let choice = self.order.remove(place);
            self.order.insert(0, choice);
            place = highest(&self.order)?;
        }
        self.step += 1;
        self.order.get(place).copied()
    }

    fn end(&mut self, finding: &Finding<'_>) {
        self.longest = self.longest.max(finding.steps());
        self.stats.count(finding);
    }
}
