//! The desk: a whole program at a moment, as plain data.
//!
//! Which threads there are and what each would do next, what the shared things
//! hold, who can go on and who waits for whom. It predicts what a step would find
//! by the same rules that the real things follow, so it can be cloned, compared,
//! hashed and played on without any thread.
//!
//! Must not know: threads of the system, locks, screens.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::key::Key;
use super::turn::{Turn, Turns};
use crate::kit::event::LaneId;
use crate::kit::model::{Op, Seen, State};
use crate::kit::step::{Holds, Name, ObjectId};

/// How stores become visible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Memory {
    /// Sequential consistency: at once, for all.
    #[default]
    Sc,
    /// x86-TSO: a plain store goes into its thread's buffer first, where only this
    /// thread sees it, and reaches the memory later, in order.
    Tso,
}

/// A program at a moment.
#[derive(Clone, Debug)]
pub struct Desk {
    names: Arc<Names>,
    states: Vec<State>,
    actors: Vec<Actor>,
    memory: Memory,
    /// Something must hold after every step.
    watched: bool,
    /// It has not held.
    broken: bool,
}

/// What things and threads are called; the same through a whole run.
#[derive(Debug, Default)]
pub struct Names {
    pub threads: Vec<Name>,
    pub objects: Vec<Name>,
}

/// One thread of the program.
#[derive(Clone, Debug, Default)]
struct Actor {
    phase: Phase,
    next: Option<Next>,
    /// Stores that only this thread sees so far, oldest first.
    buffer: VecDeque<(ObjectId, i64)>,
    /// Everything that this thread has found so far: what its own memory depends on.
    found: Key,
}

/// How far a thread has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It has not announced its first step yet.
    #[default]
    Starting,
    Running,
    Returned,
    Panicked,
}

/// A thread's announced next step.
#[derive(Clone)]
pub struct Next {
    pub op: Op,
    /// What it touches; none for a step of its own.
    pub object: Option<ObjectId>,
    /// The lock that a wait on a condition is about.
    pub lock: Option<ObjectId>,
    /// The words that an await looks at, and what it waits for.
    pub until: Option<Arc<Until>>,
    /// Where it stands in the source.
    pub line: u32,
}

/// A condition on words.
pub struct Until {
    pub words: Vec<ObjectId>,
    pub holds: Holds,
}

impl fmt::Debug for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Until")
            .field("words", &self.words)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next")
            .field("op", &self.op)
            .field("object", &self.object)
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

/// The lane of a program's thread.
pub(super) fn lane(thread: usize) -> LaneId {
    LaneId(u32::try_from(thread).unwrap_or(u32::MAX))
}

impl Desk {
    pub(super) fn new(names: Arc<Names>, states: Vec<State>, memory: Memory) -> Self {
        let actors = names.threads.iter().map(|_| Actor::default()).collect();
        Self {
            names,
            states,
            actors,
            memory,
            watched: false,
            broken: false,
        }
    }

    pub fn threads(&self) -> usize {
        self.actors.len()
    }

    pub fn objects(&self) -> impl Iterator<Item = (ObjectId, Name, &State)> {
        (0..)
            .map(ObjectId)
            .zip(&self.names.objects)
            .zip(&self.states)
            .map(|((id, &name), state)| (id, name, state))
    }

    pub fn thread_name(&self, thread: usize) -> Name {
        self.names.threads[thread]
    }

    pub fn object_name(&self, object: ObjectId) -> Name {
        self.names.objects[usize::from(object.0)]
    }

    pub fn state(&self, object: ObjectId) -> &State {
        &self.states[usize::from(object.0)]
    }

    /// The thing of that name.
    pub fn find(&self, name: &str) -> Option<ObjectId> {
        self.objects()
            .find(|(_, it, _)| it.to_string() == name)
            .map(|(id, ..)| id)
    }

    pub fn phase(&self, thread: usize) -> Phase {
        self.actors[thread].phase
    }

    /// What a thread would do next.
    pub fn next(&self, thread: usize) -> Option<&Next> {
        self.actors[thread].next.as_ref()
    }

    /// Stores of a thread that have not reached the memory, oldest first.
    pub fn buffer(&self, thread: usize) -> impl Iterator<Item = (ObjectId, i64)> {
        self.actors[thread].buffer.iter().copied()
    }

    /// Who can go next.
    pub fn ready(&self) -> Turns {
        let mut ready = Turns::default();
        for (number, actor) in (0u8..).zip(&self.actors) {
            if actor.next.is_some() && self.is_enabled(usize::from(number)) {
                ready.insert(Turn::Thread(number));
            }
            if !actor.buffer.is_empty() {
                ready.insert(Turn::Drain(number));
            }
        }
        ready
    }

