//! What the comparison of threads and processes has found out so far.
//!
//! Pure: folds facts; no time, no randomness, no threads. Samples are kept by round, not
//! only their median, because speed-ups are compared within rounds.

use std::collections::BTreeMap;
use std::time::Duration;

use super::experiment::cost::Cost;
pub use super::experiment::kinds::{Amount, Runtime, Strategy, Work};
use super::experiment::lanes::ThreadLanes;
use super::facts::{Drift, Fact, Isolation, Switches};
use super::settings::{N, SIZE, WORK};
use crate::kit::event::{Stamped, What};
use crate::kit::load::Load;
use crate::lab::Settings;
use crate::printable::Printable;
use crate::scene::{NotRun, units};
use crate::timeline::stat::{Statistic, Verdict};

/// Rounds that are kept: on the live screen passes follow each other without end. Sixty
/// give an interval that more rounds would hardly narrow, and still show that the machine
/// has become slower.
const KEPT: usize = 60;

/// One cell of the comparison: all runs of a work with a strategy. The times are kept by
/// round, so that two cells can be compared round by round.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    pub n: usize,
    /// Milliseconds by number of the round, which counts through all passes with the same
    /// settings.
    pub ms: BTreeMap<usize, f64>,
    /// Context switches of the latest run; `None` where they are not measured, as in
    /// CPython.
    pub switches: Option<Switches>,
}

/// Everything found out so far. Costs, drift and crash do not depend on the settings and
/// outlast a change of them; the runs of the strategies belong to one choice of settings.
#[derive(Clone, Debug)]
pub struct State {
    pub cores: usize,
    /// The settings in force: workers, the one kind of work that is measured if it is one, and
    /// the time of a task when done alone.
    pub n: usize,
    pub work: Option<Work>,
    pub size: Duration,
    /// The latest threads under the GIL model, and the latest without it.
    pub gil_lanes: ThreadLanes,
    pub thread_lanes: ThreadLanes,
    pub progress: (String, usize, usize),
    pub python: Option<(Printable, bool)>,
    /// Why CPython is not measured; `None` if it is, or it is not known yet.
    pub python_absent: Option<Printable>,
    pub strategies: BTreeMap<(Work, Strategy), Runs>,
    pub tasks: BTreeMap<(Work, Runtime), Amount>,
    pub load: Option<Load>,
    /// Samples of each cost in the unit of its field, in the order in which they were
    /// taken.
    costs: BTreeMap<Cost, Vec<f64>>,
    pub drift: Option<Drift>,
    pub isolation: Option<Isolation>,
    /// What could not be measured, each once, with its latest cause.
    pub not_run: Vec<NotRun>,
    /// Answers to the guide's questions by the question's index; each an index of its
    /// answers.
    pub answers: [Option<usize>; super::experiment::interview::QUESTIONS.len()],
    pub done: bool,
}

impl State {
    pub fn new(settings: &Settings) -> Self {
        Self {
            cores: settings.cores,
            n: settings.get(N),
            work: settings.get(WORK),
            size: settings.get(SIZE),
            gil_lanes: ThreadLanes::default(),
            thread_lanes: ThreadLanes::default(),
            progress: ("getting ready".to_owned(), 0, 1),
            python: None,
            python_absent: None,
            strategies: BTreeMap::new(),
            tasks: BTreeMap::new(),
            load: None,
            costs: BTreeMap::new(),
            drift: None,
            isolation: None,
            not_run: Vec::new(),
            answers: [None; _],
            done: false,
        }
    }

