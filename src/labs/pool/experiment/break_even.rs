//! The search for the break-even: from which work per task on do processes beat one
//! thread? Bounded by what a try may take. It decides what to try next and measures
//! nothing.
//!
//! ```text
//!             no win yet: double            no loss yet: halve
//! work  ├───────── ... ──▶──────────┼──────────◀── ... ─────────┤
//!     LEAST                       guess                    most_ns
//!                     both: halve the gap between the most lost
//!                     and the least won, REFINEMENTS times
//! ```
//!
//! A try is a win or a loss only if its rounds decide it. One that is too noisy counts as
//! neither, and the search goes beyond it in its direction; so near the break-even, where
//! noise decides, the answer is an interval and not a point.

use std::time::Duration;

use super::super::facts::{BreakEven, Tried};
use super::super::settings::Timing;
use super::figures::{Mode, Sample};
use super::plan::Plan;
use super::work::Work;
use crate::kit::clock::whole_ns;
use crate::scene::units::to_f64;
use crate::timeline::stat::{FEWEST, Statistic, Verdict};

/// The longest that a plain loop over the tasks may take in one try; it bounds the work
/// per task.
const LONGEST_LOOP: Duration = Duration::from_millis(100);
/// The longest that all tries together may take, in ns. Whatever is known by then is the
/// result.
const BUDGET_NS: f64 = 3e9;
/// Less work than this cannot be distinguished from none: it is less than what sending a
/// task costs.
const LEAST_NS: u64 = 1_000;
/// Halvings of the gap between the last loss and the first win. Three leave an eighth of
/// it, which the noise of most machines does not allow to improve on.
const REFINEMENTS: u32 = 3;

/// What was tried and what comes next. The caller alternates [`next`](Self::next) and
/// [`record`](Self::record).
///
/// `lost_ns` is the most work at which serial surely won, `won_ns` the least at which
/// processes surely did; `tried_from_ns` and `tried_to_ns` are the range of all tries,
/// decided or not.
#[derive(Debug)]
pub struct Search {
    plan: Plan,
    size: usize,
    /// The work to be tried next; `None` when the search is over, or while a try is
    /// measured.
    next_ns: Option<u64>,
    lost_ns: Option<u64>,
    won_ns: Option<u64>,
    tried_from_ns: u64,
    tried_to_ns: u64,
    refinements: u32,
    spent_ns: f64,
}

impl Search {
    /// What is searched for, where it is reported that it could not be.
    pub const NAME: &str = "the search for the break-even";
    /// Pairs of runs for each work: the fewest that can decide at all. More would decide
    /// more tries, but the budget is better spent on another work.
    pub const REPEAT: usize = FEWEST;

