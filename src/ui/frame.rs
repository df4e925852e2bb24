//! The border of a pane or a panel: a frame, a rule, or nothing, with the title at the left and
//! badges at the right. Which of the three it is, the caller decides by the height that it has.
//!
//! ```text
//! ╭ ▸ Shared list ──────── 8 workers · lock ON ╮   framed, with the keyboard
//! │ content                                    ▐   thumb of the scrollbar
//! ╰────────────────────────────────────────────╯
//! ── Story ──────────────────────────── newest ──   ruled, with a note
//! ```

use std::borrow::Cow;

use ratatui::style::{Modifier, Style};

use super::canvas::Canvas;
use super::glyph::CHOSEN;
use super::text::{self, Piece};
use crate::scene::{Body, Label, Panel, Span, Tone};

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

impl Border {
    /// The border of a panel where there is room for it. Cards have frames of their own, so a rule
    /// names all of them.
    pub fn of(panel: &Panel) -> Self {
        match panel.body {
            _ if panel.title.is_empty() => Self::Bare,
            Body::Cards(_) => Self::Ruled,
            _ => Self::Framed,
        }
    }

    /// Lines that it takes from the height.
    pub fn lines(self) -> u16 {
        match self {
            Self::Framed => 2,
            Self::Ruled => 1,
            Self::Bare => 0,
        }
    }

    /// Columns that it takes from the content, left and right together.
    pub fn columns(self) -> u16 {
        match self {
            Self::Framed => 4,
            Self::Ruled => 2,
            Self::Bare => 0,
        }
    }
}

#[derive(Debug)]
pub struct Title<'t> {
    pub text: &'t Label,
    /// At the right; the last one, at the corner, is the most important.
    pub badges: &'t [Span],
    /// In the place of badges: a remark of the panel, or the tabs of its listings.
    pub note: Option<&'t Label>,
    /// Whether it has the keyboard. Shown by colour and by a marker before the title; without
    /// colours by heavy lines, too.
    pub focused: bool,
}

/// Corners clockwise from the top left, then the horizontal and the vertical line. Boxes of
/// data have square corners, so that they are not taken for frames.
const ROUND: [char; 6] = ['╭', '╮', '╯', '╰', '─', '│'];
/// The same for what has the keyboard, where colour cannot show it, and for what is taken. In
/// ASCII these lines stay different from the thin ones.
pub const HEAVY: [char; 6] = ['┏', '┓', '┛', '┗', '━', '┃'];

/// Draws the border and returns the canvas inside it. Inside a frame one column on each side
/// stays blank, so that text does not touch the line.
pub fn draw<'s>(canvas: &'s mut Canvas<'_>, title: &Title<'_>, border: Border) -> Canvas<'s> {
    let (width, height) = (canvas.width, canvas.height);
    let theme = canvas.theme;
    let style = if title.focused { theme.focus } else { theme.frame };
    let lines = if title.focused && !theme.has_colour() { HEAVY } else { ROUND };
    match border {
        Border::Bare => canvas.part(0, 0, width, height),
        Border::Ruled => {
            canvas.fill(0, 0, width, lines[4], style);
            heading(canvas, title, 1);
            canvas.part(1, 1, width.saturating_sub(border.columns()), height.saturating_sub(1))
        }
        Border::Framed => {
            outline(canvas, lines, style);
            heading(canvas, title, 1);
            canvas.part(2, 1, width.saturating_sub(border.columns()), height.saturating_sub(2))
        }
    }
}

