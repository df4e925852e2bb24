//! What the primitives report about themselves: counts, waiting lines, depths, and who is
//! woken.

use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use super::{LONG, eventually};
use crate::kit::barrier::{Barrier, BarrierView};
use crate::kit::condition::Condition;
use crate::kit::event::{LaneEvent, What};
use crate::kit::event_flag::Event;
use crate::kit::lock::Lock;
use crate::kit::model::Phase;
use crate::kit::monitor::tests::sleep_without_polls;
use crate::kit::queue::{Queue, QueueView};
use crate::kit::recorder::{recorder, set_sink};
use crate::kit::rlock::RLock;
use crate::kit::semaphore::Semaphore;
use crate::kit::step::{Mode, StepController, current_thread_id};
use crate::kit::stop::Stop;

#[test]
fn views_count_what_was_done() {
    let semaphore = Semaphore::new("semaphore", 3);
    semaphore.acquire().unwrap();
    semaphore.acquire().unwrap();
    assert_eq!(semaphore.peek().permits, 1);
    semaphore.release(4).unwrap();
    assert_eq!(semaphore.peek().permits, 5);

    let queue = Queue::bounded("queue", 3);
    queue.send(7).unwrap();
    queue.send(8).unwrap();
    let full = QueueView {
        items: vec![7, 8],
        capacity: Some(3),
        closed: false,
        unfinished: 2,
        waiters: vec![],
    };
    assert_eq!(queue.peek(), full);
    queue.receive().unwrap();
    let items = vec![8];
    assert_eq!(queue.peek(), QueueView { items, ..full });
    queue.task_done().unwrap();
    queue.close();
    let view = queue.peek();
    assert_eq!((view.unfinished, view.closed), (1, true));

    let rlock = RLock::new("rlock");
    (0..3).for_each(|_| rlock.acquire().unwrap());
    rlock.release().unwrap();
    assert_eq!((rlock.peek().depth, rlock.peek().holder), (2, Some(current_thread_id())));
    (0..2).for_each(|_| rlock.release().unwrap());
    assert_eq!((rlock.peek().depth, rlock.peek().holder), (0, None));
}

#[test]
fn a_barrier_and_a_condition_show_who_is_in_them_and_a_notification_whom_it_woke() {
    let barrier = Barrier::new("barrier", 3);
    let lock = Arc::new(Lock::new("lock"));
    let condition = Condition::new("condition", &lock);
    thread::scope(|scope| {
        let waiters: Vec<_> =
            (0..2).map(|_| scope.spawn(|| (current_thread_id(), barrier.wait()).0)).collect();
        eventually("two wait", || barrier.peek().waiters.len() == 2);
        let BarrierView { parties, inside, phase, waiters: mut waiting } = barrier.peek();
        assert_eq!((parties, inside, phase), (3, 2, Phase::Filling));
        barrier.wait().unwrap();
        let mut lanes: Vec<_> = waiters.into_iter().map(|one| one.join().unwrap()).collect();
        waiting.sort_unstable();
        lanes.sort_unstable();
        assert_eq!(waiting, lanes);
        assert_eq!((barrier.peek().inside, barrier.peek().waiters.len()), (0, 0));
    });
    let woken = thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| condition.wait(lock.lock().unwrap()).map(drop).unwrap());
        }
        eventually("three wait", || condition.peek().waiters.len() == 3);
        let _guard = lock.lock().unwrap();
        let one = (condition.notify_one(), condition.peek().waiters.len());
        let all = (condition.notify_all(), condition.peek().waiters.len());
        (one, all, condition.notify_all())
    });
    assert_eq!(woken, ((Ok(1), 2), (Ok(2), 0), Ok(0)));
    assert!(condition.peek().notified.is_empty());
}

