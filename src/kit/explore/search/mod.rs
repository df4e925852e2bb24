//! The systematic search: depth first through all interleavings. Each is run from the start
//! with the choices made so far, since a thread cannot be set back.
//!
//! **Merged**: two ways that lead to the same state have the same future, so its
//! interleavings are counted once and remembered under the state's key. **Sleep sets**
//! (Godefroid 1996): of two orders of steps that do not touch the same things only one is
//! run; finds every outcome, counts nothing. A **bound** on switches away from threads that
//! could continue leaves the likeliest bugs in the smallest space. A bound and sleep sets do
//! not go together: of two equivalent orders the one that is run may need more switches
//! than the one that is not. On several cores a search has the same results as on one: see
//! `parallel.rs`.
//!
//! ```text
//!    run:     path[0] ─ path[1] ─ ... ─ path[n]  │  new states: `open` pushes nodes
//!             repeat the choices (`choose`)      ▼
//!    end:     counts of what is below, added up while nodes without an untried choice are
//!             popped (`go_back`); the first node with one takes it in the next run
//! ```
//!
//! Of two steps a and b that touch different things, sleep sets run a, b. The next run takes b; now
//! only a is left, which sleeps, as it leads to the same state: that run counts for nothing.

mod expander;
mod known;
mod node;
mod options;
mod parallel;
mod parts;
mod states;
mod walk;

use std::collections::BTreeSet;
use std::sync::Arc;

use self::known::Known;
use self::node::Node;
pub use self::options::{Limits, Method};
pub use self::parallel::search;
use self::states::{StateId, States, search_key};
use super::counts::{Counts, Kinds};
use super::finding::{End, Finding, Found, within};
use super::incomplete::Incomplete;
use super::key::Key;
use super::progress::Progress;
use super::schedule::{ScheduleStep, StepSet};
use super::scheduler::{Scheduler, SchedulingPoint, go_on, keep_simplest};
use super::tree::{Leaf, Tree};
use crate::kit::stop::Stop;

/// A depth-first search over the interleavings of one program: a scheduler that remembers from
/// one run to the next what is left to try.
#[derive(Debug)]
pub struct Search {
    method: Method,
    limits: Limits,
    /// The choices of the present run from its start, each with what is left to try there.
    /// Grows while a run enters new states, shrinks at the end of each run.
    path: Vec<Node>,
    /// Choices of the present run made so far; up to `path.len()` they repeat the last
    /// run's.
    depth: usize,
    /// The states that were met; empty unless merged. Shared with the threads that help.
    states: Arc<States>,
    /// The counts of what follows each state that was searched to its end: the whole saving of
    /// a merged search.
    known: Known,
    /// While others enter in `states` what they find: the stop of the exploration, which a search
    /// that only reads has to look at itself.
    beside_others: Option<Stop>,
    /// Runs after which it pauses: [`Scheduler::begin`] says no, and nothing has ended.
    pause: u64,
    kinds: Kinds,
    /// Counts of everything that was run, or added from a state that was known.
    totals: Counts,
    /// The counts of the present run if the search itself ended it: those of a state that is known,
    /// or none at all where whatever could still be done comes to the same elsewhere, or is beyond
    /// the bound. To the exploration each of these is [`End::Stopped`].
    decided: Option<Counts>,
    /// What is asleep after the last choice on the path: the sleep set of the next state, if it
    /// is a new one. Empty but for [`Method::SleepSets`].
    asleep: StepSet,
    incomplete: BTreeSet<Incomplete>,
    /// Nothing is left to try: the path is empty again. Only then are the counts those of the
    /// program.
    finished: bool,
    runs: u64,
    simplest: Option<Found>,
    progress: Progress,
    tree: Option<Tree>,
}

impl Search {
    /// A search that has not begun. Under a bound on switches, sleep sets become
    /// [`Method::Plain`].
    pub fn new(method: Method, limits: Limits) -> Self {
        let reduces = limits.switches.is_none();
        Self {
            method: match method {
                Method::SleepSets if !reduces => Method::Plain,
                method => method,
            },
            limits,
            path: Vec::new(),
            depth: 0,
            states: Arc::default(),
            known: Known::default(),
            beside_others: None,
            pause: u64::MAX,
            kinds: Kinds::default(),
            totals: Counts::default(),
            decided: None,
            asleep: StepSet::default(),
            incomplete: BTreeSet::new(),
            finished: false,
            runs: 0,
            simplest: None,
            progress: Progress::default(),
            tree: None,
        }
    }

