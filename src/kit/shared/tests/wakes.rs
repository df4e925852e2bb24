//! Who is woken by what is for several, and what a queue shows once its ring has gone round.

use super::*;

#[test]
fn what_is_for_all_wakes_all() {
    let cells = Event::CELLS + Barrier::CELLS + Lock::CELLS + Condition::CELLS + Queue::cells(2);
    let region = Region::create(cells).unwrap();
    let mut layout = region.layout();
    let event = Event::new(&mut layout);
    let barrier = Barrier::new(&mut layout);
    barrier.init(4);
    let (lock, condition) = (Lock::new(&mut layout), Condition::new(&mut layout));
    let queue = Queue::new(&mut layout, 2);

    let wait = |_: Layout, limit: &Limit| event.wait(limit).is_ok();
    let set = || {
        event.set();
        true
    };
    assert!(are_woken(&region, 3, wait, set));

    let wait = |_: Layout, limit: &Limit| barrier.wait(limit, || ()).is_ok();
    assert!(are_woken(&region, 3, wait, || barrier.wait(&soon(), || ()).is_ok()));

    let wait = |_: Layout, limit: &Limit| {
        lock.acquire(limit).unwrap();
        let woken = condition.wait(&lock, limit);
        lock.release().is_ok() && woken == Ok(Woken::Notified)
    };
    let all = || {
        until("all wait", || condition.waiters() == 3);
        lock.with(&soon(), || condition.notify(&lock, 3)).unwrap().is_ok()
    };
    assert!(are_woken(&region, 3, wait, all));

    let get = |_: Layout, limit: &Limit| queue.get(limit) == Err(QueueError::Closed);
    let close = || {
        queue.close();
        true
    };
    assert!(are_woken(&region, 3, get, close));
}

#[test]
fn a_queue_that_is_closed_wakes_those_who_wait_for_room() {
    let region = Region::create(Queue::cells(1)).unwrap();
    let queue = Queue::new(&mut region.layout(), 1);
    queue.put(7, &soon()).unwrap();
    let put = |_: Layout, limit: &Limit| queue.put(8, limit) == Err(QueueError::Closed);
    let close = || {
        queue.close();
        true
    };
    assert!(are_woken(&region, 2, put, close));
    assert_eq!((queue.get(&soon()), queue.get(&soon())), (Ok(7), Err(QueueError::Closed)));
}

#[test]
fn a_queue_shows_what_is_in_it_oldest_first_wherever_its_ring_stands() {
    let region = Region::create(Queue::cells(3)).unwrap();
    let queue = Queue::new(&mut region.layout(), 3);
    let seen = || (queue.peek(), queue.len(), queue.unfinished());
    assert_eq!(seen(), (vec![], 0, 0));
    for item in [11, 12, 13] {
        queue.put(item, &soon()).unwrap();
    }
    assert_eq!(seen(), (vec![11, 12, 13], 3, 3));
    assert_eq!(queue.put(14, &Limit::now()), Err(QueueError::Full));
    assert_eq!(queue.get(&soon()), Ok(11));
    assert_eq!(queue.get(&soon()), Ok(12));
    queue.put(14, &soon()).unwrap();
    assert_eq!(seen(), (vec![13, 14], 2, 4));
    queue.task_done().unwrap();
    queue.put(15, &soon()).unwrap();
    assert_eq!(seen(), (vec![13, 14, 15], 3, 4));
    assert_eq!(queue.capacity(), 3);
}
