//! The results of a map, in the order of its items.

use std::collections::VecDeque;
use std::fmt;

use crate::kit::future::{Failure, Future};
use crate::kit::limit::Limit;

/// Gives the results of a map in the order of its items; each error at its item's place.
/// At its limit it cancels what has not started; dropped, it leaves all tasks to run.
pub struct Results<T> {
    /// How many items each task has, and its future.
    tasks: VecDeque<(usize, Future<Vec<T>>)>,
    ready: VecDeque<Result<T, Failure>>,
    limit: Limit,
}

impl<T> Results<T> {
    pub(super) fn new(tasks: Vec<(usize, Future<Vec<T>>)>) -> Self {
        Self {
            tasks: tasks.into(),
            ready: VecDeque::new(),
            limit: Limit::default(),
        }
    }

    /// Gives up after `limit`: the results so far, then one failure, and that is all.
    #[must_use]
    pub fn within(mut self, limit: Limit) -> Self {
        self.limit = limit;
        self
    }

    fn cancel_rest(&mut self) {
        for (_, future) in self.tasks.drain(..) {
            future.cancel();
        }
    }
}

impl<T> Iterator for Results<T> {
    type Item = Result<T, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() {
            let (size, future) = self.tasks.pop_front()?;
            match future.take(&self.limit) {
                Ok(values) => self.ready.extend(values.into_iter().map(Ok)),
                Err(Failure::Wait(timeout)) => {
                    future.cancel();
                    self.cancel_rest();
                    return Some(Err(timeout.into()));
                }
                Err(failure) => {
                    self.ready.extend((0..size).map(|_| Err(failure.clone())));
                }
            }
        }
        self.ready.pop_front()
    }
}

impl<T> fmt::Debug for Results<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Results")
            .field("tasks_left", &self.tasks.len())
            .finish_non_exhaustive()
    }
}
