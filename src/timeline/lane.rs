//! One lane: what it does now, what it holds and waits for, and what it did.
//!
//! A lane is a thread or a process of a run. What it does now follows from three things: an
//! end, a wait, and what it holds; only when there is none of them does its own last event
//! decide ([`Lane::activity`]). A pause by the user hides all but the end.
//!
//! ```text
//! ending?  ──▶ Finished, Failed, Cancelled, Dead
//! paused?  ──▶ Paused
//! wait?    ──▶ Waiting
//! holds?   ──▶ Holding
//! else its own last event: Step ▶ Paused, Sleeping ▶ Sleeping, Idle ▶ Idle, any other ▶ Running,
//!                          or what the kernel says about a thread that should be running
//! ```

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use super::history::History;
use crate::kit::event::{
    Ending, LaneEvent, LaneId, LaneKind, Pause, RAISED, ResourceId, SampledState,
};
use crate::scene::{Activity, Mark, Tone, units};

/// A lane and its life so far. Other lanes change only its holds and, with them, its history: an
/// acquisition elsewhere shows that it has released.
#[derive(Clone, Debug)]
pub struct Lane {
    pub name: Arc<str>,
    pub kind: LaneKind,
    /// Its place among the rows of a chart: the order of starts. A lane that goes on in a row
    /// keeps the place of that row.
    pub order: u64,
    pub at: u64,
    /// What it holds, the innermost last: the last one names the interval in the chart.
    pub holds: Vec<Hold>,
    pub wait: Option<Wait>,
    pub ending: Option<Ending>,
    /// Since when the user has stopped its process.
    pub paused: Option<u64>,
    pub history: History,
    pub marks: VecDeque<Mark>,
    /// The task it works on, with its name; shown when it neither holds nor waits. `None` between
    /// tasks.
    pub task: Option<(u64, Arc<str>)>,
    idle_state: IdleState,
    /// What the kernel says about a lane that runs by its own events, if it was asked since.
    pub sampled: Option<SampledState>,
}

/// Something that a lane holds. Each resource appears once, however often it was acquired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    pub resource: ResourceId,
    /// How often a re-entrant lock is held; 1 for all others. The chart names depths above 1.
    pub depth: u32,
}

/// A wait that is under way. It may be split over several holders, see [`super::blame`].
///
/// ```text
/// since                 looked                        now
/// ├─ charged to add-1 ──┼─ add-2 holds it, not charged yet
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    pub resource: ResourceId,
    /// When the whole wait began, whichever lane held the resource since: the length that is shown.
    pub since: u64,
    /// The holder as the waiter saw it, or as the events show it. `None`: not known, and the
    /// wait is charged to no lane.
    pub holder: Option<LaneId>,
    /// Since when that one is known to be the holder: the part of the wait that is charged to
    /// it begins here.
    pub looked: u64,
}

/// What a lane does when it neither holds nor waits, by its own last event.
#[derive(Clone, Debug, Default)]
enum IdleState {
    #[default]
    Running,
    Idle,
    Sleeping(Pause, u64),
    /// Before a step that it announced, in paced or single-stepped mode: verb, resource and value.
    Before(Cow<'static, str>, ResourceId, Option<i64>),
}

impl Lane {
    pub fn new(order: u64, name: Arc<str>, kind: LaneKind) -> Self {
        Self {
            name,
            kind,
            order,
            at: 0,
            holds: Vec::new(),
            wait: None,
            ending: None,
            paused: None,
            history: History::default(),
            marks: VecDeque::new(),
            task: None,
            idle_state: IdleState::Running,
            sampled: None,
        }
    }

    /// The same row of the chart for another lane of the same name, which starts after this one
    /// has ended. History and marks stay.
    pub fn reborn(self, kind: LaneKind) -> Self {
        Self { history: self.history, marks: self.marks, ..Self::new(self.order, self.name, kind) }
    }

