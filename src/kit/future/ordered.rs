//! The results of a map, in the order of its items.
//!
//! ```text
//! parts   Item   Chunk of 3   Item        each is one future
//! yields  r0     r1 r2 r3     r4          in this order, whatever is done first
//! ```

use std::collections::VecDeque;
use std::vec;

use super::{Failure, Future, TaskError};
use crate::kit::limit::Limit;

/// What became of an item of a chunk. The error is boxed, because most items have none and
/// each would have to have room for it.
pub(crate) type ItemResult<T> = Result<T, Box<TaskError>>;

/// Yields the results of a map in the order of its items; each error at its item's place.
/// At its limit it cancels what has not started; dropped, it leaves all tasks to run.
#[derive(Debug)]
pub struct Results<T> {
    parts: VecDeque<Part<T>>,
    /// Items of the last chunk that were not yielded yet.
    items: vec::IntoIter<ItemResult<T>>,
    limit: Limit,
}

/// One task of the map, as it was queued: a single item, or a chunk of them.
#[derive(Debug)]
pub(crate) enum Part<T> {
    Item(Future<T>),
    /// This number of items that were queued together.
    Chunk(Future<Vec<ItemResult<T>>>, usize),
}

impl<T> Results<T> {
    /// The results of these tasks, one item each, without a limit.
    pub(crate) fn new(futures: Vec<Future<T>>) -> Self {
        futures.into_iter().map(Part::Item).collect()
    }

    /// Gives up after `limit`: the results so far, then one failure, and that is all. The
    /// limit is one for all items together.
    #[must_use]
    pub fn within(mut self, limit: Limit) -> Self {
        self.limit = limit;
        self
    }

    /// Takes the next part, once all items of the one before were yielded. Apart from `next`, so
    /// that an item of a chunk is not worth a call.
    #[cold]
    #[inline(never)]
    fn next_part(&mut self) -> Option<Result<T, Failure>> {
        let part = self.parts.pop_front()?;
        // Moved out: no other code has a handle.
        let end = match &part {
            Part::Item(future) => match future.take(&self.limit) {
                Err(Failure::Wait(end)) => end,
                result => return Some(result),
            },
            Part::Chunk(future, count) => match future.take(&self.limit) {
                Err(Failure::Wait(end)) => end,
                Ok(items) => {
                    self.items = items.into_iter();
                    return self.next();
                }
                // It ended as a whole: so did each of its items.
                Err(Failure::Task(error)) => {
                    let each = || Err(Box::new(error.clone()));
                    let items: Vec<_> = std::iter::repeat_with(each).take(*count).collect();
                    self.items = items.into_iter();
                    return self.next();
                }
            },
        };
        // Drained, so the next call ends the iterator.
        [part].iter().chain(&self.parts).for_each(Part::cancel);
        self.parts.clear();
        Some(Err(Failure::Wait(end)))
    }
}

impl<T> FromIterator<Part<T>> for Results<T> {
    fn from_iter<I: IntoIterator<Item = Part<T>>>(parts: I) -> Self {
        let parts = parts.into_iter().collect();
        Self { parts, items: Vec::new().into_iter(), limit: Limit::FOREVER }
    }
}

impl<T> Part<T> {
    fn cancel(&self) {
        match self {
            Self::Item(future) => future.cancel(),
            Self::Chunk(future, _) => future.cancel(),
        };
    }
}

/// Apart from `next`, which has no room for an error then, and is done for each item.
#[cold]
#[inline(never)]
#[expect(clippy::boxed_local, reason = "it is boxed where it comes from")]
fn unboxed(error: Box<TaskError>) -> Failure {
    Failure::Task(*error)
}

impl<T> Iterator for Results<T> {
    type Item = Result<T, Failure>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self.items.next() {
            Some(Ok(result)) => Some(Ok(result)),
            Some(Err(error)) => Some(Err(unboxed(error))),
            None => self.next_part(),
        }
    }
}
