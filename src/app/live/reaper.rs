//! Ends runs off the drawing thread: dropping one joins its threads and children.
//!
//! Must not know what it ends.

use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::lab::Run;

/// Knows how many runs are still ending.
#[derive(Debug)]
pub struct Reaper {
    ending: usize,
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
    /// Ends a run on a thread of its own, so that a run that is slow to end does not block
    /// the screen.
    pub fn take(&mut self, run: Box<dyn Run>) {
        self.ending += 1;
        self.ending -= self.ended.try_iter().count();
        let ended = EndedOnDrop(self.ended_in.clone());
        let end = move || {
            drop(run);
            drop(ended);
        };
        // Without a thread the closure is dropped, and the run with it, here.
        let _ = thread::Builder::new().name("ending".to_owned()).spawn(end);
    }

    /// Waits until all have ended, at most for `limit`; returns whether they have.
    /// What has not ends with the program: its children see our end of their socket close.
    pub fn wait(&mut self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while self.ending > 0 && self.ended.recv_deadline(deadline).is_ok() {
            self.ending -= 1;
        }
        self.ending == 0
    }
}

/// Reports the end of a run even if ending it panics.
struct EndedOnDrop(Sender<()>);

impl Drop for EndedOnDrop {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}
