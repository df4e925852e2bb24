//! Schedules as text; and that the reduced search finds all there is.

use std::collections::{BTreeSet, HashMap};

use proptest::prelude::*;

use super::execution::Output;
use super::systematic::Systematic;
use super::*;

#[test]
fn a_schedule_is_read_as_it_was_written_and_nothing_else_is_read() {
    let switch = |thread, point, next| ForcedSwitch { thread, point, next };
    let schedule = [switch(1, 12, 2), switch(2, 3, 1), switch(27, 4_000_000_000, 702)];
    assert_eq!(encode(&schedule), "a12b.b3a.aa4000000000zz");
    assert_eq!(decode(&encode(&schedule)), Ok(schedule.to_vec()));
    assert_eq!((encode(&[]), decode("0")), ("0".to_owned(), Ok(Vec::new())));
    for text in ["", "a", "a1", "1b", "a0b", "A1b", "a1b.", "a1b2c", "a99999999999b", "zzzzz1a"] {
        assert!(decode(text).is_err(), "{text}");
    }
}

#[test]
fn a_search_is_given_up_when_a_quarter_of_its_schedules_are_cut_off() {
    let goes_on = super::search::is_worth_it;
    assert!(goes_on(0, 1) && goes_on(2, 2) && goes_on(3, 13) && goes_on(100, 1000));
    assert!(!goes_on(3, 3) && !goes_on(3, 12) && !goes_on(19, 30));
}

#[test]
fn a_value_is_what_the_shim_says_it_is_whatever_its_text_is() {
    let line = |kind, text| format!("value\t3\t0\tn\t{kind}\t{text}\n");
    let lines = [line("plain", "(1)"), line("container", "x"), line("gone", ""), line("odd", "[]")];
    let trace = Trace::read(&[], (lines.concat() + &line("unknown", "")).as_bytes());
    let contents: Vec<_> = trace.values.into_iter().map(|one| one.now).collect();
    let [plain, container] = ["(1)", "x"].map(str::to_owned);
    let expected =
        [NewValue::Plain(plain), NewValue::Container(container), NewValue::Gone, NewValue::Unknown];
    assert_eq!(contents, expected);
}

/// A program of threads, each with its operations; locks are taken and released.
type Program = Vec<Vec<(Operation, u32)>>;

/// What a schedule makes of the data: what each thread saw, and the last writers.
type Outcome = Vec<Vec<u32>>;

/// Runs a model of a program as the shim would run it. Returns the trace and the outcome.
fn run(program: &Program, asked: &[ForcedSwitch]) -> (Trace, Outcome) {
    let count = program.len();
    let (mut at, mut points) = (vec![0; count], vec![0; count]);
    let mut owners: HashMap<u32, usize> = HashMap::new();
    let mut data: HashMap<u32, u32> = HashMap::new();
    let (mut seen, mut trace) = (vec![Vec::new(); count], Trace::default());
    let number = |thread: usize| u16::try_from(thread + 1).unwrap();
    let mut current = 0;
    loop {
        points[current] += 1;
        let is_ready = |thread: usize| match program[thread].get(at[thread]) {
            None => false,
            Some((Operation::Acquire, lock)) => !owners.contains_key(lock),
            Some(_) => true,
        };
        let ready: Vec<_> = (0..count).filter(|thread| is_ready(*thread)).collect();
        let Some(first) = ready.first() else { break };
        let could_go_on = ready.contains(&current);
        let default = if could_go_on { current } else { *first };
        let wanted = asked
            .iter()
            .find(|switch| (switch.thread, switch.point) == (number(current), points[current]));
        let chosen = wanted.map_or(default, |switch| usize::from(switch.next) - 1);
        assert!(ready.contains(&chosen), "{asked:?}");
        let mut is_first = true;
        while let Some((operation, object)) = program[chosen].get(at[chosen]).copied()
            && (is_first || operation == Operation::Release)
        {
            let step = Step {
                thread: number(chosen),
                arrived: number(if is_first { current } else { chosen }),
                point: points[current],
                default: number(default),
                operation,
                object,
                place: 0,
                ready: if is_first {
                    ready.iter().map(|thread| 1 << thread).sum()
                } else {
                    1 << chosen
                },
                could_go_on: could_go_on && is_first,
                natural: true,
                timed_out: false,
            };
            trace.steps.push(step);
            let value = data.entry(object).or_default();
            match operation {
                Operation::Read | Operation::Touch => seen[chosen].push(*value),
                // Depends on the order of any two.
                Operation::Write | Operation::Change => {
                    *value = *value * 7 + u32::from(number(chosen));
                }
                Operation::Acquire => drop(owners.insert(object, chosen)),
                Operation::Release => drop(owners.remove(&object)),
                _ => unreachable!(),
            }
            at[chosen] += 1;
            is_first = false;
        }
        current = chosen;
    }
    for (thread, operations) in program.iter().enumerate() {
        if let Some((operation, object)) = operations.get(at[thread]).copied() {
            let by = owners.get(&object).map(|owner| number(*owner));
            let thread = number(thread);
            trace.blocked.push(Blocked { thread, operation, object, place: 0, by });
        }
    }
    let mut last: Vec<_> = data.into_iter().filter(|(object, _)| *object < 10).collect();
    last.sort_unstable();
    seen.push(last.into_iter().map(|(_, value)| value).collect());
    seen.push(trace.blocked.iter().map(|one| u32::from(one.thread)).collect());
    (trace, seen)
}

