//! Worker functions that every pool of processes has: useful ones, and those that fail in
//! each of the ways in which a worker can.
//!
//! What a task does is a function that the workers know by a name, since a closure cannot be sent
//! to another process: a [`WorkerFn`]. The second kind exists so that tests and the
//! failures lab can cause every error of a worker, its messages and its process on purpose.

use std::hint::black_box;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, Signal, getpid, kill_process, setrlimit};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::kit::child::{WorkerFn, WorkerFnEntry, WorkerFnError, write_raw};
use crate::kit::stop::Stop;
use crate::kit::sys::process::exit_now;

// Writes the struct and the `impl WorkerFn` of each function, which differ in nothing but their
// parts, and the list of them.
macro_rules! worker_fns {
    ($($(#[$doc:meta])* $name:ident = $text:literal: |$input:ident: $in:ty| -> $out:ty $body:block)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl WorkerFn for $name {
            const NAME: &'static str = $text;
            type In = $in;
            type Out = $out;

            fn run($input: $in) -> Result<$out, WorkerFnError> $body
        }
    )*

        /// All of them, for [`crate::kit::child::enter`].
        pub const ALL: &[WorkerFnEntry] = &[$(WorkerFnEntry::of::<$name>()),*];
    };
}

worker_fns! {
    /// Returns n²; `OverflowError` beyond 64 bits. The work itself takes no time, so that what is
    /// measured with it is the pool.
    Square = "square": |n: u64| -> u64 { square(n) }

    /// Computes for this number of microseconds of wall time, then returns n². Keeps a core
    /// busy.
    SpinSquare = "spin": |input: (u64, u64)| -> u64 {
        let (micros, n) = input;
        spin(Duration::from_micros(micros));
        square(n)
    }

    /// Waits for this number of microseconds without computing, then returns n².
    SleepSquare = "sleep": |input: (u64, u64)| -> u64 {
        let (micros, n) = input;
        // No thread can stop this wait: it has a stop of its own. The process ends with its
        // parent all the same, by a signal.
        Stop::new().sleep(Duration::from_micros(micros));
        square(n)
    }

    /// Returns the bytes that it got: for measuring what a transfer costs.
    Echo = "echo": |bytes: Vec<u8>| -> Vec<u8> { Ok(bytes) }

    /// Ends with an error of its own; the worker goes on.
    Fail = "fail": |message: String| -> () { Err(WorkerFnError::new("ValueError", message)) }

    /// Panics with this message; the worker catches it and goes on.
    Panic = "panic": |message: String| -> () { panic!("{message}") }

    /// Ends the process at once with this code, without destructors and without an answer: a
    /// task that calls `exit`.
    Exit = "exit": |code: u64| -> () { exit_now(i32::try_from(code).unwrap_or(1)) }

    /// Aborts the process: death by `SIGABRT`.
    Abort = "abort": |_nothing: ()| -> () { std::process::abort() }

    /// Sends its own process this signal, by number. `ValueError` if there is no such signal.
    Raise = "raise": |signal: u64| -> () {
        let signal = i32::try_from(signal).ok().and_then(Signal::from_named_raw);
        let signal = signal.ok_or_else(|| WorkerFnError::new("ValueError", "no such signal"))?;
        // Rust's runtime has a handler for these two that looks for an overflown stack. It
        // finds none, restores the default action and returns; only the next signal ends the
        // process.
        let times = if matches!(signal, Signal::SEGV | Signal::BUS) { 2 } else { 1 };
        Ok((0..times).try_for_each(|_| kill_process(getpid(), signal))?)
    }

    /// Reads its standard input to the end and returns how many bytes came: 0, because it is
    /// `/dev/null` in a worker.
    ReadStdin = "read-stdin": |_nothing: ()| -> u64 {
        Ok(std::io::stdin().read_to_end(&mut Vec::new())? as u64)
    }

    /// Prints this number of lines on each of its outputs, alternately.
    Noise = "noise": |lines: u64| -> () {
        for line in 0..lines {
            println!("line {line} on stdout");
            eprintln!("line {line} on stderr");
        }
        Ok(())
    }

    /// Prints this text and a line end on each of its outputs.
    Print = "print": |text: String| -> () {
        println!("{text}");
        eprintln!("{text}");
        Ok(())
    }

    /// Starts a process that sleeps for an hour, and returns its pid. It belongs to the
    /// worker's process group and must end with it.
    Grandchild = "grandchild": |_nothing: ()| -> u64 {
        let mut sleep = Command::new("sleep");
        let silent = sleep.arg("3600").stdin(Stdio::null()).stdout(Stdio::null());
        Ok(silent.stderr(Stdio::null()).spawn()?.id().into())
    }

    /// Computes and never ends. It does not read its socket meanwhile, so that only a signal ends
    /// the process.
    Forever = "forever": |_nothing: ()| -> () {
        loop {
            black_box(0);
        }
    }

    /// Limits its address space to this number of MiB and allocates until that is refused. Rust
    /// aborts then.
    OutOfMemory = "out-of-memory": |mib: u64| -> () {
        let limit = Rlimit { current: Some(mib << 20), maximum: Some(mib << 20) };
        setrlimit(Resource::As, limit)?;
        // Kept and written to, so that no optimisation can leave the allocation out.
        let mut hoard = Vec::new();
        loop {
            hoard.push(black_box(vec![1u8; 1 << 20]));
        }
    }

    /// Dies half way through a message. The pool must not wait for the rest of it, nor take the
    /// half for an answer.
    HalfFrame = "half-frame": |_nothing: ()| -> () {
        let frame = crate::kit::wire::encode(crate::kit::wire::Kind::Answer, &[0; 64]).unwrap_or_default();
        write_raw(&frame[..frame.len() / 2]);
        exit_now(0)
    }

    /// Writes bytes that are no frame into its socket, as a task that misuses a descriptor
    /// would. The pool finds the wrong mark, kills the worker and names these bytes.
    Garbage = "garbage": |_nothing: ()| -> () {
        write_raw(b"this is not a frame");
        Ok(())
    }

    /// Has an argument that the worker cannot decode.
    BadArgument = "bad-argument": |_argument: Undecodable| -> () { Ok(()) }

    /// Has a result that the worker cannot encode.
    BadResult = "bad-result": |_nothing: ()| -> Unsendable { Ok(Unsendable) }

    /// Has a result that the caller cannot decode.
    Unreadable = "unreadable": |_nothing: ()| -> Undecodable { Ok(Undecodable) }

    /// Ends its process at the moment that its argument names.
    ExitAt = "exit-at": |input: ExitingInput| -> ExitingOutput { Ok(ExitingOutput(input.at)) }

    /// Catches `SIGUSR1` from now on and ignores it: a worker that does not obey a catchable
    /// signal.
    CatchSignals = "catch-signals": |_nothing: ()| -> () {
        signal_hook::flag::register(signal_hook::consts::SIGUSR1, Arc::default())?;
        Ok(())
    }
}

