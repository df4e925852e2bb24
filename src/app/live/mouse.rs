//! What the mouse does. Everything that it can do, keys can do too, so this module only maps
//! clicks to the same functions. What lies where comes from the last frame
//! ([`crate::ui::Hits`]), so it is what the user has seen.

use std::time::{Duration, Instant};

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::actions::{AppEffect, accept, close, press, press_row, show_screen};
use super::overlay::Overlay;
use super::panels;
use super::scroll::{scroll, scroll_pane, scroll_panel};
use super::state::{App, CurrentScreen, Drag};
use super::time;
use crate::scene::Press;
use crate::ui::Hit;

/// Lines that a notch of the wheel scrolls.
const NOTCH: i32 = 3;
/// Two clicks on the same place within this time are a double click.
const DOUBLE: Duration = Duration::from_millis(400);

/// Handles a report of the mouse. Returns what the loop has to do, as for a key. Buttons other
/// than the left one do nothing: terminals use them for selection and paste.
pub fn take(app: &mut App, event: MouseEvent, now: Instant) -> Option<AppEffect> {
    let (x, y) = (event.column, event.row);
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => return click(app, x, y, now),
        MouseEventKind::Drag(MouseButton::Left) => drag(app, x, y),
        MouseEventKind::Up(_) => app.drag = None,
        MouseEventKind::ScrollUp => wheel(app, event, -NOTCH),
        MouseEventKind::ScrollDown => wheel(app, event, NOTCH),
        _ => {}
    }
    None
}

/// Does what a click at this cell means; nothing where the last frame put nothing. A click
/// counts when the button goes down, so that a drag can begin with it.
fn click(app: &mut App, x: u16, y: u16, now: Instant) -> Option<AppEffect> {
    let hit = app.hits.at(x, y)?.clone();
    let last = app.clicked.replace((now, hit.clone()));
    let twice = last.is_some_and(|(at, before)| before == hit && now < at + DOUBLE);
    if twice {
        // A third one begins again.
        app.clicked = None;
    }
    match hit {
        Hit::Tab(at) => show_screen(app, at, now),
        Hit::Pane(pane) | Hit::Lanes { pane, .. }
            if twice && app.at == CurrentScreen::Dashboard =>
        {
            show_screen(app, pane + 1, now);
        }
        Hit::Pane(pane) => focus(app, pane),
        Hit::Panel(panel) => choose(app, panel, twice),
        Hit::Row { panel, row } => match panels::press_of(app, panel, row) {
            Some(press) => {
                choose(app, panel, false);
                return press_row(app, press, now);
            }
            None => choose(app, panel, twice),
        },
        Hit::Moment(at) => time::seek(app, at),
        Hit::LabKey(name) => return press_row(app, Press::Key(name), now),
        // A key in the footer is pressed by its name.
        Hit::Key(name) => return press(app, name.parse().ok()?, now),
        Hit::Lanes { pane, per_column } => {
            focus(app, pane);
            if let Some(panel) = app.hits.panel_at(x, y) {
                choose(app, panel, twice);
            }
            app.drag = Some(Drag { x, per_column });
        }
        Hit::Item(at) => {
            match &mut app.overlay {
                Some(Overlay::Menu(menu)) => menu.selected = at,
                Some(Overlay::Help(help)) => help.selected = at,
                _ => return None,
            }
            return accept(app, now);
        }
        // A click beside a window closes it; one inside it does nothing.
        Hit::Beside => close(app),
        Hit::Overlay => {}
    }
    None
}

/// Gives the keyboard to a panel; the second click of two gives it the whole screen.
fn choose(app: &mut App, panel: usize, twice: bool) {
    panels::choose(app, panel);
    if twice {
        panels::zoom(app);
    }
}

fn focus(app: &mut App, pane: usize) {
    if app.at == CurrentScreen::Dashboard && pane < app.panes() {
        app.focus = pane;
    }
}

/// Moves the timeline with the pointer: dragged to the right, it shows earlier times. Only the
/// movement since the last report counts, so a drag that leaves the timeline goes on. The line
/// of time below the view follows the pointer itself.
fn drag(app: &mut App, x: u16, y: u16) {
    if let Some(Hit::Moment(at)) = app.hits.at(x, y) {
        return time::seek(app, *at);
    }
    if let Some(held) = app.drag {
        let columns = i64::from(held.x) - i64::from(x);
        let per_column = i64::try_from(held.per_column).unwrap_or(i64::MAX);
        time::pan(app, columns.saturating_mul(per_column));
        app.drag = Some(Drag { x, ..held });
    }
}

/// Scrolls what is under the pointer, or the overlay if there is one.
fn wheel(app: &mut App, event: MouseEvent, by: i32) {
    let (x, y) = (event.column, event.row);
    if app.overlay.is_some() {
        return scroll(app, by);
    }
    match (app.hits.panel_at(x, y), app.hits.pane_at(x, y)) {
        (Some(panel), _) => scroll_panel(app, panel, by),
        (None, Some(pane)) => scroll_pane(app, pane, by),
        (None, None) => scroll(app, by),
    }
}