#[test]
fn depths_bytes_and_lanes_are_reported_as_they_are() {
    let (recorder, mut reader) = recorder::<()>();
    let controller = StepController::new(Stop::new(), Mode::Paced);
    thread::scope(|scope| {
        scope.spawn(|| {
            let _sink = set_sink(Rc::new(recorder.lane("one")));
            let _guard = controller.enter();
            let rlock = RLock::new("rlock");
            rlock.acquire().unwrap();
            rlock.acquire().unwrap();
            rlock.release().unwrap();
            rlock.release().unwrap();
            let semaphore = Semaphore::bounded("semaphore", 2);
            semaphore.acquire().unwrap();
            semaphore.release(1).unwrap();
            semaphore.release(1).unwrap_err();
            let queue = Queue::unbounded("queue");
            queue.send(5).unwrap();
            assert_eq!(queue.receive(), Ok(5));
            let lock = Arc::new(Lock::new("lock"));
            let condition = Condition::new("condition", &lock);
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| condition.wait(lock.lock().unwrap()).map(drop).unwrap());
                }
                eventually("two wait", || condition.peek().waiters.len() == 2);
                let _guard = lock.lock().unwrap();
                assert_eq!(condition.notify_all(), Ok(2));
            });
        });
    });
    let mut reported = Vec::new();
    reader.drain(1000, |event| {
        if let What::Lane(event) = event.what {
            reported.push(match event {
                LaneEvent::Acquired { depth, .. } => format!("acquired {depth}"),
                LaneEvent::Released { depth, .. } => format!("released {depth}"),
                LaneEvent::GaveUp { .. } => "gave up".to_owned(),
                LaneEvent::Sent { bytes, .. } => format!("sent {bytes}"),
                LaneEvent::Received { bytes, .. } => format!("received {bytes}"),
                LaneEvent::Notified { lanes, .. } => format!("notified {lanes}"),
                _ => return,
            });
        }
    });
    let expected = [
        "acquired 1",
        "acquired 2",
        "released 1",
        "released 0",
        "acquired 1",
        "released 0",
        "gave up",
        "sent 8",
        "received 8",
        "acquired 1",
        "notified 2",
        "released 0",
    ];
    assert_eq!(reported, expected);
}

/// Each tool wakes its waiters: none of them is helped by checking now and then.
#[test]
fn a_thread_that_is_waited_for_wakes_who_waits() {
    let lock = Arc::new(Lock::new("lock"));
    let condition = Condition::new("condition", &lock);
    let (rlock, gate) = (RLock::new("rlock"), Event::new("gate"));
    let (semaphore, barrier) = (Semaphore::new("semaphore", 0), Barrier::new("barrier", 2));
    let (queue, full) = (Queue::unbounded("queue"), Queue::bounded("full", 1));
    let joined = Queue::unbounded("joined");
    full.send(1).unwrap();
    joined.send(1).unwrap();
    rlock.acquire().unwrap();
    let waits: [&(dyn Fn() + Sync); 8] = [
        &|| rlock.acquire().unwrap(),
        &|| gate.wait().unwrap(),
        &|| semaphore.acquire().unwrap(),
        &|| barrier.wait().map(drop).unwrap(),
        &|| queue.receive().map(drop).unwrap(),
        &|| full.send(2).unwrap(),
        &|| joined.join().unwrap(),
        &|| condition.wait(lock.lock().unwrap()).map(drop).unwrap(),
    ];
    thread::scope(|scope| {
        let waiters: Vec<_> = waits
            .into_iter()
            .map(|wait| {
                scope.spawn(move || {
                    sleep_without_polls();
                    let began = Instant::now();
                    wait();
                    assert!(began.elapsed() < LONG, "nothing woke it");
                })
            })
            .collect();
        eventually("all wait", || {
            let lines = [
                rlock.peek().waiters.len(),
                gate.peek().waiters.len(),
                semaphore.peek().waiters.len(),
                barrier.peek().waiters.len(),
                queue.peek().waiters.len(),
                full.peek().waiters.len(),
                joined.peek().waiters.len(),
                condition.peek().waiters.len(),
            ];
            lines == [1; 8]
        });
        rlock.release().unwrap();
        gate.set();
        semaphore.release(1).unwrap();
        barrier.wait().unwrap();
        queue.send(1).unwrap();
        full.receive().unwrap();
        joined.task_done().unwrap();
        let guard = lock.lock().unwrap();
        condition.notify_one().unwrap();
        drop(guard);
        for waiter in waiters {
            waiter.join().unwrap();
        }
    });
}
