//! The main thread of the experiment, which is the driver: it runs the rounds, and audits
//! each when all threads have returned their batches. During a round it waits for
//! batches, for commands and for the time of the next report; it never waits for the
//! screen, so events that are not essential may be dropped.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::select;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::SharedListLab;
use super::experiment::audit::{Audit, Counts, Ledger};
use super::experiment::history::{Conflicts, ThreadRecord, conflicts};
use super::experiment::op::OpKind;
use super::experiment::shared::SharedList;
use super::experiment::stepper::{self, Stepper};
use super::experiment::tally::Meter;
use super::experiment::windows::{self, LockTimes, Window, WindowSamples, Windows};
use super::experiment::worker::{Batch, Controls, snapshot};
use super::experiment::workers::Workers;
use super::facts::{Audited, Fact, Measured};
use super::settings::{ListSettings, ROUNDS, break_after};
use crate::kit::event::LaneEvent;
use crate::kit::lock::Lock;
use crate::kit::recorder::Lane;
use crate::kit::step::{self, StepController, StepDelay, Switch};
use crate::kit::stop::Stop;
use crate::lab::{Interrupt, Session, Settings};

mod commands;
#[cfg(test)]
mod tests;

/// Interval between two reports at full speed, where a round may take microseconds: as
/// much as a person can read, and little disturbance of the experiment.
const REPORT_INTERVAL: Duration = Duration::from_millis(50);
/// Most conflicts of a round that an audit names; it counts all.
const CONFLICTS: usize = 8;
/// Size of the range from which the exercise draws its numbers.
const NUMBERS: usize = 99;
/// Fewest timed operations of each kind for which the window is reported. Below it, one
/// operation that lost its core would decide the figure.
const ENOUGH: usize = 16;

/// Runs the rounds, and emits in the end what the list holds. A round that was stopped is
/// audited like any other, so the last list is reported in every case, also after a
/// failure. Only then does the stop become the result.
pub fn run(session: &mut Session<'_, SharedListLab>) -> Result<(), Interrupt> {
    let lane = session.lane();
    let mut driver = Driver::new(session.settings(), session.stop(), lane);
    lane.reliable_fact(Fact::Settings(driver.settings));
    let failure = match driver.rounds(session) {
        Err(Interrupt::Failed(why)) => Some(why),
        Ok(()) | Err(Interrupt::Stopped | Interrupt::Changed) => None,
    };
    // Joined before the last event, so nothing follows it and its list is final.
    drop(driver.workers);
    lane.reliable_fact(Fact::End { final_list: driver.final_list.into(), failure });
    session.check()
}

struct Driver<'a> {
    settings: ListSettings,
    /// After this round the run ends; a live run goes on until it is stopped.
    last_round: u64,
    live: bool,
    lane: &'a Lane<Fact>,
    controls: Arc<Controls>,
    stepper: Stepper,
    workers: Workers,
    list: Arc<SharedList>,
    rng: StdRng,
    /// All numbers that may be appended in a round; kept for its memory.
    numbers: Vec<i64>,
    ledger: Ledger,
    window_samples: WindowSamples,
    clock_cost: f64,
    /// Windows on this thread, each time after a sleep; measured once.
    slept: Option<Windows>,
    run: Meter,
    /// Sums since a setting was last changed, as a loss rate is that of one setting.
    meter: Meter,
    /// A setting was changed during this round, which therefore belongs to neither
    /// setting: the meter leaves it out and starts again with the next one.
    settings_changed: bool,
    round: u64,
    /// The round to show in the next report: the first with an anomaly since the last
    /// report, or else the latest. At full speed most rounds are never shown, and a rare
    /// anomaly must not be among them.
    pending_audit: Option<(u64, Audit, Conflicts)>,
    last_report: Option<Instant>,
    final_list: Vec<i64>,
}

impl<'a> Driver<'a> {
    fn new(of: &Settings, stop: &Stop, lane: &'a Lane<Fact>) -> Self {
        let settings = ListSettings::of(of);
        let controls = Arc::new(Controls {
            controller: StepController::new(stop.clone(), stepper::free_mode(&settings)),
            lock: Lock::new("lock"),
            lock_on: Switch::new(settings.lock),
            pause: StepDelay::new(settings.pause),
            window: step::RaceWindow::new(settings.window),
        });
        let cost = windows::clock_cost(|| lane.recorder().clock().now());
        Self {
            settings,
            last_round: of.get(ROUNDS),
            live: of.live,
            rng: StdRng::seed_from_u64(of.seed),
            lane,
            workers: Workers::new(Arc::clone(&controls), lane.recorder().clone(), cost),
            stepper: Stepper::new(&controls.controller),
            controls,
            list: Arc::new(SharedList::new(settings.appends())),
            numbers: Vec::new(),
            ledger: Ledger::default(),
            window_samples: WindowSamples::default(),
            clock_cost: cost,
            slept: None,
            run: Meter::default(),
            meter: Meter::default(),
            settings_changed: false,
            round: 0,
            pending_audit: None,
            last_report: None,
            final_list: Vec::new(),
        }
    }

