//! The control block: what the processes of a run and its driver thread see beside the tool.
//!
//! It lies in the region before the tool. The driver thread sets the pace and opens the start
//! gate; each process writes its events into a log of its own and marks since when it waits.
//!
//! ```text
//! region  ┌ control block ─────────────────────────────────────────────────┬ tool ────────┐
//!         │ pace │ waits[20] │ present │ start gate │ start │ log 0 … log 19 │ laid out by T │
//!         └──────┴───────────┴─────────┴────────────┴───────┴─────────────────┴──────────────┘
//! driver     w        r          r          w                    r
//! process    r        w          w          r          w         w: its own log alone
//! ```

use std::time::Duration;

use crate::kit::shared::{Array, Barrier, Event, Layout, Log, Value};

/// The most workers of a run. Memory is laid out for all of them before their number is known.
pub const MAX_WORKERS: usize = 16;
/// The most processes of a run: the workers, and some helpers.
const MAX_PROCESSES: usize = MAX_WORKERS + 4;
/// Entries of a log: what a process can do before the driver thread reads it. What does not fit
/// is lost and counted; the process never waits.
const LOG_ENTRIES: usize = 2048;

/// A move of a process at the tool, as it writes it into its log: a number, since the log holds
/// nothing else. The lowest 8 bits are the kind, the others the pid of the holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessEvent {
    /// It wants a lock; the process with this pid has it, if any. A pid of 0 in the log is
    /// none.
    Wants(Option<u32>),
    /// It waits for something that has no holder, such as an item or a notification.
    Waits,
    Acquired,
    /// It waited in vain: its time was over, or the tool refused.
    GaveUp,
    Released,
}

impl ProcessEvent {
    pub fn to_number(self) -> u64 {
        let (kind, pid) = match self {
            Self::Wants(holder) => (0, holder.unwrap_or(0)),
            Self::Acquired => (1, 0),
            Self::GaveUp => (2, 0),
            Self::Released => (3, 0),
            Self::Waits => (4, 0),
        };
        u64::from(pid) << 8 | kind
    }

    fn from_number(number: u64) -> Self {
        match number & 0xff {
            0 => Self::Wants(u32::try_from(number >> 8).ok().filter(|pid| *pid != 0)),
            1 => Self::Acquired,
            2 => Self::GaveUp,
            3 => Self::Released,
            _ => Self::Waits,
        }
    }
}

/// What all processes of a run and its driver thread see beside the tool. Each of them makes
/// its own view of the same cells, by the same layout.
pub struct ControlBlock {
    pub pace_us: Value,
    /// Since when each of them waits for the tool, by the clock of the machine in ns; 0 if it does
    /// not.
    pub waits: Array,
    /// How many are there. Processes take different times to start, so the driver thread opens the
    /// start gate when all have come; each adds 1 once and never takes it back.
    pub present: Value,
    pub start_gate: Event,
    /// Where processes that measure a cost meet before each sample, so that they want the tool
    /// at once.
    pub start: Barrier,
    /// One for each process, with one writer and one reader: the process and the driver thread.
    pub logs: Vec<Log>,
}

impl ControlBlock {
    pub const CELLS: usize = 2 * Value::CELLS
        + Array::cells(MAX_PROCESSES)
        + Event::CELLS
        + Barrier::CELLS
        + MAX_PROCESSES * Log::cells(LOG_ENTRIES);

    /// Lays it out in the driver thread; in a process, finds what is laid out there. Both take
    /// the same cells, so the order of the fields must not differ.
    pub fn new(layout: &mut Layout) -> Self {
        Self {
            pace_us: Value::new(layout),
            waits: Array::new(layout, MAX_PROCESSES),
            present: Value::new(layout),
            start_gate: Event::new(layout),
            start: Barrier::new(layout),
            logs: (0..MAX_PROCESSES).map(|_| Log::new(layout, LOG_ENTRIES)).collect(),
        }
    }

    /// Sets it up for `timed` processes that measure a cost together. Before any is started, since
    /// they find the barrier as it is.
    pub fn init(&self, timed: usize) {
        self.start.init(u32::try_from(timed).unwrap_or(1));
    }

    pub fn set_pace(&self, pace: Duration) {
        let micros = i64::try_from(pace.as_micros()).unwrap_or(i64::MAX);
        self.pace_us.set(micros);
    }

    /// Opens the start gate once `count` processes are there. Called at every poll; an open
    /// gate stays open.
    pub fn open_start_gate(&self, count: usize) {
        if usize::try_from(self.present.get()) == Ok(count) {
            self.start_gate.set();
        }
    }

    /// The events of this process since the last call, each with its time in ns by the clock of the
    /// machine, oldest first. None for a number without a log.
    pub fn events(&self, index: usize) -> impl Iterator<Item = (u64, ProcessEvent)> {
        let log = self.logs.get(index);
        let entries = std::iter::from_fn(move || log?.read());
        entries.map(|[at, what]| (at, ProcessEvent::from_number(what)))
    }

    /// The number of events of all processes so far, lost ones included: while it grows, the
    /// run makes progress.
    pub fn event_count(&self) -> u64 {
        self.logs.iter().map(|log| log.written() + log.lost()).sum()
    }

    /// The number of events that found no room in a log so far. Their processes did not wait.
    pub fn lost(&self) -> u64 {
        self.logs.iter().map(Log::lost).sum()
    }

    /// The numbers of the processes that wait, first come first. Two looks may differ: processes go
    /// on meanwhile.
    pub fn waiting(&self) -> Vec<usize> {
        let waits = self.waits.to_vec().into_iter().enumerate();
        let mut waiting: Vec<_> = waits.filter(|(_, since)| *since != 0).collect();
        waiting.sort_by_key(|(_, since)| *since);
        waiting.into_iter().map(|(index, _)| index).collect()
    }
}
