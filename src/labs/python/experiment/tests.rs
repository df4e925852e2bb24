//! What is made of records, without any script.

use proptest::prelude::*;
use proptest::sample::{Index, select};

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

const WORDS: [&str; 18] = [
    "python",
    "thread",
    "lock",
    "queue",
    "pipe",
    "value",
    "executor",
    "function",
    "file",
    "list",
    "failed",
    "raised",
    "process",
    "exit",
    "pool",
    "pool_size",
    "same",
    "unwatched",
];
const TEXTS: [&str; 8] =
    ["fork", "main", "worker", "helper", "processes", "multiprocessing.queue", "pool", "x,y"];

/// A number that is likely to be one of something.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..6_u64, 1 => 45..55_u64, 1 => any::<u64>()]
}

/// Bytes that are nearly what a process of a script writes: definitions and records.
fn written() -> impl Strategy<Value = [Vec<u8>; 2]> {
    let field = prop_oneof![
        4 => number().prop_map(|number| number.to_string()),
        1 => select(&TEXTS[..]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let line = (select(&WORDS[..]), prop::collection::vec(field, 0..7));
    let line = line.prop_map(|(word, fields)| format!("{word}\t{}\n", fields.join("\t")));
    let lines = prop::collection::vec(line, 0..20).prop_map(|lines| lines.concat().into_bytes());
    let kind = (0..90_u64, 0..4_u64).prop_map(|(kind, c)| kind | c << 32);
    let record = (prop::array::uniform5(number()), kind, number(), number());
    let record = record.prop_map(|(first, kind, place, number)| {
        let fields = first.into_iter().chain([kind, place, number]);
        fields.flat_map(u64::to_le_bytes).collect::<Vec<_>>()
    });
    let records = prop::collection::vec(record, 0..60).prop_map(|records| records.concat());
    let change = prop::collection::vec((any::<Index>(), any::<u8>()), 0..6);
    (lines, records, change.clone(), change).prop_map(|(mut lines, mut records, first, second)| {
        for (bytes, changes) in [(&mut lines, first), (&mut records, second)] {
            for (at, byte) in changes {
                if !bytes.is_empty() {
                    let at = at.index(bytes.len());
                    bytes[at] = byte;
                }
            }
        }
        [lines, records]
    })
}

proptest! {
    /// Nothing that a process writes into its files ends this program.
    #[test]
    fn whatever_processes_write_is_counted_without_harm(
        looks in prop::collection::vec(prop::array::uniform2(written()), 1..4),
    ) {
        let (recorder, _reader) = recorder::<Fact>();
        let lane = recorder.lane("script");
        let mut watcher = Watcher::new(&lane, Places::default());
        let mut seen = Seen { begun: vec![50, 51], ..Seen::default() };
        let mut count = 0;
        for look in looks {
            for ([lines, records], scope) in look.into_iter().zip([Scope(0), Scope(1)]) {
                let mut definitions = Vec::new();
                Definition::read_all(&lines, scope, &mut definitions);
                seen.definitions.extend(definitions.into_iter().map(|one| (scope, one)));
                let before = seen.records.len();
                let bad = Record::read_all(&records, scope, &mut seen.records);
                count += seen.records.len() - before;
                prop_assert_eq!((seen.records.len() - before) as u64 + bad, records.len() as u64 / 64);
            }
            watcher.take(&mut seen);
        }
        watcher.end(None);
        let figures = watcher.figures(1_000, (count as u64, 0));
        let accesses: u64 = figures.values.iter().map(|value| value.reads + value.writes).sum();
        prop_assert!(accesses <= count as u64);
        prop_assert!(serde_json::to_string(&figures).is_ok());
    }
}
