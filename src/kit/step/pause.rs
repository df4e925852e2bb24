//! Pauses on purpose, each named: the experiment's own, the pace's, a window's.
//! In single-stepped mode no time passes, so there they take none.
//!
//! Must not know what is being paused.

use std::time::{Duration, Instant};

use super::{
    Mode, POLL_INTERVAL, StepControl, StepMode, at_full_speed, current_control, current_mode,
};
use crate::kit::event::{LaneEvent, Pause};
use crate::kit::recorder::with_sink;
use crate::kit::stop::{Stop, Stopped};

/// Pauses the calling thread on purpose, and records it: the experiment's own pause,
/// a window, a piece of work that is itself a wait. Ends early on a stop request.
///
/// # Errors
/// [`Stopped`] if the run was asked to stop.
pub fn sleep_as(pause: Pause, duration: Duration) -> Result<(), Stopped> {
    pause_for(pause, || duration)
}

/// Pauses for as long as `wanted` says. That is asked throughout, so that a change acts at once.
///
/// # Errors
/// [`Stopped`] if the run was asked to stop.
pub fn pause_for(pause: Pause, wanted: impl Fn() -> Duration) -> Result<(), Stopped> {
    let controller = match current_control() {
        Some(StepControl::Gate(_)) => return Ok(()),
        Some(StepControl::Controller(controller)) => Some(controller),
        None => None,
    };
    let wanted = || match &controller {
        Some(controller) if controller.mode() == Mode::Stepped => Duration::ZERO,
        _ => wanted(),
    };
    if wanted().is_zero() {
        return Ok(());
    }
    emit_sleeping(pause, wanted());
    let stop = controller.as_ref().map_or_else(Stop::new, |controller| controller.stop().clone());
    let stopped = sleep_while(&stop, wanted);
    with_sink(|sink| sink.emit(LaneEvent::Running));
    if stopped { Err(Stopped) } else { Ok(()) }
}

/// Sleeps until `wanted` has passed, which may change meanwhile; returns whether it
/// was asked to stop.
pub fn sleep_while(stop: &Stop, wanted: impl Fn() -> Duration) -> bool {
    let began = Instant::now();
    loop {
        let left = wanted().saturating_sub(began.elapsed());
        if left.is_zero() {
            return false;
        }
        if stop.sleep(left.min(POLL_INTERVAL)) {
            return true;
        }
    }
}

/// Says at which line (from 1) of the shown code the calling thread is. Silent at
/// full speed.
#[inline]
pub fn at_line(line: u16) {
    if !at_full_speed() {
        emit_line(line);
    }
}

#[cold]
fn emit_line(line: u16) {
    if let StepMode::Paced(controller) = current_mode() {
        controller.emit(|sink| sink.emit(LaneEvent::Line { line }));
    }
}

pub fn emit_sleeping(pause: Pause, duration: Duration) {
    with_sink(|sink| {
        sink.emit(LaneEvent::Sleeping {
            pause,
            for_ns: u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX),
        });
        sink.flush();
    });
}
