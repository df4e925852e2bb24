//! The one seam: around every shared operation of a lab's thread stands `step`,
//! reached through the kit's own primitives ([`crate::kit::word::Word`],
//! [`crate::kit::lock::Lock`], ...), which wrap the real ones and give them a name.
//!
//! A run-wide [`Seam`] says what a step does. **Full**: the bare effect. **Paced**:
//! announce, dwell, take it, tell. **Held**: announce, and wait until a pilot lets
//! this thread take it. So the same machine code on the same threads runs at full
//! speed, in slow motion and under glass, and changes over at each thread's next
//! step.
//!
//! A step at full speed costs one comparison: each thread remembers the epoch in
//! which it last found its seam at full speed, and any change of any seam starts a
//! new epoch.
//!
//! Must not know any single primitive, nor who looks.

mod dial;
mod held;
mod object;
mod paced;
mod pause;
mod sample;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

pub use dial::{Gap, Pace, Toggle, Window};
pub(crate) use held::{Ask, Go, Holder, Stage, StageHandle, Touched, at_operation, leave};
pub use held::{Holds, operation};
pub(crate) use object::list_objects;
pub use object::{Name, Object, ObjectId};
pub(crate) use paced::{Approach, Interrupt, tell_now};
pub use pause::{at_line, sleep_as, sleep_by};
pub(crate) use sample::sampled;
pub use sample::{ALL, ONE_IN};

use super::clock::Clock;
use super::event::LaneId;
use super::model::{Op, Seen};
use super::probe::{Voice, with_voice};
use super::stop::Stop;

/// How long a wait may go without looking at the stop flag, the dials and the mode.
pub(crate) const GLANCE: Duration = Duration::from_millis(20);

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The bare effect.
    Full,
    /// Announce, dwell for the [`Pace`], take the step, tell.
    Paced,
    /// Announce, and wait until whoever holds the run (`Seam::hold`) lets this thread go on.
    Held,
}

/// The run-wide control of its threads' steps. Clones are one seam.
#[derive(Clone, Debug)]
pub struct Seam(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    mode: AtomicU8,
    pace: Pace,
    stop: Stop,
    clock: Clock,
    holder: Mutex<Option<Arc<dyn Holder>>>,
}

impl Seam {
    /// A seam whose waits end when `stop` is requested.
    pub fn new(stop: Stop, mode: Mode) -> Self {
        Self(Arc::new(Inner {
            mode: AtomicU8::new(mode as u8),
            pace: Pace::default(),
            stop,
            clock: Clock::start(),
            holder: Mutex::new(None),
        }))
    }

    /// The same by another clock.
    #[cfg(test)]
    pub(crate) fn with_clock(stop: Stop, mode: Mode, clock: Clock) -> Self {
        let mut seam = Self::new(stop, mode);
        if let Some(inner) = Arc::get_mut(&mut seam.0) {
            inner.clock = clock;
        }
        seam
    }

    pub fn mode(&self) -> Mode {
        match self.0.mode.load(Ordering::Acquire) {
            0 => Mode::Full,
            1 => Mode::Paced,
            _ => Mode::Held,
        }
    }

    /// Each thread changes over at its next step; one that waits or dwells, at once.
    pub fn set_mode(&self, mode: Mode) {
        self.0.mode.store(mode as u8, Ordering::Release);
        EPOCH.fetch_add(1, Ordering::Release);
    }

    /// Who decides in held mode, from now on. Without one, held threads run paced.
    pub(crate) fn hold(&self, holder: Arc<dyn Holder>) {
        *self.0.holder.lock() = Some(holder);
    }

    fn stage(&self) -> Option<StageHandle> {
        let holder = self.0.holder.lock().clone()?;
        Some(holder.stage())
    }

    /// The dwell of paced steps.
    pub fn pace(&self) -> &Pace {
        &self.0.pace
    }

    pub fn stop(&self) -> &Stop {
        &self.0.stop
    }

    /// Puts the calling thread's steps under this seam until the seat drops.
    #[must_use = "the thread leaves the seam when the seat drops"]
    pub fn enter(&self) -> Seat {
        let lane = with_voice(|voice| voice.id().0);
        sit(Under::Seam(Rc::new(self.clone())), lane)
    }
}

/// Keeps a thread under its seam; see [`Seam::enter`].
pub struct Seat {
    me: u32,
    before: Option<Under>,
    here: PhantomData<*const ()>,
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat").finish_non_exhaustive()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let before = self.before.take();
        // A thread-local that is already gone has no steps to come.
        let _ = UNDER.try_with(|seat| seat.replace(before));
        ME.set(self.me);
        SEEN.set(NEVER);
    }
}

/// Changes whenever any seam's mode does. Epochs begin at 1: 0 is [`NEVER`].
static EPOCH: AtomicUsize = AtomicUsize::new(1);
const NEVER: usize = 0;

const NOBODY: u32 = u32::MAX;
/// Threads without a lane are numbered downwards from here.
static STRANGERS: AtomicU32 = AtomicU32::new(NOBODY - 1);

