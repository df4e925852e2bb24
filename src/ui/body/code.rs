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
//! The names of the listings stand in the border of the panel; see [`tabs`]. Where there is room
//! for all of them, the others stand below the chosen one or beside it. A line that is too long
//! continues below, further in.

use ratatui::style::Modifier;

use super::{Need, excerpt};
use crate::scene::{Code, CodeLine, Label, Listing, Span, Tone};
use crate::ui::canvas::Canvas;
use crate::ui::glyph::CHOSEN;
use crate::ui::text;

/// Columns between the number of a line and its code: for the mark of a line that is crossed out,
/// and the marker of a thread.
const MARKS: u16 = 3;
/// Columns for the number of a line at least.
const DIGITS: u16 = 2;
/// Columns after the code that are kept for the names of threads.
const NAMES: u16 = 8;
/// Columns of a listing beside another, if its lines are longer.
const BESIDE: u16 = 48;
/// Stands for lines that are not shown.
const GAP: &str = "┄┄┄";
/// Columns by which the rest of a long line is further in.
const FURTHER: u16 = 2;

/// A line of a listing as it is drawn: its parts below each other, and how far in it begins.
struct Wrapped<'c> {
    number: usize,
    line: &'c CodeLine,
    indent: u16,
    parts: Vec<String>,
}

/// The lines of the longest listing, so that all of them take the same room.
pub fn need(code: &Code, width: u16) -> Need {
    let lines = |listing: &Listing| height(listing, width);
    let most = code.listings.iter().map(lines).max().unwrap_or(0);
    // Code that is cut shows the lines that threads are at.
    Need::between(most.min(super::ENOUGH), most)
}

/// Columns before the code.
fn gutter(listing: &Listing) -> u16 {
    text::width(&listing.lines.len().to_string()).max(DIGITS) + MARKS
}

