//! The GIL model in the comparison: who holds it when, and that only its own way has it.

use std::sync::OnceLock;
use std::time::Instant;

use super::super::experiment::strategies::StrategyRun;
use super::super::experiment::work::{Task, serve};
use super::*;
use crate::kit::event::{LaneEvent, ResourceKind};
use crate::kit::gil::{Gil, SWITCH_INTERVAL};
use crate::kit::recorder::{EventReader, recorder};
use crate::kit::stop::Stop;
use crate::kit::stream::Server;

const LIMIT: Duration = Duration::from_mins(1);

/// What each lane did with the GIL, in letters: `w`aits, `a`cquired, `r`eleased.
#[derive(Default)]
struct Uses(std::collections::BTreeMap<String, String>);

impl Uses {
    fn read(&mut self, reader: &mut EventReader<Fact>, lanes: &mut Vec<(LaneId, String)>) {
        reader.drain(100_000, |event| {
            let What::Lane(what) = event.what else { return };
            if let LaneEvent::Started { name, .. } = &what {
                lanes.push((event.lane, name.to_string()));
                self.0.insert(name.to_string(), String::new());
            }
            if let LaneEvent::Defined { name, kind, .. } = &what {
                assert_eq!((&**name, *kind), ("GIL (a model)", ResourceKind::Lock));
            }
            let letter = match what {
                LaneEvent::Waiting { .. } => 'w',
                LaneEvent::Acquired { .. } => 'a',
                LaneEvent::Released { .. } => 'r',
                _ => return,
            };
            let (_, name) = lanes.iter().find(|(lane, _)| *lane == event.lane).unwrap();
            self.0.get_mut(name).unwrap().push(letter);
        });
    }
}

/// Each way with this task, and what its threads did with the GIL.
fn uses(strategy: Strategy, task: &Task, n: usize, stop_after: usize) -> Uses {
    let (recorder, mut reader) = recorder();
    let (stop, program) = (Stop::new(), PathBuf::from("unused"));
    let mut uses = Uses::default();
    let mut lanes = Vec::new();
    std::thread::scope(|scope| {
        let run = scope.spawn(|| {
            let (stop, program, recorder) = (&stop, &*program, Some(&recorder));
            StrategyRun { task, n, stop, program, recorder, name: "way" }.tasks(strategy)
        });
        let deadline = Instant::now() + LIMIT;
        while !run.is_finished() && Instant::now() < deadline {
            reader.wait(Duration::from_millis(10));
            uses.read(&mut reader, &mut lanes);
            let acquired = uses.0.values().flat_map(|letters| letters.chars());
            if acquired.filter(|letter| *letter == 'a').count() >= stop_after {
                stop.request();
            }
        }
        stop.request();
        let _ = run.join().unwrap();
    });
    uses.read(&mut reader, &mut lanes);
    uses
}

#[test]
fn around_each_wait_the_lock_is_given_up_and_no_other_way_has_one() {
    let (over, fault) = (Stop::new(), OnceLock::new());
    let listener = Server::bind().unwrap();
    let server = listener.address();
    let task = Task { rounds: 3, requests: 4, server, file: std::env::current_exe().unwrap() };
    let of = |uses: Uses| uses.0.into_iter().collect::<Vec<_>>();
    let (alone, without) = std::thread::scope(|scope| {
        scope.spawn(|| serve(listener, &over, &fault));
        let alone = uses(Strategy::Gil, &task, 1, usize::MAX);
        let without = uses(Strategy::Threads, &task, 2, usize::MAX);
        over.request();
        (of(alone), of(without))
    });
    let lane = |at: usize, letters: &str| (format!("way-{at}"), letters.to_owned());
    // At its start, after each of the four waits, and given back each time.
    assert_eq!(alone, [lane(1, "ararararar")]);
    assert_eq!(without, [lane(1, ""), lane(2, "")]);
}

/// Two that only compute hand it over while they do: each waits, gets it and loses it.
#[test]
fn threads_that_compute_hand_the_lock_over_at_the_switch_interval() {
    assert_eq!(SWITCH_INTERVAL, Duration::from_millis(5), "as CPython has it");
    let server = ([127, 0, 0, 1], 1).into();
    let task = Task { rounds: u64::MAX, requests: 0, server, file: PathBuf::new() };
    let began = Instant::now();
    let uses = uses(Strategy::Gil, &task, 2, 30);
    // Thirty intervals of a few seconds each would have taken longer.
    assert!(began.elapsed() < LIMIT, "{:?}", uses.0);
    for (name, letters) in &uses.0 {
        // Each had it again after the other, and released it before each time that it got it.
        let held = letters.replace('w', "");
        assert!(held.matches('a').count() >= 2 && !held.contains("aa"), "{name}: {letters}");
    }
    assert_eq!(uses.0.len(), 2);
}

#[test]
fn a_task_that_was_stopped_under_the_lock_has_given_it_back() {
    let (stop, gil_stop) = (Stop::new(), Stop::new());
    let gil = Gil::new(SWITCH_INTERVAL, gil_stop);
    stop.request();
    let server = ([127, 0, 0, 1], 1).into();
    let task = Task { rounds: u64::MAX, requests: 0, server, file: PathBuf::new() };
    assert!(task.run(Some(&gil), &stop).is_err());
    assert!(gil.acquire().is_ok());
    gil.release();
    assert_eq!(gil.waited(), Duration::ZERO);
}
