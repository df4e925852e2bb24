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
//! continues below, further in, and so does a comment that has no room behind its code:
//!
//! ```text
//!   4            pass
//!                  # one: both(a, b),
//!                  # two: both(b, a)
//! ```

use std::borrow::Cow;
use std::cmp::Reverse;

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
    parts: Vec<Cow<'c, str>>,
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
        mark + listing.language.name()
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
    canvas.put(2, 0, &format!(" {} ", listing.language.name()), dim);
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
            _ if part > 0 && is_comment(&parts[part]) => dim,
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
/// the code would move with them. A comment that has no room behind its code follows below it.
fn wrapped(listing: &Listing, room: u16) -> Vec<Wrapped<'_>> {
    let sign = listing.language.comment_sign();
    let part = indent_part(&listing.lines, sign, room);
    let all = (1..).zip(&listing.lines).map(|(number, line)| {
        let (code, indent) = (line.text.trim_start(), indent(line, part));
        let columns = room.saturating_sub(indent + NAMES);
        if text::width(code) <= columns {
            return Wrapped { number, line, indent, parts: vec![code.into()] };
        }
        // Below the first row no names stand beside the code.
        let further = room.saturating_sub(indent + FURTHER).max(NAMES);
        let (code, comment) = split_comment(code, sign);
        let mut parts = broken(code, columns.max(NAMES), further);
        parts.extend(comment_lines(comment, further));
        Wrapped { number, line, indent, parts }
    });
    all.collect()
}

/// Each character with its position, and whether it is within quotes.
fn with_quotes(code: &str) -> impl Iterator<Item = (usize, char, bool)> {
    let mut quote = None;
    code.char_indices().map(move |(at, c)| {
        let is_quoted = quote.is_some();
        quote = match quote {
            Some(open) if open == c => None,
            // An apostrophe alone opens nothing.
            None if "'\"".contains(c) && code[at + 1..].contains(c) => Some(c),
            quote => quote,
        };
        (at, c, is_quoted)
    })
}

/// The code of a line and its comment, each of which may be empty.
fn split_comment<'c>(code: &'c str, sign: &str) -> (&'c str, &'c str) {
    let after_blank = |at: usize| code[..at].chars().next_back().is_none_or(char::is_whitespace);
    let mut all = with_quotes(code);
    let start =
        all.find(|(at, _, quoted)| !quoted && code[*at..].starts_with(sign) && after_blank(*at));
    let (code, comment) = code.split_at(start.map_or(code.len(), |(at, ..)| at));
    (code.trim_end(), comment)
}

/// A comment in lines that each begin with its sign; none for no comment.
fn comment_lines<'c>(comment: &str, columns: u16) -> Vec<Cow<'c, str>> {
    let text = comment.trim_start_matches(['#', '/', '!']);
    if comment.is_empty() {
        return Vec::new();
    }
    let sign = &comment[..comment.len() - text.len()];
    let lines = text::wrap(&[(text, ())], columns.saturating_sub(text::width(sign) + 1));
    let joined = |line: Vec<_>| line.into_iter().map(|(text, ())| text).collect::<String>();
    lines.into_iter().map(|line| format!("{sign} {}", joined(line)).into()).collect()
}

/// Where a line of code may be broken.
struct Break {
    at: usize,
    /// The lower, the better: after an opening bracket or a comma; after an operator; at another
    /// blank; at a blank within quotes.
    kind: u8,
    /// The number of brackets that are open there.
    depth: usize,
}

fn breaks(code: &str) -> Vec<Break> {
    let mut depth = 0_usize;
    let mut all = Vec::new();
    for (at, c, quoted) in with_quotes(code) {
        let before = code[..at].trim_end();
        let after_blank = before.len() < at && c != ' ';
        let last = before.chars().next_back().unwrap_or(' ');
        let after_bracket = "([{,".contains(last) && !")]}".contains(c) && c != ' ';
        let kind = match () {
            () if quoted && after_blank => Some(3),
            () if quoted => None,
            () if after_bracket => Some(0),
            () if after_blank && "=+-*/%&|<>".contains(last) => Some(1),
            () if after_blank => Some(2),
            () => None,
        };
        all.extend(kind.map(|kind| Break { at, kind, depth }));
        match c {
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    all
}

/// Code in parts of at most so many columns, the first one and the further ones. Only what is
/// longer than a part is broken elsewhere than [`breaks`] says. No code has no parts.
fn broken(code: &str, first: u16, further: u16) -> Vec<Cow<'_, str>> {
    let (all, mut from, mut parts) = (breaks(code), 0, Vec::new());
    while from < code.len() {
        let columns = if from == 0 { first } else { further };
        let rest = &code[from..];
        let width = |to: usize| text::width(code[from..to].trim_end());
        // Where all that is left fits into the next part, the outermost brackets stay together;
        // else a part is as full as it can be.
        let order = |place: &&Break| {
            let is_last = text::width(&code[place.at..]) <= further;
            let outer = if is_last { (place.depth, place.kind) } else { (0, 0) };
            (place.kind.max(1), !is_last, outer, Reverse(place.at))
        };
        let places = all.iter().filter(|place| place.at > from && width(place.at) <= columns);
        let to = if text::width(rest) <= columns {
            code.len()
        } else {
            let anywhere = from + text::split_at(rest, columns);
            places.min_by_key(order).map_or(anywhere, |place| place.at)
        };
        parts.push(code[from..to].trim_end().into());
        from = to;
    }
    parts
}

/// By how much the indentation is divided, so that as little code is broken as can be. Comments do
/// not count: they may follow below.
fn indent_part(lines: &[CodeLine], sign: &str, room: u16) -> u16 {
    let room = room.saturating_sub(NAMES);
    // The comment is looked for only where the whole line has no room.
    let is_broken = |line: &CodeLine, part| {
        let (code, room) = (line.text.trim_start(), room.saturating_sub(indent(line, part)));
        text::width(code) > room && text::width(split_comment(code, sign).0) > room
    };
    let broken = |part: &u16| lines.iter().filter(|line| is_broken(line, *part)).count();
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
