//! `Lock`: a named lock that knows its holder and keeps an account of its waits.
//!
//! It wraps `parking_lot`'s mutex: the fastest of the candidates when contended,
//! and it can wait with a limit, which lets every wait here look at the stop flag.
//! The account is kept inside the lock, so that keeping it needs no other lock.
//! At full speed one acquisition in [`SAMPLE`] of each thread is timed and told;
//! the number of acquisitions is exact.
//!
//! The lock guards no data: an experiment must be able to leave it out.
//! Must not know what it is used for.

mod account;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};

pub use account::{LockStats, Quantiles};

use self::account::Account;
use super::event::{LaneEvent, LaneId, ResourceKind};
use super::probe::with_voice;
use super::step::{self, GLANCE, Manner, Mode, Name, Object, Op, Seam, Toggle};
use super::stop::Stopped;

/// At full speed one in so many acquisitions of a thread is timed and told.
pub const SAMPLE: u32 = 64;

const FREE: u32 = u32::MAX;

thread_local! {
    static TICK: Cell<u32> = const { Cell::new(0) };
}

/// A named lock.
pub struct Lock {
    raw: Mutex<Account>,
    holder: AtomicU32,
    poisoned: AtomicBool,
    object: Object,
}

/// Keeps the lock taken until it drops. May be sent to another thread, which then
/// releases the lock.
#[must_use = "the lock is released when the guard drops"]
pub struct Guard<'a> {
    lock: &'a Lock,
    /// Empty once released.
    raw: Option<MutexGuard<'a, Account>>,
    /// When a timed acquisition got the lock; 0 for the others.
    since: u64,
    panicking: bool,
}

impl Lock {
    pub fn new(name: impl Into<Name>) -> Self {
        Self {
            raw: Mutex::default(),
            holder: AtomicU32::new(FREE),
            poisoned: AtomicBool::new(false),
            object: Object::new(name, ResourceKind::Lock),
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
    pub fn lock(&self) -> Result<Guard<'_>, Stopped> {
        if step::at_full_speed()
            && !sampled()
            && let Some(raw) = self.raw.try_lock_for(GLANCE)
        {
            return Ok(self.taken(raw, 0));
        }
        self.lock_observed(None)?.ok_or(Stopped)
    }

    /// Waits for the lock at most so long; `None` when the time is over.
    ///
    /// # Errors
    /// [`Stopped`] if the thread's run was told to stop before it got the lock.
    pub fn lock_for(&self, limit: Duration) -> Result<Option<Guard<'_>>, Stopped> {
        self.lock_observed(Some(Instant::now() + limit))
    }

    /// Takes the lock if it is free at this moment.
    pub fn try_lock(&self) -> Option<Guard<'_>> {
        let paced = if step::at_full_speed() {
            None
        } else {
            self.approach(Op::TryLock)
        };
        let raw = self.raw.try_lock();
        if let Some(seam) = paced {
            let got = raw.is_some();
            seam.tell(|voice| {
                let resource = self.object.resource(voice);
                voice.emit(if got {
                    LaneEvent::Acquired { resource, depth: 1 }
                } else {
                    LaneEvent::GaveUp {
                        resource,
                        why: "it is taken".into(),
                    }
                });
            });
        }
        raw.map(|raw| self.taken(raw, 0))
    }

    /// Waits for the lock if `on`, and goes on without it otherwise: the switch of
    /// the experiments that show what the lock is for. A skipped lock is told.
    ///
    /// # Errors
    /// [`Stopped`] if the thread's run was told to stop before it got the lock.
    #[inline]
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
        raw.acquisitions += 1;
        self.holder.store(step::me().0, Ordering::Relaxed);
        Guard {
            lock: self,
            raw: Some(raw),
            since,
            panicking: std::thread::panicking(),
        }
    }

    /// The way of a paced thread, of a sampled acquisition, and of one that waits long.
    #[cold]
    fn lock_observed(&self, deadline: Option<Instant>) -> Result<Option<Guard<'_>>, Stopped> {
        self.approach(Op::Lock);
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
        let since = seam.as_ref().map_or(0, |seam| seam.now().max(1));
        if seam.is_some() {
            raw.waited(since.saturating_sub(began), contended);
        }
        let guard = self.taken(raw, since);
        with_voice(|voice| {
            let resource = self.object.resource(voice);
            voice.emit(LaneEvent::Acquired { resource, depth: 1 });
        });
        Ok(Some(guard))
    }

    /// Waits, naming each holder that it waits for.
    fn wait(
        &self,
        seam: Option<&Seam>,
        deadline: Option<Instant>,
    ) -> Result<Option<MutexGuard<'_, Account>>, Stopped> {
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
            if seam.is_some_and(|seam| seam.stop().requested()) {
                self.tell_given_up("told to stop");
                return Err(Stopped);
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

    /// Announces and dwells if this thread is paced, and gives its seam then.
    fn approach(&self, op: Op) -> Option<std::rc::Rc<Seam>> {
        match step::manner() {
            Manner::Full => None,
            Manner::Paced(seam) => {
                seam.approach(op, &self.object);
                Some(seam)
            }
        }
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

/// Whether this acquisition of the calling thread is one of those to be timed.
#[inline]
fn sampled() -> bool {
    let tick = TICK.get().wrapping_add(1);
    TICK.set(tick);
    tick.is_multiple_of(SAMPLE)
}

impl<'a> Guard<'a> {
    /// The lock that this guard keeps.
    pub fn lock(&self) -> &'a Lock {
        self.lock
    }

    /// Releases the lock; the same as dropping the guard.
    pub fn unlock(self) {
        drop(self);
    }

    fn release(&mut self) {
        if !self.panicking && std::thread::panicking() {
            self.lock.poisoned.store(true, Ordering::Relaxed);
        }
        self.lock.holder.store(FREE, Ordering::Relaxed);
        self.raw = None;
    }

    #[cold]
    fn release_observed(&mut self) {
        let paced = self.lock.approach(Op::Unlock);
        let now = step::seat().map(|seam| seam.now());
        if let (Some(raw), Some(now), true) = (self.raw.as_mut(), now, self.since > 0) {
            raw.held(now.saturating_sub(self.since));
        }
        self.release();
        if self.since > 0 || paced.is_some() {
            with_voice(|voice| {
                let resource = self.lock.object.resource(voice);
                voice.emit(LaneEvent::Released { resource, depth: 0 });
            });
        }
    }
}

impl Drop for Guard<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.since == 0 && step::at_full_speed() {
            self.release();
        } else {
            self.release_observed();
        }
    }
}

impl fmt::Debug for Guard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("lock", self.lock).finish()
    }
}
