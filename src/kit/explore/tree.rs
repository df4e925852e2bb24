//! The tree of interleavings, with what leads to the same state drawn as one.
//!
//! Made by a merged search while it goes on. Must not know how it is shown.

use std::collections::HashMap;

use super::counts::Counts;
use super::key::Key;
use super::schedule::ScheduleStep;

/// All states of a program, and what leads from one to the next.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    root: Option<Key>,
    branches: HashMap<Key, Branch>,
}

/// One state.
#[derive(Clone, Debug, Default)]
pub struct Branch {
    /// What can be done there, and the state that it leads to.
    pub choices: Vec<(ScheduleStep, Key)>,
    /// Interleavings from here to the end, and how many of them fail.
    pub total: u128,
    pub failed: u128,
    /// All that can come after it was covered: the figures are final.
    pub complete: bool,
    /// How the run ends here, if it does.
    pub end: Option<Leaf>,
    /// From how many states it is reached; more than one where ways meet.
    pub ways: u32,
}

/// How a run ends at a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    Held,
    /// The kind of failure.
    Failed(&'static str),
    /// At the bound on steps: how it would end is not known.
    CutOff,
}

impl Tree {
    /// The state before the first step.
    pub fn root(&self) -> Option<&Branch> {
        self.branch(self.root?)
    }

    pub fn branch(&self, key: Key) -> Option<&Branch> {
        self.branches.get(&key)
    }

    /// The state that a schedule leads to.
    pub fn at(&self, schedule: &[ScheduleStep]) -> Option<&Branch> {
        let mut branch = self.root()?;
        for choice in schedule {
            let (_, next) = branch.choices.iter().find(|(known, _)| known == choice)?;
            branch = self.branch(*next)?;
        }
        Some(branch)
    }

    /// How many states there are.
    pub fn len(&self) -> usize {
        self.branches.len()
    }

    pub fn is_empty(&self) -> bool {
        self.branches.is_empty()
    }

    /// A way from one state, or from nowhere to the root.
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

    pub(crate) fn count(&mut self, at: Key, counts: &Counts) {
        let branch = self.branches.entry(at).or_default();
        (branch.total, branch.failed) = (counts.total, counts.failed());
        branch.complete = counts.cut_off == 0;
    }

    pub(crate) fn end(&mut self, at: Key, leaf: Leaf) {
        let branch = self.branches.entry(at).or_default();
        branch.end = Some(leaf);
        branch.total = u128::from(leaf != Leaf::CutOff);
        branch.failed = u128::from(matches!(leaf, Leaf::Failed(_)));
        branch.complete = leaf != Leaf::CutOff;
    }
}
