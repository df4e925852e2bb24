//! A search without any of the search's shortcuts, to compare it with.

use std::collections::BTreeMap;

use crate::kit::explore::{Finding, ScheduleStep, Scheduler, SchedulingPoint};

/// Every interleaving one by one, without any of the search's shortcuts, with the number of
/// preemptions counted again.
#[derive(Debug, Default)]
pub(crate) struct BruteForce {
    /// The steps that were ready, and the position of the one that was taken.
    path: Vec<(Vec<ScheduleStep>, usize)>,
    depth: usize,
    started: bool,
    /// By preemptions: interleavings, and how many fail.
    by_switches: BTreeMap<u32, (u128, u128)>,
}

impl BruteForce {
    fn switches(&self) -> u32 {
        let mut last: Option<ScheduleStep> = None;
        let mut switches = 0;
        for (ready, taken) in &self.path {
            let choice = ready[*taken];
            if !matches!(choice, ScheduleStep::Thread(_)) {
                continue;
            }
            if last.is_some_and(|last| last != choice && ready.contains(&last)) {
                switches += 1;
            }
            last = Some(choice);
        }
        switches
    }

    /// Interleavings with at most this number of preemptions, and how many of them fail.
    pub(crate) fn within(&self, bound: u32) -> (u128, u128) {
        let kept = self.by_switches.range(..=bound);
        kept.fold((0, 0), |sum, (_, it)| (sum.0 + it.0, sum.1 + it.1))
    }
}

impl Scheduler for BruteForce {
    fn begin(&mut self) -> bool {
        self.depth = 0;
        if !std::mem::replace(&mut self.started, true) {
            return true;
        }
        while let Some((ready, taken)) = self.path.last_mut() {
            *taken += 1;
            if *taken < ready.len() {
                return true;
            }
            self.path.pop();
        }
        false
    }

    fn choose(&mut self, now: &SchedulingPoint<'_>) -> Option<ScheduleStep> {
        if self.depth == self.path.len() {
            self.path.push((now.ready.into_iter().collect(), 0));
        }
        let (ready, taken) = &self.path[self.depth];
        self.depth += 1;
        Some(ready[*taken])
    }

    fn end(&mut self, finding: &Finding<'_>) {
        let sum = self.by_switches.entry(self.switches()).or_default();
        sum.0 += 1;
        sum.1 += u128::from(finding.end.failed());
    }
}
