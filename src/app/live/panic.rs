//! What a panic does to a live screen.
//!
//! On one of the program's own threads the terminal is given back first, then the
//! panic is reported as usual, readable on the normal screen, and the program ends. On
//! any other thread nothing is written over the picture: the user is told in it, and
//! the report follows when the screen is gone. Panics that a lab captures never come here.
//!
//! Must not know any lab.

use std::cell::Cell;
use std::panic;
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::Sender;

use super::End;
use super::message::{Message, Why};
use super::terminal::Guard;
use crate::printable::Printable;

thread_local! {
    static OURS: Cell<bool> = const { Cell::new(false) };
}

/// Reports that had to wait for the screen to be gone.
#[derive(Clone, Debug, Default)]
pub(super) struct Reports(Arc<Mutex<Vec<String>>>);

impl Reports {
    fn add(&self, report: String) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(report);
    }

    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The program cannot go on without the calling thread.
pub(super) fn this_thread_is_ours() {
    OURS.set(true);
}

/// Installs the hook in front of the one that is there.
pub(super) fn install(guard: Guard, inbox: Sender<Message>, end: Sender<End>) -> Reports {
    let reports = Reports::default();
    let late = reports.clone();
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if OURS.try_with(Cell::get).unwrap_or(false) {
            guard.leave_for_good();
            before(info);
            let _ = end.send(End::Must(Why::Panic));
        } else {
            let thread = std::thread::current();
            let name = thread.name().unwrap_or("a thread").to_owned();
            let report = info.to_string();
            let lines: Vec<_> = report.lines().map(Printable::foreign).collect();
            late.add(format!("{name}: {}", lines.join("\n")));
            let _ = inbox.send(Message::Told(format!(
                "{name} ended with a bug; see the end"
            )));
        }
    }));
    reports
}
