//! Everything that is said of a made-up comparison, each figure another: scenes, result,
//! findings, sentences, and all settings as they are offered.

use super::super::experiment::interview::QUESTIONS;
use super::super::state::{Amount, Runtime};
use super::*;
use crate::kit::load::Load;
use crate::scene::written;
use crate::timeline::stat::Verdict;

/// Each cost with samples of its own: of 10, 20, ... the lower quartile is 2 more, the
/// median 4, the least 1 and the most 9.
fn costs() -> Vec<Fact> {
    let all = Cost::all().zip(1_u32..);
    all.map(|(cost, at)| Fact::Cost {
        cost,
        samples: [5, 1, 2, 3, 4, 9, 8].map(|more| f64::from(10 * at + more)).into(),
    })
    .collect()
}

/// Seven rounds of every way, of lengths that no other work or way has.
fn runs() -> Vec<Fact> {
    let cpu = [1_600, 810, 1_650, 870, 1_610, 1_580, 990];
    let io = [1_660, 420, 440, 480, 1_680, 430, 510];
    let mixed = [1_630, 600, 1_100, 660, 1_640, 1_000, 740];
    let mut facts = Vec::new();
    for (work, times) in [(Work::Cpu, cpu), (Work::Io, io), (Work::Mixed, mixed)] {
        let all = Strategy::OURS.into_iter().chain(Strategy::PYTHON).zip(times);
        for (at, (strategy, tenths)) in (0_u64..).zip(all) {
            for round in 0..7 {
                let switches = Switches {
                    voluntary: at * 100 + round + 11,
                    involuntary: at * 100 + round + 52,
                };
                facts.push(Fact::Timed {
                    round: usize::try_from(round).unwrap(),
                    work,
                    strategy,
                    n: 6,
                    ns: (tenths + round * (at + 2) % 7) * 100_000,
                    switches: (strategy.runtime() == Runtime::Rust).then_some(switches),
                });
            }
        }
    }
    facts
}

fn tasks() -> Vec<Fact> {
    let task = |work, runtime, rounds, requests| Fact::TaskAmount {
        work,
        runtime,
        amount: Amount { rounds, requests },
    };
    vec![
        task(Work::Cpu, Runtime::Rust, 9_600_000, 0),
        task(Work::Io, Runtime::Rust, 0, 10),
        task(Work::Mixed, Runtime::Rust, 4_800_000, 5),
        task(Work::Cpu, Runtime::Python, 310_000, 0),
        task(Work::Io, Runtime::Python, 0, 12),
        task(Work::Mixed, Runtime::Python, 155_000, 6),
    ]
}

pub fn isolation(process_pool_survived: bool) -> Fact {
    Fact::Isolation(Isolation {
        process_pool_survived,
        threads_exit: "was killed by SIGABRT".to_owned(),
        worker_exit: "exited with 3".to_owned(),
    })
}

fn others() -> Vec<Fact> {
    vec![
        Fact::Python { version: "CPython 3.14.0".into(), gil: true },
        Fact::Drift(Drift {
            thread_sees: 101,
            process_sees: 2,
            shared_memory_sees: 103,
            child_copy: 104,
            adder_sees: Some(100),
            child_sees_shared: Some(100),
            our_pid: 4_700,
            child_pid: 4_711,
            our_address: "0xa1".to_owned(),
            child_address: "0xb2".to_owned(),
        }),
        isolation(true),
        Fact::Load(Load { others_cores: 1.4, cores: 2 }),
        Fact::Failed { what: "the crash".to_owned(), why: "no descriptor is left".to_owned() },
    ]
}

pub fn state_of(facts: impl IntoIterator<Item = Fact>) -> State {
    let mut state = ThreadsOrProcesses::state(&settings());
    state.cores = 2;
    facts.into_iter().for_each(|fact| apply(&mut state, fact));
    state
}

pub fn everything() -> State {
    let parts = [vec![Fact::Began { n: 3 }], costs(), others(), tasks(), runs()];
    state_of(parts.into_iter().flatten().chain([Fact::Done]))
}

pub fn answered(state: &mut State, answers: &[usize]) {
    for (question, answer) in answers.iter().copied().enumerate() {
        apply(state, Fact::Answered { question, answer });
    }
}

pub fn full(state: &State) -> String {
    written(&crate::lab::trial::scene_of::<ThreadsOrProcesses>(state, Detail::Full))
}

