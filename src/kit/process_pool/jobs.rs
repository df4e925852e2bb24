//! Jobs that every pool of processes has: useful ones, and those that fail in each of
//! the ways in which a worker can.

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

/// All of them.
pub const ALL: &[WorkerFnEntry] = &[
    WorkerFnEntry::of::<Square>(),
    WorkerFnEntry::of::<SpinSquare>(),
    WorkerFnEntry::of::<SleepSquare>(),
    WorkerFnEntry::of::<Echo>(),
    WorkerFnEntry::of::<Fail>(),
    WorkerFnEntry::of::<Panic>(),
    WorkerFnEntry::of::<Exit>(),
    WorkerFnEntry::of::<Abort>(),
    WorkerFnEntry::of::<Raise>(),
    WorkerFnEntry::of::<ReadStdin>(),
    WorkerFnEntry::of::<Noise>(),
    WorkerFnEntry::of::<Print>(),
    WorkerFnEntry::of::<Grandchild>(),
    WorkerFnEntry::of::<Forever>(),
    WorkerFnEntry::of::<OutOfMemory>(),
    WorkerFnEntry::of::<HalfFrame>(),
    WorkerFnEntry::of::<Garbage>(),
    WorkerFnEntry::of::<BadArgument>(),
    WorkerFnEntry::of::<BadResult>(),
    WorkerFnEntry::of::<Unreadable>(),
    WorkerFnEntry::of::<Brittle>(),
    WorkerFnEntry::of::<CatchSignals>(),
];

macro_rules! jobs {
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
    )*};
}

jobs! {
    /// n².
    Square = "square": |n: u64| -> u64 { square(n) }

    /// Computes for this number of microseconds of processor time, then n².
    SpinSquare = "spin": |input: (u64, u64)| -> u64 {
        let (micros, n) = input;
        spin(Duration::from_micros(micros));
        square(n)
    }

    /// Waits for this number of microseconds, then n².
    SleepSquare = "sleep": |input: (u64, u64)| -> u64 {
        let (micros, n) = input;
        // No caller can ask: the process ends with its socket, whatever it waits for.
        Stop::new().sleep(Duration::from_micros(micros));
        square(n)
    }

    /// Gives back what it got.
    Echo = "echo": |bytes: Vec<u8>| -> Vec<u8> { Ok(bytes) }

    /// Ends with an error of its own.
    Fail = "fail": |message: String| -> () { Err(WorkerFnError::new("ValueError", message)) }

    /// Panics with this message.
    Panic = "panic": |message: String| -> () { panic!("{message}") }

    /// Ends the process with this code.
    Exit = "exit": |code: u64| -> () { exit_now(i32::try_from(code).unwrap_or(1)) }

    /// Aborts the process.
    Abort = "abort": |_nothing: ()| -> () { std::process::abort() }

    /// Sends its own process this signal, by number.
    Raise = "raise": |signal: u64| -> () {
        let signal = i32::try_from(signal).ok().and_then(Signal::from_named_raw);
        let signal = signal.ok_or_else(|| WorkerFnError::new("ValueError", "no such signal"))?;
        // Rust's own handler for these takes the first, finds no overflown stack, and
        // leaves the next to the system.
        let times = if matches!(signal, Signal::SEGV | Signal::BUS) { 2 } else { 1 };
        (0..times)
            .try_for_each(|_| kill_process(getpid(), signal))
            .map_err(|error| WorkerFnError::new("OSError", error.to_string()))
    }

    /// Reads its standard input to the end and returns how many bytes came.
    ReadStdin = "read-stdin": |_nothing: ()| -> u64 {
        let count = std::io::stdin().read_to_end(&mut Vec::new());
        count.map(|n| n as u64).map_err(|error| WorkerFnError::new("OSError", error.to_string()))
    }

    /// Prints this number of lines on each of its outputs.
    Noise = "noise": |lines: u64| -> () {
        for line in 0..lines {
            println!("line {line} on stdout");
            eprintln!("line {line} on stderr");
        }
        Ok(())
    }

    /// Prints this text on each of its outputs.
    Print = "print": |text: String| -> () {
        println!("{text}");
        eprintln!("{text}");
        Ok(())
    }

    /// Starts a process of its own that sleeps for an hour, and gives its pid.
    Grandchild = "grandchild": |_nothing: ()| -> u64 {
        let child = Command::new("sleep").arg("3600").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        child.map(|child| child.id().into()).map_err(|error| WorkerFnError::new("OSError", error.to_string()))
    }

    /// Computes and never ends.
    Forever = "forever": |_nothing: ()| -> () {
        loop {
            black_box(0);
        }
    }

    /// Takes memory until its limit, in MiB, refuses more.
    OutOfMemory = "out-of-memory": |mib: u64| -> () {
        let limit = Rlimit { current: Some(mib << 20), maximum: Some(mib << 20) };
        setrlimit(Resource::As, limit).map_err(|error| WorkerFnError::new("OSError", error.to_string()))?;
        let mut hoard = Vec::new();
        loop {
            hoard.push(black_box(vec![1u8; 1 << 20]));
        }
    }

    /// Dies half way through a message.
    HalfFrame = "half-frame": |_nothing: ()| -> () {
        let frame = crate::kit::wire::encode(crate::kit::wire::Kind::Answer, &[0; 64]).unwrap_or_default();
        write_raw(&frame[..frame.len() / 2]);
        exit_now(0)
    }

    /// Sends something that is no message.
    Garbage = "garbage": |_nothing: ()| -> () {
        write_raw(b"this is not a frame");
        Ok(())
    }

    /// Gets an argument that it cannot read.
    BadArgument = "bad-argument": |_argument: Undecodable| -> () { Ok(()) }

    /// Has a result that cannot be sent.
    BadResult = "bad-result": |_nothing: ()| -> Unsendable { Ok(Unsendable) }

    /// Has a result that its caller cannot read.
    Unreadable = "unreadable": |_nothing: ()| -> Undecodable { Ok(Undecodable) }

    /// Ends its process at this moment of a task's life.
    Brittle = "brittle": |input: ExitingInput| -> ExitingOutput { Ok(ExitingOutput(input.breaks)) }

    /// From now on catches `SIGUSR1`, and does nothing about it.
    CatchSignals = "catch-signals": |_nothing: ()| -> () {
        let caught = signal_hook::flag::register(signal_hook::consts::SIGUSR1, Arc::default());
        caught.map(|_| ()).map_err(|error| WorkerFnError::new("OSError", error.to_string()))
    }
}

