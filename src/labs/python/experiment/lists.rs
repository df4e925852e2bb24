//! The lists that the script's threads share: what was added and removed, and what failed.
//!
//! Only methods are seen, and only from the moment on when a second thread runs: `l[0] = x`, `del`
//! and `+=` are not. So the counts may not add up to what is left, and the difference between two
//! lengths that no method explains is not guessed at. The length that comes with an operation was
//! read right after it, when other threads may have changed the list again.
//!
//! Before Python 3.12 no method is seen. The lengths of lists are looked at instead, while the thread
//! that releases a lock holds it still, and when a thread begins or ends.

use std::collections::{BTreeMap, HashSet};

use super::super::facts::{ListReport, LookReport};
use super::names::Names;
use crate::kit::python::ListOperation;
use crate::printable::Printable;

/// Lists that are kept at most, and threads of each.
const MOST: usize = 1024;

/// One list.
#[derive(Debug, Default)]
struct List {
    name: Printable,
    operations: u64,
    /// `None` as long as it is not known.
    found: Option<u64>,
    appended: u64,
    removed: u64,
    failed: u64,
    left: u64,
    threads: HashSet<u64>,
    look: Option<Look>,
}

/// The last look at which the length of a list was another than before.
#[derive(Debug)]
struct Look {
    /// How many of these there were.
    changes: u64,
    before: u64,
    /// The thread that looked, and the lock that it was about to release.
    thread: u64,
    released: Option<u64>,
}

/// All lists by the numbers of their definitions, in the order in which they were first seen.
#[derive(Debug, Default)]
pub struct Lists {
    all: BTreeMap<u64, List>,
}

impl Lists {
    /// `size` is its length, if it is known before any method was seen.
    pub fn define(&mut self, number: u64, name: Printable, size: Option<u64>) {
        if self.all.len() < MOST {
            let left = size.unwrap_or(0);
            self.all.insert(number, List { name, found: size, left, ..List::default() });
        }
    }

    /// A thread has called a method, and `size` items are in the list then.
    pub fn done(
        &mut self,
        thread: u64,
        number: u64,
        (operation, size): (ListOperation, u64),
        names: &mut Names,
    ) {
        let Some(list) = self.all.get_mut(&number) else {
            return;
        };
        let (added, removed) = match operation {
            ListOperation::AddsOne => (1, 0),
            ListOperation::RemovesOne => (0, 1),
            // How many there were before is not known yet.
            _ if list.found.is_none() => (0, 0),
            ListOperation::AddsSome => (size.saturating_sub(list.left), 0),
            ListOperation::RemovesAll => (0, list.left),
            ListOperation::Orders => (0, 0),
        };
        list.found.get_or_insert(size.saturating_add(removed).saturating_sub(added));
        list.appended = list.appended.saturating_add(added);
        list.removed = list.removed.saturating_add(removed);
        list.left = size;
        list.called_by(thread, names);
    }

    /// A method has raised an exception.
    pub fn failed(&mut self, thread: u64, number: u64, names: &mut Names) {
        if let Some(list) = self.all.get_mut(&number) {
            list.failed += 1;
            list.called_by(thread, names);
        }
    }

    /// A thread has looked at the length of a list, before it releases a lock or for another reason.
    pub fn seen(
        &mut self,
        thread: u64,
        (number, size): (u64, u64),
        released: Option<u64>,
        names: &mut Names,
    ) {
        let Some(list) = self.all.get_mut(&number).filter(|list| list.left != size) else {
            return;
        };
        if list.look.is_none() {
            list.name = names.unique(list.name.to_string());
        }
        let changes = list.look.as_ref().map_or(0, |look| look.changes) + 1;
        list.look = Some(Look { changes, before: list.left, thread, released });
        list.left = size;
    }

    /// The figures of the first `most` lists, with the names of threads and of locks. One that was
    /// neither used by a method nor seen to change is not among them.
    pub fn reports(
        &self,
        most: usize,
        thread: impl Fn(u64) -> Printable,
        lock: impl Fn(u64) -> Option<Printable>,
    ) -> Vec<ListReport> {
        let used = self.all.values().filter(|list| list.operations > 0 || list.look.is_some());
        used.take(most).map(|list| list.report(&thread, &lock)).collect()
    }
}

impl List {
    fn called_by(&mut self, thread: u64, names: &mut Names) {
        if self.operations == 0 {
            // Two threads that meet a list at once define it twice, and one of the two is used.
            self.name = names.unique(self.name.to_string());
        }
        self.operations += 1;
        if self.threads.len() < MOST {
            self.threads.insert(thread);
        }
    }

