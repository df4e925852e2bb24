//! What the facts add up to. Pure: no time, no randomness, no threads.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::dials::Dials;
use super::engine::MAIN;
use super::fact::{Audited, Fact, Measured, Shown, ThreadCounts};
use super::held::Held;
use super::op::{Op, Who};
use super::tally::{Tally, to_f64};
use crate::kit::event::{Ending, LaneEvent, LaneId, Stamped, What};
use crate::scene::Activity;
use crate::timeline::ending_activity;

/// Operations remembered for the picture and for telling conflicts as they happen.
const RECENT: usize = 64;
/// At full speed an audit is told in words at most once in so many ns.
const CALM: u64 = 1_000_000_000;
/// Points of the trend.
const TREND: usize = 240;

/// One thread of the experiment as last told.
#[derive(Clone, Debug)]
pub struct Thread {
    pub activity: Activity,
    /// Line of the shown code.
    pub line: Option<u16>,
    /// While an operation is under way, whether under the lock.
    pub under_way: Option<bool>,
    /// What it loaded, while it stands in the window.
    pub in_hand: Option<(u32, Option<i64>)>,
    /// Whom it waits for.
    pub waits_for: Option<LaneId>,
    /// Has the lock in hand.
    pub holds: bool,
    pub last: Option<Op>,
    pub counts: ThreadCounts,
    pub gone: bool,
}

/// Everything that was told, folded.
#[derive(Clone, Debug)]
pub struct State {
    pub dials: Dials,
    pub round: u64,
    pub ops: u32,
    pub lanes: BTreeMap<LaneId, Who>,
    pub threads: BTreeMap<Who, Thread>,
    pub list: Shown,
    /// Newest last, with who did it.
    pub recent: VecDeque<(Who, Op)>,
    /// How many of `recent` belong to this round.
    pub(super) in_round: usize,
    pub last_audit: Option<Arc<Audited>>,
    /// The last one that found something wrong.
    pub last_anomaly: Option<Arc<Audited>>,
    /// Share of values lost, from one telling to the next.
    pub trend: VecDeque<f64>,
    /// The rounds since a dial was last turned, if there were any.
    pub meter: Option<Tally>,
    /// In this round: a pair that read the same list, the later one first, and the
    /// length that both read.
    pub pair: Option<(Who, Who, u32)>,
    pub windows: Measured,
    pub guess: Option<u32>,
    /// The threads, while they are in the user's hand.
    pub held: Option<Box<Held>>,
    pub end: Option<Arc<[i64]>>,
    pub failure: Option<String>,
    /// When an audit was last told at full speed.
    told_at: Option<u64>,
    main: Option<LaneId>,
    /// The main thread is no more.
    broken: bool,
}

impl State {
    pub fn new(dials: Dials) -> Self {
        Self {
            dials,
            round: 0,
            ops: dials.ops,
            lanes: BTreeMap::new(),
            threads: BTreeMap::new(),
            list: Shown::default(),
            recent: VecDeque::new(),
            in_round: 0,
            last_audit: None,
            last_anomaly: None,
            trend: VecDeque::new(),
            meter: None,
            pair: None,
            windows: Measured::default(),
            guess: None,
            held: None,
            end: None,
            failure: None,
            told_at: None,
            main: None,
            broken: false,
        }
    }

    /// Whether the engine has told everything.
    pub fn finished(&self) -> bool {
        self.end.is_some() || self.broken
    }

    pub fn apply(&mut self, event: &Stamped<Fact>) {
        if matches!(event.what, What::Fact(Fact::Audited(_))) && !self.calm(event.at) {
            self.told_at = Some(event.at);
        }
        match &event.what {
            What::Lane(what) => self.lane_event(event.lane, what),
            What::Fact(fact) => self.fact(event.lane, fact),
        }
    }

    /// Whether the last audit was told in words a moment ago.
    pub(super) fn calm(&self, at: u64) -> bool {
        self.told_at.is_some_and(|told| at < told + CALM)
    }

    fn fact(&mut self, lane: LaneId, fact: &Fact) {
        match fact {
            Fact::Thread { who } => self.joined(lane, *who),
            Fact::Dials(dials) => {
                self.dials = *dials;
                self.meter = None;
            }
            Fact::Round { round, ops, .. } => {
                (self.round, self.ops, self.in_round) = (*round, *ops, 0);
                self.pair = None;
                if !self.dials.full_speed() {
                    self.list = Shown::default();
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
                    thread.in_hand = Some((*length, *value));
                }
            }
            Fact::Done {
                op, counts, list, ..
            } => self.done(lane, *op, *counts, list),
            Fact::Progress { threads, list } => {
                self.counted(threads);
                self.list.clone_from(list);
            }
            Fact::Audited(audited) => self.audited(audited),
            Fact::Guess { of_thousand } => self.guess = of_thousand.or(self.guess),
            Fact::Held(held) => {
                if let Some(held) = held {
                    self.list.clone_from(&held.list);
                }
                self.held.clone_from(held);
            }
            Fact::Measured(windows) => self.windows = **windows,
            Fact::End {
                final_list,
                failure,
            } => {
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
                in_hand: None,
                waits_for: None,
                holds: false,
                last: None,
                counts: ThreadCounts::default(),
                gone: false,
            },
        );
    }

    fn done(&mut self, lane: LaneId, op: Op, counts: ThreadCounts, list: &Shown) {
        let Some(who) = self.lanes.get(&lane).copied() else {
            return;
        };
        let rival = self
            .rival(who, &op)
            .map(|rival| (who, rival, op.read.length));
        self.pair = rival.or(self.pair);
        if let Some(thread) = self.thread(lane) {
            thread.under_way = None;
            thread.in_hand = None;
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
        if self.dials.full_speed() {
            self.counted(&audited.threads);
            // Operations that were told one by one are all over.
            for thread in self.threads.values_mut() {
                (thread.under_way, thread.in_hand) = (None, None);
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
                let name = self
                    .lanes
                    .get(&lane)
                    .map_or_else(|| MAIN.to_owned(), Who::to_string);
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
            // A dwell with the lock in hand is still holding.
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

    /// Threads in the middle of an operation under another lock setting than the dial's.
    pub fn behind(&self) -> impl Iterator<Item = Who> {
        let wanted = self.dials.lock;
        self.threads
            .iter()
            .filter(move |(_, thread)| thread.under_way.is_some_and(|locked| locked != wanted))
            .map(|(who, _)| *who)
    }
}
