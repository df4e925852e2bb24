//! Made-up facts and what must follow from them; real runs of each way.

mod gil;
mod runs;
mod sample_events;
mod shown;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::json;

use super::experiment::cost::Cost;
use super::experiment::strategies::StrategyRun;
use super::experiment::work::{Task, calibrate, serve};
use super::facts::{Drift, Isolation, Switches};
use super::scene::guide::{Reason, advice};
use super::state::{Strategy, Work};
use super::*;
use crate::kit::event::{LaneId, What};
use crate::kit::stop::Stop;
use crate::kit::stream::Server;
use crate::lab::ViewOptions;
use crate::lab::trial::played;
use crate::scene::Weight;

fn settings() -> Settings {
    Settings::defaults(&ThreadsOrProcesses::INFO, 1, PathBuf::from("threadbare"), false)
}

fn rehearsed() -> State {
    let mut state = ThreadsOrProcesses::state(&settings());
    state.cores = 2;
    for event in sample_events::events() {
        ThreadsOrProcesses::apply(&mut state, &event);
    }
    state
}

fn reason(why: &str, measured: &str) -> Reason {
    Reason { why: why.to_owned(), measured: measured.to_owned() }
}

fn apply(state: &mut State, fact: Fact) {
    let event = Stamped { at: 0, lane: LaneId(0), what: What::Fact(fact) };
    ThreadsOrProcesses::apply(state, &event);
}

/// A state on two cores whose ways took these times in ms, one a round.
fn measured(work: Work, times: &[(Strategy, &[u64])]) -> State {
    let mut state = ThreadsOrProcesses::state(&settings());
    state.cores = 2;
    apply(&mut state, Fact::Began { n: 4 });
    for (strategy, rounds) in times {
        for (round, ms) in rounds.iter().enumerate() {
            let fact = Fact::Timed {
                round,
                work,
                strategy: *strategy,
                n: 4,
                ns: ms * 1_000_000,
                switches: None,
            };
            apply(&mut state, fact);
        }
    }
    state
}

fn texts(state: &State) -> Vec<String> {
    let findings = crate::lab::trial::scene_of::<ThreadsOrProcesses>(state, Detail::Full).findings;
    findings.into_iter().map(|finding| String::from(finding.text)).collect()
}

const SERIAL: (Strategy, &[u64]) = (Strategy::Serial, &[160, 161, 159, 160, 162, 160, 158]);
const HALF: [u64; 7] = [80, 81, 82, 79, 80, 83, 80];
const EQUAL: [u64; 7] = [164, 163, 166, 165, 164, 168, 165];
/// As long as serial in the middle, but not in any round.
const NOISE: [u64; 7] = [80, 240, 120, 200, 90, 300, 160];

#[test]
fn where_the_effects_are_real_the_causes_are_named() {
    let strategies =
        [SERIAL, (Strategy::Threads, &HALF), (Strategy::Gil, &EQUAL), (Strategy::Processes, &HALF)];
    assert_eq!(
        texts(&measured(Work::Cpu, &strategies)),
        [
            "Computing, times as fast as serial: threads 1.99 (1.93 to 2.03), processes 1.99 (1.93 to 2.03), because 2 cores work at once.",
            "Under the GIL model: 0.97 (0.95 to 0.99), because only one thread may run at a time.",
        ]
    );
    let strategies =
        [SERIAL, (Strategy::Threads, &HALF), (Strategy::Gil, &HALF), (Strategy::Processes, &EQUAL)];
    assert_eq!(
        texts(&measured(Work::Io, &strategies)),
        [
            "Waiting, times as fast as serial: threads 1.99 (1.93 to 2.03), under the GIL model 1.99 (1.93 to 2.03), because a wait needs no core and gives the lock up; processes 0.97 (0.95 to 0.99)."
        ]
    );
}

