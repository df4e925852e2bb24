//! What is reported of the memory that processes share.

use serde::{Deserialize, Serialize};

use super::ValueKind;
use crate::printable::Printable;

/// A `Value` or an `Array` of `multiprocessing`: its accesses by all processes, as far as they went
/// through its lock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueReport {
    /// As for locks.
    pub name: Printable,
    pub kind: ValueKind,
    pub place: Printable,
    /// Slices and strings count once, as what they are for the lock.
    pub reads: u64,
    pub writes: u64,
    /// Writes to a cell by a thread that had read it before another thread wrote it: whatever was
    /// computed from what was read, the write of the other is gone.
    pub lost_updates: u64,
    /// Threads that have read or written it.
    pub threads: u64,
    /// The first cells that were accessed one by one, in their order.
    pub cells: Vec<CellReport>,
}

/// A cell of an array, a field of a structure, or all of a simple value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellReport {
    /// `count`, `cells[3]` or `point.x`.
    pub name: Printable,
    /// As it was last read or written; `None` if that is no number, or the cell may have been
    /// changed since by a slice.
    pub value: Option<Number>,
    pub reads: u64,
    pub writes: u64,
    pub lost_updates: u64,
}

/// A number as Python has it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Number {
    Integer(i64),
    Float(f64),
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer(number) => number.fmt(f),
            // `1.0`, and not `1`.
            Self::Float(number) => std::fmt::Debug::fmt(number, f),
        }
    }
}
