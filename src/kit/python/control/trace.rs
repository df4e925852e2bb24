//! What the shim wrote about a schedule, in a file that outlives the process that wrote it.
//!
//! ```text
//!   bytes     what
//!   0         "tbtrace\0", version and sizes, number of steps, bytes of text
//!   64        200,000 steps of 32 bytes
//!   6400064   text, 1 MiB: a line for each thread, lock, name, file, place, exception and
//!             blocked thread; if they are asked for, for each change of a value and use of a tool
//!
//!   a step    thread  arrived  default  operation  marks  point  object  place  ready
//!   bytes     2       2        2        1          1      4      4       4      8       and 4 unused
//! ```
//!
//! A step is one operation: the shim writes it when it has decided who is next, before that
//! thread does it. So the last step of a thread that was killed may not have been done, and a
//! thread that can never go on has no step for what it waits for: those stand in the text.
//!
//! Its layout is that of `assets/python/shim/threadbare_shim/control/trace.py`.

mod step;

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use self::step::{OPERATIONS, step};
pub use self::step::{Operation, Step};
use super::super::definitions::unescaped;
use super::super::record::number;
use super::super::shim::open_foreign;

const VERSION: u64 = 2;
const HEADER: usize = 64;
const STEP: usize = 32;
/// Steps that the file has room for, and bytes of text.
const STEPS: u64 = 200_000;
const TEXT: u64 = 1 << 20;

/// The exception that ended a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    pub thread: u16,
    pub kind: String,
    pub text: String,
    pub place: u32,
    /// It is an `AssertionError`, or derived from it.
    pub assertion: bool,
}

/// Why the shim ended a schedule, or what was found at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// Threads can never go on: all that have not ended, or only some.
    Deadlock { all: bool },
    /// There is no room for another step.
    Steps,
    /// The shim could not take control: the script has not run.
    Broken,
}

/// A thread that can never go on: a member of the deadlock, or one that waits for a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocked {
    pub thread: u16,
    pub operation: Operation,
    pub object: u32,
    pub place: u32,
    /// The thread that holds the lock, or that is waited for.
    pub by: Option<u16>,
}

/// A lock, and where it was made: by the script's own line, or inside a call of the library there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    pub kind: String,
    pub line: u32,
    pub file: String,
    /// As of [`super::super::Definition::Variable`]; `None` if it is not known.
    pub variable: Option<Vec<String>>,
}

/// What a variable became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The number of steps that had been made.
    pub steps: u32,
    /// The thread in whose innermost function it is local; `None` for a global variable.
    pub thread: Option<u16>,
    pub name: String,
    pub now: NewValue,
}

/// The value of a variable; texts are the beginnings of its `repr`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewValue {
    Plain(String),
    /// Of a list and the like, which may be changed without being given a value.
    Container(String),
    /// There is no such variable any more.
    Gone,
    /// There was no more room for values.
    Unknown,
}

impl NewValue {
    fn read(kind: &str, text: &str) -> Option<Self> {
        Some(match kind {
            "plain" => Self::Plain(text.to_owned()),
            "container" => Self::Container(text.to_owned()),
            "gone" => Self::Gone,
            "unknown" => Self::Unknown,
            _ => return None,
        })
    }
}

/// What a thread did with a condition, queue or other tool of the script's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolUse {
    /// The number of steps that had been made, the last of them by this thread.
    pub steps: u32,
    pub thread: u16,
    /// Its number among the locks: see [`TOOLS`].
    pub tool: u32,
    pub line: u32,
    pub file: String,
    /// As it stands before the name of the tool.
    pub text: String,
}

/// From this number on, what has one of a lock is a tool of the library that is made of locks.
pub const TOOLS: u32 = 1 << 31;

/// What the steps refer to. Numbers are those of this trace; a search compares traces of one
/// interpreter, in which the same thing has the same number as long as it is made at the same
/// place of the schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceNames {
    pub threads: HashMap<u16, String>,
    pub locks: HashMap<u32, Lock>,
    /// Of locks that are not defined yet.
    variables: HashMap<u32, Vec<String>>,
    pub names: HashMap<u32, String>,
    /// Line and file.
    pub places: HashMap<u32, (u32, String)>,
    /// Those whose code is the script's, by the names that the code gives.
    pub files: BTreeSet<String>,
}

/// All that was written about one schedule. It is complete if the process ended by itself, and
/// as far as it came otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    pub steps: Vec<Step>,
    pub names: TraceNames,
    pub raised: Vec<Raised>,
    pub blocked: Vec<Blocked>,
    /// In the order of steps, if they were asked for.
    pub values: Vec<Value>,
    /// The same.
    pub tool_uses: Vec<ToolUse>,
    pub stopped: Option<StopReason>,
    /// A switch that was asked for could not be made: that thread was not ready.
    pub refused: bool,
    /// Threads still ran when the program ended.
    pub daemons: bool,
    /// It started processes.
    pub processes: bool,
    /// Names by which the script sees of other threads what is no operation.
    pub unseen: BTreeSet<String>,
}

