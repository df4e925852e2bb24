//! Slots of memory as boxes in a row: `│64│ 7│`.

use super::Need;
use crate::scene::{Boxes, Tone};
use crate::ui::sheet::Sheet;
use crate::ui::text;

/// Columns between the boxes and the caption.
const GAP: u16 = 2;
/// A text longer than this is cut.
const WIDEST: u16 = 24;

pub(super) fn need(boxes: &Boxes, _width: u16) -> Need {
    Need::between(1, if has_labels(boxes) { 4 } else { 3 })
}

pub(super) fn draw(sheet: &mut Sheet<'_>, boxes: &Boxes) {
    let inner = inner(boxes);
    let shown = shown(sheet.width, boxes, inner);
    let (top, labels) = match sheet.height {
        0 => return,
        1 | 2 => (0, 1),
        _ => (1, 3),
    };
    let (frame, dim) = (sheet.theme.frame, sheet.tone(Tone::Dim));
    if top > 0 {
        edges(sheet, shown, inner);
    }
    let mut x = 0;
    for slot in &boxes.slots[..shown] {
        sheet.glyph(x, top, '│', frame);
        let style = sheet.tone(slot.tone);
        let text = text::cut(&slot.text, inner);
        sheet.right(x + 1 + inner, top, &text, style);
        sheet.fit(x + 1, labels, inner, &slot.label, dim);
        x += inner + 1;
    }
    if shown > 0 {
        sheet.glyph(x, top, '│', frame);
        x += 1;
    } else if boxes.slots.is_empty() {
        x = sheet.put(0, top, "│ empty │", dim);
    }
    let hidden = boxes.slots.len() - shown + boxes.more;
    if hidden > 0 {
        x = sheet.put(x, top, &format!(" +{hidden}"), dim);
    }
    let room = sheet.width.saturating_sub(x + GAP);
    sheet.fit(x + GAP, top, room, &boxes.caption, dim);
}

/// Top and bottom of the boxes.
fn edges(sheet: &mut Sheet<'_>, shown: usize, inner: u16) {
    let frame = sheet.theme.frame;
    for (y, [left, join, right]) in [(0, ['┌', '┬', '┐']), (2, ['└', '┴', '┘'])] {
        if shown == 0 {
            sheet.glyph(0, y, left, frame);
            sheet.fill(1, y, 7, '─', frame);
            sheet.glyph(8, y, right, frame);
            continue;
        }
        let mut x = 0;
        for slot in 0..shown {
            sheet.glyph(x, y, if slot == 0 { left } else { join }, frame);
            sheet.fill(x + 1, y, inner, '─', frame);
            x += inner + 1;
        }
        sheet.glyph(x, y, right, frame);
    }
}

/// All boxes are as wide as the widest text, at least two columns, so that they stay put.
fn inner(boxes: &Boxes) -> u16 {
    let texts = boxes
        .slots
        .iter()
        .flat_map(|slot| [slot.text.as_str(), slot.label.as_str()]);
    super::widest(texts, WIDEST).max(2)
}

/// How many boxes fit, with room for the caption and for the number of those that don't.
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
    count.min(fits(width.saturating_sub(caption.saturating_add(6))))
}

fn has_labels(boxes: &Boxes) -> bool {
    boxes.slots.iter().any(|slot| !slot.label.is_empty())
}
