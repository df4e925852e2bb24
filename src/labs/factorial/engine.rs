//! The engine as the lab holds it: starts the thread that submits, passes orders
//! on, and ends everything when dropped. See `submitter.rs` for what a run is.

use crossbeam_channel::{Sender, unbounded};

use super::plan::Plan;
use super::state::Fact;
use super::submitter::{Order, Submitter};
use crate::kit::recorder::Recorder;
use crate::kit::stop::Stop;
use crate::kit::threads::ThreadGroup;
use crate::lab::{Command, Settings};

/// A run of the lab. Dropping it stops the round and joins all threads.
#[derive(Debug)]
pub(super) struct Engine {
    /// Goes first: its end wakes the submitter.
    orders: Sender<Order>,
    settings: Settings,
    _crew: ThreadGroup,
}

impl Engine {
    pub(super) fn start(settings: &Settings, recorder: &Recorder<Fact>) -> Result<Self, String> {
        let plan = Plan::of(settings);
        plan.check()?;
        let live = settings.live;
        let (orders, inbox) = unbounded();
        let mut group = ThreadGroup::new("factorial", Stop::new());
        group
            .spawn("main", recorder, move |lane, stop| {
                Submitter::new(lane, inbox, plan, live).run(stop);
            })
            .map_err(|error| format!("no thread for the rounds: {error}"))?;
        Ok(Self {
            orders,
            settings: settings.clone(),
            _crew: group,
        })
    }

    pub(super) fn command(&mut self, command: Command) {
        let order = match command {
            Command::Set { key, value } => {
                self.settings.put(key, value);
                Order::Plan(Plan::of(&self.settings))
            }
            Command::Press { .. } => Order::Panic,
            Command::Enter { .. } => return,
        };
        // A run that is over wants no more orders.
        let _ = self.orders.send(order);
    }
}
