//! The engine as the lab holds it: starts the thread that measures, passes orders
//! on, interrupts it when they cannot wait, and ends everything when dropped. See
//! `meter.rs` for what a run is.

use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Sender, unbounded};

use super::meter::{Meter, Order};
use super::plan::Plan;
use super::state::Fact;
use crate::kit::crew::Crew;
use crate::kit::probe::Probe;
use crate::kit::stop::Stop;
use crate::lab::{Command, Settings};

/// A run of the lab. Dropping it ends the measurement, all workers and all threads.
#[derive(Debug)]
pub(super) struct Engine {
    /// Goes first: its end wakes the thread that measures.
    orders: Sender<Order>,
    interrupt: Interrupt,
    plan: Plan,
    settings: Settings,
    _crew: Crew,
}

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
    pub(super) fn start(settings: &Settings, probe: &Probe<Fact>) -> Result<Self, String> {
        let plan = Plan::of(settings);
        plan.check()?;
        let (orders, inbox) = unbounded();
        let interrupt = Interrupt::default();
        let mut crew = Crew::new("pool", Stop::new());
        let (meter_plan, renew, own) = (plan.clone(), interrupt.clone(), settings.clone());
        crew.spawn("main", probe, move |lane, stop| {
            Meter::new(lane, inbox, renew, meter_plan, &own).run(stop);
        })
        .map_err(|error| format!("no thread to measure on: {error}"))?;
        Ok(Self {
            orders,
            interrupt,
            plan,
            settings: settings.clone(),
            _crew: crew,
        })
    }

    pub(super) fn command(&mut self, command: Command) {
        let order = match command {
            Command::Set { key, value } => {
                self.settings.put(key, value);
                Order::Plan(Plan::of(&self.settings))
            }
            Command::Press { id } => Order::Press(id),
            Command::Enter { .. } => return,
        };
        let other = match &order {
            Order::Plan(plan) => !plan.same_measurement(&self.plan),
            Order::Press(_) => false,
        };
        if let Order::Plan(plan) = &order {
            self.plan.clone_from(plan);
        }
        // The order goes first: who is interrupted looks for it. A run that is over
        // wants no more orders.
        let _ = self.orders.send(order);
        if other {
            self.interrupt.request();
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.interrupt.request();
    }
}
