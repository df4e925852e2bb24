//! A rectangle to draw on, in its own coordinates.
//!
//! It may be taller than what shows of it: that is how scrolling works. Everything
//! outside of the window is dropped here, so nothing that draws needs to check.
//!
//! Must not know: what is drawn.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::hits::Hit;
use super::text::{self, Piece, printable};
use super::theme::Theme;
use crate::scene::{Span, Tone};

/// Marks that may combine with one character; more is an attack on the cell.
const MARKS: usize = 3;

#[derive(Debug)]
pub struct Canvas<'a> {
    buf: &'a mut Buffer,
    zones: &'a mut Vec<(Rect, Hit)>,
    pub theme: &'a Theme,
    /// The pane that this belongs to.
    pub pane: usize,
    pub width: u16,
    pub height: u16,
    /// Where its corner lies on the screen; above the window while scrolled.
    left: u16,
    top: i32,
    window: Rect,
}

impl<'a> Canvas<'a> {
    pub fn new(buf: &'a mut Buffer, zones: &'a mut Vec<(Rect, Hit)>, theme: &'a Theme) -> Self {
        let window = buf.area;
        Self {
            buf,
            zones,
            theme,
            pane: 0,
            width: window.width,
            height: window.height,
            left: window.x,
            top: i32::from(window.y),
            window,
        }
    }

