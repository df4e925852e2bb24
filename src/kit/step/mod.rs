//! The one seam: around every shared operation of a lab's thread stands [`step`],
//! reached through the kit's own primitives ([`crate::kit::word::Word`],
//! [`crate::kit::lock::Lock`], ...), which wrap the real ones and give them a name.
//!
//! A run-wide [`Seam`] says what a step does. **Full**: the bare effect. **Paced**:
//! announce, dwell, take it, tell. So the same machine code on the same threads
//! runs at full speed and in slow motion, and changes over at each thread's next
//! step.
//!
//! A step at full speed costs one comparison: each thread remembers the epoch in
//! which it last found its seam at full speed, and any change of any seam starts a
//! new epoch.
//!
//! Must not know any single primitive, nor who looks.

mod dial;
mod object;
mod op;
mod sample;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub use dial::{Gap, Pace, Toggle, Window};
pub use object::{Name, Object};
pub use op::Op;
pub(crate) use sample::sampled;
pub use sample::{ALL, ONE_IN};

use super::clock::Clock;
use super::event::{LaneEvent, LaneId, Pause};
use super::probe::{Voice, with_voice};
use super::stop::{Stop, Stopped};

/// How long a wait may go without looking at the stop flag, the dials and the mode.
pub(crate) const GLANCE: Duration = Duration::from_millis(20);

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The bare effect.
    Full,
    /// Announce, dwell for the [`Pace`], take the step, tell.
    Paced,
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
}

impl Seam {
    /// A seam whose waits end when `stop` is requested.
    pub fn new(stop: Stop, mode: Mode) -> Self {
        Self(Arc::new(Inner {
            mode: AtomicU8::new(mode as u8),
            pace: Pace::default(),
            stop,
            clock: Clock::start(),
        }))
    }

    pub fn mode(&self) -> Mode {
        match self.0.mode.load(Ordering::Acquire) {
            0 => Mode::Full,
            _ => Mode::Paced,
        }
    }

    /// Each thread changes over at its next step.
    pub fn set_mode(&self, mode: Mode) {
        self.0.mode.store(mode as u8, Ordering::Release);
        EPOCH.fetch_add(1, Ordering::Release);
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
        let me = ME.replace(lane.unwrap_or_else(|| ME.get()));
        let before = SEAT.with(|seat| seat.replace(Some(Rc::new(self.clone()))));
        SEEN.set(NEVER);
        sample::restart();
        Seat {
            me,
            before,
            here: PhantomData,
        }
    }
}

/// Keeps a thread under its seam; see [`Seam::enter`].
pub struct Seat {
    me: u32,
    before: Option<Rc<Seam>>,
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
        let _ = SEAT.try_with(|seat| seat.replace(before));
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
    static SEAT: RefCell<Option<Rc<Seam>>> = const { RefCell::new(None) };
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
#[derive(Debug)]
pub(crate) enum Manner {
    Full,
    Paced(Rc<Seam>),
}

/// Looks the manner up, and remembers full speed until the next change.
#[cold]
pub(crate) fn manner() -> Manner {
    let epoch = EPOCH.load(Ordering::Acquire);
    match seat() {
        Some(seam) if seam.mode() == Mode::Paced => {
            SEEN.set(NEVER);
            Manner::Paced(seam)
        }
        _ => {
            SEEN.set(epoch);
            Manner::Full
        }
    }
}

/// The seam that the calling thread sits under.
pub(crate) fn seat() -> Option<Rc<Seam>> {
    SEAT.try_with(|seat| seat.borrow().clone()).ok().flatten()
}

/// One operation that never blocks: `effect` carries it out, `found` tells what it
/// found there. Primitives ask [`at_full_speed`] before, and call this if not.
pub(crate) fn step<T>(
    op: Op,
    object: &Object,
    effect: impl FnOnce() -> T,
    found: impl FnOnce(&T) -> i64,
) -> T {
    let Manner::Paced(seam) = manner() else {
        return effect();
    };
    seam.approach(op, object);
    let done = effect();
    seam.tell(|voice| op.tell(object, found(&done), voice));
    done
}

impl Seam {
    /// The first half of a paced step: announce it and dwell.
    pub(crate) fn approach(&self, op: Op, object: &Object) {
        with_voice(|voice| {
            voice.emit(LaneEvent::Step {
                resource: object.resource(voice),
                verb: op.verb(),
                value: op.value(),
            });
        });
        if !self.0.pace.get().is_zero() {
            self.dwell();
        }
    }