    /// Runs all rounds; a live run continues until stop is requested.
    fn rounds(&mut self, session: &mut Session<'_, SharedListLab>) -> Result<(), Interrupt> {
        loop {
            self.round(session)?;
            session.check()?;
            if self.complete() {
                return Ok(());
            }
            self.wait_between_rounds(session)?;
        }
    }

    /// Emits the time between load and store, as far as it was measured. May be dropped:
    /// the next report contains the same figures.
    fn emit_windows(&mut self) {
        let slept = *self.slept.get_or_insert_with(|| {
            let stop = self.controls.controller.stop();
            let now = || self.lane.recorder().clock().now();
            windows::after_sleep(now, self.clock_cost, stop)
        });
        let running = self.window_samples.windows();
        let enough = |window: &Window| {
            let natural = window.natural_ns;
            natural.is_some_and(|of| of.samples >= ENOUGH)
        };
        // Both or neither: the finding adds the two.
        let running = (enough(&running.append) && enough(&running.remove)).then_some(running);
        let measured = Measured { slept, running };
        self.lane.fact(Fact::Measured(Box::new(measured)));
        self.lane.flush();
    }

    fn emit_now(&self, what: LaneEvent) {
        self.lane.emit(what);
        self.lane.flush();
    }

    fn stopped(&self) -> bool {
        self.controls.controller.stop().requested()
    }

    fn complete(&self) -> bool {
        !self.live && self.round == self.last_round
    }

    /// One round from the empty list to the audit. A stop ends its threads, which return
    /// what they have; that is audited as well. Fails if a thread cannot be started, or
    /// panicked and took its batch with it.
    fn round(&mut self, session: &mut Session<'_, SharedListLab>) -> Result<(), Interrupt> {
        self.take_commands(session);
        let values = self.prepare()?;
        let ops = self.settings.ops as usize;
        let threads = self.workers.who().len();
        let returned = self.workers.assign(&self.list, ops, &values);
        // At full speed this waits for the first audit: no thread runs then that it would
        // disturb.
        if self.slept.is_none() && !self.settings.full_speed() {
            // There is time enough while the threads pause.
            self.emit_windows();
        }
        if !self.settings.full_speed() {
            self.emit_now(LaneEvent::Idle);
        }
        let mut batches = Vec::with_capacity(threads);
        while batches.len() < threads {
            select! {
                recv(returned) -> batch => batches.push(batch.map_err(|_| {
                    let why = "a thread of the round ended before its batch";
                    Interrupt::Failed(why.to_owned())
                })?),
                recv(session.ready()) -> _ => self.take_commands(session),
                default(self.poll_interval()) => self.emit_progress(),
            }
        }
        self.finish_round(&mut batches);
        self.workers.recycle(batches);
        Ok(())
    }

    /// Adapts threads and list to the settings; returns the values to append.
    fn prepare(&mut self) -> Result<Vec<i64>, Interrupt> {
        self.round += 1;
        if std::mem::take(&mut self.settings_changed) {
            self.meter = Meter::default();
        }
        // Of a round that is stepped, times mean nothing.
        self.settings_changed = self.stepper.is_active();
        let ListSettings { adders, removers, ops, .. } = self.settings;
        self.workers.resize(adders, removers)?;
        let appends = self.settings.appends();
        if self.list.capacity() == appends {
            self.list.clear();
        } else {
            self.list = Arc::new(SharedList::new(appends));
        }
        if !self.settings.full_speed() {
            let round = self.round;
            self.lane.reliable_fact(Fact::Round { round, adders, removers, ops });
        }
        Ok(self.draw(appends))
    }

    /// `count` numbers in random order, none twice: each is its own tag, so the audit
    /// finds out what became of it without a mark in the data.
    fn draw(&mut self, count: usize) -> Vec<i64> {
        let greatest = i64::try_from(greatest(count)).unwrap_or(i64::MAX);
        self.numbers.clear();
        self.numbers.extend(1..=greatest);
        let (drawn, _) = self.numbers.partial_shuffle(&mut self.rng, count);
        drawn.to_vec()
    }

