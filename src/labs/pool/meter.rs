//! The thread that measures: it lets the contenders take turns, looks for the
//! break-even, and on the screen goes on with a slow pulse on a living pool until
//! something else is to be measured.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, TryRecvError};

use super::break_even::Search;
use super::contend::{self, Trouble};
use super::engine::Interrupt;
use super::figures::{Contender, Mode, Sample};
use super::living::Living;
use super::peer;
use super::plan::Plan;
use super::processes::{self, Maker};
use super::state::Fact;
use crate::kit::event::{LaneEvent, Pause};
use crate::kit::load::{Load, Reading};
use crate::kit::python::Python;
use crate::kit::recorder::Lane;
use crate::kit::stop::Stop;
use crate::lab::Settings;
use crate::printable::Printable;

/// Between two rounds on the living pool.
const PULSE: Duration = Duration::from_secs(1);
/// An interruption is followed by the order that it was made for.
const ORDER: Duration = Duration::from_secs(1);

/// What the user asked for.
#[derive(Debug)]
pub(super) enum Order {
    Plan(Plan),
    Press(String),
}

/// Why measuring does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Break {
    /// Something else is to be measured.
    Again,
    Stop,
}

pub(super) struct Meter<'a> {
    lane: &'a Lane<Fact>,
    orders: Receiver<Order>,
    interrupt: Interrupt,
    plan: Plan,
    live: bool,
    maker: Maker,
    peer: Option<Python>,
    /// What the peer is was told already.
    introduced: bool,
    samples: Vec<Sample>,
    living: Option<Living>,
}

impl<'a> Meter<'a> {
    pub(super) fn new(
        lane: &'a Lane<Fact>,
        orders: Receiver<Order>,
        interrupt: Interrupt,
        plan: Plan,
        settings: &Settings,
    ) -> Self {
        Self {
            lane,
            orders,
            interrupt,
            plan,
            live: settings.live,
            maker: Maker::new(&settings.program),
            peer: None,
            introduced: false,
            samples: Vec::new(),
            living: None,
        }
    }

    pub(super) fn run(mut self, stop: &Stop) {
        while !stop.requested() {
            match self.measure() {
                Ok(()) | Err(Break::Stop) => break,
                Err(Break::Again) => self.living = None,
            }
        }
    }

    fn measure(&mut self) -> Result<(), Break> {
        self.lane.reliable_fact(Fact::Began {
            plan: self.plan.clone(),
        });
        let before = Reading::now();
        self.samples.clear();
        self.find_peer();
        self.prepare()?;
        for round in 1..=self.plan.repeat {
            for who in self.plan.turns(self.peer.is_some(), round) {
                self.turn(round, who)?;
            }
        }
        if self.plan.break_even {
            self.break_even()?;
        }
        self.load(before);
        if self.live {
            return self.pulse();
        }
        self.lane.reliable_fact(Fact::Done);
        Ok(())
    }

    /// What others used of the cores since then.
    fn load(&self, before: Option<Reading>) {
        let both = before.zip(Reading::now());
        let load = both.and_then(|(before, after)| Load::between(&before, &after));
        if let Some(load) = load {
            self.lane.reliable_fact(Fact::Load(load));
        }
    }

    fn turn(&mut self, round: usize, who: Contender) -> Result<(), Break> {
        let stop = self.begin(round, who)?;
        let run = match who.mode {
            Mode::Serial => contend::serial(&self.plan, &stop),
            Mode::Threads => contend::threads(&self.plan, who.size, self.lane, &stop),
            Mode::Processes => {
                processes::run(&self.plan, who.size, &self.maker, Some(self.lane), &stop)
            }
            Mode::Python => return self.peers_turn(round, who, &stop),
        };
        match run {
            Ok(sample) => self.note(sample),
            Err(trouble) => self.trouble(who, trouble)?,
        }
        Ok(())
    }

