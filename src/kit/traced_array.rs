//! `TracedArray`: named atomics side by side, as the slots of a list are.
//!
//! Each access is one step, as with a [`super::traced_atomic::TracedAtomic`]. The values
//! stand close together and the names are made only when a thread is observed, so that a
//! list of thousands of slots stays as fast as its bare atomics.

use std::panic::Location;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

use super::event::ResourceKind;
use super::model::Op;
use super::step::{Object, Place, StepMode, at_full_speed, current_mode};
use super::traced_atomic::Target;

/// The longest shift whose steps a paced run emits one by one, in words. A person follows a
/// few; thousands would fill the channel.
pub const LONGEST_TRACED_SHIFT: usize = 32;

/// A fixed number of named 64-bit integers that threads share: `slot[0]`, `slot[1]`, ... A
/// program of the explorer cannot use it, because its elements are not in the model state.
///
/// All methods that take an index panic if there is no such element.
#[derive(Debug)]
pub struct TracedArray {
    name: &'static str,
    cells: Box<[AtomicI64]>,
    /// Names and numbers of all elements, made by the first observed access. One allocation
    /// for all instead of one for each: an observer of one slot soon observes the others.
    objects: OnceLock<Box<[Object]>>,
}

impl TracedArray {
    /// An array of `length` elements that hold 0.
    pub fn new(name: &'static str, length: usize) -> Self {
        Self {
            name,
            cells: (0..length).map(|_| AtomicI64::new(0)).collect(),
            objects: OnceLock::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.cells.len()
    }

    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Loads an element: one step.
    #[inline]
    #[track_caller]
    pub fn load(&self, index: usize, order: Ordering) -> i64 {
        // First, so that an index out of range panics in every mode.
        let cell = &self.cells[index];
        if at_full_speed() {
            return cell.load(order);
        }
        self.observed(index, Op::Load, order, Location::caller())
    }

    /// Stores an element: one step.
    #[inline]
    #[track_caller]
    pub fn store(&self, index: usize, value: i64, order: Ordering) {
        let cell = &self.cells[index];
        if at_full_speed() {
            return cell.store(value, order);
        }
        let ordered = order == Ordering::SeqCst;
        let op = Op::Store { value, ordered };
        self.observed(index, op, order, Location::caller());
    }

    /// Moves the elements 1 to `count - 1` one place to the left: for each of them a load and
    /// a store, each a step of its own. Nothing keeps other threads out meanwhile. The last
    /// element keeps its value.
    ///
    /// A paced run does not emit the steps of a shift of more than [`LONGEST_TRACED_SHIFT`]
    /// elements: no reader could follow, and emitting would take longer than shifting. A
    /// single-stepped run announces every one, because threads may switch at each.
    #[inline]
    #[track_caller]
    pub fn shift_left(&self, count: usize, order: Ordering) {
        if at_full_speed()
            || count > LONGEST_TRACED_SHIFT && !matches!(current_mode(), StepMode::Stepped(_))
        {
            // The bare shift, without a check at every element.
            for pair in self.cells[..count].windows(2) {
                pair[0].store(pair[1].load(order), order);
            }
            return;
        }
        for from in 1..count {
            self.store(from - 1, self.load(from, order), order);
        }
    }

    /// The value as an observer sees it: no step, for screens and audits.
    pub fn peek(&self, index: usize) -> i64 {
        self.cells[index].load(Ordering::Relaxed)
    }

    /// Stores 0 everywhere as an observer: no step, for setting up between rounds while no
    /// thread runs.
    pub fn clear(&self) {
        for cell in &self.cells {
            cell.store(0, Ordering::Relaxed);
        }
    }

    #[cold]
    #[inline(never)]
    fn observed(&self, index: usize, op: Op, order: Ordering, place: Place) -> i64 {
        let target =
            Target { cell: &self.cells[index], object: self.object(index), shown: |value| value };
        target.access(op, (order, order), place)
    }

    /// The identity of an element. Threads that come first at once agree through the
    /// `OnceLock`.
    #[cold]
    fn object(&self, index: usize) -> &Object {
        let objects = self.objects.get_or_init(|| {
            (0..)
                .zip(&self.cells)
                // Not `modelled`: made during a run, these would be entered in no list.
                .map(|(index, _)| Object::new((self.name, index), ResourceKind::Variable))
                .collect()
        });
        &objects[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::event::{LaneEvent, What};
    use crate::kit::recorder::{recorder, set_sink};
    use crate::kit::step::{Mode, StepController};
    use crate::kit::stop::Stop;
    use std::rc::Rc;
    use std::sync::atomic::Ordering::Relaxed;

    fn filled() -> TracedArray {
        let array = TracedArray::new("slot", 4);
        (0..4).for_each(|i| array.store(i, [10, 11, 12, 13][i], Relaxed));
        array
    }

    fn values(array: &TracedArray) -> Vec<i64> {
        (0..array.len()).map(|i| array.peek(i)).collect()
    }

    #[test]
    fn a_shift_moves_the_first_ones_to_the_left_and_leaves_the_rest() {
        let array = filled();
        array.shift_left(3, Relaxed);
        assert_eq!(values(&array), [11, 12, 12, 13]);
        array.shift_left(1, Relaxed);
        array.shift_left(0, Relaxed);
        assert_eq!(values(&array), [11, 12, 12, 13]);
    }

    #[test]
    fn a_paced_shift_does_the_same_in_a_load_and_a_store_for_each_element() {
        let (recorder, mut reader) = recorder::<()>();
        let controller = StepController::new(Stop::new(), Mode::Paced);
        let array = filled();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _sink = set_sink(Rc::new(recorder.lane("one")));
                let _guard = controller.enter();
                array.shift_left(3, Relaxed);
            });
        });
        let mut steps = Vec::new();
        let mut names = Vec::new();
        reader.drain(1000, |event| match event.what {
            What::Lane(LaneEvent::Step { verb, .. }) => steps.push(verb),
            What::Lane(LaneEvent::Defined { name, .. }) => names.push(name.to_string()),
            _ => {}
        });
        assert_eq!(steps, ["load", "store", "load", "store"]);
        assert_eq!(names, ["slot[1]", "slot[0]", "slot[2]"]);
        assert_eq!(values(&array), [11, 12, 12, 13]);
    }

    #[test]
    fn the_steps_of_a_long_paced_shift_are_not_reported() {
        let (recorder, mut reader) = recorder::<()>();
        let controller = StepController::new(Stop::new(), Mode::Paced);
        let array = TracedArray::new("slot", LONGEST_TRACED_SHIFT + 2);
        array.store(LONGEST_TRACED_SHIFT, 7, Relaxed);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _sink = set_sink(Rc::new(recorder.lane("one")));
                let _guard = controller.enter();
                array.shift_left(LONGEST_TRACED_SHIFT + 1, Relaxed);
            });
        });
        let mut steps = 0;
        reader.drain(1000, |event| {
            steps += usize::from(matches!(event.what, What::Lane(LaneEvent::Step { .. })));
        });
        assert_eq!((steps, array.peek(LONGEST_TRACED_SHIFT - 1)), (0, 7));
    }
}
