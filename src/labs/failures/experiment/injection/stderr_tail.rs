//! Keeps the last line that a worker writes to stderr, and forwards everything. It is
//! what a person would look for first after a crash: the message of the panic, or of the
//! allocator.

use std::cell::Cell;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::kit::event::{LaneEvent, LaneId, ResourceId, ResourceKind, Stream};
use crate::kit::process_pool::Observer;
use crate::kit::recorder::EventSink;

/// The last line on the standard error of any worker of a pool. Clones are one; lines of
/// several workers replace each other.
#[derive(Clone, Debug, Default)]
pub struct StderrTail(Arc<Mutex<Option<String>>>);

impl StderrTail {
    /// The last line so far. Complete once the worker has ended and the pool has read its
    /// pipe to the end.
    pub fn last_line(&self) -> Option<String> {
        self.0.lock().clone()
    }

    /// An observer that keeps the last line, and forwards every event to the lane that
    /// `observer` makes.
    pub fn observe(&self, observer: &Observer) -> Observer {
        let (tail, observer) = (self.clone(), Arc::clone(observer));
        Arc::new(move |name, pid| {
            Box::new(TailSink {
                sink: observer(name, pid),
                tail: tail.clone(),
                in_backtrace: Cell::new(false),
            })
        })
    }
}

/// A worker's lane with this in front of it: every event is passed on, and lines on
/// stderr are looked at on the way. It belongs to the pool's manager thread.
struct TailSink {
    sink: Box<dyn EventSink + Send>,
    tail: StderrTail,
    in_backtrace: Cell<bool>,
}

impl TailSink {
    /// Whether a line is a message of its own. What Rust's runtime adds to its message is
    /// none: a backtrace, and a note about backtraces, which also ends one.
    fn is_message(&self, line: &str) -> bool {
        let note = line.starts_with("note: ");
        let begins = line == "stack backtrace:";
        let within = self.in_backtrace.get();
        self.in_backtrace.set((within || begins) && !note);
        !within && !begins && !note && !line.trim().is_empty()
    }
}

impl EventSink for TailSink {
    fn id(&self) -> LaneId {
        self.sink.id()
    }

    fn emit(&self, what: LaneEvent) {
        if let LaneEvent::Said { stream: Stream::Stderr, text } = &what
            && self.is_message(text)
        {
            let mut last_line = self.tail.0.lock();
            *last_line = Some(text.to_string());
        }
        self.sink.emit(what);
    }

    fn emit_reliable(&self, what: LaneEvent) {
        self.sink.emit_reliable(what);
    }

    fn flush(&self) {
        self.sink.flush();
    }

    fn resource(&self, name: &str, kind: ResourceKind) -> ResourceId {
        self.sink.resource(name, kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::event::LaneKind;
    use crate::kit::recorder::recorder;

    #[test]
    fn the_last_word_is_the_last_line_on_stderr_that_is_no_backtrace_nor_note() {
        let (recorder, _intake) = recorder::<()>();
        let observer: Observer = Arc::new(move |name: &str, pid| {
            Box::new(recorder.lane_of(name, LaneKind::Process { pid }))
        });
        let tail = StderrTail::default();
        let sink = tail.observe(&observer)("worker 0", 7);
        for (stream, line, last_line) in [
            (Stream::Stderr, "no more memory", "no more memory"),
            (Stream::Stdout, "a result", "no more memory"),
            (Stream::Stderr, "stack backtrace:", "no more memory"),
            (Stream::Stderr, "   0: main", "no more memory"),
            (Stream::Stderr, "note: Some details are omitted", "no more memory"),
            (Stream::Stderr, "   ", "no more memory"),
            (Stream::Stderr, "note: run with more", "no more memory"),
            (Stream::Stderr, "and another thing", "and another thing"),
        ] {
            let text = line.into();
            sink.emit(LaneEvent::Said { stream, text });
            assert_eq!(tail.last_line().as_deref(), Some(last_line), "{line}");
        }
    }
}
