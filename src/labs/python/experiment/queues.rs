//! The script's queues: what was put and taken, how full they were, and who waits.
//!
//! A put or a get is recorded while the queue's own lock is held, with the number of items at that
//! moment. `SimpleQueue` and the queues of `multiprocessing` say no number: of those the length is
//! what puts and gets leave. A wait ends with what it was for, or with `Empty`, `Full` or an
//! exception; only its time counts here.

use std::collections::{BTreeMap, HashMap};

use super::super::facts::{QueueKind, QueueReport};
use super::lines::lines;
use super::times::Timing;
use crate::kit::event::ResourceId;
use crate::kit::python::QueueWant;
use crate::printable::Printable;

/// Queues that are kept at most.
const MOST: usize = 1024;

/// One queue of the script.
#[derive(Debug, Default)]
pub struct Queue {
    pub resource: ResourceId,
    name: Printable,
    kind: QueueKind,
    place: Printable,
    maxsize: Option<u64>,
    puts: u64,
    gets: u64,
    dropped: u64,
    left: u64,
    longest: u64,
    put_wait: Waits,
    get_wait: Waits,
}

#[derive(Debug, Default)]
struct Waits {
    count: u64,
    times: Timing,
}

/// All queues by the numbers of their definitions, in the order in which they were made.
#[derive(Debug, Default)]
pub struct Queues {
    all: BTreeMap<u64, Queue>,
    /// At which queues each thread waits, since when, and for what: the first one ends the wait.
    waits: HashMap<u64, Vec<(u64, u64, QueueWant)>>,
}

impl Queue {
    pub fn new(
        resource: ResourceId,
        kind: QueueKind,
        name: Printable,
        place: Printable,
        size: u64,
    ) -> Self {
        let maxsize = Some(size).filter(|size| *size > 0);
        Self { resource, name, kind, place, maxsize, ..Self::default() }
    }

    /// Items that are in it by what was put and taken.
    fn counted(&self) -> u64 {
        self.puts.saturating_sub(self.gets).saturating_sub(self.dropped)
    }

    fn report(&self) -> QueueReport {
        QueueReport {
            name: self.name.clone(),
            kind: self.kind,
            place: self.place.clone(),
            maxsize: self.maxsize,
            puts: self.puts,
            gets: self.gets,
            dropped: self.dropped,
            left: self.left,
            longest: self.longest,
            put_waits: self.put_wait.count,
            get_waits: self.get_wait.count,
            put_wait_us: self.put_wait.times.report(),
            get_wait_us: self.get_wait.times.report(),
            waiting_to_put: Vec::new(),
            waiting_to_get: Vec::new(),
        }
    }
}

impl Queues {
    pub fn define(&mut self, number: u64, queue: Queue) {
        if self.all.len() < MOST {
            self.all.insert(number, queue);
        }
    }

    /// Whether it is one that processes share.
    pub fn is_shared(&self, number: u64) -> bool {
        self.get(number).is_some_and(|queue| queue.kind.is_shared())
    }

    pub fn get(&self, number: u64) -> Option<&Queue> {
        self.all.get(&number)
    }

    /// An item was put; `size` is how many there are then, if that was seen.
    pub fn put(&mut self, number: u64, size: Option<u64>) {
        if let Some(queue) = self.all.get_mut(&number) {
            queue.puts += 1;
            queue.left = size.unwrap_or(queue.counted());
            queue.longest = queue.longest.max(queue.left);
        }
    }

    pub fn got(&mut self, number: u64, size: Option<u64>) {
        if let Some(queue) = self.all.get_mut(&number) {
            queue.gets += 1;
            queue.left = size.unwrap_or(queue.counted());
        }
    }

    /// How many items were found in it: some may have been taken in another way.
    pub fn seen(&mut self, number: u64, size: u64) {
        if let Some(queue) = self.all.get_mut(&number) {
            queue.left = size;
        }
    }

    /// An item that was put was taken out again, because it could not be pickled.
    pub fn dropped(&mut self, number: u64) {
        if let Some(queue) = self.all.get_mut(&number) {
            queue.dropped += 1;
            queue.left = queue.counted();
        }
    }

