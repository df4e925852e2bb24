//! `Lock`: a named lock that knows its holder and keeps an account of its waits.
//!
//! It wraps `parking_lot`'s mutex: the fastest of the candidates when contended,
//! and it can wait with a limit, which lets every wait here look at the stop flag.
//! The account is kept inside the lock, so that keeping it needs no other lock.
//! At full speed each thread's first [`step::ALL`] acquisitions and then one in
//! [`step::ONE_IN`] are timed and told; the number of acquisitions is exact.
//!
//! The lock guards no data: an experiment must be able to leave it out.
//! Must not know what it is used for.

mod account;
mod guard;
#[cfg(test)]
mod tests;

use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};

pub use account::{LockStats, Quantiles};
pub use guard::Guard;

use self::account::Account;
use super::event::{LaneEvent, LaneId, ResourceKind};
use super::model::{Op, Patience, Seen, State};
use super::probe::with_voice;
use super::step::{
    self, Approach, Ask, GLANCE, Go, Interrupt, Manner, Mode, Name, Object, Seam, Stage, Toggle,
    Touched,
};
use super::stop::Stopped;
use super::word::Place;

const FREE: u32 = u32::MAX;

/// A named lock.
pub struct Lock {
    raw: Mutex<Account>,
    holder: AtomicU32,
    poisoned: AtomicBool,
    object: Object,
}

impl Lock {
    pub fn new(name: impl Into<Name>) -> Self {
        Self {
            raw: Mutex::default(),
            holder: AtomicU32::new(FREE),
            poisoned: AtomicBool::new(false),
            object: Object::modelled(name, ResourceKind::Lock, || State::Lock { holder: None }),
        }
    }

    pub fn name(&self) -> Name {
        self.object.name()
    }