    /// All sizes, one after the other: CPython starts once for all of them.
    fn peers_turn(&mut self, round: usize, who: Contender, stop: &Stop) -> Result<(), Break> {
        let Some(python) = self.peer.clone() else {
            return Ok(());
        };
        match peer::run(&python, &self.plan, round, stop) {
            Ok(ran) => {
                self.introduce(Some(&ran.version), &ran.start, None);
                ran.samples.into_iter().for_each(|sample| self.note(sample));
            }
            Err(Trouble::Interrupted) => self.trouble(who, Trouble::Interrupted)?,
            Err(Trouble::Failed(why)) => {
                self.peer = None;
                self.introduce(None, "", Some(&why));
            }
        }
        Ok(())
    }

    fn begin(&mut self, round: usize, who: Contender) -> Result<Stop, Break> {
        let stop = self.interrupt.renew();
        self.check()?;
        self.lane.reliable_fact(Fact::Contending { round, who });
        Ok(stop)
    }

    fn note(&mut self, sample: Sample) {
        self.lane.reliable_fact(Fact::Measured(sample.clone()));
        self.samples.push(sample);
    }

    /// A run without a figure: void, or interrupted by an order.
    fn trouble(&mut self, who: Contender, trouble: Trouble) -> Result<(), Break> {
        match trouble {
            Trouble::Failed(why) => {
                self.lane.reliable_fact(Fact::Void {
                    who,
                    why: why.into(),
                });
                Ok(())
            }
            Trouble::Interrupted => self.interrupted(),
        }
    }

    fn interrupted(&mut self) -> Result<(), Break> {
        match self.orders.recv_timeout(ORDER) {
            Ok(order) => self.take(order),
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => Err(Break::Stop),
        }
    }

    /// What is started once beforehand is off every clock, and told.
    fn prepare(&mut self) -> Result<(), Break> {
        let stop = self.interrupt.renew();
        self.check()?;
        match self.maker.prepare(&self.plan, &stop) {
            Ok(None) => Ok(()),
            Ok(Some(served)) => {
                let took_ns = u64::try_from(served.took.as_nanos()).unwrap_or(u64::MAX);
                let pid = served.pid;
                self.lane.reliable_fact(Fact::Server { pid, took_ns });
                Ok(())
            }
            Err(Trouble::Interrupted) => self.interrupted(),
            Err(Trouble::Failed(why)) => {
                self.not_run("the fork server", &why);
                Ok(())
            }
        }
    }

    fn find_peer(&mut self) {
        self.peer = self.plan.python.then(Python::find).flatten();
        if self.plan.python && self.peer.is_none() {
            self.introduce(None, "", Some("there is no python3 on the path"));
        }
    }

    fn introduce(&mut self, version: Option<&Printable>, start: &str, why: Option<&str>) {
        if !self.introduced || why.is_some() {
            self.introduced = version.is_some();
            let (version, why) = (version.cloned(), why.map(Printable::from));
            self.lane.reliable_fact(Fact::Python {
                version,
                start: start.into(),
                why,
            });
        }
    }

    /// Looks for the work per task from which processes beat one thread.
    fn break_even(&mut self) -> Result<(), Break> {
        let Some(mut search) = Search::from(&self.plan, &self.samples) else {
            self.not_run(Search::NAME, "no pool of processes was measured");
            return Ok(());
        };
        while let Some(plan) = search.next() {
            let stop = self.interrupt.renew();
            self.check()?;
            let mut pairs = Vec::new();
            for round in 0..Search::REPEAT {
                let serial = || contend::serial(&plan, &stop);
                let processes = || processes::run(&plan, search.size(), &self.maker, None, &stop);
                // In turns: each begins every second round.
                let (serial, processes) = if round % 2 == 0 {
                    let serial = serial();
                    (serial, processes())
                } else {
                    let processes = processes();
                    (serial(), processes)
                };
                match (serial, processes) {
                    (Ok(serial), Ok(processes)) => {
                        pairs.push((serial.total_ns, processes.total_ns));
                    }
                    (Err(Trouble::Interrupted), _) | (_, Err(Trouble::Interrupted)) => {
                        self.interrupted()?;
                    }
                    (Err(Trouble::Failed(why)), _) | (_, Err(Trouble::Failed(why))) => {
                        self.not_run(Search::NAME, &why);
                        return Ok(());
                    }
                }
            }
            if let Some(tried) = search.note(&pairs) {
                self.lane.reliable_fact(Fact::Tried(tried));
            }
        }
        self.lane.reliable_fact(Fact::BreakEven(search.found()));
        Ok(())
    }