    /// A thread waits from now on; `also` in the wait of the record before, for several queues.
    pub fn wait(&mut self, thread: u64, number: u64, wants: QueueWant, at: u64, also: bool) {
        let waits = self.waits.entry(thread).or_default();
        if !also {
            waits.clear();
        }
        if self.all.contains_key(&number) && waits.len() < MOST {
            waits.push((number, at, wants));
        }
    }

    /// The thread does not wait any more, whatever it waited for.
    pub fn end_wait(&mut self, thread: u64, at: u64) {
        for (number, since, wants) in self.waits.remove(&thread).into_iter().flatten() {
            let Some(queue) = self.all.get_mut(&number) else {
                continue;
            };
            let waits = match wants {
                QueueWant::Item => &mut queue.get_wait,
                QueueWant::Room => &mut queue.put_wait,
                QueueWant::AllDone => continue,
            };
            waits.count += 1;
            waits.times.record(at.saturating_sub(since));
        }
    }

    /// The figures of the first `most` queues.
    pub fn reports(&self, most: usize, name_of: impl Fn(u64) -> Printable) -> Vec<QueueReport> {
        let waits = self.waits.iter().flat_map(|(thread, waits)| {
            waits.iter().map(|(queue, since, wants)| (*since, *thread, (*queue, *wants)))
        });
        let mut waiting = lines(waits, name_of);
        let mut line = |queue, wants| waiting.remove(&(queue, wants)).unwrap_or_default();
        let queues = self.all.iter().take(most);
        let report = |(number, queue): (&u64, &Queue)| QueueReport {
            waiting_to_put: line(*number, QueueWant::Room),
            waiting_to_get: line(*number, QueueWant::Item),
            ..queue.report()
        };
        queues.map(report).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts_gets_waits_and_the_length_are_counted() {
        let mut queues = Queues::default();
        let queue = Queue::new(ResourceId(0), QueueKind::Queue, "q".into(), "x.py:1".into(), 2);
        queues.define(1, queue);
        queues.wait(7, 1, QueueWant::Item, 1_000, false);
        queues.put(1, Some(1));
        queues.end_wait(7, 5_000);
        queues.got(1, Some(0));
        for size in [Some(1), None] {
            queues.put(1, size);
        }
        queues.wait(8, 1, QueueWant::Room, 6_000, false);
        queues.wait(9, 1, QueueWant::AllDone, 6_000, false);
        let report = |queues: &Queues| {
            queues.reports(9, |thread| format!("t{thread}").into()).pop().unwrap()
        };
        let full = report(&queues);
        assert_eq!((full.puts, full.gets, full.left, full.longest), (3, 1, 2, 2));
        assert_eq!((full.maxsize, full.put_waits, full.get_waits), (Some(2), 0, 1));
        assert!((full.get_wait_us.unwrap().max - 4.0).abs() < 0.05, "{full:?}");
        assert_eq!((full.waiting_to_put, full.waiting_to_get), (vec!["t8".into()], vec![]));
        // The record of the end of its wait was lost.
        queues.wait(8, 1, QueueWant::Room, 7_000, false);
        assert_eq!(report(&queues).waiting_to_put, ["t8"]);
        for thread in [8, 9] {
            queues.end_wait(thread, 9_000);
        }
        queues.put(1, None);
        queues.dropped(1);
        queues.got(1, None);
        let after = report(&queues);
        assert_eq!((after.put_waits, after.get_waits, after.left), (1, 1, 1));
        assert!(after.waiting_to_put.is_empty());
    }

    #[test]
    fn a_thread_that_waits_for_the_first_of_several_queues_stands_in_the_line_of_each() {
        let mut queues = Queues::default();
        for number in [1, 2] {
            let name = Printable::from(format!("q{number}"));
            let queue = Queue::new(ResourceId(0), QueueKind::ProcessPipe, name, "x.py:1".into(), 0);
            queues.define(number, queue);
            queues.wait(7, number, QueueWant::Item, 1_000, number > 1);
        }
        let lines = |queues: &Queues| {
            let reports = queues.reports(9, |thread| format!("t{thread}").into());
            let lines = reports.iter().map(|one| (one.get_waits, one.waiting_to_get.concat()));
            lines.collect::<Vec<_>>()
        };
        assert_eq!(lines(&queues), [(0, "t7".to_owned()), (0, "t7".to_owned())]);
        queues.end_wait(7, 2_000);
        assert_eq!(lines(&queues), [(1, String::new()), (1, String::new())]);
    }
}
