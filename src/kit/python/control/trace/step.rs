//! One step of a schedule: an operation, and the decision that let it be done.

use super::super::super::record::number;
use super::super::schedule::ForcedSwitch;

/// Marks of a step.
const NATURAL: u8 = 1;
const COULD_GO_ON: u8 = 2;
const TIMED_OUT: u8 = 4;

/// What a thread did at a step, up to its next scheduling point. Only what other threads can see
/// is an operation: names that more than one function knows, attributes, data, locks, threads.
/// Local variables are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Begin,
    /// Of a name or attribute.
    Read,
    Write,
    /// Looks into data, or may change it: lists and whatever else it is.
    Touch,
    Change,
    Acquire,
    /// Tries to acquire a lock without waiting.
    Try,
    Release,
    Join,
    Sleep,
    /// Starts another thread.
    Start,
}

pub const OPERATIONS: [Operation; 11] = [
    Operation::Begin,
    Operation::Read,
    Operation::Write,
    Operation::Touch,
    Operation::Change,
    Operation::Acquire,
    Operation::Try,
    Operation::Release,
    Operation::Join,
    Operation::Sleep,
    Operation::Start,
];

/// One operation, and the decision that let it be done: which thread came, which ones could have
/// been next, and which one is. A schedule is made of those decisions that are not the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The thread that does it.
    pub thread: u16,
    /// The thread that came to a scheduling point, so that it was decided which one is next.
    pub arrived: u16,
    /// How many of its points that one has come to, this one included.
    pub point: u32,
    /// The thread that would have been next by default.
    pub default: u16,
    pub operation: Operation,
    /// A lock, a thread, or a name; see [`TraceNames`](super::TraceNames).
    pub object: u32,
    /// The script's line; 0 is none.
    pub place: u32,
    /// A bit for each thread that could have been next, the first is the main thread's. Those
    /// after the 64th have none.
    pub ready: u64,
    /// The thread that arrived could have gone on.
    pub could_go_on: bool,
    /// The interpreter itself may switch threads where the other one arrived.
    pub natural: bool,
    /// It waited until its time was up.
    pub timed_out: bool,
}

impl Step {
    /// Whether it belongs to the step before, because it can neither fail nor wait. A release is
    /// a choice of its own only in a script that can see whether a lock is held.
    pub fn leaves_no_choice(&self) -> bool {
        matches!(self.operation, Operation::Release | Operation::Start) && !self.could_go_on
    }

    /// Whether the thread that could have gone on had to give way.
    pub fn preempts(&self) -> bool {
        self.could_go_on && self.thread != self.arrived
    }

    /// The switch by which another thread would have been next here.
    pub fn to(&self, next: u16) -> ForcedSwitch {
        ForcedSwitch { thread: self.arrived, point: self.point, next }
    }

    /// The switch that was made, if it was not the default.
    pub fn switch(&self) -> Option<ForcedSwitch> {
        (self.thread != self.default).then(|| self.to(self.thread))
    }
}

/// One step; `None` if it is none of this version.
pub fn step(bytes: &[u8]) -> Option<Step> {
    let u16_at = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let u32_at = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let marks = *bytes.get(7)?;
    Some(Step {
        thread: u16_at(0)?,
        arrived: u16_at(2)?,
        default: u16_at(4)?,
        operation: *OPERATIONS.get(usize::from(*bytes.get(6)?))?,
        point: u32_at(8)?,
        object: u32_at(12)?,
        place: u32_at(16)?,
        ready: number(bytes, 20),
        natural: marks & NATURAL != 0,
        could_go_on: marks & COULD_GO_ON != 0,
        timed_out: marks & TIMED_OUT != 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_have_the_numbers_that_the_shim_gives_them() {
        let shim =
            include_str!("../../../../../assets/python/shim/threadbare_shim/control/trace.py");
        let numbers = format!(" = range({})", OPERATIONS.len());
        let theirs = shim.lines().find_map(|line| line.strip_suffix(&numbers)).unwrap();
        let ours = OPERATIONS.map(|one| format!("{one:?}").to_uppercase());
        assert_eq!(ours.join(", "), theirs);
    }
}
