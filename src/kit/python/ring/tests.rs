//! A ring that the test itself writes, as the shim does and as it never would.

use std::fs::OpenOptions;

use proptest::prelude::*;

use super::super::record::{
    ChildTask, Content, ListOperation, LockFailure, PoolStep, QueueWant, RecordKind, TaskEnd,
    TaskId,
};
use super::*;

/// The writer's side.
struct Writer {
    file: File,
    _folder: tempfile::TempDir,
}

impl Writer {
    fn new() -> (Self, Ring) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ring");
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create_new(true).open(&path).unwrap();
        file.set_len(HEADER + SLOTS * RECORD as u64).unwrap();
        file.write_all_at(b"tbring\0\0", 0).unwrap();
        file.write_all_at(&(VERSION | 64 << 16 | SLOTS << 32).to_le_bytes(), 8).unwrap();
        let ring = Ring::open(&path, Scope(0)).unwrap().unwrap();
        (Self { file, _folder: folder }, ring)
    }

    fn write(&self, number: u64, kind: u64, object: u64, a: i64) {
        let fields = [number * 10, 7, object, a.cast_unsigned(), 0, kind, 0, number];
        let bytes: Vec<_> = fields.iter().flat_map(|field| field.to_le_bytes()).collect();
        self.file.write_all_at(&bytes, offset(number)).unwrap();
    }

    fn position(&self) -> u64 {
        let mut bytes = [0; 8];
        self.file.read_exact_at(&mut bytes, POSITION).unwrap();
        u64::from_le_bytes(bytes)
    }
}

fn read(ring: &mut Ring) -> Vec<u64> {
    let mut records = Vec::new();
    while ring.read(&mut records).unwrap() {}
    records.iter().map(|record| record.at / 10).collect()
}

#[test]
fn records_arrive_once_in_their_order_also_around_the_end_of_the_ring() {
    let (writer, mut ring) = Writer::new();
    let mut next = 1;
    for count in [0, 1, 1023, 1024, 1025, SLOTS - 1, SLOTS - 1024, 5] {
        (next..next + count).for_each(|number| writer.write(number, 21, 0, 0));
        assert_eq!(read(&mut ring), (next..next + count).collect::<Vec<_>>(), "{count}");
        next += count;
        assert_eq!(writer.position(), next - 1);
    }
    assert_eq!((ring.count(), ring.lost()), (next - 1, 0));
}

#[test]
fn a_fast_writer_is_followed_a_part_at_a_time() {
    let (writer, mut ring) = Writer::new();
    let (part, all) = ((CHUNKS * CHUNK) as u64, 10_000);
    for number in 1..=all {
        writer.write(number, 21, 0, 0);
    }
    let mut records = Vec::new();
    for seen in [part, 2 * part] {
        assert!(ring.read(&mut records).unwrap(), "there is more");
        assert_eq!((records.len() as u64, ring.count()), (seen, seen));
    }
    assert!(!ring.read_rest(&mut records).unwrap());
    assert_eq!((records.len() as u64, ring.count(), ring.lost()), (all, all, 0));
}

#[test]
fn a_record_that_is_not_complete_is_waited_for_and_at_the_end_counted_as_lost() {
    let (writer, mut ring) = Writer::new();
    for number in [1, 2, 4, 5, 8] {
        writer.write(number, 21, 0, 0);
    }
    assert_eq!(read(&mut ring), [1, 2]);
    writer.write(3, 21, 0, 0);
    assert_eq!(read(&mut ring), [3, 4, 5]);
    let mut records = Vec::new();
    ring.read_rest(&mut records).unwrap();
    assert_eq!(records.len(), 1);
    writer.file.write_all_at(&5_u64.to_le_bytes(), LOST).unwrap();
    assert_eq!((ring.count(), ring.lost()), (6, 7));
}