/// All outcomes that a search finds, and how many schedules it ran.
fn outcomes(program: &Program, bound: Option<u32>) -> (BTreeSet<Outcome>, usize) {
    let mut search = Systematic::new(bound, false);
    let (mut found, mut count) = (BTreeSet::new(), 0);
    let mut schedule = Vec::new();
    loop {
        let (trace, outcome) = run(program, &schedule);
        found.insert(outcome);
        count += 1;
        let execution = Execution {
            trace,
            end: End::Exit(0),
            stdout: Output::default(),
            stderr: Output::default(),
        };
        match search.next(&execution).unwrap() {
            Some(next) => schedule = next,
            None => return (found, count),
        }
    }
}

/// Threads that do this by chance, with locks around some of it.
fn programs(seed: u64) -> Program {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut below = |limit: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % limit
    };
    let operations =
        [Operation::Read, Operation::Write, Operation::Touch, Operation::Change, Operation::Write];
    let count = 2 + below(2);
    let mut thread = || {
        let mut all = Vec::new();
        let mut held = Vec::new();
        for _ in 0..(2 + below(if count == 2 { 4 } else { 2 })) {
            if below(3) == 0 {
                let lock = 10 + u32::try_from(below(2)).unwrap();
                if !held.contains(&lock) {
                    held.push(lock);
                    all.push((Operation::Acquire, lock));
                    continue;
                }
            }
            let operation = operations[usize::try_from(below(5)).unwrap()];
            let data = matches!(operation, Operation::Touch | Operation::Change);
            let name = u32::try_from(below(2)).unwrap();
            all.push((operation, if data { 5 } else { name }));
        }
        all.extend(held.into_iter().rev().map(|lock| (Operation::Release, lock)));
        all
    };
    (0..count).map(|_| thread()).collect()
}

#[test]
fn the_reduced_search_finds_every_outcome_that_a_search_of_all_finds() {
    let (mut reduced_runs, mut all_runs) = (0, 0);
    for seed in 0..400 {
        let program = programs(seed);
        let (all, runs) = outcomes(&program, Some(u32::MAX));
        let (reduced, fewer) = outcomes(&program, None);
        assert_eq!(reduced, all, "{seed}: {program:?}");
        assert!(fewer <= runs, "{seed}: {fewer} of {runs}: {program:?}");
        reduced_runs += fewer;
        all_runs += runs;
    }
    assert!(reduced_runs * 3 < all_runs, "{reduced_runs} of {all_runs}");
}

#[test]
fn a_bound_leaves_out_what_needs_more_switches() {
    let add = vec![(Operation::Read, 0), (Operation::Write, 0)];
    let program = vec![add.clone(), add];
    let counts = |bound| outcomes(&program, bound).1;
    assert_eq!((counts(Some(0)), counts(Some(9))), (1, 6));
    assert!(counts(Some(1)) > 1 && counts(None) <= 6);
}

#[test]
fn additions_under_a_lock_need_one_schedule_for_each_order_of_the_lock() {
    let add = [
        (Operation::Acquire, 10),
        (Operation::Read, 0),
        (Operation::Write, 0),
        (Operation::Release, 10),
    ];
    let thread: Vec<_> = add.iter().cycle().take(12).copied().collect();
    let (_, runs) = outcomes(&vec![thread.clone(), thread], None);
    // Twenty orders, and some schedules that turn out to be another one's.
    assert!((20..=35).contains(&runs), "{runs}");
}

proptest! {
    #[test]
    fn whatever_stands_in_a_trace_is_read_without_harm(
        steps in prop::collection::vec(any::<u8>(), 0..500),
        lines in prop::collection::vec(("(lock|place|raised|blocked|value|refused)?", "(\t[0-9]{1,6}){0,6}", "\\PC{0,9}"), 0..9),
    ) {
        let lines: String = lines.into_iter().map(|(a, b, c)| a + &b + &c + "\n").collect();
        let trace = Trace::read(&steps, lines.as_bytes());
        prop_assert!(trace.steps.len() <= steps.len() / 32);
        Trace::read(lines.as_bytes(), &steps);
    }
}
