//! The queue between processes.

use std::time::Instant;

use threadbare::kit::limit::{Limit, Timeout};
use threadbare::kit::shared::{Array, Queue, QueueError};

use crate::common::{SHORT, SharedTest, end_all, in_processes, short, soon, until};

const CAPACITY: usize = 4;
const CONSUMERS: usize = 4;
const ITEMS: usize = 400;

fn queue(test: &SharedTest, capacity: usize) -> Queue {
    Queue::new(&mut test.layout(), capacity)
}

#[test]
fn items_of_two_processes_come_out_in_the_order_of_their_putting() {
    in_processes(
        Queue::cells(20),
        |test| {
            let queue = queue(test, 20);
            (0..10).for_each(|n| queue.put(n, &soon()).unwrap());
            test.start("child").end();
            let all: Vec<_> = (0..20).map(|_| queue.get(&soon()).unwrap()).collect();
            assert_eq!(all, (0..20).collect::<Vec<_>>());
        },
        |test, _| {
            let queue = queue(test, 20);
            (10..20).for_each(|n| queue.put(n, &soon()).unwrap());
        },
    );
}

#[test]
fn full_and_empty_are_errors_at_once_or_after_the_limit_or_waited_out() {
    in_processes(
        Queue::cells(CAPACITY),
        |test| {
            let queue = queue(test, CAPACITY);
            let other = test.start("other");
            test.wait_for(0);
            assert_eq!((queue.len(), queue.capacity()), (CAPACITY, CAPACITY));
            for limit in [Limit::now(), short()] {
                assert_eq!(queue.put(9, &limit), Err(QueueError::Full));
            }
            assert_eq!(queue.len(), CAPACITY, "nothing went in");
            test.signal(1);
            // Waits until the other has made room.
            queue.put(99, &soon()).unwrap();
            other.end();
            assert!(queue.is_empty());
        },
        |test, _| {
            let queue = queue(test, CAPACITY);
            assert_eq!(queue.get(&Limit::now()), Err(QueueError::Empty));
            let began = Instant::now();
            assert_eq!(queue.get(&short()), Err(QueueError::Empty));
            assert!(began.elapsed() >= SHORT);
            (0..CAPACITY as u64).for_each(|n| queue.put(n, &soon()).unwrap());
            test.signal(0);
            test.wait_for(1);
            let all: Vec<_> = (0..=CAPACITY).map(|_| queue.get(&soon()).unwrap()).collect();
            assert_eq!(all, [0, 1, 2, 3, 99]);
        },
    );
}

#[test]
fn a_join_returns_when_four_consumers_have_done_every_item() {
    in_processes(
        Queue::cells(CAPACITY) + Array::cells(ITEMS),
        |test| {
            let mut layout = test.layout();
            let queue = Queue::new(&mut layout, CAPACITY);
            let done = Array::new(&mut layout, ITEMS);
            let consumers = test.start_all("consumer", CONSUMERS);
            (0..ITEMS as u64).for_each(|n| queue.put(n, &soon()).unwrap());
            queue.join(&soon()).unwrap();
            assert_eq!(done.to_vec(), vec![1; ITEMS], "each done, once");
            queue.close();
            end_all(consumers);
            assert_eq!(queue.task_done(), Err(QueueError::NothingToFinish));
        },
        |test, _| {
            let mut layout = test.layout();
            let queue = Queue::new(&mut layout, CAPACITY);
            let done = Array::new(&mut layout, ITEMS);
            while let Ok(item) = queue.get(&soon()) {
                let at = usize::try_from(item).unwrap();
                done.set(at, done.get(at) + 1);
                queue.task_done().unwrap();
            }
        },
    );
}

#[test]
fn a_join_with_something_undone_ends_with_its_limit() {
    in_processes(
        Queue::cells(CAPACITY),
        |test| {
            let queue = queue(test, CAPACITY);
            test.start("puts one").end();
            queue.get(&soon()).unwrap();
            assert_eq!(queue.join(&short()), Err(Timeout::Elapsed));
            queue.task_done().unwrap();
            assert_eq!(queue.join(&Limit::now()), Ok(()));
        },
        |test, _| queue(test, CAPACITY).put(1, &soon()).unwrap(),
    );
}

