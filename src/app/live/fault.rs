//! Faults on purpose, for the suite that tries the real program on a real terminal.
//!
//! `THREADBARE_FAULT=POINT:WHAT` injects the fault on the third pass of that point, so
//! that the first frames are drawn normally: `panic` panics, `stuck` never returns,
//! `abort` aborts, `memory` acts as if no memory were left, `overflow` overflows its
//! stack. Only debug builds read the variable.
//!
//! Must not know what the points mean.

/// Passes a point where a fault can be injected.
#[cfg(not(debug_assertions))]
pub(crate) fn pass(_point: &str) {}

/// Passes a point where a fault can be injected.
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

#[cfg(debug_assertions)]
#[expect(unconditional_recursion, reason = "that is the fault")]
fn overflow(before: &[u8; 64]) {
    let frame = *before;
    overflow(std::hint::black_box(&frame));
    std::hint::black_box(frame);
}
