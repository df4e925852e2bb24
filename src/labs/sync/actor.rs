//! A process of a play, seen from within: its script, what it notes, and the board that
//! it shares with the director.
//!
//! Must not know any single tool, nor anything of the process that started it.

use std::cell::RefCell;
use std::fmt::Display;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::kit::child::{WorkerFnError, region};
use crate::kit::clock::monotonic_ns;
use crate::kit::limit::Limit;
use crate::kit::shared::{Acquired, Array, Barrier, Event, Layout, Lock, Log, Region, Value};
use crate::kit::stop::Stop;

/// The most processes of a play: the largest number of workers, and some helpers.
const MOST: usize = 20;
/// Waits that a process notes.
const WAITS: usize = 20_000;
/// Hand-overs that it notes.
const ORDER: usize = 24;
/// Samples of each cost, and how long one takes about.
const SAMPLES: usize = 5;
const SAMPLE: Duration = Duration::from_millis(4);
/// What a process tells of its moves before the director reads it.
const LOG: usize = 2048;
/// Operations between two looks at the clock.
const BATCH: u64 = 16;

/// What one process of a play is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Script {
    pub(super) tool: String,
    /// Its own name: `adder-1`.
    pub(super) name: String,
    pub(super) wrong: Option<String>,
    /// Its number, from 0.
    pub(super) part: usize,
    pub(super) workers: usize,
    pub(super) ops: u64,
    /// How long it waits for what a wrong use keeps from coming.
    pub(super) patience_ms: u64,
    /// An address, for those who need one.
    pub(super) told: String,
    /// Not a play: one of so many processes that measure a cost.
    pub(super) timed: Option<usize>,
}

/// What one process of a play notes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Notes {
    pub(super) waits_ns: Vec<u64>,
    /// When it got the tool, the first times, by the clock of the machine.
    pub(super) got_at: Vec<u64>,
    /// What it has to say about what went wrong.
    pub(super) said: Vec<String>,
    /// Operations and nanoseconds of each sample.
    pub(super) timed: Vec<(u64, u64)>,
}

/// What a process tells of its moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// It wants a lock; this process has it, if any.
    Wants(Option<u32>),
    /// It waits for something that nobody has.
    Waits,
    Got,
    /// It waited in vain.
    GaveUp,
    GaveBack,
}

impl Move {
    fn to_number(self) -> u64 {
        let (kind, pid) = match self {
            Self::Wants(holder) => (0, holder.unwrap_or(0)),
            Self::Got => (1, 0),
            Self::GaveUp => (2, 0),
            Self::GaveBack => (3, 0),
            Self::Waits => (4, 0),
        };
        u64::from(pid) << 8 | kind
    }

    fn from_number(number: u64) -> Self {
        match number & 0xff {
            0 => Self::Wants(u32::try_from(number >> 8).ok().filter(|pid| *pid != 0)),
            1 => Self::Got,
            2 => Self::GaveUp,
            3 => Self::GaveBack,
            _ => Self::Waits,
        }
    }
}

/// What all processes of a play and its director see beside the tool.
pub(super) struct Board {
    pace_us: Value,
    /// Since when each of them waits for the tool; 0 if it does not.
    waits: Array,
    /// How many are there; the play begins when all are.
    present: Value,
    pub(super) curtain: Event,
    /// Where those who measure a cost begin together.
    start: Barrier,
    /// What each tells.
    logs: Vec<Log>,
}

impl Board {
    pub(super) const CELLS: usize = 2 * Value::CELLS
        + Array::cells(MOST)
        + Event::CELLS
        + Barrier::CELLS
        + MOST * Log::cells(LOG);

    /// Sets up the board for so many who measure.
    pub(super) fn create(layout: &mut Layout, timed: usize) -> Self {
        let timed = u32::try_from(timed).unwrap_or(1);
        Self::instantiate(layout, |layout| Barrier::create(layout, timed))
    }

    /// Finds the board that the director set up.
    pub(super) fn attach(layout: &mut Layout) -> Self {
        Self::instantiate(layout, Barrier::attach)
    }

