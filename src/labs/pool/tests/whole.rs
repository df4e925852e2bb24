//! All that is shown and described of a scripted measurement, figure by figure.

use super::super::experiment::figures::Bar;
use super::super::facts::{BreakEven, Tried};
use super::super::settings::Kill;
use super::super::story;
use super::*;
use crate::kit::event::{Ending, LaneEvent, LaneKind};
use crate::kit::load::Load;
use crate::lab::{Action, ActionKind, Key};
use crate::scene::{Body, written};
use crate::timeline::stat::Verdict;

const MS: u64 = 1_000_000;

pub fn variant(mode: Mode, size: usize) -> Variant {
    Variant { mode, size }
}

fn lane(state: &mut State, lane: u32, what: LaneEvent) {
    state.apply(&Stamped { at: 0, lane: LaneId(lane), what: What::Lane(what) });
}

/// A run whose parts end at these moments in µs; its stopwatch read 7 µs more.
pub fn run(state: &mut State, round: usize, variant: Variant, moments: [u64; 6], pids: &[u32]) {
    let parts_ns = Parts::cut(moments.map(|us| us * 1_000));
    apply(state, Fact::VariantStarted { round, variant });
    apply(
        state,
        Fact::Measured(Sample {
            variant,
            total_ns: parts_ns.total() + 7_000.0,
            parts_ns,
            pids: pids.to_vec(),
            results: (3..=6).map(|n| n * n).collect(),
        }),
    );
}

/// Works that were tried: lost, won, the same, noise, too few.
fn try_works(state: &mut State) {
    let noise: Vec<_> = (0..6).map(|at| [(1e6, 3e6), (3e6, 1e6)][at % 2]).collect();
    for (work_us, pairs) in [
        (100, &[(1.25e6, 2.5e6); 6][..]),
        (400, &[(4e6, 2e6); 6]),
        (200, &[(2e6, 2e6); 6]),
        (300, &noise),
        (350, &[(9e5, 7e5); 3]),
    ] {
        apply(
            state,
            Fact::Tried(Tried {
                size: 2,
                work_ns: work_us * 1_000,
                serial_ns: pairs[0].0,
                processes_ns: pairs[0].1,
                verdict: Verdict::of(pairs),
            }),
        );
    }
}

/// Six rounds of six contenders, each with figures of its own, and all that belongs to it.
fn busy(timing: &str) -> State {
    let set = [
        ("sizes", "1,2,4"),
        ("from", "3"),
        ("to", "6"),
        ("repeat", "6"),
        ("work", "spin:300us"),
        ("start", "forkserver"),
        ("timing", timing),
    ];
    let mut state = ProcessPoolLab::state(&settings(&set));
    let plan = state.plan.clone();
    apply(&mut state, Fact::Began { plan });
    let (version, start, why) = (Some("3.13.2".into()), "fork".into(), None);
    apply(&mut state, Fact::Python { version, start, why });
    let (pid, took_ns) = (77, 8_250_000);
    apply(&mut state, Fact::Server { pid, took_ns });
    for round in 1..=6 {
        let late = round as u64 * 10;
        let mut one = |mode, size, moments: [u64; 6], pids: &[u32]| {
            run(&mut state, round, variant(mode, size), moments.map(|us| us + late), pids);
        };
        one(Mode::Serial, 1, [0, 0, 0, 1_200, 1_200, 1_200], &[]);
        one(Mode::Threads, 1, [30, 70, 130, 1_330, 1_450, 1_610], &[]);
        one(Mode::Threads, 4, [50, 60, 90, 690, 740, 830], &[]);
        one(Mode::Processes, 2, [200, 500, 900, 1_700, 2_300, 3_100], &[101, 102]);
        one(Mode::Processes, 4, [900, 2_000, 3_300, 4_900, 6_700, 8_800], &[103, 104]);
        one(Mode::Python, 2, [9_000, 9_100, 20_000, 30_000, 45_000, 99_000], &[105]);
    }
    let why = "gave up".into();
    apply(&mut state, Fact::Void { variant: variant(Mode::Processes, 1), why });
    let (what, why) = ("the disk".into(), "full".into());
    apply(&mut state, Fact::NotRun { what, why });
    try_works(&mut state);
    apply(
        &mut state,
        Fact::BreakEven(BreakEven {
            size: 2,
            work_ns: Some(400_000),
            lost_ns: Some(100_000),
            tried_to_ns: 450_000,
        }),
    );
    let (others_cores, cores) = (0.75, 2);
    apply(&mut state, Fact::Load(Load { others_cores, cores }));
    state
}

