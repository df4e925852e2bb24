//! Logging from many threads and processes: every line whole, each writer's in order.
//!
//! One line, one `write` to a file opened for appending: with `O_APPEND` the kernel moves
//! to the end and writes in one step, so no other writer's bytes come between; see
//! `open(2)`. Without that, a line is written as it is put together, in pieces, and
//! pieces of others come between.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek, Write};
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::thread::ScopedJoinHandle;

use rustix::fs::{MemfdFlags, memfd_create};

use serde::{Deserialize, Serialize};

use super::{Technique, TechniqueContext, TechniqueOutcome};
use crate::kit::child::{WorkerFn, WorkerFnError};
use crate::kit::event::RAISED;
use crate::kit::threads;
use crate::scene::units;

pub static TECHNIQUE: Technique = Technique {
    name: "logging",
    title: "Log from everywhere at once",
    promise: "Every line is whole, and each writer's lines are in order.",
    rust: "file.write_all(line.as_bytes()) // opened for appending; one write a line",
    python: "log.addHandler(QueueHandler(queue))\nos.write(file, line)  # or this: once",
    run,
};

const WRITERS: u32 = 8;

fn run(context: &TechniqueContext<'_>) -> io::Result<TechniqueOutcome> {
    let lines = u32::try_from(context.lines).unwrap_or(u32::MAX);
    let whole = written(context, "whole.log", lines, false)?;
    // Fewer lines are enough here: a few torn ones prove it.
    let pieces = written(context, "pieces.log", lines.min(500), true)?;
    let expected = u64::from(2 * WRITERS) * u64::from(lines);
    Ok(TechniqueOutcome {
        worked: whole == Read { whole: expected, torn: 0, disorder: 0 },
        evidence: format!(
            "{WRITERS} threads and {WRITERS} processes: {} of {} lines whole, {} torn, {} out of order",
            units::count(whole.whole),
            units::count(expected),
            units::count(whole.torn),
            units::count(whole.disorder)
        ),
        without: format!(
            "lines written in pieces: {} whole, {} torn",
            units::count(pieces.whole),
            units::count(pieces.torn)
        ),
    })
}

/// Lets all writers write at once, threads and processes alike, and reads back what they
/// wrote. All have ended by then, so the log is complete.
fn written(
    context: &TechniqueContext<'_>,
    name: &str,
    lines: u32,
    pieces: bool,
) -> io::Result<Read> {
    let mut log = Log::new(name)?;
    let path = log.path();
    let writing = |writer| Writing { path: path.clone(), writer, lines, pieces };
    let pool = context.processes(WRITERS as usize)?;
    threads::scope(|scope| {
        // The threads start first and write while the processes are given their tasks.
        let threads = (0..WRITERS).map(|writer| {
            let writing = writing(writer);
            scope.spawn("failures/writer", move || writing.write())
        });
        let threads = threads.collect::<io::Result<Vec<_>>>()?;
        let tasks: Vec<_> = (WRITERS..2 * WRITERS).map(writing).collect();
        let written = pool.map::<WriteLines>(&tasks, Some(1)).map_err(io::Error::other)?;
        for result in written.within(context.limit()) {
            result.map_err(io::Error::other)?;
        }
        let panicked = |_| Err(io::Error::other(format!("a writer {RAISED}")));
        let mut threads = threads.into_iter().map(ScopedJoinHandle::join);
        threads.try_for_each(|written| written.unwrap_or_else(panicked))
    })?;
    Ok(Read::of(&log.text()?, lines))
}

/// A file in memory that other processes can open by its path under `/proc`. However this
/// process ends, nothing of it is left on disk.
struct Log(File);

impl Log {
    fn new(name: &str) -> io::Result<Self> {
        let file = memfd_create(name, MemfdFlags::CLOEXEC)?;
        Ok(Self(file.into()))
    }

    fn path(&self) -> PathBuf {
        format!("/proc/{}/fd/{}", std::process::id(), self.0.as_raw_fd()).into()
    }

    fn text(&mut self) -> io::Result<String> {
        let mut text = String::new();
        self.0.rewind()?;
        self.0.read_to_string(&mut text)?;
        Ok(text)
    }
}

/// What one writer has to write, and where. Plain data, as half of the writers are threads and
/// half of them processes, which get the same.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Writing {
    path: PathBuf,
    writer: u32,
    lines: u32,
    /// Not a line at once, but as it is put together: the mistake.
    pieces: bool,
}

impl Writing {
    /// Opens the log for itself, as another program would, and writes all lines; in pieces, if
    /// `pieces` is set.
    fn write(&self) -> io::Result<()> {
        // An open file of its own for each writer: writers that shared one would share
        // its position as well.
        let mut file = OpenOptions::new().append(true).open(&self.path)?;
        for number in 0..self.lines {
            let (from, what) = (format!("writer {}", self.writer), format!(" line {number}"));
            if self.pieces {
                file.write_all(from.as_bytes())?;
                // Formatting takes its time in a real program; the yield stands for it,
                // and lets another writer run now.
                std::hint::black_box(&what);
                rustix::thread::sched_yield();
                file.write_all(what.as_bytes())?;
                file.write_all(b" end\n")?;
            } else {
                file.write_all(format!("{from}{what} end\n").as_bytes())?;
            }
        }
        Ok(())
    }
}

pub struct WriteLines;

impl WorkerFn for WriteLines {
    const NAME: &'static str = "failures.write";
    type In = Writing;
    type Out = ();

    fn run(writing: Writing) -> Result<(), WorkerFnError> {
        Ok(writing.write()?)
    }
}

/// What was read back: lines that are as some writer wrote them, lines with bytes of
/// several writers or with a part missing, and whole lines whose number is not the next
/// one of their writer.
#[derive(Debug, Default, PartialEq, Eq)]
struct Read {
    whole: u64,
    torn: u64,
    disorder: u64,
}

impl Read {
    fn of(text: &str, lines: u32) -> Self {
        let mut read = Self::default();
        let mut next = vec![0; 2 * WRITERS as usize];
        for line in text.lines() {
            let Some((writer, number)) = parse(line).filter(|(_, number)| *number < lines) else {
                read.torn += 1;
                continue;
            };
            read.whole += 1;
            match next.get_mut(writer) {
                Some(next) if *next == number => *next += 1,
                // A line is in order if its number is the one that this writer has to
                // write next.
                _ => read.disorder += 1,
            }
        }
        read
    }
}

fn parse(line: &str) -> Option<(usize, u32)> {
    let line = line.strip_prefix("writer ")?.strip_suffix(" end")?;
    let (writer, number) = line.split_once(" line ")?;
    Some((writer.parse().ok()?, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn torn_and_misplaced_lines_are_noticed() {
        let lines =
            "writer 1 line 0 end\nwriter 2writer 1 line 1 end\n line 0 end\nwriter 1 line 2 end\n";
        let read = Read::of(lines, 3);
        let expected = Read { whole: 2, torn: 2, disorder: 1 };
        assert_eq!(read, expected);
    }
}
