//! What is compared: kinds of work, strategies, and runtimes. Pure.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::lab::words;

/// The kinds of work compared. They differ in what limits them, which decides whether
/// threads or processes help at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Work {
    /// Hashing: the processor is the bottleneck.
    Cpu,
    /// Loopback round trips, timed waits, file reads: waiting is the bottleneck.
    Io,
    Mixed,
}

impl Work {
    pub const ALL: [Self; 3] = [Self::Cpu, Self::Io, Self::Mixed];
}

words!(Work: Cpu = "cpu" => "computing", Io = "io" => "waiting", Mixed = "mixed" => "both");

/// The strategies that are compared: one after the other, by threads, by threads under a
/// lock, by processes. Ours do the work in this program, those of Python in an
/// interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    Serial,
    Threads,
    /// One thread for each task, of which only the holder of a modelled GIL computes. It
    /// shows the effect of the lock on our own work, apart from everything else that
    /// distinguishes CPython.
    Gil,
    Processes,
    PythonSerial,
    PythonThreads,
    PythonProcesses,
}

impl Strategy {
    pub const OURS: [Self; 4] = [Self::Serial, Self::Threads, Self::Gil, Self::Processes];
    pub const PYTHON: [Self; 3] = [Self::PythonSerial, Self::PythonThreads, Self::PythonProcesses];

    /// The name in the JSON result and in recordings, and Python's in the script's
    /// output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Serial => "serial",
            Self::Threads => "threads",
            Self::Gil => "gil",
            Self::Processes => "processes",
            Self::PythonSerial => "python-serial",
            Self::PythonThreads => "python-threads",
            Self::PythonProcesses => "python-processes",
        }
    }

    pub fn python_named(word: &str) -> Option<Self> {
        Self::PYTHON.into_iter().find(|strategy| strategy.word() == word)
    }

    /// What its speed-up is relative to: the serial run of its own runtime. Relative to
    /// another runtime's it would mostly show how fast that interpreter or compiler is.
    pub fn baseline(self) -> Self {
        match self.runtime() {
            Runtime::Rust => Self::Serial,
            Runtime::Python => Self::PythonSerial,
        }
    }

    pub fn runtime(self) -> Runtime {
        match self {
            Self::Serial | Self::Threads | Self::Gil | Self::Processes => Runtime::Rust,
            Self::PythonSerial | Self::PythonThreads | Self::PythonProcesses => Runtime::Python,
        }
    }
}

/// The runtime that does the work. Each has its own loop to compute and its tasks are
/// calibrated separately, so times of the two must not be compared; speed-ups may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Runtime {
    Rust,
    Python,
}

impl Runtime {
    pub fn strategies(self) -> &'static [Strategy] {
        match self {
            Self::Rust => &Strategy::OURS,
            Self::Python => &Strategy::PYTHON,
        }
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rust => "Rust",
            Self::Python => "CPython",
        })
    }
}

/// What each worker does, as its runtime defines it: rounds of its own loop to compute,
/// and requests to wait for. Shown, because times of two runtimes must not be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Rounds of the runtime's own loop: of `SplitMix64` in Rust, of a linear
    /// congruential generator in CPython.
    pub rounds: u64,
    /// Each a round trip to the loopback server and a file read.
    pub requests: u32,
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Serial => "serial",
            Self::Threads => "threads",
            Self::Gil => "threads under a GIL (model)",
            Self::Processes => "processes",
            Self::PythonSerial => "Python, serial",
            Self::PythonThreads => "Python threads",
            Self::PythonProcesses => "Python processes",
        })
    }
}