    /// Tells what happened; at a pace that eyes follow, at once.
    pub(crate) fn tell(&self, tell: impl FnOnce(&dyn Voice)) {
        with_voice(|voice| {
            tell(voice);
            if !self.0.pace.get().is_zero() {
                voice.flush();
            }
        });
    }

    /// Sleeps for the pace. The dial, the mode and the stop flag are looked at
    /// throughout, so that none of them has to wait for a long dwell.
    fn dwell(&self) {
        say_sleeping(Pause::Pace, self.0.pace.get());
        doze(&self.0.stop, || match self.mode() {
            Mode::Paced => self.0.pace.get(),
            Mode::Full => Duration::ZERO,
        });
        with_voice(|voice| voice.emit(LaneEvent::Running));
    }

    /// Nanoseconds on the seam's own clock, for measuring waits.
    pub(crate) fn now(&self) -> u64 {
        self.0.clock.now()
    }
}

/// Pauses the calling thread on purpose, and says so: the experiment's own pause,
/// a window, a piece of work that is itself a wait. Ends early on a stop request.
///
/// # Errors
/// [`Stopped`] if the run was told to stop.
pub fn sleep_as(pause: Pause, duration: Duration) -> Result<(), Stopped> {
    if duration.is_zero() {
        return Ok(());
    }
    say_sleeping(pause, duration);
    let seam = seat();
    let stop = seam.map_or_else(Stop::new, |seam| seam.stop().clone());
    let stopped = stop.sleep(duration);
    with_voice(|voice| voice.emit(LaneEvent::Running));
    if stopped { Err(Stopped) } else { Ok(()) }
}

/// The same as long as `dial` says. The dial is looked at throughout, so that a
/// turn of it acts at once.
///
/// # Errors
/// [`Stopped`] if the run was told to stop.
pub fn sleep_by(pause: Pause, dial: &Pace) -> Result<(), Stopped> {
    let wanted = dial.get();
    if wanted.is_zero() {
        return Ok(());
    }
    say_sleeping(pause, wanted);
    let stop = seat().map_or_else(Stop::new, |seam| seam.stop().clone());
    let stopped = doze(&stop, || dial.get());
    with_voice(|voice| voice.emit(LaneEvent::Running));
    if stopped { Err(Stopped) } else { Ok(()) }
}

/// Sleeps until `wanted` has passed, which may change meanwhile; tells whether it
/// was told to stop.
fn doze(stop: &Stop, wanted: impl Fn() -> Duration) -> bool {
    let began = Instant::now();
    loop {
        let left = wanted().saturating_sub(began.elapsed());
        if left.is_zero() {
            return false;
        }
        if stop.sleep(left.min(GLANCE)) {
            return true;
        }
    }
}

/// Says at which line (from 1) of the shown code the calling thread is. Silent at
/// full speed.
#[inline]
pub fn at_line(line: u16) {
    if !at_full_speed() {
        say_line(line);
    }
}

#[cold]
fn say_line(line: u16) {
    if let Manner::Paced(seam) = manner() {
        seam.tell(|voice| voice.emit(LaneEvent::Line { line }));
    }
}

fn say_sleeping(pause: Pause, duration: Duration) {
    with_voice(|voice| {
        voice.emit(LaneEvent::Sleeping {
            pause,
            for_ns: u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX),
        });
        voice.flush();
    });
}
