//! The table of known counts, the independent brute force behind it, and the counts of
//! searches with a bound on preemptions.

use super::models::{self, Model};
use super::*;
use crate::kit::explore::tests::brute::BruteForce;

const SC: Memory = Memory::Sc;
const TSO: Memory = Memory::Tso;

/// Program, size, memory; interleavings and failing ones of the broken version, and
/// interleavings of the repaired one and how many of them fail.
type TraceRow = (&'static str, u32, Memory, (u128, u128), (u128, u128));

const KNOWN: &[TraceRow] = &[
    ("counter", 2, SC, (20, 18), (2, 0)),
    ("counter", 3, SC, (1_680, 1_674), (6, 0)),
    ("counter", 4, SC, (369_600, 369_576), (24, 0)),
    ("list", 1, SC, (20, 18), (2, 0)),
    ("list", 2, SC, (924, 918), (6, 0)),
    ("list", 3, SC, (48_620, 48_600), (20, 0)),
    ("list", 4, SC, (2_704_156, 2_704_086), (70, 0)),
    ("fifo", 1, SC, (20, 18), (2, 0)),
    ("fifo", 2, SC, (5_329, 5_323), (6, 0)),
    ("fifo", 3, SC, (7_397_287, 7_397_267), (20, 0)),
    ("tickets", 2, SC, (16, 12), (4, 0)),
    ("tickets", 3, SC, (702, 684), (18, 0)),
    ("tickets", 4, SC, (74_976, 74_880), (96, 0)),
    ("philosophers", 2, SC, (6, 2), (2, 0)),
    ("philosophers", 3, SC, (168, 6), (142, 0)),
    ("philosophers", 4, SC, (98_184, 24), (64_000, 0)),
    ("philosophers", 5, SC, (66_468_720, 120), (49_719_072, 0)),
    ("pop", 0, SC, (6, 4), (2, 0)),
    ("skip", 0, SC, (15, 9), (2, 0)),
    ("transfer", 0, SC, (18, 5), (10, 0)),
    ("reenter", 0, SC, (2, 2), (2, 0)),
    ("opposite", 0, SC, (6, 2), (2, 0)),
    ("notify", 0, SC, (2, 1), (2, 0)),
    ("bufferif", 0, SC, (24, 2), (24, 0)),
    ("bufferone", 0, SC, (30, 2), (28, 0)),
    ("permits", 0, SC, (70, 36), (2, 0)),
    ("cancel", 0, SC, (23, 10), (25, 0)),
    ("once", 0, SC, (238, 10), (250, 0)),
    ("spin", 0, SC, (142, 72), (8, 0)),
    ("readers", 0, SC, (2_970, 1_888), (35_414, 0)),
    ("peterson", 0, SC, (154, 48), (26, 0)),
    ("peterson", 0, TSO, (506_870, 209_920), (73_106, 26_880)),
    ("store", 0, SC, (6, 0), (6, 0)),
    ("store", 0, TSO, (80, 18), (6, 0)),
    ("additions", 1, SC, (6, 4), (2, 0)),
    ("additions", 2, SC, (70, 64), (6, 0)),
    ("additions", 3, SC, (924, 904), (20, 0)),
    ("additions", 5, SC, (184_756, 184_504), (252, 0)),
    ("twolocks", 0, SC, (70, 36), (2, 0)),
    ("fewreleases", 0, SC, (2, 1), (2, 0)),
    ("overrelease", 0, SC, (202, 84), (6, 0)),
    ("norelease", 0, SC, (18, 18), (384, 0)),
    ("nowait", 0, SC, (3, 1), (1, 0)),
    ("pulse", 0, SC, (21, 5), (6, 0)),
    ("missing", 0, SC, (6, 6), (18, 0)),
    ("hasty", 0, SC, (810, 90), (2_700, 0)),
    ("barrier", 0, SC, (10_668, 336), (612, 0)),
    ("countdown", 2, SC, (6, 4), (2, 0)),
    ("countdown", 3, SC, (90, 84), (6, 0)),
    ("nodone", 0, SC, (2, 2), (3, 0)),
    ("noclose", 0, SC, (8, 8), (40, 0)),
    ("flags", 0, SC, (10, 2), (26, 0)),
    ("ticketlock", 2, SC, (534, 264), (10, 0)),
    ("ticketlock", 3, SC, (4_796_988, 3_870_588), (210, 0)),
    ("dekker", 0, SC, (75, 51), (295, 0)),
    ("dekker", 0, TSO, (9_708, 6_933), (5_636_044, 54_432)),
    ("bakery", 2, SC, (154, 48), (672, 0)),
    ("bakery", 3, SC, (41_899_618, 20_868_096), (13_890_959_493, 0)),
];

fn counted(id: &str, case: Case, limits: Limits) -> (u128, u128) {
    let program = find(id).unwrap();
    let search = explored(Search::new(Method::Merged, limits), program.prepare(case), case);
    let totals = search.totals();
    assert!(limits.switches.is_some() || search.is_complete());
    assert_eq!(totals.cut_off, 0, "{id} {case:?}");
    (totals.total, totals.failed())
}

fn both(n: u32, memory: Memory) -> [Case; 2] {
    [false, true].map(|repaired| Case { n, repaired, memory })
}

#[test]
fn all_interleavings_of_each_program_are_counted() {
    for &(id, n, memory, broken, repaired) in KNOWN {
        let [one, other] = both(n, memory);
        let found = [one, other].map(|case| counted(id, case, Limits::default()));
        assert_eq!(found, [broken, repaired], "{id}, n = {n}, {memory:?}");
    }
    let missing = ALL.iter().find(|it| KNOWN.iter().all(|row| row.0 != it.id));
    assert_eq!(missing.map(|it| it.id), None, "a program without known counts");
}

#[test]
#[ignore = "ten seconds in a debug build: for the release suite"]
fn all_interleavings_of_the_list_of_five_are_counted() {
    let found = both(5, SC).map(|case| counted("list", case, Limits::default()));
    assert_eq!(found, [(155_117_520, 155_117_268), (252, 0)]);
}

/// The programs that are written down a second time, by hand.
fn model(id: &str, case: Case) -> Option<Model> {
    let (n, mended, tso) = (case.n, case.repaired, case.memory == TSO);
    Some(match id {
        "counter" => models::counter(n, mended),
        "list" => models::list(n, mended),
        "fifo" => models::fifo(n, mended),
        "tickets" => models::tickets(n, mended),
        "philosophers" => models::philosophers(n, mended),
        "peterson" => models::peterson(mended, tso),
        "store" => models::store(mended, tso),
        "additions" => models::additions(2, n, mended),
        "twolocks" => models::two_locks(mended),
        "nowait" => models::no_wait(mended),
        "pulse" => models::pulse(mended),
        "barrier" if !mended => models::barrier(),
        "countdown" => models::countdown(n, mended),
        "flags" => models::flags(mended),
        "ticketlock" => models::ticket_lock(n, mended),
        "dekker" => models::dekker(mended, tso),
        "bakery" => models::bakery(n, mended),
        _ => return None,
    })
}

#[test]
fn an_independent_brute_force_comes_to_the_same_counts() {
    let mut compared = 0;
    let five = ("list", 5, SC, (155_117_520, 155_117_268), (252, 0));
    for &(id, n, memory, broken, repaired) in KNOWN.iter().chain([&five]) {
        for (case, known) in both(n, memory).into_iter().zip([broken, repaired]) {
            if let Some(model) = model(id, case) {
                assert_eq!(model.count(None), known, "{id} {case:?}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 77);
}

fn bounded(switches: u32) -> Limits {
    Limits { switches: Some(switches), ..Limits::default() }
}

#[test]
fn an_independent_brute_force_comes_to_the_same_counts_within_each_bound() {
    for &(id, n, memory, ..) in KNOWN.iter().filter(|row| row.1 < 4 && row.3.0 < 600_000) {
        for case in both(n, memory) {
            let Some(model) = model(id, case) else {
                continue;
            };
            for bound in 0..=4 {
                let known = model.count(Some(bound));
                let found = counted(id, case, bounded(bound));
                assert_eq!(found, known, "{id} {case:?}, bound {bound}");
            }
        }
    }
}

/// Of every program, whatever is asked for: a search for failures within a bound says that
/// there is one exactly if one of the interleavings within the bound fails.
#[test]
fn every_search_within_a_bound_agrees_with_trying_all_interleavings() {
    let mut compared = 0;
    for &(id, n, memory, broken, repaired) in KNOWN {
        for (case, known) in both(n, memory).into_iter().zip([broken, repaired]) {
            if known.0 > 3_000 {
                continue;
            }
            let program = find(id).unwrap().prepare(case);
            let brute = explored(BruteForce::default(), Arc::clone(&program), case);
            assert_eq!(brute.within(u32::MAX), known, "{id} {case:?}");
            for bound in 0..=4 {
                for method in [Method::Merged, Method::SleepSets] {
                    let scheduler = Search::new(method, bounded(bound));
                    let search = explored(scheduler, Arc::clone(&program), case);
                    let found = (search.totals().total, search.totals().failed());
                    let place = format!("{id} {case:?}, bound {bound}, {method:?}");
                    assert_eq!(found, brute.within(bound), "{place}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 400, "{compared}");
}

/// The simplest failure has as few preemptions as any, and its steps are those of its film.
#[test]
fn the_simplest_failure_needs_as_few_preemptions_as_any() {
    for &(id, n, memory, broken, _) in KNOWN.iter().filter(|row| row.3.0 <= 3_000) {
        let [case, _] = both(n, memory);
        let program = find(id).unwrap().prepare(case);
        let brute = explored(BruteForce::default(), program, case);
        let fewest = (0..100).find(|&bound| brute.within(bound).1 > 0);
        assert_eq!(fewest.is_some(), broken.1 > 0, "{id}");
        let found = simplest(find(id).unwrap(), case);
        assert_eq!(found.map(|it| it.switches), fewest, "{id}");
    }
}

/// The states of a search are those that come before an end.
#[test]
fn states_are_counted_once_each() {
    for id in ["counter", "list", "opposite", "store"] {
        let program = find(id).unwrap();
        let case = program.usual();
        let search = Search::new(Method::Plain, Limits::default());
        let all = super::planted::states(program, case, search, |model| !model.ready().is_empty());
        assert_eq!(surveyed(program, case).states, all.len(), "{id}");
    }
}
