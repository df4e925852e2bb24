//! The state of a run as far as its events show it: what scene, result and story are made
//! from.
//!
//! Pure: no time, no randomness, no threads, so a recording gives the same state as the
//! run that it is of. Everything is bounded; what grows with the run is summed up in the
//! events themselves.
//!
//! ```text
//! Fact::Round ─▶ Began ─▶ Loaded ─▶ Done ─▶ ... ─▶ Audited ─▶ the next Round      at human pace
//! Fact::Progress ─▶ Progress ─▶ ... ─▶ Audited ─▶ ...                             at full speed
//! ```

pub mod consequence;
mod threads;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::experiment::live_audit::LiveAudit;
use super::experiment::op::{Op, WorkerId};
use super::experiment::tally::Tally;
use super::facts::StepperSnapshot;
use super::facts::{Audited, Fact, ListSnapshot, MAIN, Measured, ThreadCounts};
use super::settings::ListSettings;
use crate::kit::event::{Ending, LaneEvent, LaneId, RAISED, Stamped, What};
use crate::lab::Sentence;
use crate::scene::Activity;
use crate::timeline::ending_activity;
use crate::timeline::stat::Rate;

/// Operations kept for the latest-operations panel and for finding conflicts before the
/// audit.
const RECENT: usize = 64;
/// Shortest time in ns between two audits in the story at full speed, where one is
/// reported every 50 ms.
const QUIET_NS: u64 = 1_000_000_000;
/// Loss rates kept; at full speed 240 reports are 12 seconds.
const RATES: usize = 240;

/// One thread of the experiment, by its latest events. At human pace this is what the
/// thread does now; at full speed only its counters are kept up to date, because single
/// operations are not reported.
#[derive(Clone, Debug, Default)]
pub struct Thread {
    /// Line of the shown code that it is at, from 1; `None` before its first.
    pub line: Option<u16>,
    /// While an operation is being executed, whether it is under the lock; `None` between
    /// operations.
    pub under_way: Option<bool>,
    /// The length and value it has loaded, while it is in the race window; `None`
    /// outside. Two threads with the same length here are about to collide.
    pub loaded: Option<(u32, Option<i64>)>,
    /// The thread that holds the lock it waits for; `None` if it does not wait, or the
    /// holder is unknown.
    pub waits_for: Option<LaneId>,
    /// The last operation that it completed, of those that were reported.
    pub last: Option<Op>,
    pub counts: ThreadCounts,
    /// How it has ended: the run is over, or has fewer threads now. `None` while it is there.
    pub gone: Option<Activity>,
}

/// All events so far, folded. Three kinds of fields: what is in force (`settings`,
/// `stepped`), what happens now (`threads`, `list`, `recent`, `pair`), and what the
/// audits found (`last_audit`, `last_anomaly`, `rates`, `meter`).
#[derive(Clone, Debug)]
pub struct State {
    pub settings: ListSettings,
    /// Time of the latest event, in ns of the run's clock.
    pub now: u64,
    /// The round in progress, from 1; at full speed it stays what it was, as rounds are
    /// not announced.
    pub round: u64,
    pub ops: u32,
    /// Adders and removers of the round in progress: the settings apply from the next one.
    pub in_force: (u8, u8),
    /// Which thread a lane is. Threads that have ended keep their entry.
    pub lanes: BTreeMap<LaneId, WorkerId>,
    pub threads: BTreeMap<WorkerId, Thread>,
    pub list: ListSnapshot,
    /// The latest operations that were reported, with their threads, the newest last. At
    /// most `RECENT`: enough to find a pair that read the same list, as such operations
    /// lie close together.
    pub recent: VecDeque<(WorkerId, Op)>,
    /// How many of `recent` belong to this round: versions of different rounds must not
    /// be compared.
    pub in_round: usize,
    /// What the round in progress has lost and duplicated so far, as far as it was reported.
    pub live: LiveAudit,
    /// The audit that was reported last, with the sums over the whole run: the one source
    /// of the result.
    pub last_audit: Option<Arc<Audited>>,
    /// The last audit that found something wrong. Kept through later rounds in order,
    /// because it is what the user wants to read.
    pub last_anomaly: Option<Arc<Audited>>,
    /// The loss rate with its interval, at each of the latest reports: of all rounds since a
    /// setting was changed.
    pub rates: VecDeque<Rate>,
    /// Sums over the rounds since a setting was last changed, if there were any.
    pub meter: Option<Tally>,
    /// In this round: a pair that read the same list, the later one first, and the length
    /// that both read. Shown at once, before the audit knows the consequence.
    pub pair: Option<(WorkerId, WorkerId, u32)>,
    pub windows: Measured,
    pub guess: Option<u32>,
    pub stepped: Option<Box<StepperSnapshot>>,
    /// What the last step has led to, in step mode.
    pub consequence: Option<Sentence>,
    pub end: Option<Arc<[i64]>>,
    pub failure: Option<String>,
    /// Time of the last audit in the story at full speed, in ns of the run's clock.
    audit_described_at: Option<u64>,
    /// The driver's lane, known from its name.
    main: Option<LaneId>,
    /// The driver's thread has panicked, so no further event will come. The run counts as
    /// finished, with the panic as its failure.
    broken: bool,
}

impl State {
    pub fn new(settings: ListSettings) -> Self {
        Self {
            settings,
            now: 0,
            round: 0,
            ops: settings.ops,
            in_force: (settings.adders, settings.removers),
            lanes: BTreeMap::new(),
            threads: BTreeMap::new(),
            list: ListSnapshot::default(),
            recent: VecDeque::new(),
            in_round: 0,
            live: LiveAudit::default(),
            last_audit: None,
            last_anomaly: None,
            rates: VecDeque::new(),
            meter: None,
            pair: None,
            windows: Measured::default(),
            guess: None,
            stepped: None,
            consequence: None,
            end: None,
            failure: None,
            audit_described_at: None,
            main: None,
            broken: false,
        }
    }

