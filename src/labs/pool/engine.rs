//! The engine as the lab holds it: starts the thread that measures, passes commands
//! on, interrupts it when they cannot wait, and ends everything when dropped. See
//! `benchmark.rs` for what a run is.

use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Sender, unbounded};

use super::benchmark::{Benchmark, BenchmarkCommand};
use super::plan::Plan;
use super::state::Fact;
use crate::kit::event::{LaneId, What};
use crate::kit::recorder::Recorder;
use crate::kit::stop::Stop;
use crate::kit::threads::ThreadGroup;
use crate::lab::{Command, Settings};

/// A run of the lab. Dropping it ends the measurement, all workers and all threads.
#[derive(Debug)]
pub struct Engine {
    /// `None` once the run is to end.
    commands: Option<Sender<BenchmarkCommand>>,
    interrupt: Interrupt,
    recorder: Recorder<Fact>,
    plan: Plan,
    settings: Settings,
    _group: ThreadGroup,
}

/// The lane of the thread that measures: it opens the first one of the run.
const MAIN_LANE: LaneId = LaneId(0);

/// Ends what is being measured right now, so that a new order need not wait for it.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    current: Arc<Mutex<Stop>>,
}

impl Interrupt {
    /// A request of its own for what is measured next.
    pub fn renew(&self) -> Stop {
        let fresh = Stop::new();
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = fresh.clone();
        fresh
    }

    fn request(&self) {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).request();
    }
}

impl Engine {
    pub fn start(settings: &Settings, recorder: &Recorder<Fact>) -> Result<Self, String> {
        let plan = Plan::of(settings);
        plan.check()?;
        let (commands, receiver) = unbounded();
        let interrupt = Interrupt::default();
        let mut group = ThreadGroup::new("pool", Stop::new());
        let (benchmark_plan, renew, own) = (plan.clone(), interrupt.clone(), settings.clone());
        group
            .spawn("main", recorder, move |lane, stop| {
                Benchmark::new(lane, receiver, renew, benchmark_plan, &own).run(stop);
            })
            .map_err(|error| format!("no thread to measure on: {error}"))?;
        Ok(Self {
            commands: Some(commands),
            interrupt,
            recorder: recorder.clone(),
            plan,
            settings: settings.clone(),
            _group: group,
        })
    }

    pub fn command(&mut self, command: Command) {
        match command {
            Command::Set { key, value } => {
                self.settings.put_value(key, value);
                self.change_plan(Plan::of(&self.settings));
            }
            Command::Press { id } => self.send(BenchmarkCommand::Press(id)),
            Command::Enter { .. } => {}
        }
    }

    fn change_plan(&mut self, plan: Plan) {
        if let Err(why) = plan.check() {
            self.emit(Fact::Outcome { text: why.into(), lost: 0 });
            return;
        }
        let same = plan.same_measurement(&self.plan);
        self.plan.clone_from(&plan);
        if same {
            // Only the picture changes, and that at once, whatever is being measured.
            self.emit(Fact::TimingChanged { plan: plan.clone() });
        }
        // The command is sent first: the interrupted thread looks for it.
        self.send(BenchmarkCommand::Plan(plan));
        if !same {
            self.interrupt.request();
        }
    }

    fn send(&self, command: BenchmarkCommand) {
        if let Some(commands) = &self.commands {
            // A run that is over wants no more orders.
            let _ = commands.send(command);
        }
    }

    fn emit(&self, fact: Fact) {
        self.recorder.emit_reliable(MAIN_LANE, What::Fact(fact));
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // In this order: the interrupted thread checks whether the channel is closed.
        self.commands = None;
        self.interrupt.request();
    }
}
