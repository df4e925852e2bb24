//! The systematic search: depth first through all interleavings. Each is run from the start
//! with the choices made so far, since a thread cannot be set back.
//!
//! **Merged**: two ways that lead to the same state have the same future, so its
//! interleavings are counted once and remembered under the state's key. **Sleep sets**
//! (Godefroid 1996): of two orders of steps that do not touch the same things only one is
//! run; finds every outcome, counts nothing. A **bound** on switches away from threads that
//! could continue leaves the likeliest bugs in the smallest space. A bound and sleep sets do
//! not go together: of two equivalent orders the one that is run may need more switches
//! than the one that is not.
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

use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasherDefault;

use super::counts::{Counts, Kinds};
use super::finding::{End, Finding, Found, is_switch, within};
use super::incomplete::Incomplete;
use super::key::{Key, KeyHasher};
use super::model_state::ModelState;
use super::progress::Progress;
use super::schedule::{ScheduleStep, StepSet};
use super::scheduler::{Scheduler, SchedulingPoint, go_on, keep_simplest};
use super::tree::{Leaf, Tree};

/// What the search leaves out, and how. All find the same failures if they come to their
/// end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Runs every interleaving, each from its start. Their number grows with the factorial of
    /// the steps, so this is for tiny programs, and for checking the other two.
    Plain,
    /// Counts every interleaving, and runs each state's future once. Its cost is the number
    /// of states, not that of interleavings.
    Merged,
    /// Runs one of each class of equivalent interleavings. Under a bound on switches it
    /// runs every interleaving.
    SleepSets,
}

/// Limits of a search. One that is reached is named in [`Search::incomplete`], so that no
/// figure is taken for a proof.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Switches of a run away from a thread that could continue, at most; `None` for any
    /// number. Switches away from a blocked thread are free.
    pub switches: Option<u32>,
    pub runs: u64,
    /// States to remember, some 100 bytes each. Beyond that, further states are searched
    /// again each time they are met: slower, and still exact.
    pub states: usize,
    /// Whether to stop at the first failure: for searches for one, not for counts.
    pub first_failure: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { switches: None, runs: u64::MAX, states: 8_000_000, first_failure: false }
    }
}

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
    /// The counts of what follows each state that was searched to its end: the whole saving of
    /// a merged search, and nearly all of its memory.
    known: HashMap<Key, Counts, BuildHasherDefault<KeyHasher>>,
    kinds: Kinds,
    /// Counts of everything that was run, or added from a state that was known.
    totals: Counts,
    ending: SearchEnd,
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

/// Why the search itself ended the present run, if it did. To the exploration each of these is
/// [`End::Stopped`], so the search has to remember what it meant.
#[derive(Debug)]
enum SearchEnd {
    NotYet,
    /// The future of the state that the run met is known: its counts are added without running
    /// it.
    Known(Counts),
    /// Whatever could still be done comes to the same elsewhere, or is beyond the bound: the
    /// run counts for nothing.
    NothingNew,
}

/// One choice on the present path: the state in which it is made, and what was and will be
/// tried there.
#[derive(Debug)]
struct Node {
    /// The key of the state before the choice; of no meaning unless merged.
    key: Key,
    ready: StepSet,
    last: Option<ScheduleStep>,
    now: ScheduleStep,
    /// Still to be tried after `now`: neither asleep nor beyond the bound.
    untried: StepSet,
    /// What need not be tried here: it comes to the same elsewhere, or has been tried.
    asleep: StepSet,
    /// Switches of the path before this choice, for the bound.
    switches: u32,
    /// What the choices tried so far lead to. When all were tried, this is the future of the
    /// state.
    counts: Counts,
}

impl Node {
    fn switches_after(&self) -> u32 {
        self.switches + u32::from(is_switch(self.last, self.now, self.ready))
    }
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
            known: HashMap::default(),
            kinds: Kinds::default(),
            totals: Counts::default(),
            ending: SearchEnd::NotYet,
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

    /// Makes the first choice at a state that is new on this path. `None` ends the run: the
    /// future is known, or there is nothing new to try.
    fn open(
        &mut self,
        model: &ModelState,
        ready: StepSet,
        last: Option<ScheduleStep>,
    ) -> Option<ScheduleStep> {
        let switches = self.path.last().map_or(0, Node::switches_after);
        let mut key = Key::default();
        if self.method == Method::Merged {
            key = self.key(model, last, switches);
            self.link(key);
            if let Some(counts) = self.known.get(&key) {
                self.ending = SearchEnd::Known(counts.clone());
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
            self.ending = SearchEnd::NothingNew;
            return None;
        };
        untried.remove(now);
        self.path.push(Node {
            key,
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

    /// The key under which the future of a state is remembered. Under a bound, what can
    /// still happen also depends on the switches left, and on which thread's going on is no
    /// switch.
    fn key(&self, model: &ModelState, last: Option<ScheduleStep>, switches: u32) -> Key {
        let mut key = model.key();
        if self.limits.switches.is_some() {
            key.take(u64::from(switches));
            key.take(last.map_or(u64::MAX, |last| last.thread() as u64));
        }
        key
    }

    /// Records a run that came to an end of its own, and returns it as counts.
    fn count_end(&mut self, finding: &Finding<'_>) -> Counts {
        let (leaf, counts) = match finding.end.kind() {
            Some(kind) => {
                keep_simplest(&mut self.simplest, finding);
                (Leaf::Failed(kind), Counts::one(Some(self.kinds.number(kind))))
            }
            None if *finding.end == End::StepBound => {
                self.incomplete.insert(Incomplete::StepBound);
                (Leaf::CutOff, Counts::cut_off())
            }
            None => (Leaf::Held, Counts::one(None)),
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
            if self.method == Method::Merged && self.known.len() < self.limits.states {
                self.known.insert(node.key, node.counts.clone());
            }
            below = node.counts;
        }
        self.finished = true;
    }
}

impl Scheduler for Search {
    fn begin(&mut self) -> bool {
        // Each run begins at the first state and repeats the path.
        self.depth = 0;
        self.asleep = StepSet::default();
        self.ending = SearchEnd::NotYet;
        if self.finished {
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

    fn choose(&mut self, now: &SchedulingPoint<'_>) -> Option<ScheduleStep> {
        let choice = match self.path.get(self.depth) {
            Some(node) => node.now,
            None => self.open(now.model, now.ready, now.last)?,
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
        let counts = match std::mem::replace(&mut self.ending, SearchEnd::NotYet) {
            SearchEnd::Known(counts) => counts,
            SearchEnd::NothingNew => Counts::default(),
            // A request from outside: this run has no result, and the path stays as it is.
            SearchEnd::NotYet if *finding.end == End::Stopped => {
                self.incomplete.insert(Incomplete::Stopped);
                return;
            }
            SearchEnd::NotYet => self.count_end(finding),
        };
        self.totals.add(&counts);
        self.progress.report(self.runs, self.known.len(), &self.totals);
        self.go_back(counts);
    }
}
