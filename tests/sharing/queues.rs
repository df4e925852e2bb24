//! The queue between processes.

use std::time::Instant;

use threadbare::kit::limit::{Limit, Timeout};
use threadbare::kit::shared::{Array, Queue, QueueError};

use crate::common::{SHORT, Stage, end_all, play, short, soon, until};

const CAPACITY: usize = 4;
const CONSUMERS: usize = 4;
const ITEMS: usize = 400;

fn queue(stage: &Stage, capacity: usize) -> Queue {
    Queue::new(&mut stage.layout(), capacity)
}

#[test]
fn items_of_two_processes_come_out_in_the_order_of_their_putting() {
    play(
        Queue::cells(20),
        |stage| {
            let queue = queue(stage, 20);
            (0..10).for_each(|n| queue.put(n, &soon()).unwrap());
            stage.start("child").end();
            let all: Vec<_> = (0..20).map(|_| queue.get(&soon()).unwrap()).collect();
            assert_eq!(all, (0..20).collect::<Vec<_>>());
        },
        |stage, _| {
            let queue = queue(stage, 20);
            (10..20).for_each(|n| queue.put(n, &soon()).unwrap());
        },
    );
}

#[test]
fn full_and_empty_are_told_at_once_after_the_limit_or_waited_out() {
    play(
        Queue::cells(CAPACITY),
        |stage| {
            let queue = queue(stage, CAPACITY);
            let other = stage.start("other");
            stage.await_cue(0);
            assert_eq!((queue.len(), queue.capacity()), (CAPACITY, CAPACITY));
            for limit in [Limit::now(), short()] {
                assert_eq!(queue.put(9, &limit), Err(QueueError::Full));
            }
            assert_eq!(queue.len(), CAPACITY, "nothing went in");
            stage.give(1);
            // Waits until the other has made room.
            queue.put(99, &soon()).unwrap();
            other.end();
            assert!(queue.is_empty());
        },
        |stage, _| {
            let queue = queue(stage, CAPACITY);
            assert_eq!(queue.get(&Limit::now()), Err(QueueError::Empty));
            let began = Instant::now();
            assert_eq!(queue.get(&short()), Err(QueueError::Empty));
            assert!(began.elapsed() >= SHORT);
            (0..CAPACITY as u64).for_each(|n| queue.put(n, &soon()).unwrap());
            stage.give(0);
            stage.await_cue(1);
            let all: Vec<_> = (0..=CAPACITY).map(|_| queue.get(&soon()).unwrap()).collect();
            assert_eq!(all, [0, 1, 2, 3, 99]);
        },
    );
}

#[test]
fn a_join_returns_when_four_consumers_have_done_every_item() {
    play(
        Queue::cells(CAPACITY) + Array::cells(ITEMS),
        |stage| {
            let mut layout = stage.layout();
            let queue = Queue::new(&mut layout, CAPACITY);
            let done = Array::new(&mut layout, ITEMS);
            let consumers = stage.start_all("consumer", CONSUMERS);
            (0..ITEMS as u64).for_each(|n| queue.put(n, &soon()).unwrap());
            queue.join(&soon()).unwrap();
            assert_eq!(done.to_vec(), vec![1; ITEMS], "each done, once");
            queue.close();
            end_all(consumers);
            assert_eq!(queue.task_done(), Err(QueueError::NothingToFinish));
        },
        |stage, _| {
            let mut layout = stage.layout();
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
    play(
        Queue::cells(CAPACITY),
        |stage| {
            let queue = queue(stage, CAPACITY);
            stage.start("puts one").end();
            queue.get(&soon()).unwrap();
            assert_eq!(queue.join(&short()), Err(Timeout::Elapsed));
            queue.task_done().unwrap();
            assert_eq!(queue.join(&Limit::now()), Ok(()));
        },
        |stage, _| queue(stage, CAPACITY).put(1, &soon()).unwrap(),
    );
}

#[test]
fn a_closed_queue_refuses_and_gives_what_is_left() {
    play(
        Queue::cells(1),
        |stage| {
            let queue = queue(stage, 1);
            queue.put(7, &soon()).unwrap();
            let putter = stage.start("putter");
            stage.await_cue(0);
            queue.close();
            putter.end();
            stage.start("getter").end();
        },
        |stage, part| {
            let queue = queue(stage, 1);
            if part == "putter" {
                stage.give(0);
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
fn closing_wakes_who_waits_for_an_item() {
    play(
        Queue::cells(1) + Array::cells(3),
        |stage| {
            let getters = stage.start_all("getter", 3);
            until("all have begun", || begun(stage).iter().all(|n| *n == 1));
            queue(stage, 1).close();
            end_all(getters);
        },
        |stage, part| {
            let at: usize = part.rsplit_once('/').unwrap().1.parse().unwrap();
            array(stage).set(at, 1);
            assert_eq!(queue(stage, 1).get(&soon()), Err(QueueError::Closed));
        },
    );
}

fn array(stage: &Stage) -> Array {
    let mut layout = stage.layout();
    Queue::new(&mut layout, 1);
    Array::new(&mut layout, 3)
}
fn begun(stage: &Stage) -> Vec<i64> {
    array(stage).to_vec()
}

#[test]
fn a_producer_that_is_killed_leaves_whole_items_and_a_true_count() {
    play(
        Queue::cells(CAPACITY),
        |stage| {
            let queue = queue(stage, CAPACITY);
            for _ in 0..10 {
                let victim = stage.start("victim");
                (0..50).for_each(|n| take(&queue, n));
                // It puts as fast as it can, and is killed at whatever place.
                victim.kill();
                let left = queue.unfinished();
                (50..50 + left).for_each(|n| take(&queue, n));
                assert_eq!(queue.join(&Limit::now()), Ok(()));
                assert_eq!(queue.task_done(), Err(QueueError::NothingToFinish));
            }
        },
        |stage, _| {
            let queue = queue(stage, CAPACITY);
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
    play(
        Queue::cells(CAPACITY),
        |stage| {
            let queue = queue(stage, CAPACITY);
            let victims = stage.start_all("victim", 3);
            for victim in victims {
                (0..50).for_each(|n| queue.put(n, &soon()).unwrap());
                victim.kill();
            }
            // Whether they are waiters that are no more, or holders: the queue is sound.
            while queue.get(&Limit::now()).is_ok() {}
            queue.put(1, &soon()).unwrap();
            assert_eq!(queue.peek(), [1]);
            let heir = stage.start("heir");
            queue.put(2, &soon()).unwrap();
            heir.end();
        },
        |stage, part| {
            let queue = queue(stage, CAPACITY);
            if part == "heir" {
                assert_eq!((queue.get(&soon()), queue.get(&soon())), (Ok(1), Ok(2)));
                return;
            }
            let limit = soon();
            while queue.get(&limit).is_ok() {}
        },
    );
}