    /// Begins where creating the processes would be paid back by the cores that they use.
    /// `None` if no pool of processes was measured.
    ///
    /// A run of the pool costs its overhead, whatever the work. Of `tasks` tasks the pool
    /// does all but the largest share beside each other, so it saves that many tasks'
    /// work, and breaks even where the two are equal. The machine may have fewer cores,
    /// so this is only where the search begins.
    pub fn from(plan: &Plan, samples: &[Sample]) -> Option<Self> {
        // The fewest that can work at the same time are the first to pay.
        let size =
            plan.sizes.iter().copied().find(|&size| size > 1).or(plan.sizes.first().copied())?;
        let measured = samples
            .iter()
            .filter(|sample| sample.variant.mode == Mode::Processes && sample.variant.size == size);
        let overhead = Statistic::of(&measured.map(overhead).collect::<Vec<_>>())?.median;
        let tasks = plan.tasks().max(1);
        let saved = tasks - tasks.div_ceil(size);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a guess in ns, far below 2^63"
        )]
        let guess = (overhead / to_f64(saved.max(1) as u64)) as u64;
        let mut search = Self {
            plan: plan.clone(),
            size,
            next_ns: None,
            lost_ns: None,
            won_ns: None,
            // Nothing was tried yet: any work is less than this, and more than 0.
            tried_from_ns: u64::MAX,
            tried_to_ns: 0,
            refinements: 0,
            spent_ns: 0.0,
        };
        search.next_ns = Some(two_digits(guess).clamp(LEAST_NS, search.most_ns().max(LEAST_NS)));
        Some(search)
    }

    pub fn size(&self) -> usize {
        self.size
    }

    /// What is to be measured next: the same plan with another work. `None` when the
    /// search is over.
    pub fn next(&mut self) -> Option<Plan> {
        let work = Work::Spin(Duration::from_nanos(self.next_ns?));
        Some(Plan { work, ..self.plan.clone() })
    }

    /// Records the times of one try in ns, `(loop, processes)` for each of its rounds,
    /// and decides on the next one. `None` if no try was due, or it has no rounds.
    pub fn record(&mut self, pairs: &[(f64, f64)]) -> Option<Tried> {
        let work_ns = self.next_ns.take()?;
        let median =
            |of: fn(&(f64, f64)) -> f64| Statistic::of(&pairs.iter().map(of).collect::<Vec<_>>());
        let (serial_ns, processes_ns) =
            (median(|pair| pair.0)?.median, median(|pair| pair.1)?.median);
        self.tried_from_ns = self.tried_from_ns.min(work_ns);
        self.tried_to_ns = self.tried_to_ns.max(work_ns);
        let verdict = Verdict::of(pairs);
        match verdict {
            Verdict::Faster(_) => {
                self.won_ns = Some(self.won_ns.map_or(work_ns, |won| won.min(work_ns)));
            }
            Verdict::Slower(_) => {
                self.lost_ns = Some(self.lost_ns.map_or(work_ns, |lost| lost.max(work_ns)));
            }
            _ => {}
        }
        // A verdict of "the same" decides nothing here: more work may still make a
        // difference.
        let decided = verdict.is_faster() || verdict.is_slower();
        // The runs alone: what happens between them takes no time worth counting.
        self.spent_ns += pairs.iter().map(|pair| pair.0 + pair.1).sum::<f64>();
        self.next_ns = self.step(decided).filter(|_| self.spent_ns < BUDGET_NS);
        Some(Tried { size: self.size, work_ns, serial_ns, processes_ns, verdict })
    }

    /// The next work to try. Where a try was not decided, the search goes on beyond it,
    /// and ends between a loss and a win.
    fn step(&mut self, decided: bool) -> Option<u64> {
        match (self.lost_ns, self.won_ns) {
            // Wins only: less work, from the least that was tried.
            (None, Some(_)) => {
                let least = self.tried_from_ns;
                // At the bound the search ends: processes win at any work that can be
                // distinguished from none.
                (least > LEAST_NS).then(|| two_digits(least / 2).max(LEAST_NS))
            }
            // No win yet: more work, up to the bound.
            (_, None) => {
                let most = self.tried_to_ns;
                let more = two_digits(most * 2).min(self.most_ns());
                (more > most).then_some(more)
            }
            // The middle is tried only while tries decide: in the noise another one would
            // decide nothing either.
            (Some(lost), Some(won)) if decided && lost < won && self.refinements < REFINEMENTS => {
                self.refinements += 1;
                let mean = two_digits(u64::midpoint(lost, won));
                // A mean that rounds down to the loss would try it again.
                (lost < mean && mean < won).then_some(mean)
            }
            _ => None,
        }
    }

    /// What was found. A win at less work than a loss contradicts it: then neither
    /// counts, and the result is that the machine is too noisy.
    pub fn found(&self) -> BreakEven {
        let sound = self.lost_ns.zip(self.won_ns).is_none_or(|(lost, won)| lost < won);
        BreakEven {
            size: self.size,
            work_ns: self.won_ns.filter(|_| sound),
            lost_ns: self.lost_ns.filter(|_| sound),
            tried_to_ns: self.tried_to_ns,
        }
    }

    fn most_ns(&self) -> u64 {
        let tasks = self.plan.tasks().max(1) as u64;
        whole_ns(LONGEST_LOOP) / tasks
    }
}

/// What a run costs beside computing: the wall time of all its other parts. It hardly
/// depends on the work, so it can be taken from the measured bars.
fn overhead(sample: &Sample) -> f64 {
    sample.parts_ns.shown(Timing::Whole) - sample.parts_ns.compute
}

/// A round figure, not above `ns`: at most two digits that are not zero. The search needs
/// no more, and a reader sees at once that it is an estimate.
fn two_digits(ns: u64) -> u64 {
    let unit = 10_u64.pow(ns.max(1).ilog10().saturating_sub(1));
    ns / unit * unit
}

#[cfg(test)]
mod tests {
    use super::super::figures::{Parts, Variant};
    use super::*;

    fn plan(tasks: u64) -> Plan {
        Plan { to: tasks, ..crate::labs::pool::tests::plan(&[]) }
    }

