//! Ends runs off the thread `screen`. To drop a run joins its threads and waits for its child
//! processes, which can take as long as a worker needs to notice; a frame must not wait for
//! that.

use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::kit::clock;
use crate::lab::Run;

/// Starts one thread per run to end, and counts how many are still ending. Owned by the thread
/// `screen`, which never waits for one of them until the program ends.
#[derive(Debug)]
pub struct Reaper {
    /// Runs that were taken and whose end was not yet received. Counted here and not by the
    /// threads, so that a run counts from the moment it was taken.
    ending: usize,
    /// One message per run that has ended. Unbounded, so that no thread waits to report its
    /// end.
    ended: Receiver<()>,
    ended_in: Sender<()>,
}

impl Default for Reaper {
    fn default() -> Self {
        let (ended_in, ended) = unbounded();
        Self { ending: 0, ended, ended_in }
    }
}

impl Reaper {
    /// Ends a run on a thread of its own and returns at once. Several may end at the same time;
    /// none waits for another.
    pub fn take(&mut self, run: Box<dyn Run>) {
        self.ending += 1;
        // Never below zero: each message belongs to a run that was counted before it was sent.
        self.ending -= self.ended.try_iter().count();
        let ended = EndedOnDrop(self.ended_in.clone());
        // The run first, then the report. In a destructor, a report comes even if ending the
        // run panics.
        let end = move || {
            drop(run);
            drop(ended);
        };
        // Where no thread can be started, the closure is dropped here, and the run with it: it
        // ends all the same, and this once the screen waits for it.
        let _ = thread::Builder::new().name("ending".to_owned()).spawn(end);
    }

    /// Waits until all runs have ended, at most for `limit`, and returns whether they have. The
    /// rest ends with the process; child processes exit when they see their socket closed.
    pub fn wait(&mut self, limit: Duration) -> bool {
        let deadline = clock::after(limit);
        while self.ending > 0 && self.ended.recv_deadline(deadline).is_ok() {
            self.ending -= 1;
        }
        self.ending == 0
    }
}

/// Reports the end of a run when it is dropped. Dropped after the run, and also if ending the
/// run panics, so that [`Reaper::wait`] never waits for a thread that is gone.
struct EndedOnDrop(Sender<()>);

impl Drop for EndedOnDrop {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}
