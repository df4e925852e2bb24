//! The pipe: the director sends messages of many sizes to echo processes, and each must
//! come back as it was, neither merged nor split.
//!
//! Wrong uses: sending through the end that only receives; sending from both ends what
//! no buffer holds, while nobody receives.

use std::cell::Cell;
use std::io;
use std::time::Instant;

use super::super::actor::{Actor, refused};
use super::super::costs::per_operation;
use super::super::jobs::Parts;
use super::super::tool::{Cost, Inside, Outcome, Stage, Tool, World, Wrong};
use super::super::troupe::Troupe;
use crate::kit::child::WorkerFnError;
use crate::kit::event::ResourceKind;
use crate::kit::limit::{Limit, Timeout};
use crate::kit::pipe::{Connection, Listener, PipeError};

const WRONG_WAY: &str = "wrong-way";
const BOTH_SEND: &str = "both-send";

/// Bytes of the messages, in turn.
const SIZES: [usize; 6] = [0, 1, 2, 100, 5_000, 300_000];
/// More than the buffers of a pipe hold.
const FLOOD: usize = 16 << 20;
/// Bytes of a message of the cost; samples, and round trips of each.
const SMALL: usize = 16;
const SAMPLES: usize = 5;
const ROUNDS: u32 = 100;

pub(super) const PIPE: Tool = Tool {
    id: "process-pipe",
    title: "Process pipe",
    world: World::Processes,
    sees: "Messages of 0 bytes to 300 kB go to echo processes; each comes back whole.",
    wrong: &[
        Wrong {
            name: WRONG_WAY,
            about: "sends through the end that only receives",
        },
        Wrong {
            name: BOTH_SEND,
            about: "both ends send 16 MiB, and nobody receives",
        },
    ],
    play,
    cost,
};

pub(super) const PARTS: Parts = Parts {
    tool: PIPE.id,
    kind: ResourceKind::Pipe,
    act,
    time,
};

/// Sends back what comes, until the other end is closed.
fn act(actor: &Actor) -> Result<(), WorkerFnError> {
    let mut pipe = Connection::connect(&actor.script.told).map_err(refused)?;
    if actor.plays(BOTH_SEND) {
        // Ends when the director gives up.
        if pipe.send(&vec![0; FLOOD], &Limit::default()).is_err() {
            actor.say(&actor.script.name);
        }
        return Ok(());
    }
    loop {
        match actor.take(|| Ok::<_, PipeError>(pipe.recv(&Limit::default())))? {
            Err(PipeError::End) => return Ok(()),
            message => {
                let message = message.map_err(refused)?;
                actor.pause();
                pipe.send(&message, &Limit::default()).map_err(refused)?;
            }
        }
    }
}

/// A message through a pipe within one process; or, for a director who is at the other
/// end, its echo.
fn time(actor: &Actor) -> Result<(), WorkerFnError> {
    if !actor.script.told.is_empty() {
        return act(actor);
    }
    let (mut one, mut two) = Connection::pair().map_err(refused)?;
    actor.time(|| {
        one.send(&[0; SMALL], &Limit::default())?;
        two.recv(&Limit::default()).map(drop)
    })
}

