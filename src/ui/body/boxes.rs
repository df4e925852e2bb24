//! Slots of memory as boxes in a row, with who is at which of them below:
//!
//! ```text
//!   ┌──────┬──────┬──────┐
//!   │  64  │   7  │      │ +2  capacity 8      ✗ lost        3
//!   └──────┴──────┴──────┘                     ≡ duplicated  2
//!       ↑ remove-1 takes 64
//!                     ↑ add-1 writes 31
//! ```
//!
//! The size of a box follows from the room and from the number of slots, never from the values
//! of the moment, so that nothing moves when these change. Where digits become larger by it, the
//! boxes stand in several rows, each with the threads that are at them.

mod figures;

use std::borrow::Cow;

use ratatui::style::{Modifier, Style};

use super::Need;
use crate::scene::{Arrow, Boxes, Slot, SlotMark, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::digits::{self, Size};
use crate::ui::{glyph, text};

const GAP: u16 = 2;
/// A text longer than this is cut: all boxes are as wide as the widest, so one long value would
/// hide the others.
const WIDEST: u16 = 24;
/// Columns inside a box beyond which it would only look empty, and lines.
const ROOMY: (u16, u16) = (11, 5);
/// Most rows of boxes.
const ROWS: u16 = 3;

#[derive(Clone, Copy, Debug)]
struct Lines {
    /// The first line inside a box, and how many there are.
    inside: u16,
    inner: u16,
    top: bool,
    bottom: bool,
    labels: Option<u16>,
    /// The first line with arrows, and how many there are.
    arrows: u16,
    pointed: u16,
}

/// The widths of a picture: columns inside a box, of its texts, and how many boxes there are.
#[derive(Clone, Copy, Debug)]
struct Columns {
    inner: u16,
    text: u16,
    shown: usize,
    /// Of large digits; `None` for a text as any other.
    digits: Option<Size>,
}

impl Columns {
    /// Boxes of large digits up to half as wide again, as far as all of them have room.
    fn filling(self, width: u16, count: usize) -> Self {
        let end = |inner: u16| left(count, Self { inner, ..self }) + 1;
        let most = if self.digits.is_some() { self.inner + self.inner / 2 } else { self.inner };
        let inner = (self.inner..=most).rev().find(|inner| end(*inner) <= width);
        Self { inner: inner.unwrap_or(self.inner), ..self }
    }
}

/// Where the figures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Beside,
    Below,
}

/// One line for the texts; edges, labels and arrows if there is room. The width plays no part:
/// boxes are broken into lines only where that makes them larger.
pub fn need(boxes: &Boxes) -> Need {
    // What has arrows is a picture of its own, which grows; other boxes are a line among lines.
    Need::at_least(if boxes.arrows.is_empty() { 1 } else { 3 })
}

pub fn draw(canvas: &mut Canvas<'_>, boxes: &Boxes) {
    let (width, height) = (canvas.width, canvas.height);
    if height == 0 {
        return;
    }
    let small = figures::beside(&boxes.figures);
    let (place, rows) = arrange(boxes, width, height, small);
    let below = u16::from(place == Place::Below && small > 0);
    let each = (height - below) / rows;
    let per_row = boxes.slots.len().div_ceil(usize::from(rows));
    let measure = |side: u16| measure(boxes, width.saturating_sub(side), each, per_row);
    let end = |columns: Columns| left(columns.shown, columns) + 1;
    let large = figures::large(&boxes.figures, height)
        .filter(|side| place == Place::Beside && end(measure(small).1) + side <= width);
    let side = if place == Place::Beside { large.unwrap_or(small) } else { 0 };
    let room = width.saturating_sub(side);
    let (lines, columns) = measure(side);
    let columns = if boxes.caption.is_empty() { columns.filling(room, per_row) } else { columns };
    let used = lines.arrows + lines.pointed;
    for row in 0..rows {
        let from = usize::from(row) * per_row;
        let mut part = canvas.part(0, row * used, room, used);
        draw_row(&mut part, &of_row(boxes, from, per_row, rows), lines, columns);
    }
    let x = end(columns).min(room) + figures::APART;
    let mut beside = canvas.part(x, 0, width.saturating_sub(x), height);
    match place {
        Place::Below => figures::draw_below(canvas, &boxes.figures, used * rows),
        Place::Beside if large.is_some() => figures::draw_large(&mut beside, &boxes.figures),
        Place::Beside => {
            let lines = lines.inside + lines.inner + u16::from(lines.bottom);
            figures::draw_beside(&mut beside, &boxes.figures, lines);
        }
    }
}

