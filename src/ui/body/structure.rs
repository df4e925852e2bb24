//! The inside of a tool: its places as boxes, heavy where something is in them, and the lines of
//! those that wait:
//!
//! ```text
//!   ┏━━━━━━━━━━━━━┓  ┌─────────────┐
//!   ┃░░ guest-1 ░░┃  │    free     │
//!   ┗━ seat 1 ━━━━┛  └─ seat 2 ────┘
//!   waiting  ◀ guest-3 ◀ guest-4
//!   visits 12
//! ```
//!
//! More room makes the boxes larger, and those that wait boxes, too. Places that do not fit are
//! counted.

use ratatui::style::Modifier;

use super::Need;
use crate::scene::{Place, Structure, Tone, WaitingLine};
use crate::ui::canvas::Canvas;
use crate::ui::frame::{self, HEAVY};
use crate::ui::text::{self, Piece};

/// Lines of the lowest and of the highest box, borders included.
const LOW: u16 = 3;
const HIGH: u16 = 9;
/// Lines that the places keep before those that wait become boxes.
const MIDDLE: u16 = 5;
/// The widest box, or half of the picture if that is more: wider ones look like panels.
const WIDE: u16 = 34;
/// Columns of a box beside its text.
const BORDERS: u16 = 4;

pub fn need(structure: &Structure, width: u16) -> Need {
    let boxes = if structure.places.is_empty() { 0 } else { usize::from(LOW) };
    let figures = usize::from(!structure.figures.is_empty());
    let further = structure.lines.len() + remarks(structure, width).len() + figures;
    Need::at_least(boxes + further)
}

pub fn draw(canvas: &mut Canvas<'_>, structure: &Structure) {
    let count = |lines: usize| u16::try_from(lines).unwrap_or(u16::MAX);
    let remarks = remarks(structure, canvas.width);
    let waiting = count(structure.lines.len());
    let figures = u16::from(!structure.figures.is_empty());
    // A blank line below the boxes, and one above the figures, if there is room.
    let room = canvas.height.saturating_sub(count(remarks.len()).saturating_add(figures));
    let spare = room.saturating_sub(2);
    let each = if spare >= waiting.saturating_mul(LOW).saturating_add(MIDDLE) { LOW } else { 1 };
    let lines = waiting.saturating_mul(each);
    let mut y = 0;
    if !structure.places.is_empty() {
        let height = spare.saturating_sub(lines).clamp(LOW.min(room.saturating_sub(lines)), HIGH);
        places(canvas, height, &structure.places);
        y = height + u16::from(room.saturating_sub(lines) > height);
    }
    for line in &structure.lines {
        let mut part = canvas.part(0, y, canvas.width, each);
        waiting_line(&mut part, line, &structure.lines);
        y = y.saturating_add(each);
    }
    for (x, remark) in &remarks {
        canvas.pieces(*x, y, remark);
        y = y.saturating_add(1);
    }
    y = y.saturating_add(u16::from(y.saturating_add(figures) < canvas.height));
    let (dim, strong) = (canvas.tone(Tone::Dim), canvas.tone(Tone::Strong));
    let mut x = 0;
    for (name, value) in &structure.figures {
        let columns = text::width(name).saturating_add(text::width(value)).saturating_add(1);
        // A figure is shown whole or not at all.
        if columns.saturating_add(x) > canvas.width {
            break;
        }
        x = canvas.put(x, y, name, dim);
        x = canvas.put(x + 1, y, value, strong).saturating_add(3);
    }
    order(canvas, x, y, &structure.order);
}

/// The remarks in lines, each with the column where it begins: a remark that is too long continues
/// further in.
fn remarks(structure: &Structure, width: u16) -> Vec<(u16, Vec<Piece<'_, Tone>>)> {
    const FURTHER: u16 = 2;
    let lines = structure.remarks.iter().flat_map(|remark| {
        let columns = width.saturating_sub(FURTHER);
        let lines = text::wrap(&[(remark.text.as_str(), remark.tone)], columns);
        lines.into_iter().enumerate().map(|(at, line)| (if at > 0 { FURTHER } else { 0 }, line))
    });
    lines.collect()
}

