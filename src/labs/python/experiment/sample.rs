//! Looks at the threads, and puts what is found into their lanes.

use super::watcher::Watcher;
use crate::kit::event::LaneEvent;
use crate::kit::python::Scope;
use crate::printable::Printable;

/// Threads that are looked at in one round, in turn if there are more: each costs some 30 µs.
const ROUND: usize = 32;

impl Watcher<'_> {
    /// Looks at the threads that run. Before the records are read that were written until then:
    /// see [`Self::place_samples`].
    pub fn sample(&mut self) {
        if self.sampling.refused.is_some() || self.pauses.is_paused() {
            return;
        }
        for (number, tid) in self.sampling.round(ROUND) {
            let pid = self.processes.pid(Scope::of(number));
            let sample = self.sampling.sampler.sample(pid, tid);
            let at = self.lane.recorder().clock().now();
            match sample {
                Ok(Some(sample)) => {
                    let lane = self.threads.get_mut(number).and_then(|thread| thread.lane);
                    self.sampling.add(number, lane, at, sample);
                }
                Ok(None) => {}
                Err(error) => {
                    let why = format!("what threads do between events (/proc refuses it: {error})");
                    self.sampling.refused = Some(Printable::foreign(&why));
                    return;
                }
            }
        }
    }

    /// Puts the samples into the lanes, where they change something, before what happened after
    /// `at`: an older state must not follow a newer record.
    pub fn place_samples(&mut self, at: u64) {
        for (sampled, lane, state) in self.sampling.changes(at) {
            self.sampled(sampled, lane, LaneEvent::Sampled { state });
        }
    }
}
