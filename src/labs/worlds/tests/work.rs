//! The work of one task, done for real.

use std::sync::OnceLock;

use super::super::experiment::strategies::StrategyRun;
use super::super::experiment::work::{Task, calibrate, serve};
use super::*;
use crate::kit::stop::Stop;
use crate::kit::stream::Server;

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
