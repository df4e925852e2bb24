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
        let pieces = line.0.iter().map(|span| (span.text.as_str(), span.tone));
        rows.extend(text::fill(pieces, canvas.width).into_iter().rev());
    }
    for (y, row) in (0..canvas.height).zip(rows.iter().take(height).rev()) {
        canvas.pieces(0, y, row);
    }
}
