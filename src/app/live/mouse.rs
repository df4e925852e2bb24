//! What the mouse does: everything it can do, keys can do too.
//!
//! Must not know how anything is drawn; what lies where comes from the last frame.

use std::time::Instant;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::actions::{Effect, accept, close, press, scroll, scroll_pane, show_screen};
use super::overlay::Overlay;
use super::state::{App, CurrentScreen, Drag};
use super::time;
use crate::ui::Hit;

/// Lines that one notch of the wheel scrolls.
const NOTCH: i32 = 3;

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

fn click(app: &mut App, x: u16, y: u16, now: Instant) -> Option<Effect> {
    match app.hits.at(x, y)?.clone() {
        Hit::Tab(at) => show_screen(app, at, now),
        Hit::Pane(pane) => focus(app, pane),
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

/// The lanes follow the mouse: dragged to the right, they show what was before.
fn drag(app: &mut App, x: u16) {
    if let Some(held) = app.drag {
        let columns = i64::from(held.x) - i64::from(x);
        let per_column = i64::try_from(held.per_column).unwrap_or(i64::MAX);
        time::pan(app, columns.saturating_mul(per_column));
        app.drag = Some(Drag { x, ..held });
    }
}

fn wheel(app: &mut App, event: MouseEvent, by: i32) {
    match app.hits.pane_at(event.column, event.row) {
        Some(pane) if app.overlay.is_none() => scroll_pane(app, pane, by),
        _ => scroll(app, by),
    }
}
