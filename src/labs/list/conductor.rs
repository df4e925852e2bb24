//! The main thread of the experiment: runs the rounds, and audits each when all
//! threads have come back. Must not know how anything is shown.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, after, never, select};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::audit::{Audit, Counts, Ledger};
use super::dials::Dials;
use super::engine::Extent;
use super::fact::{Audited, Fact, Measured};
use super::held::{self, Grip};
use super::history::{Conflicts, Record, conflicts};
use super::op::Did;
use super::shared::SharedList;
use super::staff::Staff;
use super::tally::Meter;
use super::windows::{self, Gauge, LockTimes, Window, Windows};
use super::worker::{Bench, Turn, shown};
use crate::kit::event::LaneEvent;
use crate::kit::lock::Lock;
use crate::kit::recorder::Lane;
use crate::kit::step::{self, StepController, StepDelay, Switch};
use crate::kit::stop::Stop;
use crate::lab::Command;

mod orders;
#[cfg(test)]
mod tests;

/// How often a run at full speed tells how it goes.
const TELLING: Duration = Duration::from_millis(50);
/// Conflicts told of one round.
const CONFLICTS: usize = 8;
/// The exercise draws from about so many numbers.
const NUMBERS: usize = 99;
/// The longest rest between two live rounds, in which the audit can be read.
const LONGEST_REST: Duration = Duration::from_secs(2);
/// Timed operations of each kind that are worth telling.
const ENOUGH: usize = 16;

pub(super) struct Conductor<'a> {
    dials: Dials,
    extent: Extent,
    lane: &'a Lane<Fact>,
    orders: Receiver<Command>,
    bench: Arc<Bench>,
    grip: Grip,
    staff: Staff,
    list: Arc<SharedList>,
    rng: StdRng,
    /// All numbers that may be appended in a round.
    numbers: Vec<i64>,
    ledger: Ledger,
    gauge: Gauge,
    clock_cost: f64,
    /// Windows on this thread, each time after a sleep; measured once.
    slept: Option<Windows>,
    run: Meter,
    meter: Meter,
    /// A dial was turned: the meter begins anew.
    turned: bool,
    round: u64,
    /// A round worth telling since the last telling.
    found: Option<(u64, Audit, Conflicts)>,
    told: Option<Instant>,
    final_list: Vec<i64>,
}

impl<'a> Conductor<'a> {
    pub(super) fn new(
        dials: Dials,
        extent: Extent,
        stop: &Stop,
        lane: &'a Lane<Fact>,
        orders: Receiver<Command>,
    ) -> Self {
        let bench = Arc::new(Bench {
            controller: StepController::new(stop.clone(), held::free(&dials)),
            lock: Lock::new("lock"),
            lock_on: Switch::new(dials.lock),
            pause: StepDelay::new(dials.pause),
            window: step::RaceWindow::new(dials.window),
        });
        let cost = windows::clock_cost(|| lane.recorder().clock().now());
        Self {
            dials,
            extent,
            lane,
            orders,
            staff: Staff::new(Arc::clone(&bench), lane.recorder().clone(), cost),
            grip: Grip::new(&bench.controller),
            bench,
            list: Arc::new(SharedList::new(dials.appends())),
            rng: StdRng::seed_from_u64(extent.seed),
            numbers: Vec::new(),
            ledger: Ledger::default(),
            gauge: Gauge::default(),
            clock_cost: cost,
            slept: None,
            run: Meter::default(),
            meter: Meter::default(),
            turned: false,
            round: 0,
            found: None,
            told: None,
            final_list: Vec::new(),
        }
    }

    /// Runs all rounds, or rounds until told to stop.
    pub(super) fn run(mut self) {
        self.lane.reliable_fact(Fact::Dials(self.dials));
        let failure = loop {
            match self.round() {
                Err(why) => break Some(why),
                Ok(()) if self.stopped() || self.complete() => break None,
                Ok(()) => self.rest(),
            }
        };
        drop(self.staff);
        self.lane.reliable_fact(Fact::End {
            final_list: self.final_list.into(),
            failure,
        });
    }