    /// Keeps the tree of interleavings, for a screen that shows it. Only a merged search has
    /// the keys of states that it needs.
    #[must_use]
    pub fn keeping_tree(mut self) -> Self {
        self.tree = Some(Tree::default());
        self
    }

    pub fn take_tree(&mut self) -> Option<Tree> {
        self.tree.take()
    }

    /// Reports to `progress` after every run, for another thread to read.
    #[must_use]
    pub fn reporting(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }

    /// Runs so far, those included that were ended at a known state.
    pub fn runs(&self) -> u64 {
        self.runs
    }

    pub fn states(&self) -> usize {
        self.known.len()
    }

    /// Interleavings covered, and how many of them fail. With sleep sets one stands for all
    /// equivalent ones, so these are then numbers of classes.
    pub fn totals(&self) -> &Counts {
        &self.totals
    }

    /// Failing interleavings by kind, in the order in which the kinds appeared.
    pub fn kinds(&self) -> impl Iterator<Item = (&'static str, u128)> {
        self.kinds.names(&self.totals)
    }

    /// Whether nothing was left out: then its counts are those of the program.
    pub fn is_complete(&self) -> bool {
        self.finished && self.incomplete.is_empty()
    }

    /// Why something was left out; empty only if the search is complete. Before its end a search
    /// says that it was stopped, as its figures are then a part of the whole.
    pub fn incomplete(&self) -> BTreeSet<Incomplete> {
        let mut all = self.incomplete.clone();
        // The exploration ended before the search did, for no reason of its own.
        if !self.finished && all.is_empty() {
            all.insert(Incomplete::Stopped);
        }
        all
    }

    /// The simplest failure among those that were run. Interleavings that were only counted
    /// have no trace.
    pub fn simplest(&self) -> Option<&Found> {
        self.simplest.as_ref()
    }

    pub fn into_simplest(self) -> Option<Found> {
        self.simplest
    }

    /// Comes to a state that is new on this path, and makes the first choice there. `None` ends
    /// the run: the future is known, or there is nothing new to try.
    fn open(&mut self, now: &SchedulingPoint<'_>) -> Option<ScheduleStep> {
        if self.method != Method::Merged {
            return self.enter(None, Key::default(), now.ready, now.last);
        }
        let (bound, before) = (self.limits.switches, self.path.last());
        let switches = before.map_or(0, Node::switches_after);
        let key = search_key(now.model, now.last, switches, bound);
        let kept = within(now.ready, now.last, switches, bound);
        let from = before.map(Node::choice);
        // A state after one without a number cannot be found by its way, so it has none either.
        let state = (self.known.len() < self.limits.states && from != Some(None))
            .then(|| self.states.open(from.flatten(), key, now.ready, kept))
            .flatten()
            .map(|(state, _)| state);
        let first = self.enter(state, key, now.ready, now.last);
        if let (Some(state), Some(first), Some(_)) = (state, first, &self.beside_others) {
            self.states.claim((state, first));
        }
        first
    }

    /// The same, with the state's key known, and its number if it has one.
    fn enter(
        &mut self,
        state: Option<StateId>,
        key: Key,
        ready: StepSet,
        last: Option<ScheduleStep>,
    ) -> Option<ScheduleStep> {
        let switches = self.path.last().map_or(0, Node::switches_after);
        if self.method == Method::Merged {
            self.link(key);
            if let Some(counts) = state.and_then(|state| self.known.get(state)) {
                self.decided = Some(counts);
                return None;
            }
        }
        // What sleeps has been tried from an equivalent state.
        let awake = ready.without(self.asleep);
        let kept = within(ready, last, switches, self.limits.switches);
        let mut untried = awake.into_iter().filter(|&it| kept.contains(it)).collect();
        if awake != untried {
            self.incomplete.insert(Incomplete::PreemptionBound);
        }
        // Without a switch where possible: simple failures are found first.
        let Some(now) = go_on(untried, last) else {
            self.decided = Some(Counts::default());
            return None;
        };
        untried.remove(now);
        self.path.push(Node {
            key,
            state,
            ready,
            last,
            now,
            untried,
            asleep: self.asleep,
            switches,
            counts: Counts::default(),
        });
        Some(now)
    }

    fn link(&mut self, to: Key) {
        let from = self.path.last().map(|node| (node.key, node.now));
        if let Some(tree) = &mut self.tree {
            tree.link(from, to);
        }
    }

