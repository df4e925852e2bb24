//! The screen as plain data, made from the state of the program and the scenes of its labs. It
//! is the only place that decides what is shown; [`crate::ui`] draws it without knowing labs or
//! keys.

use std::time::Instant;

use super::guide::{guide, lead};
use super::keymap::{active_bindings, footer};
use super::slot::LabSlot;
use super::state::{App, CurrentScreen, described};
use crate::lab::{ActionKind, Detail, PlaybackState, Run, ViewOptions};
use crate::scene::{
    Badge, Body, KeyHint, Label, Notice, Pane, PlayheadBar, Scene, Screen, Tab, Tone, View, units,
};

/// Everything that the next frame shows. Reads the state and changes nothing, so it is also
/// used for a picture that is saved.
pub fn compose(app: &App, now: Instant) -> Screen {
    let mut view = view(app);
    choose_listings(&mut view, app.listing);
    Screen {
        guide: guide(app),
        tabs: tabs(app),
        badges: badges(app, &view),
        notice: notice(app, now),
        playhead: playhead(app),
        view,
        footer: keys(app),
        overlay: app.overlay.as_ref().map(|overlay| overlay.scene(|| answer(app))),
    }
}

/// The keys of the footer, the first thing to try at its beginning.
pub fn keys(app: &App) -> Vec<KeyHint> {
    let mut keys = footer(&active_bindings(app));
    lead(app, &mut keys);
    keys
}

/// What the lab makes of the answers to its interview; `None` before it knows of all of them.
fn answer(app: &App) -> Option<Scene> {
    app.actions().iter().find_map(|action| match &action.kind {
        ActionKind::Interview { answer, .. } => answer.clone(),
        _ => None,
    })
}

fn view(app: &App) -> View {
    match app.at {
        CurrentScreen::Dashboard => {
            // A pane of the dashboard has no filter.
            let view = ViewOptions::default();
            let panes = app.slots[app.visible()].iter().enumerate();
            let pane =
                |(at, slot): (usize, &LabSlot)| slot.pane(Detail::Compact, &view, at == app.focus);
            View::Dashboard(panes.map(pane).collect())
        }
        CurrentScreen::Lab(lab) => View::Single(single(&app.slots[lab])),
    }
}

fn single(slot: &LabSlot) -> Pane {
    slot.pane(Detail::Full, &slot.view, true)
}

/// Shows the listing that was chosen in each code panel.
fn choose_listings(view: &mut View, listing: usize) {
    if let View::Single(pane) = view {
        let panels = pane.scene.rows.iter_mut().flat_map(|row| &mut row.panels);
        for panel in panels {
            match &mut panel.body {
                Body::Code(code) => code.shown = listing,
                Body::Cards(cards) => cards.shown = listing,
                _ => {}
            }
        }
    }
}

/// The titles of all screens with the digits that open them, from 1. A tenth screen would have no
/// digit and a blank in its place. A lab whose questions are all answered has a tick.
fn tabs(app: &App) -> Vec<Tab> {
    let dashboard: &[&str] = &["Dashboard", "Dash"];
    let titles = std::iter::once(dashboard).chain(app.slots.iter().map(|slot| slot.info().tab));
    let answered = |at: usize| {
        let questions = at.checked_sub(1).map_or(&[][..], |lab| app.slots[lab].questions());
        !questions.is_empty() && questions.iter().all(|one| app.path.is_answered(one))
    };
    titles
        .enumerate()
        .map(|(at, title)| Tab {
            key: u32::try_from(at + 1).ok().and_then(|n| char::from_digit(n, 10)).unwrap_or(' '),
            title: title.into(),
            selected: at == app.screen_at(),
            answered: answered(at),
        })
        .collect()
}