fn height(listing: &Listing, width: u16) -> usize {
    let room = width.saturating_sub(gutter(listing));
    let lines: usize = wrapped(listing, room).iter().map(|line| line.parts.len()).sum();
    lines + usize::from(!listing.note.is_empty())
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

/// Draws the chosen listing, and the others under their names, if all of them fit: below it, or
/// else beside it.
pub fn draw(canvas: &mut Canvas<'_>, code: &Code) {
    let Some(chosen) = code.listing() else {
        return;
    };
    let others = || code.listings.iter().filter(|listing| !std::ptr::eq(*listing, chosen));
    // A blank line and the name before each of the others.
    let all: usize = code.listings.iter().map(|listing| height(listing, canvas.width) + 2).sum();
    if all <= usize::from(canvas.height) + 2 {
        let mut y = draw_listing(canvas, chosen);
        for listing in others() {
            let height = canvas.height.saturating_sub(y + 1);
            y += 1 + draw_named(&mut canvas.part(0, y + 1, canvas.width, height), listing);
        }
        return;
    }
    let all = code.listings.iter().map(columns).fold(0, u16::saturating_add);
    let Some(spare) = canvas.width.checked_sub(all) else {
        draw_listing(canvas, chosen);
        return;
    };
    let spare = spare / u16::try_from(code.listings.len()).unwrap_or(u16::MAX);
    let mut x = columns(chosen) + spare;
    draw_listing(&mut canvas.part(0, 0, x, canvas.height), chosen);
    for listing in others() {
        let width = columns(listing) + spare;
        draw_named(&mut canvas.part(x, 0, width, canvas.height), listing);
        x += width;
    }
}

/// The columns that a listing needs beside others: no line is broken but the longest, and there is
/// room for the names of threads.
fn columns(listing: &Listing) -> u16 {
    let widest = listing.lines.iter().map(|line| text::width(&line.text)).max().unwrap_or(0);
    (gutter(listing) + 2 * NAMES).saturating_add(widest).min(BESIDE)
}

/// Draws a listing under its name, and returns the line below it.
fn draw_named(canvas: &mut Canvas<'_>, listing: &Listing) -> u16 {
    let (width, frame, dim) = (canvas.width, canvas.theme.frame, canvas.tone(Tone::Dim));
    canvas.fill(0, 0, width, '─', frame);
    canvas.put(2, 0, &format!(" {} ", listing.name), dim);
    let height = canvas.height.saturating_sub(1);
    1 + draw_listing(&mut canvas.part(0, 1, width, height), listing)
}

/// Draws a listing and returns the line below it. A line that a thread is at is drawn in a strong
/// tone. Where the code is taller than the canvas, the part with the threads is shown.
fn draw_listing(canvas: &mut Canvas<'_>, listing: &Listing) -> u16 {
    let note = &listing.note;
    let gutter = gutter(listing);
    let room = canvas.width.saturating_sub(gutter);
    let lines = wrapped(listing, room);
    let widest = |line: &Wrapped<'_>| line.parts.iter().map(|part| text::width(part)).max();
    let longest = lines.iter().map(|line| line.indent + widest(line).unwrap_or(0));
    let longest = longest.max().unwrap_or(0).min(room);
    let names = lines.iter().map(|line| names_width(&line.line.at)).max();
    // What stands at the right lines up if it can; else it takes what its own line leaves.
    let aligned = longest.saturating_add(names.unwrap_or(0)) <= room;
    let dim = canvas.tone(Tone::Dim);
    // Where there is hardly room for code, there is none for the note.
    let with_note = !note.is_empty() && canvas.height > 2;
    let height = canvas.height - u16::from(with_note);
    let mut y = 0;
    for row in in_view(&lines, height) {
        let Some((Wrapped { number, line, indent, parts }, part)) = row else {
            canvas.put(gutter, y, GAP, dim);
            y += 1;
            continue;
        };
        let style = match line.at.first() {
            _ if line.skipped => dim.add_modifier(Modifier::CROSSED_OUT),
            Some(_) => canvas.tone(Tone::Strong),
            None if is_comment(&line.text) => dim,
            None => canvas.tone(Tone::Plain),
        };
        // The blanks before the code are not crossed out.
        let x = gutter + indent + if part > 0 { FURTHER } else { 0 };
        let end = canvas.fit(x, y, room, &parts[part], style);
        if part == 0 {
            canvas.right(gutter - MARKS, y, &number.to_string(), dim);
            if line.skipped {
                canvas.glyph(gutter - MARKS, y, '╌', dim);
            }
            if let Some(first) = line.at.first() {
                let x = if aligned { gutter + longest } else { end };
                canvas.glyph(gutter - 2, y, '►', canvas.tone(first.tone));
                who(canvas, x + 2, y, &line.at);
            }
        }
        y += 1;
    }
    if with_note {
        canvas.label(gutter, y, room, note, dim);
        y += 1;
    }
    y
}

/// The lines in parts that fit beside the names of threads. Threads at the lines play no part, or
/// the code would move with them.
fn wrapped(listing: &Listing, room: u16) -> Vec<Wrapped<'_>> {
    let part = indent_part(&listing.lines, room);
    let all = (1..).zip(&listing.lines).map(|(number, line)| {
        let (code, indent) = (line.text.trim_start(), indent(line, part));
        let columns = room.saturating_sub(indent + NAMES);
        if text::width(code) <= columns {
            return Wrapped { number, line, indent, parts: vec![code.to_owned()] };
        }
        let parts = broken(code, columns.saturating_sub(FURTHER).max(NAMES));
        Wrapped { number, line, indent, parts }
    });
    all.collect()
}

/// A line of code in parts of at most so many columns, broken between tokens; only a token that is
/// longer than a part is broken itself.
fn broken(code: &str, columns: u16) -> Vec<String> {
    let mut parts = vec![String::new()];
    for token in tokens(code) {
        let last = parts.last().map_or(0, |part| text::width(part));
        if last > 0 && last + text::width(token.trim_end()) > columns {
            parts.push(String::new());
        }
        for (at, piece) in text::fill(std::iter::once((token, ())), columns).iter().enumerate() {
            let piece = piece.iter().map(|(text, ())| *text);
            match parts.last_mut() {
                Some(part) if at == 0 => part.extend(piece),
                _ => parts.push(piece.collect()),
            }
        }
    }
    parts.iter().map(|part| part.trim_end().to_owned()).collect()
}

