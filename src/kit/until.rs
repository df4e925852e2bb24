//! Waiting for a condition on atomics: what a spin loop does, without the spinning in paced
//! and single-stepped mode.
//!
//! A spin loop has endlessly many interleavings: each further load is a step. As one operation,
//! [`Op::Await`], it is enabled if and only if its condition holds, so an explorer can
//! search it and sees a deadlock if it never will.

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use super::event::LaneEvent;
use super::model::{Op, OpResult, State};
use super::recorder::with_sink;
use super::step::{
    self, BeforeStep, Grant, Interrupt, Operand, Place, StepController, StepMode, StepRequest,
};
use super::stop::Stopped;
use super::traced_atomic::TracedAtomic;

/// Checks before the thread begins to yield: this number with a spin hint, then as many with
/// `yield_now`, after that one in each [`BACKOFF`].
const SPINS: u32 = 100;
/// Sleep between two checks of a long wait: 5,000 a second instead of millions, and still no
/// delay that a person would notice.
const BACKOFF: Duration = Duration::from_micros(200);
/// Checks after which a wait at full speed is emitted: with the pauses between them, some 20 ms.
const LASTS: u32 = 2 * SPINS + 100;

/// Waits until `holds`, which gets the values of `atomics` in their order. `what` names the
/// condition on a screen: "turn is 0". In single-stepped mode it is one step, in which all are
/// read together; elsewhere they are loaded one after the other, as a spin loop does.
///
/// # Errors
/// [`Stopped`] if the thread's run was asked to stop first.
#[track_caller]
pub fn await_until(
    atomics: &[&TracedAtomic],
    what: &'static str,
    holds: impl Fn(&[i64]) -> bool + Send + Sync + 'static,
) -> Result<(), Stopped> {
    let place = Location::caller();
    let holds: step::Holds = Arc::new(holds);
    loop {
        let mut reported = None;
        match step::current_mode() {
            StepMode::Full => {}
            StepMode::Paced(controller) => {
                if let Some(atomic) = atomics.first()
                    && controller.before_step(Op::Await(what), atomic.object()) == BeforeStep::Retry
                {
                    continue;
                }
                reported = Some(controller);
            }
            StepMode::Stepped(gate) => {
                // After `Execute` it holds in the model; the real values decide.
                let held = match announce(gate.as_ref(), atomics, what, &holds, place) {
                    Grant::Released => continue,
                    Grant::Execute => holds(&values(atomics)),
                    // It holds as this thread's own store buffer has it.
                    Grant::Buffered(_) => true,
                };
                if held {
                    gate.completed(OpResult::Done);
                    return Ok(());
                }
                // The model of a live run knew an older value. Announce it again.
                gate.would_block();
                continue;
            }
        }
        match spin(atomics, holds.as_ref(), reported.as_deref()) {
            Err(Interrupt::Stepped) => {}
            Err(Interrupt::Stopped) => return Err(Stopped),
            Ok(()) => return Ok(()),
        }
    }
}

/// Announces the await with all its atomics as operands.
fn announce(
    gate: &dyn step::StepGate,
    atomics: &[&TracedAtomic],
    what: &'static str,
    holds: &step::Holds,
    place: Place,
) -> Grant {
    let peeks: Vec<_> = atomics.iter().map(|atomic| move || State::Atomic(atomic.peek())).collect();
    let on: Vec<Operand<'_>> = atomics
        .iter()
        .zip(&peeks)
        .map(|(atomic, peek)| Operand { object: atomic.object(), peek })
        .collect();
    gate.announce(&StepRequest { op: Op::Await(what), on: &on, until: Some(holds), place })
}

/// The present values. `SeqCst`, because the algorithms that wait like this
/// (Peterson, Dekker) rely on loads that do not pass the thread's own earlier stores.
fn values(atomics: &[&TracedAtomic]) -> Vec<i64> {
    atomics.iter().map(|atomic| atomic.look(SeqCst)).collect()
}

/// Waits in real time. The stop request and the mode are checked in every pause. The wait is
/// emitted with `reported` (paced mode), and also if it lasts.
fn spin(
    atomics: &[&TracedAtomic],
    holds: &(dyn Fn(&[i64]) -> bool + Send + Sync),
    reported: Option<&StepController>,
) -> Result<(), Interrupt> {
    let mut checks = 0;
    let mut controller = None;
    loop {
        if holds(&values(atomics)) {
            if let Some(controller) = reported {
                controller.emit(|sink| sink.emit(LaneEvent::Running));
            } else if checks >= LASTS {
                with_sink(|sink| sink.emit(LaneEvent::Running));
            }
            return Ok(());
        }
        checks += 1;
        if checks < SPINS {
            std::hint::spin_loop();
            continue;
        }
        // In paced mode as soon as the spinning is over: most waits end before.
        if checks == if reported.is_some() { SPINS } else { LASTS } {
            emit_waiting(atomics);
        }
        let controller = controller.get_or_insert_with(step::current_controller);
        // Gives the processor to the thread that is waited for, if it needs one.
        if checks < 2 * SPINS {
            std::thread::yield_now();
        } else if let Some(controller) = controller {
            // Ends at once on a stop.
            controller.stop().sleep(BACKOFF);
        } else {
            // Not `thread::sleep`, which is reserved for waits that a stop can end.
            std::thread::park_timeout(BACKOFF);
        }
        if let Some(interrupt) = Interrupt::of(controller.as_deref()) {
            return Err(interrupt);
        }
    }
}

/// The beginning of the wait, on the first of the atomics. Any thread may end it, so it names
/// no holder.
fn emit_waiting(atomics: &[&TracedAtomic]) {
    let Some(atomic) = atomics.first() else { return };
    with_sink(|sink| {
        let resource = atomic.object().resource(sink);
        sink.emit(LaneEvent::Waiting { resource, holder: None });
        sink.flush();
    });
}