    fn instantiate(layout: &mut Layout, start: impl FnOnce(&mut Layout) -> Barrier) -> Self {
        Self {
            pace_us: Value::new(layout),
            waits: Array::attach(layout, MOST),
            present: Value::new(layout),
            curtain: Event::new(layout),
            start: start(layout),
            logs: (0..MOST).map(|_| Log::new(layout, LOG)).collect(),
        }
    }

    pub(super) fn set_pace(&self, pace: Duration) {
        let micros = i64::try_from(pace.as_micros()).unwrap_or(i64::MAX);
        self.pace_us.set(micros);
    }

    /// Lets the play begin once so many are there.
    pub(super) fn raise_curtain(&self, parts: usize) {
        if usize::try_from(self.present.get()) == Ok(parts) {
            self.curtain.set();
        }
    }

    /// What this process has told since the last call, with the clock of the machine.
    pub(super) fn moves(&self, part: usize) -> impl Iterator<Item = (u64, Move)> {
        let log = self.logs.get(part);
        let entries = std::iter::from_fn(move || log?.read());
        entries.map(|[at, what]| (at, Move::from_number(what)))
    }

    /// How much all have told so far.
    pub(super) fn told(&self) -> u64 {
        self.logs.iter().map(|log| log.written() + log.lost()).sum()
    }

    /// What all have told and could not write down so far.
    pub(super) fn lost(&self) -> u64 {
        self.logs.iter().map(Log::lost).sum()
    }

    /// Those who wait, first come first.
    pub(super) fn line(&self) -> Vec<usize> {
        let waits = self.waits.to_vec().into_iter().enumerate();
        let mut line: Vec<_> = waits.filter(|(_, since)| *since != 0).collect();
        line.sort_by_key(|(_, since)| *since);
        line.into_iter().map(|(part, _)| part).collect()
    }
}

/// A process of a play.
pub(super) struct Actor {
    pub(super) script: Script,
    board: Board,
    layout: Layout,
    notes: RefCell<Notes>,
}

impl Actor {
    /// Waits until the play begins.
    ///
    /// # Errors
    /// If no memory was handed over.
    pub(super) fn enter(script: Script) -> Result<Self, WorkerFnError> {
        let region = region()
            .ok_or_else(|| WorkerFnError::new("OSError", "no shared memory was handed over"))?;
        Self::enter_on(script, region)
    }

    /// The same on a region that is given: in a worker there is one, in a test several.
    ///
    /// # Errors
    /// If the play cannot begin.
    pub(super) fn enter_on(script: Script, region: &Region) -> Result<Self, WorkerFnError> {
        let mut layout = region.layout();
        let board = Board::attach(&mut layout);
        board.present.add(1, &Limit::default()).map_err(refused)?;
        board.curtain.wait(&Limit::default()).map_err(refused)?;
        Ok(Self {
            script,
            board,
            layout,
            notes: RefCell::default(),
        })
    }

    pub(super) fn into_notes(self) -> Notes {
        self.notes.into_inner()
    }

    /// Where the tool is laid out.
    pub(super) fn layout(&self) -> Layout {
        self.layout.clone()
    }

    /// Whether this wrong use is played.
    pub(super) fn plays(&self, wrong: &str) -> bool {
        self.script.wrong.as_deref() == Some(wrong)
    }

    /// Whether this is the first process, and this wrong use is played.
    pub(super) fn errs(&self, wrong: &str) -> bool {
        self.script.part == 0 && self.plays(wrong)
    }

    /// How long to wait for what a wrong use may keep from coming.
    pub(super) fn blocking(&self) -> Limit {
        Limit::within(Duration::from_millis(self.script.patience_ms))
    }

