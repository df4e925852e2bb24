//! The scheduler that asks the user: steps, undoes, repeats.
//!
//! Two ends share it: the [`InteractiveScheduler`] runs inside the exploration, on the
//! program's threads, and waits for moves in `choose` and in `begin`; the [`StepHandle`] is
//! kept by the screen, sends moves and reads the latest [`RunView`], and never waits.
//!
//! To undo, the run is ended and a new one takes the same steps but for the last; that is a
//! matter of microseconds, and the handle's owner does not notice.
//!
//! What the moves do to the two lists, for threads `a` and `b`:
//!
//! ```text
//! move       schedule   undone (the last is redone first)
//!            a a b      ·
//! Undo       a a        b           a new run repeats a a
//! Seek(0)    ·          b a a
//! Redo       a          b a         the run goes on
//! Step(b)    a b        ·           another step than the undone one forgets them all
//! ```

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use parking_lot::Mutex;

use super::finding::{End, Finding};
use super::schedule::{ScheduleStep, StepSet};
use super::scheduler::{Scheduler, SchedulingPoint};
use super::trace::Trace;

/// What the user can do. A move that is not possible now is returned in
/// [`RunView::refused`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserMove {
    /// Takes one step, which must be ready. It forgets the undone steps, unless it is the next
    /// of them.
    Step(ScheduleStep),
    /// Takes all steps of the operation that this thread is at, as far as it can continue. Ends
    /// early where the thread is blocked.
    Finish(u8),
    Undo,
    Redo,
    /// Jumps to the state after `n` steps of the recorded schedule, including steps that were
    /// undone.
    Seek(usize),
    /// Takes this schedule from the start, as far as it fits. The step that does not is
    /// refused.
    Replay(Vec<ScheduleStep>),
}

/// The run as it stands before the user. A snapshot: later moves make a new one, so the screen
/// can keep and draw it without a lock.
#[derive(Clone, Debug)]
pub struct RunView {
    pub trace: Trace,
    /// The steps that can be taken; empty at the end.
    pub ready: StepSet,
    pub switches: u32,
    /// How it ended, if it did. Undoing is still possible.
    pub end: Option<End>,
    /// Steps that can be taken again, the next one last.
    pub undone: Vec<ScheduleStep>,
    /// The move that could not be made since the last view; the run has not changed by it.
    pub refused: Option<UserMove>,
    /// Grows with every change, so that a screen draws only what is new.
    pub version: u64,
}

/// The user's end: sends moves, sees the run. When it is dropped, the exploration ends with its
/// next question. May be used from any thread.
#[derive(Debug)]
pub struct StepHandle {
    // Unbounded, as a move is small and a person makes few.
    moves: Sender<UserMove>,
    view: Arc<Mutex<Option<Arc<RunView>>>>,
    // Room for one: it only says that there is something new.
    changed: Receiver<()>,
}

impl StepHandle {
    /// Sends a move. Never waits: its effect is seen in the next [`RunView`].
    pub fn make(&self, user_move: UserMove) {
        // A run that is over takes no more moves.
        let _ = self.moves.send(user_move);
    }

    /// Has a message whenever there is a view that was not there before; closed when the
    /// exploration is over.
    pub fn changed(&self) -> &Receiver<()> {
        &self.changed
    }

    /// The run as it stands; `None` before its first moment, while the threads come to their
    /// first steps.
    pub fn view(&self) -> Option<Arc<RunView>> {
        self.view.lock().clone()
    }
}

/// The exploration's end. It keeps the steps that the user has taken, so that each run can
/// take them again.
#[derive(Debug)]
pub struct InteractiveScheduler {
    moves: Receiver<UserMove>,
    view: Arc<Mutex<Option<Arc<RunView>>>>,
    change: Sender<()>,
    /// The steps to be taken before the user is asked: those so far, after an undo those of
    /// the new run.
    schedule: Vec<ScheduleStep>,
    /// Number of steps of the schedule that the present run has taken. Begins again at 0 with
    /// each run.
    at: usize,
    /// The steps beyond the present one, backwards: the last one is redone first.
    undone: Vec<ScheduleStep>,
    /// A thread that continues by itself, and the number of the operation that it is to finish: the
    /// steps of one operation have one number, so another number is the end.
    finishing: Option<(u8, u32)>,
    refused: Option<UserMove>,
    /// The last run came to its own end: the user is asked in `begin`, since no step is
    /// left.
    ended: bool,
    /// The handle was dropped: no further run begins.
    gone: bool,
    version: u64,
}

