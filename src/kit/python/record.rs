//! What a record says: something that a thread of the script did.
//!
//! ```text
//!   bytes  0     8      16      24  32  40    44  48    52    56
//!          at    ident  object  a   b   kind  c   file  line  number
//!          ns    which  what it         1 to      where the   says that
//!                thread is about        81        script was  it is complete
//! ```
//!
//! File and line are 0 unless the run asks for them, and where there is no code of the script's.
//!
//! Kinds come in groups by what they are about: 1 threads, 10 locks, 20 waits, 31 children, 40
//! queues, 50 tasks and pools, 60 lists, 70 pickling, 80 values. What `a`, `b` and `c` are depends
//! on the kind, and stands beside it in [`Record::read`]; the shim's own list is in
//! `assets/python/shim/threadbare_shim/ring.py`.
//!
//! An interval is two records of one thread: it begins to wait (`LockWant`, `WaitBegin`, ...) and
//! goes on. An acquisition without a wait is `LockGot` alone, so what costs nothing in the script
//! is one record here.
//!
//! Nothing here trusts a value in it: an unknown kind is no record, and a number refers to
//! something only if that was defined.

mod operands;

pub use self::operands::{
    ChildTask, Content, ListOperation, LockFailure, PoolStep, QueueWant, TaskEnd, TaskId,
};

use self::operands::LIST_OPERATIONS;
use super::scope::Scope;

/// Something that a thread of the script did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// On the system's monotonic clock, in ns.
    pub at: u64,
    /// Which thread, as the interpreter knows it: an address, so a later thread may have the same.
    /// The records of a thread are those between its start and its end.
    pub ident: u64,
    pub kind: RecordKind,
    pub place: RecordPlace,
}

/// Where in the script's own code a record was written: its innermost line. Both are 0 if that is
/// not known, or is not wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordPlace {
    /// By the number of its definition.
    pub file: u64,
    pub line: u32,
}

