//! The programs, in the order in which a learner meets them. Each is one small file.

use super::program::StepProgram;
use crate::lab::Words;

mod buffer_if;
mod buffer_one;
mod cancel;
mod counter;
mod fifo;
mod list;
mod notify;
mod once;
mod opposite;
mod permits;
mod peterson;
mod philosophers;
mod pop;
mod readers;
mod reenter;
mod skip;
mod slots;
mod spin;
mod store;
mod tickets;
mod transfer;

use super::flow::{StepResult, expect, expect_ok, release};

/// All programs.
pub static ALL: &[&StepProgram] = &[
    &counter::PROGRAM,
    &list::PROGRAM,
    &fifo::PROGRAM,
    &pop::PROGRAM,
    &tickets::PROGRAM,
    &skip::PROGRAM,
    &transfer::PROGRAM,
    &reenter::PROGRAM,
    &opposite::PROGRAM,
    &philosophers::PROGRAM,
    &notify::PROGRAM,
    &buffer_if::PROGRAM,
    &buffer_one::PROGRAM,
    &permits::PROGRAM,
    &cancel::PROGRAM,
    &once::PROGRAM,
    &spin::PROGRAM,
    &readers::PROGRAM,
    &peterson::PROGRAM,
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