#[test]
fn where_the_effect_is_absent_or_reversed_no_cause_is_named() {
    let strategies = [
        SERIAL,
        (Strategy::Threads, &EQUAL),
        (Strategy::Gil, &EQUAL),
        (Strategy::Processes, &[320; 7]),
    ];
    let expected = "threads 0.97 (0.95 to 0.99), under the GIL model 0.97 (0.95 to 0.99), processes 0.50 (0.49 to 0.51).";
    assert_eq!(
        texts(&measured(Work::Cpu, &strategies)),
        [format!("Computing, times as fast as serial: {expected}")]
    );
    assert_eq!(
        texts(&measured(Work::Io, &strategies)),
        [format!("Waiting, times as fast as serial: {expected}")]
    );
}

#[test]
fn what_is_drowned_in_noise_is_called_too_noisy_with_what_to_do() {
    let strategies = [
        SERIAL,
        (Strategy::Threads, &NOISE),
        (Strategy::Gil, &EQUAL),
        (Strategy::Processes, &HALF),
    ];
    let mut state = measured(Work::Cpu, &strategies);
    let figures = "Computing, times as fast as serial: threads too noisy to tell (0.53 to 2.00), \
                   under the GIL model 0.97 (0.95 to 0.99), processes 1.99 (1.93 to 2.03)";
    assert_eq!(
        texts(&state),
        [format!("{figures}: choose a larger size, or let it measure longer.")]
    );
    let load = crate::kit::load::Load { others_cores: 1.4, cores: 2 };
    apply(&mut state, Fact::Load(load));
    assert_eq!(
        texts(&state),
        [
            format!(
                "{figures}: something else used about 1.4 of 2 cores; end that, or choose a larger size."
            ),
            "While this was measured, something else used about 1.4 of 2 cores: that spoils times and speed-ups.".to_owned(),
        ]
    );
    assert_eq!(ThreadsOrProcesses::result(&state)["load"]["others_cores"], 1.4);
}

#[test]
fn a_gil_model_that_gains_or_is_unclear_is_given_no_cause() {
    let with = |gil: &[u64]| {
        let strategies = [
            SERIAL,
            (Strategy::Threads, &HALF),
            (Strategy::Gil, gil),
            (Strategy::Processes, &HALF),
        ];
        texts(&measured(Work::Cpu, &strategies)).remove(1)
    };
    let gains = with(&[120, 121, 119, 120, 122, 120, 118]);
    assert_eq!(gains, "Under the GIL model: 1.33 (1.33 to 1.34).");
    let unclear = with(&NOISE);
    assert_eq!(
        unclear,
        "Under the GIL model: too noisy to tell (0.53 to 2.00): choose a larger size, or let it measure longer."
    );
}

#[test]
fn too_few_rounds_are_no_evidence() {
    let strategies = [
        (Strategy::Serial, &[160, 160][..]),
        (Strategy::Threads, &[80, 80]),
        (Strategy::Gil, &[160, 160]),
        (Strategy::Processes, &[80, 80]),
    ];
    let text = texts(&measured(Work::Cpu, &strategies)).remove(0);
    assert!(
        text.starts_with("Computing, times as fast as serial: threads too few rounds (2 of 6), "),
        "{text}"
    );
    assert!(!text.contains("because"), "{text}");
}

#[test]
fn runs_are_compared_within_their_round() {
    // The machine is three times slower in every second round: the ratio stays.
    let strategies: [(Strategy, &[u64]); 2] = [
        (Strategy::Serial, &[160, 480, 160, 480, 160, 480]),
        (Strategy::Threads, &[80, 240, 80, 240, 80, 240]),
    ];
    let mut state = measured(Work::Cpu, &strategies);
    let verdict = state.verdict(Work::Cpu, Strategy::Threads).unwrap();
    assert_eq!(verdict.to_string(), "2.00 times as fast (2.00 to 2.00)");
    // A round that has only one of the two compares nothing.
    let alone = Fact::Timed {
        round: 77,
        work: Work::Cpu,
        strategy: Strategy::Threads,
        n: 4,
        ns: 1,
        switches: None,
    };
    apply(&mut state, alone);
    let verdict = state.verdict(Work::Cpu, Strategy::Threads).unwrap();
    assert_eq!(verdict.ratio().unwrap().rounds, 6);
}

