//! Owners and waiters that died, also when their ids came again.

use super::*;

/// An owner that died, and whose id the calling thread was given since.
fn dead_owner_with_my_id() -> ThreadIdentity {
    ThreadIdentity::new(ThreadIdentity::current().tid(), 1)
}

#[test]
fn a_lock_whose_dead_owners_id_came_again_goes_to_the_next_who_asks() {
    let region = Region::create(Lock::CELLS).unwrap();
    let lock = lock_in(&region);
    let dead = dead_owner_with_my_id();
    let tid = dead.tid();
    lock.force_owner(dead);
    assert!(!lock.is_mine(), "it is not the owner who died");
    assert!(lock.is_abandoned());
    assert_eq!(lock.acquire(&Limit::now()), Ok(Acquired::OwnerDied { tid }));
    assert!(lock.is_mine());
    // A process that has the id now, it is as dead for every other.
    lock.force_owner(dead);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| lock_in(&region).acquire(&Limit::now()));
        assert_eq!(other.join().unwrap(), Ok(Acquired::OwnerDied { tid }));
    });
}

#[test]
fn an_rlock_is_neither_entered_nor_released_by_a_thread_that_got_its_dead_owners_id() {
    let region = Region::create(RLock::CELLS).unwrap();
    let rlock = RLock::new(&mut attached(&region));
    let dead = dead_owner_with_my_id();
    rlock.force_owner(dead);
    assert_eq!(rlock.release(), Err(NotOwner));
    let tid = dead.tid();
    assert_eq!(rlock.acquire(&Limit::now()), Ok(Acquired::OwnerDied { tid }));
    assert_eq!(rlock.depth(), 1);
    assert_eq!((rlock.release(), rlock.release()), (Ok(()), Err(NotOwner)));
}

#[test]
fn a_condition_is_not_used_with_the_lock_of_a_dead_owner_and_its_waiter_gets_an_error() {
    let region = Region::create(Lock::CELLS + Condition::CELLS).unwrap();
    let tools = || {
        let mut layout = attached(&region);
        (Lock::new(&mut layout), Condition::new(&mut layout))
    };
    let (lock, condition) = tools();
    let dead = dead_owner_with_my_id();
    lock.force_owner(dead);
    assert_eq!(condition.wait(&lock, &Limit::now()), Err(NotOwner));
    assert_eq!(condition.notify(&lock, 1), Err(NotOwner));
    lock.release().unwrap();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            let (lock, condition) = tools();
            lock.acquire(&soon()).unwrap();
            condition.wait(&lock, &soon())
        });
        until("a thread waits", || condition.waiters() > 0);
        lock.acquire(&soon()).unwrap();
        lock.force_owner(dead);
        let tid = dead.tid();
        assert_eq!(waiter.join().unwrap(), Ok(Woken::OwnerDied { tid }));
    });
}

/// Runs `body` on a thread that has ended when this returns.
fn on_a_thread_that_ends<T: Send>(body: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(body).join().unwrap())
}

#[test]
fn waiters_that_died_are_taken_back_and_leave_their_places() {
    let region = Region::create(Waiters::CELLS).unwrap();
    let waiters = Waiters::new(&mut region.layout());
    let mine = waiters.enter();
    let died: Vec<_> = (0..3).map(|_| on_a_thread_that_ends(|| waiters.take_place())).collect();
    assert_eq!(died, [Some(1), Some(2), Some(3)]);
    assert_eq!((waiters.len(), waiters.count()), (4, 1));
    assert_eq!(waiters.living().collect::<Vec<_>>(), [0]);
    assert_eq!(waiters.enter().place(), Some(1), "a place is used again");
    drop(mine);
    assert!(!waiters.any());
}

#[test]
fn waiters_beyond_the_places_are_counted_and_all_are_forgotten_at_once() {
    let region = Region::create(Waiters::CELLS).unwrap();
    let waiters = Waiters::new(&mut region.layout());
    let all: Vec<_> = (0..PLACES + 2).map(|_| waiters.enter()).collect();
    let more = u32::try_from(PLACES).unwrap() + 2;
    assert_eq!((waiters.len(), waiters.count()), (more, more));
    assert_eq!((all[PLACES - 1].place(), all[PLACES].place()), (Some(PLACES - 1), None));
    drop(all);
    assert_eq!((waiters.any(), waiters.len()), (false, 0));
    let places: Vec<_> = (0..PLACES + 2).map(|_| waiters.take_place()).collect();
    assert_eq!(places.last(), Some(&None));
    waiters.clear();
    assert_eq!((waiters.any(), waiters.count()), (false, 0));
}

#[test]
fn more_waiters_than_places_all_get_the_lock() {
    let waiters = PLACES + 4;
    let region = Region::create(Lock::CELLS).unwrap();
    let lock = lock_in(&region);
    lock.acquire(&soon()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..waiters {
            scope.spawn(|| lock_in(&region).with(&soon(), || ()).unwrap());
        }
        until("all wait for the lock", || lock.waiters() as usize == waiters);
        lock.release().unwrap();
    });
    assert_eq!((lock.holder(), lock.waiters()), (None, 0));
}
