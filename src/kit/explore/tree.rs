//! The tree of interleavings, with everything that leads to the same state drawn as one: in
//! truth an acyclic graph. A merged search makes it while it goes on.
//!
//! ```text
//! root ──a──▶ ○ ──b──▶ ○ Held    `ways` 2: the two orders meet
//!   └────b──▶ ○ ──a────┘
//! ```

use std::collections::HashMap;

use super::counts::Counts;
use super::key::Key;
use super::schedule::ScheduleStep;

/// All states of a program that were met, and what leads from one to the next. As many as the
/// merged search knows: of small programs only.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The state before the first step; `None` until the search has made its first choice. Never
    /// changes after that, as every run begins there.
    root: Option<Key>,
    branches: HashMap<Key, Branch>,
}

/// One state: what can be done there, and what comes of it. Kept under the state's key; the
/// state itself is not kept, and is made again by replaying a schedule.
#[derive(Clone, Debug, Default)]
pub struct Branch {
    /// The steps that were tried there, and the key of the state that each leads to, in the
    /// order in which they were tried.
    pub choices: Vec<(ScheduleStep, Key)>,
    /// Interleavings from here to the end, and below how many of them fail. Not known before
    /// all choices were tried.
    pub total: u128,
    pub failed: u128,
    /// Everything that can come after it was covered: the figures are final, and 0 failing is a
    /// proof for this part.
    pub complete: bool,
    pub end: Option<Leaf>,
    /// Number of different steps that lead to it; more than one where interleavings meet.
    pub ways: u32,
}

/// How a run ends at a state: nothing failed, a failure of that kind, or the bound on
/// steps, at which the end is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    Held,
    Failed(&'static str),
    CutOff,
}

impl Tree {
    /// The state before the first step, where every schedule begins.
    pub fn root(&self) -> Option<&Branch> {
        self.branch(self.root?)
    }

    /// The state of that key, if the search has met it.
    pub fn branch(&self, key: Key) -> Option<&Branch> {
        self.branches.get(&key)
    }

    /// The state that a schedule leads to; `None` if the search has not been there.
    pub fn at(&self, schedule: &[ScheduleStep]) -> Option<&Branch> {
        let mut branch = self.root()?;
        for choice in schedule {
            let (_, next) = branch.choices.iter().find(|(known, _)| known == choice)?;
            branch = self.branch(*next)?;
        }
        Some(branch)
    }

    /// The number of states that were met, whether or not all that follows was tried.
    pub fn len(&self) -> usize {
        self.branches.len()
    }

    pub fn is_empty(&self) -> bool {
        self.branches.is_empty()
    }

    /// Adds a step from one state to another, or, without one, the root. A step that is
    /// known already is not counted again.
    pub(crate) fn link(&mut self, from: Option<(Key, ScheduleStep)>, to: Key) {
        let Some((from, choice)) = from else {
            self.root = Some(to);
            self.branches.entry(to).or_default();
            return;
        };
        let branch = self.branches.entry(from).or_default();
        if branch.choices.iter().all(|(known, _)| *known != choice) {
            branch.choices.push((choice, to));
            self.branches.entry(to).or_default().ways += 1;
        }
    }

    /// Sets the figures of a state whose choices were all tried. Called when the search goes
    /// back over it.
    pub(crate) fn count(&mut self, at: Key, counts: &Counts) {
        let branch = self.branches.entry(at).or_default();
        (branch.total, branch.failed) = (counts.total, counts.failed());
        // A run that was cut off leaves the end of its way unknown.
        branch.complete = counts.cut_off == 0;
    }

    /// Sets how the run ends at a state. Such a state is one interleaving, unless it was cut off:
    /// then it is none.
    pub(crate) fn end(&mut self, at: Key, leaf: Leaf) {
        let branch = self.branches.entry(at).or_default();
        branch.end = Some(leaf);
        branch.total = u128::from(leaf != Leaf::CutOff);
        branch.failed = u128::from(matches!(leaf, Leaf::Failed(_)));
        branch.complete = leaf != Leaf::CutOff;
    }
}
