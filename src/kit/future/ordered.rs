//! The results of a map, in the order of its items.

use std::collections::VecDeque;

use super::{Failure, Future};
use crate::kit::limit::Limit;

/// Yields the results of a map in the order of its items; each error at its item's place.
/// At its limit it cancels what has not started; dropped, it leaves all tasks to run.
#[derive(Debug)]
pub struct Results<T> {
    futures: VecDeque<Future<T>>,
    limit: Limit,
}

impl<T> Results<T> {
    pub(crate) fn new(futures: Vec<Future<T>>) -> Self {
        Self { futures: futures.into(), limit: Limit::default() }
    }

    /// Gives up after `limit`: the results so far, then one failure, and that is all. The
    /// limit is one for all items together.
    #[must_use]
    pub fn within(mut self, limit: Limit) -> Self {
        self.limit = limit;
        self
    }

    /// The futures of the items that were not yielded yet.
    pub fn futures(&self) -> impl Iterator<Item = &Future<T>> {
        self.futures.iter()
    }
}

impl<T> Iterator for Results<T> {
    type Item = Result<T, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let future = self.futures.pop_front()?;
        // Moved out: no other code has a handle, unless `futures` was used.
        let result = future.take(&self.limit);
        if matches!(result, Err(Failure::Wait(_))) {
            future.cancel();
            // Drained, so the next call ends the iterator.
            for later in self.futures.drain(..) {
                later.cancel();
            }
        }
        Some(result)
    }
}
