//! The run in the user's hand: its threads stop at their next step, and each goes on
//! when it is told to.
//!
//! The conductor's side. Nothing here knows how steps are shown, nor what a round
//! comes to: threads that were held are audited like any others.

use std::time::Duration;

use serde::Serialize;

use super::dials::Dials;
use super::fact::{Shown, ThreadCounts};
use super::op::Who;
use crate::kit::explore::{LiveStepper, ModelState};
use crate::kit::step::{Mode, StepController};

/// How often held threads are looked at: a step should show in the next frame.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// A held thread and its next step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldThread {
    pub who: Who,
    /// `store length = 3`; none while it is on its way to its next step.
    pub next: Option<String>,
    /// What that step would find now.
    pub sees: Option<String>,
    /// The thread can take its step.
    pub ready: bool,
    /// Who has what it waits for.
    pub blocked_by: Option<Who>,
}

/// All held threads, and the list between their steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    pub threads: Vec<HeldThread>,
    pub list: Shown,
}

/// What the user asks of held threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Hold all threads, or let them go.
    Pause,
    /// One step of the thread of this name.
    Step(String),
    /// Steps of the thread that took the last one, to the end of its operation.
    Finish,
}

impl Ask {
    /// As it stands in an action's id.
    pub(super) fn id(&self) -> String {
        match self {
            Self::Pause => "hold".to_owned(),
            Self::Step(name) => format!("step {name}"),
            Self::Finish => "finish".to_owned(),
        }
    }

    pub(super) fn of(id: &str) -> Option<Self> {
        match id {
            "hold" => Some(Self::Pause),
            "finish" => Some(Self::Finish),
            _ => Some(Self::Step(id.strip_prefix("step ")?.to_owned())),
        }
    }
}

/// The hand that holds the run, or does not.
#[derive(Debug)]
pub(super) struct Grip {
    live: LiveStepper,
    held: bool,
    /// The thread that took the last step.
    last: Option<Who>,
    /// The thread that goes on by itself, and what it had done when it began to.
    finishing: Option<(Who, ThreadCounts)>,
    /// What was told last.
    told: Option<u64>,
}

impl Grip {
    pub(super) fn new(controller: &StepController) -> Self {
        Self {
            live: LiveStepper::new(controller),
            held: false,
            last: None,
            finishing: None,
            told: None,
        }
    }

    pub(super) fn holds(&self) -> bool {
        self.held
    }

    /// Holds the run, or lets it go on in this manner.
    pub(super) fn turn(&mut self, mode: Mode) {
        self.held = !self.held;
        (self.last, self.finishing, self.told) = (None, None, None);
        if self.held {
            self.live.pause();
        } else {
            self.live.resume(mode);
        }
    }

    pub(super) fn step(&mut self, who: Who) {
        self.finishing = None;
        if self.held && self.go(who) {
            self.last = Some(who);
        }
    }

    /// `done` is what each thread has done.
    pub(super) fn finish(&mut self, done: &[(Who, ThreadCounts)]) {
        self.finishing = done
            .iter()
            .find(|(who, _)| Some(*who) == self.last)
            .copied();
    }

    /// Takes the next step of an operation that goes on by itself; ends that with the
    /// operation, or where the thread cannot go on.
    pub(super) fn go_on(&mut self, done: &[(Who, ThreadCounts)]) {
        let Some(finishing) = self.finishing else {
            return;
        };
        let model = self.live.model();
        let thread = thread_of(&model, finishing.0);
        // On its way to its next step: that will be seen at the next glance.
        let Some(thread) = thread.filter(|thread| model.next(*thread).is_some()) else {
            return;
        };
        let over = !done.contains(&finishing);
        if over || !self.go(finishing.0) && !model.is_enabled(thread) {
            self.finishing = None;
        }
    }

    fn go(&self, who: Who) -> bool {
        thread_of(&self.live.model(), who)
            .and_then(|thread| u8::try_from(thread).ok())
            .is_some_and(|thread| self.live.step(thread))
    }

    /// What there is to tell of these threads, if anything has moved since the last telling.
    pub(super) fn news(
        &mut self,
        who: impl Iterator<Item = Who>,
        list: impl FnOnce() -> Shown,
    ) -> Option<Held> {
        let moves = self.live.changes();
        if !self.held || self.told == Some(moves) {
            return None;
        }
        self.told = Some(moves);
        let (model, who) = (self.live.model(), who.collect::<Vec<_>>());
        let threads = who.iter().map(|one| held(&model, *one, &who)).collect();
        Some(Held {
            threads,
            list: list(),
        })
    }
}

fn held(model: &ModelState, who: Who, all: &[Who]) -> HeldThread {
    let announced = thread_of(model, who).filter(|thread| model.next(*thread).is_some());
    let named = |thread| {
        let name = model.thread_name(thread);
        all.iter().copied().find(|who| who.to_string() == name)
    };
    HeldThread {
        who,
        next: announced.and_then(|thread| model.describe(thread)),
        sees: announced
            .and_then(|thread| model.would_find(thread))
            .map(|seen| seen.to_string()),
        ready: announced.is_some_and(|thread| model.is_enabled(thread)),
        blocked_by: announced
            .and_then(|thread| model.blocked_by(thread))
            .and_then(named),
    }
}

/// How the run goes when nobody holds it: operations are told one by one as long as
/// eyes can follow.
pub(super) fn free(dials: &Dials) -> Mode {
    if dials.full_speed() {
        Mode::Full
    } else {
        Mode::Paced
    }
}

/// A thread may have left and another of its name have come: the latest counts.
fn thread_of(model: &ModelState, who: Who) -> Option<usize> {
    let name = who.to_string();
    (0..model.threads())
        .rev()
        .find(|thread| model.thread_name(*thread) == name)
}

/// The thread of the experiment that a key moves, by its place: `1` is the first.
pub(super) fn key(place: usize) -> Option<char> {
    let digit = u32::try_from(place + 1).ok()?;
    (digit <= 9).then(|| char::from_digit(digit, 10)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_comes_back_from_its_id() {
        for ask in [Ask::Pause, Ask::Finish, Ask::Step("add-1".to_owned())] {
            assert_eq!(Ask::of(&ask.id()), Some(ask));
        }
        assert_eq!(Ask::of("walk"), None);
        assert_eq!(key(0), Some('1'));
        assert_eq!(key(9), None);
    }
}