#[test]
fn other_settings_begin_with_no_runs() {
    let mut state = measured(Work::Cpu, &[SERIAL]);
    apply(&mut state, Fact::Began { n: 8 });
    assert_eq!((state.n, state.works().count()), (8, 0));
}

#[test]
fn each_runtime_is_compared_with_its_own_serial_run() {
    let strategies = [
        SERIAL,
        (Strategy::PythonSerial, &[40, 41, 40, 39, 40, 40, 40][..]),
        (Strategy::PythonThreads, &[40, 40, 41, 40, 39, 41, 40]),
        (Strategy::PythonProcesses, &[20, 21, 20, 20, 20, 19, 20]),
    ];
    let mut state = measured(Work::Cpu, &strategies);
    let version = "CPython 3.14.0".into();
    apply(&mut state, Fact::Python { version, gil: true });
    assert_eq!(
        texts(&state),
        [
            "CPython 3.14.0 (with its GIL), computing, times as fast as its own serial run: threads 1.00 (0.97 to 1.03), processes 2.00 (1.95 to 2.11)."
        ]
    );
    let result = ThreadsOrProcesses::result(&state);
    let strategies = result["ways"].as_array().unwrap();
    let of = |strategy: &str| strategies.iter().find(|entry| entry["way"] == strategy).unwrap();
    assert_eq!(of("python-processes")["baseline"], "python-serial");
    assert_eq!(of("python-processes")["runtime"], "python");
    assert_eq!(of("python-processes")["verdict"], "faster");
    assert_eq!(of("python-threads")["verdict"], "same");
    assert_eq!(of("python-processes")["speedup"], 2.0);
    assert_eq!(of("python-processes")["speedup_interval"]["rounds"], 7);
    assert_eq!(of("serial")["baseline"], "serial");
    let scene = crate::lab::trial::scene_of::<ThreadsOrProcesses>(&state, Detail::Full);
    let panels = scene.rows.iter().flat_map(|row| &row.panels);
    let charts: Vec<_> = panels
        .filter_map(|panel| match &panel.body {
            crate::scene::Body::Bars(bars) => Some((panel, bars)),
            _ => None,
        })
        .map(|(panel, bars)| {
            let bars = bars.bars.iter();
            let bars = bars.map(|bar| format!("{} {} {}", bar.label, bar.figure, bar.note.text));
            (panel.title.to_string(), bars.collect::<Vec<_>>())
        })
        .collect();
    // Two series in a chart, each beginning with its own serial run.
    let of = |serial: &str, threads: &str, python: [&str; 3]| {
        let ours = [serial, threads, "threads + GIL  follows", "processes  follows"];
        ours.into_iter().chain(python).map(str::to_owned).collect::<Vec<_>>()
    };
    let none = ["py serial  follows", "py threads  follows", "py processes  follows"];
    let nothing = of("serial  follows", "threads  follows", none);
    let python = ["py serial 1.0x 40.0 ms", "py threads 1.0x ±0.1", "py processes 2.0x ±0.2"];
    assert_eq!(
        charts,
        [
            ("Computing".to_owned(), of("serial 1.0x 160 ms", "threads  follows", python)),
            ("Waiting".to_owned(), nothing.clone()),
            ("Both".to_owned(), nothing),
        ]
    );
}

