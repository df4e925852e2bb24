//! Rows that moved to the left: a timeline that follows the clock changes every cell of its row,
//! and yet shows what it showed, a column further. The terminal moves the cells itself (ECMA-48,
//! DCH and ICH), which is a few bytes instead of some for each cell.

use ratatui::buffer::Cell;
use unicode_width::UnicodeWidthStr as _;

/// Changed cells of a row below which to write them is as cheap.
const WORTH: usize = 16;
/// Columns by which a row may have moved from one frame to the next.
const FURTHEST: usize = 8;

/// Columns without a change that may separate two parts of a row.
const GAP: u16 = 8;
/// Ends of a shift that are tried.
const TRIED: usize = 8;

/// What the terminal shows, as far as it is known: rows, each up to the last cell written.
#[derive(Debug, Default)]
pub struct Shown(Vec<Vec<Cell>>);

/// The cells from `from` up to `end` move `by` columns to the left; the last `by` become blank, in
/// a style that differs between terminals. All others stay where they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    pub from: u16,
    pub end: u16,
    pub by: u16,
}

impl Shown {
    /// Takes over the changed cells of row `y`. If the row has moved, the shift comes with the
    /// cells that then remain to be written; without one those are `changed`, and it is empty.
    pub fn update(
        &mut self,
        y: u16,
        changed: &[(u16, &Cell)],
    ) -> Option<(Shift, Vec<(u16, Cell)>)> {
        let row = self.row(y, changed.last()?.0);
        if changed.len() < WORTH {
            for (x, cell) in changed {
                row[usize::from(*x)] = (*cell).clone();
            }
            return None;
        }
        let mut new = row.clone();
        for (x, cell) in changed {
            new[usize::from(*x)] = (*cell).clone();
        }
        let shift = shift(row, &new, changed);
        let rest = shift.map(|shift| {
            apply(shift, row);
            let cells = (0..).zip(row.iter().zip(&new));
            let blank = shift.end - shift.by..shift.end;
            let rest = cells.filter(|(x, (shown, new))| shown != new || blank.contains(x));
            (shift, rest.map(|(x, (_, new))| (x, new.clone())).collect())
        });
        *row = new;
        rest
    }

    /// A row with at least the cells up to `last`: what was never written is blank.
    fn row(&mut self, y: u16, last: u16) -> &mut Vec<Cell> {
        let (y, wide) = (usize::from(y), usize::from(last) + 1);
        if self.0.len() <= y {
            self.0.resize_with(y + 1, Vec::new);
        }
        let row = &mut self.0[y];
        if row.len() < wide {
            row.resize_with(wide, Cell::default);
        }
        row
    }
}

/// The shift that saves the most cells, if it saves half of those in its columns. It begins at the
/// first change, and ends at the last one or at one that is followed by a gap: beside a timeline
/// something else may have changed that has not moved.
fn shift(old: &[Cell], new: &[Cell], changed: &[(u16, &Cell)]) -> Option<Shift> {
    let from = changed.first()?.0;
    // Half of a character of two columns cannot be moved.
    let mut cells = old[usize::from(from)..].iter().chain(&new[usize::from(from)..]);
    if cells.any(|cell| cell.symbol().width() != 1) {
        return None;
    }
    let gaps = changed.windows(2).enumerate();
    let gaps = gaps.filter(|(_, pair)| pair[1].0 - pair[0].0 > GAP).map(|(at, _)| at + 1);
    let counts = gaps.chain([changed.len()]).filter(|count| *count >= WORTH).take(TRIED);
    let of = |count: usize| {
        let end = changed[count - 1].0 + 1;
        let (by, left) = best(&old[from.into()..end.into()], &new[from.into()..end.into()])?;
        let by = u16::try_from(by).ok()?;
        (left * 2 <= count).then(|| (count - left, Shift { from, end, by }))
    };
    counts.filter_map(of).max_by_key(|(saved, _)| *saved).map(|(_, shift)| shift)
}

/// The number of columns to the left after which the fewest cells remain to be written, and how
/// many these are.
fn best(old: &[Cell], new: &[Cell]) -> Option<(usize, usize)> {
    let count = old.len();
    let left = |by: usize| {
        let moved = old[by..].iter().zip(&new[..count - by]);
        let wrong = moved.filter(|(old, new)| old != new).count();
        // Those that come in at the end are written anyway.
        (by, wrong + by)
    };
    (1..=FURTHEST.min(count - 1)).map(left).min_by_key(|(_, left)| *left)
}

fn apply(Shift { from, end, by }: Shift, row: &mut [Cell]) {
    row[usize::from(from)..usize::from(end)].rotate_left(usize::from(by));
}