/// A message whose bytes are known, whatever its length.
fn pattern(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

/// The director's ends.
struct Desk {
    listener: Listener,
    echoes: usize,
    pipes: Vec<Connection>,
}

impl Desk {
    /// Sets the stage for echoes who know where to knock.
    fn new(troupe: &mut Troupe<'_>, echoes: usize) -> io::Result<Self> {
        let listener = Listener::bind()?;
        troupe.tell(listener.address().to_owned());
        troupe.start_all("echo", echoes)?;
        Ok(Self {
            listener,
            echoes,
            pipes: Vec::new(),
        })
    }

    /// Whether all have come; if not, waits a little for the next.
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

fn play(stage: &Stage<'_>, wrong: Option<&'static Wrong>) -> io::Result<Outcome> {
    let mut troupe = stage.troupe(&PIPE, wrong, 0)?;
    let mut desk = Desk::new(&mut troupe, stage.workers)?;
    let (sent, whole) = (Cell::new(0), Cell::new(0));
    let stuck = Cell::new("");
    let blocking = troupe.blocking();
    let blocking = || Limit::within(blocking).or(stage.stop());
    let look = |troupe: &Troupe<'_>| {
        Inside::default()
            .figure("messages sent", sent.get())
            .figure("came back whole", whole.get())
            .waiting(troupe.line())
    };
    let acted = troupe.run_beside(look, |limit| {
        if !desk.is_complete(limit)? {
            return Ok(true);
        }
        if let Some(wrong) = wrong {
            stuck.set(misuse(&mut desk, wrong, &blocking())?);
        } else if sent.get() < stage.workers as u64 * stage.ops {
            let size = SIZES[usize::try_from(sent.get()).unwrap_or(0) / desk.echoes % SIZES.len()];
            let message = pattern(size);
            for pipe in &mut desk.pipes {
                whole.set(whole.get() + u64::from(echo(pipe, &message, stage)?));
                sent.set(sent.get() + 1);
            }
            return Ok(true);
        }
        // The end of the stream for the echoes.
        desk.pipes.clear();
        Ok(false)
    })?;
    acted.all()?;
    let operations = match wrong {
        None => stage.workers as u64 * stage.ops,
        Some(_) => 1,
    };
    let both: Vec<_> = acted.said().map(str::to_owned).collect();
    let told = |whole| format!("{whole} of {operations} messages came back whole");
    let mut outcome = acted.outcome(operations, told(operations), told(whole.get()));
    outcome.finding = wrong.map(|wrong| match wrong.name {
        WRONG_WAY => stuck.get().to_owned(),
        _ => format!(
            "standstill: the director and {} each waited for room in the other's buffer; \
             {}",
            both.first().map_or("nobody", String::as_str),
            stuck.get()
        ),
    });
    Ok(outcome)
}

/// Sends a message and takes what comes back; whether that is the same.
fn echo(pipe: &mut Connection, message: &[u8], stage: &Stage<'_>) -> io::Result<bool> {
    let limit = Limit::until(stage.stop());
    let sent = pipe.send(message, &limit);
    let back = sent.and_then(|()| pipe.recv(&limit));
    back.map(|back| back == message).map_err(io::Error::other)
}

/// Uses the first pipe wrongly; says what came of it.
fn misuse(desk: &mut Desk, wrong: &Wrong, limit: &Limit) -> io::Result<&'static str> {
    if desk.pipes.is_empty() {
        return Ok("");
    }
    let mut pipe = desk.pipes.remove(0);
    if wrong.name == WRONG_WAY {
        pipe = pipe.receive_only()?;
    }
    let size = if wrong.name == WRONG_WAY {
        SMALL
    } else {
        FLOOD
    };
    match pipe.send(&pattern(size), limit) {
        Err(PipeError::ReceiveOnly) => {
            Ok("the send was refused: this end of the pipe only receives")
        }
        Err(PipeError::Late(Timeout::Elapsed)) => Ok("given up at the limit of a wait"),
        Err(error) => Err(io::Error::other(error)),
        Ok(()) => Ok(""),
    }
}

/// Within one process, and there and back between two.
fn cost(stage: &Stage<'_>) -> io::Result<Vec<Cost>> {
    let alone = stage.timed(&PIPE, 0, 1)?.measure(PIPE.title)?;
    let mut troupe = stage.timed(&PIPE, 0, 1)?;
    let mut desk = Desk::new(&mut troupe, 1)?;
    let mut samples = Vec::new();
    let nothing = |_: &Troupe<'_>| Inside::default();
    let acted = troupe.run_beside(nothing, |limit| {
        if !desk.is_complete(limit)? {
            return Ok(true);
        }
        if samples.len() == SAMPLES {
            desk.pipes.clear();
            return Ok(false);
        }
        let began = Instant::now();
        for pipe in &mut desk.pipes {
            for _ in 0..ROUNDS {
                echo(pipe, &[0; SMALL], stage)?;
            }
        }
        samples.push(per_operation([(ROUNDS.into(), began.elapsed())]));
        Ok(true)
    })?;
    acted.all()?;
    let round_trip = Cost {
        label: PIPE.title.to_owned(),
        contended: true,
        samples,
    };
    Ok(vec![alone, round_trip])
}
