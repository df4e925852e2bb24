//! The engine as the lab holds it: starts the conductor, passes commands on, and
//! ends everything when dropped. See `conductor.rs` for what a run is.

use std::thread::JoinHandle;

use crossbeam_channel::{Sender, unbounded};

use super::conductor::Conductor;
use super::dials::Dials;
use super::state::Fact;
use crate::kit::probe::Probe;
use crate::kit::stop::Stop;
use crate::lab::{Command, Settings};

/// A run of the experiment. Dropping it stops and joins all of its threads.
#[derive(Debug)]
pub(super) struct Engine {
    stop: Stop,
    commands: Sender<Command>,
    conductor: Option<JoinHandle<()>>,
}

/// How long a run goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// Rounds until it ends; a live run goes on until it is stopped.
    pub(super) rounds: u64,
    pub(super) live: bool,
    pub(super) seed: u64,
}

impl Engine {
    pub(super) fn start(settings: &Settings, probe: Probe<Fact>) -> Result<Self, String> {
        let (commands, orders) = unbounded();
        let stop = Stop::new();
        let dials = Dials::of(settings);
        let extent = Extent {
            rounds: settings.number("rounds"),
            live: settings.live,
            seed: settings.seed,
        };
        let halt = stop.clone();
        let conductor = std::thread::Builder::new()
            .name("main".to_owned())
            .spawn(move || Conductor::new(dials, extent, halt, &probe, orders).run())
            .map_err(|why| format!("list: no thread for the rounds: {why}"))?;
        Ok(Self {
            stop,
            commands,
            conductor: Some(conductor),
        })
    }

    pub(super) fn command(&self, command: Command) {
        // A run that is over wants no more commands.
        let _ = self.commands.send(command);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop.request();
        if let Some(conductor) = self.conductor.take() {
            let _ = conductor.join();
        }
    }
}
