//! What the comparison of threads and processes has found out so far.
//!
//! Pure: folds facts; no time, no randomness, no threads.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::kit::event::{Stamped, What};
use crate::lab::Settings;
use crate::scope::stat::Statistic;

/// The kinds of work compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Work {
    /// Hashing: the processor is the bottleneck.
    Cpu,
    /// Loopback round trips, timed waits, file reads: waiting is the bottleneck.
    Io,
    /// Half and half.
    Mixed,
}

impl Work {
    pub(super) const ALL: [Self; 3] = [Self::Cpu, Self::Io, Self::Mixed];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Io => "io",
            Self::Mixed => "mixed",
        }
    }

    /// The work of that word.
    pub(super) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|work| work.word() == word)
    }
}

/// The ways to do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Way {
    Serial,
    Threads,
    Gil,
    Processes,
    PythonSerial,
    PythonThreads,
    PythonProcesses,
}

impl Way {
    pub(super) const OURS: [Self; 4] = [Self::Serial, Self::Threads, Self::Gil, Self::Processes];
    pub(super) const PYTHON: [Self; 3] = [
        Self::PythonSerial,
        Self::PythonThreads,
        Self::PythonProcesses,
    ];

    /// As in the JSON result.
    pub(super) fn word(self) -> &'static str {
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

    /// Python's way of that word.
    pub(super) fn python_named(word: &str) -> Option<Self> {
        Self::PYTHON.into_iter().find(|way| way.word() == word)
    }

    /// What its speed-up is relative to.
    pub(super) fn baseline(self) -> Self {
        match self {
            Self::Serial | Self::Threads | Self::Gil | Self::Processes => Self::Serial,
            Self::PythonSerial | Self::PythonThreads | Self::PythonProcesses => Self::PythonSerial,
        }
    }
}

impl fmt::Display for Way {
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

/// What a single thing costs on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cost {
    ThreadStartUs,
    ProcessStartUs,
    ChannelRoundTripUs,
    PipeRoundTripUs,
    SocketRoundTripUs,
    SharedMemoryRoundTripUs,
    ThreadMemoryKib,
    ProcessMemoryKib,
    ProcessPrivateKib,
}

impl Cost {
    pub(super) const ALL: [Self; 9] = [
        Self::ThreadStartUs,
        Self::ProcessStartUs,
        Self::ChannelRoundTripUs,
        Self::PipeRoundTripUs,
        Self::SocketRoundTripUs,
        Self::SharedMemoryRoundTripUs,
        Self::ThreadMemoryKib,
        Self::ProcessMemoryKib,
        Self::ProcessPrivateKib,
    ];

    /// The field of the JSON result.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::ThreadStartUs => "thread_start_us",
            Self::ProcessStartUs => "process_start_us",
            Self::ChannelRoundTripUs => "channel_round_trip_us",
            Self::PipeRoundTripUs => "pipe_round_trip_us",
            Self::SocketRoundTripUs => "socket_round_trip_us",
            Self::SharedMemoryRoundTripUs => "shared_memory_round_trip_us",
            Self::ThreadMemoryKib => "thread_memory_kib",
            Self::ProcessMemoryKib => "process_memory_kib",
            Self::ProcessPrivateKib => "process_private_kib",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::ThreadStartUs => "start and join a thread",
            Self::ProcessStartUs => "start and end a process",
            Self::ChannelRoundTripUs => "round trip, channel between threads",
            Self::PipeRoundTripUs => "round trip, pipes to a process",
            Self::SocketRoundTripUs => "round trip, socket to a process",
            Self::SharedMemoryRoundTripUs => "round trip, shared memory",
            Self::ThreadMemoryKib => "memory of a waiting thread",
            Self::ProcessMemoryKib => "memory of a waiting process (RSS)",
            Self::ProcessPrivateKib => "of that, its own alone (private)",
        }
    }

    pub(super) fn is_memory(self) -> bool {
        matches!(
            self,
            Self::ThreadMemoryKib | Self::ProcessMemoryKib | Self::ProcessPrivateKib
        )
    }
}

/// What each side saw of "the same" variable after both had changed it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Drift {
    /// What the main thread reads after a thread added to it.
    pub(super) thread_sees: i64,
    /// What this process reads after a child process added to "it".
    pub(super) process_sees: i64,
    /// What this process reads after a child process added to it in shared memory.
    pub(super) shared_memory_sees: i64,
    /// What the child's own copy held in the end.
    pub(super) child_copy: i64,
    pub(super) our_pid: u32,
    pub(super) child_pid: u32,
    /// Where the variable stood, as each side printed it.
    pub(super) our_address: String,
    pub(super) child_address: String,
}

/// What a crash took with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Isolation {
    pub(super) process_pool_survived: bool,
    /// How the program ended in which a mere thread aborted.
    pub(super) threads_exit: String,
    /// How the worker process ended that did the same.
    pub(super) worker_exit: String,
}