    /// The measured rate with which a guess may be compared: under the conditions of its question,
    /// lock off and full speed.
    pub fn rate_of_guess(&self) -> Option<Rate> {
        let asked = !self.settings.lock && self.settings.full_speed();
        self.meter.as_ref().filter(|_| asked)?.loss_rate
    }

    /// Whether the run has emitted its last event, or lost the thread that would emit it:
    /// otherwise a headless run would wait for ever.
    pub fn finished(&self) -> bool {
        self.end.is_some() || self.broken
    }

    /// Whether operations are reported one by one: at a pace that can be followed, or stepped.
    pub fn is_followed(&self) -> bool {
        !self.settings.full_speed() || self.stepped.is_some()
    }

    /// Applies one event. Events may be missing or, between lanes, a little out of order;
    /// nothing here depends on having seen the one before.
    pub fn apply(&mut self, event: &Stamped<Fact>) {
        self.now = self.now.max(event.at);
        if matches!(event.what, What::Fact(Fact::Audited(_))) && !self.audit_is_recent(event.at) {
            self.audit_described_at = Some(event.at);
        }
        match &event.what {
            What::Lane(what) => self.lane_event(event.lane, what),
            What::Fact(fact) => self.fact(event.lane, fact),
        }
    }

    /// Whether the last audit in the story is less than [`QUIET_NS`] before `at`.
    pub fn audit_is_recent(&self, at: u64) -> bool {
        self.audit_described_at.is_some_and(|described| at < described + QUIET_NS)
    }

    fn fact(&mut self, lane: LaneId, fact: &Fact) {
        match fact {
            Fact::Thread { who } => self.started(lane, *who),
            Fact::Settings(settings) => {
                self.settings = *settings;
                // The sums so far belong to the old settings. The next audit brings those
                // of the new ones.
                self.meter = None;
            }
            Fact::Round { round, adders, removers, ops } => {
                (self.round, self.ops, self.in_round) = (*round, *ops, 0);
                self.in_force = (*adders, *removers);
                (self.pair, self.live) = (None, LiveAudit::default());
                // At full speed the counters are those since the threads began, and no
                // round is announced.
                if !self.settings.full_speed() {
                    self.list = ListSnapshot::default();
                    for thread in self.threads.values_mut() {
                        (thread.counts, thread.last) = (ThreadCounts::default(), None);
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
            Fact::Stepper { stepped } => {
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

    /// A thread has reported which one it is. One that was ended and started again begins from
    /// scratch.
    fn started(&mut self, lane: LaneId, who: WorkerId) {
        self.lanes.insert(lane, who);
        self.threads.insert(who, Thread::default());
    }

    /// An operation was reported. Looks for a rival first, before the operation itself is
    /// among those that it is compared with.
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
        self.live.add(&op);
        let taken = self.taken();
        self.live.look(list, self.now, |value| {
            taken.as_ref().is_none_or(|taken| taken.contains(&value))
        });
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back((who, op));
        self.in_round = (self.in_round + 1).min(self.recent.len());
    }

    /// Takes over exact counters. Threads that are not known are left out: they were
    /// ended, and the event was under way meanwhile.
    fn counted(&mut self, threads: &[(WorkerId, ThreadCounts)]) {
        for (who, counts) in threads {
            if let Some(thread) = self.threads.get_mut(who) {
                thread.counts = *counts;
            }
        }
    }

    fn audited(&mut self, audited: &Arc<Audited>) {
        if let Some(rate) = audited.meter.as_ref().and_then(|meter| meter.loss_rate) {
            if self.rates.len() == RATES {
                self.rates.pop_front();
            }
            self.rates.push_back(rate);
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

    /// Follows what a thread is doing, by its lane events. Those of other lanes matter
    /// only where the driver starts or a thread panics.
    fn lane_event(&mut self, lane: LaneId, what: &LaneEvent) {
        match what {
            LaneEvent::Started { name, .. } if **name == *MAIN => self.main = Some(lane),
            LaneEvent::Ended(Ending::Panicked { message, place }) => {
                let name =
                    self.lanes.get(&lane).map_or_else(|| MAIN.to_owned(), WorkerId::to_string);
                self.failure = Some(format!("{name} {RAISED} at {place}: {message}"));
                self.broken |= self.main == Some(lane);
            }
            _ => {}
        }
        let Some(thread) = self.thread(lane) else {
            return;
        };
        match what {
            LaneEvent::Line { line } => thread.line = Some(*line),
            LaneEvent::Waiting { holder, .. } => thread.waits_for = *holder,
            LaneEvent::Ended(ending) => {
                (thread.gone, thread.waits_for) = (Some(ending_activity(ending)), None);
            }
            LaneEvent::Acquired { .. }
            | LaneEvent::Released { .. }
            | LaneEvent::Running
            | LaneEvent::Sleeping { .. }
            | LaneEvent::Idle => thread.waits_for = None,
            _ => {}
        }
    }

    /// The thread of a lane; `None` for the driver's lane, and before the thread has reported which
    /// it is.
    fn thread(&mut self, lane: LaneId) -> Option<&mut Thread> {
        self.threads.get_mut(self.lanes.get(&lane)?)
    }

    /// The sums over all rounds of the run; `None` before the first audit.
    pub fn run(&self) -> Option<&Tally> {
        self.last_audit.as_ref().map(|audited| &audited.run)
    }
}
