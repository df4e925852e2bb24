//! Commands of the user: changed settings, guesses, step mode.

use std::time::Duration;

use super::super::SharedListLab;
use super::super::experiment::stepper;
use super::super::experiment::worker::snapshot;
use super::super::facts::Fact;
use super::super::settings::ListCommand;
use super::{Driver, ListSettings, REPORT_INTERVAL};
use crate::lab::{Command, Session, Settings};

impl Driver<'_> {
    /// Time until the driver polls again for something to report.
    pub fn poll_interval(&self) -> Duration {
        if self.stepper.is_active() { stepper::POLL_INTERVAL } else { REPORT_INTERVAL }
    }

    /// Executes all commands that have come.
    pub fn take_commands(&mut self, session: &mut Session<'_, SharedListLab>) {
        while let Ok(Some(command)) = session.try_command() {
            self.handle(&command, session.settings());
        }
    }

    /// Executes a command; `all` are the settings with its change.
    pub fn handle(&mut self, command: &Command<ListCommand>, all: &Settings) {
        match command {
            Command::Set { .. } => {
                let settings = ListSettings::of(all);
                if settings != self.settings {
                    self.settings = settings;
                    self.apply_settings();
                }
            }
            Command::Do(command) => self.execute(*command),
        }
    }

    /// Executes a command of this lab.
    pub fn execute(&mut self, command: ListCommand) {
        match command {
            ListCommand::Guess(of_thousand) => {
                return self.lane.reliable_fact(Fact::Guess { of_thousand });
            }
            ListCommand::Pause => {
                self.stepper.toggle(stepper::free_mode(&self.settings));
                self.settings_changed = true;
                if !self.stepper.is_active() {
                    self.lane.reliable_fact(Fact::Stepper(None));
                }
            }
            ListCommand::Step(who) => {
                if self.workers.who().any(|known| known == who) {
                    self.stepper.step(who);
                }
            }
            ListCommand::Finish => self.stepper.finish(&self.workers.counts()),
        }
        if self.stepper.is_active() {
            self.emit_stepper();
        }
    }

    /// Emits the state of the stepped threads, if it has changed since the last event.
    pub fn emit_stepper(&mut self) {
        self.stepper.continue_finishing(&self.workers.counts());
        let changed = self.stepper.snapshot_if_changed(self.workers.who(), || snapshot(&self.list));
        if let Some(snapshot) = changed {
            self.lane.reliable_fact(Fact::Stepper(Some(Box::new(snapshot))));
        }
    }

    fn apply_settings(&mut self) {
        self.settings_changed = true;
        self.controls.lock_on.set(self.settings.lock);
        self.controls.window.set(self.settings.window);
        self.controls.pause.set(self.settings.pause);
        let mode = stepper::free_mode(&self.settings);
        if !self.stepper.is_active() && self.controls.controller.mode() != mode {
            self.controls.controller.set_mode(mode);
        }
        self.lane.reliable_fact(Fact::Settings(self.settings));
    }
}
