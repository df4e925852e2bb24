//! Looking back: which moment the screen shows.
//!
//! The present has no playhead. To freeze is to put one at the present; keys and the mouse move
//! it, and everything on the screen is of its moment, while the runs go on. On the dashboard
//! its panes move together, each by the clock of its own run. A recording has the same keys,
//! and is moved itself.
//!
//! ```text
//! present    ──────────────────────────────────────▶ now      no playhead
//! frozen     ─────────────────────────────────█───── now      Earlier, Later, a drag move it
//! reaches now: the playhead is gone, and the screen follows the clock again
//! ```

use std::iter::repeat;
use std::time::Instant;

use super::compose::pace;
use super::state::{App, CurrentScreen};
use super::typing;
use crate::lab::{PlaybackCommand, Run, ViewOptions};
use crate::scene::{Body, LaneChart, Scene, Tone, View};
use crate::timeline::USUAL_SPAN;

/// Limits of the length of the interval, in ns: a microsecond and an hour.
const SHORTEST: u64 = 1_000;
const LONGEST: u64 = 3_600_000_000_000;

/// Shows the present as it is now, and keeps it.
pub fn freeze(app: &mut App) {
    rewind(app, repeat(Some(u64::MAX)));
}

/// Moves by a quarter of what the timeline shows, back (-1) or forward (1); in a recording,
/// by a twentieth of the run.
pub fn shift(app: &mut App, by: i64) {
    let playback = app.chosen_run().and_then(Run::playback);
    let step = match playback {
        Some(playback) => playback.length / 20,
        None => match app.chosen().map_or(0, |slot| slot.view.span) {
            0 => USUAL_SPAN / 4,
            span => span / 4,
        },
    };
    pan(app, i64::try_from(step).unwrap_or(i64::MAX).saturating_mul(by));
}

/// Moves by this many ns. Once it reaches the present, the screen follows the clock again.
pub fn pan(app: &mut App, by: i64) {
    if app.replays() {
        return app.play(PlaybackCommand::Move(by));
    }
    let to = moments(app).into_iter().map(|at| at.saturating_add_signed(by));
    move_to(app, to.collect());
}

/// Moves to a moment of the chosen run, as far as it is kept.
pub fn seek(app: &mut App, to: u64) {
    if app.replays() {
        return app.play(PlaybackCommand::Seek(to));
    }
    let moments = moments(app);
    let chosen = moments.get(app.chosen_at() - app.visible().start).copied().unwrap_or(to);
    let moved = |at: u64| at.saturating_add(to).saturating_sub(chosen);
    move_to(app, moments.into_iter().map(moved).collect());
}

/// The moment of each visible lab, in ns since its run began; 0 without a run.
pub fn moments(app: &App) -> Vec<u64> {
    let at = |run: &dyn Run| run.playhead().map_or(run.now(), |playhead| playhead.at);
    app.slots[app.visible()].iter().map(|slot| slot.run().map_or(0, at)).collect()
}

/// Shows each visible lab at its moment. Once one of them reaches its present, all follow the clock
/// again.
fn move_to(app: &mut App, moments: Vec<u64>) {
    let visible = app.visible();
    let slots = app.slots[visible].iter().zip(&moments);
    let arrived = slots.filter_map(|(slot, at)| Some((slot.run()?, at)));
    let arrived = arrived.into_iter().any(|(run, at)| *at >= run.now());
    rewind(app, moments.into_iter().map(|at| (!arrived).then_some(at)));
}

/// Shows the earliest moment that is kept.
pub fn oldest(app: &mut App) {
    if app.replays() {
        return app.play(PlaybackCommand::Seek(0));
    }
    rewind(app, repeat(Some(0)));
}

/// Follows the clock again, with the story at its end.
pub fn newest(app: &mut App) {
    if app.replays() {
        app.play(PlaybackCommand::Seek(u64::MAX));
    }
    rewind(app, repeat(None));
    change(app, |look| look.story_back = 0);
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

/// Shows each visible lab as it was at its moment, or as it is (`None`). Nothing can be typed in
/// the past, so a terminal that has the keyboard loses it there: what is typed would get lost, or
/// come to it unseen once the screen is back in the present.
pub fn rewind(app: &mut App, moments: impl Iterator<Item = Option<u64>>) {
    let visible = app.visible();
    for (slot, to) in app.slots[visible].iter_mut().zip(moments) {
        slot.rewind(to);
    }
    if app.terminal.typing && app.looks_back() {
        typing::end(app);
    }
}

/// Changes the view of the lab on the screen; nothing on the dashboard, whose panes have none.
fn change(app: &mut App, change: impl FnOnce(&mut ViewOptions)) {
    if matches!(app.at, CurrentScreen::Lab(_))
        && let Some(slot) = app.chosen_mut()
    {
        change(&mut slot.view);
    }
}

fn shown(app: &App) -> Option<&LaneChart> {
    match &app.shown.view {
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

/// Plays a recording slower or faster, and says how fast: at its limits, too, and where the
/// badge has no room for it.
pub fn speed(app: &mut App, by: i32, now: Instant) {
    app.play(PlaybackCommand::Speed(by));
    let playback = app.chosen_run().and_then(Run::playback);
    let text = playback.map_or(String::new(), |playback| pace(playback.speed));
    app.notify(text, Tone::Accent, now);
}
