//! What a thread has announced: its next step as plain data.
//!
//! ```text
//! store x = 3          op Store, object x
//! wait on c with l     op Wait,  object c, lock l
//! await x == y         op Await, object x, until: the atomics x and y, and the condition
//! local "print"        op Local, no object
//! ```

use std::fmt;
use std::sync::Arc;

use crate::kit::model::Op;
use crate::kit::step::{Holds, ObjectId};

/// A thread's announced next step, as plain data: what a `StepRequest` borrows from the thread,
/// with numbers in the place of references. It outlives the run in traces.
#[derive(Clone)]
pub struct NextStep {
    /// What it would do, with the value that it would write.
    pub op: Op,
    /// What it touches first; `None` for a step that touches nothing shared.
    pub object: Option<ObjectId>,
    /// The lock of a wait on a condition; `None` for other operations.
    pub lock: Option<ObjectId>,
    /// The atomics that an await reads, and what it waits for; `None` for other operations.
    pub until: Option<Arc<Until>>,
    /// The line in the source of the program that makes the step, for the marker in the
    /// listing. The file is known: that of the program.
    pub line: u32,
    /// The number of the operation that it belongs to: the steps of one call have the same, and
    /// can be finished together.
    pub operation: u32,
}

/// A condition on atomics that an await waits for, evaluated on the states of a model instead
/// of the real atomics.
pub struct Until {
    /// In the order in which the condition takes their values.
    pub atomics: Vec<ObjectId>,
    pub holds: Holds,
}

impl fmt::Debug for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Until").field("atomics", &self.atomics).finish_non_exhaustive()
    }
}

impl fmt::Debug for NextStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NextStep")
            .field("op", &self.op)
            .field("object", &self.object)
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}
