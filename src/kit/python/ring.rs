//! The records that the shim writes, read while it writes them.
//!
//! One writer per process, one reader, in a file that the writer has mapped. Records are
//! numbered from 1; number `n` is at slot `(n - 1) % SLOTS` and its number is written last. The
//! reader says in the header how far it is, and the writer drops and counts what would overtake
//! it, so what is read is never overwritten meanwhile.
//!
//! ```text
//!   bytes  header, 64 bytes             who writes
//!   0      "tbring\0\0"                 the shim, once
//!   8      version, record, slots       the shim, once
//!   24     position of the reader       this program, after each look
//!   32     lost records                 the shim, by any of its threads
//!   40     locks that are taken away    this program, a bit for each
//!   48     delay after each record, ns   this program
//!   64     slot 0, slot 1, ...          the shim: 64 bytes each, see `record`
//! ```
//!
//! There is no lock and no barrier between the two. The shim's store of a number comes after its
//! stores of the other fields: in one thread of CPython they are calls of the same function, and
//! x86 and the kernel's copy keep that order. Where a processor does not, a record may be read
//! with an old field; it is read twice, some time apart, so that this needs two accidents.
//!
//! The shim looks at the position only every 1,024 records and stays two such strides away from
//! it: a look costs what a record costs, and a ring that is nearly full is full.
//!
//! The file belongs to a program that may do anything: nothing here trusts a value in it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::record::{Record, number};
use super::scope::Scope;
use super::shim::open_foreign;

/// The layout that the shim writes; it stands in the header beside the sizes.
const VERSION: u64 = 2;
const HEADER: u64 = 64;
const RECORD: usize = Record::SIZE;
pub const SLOTS: u64 = 1 << 16;
/// Records that are read at once.
const CHUNK: usize = 1024;
/// Chunks that are read in one look at most. What is read is folded before more is, so this and
/// not the size of the ring bounds the memory that a fast script costs.
const CHUNKS: usize = 4;
/// Offsets in the header: how far the reader is, how many records were lost, a bit for each lock
/// that is taken away, and the delay after each record, in nanoseconds.
const POSITION: u64 = 24;
const LOST: u64 = 32;
const TAKEN_AWAY: u64 = 40;
const DELAY: u64 = 48;
/// Locks that can be taken away: those with the first numbers, because the header has one word of
/// bits for them. A script with more has them made in loops, and none of those is chosen by hand.
pub const REMOVABLE_LOCKS: u64 = 64;
/// How far to look beyond a record that its thread did not finish: more threads than that are
/// never in the middle of one.
const UNFINISHED: u64 = 1024;

/// The ring of one process: the file, and how far this reader is in it. Reading needs no memory
/// of its own that grows, and may stop and go on at any record.
#[derive(Debug)]
pub struct Ring {
    file: File,
    /// Number of the next record.
    next: u64,
    /// Records that were begun and never finished, or are no records of this version.
    bad: u64,
    scope: Scope,
}

impl Ring {
    /// Opens a ring; `None` if there is none yet.
    ///
    /// # Errors
    /// If it cannot be read, or is none of this version.
    pub fn open(path: &Path, scope: Scope) -> io::Result<Option<Self>> {
        let file = match open_foreign(path, true) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let mut header = [0; 16];
        file.read_exact_at(&mut header, 0)?;
        let expected = VERSION | (RECORD as u64) << 16 | SLOTS << 32;
        if header[..8] != *b"tbring\0\0" || number(&header, 8) != expected {
            return Err(io::Error::other("the records are of another version"));
        }
        Ok(Some(Self { file, next: 1, bad: 0, scope }))
    }

    /// Adds what was written since the last time, as far as it is complete, and reports how far
    /// that is. Returns whether there may be more: a fast writer does not keep the reader here.
    ///
    /// # Errors
    /// If the file cannot be read any more.
    pub fn read(&mut self, records: &mut Vec<Record>) -> io::Result<bool> {
        for _ in 0..CHUNKS {
            let (count, room) = self.read_chunk(records)?;
            if count > 0 {
                self.file.write_all_at(&(self.next - 1).to_le_bytes(), POSITION)?;
            }
            if count < room {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads on where the writer has ended, beyond records that it did not finish. Returns whether
    /// there may be more.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_rest(&mut self, records: &mut Vec<Record>) -> io::Result<bool> {
        loop {
            if self.read(records)? {
                return Ok(true);
            }
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
                return Ok(false);
            };
            self.bad += later - self.next;
            self.next = later;
        }
    }

    /// Takes these locks away from the script, and gives all others back: bit 0 is the lock with
    /// the number 1. Holds from the next acquisition on.
    ///
    /// # Errors
    /// If the file cannot be written any more.
    pub fn take_away(&self, locks: u64) -> io::Result<()> {
        self.file.write_all_at(&locks.to_le_bytes(), TAKEN_AWAY)
    }

    /// Lets each thread of the process wait this long after each record that it writes, in
    /// nanoseconds; 0 for no delay. Holds from its next record on.
    ///
    /// # Errors
    /// If the file cannot be written any more.
    pub fn slow(&self, delay: u64) -> io::Result<()> {
        self.file.write_all_at(&delay.to_le_bytes(), DELAY)
    }

    /// Records read so far: those that said something. With [`Self::lost`] it is all that the
    /// shim wrote or wanted to write.
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
        // Most rings are idle at most looks, and a script may have hundreds of processes.
        let mut first = [0; 8];
        self.file.read_exact_at(&mut first, offset(self.next) + RECORD as u64 - 8)?;
        if number(&first, 0) != self.next {
            return Ok((0, 1));
        }
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
        self.bad += Record::read_all(bytes, self.scope, records);
        self.next += count as u64;
        Ok((count, room))
    }
}

/// Where the record of this number is.
fn offset(number: u64) -> u64 {
    HEADER + (number - 1) % SLOTS * RECORD as u64
}

#[cfg(test)]
mod tests;