    fn not_run(&self, what: &str, why: &str) {
        self.lane.reliable_fact(Fact::NotRun {
            what: what.into(),
            why: why.into(),
        });
    }

    /// Until something else is to be measured: the same tasks on a living pool.
    fn pulse(&mut self) -> Result<(), Break> {
        loop {
            let stop = self.interrupt.renew();
            self.check()?;
            match self.beat(&stop) {
                Ok(()) => self.mourn(),
                Err(Trouble::Interrupted) => self.interrupted()?,
                Err(Trouble::Failed(why)) => {
                    self.living = None;
                    let text = format!("The living pool was given up and is made anew: {why}");
                    self.lane.reliable_fact(Fact::Outcome {
                        text: text.into(),
                        lost: self.plan.tasks(),
                    });
                }
            }
            self.rest()?;
        }
    }

    fn beat(&mut self, stop: &Stop) -> Result<(), Trouble> {
        let living = match self.living.take() {
            Some(living) => living,
            None => Living::start(&self.plan, &self.maker, self.lane, stop)?,
        };
        let living = self.living.insert(living);
        let beat = living.beat(&self.plan, stop)?;
        let right = self.plan.squares().eq(beat.results);
        let every_ns = u64::try_from(PULSE.as_nanos()).unwrap_or(u64::MAX);
        self.lane.reliable_fact(Fact::Pulse {
            size: living.size(),
            took_ns: beat.took_ns,
            right,
            every_ns,
        });
        Ok(())
    }

    fn mourn(&mut self) {
        if let Some((text, lost)) = self.living.as_mut().and_then(Living::mourn) {
            self.lane.reliable_fact(Fact::Outcome { text, lost });
        }
    }

    /// The pause between two rounds on the living pool.
    fn rest(&mut self) -> Result<(), Break> {
        let for_ns = u64::try_from(PULSE.as_nanos()).unwrap_or(u64::MAX);
        self.lane.emit(LaneEvent::Sleeping {
            pause: Pause::Pace,
            for_ns,
        });
        self.lane.flush();
        let deadline = Instant::now() + PULSE;
        loop {
            match self.orders.recv_deadline(deadline) {
                Ok(order) => self.take(order)?,
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => return Err(Break::Stop),
            }
        }
    }

    /// Takes all orders that have come.
    fn check(&mut self) -> Result<(), Break> {
        loop {
            match self.orders.try_recv() {
                Ok(order) => self.take(order)?,
                Err(TryRecvError::Empty) => return Ok(()),
                Err(TryRecvError::Disconnected) => return Err(Break::Stop),
            }
        }
    }

    fn take(&mut self, order: Order) -> Result<(), Break> {
        match order {
            Order::Press(id) => self.kill(&id),
            Order::Plan(plan) => {
                let same = plan.same_measurement(&self.plan);
                self.plan = plan;
                if !same {
                    return Err(Break::Again);
                }
                self.lane.reliable_fact(Fact::Moved {
                    plan: self.plan.clone(),
                });
            }
        }
        Ok(())
    }

    /// `kill:PID:SIGNAL`, to a worker of the living pool and to nobody else.
    fn kill(&self, id: &str) {
        let Some((pid, signal)) = id.strip_prefix("kill:").and_then(|id| id.split_once(':')) else {
            return;
        };
        let killed = self
            .living
            .as_ref()
            .and_then(|living| living.kill(pid, signal));
        self.lane.reliable_fact(killed.unwrap_or_else(|| {
            let text = format!("process {pid} is no worker of the living pool any more");
            Fact::Outcome {
                text: text.into(),
                lost: 0,
            }
        }));
    }
}