/// How often the kernel took a worker off its core.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Switches {
    /// It had nothing to do: it waited.
    pub(super) voluntary: u64,
    /// Somebody else was to have the core.
    pub(super) involuntary: u64,
}

/// What this lab has to tell.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event")]
pub(crate) enum Fact {
    /// The next piece of the measuring, of so many.
    #[serde(rename = "worlds.stage")]
    Stage {
        what: String,
        done: usize,
        of: usize,
    },
    #[serde(rename = "worlds.python")]
    Python { version: String, gil: bool },
    #[serde(rename = "worlds.python_absent")]
    PythonAbsent { why: String },
    /// One run of a work in one way.
    #[serde(rename = "worlds.timed")]
    Timed {
        work: Work,
        way: Way,
        n: usize,
        ns: u64,
        switches: Option<Switches>,
    },
    #[serde(rename = "worlds.cost")]
    Cost { cost: Cost, samples: Vec<f64> },
    #[serde(rename = "worlds.drift")]
    Drift(Drift),
    #[serde(rename = "worlds.isolation")]
    Isolation(Isolation),
    /// Something could not be measured.
    #[serde(rename = "worlds.failed")]
    Failed { what: String, why: String },
    /// An answer to the guide's question `question`, from 0.
    #[serde(rename = "worlds.answer")]
    Answered { question: usize, answer: usize },
    #[serde(rename = "worlds.done")]
    Done,
}

/// One cell of the comparison: all runs of a work in a way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runs {
    pub(super) n: usize,
    pub(super) ms: Vec<f64>,
    pub(super) switches: Option<Switches>,
}

/// Everything found out so far.
#[derive(Debug)]
pub(crate) struct State {
    pub(super) cores: usize,
    pub(super) n: usize,
    pub(super) stage: (String, usize, usize),
    pub(super) python: Option<(String, bool)>,
    pub(super) python_absent: Option<String>,
    pub(super) ways: BTreeMap<(Work, Way), Runs>,
    pub(super) costs: BTreeMap<Cost, Statistic>,
    pub(super) drift: Option<Drift>,
    pub(super) isolation: Option<Isolation>,
    pub(super) failures: Vec<(String, String)>,
    pub(super) answers: [Option<usize>; super::guide::QUESTIONS.len()],
    pub(super) done: bool,
}

impl State {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            cores: settings.cores,
            n: settings.size("n"),
            stage: ("getting ready".to_owned(), 0, 1),
            python: None,
            python_absent: None,
            ways: BTreeMap::new(),
            costs: BTreeMap::new(),
            drift: None,
            isolation: None,
            failures: Vec::new(),
            answers: [None; _],
            done: false,
        }
    }

    pub(super) fn apply(&mut self, event: &Stamped<Fact>) {
        let What::Fact(fact) = &event.what else {
            return;
        };
        match fact.clone() {
            Fact::Stage { what, done, of } => self.stage = (what, done, of),
            Fact::Python { version, gil } => self.python = Some((version, gil)),
            Fact::PythonAbsent { why } => self.python_absent = Some(why),
            Fact::Timed {
                work,
                way,
                n,
                ns,
                switches,
            } => {
                let runs = self.ways.entry((work, way)).or_default();
                if runs.n != n {
                    *runs = Runs {
                        n,
                        ..Runs::default()
                    };
                }
                runs.ms
                    .push(std::time::Duration::from_nanos(ns).as_secs_f64() * 1e3);
                runs.switches = switches.or(runs.switches);
                if way.baseline() == Way::Serial && way != Way::Serial {
                    self.n = n;
                }
            }
            Fact::Cost { cost, samples } => {
                if let Some(statistic) = Statistic::of(&samples) {
                    self.costs.insert(cost, statistic);
                }
            }
            Fact::Drift(drift) => self.drift = Some(drift),
            Fact::Isolation(isolation) => self.isolation = Some(isolation),
            Fact::Failed { what, why } => self.failures.push((what, why)),
            Fact::Answered { question, answer } => {
                if let Some(slot) = self.answers.get_mut(question) {
                    *slot = Some(answer);
                }
                // An answer given again takes back what was built on it.
                self.answers
                    .iter_mut()
                    .skip(question + 1)
                    .for_each(|later| *later = None);
            }
            Fact::Done => self.done = true,
        }
    }

    /// All runs of a work in a way, in milliseconds.
    pub(super) fn total(&self, work: Work, way: Way) -> Option<Statistic> {
        Statistic::of(&self.ways.get(&(work, way))?.ms)
    }

    /// How many times faster than doing it one after the other.
    pub(super) fn speedup(&self, work: Work, way: Way) -> Option<f64> {
        let total = self.total(work, way)?.median;
        let serial = self.total(work, way.baseline())?.median;
        (total > 0.0).then(|| serial / total)
    }

    /// The works that were measured, in their order.
    pub(super) fn works(&self) -> impl Iterator<Item = Work> {
        Work::ALL
            .into_iter()
            .filter(|work| self.ways.keys().any(|(measured, _)| measured == work))
    }
}