/// Where the figures go, and the number of rows of boxes: beside if that costs no box anything,
/// else below if there is a line for them; several rows if digits are larger for it.
fn arrange(boxes: &Boxes, width: u16, height: u16, side: u16) -> (Place, u16) {
    let all = boxes.slots.len();
    let place = |rows: u16, per_row: usize| {
        let (_, columns) = measure(boxes, width, height / rows, per_row);
        let end = left(columns.shown, columns) + 1;
        if end + side <= width || height < 4 { Place::Beside } else { Place::Below }
    };
    let rows = |rows: u16| {
        let per_row = all.div_ceil(rows.into());
        let place = place(rows, per_row);
        let (width, height) = match place {
            Place::Beside => (width.saturating_sub(side), height),
            Place::Below => (width, height - 1),
        };
        let (_, columns) = measure(boxes, width, height / rows, per_row);
        (columns.digits.map_or(0, Size::height), std::cmp::Reverse(rows), place)
    };
    // What points at nothing is a line among others, and stays one.
    let most = if boxes.arrows.is_empty() || boxes.more > 0 { 1 } else { ROWS };
    let best = (1..=most).map(rows).max_by_key(|(digits, rows, _)| (*digits, *rows));
    best.map_or((Place::Beside, 1), |(_, rows, place)| (place, rows.0))
}

/// The slots of one row, with the arrows that point at them; those that point at none are in the
/// first one.
fn of_row(boxes: &Boxes, from: usize, count: usize, rows: u16) -> Cow<'_, Boxes> {
    if rows == 1 {
        return Cow::Borrowed(boxes);
    }
    let slots = from..(from + count).min(boxes.slots.len());
    let arrow = |arrow: &Arrow| match arrow.slot {
        Some(slot) if slots.contains(&slot) => {
            Arrow { slot: Some(slot - from), text: arrow.text.clone() }
        }
        None if from == 0 => arrow.clone(),
        _ => Arrow::default(),
    };
    Cow::Owned(Boxes {
        slots: boxes.slots[slots.clone()].to_vec(),
        arrows: boxes.arrows.iter().map(arrow).collect(),
        ..Boxes::default()
    })
}

fn draw_row(canvas: &mut Canvas<'_>, boxes: &Boxes, lines: Lines, columns: Columns) {
    let columns = Columns { shown: columns.shown.min(boxes.slots.len()), ..columns };
    frames(canvas, boxes, lines, columns);
    let dim = canvas.tone(Tone::Dim);
    for (at, slot) in boxes.slots[..columns.shown].iter().enumerate() {
        let x = left(at, columns) + 1;
        value(canvas, x, slot, lines, columns);
        if let Some(y) = lines.labels {
            let before = columns.inner.saturating_sub(text::width(&slot.label)) / 2;
            canvas.fit(x + before, y, columns.inner - before, &slot.label, dim);
        }
    }
    let middle = lines.inside + lines.inner / 2;
    let mut x = left(columns.shown, columns) + 1;
    if boxes.slots.is_empty() {
        x = canvas.put(0, middle, "│ empty │", dim);
    } else if columns.shown == 0 {
        x = 0;
    }
    let hidden = boxes.slots.len() - columns.shown + boxes.more;
    if hidden > 0 {
        x = canvas.put(x, middle, &format!(" +{hidden}"), dim);
    }
    let room = canvas.width.saturating_sub(x + GAP);
    canvas.fit(x + GAP, middle, room, &boxes.caption, dim);
    let arrows = (lines.arrows..lines.arrows + lines.pointed).zip(&boxes.arrows);
    arrows.for_each(|(y, arrow)| point(canvas, y, arrow, columns));
}

