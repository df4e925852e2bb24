//! Refusals, and the steps that keys take.

use std::time::Duration;

use super::*;
use crate::lab::{Choice, Form, SettingError, ms};

const LOCK: Setting<bool> = Setting::switch("lock", "a toggle", false).live(true);
const WORKERS: Setting<u8> = Setting::number("workers", "a number", 2..=9, 4).steps(&[2, 5, 9]);
const PAUSE: Setting<Duration> =
    Setting::time("pause", "after each operation", ms(0)..=ms(10_000), ms(500))
        .live(ms(7))
        .steps(&[ms(0), ms(1), ms(50), ms(500)]);
const SIZES: Setting<Vec<u32>> = Setting::numbers("sizes", "numbers", 3..=64, 2..=4, &[4, 8]);
const WINDOW: Setting<Window> = Setting::choice("window", "a form", Window::Tile).steps(&[
    Window::Number(2),
    Window::Tile,
    Window::Spin(40),
    Window::Rest(ms(5)),
]);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Window {
    Tile,
    Spin(u64),
    Rest(Duration),
    Number(u64),
}

impl Choice for Window {
    fn forms() -> Vec<Form> {
        vec![
            Form::Word("tile"),
            Form::WordNumber { word: "spin", min: 10, max: 99 },
            Form::WordTime { word: "rest", min: ms(3), max: ms(8) },
            Form::Number { min: 1, max: 6 },
        ]
    }

    fn to_value(self) -> Value {
        match self {
            Self::Tile => Value::Word("tile"),
            Self::Spin(n) => Value::WordNumber("spin", n),
            Self::Rest(time) => Value::WordTime("rest", time),
            Self::Number(n) => Value::Number(n),
        }
    }

    fn from_value(value: &Value) -> Option<Self> {
        match *value {
            Value::Word("tile") => Some(Self::Tile),
            Value::WordNumber("spin", n) => Some(Self::Spin(n)),
            Value::WordTime("rest", time) => Some(Self::Rest(time)),
            Value::Number(n) => Some(Self::Number(n)),
            _ => None,
        }
    }
}

/// One setting of each kind, with unlike ranges.
const EACH: &[&dyn Control] = &[&LOCK, &WORKERS, &PAUSE, &SIZES, &WINDOW];

#[test]
fn a_refusal_names_the_key_and_what_would_fit() {
    let refusal = EACH[2].read("11s").unwrap_err();
    assert_eq!(refusal.to_string(), "pause: `11s` is not a time from 0ms to 10s");
}

#[test]
fn steps_stop_at_the_ends_and_start_from_the_nearest_below() {
    let pause = EACH[2];
    let at = |text| pause.read(text).unwrap();
    assert_eq!(pause.step(&at("1ms"), 1, false), Some(at("50ms")));
    assert_eq!(pause.step(&at("500ms"), 1, false), None);
    assert_eq!(pause.step(&at("500ms"), 1, true), Some(at("0ms")));
    assert_eq!(pause.step(&at("7ms"), 1, false), Some(at("50ms")));
}

#[test]
fn a_list_of_numbers_is_in_order_and_has_each_once() {
    const SIZES: Setting<Vec<u64>> = Setting::numbers("sizes", "of pools", 1..=64, 1..=4, &[2, 4]);
    let sizes: &dyn Control = &SIZES;
    let read = |text| sizes.read(text).map(|value| value.to_string());
    assert_eq!(read("8,2,2").unwrap(), "2,8");
    assert_eq!(read("4, 3").unwrap(), "3,4");
    assert!(read("1,1,1,1,1").is_err(), "too many, as it is typed");
}

static LAB: Info =
    Info { id: "each", title: "Each", tab: &["Each"], question: "", lesson: "", controls: EACH };

fn settings(live: bool) -> Settings {
    Settings::defaults(&LAB, 3, "program".into(), live)
}

fn shown(settings: &Settings) -> String {
    let values = settings.iter().map(|(key, value)| {
        let json = serde_json::Value::from(value);
        format!("{key}={value} {json}")
    });
    values.collect::<Vec<_>>().join("; ")
}

