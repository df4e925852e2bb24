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

#[test]
fn a_list_of_numbers_is_in_order_and_has_each_once() {
    let sizes = Control::new(
        "sizes",
        "of pools",
        Kind::Numbers {
            min: 1,
            max: 64,
            least: 1,
            most: 4,
        },
        "2,4",
    );
    let read = |text| sizes.read(text).map(|value| value.to_string());
    assert_eq!(read("8,2,2").unwrap(), "2,8");
    assert_eq!(read("4, 3").unwrap(), "3,4");
    assert!(read("1,1,1,1,1").is_err(), "too many, as it is typed");
}
