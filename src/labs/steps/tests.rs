//! Every program: broken as it says, repaired in all interleavings, searched alike by all methods.

mod answers;
mod known;
mod models;
mod planted;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::kit::explore::query::{self, Query};
use crate::kit::explore::{
    Config, End, Found, Limits, Memory, Method, Program, Progress, Replay, Report, Scheduler,
    Search, SearchOptions, Strategy, explore, run_search, simplest_failure,
};
use crate::programs::code;
use crate::programs::listing::SourceLine;
use crate::programs::{self, ALL, find};
use crate::programs::{Case, StepProgram};

fn config(case: Case) -> Config {
    Config { memory: case.memory, ..Config::default() }
}

/// The scheduler after an exploration that came to its own end.
fn explored<P: Scheduler>(scheduler: P, program: Arc<dyn Program>, case: Case) -> P {
    let outcome = explore(scheduler, program, &config(case));
    assert_eq!(outcome.fault, None, "{case:?}");
    outcome.scheduler
}

fn surveyed(program: &StepProgram, case: Case) -> Report {
    let options = SearchOptions { strategy: Strategy::All, seed: 0, limits: Limits::default() };
    let report = run_search(&program.prepare(case), options, &config(case), &Progress::default());
    assert_eq!(report.fault, None, "{} {case:?}", program.id);
    report
}

fn simplest(program: &StepProgram, case: Case) -> Option<Found> {
    simplest_failure(&program.prepare(case), &Limits::default(), &config(case))
}

#[test]
fn every_program_says_what_it_is_in_full() {
    for program in ALL {
        let id = program.id;
        assert!(id.chars().all(|c| c.is_ascii_lowercase()), "{id}");
        assert_eq!(ALL.iter().filter(|other| other.id == id).count(), 1);
        assert!(program.question.ends_with('?'), "{id}");
        assert!(program.right < program.guesses.len(), "{id}");
        for text in [program.invariant, program.hint, program.lesson] {
            assert!(
                text.ends_with('.') || text.ends_with('?') || text.ends_with('`'),
                "{id}: {text}"
            );
        }
        // In a line of 77 columns, with whether it holds and the number of preemptions.
        assert!(program.invariant.len() <= 77 - "! not known   10 preemptions".len(), "{id}");
        let size = program.size;
        assert!(size.is_none_or(|size| (size.least..=size.most).contains(&size.usual)));
    }
}

#[test]
fn every_listing_is_cut_out_of_its_source_and_points_into_the_python() {
    for program in ALL {
        let lines: Vec<_> = program.source.rust().collect();
        assert!(lines.len() > 3, "{}", program.id);
        let python = program.source.python().count();
        let pointed: Vec<_> = lines.iter().filter_map(|line| line.python).collect();
        assert!(pointed.len() > 2, "{}", program.id);
        assert!(pointed.iter().all(|&line| (1..=python).contains(&usize::from(line))));
        assert!(lines.iter().all(|line| !line.text.contains("//=")));
        // Only between two functions.
        let blank = |pair: &[SourceLine]| pair[1].text.is_empty() && pair[0].text != "}";
        assert!(!lines.windows(2).any(blank), "{}", program.id);
        assert_eq!(program.source.place(lines[1].number), Some(1));
    }
}

/// The broken version fails, its simplest failure plays again from its code in the
/// same way; the repaired one holds in all interleavings.
#[test]
fn every_program_breaks_and_its_repair_is_proved() {
    for program in ALL {
        let usual = program.usual();
        let found = simplest(program, usual).unwrap_or_else(|| panic!("{} holds", program.id));
        let text = code::encode(program, usual, &found.trace);
        let replayed = code::decode(&text).unwrap();
        assert_eq!((replayed.program.id, replayed.case), (program.id, usual));
        let replay = Replay::new(replayed.schedule);
        let again = explore(replay, program.prepare(usual), &config(usual)).scheduler;
        assert_eq!(again.refused, None, "{text}");
        let again = again.found.unwrap();
        assert_eq!((&again.end, again.schedule()), (&found.end, found.schedule()), "{text}");

        let right = surveyed(program, program.right_case());
        let first = right.simplest.as_ref().map(|found| &found.end);
        assert_eq!((first, right.is_complete()), (None, true), "{}, repaired", program.id);
    }
}

#[test]
fn a_thread_that_waits_for_itself_is_a_cycle() {
    let reenter = find("reenter").unwrap();
    let found = simplest(reenter, reenter.usual()).unwrap();
    assert_eq!(found.end, End::Deadlock { cycle: vec![0] });
}

/// Each step that is taken stands in the listing.
#[test]
fn every_step_has_its_line() {
    for program in ALL {
        let found = simplest(program, program.usual()).unwrap();
        for frame in found.trace.steps() {
            let shown = frame.line == 0 || program.source.place(frame.line).is_some();
            assert!(shown, "{}: {:?} at line {}", program.id, frame.op, frame.line);
        }
    }
}

#[test]
fn locks_from_plain_loads_and_stores_break_under_tso() {
    for id in ["peterson", "dekker"] {
        let program = find(id).unwrap();
        let case = Case { memory: Memory::Tso, ..program.right_case() };
        assert!(matches!(simplest(program, case).unwrap().end, End::Broken(_)), "{id}");
    }
}

/// What an end of the program can be: whether any of all interleavings ends with it.
fn can_end(program: &Arc<dyn Program>, expr: &str) -> bool {
    let model = query::first_state(program, &Config::default()).unwrap().unwrap();
    let asking = query::asking(Arc::clone(program), Query::read(expr, &model).unwrap());
    let options = SearchOptions { strategy: Strategy::All, seed: 0, limits: Limits::default() };
    let found = run_search(&asking, options, &Config::default(), &Progress::default());
    assert!(found.is_complete());
    found.failures > 0
}

