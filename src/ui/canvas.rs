//! A rectangle to draw on, in its own coordinates.
//!
//! ```text
//!    screen
//!   ┌──────────────────────────┐     A canvas may be taller than what is visible of it: `top`
//!   │      ┌───────────┐ ← top │     is then above the window (or above the screen, so it is
//!   │  ┌───┼───────────┼───┐   │     signed). `row` maps a line to the screen and gives `None`
//!   │  │   │  window   │   │   │     outside of the window: that is all of scrolling and all of
//!   │  └───┼───────────┼───┘   │     clipping.
//!   │      └───────────┘       │
//!   └──────────────────────────┘
//! ```
//!
//! Everything outside of the window is dropped here, so no code that draws has to check. Zones
//! for clicks are clipped in the same way.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::hits::Hit;
use super::text::{self, Piece, printable};
use super::theme::Theme;
use crate::scene::{Label, Span, Tone};

/// Marks that may combine with one character. A text with more is made to spill into other
/// lines or to grow a cell without end.
const MARKS: usize = 3;

/// A rectangle of the screen's buffer. A part borrows the canvas that it is a part of, so that
/// only one of them draws at a time.
#[derive(Debug)]
pub struct Canvas<'a> {
    buf: &'a mut Buffer,
    /// What clicks mean, in the coordinates of the screen; later entries lie on top of earlier
    /// ones. Shared by all parts of a drawing.
    zones: &'a mut Vec<(Rect, Hit)>,
    pub theme: &'a Theme,
    /// The pane that this belongs to, by its position; a picture that registers zones names it.
    pub pane: usize,
    /// The panel of that pane, if its rows can be clicked: then each line that a picture draws can
    /// be registered as a row of it.
    pub panel: Option<usize>,
    pub width: u16,
    pub height: u16,
    left: u16,
    /// The screen's row of the first line; above the window while scrolled, so it may be
    /// negative.
    top: i32,
    /// The part of the screen that may be drawn on, in the coordinates of the screen. Never
    /// larger than that of the canvas that this is a part of.
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
            panel: None,
            width: window.width,
            height: window.height,
            left: window.x,
            top: i32::from(window.y),
            window,
        }
    }

    /// A part of this canvas with its own coordinates from (0, 0). It is cut at the edges of
    /// this one, so a caller may ask for more than there is; it may then be empty, which all
    /// drawing has to bear.
    pub fn part(&mut self, x: u16, y: u16, width: u16, height: u16) -> Canvas<'_> {
        let x = x.min(self.width);
        let width = width.min(self.width - x);
        let top = self.top + i32::from(y);
        let left = self.left.saturating_add(x);
        let height = height.min(self.height.saturating_sub(y));
        // Clipped once here, so that drawing needs no other check.
        let window = self.shown(left, top, width, height);
        Canvas { width, height, left, top, window, ..self.reborrowed() }
    }

    /// A canvas of `height` lines that is seen through this one, scrolled down by `scroll` lines.
    /// It may be far taller than the screen; what is not seen costs no more than the calls that
    /// draw it.
    pub fn scrolled(&mut self, height: u16, scroll: u16) -> Canvas<'_> {
        let top = self.top - i32::from(scroll);
        Canvas { height, top, ..self.reborrowed() }
    }

    /// This canvas, lent to the caller.
    fn reborrowed(&mut self) -> Canvas<'_> {
        Canvas { zones: self.zones, buf: self.buf, theme: self.theme, ..*self }
    }

    /// Left, top, width and height on the screen, also of what is not visible.
    #[cfg(test)]
    pub fn area(&self) -> [i32; 4] {
        [self.left.into(), self.top, self.width.into(), self.height.into()]
    }

    pub fn tone(&self, tone: Tone) -> Style {
        self.theme.tone(tone)
    }

    /// Draws text until the right edge, without an ellipsis. Returns the column after its end,
    /// also for a line that is not visible, so that callers can go on from there.
    ///
    /// Control characters and everything that turns or hides text is replaced or left out (see
    /// [`text::printable`]): this is the only way for text to get onto the screen.
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
            // A wide character is not cut in half: it is left out.
            if x.saturating_add(width) > self.width {
                break;
            }
            self.cell(x, row, c, style);
            if width > 1 {
                // ratatui expects the second cell of a wide character to be blank, and does not
                // write it.
                self.cell(x + 1, row, ' ', style);
            }
            x += width;
        }
        x
    }

    /// Draws text into `columns` columns, with an ellipsis if it is longer. Returns the column
    /// after it, as [`Canvas::put`] does.
    pub fn fit(&mut self, x: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
        let columns = columns.min(self.width.saturating_sub(x));
        self.put(x, y, &text::cut(text, columns), style)
    }

    /// Draws the longest form of a label that fits into `columns` columns, or the shortest one cut.
    /// Returns the column after it.
    pub fn label(&mut self, x: u16, y: u16, columns: u16, label: &Label, style: Style) -> u16 {
        let columns = columns.min(self.width.saturating_sub(x));
        self.put(x, y, &text::fit(label, columns), style)
    }

    /// Draws text so that it ends before column `end`. Returns the column where it begins. A
    /// text that is too long begins at column 0.
    pub fn right(&mut self, end: u16, y: u16, text: &str, style: Style) -> u16 {
        let start = end.min(self.width).saturating_sub(text::width(text));
        self.put(start, y, text, style);
        start
    }

    /// Draws spans into `columns` columns, with an ellipsis where they are cut. Returns the
    /// column after the end.
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

    /// Draws one character that is one column wide. Neither width nor kind is checked: it is
    /// for the signs of this program, never for foreign text.
    pub fn glyph(&mut self, x: u16, y: u16, c: char, style: Style) {
        if let Some(row) = self.row(y)
            && x < self.width
        {
            self.cell(x, row, c, style);
        }
    }

    pub fn fill(&mut self, x: u16, y: u16, columns: u16, c: char, style: Style) {
        let end = x.saturating_add(columns).min(self.width);
        for x in x..end {
            self.glyph(x, y, c, style);
        }
    }

    /// Lays a style over what is drawn already; its colours replace those below, and its
    /// modifiers are added.
    pub fn tint(&mut self, x: u16, y: u16, columns: u16, style: Style) {
        let Some(row) = self.row(y) else { return };
        for x in x..x.saturating_add(columns).min(self.width) {
            if let Some(cell) = self.buf.cell_mut((self.left.saturating_add(x), row)) {
                cell.set_style(style);
            }
        }
    }

    /// Empties the visible part and gives it the base style, so that something can lie on top.
    /// Wide characters at its left edge are handled as a whole.
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

    /// Takes the colour out of everything visible, so that what lies on top stands out while
    /// the rest can still be read.
    pub fn dim_all(&mut self) {
        let dim = self.tone(Tone::Dim);
        let (fg, bg) = (dim.fg, self.theme.base.bg);
        for y in self.window.top()..self.window.bottom() {
            for x in self.window.left()..self.window.right() {
                if let Some(cell) = self.buf.cell_mut((x, y)) {
                    // Bold and reversed text would still stand out. Without colours, DIM alone
                    // says it.
                    cell.modifier = dim.add_modifier & Modifier::DIM;
                    cell.fg = fg.unwrap_or(cell.fg);
                    cell.bg = bg.unwrap_or(cell.bg);
                }
            }
        }
    }

    /// Registers what a click on this area means. What is not visible is cut off, so a click
    /// never reaches what is scrolled away.
    pub fn zone(&mut self, x: u16, y: u16, columns: u16, rows: u16, hit: Hit) {
        let left = self.left.saturating_add(x.min(self.width));
        let columns = columns.min(self.width.saturating_sub(x));
        let area = self.shown(left, self.top + i32::from(y), columns, rows);
        if !area.is_empty() {
            self.zones.push((area, hit));
        }
    }

    /// Registers that a click on this line is one on a row of the panel, if it has such. `row` is
    /// the position of the row among all, not among those in view.
    pub fn row_zone(&mut self, y: u16, row: usize) {
        if let Some(panel) = self.panel {
            self.zone(0, y, self.width, 1, Hit::Row { panel, row });
        }
    }

    /// Where a cell of the canvas lies on the screen, if it is visible. Used for the cursor,
    /// which the terminal draws by itself.
    pub fn place(&self, x: u16, y: u16) -> Option<(u16, u16)> {
        let row = self.row(y)?;
        (x < self.width).then_some((self.left.saturating_add(x), row))
    }

    /// The row of the screen that a line of the canvas falls on, if it is visible. All drawing
    /// asks here first: this is what clips in height.
    fn row(&self, y: u16) -> Option<u16> {
        if y >= self.height {
            return None;
        }
        let row = u16::try_from(self.top + i32::from(y)).ok()?;
        (self.window.top()..self.window.bottom()).contains(&row).then_some(row)
    }

    /// What is visible of an area that may begin above the window: the intersection, in numbers
    /// that may be negative until they are clipped.
    fn shown(&self, left: u16, top: i32, width: u16, height: u16) -> Rect {
        let bottom = top + i32::from(height);
        let top = top.max(i32::from(self.window.top()));
        let bottom = bottom.min(i32::from(self.window.bottom())).max(top);
        let clip = |row: i32| u16::try_from(row).unwrap_or(0);
        Rect { x: left, y: clip(top), width, height: clip(bottom) - clip(top) }
            .intersection(self.window)
    }

    /// Writes one cell. Modifiers are replaced; colours that the style leaves open stay those
    /// of the ground.
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

    /// Adds a combining mark to the character that ends before column `x`. After a blank it is
    /// left out: there is nothing that it could change.
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

    /// Blanks a wide character that begins left of the window. Its second half is about to be
    /// replaced, and a terminal would draw it over the first column of the window.
    fn split_wide(&mut self, y: u16) {
        if let Some(x) = self.window.left().checked_sub(1)
            && let Some(cell) = self.buf.cell_mut((x, y))
            && text::width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
}
