//! Commands of the user: changed settings, guesses, step mode.
//!
//! A setting that the threads read at their next operation (lock, window, pause) takes
//! effect during the round; the number of threads and operations with the next round,
//! because a round's values and its list are made for it.

use std::time::Duration;

use super::super::SharedListLab;
use super::super::experiment::stepper;
use super::super::experiment::worker::snapshot;
use super::super::facts::Fact;
use super::super::settings::ListCommand;
use super::{Driver, ListSettings, REPORT_INTERVAL};
use crate::lab::{Command, Session, Settings};

impl Driver<'_> {
    /// Time until the driver polls again for something to report. A step that the user
    /// takes should show in the next frame; otherwise the calm interval is enough.
    pub fn poll_interval(&self) -> Duration {
        if self.stepper.is_active() { stepper::POLL_INTERVAL } else { REPORT_INTERVAL }
    }

    /// Executes all commands that are queued. Never waits. A stop is left to the next
    /// check: the threads see it themselves.
    pub fn take_commands(&mut self, session: &mut Session<'_, SharedListLab>) {
        while let Ok(Some(command)) = session.try_command() {
            self.handle(&command, session.settings());
        }
    }

    /// Executes a command; `all` are the settings with its change. Setting a value to
    /// what it is has no effect: it would start the meter again.
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

    /// Executes a command of this lab. Commands that are not possible now, such as a step
    /// of a thread that has ended meanwhile, are ignored: the key was pressed before the
    /// screen could show it.
    pub fn execute(&mut self, command: ListCommand) {
        match command {
            ListCommand::Guess(of_thousand) => {
                return self.lane.reliable_fact(Fact::Guess { of_thousand });
            }
            ListCommand::Pause => {
                self.stepper.toggle(stepper::free_mode(&self.settings));
                // Times and rates of a round in which the threads were paused mean
                // nothing.
                self.settings_changed = true;
                if !self.stepper.is_active() {
                    self.lane.reliable_fact(Fact::Stepper { stepped: None });
                }
            }
            ListCommand::Step(who) => {
                // The stepper looks threads up by name and keeps those that have ended.
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
    /// Also takes the next step of an operation that the user lets finish, so it must be
    /// called on every poll.
    pub fn emit_stepper(&mut self) {
        self.stepper.continue_finishing(&self.workers.counts());
        let changed = self.stepper.snapshot_if_changed(self.workers.who(), || snapshot(&self.list));
        if let Some(snapshot) = changed {
            self.lane.reliable_fact(Fact::Stepper { stepped: Some(Box::new(snapshot)) });
        }
    }

    /// Puts changed settings in force: stores them where the threads read them, and emits
    /// them afterwards, so the screen never shows a setting that no thread could see yet.
    fn apply_settings(&mut self) {
        self.settings_changed = true;
        self.controls.lock_on.set(self.settings.lock);
        self.controls.window.set(self.settings.window);
        self.controls.pause.set(self.settings.pause);
        // While the threads are paused the mode stays: resuming chooses it by the
        // settings of that moment. A mode that is not changed is not set, because setting
        // it sends every thread of the process through the slow path once.
        let mode = stepper::free_mode(&self.settings);
        if !self.stepper.is_active() && self.controls.controller.mode() != mode {
            self.controls.controller.set_mode(mode);
        }
        self.lane.reliable_fact(Fact::Settings(self.settings));
    }
}
