//! The list as slots of memory, with what each thread does to which of them.
//!
//! All of it comes from reports of the threads themselves: what one has loaded while it is in
//! the race window, what it waits for, what it did last. In step mode it is the step that comes
//! next. At full speed single operations are not reported, so no thread is shown at a slot.
//!
//! ```text
//! │64│ 7│16│ 8│  │  │     as many slots as a round appends values
//!  ↑ remove-1 takes 64    Next: about to shift all from here
//!              ↑ add-2 writes 31                Next: behind the length that it has loaded
//!  ↑ add-1 waits for add-2
//! ```

use super::super::experiment::live_audit::Lost;
use super::super::experiment::op::{Op, OpKind, Role, WorkerId};
use super::super::state::{State, Thread};
use crate::scene::{Arrow, Boxes, Slot, SlotMark, Span, Tone};

/// Most slots shown: as many as a snapshot of the list has values.
const SLOTS: usize = 32;
/// Most threads shown below the slots.
const ARROWS: usize = 4;
/// Time that a lost value is seen before it drops out, in ns.
const SEEN_NS: u64 = 2_000_000_000;

/// As many slots as a round appends values, whatever the list holds now.
pub fn boxes(state: &State) -> Boxes {
    let appends = state.settings.appends();
    let count = appends.min(SLOTS).max(state.list.values.len());
    let mut slots: Vec<_> = (0..count).map(|at| slot(state, at)).collect();
    // Of several that were at one slot the latest shows.
    let mut lost: Vec<_> = state.live.lost().collect();
    lost.sort_by_key(|lost| lost.at);
    for Lost { value, slot, at } in lost {
        // Where another value stands by now, the thread that lost it says so instead.
        if state.now < at.saturating_add(SEEN_NS)
            && slot >= state.list.length as usize
            && let Some(place) = slots.get_mut(slot)
        {
            *place = Slot { text: value.to_string(), mark: SlotMark::Lost, ..Slot::default() };
        }
    }
    for (who, thread) in shown(state) {
        if let Some(place) = target(thread, who).and_then(|at| slots.get_mut(at))
            && place.mark == SlotMark::None
        {
            (place.tone, place.mark) = (who.tone(), SlotMark::Next);
        }
    }
    // The numbers of the exercise, or as many as a long round needs.
    let widest = appends.max(99).to_string().len();
    Boxes {
        slots,
        arrows: arrows(state),
        figures: super::figures(state),
        numbers: true,
        widest: u16::try_from(widest).unwrap_or(2),
        more: (state.list.length as usize).saturating_sub(count),
        ..Boxes::default()
    }
}

fn slot(state: &State, at: usize) -> Slot {
    let Some(value) = state.list.values.get(at) else {
        return Slot::default();
    };
    let twice = state.is_followed() && state.live.is_twice(*value);
    let mark = if twice { SlotMark::Twice } else { SlotMark::None };
    Slot { text: value.to_string(), tone: Tone::Strong, mark, ..Slot::default() }
}

/// The threads that have a line of their own; none where they are too fast to be followed.
fn shown(state: &State) -> impl Iterator<Item = (WorkerId, &Thread)> {
    let follow = state.is_followed();
    let over = state.end.is_some();
    let threads =
        state.threads.iter().filter(move |(_, thread)| follow && (over || thread.gone.is_none()));
    threads.map(|(who, thread)| (*who, thread)).take(ARROWS)
}

/// A line for each thread that the settings want, so that the picture keeps its height when a
/// thread comes late.
fn arrows(state: &State) -> Vec<Arrow> {
    let (adders, removers) = state.in_force;
    let lines = usize::from(adders) + usize::from(removers);
    let mut arrows: Vec<_> = shown(state).map(|(who, thread)| arrow(state, who, thread)).collect();
    arrows.resize_with(lines.min(ARROWS), Arrow::default);
    arrows
}

/// The slot that an operation in the race window is about to write: an adder's is behind the
/// length that it loaded, a remover shifts all from the first.
fn target(thread: &Thread, who: WorkerId) -> Option<usize> {
    let (read, _) = thread.loaded?;
    Some(first_slot(who, read as usize))
}

fn first_slot(who: WorkerId, length: usize) -> usize {
    match who.role {
        Role::Adder => length,
        Role::Remover => 0,
    }
}

fn arrow(state: &State, who: WorkerId, thread: &Thread) -> Arrow {
    let (slot, text, tone) = doing(state, who, thread);
    Arrow {
        slot,
        text: vec![Span::new(who.to_string(), who.tone()), Span::new(format!(" {text}"), tone)],
    }
}

/// What a thread is at, and at which slot.
fn doing(state: &State, who: WorkerId, thread: &Thread) -> (Option<usize>, String, Tone) {
    let stepped = state.stepped.as_ref();
    let stepped = stepped.and_then(|all| all.threads.iter().find(|thread| thread.who == who));
    let length = state.list.length as usize;
    if let Some(ending) = thread.gone {
        return (None, ending.word().to_owned(), ending.tone());
    }
    if let Some(stepped) = stepped {
        let Some(next) = stepped.next.as_deref() else {
            return (None, "is on its way to its next step".to_owned(), Tone::Dim);
        };
        let slot = named_slot(next).or(target(thread, who));
        return match stepped.blocked_by {
            Some(by) => (slot, format!("must wait for {by}: {next}"), Tone::Waiting),
            None => (slot, format!("next: {next}"), Tone::Plain),
        };
    }
    if let Some(holder) = thread.waits_for {
        let holder = state.lanes.get(&holder).map_or_else(String::new, |who| format!(" for {who}"));
        return (Some(first_slot(who, length)), format!("waits{holder}"), Tone::Waiting);
    }
    match (target(thread, who), thread.loaded, who.role) {
        (slot @ Some(_), Some((_, Some(value))), Role::Adder) => {
            (slot, format!("writes {value}"), Tone::Strong)
        }
        (slot @ Some(_), Some((_, Some(value))), Role::Remover) => {
            (slot, format!("takes {value}"), Tone::Strong)
        }
        (slot @ Some(_), Some(_), _) => (slot, "finds it empty".to_owned(), Tone::Dim),
        _ => thread.last.map_or((None, String::new(), Tone::Dim), |op| did(state, who, op)),
    }
}

/// What a thread did last, and where its value is now.
fn did(state: &State, who: WorkerId, op: Op) -> (Option<usize>, String, Tone) {
    let value = op.value;
    let place = state.list.values.iter().position(|other| *other == value);
    match op.kind {
        OpKind::Appended if state.live.is_lost(value) => {
            let slot = first_slot(who, op.read.length as usize);
            (Some(slot), format!("wrote {value}: lost"), Tone::Broken)
        }
        OpKind::Appended => (place, format!("wrote {value}"), Tone::Dim),
        OpKind::Removed if place.is_some() => {
            (place, format!("removed {value}, which is still there"), Tone::Caution)
        }
        OpKind::Removed => (None, format!("removed {value}"), Tone::Dim),
        OpKind::FoundEmpty => (None, "found the list empty".to_owned(), Tone::Dim),
    }
}

/// The slot that an announced step names: `store slot[2] = 31`.
fn named_slot(step: &str) -> Option<usize> {
    let (_, rest) = step.split_once("slot[")?;
    rest.split_once(']')?.0.parse().ok()
}