/// n², or an error instead of a silent wrap-around.
fn square(n: u64) -> Result<u64, WorkerFnError> {
    n.checked_mul(n)
        .ok_or_else(|| WorkerFnError::new("OverflowError", format!("{n}² is too large")))
}

/// Keeps the calling thread busy for this time. A thread that is preempted meanwhile computes
/// less: the limit is wall time, so that tasks of one size take the same time on an idle core.
pub fn spin(time: Duration) {
    let began = Instant::now();
    while began.elapsed() < time {
        black_box(());
    }
}

/// A value that can be encoded and not decoded. As an argument it fails in the worker, as a
/// result in the caller.
#[derive(Debug)]
pub struct Undecodable;

impl Serialize for Undecodable {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_unit()
    }
}

impl<'de> Deserialize<'de> for Undecodable {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("it cannot be decoded"))
    }
}

/// A value that cannot be encoded. As an argument it fails before the task is queued, as a
/// result in the worker.
#[derive(Debug, Deserialize)]
pub struct Unsendable;

impl Serialize for Unsendable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("it cannot be encoded"))
    }
}

/// At which moment of a task's life the process exits. Each leaves the pool with another half-done
/// thing: no answer, a finished function without an answer, or a result that was never sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExitWhen {
    /// While the worker decodes the argument.
    Read,
    /// When the worker drops the argument, after the function has returned.
    Dropped,
    /// While the worker encodes the result.
    Written,
}

impl ExitWhen {
    /// The exit code of a process that ends at this moment, so that a test can tell which it
    /// was.
    pub fn code(self) -> i32 {
        match self {
            Self::Read => 70,
            Self::Dropped => 71,
            Self::Written => 72,
        }
    }
}

/// An argument that ends the process of its worker while it is decoded or dropped.
#[derive(Debug)]
pub struct ExitingInput {
    at: ExitWhen,
    /// Set by decoding: the caller's own copy, which is dropped too, must not end the caller.
    arrived: bool,
}

impl ExitingInput {
    /// An argument for [`ExitAt`], on the caller's side: dropping it there does nothing.
    pub fn new(at: ExitWhen) -> Self {
        Self { at, arrived: false }
    }
}

impl Serialize for ExitingInput {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.at.serialize(to)
    }
}

impl<'de> Deserialize<'de> for ExitingInput {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let at = ExitWhen::deserialize(from)?;
        if at == ExitWhen::Read {
            exit_now(at.code());
        }
        Ok(Self { at, arrived: true })
    }
}

impl Drop for ExitingInput {
    fn drop(&mut self) {
        if self.arrived && self.at == ExitWhen::Dropped {
            exit_now(self.at.code());
        }
    }
}

/// A result that may end the process while it is encoded.
#[derive(Debug, Deserialize)]
pub struct ExitingOutput(ExitWhen);

impl Serialize for ExitingOutput {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0 == ExitWhen::Written {
            exit_now(self.0.code());
        }
        self.0.serialize(to)
    }
}
