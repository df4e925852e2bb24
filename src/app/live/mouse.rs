//! What the mouse does. Everything that it can do, keys can do too, so this module only maps
//! clicks to the same functions. What lies where comes from the last frame
//! ([`crate::ui::Hits`]), so it is what the user has seen.

use std::time::Instant;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::actions::{Effect, accept, close, press, scroll, scroll_pane, show_screen};
use super::overlay::Overlay;
use super::state::{App, CurrentScreen, Drag};
use super::time;
use crate::ui::Hit;

const NOTCH: i32 = 3;

/// Handles a report of the mouse. Returns what the loop has to do, as for a key. Buttons other
/// than the left one do nothing: terminals use them for selection and paste.
pub fn take(app: &mut App, event: MouseEvent, now: Instant) -> Option<Effect> {
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => return click(app, event.column, event.row, now),
        MouseEventKind::Drag(MouseButton::Left) => drag(app, event.column),
        MouseEventKind::Up(_) => app.drag = None,
        MouseEventKind::ScrollUp => wheel(app, event, -NOTCH),
        MouseEventKind::ScrollDown => wheel(app, event, NOTCH),
        _ => {}
    }
    None
}

/// Does what a click at this cell means; nothing where the last frame put nothing. A click
/// counts when the button goes down, so that a drag can begin with it.
fn click(app: &mut App, x: u16, y: u16, now: Instant) -> Option<Effect> {
    match app.hits.at(x, y)?.clone() {
        Hit::Tab(at) => show_screen(app, at, now),
        Hit::Pane(pane) => focus(app, pane),
        // A key in the footer is pressed by its name.
        Hit::Key(name) => return press(app, name.parse().ok()?, now),
        Hit::Lanes { pane, per_column } => {
            focus(app, pane);
            app.drag = Some(Drag { x, per_column });
        }
        Hit::Item(at) => {
            if let Some(Overlay::Menu(menu)) = &mut app.overlay {
                menu.selected = at;
                return accept(app);
            }
        }
        // A click beside a window closes it; one inside it does nothing.
        Hit::Beside => close(app),
        Hit::Overlay => {}
    }
    None
}

fn focus(app: &mut App, pane: usize) {
    if app.at == CurrentScreen::Dashboard && pane < app.panes() {
        app.focus = pane;
    }
}

/// Moves the timeline with the pointer: dragged to the right, it shows earlier times. Only the
/// movement since the last report counts, so a drag that leaves the timeline goes on.
fn drag(app: &mut App, x: u16) {
    if let Some(held) = app.drag {
        let columns = i64::from(held.x) - i64::from(x);
        let per_column = i64::try_from(held.per_column).unwrap_or(i64::MAX);
        time::pan(app, columns.saturating_mul(per_column));
        app.drag = Some(Drag { x, ..held });
    }
}

/// Scrolls the pane under the pointer, or the overlay if there is one.
fn wheel(app: &mut App, event: MouseEvent, by: i32) {
    match app.hits.pane_at(event.column, event.row) {
        Some(pane) if app.overlay.is_none() => scroll_pane(app, pane, by),
        _ => scroll(app, by),
    }
}
