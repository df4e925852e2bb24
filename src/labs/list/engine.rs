//! The engine as the lab holds it: starts the driver, passes commands on, and
//! ends everything when dropped. See `driver.rs` for what a run is.

use crossbeam_channel::{Sender, unbounded};

use super::driver::Driver;
use super::fact::Fact;
use crate::kit::recorder::Recorder;
use crate::kit::stop::Stop;
use crate::kit::threads::ThreadGroup;
use crate::lab::{Command, Settings};

/// A run of the experiment. Dropping it stops and joins all of its threads.
#[derive(Debug)]
pub struct Engine {
    commands: Sender<Command>,
    _group: ThreadGroup,
}

/// The name of the lane that conducts, as Python calls its first thread.
pub const MAIN: &str = "main";

impl Engine {
    pub fn start(settings: &Settings, recorder: &Recorder<Fact>) -> Result<Self, String> {
        let (commands, receiver) = unbounded();
        let settings = settings.clone();
        let mut group = ThreadGroup::new("list", Stop::new());
        group
            .spawn(MAIN, recorder, move |lane, stop| {
                Driver::new(settings, stop, lane, receiver).run();
            })
            .map_err(|why| format!("no thread for the rounds: {why}"))?;
        Ok(Self { commands, _group: group })
    }

    pub fn command(&self, command: Command) {
        // A run that is over wants no more commands.
        let _ = self.commands.send(command);
    }
}