    /// What "CPython was not measured" needs where a part of it was.
    pub fn in_part(&self) -> &'static str {
        let mut measured = self.strategies.keys();
        let python = measured.any(|(_, strategy)| strategy.runtime() == Runtime::Python);
        if python { " completely" } else { "" }
    }

    pub fn apply(&mut self, event: &Stamped<Fact>) {
        match &event.what {
            What::Fact(fact) => self.fact(fact.clone()),
            What::Lane(what) => {
                // Computing shows the lock best: waiting gives it up.
                let work = self.work.unwrap_or(Work::Cpu);
                let kept = [
                    (&mut self.gil_lanes, Strategy::Gil),
                    (&mut self.thread_lanes, Strategy::Threads),
                ];
                for (lanes, strategy) in kept {
                    lanes.apply(event.at, event.lane, what, (work, strategy));
                }
            }
        }
    }

    fn fact(&mut self, fact: Fact) {
        match fact {
            Fact::Progress { what, done, of } => self.progress = (what, done, of),
            Fact::Python { version, gil } => {
                (self.python, self.python_absent) = (Some((version, gil)), None);
            }
            Fact::PythonAbsent { why } => self.python_absent = Some(why),
            Fact::Changed { n, work, size_ns } => {
                (self.n, self.work, self.size) = (n, work, Duration::from_nanos(size_ns));
            }
            Fact::Began { n } => {
                self.n = n;
                // Runs with other settings are another comparison, and what is known of the
                // old ones goes with them. The costs stay: no setting changes them.
                self.strategies.clear();
                self.tasks.clear();
                self.not_run.clear();
                (self.load, self.python_absent) = (None, None);
                (self.gil_lanes, self.thread_lanes) = Default::default();
                self.done = false;
            }
            Fact::TaskAmount { work, runtime, amount } => {
                self.tasks.insert((work, runtime), amount);
            }
            Fact::Load(load) => self.load = Some(load),
            Fact::Timed { round, work, strategy, n, ns, switches } => {
                let runs = self.strategies.entry((work, strategy)).or_default();
                runs.n = n;
                let ms = units::in_ms(std::time::Duration::from_nanos(ns));
                runs.ms.insert(round, ms);
                // The oldest round of this strategy. Rounds that only one side still has
                // are not compared.
                if runs.ms.len() > KEPT {
                    runs.ms.pop_first();
                }
                runs.switches = switches.or(runs.switches);
            }
            Fact::Cost { cost, samples } => {
                self.costs.insert(cost, samples);
            }
            Fact::Drift(drift) => self.drift = Some(drift),
            Fact::Isolation(isolation) => self.isolation = Some(isolation),
            Fact::Failed { what, why } => NotRun::new(what, why).note(&mut self.not_run),
            Fact::Answered { question, answer } => {
                if let Some(slot) = self.answers.get_mut(question) {
                    *slot = Some(answer);
                }
                // An answer that is given again takes back what was built on it.
                self.answers.iter_mut().skip(question + 1).for_each(|later| *later = None);
            }
            Fact::Done => self.done = true,
        }
    }

    /// All runs of a work with a strategy, in milliseconds; `None` without any. Shown
    /// beside the speed-up, never compared across rounds.
    pub fn total(&self, work: Work, strategy: Strategy) -> Option<Statistic> {
        let runs = self.strategies.get(&(work, strategy))?;
        Statistic::of(&runs.ms.values().copied().collect::<Vec<_>>())
    }

    /// How many times as fast as the same runtime doing it one after the other, by the
    /// median of the rounds' ratios. This is not the ratio of the medians: that would
    /// compare times of different moments.
    pub fn speedup(&self, work: Work, strategy: Strategy) -> Option<f64> {
        let pairs = self.pairs(work, strategy.baseline(), strategy);
        let ratios: Vec<_> = pairs.into_iter().map(|(serial, own)| serial / own).collect();
        Statistic::of(&ratios).map(|ratios| ratios.median)
    }

    /// The speed-up with its interval and what the rounds decide; `None` if there is no
    /// round that has both.
    pub fn verdict(&self, work: Work, strategy: Strategy) -> Option<Verdict> {
        self.compare(work, strategy.baseline(), strategy)
    }

    /// Whether `own` is faster than `other`, by the rounds that have both; `None` if
    /// there is no such round. For pairs other than a strategy and its baseline.
    pub fn compare(&self, work: Work, other: Strategy, own: Strategy) -> Option<Verdict> {
        let pairs = self.pairs(work, other, own);
        (!pairs.is_empty()).then(|| Verdict::of(&pairs))
    }

    /// The times `(other, own)` of each round that has both. A round in which `own` took
    /// no time has no ratio and is left out.
    fn pairs(&self, work: Work, other: Strategy, own: Strategy) -> Vec<(f64, f64)> {
        let runs = |strategy| self.strategies.get(&(work, strategy));
        let Some((other, own)) = runs(other).zip(runs(own)) else {
            return Vec::new();
        };
        let pair = |(round, own): (&usize, &f64)| Some((*other.ms.get(round)?, *own));
        own.ms.iter().filter_map(pair).filter(|(_, own)| *own > 0.0).collect()
    }

    pub fn cost(&self, cost: Cost) -> Option<Statistic> {
        Statistic::of(self.costs.get(&cost)?)
    }

    /// How starting a thread compares with starting a process: both were measured
    /// alternately, so the samples of one position belong together.
    pub fn starts(&self) -> Option<Verdict> {
        let [process, thread] =
            [Cost::ProcessStartUs, Cost::ThreadStartUs].map(|cost| self.costs.get(&cost));
        let pairs = process?.iter().copied().zip(thread?.iter().copied());
        Some(Verdict::of(&pairs.collect::<Vec<_>>()))
    }

    pub fn works(&self) -> impl Iterator<Item = Work> {
        Work::ALL
            .into_iter()
            .filter(|work| self.strategies.keys().any(|(measured, _)| measured == work))
    }
}
