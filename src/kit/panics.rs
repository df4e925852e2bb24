//! Panics of lab threads as values: message and place, and nothing on the screen.
//!
//! There is one hook for the process, put in front of the one that was there. On a thread
//! that is inside [`capture`] it records what happened; on any other it calls the hook that
//! was there before. So a worker may panic on purpose under a live screen, and a panic of
//! the program itself is still reported by any other code that installed a hook.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

use super::event::{LaneEvent, RAISED, Stream};
use super::recorder::with_sink;
use crate::printable::Printable;

/// A panic that was caught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic {
    /// The payload as text, escaped; a fixed text if the payload is none.
    pub message: Printable,
    /// `file:line`, or empty if the unwinding began without a panic.
    pub place: Printable,
}

/// What the hook knows of a thread. The hook runs on the panicking thread, before it
/// unwinds: the only moment at which the place is known.
#[derive(Debug)]
enum CaptureState {
    /// No capture is under way: a panic is left to the hook before.
    Off,
    /// The panic is noted; with `pass_on` the hook before this one gets it too.
    Armed {
        pass_on: bool,
    },
    Noted(Panic),
}

thread_local! {
    /// The innermost capture that the thread is in.
    static CAPTURE: RefCell<CaptureState> = const { RefCell::new(CaptureState::Off) };
}

/// The hook is installed once, at the first capture, and never removed.
static INSTALL: Once = Once::new();

/// Runs `body`; its panic becomes a value and is neither printed nor passed on. Captures
/// nest.
///
/// # Errors
/// The panic.
pub fn capture<T>(body: impl FnOnce() -> T) -> Result<T, Panic> {
    run_captured(false, body)
}

/// Runs `body`, which has no caller to give an error to, and reports its panic: as a line of
/// the thread's lane, or, on a thread without one, by the program's panic hook, as any
/// panic. `what` says what `body` is: "a completion callback".
///
/// # Errors
/// The panic, which is reported by then.
pub fn contain(what: &str, body: impl FnOnce()) -> Result<(), Panic> {
    let has_lane = with_sink(|_| ()).is_some();
    let result = run_captured(!has_lane, body);
    if let Err(panic) = &result {
        let text = format!("{what} {RAISED} at {}: {}", panic.place, panic.message).into();
        let stream = Stream::Stderr;
        with_sink(|sink| sink.emit_reliable(LaneEvent::Said { stream, text }));
    }
    result
}

/// The common part: sets what the hook is to do, runs `body`, and restores what was set
/// before.
fn run_captured<T>(pass_on: bool, body: impl FnOnce() -> T) -> Result<T, Panic> {
    INSTALL.call_once(install);
    // Kept on the stack, so that the capture around this one is armed again afterwards.
    let outer = CAPTURE.replace(CaptureState::Armed { pass_on });
    // The body's data is either moved in or shared through types that survive a panic.
    let result = panic::catch_unwind(AssertUnwindSafe(body));
    let noted = CAPTURE.replace(outer);
    result.map_err(|payload| match noted {
        CaptureState::Noted(panic) => panic,
        // `resume_unwind` does not call the hook, so there is a message at most.
        CaptureState::Off | CaptureState::Armed { .. } => {
            Panic { message: message_of(payload.as_ref()), place: Printable::default() }
        }
    })
}

/// Puts the hook of this module before the present one.
fn install() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !record(info) {
            before(info);
        }
    }));
}

/// Notes the panic if a thread captures it; returns whether that is all to be done.
fn record(info: &PanicHookInfo<'_>) -> bool {
    // A thread whose locals are gone captures nothing any more.
    CAPTURE
        .try_with(|capture| match capture.try_borrow_mut() {
            Ok(mut state) if !matches!(*state, CaptureState::Off) => {
                let pass_on = matches!(*state, CaptureState::Armed { pass_on: true });
                *state = CaptureState::Noted(panic_of(info));
                !pass_on
            }
            _ => false,
        })
        .unwrap_or(false)
}

/// Message and place, as the hook sees them.
fn panic_of(info: &PanicHookInfo<'_>) -> Panic {
    let place =
        info.location().map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line()));
    Panic { message: message_of(info.payload()), place: place.into() }
}

/// The payload of `panic!` is a `&str` or a `String`; `panic_any` may carry anything.
fn message_of(payload: &(dyn std::any::Any + Send)) -> Printable {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    Printable::foreign(text.unwrap_or("a panic without a message"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message_and_place() {
        let panic = capture(|| panic!("seven of {}", 9)).unwrap_err();
        assert_eq!(&*panic.message, "seven of 9");
        assert!(panic.place.contains("panics.rs:"), "{}", panic.place);
    }

    #[test]
    fn captures_nest_and_end() {
        let outer = capture(|| {
            assert!(capture(|| panic!("inner")).is_err());
            panic!("outer");
        });
        assert_eq!(&*outer.unwrap_err().message, "outer");
        assert_eq!(capture(|| 1), Ok(1));
    }

    #[test]
    fn an_unwinding_without_a_panic_has_no_place() {
        let panic = capture(|| panic::resume_unwind(Box::new("quiet"))).unwrap_err();
        assert_eq!((&*panic.message, &*panic.place), ("quiet", ""));
    }
}
