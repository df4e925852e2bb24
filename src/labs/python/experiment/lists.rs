//! The lists that the script's threads share: what was added and removed, and what failed.
//!
//! Only methods are seen, and only from the moment on when a second thread runs: `l[0] = x`, `del`
//! and `+=` are not. So the counts may not add up to what is left, and the difference between two
//! lengths that no method explains is not guessed at. The length that comes with an operation was
//! read right after it, when other threads may have changed the list again.

use std::collections::{BTreeMap, HashSet};

use super::super::facts::ListReport;
use super::names::Names;
use crate::kit::python::ListOperation;
use crate::printable::Printable;

/// Lists that are kept at most, and threads of each.
const MOST: usize = 1024;

/// One list.
#[derive(Debug)]
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
            let list = List {
                name,
                operations: 0,
                found: size,
                appended: 0,
                removed: 0,
                failed: 0,
                left: size.unwrap_or(0),
                threads: HashSet::new(),
            };
            self.all.insert(number, list);
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

    /// The figures of the first `most` lists. One that was seen and never used by a method is not
    /// among them.
    pub fn reports(&self, most: usize) -> Vec<ListReport> {
        let used = self.all.values().filter(|list| list.operations > 0);
        used.take(most).map(List::report).collect()
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

    fn report(&self) -> ListReport {
        ListReport {
            name: self.name.clone(),
            operations: self.operations,
            found: self.found.unwrap_or(0),
            appended: self.appended,
            removed: self.removed,
            failed: self.failed,
            left: self.left,
            threads: self.threads.len() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let all = lists.reports(9);
        let [items] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!((items.operations, items.failed, items.threads), (6, 1, 3));
        assert_eq!((items.found, items.appended, items.removed, items.left), (2, 5, 2, 5));
        assert_eq!(items.name, "items");
        lists.done(1, 1, (ListOperation::RemovesAll, 0), &mut names);
        assert_eq!((lists.reports(9)[0].removed, lists.reports(9)[0].left), (7, 0));
        // How long a list was before its first operation follows from one that changes it by one.
        for (first, size) in [(ListOperation::AddsSome, 3), (ListOperation::RemovesAll, 0)] {
            let mut lists = Lists::default();
            lists.define(1, "items".into(), None);
            lists.done(1, 1, (first, size), &mut names);
            lists.done(1, 1, (ListOperation::AddsOne, size + 1), &mut names);
            let items = &lists.reports(9)[0];
            let figures = (items.found, items.appended, items.removed, items.left);
            assert_eq!(figures, (size, 1, 0, size + 1), "{first:?}");
        }
        // No length is too long to be counted with.
        for operation in [ListOperation::AddsSome, ListOperation::RemovesOne] {
            lists.done(1, 2, (operation, u64::MAX), &mut names);
        }
        lists.done(1, 1, (ListOperation::AddsSome, u64::MAX), &mut names);
        assert_eq!((lists.reports(9)[0].appended, lists.reports(9)[1].found), (u64::MAX, u64::MAX));
    }
}