#[test]
fn a_closed_queue_refuses_and_gives_what_is_left() {
    in_processes(
        Queue::cells(1),
        |test| {
            let queue = queue(test, 1);
            queue.put(7, &soon()).unwrap();
            let putter = test.start("putter");
            test.wait_for(0);
            queue.close();
            putter.end();
            test.start("getter").end();
        },
        |test, role| {
            let queue = queue(test, 1);
            if role == "putter" {
                test.signal(0);
                // Full: it waits, until the closing wakes it.
                assert_eq!(queue.put(8, &soon()), Err(QueueError::Closed));
                return;
            }
            assert_eq!(queue.put(8, &Limit::now()), Err(QueueError::Closed));
            assert_eq!(queue.get(&soon()), Ok(7));
            assert_eq!(queue.get(&soon()), Err(QueueError::Closed));
        },
    );
}

#[test]
fn closing_wakes_all_that_wait_for_an_item() {
    in_processes(
        Queue::cells(1) + Array::cells(3),
        |test| {
            let getters = test.start_all("getter", 3);
            until("all have begun", || begun(test).iter().all(|n| *n == 1));
            queue(test, 1).close();
            end_all(getters);
        },
        |test, role| {
            let at: usize = role.rsplit_once('/').unwrap().1.parse().unwrap();
            array(test).set(at, 1);
            assert_eq!(queue(test, 1).get(&soon()), Err(QueueError::Closed));
        },
    );
}

fn array(test: &SharedTest) -> Array {
    let mut layout = test.layout();
    Queue::new(&mut layout, 1);
    Array::new(&mut layout, 3)
}
fn begun(test: &SharedTest) -> Vec<i64> {
    array(test).to_vec()
}

#[test]
fn a_producer_that_is_killed_leaves_whole_items_and_a_true_count() {
    in_processes(
        Queue::cells(CAPACITY),
        |test| {
            let queue = queue(test, CAPACITY);
            for _ in 0..10 {
                let target = test.start("target");
                (0..50).for_each(|n| take(&queue, n));
                // It puts as fast as it can, and is killed at whatever place.
                target.kill();
                let left = queue.unfinished();
                (50..50 + left).for_each(|n| take(&queue, n));
                assert_eq!(queue.join(&Limit::now()), Ok(()));
                assert_eq!(queue.task_done(), Err(QueueError::NothingToFinish));
            }
        },
        |test, _| {
            let queue = queue(test, CAPACITY);
            (0..).try_for_each(|n| queue.put(n, &soon())).unwrap();
        },
    );
}

fn take(queue: &Queue, n: u64) {
    assert_eq!(queue.get(&soon()), Ok(n));
    queue.task_done().unwrap();
}

#[test]
fn consumers_that_are_killed_lose_no_more_than_they_held() {
    in_processes(
        Queue::cells(CAPACITY),
        |test| {
            let queue = queue(test, CAPACITY);
            let targets = test.start_all("target", 3);
            for target in targets {
                (0..50).for_each(|n| queue.put(n, &soon()).unwrap());
                target.kill();
            }
            // Whether they are waiters that are no more, or holders: the queue is sound.
            while queue.get(&Limit::now()).is_ok() {}
            queue.put(1, &soon()).unwrap();
            assert_eq!(queue.peek(), [1]);
            let successor = test.start("successor");
            queue.put(2, &soon()).unwrap();
            successor.end();
        },
        |test, role| {
            let queue = queue(test, CAPACITY);
            if role == "successor" {
                assert_eq!((queue.get(&soon()), queue.get(&soon())), (Ok(1), Ok(2)));
                return;
            }
            let limit = soon();
            while queue.get(&limit).is_ok() {}
        },
    );
}