fn square(n: u64) -> Result<u64, WorkerFnError> {
    n.checked_mul(n)
        .ok_or_else(|| WorkerFnError::new("OverflowError", format!("{n}² is too large")))
}

/// Keeps the processor busy.
pub fn spin(time: Duration) {
    let began = Instant::now();
    while began.elapsed() < time {
        black_box(());
    }
}

/// Travels well and cannot be read.
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

/// Cannot travel.
#[derive(Debug, Deserialize)]
pub struct Unsendable;

impl Serialize for Unsendable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("it cannot be encoded"))
    }
}

/// When the process exits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExitWhen {
    /// As the worker reads it.
    Read,
    /// As the worker, done with it, drops it.
    Dropped,
    /// As the worker writes it down as its result.
    Written,
}

impl ExitWhen {
    /// The exit code of a process that ends at this moment.
    pub fn code(self) -> i32 {
        match self {
            Self::Read => 70,
            Self::Dropped => 71,
            Self::Written => 72,
        }
    }
}

/// An argument that takes its worker along when it breaks.
#[derive(Debug)]
pub struct ExitingInput {
    breaks: ExitWhen,
    /// It breaks on the other side only.
    arrived: bool,
}

impl ExitingInput {
    pub fn new(breaks: ExitWhen) -> Self {
        Self { breaks, arrived: false }
    }
}

impl Serialize for ExitingInput {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.breaks.serialize(to)
    }
}

impl<'de> Deserialize<'de> for ExitingInput {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let breaks = ExitWhen::deserialize(from)?;
        if breaks == ExitWhen::Read {
            exit_now(breaks.code());
        }
        Ok(Self { breaks, arrived: true })
    }
}

impl Drop for ExitingInput {
    fn drop(&mut self) {
        if self.arrived && self.breaks == ExitWhen::Dropped {
            exit_now(self.breaks.code());
        }
    }
}

/// A result that may break as it is written down.
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
