//! What threads do between their records: computing, waiting for a core or for the GIL, waiting
//! in the system. Sampled, while all else that is reported of a script is counted.
//!
//! How long a thread was on a core or waited for one is exact, since the kernel adds it up. The
//! rest of its time is divided by what the samples found it waiting for.

use std::collections::{BTreeMap, HashMap};

use super::super::facts::shares::TimeShares;
use crate::kit::event::{LaneId, SampledState};
use crate::kit::python::{Sample, Sampler, Scope};
use crate::printable::Printable;
use crate::scene::units::to_f64;

/// The samples of all threads of a run.
#[derive(Debug, Default)]
pub struct Sampling {
    pub sampler: Sampler,
    /// The system's numbers of the threads that run.
    running: BTreeMap<u64, u32>,
    /// The times of each thread, also of those that have ended.
    shares: BTreeMap<u64, Shares>,
    /// The thread that the next round begins with.
    next: u64,
    /// When the last round was, and what it found: not in the lanes yet.
    at: u64,
    found: Vec<(LaneId, SampledState)>,
    /// What each lane shows, since its last record.
    shown: HashMap<LaneId, SampledState>,
    /// Why no thread is looked at any more.
    pub refused: Option<Printable>,
}

/// The times of one thread, in nanoseconds.
#[derive(Debug, Default)]
struct Shares {
    /// The last sample, and when it was taken; none yet, or none since a pause.
    last: Option<(u64, Sample)>,
    running: u64,
    core: u64,
    elapsed: u64,
    /// How often it was seen in each [`SampledState`].
    seen: [u64; SampledState::ALL.len()],
}

impl Sampling {
    /// A thread of a process begins. What the interpreter did before its main thread reports that
    /// is not counted.
    pub fn begin(&mut self, number: u64, tid: u32, at: u64) {
        if tid != 0 {
            self.running.insert(number, tid);
            let shares = self.shares.entry(number).or_default();
            shares.last = (number != Scope::of(number).number(1)).then_some((at, Sample::BEGIN));
        }
    }

    pub fn end(&mut self, number: u64) {
        self.running.remove(&number);
    }

    /// After a pause: what comes before the next sample is not counted.
    pub fn forget_last(&mut self) {
        self.shares.values_mut().for_each(|shares| shares.last = None);
    }

    /// What a thread has done so far; `None` without samples.
    pub fn report(&self, number: u64) -> Option<TimeShares> {
        self.shares.get(&number)?.report()
    }

    /// The threads to look at now, with the system's numbers: not more than `most`, in turn.
    pub fn round(&mut self, most: usize) -> Vec<(u64, u32)> {
        let (first, again) = (self.running.range(self.next..), self.running.range(..self.next));
        let round: Vec<_> = first.chain(again).take(most).map(|(n, tid)| (*n, *tid)).collect();
        self.next = round.last().map_or(0, |(number, _)| number + 1);
        round
    }

    /// Adds a sample of a thread, and of its lane if it has one.
    pub fn add(&mut self, number: u64, lane: Option<LaneId>, at: u64, sample: Sample) {
        let state = self.shares.entry(number).or_default().add(at, sample);
        self.at = at;
        self.found.extend(lane.map(|lane| (lane, state)));
    }

    /// What the last round changes in the lanes, and when it was, if that was before `at`.
    pub fn changes(&mut self, at: u64) -> Vec<(u64, LaneId, SampledState)> {
        if self.at > at {
            return Vec::new();
        }
        let mut found = std::mem::take(&mut self.found);
        found.retain(|(lane, state)| self.shown.insert(*lane, *state) != Some(*state));
        found.into_iter().map(|(lane, state)| (self.at, lane, state)).collect()
    }

    /// A record of a lane says more than the samples before it.
    pub fn recorded(&mut self, lane: LaneId) {
        self.shown.remove(&lane);
    }
}

impl Shares {
    /// Adds a sample; what the thread does by it.
    fn add(&mut self, at: u64, sample: Sample) -> SampledState {
        let Some((before, last)) = self.last.replace((at, sample)) else {
            return sample.state;
        };
        let running = sample.running.saturating_sub(last.running);
        let core = sample.core.saturating_sub(last.core);
        self.running += running;
        self.core += core;
        // The kernel's clock was read at another moment than ours.
        self.elapsed += at.saturating_sub(before).max(running + core);
        self.seen[sample.state as usize] += 1;
        match sample.state {
            SampledState::Running if core > running => SampledState::Core,
            state => state,
        }
    }

    fn report(&self) -> Option<TimeShares> {
        let samples = self.seen.iter().sum();
        if samples == 0 || self.elapsed == 0 {
            return None;
        }
        let elapsed = to_f64(self.elapsed);
        let (running, core) = (to_f64(self.running) / elapsed, to_f64(self.core) / elapsed);
        let seen = |state: SampledState| to_f64(self.seen[state as usize]);
        let waits: f64 = SampledState::WAITS.into_iter().map(seen).sum();
        let share =
            |state: SampledState| (1.0 - running - core).max(0.0) * seen(state) / waits.max(1.0);
        Some(TimeShares {
            running_share: running,
            core_share: core,
            gil_share: share(SampledState::Gil),
            lock_share: share(SampledState::Lock),
            sleep_share: share(SampledState::Sleep),
            io_share: share(SampledState::Io),
            samples,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_on_a_core_are_exact_and_the_rest_is_divided_by_the_samples() {
        let mut sampling = Sampling::default();
        let number = Scope(1).number(2);
        sampling.begin(number, 9, 1_000);
        assert_eq!(sampling.report(number), None);
        let shares = sampling.shares.get_mut(&number).unwrap();
        let states = [
            // at, state, on a core, waiting for one
            (1_100, SampledState::Running, 80, 10, SampledState::Running),
            (1_200, SampledState::Running, 90, 90, SampledState::Core),
            (1_400, SampledState::Gil, 140, 90, SampledState::Gil),
            (1_500, SampledState::Gil, 150, 90, SampledState::Gil),
            (1_700, SampledState::Gil, 190, 90, SampledState::Gil),
            (2_000, SampledState::Sleep, 200, 100, SampledState::Sleep),
        ];
        for (at, state, running, core, shown) in states {
            assert_eq!(shares.add(at, Sample { state, running, core }), shown);
        }
        let close = |value: f64, expected: f64| assert!((value - expected).abs() < 1e-9, "{value}");
        let report = sampling.report(number).unwrap();
        close(report.running_share, 0.2);
        close(report.core_share, 0.1);
        close(report.gil_share, 0.7 * 0.75);
        close(report.sleep_share, 0.7 * 0.25);
        assert_eq!((report.lock_share, report.io_share, report.samples), (0.0, 0.0, 6));
        // A pause of 8,000 ns is in no share.
        sampling.forget_last();
        let shares = sampling.shares.get_mut(&number).unwrap();
        shares.add(10_000, Sample { state: SampledState::Running, running: 200, core: 100 });
        shares.add(11_000, Sample { state: SampledState::Running, running: 1_200, core: 100 });
        close(sampling.report(number).unwrap().running_share, 1_200.0 / 2_000.0);
    }

    #[test]
    fn what_the_main_thread_did_before_it_began_is_not_counted() {
        let mut sampling = Sampling::default();
        let main = Scope(0).number(1);
        sampling.begin(main, 9, 1_000);
        let shares = sampling.shares.get_mut(&main).unwrap();
        let state = SampledState::Running;
        shares.add(1_100, Sample { state, running: 40_000, core: 10 });
        assert_eq!(sampling.report(main), None);
    }
}
