//! The scheduler that is a person: steps, undoes, plays forth and back.
//!
//! To undo, the run is ended and a new one takes the same way but for its last step;
//! that is a matter of microseconds. Must not know where the person sits.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use parking_lot::Mutex;

use super::finding::{End, Finding};
use super::schedule::{ScheduleStep, StepSet};
use super::scheduler::{Scheduler, SchedulingPoint};
use super::trace::Trace;

/// What a person can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserMove {
    /// One step.
    Step(ScheduleStep),
    /// All steps of the operation that this thread is at, as far as it can go on.
    Finish(u8),
    Undo,
    Redo,
    /// Jumps to the state after `n` steps of the recorded schedule, including steps that were
    /// undone.
    Seek(usize),
    /// This schedule, from the start.
    Play(Vec<ScheduleStep>),
}

/// The run as it stands before a person.
#[derive(Clone, Debug)]
pub struct RunView {
    pub trace: Trace,
    /// Who can go on.
    pub ready: StepSet,
    pub switches: u32,
    /// How it ended, if it did.
    pub end: Option<End>,
    /// Steps that can be done again.
    pub undone: Vec<ScheduleStep>,
    /// The move that could not be made.
    pub refused: Option<UserMove>,
    /// Grows with every change.
    pub version: u64,
}

/// The person's end: sends moves, sees the run. When it is dropped, the run ends.
#[derive(Debug)]
pub struct StepHandle {
    moves: Sender<UserMove>,
    view: Arc<Mutex<Option<Arc<RunView>>>>,
    changed: Receiver<()>,
}

impl StepHandle {
    /// Never waits: what became of the move is seen in the next [`RunView`].
    pub fn make(&self, made: UserMove) {
        // A run that is over takes no more moves.
        let _ = self.moves.send(made);
    }

    /// Has something whenever there is a view that was not there before; closed when the
    /// run is over.
    pub fn changed(&self) -> &Receiver<()> {
        &self.changed
    }

    /// The run as it stands; none before its first moment.
    pub fn view(&self) -> Option<Arc<RunView>> {
        self.view.lock().clone()
    }
}

/// The engine's end.
#[derive(Debug)]
pub struct InteractiveScheduler {
    moves: Receiver<UserMove>,
    view: Arc<Mutex<Option<Arc<RunView>>>>,
    change: Sender<()>,
    /// What is to be done before the person is asked.
    way: Vec<ScheduleStep>,
    at: usize,
    undone: Vec<ScheduleStep>,
    /// The operation of a thread that goes on by itself.
    finishing: Option<(u8, u32)>,
    refused: Option<UserMove>,
    /// The last run came to its own end.
    ended: bool,
    gone: bool,
    version: u64,
}

impl InteractiveScheduler {
    /// A scheduler, and the grip by which it is led.
    pub fn new() -> (Self, StepHandle) {
        let (sender, moves) = unbounded();
        let view = Arc::default();
        let (change, changed) = bounded(1);
        let handle = StepHandle { moves: sender, view: Arc::clone(&view), changed };
        let scheduler = Self {
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
        (scheduler, handle)
    }

    fn show(&mut self, trace: Trace, ready: StepSet, switches: u32, end: Option<End>) {
        self.version += 1;
        *self.view.lock() = Some(Arc::new(RunView {
            trace,
            ready,
            switches,
            end,
            undone: self.undone.clone(),
            refused: self.refused.take(),
            version: self.version,
        }));
        self.notify_changed();
    }

    /// One word is enough, however many changes there were.
    fn notify_changed(&self) {
        let _ = self.change.try_send(());
    }

    /// Shows the same again, with the move that could not be made.
    fn refuse(&mut self, made: UserMove) {
        self.version += 1;
        let mut view = self.view.lock();
        if let Some(view) = view.as_mut() {
            let view = Arc::make_mut(view);
            view.refused = Some(made);
            view.version = self.version;
        }
        drop(view);
        self.notify_changed();
    }

    /// Changes what is to be done; returns whether that needs a new run. Gives back a
    /// move that cannot be made.
    fn plan(
        &mut self,
        made: UserMove,
        now: Option<&SchedulingPoint<'_>>,
    ) -> Result<bool, UserMove> {
        let ready = |choice| now.is_some_and(|now| now.ready.contains(choice));
        match made {
            UserMove::Step(choice) if ready(choice) => {
                if self.undone.last() == Some(&choice) {
                    self.undone.pop();
                } else {
                    self.undone.clear();
                }
                self.way.push(choice);
                Ok(false)
            }
            UserMove::Finish(thread) if ready(ScheduleStep::Thread(thread)) => {
                let next = now.and_then(|now| now.model.next(usize::from(thread)));
                self.finishing = next.map(|next| (thread, next.operation));
                self.undone.clear();
                Ok(false)
            }
            UserMove::Undo if !self.way.is_empty() => {
                self.undone.extend(self.way.pop());
                Ok(true)
            }
            UserMove::Redo if !self.undone.is_empty() => {
                self.way.extend(self.undone.pop());
                Ok(false)
            }
            UserMove::Seek(step) if step < self.way.len() => {
                let undone = self.way.split_off(step);
                self.undone.extend(undone.into_iter().rev());
                Ok(true)
            }
            UserMove::Seek(step) if !self.undone.is_empty() => {
                let rest = (self.way.len() + self.undone.len()).saturating_sub(step);
                let rest = rest.min(self.undone.len());
                self.way.extend(self.undone.drain(rest..).rev());
                Ok(false)
            }
            UserMove::Play(schedule) => {
                self.way = schedule;
                self.undone.clear();
                Ok(true)
            }
            other => Err(other),
        }
    }

    /// The next turn that is to be done anyway.
    fn next(&mut self, now: &SchedulingPoint<'_>) -> Option<ScheduleStep> {
        if self.at == self.way.len() {
            let (thread, operation) = self.finishing?;
            let next = now.model.next(usize::from(thread));
            let same = next.is_some_and(|next| next.operation == operation);
            if !same || !now.ready.contains(ScheduleStep::Thread(thread)) {
                self.finishing = None;
                return None;
            }
            self.way.push(ScheduleStep::Thread(thread));
        }
        let choice = *self.way.get(self.at)?;
        if now.ready.contains(choice) {
            self.at += 1;
            return Some(choice);
        }
        // A schedule that does not fit is followed as far as it does.
        self.way.truncate(self.at);
        self.refused = Some(UserMove::Step(choice));
        None
    }
}

impl Scheduler for InteractiveScheduler {
    fn begin(&mut self) -> bool {
        while self.ended && !self.gone {
            match self.moves.recv().map(|made| self.plan(made, None)) {
                Ok(Ok(again)) => self.ended = !again,
                Ok(Err(refused)) => self.refuse(refused),
                Err(_) => self.gone = true,
            }
        }
        self.at = 0;
        self.finishing = None;
        !self.gone
    }

    fn choose(&mut self, now: &SchedulingPoint<'_>) -> Option<ScheduleStep> {
        let mut shown = false;
        loop {
            if let Some(choice) = self.next(now) {
                return Some(choice);
            }
            if !shown || self.refused.is_some() {
                self.show(now.trace(), now.ready, now.switches, None);
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
            let trace = finding.keep().trace;
            self.show(trace, StepSet::default(), finding.switches, end);
        }
    }
}
