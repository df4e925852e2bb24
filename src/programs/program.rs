//! What a program is: a question, the code that its threads execute, what must hold, and how
//! it is repaired.
//!
//! ```text
//! question, guesses ──▶ the user predicts
//! source ─────────────▶ the listing
//! instantiate(Case) ──▶ Plan: threads and checks ──▶ run, stepped, searched; again and again
//! invariant, hint, lesson, repair ──▶ what must hold, where to look, what it teaches, what helps
//! ```

use std::sync::Arc;

use super::listing::Source;
use crate::kit::explore::{Memory, Plan, Program};

/// A program that can be stepped through, searched and replayed: real threads on the kit's
/// tools, with what is to be asked and learnt. A static in a file of its own below `all`.
#[derive(Clone, Copy, Debug)]
pub struct StepProgram {
    /// As on the command line, and the first part of its codes: lower-case letters alone.
    pub id: &'static str,
    /// In the heads of screens and reports; in a few words.
    pub title: &'static str,
    /// Asked before anything is tried; the user chooses one of the `guesses`.
    pub question: &'static str,
    /// What one may guess, each in a few words. The right one is at [`StepProgram::right`].
    pub guesses: &'static [&'static str],
    pub right: usize,
    /// What must hold, as one sentence. Checked by the plan that [`StepProgram::instantiate`]
    /// makes.
    pub invariant: &'static str,
    /// For a user who does not find the failure: where to look, not what to do.
    pub hint: &'static str,
    /// What the failure teaches, in a sentence or two that hold also outside of this program. Shown
    /// when the failure was found.
    pub lesson: &'static str,
    pub size: Option<Size>,
    pub repair: Repair,
    /// The memory models under which it makes sense to run it; the first is shown first.
    pub memories: &'static [Memory],
    pub source: Source,
    /// Makes the threads, what they share and the checks, for one run. Called again for every run,
    /// so a run never finds what another one has left.
    pub instantiate: fn(Case) -> Plan,
}

/// What the setting `n` means to a program: how many threads, rounds or items, and which are
/// small enough to be searched.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub about: &'static str,
    /// The smallest size, the largest, and the one that is shown first. Each size from `least` to
    /// `most` can be searched to its end.
    pub least: u32,
    pub most: u32,
    pub usual: u32,
}

/// The setting that turns the broken version into the right one. Each program has one, so that a
/// search can show that the repair is one. `key` is typed (`--set lock=on`), `about` says what it
/// changes.
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

/// One way to run a program: all that its threads and their steps depend on beside the
/// schedule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Case {
    /// The size, within the program's [`Size`]; 0 where the program has none.
    pub n: u32,
    pub repaired: bool,
    pub memory: Memory,
}

impl StepProgram {
    /// The case that is shown first: broken, of the usual size, on its first memory model. The
    /// search covers it in at most a few seconds.
    pub fn usual(&self) -> Case {
        Case {
            n: self.size.map_or(0, |size| size.usual),
            repaired: false,
            memory: self.memories[0],
        }
    }

    /// Whether its memory model can be chosen: only where that makes a difference. Elsewhere a
    /// setting or a code that names one is refused.
    pub fn has_memory_choice(&self) -> bool {
        self.memories.len() > 1
    }

    /// The usual case, repaired. It holds in all interleavings, which is checked for every program.
    pub fn right_case(&self) -> Case {
        Case { repaired: true, ..self.usual() }
    }

    /// Whether a line of the listing is not executed in this case: what takes a lock that is off,
    /// or says itself that it is for the other version.
    pub fn skips(&self, case: Case, line: &str) -> bool {
        if case.repaired {
            return line.contains("# not when repaired");
        }
        let locks = self.repair.key == Repair::LOCK.key;
        line.contains(".lock_if(")
            || line.contains("# only when repaired")
            || locks && line.trim_start().starts_with("with lock")
    }

    /// The program as the explorer takes it: makes its threads and things again for every run.
    pub fn prepare(&self, case: Case) -> Arc<dyn Program> {
        let instantiate = self.instantiate;
        Arc::new(move || instantiate(case))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_that_is_for_the_other_version_is_skipped() {
        let pulse = crate::programs::find("pulse").unwrap();
        let clear = pulse.source.python().find(|line| line.contains("clear()")).unwrap();
        assert!(!pulse.skips(pulse.usual(), clear) && pulse.skips(pulse.right_case(), clear));
        let skip = crate::programs::find("skip").unwrap();
        let lock = skip.source.python().find(|line| line.contains("# with lock")).unwrap();
        assert!(skip.skips(skip.usual(), lock) && !skip.skips(skip.right_case(), lock));
    }
}