    /// Waits for the lock.
    ///
    /// # Errors
    /// [`Stopped`] if the thread's run was told to stop before it got the lock.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> Result<Guard<'_>, Stopped> {
        if step::at_full_speed()
            && !step::sampled()
            && let Some(raw) = self.raw.try_lock_for(GLANCE)
        {
            return Ok(self.taken(raw, 0));
        }
        self.lock_observed(Location::caller())
    }

    /// Waits for the lock at most so long; `None` when the time is over.
    ///
    /// # Errors
    /// [`Stopped`] if the thread's run was told to stop before it got the lock.
    #[track_caller]
    pub fn lock_for(&self, limit: Duration) -> Result<Option<Guard<'_>>, Stopped> {
        let deadline = Some(Instant::now() + limit);
        self.acquire(Patience::Limited, deadline, Location::caller())
    }

    /// Takes the lock if it is free at this moment.
    #[track_caller]
    pub fn try_lock(&self) -> Option<Guard<'_>> {
        if step::at_full_speed() {
            return self.take_now();
        }
        self.acquire(Patience::None, None, Location::caller())
            .ok()
            .flatten()
    }

    /// Waits for the lock if `on`, and goes on without it otherwise: the switch of
    /// the experiments that show what the lock is for. A skipped lock is told.
    ///
    /// # Errors
    /// [`Stopped`] if the thread's run was told to stop before it got the lock.
    #[inline]
    #[track_caller]
    pub fn lock_if(&self, on: &Toggle) -> Result<Option<Guard<'_>>, Stopped> {
        if on.on() {
            return self.lock().map(Some);
        }
        if !step::at_full_speed() {
            self.tell_skipped();
        }
        Ok(None)
    }

    /// The lane that holds the lock now, as an onlooker sees it.
    pub fn holder(&self) -> Option<LaneId> {
        match self.holder.load(Ordering::Relaxed) {
            FREE => None,
            lane => Some(LaneId(lane)),
        }
    }

    /// Whether a holder panicked while it held the lock.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Relaxed)
    }

    /// Declares what the lock protects to be whole again.
    pub fn clear_poison(&self) {
        self.poisoned.store(false, Ordering::Relaxed);
    }

    /// The account so far. Takes the lock for a moment: ask after the threads were
    /// joined, or the asking itself is one of the disturbances it reports.
    pub fn stats(&self) -> LockStats {
        self.raw.lock().stats()
    }

    #[inline]
    fn taken<'a>(&'a self, mut raw: MutexGuard<'a, Account>, since: u64) -> Guard<'a> {
        raw.enter(since, std::thread::panicking());
        self.holder.store(step::me().0, Ordering::Relaxed);
        Guard::new(self, raw)
    }

    #[cold]
    #[inline(never)]
    fn lock_observed(&self, place: Place) -> Result<Guard<'_>, Stopped> {
        self.acquire(Patience::Endless, None, place)?.ok_or(Stopped)
    }

    /// The way of a paced or held thread, of a timed acquisition, and of a long wait.
    fn acquire(
        &self,
        patience: Patience,
        deadline: Option<Instant>,
        place: Place,
    ) -> Result<Option<Guard<'_>>, Stopped> {
        loop {
            match step::manner() {
                Manner::Held(stage) => {
                    if self.announce(stage.as_ref(), Op::Lock(patience), place) == Go::Free {
                        continue;
                    }
                    let guard = self.take_now();
                    if guard.is_none() && patience == Patience::Endless {
                        stage.missed();
                        continue;
                    }
                    stage.took(guard.as_ref().map_or(Seen::Refused, |_| Seen::Done));
                    self.tell_tried(guard.is_some());
                    return Ok(guard);
                }
                Manner::Paced(seam) => {
                    if seam.approach(Op::Lock(patience), &self.object) == Approach::Anew {
                        continue;
                    }
                }
                Manner::Full => {}
            }
            if patience == Patience::None {
                let guard = self.take_now();
                self.tell_tried(guard.is_some());
                return Ok(guard);
            }
            match self.acquire_for_real(deadline) {
                Err(Interrupt::Held) => {}
                Err(Interrupt::Stopped) => return Err(Stopped),
                Ok(guard) => return Ok(guard),
            }
        }
    }

    pub(super) fn object(&self) -> &Object {
        &self.object
    }

    pub(super) fn state(&self) -> State {
        State::Lock {
            holder: self.holder(),
        }
    }

    /// Takes it if it is free: no step by itself.
    pub(super) fn take_now(&self) -> Option<Guard<'_>> {
        self.raw.try_lock().map(|raw| self.taken(raw, 0))
    }

    /// Takes it after a wait on a condition: told, but no step of its own unless the
    /// run is held meanwhile.
    pub(super) fn lock_again(&self, place: Place) -> Result<Guard<'_>, Stopped> {
        match self.acquire_for_real(None) {
            Ok(Some(guard)) => Ok(guard),
            Err(Interrupt::Held) => self.lock_observed(place),
            Ok(None) | Err(Interrupt::Stopped) => Err(Stopped),
        }
    }

    fn announce(&self, stage: &dyn Stage, op: Op, place: Place) -> Go {
        let peek = || self.state();
        stage.announce(&Ask {
            op,
            on: &[Touched {
                object: &self.object,
                peek: &peek,
            }],
            until: None,
            place,
        })
    }

    fn tell_tried(&self, got: bool) {
        if got {
            self.tell_acquired();
        } else {
            self.tell_given_up("it is taken");
        }
        with_voice(|voice| voice.flush());
    }

    fn acquire_for_real(&self, deadline: Option<Instant>) -> Result<Option<Guard<'_>>, Interrupt> {
        let seam = step::seat();
        let began = seam.as_ref().map_or(0, |seam| seam.now());
        let first = self.raw.try_lock();
        let contended = first.is_none();
        let got = match first {
            Some(raw) => Some(raw),
            None => self.wait(seam.as_deref(), deadline)?,
        };
        let Some(mut raw) = got else {
            self.tell_given_up("the time is over");
            return Ok(None);
        };
        // Not 0 even where nobody times it: what is told as taken is told as released.
        let since = seam.as_ref().map_or(1, |seam| seam.now().max(1));
        if seam.is_some() {
            raw.waited(since.saturating_sub(began), contended);
        }
        let guard = self.taken(raw, since);
        self.tell_acquired();
        Ok(Some(guard))
    }

    /// Waits, naming each holder that it waits for.
    fn wait(
        &self,
        seam: Option<&Seam>,
        deadline: Option<Instant>,
    ) -> Result<Option<MutexGuard<'_, Account>>, Interrupt> {
        let mut told = None;
        let mut slow = seam.is_some_and(|seam| seam.mode() == Mode::Paced);
        loop {
            let holder = self.holder();
            if told != Some(holder) {
                told = Some(holder);
                with_voice(|voice| {
                    let resource = self.object.resource(voice);
                    voice.emit(LaneEvent::Waiting { resource, holder });
                    if slow {
                        voice.flush();
                    }
                });
            }
            let left = deadline.map_or(GLANCE, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            if let Some(raw) = self.raw.try_lock_for(left.min(GLANCE)) {
                return Ok(Some(raw));
            }
            if let Some(interrupt) = Interrupt::of(seam) {
                self.tell_given_up(match interrupt {
                    Interrupt::Stopped => "told to stop",
                    Interrupt::Held => "held",
                });
                return Err(interrupt);
            }
            if left.is_zero() {
                return Ok(None);
            }
            if !slow {
                slow = true;
                with_voice(|voice| voice.flush());
            }
        }
    }

    fn tell_acquired(&self) {
        with_voice(|voice| {
            let resource = self.object.resource(voice);
            voice.emit(LaneEvent::Acquired { resource, depth: 1 });
        });
    }

    fn tell_given_up(&self, why: &str) {
        with_voice(|voice| {
            let resource = self.object.resource(voice);
            let why = why.into();
            voice.emit(LaneEvent::GaveUp { resource, why });
        });
    }

    #[cold]
    fn tell_skipped(&self) {
        if let Manner::Paced(_) = step::manner() {
            self.tell_given_up("the lock is off");
        }
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock")
            .field("name", &self.name().to_string())
            .field("holder", &self.holder())
            .field("poisoned", &self.is_poisoned())
            .finish_non_exhaustive()
    }
}
