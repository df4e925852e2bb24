//! The table around which a program's threads sit: one of them has the baton.
//!
//! A thread that announces its next step holds the baton, so it asks the pilot
//! itself, and hands the baton over only if another thread is to go on. Whoever
//! finishes a run judges it and lays out the next one. Nothing runs beside the
//! holder, so the session's mutex is never waited for.
//!
//! Must not know how turns are chosen.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;

use super::baton::{Baton, Place};
use super::desk::{Memory, Next, Phase, Until, lane};
use super::fault::Fault;
use super::pilot::Pilot;
use super::plan::Program;
use super::session::{Order, Session};
use crate::kit::model::{Op, Seen};
use crate::kit::panics;
use crate::kit::step::{Ask, Go, Name, ObjectId, Stage, Touched, at_operation, enter_stage, leave};
use crate::kit::stop::Stop;

/// Steps that a run may take unless something else is said. No schedule that is typed in
/// is longer.
pub const STEP_BOUND: usize = 10_000;

/// How a program is explored.
#[derive(Clone, Debug)]
pub struct Config {
    pub memory: Memory,
    /// A run that takes more steps than this is ended.
    pub step_bound: usize,
    /// A thread that does not come to its next step for so long is named and left alone.
    pub watchdog: Duration,
    /// Ends the exploration at the next step.
    pub stop: Stop,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            memory: Memory::Sc,
            step_bound: STEP_BOUND,
            watchdog: Duration::from_secs(1),
            stop: Stop::new(),
        }
    }
}

/// What an exploration came to; the pilot knows the rest.
#[derive(Debug)]
pub struct Outcome<P> {
    pub pilot: P,
    pub runs: u64,
    pub steps: u64,
    pub fault: Option<Fault>,
}

/// Takes `program` through the runs that `pilot` asks for, on threads of their own,
/// and returns when it has had enough or the config's stop is requested. All threads
/// have ended then, except one that is [`Fault::Stuck`].
pub fn explore<P: Pilot>(pilot: P, program: Arc<dyn Program>, config: &Config) -> Outcome<P> {
    let mut session = Session::new(pilot, program, config.clone());
    let first = session.advance();
    let threads = session.threads();
    let table = Arc::new(Table {
        baton: Baton::new(threads),
        session: Mutex::new(session),
    });
    let mut workers: Vec<JoinHandle<()>> = Vec::with_capacity(threads);
    for thread in 0..threads {
        match table.spawn(thread) {
            Ok(worker) => workers.push(worker),
            Err(error) => {
                table.session.lock().not_started(thread, &error);
                break;
            }
        }
    }
    let handles = workers.iter().map(|worker| worker.thread().clone());
    table.baton.seat(handles.collect());
    table.pass(first.filter(|_| workers.len() == threads));
    let stuck = table.watch(config.watchdog);
    for (thread, worker) in workers.into_iter().enumerate() {
        if stuck != Some(thread) {
            // Whatever the body panicked with has been taken care of.
            let _ = worker.join();
        }
    }
    let mut session = table.session.lock();
    session.outcome(stuck)
}

/// What the threads of one exploration share.
struct Table<P: Pilot> {
    baton: Baton,
    session: Mutex<Session<P>>,
}

impl<P: Pilot> Table<P> {
    fn spawn(self: &Arc<Self>, thread: usize) -> io::Result<JoinHandle<()>> {
        let name = self.session.lock().name(thread).to_string();
        let table = Arc::clone(self);
        let work = move || table.work(thread);
        thread::Builder::new().name(name).spawn(work)
    }

