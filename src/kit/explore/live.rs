//! A live run under glass: the threads of a lab, held wherever they happen to be.
//!
//! Nothing can be undone or searched here, because nobody knows how the run came to
//! where it is. But every thread stops at its next step and announces it, and goes
//! on one step at a time, as the user wants. What the desk knows of a thing is what
//! was seen when a thread last announced an operation on it.
//!
//! Must not know what the lab is about.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use super::desk::{Desk, Memory, Names};
use super::table::next_of;
use super::turn::{Turn, Turns};
use crate::kit::event::{LaneEvent, LaneId};
use crate::kit::model::Seen;
use crate::kit::probe::with_voice;
use crate::kit::step::{Ask, GLANCE, Go, Holder, Mode, Seam, Stage, StageHandle, me};

/// A live run in somebody's hand. Clones are one.
#[derive(Clone, Debug)]
pub struct Live(Arc<Glass>);

struct Glass {
    seam: Seam,
    inside: Mutex<Inside>,
    changed: Condvar,
}

struct Inside {
    desk: Desk,
    lanes: Vec<LaneId>,
    /// Who may take its step now.
    granted: Option<usize>,
    /// Counts announcements and steps.
    moves: u64,
}

impl Live {
    /// Gets `seam`'s threads into the hand: from the next [`Live::hold`] on.
    pub fn new(seam: &Seam) -> Self {
        let glass = Arc::new(Glass {
            seam: seam.clone(),
            inside: Mutex::new(Inside {
                desk: Desk::new(Arc::new(Names::default()), Vec::new(), Memory::Sc),
                lanes: Vec::new(),
                granted: None,
                moves: 0,
            }),
            changed: Condvar::new(),
        });
        seam.hold(Arc::clone(&glass) as Arc<dyn Holder>);
        Self(glass)
    }

    /// Each thread stops at its next step and announces it.
    pub fn hold(&self) {
        self.0.seam.set_mode(Mode::Held);
    }

    /// Lets all threads go on, at full speed or paced.
    pub fn release(&self, mode: Mode) {
        self.0.seam.set_mode(mode);
        let mut inside = self.0.inside.lock();
        inside.granted = None;
        self.0.changed.notify_all();
    }

    /// The run as far as it is known: threads that have announced nothing are on
    /// their way to their next step, or at a pause.
    pub fn desk(&self) -> Desk {
        self.0.inside.lock().desk.clone()
    }

    /// Who could take its step now.
    pub fn ready(&self) -> Turns {
        let inside = self.0.inside.lock();
        match inside.granted {
            Some(_) => Turns::default(),
            None => inside.desk.ready(),
        }
    }

    /// Lets a thread take its announced step; tells whether it could.
    pub fn go(&self, thread: u8) -> bool {
        let mut inside = self.0.inside.lock();
        let ready = inside.granted.is_none() && inside.desk.ready().contains(Turn::Thread(thread));
        if ready {
            inside.granted = Some(usize::from(thread));
            self.0.changed.notify_all();
        }
        ready
    }

    /// Grows with every announcement and every step.
    pub fn moves(&self) -> u64 {
        self.0.inside.lock().moves
    }
}

impl Holder for Glass {
    fn stage(self: Arc<Self>) -> StageHandle {
        Rc::new(Held(self))
    }
}

/// A thread's place under the glass.
struct Held(Arc<Glass>);

impl Stage for Held {
    fn announce(&self, ask: &Ask<'_>) -> Go {
        let glass = &*self.0;
        let mut inside = glass.inside.lock();
        let thread = inside.thread(me());
        inside.announce(thread, ask);
        tell(ask, &inside.desk, thread);
        loop {
            if glass.seam.mode() != Mode::Held || glass.seam.stop().requested() {
                inside.desk.withdraw(thread);
                return Go::Free;
            }
            if inside.granted == Some(thread) {
                // What it will do is known; what is seen next corrects it.
                inside.desk.step(thread);
                return Go::Take;
            }
            glass.changed.wait_for(&mut inside, GLANCE);
        }
    }

    fn took(&self, _: Seen) {
        self.done();
    }

    fn missed(&self) {
        self.done();
    }
}

impl Held {
    fn done(&self) {
        let mut inside = self.0.inside.lock();
        inside.granted = None;
        inside.moves += 1;
    }
}

impl Inside {
    fn thread(&mut self, lane: LaneId) -> usize {
        let known = self.lanes.iter().position(|&it| it == lane);
        known.unwrap_or_else(|| {
            let current = std::thread::current();
            let name = current.name().unwrap_or("thread");
            // The part before it says which lab it belongs to.
            let name = name.rsplit('/').next().unwrap_or(name);
            self.lanes.push(lane);
            self.desk.join(name.into(), lane)
        })
    }

    fn announce(&mut self, thread: usize, ask: &Ask<'_>) {
        let desk = &mut self.desk;
        let next = next_of(ask, |touched| {
            let state = (touched.peek)();
            let object = touched.object;
            let known = object.on_desk();
            let id = object.put_on_desk(|| desk.add(object.name(), state.clone()));
            if known.is_some() {
                desk.correct(id, state);
            }
            Some(id)
        });
        if let Ok(next) = next {
            desk.announce(thread, next);
        }
        self.moves += 1;
    }
}

/// Tells what the thread would do, and for whom it would wait.
fn tell(ask: &Ask<'_>, desk: &Desk, thread: usize) {
    let Some(touched) = ask.on.first() else {
        return;
    };
    with_voice(|voice| {
        let resource = touched.object.resource(voice);
        voice.emit(LaneEvent::Step {
            resource,
            verb: ask.op.verb(),
            value: ask.op.value(),
        });
        if !desk.is_enabled(thread) {
            // Known by its lane even if it has not announced anything yet.
            let object = desk.next(thread).and_then(|next| next.object);
            let holder = object.and_then(|object| desk.state(object).holder());
            voice.emit(LaneEvent::Waiting { resource, holder });
        }
        voice.flush();
    });
}

impl fmt::Debug for Glass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Glass").finish_non_exhaustive()
    }
}
