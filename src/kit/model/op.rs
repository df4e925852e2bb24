//! The operations that a step can be, and their results.
//!
//! An [`Op`] names no object: that is a step's operand. It is `Copy` and small, because one
//! is made for each observed operation and kept for each step of a trace.

use std::fmt;

/// How long an operation is ready to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Blocking {
    /// Until it can be carried out.
    Forever,
    /// For a limited time. Where a scheduler decides instead of a clock, the time is over
    /// if the operation cannot be carried out when the scheduler lets it go on, so such a
    /// step is always enabled.
    Timeout,
    /// Not at all: it is carried out at once or refused.
    Try,
}

/// One operation on one shared thing. Which kind of thing an operation belongs to follows
/// from the comments between the variants; it is attempted on a [`State`](super::State) of
/// that kind alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    // On an atomic. All but a store find the value before; arithmetic wraps.
    Load,
    /// `ordered` if it is sequentially consistent, and so may not stay behind in a
    /// store buffer.
    Store {
        value: i64,
        ordered: bool,
    },
    Add(i64),
    Swap(i64),
    CompareExchange {
        expected: i64,
        new: i64,
    },
    /// Waits until a condition on atomics holds, instead of loading them again and again: a
    /// spin loop has endlessly many interleavings, this is one step. The text names the
    /// condition.
    Await(&'static str),
    // On a lock that may or may not be re-entered. On a re-entrant one, both find the depth
    // after them.
    Lock(Blocking),
    Unlock,
    // On a semaphore: one permit is taken, any number is returned.
    Acquire(Blocking),
    Release(u32),
    // On a queue. Sending waits for room, receiving for an item, joining until all sent
    // items are marked as done. A closed queue takes no further items, and gives those that
    // it has.
    Send(i64, Blocking),
    Receive(Blocking),
    TaskDone,
    Join(Blocking),
    Close,
    // On an event: a flag that threads wait for.
    SetEvent,
    ClearEvent,
    WaitEvent(Blocking),
    // On a condition and its lock.
    /// Releases the lock and joins the waiting line, as one step: a notification between
    /// the two would be lost.
    Wait,
    /// Leaves the waiting line and takes the lock again, as one step.
    Wake(Blocking),
    /// Notifies the first of the line, up to this number; `u32::MAX` for all.
    Notify(u32),
    // On a barrier: a round is an arrival and a leave for each thread. Arriving finds how
    // many were there before; the last one runs the action and trips the barrier instead of
    // waiting.
    Arrive,
    Trip,
    Leave(Blocking),
    Abort,
    Reset,
    /// A named step that touches nothing shared.
    Local(&'static str),
}

impl Op {
    /// The verb for it in events and on the screen, without object and value. Timed
    /// operations have the verb of those that wait forever; one that only tries has its own.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Store { .. } => "store",
            Self::Add(_) => "add",
            Self::Swap(_) => "swap",
            Self::CompareExchange { .. } => "compare-exchange",
            Self::Await(_) => "await",
            // Locks and semaphores have the same verb.
            Self::Lock(Blocking::Try) | Self::Acquire(Blocking::Try) => "try to acquire",
            Self::Lock(_) | Self::Acquire(_) => "acquire",
            Self::Unlock | Self::Release(_) => "release",
            Self::Send(_, Blocking::Try) => "try send",
            Self::Send(..) => "send",
            Self::Receive(Blocking::Try) => "try receive",
            Self::Receive(_) => "receive",
            Self::TaskDone => "task done",
            Self::Join(_) => "join",
            Self::Close => "close",
            Self::SetEvent => "set",
            Self::ClearEvent => "clear",
            Self::WaitEvent(_) | Self::Wait => "wait",
            Self::Wake(_) => "wake",
            Self::Notify(1) => "notify",
            Self::Notify(_) => "notify all",
            Self::Arrive => "arrive",
            Self::Trip => "trip",
            Self::Leave(_) => "leave",
            Self::Abort => "abort",
            Self::Reset => "reset",
            Self::Local(what) => what,
        }
    }

    /// What it would write, send or release, where that is known beforehand; `None` otherwise. For
    /// an addition it is what is added.
    pub fn value(self) -> Option<i64> {
        match self {
            Self::Store { value, .. }
            | Self::Add(value)
            | Self::Swap(value)
            | Self::Send(value, _) => Some(value),
            Self::CompareExchange { new, .. } => Some(new),
            Self::Release(permits) => Some(i64::from(permits)),
            _ => None,
        }
    }

    /// What an atomic holds after this operation found `old` in it; `None` if the operation
    /// leaves it alone. The only definition of the arithmetic of atomics.
    pub(crate) fn writes(self, old: i64) -> Option<i64> {
        match self {
            Self::Store { value, .. } | Self::Swap(value) => Some(value),
            Self::Add(value) => Some(old.wrapping_add(value)),
            Self::CompareExchange { expected, new } => (old == expected).then_some(new),
            _ => None,
        }
    }

    /// Whether it leaves what it touches as it was. Two such steps commute, which the sleep
    /// sets of the explorer use.
    pub fn only_reads(self) -> bool {
        matches!(self, Self::Load | Self::Await(_) | Self::Local(_))
    }

    /// Whether it waits for as long as it takes. Operations without a [`Blocking`] count as
    /// such: most never wait, and [`Op::Arrive`] waits without a limit.
    pub(crate) fn blocks_forever(self) -> bool {
        self.blocking().is_none_or(|blocking| blocking == Blocking::Forever)
    }

    /// The same operation, ready to wait for as long as it takes: attempting it leaves the
    /// state as it was if it cannot be carried out.
    pub(crate) fn forever(self) -> Self {
        self.with(Blocking::Forever)
    }

    /// The same operation, whose time is over: attempting it gives up for good if it cannot
    /// be carried out.
    pub(crate) fn once_only(self) -> Self {
        self.with(Blocking::Timeout)
    }

    fn blocking(self) -> Option<Blocking> {
        match self {
            Self::Lock(blocking)
            | Self::Acquire(blocking)
            | Self::Send(_, blocking)
            | Self::Receive(blocking)
            | Self::Join(blocking)
            | Self::WaitEvent(blocking)
            | Self::Wake(blocking)
            | Self::Leave(blocking) => Some(blocking),
            _ => None,
        }
    }

    fn with(self, blocking: Blocking) -> Self {
        match self {
            Self::Lock(_) => Self::Lock(blocking),
            Self::Acquire(_) => Self::Acquire(blocking),
            Self::Send(value, _) => Self::Send(value, blocking),
            Self::Receive(_) => Self::Receive(blocking),
            Self::Join(_) => Self::Join(blocking),
            Self::WaitEvent(_) => Self::WaitEvent(blocking),
            Self::Wake(_) => Self::Wake(blocking),
            Self::Leave(_) => Self::Leave(blocking),
            other => other,
        }
    }
}

/// What an operation found or brought about. Part of a trace, and what a thread's next steps may
/// depend on; so a model must predict it exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpResult {
    /// Executed, without a value.
    Done,
    /// The value that it found: that of an atomic, a received item, the depth of a re-entrant
    /// lock, the number of notified threads, the place at a barrier.
    Value(i64),
    /// It could not be carried out in the time that it was ready to wait.
    Refused,
    /// The queue is closed: it takes no more items, or has none left to give.
    Closed,
    /// The barrier is broken: this thread, another one, or an `Abort` gave the round up.
    Broken,
    /// Against the rules of the thing, and why. The state is as before.
    Misuse(&'static str),
}

impl fmt::Display for OpResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Value(value) => write!(f, "{value}"),
            Self::Refused => f.write_str("refused"),
            Self::Closed => f.write_str("closed"),
            Self::Broken => f.write_str("broken"),
            Self::Misuse(why) => f.write_str(why),
        }
    }
}
