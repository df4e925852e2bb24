//! Made-up facts and what must follow from them; real runs of each way.

use std::path::PathBuf;
use std::time::Duration;

use super::guide::advice;
use super::state::{Way, Work};
use super::ways::Run;
use super::work::{Share, calibrate, listen, serve};
use super::*;
use crate::kit::event::{LaneId, What};
use crate::kit::stop::Stop;
use crate::lab::{Entry, Look};
use crate::scene::Weight;

fn settings() -> Settings {
    Settings::defaults(&Worlds::INFO, 1, PathBuf::from("threadbare"), false)
}

fn rehearsed() -> State {
    let mut state = Worlds::state(&settings());
    state.cores = 2;
    for event in Worlds::rehearsal() {
        Worlds::apply(&mut state, &event);
    }
    state
}

#[test]
fn the_findings_say_what_the_figures_say() {
    let findings: Vec<_> = scene::scene(&rehearsed(), Detail::Full)
        .findings
        .into_iter()
        .map(|f| f.text)
        .collect();
    assert!(
        findings[0].starts_with("Computing: 4 threads are 1.95 times as fast as serial"),
        "{findings:#?}"
    );
    assert!(
        findings[0].contains("under the GIL model it stays at 0.97"),
        "{findings:#?}"
    );
    assert!(
        findings[1].starts_with("Waiting: threads are 3.93 times"),
        "{findings:#?}"
    );
    assert!(
        findings[2].starts_with("CPython 3.11.7 (with its GIL), measured"),
        "{findings:#?}"
    );
}

#[test]
fn on_one_core_nothing_helps_and_the_finding_says_so() {
    let mut state = rehearsed();
    state.cores = 1;
    let first = &scene::scene(&state, Detail::Full).findings[0];
    assert_eq!(first.weight, Weight::Caution);
    assert!(
        first.text.contains("on one core nothing helps"),
        "{}",
        first.text
    );
}

#[test]
fn the_guide_sends_computing_python_to_processes_and_gives_reasons() {
    let advice = advice(&rehearsed()).unwrap();
    assert_eq!(advice.verdict, "processes");
    assert!(
        advice.reasons[0].contains("under a global lock, threads are 0.97 times"),
        "{:#?}",
        advice.reasons
    );
}

#[test]
fn an_answer_given_again_takes_back_the_later_ones() {
    let mut state = rehearsed();
    let again = Fact::Answered {
        question: 1,
        answer: 2,
    };
    Worlds::apply(
        &mut state,
        &Stamped {
            at: 0,
            lane: LaneId(0),
            what: What::Fact(again),
        },
    );
    assert_eq!(state.answers, [Some(0), Some(2), None, None, None]);
    assert_eq!(advice(&state), None);
}

#[test]
fn the_result_has_the_fields_of_the_contract() {
    let result = Worlds::result(&rehearsed());
    let threads = &result["ways"]
        .as_array()
        .unwrap()
        .iter()
        .find(|way| way["way"] == "threads")
        .unwrap();
    assert_eq!(
        (threads["n"].as_u64(), threads["work"].as_str()),
        (Some(4), Some("cpu"))
    );
    assert!((threads["total_ms"]["median"].as_f64().unwrap() - 82.0).abs() < 1e-9);
    assert!(result["costs"]["process_start_us"]["median"].is_number());
    assert_eq!(result["drift"]["process_sees"], 0);
    assert_eq!(result["isolation"]["process_pool_survived"], true);
}

#[test]
fn the_rehearsal_makes_a_scene_of_each_size() {
    let run = Entry::of::<Worlds>().rehearse(settings());
    for detail in [Detail::Compact, Detail::Full] {
        assert!(!run.scene(detail, &Look::default()).rows.is_empty());
    }
    assert!(run.finished());
}

#[test]
fn each_way_with_threads_does_all_the_work() {
    let (stop, over) = (Stop::new(), Stop::new());
    let listener = listen().unwrap();
    let server = listener.local_addr().unwrap();
    let file = std::env::current_exe().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| serve(&listener, &over));
        for work in Work::ALL {
            let share = Share::of(
                work,
                Duration::from_millis(4),
                calibrate(&stop),
                server,
                &file,
            );
            for way in [Way::Serial, Way::Threads, Way::Gil] {
                let run = Run {
                    share: &share,
                    n: 2,
                    stop: &stop,
                    program: &file,
                    probe: None,
                    name: "test",
                };
                assert!(run.go(way).unwrap().ns > 0, "{work:?} {way}");
            }
        }
        over.request();
        let _ = std::net::TcpStream::connect(server);
    });
}

#[test]
fn a_stop_ends_a_share_that_would_take_hours() {
    let stop = Stop::new();
    stop.request();
    let share = Share {
        rounds: u64::MAX,
        requests: 0,
        server: ([127, 0, 0, 1], 1).into(),
        file: PathBuf::new(),
    };
    assert!(share.run(None, &stop).is_err());
}