/// Workers in each state; one was killed, one has ended.
fn warm_pool(state: &mut State) {
    for number in 1..=5 {
        let name = format!("process {number}").into();
        let kind = LaneKind::Process { pid: 4_000 + number };
        lane(state, number, LaneEvent::Started { name, kind });
        let label = format!("{number} squared").into();
        lane(state, number, LaneEvent::TaskStarted { task: 1, label });
    }
    let pause = crate::kit::event::Pause::Pace;
    lane(state, 2, LaneEvent::Sleeping { pause, for_ns: 1 });
    lane(state, 3, LaneEvent::Idle);
    let signal = 9;
    lane(state, 4, LaneEvent::Ended(Ending::Killed { signal }));
    lane(state, 5, LaneEvent::Ended(Ending::Exited { code: 0 }));
    for (took_ns, right) in [(2e6, true), (4e6, false)] {
        let (size, every_ns, memory_kib) = (4, 1_500 * MS, vec![(4_001, 900), (4_003, 1_800)]);
        apply(state, Fact::WarmRun { size, took_ns, right, every_ns, memory_kib });
    }
    let signal = "SIGTERM".into();
    apply(state, Fact::Killing { pid: 4_004, signal });
}

fn pictures(name: &str, state: &State) {
    for (which, detail) in [("full", Detail::Full), ("compact", Detail::Compact)] {
        let scene = crate::lab::trial::scene_of::<ProcessPoolLab>(state, detail);
        insta::assert_snapshot!(format!("{name}_{which}"), written(&scene));
    }
}

#[test]
fn the_whole_of_a_measurement_and_its_warm_pool() {
    let mut state = busy("whole");
    warm_pool(&mut state);
    pictures("whole", &state);
    let result = ProcessPoolLab::result(&state);
    insta::assert_snapshot!("result", serde_json::to_string_pretty(&result).unwrap());
    insta::assert_snapshot!("outcome", ProcessPoolLab::summary(&state).join("\n"));
    let not_run = ProcessPoolLab::not_run(&state);
    let not_run: Vec<_> = not_run.iter().map(ToString::to_string).collect();
    assert_eq!(not_run, ["the disk could not be run: full", "1 process could not be run: gave up"]);
}

#[test]
fn the_whole_of_a_measurement_with_the_timing_of_the_warm_pool() {
    let mut state = busy("warm");
    let (size, took_ns, right, every_ns, memory_kib) = (4, 3e6, true, MS, Vec::new());
    apply(&mut state, Fact::WarmRun { size, took_ns, right, every_ns, memory_kib });
    pictures("inside", &state);
}

#[test]
fn the_whole_of_a_measurement_under_way() {
    let mut state = busy("whole");
    let round = 4;
    warm_pool(&mut state);
    apply(&mut state, Fact::VariantStarted { round, variant: variant(Mode::Threads, 4) });
    apply(&mut state, Fact::VariantStarted { round, variant: variant(Mode::Python, 4) });
    pictures("under_way", &state);
    let mut state = busy("whole");
    let scene = |state: &State| {
        written(&crate::lab::trial::scene_of::<ProcessPoolLab>(state, Detail::Compact))
    };
    assert!(scene(&state).starts_with(
        "Process pool: compute 300 µs and square 3..6 (calm)\nbadge looking for break-even: 350 µs a task<Caution>\n"
    ));
    apply(&mut state, Fact::Done);
    assert!(scene(&state).starts_with(
        "Process pool: compute 300 µs and square 3..6\nbadge timing: start-up included<Strong>\nbadge median of 6\n"
    ));
    let plan = state.plan.clone();
    apply(&mut state, Fact::Began { plan });
    assert!(scene(&state).contains("(calm)\nbadge starting<Caution>\n"));
}

/// Something else is measured: nothing of what was found before stays.
#[test]
fn a_new_measurement_forgets_the_last_one() {
    let mut state = busy("whole");
    warm_pool(&mut state);
    let plan = state.plan.clone();
    apply(&mut state, Fact::Began { plan });
    let fresh = ProcessPoolLab::state(&settings(&[]));
    assert!(state.bars.iter().all(Bar::is_blank));
    assert_eq!((state.bars.len(), state.tried.len(), state.wrong), (10, 0, 0));
    assert_eq!((state.break_even, state.load, state.kill.clone()), (None, None, None));
    assert!(state.not_run().is_empty() && !state.rounds_are_over());
    assert_eq!(state.phase, fresh.phase);
    // The stopwatch moves: all stays.
    let mut state = busy("whole");
    let mut plan = state.plan.clone();
    plan.timing = Timing::Warm;
    apply(&mut state, Fact::PlanChanged { plan });
    assert_eq!((state.bars.len(), state.plan.timing), (10, Timing::Warm));
    // What came of a kill replaces what was sent; a peer that gives up is none.
    let (text, lost) = ("process 9 is back".into(), 0);
    apply(&mut state, Fact::Outcome { text, lost });
    assert_eq!(state.kill.as_deref(), Some("process 9 is back"));
    let (version, start, why) = (None, "".into(), Some("too old".into()));
    apply(&mut state, Fact::Python { version, start, why });
    let text = "CPython's own Pool failed after 6 rounds: too old".to_owned();
    assert!(texts(&state).contains(&text), "{:?}", texts(&state));
}

fn sentence(actions: Vec<Action<Kill>>) -> Vec<String> {
    let lines = actions.into_iter().flat_map(|action| {
        let head = format!("{:?} {}", action.key, action.label);
        let items = match action.kind {
            ActionKind::Choose { title, items } => {
                let items = items.into_iter().map(|(kill, text)| format!("{} = {text}", kill.pid));
                std::iter::once(title.to_string()).chain(items).collect()
            }
            _ => Vec::new(),
        };
        std::iter::once(head).chain(items)
    });
    lines.collect()
}