/// Lines and columns of a row of this many boxes. With few lines the upper edge goes first, then
/// the lower, which labels take the place of, and arrows before both. With many the boxes become
/// higher, up to squares.
fn measure(boxes: &Boxes, width: u16, height: u16, count: usize) -> (Lines, Columns) {
    let arrows = u16::try_from(boxes.arrows.len()).unwrap_or(u16::MAX);
    let pointed = arrows.min(height.saturating_sub(3));
    let room = height.saturating_sub(pointed);
    let labels = has_labels(boxes);
    let (top, bottom, label) = match (room, labels) {
        (0 | 1, _) => (false, false, false),
        (2, true) => (false, false, true),
        (2, false) => (false, true, false),
        (3, true) => (true, false, true),
        _ => (true, true, labels),
    };
    let inside = u16::from(top);
    let around = inside + u16::from(bottom) + u16::from(label);
    let most = room.saturating_sub(around).max(1);
    let columns = columns(width, boxes, most, count);
    let digits = columns.digits.map_or(1, Size::height);
    let high = (columns.inner / 2).max(ROOMY.1).max(digits).min(most);
    // Odd, so that there is a line in the middle.
    let inner = if high % 2 == 0 && high > digits { high - 1 } else { high };
    let bottom_line = inside + inner + u16::from(bottom);
    let labels = label.then_some(bottom_line);
    let arrows = bottom_line + u16::from(label);
    (Lines { inside, inner, top, bottom, labels, arrows, pointed }, columns)
}

/// Boxes as wide as looks well, as long as all of them fit beside the caption, which may take a
/// third of the width. If they do not even fit closely, the first ones are shown.
fn columns(width: u16, boxes: &Boxes, lines: u16, count: usize) -> Columns {
    let texts = || boxes.slots.iter().flat_map(|slot| [slot.text.as_str(), slot.label.as_str()]);
    let least = boxes.widest.clamp(2, WIDEST);
    let text = super::widest(texts(), WIDEST).max(least);
    let caption = match text::width(&boxes.caption) {
        0 => 0,
        columns => (columns + GAP).min(width / 3),
    };
    let fits = |room: u16, inner: u16| usize::from(room.saturating_sub(1) / (inner + 1));
    let beside = width.saturating_sub(caption);
    let all = |inner: &u16| boxes.more == 0 && count <= fits(beside, *inner);
    if boxes.numbers {
        let numbers = texts().filter(|text| digits::can_draw(text));
        let columns = super::widest(numbers, WIDEST).max(least);
        let words = texts().filter(|text| !digits::can_draw(text));
        let words = super::widest(words, WIDEST);
        for size in Size::ALL {
            // A column at each side, of which one is for a mark.
            let inner = (size.width(columns) + 2).max(words);
            if lines >= size.height() && all(&inner) {
                return Columns { inner, text: columns, shown: count, digits: Some(size) };
            }
        }
    }
    let most = if lines > 2 { (text + 2).max(ROOMY.0) } else { text + 2 };
    let inner = (text..=most).rev().find(all).unwrap_or(text);
    let shown = if all(&inner) {
        count
    } else {
        // Six columns for ` +` and four digits.
        count.min(fits(beside.saturating_sub(6), inner))
    };
    Columns { inner, text, shown, digits: None }
}

fn left(at: usize, columns: Columns) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX).saturating_mul(columns.inner + 1)
}

/// Draws the edges of all boxes: of those that stand out over those of their neighbours.
fn frames(canvas: &mut Canvas<'_>, boxes: &Boxes, lines: Lines, columns: Columns) {
    // Without any slot, the word "empty" stands in a box of its own.
    if boxes.slots.is_empty() {
        let alone = Columns { inner: 7, text: 7, shown: 1, digits: None };
        let style = canvas.theme.frame;
        return frame(canvas, 0, lines, alone, style);
    }
    let loud = |slot: &Slot| slot.mark != SlotMark::None || slot.tone == Tone::Strong;
    let shown = || boxes.slots[..columns.shown].iter().enumerate();
    for (at, _) in shown() {
        let style = canvas.theme.frame;
        frame(canvas, at, lines, columns, style);
    }
    for (at, slot) in shown().filter(|(_, slot)| loud(slot)) {
        let style = canvas.tone(tone(slot));
        frame(canvas, at, lines, columns, style);
    }
}