    fn search(tasks: u64) -> Search {
        let variant = Variant { mode: Mode::Processes, size: 2 };
        let parts_ns = Parts::cut([1_000_000; 6]);
        let sample =
            Sample { variant, total_ns: 1e6, parts_ns, pids: Vec::new(), results: [].into() };
        Search::from(&plan(tasks), &[sample]).unwrap()
    }

    /// A machine on which processes pay from this much work on.
    fn explore(search: &mut Search, pays_from: u64) -> Vec<u64> {
        let mut tried = Vec::new();
        while let Some(plan) = search.next() {
            let Work::Spin(work) = plan.work else { unreachable!() };
            let work = whole_ns(work);
            let (serial, processes) = if work >= pays_from { (2.0, 1.0) } else { (1.0, 2.0) };
            search.record(&[(serial, processes); Search::REPEAT]);
            tried.push(work);
        }
        tried
    }

    #[test]
    fn the_break_even_is_closed_in_from_above_and_below() {
        for pays_from in [5_000, 150_000, 290_000, 3_000_000] {
            let mut search = search(10);
            let tried = explore(&mut search, pays_from);
            let found = search.found().work_ns.unwrap();
            assert!(
                (pays_from..pays_from * 5 / 4).contains(&found),
                "{pays_from}: {found} after {tried:?}"
            );
            assert!(tried.len() < 16, "{tried:?}");
        }
    }

    #[test]
    fn where_processes_never_pay_the_search_ends_at_its_bound() {
        let mut search = search(10);
        explore(&mut search, u64::MAX);
        assert_eq!((search.found().work_ns, search.found().tried_to_ns), (None, 10_000_000));
    }

    #[test]
    fn a_slow_machine_ends_the_search_early() {
        let mut search = search(10);
        search.next();
        search.record(&[(2e9, 3e9)]);
        assert!(search.next().is_none());
    }

    #[test]
    fn where_they_always_pay_it_ends_at_the_least_work() {
        let mut search = search(10);
        explore(&mut search, 0);
        assert_eq!(search.found().work_ns, Some(1_000));
    }

    #[test]
    fn one_task_cannot_be_shared() {
        let mut search = search(1);
        explore(&mut search, u64::MAX);
        assert_eq!((search.found().work_ns, search.found().tried_to_ns), (None, 100_000_000));
    }

    /// Up to `loses_to` serial surely wins, from `pays_from` on processes do; between them
    /// it depends on the round.
    fn explore_noise(search: &mut Search, loses_to: u64, pays_from: u64) -> Vec<u64> {
        let mut tried = Vec::new();
        while let Some(plan) = search.next() {
            let Work::Spin(work) = plan.work else { unreachable!() };
            let work = whole_ns(work);
            let (won, lost) = ((2.0, 1.0), (1.0, 2.0));
            let pairs = match work {
                work if work >= pays_from => [won; Search::REPEAT],
                work if work <= loses_to => [lost; Search::REPEAT],
                _ => [won, lost, won, won, lost, won],
            };
            search.record(&pairs);
            tried.push(work);
        }
        tried
    }

    #[test]
    fn what_is_too_noisy_decides_nothing_and_the_search_goes_beyond_it() {
        // It begins in the noise.
        let mut search = search(10);
        let tried = explore_noise(&mut search, 200_000, 900_000);
        let found = search.found();
        let (lost, won) = (found.lost_ns.unwrap(), found.work_ns.unwrap());
        assert!(lost <= 200_000 && won >= 900_000, "{found:?} after {tried:?}");
        assert!(tried.len() < 16, "{tried:?}");
    }

    #[test]
    fn where_all_is_noise_nothing_is_found() {
        let mut search = search(10);
        explore_noise(&mut search, 0, u64::MAX);
        let found = search.found();
        assert_eq!((found.work_ns, found.lost_ns), (None, None));
        assert_eq!(found.tried_to_ns, 10_000_000);
    }

    #[test]
    fn a_win_below_a_loss_contradicts_both() {
        let mut search = search(10);
        search.next();
        search.record(&[(2.0, 1.0); Search::REPEAT]);
        search.next();
        search.record(&[(1.0, 2.0); Search::REPEAT]);
        assert!(search.found().work_ns > search.found().lost_ns);
        search.won_ns = Some(1_000);
        assert_eq!((search.found().work_ns, search.found().lost_ns), (None, None));
    }
}
