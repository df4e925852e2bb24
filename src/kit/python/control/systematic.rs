//! Runs one schedule of each class of those that differ only in the order of independent
//! operations.
//!
//! Dynamic partial-order reduction by source sets (Abdulla, Aronsson, Jonsson and Sagonas, POPL
//! 2014) with sleep sets (Godefroid 1996): after each schedule, every two operations of it that
//! conflict and that nothing orders are tried the other way round. With a bound on preemptions
//! neither may be used, since the schedule that stands for a class may need more of them than
//! another one of it; then each schedule within the bound is run.

use super::execution::Execution;
use super::races::{self, Race, Transition, dependent};
use super::schedule::ForcedSwitch;

/// Threads that have a bit; a script with more is searched by chance alone.
pub const MOST_THREADS: u16 = 64;

/// A decision on the way to the schedule that was run last. The path of these is the stack of a
/// search in depth; a node keeps what is still to be tried at its place, and never what was below
/// it, so memory grows with the length of a schedule and not with their number.
#[derive(Debug)]
struct Node {
    now: Transition,
    /// Threads to be tried here, and those that were, with what they did. The last is `now`.
    wanted: u64,
    done: Vec<Transition>,
    /// What another schedule has already tried, so that it need not come first here.
    sleep: Vec<Transition>,
    preemptions: u32,
}

impl Node {
    fn is_done(&self, thread: u16) -> bool {
        self.done.iter().any(|done| done.decision.thread == thread)
    }

    /// One of these is to be tried first here; all, if the search cannot see that one can run.
    fn want(&mut self, first: &[u16]) {
        let all = first.iter().fold(0, |all, thread| all | bit(*thread));
        if all & self.wanted != 0 || first.iter().any(|thread| self.sleeps(*thread)) {
            return;
        }
        match first.iter().find(|thread| self.now.decision.ready & bit(**thread) != 0) {
            Some(thread) => self.wanted |= bit(*thread),
            None => self.wanted |= self.now.decision.ready,
        }
    }

    fn sleeps(&self, thread: u16) -> bool {
        self.sleep.iter().any(|one| one.decision.thread == thread)
    }
}

/// A search that is always given the result of the schedule that it asked for.
#[derive(Debug)]
pub struct Systematic {
    path: Vec<Node>,
    /// Preemptions at most; `None` for the reduced search.
    bound: Option<u32>,
    /// Whether two operations that only look into data conflict: their order may be printed.
    output: bool,
    /// A schedule was left out because of the bound.
    pub bounded: bool,
}

/// Why the search cannot go on: the same schedule led to something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diverged;

impl Systematic {
    pub fn new(bound: Option<u32>, output: bool) -> Self {
        Self { path: Vec::new(), bound, output, bounded: false }
    }

    /// Takes the schedule that was run, and returns the next one; `None` if all were run.
    ///
    /// # Errors
    /// If it did not begin as the one that was asked for.
    pub fn next(&mut self, execution: &Execution) -> Result<Option<Vec<ForcedSwitch>>, Diverged> {
        let run = races::transitions(&execution.trace);
        // The races of those before the last decision were found when they were run first.
        let changed = self.path.len().saturating_sub(1);
        self.extend(&run)?;
        if self.bound.is_none() {
            let searched = changed..self.path.len();
            let races = races::find(&run, &execution.trace.blocked, searched, self.output);
            for Race { at, first } in races {
                self.path[at].want(&first);
            }
        }
        Ok(self.backtrack())
    }

    /// Adds the decisions of a run behind those that it repeats.
    fn extend(&mut self, run: &[Transition]) -> Result<(), Diverged> {
        let repeated = self.path.len();
        for (node, now) in self.path.iter_mut().zip(run) {
            // Of the last one only the thread was known.
            if !node.now.is_same_decision(now) {
                return Err(Diverged);
            }
        }
        if run.len() < repeated {
            return Err(Diverged);
        }
        if let Some(last) = self.path.last_mut() {
            last.now = run[repeated - 1].clone();
            last.done.push(last.now.clone());
        }
        for now in &run[repeated..] {
            let decision = &now.decision;
            let (sleep, before) = match self.path.last() {
                Some(last) => (self.asleep_after(last), last.preemptions),
                None => (Vec::new(), 0),
            };
            let preemptions = before + u32::from(decision.preempts());
            let mut node = Node {
                now: now.clone(),
                wanted: bit(decision.thread),
                done: vec![now.clone()],
                sleep,
                preemptions,
            };
            if let Some(bound) = self.bound {
                if !decision.could_go_on || before < bound {
                    node.wanted = decision.ready;
                } else {
                    self.bounded |= decision.ready.count_ones() > 1;
                }
            } else if node.sleeps(decision.thread) {
                // What follows was run in another order already; that of a thread which does not
                // sleep was not.
                if let Some(other) = threads(decision.ready).find(|thread| !node.sleeps(*thread)) {
                    (node.wanted, node.done) = (bit(other), Vec::new());
                    self.path.push(node);
                }
                break;
            }
            self.path.push(node);
        }
        Ok(())
    }

    /// Threads that need not come first after a decision, since they were tried before it and
    /// it makes no difference to them.
    fn asleep_after(&self, node: &Node) -> Vec<Transition> {
        if self.bound.is_some() {
            return Vec::new();
        }
        let earlier =
            node.done.iter().filter(|one| one.decision.thread != node.now.decision.thread);
        let all = node.sleep.iter().chain(earlier);
        all.filter(|one| !dependent(one, &node.now, self.output)).cloned().collect()
    }

    /// Goes back to the last decision at which another thread is to be tried.
    fn backtrack(&mut self) -> Option<Vec<ForcedSwitch>> {
        loop {
            let before = self.path.len().checked_sub(2).map(|at| self.path[at].preemptions);
            let node = self.path.last_mut()?;
            let is_new = |thread: &u16| !node.is_done(*thread) && !node.sleeps(*thread);
            if let Some(next) = threads(node.wanted).find(is_new) {
                let decision = &mut node.now.decision;
                decision.thread = next;
                node.preemptions = before.unwrap_or_default() + u32::from(decision.preempts());
                break;
            }
            self.path.pop();
        }
        Some(self.path.iter().filter_map(|node| node.now.decision.switch()).collect())
    }
}

/// The bit of a thread, counted from 1; none beyond those that have one.
fn bit(thread: u16) -> u64 {
    1_u64.checked_shl(u32::from(thread).wrapping_sub(1)).unwrap_or_default()
}

/// The threads of a set of bits.
pub fn threads(bits: u64) -> impl Iterator<Item = u16> {
    (1..=MOST_THREADS).filter(move |thread| bits & bit(*thread) != 0)
}