    /// Whether a thread's next step can be taken now.
    pub fn is_enabled(&self, thread: usize) -> bool {
        let actor = &self.actors[thread];
        let Some(next) = &actor.next else {
            return false;
        };
        if !actor.buffer.is_empty() && !stays_buffered(next.op) {
            return false;
        }
        if let Some(until) = &next.until {
            return self.holds(thread, until);
        }
        let who = lane(thread);
        let admitted = |object: Option<ObjectId>, op| {
            object.is_none_or(|object| self.state(object).admits(who, op))
        };
        match next.op {
            Op::Wake(_) => admitted(next.object, next.op) && admitted(next.lock, RELOCK),
            op => admitted(next.object, op),
        }
    }

    /// The thread that keeps `thread` from going on, where one alone does.
    pub fn blocked_by(&self, thread: usize) -> Option<usize> {
        let next = self.next(thread)?;
        if self.is_enabled(thread) {
            return None;
        }
        let holder_of = |object: Option<ObjectId>| self.state(object?).holder();
        let holder = holder_of(next.object).or_else(|| match next.object {
            // Notified, so it is the lock that is missing.
            Some(condition) if self.state(condition).admits(lane(thread), next.op) => {
                holder_of(next.lock)
            }
            _ => None,
        })?;
        (holder.0 as usize != thread).then_some(holder.0 as usize)
    }

    /// A cycle of threads each of which waits for the next one, if there is one.
    pub fn cycle(&self) -> Vec<usize> {
        for start in 0..self.threads() {
            let mut path = vec![start];
            let mut at = start;
            while let Some(holder) = self.blocked_by(at) {
                if holder == start {
                    return path;
                }
                if path.contains(&holder) {
                    break;
                }
                path.push(holder);
                at = holder;
            }
        }
        Vec::new()
    }

    /// What a thread's next step would find now, if it can be taken.
    pub fn would_find(&self, thread: usize) -> Option<Seen> {
        self.is_enabled(thread).then(|| self.clone().step(thread).0)
    }

    /// The value of a word as `thread` sees it.
    pub(super) fn own_view(&self, thread: usize, word: ObjectId) -> Option<i64> {
        self.actors[thread]
            .buffer
            .iter()
            .rev()
            .find(|(object, _)| *object == word)
            .map(|&(_, value)| value)
    }

    /// Whether an await looks at something that only its own thread sees so far.
    fn awaits_own(&self, thread: usize, next: &Next) -> bool {
        let mut words = next.until.iter().flat_map(|until| &until.words);
        words.any(|&word| self.own_view(thread, word).is_some())
    }

    fn holds(&self, thread: usize, until: &Until) -> bool {
        let values: Vec<i64> = until
            .words
            .iter()
            .map(|&word| {
                self.own_view(thread, word)
                    .unwrap_or_else(|| match self.state(word) {
                        State::Word(value) => *value,
                        _ => 0,
                    })
            })
            .collect();
        (until.holds)(&values)
    }

    pub(super) fn announce(&mut self, thread: usize, next: Next) {
        let actor = &mut self.actors[thread];
        actor.phase = Phase::Running;
        actor.next = Some(next);
    }

    pub(super) fn end(&mut self, thread: usize, phase: Phase) {
        let actor = &mut self.actors[thread];
        actor.phase = phase;
        actor.next = None;
    }

    /// Lets the thread take its announced step, which must be enabled, and tells what
    /// it finds, and what its own buffer answers in the memory's stead.
    pub(super) fn step(&mut self, thread: usize) -> (Seen, Option<i64>) {
        let Some(next) = self.actors[thread].next.take() else {
            return (Seen::Done, None);
        };
        let (seen, buffered) = self.carry_out(thread, &next);
        let found = &mut self.actors[thread].found;
        take_seen(found, seen);
        (seen, buffered)
    }

    fn carry_out(&mut self, thread: usize, next: &Next) -> (Seen, Option<i64>) {
        let who = lane(thread);
        let (Some(object), op) = (next.object, next.op) else {
            return (Seen::Done, None);
        };
        if self.memory == Memory::Tso {
            match op {
                Op::Store {
                    value,
                    ordered: false,
                } => {
                    self.actors[thread].buffer.push_back((object, value));
                    return (Seen::Done, Some(0));
                }
                Op::Load => {
                    if let Some(value) = self.own_view(thread, object) {
                        return (Seen::Value(value), Some(value));
                    }
                }
                Op::Await(_) if self.awaits_own(thread, next) => return (Seen::Done, Some(0)),
                _ => {}
            }
        }
        let mut attempt = |object: ObjectId, op| {
            let state = &mut self.states[usize::from(object.0)];
            // Asked for only when it is enabled.
            state.attempt(who, op).unwrap_or(Seen::Refused)
        };
        let seen = match op {
            Op::Await(_) => Seen::Done,
            _ => attempt(object, op),
        };
        match (op, next.lock) {
            (Op::Wait, Some(lock)) => attempt(lock, Op::Unlock),
            (Op::Wake(_), Some(lock)) => attempt(lock, RELOCK),
            _ => seen,
        };
        (seen, None)
    }