    /// Gets the tool by `take`, and notes how long that took.
    ///
    /// # Errors
    /// That of `take`.
    pub(super) fn take<T, E: Display>(
        &self,
        take: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, WorkerFnError> {
        self.wait(Move::Waits, take)
    }

    fn wait<T, E: Display>(
        &self,
        wants: Move,
        take: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, WorkerFnError> {
        let began = self.tell(wants);
        let since = i64::try_from(began).unwrap_or(i64::MAX);
        self.board.waits.set(self.script.part, since);
        let got = take();
        self.board.waits.set(self.script.part, 0);
        let now = self.tell(if got.is_ok() { Move::Got } else { Move::GaveUp });
        // As between threads: a wait in vain is neither an acquisition nor a wait for one.
        if got.is_ok() {
            let notes = &mut *self.notes.borrow_mut();
            if notes.waits_ns.len() < WAITS {
                notes.waits_ns.push(now - began);
            }
            if notes.got_at.len() < ORDER {
                notes.got_at.push(now);
            }
        }
        got.map_err(refused)
    }

    /// Takes a lock.
    ///
    /// # Errors
    /// None that this play could expect.
    pub(super) fn lock(&self, lock: &Lock) -> Result<Acquired, WorkerFnError> {
        self.wait(Move::Wants(lock.holder()), || {
            lock.acquire(&Limit::default())
        })
    }

    /// Gives the tool back by `give`.
    ///
    /// # Errors
    /// That of `give`.
    pub(super) fn give_back<E: Display>(
        &self,
        give: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), WorkerFnError> {
        // Before it is so: the next may have it before we could say it.
        self.tell(Move::GaveBack);
        give().map_err(refused)
    }

    /// Tells the director, and gives the moment.
    fn tell(&self, what: Move) -> u64 {
        let now = monotonic_ns();
        if let Some(log) = self.board.logs.get(self.script.part) {
            log.write([now, what.to_number()]);
        }
        now
    }

    /// A pause before a step, so that eyes can follow on the live screen.
    pub(super) fn pause(&self) {
        let micros = u64::try_from(self.board.pace_us.get()).unwrap_or(0);
        if micros > 0 {
            // Nobody can ask: the process is ended when the play is called off.
            Stop::new().sleep(Duration::from_micros(micros));
        }
    }

    /// The same in a window that others are to fall into: at least lets them run.
    pub(super) fn pause_or_yield(&self) {
        std::thread::yield_now();
        self.pause();
    }

    /// Notes something about what went wrong.
    pub(super) fn say(&self, text: impl Into<String>) {
        self.notes.borrow_mut().said.push(text.into());
    }

    /// Times `op`, together with the others, for about so long as a sample takes.
    ///
    /// # Errors
    /// That of `op`.
    pub(super) fn time<E: Display>(
        &self,
        mut op: impl FnMut() -> Result<(), E>,
    ) -> Result<(), WorkerFnError> {
        self.sample(|| {
            let (began, mut done) = (Instant::now(), 0);
            while began.elapsed() < SAMPLE {
                (0..BATCH).try_for_each(|_| op())?;
                done += BATCH;
            }
            Ok::<_, E>(done)
        })
    }

    /// Times `rounds` operations of this process.
    ///
    /// # Errors
    /// That of `op`.
    pub(super) fn time_rounds<E: Display>(
        &self,
        rounds: u64,
        mut op: impl FnMut() -> Result<(), E>,
    ) -> Result<(), WorkerFnError> {
        self.sample(|| (0..rounds).try_for_each(|_| op()).map(|()| rounds))
    }

    /// Times `rounds` of what all processes do together, such as meeting at a barrier:
    /// each round is one operation, however many take part, so only the first counts it.
    ///
    /// # Errors
    /// That of `op`.
    pub(super) fn time_together<E: Display>(
        &self,
        rounds: u64,
        mut op: impl FnMut() -> Result<(), E>,
    ) -> Result<(), WorkerFnError> {
        let counted = if self.script.part == 0 { rounds } else { 0 };
        self.sample(|| (0..rounds).try_for_each(|_| op()).map(|()| counted))
    }

    fn sample<E: Display>(
        &self,
        mut sample: impl FnMut() -> Result<u64, E>,
    ) -> Result<(), WorkerFnError> {
        for _ in 0..SAMPLES {
            let begin = self.board.start.wait(&Limit::default(), || ());
            begin.map_err(refused)?;
            let began = monotonic_ns();
            let done = sample().map_err(refused)?;
            let timed = (done, monotonic_ns() - began);
            self.notes.borrow_mut().timed.push(timed);
        }
        Ok(())
    }
}

/// A tool's refusal as the error of a job.
pub(super) fn refused(why: impl Display) -> WorkerFnError {
    WorkerFnError::new("ToolError", why.to_string())
}