#[test]
fn each_runtimes_own_amount_of_work_is_named() {
    let state = rehearsed();
    let scene = crate::lab::trial::scene_of::<ThreadsOrProcesses>(&state, Detail::Full);
    let lines = scene.rows.iter().flat_map(|row| &row.panels);
    let line = lines
        .filter_map(|panel| match &panel.body {
            crate::scene::Body::Lines(lines) => Some(lines),
            _ => None,
        })
        .flatten()
        .map(|line| line.0.iter().map(|span| &*span.text).collect::<String>())
        .find(|text| text.starts_with("each task"));
    assert_eq!(
        line.unwrap(),
        "each task in Rust: 9,600,000 hash rounds | 10 requests; in CPython: 310,000 rounds | 10 requests"
    );
    let result = ThreadsOrProcesses::result(&state);
    assert_eq!(result["ways"][0]["share"]["rounds"], 9_600_000);
}

#[test]
fn costs_are_lower_quartiles_in_their_units_and_named_by_their_placement() {
    let state = rehearsed();
    let outcome = ThreadsOrProcesses::summary(&state);
    let costs: Vec<_> = outcome
        .iter()
        .filter(|line| line.ends_with("(lower quartile)"))
        .map(String::as_str)
        .collect();
    assert_eq!(costs.len(), 2 + 8 + 3);
    assert_eq!(costs[0], "start and join a thread: 18.0 µs (lower quartile)");
    assert_eq!(costs[1], "start and end a process: 720 µs (lower quartile)");
    assert_eq!(
        costs[4..6],
        [
            "round trip, pipes to a process, on one core: 9.00 µs (lower quartile)",
            "round trip, pipes to a process, across two cores: 41.0 µs (lower quartile)"
        ]
    );
    assert_eq!(costs[11], "memory of a waiting process (RSS): 2100 KiB (lower quartile)");
    let result = ThreadsOrProcesses::result(&state);
    let fields =
        ["pipe_round_trip_us", "pipe_round_trip_one_core_us", "pipe_round_trip_two_cores_us"];
    let quartiles = fields.map(|field| result["costs"][field]["lower_quartile"].to_string());
    assert_eq!(quartiles, ["14.0", "9.0", "41.0"]);
}

#[test]
fn a_start_is_only_called_dearer_if_its_rounds_say_so() {
    let with = |thread: &[f64], process: &[f64]| {
        let mut state = ThreadsOrProcesses::state(&settings());
        for (cost, samples) in [(Cost::ThreadStartUs, thread), (Cost::ProcessStartUs, process)] {
            let samples = samples.to_vec();
            apply(&mut state, Fact::Cost { cost, samples });
        }
        texts(&state).remove(0)
    };
    assert_eq!(
        with(&[50.0; 9], &[1500.0; 9]),
        "To start a process costs 1.50 ms here, a thread 50.0 µs (lower quartiles): round by round 30.0 to 30.0 times as much."
    );
    let noisy = [400.0, 5000.0, 900.0, 2600.0, 1100.0, 1300.0, 1500.0];
    assert_eq!(
        with(&noisy, &[1200.0; 7]),
        "To start a process costs 1.20 ms here, a thread 900 µs (lower quartiles); a thread, compared with a process: too noisy to tell (0.24 to 3.00 times as fast): choose a larger size, or let it measure longer."
    );
    assert_eq!(
        with(&[1300.0; 6], &[1290.0; 6]),
        "To start a process costs 1.29 ms here, a thread 1.30 ms (lower quartiles); a thread, compared with a process: as fast within 10 % (0.99 to 0.99 times)."
    );
}

