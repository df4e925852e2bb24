//! What the worker processes of this lab can do. It runs in another process, which shares
//! nothing with this one but what it is given: its arguments, and the memory region of
//! its pool.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicI64, Ordering};

use crate::kit::child::{WorkerFn, WorkerFnEntry, WorkerFnError, region};
use crate::kit::limit::Limit;
use crate::kit::shared::{Event, Layout, Value};
use crate::kit::stop::Stop;
use crate::kit::threads;

use super::work::{Task, TaskResult};

pub const WORKER_FNS: &[WorkerFnEntry] = &[
    WorkerFnEntry::of::<RunTask>(),
    WorkerFnEntry::of::<AddToCopy>(),
    WorkerFnEntry::of::<AddToShared>(),
    WorkerFnEntry::of::<Pong>(),
    WorkerFnEntry::of::<EchoBytes>(),
    WorkerFnEntry::of::<AbortInThread>(),
];

pub const ADDITIONS: i64 = 100;

/// "The same" variable: one line of source, and in each process a variable of its own.
/// Sequentially consistent, so that the memory order cannot be suspected of what the
/// process boundary causes.
pub static X: AtomicI64 = AtomicI64::new(0);

/// Does one worker's task, without a GIL: processes do not share one. A failure crosses
/// back under the name of the Python exception that would stand for it.
pub struct RunTask;

impl WorkerFn for RunTask {
    const NAME: &'static str = "worlds.task";
    type In = Task;
    type Out = TaskResult;

    fn run(task: Task) -> Result<TaskResult, WorkerFnError> {
        // No stop request reaches a worker process; it is ended instead.
        Ok(task.run(None, &Stop::new())?)
    }
}

/// Adds to this process's own [`X`]; returns what it contains then, and its address. The
/// parent's variable is not touched: the name is the same, the memory is not.
pub struct AddToCopy;

impl WorkerFn for AddToCopy {
    const NAME: &'static str = "worlds.copy";
    type In = ();
    type Out = (i64, String);

    fn run((): ()) -> Result<Self::Out, WorkerFnError> {
        for _ in 0..ADDITIONS {
            X.fetch_add(1, Ordering::SeqCst);
        }
        Ok((X.load(Ordering::SeqCst), format!("{:p}", &raw const X)))
    }
}

/// The tools in the memory that both processes see. Both sides lay them out in this
/// order, so each finds the other's tools at the same place; nothing is sent but the
/// region.
pub struct SharedCells {
    pub x: Value,
    pub ping: Event,
    pub pong: Event,
}

impl SharedCells {
    pub const CELLS: usize = Value::CELLS + 2 * Event::CELLS;

    pub fn new(mut layout: Layout) -> Self {
        let layout = &mut layout;
        Self { x: Value::new(layout), ping: Event::new(layout), pong: Event::new(layout) }
    }

    /// The tools in the region that this worker process was given.
    ///
    /// # Errors
    /// If it was given none.
    fn from_region() -> Result<Self, WorkerFnError> {
        Ok(Self::new(region()?.layout()))
    }
}

/// Adds to the variable in shared memory, under its lock: the processes exclude each
/// other as threads would.
pub struct AddToShared;

impl WorkerFn for AddToShared {
    const NAME: &'static str = "worlds.shared";
    type In = ();
    /// What it reads then.
    type Out = i64;

    fn run((): ()) -> Result<i64, WorkerFnError> {
        let shared = SharedCells::from_region()?;
        for _ in 0..ADDITIONS {
            shared.x.add(1, &Limit::FOREVER)?;
        }
        Ok(shared.x.get())
    }
}

/// Answers this number of pings through shared memory, and ends by itself when it has
/// answered all: no further message reaches it. A wait has no limit, because the pool
/// ends the process.
pub struct Pong;

impl WorkerFn for Pong {
    const NAME: &'static str = "worlds.pong";
    type In = u64;
    type Out = ();

    fn run(times: u64) -> Result<(), WorkerFnError> {
        let shared = SharedCells::from_region()?;
        for _ in 0..times {
            shared.ping.wait(&Limit::FOREVER)?;
            // Before the answer: the next ping comes only after it, so none can be
            // cleared unseen.
            shared.ping.clear();
            shared.pong.set();
        }
        Ok(())
    }
}

/// Reads bytes from one path and writes them to another until the first ends. The paths
/// are those of two pipes under `/proc`, which opens new ends of them.
pub struct EchoBytes;

impl WorkerFn for EchoBytes {
    const NAME: &'static str = "worlds.echo_bytes";
    type In = [String; 2];
    type Out = ();

    fn run([from, to]: Self::In) -> Result<(), WorkerFnError> {
        let mut from = File::open(from)?;
        let mut to = OpenOptions::new().write(true).open(to)?;
        let mut byte = [0];
        while from.read(&mut byte)? > 0 {
            to.write_all(&byte)?;
        }
        Ok(())
    }
}

/// Waits for another thread of the same process, which aborts. The abort ends the process
/// with all its threads, this one included.
pub struct AbortInThread;

impl WorkerFn for AbortInThread {
    const NAME: &'static str = "worlds.abort";
    type In = ();
    type Out = ();

    fn run((): ()) -> Result<(), WorkerFnError> {
        let abort = || std::process::abort();
        // The scope waits for its thread, so this line is only passed if no thread was
        // started: the abort ends all of the process.
        threads::scope(|scope| scope.spawn("worlds/abort", abort).map(drop))?;
        Err(WorkerFnError::new("RuntimeError", "the process outlived its aborted thread"))
    }
}
