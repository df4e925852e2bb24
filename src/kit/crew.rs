//! A crew: named OS threads that tell what they do, stop when asked, and are joined.
//!
//! Threads carry their lane's name, so the system's own tools show the same names as
//! the screen. A panic in one becomes the ending of its lane. Dropping the crew asks
//! all of them to stop and waits for each. Must not know what its members do.

use std::io;
use std::rc::Rc;
use std::thread::{JoinHandle, Scope, ScopedJoinHandle};

use super::event::Ending;
use super::panics::{self, Panic};
use super::probe::{Lane, Probe, speak_through};
use super::stop::Stop;

/// Threads that stop and end together.
#[derive(Debug)]
pub struct Crew {
    /// Goes before each member's name: `shared-list/add-1`.
    prefix: String,
    stop: Stop,
    members: Vec<JoinHandle<Result<(), Panic>>>,
}

impl Crew {
    pub fn new(prefix: &str, stop: Stop) -> Self {
        Self {
            prefix: prefix.to_owned(),
            stop,
            members: Vec::new(),
        }
    }

    /// The request that every member watches.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Starts a member with a lane of its own; the kit's primitives speak through it.
    ///
    /// # Errors
    /// If the system has no thread left.
    pub fn spawn<F: Send + 'static>(
        &mut self,
        name: &str,
        probe: &Probe<F>,
        body: impl FnOnce(&Lane<F>, &Stop) + Send + 'static,
    ) -> io::Result<()> {
        let (probe, lane_name, stop) = (probe.clone(), name.to_owned(), self.stop.clone());
        self.spawn_quiet(name, move || {
            let lane = Rc::new(probe.lane(&lane_name));
            let voice = Rc::clone(&lane);
            let result = {
                let _speaking = speak_through(voice);
                panics::capture(|| body(&lane, &stop))
            };
            lane.end(match &result {
                Err(panic) => Ending::Panicked {
                    message: panic.message.clone(),
                    place: panic.place.clone(),
                },
                Ok(()) if stop.requested() => Ending::Stopped,
                Ok(()) => Ending::Returned,
            });
            result
        })
    }

    /// Starts a member without a lane: one that serves the experiment and is no part of it.
    ///
    /// # Errors
    /// If the system has no thread left.
    pub fn spawn_helper(
        &mut self,
        name: &str,
        body: impl FnOnce(&Stop) + Send + 'static,
    ) -> io::Result<()> {
        let stop = self.stop.clone();
        self.spawn_quiet(name, move || panics::capture(|| body(&stop)))
    }

    fn spawn_quiet(
        &mut self,
        name: &str,
        body: impl FnOnce() -> Result<(), Panic> + Send + 'static,
    ) -> io::Result<()> {
        let name = format!("{}/{name}", self.prefix);
        self.members
            .push(std::thread::Builder::new().name(name).spawn(body)?);
        Ok(())
    }

    /// Waits until all members have ended by themselves, and gives their panics.
    pub fn join(&mut self) -> Vec<Panic> {
        let ended = self.members.drain(..).map(JoinHandle::join);
        ended.filter_map(|result| result.ok()?.err()).collect()
    }

    /// Whether no member runs any more.
    pub fn is_done(&self) -> bool {
        self.members.iter().all(JoinHandle::is_finished)
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.stop.request();
        self.join();
    }
}

/// Runs `work` with a team: named threads that may borrow from their caller and have all
/// ended when this returns.
pub fn team<'env, T>(work: impl for<'scope> FnOnce(Team<'scope, 'env>) -> T) -> T {
    std::thread::scope(|scope| work(Team { scope }))
}

/// Starts threads that end with it; see [`team`].
#[derive(Clone, Copy, Debug)]
pub struct Team<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
}

impl<'scope> Team<'scope, '_> {
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
    use crate::kit::probe::probe;

    #[test]
    fn dropping_a_crew_ends_members_that_sleep() {
        let (probe, mut intake) = probe::<()>();
        let mut crew = Crew::new("test", Stop::new());
        crew.spawn("sleeper", &probe, |_, stop| {
            stop.sleep(Duration::from_hours(1));
        })
        .unwrap();
        drop(crew);
        let mut endings = Vec::new();
        intake.drain(100, |event| {
            if let What::Lane(LaneEvent::Ended(ending)) = event.what {
                endings.push(ending);
            }
        });
        assert_eq!(endings, [Ending::Stopped]);
    }

    #[test]
    fn a_panic_is_the_lanes_ending_and_hurts_nobody_else() {
        let (probe, _intake) = probe::<()>();
        let mut crew = Crew::new("test", Stop::new());
        crew.spawn("bad", &probe, |_, _| panic!("on purpose"))
            .unwrap();
        crew.spawn("good", &probe, |_, _| ()).unwrap();
        let panics = crew.join();
        assert_eq!(
            panics
                .iter()
                .map(|panic| &*panic.message)
                .collect::<Vec<_>>(),
            ["on purpose"]
        );
    }
}
