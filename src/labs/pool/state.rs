//! What was measured so far, and which processes exist right now: all events, folded.
//! Pure, so a recording gives the same state as the run that it is of.
//!
//! ```text
//! Starting ─▶ Measuring, run after run ─▶ BreakEven ─▶ Warm, batch after batch   on a live screen
//!                                               └────▶ Done                       without one
//! ```

use std::collections::VecDeque;
use std::sync::Arc;

use super::experiment::figures::name;
use super::experiment::figures::{Bar, Mode, Sample, Variant};
use super::experiment::plan::Plan;
use super::facts::{BreakEven, Fact, Tried};
use crate::kit::event::{Ending, LaneEvent, LaneId, LaneKind, Stamped, What};
use crate::kit::load::Load;
use crate::lab::Settings;
use crate::printable::Printable;
use crate::scene::{Activity, NotRun};
use crate::timeline::signal_name;
use crate::timeline::stat::Statistic;

/// Batches on the warm pool whose times are kept: a minute of them.
const WARM_KEPT: usize = 60;

/// A process that exists, or was killed and is still shown, by its latest events. Threads of a pool
/// have lanes too, but no pid, and are not among these. Its name and pid are those of its lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    lane: LaneId,
    pub name: Arc<str>,
    pub pid: u32,
    pub activity: Activity,
    /// The task that it works on, as the pool labels it.
    pub task: Option<Arc<str>>,
    pub done: u64,
    /// The signal that killed it.
    pub killed_by: Option<Arc<str>>,
    /// What it has resident in memory, once a batch on the warm pool has reported it.
    pub memory_kib: Option<u64>,
}

/// What the driver thread does now. It decides whether the screen draws calmly, whether
/// comparisons are final, and whether a worker can be killed.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    Starting,
    Measuring {
        round: usize,
        variant: Variant,
    },
    BreakEven {
        work_ns: u64,
    },
    /// Batches on the warm pool, with the time of the last one and the interval between
    /// two. Only on a live screen.
    Warm {
        size: usize,
        took_ns: f64,
        every_ns: u64,
    },
    Done,
}

/// All events so far, folded. An attempt begins with [`Fact::Began`], which clears what
/// belongs to the one before.
#[derive(Clone, Debug)]
pub struct State {
    /// What is measured. Before the first event, what the settings ask for.
    pub plan: Plan,
    pub cores: usize,
    pub phase: Phase,
    /// One for each variant, in the order of variants, not in that of the runs. All are there
    /// from the beginning, so that none moves when another one is measured.
    pub bars: Vec<Bar>,
    pub workers: Vec<Worker>,
    pub python: Option<(Printable, Printable)>,
    pub no_python: Option<Printable>,
    /// What starting the fork server took. It stays for later attempts, which use the
    /// same server.
    pub server_ns: Option<u64>,
    pub tried: Vec<Tried>,
    pub break_even: Option<BreakEven>,
    pub load: Option<Load>,
    /// The round in progress, from 1: samples do not carry theirs.
    round: usize,
    pub warm_runs: u64,
    /// What the latest batches on the warm pool took, in ns.
    warm_ns: VecDeque<f64>,
    /// Processes started since none was alive: by a pool and all its replacements.
    pub started: u64,
    /// Runs whose results were not the squares, in order. Any such run is a defect of
    /// this program or of CPython, and the most important finding there is.
    pub wrong: usize,
    /// The latest kill, and once it is known what came of it.
    pub kill: Option<Arc<str>>,
    /// What could not be run beside the bars.
    not_run: Vec<NotRun>,
}

impl State {
    pub fn new(settings: &Settings) -> Self {
        let plan = Plan::of(settings);
        Self {
            bars: Bar::all(plan.variants()),
            plan,
            cores: settings.cores,
            phase: Phase::Starting,
            workers: Vec::new(),
            python: None,
            no_python: None,
            server_ns: None,
            tried: Vec::new(),
            break_even: None,
            load: None,
            round: 0,
            warm_runs: 0,
            warm_ns: VecDeque::new(),
            started: 0,
            wrong: 0,
            kill: None,
            not_run: Vec::new(),
        }
    }

    /// The median of the latest batches on the warm pool, in ns.
    pub fn warm_median(&self) -> Option<f64> {
        let all: Vec<_> = self.warm_ns.iter().copied().collect();
        Statistic::of(&all).map(|statistic| statistic.median)
    }

    /// What was asked for and could not be run: the causes first, then the bars. A bar with a void
    /// run is among them even if its other runs have figures.
    pub fn not_run(&self) -> Vec<NotRun> {
        let mut all = self.not_run.clone();
        all.extend(self.bars.iter().filter_map(|bar| {
            let why = bar.void.as_ref()?;
            Some(NotRun::new(name(bar.variant), &**why))
        }));
        all
    }

    /// Whether all rounds have ended. Before, a comparison would still change, and
    /// finding it in favour of one variant and then of the other would be worse than
    /// waiting.
    pub fn rounds_are_over(&self) -> bool {
        !matches!(self.phase, Phase::Starting | Phase::Measuring { .. })
    }

    /// The bar of the tasks one after the other.
    pub fn serial(&self) -> Option<&Bar> {
        self.bars.iter().find(|bar| bar.variant.mode == Mode::Serial)
    }

    pub fn finished(&self) -> bool {
        self.phase == Phase::Done
    }

    pub fn apply(&mut self, event: &Stamped<Fact>) {
        match &event.what {
            What::Lane(what) => self.lane(event.lane, what),
            What::Fact(fact) => self.fact(fact),
        }
    }