    /// What it does now, as one word: an end before a wait, a wait before a hold, a hold before
    /// the rest.
    pub fn activity(&self) -> Activity {
        match (&self.ending, &self.wait, &self.idle_state) {
            (Some(ending), ..) => ending_activity(ending),
            _ if self.paused.is_some() => Activity::Paused,
            (None, Some(_), _) => Activity::Waiting,
            // A lane that sleeps in its critical section is shown as holding: that is what
            // matters to others.
            (None, None, _) if !self.holds.is_empty() => Activity::Holding,
            (None, None, IdleState::Before(..)) => Activity::Paused,
            (None, None, IdleState::Sleeping(..)) => Activity::Sleeping,
            (None, None, IdleState::Idle) => Activity::Idle,
            (None, None, IdleState::Running) => match self.sampled {
                None | Some(SampledState::Running) => Activity::Running,
                Some(SampledState::Sleep) => Activity::Sleeping,
                Some(_) => Activity::Waiting,
            },
        }
    }

    /// Ends a pause. A wait in whose middle it was is shorter by it: no holder is to blame for
    /// that time.
    pub fn resume(&mut self, at: u64) {
        let Some(since) = self.paused.take() else {
            return;
        };
        if let Some(wait) = &mut self.wait {
            // As far before the end of the pause as it was before its begin.
            let later = |moment: u64| at.max(since) - since.saturating_sub(moment);
            (wait.since, wait.looked) = (later(wait.since), later(wait.looked));
        }
    }

    /// Until when its present wait counts: while it is paused, that is when the pause began.
    pub fn unpaused(&self, now: u64) -> u64 {
        self.paused.map_or(now, |since| since.min(now))
    }

    /// How long its present wait has lasted, in ns, without a pause; `None` if it waits for
    /// nothing.
    pub fn waited(&self, now: u64) -> Option<u64> {
        self.wait.map(|wait| self.unpaused(now).saturating_sub(wait.since))
    }

    /// The resource that the present activity is about: the one it waits for, or the innermost
    /// that it holds.
    pub fn about(&self) -> Option<ResourceId> {
        match self.wait {
            Some(wait) => Some(wait.resource),
            None => self.holds.last().map(|hold| hold.resource),
        }
    }

    /// Applies what an event changes in the lane, apart from holding and waiting. Every event
    /// but the three kinds named here means that the lane runs.
    pub fn idle_state(&mut self, what: &LaneEvent) {
        self.idle_state = match what {
            LaneEvent::Idle => IdleState::Idle,
            LaneEvent::Step { resource, verb, value } => {
                IdleState::Before(verb.clone(), *resource, *value)
            }
            // The injected delay of a paced step: the thread is still before that step.
            LaneEvent::Sleeping { pause: Pause::Pace, .. }
                if matches!(self.idle_state, IdleState::Before(..)) =>
            {
                return;
            }
            LaneEvent::Sleeping { pause, for_ns } => IdleState::Sleeping(*pause, *for_ns),
            _ => IdleState::Running,
        };
    }

    /// The state in words, for the chart and the text report. A resource is a number here;
    /// `name` returns what it is called.
    pub fn words(&self, name: impl Fn(ResourceId) -> Arc<str>) -> String {
        if let Some(ending) = &self.ending {
            return ended(ending);
        }
        let paused = if self.paused.is_some() { "paused, " } else { "" };
        if let Some(wait) = self.wait {
            return format!("{paused}waiting for {}", name(wait.resource));
        }
        if self.paused.is_some() {
            return "paused".to_owned();
        }
        let held: Vec<_> = self
            .holds
            .iter()
            .map(|hold| match hold.depth {
                0 | 1 => name(hold.resource).to_string(),
                depth => format!("{} ({depth} deep)", name(hold.resource)),
            })
            .collect();
        let idle_state = match &self.idle_state {
            IdleState::Before(verb, resource, value) => {
                Some(format!("before {}", step(verb, *value, &name(*resource))))
            }
            IdleState::Sleeping(pause, for_ns) => Some(sleep(*pause, *for_ns)),
            IdleState::Idle => Some("idle".to_owned()),
            IdleState::Running => self.sampled.and_then(sampled).map(str::to_owned),
        };
        let held = (!held.is_empty()).then(|| format!("holding {}", held.join(" and ")));
        match (held, idle_state, &self.task) {
            (Some(held), Some(idle_state), _) => format!("{held}, {idle_state}"),
            (Some(words), None, _) | (None, Some(words), _) => words,
            (None, None, Some((_, label))) => format!("running {label}"),
            (None, None, None) => "running".to_owned(),
        }
    }

