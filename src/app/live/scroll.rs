//! Scrolling: what lies over the view, or else the panel that has the keyboard or is under the
//! pointer, or else the pane.

use super::focus::InputContext;
use super::overlay::Overlay;
use super::panels;
use super::position::moved;
use super::state::{App, CurrentScreen};

/// Scrolls the overlay, or else the view, by `by` lines; down is positive. In a menu it moves
/// the choice by one item.
pub fn scroll(app: &mut App, by: i32) {
    let limit = app.hits.overlay_limit();
    match &mut app.overlay {
        Some(Overlay::Lesson { scroll, .. } | Overlay::Answer { scroll }) => {
            *scroll = moved(*scroll, by, limit);
        }
        Some(Overlay::Help(help)) => help.go(isize::try_from(by).unwrap_or(0)),
        Some(Overlay::Menu(menu)) => menu.go(if by < 0 { -1 } else { 1 }),
        Some(Overlay::Prompt(_)) => {}
        None => {
            if let Some(panel) = panels::focused(app) {
                return scroll_panel(app, panel, by);
            }
            let pane = if app.view_context() == InputContext::Lab { 0 } else { app.focus };
            scroll_pane(app, pane, by);
        }
    }
}

/// Scrolls a panel of the lab on the screen, and once it is at its end the lab.
pub fn scroll_panel(app: &mut App, panel: usize, by: i32) {
    if !panels::scroll(app, panel, by) {
        scroll_pane(app, 0, by);
    }
}

/// Scrolls a pane by `by` lines. A lab on the whole screen that is shown completely scrolls its
/// story instead.
pub fn scroll_pane(app: &mut App, pane: usize, by: i32) {
    let limit = app.hits.pane_limit(pane);
    let lab = app.visible().start + pane;
    let single = matches!(app.at, CurrentScreen::Lab(_));
    let Some(slot) = app.slots.get_mut(lab) else {
        return;
    };
    if !single {
        slot.scroll.compact = moved(slot.scroll.compact, by, limit);
    } else if limit > 0 {
        slot.scroll.full = moved(slot.scroll.full, by, limit);
    } else {
        slot.scroll_story(by);
    }
}
