//! What is made of records, without any script.

use super::super::facts::Fact;
use super::places::Places;
use super::watcher::Watcher;
use crate::kit::event::{LaneEvent, What};
use crate::kit::python::{ChildTask, Definition, Record, RecordKind, RecordPlace, Scope, Seen};
use crate::kit::recorder::recorder;

/// The thread of all records.
const THREAD: u64 = 7;

/// The lane events of these records, without those that define something.
fn events(definitions: Vec<Definition>, kinds: &[RecordKind]) -> Vec<LaneEvent> {
    let (recorder, mut reader) = recorder::<Fact>();
    let lane = recorder.lane("script");
    let start = RecordKind::ThreadStart { thread: THREAD, os_tid: 99 };
    let record = |kind| Record { at: 0, ident: 1, kind, place: RecordPlace::default() };
    let mut seen = Seen {
        definitions: definitions.into_iter().map(|one| (Scope(0), one)).collect(),
        records: std::iter::once(start).chain(kinds.iter().copied()).map(record).collect(),
        begun: vec![50],
        ..Seen::default()
    };
    Watcher::new(&lane, Places::default()).take(&mut seen);
    let mut all = Vec::new();
    while reader.drain(100, |event| all.push(event.what)) > 0 {}
    let events = all.into_iter().filter_map(|what| match what {
        What::Lane(event) => Some(event),
        What::Fact(_) => None,
    });
    let defines =
        |event: &LaneEvent| matches!(event, LaneEvent::Defined { .. } | LaneEvent::Started { .. });
    events.filter(|event| !defines(event)).skip(1).collect()
}

#[test]
fn a_thread_waits_for_a_condition_until_it_wants_the_lock_back() {
    let lock = |lock, kind: &str| Definition::Lock {
        lock,
        kind: kind.into(),
        line: 1,
        file: "/none/x.py".into(),
    };
    let kinds = [
        RecordKind::WaitBegin { tool: 2 },
        RecordKind::LockReleased { lock: 1, depth: 0 },
        RecordKind::LockWant { lock: 1, timed: false },
        RecordKind::LockGot { lock: 1, depth: 1 },
        RecordKind::WaitEnd,
        RecordKind::LockReleased { lock: 1, depth: 0 },
    ];
    let events = events(vec![lock(1, "lock"), lock(2, "condition")], &kinds);
    let [first, released, again, want, got, end, last] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert!(matches!(first, LaneEvent::Waiting { .. }), "{events:?}");
    assert!(matches!(released, LaneEvent::Released { .. }), "{events:?}");
    assert_eq!(first, again);
    assert!(matches!(want, LaneEvent::Waiting { .. }) && want != first, "{events:?}");
    assert!(matches!(got, LaneEvent::Acquired { .. }), "{events:?}");
    assert_eq!((end, last), (&LaneEvent::Running, released));
}

#[test]
fn a_chunk_has_a_label_however_large_its_numbers_are() {
    let pool = Definition::Pool { pool: 3, line: 1, file: "/none/x.py".into() };
    let largest = u64::MAX;
    let task = ChildTask { parent: 50, of_pool: true, number: largest, chunk: largest };
    let labels = [1, 2].map(|chunks| {
        let kinds = [
            RecordKind::PoolTasks { pool: 3, call: largest, items: 9, chunks },
            RecordKind::ChildTaskStarted { task },
        ];
        match events(vec![pool.clone()], &kinds).as_slice() {
            [LaneEvent::TaskStarted { label, .. }] => label.to_string(),
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(labels, [format!("task {largest}"), format!("chunk {largest}")]);
}