/// What is wrong stands out before anything else that a slot could show.
fn tone(slot: &Slot) -> Tone {
    match slot.mark {
        SlotMark::None | SlotMark::Next => slot.tone,
        SlotMark::Lost => Tone::Broken,
        SlotMark::Twice => Tone::Caution,
    }
}

fn frame(canvas: &mut Canvas<'_>, at: usize, lines: Lines, columns: Columns, style: Style) {
    let (x, end) = (left(at, columns), left(at + 1, columns));
    let last = at + 1 == columns.shown;
    let mut edge = |y: u16, [first, join, right]: [char; 3]| {
        canvas.glyph(x, y, if at == 0 { first } else { join }, style);
        canvas.fill(x + 1, y, columns.inner, '─', style);
        canvas.glyph(end, y, if last { right } else { join }, style);
    };
    if lines.top {
        edge(0, ['┌', '┬', '┐']);
    }
    if lines.bottom {
        edge(lines.inside + lines.inner, ['└', '┴', '┘']);
    }
    for y in lines.inside..lines.inside + lines.inner {
        canvas.glyph(x, y, '│', style);
        canvas.glyph(end, y, '│', style);
    }
}

/// Writes what a slot holds into the middle of its box, flush right among the others; beside
/// large digits a word stands in the middle.
fn value(canvas: &mut Canvas<'_>, x: u16, slot: &Slot, lines: Lines, columns: Columns) {
    let middle = lines.inside + lines.inner / 2;
    let (mut style, sign) = (canvas.tone(tone(slot)), glyph::mark(slot.mark));
    if slot.mark == SlotMark::Lost {
        style = style.add_modifier(Modifier::CROSSED_OUT);
    }
    let wide = text::width(&slot.text);
    match columns.digits {
        Some(size) if digits::can_draw(&slot.text) => {
            let spare = columns.inner.saturating_sub(size.width(columns.text)) / 2;
            let before = columns.text.saturating_sub(wide) * size.step();
            let top = lines.inside + (lines.inner - size.height()) / 2;
            size.draw(canvas, x + spare + before, top, &slot.text, style);
        }
        Some(_) => {
            let start = x + columns.inner.saturating_sub(wide) / 2;
            canvas.fit(start, middle, columns.inner, &slot.text, style);
        }
        None => {
            let end = x + columns.inner - (columns.inner - columns.text) / 2;
            canvas.right(end, middle, &text::cut(&slot.text, columns.text), style);
        }
    }
    // The sign says what colour and stroke say.
    if let Some(sign) = sign
        && columns.inner > columns.text
    {
        let style = canvas.tone(tone(slot));
        canvas.glyph(x, middle, sign, style);
    }
}

/// Draws an arrow under its box and what it says: at its right, or at its left near the end. Where
/// it fits at neither, the first part says who it is.
fn point(canvas: &mut Canvas<'_>, y: u16, arrow: &Arrow, columns: Columns) {
    let wide = arrow.text.iter().map(|span| text::width(&span.text)).fold(0, u16::saturating_add);
    let Some(slot) = arrow.slot.filter(|slot| *slot < columns.shown) else {
        canvas.spans(0, y, canvas.width, &arrow.text);
        return;
    };
    let x = left(slot, columns) + columns.inner.div_ceil(2);
    let style = canvas.tone(arrow.text.first().map_or(Tone::Plain, |span| span.tone));
    canvas.glyph(x, y, glyph::ARROW, style);
    let room = canvas.width.saturating_sub(x + 2);
    if wide <= room {
        canvas.spans(x + 2, y, room, &arrow.text);
    } else if wide + 2 <= x {
        canvas.spans(x - 1 - wide, y, wide, &arrow.text);
    } else {
        canvas.spans(x + 2, y, room, &arrow.text[..arrow.text.len().min(1)]);
    }
}

fn has_labels(boxes: &Boxes) -> bool {
    boxes.slots.iter().any(|slot| !slot.label.is_empty())
}
