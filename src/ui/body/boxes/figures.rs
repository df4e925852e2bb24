//! The figures of a picture of boxes: beside them, in large digits where there is room, or in a
//! line below them.

use super::super::widest;
use crate::scene::Figure;
use crate::ui::canvas::Canvas;
use crate::ui::digits::{self, Size};
use crate::ui::text;

/// Columns between the boxes and the figures beside them, and between figures in one line.
pub const APART: u16 = 3;
/// Columns kept for the value of a figure, and digits where they are large.
const VALUE: u16 = 6;
/// For figures in one line: columns kept for each value, and between figures. The closest of
/// these is for what does not fit otherwise.
const CLOSER: [(u16, u16); 3] = [(VALUE, APART), (4, 2), (3, 1)];
const LARGE: Size = Size::Small;

/// Columns that figures take beside the boxes.
pub fn beside(figures: &[Figure]) -> u16 {
    if figures.is_empty() { 0 } else { APART + names(figures) + 1 + VALUE }
}

/// Columns that they take in large digits; `None` if that many lines have no room for them, or
/// one is no number or longer than expected.
pub fn large(figures: &[Figure], height: u16) -> Option<u16> {
    let is_number = |figure: &Figure| {
        let text = digits_of(figure);
        digits::can_draw(&text) && text::width(&text) <= VALUE
    };
    let all = !figures.is_empty() && figures.iter().all(is_number);
    let fits = LARGE.height().saturating_mul(count(figures)) <= height;
    (all && fits).then(|| APART + large_columns(figures))
}

fn large_columns(figures: &[Figure]) -> u16 {
    names(figures) + 2 + LARGE.width(VALUE)
}

fn digits_of(figure: &Figure) -> String {
    figure.value.replace(',', "")
}

fn names(figures: &[Figure]) -> u16 {
    widest(figures.iter().map(|figure| figure.name), u16::MAX)
}

fn count(figures: &[Figure]) -> u16 {
    u16::try_from(figures.len()).unwrap_or(u16::MAX)
}

/// All figures below each other, in the middle of so many lines.
pub fn draw_beside(canvas: &mut Canvas<'_>, figures: &[Figure], lines: u16) {
    let columns = beside(figures).saturating_sub(APART);
    let first = lines.saturating_sub(count(figures)) / 2;
    for (y, Figure { name, value, tone }) in (first..).zip(figures) {
        let style = canvas.tone(*tone);
        let after = canvas.put(0, y, name, style);
        canvas.right(columns.max(after + 1 + text::width(value)), y, value, style);
    }
}

/// All figures below each other, their names in the middle of their digits.
pub fn draw_large(canvas: &mut Canvas<'_>, figures: &[Figure]) {
    let columns = large_columns(figures);
    let each = (canvas.height / count(figures).max(1)).min(LARGE.height() + 1);
    for (at, figure) in (0..).zip(figures) {
        let (y, style, number) = (at * each, canvas.tone(figure.tone), digits_of(figure));
        canvas.put(0, y + LARGE.height() / 2, figure.name, style);
        let x = columns.saturating_sub(LARGE.width(text::width(&number)));
        LARGE.draw(canvas, x, y, &number, style);
    }
}

/// All figures in one line, as far apart as fits; one that does not fit at all is left out.
pub fn draw_below(canvas: &mut Canvas<'_>, figures: &[Figure], y: u16) {
    let field = |figure: &Figure, value: u16| {
        text::width(figure.name) + 1 + text::width(&figure.value).max(value)
    };
    let fits = |&(value, apart): &(u16, u16)| {
        let line: u16 = figures.iter().map(|figure| field(figure, value) + apart).sum();
        line <= canvas.width + apart
    };
    let closest = CLOSER[CLOSER.len() - 1];
    let (value, apart) = CLOSER.into_iter().find(fits).unwrap_or(closest);
    let mut x = 0;
    for figure in figures {
        let style = canvas.tone(figure.tone);
        if x + field(figure, 0) <= canvas.width {
            let after = canvas.put(x, y, figure.name, style);
            canvas.put(after + 1, y, &figure.value, style);
        }
        x += field(figure, value) + apart;
    }
}
