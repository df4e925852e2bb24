//! What the facts add up to. Pure: no time, no randomness, no threads.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::experiment::op::{Op, Who};
use super::experiment::stepper::StepperSnapshot;
use super::experiment::tally::Tally;
use super::facts::{Audited, Fact, ListSnapshot, MAIN, Measured, ThreadCounts};
use super::settings::ListSettings;
use crate::kit::event::{Ending, LaneEvent, LaneId, Stamped, What};
use crate::scene::Activity;
use crate::scene::units::to_f64;
use crate::timeline::ending_activity;

/// Operations kept for the latest-operations panel and for finding conflicts at once.
const RECENT: usize = 64;
/// Shortest time in ns between two audits in the story at full speed.
const QUIET_NS: u64 = 1_000_000_000;
/// Points of the trend.
const TREND: usize = 240;

/// One thread of the experiment, by its latest events.
#[derive(Clone, Debug)]
pub struct Thread {
    pub activity: Activity,
    /// Line of the shown code.
    pub line: Option<u16>,
    /// While an operation is under way, whether under the lock.
    pub under_way: Option<bool>,
    /// The length and value it has loaded, while it is in the race window.
    pub loaded: Option<(u32, Option<i64>)>,
    /// Whom it waits for.
    pub waits_for: Option<LaneId>,
    /// Has the lock in hand.
    pub holds: bool,
    pub last: Option<Op>,
    pub counts: ThreadCounts,
    pub gone: bool,
}

/// All events so far, folded.
#[derive(Clone, Debug)]
pub struct State {
    pub settings: ListSettings,
    pub round: u64,
    pub ops: u32,
    pub lanes: BTreeMap<LaneId, Who>,
    pub threads: BTreeMap<Who, Thread>,
    pub list: ListSnapshot,
    /// Newest last, with who did it.
    pub recent: VecDeque<(Who, Op)>,
    /// How many of `recent` belong to this round.
    pub(crate) in_round: usize,
    pub last_audit: Option<Arc<Audited>>,
    /// The last one that found something wrong.
    pub last_anomaly: Option<Arc<Audited>>,
    /// Share of values lost between two reports.
    pub trend: VecDeque<f64>,
    /// The rounds since a setting was last changed, if there were any.
    pub meter: Option<Tally>,
    /// In this round: a pair that read the same list, the later one first, and the
    /// length that both read.
    pub pair: Option<(Who, Who, u32)>,
    pub windows: Measured,
    pub guess: Option<u32>,
    /// The threads, while step mode is on.
    pub stepped: Option<Box<StepperSnapshot>>,
    pub end: Option<Arc<[i64]>>,
    pub failure: Option<String>,
    /// Time of the last audit in the story at full speed.
    audit_described_at: Option<u64>,
    main: Option<LaneId>,
    /// The main thread is no more.
    broken: bool,
}

impl State {
    pub fn new(settings: ListSettings) -> Self {
        Self {
            settings,
            round: 0,
            ops: settings.ops,
            lanes: BTreeMap::new(),
            threads: BTreeMap::new(),
            list: ListSnapshot::default(),
            recent: VecDeque::new(),
            in_round: 0,
            last_audit: None,
            last_anomaly: None,
            trend: VecDeque::new(),
            meter: None,
            pair: None,
            windows: Measured::default(),
            guess: None,
            stepped: None,
            end: None,
            failure: None,
            audit_described_at: None,
            main: None,
            broken: false,
        }
    }

    /// Whether the run has emitted its last event.
    pub fn finished(&self) -> bool {
        self.end.is_some() || self.broken
    }

    pub fn apply(&mut self, event: &Stamped<Fact>) {
        if matches!(event.what, What::Fact(Fact::Audited(_))) && !self.audit_is_recent(event.at) {
            self.audit_described_at = Some(event.at);
        }
        match &event.what {
            What::Lane(what) => self.lane_event(event.lane, what),
            What::Fact(fact) => self.fact(event.lane, fact),
        }
    }

    /// Whether the last audit in the story is less than [`QUIET_NS`] ago.
    pub(crate) fn audit_is_recent(&self, at: u64) -> bool {
        self.audit_described_at.is_some_and(|told| at < told + QUIET_NS)
    }

    fn fact(&mut self, lane: LaneId, fact: &Fact) {
        match fact {
            Fact::Thread { who } => self.joined(lane, *who),
            Fact::Settings(settings) => {
                self.settings = *settings;
                self.meter = None;
            }
            Fact::Round { round, ops, .. } => {
                (self.round, self.ops, self.in_round) = (*round, *ops, 0);
                self.pair = None;
                if !self.settings.full_speed() {
                    self.list = ListSnapshot::default();
                    for thread in self.threads.values_mut() {
                        thread.counts = ThreadCounts::default();
                    }
                }
            }
            Fact::Began { locked } => {
                if let Some(thread) = self.thread(lane) {
                    thread.under_way = Some(*locked);
                }
            }
            Fact::Loaded { length, value } => {
                if let Some(thread) = self.thread(lane) {
                    thread.loaded = Some((*length, *value));
                }
            }
            Fact::Done { op, counts, list, .. } => self.done(lane, *op, *counts, list),
            Fact::Progress { threads, list } => {
                self.counted(threads);
                self.list.clone_from(list);
            }
            Fact::Audited(audited) => self.audited(audited),
            Fact::Guess { of_thousand } => self.guess = of_thousand.or(self.guess),
            Fact::Stepper(stepped) => {
                if let Some(stepped) = stepped {
                    self.list.clone_from(&stepped.list);
                }
                self.stepped.clone_from(stepped);
            }
            Fact::Measured(windows) => self.windows = **windows,
            Fact::End { final_list, failure } => {
                self.end = Some(Arc::clone(final_list));
                if self.failure.is_none() {
                    self.failure.clone_from(failure);
                }
            }
        }
    }

