//! Drawing: a pure function from a [`Screen`] to the cells of a terminal.
//!
//! Everything that shows is in the screen, everything about how it looks is in the
//! [`Theme`]; nothing is remembered from frame to frame, so the same screen always
//! gives the same picture. What a click on a place means comes back as [`Hits`].
//! Layout follows from the frame's own area alone, at any size.
//!
//! The whole drawing uses one set of glyphs; a terminal without them gets a
//! translation at the very end, in one place.
//!
//! Must not know: labs, threads, channels, clocks, the terminal itself.

mod ascii;
mod body;
mod canvas;
mod chrome;
mod dashboard;
mod frame;
mod glyph;
mod help;
mod hits;
mod layout;
mod look;
mod markdown;
mod overlay;
mod palette;
mod pane;
#[cfg(test)]
mod tests;
mod text;
mod theme;
mod time;
mod window;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub use hits::{Hit, Hits};
pub use look::Look;
pub use theme::{Charset, ColorDepth, Theme, ThemeName, UnknownTheme};

use crate::scene::{Overlay, Screen, Tone};
use canvas::Canvas;

/// Below this there is no room for a picture and its way out.
const SMALLEST: (u16, u16) = (20, 5);
/// From this height on, a line is kept for notices.
const NOTICE_FROM: u16 = 7;

/// Draws a screen over the whole frame and places the cursor of a prompt.
pub fn draw(frame: &mut Frame<'_>, screen: &Screen, theme: &Theme) -> Hits {
    let hits = paint(frame.buffer_mut(), screen, theme);
    if let Some(cursor) = hits.cursor() {
        frame.set_cursor_position(cursor);
    }
    hits
}

/// Draws a screen of any size, for pictures and tests.
pub fn to_buffer(screen: &Screen, theme: &Theme, width: u16, height: u16) -> Buffer {
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    paint(&mut buf, screen, theme);
    buf
}

fn paint(buf: &mut Buffer, screen: &Screen, theme: &Theme) -> Hits {
    buf.set_style(buf.area, theme.base);
    let mut hits = Hits::default();
    let mut zones = Vec::new();
    let mut canvas = Canvas::new(buf, &mut zones, theme);
    if canvas.width < SMALLEST.0 || canvas.height < SMALLEST.1 {
        too_small(&mut canvas);
    } else {
        whole(&mut canvas, screen, &mut hits);
    }
    hits.zones = zones;
    if theme.charset() == Charset::Ascii {
        ascii::translate(buf);
    }
    hits
}

/// Header, view, notice, footer.
fn whole(canvas: &mut Canvas<'_>, screen: &Screen, hits: &mut Hits) {
    let (width, height) = (canvas.width, canvas.height);
    let notices = u16::from(height >= NOTICE_FROM);
    let room = height - 2 - notices;
    chrome::header(&mut canvas.part(0, 0, width, 1), &screen.tabs, &screen.badges);
    let mut view = canvas.part(0, 1, width, room);
    hits.pane_limits = dashboard::draw(&mut view, &screen.view);
    chrome::footer(&mut canvas.part(0, height - 1, width, 1), &screen.footer);
    if notices > 0 {
        let mut line = canvas.part(0, height - 2, width, 1);
        chrome::notice(&mut line, screen.notice.as_ref());
    }
    let Some(overlay) = &screen.overlay else {
        return;
    };
    let drawn = if let Overlay::Prompt { label, text, hint } = overlay {
        overlay::prompt(&mut canvas.part(0, height - 2, width, 1), label, text, hint)
    } else {
        overlay::draw(&mut canvas.part(0, 1, width, room), overlay)
    };
    hits.overlay_limit = drawn.limit;
    hits.cursor = drawn.cursor;
}

fn too_small(canvas: &mut Canvas<'_>) {
    let long = format!("too small: needs {}x{}", SMALLEST.0, SMALLEST.1);
    let line = [&long, "too small", "small"]
        .into_iter()
        .find(|text| text::width(text) <= canvas.width)
        .unwrap_or("!");
    let style = canvas.tone(Tone::Caution);
    canvas.put(0, 0, line, style);
}
