//! What a panic does to a live screen.
//!
//! On one of the program's own threads the terminal is given back first, then the
//! panic is reported as usual, readable on the normal screen, and the program ends. On
//! any other thread nothing is written over the picture: a notice appears in it, and
//! the report follows when the screen is gone. Panics that a lab captures never come here.
//!
//! Must not know any lab.

use std::cell::Cell;
use std::panic;
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::Sender;

use super::End;
use super::message::{ExitReason, Message};
use super::terminal::TerminalGuard;
use crate::printable::Printable;

thread_local! {
    static PROGRAM_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// Reports that had to wait for the screen to be gone.
#[derive(Clone, Debug, Default)]
pub struct Reports(Arc<Mutex<Vec<String>>>);

impl Reports {
    fn add(&self, report: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(report);
    }

    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Marks the calling thread as one that the program cannot run without.
pub fn mark_program_thread() {
    PROGRAM_THREAD.set(true);
}

/// Installs the hook in front of the one that is there.
pub fn install(guard: TerminalGuard, inbox: Sender<Message>, end: Sender<End>) -> Reports {
    let reports = Reports::default();
    let late = reports.clone();
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if PROGRAM_THREAD.try_with(Cell::get).unwrap_or(false) {
            guard.leave_for_good();
            before(info);
            let _ = end.send(End::Requested(ExitReason::Panic));
        } else {
            let thread = std::thread::current();
            let name = thread.name().unwrap_or("a thread").to_owned();
            let report = info.to_string();
            let lines: Vec<_> = report.lines().map(Printable::foreign).collect();
            late.add(format!("{name}: {}", lines.join("\n")));
            let _ = inbox.send(Message::Notice(format!("{name} ended with a bug; see the end")));
        }
    }));
    reports
}
