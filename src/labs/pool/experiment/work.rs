//! What a task does, the same in whatever way it is run: work for a while, then return
//! the square of its number.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::kit::child::{WorkerFn, WorkerFnError};
use crate::kit::clock::{monotonic_ns, thread_cpu_time};
use crate::kit::stop::Stop;
use crate::lab::{Choice, Form, Value};

/// Multiplications between two readings of the clock, about a microsecond: each depends
/// on the one before, so they take a few cycles each. It bounds how far a task
/// overshoots.
const BATCH: u32 = 1000;

/// What a task does before it returns the square.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Work {
    /// Nothing: a task is then nearly all overhead, as in the exercise.
    Square,
    /// Computing, counted in time that the thread had a core: two threads on one core
    /// take twice as long by the clock on the wall. Counted in wall time, more workers
    /// than cores would look as if they helped.
    Spin(Duration),
    /// Waiting, as for a disk or a network: it takes no core, so threads and processes of
    /// any number overlap.
    Sleep(Duration),
}

const LONGEST: Duration = Duration::from_secs(10);

impl Choice for Work {
    fn forms() -> Vec<Form> {
        let time = |word| Form::WordTime { word, min: Duration::ZERO, max: LONGEST };
        vec![Form::Word("square"), time("spin"), time("sleep")]
    }

    fn to_value(self) -> Value {
        match self {
            Self::Square => Value::Word("square"),
            Self::Spin(time) => Value::WordTime("spin", time),
            Self::Sleep(time) => Value::WordTime("sleep", time),
        }
    }

    fn from_value(value: &Value) -> Option<Self> {
        match *value {
            Value::Word("square") => Some(Self::Square),
            Value::WordTime("spin", time) => Some(Self::Spin(time)),
            Value::WordTime("sleep", time) => Some(Self::Sleep(time)),
            _ => None,
        }
    }
}

impl Work {
    /// The square of `n` after the work; `None` if `stop` was requested meanwhile. The
    /// square of the largest number fits by far, so the multiplication does not wrap.
    pub fn perform(self, n: u64, stop: &Stop) -> Option<u64> {
        let done = match self {
            Self::Square => true,
            Self::Spin(time) => spin(time, stop),
            Self::Sleep(time) => !stop.sleep(time),
        };
        done.then(|| n.wrapping_mul(n))
    }
}

/// Computes for this much CPU time; returns whether it was not stopped. Each
/// multiplication needs the result of the one before, so a faster processor does more of
/// them in the time and never takes less time.
fn spin(time: Duration, stop: &Stop) -> bool {
    let end = thread_cpu_time() + time;
    let mut value = 1_u64;
    while thread_cpu_time() < end {
        if stop.requested() {
            return false;
        }
        for _ in 0..BATCH {
            // The black box keeps the compiler from computing this beforehand or not at
            // all.
            value =
                std::hint::black_box(value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
    }
    true
}

/// The task as worker processes know it: its name finds it in the registry of a worker,
/// which is this program in another process.
#[derive(Debug)]
pub struct TimedSquare;

/// A square, and when its task began and ended, by `CLOCK_MONOTONIC`, which all processes
/// of the machine share: a worker's moments can be compared with ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timed {
    pub square: u64,
    pub began_ns: u64,
    pub ended_ns: u64,
}

impl WorkerFn for TimedSquare {
    const NAME: &'static str = "square(n)";
    type In = (Work, u64);
    type Out = Timed;

    fn label((_, n): &(Work, u64)) -> Cow<'static, str> {
        format!("square({n})").into()
    }

    fn run((work, n): (Work, u64)) -> Result<Timed, WorkerFnError> {
        let began_ns = monotonic_ns();
        // No stop request reaches a worker: its process ends when its socket is closed.
        let square = work.perform(n, &Stop::new());
        let square = square.ok_or_else(|| WorkerFnError::new("Stopped", "asked to stop"))?;
        Ok(Timed { square, began_ns, ended_ns: monotonic_ns() })
    }
}
