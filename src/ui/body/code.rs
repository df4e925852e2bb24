//! The lines that threads execute, with the threads that are at each of them now, and a line that
//! is not in force crossed out:
//!
//! ```text
//!   2╌   with lock:
//!   3      n = len(values)
//!   4►     values[n:] = [value]  ◀ add-1, add-2
//!        in CPython this is one step
//! ```
//!
//! The names of the listings stand in the border of the panel; see [`tabs`].

use ratatui::style::Modifier;

use super::Need;
use crate::scene::{Code, CodeLine, Label, Listing, Span, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::glyph::CHOSEN;
use crate::ui::text;

/// Columns before the code: for the number of the line, the mark of a line that is crossed out, and
/// the marker of a thread.
const GUTTER: u16 = 5;
/// Columns after the code that are kept for the names of threads.
const NAMES: u16 = 8;

/// The lines of the longest listing, so that all of them take the same room.
pub fn need(code: &Code) -> Need {
    let lines = |listing: &Listing| listing.lines.len() + usize::from(!listing.note.is_empty());
    let most = code.listings.iter().map(lines).max().unwrap_or(0);
    // Code that is cut shows the lines that threads are at.
    Need::between(most.min(super::ENOUGH), most)
}

/// The names of the listings, for the border; `None` if there is no choice. The one that is
/// shown has a mark, and stands alone where there is no room for all.
pub fn tabs(code: &Code) -> Option<Label> {
    let shown = code.listing().filter(|_| code.listings.len() > 1)?;
    let name = |listing: &Listing| {
        let mark = if std::ptr::eq(listing, shown) { format!("{CHOSEN} ") } else { String::new() };
        mark + &listing.name
    };
    let all: Vec<_> = code.listings.iter().map(name).collect();
    Some(Label::from(all.join(" · ")).or(name(shown)))
}

/// Draws the listing that is shown. A line that a thread is at is drawn in a strong tone. Where
/// the code is taller than the canvas, the part with the threads is shown.
pub fn draw(canvas: &mut Canvas<'_>, code: &Code) {
    let Some(Listing { lines, note, .. }) = code.listing() else {
        return;
    };
    let room = canvas.width.saturating_sub(GUTTER);
    let part = indent_part(lines, room);
    let longest = lines.iter().map(|line| width(line, part));
    let longest = longest.max().unwrap_or(0).min(room);
    let names = lines.iter().map(|line| names_width(&line.at)).max();
    // What stands at the right lines up if it can; else it takes what its own line leaves.
    let aligned = longest.saturating_add(names.unwrap_or(0)) <= room;
    let dim = canvas.tone(Tone::Dim);
    // Where there is hardly room for code, there is none for the note.
    let with_note = !note.is_empty() && canvas.height > 2;
    let height = canvas.height - u16::from(with_note);
    // Keeps the lines in view that a thread is at.
    let first = first_line(lines, height);
    let mut bottom = 0;
    for (y, (number, line)) in (0..height).zip(lines.iter().enumerate().skip(first)) {
        canvas.right(2, y, &(number + 1).to_string(), dim);
        if line.skipped {
            canvas.glyph(2, y, '╌', dim);
        }
        let style = match line.at.first() {
            _ if line.skipped => dim.add_modifier(Modifier::CROSSED_OUT),
            Some(_) => canvas.tone(Tone::Strong),
            None if is_comment(&line.text) => dim,
            None => canvas.tone(Tone::Plain),
        };
        let names = names_width(&line.at);
        let columns = room.saturating_sub(names).max(room / 2);
        // The blanks before the code are not crossed out.
        let indent = indent(line, part);
        let columns = columns.saturating_sub(indent);
        let end = canvas.fit(GUTTER + indent, y, columns, line.text.trim_start(), style);
        if names > 0 {
            let x = if aligned { GUTTER + longest } else { end };
            who(canvas, x + 2, y, &line.at);
        }
        bottom = y + 1;
    }
    if with_note {
        canvas.label(GUTTER, bottom, room, note, dim);
    }
}

/// By how much the indentation is divided, so that as few lines are cut as can be. Threads at the
/// lines play no part, or the code would move with them.
fn indent_part(lines: &[CodeLine], room: u16) -> u16 {
    let room = room.saturating_sub(NAMES);
    let cut = |part: &u16| lines.iter().filter(|line| width(line, *part) > room).count();
    [1, 2, 4].into_iter().min_by_key(cut).unwrap_or(1)
}

fn width(line: &CodeLine, part: u16) -> u16 {
    indent(line, part).saturating_add(text::width(line.text.trim_start()))
}

/// Columns before the code of a line.
fn indent(line: &CodeLine, part: u16) -> u16 {
    (text::width(&line.text) - text::width(line.text.trim_start())) / part
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
fn first_line(lines: &[CodeLine], height: u16) -> usize {
    let height = usize::from(height);
    let last = lines.iter().rposition(|line| !line.at.is_empty());
    let over = lines.len().saturating_sub(height);
    last.map_or(0, |last| (last + 2).saturating_sub(height).min(over).min(last))
}

/// Whether a line is a comment, in Rust or in Python: it is drawn in a dim tone, so that the
/// code stands out.
fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") || line.starts_with('#')
}