    /// A thread's life: run after run of the program's body of that number.
    fn work(self: Arc<Self>, me: usize) {
        let chair = Rc::new(Chair {
            table: self,
            me,
            took: Cell::new(None),
            left: Cell::new(false),
            place: RefCell::default(),
        });
        let table = &chair.table;
        while chair.wait().is_some() {
            let Some(body) = table.session.lock().take_body(me) else {
                break;
            };
            chair.left.set(false);
            let seat = enter_stage(chair.clone(), lane(me));
            let outcome = panics::capture(body);
            drop(seat);
            let took = chair.took.take();
            let phase = match outcome {
                Ok(_) => Some(Phase::Returned),
                Err(_) if chair.left.get() => None,
                Err(panic) => {
                    let mut session = table.session.lock();
                    session.panicked(me, panic.message.to_string());
                    Some(Phase::Panicked)
                }
            };
            let next = {
                let mut session = table.session.lock();
                session.ended(me, took, phase);
                session.advance()
            };
            table.pass(next);
        }
    }

    /// Hands the baton over; to nobody if the exploration is over.
    fn pass(&self, next: Option<(usize, Order)>) {
        match next {
            Some((thread, order)) => self.baton.pass(thread, order as usize),
            None => self.baton.end(),
        }
    }

    /// Waits for the end; gives the thread that does not come to its next step. Counts
    /// looks, not time: a process that was stopped for a while is not stuck.
    fn watch(&self, limit: Duration) -> Option<usize> {
        let (mut seen, mut still) = (0, 0);
        while !self.baton.is_over() {
            self.baton.sleep(limit / LOOKS);
            // Whoever has the session is thinking, be it for hours: a pilot may be a person.
            let moves = self.session.try_lock().map(|session| session.moves());
            if moves == Some(seen) {
                still += 1;
            } else {
                (seen, still) = (moves.unwrap_or(seen), 0);
            }
            if still > LOOKS && !self.baton.is_over() {
                self.baton.end();
                return Some(self.baton.holder());
            }
        }
        None
    }
}

/// Looks at a thread before it counts as stuck.
const LOOKS: u32 = 8;

/// A thread's place at the table.
struct Chair<P: Pilot> {
    table: Arc<Table<P>>,
    me: usize,
    /// What the last step found, told with the next announcement.
    took: Cell<Option<Seen>>,
    /// The run was over before this thread's body.
    left: Cell<bool>,
    place: RefCell<Place>,
}

impl<P: Pilot> Chair<P> {
    fn wait(&self) -> Option<Order> {
        let order = self
            .table
            .baton
            .wait(self.me, &mut self.place.borrow_mut())?;
        Some(Order::of(order))
    }
}

impl<P: Pilot> Stage for Chair<P> {
    fn announce(&self, ask: &Ask<'_>) -> Go {
        let next = next_of(ask, |touched| touched.object.on_desk());
        let next = {
            let mut session = self.table.session.lock();
            session.announced(self.me, self.took.take(), next);
            session.advance()
        };
        let order = match next {
            Some((thread, order)) if thread == self.me => Some(order),
            next => {
                self.table.pass(next);
                self.wait()
            }
        };
        match order {
            Some(Order::Go) => Go::Take,
            Some(Order::Buffered) => {
                let session = self.table.session.lock();
                Go::Buffered(session.buffered(self.me))
            }
            // A thread that unwinds already goes on to its end by itself.
            _ if thread::panicking() => Go::Free,
            _ => {
                self.left.set(true);
                leave()
            }
        }
    }

    fn took(&self, seen: Seen) {
        self.took.set(Some(seen));
    }

    fn missed(&self) {
        self.took.set(Some(Seen::Refused));
    }
}

/// The announcement as plain data, with the places on the desk of what it touches; an
/// error names a thing that has none.
pub(super) fn next_of(
    ask: &Ask<'_>,
    mut place: impl FnMut(&Touched<'_>) -> Option<ObjectId>,
) -> Result<Next, Name> {
    let mut ids = Vec::new();
    for touched in ask.on {
        ids.push(place(touched).ok_or_else(|| touched.object.name())?);
    }
    let until = ask.until.map(|holds| {
        Arc::new(Until {
            words: ids.clone(),
            holds: Arc::clone(holds),
        })
    });
    Ok(Next {
        op: ask.op,
        object: ids.first().copied(),
        lock: match ask.op {
            Op::Wait | Op::Wake(_) => ids.get(1).copied(),
            _ => None,
        },
        until,
        line: ask.place.line(),
        operation: at_operation(),
    })
}