#[test]
fn the_least_count_of_several_additions_each_is_known() {
    let additions = find("additions").unwrap();
    let of_two = |n, least| (additions.prepare(Case { n, ..additions.usual() }), least);
    let three = Case { n: 2, ..additions.usual() };
    let three: Arc<dyn Program> = Arc::new(move || programs::all::additions::of(3, three));
    for (program, least) in [of_two(1, 1), of_two(2, 2), of_two(3, 2), of_two(5, 2), (three, 2)] {
        assert!(can_end(&program, &format!("count == {least}")));
        assert!(!can_end(&program, &format!("count < {least}")));
    }
}

#[test]
fn three_times_two_additions_have_as_many_interleavings_as_their_steps_have_orders() {
    let additions = find("additions").unwrap();
    for repaired in [false, true] {
        let case = Case { n: 2, repaired, ..additions.usual() };
        let program: Arc<dyn Program> = Arc::new(move || programs::all::additions::of(3, case));
        let search = Search::new(Method::Merged, Limits::default());
        let search = explore(search, program, &Config::default()).scheduler;
        let found = (search.totals().total, search.totals().failed());
        assert_eq!(found, models::additions(3, 2, repaired).count(None));
        assert_eq!(found.0, if repaired { 90 } else { 34_650 });
    }
}

/// Wherever running each interleaving one by one is feasible.
#[test]
fn plain_merged_and_sleep_set_searches_agree_on_every_small_program() {
    let mut compared = 0;
    for program in ALL {
        for case in [program.usual(), program.right_case()] {
            let search = |method| {
                let scheduler = Search::new(method, Limits::default());
                explore(scheduler, program.prepare(case), &config(case)).scheduler
            };
            let merged = search(Method::Merged);
            if merged.totals().total > 1_000 {
                continue;
            }
            let plain = search(Method::Plain);
            let asleep = search(Method::SleepSets);
            assert!(plain.is_complete() && merged.is_complete() && asleep.is_complete());
            assert_eq!(plain.totals(), merged.totals(), "{}", program.id);
            let kinds = |search: &Search| {
                let kinds = search.kinds().map(|(kind, _)| kind);
                kinds.collect::<BTreeSet<_>>()
            };
            assert_eq!(kinds(&plain), kinds(&asleep), "{}", program.id);
            compared += 1;
        }
    }
    assert!(compared > ALL.len(), "{compared} were small enough");
}

#[test]
fn the_code_of_a_small_list_is_short_and_wrong_codes_say_why() {
    let list = find("list").unwrap();
    let case = Case { n: 1, ..list.usual() };
    let found = simplest(list, case).unwrap();
    let text = code::encode(list, case, &found.trace);
    assert!(text.len() < 20, "{text}");
    let refusal = |text: &str| code::decode(text).unwrap_err().to_string();
    let why = |text: &str| refusal(&format!("{text}-{}", code::check_digits(text)));
    assert!(refusal("nonsense").contains("not of the form"));
    assert!(refusal("list1-k7qa-ab3").contains("not of the form"));
    assert!(why("nothing1-0000-a").contains("no program `nothing`"));
    assert!(why("list9-0000-a").contains("no size 9"));
    assert!(why("list1~-0000-a").contains("no version `~`"));
    assert!(why("list1-0000-a").contains("another version"));
    let (front, _) = text.rsplit_once('-').unwrap();
    assert!(why(&format!("{front}!")).contains("neither a thread"));
    assert!(why(&format!("{front}a9999b9999")).contains("more than the 10000 steps"));
    assert!(why(&front.replace("list1", "list2")).contains("another version"));
}

/// Codes are typed from slides. Any single wrong character is noticed, as are neighbours
/// exchanged; a character more or less is, but for one in a thousand.
#[test]
fn a_mistyped_code_is_refused() {
    let characters: Vec<char> = ('!'..='~').collect();
    let (mut tried, mut passed) = (0, 0);
    for program in ALL {
        let case = program.usual();
        let found = simplest(program, case).unwrap();
        let text = code::encode(program, case, &found.trace);
        let letters: Vec<char> = text.chars().collect();
        let accepted = |letters: &[char]| code::decode(&String::from_iter(letters)).is_ok();
        assert!(accepted(&letters), "{text}");
        for at in 0..letters.len() {
            for &other in characters.iter().filter(|&&other| other != letters[at]) {
                let mut wrong = letters.clone();
                wrong[at] = other;
                assert!(!accepted(&wrong), "{text}: {other} at {at}");
                let mut more = letters.clone();
                more.insert(at, other);
                tried += 1;
                passed += u32::from(accepted(&more));
            }
            let mut less = letters.clone();
            less.remove(at);
            tried += 1;
            passed += u32::from(accepted(&less));
            let mut exchanged = letters.clone();
            if at + 1 < letters.len() && letters[at] != letters[at + 1] {
                exchanged.swap(at, at + 1);
                assert!(!accepted(&exchanged), "{text}: {at} and the next");
            }
        }
    }
    assert!(passed * 500 < tried, "{passed} of {tried} passed");
}

#[test]
fn a_short_text_that_stands_for_a_huge_schedule_is_refused() {
    let text = "a99999".repeat(70_000 / 6);
    let bad = crate::kit::explore::code::decode(&text).unwrap_err();
    assert!(bad.to_string().starts_with("character 1: more than the 10000 steps"));
    let long = "a".repeat(10_001);
    assert!(crate::kit::explore::code::decode(&long).is_err());
    assert_eq!(crate::kit::explore::code::decode(&long[1..]).map(|it| it.len()), Ok(10_000));
}
