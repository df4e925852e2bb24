//! What a pool emits: in the lane of the thread that submits, and in those of its workers.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use threadbare::kit::child::Start;
use threadbare::kit::event::{LaneEvent, LaneKind, What};
use threadbare::kit::future::{Failure, TaskError};
use threadbare::kit::process_pool::worker_fns::{Exit, Fail, Square};
use threadbare::kit::process_pool::{Milestones, Observer, Policy, ProcessPool, Shutdown};
use threadbare::kit::recorder::{recorder, set_sink};

use crate::common::{builder, soon, with_each_start};

/// Runs `work` on an observed pool of one worker, drains the pool, and gives the events of
/// each lane, in the order of the lanes, each in its JSON form without pids.
fn lanes(start: &Start, work: impl FnOnce(&ProcessPool)) -> Vec<Vec<String>> {
    let (recorder, mut reader) = recorder::<()>();
    let main = Rc::new(recorder.lane("main"));
    let _sink = set_sink(main.clone());
    let observer: Observer =
        Arc::new(move |name, pid| Box::new(recorder.lane_of(name, LaneKind::Process { pid })));
    let pool = builder(1, start);
    let pool = pool.policy(Policy::Replace { retries: 1 }).observer(observer).build().unwrap();
    work(&pool);
    pool.shutdown(Shutdown::Drain);
    main.flush();
    let mut lanes = BTreeMap::<_, Vec<_>>::new();
    while reader.drain(1000, |event| {
        let What::Lane(what) = event.what else { return };
        let text = match what {
            LaneEvent::Started { name, .. } => format!("started {name}"),
            other => serde_json::to_string(&other).unwrap(),
        };
        lanes.entry(event.lane.0).or_default().push(text);
    }) > 0
    {}
    lanes.into_values().collect()
}

