//! What a panic does to a live screen. The answer depends on the thread.
//!
//! - **A program thread** (`main`, `screen`, `signals`, `terminal-in`): the hook restores the
//!   terminal first, then calls the hook that was there before, whose message is now readable
//!   on the normal screen, then asks `main` to end the program.
//! - **Any other thread**: the message is kept, since it would be written over the picture. A
//!   notice appears on the screen, and the message follows when the screen is gone.
//!
//! A panic that a lab captures ([`crate::kit::panics::capture`]) never comes here: the kit's
//! hook lies in front of this one and passes on only what no thread captures.

use std::cell::Cell;
use std::panic;
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::Sender;

use super::End;
use super::message::{ExitReason, Message};
use super::terminal::TerminalGuard;
use crate::printable::Printable;

thread_local! {
    /// Whether the program cannot run without this thread. A thread-local, so that the hook
    /// finds it without a lock and without knowing threads by name.
    static PROGRAM_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// Messages of panics that wait until the screen is gone. All clones share one list: the hook
/// adds on the thread that panics, `main` takes at the end.
#[derive(Clone, Debug, Default)]
pub struct Reports(Arc<Mutex<Vec<String>>>);

impl Reports {
    /// Keeps a message. A poisoned lock is no obstacle: the list is whole after every
    /// operation.
    fn add(&self, report: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(report);
    }

    /// Takes all messages; called by `main` after the terminal was restored. One that comes
    /// later is lost with the process.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Marks the calling thread as one that the program cannot run without. `main` calls it before
/// the terminal is entered, each other such thread as its first step.
pub fn mark_program_thread() {
    PROGRAM_THREAD.set(true);
}

/// Installs the hook in front of the one that is there. The hook runs on the thread that
/// panics, before its stack is unwound. Called before the first
/// [`capture`](crate::kit::panics::capture) of the process, whose hook then lies in front of
/// this one and keeps captured panics from it.
pub fn install(guard: TerminalGuard, inbox: Sender<Message>, end: Sender<End>) -> Reports {
    let reports = Reports::default();
    let late = reports.clone();
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        // `try_with`: a thread whose locals are destroyed already is one that ends anyway.
        if PROGRAM_THREAD.try_with(Cell::get).unwrap_or(false) {
            // In this order: the message must not go to the alternate screen, and `main` exits
            // the process soon after it is asked to.
            guard.leave_for_good();
            before(info);
            let _ = end.send(End::Requested(ExitReason::Panic));
        } else {
            let thread = std::thread::current();
            let name = thread.name().unwrap_or("a thread").to_owned();
            let report = info.to_string();
            // The message may quote foreign text, which must not act on the terminal later.
            let lines: Vec<_> = report.lines().map(Printable::foreign).collect();
            late.add(format!("{name}: {}", lines.join("\n")));
            let _ = inbox.send(Message::Notice(format!("{name} ended with a bug; see the end")));
        }
    }));
    reports
}