    /// Records a run that came to an end of its own, and returns it as counts.
    fn count_end(&mut self, finding: &Finding<'_>) -> Counts {
        let cut_off = *finding.end == End::StepBound;
        if let Some(choice) = self.path.last().and_then(Node::choice)
            && !cut_off
        {
            self.states.end(choice, finding.end.kind());
        }
        let (leaf, counts) = match finding.end.kind() {
            Some(kind) => {
                keep_simplest(&mut self.simplest, finding);
                (Leaf::Failed(kind), self.one(Some(kind)))
            }
            None if cut_off => {
                self.incomplete.insert(Incomplete::StepBound);
                (Leaf::CutOff, Counts::cut_off())
            }
            None => (Leaf::Held, self.one(None)),
        };
        let key = self.tree.is_some().then(|| finding.last().key());
        if let Some(key) = key {
            self.link(key);
        }
        if let (Some(tree), Some(key)) = (&mut self.tree, key) {
            tree.end(key, leaf);
        }
        counts
    }

    /// One interleaving that came to its end, with a failure of that kind or without one.
    fn one(&mut self, kind: Option<&'static str>) -> Counts {
        Counts::one(kind.map(|kind| self.kinds.number(kind)))
    }

    /// A run has led to `counts`: adds them to the figures, and goes back to where the next run
    /// leaves this one.
    fn conclude(&mut self, counts: Counts) {
        self.totals.add(&counts);
        self.progress.report(self.runs, self.known.len(), &self.totals);
        self.go_back(counts);
    }

    /// Adds `counts` to the last choice and goes back to the last node with an untried one,
    /// which the next run takes. Nodes on the way back are done: their counts become known, and
    /// part of the node before. Without such a node the search has finished.
    fn go_back(&mut self, counts: Counts) {
        let mut below = counts;
        while let Some(mut node) = self.path.pop() {
            node.counts.add(&below);
            if let Some(next) = node.untried.first() {
                node.untried.remove(next);
                // Its futures have been covered; a step that is independent of it need not
                // be followed by it.
                node.asleep.insert(node.now);
                node.now = next;
                self.path.push(node);
                return;
            }
            if let Some(tree) = &mut self.tree {
                tree.count(node.key, &node.counts);
            }
            if let Some(state) = node.state
                && self.known.len() < self.limits.states
            {
                self.known.insert(state, &node.counts);
            }
            below = node.counts;
        }
        self.finished = true;
    }

    /// Whether there is to be another run, which is counted then.
    fn begin_run(&mut self) -> bool {
        // Each run begins at the first state and repeats the path.
        self.depth = 0;
        self.asleep = StepSet::default();
        self.decided = None;
        if self.finished || self.runs >= self.pause {
            return false;
        }
        if self.limits.first_failure && self.simplest.is_some() {
            self.incomplete.insert(Incomplete::FirstFailure);
            return false;
        }
        if self.runs >= self.limits.runs {
            self.incomplete.insert(Incomplete::RunLimit);
            return false;
        }
        self.runs += 1;
        true
    }
}

impl Scheduler for Search {
    fn begin(&mut self) -> bool {
        while self.begin_run() {
            // Runs along steps that others have taken need no thread.
            if !self.walk() {
                return true;
            }
        }
        false
    }

    fn choose(&mut self, now: &SchedulingPoint<'_>) -> Option<ScheduleStep> {
        let choice = match self.path.get(self.depth) {
            Some(node) => node.now,
            None => self.open(now)?,
        };
        self.depth += 1;
        // The sleep set of the next state: a sleeper wakes when a step is taken that it
        // depends on. Only for a state beyond the path, as the nodes on it have their sets.
        if self.method == Method::SleepSets && self.depth == self.path.len() {
            let asleep = self.path[self.depth - 1].asleep;
            let stays = |other: &ScheduleStep| now.model.independent(choice, *other);
            self.asleep = asleep.into_iter().filter(stays).collect();
        }
        Some(choice)
    }

    fn end(&mut self, finding: &Finding<'_>) {
        let counts = match self.decided.take() {
            Some(counts) => counts,
            // A request from outside: this run has no result, and the path stays as it is.
            None if *finding.end == End::Stopped => {
                self.incomplete.insert(Incomplete::Stopped);
                return;
            }
            None => self.count_end(finding),
        };
        self.conclude(counts);
    }
}