fn compact(state: &State) -> String {
    written(&crate::lab::trial::scene_of::<ThreadsOrProcesses>(state, Detail::Compact))
}

#[test]
fn a_comparison_is_shown_and_described_as_a_whole() {
    let mut state = everything();
    answered(&mut state, &[2, 1]);
    insta::assert_snapshot!("full", full(&state));
    insta::assert_snapshot!("compact", compact(&state));
    insta::assert_snapshot!("outcome", ThreadsOrProcesses::summary(&state).join("\n"));
    let result = serde_json::to_string_pretty(&ThreadsOrProcesses::result(&state)).unwrap();
    insta::assert_snapshot!("result", result);
    let not_run = ThreadsOrProcesses::not_run(&state);
    assert_eq!(not_run.len(), 1);
    assert_eq!(not_run[0].to_string(), "the crash could not be run: no descriptor is left");
    assert!(ThreadsOrProcesses::finished(&state));
}

#[test]
fn what_is_under_way_is_shown_as_far_as_it_is() {
    let early = state_of([]);
    insta::assert_snapshot!("early", full(&early));
    insta::assert_snapshot!("early_compact", compact(&early));
    let few = runs().into_iter().filter(|fact| {
        let Fact::Timed { round, work, .. } = fact else {
            return false;
        };
        *round < 2 && *work == Work::Mixed
    });
    let progress = Fact::Progress { what: "start a thread".to_owned(), done: 2, of: 19 };
    let why = "there is no python3 on the path".into();
    let absent = Fact::PythonAbsent { why };
    insta::assert_snapshot!(
        "under_way",
        full(&state_of([progress, absent].into_iter().chain(few)))
    );
    let mut one_core = state_of(costs());
    one_core.cores = 1;
    assert!(full(&one_core).contains("message, pipe"), "{}", full(&one_core));
}

#[test]
fn each_finding_has_its_weight() {
    let weights = |state: &State| {
        let findings = crate::lab::trial::scene_of::<ThreadsOrProcesses>(state, Detail::Full)
            .findings
            .into_iter();
        let first = findings.map(|finding| {
            let words: Vec<_> = finding.text.split(' ').take(2).collect();
            format!("{:?} {}", finding.weight, words.join(" "))
        });
        first.collect::<Vec<_>>()
    };
    let mut state = everything();
    let expected = [
        "Fact Computing, times",
        "Fact Under the",
        "Fact Waiting, times",
        "Caution While this",
        "Fact CPython 3.14.0",
        "Fine A process",
        "Fact A thread's",
        "Fact To start",
    ];
    assert_eq!(weights(&state), expected);
    apply(&mut state, isolation(false));
    let why = "it was switched off".into();
    apply(&mut state, Fact::PythonAbsent { why });
    assert_eq!(weights(&state)[4..6], ["Caution CPython was", "Broken A process"]);
}

#[test]
fn a_cause_is_named_only_if_all_its_effects_are_there() {
    let only = |work, gil: &[u64], processes: &[u64]| {
        let strategies = [
            SERIAL,
            (Strategy::Threads, &HALF),
            (Strategy::Gil, gil),
            (Strategy::Processes, processes),
        ];
        let scene = crate::lab::trial::scene_of::<ThreadsOrProcesses>(
            &measured(work, &strategies),
            Detail::Full,
        );
        let findings = scene.findings.iter();
        let all: Vec<_> =
            findings.map(|it| (it.weight, it.text.matches("because").count())).collect();
        let because: usize = all.iter().map(|(_, count)| count).sum();
        (all.iter().map(|(weight, _)| *weight).max().unwrap(), because)
    };
    let long = [320; 7];
    assert_eq!(only(Work::Cpu, &EQUAL, &EQUAL), (Weight::Caution, 0));
    assert_eq!(only(Work::Cpu, &EQUAL, &HALF), (Weight::Fact, 2));
    assert_eq!(only(Work::Cpu, &long, &HALF), (Weight::Fact, 2));
    assert_eq!(only(Work::Cpu, &HALF, &HALF), (Weight::Caution, 1));
    assert_eq!(only(Work::Io, &EQUAL, &HALF), (Weight::Caution, 0));
    assert_eq!(only(Work::Io, &HALF, &EQUAL), (Weight::Fact, 1));
}

