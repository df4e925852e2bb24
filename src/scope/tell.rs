//! Every lane event as a sentence whose subject is the lane.
//!
//! Must not know which of them a reader gets to see.

use std::sync::Arc;

use super::lane::{ended, sleep, step};
use crate::kit::event::{Ending, Stream};
use crate::kit::event::{LaneEvent, LaneId, LaneKind, ResourceId, ResourceKind, TaskOutcome};
use crate::scene::{Tone, units};

/// What the sentences need to know of the run.
pub(super) trait Names {
    fn lane(&self, lane: LaneId) -> Arc<str>;
    fn resource(&self, resource: ResourceId) -> Arc<str>;
    fn task(&self, task: u64) -> Arc<str>;
}

/// The event in words. `waited` is how long the lane has waited for what it acquires.
pub(super) fn describe(what: &LaneEvent, waited: Option<u64>, names: &impl Names) -> String {
    let called = |resource: &ResourceId| names.resource(*resource);
    match what {
        LaneEvent::Started { kind, .. } => match kind {
            LaneKind::Thread { os_tid } => format!("started as thread {os_tid}"),
            LaneKind::Process { pid } => format!("started as process {pid}"),
        },
        LaneEvent::Running => "is running".to_owned(),
        LaneEvent::Idle => "is idle".to_owned(),
        LaneEvent::Line { line } => format!("is at line {line}"),
        LaneEvent::Sleeping { pause, for_ns } => format!("is {}", sleep(*pause, *for_ns)),
        LaneEvent::Defined { name, kind, .. } => format!("made the {} {name}", word(*kind)),
        LaneEvent::Step {
            resource,
            verb,
            value,
        } => format!("is about to {}", step(verb, *value, &called(resource))),
        LaneEvent::Waiting { resource, holder } => match holder {
            Some(holder) => format!(
                "waits for {}, held by {}",
                called(resource),
                names.lane(*holder)
            ),
            None => format!("waits for {}", called(resource)),
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
            "notified {lanes} {} at {}",
            if *lanes == 1 { "waiter" } else { "waiters" },
            called(resource)
        ),
        LaneEvent::Read { resource, value } => format!("read {value} from {}", called(resource)),
        LaneEvent::Wrote { resource, value } => format!("wrote {value} to {}", called(resource)),
        LaneEvent::TaskQueued { label, .. } => format!("queued {label}"),
        LaneEvent::TaskStarted { label, .. } => format!("started {label}"),
        LaneEvent::TaskEnded { task, outcome } => {
            let label = names.task(*task);
            match outcome {
                TaskOutcome::Finished => format!("finished {label}"),
                TaskOutcome::Failed { error } => format!("failed at {label}: {error}"),
                TaskOutcome::Cancelled => format!("cancelled {label}"),
                TaskOutcome::Lost { cause } => format!("lost {label}: {cause}"),
            }
        }
        LaneEvent::Sent { resource, bytes } => {
            format!(
                "sent {} bytes through {}",
                units::count(*bytes),
                called(resource)
            )
        }
        LaneEvent::Received { resource, bytes } => {
            format!(
                "received {} bytes from {}",
                units::count(*bytes),
                called(resource)
            )
        }
        LaneEvent::Said { stream, text } => match stream {
            Stream::Stdout => format!("printed: {text}"),
            Stream::Stderr => format!("printed on stderr: {text}"),
        },
        LaneEvent::Mark { label } => format!("marked {label}"),
        LaneEvent::Ended(ending) => ended(ending),
    }
}

fn acquired(name: &str, depth: u32, waited: Option<u64>) -> String {
    match waited {
        Some(ns) => format!("got {name} after a wait of {}", units::whole_nanos(ns)),
        None if depth > 1 => format!("got {name} again, depth {depth}"),
        None => format!("got {name}"),
    }
}

/// How an event weighs in the story; `None` if it belongs to the picture alone. `waited`
/// as in [`describe`].
pub(super) fn tone(what: &LaneEvent, waited: Option<u64>) -> Option<Tone> {
    match what {
        LaneEvent::Started { .. }
        | LaneEvent::TaskQueued { .. }
        | LaneEvent::TaskStarted { .. }
        | LaneEvent::Notified { .. }
        | LaneEvent::Ended(Ending::Returned | Ending::Stopped | Ending::Exited { code: 0 }) => {
            Some(Tone::Dim)
        }
        LaneEvent::Ended(_) => Some(Tone::Broken),
        // Only the beginning of a wait is news, not each look at its holder.
        LaneEvent::Waiting { .. } => waited.is_none().then_some(Tone::Waiting),
        LaneEvent::Acquired { .. } => waited.map(|_| Tone::Active),
        LaneEvent::GaveUp { .. } => Some(Tone::Caution),
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