#[test]
fn on_one_core_nothing_can_work_at_once_and_round_trips_have_one_placement() {
    let strategies = [
        SERIAL,
        (Strategy::Threads, &EQUAL),
        (Strategy::Gil, &EQUAL),
        (Strategy::Processes, &EQUAL),
    ];
    let mut state = measured(Work::Cpu, &strategies);
    state.cores = 1;
    let first =
        &crate::lab::trial::scene_of::<ThreadsOrProcesses>(&state, Detail::Full).findings[0];
    assert_eq!(first.weight, Weight::Caution);
    assert!(first.text.ends_with("; with one core nothing can work at once."), "{}", first.text);
    let cost = Cost::RoundTripUs(
        super::experiment::cost::Transport::Pipe,
        super::experiment::cost::Placement::OneCore,
    );
    let samples = vec![2.0];
    apply(&mut state, Fact::Cost { cost, samples });
    let scene = crate::lab::trial::scene_of::<ThreadsOrProcesses>(&state, Detail::Full);
    let text = crate::scene::whole(&scene);
    assert!(text.contains("\nmessage, pipe | <Strong 2.00 µs> | -\n"), "{text}");
    assert!(ThreadsOrProcesses::result(&state)["costs"]["pipe_round_trip_two_cores_us"].is_null());
}

#[test]
fn the_guide_sends_computing_python_to_processes_and_gives_reasons() {
    let advice = advice(&rehearsed()).unwrap();
    assert_eq!(advice.verdict, "processes");
    assert_eq!(
        advice.reasons[0],
        reason(
            "Computing needs cores (2 here), and the GIL lets one thread of a process compute at a time.",
            "Compared with serial: Threads under the GIL as fast within 10 % (0.95 to 0.98 times); processes 1.82 times as fast (1.82 to 1.82)."
        )
    );
}

#[test]
fn a_share_is_the_rounds_that_its_time_allows() {
    let file = std::path::Path::new("unused");
    let server = ([127, 0, 0, 1], 1).into();
    let amount = |work| {
        let task = Task::of(work, Duration::from_millis(20), 500_000_000, server, file);
        let amount = task.amount();
        (amount.rounds, amount.requests)
    };
    assert_eq!(Work::ALL.map(amount), [(10_000_000, 0), (0, 10), (5_000_000, 5)]);
}

#[test]
fn what_each_side_saw_is_reported_with_its_own_figures() {
    let mut state = ThreadsOrProcesses::state(&settings());
    let drift = Drift {
        thread_sees: 101,
        process_sees: 2,
        shared_memory_sees: 103,
        child_copy: 104,
        our_pid: 7,
        child_pid: 8,
        our_address: "0xa".to_owned(),
        child_address: "0xb".to_owned(),
    };
    apply(&mut state, Fact::Drift(drift));
    let scene = crate::lab::trial::scene_of::<ThreadsOrProcesses>(&state, Detail::Full);
    let shown = crate::scene::whole(&scene);
    let panel = shown.split("== ").find(|panel| panel.starts_with("One variable")).unwrap();
    // The last line is the head of the next row.
    let lines: Vec<_> = panel.lines().take_while(|line| !line.starts_with("-- ")).collect();
    assert_eq!(
        lines,
        [
            "One variable (pids 7 and 8) 1",
            "adds 1, 100 times | we read | it reads (figures from 1)",
            "a thread | <Good 101> | 101",
            "a process | <Caution 2> | 104",
            "via shared memory | <Good 103> | 103",
        ]
    );
    assert_eq!(
        texts(&state),
        [
            "A thread's additions are seen (101), a process's are not (2): it has a copy of its own; in shared memory they are (103)."
        ]
    );
    assert_eq!(
        ThreadsOrProcesses::summary(&state),
        ["After 100 additions elsewhere we read 101 (thread), 2 (process), 103 (shared memory)"]
    );
    let result = &ThreadsOrProcesses::result(&state)["drift"];
    assert_eq!(result["child_copy"], 104);
    assert_eq!(result["shared_memory_sees"], 103);
}

