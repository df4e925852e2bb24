//! Where `esc` leads in a lab: one step back, and never to the end of a run. The table of keys
//! shows the key as long as there is such a step.
//!
//! ```text
//! a panel alone ─▶ all panels ─▶ now, from the past ─▶ all lanes, from a filter
//!               ─▶ the lab, from its chosen panel ─▶ the dashboard, if that shows this lab
//! ```

use std::time::Instant;

use super::state::{App, CurrentScreen};
use super::time;
use crate::scene::Tone;

/// What the next step back leads to, in the order in which the steps are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BackTo {
    AllPanels,
    Now,
    AllLanes,
    Lab,
    /// Only from a lab that the dashboard shows, too: its run goes on there.
    Dashboard,
}

fn back_to(app: &App) -> Option<BackTo> {
    let slot = app.chosen();
    let panel = slot.and_then(|slot| slot.panel.as_ref());
    match () {
        () if panel.is_some_and(|panel| panel.zoomed) => Some(BackTo::AllPanels),
        () if app.looks_back() => Some(BackTo::Now),
        () if slot.is_some_and(|slot| !slot.view.filter.is_empty()) => Some(BackTo::AllLanes),
        () if panel.is_some() => Some(BackTo::Lab),
        () if app.chosen_at() < app.panes() => Some(BackTo::Dashboard),
        () => None,
    }
}

/// Whether there is a step back.
pub fn goes_back(app: &App) -> bool {
    back_to(app).is_some()
}

/// Takes one step back. Where there is none, a notice says how to leave.
pub fn back(app: &mut App, now: Instant) {
    match (back_to(app), app.chosen_mut()) {
        (Some(BackTo::AllPanels), Some(slot)) => {
            slot.panel.iter_mut().for_each(|panel| panel.zoomed = false);
        }
        (Some(BackTo::Lab), Some(slot)) => slot.panel = None,
        (Some(BackTo::Now), _) => time::newest(app),
        (Some(BackTo::AllLanes), _) => app.set_filter(String::new()),
        (Some(BackTo::Dashboard), _) => {
            app.focus = app.chosen_at();
            app.go(CurrentScreen::Dashboard, now);
        }
        _ => app.notify("1 leads to the dashboard, and ends this run", Tone::Accent, now),
    }
}
