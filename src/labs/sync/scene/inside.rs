//! The tool as a structure: its places and its waiting lines, from what its run reports.
//! Arrangement only.
//!
//! ```text
//! figures  lock, held by adder-1       ─▶ a place "lock" with adder-1 in it
//!          queue "room" with p-1, p-2  ─▶ a line "for room", below "waiting"
//!          counter, 3                  ─▶ a figure beside them
//! slots    "7", "next out"             ─▶ a place with that label
//! waiting  guest-3, guest-4            ─▶ the line "waiting"
//! ```

use super::super::experiment::outcome::{Figure, Snapshot};
use crate::scene::{Place, Structure, Tone, WaitingLine};

/// Most places of one figure, whatever a recording says.
const PLACES: usize = 64;

/// The structure of this moment. What is no place and no line is a figure.
pub fn structure(snapshot: &Snapshot) -> Structure {
    let mut structure = Structure::default();
    let mut waiting = Some(snapshot.waiting.clone());
    for (name, figure) in &snapshot.figures {
        let places = &mut structure.places;
        match figure {
            Figure::Holder(holder) => {
                places.push(place(name, holder.as_deref().unwrap_or_default(), Tone::Good));
            }
            Figure::Queue(waiting) => {
                let (name, waiting) = (format!("for {name}"), waiting.clone());
                structure.lines.push(WaitingLine { name, waiting });
            }
            Figure::Seats { free, all } => places.extend((0..*all.min(&PLACES)).map(|seat| {
                let content = if seat < all.saturating_sub(*free) { "taken" } else { "" };
                place(&format!("seat {}", seat + 1), content, Tone::Good)
            })),
            Figure::Places(all) => {
                // Those that wait are those that are there.
                let mut here = waiting.take().unwrap_or_default().into_iter();
                places.extend((1..=*all.min(&PLACES)).map(|at| {
                    let content = here.next().unwrap_or_default();
                    place(&format!("place {at}"), &content, Tone::Waiting)
                }));
            }
            Figure::Set(set) => places.push(place(name, if *set { "set" } else { "" }, Tone::Good)),
            Figure::Part(known) => places.push(place(name, known, Tone::Active)),
            Figure::Value(value) => structure.figures.push((name.clone(), value.clone())),
        }
    }
    structure.places.extend(
        snapshot
            .slots
            .iter()
            .map(|(text, label)| place(label, if text == "-" { "" } else { text }, Tone::Active)),
    );
    if let Some(waiting) = waiting {
        structure.lines.insert(0, WaitingLine { name: "waiting".to_owned(), waiting });
    }
    structure
}

fn place(name: &str, content: &str, tone: Tone) -> Place {
    Place { name: name.to_owned(), content: content.to_owned(), tone }
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
        let of = |name: &str, figure| Snapshot::default().figure(name, figure);
        let lock = of("lock", Figure::Holder(Some("a-1".to_owned()))).value("counter", 4);
        let lock = lock.waiting(waiting());
        assert_eq!(shown(&lock), "[lock: a-1]; waiting <- a b; counter 4");
        assert_eq!(shown(&of("lock", Figure::Holder(None))), "[lock: ]; waiting <- ");
        let seats = of("permits", Figure::Seats { free: 1, all: 2 });
        assert_eq!(shown(&seats), "[seat 1: taken]; [seat 2: ]; waiting <- ");
        let barrier = of("here", Figure::Places(3)).waiting(waiting());
        assert_eq!(shown(&barrier), "[place 1: a]; [place 2: b]; [place 3: ]");
        let server = of("server", Figure::Part("pid 7".to_owned()));
        assert_eq!(shown(&server), "[server: pid 7]; waiting <- ");
        let condition = of("room", Figure::Queue(waiting()));
        assert_eq!(shown(&condition), "waiting <- ; for room <- a b");
        assert_eq!(shown(&of("event", Figure::Set(true))), "[event: set]; waiting <- ");
        assert_eq!(shown(&of("event", Figure::Set(false))), "[event: ]; waiting <- ");
        let slots = vec![("3".to_owned(), "out".to_owned()), ("-".to_owned(), "in".to_owned())];
        let buffer = Snapshot { slots, ..Snapshot::default() };
        assert_eq!(shown(&buffer), "[out: 3]; [in: ]; waiting <- ");
        // A variable is what it is, whatever its name and value say.
        assert_eq!(shown(&Snapshot::default().value("holder", "free")), "waiting <- ; holder free");
    }

    #[test]
    fn figures_of_older_recordings_are_read_as_values() {
        let old =
            r#"{"figures":[["lock, holder","none"],["holder","set"]],"slots":[],"waiting":[]}"#;
        let old: Snapshot = serde_json::from_str(old).unwrap();
        assert_eq!(shown(&old), "waiting <- ; lock, holder none; holder set");
        let places = Snapshot::default().figure("here", Figure::Places(usize::MAX));
        let new = places.figure("lock", Figure::Holder(None)).value("counter", 4);
        let text = serde_json::to_string(&new).unwrap();
        assert_eq!(serde_json::from_str::<Snapshot>(&text).unwrap(), new);
        assert_eq!(structure(&new).places.len(), PLACES + 1);
    }
}