#[test]
fn each_crash_is_reported_of_the_one_that_crashed() {
    let mut state = ThreadsOrProcesses::state(&settings());
    let isolation = |process_pool_survived| {
        Fact::Isolation(Isolation {
            process_pool_survived,
            threads_exit: "was killed by SIGABRT".into(),
            worker_exit: "exited with 3".into(),
        })
    };
    let both = [true, false].map(|survived| {
        apply(&mut state, isolation(survived));
        texts(&state).remove(0)
    });
    let sentence = |pool| {
        format!(
            "A process that crashes ends alone, and the pool {pool} (exited with 3); a thread that crashes ends its whole program (was killed by SIGABRT)."
        )
    };
    assert_eq!(both, ["survived", "did not survive"].map(sentence));
}

#[test]
fn the_story_has_times_in_their_units_and_switches_reach_the_result() {
    let mut state = ThreadsOrProcesses::state(&settings());
    let event = Stamped {
        at: 0,
        lane: LaneId(0),
        what: What::Fact(Fact::Timed {
            round: 0,
            work: Work::Cpu,
            strategy: Strategy::Threads,
            n: 4,
            ns: 82_000_000,
            switches: Some(Switches { voluntary: 5, involuntary: 6 }),
        }),
    };
    let texts = ThreadsOrProcesses::describe(&state, &event).unwrap().text;
    assert_eq!(texts, "4 tasks of cpu work by threads took 82.0 ms");
    ThreadsOrProcesses::apply(&mut state, &event);
    let strategy = &ThreadsOrProcesses::result(&state)["ways"][0];
    assert_eq!(strategy["context_switches"]["voluntary"], 5);
    assert_eq!(strategy["context_switches"]["involuntary"], 6);
    assert_eq!(strategy["total_ms"]["median"], 82.0);
}

#[test]
fn the_switches_are_those_of_the_last_run_that_reported_them() {
    let mut state = ThreadsOrProcesses::state(&settings());
    let texts = [Some((5, 6)), Some((7, 8)), None];
    for (round, texts) in texts.into_iter().enumerate() {
        let switches = texts.map(|(voluntary, involuntary)| Switches { voluntary, involuntary });
        let run = Fact::Timed {
            round,
            work: Work::Cpu,
            strategy: Strategy::Threads,
            n: 4,
            ns: 82_000_000,
            switches,
        };
        apply(&mut state, run);
    }
    let switches = &ThreadsOrProcesses::result(&state)["ways"][0]["context_switches"];
    assert_eq!(*switches, json!({ "voluntary": 7, "involuntary": 8 }));
}

#[test]
fn the_guides_reasons_are_figures_measured_here() {
    let with = |answers: [usize; 5]| {
        let mut state = rehearsed();
        state.answers = answers.map(Some);
        let advice = advice(&state).unwrap();
        (advice.verdict, advice.reasons)
    };
    let (verdict, reasons) = with([1, 2, 0, 2, 0]);
    assert_eq!(verdict, "async");
    assert_eq!(
        reasons[0],
        reason(
            "Waiting needs no core; but each waiting thread needs memory, and an async task hardly any.",
            "4 threads that wait, compared with serial: 3.89 times as fast (3.89 to 4.01). 10,000 waiting threads take 117 MiB."
        )
    );
    let (verdict, reasons) = with([1, 0, 0, 1, 1]);
    assert_eq!(verdict, "processes");
    assert_eq!(
        reasons[2..],
        [
            reason(
                "Processes share nothing by themselves: data travels in messages.",
                "A message there and back: 9.00 µs on one core, 41.0 µs across two."
            ),
            reason(
                "To start one costs time: a pool pays it once.",
                "To start a thread: 18.0 µs; a process: 720 µs."
            ),
        ]
    );
}

#[test]
fn an_answer_given_again_takes_back_the_later_ones() {
    let mut state = rehearsed();
    let again = Fact::Answered { question: 1, answer: 2 };
    ThreadsOrProcesses::apply(
        &mut state,
        &Stamped { at: 0, lane: LaneId(0), what: What::Fact(again) },
    );
    assert_eq!(state.answers, [Some(0), Some(2), None, None, None]);
    assert_eq!(advice(&state), None);
}

