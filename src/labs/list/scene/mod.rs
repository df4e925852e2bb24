//! The lab's scene. Arrangement only: what a figure means is decided in `findings`, and
//! what is counted in `state`.
//!
//! A compact scene is a pane beside other labs: the threads, the list, two lines. The
//! full one is in `full`, and both share the parts below.

pub mod full;
pub mod stepper_view;

use super::experiment::op::{Did, Op, Role, Who};
use super::settings::{stands, window_text};
use super::state::{State, Thread};
use crate::lab::Detail;
use crate::scene::{
    Activity, Body, Boxes, Cell, Grid, Height, Line, Panel, Scene, Slot, Span, Tone, line, units,
};

/// The question of the guess, as the prompt shows it. It names the settings under which
/// the answer will be measured.
pub const GUESS_QUESTION: &str = "Lock off, full speed: how many of 1,000 values will be lost?";

/// Most rows of threads in a compact scene; the grid puts several threads in a row where
/// the pane is wide enough.
const ROWS: usize = 4;
/// Operations in the line of the latest ones: about what a wide pane can show.
const LATEST: usize = 14;

/// The scene of a state, in the detail that the screen has room for. Pure, and made again
/// for each frame.
pub fn scene(state: &State, detail: Detail) -> Scene {
    let mut scene = Scene::new("Shared list");
    badges(&mut scene, state);
    match detail {
        Detail::Compact => compact(&mut scene, state),
        Detail::Full => full::full(&mut scene, state),
    }
    scene
}

/// What is in force, in the title: the pace, what widens the window (as a caution,
/// because it is added), and the lock.
fn badges(scene: &mut Scene, state: &State) {
    let settings = &state.settings;
    scene.badge(settings.pace_text(), Tone::Plain);
    if stands(settings.window, settings.lock) {
        scene.badge(window_text(settings.window), Tone::Caution);
    }
    if state.stepped.is_some() {
        scene.badge("PAUSED", Tone::Accent);
    }
    let (text, tone) = lock_text(state);
    scene.badge(text, tone);
}

/// The state of the lock, and if it was just changed, the thread that still works under
/// the old one. The old state is shown as long as it is in force for any thread.
fn lock_text(state: &State) -> (String, Tone) {
    let word = |on| if on { "ON" } else { "OFF" };
    let tone = |on| if on { Tone::Good } else { Tone::Broken };
    let wanted = state.settings.lock;
    match state.behind().next() {
        None => (format!("lock {}", word(wanted)), tone(wanted)),
        Some(who) => {
            let text = format!(
                "lock {}, {} from {who}'s next operation",
                word(!wanted),
                word(wanted).to_lowercase()
            );
            (text, tone(!wanted))
        }
    }
}

/// Threads, list and two lines. At full speed single operations are not reported, so the
/// rate takes the place of the latest ones.
fn compact(scene: &mut Scene, state: &State) {
    let rows = u16::try_from(state.threads.len().clamp(1, ROWS)).unwrap_or(1);
    scene.row(Height::Lines(rows), vec![Panel::bare(Body::Grid(threads(state)))]);
    scene.row(Height::Lines(3), vec![Panel::bare(Body::Boxes(boxes(state, false)))]);
    let third = if state.settings.full_speed() { race_line(state) } else { latest(state) };
    scene.lines(vec![third, audit_line(state)]);
}

/// The threads as cells of a grid. Threads that were ended by a setting are left out;
/// those that ended with the run stay, with their last state.
pub fn threads(state: &State) -> Grid {
    let there = state.threads.iter().filter(|(_, thread)| !thread.gone || state.end.is_some());
    Grid { cells: there.map(|(who, thread)| cell(state, *who, thread)).collect() }
}

/// Width of a cell's text: enough for `removed 64  10 removed`, so cells do not move when
/// a text changes.
const CELL: usize = 23;

/// One thread: what it does, and how many operations it has done. In step mode its next
/// step takes the place of both.
fn cell(state: &State, who: Who, thread: &Thread) -> Cell {
    let did = match who.role {
        Role::Adder => "added",
        Role::Remover => "removed",
    };
    let count = format!("{} {did}", units::count(thread.counts.done));
    let stepped = state.stepped.as_ref();
    let stepped =
        stepped.and_then(|stepped| stepped.threads.iter().find(|thread| thread.who == who));
    if let Some(stepped) = stepped {
        return Cell {
            name: who.to_string(),
            activity: Activity::Paused,
            text: format!("{:<CELL$}", stepper_view::cell(stepped)),
        };
    }
    let text = match doing(state, thread) {
        // In the race window the loaded value matters most, and there is no room for
        // both.
        Some(doing) if thread.loaded.is_some() => doing,
        Some(doing) if !state.settings.full_speed() => format!("{doing}  {count}"),
        _ => count,
    };
    Cell { name: who.to_string(), activity: thread.activity, text: format!("{text:<CELL$}") }
}