/// Threads and locks by the numbers of their definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordKind {
    /// The first thing that a thread emits. From here on its identity means this thread.
    ThreadStart {
        thread: u64,
        /// The kernel's number of it, by which /proc knows it.
        os_tid: u32,
    },
    /// The last thing that a thread emits; after it the script's code does not run in it.
    ThreadEnd {
        thread: u64,
        /// An exception ended it, which its definition says.
        raised: bool,
    },
    /// Waits from now on, with a time limit or for ever.
    LockWant {
        lock: u64,
        timed: bool,
    },
    /// Acquired, after a wait or without one.
    LockGot {
        lock: u64,
        /// How often this thread holds it now: more than 1 only for an `RLock`.
        depth: u32,
    },
    LockReleased {
        lock: u64,
        /// How often this thread still holds it; 0 if it is free.
        depth: u32,
    },
    /// Ends a wait that led to nothing, or a try without a wait.
    LockFailed {
        lock: u64,
        why: LockFailure,
    },
    /// Went on without the lock, which was taken away.
    LockPassed {
        lock: u64,
    },
    /// Sleeps from now on, for the time that it asked for.
    SleepBegin {
        for_ns: u64,
    },
    SleepEnd,
    /// Waits for the end of this thread, or of all others.
    JoinBegin {
        thread: Option<u64>,
    },
    JoinEnd,
    /// Waits for a condition, an event or a barrier, which is no lock.
    WaitBegin {
        tool: u64,
    },
    WaitEnd,
    /// Has woken this number of waiters.
    Notified {
        tool: u64,
        waiters: u32,
    },
    /// Waits for the end of a process, a child or the parent; ends as [`RecordKind::WaitEnd`].
    ProcessWait {
        pid: u32,
        /// One more thing in the wait of the record before: the first one that is ready ends it.
        also: bool,
    },
    /// A worker process begins a task that its parent gave it.
    ChildTaskStarted {
        task: ChildTask,
    },
    ChildTaskEnded {
        task: ChildTask,
        failed: bool,
    },
    /// A call of a pool submits this number of items, in so many chunks.
    PoolTasks {
        pool: u64,
        call: u64,
        items: u64,
        chunks: u64,
    },
    Pool {
        pool: u64,
        step: PoolStep,
    },
    /// A chunk of a call, or its result, was pickled or unpickled: for so long, in the process
    /// that this is of.
    PoolPickled {
        parent: u32,
        call: u64,
        ns: u64,
    },
    /// The parent has taken the result of a chunk.
    PoolResult {
        call: u64,
    },
    /// An item was put, and the queue has this number then; `None` if only the puts and gets
    /// say it.
    QueuePut {
        queue: u64,
        size: Option<u64>,
    },
    QueueGot {
        queue: u64,
        size: Option<u64>,
    },
    /// An item was put and then taken out again, because it could not be pickled.
    QueueDropped {
        queue: u64,
    },
    /// The queue has this number, whatever was put and taken.
    QueueSeen {
        queue: u64,
        size: u64,
    },
    /// Waits until there is what it wants; ends as [`RecordKind::WaitEnd`].
    QueueWait {
        queue: u64,
        wants: QueueWant,
        /// As for a process.
        also: bool,
    },
    /// Tasks by the numbers of their executor and their own within it. The function by its
    /// number, and its argument if that is one whole number.
    TaskSubmitted {
        task: TaskId,
        function: u64,
        argument: Option<i64>,
    },
    TaskStarted {
        task: TaskId,
    },
    TaskEnded {
        task: TaskId,
        end: TaskEnd,
    },
    /// Waits for a future, or for one of several; ends as [`RecordKind::WaitEnd`].
    TaskWait {
        task: Option<TaskId>,
    },
    /// A method of a list has returned; its length is that of a moment later.
    ListDone {
        list: u64,
        operation: ListOperation,
        size: u64,
    },
    /// A list was looked at, and its length is another than at the look before.
    ListSeen {
        list: u64,
        size: u64,
        /// The lock, by its number, before whose release that was, if one was released.
        released: Option<u64>,
    },
    /// A method of a list has raised an exception: it was empty, or had no such item.
    ListFailed {
        list: u64,
    },
    /// The result or the exception of a task is asked for.
    TaskAsked {
        task: TaskId,
    },
    /// A value that processes share was read or written, while its lock was held: so these come
    /// in the order of what happened.
    Accessed {
        value: u64,
        written: bool,
        /// The position in an array or a structure, 0 for a single value; `None` for several of
        /// them at once.
        cell: Option<u64>,
        content: Content,
    },
}

impl Record {
    /// Bytes of a record.
    pub const SIZE: usize = 64;

    /// Reads what stands in several slots, one after the other, and returns how many of them hold
    /// no record of this version.
    pub fn read_all(bytes: &[u8], scope: Scope, records: &mut Vec<Self>) -> u64 {
        let slots = bytes.chunks_exact(Self::SIZE);
        let (all, before) = (slots.len(), records.len());
        records.extend(slots.filter_map(|slot| Self::read(slot, scope)));
        (all - (records.len() - before)) as u64
    }