#[test]
fn a_killed_worker_stands_among_the_others_with_its_signal() {
    let shown = |state: &State| {
        let scene = crate::lab::trial::scene_of::<ProcessPoolLab>(state, Detail::Full);
        let Body::Lines(lines) = &scene.rows[1].panels[0].body else { panic!("no lines") };
        lines[1].to_string()
    };
    let mut state = busy("whole");
    assert_eq!(shown(&state), "warm pool  starts after the measurement");
    warm_pool(&mut state);
    assert_eq!(shown(&state), "warm pool  1 ►  2 ·  3 ·  4 † SIGKILL  ");
    // It stays where there are too many.
    for number in 6..=17 {
        let name = format!("process {number}").into();
        let kind = LaneKind::Process { pid: number };
        lane(&mut state, number, LaneEvent::Started { name, kind });
    }
    let line = shown(&state);
    assert!(line.contains("4 † SIGKILL  6 ·  ") && line.ends_with("13 ·  +4"), "{line}");
}

#[test]
fn only_live_workers_can_be_killed() {
    let mut state = busy("whole");
    assert!(sentence(ProcessPoolLab::actions(&state)).is_empty());
    warm_pool(&mut state);
    let each = |number: u32| {
        ["SIGKILL", "SIGTERM", "SIGSEGV"].map(|signal| {
            format!("400{number} = {signal} to process 400{number} (process {number})")
        })
    };
    let head = ["Char('k') kill a worker", "Kill a worker of the warm pool"];
    let expected: Vec<_> =
        head.map(str::to_owned).into_iter().chain((1..=3).flat_map(each)).collect();
    assert_eq!(sentence(ProcessPoolLab::actions(&state)), expected);
    assert_eq!(ProcessPoolLab::actions(&state)[0].key, Key::Char('k'));
    apply(&mut state, Fact::Done);
    assert!(sentence(ProcessPoolLab::actions(&state)).is_empty());
}

#[test]
fn the_whole_story_of_a_measurement() {
    let state = busy("whole");
    let plan = state.plan.clone();
    let mut timing_changed = plan.clone();
    timing_changed.timing = Timing::Warm;
    let measured: Vec<_> = state.bars.iter().filter(|bar| !bar.samples.is_empty()).collect();
    let sample = |at: usize| measured[at].samples[0].clone();
    let outcome = |lost| Fact::Outcome { text: "so".into(), lost };
    let python = |version: Option<&str>, why: Option<&str>| Fact::Python {
        version: version.map(Into::into),
        start: "fork".into(),
        why: why.map(Into::into),
    };
    let facts = [
        Fact::Began { plan: plan.clone() },
        Fact::Measured(sample(0)),
        Fact::Measured(sample(3)),
        Fact::Void { variant: variant(Mode::Threads, 1), why: "no".into() },
        Fact::NotRun { what: "this".into(), why: "that".into() },
        python(Some("3.13.2"), None),
        python(None, Some("none found")),
        Fact::Server { pid: 77, took_ns: 8_250_000 },
        Fact::BreakEven(state.break_even.unwrap()),
        Fact::Load(state.load.unwrap()),
        Fact::Killing { pid: 5, signal: "SIGKILL".into() },
        outcome(0),
        outcome(1),
        Fact::PlanChanged { plan: plan.clone() },
        Fact::PlanChanged { plan: timing_changed.clone() },
        Fact::Done,
    ];
    let emit = |state: &State, fact| {
        let (at, lane, what) = (0, LaneId(0), What::Fact(fact));
        let sentence = story::describe(state, &Stamped { at, lane, what });
        sentence.map_or("-".to_owned(), |it| format!("{} <{:?}>", it.text, it.tone))
    };
    let mut sentences: Vec<_> = facts.into_iter().map(|fact| emit(&state, fact)).collect();
    let mut inside = busy("warm");
    inside.plan = timing_changed;
    sentences.push(emit(&inside, Fact::PlanChanged { plan }));
    assert_eq!(
        sentences,
        [
            "Measuring 6 times: compute 300 µs and square 3..6, sizes 1, 2, 4 <Plain>",
            "Serial: 1.22 ms <Plain>",
            "2 processes: 3.12 ms, pid 101 and 1 more <Plain>",
            "1 thread: no figure: no <Caution>",
            "This could not be run: that <Caution>",
            "Compared with CPython 3.13.2, start method fork <Dim>",
            "No CPython: none found <Caution>",
            "started the fork server, pid 77, in 8.25 ms <Dim>",
            "2 processes beat serial from 400 µs of work per task on, start-up included; up to 100 µs they do not <Good>",
            "Meanwhile something else used about 0.8 of 2 cores <Dim>",
            "sent SIGKILL to process 5 <Caution>",
            "so <Good>",
            "so <Broken>",
            "-",
            "Timing: warm pool; creating and joining the pool do not count <Dim>",
            "-",
            "Timing: start-up included; creating and joining the pool count <Dim>",
        ]
    );
}