/// What a thread is at: what it waits for, what it has loaded, or else what it did last.
/// `None` for a thread that has done nothing yet.
fn doing(state: &State, thread: &Thread) -> Option<String> {
    if let Some(holder) = thread.waits_for {
        let holder = state.lanes.get(&holder)?;
        return Some(format!("for {holder}"));
    }
    if let Some((length, value)) = thread.loaded {
        return Some(match value {
            Some(value) => format!("read length {length}, has {value}"),
            None => format!("read length {length}"),
        });
    }
    thread.last.map(|op| match op.did {
        Did::Appended => format!("appended {}", op.value),
        Did::Removed => format!("removed {}", op.value),
        Did::FoundEmpty => "found empty".to_owned(),
    })
}

/// The list as it was last reported; if `detailed`, with what threads in the race window
/// have loaded and where they are about to write. Two threads with the same target are a
/// collision that is about to happen.
pub fn boxes(state: &State, detailed: bool) -> Boxes {
    let length = state.list.length as usize;
    let mut slots: Vec<_> = state
        .list
        .values
        .iter()
        .map(|value| Slot { text: value.to_string(), ..Slot::default() })
        .collect();
    let mut caption = vec![format!("length {}", units::count(state.list.length))];
    for (who, thread) in state.threads.iter().filter(|_| detailed) {
        let Some((read, value)) = thread.loaded else {
            continue;
        };
        caption.push(match value {
            Some(value) => format!("{who} read {read}, has {value}"),
            None => format!("{who} read {read}"),
        });
        // An adder writes the slot behind the length that it loaded, a remover begins to
        // shift at the first.
        let at = match who.role {
            Role::Adder => read as usize,
            Role::Remover => 0,
        };
        // The slot behind the last value, which the list itself does not show.
        if at == slots.len() && at == length {
            slots.push(Slot::default());
        }
        if let Some(slot) = slots.get_mut(at) {
            slot.tone = Tone::Active;
        }
    }
    Boxes {
        caption: caption.join("   "),
        more: length.saturating_sub(state.list.values.len()),
        slots,
    }
}

/// The latest operations, the newest first because the end of a line may be cut off:
/// `empty  +7  −64  +64`.
pub fn latest(state: &State) -> Line {
    let latest = state.recent.iter().rev().take(LATEST);
    line(latest.map(|(_, op)| sign(op)))
}

fn sign(op: &Op) -> Span {
    match op.did {
        Did::Appended => Span::new(format!("+{}  ", op.value), Tone::Active),
        Did::Removed => Span::new(format!("−{}  ", op.value), Tone::Plain),
        Did::FoundEmpty => Span::new("empty  ", Tone::Dim),
    }
}

fn race_line(state: &State) -> Line {
    let Some(meter) = &state.meter else {
        return Line::new().then("the first round is under way", Tone::Dim);
    };
    let mut text = line([(units::per_second(meter.ops_per_second()), Tone::Strong)]);
    if let Some(rate) = meter.loss_rate {
        let tone = if meter.counts.lost > 0 { Tone::Broken } else { Tone::Plain };
        text = text.then(format!("   {rate} lost"), tone);
    }
    text
}

/// The audit in one line: at full speed the sums since a setting was changed, otherwise
/// the last round, which the reader has watched.
fn audit_line(state: &State) -> Line {
    let head = Line::new().then("audit  ", Tone::Dim);
    let counts = if state.settings.full_speed() {
        state.meter.as_ref().map(|meter| meter.counts)
    } else {
        state.last_audit.as_ref().map(|audited| audited.audit.counts)
    };
    let Some(counts) = counts else {
        return head.then("when the round is over", Tone::Dim);
    };
    let tone = |n| if n > 0 { Tone::Broken } else { Tone::Good };
    let [added, removed, left, lost, duplicated] =
        [counts.added, counts.removed, counts.left, counts.lost, counts.duplicated]
            .map(units::count);
    head.then(format!("{lost} lost  "), tone(counts.lost))
        .then(format!("{duplicated} duplicated   "), tone(counts.duplicated))
        .then(format!("{added} added, {removed} removed, {left} left"), Tone::Plain)
}
