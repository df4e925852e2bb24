//! The model state: a whole program at a moment, as plain data.
//!
//! It has what each thread would do next, what the shared things hold, who can continue and
//! who waits for whom. It predicts what a step would find by the same rules that the real
//! things follow ([`State::attempt`]), so it can be cloned, compared, hashed and taken
//! further without any thread.
//!
//! It does not have the threads' own memory: local variables, the place in the code. That
//! need not be stored, since a deterministic thread is a function of what its steps have
//! found; the key of all results so far stands for it.
//!
//! ```text
//! names    threads: one, two                   objects: x, lock
//! states                                       0: Atomic(3)   1: Lock { holder: one }
//! threads  one  next: load x     buffer: x=4   enabled: a load may be taken before its drain
//!          two  next: lock lock  buffer: ·     blocked by one
//! ```

mod equality;
mod next_step;
mod rules;

use std::collections::VecDeque;
use std::sync::Arc;

pub use self::next_step::{NextStep, Until};
use self::rules::{RELOCK, stays_buffered};
use super::key::Key;
use super::schedule::{ScheduleStep, StepSet};
use crate::kit::cycle;
use crate::kit::event::LaneId;
use crate::kit::model::{Op, OpResult, State};
use crate::kit::step::{Name, ObjectId};

/// How stores become visible to other threads. The program's code is the same under both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Memory {
    /// Sequential consistency (Lamport, 1979): a store is visible at once, for all.
    #[default]
    Sc,
    /// x86-TSO (Sewell and others, 2010): a plain store goes into its thread's buffer
    /// first, where only this thread sees it, and reaches the memory later, in order.
    /// Read-modify-writes and ordered stores wait until the buffer is empty.
    Tso,
}

/// A program at a moment, between two steps. Cloned for every look into the future, so it is kept
/// small: names are shared, and things and threads are numbers.
#[derive(Clone, Debug)]
pub struct ModelState {
    /// Shared by all states of a run, so that a clone copies no text.
    names: Arc<Names>,
    /// What the shared things hold, by [`ObjectId`]. The real things hold the same.
    states: Vec<State>,
    /// The threads, by their numbers in the program.
    model_threads: Vec<ModelThread>,
    memory: Memory,
    /// Every state is judged; see [`ModelState::watch`].
    watched: bool,
    /// How a state of this run was judged broken first; see [`ModelState::mark_broken`].
    broken: Option<&'static str>,
}

/// What things and threads are called; the same through a whole run. In a live run both
/// grow.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub threads: Vec<Arc<str>>,
    pub objects: Vec<Name>,
}

/// One thread of the program, as far as its steps show it.
#[derive(Clone, Debug)]
struct ModelThread {
    /// The id under which it holds and waits.
    lane: LaneId,
    /// How far it has come. Part of the key: a thread that has panicked differs from one that has
    /// returned.
    phase: Phase,
    /// Its announced step; `None` while it is between two steps, or has ended.
    next: Option<NextStep>,
    /// Stores that only this thread sees so far, oldest first. Always empty under
    /// [`Memory::Sc`].
    buffer: VecDeque<(ObjectId, i64)>,
    /// A summary of everything that this thread has found so far. Its local variables and its
    /// place in the code follow from that, so they need not be compared.
    found: Key,
}

/// How far a thread has come. Only forwards: from starting to running, and from there to one of the
/// two ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It has not announced its first step yet: it may still be starting.
    #[default]
    Starting,
    /// It has announced a step at least once, and its body is not over.
    Running,
    /// Its body has returned, with or without an error. It may still have stores in its buffer.
    Returned,
    /// Its body has panicked; what it held stays held.
    Panicked,
}

impl ModelThread {
    /// A thread that has not announced anything, as each is at the beginning of a run.
    fn new(lane: LaneId) -> Self {
        Self {
            lane,
            phase: Phase::Starting,
            next: None,
            buffer: VecDeque::new(),
            found: Key::default(),
        }
    }
}

/// The lane of a program's thread in a search: its number. A live run's threads have their real
/// lanes.
pub fn lane(thread: usize) -> LaneId {
    LaneId(u32::try_from(thread).unwrap_or(u32::MAX))
}

impl ModelState {
    /// A state in which no thread has announced anything; `states` belong to the names'
    /// objects.
    pub(crate) fn new(names: Arc<Names>, states: Vec<State>, memory: Memory) -> Self {
        let threads = names.threads.len();
        let model_threads = (0..threads).map(|thread| ModelThread::new(lane(thread))).collect();
        Self { names, states, model_threads, memory, watched: false, broken: None }
    }

    pub fn threads(&self) -> usize {
        self.model_threads.len()
    }

