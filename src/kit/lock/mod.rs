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
#[cfg(test)]
mod tests;

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

const FREE: u32 = u32::MAX;

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
            && !step::sampled()
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
        raw.enter(since, std::thread::panicking());
        self.holder.store(step::me().0, Ordering::Relaxed);
        Guard {
            lock: self,
            raw: Some(raw),
        }
    }

    /// The way of a paced thread, of a sampled acquisition, and of one that waits long.
    #[cold]
    #[inline(never)]
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

impl<'a> Guard<'a> {
    /// The lock that this guard keeps.
    pub fn lock(&self) -> &'a Lock {
        self.lock
    }

    /// Releases the lock; the same as dropping the guard.
    pub fn unlock(self) {
        drop(self);
    }

    #[cold]
    #[inline(never)]
    fn poison(&self) {
        if self.raw.as_ref().is_some_and(|raw| !raw.entered_panicking) {
            self.lock.poisoned.store(true, Ordering::Relaxed);
        }
    }

    #[cold]
    #[inline(never)]
    fn release_observed(&mut self) {
        let paced = self.lock.approach(Op::Unlock);
        let since = self.raw.as_ref().map_or(0, |raw| raw.since);
        if let (Some(raw), Some(seam), true) = (self.raw.as_mut(), step::seat(), since > 0) {
            raw.held(seam.now().saturating_sub(since));
        }
        self.lock.holder.store(FREE, Ordering::Relaxed);
        self.raw = None;
        if since > 0 || paced.is_some() {
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
        if std::thread::panicking() {
            self.poison();
        }
        if step::at_full_speed() && self.raw.as_ref().is_some_and(|raw| raw.since == 0) {
            self.lock.holder.store(FREE, Ordering::Relaxed);
            self.raw = None;
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
