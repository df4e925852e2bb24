//! The records that the shim writes, read while it writes them.
//!
//! One writer per process, one reader, in a file that the writer has mapped. Records are
//! numbered from 1; number `n` is at slot `(n - 1) % SLOTS` and its number is written last. The
//! reader says in the header how far it is, and the writer drops and counts what would overtake
//! it, so what is read is never overwritten meanwhile.
//!
//! The file belongs to a program that may do anything: nothing here trusts a value in it.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// The layout that the shim writes; it stands in the header beside the sizes.
const VERSION: u64 = 1;
const HEADER: u64 = 64;
const RECORD: usize = 64;
pub const SLOTS: u64 = 1 << 16;
/// Records that are read at once.
const CHUNK: usize = 1024;
/// Offsets in the header: how far the reader is, and how many records were lost.
const POSITION: u64 = 24;
const LOST: u64 = 32;
/// How far to look beyond a record that its thread did not finish: more threads than that are
/// never in the middle of one.
const UNFINISHED: u64 = 1024;

/// Something that a thread of the script did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// On the system's monotonic clock, in ns.
    pub at: u64,
    /// Which thread, as the interpreter knows it; a number that a later thread may have again.
    pub ident: u64,
    pub kind: RecordKind,
}

/// Threads and locks by the numbers of their definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordKind {
    ThreadStart {
        thread: u64,
        os_tid: u32,
    },
    ThreadEnd {
        thread: u64,
        raised: bool,
    },
    /// Waits from now on, with a time limit or for ever.
    LockWant {
        lock: u64,
        timed: bool,
    },
    LockGot {
        lock: u64,
        depth: u32,
    },
    LockReleased {
        lock: u64,
        depth: u32,
    },
    LockFailed {
        lock: u64,
        why: LockFailure,
    },
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
    Forked,
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
    /// Waits until there is what it wants; ends as [`RecordKind::WaitEnd`].
    QueueWait {
        queue: u64,
        wants: QueueWant,
    },
    /// Tasks by the numbers of their executor and their own within it. The function by its
    /// number, and its argument if that is one whole number.
    TaskSubmitted {
        task: TaskId,
        function: u32,
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
    /// A method of a list has raised an exception: it was empty, or had no such item.
    ListFailed {
        list: u64,
    },
    /// The result or the exception of a task is asked for.
    TaskAsked {
        task: TaskId,
    },
}

/// A task: the number of its executor, and its own among the tasks of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId {
    pub executor: u64,
    pub index: u64,
}

/// What a thread that waits at a queue waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueWant {
    Item,
    Room,
    /// That each item was reported as done: `join`.
    AllDone,
}

/// What a method of a list does to its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListOperation {
    /// `append` and `insert`.
    AddsOne,
    /// `extend`.
    AddsSome,
    /// `pop` and `remove`.
    RemovesOne,
    /// `clear`.
    RemovesAll,
    /// `sort` and `reverse`.
    Orders,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskEnd {
    Finished,
    Failed,
    Cancelled,
}

/// Why a lock was not acquired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockFailure {
    Tried,
    TimedOut,
    /// An exception, such as the user's interrupt, ended the wait.
    Exception,
}

/// The ring of one process.
#[derive(Debug)]
pub struct Ring {
    file: File,
    /// Number of the next record.
    next: u64,
    /// Records that were begun and never finished, or are no records of this version.
    bad: u64,
}

impl Ring {
    /// Opens a ring; `None` if there is none yet.
    ///
    /// # Errors
    /// If it cannot be read, or is none of this version.
    pub fn open(path: &Path) -> io::Result<Option<Self>> {
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
        let opened =
            OpenOptions::new().read(true).write(true).custom_flags(flags.cast_signed()).open(path);
        let file = match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let mut header = [0; 16];
        file.read_exact_at(&mut header, 0)?;
        let expected = VERSION | (RECORD as u64) << 16 | SLOTS << 32;
        if header[..8] != *b"tbring\0\0" || number(&header, 8) != expected {
            return Err(io::Error::other("the records are of another version"));
        }
        Ok(Some(Self { file, next: 1, bad: 0 }))
    }

    /// Adds what was written since the last time, as far as it is complete, and reports how far
    /// that is.
    ///
    /// # Errors
    /// If the file cannot be read any more.
    pub fn read(&mut self, records: &mut Vec<Record>) -> io::Result<()> {
        // At most once around, so that a fast writer does not keep the reader here.
        for _ in 0..SLOTS / CHUNK as u64 {
            let (count, room) = self.read_chunk(records)?;
            if count > 0 {
                self.file.write_all_at(&(self.next - 1).to_le_bytes(), POSITION)?;
            }
            if count < room {
                break;
            }
        }
        Ok(())
    }

