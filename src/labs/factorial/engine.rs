//! The engine as the lab holds it: starts the thread that submits, passes commands
//! on, and ends everything when dropped. See `submitter.rs` for what a run is.

use crossbeam_channel::{Sender, unbounded};

use super::plan::Plan;
use super::state::Fact;
use super::submitter::{PoolCommand, Submitter};
use crate::kit::recorder::Recorder;
use crate::kit::stop::Stop;
use crate::kit::threads::ThreadGroup;
use crate::lab::{Command, Settings};

/// A run of the lab. Dropping it stops the round and joins all threads.
#[derive(Debug)]
pub struct Engine {
    /// Goes first: its end wakes the submitter.
    commands: Sender<PoolCommand>,
    settings: Settings,
    _group: ThreadGroup,
}

impl Engine {
    pub fn start(settings: &Settings, recorder: &Recorder<Fact>) -> Result<Self, String> {
        let plan = Plan::of(settings);
        plan.check()?;
        let live = settings.live;
        let (commands, receiver) = unbounded();
        let mut group = ThreadGroup::new("factorial", Stop::new());
        group
            .spawn("main", recorder, move |lane, stop| {
                Submitter::new(lane, receiver, plan, live).run(stop);
            })
            .map_err(|error| format!("no thread for the rounds: {error}"))?;
        Ok(Self { commands, settings: settings.clone(), _group: group })
    }

    pub fn command(&mut self, command: Command) {
        let command = match command {
            Command::Set { key, value } => {
                self.settings.put_value(key, value);
                PoolCommand::Plan(Plan::of(&self.settings))
            }
            Command::Press { .. } => PoolCommand::Panic,
            Command::Enter { .. } => return,
        };
        // The thread may have ended already; then the command has no effect.
        let _ = self.commands.send(command);
    }
}
