//! The engine as the lab holds it: starts the thread that measures, passes orders
//! on, interrupts it when they cannot wait, and ends everything when dropped. See
//! `meter.rs` for what a run is.

use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Sender, unbounded};

use super::meter::{Meter, Order};
use super::plan::Plan;
use super::state::Fact;
use crate::kit::event::{LaneId, What};
use crate::kit::recorder::Recorder;
use crate::kit::stop::Stop;
use crate::kit::threads::ThreadGroup;
use crate::lab::{Command, Settings};

/// A run of the lab. Dropping it ends the measurement, all workers and all threads.
#[derive(Debug)]
pub(super) struct Engine {
    /// `None` once the run is to end.
    orders: Option<Sender<Order>>,
    interrupt: Interrupt,
    recorder: Recorder<Fact>,
    plan: Plan,
    settings: Settings,
    _crew: ThreadGroup,
}

/// The lane of the thread that measures: it opens the first one of the run.
const METER: LaneId = LaneId(0);

/// Ends what is being measured right now, so that a new order need not wait for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt {
    current: Arc<Mutex<Stop>>,
}

impl Interrupt {
    /// A request of its own for what is measured next.
    pub(super) fn renew(&self) -> Stop {
        let fresh = Stop::new();
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = fresh.clone();
        fresh
    }

    fn request(&self) {
        self.current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .request();
    }
}

impl Engine {
    pub(super) fn start(settings: &Settings, recorder: &Recorder<Fact>) -> Result<Self, String> {
        let plan = Plan::of(settings);
        plan.check()?;
        let (orders, inbox) = unbounded();
        let interrupt = Interrupt::default();
        let mut group = ThreadGroup::new("pool", Stop::new());
        let (meter_plan, renew, own) = (plan.clone(), interrupt.clone(), settings.clone());
        group
            .spawn("main", recorder, move |lane, stop| {
                Meter::new(lane, inbox, renew, meter_plan, &own).run(stop);
            })
            .map_err(|error| format!("no thread to measure on: {error}"))?;
        Ok(Self {
            orders: Some(orders),
            interrupt,
            recorder: recorder.clone(),
            plan,
            settings: settings.clone(),
            _crew: group,
        })
    }

    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::Set { key, value } => {
                self.settings.put(key, value);
                self.turn_to(Plan::of(&self.settings));
            }
            Command::Press { id } => self.order(Order::Press(id)),
            Command::Enter { .. } => {}
        }
    }

    fn turn_to(&mut self, plan: Plan) {
        if let Err(why) = plan.check() {
            self.say(Fact::Outcome {
                text: why.into(),
                lost: 0,
            });
            return;
        }
        let same = plan.same_measurement(&self.plan);
        self.plan.clone_from(&plan);
        if same {
            // Only the picture changes, and that at once, whatever is being measured.
            self.say(Fact::Moved { plan: plan.clone() });
        }
        // The order goes first: who is interrupted looks for it.
        self.order(Order::Plan(plan));
        if !same {
            self.interrupt.request();
        }
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // A run that is over wants no more orders.
            let _ = orders.send(order);
        }
    }

    fn say(&self, fact: Fact) {
        self.recorder.emit_reliable(METER, What::Fact(fact));
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // In this order: who is interrupted looks whether any orders can still come.
        self.orders = None;
        self.interrupt.request();
    }
}
