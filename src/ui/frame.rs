//! What stands around a pane or a panel: a frame, a rule, or nothing, with the title at
//! the left and badges at the right.
//!
//! Must not know: what stands inside.

use ratatui::style::Modifier;

use super::glyph::CHOSEN;
use super::sheet::Sheet;
use super::text;
use crate::scene::{Span, Tone};

/// How much of a frame there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dress {
    Framed,
    /// A line above, with the title; where height is short.
    Ruled,
    Bare,
}

/// What the border says.
#[derive(Debug)]
pub(super) struct Title<'t> {
    pub(super) text: &'t str,
    pub(super) badges: &'t [Span],
    /// Has the keyboard.
    pub(super) focused: bool,
}

/// Corners clockwise from top left, then horizontal and vertical.
const ROUND: [char; 6] = ['╭', '╮', '╯', '╰', '─', '│'];
/// Where colour cannot show the focus.
const HEAVY: [char; 6] = ['┏', '┓', '┛', '┗', '━', '┃'];

/// Draws the border and gives what is inside.
pub(super) fn draw<'s>(sheet: &'s mut Sheet<'_>, title: &Title<'_>, dress: Dress) -> Sheet<'s> {
    let (width, height) = (sheet.width, sheet.height);
    let theme = sheet.theme;
    let style = if title.focused {
        theme.focus
    } else {
        theme.frame
    };
    let [top_left, top_right, bottom_right, bottom_left, across, down] =
        if title.focused && !theme.has_colour() {
            HEAVY
        } else {
            ROUND
        };
    match dress {
        Dress::Bare => sheet.part(0, 0, width, height),
        Dress::Ruled => {
            sheet.fill(0, 0, width, across, style);
            heading(sheet, title, 1);
            sheet.part(1, 1, width.saturating_sub(2), height.saturating_sub(1))
        }
        Dress::Framed => {
            let (right, bottom) = (width.saturating_sub(1), height.saturating_sub(1));
            for y in [0, bottom] {
                sheet.fill(0, y, width, across, style);
            }
            for y in 1..bottom {
                sheet.glyph(0, y, down, style);
                sheet.glyph(right, y, down, style);
            }
            sheet.glyph(0, 0, top_left, style);
            sheet.glyph(right, 0, top_right, style);
            sheet.glyph(right, bottom, bottom_right, style);
            sheet.glyph(0, bottom, bottom_left, style);
            heading(sheet, title, 1);
            let (inside, lines) = (width.saturating_sub(4), height.saturating_sub(2));
            sheet.part(2, 1, inside, lines)
        }
    }
}

/// Marks in the right border how far down one is.
pub(super) fn scrollbar(sheet: &mut Sheet<'_>, dress: Dress, scroll: u16, limit: u16) {
    let (first, track) = match dress {
        Dress::Framed => (1, sheet.height.saturating_sub(2)),
        Dress::Ruled | Dress::Bare => (1, sheet.height.saturating_sub(1)),
    };
    let Some(x) = sheet.width.checked_sub(1).filter(|_| track > 1) else {
        return;
    };
    let (track_lines, limit) = (u32::from(track), u32::from(limit.max(1)));
    let thumb = (track_lines * track_lines / (track_lines + limit)).clamp(1, track_lines - 1);
    let start = (track_lines - thumb) * u32::from(scroll) / limit;
    let dim = sheet.tone(Tone::Dim);
    for line in start..start + thumb {
        let y = first + u16::try_from(line).unwrap_or(0);
        sheet.glyph(x, y, '▐', dim);
    }
}

/// Writes into the top border. Badges come before the title's end: they say what is in force.
fn heading(sheet: &mut Sheet<'_>, title: &Title<'_>, inset: u16) {
    let end = sheet.width.saturating_sub(inset + 1);
    let start = inset + 1;
    let room = end.saturating_sub(start);
    // A short title stays whole, a long one keeps a readable stump.
    let stump = text::width(title.text).min(16) + 5;
    let end = badges(sheet, title.badges, end, room.saturating_sub(stump));
    let room = end.saturating_sub(start + 2);
    if title.text.is_empty() || room == 0 {
        return;
    }
    let style = if title.focused {
        sheet.tone(Tone::Accent).add_modifier(Modifier::BOLD)
    } else {
        sheet.tone(Tone::Strong)
    };
    let mut x = sheet.put(start, 0, " ", style);
    let mut room = room;
    if title.focused && room > 3 {
        sheet.glyph(x, 0, CHOSEN, style);
        x = sheet.put(x + 1, 0, " ", style);
        room -= 2;
    }
    x = sheet.fit(x, 0, room, title.text, style);
    sheet.put(x, 0, " ", style);
}

/// As many badges as fit, flush right; tells where they begin. The last, at the corner,
/// is the most important.
fn badges(sheet: &mut Sheet<'_>, badges: &[Span], end: u16, room: u16) -> u16 {
    const BETWEEN: &str = " · ";
    let mut first = badges.len();
    let mut columns = 2;
    for (at, badge) in badges.iter().enumerate().rev() {
        let gap = u16::from(at + 1 < badges.len()) * text::width(BETWEEN);
        let more = text::width(&badge.text).saturating_add(gap);
        if more > room.saturating_sub(columns) {
            break;
        }
        columns += more;
        first = at;
    }
    let dim = sheet.tone(Tone::Dim);
    if first == badges.len() {
        // Better half of what is in force than nothing.
        let Some(last) = badges.last().filter(|_| room >= 5) else {
            return end;
        };
        let style = sheet.tone(last.tone);
        let text = format!(" {} ", text::cut(&last.text, room - 2));
        return sheet.right(end, 0, &text, style);
    }
    let start = end.saturating_sub(columns);
    let mut x = sheet.put(start, 0, " ", dim);
    for (i, badge) in badges[first..].iter().enumerate() {
        if i > 0 {
            x = sheet.put(x, 0, BETWEEN, dim);
        }
        let style = sheet.tone(badge.tone);
        x = sheet.put(x, 0, &badge.text, style);
    }
    sheet.put(x, 0, " ", dim);
    start
}
