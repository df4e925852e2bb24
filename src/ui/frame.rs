//! The border of a pane or a panel: a frame, a rule, or nothing, with the title at the left and
//! badges at the right. Which of the three it is, the caller decides by the height that it has.

use ratatui::style::Modifier;

use super::canvas::Canvas;
use super::glyph::CHOSEN;
use super::text;
use crate::scene::{Span, Tone};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// Lines on all sides; takes two lines of height and four columns, two of them blank.
    Framed,
    /// A line above, with the title; takes one line of height and a blank column on each side.
    Ruled,
    /// Nothing, where there is no line to spare. The content says what it is, or its neighbours
    /// do.
    Bare,
}

#[derive(Debug)]
pub struct Title<'t> {
    pub text: &'t str,
    pub badges: &'t [Span],
    /// Whether it has the keyboard. Shown by colour and by a marker before the title; without
    /// colours by heavy lines, too.
    pub focused: bool,
}

/// Corners clockwise from the top left, then the horizontal and the vertical line. Boxes of
/// data have square corners, so that they are not taken for frames.
const ROUND: [char; 6] = ['╭', '╮', '╯', '╰', '─', '│'];
/// The same for what has the keyboard, where colour cannot show it. In ASCII these lines stay
/// different from the thin ones.
const HEAVY: [char; 6] = ['┏', '┓', '┛', '┗', '━', '┃'];

/// Draws the border and returns the canvas inside it. Inside a frame one column on each side
/// stays blank, so that text does not touch the line.
pub fn draw<'s>(canvas: &'s mut Canvas<'_>, title: &Title<'_>, border: Border) -> Canvas<'s> {
    let (width, height) = (canvas.width, canvas.height);
    let theme = canvas.theme;
    let style = if title.focused { theme.focus } else { theme.frame };
    let [top_left, top_right, bottom_right, bottom_left, across, down] =
        if title.focused && !theme.has_colour() { HEAVY } else { ROUND };
    match border {
        Border::Bare => canvas.part(0, 0, width, height),
        Border::Ruled => {
            canvas.fill(0, 0, width, across, style);
            heading(canvas, title, 1);
            canvas.part(1, 1, width.saturating_sub(2), height.saturating_sub(1))
        }
        Border::Framed => {
            let (right, bottom) = (width.saturating_sub(1), height.saturating_sub(1));
            for y in [0, bottom] {
                canvas.fill(0, y, width, across, style);
            }
            for y in 1..bottom {
                canvas.glyph(0, y, down, style);
                canvas.glyph(right, y, down, style);
            }
            canvas.glyph(0, 0, top_left, style);
            canvas.glyph(right, 0, top_right, style);
            canvas.glyph(right, bottom, bottom_right, style);
            canvas.glyph(0, bottom, bottom_left, style);
            heading(canvas, title, 1);
            let (inside, lines) = (width.saturating_sub(4), height.saturating_sub(2));
            canvas.part(2, 1, inside, lines)
        }
    }
}

/// Marks in the right border which part is visible. The thumb's share of the track is that of
/// the visible lines, and it never fills the track while something is hidden.
pub fn scrollbar(canvas: &mut Canvas<'_>, border: Border, scroll: u16, limit: u16) {
    let (first, track) = match border {
        Border::Framed => (1, canvas.height.saturating_sub(2)),
        Border::Ruled | Border::Bare => (1, canvas.height.saturating_sub(1)),
    };
    let Some(x) = canvas.width.checked_sub(1).filter(|_| track > 1) else {
        return;
    };
    let (track_lines, limit) = (u32::from(track), u32::from(limit.max(1)));
    // `limit` lines are hidden, about `track` lines are visible.
    let thumb = (track_lines * track_lines / (track_lines + limit)).clamp(1, track_lines - 1);
    let start = (track_lines - thumb) * u32::from(scroll) / limit;
    let dim = canvas.tone(Tone::Dim);
    for line in start..start + thumb {
        let y = first + u16::try_from(line).unwrap_or(0);
        canvas.glyph(x, y, '▐', dim);
    }
}

/// Writes title and badges into the upper border. Badges have room before a long title does:
/// they show which settings are in force.
fn heading(canvas: &mut Canvas<'_>, title: &Title<'_>, inset: u16) {
    let end = canvas.width.saturating_sub(inset + 1);
    let start = inset + 1;
    let room = end.saturating_sub(start);
    // A short title stays whole, a long one keeps a readable stump.
    let stump = text::width(title.text).min(16) + 5;
    let end = badges(canvas, title.badges, end, room.saturating_sub(stump));
    let room = end.saturating_sub(start + 2);
    if title.text.is_empty() || room == 0 {
        return;
    }
    let style = if title.focused {
        canvas.tone(Tone::Accent).add_modifier(Modifier::BOLD)
    } else {
        canvas.tone(Tone::Strong)
    };
    let mut x = canvas.put(start, 0, " ", style);
    let mut room = room;
    if title.focused && room > 3 {
        canvas.glyph(x, 0, CHOSEN, style);
        x = canvas.put(x + 1, 0, " ", style);
        room -= 2;
    }
    x = canvas.fit(x, 0, room, title.text, style);
    canvas.put(x, 0, " ", style);
}

/// Draws as many badges as fit, flush right, and returns the column where they begin. The last
/// one, at the corner, is the most important.
fn badges(canvas: &mut Canvas<'_>, badges: &[Span], end: u16, room: u16) -> u16 {
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
    let dim = canvas.tone(Tone::Dim);
    if first == badges.len() {
        // Better half of what is in force than nothing.
        let Some(last) = badges.last().filter(|_| room >= 5) else {
            return end;
        };
        let style = canvas.tone(last.tone);
        let text = format!(" {} ", text::cut(&last.text, room - 2));
        return canvas.right(end, 0, &text, style);
    }
    let start = end.saturating_sub(columns);
    let mut x = canvas.put(start, 0, " ", dim);
    for (i, badge) in badges[first..].iter().enumerate() {
        if i > 0 {
            x = canvas.put(x, 0, BETWEEN, dim);
        }
        let style = canvas.tone(badge.tone);
        x = canvas.put(x, 0, &badge.text, style);
    }
    canvas.put(x, 0, " ", dim);
    start
}