    /// All things with their names and states, in the order of their numbers, which is that in
    /// which the program made them.
    pub fn objects(&self) -> impl Iterator<Item = (ObjectId, Name, &State)> {
        (0..)
            .map(ObjectId)
            .zip(&self.names.objects)
            .zip(&self.states)
            .map(|((id, &name), state)| (id, name, state))
    }

    pub fn thread_name(&self, thread: usize) -> &str {
        &self.names.threads[thread]
    }

    pub fn object_name(&self, object: ObjectId) -> Name {
        self.names.objects[usize::from(object.0)]
    }

    /// What a thing holds. In a search it is what the real thing holds; in a live run, what it held
    /// when a thread last announced a step on it.
    pub fn state(&self, object: ObjectId) -> &State {
        &self.states[usize::from(object.0)]
    }

    /// What an atomic holds in the memory; `None` for anything else. A thread with a store in its
    /// buffer may see another value: see [`ModelState::buffer`].
    pub fn atomic(&self, object: ObjectId) -> Option<i64> {
        match self.state(object) {
            State::Atomic(value) => Some(*value),
            _ => None,
        }
    }

    /// The thing of that name, the first one if several have it. For queries and tests: it compares
    /// texts.
    pub fn find(&self, name: &str) -> Option<ObjectId> {
        self.objects().find(|(_, it, _)| it.to_string() == name).map(|(id, ..)| id)
    }

    /// How far a thread has come. That it is running does not say that it can continue; see
    /// [`ModelState::is_enabled`].
    pub fn phase(&self, thread: usize) -> Phase {
        self.model_threads[thread].phase
    }

    /// What a thread would do next; `None` if it has ended, or is on its way to a step. Whether
    /// it can is up to [`ModelState::is_enabled`].
    pub fn next(&self, thread: usize) -> Option<&NextStep> {
        self.model_threads[thread].next.as_ref()
    }

    /// The next step of a thread in words: `store length = 3`. As `None` as that of
    /// [`ModelState::next`].
    pub fn describe(&self, thread: usize) -> Option<String> {
        let next = self.next(thread)?;
        let atomics = next.until.iter().flat_map(|until| &until.atomics);
        let about = next.object.iter().chain(atomics).copied();
        let mut names: Vec<String> =
            about.map(|object| self.object_name(object).to_string()).collect();
        names.dedup();
        let value = next.op.value();
        let value = value.map_or_else(String::new, |value| match next.op {
            Op::Add(_) => format!(" + {value}"),
            _ => format!(" = {value}"),
        });
        let text = format!("{} {}{value}", next.op.verb(), names.join(", "));
        Some(text.trim().to_owned())
    }

    /// Stores of a thread that have not reached the memory, oldest first: the order in which they
    /// will.
    pub fn buffer(&self, thread: usize) -> impl Iterator<Item = (ObjectId, i64)> {
        self.model_threads[thread].buffer.iter().copied()
    }

    /// Everything that can happen next: the threads whose step is enabled, and a drain for
    /// each thread with a buffered store.
    pub fn ready(&self) -> StepSet {
        let mut ready = StepSet::default();
        for (number, model_thread) in (0u8..).zip(&self.model_threads) {
            if model_thread.next.is_some() && self.is_enabled(usize::from(number)) {
                ready.insert(ScheduleStep::Thread(number));
            }
            if !model_thread.buffer.is_empty() {
                ready.insert(ScheduleStep::Drain(number));
            }
        }
        ready
    }

    /// Whether a thread's next step can be taken now. False for one that has none. Asked for
    /// each thread at each step of a search, so it clones nothing.
    pub fn is_enabled(&self, thread: usize) -> bool {
        let model_thread = &self.model_threads[thread];
        let Some(next) = &model_thread.next else {
            return false;
        };
        // A fence, a read-modify-write or a lock operation waits for the thread's own
        // stores.
        if !model_thread.buffer.is_empty() && !stays_buffered(next.op) {
            return false;
        }
        if let Some(until) = &next.until {
            return self.holds(thread, until);
        }
        let who = self.model_threads[thread].lane;
        let admitted = |object: Option<ObjectId>, op| {
            object.is_none_or(|object| self.state(object).admits(who, op))
        };
        match next.op {
            // Notified, and the lock free: the step does both.
            Op::Wake(_) => admitted(next.object, next.op) && admitted(next.lock, RELOCK),
            op => admitted(next.object, op),
        }
    }

