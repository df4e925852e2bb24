//! The programs, in the order in which a learner meets them. Each is one small file.

use super::program::StepProgram;
use crate::lab::Words;

pub mod additions;
mod bakery;
mod barrier;
mod buffer_if;
mod buffer_one;
mod cancel;
mod countdown;
mod counter;
mod dekker;
mod few_releases;
mod fifo;
mod flags;
mod hasty;
mod list;
mod missing;
mod no_close;
mod no_done;
mod no_release;
mod no_wait;
mod notify;
mod once;
mod opposite;
mod permits;
mod peterson;
mod philosophers;
mod pop;
mod pulse;
mod readers;
mod reenter;
mod skip;
mod slots;
mod spin;
mod store;
mod ticket_lock;
mod tickets;
mod transfer;
mod two_locks;

use super::flow::{StepResult, expect, expect_ok, never_both_inside, release};

/// All programs.
pub static ALL: &[&StepProgram] = &[
    &counter::PROGRAM,
    &list::PROGRAM,
    &fifo::PROGRAM,
    &pop::PROGRAM,
    &additions::PROGRAM,
    &tickets::PROGRAM,
    &skip::PROGRAM,
    &two_locks::PROGRAM,
    &transfer::PROGRAM,
    &reenter::PROGRAM,
    &few_releases::PROGRAM,
    &opposite::PROGRAM,
    &philosophers::PROGRAM,
    &notify::PROGRAM,
    &buffer_if::PROGRAM,
    &buffer_one::PROGRAM,
    &permits::PROGRAM,
    &no_release::PROGRAM,
    &no_wait::PROGRAM,
    &pulse::PROGRAM,
    &missing::PROGRAM,
    &hasty::PROGRAM,
    &barrier::PROGRAM,
    &countdown::PROGRAM,
    &no_done::PROGRAM,
    &no_close::PROGRAM,
    &cancel::PROGRAM,
    &once::PROGRAM,
    &spin::PROGRAM,
    &ticket_lock::PROGRAM,
    &flags::PROGRAM,
    &readers::PROGRAM,
    &peterson::PROGRAM,
    &dekker::PROGRAM,
    &bakery::PROGRAM,
    &store::PROGRAM,
];

impl Words for &'static StepProgram {
    fn all() -> impl Iterator<Item = Self> {
        ALL.iter().copied()
    }

    fn word(self) -> &'static str {
        self.id
    }
}

/// The program of that id.
pub fn find(id: &str) -> Option<&'static StepProgram> {
    Words::named(id)
}
