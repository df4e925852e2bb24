//! Drawing: a pure function from a [`Screen`] to the cells of a terminal.
//!
//! ```text
//!   ┌─────────────────────────────────────┐
//!   │ header: name, tabs          badges  │  1 line            chrome
//!   │ guide: the question, what to try    │  1 line, from 12   guide
//!   │ view: one pane, or the dashboard    │  the rest          dashboard, pane, body
//!   │   (help, lesson or menu over it)    │                    overlay, help, window
//!   │ notice, or a prompt in its place    │  1 line, from 7    chrome, overlay
//!   │ footer: keys                        │  1 line            chrome
//!   └─────────────────────────────────────┘
//! ```
//!
//! Everything that is shown is in the screen, everything about how it looks is in the
//! [`Theme`]. Nothing is remembered from frame to frame, so the same screen always gives the
//! same picture: tests compare pictures, and a picture can be saved without a terminal. What a
//! click on a place means comes back as [`Hits`]. The layout follows from the area of the frame
//! alone, at any size.
//!
//! All drawing code uses one set of glyphs. For a terminal without them the finished picture is
//! translated to ASCII, in one place.

mod ascii;
mod body;
mod canvas;
mod captions;
mod chrome;
mod dashboard;
mod digits;
mod frame;
mod glyph;
mod guide;
mod help;
mod hits;
mod layout;
mod look;
mod markdown;
mod overlay;
mod palette;
mod pane;
mod panel;
#[cfg(test)]
pub(crate) mod probe;
mod rows;
#[cfg(test)]
mod tests;
mod text;
mod theme;
mod time;
mod window;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub use hits::{Hit, Hits, PanelPlace};
pub use look::Look;
pub use theme::{Charset, ColorDepth, Theme, ThemeName, UnknownTheme};

use crate::scene::{Overlay, Screen, Tone};
use canvas::Canvas;

/// Columns and rows. On a smaller screen there is no room for a picture and the keys that lead
/// out of it, so a message is shown instead.
const SMALLEST: (u16, u16) = (20, 5);
/// From this height on, a line is kept for notices. A lower screen needs it for the picture;
/// notices are not shown there.
const NOTICE_FROM: u16 = 7;
/// The same for the question of the screen.
const GUIDE_FROM: u16 = 12;

/// Draws a screen over the whole frame and places the cursor of a prompt, if there is one.
/// Returns what lies where, for the clicks that follow.
pub fn draw(frame: &mut Frame<'_>, screen: &Screen, theme: &Theme) -> Hits {
    let hits = paint(frame.buffer_mut(), screen, theme);
    if let Some(cursor) = hits.cursor() {
        frame.set_cursor_position(cursor);
    }
    hits
}

/// Draws a screen of any size into a buffer of its own, for saved pictures and for tests. The
/// same drawing as on the terminal, without the terminal; where clicks lead is dropped.
pub fn to_buffer(screen: &Screen, theme: &Theme, width: u16, height: u16) -> Buffer {
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    paint(&mut buf, screen, theme);
    buf
}

/// What drawing on a terminal and into a buffer have in common: the base style under
/// everything, the parts of the screen or the message that it is too small, and at last the
/// translation to ASCII.
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
    // Last, so that nothing that is drawn can be forgotten.
    if theme.charset() == Charset::Ascii {
        ascii::translate(buf);
    }
    hits
}

fn whole(canvas: &mut Canvas<'_>, screen: &Screen, hits: &mut Hits) {
    let (width, height) = (canvas.width, canvas.height);
    // One line each goes to header and footer; the rest is the view.
    let notices = u16::from(height >= NOTICE_FROM);
    let guide = screen.guide.as_ref().filter(|_| height >= GUIDE_FROM);
    let top = 1 + u16::from(guide.is_some());
    let room = height - 1 - top - notices;
    chrome::header(&mut canvas.part(0, 0, width, 1), &screen.tabs, &screen.badges);
    if let Some(guide) = guide {
        guide::draw(&mut canvas.part(0, 1, width, 1), guide);
    }
    let mut view = canvas.part(0, top, width, room);
    dashboard::draw(&mut view, &screen.view, hits);
    // Drawn after the view and before the overlay, which leaves the footer visible: its keys
    // are those that work in the overlay.
    chrome::footer(&mut canvas.part(0, height - 1, width, 1), &screen.footer);
    if notices > 0 {
        let mut line = canvas.part(0, height - 2, width, 1);
        chrome::notice(&mut line, screen.notice.as_ref(), screen.playhead.as_ref());
    }
    // After all others, so that its zones for clicks lie on top.
    let Some(overlay) = &screen.overlay else {
        return;
    };
    let drawn = if let Overlay::Prompt { label, text, hint } = overlay {
        overlay::prompt(&mut canvas.part(0, height - 2, width, 1), label, text, hint)
    } else {
        overlay::draw(&mut canvas.part(0, top, width, room), overlay)
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
