//! Looking back: which interval of time the timeline and the story of a lab show.
//!
//! A view has an end (`until`, `None` while it follows the clock) and a length (`span`). Moving
//! by keys refers to the interval that the last frame showed, so a step is in proportion to
//! what the user sees. Only a lab on the whole screen can look back.

use super::state::{App, CurrentScreen};
use crate::lab::{PlaybackCommand, Run, ViewOptions};
use crate::scene::{Body, LaneChart, Scene, View};

/// Limits of the length of the interval, in ns: a microsecond and an hour.
const SHORTEST: u64 = 1_000;
const LONGEST: u64 = 3_600_000_000_000;

/// Moves a quarter of the shown interval, back (-1) or forward (1); in a recording, a twentieth
/// of the run.
pub fn shift(app: &mut App, by: i64) {
    let playback = app.chosen().and_then(|slot| slot.run()?.playback());
    if let Some(playback) = playback.filter(|_| app.replays()) {
        let part = i64::try_from(playback.length / 20).unwrap_or(i64::MAX);
        return app.play(PlaybackCommand::Move(part.saturating_mul(by)));
    }
    let quarter = shown(app).map_or(1, |chart| chart.to.saturating_sub(chart.from) / 4);
    let by = i64::try_from(quarter).unwrap_or(i64::MAX).saturating_mul(by);
    pan(app, by);
}

/// Moves the end of the shown interval by `by` ns. Once it reaches the present, the view
/// follows the clock again: an end that stands still a moment before now is of no use. A
/// recording is moved itself, since all of its past can be shown.
pub fn pan(app: &mut App, by: i64) {
    if app.replays() {
        return app.play(PlaybackCommand::Move(by));
    }
    let now = moment(app);
    change(app, |look| {
        let until = look.until.unwrap_or(now).saturating_add_signed(by);
        look.until = (until < now).then_some(until);
    });
}

/// Shows the beginning of the run: an interval of the same length that ends at that length, so
/// that its beginning is 0.
pub fn oldest(app: &mut App) {
    if app.replays() {
        return app.play(PlaybackCommand::Seek(0));
    }
    if let Some(chart) = shown(app) {
        let span = chart.to.saturating_sub(chart.from);
        change(app, |look| look.until = Some(span));
    }
}

/// Follows the clock again, with the story at its end.
pub fn newest(app: &mut App) {
    if app.replays() {
        app.play(PlaybackCommand::Seek(u64::MAX));
    }
    change(app, |look| {
        look.until = None;
        look.story_back = 0;
    });
}

/// Halves the shown interval (`closer`) or doubles it, within its limits. The end stays where
/// it is, so that the present stays in view.
pub fn zoom(app: &mut App, closer: bool) {
    if let Some(chart) = shown(app) {
        let span = chart.to.saturating_sub(chart.from);
        let span = if closer { span / 2 } else { span.saturating_mul(2) };
        change(app, |look| look.span = span.clamp(SHORTEST, LONGEST));
    }
}

/// The time that counts as now, in ns since the run began: that of the freeze if there is one,
/// else that of the chosen run; 0 without a run.
pub fn moment(app: &App) -> u64 {
    let frozen = app.frozen.as_ref().and_then(|frozen| frozen.at.first());
    frozen.copied().unwrap_or_else(|| {
        let run = app.chosen().and_then(|slot| slot.run());
        run.map_or(0, Run::now)
    })
}

/// Changes the view of the lab on the screen; nothing on the dashboard, whose panes always
/// follow the clock.
fn change(app: &mut App, change: impl FnOnce(&mut ViewOptions)) {
    if matches!(app.at, CurrentScreen::Lab(_))
        && let Some(slot) = app.chosen_mut()
    {
        change(&mut slot.look);
    }
}

fn shown(app: &App) -> Option<&LaneChart> {
    match &app.last {
        View::Single(pane) => lanes(&pane.scene),
        View::Dashboard(_) => None,
    }
}

/// The last timeline of a scene, if it has several.
fn lanes(scene: &Scene) -> Option<&LaneChart> {
    let panels = scene.rows.iter().flat_map(|row| &row.panels);
    panels
        .filter_map(|panel| match &panel.body {
            Body::Lanes(chart) => Some(chart),
            _ => None,
        })
        .next_back()
}
