//! A program for one run: its threads' bodies and what must hold.
//!
//! ```text
//! Program ── instantiate, for each run ──▶ Plan
//!                                           ├── names, bodies   one of each for a thread
//!                                           ├── at_end          judges the last state
//!                                           ├── always          judges every state
//!                                           └── memory          the atomics that may be buffered
//! ```

use std::fmt;
use std::sync::Arc;

use super::model_state::ModelState;
use crate::kit::step::Name;
use crate::kit::stop::Stopped;
use crate::kit::traced_atomic::TracedAtomic;

/// What a thread of a program does. It may end early with [`Stopped`], which counts as a return.
/// Made for one run and used up by it.
pub type Body = Box<dyn FnOnce() -> Result<(), Stopped> + Send>;

/// What did not hold: the kind for counting, and one sentence for the reader. Made by a [`Check`],
/// on the state in which it did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The kind under which such failures are counted, in `snake_case`: `lost_update`,
    /// `double_sale`. Part of the JSON.
    pub kind: &'static str,
    /// One clause for the reader. The reason of a failure puts the conflict before it, if there is
    /// one.
    pub text: String,
}

impl Broken {
    pub fn new(kind: &'static str, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What must hold, judged on a model state. Sees plain data only, so it runs on any state
/// of a trace or of a search, without threads.
pub type Check = Box<dyn Fn(&ModelState) -> Result<(), Broken> + Send>;

/// A program that can be instantiated again and again. Each time it must come out the same,
/// with the same things made in the same order. Between two steps its threads must be
/// deterministic and may not communicate: no clock, no random number, no channel of their
/// own.
pub trait Program: Send + Sync {
    /// Makes the program's things, on the calling thread, and the bodies of its threads. Called
    /// for every run, by several threads at once, so it is to be quick, and waits for nothing.
    fn instantiate(&self) -> Plan;
}

impl<F: Fn() -> Plan + Send + Sync> Program for F {
    fn instantiate(&self) -> Plan {
        self()
    }
}

/// A program instantiated for one run; see [`Program`]. The bodies share the things by `Arc`,
/// and the checks look at them when all threads stand still.
#[derive(Default)]
pub struct Plan {
    /// Of the threads, in the order of their letters in schedule codes: the first is `a`.
    pub(crate) names: Vec<Name>,
    pub(crate) bodies: Vec<Body>,
    /// Judged when no thread can continue and none is blocked: a run that ends in a deadlock
    /// has failed already.
    pub(crate) at_end: Option<Check>,
    /// Judged before the first step and after each one; see [`Plan::always`] for its price.
    pub(crate) always: Option<Check>,
    /// The atomics that drained stores are written to; see [`Plan::memory`].
    pub(crate) memory: Vec<Arc<TracedAtomic>>,
    /// Only the checks decide whether a run fails, not a deadlock or a panic: for queries.
    pub(crate) only_checks: bool,
}

impl Plan {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a thread, with the next letter. There may be [`super::MOST_THREADS`] of them; with more
    /// the exploration ends with a fault.
    #[must_use]
    pub fn thread(
        mut self,
        name: impl Into<Name>,
        body: impl FnOnce() -> Result<(), Stopped> + Send + 'static,
    ) -> Self {
        self.names.push(name.into());
        self.bodies.push(Box::new(body));
        self
    }

    /// What must hold when no thread can continue and none is blocked. Not judged after a deadlock
    /// or a panic. One check; a second call replaces it.
    #[must_use]
    pub fn at_end(
        mut self,
        check: impl Fn(&ModelState) -> Result<(), Broken> + Send + 'static,
    ) -> Self {
        self.at_end = Some(Box::new(check));
        self
    }

    /// What must hold before the first step and after every one. It makes a search larger:
    /// with it no two changes commute. One check; a second call replaces it.
    #[must_use]
    pub fn always(
        mut self,
        check: impl Fn(&ModelState) -> Result<(), Broken> + Send + 'static,
    ) -> Self {
        self.always = Some(Box::new(check));
        self
    }

    /// Judged by these checks instead of its own, and by nothing else: a deadlock is an end
    /// like another. Used to ask a question about a program.
    #[must_use]
    pub(crate) fn judged_by(mut self, at_end: Option<Check>, always: Option<Check>) -> Self {
        self.at_end = at_end;
        self.always = always;
        self.only_checks = true;
        self
    }

    /// The atomics whose stores may stay in a buffer. Needed, and needed in full, for
    /// exploring under [`super::Memory::Tso`]: a drain writes to one of them.
    #[must_use]
    pub fn memory(mut self, atomics: impl IntoIterator<Item = Arc<TracedAtomic>>) -> Self {
        self.memory.extend(atomics);
        self
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan").field("threads", &self.names).finish_non_exhaustive()
    }
}
