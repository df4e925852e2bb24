//! Which operations of a schedule conflict, and which of those nothing orders.
//!
//! ```text
//!   adder-1   read n ─────── write n
//!                  ╲        ╱            two writes conflict, and so do a read and a write;
//!   adder-2         read n ╳── write n   nothing orders these, so each is a race
//!
//!   adder-1   acquire  read  write  release ┄┄┄┐   a release is ordered before the acquisition
//!   adder-2                                    └┄► acquire  read  write      that it permits
//! ```
//!
//! Order is what holds in every schedule of the same class: within a thread, from a start to what
//! was started, from an end to its join, and between two operations that conflict, in the order
//! in which they were. It is kept as vector clocks (Fidge 1988, Mattern 1988): for each thread
//! the last transition that came before.

use std::collections::HashMap;
use std::ops::Range;

use super::trace::{Blocked, Operation, Step, Trace};

/// What a thread does between two decisions: the operation it waited for, and those after it
/// that leave no choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    pub decision: Step,
    pub operations: Vec<(Operation, u32)>,
}

impl Transition {
    /// Whether another run came to the same decision and took the same thread.
    pub fn is_same_decision(&self, other: &Self) -> bool {
        let key = |Step { thread, arrived, point, ready, .. }| (thread, arrived, point, ready);
        key(self.decision) == key(other.decision)
    }
}

/// The steps of a trace, those without a choice behind the one that they belong to: a release
/// and a start cannot fail and wait for nothing, so a search that exchanges them alone would run
/// the same program twice.
pub fn transitions(trace: &Trace) -> Vec<Transition> {
    let mut all: Vec<Transition> = Vec::new();
    for step in &trace.steps {
        match all.last_mut() {
            Some(last) if step.leaves_no_choice() && last.decision.thread == step.thread => {
                last.operations.push((step.operation, step.object));
            }
            // Before the first decision there is nothing to decide.
            None if step.leaves_no_choice() => {}
            _ => all.push(Transition {
                decision: *step,
                operations: vec![(step.operation, step.object)],
            }),
        }
    }
    all
}

/// What an operation is done to. Names and locks have their own; all other data is one, since
/// it is not seen which list or dictionary it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Object {
    Name(u32),
    Lock(u32),
    Data,
}

fn object((operation, number): (Operation, u32)) -> Option<Object> {
    Some(match operation {
        Operation::Read | Operation::Write => Object::Name(number),
        Operation::Touch | Operation::Change => Object::Data,
        Operation::Acquire | Operation::Try | Operation::Release => Object::Lock(number),
        Operation::Begin | Operation::Join | Operation::Sleep | Operation::Start => return None,
    })
}

fn only_looks(operation: Operation, output: bool) -> bool {
    operation == Operation::Read || operation == Operation::Touch && !output
}

fn conflict(a: (Operation, u32), b: (Operation, u32), output: bool) -> bool {
    object(a).is_some()
        && object(a) == object(b)
        && !(only_looks(a.0, output) && only_looks(b.0, output))
}

/// Whether the order of two transitions can make a difference.
pub fn dependent(a: &Transition, b: &Transition, output: bool) -> bool {
    let any = |a| b.operations.iter().any(|b| conflict(a, *b, output));
    a.decision.thread == b.decision.thread || a.operations.iter().any(|a| any(*a))
}

/// For each thread the last of its transitions that came before, in an order that the script
/// itself makes; counted from 1.
type Clock = HashMap<u16, usize>;

fn join(clock: &mut Clock, other: &Clock) {
    for (thread, at) in other {
        let mine = clock.entry(*thread).or_default();
        *mine = (*mine).max(*at);
    }
}

/// What is known of one object up to some moment: what comes after all that changed it, or that
/// looked at it, and each operation on it with its place, to look for races with.
#[derive(Debug, Default)]
struct History {
    changed: Clock,
    looked: Clock,
    operations: Vec<(usize, Operation)>,
}

/// A transition of another thread that conflicts with a later operation, although nothing orders
/// the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Race {
    /// Its place in the run.
    pub at: usize,
    /// Threads of which one is to be tried there first, so that the two come the other way round.
    pub first: Vec<u16>,
}

/// The races of these transitions of a run with all before them, and those of what its threads
/// would have done next.
pub fn find(
    run: &[Transition],
    blocked: &[Blocked],
    searched: Range<usize>,
    output: bool,
) -> Vec<Race> {
    let (before, rest) = run.split_at(searched.end.min(run.len()));
    let mut order = Order { run, output, ..Order::default() };
    for (at, now) in before.iter().enumerate() {
        if at >= searched.start {
            order.find_races(now.decision.thread, &now.operations);
        }
        order.take(now);
    }
    // It counts as well: a thread may never come to it.
    let mut next: HashMap<u16, Vec<(Operation, u32)>> = HashMap::new();
    for one in rest {
        next.entry(one.decision.thread).or_insert_with(|| one.operations.clone());
    }
    for one in blocked {
        next.entry(one.thread).or_insert_with(|| vec![(one.operation, one.object)]);
    }
    for (thread, operations) in next {
        order.find_races(thread, &operations);
    }
    order.races
}