    /// Remembers a moment worth seeing. The first character of `label` is its sign and decides
    /// its tone.
    pub fn mark(&mut self, at: u64, label: &str, room: usize) {
        let sign = label.chars().next().unwrap_or('.');
        let tone = match sign {
            '+' => Tone::Good,
            '-' => Tone::Accent,
            '!' => Tone::Caution,
            'x' => Tone::Broken,
            _ => Tone::Plain,
        };
        if self.marks.len() >= room {
            self.marks.pop_front();
        }
        self.marks.push_back(Mark { at, sign, tone });
    }
}

/// An announced step in words: `store 3 to length`, `load length`. For the chart and the story,
/// whose sentences have the lane as their subject.
pub fn step(verb: &str, value: Option<i64>, name: &str) -> String {
    match (verb, value) {
        ("store", Some(value)) => format!("store {value} to {name}"),
        (_, Some(value)) => format!("{verb} {name} {value}"),
        (_, None) => format!("{verb} {name}"),
    }
}

/// What the kernel says about a thread that should be running, unless it says the same.
pub fn sampled(state: SampledState) -> Option<&'static str> {
    Some(match state {
        SampledState::Running => return None,
        SampledState::Core => "waiting for a core",
        SampledState::Gil => "waiting for the GIL",
        SampledState::Lock => "waiting for another thread",
        SampledState::Sleep => "sleeping",
        SampledState::Io => "waiting for the system",
    })
}

/// A pause by its length and its reason. Each pause that the program adds is named as such, so
/// that no reader takes it for a cost of the thing studied.
pub fn sleep(pause: Pause, for_ns: u64) -> String {
    let length = units::whole_nanos(for_ns);
    match pause {
        Pause::Exercise => format!("sleeping {length}, the exercise's own pause"),
        Pause::Pace => format!("sleeping {length} so that eyes can follow"),
        Pause::Window => format!("sleeping {length} to widen the race window"),
        Pause::Work => format!("sleeping {length} in place of work"),
        Pause::Script => format!("sleeping {length}"),
    }
}

/// How a lane that ended like this is shown. A stop by the program itself is no fault, an exit
/// code other than 0 is.
pub fn ending_activity(ending: &Ending) -> Activity {
    match ending {
        Ending::Returned | Ending::Exited { code: 0 } => Activity::Finished,
        Ending::Stopped => Activity::Cancelled,
        Ending::Panicked { .. } | Ending::Raised { .. } => Activity::Failed,
        Ending::Exited { .. } | Ending::Killed { .. } | Ending::Unknown => Activity::Dead,
    }
}

/// How a lane ended, in words: the predicate of a sentence whose subject is the lane.
pub fn ended(ending: &Ending) -> String {
    match ending {
        Ending::Returned => "returned".to_owned(),
        Ending::Stopped => "was stopped".to_owned(),
        Ending::Unknown => "ended in an unknown way".to_owned(),
        Ending::Exited { code } => format!("exited with code {code}"),
        Ending::Panicked { message, place } => format!("{RAISED} at {place}: {message}"),
        Ending::Raised { error, place } if place.is_empty() => format!("raised {error}"),
        Ending::Raised { error, place } => format!("raised {error} at {place}"),
        Ending::Killed { signal } => format!("was killed by {}", signal_name(*signal)),
    }
}

/// `SIGKILL`, or the number of a signal that has no name.
pub fn signal_name(signal: i32) -> Cow<'static, str> {
    let name = signal_hook::low_level::signal_name(signal);
    name.map_or_else(|| format!("signal {signal}").into(), Cow::Borrowed)
}