    /// Reads on where the writer has ended, beyond records that it did not finish.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_rest(&mut self, records: &mut Vec<Record>) -> io::Result<()> {
        loop {
            self.read(records)?;
            let mut slot = [0; RECORD];
            let mut later = None;
            for number in self.next + 1..self.next + UNFINISHED {
                self.file.read_exact_at(&mut slot, offset(number))?;
                if self::number(&slot, RECORD - 8) == number {
                    later = Some(number);
                    break;
                }
            }
            let Some(later) = later else {
                return Ok(());
            };
            self.bad += later - self.next;
            self.next = later;
        }
    }

    /// Records read so far.
    pub fn count(&self) -> u64 {
        self.next - 1 - self.bad
    }

    /// Records that are missing: dropped by the shim while the ring was full, or not complete.
    pub fn lost(&self) -> u64 {
        let mut lost = [0; 8];
        let dropped = self.file.read_exact_at(&mut lost, LOST).map(|()| number(&lost, 0));
        dropped.unwrap_or(0).saturating_add(self.bad)
    }

    /// Reads the complete records up to the end of the ring, [`CHUNK`] at most; returns how many
    /// there were, and how many could have been.
    fn read_chunk(&mut self, records: &mut Vec<Record>) -> io::Result<(usize, usize)> {
        let before_end = SLOTS - (self.next - 1) % SLOTS;
        let room = usize::try_from(before_end).unwrap_or(CHUNK).min(CHUNK);
        let mut bytes = vec![0; room * RECORD];
        self.file.read_exact_at(&mut bytes, offset(self.next))?;
        let numbers = (self.next..).zip(bytes.chunks_exact(RECORD));
        let complete = numbers.take_while(|(n, bytes)| number(bytes, RECORD - 8) == *n);
        let count = complete.count();
        // Once more: a copy that was made while a record was written may have its number and
        // not yet its other fields. All that has its number by now is complete.
        let bytes = &mut bytes[..count * RECORD];
        self.file.read_exact_at(bytes, offset(self.next))?;
        for bytes in bytes.chunks_exact(RECORD) {
            match Record::read(bytes) {
                Some(record) => records.push(record),
                None => self.bad += 1,
            }
        }
        self.next += count as u64;
        Ok((count, room))
    }
}

impl Record {
    /// `None` for a kind that this version does not have.
    fn read(bytes: &[u8]) -> Option<Self> {
        let [at, ident, object] = [0, 8, 16].map(|at| number(bytes, at));
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
                why: match a {
                    1 => LockFailure::Tried,
                    2 => LockFailure::TimedOut,
                    _ => LockFailure::Exception,
                },
            },
            20 => RecordKind::SleepBegin { for_ns: a },
            21 => RecordKind::SleepEnd,
            22 => RecordKind::JoinBegin { thread: Some(object).filter(|thread| *thread > 0) },
            23 => RecordKind::JoinEnd,
            24 => RecordKind::WaitBegin { tool: object },
            25 => RecordKind::WaitEnd,
            26 => RecordKind::Notified { tool: object, waiters: depth },
            30 => RecordKind::Forked,
            40 => RecordKind::QueuePut { queue: object, size },
            41 => RecordKind::QueueGot { queue: object, size },
            42 => RecordKind::QueueWait {
                queue: object,
                wants: match a {
                    0 => QueueWant::Item,
                    1 => QueueWant::Room,
                    _ => QueueWant::AllDone,
                },
            },
            50 => RecordKind::TaskSubmitted {
                task,
                function: u32::try_from(c).unwrap_or_default(),
                argument: Some(b.cast_signed()).filter(|argument| *argument != i64::MIN),
            },
            51 => RecordKind::TaskStarted { task },
            52 => RecordKind::TaskEnded {
                task,
                end: match b {
                    0 => TaskEnd::Finished,
                    1 => TaskEnd::Failed,
                    _ => TaskEnd::Cancelled,
                },
            },
            53 => RecordKind::TaskWait { task: Some(task).filter(|task| task.executor > 0) },
            54 => RecordKind::TaskAsked { task },
            60 => RecordKind::ListDone {
                list: object,
                operation: match b {
                    0 | 1 => ListOperation::AddsOne,
                    2 => ListOperation::AddsSome,
                    3 | 4 => ListOperation::RemovesOne,
                    5 => ListOperation::RemovesAll,
                    _ => ListOperation::Orders,
                },
                size: a,
            },
            61 => RecordKind::ListFailed { list: object },
            _ => return None,
        };
        Some(Self { at, ident, kind })
    }
}

/// Where the record of this number is.
fn offset(number: u64) -> u64 {
    HEADER + (number - 1) % SLOTS * RECORD as u64
}

/// The 64-bit number at this position; 0 beyond the end.
fn number(bytes: &[u8], at: usize) -> u64 {
    let bytes = bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
    bytes.map_or(0, u64::from_le_bytes)
}

#[cfg(test)]
mod tests;
