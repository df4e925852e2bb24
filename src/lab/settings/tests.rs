//! Refusals, and the steps that keys take.

use super::*;

const PAUSE: Control = Control {
    steps: &["0ms", "1ms", "50ms", "500ms"],
    ..Control::new(
        "pause",
        "after each operation",
        Kind::Time {
            min: Duration::ZERO,
            max: Duration::from_secs(10),
        },
        "500ms",
    )
};

#[test]
fn a_refusal_names_the_key_and_what_would_fit() {
    let refusal = PAUSE.read("11s").unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "pause: `11s` is not a time from 0ms to 10s"
    );
}

#[test]
fn steps_stop_at_the_ends_and_start_from_the_nearest_below() {
    let at = |text| PAUSE.read(text).unwrap();
    assert_eq!(PAUSE.step(&at("1ms"), 1, false), Some(at("50ms")));
    assert_eq!(PAUSE.step(&at("500ms"), 1, false), None);
    assert_eq!(PAUSE.step(&at("500ms"), 1, true), Some(at("0ms")));
    assert_eq!(PAUSE.step(&at("7ms"), 1, false), Some(at("50ms")));
}