    fn fact(&mut self, fact: &Fact) {
        match fact {
            Fact::Began { plan } => {
                self.plan.clone_from(plan);
                self.bars = Bar::all(plan.variants());
                self.tried.clear();
                self.break_even = None;
                self.load = None;
                self.wrong = 0;
                self.warm_runs = 0;
                self.warm_ns.clear();
                self.kill = None;
                self.not_run.clear();
                self.phase = Phase::Starting;
            }
            Fact::PlanChanged { plan } => self.plan.clone_from(plan),
            Fact::VariantStarted { round, variant } => {
                self.round = *round;
                self.phase = Phase::Measuring { round: *round, variant: *variant };
                // Killed workers of the run before are no longer of interest.
                self.workers.retain(|worker| worker.activity != Activity::Dead);
                self.bar(*variant);
            }
            Fact::Measured(sample) => self.measured(sample),
            Fact::Void { variant, why } => self.bar(*variant).void = Some(Arc::clone(why)),
            Fact::NotRun { what, why } => {
                NotRun::new(&**what, &**why).note(&mut self.not_run);
            }
            Fact::Python { version, start, why } => {
                // A failure later on takes nothing from what was measured before.
                if let Some(version) = version {
                    self.python = Some((version.clone(), start.clone()));
                }
                self.no_python.clone_from(why);
                if why.is_some() {
                    let gone = |bar: &Bar| bar.variant.mode == Mode::Python && bar.is_blank();
                    self.bars.retain(|bar| !gone(bar));
                }
            }
            Fact::Server { took_ns, .. } => self.server_ns = Some(*took_ns),
            Fact::Tried(tried) => {
                self.phase = Phase::BreakEven { work_ns: tried.work_ns };
                self.tried.push(*tried);
            }
            Fact::BreakEven(found) => self.break_even = Some(*found),
            Fact::Load(load) => self.load = Some(*load),
            Fact::WarmRun { size, took_ns, right, every_ns, memory_kib } => {
                self.phase = Phase::Warm { size: *size, took_ns: *took_ns, every_ns: *every_ns };
                self.warm_runs += 1;
                if self.warm_ns.len() == WARM_KEPT {
                    self.warm_ns.pop_front();
                }
                self.warm_ns.push_back(*took_ns);
                for worker in &mut self.workers {
                    let own = memory_kib.iter().find(|(pid, _)| *pid == worker.pid);
                    worker.memory_kib = own.map(|(_, kib)| *kib);
                }
                self.wrong += usize::from(!right);
            }
            Fact::Killing { pid, signal } => {
                self.kill = Some(format!("sent {signal} to process {pid}").into());
            }
            Fact::Outcome { text, .. } => self.kill = Some(Arc::clone(text)),
            Fact::Done => self.phase = Phase::Done,
        }
    }

    /// Adds a sample to its bar, and compares its results with the squares. All results
    /// are compared here, on the side of the reader, so comparing them is on no clock.
    fn measured(&mut self, sample: &Sample) {
        let right = self.right(&sample.results);
        self.wrong += usize::from(!right);
        let round = self.round;
        let bar = self.bar(sample.variant);
        bar.rounds.push(round);
        // One list of results is enough to show; all were compared. A long list in each
        // of a thousand samples would be most of the memory.
        if let Some(before) = bar.samples.last_mut() {
            before.results = Arc::default();
        }
        bar.samples.push(sample.clone());
    }

    fn right(&self, results: &[u64]) -> bool {
        self.plan.squares().eq(results.iter().copied())
    }

    fn bar(&mut self, variant: Variant) -> &mut Bar {
        // One that is not of the plan is of an older recording, or a test.
        let position = self.bars.iter().position(|bar| bar.variant == variant);
        let position = position.unwrap_or_else(|| {
            let after = self.bars.partition_point(|bar| bar.variant < variant);
            self.bars.insert(after, Bar::of(variant));
            after
        });
        &mut self.bars[position]
    }

    /// Follows the processes by their lane events, from their start to their end. Threads
    /// of a pool are not shown: the bars show all there is to know of them.
    fn lane(&mut self, lane: LaneId, what: &LaneEvent) {
        match what {
            LaneEvent::Started { name, kind: LaneKind::Process { pid } } => {
                if self.workers.iter().all(|worker| worker.activity == Activity::Dead) {
                    self.started = 0;
                }
                self.started += 1;
                self.workers.push(Worker {
                    lane,
                    name: Arc::clone(name),
                    pid: *pid,
                    activity: Activity::Idle,
                    task: None,
                    done: 0,
                    killed_by: None,
                    memory_kib: None,
                });
            }
            LaneEvent::Ended(ending) => self.ended(lane, ending),
            _ => {
                if let Some(worker) = self.workers.iter_mut().find(|worker| worker.lane == lane) {
                    worker.update(what);
                }
            }
        }
    }

    /// A worker that ended is removed, but one that was killed stays, shown as dead,
    /// until the next variant starts: its death is what the user wants to see.
    fn ended(&mut self, lane: LaneId, ending: &Ending) {
        self.workers.retain_mut(|worker| match ending {
            _ if worker.lane != lane => true,
            Ending::Killed { signal } => {
                worker.activity = Activity::Dead;
                worker.killed_by = Some(signal_name(*signal).into());
                true
            }
            _ => false,
        });
    }
}

impl Worker {
    fn update(&mut self, what: &LaneEvent) {
        match what {
            LaneEvent::TaskStarted { label, .. } => {
                self.activity = Activity::Running;
                self.task = Some(Arc::clone(label));
            }
            LaneEvent::Running => self.activity = Activity::Running,
            LaneEvent::Sleeping { .. } => self.activity = Activity::Sleeping,
            LaneEvent::TaskEnded { .. } | LaneEvent::Idle => {
                self.done += u64::from(matches!(what, LaneEvent::TaskEnded { .. }));
                self.activity = Activity::Idle;
                self.task = None;
            }
            _ => {}
        }
    }
}
