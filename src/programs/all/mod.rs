//! The programs, in the order in which a learner meets them. Each is one small file.

pub mod additions;
pub mod bakery;
pub mod barrier;
pub mod buffer_if;
pub mod buffer_one;
pub mod cancel;
pub mod countdown;
pub mod counter;
pub mod dekker;
pub mod few_releases;
pub mod fifo;
pub mod flags;
pub mod hasty;
pub mod list;
pub mod missing;
pub mod no_close;
pub mod no_done;
pub mod no_release;
pub mod no_wait;
pub mod notify;
pub mod once;
pub mod opposite;
pub mod over_release;
pub mod permits;
pub mod peterson;
pub mod philosophers;
pub mod pop;
pub mod pulse;
pub mod readers;
pub mod reenter;
pub mod skip;
mod slots;
pub mod spin;
pub mod store;
pub mod ticket_lock;
pub mod tickets;
pub mod transfer;
pub mod two_locks;

use super::flow::{StepResult, expect, expect_ok, never_both_inside, release};
use super::program::StepProgram;

/// All programs, each once. The order is that of the levels: the steps lab counts them off by topic
/// (`levels::TOPICS`), so a new program goes to the end of its topic, and the number there grows.
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
    &over_release::PROGRAM,
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

/// The program of that id, as the command line, a setting or the first part of a code names it.
pub fn find(id: &str) -> Option<&'static StepProgram> {
    ALL.iter().copied().find(|program| program.id == id)
}
