//! How a schedule ended: in an exception, in a deadlock and who waits for whom there, or well.

use super::{SOURCE, Writer};
use crate::kit::cycle;
use crate::kit::python::control::{
    Blocked, End, Execution, FailureKind, Operation, Raised, StopReason,
};
use crate::printable::Printable;

/// A thread that waits for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiter {
    pub thread: Printable,
    pub wants: Printable,
    pub held_by: Option<Printable>,
    pub file: Printable,
    /// 0 if it waits in no line of the script's.
    pub line: u32,
    /// Both for a reader.
    pub place: Printable,
}

/// An exception that ended a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub thread: Printable,
    /// Its type, with the module if that is none of the language's own.
    pub error: Printable,
    pub text: Printable,
    pub file: Printable,
    /// 0 if it was raised in no line of the script's.
    pub line: u32,
}

impl Writer<'_> {
    /// The threads that wait for ever, those of the cycle first and in its order.
    pub(super) fn waiters(&mut self, blocked: &[Blocked]) -> (Vec<Waiter>, usize) {
        let of = |thread: u16| blocked.iter().find(|one| one.thread == thread);
        let next = |thread| of(thread)?.by.filter(|by| *by != thread);
        let threads = blocked.iter().map(|one| one.thread);
        let cycle = cycle::find(threads, next).unwrap_or_default();
        let rest = blocked.iter().filter(|one| !cycle.contains(&one.thread));
        let all: Vec<_> = cycle.iter().filter_map(|thread| of(*thread)).chain(rest).collect();
        (all.into_iter().map(|one| self.waiter(one)).collect(), cycle.len())
    }

    fn waiter(&mut self, one: &Blocked) -> Waiter {
        let (file, line, source) = self.place(one.place);
        let place = Printable::foreign(&self.line_name(one.place));
        let thread = u16::try_from(one.object).unwrap_or_default();
        let (wants, by) = match (one.operation, self.locks.get(&one.object)) {
            (Operation::Join, _) => {
                let end = format!("the end of {}", self.thread(thread));
                (Printable::foreign(&end), None)
            }
            (_, Some(lock)) => (lock.clone(), one.by),
            // A lock of the library's own: what the script called says more.
            _ if line > 0 => (source, None),
            _ => ("a lock of the library".into(), None),
        };
        Waiter {
            thread: self.thread(one.thread),
            wants,
            held_by: by.map(|by| self.thread(by)),
            file,
            line,
            place,
        }
    }

    pub(super) fn failed(&mut self, raised: &Raised) -> Failed {
        let (file, line, _) = self.place(raised.place);
        Failed {
            thread: self.thread(raised.thread),
            error: Printable::foreign(&raised.kind),
            text: Printable::foreign(&raised.text),
            file,
            line,
        }
    }

    /// An exception as a clause.
    fn raised(&mut self, raised: &Raised) -> String {
        let place = self.line_name(raised.place);
        let thread = self.thread(raised.thread);
        let text = if raised.text.is_empty() { "" } else { &format!(": {}", raised.text) };
        format!("{} in {thread}, {place}{text}", raised.kind)
    }

    pub(super) fn end(
        &mut self,
        execution: &Execution,
        kind: Option<FailureKind>,
        first: Option<&Execution>,
    ) -> Printable {
        let all = &execution.trace.raised;
        let wanted = |assertion: bool| all.iter().find(|one| one.assertion == assertion);
        let error = match kind {
            Some(FailureKind::Assertion) => wanted(true),
            Some(FailureKind::Exception) => wanted(false),
            _ => None,
        };
        let text = match (error, kind) {
            (Some(error), _) => self.raised(error),
            (None, Some(FailureKind::Deadlock)) => self.deadlock(execution),
            (None, Some(FailureKind::Output)) => {
                let (here, there) = first_difference(execution, first);
                format!("it wrote `{here}`, and without a switch `{there}`")
            }
            (None, kind) => match execution.end {
                End::Exit(0) if kind.is_none() => "it ended well".to_owned(),
                End::Exit(status) => format!("it ended with status {status}"),
                End::Signal(signal) => format!("signal {signal} ended it"),
                End::Late => "it did not end in time".to_owned(),
            },
        };
        Printable::foreign(&text)
    }

    /// Whether threads go on beside those of a deadlock, as the main thread when daemons wait for
    /// each other; and what was raised before, since a thread that ends may hold a lock for ever.
    fn deadlock(&mut self, execution: &Execution) -> String {
        let mut text = match execution.trace.stopped {
            Some(StopReason::Deadlock { all: false }) => "deadlock: threads wait for each other",
            _ => "deadlock: no thread can go on",
        }
        .to_owned();
        for raised in &execution.trace.raised {
            text = format!("{text}; before that, {}", self.raised(raised));
        }
        text
    }
}

/// The first line of output that is not the same.
fn first_difference(execution: &Execution, first: Option<&Execution>) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let here = text(&execution.stdout.kept);
    let there = first.map(|first| text(&first.stdout.kept)).unwrap_or_default();
    let same = here.lines().zip(there.lines()).take_while(|(a, b)| a == b).count();
    let line = |text: &str| -> String {
        text.lines().nth(same).unwrap_or("nothing more").chars().take(SOURCE).collect()
    };
    (line(&here), line(&there))
}
