//! The pilot that is a person: steps, undoes, plays forth and back.
//!
//! To undo, the run is ended and a new one takes the same way but for its last step;
//! that is a matter of microseconds. Must not know where the person sits.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use parking_lot::Mutex;

use super::film::Film;
use super::finding::{End, Finding};
use super::pilot::{Moment, Pilot};
use super::turn::{Turn, Turns};

/// What a person can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// One step.
    Step(Turn),
    /// All steps of the operation that this thread is at, as far as it can go on.
    Finish(u8),
    Undo,
    Redo,
    /// To after so many steps of what has been done, undone or not.
    Seek(usize),
    /// This schedule, from the start.
    Play(Vec<Turn>),
}

/// The run as it stands before a person.
#[derive(Clone, Debug)]
pub struct View {
    pub film: Film,
    /// Who can go on.
    pub ready: Turns,
    pub switches: u32,
    /// How it ended, if it did.
    pub end: Option<End>,
    /// Steps that can be done again.
    pub undone: Vec<Turn>,
    /// The move that could not be made.
    pub refused: Option<Move>,
    /// Grows with every change.
    pub version: u64,
}

/// The person's end: sends moves, sees the run. When it is dropped, the run ends.
#[derive(Debug)]
pub struct Grip {
    moves: Sender<Move>,
    view: Arc<Mutex<Option<Arc<View>>>>,
    changed: Receiver<()>,
}

impl Grip {
    /// Never waits: what became of the move is seen in the next [`View`].
    pub fn make(&self, made: Move) {
        // A run that is over takes no more moves.
        let _ = self.moves.send(made);
    }

    /// Has something whenever there is a view that was not there before; closed when the
    /// run is over.
    pub fn changed(&self) -> &Receiver<()> {
        &self.changed
    }

    /// The run as it stands; none before its first moment.
    pub fn view(&self) -> Option<Arc<View>> {
        self.view.lock().clone()
    }
}

/// The engine's end.
#[derive(Debug)]
pub struct Hand {
    moves: Receiver<Move>,
    view: Arc<Mutex<Option<Arc<View>>>>,
    change: Sender<()>,
    /// What is to be done before the person is asked.
    way: Vec<Turn>,
    at: usize,
    undone: Vec<Turn>,
    /// The operation of a thread that goes on by itself.
    finishing: Option<(u8, u32)>,
    refused: Option<Move>,
    /// The last run came to its own end.
    ended: bool,
    gone: bool,
    version: u64,
}

impl Hand {
    /// A pilot, and the grip by which it is led.
    pub fn new() -> (Self, Grip) {
        let (sender, moves) = unbounded();
        let view = Arc::default();
        let (change, changed) = bounded(1);
        let grip = Grip {
            moves: sender,
            view: Arc::clone(&view),
            changed,
        };
        let hand = Self {
            moves,
            view,
            change,
            way: Vec::new(),
            at: 0,
            undone: Vec::new(),
            finishing: None,
            refused: None,
            ended: false,
            gone: false,
            version: 0,
        };
        (hand, grip)
    }

    fn show(&mut self, film: Film, ready: Turns, switches: u32, end: Option<End>) {
        self.version += 1;
        *self.view.lock() = Some(Arc::new(View {
            film,
            ready,
            switches,
            end,
            undone: self.undone.clone(),
            refused: self.refused.take(),
            version: self.version,
        }));
        self.say_changed();
    }

    /// One word is enough, however many changes there were.
    fn say_changed(&self) {
        let _ = self.change.try_send(());
    }

    /// Shows the same again, with the move that could not be made.
    fn refuse(&mut self, made: Move) {
        self.version += 1;
        let mut view = self.view.lock();
        if let Some(view) = view.as_mut() {
            let view = Arc::make_mut(view);
            view.refused = Some(made);
            view.version = self.version;
        }
        drop(view);
        self.say_changed();
    }

    /// Changes what is to be done; tells whether that needs a new run. Gives back a
    /// move that cannot be made.
    fn plan(&mut self, made: Move, now: Option<&Moment<'_>>) -> Result<bool, Move> {
        let ready = |turn| now.is_some_and(|now| now.ready.contains(turn));
        match made {
            Move::Step(turn) if ready(turn) => {
                if self.undone.last() == Some(&turn) {
                    self.undone.pop();
                } else {
                    self.undone.clear();
                }
                self.way.push(turn);
                Ok(false)
            }
            Move::Finish(thread) if ready(Turn::Thread(thread)) => {
                let next = now.and_then(|now| now.desk.next(usize::from(thread)));
                self.finishing = next.map(|next| (thread, next.operation));
                self.undone.clear();
                Ok(false)
            }
            Move::Undo if !self.way.is_empty() => {
                self.undone.extend(self.way.pop());
                Ok(true)
            }
            Move::Redo if !self.undone.is_empty() => {
                self.way.extend(self.undone.pop());
                Ok(false)
            }
            Move::Seek(step) if step < self.way.len() => {
                let undone = self.way.split_off(step);
                self.undone.extend(undone.into_iter().rev());
                Ok(true)
            }
            Move::Seek(step) if !self.undone.is_empty() => {
                let rest = (self.way.len() + self.undone.len()).saturating_sub(step);
                let rest = rest.min(self.undone.len());
                self.way.extend(self.undone.drain(rest..).rev());
                Ok(false)
            }
            Move::Play(schedule) => {
                self.way = schedule;
                self.undone.clear();
                Ok(true)
            }
            other => Err(other),
        }
    }

    /// The next turn that is to be done anyway.
    fn next(&mut self, now: &Moment<'_>) -> Option<Turn> {
        if self.at == self.way.len() {
            let (thread, operation) = self.finishing?;
            let next = now.desk.next(usize::from(thread));
            let same = next.is_some_and(|next| next.operation == operation);
            if !same || !now.ready.contains(Turn::Thread(thread)) {
                self.finishing = None;
                return None;
            }
            self.way.push(Turn::Thread(thread));
        }
        let turn = *self.way.get(self.at)?;
        if now.ready.contains(turn) {
            self.at += 1;
            return Some(turn);
        }
        // A schedule that does not fit is followed as far as it does.
        self.way.truncate(self.at);
        self.refused = Some(Move::Step(turn));
        None
    }
}

impl Pilot for Hand {
    fn begin(&mut self) -> bool {
        while self.ended && !self.gone {
            match self.moves.recv().map(|made| self.plan(made, None)) {
                Ok(Ok(anew)) => self.ended = !anew,
                Ok(Err(refused)) => self.refuse(refused),
                Err(_) => self.gone = true,
            }
        }
        self.at = 0;
        self.finishing = None;
        !self.gone
    }

    fn choose(&mut self, now: &Moment<'_>) -> Option<Turn> {
        let mut shown = false;
        loop {
            if let Some(turn) = self.next(now) {
                return Some(turn);
            }
            if !shown || self.refused.is_some() {
                self.show(now.film(), now.ready, now.switches, None);
                shown = true;
            }
            let Ok(made) = self.moves.recv() else {
                self.gone = true;
                return None;
            };
            match self.plan(made, Some(now)) {
                Ok(false) => {}
                Ok(true) => return None,
                Err(refused) => self.refuse(refused),
            }
        }
    }

    fn end(&mut self, finding: &Finding<'_>) {
        self.ended = *finding.end != End::Stopped;
        if self.ended {
            self.way.truncate(finding.steps());
            let end = Some(finding.end.clone());
            let film = finding.keep().film;
            self.show(film, Turns::default(), finding.switches, end);
        }
    }
}
