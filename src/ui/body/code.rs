//! The lines that threads execute, with the threads that are at each of them now:
//!
//! ```text
//!    3  let n = load(length)
//!    4► store(slot[n], value)      ◀ add-1, add-2
//! ```

use crate::scene::{Code, Span, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::text;

/// Columns before the code: for the number of the line and the marker of a thread.
const GUTTER: u16 = 5;

/// Draws the code. A line that a thread is at is drawn in a strong tone. Where the code is
/// taller than the canvas, the part with the threads is shown.
pub fn draw(canvas: &mut Canvas<'_>, code: &Code) {
    let room = canvas.width.saturating_sub(GUTTER);
    let longest = super::widest(code.lines.iter().map(|line| line.text.as_str()), room);
    let names = code.lines.iter().map(|line| names_width(&line.at)).max();
    // What stands at the right lines up if it can; else it takes what its own line leaves.
    let aligned = longest.saturating_add(names.unwrap_or(0)) <= room;
    let dim = canvas.tone(Tone::Dim);
    // Keeps the lines in view that a thread is at.
    let first = first_line(code, canvas.height);
    for (y, (number, line)) in (0..canvas.height).zip(code.lines.iter().enumerate().skip(first)) {
        canvas.right(2, y, &(number + 1).to_string(), dim);
        let style = match line.at.first() {
            Some(_) => canvas.tone(Tone::Strong),
            None if is_comment(&line.text) => dim,
            None => canvas.tone(Tone::Plain),
        };
        let names = names_width(&line.at);
        let columns = room.saturating_sub(names).max(room / 2);
        let end = canvas.fit(GUTTER, y, columns, &line.text, style);
        if names > 0 {
            let x = if aligned { GUTTER + longest } else { end };
            who(canvas, x + 2, y, &line.at);
        }
    }
}

/// Draws the names of the threads at a line, each in its own tone, and the marker in the gutter
/// in the tone of the first.
fn who(canvas: &mut Canvas<'_>, x: u16, y: u16, at: &[Span]) {
    let dim = canvas.tone(Tone::Dim);
    let mut x = x;
    for (i, name) in at.iter().enumerate() {
        let tone = canvas.tone(name.tone);
        if i == 0 {
            canvas.glyph(3, y, '►', tone);
            x = canvas.put(x, y, "◀ ", tone);
        } else {
            x = canvas.put(x, y, ", ", dim);
        }
        x = canvas.fit(x, y, canvas.width.saturating_sub(x), &name.text, tone);
    }
}

fn names_width(at: &[Span]) -> u16 {
    let names = at.iter().map(|name| text::width(&name.text));
    let gap = u16::from(!at.is_empty()) * 2;
    names.fold(gap, |sum, name| sum.saturating_add(name).saturating_add(2))
}

/// The first line to show: such that the last line with a thread at it is in view, and one
/// below it.
fn first_line(code: &Code, height: u16) -> usize {
    let height = usize::from(height);
    let last = code.lines.iter().rposition(|line| !line.at.is_empty());
    let over = code.lines.len().saturating_sub(height);
    last.map_or(0, |last| (last + 2).saturating_sub(height).min(over).min(last))
}

/// Whether a line is a comment, in Rust or in Python: it is drawn in a dim tone, so that the
/// code stands out.
fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") || line.starts_with('#')
}