thread_local! {
    /// The epoch in which this thread last found itself at full speed.
    static SEEN: Cell<usize> = const { Cell::new(NEVER) };
    static ME: Cell<u32> = const { Cell::new(NOBODY) };
    static UNDER: RefCell<Option<Under>> = const { RefCell::new(None) };
}

/// The lane of the calling thread; a thread without one gets a number of its own
/// that no lane has.
#[inline]
pub fn me() -> LaneId {
    let me = ME.get();
    LaneId(if me == NOBODY { stranger() } else { me })
}

#[cold]
fn stranger() -> u32 {
    let lane = with_voice(|voice| voice.id().0);
    let me = lane.unwrap_or_else(|| STRANGERS.fetch_sub(1, Ordering::Relaxed));
    ME.set(me);
    me
}

/// Whether the calling thread's next step is its bare effect.
#[inline]
pub(crate) fn at_full_speed() -> bool {
    SEEN.get() == EPOCH.load(Ordering::Relaxed)
}

/// How the calling thread takes its next step.
pub(crate) enum Manner {
    Full,
    Paced(Rc<Seam>),
    Held(StageHandle),
}

/// Looks the manner up, and remembers full speed until the next change.
#[cold]
pub(crate) fn manner() -> Manner {
    let epoch = EPOCH.load(Ordering::Acquire);
    let seam = match under() {
        Some(Under::Stage(stage)) => return Manner::Held(stage),
        Some(Under::Seam(seam)) if seam.mode() != Mode::Full => seam,
        _ => {
            SEEN.set(epoch);
            return Manner::Full;
        }
    };
    SEEN.set(NEVER);
    // Whoever was told to stop shall not have to be let go step by step.
    let held = seam.mode() == Mode::Held && !seam.stop().requested();
    match held.then(|| seam.stage()).flatten() {
        Some(stage) => Manner::Held(stage),
        None => Manner::Paced(seam),
    }
}

/// Who has a say in the calling thread's steps.
#[derive(Clone)]
pub(crate) enum Under {
    Seam(Rc<Seam>),
    Stage(StageHandle),
}

pub(crate) fn under() -> Option<Under> {
    UNDER
        .try_with(|under| under.borrow().clone())
        .ok()
        .flatten()
}

/// The seam that the calling thread sits under.
pub(crate) fn seat() -> Option<Rc<Seam>> {
    match under() {
        Some(Under::Seam(seam)) => Some(seam),
        _ => None,
    }
}

/// Puts the calling thread's steps under `stage`, as `lane`, until the seat drops.
#[must_use = "the thread leaves the stage when the seat drops"]
pub(crate) fn enter_stage(stage: StageHandle, lane: LaneId) -> Seat {
    sit(Under::Stage(stage), Some(lane.0))
}

/// From here on the calling thread's steps are their bare effects.
fn go_free() {
    let _ = UNDER.try_with(RefCell::take);
    SEEN.set(NEVER);
}

fn sit(under: Under, lane: Option<u32>) -> Seat {
    let me = ME.replace(lane.unwrap_or_else(|| ME.get()));
    let before = UNDER.with(|seat| seat.replace(Some(under)));
    SEEN.set(NEVER);
    sample::restart();
    operation(0);
    Seat {
        me,
        before,
        here: PhantomData,
    }
}

/// One operation that never blocks: `effect` carries it out, or takes the value
/// that the thread's store buffer has in its stead; `found` says what it found
/// there, `tell` tells it. Primitives ask [`at_full_speed`] before, and call this
/// if not.
pub(crate) fn step<T>(
    ask: &Ask<'_>,
    effect: impl Fn(Option<i64>) -> T,
    found: impl Fn(&T) -> Seen,
    tell: impl FnOnce(&T, &dyn Voice),
) -> T {
    loop {
        match manner() {
            Manner::Full => return effect(None),
            Manner::Paced(seam) => {
                if let Some(touched) = ask.on.first()
                    && seam.approach(ask.op, touched.object) == Approach::Anew
                {
                    continue;
                }
                let done = effect(None);
                seam.tell(|voice| tell(&done, voice));
                return done;
            }
            Manner::Held(stage) => {
                let buffered = match stage.announce(ask) {
                    Go::Take => None,
                    Go::Buffered(value) => Some(value),
                    Go::Free => continue,
                };
                let done = effect(buffered);
                stage.took(found(&done));
                tell_now(|voice| tell(&done, voice));
                return done;
            }
        }
    }
}

/// A named step that touches nothing shared: a place where the pilot may switch.
#[inline]
#[track_caller]
pub fn local(what: &'static str) {
    if !at_full_speed() {
        local_observed(what, Location::caller());
    }
}

#[cold]
fn local_observed(what: &'static str, place: &'static Location<'static>) {
    let ask = Ask {
        op: Op::Local(what),
        on: &[],
        until: None,
        place,
    };
    step(&ask, |_| (), |()| Seen::Done, |(), _| ());
}
