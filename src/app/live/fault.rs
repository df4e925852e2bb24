//! Injects faults into the real program, for the suite that tests it on a real terminal.
//!
//! `THREADBARE_FAULT=POINT:WHAT` injects the fault on the third pass of that point, so that the
//! first frames are drawn normally:
//!
//! - `panic` panics,
//! - `stuck` never returns,
//! - `abort` aborts,
//! - `memory` acts as if an allocation had failed,
//! - `overflow` overflows the stack.
//!
//! Only debug builds read the variable; in a release build [`pass`] is empty. The points are
//! `draw` (while a frame is drawn), `signals` (each round of the thread that sees signals) and
//! `enter` (between raw mode and the bytes that enter the terminal).

/// In a release build there is no fault to inject, and no variable is read.
#[cfg(not(debug_assertions))]
pub(crate) fn pass(_point: &str) {}

/// Passes a point where a fault can be injected. Called by the code under test at its few
/// points; without the variable it costs one load.
#[cfg(debug_assertions)]
pub fn pass(point: &str) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static FAULT: LazyLock<Option<String>> =
        LazyLock::new(|| std::env::var("THREADBARE_FAULT").ok());
    static PASSED: AtomicU32 = AtomicU32::new(0);

    let fault = FAULT.as_deref().and_then(|fault| fault.split_once(':'));
    let Some((_, what)) = fault.filter(|(place, _)| *place == point) else {
        return;
    };
    // Relaxed: a count that orders nothing else. One variable names one point, so one count is
    // enough.
    if PASSED.fetch_add(1, Ordering::Relaxed) == 2 {
        match what {
            "stuck" => loop {
                std::thread::park();
            },
            "abort" => std::process::abort(),
            "memory" => std::alloc::handle_alloc_error(std::alloc::Layout::new::<u64>()),
            "overflow" => overflow(&[0; 64]),
            _ => panic!("a fault on purpose at {point}"),
        }
    }
}

/// Recurses without end, with something in each frame. `black_box` keeps the compiler from
/// turning the recursion into a loop that needs no stack.
#[cfg(debug_assertions)]
#[expect(unconditional_recursion, reason = "that is the fault")]
fn overflow(before: &[u8; 64]) {
    let frame = *before;
    overflow(std::hint::black_box(&frame));
    std::hint::black_box(frame);
}
