//! Ends runs off the drawing thread: dropping one joins its threads and children.
//!
//! Must not know what it ends.

use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::lab::Run;

/// Knows how many runs are still ending.
#[derive(Debug)]
pub(super) struct Reaper {
    ending: usize,
    ended: Receiver<()>,
    ended_in: Sender<()>,
}

impl Default for Reaper {
    fn default() -> Self {
        let (ended_in, ended) = unbounded();
        Self {
            ending: 0,
            ended,
            ended_in,
        }
    }
}

impl Reaper {
    /// Ends a run on a thread of its own, so that one that is slow to end keeps
    /// nobody waiting.
    pub(super) fn take(&mut self, run: Box<dyn Run>) {
        self.ending += 1;
        self.ending -= self.ended.try_iter().count();
        let ended = Ended(self.ended_in.clone());
        let end = move || {
            drop(run);
            drop(ended);
        };
        // Without a thread the closure is dropped, and the run with it, here.
        let _ = thread::Builder::new().name("ending".to_owned()).spawn(end);
    }

    /// Waits until all have ended, at most for `limit`; tells whether they have.
    /// What has not ends with the program: its children see our end of their socket close.
    pub(super) fn wait(&mut self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while self.ending > 0 && self.ended.recv_deadline(deadline).is_ok() {
            self.ending -= 1;
        }
        self.ending == 0
    }
}

/// Says so even if ending panics.
struct Ended(Sender<()>);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}
