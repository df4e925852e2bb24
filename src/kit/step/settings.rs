//! Settings that a run's threads read at their next operation while the user changes them,
//! each a shared handle: the delay of paced steps, the window between a load and its store,
//! and an on/off switch.
//!
//! All are single atomics, read and written relaxed: each is a value of its own that orders
//! nothing else, and a thread that still reads the old one acts as if it had come a moment
//! earlier.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::pause::pause_for;
use crate::kit::clock::whole_ns;
use crate::kit::event::Pause;
use crate::kit::stop::Stopped;

/// How long a paced step waits between its announcement and its effect, in nanoseconds; 0
/// for not at all. Also the setting of a lab's own pauses. Clones are one setting.
#[derive(Clone, Debug, Default)]
pub struct StepDelay(Arc<AtomicU64>);

impl StepDelay {
    pub fn new(delay: Duration) -> Self {
        let shared = Self::default();
        shared.set(delay);
        shared
    }

    pub fn get(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }

    /// Pauses the calling thread for this time, and records it as `pause`.
    ///
    /// # Errors
    /// [`Stopped`] if the run was asked to stop.
    pub fn sleep(&self, pause: Pause) -> Result<(), Stopped> {
        pause_for(pause, || self.get())
    }

    /// Takes effect within 20 ms, also for a step that is being delayed now.
    pub fn set(&self, delay: Duration) {
        self.0.store(whole_ns(delay), Ordering::Relaxed);
    }
}

/// A switch that threads read at the start of each operation: "lock on", say. Clones are
/// one switch. An operation reads it once: a lock that was taken is released, even if the
/// switch is off by then.
#[derive(Clone, Debug)]
pub struct Switch(Arc<AtomicBool>);

impl Switch {
    pub fn new(on: bool) -> Self {
        Self(Arc::new(AtomicBool::new(on)))
    }

    #[inline]
    pub fn on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub fn set(&self, on: bool) {
        self.0.store(on, Ordering::Relaxed);
    }
}

/// What stands between a thread's own load and its own store while nothing guards them. A
/// wider window makes the race more likely; it adds no interleaving that could not happen
/// without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Widening {
    /// Nothing: the natural window of some 30 ns.
    None,
    /// `sched_yield`: offers the processor to another thread.
    Yield,
    /// This number of spin hints: widens the window without leaving the processor.
    Spin(u32),
    /// A real sleep, for paces at which the other threads sleep anyway.
    Delay(Duration),
}

/// A setting that holds a [`Widening`], packed into one word so that no reader can see the
/// kind of one value with the amount of another. Clones are one setting.
#[derive(Clone, Debug)]
pub struct RaceWindow(Arc<AtomicU64>);

/// Shift of the kind: the two top bits name it, the rest is the amount, in spins or in
/// nanoseconds (up to 146 years).
const KIND: u32 = 62;

impl RaceWindow {
    pub fn new(widening: Widening) -> Self {
        Self(Arc::new(AtomicU64::new(pack(widening))))
    }

    pub fn get(&self) -> Widening {
        let packed = self.0.load(Ordering::Relaxed);
        let amount = packed & !(0b11 << KIND);
        match packed >> KIND {
            0 => Widening::None,
            1 => Widening::Yield,
            2 => Widening::Spin(u32::try_from(amount).unwrap_or(u32::MAX)),
            _ => Widening::Delay(Duration::from_nanos(amount)),
        }
    }

    /// Takes effect within 20 ms, also for a step that is being delayed: the new time
    /// counts from the beginning of that delay.
    pub fn set(&self, widening: Widening) {
        self.0.store(pack(widening), Ordering::Relaxed);
    }

    fn delay(&self) -> Duration {
        match self.get() {
            Widening::Delay(delay) => delay,
            _ => Duration::ZERO,
        }
    }

    /// Widens the window: called between the load and its store. In single-stepped mode a
    /// delay takes no time, because there the scheduler decides which thread runs in
    /// between.
    ///
    /// # Errors
    /// [`Stopped`] if the run was asked to stop during a delay.
    pub fn pass(&self) -> Result<(), Stopped> {
        match self.get() {
            Widening::None => {}
            Widening::Yield => std::thread::yield_now(),
            Widening::Spin(hints) => (0..hints).for_each(|_| std::hint::spin_loop()),
            // Read again while it lasts: see `set`.
            Widening::Delay(_) => return pause_for(Pause::Window, || self.delay()),
        }
        Ok(())
    }
}

/// See [`KIND`]. An amount beyond its bits becomes the largest that they hold.
fn pack(widening: Widening) -> u64 {
    let (kind, amount) = match widening {
        Widening::None => (0, 0),
        Widening::Yield => (1, 0),
        Widening::Spin(hints) => (2, u64::from(hints)),
        Widening::Delay(delay) => (3, whole_ns(delay)),
    };
    (kind << KIND) | amount.min((1 << KIND) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_gives_back_the_widening_it_was_set_to() {
        let window = RaceWindow::new(Widening::None);
        for widening in [
            Widening::None,
            Widening::Yield,
            Widening::Spin(u32::MAX),
            Widening::Delay(Duration::from_hours(24)),
        ] {
            window.set(widening);
            assert_eq!(window.get(), widening);
        }
    }
}