#[test]
fn what_is_typed_is_read_as_meant_or_refused_with_what_would_fit() {
    let toggle = "not on or off";
    let number = "not a whole number from 2 to 9";
    let numbers = "not 2 to 4 numbers from 3 to 64 with commas between";
    let form = "not tile or spin:N (N from 10 to 99) or rest:TIME (3ms to 8ms) \
                or a number from 1 to 6";
    for (at, typed, expected) in [
        (0, "on", Ok(Value::Switch(true))),
        (0, "true", Ok(Value::Switch(true))),
        (0, "yes", Ok(Value::Switch(true))),
        (0, "off", Ok(Value::Switch(false))),
        (0, "false", Ok(Value::Switch(false))),
        (0, "no", Ok(Value::Switch(false))),
        (0, "", Err(toggle)),
        (0, "On", Err(toggle)),
        (1, "2", Ok(Value::Number(2))),
        (1, "9", Ok(Value::Number(9))),
        (1, "1", Err(number)),
        (1, "10", Err(number)),
        (1, "-3", Err(number)),
        (2, "0ms", Ok(Value::Time(Duration::ZERO))),
        (2, "10s", Ok(Value::Time(ms(10_000)))),
        (2, "10001ms", Err("not a time from 0ms to 10s")),
        (3, "64, 3", Ok(Value::Numbers(vec![3, 64]))),
        (3, "5", Err(numbers)),
        (3, "", Err(numbers)),
        (3, "3,4,5,6,7", Err(numbers)),
        (3, "2,4", Err(numbers)),
        (3, "4,65", Err(numbers)),
        (4, "tile", Ok(Value::Word("tile"))),
        (4, "spin:10", Ok(Value::WordNumber("spin", 10))),
        (4, "spin:99", Ok(Value::WordNumber("spin", 99))),
        (4, "rest:8ms", Ok(Value::WordTime("rest", ms(8)))),
        (4, "6", Ok(Value::Number(6))),
        (4, "7", Err(form)),
        (4, "spin", Err(form)),
        (4, "spin:9", Err(form)),
        (4, "spin:100", Err(form)),
        (4, "rest:9ms", Err(form)),
        (4, "rest:2ms", Err(form)),
        (4, "rest", Err(form)),
        (4, "tiles", Err(form)),
    ] {
        let control = &EACH[at];
        let refusal = |why| SettingError {
            key: control.key().to_owned(),
            why: format!("`{typed}` is {why}"),
        };
        assert_eq!(control.read(typed), expected.map_err(refusal));
    }
}

#[test]
fn settings_begin_at_their_defaults_are_set_by_key_and_reset() {
    let plain = "lock=off \"off\"; pause=500ms \"500ms\"; sizes=4,8 [4,8]; \
                 window=tile \"tile\"; workers=4 4";
    let live = plain
        .replace("lock=off \"off\"; pause=500ms \"500ms\"", "lock=on \"on\"; pause=7ms \"7ms\"");
    assert_eq!(shown(&settings(false)), plain);
    assert_eq!(shown(&settings(true)), live);
    for is_live in [false, true] {
        let mut settings = settings(is_live);
        let begin = shown(&settings);
        for (key, typed) in [
            ("lock", "yes"),
            ("workers", "9"),
            ("pause", "1500us"),
            ("sizes", "33,22,11"),
            ("window", "spin:12"),
        ] {
            settings.set(&LAB, key, typed).unwrap();
        }
        assert_eq!(
            shown(&settings),
            "lock=on \"on\"; pause=1.5ms \"1.5ms\"; sizes=11,22,33 [11,22,33]; \
             window=spin:12 \"spin:12\"; workers=9 9"
        );
        assert!(settings.get(LOCK));
        assert_eq!(settings.get(WORKERS), 9);
        assert_eq!(settings.get(PAUSE), Duration::from_micros(1_500));
        assert_eq!(settings.get(SIZES), [11, 22, 33]);
        assert_eq!(settings.get(WINDOW), Window::Spin(12));
        settings.put(WINDOW, Window::Rest(ms(4)));
        assert_eq!(settings.value(&WINDOW).to_string(), "rest:4ms");
        assert_eq!(settings.get(WINDOW), Window::Rest(ms(4)));
        for control in EACH {
            settings.reset(*control);
        }
        assert_eq!(shown(&settings), begin);
    }
    let mut settings = settings(false);
    let unknown = settings.set(&LAB, "size", "3").unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "size: no such setting of each; it has lock, workers, pause, sizes, window"
    );
    assert!(settings.set(&LAB, "workers", "10").is_err());
    assert_eq!(shown(&settings), plain, "what is refused changes nothing");
}

#[test]
fn keys_step_through_the_values_of_a_control() {
    for (at, now, steps, wrap, expected) in [
        (0, "on", 1, false, Some("off")),
        (0, "off", -1, true, Some("on")),
        (1, "2", 1, false, Some("5")),
        (1, "5", 1, false, Some("9")),
        (1, "9", 1, false, None),
        (1, "9", 1, true, Some("2")),
        (1, "2", -1, true, Some("9")),
        (1, "9", -1, false, Some("5")),
        (1, "2", -1, false, None),
        (1, "4", 1, false, Some("5")),
        (1, "8", 1, false, Some("9")),
        (1, "8", -1, false, Some("5")),
        (1, "4", -1, true, Some("2")),
        (2, "900ms", 1, false, None),
        (1, "2", 2, false, Some("9")),
        (2, "200us", 1, false, Some("1ms")),
        (4, "tile", 1, false, Some("spin:40")),
        (4, "spin:41", 1, false, Some("rest:5ms")),
        (4, "spin:40", 1, true, Some("rest:5ms")),
        (4, "rest:5ms", 1, true, Some("2")),
        (3, "8,4", 1, true, None),
    ] {
        let control = &EACH[at];
        let step = control.step(&control.read(now).unwrap(), steps, wrap);
        let step = step.map(|value| value.to_string());
        assert_eq!(step.as_deref(), expected, "{} {now} {steps} {wrap}", control.key());
    }
}
