//! The tool as a structure: its places and its waiting lines, from what its run reports as names
//! and values. Arrangement only.
//!
//! ```text
//! figures  "lock, holder" adder-1   ─▶ a place "lock" with adder-1 in it
//!          "wait on `room`" p-1 p-2 ─▶ a line "for room", below "waiting"
//!          "counter" 3              ─▶ a figure beside them
//! slots    "7", "next out"          ─▶ a place with that label
//! waiting  guest-3, guest-4         ─▶ the line "waiting"
//! ```

use super::super::experiment::outcome::Snapshot;
use crate::scene::{Place, Structure, Tone, WaitingLine};

/// The structure of this moment. What is no place and no line is a figure.
pub fn structure(snapshot: &Snapshot) -> Structure {
    let mut structure = Structure::default();
    let mut waiting = Some(snapshot.waiting.clone());
    for (name, value) in &snapshot.figures {
        let place = |name: &str, content: &str, tone| Place {
            name: name.to_owned(),
            content: content.to_owned(),
            tone,
        };
        if let Some(lock) = name.strip_suffix(", holder") {
            structure.places.push(place(lock, holder(value), Tone::Good));
        } else if let Some(what) = name.strip_prefix("wait on ") {
            let waiting = value.split(' ').filter(|name| !name.is_empty());
            let waiting = waiting.map(str::to_owned).collect();
            let name = format!("for {}", what.trim_matches('`'));
            structure.lines.push(WaitingLine { name, waiting });
        } else if let (true, Some((free, all))) = (name == "permits", of(value)) {
            structure.places.extend((0..all).map(|seat| {
                let content = if seat < all.saturating_sub(free) { "taken" } else { "" };
                place(&format!("seat {}", seat + 1), content, Tone::Good)
            }));
        } else if let (true, Some((_, all))) = (name == "here", of(value)) {
            // Those that wait are those that are there.
            let mut here = waiting.take().unwrap_or_default().into_iter();
            let places = (1..=all).map(|at| {
                let content = here.next().unwrap_or_default();
                place(&format!("place {at}"), &content, Tone::Waiting)
            });
            structure.places.extend(places);
        } else if let Some(by) = value.strip_prefix("by ") {
            // A lock of a replay.
            structure.places.push(place(name, by, Tone::Good));
        } else if value == "free" {
            structure.places.push(place(name, "", Tone::Good));
        } else if name == "holder" {
            structure.places.push(place("lock", holder(value), Tone::Good));
        } else if let Some((owner, what)) = name.split_once(", ") {
            // A page of the manager's server, or the server itself.
            structure.places.push(place(owner, &format!("{what} {value}"), Tone::Active));
        } else if value == "set" || value == "not set" {
            let content = if value == "set" { "set" } else { "" };
            structure.places.push(place(name, content, Tone::Good));
        } else {
            structure.figures.push((name.clone(), value.clone()));
        }
    }
    structure.places.extend(snapshot.slots.iter().map(|(text, label)| Place {
        name: label.clone(),
        content: if text == "-" { String::new() } else { text.clone() },
        tone: Tone::Active,
    }));
    if let Some(waiting) = waiting {
        structure.lines.insert(0, WaitingLine { name: "waiting".to_owned(), waiting });
    }
    structure
}

fn holder(value: &str) -> &str {
    if value == "none" { "" } else { value }
}

/// `1 of 2` as numbers; `None` for another text, and for more than can be shown as places.
fn of(value: &str) -> Option<(usize, usize)> {
    let (some, all) = value.split_once(" of ")?;
    Some((some.parse().ok()?, all.parse().ok().filter(|all| *all <= 64)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(snapshot: &Snapshot) -> String {
        let structure = structure(snapshot);
        let places = structure.places.iter();
        let places = places.map(|place| format!("[{}: {}]", place.name, place.content));
        let lines = structure.lines.iter();
        let lines = lines.map(|line| format!("{} <- {}", line.name, line.waiting.join(" ")));
        let figures = structure.figures.iter().map(|(name, value)| format!("{name} {value}"));
        places.chain(lines).chain(figures).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn each_tool_is_shown_as_what_it_is_inside() {
        let waiting = || vec!["a".to_owned(), "b".to_owned()];
        let lock = Snapshot::default().figure("lock, holder", "a-1").figure("counter", 4);
        let lock = lock.waiting(waiting());
        assert_eq!(shown(&lock), "[lock: a-1]; waiting <- a b; counter 4");
        let free = Snapshot::default().figure("lock, holder", "none");
        assert_eq!(shown(&free), "[lock: ]; waiting <- ");
        let seats = Snapshot::default().figure("permits", "1 of 2");
        assert_eq!(shown(&seats), "[seat 1: taken]; [seat 2: ]; waiting <- ");
        let barrier = Snapshot::default().figure("here", "2 of 3").waiting(waiting());
        assert_eq!(shown(&barrier), "[place 1: a]; [place 2: b]; [place 3: ]");
        let server = Snapshot::default().figure("server, pid", 7).figure("dict, count", 3);
        assert_eq!(shown(&server), "[server: pid 7]; [dict: count 3]; waiting <- ");
        let condition = Snapshot::default().figure("wait on `room`", "a b");
        assert_eq!(shown(&condition), "waiting <- ; for room <- a b");
        let slots = vec![("3".to_owned(), "out".to_owned()), ("-".to_owned(), "in".to_owned())];
        let buffer = Snapshot { slots, ..Snapshot::default() };
        assert_eq!(shown(&buffer), "[out: 3]; [in: ]; waiting <- ");
        let replay = Snapshot::default().figure("L1", "by A").figure("L2", "free").figure("x", 0);
        assert_eq!(shown(&replay), "[L1: A]; [L2: ]; waiting <- ; x 0");
    }
}
