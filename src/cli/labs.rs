//! `threadbare labs`: the labs with their settings, as text and as JSON. Everything comes from
//! the declarations of the labs, so the list cannot be out of date.
//!
//! ```text
//! list: Shared list                                                 id: title
//!   What does the lock do?                                          question
//!   --set pause=0ms  pause after each operation; 0ms to 2s; ...     as it would be typed
//! ```
//!
//! The lab that runs a script is the last one. It is not opened by its id, but by the script that
//! stands in its place.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Registry;
use crate::lab::{self, Control, Form, Info, Key, Keys, Kind};

/// What stands on the command line in the place of the lab that runs a script.
const SCRIPT: &str = "SCRIPT.py";

/// A paragraph per lab: its id and title, its question, then a line per setting, which begins
/// as it would be typed.
pub fn text(known: &Registry) -> String {
    let mut out = String::new();
    for (info, argument) in listed(known) {
        if !out.is_empty() {
            out.push('\n');
        }
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{}: {}", info.id, info.title);
        let _ = writeln!(out, "  {}", info.question);
        if argument == SCRIPT {
            let about = "the script, in the place of a lab's name; its arguments follow it";
            let _ = writeln!(out, "    {SCRIPT} [ARGS]  {about}");
        }
        for control in info.controls {
            let _ = writeln!(out, "    {}", setting(*control));
        }
    }
    out
}

/// A setting as it would be typed, what it does, its range, and where they differ the default
/// of the screen and its keys.
fn setting(control: &dyn Control) -> String {
    let (key, about, range) = (control.key(), control.about(), control.kind().expects());
    let (default, live) = (control.default(false), control.default(true));
    let keys = keys(control.keys());
    let mut line = format!("--set {key}={default}  {about}; {range}");
    if live != default {
        let _ = write!(line, "; {live} on the screen");
    }
    if !keys.is_empty() {
        let _ = write!(line, "; keys {}", keys.join(" "));
    }
    line
}

/// A list with one object per lab. It is a contract: programs read it to find settings and
/// their ranges, and as `argument` what is typed to open the lab.
pub fn json(known: &Registry) -> Value {
    listed(known).map(|(info, argument)| describe(info, argument)).collect()
}

/// All labs, each with what is typed to open it.
fn listed(known: &Registry) -> impl Iterator<Item = (&'static Info, &'static str)> {
    let labs = known.labs.iter().map(|entry| (entry.info, entry.info.id));
    labs.chain([(known.script.info, SCRIPT)])
}

fn describe(info: &Info, argument: &str) -> Value {
    let settings: Vec<_> = info.controls.iter().map(|one| control(*one)).collect();
    json!({
        "id": info.id,
        "argument": argument,
        "title": info.title,
        "question": info.question,
        "settings": settings,
    })
}

fn control(control: &dyn Control) -> Value {
    let mut all = kind(&control.kind());
    let steps = control.steps();
    let fields = json!({
        "key": control.key(),
        "about": control.about(),
        "default": default(&control.default(false)),
        "default_on_screen": default(&control.default(true)),
        "range": control.kind().expects(),
        "keys": keys(control.keys()),
        "steps": steps.iter().map(lab::Value::to_string).collect::<Vec<_>>(),
    });
    // Both are objects, so this always joins them: kind and limits, then what all settings
    // have.
    if let (Value::Object(all), Value::Object(fields)) = (&mut all, fields) {
        all.extend(fields);
    }
    all
}

/// A number as a JSON number; everything else as it would be typed, since a duration or a
/// choice has no type in JSON.
fn default(value: &lab::Value) -> Value {
    match value {
        lab::Value::Number(n) => (*n).into(),
        other => other.to_string().into(),
    }
}

/// The kind of a setting and its limits, in words that stay the same for programs that read
/// them. Times are in microseconds.
fn kind(kind: &Kind) -> Value {
    match kind {
        Kind::Switch => json!({ "kind": "toggle" }),
        Kind::Number { min, max } => json!({ "kind": "number", "min": min, "max": max }),
        Kind::Time { min, max } => {
            json!({ "kind": "time", "min_us": micros(min), "max_us": micros(max) })
        }
        Kind::Numbers { min, max, least, most } => json!({
            "kind": "numbers", "min": min, "max": max, "least": least, "most": most,
        }),
        Kind::Text => json!({ "kind": "text" }),
        Kind::OneOf(forms) => {
            json!({ "kind": "choice", "forms": forms.iter().map(form).collect::<Vec<_>>() })
        }
    }
}

