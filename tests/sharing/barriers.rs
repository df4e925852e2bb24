//! The barrier between processes: rounds in lockstep, parties that give up, and parties that die.

use std::time::Instant;

use threadbare::kit::shared::{Barrier, Broken, Layout, Value};

use crate::common::{SHORT, TIMEOUT, end_all, in_processes, short, soon, until};

const PARTIES: u32 = 5;

fn after_barrier(layout: &mut Layout) -> (Value, Value) {
    (Value::new(layout), Value::new(layout))
}

#[test]
fn five_processes_pass_a_thousand_times_in_lockstep() {
    const PASSES: i64 = 1000;
    in_processes(
        Barrier::CELLS + 2 * Value::CELLS,
        |test| {
            let mut layout = test.layout();
            let barrier = Barrier::new(&mut layout);
            barrier.init(PARTIES);
            let (actions, leaders) = after_barrier(&mut layout);
            end_all(test.start_all("party", PARTIES as usize));
            assert_eq!((actions.get(), leaders.get()), (PASSES, PASSES));
            assert_eq!(barrier.waiting(), 0);
        },
        |test, _| {
            let mut layout = test.layout();
            let barrier = Barrier::new(&mut layout);
            let (actions, leaders) = after_barrier(&mut layout);
            for pass in 1..=PASSES {
                let action = || {
                    actions.add_unlocked(1, || ());
                };
                let passed = barrier.wait(&soon(), action).unwrap();
                // No process is a pass ahead: the next action needs this one.
                assert_eq!(actions.get(), pass);
                if passed.leader {
                    leaders.add(1, &soon()).unwrap();
                }
                barrier.wait(&soon(), || ()).unwrap();
            }
        },
    );
}

#[test]
fn a_barrier_that_one_gives_up_is_broken_for_all_until_it_is_reset() {
    in_processes(
        Barrier::CELLS,
        |test| {
            let barrier = Barrier::new(&mut test.layout());
            barrier.init(3);
            let parties = test.start_all("party", 2);
            until("two wait", || barrier.waiting() == 2);
            barrier.abort();
            test.wait_for(0);
            test.wait_for(1);
            assert_eq!(barrier.wait(&soon(), || ()), Err(Broken));
            barrier.reset();
            test.signal(2);
            assert!(barrier.wait(&soon(), || ()).is_ok());
            end_all(parties);
            assert!(!barrier.is_broken());
        },
        |test, role| {
            let barrier = Barrier::new(&mut test.layout());
            assert_eq!(barrier.wait(&soon(), || ()), Err(Broken));
            test.signal(usize::from(role.ends_with('1')));
            test.wait_for(2);
            assert!(barrier.wait(&soon(), || ()).is_ok());
        },
    );
}

#[test]
fn a_party_that_is_killed_breaks_the_barrier_at_the_limit() {
    in_processes(
        Barrier::CELLS,
        |test| {
            let barrier = Barrier::new(&mut test.layout());
            barrier.init(3);
            let target = test.start("target");
            until("it waits", || barrier.waiting() == 1);
            target.kill();
            let other = test.start("other");
            assert_eq!(barrier.parties(), 3);
            other.end();
            assert!(barrier.is_broken());
        },
        |test, role| {
            let barrier = Barrier::new(&mut test.layout());
            let began = Instant::now();
            let limit = if role == "target" { soon() } else { short() };
            assert_eq!(barrier.wait(&limit, || ()), Err(Broken));
            assert!(began.elapsed() >= SHORT);
        },
    );
}

#[test]
fn a_party_that_is_killed_while_it_waits_is_not_counted_and_another_takes_its_place() {
    in_processes(
        Barrier::CELLS,
        |test| {
            let barrier = Barrier::new(&mut test.layout());
            barrier.init(3);
            let target = test.start("target");
            until("it waits", || barrier.waiting() == 1);
            target.kill();
            let parties = test.start_all("party", 2);
            until("two wait", || barrier.waiting() == 2);
            assert!(!barrier.is_broken());
            assert!(barrier.wait(&soon(), || ()).is_ok());
            end_all(parties);
        },
        |test, role| {
            let barrier = Barrier::new(&mut test.layout());
            let passed = barrier.wait(&soon(), || ());
            assert!(passed.is_ok() && role != "target");
        },
    );
}

#[test]
fn the_arrival_of_one_who_died_lets_the_last_not_pass() {
    in_processes(
        Barrier::CELLS,
        |test| {
            let barrier = Barrier::new(&mut test.layout());
            barrier.init(2);
            let target = test.start("target");
            until("it waits", || barrier.waiting() == 1);
            target.kill();
            // At once: no other process has looked which are left.
            assert_eq!(barrier.wait(&short(), || ()), Err(Broken));
        },
        |test, _| {
            let passed = Barrier::new(&mut test.layout()).wait(&soon(), || ());
            panic!("{passed:?}");
        },
    );
}

#[test]
fn a_party_that_is_killed_in_the_action_breaks_the_barrier_before_the_limit() {
    in_processes(
        Barrier::CELLS,
        |test| {
            let barrier = Barrier::new(&mut test.layout());
            barrier.init(2);
            let other = test.start("other");
            until("it waits", || barrier.waiting() == 1);
            let target = test.start("target");
            test.wait_for(0);
            target.kill();
            other.end();
            assert!(barrier.is_broken());
        },
        |test, role| {
            let barrier = Barrier::new(&mut test.layout());
            let began = Instant::now();
            let broken = barrier.wait(&soon(), || {
                test.signal(0);
                test.wait_for(1);
            });
            assert_eq!((broken, role), (Err(Broken), "other"));
            assert!(began.elapsed() < TIMEOUT, "it waited for its limit");
        },
    );
}