/// What the operations of a run order, up to the transition that was taken last. It is made once
/// from the beginning to the end of a run, so a race costs one look at the operations on its
/// object.
#[derive(Debug, Default)]
struct Order<'a> {
    run: &'a [Transition],
    output: bool,
    /// One for each transition, itself included.
    clocks: Vec<Clock>,
    threads: HashMap<u16, Clock>,
    /// Of threads that were started and have done nothing.
    starts: HashMap<u16, Clock>,
    histories: HashMap<Object, History>,
    races: Vec<Race>,
}

impl Order<'_> {
    fn take(&mut self, now: &Transition) {
        let thread = now.decision.thread;
        let mut clock = self.clock(thread, &now.operations);
        let at = self.clocks.len();
        clock.insert(thread, at + 1);
        for operation in &now.operations {
            if let (Operation::Start, Ok(new)) = (operation.0, u16::try_from(operation.1)) {
                self.starts.insert(new, clock.clone());
            }
            let Some(object) = object(*operation) else { continue };
            let history = self.histories.entry(object).or_default();
            history.operations.push((at, operation.0));
            if only_looks(operation.0, self.output) {
                join(&mut history.looked, &clock);
            } else {
                join(&mut history.changed, &clock);
            }
        }
        self.threads.insert(thread, clock.clone());
        self.clocks.push(clock);
    }

    /// What comes before the next transition of a thread, by its own order alone.
    fn before(&self, thread: u16) -> Clock {
        let known = self.threads.get(&thread).or_else(|| self.starts.get(&thread));
        known.cloned().unwrap_or_default()
    }

    /// What comes before these operations of a thread.
    fn clock(&self, thread: u16, operations: &[(Operation, u32)]) -> Clock {
        let mut clock = self.before(thread);
        for operation in operations {
            self.join_earlier(&mut clock, *operation);
        }
        clock
    }

    /// Adds the races of what a thread does next.
    fn find_races(&mut self, thread: u16, operations: &[(Operation, u32)]) {
        let before = self.before(thread);
        let mut found: Vec<usize> = Vec::new();
        for (operation, history) in operations
            .iter()
            .filter_map(|operation| Some((operation, self.histories.get(&object(*operation)?)?)))
        {
            for (at, earlier) in history.operations.iter().rev() {
                let other = self.run[*at].decision.thread;
                let races = other != thread
                    && before.get(&other).copied().unwrap_or_default() <= *at
                    && conflict((*earlier, operation.1), *operation, self.output)
                    // A lock that is held cannot be acquired before it is released.
                    && !(*earlier == Operation::Release && operation.0 == Operation::Acquire);
                // One that is ordered before another one waits until that one is exchanged.
                if races && !found.iter().any(|later| self.is_before(*at, &self.clocks[*later])) {
                    found.push(*at);
                }
            }
        }
        let clock = self.clock(thread, operations);
        let race = |at| Race { at, first: self.initials(at, thread, &clock) };
        let races: Vec<_> = found.into_iter().map(race).collect();
        self.races.extend(races);
    }

    /// Joins what an operation comes after, whatever exchanges could be made.
    fn join_earlier(&self, clock: &mut Clock, (operation, number): (Operation, u32)) {
        if let (Operation::Join, Ok(other)) = (operation, u16::try_from(number))
            && let Some(other) = self.threads.get(&other)
        {
            join(clock, other);
        }
        let history = object((operation, number)).and_then(|object| self.histories.get(&object));
        let Some(history) = history else { return };
        join(clock, &history.changed);
        if !only_looks(operation, self.output) {
            join(clock, &history.looked);
        }
    }

    /// Whether a transition is ordered before the one with this clock.
    fn is_before(&self, at: usize, clock: &Clock) -> bool {
        clock.get(&self.run[at].decision.thread).copied().unwrap_or_default() > at
    }

    /// The threads that can come first at a place, if what is not ordered after the transition
    /// there, and then what `thread` does next, is to come before it (Abdulla, Aronsson, Jonsson
    /// and Sagonas, POPL 2014: initials).
    fn initials(&self, at: usize, thread: u16, clock: &Clock) -> Vec<u16> {
        let mut firsts: HashMap<u16, usize> = HashMap::new();
        let mut initials = Vec::new();
        let is_first = |thread: u16, clock: &Clock, firsts: &HashMap<u16, usize>| {
            !firsts.contains_key(&thread) && !firsts.values().any(|one| self.is_before(*one, clock))
        };
        for (n, later) in self.clocks.iter().enumerate().skip(at + 1) {
            if self.is_before(at, later) {
                continue;
            }
            let other = self.run[n].decision.thread;
            if is_first(other, later, &firsts) {
                initials.push(other);
            }
            firsts.entry(other).or_insert(n);
        }
        if is_first(thread, clock, &firsts) {
            initials.push(thread);
        }
        initials
    }
}
