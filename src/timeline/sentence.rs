//! Every lane event as a sentence whose subject is the lane, and how it weighs in the story.
//!
//! The same sentences appear in the story on screen, in the text report and in exports, so that
//! a reader finds one event under one wording everywhere.
//!
//! ```text
//! Waiting { lock, holder: add-1 }   "waits for lock, held by add-1"          in the story
//! Acquired { lock, depth: 1 }       "got lock after a wait of 3.14 µs"       only after a wait
//! Step { load, length }             "is about to load length"                in the picture alone
//! ```

use super::Timeline;
use super::lane::{ended, sampled, sleep, step};
use super::tasks::task_name;
use crate::kit::event::{
    Ending, LaneEvent, LaneId, LaneKind, ResourceId, ResourceKind, Stream, TaskOutcome,
};
use crate::scene::{Tone, units};

impl Timeline {
    /// An event as a sentence whose subject is the lane, which is not repeated in it. Must be
    /// asked before the event is applied: an acquisition ends the wait whose length it names.
    pub fn describe(&self, at: u64, lane: LaneId, what: &LaneEvent) -> String {
        self.words(what, self.waited(at, lane, what))
    }

    /// The same for the events that are worth a place in the story; `None` for those that show
    /// in the picture alone, such as each single step.
    pub fn sentence(&self, at: u64, lane: LaneId, what: &LaneEvent) -> Option<(String, Tone)> {
        let waited = self.waited(at, lane, what);
        let tone = tone(what, waited)?;
        Some((self.words(what, waited), tone))
    }

    /// How long the lane has waited for what the event is about; `None` if it has not, or the
    /// event is about something else.
    fn waited(&self, at: u64, lane: LaneId, what: &LaneEvent) -> Option<u64> {
        let (LaneEvent::Waiting { resource, .. } | LaneEvent::Acquired { resource, .. }) = what
        else {
            return None;
        };
        let wait = self.lanes.get(lane)?.wait?;
        (wait.resource == *resource).then(|| at.saturating_sub(wait.since))
    }

    fn words(&self, what: &LaneEvent, waited: Option<u64>) -> String {
        let called = |resource: &ResourceId| self.resources.name(*resource);
        match what {
            LaneEvent::Started { kind, .. } => match kind {
                LaneKind::Thread { os_tid } => format!("started as thread {os_tid}"),
                LaneKind::Process { pid } => format!("started as process {pid}"),
            },
            LaneEvent::Running => "is running".to_owned(),
            LaneEvent::Idle => "is idle".to_owned(),
            LaneEvent::Line { line } => format!("is at line {line}"),
            LaneEvent::Sleeping { pause, for_ns } => format!("is {}", sleep(*pause, *for_ns)),
            LaneEvent::Sampled { state } => {
                format!("was seen {}", sampled(*state).unwrap_or("running"))
            }
            LaneEvent::Paused => "was paused".to_owned(),
            LaneEvent::Resumed => "was resumed".to_owned(),
            LaneEvent::Defined { name, kind, .. } => format!("made the {} {name}", word(*kind)),
            LaneEvent::Step { resource, verb, value } => {
                format!("is about to {}", step(verb, *value, &called(resource)))
            }
            LaneEvent::Waiting { resource, holder } => match holder {
                Some(holder) if self.resources.is_held(*resource) => format!(
                    "waits for {}, held by {}",
                    called(resource),
                    self.lanes.called(*holder)
                ),
                // The end of a thread is nothing that it holds.
                _ => format!("waits for {}", called(resource)),
            },
            LaneEvent::Acquired { resource, depth } => acquired(&called(resource), *depth, waited),
            LaneEvent::Released { resource, depth } => match depth {
                0 => format!("released {}", called(resource)),
                depth => format!("released {} once, depth {depth} is left", called(resource)),
            },
            LaneEvent::GaveUp { resource, why } => {
                format!("went on without {}: {why}", called(resource))
            }
            LaneEvent::Notified { resource, lanes } => format!(
                "notified {} at {}",
                units::plural((*lanes).into(), "waiter"),
                called(resource)
            ),
            LaneEvent::Read { resource, value } => {
                format!("read {value} from {}", called(resource))
            }
            LaneEvent::Wrote { resource, value } => {
                format!("wrote {value} to {}", called(resource))
            }
            LaneEvent::TaskQueued { task, label } => format!("queued {}", task_name(*task, label)),
            LaneEvent::TaskStarted { task, label } => {
                format!("started {}", task_name(*task, label))
            }
            LaneEvent::TaskEnded { task, outcome } => {
                let label = self.tasks.label(*task);
                match outcome {
                    TaskOutcome::Finished => format!("finished {label}"),
                    TaskOutcome::Failed { error } => format!("failed at {label}: {error}"),
                    TaskOutcome::Cancelled => format!("cancelled {label}"),
                    TaskOutcome::Lost { cause } => format!("lost {label}: {cause}"),
                }
            }
            LaneEvent::Sent { resource, bytes } => {
                format!("sent {} bytes through {}", units::count(*bytes), called(resource))
            }
            LaneEvent::Received { resource, bytes } => {
                format!("received {} bytes from {}", units::count(*bytes), called(resource))
            }
            LaneEvent::Said { stream, text } => match stream {
                Stream::Stdout => format!("printed: {text}"),
                Stream::Stderr => format!("printed on stderr: {text}"),
            },
            LaneEvent::Mark { label } => format!("marked {label}"),
            LaneEvent::Ended(ending) => ended(ending),
        }
    }
}

