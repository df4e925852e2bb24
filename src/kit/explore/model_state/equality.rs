//! Equality in a model state: which steps commute, and which states are one.
//!
//! Both save a search work, and both must err on the safe side: two steps that are wrongly
//! taken as independent, or two states that are wrongly taken as equal, hide interleavings.

use super::ModelState;
use crate::kit::event::LaneId;
use crate::kit::explore::key::Key;
use crate::kit::explore::schedule::ScheduleStep;
use crate::kit::model::{OpResult, State};
use crate::kit::step::ObjectId;

impl ModelState {
    /// Whether two steps, both possible now, can be taken in either order with the same
    /// result: they belong to different threads, and touch different things or only read.
    pub fn independent(&self, one: ScheduleStep, other: ScheduleStep) -> bool {
        if one.thread() == other.thread() {
            return false;
        }
        let (one, other) = (self.footprint(one), self.footprint(other));
        let only_read = one.only_reads && other.only_reads;
        // With a check after every step the state in between is seen, so two changes never
        // commute; two reads leave it as it was.
        only_read || !self.watched && !one.objects().any(|object| other.touches(object))
    }

    /// The things that a step touches. Two steps whose footprints have nothing in common commute.
    fn footprint(&self, choice: ScheduleStep) -> Footprint<'_> {
        let model_thread = &self.model_threads[choice.thread()];
        match (choice, &model_thread.next) {
            (ScheduleStep::Thread(_), Some(next)) => Footprint {
                direct: [next.object, next.lock],
                atomics: next.until.as_ref().map_or(&[], |until| &until.atomics),
                only_reads: next.op.only_reads(),
            },
            // A drain writes to the atomic of the oldest buffered store.
            _ => Footprint {
                direct: [model_thread.buffer.front().map(|&(object, _)| object), None],
                atomics: &[],
                only_reads: false,
            },
        }
    }

    /// The key of this state: equal for two model states only if everything that can still
    /// happen is equal. A thread's own memory is a function of what it has found, so that
    /// stands for it. The announced steps need not be taken in: they follow from the same
    /// results.
    pub fn key(&self) -> Key {
        let mut key = Key::default();
        key.take(u64::from(self.broken.is_some()));
        if let Some(kind) = self.broken {
            key.take_text(kind);
        }
        for state in &self.states {
            take_state(&mut key, state);
        }
        for model_thread in &self.model_threads {
            key.take_key(model_thread.found);
            key.take(model_thread.phase as u64);
            for &(object, value) in &model_thread.buffer {
                key.take(u64::from(object.0) + 1);
                key.take_value(value);
            }
        }
        key
    }
}

/// What a step touches: one thing, a condition and its lock, or the atomics of an await. Slices and
/// an array, since it is made for pairs of steps at every step of a search.
struct Footprint<'a> {
    direct: [Option<ObjectId>; 2],
    atomics: &'a [ObjectId],
    only_reads: bool,
}

impl Footprint<'_> {
    fn objects(&self) -> impl Iterator<Item = ObjectId> {
        let direct = self.direct.into_iter().flatten();
        direct.chain(self.atomics.iter().copied())
    }

    fn touches(&self, object: ObjectId) -> bool {
        self.objects().any(|mine| mine == object)
    }
}

/// Takes a result into a key, each kind with a number of its own, so that `Done` and a value of 1,
/// for example, differ.
pub fn take_seen(key: &mut Key, seen: OpResult) {
    match seen {
        OpResult::Done => key.take(1),
        OpResult::Value(value) => {
            key.take(2);
            key.take_value(value);
        }
        OpResult::Refused => key.take(3),
        OpResult::Closed => key.take(4),
        OpResult::Broken => key.take(5),
        // A text begins with its length, which may be one of the numbers above; the text
        // that follows still makes the keys differ.
        OpResult::Misuse(why) => key.take_text(why),
    }
}

/// Takes a lane into a key; `None` as a number that no lane has: lanes have 32 bits. So "free"
/// differs from "held by thread 0".
fn take_lane(key: &mut Key, lane: Option<LaneId>) {
    key.take(lane.map_or(u64::MAX, |lane| u64::from(lane.0)));
}

/// Takes a state into a key. Its kind is left out: an object keeps its kind, and the
/// objects come in the same order in all states of a program. So are limits that never
/// change.
fn take_state(key: &mut Key, state: &State) {
    match state {
        State::Atomic(value) => key.take_value(*value),
        State::Lock { holder } => take_lane(key, *holder),
        State::RLock { holder, depth } => {
            take_lane(key, *holder);
            key.take(u64::from(*depth));
        }
        State::Semaphore { permits, .. } => key.take(u64::from(*permits)),
        State::Event { set } => key.take(u64::from(*set)),
        State::Queue(queue) => {
            key.take(queue.items.len() as u64);
            queue.items.iter().for_each(|&item| key.take_value(item));
            key.take(u64::from(queue.unfinished) << 1 | u64::from(queue.closed));
        }
        State::Condition(line) => {
            // Both lengths, so that the lanes that follow are divided in one way only.
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
