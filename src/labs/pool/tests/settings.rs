//! The settings in their places, and the works that the search for the break-even tries.

use super::super::experiment::break_even::Search;
use super::super::experiment::variants;
use super::whole::{run, variant};
use super::*;
use crate::kit::child::payload::{decode, encode};
use crate::kit::recorder::recorder;

#[test]
fn settings_are_read_into_their_places() {
    let json = |set: &[(&str, &str)]| serde_json::to_string(&plan(set)).unwrap();
    assert_eq!(
        json(&[]),
        r#"{"sizes":[2,4,8],"from":1,"to":10,"work":"square","repeat":9,"chunk":null,"start":"forkserver","python":true,"break_even":true,"timing":"whole"}"#
    );
    let set = [
        ("sizes", "3,5"),
        ("from", "2"),
        ("to", "7"),
        ("work", "sleep:4us"),
        ("repeat", "11"),
        ("chunk", "13"),
        ("start", "spawn"),
        ("python", "off"),
        ("break_even", "off"),
        ("timing", "warm"),
    ];
    assert_eq!(
        json(&set),
        r#"{"sizes":[3,5],"from":2,"to":7,"work":{"sleep":{"secs":0,"nanos":4000}},"repeat":11,"chunk":13,"start":"spawn","python":false,"break_even":false,"timing":"warm"}"#
    );
    let tasks = |work| plan(&[("work", work)]).task();
    assert_eq!(
        ["square", "spin:2ms", "sleep:3s"].map(tasks),
        ["square", "compute 2.00 ms and square", "sleep 3.00 s and square"]
    );
    let plain = plan(&[]);
    assert_eq!([1, 3, 4, 10, 64].map(|size| plain.chunk_for(size)), [10, 4, 3, 1, 1]);
    assert_eq!(plan(&[("chunk", "5")]).chunk_for(3), 5);
    let squares: Vec<_> = plan(&[("from", "3"), ("to", "5")]).squares().collect();
    assert_eq!(squares, [9, 16, 25]);
    // Only the timing can change without measuring again.
    for (key, value) in set {
        let same = plain.same_measurement(&plan(&[(key, value)]));
        assert_eq!(same, key == "timing", "{key}");
    }
}

#[test]
fn the_search_for_the_break_even_tries_these_works() {
    // Beside computing a run takes 2.4 ms; of 10 tasks, 5 are saved by two workers.
    let mut state = ProcessPoolLab::state(&settings(&[]));
    let moments = [500, 900, 1_200, 5_000, 5_600, 6_200];
    run(&mut state, 1, variant(Mode::Processes, 2), moments, &[]);
    let pool = variant(Mode::Processes, 2);
    let bar = state.bars.iter().find(|bar| bar.variant == pool).unwrap();
    let samples = &bar.samples;
    let tried = |pays_from: u64| {
        let mut search = Search::from(&plan(&[]), samples).unwrap();
        let mut tried = Vec::new();
        while let Some(plan) = search.next() {
            let Work::Spin(work) = plan.work else { panic!("{plan:?}") };
            let work = u64::try_from(work.as_nanos()).unwrap();
            let pair = if work >= pays_from { (2.0, 1.0) } else { (1.0, 2.0) };
            let sentence = search.record(&[pair; Search::REPEAT]).unwrap();
            assert_eq!((sentence.size, sentence.work_ns), (2, work));
            assert_eq!((sentence.serial_ns, sentence.processes_ns), pair);
            tried.push(work / 1_000);
        }
        (tried, search.found().work_ns, search.found().lost_ns)
    };
    assert_eq!(
        tried(1_000_000),
        (vec![480, 960, 1_900, 1_400, 1_100, 1_000], Some(1_000_000), Some(960_000))
    );
    assert_eq!(tried(200_000), (vec![480, 240, 120, 180, 210, 190], Some(210_000), Some(190_000)));
    // Nothing is told of pools that were not measured.
    assert!(Search::from(&plan(&[("sizes", "4")]), samples).is_none());
    // Two tries of 1.6 s are more than all may take.
    let mut search = Search::from(&plan(&[]), samples).unwrap();
    let pairs = [(1e8, 1.6e8); Search::REPEAT];
    assert!(search.next().is_some() && search.record(&pairs).is_some());
    assert!(search.next().is_some() && search.record(&pairs).is_some());
    assert!(search.next().is_none());
}

#[test]
fn a_pool_of_threads_is_measured_as_what_it_is() {
    let (recorder, _intake) = recorder();
    let lane = recorder.lane("test");
    let plan = plan(&[("from", "5"), ("to", "9")]);
    let sample = variants::threads(&plan, 3, &lane, &Stop::new()).unwrap();
    assert_eq!(sample.variant, variant(Mode::Threads, 3));
    assert_eq!(*sample.results, [25, 36, 49, 64, 81]);
    assert!(sample.parts_ns.spawn > 0.0);
    // Idle threads are woken to end: no system does that in less than a microsecond.
    assert!(sample.parts_ns.join > 1_000.0, "{:?}", sample.parts_ns);
    assert!((sample.parts_ns.total() - sample.total_ns).abs() < 1.0);
    let alone = variants::serial(&plan, &Stop::new()).unwrap();
    assert_eq!((alone.variant, &*alone.results), (variant(Mode::Serial, 1), &*sample.results));
}

#[test]
fn work_takes_the_time_that_is_set() {
    let cpu = || {
        let clock = rustix::time::ClockId::ThreadCPUTime;
        Duration::try_from(rustix::time::clock_gettime(clock)).unwrap()
    };
    let time = Duration::from_millis(3);
    let began = cpu();
    assert_eq!(Work::Spin(time).perform(7, &Stop::new()), Some(49));
    assert!(cpu() >= began + time);
    let began = std::time::Instant::now();
    assert_eq!(Work::Sleep(time).perform(8, &Stop::new()), Some(64));
    assert!(began.elapsed() >= time);
    for work in [Work::Square, Work::Spin(time), Work::Sleep(time)] {
        assert_eq!(decode(&encode(&work).unwrap()), Some(work));
    }
}