/// An acquisition, with its wait if there was one, or else with its depth if it is not the
/// first.
fn acquired(name: &str, depth: u32, waited: Option<u64>) -> String {
    match waited {
        Some(ns) => format!("got {name} after a wait of {}", units::whole_nanos(ns)),
        None if depth > 1 => format!("got {name} again, depth {depth}"),
        None => format!("got {name}"),
    }
}

/// How an event weighs in the story; `None` if it belongs to the picture alone. `waited` is how
/// long the lane has waited for what the event is about.
fn tone(what: &LaneEvent, waited: Option<u64>) -> Option<Tone> {
    match what {
        LaneEvent::Started { .. }
        | LaneEvent::TaskQueued { .. }
        | LaneEvent::TaskStarted { .. }
        | LaneEvent::Notified { .. }
        | LaneEvent::Ended(Ending::Returned | Ending::Stopped | Ending::Exited { code: 0 }) => {
            Some(Tone::Dim)
        }
        LaneEvent::GaveUp { .. } | LaneEvent::Ended(Ending::Unknown) => Some(Tone::Caution),
        LaneEvent::Ended(_) => Some(Tone::Broken),
        // Only the beginning of a wait is news, not each look at its holder.
        LaneEvent::Waiting { .. } => waited.is_none().then_some(Tone::Waiting),
        LaneEvent::Acquired { .. } => waited.map(|_| Tone::Active),
        LaneEvent::TaskEnded { outcome, .. } => Some(match outcome {
            TaskOutcome::Finished => Tone::Good,
            TaskOutcome::Cancelled => Tone::Dim,
            TaskOutcome::Failed { .. } | TaskOutcome::Lost { .. } => Tone::Broken,
        }),
        LaneEvent::Said { .. } => Some(Tone::Plain),
        _ => None,
    }
}

fn word(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::Lock => "lock",
        ResourceKind::RLock => "re-entrant lock",
        ResourceKind::Condition => "condition",
        ResourceKind::Semaphore => "semaphore",
        ResourceKind::Event => "event",
        ResourceKind::Barrier => "barrier",
        ResourceKind::Queue => "queue",
        ResourceKind::Pipe => "pipe",
        ResourceKind::Variable => "variable",
        ResourceKind::List => "list",
        ResourceKind::Pool => "pool",
        ResourceKind::Future => "future",
    }
}
