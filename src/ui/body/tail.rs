//! Text that grows at its end: its last lines, each broken where the panel ends, as on a terminal.

use crate::scene::{Line, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::text::{self, Piece};

/// Draws the last rows that fit, the newest at the bottom if there are enough.
pub fn draw(canvas: &mut Canvas<'_>, lines: &[Line]) {
    let height = usize::from(canvas.height);
    let mut rows: Vec<Vec<Piece<'_, Tone>>> = Vec::new();
    for line in lines.iter().rev() {
        if rows.len() >= height {
            break;
        }
        rows.extend(broken(line, canvas.width.max(1)).into_iter().rev());
    }
    for (y, row) in (0..canvas.height).zip(rows.iter().take(height).rev()) {
        canvas.pieces(0, y, row);
    }
}

/// The rows of a line, full but for the last; one at least.
fn broken(line: &Line, columns: u16) -> Vec<Vec<Piece<'_, Tone>>> {
    let (mut rows, mut used) = (vec![Vec::new()], 0);
    for span in &line.0 {
        let mut rest = span.text.as_str();
        while !rest.is_empty() {
            let mut at = text::split_at(rest, columns - used);
            if at == 0 && used > 0 {
                rows.push(Vec::new());
                used = 0;
                continue;
            }
            // A character that is wider than the row: let it be clipped.
            at = at.max(rest.chars().next().map_or(0, char::len_utf8));
            let (row, after) = rest.split_at(at);
            used = columns.min(used + text::width(row));
            if let Some(last) = rows.last_mut() {
                last.push((row, span.tone));
            }
            rest = after;
        }
    }
    rows
}
