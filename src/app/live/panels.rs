//! The panels of a lab that has the whole screen: which of them has the keyboard, which is
//! enlarged, and how far each is scrolled.
//!
//! ```text
//!            tab, a click          enter, z, a double click
//!   the lab ─────────────▶ a panel ────────────────────────▶ a panel alone
//!           ◀───────────── tab: the next one ◀────────────── tab: the next one
//!                esc                           esc
//! ```

use super::focus::{ChosenPanel, titles};
use super::position::moved;
use super::state::App;
use crate::scene::{Body, Pane, Press, View};

/// The pane of the last frame, if that shows the lab that has the whole screen now.
fn shown(app: &App) -> Option<&Pane> {
    let View::Single(pane) = &app.shown.view else { return None };
    let tab = app.shown.tabs.get(app.screen_at());
    tab.is_some_and(|tab| tab.selected).then_some(pane)
}

pub fn chosen(app: &App) -> Option<&ChosenPanel> {
    app.chosen().and_then(|slot| slot.panel.as_ref()).filter(|_| shown(app).is_some())
}

/// The panel with the output of the lab's terminal, by its number.
pub fn terminal(app: &App) -> Option<usize> {
    shown(app)?.scene.titled().position(|panel| matches!(panel.body, Body::Tail(_)))
}

/// Gives the keyboard to a panel, and scrolls the pane so that all of it shows.
pub fn choose(app: &mut App, number: usize) {
    let title =
        shown(app).and_then(|pane| titles(&pane.scene).get(number).map(|t| (*t).to_owned()));
    // Typing goes on where it is.
    app.terminal.typing &= terminal(app) == Some(number);
    let (place, room) = (app.hits.panel(number), app.hits.room());
    let (Some(title), Some(slot)) = (title, app.chosen_mut()) else {
        return;
    };
    let zoomed = slot.panel.as_ref().is_some_and(|panel| panel.zoomed);
    slot.panel = Some(ChosenPanel { number, title, zoomed });
    // Findings are always in view, and a panel alone is.
    if place.bottom > 0 {
        let last = place.bottom.saturating_sub(room);
        slot.scroll.full = slot.scroll.full.max(last).min(place.top);
    }
}

/// Gives the keyboard to the next panel, or to the one `by` further; beyond the last to the
/// first. Zoomed, the next one is, too.
pub fn next(app: &mut App, by: isize) {
    let Some(pane) = shown(app) else { return };
    let count = titles(&pane.scene).len().cast_signed();
    let now = chosen(app).and_then(|panel| panel.in_scene(&pane.scene));
    let to = match now {
        _ if count == 0 => return,
        Some(now) => (now.cast_signed() + by).rem_euclid(count),
        None if by > 0 => 0,
        None => count - 1,
    };
    choose(app, to.unsigned_abs());
}

/// Gives the chosen panel the whole screen, or takes it back. Without one, the first, which is
/// the lab's picture.
pub fn zoom(app: &mut App) {
    if chosen(app).is_none() {
        choose(app, 0);
    }
    if let Some(panel) = app.chosen_mut().and_then(|slot| slot.panel.as_mut()) {
        panel.zoomed = !panel.zoomed;
    }
}

/// What a click on a row leads to, by the last frame.
pub fn press_of(app: &App, panel: usize, row: usize) -> Option<Press> {
    let press = shown(app)?.scene.titled().nth(panel)?.presses.get(row)?.clone();
    (press != Press::Nothing).then_some(press)
}

/// Scrolls a panel by `by` lines; the story by its sentences. Returns whether it moved: one that
/// is at its end leaves the scrolling to the pane.
pub fn scroll(app: &mut App, number: usize, by: i32) -> bool {
    let is_story = shown(app)
        .and_then(|pane| pane.scene.titled().nth(number))
        .is_some_and(|panel| matches!(panel.body, Body::Log(_)));
    let limit = app.hits.panel(number).limit;
    let Some(slot) = app.chosen_mut() else { return false };
    if is_story {
        return slot.scroll_story(by);
    }
    if slot.scroll.panels.len() <= number {
        slot.scroll.panels.resize(number + 1, 0);
    }
    let scroll = &mut slot.scroll.panels[number];
    let before = (*scroll).min(limit);
    *scroll = moved(before, by, limit);
    *scroll != before
}

/// The number of the panel that has the keyboard.
pub fn focused(app: &App) -> Option<usize> {
    let pane = shown(app)?;
    chosen(app)?.in_scene(&pane.scene)
}

pub fn zoomed(app: &App) -> bool {
    focused(app).is_some() && chosen(app).is_some_and(|panel| panel.zoomed)
}

/// Whether that panel has more than it shows, so that up and down are for it.
pub fn scrolls(app: &App) -> bool {
    let (Some(pane), Some(number)) = (shown(app), focused(app)) else {
        return false;
    };
    let panel = pane.scene.titled().nth(number);
    app.hits.panel(number).limit > 0
        || panel.is_some_and(|panel| matches!(panel.body, Body::Log(_)))
}