/// One form that a value of a choice may have: a word, a word with a number or a time, or a number.
/// Ranges are included, so that a program can offer them.
fn form(form: &Form) -> Value {
    match form {
        Form::Word(word) => json!({ "word": word }),
        Form::WordNumber { word, min, max } => json!({ "word": word, "min": min, "max": max }),
        Form::WordTime { word, min, max } => {
            json!({ "word": word, "min_us": micros(min), "max_us": micros(max) })
        }
        Form::Number { min, max } => json!({ "min": min, "max": max }),
    }
}

fn micros(time: &std::time::Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The keys of a setting by name, those that step back first. The names are those that the help
/// of the screen uses.
fn keys(keys: Keys) -> Vec<String> {
    let (back, on): (&[Key], Vec<Key>) = match keys {
        Keys::None => (&[], Vec::new()),
        Keys::Next(key) => (&[], vec![key]),
        Keys::Steps { back, on } => (back, on.to_vec()),
    };
    back.iter().chain(&on).map(|key| name(*key)).collect()
}

fn name(key: Key) -> String {
    match key {
        Key::Char(c) => c.to_string(),
        Key::Left => "left".to_owned(),
        Key::Right => "right".to_owned(),
        Key::Up => "up".to_owned(),
        Key::Down => "down".to_owned(),
        Key::Home => "home".to_owned(),
        Key::End => "end".to_owned(),
        Key::Enter => "enter".to_owned(),
        Key::Space => "space".to_owned(),
        Key::Esc => "esc".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::lab::Setting;

    const FORMS: [Form; 4] = [
        Form::Word("off"),
        Form::WordNumber { word: "after", min: 4, max: 9 },
        Form::WordTime {
            word: "every",
            min: Duration::from_millis(6),
            max: Duration::from_millis(8),
        },
        Form::Number { min: 1, max: 12 },
    ];

    #[test]
    fn each_bound_of_each_kind_is_its_own() {
        let (short, long) = (Duration::from_micros(2_500), Duration::from_secs(3));
        for (kind, reported) in [
            (Kind::Switch, json!({ "kind": "toggle" })),
            (Kind::Number { min: 3, max: 70 }, json!({ "kind": "number", "min": 3, "max": 70 })),
            (
                Kind::Time { min: short, max: long },
                json!({ "kind": "time", "min_us": 2_500.0, "max_us": 3e6 }),
            ),
            (
                Kind::Numbers { min: 3, max: 70, least: 2, most: 5 },
                json!({ "kind": "numbers", "min": 3, "max": 70, "least": 2, "most": 5 }),
            ),
            (
                Kind::OneOf(FORMS.to_vec()),
                json!({ "kind": "choice", "forms": [
                    { "word": "off" },
                    { "word": "after", "min": 4, "max": 9 },
                    { "word": "every", "min_us": 6_000.0, "max_us": 8_000.0 },
                    { "min": 1, "max": 12 },
                ] }),
            ),
        ] {
            assert_eq!(super::kind(&kind), reported);
        }
    }

    #[test]
    fn each_key_has_its_name() {
        let all = [
            Key::Char('q'),
            Key::Left,
            Key::Right,
            Key::Up,
            Key::Down,
            Key::Home,
            Key::End,
            Key::Enter,
            Key::Space,
            Key::Esc,
        ];
        let names = ["q", "left", "right", "up", "down", "home", "end", "enter", "space", "esc"];
        assert_eq!(all.map(name), names);
    }

    #[test]
    fn a_setting_reports_what_it_is_on_the_screen_only_where_that_differs() {
        const KEYS: Keys = Keys::Steps { back: &[Key::Left], on: &[Key::Right, Key::Space] };
        let same: Setting<u64> = Setting::number("n", "how many", 1..=9, 3);
        let other = same.live(5).keys(KEYS).steps(&[1, 5]);
        assert_eq!(
            control(&other),
            json!({
                "key": "n", "about": "how many", "kind": "number", "min": 1, "max": 9,
                "range": "a whole number from 1 to 9", "default": 3, "default_on_screen": 5,
                "keys": ["left", "right", "space"], "steps": ["1", "5"],
            })
        );
        assert_eq!(
            setting(&other),
            "--set n=3  how many; a whole number from 1 to 9; 5 on the screen; \
             keys left right space"
        );
        let reported = control(&same);
        assert_eq!((&reported["default_on_screen"], &reported["keys"]), (&json!(3), &json!([])));
        assert_eq!(setting(&same), "--set n=3  how many; a whole number from 1 to 9");
    }
}