    /// The oldest store in a thread's buffer reaches the memory; tells which.
    pub(super) fn drain(&mut self, thread: usize) -> Option<(ObjectId, i64)> {
        let (object, value) = self.actors[thread].buffer.pop_front()?;
        self.states[usize::from(object.0)] = State::Word(value);
        Some((object, value))
    }

    /// From now on the order of any two changes matters, because every state in
    /// between is judged.
    pub(super) fn watch(&mut self) {
        self.watched = true;
    }

    pub(super) fn mark_broken(&mut self) {
        self.broken = true;
    }

    /// Whether two turns, both possible now, can be taken in either order with the
    /// same result.
    pub fn independent(&self, one: Turn, other: Turn) -> bool {
        if one.thread() == other.thread() {
            return false;
        }
        let (one, other) = (self.footprint(one), self.footprint(other));
        let only_read = one.only_reads && other.only_reads;
        only_read || !self.watched && !one.objects().any(|object| other.touches(object))
    }

    fn footprint(&self, turn: Turn) -> Footprint<'_> {
        let actor = &self.actors[turn.thread()];
        match (turn, &actor.next) {
            (Turn::Thread(_), Some(next)) => Footprint {
                direct: [next.object, next.lock],
                words: next.until.as_ref().map_or(&[], |until| &until.words),
                only_reads: next.op.only_reads(),
            },
            _ => Footprint {
                direct: [actor.buffer.front().map(|&(object, _)| object), None],
                words: &[],
                only_reads: false,
            },
        }
    }

    /// The key of this state: equal for two desks only if everything that can still
    /// happen is equal. A thread's own memory is a function of what it has found, so
    /// that stands for it.
    pub fn key(&self) -> Key {
        let mut key = Key::default();
        key.take(u64::from(self.broken));
        for state in &self.states {
            take_state(&mut key, state);
        }
        for actor in &self.actors {
            key.take_key(actor.found);
            key.take(actor.phase as u64);
            for &(object, value) in &actor.buffer {
                key.take(u64::from(object.0) + 1);
                key.take_value(value);
            }
        }
        key
    }
}

/// Takes the lock again after a wait, for as long as it takes.
const RELOCK: Op = Op::Lock(crate::kit::model::Patience::Endless);

/// Whether an operation may be taken while the thread's own buffer holds stores.
fn stays_buffered(op: Op) -> bool {
    matches!(
        op,
        Op::Load | Op::Local(_) | Op::Await(_) | Op::Store { ordered: false, .. }
    )
}

struct Footprint<'a> {
    direct: [Option<ObjectId>; 2],
    words: &'a [ObjectId],
    only_reads: bool,
}

impl Footprint<'_> {
    fn objects(&self) -> impl Iterator<Item = ObjectId> {
        let direct = self.direct.into_iter().flatten();
        direct.chain(self.words.iter().copied())
    }

    fn touches(&self, object: ObjectId) -> bool {
        self.objects().any(|mine| mine == object)
    }
}

fn take_seen(key: &mut Key, seen: Seen) {
    match seen {
        Seen::Done => key.take(1),
        Seen::Value(value) => {
            key.take(2);
            key.take_value(value);
        }
        Seen::Refused => key.take(3),
        Seen::Closed => key.take(4),
        Seen::Broken => key.take(5),
        Seen::Misuse(why) => key.take_text(why),
    }
}

fn take_lane(key: &mut Key, lane: Option<LaneId>) {
    key.take(lane.map_or(u64::MAX, |lane| u64::from(lane.0)));
}

fn take_state(key: &mut Key, state: &State) {
    match state {
        State::Word(value) => key.take_value(*value),
        State::Lock { holder } => take_lane(key, *holder),
        State::RLock { holder, depth } => {
            take_lane(key, *holder);
            key.take(u64::from(*depth));
        }
        State::Semaphore { permits, .. } => key.take(u64::from(*permits)),
        State::Gate { open } => key.take(u64::from(*open)),
        State::Queue(queue) => {
            key.take(queue.items.len() as u64);
            queue.items.iter().for_each(|&item| key.take_value(item));
            key.take(u64::from(queue.unfinished) << 1 | u64::from(queue.closed));
        }
        State::Condition(line) => {
            key.take((line.waiting.len() << 32 | line.notified.len()) as u64);
            for &lane in line.waiting.iter().chain(&line.notified) {
                take_lane(key, Some(lane));
            }
        }
        State::Barrier(barrier) => {
            key.take(u64::from(barrier.inside) << 8 | barrier.phase as u64);
        }
    }
}