/// The code in pieces between which a line may be broken: after a blank, an opening bracket, a
/// comma or an operator; within quotes nowhere.
fn tokens(code: &str) -> Vec<&str> {
    let (mut all, mut from, mut quote, mut before) = (Vec::new(), 0, None, ' ');
    for (at, c) in code.char_indices() {
        let breaks = " ([{,=+-*/%:&|<>".contains(before) && !" =>)]}*/&|".contains(c);
        if quote.is_none() && at > from && breaks {
            all.push(&code[from..at]);
            from = at;
        }
        quote = match quote {
            Some(open) if open == c => None,
            // An apostrophe of a comment opens nothing.
            None if "'\"".contains(c) && code[at + 1..].contains(c) => Some(c),
            quote => quote,
        };
        before = c;
    }
    all.push(&code[from..]);
    all
}

/// By how much the indentation is divided, so that as few lines are broken as can be.
fn indent_part(lines: &[CodeLine], room: u16) -> u16 {
    let room = room.saturating_sub(NAMES);
    let width = |line: &CodeLine, part| indent(line, part) + text::width(line.text.trim_start());
    let broken = |part: &u16| lines.iter().filter(|line| width(line, *part) > room).count();
    [1, 2, 4].into_iter().min_by_key(broken).unwrap_or(1)
}

/// Columns before the code of a line.
fn indent(line: &CodeLine, part: u16) -> u16 {
    (text::width(&line.text) - text::width(line.text.trim_start())) / part
}

/// Draws the names of the threads at a line, each in its own tone. Those that do not fit are
/// counted.
fn who(canvas: &mut Canvas<'_>, x: u16, y: u16, at: &[Span]) {
    let dim = canvas.tone(Tone::Dim);
    let mut x = x;
    for (i, name) in at.iter().enumerate() {
        let tone = canvas.tone(name.tone);
        // Room for this name, and for the number of those after it.
        let left = format!(" +{}", at.len() - i);
        let more = if i + 1 < at.len() { text::width(&left) } else { 0 };
        if x + 2 + text::width(&name.text) + more > canvas.width {
            if i > 0 {
                canvas.put(x, y, &left, dim);
            }
            return;
        }
        let (before, style) = if i == 0 { ("◀ ", tone) } else { (", ", dim) };
        x = canvas.put(x, y, before, style);
        x = canvas.put(x, y, &name.text, tone);
    }
}

fn names_width(at: &[Span]) -> u16 {
    let names = at.iter().map(|name| text::width(&name.text));
    let gap = u16::from(!at.is_empty()) * 2;
    names.fold(gap, |sum, name| sum.saturating_add(name).saturating_add(2))
}

/// A line, and which of its parts a row shows.
type Row<'w, 'c> = (&'w Wrapped<'c>, usize);

/// The rows to show, `None` for a gap: if not all, those around the lines that threads are at. A
/// line in several rows may be shown in part, or a marked line below it would not fit.
fn in_view<'w, 'c>(lines: &'w [Wrapped<'c>], height: u16) -> Vec<Option<Row<'w, 'c>>> {
    let of_line = |line: &'w Wrapped<'c>| (0..line.parts.len()).map(move |part| (line, part));
    let rows: Vec<_> = lines.iter().flat_map(of_line).collect();
    let is_marked = |(line, part): &Row<'_, '_>| *part == 0 && !line.line.at.is_empty();
    let marked = rows.iter().enumerate().filter(|(_, row)| is_marked(row)).map(|(at, _)| at);
    let mut shown = Vec::new();
    for part in excerpt::parts(&marked.collect(), rows.len(), height.into()) {
        if !shown.is_empty() {
            shown.push(None);
        }
        shown.extend(rows[part].iter().copied().map(Some));
    }
    shown
}

/// Whether a line is a comment, in Rust or in Python: it is drawn in a dim tone, so that the
/// code stands out.
fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") || line.starts_with('#')
}
