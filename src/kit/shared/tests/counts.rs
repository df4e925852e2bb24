//! What the tools say of themselves: how many wait, what was written, why a wait ended.

use super::*;

#[test]
fn a_barrier_counts_those_who_wait_and_a_reset_sends_them_away() {
    let region = Region::create(Barrier::CELLS).unwrap();
    let barrier = Barrier::new(&mut region.layout());
    barrier.init(3);
    assert_eq!((barrier.waiting(), barrier.parties()), (0, 3));
    std::thread::scope(|scope| {
        let both = [0, 1].map(|_| scope.spawn(|| barrier.wait(&soon(), || ())));
        until("both have come", || barrier.waiting() == 2);
        barrier.reset();
        for one in both {
            assert_eq!(one.join().unwrap(), Err(Broken));
        }
    });
    assert_eq!((barrier.waiting(), barrier.is_broken()), (0, false));
}

#[test]
fn a_predicate_wait_reports_what_ended_it() {
    let region = Region::create(Lock::CELLS + Condition::CELLS).unwrap();
    let layout = &mut region.layout();
    let (lock, condition) = (Lock::new(layout), Condition::new(layout));
    let soon_over = || Limit::within(Duration::from_millis(5));
    lock.acquire(&soon()).unwrap();
    // What it waits for has become true without a notification.
    let mut looks = 0;
    let ends_later = || {
        looks += 1;
        looks == 1
    };
    let held = condition.wait_while(&lock, &soon_over(), ends_later);
    assert_eq!(held, Ok(true));
    assert_eq!(condition.wait_while(&lock, &soon_over(), || true), Ok(false));
    assert_eq!(condition.wait(&lock, &soon_over()), Ok(Woken::TimedOut));
    let stop = Stop::new();
    stop.request();
    let stopped = condition.wait(&lock, &Limit::until(&stop));
    assert_eq!(stopped, Ok(Woken::Stopped));
    assert!(lock.is_mine(), "held again in each case");
}

#[test]
fn an_event_that_is_cleared_is_waited_for_again() {
    let region = Region::create(Event::CELLS).unwrap();
    let event = Event::new(&mut region.layout());
    event.set();
    assert_eq!((event.is_set(), event.wait(&soon())), (true, Ok(())));
    event.clear();
    assert!(!event.is_set());
    let over = event.wait(&Limit::within(Duration::from_millis(5)));
    assert_eq!(over, Err(Timeout::Elapsed));
}

#[test]
fn a_log_counts_what_was_written_read_or_not() {
    let region = Region::create(Log::cells(2)).unwrap();
    let log = Log::new(&mut region.layout(), 2);
    (0..3).for_each(|n| log.write([n, n + 10]));
    assert_eq!((log.written(), log.lost()), (2, 1));
    assert_eq!(log.read(), Some([0, 10]));
    assert_eq!((log.written(), log.lost()), (2, 1));
    assert_eq!(log.read(), Some([1, 11]));
    assert_eq!(log.read(), None);
}

#[test]
fn a_thread_that_found_no_place_waits_too() {
    let region = Region::create(Waiters::CELLS).unwrap();
    let waiters = Waiters::new(&mut region.layout());
    let mut all: Vec<_> = (0..=PLACES).map(|_| waiters.enter()).collect();
    let last = all.pop();
    drop(all);
    assert_eq!((waiters.any(), waiters.len(), waiters.unnamed()), (true, 1, 1));
    drop(last);
    assert_eq!((waiters.any(), waiters.len(), waiters.unnamed()), (false, 0, 0));
}
