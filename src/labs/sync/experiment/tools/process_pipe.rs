//! The pipe: the driver thread sends messages of many sizes to echo processes, and each must
//! come back as it was, neither merged nor split.
//!
//! Misuses: sending through the end that only receives; sending from both ends what
//! no buffer holds, while neither end receives.
//!
//! ```text
//! driver thread ── 0 B, 1 B, ... 300 kB ──▶ echo-1      one pipe for each echo process
//!               ◀── the same bytes ────────            a message is never merged or split
//! both-send     16 MiB ──▶ buffer full │ full buffer ◀── 16 MiB      neither receives
//! ```

use std::cell::Cell;
use std::io;
use std::time::Instant;

use super::super::costs::{SAMPLES, per_operation};
use super::super::process_context::{ProcessContext, refused};
use super::super::process_run::ProcessRun;
use super::super::process_tool::ProcessTool;
use super::super::tool::{Cost, Misuse, Outcome, RunContext, Snapshot, Tool, ToolKind};
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::{Limit, Timeout};
use crate::kit::pipe::{Connection, Listener, PipeError};
use crate::kit::shared::{LaidOut, Layout};
use crate::programs::listing::Source;

const WRONG_WAY: &str = "wrong-way";
const BOTH_SEND: &str = "both-send";

/// Bytes of the messages, in turn: none, a few and many, as the framing must cope with each.
const SIZES: [usize; 6] = [0, 1, 2, 100, 5_000, 300_000];
/// Bytes of a message that the buffers of a pipe do not hold: its sender waits until the other
/// side reads.
const FLOOD: usize = 16 << 20;
/// Bytes of a message of the cost, and round trips of each sample.
const SMALL: usize = 16;
const ROUNDS: u32 = 100;

pub const PIPE: Tool = Tool {
    id: "process-pipe",
    title: "Process pipe",
    python: "multiprocessing.Pipe",
    purpose: "messages for two",
    kind: ToolKind::Processes(run),
    sees: "Messages of 0 bytes to 300 kB go to echo processes; each comes back whole.",
    code: Source { rust: "", python: include_str!("../../../../../assets/code/process_pipe.py") },
    misuses: &[
        Misuse::new(
            WRONG_WAY,
            "sends through the end that only receives",
            "A message is sent through the end that only receives: it is refused.",
        ),
        Misuse::new(
            BOTH_SEND,
            "both ends send 16 MiB, and neither receives",
            "Both ends send more than the buffers hold: each waits for the other to read.",
        ),
    ],
    cost,
};

/// The shared data of this tool: there is none. Both ends have a connection instead, by the
/// address in their arguments.
pub struct NoMemory;

impl LaidOut for NoMemory {
    const CELLS: usize = 0;

    fn new(_: &mut Layout) -> Self {
        Self
    }
}

impl ProcessTool for NoMemory {
    const TOOL: &'static Tool = &PIPE;
    const KIND: ResourceKind = ResourceKind::Pipe;

    /// The echo process: sends back what comes, until the other end is closed.
    fn run(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        let mut pipe = Connection::connect(&process.args.address).map_err(refused)?;
        if process.is_misuse(BOTH_SEND) {
            // Ends when the driver thread gives up.
            if pipe.send(&vec![0; FLOOD], &Limit::FOREVER).is_err() {
                process.add_message(&process.args.name);
            }
            return Ok(());
        }
        loop {
            match process.attempt(|| pipe.recv(&Limit::FOREVER)) {
                Err(PipeError::End) => return Ok(()),
                message => {
                    let message = message.map_err(refused)?;
                    process.pause();
                    pipe.send(&message, &Limit::FOREVER).map_err(refused)?;
                }
            }
        }
    }

    /// A message through a pipe within one process; or, if the driver thread is at the other
    /// end, its echo.
    fn time(&self, process: &ProcessContext) -> Result<(), WorkerFnError> {
        if !process.args.address.is_empty() {
            return self.run(process);
        }
        let (mut one, mut two) = Connection::pair().map_err(refused)?;
        process.time(|| {
            one.send(&[0; SMALL], &Limit::FOREVER)?;
            two.recv(&Limit::FOREVER).map(drop)
        })
    }
}