#[test]
fn the_lock_is_the_cause_only_if_threads_without_it_are_proven_faster() {
    // Faster than serial in each round, but in one not faster than under the lock.
    let threads = [80, 81, 150, 79, 80, 83, 80];
    let gil = [164, 163, 146, 165, 164, 168, 165];
    let ways = [
        SERIAL,
        (Strategy::Threads, &threads[..]),
        (Strategy::Gil, &gil[..]),
        (Strategy::Processes, &HALF[..]),
    ];
    let state = measured(Work::Cpu, &ways);
    let verdict = |way| state.verdict(Work::Cpu, way).map(Verdict::word);
    assert_eq!(
        [verdict(Strategy::Threads), verdict(Strategy::Gil)],
        [Some("faster"), Some("same")]
    );
    let scene = crate::lab::trial::scene_of::<ThreadsOrProcesses>(&state, Detail::Full);
    let because = scene.findings.iter().map(|finding| finding.text.matches("because").count());
    assert_eq!(because.collect::<Vec<_>>(), [1, 0], "{:?}", scene.findings);
    assert_eq!(scene.findings[1].weight, Weight::Caution);
}

#[test]
fn each_fact_is_one_sentence_or_none() {
    let state = state_of([]);
    let gil = false;
    let version = "CPython 3.14.0t".into();
    let what = "x".to_owned();
    let more = [
        Fact::Python { version, gil },
        Fact::PythonAbsent { why: "it was switched off".into() },
        Fact::Progress { what, done: 1, of: 2 },
        Fact::Answered { question: 1, answer: 2 },
        Fact::Answered { question: 9, answer: 0 },
        Fact::Began { n: 2 },
        Fact::Done,
    ];
    let timed = runs().into_iter().step_by(31);
    let all = costs().into_iter().chain(others()).chain(tasks());
    let texts = all.chain(timed).chain(more).map(|fact| {
        let event = Stamped { at: 0, lane: LaneId(0), what: What::Fact(fact) };
        let sentence = ThreadsOrProcesses::describe(&state, &event);
        sentence.map_or_else(
            || "-".to_owned(),
            |sentence| format!("{:?}: {}", sentence.tone, sentence.text),
        )
    });
    insta::assert_snapshot!("story", texts.collect::<Vec<_>>().join("\n"));
}

/// For each task, language and answer to a crash: a handful, hundreds, tens of thousands.
#[test]
fn a_changed_setting_is_shown_before_anything_is_measured_with_it() {
    let mut state = everything();
    let badges = |state: &State| {
        let badges = crate::lab::trial::scene_of::<ThreadsOrProcesses>(state, Detail::Full).badges;
        badges.iter().map(|badge| badge.text.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        badges(&state),
        ["2 cores", "computing, waiting, both", "20.0 ms a task", "3 workers"]
    );
    apply(&mut state, Fact::Changed { n: 8, work: Some(Work::Io), size_ns: 100_000_000 });
    assert_eq!(badges(&state), ["2 cores", "waiting", "100 ms a task", "8 workers"]);
}

#[test]
fn the_latest_rounds_are_kept() {
    let mut state = state_of([]);
    for round in 0..65_u32 {
        let fact = Fact::Timed {
            round: round as usize,
            work: Work::Io,
            strategy: Strategy::Serial,
            n: 2,
            ns: u64::from(round) * 1_000_000,
            switches: None,
        };
        apply(&mut state, fact);
    }
    let total = state.total(Work::Io, Strategy::Serial).unwrap();
    assert_eq!((total.samples, format!("{} {}", total.min, total.max)), (60, "5 64".to_owned()));
}

#[test]
fn other_settings_take_back_what_was_done() {
    let mut state = everything();
    apply(&mut state, Fact::Began { n: 8 });
    assert!(!ThreadsOrProcesses::finished(&state));
    assert_eq!((state.n, state.strategies.len()), (8, 0));
    assert_eq!(ThreadsOrProcesses::state(&settings()).n, 4, "before anything began");
}

#[test]
fn every_question_and_cost_is_offered_under_its_name() {
    insta::assert_snapshot!("questions", format!("{QUESTIONS:#?}"));
    let names = Cost::all().map(|cost| format!("{}: {}", cost.field(), cost.label()));
    insta::assert_snapshot!("costs", names.collect::<Vec<_>>().join("\n"));
}