    /// Tells how far load and store lie apart, as far as that was measured.
    fn tell_windows(&mut self) {
        let slept = *self.slept.get_or_insert_with(|| {
            let stop = self.bench.controller.stop();
            let now = || self.lane.recorder().clock().now();
            windows::after_sleep(now, self.clock_cost, stop)
        });
        let running = self.gauge.windows();
        let enough = |window: &Window| {
            let natural = window.natural_ns;
            natural.is_some_and(|of| of.samples >= ENOUGH)
        };
        let running = (enough(&running.append) && enough(&running.remove)).then_some(running);
        let measured = Measured { slept, running };
        self.lane.fact(Fact::Measured(Box::new(measured)));
        self.lane.flush();
    }

    fn say(&self, what: LaneEvent) {
        self.lane.emit(what);
        self.lane.flush();
    }

    fn stopped(&self) -> bool {
        self.bench.controller.stop().requested()
    }

    /// Whether all rounds were run.
    fn complete(&self) -> bool {
        !self.extent.live && self.round == self.extent.rounds
    }

    /// One round from the empty list to the audit.
    fn round(&mut self) -> Result<(), String> {
        while let Ok(command) = self.orders.try_recv() {
            self.obey(command);
        }
        let values = self.prepare()?;
        let ops = self.dials.ops as usize;
        let threads = self.staff.who().len();
        let returned = self.staff.send_out(&self.list, ops, &values);
        if self.slept.is_none() && !self.dials.full_speed() {
            // There is time enough while the threads pause.
            self.tell_windows();
        }
        if !self.dials.full_speed() {
            self.say(LaneEvent::Idle);
        }
        let mut turns = Vec::with_capacity(threads);
        while turns.len() < threads {
            select! {
                recv(returned) -> turn => match turn {
                    Ok(turn) => turns.push(turn),
                    Err(_) => return Err("a thread of the round ended before its turn did".to_owned()),
                },
                recv(self.orders) -> command => match command {
                    Ok(command) => self.obey(command),
                    // The lab is being dropped, and says so to the threads too.
                    Err(_) => self.orders = never(),
                },
                default(self.glance()) => self.tell_progress(),
            }
        }
        turns.sort_by_key(|turn: &Turn| turn.place);
        self.come_together(&turns);
        self.staff.take_back(turns);
        Ok(())
    }

    /// Threads and list as the dials ask for, and the values to append.
    fn prepare(&mut self) -> Result<Vec<i64>, String> {
        self.round += 1;
        if std::mem::take(&mut self.turned) {
            self.meter = Meter::default();
        }
        let Dials {
            adders,
            removers,
            ops,
            ..
        } = self.dials;
        self.staff.keep(adders, removers)?;
        let appends = self.dials.appends();
        if self.list.capacity() == appends {
            self.list.clear();
        } else {
            self.list = Arc::new(SharedList::new(appends));
        }
        if !self.dials.full_speed() {
            let round = self.round;
            self.lane.reliable_fact(Fact::Round {
                round,
                adders,
                removers,
                ops,
            });
        }
        Ok(self.draw(appends))
    }

    /// `count` numbers in random order, none twice: each is its own tag.
    fn draw(&mut self, count: usize) -> Vec<i64> {
        let greatest = i64::try_from(greatest(count)).unwrap_or(i64::MAX);
        self.numbers.clear();
        self.numbers.extend(1..=greatest);
        let (drawn, _) = self.numbers.partial_shuffle(&mut self.rng, count);
        drawn.to_vec()
    }

