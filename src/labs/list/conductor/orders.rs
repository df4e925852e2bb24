//! What the user asks of a run, and how a run in the user's hand goes on.

use std::time::Duration;

use super::super::held::{self, Ask};
use super::super::{GUESS, fact::Fact, worker::shown};
use super::{Conductor, TELLING};
use crate::lab::Command;

impl Conductor<'_> {
    /// How long until the next look at what there is to tell.
    pub(super) fn glance(&self) -> Duration {
        if self.grip.holds() {
            held::POLL_INTERVAL
        } else {
            TELLING
        }
    }

    pub(super) fn obey(&mut self, command: Command) {
        match command {
            Command::Set { key, value } => {
                let before = self.dials;
                self.dials.turn(key, &value);
                if self.dials != before {
                    self.turn_dials();
                }
            }
            Command::Enter { id, text } if id == GUESS => {
                let of_thousand = text.trim().parse().ok().filter(|n| *n <= 1000);
                self.lane.reliable_fact(Fact::Guess { of_thousand });
            }
            Command::Press { id } => {
                if let Some(ask) = Ask::of(&id) {
                    self.hold(&ask);
                }
            }
            Command::Enter { .. } => {}
        }
    }

    fn hold(&mut self, ask: &Ask) {
        match ask {
            Ask::Pause => {
                self.grip.turn(held::free(&self.dials));
                self.turned = true;
                if !self.grip.holds() {
                    self.lane.reliable_fact(Fact::Held(None));
                }
            }
            Ask::Step(name) => {
                let who = self.staff.who().find(|who| who.to_string() == *name);
                if let Some(who) = who {
                    self.grip.step(who);
                }
            }
            Ask::Finish => self.grip.finish(&self.staff.counts()),
        }
        if self.grip.holds() {
            self.tell_held();
        }
    }

    /// Tells how the held threads stand, if anything has moved.
    pub(super) fn tell_held(&mut self) {
        self.grip.go_on(&self.staff.counts());
        let news = self.grip.news(self.staff.who(), || shown(&self.list));
        if let Some(news) = news {
            self.lane.reliable_fact(Fact::Held(Some(Box::new(news))));
        }
    }

    fn turn_dials(&mut self) {
        self.turned = true;
        self.bench.lock_on.set(self.dials.lock);
        self.bench.window.set(self.dials.window);
        self.bench.pause.set(self.dials.pause);
        let mode = held::free(&self.dials);
        if !self.grip.holds() && self.bench.controller.mode() != mode {
            self.bench.controller.set_mode(mode);
        }
        self.lane.reliable_fact(Fact::Dials(self.dials));
    }
}