    fn joined(&mut self, lane: LaneId, who: Who) {
        self.lanes.insert(lane, who);
        self.threads.insert(
            who,
            Thread {
                activity: Activity::Idle,
                line: None,
                under_way: None,
                loaded: None,
                waits_for: None,
                holds: false,
                last: None,
                counts: ThreadCounts::default(),
                gone: false,
            },
        );
    }

    fn done(&mut self, lane: LaneId, op: Op, counts: ThreadCounts, list: &ListSnapshot) {
        let Some(who) = self.lanes.get(&lane).copied() else {
            return;
        };
        let rival = self.rival(who, &op).map(|rival| (who, rival, op.read.length));
        self.pair = rival.or(self.pair);
        if let Some(thread) = self.thread(lane) {
            thread.under_way = None;
            thread.loaded = None;
            thread.last = Some(op);
            thread.counts = counts;
        }
        self.list.clone_from(list);
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back((who, op));
        self.in_round = (self.in_round + 1).min(self.recent.len());
    }

    fn counted(&mut self, threads: &[(Who, ThreadCounts)]) {
        for (who, counts) in threads {
            if let Some(thread) = self.threads.get_mut(who) {
                thread.counts = *counts;
            }
        }
    }

    fn audited(&mut self, audited: &Arc<Audited>) {
        let before = self
            .last_audit
            .as_ref()
            .map_or((0, 0), |last| (last.run.counts.lost, last.run.counts.added));
        let (lost, added) = (audited.run.counts.lost, audited.run.counts.added);
        if added > before.1 {
            if self.trend.len() == TREND {
                self.trend.pop_front();
            }
            let (lost, added) = (lost.saturating_sub(before.0), added - before.1);
            self.trend.push_back(to_f64(lost) / to_f64(added));
        }
        if self.settings.full_speed() {
            self.counted(&audited.threads);
            // Operations that were reported one by one have all ended.
            for thread in self.threads.values_mut() {
                (thread.under_way, thread.loaded) = (None, None);
            }
        }
        self.list.clone_from(&audited.list);
        if audited.audit.counts.anomaly() {
            self.last_anomaly = Some(Arc::clone(audited));
        }
        self.meter.clone_from(&audited.meter);
        self.pair = None;
        self.last_audit = Some(Arc::clone(audited));
    }

    fn lane_event(&mut self, lane: LaneId, what: &LaneEvent) {
        match what {
            LaneEvent::Started { name, .. } if **name == *MAIN => self.main = Some(lane),
            LaneEvent::Ended(Ending::Panicked { message, place }) => {
                let name = self.lanes.get(&lane).map_or_else(|| MAIN.to_owned(), Who::to_string);
                self.failure = Some(format!("{name} panicked at {place}: {message}"));
                self.broken |= self.main == Some(lane);
            }
            _ => {}
        }
        let Some(thread) = self.thread(lane) else {
            return;
        };
        let activity = match what {
            LaneEvent::Line { line } => {
                thread.line = Some(*line);
                return;
            }
            LaneEvent::Waiting { holder, .. } => {
                thread.waits_for = *holder;
                Activity::Waiting
            }
            LaneEvent::Acquired { .. } => {
                thread.holds = true;
                Activity::Holding
            }
            // A thread that is delayed while it owns the lock is still holding it.
            LaneEvent::Running | LaneEvent::Sleeping { .. } if thread.holds => Activity::Holding,
            LaneEvent::Running => Activity::Running,
            LaneEvent::Released { .. } => {
                thread.holds = false;
                Activity::Running
            }
            LaneEvent::Sleeping { .. } => Activity::Sleeping,
            LaneEvent::Idle => Activity::Idle,
            LaneEvent::Ended(ending) => {
                (thread.gone, thread.holds) = (true, false);
                ending_activity(ending)
            }
            _ => return,
        };
        if activity != Activity::Waiting {
            thread.waits_for = None;
        }
        thread.activity = activity;
    }

    fn thread(&mut self, lane: LaneId) -> Option<&mut Thread> {
        self.threads.get_mut(self.lanes.get(&lane)?)
    }

    /// What the tallies count, or nothing yet.
    pub fn run(&self) -> Option<&Tally> {
        self.last_audit.as_ref().map(|audited| &audited.run)
    }

    /// Threads in the middle of an operation under another lock setting than the current one.
    pub fn behind(&self) -> impl Iterator<Item = Who> {
        let wanted = self.settings.lock;
        self.threads
            .iter()
            .filter(move |(_, thread)| thread.under_way.is_some_and(|locked| locked != wanted))
            .map(|(who, _)| *who)
    }
}
