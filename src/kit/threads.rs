//! A thread group: named OS threads that emit events, stop when asked, and are joined.
//!
//! Threads carry their lane's name, so the system's own tools (`top -H`, a debugger) show
//! the same names as the screen. A panic in one becomes the ending of its lane. Dropping
//! the group asks all of them to stop and waits for each, so no thread of a run outlives
//! it.

use std::io;
use std::rc::Rc;
use std::thread::{JoinHandle, ScopedJoinHandle};

use super::event::Ending;
use super::panics::{self, Panic};
use super::recorder::{Lane, Recorder, set_sink};
use super::stop::Stop;

/// Threads that stop and end together. A lab's run has one, and drops it with the run.
#[derive(Debug)]
pub struct ThreadGroup {
    /// Goes before each member's name: `shared-list/add-1`.
    prefix: String,
    stop: Stop,
    /// Those that were not joined yet, ended or not.
    members: Vec<JoinHandle<Result<(), Panic>>>,
}

impl ThreadGroup {
    /// A group without members, whose stop is `stop`.
    pub fn new(prefix: &str, stop: Stop) -> Self {
        Self { prefix: prefix.to_owned(), stop, members: Vec::new() }
    }

    /// The request that every member watches.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Starts a member with a lane of its own; the kit's primitives on it emit through the
    /// lane. It has not necessarily begun when this returns.
    ///
    /// # Errors
    /// If the system has no thread left.
    pub fn spawn<F: Send + 'static>(
        &mut self,
        name: &str,
        recorder: &Recorder<F>,
        body: impl FnOnce(&Lane<F>, &Stop) + Send + 'static,
    ) -> io::Result<()> {
        // The lane is made on the new thread, whose number it records.
        let (recorder, lane_name, stop) = (recorder.clone(), name.to_owned(), self.stop.clone());
        let thread = std::thread::Builder::new().name(format!("{}/{name}", self.prefix));
        let member = thread.spawn(move || {
            let lane = Rc::new(recorder.lane(&lane_name));
            let sink = Rc::clone(&lane);
            // The sink goes before the lane's end is emitted: nothing may come after it.
            let result = {
                let _sink_guard = set_sink(sink);
                panics::capture(|| body(&lane, &stop))
            };
            // If the body has not given an ending itself.
            lane.end(match &result {
                Err(panic) => {
                    Ending::Panicked { message: panic.message.clone(), place: panic.place.clone() }
                }
                Ok(()) if stop.requested() => Ending::Stopped,
                Ok(()) => Ending::Returned,
            });
            result
        })?;
        self.members.push(member);
        Ok(())
    }

    /// Waits until all members have ended by themselves, and returns their panics. It does
    /// not ask them to stop.
    pub fn join(&mut self) -> Vec<Panic> {
        let ended = self.members.drain(..).map(JoinHandle::join);
        ended.filter_map(|result| result.ok()?.err()).collect()
    }

    /// Whether no member runs any more. Does not wait.
    pub fn is_done(&self) -> bool {
        self.members.iter().all(JoinHandle::is_finished)
    }
}

impl Drop for ThreadGroup {
    // In this order: a join before the request could wait for ever.
    fn drop(&mut self) {
        self.stop.request();
        self.join();
    }
}

/// Runs `work` with a scope: named threads that may borrow from their caller and have all
/// ended when this returns, as [`std::thread::scope`].
pub fn scope<'env, T>(work: impl for<'scope> FnOnce(Scope<'scope, 'env>) -> T) -> T {
    std::thread::scope(|scope| work(Scope { scope }))
}

/// Starts threads that end with it; see [`scope`]. The handles give their results and
/// panics.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'scope, 'env> {
    scope: &'scope std::thread::Scope<'scope, 'env>,
}

impl<'scope> Scope<'scope, '_> {
    /// Starts a member without a lane.
    ///
    /// # Errors
    /// If the system has no thread left.
    pub fn spawn<T: Send + 'scope>(
        &self,
        name: &str,
        body: impl FnOnce() -> T + Send + 'scope,
    ) -> io::Result<ScopedJoinHandle<'scope, T>> {
        let thread = std::thread::Builder::new().name(name.to_owned());
        thread.spawn_scoped(self.scope, body)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::kit::event::{LaneEvent, What};
    use crate::kit::recorder::recorder;

    #[test]
    fn dropping_a_group_ends_members_that_sleep() {
        let (recorder, mut reader) = recorder::<()>();
        let mut group = ThreadGroup::new("test", Stop::new());
        group
            .spawn("sleeper", &recorder, |_, stop| {
                stop.sleep(Duration::from_hours(1));
            })
            .unwrap();
        drop(group);
        let mut endings = Vec::new();
        reader.drain(100, |event| {
            if let What::Lane(LaneEvent::Ended(ending)) = event.what {
                endings.push(ending);
            }
        });
        assert_eq!(endings, [Ending::Stopped]);
    }

    #[test]
    fn a_panic_is_the_lanes_ending_and_hurts_no_other_thread() {
        let (recorder, _reader) = recorder::<()>();
        let mut group = ThreadGroup::new("test", Stop::new());
        group.spawn("bad", &recorder, |_, _| panic!("on purpose")).unwrap();
        group.spawn("good", &recorder, |_, _| ()).unwrap();
        let panics = group.join();
        assert_eq!(panics.iter().map(|panic| &*panic.message).collect::<Vec<_>>(), ["on purpose"]);
    }
}