/// Draws a box along the edge of the canvas: its corners clockwise from the top left, then the
/// horizontal and the vertical line.
pub fn outline(canvas: &mut Canvas<'_>, lines: [char; 6], style: Style) {
    let [top_left, top_right, bottom_right, bottom_left, across, down] = lines;
    let (right, bottom) = (canvas.width.saturating_sub(1), canvas.height.saturating_sub(1));
    for y in [0, bottom] {
        canvas.fill(0, y, canvas.width, across, style);
    }
    for y in 1..bottom {
        canvas.glyph(0, y, down, style);
        canvas.glyph(right, y, down, style);
    }
    canvas.glyph(0, 0, top_left, style);
    canvas.glyph(right, 0, top_right, style);
    canvas.glyph(right, bottom, bottom_right, style);
    canvas.glyph(0, bottom, bottom_left, style);
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

/// The place for what a picture has no line for: the lower border, or what the title leaves free of
/// a rule.
pub fn foot<'s>(canvas: &'s mut Canvas<'_>, title: &Title<'_>, border: Border) -> Canvas<'s> {
    let (width, height) = (canvas.width, canvas.height);
    match border {
        Border::Bare => canvas.part(0, 0, 0, 0),
        Border::Ruled => {
            let [from, to] = heading(canvas, title, 1);
            canvas.part(from + 1, 0, to.saturating_sub(from + 2), 1)
        }
        Border::Framed => {
            canvas.part(2, height.saturating_sub(1), width.saturating_sub(border.columns()), 1)
        }
    }
}

/// Writes the title and what stands at the right into the upper border, and returns the columns
/// that are free between them. The title keeps its longest form as long as one badge, or the
/// shortest note, has room beside it; where none has, the title stands alone.
fn heading(canvas: &mut Canvas<'_>, title: &Title<'_>, inset: u16) -> [u16; 2] {
    let (start, end) = (inset + 1, canvas.width.saturating_sub(inset + 1));
    let room = end.saturating_sub(start);
    if title.text.is_empty() || room < 3 {
        return [start, end];
    }
    // A blank on each side, and the marker of the focus.
    let around = 2 + u16::from(title.focused) * 2;
    let rights = rights(title);
    let fits = |form: &str, right: &[(&str, Tone)]| {
        let right = right_width(right);
        text::width(form).saturating_add(around + right + u16::from(right > 0)) <= room
    };
    let chosen = title.text.forms().find_map(|form| {
        let right = rights.iter().find(|right| fits(form, right))?;
        Some((Cow::Borrowed(form), right.as_slice()))
    });
    let alone = || (text::fit(title.text, room.saturating_sub(around)), [].as_slice());
    let (form, right) = chosen.unwrap_or_else(alone);
    let style = if title.focused {
        canvas.tone(Tone::Accent).add_modifier(Modifier::BOLD)
    } else {
        canvas.tone(Tone::Strong)
    };
    let mut x = canvas.put(start, 0, " ", style);
    if title.focused {
        canvas.glyph(x, 0, CHOSEN, style);
        x = canvas.put(x + 1, 0, " ", style);
    }
    x = canvas.put(x, 0, &form, style);
    let free = [canvas.put(x, 0, " ", style), end.saturating_sub(right_width(right))];
    let mut x = free[1];
    if !right.is_empty() {
        x = canvas.put(x, 0, " ", style);
    }
    for (i, (text, tone)) in right.iter().enumerate() {
        if i > 0 {
            x = canvas.put(x, 0, BETWEEN, canvas.tone(Tone::Dim));
        }
        x = canvas.put(x, 0, text, canvas.tone(*tone));
        canvas.put(x, 0, " ", style);
    }
    free
}

const BETWEEN: &str = " · ";

/// What may stand at the right, the fullest first: all badges, then without the first of them,
/// down to the last one, which is the most important; or the forms of the note.
fn rights<'t>(title: &Title<'t>) -> Vec<Vec<Piece<'t, Tone>>> {
    let badges = title.badges.iter().map(|badge| (badge.text.as_str(), badge.tone));
    let badges: Vec<_> = badges.collect();
    let mut rights: Vec<_> = (0..badges.len()).map(|from| badges[from..].to_vec()).collect();
    if let Some(note) = title.note {
        let written = |form: &'t str| match form {
            "" => Vec::new(),
            form => vec![(form, Tone::Dim)],
        };
        rights.extend(note.forms().map(written));
    } else if badges.is_empty() {
        rights.push(Vec::new());
    }
    rights
}

/// Columns of the texts with what is between them and a blank on each side; 0 for none.
fn right_width(right: &[Piece<'_, Tone>]) -> u16 {
    let texts =
        right.iter().map(|(text, _)| text::width(text).saturating_add(text::width(BETWEEN)));
    let sum = texts.fold(0, u16::saturating_add);
    if sum == 0 { 0 } else { sum - text::width(BETWEEN) + 2 }
}