/// What was sent to or received from the worker whose socket is this.
fn bytes(way: &str, socket: u32, bytes: usize) -> String {
    format!(r#"{{"event":"xfer.{way}","resource":{socket},"bytes":{bytes}}}"#)
}

fn start(task: u32, label: &str) -> String {
    format!(r#"{{"event":"task.start","task":{task},"label":"{label}"}}"#)
}

fn end(task: u32, outcome: &str) -> String {
    format!(r#"{{"event":"task.end","task":{task},{outcome}}}"#)
}

const FINISHED: &str = r#""outcome":"finished""#;
const LOST: &str = r#""outcome":"lost","cause":"exited with code 3""#;

/// A frame has 8 bytes before what it carries. A chunk carries its number (8), a name, a
/// count (4) and arguments; an answer the chunk's number, a time (8), a count and results. What
/// has a length of its own has 4 bytes for it, a result 1 for its kind. Values are JSON.
#[test]
fn a_workers_lane_holds_each_task_message_and_end() {
    let mut place = String::new();
    let lanes = lanes(&Start::Spawn, |pool| {
        pool.wait_ready(&soon()).unwrap();
        assert_eq!(pool.submit::<Square>(&7).unwrap().take(&soon()), Ok(49));
        let squares = pool.map::<Square>(&[2, 3], Some(2)).unwrap();
        assert_eq!(squares.collect::<Result<Vec<_>, _>>().unwrap(), [4, 9]);
        let failed = pool.submit::<Fail>(&"in vain".to_owned()).unwrap().take(&soon());
        if let Err(Failure::Task(TaskError::Failed { place: at, .. })) = failed {
            place = at.to_string();
        }
        let Milestones { made, spawned, ready, sent, computed, received, ended } =
            pool.view().milestones;
        let moments = [made, spawned, ready, sent, computed, received];
        assert!(made > 0 && moments.is_sorted() && ended == 0, "{moments:?}");
        pool.submit::<Exit>(&3).unwrap().take(&soon()).unwrap_err();
    });
    assert!(place.starts_with("src/kit/process_pool/worker_fns.rs:"), "{place}");
    let queued = |task: u32, label: &str| {
        format!(r#"{{"event":"task.submit","task":{task},"label":"{label}"}}"#)
    };
    let main = [
        "started main".to_owned(),
        queued(0, "square"),
        queued(1, "square"),
        queued(2, "square"),
        queued(3, "fail"),
        queued(4, "exit"),
    ];
    assert_eq!(lanes[0], main);
    let socket = |number: u32| {
        format!(r#"{{"event":"resource","resource":{number},"name":"socket","kind":"pipe"}}"#)
    };
    let idle = r#"{"event":"thread.idle"}"#.to_owned();
    let failed =
        format!(r#""outcome":"failed","error":"ValueError in worker 0 at {place}: in vain""#);
    let ended = |code: u32| format!(r#"{{"event":"thread.end","ending":"exited","code":{code}}}"#);
    let first = [
        "started worker 0".to_owned(),
        socket(0),
        bytes("receive", 0, 8 + 8),
        idle.clone(),
        start(0, "square"),
        bytes("send", 0, 8 + 8 + (4 + 6) + 4 + (4 + "7".len())),
        bytes("receive", 0, 8 + 8 + 8 + 4 + (1 + 4 + "49".len())),
        end(0, FINISHED),
        idle.clone(),
        start(1, "square"),
        start(2, "square"),
        bytes("send", 0, 8 + 8 + (4 + 6) + 4 + 2 * (4 + "2".len())),
        bytes("receive", 0, 8 + 8 + 8 + 4 + 2 * (1 + 4 + "4".len())),
        end(1, FINISHED),
        end(2, FINISHED),
        idle.clone(),
        start(3, "fail"),
        bytes("send", 0, 8 + 8 + (4 + 4) + 4 + (4 + "\"in vain\"".len())),
        bytes("receive", 0, 8 + 8 + 8 + 4 + 1 + (4 + 10) + (4 + 7) + (4 + place.len())),
        end(3, &failed),
        idle,
        start(4, "exit"),
        bytes("send", 0, 8 + 8 + (4 + 4) + 4 + (4 + "3".len())),
        end(4, LOST),
        ended(3),
    ];
    assert_eq!(lanes[1], first);
    // The task is given to another worker once; its hello comes when it comes.
    let hello = bytes("receive", 1, 8 + 8);
    let second: Vec<_> = lanes[2].iter().filter(|event| **event != hello).collect();
    let sent = bytes("send", 1, 8 + 8 + (4 + 4) + 4 + (4 + "3".len()));
    let (started, socket, task) = ("started worker 1".to_owned(), socket(1), start(4, "exit"));
    assert_eq!(second, [&started, &socket, &task, &sent, &end(4, LOST), &ended(3)]);
}

/// A worker of the fork server has tasks before its pid is known, and no lane before that.
#[test]
fn what_happens_before_a_worker_has_its_lane_is_emitted_there_too() {
    with_each_start(|how| {
        let lanes = lanes(&how, |pool| {
            let squares = pool.map::<Square>(&[2, 3, 4], Some(3)).unwrap();
            assert_eq!(squares.collect::<Result<Vec<_>, _>>().unwrap(), [4, 9, 16]);
        });
        let tasks: Vec<_> = lanes[1].iter().filter(|event| event.contains("task.")).collect();
        let expected = [start(0, "square"), start(1, "square"), start(2, "square")];
        assert_eq!(tasks[..3], expected.iter().collect::<Vec<_>>());
        assert_eq!(
            tasks[3..],
            [0, 1, 2].map(|task| end(task, FINISHED)).iter().collect::<Vec<_>>()
        );
    });
}

#[test]
fn the_error_of_a_death_names_the_task_the_process_and_each_attempt() {
    with_each_start(|how| {
        let died = |pid, attempts| {
            let (task, cause) = ("exit #0".into(), "exited with code 3".into());
            Err(Failure::Task(TaskError::WorkerDied { task, pid, cause, attempts }))
        };
        let broken = builder(1, &how).build().unwrap();
        broken.wait_ready(&soon()).unwrap();
        let pid = broken.view().workers[0].pid;
        let exit = broken.submit::<Exit>(&3).unwrap();
        let waits = broken.submit::<Square>(&2);
        assert_eq!(exit.take(&soon()), died(pid, 1));
        if let Ok(waits) = waits {
            let (task, reason) =
                ("square #1".into(), format!("worker {pid} exited with code 3").into());
            let error = TaskError::Broken { task, reason };
            assert_eq!(waits.take(&soon()), Err(Failure::Task(error)));
        }
        let pool = builder(1, &how).policy(Policy::Replace { retries: 2 }).build().unwrap();
        let error = pool.submit::<Exit>(&3).unwrap().take(&soon());
        let gone: Vec<_> = pool.view().gone.iter().map(|gone| gone.pid).collect();
        assert_eq!(gone.len(), 3);
        assert_eq!(error, died(gone[2], 3));
    });
}