    fn report(
        &self,
        thread: impl Fn(u64) -> Printable,
        lock: impl Fn(u64) -> Option<Printable>,
    ) -> ListReport {
        let known = |figure: u64| self.look.is_none().then_some(figure);
        ListReport {
            name: self.name.clone(),
            operations: known(self.operations),
            found: self.found.unwrap_or(0),
            appended: known(self.appended),
            removed: known(self.removed),
            failed: known(self.failed),
            left: self.left,
            threads: known(self.threads.len() as u64),
            looked_at: self.look.as_ref().map(|look| LookReport {
                changes: look.changes,
                before: look.before,
                thread: thread(look.thread),
                released: look.released.and_then(lock),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reports(lists: &Lists) -> Vec<ListReport> {
        let thread = |number| format!("thread {number}").into();
        lists.reports(9, thread, |number| Some(format!("lock {number}").into()))
    }

    #[test]
    fn what_was_found_added_and_removed_is_what_is_left() {
        let (mut lists, mut names) = (Lists::default(), Names::default());
        lists.define(1, "items".into(), None);
        lists.define(2, "items".into(), None);
        for (thread, operation, size) in [
            (1, ListOperation::AddsOne, 3),
            (1, ListOperation::RemovesOne, 2),
            (2, ListOperation::AddsSome, 6),
            (2, ListOperation::Orders, 6),
            (1, ListOperation::RemovesOne, 5),
        ] {
            lists.done(thread, 1, (operation, size), &mut names);
        }
        lists.failed(3, 1, &mut names);
        let all = reports(&lists);
        let [items] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!((items.operations, items.failed, items.threads), (Some(6), Some(1), Some(3)));
        let figures = (items.found, items.appended, items.removed, items.left);
        assert_eq!(figures, (2, Some(5), Some(2), 5));
        assert_eq!((items.name.as_ref(), items.looked_at.is_none()), ("items", true));
        lists.done(1, 1, (ListOperation::RemovesAll, 0), &mut names);
        assert_eq!((reports(&lists)[0].removed, reports(&lists)[0].left), (Some(7), 0));
        // How long a list was before its first operation follows from one that changes it by one.
        for (first, size) in [(ListOperation::AddsSome, 3), (ListOperation::RemovesAll, 0)] {
            let mut lists = Lists::default();
            lists.define(1, "items".into(), None);
            lists.done(1, 1, (first, size), &mut names);
            lists.done(1, 1, (ListOperation::AddsOne, size + 1), &mut names);
            let items = &reports(&lists)[0];
            let figures = (items.found, items.appended, items.removed, items.left);
            assert_eq!(figures, (size, Some(1), Some(0), size + 1), "{first:?}");
        }
        // No length is too long to be counted with.
        for operation in [ListOperation::AddsSome, ListOperation::RemovesOne] {
            lists.done(1, 2, (operation, u64::MAX), &mut names);
        }
        lists.done(1, 1, (ListOperation::AddsSome, u64::MAX), &mut names);
        let all = reports(&lists);
        assert_eq!((all[0].appended, all[1].found), (Some(u64::MAX), u64::MAX));
    }

    #[test]
    fn of_a_list_that_is_looked_at_only_lengths_are_known() {
        let (mut lists, mut names) = (Lists::default(), Names::default());
        lists.define(1, "numbers".into(), Some(4));
        lists.define(2, "never changed".into(), Some(4));
        lists.define(3, "numbers".into(), Some(0));
        // Two threads may look at the same change.
        for (thread, size, released) in [(1, 4, None), (1, 5, Some(7)), (2, 5, None), (2, 0, None)]
        {
            lists.seen(thread, (1, size), released, &mut names);
        }
        lists.seen(1, (3, 2), Some(7), &mut names);
        lists.seen(1, (9, 2), Some(7), &mut names);
        let all = reports(&lists);
        let [numbers, others] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!((numbers.found, numbers.left, others.found, others.left), (4, 0, 0, 2));
        assert_eq!((numbers.operations, numbers.appended, numbers.threads), (None, None, None));
        assert_ne!(numbers.name, others.name);
        let looks = |list: &ListReport| {
            let look = list.looked_at.clone().unwrap();
            (look.changes, look.before, look.thread.to_string(), look.released)
        };
        assert_eq!(looks(numbers), (2, 5, "thread 2".into(), None));
        assert_eq!(looks(others), (1, 0, "thread 1".into(), Some("lock 7".into())));
    }
}
