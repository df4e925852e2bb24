//! Files that are no recordings, or recordings of what cannot have happened: an error of one
//! line or a picture, never a panic, a hang or memory without bound.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use threadbare::lab::{Detail, Entry, PlaybackCommand, ViewOptions};
use threadbare::labs;
use threadbare::scene::{Pane, Screen, View};
use threadbare::ui::{self, Charset, ColorDepth, Theme, ThemeName};

use super::documented;

/// Mutations of each recording, unless `RECORDINGS_MUTATIONS` asks for more.
const MUTATIONS: u64 = 100;

/// Reads the file, and if that can be done, shows all that there is to be seen of it.
fn show(file: &[u8]) -> Result<(), String> {
    let recording =
        Entry::read(labs::ALL, &mut BufReader::new(file)).map_err(|error| error.to_string())?;
    let mut run = recording.open();
    run.play(PlaybackCommand::Seek(u64::MAX));
    while run.drain(1000) > 0 {}
    let theme = Theme::new(ThemeName::Dark, ColorDepth::True, Charset::Unicode);
    for (detail, width, height) in [(Detail::Full, 120, 50), (Detail::Compact, 40, 12)] {
        let scene = run.scene(detail, &ViewOptions::default());
        let view = View::Single(Pane { scene, focused: true, ..Pane::default() });
        ui::to_buffer(&Screen { view, ..Screen::default() }, &theme, width, height);
    }
    run.actions();
    run.summary();
    run.result();
    run.timeline().histories(run.now());
    Ok(())
}

/// A value in its place that no run would have written there.
fn other(value: &Value, random: &mut StdRng) -> Value {
    let numbers = [
        json!(0),
        json!(1),
        json!(7),
        json!(-1),
        json!(255),
        json!(65_536),
        json!(u32::MAX),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(0.0),
        json!(-1.5),
        json!(1e300),
        json!(1e-300),
    ];
    let texts = ["", "\u{1b}[2J", "main", "add-255", "\u{202e}x", "18446744073709551616", "no"];
    let any = |random: &mut StdRng| match random.random_range(0..4) {
        0 => Value::Null,
        1 => json!([]),
        2 => json!({}),
        _ => json!(true),
    };
    match value {
        _ if random.random_ratio(1, 8) => any(random),
        Value::Number(_) => numbers[random.random_range(0..numbers.len())].clone(),
        Value::String(_) => json!(texts[random.random_range(0..texts.len())]),
        Value::Bool(is) => json!(!is),
        Value::Array(all) if !all.is_empty() => {
            let mut all = all.clone();
            let at = random.random_range(0..all.len());
            if random.random() {
                all.remove(at);
            } else {
                all.push(all[at].clone());
            }
            Value::Array(all)
        }
        _ => any(random),
    }
}

/// Changes one value, at any depth.
fn mutate(value: &mut Value, random: &mut StdRng) {
    let inside: Vec<&mut Value> = match value {
        Value::Array(all) => all.iter_mut().collect(),
        Value::Object(all) => all.values_mut().collect(),
        _ => Vec::new(),
    };
    let count = inside.len();
    if count > 0 && random.random_ratio(7, 8) {
        let at = random.random_range(0..count);
        if let Some(one) = inside.into_iter().nth(at) {
            return mutate(one, random);
        }
    }
    *value = other(value, random);
}

/// Makes all numbers of the line the same: sums of them may not fit any more.
fn all_numbers(value: &mut Value, number: &Value) {
    match value {
        Value::Number(_) => value.clone_from(number),
        Value::Array(all) => all.iter_mut().for_each(|one| all_numbers(one, number)),
        Value::Object(all) => all.values_mut().for_each(|one| all_numbers(one, number)),
        _ => {}
    }
}

/// What the line is about: each kind is mutated as often, however many lines it has.
fn kind(line: &str) -> String {
    let value: Value = serde_json::from_str(line).unwrap_or_default();
    let fact = value.get("fact").or(value.get("event"));
    fact.map_or_else(String::new, |fact| fact["event"].to_string())
}

fn any_line(lines: &[String], random: &mut StdRng) -> usize {
    let kinds: BTreeSet<_> = lines.iter().map(|line| kind(line)).collect();
    let chosen = kinds.iter().nth(random.random_range(0..kinds.len()));
    let of_kind = (0..lines.len()).filter(|at| Some(&kind(&lines[*at])) == chosen);
    let of_kind: Vec<_> = of_kind.collect();
    of_kind[random.random_range(0..of_kind.len())]
}

