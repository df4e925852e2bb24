//! Time across a picture: which column a moment falls into, and the line with its ticks.
//!
//! ```text
//! from          to
//! │  │  │  │  │  │     columns, each with a left and a right half
//! ┴0 ms─┴10 ms─────    ticks at round times, each with its time beside it
//! ```
//!
//! A moment falls into exactly one half ([`half_of`]), and each half begins at one moment
//! ([`start_of`]), so what a lane did is shared out without a gap and without an overlap.

use crate::scene::Tone;
use crate::ui::canvas::Canvas;
use crate::ui::{text, time};

/// The interval, later by less than a column, such that columns begin at multiples of their
/// length: a chart that follows the clock then moves by whole columns, and what is in them
/// does not change as it moves.
pub fn aligned([from, to]: [u64; 2], columns: u16) -> [u64; 2] {
    let (span, columns) = (u128::from(to.saturating_sub(from)), u128::from(columns));
    if span == 0 || columns == 0 {
        return [from, to];
    }
    let end = (u128::from(to) * columns).div_ceil(span) * span / columns;
    let end = u64::try_from(end).unwrap_or(to).max(to);
    [from.saturating_add(end - to), end]
}

/// The half of a column that a moment falls into; `None` outside of the chart. The end of the
/// chart belongs to the last half.
pub fn half_of(at: u64, [from, to]: [u64; 2], count: usize) -> Option<usize> {
    let span = u128::from(to.checked_sub(from)?.max(1));
    if at < from || at > to || count == 0 {
        return None;
    }
    // In 128 bits: a scene may give any times, and the product must not overflow.
    let half = u128::from(at - from) * u128::try_from(count).ok()? / span;
    Some(usize::try_from(half).ok()?.min(count - 1))
}

/// The first moment that falls into a half of a column: the inverse of [`half_of`], so it is
/// rounded up. Together they give each nanosecond to exactly one half.
pub fn start_of(half: usize, [from, to]: [u64; 2], count: usize) -> u64 {
    let span = u128::from(to.saturating_sub(from));
    let (half, count) = (half as u128, count.max(1) as u128);
    let offset = (span * half).div_ceil(count);
    from.saturating_add(u64::try_from(offset).unwrap_or(u64::MAX))
}

/// Draws the axis: ticks at round times (1, 2 or 5 times a power of ten), each with its time
/// beside it. The step is chosen such that about one label fits between two ticks.
pub fn draw(canvas: &mut Canvas<'_>, y: u16, x: u16, width: u16, [from, to]: [u64; 2]) {
    let span = to.saturating_sub(from);
    let (frame, dim) = (canvas.theme.frame, canvas.tone(Tone::Dim));
    let mut row_layout = canvas.part(x, y, width, 1);
    let width = row_layout.width;
    if width == 0 || span == 0 {
        return;
    }
    // Room for a label of about ten columns between ticks.
    let step = time::step((span / u64::from(width).max(1)).saturating_mul(14).max(1));
    row_layout.fill(0, 0, width, '─', frame);
    let mut free = 0;
    let mut at = from.div_ceil(step).saturating_mul(step);
    while at <= to {
        if let Some(half) = half_of(at, [from, to], usize::from(width) * 2) {
            let x = u16::try_from(half / 2).unwrap_or(0);
            let label = time::tick(at, to, step);
            let wide = text::width(&label);
            // Labels never touch; a tick without room for its label is left out.
            if x >= free && x.saturating_add(wide + 2) <= width {
                row_layout.glyph(x, 0, '┴', frame);
                row_layout.put(x + 1, 0, &label, dim);
                free = x + wide + 2;
            }
        }
        let Some(next) = at.checked_add(step) else {
            break;
        };
        at = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_moves_by_whole_columns() {
        // Ten columns of ten.
        let ends = [100, 101, 109, 110, 111].map(|to| aligned([to - 100, to], 10));
        assert_eq!(ends, [[0, 100], [10, 110], [10, 110], [10, 110], [20, 120]]);
        // A column that is no whole number of nanoseconds keeps its place among the others.
        let ends: Vec<_> = (700..800).map(|to| aligned([to - 100, to], 7)[1]).collect();
        let mut distinct = ends.clone();
        distinct.dedup();
        assert_eq!(distinct, [700, 714, 728, 742, 757, 771, 785, 800]);
        assert!(ends.iter().zip(700..).all(|(end, to)| (0..15).contains(&(end - to))));
        for odd in [[5, 5], [0, u64::MAX], [9, 3]] {
            assert!(aligned(odd, 80)[1] >= odd[1]);
        }
    }
}
