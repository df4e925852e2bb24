//! Slots of memory as boxes in a row, each with a text inside and a label below it:
//!
//! ```text
//!   ┌──┬──┬──┐
//!   │64│ 7│ 3│ +2  capacity 8
//!   └──┴──┴──┘
//! ```

use super::Need;
use crate::scene::{Boxes, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::text;

const GAP: u16 = 2;
/// A text longer than this is cut: all boxes are as wide as the widest, so one long value would
/// hide the others.
const WIDEST: u16 = 24;

/// One line for the texts; edges and labels if there is room. The width plays no part: boxes
/// are never broken into lines.
pub fn need(boxes: &Boxes, _width: u16) -> Need {
    Need::between(1, if has_labels(boxes) { 4 } else { 3 })
}

pub fn draw(canvas: &mut Canvas<'_>, boxes: &Boxes) {
    let inner = inner(boxes);
    let shown = shown(canvas.width, boxes, inner);
    // With few lines the upper edge goes first, then the lower, which labels take the place of.
    let (top, bottom, labels) = match (canvas.height, has_labels(boxes)) {
        (0, _) => return,
        (1, _) => (0, None, None),
        (2, true) => (0, None, Some(1)),
        (2, false) => (0, Some(1), None),
        (3, true) => (1, None, Some(2)),
        _ => (1, Some(2), Some(3)),
    };
    let (frame, dim) = (canvas.theme.frame, canvas.tone(Tone::Dim));
    if top > 0 {
        edge(canvas, 0, ['┌', '┬', '┐'], shown, inner);
    }
    if let Some(bottom) = bottom {
        edge(canvas, bottom, ['└', '┴', '┘'], shown, inner);
    }
    let mut x = 0;
    for slot in &boxes.slots[..shown] {
        canvas.glyph(x, top, '│', frame);
        let style = canvas.tone(slot.tone);
        let text = text::cut(&slot.text, inner);
        canvas.right(x + 1 + inner, top, &text, style);
        if let Some(labels) = labels {
            canvas.fit(x + 1, labels, inner, &slot.label, dim);
        }
        x += inner + 1;
    }
    if shown > 0 {
        canvas.glyph(x, top, '│', frame);
        x += 1;
    } else if boxes.slots.is_empty() {
        x = canvas.put(0, top, "│ empty │", dim);
    }
    let hidden = boxes.slots.len() - shown + boxes.more;
    if hidden > 0 {
        x = canvas.put(x, top, &format!(" +{hidden}"), dim);
    }
    let room = canvas.width.saturating_sub(x + GAP);
    canvas.fit(x + GAP, top, room, &boxes.caption, dim);
}

fn edge(canvas: &mut Canvas<'_>, y: u16, corners: [char; 3], shown: usize, inner: u16) {
    let [left, join, right] = corners;
    let frame = canvas.theme.frame;
    // Without any slot, the word "empty" stands in a box of its own.
    let (count, inner) = if shown == 0 { (1, 7) } else { (shown, inner) };
    let mut x = 0;
    for slot in 0..count {
        canvas.glyph(x, y, if slot == 0 { left } else { join }, frame);
        canvas.fill(x + 1, y, inner, '─', frame);
        x += inner + 1;
    }
    canvas.glyph(x, y, right, frame);
}

/// The width of a box. All are as wide as the widest text, at least two columns, so that boxes
/// do not move when a value changes.
fn inner(boxes: &Boxes) -> u16 {
    let texts = boxes.slots.iter().flat_map(|slot| [slot.text.as_str(), slot.label.as_str()]);
    super::widest(texts, WIDEST).max(2)
}

/// How many boxes fit, with room for the caption and for the number of those that do not. The
/// caption may take a third of the width; if all boxes fit beside it, no number is needed.
fn shown(width: u16, boxes: &Boxes, inner: u16) -> usize {
    let count = boxes.slots.len();
    let fits = |room: u16| usize::from(room.saturating_sub(1) / (inner + 1));
    let caption = match text::width(&boxes.caption) {
        0 => 0,
        columns => (columns + GAP).min(width / 3),
    };
    let beside = fits(width.saturating_sub(caption));
    if count <= beside && boxes.more == 0 {
        return count;
    }
    // Six columns for ` +` and four digits.
    count.min(fits(width.saturating_sub(caption.saturating_add(6))))
}

fn has_labels(boxes: &Boxes) -> bool {
    boxes.slots.iter().any(|slot| !slot.label.is_empty())
}
