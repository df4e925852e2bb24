//! Rows that moved to the left: a timeline that follows the clock changes every cell of its row,
//! and yet shows what it showed, a column further. The terminal moves the cells itself (ECMA-48,
//! DCH and ICH), which is a few bytes instead of some for each cell.

use ratatui::buffer::Cell;
use unicode_width::UnicodeWidthStr as _;

/// Changed cells of a row below which to write them is as cheap.
const WORTH: usize = 16;
/// Columns by which a row may have moved from one frame to the next.
const FURTHEST: usize = 8;

/// What the terminal shows, as far as it is known: rows, each up to the last cell written.
#[derive(Debug, Default)]
pub struct Shown(Vec<Vec<Cell>>);

/// The cells from `from` up to `end` move `by` columns to the left; the last `by` become blank.
/// All others stay where they are.
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
            let rest = cells.filter(|(_, (shown, new))| shown != new);
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

/// The shift after which the fewest cells remain to be written, if that is half of them or less.
fn shift(old: &[Cell], new: &[Cell], changed: &[(u16, &Cell)]) -> Option<Shift> {
    let [(from, _), .., (last, _)] = changed else {
        return None;
    };
    let end = last + 1;
    let (old, new) = (&old[usize::from(*from)..], &new[usize::from(*from)..]);
    // Half of a character of two columns cannot be moved.
    if old.iter().chain(new).any(|cell| cell.symbol().width() != 1) {
        return None;
    }
    let count = usize::from(end - from);
    let left = |by: usize| {
        let moved = old[by..count].iter().zip(&new[..count - by]);
        let wrong = moved.filter(|(old, new)| old != new).count();
        // Those that come in at the end are written anyway.
        wrong + by
    };
    let by = (1..=FURTHEST.min(count - 1)).min_by_key(|by| left(*by))?;
    let by = (left(by) * 2 <= changed.len()).then_some(u16::try_from(by).ok()?)?;
    Some(Shift { from: *from, end, by })
}

fn apply(Shift { from, end, by }: Shift, row: &mut [Cell]) {
    let part = &mut row[usize::from(from)..usize::from(end)];
    part.rotate_left(usize::from(by));
    let kept = part.len() - usize::from(by);
    part[kept..].fill(Cell::default());
}