/// The recording with a few of its lines or bytes changed.
fn mutated(file: &str, random: &mut StdRng) -> Vec<u8> {
    let mut lines: Vec<String> = file.lines().map(str::to_owned).collect();
    for _ in 0..random.random_range(1..4) {
        let at = any_line(&lines, random);
        match random.random_range(0..12) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[at].clone()),
            2 => {
                let to = random.random_range(0..lines.len());
                lines.swap(at, to);
            }
            3 => {
                let mut line = std::mem::take(&mut lines[at]).into_bytes();
                let byte = random.random_range(0..line.len().max(1));
                line.truncate(byte);
                line.push(random.random());
                lines[at] = String::from_utf8_lossy(&line).into_owned();
            }
            _ => {
                let mut value: Value = serde_json::from_str(&lines[at]).unwrap_or_default();
                match ["event", "fact"].iter().find(|key| value.get(key).is_some()) {
                    Some(key) if random.random_ratio(1, 4) => {
                        let number = other(&json!(2), random);
                        all_numbers(&mut value[key], &number);
                    }
                    _ => mutate(&mut value, random),
                }
                lines[at] = value.to_string();
            }
        }
    }
    lines.join("\n").into_bytes()
}

/// Where the numbers of a value are, as JSON pointers.
fn numbers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(at.to_owned()),
        Value::Array(all) => {
            // Further ones are of the same kind.
            let first = all.iter().take(2).enumerate();
            first.for_each(|(n, one)| numbers(one, &format!("{at}/{n}"), found));
        }
        Value::Object(all) => {
            all.iter().for_each(|(key, one)| numbers(one, &format!("{at}/{key}"), found));
        }
        _ => {}
    }
}

/// What is allocated, looped over or added must not follow from a number in the file.
#[test]
fn each_number_may_be_as_large_as_it_can_be() {
    let mut bugs = String::new();
    for (entry, file) in documented() {
        let file = String::from_utf8(file).unwrap();
        let lines: Vec<_> = file.lines().collect();
        let mut seen = BTreeSet::new();
        for (at, line) in lines.iter().enumerate() {
            if !seen.insert(kind(line)) {
                continue;
            }
            let value: Value = serde_json::from_str(line).unwrap();
            let mut found = Vec::new();
            numbers(&value, "", &mut found);
            for (place, most) in found
                .iter()
                .flat_map(|place| [json!(u32::MAX), json!(u64::MAX)].map(|most| (place, most)))
            {
                let mut changed = value.clone();
                *changed.pointer_mut(place).unwrap() = most;
                eprintln!("{}: {} {place}", entry.info.id, kind(line));
                let changed = changed.to_string();
                let mut lines = lines.clone();
                lines[at] = &changed;
                let shown = catch_unwind(|| show(lines.join("\n").as_bytes()));
                if shown.is_err() {
                    let _ = writeln!(bugs, "{}: {} {place}", entry.info.id, kind(line));
                }
            }
        }
    }
    assert!(bugs.is_empty(), "{bugs}");
}

fn asked(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn a_mutated_recording_is_refused_or_shown_but_never_panics() {
    let mut bugs = String::new();
    let (mut shown, mut refused) = (0, 0);
    for (entry, file) in documented() {
        let (id, file) = (entry.info.id, String::from_utf8(file).unwrap());
        let mut random = StdRng::seed_from_u64(asked("RECORDINGS_SEED").unwrap_or(1));
        for _ in 0..asked("RECORDINGS_MUTATIONS").unwrap_or(MUTATIONS) {
            let mutation = mutated(&file, &mut random);
            match catch_unwind(AssertUnwindSafe(|| show(&mutation))) {
                Ok(Ok(())) => shown += 1,
                Ok(Err(_)) => refused += 1,
                Err(_) => {
                    let changed = String::from_utf8_lossy(&mutation).into_owned();
                    let before: BTreeSet<_> = file.lines().collect();
                    let changed = changed.lines().filter(|line| !before.contains(line));
                    let changed: Vec<_> =
                        changed.map(|line| &line[..line.len().min(600)]).collect();
                    let _ = writeln!(bugs, "{id}: {changed:#?}");
                }
            }
        }
    }
    assert!(bugs.is_empty(), "{bugs}");
    assert!(shown > MUTATIONS && refused > MUTATIONS, "{shown} shown, {refused} refused");
}