    /// The thread that keeps `thread` from continuing, where one alone does; it may be
    /// `thread` itself. An edge of the wait-for graph.
    pub fn blocked_by(&self, thread: usize) -> Option<usize> {
        let next = self.next(thread)?;
        if self.is_enabled(thread) {
            return None;
        }
        let me = self.model_threads[thread].lane;
        let holder_of = |object: Option<ObjectId>| self.state(object?).holder();
        let holder = holder_of(next.object).or_else(|| match next.object {
            // Notified, so it is the lock that is missing.
            Some(condition) if self.state(condition).admits(me, next.op) => holder_of(next.lock),
            _ => None,
        })?;
        self.model_threads.iter().position(|model_thread| model_thread.lane == holder)
    }

    /// A cycle of threads each of which waits for the next one; empty if there is none. A
    /// thread that waits for itself is one, too.
    pub fn cycle(&self) -> Vec<usize> {
        cycle::find(0..self.threads(), |thread| self.blocked_by(thread)).unwrap_or_default()
    }

    /// What a thread's next step would find now, if it can be taken. Clones the state: for
    /// views.
    pub fn would_find(&self, thread: usize) -> Option<OpResult> {
        self.is_enabled(thread).then(|| self.clone().step(thread).0)
    }

    /// The value of an atomic that only `thread` sees: its youngest buffered store to it;
    /// `None` if the thread sees what is in the memory.
    pub(crate) fn own_view(&self, thread: usize, atomic: ObjectId) -> Option<i64> {
        self.model_threads[thread]
            .buffer
            .iter()
            .rev()
            .find(|(object, _)| *object == atomic)
            .map(|&(_, value)| value)
    }

    /// Whether an await reads something that only its own thread sees so far. Such an await is
    /// answered from the buffer, and touches no memory.
    fn awaits_own(&self, thread: usize, next: &NextStep) -> bool {
        let mut atomics = next.until.iter().flat_map(|until| &until.atomics);
        atomics.any(|&atomic| self.own_view(thread, atomic).is_some())
    }

    /// Whether an await's condition holds for this thread: on its own stores where it has any, else
    /// on the memory.
    fn holds(&self, thread: usize, until: &Until) -> bool {
        let values: Vec<i64> = until
            .atomics
            .iter()
            .map(|&atomic| {
                self.own_view(thread, atomic).or_else(|| self.atomic(atomic)).unwrap_or_default()
            })
            .collect();
        (until.holds)(&values)
    }

    /// A thread of a live run comes in, and gets the next number. Names are copied on write, as
    /// earlier copies of the model may be on a screen.
    pub(crate) fn join(&mut self, name: Arc<str>, lane: LaneId) -> usize {
        Arc::make_mut(&mut self.names).threads.push(name);
        self.model_threads.push(ModelThread::new(lane));
        self.model_threads.len() - 1
    }

    /// A thing of a live run comes in, and gets the next number, under which later announcements
    /// name it.
    pub(crate) fn add(&mut self, name: Name, state: State) -> ObjectId {
        let id = ObjectId(u16::try_from(self.states.len()).unwrap_or(u16::MAX));
        Arc::make_mut(&mut self.names).objects.push(name);
        self.states.push(state);
        id
    }

    /// A thing of a live run was looked at: this is what it is. Replaces what the model had worked
    /// out, since threads that run freely change things unseen.
    pub(crate) fn correct(&mut self, object: ObjectId, state: State) {
        if let Some(known) = self.states.get_mut(usize::from(object.0)) {
            *known = state;
        }
    }

    /// A thread has come to a step, and stands before it from now on. The step may still be
    /// impossible.
    pub(crate) fn announce(&mut self, thread: usize, next: NextStep) {
        let model_thread = &mut self.model_threads[thread];
        model_thread.phase = Phase::Running;
        model_thread.next = Some(next);
    }

    /// A thread's body is over, in this way. What it holds stays held, and its buffer still drains.
    pub(crate) fn end(&mut self, thread: usize, phase: Phase) {
        let model_thread = &mut self.model_threads[thread];
        model_thread.phase = phase;
        model_thread.next = None;
    }

    /// A thread of a live run does not wait at its gate any longer: it is on its way.
    pub(crate) fn withdraw(&mut self, thread: usize) {
        self.model_threads[thread].next = None;
    }

    /// The id under which a thread holds and waits, as in events.
    pub fn lane(&self, thread: usize) -> LaneId {
        self.model_threads[thread].lane
    }

    /// From now on the order of any two changes matters, because every state in between is
    /// judged.
    pub(crate) fn watch(&mut self) {
        self.watched = true;
    }

    /// From now on the run counts as broken in this way, whatever comes: two states that differ
    /// in this have other futures, so it is part of the key.
    pub(crate) fn mark_broken(&mut self, kind: &'static str) {
        self.broken = Some(kind);
    }
}
