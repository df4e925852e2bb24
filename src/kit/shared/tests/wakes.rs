//! Who is woken by what is for several, and what a queue shows once its ring has gone round.

use super::*;

/// Whether `wait`, asleep on another thread, succeeds because of `wake` and not at its
/// limit or at the end of a slice.
fn is_woken(
    region: &Region,
    wait: impl Fn(Layout, &Limit) -> bool + Sync,
    wake: impl FnOnce() -> bool,
) -> bool {
    are_woken(region, 1, wait, wake)
}

/// The same of this number of waits at once, all of them asleep.
fn are_woken(
    region: &Region,
    count: usize,
    wait: impl Fn(Layout, &Limit) -> bool + Sync,
    wake: impl FnOnce() -> bool,
) -> bool {
    let tids: Vec<_> = (0..count).map(|_| AtomicU32::new(0)).collect();
    std::thread::scope(|scope| {
        let waiter = |tid| {
            let wait = &wait;
            scope.spawn(move || {
                sleep_without_slices();
                let layout = attached(region);
                let began = std::time::Instant::now();
                AtomicU32::store(tid, ThreadIdentity::current().tid(), SeqCst);
                wait(layout, &soon()) && began.elapsed() < LONG
            })
        };
        let waiters: Vec<_> = tids.iter().map(waiter).collect();
        // From here on nothing but the wait itself can put it to sleep.
        for (tid, waiter) in tids.iter().zip(&waiters) {
            let asleep =
                || proc_stat::stat_of(tid.load(SeqCst)).is_ok_and(|stat| stat.state == 'S');
            until("it sleeps", || asleep() || waiter.is_finished());
        }
        let woke = wake();
        waiters.into_iter().all(|waiter| waiter.join().unwrap()) && woke
    })
}

#[test]
fn a_thread_that_is_waited_for_wakes_who_waits() {
    let cells = Lock::CELLS + Semaphore::CELLS + Event::CELLS + Barrier::CELLS;
    let region = Region::create(cells).unwrap();
    let mut layout = region.layout();
    let lock = Lock::new(&mut layout);
    lock.acquire(&soon()).unwrap();
    let wait = |mut layout: Layout, limit: &Limit| Lock::new(&mut layout).acquire(limit).is_ok();
    assert!(is_woken(&region, wait, || lock.release().is_ok()));

    let semaphore = Semaphore::new(&mut layout);
    semaphore.init(0, false);
    let wait = |_: Layout, limit: &Limit| semaphore.acquire(limit).is_ok();
    assert!(is_woken(&region, wait, || semaphore.release(1).is_ok()));

    let event = Event::new(&mut layout);
    let wait = |_: Layout, limit: &Limit| event.wait(limit).is_ok();
    let set = || {
        event.set();
        true
    };
    assert!(is_woken(&region, wait, set));
    event.clear();
    let pulse = || {
        event.set();
        event.clear();
        true
    };
    assert!(is_woken(&region, wait, pulse), "cleared before the waiter reads the flag");
    assert!(!event.is_set());

    let barrier = Barrier::new(&mut layout);
    barrier.init(2);
    let wait = |_: Layout, limit: &Limit| barrier.wait(limit, || ()).is_ok();
    let arrive = || barrier.wait(&soon(), || ()).is_ok();
    assert!(is_woken(&region, wait, arrive));
}

#[test]
fn a_notification_wakes_as_many_as_it_is_for() {
    let region = Region::create(Lock::CELLS + Condition::CELLS).unwrap();
    let mut layout = region.layout();
    let (lock, condition) = (Lock::new(&mut layout), Condition::new(&mut layout));
    let notify = |count| lock.with(&soon(), || condition.notify(&lock, count)).unwrap();
    let (woken, stop) = (AtomicU32::new(0), Stop::new());
    std::thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| {
                lock.acquire(&soon()).unwrap();
                let how = condition.wait(&lock, &soon().or(&stop)).unwrap();
                woken.fetch_add(u32::from(how == Woken::Notified), SeqCst);
                lock.release().unwrap();
            });
        }
        for (before, count) in [(5, 1), (4, 3)] {
            until("all wait", || condition.waiters() == before);
            notify(count).unwrap();
            until("as many wait as are to", || condition.waiters() <= before - count);
        }
        // Were there a signal left, the one that is stopped would take it.
        stop.request();
    });
    assert_eq!(woken.load(SeqCst), 4);
}

#[test]
fn each_kind_of_waiter_of_a_queue_is_woken_by_what_it_waits_for() {
    let region = Region::create(Queue::cells(1)).unwrap();
    let queue = Queue::new(&mut region.layout(), 1);
    let get = |_: Layout, limit: &Limit| queue.get(limit).is_ok();
    assert!(is_woken(&region, get, || queue.put(1, &soon()).is_ok()));
    queue.put(2, &soon()).unwrap();
    let put = |_: Layout, limit: &Limit| queue.put(3, limit).is_ok();
    assert!(is_woken(&region, put, || queue.get(&soon()).is_ok()));
    assert_eq!((queue.len(), queue.unfinished(), queue.peek()), (1, 3, vec![3]));
    let join = |_: Layout, limit: &Limit| queue.join(limit).is_ok();
    let done = || (0..3).all(|_| queue.task_done().is_ok());
    assert!(is_woken(&region, join, done));
}

#[test]
fn what_is_for_several_wakes_several() {
    let cells = Semaphore::CELLS + Queue::cells(1) + Lock::CELLS + Condition::CELLS;
    let region = Region::create(cells).unwrap();
    let mut layout = region.layout();
    let semaphore = Semaphore::new(&mut layout);
    semaphore.init(0, false);
    let queue = Queue::new(&mut layout, 1);
    let (lock, condition) = (Lock::new(&mut layout), Condition::new(&mut layout));
    let acquire = |_: Layout, limit: &Limit| semaphore.acquire(limit).is_ok();
    let release = || semaphore.release(3).is_ok();
    assert!(are_woken(&region, 3, acquire, release));

    queue.put(1, &soon()).unwrap();
    let join = |_: Layout, limit: &Limit| queue.join(limit).is_ok();
    let done = || queue.task_done().is_ok();
    assert!(are_woken(&region, 3, join, done));

    // Two notifications before any process has taken the first.
    let wait = |_: Layout, limit: &Limit| {
        lock.acquire(limit).unwrap();
        let woken = condition.wait(&lock, limit);
        lock.release().is_ok() && woken == Ok(Woken::Notified)
    };
    let twice = || {
        until("both wait", || condition.waiters() == 2);
        let notify = || (0..2).all(|_| condition.notify(&lock, 1).is_ok());
        lock.with(&soon(), notify).unwrap()
    };
    assert!(are_woken(&region, 2, wait, twice));
}

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
