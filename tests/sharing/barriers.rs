//! The barrier between processes: rounds in lockstep, parties that give up, and parties that die.

use std::time::Instant;

use threadbare::kit::shared::{Barrier, Broken, Layout, Value};

use crate::common::{PATIENCE, SHORT, end_all, play, short, soon, until};

const PARTIES: u32 = 5;

fn after_barrier(layout: &mut Layout) -> (Value, Value) {
    (Value::new(layout), Value::new(layout))
}

#[test]
fn five_processes_pass_a_thousand_times_in_lockstep() {
    const PASSES: i64 = 1000;
    play(
        Barrier::CELLS + 2 * Value::CELLS,
        |stage| {
            let mut layout = stage.layout();
            let barrier = Barrier::new(&mut layout);
            barrier.init(PARTIES);
            let (actions, leaders) = after_barrier(&mut layout);
            end_all(stage.start_all("party", PARTIES as usize));
            assert_eq!((actions.get(), leaders.get()), (PASSES, PASSES));
            assert_eq!(barrier.waiting(), 0);
        },
        |stage, _| {
            let mut layout = stage.layout();
            let barrier = Barrier::new(&mut layout);
            let (actions, leaders) = after_barrier(&mut layout);
            for pass in 1..=PASSES {
                let action = || {
                    actions.add_unlocked(1, || ());
                };
                let passed = barrier.wait(&soon(), action).unwrap();
                // Nobody is a pass ahead: the next action needs us.
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
    play(
        Barrier::CELLS,
        |stage| {
            let barrier = Barrier::new(&mut stage.layout());
            barrier.init(3);
            let parties = stage.start_all("party", 2);
            until("two wait", || barrier.waiting() == 2);
            barrier.abort();
            stage.await_cue(0);
            stage.await_cue(1);
            assert_eq!(barrier.wait(&soon(), || ()), Err(Broken));
            barrier.reset();
            stage.give(2);
            assert!(barrier.wait(&soon(), || ()).is_ok());
            end_all(parties);
            assert!(!barrier.is_broken());
        },
        |stage, part| {
            let barrier = Barrier::new(&mut stage.layout());
            assert_eq!(barrier.wait(&soon(), || ()), Err(Broken));
            stage.give(usize::from(part.ends_with('1')));
            stage.await_cue(2);
            assert!(barrier.wait(&soon(), || ()).is_ok());
        },
    );
}

#[test]
fn a_party_that_is_killed_breaks_the_barrier_at_the_limit() {
    play(
        Barrier::CELLS,
        |stage| {
            let barrier = Barrier::new(&mut stage.layout());
            barrier.init(3);
            let victim = stage.start("victim");
            until("it waits", || barrier.waiting() == 1);
            victim.kill();
            let other = stage.start("other");
            assert_eq!(barrier.parties(), 3);
            other.end();
            assert!(barrier.is_broken());
        },
        |stage, part| {
            let barrier = Barrier::new(&mut stage.layout());
            let limit = if part == "victim" { soon() } else { short() };
            let began = Instant::now();
            assert_eq!(barrier.wait(&limit, || ()), Err(Broken));
            assert!(began.elapsed() >= SHORT);
        },
    );
}

#[test]
fn a_party_that_is_killed_while_it_waits_is_not_counted_and_another_takes_its_place() {
    play(
        Barrier::CELLS,
        |stage| {
            let barrier = Barrier::new(&mut stage.layout());
            barrier.init(3);
            let victim = stage.start("victim");
            until("it waits", || barrier.waiting() == 1);
            victim.kill();
            let parties = stage.start_all("party", 2);
            until("two wait", || barrier.waiting() == 2);
            assert!(!barrier.is_broken());
            assert!(barrier.wait(&soon(), || ()).is_ok());
            end_all(parties);
        },
        |stage, part| {
            let barrier = Barrier::new(&mut stage.layout());
            let passed = barrier.wait(&soon(), || ());
            assert!(passed.is_ok() && part != "victim");
        },
    );
}

#[test]
fn the_arrival_of_one_who_died_lets_the_last_not_pass() {
    play(
        Barrier::CELLS,
        |stage| {
            let barrier = Barrier::new(&mut stage.layout());
            barrier.init(2);
            let victim = stage.start("victim");
            until("it waits", || barrier.waiting() == 1);
            victim.kill();
            // At once: nobody else looked who is left.
            assert_eq!(barrier.wait(&short(), || ()), Err(Broken));
        },
        |stage, _| {
            let passed = Barrier::new(&mut stage.layout()).wait(&soon(), || ());
            panic!("{passed:?}");
        },
    );
}

#[test]
fn a_party_that_is_killed_in_the_action_breaks_the_barrier_before_the_limit() {
    play(
        Barrier::CELLS,
        |stage| {
            let barrier = Barrier::new(&mut stage.layout());
            barrier.init(2);
            let other = stage.start("other");
            until("it waits", || barrier.waiting() == 1);
            let victim = stage.start("victim");
            stage.await_cue(0);
            victim.kill();
            other.end();
            assert!(barrier.is_broken());
        },
        |stage, part| {
            let barrier = Barrier::new(&mut stage.layout());
            let began = Instant::now();
            let broken = barrier.wait(&soon(), || {
                stage.give(0);
                stage.await_cue(1);
            });
            assert_eq!((broken, part), (Err(Broken), "other"));
            assert!(began.elapsed() < PATIENCE, "it waited for its limit");
        },
    );
}
