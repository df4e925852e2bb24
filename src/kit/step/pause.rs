//! Pauses on purpose, each named in the events: the experiment's own, the delay of paced
//! steps, the widening of a race window. In single-stepped mode no time passes, so there
//! they take none: the scheduler alone decides what happens in between.

use std::time::{Duration, Instant};

use super::{Mode, StepControl, StepMode, at_full_speed, current_control, current_mode};
use crate::kit::clock::whole_ns;
use crate::kit::event::{LaneEvent, Pause};
use crate::kit::limit::SLICE;
use crate::kit::recorder::with_sink;
use crate::kit::stop::{Stop, Stopped};

/// Pauses the calling thread on purpose, and records it as `pause`: the experiment's own
/// pause, a window, a piece of work that is itself a wait. Ends early on a stop request.
///
/// # Errors
/// [`Stopped`] if the run was asked to stop.
pub fn sleep_as(pause: Pause, duration: Duration) -> Result<(), Stopped> {
    pause_for(pause, || duration)
}

/// Pauses for as long as `wanted` returns. It is asked again in every slice of 20 ms, so
/// that a change acts soon.
///
/// # Errors
/// [`Stopped`] if the run was asked to stop.
pub fn pause_for(pause: Pause, wanted: impl Fn() -> Duration) -> Result<(), Stopped> {
    let controller = match current_control() {
        // A run of the explorer has no clock: the pause is over as soon as it begins.
        Some(StepControl::Gate(_)) => return Ok(()),
        Some(StepControl::Controller(controller)) => Some(controller),
        None => None,
    };
    let wanted = || match &controller {
        // Switching to single-stepped mode ends the pause of a live run, too.
        Some(controller) if controller.mode() == Mode::Stepped => Duration::ZERO,
        _ => wanted(),
    };
    if wanted().is_zero() {
        return Ok(());
    }
    emit_sleeping(pause, wanted());
    // A thread without a controller cannot be stopped; it sleeps on a stop of its own.
    let stop = controller.as_ref().map_or_else(Stop::new, |controller| controller.stop().clone());
    let stopped = sleep_while(&stop, wanted);
    with_sink(|sink| sink.emit(LaneEvent::Running));
    if stopped { Err(Stopped) } else { Ok(()) }
}

/// Sleeps until `wanted` has passed since the call; `wanted` may change meanwhile. Returns
/// whether the sleep was ended by a stop request.
pub fn sleep_while(stop: &Stop, wanted: impl Fn() -> Duration) -> bool {
    let began = Instant::now();
    loop {
        let left = wanted().saturating_sub(began.elapsed());
        if left.is_zero() {
            return false;
        }
        // A slice at a time: `stop` wakes the sleep at once, but a change of `wanted` does
        // not.
        if stop.sleep(left.min(SLICE)) {
            return true;
        }
    }
}

/// Declares at which line (from 1) of the lab's listing the calling thread is. Not emitted at
/// full speed, where it would cost more than the line itself.
#[inline]
pub fn at_line(line: u16) {
    if !at_full_speed() {
        emit_line(line);
    }
}

#[cold]
fn emit_line(line: u16) {
    let line = LaneEvent::Line { line };
    match current_mode() {
        StepMode::Full => {}
        StepMode::Paced(controller) => controller.emit(|sink| sink.emit(line)),
        // It leaves with the announcement of the next step, which flushes. A thread of the
        // explorer has no sink: it announces its source line with each step.
        StepMode::Stepped(_) => {
            with_sink(|sink| sink.emit(line));
        }
    }
}

/// Emits the start of a pause and sends the batch: a lane that sleeps must not keep events.
pub fn emit_sleeping(pause: Pause, duration: Duration) {
    with_sink(|sink| {
        sink.emit(LaneEvent::Sleeping { pause, for_ns: whole_ns(duration) });
        sink.flush();
    });
}
