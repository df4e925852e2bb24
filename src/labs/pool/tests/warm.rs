//! The warm pool between two measurements, folded from facts.

use super::super::experiment::plan::Plan;
use super::*;

#[test]
fn the_rounds_of_a_warm_pool_are_counted_from_its_own_first() {
    let mut state = state();
    let round = || Fact::WarmRun { size: 4, took_ns: 2e6, right: true, every_ns: 1_000_000_000 };
    let line = |state: &State| {
        let scene = crate::lab::trial::scene_of::<ProcessPoolLab>(state, Detail::Compact);
        let text = crate::scene::whole(&scene);
        text.lines().find(|line| line.starts_with("warm pool")).map(str::to_owned)
    };
    apply(&mut state, round());
    apply(&mut state, round());
    let two = "warm pool of 4: the same tasks every 1.00 s, last in 2.00 ms (2 rounds)";
    assert_eq!(line(&state).as_deref(), Some(two));
    apply(&mut state, Fact::Began { plan: Plan::of(&settings(&[])) });
    apply(&mut state, round());
    assert_eq!(line(&state).unwrap(), two.replace("2 rounds", "1 round"));
}