/// The short facts at the edge of the screen. A lower rank stays longer when the width is short.
///
/// ```text
/// 3  cores     2  seed     1  the filter, events that were lost     0  live, of the past, recorded
/// ```
fn badges(app: &App, view: &View) -> Vec<Badge> {
    let mut badges = Vec::new();
    let mut add = |rank, text: Label, tone| badges.push(Badge { text, tone, rank });
    if let Some(slot) = app.chosen() {
        let cores = slot.settings().cores;
        add(3, units::plural(cores as u64, "core").into(), Tone::Dim);
        add(2, format!("seed {}", slot.settings().seed).into(), Tone::Dim);
        if !slot.view.filter.is_empty() && matches!(app.at, CurrentScreen::Lab(_)) {
            add(1, format!("only \"{}\"", slot.view.filter).into(), Tone::Accent);
        }
    }
    // Shown as soon as there is one: the picture must not pretend to be complete.
    let lost: u64 = app.open_runs().map(Run::dropped).sum();
    if lost > 0 {
        let lost = units::count(lost);
        let text = Label::from(format!("{lost} events not shown")).or(format!("{lost} lost"));
        add(1, text, Tone::Caution);
    }
    let (text, tone) = state(app, view);
    add(0, text, tone);
    badges
}

/// Whether the picture is live, of the past, or drawn less often; the most important first.
fn state(app: &App, view: &View) -> (Label, Tone) {
    if let Some(run) = app.chosen_run()
        && let Some(playback) = run.playback()
    {
        return (played(run.now(), playback), Tone::Accent);
    }
    if let Some(playhead) = app.chosen_run().and_then(Run::playhead) {
        let at = time(playhead.at);
        return (Label::from(format!("■ as of {at}")).or(format!("■ {at}")), Tone::Accent);
    }
    if calm(view) {
        return (Label::new("► live, calm: a timing runs").or("► calm"), Tone::Caution);
    }
    ("► live".into(), Tone::Good)
}

fn time(ns: u64) -> String {
    if ns == 0 { "0 s".to_owned() } else { units::whole_nanos(ns) }
}

/// How far a recording was played, and how fast.
fn played(now: u64, playback: PlaybackState) -> Label {
    let PlaybackState { length, paused, speed } = playback;
    let sign = if paused { '■' } else { '►' };
    let [now, length] = [now, length].map(time);
    let speed = if speed == 0 { String::new() } else { format!(", {}", pace(speed)) };
    Label::from(format!("{sign} recording, {now} of {length}{speed}"))
        .or(format!("{sign} {now} of {length}"))
        .or(format!("{sign} {now}"))
}

/// A speed of playback, given as a power of two.
pub fn pace(speed: i32) -> String {
    match speed {
        0 => "as fast as it was".to_owned(),
        1.. => format!("{} times as fast", 1 << speed),
        _ => format!("{} times as slow", 1 << -speed),
    }
}

/// Whether a lab in this view measures a timing. Then the loop draws rarely ([`super::run()`])
/// and the badge says so, because drawing takes time from a core that the measurement uses.
pub fn calm(view: &View) -> bool {
    view.panes().iter().any(|pane| pane.scene.calm)
}

/// Whether something in this view shows time as it passes: lanes that end at the present, or how
/// long a wait has lasted.
pub fn moves(view: &View) -> bool {
    let mut panels =
        view.panes().iter().flat_map(|pane| &pane.scene.rows).flat_map(|row| &row.panels);
    panels.any(|panel| matches!(panel.body, Body::Lanes(_) | Body::Graph(_)))
}

/// The line below the view: a notice that is still current, or else the newest sentence of the
/// story; of the past that of its moment.
fn notice(app: &App, now: Instant) -> Option<Notice> {
    if let Some(notice) = app.notice.as_ref().filter(|notice| now < notice.until) {
        return Some(Notice { text: notice.text.clone() });
    }
    if app.looks_back() {
        let latest = app.chosen_run()?.latest_sentence();
        return latest.map(|line| Notice { text: described(line) });
    }
    app.sentence.as_ref().map(|(text, _)| Notice { text: text.clone() })
}

/// Where in its run the picture is: of the past, or of a recording that is paused. While it
/// plays, its badge says so.
fn playhead(app: &App) -> Option<PlayheadBar> {
    let run = app.chosen_run()?;
    let (from, at, to) = match (run.playhead(), run.playback()) {
        (Some(playhead), _) => (playhead.oldest, playhead.at, playhead.now),
        (None, Some(playback)) if playback.paused => (0, run.now(), playback.length),
        _ => return None,
    };
    let is_over = app.replays() || app.chosen().is_none_or(LabSlot::finished);
    let goes_on = || Label::from(format!("{}, the run goes on", time(to))).or(time(to));
    let end = if is_over { time(to).into() } else { goes_on() };
    Some(PlayheadBar { from, at, to, ends: [time(from).into(), end] })
}
