//! The script's source on the screen, with its threads at the lines where they were last seen.
//!
//! ```text
//! ╭ Source of x.py ────── ◀ last seen at ╮
//! │ 11   def add():                      │
//! │ 12 ►     with lock:    ◀ adder       │   the line of the thread's last record
//! │ 13           total += 1              │
//! ```
//!
//! A thread may be further by now: what is not recorded is not seen, and between two records it
//! runs unwatched.

use super::super::facts::source::{SeenAt, SourceText};
use super::super::state::State;
use crate::printable::Printable;
use crate::scene::{Body, Code, CodeLine, Label, Language, Line, Listing, Panel, Span, Tone};

/// The source with marks where threads were last seen.
pub fn panel(state: &State) -> Option<Panel> {
    let source = state.source.as_ref()?;
    let marks = state.figures.seen_at.iter().map(Mark::from).collect();
    let panel = panel_of(state, source, marks);
    let note = match source.note.as_str() {
        _ if source.lines.is_empty() => String::new(),
        "" => "◀ last seen at".to_owned(),
        note => format!("{note}; ◀ last seen at"),
    };
    Some(panel.note(note))
}

/// A thread that is to be shown at a line, from 1.
pub struct Mark {
    pub line: u32,
    pub who: Span,
}

impl From<&SeenAt> for Mark {
    fn from(seen: &SeenAt) -> Self {
        // The driver's lane is 0.
        let thread = usize::try_from(seen.lane.saturating_sub(1)).unwrap_or_default();
        Self { line: seen.line, who: Span::new(seen.thread.clone(), Tone::of_thread(thread)) }
    }
}

/// The source with these marks, as a panel.
pub fn panel_of(state: &State, source: &SourceText, marks: Vec<Mark>) -> Panel {
    let title = Label::new(format!("Source of {}", state.name())).or("Source");
    let panel = |body| Panel::titled(title, body);
    if source.lines.is_empty() {
        let why = if source.note.is_empty() { "empty" } else { source.note.as_str() };
        return panel(Body::Lines(vec![Line::from(why)]));
    }
    let line = |text: &Printable| CodeLine { text: text.clone(), ..CodeLine::default() };
    let mut lines: Vec<_> = source.lines.iter().map(line).collect();
    for Mark { line, who } in marks {
        let row = usize::try_from(line).unwrap_or_default().checked_sub(1);
        if let Some(line) = row.and_then(|row| lines.get_mut(row)) {
            line.at.push(who);
        }
    }
    panel(Body::Code(Code::new(vec![Listing::new(Language::Python, lines)])))
}