impl InteractiveScheduler {
    /// A scheduler for the exploration, and the handle that controls it, for the user's side. The
    /// two are joined by channels alone, so each can live on a thread of its own.
    pub fn new() -> (Self, StepHandle) {
        let (sender, moves) = unbounded();
        let view = Arc::default();
        let (change, changed) = bounded(1);
        let handle = StepHandle { moves: sender, view: Arc::clone(&view), changed };
        let scheduler = Self {
            moves,
            view,
            change,
            schedule: Vec::new(),
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

    /// Publishes the run as it stands, for [`StepHandle::view`], with the move that was refused
    /// since.
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

    /// Says that there is a new view. One message is enough, however many changes there were.
    fn notify_changed(&self) {
        let _ = self.change.try_send(());
    }

    /// Shows the same run again, with the move that could not be made. The view is copied on write:
    /// a screen may still draw the one before.
    fn refuse(&mut self, user_move: UserMove) {
        self.version += 1;
        let mut view = self.view.lock();
        if let Some(view) = view.as_mut() {
            let view = Arc::make_mut(view);
            view.refused = Some(user_move);
            view.version = self.version;
        }
        drop(view);
        self.notify_changed();
    }

    /// Changes what is to be done; returns whether that needs a new run, as all that goes backwards
    /// does. Returns a move that cannot be made as the error. `now` is `None` at the end of a run,
    /// where no step can be taken.
    fn apply(
        &mut self,
        user_move: UserMove,
        now: Option<&SchedulingPoint<'_>>,
    ) -> Result<bool, UserMove> {
        let ready = |choice| now.is_some_and(|now| now.ready.contains(choice));
        match user_move {
            UserMove::Step(choice) if ready(choice) => {
                // Stepping along what was undone is a redo; any other step forgets it.
                if self.undone.last() == Some(&choice) {
                    self.undone.pop();
                } else {
                    self.undone.clear();
                }
                self.schedule.push(choice);
                Ok(false)
            }
            UserMove::Finish(thread) if ready(ScheduleStep::Thread(thread)) => {
                let next = now.and_then(|now| now.model.next(usize::from(thread)));
                self.finishing = next.map(|next| (thread, next.operation));
                self.undone.clear();
                Ok(false)
            }
            UserMove::Undo if !self.schedule.is_empty() => {
                self.undone.extend(self.schedule.pop());
                Ok(true)
            }
            UserMove::Redo if !self.undone.is_empty() => {
                self.schedule.extend(self.undone.pop());
                Ok(false)
            }
            UserMove::Seek(step) if step < self.schedule.len() => {
                let undone = self.schedule.split_off(step);
                self.undone.extend(undone.into_iter().rev());
                Ok(true)
            }
            // Forwards: the part of the undone steps before `step` is taken again.
            UserMove::Seek(step) if !self.undone.is_empty() => {
                let rest = (self.schedule.len() + self.undone.len()).saturating_sub(step);
                let rest = rest.min(self.undone.len());
                self.schedule.extend(self.undone.drain(rest..).rev());
                Ok(false)
            }
            UserMove::Replay(schedule) => {
                self.schedule = schedule;
                self.undone.clear();
                Ok(true)
            }
            other => Err(other),
        }
    }

    /// The next step that needs no question: of the schedule, or of an operation to be
    /// finished. `None` if the user is to be asked.
    fn next(&mut self, now: &SchedulingPoint<'_>) -> Option<ScheduleStep> {
        // At the end of the schedule.
        if self.at == self.schedule.len() {
            let (thread, operation) = self.finishing?;
            let next = now.model.next(usize::from(thread));
            let same = next.is_some_and(|next| next.operation == operation);
            if !same || !now.ready.contains(ScheduleStep::Thread(thread)) {
                self.finishing = None;
                return None;
            }
            self.schedule.push(ScheduleStep::Thread(thread));
        }
        let choice = *self.schedule.get(self.at)?;
        if now.ready.contains(choice) {
            self.at += 1;
            return Some(choice);
        }
        // A schedule that does not fit is followed as far as it does.
        self.schedule.truncate(self.at);
        self.refused = Some(UserMove::Step(choice));
        None
    }
}

impl Scheduler for InteractiveScheduler {
    fn begin(&mut self) -> bool {
        // Waiting here holds up nothing: all threads have left the run.
        while self.ended && !self.gone {
            match self.moves.recv().map(|user_move| self.apply(user_move, None)) {
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
            // Blocks the thread that holds the baton, and so the whole program, until the
            // user moves.
            let Ok(user_move) = self.moves.recv() else {
                self.gone = true;
                return None;
            };
            match self.apply(user_move, Some(now)) {
                Ok(false) => {}
                Ok(true) => return None,
                Err(refused) => self.refuse(refused),
            }
        }
    }

    fn end(&mut self, finding: &Finding<'_>) {
        // An undo ends a run as stopped: the next one begins at once, and nothing is shown.
        self.ended = *finding.end != End::Stopped;
        if self.ended {
            // Steps of a schedule beyond the end were never taken.
            self.schedule.truncate(finding.steps());
            let end = Some(finding.end.clone());
            let trace = finding.keep().trace;
            self.show(trace, StepSet::default(), finding.switches, end);
        }
    }
}