    /// All threads have come back: what did the round come to?
    fn come_together(&mut self, turns: &[Turn]) {
        if !self.dials.full_speed() {
            self.say(LaneEvent::Running);
        }
        let audit = self.audit(turns);
        let began = turns.iter().map(|turn| turn.began_ns).min().unwrap_or(0);
        let ended = turns.iter().map(|turn| turn.ended_ns).max().unwrap_or(0);
        self.run.add(&audit.counts, ended - began);
        if !self.turned {
            self.meter.add(&audit.counts, ended - began);
        }
        let roles: Vec<_> = self.staff.who().map(|who| who.role).collect();
        for turn in turns {
            for timed in &turn.timed {
                self.gauge.add(roles[turn.place], *timed);
            }
        }
        let last = self.stopped() || self.complete();
        let due = self.told.is_none_or(|told| told.elapsed() >= TELLING);
        let tell = last || due || !self.dials.full_speed();
        let new = audit.counts.anomaly() && self.found.is_none();
        if new || tell && self.found.is_none() {
            let conflicts = self.conflicts(turns);
            self.found = Some((self.round, audit, conflicts));
        }
        if tell {
            self.tell(last);
        }
    }

    fn audit(&mut self, turns: &[Turn]) -> Audit {
        self.ledger.open(greatest(self.list.capacity()));
        let mut counts = Counts::default();
        for op in turns.iter().flat_map(|turn| &turn.record) {
            match op.did {
                Did::Appended => {
                    counts.added += 1;
                    self.ledger.added(op.value);
                }
                Did::Removed => {
                    counts.removed += 1;
                    self.ledger.appears(op.value);
                }
                Did::FoundEmpty => counts.empty_pops += 1,
            }
        }
        self.final_list = self.list.values(usize::MAX);
        counts.left = self.final_list.len() as u64;
        for value in &self.final_list {
            self.ledger.appears(*value);
        }
        self.ledger.close(counts)
    }

    fn conflicts(&self, turns: &[Turn]) -> Conflicts {
        let records: Vec<_> = self
            .staff
            .who()
            .zip(turns)
            .map(|(who, turn)| Record {
                who,
                ops: &turn.record,
            })
            .collect();
        let last = self.list.stamp().by;
        conflicts(&records, last, CONFLICTS, |value| self.ledger.lost(value))
    }

    /// Tells the sums so far. At full speed they may get lost with a reader that is
    /// far behind, as the next ones hold them too; `last` ones never.
    fn tell(&mut self, last: bool) {
        let Some((round, audit, conflicts)) = self.found.take() else {
            return;
        };
        self.told = Some(Instant::now());
        self.tell_windows();
        let audited = Fact::Audited(Arc::new(Audited {
            round,
            audit,
            conflicts,
            list: shown(&self.list),
            threads: self.staff.counts(),
            run: self.run.tally(),
            meter: (!self.turned).then(|| self.meter.tally()),
            lock: LockTimes::of(&self.bench.lock.stats()),
        }));
        if last || !self.dials.full_speed() {
            self.lane.reliable_fact(audited);
        } else {
            self.lane.fact(audited);
            self.lane.flush();
        }
    }

    fn tell_progress(&mut self) {
        if self.grip.holds() {
            self.tell_held();
        } else if self.dials.full_speed() {
            self.lane.fact(Fact::Progress {
                threads: self.staff.counts(),
                list: shown(&self.list),
            });
            self.lane.flush();
        }
    }

    /// Between two live rounds, as long as the last audit needs to be read.
    fn rest(&mut self) {
        if !self.extent.live || self.dials.full_speed() {
            return;
        }
        let over = after((self.dials.pause * 4).min(LONGEST_REST));
        while !self.stopped() {
            select! {
                recv(over) -> _ => return,
                recv(self.orders) -> command => match command {
                    Ok(command) => self.obey(command),
                    Err(_) => self.orders = never(),
                },
                default(TELLING) => {}
            }
        }
    }
}

/// The greatest number that a round of so many appends draws from.
fn greatest(appends: usize) -> usize {
    appends.max(NUMBERS)
}
