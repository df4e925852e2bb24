//! One lane: what it does now, what it holds and waits for, and what it did.
//!
//! Must not know other lanes, and who is charged for a wait.

use std::collections::VecDeque;
use std::sync::Arc;

use super::history::History;
use crate::kit::event::{Ending, LaneEvent, LaneId, LaneKind, Pause, ResourceId};
use crate::scene::{Activity, Mark, Tone, units};

/// A lane and its life so far.
#[derive(Debug)]
pub struct Lane {
    pub name: Arc<str>,
    pub kind: LaneKind,
    /// Its place among the rows of a chart.
    pub order: u64,
    /// The time of the lane's latest event.
    pub at: u64,
    /// Innermost last.
    pub holds: Vec<Hold>,
    pub wait: Option<Wait>,
    pub ending: Option<Ending>,
    pub history: History,
    pub marks: VecDeque<Mark>,
    /// The task it is at.
    pub task: Option<(u64, Arc<str>)>,
    idle_state: IdleState,
}

/// Something held, however many times over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    pub resource: ResourceId,
    pub depth: u32,
}

/// A wait that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    pub resource: ResourceId,
    pub since: u64,
    /// The holder as the waiter saw it, and when it looked.
    pub holder: Option<LaneId>,
    pub looked: u64,
}

/// What a lane is at when it neither holds nor waits.
#[derive(Clone, Debug, Default)]
enum IdleState {
    #[default]
    Running,
    Idle,
    Sleeping(Pause, u64),
    /// Before a step that it announced.
    Before(&'static str, ResourceId, Option<i64>),
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
            history: History::default(),
            marks: VecDeque::new(),
            task: None,
            idle_state: IdleState::Running,
        }
    }

    /// The same row of the chart, for another lane of the same name that starts after
    /// this one has ended.
    pub fn reborn(self, kind: LaneKind) -> Self {
        Self { history: self.history, marks: self.marks, ..Self::new(self.order, self.name, kind) }
    }

    pub fn activity(&self) -> Activity {
        match (&self.ending, &self.wait, &self.idle_state) {
            (Some(ending), ..) => ending_activity(ending),
            (None, Some(_), _) => Activity::Waiting,
            (None, None, _) if !self.holds.is_empty() => Activity::Holding,
            (None, None, IdleState::Before(..)) => Activity::Paused,
            (None, None, IdleState::Sleeping(..)) => Activity::Sleeping,
            (None, None, IdleState::Idle) => Activity::Idle,
            (None, None, IdleState::Running) => Activity::Running,
        }
    }

    /// What the present activity is about.
    pub fn about(&self) -> Option<ResourceId> {
        match self.wait {
            Some(wait) => Some(wait.resource),
            None => self.holds.last().map(|hold| hold.resource),
        }
    }

    /// Applies what an event changes in the lane, apart from holding and waiting.
    pub fn idle_state(&mut self, what: &LaneEvent) {
        self.idle_state = match *what {
            LaneEvent::Idle => IdleState::Idle,
            LaneEvent::Step { resource, verb, value } => IdleState::Before(verb, resource, value),
            // The injected delay of a paced step: the thread is still before that step.
            LaneEvent::Sleeping { pause: Pause::Pace, .. }
                if matches!(self.idle_state, IdleState::Before(..)) =>
            {
                return;
            }
            LaneEvent::Sleeping { pause, for_ns } => IdleState::Sleeping(pause, for_ns),
            _ => IdleState::Running,
        };
    }

    /// The state in words; `name` returns the names of resources.
    pub fn words(&self, name: impl Fn(ResourceId) -> Arc<str>) -> String {
        if let Some(ending) = &self.ending {
            return ended(ending);
        }
        if let Some(wait) = self.wait {
            return format!("waiting for {}", name(wait.resource));
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
            IdleState::Running => None,
        };
        let held = (!held.is_empty()).then(|| format!("holding {}", held.join(" and ")));
        match (held, idle_state, &self.task) {
            (Some(held), Some(idle_state), _) => format!("{held}, {idle_state}"),
            (Some(words), None, _) | (None, Some(words), _) => words,
            (None, None, Some((_, label))) => format!("running {label}"),
            (None, None, None) => "running".to_owned(),
        }
    }

    /// Remembers a moment worth seeing.
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

/// `store 3 to length`.
pub fn step(verb: &str, value: Option<i64>, name: &str) -> String {
    match (verb, value) {
        ("store", Some(value)) => format!("store {value} to {name}"),
        (_, Some(value)) => format!("{verb} {name} {value}"),
        (_, None) => format!("{verb} {name}"),
    }
}

/// A pause by its length and its reason: each pause that the program adds is named.
pub fn sleep(pause: Pause, for_ns: u64) -> String {
    let length = units::whole_nanos(for_ns);
    match pause {
        Pause::Exercise => format!("sleeping {length}, the exercise's own pause"),
        Pause::Pace => format!("sleeping {length} so that eyes can follow"),
        Pause::Window => format!("sleeping {length} to widen the race window"),
        Pause::Work => format!("sleeping {length} in place of work"),
    }
}

/// What a lane that ended so is shown as.
pub fn ending_activity(ending: &Ending) -> Activity {
    match ending {
        Ending::Returned | Ending::Exited { code: 0 } => Activity::Finished,
        Ending::Stopped => Activity::Cancelled,
        Ending::Panicked { .. } => Activity::Failed,
        Ending::Exited { .. } | Ending::Killed { .. } => Activity::Dead,
    }
}

/// How a lane ended, in words.
pub fn ended(ending: &Ending) -> String {
    match ending {
        Ending::Returned => "returned".to_owned(),
        Ending::Stopped => "was stopped".to_owned(),
        Ending::Exited { code } => format!("exited with code {code}"),
        Ending::Panicked { message, place } => format!("panicked at {place}: {message}"),
        Ending::Killed { signal } => match signal_hook::low_level::signal_name(*signal) {
            Some(name) => format!("was killed by {name}"),
            None => format!("was killed by signal {signal}"),
        },
    }
}