#[test]
fn the_result_has_the_fields_of_the_contract() {
    let result = ThreadsOrProcesses::result(&rehearsed());
    let threads = &result["ways"]
        .as_array()
        .unwrap()
        .iter()
        .find(|strategy| strategy["way"] == "threads")
        .unwrap();
    assert_eq!((threads["n"].as_u64(), threads["work"].as_str()), (Some(4), Some("cpu")));
    assert!((threads["total_ms"]["median"].as_f64().unwrap() - 82.0).abs() < 1e-9);
    assert!(result["costs"]["process_start_us"]["median"].is_number());
    assert_eq!(result["drift"]["process_sees"], 0);
    assert_eq!(result["isolation"]["process_pool_survived"], true);
}

#[test]
fn the_sample_makes_a_scene_of_each_size() {
    let run = played::<ThreadsOrProcesses>(sample_events::events(), settings());
    for detail in [Detail::Compact, Detail::Full] {
        assert!(!run.scene(detail, &ViewOptions::default()).rows.is_empty());
    }
    assert!(run.finished());
}

#[test]
fn each_way_with_threads_does_all_the_work() {
    let (stop, over) = (Stop::new(), Stop::new());
    let listener = Server::bind().unwrap();
    let (server, fault) = (listener.address(), OnceLock::new());
    let file = std::env::current_exe().unwrap();
    let mut done = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| serve(listener, &over, &fault));
        for work in Work::ALL {
            let task = Task::of(work, Duration::from_millis(4), calibrate(&stop), server, &file);
            for strategy in [Strategy::Serial, Strategy::Threads, Strategy::Gil] {
                let run = StrategyRun {
                    task: &task,
                    n: 2,
                    stop: &stop,
                    program: &file,
                    recorder: None,
                    name: "test",
                };
                done.push((work, strategy, task.requests, run.tasks(strategy)));
            }
        }
        over.request();
    });
    // Looked at now: a failed assertion would have left the server waiting.
    for (work, strategy, requests, tasks) in done {
        let tasks = tasks.unwrap();
        let bytes = u64::from(requests) * 64 * 1024;
        assert!(tasks.iter().all(|done| done.bytes == bytes), "{tasks:?}");
        let hashes: Vec<_> = tasks.iter().map(|done| done.hash).collect();
        assert_eq!(hashes.len(), 2, "{work:?} {strategy}");
        assert_eq!(hashes[0], hashes[1], "{work:?} {strategy}: each does the same");
        assert_eq!(hashes[0] != 0, work != Work::Io);
    }
}

#[test]
fn a_stop_ends_a_share_that_would_take_hours() {
    let stop = Stop::new();
    stop.request();
    let task = Task {
        rounds: u64::MAX,
        requests: 0,
        server: ([127, 0, 0, 1], 1).into(),
        file: PathBuf::new(),
    };
    assert!(task.run(None, &stop).is_err());
}

#[test]
fn a_share_that_fails_under_the_gil_does_not_keep_it() {
    let stop = Stop::new();
    let gil = crate::kit::gil::Gil::new(crate::kit::gil::SWITCH_INTERVAL, stop.clone());
    let server = Server::bind().unwrap();
    let task = Task {
        rounds: 1,
        requests: 1,
        server: server.address(),
        file: std::env::current_exe().unwrap(),
    };
    // Nobody answers: the caller in the server's queue learns that it is gone.
    std::thread::scope(|scope| {
        let failed = scope.spawn(|| task.run(Some(&gil), &stop));
        drop(server);
        assert!(failed.join().unwrap().is_err());
    });
    std::thread::scope(|scope| {
        let next = scope.spawn(|| gil.acquire());
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        while !next.is_finished() && std::time::Instant::now() < deadline {
            std::thread::yield_now();
        }
        // Ends the wait if there is one.
        stop.request();
        assert!(next.join().unwrap().is_ok(), "the GIL is still held");
    });
}
