//! The lab's scene. Arrangement only: what a figure means is decided in `findings`, and
//! what is counted in `state`.
//!
//! The hero is the list itself, as slots of memory with the threads that are at them. A compact
//! scene has that, the timelines and the figures; the full one is in `full`.

pub mod full;
pub mod slots;
pub mod stepper_view;

use super::experiment::op::{Op, OpKind};
use super::settings::{applies, window_text};
use super::state::State;
use crate::lab::Detail;
use crate::scene::{Body, Figure, Height, LaneChart, Line, Panel, Scene, Span, Tone, line, units};
use crate::timeline::stat::Rate;

/// The question of the guess, as the prompt shows it. It names the settings under which
/// the answer will be measured.
pub const GUESS_QUESTION: &str = "Lock off, full speed: how many of 1,000 values will be lost?";

/// Operations in the line of the latest ones: what the widest screen can show.
const LATEST: usize = 36;

/// The scene of a state, in the detail that the screen has room for. Pure, and made again
/// for each frame.
pub fn scene(state: &State, detail: Detail) -> Scene {
    let mut scene = Scene::new("Shared list");
    badges(&mut scene, state);
    match detail {
        Detail::Compact => compact(&mut scene, state),
        Detail::Full => full::full(&mut scene, state),
    }
    scene
}

/// What is in force, in the title: the pace, what widens the window (as a caution,
/// because it is added), and the lock.
fn badges(scene: &mut Scene, state: &State) {
    let settings = &state.settings;
    scene.badge(settings.pace_text(), Tone::Plain);
    if applies(settings.window, settings.lock) {
        scene.badge(window_text(settings.window), Tone::Caution);
    }
    if let Some(text) = state.announcement() {
        scene.badge(text, Tone::Accent);
    }
    if state.stepped.is_some() {
        scene.badge("PAUSED", Tone::Accent);
    }
    let (text, tone) = lock_text(state);
    scene.badge(text, tone);
}

/// The state of the lock, and if it was just changed, the thread that still works under
/// the old one. The old state is shown as long as it is in force for any thread.
fn lock_text(state: &State) -> (String, Tone) {
    let word = |on| if on { "ON" } else { "OFF" };
    let tone = |on| if on { Tone::Good } else { Tone::Broken };
    let wanted = state.settings.lock;
    match state.behind().next() {
        None => (format!("lock {}", word(wanted)), tone(wanted)),
        Some(who) => {
            let text = format!(
                "lock {}, {} from {who}'s next operation",
                word(!wanted),
                word(wanted).to_lowercase()
            );
            (text, tone(!wanted))
        }
    }
}

/// The list, the timelines of its threads, and what became of the values. The least heights are
/// those of the smallest dashboard; more room makes both pictures larger.
fn compact(scene: &mut Scene, state: &State) {
    let list = Panel::bare(Body::Boxes(slots::boxes(state)));
    scene.row(Height::Fill { min: 3, weight: 2 }, vec![list]);
    let (adders, removers) = state.in_force;
    let threads = u16::from(adders) + u16::from(removers);
    let timeline = Panel::bare(Body::Lanes(LaneChart::place()));
    scene.row(Height::Fill { min: threads.clamp(2, 6), weight: 1 }, vec![timeline]);
}

/// What became of all values of this run: audited rounds, and at a pace that can be followed
/// the round in progress as far as it was reported.
fn figures(state: &State) -> Vec<Figure> {
    let run = state.run().map(|run| run.counts).unwrap_or_default();
    let audited = state.last_audit.as_ref().is_some_and(|audited| audited.round >= state.round);
    let follow = !audited && state.is_followed();
    let live = |n: u64| if follow { n } else { 0 };
    let lost = run.lost + live(state.live.lost().count() as u64);
    let duplicated = run.duplicated + live(state.live.duplicated());
    let added = run.added + live(state.live.added());
    let rounds = state.run().map_or(0, |run| run.rounds) + live(1);
    let figure = |name, n: u64, tone| Figure { name, value: units::count(n).into(), tone };
    let tone = |n, bad| if n > 0 { bad } else { Tone::Dim };
    let mut figures = vec![
        figure("✗ lost", lost, tone(lost, Tone::Broken)),
        figure("≡ duplicated", duplicated, tone(duplicated, Tone::Caution)),
        figure("+ added", added, Tone::Plain),
    ];
    figures.extend((rounds > 0).then(|| figure("· rounds", rounds, Tone::Dim)));
    if state.settings.full_speed() {
        let rate = state.meter.as_ref().and_then(|meter| meter.loss_rate);
        let figure =
            |rate: Rate| Figure { name: "", value: rate.to_string().into(), tone: Tone::Dim };
        figures.extend(rate.map(figure));
    }
    figures
}

/// The latest operations, the newest first because the end of a line may be cut off:
/// `empty  +7  −64  +64`.
pub fn latest(state: &State) -> Line {
    let latest = state.recent.iter().rev().take(LATEST);
    line(latest.map(|(_, op)| sign(op)))
}

fn sign(op: &Op) -> Span {
    match op.kind {
        OpKind::Appended => Span::new(format!("+{}  ", op.value), Tone::Active),
        OpKind::Removed => Span::new(format!("−{}  ", op.value), Tone::Plain),
        OpKind::FoundEmpty => Span::new("empty  ", Tone::Dim),
    }
}