/// A message whose bytes are known, whatever its length, so that a wrong byte is found.
fn pattern(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

/// The driver thread's ends of the pipes, as far as the echoes have come.
struct DriverEnds {
    listener: Listener,
    echoes: usize,
    pipes: Vec<Connection>,
}

impl DriverEnds {
    /// Listens, and starts `echoes` processes that connect to the address.
    fn new(run: &mut ProcessRun<'_>, echoes: usize) -> io::Result<Self> {
        let listener = Listener::bind()?;
        run.set_address(listener.address().to_owned());
        run.start_all("echo", echoes)?;
        Ok(Self { listener, echoes, pipes: Vec::new() })
    }

    /// Whether all have come. If not, waits for the next one until `limit`.
    fn is_complete(&mut self, limit: &Limit) -> io::Result<bool> {
        if self.pipes.len() == self.echoes {
            return Ok(true);
        }
        match self.listener.accept(limit) {
            Ok(pipe) => self.pipes.push(pipe),
            Err(PipeError::Late(_)) => {}
            Err(error) => return Err(io::Error::other(error)),
        }
        Ok(false)
    }
}

fn run(context: &RunContext<'_>, misuse: Option<&'static Misuse>) -> io::Result<Outcome> {
    let (mut run, NoMemory) = context.process_run(misuse)?;
    let mut ends = DriverEnds::new(&mut run, context.workers)?;
    let (sent, whole) = (Cell::new(0), Cell::new(0));
    let stuck = Cell::new("");
    let timeout = run.timeout();
    let misuse_limit = || Limit::within(timeout).or(context.stop());
    let snapshot = |run: &ProcessRun<'_>| {
        Snapshot::default()
            .value("messages sent", sent.get())
            .value("came back whole", whole.get())
            .waiting(run.waiting())
    };
    let results = run.finish_with(snapshot, |limit| {
        if !ends.is_complete(limit)? {
            return Ok(true);
        }
        if let Some(misuse) = misuse {
            stuck.set(misuse_pipe(&mut ends, misuse, &misuse_limit())?);
        } else if sent.get() < context.workers as u64 * context.ops {
            let size = SIZES[usize::try_from(sent.get()).unwrap_or(0) / ends.echoes % SIZES.len()];
            let message = pattern(size);
            for pipe in &mut ends.pipes {
                whole.set(whole.get() + u64::from(echo(pipe, &message, context)?));
                sent.set(sent.get() + 1);
            }
            return Ok(true);
        }
        // The end of the stream for the echoes.
        ends.pipes.clear();
        Ok(false)
    })?;
    let operations = match misuse {
        None => context.workers as u64 * context.ops,
        Some(_) => 1,
    };
    let both: Vec<_> = results.messages().map(str::to_owned).collect();
    let summary = |whole| format!("{whole} of {operations} messages came back whole");
    let mut outcome = results.outcome(operations, summary(operations), summary(whole.get()));
    outcome.finding = misuse.map(|misuse| match misuse.name {
        WRONG_WAY => stuck.get().to_owned(),
        _ => format!(
            "standstill: main and {} each waited for room in the other's buffer; \
             {}",
            both.first().map_or("no process", String::as_str),
            stuck.get()
        ),
    });
    Ok(outcome)
}

/// Sends a message and takes what comes back; returns whether that is the same.
fn echo(pipe: &mut Connection, message: &[u8], context: &RunContext<'_>) -> io::Result<bool> {
    let limit = Limit::until(context.stop());
    let sent = pipe.send(message, &limit);
    let back = sent.and_then(|()| pipe.recv(&limit));
    back.map(|back| back == message).map_err(io::Error::other)
}

/// Uses the first pipe wrongly, and returns what came of it in one clause.
fn misuse_pipe(ends: &mut DriverEnds, misuse: &Misuse, limit: &Limit) -> io::Result<&'static str> {
    if ends.pipes.is_empty() {
        return Ok("");
    }
    let mut pipe = ends.pipes.remove(0);
    if misuse.name == WRONG_WAY {
        pipe = pipe.receive_only()?;
    }
    let size = if misuse.name == WRONG_WAY { SMALL } else { FLOOD };
    match pipe.send(&pattern(size), limit) {
        Err(PipeError::ReceiveOnly) => {
            Ok("the send was refused: this end of the pipe only receives")
        }
        Err(PipeError::Late(Timeout::Elapsed)) => Ok("given up at the limit of a wait"),
        Err(error) => Err(io::Error::other(error)),
        Ok(()) => Ok(""),
    }
}

/// Within one process, and there and back between two: the second is what a message costs that
/// wakes another process.
fn cost(context: &RunContext<'_>) -> io::Result<Vec<Cost>> {
    let (alone, NoMemory) = context.timed(1)?;
    let alone = alone.measure(PIPE.title)?;
    let (mut run, NoMemory) = context.timed(1)?;
    let mut ends = DriverEnds::new(&mut run, 1)?;
    let mut samples = Vec::new();
    let nothing = |_: &ProcessRun<'_>| Snapshot::default();
    run.finish_with(nothing, |limit| {
        if !ends.is_complete(limit)? {
            return Ok(true);
        }
        if samples.len() == SAMPLES {
            ends.pipes.clear();
            return Ok(false);
        }
        let began = Instant::now();
        for pipe in &mut ends.pipes {
            for _ in 0..ROUNDS {
                echo(pipe, &[0; SMALL], context)?;
            }
        }
        samples.push(per_operation([(ROUNDS.into(), began.elapsed())]));
        Ok(true)
    })?;
    let round_trip = Cost { label: PIPE.title.to_owned(), contended: true, samples };
    Ok(vec![alone, round_trip])
}
