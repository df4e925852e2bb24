//! Slots of memory as boxes in a row, with who is at which of them below:
//!
//! ```text
//!   ┌──────┬──────┬──────┐
//!   │  64  │   7  │      │ +2  capacity 8
//!   └──────┴──────┴──────┘
//!       ▲ remove-1 takes 64
//!                     ▲ add-1 writes 31
//! ```
//!
//! The size of a box follows from the room and from the number of slots, never from the values
//! of the moment, so that nothing moves when these change.

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
/// Columns inside a box beyond which it would only look empty.
const ROOMY: u16 = 7;

#[derive(Clone, Copy, Debug)]
struct Lines {
    /// The first line inside a box, and how many there are.
    inside: u16,
    inner: u16,
    top: bool,
    bottom: bool,
    labels: Option<u16>,
    arrows: u16,
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

/// One line for the texts; edges, labels and arrows if there is room. The width plays no part:
/// boxes are never broken into lines.
pub fn need(boxes: &Boxes) -> Need {
    // What has arrows is a picture of its own, which grows; other boxes are a line among lines.
    Need::at_least(if boxes.arrows.is_empty() { 1 } else { 3 })
}

pub fn draw(canvas: &mut Canvas<'_>, boxes: &Boxes) {
    if canvas.height == 0 {
        return;
    }
    let lines = lines(canvas.height, boxes);
    let columns = columns(canvas.width, boxes, lines.inner);
    frames(canvas, boxes, lines, columns);
    let dim = canvas.tone(Tone::Dim);
    for (at, slot) in boxes.slots[..columns.shown].iter().enumerate() {
        let x = left(at, columns) + 1;
        value(canvas, x, slot, lines, columns);
        if let Some(y) = lines.labels {
            canvas.fit(x, y, columns.inner, &slot.label, dim);
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
    for (y, arrow) in (lines.arrows..canvas.height).zip(&boxes.arrows) {
        point(canvas, y, arrow, columns);
    }
}

/// With few lines the upper edge goes first, then the lower, which labels take the place of,
/// and arrows before both. With many the boxes become higher.
fn lines(height: u16, boxes: &Boxes) -> Lines {
    let arrows = u16::try_from(boxes.arrows.len()).unwrap_or(u16::MAX);
    let arrows = arrows.min(height.saturating_sub(3));
    let room = height - arrows;
    let labels = has_labels(boxes);
    let below = u16::from(labels && room >= 4);
    let inner = match room - below {
        0..=4 => 1,
        5..=6 => 3,
        _ => 5,
    };
    let (top, bottom, label) = match (room, labels) {
        (0 | 1, _) => (false, false, None),
        (2, true) => (false, false, Some(1)),
        (2, false) => (false, true, None),
        (3, true) => (true, false, Some(2)),
        _ => (true, true, labels.then_some(inner + 2)),
    };
    let inside = u16::from(top);
    let end = inside + inner + u16::from(bottom) + u16::from(label.is_some());
    Lines { inside, inner, top, bottom, labels: label, arrows: end }
}

/// Boxes as wide as looks well, as long as all of them fit beside the caption, which may take a
/// third of the width. If they do not even fit closely, the first ones are shown.
fn columns(width: u16, boxes: &Boxes, lines: u16) -> Columns {
    let texts = boxes.slots.iter().flat_map(|slot| [slot.text.as_str(), slot.label.as_str()]);
    let text = super::widest(texts, WIDEST).max(boxes.widest.min(WIDEST)).max(2);
    let count = boxes.slots.len();
    let caption = match text::width(&boxes.caption) {
        0 => 0,
        columns => (columns + GAP).min(width / 3),
    };
    let fits = |room: u16, inner: u16| usize::from(room.saturating_sub(1) / (inner + 1));
    let beside = width.saturating_sub(caption);
    let all = |inner: &u16| boxes.more == 0 && count <= fits(beside, *inner);
    if boxes.slots.iter().all(|slot| digits::can_draw(&slot.text)) {
        for size in [Size::Huge, Size::Large] {
            // A column at each side, of which one is for a mark.
            let inner = size.width(text) + 2;
            if lines >= size.height() && all(&inner) {
                return Columns { inner, text, shown: count, digits: Some(size) };
            }
        }
    }
    let most = if lines > 1 { (text + 2).max(ROOMY) } else { text + 2 };
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

/// Writes what a slot holds into the middle of its box, flush right among the others.
fn value(canvas: &mut Canvas<'_>, x: u16, slot: &Slot, lines: Lines, columns: Columns) {
    let middle = lines.inside + lines.inner / 2;
    let (mut style, sign) = (canvas.tone(tone(slot)), glyph::mark(slot.mark));
    if slot.mark == SlotMark::Lost {
        style = style.add_modifier(Modifier::CROSSED_OUT);
    }
    if let Some(size) = columns.digits {
        let digits = text::width(&slot.text).min(columns.text);
        let start = x + 1 + (columns.text - digits) * size.step();
        size.draw(canvas, start, middle - size.height() / 2, &slot.text, style);
    } else {
        let end = x + columns.inner - (columns.inner - columns.text) / 2;
        canvas.right(end, middle, &text::cut(&slot.text, columns.text), style);
    }
    // The sign says what colour and stroke say.
    if let Some(sign) = sign
        && columns.inner > columns.text
    {
        let style = canvas.tone(tone(slot));
        canvas.glyph(x, middle, sign, style);
    }
}

/// Draws an arrow under its box and what it says: at its right, or at its left near the end.
fn point(canvas: &mut Canvas<'_>, y: u16, arrow: &Arrow, columns: Columns) {
    let wide = arrow.text.iter().map(|span| text::width(&span.text)).fold(0, u16::saturating_add);
    let Some(slot) = arrow.slot.filter(|slot| *slot < columns.shown) else {
        canvas.spans(0, y, canvas.width, &arrow.text);
        return;
    };
    let x = left(slot, columns) + columns.inner.div_ceil(2);
    let style = canvas.tone(arrow.text.first().map_or(Tone::Plain, |span| span.tone));
    canvas.glyph(x, y, '▲', style);
    let room = canvas.width.saturating_sub(x + 2);
    if wide > room && wide + 2 <= x {
        canvas.spans(x - 1 - wide, y, wide, &arrow.text);
    } else {
        canvas.spans(x + 2, y, room, &arrow.text);
    }
}

fn has_labels(boxes: &Boxes) -> bool {
    boxes.slots.iter().any(|slot| !slot.label.is_empty())
}