/// The file that the server writes for one schedule after the other: each begins by setting its
/// counts to those of the server, so nothing of the schedule before is left.
#[derive(Debug)]
pub struct TraceFile {
    file: File,
}

impl TraceFile {
    /// # Errors
    /// If there is no such file, or it is of another version.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = open_foreign(path, false)?;
        let mut header = [0; 16];
        file.read_exact_at(&mut header, 0)?;
        let expected = VERSION | (STEP as u64) << 16 | STEPS << 32;
        if header[..8] != *b"tbtrace\0" || number(&header, 8) != expected {
            return Err(io::Error::other("the trace is of another version"));
        }
        Ok(Self { file })
    }

    /// Reads what was written since the schedule began.
    ///
    /// # Errors
    /// If the file cannot be read any more.
    pub fn read(&self) -> io::Result<Trace> {
        let mut header = [0; HEADER];
        self.file.read_exact_at(&mut header, 0)?;
        let steps = number(&header, 16).min(STEPS);
        let text = number(&header, 24).min(TEXT);
        let mut bytes = vec![0; usize::try_from(steps).unwrap_or_default() * STEP];
        self.file.read_exact_at(&mut bytes, HEADER as u64)?;
        let mut lines = vec![0; usize::try_from(text).unwrap_or_default()];
        self.file.read_exact_at(&mut lines, HEADER as u64 + STEPS * STEP as u64)?;
        Ok(Trace::read(&bytes, &lines))
    }
}

impl Trace {
    /// Reads steps and the lines of text beside them. What has no meaning is left out.
    pub fn read(steps: &[u8], lines: &[u8]) -> Self {
        let steps = steps.chunks_exact(STEP).filter_map(step).collect();
        let mut trace = Self { steps, ..Self::default() };
        for line in String::from_utf8_lossy(lines).lines() {
            let _ = trace.take(line);
        }
        trace
    }

    fn take(&mut self, line: &str) -> Option<()> {
        let fields: Vec<_> = line.split('\t').map(unescaped).collect();
        let fields: Vec<_> = fields.iter().map(String::as_str).collect();
        let all = &mut self.names;
        match *fields.as_slice() {
            ["thread", thread, name] => {
                all.threads.insert(thread.parse().ok()?, name.to_owned());
            }
            ["variable", lock, ref names @ ..] => {
                let names = names.iter().map(|name| (*name).to_owned()).collect();
                all.variables.insert(lock.parse().ok()?, names);
            }
            ["lock", lock, kind, line, file] => {
                let lock = lock.parse().ok()?;
                let made = Lock {
                    kind: kind.to_owned(),
                    line: line.parse().ok()?,
                    file: file.to_owned(),
                    variable: all.variables.remove(&lock),
                };
                all.locks.insert(lock, made);
            }
            ["name", number, name] => {
                all.names.insert(number.parse().ok()?, name.to_owned());
            }
            ["file", file] => {
                all.files.insert(file.to_owned());
            }
            ["place", place, line, file] => {
                all.places.insert(place.parse().ok()?, (line.parse().ok()?, file.to_owned()));
            }
            ["raised", thread, kind, text, place, assertion] => self.raised.push(Raised {
                thread: thread.parse().ok()?,
                kind: kind.to_owned(),
                text: text.to_owned(),
                place: place.parse().ok()?,
                assertion: assertion == "1",
            }),
            ["blocked", thread, operation, object, place, by] => self.blocked.push(Blocked {
                thread: thread.parse().ok()?,
                operation: *OPERATIONS.get(operation.parse::<usize>().ok()?)?,
                object: object.parse().ok()?,
                place: place.parse().ok()?,
                by: by.parse().ok().filter(|by| *by != 0),
            }),
            ["value", steps, thread, name, kind, text] => self.values.push(Value {
                steps: steps.parse().ok()?,
                thread: Some(thread.parse().ok()?).filter(|thread| *thread != 0),
                name: name.to_owned(),
                now: NewValue::read(kind, text)?,
            }),
            ["tool_use", steps, thread, tool, line, file, text] => self.tool_uses.push(ToolUse {
                steps: steps.parse().ok()?,
                thread: thread.parse().ok()?,
                tool: tool.parse().ok()?,
                line: line.parse().ok()?,
                file: file.to_owned(),
                text: text.to_owned(),
            }),
            ["stopped", "deadlock", how] => {
                self.stopped = Some(StopReason::Deadlock { all: how == "all" });
            }
            ["stopped", "steps"] => self.stopped = Some(StopReason::Steps),
            ["stopped", "broken"] => self.stopped = Some(StopReason::Broken),
            ["refused", ..] => self.refused = true,
            ["daemons"] => self.daemons = true,
            ["processes"] => self.processes = true,
            ["unseen", name] => {
                self.unseen.insert(name.to_owned());
            }
            _ => {}
        }
        Some(())
    }
}