/// Draws who got it one after the other, as far as there is room.
fn order(canvas: &mut Canvas<'_>, x: u16, y: u16, names: &[String]) {
    const HEAD: &str = "order ";
    let more = if names.len() > 1 { 5 } else { 0 };
    let least = names.first().map(|name| text::width(HEAD) + text::width(name) + more);
    if least.is_none_or(|least| x.saturating_add(least) > canvas.width) {
        return;
    }
    let (dim, plain) = (canvas.tone(Tone::Dim), canvas.tone(Tone::Plain));
    let mut x = canvas.put(x, y, HEAD, dim);
    for (at, name) in names.iter().enumerate() {
        let left = names.len() - at;
        // Room for the number of those that do not fit.
        let more = if left > 1 { 5 } else { 0 };
        if x.saturating_add(text::width(name) + more) > canvas.width {
            canvas.put(x, y, &format!("+{left}"), dim);
            return;
        }
        x = canvas.put(x, y, name, plain) + 1;
    }
}

/// Draws as many boxes as fit, all of one width, which depends on the number of places and the
/// width alone where it can: a box that breathes with its content would move its neighbours.
fn places(canvas: &mut Canvas<'_>, height: u16, places: &[Place]) {
    let count = u16::try_from(places.len()).unwrap_or(u16::MAX);
    let widest =
        places.iter().map(|place| text::width(&place.content).max(text::width(&place.name)));
    let least = widest.max().unwrap_or(0).saturating_add(BORDERS);
    let fair = (canvas.width.saturating_add(1) / count.max(1)).saturating_sub(1);
    let width = fair.min(WIDE.max(canvas.width / 2)).max(least).min(canvas.width);
    let shown = (canvas.width.saturating_add(1) / (width + 1)).min(count);
    for (at, place) in (0..shown).zip(places) {
        let mut part = canvas.part(at * (width + 1), 0, width, height);
        one(&mut part, place);
    }
    if shown < count {
        let dim = canvas.tone(Tone::Dim);
        canvas.right(canvas.width, height / 2, &format!("+{}", count - shown), dim);
    }
}

/// The lines of a box that is free; one that is taken has heavy lines.
const FREE: [char; 6] = ['┌', '┐', '┘', '└', '─', '│'];

fn one(canvas: &mut Canvas<'_>, place: &Place) {
    let free = place.content.is_empty();
    let dim = canvas.tone(Tone::Dim);
    let style = if free { dim } else { canvas.tone(place.tone) };
    let text = if free { "free" } else { &place.content };
    let (width, height) = (canvas.width, canvas.height);
    if height < LOW {
        canvas.fit(0, 0, width, &format!("{} {text}", place.name), style);
        return;
    }
    frame::outline(canvas, if free { FREE } else { HEAVY }, style);
    let bottom = height - 1;
    let inside = width.saturating_sub(2);
    for y in (1..bottom).filter(|_| !free) {
        canvas.fill(1, y, inside, '░', style);
    }
    if !place.name.is_empty() {
        let name = format!(" {} ", place.name);
        canvas.fit(1, bottom, width.saturating_sub(2), &name, canvas.tone(Tone::Plain));
    }
    let text = format!(" {text} ");
    let x = 1 + inside.saturating_sub(text::width(&text)) / 2;
    let bold = if free { dim } else { style.add_modifier(Modifier::BOLD) };
    canvas.fit(x, bottom / 2, inside, &text, bold);
}

/// Draws those that wait in a line, or each in a box where the canvas has the lines for it.
fn waiting_line(canvas: &mut Canvas<'_>, line: &WaitingLine, all: &[WaitingLine]) {
    let names = super::widest(all.iter().map(|line| line.name.as_str()), canvas.width / 2);
    let (dim, waiting) = (canvas.tone(Tone::Dim), canvas.tone(Tone::Waiting));
    let (boxes, y) = (canvas.height >= LOW, canvas.height / 2);
    canvas.fit(0, y, names, &line.name, dim);
    let mut x = names + 2;
    if line.waiting.is_empty() {
        canvas.fit(x, y, canvas.width.saturating_sub(x), "none", dim);
    }
    for (at, name) in line.waiting.iter().enumerate() {
        let left = line.waiting.len() - at;
        let name_columns = text::width(name).saturating_add(if boxes { BORDERS } else { 0 });
        // Room for the number of those that do not fit.
        let more = if left > 1 { 4 } else { 0 };
        if name_columns.saturating_add(3 + x + more) > canvas.width {
            canvas.put(x, y, &format!("+{left}"), waiting);
            return;
        }
        x = canvas.put(x, y, "◀ ", waiting);
        if boxes {
            frame::outline(&mut canvas.part(x, 0, name_columns, LOW), FREE, waiting);
        }
        canvas.put(x + if boxes { BORDERS / 2 } else { 0 }, y, name, waiting);
        x = x.saturating_add(name_columns + 1);
    }
}
