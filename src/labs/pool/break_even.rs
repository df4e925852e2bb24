//! The search for the break-even: from which work per task on do processes beat one
//! thread? Bounded by what a try may take. Decides what to try next; measures nothing.

use std::time::Duration;

use super::figures::{Mode, Sample, nanos};
use super::plan::{Plan, Stopwatch};
use super::state::Tried;
use super::work::Work;
use crate::scope::stat::Statistic;

/// A plain loop over the tasks may take so long in one try.
const LONGEST_LOOP: Duration = Duration::from_millis(100);
/// All tries together may take so long.
const BUDGET_NS: f64 = 3e9;
/// Less work than this cannot be told from none.
const LEAST_NS: u64 = 1_000;
/// Halvings of the stretch between the last loss and the first win.
const REFINEMENTS: u32 = 3;

/// What was tried and what comes next.
#[derive(Debug)]
pub(super) struct Search {
    plan: Plan,
    size: usize,
    next_ns: Option<u64>,
    /// The most work at which serial won, the least at which processes did.
    lost_ns: Option<u64>,
    won_ns: Option<u64>,
    tried_to_ns: u64,
    refinements: u32,
    spent_ns: f64,
}

impl Search {
    pub(super) const NAME: &str = "the search for the break-even";
    /// Each work is measured so often, in turns.
    pub(super) const REPEAT: usize = 3;

    /// Begins where creating the processes would be paid back by the cores that they use. `None`
    /// if no pool of processes was measured.
    pub(super) fn from(plan: &Plan, samples: &[Sample]) -> Option<Self> {
        // The fewest that can work at the same time are the first to pay.
        let size = plan
            .sizes
            .iter()
            .copied()
            .find(|&size| size > 1)
            .or(plan.sizes.first().copied())?;
        let measured = samples
            .iter()
            .filter(|sample| sample.who.mode == Mode::Processes && sample.who.size == size);
        let price = Statistic::of(&measured.map(price).collect::<Vec<_>>())?.median;
        let tasks = plan.tasks().max(1);
        let saved = tasks - tasks.div_ceil(size);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a guess in ns, far below 2^63"
        )]
        let guess = (price / nanos(saved.max(1) as u64)) as u64;
        let mut search = Self {
            plan: plan.clone(),
            size,
            next_ns: None,
            lost_ns: None,
            won_ns: None,
            tried_to_ns: 0,
            refinements: 0,
            spent_ns: 0.0,
        };
        search.next_ns = Some(two_digits(guess).clamp(LEAST_NS, search.most_ns().max(LEAST_NS)));
        Some(search)
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// What is to be measured next.
    pub(super) fn next(&mut self) -> Option<Plan> {
        let work = Work::Spin(Duration::from_nanos(self.next_ns?));
        Some(Plan {
            work,
            ..self.plan.clone()
        })
    }

    /// Notes the times of the loop and of the processes, in ns.
    pub(super) fn note(&mut self, pairs: &[(f64, f64)]) -> Option<Tried> {
        let work_ns = self.next_ns.take()?;
        let median =
            |of: fn(&(f64, f64)) -> f64| Statistic::of(&pairs.iter().map(of).collect::<Vec<_>>());
        let (serial_ns, processes_ns) =
            (median(|pair| pair.0)?.median, median(|pair| pair.1)?.median);
        self.tried_to_ns = self.tried_to_ns.max(work_ns);
        if processes_ns < serial_ns {
            self.won_ns = Some(self.won_ns.map_or(work_ns, |won| won.min(work_ns)));
        } else {
            self.lost_ns = Some(self.lost_ns.map_or(work_ns, |lost| lost.max(work_ns)));
        }
        self.spent_ns += pairs.iter().map(|pair| pair.0 + pair.1).sum::<f64>();
        self.next_ns = self.step().filter(|_| self.spent_ns < BUDGET_NS);
        Some(Tried {
            size: self.size,
            work_ns,
            serial_ns,
            processes_ns,
        })
    }

    fn step(&mut self) -> Option<u64> {
        match (self.lost_ns, self.won_ns) {
            (None, Some(won)) => (won > LEAST_NS).then(|| two_digits(won / 2).max(LEAST_NS)),
            (Some(lost), None) => {
                let more = two_digits(lost * 2).min(self.most_ns());
                (more > lost).then_some(more)
            }
            (Some(lost), Some(won)) if lost < won && self.refinements < REFINEMENTS => {
                self.refinements += 1;
                let middle = two_digits(u64::midpoint(lost, won));
                (lost < middle && middle < won).then_some(middle)
            }
            _ => None,
        }
    }

    /// From here on processes won.
    pub(super) fn found(&self) -> Option<u64> {
        self.won_ns
    }

    pub(super) fn tried_to(&self) -> u64 {
        self.tried_to_ns
    }

    fn most_ns(&self) -> u64 {
        let tasks = self.plan.tasks().max(1) as u64;
        u64::try_from(LONGEST_LOOP.as_nanos()).unwrap_or(u64::MAX) / tasks
    }
}

/// What a run costs beside computing.
fn price(sample: &Sample) -> f64 {
    sample.parts_ns.shown(Stopwatch::Whole) - sample.parts_ns.compute
}

/// A round figure: no more than two digits that are not zero.
fn two_digits(ns: u64) -> u64 {
    let unit = 10_u64.pow(ns.max(1).ilog10().saturating_sub(1));
    ns / unit * unit
}

#[cfg(test)]
mod tests {
    use super::super::figures::{Contender, Parts};
    use super::*;

    fn plan(tasks: u64) -> Plan {
        Plan {
            to: tasks,
            ..super::super::tests::plan(&[])
        }
    }

    fn search(tasks: u64) -> Search {
        let who = Contender {
            mode: Mode::Processes,
            size: 2,
        };
        let parts_ns = Parts::cut([1_000_000; 6]);
        let sample = Sample {
            who,
            total_ns: 1e6,
            parts_ns,
            pids: Vec::new(),
            results: [].into(),
        };
        Search::from(&plan(tasks), &[sample]).unwrap()
    }

    /// A machine on which processes pay from this much work on.
    fn explore(search: &mut Search, pays_from: u64) -> Vec<u64> {
        let mut tried = Vec::new();
        while let Some(plan) = search.next() {
            let Work::Spin(work) = plan.work else {
                unreachable!()
            };
            let work = u64::try_from(work.as_nanos()).unwrap();
            let (serial, processes) = if work >= pays_from {
                (2.0, 1.0)
            } else {
                (1.0, 2.0)
            };
            search.note(&[(serial, processes)]);
            tried.push(work);
        }
        tried
    }

    #[test]
    fn the_break_even_is_closed_in_from_above_and_below() {
        for pays_from in [5_000, 150_000, 290_000, 3_000_000] {
            let mut search = search(10);
            let tried = explore(&mut search, pays_from);
            let found = search.found().unwrap();
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
        assert_eq!((search.found(), search.tried_to()), (None, 10_000_000));
    }

    #[test]
    fn a_slow_machine_ends_the_search_early() {
        let mut search = search(10);
        search.next();
        search.note(&[(2e9, 3e9)]);
        assert!(search.next().is_none());
    }

    #[test]
    fn where_they_always_pay_it_ends_at_the_least_work() {
        let mut search = search(10);
        explore(&mut search, 0);
        assert_eq!(search.found(), Some(1_000));
    }

    #[test]
    fn one_task_cannot_be_shared() {
        let mut search = search(1);
        explore(&mut search, u64::MAX);
        assert_eq!((search.found(), search.tried_to()), (None, 100_000_000));
    }
}