    /// Reads the 64 bytes of a slot, whose numbers become those of a process. `None` for a kind
    /// that this version does not have: a script may write anything there.
    fn read(bytes: &[u8], scope: Scope) -> Option<Self> {
        let [at, ident, own] = [0, 8, 16].map(|at| number(bytes, at));
        let (ident, object) = (scope.ident(ident), scope.number(own));
        let pid = u32::try_from(own).unwrap_or_default();
        let a = number(bytes, 24);
        let b = number(bytes, 32);
        let depth = u32::try_from(a).unwrap_or(u32::MAX);
        // Negative where the shim does not know it.
        let size = (a.cast_signed() >= 0).then_some(a);
        let task = TaskId { executor: object, index: a };
        // Two 32-bit fields.
        let (kind, c) = (number(bytes, 40) & 0xffff_ffff, number(bytes, 40) >> 32);
        let kind = match kind {
            1 => RecordKind::ThreadStart { thread: object, os_tid: depth },
            2 => RecordKind::ThreadEnd { thread: object, raised: a != 0 },
            10 => RecordKind::LockWant { lock: object, timed: a != 0 },
            11 => RecordKind::LockGot { lock: object, depth },
            12 => RecordKind::LockReleased { lock: object, depth },
            13 => RecordKind::LockFailed {
                lock: object,
                // These count from 1.
                why: one_of(
                    a.wrapping_sub(1),
                    [LockFailure::Tried, LockFailure::TimedOut, LockFailure::Exception],
                ),
            },
            14 => RecordKind::LockPassed { lock: object },
            20 => RecordKind::SleepBegin { for_ns: a },
            21 => RecordKind::SleepEnd,
            22 => RecordKind::JoinBegin { thread: Some(object).filter(|thread| *thread > 0) },
            23 => RecordKind::JoinEnd,
            24 => RecordKind::WaitBegin { tool: object },
            25 => RecordKind::WaitEnd,
            26 => RecordKind::Notified { tool: object, waiters: depth },
            31 => RecordKind::ProcessWait { pid, also: b > 0 },
            55 => RecordKind::ChildTaskStarted { task: ChildTask::read(pid, a, b, c) },
            56 => RecordKind::ChildTaskEnded {
                task: ChildTask::read(pid, a, b, c),
                failed: c & 2 != 0,
            },
            57 => RecordKind::PoolTasks { pool: object, call: a, items: b, chunks: c },
            58 => RecordKind::Pool {
                pool: object,
                step: one_of(a, [PoolStep::Begins, PoolStep::Ends, PoolStep::Ended]),
            },
            59 => RecordKind::PoolResult { call: a },
            40 => RecordKind::QueuePut { queue: object, size },
            41 => RecordKind::QueueGot { queue: object, size },
            43 => RecordKind::QueueDropped { queue: object },
            44 => RecordKind::QueueSeen { queue: object, size: a },
            42 => RecordKind::QueueWait {
                queue: object,
                wants: one_of(a, [QueueWant::Item, QueueWant::Room, QueueWant::AllDone]),
                also: b > 0,
            },
            50 => RecordKind::TaskSubmitted {
                task,
                function: scope.number(c),
                argument: Some(b.cast_signed()).filter(|argument| *argument != i64::MIN),
            },
            51 => RecordKind::TaskStarted { task },
            52 => RecordKind::TaskEnded {
                task,
                end: one_of(b, [TaskEnd::Finished, TaskEnd::Failed, TaskEnd::Cancelled]),
            },
            53 => RecordKind::TaskWait { task: Some(task).filter(|task| task.executor > 0) },
            54 => RecordKind::TaskAsked { task },
            60 => RecordKind::ListDone {
                list: object,
                operation: one_of(b, LIST_OPERATIONS),
                size: a,
            },
            61 => RecordKind::ListFailed { list: object },
            62 => RecordKind::ListSeen {
                list: object,
                size: a,
                released: Some(scope.number(b)).filter(|_| b > 0),
            },
            70 => RecordKind::PoolPickled { parent: pid, call: a, ns: b },
            80 | 81 => RecordKind::Accessed {
                value: object,
                written: kind == 81,
                cell: (b.cast_signed() >= 0).then_some(b),
                content: match c {
                    1 => Content::Integer(a.cast_signed()),
                    2 => Content::Float(a),
                    _ => Content::Unknown,
                },
            },
            _ => return None,
        };
        let place = number(bytes, 48);
        let place = RecordPlace {
            file: scope.number(place & 0xffff_ffff),
            line: u32::try_from(place >> 32).unwrap_or_default(),
        };
        Some(Self { at, ident, kind, place })
    }
}

/// What a number stands for; the last for each that is larger.
fn one_of<T: Copy, const N: usize>(number: u64, all: [T; N]) -> T {
    all[usize::try_from(number).unwrap_or(N).min(N - 1)]
}

/// The 64-bit number at this position; 0 beyond the end.
pub fn number(bytes: &[u8], at: usize) -> u64 {
    let bytes = bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
    bytes.map_or(0, u64::from_le_bytes)
}