    /// Audits the round after all threads have returned their batches, adds it to the
    /// sums, and reports it if that is due: at human pace always, at full speed after an
    /// interval.
    fn finish_round(&mut self, batches: &mut [Batch]) {
        // As the versions number the threads: batches return in the order in which they
        // finish.
        batches.sort_by_key(|batch| batch.index);
        if !self.settings.full_speed() {
            self.emit_now(LaneEvent::Running);
        }
        let audit = self.audit(batches);
        let began = batches.iter().map(|batch| batch.began_ns).min().unwrap_or(0);
        let ended = batches.iter().map(|batch| batch.ended_ns).max().unwrap_or(0);
        self.run.add(&audit.counts, ended - began);
        // Not reported of a round in which a setting was changed, and empty after it.
        self.meter.add(&audit.counts, ended - began);
        let roles: Vec<_> = self.workers.who().map(|who| who.role).collect();
        for batch in &*batches {
            for timed in &batch.timed {
                self.window_samples.add(roles[batch.index], *timed);
            }
        }
        let last = self.stopped() || self.complete();
        let due = self.last_report.is_none_or(|at| at.elapsed() >= REPORT_INTERVAL);
        let report = last || due || !self.settings.full_speed();
        let new = audit.counts.anomaly() && self.pending_audit.is_none();
        if new || report && self.pending_audit.is_none() {
            let conflicts = self.conflicts(batches);
            self.pending_audit = Some((self.round, audit, conflicts));
        }
        if report {
            self.emit_audit(last);
        }
    }

    /// Counts by the records and the list alone. Events may have been dropped, and
    /// counters that the threads keep beside their work could repeat the mistake that it
    /// is to find.
    fn audit(&mut self, batches: &[Batch]) -> Audit {
        self.ledger.open(greatest(self.list.capacity()));
        let mut counts = Counts::default();
        for op in batches.iter().flat_map(|batch| &batch.record) {
            match op.kind {
                OpKind::Appended => {
                    counts.added += 1;
                    self.ledger.added(op.value);
                }
                OpKind::Removed => {
                    counts.removed += 1;
                    counts.moved += u64::from(op.read.length.saturating_sub(1));
                    self.ledger.appears(op.value);
                }
                OpKind::FoundEmpty => counts.empty_pops += 1,
            }
        }
        self.final_list = self.list.values(usize::MAX);
        counts.left = self.final_list.len() as u64;
        for value in &self.final_list {
            self.ledger.appears(*value);
        }
        self.ledger.close(counts)
    }

    /// Of the round that was audited last: the ledger still holds its values, and as no
    /// thread works on the list, its stamp is that of the round's last store.
    fn conflicts(&self, batches: &[Batch]) -> Conflicts {
        let records: Vec<_> = self
            .workers
            .who()
            .zip(batches)
            .map(|(who, batch)| ThreadRecord { who, ops: &batch.record })
            .collect();
        let last = self.list.stamp().by;
        conflicts(&records, last, CONFLICTS, |value| self.ledger.lost(value))
    }

    /// Emits the pending audit with the sums so far. At full speed the event may be
    /// dropped if the reader is far behind, because the next one contains the same sums;
    /// the `last` one is emitted reliably. Sums and list are always the latest, whatever
    /// round the audit is of.
    fn emit_audit(&mut self, last: bool) {
        let Some((round, audit, conflicts)) = self.pending_audit.take() else {
            return;
        };
        self.last_report = Some(Instant::now());
        self.emit_windows();
        let audited = Fact::Audited(Arc::new(Audited {
            round,
            audit,
            conflicts,
            list: snapshot(&self.list),
            threads: self.workers.counts(),
            run: self.run.tally(),
            meter: (!self.settings_changed).then(|| self.meter.tally()),
            lock: LockTimes::of(&self.controls.lock.stats()),
        }));
        if last || !self.settings.full_speed() {
            self.lane.reliable_fact(audited);
        } else {
            self.lane.fact(audited);
            self.lane.flush();
        }
    }

    /// In the middle of a round. At human pace the threads report each operation
    /// themselves.
    fn emit_progress(&mut self) {
        if self.stepper.is_active() {
            self.emit_stepper();
        } else if self.settings.full_speed() {
            self.lane.fact(Fact::Progress {
                threads: self.workers.counts(),
                list: snapshot(&self.list),
            });
            self.lane.flush();
        }
    }

    /// Between two live rounds, as long as the last audit needs to be read.
    fn wait_between_rounds(
        &mut self,
        session: &mut Session<'_, SharedListLab>,
    ) -> Result<(), Interrupt> {
        if self.live && !self.settings.full_speed() {
            let end = Instant::now() + break_after(self.settings.pause);
            while let Some(command) = session.command_until(end)? {
                self.handle(&command, session.settings());
            }
        }
        Ok(())
    }
}

/// The greatest number that a round with this many appends draws from.
fn greatest(appends: usize) -> usize {
    appends.max(NUMBERS)
}
