//! Looking back: which interval of time the lanes and the story show.
//!
//! Must not know how it is drawn.

use super::state::{App, CurrentScreen};
use crate::lab::{Run, ViewOptions};
use crate::scene::{Body, LaneChart, Scene, View};

/// Intervals of time that the lanes can show, in ns.
const SHORTEST: u64 = 1_000;
const LONGEST: u64 = 3_600_000_000_000;

/// A quarter of what shows, back (-1) or forward (1).
pub fn shift(app: &mut App, by: i64) {
    let quarter = shown(app).map_or(1, |chart| chart.to.saturating_sub(chart.from) / 4);
    let by = i64::try_from(quarter).unwrap_or(i64::MAX).saturating_mul(by);
    pan(app, by);
}

/// Moves the end of the shown interval by `by` ns, at most to now.
pub fn pan(app: &mut App, by: i64) {
    let now = moment(app);
    change(app, |look| {
        let until = look.until.unwrap_or(now).saturating_add_signed(by);
        look.until = (until < now).then_some(until);
    });
}

pub fn oldest(app: &mut App) {
    if let Some(chart) = shown(app) {
        let span = chart.to.saturating_sub(chart.from);
        change(app, |look| look.until = Some(span));
    }
}

pub fn newest(app: &mut App) {
    change(app, |look| {
        look.until = None;
        look.story_back = 0;
    });
}

/// Half or double the interval.
pub fn zoom(app: &mut App, closer: bool) {
    if let Some(chart) = shown(app) {
        let span = chart.to.saturating_sub(chart.from);
        let span = if closer { span / 2 } else { span.saturating_mul(2) };
        change(app, |look| look.span = span.clamp(SHORTEST, LONGEST));
    }
}

/// The moment that is now in the picture: the run's, or that of the freeze.
pub fn moment(app: &App) -> u64 {
    let frozen = app.frozen.as_ref().and_then(|frozen| frozen.at.first());
    frozen.copied().unwrap_or_else(|| {
        let run = app.chosen().and_then(|slot| slot.run());
        run.map_or(0, Run::now)
    })
}

fn change(app: &mut App, change: impl FnOnce(&mut ViewOptions)) {
    if matches!(app.at, CurrentScreen::Lab(_))
        && let Some(slot) = app.chosen_mut()
    {
        change(&mut slot.look);
    }
}

/// The lanes of the last frame.
fn shown(app: &App) -> Option<&LaneChart> {
    match &app.last {
        View::Single(pane) => lanes(&pane.scene),
        View::Dashboard(_) => None,
    }
}

fn lanes(scene: &Scene) -> Option<&LaneChart> {
    let panels = scene.rows.iter().flat_map(|row| &row.panels);
    panels
        .filter_map(|panel| match &panel.body {
            Body::Lanes(chart) => Some(chart),
            _ => None,
        })
        .next_back()
}