    /// A part of it, cut at its edges.
    pub fn part(&mut self, x: u16, y: u16, width: u16, height: u16) -> Canvas<'_> {
        let x = x.min(self.width);
        let width = width.min(self.width - x);
        let top = self.top + i32::from(y);
        let left = self.left.saturating_add(x);
        let height = height.min(self.height.saturating_sub(y));
        let window = self.shown(left, top, width, height);
        Canvas {
            zones: self.zones,
            buf: self.buf,
            theme: self.theme,
            pane: self.pane,
            width,
            height,
            left,
            top,
            window,
        }
    }

    /// A canvas as tall as `height` seen through this one, scrolled down by `scroll` lines.
    pub fn scrolled(&mut self, height: u16, scroll: u16) -> Canvas<'_> {
        Canvas {
            zones: self.zones,
            buf: self.buf,
            theme: self.theme,
            pane: self.pane,
            width: self.width,
            height,
            left: self.left,
            top: self.top - i32::from(scroll),
            window: self.window,
        }
    }

    pub fn tone(&self, tone: Tone) -> Style {
        self.theme.tone(tone)
    }

    /// Draws text until the right edge and returns the column after its end.
    pub fn put(&mut self, x: u16, y: u16, text: &str, style: Style) -> u16 {
        let Some(row) = self.row(y) else {
            return x.saturating_add(text::width(text)).min(self.width);
        };
        let mut x = x;
        let mut marks = 0;
        for (c, width) in text.chars().filter_map(printable) {
            if width == 0 {
                marks += 1;
                if marks <= MARKS {
                    self.combine(x, row, c);
                }
                continue;
            }
            marks = 0;
            if x.saturating_add(width) > self.width {
                break;
            }
            self.cell(x, row, c, style);
            if width > 1 {
                self.cell(x + 1, row, ' ', style);
            }
            x += width;
        }
        x
    }

    /// Draws text into `columns` columns, with an ellipsis if it is longer.
    pub fn fit(&mut self, x: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
        let columns = columns.min(self.width.saturating_sub(x));
        self.put(x, y, &text::cut(text, columns), style)
    }

    /// Draws text so that it ends before column `end`.
    pub fn right(&mut self, end: u16, y: u16, text: &str, style: Style) -> u16 {
        let start = end.min(self.width).saturating_sub(text::width(text));
        self.put(start, y, text, style);
        start
    }

    /// Draws spans into `columns` columns, with an ellipsis where they are cut.
    pub fn spans(&mut self, x: u16, y: u16, columns: u16, spans: &[Span]) -> u16 {
        let end = x.saturating_add(columns).min(self.width);
        let mut x = x;
        for (i, span) in spans.iter().enumerate() {
            let style = self.theme.tone(span.tone);
            let room = end.saturating_sub(x);
            let more = spans[i + 1..].iter().any(|span| !span.text.is_empty());
            if more && text::width(&span.text) == room && room > 0 {
                // It fits exactly, but something follows that does not.
                let keep = &span.text[..text::split_at(&span.text, room - 1)];
                x = self.put(x, y, keep, style);
                return self.put(x, y, "…", style);
            }
            x = self.fit(x, y, room, &span.text, style);
            if x >= end {
                break;
            }
        }
        x
    }

    pub fn pieces(&mut self, x: u16, y: u16, pieces: &[Piece<'_, Tone>]) -> u16 {
        pieces.iter().fold(x, |x, (text, tone)| {
            let style = self.theme.tone(*tone);
            self.put(x, y, text, style)
        })
    }

    /// One character, one column wide.
    pub fn glyph(&mut self, x: u16, y: u16, c: char, style: Style) {
        if let Some(row) = self.row(y)
            && x < self.width
        {
            self.cell(x, row, c, style);
        }
    }

    /// Draws one character `columns` times.
    pub fn fill(&mut self, x: u16, y: u16, columns: u16, c: char, style: Style) {
        let end = x.saturating_add(columns).min(self.width);
        for x in x..end {
            self.glyph(x, y, c, style);
        }
    }

    /// Lays a style over what stands there; `style`'s colours win.
    pub fn tint(&mut self, x: u16, y: u16, columns: u16, style: Style) {
        let Some(row) = self.row(y) else { return };
        for x in x..x.saturating_add(columns).min(self.width) {
            if let Some(cell) = self.buf.cell_mut((self.left.saturating_add(x), row)) {
                cell.set_style(style);
            }
        }
    }

    /// Empties it all, so that something can lie on top.
    pub fn clear(&mut self) {
        let base = self.theme.base;
        for y in self.window.top()..self.window.bottom() {
            self.split_wide(y);
            for x in self.window.left()..self.window.right() {
                if let Some(cell) = self.buf.cell_mut((x, y)) {
                    cell.reset();
                    cell.set_style(base);
                }
            }
        }
    }

    /// Takes the colour out of everything, so that what lies on top stands out.
    pub fn dim_all(&mut self) {
        let dim = self.tone(Tone::Dim);
        let (fg, bg) = (dim.fg, self.theme.base.bg);
        for y in self.window.top()..self.window.bottom() {
            for x in self.window.left()..self.window.right() {
                if let Some(cell) = self.buf.cell_mut((x, y)) {
                    cell.modifier = dim.add_modifier & Modifier::DIM;
                    cell.fg = fg.unwrap_or(cell.fg);
                    cell.bg = bg.unwrap_or(cell.bg);
                }
            }
        }
    }

    /// Registers what a click on this area means.
    pub fn zone(&mut self, x: u16, y: u16, columns: u16, rows: u16, hit: Hit) {
        let left = self.left.saturating_add(x.min(self.width));
        let columns = columns.min(self.width.saturating_sub(x));
        let area = self.shown(left, self.top + i32::from(y), columns, rows);
        if !area.is_empty() {
            self.zones.push((area, hit));
        }
    }

    /// Where a place lies on the screen, if it shows.
    pub fn place(&self, x: u16, y: u16) -> Option<(u16, u16)> {
        let row = self.row(y)?;
        (x < self.width).then_some((self.left.saturating_add(x), row))
    }

    /// The row of the screen that a line of the canvas falls on, if it shows.
    fn row(&self, y: u16) -> Option<u16> {
        if y >= self.height {
            return None;
        }
        let row = u16::try_from(self.top + i32::from(y)).ok()?;
        (self.window.top()..self.window.bottom()).contains(&row).then_some(row)
    }

    /// What shows of an area that may begin above the window.
    fn shown(&self, left: u16, top: i32, width: u16, height: u16) -> Rect {
        let bottom = top + i32::from(height);
        let top = top.max(i32::from(self.window.top()));
        let bottom = bottom.min(i32::from(self.window.bottom())).max(top);
        let clip = |row: i32| u16::try_from(row).unwrap_or(0);
        Rect { x: left, y: clip(top), width, height: clip(bottom) - clip(top) }
            .intersection(self.window)
    }

    fn cell(&mut self, x: u16, row: u16, c: char, style: Style) {
        if let Some(cell) = self.buf.cell_mut((self.left.saturating_add(x), row)) {
            cell.set_char(c);
            cell.modifier = style.add_modifier;
            if let Some(fg) = style.fg {
                cell.fg = fg;
            }
            if let Some(bg) = style.bg {
                cell.bg = bg;
            }
        }
    }

    /// Adds a combining mark to the character that ends before column `x`.
    fn combine(&mut self, x: u16, row: u16, mark: char) {
        let Some(before) = x.checked_sub(1) else {
            return;
        };
        let at = |x: u16| (self.left.saturating_add(x), row);
        let mut place = at(before);
        // The second half of a wide character is blank.
        if let Some(wide) = before.checked_sub(1)
            && self.buf.cell(at(wide)).is_some_and(|c| text::width(c.symbol()) == 2)
        {
            place = at(wide);
        }
        if let Some(cell) = self.buf.cell_mut(place)
            && cell.symbol() != " "
        {
            let joined = format!("{}{mark}", cell.symbol());
            cell.set_symbol(&joined);
        }
    }

    /// A wide character that reaches into the window from the left would hide its first column.
    fn split_wide(&mut self, y: u16) {
        if let Some(x) = self.window.left().checked_sub(1)
            && let Some(cell) = self.buf.cell_mut((x, y))
            && text::width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
}
