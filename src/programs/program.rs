//! What a program is: a question, the code that its threads
//! execute, what must hold, and how it is repaired.
//!
//! Must not know how it is explored or shown.

use std::sync::Arc;

use super::listing::Source;
use crate::kit::explore::{Memory, Plan, Program};

/// A program that can be stepped through, searched and replayed.
#[derive(Clone, Copy, Debug)]
pub struct StepProgram {
    /// As on the command line.
    pub id: &'static str,
    pub title: &'static str,
    /// Asked before anything is tried.
    pub question: &'static str,
    /// What one may guess, the right one at [`StepProgram::right`].
    pub guesses: &'static [&'static str],
    pub right: usize,
    /// What must hold, as one sentence.
    pub invariant: &'static str,
    /// For those who do not find the failure.
    pub hint: &'static str,
    /// What the failure teaches.
    pub lesson: &'static str,
    pub size: Option<Size>,
    pub repair: Repair,
    /// The memory models under which it makes sense to run it; the first is shown first.
    pub memories: &'static [Memory],
    pub source: Source,
    pub instantiate: fn(Case) -> Plan,
}

/// What the setting `n` means to a program.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub about: &'static str,
    pub least: u32,
    pub most: u32,
    pub usual: u32,
}

/// The setting that turns the broken version into the right one.
#[derive(Clone, Copy, Debug)]
pub struct Repair {
    pub key: &'static str,
    pub about: &'static str,
}

impl Repair {
    /// The repair of most programs that lack mutual exclusion.
    pub const LOCK: Self = Self { key: "lock", about: "one lock around each operation" };

    pub const fn fix(about: &'static str) -> Self {
        Self { key: "fix", about }
    }
}

/// One way to run a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Case {
    /// 0 where the program has no size.
    pub n: u32,
    pub repaired: bool,
    pub memory: Memory,
}

impl StepProgram {
    /// As it is first shown: broken, of the usual size.
    pub fn usual(&self) -> Case {
        Case {
            n: self.size.map_or(0, |size| size.usual),
            repaired: false,
            memory: self.memories[0],
        }
    }

    /// Whether its memory model can be chosen.
    pub fn has_memory_choice(&self) -> bool {
        self.memories.len() > 1
    }

    /// The same, repaired.
    pub fn right_case(&self) -> Case {
        Case { repaired: true, ..self.usual() }
    }

    /// Ready to be explored.
    pub fn prepare(&self, case: Case) -> Arc<dyn Program> {
        let instantiate = self.instantiate;
        Arc::new(move || instantiate(case))
    }
}
