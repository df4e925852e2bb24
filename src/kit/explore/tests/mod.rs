mod programs;

use std::sync::Arc;

use super::*;
use programs::{counter, list, philosophers, store_buffering};

fn search(program: &Arc<dyn Program>, method: Method) -> Search {
    search_in(program, method, Memory::Sc)
}

fn search_in(program: &Arc<dyn Program>, method: Method, memory: Memory) -> Search {
    let config = Config {
        memory,
        ..Config::default()
    };
    let pilot = Search::new(method, Limits::default());
    let outcome = explore(pilot, Arc::clone(program), &config);
    assert_eq!(outcome.fault, None);
    outcome.pilot
}

fn counted(search: &Search) -> (u128, u128) {
    assert!(search.is_complete());
    (search.totals().total, search.totals().failed())
}

#[test]
fn read_add_write_has_20_interleavings_of_which_2_keep_both_updates() {
    let found = search(&counter(2), Method::Plain);
    assert_eq!(counted(&found), (20, 18));
}

#[test]
fn the_unlocked_list_fails_in_all_interleavings_but_those_that_a_lock_allows() {
    for (n, all, good) in [(2, 924, 6), (3, 48_620, 20)] {
        let merged = search(&list(n, false), Method::Merged);
        assert_eq!(counted(&merged), (all, all - good), "n = {n}");
        println!(
            "n={n} merged runs {} states {}",
            merged.runs(),
            merged.states()
        );
        let locked = search(&list(n, true), Method::Merged);
        assert_eq!(counted(&locked), (good, 0), "n = {n}, locked");
        let sleepy = search(&list(n, false), Method::SleepSets);
        println!(
            "n={n} sleep runs {} locked runs {} states {}",
            sleepy.runs(),
            locked.runs(),
            locked.states()
        );
    }
    let plain = search(&list(2, false), Method::Plain);
    assert_eq!(counted(&plain), (924, 918));
}

#[test]
fn philosophers_deadlock_in_6_of_168_interleavings() {
    let found = search(&philosophers(3, false), Method::Plain);
    assert_eq!(counted(&found), (168, 6));
    let found = search(&philosophers(3, true), Method::Merged);
    assert_eq!(found.totals().failed(), 0);
    let found = search(&philosophers(4, false), Method::Merged);
    assert_eq!(counted(&found), (98_184, 24));
    println!("4: runs {} states {}", found.runs(), found.states());
}

#[test]
fn stores_stay_behind_only_under_tso() {
    let sc = search_in(&store_buffering(false), Method::Plain, Memory::Sc);
    assert_eq!(counted(&sc), (6, 0));
    let tso = search_in(&store_buffering(false), Method::Plain, Memory::Tso);
    assert_eq!(counted(&tso), (80, 18));
    let tso = search_in(&store_buffering(true), Method::Plain, Memory::Tso);
    assert_eq!(counted(&tso), (6, 0));
}
