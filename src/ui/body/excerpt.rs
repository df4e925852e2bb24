//! Which rows of something long are shown where there is no room for all: those around marks.
//!
//! ```text
//!  4
//!  5 ►  ◀ adder
//!  ┄┄┄                a gap
//! 40 ►  ◀ MainThread
//! ```
//!
//! Rows are chosen in blocks on a fixed grid, so that a mark that moves a little moves nothing
//! else.

use std::collections::BTreeSet;
use std::ops::Range;

/// Steps in which a part that holds all marks moves, as a fraction of the height.
const STEPS: usize = 3;

/// The parts to show of `rows` in `height` lines, one of which goes for each gap between two parts.
/// All `marked` rows are in view as far as that is possible, the last ones rather than the first,
/// and without a mark the first rows.
pub fn parts(marked: &BTreeSet<usize>, rows: usize, height: usize) -> Vec<Range<usize>> {
    let (Some(first), Some(last)) = (marked.first(), marked.last()) else {
        return std::iter::once(0..height.min(rows)).collect();
    };
    let end = rows.saturating_sub(height);
    // The row below the last mark is in view as well.
    let below = (last + 2).min(rows);
    if below - first <= height || height == 0 {
        let step = (height / STEPS).max(1);
        let from = below.saturating_sub(height).next_multiple_of(step).min(*first).min(end);
        return std::iter::once(from..rows.min(from + height)).collect();
    }
    let sizes = (1..=height / 2).rev();
    let fits = |parts: &Vec<Range<usize>>| lines(parts) <= height;
    let mut parts = sizes.map(|size| blocks(marked, size, rows)).find(fits).unwrap_or_else(|| {
        let last = marked.iter().rev().take(height.div_ceil(2));
        blocks(&last.copied().collect(), 1, rows)
    });
    // What is left over shows more of what is next to the last part.
    let left = height.saturating_sub(lines(&parts));
    if let Some(part) = parts.last_mut() {
        part.end = rows.min(part.end + left);
    }
    parts
}

/// The blocks of this size that have a mark; neighbours are one part.
fn blocks(marked: &BTreeSet<usize>, size: usize, rows: usize) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    for mark in marked {
        let from = mark / size * size;
        let to = rows.min(from + size);
        match parts.last_mut() {
            // A gap of one line would hide no more than it takes.
            Some(part) if from <= part.end + 1 => part.end = to,
            _ => parts.push(from..to),
        }
    }
    parts
}

/// Lines that parts take, with a gap between each two.
fn lines(parts: &[Range<usize>]) -> usize {
    parts.iter().map(Range::len).sum::<usize>() + parts.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_with_marks_are_in_view_and_a_mark_that_moves_a_little_moves_nothing() {
        let shown = |marks: &[usize], rows, height| {
            let parts = parts(&marks.iter().copied().collect(), rows, height);
            parts.into_iter().map(|part| (part.start, part.end)).collect::<Vec<_>>()
        };
        assert_eq!(shown(&[], 100, 10), [(0, 10)]);
        assert_eq!(shown(&[3], 5, 10), [(0, 5)]);
        assert_eq!(shown(&[20, 22], 100, 9), [(15, 24)]);
        assert_eq!((shown(&[17], 100, 9), shown(&[18], 100, 9)), (vec![(12, 21)], vec![(12, 21)]));
        assert_eq!(shown(&[20, 80], 100, 9), [(20, 24), (80, 84)]);
        assert_eq!(shown(&[20, 80], 100, 9), shown(&[22, 82], 100, 9));
        assert_eq!(shown(&[1, 20, 80], 100, 7), [(1, 2), (20, 21), (80, 83)]);
    }

    #[test]
    fn no_more_is_shown_than_fits_and_the_last_marks_always() {
        for height in 0..12 {
            for marks in 0..1 << 9 {
                let marked: BTreeSet<_> =
                    (0..9).filter(|bit| marks >> bit & 1 == 1).map(|bit| bit * 3).collect();
                let parts = parts(&marked, 27, height);
                assert!(lines(&parts) <= height, "{height} {marked:?} {parts:?}");
                let last =
                    marked.last().is_none_or(|last| parts.iter().any(|part| part.contains(last)));
                assert!(last || height == 0, "{height} {marked:?} {parts:?}");
                assert!(parts.is_sorted_by(|a, b| a.end < b.start), "{parts:?}");
            }
        }
    }
}