#[test]
fn each_kind_is_read_as_what_it_is() {
    let (writer, mut ring) = Writer::new();
    let task = TaskId { executor: 2, index: 9 };
    let child = ChildTask { parent: 77, of_pool: false, number: 9, chunk: 0 };
    let content = Content::Unknown;
    let accessed = RecordKind::Accessed { value: 2, written: true, cell: Some(0), content };
    let all = [
        (1, 3, 99, RecordKind::ThreadStart { thread: 3, os_tid: 99 }),
        (2, 3, 1, RecordKind::ThreadEnd { thread: 3, raised: true }),
        (10, 4, 1, RecordKind::LockWant { lock: 4, timed: true }),
        (11, 4, 2, RecordKind::LockGot { lock: 4, depth: 2 }),
        (12, 4, 0, RecordKind::LockReleased { lock: 4, depth: 0 }),
        (13, 4, 2, RecordKind::LockFailed { lock: 4, why: LockFailure::TimedOut }),
        (14, 4, 0, RecordKind::LockPassed { lock: 4 }),
        (20, 0, 500, RecordKind::SleepBegin { for_ns: 500 }),
        (21, 0, 0, RecordKind::SleepEnd),
        (22, 0, 0, RecordKind::JoinBegin { thread: None }),
        (22, 5, 0, RecordKind::JoinBegin { thread: Some(5) }),
        (23, 0, 0, RecordKind::JoinEnd),
        (24, 6, 1, RecordKind::WaitBegin { tool: 6 }),
        (25, 6, 0, RecordKind::WaitEnd),
        (26, 6, 3, RecordKind::Notified { tool: 6, waiters: 3 }),
        (31, 77, 0, RecordKind::ProcessWait { pid: 77, also: false }),
        (40, 2, 3, RecordKind::QueuePut { queue: 2, size: Some(3) }),
        (41, 2, -1, RecordKind::QueueGot { queue: 2, size: None }),
        (42, 2, 1, RecordKind::QueueWait { queue: 2, wants: QueueWant::Room, also: false }),
        (50, 2, 9, RecordKind::TaskSubmitted { task, function: 0, argument: Some(0) }),
        (51, 2, 9, RecordKind::TaskStarted { task }),
        (52, 2, 9, RecordKind::TaskEnded { task, end: TaskEnd::Finished }),
        (53, 0, 0, RecordKind::TaskWait { task: None }),
        (54, 2, 9, RecordKind::TaskAsked { task }),
        (55, 77, 9, RecordKind::ChildTaskStarted { task: child }),
        (56, 77, 9, RecordKind::ChildTaskEnded { task: child, failed: false }),
        (57, 2, 9, RecordKind::PoolTasks { pool: 2, call: 9, items: 0, chunks: 0 }),
        (58, 2, 3, RecordKind::Pool { pool: 2, step: PoolStep::Ended }),
        (59, 0, 9, RecordKind::PoolResult { call: 9 }),
        (60, 2, 9, RecordKind::ListDone { list: 2, operation: ListOperation::AddsOne, size: 9 }),
        (61, 2, 9, RecordKind::ListFailed { list: 2 }),
        (81, 2, 9, accessed),
    ];
    for (number, (kind, object, a, _)) in (1..).zip(all) {
        writer.write(number, kind, object, a);
    }
    writer.write(all.len() as u64 + 1, 77, 0, 0);
    let mut records = Vec::new();
    ring.read(&mut records).unwrap();
    let expected = all.map(|(.., kind)| kind);
    assert_eq!(records.iter().map(|record| record.kind).collect::<Vec<_>>(), expected);
    assert_eq!(ring.lost(), 1);
}

#[test]
fn a_number_of_one_process_is_none_of_another() {
    let scopes = [Scope(0), Scope(1), Scope(255)];
    let [first, second, last] = scopes.map(|scope| scope.number(7));
    assert!(first == 7 && second != 7 && last != second);
    assert_eq!([first, second, last].map(Scope::of), scopes);
    assert_eq!(Scope(1).same(last), second);
    // None stays none, and a number that is too large does not reach another process.
    assert_eq!(Scope(3).number(0), 0);
    assert_eq!(Scope::of(Scope(3).number(u64::MAX)), Scope(3));
}

#[test]
fn another_version_and_no_ring_are_distinguished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ring");
    assert!(Ring::open(&path, Scope(0)).unwrap().is_none());
    std::fs::write(&path, b"tbring\0\0 and more that is wrong").unwrap();
    assert!(Ring::open(&path, Scope(0)).is_err());
    std::fs::write(&path, b"").unwrap();
    assert!(Ring::open(&path, Scope(0)).is_err());
}

proptest! {
    /// Whatever stands in the file, reading ends and gives no more than the ring can hold.
    #[test]
    fn any_bytes_are_read_without_harm(
        bytes in proptest::collection::vec(any::<u8>(), 0..1024),
        numbers in proptest::collection::vec((0_u64..3000, any::<u64>(), any::<i64>()), 0..50),
        cut in any::<bool>(),
    ) {
        let (writer, mut ring) = Writer::new();
        writer.file.write_all_at(&bytes, 16).unwrap();
        for (number, kind, a) in numbers {
            if number > 0 {
                writer.write(number, kind % 40, kind, a);
            }
        }
        if cut {
            writer.file.set_len(HEADER + 640).unwrap();
        }
        let mut records = Vec::new();
        let _ = ring.read(&mut records);
        let _ = ring.read_rest(&mut records);
        prop_assert!(records.len() as u64 <= SLOTS);
        prop_assert!(ring.count() >= records.len() as u64);
    }
}

/// The numbers that a piece of source gives to kinds of record, with the first word of each name
/// in lower case.
fn kinds(lines: impl Iterator<Item = (String, String)>) -> Vec<(u64, String)> {
    let mut found: Vec<_> =
        lines.map(|(number, name)| (number.parse().unwrap(), name[..4].to_lowercase())).collect();
    found.sort();
    found
}

#[test]
fn both_sides_give_the_same_numbers_to_kinds_of_record() {
    let shim = include_str!("../../../../assets/python/shim/threadbare_shim/ring.py");
    let listed = shim.lines().skip_while(|line| !line.starts_with("THREAD_START"));
    let listed = listed.take_while(|line| !line.starts_with('#'));
    let written = listed.filter_map(|line| line.split_once(" = ")).flat_map(|(names, numbers)| {
        let names: Vec<_> = names.split(", ").map(str::to_owned).collect();
        let numbers: Vec<_> = numbers.split(", ").map(str::to_owned).collect();
        assert_eq!(names.len(), numbers.len(), "{names:?}");
        numbers.into_iter().zip(names)
    });
    let read = include_str!("../record.rs").lines().filter_map(|line| {
        let (numbers, kind) = line.trim().split_once(" => RecordKind::")?;
        let kind = kind.split(|c: char| !c.is_alphanumeric()).next()?;
        Some(numbers.split(" | ").map(|number| (number.to_owned(), kind.to_owned())))
    });
    let (written, mut read) = (kinds(written), kinds(read.flatten()));
    // Two kinds of the shim's are one here.
    for (_, name) in read.iter_mut().filter(|(_, name)| name == "acce") {
        "valu".clone_into(name);
    }
    assert!(written.len() >= 30, "{written:?}");
    assert_eq!(written, read);
}
